"""Places and open activities on the web: said in the console, read there, found on a page of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot import clock
from bot.due import DueWork
from bot.handlers.web.console.guard import COOKIE
from storage.db import Database
from tests.web import tour
from tests.web.reader import Reader
from tests.web.test_console import hand_in, member, submit
from tests.web.world import World, world


@pytest.fixture
async def site(tmp_path: Path, db: Database) -> AsyncIterator[World]:
    """Ekerö's pages, with Lund's places, on each database."""
    async with world(tmp_path, at=db, places=True) as running:
        yield running


async def somebody(site: World, session: aiohttp.ClientSession, language: str = "en") -> Reader:
    """A resident who has said something."""
    reader = Reader(session, site.base, language)
    await reader.open("/")
    await reader.say("/mine")
    return reader


async def test_staff_say_that_they_have_the_place(site: World, session: aiohttp.ClientSession, reader: Reader) -> None:
    await hand_in(site, support="lund.mini")
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    page = await reader.open("/coach/cases/1")
    assert "They have the place, until a day" in page.text and "Stenkrossen mini" in page.text
    page = await submit(reader, "/place")
    assert page.status == 422 and "That day is over" in page.text
    until = (datetime.now(UTC) + timedelta(days=80)).date()
    page = await submit(reader, "/place", day=until.isoformat())
    assert page.url.endswith("/coach/cases/1") and f"gave them the place until {until}" in page.text
    assert "Closed" in page.text and "They have the place, until a day" in page.text, "the day may be changed"
    await DueWork(site.db, site.turns, now=clock.now).run_ready()
    page = await reader.open("/coach/talks/1")
    assert "Anna, a human at Idélabbet, says: you have the place “Stenkrossen mini” until" in page.text


async def test_other_applications_give_no_place(site: World, session: aiohttp.ClientSession, reader: Reader) -> None:
    await hand_in(site)
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    page = await reader.open("/coach/cases/1")
    assert "They have the place" not in page.text
    form = next(form for form in page.forms if form.action.partition("#")[0].endswith("/claim"))
    page = await reader.post("/coach/cases/1/place", [*form.fields, ("day", "2100-01-04")])
    assert page.status == 422 and "no application for a place" in page.text


async def test_one_button_shows_an_activity_to_everybody(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    ada = await somebody(site, session)
    await ada.say("/start open_activity")
    day = (datetime.now(UTC) + timedelta(days=20)).date()
    for said in ("An open rehearsal", f"{day} 15:00"):
        await ada.say(said)
    await ada.press("|c:house")
    await ada.say("The Puppets")
    await ada.press("|c:yes")
    page = await ada.press("|c:yes")
    assert "It is read first by" in page.text
    assert "An open rehearsal" not in (await ada.open("/open")).text
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    page = await reader.open("/coach/cases/1")
    assert "Tells of an open activity" in page.text and "The Puppets" in page.text
    page = await submit(reader, "/board", words="An open rehearsal for all")
    assert "showed it to everybody" in page.text and "Closed" in page.text
    page = await reader.open("/open")
    assert "An open rehearsal for all" in page.text and "In Stenkrossen" in page.text and "The Puppets" in page.text


async def test_the_page_lists_what_comes_the_soonest_first_and_in_safety(
    site: World, session: aiohttp.ClientSession
) -> None:
    ada = await somebody(site, session)
    assert "Nothing is planned right now" in (await ada.open("/open")).text
    for what, days in (("<b>Later</b> & more", 30), ("ورشة مفتوحة", 3)):
        await tour.open_activity(site, ada, what, timedelta(days=days))
    page = await ada.open("/open")
    assert page.html.index("ورشة مفتوحة") < page.html.index("&lt;b&gt;Later&lt;/b&gt; &amp; more")
    assert "<b>Later" not in page.html and "\u2068ورشة مفتوحة\u2069" in page.html, "escaped, and isolated"
    assert "Nothing is planned" not in page.text
    page = await ada.open("/open?lang=ar")
    assert 'dir="rtl"' in page.html and "\u2068Parken bakom biblioteket\u2069" in page.html
    site.views.now = lambda: clock.now() + timedelta(days=5)
    page = await ada.open("/open?lang=en")
    assert "ورشة مفتوحة" not in page.html and "Later" in page.text, "what is over is gone"


async def test_only_who_gives_such_places_has_the_page(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    from bot.packs.load import load_municipality

    async with world(tmp_path / "idelabb.db", more=(load_municipality("lund"),)) as site:
        reader = Reader(session, site.base)
        assert "Free open activities" not in (await reader.open("/")).text
        assert (await reader.open("/open")).status == 404
        page = await reader.open("/m/lund/")
        assert (await reader.open(page.link("/open"))).url == site.base + "/m/lund/open"
        assert "Whoever has a place in" in reader.page.text
        assert (site.turns.pages_of("ekero"), site.turns.pages_of("lund")) == (site.base, f"{site.base}/m/lund")
