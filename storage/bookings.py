"""Bookings of rooms, what they take, and who waits for what.

**Never a double booking.** Whatever holds a time has a row in `room_quarters` for every quarter of an hour and every
smallest part of the room (with the buffer after it). Its primary key lets one transaction have it; the rows are written
in the booking's own transaction, and whoever comes second is told which times clash. No program has to be careful.

A hall and its halves share parts, so either excludes the other. Times are handed in with their quarters counted
(`bot.rules.rooms`); storage knows no rooms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import add_rows, upsert
from storage.errors import NotFound
from storage.tables import bookings, occasions, room_quarters, room_wishes

HOLDING: Final = ("offered", "requested", "approved")
"""The statuses of a booking that hold its times."""

_ROWS_MAX = 2000

_NAMED_MAX = 5000
"""So many parts of rooms are named in one statement; databases take some tens of thousands of values."""


@dataclass(frozen=True, slots=True)
class Span:
    """One time: `first` is its first quarter, `after` the one after its last, buffer included."""

    starts_at: datetime
    ends_at: datetime
    first: int
    after: int


@dataclass(frozen=True, slots=True)
class Occasion:
    id: int
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking with its times, the earliest first. See `storage.tables.bookings` for the statuses."""

    id: int
    municipality_id: str
    room_id: str
    resident_id: int
    conversation_id: int
    case_id: int | None
    people: int | None
    purpose: str | None
    status: str
    answer_by: datetime | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    occasions: tuple[Occasion, ...] = ()

    @property
    def kept(self) -> tuple[Occasion, ...]:
        """The times that were not cancelled."""
        return tuple(each for each in self.occasions if each.cancelled_at is None)


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who waits for one room ("wait"), or for anything that fits ("watch")."""

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    booking_id: int | None
    kind: str
    room_id: str | None
    wish: Any
    first_quarter: int
    after_quarter: int
    ends_at: datetime
    status: str
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Freed:
    """What became free: quarters `first` to before `after` of some parts of rooms."""

    units: frozenset[str]
    first: int
    after: int


# --- booking ----------------------------------------------------------------------------------------------------------


async def book(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    room_id: str,
    units: Collection[str],
    spans: Sequence[Span],
    resident_id: int,
    conversation_id: int,
    status: str,
    now: datetime,
    people: int | None = None,
    purpose: str | None = None,
    answer_by: datetime | None = None,
) -> tuple[int | None, tuple[int, ...]]:
    """Take all these times, or none: the booking's id, or None and the numbers of the times that clash.

    Whoever else is just taking one of them in another transaction is waited for: exactly one of the two gets it.
    """
    if clashes := await _clashes(tx, municipality_id, units, spans):
        return None, clashes
    values = {
        "municipality_id": municipality_id,
        "room_id": room_id,
        "resident_id": resident_id,
        "conversation_id": conversation_id,
        "people": people,
        "purpose": purpose,
        "status": status,
        "answer_by": answer_by,
        "created_at": now,
    }
    booking_id = int((await tx.execute(insert(bookings).values(values).returning(bookings.c.id))).scalar_one())
    ids = await add_rows(
        tx,
        occasions,
        [
            {
                "municipality_id": municipality_id,
                "booking_id": booking_id,
                "starts_at": span.starts_at,
                "ends_at": span.ends_at,
            }
            for span in spans
        ],
    )
    wanted = {
        (quarter, unit): id
        for span, id in zip(spans, ids, strict=True)
        for quarter in range(span.first, span.after)
        for unit in units
    }
    rows = [  # in one order for everybody, so that two who take the same times wait for each other only once
        {"municipality_id": municipality_id, "quarter": quarter, "unit": unit, "occasion_id": wanted[quarter, unit]}
        for quarter, unit in sorted(wanted)
    ]
    for at in range(0, len(rows), _ROWS_MAX):
        part = rows[at : at + _ROWS_MAX]
        statement = upsert(tx, room_quarters).values(part).on_conflict_do_nothing()
        if (await tx.execute(statement)).rowcount < len(part):
            clashes = await _clashes(tx, municipality_id, units, spans, but=ids)
            await tx.execute(delete(bookings).where(bookings.c.id == booking_id))  # and all it took
            return None, clashes or tuple(range(len(spans)))  # (whoever was in the way may be gone just now)
    return booking_id, ()


async def _clashes(
    tx: AsyncConnection, municipality_id: str, units: Collection[str], spans: Sequence[Span], but: Sequence[int] = ()
) -> tuple[int, ...]:
    """The numbers of the times in which any of the parts is taken, by others than the occasions in `but`."""
    found = await _first_taken(
        tx,
        municipality_id,
        [(span.first, span.after) for span in spans],
        units,
        room_quarters.c.occasion_id.not_in(but),
    )
    return tuple(sorted({number for number, _unit, _quarter in found}))


async def busy(
    tx: AsyncConnection, municipality_id: str, spans: Sequence[tuple[int, int]], units: Collection[str] | None = None
) -> dict[str, dict[int, int]]:
    """What is taken in these spans of quarters (first, after): by part, by span's number, the first taken quarter.

    `units` are the parts to look at; None: every part that is taken at all.
    """
    taken: dict[str, dict[int, int]] = defaultdict(dict)
    for number, unit, quarter in await _first_taken(tx, municipality_id, spans, units):
        taken[unit][number] = quarter
    return dict(taken)


async def _first_taken(
    tx: AsyncConnection,
    municipality_id: str,
    spans: Sequence[tuple[int, int]],
    units: Collection[str] | None,
    *where: ColumnElement[bool],
) -> list[tuple[int, str, int]]:
    """(number of the span, part, first taken quarter), one range of the primary key for each span."""
    found: list[tuple[int, str, int]] = []
    if units is not None:
        where = (room_quarters.c.unit.in_(sorted(units)), *where)
    step = max(1, min(100, _NAMED_MAX // max(1, len(units or ()))))
    for at in range(0, len(spans), step):
        parts = [
            select(literal(at + number), room_quarters.c.unit, func.min(room_quarters.c.quarter))
            .where(
                room_quarters.c.municipality_id == municipality_id,
                room_quarters.c.quarter >= first,
                room_quarters.c.quarter < after,
                *where,
            )
            .group_by(room_quarters.c.unit)
            for number, (first, after) in enumerate(spans[at : at + step])
        ]
        rows = await tx.execute(parts[0] if len(parts) == 1 else union_all(*parts))
        found += [(row[0], row[1], row[2]) for row in rows]
    return found


async def taken(
    tx: AsyncConnection, municipality_id: str, units: Collection[str], first: int, after: int
) -> dict[str, list[int]]:
    """Every taken quarter of these parts from `first` to before `after`."""
    statement = select(room_quarters.c.unit, room_quarters.c.quarter).where(
        room_quarters.c.municipality_id == municipality_id,
        room_quarters.c.quarter >= first,
        room_quarters.c.quarter < after,
        room_quarters.c.unit.in_(sorted(units)),
    )
    found: dict[str, list[int]] = defaultdict(list)
    for unit, quarter in await tx.execute(statement.order_by(room_quarters.c.quarter)):
        found[unit].append(quarter)
    return dict(found)


async def hold_still(tx: AsyncConnection, municipality_id: str, units: Collection[str], spans: Sequence[Span]) -> bool:
    """Whether any of these times is taken; what takes it stays until this transaction ends.

    So nobody joins a waiting list just as its room becomes free, and who joins at the same moment joins in an order.
    """
    for span in sorted(spans, key=lambda each: each.first):
        statement = (
            select(room_quarters.c.quarter)
            .where(
                room_quarters.c.municipality_id == municipality_id,
                room_quarters.c.quarter >= span.first,
                room_quarters.c.quarter < span.after,
                room_quarters.c.unit.in_(sorted(units)),
            )
            .order_by(room_quarters.c.quarter, room_quarters.c.unit)
            .limit(1)
            .with_for_update()
        )
        if await tx.scalar(statement) is not None:
            return True
    return False


# --- what becomes of one -----------------------------------------------------------------------------------------------


async def load(
    tx: AsyncConnection, municipality_id: str, booking_id: int, *, for_resident: int | None = None
) -> Booking:
    """A booking; with `for_resident` only their own.

    Raises:
        NotFound: There is none such, or it is not theirs.
    """
    this = [bookings.c.id == booking_id, bookings.c.municipality_id == municipality_id]
    if for_resident is not None:
        this.append(bookings.c.resident_id == for_resident)
    found = await _load(tx, select(*bookings.c).where(*this))
    if not found:
        raise NotFound("bookings", booking_id)
    return found[0]


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int, now: datetime) -> list[Booking]:
    """Somebody's bookings that hold a time still to come, the soonest first."""
    ahead = exists().where(
        occasions.c.booking_id == bookings.c.id, occasions.c.cancelled_at.is_(None), occasions.c.ends_at > now
    )
    theirs = (bookings.c.municipality_id == municipality_id, bookings.c.resident_id == resident_id)
    found = await _load(tx, select(*bookings.c).where(*theirs, bookings.c.status.in_(HOLDING), ahead))
    return sorted(found, key=lambda each: (min(one.starts_at for one in each.kept if one.ends_at > now), each.id))


async def at_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> Booking | None:
    """The booking that a case is about."""
    this = (bookings.c.case_id == case_id, bookings.c.municipality_id == municipality_id)
    found = await _load(tx, select(*bookings.c).where(*this))
    return found[0] if found else None


async def set_case(tx: AsyncConnection, booking_id: int, case_id: int) -> None:
    """Note the case that waits for somebody to decide."""
    await tx.execute(update(bookings).where(bookings.c.id == booking_id).values(case_id=case_id))


async def move(
    tx: AsyncConnection,
    municipality_id: str,
    booking_id: int,
    before: Sequence[str],
    status: str,
    *,
    now: datetime,
    by: str | None = None,
    reason: str | None = None,
    answer_by: datetime | None = None,
) -> bool:
    """Change its status if it is one of `before`: one UPDATE decides. What then holds no time gives it up (`release`)."""
    values: dict[str, Any] = {"status": status, "decided_at": now, "decided_by": by, "reason": reason}
    if answer_by is not None:
        values["answer_by"] = answer_by
    this = (bookings.c.id == booking_id, bookings.c.municipality_id == municipality_id)
    moved = await tx.execute(update(bookings).where(*this, bookings.c.status.in_(before)).values(values))
    return moved.rowcount > 0


async def release(tx: AsyncConnection, booking_id: int, now: datetime, occasion_id: int | None = None) -> list[Freed]:
    """Give up a booking's times, or one of them; what became free."""
    ours = [occasions.c.booking_id == booking_id, occasions.c.cancelled_at.is_(None)]
    if occasion_id is not None:
        ours.append(occasions.c.id == occasion_id)
    ids = list(await tx.scalars(select(occasions.c.id).where(*ours)))
    gone: dict[int, list[tuple[int, str]]] = defaultdict(list)
    statement = delete(room_quarters).where(room_quarters.c.occasion_id.in_(ids))
    for row in await tx.execute(statement.returning(*room_quarters.c)):
        gone[row.occasion_id].append((row.quarter, row.unit))
    await tx.execute(update(occasions).where(occasions.c.id.in_(ids)).values(cancelled_at=now))
    return [
        Freed(frozenset(unit for _, unit in rows), min(rows)[0], max(rows)[0] + 1) for _, rows in sorted(gone.items())
    ]


async def of_units(
    tx: AsyncConnection, municipality_id: str, units: Collection[str], since: datetime, until: datetime
) -> list[tuple[int, datetime, datetime, str]]:
    """When any of these parts is taken: the occasion's id, from, to and the booking's status; nothing of whose it is."""
    held = exists().where(room_quarters.c.occasion_id == occasions.c.id, room_quarters.c.unit.in_(sorted(units)))
    statement = (
        select(occasions.c.id, occasions.c.starts_at, occasions.c.ends_at, bookings.c.status)
        .join_from(occasions, bookings, bookings.c.id == occasions.c.booking_id)
        .where(
            occasions.c.municipality_id == municipality_id,
            occasions.c.starts_at < until,
            occasions.c.ends_at > since,
            occasions.c.cancelled_at.is_(None),
            bookings.c.status.in_(HOLDING),
            held,
        )
        .order_by(occasions.c.starts_at, occasions.c.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await tx.execute(statement)]


async def _load(tx: AsyncConnection, statement: Select[Any]) -> list[Booking]:
    rows = (await tx.execute(statement.order_by(bookings.c.id))).all()
    times: dict[int, list[Occasion]] = defaultdict(list)
    if rows:
        theirs = (
            select(occasions.c.booking_id, occasions.c.id, occasions.c.starts_at, occasions.c.ends_at,
                   occasions.c.cancelled_at)
            .where(occasions.c.booking_id.in_([row.id for row in rows]))
            .order_by(occasions.c.starts_at, occasions.c.id)
        )  # fmt: skip
        for booking_id, *occasion in await tx.execute(theirs):
            times[booking_id].append(Occasion(*occasion))
    return [Booking(**row._mapping, occasions=tuple(times[row.id])) for row in rows]


# --- who waits --------------------------------------------------------------------------------------------------------


async def wish(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    conversation_id: int,
    kind: str,
    wish: Any,
    first_quarter: int,
    after_quarter: int,
    ends_at: datetime,
    now: datetime,
    room_id: str | None = None,
) -> tuple[int, int]:
    """Wait for a room, or watch for any, until `ends_at`; its id, and how many wait for that room before (0: none)."""
    values = {
        "municipality_id": municipality_id,
        "resident_id": resident_id,
        "conversation_id": conversation_id,
        "kind": kind,
        "room_id": room_id,
        "wish": wish,
        "first_quarter": first_quarter,
        "after_quarter": after_quarter,
        "ends_at": ends_at,
        "status": "waiting",
        "created_at": now,
    }
    before = await tx.scalar(
        select(func.count())
        .select_from(room_wishes)
        .where(
            _overlaps(municipality_id, first_quarter, after_quarter),
            room_wishes.c.kind == "wait",
            room_wishes.c.room_id == room_id,
        )
    )
    wish_id = (await tx.execute(insert(room_wishes).values(values).returning(room_wishes.c.id))).scalar_one()
    return int(wish_id), int(before or 0)


async def waiting(tx: AsyncConnection, municipality_id: str, freed: Freed) -> list[Wish]:
    """Who waits for a time that overlaps what became free, whoever asked first first, locked until the end."""
    statement = (
        select(*room_wishes.c)
        .where(_overlaps(municipality_id, freed.first, freed.after))
        .order_by(room_wishes.c.kind, room_wishes.c.id)
        .with_for_update()
    )
    return [Wish(*row) for row in await tx.execute(statement)]


async def load_wish(tx: AsyncConnection, municipality_id: str, wish_id: int) -> Wish:
    """One of them. Raises NotFound."""
    this = (room_wishes.c.id == wish_id, room_wishes.c.municipality_id == municipality_id)
    row = (await tx.execute(select(*room_wishes.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("room_wishes", wish_id)
    return Wish(*row)


async def wishes_of(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Wish]:
    """What somebody waits for, the oldest first."""
    theirs = (room_wishes.c.municipality_id == municipality_id, room_wishes.c.resident_id == resident_id)
    statement = select(*room_wishes.c).where(*theirs, room_wishes.c.status == "waiting").order_by(room_wishes.c.id)
    return [Wish(*row) for row in await tx.execute(statement)]


async def offer(tx: AsyncConnection, wish_id: int, booking_id: int) -> bool:
    """Hold a booking for who waits; False when they wait no longer."""
    this = (room_wishes.c.id == wish_id, room_wishes.c.status == "waiting")
    return (
        await tx.execute(update(room_wishes).where(*this).values(status="offered", booking_id=booking_id))
    ).rowcount > 0


async def end_wish(tx: AsyncConnection, municipality_id: str, *, now: datetime, wish_id: int | None = None,
                   booking_id: int | None = None, resident_id: int | None = None) -> bool:  # fmt: skip
    """Nobody waits any more: by the wish itself, or by what was offered; with `resident_id` only their own."""
    this = and_(
        room_wishes.c.municipality_id == municipality_id,
        room_wishes.c.status != "done",
        or_(room_wishes.c.id == wish_id, room_wishes.c.booking_id == booking_id),
    )
    if resident_id is not None:
        this = and_(this, room_wishes.c.resident_id == resident_id)
    return (await tx.execute(update(room_wishes).where(this).values(status="done", done_at=now))).rowcount > 0


def _overlaps(municipality_id: str, first: int, after: int) -> Any:
    return and_(
        room_wishes.c.municipality_id == municipality_id,
        room_wishes.c.status == "waiting",
        room_wishes.c.first_quarter < after,
        room_wishes.c.after_quarter > first,
    )
