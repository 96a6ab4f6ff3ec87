"""Who has joined the agreement, or has asked to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import signatures


@dataclass(frozen=True, slots=True)
class Signature:
    """One organisation; see `storage.tables.signatures`."""

    id: int
    municipality_id: str
    case_id: int | None
    resident_id: int | None
    conversation_id: int | None
    staff_id: int | None
    said: Any
    status: str
    listed: bool
    created_at: datetime
    signed_day: str | None

    @property
    def organisation(self) -> str:
        return str((self.said or {}).get("organisation") or "…")


async def add(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    said: Any,
    listed: bool,
    now: datetime,
    case_id: int | None = None,
    resident_id: int | None = None,
    conversation_id: int | None = None,
    status: str = "sent",
    signed_day: str | None = None,
    staff_id: int | None = None,
) -> int:
    """Keep it; its id."""
    statement = insert(signatures).values(
        municipality_id=municipality_id, case_id=case_id, resident_id=resident_id, conversation_id=conversation_id,
        staff_id=staff_id, said=said, status=status, listed=listed, created_at=now, signed_day=signed_day,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(signatures.c.id))).scalar_one())


async def load(
    tx: AsyncConnection, municipality_id: str, signature_id: int, *, for_resident: int | None = None
) -> Signature:
    """One of them; with `for_resident` only that person's. Raises NotFound."""
    this = [signatures.c.id == signature_id, signatures.c.municipality_id == municipality_id]
    if for_resident is not None:
        this.append(signatures.c.resident_id == for_resident)
    row: Any = (await tx.execute(select(*signatures.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("signatures", signature_id)
    return Signature(*row)


async def listed(tx: AsyncConnection, municipality_id: str) -> list[Signature]:
    """All that are not ended, the newest first."""
    this = (signatures.c.municipality_id == municipality_id, signatures.c.status != "ended")
    rows = await tx.execute(select(*signatures.c).where(*this).order_by(signatures.c.id.desc()))
    return [Signature(*row) for row in rows]


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Signature]:
    """Those somebody has sent in, the newest first."""
    return [each for each in await listed(tx, municipality_id) if each.resident_id == resident_id]


async def change(tx: AsyncConnection, signature: Signature, **values: Any) -> None:
    await tx.execute(update(signatures).where(signatures.c.id == signature.id).values(**values))
