"""The time of the stand-in's world: it runs with real time and can be moved ahead or stopped."""

from __future__ import annotations

import time


class Clock:
    """Unix time in seconds. Expiry, message dates and rate limits follow it; network waits are real."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._stopped_at: float | None = None

    def time(self) -> float:
        return self._stopped_at if self._stopped_at is not None else time.time() + self._ahead_s

    def unix(self) -> int:
        return int(self.time())

    def advance(self, seconds: float) -> None:
        """Move ahead; also a stopped clock."""
        if self._stopped_at is not None:
            self._stopped_at += seconds
        else:
            self._ahead_s += seconds

    def stop(self, at: float | None = None) -> None:
        """Stand still at a Unix time (default: now), for answers that are the same in every run."""
        self._stopped_at = self.time() if at is None else at
