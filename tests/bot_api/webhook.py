"""Delivery of updates to a bot's webhook, with the queues, retries and limits of the real server.

Each queue (messages by chat, callback queries by person ...) keeps its order and has one update in flight;
`max_connections` bounds them all. Waits are multiplied by `switches.webhook_time_scale`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from tests.bot_api.errors import bad_request
from tests.bot_api.world import World

if TYPE_CHECKING:
    from tests.bot_api.updates import Pending, QueueKey, UpdateQueue

MAX_RESEND_S, MAX_RETRY_AFTER_S = 60, 3600
PORTS = (443, 80, 88, 8443)


@dataclass(slots=True)
class Delivery:
    """One attempt. `status` is None when no answer came."""

    update_id: int
    kind: str
    at: float
    attempt: int
    status: int | None
    error: str | None = None


class Webhook:
    def __init__(self, world: World, updates: UpdateQueue) -> None:
        self._world = world
        self._updates = updates
        self.url = ""
        self.secret_token: str | None = None
        self.max_connections = 40
        self.deliveries: deque[Delivery] = deque(maxlen=100_000)
        self.last_error: tuple[int, str] | None = None
        self.gone_at: float | None = None
        self.in_flight = 0
        self.most_in_flight = 0
        self._lines: dict[QueueKey, deque[Pending]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(self.max_connections)
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> None:
        """Raise ApiError 400 for an address the server refuses; plain HTTP is for 127.0.0.1, as on a local server."""
        parts = urlsplit(url)
        if parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.scheme in ("http", "https"):
            return
        if parts.scheme != "https" or not parts.hostname:
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if (parts.port or 443) not in PORTS:
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")

    async def set(self, url: str, secret_token: str | None, max_connections: int) -> None:
        """Deliver there from now on, beginning with what waits."""
        await self.stop()
        self.url, self.secret_token, self.max_connections = url, secret_token, max_connections
        self.last_error = self.gone_at = None
        self._slots = asyncio.Semaphore(max_connections)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=self._world.switches.webhook_timeout_s),
        )
        self._updates.on_new.append(self._line_up)
        for pending in list(self._updates.waiting.values()):
            self._line_up(pending)

    async def stop(self) -> None:
        """Deliver no more; what waits keeps waiting."""
        self.url = ""
        if self._line_up in self._updates.on_new:
            self._updates.on_new.remove(self._line_up)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._lines.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _line_up(self, pending: Pending) -> None:
        line = self._lines.get(pending.queue)
        if line is not None:
            line.append(pending)
            return
        self._lines[pending.queue] = deque([pending])
        self._start(self._serve(pending.queue))

    def _start(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, queue: QueueKey) -> None:
        """Deliver one queue from its head until it is empty."""
        line = self._lines[queue]
        while line:
            await self._deliver(line[0])
            line.popleft()
        del self._lines[queue]

    async def _deliver(self, pending: Pending) -> None:
        """Try until the update is accepted, confirmed elsewhere or too old."""
        attempt, delay_s = 0, 1.0
        while pending.id in self._updates.waiting:
            if pending.expires_at <= self._world.clock.time():
                self._drop(pending)
                return
            async with self._slots:
                status, retry_after_s = await self._post(pending, attempt)
            attempt += 1
            if status is not None and 200 <= status <= 299:
                self._updates.waiting.pop(pending.id, None)
                return
            wait_s = float(min(retry_after_s, MAX_RETRY_AFTER_S))
            if not wait_s and attempt > 1:
                delay_s = min(self._world.random.uniform(MAX_RESEND_S, 2 * MAX_RESEND_S), delay_s * 2)
                wait_s = delay_s
            if self._world.clock.time() + wait_s > pending.expires_at:
                self._drop(pending)
                return
            await asyncio.sleep(wait_s * self._world.switches.webhook_time_scale)

    def _drop(self, pending: Pending) -> None:
        if self._updates.waiting.pop(pending.id, None):
            self._updates.expired += 1

    async def _post(self, pending: Pending, attempt: int) -> tuple[int | None, int]:
        """One attempt: HTTP status and Retry-After."""
        assert self._session is not None
        headers = {"Content-Type": "application/json"}
        if self.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret_token
        delivery = Delivery(pending.id, pending.kind, self._world.clock.time(), attempt + 1, None)
        self.deliveries.append(delivery)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            async with self._session.post(
                self.url, data=pending.body(), headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                delivery.status = answer.status
                retry_after = answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            delivery.error = f"{type(error).__name__}: {error}"
            self.last_error = (self._world.clock.unix(), delivery.error)
            return None, 0
        finally:
            self.in_flight -= 1
        if delivery.status == 410 and self.gone_at is None:
            self.gone_at = delivery.at
        if not 200 <= delivery.status <= 299:
            self.last_error = (
                self._world.clock.unix(),
                f"Wrong response from the webhook: {delivery.status} {answer.reason}",
            )
        return delivery.status, int(retry_after) if retry_after.isdecimal() else 0

    async def repeat(self, pending: Pending, times: int, *, together: bool) -> list[int | None]:
        """Post an update again, outside its queue: one after another, or all at once."""
        if together:
            answers = await asyncio.gather(*(self._post(pending, attempt) for attempt in range(times)))
            return [status for status, _ in answers]
        return [(await self._post(pending, attempt))[0] for attempt in range(times)]
