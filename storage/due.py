"""Promises with a time: written with what makes them, run once, cancelled with a reason."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations
from storage.db import insert_of
from storage.direct import Prepared
from storage.tables import due


@dataclass(frozen=True, slots=True)
class Ready:
    """Something whose time has come; `take` it in the turn that runs it."""

    id: int
    municipality_id: str
    conversation_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Due:
    """A promise as it was taken."""

    id: int
    municipality_id: str
    conversation_id: int | None
    kind: str
    unique_key: str
    data: Any
    due_at: datetime
    attempts: int


_WAITING = due.c.status == literal_column("'waiting'")  # spelt out: with a parameter no partial index is used

_DUE = (
    due.c.id,
    due.c.municipality_id,
    due.c.conversation_id,
    due.c.kind,
    due.c.unique_key,
    due.c.data,
    due.c.due_at,
    due.c.attempts,
)


async def schedule(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    kind: str,
    unique_key: str,
    due_at: datetime,
    now: datetime,
    conversation_id: int | None = None,
    data: Any = None,
) -> int:
    """Promise something; its id. While the same key waits, it is moved and keeps its id; afterwards it is a new one."""
    values = {
        "municipality_id": municipality_id, "conversation_id": conversation_id, "kind": kind, "unique_key": unique_key,
        "data": data, "due_at": due_at, "status": "waiting", "attempts": 0, "created_at": now,
    }  # fmt: skip
    ((id,),) = await _schedule(tx.dialect.name, tuple(values)).all(tx, values)
    return int(id)


@functools.cache
def _schedule(dialect: str, names: tuple[str, ...]) -> Prepared:
    statement = insert_of(dialect, due)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["municipality_id", "unique_key"],
        index_where=_WAITING,
        set_={"kind": new.kind, "conversation_id": new.conversation_id, "data": new.data, "due_at": new.due_at},
    )
    return Prepared(statement.returning(due.c.id), names)


async def cancel(tx: AsyncConnection, municipality_id: str, unique_key: str, reason: str, *, now: datetime) -> bool:
    """Take a promise back; whether one was waiting."""
    parameters = {"b_municipality": municipality_id, "b_key": unique_key, "b_reason": reason, "b_now": now}
    return await _CANCEL.one(tx, parameters) is not None


_CANCEL = Prepared(
    update(due)
    .where(due.c.municipality_id == bindparam("b_municipality"), due.c.unique_key == bindparam("b_key"), _WAITING)
    .values(status="cancelled", reason=bindparam("b_reason"), done_at=bindparam("b_now"))
    .returning(due.c.id)
)


async def cancel_all(
    tx: AsyncConnection, conversation_id: int, reason: str, *, now: datetime, kinds: Sequence[str] | None = None
) -> int:
    """Take back everything promised in a conversation, or only some kinds of it; how many there were."""
    this = [due.c.conversation_id == conversation_id, _WAITING]
    if kinds is not None:
        this.append(due.c.kind.in_(kinds))
    statement = update(due).where(*this).values(status="cancelled", reason=reason, done_at=now)
    return (await tx.execute(statement)).rowcount


async def ready(
    tx: AsyncConnection, now: datetime, *, limit: int = 50, only: Collection[str] | None = None, but: Collection[str] = ()
) -> list[Ready]:  # fmt: skip
    """What should run by now, of some kinds, the longest overdue first. Other processes may see the same: `take` decides."""
    statement = (
        select(due.c.id, due.c.municipality_id, due.c.conversation_id, due.c.kind)
        .where(_WAITING, due.c.due_at <= now, due.c.kind.not_in(but), true() if only is None else due.c.kind.in_(only))
        .order_by(due.c.due_at, due.c.id)
        .limit(limit)
    )
    return [Ready(*row) for row in await tx.execute(statement)]


async def waiting_of(tx: AsyncConnection, conversation_id: int, kind: str) -> list[Due]:
    """The promises of one kind that wait in a conversation, the oldest first."""
    this = (due.c.conversation_id == conversation_id, due.c.kind == kind, _WAITING)
    return [Due(*row) for row in await tx.execute(select(*_DUE).where(*this).order_by(due.c.id))]


async def waiting(tx: AsyncConnection, due_id: int) -> Due | None:
    """A promise that still waits, with how often it has failed; to look at only: `take` decides who keeps it."""
    row = (await tx.execute(select(*_DUE).where(due.c.id == due_id, _WAITING))).one_or_none()
    return None if row is None else Due(*row)


async def take(tx: AsyncConnection, due_id: int, now: datetime) -> Due | None:
    """Have it done by this transaction: one UPDATE, so that it runs once. None when somebody else has, or it was moved.

    Its conversation is locked first, as in the turn that takes a promise back: the other way round the two would wait
    for each other. Meanwhile the promise may have gone over to another conversation.
    """
    locked = None
    whose = select(due.c.conversation_id).where(due.c.id == due_id, _WAITING)
    while (conversation_id := await tx.scalar(whose)) is not None and conversation_id != locked:
        await conversations.lock(tx, conversation_id)
        locked = conversation_id
    statement = (
        update(due)
        .where(due.c.id == due_id, _WAITING, due.c.due_at <= now)
        .values(status="done", done_at=now)
        .returning(*_DUE)
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Due(*row)


async def postpone(tx: AsyncConnection, due_id: int, due_at: datetime) -> int:
    """After a failure: try again at `due_at`; how many times it has failed. 0 when it waits no longer."""
    statement = (
        update(due)
        .where(due.c.id == due_id, _WAITING)
        .values(due_at=due_at, attempts=due.c.attempts + 1)
        .returning(due.c.attempts)
    )
    return (await tx.execute(statement)).scalar_one_or_none() or 0


async def give_up(tx: AsyncConnection, due_id: int, reason: str, *, now: datetime) -> None:
    """After too many failures: end it, with its reason."""
    statement = update(due).where(due.c.id == due_id, _WAITING)
    await tx.execute(statement.values(status="cancelled", reason=reason, done_at=now))


async def next_at(tx: AsyncConnection) -> datetime | None:
    """When the next promise falls due; it may be past already."""
    at: datetime | None = await tx.scalar(select(func.min(due.c.due_at)).where(_WAITING))
    return at
