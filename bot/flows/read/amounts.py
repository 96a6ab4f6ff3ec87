"""Amounts of money in what people write: where they stand, and in what currency."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from bot.flows.read.lexicon import word_set
from bot.flows.read.numbers import Numbers, find_numbers
from bot.flows.read.typed import fold

_NEAR = 24
"""A currency stands at most so many characters from its number."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money that stands in a sentence: `currency` is "kr", "foreign" or "" (not said).

    `start` and `end` are places in `fold_money` of the sentence; the currency's word is inside.
    """

    value: Decimal
    currency: str
    start: int
    end: int


def whole_sek(amount: Decimal) -> int:
    """Whole kronor: fifty öre and more are rounded up, as in Swedish shops."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def fold_money(words: str) -> str:
    """Folded words in which the Swedish price sign (500:-) is written kr."""
    return re.sub(r"(?<=\d)\s?[:;,.](?:-+|=)", " kr ", fold(words))


def kronor_words(locale: str) -> frozenset[str]:
    return word_set(locale, "money", "kronor")


@lru_cache(maxsize=64)
def _marks(locale: str) -> tuple[tuple[str, str], ...]:
    """Words and signs of currencies, the longest first, each with what it says."""
    foreign = dict.fromkeys(word_set(locale, "money", "foreign"), "foreign")
    marks = {**dict.fromkeys(kronor_words(locale), "kr"), **foreign}
    return tuple(sorted(marks.items(), key=lambda mark: len(mark[0]), reverse=True))


def amounts(said: str, locale: str) -> list[Amount]:
    """The amounts in a sentence, with what currency is said beside each."""
    folded = fold_money(said)
    numbers = find_numbers(folded, locale)
    return list(_amounts(folded, numbers, locale))


def _amounts(folded: str, numbers: Numbers, locale: str) -> Iterator[Amount]:
    for each in numbers.found:
        if each.weak:
            continue
        start, end = numbers.tokens[each.first].start, numbers.tokens[each.after - 1].end
        after, before = folded[end : end + _NEAR].lstrip(), folded[max(0, start - _NEAR) : start].rstrip()
        currency = ""
        for mark, its in _marks(locale):
            if after.startswith(mark) and not after[len(mark) : len(mark) + 1].isalpha():
                currency, end = its, folded.index(mark, end) + len(mark)
                break
            if before.endswith(mark) and not before[: -len(mark)][-1:].isalnum():
                currency, start = its, folded.rindex(mark, 0, start)
                break
        yield Amount(each.value, currency, start, end)
