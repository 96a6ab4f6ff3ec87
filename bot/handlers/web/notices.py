"""Pages that tell and ask nothing: open activities, privacy, accessibility, the quick exit's neutral page, whether we are
well."""

from __future__ import annotations

from aiohttp import web

from bot.flows.engine import SAVED_DAYS
from bot.flows.open_activity import activity_card, nothing_planned
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.site import COOKIE, Route, Visit
from bot.i18n import OwnName
from bot.i18n.catalogues import current


async def privacy(visit: Visit) -> web.StreamResponse:
    """How data is handled, in full (GDPR art. 13)."""
    return visit.page("privacy.html", saved_days=SAVED_DAYS)


async def accessibility(visit: Visit) -> web.StreamResponse:
    """The statement the law on accessible digital service asks for (2018:1937)."""
    drafted = [
        tag for tag in visit.municipality.languages
        if tag in current().tags() and current().review_status(tag) == "machine-drafted"
    ]  # fmt: skip
    return visit.page("accessibility.html", drafted=[OwnName(tag) for tag in drafted])


async def open_activities(visit: Visit) -> web.StreamResponse:
    """What everybody may go to, the soonest first; only where the pack has places with open activities."""
    place = visit.municipality
    if place.open_house is None:
        raise web.HTTPNotFound
    found, known = await visit.parts.views.open_activities(place.id), visit.known()
    cards = [
        {"id": each["id"], "card": drawn(activity_card(each["post"], known), visit.lang, place.zone)} for each in found
    ]
    return visit.page("open.html", cards=cards, nothing=nothing_planned(place.open_house))


async def exit(visit: Visit) -> web.StreamResponse:
    """A page about something else, for whoever must not be seen here. No mark of ours and no way back on it."""
    return visit.page("exit.html")


async def leave(visit: Visit) -> web.StreamResponse:
    """Ask before this device forgets the conversation."""
    return visit.page("leave.html")


async def left(visit: Visit) -> web.StreamResponse:
    """Forget the conversation on this device. It is kept with us; a link brings it back."""
    response = web.Response(status=303, headers={"Location": f"{visit.prefix}/exit"})
    response.del_cookie(COOKIE, path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def healthz(visit: Visit) -> web.StreamResponse:
    """The program runs."""
    return web.Response(text="ok\n")


async def readyz(visit: Visit) -> web.StreamResponse:
    """The program can answer residents: its database does."""
    ready = await visit.parts.views.ready()
    return web.Response(text="ready\n" if ready else "the database does not answer\n", status=200 if ready else 503)


ROUTES = (
    Route("GET", "/privacy", privacy),
    Route("GET", "/accessibility", accessibility),
    Route("GET", "/open", open_activities),
    Route("GET", "/exit", exit),
    Route("GET", "/leave", leave),
    Route("POST", "/leave", left),
    Route("GET", "/healthz", healthz),
    Route("GET", "/readyz", readyz),
)
