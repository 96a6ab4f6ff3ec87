"""Amounts of money in what people write: where they stand, and in what currency."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

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


def amounts(said: str, locale: str) -> list[Amount]:
    """The amounts in a sentence, with what currency is said beside each."""
    folded = fold_money(said)
    numbers = find_numbers(folded, locale)
    return list(_amounts(folded, numbers, locale))


def _amounts(folded: str, numbers: Numbers, locale: str) -> Iterator[Amount]:
    marks = {
        **dict.fromkeys(kronor_words(locale), "kr"),
        **dict.fromkeys(word_set(locale, "money", "foreign"), "foreign"),
    }
    for each in numbers.found:
        if each.weak:
            continue
        start, end = numbers.tokens[each.first].start, numbers.tokens[each.after - 1].end
        after, before = folded[end : end + _NEAR].lstrip(), folded[max(0, start - _NEAR) : start].rstrip()
        currency = ""
        for mark in sorted(marks, key=len, reverse=True):
            if re.match(rf"{re.escape(mark)}(?![^\W\d_])", after):
                currency, end = marks[mark], folded.index(mark, end) + len(mark)
                break
            if re.search(rf"(?<![^\W_]){re.escape(mark)}$", before):
                currency, start = marks[mark], folded.rindex(mark, 0, start)
                break
        yield Amount(each.value, currency, start, end)
