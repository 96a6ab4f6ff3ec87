"""Which supports fit, and why: three-valued verdicts over facts, and the most telling next question.

Unknown is not no. The order of decision, for each support: a failed condition that cannot be mended makes `no`; a failed
one that can, `nearly`; else anything unknown, `unknown`; else `fits`. Nothing here decides about anybody: it is guidance,
and a person decides (languages-and-rights.md C5).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from math import log2
from typing import Any, Protocol

from bot.rules.conditions import Need, Window
from bot.rules.facts import FACTS, FORMAL, Facts, critical_values, settled


class State(StrEnum):
    """How a condition stands."""

    MET = "met"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What comes of a support's conditions, the best first."""

    FITS = "fits"
    NEARLY = "nearly"
    UNKNOWN = "unknown"
    NO = "no"


class Condition(Protocol):
    """One condition. Without a `test` only a person can check it. `by_person`: what is said is checked by a person."""

    @property
    def id(self) -> str: ...
    @property
    def test(self) -> Need | None: ...
    @property
    def mendable(self) -> bool: ...
    @property
    def by_person(self) -> bool: ...


class Support(Protocol):
    """A support form, as a pack holds it (`bot.packs.model.Support`)."""

    @property
    def id(self) -> str: ...
    @property
    def conditions(self) -> Sequence[Condition]: ...
    @property
    def begins_with_dialogue(self) -> bool: ...
    @property
    def rules_with(self) -> str: ...
    @property
    def windows(self) -> Sequence[Window]: ...
    @property
    def closer(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition judged. `mendable`: something can be done about it. `condition` is None for what the engine adds."""

    id: str
    state: State
    mendable: bool = True
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What comes of one support. `closer` is the id of the support that is nearer, when this one is not to be had."""

    support: str
    verdict: Verdict
    score: float
    findings: tuple[Finding, ...]
    by_person: tuple[str, ...] = ()
    closer: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.findings if each.state is State.MISSING)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.findings if each.state is State.UNKNOWN)

    @property
    def deciding(self) -> tuple[str, ...]:
        """The conditions that made the verdict: what cannot be mended, what can, what is not known, or all."""
        if self.verdict is Verdict.NO:
            return tuple(each.id for each in self.findings if each.state is State.MISSING and not each.mendable)
        if self.verdict is Verdict.NEARLY:
            return self.missing
        return self.unknown if self.verdict is Verdict.UNKNOWN else tuple(each.id for each in self.findings)


WRONG_MUNICIPALITY = "wrong_municipality"
DIALOGUE_HELD = "dialogue_held"
DECIDED_TOGETHER = "decided_together"
WINDOW_OPEN = "window_open"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A support of another municipality, so that its name is known when somebody asks for it here."""

    id: str
    municipality: str
    names: tuple[str, ...]


def judge(supports: Sequence[Support], facts: Facts, today: date) -> tuple[Judgement, ...]:
    """Every support judged, the best first; those alike stay in the pack's order."""
    known = settled(facts)
    judged = [_judged(support, known, today) for support in supports]
    best = sorted(judged, key=lambda each: -each.score)
    by_id = {each.support: each for each in judged}
    wants = {support.id: support.closer for support in supports}
    return tuple(replace(each, closer=_closer(each, wants[each.support], best, by_id)) for each in best)


def judge_named_elsewhere(
    text: str, own: Iterable[Elsewhere], others: Iterable[Elsewhere]
) -> tuple[tuple[Judgement, Elsewhere], ...]:
    """A `no` for each support of another municipality that `text` names.

    A name that one of this municipality's own supports also bears means its own, unless the other municipality is named
    too: "snabb slant" is not the same thing in two towns.
    """
    said = _plain(text)
    own_names = {_plain(name) for each in own for name in each.names}
    found: list[tuple[Judgement, Elsewhere]] = []
    for other in others:
        place = _plain(other.municipality).removesuffix(" kommun").removesuffix(" stad").removesuffix("s")
        named = [name for name in map(_plain, other.names) if re.search(rf"\b{re.escape(name)}", said)]
        here = [name for name in own_names if re.search(rf"\b{re.escape(name)}", said)]
        meant = bool(named) and (not _borne(named, here) or re.search(rf"\b{re.escape(place)}", said) is not None)
        if meant or other.id in text:
            finding = Finding(WRONG_MUNICIPALITY, State.MISSING, mendable=False)
            found.append((Judgement(other.id, Verdict.NO, 0.0, (finding,)), other))
    return tuple(found)


def _borne(named: Sequence[str], here: Sequence[str]) -> bool:
    """Whether what was said is, word for word or as part of a longer name, a name of one's own support."""
    return any(mine in name or name in mine for name in named for mine in here)


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def questions(
    supports: Sequence[Support], facts: Facts, today: date, *, asked: Collection[str] = (), thorough: bool = False
) -> tuple[str, ...]:
    """The facts that are worth asking for, the most telling first; none when no answer could change a verdict.

    The most telling fact is the one whose answers split the supports that are still open best (the sum of the verdicts'
    entropies over its answers); then the one that can rule more out. `asked` are facts that were asked for and stay
    unknown. `thorough` goes on for as long as anything is unknown of a support that is not a no.
    """
    known = settled(facts)
    open_ones = [
        (support, wanted)
        for support in supports
        if (wanted := _open_facts(_judged(support, known, today), known, asked, thorough))
    ]
    candidates = {name for _support, wanted in open_ones for name in wanted}
    worth: dict[str, tuple[float, int]] = {}
    for name in candidates:
        about = [support for support, wanted in open_ones if name in wanted]
        answers = critical_values(name, {limit for support in about for limit in _limits(support, name)})
        split = sum(_entropy(support, facts, name, answers, today) for support in about)
        stops = sum(name in _stoppers(support, known) for support in about)
        worth[name] = split, stops
    order = list(FACTS)
    return tuple(sorted(candidates, key=lambda name: (-worth[name][0], -worth[name][1], order.index(name))))


def _judged(support: Support, known: Facts, today: date) -> Judgement:
    findings: list[Finding] = []
    by_person: list[str] = []
    for condition in support.conditions:
        if condition.by_person:
            by_person.append(condition.id)
        if condition.test is None:
            continue
        holds = condition.test.holds(known)
        state = State.UNKNOWN if holds is None else State.MET if holds else State.MISSING
        findings.append(Finding(condition.id, state, condition.mendable, condition))
    findings += _papers_named(support, known)
    if support.begins_with_dialogue:
        held = known.get(DIALOGUE_HELD) is True
        findings.append(Finding(DIALOGUE_HELD, State.MET if held else State.MISSING))
        if held:
            findings.append(Finding(DECIDED_TOGETHER, State.MISSING))
    if support.rules_with:
        findings.append(Finding(f"rules_with_{support.rules_with}", State.MISSING))
    if support.windows:
        is_open = any(window.is_open(today) for window in support.windows)
        findings.append(Finding(WINDOW_OPEN, State.MET if is_open else State.MISSING))
    verdict = _verdict(findings)
    return Judgement(support.id, verdict, _score(verdict, findings), tuple(findings), tuple(by_person))


def _papers_named(support: Support, known: Facts) -> list[Finding]:
    """Papers said to be missing that no list knows: missing all the same, where papers are asked for at all."""
    named = [each for each in known.get("formal_missing", ()) if each not in FORMAL]
    if not named or all("formal_missing" not in each.test.facts() for each in support.conditions if each.test):
        return []
    return [Finding(each, State.MISSING) for each in named]


def _verdict(findings: Sequence[Finding]) -> Verdict:
    missing = [each for each in findings if each.state is State.MISSING]
    if any(not each.mendable for each in missing):
        return Verdict.NO
    if missing:
        return Verdict.NEARLY
    return Verdict.UNKNOWN if any(each.state is State.UNKNOWN for each in findings) else Verdict.FITS


_FLOORS = {Verdict.FITS: 1.0, Verdict.NEARLY: 0.5, Verdict.UNKNOWN: 0.3, Verdict.NO: 0.0}
_SPANS = {Verdict.FITS: 0.0, Verdict.NEARLY: 0.49, Verdict.UNKNOWN: 0.19, Verdict.NO: 0.29}


def _score(verdict: Verdict, findings: Sequence[Finding]) -> float:
    """0 to 1, for sorting alone: the verdict first, then the share of conditions that are met."""
    met = sum(each.state is State.MET for each in findings) / len(findings) if findings else 1.0
    return round(_FLOORS[verdict] + _SPANS[verdict] * met, 3)


def _closer(
    judged: Judgement, wants: Sequence[str], best: Sequence[Judgement], by_id: Mapping[str, Judgement]
) -> str | None:
    """The nearest alternative: the first that the pack names and that is not a no, else the best that could still fit."""
    if judged.verdict is not Verdict.NO:
        return None
    named = (each for each in wants if each in by_id and by_id[each].verdict is not Verdict.NO)
    others = (each.support for each in best if each.verdict in (Verdict.FITS, Verdict.NEARLY))
    return next(named, None) or next(others, None)


# --- what to ask ----------------------------------------------------------------------------------------------------------


def _open_facts(judged: Judgement, known: Facts, asked: Collection[str], thorough: bool) -> frozenset[str]:
    """The facts that can still change what is said of a support. A no stays a no, and what fits has nothing open."""
    if judged.verdict is Verdict.NO:
        return frozenset()
    return frozenset(
        name
        for finding in judged.findings
        if finding.state is State.UNKNOWN and (thorough or judged.verdict is Verdict.UNKNOWN or not finding.mendable)
        if finding.condition is not None and finding.condition.test is not None
        for name in finding.condition.test.facts()
        if name not in known and name not in asked
    )


def _limits(support: Support, name: str) -> Iterable[float]:
    return (
        limit
        for condition in support.conditions
        if condition.test is not None
        for fact, limit in condition.test.limits()
        if fact == name
    )


def _stoppers(support: Support, known: Facts) -> frozenset[str]:
    """The facts whose answers can make a support a no."""
    return frozenset(
        name
        for condition in support.conditions
        if condition.test is not None and not condition.mendable and condition.test.holds(known) is None
        for name in condition.test.facts()
    )


def _entropy(support: Support, facts: Facts, name: str, answers: Sequence[Any], today: date) -> float:
    """How much an answer tells of a support, in bits, each answer thought equally likely.

    What can be mended and what cannot are told apart, and so is what is missing.
    """
    outcomes = Counter(
        (judged.verdict, judged.missing)
        for answer in answers
        for judged in (_judged(support, settled({**facts, name: answer}), today),)
    )
    return -sum(count / len(answers) * log2(count / len(answers)) for count in outcomes.values())
