"""Deliveries: in order for each address, nothing lost, nothing sent by two."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations, messages, outbox
from storage.db import Database
from storage.tables import deliveries
from tests.storage.builders import NOW, claim, later, open_chat, queue, said, to_send


async def statuses(db: Database) -> dict[int, str]:
    async with db.read() as tx:
        return {row.ordinal: row.status for row in await tx.execute(select(deliveries))}


async def test_what_is_claimed_holds_all_that_sending_needs(db: Database) -> None:
    opened = await open_chat(db)
    (message_id,) = await db.write(
        lambda tx: messages.add(tx, [said(opened, {"text": "Välkommen"}, sender="bot", locale="sv")])
    )
    await queue(db, to_send(opened, body=None, message_id=message_id, slot="question"))
    (claimed,) = await claim(db)
    assert claimed == outbox.Claimed(
        id=claimed.id,
        municipality_id="ekero",
        conversation_id=opened.conversation_id,
        message_id=message_id,
        address_id=opened.address_id or 0,
        channel="telegram",
        address="4711",
        op="send",
        body={"text": "Välkommen"},
        slot="question",
        locale="sv",
        priority=0,
        attempts=1,
        possible_duplicate=False,
        made_by=f"test:{opened.conversation_id}",
        previous_external_id=None,
    )


async def test_one_at_a_time_and_in_order(db: Database) -> None:
    opened, other = await open_chat(db), await open_chat(db, "4712")
    await queue(db, *(to_send(opened, n) for n in range(3)), to_send(other))
    first = await claim(db)
    assert [each.body["text"] for each in first] == ["number 0", "number 0"]
    assert {each.address for each in first} == {"4711", "4712"}
    assert await claim(db) == []
    mine = next(each for each in first if each.address == "4711")
    (second,) = await claim(db, mine.sent("m1"))
    (third,) = await claim(db, second.give_up("too long"))
    assert [second.body["text"], third.body["text"]] == ["number 1", "number 2"]
    assert await claim(db, third.sent()) == []


async def test_a_retry_holds_up_its_own_address_only(db: Database) -> None:
    opened, other = await open_chat(db), await open_chat(db, "4712")
    await queue(db, to_send(opened, 0), to_send(opened, 1))
    (first,) = await claim(db)
    assert await claim(db, first.retry(later(seconds=30), "429")) == []
    await queue(db, to_send(other))
    (theirs,) = await claim(db, now=later(seconds=10))
    assert theirs.address == "4712"
    async with db.read() as tx:
        assert await outbox.next_due(tx, ["telegram"]) == later(seconds=30)
    (again,) = await claim(db, now=later(seconds=30))
    assert (again.id, again.attempts, again.possible_duplicate) == (first.id, 2, False)


async def test_a_reply_overtakes_a_broadcast_that_was_not_tried(db: Database) -> None:
    opened = await open_chat(db)
    await queue(db, to_send(opened, 0, priority=9), to_send(opened, 1, priority=5), to_send(opened, 2, priority=0))
    order = []
    claimed = await claim(db)
    while claimed:
        (each,) = claimed
        assert await claim(db) == []  # one in flight, whichever came first
        order.append(each.priority)
        claimed = await claim(db, each.sent())
    assert order == [0, 5, 9]


async def test_a_tried_broadcast_keeps_its_place(db: Database) -> None:
    opened = await open_chat(db)
    await queue(db, to_send(opened, 0, priority=9))
    (bulk,) = await claim(db)
    await queue(db, to_send(opened, 1))
    assert await claim(db) == []  # one in flight
    assert await claim(db, bulk.retry(later(seconds=5), "429")) == []  # the address pauses
    (again,) = await claim(db, now=later(seconds=5))
    assert again.id == bulk.id


async def test_a_lease_that_ended_is_claimed_again(db: Database) -> None:
    opened, other = await open_chat(db), await open_chat(db, "4712")
    await queue(db, to_send(opened, 0), to_send(other, 0, op="edit"))
    first = await claim(db, holder="dead")
    assert await claim(db, now=later(seconds=59)) == []
    second = await claim(db, now=later(seconds=60), holder="alive")
    assert {each.address: each.possible_duplicate for each in second} == {"4711": True, "4712": False}
    assert {each.attempts for each in second} == {2}
    # The dead one speaks after all: too late.
    await claim(db, *(each.give_up("late") for each in first), holder="dead", now=later(seconds=61))
    assert set((await statuses(db)).values()) == {"attempting"}
    assert await claim(db, *(each.sent("m") for each in second), holder="alive", now=later(seconds=62)) == []
    assert set((await statuses(db)).values()) == {"sent"}


async def test_a_late_answer_counts_while_nobody_took_over(db: Database) -> None:
    await queue(db, to_send(await open_chat(db)))
    (first,) = await claim(db)
    assert await claim(db, first.sent("m"), now=later(hours=1)) == []
    assert await statuses(db) == {0: "sent"}


async def test_an_answer_to_an_earlier_claim_of_ones_own_is_too_late(db: Database) -> None:
    await queue(db, to_send(await open_chat(db)))
    (first,) = await claim(db)
    (second,) = await claim(db, now=later(minutes=2))
    await claim(db, first.give_up("of the first attempt"), now=later(minutes=2), limit=0)
    assert await statuses(db) == {0: "attempting"}
    await claim(db, second.sent("m"), now=later(minutes=2), limit=0)
    assert await statuses(db) == {0: "sent"}


async def test_an_interrupted_broadcast_is_in_doubt(db: Database) -> None:
    opened = await open_chat(db)
    await queue(db, to_send(opened, 0, priority=9), to_send(opened, 1, priority=9))
    await claim(db, holder="dead")
    assert await claim(db, now=later(minutes=2)) == []
    assert await statuses(db) == {0: "in_doubt", 1: "waiting"}
    (second,) = await claim(db, now=later(minutes=2))
    assert second.body["text"] == "number 1"
    assert await statuses(db) == {0: "in_doubt", 1: "attempting"}


async def test_urgent_ones_come_first_and_the_limit_holds(db: Database) -> None:
    people = [await open_chat(db, str(n)) for n in range(9)]
    await queue(db, *(to_send(each, priority=priority) for each, priority in zip(people, (9, 5, 0) * 3, strict=True)))
    claimed = await claim(db, limit=5)
    assert [each.priority for each in claimed] == [0, 0, 0, 5, 5]
    assert await claim(db, limit=0) == []
    assert [each.priority for each in await claim(db)] == [5, 9, 9, 9]


async def test_other_channels_are_left_alone(db: Database) -> None:
    opened = await open_chat(db)
    await queue(db, to_send(opened, 0, channel="mail"))
    assert await claim(db) == []
    async with db.read() as tx:
        assert await outbox.next_due(tx, ["telegram"]) is None
        assert await outbox.next_due(tx, ["telegram", "mail"]) == NOW


async def test_later_ones_wait_for_their_time(db: Database) -> None:
    opened = await open_chat(db)
    await queue(db, to_send(opened, 0, due_at=later(hours=9)))
    assert await claim(db, now=later(hours=8)) == []
    assert len(await claim(db, now=later(hours=9))) == 1
    async with db.read() as tx:  # the end of the lease
        assert await outbox.next_due(tx, ["telegram"]) == later(hours=9, seconds=60)


async def test_edit_and_close_know_what_they_change(db: Database) -> None:
    opened, other = await open_chat(db), await open_chat(db, "4712")
    ids = await db.write(lambda tx: messages.add(tx, [said(opened, "question"), said(opened, "status")]))
    await queue(
        db,
        to_send(opened, 0, message_id=ids[0], slot="question"),
        to_send(opened, 1, message_id=ids[1], slot="status"),
        to_send(opened, 2, op="close", slot="question"),
        to_send(opened, 3, op="edit", message_id=ids[1]),
        to_send(opened, 4, op="edit", slot="never sent"),
        to_send(other, 0, slot="question"),
        to_send(other, 1, op="close", slot="question"),
    )
    found: dict[tuple[str | None, int], str | None] = {}
    sent: list[outbox.Result] = []
    while claimed := await claim(db, *sent):
        sent = []
        for each in claimed:
            number = int(each.body["text"][-1])
            found[each.address, number] = each.previous_external_id
            sent.append(each.sent(f"{each.address}/{number}" if each.op == "send" else None))
    assert found == {
        ("4711", 0): None,
        ("4711", 1): None,
        ("4711", 2): "4711/0",
        ("4711", 3): "4711/1",
        ("4711", 4): None,
        ("4712", 0): None,
        ("4712", 1): "4712/0",
    }


async def test_the_same_delivery_is_not_queued_twice(db: Database) -> None:
    opened = await open_chat(db)
    await queue(db, to_send(opened, 0))
    with pytest.raises(IntegrityError):
        await queue(db, to_send(opened, 0))
    rows = [to_send(opened, n) for n in range(3)]
    await db.write(lambda tx: outbox.queue(tx, rows, now=NOW, skip_known=True))
    assert await statuses(db) == {0: "waiting", 1: "waiting", 2: "waiting"}


async def test_a_person_who_is_gone_gets_nothing_more(db: Database) -> None:
    opened, other = await open_chat(db), await open_chat(db, "4712")
    await queue(db, to_send(opened, 0), to_send(opened, 1), to_send(other, 0))
    (first, _) = await claim(db)
    ended = await db.write(
        lambda tx: outbox.give_up_address(tx, first.address_id, "blocked", "bot was blocked by the user", now=NOW)
    )
    assert ended == 2
    assert await claim(db, first.sent("too late")) == []
    async with db.read() as tx:
        assert Counter(row.status for row in await tx.execute(select(deliveries))) == {"given_up": 2, "attempting": 1}
        assert [each.state for each in await conversations.addresses_of(tx, opened.conversation_id)] == ["blocked"]


async def test_all_that_people_wrote_to_a_blocked_chat_goes_out_when_it_is_opened(db: Database) -> None:
    opened = await open_chat(db)
    assert opened.address_id is not None
    address_id = opened.address_id
    rows = [said(opened, {"html": words}, sender="coach") for words in "AB"]
    ids = await db.write(lambda tx: messages.add(tx, rows))
    for minute, message_id in enumerate(ids):
        now = later(minutes=minute)
        await queue(db, to_send(opened, minute, message_id=message_id))
        (tried,) = await claim(db, now=now)
        await db.write(lambda tx, now=now: outbox.give_up_address(tx, address_id, "blocked", "403", now=now))  # type: ignore[misc]
        await claim(db, tried.give_up("403"), now=now)
    assert await db.write(lambda tx: outbox.take_up_address(tx, address_id, now=later(minutes=9))) == 2


async def test_a_letter_goes_in_place_of_what_can_never_arrive(db: Database) -> None:
    opened = await open_chat(db)
    post = await db.write(
        lambda tx: conversations.address(tx, municipality_id="ekero", channel="mail", address="a@example.se", now=NOW)
    )
    letter = {"instead": {"address_id": post.id, "body": {"subject": "A case waits"}}}
    await queue(db, *(to_send(opened, number, body={"html": "A case waits"} | letter) for number in range(4)))
    (first,) = await claim(db)
    (second,) = await claim(db, first.sent("1"))
    (third,) = await claim(db, second.give_up("400 refused"))
    for _twice in range(2):
        await db.write(lambda tx: outbox.give_up_address(tx, third.address_id, "blocked", "blocked", now=NOW))
    await claim(db, third.give_up("blocked"))
    async with db.read() as tx:
        sent = [
            row for row in await tx.execute(select(deliveries).order_by(deliveries.c.ordinal)) if row.channel == "mail"
        ]
    assert [(row.address_id, row.op, row.body, row.status, row.ordinal) for row in sent] == [
        (post.id, "mail", {"subject": "A case waits"}, "waiting", number) for number in (1, 2, 3)
    ]


async def test_a_group_that_became_a_supergroup_keeps_its_row(db: Database) -> None:
    opened = await open_chat(db, "-1")
    await queue(db, to_send(opened))
    assert opened.address_id is not None
    old = opened.address_id
    assert await db.write(lambda tx: outbox.migrate_address(tx, old, "-1001", now=NOW)) == old
    (claimed,) = await claim(db)
    assert claimed.address == "-1001"
    assert (await open_chat(db, "-1001")).conversation_id == opened.conversation_id


async def test_a_group_known_by_its_new_name_takes_over(db: Database) -> None:
    old, new = await open_chat(db, "-1"), await open_chat(db, "-1001")
    await queue(db, to_send(old))
    assert old.address_id is not None
    old_id = old.address_id
    assert await db.write(lambda tx: outbox.migrate_address(tx, old_id, "-1001", now=NOW)) == new.address_id
    (claimed,) = await claim(db)
    assert claimed.address == "-1001"


async def test_four_senders_send_everything_once_and_in_order(db: Database, second_db: Database) -> None:
    people = [await open_chat(db, str(n)) for n in range(6)]
    await queue(db, *(to_send(each, n) for n in range(12) for each in people))
    sent: dict[str | None, list[int]] = defaultdict(list)

    async def send(database: Database, holder: str) -> None:
        results: list[outbox.Result] = []
        empty = 0
        while empty < 5:
            claimed = await claim(database, *results, holder=holder, limit=3)
            results = []
            for each in claimed:
                sent[each.address].append(int(each.body["text"].split()[1]))
                results.append(each.sent())
            empty = 0 if claimed else empty + 1
            await asyncio.sleep(0.001)

    await asyncio.gather(*(send(each, f"{n}") for n, each in enumerate((db, second_db, db, second_db))))
    assert dict(sent) == {str(n): list(range(12)) for n in range(6)}


_channels = itertools.count()
_queue = st.tuples(st.just("queue"), st.integers(0, 1), st.sampled_from((9, 0, 5)))
_steps = st.lists(
    st.one_of(
        _queue,
        st.tuples(st.just("claim"), st.sampled_from("ab"), st.integers(1, 3)),
        st.tuples(st.just("settle"), st.sampled_from("ab"), st.sampled_from(("sent", "retry", "give_up", "in_doubt"))),
        st.tuples(st.just("crash"), st.sampled_from("ab")),
        st.tuples(st.just("wait"), st.integers(1, 70)),
    ),
    min_size=8,
    max_size=40,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(_queue, min_size=3, max_size=8), _steps)
async def test_any_interleaving_keeps_order_and_loses_nothing(
    db: Database, first: list[tuple[Any, ...]], then: list[tuple[Any, ...]]
) -> None:
    """Two senders that claim, settle and die, while the queue grows and time passes."""
    run = Run(db, f"channel {next(_channels)}")
    for step in first + then:
        await run.take(*step)
    await run.finish()


class Run:
    """One history. Its channel is its own, so that all of them may share a database."""

    def __init__(self, db: Database, channel: str) -> None:
        self.db, self.channel, self.now = db, channel, NOW
        self.people: dict[int, conversations.Opened] = {}
        self.queued: list[tuple[int, int]] = []  # person, priority; the place is the ordinal
        self.closed: dict[int, str] = {}
        self.tried: Counter[int] = Counter()
        self.held: dict[str, dict[int, tuple[outbox.Claimed, datetime]]] = {"a": {}, "b": {}}

    async def take(self, action: str, *details: Any) -> None:
        await getattr(self, action)(*details)

    async def queue(self, person: int, priority: int) -> None:
        if person not in self.people:
            self.people[person] = await open_chat(self.db, f"{self.channel}/{person}")
        row = to_send(
            self.people[person],
            len(self.queued),
            priority=priority,
            channel=self.channel,
            made_by=self.channel,
            due_at=self.now,
        )
        self.queued.append((person, priority))
        await queue(self.db, row)

    async def claim(self, sender: str, limit: int, *results: outbox.Result) -> list[outbox.Claimed]:
        claimed = await self.db.write(
            lambda tx: outbox.settle_and_claim(
                tx,
                results,
                holder=sender,
                now=self.now,
                channels=[self.channel],
                limit=limit,
                bulk={self.channel: limit},
            )
        )
        assert max(sum(each.priority == 9 for each in claimed), sum(each.priority != 9 for each in claimed)) <= limit
        for each in claimed:
            self.check(each)
            self.held[sender][self.ordinal(each)] = each, self.now + timedelta(seconds=60)
            self.tried[self.ordinal(each)] += 1
        return claimed

    def ordinal(self, claimed: outbox.Claimed) -> int:
        return int(claimed.body["text"].split()[1])

    def check(self, claimed: outbox.Claimed) -> None:
        this = self.ordinal(claimed)
        person, priority = self.queued[this]
        assert this not in self.closed
        assert claimed.attempts == self.tried[this] + 1
        for other, (whose, its_priority) in enumerate(self.queued):
            if whose == person and other != this:
                in_flight = [held[other][1] for held in self.held.values() if other in held]
                assert not any(until > self.now for until in in_flight), "two in flight to one address"
                if other < this and its_priority <= priority and other not in self.closed:
                    # Only a bulk one may still be open in our books: this claim may just have put it in doubt.
                    assert its_priority == 9 and self.tried[other], "out of order"
        again = any(this in held for held in self.held.values())
        assert not (again and priority == 9), "a broadcast sent again"
        assert claimed.possible_duplicate >= again

    async def settle(self, sender: str, outcome: str) -> None:
        if not self.held[sender]:
            return
        ordinal, (claimed, until) = self.held[sender].popitem()
        result = (
            claimed.retry(self.now + timedelta(seconds=10), "429")
            if outcome == "retry"
            else (claimed.sent("m") if outcome == "sent" else getattr(claimed, outcome)("why"))
        )
        ours = self.tried[ordinal] == claimed.attempts and ordinal not in self.closed
        await self.claim(sender, 0, result)
        if ours and outcome != "retry" and (until > self.now or self.queued[ordinal][1] != 9):
            self.closed[ordinal] = result.status

    async def crash(self, sender: str) -> None:
        self.held[sender].clear()

    async def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    async def finish(self) -> None:
        self.held = {"a": {}, "b": {}}
        self.now += timedelta(minutes=5)
        for _ in range(3 * len(self.queued) + 3):
            claimed = await self.claim("a", 50)
            await self.claim("a", 0, *(each.sent("m") for each in claimed))
            for each in claimed:
                self.closed[self.ordinal(each)] = "sent"
            self.held["a"].clear()
        async with self.db.read() as tx:
            rows = await tx.execute(select(deliveries).where(deliveries.c.channel == self.channel))
            found = {row.ordinal: row.status for row in rows}
            assert await outbox.next_due(tx, [self.channel]) is None
        assert set(found) == set(range(len(self.queued)))
        assert set(found.values()) <= {"sent", "given_up", "in_doubt"}
        assert {ordinal: found[ordinal] for ordinal in self.closed} == self.closed
        assert all(self.queued[ordinal][1] == 9 for ordinal in set(found) - set(self.closed))


async def test_a_long_broadcast_does_not_slow_a_claim(db: Database) -> None:
    """The claim reads small pieces of indexes, however much waits: no plan may walk the whole table."""
    opened = await open_chat(db)
    await queue(db, *(to_send(opened, n, priority=9) for n in range(50)))
    seen: list[tuple[str, Any]] = []
    event.listen(
        db._server.writer,
        "before_cursor_execute",
        lambda connection, cursor, statement, parameters, *rest: seen.append((statement, parameters)),
    )
    await claim(db)
    statements = [each for each in seen if "candidates" in each[0]]
    assert len(statements) == 2, "one for conversations, one for broadcasts"

    async def plan(tx: Any, statement: str, parameters: Any) -> str:
        if db.dialect == "postgresql":
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if db.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        return "\n".join(str(row) for row in await tx.exec_driver_sql(explain + statement, parameters))

    for (statement, parameters), leased in zip(statements, (True, False), strict=True):
        words = await db.write(partial(plan, statement=statement, parameters=parameters))
        assert "ix_deliveries_ready" in words and "ix_deliveries_open" in words
        assert ("ix_deliveries_leased" in words) == leased
        assert "SCAN deliveries" not in words and "Seq Scan on deliveries" not in words
        assert "CTE candidates" in words or "MATERIALIZE candidates" in words, (
            "found once, not once for each that waits"
        )


async def test_the_farewell_goes_to_an_address_already_forgotten(db: Database) -> None:
    from storage.tables import addresses

    opened = await open_chat(db)
    await db.write(lambda tx: tx.execute(update(addresses).values(address=None, address_key=None)))
    await queue(db, to_send(opened, 0, last_address="4711"), to_send(opened, 1))
    (farewell,) = await claim(db)
    assert farewell.address == "4711"
    (again,) = await claim(db, farewell.retry(NOW, "5xx"))
    assert again.address == "4711"
    (lost,) = await claim(db, again.sent())
    assert lost.address is None
    async with db.read() as tx:
        assert set(await tx.scalars(select(deliveries.c.last_address))) == {None}


async def test_what_a_dead_process_had_in_hand_is_claimed_in_order(db: Database) -> None:
    """A turn hands several of an address over at once; after a kill they are taken up again one after another."""
    opened = await open_chat(db)
    rows = [to_send(opened, n) for n in range(3)]

    async def hand_over(tx: AsyncConnection) -> list[outbox.Claimed]:
        return await outbox.queue_claimed(
            tx, rows, [({"text": f"number {n}"}, None) for n in range(3)], address="4711", locale="sv", holder="dead",
            now=NOW, lease_s=6,
        )  # fmt: skip

    first, second, third = await db.write(hand_over)
    assert await claim(db, holder="alive", now=later(seconds=5), limit=1) == []
    for expected in (first, second, third):
        (again,) = await claim(db, holder="alive", now=later(seconds=6), limit=1)
        assert (again.id, again.attempts) == (expected.id, 2)
        assert await claim(db, again.sent("m"), holder="alive", now=later(seconds=6), limit=0) == []


async def test_a_turn_hands_over_only_where_nobody_else_has_anything(db: Database) -> None:
    opened = await open_chat(db)
    assert opened.address_id is not None

    async def free(holder: str, at: datetime) -> bool:
        free, _there = await db.write(
            lambda tx: outbox.standing(tx, opened.address_id or 0, ["question:1"], holder=holder, now=at)
        )
        return free

    assert await free("me", NOW)
    await queue(db, to_send(opened, 0))
    assert not await free("me", NOW)  # it waits, and would be overtaken
    await claim(db, holder="me")
    assert await free("me", NOW) and not await free("another", NOW)
    assert not await free("me", later(seconds=60))  # another may have it by then
