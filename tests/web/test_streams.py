"""What the console's streams send, and to whom."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.handlers.web.console import talks
from bot.handlers.web.console.guard import COOKIE
from storage import staff
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
    for name, value in (("LOOK_S", 0.05), ("QUEUE_S", 0.05), ("SPREAD_S", 0)):
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
