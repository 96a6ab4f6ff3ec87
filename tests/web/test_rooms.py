"""The lender's page and the calendars, without scripts: a link only opens, a button acts, and no name is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from icalendar import Calendar

from bot.due import DueWork
from bot.packs.model import Room
from storage import tables
from tests.web.reader import Reader
from tests.web.world import World, world

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROOM = Room(
    id="gula", name="Gula salen", area="Stenhamra", address="Vägen 1", capacity=30,
    opening=({"opens": "08:00", "closes": "22:00"},), lender={"email": "lokal@example.se", "kind": "association"},
)  # fmt: skip


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "idelabb.db", now=lambda: NOW) as running:
        municipality = running.municipality.model_copy(update={"premises": (ROOM,)})
        running.turns.municipalities[municipality.id] = municipality  # type: ignore[index]
        yield running


@pytest.fixture
async def lender(site: World) -> AsyncIterator[Reader]:
    """Whoever opens the letter: another browser."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Reader(session, site.base, "sv")


@pytest.fixture
def link(site: World) -> Callable[[], Awaitable[str]]:
    async def read() -> str:
        async with site.db.read() as tx:
            row: Any = (
                await tx.execute(
                    tables.deliveries.select().where(tables.deliveries.c.op == "mail").order_by(tables.deliveries.c.id)
                )
            ).first()
        return "/lender/" + str(row.body["text"]).rpartition("/lender/")[2].split()[0].strip("\u2066\u2069")

    return read


async def asks(reader: Reader) -> None:
    """From the start page to a request that has been sent."""
    await reader.open("/")
    await reader.press("0|f:premises")
    await reader.say("A choir for 20 people in Stenhamra on 10 March 18-20")
    for ending in ("|c:done", "|c:done", "|c:yes", "|c:r-gula", "|c:book"):
        await reader.press(ending)
    await reader.say("Körsång <b>högt</b>")
    assert "I have asked for" in reader.page.text


async def test_a_lender_answers_by_a_button_and_only_once(
    site: World, reader: Reader, lender: Reader, link: Callable[[], Awaitable[str]]
) -> None:
    await asks(reader)
    url = await link()
    for _scanner in range(3):
        page = await lender.open(url)
    assert page.status == 200 and "Körsång <b>högt</b>" in page.text and "10 mars 2026" in page.text
    assert [form.method for form in page.forms if form.action == url] == ["post"]
    async with site.db.read() as tx:
        assert [row.status for row in await tx.execute(tables.bookings.select())] == ["requested"]
    fields = [("lang", "sv"), ("reason", "")]
    yes = await lender.post(url, [*fields, ("do", "yes")])
    again = await lender.post(url, [*fields, ("do", "no")])
    async with site.db.read() as tx:
        assert [row.status for row in await tx.execute(tables.bookings.select())] == ["approved"]
    assert yes.text != again.text and not [form for form in again.forms if form.action == url]
    while await DueWork(site.db, site.turns, now=lambda: NOW).run_ready():
        pass
    assert "Gula salen is yours" in (await reader.open("/")).text


async def test_a_no_with_a_word_reaches_who_asked(
    site: World, reader: Reader, lender: Reader, link: Callable[[], Awaitable[str]]
) -> None:
    await asks(reader)
    url = await link()
    await lender.post(url, [("reason", "Vi målar <om>."), ("do", "no")])
    while await DueWork(site.db, site.turns, now=lambda: NOW).run_ready():
        pass
    page = await reader.open("/")
    assert "Vi målar <om>." in page.text and "&lt;om&gt;" in page.html


async def test_links_that_lead_nowhere_and_posts_without_a_choice(
    site: World, reader: Reader, lender: Reader, link: Callable[[], Awaitable[str]]
) -> None:
    assert (await lender.open("/lender/" + "x" * 22)).status == 404
    assert (await lender.post("/lender/" + "x" * 22, [("do", "yes")])).status == 404
    assert (await lender.open("/calendar/" + "x" * 22)).status == 404
    assert (await lender.open("/rooms/nowhere.ics")).status == 404
    await asks(reader)
    assert (await lender.post(await link(), [("do", "perhaps")])).status == 200
    async with site.db.read() as tx:
        assert [row.status for row in await tx.execute(tables.bookings.select())] == ["requested"]


async def test_the_rooms_calendar_tells_when_and_nothing_else(site: World, reader: Reader, lender: Reader) -> None:
    await asks(reader)
    async with lender.session.get(site.base + "/rooms/gula.ics") as response:
        content = await response.read()
        assert (response.content_type, response.headers["Cache-Control"]) == ("text/calendar", "public, max-age=300")
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (
        datetime(2026, 3, 10, 17, tzinfo=UTC),
        datetime(2026, 3, 10, 19, tzinfo=UTC),
    )
    assert str(event["STATUS"]) == "TENTATIVE" and "Körsång" not in content.decode()


async def test_ones_own_calendar_by_its_private_address(site: World, reader: Reader, lender: Reader) -> None:
    await asks(reader)
    await reader.press("|m:skip")
    await reader.say("/mine")
    await reader.press("|c:booking-1")
    await reader.press("|c:calendar")
    address = reader.page.link("/calendar/")
    async with lender.session.get(address) as response:
        content = await response.read()
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["SUMMARY"]).startswith("Gula salen") and str(event["LOCATION"]) == "Gula salen, Vägen 1, Stenhamra"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=2)


async def test_the_form_asks_the_same_and_leads_to_the_same_rooms(site: World, reader: Reader) -> None:
    await reader.open("/form/premises")
    page = await reader.submit(
        "review", wish__value="A choir", where__area="Stenhamra", people__value="20", when__day="2026-03-10",
        when__from="18:00", when__to="20:00",
    )  # fmt: skip
    assert "Tuesday 10 March 2026, 18:00-20:00" in page.text
    await reader.submit("send")
    assert "Gula salen, Stenhamra: holds 30 people, free then" in reader.page.text.replace("\u2068", "").replace(
        "\u2069", ""
    )
