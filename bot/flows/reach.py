"""How to reach somebody who may close the page: an e-mail address, for notices without content."""

from __future__ import annotations

from bot.flows.model import Answers, Ending, Flow, Known, LeaveAddress, Reply, Step
from bot.flows.read import email
from bot.i18n import Ltr, _


def _finish(answers: Answers, known: Known) -> Ending:
    if "email" not in answers:
        words = _(
            "All right. Then I cannot tell you when there is an answer. Come back to this page and you will find it here."
        )
        return Ending((Reply(words=(words,)),))
    words = _("Thank you. We write to {email} when there is an answer. The letter holds only a link, nothing of what you wrote.",
              email=Ltr(answers["email"]))  # fmt: skip
    return Ending((Reply(words=(words,)),), (LeaveAddress(answers["email"]),))


REACH = Flow(
    name="reach",
    title=_("How we reach you"),
    steps=(
        Step(
            "email",
            prompt=_("If you close this page, I cannot reach you. Would you like to leave an e-mail address?"),
            label=_("E-mail address"),
            read=email(),
            why=_("Only to tell you that there is an answer here. You can skip this."),
            example=_("name@example.se"),
            may_skip=True,
        ),
    ),
    finish=_finish,
)
