"""Who is looking at something right now, in this process: woken when something in it has been committed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

QUEUE = "queue"
"""What those watch who look at the queue of cases."""


class Live:
    """Wakes those who watch a conversation (by its id), or the queue. What they then read comes from the database, so a
    missed wake loses nothing.

    The resident watches the conversation itself, staff watch `of_staff(id)`.
    """

    def __init__(self) -> None:
        self._watching: dict[Hashable, set[asyncio.Event]] = defaultdict(set)
        self._followers: list[set[int]] = []

    def wake(self, conversation_id: int) -> None:
        """Something was said or done in a conversation."""
        for touched in self._followers:
            touched.add(conversation_id)
        for thing in (conversation_id, of_staff(conversation_id), QUEUE):
            for event in self._watching.get(thing, ()):
                event.set()

    def follow(self) -> set[int]:
        """A set that gets every conversation in which something has happened; whoever follows empties it."""
        touched: set[int] = set()
        self._followers.append(touched)
        return touched

    def is_watched(self, thing: Hashable) -> bool:
        return thing in self._watching

    @contextmanager
    def watch(self, thing: Hashable) -> Iterator[asyncio.Event]:
        """An event that is set whenever the thing has changed; the watcher clears it before reading."""
        event = asyncio.Event()
        self._watching[thing].add(event)
        try:
            yield event
        finally:
            self._watching[thing].discard(event)
            if not self._watching[thing]:
                del self._watching[thing]


def of_staff(conversation_id: int) -> Hashable:
    """What staff watch who look at a conversation."""
    return "staff", conversation_id
