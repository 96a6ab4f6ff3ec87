"""A human in the conversation: who has it and for which case, cases put out of sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations
from storage.db import upsert
from storage.direct import Prepared
from storage.tables import case_events, snoozes, talks
from storage.tables import conversations as conversations_


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a conversation: a member of staff, for a case, since when."""

    conversation_id: int
    municipality_id: str
    case_id: int
    staff_id: int
    since: datetime


async def hold(
    tx: AsyncConnection, municipality_id: str, conversation_id: int, case_id: int, staff_id: int, now: datetime
) -> None:
    """Give the conversation to a member of staff; whoever had it before has it no more."""
    values = {"municipality_id": municipality_id, "case_id": case_id, "staff_id": staff_id, "since": now}
    statement = upsert(tx, talks).on_conflict_do_update(index_elements=["conversation_id"], set_=values)
    await tx.execute(statement, {"conversation_id": conversation_id, **values})
    await conversations.set_holder(tx, conversation_id, "human", now=now)


async def let_go(tx: AsyncConnection, conversation_id: int, holder: str, now: datetime) -> None:
    """Give the conversation back to the machine ("bot"), to whoever comes next ("waiting"), or to nobody ("closed")."""
    await tx.execute(delete(talks).where(talks.c.conversation_id == conversation_id))
    await conversations.set_holder(tx, conversation_id, holder, now=now)


async def of_conversation(tx: AsyncConnection, conversation_id: int) -> Held | None:
    """Who has a conversation; None while nobody does."""
    row = await _OF_CONVERSATION.one(tx, {"b_conversation": conversation_id})
    return None if row is None else Held(*row)


_OF_CONVERSATION = Prepared(select(*talks.c).where(talks.c.conversation_id == bindparam("b_conversation")))


async def of_municipality(tx: AsyncConnection, municipality_id: str) -> list[Held]:
    """The conversations that somebody has, in one municipality."""
    statement = select(*talks.c).where(talks.c.municipality_id == municipality_id).order_by(talks.c.since)
    return [Held(*row) for row in await tx.execute(statement)]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands beside its own row: who has its conversation, until when it is out of sight, the matter's number,
    and the last thing that staff have done in the conversation other than look at it."""

    staff_id: int | None
    until: datetime | None
    number: str | None
    event_id: int | None


async def standing(tx: AsyncConnection, case_id: int, conversation_id: int) -> Standing:
    """How a case stands, in one look."""
    (row,) = await _STANDING.all(tx, {"b_case": case_id, "b_conversation": conversation_id})
    return Standing(*row)


_LAST_EVENT = (
    select(func.max(case_events.c.id))
    .where(case_events.c.conversation_id == conversations_.c.id, case_events.c.act != "seen")
    .correlate(conversations_)
    .scalar_subquery()
)
_STANDING = Prepared(
    select(talks.c.staff_id, snoozes.c.until, conversations_.c.record_number, _LAST_EVENT)
    .select_from(conversations_)
    .outerjoin(talks, (talks.c.conversation_id == conversations_.c.id) & (talks.c.case_id == bindparam("b_case")))
    .outerjoin(snoozes, snoozes.c.case_id == bindparam("b_case"))
    .where(conversations_.c.id == bindparam("b_conversation"))
)


# --- out of sight for a while -----------------------------------------------------------------------------------------


async def snooze(tx: AsyncConnection, municipality_id: str, case_id: int, until: datetime, staff_id: int) -> None:
    """Put a case out of sight until then; an earlier moment is moved."""
    values = {"municipality_id": municipality_id, "until": until, "staff_id": staff_id}
    statement = upsert(tx, snoozes).on_conflict_do_update(index_elements=["case_id"], set_=values)
    await tx.execute(statement, {"case_id": case_id, **values})


async def wake(tx: AsyncConnection, case_id: int) -> bool:
    """Bring a case back into sight; whether it had been out of it."""
    return (await tx.execute(delete(snoozes).where(snoozes.c.case_id == case_id))).rowcount > 0


async def wake_of(tx: AsyncConnection, conversation_id: int) -> None:
    """Bring the case of a talk back into sight: the resident has written."""
    its = select(talks.c.case_id).where(talks.c.conversation_id == conversation_id)
    await tx.execute(delete(snoozes).where(snoozes.c.case_id.in_(its)))


async def snoozed(tx: AsyncConnection, municipality_id: str) -> dict[int, datetime]:
    """The cases that are out of sight, and until when."""
    statement = select(snoozes.c.case_id, snoozes.c.until).where(snoozes.c.municipality_id == municipality_id)
    return {case_id: until for case_id, until in await tx.execute(statement)}
