"""Words that are not words yet.

Flows and effects carry `Text` values. They become words in one place, `bot.i18n.render`, in the locale of whoever reads
them. `_()`, `n_()` and `p_()` therefore only mark a sentence for the catalogues and hold its values.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """One whole sentence (or a few), with what is to be put into it.

    `message` is the English source, or the Swedish one when `domain` is "content" (a municipality's own texts).
    `plural` and `count` are set together. `values` are pairs of placeholder name and value.
    """

    message: str
    plural: str | None = None
    count: int | None = None
    context: str | None = None
    domain: str = "messages"
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Sek:
    """An amount of money in whole kronor, shown as `25 000 kr` in every language."""

    amount: int


@dataclass(frozen=True, slots=True)
class Ltr:
    """A phone number, web address, command or code: never turned around, never translated."""

    words: str


@dataclass(frozen=True, slots=True)
class Link:
    """A web address with the words to press; channels without links show the address after the words."""

    words: Text
    url: str | Made


@dataclass(frozen=True, slots=True)
class OwnName:
    """A language's own name ("العربية"), for the locale `tag`."""

    tag: str


@dataclass(frozen=True, slots=True)
class LanguageName:
    """A language by its ISO 639 code ("prs"), named in the reader's language ("dari")."""

    code: str


@dataclass(frozen=True, slots=True)
class Made:
    """Something an effect of this very turn makes, known only once it is stored: `Made("plan_link")`."""

    name: str


Value: TypeAlias = (
    "str | int | date | datetime | time | Text | Sek | Ltr | Link | OwnName | LanguageName | Made | tuple[Value, ...]"
)
"""What may stand in a placeholder. A plain `str` is somebody's own words or a proper name: escaped and bidi-isolated.
A tuple becomes a list in words ("a, b and c"). An aware `datetime` is shown with weekday and 24-hour time."""


_bare = functools.cache(Text)  # sentences of the program, said over and over


def _(message: str, /, **values: Value) -> Text:
    """Mark a sentence for the catalogue `messages`."""
    return Text(message, values=tuple(values.items())) if values else _bare(message)


def n_(one: str, other: str, count: int, /, **values: Value) -> Text:
    """Mark a sentence that depends on a number; `{count}` is always among its values."""
    return Text(one, plural=other, count=count, values=(("count", count), *values.items()))


def p_(context: str, message: str, /, **values: Value) -> Text:
    """Mark a short label whose meaning depends on where it stands."""
    return Text(message, context=context, values=tuple(values.items()))


def content(message: str, /) -> Text:
    """A text of a municipality's pack (source language Swedish)."""
    return Text(message, domain="content")
