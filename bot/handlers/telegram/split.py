"""Long texts in several messages: cut at a paragraph, else a sentence, never inside a tag, an entity or a character.

Lengths are in UTF-16 units, as Telegram counts. Source: Telegram Bot API, sendMessage.text ("1-4096 characters after
entities parsing") and the server's own limit of 32,768 bytes before parsing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.i18n.markup import FSI, PDI
from bot.i18n.render import plain

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BYTES = 30_000

_TOKEN = re.compile(r"<[^<>]*>|&(?:#\w+|\w+);|.", re.DOTALL)
_SENTENCE_ENDS = frozenset(".!?…:;؟؛۔።")
_JOINER, _SELECTORS = "\u200d", re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
_INVISIBLE = re.compile("[\\s\u00a0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\ufeff\ufffc]*")

PARAGRAPH, LINE, SENTENCE, WORD, ANYWHERE = range(5)

Opened = tuple[tuple[str, str], ...]
"""What is open at a place, outermost first: how to open it again, and how to close it."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place to cut: before the token `at`, with so much (`units`) in front of it."""

    at: int
    units: int
    opened: Opened


def utf16(words: str) -> int:
    """Length in UTF-16 units."""
    return len(words) if words.isascii() else len(words.encode("utf-16-le", "surrogatepass")) // 2


def is_blank(markup: str) -> bool:
    """Whether nobody would see anything; Telegram calls such a text empty."""
    return _INVISIBLE.fullmatch(plain(markup)) is not None


def split(markup: str, max_units: int = MAX_TEXT) -> list[str]:
    """Markup (tags `b`, `i`, `a`) in parts that each stand for themselves; what is open at a cut is opened again.

    `max_units` is at least 16. Nothing but white space is lost, and no part is blank; blank markup has no parts.
    """
    if len(markup) * 2 <= max_units and len(markup) * 4 <= MAX_BYTES:
        return [] if is_blank(markup) else [markup]
    tokens: list[str] = _TOKEN.findall(markup)
    parts: list[str] = []
    at = 0
    opened: Opened = ()
    while at < len(tokens):
        while at < len(tokens) and tokens[at].isspace():
            at += 1
        cut = _next_cut(tokens, at, opened, max_units)
        closers = "".join(close for _open, close in reversed(cut.opened))
        part = "".join(open for open, _close in opened) + "".join(tokens[at : cut.at]).rstrip() + closers
        if not is_blank(part):
            parts.append(part)
        at, opened = cut.at, cut.opened
    return parts


def _next_cut(tokens: Sequence[str], at: int, opened: Opened, max_units: int) -> _Cut:
    """Where the part that begins at a token ends: as late as fits, at the best kind of place."""
    units = sum(_units(open) for open, _close in opened)
    size = sum(len(open) + len(close) for open, close in opened)
    cuts: dict[int, _Cut] = {}
    before = ""
    for index in range(at, len(tokens)):
        token = tokens[index]
        now_open = _opened_after(opened, token)
        size += len(token.encode(errors="surrogatepass")) + (len(now_open) > len(opened)) * 8
        wanted = units + _units(token)
        if wanted + sum(_units(close) for _open, close in now_open) > max_units or size > MAX_BYTES:
            return _best(cuts, max_units) or _Cut(max(index, at + 1), units, opened)
        units, opened = wanted, now_open
        kind = _kind(tokens, index, before)
        if kind is not None:
            cuts[kind] = _Cut(index + 1, units, opened)
        if not token.startswith("<"):
            before = token if not token.isspace() else before
    return _Cut(len(tokens), units, opened)


def _best(cuts: dict[int, _Cut], max_units: int) -> _Cut | None:
    """The best kind of place that does not leave the part nearly empty; else the latest place of any kind."""
    for kind in (PARAGRAPH, LINE, SENTENCE, WORD):
        if kind in cuts and cuts[kind].units * 4 >= max_units:
            return cuts[kind]
    return max(cuts.values(), key=lambda cut: cut.at, default=None)


def _kind(tokens: Sequence[str], index: int, before: str) -> int | None:
    """What kind of place comes after a token; `before` is the last character seen that is no space."""
    token, following = tokens[index], tokens[index + 1] if index + 1 < len(tokens) else ""
    if token == "\n":
        return PARAGRAPH if index and tokens[index - 1] == "\n" else LINE
    if token.isspace():
        return SENTENCE if before in _SENTENCE_ENDS else WORD
    if token in (_JOINER, FSI) or following in (_JOINER, PDI) or _SELECTORS.fullmatch(following):
        return None
    if len(following) == 1 and unicodedata.category(following).startswith("M"):
        return None
    return ANYWHERE


def _opened_after(opened: Opened, token: str) -> Opened:
    if token == FSI:
        return (*opened, (FSI, PDI))
    if token == PDI or token.startswith("</"):
        return opened[:-1] if opened and opened[-1][1] == token else opened
    if token.startswith("<"):
        name = re.split(r"[\s>]", token[1:], maxsplit=1)[0]
        return (*opened, (token, f"</{name}>"))
    return opened


def _units(token: str) -> int:
    if token.startswith("<") and len(token) > 1:
        return 0
    return 1 if token.startswith("&") else utf16(token)
