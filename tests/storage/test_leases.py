"""Leases, and the small things kept beside them."""

from __future__ import annotations

import asyncio

from storage import leases, remembered, safety
from storage.db import Database
from tests.storage.builders import NOW, later, open_chat


async def test_one_of_many_holds_it(db: Database, second_db: Database) -> None:
    won = await asyncio.gather(
        *(
            each.write(lambda tx, n=n: leases.take(tx, "poller", str(n), NOW, lease_s=30))  # type: ignore[misc]
            for n in range(5)
            for each in (db, second_db)
        )
    )
    assert won.count(True) == 2  # both asks of the same holder


async def test_it_is_renewed_taken_over_or_given_back(db: Database) -> None:
    async def take(holder: str, after_s: float) -> bool:
        return await db.write(lambda tx: leases.take(tx, "poller", holder, later(seconds=after_s), lease_s=30))

    assert await take("a", 0) and not await take("b", 29)
    assert await take("a", 29) and not await take("b", 58)
    assert await take("b", 59) and not await take("a", 60)
    async with db.read() as tx:
        assert await leases.holder(tx, "poller", later(seconds=60)) == "b"
        assert await leases.holder(tx, "poller", later(seconds=90)) is None
    await db.write(lambda tx: leases.release(tx, "poller", "a"))
    assert not await take("a", 60)
    await db.write(lambda tx: leases.release(tx, "poller", "b"))
    assert await take("a", 60)


async def test_remembered_things_are_replaced(db: Database) -> None:
    for value in ("1", "2"):
        await db.write(lambda tx, value=value: remembered.put(tx, "ekero", "commands", value))  # type: ignore[misc]
    async with db.read() as tx:
        assert await remembered.get(tx, "ekero", "commands") == "2"
        assert await remembered.get(tx, "nacka", "commands") is None


async def test_safety_flags_show_until_they_expire(db: Database) -> None:
    who = await open_chat(db)

    async def flag(*kinds: str) -> int:
        return await db.write(
            lambda tx: safety.flag(
                tx,
                municipality_id="ekero",
                conversation_id=who.conversation_id,
                kinds=kinds,
                now=NOW,
                expires_at=later(days=7),
            )
        )

    first, second = await flag("violence"), await flag("violence", "child")
    await db.write(lambda tx: safety.see(tx, "ekero", second, later(hours=1)))
    await db.write(lambda tx: safety.see(tx, "ekero", second, later(hours=2)))
    await db.write(lambda tx: safety.see(tx, "nacka", first, later(hours=2)))
    async with db.read() as tx:
        found = await safety.raised(tx, "ekero", later(days=6))
        assert await safety.raised(tx, "ekero", later(days=7)) == []
    assert [(each.id, each.kinds, each.seen_at) for each in found] == [
        (first, ("violence",), None),
        (second, ("violence", "child"), later(hours=1)),
    ]
