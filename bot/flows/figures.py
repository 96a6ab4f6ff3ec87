"""A number of the municipality, quoted as it stands with how sure it is, and never worked out (publication, 3.1)."""

from __future__ import annotations

from bot.flows.contact import likely
from bot.flows.gatherings import lines
from bot.flows.model import Answers, Attachment, Choice, Ending, Flow, Known, Reply, Step
from bot.flows.read import one_choice
from bot.i18n import Link, Text, _, content, p_
from bot.packs.model import Table
from bot.packs.model.quoting import pictured, quotes
from bot.packs.model.routing import route

QUOTED_MAX = 3

# TRANSLATORS: buttons, at most 30 characters each.
MORE = (Choice("more", p_("figures", "Ask more about it")), Choice("menu", p_("figures", "No thanks")))
PICTURE = Choice(
    "picture", p_("figures", "Show it as a picture"), also=(_("picture | as a picture | chart | diagram"),)
)


def _table(known: Known) -> Table | None:
    return pictured(known.municipality, _said(known), known.given.get("language") or known.locale)


def _choices(known: Known) -> tuple[Choice, ...]:
    return (PICTURE, *MORE) if _table(known) is not None else MORE


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
    return _("I only quote it: I do not work anything out from it. Whoever holds it can say more.")


def _finish(answers: Answers, known: Known) -> Ending:
    if isinstance(answers["do"], dict):
        return Ending(then="wish", given={"said": answers["do"]["other"]})
    if answers["do"] == PICTURE.id and (table := _table(known)) is not None:
        return _picture(table, known)
    if answers["do"] == "menu":
        return Ending((Reply(words=(_("All right. Ask me whenever you like."),)),))
    given = {"role": _holder(known), "matter": "question", "text": _said(known)}
    return Ending(then="contact", given=given)


def _picture(table: Table, known: Known) -> Ending:
    """The table as bars, with what has to be said with it, and the page where it can be read."""
    caption = (
        _("{title}. {note}", title=content(table.title), note=content(table.note))
        if table.note
        else content(table.title)
    )
    page = _("All figures, with tables")
    url = f"{known.facts.get('public_url', '')}/figures#table-{table.id}"
    words = _("The same numbers as a table, to read or have read aloud: {link}", link=Link(page, url))
    return Ending((Reply(attachment=Attachment("figure", table.id, caption)), Reply(words=(words,))))


FIGURES = Flow(
    name="figures",
    title=_("A figure of the municipality"),
    intro=_intro,
    steps=(Step("do", prompt=_prompt, label=_("Ask more about it"), read=one_choice(_choices, other=True), must=True),),
    finish=_finish,
    personal=False,
    passing=True,
    needs_subject=True,
)
