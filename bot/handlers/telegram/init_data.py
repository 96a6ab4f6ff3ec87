"""Who opened a Mini App: the check of the `initData` string its page hands us.

Source: Telegram, Mini Apps, "Validating data received via the Mini App".
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

OPENS_WITHIN = timedelta(minutes=10)
AHEAD = timedelta(seconds=60)
"""How far ahead of ours Telegram's clock may be."""


class BadInitData(ValueError):
    """It does not come from Telegram, or not from now. `expired`: it was good once, so opening the page anew helps."""

    def __init__(self, reason: str, *, expired: bool = False) -> None:
        super().__init__(reason)
        self.expired = expired


@dataclass(frozen=True, slots=True)
class Opened:
    """A person who has opened the page. `user` is Telegram's own JSON: `id`, `first_name`, `language_code` ..."""

    user: Mapping[str, Any]
    opened_at: datetime
    start_param: str | None = None
    query_id: str | None = None
    chat_instance: str | None = None

    @property
    def address(self) -> str:
        """Their private chat with the bot, which has the person's own number."""
        return str(self.user["id"])


def verify(raw: str, token: str, now: datetime, within: timedelta = OPENS_WITHIN) -> Opened:
    """Read the string once its signature and age are known to be right.

    The same string can be posted twice: a form needs a key of its own against that.

    Raises:
        BadInitData: Forged, damaged, of another bot, or older than `within`.
    """
    fields = _fields(raw)
    given = fields.pop("hash", "")
    joined = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.digest(b"WebAppData", token.encode(), "sha256")
    expected = hmac.new(secret, joined.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
        raise BadInitData("the signature does not fit")
    try:
        opened_at = datetime.fromtimestamp(int(fields["auth_date"]), UTC)
        user = json.loads(fields["user"])
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise ValueError
    except (KeyError, ValueError, OverflowError, OSError):
        raise BadInitData("it names no user or no time") from None
    if opened_at < now - within:
        raise BadInitData("it is too old", expired=True)
    if opened_at > now + AHEAD:
        raise BadInitData("it comes from the future")
    return Opened(user, opened_at, fields.get("start_param"), fields.get("query_id"), fields.get("chat_instance"))


def _fields(raw: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except ValueError:
        raise BadInitData("it is no query string") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadInitData("it holds a field twice")
    return fields
