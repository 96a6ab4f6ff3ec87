"""What the coaches' topics need of the outbox: joined while untried, paced without counting, a beginning before the rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from storage import conversations, outbox
from storage.db import Database
from storage.outbox import FIRST, NewDelivery

NOW = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


async def _address(db: Database) -> int:
    async def write(tx: Any) -> int:
        row = await conversations.address(tx, municipality_id="ekero", channel="telegram", address="-1/2", now=NOW)
        return row.id

    return await db.write(write)


def _row(address_id: int, name: str, **more: Any) -> NewDelivery:
    body = {"made": name}
    return NewDelivery("ekero", address_id, "telegram", "send", name, 0, NOW, body=body, **more)


async def _claim(db: Database, results: Any = (), at: datetime = NOW) -> list[Any]:
    return await db.write(
        lambda tx: outbox.settle_and_claim(tx, list(results), holder="one", now=at, channels=("telegram",))
    )


async def test_what_waits_untried_may_be_added_to(db: Database) -> None:
    there = await _address(db)
    await db.write(lambda tx: outbox.queue(tx, [_row(there, "a", slot="s")], now=NOW))
    assert not await db.write(lambda tx: outbox.queue_unless(tx, _row(there, "b", slot="s"), now=NOW))
    found = await db.write(lambda tx: outbox.untried(tx, there, ("send",)))
    assert found is not None and found[1] == {"made": "a"}
    assert await db.write(lambda tx: outbox.untried(tx, there, ("edit",))) is None
    await db.write(lambda tx: outbox.set_body(tx, found[0], {"made": "more"}))
    (claimed,) = await _claim(db)
    assert claimed.body == {"made": "more"}
    assert await db.write(lambda tx: outbox.untried(tx, there, ("send",))) is None
    later = NOW + timedelta(seconds=5)
    assert await _claim(db, [claimed.postpone(later, "paced")]) == []
    assert await db.write(lambda tx: outbox.untried(tx, there, ("send",), "s")) is not None, "it was not tried"
    (again,) = await _claim(db, at=later)
    assert (again.attempts, again.possible_duplicate) == (1, False)


async def test_a_new_beginning_goes_before_what_was_tried_already(db: Database) -> None:
    there = await _address(db)
    await db.write(lambda tx: outbox.queue(tx, [_row(there, "failed"), _row(there, "behind")], now=NOW))
    (failed,) = await _claim(db)
    first = [_row(there, "card", priority=FIRST), _row(there, "history", priority=FIRST)]
    await db.write(lambda tx: outbox.queue(tx, first, now=NOW))
    order = []
    claimed = await _claim(db, [failed.retry(NOW, "moved")])
    while claimed:
        order.append(claimed[0].body["made"])
        claimed = await _claim(db, [claimed[0].sent("7")])
    assert order == ["card", "history", "failed", "behind"]
