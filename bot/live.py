"""Who is looking at a conversation right now, in this process: woken when something in it has been committed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Live:
    """Wakes those who watch a conversation. What they then read comes from the database, so a missed wake loses nothing."""

    def __init__(self) -> None:
        self._watching: dict[int, set[asyncio.Event]] = defaultdict(set)

    def wake(self, conversation_id: int) -> None:
        for event in self._watching.get(conversation_id, ()):
            event.set()

    @contextmanager
    def watch(self, conversation_id: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever the conversation has changed; the watcher clears it before reading."""
        event = asyncio.Event()
        self._watching[conversation_id].add(event)
        try:
            yield event
        finally:
            self._watching[conversation_id].discard(event)
            if not self._watching[conversation_id]:
                del self._watching[conversation_id]
