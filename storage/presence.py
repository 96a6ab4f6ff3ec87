"""When staff work and what they know, as they have said it, and when they are away. What that comes to: `bot.rules`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.tables import absences, cases, staff, staff_profiles, staff_roles


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody has said of themselves in one municipality: `said` is theirs to shape, `here_until` a moment."""

    said: Mapping[str, Any]
    here_until: datetime | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from a moment to another; `deputy_id` stands in."""

    id: int
    municipality_id: str
    staff_id: int
    deputy_id: int | None
    begins_at: datetime
    ends_at: datetime


async def anything(tx: AsyncConnection, municipality_id: str, now: datetime) -> bool:
    """Whether anybody in a municipality has said when they work, or is away now or later."""
    said = select(staff_profiles.c.staff_id).where(staff_profiles.c.municipality_id == municipality_id).exists()
    away = select(absences.c.id).where(absences.c.municipality_id == municipality_id, absences.c.ends_at > now).exists()
    return bool(await tx.scalar(select(or_(said, away))))


async def team(tx: AsyncConnection, municipality_id: str) -> dict[int, tuple[str, frozenset[str]]]:
    """Everybody who is something in a municipality: their work name and roles, the oldest account first."""
    statement = (
        select(staff.c.id, staff.c.name, staff_roles.c.role)
        .join(staff_roles, staff_roles.c.staff_id == staff.c.id)
        .where(staff_roles.c.municipality_id == municipality_id, staff.c.removed_at.is_(None))
        .order_by(staff.c.id)
    )
    found: dict[int, tuple[str, frozenset[str]]] = {}
    for staff_id, name, role in await tx.execute(statement):
        found[staff_id] = (name, found.get(staff_id, (name, frozenset()))[1] | {role})
    return found


async def profiles(tx: AsyncConnection, municipality_id: str) -> dict[int, Profile]:
    """What everybody has said, by account."""
    kept = staff_profiles.c
    statement = select(kept.staff_id, kept.profile, kept.here_until).where(kept.municipality_id == municipality_id)
    return {staff_id: Profile(said or {}, here) for staff_id, said, here in await tx.execute(statement)}


async def keep(tx: AsyncConnection, staff_id: int, municipality_id: str, said: Mapping[str, Any]) -> None:
    """Keep what somebody says of themselves in place of what they said before."""
    await _set(tx, staff_id, municipality_id, profile=dict(said))


async def here(tx: AsyncConnection, staff_id: int, municipality_id: str, until: datetime | None) -> None:
    """Note until when somebody is there beside their hours; None: not so any more."""
    await _set(tx, staff_id, municipality_id, here_until=until)


async def _set(tx: AsyncConnection, staff_id: int, municipality_id: str, **values: Any) -> None:
    statement = upsert(tx, staff_profiles).values(staff_id=staff_id, municipality_id=municipality_id, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["staff_id", "municipality_id"], set_=values))


async def drop(tx: AsyncConnection, staff_id: int, municipality_id: str) -> None:
    """Forget what somebody who leaves a municipality has said there; nobody has them as a deputy any more."""
    for table in (staff_profiles, absences):
        theirs = (table.c.staff_id == staff_id, table.c.municipality_id == municipality_id)
        await tx.execute(delete(table).where(*theirs))
    named = (absences.c.deputy_id == staff_id, absences.c.municipality_id == municipality_id)
    await tx.execute(update(absences).where(*named).values(deputy_id=None))


# --- away -------------------------------------------------------------------------------------------------------------


async def add_absence(
    tx: AsyncConnection, *, municipality_id: str, staff_id: int, begins_at: datetime, ends_at: datetime,
    deputy_id: int | None = None,
) -> int:  # fmt: skip
    """Note that somebody is away; the absence's id."""
    statement = insert(absences).values(
        municipality_id=municipality_id, staff_id=staff_id, deputy_id=deputy_id, begins_at=begins_at, ends_at=ends_at
    )
    return int((await tx.execute(statement.returning(absences.c.id))).scalar_one())


async def away(tx: AsyncConnection, municipality_id: str, now: datetime) -> list[Absence]:
    """Every absence that is not over, in the order they were noted."""
    this = (absences.c.municipality_id == municipality_id, absences.c.ends_at > now)
    return [Absence(*row) for row in await tx.execute(select(*absences.c).where(*this).order_by(absences.c.id))]


async def end_absence(tx: AsyncConnection, municipality_id: str, staff_id: int, absence_id: int, now: datetime) -> bool:
    """Let an absence end now, or never begin; whether there was one of theirs to end."""
    this = (
        absences.c.id == absence_id,
        absences.c.staff_id == staff_id,
        absences.c.municipality_id == municipality_id,
        absences.c.ends_at > now,
    )
    if (await tx.execute(delete(absences).where(*this, absences.c.begins_at >= now))).rowcount:
        return True
    return (await tx.execute(update(absences).where(*this).values(ends_at=now))).rowcount > 0


async def held(tx: AsyncConnection, municipality_id: str) -> Counter[int]:
    """How many open cases each account has."""
    statement = (
        select(cases.c.owner_id, func.count())
        .where(cases.c.municipality_id == municipality_id, cases.c.owner_id.is_not(None), cases.c.closed_at.is_(None))
        .group_by(cases.c.owner_id)
    )
    return Counter({owner: count for owner, count in await tx.execute(statement)})
