"""Rows for the tests of storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations, messages, outbox
from storage.db import Database

NOW = datetime(2026, 3, 2, 21, 15, tzinfo=UTC)


def later(**time: float) -> datetime:
    """NOW and so much more."""
    return NOW + timedelta(**time)


async def open_chat(
    db: Database, address: str = "4711", *, municipality_id: str = "ekero", **more: Any
) -> conversations.Opened:
    """A conversation on Telegram."""
    return await db.write(
        lambda tx: conversations.open(
            tx, municipality_id=municipality_id, channel="telegram", address=address, now=NOW, **more
        )
    )


def said(opened: conversations.Opened, body: Any, **more: Any) -> messages.NewMessage:
    """Something the resident said."""
    row: dict[str, Any] = {
        "municipality_id": opened.municipality_id,
        "conversation_id": opened.conversation_id,
        "at": NOW,
        "received_at": NOW,
        "channel": "telegram",
        "sender": "resident",
        "body": body,
    }
    return messages.NewMessage(**row | more)


def to_send(opened: conversations.Opened, ordinal: int = 0, **more: Any) -> outbox.NewDelivery:
    """A delivery to the address the conversation was opened for."""
    assert opened.address_id is not None
    row: dict[str, Any] = {
        "municipality_id": opened.municipality_id,
        "address_id": opened.address_id,
        "conversation_id": opened.conversation_id,
        "channel": "telegram",
        "op": "send",
        "made_by": f"test:{opened.conversation_id}",
        "ordinal": ordinal,
        "due_at": NOW,
        "body": {"text": f"number {ordinal}"},
    }
    return outbox.NewDelivery(**row | more)


async def queue(db: Database, *rows: outbox.NewDelivery) -> None:
    """Queue deliveries."""
    await db.write(lambda tx: outbox.queue(tx, rows, now=NOW))


async def claim(
    db: Database, *results: outbox.Result, now: datetime = NOW, holder: str = "one", limit: int = 20
) -> list[outbox.Claimed]:
    """Settle and claim on Telegram, as many of broadcasts as of conversations."""

    async def job(tx: AsyncConnection) -> list[outbox.Claimed]:
        return await outbox.settle_and_claim(
            tx, results, holder=holder, now=now, channels=["telegram"], limit=limit, bulk={"telegram": limit}
        )

    return await db.write(job)
