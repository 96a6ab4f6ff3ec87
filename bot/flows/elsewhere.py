"""Go on in another place: the conversation moves along, by a link that works once."""

from __future__ import annotations

from bot.flows.model import Answers, Ending, Flow, Known, MakeLink, Reply
from bot.i18n import Link, Made, _


def _finish(answers: Answers, known: Known) -> Ending:
    if known.channel == "telegram":
        page = _("Go on on the web")
        words = _(
            "Open this on any phone or computer, and we go on there: {link}", link=Link(page, Made("restore_link"))
        )
        return Ending((Reply(words=(words,)),), (MakeLink("restore"),))
    chat = _("Go on in Telegram")
    words = _(
        "Open this on the phone where you have Telegram, and we go on there: {link}", link=Link(chat, Made("move_link"))
    )
    return Ending((Reply(words=(words,)),), (MakeLink("move"),))


ELSEWHERE = Flow("elsewhere", _("Go on in another place"), (), _finish, personal=False, passing=True)
