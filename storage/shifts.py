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

from sqlalchemy import Select, case, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import add_rows, upsert
from storage.errors import NotFound
from storage.tables import needs, shift_places, shifts, signups, volunteer_checks, volunteers

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
    gap: Any = None
    """What the last matching said about places that nobody takes (`bot.rules.proposals.gap`)."""

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
    asked_at: datetime | None
    answered_at: datetime | None
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
    shifts.c.gap,
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
    id, starts_at, ends_at, cancelled_at, places, held, standby, gap, *need = row
    return Shift(id, Need(*need), starts_at, ends_at, cancelled_at, places, held, standby, gap)


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
    """Give a signup a free place of the shift; False when there is none, or it is called off. It may have one already.

    Everybody who wants one waits here for whoever came before, until that one's transaction ends.
    """
    open_ = (shifts.c.id == shift_id, shifts.c.cancelled_at.is_(None))
    if await tx.scalar(select(shifts.c.id).where(*open_).with_for_update(key_share=True)) is None:
        return False
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
    values: dict[str, Any] = {"status": status, "made_by": made_by, "answer_by": answer_by, "changed_at": now}
    if found is not None:
        await tx.execute(update(signups).where(signups.c.id == found).values(values))
        return int(found)
    values |= {"municipality_id": municipality_id, "shift_id": shift_id, "volunteer_id": volunteer_id,
               "why": why, "created_at": now}  # fmt: skip
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


# --- proposals --------------------------------------------------------------------------------------------------------

PROMPTED: Final = ("asked", "offered", "taken", "done", "missed", "declined", "lapsed")
"""The statuses of a signup that somebody was asked for, or took by themselves: what counts as their share."""


async def since(
    tx: AsyncConnection, municipality_id: str, ends_after: datetime
) -> list[tuple[Signup, datetime, datetime]]:
    """Every signup, whatever its status, of shifts that end after a moment and are not called off, with their times."""
    statement = (
        select(*signups.c, volunteers.c.conversation_id, shifts.c.starts_at, shifts.c.ends_at)
        .join(volunteers, volunteers.c.id == signups.c.volunteer_id)
        .join(shifts, shifts.c.id == signups.c.shift_id)
        .where(
            signups.c.municipality_id == municipality_id,
            shifts.c.ends_at > ends_after,
            shifts.c.cancelled_at.is_(None),
        )
        .order_by(signups.c.id)
    )
    return [(Signup(*row[:-2]), row[-2], row[-1]) for row in await tx.execute(statement)]


async def lately(tx: AsyncConnection, municipality_id: str, since: datetime) -> dict[int, tuple[int, int, datetime]]:
    """Of each volunteer since then: how many shifts they were asked for or took, in how many they helped, when last."""
    helped = func.sum(case((signups.c.status == "done", 1), else_=0))
    statement = (
        select(signups.c.volunteer_id, func.count(), helped, func.max(signups.c.created_at))
        .where(
            signups.c.municipality_id == municipality_id,
            signups.c.status.in_(PROMPTED),
            signups.c.created_at >= since,
        )
        .group_by(signups.c.volunteer_id)
    )
    return {each: (int(count), int(done), last) for each, count, done, last in await tx.execute(statement)}


async def propose(
    tx: AsyncConnection, municipality_id: str, rows: Sequence[tuple[int, int, Any]], now: datetime
) -> None:
    """Propose volunteers for shifts: each a shift, a volunteer, and why. Where the two have to do with each other already,
    nothing changes."""
    values = [
        {"municipality_id": municipality_id, "shift_id": shift_id, "volunteer_id": volunteer_id, "status": "proposed",
         "made_by": "match", "why": why, "created_at": now, "changed_at": now}
        for shift_id, volunteer_id, why in rows
    ]  # fmt: skip
    if values:
        await tx.execute(upsert(tx, signups).on_conflict_do_nothing(), values)


async def explain(tx: AsyncConnection, municipality_id: str, signup_id: int, why: Any) -> None:
    """Change the reasons of a proposal."""
    this = (signups.c.id == signup_id, signups.c.municipality_id == municipality_id, signups.c.status == "proposed")
    await tx.execute(update(signups).where(*this).values(why=why))


async def approve(tx: AsyncConnection, municipality_id: str, signup_id: int, staff_id: int, now: datetime) -> bool:
    """Note that a coordinator has approved a proposal; whether it was still one."""
    this = (signups.c.id == signup_id, signups.c.municipality_id == municipality_id, signups.c.status == "proposed")
    values = {"approved_at": now, "approved_by": staff_id, "changed_at": now}
    return (await tx.execute(update(signups).where(*this).values(values))).rowcount > 0


async def withdraw(tx: AsyncConnection, municipality_id: str, signup_ids: Collection[int]) -> None:
    """Forget proposals of the solver that nobody has been told of."""
    await tx.execute(
        delete(signups).where(
            signups.c.municipality_id == municipality_id,
            signups.c.id.in_(signup_ids),
            signups.c.status == "proposed",
            signups.c.made_by == "match",
        )
    )


async def listed(tx: AsyncConnection, municipality_id: str, need_id: int) -> dict[int, int]:
    """The volunteers that a coordinator has approved for a need, in whichever of its shifts, with who approved."""
    statement = (
        select(signups.c.volunteer_id, signups.c.approved_by)
        .join(shifts, shifts.c.id == signups.c.shift_id)
        .where(
            signups.c.municipality_id == municipality_id,
            shifts.c.need_id == need_id,
            signups.c.approved_at.is_not(None),
            signups.c.approved_by.is_not(None),
        )
        .order_by(signups.c.id)
    )
    return {int(each): int(by) for each, by in await tx.execute(statement)}


async def note_gap(tx: AsyncConnection, municipality_id: str, shift_id: int, gap: Any) -> None:
    """Keep what the matching said about a shift's empty places; None: there are none."""
    this = (shifts.c.id == shift_id, shifts.c.municipality_id == municipality_id)
    await tx.execute(update(shifts).where(*this).values(gap=gap))


# --- for coordinators -------------------------------------------------------------------------------------------------


async def people_of(tx: AsyncConnection, municipality_id: str, need_id: int) -> list[Signup]:
    """Everybody who has, or has had, to do with any shift of a need."""
    statement = _SIGNUPS.join(shifts, shifts.c.id == signups.c.shift_id).where(
        signups.c.municipality_id == municipality_id, shifts.c.need_id == need_id
    )
    return [Signup(*row) for row in await tx.execute(statement.order_by(signups.c.id))]


async def counted(tx: AsyncConnection, municipality_id: str, status: str) -> dict[int, int]:
    """How many signups of a status each shift has."""
    statement = (
        select(signups.c.shift_id, func.count())
        .where(signups.c.municipality_id == municipality_id, signups.c.status == status)
        .group_by(signups.c.shift_id)
    )
    return {int(shift_id): int(count) for shift_id, count in await tx.execute(statement)}


async def with_signups(tx: AsyncConnection, municipality_id: str) -> set[int]:
    """The volunteers who have to do with a shift."""
    statement = select(signups.c.volunteer_id).where(
        signups.c.municipality_id == municipality_id, signups.c.status.in_(LIVING)
    )
    return {int(each) for each in await tx.scalars(statement.distinct())}


async def to_erase(tx: AsyncConnection, municipality_id: str) -> dict[str, int]:
    """How much there is of what may be erased when a crisis is over: offers of those never asked, notes about checks,
    needs that are over, signups that are over."""
    asked = exists().where(signups.c.volunteer_id == volunteers.c.id, signups.c.asked_at.is_not(None))
    took = exists().where(signups.c.volunteer_id == volunteers.c.id, signups.c.made_by == "self")
    counts = {
        "offers": select(func.count()).where(
            volunteers.c.municipality_id == municipality_id, volunteers.c.offer.is_not(None), ~asked, ~took
        ),
        "checks": select(func.count()).where(volunteer_checks.c.municipality_id == municipality_id),
        "needs": select(func.count()).where(needs.c.municipality_id == municipality_id, needs.c.done_at.is_not(None)),
        "signups": select(func.count()).where(
            signups.c.municipality_id == municipality_id, signups.c.status.not_in(LIVING)
        ),
    }
    return {name: int(await tx.scalar(statement) or 0) for name, statement in counts.items()}


async def answers(
    tx: AsyncConnection, municipality_id: str, since: datetime
) -> list[tuple[str, datetime, datetime | None]]:
    """Everybody asked since then: what became of it, when they were asked, and when they answered (None: not)."""
    statement = select(signups.c.status, signups.c.asked_at, signups.c.answered_at).where(
        signups.c.municipality_id == municipality_id, signups.c.asked_at >= since
    )
    return [(status, asked, answered) for status, asked, answered in await tx.execute(statement)]
