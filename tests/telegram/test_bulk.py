"""A broadcast beside conversations: real sender, real calls, a strict stand-in, on both databases; time is moved by hand."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bench.program import free_port
from bot import clock
from bot.broadcast_views import reason_of
from bot.errors import GiveUp, NotYet
from bot.handlers.telegram import pace as pace_module
from bot.handlers.telegram.channel import _pace
from bot.handlers.telegram.outgoing import Outgoing
from bot.handlers.telegram.pace import FAILURES, PAID_RATE, Pace
from bot.handlers.telegram.transport import Transport
from bot.outbox import BULK_CONCURRENT, BULK_CONCURRENT_PAID, LEASE_S, Gate, Sender
from bot.settings import Settings
from storage import conversations, outbox
from storage.db import Database
from storage.outbox import BULK, NewDelivery
from storage.tables import deliveries
from tests.bot_api import BotApi
from tests.conftest import KEYS
from tests.telegram.parts import body, claimed, make_document
from tests.telegram.test_kill import _process

CAUSE = "broadcast:1"
FIRST = 9000
NEED = "We need help on Saturday."
AT_ONCE = 8
"""So many of a broadcast the pace lets go at once, at 28 a second."""
BEGUN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Time:
    """One time for the sender, the pace and the stand-in, which stands still unless it is moved."""

    def __init__(self, api: BotApi) -> None:
        self._api, self.gone_s = api, 0.0
        api.clock.stop(BEGUN.timestamp())

    def monotonic(self) -> float:
        return 1000.0 + self.gone_s

    def now(self) -> datetime:
        return BEGUN + timedelta(seconds=self.gone_s)

    def move(self, seconds: float) -> None:
        self.gone_s += seconds
        self._api.clock.advance(seconds)


class Town:
    """People with a chat each, and a sender."""

    def __init__(
        self, db: Database, api: BotApi, transport: Transport, time: Time | None, *, rate: float = 28,
        gate: Gate | None = None,
    ) -> None:  # fmt: skip
        self.db, self.api, self.time = db, api, time
        self.pace = Pace(rate, time.monotonic if time else _monotonic, jitter=lambda: 0.0)
        self.outgoing = Outgoing(transport, self.pace, make_document)
        self.now: Callable[[], datetime] = time.now if time else clock.now
        self.sender = Sender(
            db, {"telegram": self.outgoing}, now=self.now, gate=gate, clock=time.monotonic if time else _monotonic
        )
        self.addresses: list[int] = []

    async def broadcast(self, count: int) -> None:
        """Queue one to so many people."""

        async def fill(tx: Any) -> list[int]:
            addresses = []
            for number in range(count):
                self.api.user(id=FIRST + number, started=True)
                opened = await conversations.open(
                    tx, municipality_id="ekero", channel="telegram", address=str(FIRST + number), now=self.now()
                )
                assert opened.address_id is not None
                addresses.append(opened.address_id)
            rows = [
                NewDelivery("ekero", address, "telegram", "send", CAUSE, at, self.now(), body=body(NEED), priority=BULK)
                for at, address in enumerate(addresses)
            ]
            await outbox.queue(tx, rows, now=self.now())
            return addresses

        self.addresses = await self.db.write(fill)

    def reply(self, number: int, words: str) -> NewDelivery:
        return NewDelivery(
            "ekero", self.addresses[number], "telegram", "send", f"reply:{words}", number, self.now(), body=body(words)
        )

    async def replies(self, number: int, words: str) -> None:
        """As a turn does: queued under the sender's lease and handed over."""
        row = self.reply(number, words)

        async def queue(tx: Any) -> list[outbox.Claimed]:
            free, _there = await outbox.standing(tx, row.address_id, [], holder=self.sender.holder, now=self.now())
            assert free and self.sender.has_room("telegram"), "a turn has to queue it the slow way"
            return await outbox.queue_claimed(
                tx, [row], [(row.body, None)], address=str(FIRST + number), locale="en", holder=self.sender.holder,
                now=self.now(), lease_s=LEASE_S,
            )  # fmt: skip

        self.sender.hand_over(await self.db.write(queue))

    async def works(self) -> None:
        """Let the sender do whatever it can at this moment."""
        rounds = 0
        while rounds < 8:
            await self.sender.cycle()
            await asyncio.sleep(0.005)
            still = self.sender._busy or self.sender._results
            rounds = 0 if still else rounds + 1

    async def goes_by(self, seconds: float, step_s: float = 0.1) -> None:
        assert self.time is not None
        end = self.time.gone_s + seconds
        while self.time.gone_s < end - 1e-9:
            self.time.move(step_s)
            await self.works()

    def texts(self, number: int) -> list[str]:
        return self.api.user(id=FIRST + number).chat.texts

    @property
    def sent(self) -> int:
        """How many of the broadcast have arrived."""
        return sum(call.params["text"] == NEED and call.error is None for call in self.api.calls_of("sendMessage"))

    async def rows(self) -> list[Any]:
        async with self.db.read() as tx:
            statement = select(deliveries).where(deliveries.c.made_by == CAUSE).order_by(deliveries.c.ordinal)
            return list(await tx.execute(statement))

    async def statuses(self) -> Counter[str]:
        return Counter(row.status for row in await self.rows())

    async def until(self, true: Callable[[], Awaitable[bool]], timeout_s: float = 20) -> None:
        async with asyncio.timeout(timeout_s):
            while not await true():
                await asyncio.sleep(0.02)


_monotonic = time.monotonic


@pytest.fixture
def moved(api: BotApi) -> Time:
    return Time(api)


# --- two lanes --------------------------------------------------------------------------------------------------------


async def test_reply_goes_at_once_while_a_broadcast_waits_for_its_turn(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    town = Town(db, api, transport, moved)
    await town.broadcast(60)
    await town.works()
    assert town.sent == AT_ONCE, "no more than there is to spare"
    found = await town.statuses()
    assert found["sent"] == AT_ONCE and 20 < found["attempting"] <= BULK_CONCURRENT, (
        "claimed ahead, as far as it may be"
    )
    await town.replies(20, "yours")
    await town.replies(50, "theirs")
    await town.works()
    assert (town.texts(20), town.texts(50), town.sent) == (["yours"], ["theirs"], AT_ONCE)
    await town.goes_by(3)
    assert town.texts(20) == ["yours", NEED]
    assert town.texts(50) == ["theirs", NEED]
    assert await town.statuses() == {"sent": 60}


async def test_broadcast_goes_out_one_behind_the_other_at_the_whole_rate(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    api.limits.on = True
    town = Town(db, api, transport, moved)
    await town.broadcast(100)
    await town.goes_by(3.7, 0.05)
    assert [call.params["chat_id"] for call in api.calls_of("sendMessage")] == [FIRST + at for at in range(100)]
    assert await town.statuses() == {"sent": 100}
    assert api.limits.refused == 0


async def test_reply_that_waits_in_the_outbox_goes_before_what_was_claimed_ahead(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    town = Town(db, api, transport, moved)
    await town.broadcast(20)
    await town.works()
    await db.write(lambda tx: outbox.queue(tx, [town.reply(12, "yours")], now=moved.now()))
    town.sender.wake(town.addresses[12])
    await town.works()
    assert town.texts(12) == ["yours"]
    await town.goes_by(1)
    assert town.texts(12) == ["yours", NEED]
    assert {row.attempts for row in await town.rows()} == {1}


async def test_turn_that_comes_while_a_reply_is_under_way_is_taken_behind_it(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    town = Town(db, api, transport, moved)
    await town.broadcast(20)
    await town.works()
    api.switches.latency_s = 0.1
    await town.replies(13, "first")
    await town.replies(13, "second")
    await town.goes_by(1)
    assert town.texts(13) == ["first", "second", NEED]
    assert await town.statuses() == {"sent": 20}


async def test_slow_disk_costs_a_broadcast_no_time(
    db: Database, api: BotApi, transport: Transport, moved: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(db, api, transport, moved)
    await town.broadcast(60)
    await town.works()
    stalled, write = asyncio.Event(), db.write

    async def stalls(*arguments: Any, **named: Any) -> Any:
        await stalled.wait()
        return await write(*arguments, **named)

    monkeypatch.setattr(db, "write", stalls)
    cycle = asyncio.create_task(town.sender.cycle())
    for _step in range(10):
        moved.move(0.1)
        await asyncio.sleep(0.05)
    assert town.sent >= AT_ONCE + 24
    stalled.set()
    await cycle
    await town.goes_by(2)
    assert await town.statuses() == {"sent": 60}


async def test_chat_that_must_wait_waits_alone(db: Database, api: BotApi, transport: Transport, moved: Time) -> None:
    town = Town(db, api, transport, moved, rate=0)
    await town.broadcast(20)
    api.fail("sendMessage", 429, chat=FIRST + 4, retry_after=7)
    await town.works()
    assert await town.statuses() == {"sent": 19, "waiting": 1}
    await town.goes_by(6.5, 0.5)
    assert len(api.calls_of("sendMessage", chat=FIRST + 4)) == 1
    await town.goes_by(3, 0.5)
    assert await town.statuses() == {"sent": 20}
    assert town.pace.bulk_delay_s(0) == 0


async def test_person_who_has_just_got_several_replies_gets_the_broadcast_a_little_later(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    api.limits.on = True
    town = Town(db, api, transport, moved)
    await town.broadcast(20)
    for _call in range(3):
        town.pace.end(town.pace.begin(str(FIRST + 1)), reached=True)
    await town.works()
    await town.goes_by(0.5)
    assert (await town.rows())[1].status == "waiting"
    await town.goes_by(1)
    assert [(row.status, row.attempts) for row in await town.rows()] == [("sent", 1)] * 20


async def test_blocked_and_deactivated_people_are_counted(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    town = Town(db, api, transport, moved, rate=0)
    await town.broadcast(20)
    await api.user(id=FIRST + 2).blocks()
    await api.user(id=FIRST + 3).deletes_account()
    await town.works()
    found = Counter((row.status, row.error and reason_of(row.error)) for row in await town.rows())
    assert found == {("sent", None): 18, ("given_up", "blocked"): 1, ("given_up", "deactivated"): 1}


# --- the gate ---------------------------------------------------------------------------------------------------------


async def test_gate_stops_what_was_claimed_ahead(db: Database, api: BotApi, transport: Transport, moved: Time) -> None:
    stopped: set[str | None] = set()

    async def gate(delivery: outbox.Claimed) -> None:
        if delivery.address in stopped:
            raise GiveUp("stopped by the person")

    town = Town(db, api, transport, moved, gate=gate)
    await town.broadcast(20)
    await town.works()
    assert (await town.statuses())["attempting"] == 20 - AT_ONCE
    stopped.add(str(FIRST + 11))
    await town.replies(11, "a reply goes out all the same")
    await town.goes_by(2)
    assert town.texts(11) == ["a reply goes out all the same"]
    assert await town.statuses() == {"sent": 19, "given_up": 1}
    row = (await town.rows())[11]
    assert (row.error, reason_of(row.error)) == ("stopped by the person", "stopped")


async def test_what_the_gate_puts_off_is_as_if_it_had_not_been_tried(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    open_at = moved.now() + timedelta(seconds=5)

    async def gate(delivery: outbox.Claimed) -> None:
        if moved.now() < open_at:
            raise NotYet(open_at, "quiet hours")

    town = Town(db, api, transport, moved, gate=gate)
    await town.broadcast(20)
    await town.goes_by(1)
    assert {(row.status, row.attempts, row.error, row.due_at) for row in await town.rows()} == {
        ("waiting", 0, "quiet hours", open_at)
    }
    assert town.pace.bulk_delay_s(2) == 0, "it costs no tokens"
    await town.replies(11, "yours")
    await town.works()
    await town.goes_by(6)
    assert town.texts(11) == ["yours", NEED]
    assert await town.statuses() == {"sent": 20}


async def test_gate_that_fails_lets_nothing_through(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    async def gate(delivery: outbox.Claimed) -> None:
        if moved.gone_s < 1:
            raise ValueError("a fault of ours")

    town = Town(db, api, transport, moved, gate=gate)
    await town.broadcast(3)
    await town.works()
    assert (town.sent, await town.statuses()) == (0, {"waiting": 3})
    await town.goes_by(4, 0.5)
    assert await town.statuses() == {"sent": 3}


# --- trouble ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outages are looked into twenty times as often."""
    monkeypatch.setattr(pace_module, "PAUSE_MIN_S", 0.025)
    monkeypatch.setattr(pace_module, "PAUSE_MAX_S", 0.5)
    monkeypatch.setattr(pace_module, "TRYING_S", 0.01)


@pytest.mark.usefixtures("hasty")
async def test_platform_that_cannot_be_reached_costs_nothing(db: Database) -> None:
    api = BotApi(seed=1, port=free_port())  # where nobody listens yet
    async with Transport(api.token, api.url) as transport:
        tried = _counted(transport)
        town = Town(db, api, transport, None)
        await town.broadcast(60)
        async with _running(town):
            await town.until(lambda: _is(len(tried) > FAILURES))
            await db.write(lambda tx: outbox.queue(tx, [town.reply(55, "yours")], now=town.now()))
            town.sender.wake(town.addresses[55])
            await asyncio.sleep(1)
            assert set(await town.statuses()) == {"waiting", "attempting"}
            assert {row.attempts for row in await town.rows() if row.status == "waiting"} == {0}
            assert len(tried) <= AT_ONCE + FAILURES + 10, "those that were on their way, and one now and then"
            async with api:
                await town.until(lambda: _all_sent(town, 60))
                await town.until(lambda: _is(set(town.texts(55)) == {"yours", NEED}))
    assert all(town.texts(number).count(NEED) == 1 for number in range(60))
    assert town.texts(55) == ["yours", NEED]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("method", ["*", "sendMessage"])
async def test_platform_that_fails_puts_few_in_doubt(
    db: Database, api: BotApi, transport: Transport, method: str
) -> None:
    town = Town(db, api, transport, None)
    await town.broadcast(60)
    fault = api.fail(method, 502, times=None)
    async with _running(town):
        await town.until(lambda: _is(api.counts["getMe"] >= 6))
        fault.cancel()
        await town.until(lambda: _nothing_waits(town))
    found = await town.statuses()
    assert found["sent"] + found["in_doubt"] == 60
    assert found["in_doubt"] <= AT_ONCE + FAILURES + (4 if method == "*" else 12)
    assert town.sent == found["sent"], "nobody got it twice"


async def test_bot_that_is_too_fast_waits_and_goes_on_a_little_slower(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    api.limits.on, api.limits.all_per_s = True, 20
    town = Town(db, api, transport, moved, rate=28)
    await town.broadcast(100)
    await town.goes_by(7, 0.1)
    assert await town.statuses() == {"sent": 100}
    refused = [call for call in api.calls_of("sendMessage") if call.status == 429]
    assert 3 <= len(refused) <= 20
    assert 20 < town.pace.bulk_per_s < 28
    for call in refused:
        later = [each.at for each in api.calls_of("sendMessage", chat=call.params["chat_id"]) if each.at > call.at]
        assert min(later) >= call.at + 1, "never earlier than told"
    first = min(call.at for call in refused)
    assert not [call for call in api.calls_of("sendMessage") if first + 0.3 < call.at < first + 1]


async def test_paid_broadcast_says_so_and_replies_do_not(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    outgoing = Outgoing(transport, Pace(28, moved.monotonic, 950), make_document, paid=True)
    api.user(id=FIRST, started=True)
    document = body("", attachment={"kind": "poster", "subject": 1, "caption": NEED})
    for op, given in (("send", body(NEED)), ("document", document), ("send", body("", place=[59.2, 17.8]))):
        for priority in (BULK, outbox.INTERACTIVE):
            await outgoing.send(claimed(str(FIRST), op, given, priority=priority))
            moved.move(2)
    calls = [call for call in api.calls if call.method in ("sendMessage", "sendDocument", "sendLocation")]
    assert [str(call.params.get("allow_paid_broadcast")).lower() for call in calls] == ["true", "none"] * 3
    number = await outgoing.send(claimed(str(FIRST), "send", body(NEED), priority=BULK))
    changed = claimed(str(FIRST), "edit", body("Changed"), priority=BULK, previous_external_id=number)
    assert await outgoing.send(changed) == number
    assert outgoing.bulk_limit() == BULK_CONCURRENT_PAID


@pytest.mark.parametrize(
    ("rate", "paid", "replies", "bulk"),
    [(28, False, 28, 28), (14, False, 14, 14), (28, True, 28, PAID_RATE), (300, True, 28, 300), (0, True, 0, 0)],
)
def test_rates_follow_the_settings(rate: float, paid: bool, replies: float, bulk: float) -> None:
    found = _pace(Settings(telegram_rate=rate, paid_broadcast=paid), lambda: 0.0)
    assert (found.bulk_per_s, found._rate) == (bulk, replies)


# --- stopping ---------------------------------------------------------------------------------------------------------


async def test_orderly_stop_gives_back_what_was_not_tried(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    town = Town(db, api, transport, moved)
    await town.broadcast(50)
    async with _running(town):
        await town.until(lambda: _is(town.sent == AT_ONCE))
        await asyncio.sleep(0.05)
    found = Counter((row.status, row.attempts, row.leased_by) for row in await town.rows())
    assert found == {("sent", 1, None): AT_ONCE, ("waiting", 0, None): 50 - AT_ONCE}
    other = Town(db, api, transport, moved, rate=0)
    await other.works()
    assert await town.statuses() == {"sent": 50}


async def test_stop_while_the_gate_is_asked_sends_nothing_more(
    db: Database, api: BotApi, transport: Transport, moved: Time
) -> None:
    asked = asyncio.Event()

    async def gate(delivery: outbox.Claimed) -> None:
        asked.set()
        await asyncio.sleep(0.1)

    town = Town(db, api, transport, moved, gate=gate)
    await town.broadcast(5)
    async with _running(town):
        await asked.wait()
    assert (town.sent, await town.statuses()) == (0, {"waiting": 5})
    assert {row.attempts for row in await town.rows()} == {0}


async def test_killed_again_and_again_nobody_gets_it_twice(api: BotApi, transport: Transport, db_url: str) -> None:
    people, kills = 300, 2
    db = await Database.open(db_url, KEYS)
    town = Town(db, api, transport, None)
    await town.broadcast(people)
    api.switches.latency_s = 0.03
    for kill in range(1, kills + 1):
        async with _process(api, db_url, "polling"):
            await town.until(lambda kill=kill: _is(town.sent > kill * 80))  # type: ignore[misc]
        assert 0 < (await town.statuses())["attempting"] <= kill * BULK_CONCURRENT
    async with _process(api, db_url, "polling"):
        await town.until(lambda: _nothing_waits(town), 30)
    found = await town.statuses()
    assert set(found) <= {"sent", "in_doubt"} and found.total() == people
    assert 0 < found["in_doubt"] <= kills * BULK_CONCURRENT
    assert set(_arrived(town, people).values()) <= {0, 1}, "nobody got it twice"
    assert all(
        count or row.status == "in_doubt"
        for count, row in zip(_arrived(town, people).values(), await town.rows(), strict=True)
    )
    assert await db.write(lambda tx: outbox.resend_doubtful(tx, CAUSE, clock.now())) == found["in_doubt"]
    async with _process(api, db_url, "polling"):
        await town.until(lambda: _all_sent(town, people), 30)
    assert min(_arrived(town, people).values()) == 1
    await db.close()


def _arrived(town: Town, people: int) -> dict[int, int]:
    return {number: town.texts(number).count(NEED) for number in range(people)}


async def _is(true: bool) -> bool:
    return true


async def _all_sent(town: Town, count: int) -> bool:
    return await town.statuses() == {"sent": count}


async def _nothing_waits(town: Town) -> bool:
    return not {row.status for row in await town.rows()} & {"waiting", "attempting"}


def _counted(transport: Transport) -> list[str]:
    """The methods that are called from now on."""
    real, called = transport.call, list[str]()

    async def call(method: str, *arguments: Any, **named: Any) -> Any:
        called.append(method)
        return await real(method, *arguments, **named)

    transport.call = call  # type: ignore[method-assign]
    return called


@asynccontextmanager
async def _running(town: Town) -> AsyncIterator[None]:
    """The sender at work; at the end it is stopped in order."""
    sending = asyncio.create_task(town.sender.run())
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
