"""Days, times, money, phone numbers, lists and sorting, the Swedish way in every language.

What all languages share here: Monday first and ISO weeks, the 24-hour clock, the Gregorian calendar, Latin digits,
kronor without decimals. What differs: the names of days and months and their order, how digits are grouped, how a list
ends.
Babel has the words; where it has none, or English ones (Babel 2.18: smj, sma, ckb and what it does not know at all),
they come from our own catalogue.
"""

from __future__ import annotations

import pickle
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from babel import Locale, localedata
from babel.dates import format_date, get_day_names, get_month_names
from babel.lists import format_list
from babel.numbers import format_decimal

from bot.i18n.catalogues import current
from bot.i18n.locales import chain, from_platform, locale
from bot.i18n.markup import NBSP
from bot.i18n.text import Ltr, Text, n_, p_

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

T = TypeVar("T")

FIRST_WEEKDAY = 0
"""Monday, as `date.weekday()` counts, for every calendar. Babel would begin the Dari week on Saturday."""

_DAY_PATTERNS = {
    # Weekday, day and month in words, without and with the year. CLDR 47; Babel 2.18 cannot build the first from its
    # skeletons (it shortens the weekday or swaps day and month).
    "sv_SE": ("EEEE d MMMM", "EEEE d MMMM y"),
    "en_SE": ("EEEE d MMMM", "EEEE d MMMM y"),
    "ar": ("EEEE، d MMMM", "EEEE، d MMMM y"),
    "uk": ("EEEE, d MMMM", "EEEE, d MMMM y 'р'."),
    "so": ("EEEE, d MMMM", "EEEE, d MMMM y"),
    "ti": ("EEEE፣ d MMMM", "EEEE፣ d MMMM y"),
    "fa_AF": ("EEEE d MMMM", "EEEE d MMMM y"),
    "fa": ("EEEE d MMMM", "EEEE d MMMM y"),
    "ckb": ("EEEE، dی MMMM", "EEEE، dی MMMMی y"),
    "ku": ("EEEE, d'ê' MMMM'ê'", "EEEE, d'ê' MMMM'a' y'an'"),
    "fi_FI": ("cccc d. MMMM", "cccc d. MMMM y"),
    "ru": ("EEEE, d MMMM", "EEEE, d MMMM y 'г'."),
    "pl": ("EEEE, d MMMM", "EEEE, d MMMM y"),
    "ps": ("EEEE د MMMM d", "EEEE د y د MMMM d"),
    "tr": ("d MMMM EEEE", "d MMMM y EEEE"),
    "es": ("EEEE, d 'de' MMMM", "EEEE, d 'de' MMMM 'de' y"),
    "bs": ("EEEE, d. MMMM", "EEEE, d. MMMM y."),
    "th": ("EEEEที่ d MMMM", "EEEEที่ d MMMM 'ค.ศ.' y"),
    "am": ("EEEE፣ d MMMM", "EEEE፣ d MMMM y"),
    "se_SE": ("EEEE, d. MMMM", "EEEE, d. MMMM y"),
    "yi": ("EEEE, dטן MMMM", "EEEE, dטן MMMM y"),
}

WEEKDAYS = (
    p_("weekday", "Monday"), p_("weekday", "Tuesday"), p_("weekday", "Wednesday"), p_("weekday", "Thursday"),
    p_("weekday", "Friday"), p_("weekday", "Saturday"), p_("weekday", "Sunday"),
)  # fmt: skip
_MONTHS = (
    p_("month", "January"), p_("month", "February"), p_("month", "March"), p_("month", "April"), p_("month", "May"),
    p_("month", "June"), p_("month", "July"), p_("month", "August"), p_("month", "September"),
    p_("month", "October"), p_("month", "November"), p_("month", "December"),
)  # fmt: skip


# Days and times


def day_words(day: date, tag: str, with_year: bool = True) -> str:
    """A day in words: "onsdag 4 november 2026". Never digits only: 3/11 is read in two ways."""
    for each in chain(tag):
        row = locale(each)
        if "dates" not in row.no_data:
            return _babel_day_words(day, each, with_year)
        if words := _own_day_words(day, each, with_year):
            return words
    raise AssertionError("English is in every chain")  # pragma: no cover


@lru_cache(maxsize=16_384)
def _babel_day_words(day: date, tag: str, with_year: bool) -> str:
    row = locale(tag)
    return format_date(day, _DAY_PATTERNS[row.fmt][with_year], locale=row.babel)


def _own_day_words(day: date, tag: str, with_year: bool) -> str | None:
    weekday = current().own(WEEKDAYS[day.weekday()], tag)
    month = current().own(_MONTHS[day.month - 1], tag)
    # TRANSLATORS: a day, as in "Wednesday 4 November". Keep all three; change their order as your language needs.
    parts = p_("day", "{weekday} {day} {month}", weekday=weekday or "", day=day.day, month=month or "")
    pattern = current().own(parts, tag)
    if not (weekday and month and pattern):
        return None
    words = pattern.replace("{weekday}", weekday).replace("{day}", str(day.day)).replace("{month}", month)
    return f"{words} {day.year}" if with_year else words


def weekday_names(tag: str) -> list[str]:
    """Monday to Sunday, for the head of a calendar."""
    for each in chain(tag):
        row = locale(each)
        if "dates" not in row.no_data:
            names = get_day_names("wide", _alone("days", row.babel), row.babel)
            return [names[index] for index in range(7)]
        own = [words for text in WEEKDAYS if (words := current().own(text, each))]
        if len(own) == len(WEEKDAYS):
            return own
    raise AssertionError("English is in every chain")  # pragma: no cover


def month_names(tag: str) -> list[str]:
    """January to December, standing alone."""
    for each in chain(tag):
        row = locale(each)
        if "dates" not in row.no_data:
            names = get_month_names("wide", _alone("months", row.babel), row.babel)
            return [names[index] for index in range(1, 13)]
        own = [words for text in _MONTHS if (words := current().own(text, each))]
        if len(own) == len(_MONTHS):
            return own
    raise AssertionError("English is in every chain")  # pragma: no cover


@cache
def _alone(kind: str, babel: Locale) -> Literal["format", "stand-alone"]:
    """The context of names that stand alone: "format" where a language has no names of its own for it.

    Babel (2.18) resolves what such a language inherits inside data that all languages share, and so hands one language's
    names to the next that asks. So its files are looked at as they are.
    """
    name = str(babel)
    while name:
        with Path(localedata.resolve_locale_filename(name)).open("rb") as file:
            own = pickle.load(file)
        if "wide" in own.get(kind, {}).get("stand-alone", {}):
            return "stand-alone"
        name = name.rpartition("_")[0]
    return "format"


def week(day: date) -> int:
    """The ISO week's number. Babel's week of plain `sv` follows American rules."""
    return day.isocalendar().week


def clock(moment: time) -> str:
    """Hours and minutes on the 24-hour clock, in every language."""
    return f"{moment.hour:02}:{moment.minute:02}"


def times(start: time, end: time) -> Ltr:
    """From one hour to another the same day: "09:00–16:30"."""
    return Ltr(f"{clock(start)}–{clock(end)}")


def days(first: date, last: date) -> Text:
    """From one day to another, as a text of its own."""
    # TRANSLATORS: a span of days; both are written out with weekday and month.
    return p_("days", "{first} to {last}", first=first, last=last)


def moment(day: date, at: time) -> Text:
    """A day and an hour, as a text of its own; what an aware `datetime` becomes too."""
    # TRANSLATORS: {day} is like "Wednesday 4 November", {time} like "14:30" (24-hour clock).
    return p_("moment", "{day} at {time}", day=day, time=at)


def duration(minutes: int) -> Text:
    """How long something takes, in the largest unit that fits: minutes under two hours, then hours, then days.

    Rounded up to whole units. Babel's own units are broken in ten of our languages (issue 1217).
    """
    if minutes < 120:
        return n_("{count} minute", "{count} minutes", minutes)
    if minutes < 48 * 60:
        return n_("{count} hour", "{count} hours", -(-minutes // 60))
    return n_("{count} day", "{count} days", -(-minutes // (24 * 60)))


# Numbers, money, phone


@lru_cache(maxsize=16_384)
def number(value: int, tag: str) -> str:
    """A whole number with the language's grouping and Latin digits. Years and numbers of things are `str`, not this."""
    if 0 <= value < 1_000:
        return str(value)
    return format_decimal(value, locale=locale(tag).babel)


def kronor(amount: int) -> str:
    """Money as on signs in Sweden, in every language: "25 000 kr" with no-break spaces."""
    return f"{amount:,} kr".replace(",", NBSP).replace(" ", NBSP).replace("-", "−")


def phone(number: str) -> Ltr:
    """A phone number as dialled in Sweden: "08-123 45 67" with no-break spaces; foreign ones with country code.

    Short numbers ("116 111") and what is no number stay as they are written.
    """
    parsed = _parsed(number)
    if parsed is None:
        return Ltr(number.strip().replace(" ", NBSP))
    import phonenumbers

    form = phonenumbers.PhoneNumberFormat
    style = form.NATIONAL if parsed.country_code == 46 else form.INTERNATIONAL
    return Ltr(phonenumbers.format_number(parsed, style).replace(" ", NBSP))


def phone_address(number: str) -> str:
    """The `tel:` address of a phone number: `tel:+46812345678`, and `tel:112` for short numbers."""
    parsed = _parsed(number)
    if parsed is None:
        return "tel:" + re.sub(r"\D", "", latin_digits(number))
    import phonenumbers

    return "tel:" + phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _parsed(number: str) -> PhoneNumber | None:
    """The number, or None for short numbers (112, 1177, 90101, 116 111) and what cannot be dialled."""
    import phonenumbers  # large, and only some replies need it

    try:
        parsed = phonenumbers.parse(number, "SE")
    except phonenumbers.NumberParseException:
        return None
    short = parsed.country_code == 46 and len(str(parsed.national_number)) <= 6
    return None if short or not phonenumbers.is_possible_number(parsed) else parsed


def latin_digits(words: str) -> str:
    """Words with the decimal digits of every script (Arabic-Indic, Persian …) as 0-9, for reading what people write."""
    if words.isascii():
        return words
    return "".join(
        str(unicodedata.decimal(each)) if not each.isascii() and each.isdecimal() else each for each in words
    )


def language_name(code: str, tag: str) -> str:
    """A language in the reader's words: "prs" is "dari" in Swedish. By its own name, or its code, where that is not known."""
    known = from_platform(code)
    row = locale(known) if known else None
    names = locale(tag).babel.languages
    own = (
        [row.fmt] if row and row.fmt.replace("_", "-").lower() in row.codes else []
    )  # else it borrows another's formats
    return next((str(names[each]) for each in (code, *own) if each in names), row.own_name if row else code)


# Lists and sorting


def joined(items: Sequence[str], tag: str) -> str:
    """A list in words: "a, b och c". The items may already be markup."""
    if len(items) < 2:
        return "".join(items)
    row = locale(tag)
    if "lists" not in row.no_data:
        return format_list(items, locale=row.babel)
    comma = "، " if row.script == "Arab" else ", "
    # TRANSLATORS: the end of a list, as in "tea, coffee and juice"; {items} is all but the last.
    pattern = current().own(p_("list", "{items} and {last}", items="", last=""), tag)
    if not pattern:
        return comma.join(items)  # an English "and" would be worse than none
    before, between, after = _around(pattern)
    return before + comma.join(items[:-1]) + between + items[-1] + after


@cache
def _around(pattern: str) -> tuple[str, str, str]:
    before, rest = pattern.split("{items}")
    between, after = rest.split("{last}")
    return before, between, after


_SWEDISH = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ü": "y"})


def sort_key(words: str, tag: str) -> Any:
    """A key that sorts words as readers of the language expect: å, ä, ö last in Swedish; accents ignored elsewhere.

    For Arabic and other scripts it uses `pyuca` where that is installed. Code points would put the Persian letters
    after all Arabic ones.
    """
    if tag.partition("-")[0] in ("sv", "en", "fi", "fit", "se", "smj", "sma"):
        return (_unaccented(words.casefold().translate(_SWEDISH)), words)
    if collator := _collator():
        return (collator(words), words)
    return (_unaccented(words.casefold()), words)


def in_order(items: Iterable[T], tag: str, key: Callable[[T], str]) -> list[T]:
    """Items sorted by their words, for readers of `tag`."""
    return sorted(items, key=lambda item: sort_key(key(item), tag))


def _unaccented(words: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", words) if not unicodedata.combining(each))


@cache
def _collator() -> Callable[[str], Any] | None:
    try:
        from pyuca import Collator  # type: ignore[import-not-found]
    except ImportError:
        return None
    sort: Callable[[str], Any] = Collator().sort_key
    return sort
