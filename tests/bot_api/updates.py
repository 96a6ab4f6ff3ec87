"""One bot's waiting updates: numbering, expiry, long polls, and what was handed out."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tests.bot_api import schema
from tests.bot_api.world import World

DAY_S, CALLBACK_S = 86_400, 150
NOT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
QueueKey = tuple[str, int]


@dataclass(slots=True)
class Pending:
    """An update on its way; `queue` names the webhook queue whose order it keeps."""

    id: int
    kind: str
    payload: dict[str, Any]
    queue: QueueKey
    expires_at: float

    def as_json(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.payload}

    def body(self) -> bytes:
        return json.dumps(self.as_json(), ensure_ascii=False).encode()


class UpdateQueue:
    """`waiting` is in the order of the ids, and large in benchmarks: its front is taken without looking at the rest."""

    def __init__(self, world: World, known_kinds: frozenset[str]) -> None:
        self._world = world
        self._known_kinds = known_kinds
        self.waiting: OrderedDict[int, Pending] = OrderedDict()
        self.history: deque[Pending] = deque(maxlen=10_000)
        self.again: list[Pending] = []
        self.allowed = known_kinds - NOT_BY_DEFAULT
        self.allowed_given: list[str] | None = None
        self.expired = 0
        self.on_new: list[Any] = []
        self._next_id = world.random.randrange(10**8, 9 * 10**8)
        self._earliest_expiry = float("inf")
        self._held: dict[str, list[tuple[dict[str, Any], QueueKey, float]]] = {}
        self.arrived = asyncio.Event()

    def allow(self, kinds: list[str] | None) -> None:
        """Remember allowed_updates; no known name in it means the default, None leaves it as it was."""
        if kinds is None:
            return
        known = frozenset(kinds) & self._known_kinds
        for name in sorted(frozenset(kinds) - self._known_kinds):
            self._world.warn(f"allowed_updates names {name!r}, which is no kind of update")
        self.allowed = known or (self._known_kinds - NOT_BY_DEFAULT)
        self.allowed_given = sorted(known) or None

    def add(self, kind: str, payload: dict[str, Any], queue: QueueKey, lives_s: float = DAY_S) -> int | None:
        """Number an update and let it wait; None when it is not allowed or held back."""
        if kind not in self.allowed:
            return None
        if kind in self._held:
            self._held[kind].append((payload, queue, lives_s))
            return None
        if self._world.switches.jump_update_ids:
            self._next_id = self._world.random.randrange(1, 2**31 - 10**6)
            while self._next_id in self.waiting:
                self._next_id += 1
        pending = Pending(self._next_id, kind, payload, queue, self._world.clock.time() + lives_s)
        self._next_id += 1
        if self._world.switches.check_own:
            schema.load().reader("Update").read(pending.as_json(), f"update {pending.id}", self._world.warn)
        self.waiting[pending.id] = pending
        if self._world.switches.jump_update_ids:
            self.waiting = OrderedDict(sorted(self.waiting.items()))
        self._earliest_expiry = min(self._earliest_expiry, pending.expires_at)
        self.history.append(pending)
        self.arrived.set()
        for told in self.on_new:
            told(pending)
        return pending.id

    @contextmanager
    def holding(self, kind: str) -> Iterator[None]:
        """Hold one kind back; they are numbered and delivered at the end, behind what came meanwhile."""
        self._held[kind] = []
        try:
            yield
        finally:
            for payload, queue, lives_s in self._held.pop(kind):
                self.add(kind, payload, queue, lives_s)

    def expire(self) -> None:
        """Drop what is too old."""
        now = self._world.clock.time()
        if now < self._earliest_expiry:
            return
        for pending in [pending for pending in self.waiting.values() if pending.expires_at <= now]:
            del self.waiting[pending.id]
            self.expired += 1
        self._earliest_expiry = min((each.expires_at for each in self.waiting.values()), default=float("inf"))

    def confirm(self, below: int) -> None:
        while self.waiting and next(iter(self.waiting)) < below:
            self.waiting.popitem(last=False)

    def take(self, offset: int, limit: int) -> list[Pending]:
        """What getUpdates answers now. A negative offset throws all but the last updates away."""
        self.expire()
        if offset < 0 and len(self.waiting) > -offset:
            offset = list(self.waiting)[offset]
        if offset > 0:
            self.confirm(offset)
        if self.again:
            repeated, self.again = self.again[:limit], self.again[limit:]
            return repeated
        return list(islice(self.waiting.values(), limit))

    def find(self, update_id: int) -> Pending:
        """An update handed out before, or waiting. Raises LookupError."""
        for pending in reversed(self.history):
            if pending.id == update_id:
                return pending
        raise LookupError(f"no update {update_id}")
