"""Needs and open activities: each is shown once, found while it is shown, among its own kind, and over once."""

from __future__ import annotations

from typing import Any

import pytest

from storage import board, cases
from storage.conversations import Opened
from storage.db import Database
from storage.errors import NotFound
from tests.storage.builders import NOW, later, open_chat

POST = {"what": "Någon som bakar", "who": "Kören"}


async def put_up(db: Database, who: Opened, kind: str = "board") -> tuple[int, int]:
    """A post that waits: its id and its case's."""

    async def write(tx: Any) -> tuple[int, int]:
        case_id = await cases.open(
            tx, municipality_id=who.municipality_id, kind=kind, conversation_id=who.conversation_id,
            resident_id=who.resident_id, now=NOW,
        )  # fmt: skip
        post_id = await board.put_up(
            tx, municipality_id=who.municipality_id, resident_id=who.resident_id, conversation_id=who.conversation_id,
            case_id=case_id, post=POST, now=NOW,
        )  # fmt: skip
        return post_id, case_id

    return await db.write(write)


async def ids(db: Database, municipality_id: str = "ekero", kind: str = "board", **time: float) -> list[int]:
    async with db.read() as tx:
        return [each.id for each in await board.shown(tx, municipality_id, kind, later(**time))]


async def test_a_need_is_seen_from_when_it_is_shown_until_it_ends(db: Database) -> None:
    post_id, case_id = await put_up(db, await open_chat(db))
    assert await ids(db) == []
    changed = {**POST, "what": "Någon som bakar bröd"}
    show = lambda tx: board.show(tx, "ekero", post_id, changed, ends_at=later(days=1), now=NOW)  # noqa: E731
    assert [await db.write(show), await db.write(show)] == [True, False]
    assert await ids(db, hours=1) == [post_id]
    assert await ids(db, days=2) == [] and await ids(db, "nacka") == []
    async with db.read() as tx:
        found = await board.of_case(tx, "ekero", case_id)
        assert found is not None and (found.id, found.post, found.status) == (post_id, changed, "shown")


async def test_a_need_is_over_once_and_cannot_be_shown_again(db: Database) -> None:
    who = await open_chat(db)
    post_id, _case_id = await put_up(db, who)
    assert await db.write(lambda tx: board.end(tx, "ekero", post_id, "withdrawn", NOW))
    assert not await db.write(lambda tx: board.end(tx, "ekero", post_id, "filled", NOW))
    assert not await db.write(lambda tx: board.show(tx, "ekero", post_id, POST, ends_at=later(days=1), now=NOW))
    async with db.read() as tx:
        assert (await board.load(tx, "ekero", post_id)).status == "withdrawn"
        assert await board.of_resident(tx, "ekero", who.resident_id) == []


async def test_only_its_owner_has_a_need(db: Database) -> None:
    who, other = await open_chat(db), await open_chat(db, "4712")
    post_id, _case_id = await put_up(db, who)
    async with db.read() as tx:
        assert [each.id for each in await board.of_resident(tx, "ekero", who.resident_id)] == [post_id]
        with pytest.raises(NotFound):
            await board.load(tx, "ekero", post_id, for_resident=other.resident_id)
        with pytest.raises(NotFound):
            await board.load(tx, "nacka", post_id)


async def test_each_kind_is_found_among_its_own(db: Database) -> None:
    who = await open_chat(db)
    need, _case_id = await put_up(db, who)
    activity, _case_id = await put_up(db, who, "open_activity")
    for each in (need, activity):
        await db.write(lambda tx, id=each: board.show(tx, "ekero", id, POST, ends_at=later(days=1), now=NOW))  # type: ignore[misc]
    assert await ids(db) == [need] and await ids(db, kind="open_activity") == [activity]
    await db.write(lambda tx: board.end(tx, "ekero", activity, "expired", NOW))
    await db.write(lambda tx: board.end(tx, "ekero", need, "withdrawn", NOW))
    async with db.read() as tx:
        told = await board.of_resident(tx, "ekero", who.resident_id, board.TOLD)
        assert [(each.id, each.kind) for each in told] == [(activity, "open_activity")]
        assert await board.of_resident(tx, "ekero", who.resident_id) == []


async def test_all_that_is_shown_is_found(db: Database) -> None:
    who = await open_chat(db)

    async def write(tx: Any) -> None:
        for _number in range(201):
            case_id = await cases.open(
                tx, municipality_id="ekero", kind="board", conversation_id=who.conversation_id,
                resident_id=who.resident_id, now=NOW,
            )  # fmt: skip
            post_id = await board.put_up(
                tx, municipality_id="ekero", resident_id=who.resident_id, conversation_id=who.conversation_id,
                case_id=case_id, post=POST, now=NOW,
            )  # fmt: skip
            await board.show(tx, "ekero", post_id, POST, ends_at=later(days=1), now=NOW)

    await db.write(write)
    assert len(await ids(db)) == 201
