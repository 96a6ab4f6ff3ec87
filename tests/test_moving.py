"""A conversation that is brought to another place, on both databases."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from bot.due import DueWork
from bot.turn import Turns
from storage import tables
from storage.db import Database
from tests.test_turn import Resident, now, rows, town  # noqa: F401  (fixtures)


def code(said: str) -> str:
    """What stands behind /start in the link that was given."""
    found = re.search(r"(?:start=|\?)(move)[_=]([\w-]+)|/(r)/([\w-]+)", said)
    assert found is not None, said
    return f"move_{found[2]}" if found[1] else f"restore_{found[4]}"


async def last_address(rows: Any) -> Any:  # noqa: F811
    """Where the bot writes next to the conversation that was there first."""
    conversation, *_ = await rows(tables.conversations)
    return next(each.address for each in await rows(tables.addresses) if each.id == conversation.last_address_id)


async def test_looking_on_the_web_leaves_telegram_the_place_for_what_comes_later(
    town: Turns, db: Database, now: list[datetime], rows: Any  # noqa: F811
) -> None:  # fmt: skip
    amina = Resident(town, "4711", "telegram")
    await amina.does("/start", "[English]", "/coach", "Where do we begin?")
    link = code(await amina.does("/mine", "[Go on in another place]"))
    browser = Resident(town, "browser")
    assert "Here we go on" in await browser.does(f"/start {link}")
    assert await last_address(rows) == "4711"
    now[0] += timedelta(days=5)
    await DueWork(db, town, now=lambda: now[0]).run_ready()
    late = next(row for row in await rows(tables.messages) if "it has not come" in str(row.body))
    assert late.id in {row.message_id for row in await rows(tables.deliveries)} and late.channel == "telegram"
    await browser.does("/menu")
    assert await last_address(rows) == "browser"


async def test_whoever_moves_to_telegram_is_written_to_there(town: Turns, rows: Any) -> None:  # noqa: F811
    amina = Resident(town, "browser")
    await amina.does("/start")
    link = code(await amina.does("/mine", "[Go on in another place]"))
    await Resident(town, "4711", "telegram").does(f"/start {link}")
    assert await last_address(rows) == "4711"
