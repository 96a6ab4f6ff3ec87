"""Private links: nothing happens before a button is pressed, and what works once works once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import effects
from bot.flows.model import MakeLink
from storage import conversations
from tests.web.reader import Page, Reader, to_the_plan
from tests.web.world import World, world


@pytest.fixture
async def other(site: World) -> AsyncIterator[Reader]:
    """Somebody else, or the same person at another device."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Reader(session, site.base)


async def link(site: World, reader: Reader, purpose: str, subject: int | None = None) -> str:
    """A link of the reader's own, as their conversation would make it."""
    token = next(cookie.value for cookie in reader.session.cookie_jar)
    talk = await site.views.talk("ekero", "web", token)
    assert talk is not None
    now = datetime.now(UTC)

    async def make(tx: AsyncConnection) -> str:
        who = await conversations.by_id(tx, talk.conversation_id)
        return await effects.link(tx, MakeLink(purpose, subject), who, now, site.base)

    return str(await site.db.write(make))


async def test_a_restore_link_brings_the_talk_here_once(site: World, reader: Reader, other: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say("A choir for everyone")
    url = await link(site, reader, "restore")
    for _scanner in range(3):
        assert (await other.open(url)).status == 200
    await other.post(url, [])
    assert "A choir for everyone" in other.page.text
    await reader.open("/")
    assert "A choir for everyone" in reader.page.text
    used = await other.open(url)
    assert (used.status, "has been used" in used.text) == (410, True)


async def test_without_a_bot_a_talk_moves_to_another_browser(site: World, reader: Reader, other: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say("A choir for everyone")
    url = await link(site, reader, "move")
    page = await other.open(url)
    assert "A choir for everyone" not in page.text
    await other.post(url, [])
    assert "A choir for everyone" in other.page.text


async def test_what_is_in_the_browser_comes_along_if_it_is_ticked(site: World, reader: Reader, other: Reader) -> None:
    for each, idea in ((reader, "A choir for everyone"), (other, "A garden")):
        await each.open("/")
        await each.press("0|f:idea")
        await each.say(idea)
    url = await link(site, reader, "restore")
    assert "Tick this only if it is yours" in (await other.open(url)).text
    await other.post(url, [("along", "yes")])
    assert "A choir for everyone" in other.page.text and "A garden" in other.page.text


async def test_a_join_link_shares_the_plan(site: World, reader: Reader, other: Reader) -> None:
    await reader.open("/")
    await reader.press("0|f:idea")
    await reader.say("A choir for everyone")
    page = await to_the_plan(reader)
    plan_id = int(page.link("/chat/plan/").rpartition("/")[2].removesuffix(".pdf"))
    url = await link(site, reader, "join", plan_id)
    await other.open(url)
    await other.post(url, [])
    await other.open("/")
    await other.say("/mine")
    assert "A choir for everyone" in other.page.text


async def test_my_data_is_shown_and_saved_without_a_token_in_the_address(
    site: World, reader: Reader, other: Reader
) -> None:
    await reader.open("/")
    await reader.say("My very own words")
    url = await link(site, reader, "mydata")
    page = await other.open(url)
    assert "My very own words" not in page.text
    page = await other.post(url, [("lang", "en")])
    assert page.url.split("?")[0] == f"{site.base}/mydata"
    assert "My very own words" in page.text
    async with other.session.get(f"{site.base}/mydata/everything.json") as saved:
        everything = await saved.json()
    assert any("My very own words" in str(row) for row in everything["messages"])
    stranger = await reader.open("/mydata")
    assert stranger.status == 404


@pytest.mark.parametrize("path", ["/plan/", "/r/", "/j/", "/mydata/"])
async def test_a_link_nobody_made_leads_nowhere_kindly(reader: Reader, path: str) -> None:
    page = await reader.open(path + "A" * 22)
    assert (page.status, "leads nowhere" in page.text) == (404, True)


async def test_a_link_runs_out(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    moment = [datetime(2026, 3, 2, 9, tzinfo=UTC)]
    async with world(tmp_path / "old.db", now=lambda: moment[0]) as site:
        reader = Reader(session, site.base)
        await reader.open("/")
        await reader.say("hello")
        token = next(cookie.value for cookie in session.cookie_jar)
        talk = await site.views.talk("ekero", "web", token)
        assert talk is not None

        async def make(tx: AsyncConnection) -> str:
            who = await conversations.by_id(tx, talk.conversation_id)
            return await effects.link(tx, MakeLink("restore"), who, moment[0], site.base)

        url = await site.db.write(make)
        moment[0] += timedelta(hours=2)
        page: Page = await reader.open(url)
        assert (page.status, "has run out" in page.text) == (410, True)
