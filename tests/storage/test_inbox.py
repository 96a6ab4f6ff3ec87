"""An update is applied once, or put aside."""

from __future__ import annotations

import asyncio

import pytest

from storage import inbox
from storage.db import Database
from storage.errors import NotFound
from tests.storage.builders import NOW

KEY = "telegram:7:100"


async def test_an_update_is_applied_once(db: Database, second_db: Database) -> None:
    applied = await asyncio.gather(
        *(
            each.write(lambda tx, n=n: inbox.mark_seen(tx, f"telegram:7:{n}", "ekero", NOW, {"n": n}))  # type: ignore[misc]
            for n in range(20)
            for each in (db, second_db, db)
        )
    )
    assert applied.count(True) == 20


async def test_a_mark_that_is_rolled_back_was_never_made(db: Database) -> None:
    async def fails(tx: object) -> None:
        assert await inbox.mark_seen(tx, KEY, "ekero", NOW)  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(fails)
    assert await db.write(lambda tx: inbox.mark_seen(tx, KEY, "ekero", NOW))


async def test_failures_are_counted_and_quarantine_ends_them(db: Database) -> None:
    counts = [await db.write(lambda tx: inbox.record_failure(tx, KEY, "ekero", NOW, "Traceback ...")) for _ in range(3)]
    assert counts == [1, 2, 3]
    raw = {"update_id": 100, "message": {"text": "hej"}}
    await db.write(lambda tx: inbox.quarantine(tx, KEY, "ekero", NOW, raw, "Traceback ..."))
    await db.write(lambda tx: inbox.quarantine(tx, "telegram:7:101", "ekero", NOW, None, "not JSON", status="unparsed"))
    async with db.read() as tx:
        first, second = await inbox.quarantined(tx)
    assert first == inbox.Quarantined(KEY, "ekero", NOW, raw, "failed", 3, "Traceback ...")
    assert (second.status, second.failures) == ("unparsed", 1)
    assert not await db.write(lambda tx: inbox.mark_seen(tx, KEY, "ekero", NOW))

    assert await db.write(lambda tx: inbox.release(tx, KEY)) == raw
    assert await db.write(lambda tx: inbox.mark_seen(tx, KEY, "ekero", NOW))
    with pytest.raises(NotFound):
        await db.write(lambda tx: inbox.release(tx, KEY))
    assert await db.write(lambda tx: inbox.record_failure(tx, KEY, "ekero", NOW, "again")) == 1


async def test_what_is_applied_is_not_put_aside(db: Database) -> None:
    await db.write(lambda tx: inbox.mark_seen(tx, KEY, "ekero", NOW))
    await db.write(lambda tx: inbox.quarantine(tx, KEY, "ekero", NOW, {}, "late"))
    async with db.read() as tx:
        assert await inbox.quarantined(tx) == []
