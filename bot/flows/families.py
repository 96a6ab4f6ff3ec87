"""Friend families: a newly arrived family and one that has lived here longer, by interests, children's ages and work
(publication, 2.1). Religion, origin and health are never asked for.

Nobody is told of anybody before both have agreed, in words of a version that is kept, and a coordinator has approved it.
"""

from __future__ import annotations

from typing import Final

from bot.flows.introductions import (
    CONSENT_VERSION,
    SIDES,
    TITLES,
    WORK,
    begun,
    interest_choices,
    intro_of,
    is_here,
    not_here,
    said_card,
    signed_up,
)
from bot.flows.model import Answers, Ending, Flow, Known, Step
from bot.flows.read import ages, consent, many_choices, one_choice, text
from bot.i18n import _, p_

KIND: Final = "families"


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step.name for step in FAMILIES.steps) if is_here(KIND, known) else ()


def _finish(answers: Answers, known: Known) -> Ending:
    return signed_up(KIND, answers, known) if is_here(KIND, known) else not_here(KIND, known)


FAMILIES: Flow = Flow(
    name=KIND,
    title=TITLES[KIND],
    intro=intro_of(KIND, _("A family is whoever lives together, also you alone. A few questions, about two minutes.")),
    steps=(
        Step("name", prompt=_("What is your first name?"), label=p_("volunteer", "First name"), read=text(max_chars=60), must=True),
        Step("side", prompt=_("Are you new here, or have you lived here longer?"), label=p_("introductions", "New or established"),
             read=one_choice(SIDES), must=True, why=_("A family that is new here gets to know one that has lived here longer.")),
        Step("interests", prompt=_("What do you like to do? Choose all that fit, then press Done."),
             label=p_("introductions", "Interests"), read=many_choices(interest_choices, 1), must=True),
        Step("children", prompt=_("How old are your children? Write the age of each, or none."),
             label=p_("introductions", "Children's ages"), read=ages(), must=True, example=_("4, 7 and 12"),
             why=_("So that the children can play together. Their names are not needed.")),
        Step("work", prompt=_("What do you work with, or what have you worked with?"), label=p_("introductions", "Work"),
             read=one_choice(WORK), must=True, why=_("Many like to meet somebody who knows the same work. You need not say.")),
        Step("agree", prompt=_("May we keep this, and may the coordinator for friend families see it and propose your family to one "
                               "other family? You are asked first. The other family gets your first name and what you have in common, "
                               "and how you are reached only if you both say yes. You can take this back at any time."),
             label=p_("volunteer", "Kept"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    begin=lambda given, known: begun(KIND, given, known),
    order=_order,
    finish=_finish,
    card=lambda answers, known: said_card(FAMILIES, answers, known),
)  # fmt: skip
