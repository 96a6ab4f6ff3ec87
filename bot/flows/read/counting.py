"""Answers that are a number: how many, and how much money."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.flows.model import Doubt, Known, Problem, Read, Reading
from bot.flows.read.amounts import amounts, fold_money, kronor_words, whole_sek
from bot.flows.read.choosing import NONE
from bot.flows.read.lexicon import word_set
from bot.flows.read.numbers import Found, Numbers, find_numbers, range_of, whole_value
from bot.flows.read.typed import Control, Kind, as_text, bare, fold, shown, words
from bot.i18n import Sek, Text, _

MAX_SEK = 100_000_000


@dataclass(frozen=True, slots=True)
class WholeNumber(Kind):
    """A whole number from `low` to `high`; with `ranges` also {"low": 20, "high": 25}. `unit` lists what is counted."""

    kind = "whole_number"
    low: int
    high: int
    ranges: bool = False
    unit: Text | None = None

    def said(self, said: str, known: Known, draft: Any) -> Reading:
        if self.low == 0 and bare(said) in words(NONE, known.locale):
            return Read(0)
        numbers = find_numbers(said, known.locale)
        unit = self._unit(known)
        ends = range_of(numbers, known.locale, unit)
        if ends:
            return self._range(*ends)
        found = numbers.found
        if len(found) > 1:
            found = tuple(each for each in found if _counts(numbers, each, unit)) or found
        if len(found) > 1:
            listed = tuple(int(each.value) for each in found[:4])
            return Problem(
                _("You wrote several numbers: {numbers}. Which one shall I note?", numbers=listed), self.help(known)
            )
        if not found or found[0].value % 1:
            return Problem(
                _("I could not read “{said}” as a number. Write it in digits, for example {example}.",
                  said=shown(said), example=self._example),
                _("Just the digits, such as {example}. A guess is enough.", example=self._example),
            )  # fmt: skip
        value = int(found[0].value)
        if numbers.before(found[0]) == "-":
            value = -value
        if not self.low <= value <= self.high:
            return self._outside(value)
        if found[0].weak and len(numbers.tokens) > 1 and not _counts(numbers, found[0], unit):
            return Doubt(value, _("Do you mean the number {number}?", number=value))
        return Read(value)

    def _range(self, one: Found, other: Found) -> Reading:
        low, high = sorted((one.value, other.value))
        if low % 1 or high % 1:
            return Problem(_("I need whole numbers here, for example {example}.", example=self._example))
        for end in (low, high):
            if not self.low <= end <= self.high:
                return self._outside(int(end))
        if low == high:
            return Read(int(low))
        if self.ranges:
            return Read({"low": int(low), "high": int(high)})
        return Doubt(
            int(high),
            _("You wrote {low} to {high}. I need one number here. Shall I note {high}?", low=int(low), high=int(high)),
        )

    def _outside(self, value: int) -> Problem:
        return Problem(
            _(
                "{number} does not fit here. I can note a number from {low} to {high}.",
                number=value,
                low=self.low,
                high=self.high,
            ),
            _(
                "It must be between {low} and {high}, for example {example}. If that is too narrow, ask for a human.",
                low=self.low,
                high=self.high,
                example=self._example,
            ),
        )

    @property
    def _example(self) -> int:
        return 20 if self.low <= 20 <= self.high else self.low

    def _unit(self, known: Known) -> frozenset[str]:
        return words(self.unit, known.locale) if self.unit else frozenset()

    def help(self, known: Known) -> Text:
        if self.ranges:
            return _(
                "Write a number, for example {example}, or two numbers with a line between. A guess is enough.",
                example=self._example,
            )
        return _("Write a number, for example {example}. A guess is enough.", example=self._example)

    def show(self, value: Any, known: Known) -> Text:
        if isinstance(value, dict):
            return _("{low} to {high}", low=int(value["low"]), high=int(value["high"]))
        return as_text(int(value))

    def spot(self, text: str, known: Known) -> Any | None:
        unit = self._unit(known)
        numbers = find_numbers(text, known.locale)
        ends = range_of(numbers, known.locale, unit)
        reading: Reading | None = None
        if ends and _counts(numbers, ends[1], unit):
            reading = self._range(*ends)
        counted = [each for each in numbers.found if _counts(numbers, each, unit)]
        if reading is None and len(counted) == 1 and not counted[0].value % 1:
            value = int(counted[0].value)
            return value if self.low <= value <= self.high else None
        if self.unit and reading is None and whole_value(text, known.locale) is not None:
            reading = self.said(text, known, None)
        return reading.value if isinstance(reading, Read) else None

    def form_values(self, value: Any) -> dict[str, str]:
        return {"value": f"{value['low']}-{value['high']}" if isinstance(value, dict) else str(value)}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (
            Control("value", inputmode="text" if self.ranges else "numeric", low=str(self.low), high=str(self.high)),
        )


@dataclass(frozen=True, slots=True)
class Money(Kind):
    """An amount in whole kronor, from 0 to `max_sek`."""

    kind = "money"
    max_sek: int = MAX_SEK

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        if bare(words) in {bare(each) for each in word_set(known.locale, "money", "free")}:
            return Read(0, as_text(Sek(0)))
        found = amounts(words, known.locale)
        if any(each.currency == "foreign" for each in found):
            return Problem(
                _("I count in Swedish kronor here. About how many kronor is it?"),
                _("Write the amount in kronor, for example {example}. A guess is enough.", example=Sek(500)),
            )
        ends = range_of(find_numbers(fold_money(words), known.locale), known.locale, kronor_words(known.locale))
        if ends:
            high = whole_sek(max(end.value for end in ends))
            low = whole_sek(min(end.value for end in ends))
            question = _("You wrote {low} to {high}. Shall I note {high}?", low=Sek(low), high=Sek(high))
            return self._bounded(high, Doubt(high, question))
        found = [each for each in found if each.currency == "kr"] or found
        if not found:
            return Problem(
                _("I could not read “{said}” as an amount. Write it in digits, for example 500 kr.", said=shown(words)),
                self.help(known),
            )
        value = whole_sek(sum((each.value for each in found), Decimal(0)))
        if len(found) > 1:
            return self._bounded(
                value,
                Doubt(
                    value, _("You wrote several amounts. Together they are {sum}. Shall I note that?", sum=Sek(value))
                ),
            )
        if found[0].value % 1:
            return self._bounded(value, Read(value, _("I note whole kronor: {amount}.", amount=Sek(value))))
        plain = re.sub(r"\D", "", fold(words)) == str(value)
        return self._bounded(value, Read(value, None if plain else as_text(Sek(value))))

    def _bounded(self, value: int, reading: Reading) -> Reading:
        if value <= self.max_sek:
            return reading
        return Problem(
            _("{amount} is more than I can note here. The most is {most}.", amount=Sek(value), most=Sek(self.max_sek)),
            _("The most I can note here is {most}. If it costs more, ask for a human.", most=Sek(self.max_sek)),
        )

    def help(self, known: Known) -> Text:
        return _(
            "Write an amount in kronor, for example {example}. A guess is enough. Write 0 if it costs nothing.",
            example=Sek(500),
        )

    def show(self, value: Any, known: Known) -> Text:
        return as_text(Sek(int(value)))

    def spot(self, text: str, known: Known) -> Any | None:
        found = [each for each in amounts(text, known.locale) if each.currency]
        if len(found) != 1 or found[0].currency != "kr" or found[0].value > self.max_sek:
            return None
        return whole_sek(found[0].value)

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", inputmode="numeric", low="0", high=str(self.max_sek)),)


def whole_number(low: int, high: int, ranges: bool = False, unit: Text | None = None) -> WholeNumber:
    """A whole number. `unit` is a list of what is counted ("people | persons"), so that corrections are found."""
    return WholeNumber(low, high, ranges, unit)


def money(max_sek: int = MAX_SEK) -> Money:
    """An amount in kronor."""
    return Money(max_sek)


def _counts(numbers: Numbers, found: Found, unit: frozenset[str]) -> bool:
    """Whether the word after a number is of what is counted, in any ending ("person", "personer")."""
    after = numbers.after(found)
    return any(
        after == word or (min(len(after), len(word)) > 3 and (after.startswith(word) or word.startswith(after)))
        for word in unit
    )
