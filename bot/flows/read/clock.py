"""Times of day in what people write: "kl 18", "halv sju", "kvart över sex", "6 pm", "الساعة السادسة والنصف"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from functools import lru_cache

from bot.flows.read.lexicon import either, word_lists, word_map, word_set

_LATE, _NOON = 7, 12
"""An hour up to this one, said without part of the day, is proposed after noon: activities seldom begin at six."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time found, whether it is `sure` (else it has to be asked), and the words left over.

    `until` when an end was said too ("18-20"): `at` is the beginning. `proposed` when only "in the evening" was said.
    """

    at: time
    sure: bool
    rest: str
    until: bool = False
    proposed: bool = False


def clock_in(words: str, locale: str, *, bare: bool = False) -> Clock | None:
    """The time in folded words with digits. With `bare`, a lone number is an hour and "12.10" no date."""
    day_part = _part_of_day(words, locale)
    for match, hour, minute in _matches(words, locale, bare):
        if not (0 <= hour <= 24 and 0 <= minute <= 59) or (hour == 24 and minute):
            continue
        start = match.start("last") if "last" in match.re.groupindex else match.start()
        rest = f"{words[:start]} ; {words[match.end() :]}"
        half = _half(match[0], locale) or (day_part[1] if day_part else "")
        if day_part:
            rest = _without(rest, day_part[0], locale)
        return _resolved(hour % 24, minute, half, match, rest)
    if day_part and day_part[2]:
        return Clock(day_part[2], day_part[3], _without(words, day_part[0], locale), proposed=not day_part[3])
    return None


def _without(words: str, part: str, locale: str) -> str:
    """The words without a part of the day, except where it names the day too ("tonight")."""
    return words if part in word_map(locale, "days", "relative") else words.replace(part, " ; ", 1)


def _resolved(hour: int, minute: int, half: str, match: re.Match[str], rest: str) -> Clock:
    """The time of the 24-hour clock; not sure when the hour may be before or after noon."""
    until = bool(re.search(r"\d\s*-\s*\d", match[0])) or bool(match.groupdict().get("until"))
    if half == "pm" and 1 <= hour < _NOON:
        return Clock(time(hour + 12, minute), True, rest, until)
    if half == "am":
        return Clock(time(0 if hour == _NOON else hour, minute), True, rest, until)
    digits = re.match(r"\D*(\d{1,2})[:.]\d\d", match[0])
    if hour == 0 or hour >= _NOON or half == "pm" or (digits and (digits[1][0] == "0" or hour > _LATE)):
        return Clock(time(hour, minute), True, rest, until)
    return Clock(time(hour + 12 if hour <= _LATE else hour, minute), False, rest, until)


def _part_of_day(words: str, locale: str) -> tuple[str, str, time | None, bool] | None:
    """The longest words for a part of the day: the words, am or pm, the time they propose, and whether that is sure."""
    parts = word_map(locale, "times", "parts")
    named = {word: time.fromisoformat(str(at)) for word, at in parts.items()}
    noon, midnight = word_set(locale, "times", "noon"), word_set(locale, "times", "midnight")
    am, pm = word_set(locale, "times", "am"), word_set(locale, "times", "pm")
    said = (match[0] for match in _any_part(locale).finditer(words))
    word = next((each for each in said if each in named or each in noon | midnight | am | pm), None)
    if word is None:
        return None
    if word in noon or word in midnight:
        return word, "", time(12) if word in noon else time(0), True
    proposed = next((at for name, at in named.items() if word == name or word.endswith(f" {name}")), None)
    return word, "pm" if word in pm else "am" if word in am else "", proposed, False


@lru_cache(maxsize=64)
def _any_part(locale: str) -> re.Pattern[str]:
    names = ("noon", "midnight", "am", "pm")
    other = (word_map(locale, "times", "parts"), word_map(locale, "days", "relative"))  # "i morgon" is no morning
    return re.compile(either(*(word_set(locale, "times", name) for name in names), *other))


def _half(words: str, locale: str) -> str:
    """am or pm, when said right beside the hour."""
    for half in ("am", "pm"):
        if _ends_with_half(locale, half).search(words.strip()):
            return half
    return ""


@lru_cache(maxsize=64)
def _ends_with_half(locale: str, half: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=[\d\s]){either(word_set(locale, 'times', half))}\.?$")


@lru_cache(maxsize=64)
def _patterns(locale: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    def words(name: str) -> str:
        return either(word_set(locale, "times", name))

    at, quarter, past, to = words("at"), words("quarter"), words("past"), words("to")
    named = either(word_lists(locale, "times", "hours"))
    hour = rf"(?:(?<!\d)(?P<hour>\d{{1,2}})(?!\d)|(?P<named>{named}))"
    half = rf"(?:\s*(?:{either(word_set(locale, 'times', 'am'), word_set(locale, 'times', 'pm'))})\.?)?"
    minutes = rf"(?:(?P<quarter>{quarter})|(?<!\d)(?P<minutes>\d{{1,2}})(?:\s*{words('minutes')})?)"
    between, both = (either(word_set(locale, "numbers", name)) for name in ("between", "and"))
    months = either(word_lists(locale, "days", "months"))
    span = r"(?:\s*-\s*\d{1,2}(?:[:.]\d\d)?)?"
    not_a_date = r"(?!\d|[./:-]\d)"
    shapes = {
        "half_to": rf"(?:{minutes}\s+(?:(?P<past>{past})|(?P<to>{to}))\s+)?{words('half_to')}\s+{hour}{half}",
        "half_past": rf"{words('half_past')}\s+{hour}{half}",
        "past_or_to": rf"{minutes}\s+(?:(?P<past>{past})|(?P<to>{to}))\s+{hour}{not_a_date}{half}",
        "after": rf"{hour}\s+(?:(?P<half>{words('half_after')})|(?P<quarter>{words('quarter_after')})|"
        rf"(?P<before>{words('quarter_before')}))",
        "digits": rf"(?P<at>{at}\s*)?(?<![\d./-])(?P<hour>\d{{1,2}})(?P<sign>[:.])(?P<minute>\d\d)(?!\d|[./]\d)"
        rf"{span}{half}",
        "between": rf"{between}\s+{hour}\s*(?:-|{both})\s*"
        rf"(?P<until>\d{{1,2}}){not_a_date}{half}",
        "joined": rf"(?P<at>{at})\s*(?P<hour>\d{{1,2}})(?P<minute>\d\d)(?!\d)",
        "at": rf"{at}\s*{hour}(?:{not_a_date}|(?=\s*-)){span}{half}",
        "half": rf"{hour}\s*(?:{either(word_set(locale, 'times', 'am'), word_set(locale, 'times', 'pm'))})",
        "o'clock": rf"{hour}\s+{at}(?!\s*\d)",
        "hours": r"(?<![\d./-])(?P<hour>\d{1,2})h(?P<minute>\d\d)?(?![^\W_])",
        "span": r"(?<![\d./:-])(?P<hour>\d{1,2})\s*-\s*(?P<until>\d{1,2})(?![\d./:-])",
        "after a date": rf"\d\W?\w{{0,2}}\s*{months}\.?\s+(?P<last>(?P<hour>\d{{1,2}}))$",
        "bare": r"^\W*(?P<hour>\d{1,2})(?P<minute>\d\d)?\W*$",
    }
    return tuple((name, re.compile(shape)) for name, shape in shapes.items())


def _matches(words: str, locale: str, bare: bool) -> Iterator[tuple[re.Match[str], int, int]]:
    """Everything that may be a time, likeliest shape first: the match, the hour and the minute."""
    names = word_lists(locale, "times", "hours")
    for shape, pattern in _patterns(locale):
        for match in pattern.finditer(words):
            has = match.groupdict()
            hour = int(has["hour"]) if has.get("hour") else names.get(has.get("named") or "", 99)
            minute = int(has.get("minute") or 0)
            if (
                shape == "digits"
                and has["sign"] == "."
                and not has["at"]
                and not bare
                and (minute % 5 or 0 < minute <= 12)
            ):
                continue
            if shape == "bare" and not bare:
                continue
            if shape == "span" and not bare and int(has["until"]) <= 12:
                continue
            shift = _shift(shape, has)
            if shift:
                hour, minute = (13 if shift < 0 and hour == 1 else hour) + (minute + shift) // 60, (minute + shift) % 60
            yield match, hour, minute


def _shift(shape: str, has: dict[str, str | None]) -> int:
    """The minutes to add to the named hour: 30 before it for "halv", 15 after it for "kvart över"."""
    minutes = 15 if has.get("quarter") else int(has.get("minutes") or 0)
    minutes = -minutes if has.get("to") or has.get("before") else minutes
    if shape == "half_to":
        return minutes - 30
    if shape == "half_past" or has.get("half"):
        return 30
    return -15 if has.get("before") else minutes
