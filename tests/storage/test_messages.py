"""The record of what was said."""

from __future__ import annotations

from storage import messages
from storage.db import Database
from tests.storage.builders import later, open_chat, said


async def test_ids_follow_the_order_of_the_rows(db: Database) -> None:
    opened = await open_chat(db)
    rows = [said(opened, {"n": n}, sender="bot" if n % 2 else "resident", at=later(seconds=n)) for n in range(50)]
    ids = await db.write(lambda tx: messages.add(tx, rows))
    assert ids == sorted(ids)
    async with db.read() as tx:
        found = await messages.after(tx, opened.conversation_id)
    assert [(message.id, message.body["n"], message.at) for message in found] == [
        (id, n, later(seconds=n)) for n, id in enumerate(ids)
    ]
    assert await db.write(lambda tx: messages.add(tx, [])) == []


async def test_pages_forward_and_back(db: Database) -> None:
    opened, other = await open_chat(db), await open_chat(db, "4712")
    ids = await db.write(lambda tx: messages.add(tx, [said(opened, n) for n in range(10)]))
    await db.write(lambda tx: messages.add(tx, [said(other, "of somebody else")]))

    async with db.read() as tx:
        this = opened.conversation_id
        assert [m.id for m in await messages.after(tx, this, ids[3], limit=3)] == ids[4:7]
        assert [m.id for m in await messages.before(tx, this, limit=3)] == ids[7:]
        assert [m.id for m in await messages.before(tx, this, ids[3], limit=2)] == ids[1:3]
