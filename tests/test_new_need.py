"""A coordinator puts up a need from their own Telegram chat; nobody else can."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.turn import Turns
from storage import conversations, staff, tables
from tests.test_handoff import coach
from tests.test_turn import Resident


async def linked(town: Turns, *roles: str) -> Resident:
    """A member of staff in their own chat."""
    anna = await coach(town.db, "Anna", *roles)
    chat = Resident(town, "4711", channel="telegram")
    await chat.does("/menu", "[English]")

    async def link(tx: Any) -> None:
        address = await conversations.address(
            tx, municipality_id="ekero", channel="telegram", address="4711", now=town.now()
        )
        await staff.link_chat(tx, anna.staff_id, "ekero", address.id, town.now())

    await town.db.write(link)
    return chat


async def test_a_series_is_put_up_in_the_chat(town: Turns, rows: Any, now: list[datetime]) -> None:
    anna = await linked(town, "coordinator")
    await anna.does("/needs", "[Put up a new need]", "Serve supper")
    assert "already been" in await anna.does("2 March 2026 8-9")
    await anna.does(
        "every Saturday 17-19 until 28 March", "Stenhamra", "3", "[Most urgent]", "Tigrinya", "[Cooking]", "[Done]"
    )
    await anna.does("no", "[No extract is needed]", "Skolvägen 3", "[Skip]")
    assert "Is everything right?" in await anna.does("[Skip]")
    assert "/coach/needs/1" in await anna.does("[Yes, this is right]")
    (need,) = await rows(tables.needs)
    assert (need.kind, need.area, need.priority, need.staff_id) == ("shift", "Stenhamra", 1, 1)
    assert (need.need["languages_any"], need.need["skills_all"], need.need["check"]) == (["ti"], ["cooking"], None)
    assert len(await rows(tables.shifts)) == 4 and len(await rows(tables.shift_places)) == 12
    listed = await Resident(town, "bo").does("/start", "/needs")
    assert "Serve supper, Stenhamra" in listed and "Skolvägen" not in listed


async def test_nobody_else_can(town: Turns, rows: Any) -> None:
    coach_only, stranger = await linked(town, "coach"), Resident(town, "bo")
    for who in (coach_only, stranger):
        await who.does("/needs")
        assert "Put up a new need" not in who.buttons
        await who.does("/start new_need")
    assert await rows(tables.needs) == []
