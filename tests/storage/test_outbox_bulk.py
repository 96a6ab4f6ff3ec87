"""Broadcasts in the outbox: a lane of their own, counted, ended, sent again; cheap however many there are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, select, text, update

from storage import conversations, messages, outbox
from storage.db import Database
from storage.outbox import BULK, INTERACTIVE, NOTICE
from storage.tables import deliveries
from tests.storage.builders import NOW, later, open_chat, queue, said, to_send

CAUSE = "broadcast:7"


async def _broadcast(db: Database, count: int, *, first: int = 0, **more: Any) -> list[conversations.Opened]:
    """So many people who are to get it."""
    people = [await open_chat(db, str(9000 + number)) for number in range(first, first + count)]
    rows = [
        to_send(each, number, priority=BULK, made_by=CAUSE, **more) for number, each in enumerate(people, start=first)
    ]
    await queue(db, *rows)
    return people


async def _claim(
    db: Database, *results: outbox.Result, limit: int, bulk: dict[str, int], **more: Any
) -> list[outbox.Claimed]:
    given = {"holder": "one", "now": NOW, "channels": ["telegram", "mail"]} | more
    return await db.write(lambda tx: outbox.settle_and_claim(tx, results, limit=limit, bulk=bulk, **given))


async def _rows(db: Database) -> list[Any]:
    async with db.read() as tx:
        return list(await tx.execute(select(deliveries).order_by(deliveries.c.id)))


async def test_replies_and_broadcasts_are_claimed_with_a_limit_each(db: Database) -> None:
    await _broadcast(db, 6)
    people = [await open_chat(db, str(n)) for n in range(4)]
    await queue(db, *(to_send(each, 0, priority=priority) for each, priority in zip(people, (0, 5, 0, 5), strict=True)))
    claimed = await _claim(db, limit=5, bulk={"telegram": 3})
    assert [each.priority for each in claimed] == [INTERACTIVE, INTERACTIVE, NOTICE, NOTICE, BULK, BULK, BULK]
    assert [each.address for each in claimed[4:]] == ["9000", "9001", "9002"]
    assert await _claim(db, limit=5, bulk={}) == []
    assert len(await _claim(db, limit=5, bulk={"telegram": 30})) == 3


async def test_nothing_of_a_broadcast_is_claimed_while_replies_fill_their_limit(db: Database) -> None:
    await _broadcast(db, 3)
    people = [await open_chat(db, str(n)) for n in range(4)]
    await queue(db, *(to_send(each) for each in people))
    assert [each.priority for each in await _claim(db, limit=3, bulk={"telegram": 3})] == [0, 0, 0]
    assert [each.priority for each in await _claim(db, limit=3, bulk={"telegram": 3})] == [0, 9, 9, 9]
    assert await _claim(db, limit=0, bulk={"telegram": 3}) == []


async def test_what_ended_with_a_dead_process_holds_no_broadcast_up(db: Database) -> None:
    await _broadcast(db, 6)
    assert len(await _claim(db, limit=2, bulk={"telegram": 4})) == 4
    after = {"holder": "two", "now": later(minutes=5)}
    assert [each.address for each in await _claim(db, limit=2, bulk={"telegram": 4}, **after)] == ["9004", "9005"]
    assert await _claim(db, limit=2, bulk={"telegram": 4}, **after) == []
    assert [row.status for row in await _rows(db)] == ["in_doubt"] * 4 + ["attempting"] * 2


async def test_each_channel_has_its_own_limit(db: Database) -> None:
    await _broadcast(db, 5)
    await _broadcast(db, 5, first=5, channel="mail")
    claimed = await _claim(db, limit=1, bulk={"telegram": 4, "mail": 2})
    assert sorted(each.channel for each in claimed) == ["mail"] * 2 + ["telegram"] * 4


async def test_somebody_who_waits_for_a_reply_gets_that_first(db: Database) -> None:
    (person,) = await _broadcast(db, 1)
    await queue(db, to_send(person, 1, made_by="reply"))
    (reply,) = await _claim(db, limit=5, bulk={"telegram": 5})
    assert reply.made_by == "reply"
    (bulk,) = await _claim(db, reply.sent("1"), limit=5, bulk={"telegram": 5})
    assert bulk.made_by == CAUSE


async def test_turn_hands_its_replies_over_although_a_broadcast_waits_for_the_same_person(db: Database) -> None:
    (person,) = await _broadcast(db, 1)

    async def free(holder: str) -> bool:
        found, _there = await db.write(
            lambda tx: outbox.standing(tx, person.address_id or 0, ["question:1"], holder=holder, now=NOW)
        )
        return found

    assert await free("one") and await free("another")
    (bulk,) = await _claim(db, limit=1, bulk={"telegram": 1})
    assert await free("one") and not await free("another"), "it is being sent"
    await _claim(db, bulk.retry(later(seconds=5), "429"), limit=0, bulk={})
    assert not await free("one"), "it was tried, and keeps its place"


async def test_what_is_in_hand_is_not_in_doubt_however_late_its_lease_is(db: Database) -> None:
    await _broadcast(db, 2)
    mine, other = await _claim(db, limit=1, bulk={"telegram": 2})
    assert await _claim(db, limit=5, bulk={}, now=later(minutes=5), in_hand={mine.id}) == []
    assert [row.status for row in await _rows(db)] == ["attempting", "in_doubt"]
    await _claim(db, mine.sent("1"), other.sent("2"), limit=0, bulk={})
    assert [row.status for row in await _rows(db)] == ["sent", "in_doubt"]


async def test_what_is_put_off_untried_lets_replies_go_first(db: Database) -> None:
    (person,) = await _broadcast(db, 1)
    (bulk,) = await _claim(db, limit=1, bulk={"telegram": 1})
    assert await _claim(db, bulk.postpone(later(hours=9), "quiet hours"), limit=1, bulk={"telegram": 1}) == []
    (row,) = await _rows(db)
    assert (row.status, row.attempts, row.due_at, row.error) == ("waiting", 0, later(hours=9), "quiet hours")
    await queue(db, to_send(person, 1, made_by="reply"))
    (reply,) = await _claim(db, limit=1, bulk={"telegram": 1})
    assert reply.made_by == "reply"


async def test_when_to_look_again_need_not_mind_broadcasts(db: Database) -> None:
    await _broadcast(db, 1)
    async with db.read() as tx:
        assert await outbox.next_due(tx, ["telegram"]) == NOW
        assert await outbox.next_due(tx, ["telegram"], ["telegram"]) == NOW
        assert await outbox.next_due(tx, ["telegram"], []) is None


async def _ended(db: Database, error: str) -> None:
    (claimed,) = await _claim(db, limit=1, bulk={"telegram": 1})
    await _claim(db, claimed.give_up(error), limit=0, bulk={})


async def test_a_cancelled_broadcast_ends_with_its_messages(db: Database) -> None:
    people = [await open_chat(db, str(9000 + number)) for number in range(5)]
    ids = await db.write(lambda tx: messages.add(tx, [said(each, {"text": "Hej"}, sender="bot") for each in people]))
    rows = [
        to_send(each, at, priority=BULK, made_by=CAUSE, body=None, message_id=ids[at]) for at, each in enumerate(people)
    ]
    await queue(db, *rows, to_send(people[0], 9, priority=BULK, made_by="broadcast:8"))
    (held,) = await _claim(db, limit=1, bulk={"telegram": 1})
    (tried,) = await _claim(db, limit=1, bulk={"telegram": 1})
    await _claim(db, tried.retry(later(seconds=9), "429"), limit=0, bulk={})
    assert [await db.write(lambda tx: outbox.end_bulk(tx, CAUSE, "stopped by the sender", NOW)) for _ in range(2)] == [
        4,
        0,
    ]
    async with db.read() as tx:
        left = [each.id for each in await messages.some(tx, "ekero", ids)]
    assert left == ids[:1], "what a sender has in hand is its own to settle"
    await _claim(db, held.sent("1"), limit=0, bulk={})
    found = [(row.status, row.error, row.made_by) for row in await _rows(db)]
    assert found[0][0] == "sent" and found[-1][0] == "waiting"
    assert set(found[1:-1]) == {("given_up", "stopped by the sender", CAUSE)}


async def test_what_is_in_doubt_is_sent_again_only_when_somebody_wants_it(db: Database) -> None:
    people = await _broadcast(db, 3)
    doubtful = await _claim(db, limit=1, bulk={"telegram": 2})
    await _claim(db, *(each.in_doubt("no answer") for each in doubtful), limit=0, bulk={})
    await db.write(
        lambda tx: tx.execute(update(deliveries).where(deliveries.c.id == doubtful[1].id).values(body=None))
    )  # so much later that it has been forgotten
    assert await db.write(lambda tx: outbox.resend_doubtful(tx, "broadcast:8", later(hours=1))) == 0
    assert await db.write(lambda tx: outbox.resend_doubtful(tx, CAUSE, later(hours=1))) == 1
    assert await db.write(lambda tx: outbox.resend_doubtful(tx, CAUSE, later(hours=1))) == 0
    await queue(db, to_send(people[0], 9, made_by="reply"))
    claimed = await _claim(db, limit=9, bulk={"telegram": 9}, now=later(hours=1))
    assert [each.made_by for each in claimed] == ["reply", CAUSE], "a reply goes before what counts as not tried"
    (again,) = await _claim(db, claimed[0].sent("1"), limit=9, bulk={"telegram": 9}, now=later(hours=1))
    assert (again.id, again.attempts, again.possible_duplicate) == (doubtful[0].id, 1, True)
    assert [row.status for row in await _rows(db) if row.made_by == CAUSE] == ["attempting", "in_doubt", "attempting"]


async def test_questions_about_a_broadcast_read_their_own_index(db: Database) -> None:
    """However many deliveries there are besides."""
    await _broadcast(db, 3)
    seen: list[tuple[str, Any]] = []
    event.listen(
        db._server.writer,
        "before_cursor_execute",
        lambda connection, cursor, statement, parameters, *rest: seen.append((statement, parameters)),
    )

    async def ask(tx: Any) -> None:
        await outbox.end_bulk(tx, CAUSE, "stopped", NOW)
        await outbox.resend_doubtful(tx, CAUSE, NOW)

    await db.write(ask)
    asked = [each for each in seen if "made_by" in each[0] and each[0].startswith(("SELECT", "UPDATE", "WITH"))]
    assert len(asked) >= 2

    async def plan(tx: Any) -> list[str]:
        if db.dialect == "postgresql":
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if db.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        return [
            "\n".join(str(row) for row in await tx.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in asked
        ]

    for words in await db.write(plan):
        assert "ix_deliveries_bulk" in words, words
        assert "SCAN deliveries" not in words and "Seq Scan on deliveries" not in words
