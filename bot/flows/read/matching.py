"""Which of some choices is meant by what was typed: by number, by label, with typos forgiven, only when it is clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from bot.flows.model import Choice, Known
from bot.flows.read.agreeing import yes_or_no
from bot.flows.read.numbers import whole_value
from bot.flows.read.typed import bare, fold, labels, words

_FORGIVEN, _SURE, _APART, _A_WORD = 78, 90, 8, 50
_AND = "و"
"""Arabic and Persian write "and" onto the next word."""


def match(said: str, options: Sequence[Choice], known: Known, *, loosely: bool) -> str | None:
    """The id of the one choice that is meant: by number, by label, with typos forgiven. None when unclear.

    `loosely` also finds a label inside a longer sentence, or a part of a label.
    """
    plain = bare(said)
    names = names_of(options, known.locale)
    exact = [each for each, labelled in names.items() if plain in labelled]
    joined = [
        each
        for each, labelled in names.items()
        if plain.replace(" ", "") in {name.replace(" ", "") for name in labelled}
    ]
    if len(exact) == 1 or len(joined) == 1:
        return (exact or joined)[0]
    if {"yes", "no"} == set(names):
        answer = None if any(c.isdecimal() for c in fold(said)) else yes_or_no(said, known.locale)
        return None if answer is None else "yes" if answer else "no"
    number = whole_value(plain, known.locale)
    if number is not None:
        return options[number - 1].id if 1 <= number <= len(options) else None
    if not plain or len(plain) > 200:
        return None
    likely = _likeliest(plain, names, False, _SURE)
    if likely:
        return likely
    if loosely:
        return named_in(said, options, known) or part_of(plain, names) or _likeliest(plain, names, True, _FORGIVEN)
    return _likeliest(plain, names, False, _FORGIVEN) if len(plain) > 6 else None


def names_of(options: Sequence[Choice], locale: str) -> dict[str, frozenset[str]]:
    """What each choice may be called, by its id, ready to compare with `bare`: its label, and other words for it."""
    return {
        option.id: labels(option.label, locale).union(*(words(listed, locale) for listed in option.also))
        for option in options
    }


def _likeliest(plain: str, names: Mapping[str, frozenset[str]], loosely: bool, enough: float) -> str | None:
    """The one choice whose label is clearly the most like the words."""
    ranked = sorted(((_likeness(plain, each, loosely), id) for id, each in names.items()), reverse=True)
    best, runner_up = ranked[0], ranked[1][0] if len(ranked) > 1 else 0
    return best[1] if len(plain) > 2 and best[0] >= enough and best[0] - runner_up >= _APART else None


def named_in(said: str, options: Sequence[Choice], known: Known, several: bool = False) -> Any | None:
    """The choice one of whose names stands as whole words in a sentence; with `several`, all of them as a list.

    A name within a longer one does not count: in "laga mat" nobody says "laga".
    """
    plain = f" {bare(said)} "
    there = {
        option: [name for name in names if f" {name} " in plain or f" {_AND}{name} " in plain]
        for option, names in names_of(options, known.locale).items()
    }
    longest = [name for names in there.values() for name in names]
    found = [
        option for option, names in there.items()
        if any(not any(f" {name} " in f" {other} " and name != other for other in longest) for name in names)
    ]  # fmt: skip
    if several:
        return found or None
    return found[0] if len(found) == 1 else None


def part_of(plain: str, names: Mapping[str, frozenset[str]]) -> str | None:
    """The one choice whose label has these words in it, or begins with them."""
    found = [id for id, each in names.items() if any(f" {plain} " in f" {name} " for name in each)]
    begun = [id for id, each in names.items() if len(plain) > 3 and any(name.startswith(plain) for name in each)]
    found = found or begun
    return found[0] if len(found) == 1 and len(plain) > 2 else None


def _likeness(plain: str, names: frozenset[str], loosely: bool) -> float:
    """0 to 100: how like a label the words are; `loosely` somewhere in the words."""
    best = 0.0
    for name in names:
        if _same_words(plain, name):
            best = max(best, fuzz.ratio(plain, name))
        if loosely and len(name) > 3:
            spoken, length = plain.split(), len(name.split())
            windows = (" ".join(spoken[at : at + length]) for at in range(len(spoken) - length + 1))
            best = max(best, *(fuzz.ratio(window, name) - 4 for window in windows), 0)
    return best


def _same_words(plain: str, name: str) -> bool:
    """Whether each word may be the other's with typos: "I need a tolk" is nearly "I need a lokal", and something else."""
    said, named = plain.split(), name.split()
    return len(said) != len(named) or all(fuzz.ratio(*pair) >= _A_WORD for pair in zip(said, named, strict=True))


def option_of(id: str, options: Sequence[Choice]) -> Choice | None:
    return next((option for option in options if option.id == id), None)
