"""Meetings on the web and in the console: planned, signed up for, agenda, groups, minutes; calendars and feeds; axe."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from icalendar import Calendar

from bot.handlers.web.console.guard import COOKIE
from bot.packs.load import load_municipality
from storage import meetings, tables
from tests.test_meetings import FORM
from tests.web import tour
from tests.web.reader import Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_console import member, signed_page, submit
from tests.web.test_in_the_browser import PHONE
from tests.web.test_open_activities import somebody
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

HOSTILE = "<script>alert(1)</script>"
MOMENT = [datetime(2026, 3, 2, 9, 0, tzinfo=UTC)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    MOMENT[0] = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    async with world(tmp_path / "idelabb.db", now=lambda: MOMENT[0]) as made:
        yield made


@pytest.fixture
async def anna(site: World) -> AsyncIterator[Reader]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coach")})
        yield Reader(session, site.base)


async def rows(site: World, table: Any) -> list[Any]:
    async with site.db.read() as tx:
        return list(await tx.execute(table.select().order_by(*table.primary_key.columns)))


async def act(reader: Reader, path: str, do: str, **fields: str) -> Any:
    """Press a button of one of the page's many small forms."""
    form = next(each for each in reader.page.forms if each.method == "post" and dict(each.fields).get("csrf"))
    given = {"csrf": dict(form.fields)["csrf"], "do": do, **fields}
    return await reader.post(path, list(given.items()))


async def test_from_the_console_to_the_minutes(site: World, anna: Reader, session: aiohttp.ClientSession) -> None:
    page = await anna.open("/coach/meetings")
    assert "0 planned of 2 this year" in page.text and "section 2.1, 2021" in page.text
    await anna.open("/coach/meetings/new")
    page = await submit(anna, "/coach/meetings/new", title="Nätverk", begins="20:00", ends="18:00")
    assert page.status == 422 and "Choose the day." in page.text and 'value="Nätverk"' in page.html
    page = await submit(anna, "/coach/meetings/new", **FORM, about=HOSTILE)
    assert page.url.endswith("/coach/meetings/1") and HOSTILE not in page.html
    bo = await somebody(site, session)
    page = await bo.open("/meetings")
    assert "Ekerö bibliotek" in page.text and "We do not know yet" in page.text and HOSTILE not in page.html
    await bo.press("0|f:meeting_item:1")
    await bo.say("Cyklar åt nya grannar")
    assert "on the agenda" in bo.page.text
    await bo.open("/meetings/1")
    assert "Cyklar" not in bo.page.text
    await bo.press("0|f:meeting_come:1")
    for said in ("Bo", "2"):
        await bo.say(said)
    await bo.press("|c:childcare")
    await bo.press("|c:done")
    await bo.say("Två barn")
    await bo.say("bo@example.se")
    assert "bo@example.se" in bo.page.text
    await bo.press("|c:yes")
    page = await anna.open("/coach/meetings/1")
    assert "2 people" in page.text and "bo@example.se" in page.text and "Två barn" in page.text
    assert "Sent in, not read yet" in page.text
    for do, words in (("in:1", ""), ("up:item-1", ""), ("add", "Fika")):
        await act(anna, "/coach/meetings/1/agenda", do, words=words)
    page = await bo.open("/meetings/1")
    assert page.text.index("Cyklar") < page.text.index("Fika") < page.text.index("What is going on")
    await anna.open("/coach/meetings/1/change")
    page = await submit(anna, "/change", place="Fabriken", network=FORM["network"])
    assert page.url.endswith("/coach/meetings/1") and "Fabriken" in page.text
    assert [each.kind for each in await rows(site, tables.due) if each.kind.startswith("meeting_c")] == [
        "meeting_changed"
    ]
    calendar = await _get(bo, "/meetings.ics")
    (event,) = Calendar.from_ical(calendar).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == (FORM["title"], "Fabriken")
    assert b"VEVENT" not in await _get(bo, "/meetings/kind/boende.ics")
    assert (await bo.open("/meetings/kind/samverkansorganet.ics")).status == 404
    (item,) = json.loads(await _get(bo, "/meetings.json"))["items"]
    assert item["title"] == FORM["title"] and "Cyklar" in item["content_text"]
    assert b"<rss" in await _get(bo, "/meetings.rss")
    MOMENT[0] = datetime(2026, 4, 14, 17, 0, tzinfo=UTC)
    anna.session.cookie_jar.update_cookies({COOKIE: await member(site, "Olle", "coach")})
    await anna.open("/coach/meetings/1")
    await submit(anna, "/minutes", words="Vi talade om cyklar.\nNästa gång i höst.")
    MOMENT[0] = datetime(2026, 4, 15, 17, 0, tzinfo=UTC)
    page = await bo.open("/meetings/1")
    assert "Nästa gång i höst." in page.text and "This meeting is over." in page.text


async def _get(reader: Reader, path: str) -> bytes:
    async with reader.session.get(reader.base + path) as answer:
        assert answer.status == 200
        return await answer.read()


async def test_a_wish_is_one_button_from_a_meeting(site: World, anna: Reader, session: aiohttp.ClientSession) -> None:
    bo = await somebody(site, session)
    await bo.say("/start meeting")
    for said in ("Trafiken utanför skolan", "Barnen vågar inte gå", "Skolan", "Stenhamra"):
        await bo.say(said)
    await bo.press("|c:yes")
    page = await anna.open("/coach/cases/1")
    page = await anna.open(page.link("/coach/meetings/new"))
    assert 'value="Trafiken utanför skolan"' in page.html and "vågar inte gå" in page.text
    form = {name: value for name, value in FORM.items() if name != "title"}
    page = await submit(anna, "/coach/meetings/new", **form)
    assert "Trafiken utanför skolan" in page.text
    assert [each.kind for each in await rows(site, tables.due) if each.status == "waiting"] == ["meeting_made"]
    assert "Closed" in (await anna.open("/coach/cases/1")).text


async def test_a_municipality_without_meetings_offers_none(tmp_path: Path) -> None:
    async with (
        world(tmp_path / "two.db", more=(load_municipality("helsingborg"),)) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        reader = Reader(session, site.base)
        for path in ("/meetings", "/meetings/plans", "/meetings.ics", "/meetings/1"):
            assert (await reader.open(f"/m/helsingborg{path}")).status == 404
        await tour.planned(site)
        assert (await reader.open("/m/helsingborg/meetings/1")).status == 404, "another municipality's"


@pytest.mark.parametrize(("language", "scheme"), [("sv", "light"), ("ar", "dark")])
async def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, tmp_path: Path, language: str, scheme: str
) -> None:
    async with world(tmp_path / "idelabb.db", languages=LANGUAGES) as site:
        token = await member(site, "Anna", "coach")
        one = await tour.planned(site)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            bo = await somebody(site, session)
            await bo.open("/meetings/2")
            await bo.press("0|f:meeting_item:2")
            await bo.say("Cyklar " + "ååå" * 30)
        who = (await rows(site, tables.conversations))[-1]

        async def come(tx: Any) -> None:
            for meeting_id in (1, 2):
                found = await meetings.load(tx, "ekero", meeting_id)
                said = {"name": "Amina", "contact": "amina@example.se", "needs": ["interpreter"], "more": "Tigrinja",
                        "topic": "Språkcafé i Stenhamra"}  # fmt: skip
                await meetings.sign_up(tx, meeting=found, resident_id=who.resident_id, conversation_id=who.id,
                                       status="coming", people=2, said=said, now=site.turns.now())  # fmt: skip

        await site.db.write(come)
        page, wrong = await signed_page(
            browser, site, f"/coach?lang={language}", token, color_scheme=scheme, reduced_motion="reduce", **PHONE
        )
        found, wide = [], []
        for path in (
            "/coach/meetings", "/coach/meetings/new", "/coach/meetings/2", "/coach/meetings/2/change", f"/coach/meetings/{one}",
            f"/meetings?lang={language}", f"/meetings/2?lang={language}", f"/meetings/{one}?lang={language}",
            f"/meetings/plans?lang={language}",
        ):  # fmt: skip
            await page.goto(site.base + path)
            await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            found += await findings(page)
            if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append(path)
        await page.goto(site.base + "/coach/meetings/new")
        await page.click("main button.primary")
        await page.wait_for_selector("#problem")
        found += await findings(page)
        assert (found, wide) == ([], [])
        assert [line for line in wrong if "status of 4" not in line] == []
