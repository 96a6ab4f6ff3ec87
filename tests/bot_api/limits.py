"""Rate limits, off unless switched on: one chat, one group, everything."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from tests.bot_api.clock import Clock
from tests.bot_api.errors import too_many_requests

_COUNTED = re.compile(r"^(send(?!ChatAction|MessageDraft)|edit|copy|forward|(create|close|reopen)ForumTopic|pinChat)")

_ALL, _PAID = 0, 1
"""Stand where a chat's number stands; no chat has these."""


@dataclass(slots=True)
class Bucket:
    """`burst` calls at once, then one for each `1 / per_s` seconds."""

    burst: float
    per_s: float
    left: float
    at: float

    def refill(self, now: float) -> None:
        self.left = min(self.burst, self.left + (now - self.at) * self.per_s)
        self.at = now


@dataclass
class Limits:
    """Numbers as published: about 1 a second in a chat, 20 a minute in a group, 30 a second in all, and 1000 of those
    that are paid for (`allow_paid_broadcast`)."""

    clock: Clock
    on: bool = False
    chat_per_s: float = 1.0
    chat_burst: float = 3
    group_per_minute: float = 20
    all_per_s: float = 30.0
    paid_per_s: float = 1000.0
    refused: int = 0
    _buckets: dict[tuple[str, int], Bucket] = field(default_factory=dict)

    def check(self, bot_token: str, method: str, params: dict[str, Any]) -> None:
        """Count one call. Raises ApiError 429 with the whole seconds to wait."""
        if not self.on or not _COUNTED.match(method):
            return
        now = self.clock.time()
        paid = params.get("allow_paid_broadcast") in (True, "true", "True")
        which, per_s = (_PAID, self.paid_per_s) if paid else (_ALL, self.all_per_s)
        buckets = [self._bucket(bot_token, which, per_s, per_s, now)]
        chat_id = str(params.get("chat_id", ""))
        if chat_id.startswith("-"):
            per_s = self.group_per_minute / 60
            buckets.append(self._bucket(bot_token, int(chat_id), self.group_per_minute, per_s, now))
        elif chat_id.isdecimal():
            buckets.append(self._bucket(bot_token, int(chat_id), self.chat_burst, self.chat_per_s, now))
        count = len(params["message_ids"]) if isinstance(params.get("message_ids"), list) else 1
        for bucket in buckets:
            if bucket.left < min(count, bucket.burst):
                self.refused += 1
                raise too_many_requests(max(1, math.ceil((count - bucket.left) / bucket.per_s)))
        for bucket in buckets:
            bucket.left -= count

    def _bucket(self, bot_token: str, chat_id: int, burst: float, per_s: float, now: float) -> Bucket:
        bucket = self._buckets.setdefault((bot_token, chat_id), Bucket(burst, per_s, burst, now))
        bucket.refill(now)
        return bucket
