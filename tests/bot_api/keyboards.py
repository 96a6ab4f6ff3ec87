"""What Telegram refuses in keyboards, beyond the types of their fields."""

from __future__ import annotations

import re
from typing import Any

from tests.bot_api.entities import is_empty, utf16
from tests.bot_api.errors import bad_request
from tests.bot_api.schema import Warn

MAX_BUTTONS, MAX_IN_ROW, MAX_DATA_BYTES, MAX_PLACEHOLDER, MAX_COPIED = 100, 8, 64, 64, 256

_WHAT_IT_DOES = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
_URL = re.compile(
    r"(?i)^(?:(?:https?|ton)://)?(?:[\w-]+\.)+[\w-]{1,63}(?::\d{1,5})?(?:[/?#]\S*)?$|^(?:tg|mailto|tel):\S+$"
)


def check(markup: dict[str, Any] | None, chat_kind: str, warn: Warn) -> None:
    """Raise ApiError 400 for a keyboard the server refuses in a chat of this kind."""
    if not markup:
        return
    if "inline_keyboard" in markup:
        rows = markup["inline_keyboard"]
        for row in rows:
            for button in row:
                _check_inline(button, chat_kind, warn)
    elif "keyboard" in markup:
        rows = markup["keyboard"]
        if not any(rows):
            raise bad_request("reply markup is empty")
        for row in rows:
            for button in row:
                _check_reply(button, chat_kind)
        if not markup.get("resize_keyboard"):
            warn("a reply keyboard without resize_keyboard fills half the screen")
    else:
        rows = []
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= utf16(placeholder) <= MAX_PLACEHOLDER:
        raise bad_request("input field placeholder must have 1 to 64 characters")
    if any(len(row) > MAX_IN_ROW for row in rows) or sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    if any(not row for row in rows):
        warn("a keyboard row is empty")


def _check_inline(button: dict[str, Any], chat_kind: str, warn: Warn) -> None:
    if is_empty(button["text"]):
        raise bad_request("inline keyboard button text must be non-empty")
    _check_style(button)
    does = [name for name in _WHAT_IT_DOES if name in button and button[name] not in ("", False)]
    if not does:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if len(does) > 1 and "disabled" not in does:
        warn(f"an inline button does {' and '.join(does)}: Telegram takes one of them")
    if "callback_data" in does and len(button["callback_data"].encode()) > MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in does and not _URL.match(button["url"]):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "copy_text" in does and not 1 <= utf16(button["copy_text"]["text"]) <= MAX_COPIED:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "web_app" in does:
        _check_web_app(button["web_app"]["url"], "inline keyboard button")
        if chat_kind != "private":
            raise bad_request("BUTTON_TYPE_INVALID")


def _check_reply(button: dict[str, Any], chat_kind: str) -> None:
    if is_empty(button["text"]):
        raise bad_request("keyboard button text must be non-empty")
    _check_style(button)
    if "web_app" in button:
        _check_web_app(button["web_app"]["url"], "keyboard button")
    if chat_kind == "private":
        return
    if button.get("request_contact"):
        raise bad_request("phone number can be requested in private chats only")
    if button.get("request_location"):
        raise bad_request("location can be requested in private chats only")
    if "web_app" in button:
        raise bad_request("web app buttons can be used in private chats only")


def _check_style(button: dict[str, Any]) -> None:
    if button.get("style", "primary") not in ("danger", "success", "primary"):
        raise bad_request("invalid button style specified")


def _check_web_app(url: str, what: str) -> None:
    if not url.startswith("https://"):
        raise bad_request(f"{what} Web App URL '{url}' is invalid: Only HTTPS links are allowed")
