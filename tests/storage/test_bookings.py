"""Bookings: what is taken is taken once, on both databases, however many ask at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from storage import bookings
from storage.bookings import Freed, Span
from storage.conversations import Opened
from storage.db import Database
from storage.errors import NotFound
from storage.tables import room_quarters
from tests.storage.builders import NOW, later, open_chat

FIRST = int(NOW.timestamp()) // 900


def span(begins: int, ends: int, buffer: int = 0) -> Span:
    """From and to in quarters after NOW."""
    at = timedelta(minutes=15)
    return Span(NOW + begins * at, NOW + ends * at, FIRST + begins, FIRST + ends + buffer)


async def book(
    db: Database, who: Opened, spans: Sequence[Span], units: Sequence[str] = ("hall",), **more: Any
) -> tuple[int | None, tuple[int, ...]]:
    row: dict[str, Any] = {
        "municipality_id": who.municipality_id,
        "room_id": units[0],
        "units": units,
        "spans": spans,
        "resident_id": who.resident_id,
        "conversation_id": who.conversation_id,
        "status": "approved",
        "now": NOW,
    }
    return await db.write(lambda tx: bookings.book(tx, **row | more))


async def test_a_time_is_taken_once_and_the_next_may_begin_when_it_ends(db: Database) -> None:
    who = await open_chat(db)
    first, clashes = await book(db, who, [span(0, 8, buffer=2)], people=12, purpose="Körsång")
    assert first is not None and clashes == ()
    assert await book(db, who, [span(20, 24), span(9, 12)]) == (None, (1,))
    assert (await book(db, who, [span(10, 12), span(-4, 0)]))[0] is not None
    async with db.read() as tx:
        found = await bookings.load(tx, "ekero", first)
        assert (found.people, found.purpose, found.status) == (12, "Körsång", "approved")
        assert [(each.starts_at, each.ends_at) for each in found.kept] == [(NOW, later(hours=2))]
        assert await bookings.busy(
            tx, "ekero", [(FIRST, FIRST + 4), (FIRST + 8, FIRST + 10), (FIRST + 40, FIRST + 44)]
        ) == {"hall": {0: FIRST, 1: FIRST + 8}}
        assert await bookings.busy(tx, "nacka", [(FIRST, FIRST + 4)]) == {}


async def test_all_times_of_a_series_are_taken_or_none(db: Database) -> None:
    who = await open_chat(db)
    await book(db, who, [span(100, 104)])
    week = [span(at, at + 4) for at in range(0, 200, 20)]
    assert await book(db, who, week) == (None, (5,))
    async with db.read() as tx:
        taken = await bookings.taken(tx, "ekero", ["hall"], FIRST, FIRST + 300)
    assert taken == {"hall": [FIRST + at for at in range(100, 104)]}


async def test_a_hall_and_its_halves_exclude_each_other(db: Database) -> None:
    who = await open_chat(db)
    assert (await book(db, who, [span(0, 4)], ["north"]))[0] is not None
    assert await book(db, who, [span(0, 4)], ["north", "south"]) == (None, (0,))
    assert (await book(db, who, [span(0, 4)], ["south"]))[0] is not None
    whole = (await book(db, who, [span(4, 8)], ["north", "south"]))[0]
    assert whole is not None
    assert await book(db, who, [span(5, 6)], ["south"]) == (None, (0,))


async def test_another_municipality_has_rooms_of_the_same_name(db: Database) -> None:
    here, there = await open_chat(db), await open_chat(db, municipality_id="nacka")
    mine, theirs = (await book(db, here, [span(0, 4)]))[0], (await book(db, there, [span(0, 4)]))[0]
    assert mine is not None and theirs is not None
    async with db.read() as tx:
        with pytest.raises(NotFound):
            await bookings.load(tx, "ekero", theirs)
        assert [each.id for each in await bookings.of_resident(tx, "ekero", here.resident_id, NOW)] == [mine]


async def test_the_database_itself_refuses_a_second_row(db: Database) -> None:
    who = await open_chat(db)
    await book(db, who, [span(0, 4)])
    other = (await book(db, who, [span(10, 12)]))[0]
    async with db.read() as tx:
        occasion = (await bookings.load(tx, "ekero", other or 0)).kept[0].id
    row = {"municipality_id": "ekero", "quarter": FIRST + 1, "unit": "hall", "occasion_id": occasion}
    with pytest.raises(IntegrityError):
        await db.write(lambda tx: tx.execute(room_quarters.insert().values(row)))


async def test_of_many_who_ask_at_once_one_gets_it(db: Database, second_db: Database) -> None:
    """Two processes, a series each, overlapping in different times, in opposite orders."""
    people = [await open_chat(db, str(number)) for number in range(12)]
    there, back = [span(0, 8), span(96, 104)], [span(98, 106), span(4, 12)]
    asked = [
        book((db, second_db)[number % 2], who, (there, back)[number % 4 // 2], ["north", "south"][: 1 + number % 2])
        for number, who in enumerate(people)
    ]
    answers = await asyncio.gather(*asked)
    won = [booking for booking, _clashes in answers if booking is not None]
    lost = [clashes for booking, clashes in answers if booking is None]
    assert (len(won), len(lost)) == (1, 11)
    assert all(clashes for clashes in lost)
    async with db.read() as tx:
        winner = await bookings.load(tx, "ekero", won[0])
        taken = await bookings.taken(tx, "ekero", ["north", "south"], FIRST, FIRST + 200)
    assert sum(map(len, taken.values())) in (16, 32)
    assert len(winner.kept) == 2


async def test_what_is_given_up_is_free_again(db: Database) -> None:
    who = await open_chat(db)
    booking = (await book(db, who, [span(0, 4, buffer=1), span(20, 24)], ["north", "south"]))[0] or 0
    async with db.read() as tx:
        one, other = (await bookings.load(tx, "ekero", booking)).kept
    freed = await db.write(lambda tx: bookings.release(tx, booking, later(hours=1), one.id))
    assert freed == [Freed(frozenset({"north", "south"}), FIRST, FIRST + 5)]
    assert (await book(db, who, [span(0, 4)], ["south"]))[0] is not None
    freed = await db.write(lambda tx: bookings.release(tx, booking, later(hours=1)))
    assert freed == [Freed(frozenset({"north", "south"}), FIRST + 20, FIRST + 24)]
    assert await db.write(lambda tx: bookings.release(tx, booking, later(hours=1))) == []
    async with db.read() as tx:
        assert (await bookings.load(tx, "ekero", booking)).kept == ()
        assert other.id not in [each.id for each in (await bookings.load(tx, "ekero", booking)).kept]


async def test_one_decision_counts(db: Database, second_db: Database) -> None:
    who = await open_chat(db)
    booking = (await book(db, who, [span(0, 4)], status="requested"))[0] or 0

    async def decide(where: Database, status: str) -> bool:
        return await where.write(
            lambda tx: bookings.move(tx, "ekero", booking, ("requested",), status, now=NOW, by="lender", reason=status)
        )

    decided = await asyncio.gather(decide(db, "approved"), decide(second_db, "declined"))
    assert sorted(decided) == [False, True]
    async with db.read() as tx:
        found = await bookings.load(tx, "ekero", booking)
    assert found.status == found.reason == ("approved" if decided[0] else "declined")


async def test_a_calendar_tells_when_but_not_who(db: Database) -> None:
    who = await open_chat(db)
    await book(db, who, [span(0, 4, buffer=4)], ["north"], purpose="hemligt")
    await book(db, who, [span(8, 12)], ["south"], status="requested")
    declined = (await book(db, who, [span(16, 20)], ["north"]))[0] or 0
    await db.write(lambda tx: bookings.move(tx, "ekero", declined, ("approved",), "cancelled", now=NOW))
    async with db.read() as tx:
        events = await bookings.of_units(tx, "ekero", ["north", "south"], NOW, later(days=1))
    assert [each[1:] for each in events] == [
        (NOW, later(hours=1), "approved"),
        (later(hours=2), later(hours=3), "requested"),
    ]


async def wait(db: Database, who: Opened, kind: str, room: str | None, begins: int, ends: int) -> tuple[int, int]:
    return await db.write(
        lambda tx: bookings.wish(
            tx,
            municipality_id=who.municipality_id,
            resident_id=who.resident_id,
            conversation_id=who.conversation_id,
            kind=kind,
            wish={"people": 5},
            first_quarter=FIRST + begins,
            after_quarter=FIRST + ends,
            room_id=room,
            ends_at=later(days=1),
            now=NOW,
        )
    )


async def test_who_waited_first_is_first(db: Database) -> None:
    one, two, elsewhere = (
        await open_chat(db, "1"),
        await open_chat(db, "2"),
        await open_chat(db, "3", municipality_id="nacka"),
    )
    watch, _before = await wait(db, one, "watch", None, 0, 8)
    first, none_before = await wait(db, two, "wait", "hall", 0, 4)
    second, one_before = await wait(db, one, "wait", "hall", 2, 6)
    await wait(db, elsewhere, "wait", "hall", 0, 4)
    await wait(db, one, "wait", "hall", 4, 8)
    assert (none_before, one_before) == (0, 1)
    freed = Freed(frozenset({"hall"}), FIRST, FIRST + 4)

    async def queue() -> list[int]:
        async def read(tx: Any) -> list[int]:
            return [each.id for each in await bookings.waiting(tx, "ekero", freed)]

        return await db.write(read)

    assert await queue() == [first, second, watch]
    booking = (await book(db, two, [span(0, 4)], status="offered"))[0] or 0
    assert await db.write(lambda tx: bookings.offer(tx, first, booking))
    assert not await db.write(lambda tx: bookings.offer(tx, first, booking))
    assert await queue() == [second, watch]
    assert not await db.write(
        lambda tx: bookings.end_wish(tx, "ekero", now=NOW, wish_id=second, resident_id=two.resident_id)
    )
    assert await db.write(lambda tx: bookings.end_wish(tx, "ekero", now=NOW, booking_id=booking))
    async with db.read() as tx:
        assert [each.id for each in await bookings.wishes_of(tx, "ekero", two.resident_id)] == []
        assert (await bookings.load_wish(tx, "ekero", first)).status == "done"
