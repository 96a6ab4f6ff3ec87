"""A sign under a message: how the resident, or whoever they talk with, has taken it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.tables import reactions


async def put(tx: AsyncConnection, municipality_id: str, message_id: int, by: str, emoji: str, now: datetime) -> None:
    """Keep the one sign of "resident" or "coach" under a message; "" takes it back."""
    if not emoji:
        await tx.execute(delete(reactions).where(reactions.c.message_id == message_id, reactions.c.by == by))
        return
    values = {"municipality_id": municipality_id, "emoji": emoji, "at": now}
    statement = upsert(tx, reactions).on_conflict_do_update(index_elements=["message_id", "by"], set_=values)
    await tx.execute(statement, {"message_id": message_id, "by": by, **values})


async def under(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The signs under these messages, by who put them."""
    found: dict[int, dict[str, str]] = {}
    statement = select(reactions.c.message_id, reactions.c.by, reactions.c.emoji)
    for message_id, by, emoji in await tx.execute(statement.where(reactions.c.message_id.in_(tuple(ids)))):
        found.setdefault(message_id, {})[by] = emoji
    return found
