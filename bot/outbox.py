"""Sends what was committed: in order for each recipient, paced, retried, given up with a reason.

A delivery is marked as attempted, and that is committed, before the call is made. After a crash it is sent again: a
rare second copy is better than silence. A recipient who must wait holds nobody else up.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.errors import Gone, InDoubt, Migrated, Retry, SendError, Wait
from storage import outbox
from storage.db import Database
from storage.outbox import Claimed, Result

CONCURRENT = 64
LEASE_S = 20.0
"""How long an attempted delivery is left alone before another process may take it for dead."""
LOOK_S = 1.0
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
    """Takes due deliveries out of the outbox and hands them to their channel."""

    def __init__(
        self, db: Database, channels: Mapping[str, Channel], *, holder: str, now: Callable[[], datetime]
    ) -> None:
        self.db, self.channels, self.holder, self.now = db, dict(channels), holder, now
        self._results: list[Result] = []
        self._busy: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. What is in flight then is finished and recorded."""
        try:
            while True:
                self._woken.clear()
                try:
                    more = await self.cycle()
                except Retry as error:
                    log.warning("outbox waits for the database", reason=str(error))
                    more = False
                if not more:
                    await self._rest()
        finally:
            if self._busy:
                await asyncio.shield(asyncio.wait(self._busy, timeout=5))
            if self._results:
                await self.cycle(claim=False)

    async def cycle(self, *, claim: bool = True) -> bool:
        """Record what has come back and take what is ready. True when there may be more at once."""
        results, self._results = self._results, []
        budgets = {name: channel.budget() for name, channel in self.channels.items()}
        ready = tuple(name for name, budget in budgets.items() if budget > 0)
        limit = min([CONCURRENT - len(self._busy), *(budgets[name] for name in ready)]) if claim and ready else 0
        if not results and limit <= 0:
            return False
        try:
            claimed = await self.db.write(
                lambda tx: outbox.settle_and_claim(
                    tx, results, holder=self.holder, now=self.now(), lease_s=LEASE_S, limit=limit,
                    channels=ready,
                )
            )  # fmt: skip
        except BaseException:
            self._results = results + self._results
            raise
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery))
            self._busy.add(task)
            task.add_done_callback(self._finished)
        return len(claimed) == limit and limit > 0

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._woken.set()

    async def _rest(self) -> None:
        """Until woken, or until the next delivery is due."""
        async with self.db.read() as tx:
            next_at = await outbox.next_due(tx, tuple(self.channels))
        wait_s = LOOK_S if next_at is None else min(LOOK_S, max(0.005, (next_at - self.now()).total_seconds()))
        try:
            async with asyncio.timeout(wait_s):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _deliver(self, delivery: Claimed) -> None:
        channel = self.channels[delivery.channel]
        delay_s = channel.delay_s(delivery)
        if delay_s > LEASE_S / 4:
            self._results.append(delivery.retry(self.now() + timedelta(seconds=delay_s), "paced"))
            return
        if delay_s > 0:
            await asyncio.sleep(delay_s)
        try:
            external_id = await channel.send(delivery)
        except SendError as error:
            self._results.append(await self._failed(delivery, error))
        except Exception as error:
            log.error("a delivery failed in a way nobody foresaw", kind=type(error).__name__, op=delivery.op)
            self._results.append(await self._failed(delivery, Wait(type(error).__name__)))
        else:
            self._results.append(delivery.sent(external_id))

    async def _failed(self, delivery: Claimed, error: SendError) -> Result:
        now = self.now()
        match error:
            case Gone():
                await self.db.write(
                    lambda tx: outbox.give_up_address(tx, delivery.address_id, error.state, error.reason, now=now)
                )
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
