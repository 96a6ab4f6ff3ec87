"""What staff are to be told about cases: shown in the console, and sent as each of them wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import alerts


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell one person: `reason` is one of `bot.alerts.REASONS`.

    `way` is how: "telegram", "mail", "digest" or "none" (in the console only). `told_at` is when it was sent that way.
    """

    id: int
    municipality_id: str
    staff_id: int
    case_id: int
    reason: str
    way: str
    at: datetime
    told_at: datetime | None
    seen_at: datetime | None


async def add(
    tx: AsyncConnection, *, municipality_id: str, staff_id: int, case_id: int, reason: str, way: str, now: datetime
) -> int:
    """Keep an alert; its id."""
    statement = insert(alerts).values(
        municipality_id=municipality_id, staff_id=staff_id, case_id=case_id, reason=reason, way=way, at=now
    )
    return int((await tx.execute(statement.returning(alerts.c.id))).scalar_one())


async def unseen(tx: AsyncConnection, staff_id: int, municipality_id: str, *, limit: int = 100) -> list[Alert]:
    """What somebody has not looked at yet, the newest first."""
    this = (alerts.c.staff_id == staff_id, alerts.c.municipality_id == municipality_id, alerts.c.seen_at.is_(None))
    statement = select(*alerts.c).where(*this).order_by(alerts.c.id.desc()).limit(limit)
    return [Alert(*row) for row in await tx.execute(statement)]


async def for_digest(tx: AsyncConnection, staff_id: int, municipality_id: str) -> list[Alert]:
    """What waits for somebody's next daily letter."""
    this = (
        alerts.c.staff_id == staff_id,
        alerts.c.municipality_id == municipality_id,
        alerts.c.way == "digest",
        alerts.c.told_at.is_(None),
        alerts.c.seen_at.is_(None),
    )
    return [Alert(*row) for row in await tx.execute(select(*alerts.c).where(*this).order_by(alerts.c.id))]


async def told(tx: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    """Note that these were sent."""
    await tx.execute(update(alerts).where(alerts.c.id.in_(tuple(ids))).values(told_at=now))


async def seen(tx: AsyncConnection, staff_id: int, case_id: int, now: datetime) -> None:
    """Note that somebody has looked at the case their alerts were about."""
    this = (alerts.c.staff_id == staff_id, alerts.c.case_id == case_id, alerts.c.seen_at.is_(None))
    await tx.execute(update(alerts).where(*this).values(seen_at=now))
