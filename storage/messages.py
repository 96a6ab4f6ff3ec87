"""The record of what was said, by whom and when. Nothing here is changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import add_rows, columns
from storage.direct import Prepared
from storage.tables import messages


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something said. `received_at` is set for what came in: the moment that counts in law.

    `sender` is "resident", "bot", "coach", "peer" (another resident), "clock" or "operator"; `external_id` the channel's own id of it; `slot` a
    place in the conversation that later messages may take over (the open question, the status line).
    """

    municipality_id: str
    conversation_id: int
    at: datetime
    channel: str
    sender: str
    body: Any
    locale: str | None = None
    slot: str | None = None
    external_id: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A stored one. `body` is None once it has been deleted by decision."""

    id: int
    municipality_id: str
    conversation_id: int
    at: datetime
    received_at: datetime | None
    channel: str
    sender: str
    locale: str | None
    body: Any
    slot: str | None
    external_id: str | None


async def add(tx: AsyncConnection, rows: Sequence[NewMessage]) -> list[int]:
    """Store messages in one statement; their ids, ascending, in the order of `rows`."""
    return await add_rows(tx, messages, [columns(row) for row in rows])


async def load(tx: AsyncConnection, message_id: int) -> Message | None:
    """A message by its id."""
    row = (await tx.execute(select(*messages.c).where(messages.c.id == message_id))).one_or_none()
    return None if row is None else Message(*row)


async def in_slot(tx: AsyncConnection, conversation_id: int, slot: str) -> Message | None:
    """The newest message at a place of a conversation."""
    statement = _of(conversation_id).where(messages.c.slot == slot).order_by(messages.c.id.desc()).limit(1)
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Message(*row)


async def after(tx: AsyncConnection, conversation_id: int, after_id: int = 0, *, limit: int = 100) -> list[Message]:
    """What was said after a message, the oldest first."""
    parameters = {"b_conversation": conversation_id, "b_after": after_id, "b_limit": limit}
    return [Message(*row) for row in await _AFTER.all(tx, parameters)]


async def first_of(tx: AsyncConnection, conversation_id: int, slots: Sequence[str]) -> list[Message]:
    """The messages that have stood in these places of a conversation, the oldest first."""
    if not slots:
        return []
    return [
        Message(*row)
        for row in await tx.execute(_of(conversation_id).where(messages.c.slot.in_(slots)).order_by(messages.c.id))
    ]


async def before(
    tx: AsyncConnection, conversation_id: int, before_id: int | None = None, *, limit: int = 100
) -> list[Message]:
    """What was said last, or last before a message; the oldest of them first."""
    parameters = {"b_conversation": conversation_id, "b_before": before_id or LAST, "b_limit": limit}
    return [Message(*row) for row in await _BEFORE.all(tx, parameters)][::-1]


LAST = 2**63 - 1
"""Beyond the highest id there can be."""
_LIMIT = bindparam("b_limit", type_=Integer)
_HERE = messages.c.conversation_id == bindparam("b_conversation")
_AFTER = Prepared(
    select(*messages.c).where(_HERE, messages.c.id > bindparam("b_after")).order_by(messages.c.id).limit(_LIMIT)
)
_BEFORE = Prepared(
    select(*messages.c).where(_HERE, messages.c.id < bindparam("b_before")).order_by(messages.c.id.desc()).limit(_LIMIT)
)


async def some(tx: AsyncConnection, municipality_id: str, ids: Sequence[int]) -> list[Message]:
    """These messages, as far as they are there, the oldest first."""
    this = (messages.c.id.in_(tuple(ids)), messages.c.municipality_id == municipality_id)
    return [Message(*row) for row in await tx.execute(select(*messages.c).where(*this).order_by(messages.c.id))]


async def by_external(tx: AsyncConnection, conversation_id: int, external_id: str) -> Message | None:
    """The first message of a conversation that its channel knows by this id."""
    named = _of(conversation_id).where(messages.c.external_id == external_id)
    row = (await tx.execute(named.order_by(messages.c.id).limit(1))).one_or_none()
    return None if row is None else Message(*row)


async def of_slot(tx: AsyncConnection, conversation_id: int, slot: str) -> list[Message]:
    """What has stood in a place of the conversation, the oldest first: all versions of one message."""
    statement = _of(conversation_id).where(messages.c.slot == slot).order_by(messages.c.id)
    return [Message(*row) for row in await tx.execute(statement)]


async def told_since(tx: AsyncConnection, conversation_id: int, message_id: int, since: datetime) -> bool:
    """Whether what was said last before a message came from a person at the municipality, after `since`."""
    statement = (
        select(messages.c.sender, messages.c.at)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.id < message_id,
            messages.c.sender.in_(("resident", "coach")),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    row = (await tx.execute(statement)).one_or_none()
    return row is not None and row.sender == "coach" and row.at > since


def _of(conversation_id: int) -> Select[Any]:
    return select(*messages.c).where(messages.c.conversation_id == conversation_id)
