"""Promises run once, at their time, or are cancelled."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations, due
from storage.db import Database
from tests.conftest import Opener
from tests.storage.builders import NOW, later, open_chat


async def promise(db: Database, key: str = "answer:1", at: datetime = NOW, **more: Any) -> int:
    return await db.write(
        lambda tx: due.schedule(
            tx, **{"municipality_id": "ekero", "kind": "answer", "unique_key": key, "due_at": at, "now": NOW} | more
        )
    )


async def ready(db: Database, now: datetime = NOW) -> list[int]:
    async with db.read() as tx:
        return [each.id for each in await due.ready(tx, now)]


async def next_at(db: Database) -> datetime | None:
    async with db.read() as tx:
        return await due.next_at(tx)


async def test_it_runs_once_however_many_try(db: Database, second_db: Database) -> None:
    opened = await open_chat(db)
    ids = [await promise(db, f"k{n}", conversation_id=opened.conversation_id, data={"n": n}) for n in range(10)]
    assert await ready(db) == ids
    taken = await asyncio.gather(
        *(
            each.write(lambda tx, id=id: due.take(tx, id, NOW))  # type: ignore[misc]
            for id in ids
            for each in (db, second_db, db)
        )
    )
    ran = [each for each in taken if each is not None]
    assert sorted(each.data["n"] for each in ran) == list(range(10))
    assert {each.conversation_id for each in ran} == {opened.conversation_id}
    assert await ready(db) == [] and await next_at(db) is None


async def test_it_waits_for_its_time(db: Database) -> None:
    id = await promise(db, at=later(hours=2))
    assert await ready(db, later(hours=1)) == [] and await next_at(db) == later(hours=2)
    assert await db.write(lambda tx: due.take(tx, id, later(hours=1))) is None
    assert await ready(db, later(hours=2)) == [id]


async def test_the_same_key_is_moved_while_it_waits_and_new_afterwards(db: Database) -> None:
    first = await promise(db, at=later(hours=1), data={"try": 1})
    assert await promise(db, at=later(hours=3), data={"try": 2}, kind="late") == first
    assert await promise(db, at=later(hours=3), municipality_id="nacka") != first
    taken = await db.write(lambda tx: due.take(tx, first, later(hours=3)))
    assert taken is not None and (taken.kind, taken.data, taken.due_at) == ("late", {"try": 2}, later(hours=3))
    assert await promise(db, at=later(hours=4)) not in (first,)


async def test_cancelled_ones_do_not_run(db: Database) -> None:
    opened = await open_chat(db)
    id = await promise(db)
    await promise(db, "k1", conversation_id=opened.conversation_id)
    await promise(db, "k2", conversation_id=opened.conversation_id)
    assert await db.write(lambda tx: due.cancel(tx, "nacka", "answer:1", "answered", now=NOW)) is False
    assert await db.write(lambda tx: due.cancel(tx, "ekero", "answer:1", "answered", now=NOW)) is True
    assert await db.write(lambda tx: due.cancel(tx, "ekero", "answer:1", "answered", now=NOW)) is False
    assert await db.write(lambda tx: due.take(tx, id, NOW)) is None
    assert await db.write(lambda tx: due.cancel_all(tx, opened.conversation_id, "closed", now=NOW)) == 2
    assert await ready(db) == []


async def test_failures_are_postponed_then_given_up(db: Database) -> None:
    id = await promise(db)
    assert await db.write(lambda tx: due.postpone(tx, id, later(minutes=1))) == 1
    assert await db.write(lambda tx: due.postpone(tx, id, later(minutes=5))) == 2
    assert await ready(db, later(minutes=4)) == [] and await ready(db, later(minutes=5)) == [id]
    await db.write(lambda tx: due.give_up(tx, id, "failed twice", now=NOW))
    assert await db.write(lambda tx: due.postpone(tx, id, later(minutes=5))) == 0
    assert await ready(db, later(days=1)) == []


async def test_ids_never_come_again(db: Database) -> None:
    """An update's key is made of it: an id that came again would be taken for applied."""
    from sqlalchemy import delete

    from storage.tables import due as table

    first = await promise(db)
    await db.write(lambda tx: tx.execute(delete(table)))
    assert await promise(db) > first


async def test_taking_one_waits_for_a_turn_that_takes_it_back(postgres_url: str, opened: Opener) -> None:
    db, second_db = await opened(postgres_url), await opened(postgres_url)
    chat = await open_chat(db)
    id = await promise(db, conversation_id=chat.conversation_id)
    held, begun = asyncio.Event(), asyncio.Event()

    async def turn(tx: AsyncConnection) -> bool:
        await conversations.by_id(tx, chat.conversation_id)
        held.set()
        await begun.wait()
        await asyncio.sleep(0.2)  # the other one waits by now, for the conversation and for nothing else
        return await due.cancel(tx, "ekero", "answer:1", "answered", now=NOW)

    tries: list[AsyncConnection] = []

    async def clock(tx: AsyncConnection) -> due.Due | None:
        tries.append(tx)
        begun.set()
        taken = await due.take(tx, id, NOW)
        await conversations.by_id(tx, chat.conversation_id)
        return taken

    cancelling = asyncio.create_task(db.write(turn))
    await held.wait()
    taken = await second_db.write(clock)
    assert (await cancelling, taken, len(tries)) == (True, None, 1), "tried once: nobody had to give way to a deadlock"
