"""Somebody with a similar idea who agreed to be found: a coach introduces the two, if this person wants it."""

from __future__ import annotations

from bot.flows.model import Answers, Ending, Flow, Known, OpenCase, Reply, Step
from bot.flows.read import yes_no
from bot.i18n import Text, _


def _prompt(answers: Answers, known: Known) -> Text:
    title = known.lookup("findable_title", plan_id=known.given.get("subject", 0))
    if title is None:
        return _("That person no longer wants to be found. Shall a coach look for others with ideas like yours?")
    return _(
        "Shall a coach introduce you to those behind “{title}”? They see your name and your plan's title only after they have said yes too.",
        title=title,
    )


def _finish(answers: Answers, known: Known) -> Ending:
    if not answers["sure"]:
        return Ending((Reply(words=(_("All right. Nothing has been sent."),)),))
    answer_by = known.municipality.answer_by(known.now)
    words = _("Thank you. A coach asks the others, and answers you here by {time} at the latest.", time=answer_by)
    return Ending(
        (Reply(words=(words,)),),
        (OpenCase("introduction", answer_by, "introduce", {"plan_id": known.given.get("subject", 0)}),),
    )


INTRODUCE = Flow(
    name="introduce",
    title=_("An introduction"),
    steps=(
        Step(
            "sure",
            prompt=_prompt,
            label=_("Introduce us"),
            read=yes_no(),
            why=_("Ideas grow faster together. Nobody gets your contact details before both have said yes."),
            must=True,
        ),
    ),
    finish=_finish,
    needs_subject=True,
)
