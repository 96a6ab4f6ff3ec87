"""Mini Apps: the initData a page would get from Telegram, signed with the bot's token."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode


def sign_init_data(token: str, user: dict[str, Any] | None, auth_date: int, **fields: str) -> str:
    """The query string `Telegram.WebApp.initData`, with its hash.

    `fields` may hold query_id, start_param, chat_instance, signature and so on; all are part of what is signed.
    Source: Telegram, Mini Apps, "Validating data received via the Mini App".
    """
    values = {**fields, "auth_date": str(auth_date)}
    if user is not None:
        values["user"] = json.dumps(user, ensure_ascii=False, separators=(",", ":"))
    joined = "\n".join(f"{name}={values[name]}" for name in sorted(values))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    values["hash"] = hmac.new(secret, joined.encode(), hashlib.sha256).hexdigest()
    return urlencode(values)
