"""A new secret key."""

from __future__ import annotations

import pytest

from storage.db import Database
from storage.errors import WrongKey
from storage.rotation import rotate
from tests.conftest import Opener
from tests.storage.builders import open_chat
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
