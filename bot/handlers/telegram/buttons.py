"""What a button carries: which question it stood under and what it means."""

from __future__ import annotations

import re

from bot.flows.model import Press

MAX_BYTES = 64
_DATA = re.compile(r"c1:(\d{1,12}):([!-~]{1,60})")


def data(serial: int, choice: str) -> str:
    """Name one button: "c1:<serial>:<choice>", 1 to 64 bytes.

    "c1" is this form's version: buttons never expire, so one from an earlier version is pressed years later.
    Raises ValueError when it does not fit: a choice's id is ASCII and at most 24 bytes (`bot.flows.model.Choice`).
    Source: Telegram Bot API, InlineKeyboardButton.callback_data.
    """
    named = f"c1:{serial}:{choice}"
    if len(named) > MAX_BYTES or not _DATA.fullmatch(named):
        raise ValueError(f"a button's choice must be at most 48 visible ASCII characters: {choice!r}")
    return named


def press(named: str | None) -> Press:
    """The press that a button's data means. What no button of ours could carry becomes one that fits no question."""
    found = _DATA.fullmatch(named or "")
    return Press(int(found[1]), found[2]) if found else Press(-1, "")
