"""Money that was granted, as staff have noted it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.tables import awards, cases, residents


@dataclass(frozen=True, slots=True)
class Award:
    """One of them, with the language of whoever applied, and whether their identity is protected. See `storage.tables.awards`."""

    case_id: int
    public_id: str
    support: str
    amount_sek: int
    awarded_on: date
    area: str | None
    recipient: Any
    at: datetime
    resident_id: int
    locale: str | None
    protected: bool


async def note(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    case_id: int,
    support: str,
    amount_sek: int,
    awarded_on: date,
    area: str | None,
    recipient: Any,
    staff_id: int,
    now: datetime,
) -> None:
    """Note what was granted for an application; said again, it takes the place of what was noted before."""
    statement = upsert(tx, awards).values(
        case_id=case_id, municipality_id=municipality_id, public_id=secrets.token_hex(8), support=support, amount_sek=amount_sek,
        awarded_on=awarded_on.isoformat(), area=area, recipient=recipient, staff_id=staff_id, at=now,
    )  # fmt: skip
    new = statement.excluded
    changed = {
        name: new[name] for name in ("support", "amount_sek", "awarded_on", "area", "recipient", "staff_id", "at")
    }
    await tx.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=changed))


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> Award | None:
    found = await _found(tx, awards.c.municipality_id == municipality_id, awards.c.case_id == case_id)
    return found[0] if found else None


async def between(tx: AsyncConnection, municipality_id: str, first: date, after: date) -> list[Award]:
    """What was granted from the day `first` to before the day `after`, the earliest first."""
    return await _found(
        tx, awards.c.municipality_id == municipality_id, awards.c.awarded_on >= first.isoformat(),
        awards.c.awarded_on < after.isoformat(),
    )  # fmt: skip


async def _found(tx: AsyncConnection, *where: Any) -> list[Award]:
    statement = (
        select(
            awards.c.case_id, awards.c.public_id, awards.c.support, awards.c.amount_sek, awards.c.awarded_on, awards.c.area,
            awards.c.recipient, awards.c.at, cases.c.resident_id, residents.c.locale, residents.c.protected,
        )
        .join_from(awards, cases, cases.c.id == awards.c.case_id)
        .join(residents, residents.c.id == cases.c.resident_id)
        .where(*where)
        .order_by(awards.c.awarded_on, awards.c.case_id)
    )  # fmt: skip
    rows = await tx.execute(statement)
    return [Award(*row[:4], date.fromisoformat(row[4]), *row[5:]) for row in rows]
