"""Questions to roles: whom a case was sent to, one after the other, and what they have passed on to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import enquiries, forwards


@dataclass(frozen=True, slots=True)
class Asked:
    """A case in the hands of one role, or of the coaches where `role_id` is None.

    `why` is "first", "again" (one more question), "deputy", "forwarded" or "unanswered". `answer_by` is what the
    resident was promised then. `reason` is what the role wrote when it was not theirs (`declined_at`).
    """

    id: int
    municipality_id: str
    case_id: int
    role_id: str | None
    why: str
    asked_at: datetime
    answer_by: datetime
    reminded_at: datetime | None
    answered_at: datetime | None
    declined_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Passed:
    """Questions of one kind that one role has passed on to another, so many `times`."""

    from_role: str
    to_role: str
    topic: str | None
    area: str | None
    matter: str | None
    times: int


async def ask(
    tx: AsyncConnection, *, municipality_id: str, case_id: int, role_id: str | None, why: str, answer_by: datetime,
    now: datetime,
) -> int:  # fmt: skip
    """Note that somebody has the case from now on; its id."""
    statement = insert(enquiries).values(
        municipality_id=municipality_id, case_id=case_id, role_id=role_id, why=why, asked_at=now, answer_by=answer_by
    )
    return int((await tx.execute(statement.returning(enquiries.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, asked_id: int) -> Asked:
    """Raises NotFound."""
    this = (enquiries.c.id == asked_id, enquiries.c.municipality_id == municipality_id)
    row = (await tx.execute(select(*enquiries.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("enquiries", asked_id)
    return Asked(*row)


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> list[Asked]:
    """Everybody who has been asked, in order: the last one has it."""
    this = (enquiries.c.case_id == case_id, enquiries.c.municipality_id == municipality_id)
    return [Asked(*row) for row in await tx.execute(select(*enquiries.c).where(*this).order_by(enquiries.c.id))]


async def note(
    tx: AsyncConnection, asked_id: int, *, reminded_at: datetime | None = None, answered_at: datetime | None = None,
    declined_at: datetime | None = None, reason: str | None = None,
) -> None:  # fmt: skip
    """Write down what has become of it."""
    values = {"reminded_at": reminded_at, "answered_at": answered_at, "declined_at": declined_at, "reason": reason}
    kept = {name: value for name, value in values.items() if value is not None}
    await tx.execute(update(enquiries).where(enquiries.c.id == asked_id).values(kept))


async def pass_on(
    tx: AsyncConnection, *, municipality_id: str, from_role: str, to_role: str, topic: str | None, area: str | None,
    matter: str | None, now: datetime,
) -> None:  # fmt: skip
    """Note that a question of this kind was not for one role but for another."""
    await tx.execute(
        insert(forwards).values(
            municipality_id=municipality_id, from_role=from_role, to_role=to_role, topic=topic, area=area,
            matter=matter, at=now,
        )
    )  # fmt: skip


_KIND = (forwards.c.from_role, forwards.c.to_role, forwards.c.topic, forwards.c.area, forwards.c.matter)


async def passed(tx: AsyncConnection, municipality_id: str, *, least: int) -> Sequence[Passed]:
    """What has been passed on at least so many times and was not dismissed, the most frequent first."""
    times = func.count()
    statement = (
        select(*_KIND, times)
        .where(forwards.c.municipality_id == municipality_id, forwards.c.dismissed_at.is_(None))
        .group_by(*_KIND)
        .having(times >= least)
        .order_by(times.desc(), forwards.c.from_role, forwards.c.to_role)
    )
    return [Passed(*row) for row in await tx.execute(statement)]


async def dismiss(
    tx: AsyncConnection, municipality_id: str, *, from_role: str, to_role: str, topic: str | None, area: str | None,
    matter: str | None, now: datetime,
) -> bool:  # fmt: skip
    """Learn nothing from what was passed on until now; whether there was any."""
    kind: list[ColumnElement[bool]] = [
        column == value if value is not None else column.is_(None)
        for column, value in zip(_KIND, (from_role, to_role, topic, area, matter), strict=True)
    ]
    this = (forwards.c.municipality_id == municipality_id, forwards.c.dismissed_at.is_(None), *kind)
    return (await tx.execute(update(forwards).where(*this).values(dismissed_at=now))).rowcount > 0
