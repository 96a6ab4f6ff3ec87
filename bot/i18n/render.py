"""The one place where a `Text` becomes words: in the reader's language, safe to send, in the right direction.

The result is the light markup of `bot.i18n.markup`. Everything that is put into a sentence is escaped, and set apart
with direction isolates where the sentence runs from right to left or the value may: without them "08-123 45 67" shows
as "67 45 123-08" and `/help` as `help/`.

A text that cannot be shown as meant (a value is missing, a translation names a placeholder its source lacks) raises
`Unrenderable` where the catalogues are strict, as in tests. In the running program it is logged; a bad translation
gives way to the next language of the chain, and a missing value becomes "…". Residents never see a raw `{name}`.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.i18n import formats
from bot.i18n.catalogues import Catalogues, current, source
from bot.i18n.locales import locale
from bot.i18n.markup import (
    BadTemplate,
    Template,
    clean,
    escape,
    has_rtl,
    isolate,
    literal,
    plain,
    rtl_lines,
    template,
)
from bot.i18n.text import LanguageName, Link, Ltr, Made, OwnName, Sek, Text, Value

__all__ = ["STOCKHOLM", "Unrenderable", "lang_of", "plain", "render", "rtl_lines"]

STOCKHOLM = ZoneInfo("Europe/Stockholm")

_GAP = "…"
_SAFE_ADDRESS = re.compile(r"(?:https?://|tel:\+?\d|mailto:|tg://)[^\s\x00-\x20\x7f]*\Z", re.IGNORECASE)
_NOTHING: Mapping[str, Value] = MappingProxyType({})

log = logging.getLogger(__name__)


class Unrenderable(ValueError):
    """A text that cannot be shown as meant; `message` is its source sentence. A mistake in our code or catalogue."""

    def __init__(self, message: str, trouble: str) -> None:
        super().__init__(f"{message!r}: {trouble}")
        self.message = message


def render(
    text: Text,
    tag: str,
    *,
    zone: ZoneInfo = STOCKHOLM,
    made: Mapping[str, Value] = _NOTHING,
    today: date | None = None,
) -> str:
    """A text in the language `tag`, as light markup.

    Values inside a sentence that fell back to another language follow that language, so that a sentence is never mixed.
    `zone` is where aware datetimes are shown. `made` holds what the turn's effects have made. A day shows its year,
    except when `today` is given and lies in the same year: give it in conversations, leave it out in documents.

    Raises:
        UnknownLocale: `tag` is not one of the table's.
        Unrenderable: The text's values do not fit it (only with strict catalogues; see the module).
    """
    if not text.values and text.plural is None:
        return _unchanging(current(), text, tag)
    return _Reader(current(), zone, made, today).text(text, tag)[0]


@functools.lru_cache(maxsize=16_384)
def _unchanging(catalogues: Catalogues, text: Text, tag: str) -> str:
    return _Reader(catalogues, STOCKHOLM, _NOTHING, None).text(text, tag)[0]


def lang_of(text: Text, tag: str) -> str:
    """The language that `render` really gives this text in, for the `lang` and `dir` of what shows it."""
    return _Reader(current(), STOCKHOLM, _NOTHING, None).chosen(text, tag)[1]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, where and when."""

    catalogues: Catalogues
    zone: ZoneInfo
    made: Mapping[str, Value]
    today: date | None

    def text(self, text: Text, tag: str) -> tuple[str, str]:
        """The text as markup, and its language."""
        form, real = self.chosen(text, tag)
        if not form.names:
            return "".join(words for words, _ in form.parts), real
        values = dict(text.values)
        rtl = locale(real).dir == "rtl"
        pieces: list[str] = []
        for words, name in form.parts:
            pieces.append(words)
            if name is not None:
                pieces.append(self.value(values[name], real, rtl) if name in values else self.gap(text, name))
        return "".join(pieces), real

    def chosen(self, text: Text, tag: str) -> tuple[Template, str]:
        """The best translation that can be used, taken apart, and its language."""
        if text.domain == "content" and not text.values and text.plural is None:
            words, real = next(self.catalogues.candidates(text, tag))
            return _literal(words), real
        known = {name for name, _ in text.values}
        last = ""
        for words, real in self.catalogues.candidates(text, tag):
            last = real
            try:
                form = template(words)
            except BadTemplate as error:
                self.trouble(text, f"its wording in {real} is no template: {error}")
                continue
            if form.names <= known or form.names <= _names(source(text)):
                return form, real
            self.trouble(text, f"its wording in {real} names {sorted(form.names - known)}, which the source does not")
        return _literal(source(text)), last

    def value(self, value: Value, tag: str, rtl: bool) -> str:
        """One value as markup, set apart from a sentence that may run the other way."""
        match value:
            case str():
                words = escape(clean(value))
                return isolate(words) if rtl or has_rtl(words) else words
            case bool():
                raise TypeError("True and False are not values of a text; choose between two texts")
            case int():
                words = formats.number(value, tag)
                return isolate(words) if rtl and value < 0 else words
            case Text():
                words, real = self.text(value, tag)
                return isolate(words) if (locale(real).dir == "rtl") != rtl else words
            case Sek():
                words = formats.kronor(value.amount)
            case Ltr():
                words = escape(clean(value.words))
            case datetime():
                return self.moment(value, tag, rtl)
            case date():
                with_year = self.today is None or self.today.year != value.year
                words = escape(formats.day_words(value, tag, with_year))
            case time():
                words = formats.clock(value)
            case Link():
                return self.link(value, tag, rtl)
            case OwnName():
                words = escape(locale(value.tag).own_name)
                return isolate(words) if rtl or has_rtl(words) else words
            case LanguageName():
                words = escape(clean(formats.language_name(value.code, tag)))
                return isolate(words) if rtl or has_rtl(words) else words
            case Made():
                if value.name not in self.made:
                    return self.gap(Text(f"Made({value.name!r})"), value.name)
                return self.value(self.made[value.name], tag, rtl)
            case tuple():
                return formats.joined([self.value(item, tag, rtl) for item in value], tag)
            case _:
                raise TypeError(f"{type(value).__name__} is not a value a text can hold; see bot.i18n.text.Value")
        return isolate(words) if rtl else words

    def moment(self, moment: datetime, tag: str, rtl: bool) -> str:
        if moment.tzinfo is None:
            raise ValueError("a moment in a text must be aware (UTC); this datetime has no time zone")
        local = moment.astimezone(self.zone)
        words, _ = self.text(formats.moment(local.date(), local.time()), tag)
        return isolate(words) if rtl else words

    def link(self, link: Link, tag: str, rtl: bool) -> str:
        words = self.value(link.words, tag, rtl)
        url = self.made.get(link.url.name, "") if isinstance(link.url, Made) else link.url
        address = url.words if isinstance(url, Ltr) else url
        if not (isinstance(address, str) and _SAFE_ADDRESS.match(address)):
            self.trouble(link.words, "its link is no http, https, tel, mailto or tg address")
            return words
        return f'<a href="{escape(address)}">{words}</a>'

    def gap(self, text: Text, name: str) -> str:
        self.trouble(text, f"no value for {{{name}}}")
        return _GAP

    def trouble(self, text: Text, trouble: str) -> None:
        if self.catalogues.strict:
            raise Unrenderable(text.message, trouble)
        log.error("text shown in the next best way: %r: %s", text.message, trouble)


def _names(message: str) -> frozenset[str]:
    try:
        return template(message).names
    except BadTemplate:
        return frozenset()


def _literal(words: str) -> Template:
    try:
        return literal(words)
    except BadTemplate:
        return Template(((escape(words), None),), frozenset(), ())
