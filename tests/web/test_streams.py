"""What staff see of a conversation on the console, at once and live."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot import clock
from bot.handlers.web import streams
from bot.handlers.web.console import talks
from bot.handlers.web.console.guard import COOKIE
from storage import messages, reactions, staff, translations
from tests.web.reader import Reader
from tests.web.test_console import ask, member
from tests.web.world import World


async def news(stream: aiohttp.ClientResponse) -> dict[str, Any] | None:
    """What comes next; None when the stream is over."""
    async with asyncio.timeout(5):
        while line := await stream.content.readline():
            if line.startswith(b"data:"):
                found: dict[str, Any] = json.loads(line.removeprefix(b"data:"))
                return found
    return None


@pytest.mark.parametrize("way", ["out everywhere", "removed", "no role"])
@pytest.mark.parametrize("path", ["/coach/cases/1/events", "/coach/events"])
async def test_a_stream_ends_with_its_session(
    site: World, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, way: str, path: str
) -> None:
    monkeypatch.setattr(streams, "LOOK_S", 0.05)
    for name, value in (("QUEUE_LOOK_S", 0.05), ("QUEUE_S", 0.05), ("SPREAD_S", 0)):
        monkeypatch.setattr(talks, name, value)
    await ask(site)
    token = await member(site, "Anna")
    signed = await site.console.staff.signed(token)
    assert signed is not None

    async def end(tx: Any) -> None:
        if way == "no role":
            await staff.set_roles(tx, signed.member.id, "ekero", (), by="test", now=site.turns.now())
        elif way == "removed":
            await staff.set_values(tx, signed.member.id, removed_at=site.turns.now())
        else:
            await staff.end_sessions(tx, signed.member.id)

    async with session.get(site.base + path, headers={"Cookie": f"{COOKIE}={token}"}) as stream:
        assert await news(stream) is not None
        await site.db.write(end)
        await ask(site, "Is there a piano?")  # wakes the queue's stream
        async with asyncio.timeout(5):
            while await news(stream) is not None:
                pass


async def send(site: World, body: dict[str, Any], slot: str | None = None) -> int:
    """The resident of the first conversation says something, as in Telegram; the message's id."""

    async def write(tx: Any) -> int:
        said = messages.NewMessage(
            municipality_id="ekero", conversation_id=1, at=clock.now(), channel="telegram", sender="resident", body=body,
            slot=slot,
        )  # fmt: skip
        (message_id,) = await messages.add(tx, [said])
        return message_id

    return await site.db.write(write)


async def test_a_photo_with_words_is_there_to_be_saved(site: World, session: aiohttp.ClientSession) -> None:
    await ask(site)
    with_words = await send(site, {"text": "The garage", "file": {"kind": "photo", "name": "a.jpg"}})
    alone = await send(site, {"file": {"kind": "photo", "name": "a.jpg"}})
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna")})
    page = await Reader(session, site.base).open("/coach/cases/1")
    assert "They sent a file.The garage" in page.text and page.text.count("They sent a file.") == 2
    assert all(page.link(f"/coach/cases/1/file/{each}") for each in (with_words, alone))


async def test_a_translation_stands_where_its_words_do_with_their_signs(
    site: World, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LOOK_S", 0.05)
    site.turns.translates = True
    await ask(site)
    now = clock.now()
    first, other = await send(site, {"text": "one"}, "said:1"), await send(site, {"text": "two"}, "said:2")
    changed = await send(site, {"text": "three"}, "said:1")

    async def translate(id: int, words: str) -> None:
        place, engine = "ekero", "Test"
        await site.db.write(
            lambda tx: translations.add(
                tx, municipality_id=place, message_id=id, locale="sv", words=words, engine=engine, now=now
            )
        )

    await translate(other, "två")  # made after the page, before the stream
    await site.db.write(lambda tx: reactions.put(tx, "ekero", first, "coach", "👍", now))
    headers = {"Cookie": f"{COOKIE}={await member(site, 'Anna')}"}
    async with session.get(f"{site.base}/coach/cases/1/events?after={changed}", headers=headers) as stream:
        found = await news(stream)
        assert found is not None and [each["id"] for each in found["bubbles"]] == [other]
        assert "två" in found["bubbles"][0]["html"]
        await translate(changed, "tre")
        while found is not None and not (found["bubbles"] and found["bubbles"][0]["id"] != other):
            found = await news(stream)
    assert found is not None and [each["id"] for each in found["bubbles"]] == [first]
    html = found["bubbles"][0]["html"]
    assert "three" in html and "tre</p>" in html and "👍" in html
