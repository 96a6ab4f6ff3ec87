"""The question what became of a room, a grant, a plan: asked once, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.errors import NotFound
from storage.tables import consents, follow_ups

_STOP: Final = literal("stop")
_DECLINED: Final = literal("declined")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One of them. See `storage.tables.follow_ups`."""

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    subject: str
    subject_id: int
    area: str | None
    locale: str | None
    status: str
    said: Any
    created_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None


async def promise(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    conversation_id: int,
    subject: str,
    subject_id: int,
    area: str | None,
    now: datetime,
) -> int | None:
    """Mean to ask about it; its id. None when it was asked, answered or dropped before, or they want no such questions."""
    said_no = select(follow_ups.c.id).where(*_of(municipality_id, resident_id), follow_ups.c.status == "declined")
    if await tx.scalar(said_no.limit(1)) is not None:
        return None
    statement = upsert(tx, follow_ups).values(
        municipality_id=municipality_id, resident_id=resident_id, conversation_id=conversation_id, subject=subject,
        subject_id=subject_id, area=area, status="waiting", created_at=now,
    )  # fmt: skip
    statement = statement.on_conflict_do_update(
        index_elements=["municipality_id", "subject", "subject_id"], set_={"area": statement.excluded.area}
    )
    row = (await tx.execute(statement.returning(follow_ups.c.id, follow_ups.c.status))).one()
    return int(row.id) if row.status == "waiting" else None


async def load(tx: AsyncConnection, municipality_id: str, follow_up_id: int) -> FollowUp:
    """Raises NotFound: The municipality has none such."""
    this = (follow_ups.c.id == follow_up_id, follow_ups.c.municipality_id == municipality_id)
    row = (await tx.execute(select(*follow_ups.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("follow_ups", follow_up_id)
    return FollowUp(*row)


async def asked_since(tx: AsyncConnection, municipality_id: str, resident_id: int, since: datetime) -> bool:
    """Whether somebody has been asked about anything since then."""
    found = select(follow_ups.c.id).where(*_of(municipality_id, resident_id), follow_ups.c.asked_at >= since)
    return await tx.scalar(found.limit(1)) is not None


async def turn(
    tx: AsyncConnection, municipality_id: str, follow_up_id: int, before: tuple[str, ...], status: str, **values: Any
) -> bool:
    """Take it from one of the statuses `before` to another; whether it was in one of them."""
    this = (
        follow_ups.c.id == follow_up_id, follow_ups.c.municipality_id == municipality_id, follow_ups.c.status.in_(before),
    )  # fmt: skip
    return (await tx.execute(update(follow_ups).where(*this).values(status=status, **values))).rowcount > 0


async def decline(tx: AsyncConnection, municipality_id: str, resident_id: int, follow_up_id: int) -> None:
    """They want no such questions: neither this one nor any other that waits or is asked. What was answered stays."""
    open_ = (*_of(municipality_id, resident_id), follow_ups.c.status.in_(("waiting", "asked")))
    await tx.execute(update(follow_ups).where(*open_).values(status="declined"))
    there = select(follow_ups.c.id).where(*_of(municipality_id, resident_id), follow_ups.c.status == "declined")
    if await tx.scalar(there.limit(1)) is None:  # all were answered: that they want no more has to stand somewhere
        await tx.execute(
            insert(follow_ups).from_select(
                ["municipality_id", "resident_id", "conversation_id", "subject", "subject_id", "status", "created_at"],
                select(
                    follow_ups.c.municipality_id, follow_ups.c.resident_id, follow_ups.c.conversation_id,
                    _STOP, follow_ups.c.id, _DECLINED, follow_ups.c.created_at,
                ).where(follow_ups.c.id == follow_up_id, *_of(municipality_id, resident_id)),
            )
        )  # fmt: skip


async def answered(tx: AsyncConnection, municipality_id: str, since: datetime, until: datetime) -> list[FollowUp]:
    """What was answered from `since` to before `until`, the oldest first."""
    this = (
        follow_ups.c.municipality_id == municipality_id, follow_ups.c.status == "answered",
        follow_ups.c.answered_at >= since, follow_ups.c.answered_at < until,
    )  # fmt: skip
    rows = await tx.execute(select(*follow_ups.c).where(*this).order_by(follow_ups.c.id))
    return [FollowUp(*row) for row in rows]


async def to_read(tx: AsyncConnection, municipality_id: str, purpose: str, limit: int) -> list[FollowUp]:
    """What people at the municipality may read, as long as a consent for `purpose` that names it is in force; the newest
    first."""
    agreed = select(consents.c.id).where(
        consents.c.municipality_id == follow_ups.c.municipality_id, consents.c.resident_id == follow_ups.c.resident_id,
        consents.c.purpose == purpose, consents.c.subject_id == follow_ups.c.id, consents.c.withdrawn_at.is_(None),
    )  # fmt: skip
    this = (follow_ups.c.municipality_id == municipality_id, follow_ups.c.status == "answered", agreed.exists())
    rows = await tx.execute(select(*follow_ups.c).where(*this).order_by(follow_ups.c.id.desc()).limit(limit))
    return [FollowUp(*row) for row in rows]


def _of(municipality_id: str, resident_id: int) -> tuple[Any, ...]:
    return follow_ups.c.municipality_id == municipality_id, follow_ups.c.resident_id == resident_id
