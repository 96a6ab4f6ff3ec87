"""The agreement with those who have joined it, for everybody; and an association's own page of a partnership, by private link."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from bot.flows.networks import agreement_card
from bot.flows.partnering import NEXTS, QUESTIONS, answer_rows, follow_up_words, signed_quote
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.private_links import gone
from bot.handlers.web.projects import at_home
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import Text
from bot.partnership_desk import PartnershipDesk
from bot.staff import Refused
from bot.views import LinkTrouble


def _desk(visit: Visit) -> PartnershipDesk:
    return PartnershipDesk(visit.parts.turns)


async def agreement(visit: Visit) -> web.StreamResponse:
    """What the agreement is, its principles, and who has joined it and wants to be seen."""
    card = agreement_card(visit.known())
    agreed = visit.municipality.networks.agreement is not None
    signed = await _desk(visit).public_list(visit.municipality.id) if agreed else []
    return visit.page(
        "agreement.html", card=drawn(card, visit.lang, visit.municipality.zone) if card else None, agreed=agreed,
        signed=signed, quoted=signed_quote(visit.municipality), join=new_id(),
    )  # fmt: skip


async def page(visit: Visit) -> web.StreamResponse:
    """A partnership as the association sees it, with the survey when it is time."""
    return await _page(visit)


async def _page(visit: Visit, problem: Text | None = None, *, sent: bool = False) -> web.StreamResponse:
    try:
        held, sees = await _desk(visit).by_link(visit.request.match_info["token"])
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    at_home(visit, held.municipality_id)
    last = sees["last"]
    return visit.page(
        "partnership.html", status=422 if problem else 200, held=held, sees=sees, problem=problem, sent=sent, questions=QUESTIONS,
        nexts=NEXTS, follow_ups=[follow_up_words(each) for each in sees["follow_ups"]],
        last={side: answer_rows(last[side]) for side in last} if last else None,
        typed=defaultdict(str, visit.fields if problem else {}), new_id=new_id,
    )  # fmt: skip


async def answered(visit: Visit) -> web.StreamResponse:
    """The association's answers, or what it wants to come after."""
    try:
        await _desk(visit).by_page(
            visit.request.match_info["token"], visit.fields.get("id", "") or new_id(), visit.fields
        )
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    except Refused as refused:
        return await _page(visit, problem=refused.words)
    return await _page(visit, sent=True)


ROUTES = (
    Route("GET", "/agreement", agreement),
    Route("GET", r"/partnership/{token:[\w-]{10,64}}", page),
    Route("POST", r"/partnership/{token:[\w-]{10,64}}", answered),
)
