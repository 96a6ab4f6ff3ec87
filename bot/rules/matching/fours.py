"""Friendship groups (publication, 2.1): newcomers and established youth together, in groups of four by default.

Whoever must not be brought together again, as after a no, is in no group together (`apart`). As many people are placed as possible, exactly. Everybody in a group shares an interest with somebody of the other side,
all live in the same place and are of similar age. A person approves before anybody meets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.matching.solver import Budget, has_answer, new_model, solve

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

ADULT = 18


class Side(StrEnum):
    NEW = "new"
    ESTABLISHED = "est"


class Waits(StrEnum):
    """Why somebody has no group."""

    CONSENT = "consent"
    GUARDIAN_OK = "guardian_ok"
    """Under 18, and a guardian has not agreed."""
    SIDE = "side"
    """Nobody of the other side is there."""
    PLACE = "place"
    """Nobody of the other side lives in the same place, or the own place is not known."""
    AGE = "age"
    """Nobody of the other side there is of similar age, or the own age is not known."""
    INTERESTS = "interests"
    """Nobody of the other side whom the rest fits shares an interest."""
    SIZE = "size"
    """Somebody would fit, but there are too few for one more group."""
    MET = "met"
    """Everybody who would fit has been brought together with them before."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed up. `age` in years. `consent` and `guardian_ok` are false when a no is known."""

    id: str
    side: Side
    age: int | None = None
    place: str | None = None
    interests: frozenset[str] = frozenset()
    guardian_ok: bool = True
    consent: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """What a group must be. `age_span_max` in years between the youngest and the oldest, None: any ages."""

    size: int = 4
    both_sides: bool = True
    same_place: bool = True
    age_span_max: int | None = 3
    each_shares_interest_with_someone_on_other_side: bool = True


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups, and who waits and why. `proven`: no more people can be placed."""

    groups: tuple[tuple[str, ...], ...]
    waiting: tuple[tuple[str, Waits], ...]
    proven: bool


def group(
    people: Iterable[Person], rules: Rules, budget: Budget | None = None, *, apart: Collection[frozenset[str]] = ()
) -> Groups:
    """As many groups as possible, none of which holds the whole of a set of `apart`. The order people come in does not
    matter."""
    people = sorted(people, key=lambda each: each.id)
    able, waiting, budget = [], {}, budget or Budget()
    for each in people:
        reason = _unable(each, rules)
        if reason is None:
            able.append(each)
        else:
            waiting[each.id] = reason
    by_place = defaultdict(list)
    for each in able:
        by_place[each.place if rules.same_place else None].append(each)
    groups, proven = [], True
    for _place, there in sorted(by_place.items(), key=lambda item: item[0] or ""):
        found, best = _groups(there, rules, budget, apart)
        groups += found
        proven = proven and best
    placed = {id for some in groups for id in some}
    waiting |= {each.id: _why(each, able, rules, apart) for each in able if each.id not in placed}
    return Groups(tuple(sorted(groups)), tuple(sorted(waiting.items())), proven)


def _unable(person: Person, rules: Rules) -> Waits | None:
    if not person.consent:
        return Waits.CONSENT
    if person.age is not None and person.age < ADULT and not person.guardian_ok:
        return Waits.GUARDIAN_OK
    if rules.same_place and person.place is None:
        return Waits.PLACE
    if rules.age_span_max is not None and person.age is None:
        return Waits.AGE
    return None


def _groups(
    people: Sequence[Person], rules: Rules, budget: Budget, apart: Collection[frozenset[str]]
) -> tuple[list[tuple[str, ...]], bool]:
    """Groups among people of one place, and whether no more are possible.

    A group is known by its youngest member, who leads it: nobody is tried in the same group twice.
    """
    people = sorted(people, key=lambda each: (each.age or 0, each.id))
    model = new_model()
    leads = [model.new_bool_var("") for _each in people]
    within: list[dict[int, cp_model.IntVar]] = []
    for leader, first in enumerate(people):
        near = [at for at in range(leader, len(people)) if _near(first, people[at], rules)]
        members = {at: leads[leader] if at == leader else model.new_bool_var("") for at in near}
        within.append(members)
        model.add(sum(members.values()) == rules.size * leads[leader])
        for side in Side if rules.both_sides else ():
            model.add(sum(takes for at, takes in members.items() if people[at].side == side) >= leads[leader])
        if rules.each_shares_interest_with_someone_on_other_side:
            for at, takes in members.items():
                friends = [other for each, other in members.items() if _shares(people[at], people[each])]
                model.add_bool_or([*friends, ~takes])
        for some in apart:
            together = [takes for at, takes in members.items() if people[at].id in some]
            if len(together) == len(some):
                model.add(sum(together) < len(some))
    for at in range(len(people)):
        model.add_at_most_one(members[at] for members in within if at in members)
    model.add(sum(leads) <= len(people) // rules.size)
    model.maximize(sum(leads))
    solver, best = solve(model, budget)
    if not has_answer(solver):
        return [], False
    groups = [
        tuple(sorted(people[at].id for at, takes in members.items() if solver.boolean_value(takes)))
        for leader, members in enumerate(within)
        if solver.boolean_value(leads[leader])
    ]
    return groups, best


def _near(one: Person, other: Person, rules: Rules) -> bool:
    return rules.age_span_max is None or abs((one.age or 0) - (other.age or 0)) <= rules.age_span_max


def _shares(one: Person, other: Person) -> bool:
    return one.side != other.side and bool(one.interests & other.interests)


def _why(person: Person, people: Sequence[Person], rules: Rules, apart: Collection[frozenset[str]]) -> Waits:
    """What the other side lacks for somebody who fits into no group."""
    others = [each for each in people if each.side != person.side or not rules.both_sides]
    others = [each for each in others if each is not person]
    steps = (
        (Waits.SIDE, lambda each: True),
        (Waits.PLACE, lambda each: not rules.same_place or each.place == person.place),
        (Waits.AGE, lambda each: _near(person, each, rules)),
        (
            Waits.INTERESTS,
            lambda each: not rules.each_shares_interest_with_someone_on_other_side or _shares(person, each),
        ),
        (Waits.MET, lambda each: {person.id, each.id} not in apart),
    )
    for reason, holds in steps:
        others = [each for each in others if holds(each)]
        if not others:
            return reason
    return Waits.SIZE
