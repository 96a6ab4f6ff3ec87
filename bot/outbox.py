"""Sends what was committed: in order for each recipient, paced, retried, given up with a reason.

A delivery is marked as attempted, and that is committed, before the call is made. After a crash it is sent again: a
rare second copy is better than silence. A recipient who must wait holds nobody else up.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.errors import Gone, InDoubt, Migrated, Retry, SendError, Wait
from storage import outbox
from storage.db import Database
from storage.outbox import Claimed, Result

CONCURRENT = 64
"""So many calls at once."""
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
BACK_OFF_MAX_S = 60.0
ATTEMPTS = 1440
"""At the longest back-off about a day."""

log = structlog.get_logger()


class Channel(Protocol):
    """One way out. `delay` says how long a recipient must still wait (seconds), `budget` how many may be sent now."""

    async def send(self, delivery: Claimed) -> str | None:
        """Send one delivery; the platform's id of what was sent.

        Raises:
            SendError: One of its kinds says what to do next.
        """

    def delay_s(self, delivery: Claimed) -> float: ...

    def budget(self) -> int: ...


class Sender:
    """Sends deliveries, each address's one after another, and records what became of them.

    They come in two ways: handed over by a turn that has just committed them under this sender's lease, or found
    waiting. Replies are handed over, so that the outbox need not be searched for each.
    """

    def __init__(self, db: Database, channels: Mapping[str, Channel], *, now: Callable[[], datetime]) -> None:
        self.db, self.channels, self.now = db, dict(channels), now
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"  # no other sender's, ever
        self._chains: dict[int, list[Claimed]] = {}
        self._in_hand: dict[int, float] = {}  # deliveries, with when they were claimed or renewed
        self._results: list[tuple[Result, asyncio.Future[None]]] = []
        self._busy: set[asyncio.Task[None]] = set()
        self._calls = asyncio.Semaphore(CONCURRENT)
        self._woken = asyncio.Event()
        self._look_at = 0.0
        self._renew_at = 0.0
        self._behind: set[int] = set()
        self._given_back: dict[int, float] = {}
        self._arrived: dict[tuple[int, int | str], tuple[str, float]] = {}

    def wake(self, address_id: int | None = None) -> None:
        """Something waits in the outbox, perhaps behind what this sender is sending to the same address."""
        if address_id in self._chains:
            self._behind.add(address_id)
        else:
            self._look_at = 0.0
            self._woken.set()

    def has_room(self, channel: str) -> bool:
        """Whether a turn may queue its replies under this sender's lease."""
        return (
            channel in self.channels
            and len(self._in_hand) < IN_HAND
            and self.channels[channel].budget() > len(self._in_hand)
        )

    def hand_over(self, deliveries: Sequence[Claimed]) -> None:
        """Send what a turn has committed under this sender's lease."""
        for delivery in deliveries:
            if self._given_back.get(delivery.address_id, 0.0) > time.monotonic():
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
                    self._look_at = time.monotonic() + LOOK_S
                if not more:
                    await self._rest()
        finally:
            await asyncio.shield(self._finish())

    async def _finish(self) -> None:
        """Give back what has not been tried, and record what is in flight, as far as that does not take long."""
        for address_id, chain in self._chains.items():
            self._give_back(address_id, chain)
        until = time.monotonic() + STOP_S
        while (self._busy or self._results) and time.monotonic() < until:
            self._woken.clear()
            await self.cycle(claim=False)
            if self._busy and not self._results:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), until - time.monotonic())

    async def cycle(self, *, claim: bool = True) -> bool:
        """Record what has come back, and look for what waits when it is time. True when there may be more at once."""
        looks = claim and time.monotonic() >= self._look_at
        ready, limit = self._capacity() if looks else ((), 0)
        results, self._results = self._results, []
        if not results and limit <= 0:
            if looks:
                self._look_at = time.monotonic() + RATE_S
            return False
        try:
            claimed = await self.db.write(
                lambda tx: outbox.settle_and_claim(
                    tx, [result for result, _told in results], holder=self.holder, now=self.now(), lease_s=LEASE_S, limit=max(0, limit),
                    channels=ready, in_hand=self._in_hand,
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
            self._behind.add(delivery.address_id)  # one is claimed for each address: the next one may stand behind it
        if not limit:
            return False
        if len(claimed) == limit:
            return True
        await self._plan_next_look()
        return False

    def _capacity(self) -> tuple[tuple[str, ...], int]:
        """The channels that may send now, and how many deliveries may be claimed."""
        budgets = {name: channel.budget() for name, channel in self.channels.items()}
        ready = tuple(name for name, budget in budgets.items() if budget > 0)
        return ready, min([CONCURRENT - len(self._busy), *(budgets[name] for name in ready)]) if ready else 0

    async def _plan_next_look(self) -> None:
        async with self.db.read() as tx:
            next_at = await outbox.next_due(tx, tuple(self.channels))
        in_s = LOOK_S if next_at is None else min(LOOK_S, max(RATE_S, (next_at - self.now()).total_seconds()))
        self._look_at = time.monotonic() + in_s

    async def _rest(self) -> None:
        """Until woken, or until it is time to look or to renew."""
        until = min(self._look_at, self._renew_at) if self._in_hand else self._look_at
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _renew(self) -> None:
        """Keep the leases of what is in hand, and forget what need not be remembered any more."""
        now = time.monotonic()
        if now < self._renew_at:
            return
        self._renew_at = now + RENEW_S
        self._given_back = {each: until for each, until in self._given_back.items() if until > now}
        self._arrived = {each: kept for each, kept in self._arrived.items() if kept[1] > now}
        old = [each for each, since in self._in_hand.items() if since < now - RENEW_S]
        if old:
            until = self.now() + timedelta(seconds=LEASE_S)
            await self.db.write(lambda tx: outbox.renew(tx, old, holder=self.holder, until=until), ahead=True)
            self._in_hand |= {each: now for each in old if each in self._in_hand}

    # --- one address ------------------------------------------------------------------------------------------------

    def _take(self, delivery: Claimed) -> None:
        """Line a delivery up for its address, urgent ones first; a newer edit of a message replaces an older one."""
        self._in_hand[delivery.id] = time.monotonic()
        chain = self._chains.get(delivery.address_id)
        if chain is None:
            chain = self._chains[delivery.address_id] = []
            task = asyncio.create_task(self._send_all(delivery.address_id, chain))
            self._busy.add(task)
            task.add_done_callback(self._finished)
        elif delivery.op == "edit" and delivery.slot is not None:
            for older in [each for each in chain if each.op == "edit" and each.slot == delivery.slot]:
                chain.remove(older)
                self._record(older.replaced())
        insort(chain, delivery, key=lambda each: (each.priority, each.id))

    async def _send_all(self, address_id: int, chain: list[Claimed]) -> None:
        try:
            while chain:
                delivery = chain.pop(0)
                result = await self._deliver(delivery)
                if result is None:
                    self._give_back(address_id, chain)
                    continue
                if result.external_id is not None:
                    self._remember(delivery, result.external_id)
                if result.status == "waiting":
                    self._give_back(address_id, chain)
                await self._record(result)  # at most one message of a chat is ever in doubt
        finally:
            del self._chains[address_id]
            if address_id in self._behind:
                self._behind.discard(address_id)
                self.wake()

    def _give_back(self, address_id: int, chain: list[Claimed]) -> None:
        """What stands behind one that has to wait, waits in the outbox; so does what a turn still hands over."""
        self._given_back[address_id] = time.monotonic() + REMEMBERED_S
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
        self._results.append((result, told))
        if result.due_at is not None:
            self._look_at = min(
                self._look_at, time.monotonic() + max(0.0, (result.due_at - self.now()).total_seconds())
            )
        elif result.status == "waiting":
            self._look_at = 0.0
        self._woken.set()
        return told

    def _remember(self, delivery: Claimed, external_id: str) -> None:
        until = time.monotonic() + REMEMBERED_S
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
            if self._in_hand[delivery.id] < time.monotonic() - (LEASE_S - 1):
                del self._in_hand[delivery.id]
                return None
            return await self._attempt(channel, replace(delivery, previous_external_id=self._previous(delivery)))

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
                for behind in self._chains[delivery.address_id]:
                    self._record(behind.give_up(error.reason))
                self._chains[delivery.address_id].clear()
                return delivery.give_up(error.reason)
            case Migrated():
                await self.db.write(lambda tx: outbox.migrate_address(tx, delivery.address_id, error.address, now=now))
                return delivery.retry(now, error.reason)
            case InDoubt() if delivery.priority == outbox.BULK:
                return delivery.in_doubt(error.reason)
            case Wait() | InDoubt() if delivery.attempts < ATTEMPTS:
                after_s = error.after_s if isinstance(error, Wait) else None
                if after_s is None:
                    after_s = min(BACK_OFF_MAX_S, 0.5 * 2 ** min(delivery.attempts, 10))
                jitter_s = random.uniform(0, 0.25) * min(after_s, 4)
                return delivery.retry(now + timedelta(seconds=after_s + jitter_s), error.reason)
            case _:
                log.warning("a delivery was given up", reason=error.reason, op=delivery.op)
                return delivery.give_up(error.reason)
