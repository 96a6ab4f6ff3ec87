"""Sends what was committed: in order for each recipient, paced, retried, given up with a reason.

A delivery is marked as attempted, and that is committed, before the call is made. After a crash it is sent again: a
rare second copy is better than silence. A recipient who must wait holds nobody else up.

Broadcasts have a lane of their own. They are claimed ahead, so that a slow disk costs no time, and wait in one line for
each channel; nothing they do takes away what replies need. After a crash they are not sent again, but in doubt.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from bisect import insort
from collections import ChainMap, OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.errors import GiveUp, Gone, InDoubt, Migrated, NotYet, Retry, SendError, Wait
from storage import outbox
from storage.db import Database
from storage.outbox import Claimed, Result

CONCURRENT = 64
"""So many calls at once."""
BULK_CONCURRENT, BULK_CONCURRENT_PAID = 32, 128
"""So many deliveries of broadcasts in hand at one channel: claimed ahead, under way, or not yet recorded. After a crash no
more than these are in doubt."""
IN_HAND = 1000
"""So many deliveries are held in memory; what comes beyond them waits in the database."""
LEASE_S = 6.0
"""How long an attempted delivery is left alone before another process may take it for dead."""
RENEW_S = 2.0
"""How often leases of what is still in hand are renewed."""
STOP_S = 5.0
"""How long what is in flight may take when the program stops."""
LOOK_S = 1.0
"""How often to look for what waits, without having been told of anything."""
REMEMBERED_S = 5.0
"""How long what was just sent, or given back, is remembered although the database knows it: turns under way may not."""
RATE_S = 0.03
"""The shortest rest between two looks, about the time in which one message may be sent."""
SETTLE_S, SETTLE_MAX = 0.5, 16
"""What became of a broadcast's deliveries may wait so long to be recorded, or until so many do: every commit is one that a
reply may have to wait for."""
REFUSED_S = 0.005
"""The shortest rest behind a delivery that the gate did not let through: a paused broadcast is not rushed through."""
BACK_OFF_MAX_S = 60.0
ATTEMPTS = 1440
"""At the longest back-off about a day."""

log = structlog.get_logger()


Gate = Callable[[Claimed], Awaitable[None]]
"""Asked before a broadcast's delivery is really sent. Raises GiveUp or NotYet where it is not to be."""


class Channel(Protocol):
    """One way out. `delay_s` says how long a recipient must still wait (seconds), `budget` how many may be sent now.

    Of broadcasts `bulk_limit` deliveries may be in hand, and the next one goes in `bulk_delay_s`, when so many others
    were let go that are not on their way yet.
    """

    async def send(self, delivery: Claimed) -> str | None:
        """Send one delivery; the platform's id of what was sent.

        Raises:
            SendError: One of its kinds says what to do next.
        """

    def delay_s(self, delivery: Claimed) -> float: ...

    def budget(self) -> int: ...

    def bulk_limit(self) -> int: ...

    def bulk_delay_s(self, granted: int) -> float: ...


@dataclass(slots=True)
class _Line:
    """A broadcast's deliveries at one channel: those that wait for their turn, by address, and all that are in hand, with
    when they were claimed or renewed. `more`: more of them wait in the outbox."""

    waiting: OrderedDict[int, Claimed] = field(default_factory=OrderedDict)
    in_hand: dict[int, float] = field(default_factory=dict)
    granted: int = 0
    more: bool = False
    not_before: float = 0.0
    task: asyncio.Task[None] | None = None


class Sender:
    """Sends deliveries, each address's one after another, and records what became of them.

    They come in two ways: handed over by a turn that has just committed them under this sender's lease, or found
    waiting. Replies are handed over, so that the outbox need not be searched for each.
    """

    def __init__(
        self, db: Database, channels: Mapping[str, Channel], *, now: Callable[[], datetime],
        gate: Gate | None = None, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.db, self.channels, self.now, self.gate, self.clock = db, dict(channels), now, gate, clock
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"  # no other sender's, ever
        self._chains: dict[int, list[Claimed]] = {}
        self._in_hand: dict[int, float] = {}  # deliveries of conversations, with when they were claimed or renewed
        self._lines = {name: _Line() for name in self.channels}
        self._results: list[tuple[Result, asyncio.Future[None]]] = []
        self._busy: set[asyncio.Task[None]] = set()
        self._busy_with_bulk = 0
        self._calls = asyncio.Semaphore(CONCURRENT)
        self._calling = 0
        self._woken = asyncio.Event()
        self._look_at = 0.0
        self._renew_at = 0.0
        self._settling = False
        self._stopping = False
        self._behind: set[int] = set()
        self._given_back: dict[int, float] = {}
        self._arrived: dict[tuple[int, int | str], tuple[str, float]] = {}

    @property
    def quiet(self) -> bool:
        """Nothing is in hand, and everything that was is recorded."""
        return not (self._busy or self._results or any(line.in_hand for line in self._lines.values()))

    def wake(self, address_id: int | None = None) -> None:
        """Something waits in the outbox, perhaps behind what this sender is sending to the same address."""
        if address_id in self._chains:
            self._behind.add(address_id)
            return
        if address_id is not None and (bulk := self._out_of_line(address_id)) is not None:
            self._record(bulk.release())  # it goes behind what waits there
        self._look_at = 0.0
        self._woken.set()

    def has_room(self, channel: str) -> bool:
        """Whether a turn may queue its replies under this sender's lease."""
        return (
            channel in self.channels
            and len(self._in_hand) < IN_HAND
            and self.channels[channel].budget() > len(self._in_hand) - self._calling
        )

    def hand_over(self, deliveries: Sequence[Claimed]) -> None:
        """Send what a turn has committed under this sender's lease."""
        for delivery in deliveries:
            if self._given_back.get(delivery.address_id, 0.0) > self.clock():
                self._record(delivery.release())  # behind an earlier one that has to wait
            else:
                self._take(delivery)

    async def run(self) -> None:
        """Until cancelled. What is in flight then is finished and recorded."""
        try:
            while True:
                self._woken.clear()
                try:
                    await self._renew()
                    more = await self.cycle()
                except Retry as error:
                    log.warning("outbox waits for the database", reason=str(error))
                    more = False
                    self._look_at = self.clock() + LOOK_S
                if not more:
                    await self._rest()
        finally:
            await asyncio.shield(self._finish())

    async def _finish(self) -> None:
        """Give back what has not been tried, and record what is in flight, as far as that does not take long."""
        self._stopping = True
        for line in self._lines.values():
            if line.task is not None:
                line.task.cancel()
            self._give_back_line(line)
        for address_id, chain in self._chains.items():
            self._give_back(address_id, chain)
        until = self.clock() + STOP_S
        while (self._busy or self._results) and self.clock() < until:
            self._woken.clear()
            await self.cycle(claim=False)
            if self._busy and not self._results:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), until - self.clock())

    async def cycle(self, *, claim: bool = True) -> bool:
        """Record what has come back, and look for what waits when it is time. True when there may be more at once."""
        looks = claim and (self.clock() >= self._look_at or any(map(self._bulk_wanted, self._lines)))
        ready, limit, bulk = self._capacity() if looks else ((), 0, {})
        results, self._results = self._results, []
        if not results and limit <= 0:
            if looks:
                self._look_at = self.clock() + RATE_S
            return False
        self._settling = False
        in_hand = ChainMap(self._in_hand, *(line.in_hand for line in self._lines.values()))
        try:
            claimed = await self.db.write(
                lambda tx: outbox.settle_and_claim(
                    tx, [result for result, _told in results], holder=self.holder, now=self.now(), lease_s=LEASE_S, limit=max(0, limit),
                    channels=ready, bulk=bulk, in_hand=in_hand,
                ),
                ahead=True,
            )  # fmt: skip
        except BaseException:
            self._results = results + self._results
            raise
        for _result, told in results:
            if not told.done():
                told.set_result(None)
        for delivery in claimed:
            self._take(delivery)
            if delivery.priority != outbox.BULK:
                self._behind.add(delivery.address_id)  # one is claimed for each address: the next may stand behind it
        if limit <= 0:
            return False
        talk = sum(each.priority != outbox.BULK for each in claimed)
        if talk == limit:
            return True
        for name, room in bulk.items():
            found = sum(each.channel == name and each.priority == outbox.BULK for each in claimed)
            self._lines[name].more = found == room
        await self._plan_next_look()
        return False

    def _capacity(self) -> tuple[tuple[str, ...], int, dict[str, int]]:
        """The channels that may send now, and how many deliveries may be claimed: of conversations, and of broadcasts for
        each channel."""
        budgets = {name: channel.budget() for name, channel in self.channels.items()}
        ready = tuple(name for name, budget in budgets.items() if budget > 0)
        if not ready:
            return (), 0, {}
        limit = min([CONCURRENT - len(self._busy) + self._busy_with_bulk, *(budgets[name] for name in ready)])
        return ready, limit, {name: room for name in ready if (room := self._bulk_room(name)) > 0}

    def _bulk_room(self, name: str) -> int:
        """How many of broadcasts may be claimed for a channel; none until it is worth the while."""
        line, most = self._lines[name], self.channels[name].bulk_limit()
        room = most - len(line.in_hand)
        worth = most // 2 if len(line.waiting) > most // 8 else max(1, most // 8)  # the line runs dry: calls take long
        return room if room >= worth else 0

    def _bulk_wanted(self, name: str) -> bool:
        """Whether it is known that more of a broadcast waits, and there is room for it."""
        return self._lines[name].more and self._bulk_room(name) > 0

    async def _plan_next_look(self) -> None:
        bulk = [name for name, line in self._lines.items() if not line.more and self._bulk_room(name) > 0]
        async with self.db.read() as tx:
            next_at = await outbox.next_due(tx, tuple(self.channels), bulk)
        in_s = LOOK_S if next_at is None else min(LOOK_S, max(RATE_S, (next_at - self.now()).total_seconds()))
        self._look_at = self.clock() + in_s

    async def _rest(self) -> None:
        """Until woken, or until it is time to look or to renew."""
        in_hand = self._in_hand or any(line.in_hand for line in self._lines.values())
        until = min(self._look_at, self._renew_at) if in_hand else self._look_at
        try:
            async with asyncio.timeout(max(0.0, until - self.clock())):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _renew(self) -> None:
        """Keep the leases of what is in hand, and forget what need not be remembered any more."""
        now = self.clock()
        if now < self._renew_at:
            return
        self._renew_at = now + RENEW_S
        self._given_back = {each: until for each, until in self._given_back.items() if until > now}
        self._arrived = {each: kept for each, kept in self._arrived.items() if kept[1] > now}
        hands = [self._in_hand, *(line.in_hand for line in self._lines.values())]
        old = [each for hand in hands for each, since in hand.items() if since < now - RENEW_S]
        if old:
            until = self.now() + timedelta(seconds=LEASE_S)
            await self.db.write(lambda tx: outbox.renew(tx, old, holder=self.holder, until=until), ahead=True)
            for hand in hands:
                hand |= {each: now for each in old if each in hand}

    # --- one address ------------------------------------------------------------------------------------------------

    def _take(self, delivery: Claimed) -> None:
        """Line a delivery up for its address, urgent ones first; a newer edit of a message replaces an older one."""
        if delivery.priority == outbox.BULK:
            self._line_up(delivery)
            return
        self._in_hand[delivery.id] = self.clock()
        chain = self._chains.get(delivery.address_id)
        if chain is None:
            chain = self._begin(delivery.address_id)
        elif delivery.op == "edit" and delivery.slot is not None:
            for older in [each for each in chain if each.op == "edit" and each.slot == delivery.slot]:
                chain.remove(older)
                self._record(older.replaced())
        _join(chain, delivery)
        if self._settling:
            self._woken.set()  # it may stand behind one whose record is waited for

    def _begin(self, address_id: int, granted: Claimed | None = None) -> list[Claimed]:
        chain: list[Claimed] = []
        self._chains[address_id] = chain
        self._busy_with_bulk += granted is not None
        task = asyncio.create_task(self._send_all(address_id, chain, granted))
        self._busy.add(task)
        task.add_done_callback(self._finished)
        return chain

    async def _send_all(self, address_id: int, chain: list[Claimed], granted: Claimed | None) -> None:
        """Send what there is for an address. `granted` is of a broadcast, and has its turn now."""
        try:
            if granted is not None:
                try:
                    await self._done(granted, await self._deliver_granted(granted), chain)
                finally:
                    self._busy_with_bulk -= 1
            while chain:
                delivery = chain.pop(0)
                if delivery.priority == outbox.BULK:
                    self._line_up(delivery, first=True)
                else:
                    await self._done(delivery, await self._deliver(delivery), chain)
        finally:
            del self._chains[address_id]
            if address_id in self._behind:
                self._behind.discard(address_id)
                self.wake(address_id)

    async def _done(self, delivery: Claimed, result: Result | None, chain: list[Claimed]) -> None:
        """Record it before the next one: at most one message of a chat is ever in doubt."""
        if result is None:
            self._give_back(delivery.address_id, chain)
            return
        if result.external_id is not None:
            self._remember(delivery, result.external_id)
        if result.status == "waiting" and not (result.untried and delivery.priority == outbox.BULK):
            self._give_back(delivery.address_id, chain)
        await self._record(result)

    def _give_back(self, address_id: int, chain: list[Claimed]) -> None:
        """What stands behind one that has to wait, waits in the outbox; so does what a turn still hands over."""
        self._given_back[address_id] = self.clock() + REMEMBERED_S
        for behind in chain:
            self._record(behind.release())
        chain.clear()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._woken.set()

    def _record(self, result: Result) -> asyncio.Future[None]:
        """Have it written down; done when that is committed."""
        told = asyncio.get_running_loop().create_future()
        self._in_hand.pop(result.id, None)
        bulk = any([line.in_hand.pop(result.id, None) is not None for line in self._lines.values()])
        self._results.append((result, told))
        if result.due_at is not None:
            self._look_at = min(self._look_at, self.clock() + max(0.0, (result.due_at - self.now()).total_seconds()))
        elif result.status == "waiting":
            self._look_at = 0.0
        if not bulk or len(self._results) >= SETTLE_MAX or self._stopping:
            self._woken.set()
        elif not self._settling:
            self._settling = True
            asyncio.get_running_loop().call_later(SETTLE_S, self._woken.set)
        return told

    def _remember(self, delivery: Claimed, external_id: str) -> None:
        until = self.clock() + REMEMBERED_S
        for place in (delivery.message_id, delivery.slot):
            if place is not None:
                self._arrived[delivery.address_id, place] = external_id, until

    def _previous(self, delivery: Claimed) -> str | None:
        """The channel's id of what an edit or a close is about: what this process has just sent is known here first."""
        if delivery.op not in outbox.CHANGES:
            return None
        just_sent = [
            self._arrived[delivery.address_id, place][0]
            for place in (delivery.message_id, delivery.slot)
            if place is not None and (delivery.address_id, place) in self._arrived
        ]
        return just_sent[0] if just_sent else delivery.previous_external_id

    async def _deliver(self, delivery: Claimed) -> Result | None:
        """What became of it; None when its lease ran out before, for it may be another process's by now."""
        channel = self.channels[delivery.channel]
        delay_s = channel.delay_s(delivery)
        if delay_s > LEASE_S / 2:
            return delivery.postpone(self.now() + timedelta(seconds=delay_s), "paced")
        if delay_s > 0:
            await asyncio.sleep(delay_s)
        async with self._calls:
            if self._in_hand[delivery.id] < self.clock() - (LEASE_S - 1):
                del self._in_hand[delivery.id]
                return None
            self._calling += 1
            try:
                return await self._attempt(channel, replace(delivery, previous_external_id=self._previous(delivery)))
            finally:
                self._calling -= 1

    async def _attempt(self, channel: Channel, delivery: Claimed) -> Result:
        try:
            try:
                return delivery.sent(await channel.send(delivery))
            except SendError as error:
                return await self._failed(delivery, error)
            except Exception as error:
                log.error("a delivery failed in a way nobody foresaw", kind=type(error).__name__, op=delivery.op)
                return await self._failed(delivery, Wait(type(error).__name__))
        except Retry as error:
            return delivery.retry(self.now() + timedelta(seconds=LOOK_S), str(error))

    async def _failed(self, delivery: Claimed, error: SendError) -> Result:
        now = self.now()
        match error:
            case Gone():
                await self.db.write(
                    lambda tx: outbox.give_up_address(tx, delivery.address_id, error.state, error.reason, now=now)
                )
                behind = [*self._chains[delivery.address_id], self._out_of_line(delivery.address_id)]
                for each in behind:
                    if each is not None:
                        self._record(each.give_up(error.reason))
                self._chains[delivery.address_id].clear()
                return delivery.give_up(error.reason)
            case Migrated():
                await self.db.write(lambda tx: outbox.migrate_address(tx, delivery.address_id, error.address, now=now))
                return delivery.retry(now, error.reason)
            case InDoubt() if delivery.priority == outbox.BULK:
                return delivery.in_doubt(error.reason)
            case NotYet():
                return delivery.postpone(error.at, error.reason)
            case Wait(untried=True):
                rest_s = LOOK_S if error.after_s is None else error.after_s
                return delivery.postpone(now + timedelta(seconds=_scattered(rest_s)), error.reason)
            case Wait() | InDoubt() if delivery.attempts < ATTEMPTS:
                after_s = error.after_s if isinstance(error, Wait) else None
                if after_s is None:
                    after_s = min(BACK_OFF_MAX_S, 0.5 * 2 ** min(delivery.attempts, 10))
                return delivery.retry(now + timedelta(seconds=_scattered(after_s)), error.reason)
            case _:
                log.warning("a delivery was given up", reason=error.reason, op=delivery.op)
                return delivery.give_up(error.reason)

    # --- the line of a broadcast --------------------------------------------------------------------------------------

    def _line_up(self, delivery: Claimed, *, first: bool = False) -> None:
        """It waits for its turn; until then whatever is more urgent at its address goes before it."""
        line = self._lines[delivery.channel]
        line.in_hand.setdefault(delivery.id, self.clock())
        line.waiting[delivery.address_id] = delivery
        if first:
            line.waiting.move_to_end(delivery.address_id, last=False)
        if self._stopping:
            self._give_back_line(line)
        elif line.task is None:
            line.task = asyncio.create_task(self._in_turn(self.channels[delivery.channel], line))

    async def _in_turn(self, channel: Channel, line: _Line) -> None:
        """Let them go one behind the other, as fast as the channel allows."""
        try:
            while line.waiting:
                delay_s = max(channel.bulk_delay_s(line.granted), line.not_before - self.clock())
                if delay_s > LEASE_S / 2:
                    self._give_back_line(line)
                elif delay_s > 0:
                    await asyncio.sleep(delay_s)
                else:
                    self._grant(channel, line)
        finally:
            line.task = None

    def _grant(self, channel: Channel, line: _Line) -> None:
        """The first one's turn, unless its recipient must wait, or gets something else just now."""
        address_id, delivery = line.waiting.popitem(last=False)
        if address_id in self._chains:
            _join(self._chains[address_id], delivery)
        elif (delay_s := channel.delay_s(delivery)) > 0:
            self._record(delivery.postpone(self.now() + timedelta(seconds=delay_s), "paced"))
        else:
            line.granted += 1
            self._begin(address_id, delivery)

    async def _deliver_granted(self, delivery: Claimed) -> Result:
        """Send one of a broadcast, if the gate lets it through."""
        line = self._lines[delivery.channel]
        try:
            refused = await self._at_gate(delivery)
        finally:
            line.granted -= 1
        if refused is not None:
            line.not_before = self.clock() + REFUSED_S
            return refused
        if self._stopping or line.in_hand[delivery.id] < self.clock() - (LEASE_S - 1):
            return delivery.release()  # which changes nothing where its lease is over
        return await self._attempt(self.channels[delivery.channel], delivery)

    async def _at_gate(self, delivery: Claimed) -> Result | None:
        """What becomes of it when it is not let through."""
        if self.gate is None:
            return None
        try:
            await self.gate(delivery)
        except GiveUp as error:
            return delivery.give_up(error.reason)
        except SendError as error:
            return await self._failed(delivery, error)
        except Retry as error:
            return delivery.postpone(self.now() + timedelta(seconds=LOOK_S), str(error))
        except Exception as error:
            log.error("the gate of a broadcast failed in a way nobody foresaw", kind=type(error).__name__)
            return await self._failed(delivery, Wait(type(error).__name__))
        return None

    def _out_of_line(self, address_id: int) -> Claimed | None:
        """Take out what waits there for an address."""
        for line in self._lines.values():
            if address_id in line.waiting:
                return line.waiting.pop(address_id)
        return None

    def _give_back_line(self, line: _Line) -> None:
        for delivery in line.waiting.values():
            self._record(delivery.release())
        line.waiting.clear()


def _join(chain: list[Claimed], delivery: Claimed) -> None:
    insort(chain, delivery, key=lambda each: (each.priority, each.id))


def _scattered(after_s: float) -> float:
    """A little more, so that not everything comes back at the same moment."""
    return after_s + random.uniform(0, 0.25) * min(after_s, 4)
