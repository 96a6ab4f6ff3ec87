"""A queued body as Telegram shows it: one text and the buttons under it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.flows.model import Ask
from bot.handlers.telegram import buttons
from bot.i18n import _
from bot.i18n.markup import FSI, PDI, escape, has_rtl
from bot.i18n.render import render, rtl_lines

SHORT_COLUMNS = 18
"""So many columns of text fit on one of two buttons side by side on a narrow phone."""

MAX_BUTTONS = 100
_LABEL_MAX = 60
_LAST = ("m:back", "m:human")
CLOSED = "closed"
"""What the one button carries that is left of a question: no question's press."""

_TAG = re.compile(r"<[^<>]*>")
_ISOLATED = re.compile(f"{FSI}[^{PDI}]*{PDI}")

# An inline keyboard cannot ask for a place or a contact, and a message with a reply keyboard could never be changed or
# closed afterwards. Every question has buttons of its own (a human, at least), so a line of words says how.
_HOW = {
    Ask.PLACE: _("On a phone you can also send a place: press the paper clip, then Location."),
    Ask.PERSON: _("You can also send a contact card: press the paper clip, then Contact."),
}

Button = dict[str, str]
Rows = list[list[Button]]


def text(body: Mapping[str, Any]) -> str:
    """The words, in markup: the card, which human speaks, what is said, how else to answer, and how far one has come."""
    blocks = [
        _card(body["card"]) if "card" in body else "",
        f"<b>{escape(body['by'])}</b>" if body.get("human") and body.get("by") else "",
        str(body.get("html", "")),
        *(f'<a href="{escape(each["url"])}">{escape(each["label"])}</a>' for each in _addresses(body)),
        render(_HOW[Ask(body["ask"])], body["lang"]) if body.get("ask") in tuple(_HOW) else "",
        f"<i>{escape(body['progress']['words'])}</i>" if "progress" in body else "",
    ]
    return directed("\n\n".join(block for block in blocks if block), body.get("dir", "ltr"))


def directed(markup: str, dir: str) -> str:
    """Lines that Telegram's apps lay out in the reader's direction.

    They take each line's direction from its first letter. A sentence that had to stay in a left-to-right language
    keeps its own, or its full stop would jump to the wrong end; one in which only isolated names are so does not.
    """
    if dir != "rtl":
        return markup
    return "\n".join(line if _is_foreign(line) else rtl_lines(line) for line in markup.split("\n"))


def keyboard(body: Mapping[str, Any]) -> Rows:
    """The buttons: what can be answered, the likeliest first; then the moves; back and a human always last."""
    serial, dir = body.get("serial", 0), body.get("dir", "ltr")
    choices = [_button(each, serial, dir) for each in body.get("choices", ()) if not _is_address(each)]
    moves = [each for each in body.get("moves", ()) if not _is_address(each)]
    first = [_button(each, serial, dir) for each in moves if each["id"] not in _LAST]
    last = [_button(each, serial, dir) for each in moves if each["id"] in _LAST]
    choices = choices[: MAX_BUTTONS - len(first) - len(last)]
    rows = [*_rows(choices), *(_rows([*first, *last]) if len(last) < 2 else [*_rows(first), *_rows(last)])]
    return [row[::-1] for row in rows] if dir == "rtl" else rows


def closed(chosen: str | None) -> Rows:
    """What is left under a question that has been answered: the answer that was pressed, or nothing."""
    return [[{"text": f"✓ {_cut(chosen)}", "callback_data": CLOSED}]] if chosen else []


def _card(card: Mapping[str, Any]) -> str:
    rows = (f"{escape(label)}: {value}" if label else value for label, value in card["rows"])
    return "\n".join((f"<b>{_TAG.sub('', card['title'])}</b>", *rows))


def _rows(row: Sequence[Button]) -> Rows:
    """Two short ones side by side, a long one alone."""
    rows: Rows = []
    for button in row:
        previous = rows[-1] if rows else []
        if len(previous) == 1 and _is_short(button) and _is_short(previous[0]):
            previous.append(button)
        else:
            rows.append([button])
    return rows


def _button(choice: Mapping[str, Any], serial: int, dir: str) -> Button:
    label = _cut(choice["label"]) or choice["id"]
    if choice.get("chosen"):
        label = f"✓ {label}"
    label = directed(label, dir)
    if "url" in choice:
        return {"text": label, "url": choice["url"]}
    return {"text": label, "callback_data": buttons.data(serial, choice["id"])}


def _addresses(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in (*body.get("choices", ()), *body.get("moves", ())) if _is_address(each)]


def _is_address(choice: Mapping[str, Any]) -> bool:
    """Whether a button's address is one that Telegram refuses on a button: it has no dot in its host ("localhost")."""
    url = choice.get("url")
    return url is not None and urlsplit(url).scheme in ("http", "https") and "." not in (urlsplit(url).hostname or "")


def _is_short(button: Button) -> bool:
    if button["text"].isascii():
        return len(button["text"]) <= SHORT_COLUMNS
    columns = 0
    for each in button["text"]:
        if unicodedata.category(each) not in ("Mn", "Me", "Cf"):
            columns += 2 if unicodedata.east_asian_width(each) in "WF" else 1
    return columns <= SHORT_COLUMNS


def _cut(label: str) -> str:
    return label if len(label) <= _LABEL_MAX else label[: _LABEL_MAX - 1].rstrip() + "…"


def _is_foreign(line: str) -> bool:
    if has_rtl(line):
        return False
    outside = _ISOLATED.sub("", _TAG.sub("", line))
    return any(unicodedata.bidirectional(each) == "L" for each in outside)
