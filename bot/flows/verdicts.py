"""What the rules found, in words: for a card in a conversation, and for the command line's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bot.flows.model import Card
from bot.i18n import Sek, Text, Value, _, content, n_, p_
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
    values: list[tuple[str, Value]] = [("role", content(role or (support.rules_with_name if support else "")))]
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
            if support is not None and judged.by_person:
                things = tuple(content(condition_words(grants, support, each).label) for each in judged.by_person)
                words.append(_("A person checks this first: {things}.", things=things))
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
        asked = _asked_for(grants, judged, wanted[0])
        assert asked is not None
        ask = say(ask_words(grants, judged, wanted[0]))
        steps.append({"kind": "question", "fact": wanted[0], "condition": asked[1].id, "why": ask})
    words = _("{helper} helps you on, also when nothing fits.", helper=content(grants.helper))
    return [*steps, {"kind": "coach", "why": say(words)}]


# --- questions ------------------------------------------------------------------------------------------------------------

PROMPTS: Mapping[str, Text] = {
    "sectors": _("What is it about? You can choose several."),
    "formal_missing": _("Which of these are missing? Those that you have, you need not tick."),
    "girls": _("How many girls usually take part each time?"),
    "boys": _("How many boys usually take part each time?"),
    "newly_started": _("Is the association new?"),
    "elite_active": _("How many elite-actives does the association have?"),
}
"""Questions about facts that conditions share; all others are asked in a condition's own words."""


def ask_words(grants: Grants, judged: tuple[Judgement, ...], fact: str) -> Text:
    """The question about a fact, in the words of the best support that wants to know it."""
    if fact in PROMPTS:
        return PROMPTS[fact]
    found = _asked_for(grants, judged, fact)
    if found is None:
        return _("Can you tell me more about this?")
    support, finding = found
    return said(condition_words(grants, support, finding.id).ask, support=support, finding=finding)


def why_asked(grants: Grants, judged: tuple[Judgement, ...], fact: str) -> Text:
    """Why it is asked: the condition it decides, and for which support."""
    found = _asked_for(grants, judged, fact)
    if found is None:
        return _("It decides which support fits.")
    support, finding = found
    reason = said(condition_words(grants, support, finding.id).why, support=support, finding=finding)
    return _("Your answer decides whether {support} fits. {why}", support=content(support.name), why=reason)


def _asked_for(grants: Grants, judged: tuple[Judgement, ...], fact: str) -> tuple[Support, Finding] | None:
    """The support and condition that a fact decides: one still open, of the best support, that looks at it alone."""
    about = [
        (grants.by_id[each.support], finding, each.verdict is Verdict.NO, len(set(finding.check.need.facts())))
        for each in judged
        for finding in each.findings
        if finding.check is not None and finding.check.need is not None and fact in finding.check.need.facts()
    ]
    if not about:
        return None
    support, finding, _ruled_out, _facts = min(
        about, key=lambda found: (found[2], found[1].state is not State.UNKNOWN, found[3])
    )
    return support, finding


NAMED_MAX = 6
"""Conditions that a card names; of more it says how many there are."""


# --- cards ----------------------------------------------------------------------------------------------------------------


def support_card(grants: Grants, judged: Judgement, everyone: tuple[Judgement, ...], facts: Facts, today: date) -> Card:
    """One support: the verdict in a word, why, what is missing, what to do, who decides and by when."""
    support = grants.by_id[judged.support]
    reason, *notes = why(grants, judged, support)
    rows: list[tuple[Text, Value]] = [(_("Why"), reason), (_("What it gives"), content(support.what))]
    rows += [(_("Note"), note) for note in notes]
    if support.amount.max_sek:
        rows.append((_("At most"), Sek(support.amount.max_sek)))
    elif support.amount.words:
        rows.append((_("How much"), content(support.amount.words)))
    if len(judged.missing) > 1:
        rows.append((_("To put right"), _things(grants, support, judged, State.MISSING)))
    if judged.unknown and judged.verdict is not Verdict.UNKNOWN:
        left: Value = _things(grants, support, judged, State.UNKNOWN)
        if len(judged.unknown) > NAMED_MAX:
            left = n_("{count} condition. We can go through it.", "{count} conditions. We can go through them.",
                      len(judged.unknown))  # fmt: skip
        rows.append((_("Not asked yet"), left))
    rows += [_part(grants, each, facts) for each in everyone if grants.by_id[each.support].part_of == support.id]
    rows.append((_("Who decides"), tuple(content(each) for each in support.given_by(facts))))
    if support.answer_within_days:
        within = n_("Within {count} day of a complete application", "Within {count} days of a complete application",
                    support.answer_within_days)  # fmt: skip
        rows.append((_("Answer"), within))
    rows += [(_("When"), when) for when in open_now(support, today)]
    if support.note:
        rows.append((_("Good to know"), content(support.note)))
    rows.append((_("Where it says so"), _source(support, today)))
    # TRANSLATORS: the title of a card: "Nearly: Snabb slant".
    return Card(_("{light}: {support}", light=LIGHTS[judged.verdict], support=content(support.name)), tuple(rows))


def _part(grants: Grants, judged: Judgement, facts: Facts) -> tuple[Text, Value]:
    """A part of a support's sum, with the applicant's own numbers; what each is worth the municipality says."""
    part = grants.by_id[judged.support]
    numbers = tuple(
        _("{name}: {number}", name=NUMBERS[name], number=facts[name]) for name in part.counts if name in facts
    )
    what: Text = content(part.what)
    if numbers and part.pays is not None:
        what = _("{what} Your numbers: {numbers}.", what=what, numbers=numbers)
    elif numbers:
        what = _("{what} Your numbers: {numbers}. The municipality sets the amount.", what=what, numbers=numbers)
    return _("{light}: {support}", light=LIGHTS[judged.verdict], support=content(part.name)), what


NUMBERS: Mapping[str, Text] = {
    # TRANSLATORS: what is counted, before a number: "girls: 12".
    "girls": p_("count", "girls"),
    "boys": p_("count", "boys"),
    "leaders_per_session": p_("count", "leaders each time"),
    "elite_active": p_("count", "elite-actives"),
    "elite_women": p_("count", "women among them"),
    "elite_students": p_("count", "of them studying"),
}


def no_card(grants: Grants, judged: list[Judgement], text: str = "") -> Card | None:
    """The supports that do not fit, each with its honest reason and what is nearer; and those there was no room for.

    With them those of other municipalities that `text` names. None when there are none.
    """
    rows: list[tuple[Text, Value]] = []
    for each, other in judge_named_elsewhere(text, grants.own_names, grants.elsewhere):
        reason = why(grants, each, None, other.municipality)[0]
        rows.append((_("{light}: {support}", light=LIGHTS[each.verdict], support=other.names[0]), reason))
    for each in judged:
        support = grants.by_id[each.support]
        first = next((found for found in each.findings if found.id in each.deciding[:1]), None)
        if each.closer and first is not None:
            words = condition_words(grants, support, first.id)
            reason = _(
                "{why} Nearer to what you want: {support}.",
                why=said(words.why, support=support, finding=first),
                support=content(grants.by_id[each.closer].name),
            )
        else:
            reason = why(grants, each, support)[0]
        rows.append((_("{light}: {support}", light=LIGHTS[each.verdict], support=content(support.name)), reason))
    return Card(_("The others"), tuple(rows)) if rows else None


def checklist(grants: Grants, judged: Judgement, support: Support, today: date) -> Card:
    """Every condition of one support with its light, and what can be done about what is missing."""
    rows: list[tuple[Text, Value]] = []
    for each in judged.findings:
        words = condition_words(grants, support, each.id)
        label = said(words.label, support=support, finding=each)
        value = _("{light} {fix}", light=STATES[each.state], fix=said(words.how_to_fix, support=support, finding=each))
        if each.state is not State.MISSING:
            value = STATES[each.state]
        if each.id in judged.by_person and each.state is State.MET:
            value = ASSURED
        rows.append((label, value))
    for name in judged.by_person:
        if all(each.id != name for each in judged.findings):
            rows.append((content(condition_words(grants, support, name).label), PERSON))
    rows.append((_("Where it says so"), _source(support, today)))
    return Card(_("{light}: {support}", light=LIGHTS[judged.verdict], support=content(support.name)), tuple(rows))


STATES: Mapping[State, Text] = {
    State.MET: p_("condition", "🟢 Met"),
    State.MISSING: p_("condition", "🔴 Missing."),
    State.UNKNOWN: p_("condition", "⚪ Not known yet"),
}
ASSURED = p_("condition", "🟢 You assure this. A person reads it.")
PERSON = p_("condition", "⚪ A person looks at this.")


def _things(grants: Grants, support: Support, judged: Judgement, state: State) -> tuple[Text, ...]:
    return tuple(
        said(condition_words(grants, support, each.id).label, support=support, finding=each)
        for each in judged.findings
        if each.state is state
    )


def _source(support: Support, today: date) -> Text:
    if support.is_current(today):
        return _("{source}, checked by the municipality", source=support.source)
    if support.year is None:
        return _("{source}. Ask the municipality whether it is still so.", source=support.source)
    return _(
        "MUCF’s publication, section {section}, {year}. Ask the municipality whether it is still so.",
        section=support.source, year=str(support.year),
    )  # fmt: skip
