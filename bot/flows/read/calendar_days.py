"""Days in what people write: "26/11", "nästa torsdag", "den 3:e", "om två veckor". Nothing is guessed silently.

Decisions:
- Digits only are day and month, as in Sweden; only where that is no day may it be month and day, and that is asked.
- A weekday is the first such day after today. "Next Thursday" is asked about while this week's lies ahead.
- A day without a year is the next one. It is asked about when it was less than half a year ago.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from bot.flows.read.lexicon import either, word_lists, word_map, word_set


class Why(StrEnum):
    """How a day was found, and what has to be asked about it."""

    SURE = "sure"
    GONE = "it has been; `day` is the next one"
    AHEAD = "it has not been yet, but a past day is wanted; `day` is the last one"
    NEXT = "'next': `day` is next week's, `other` this week's"
    TODAY = "today's weekday: `day` is in a week, `other` is today"
    WEEKDAY = "the weekday does not fit the date"
    LIKELY = "the likeliest reading of several"
    FAR = "years away"
    NO_SUCH_DAY = "the month is shorter; `day` is its last day"
    NO_SUCH_MONTH = "a month above twelve"
    BACK = "a day before today that has no next one: yesterday"
    WHICH_DAY = "only a week or a month was said; `day` is an example in it"


@dataclass(frozen=True, slots=True)
class Day:
    """A day found. `number` is the day of the month that does not exist."""

    day: date
    why: Why = Why.SURE
    other: date | None = None
    number: int = 0


FAR_DAYS = 3 * 366
HALF_YEAR = timedelta(days=183)


def day_in(words: str, locale: str, today: date, *, past: bool = False, bare: bool = False) -> Day | None:
    """The day in folded words with digits, or None. With `bare`, a lone number is a day of the month."""
    try:
        found = _found(words, locale, today, past, bare)
    except (OverflowError, ValueError):  # a year or a count beyond the calendar
        return None
    if found is None or found.why not in (Why.SURE, Why.LIKELY):
        return found
    weekday = _weekday(words, locale)
    if not past and found.day < today:
        return Day(_anniversary(found.day, today), Why.GONE, found.day)
    if past and found.day > today:
        return Day(_anniversary(found.day, today, back=True), Why.AHEAD, found.day)
    if abs((found.day - today).days) > FAR_DAYS and not past:
        return replace(found, why=Why.FAR)
    if weekday and weekday != found.day.isoweekday():
        return replace(found, why=Why.WEEKDAY)
    return found


def _found(words: str, locale: str, today: date, past: bool, bare: bool) -> Day | None:
    for finder in (_in_digits, _with_month, _relative, _week_and_weekday, _feast, _day_of_month, _with_hyphen):
        found = finder(words, locale, today, past)
        if found:
            return found
    lone = re.fullmatch(r"\W*(\d{1,2})\W*", words)
    if bare and lone:
        found = _next_day_of_month(int(lone[1]), today, past)
        return found and (replace(found, why=Why.LIKELY) if found.why is Why.SURE else found)
    return None


def _in_digits(words: str, locale: str, today: date, past: bool) -> Day | None:
    patterns = (
        (r"(?<![\d.])(?P<year>\d{4})(?P<s>[-/.])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})(?!\d)", 0),
        (r"(?<!\d)(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)", 0),
        (r"(?<!\d)(?P<day>\d{1,2})(?P<s>[-/.])(?P<month>\d{1,2})(?P=s)(?P<year>\d{4}|\d\d)(?!\d)", 1),
        (r"(?<![\d:.,/-])(?P<day>\d{1,2})\s?/\s?(?P<month>\d{1,2})(?![\d:/])", 1),
        (r"(?<![\d:.,/-])(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?![\d:/])", 1),
    )
    return _by_numbers(patterns, words, today, past)


def _with_hyphen(words: str, locale: str, today: date, past: bool) -> Day | None:
    """Also "26-11", when nothing else tells the day: it may have been a time from and to."""
    return _by_numbers(((r"(?<![\d:.,/-])(?P<day>\d{1,2})-(?P<month>\d{1,2})(?![\d:/])", 1),), words, today, past)


def _by_numbers(patterns: tuple[tuple[str, int], ...], words: str, today: date, past: bool) -> Day | None:
    for pattern, may_turn in patterns:
        match = re.search(pattern, words)
        if match:
            has = match.groupdict()
            year = int(has["year"]) if has.get("year") else None
            if year is not None and year < 100:
                year += 2000
            day, month = int(has["day"]), int(has["month"])
            if month > 12 >= day and may_turn and month <= 31:
                turned = _of(year, day, month, today, past)
                return replace(turned, why=Why.LIKELY) if turned.why is Why.SURE else turned
            return _of(year, month, day, today, past)
    return None


@lru_cache(maxsize=64)
def _month_patterns(locale: str) -> tuple[re.Pattern[str], ...]:
    month = rf"(?P<month>{either(word_lists(locale, 'days', 'months'))})\.?"
    year = r"(?:\s*,?\s*(?P<year>\d{4})(?![\d:.]))?"
    ordinal = rf"(?P<ordinal>{either(word_lists(locale, 'days', 'ordinals'))})"
    endings = "|".join(map(re.escape, sorted(word_set(locale, "days", "ordinal_endings"), key=len, reverse=True)))
    day = rf"(?:(?<![\d:.,])(?P<day>\d{{1,2}})(?:{endings})?\.?|{ordinal})"
    return (
        re.compile(rf"{day}\s*(?:[^\W\d_]{{1,3}}\s+)?{month}{year}"),
        re.compile(rf"{month}\s+(?:[^\W\d_]{{1,3}}\s+)?{day}(?![\d:.]\d){year}"),
        re.compile(rf"(?<![^\W_]){month}{year}"),
        re.compile(rf"{either(word_set(locale, 'days', 'the'))}\s+{day}(?![^\W_]|[:./-]\d)"),
        re.compile(rf"(?<![\d:.,])(?P<day>\d{{1,2}})(?:{endings or '(?!)'})(?![^\W_])"),
    )


def _with_month(words: str, locale: str, today: date, past: bool) -> Day | None:
    """As in "26 nov", "den 26:e november 2026", "November 26", "första maj"; a month alone asks for the day."""
    for pattern in _month_patterns(locale)[:2]:
        match = pattern.search(words)
        if match:
            year = int(match["year"]) if match["year"] else None
            return _of(year, word_lists(locale, "days", "months")[match["month"]], _number(match, locale), today, past)
    match = _month_patterns(locale)[2].search(words)
    if match and (len(match["month"]) > 3 or len(words.split()) <= 2):
        month = word_lists(locale, "days", "months")[match["month"]]
        year = int(match["year"]) if match["year"] else today.year + (month < today.month)
        return Day(date(year, month, 15), Why.WHICH_DAY)
    return None


def _number(match: re.Match[str], locale: str) -> int:
    return int(match["day"]) if match["day"] else word_lists(locale, "days", "ordinals")[match["ordinal"]]


def _relative(words: str, locale: str, today: date, past: bool) -> Day | None:
    """As in "imorgon", "om tre dagar", "in a week", "torsdag om en vecka"."""
    units, named = word_map(locale, "days", "units"), word_map(locale, "days", "relative")
    months = word_set(locale, "days", "months_unit")
    within, from_now, ago = _relative_patterns(locale)
    ahead = within.search(words) or from_now.search(words)
    back = ago.search(words)
    match = back or ahead
    if match:
        has = match.groupdict()
        number = int(has.get("count") or has.get("n") or 1) * (-1 if back else 1)
        word = has.get("unit") or has.get("u") or ""
        if word in months:
            return Day(_months_later(today, number))
        weekday = _weekday(words, locale)
        if weekday and units[word] % 7 == 0 and number > 0:
            return Day(_coming(weekday, today) + timedelta(days=number * units[word]))
        return _counted(today, number * units[word], past)
    match = _named(locale, "relative").search(words)
    return _counted(today, named[match[0]], past) if match else None


@lru_cache(maxsize=64)
def _relative_patterns(locale: str) -> tuple[re.Pattern[str], ...]:
    """A count of days ahead, said before or after it, and one of days ago."""
    units, months = word_map(locale, "days", "units"), word_set(locale, "days", "months_unit")
    within, ago = either(word_set(locale, "days", "in")), either(word_set(locale, "days", "ago"))
    from_now, one = either(word_set(locale, "days", "from_now")), either(word_set(locale, "numbers", "weak"))
    count = rf"(?:(?<!\d)(?P<count>\d{{1,4}})\s*|(?:{one})\s+)"
    unit = rf"(?P<unit>{either(units, months)})"
    turned = rf"{ago}\s+{count.replace('<count>', '<n>')}?{unit.replace('<unit>', '<u>')}"
    shapes = (
        rf"{within}\s+{count}?{unit}",
        rf"{count}{unit}\s+{from_now}",
        rf"{count}{unit}\s+{ago}|{turned}",
    )
    return tuple(re.compile(shape) for shape in shapes)


@lru_cache(maxsize=256)
def _named(locale: str, name: str) -> re.Pattern[str]:
    """Any of the words of one list or table about days."""
    return re.compile(either(word_set(locale, "days", name)))


@lru_cache(maxsize=64)
def _week_number(locale: str) -> re.Pattern[str]:
    return re.compile(rf"{either(word_set(locale, 'days', 'week'))}\.?\s*(\d{{1,2}})(?!\d)")


@lru_cache(maxsize=64)
def _weekdays(locale: str) -> re.Pattern[str]:
    return re.compile(either(word_lists(locale, "days", "weekdays")))


@lru_cache(maxsize=64)
def _short_weekdays(locale: str) -> re.Pattern[str]:
    """Short forms with a dot, or a number or time behind them: "tis 18", "sat. at 10"; ";" stands for a time cut out."""
    at = either(word_set(locale, "times", "at"))
    return re.compile(rf"{either(word_lists(locale, 'days', 'weekdays_short'))}(?=\.|\s*;|,?\s+(?:{at}\s*)?\d)")


def _counted(today: date, days: int, past: bool) -> Day:
    return Day(today + timedelta(days=days), Why.BACK if days < 0 and not past else Why.SURE)


def _week_and_weekday(words: str, locale: str, today: date, past: bool) -> Day | None:
    """As in "torsdag", "nästa torsdag", "tisdag vecka 48", "i helgen"; a week alone asks for the day."""
    weekday = _weekday(words, locale)
    weekend = _named(locale, "weekend").search(words)
    monday = _monday(words, locale, today, past)
    if monday:
        if weekday or weekend:
            return Day(monday + timedelta(days=(weekday or 6) - 1), Why.SURE if weekday else Why.LIKELY)
        return Day(monday + timedelta(days=3), Why.WHICH_DAY)
    if not weekday and not weekend:
        return None
    coming = _coming(weekday or 6, today)
    last = today - timedelta(days=(today.isoweekday() - (weekday or 6) - 1) % 7 + 1)
    if past:
        return Day(last)
    if _named(locale, "last").search(words):
        return Day(coming, Why.GONE, last)
    is_next = _named(locale, "next").search(words)
    same_week = coming.isocalendar()[:2] == today.isocalendar()[:2]
    if is_next and same_week:
        return Day(coming + timedelta(days=7), Why.NEXT, coming)
    if weekday == today.isoweekday() and not is_next:
        return Day(coming, Why.TODAY, today)
    return Day(coming, Why.SURE if weekday else Why.LIKELY)


def _monday(words: str, locale: str, today: date, past: bool) -> date | None:
    """The Monday of the week that is said: "nästa vecka", "v. 48"."""
    weeks = word_map(locale, "days", "weeks")
    this_monday = today - timedelta(days=today.isoweekday() - 1)
    match = _named(locale, "weeks").search(words)
    if match:
        return this_monday + timedelta(weeks=weeks[match[0]])
    match = _week_number(locale).search(words)
    if not match:
        return None
    monday = date.fromisocalendar(today.isocalendar().year, int(match[1]), 1)
    return (
        date.fromisocalendar(today.isocalendar().year + 1, int(match[1]), 1)
        if monday < this_monday and not past
        else monday
    )


def _weekday(words: str, locale: str) -> int | None:
    """The one weekday that is named, 1 for Monday. Short forms ("sat") may be other words, see `_short_weekdays`."""
    names, short = word_lists(locale, "days", "weekdays"), word_lists(locale, "days", "weekdays_short")
    found = {names[match[0]] for match in _weekdays(locale).finditer(words)}
    if not found:
        found = {short[match[0]] for match in _short_weekdays(locale).finditer(words)}
    if not found and len(words.split()) <= 2:
        found = {short[word] for word in words.replace(".", " ").split() if word in short}
    return found.pop() if len(found) == 1 else None


def _feast(words: str, locale: str, today: date, past: bool) -> Day | None:
    feasts = word_map(locale, "days", "feasts")
    match = _named(locale, "feasts").search(words)
    if not match:
        return None
    month, day = map(int, str(feasts[match[0]]).split("-"))
    return _of(None, month, day, today, past)


def _day_of_month(words: str, locale: str, today: date, past: bool) -> Day | None:
    """As in "den 3:e", "the 3rd"."""
    for pattern in _month_patterns(locale)[3:]:
        match = pattern.search(words)
        if match:
            number = int(match["day"]) if match["day"] else _number(match, locale)
            return _next_day_of_month(number, today, past)
    return None


def _next_day_of_month(number: int, today: date, past: bool) -> Day | None:
    """The next such day; not sure when this month or the next is too short for it."""
    if not 1 <= number <= 31:
        return None
    month, short = date(today.year, today.month, 1), False
    for _count in range(3):
        last = calendar.monthrange(month.year, month.month)[1]
        if number <= last:
            day = month.replace(day=number)
            if (day <= today) if past else (day >= today):
                return Day(day, Why.LIKELY if short else Why.SURE)
        short = short or number > last
        month = _months_later(month, -1 if past else 1)
    return None


def _of(year: int | None, month: int, day: int, today: date, past: bool) -> Day:
    """A day by its numbers."""
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return Day(today, Why.NO_SUCH_MONTH)
    known_year = year if year is not None else today.year
    if day > (29 if month == 2 and year is None else calendar.monthrange(known_year, month)[1]):
        last = _of(year, month, calendar.monthrange(known_year, month)[1], today, past).day
        return Day(last, Why.NO_SUCH_DAY, number=day)
    if year is not None:
        return Day(date(year, month, day))
    here = _in_year(today.year, month, day, -1 if past else 1)
    if past:
        return Day(here if here <= today else _in_year(here.year - 1, month, day, -1))
    if here >= today:
        return Day(here)
    coming = _in_year(today.year + 1, month, day, 1)
    return Day(coming) if coming - today <= HALF_YEAR else Day(here)


def _in_year(year: int, month: int, day: int, step: int) -> date:
    """The day in that year; 29 February in the nearest leap year in the direction of `step`."""
    while month == 2 and day == 29 and not calendar.isleap(year):
        year += step
    return date(year, month, day)


def _anniversary(day: date, today: date, *, back: bool = False) -> date:
    """The same day and month, next after today (or last before it)."""
    step = -1 if back else 1
    near = _in_year(today.year, day.month, day.day, step)
    if (near > today) if back else (near < today):
        near = _in_year(near.year + step, day.month, day.day, step)
    return near


def _coming(weekday: int, today: date) -> date:
    """The first such weekday after today."""
    return today + timedelta(days=(weekday - today.isoweekday() - 1) % 7 + 1)


def _months_later(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
