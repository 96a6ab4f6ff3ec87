"""What helpers are needed for, the times of it, and who has which place.

**Never over-booked.** A shift is made with one row in `shift_places` for each of its places, and whoever has a place is
named in its row. No place, no row: the database keeps the count, and no program has to be careful. Places are given under
the shift's lock, so that of many who come at once exactly as many get one as there are. (The lock leaves its key alone:
rows that point to the shift are being written beside it.)

Whoever is taken on as a volunteer changes their own times only under their own lock, taken before that of the shift;
offers hold a place without it, and a clash shows when they are answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import add_rows
from storage.errors import NotFound
from storage.tables import needs, shift_places, shifts, signups, volunteers

HOLDING: Final = ("asked", "offered", "taken")
"""The statuses of a signup that hold a place."""

LIVING: Final = (*HOLDING, "standby", "proposed")
"""The statuses of a signup that is not over."""


@dataclass(frozen=True, slots=True)
class Need:
    """What helpers are needed for. See `storage.tables.needs` for kinds and statuses; `need` says all about it."""

    id: int
    municipality_id: str
    kind: str
    need: Any
    area: str | None
    priority: int
    status: str
    drill: bool
    resident_id: int | None
    conversation_id: int | None
    case_id: int | None
    staff_id: int | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shift:
    """One time of a need: `places` in all, `held` of them given away, `standby` people behind those."""

    id: int
    need: Need
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None
    places: int
    held: int
    standby: int

    @property
    def free(self) -> int:
        return self.places - self.held


@dataclass(frozen=True, slots=True)
class Signup:
    """One volunteer and one shift. See `storage.tables.signups` for the statuses."""

    id: int
    municipality_id: str
    shift_id: int
    volunteer_id: int
    status: str
    made_by: str
    why: Any
    answer_by: datetime | None
    approved_at: datetime | None
    approved_by: int | None
    confirmed_at: datetime | None
    came_at: datetime | None
    reason: str | None
    created_at: datetime
    changed_at: datetime
    conversation_id: int
    """The volunteer's."""


# --- needs and their times --------------------------------------------------------------------------------------------


async def add_need(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    kind: str,
    need: Any,
    area: str | None,
    priority: int,
    status: str,
    times: Sequence[tuple[datetime, datetime]],
    places: int,
    now: datetime,
    drill: bool = False,
    resident_id: int | None = None,
    conversation_id: int | None = None,
    case_id: int | None = None,
    staff_id: int | None = None,
) -> int:
    """Keep a need with a shift at each of `times`, each with so many places; its id."""
    values = {
        "municipality_id": municipality_id, "kind": kind, "need": need, "area": area, "priority": priority,
        "status": status, "drill": drill, "resident_id": resident_id, "conversation_id": conversation_id,
        "case_id": case_id, "staff_id": staff_id, "created_at": now,
    }  # fmt: skip
    need_id = int((await tx.execute(insert(needs).values(values).returning(needs.c.id))).scalar_one())
    await add_shifts(tx, municipality_id, need_id, times, places)
    return need_id


async def add_shifts(
    tx: AsyncConnection,
    municipality_id: str,
    need_id: int,
    times: Sequence[tuple[datetime, datetime]],
    places: int,
) -> list[int]:
    """More times of a need, each with so many places; their ids."""
    mine = {"municipality_id": municipality_id}
    ids = await add_rows(
        tx, shifts, [{**mine, "need_id": need_id, "starts_at": begins, "ends_at": ends} for begins, ends in times]
    )
    rows = [{**mine, "shift_id": id, "place": place} for id in ids for place in range(places)]
    if rows:
        await tx.execute(insert(shift_places), rows)
    return ids


async def load_need(tx: AsyncConnection, municipality_id: str, need_id: int) -> Need:
    """Raises NotFound: There is none such."""
    this = (needs.c.id == need_id, needs.c.municipality_id == municipality_id)
    row = (await tx.execute(select(*needs.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("needs", need_id)
    return Need(*row)


async def needs_of(
    tx: AsyncConnection,
    municipality_id: str,
    *,
    kind: str | None = None,
    resident_id: int | None = None,
    done: bool = False,
) -> list[Need]:
    """The needs that are not over (or, `done`, those that are), the most urgent first, then the newest."""
    statement = select(*needs.c).where(needs.c.municipality_id == municipality_id)
    statement = statement.where(needs.c.done_at.is_not(None) if done else needs.c.done_at.is_(None))
    if kind is not None:
        statement = statement.where(needs.c.kind == kind)
    if resident_id is not None:
        statement = statement.where(needs.c.resident_id == resident_id)
    return [Need(*row) for row in await tx.execute(statement.order_by(needs.c.priority, needs.c.id.desc()))]


async def change_need(
    tx: AsyncConnection, municipality_id: str, need_id: int, values: Mapping[str, Any], before: Sequence[str] = ()
) -> bool:
    """Change columns of a need, if its status is one of `before` (none: whatever it is); whether it was."""
    this = [needs.c.id == need_id, needs.c.municipality_id == municipality_id]
    if before:
        this.append(needs.c.status.in_(before))
    return (await tx.execute(update(needs).where(*this).values(values))).rowcount > 0


_PLACES: Final = select(func.count()).where(shift_places.c.shift_id == shifts.c.id).correlate(shifts)
_SHIFTS: Final[Select[Any]] = select(
    shifts.c.id,
    shifts.c.starts_at,
    shifts.c.ends_at,
    shifts.c.cancelled_at,
    _PLACES.scalar_subquery(),
    _PLACES.where(shift_places.c.signup_id.is_not(None)).scalar_subquery(),
    select(func.count()).where(signups.c.shift_id == shifts.c.id, signups.c.status == "standby").scalar_subquery(),
    *needs.c,
).join(needs, needs.c.id == shifts.c.need_id)


async def coming(
    tx: AsyncConnection, municipality_id: str, now: datetime, *, kind: str | None = "shift", need_id: int | None = None
) -> list[Shift]:
    """The shifts of open needs that have not ended, the most urgent and then the soonest first."""
    statement = _SHIFTS.where(
        shifts.c.municipality_id == municipality_id,
        shifts.c.ends_at > now,
        shifts.c.cancelled_at.is_(None),
        needs.c.done_at.is_(None),
    )
    if kind is not None:
        statement = statement.where(needs.c.kind == kind)
    if need_id is not None:
        statement = statement.where(needs.c.id == need_id)
    rows = await tx.execute(statement.order_by(needs.c.priority, shifts.c.starts_at, shifts.c.id))
    return [_shift(row) for row in rows]


async def of_need(tx: AsyncConnection, municipality_id: str, need_id: int) -> list[Shift]:
    """Every shift of a need, past and cancelled ones too, the earliest first."""
    this = (shifts.c.municipality_id == municipality_id, shifts.c.need_id == need_id)
    rows = await tx.execute(_SHIFTS.where(*this).order_by(shifts.c.starts_at, shifts.c.id))
    return [_shift(row) for row in rows]


async def load(tx: AsyncConnection, municipality_id: str, shift_id: int) -> Shift:
    """One shift, with how full it is. Raises NotFound."""
    row = (
        await tx.execute(_SHIFTS.where(shifts.c.id == shift_id, shifts.c.municipality_id == municipality_id))
    ).one_or_none()
    if row is None:
        raise NotFound("shifts", shift_id)
    return _shift(row)


async def cancel_shift(tx: AsyncConnection, municipality_id: str, shift_id: int, now: datetime) -> list[Signup]:
    """Call a shift off; those who had to do with it, whose signups are the caller's to end."""
    this = (shifts.c.id == shift_id, shifts.c.municipality_id == municipality_id, shifts.c.cancelled_at.is_(None))
    if (await tx.execute(update(shifts).where(*this).values(cancelled_at=now))).rowcount == 0:
        return []
    return await of_shift(tx, municipality_id, shift_id)


def _shift(row: Any) -> Shift:
    id, starts_at, ends_at, cancelled_at, places, held, standby, *need = row
    return Shift(id, Need(*need), starts_at, ends_at, cancelled_at, places, held, standby)


# --- who has which place ----------------------------------------------------------------------------------------------

_SIGNUPS: Final[Select[Any]] = select(*signups.c, volunteers.c.conversation_id).join(
    volunteers, volunteers.c.id == signups.c.volunteer_id
)


async def signup(tx: AsyncConnection, municipality_id: str, signup_id: int) -> Signup:
    """Raises NotFound: There is none such."""
    statement = _SIGNUPS.where(signups.c.id == signup_id, signups.c.municipality_id == municipality_id)
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("signups", signup_id)
    return Signup(*row)


async def of_shift(
    tx: AsyncConnection, municipality_id: str, shift_id: int, statuses: Sequence[str] = LIVING
) -> list[Signup]:
    """Who has to do with a shift, whoever came first first."""
    statement = _SIGNUPS.where(
        signups.c.municipality_id == municipality_id, signups.c.shift_id == shift_id, signups.c.status.in_(statuses)
    )
    return [Signup(*row) for row in await tx.execute(statement.order_by(signups.c.id))]


async def of_volunteer(
    tx: AsyncConnection, municipality_id: str, volunteer_id: int, statuses: Sequence[str] = LIVING
) -> list[tuple[Signup, Shift]]:
    """What a volunteer has to do with, with each shift, the soonest first."""
    statement = _SIGNUPS.where(
        signups.c.municipality_id == municipality_id,
        signups.c.volunteer_id == volunteer_id,
        signups.c.status.in_(statuses),
    )
    found = [Signup(*row) for row in await tx.execute(statement)]
    by_id = {each.shift_id: each for each in found}
    rows = await tx.execute(_SHIFTS.where(shifts.c.id.in_(by_id)).order_by(shifts.c.starts_at, shifts.c.id))
    return [(by_id[shift.id], shift) for shift in map(_shift, rows)] if found else []


async def clash(
    tx: AsyncConnection, volunteer_id: int, starts_at: datetime, ends_at: datetime, but: int = 0
) -> int | None:
    """A shift at the same time that this volunteer has said yes to; its id, None where there is none.

    Touching shifts are no clash. `but` is a shift that does not count.
    """
    statement = (
        select(shifts.c.id)
        .join(signups, signups.c.shift_id == shifts.c.id)
        .where(
            signups.c.volunteer_id == volunteer_id,
            signups.c.status == "taken",
            shifts.c.id != but,
            shifts.c.starts_at < ends_at,
            shifts.c.ends_at > starts_at,
        )
        .limit(1)
    )
    found: int | None = await tx.scalar(statement)
    return found


async def hold_place(tx: AsyncConnection, shift_id: int, signup_id: int) -> bool:
    """Give a signup a free place of the shift; False when there is none. It may have one already.

    Everybody who wants one waits here for whoever came before, until that one's transaction ends.
    """
    await tx.execute(select(shifts.c.id).where(shifts.c.id == shift_id).with_for_update(key_share=True))
    if await tx.scalar(select(exists().where(shift_places.c.signup_id == signup_id))):
        return True
    free = (
        select(shift_places.c.place)
        .where(shift_places.c.shift_id == shift_id, shift_places.c.signup_id.is_(None))
        .order_by(shift_places.c.place)
        .limit(1)
    )
    place = await tx.scalar(free)
    if place is None:
        return False
    this = (shift_places.c.shift_id == shift_id, shift_places.c.place == place, shift_places.c.signup_id.is_(None))
    return (await tx.execute(update(shift_places).where(*this).values(signup_id=signup_id))).rowcount == 1


async def free_place(tx: AsyncConnection, shift_id: int, signup_id: int) -> bool:
    """Give up the place of a signup, under the shift's lock; whether it had one."""
    await tx.execute(select(shifts.c.id).where(shifts.c.id == shift_id).with_for_update(key_share=True))
    return (
        await tx.execute(update(shift_places).where(shift_places.c.signup_id == signup_id).values(signup_id=None))
    ).rowcount > 0


async def placed(tx: AsyncConnection, shift_id: int) -> set[int]:
    """The signups that have a place of the shift."""
    statement = select(shift_places.c.signup_id).where(
        shift_places.c.shift_id == shift_id, shift_places.c.signup_id.is_not(None)
    )
    return {int(each) for each in await tx.scalars(statement)}


async def more_places(tx: AsyncConnection, municipality_id: str, shift_id: int, places: int) -> None:
    """So many places in all; fewer only as far as they are free."""
    await tx.execute(select(shifts.c.id).where(shifts.c.id == shift_id).with_for_update(key_share=True))
    there = await tx.execute(
        select(shift_places.c.place, shift_places.c.signup_id).where(shift_places.c.shift_id == shift_id)
    )
    held = {place: signup_id for place, signup_id in there}
    after = max(held, default=-1) + 1
    rows = [{"municipality_id": municipality_id, "shift_id": shift_id, "place": place}
            for place in range(after, after + places - len(held))]  # fmt: skip
    if rows:
        await tx.execute(insert(shift_places), rows)
    spare = [place for place, signup_id in held.items() if signup_id is None][: max(0, len(held) - places)]
    if spare:
        await tx.execute(
            shift_places.delete().where(shift_places.c.shift_id == shift_id, shift_places.c.place.in_(spare))
        )


async def sign_up(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    shift_id: int,
    volunteer_id: int,
    status: str,
    made_by: str,
    now: datetime,
    why: Any = None,
    answer_by: datetime | None = None,
) -> int:
    """Note a volunteer for a shift, or change what was noted and is not over; the signup's id. Gives no place."""
    living = (
        signups.c.shift_id == shift_id,
        signups.c.volunteer_id == volunteer_id,
        signups.c.status.in_(LIVING),
    )
    found = await tx.scalar(select(signups.c.id).where(*living))
    values: dict[str, Any] = {"status": status, "answer_by": answer_by, "changed_at": now}
    if found is not None:
        await tx.execute(update(signups).where(signups.c.id == found).values(values))
        return int(found)
    values |= {"municipality_id": municipality_id, "shift_id": shift_id, "volunteer_id": volunteer_id,
               "made_by": made_by, "why": why, "created_at": now}  # fmt: skip
    return int((await tx.execute(insert(signups).values(values).returning(signups.c.id))).scalar_one())


async def move(
    tx: AsyncConnection,
    municipality_id: str,
    signup_id: int,
    before: Collection[str],
    status: str,
    now: datetime,
    **values: Any,
) -> bool:
    """Change a signup's status if it is one of `before`: one UPDATE decides. `values` are more of its columns.

    What then holds no place gives it up (`free_place`).
    """
    this = (
        signups.c.id == signup_id,
        signups.c.municipality_id == municipality_id,
        signups.c.status.in_(tuple(before)),
    )
    changed = {"status": status, "changed_at": now, **values}
    return (await tx.execute(update(signups).where(*this).values(changed))).rowcount > 0


async def worked(
    tx: AsyncConnection, municipality_id: str, since: datetime, statuses: Sequence[str] = ("taken", "done")
) -> dict[int, list[tuple[datetime, datetime]]]:
    """When each volunteer has helped, or has said that they will, since then: for a fair spread of the load."""
    statement = (
        select(signups.c.volunteer_id, shifts.c.starts_at, shifts.c.ends_at)
        .join(shifts, shifts.c.id == signups.c.shift_id)
        .where(signups.c.municipality_id == municipality_id, signups.c.status.in_(statuses), shifts.c.ends_at > since)
        .order_by(shifts.c.starts_at)
    )
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for volunteer_id, begins, ends in await tx.execute(statement):
        found.setdefault(volunteer_id, []).append((begins, ends))
    return found
