"""The words of numbers, dates and times, by language: one file each in bot/flows/words/, so that data adds a language.

A file holds these parts, of which every one and every list in it may be missing:

numbers
    values (word: number), times (word: what it multiplies by), short_times (the same, only right after digits: 8k),
    weak (number words that are also articles), joiners ("and" inside a number), attached (letters written together with
    the number after them: "for twenty"), phrases (several words that are one number: "half a dozen"), hedges (words
    without weight: "maybe"), between, to, and (the words of a range), unit_first (true where one says "five and twenty")
money
    kronor, foreign (currencies), for (between a sum and what it pays for), free (words for no cost)
days
    months, weekdays (twelve and seven lists, Monday first), relative (word: days from today), next, last, weeks (words:
    weeks from this one), week, weekend, in, from_now, ago, units (word: days), months_unit, the (before a day of the
    month), by (before a last day), ordinals (first to thirty-first), ordinal_endings, feasts (name: MM-DD)
times
    at, hours (names of the hours 1 to 12), half_past, half_to (the half hour before), half_after, quarter_after,
    quarter_before (said after the hour), quarter, minutes, past, to, noon, midnight, am, pm, parts (part of the day:
    the time proposed for it)
series
    every, other ("every other"), plurals (weekdays that mean every one), weeks, times (so many times), until, to (from … to
    between hours), from, year (a whole year), hours (units of length), not_times (words after two numbers that are no hours)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.flows.read.typed import fold
from bot.i18n.locales import TABLE, chain

WORDS = Path(__file__).resolve().parents[1] / "words"


@lru_cache(maxsize=64)
def _file(tag: str) -> dict[str, Any]:
    file = WORDS / f"{tag}.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}


@lru_cache(maxsize=64)
def files(locale: str) -> tuple[dict[str, Any], ...]:
    """What is known of the person's language (or the one it falls back to), then of Swedish and English."""
    own = chain(locale) if locale in TABLE else ()
    return tuple(filter(None, (_file(tag) for tag in dict.fromkeys((*own, "sv", "en")))))


@lru_cache(maxsize=256)
def word_set(locale: str, part: str, name: str) -> frozenset[str]:
    """The folded words of one list, in all the person's languages."""
    return frozenset(fold(str(word)) for file in files(locale) for word in file.get(part, {}).get(name, ()))


@lru_cache(maxsize=256)
def word_map(locale: str, part: str, name: str) -> Mapping[str, Any]:
    """The folded words of one table with their values; the person's own language wins."""
    merged: dict[str, Any] = {}
    for file in reversed(files(locale)):
        merged.update({fold(str(word)): value for word, value in file.get(part, {}).get(name, {}).items()})
    return merged


@lru_cache(maxsize=256)
def word_lists(locale: str, part: str, name: str) -> Mapping[str, int]:
    """The folded words of a list of lists (months, weekdays) or a list, each with its place from 1."""
    merged: dict[str, int] = {}
    for file in reversed(files(locale)):
        for place, entry in enumerate(file.get(part, {}).get(name, ()), start=1):
            merged.update(
                dict.fromkeys((fold(str(word)) for word in (entry if isinstance(entry, list) else [entry])), place)
            )
    return merged


def either(*words: Iterable[str]) -> str:
    """A pattern for any of the words, longest first, as whole words; one that never matches when there are none."""
    every = sorted({word for each in words for word in each}, key=len, reverse=True)
    return rf"(?<![^\W\d_])(?:{'|'.join(map(re.escape, every)) or '(?!)'})(?![^\W\d_])"
