"""The crisis level of a municipality: calm, standby or crisis; who set it when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import crisis_levels

LEVELS: Final = ("calm", "standby", "crisis")
"""From everyday to a crisis. Without any row it is calm."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the level. `drill`: it is an exercise. `review` is what was decided when it was over."""

    id: int
    municipality_id: str
    level: str
    drill: bool
    reason: str | None
    staff_id: int | None
    at: datetime
    review: Any


async def now(tx: AsyncConnection, municipality_id: str) -> Change | None:
    """The level in force; None: it has never been changed from calm."""
    found = await history(tx, municipality_id, limit=1)
    return found[0] if found else None


async def history(tx: AsyncConnection, municipality_id: str, *, limit: int = 100) -> list[Change]:
    """The changes, the newest first."""
    statement = (
        select(*crisis_levels.c)
        .where(crisis_levels.c.municipality_id == municipality_id)
        .order_by(crisis_levels.c.at.desc(), crisis_levels.c.id.desc())
        .limit(limit)
    )
    return [Change(*row) for row in await tx.execute(statement)]


async def change(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    level: str,
    drill: bool,
    reason: str,
    staff_id: int,
    at: datetime,
) -> int:
    """Set the level; the change's id."""
    values = {"municipality_id": municipality_id, "level": level, "drill": drill, "reason": reason,
              "staff_id": staff_id, "at": at}  # fmt: skip
    return int((await tx.execute(insert(crisis_levels).values(values).returning(crisis_levels.c.id))).scalar_one())


async def review(tx: AsyncConnection, municipality_id: str, change_id: int, decided: Any) -> None:
    """Keep what was decided when it was over."""
    this = (crisis_levels.c.id == change_id, crisis_levels.c.municipality_id == municipality_id)
    await tx.execute(update(crisis_levels).where(*this).values(review=decided))
