"""Two conversations become one: nothing is lost, nobody else's is touched."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from storage import conversations, due, links, merging, plans, residents, retention, shifts, volunteers
from storage.conversations import Opened
from storage.db import Database
from storage.tables import metadata
from tests.storage.builders import NOW, later, open_chat
from tests.storage.test_retention import data, live


async def merge(db: Database, kept: Opened, gone: Opened) -> None:
    await db.write(lambda tx: merging.merge(tx, kept=kept, gone=gone, now=NOW))


async def rows(db: Database, table: str) -> list[Any]:
    async with db.read() as tx:
        return list(await tx.execute(select(metadata.tables[table])))


async def count(db: Database, who: Opened) -> dict[str, int]:
    async with db.read() as tx:
        return await retention.count(tx, who.municipality_id, who.resident_id)


async def test_all_of_both_is_one_persons_and_of_nobody_else(db: Database) -> None:
    kept, gone = await live(db, "1"), await live(db, "2")
    others = [await live(db, "3"), await live(db, "2", municipality_id="nacka")]
    before = [await data(db, each) for each in others]
    one, two = await count(db, kept), await count(db, gone)
    await merge(db, kept, gone)
    united = await count(db, kept)
    ones = (
        "residents",
        "conversations",
        "volunteers",
        "volunteer_checks",
        "talks",
        "listeners",
        "meeting_followers",
        "goods_drivers",
        "seekers",
    )
    assert united == {name: one[name] + two[name] - (name in ones) for name in one}, (
        "every row but those that are one now"
    )
    assert set((await count(db, gone)).values()) == {0}
    for table in metadata.sorted_tables:
        for column in table.c:
            for key in column.foreign_keys:
                old = {"conversations": gone.conversation_id, "residents": gone.resident_id}.get(key.column.table.name)
                assert old is None or old not in [row._mapping[column.name] for row in await rows(db, table.name)]
    assert [await data(db, each) for each in others] == before
    receipt = await db.write(lambda tx: retention.forget(tx, "ekero", kept.resident_id, later(hours=1)))
    assert receipt.sent == 4, "/forget reaches what came from the other one"
    here = [row.address for row in await rows(db, "addresses") if row.municipality_id == "ekero"]
    assert {each for each in here if not (each or "").startswith("-")} == {None, "3"}, "topics are the coaches' own"
    assert [await data(db, each) for each in others] == before


async def test_what_both_had_is_there_once(db: Database) -> None:
    kept, gone, third = [await open_chat(db, address) for address in ("1", "2", "3")]
    made: list[int] = []

    async def prepare(tx: Any) -> None:
        for owner in (kept, gone, third):
            plan_id, _version = await plans.save_version(
                tx, municipality_id="ekero", resident_id=owner.resident_id, conversation_id=owner.conversation_id,
                title="A plan", answers={}, locale="sv", now=NOW,
            )  # fmt: skip
            made.append(plan_id)
            for guest in (kept, gone):
                await plans.join(tx, "ekero", plan_id, guest.resident_id, via="link", now=NOW)
        for owner in (kept, gone):
            await due.schedule(
                tx, municipality_id="ekero", kind="look", conversation_id=owner.conversation_id, due_at=NOW, now=NOW,
                unique_key=f"conversation:{owner.conversation_id}:look",
            )  # fmt: skip
        await due.schedule(
            tx, municipality_id="ekero", kind="late", conversation_id=gone.conversation_id, due_at=NOW, now=NOW,
            unique_key=f"conversation:{gone.conversation_id}:case:1:late",
        )  # fmt: skip

    await db.write(prepare)
    await merge(db, kept, gone)
    assert [(row.plan_id, row.resident_id) for row in await rows(db, "plan_members")] == [(made[2], kept.resident_id)]
    waiting = [row.unique_key for row in await rows(db, "due") if row.status == "waiting"]
    assert sorted(waiting) == [f"conversation:{kept.conversation_id}:{key}" for key in ("case:1:late", "look")]


async def test_a_wish_to_be_left_in_peace_and_a_hold_go_over(db: Database) -> None:
    kept, gone = await open_chat(db, "1"), await open_chat(db, "2")

    async def prepare(tx: Any) -> None:
        await residents.stop(tx, gone.resident_id, NOW)
        await residents.set_protected(tx, gone.resident_id, True)
        await residents.set_name(tx, kept.resident_id, "Amina")
        await residents.set_name(tx, gone.resident_id, "A.")
        await conversations.set_hold(tx, "ekero", gone.conversation_id, "asked for")
        await conversations.set_holder(tx, gone.conversation_id, "waiting", now=NOW)
        await conversations.set_record(tx, "ekero", kept.conversation_id, "registered", number="2026-7")
        await conversations.set_restore_token(tx, gone.conversation_id, b"hash")

    await db.write(prepare)
    await merge(db, kept, gone)
    who = await db.write(lambda tx: conversations.by_id(tx, kept.conversation_id))
    assert (who.stopped_at, who.protected, who.name, who.hold, who.holder) == (NOW, True, "Amina", True, "waiting")
    assert who.record_state == "registered"
    async with db.read() as tx:
        assert await conversations.by_restore_token(tx, "ekero", b"hash") == kept.conversation_id


async def test_never_across_municipalities(db: Database) -> None:
    kept, gone = await open_chat(db, "1"), await open_chat(db, "1", municipality_id="nacka")
    for one, other in ((kept, gone), (kept, kept)):
        with pytest.raises(ValueError, match="of one municipality"):
            await merge(db, one, other)
    token = await db.write(
        lambda tx: links.make(tx, municipality_id="ekero", purpose="move", now=NOW, expires_at=None, single_use=True)
    )
    with pytest.raises(links.NotFound):
        await db.write(lambda tx: links.use(tx, token, "move", NOW, municipality_id="nacka"))
    assert await db.write(lambda tx: links.use(tx, token, "move", NOW, municipality_id="ekero"))


async def test_two_offers_become_one_and_no_place_is_lost(db: Database) -> None:
    kept, gone = await open_chat(db, "1"), await open_chat(db, "2")
    mine: dict[str, Any] = {"municipality_id": "ekero"}

    async def prepare(tx: Any) -> None:
        ids = [
            await volunteers.save(tx, **mine, resident_id=who.resident_id, conversation_id=who.conversation_id,
                                  offer={"name": name}, now=at)
            for who, name, at in ((gone, "older", NOW), (kept, "newer", later(hours=1)))
        ]  # fmt: skip
        need = {"what": "", "helper": ids[0]}
        await shifts.add_need(tx, **mine, kind="errand", need=need, area=None, priority=1, status="accepted",
                              times=[(later(days=1), later(days=1, hours=1))], places=1, now=NOW)  # fmt: skip
        for id, status in zip(ids, ("taken", "standby"), strict=True):
            signup = await shifts.sign_up(
                tx, **mine, shift_id=1, volunteer_id=id, status=status, made_by="self", now=NOW
            )
            if status == "taken":
                assert await shifts.hold_place(tx, 1, signup)

    await db.write(prepare)
    await merge(db, kept, gone)
    (offer,), (signup,), (need,) = [await rows(db, name) for name in ("volunteers", "signups", "needs")]
    assert (offer.offer, offer.resident_id) == ({"name": "newer"}, kept.resident_id)
    assert (signup.volunteer_id, signup.status, need.need["helper"]) == (offer.id, "taken", offer.id)
    assert [row.signup_id for row in await rows(db, "shift_places")] == [signup.id]
