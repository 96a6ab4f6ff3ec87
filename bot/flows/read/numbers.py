"""Numbers in what people write, in digits of every script and in words: where they stand, and what they come to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from bot.flows.read.lexicon import files, word_lists, word_map, word_set
from bot.flows.read.typed import fold

HUGE = 10**15
"""What a number too long to be meant is read as: out of every bound."""

_GROUPED = r"\d{1,3}(?:[ .,']\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?"
_TOKEN = re.compile(rf"(?<!\d){_GROUPED}|\d+(?:[.,]\d+)?|,\d+|[^\W\d_]+(?:'[^\W\d_]+)*|\S")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number in digits or a sign, of folded words; `start` and `end` are places in them."""

    words: str
    start: int
    end: int

    @property
    def is_digits(self) -> bool:
        return self.words[-1].isdecimal()


@dataclass(frozen=True, slots=True)
class Found:
    """A number that stands in a sentence: its value and the tokens it covers. `weak` when it may be an article."""

    value: Decimal
    first: int
    after: int
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a sentence, with its tokens."""

    tokens: tuple[Token, ...]
    found: tuple[Found, ...]

    def between(self, one: Found, other: Found) -> tuple[str, ...]:
        return tuple(token.words for token in self.tokens[one.after : other.first])

    def before(self, found: Found) -> str:
        return self.tokens[found.first - 1].words if found.first else ""

    def after(self, found: Found) -> str:
        return self.tokens[found.after].words if found.after < len(self.tokens) else ""


def whole_value(words: str, locale: str) -> int | None:
    """The whole number that these words are and nothing else, or None."""
    numbers = find_numbers(words, locale)
    if len(numbers.found) != 1 or numbers.found[0].first or numbers.found[0].after != len(numbers.tokens):
        return None
    value = numbers.found[0].value
    return int(value) if value == int(value) else None


@lru_cache(maxsize=256)
def find_numbers(words: str, locale: str) -> Numbers:
    """Every number in a sentence, in digits or words. Articles ("en", "a") count when there is no other number."""
    tokens = tuple(_tokens(fold(words), locale))
    found: list[Found] = []
    at = 0
    while at < len(tokens):
        here = _number_at(tokens, at, locale)
        if here:
            found.append(here)
        at = here.after if here else at + 1
    strong = [each for each in found if not each.weak]
    return Numbers(tokens, tuple(strong or found))


def range_of(numbers: Numbers, locale: str, unit: frozenset[str] = frozenset()) -> tuple[Found, Found] | None:
    """The two numbers that are the ends of a range: "20-25", "20 till 25", "mellan 20 och 25", "tio femton".

    Words of `unit` may stand between ("20 personer till 25 personer").
    """
    if len(numbers.found) != 2:
        return None
    one, other = numbers.found
    hedges, to = word_set(locale, "numbers", "hedges"), word_set(locale, "numbers", "to") | {"-", "/"}
    between = [word for word in numbers.between(one, other) if word not in hedges and word not in unit]
    if len(between) == 1 and between[0] in word_set(locale, "numbers", "and"):
        told = {token.words for token in numbers.tokens[: one.first]} & word_set(locale, "numbers", "between")
        return (one, other) if told else None
    together = " ".join(between)
    return (one, other) if not between or together in to or set(between) <= to else None


def with_digits(words: str, locale: str) -> str:
    """Folded words in which number words are digits ("kvart över 6"); names of weekdays stay."""
    folded = fold(words)
    numbers, weekdays = find_numbers(folded, locale), word_lists(locale, "days", "weekdays")
    for found in reversed(numbers.found):
        tokens = numbers.tokens[found.first : found.after]
        if not any(token.is_digits or token.words in weekdays for token in tokens) and not found.value % 1:
            folded = f"{folded[: tokens[0].start]}{int(found.value)}{folded[tokens[-1].end :]}"
    return folded


def digits_value(words: str) -> Decimal:
    """The value of a number in digits: "1 500", "1.500", "8,5", "1.500,50"."""
    grouped = re.fullmatch(r"(\d{1,3}(?:[ .,']\d{3})+)(?:[.,](\d{1,2}))?", words)
    if grouped:
        words = re.sub(r"\D", "", grouped[1]) + (f".{grouped[2]}" if grouped[2] else "")
    whole, _dot, part = words.replace(",", ".").partition(".")
    if len(whole.lstrip("0")) > 15:
        return Decimal(HUGE)
    return Decimal(f"{whole or '0'}.{part[:6] or '0'}")


def _tokens(folded: str, locale: str) -> Iterator[Token]:
    joiners = {
        word
        for word in word_set(locale, "numbers", "joiners") | word_set(locale, "numbers", "attached")
        if len(word) == 1
    }
    for match in _TOKEN.finditer(folded):
        word = match[0]
        if word[0] in joiners and len(word) > 1 and not _begins(word, locale) and _begins(word[1:], locale):
            yield Token(word[0], match.start(), match.start() + 1)
            yield Token(word[1:], match.start() + 1, match.end())
        else:
            yield Token(word, match.start(), match.end())


@lru_cache(maxsize=64)
def _starts(locale: str) -> frozenset[str]:
    """Words that a number can begin with."""
    tables = (word_map(locale, "numbers", name) for name in ("values", "times", "phrases"))
    return frozenset(word.split()[0] for table in tables for word in table)


def _begins(word: str, locale: str) -> bool:
    return word in _starts(locale) or bool(_segments(word, locale))


_Part = tuple[str, Decimal]


def _number_at(tokens: tuple[Token, ...], first: int, locale: str) -> Found | None:
    """The longest number that begins at this token."""
    for length in (3, 2, 1):
        phrase = " ".join(token.words for token in tokens[first : first + length])
        value = word_map(locale, "numbers", "phrases").get(phrase)
        if value is not None and first + length <= len(tokens):
            return Found(Decimal(value), first, first + length)
    joiners = word_set(locale, "numbers", "joiners")
    unit_first = any(file.get("numbers", {}).get("unit_first") for file in files(locale))
    in_range = first > 0 and tokens[first - 1].words in word_set(locale, "numbers", "between")
    sum = _Sum(unit_first)
    at = first
    while at < len(tokens):
        joined = tokens[at].words in joiners and not in_range and at > first
        hyphen = tokens[at].words == "-" and at > first and not tokens[at - 1].is_digits
        parts, after = _parts(
            tokens, at + (joined or hyphen), locale, after_digits=at > first and tokens[at - 1].is_digits
        )
        grown = sum.plus(parts, joined=joined) if parts else None
        if grown is None or (hyphen and grown.last != "unit"):
            break
        sum, at = grown, after
    if at == first:
        return None
    weak = at == first + 1 and tokens[first].words in word_set(locale, "numbers", "weak")
    return Found(sum.value, first, at, weak)


def _parts(tokens: tuple[Token, ...], at: int, locale: str, *, after_digits: bool) -> tuple[tuple[_Part, ...], int]:
    """The parts of a number that the token (or two that belong together) is made of, and where they end."""
    if at >= len(tokens):
        return (), at
    word = tokens[at].words
    if tokens[at].is_digits:
        return (("digits", digits_value(word)),), at + 1
    if after_digits and word in word_map(locale, "numbers", "short_times"):
        return (("times", Decimal(word_map(locale, "numbers", "short_times")[word])),), at + 1
    pair = " ".join(token.words for token in tokens[at : at + 2])
    if " " in pair and pair in word_map(locale, "numbers", "values"):
        return (("value", Decimal(word_map(locale, "numbers", "values")[pair])),), at + 2
    return _segments(word, locale), at + 1


@lru_cache(maxsize=8192)
def _segments(word: str, locale: str) -> tuple[_Part, ...]:
    """A compound taken apart: "tjugotvå" is 20 and 2. Empty when it is no number."""
    if len(word) > 60:
        return ()
    known: dict[str, tuple[_Part, ...]] = {
        **{each: (("times", Decimal(times)),) for each, times in word_map(locale, "numbers", "times").items()},
        **{each: (("value", Decimal(value)),) for each, value in word_map(locale, "numbers", "values").items()},
    }
    joiners = {each for each in word_set(locale, "numbers", "joiners") if len(each) > 1}

    @cache
    def rest(start: int) -> tuple[_Part, ...] | None:
        if start == len(word):
            return ()
        for end in range(len(word), start, -1):
            piece = word[start:end]
            parts = () if piece in joiners and start > 0 and end < len(word) else known.get(piece)
            following = rest(end) if parts is not None else None
            if parts is not None and following is not None and _Sum(False).plus((*parts, *following), joined=True):
                return (*parts, *following)
        return None

    return rest(0) or ()


@dataclass(frozen=True, slots=True)
class _Sum:
    """A number being added up: whole thousands, what came since, and the kind of the last part."""

    unit_first: bool
    thousands: Decimal = Decimal(0)
    current: Decimal = Decimal(0)
    last: str = ""

    @property
    def value(self) -> Decimal:
        return self.thousands + self.current

    def plus(self, parts: tuple[_Part, ...], *, joined: bool) -> _Sum | None:
        """The number with these parts too, or None when they begin another number ("två" after "tre")."""
        sum: _Sum | None = self
        if joined and self.last and self.last != "times" and not self.unit_first:
            return None
        for kind, value in parts:
            sum = sum and (sum._times(value) if kind == "times" else sum._value(kind, value, joined))
        return sum

    def _value(self, kind: str, value: Decimal, joined: bool) -> _Sum | None:
        units, hundreds = self.current % 10, self.current % 100
        if self.last == "digits" or (kind == "digits" and self.last not in ("", "times")):
            return None
        if kind == "digits" and self.last and (joined or self.current or value >= 1000):
            return None
        if self.last and not value:
            return None
        if kind == "value" and value >= 1000:
            return None if self.last else _Sum(self.unit_first, value, Decimal(0), "times")
        if kind == "digits" or not self.last:
            fits = True
        elif value >= 100:
            fits = not self.current and value < 1000
        elif value >= 10:
            fits = not hundreds or (self.unit_first and joined and not value % 10 and 0 < hundreds < 10)
        else:
            fits = not units and (not hundreds or hundreds >= 20)
        last = "digits" if kind == "digits" else "unit" if value < 10 else "tens"
        return _Sum(self.unit_first, self.thousands, self.current + value, last) if fits else None

    def _times(self, times: Decimal) -> _Sum | None:
        count = self.current or Decimal(1)
        if self.last and not self.current and (times >= 1000 or self.last != "times"):
            return None
        if times < 1000:
            fits = count < 100 and not (self.last == "times" and self.current)
            return _Sum(self.unit_first, self.thousands, count * times, "times") if fits else None
        if self.thousands and self.thousands <= count * times:
            return None
        if self.thousands and self.thousands % (times * 1000):
            return None
        return _Sum(self.unit_first, self.thousands + count * times, Decimal(0), "times")
