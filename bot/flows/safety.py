"""After emergency words: a human at the municipality gets in touch, if the person wants it."""

from __future__ import annotations

from bot.flows.case_kinds import kind_of
from bot.flows.model import Answers, Choice, Ending, Flow, Known, OpenCase, Reply
from bot.flows.promises import human_words
from bot.i18n import Ltr, _, p_

CONTACT_ME = Choice("f:safety", p_("safety", "Yes, contact me"))


def _finish(answers: Answers, known: Known) -> Ending:
    answer_by = kind_of("safety").answer_by(known.municipality, known.now)
    danger = _("If it is urgent, do not wait for us: call {number}.", number=Ltr("112"))
    return Ending(
        (Reply(words=(human_words(known, "safety"), danger)),),
        (OpenCase("safety", answer_by),),
        then=None if known.facts.get("reachable") else "reach",
    )


SAFETY = Flow("safety", _("Yes, contact me"), (), _finish, personal=False, passing=True)
