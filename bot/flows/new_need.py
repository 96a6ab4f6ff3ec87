"""A coordinator puts up a need for helpers from their own chat: the short form of what the console has (`/coach/needs/new`).

Only in a Telegram chat that is linked to their account; for everybody else there is no such flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.flows.model import Answers, Card, Choice, CreateNeed, Ending, Flow, Known, Problem, Reply, Step
from bot.flows.read import languages, long_text, many_choices, one_choice, place, text, times, whole_number, yes_no
from bot.flows.read.typed import as_text
from bot.flows.room import times_of
from bot.flows.volunteer import skill_choices
from bot.i18n import Link, Made, Text, Value, _, content, p_
from bot.rules.volunteering import LITTLE

PRIORITIES = (
    # TRANSLATORS: buttons, at most 30 characters each: how urgent a need for helpers is.
    Choice("1", p_("priority", "Most urgent")),
    Choice("2", p_("priority", "Urgent")),
    Choice("3", p_("priority", "As usual")),
)
NO_CHECK = "none"


def _checks(known: Known) -> tuple[Choice, ...]:
    roles = known.municipality.skills.check_roles
    # TRANSLATORS: a button that holds nothing but tasks for which the law lets an extract from the records be asked for.
    named = (Choice(each.id, _("{role}", role=content(each.name))) for each in roles)
    return (Choice(NO_CHECK, p_("check", "No extract is needed"), means="no"), *named)


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step.name for step in NEW_NEED.steps) if known.lookup("coordinates") else ()


def _to_come(value: Any, answers: Answers, known: Known) -> Problem | None:
    if times_of(value, known.municipality.zone).each[0][0] <= known.now:
        return Problem(_("That time has already been. Choose one that is still to come."))
    return None


def _card(answers: Answers, known: Known) -> Card:
    rows: tuple[tuple[Text, Value], ...] = tuple(
        (step.label, step.read.show(answers[step.name], known))
        for step in NEW_NEED.steps
        if step.read is not None and step.name in answers and step.name != "what"
    )
    return Card(as_text(str(answers.get("what") or "")), rows)


def _made(answers: Answers, known: Known) -> Ending:
    if not known.lookup("coordinates"):
        words = _("Only coordinators can put up a need here, from a chat that is linked to their account.")
        return Ending((Reply(words=(words,)),), then="needs")
    need: Mapping[str, Any] = {
        "what": str(answers["what"]), "about": str(answers.get("about") or ""), "routine": "",
        "address": str(answers.get("address") or ""), "contact": str(answers.get("contact") or ""),
        "languages_any": [each.removesuffix(LITTLE) for each in answers.get("languages") or ()],
        "skills_all": list(answers.get("skills") or ()), "skills_wished": [], "car": bool(answers.get("car")),
        "check": None if answers.get("check") in (None, NO_CHECK) else str(answers["check"]),
    }  # fmt: skip
    effect = CreateNeed(need, (answers.get("where") or {}).get("area"), answers["when"], int(answers["places"]),
                        int(answers["priority"]))  # fmt: skip
    words = _("It is put up now, for everybody to see. Proposals of who could come are made on its page: {link}",
              link=Link(_("The need"), Made("need_link")))  # fmt: skip
    return Ending((Reply(words=(words,)),), (effect,))


NEW_NEED = Flow(
    name="new_need",
    title=_("A new need"),
    steps=(
        Step("what", prompt=_("What are helpers needed for? A few words, as everybody sees them."), label=_("What it is"),
             read=text(80), must=True, example=_("Serve supper")),
        Step("when", prompt=_("When? From and to, once or as a series."), label=_("When"), read=times(), must=True,
             check=_to_come, example=_("Every Tuesday 17-19 until 30 June")),
        Step("where", prompt=_("In which area?"), label=p_("need", "Area"), read=place(), must=True),
        Step("places", prompt=_("How many helpers each time?"), label=p_("need", "Helpers"),
             read=whole_number(1, 200, unit=_("people | persons | participants | guests")), must=True),
        Step("priority", prompt=_("How urgent is it?"), label=_("How urgent"), read=one_choice(PRIORITIES), must=True),
        Step("languages", prompt=_("Does a helper have to speak a certain language? One of those you choose is enough."),
             label=p_("need", "One of these languages"), read=languages(), may_skip=True),
        Step("skills", prompt=_("What does a helper have to be able to do? All that you choose."), label=p_("need", "Has to know"),
             read=many_choices(skill_choices), may_skip=True),
        Step("car", prompt=_("Is a car needed?"), label=p_("need", "Car"), read=yes_no(), may_skip=True),
        Step("check", prompt=_("Does an extract from the criminal records have to be shown? Only where the law allows it."),
             label=p_("need", "Extract"), read=one_choice(_checks), may_skip=True),
        Step("address", prompt=_("What is the address? Only those see it who have a place."), label=p_("need", "Address"),
             read=text(200), may_skip=True),
        Step("contact", prompt=_("Whom do helpers turn to on site?"), label=p_("need", "On site"), read=text(200),
             may_skip=True),
        Step("about", prompt=_("Is there more that everybody should know?"), label=p_("need", "More about it"),
             read=long_text(), may_skip=True),
    ),
    order=_order,
    finish=_made,
    card=_card,
    review=True,
    personal=False,
    needs_subject=True,
)  # fmt: skip
