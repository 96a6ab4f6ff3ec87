"""Project plans."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage import plans
from storage.conversations import Opened
from storage.db import Database
from storage.errors import NotFound
from tests.storage.builders import NOW, later, open_chat


async def save(db: Database, who: Opened, title: str = "Språkkafé", **more: Any) -> tuple[int, int]:
    row: dict[str, Any] = {
        "municipality_id": who.municipality_id,
        "resident_id": who.resident_id,
        "conversation_id": who.conversation_id,
        "title": title,
        "answers": {"title": title},
        "locale": "sv",
        "now": NOW,
    }
    return await db.write(lambda tx: plans.save_version(tx, **row | more))


async def test_every_version_stays(db: Database) -> None:
    owner = await open_chat(db)
    plan_id, first = await save(db, owner)
    assert await save(db, owner, "Språkkafé på Ekerö", plan_id=plan_id, now=later(days=1), locale="so") == (plan_id, 2)
    async with db.read() as tx:
        latest = await plans.load(tx, "ekero", plan_id)
        earlier = await plans.load(tx, "ekero", plan_id, version=first)
        assert (latest.version, latest.answers, latest.locale) == (2, {"title": "Språkkafé på Ekerö"}, "so")
        assert (earlier.version, earlier.answers) == (1, {"title": "Språkkafé"})
        assert (latest.created_at, latest.changed_at) == (NOW, later(days=1))
        with pytest.raises(NotFound):
            await plans.load(tx, "nacka", plan_id)
        with pytest.raises(NotFound):
            await plans.load(tx, "ekero", plan_id, version=3)


async def test_two_who_save_at_once_make_two_versions(db: Database, second_db: Database) -> None:
    owner = await open_chat(db)
    plan_id, _ = await save(db, owner)
    made = await asyncio.gather(*(save(each, owner, plan_id=plan_id) for each in (db, second_db, db, second_db)))
    assert sorted(version for _, version in made) == [2, 3, 4, 5]


async def test_members_share_it_and_others_do_not(db: Database) -> None:
    owner, friend, stranger = [await open_chat(db, address) for address in ("1", "2", "3")]
    plan_id, _ = await save(db, owner)

    async def join(who: Opened) -> bool:
        return await db.write(lambda tx: plans.join(tx, "ekero", plan_id, who.resident_id, via="link", now=NOW))

    assert [await join(friend), await join(friend), await join(owner)] == [True, False, False]
    await save(db, friend, plan_id=plan_id)
    with pytest.raises(NotFound):
        await save(db, stranger, plan_id=plan_id)
    async with db.read() as tx:
        assert await plans.members(tx, plan_id) == [plans.Member(friend.resident_id, NOW, "link")]
        assert [each.id for each in await plans.of_resident(tx, "ekero", friend.resident_id)] == [plan_id]
        assert await plans.of_resident(tx, "ekero", stranger.resident_id) == []
        assert (await plans.load(tx, "ekero", plan_id, for_resident=friend.resident_id)).made_by == friend.resident_id
        with pytest.raises(NotFound):
            await plans.load(tx, "ekero", plan_id, for_resident=stranger.resident_id)
    assert await db.write(lambda tx: plans.leave(tx, plan_id, friend.resident_id))
    assert not await db.write(lambda tx: plans.leave(tx, plan_id, friend.resident_id))
    with pytest.raises(NotFound):
        await db.write(lambda tx: plans.join(tx, "nacka", plan_id, friend.resident_id, via="link", now=NOW))


async def test_only_findable_ones_are_found(db: Database) -> None:
    owner, elsewhere = await open_chat(db), await open_chat(db, municipality_id="nacka")
    hidden, _ = await save(db, owner, "Hidden")
    shown, _ = await save(db, owner, "Shown", findable=True)
    await save(db, elsewhere, "In Nacka", findable=True)
    await save(db, owner, "Shown", plan_id=shown)  # a new version leaves it findable
    async with db.read() as tx:
        assert [each.title for each in await plans.findable(tx, "ekero")] == ["Shown"]
    await db.write(lambda tx: plans.set_findable(tx, "ekero", hidden, owner.resident_id, True))
    await db.write(lambda tx: plans.set_findable(tx, "ekero", shown, owner.resident_id, False))
    async with db.read() as tx:
        assert [each.title for each in await plans.findable(tx, "ekero")] == ["Hidden"]
    with pytest.raises(NotFound):
        await db.write(lambda tx: plans.set_findable(tx, "ekero", hidden, elsewhere.resident_id, True))
