"""Accounts, and who may have a case: decided once, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import cases, conversations, staff, tables
from storage.db import Database
from storage.errors import AlreadyClaimed, CaseClosed, NotFound, NothingSaid
from tests.storage.builders import NOW, later, open_chat


async def member(db: Database, name: str, role: str = "coach") -> int:
    """An account with a role in Ekerö."""

    async def write(tx: AsyncConnection) -> int:
        staff_id = await staff.add(tx, name=name, email=f"{name}@example.se", now=NOW)
        assert staff_id is not None
        await staff.set_roles(tx, staff_id, "ekero", [role], by="test", now=NOW)
        return staff_id

    return await db.write(write)


async def a_case(db: Database) -> int:
    who = await open_chat(db)
    return await db.write(
        lambda tx: cases.open(
            tx, municipality_id="ekero", kind="coach", conversation_id=who.conversation_id,
            resident_id=who.resident_id, now=NOW, answer_by=later(days=2),
        )
    )  # fmt: skip


async def test_one_of_many_coaches_gets_the_case(db: Database, second_db: Database) -> None:
    case_id = await a_case(db)
    coaches = [await member(db, f"coach{number}") for number in range(6)]

    async def claim(number: int, coach: int) -> bool:
        database = (db, second_db)[number % 2]
        return await database.write(lambda tx: cases.claim(tx, "ekero", case_id, coach, NOW), key=number)

    results = await asyncio.gather(*(claim(*each) for each in enumerate(coaches)), return_exceptions=True)
    lost = [each for each in results if isinstance(each, AlreadyClaimed)]
    assert (results.count(True), len(lost)) == (1, 5)
    winner = coaches[results.index(True)]
    assert {each.staff_id for each in lost} == {winner}
    assert await db.write(lambda tx: cases.claim(tx, "ekero", case_id, winner, NOW)) is False


async def test_a_case_changes_hands_only_from_who_has_it(db: Database) -> None:
    case_id, first, other = await a_case(db), await member(db, "first"), await member(db, "other")

    async def assign(to: int | None, expected: int | None) -> bool:
        return await db.write(lambda tx: cases.assign(tx, "ekero", case_id, to, NOW, expected=expected))

    assert await assign(first, None)
    with pytest.raises(AlreadyClaimed):
        await assign(None, other)
    assert await assign(other, first)
    with pytest.raises(AlreadyClaimed):
        await assign(first, first)
    assert await assign(None, other)
    with pytest.raises(NotFound):
        await db.write(lambda tx: cases.claim(tx, "nacka", case_id, first, NOW))


async def test_a_case_is_closed_only_when_something_was_said(db: Database) -> None:
    first = await a_case(db)
    with pytest.raises(NothingSaid):
        await db.write(lambda tx: cases.close(tx, "ekero", first, "answered", NOW))
    await db.write(lambda tx: cases.set_next_step(tx, "ekero", first, "ring the school", later(days=3), NOW))
    async with db.read() as tx:
        case = await cases.load(tx, "ekero", first)
    assert (case.status, case.deadline) == ("answered", later(days=3))
    assert await db.write(lambda tx: cases.close(tx, "ekero", first, "next step", NOW))
    coach = await member(db, "coach")
    with pytest.raises(CaseClosed):
        await db.write(lambda tx: cases.claim(tx, "ekero", first, coach, NOW))
    with pytest.raises(CaseClosed):
        await db.write(lambda tx: cases.refer(tx, "ekero", first, "somebody", NOW))


async def test_the_queue_has_the_urgent_first_then_the_soonest(db: Database) -> None:
    who = await open_chat(db, name_hint="Amina")

    async def one(hours: int | None, priority: int = cases.USUAL) -> int:
        return await db.write(
            lambda tx: cases.open(
                tx, municipality_id="ekero", kind="introduction", conversation_id=who.conversation_id,
                resident_id=who.resident_id, now=NOW, answer_by=later(hours=hours) if hours else None,
                priority=priority,
            )
        )  # fmt: skip

    none, late, soon, urgent = await one(None), await one(9), await one(2), await one(30, cases.URGENT)
    async with db.read() as tx:
        lines = await cases.queue(tx, "ekero")
        assert await cases.queue(tx, "nacka") == []
        assert await cases.queue(tx, "ekero", conversations_=()) == []
    assert [line.case.id for line in lines] == [urgent, soon, late, none]
    assert {line.said_name for line in lines} == {"Amina"}


async def test_an_address_has_one_account(db: Database) -> None:
    first = await member(db, "anna")
    again = await db.write(lambda tx: staff.add(tx, name="Anna", email=" ANNA@Example.se ", now=NOW))
    assert again is None
    await db.write(lambda tx: staff.remove(tx, first, NOW))
    async with db.read() as tx:
        assert await staff.by_email(tx, "anna@example.se") is None
        gone = await staff.load(tx, first)
    assert (gone.name, gone.email, gone.removed_at) == ("anna", None, NOW)
    assert await db.write(lambda tx: staff.add(tx, name="Anna", email="anna@example.se", now=NOW)) is not None


async def test_a_code_and_a_step_of_time_work_once(db: Database) -> None:
    anna = await member(db, "anna")
    await db.write(lambda tx: staff.set_codes(tx, anna, ["one", "two"]))
    uses = [await db.write(lambda tx: staff.use_code(tx, anna, "one", NOW)) for _count in range(2)]
    steps = [await db.write(lambda tx, step=step: staff.use_step(tx, anna, step)) for step in (7, 7, 6, 8)]
    assert (uses, steps) == ([True, False], [True, False, False, True])
    async with db.read() as tx:
        assert await staff.codes_left(tx, anna) == 1


async def test_failures_are_counted_and_forgotten(db: Database) -> None:
    key = staff.attempt_key("account", "anna@example.se")
    since = NOW - timedelta(minutes=30)
    for _count in range(3):
        await db.write(lambda tx: staff.fail(tx, key, NOW, since))
    async with db.read() as tx:
        assert await staff.failures(tx, [key], since) == [(3, NOW)]
        assert await staff.failures(tx, [key], later(hours=1)) == []
    await db.write(lambda tx: staff.fail(tx, key, later(hours=2), later(hours=1)))
    async with db.read() as tx:
        assert await staff.failures(tx, [key], since) == [(1, later(hours=2))]


async def a_chat(db: Database, user_id: str, place: str = "ekero") -> int:
    """The address of somebody in Telegram."""
    found = await db.write(
        lambda tx: conversations.address(tx, municipality_id=place, channel="telegram", address=user_id, now=NOW)
    )
    return found.id


async def test_the_newest_link_of_a_chat_wins(db: Database, rows: Any) -> None:
    anna, olle = await member(db, "anna"), await member(db, "olle")

    async def link(staff_id: int, user_id: str, place: str = "ekero") -> None:
        chat = await a_chat(db, user_id, place)
        await db.write(lambda tx: staff.link_chat(tx, staff_id, place, chat, NOW))

    async def whose(user_id: str, place: str = "ekero") -> str | None:
        async with db.read() as tx:
            found = await staff.by_chat(tx, place, user_id)
        return found.name if found else None

    await link(anna, "77")
    await link(anna, "78")  # a new telephone
    assert [await whose("77"), await whose("78")] == [None, "anna"]
    await link(olle, "78")  # it changed hands
    async with db.read() as tx:
        assert [await staff.chat(tx, each, "ekero") is None for each in (anna, olle)] == [True, False]
    await link(anna, "78", "nacka")
    assert [await whose("78"), await whose("78", "nacka")] == ["olle", "anna"]
    await db.write(lambda tx: staff.unlink_chat(tx, olle, "nacka"))
    assert await whose("78") == "olle"
    await db.write(lambda tx: staff.unlink_chat(tx, olle))
    assert await whose("78") is None


async def test_who_leaves_leaves_no_chat_behind(db: Database, rows: Any) -> None:
    anna, olle = await member(db, "anna"), await member(db, "olle")
    resident = await open_chat(db, "78")
    assert resident.address_id is not None
    for staff_id, chat in ((anna, await a_chat(db, "77")), (olle, resident.address_id)):
        await db.write(lambda tx, staff_id=staff_id, chat=chat: staff.link_chat(tx, staff_id, "ekero", chat, NOW))
        await db.write(lambda tx, staff_id=staff_id: staff.remove(tx, staff_id, NOW))
    assert await rows(tables.staff_chats) == []
    assert [each.address for each in await rows(tables.addresses)] == ["78", None], "a resident's own stays"
