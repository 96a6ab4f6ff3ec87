"""Keeping under Telegram's limits, so that it never has to say "too many requests".

Three token buckets: all chats together, one for each private chat, one for each group. A chat that was told to wait,
waits alone; only when several chats are told so within a second do all of them wait, for then it is the bot that is too
fast. The clock is monotonic and handed in.

Source: Telegram, Bots FAQ, "My bot is hitting limits": about one message a second to a chat with short bursts, 20 a
minute to a group, 30 a second in all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

CHAT_PER_S, CHAT_BURST = 1.0, 3
GROUP_PER_S, GROUP_BURST = 18 / 60, 5
SEVERAL_CHATS = 3
"""So many chats told to wait within a second mean that the whole bot is too fast."""

UNLIMITED = 1_000_000
LINE_MAX_S = 60.0
"""The line before one chat is no longer than this."""
_KEPT_CHATS = 20_000


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at `per_s`, at most `burst` of them.

    Held as one moment, when the bucket will be full again: the generic cell rate algorithm (ITU-T I.371).
    """

    per_s: float
    burst: float
    full_at: float = 0.0

    def tokens(self, now: float) -> float:
        return self.burst - max(0.0, self.full_at - now) * self.per_s

    def delay_s(self, now: float) -> float:
        """Seconds until a whole token is there."""
        missing = 1.0 - self.tokens(now)
        return missing / self.per_s if missing > 1e-9 else 0.0

    def spend(self, now: float) -> None:
        self.full_at = max(self.full_at, now) + 1.0 / self.per_s


class Pace:
    """The limits of one bot, in one process. `rate` is in messages a second over all chats; 0 turns pacing off."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._all = Bucket(rate, max(1.0, rate / 10)) if rate else None
        self._chats: dict[str, Bucket] = {}
        self._held: dict[str, float] = {}
        self._lines: dict[str, float] = {}
        self._refused: deque[tuple[float, str, float]] = deque()
        self._stopped_until = 0.0

    def budget(self) -> int:
        """How many messages may be sent now."""
        now = self._clock()
        if now < self._stopped_until:
            return 0
        return max(0, int(self._all.tokens(now) + 1e-9)) if self._all else UNLIMITED

    def delay_s(self, chat: str) -> float:
        """Seconds until something may be sent to this chat."""
        now = self._clock()
        delays = [self._stopped_until - now, self._held.get(chat, 0.0) - now]
        if self._all:
            delays.append(self._all.delay_s(now))
            if chat in self._chats:
                delays.append(self._chats[chat].delay_s(now))
        return max(0.0, *delays)

    def line_s(self, chat: str) -> float:
        """Seconds until something may be sent to this chat that is put back until then: each in a place of its own, so
        that not all of what waits for one group is taken out again at the same moment."""
        now, delay_s = self._clock(), self.delay_s(chat)
        bucket = self._chats.get(chat)
        if bucket is None or delay_s <= 0:
            return delay_s
        at = max(self._lines.get(chat, 0.0), now + delay_s)
        if at > now + LINE_MAX_S:  # they come again, in the order that they have
            at = now + delay_s
        self._lines[chat] = at + 1.0 / bucket.per_s
        return at - now

    def spend(self, chat: str) -> None:
        """One message is on its way to this chat."""
        if self._all is None:
            return
        now = self._clock()
        self._all.spend(now)
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) >= _KEPT_CHATS:
                self._chats = {name: each for name, each in self._chats.items() if each.full_at > now}
            group = chat.startswith("-")
            bucket = self._chats[chat] = Bucket(GROUP_PER_S, GROUP_BURST) if group else Bucket(CHAT_PER_S, CHAT_BURST)
        bucket.spend(now)

    def hold(self, chat: str, for_s: float) -> None:
        """The platform told this chat to wait."""
        now = self._clock()
        self._held = {name: until for name, until in self._held.items() if until > now}
        self._held[chat] = now + for_s
        self._refused.append((now, chat, for_s))
        while self._refused and self._refused[0][0] < now - 1.0:
            self._refused.popleft()
        if len({name for _at, name, _for_s in self._refused}) >= SEVERAL_CHATS:
            self.stop(min(seconds for _at, _name, seconds in self._refused))

    def stop(self, for_s: float) -> None:
        """Send nothing to anybody for a while."""
        self._stopped_until = max(self._stopped_until, self._clock() + for_s)
