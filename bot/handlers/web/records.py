"""The page where somebody says whether they may be checked by list, and writes their identity number. By private link."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.web.site import Route, Visit
from bot.i18n import Text
from bot.records import Records
from bot.staff import Refused
from bot.views import LinkTrouble


async def page(visit: Visit) -> web.StreamResponse:
    return await _page(visit)


async def _page(visit: Visit, problem: Text | None = None) -> web.Response:
    token = visit.request.match_info["token"]
    try:
        asked = await Records(visit.parts.turns).asked(visit.municipality.id, token)
    except LinkTrouble as trouble:
        return visit.page(
            "trouble.html", status=404 if trouble.why == "unknown" else 410, kind=f"link_{trouble.why}", again={},
            action="",
        )  # fmt: skip
    return visit.page("record.html", status=422 if problem else 200, asked=asked, problem=problem, done="",
                      action=visit.request.path)  # fmt: skip


async def answered(visit: Visit) -> web.StreamResponse:
    """Yes with the number, or no. The number is never shown again."""
    token, yes = visit.request.match_info["token"], visit.fields.get("do") == "yes"
    number = visit.fields.get("number", "")[:40] if yes else None
    try:
        await Records(visit.parts.turns).answer(visit.municipality.id, token, number, visit.lang)
    except Refused as refused:
        return await _page(visit, refused.words)
    except LinkTrouble:
        return await _page(visit)
    return visit.page("record.html", asked=None, problem=None, done="yes" if yes else "no", action="")


ROUTES = (
    Route("GET", r"/record/{token:[\w-]{10,64}}", page),
    Route("POST", r"/record/{token:[\w-]{10,64}}", answered),
)
