"""When one works and what one knows, being here and being away; the list of who is here."""

from __future__ import annotations

from collections.abc import Awaitable

from aiohttp import web

from bot.handlers.web.console import account
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.staff import Refused


async def colleagues(visit: Visit) -> web.StreamResponse:
    """Names and who is here; nothing else of anybody."""
    return visit.page("console/colleagues.html", lines=await console(visit).colleagues.listed(visit.municipality.id))


async def here(visit: Visit) -> web.StreamResponse:
    """One press: here now, until a time; or not here."""
    acts, fields = console(visit).colleagues, visit.fields
    away = fields.get("do") == "away"
    return await _done(visit, acts.not_here(visit.actor) if away else acts.here(visit.actor, fields.get("until", "")))


async def profile(visit: Visit) -> web.StreamResponse:
    fields = visit.fields
    own = (fields.get("days", "").split(), fields.get("opens", ""), fields.get("closes", ""))
    chosen = [int(each) for each in fields.get("areas", "").split() if each.isdecimal() and len(each) < 4]
    areas = [area.name for number, area in enumerate(visit.municipality.areas) if number in chosen]
    kept = console(visit).colleagues.keep(
        visit.actor, hours=own if fields.get("hours") == "own" else None,
        languages=fields.get("languages", "").split(), topics=fields.get("topics", "").split(), areas=areas,
    )  # fmt: skip
    return await _done(visit, kept)


async def away(visit: Visit) -> web.StreamResponse:
    fields = visit.fields
    noted = console(visit).colleagues.away(
        visit.actor, visit.actor.staff_id, fields.get("first", ""), fields.get("last", ""), fields.get("deputy", "")
    )
    return await _done(visit, noted)


async def back(visit: Visit) -> web.StreamResponse:
    ended = console(visit).colleagues.end_absence(visit.actor, visit.actor.staff_id, visit.fields.get("absence", ""))
    return await _done(visit, ended)


async def _done(visit: Visit, act: Awaitable[None]) -> web.StreamResponse:
    try:
        await act
    except Refused as refused:
        return await account.page(visit, refused.words, refused.why)
    return visit.go("/coach/me#presence")


ROUTES = (
    Route("GET", "/coach/colleagues", colleagues),
    Route("POST", "/coach/me/here", here),
    Route("POST", "/coach/me/profile", profile),
    Route("POST", "/coach/me/away", away),
    Route("POST", "/coach/me/back", back),
)
