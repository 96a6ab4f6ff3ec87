"""What the rules found, in words: for a card in a conversation, and for the command line's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bot.i18n import Sek, Text, Value, _, content, p_
from bot.packs.model import ConditionWords, Grants, Support
from bot.packs.model.support import OTHER_PAPER, RULES_WITH, next_window
from bot.rules.facts import Facts, facts_in
from bot.rules.grants import (
    WRONG_MUNICIPALITY,
    Elsewhere,
    Finding,
    Judgement,
    State,
    Verdict,
    judge,
    judge_named_elsewhere,
    questions,
)

Say = Callable[[Text], str]
"""A text in the reader's words."""

# TRANSLATORS: one word in front of the name of a support, like a traffic light.
LIGHTS: Mapping[Verdict, Text] = {
    Verdict.FITS: p_("verdict", "🟢 Fits"),
    Verdict.NEARLY: p_("verdict", "🟡 Nearly"),
    Verdict.UNKNOWN: p_("verdict", "⚪ Not known yet"),
    Verdict.NO: p_("verdict", "🔴 No"),
}

LABELS: Mapping[str, Text] = {
    "proposal": _("This is a proposal. It cannot be applied for yet."),
    "place_not_money": _("This is a place, not money."),
    "not_applied_for": _("This is not a grant, and one does not apply for it. It begins with a talk."),
}


def condition_words(grants: Grants, support: Support | None, condition_id: str) -> ConditionWords:
    """The words of a condition, as the support says them where it does."""
    name = RULES_WITH if condition_id.startswith(f"{RULES_WITH}_") else condition_id
    words = grants.conditions.get(name) or grants.conditions[OTHER_PAPER]
    own = next((each for each in support.conditions if each.id == condition_id), None) if support else None
    if own is None:
        return words
    return words.model_copy(update={field: said for field, said in own.words if said})


def said(words: str, *, support: Support | None = None, finding: Finding | None = None, role: str = "") -> Text:
    """A pack's sentence with its number and its role put in."""
    if "{" not in words:
        return content(words)
    values: list[tuple[str, Value]] = [("role", role or (support.rules_with_name if support else ""))]
    own = next((each for each in support.conditions if finding and each.id == finding.id), None) if support else None
    if own is not None and own.limit is not None:
        fact, limit = own.limit
        values.append(("limit", Sek(int(limit)) if fact in ("amount", "budget") else int(limit)))
    return Text(words, domain="content", values=tuple(values))


def why(grants: Grants, judged: Judgement, support: Support | None, place: str = "") -> tuple[Text, ...]:
    """The verdict in one or two sentences: what decided it, and what can be done."""
    deciding = judged.deciding
    first = next((each for each in judged.findings if deciding and each.id == deciding[0]), None)
    match judged.verdict:
        case Verdict.FITS:
            words = [_("You meet every condition that I can check. A person decides.")]
        case Verdict.UNKNOWN:
            assert first is not None
            ask = condition_words(grants, support, first.id).ask
            words = [_("I do not know enough yet. {question}", question=said(ask, support=support, finding=first))]
        case _:
            assert first is not None
            texts = condition_words(grants, support, first.id)
            reason = said(texts.why, support=support, finding=first, role=place)
            fix = said(texts.how_to_fix, support=support, finding=first, role=place)
            if judged.verdict is Verdict.NO:
                words = [_("Not this one. {why} {closer}", why=reason, closer=fix)]
            elif len(judged.missing) == 1:
                words = [_("Nearly. {why} {fix}", why=reason, fix=fix)]
            else:
                things = tuple(
                    said(condition_words(grants, support, each.id).label, support=support, finding=each)
                    for each in judged.findings
                    if each.state is State.MISSING
                )
                words = [_("Nearly. This is still missing: {things}. Begin with this: {fix}", things=things, fix=fix)]
    if support is not None:
        words += [LABELS[label] for label in support.labels]
    return tuple(words)


def open_now(support: Support, today: date) -> tuple[Text, ...]:
    """When one can apply: the window that is open or the next one, or what the pack says in words."""
    window = next_window(support, today)
    if window is not None and window.is_open(today):
        return (_("Open until {day}.", day=window.closes) if window.closes else _("Open now."),)
    if window is not None and window.opens:
        return (_("Opens on {day}.", day=window.opens),)
    return (content(support.when),) if support.when else ()


def answer(grants: Grants, municipality: str, given: Facts, text: str, today: date, say: Say) -> dict[str, Any]:
    """The command line's answer (docs/grants.md): every support's verdict, and what to do next.

    Facts that were given win over those read out of `text`.
    """
    facts = {**facts_in(text), **given}
    judged = judge(grants.rules, facts, today)
    elsewhere = judge_named_elsewhere(text, grants.own_names, grants.elsewhere)
    return {
        "municipality": municipality,
        "verdicts": [
            *(_verdict(grants, each, grants.by_id[each.support], facts, today, say) for each in judged),
            *(_foreign(grants, each, other, say) for each, other in elsewhere),
        ],
        "next": _next(grants, judged, facts, today, say),
    }


def _verdict(
    grants: Grants, judged: Judgement, support: Support, facts: Facts, today: date, say: Say
) -> dict[str, Any]:
    return {
        "support": support.id,
        "name": say(content(support.name)),
        "verdict": str(judged.verdict),
        "score": judged.score,
        "conditions": [_finding(grants, each, support, say) for each in judged.findings],
        "missing": list(judged.missing),
        "unknown": list(judged.unknown),
        "checked_by_person": list(judged.by_person),
        "why": " ".join(say(each) for each in why(grants, judged, support)),
        "labels": list(support.labels),
        "amount_max": support.amount.max_sek,
        "decided_by": ", ".join(say(content(each)) for each in support.given_by(facts)),
        "answer_within_days": support.answer_within_days,
        "when": " ".join(say(each) for each in open_now(support, today)) or None,
        "closer": judged.closer,
        "part_of": support.part_of or None,
        "numbers": {name: facts.get(name) for name in support.counts},
        "source": support.source,
        "year": support.year,
    }  # fmt: skip


def _foreign(grants: Grants, judged: Judgement, other: Elsewhere, say: Say) -> dict[str, Any]:
    return {
        "support": other.id,
        "verdict": str(judged.verdict),
        "score": judged.score,
        "conditions": [_finding(grants, each, None, say, other.municipality) for each in judged.findings],
        "missing": [WRONG_MUNICIPALITY],
        "unknown": [],
        "why": " ".join(say(each) for each in why(grants, judged, None, other.municipality)),
        "decided_by": other.municipality,
        "answer_within_days": None,
        "source": None,
    }


def _finding(grants: Grants, finding: Finding, support: Support | None, say: Say, role: str = "") -> dict[str, Any]:
    words = condition_words(grants, support, finding.id)
    found: dict[str, Any] = {"id": finding.id, "state": str(finding.state)}
    if finding.check is not None and finding.check.by_person:
        found["by_person"] = True
    if finding.state is State.MISSING:
        found["why"] = say(said(words.why, support=support, finding=finding, role=role))
        found["how_to_fix"] = say(said(words.how_to_fix, support=support, finding=finding, role=role))
    elif finding.state is State.UNKNOWN:
        found["ask"] = say(said(words.ask, support=support, finding=finding))
    return found


def _next(grants: Grants, judged: tuple[Judgement, ...], facts: Facts, today: date, say: Say) -> list[dict[str, Any]]:
    """What to do now, the best first; a human is always among it."""
    steps: list[dict[str, Any]] = []
    best = judged[0] if judged else None
    if best is not None and best.verdict in (Verdict.FITS, Verdict.NEARLY):
        support = grants.by_id[best.support]
        if support.begins_with_dialogue:
            words = _("Book a talk about {support}. It is not an application.", support=content(support.name))
            steps.append({"kind": "dialogue", "support": support.id, "why": say(words)})
        elif support.draft:
            words = _("Make a draft of the application for {support}.", support=content(support.name))
            steps.append({"kind": "draft", "support": support.id, "why": say(words)})
    wanted = questions(grants.rules, facts, today)
    if wanted:
        support, finding = asked_about(grants, judged, wanted[0])
        ask = condition_words(grants, support, finding.id).ask
        steps.append(
            {"kind": "question", "fact": wanted[0], "condition": finding.id,
             "why": say(said(ask, support=support, finding=finding))}
        )  # fmt: skip
    words = _("{helper} helps you on, also when nothing fits.", helper=content(grants.helper))
    return [*steps, {"kind": "coach", "why": say(words)}]


def asked_about(grants: Grants, judged: tuple[Judgement, ...], fact: str) -> tuple[Support, Finding]:
    """The support and the open condition that a question about `fact` is asked for: the best support's."""
    return next(
        (grants.by_id[each.support], finding)
        for each in judged
        for finding in each.findings
        if finding.state is State.UNKNOWN and finding.check is not None and finding.check.need is not None
        if fact in finding.check.need.facts() and each.verdict is not Verdict.NO
    )
