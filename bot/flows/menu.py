"""What one can do here. Free text instead of a choice is kept and asked about."""

from __future__ import annotations

from bot.flows.model import Answers, Choice, Ending, Flow, Known, Step
from bot.flows.read import one_choice
from bot.i18n import _, p_

# TRANSLATORS: buttons of the menu, at most 30 characters each.
CHOICES = (
    Choice("idea", p_("menu", "💡 I have an idea")),
    Choice("premises", p_("menu", "🏠 I need a room")),
    Choice("grants", p_("menu", "💰 Support and money")),
    Choice("contact", p_("menu", "🧭 Who is responsible?")),
    Choice("help_me", p_("menu", "🛒 I need help")),
    Choice("volunteer", p_("menu", "🤝 I want to help")),
    Choice("mine", p_("menu", "📋 My plans")),
    Choice("coach", p_("menu", "🙋 Talk to a human")),
    Choice("language", p_("menu", "🌐 Another language")),
    Choice("privacy", p_("menu", "🔒 What you know about me")),
)


def _finish(answers: Answers, known: Known) -> Ending:
    wanted = answers["wanted"]
    if isinstance(wanted, dict):
        return Ending(then="wish", given={"said": wanted["other"]})
    return Ending(then=wanted)


MENU = Flow(
    name="menu",
    title=_("Menu"),
    steps=(
        Step(
            "wanted",
            prompt=_("What would you like to do? Press a button, or write with your own words."),
            label=_("What you want to do"),
            read=one_choice(CHOICES, other=True),
            example=_("We want to start a bicycle workshop for young people."),
            must=True,
        ),
    ),
    finish=_finish,
    personal=False,
    passing=True,
)
