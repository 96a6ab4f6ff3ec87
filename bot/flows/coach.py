"""A human is wanted: one question, so that nobody has to say it twice, and an honest time."""

from __future__ import annotations

from bot.flows.case_kinds import kind_of
from bot.flows.interpreter import WANTED, is_offered
from bot.flows.model import Answers, Ending, Flow, Known, OpenCase, Reply, Step
from bot.flows.promises import human_words
from bot.flows.read import long_text
from bot.i18n import _


def _finish(answers: Answers, known: Known) -> Ending:
    waiting = known.facts.get("case_answer_by")
    answer_by = waiting or kind_of("coach").answer_by(known.municipality, known.now)
    case = OpenCase("coach", answer_by, note=answers.get("about", ""))
    reached = bool(known.facts.get("reachable"))
    words = human_words(known)
    if waiting is not None:
        words = _("I have added that to your question. You get an answer here by {time} at the latest.", time=waiting)
    said = Reply(words=(words,), choices=(WANTED,), serial=0) if is_offered(known.locale) else Reply(words=(words,))
    return Ending((said,), (case,), then=None if reached else "reach")


COACH = Flow(
    name="coach",
    title=_("Talk to a human"),
    steps=(
        Step(
            "about",
            prompt=_("What do you want to talk about? A sentence or two is enough."),
            label=_("What it is about"),
            read=long_text(),
            why=_("So that the right person answers, and you do not have to say it again."),
            example=_("We are three friends who want to start a language café. Where do we begin?"),
            may_skip=True,
        ),
    ),
    finish=_finish,
)
