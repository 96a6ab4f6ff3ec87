"""Partners for talks by phone (publication, 6.2): both 50 or older, one language and one hour in common.

As many pairs as possible, exactly. A person approves before anybody is rung up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.matching.solver import Budget, has_answer, new_model, solve

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


class Waits(StrEnum):
    """Why somebody has no partner."""

    CONSENT = "consent"
    AGE = "age"
    """Too young, or the age is not known."""
    LANGUAGES = "languages"
    """Nobody speaks the same language."""
    HOURS = "hours"
    """Nobody who speaks it has time at the same hour."""
    TAKEN = "taken"
    """Everybody who would fit has a partner."""
    MET = "met"
    """Everybody who would fit has been brought together with them before."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed up. `age` in years, `hours` as they were named: what is written alike is the same hour."""

    id: str
    age: int | None = None
    languages: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()
    consent: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """What a pair must be."""

    min_age: int = 50
    shared_language: bool = True
    shared_hour: bool = True
    one_partner_each: bool = True


@dataclass(frozen=True, slots=True)
class Partners:
    """The pairs, and who waits and why. `proven`: there cannot be more pairs."""

    pairs: tuple[tuple[str, str], ...]
    waiting: tuple[tuple[str, Waits], ...]
    proven: bool


def pair(
    people: Iterable[Person], rules: Rules, budget: Budget | None = None, *, apart: Collection[frozenset[str]] = ()
) -> Partners:
    """As many pairs as possible, none of them in `apart`. The order people come in does not matter."""
    people = sorted(people, key=lambda each: each.id)
    waiting = {each.id: Waits.CONSENT if not each.consent else Waits.AGE for each in people if not _able(each, rules)}
    able = [each for each in people if _able(each, rules)]
    fits = [
        (one, other)
        for one in range(len(able))
        for other in range(one + 1, len(able))
        if _speak(able[one], able[other], rules)
        and _meet(able[one], able[other], rules)
        and {able[one].id, able[other].id} not in apart
    ]
    found: list[tuple[int, int]] = fits
    proven = True
    if rules.one_partner_each:
        found, budget = [], budget or Budget()
        for piece in _pieces(len(able), fits):
            some, best = _pairs(piece, budget)
            found += some
            proven = proven and best
    paired = {number for both in found for number in both}
    waiting |= {each.id: _why(each, able, rules, apart) for number, each in enumerate(able) if number not in paired}
    pairs = sorted((able[one].id, able[other].id) for one, other in found)
    return Partners(tuple(pairs), tuple(sorted(waiting.items())), proven)


def _able(person: Person, rules: Rules) -> bool:
    return person.consent and person.age is not None and person.age >= rules.min_age


def _speak(one: Person, other: Person, rules: Rules) -> bool:
    return not rules.shared_language or bool(one.languages & other.languages)


def _meet(one: Person, other: Person, rules: Rules) -> bool:
    return not rules.shared_hour or bool(one.hours & other.hours)


def _pieces(people: int, fits: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Pairs that have nobody in common with those of another piece."""
    piece = list(range(people))

    def of(number: int) -> int:
        while piece[number] != number:
            piece[number] = piece[piece[number]]
            number = piece[number]
        return number

    for one, other in fits:
        piece[of(other)] = of(one)
    found: dict[int, list[tuple[int, int]]] = {}
    for both in fits:
        found.setdefault(of(both[0]), []).append(both)
    yield from found.values()


def _pairs(fits: Sequence[tuple[int, int]], budget: Budget) -> tuple[list[tuple[int, int]], bool]:
    """The largest matching in one piece, and whether it surely is."""
    model = new_model()
    takes = {both: model.new_bool_var("") for both in fits}
    of: dict[int, list[cp_model.IntVar]] = {}
    for both, take in takes.items():
        for number in both:
            of.setdefault(number, []).append(take)
    for own in of.values():
        model.add_at_most_one(own)
    model.add(sum(takes.values()) <= len(of) // 2)
    model.maximize(sum(takes.values()))
    solver, best = solve(model, budget)
    if not has_answer(solver):
        return [], False
    return [both for both, take in takes.items() if solver.boolean_value(take)], best


def _why(person: Person, people: Sequence[Person], rules: Rules, apart: Collection[frozenset[str]]) -> Waits:
    others = [each for each in people if each is not person and _speak(person, each, rules)]
    if not others:
        return Waits.LANGUAGES
    others = [each for each in others if _meet(person, each, rules)]
    if not others:
        return Waits.HOURS
    return Waits.TAKEN if any({person.id, each.id} not in apart for each in others) else Waits.MET
