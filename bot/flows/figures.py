"""A number of the municipality, quoted as it stands with how sure it is, and never worked out (publication, 3.1)."""

from __future__ import annotations

from bot.flows.contact import likely
from bot.flows.gatherings import lines
from bot.flows.model import Answers, Ending, Flow, Known, Reply, Step
from bot.flows.read import yes_no
from bot.i18n import Text, _
from bot.packs.model.quoting import quotes
from bot.packs.model.routing import route

QUOTED_MAX = 3


def _said(known: Known) -> str:
    return str(known.given.get("text") or known.given.get("said") or "")


def _holder(known: Known) -> str:
    """Who holds what the figure is about."""
    topics = likely(_said(known), known)
    return route(known.municipality, topics[0].id if topics else None).role.id


def _intro(answers: Answers, known: Known) -> Text:
    found = quotes(known.municipality, _said(known), known.given.get("language") or known.locale)
    return lines(found[:QUOTED_MAX]) if found else _("I have no figure for that in my list.")


def _prompt(answers: Answers, known: Known) -> Text:
    return _("I only quote it: I do not work anything out from it. Is there anything more you want to ask about it?")


def _finish(answers: Answers, known: Known) -> Ending:
    if not answers["more"]:
        return Ending((Reply(words=(_("All right. Ask me whenever you like."),)),))
    given = {"role": _holder(known), "matter": "question", "text": _said(known)}
    return Ending(then="contact", given=given)


FIGURES = Flow(
    name="figures",
    title=_("A figure of the municipality"),
    intro=_intro,
    steps=(Step("more", prompt=_prompt, label=_("Ask more about it"), read=yes_no(), must=True),),
    finish=_finish,
    personal=False,
    passing=True,
    needs_subject=True,
)
