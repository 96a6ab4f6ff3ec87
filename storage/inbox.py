"""Which updates have been applied, which failed, and which were put aside."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import insert_of, upsert
from storage.direct import Prepared
from storage.errors import NotFound
from storage.tables import inbox, inbox_failures


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An update put aside: "failed" again and again, or "unparsed". `fault` is the traceback's text."""

    update_key: str
    municipality_id: str
    received_at: datetime
    raw: Any
    status: str
    failures: int
    fault: str | None


async def mark_seen(tx: AsyncConnection, key: str, municipality_id: str, now: datetime, raw: Any = None) -> bool:
    """Say that the update `key` is applied in this transaction; False when it has been already: then do nothing.

    A parallel transaction with the same key waits for the first to end. `raw` is kept for 8 days, then removed.
    """
    row = {
        "update_key": key,
        "municipality_id": municipality_id,
        "received_at": now,
        "raw": raw,
        "status": "done",
        "failures": 0,
    }
    return bool(await _mark(tx.dialect.name, tuple(row)).all(tx, row))


async def raw_of(tx: AsyncConnection, key: str, municipality_id: str) -> Any:
    """What had come in with an update, while it is kept; else None."""
    this = (inbox.c.update_key == key, inbox.c.municipality_id == municipality_id)
    return await tx.scalar(select(inbox.c.raw).where(*this))


async def drop_raw(tx: AsyncConnection, key: str) -> None:
    """Keep no copy of what an update held."""
    await tx.execute(update(inbox).where(inbox.c.update_key == key).values(raw=None))


@functools.cache
def _mark(dialect: str, names: tuple[str, ...]) -> Prepared:
    return Prepared(insert_of(dialect, inbox).on_conflict_do_nothing().returning(inbox.c.update_key), names)


async def record_failure(tx: AsyncConnection, key: str, municipality_id: str, now: datetime, fault: str) -> int:
    """Count one more failure of an update, in a transaction of its own after the rollback; how many there are now."""
    statement = upsert(tx, inbox_failures).values(
        update_key=key, municipality_id=municipality_id, failures=1, fault=fault, at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=["update_key"],
        set_={
            "failures": inbox_failures.c.failures + 1,
            "fault": statement.excluded.fault,
            "at": statement.excluded.at,
        },
    )
    return int((await tx.execute(statement.returning(inbox_failures.c.failures))).scalar_one())


async def quarantine(
    tx: AsyncConnection,
    key: str,
    municipality_id: str,
    now: datetime,
    raw: Any,
    fault: str,
    *,
    status: str = "failed",
) -> None:
    """Put an update aside for an operator, with what came in and why, so that it is not tried again.

    One that has been applied meanwhile stays applied.
    """
    counted = await tx.scalar(select(inbox_failures.c.failures).where(inbox_failures.c.update_key == key))
    statement = upsert(tx, inbox).values(
        update_key=key,
        municipality_id=municipality_id,
        received_at=now,
        raw=raw,
        status=status,
        failures=counted or 1,
        fault=fault,
    )
    await tx.execute(statement.on_conflict_do_nothing())
    await tx.execute(delete(inbox_failures).where(inbox_failures.c.update_key == key))


async def quarantined(tx: AsyncConnection, *, limit: int = 100) -> list[Quarantined]:
    """What was put aside, the oldest first."""
    statement = (
        select(
            inbox.c.update_key,
            inbox.c.municipality_id,
            inbox.c.received_at,
            inbox.c.raw,
            inbox.c.status,
            inbox.c.failures,
            inbox.c.fault,
        )
        .where(inbox.c.status != literal_column("'done'"))  # spelt out, for the partial index
        .order_by(inbox.c.received_at)
        .limit(limit)
    )
    return [Quarantined(*row) for row in await tx.execute(statement)]


async def release(tx: AsyncConnection, key: str) -> Any:
    """Forget that an update was put aside, so that it may be applied after all; what had come in.

    Raises:
        NotFound: It was not put aside.
    """
    statement = delete(inbox).where(inbox.c.update_key == key, inbox.c.status != "done").returning(inbox.c.raw)
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("inbox", key)
    return row.raw
