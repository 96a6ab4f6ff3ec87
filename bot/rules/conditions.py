"""Conditions on facts, as data, judged in three values: True, False, and None where something is not known.

In a pack a condition reads

    need: {persons: {at_least: 3}}                                    a number
    need: {type: [private_persons, network]}                          one of several
    need: {open: true}                                                yes or no
    need: {formal_missing: {lacks: statutes}}                         a list without something
    need: {elite_women: {percent_of: elite_active, at_least: 40}}     a share
    need: {any: [{newly_started: true}, {not: {members: {at_least: 10}}}]}    and all, any, not

Several facts side by side must all hold. Source of three-valued logic: Kleene's strong logic of indeterminacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from bot.rules.facts import DEBTS, FACTS, Fact, Facts, Kind


class Need(Protocol):
    """Something that facts can meet."""

    def holds(self, facts: Facts) -> bool | None:
        """Whether it is met; None when the facts do not say."""

    def facts(self) -> Iterator[str]:
        """The facts it looks at."""

    def limits(self) -> Iterator[tuple[str, float]]:
        """Facts and the numbers they are compared with."""


@dataclass(frozen=True, slots=True)
class Is:
    """The fact is one of `values`; of a list, at least one is."""

    fact: str
    values: tuple[Any, ...]

    def holds(self, facts: Facts) -> bool | None:
        held = facts.get(self.fact)
        if held is None:
            return None
        if isinstance(held, list):
            return any(each in self.values for each in held)
        if isinstance(self.values[0], bool):
            return bool(held) in self.values
        return held in self.values

    def facts(self) -> Iterator[str]:
        yield self.fact

    def limits(self) -> Iterator[tuple[str, float]]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Lacks:
    """The list does not hold `value`."""

    fact: str
    value: str

    def holds(self, facts: Facts) -> bool | None:
        held = facts.get(self.fact)
        return None if held is None else self.value not in held

    def facts(self) -> Iterator[str]:
        yield self.fact

    def limits(self) -> Iterator[tuple[str, float]]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Between:
    """The number lies within its limits, both included; with `percent_of`, as a share of another number.

    A share of nothing is no share: it is not met.
    """

    fact: str
    at_least: float | None = None
    at_most: float | None = None
    percent_of: str | None = None

    def holds(self, facts: Facts) -> bool | None:
        held = facts.get(self.fact)
        if held is None or isinstance(held, bool):
            return None
        whole = 100 if self.percent_of is None else facts.get(self.percent_of)
        if whole is None:
            return None
        if not whole:
            return False
        # 100 * part >= percent * whole: exact in whole numbers, where a quotient is not.
        return (self.at_least is None or 100 * held >= self.at_least * whole) and (
            self.at_most is None or 100 * held <= self.at_most * whole
        )

    def facts(self) -> Iterator[str]:
        yield self.fact
        if self.percent_of:
            yield self.percent_of

    def limits(self) -> Iterator[tuple[str, float]]:
        for limit in (self.at_least, self.at_most):
            if limit is not None and self.percent_of is None:
                yield self.fact, limit


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Need, ...]

    def holds(self, facts: Facts) -> bool | None:
        known: bool | None = True
        for part in self.parts:
            holds = part.holds(facts)
            if holds is False:
                return False
            if holds is None:
                known = None
        return known

    def facts(self) -> Iterator[str]:
        return (name for part in self.parts for name in part.facts())

    def limits(self) -> Iterator[tuple[str, float]]:
        return (limit for part in self.parts for limit in part.limits())


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple[Need, ...]

    def holds(self, facts: Facts) -> bool | None:
        known: bool | None = False
        for part in self.parts:
            holds = part.holds(facts)
            if holds:
                return True
            if holds is None:
                known = None
        return known

    def facts(self) -> Iterator[str]:
        return (name for part in self.parts for name in part.facts())

    def limits(self) -> Iterator[tuple[str, float]]:
        return (limit for part in self.parts for limit in part.limits())


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Need

    def holds(self, facts: Facts) -> bool | None:
        holds = self.part.holds(facts)
        return None if holds is None else not holds

    def facts(self) -> Iterator[str]:
        return self.part.facts()

    def limits(self) -> Iterator[tuple[str, float]]:
        return self.part.limits()


class Window(Protocol):
    """A time when applications are taken (`bot.packs.model.Window`)."""

    def is_open(self, today: date) -> bool:
        """Whether it is open on that day."""


_SETTLED = {"debt": Fact(Kind.CHOICE, DEBTS)}
"""Facts that `bot.rules.facts.settled` turns into something simpler."""


def need_from(need: Any) -> Need:
    """The condition that a pack's `need` describes.

    Raises:
        ValueError: It names no fact there is, or compares it with what it cannot hold; says what it may be.
    """
    if not isinstance(need, Mapping) or not need:
        raise ValueError("need: names at least one fact, for example {persons: {at_least: 3}}")
    parts = tuple(_part(name, wanted) for name, wanted in need.items())
    return parts[0] if len(parts) == 1 else Every(parts)


def _part(name: Any, wanted: Any) -> Need:
    if name in ("all", "any"):
        if not isinstance(wanted, list) or not wanted:
            raise ValueError(f"{name}: wants a list, for example [{{open: true}}, {{persons: {{at_least: 3}}}}]")
        parts = tuple(need_from(each) for each in wanted)
        return Every(parts) if name == "all" else Some(parts)
    if name == "not":
        return Not(need_from(wanted))
    fact = _SETTLED.get(name) or FACTS.get(name)
    if fact is None:
        raise ValueError(f'need: there is no fact "{name}"; the facts are {", ".join(FACTS)}')
    if isinstance(wanted, Mapping):
        return _compared(name, fact, wanted)
    values = tuple(wanted) if isinstance(wanted, list) else (wanted,)
    if fact.choices and not set(values) <= set(fact.choices):
        raise ValueError(f"need: {name} may be {', '.join(fact.choices)}; found {wanted!r}")
    if not fact.choices and not all(isinstance(each, bool) for each in values):
        raise ValueError(f"need: {name} holds {fact.kind}; found {wanted!r}")
    return Is(name, values)


def _compared(name: str, fact: Fact, wanted: Mapping[str, Any]) -> Need:
    if set(wanted) == {"lacks"} and fact.kind is Kind.CHOICES:
        if wanted["lacks"] not in fact.choices:
            raise ValueError(f"need: {name} may lack {', '.join(fact.choices)}; found {wanted['lacks']!r}")
        return Lacks(name, wanted["lacks"])
    if not set(wanted) <= {"at_least", "at_most", "percent_of"} or not {"at_least", "at_most"} & set(wanted):
        raise ValueError(f"need: {name} is compared by at_least and at_most (with percent_of), a list by lacks")
    if "percent_of" in wanted and wanted["percent_of"] not in FACTS:
        raise ValueError(f'need: {name}: percent_of names "{wanted["percent_of"]}", which is no fact')
    limits = [wanted[each] for each in ("at_least", "at_most") if each in wanted]
    if fact.choices or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in limits):
        raise ValueError(f"need: {name} holds {fact.may_hold}; found {dict(wanted)!r}")
    return Between(name, wanted.get("at_least"), wanted.get("at_most"), wanted.get("percent_of"))
