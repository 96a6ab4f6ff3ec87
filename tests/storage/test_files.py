"""Files and attachments."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from storage import files
from storage.db import Database
from storage.errors import NotFound, TooLarge
from storage.tables import files as table
from tests.storage.builders import NOW, open_chat


async def put(db: Database, content: bytes, *, municipality_id: str = "ekero", name: str = "bild.jpg") -> int:
    return await db.write(
        lambda tx: files.put(
            tx, municipality_id=municipality_id, content=content, mime="image/jpeg", name=name, now=NOW
        )
    )


async def test_the_same_content_is_kept_once_in_a_municipality(db: Database, second_db: Database) -> None:
    content = b"\xff\xd8" * 50_000
    ids = await asyncio.gather(*(put(each, content) for each in (db, second_db, db, second_db)))
    assert len(set(ids)) == 1
    assert await put(db, content, municipality_id="nacka") != ids[0]
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(table)) == 2
        assert await files.get(tx, "ekero", ids[0]) == files.File(ids[0], "image/jpeg", "bild.jpg", 100_000, content)
        with pytest.raises(NotFound):
            await files.get(tx, "nacka", ids[0])


async def test_too_large_is_refused(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    with pytest.raises(TooLarge, match="a file of 11 bytes; at most 10 are kept"):
        await put(db, b"x" * 11)


async def test_an_attachment_waits_until_it_is_fetched_or_refused(db: Database) -> None:
    who = await open_chat(db)

    async def attach(name: str) -> int:
        return await db.write(
            lambda tx: files.attach(
                tx,
                municipality_id="ekero",
                conversation_id=who.conversation_id,
                kind="photo",
                now=NOW,
                telegram_file_id="AgAC",
                name=name,
                mime="image/jpeg",
            )
        )

    first, second = await attach("a"), await attach("b")
    file_id = await put(db, b"bytes")
    await db.write(lambda tx: files.fetched(tx, first, file_id))
    async with db.read() as tx:
        waiting = await files.attachment(tx, "ekero", second)
        assert (waiting.status, waiting.telegram_file_id, waiting.file_id) == ("waiting", "AgAC", None)
        with pytest.raises(NotFound):
            await files.attachment(tx, "nacka", second)
    await db.write(lambda tx: files.refuse(tx, second, "too large"))
    async with db.read() as tx:
        found = await files.attachments_of(tx, who.conversation_id)
    assert [(each.status, each.file_id, each.reason, each.telegram_file_id) for each in found] == [
        ("kept", file_id, None, None),
        ("refused", None, "too large", None),
    ]
