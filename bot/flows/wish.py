"""Something written outside any question: nothing of it is lost, whatever it turns out to be."""

from __future__ import annotations

from bot.flows.model import Answers, Choice, Ending, Flow, Known, Step
from bot.flows.read import one_choice
from bot.i18n import Text, _, p_


def _prompt(answers: Answers, known: Known) -> Text:
    return _("You wrote: {said}. What shall we do with it?", said=known.given.get("said", ""))


def _finish(answers: Answers, known: Known) -> Ending:
    said = known.given.get("said", "")
    match answers["what"]:
        case "idea":
            return Ending(then="idea", given={"answers": {"idea": said}})
        case "premises":
            return Ending(then="premises", given={"answers": {"wish": said}})
        case "coach":
            return Ending(then="coach", given={"answers": {"about": said}})
        case _:
            return Ending(then="menu")


WISH = Flow(
    name="wish",
    title=_("What you wrote"),
    steps=(
        Step(
            "what",
            prompt=_prompt,
            label=_("What to do with it"),
            # TRANSLATORS: buttons, at most 30 characters each.
            read=one_choice(
                (
                    Choice("idea", p_("wish", "It is my idea: make a plan")),
                    Choice("premises", p_("wish", "Find a room for it")),
                    Choice("coach", p_("wish", "Ask a human about it")),
                    Choice("menu", p_("wish", "Something else")),
                )
            ),
            must=True,
        ),
    ),
    finish=_finish,
    personal=False,
    passing=True,
)
