"""Flags on conversations in which somebody may be in danger: shown to coaches, gone after a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import safety_flags


@dataclass(frozen=True, slots=True)
class Flag:
    """What was noticed (`kinds`), never the words it was noticed in."""

    id: int
    conversation_id: int
    at: datetime
    kinds: tuple[str, ...]
    seen_at: datetime | None


async def flag(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    conversation_id: int,
    kinds: Sequence[str],
    now: datetime,
    expires_at: datetime,
) -> int:
    """Raise a flag; its id."""
    statement = insert(safety_flags).values(
        municipality_id=municipality_id,
        conversation_id=conversation_id,
        at=now,
        kinds=" ".join(kinds),
        expires_at=expires_at,
    )
    return int((await tx.execute(statement.returning(safety_flags.c.id))).scalar_one())


async def raised(tx: AsyncConnection, municipality_id: str, now: datetime) -> list[Flag]:
    """Flags in force, those nobody has seen first, then the newest first."""
    statement = (
        select(
            safety_flags.c.id,
            safety_flags.c.conversation_id,
            safety_flags.c.at,
            safety_flags.c.kinds,
            safety_flags.c.seen_at,
        )
        .where(safety_flags.c.municipality_id == municipality_id, safety_flags.c.expires_at > now)
        .order_by(safety_flags.c.seen_at.is_not(None), safety_flags.c.id.desc())
    )
    return [
        Flag(row.id, row.conversation_id, row.at, tuple(row.kinds.split()), row.seen_at)
        for row in await tx.execute(statement)
    ]


async def see(tx: AsyncConnection, municipality_id: str, flag_id: int, now: datetime) -> None:
    """Note that a coach has seen it; the first time counts."""
    this = (
        safety_flags.c.id == flag_id,
        safety_flags.c.municipality_id == municipality_id,
        safety_flags.c.seen_at.is_(None),
    )
    await tx.execute(update(safety_flags).where(*this).values(seen_at=now))
