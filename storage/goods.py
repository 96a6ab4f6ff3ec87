"""Furniture: what is given and needed, which item goes to which need, who drives, and the runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import goods, goods_drivers, goods_pairs, goods_runs, residents, volunteers
from storage.volunteers import WILLING

LIVING: Final = ("proposed", "agreed", "ready", "planned", "fetched")
"""The statuses of a pair that is not over."""

RUNNING: Final = ("draft", "asked", "taken")
"""The statuses of a run that is not over."""


@dataclass(frozen=True, slots=True)
class Good:
    """An item or a need. See `storage.tables.goods`."""

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    case_id: int | None
    kind: str
    said: Any
    address: Any
    status: str
    created_at: datetime
    changed_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pair:
    """An item and the need it goes to. See `storage.tables.goods_pairs`."""

    id: int
    municipality_id: str
    item_id: int
    need_id: int
    run_id: int | None
    held_by: int | None
    status: str
    staff_id: int | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Driver:
    """Somebody who drives. `offer` is what they have offered as a volunteer. See `storage.tables.goods_drivers`."""

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    said: Any
    created_at: datetime
    changed_at: datetime
    offer: Any


@dataclass(frozen=True, slots=True)
class Run:
    """What one driver does on one day. See `storage.tables.goods_runs`."""

    id: int
    municipality_id: str
    driver_id: int
    day: str
    plan: Any
    status: str
    answer_by: datetime | None
    approved_by: int | None
    created_at: datetime
    changed_at: datetime
    done_at: datetime | None


# --- what is given and needed ---------------------------------------------------------------------------------------------


async def add(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    kind: str,
    said: Any,
    resident_id: int,
    conversation_id: int,
    case_id: int,
    now: datetime,
) -> int:
    """Put an item or a need into the queue; its id."""
    statement = insert(goods).values(
        municipality_id=municipality_id, kind=kind, said=said, resident_id=resident_id, conversation_id=conversation_id,
        case_id=case_id, status="waiting", created_at=now, changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(goods.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, good_id: int, *, lock: bool = False) -> Good:
    """One of them; with `lock` nobody else changes it until the transaction ends. Raises NotFound."""
    statement = select(goods).where(goods.c.id == good_id, goods.c.municipality_id == municipality_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("goods", good_id)
    return Good(*row)


async def open_ones(tx: AsyncConnection, municipality_id: str) -> list[Good]:
    """All that is not over, who has waited longest first."""
    this = (goods.c.municipality_id == municipality_id, goods.c.done_at.is_(None))
    return [Good(*row) for row in await tx.execute(select(goods).where(*this).order_by(goods.c.id))]


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Good]:
    """What somebody gives or needs and that is not over, the oldest first."""
    this = (goods.c.municipality_id == municipality_id, goods.c.resident_id == resident_id, goods.c.done_at.is_(None))
    return [Good(*row) for row in await tx.execute(select(goods).where(*this).order_by(goods.c.id))]


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> Good | None:
    """What a case is about, if it is not over."""
    this = (goods.c.municipality_id == municipality_id, goods.c.case_id == case_id, goods.c.done_at.is_(None))
    row = (await tx.execute(select(goods).where(*this).order_by(goods.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else Good(*row)


async def change(
    tx: AsyncConnection, good_id: int, status: str, now: datetime, expected: Sequence[str], **columns: Any
) -> bool:
    """Let it stand in another way; False when it stands in none of the `expected` ones any more."""
    this = (goods.c.id == good_id, goods.c.status.in_(expected))
    values = {"status": status, "changed_at": now, **columns}
    return (await tx.execute(update(goods).where(*this).values(values))).rowcount > 0


async def set_address(tx: AsyncConnection, good_id: int, address: Any) -> None:
    """Keep where something is fetched or brought, or (None) erase it."""
    await tx.execute(update(goods).where(goods.c.id == good_id).values(address=address))


# --- which goes to which --------------------------------------------------------------------------------------------------


async def pair_up(
    tx: AsyncConnection, *, municipality_id: str, item_id: int, need_id: int, staff_id: int | None, now: datetime
) -> int:
    """Bring an item and a need together, for whoever needs it to say yes; the pair's id."""
    statement = insert(goods_pairs).values(
        municipality_id=municipality_id, item_id=item_id, need_id=need_id, status="proposed", staff_id=staff_id,
        created_at=now, changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(goods_pairs.c.id))).scalar_one())


async def pair(tx: AsyncConnection, municipality_id: str, pair_id: int, *, lock: bool = False) -> Pair:
    """One of them. Raises NotFound."""
    statement = select(goods_pairs).where(goods_pairs.c.id == pair_id, goods_pairs.c.municipality_id == municipality_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("goods_pairs", pair_id)
    return Pair(*row)


async def pairs(
    tx: AsyncConnection, municipality_id: str, statuses: Sequence[str] = LIVING, *, run_id: int | None = None
) -> list[Pair]:
    """The pairs of these statuses, of one run or of all, who has waited longest first."""
    this = [goods_pairs.c.municipality_id == municipality_id, goods_pairs.c.status.in_(statuses)]
    if run_id is not None:
        this.append(goods_pairs.c.run_id == run_id)
    return [Pair(*row) for row in await tx.execute(_PAIRS.where(*this))]


async def living_pair(tx: AsyncConnection, good_id: int) -> Pair | None:
    """What an item goes to, or a need gets, as long as it is not over."""
    this = (goods_pairs.c.item_id == good_id) | (goods_pairs.c.need_id == good_id)
    row = (await tx.execute(_PAIRS.where(this, goods_pairs.c.status.in_(LIVING)))).one_or_none()
    return None if row is None else Pair(*row)


async def declined(tx: AsyncConnection, municipality_id: str) -> set[tuple[int, int]]:
    """What nobody should propose again: (item, need) to which there was a no, or that went wrong."""
    statement = select(goods_pairs.c.item_id, goods_pairs.c.need_id).where(
        goods_pairs.c.municipality_id == municipality_id, goods_pairs.c.status.in_(("declined", "broken"))
    )
    return {(int(item), int(need)) for item, need in await tx.execute(statement)}


async def change_pair(
    tx: AsyncConnection, pair_id: int, status: str, now: datetime, expected: Sequence[str], **columns: Any
) -> bool:
    """Let a pair stand in another way; False when it stands in none of the `expected` ones any more."""
    this = (goods_pairs.c.id == pair_id, goods_pairs.c.status.in_(expected))
    values = {"status": status, "changed_at": now, **columns}
    return (await tx.execute(update(goods_pairs).where(*this).values(values))).rowcount > 0


_PAIRS: Final[Select[Any]] = select(goods_pairs).order_by(goods_pairs.c.id)


# --- who drives -----------------------------------------------------------------------------------------------------------

_DRIVERS: Final[Select[Any]] = select(*goods_drivers.c, volunteers.c.offer).join_from(
    goods_drivers, volunteers, volunteers.c.resident_id == goods_drivers.c.resident_id, isouter=True
)


async def save_driver(
    tx: AsyncConnection, *, municipality_id: str, resident_id: int, conversation_id: int, said: Any, now: datetime
) -> None:
    """Somebody drives, says something else about it, or (`said` None) drives no more."""
    values = {"said": said, "conversation_id": conversation_id, "changed_at": now}
    this = goods_drivers.c.resident_id == resident_id
    if (await tx.execute(update(goods_drivers).where(this).values(values))).rowcount == 0 and said is not None:
        more = {"municipality_id": municipality_id, "resident_id": resident_id, "created_at": now}
        await tx.execute(insert(goods_drivers).values({**values, **more}))


async def driver(tx: AsyncConnection, municipality_id: str, driver_id: int) -> Driver:
    """One of them, also one who drives no more. Raises NotFound."""
    this = (goods_drivers.c.id == driver_id, goods_drivers.c.municipality_id == municipality_id)
    row = (await tx.execute(_DRIVERS.where(*this))).one_or_none()
    if row is None:
        raise NotFound("goods_drivers", driver_id)
    return Driver(*row)


async def driver_of(tx: AsyncConnection, resident_id: int) -> Driver | None:
    """This person as a driver; None when they are none, or no more."""
    this = (goods_drivers.c.resident_id == resident_id, goods_drivers.c.said.is_not(None))
    row = (await tx.execute(_DRIVERS.where(*this))).one_or_none()
    return None if row is None else Driver(*row)


async def drivers(tx: AsyncConnection, municipality_id: str) -> list[Driver]:
    """Who can be asked to drive: a volunteer, not resting, whose identity is not protected."""
    this = (
        goods_drivers.c.municipality_id == municipality_id, goods_drivers.c.said.is_not(None),
        volunteers.c.standing.in_(WILLING), volunteers.c.offer.is_not(None), residents.c.protected.is_(False),
    )  # fmt: skip
    statement = _DRIVERS.join(residents, residents.c.id == goods_drivers.c.resident_id).where(*this)
    return [Driver(*row) for row in await tx.execute(statement.order_by(goods_drivers.c.id))]


# --- the runs -------------------------------------------------------------------------------------------------------------


async def add_run(
    tx: AsyncConnection, *, municipality_id: str, driver_id: int, day: str, plan: Any, now: datetime
) -> int:
    """Keep a run for a coordinator to approve; its id."""
    statement = insert(goods_runs).values(
        municipality_id=municipality_id, driver_id=driver_id, day=day, plan=plan, status="draft", created_at=now,
        changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(goods_runs.c.id))).scalar_one())


async def run(tx: AsyncConnection, municipality_id: str, run_id: int, *, lock: bool = False) -> Run:
    """One of them; with `lock` nobody else changes it until the transaction ends. Raises NotFound."""
    statement = select(goods_runs).where(goods_runs.c.id == run_id, goods_runs.c.municipality_id == municipality_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("goods_runs", run_id)
    return Run(*row)


async def runs(
    tx: AsyncConnection, municipality_id: str, statuses: Sequence[str] = RUNNING, *, driver_id: int | None = None
) -> list[Run]:
    """Runs of these statuses, of one driver or of all, the soonest first."""
    this = [goods_runs.c.municipality_id == municipality_id, goods_runs.c.status.in_(statuses)]
    if driver_id is not None:
        this.append(goods_runs.c.driver_id == driver_id)
    statement = select(goods_runs).where(*this).order_by(goods_runs.c.day, goods_runs.c.id)
    return [Run(*row) for row in await tx.execute(statement)]


async def change_run(
    tx: AsyncConnection, run_id: int, status: str, now: datetime, expected: Collection[str], **columns: Any
) -> bool:
    """Let a run stand in another way; False when it stands in none of the `expected` ones any more."""
    this = (goods_runs.c.id == run_id, goods_runs.c.status.in_(tuple(expected)))
    values = {"status": status, "changed_at": now, **columns}
    return (await tx.execute(update(goods_runs).where(*this).values(values))).rowcount > 0


async def drop_run(tx: AsyncConnection, run_id: int) -> None:
    """Take a draft away, which nobody but staff has seen. Its pairs must have been taken out of it."""
    await tx.execute(delete(goods_runs).where(goods_runs.c.id == run_id, goods_runs.c.status == "draft"))
