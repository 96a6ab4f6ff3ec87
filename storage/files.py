"""Photos, voice, documents: kept once for each content, sealed, and tied to what they came with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.errors import NotFound, TooLarge
from storage.secrets import keyring
from storage.tables import attachments, files

MAX_BYTES = 20 * 1024 * 1024
CONTENT_INDEX = "file"


@dataclass(frozen=True, slots=True)
class File:
    """A stored file with its bytes."""

    id: int
    mime: str
    name: str
    size: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message: "waiting" to be fetched, "kept", or "refused" for a reason."""

    id: int
    municipality_id: str
    file_id: int | None
    message_id: int | None
    conversation_id: int
    kind: str
    name: str | None
    mime: str | None
    telegram_file_id: str | None
    status: str
    reason: str | None
    created_at: datetime


async def put(tx: AsyncConnection, *, municipality_id: str, content: bytes, mime: str, name: str, now: datetime) -> int:
    """Keep a file; its id. The same bytes are kept once in a municipality, under the first name and type.

    Raises:
        TooLarge: Over 20 MB.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(len(content), MAX_BYTES)
    digest = hashlib.sha256(content).digest()
    keys = keyring().indexes(CONTENT_INDEX, municipality_id, digest)
    known = select(files.c.id).where(files.c.municipality_id == municipality_id, files.c.content_key.in_(keys))
    found: int | None = await tx.scalar(known)
    if found is not None:
        return found
    statement = upsert(tx, files).values(
        municipality_id=municipality_id,
        content_key=keys[0],
        mime=mime,
        name=name,
        size=len(content),
        bytes=content,
        created_at=now,
    )
    made: int | None = await tx.scalar(statement.on_conflict_do_nothing().returning(files.c.id))
    if made is None:  # another process was faster
        made = await tx.scalar(known)
        assert made is not None
    return made


async def get(tx: AsyncConnection, municipality_id: str, file_id: int) -> File:
    """A file with its bytes. Raises NotFound."""
    statement = select(files.c.id, files.c.mime, files.c.name, files.c.size, files.c.bytes).where(
        files.c.id == file_id, files.c.municipality_id == municipality_id
    )
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("files", file_id)
    return File(*row)


async def attach(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    conversation_id: int,
    kind: str,
    now: datetime,
    message_id: int | None = None,
    file_id: int | None = None,
    telegram_file_id: str | None = None,
    name: str | None = None,
    mime: str | None = None,
) -> int:
    """Tie a file to what it came with; the attachment's id. Without `file_id` it waits to be fetched."""
    statement = insert(attachments).values(
        municipality_id=municipality_id,
        file_id=file_id,
        message_id=message_id,
        conversation_id=conversation_id,
        kind=kind,
        name=name,
        mime=mime,
        telegram_file_id=telegram_file_id,
        status="waiting" if file_id is None else "kept",
        created_at=now,
    )
    return int((await tx.execute(statement.returning(attachments.c.id))).scalar_one())


async def attachment(tx: AsyncConnection, municipality_id: str, attachment_id: int) -> Attachment:
    """One attachment. Raises NotFound."""
    this = (attachments.c.id == attachment_id, attachments.c.municipality_id == municipality_id)
    row: Any = (await tx.execute(select(*_ATTACHMENT).where(*this))).one_or_none()
    if row is None:
        raise NotFound("attachments", attachment_id)
    return Attachment(*row)


async def attachments_of(tx: AsyncConnection, conversation_id: int) -> list[Attachment]:
    """Everything sent along in a conversation, the oldest first."""
    statement = select(*_ATTACHMENT).where(attachments.c.conversation_id == conversation_id).order_by(attachments.c.id)
    return [Attachment(*row) for row in await tx.execute(statement)]


async def fetched(tx: AsyncConnection, attachment_id: int, file_id: int) -> None:
    """What was waited for is here; Telegram's own id of it is of no more use."""
    kept = {"file_id": file_id, "status": "kept", "telegram_file_id": None}
    await tx.execute(update(attachments).where(attachments.c.id == attachment_id).values(kept))


async def refuse(tx: AsyncConnection, attachment_id: int, reason: str) -> None:
    """What was waited for will not be kept."""
    refused = {"status": "refused", "reason": reason, "telegram_file_id": None}
    await tx.execute(update(attachments).where(attachments.c.id == attachment_id).values(refused))


_ATTACHMENT: tuple[Column[Any], ...] = (
    attachments.c.id,
    attachments.c.municipality_id,
    attachments.c.file_id,
    attachments.c.message_id,
    attachments.c.conversation_id,
    attachments.c.kind,
    attachments.c.name,
    attachments.c.mime,
    attachments.c.telegram_file_id,
    attachments.c.status,
    attachments.c.reason,
    attachments.c.created_at,
)
