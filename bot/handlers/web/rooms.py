"""Rooms on the web: the page where a lender says yes or no without an account, and calendars to subscribe to.

A link in a letter only opens the page, because programs that look at links in advance open them too. A button answers.
"""

from __future__ import annotations

from aiohttp import web

from bot import feeds, premises
from bot.flows.booking import room_called
from bot.flows.read import times
from bot.handlers.web.site import Route, Visit

REASON_MAX = 1000


async def lender(visit: Visit) -> web.StreamResponse:
    """What is asked of a lender, with two buttons; or how it has been answered."""
    try:
        return await _page(visit)
    except premises.NoSuchLink as trouble:
        return _gone(visit, trouble)


async def answered(visit: Visit) -> web.StreamResponse:
    """Yes or no. The first answer counts; another one later changes nothing, and the page says so."""
    do = visit.fields.get("do")
    if do not in ("yes", "no"):
        return await lender(visit)
    parts, token = visit.parts, visit.request.match_info["token"]
    reason = visit.fields.get("reason", "").strip()[:REASON_MAX]
    try:
        first = await premises.answer(
            parts.turns.db, parts.municipalities, token, approve=do == "yes", reason=reason, now=parts.now(),
            public_url=parts.public_url,
        )  # fmt: skip
        return await _page(visit, just_now=first, too_late=not first)
    except premises.NoSuchLink as trouble:
        return _gone(visit, trouble)


async def _page(visit: Visit, *, just_now: bool = False, too_late: bool = False) -> web.Response:
    parts = visit.parts
    asked = await premises.asked(parts.turns.db, parts.municipalities, visit.request.match_info["token"], parts.now())
    visit.municipality = parts.municipalities[asked.municipality_id]
    known = visit.known()
    return visit.page(
        "lender.html", asked=asked, name=room_called(asked.room_id, known), when=times().show(asked.when, known),
        just_now=just_now, too_late=too_late, action=visit.request.path,
    )  # fmt: skip


def _gone(visit: Visit, trouble: premises.NoSuchLink) -> web.Response:
    return visit.page(
        "trouble.html", status=404 if trouble.why == "unknown" else 410, kind=f"link_{trouble.why}", again={}, action=""
    )


async def room_calendar(visit: Visit) -> web.StreamResponse:
    """When a room is taken, for anybody's calendar program."""
    parts = visit.parts
    municipality = parts.municipalities[visit.municipality.id]
    found = await feeds.room_calendar(parts.turns.db, municipality, visit.request.match_info["id"], parts.now())
    if found is None:
        raise web.HTTPNotFound
    return calendar_file(found, "public, max-age=300")


async def own_calendar(visit: Visit) -> web.StreamResponse:
    """A resident's own bookings, by a private address."""
    parts, token = visit.parts, visit.request.match_info["token"]
    try:
        found = await feeds.own_calendar(parts.turns.db, parts.municipalities, token, visit.lang, parts.now())
    except premises.NoSuchLink as trouble:
        return _gone(visit, trouble)
    return calendar_file(found, "private, no-store")


def calendar_file(content: bytes, keep: str) -> web.Response:
    """A calendar as an answer; `keep` says who may keep it for how long."""
    return web.Response(body=content, content_type="text/calendar", charset="utf-8", headers={"Cache-Control": keep})


ROUTES = (
    Route("GET", r"/lender/{token:[\w-]{10,64}}", lender),
    Route("POST", r"/lender/{token:[\w-]{10,64}}", answered),
    Route("GET", r"/rooms/{id:[a-z0-9-]{1,16}}.ics", room_calendar),
    Route("GET", r"/calendar/{token:[\w-]{10,64}}", own_calendar),
)
