"""What residents are met with in a crisis, in the chat and on the pages, and what coordinators see of it beforehand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.handlers.web.console.guard import COOKIE
from storage import crisis
from tests.web.reader import Reader
from tests.web.test_console import member
from tests.web.world import World

MANY = "Right now many need help"


async def level(site: World, name: str, *, drill: bool = False) -> None:
    async def write(tx: Any) -> None:
        await crisis.change(tx, municipality_id=site.municipality.id, level=name, drill=drill, reason="Flood",
                            staff_id=1, at=datetime.now(UTC))  # fmt: skip

    await site.db.write(write)


async def test_everybody_is_met_with_it_while_it_lasts(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    cookie = await member(site, "Anna", "coordinator")
    assert MANY not in (await reader.open("/")).text
    await level(site, "crisis", drill=True)
    for path in ("/", "/needs"):
        page = await reader.open(path)
        assert MANY in page.text and "This is a drill" in page.text and "113 13" in page.text
    await reader.open("/")
    await reader.say("/start")
    assert MANY in reader.page.text
    assert "Nine quick questions" in (await reader.say("/volunteer")).text
    await level(site, "calm")
    assert MANY not in (await reader.open("/needs")).text
    session.cookie_jar.update_cookies({COOKIE: cookie})
    page = await reader.open("/coach/level")
    assert MANY in page.text and "Nobody has reviewed these texts yet" in page.text
    assert "يحتاج كثيرون" in page.text, "in every language"
