"""A new secret key."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import LargeBinary, select

from storage import retention, staff
from storage.db import Database
from storage.errors import WrongKey
from storage.rotation import rotate
from storage.tables import metadata
from tests.conftest import Opener
from tests.storage.builders import NOW, open_chat
from tests.storage.test_files import put
from tests.storage.test_retention import data, live

NEW = "a newer key, also of 32 characters or more"


async def test_after_rotation_the_old_key_is_not_needed(db_url: str, opened: Opener, keys: tuple[str, ...]) -> None:
    db = await opened(db_url)
    who = await live(db, "4711")
    file_id = await put(db, b"content")
    before = await data(db, who)
    await db.close()

    db = await opened(db_url, [NEW, *keys])
    assert (await open_chat(db, "4711")).conversation_id == who.conversation_id  # found by the old index
    assert await put(db, b"content") == file_id
    assert await data(db, who) == before
    assert await rotate(db, limit=2) > 10
    assert await rotate(db) == 0
    await db.close()

    with pytest.raises(WrongKey):
        await Database.open(db_url, keys)
    db = await opened(db_url, [NEW])
    assert await data(db, who) == before
    assert (await open_chat(db, "4711")).conversation_id == who.conversation_id
    assert await put(db, b"content") == file_id
    await db.close()


async def test_no_index_of_the_old_key_is_left(db_url: str, opened: Opener, keys: tuple[str, ...]) -> None:
    db = await opened(db_url)
    await live(db, "4711")
    forgotten = await open_chat(db, "4712")
    await db.write(lambda tx: retention.forget(tx, "ekero", forgotten.resident_id, NOW))
    async with db.read() as tx:
        member = (await staff.everybody(tx))[0][0]
    assert member.email is not None
    await db.write(lambda tx: staff.link_sign_in(tx, member.id, "https://issuer", "me", NOW))
    await db.write(lambda tx: staff.fail(tx, staff.attempt_key("account", "me"), NOW, NOW))
    before = await indexes(db)
    await db.close()

    db = await opened(db_url, [NEW, *keys])
    await rotate(db)
    await db.close()

    db = await opened(db_url, [NEW])
    after = await indexes(db)
    for name, old in before.items():
        assert old, f"{name}: give it a row here, and see that rotate renews it"
        assert name == "tombstones.address_key" or not old & after[name], name
    async with db.read() as tx:
        assert await staff.by_email(tx, member.email) == member
        assert await staff.sign_in_linked_at(tx, member.id) is None
    await db.write(lambda tx: staff.link_sign_in(tx, member.id, "https://issuer", "me", NOW))
    await rotate(db)
    async with db.read() as tx:
        assert await staff.by_sign_in(tx, "https://issuer", "me") == member, "what was linked anew stays"
    await db.close()


async def indexes(db: Database) -> dict[str, set[Any]]:
    """What stands in every column that is found by a key."""
    keyed = [
        column for table in metadata.sorted_tables for column in table.c
        if (column.name == "key" or column.name.endswith("_key")) and isinstance(column.type, LargeBinary)
    ]  # fmt: skip
    async with db.read() as tx:
        return {str(column): set(await tx.scalars(select(column).where(column.is_not(None)))) for column in keyed}
