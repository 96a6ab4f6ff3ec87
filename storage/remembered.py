"""Small facts of the program's own, such as which commands Telegram was told last. Nothing about people."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.tables import remembered


async def get(tx: AsyncConnection, municipality_id: str, key: str) -> str | None:
    """What was remembered under a key."""
    this = (remembered.c.municipality_id == municipality_id, remembered.c.key == key)
    value: str | None = await tx.scalar(select(remembered.c.value).where(*this))
    return value


async def put(tx: AsyncConnection, municipality_id: str, key: str, value: str) -> None:
    """Remember it, in place of what was there."""
    statement = upsert(tx, remembered).values(municipality_id=municipality_id, key=key, value=value)
    await tx.execute(statement.on_conflict_do_update(index_elements=["municipality_id", "key"], set_={"value": value}))
