"""What waits for a person at the municipality: opened, told of, answered, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import cases


@dataclass(frozen=True, slots=True)
class Case:
    """One question to a human. `answer_by` is what the resident was promised; `context` what they had said already."""

    id: int
    municipality_id: str
    kind: str
    conversation_id: int
    resident_id: int
    plan_id: int | None
    status: str
    answer_by: datetime | None
    created_at: datetime
    note: str | None
    context: Any
    told_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: str | None


async def open(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    kind: str,
    conversation_id: int,
    resident_id: int,
    now: datetime,
    answer_by: datetime | None = None,
    plan_id: int | None = None,
    note: str | None = None,
    context: Any = None,
) -> int:
    """Open a case, "new" until somebody has been told; its id."""
    statement = insert(cases).values(
        municipality_id=municipality_id,
        kind=kind,
        conversation_id=conversation_id,
        resident_id=resident_id,
        plan_id=plan_id,
        status="new",
        answer_by=answer_by,
        created_at=now,
        note=note,
        context=context,
    )
    return int((await tx.execute(statement.returning(cases.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, case_id: int) -> Case:
    """A case. Raises NotFound."""
    this = (cases.c.id == case_id, cases.c.municipality_id == municipality_id)
    row = (await tx.execute(select(*cases.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("cases", case_id)
    return Case(*row)


async def of_resident(
    tx: AsyncConnection, municipality_id: str, resident_id: int, kinds: tuple[str, ...]
) -> list[Case]:
    """What a person has handed in, the newest first."""
    statement = (
        select(*cases.c)
        .where(cases.c.municipality_id == municipality_id, cases.c.resident_id == resident_id, cases.c.kind.in_(kinds))
        .order_by(cases.c.id.desc())
    )
    return [Case(*row) for row in await tx.execute(statement)]


async def rewrite(
    tx: AsyncConnection,
    municipality_id: str,
    case_id: int,
    *,
    resident_id: int,
    answer_by: datetime | None,
    note: str | None,
    context: Any,
) -> None:
    """Change what a person has handed in, and when it is answered. Raises NotFound when it is not theirs, or closed."""
    this = (
        cases.c.id == case_id,
        cases.c.municipality_id == municipality_id,
        cases.c.resident_id == resident_id,
        cases.c.closed_at.is_(None),
    )
    changed = await tx.execute(update(cases).where(*this).values(answer_by=answer_by, note=note, context=context))
    if not changed.rowcount:
        raise NotFound("cases", case_id)


async def open_ones(tx: AsyncConnection, municipality_id: str, *, limit: int = 200) -> list[Case]:
    """Cases not yet closed, the one promised soonest first, then those without a promise."""
    statement = (
        select(*cases.c)
        .where(cases.c.municipality_id == municipality_id, cases.c.closed_at.is_(None))
        .order_by(cases.c.answer_by.is_(None), cases.c.answer_by, cases.c.id)
        .limit(limit)
    )
    return [Case(*row) for row in await tx.execute(statement)]


async def waiting(tx: AsyncConnection, conversation_id: int, kind: str) -> Case | None:
    """The conversation's case of a kind that still waits for an answer, the one promised first."""
    statement = (
        select(*cases.c)
        .where(cases.c.conversation_id == conversation_id, cases.c.kind == kind, cases.c.status.in_(("new", "told")))
        .order_by(cases.c.answer_by, cases.c.id)
        .limit(1)
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Case(*row)


async def add_note(tx: AsyncConnection, municipality_id: str, case_id: int, note: str) -> None:
    """Add to what the case is about, on a line of its own. Raises NotFound."""
    case = await load(tx, municipality_id, case_id)
    if note:
        whole = f"{case.note}\n{note}" if case.note else note
        await tx.execute(update(cases).where(cases.c.id == case_id).values(note=whole))


async def of_conversation(tx: AsyncConnection, conversation_id: int) -> list[Case]:
    """Every case of a conversation, the oldest first."""
    statement = select(*cases.c).where(cases.c.conversation_id == conversation_id).order_by(cases.c.id)
    return [Case(*row) for row in await tx.execute(statement)]


async def told(tx: AsyncConnection, municipality_id: str, case_id: int, now: datetime) -> bool:
    """Note that somebody has been told of it; whether it was new until now. Raises NotFound."""
    return await _move(tx, municipality_id, case_id, ("new",), status="told", told_at=now)


async def answer(tx: AsyncConnection, municipality_id: str, case_id: int, now: datetime) -> bool:
    """Note the first answer; False when there was one before, or the case is closed. Raises NotFound."""
    return await _move(tx, municipality_id, case_id, ("new", "told"), status="answered", answered_at=now)


async def close(tx: AsyncConnection, municipality_id: str, case_id: int, outcome: str, now: datetime) -> bool:
    """End it, with how it ended ("answered", "referred" ...); False when it was closed before. Raises NotFound."""
    open_ = ("new", "told", "answered")
    return await _move(tx, municipality_id, case_id, open_, status="closed", closed_at=now, outcome=outcome)


async def promise(tx: AsyncConnection, municipality_id: str, case_id: int, answer_by: datetime) -> None:
    """Set another time by which there will be an answer. Raises NotFound."""
    this = (cases.c.id == case_id, cases.c.municipality_id == municipality_id)
    if not (await tx.execute(update(cases).where(*this).values(answer_by=answer_by))).rowcount:
        raise NotFound("cases", case_id)


async def _move(
    tx: AsyncConnection, municipality_id: str, case_id: int, before: tuple[str, ...], **values: Any
) -> bool:
    this = (cases.c.id == case_id, cases.c.municipality_id == municipality_id)
    moved = await tx.execute(update(cases).where(*this, cases.c.status.in_(before)).values(**values))
    if not moved.rowcount:
        await load(tx, municipality_id, case_id)
    return moved.rowcount > 0
