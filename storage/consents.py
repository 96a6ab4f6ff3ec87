"""Consents: given for a purpose, in words of a version, and withdrawn at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import consents


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent; in force until `withdrawn_at`. `subject_id` narrows it to one plan or need."""

    id: int
    resident_id: int
    purpose: str
    wording_version: str
    locale: str
    subject_id: int | None
    given_at: datetime
    withdrawn_at: datetime | None


_CONSENT = tuple(column for column in consents.c if column.name != "municipality_id")


async def give(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    purpose: str,
    wording_version: str,
    locale: str,
    now: datetime,
    subject_id: int | None = None,
) -> int:
    """Store a consent; its id. One in force for the same purpose and words stays as it is."""
    for consent in await in_force(tx, municipality_id, resident_id):
        if (consent.purpose, consent.subject_id, consent.wording_version) == (purpose, subject_id, wording_version):
            return consent.id
    statement = insert(consents).values(
        municipality_id=municipality_id,
        resident_id=resident_id,
        purpose=purpose,
        wording_version=wording_version,
        locale=locale,
        subject_id=subject_id,
        given_at=now,
    )
    return int((await tx.execute(statement.returning(consents.c.id))).scalar_one())


async def withdraw(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    now: datetime,
    purpose: str | None = None,
    subject_id: int | None = None,
) -> int:
    """Withdraw what is in force for a purpose (for all without one); how many. The proof that it was given stays."""
    this: list[Any] = [
        consents.c.municipality_id == municipality_id,
        consents.c.resident_id == resident_id,
        consents.c.withdrawn_at.is_(None),
    ]
    if purpose is not None:
        this.append(consents.c.purpose == purpose)
    if subject_id is not None:
        this.append(consents.c.subject_id == subject_id)
    return (await tx.execute(update(consents).where(*this).values(withdrawn_at=now))).rowcount


async def in_force(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Consent]:
    """What somebody consents to now, the oldest first."""
    statement = (
        select(*_CONSENT)
        .where(
            consents.c.municipality_id == municipality_id,
            consents.c.resident_id == resident_id,
            consents.c.withdrawn_at.is_(None),
        )
        .order_by(consents.c.id)
    )
    return [Consent(*row) for row in await tx.execute(statement)]


async def withdrawn_at(tx: AsyncConnection, municipality_id: str, resident_id: int, purpose: str) -> datetime | None:
    """When a consent for a purpose was withdrawn last; None when it never was."""
    this = (
        consents.c.municipality_id == municipality_id,
        consents.c.resident_id == resident_id,
        consents.c.purpose == purpose,
    )
    found: datetime | None = await tx.scalar(select(func.max(consents.c.withdrawn_at)).where(*this))
    return found
