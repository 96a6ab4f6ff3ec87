"""The page that letters of news link to: a look changes nothing, any post ends it, from the page or the mail program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import effects
from bot.flows.model import MakeLink
from bot.packs.load import load_municipality
from storage import consents, conversations, listeners, tables
from tests.web.reader import Reader
from tests.web.tour import link, news_link, talk_of
from tests.web.world import World, world


@pytest.fixture
async def stranger() -> AsyncIterator[aiohttp.ClientSession]:
    """Whoever has the letter, without a cookie: another device, or the mail provider's own program."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def listens(site: World) -> bool:
    async with site.db.read() as tx:
        return bool((await tx.execute(tables.listeners.select())).all())


async def subscribed(site: World, reader: Reader) -> str:
    """The link of somebody who gets news, with their consent."""
    await reader.open("/")
    await reader.say("hello")
    url = await news_link(site, reader)
    talk = await talk_of(site, reader)
    given: dict[str, Any] = {"purpose": "news", "wording_version": "1", "locale": "en", "now": site.turns.now()}
    mine = {"municipality_id": "ekero", "resident_id": talk.resident_id}
    await site.db.write(lambda tx: consents.give(tx, **mine, **given))
    return url


async def test_a_look_shows_what_one_gets_and_changes_nothing(site: World, reader: Reader) -> None:
    url = await subscribed(site, reader)
    for _scanner in range(3):
        page = await reader.open(url)
    assert page.status == 200 and await listens(site)
    for words in ("Helpers are needed and Culture", "Stenhamra", "26 to 64", "Once a week at most", "From 21 to 8"):
        assert words in page.text


async def test_the_button_ends_it_and_says_so(site: World, reader: Reader) -> None:
    url = await subscribed(site, reader)
    page = await reader.open(url)
    (form,) = [each for each in page.forms if "/news/" in each.action]
    page = await reader.post(form.action, form.fields)
    assert page.status == 200 and "You get no more news" in page.text
    assert not await listens(site)
    async with site.db.read() as tx:
        (given,) = (await tx.execute(tables.consents.select().where(tables.consents.c.purpose == "news"))).all()
    assert given.withdrawn_at is not None
    assert "You get no news from the municipality." in (await reader.open(url)).text
    assert (await reader.post(form.action, form.fields)).status == 200, "once more is no fault"


async def test_the_mail_programs_own_button_works_with_nothing_but_the_address(
    site: World, reader: Reader, stranger: aiohttp.ClientSession
) -> None:
    url = await subscribed(site, reader)
    data = {"List-Unsubscribe": "One-Click"}
    async with stranger.post(url, data=data, allow_redirects=False) as answer:  # RFC 8058: no redirect
        assert answer.status == 200
    assert not await listens(site)


async def test_a_form_with_files_is_what_some_mail_programs_send(
    site: World, reader: Reader, stranger: aiohttp.ClientSession
) -> None:
    url = await subscribed(site, reader)
    with aiohttp.MultipartWriter("form-data") as body:
        part = body.append("One-Click")
        part.set_content_disposition("form-data", name="List-Unsubscribe")
    async with stranger.post(url, data=body) as answer:
        assert answer.status == 200
    assert not await listens(site)


async def test_a_foreign_page_cannot_end_it(site: World, reader: Reader) -> None:
    url = await subscribed(site, reader)
    assert (await reader.post(url, [], Origin="https://elsewhere.example")).status == 403
    assert (await reader.post(url, [], **{"Sec-Fetch-Site": "cross-site"})).status == 403
    assert await listens(site)


async def test_the_page_is_in_the_language_of_whoever_gets_the_news(site: World, reader: Reader) -> None:
    url = await subscribed(site, reader)
    await reader.post("/chat", [("id", "ar"), ("text", "/language ar")])
    reader.language = "sv"
    page = await reader.open(url)
    assert "الأخبار التي تصلكم" in page.text
    assert "Nyheterna du får" in (await reader.open(url + "?lang=sv")).text


async def test_a_link_of_another_purpose_ends_nothing(site: World, reader: Reader) -> None:
    await subscribed(site, reader)
    other = await link(site, reader, "mydata")
    assert (await reader.post(other.replace("/mydata/", "/news/"), [])).status == 404
    assert (await reader.open("/news/" + "A" * 22)).status == 404
    assert await listens(site)


async def test_a_second_municipalitys_link_is_good_at_the_address_that_letters_have(tmp_path: Path) -> None:
    lund = load_municipality("lund")
    async with (
        world(tmp_path / "two.db", more=(lund,)) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        reader = Reader(session, site.base)
        await reader.open("/m/lund/")
        await reader.say("hello")
        token = next(cookie.value for cookie in session.cookie_jar if cookie.key == "idelabbet")
        talk = await site.views.talk("lund", "web", token)
        assert talk is not None

        async def listen(tx: Any) -> None:
            await listeners.save(
                tx, municipality_id="lund", resident_id=talk.resident_id, conversation_id=talk.conversation_id,
                locale="en", channel="mail", topics=["culture"], areas=[], skills=[], spoken=[], roles=[], band=None,
                gap_days=0, quiet_from=21, quiet_to=8, now=site.turns.now(),
            )  # fmt: skip

        await site.db.write(listen)

        async def make(tx: Any) -> str:
            who = await conversations.by_id(tx, talk.conversation_id)
            return await effects.link(tx, MakeLink("news"), who, site.turns.now(), site.base)

        url = await site.db.write(make)
        page = await reader.open(url)
        assert page.status == 200 and "Culture" in page.text and lund.name in page.text
        await reader.post(url, [])
        assert not await listens(site)
