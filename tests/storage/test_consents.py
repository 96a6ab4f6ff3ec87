"""Consents."""

from __future__ import annotations

from typing import Any

from storage import consents
from storage.db import Database
from tests.storage.builders import NOW, later, open_chat


async def test_a_consent_holds_until_it_is_withdrawn(db: Database) -> None:
    who = await open_chat(db)

    async def give(purpose: str, version: str = "1", **more: Any) -> int:
        row = {"municipality_id": "ekero", "resident_id": who.resident_id, "locale": "sv", "now": NOW} | more
        return await db.write(lambda tx: consents.give(tx, purpose=purpose, wording_version=version, **row))

    async def in_force() -> list[int]:
        async with db.read() as tx:
            return [each.id for each in await consents.in_force(tx, "ekero", who.resident_id)]

    async def withdraw(**what: Any) -> int:
        row = {"municipality_id": "ekero", "resident_id": who.resident_id, "now": later(days=1)} | what
        return await db.write(lambda tx: consents.withdraw(tx, **row))

    news, plan_1, plan_2 = await give("news"), await give("publish", subject_id=1), await give("publish", subject_id=2)
    assert await give("news") == news
    reworded = await give("news", "2")
    assert await in_force() == [news, plan_1, plan_2, reworded]
    assert await withdraw(purpose="publish", subject_id=1) == 1
    assert await withdraw(purpose="news") == 2
    assert await withdraw(purpose="news") == 0
    assert await in_force() == [plan_2]
    assert await withdraw() == 1
    assert await give("news") != news
