"""Somebody to talk to by phone: both 50 or older, or as old as the municipality says (publication, 6.2)."""

from __future__ import annotations

from typing import Final

from bot.flows.introductions import (
    CONSENT_VERSION,
    HOURS,
    TITLES,
    begun,
    intro_of,
    is_here,
    not_here,
    said_card,
    signed_up,
)
from bot.flows.model import Answers, Choice, Ending, Flow, Known, Reply, Step
from bot.flows.moves import Move, button
from bot.flows.read import consent, languages, many_choices, text, whole_number
from bot.i18n import _, p_

KIND: Final = "phone_chats"

_YEARS = _("years | year | years old")


def _too_young(answers: Answers, known: Known) -> bool:
    rules, age = known.municipality.introductions.phone_chats, answers.get("age")
    return rules is not None and isinstance(age, int) and age < rules.min_age


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    if not is_here(KIND, known) or _too_young(answers, known):
        return ()
    return tuple(step.name for step in PHONE_CHATS.steps)


def _finish(answers: Answers, known: Known) -> Ending:
    rules = known.municipality.introductions.phone_chats
    if rules is None:
        return not_here(KIND, known)
    if _too_young(answers, known):
        words = _("These talks are for those who are {age} or older, on both sides. But you need not be alone: a human here can help you "
                  "find somebody to talk to, and you can help others. Nothing of what you wrote is kept for this.", age=rules.min_age)  # fmt: skip
        choices = (
            button(Move.HUMAN),
            Choice("f:volunteer", p_("menu", "🤝 I want to help")),
            Choice("f:meet_others", _("Meet others")),
        )
        return Ending((Reply(words=(words,), choices=choices, serial=0),))
    return signed_up(KIND, answers, known)


PHONE_CHATS: Flow = Flow(
    name=KIND,
    title=TITLES[KIND],
    intro=intro_of(KIND, _("A few questions, about a minute.")),
    steps=(
        Step("age", prompt=_("How old are you?"), label=p_("introductions", "Age"), read=whole_number(1, 120, unit=_YEARS), must=True,
             why=_("The talks are for older people, on both sides.")),
        Step("name", prompt=_("What is your first name?"), label=p_("volunteer", "First name"), read=text(max_chars=60), must=True),
        Step("languages", prompt=_("In which languages would you like to talk?"), label=p_("volunteer", "Languages"), read=languages(),
             must=True),
        Step("hours", prompt=_("When would you like to talk? Choose all that fit, then press Done."), label=p_("introductions", "Time to talk"),
             read=many_choices(HOURS, 1), must=True),
        Step("agree", prompt=_("May we keep this, and may a coordinator see it, to find somebody for you to talk to? How you are reached "
                               "is passed on only if you both say yes. You can leave at any time."),
             label=p_("volunteer", "Kept"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    begin=lambda given, known: begun(KIND, given, known),
    order=_order,
    finish=_finish,
    card=lambda answers, known: said_card(PHONE_CHATS, answers, known),
)  # fmt: skip
