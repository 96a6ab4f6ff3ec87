"""The page that every letter of news links to: what one gets, and one button that ends it. By private link.

The address is also where a mail program posts when somebody presses its own "unsubscribe" (RFC 8058): without a cookie,
without a page of ours, and without being led on.
"""

from __future__ import annotations

from aiohttp import web

from bot.flows.news import news_card
from bot.handlers.web.site import Route, Visit
from bot.listening import Listening, News
from bot.views import LinkTrouble


async def page(visit: Visit) -> web.StreamResponse:
    """What somebody gets, in their own language."""
    try:
        news = await _listening(visit).seen(visit.request.match_info["token"])
    except LinkTrouble as trouble:
        return _gone(visit, trouble)
    return _page(visit, news, stopped=False)


async def stopped(visit: Visit) -> web.StreamResponse:
    """Every post ends it, whatever it says: the button's, and a mail program's `List-Unsubscribe=One-Click`."""
    token, listening = visit.request.match_info["token"], _listening(visit)
    try:
        await listening.stop(token)
        news = await listening.seen(token)
    except LinkTrouble as trouble:
        return _gone(visit, trouble)
    return _page(visit, news, stopped=True)


def _listening(visit: Visit) -> Listening:
    return Listening(visit.parts.turns.db, visit.parts.now)


def _page(visit: Visit, news: News, *, stopped: bool) -> web.Response:
    """A link is good at the first municipality's address too; the page is that of the one it belongs to."""
    place = visit.parts.municipalities.get(news.municipality_id)
    if place is not None and place.id != visit.municipality.id:
        visit.municipality = place
        visit.prefix = visit.parts.turns.pages_of(place.id).removeprefix(visit.parts.turns.public_url)
    if not visit.lang_chosen and news.locale in visit.municipality.languages:
        visit.lang = news.locale
    card = news_card(news.found, visit.known()) if news.found is not None else None
    return visit.page("news.html", card=card, stopped=stopped, action=visit.request.path)


def _gone(visit: Visit, trouble: LinkTrouble) -> web.Response:
    return visit.page(
        "trouble.html", status=404 if trouble.why == "unknown" else 410, kind=f"link_{trouble.why}", again={}, action=""
    )


ROUTES = (
    Route("GET", r"/news/{token:[\w-]{10,64}}", page),
    Route("POST", r"/news/{token:[\w-]{10,64}}", stopped),
)
