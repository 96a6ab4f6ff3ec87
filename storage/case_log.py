"""Who has looked at a case and what they did with it. Nothing here is changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import case_events


@dataclass(frozen=True, slots=True)
class Event:
    """One act. `who` is the work name it was done under, kept with it, so that it stays true when they leave.

    `detail` is what was written (a note, to whom it was referred) or whom it concerns.
    """

    id: int
    case_id: int | None
    staff_id: int | None
    at: datetime
    act: str
    who: str
    detail: str | None


_EVENT = tuple(case_events.c[name] for name in ("id", "case_id", "staff_id", "at", "act", "who", "detail"))


async def add(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    conversation_id: int,
    act: str,
    who: str,
    at: datetime,
    case_id: int | None = None,
    staff_id: int | None = None,
    detail: str | None = None,
) -> None:
    """Write down one act."""
    await tx.execute(
        insert(case_events).values(
            municipality_id=municipality_id, conversation_id=conversation_id, case_id=case_id, staff_id=staff_id,
            at=at, act=act, who=who, detail=detail,
        )
    )  # fmt: skip


async def of_conversation(tx: AsyncConnection, municipality_id: str, conversation_id: int) -> list[Event]:
    """What was done in a conversation, the oldest first."""
    this = (case_events.c.municipality_id == municipality_id, case_events.c.conversation_id == conversation_id)
    statement = select(*_EVENT).where(*this).order_by(case_events.c.id)
    return [Event(*row) for row in await tx.execute(statement)]


async def seen_since(
    tx: AsyncConnection, conversation_id: int, case_id: int | None, staff_id: int, since: datetime, act: str = "seen"
) -> bool:
    """Whether this person's looking at it was written down since then: once an hour is enough."""
    same = case_events.c.case_id.is_(None) if case_id is None else case_events.c.case_id == case_id
    this = (case_events.c.conversation_id == conversation_id, same, case_events.c.staff_id == staff_id)
    statement = select(case_events.c.id).where(*this, case_events.c.act == act, case_events.c.at > since).limit(1)
    return await tx.scalar(statement) is not None


OF_OFFERS: Final = (
    "offer seen",
    "skill confirmed",
    "extract noted",
    "extract forgotten",
    "not needed",
    "signed up",
    "list asked",
    "list exported",
    "list settled",
)
"""Acts about somebody's offer to help. They open none of what the person has said to anybody."""


async def is_for_staff(tx: AsyncConnection, municipality_id: str, conversation_id: int) -> bool:
    """Whether staff have had to do with a conversation at all, as when they filled in a form for a caller."""
    this = (
        case_events.c.municipality_id == municipality_id,
        case_events.c.conversation_id == conversation_id,
        case_events.c.act.not_in(OF_OFFERS),
    )
    return await tx.scalar(select(case_events.c.id).where(*this).limit(1)) is not None
