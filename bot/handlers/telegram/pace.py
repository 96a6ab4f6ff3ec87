"""Keeping under Telegram's limits, so that it never has to say "too many requests"; and what to do when it does, or when
it cannot be reached.

Three token buckets: all chats together, one for each private chat, one for each group. A broadcast leaves a part of the
first one alone, so that a reply never waits for it. A chat that was told to wait, waits alone; only when several chats
are told so within a second do all of them wait, for then it is the bot that is too fast: it goes on a little slower, and
comes back slowly. The clock is monotonic and handed in.

Source: Telegram, Bots FAQ, "My bot is hitting limits": about one message a second to a chat with short bursts, 20 a
minute to a group, 30 a second in all; 1,000 a second for broadcasts that are paid for.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

CHAT_PER_S, CHAT_BURST = 0.95, 3
"""A little below what is allowed, for calls may take longer or shorter on their way."""
GROUP_PER_S, GROUP_BURST = 18 / 60, 5
SEVERAL_CHATS = 3
"""So many chats told to wait within a second mean that the whole bot is too fast."""

BURST_MIN, BURST_S = 3.0, 0.4
"""What all chats together may get at once: so many messages, or what may be sent in so long. A broadcast that was held up
for a moment makes up for as much of it as it may use, so that the average is kept."""
RESERVE = 0.25
"""The part of that which replies have for themselves."""
PAID_RATE = 950.0
"""Messages of paid broadcasts a second: 1,000 are allowed, replies among them."""
PAID_BURST_S = 0.1

SLOWER, SLOWEST, FASTER_PER_S = 0.95, 0.25, 0.01 / 60
"""By what the rate is multiplied when the whole bot was too fast, down to which share of the setting, and the share of it
that comes back in a second."""
JITTER_MAX_S = 1.0
"""Several processes that were stopped together do not begin together."""

FAILURES = 5
"""So many calls in a row that did not reach the platform are an outage."""
PAUSE_MIN_S, PAUSE_MAX_S = 0.5, 3.0
"""How long nobody tries then; twice as long each time."""
TRYING_S = 0.2
"""How often to look whether the one who tried came through."""

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

    def delay_s(self, now: float, wanted: float = 1.0) -> float:
        """Seconds until so many tokens are there."""
        missing = wanted - self.tokens(now)
        return missing / self.per_s if missing > 1e-9 else 0.0

    def spend(self, now: float) -> None:
        self.full_at = max(self.full_at, now) + 1.0 / self.per_s


class Outage:
    """Whether the platform can be reached at all. After several calls in a row that did not reach it nobody tries for a
    while, longer each time; then one goes first, and an answer of any kind ends it."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._failures = 0
        self._pause_s = 0.0
        self._until = 0.0
        self._trying = False

    @property
    def lasts(self) -> bool:
        return self._pause_s > 0

    def delay_s(self, now: float) -> float:
        """Seconds until somebody may try."""
        if not self.lasts:
            return 0.0
        return TRYING_S if self._trying else max(0.0, self._until - now)

    def begin(self) -> bool:
        """Somebody calls. True when it is the one who goes first."""
        first = self.lasts and not self._trying
        self._trying = self._trying or first
        return first

    def end(self, now: float, *, reached: bool, first: bool) -> None:
        """That call reached the platform, or did not."""
        if reached:
            self._failures, self._pause_s, self._trying = 0, 0.0, False
            return
        self._failures += 1
        if first or (not self.lasts and self._failures >= FAILURES):
            self._pause_s = min(PAUSE_MAX_S, max(PAUSE_MIN_S, self._pause_s * 2))
            self._until = now + self._pause_s * (1 - self._jitter() / 4)
            self._trying = False


class Pace:
    """The limits of one bot, in one process. `rate` is in messages a second over all chats; 0 turns pacing off.

    Broadcasts share it, or have a `bulk_rate` of their own, which is paid for.
    """

    def __init__(
        self, rate: float, clock: Callable[[], float], bulk_rate: float | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._clock, self._jitter = clock, jitter
        self._rate, self._bulk_rate = rate, bulk_rate
        self._all = Bucket(rate, max(BURST_MIN, rate * BURST_S)) if rate else None
        self._bulk = Bucket(bulk_rate, max(BURST_MIN, bulk_rate * PAID_BURST_S)) if rate and bulk_rate else self._all
        self._reserve = max(1.0, (self._all.burst - 1) * RESERVE) if self._all and self._bulk is self._all else 0.0
        self._share, self._share_at = 1.0, 0.0
        self._chats: dict[str, Bucket] = {}
        self._held: dict[str, float] = {}
        self._lines: dict[str, float] = {}
        self._refused: deque[tuple[float, str, float]] = deque()
        self._stopped_until = 0.0
        self._outage = Outage(jitter)

    @property
    def bulk_per_s(self) -> float:
        """How many messages of broadcasts may be sent in a second, when there are no others; 0 for no limit."""
        self._now()
        return self._bulk.per_s if self._bulk else 0.0

    def _now(self) -> float:
        """The time; by then the rate has come back as far as it may."""
        now = self._clock()
        if self._share < 1.0:
            share = self._share_of(now)
            if self._all:
                self._all.per_s = self._rate * share
            if self._bulk and self._bulk is not self._all and self._bulk_rate:
                self._bulk.per_s = self._bulk_rate * share
            if share == 1.0:
                self._share = 1.0
        return now

    def _share_of(self, now: float) -> float:
        return min(1.0, self._share + (now - self._share_at) * FASTER_PER_S)

    def _pause_s(self, now: float) -> float:
        """Seconds for which nothing is sent to anybody."""
        return max(0.0, self._stopped_until - now, self._outage.delay_s(now))

    def budget(self) -> int:
        """How many replies may be sent now."""
        now = self._now()
        if self._pause_s(now) > 0:
            return 0
        tokens = max(0, int(self._all.tokens(now) + 1e-9)) if self._all else UNLIMITED
        return min(1, tokens) if self._outage.lasts else tokens

    def bulk_limit(self, most: int) -> int:
        """How many messages of broadcasts there may be in hand: about what is sent in a second, at most so many."""
        if self._pause_s(self._now()) > 0:
            return 0
        if self._outage.lasts:
            return 1
        return min(most, max(4, int(self._bulk.per_s * 1.2))) if self._bulk else most

    def delay_s(self, chat: str, *, bulk: bool = False) -> float:
        """Seconds until something may be sent to this chat; of a broadcast, when `bulk`."""
        now = self._now()
        delays = [self._pause_s(now), self._held.get(chat, 0.0) - now]
        bucket, wanted = (self._bulk, 1 + self._reserve) if bulk else (self._all, 1.0)
        if bucket:
            delays.append(bucket.delay_s(now, wanted))
            if chat in self._chats:
                delays.append(self._chats[chat].delay_s(now))
        return max(0.0, *delays)

    def bulk_delay_s(self, granted: int) -> float:
        """Seconds until something of a broadcast may be sent to somebody, while so many others are about to be sent."""
        now = self._now()
        delay_s = self._pause_s(now)
        if self._outage.lasts and granted:
            delay_s = max(delay_s, TRYING_S)
        return max(delay_s, self._bulk.delay_s(now, 1 + self._reserve + granted)) if self._bulk else delay_s

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

    def begin(self, chat: str, *, bulk: bool = False) -> bool:
        """One message is on its way to this chat. True when it is the first one to try after an outage.

        `end` has to follow.
        """
        if self._all is not None and self._bulk is not None:
            now = self._now()
            (self._bulk if bulk else self._all).spend(now)
            self._chat(chat, now).spend(now)
        return self._outage.begin()

    def end(self, *, reached: bool, first: bool) -> None:
        """The platform has answered it, whatever it said; or has not, as far as we know."""
        self._outage.end(self._clock(), reached=reached, first=first)

    def outage_s(self) -> float | None:
        """Seconds until somebody may try again, while the platform cannot be reached."""
        return self._outage.delay_s(self._clock()) if self._outage.lasts else None

    def _chat(self, chat: str, now: float) -> Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) >= _KEPT_CHATS:
                self._chats = {name: each for name, each in self._chats.items() if each.full_at > now}
            group = chat.startswith("-")
            bucket = self._chats[chat] = Bucket(GROUP_PER_S, GROUP_BURST) if group else Bucket(CHAT_PER_S, CHAT_BURST)
        return bucket

    def hold(self, chat: str, for_s: float) -> bool:
        """The platform told this chat to wait; whether it is all chats that do."""
        now = self._now()
        self._held = {name: until for name, until in self._held.items() if until > now}
        self._held[chat] = now + for_s
        self._refused.append((now, chat, for_s))
        while self._refused and self._refused[0][0] < now - 1.0:
            self._refused.popleft()
        if len({name for _at, name, _for_s in self._refused}) < SEVERAL_CHATS:
            return False
        if now >= self._stopped_until:  # those that were on their way then say nothing new
            self._share, self._share_at = max(SLOWEST, self._share_of(now) * SLOWER), now
        after_s = min(seconds for _at, _name, seconds in self._refused)
        self.stop(after_s + self._jitter() * min(JITTER_MAX_S, after_s / 10))
        return True

    def stop(self, for_s: float) -> None:
        """Send nothing to anybody for a while."""
        self._stopped_until = max(self._stopped_until, self._clock() + for_s)
