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
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Check:
    """One condition. Without a `need` only a person can check it. `by_person`: what is said is checked by a person.

    `mendable`: the applicant can do something about it.
    """

    id: str
    need: Need | None
    mendable: bool = True
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What decides about one support (a pack's `Support.rule`). `rules_with` is the role that knows what is not quoted.

    `closer` are supports that are nearer where this one does not fit. `weight`: how much its verdict matters when
    questions are ranked.
    """

    id: str
    checks: tuple[Check, ...]
    begins_with_dialogue: bool = False
    rules_with: str = ""
    windows: tuple[Window, ...] = ()
    closer: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition judged. `check` is None for what the rules add by themselves."""

    id: str
    state: State
    mendable: bool = True
    check: Check | None = None


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
        """The conditions still open, those first that could rule the support out."""
        left = [each for each in self.findings if each.state is State.UNKNOWN]
        return tuple(each.id for each in sorted(left, key=lambda each: each.mendable))

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


def judge(rules: Sequence[Rule], facts: Facts, today: date) -> tuple[Judgement, ...]:
    """Every support judged, the best first; those alike stay in the pack's order."""
    known = settled(facts)
    judged = sorted((_judged(rule, known, today) for rule in rules), key=lambda each: -each.score)
    by_id = {each.support: each for each in judged}
    wants = {rule.id: rule.closer for rule in rules}
    return tuple(
        replace(each, closer=_closer(wants[each.support], judged, by_id)) if each.verdict is Verdict.NO else each
        for each in judged
    )


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
    rules: Sequence[Rule], facts: Facts, today: date, *, asked: Collection[str] = (), thorough: bool = False
) -> tuple[str, ...]:
    """The facts that are worth asking for, the most telling first; none when no answer could change a verdict.

    The most telling fact is the one whose answers, each thought equally likely, split the supports that are still open
    best: into those that are ruled out and those that are not, and by how their conditions stand (entropies, summed).
    `asked` are facts that were asked for and stay unknown. `thorough` goes on for as long as anything is unknown of a
    support that is not a no.
    """
    known = settled(facts)
    open_ones = [
        (rule, wanted) for rule in rules if (wanted := _open_facts(_judged(rule, known, today), known, asked, thorough))
    ]
    order = list(FACTS)

    def worth(name: str) -> tuple[float, int]:
        about = [rule for rule, wanted in open_ones if name in wanted]
        answers = critical_values(name, {limit for rule in about for limit in _limits(rule, name)})
        learnt = [settled({**facts, name: answer}) for answer in answers]
        return -sum(_told(rule, learnt) for rule in about), order.index(name)

    return tuple(sorted({name for _rule, wanted in open_ones for name in wanted}, key=worth))


def _judged(rule: Rule, known: Facts, today: date) -> Judgement:
    findings = [
        Finding(check.id, _state(check.need, known), check.mendable, check) for check in rule.checks if check.need
    ]
    findings += _papers_named(rule, known)
    if rule.begins_with_dialogue:
        held = known.get(DIALOGUE_HELD) is True
        findings.append(Finding(DIALOGUE_HELD, State.MET if held else State.MISSING))
        if held:
            findings.append(Finding(DECIDED_TOGETHER, State.MISSING))
    if rule.rules_with:
        findings.append(Finding(f"rules_with_{rule.rules_with}", State.MISSING))
    if rule.windows:
        is_open = any(window.is_open(today) for window in rule.windows)
        findings.append(Finding(WINDOW_OPEN, State.MET if is_open else State.MISSING))
    verdict = _verdict(findings)
    by_person = tuple(check.id for check in rule.checks if check.by_person)
    return Judgement(rule.id, verdict, _score(verdict, findings), tuple(findings), by_person)


def _state(need: Need, known: Facts) -> State:
    holds = need.holds(known)
    return State.UNKNOWN if holds is None else State.MET if holds else State.MISSING


def _papers_named(rule: Rule, known: Facts) -> list[Finding]:
    """Papers said to be missing that no list knows: missing all the same, where papers are asked for at all."""
    named = [each for each in known.get("formal_missing", ()) if each not in FORMAL]
    if not named or all("formal_missing" not in check.need.facts() for check in rule.checks if check.need):
        return []
    return [Finding(each, State.MISSING) for each in named]


def _verdict(findings: Sequence[Finding]) -> Verdict:
    missing = [each for each in findings if each.state is State.MISSING]
    if any(not each.mendable for each in missing):
        return Verdict.NO
    if missing:
        return Verdict.NEARLY
    return Verdict.UNKNOWN if any(each.state is State.UNKNOWN for each in findings) else Verdict.FITS


_FROM_TO = {
    Verdict.FITS: (1.0, 1.0), Verdict.NEARLY: (0.5, 0.99), Verdict.UNKNOWN: (0.3, 0.49), Verdict.NO: (0.0, 0.29),
}  # fmt: skip


def _score(verdict: Verdict, findings: Sequence[Finding]) -> float:
    """0 to 1, for sorting alone: the verdict first, then the share that is met; what is unknown counts as half."""
    worth = {State.MET: 1.0, State.UNKNOWN: 0.5, State.MISSING: 0.0}
    share = sum(worth[each.state] for each in findings) / len(findings) if findings else 1.0
    low, high = _FROM_TO[verdict]
    return round(low + (high - low) * share, 3)


def _closer(wants: Sequence[str], best: Sequence[Judgement], by_id: Mapping[str, Judgement]) -> str | None:
    """The nearest alternative: the first that the pack names and that is not a no, else the best that could still fit."""
    named = (each for each in wants if by_id[each].verdict is not Verdict.NO)
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
        if finding.check is not None and finding.check.need is not None
        for name in finding.check.need.facts()
        if name not in known and name not in asked
    )


def _limits(rule: Rule, name: str) -> Iterable[float]:
    return (limit for check in rule.checks if check.need for fact, limit in check.need.limits() if fact == name)


def _told(rule: Rule, learnt: Sequence[Facts]) -> float:
    """How much the answers tell of a support: whether it is ruled out counts twice as much as how its conditions stand."""
    stands = [tuple(check.need.holds(known) for check in rule.checks if check.need) for known in learnt]
    hard = [not check.mendable for check in rule.checks if check.need]
    ruled_out = [any(met is False and is_hard for met, is_hard in zip(each, hard, strict=True)) for each in stands]
    return rule.weight * (_entropy(ruled_out) + _entropy(stands) / 2)


def _entropy(outcomes: Sequence[Any]) -> float:
    """How much is learnt, in bits, when each outcome in the list is equally likely."""
    return sum(count / len(outcomes) * log2(len(outcomes) / count) for count in Counter(outcomes).values())
