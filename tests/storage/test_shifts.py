"""Shifts and their places: as many as there are, given once, by the database itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from storage import shifts, volunteers
from storage.db import Database
from storage.errors import NotFound
from storage.tables import shift_places
from tests.storage.builders import NOW, later, open_chat

MINE: dict[str, Any] = {"municipality_id": "ekero"}


async def need(db: Database, places: int, times: int = 1) -> int:
    when = [(later(days=day), later(days=day, hours=2)) for day in range(1, times + 1)]
    return await db.write(lambda tx: shifts.add_need(
        tx, **MINE, kind="shift", need={"what": "Supper"}, area=None, priority=1, status="open", times=when, places=places,
        now=NOW,
    ))  # fmt: skip


async def volunteer(db: Database, address: str) -> int:
    who = await open_chat(db, address)
    return await db.write(lambda tx: volunteers.save(
        tx, **MINE, resident_id=who.resident_id, conversation_id=who.conversation_id, offer={"name": address}, now=NOW
    ))  # fmt: skip


async def sign_up(db: Database, volunteer_id: int, shift_id: int = 1) -> bool:
    """Whether they got a place."""

    async def write(tx: Any) -> bool:
        signup = await shifts.sign_up(tx, **MINE, shift_id=shift_id, volunteer_id=volunteer_id, status="taken",
                                      made_by="self", now=NOW)  # fmt: skip
        return await shifts.hold_place(tx, shift_id, signup)

    return await db.write(write)


async def state(db: Database, shift_id: int = 1) -> tuple[int, int]:
    async with db.read() as tx:
        found = await shifts.load(tx, "ekero", shift_id)
    return found.places, found.held


async def test_as_many_get_a_place_as_there_are(db: Database, second_db: Database) -> None:
    """Two processes."""
    await need(db, 3)
    people = [await volunteer(db, str(number)) for number in range(10)]
    got = await asyncio.gather(*(sign_up((db, second_db)[each % 2], each) for each in people))
    assert sum(got) == 3 and await state(db) == (3, 3)


async def test_the_database_itself_gives_nobody_two_places(db: Database) -> None:
    await need(db, 2)
    assert await sign_up(db, await volunteer(db, "1"))
    with pytest.raises(IntegrityError):
        await db.write(lambda tx: tx.execute(update(shift_places).values(signup_id=1)))


async def test_who_signs_up_again_keeps_what_they_have(db: Database) -> None:
    await need(db, 2)
    one = await volunteer(db, "1")
    assert await sign_up(db, one) and await sign_up(db, one)
    assert await state(db) == (2, 1)


async def test_places_come_and_go_but_never_under_somebody(db: Database) -> None:
    await need(db, 2)
    for number in range(2):
        assert await sign_up(db, await volunteer(db, str(number)))
    for places, left in ((4, (4, 2)), (1, (2, 2)), (2, (2, 2))):
        await db.write(lambda tx, places=places: shifts.more_places(tx, "ekero", 1, places))  # type: ignore[misc]
        assert await state(db) == left
    assert await db.write(lambda tx: shifts.free_place(tx, 1, 1))
    assert not await db.write(lambda tx: shifts.free_place(tx, 1, 1)), "once"
    assert await state(db) == (2, 1)


async def test_what_overlaps_clashes_and_what_touches_does_not(db: Database) -> None:
    await need(db, 1)
    one = await volunteer(db, "1")
    await sign_up(db, one)
    async with db.read() as tx:
        shift = await shifts.load(tx, "ekero", 1)
        spans = [(later(days=1, hours=h), later(days=1, hours=h + 2)) for h in (-2, -1, 1, 2)]
        assert [await shifts.clash(tx, one, *span) for span in spans] == [None, 1, 1, None]
        assert await shifts.clash(tx, one, shift.starts_at, shift.ends_at, but=1) is None
        with pytest.raises(NotFound):
            await shifts.load(tx, "nacka", 1)


async def test_who_left_and_comes_back_is_new(db: Database) -> None:
    who = await open_chat(db, "1")
    offer: dict[str, Any] = {**MINE, "resident_id": who.resident_id, "conversation_id": who.conversation_id, "now": NOW}
    one = await db.write(lambda tx: volunteers.save(tx, **offer, offer={"name": "Ada"}))
    await db.write(lambda tx: volunteers.check(tx, **MINE, volunteer_id=one, role="children", state="shown", now=NOW))
    await db.write(lambda tx: volunteers.leave(tx, "ekero", one, NOW))
    async with db.read() as tx:
        assert await volunteers.of_resident(tx, who.resident_id) is None
        assert await volunteers.checks(tx, "ekero") == []
    assert await db.write(lambda tx: volunteers.save(tx, **offer, offer={"name": "Ada"})) == one
    async with db.read() as tx:
        (found,) = await volunteers.of_municipality(tx, "ekero")
    assert found.standing == "new"
