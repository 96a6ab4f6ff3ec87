"""A talk about a partnership or about development: one page to begin from, never an application (publication 1.2, 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.flows import plan as plans
from bot.flows.application import support_of
from bot.flows.model import Answers, Attachment, Card, Ending, FileCase, Flow, Known, Reply, Step
from bot.flows.paper import Paper
from bot.flows.read import long_text, text
from bot.flows.verdicts import STATES, condition_words, said
from bot.i18n import Made, Text, Value, _, content
from bot.packs.model import Grants, Support
from bot.rules.grants import DECIDED_TOGETHER, DIALOGUE_HELD, judge


def _rows(answers: Answers) -> tuple[tuple[Text, Value], ...]:
    kept: list[tuple[Text, Value | None]] = [(step.label, answers.get(step.name)) for step in PARTNERSHIP.steps]
    return tuple((label, value) for label, value in kept if value)


def partnership_paper(grants: Grants, support: Support, answers: Answers, now: datetime) -> Paper:
    """The brief: what the organisation says, and how the conditions stand, on one page."""
    judged = judge((support.rule,), answers.get("facts") or {}, now.date())[0]
    states: list[tuple[Text, Value]] = []
    for each in judged.findings:
        if each.id not in (DIALOGUE_HELD, DECIDED_TOGETHER):
            words = condition_words(grants, support, each.id)
            states.append((said(words.label, support=support, finding=each), STATES[each.state]))
    about = plans.short_title(str(answers.get("challenge") or ""))
    return Paper(
        kind=_("Brief for a talk: {support}", support=content(support.name)),
        title=about or content(support.name),
        rows=(*_rows(answers), *states),
        notes=(
            _(
                "This is not an application. It is a page to begin a talk from; both sides decide together what comes of it."
            ),
        ),
    )


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What was said about the support stands in the brief; what it is about is not asked again."""
    about = given.get("answers", {}).get("about")
    return {"challenge": about} if about else {}


def _intro(answers: Answers, known: Known) -> Text:
    return _(
        "One does not apply for this: it begins with a talk. Eight short questions make one page, so that nobody has to start from nothing."
    )


def _card(answers: Answers, known: Known) -> Card:
    support = support_of(known, answers)
    title = content(support.name) if support else _("A talk")
    return Card(_("For the talk: {support}", support=title), _rows(answers))


def _finish(answers: Answers, known: Known) -> Ending:
    """Book the talk: a case of its own kind, with the page."""
    support = support_of(known, answers)
    if support is None:
        return Ending(then="grants")
    answer_by = known.municipality.answer_by(known.now)
    held = {**answers, "support": support.id, "facts": dict(known.given.get("facts") or {})}
    case = FileCase("dialogue", "partnership", held, answer_by, note=support.name)
    words = _(
        "Thank you! A person proposes a time for the talk, here, by {time} at the latest. Both sides decide together what comes of it: it is not an application.",
        time=answer_by,
    )
    caption = _("Your page for the talk. Bring it, or send it to those who come along.")
    replies = (Reply(words=(words,)), Reply(attachment=Attachment("case", Made("case"), caption)))
    return Ending(replies, (case,), then=None if known.facts.get("reachable") else "reach")


PARTNERSHIP = Flow(
    name="partnership",
    title=_("A talk about working together"),
    intro=_intro,
    steps=(
        Step("challenge", prompt=_("What challenge do you and the municipality share?"), label=_("The shared challenge"),
             read=long_text(), example=_("Many who are new in town have nobody to practise Swedish with.")),
        Step("target_group", prompt=_("Whom is it for?"), label=_("For whom"), read=long_text()),
        Step("own_part", prompt=_("What do you do yourselves?"), label=_("What we do ourselves"), read=long_text()),
        Step("needs", prompt=_("What do you need from the municipality?"), label=_("What we need"), read=long_text()),
        Step("contributions", prompt=_("What does each side bring? Time, rooms and knowledge count too."),
             label=_("What both bring"), read=long_text()),
        Step("span", prompt=_("For how long is it meant?"), label=_("Time span"), read=text(max_chars=200),
             example=_("Three years, to begin with.")),
        Step("plan", prompt=_("Which programme or plan of the municipality does it belong to, if you know?"),
             label=_("Plan it belongs to"), read=text(max_chars=300)),
        Step("who", prompt=_("Which organisation are you, and whom can we contact?"), label=_("Organisation and contact"),
             read=text(max_chars=300)),
    ),
    begin=_begin,
    finish=_finish,
    card=_card,
    review=True,
    needs_subject=True,
)  # fmt: skip
