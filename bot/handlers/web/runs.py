"""The page of whoever drives furniture: where to, and what came of each stop. By private link, until the run is over."""

from __future__ import annotations

from aiohttp import web

from bot.flows.goods_run import BROKEN, NOT_HOME, done_label
from bot.goods_desk import Furniture
from bot.handlers.web.site import Route, Visit
from bot.views import LinkTrouble


async def page(visit: Visit) -> web.StreamResponse:
    return await _page(visit)


async def _page(visit: Visit) -> web.Response:
    token = visit.request.match_info["token"]
    try:
        run = await Furniture(visit.parts.turns).page(visit.municipality.id, token)
    except LinkTrouble as trouble:
        return visit.page(
            "trouble.html", status=404 if trouble.why == "unknown" else 410, kind=f"link_{trouble.why}", again={},
            action="",
        )  # fmt: skip
    return visit.page(
        "run.html", run=run, action=visit.request.path, not_home=NOT_HOME, broken=BROKEN,
        done={do: done_label(do) for do in ("fetch", "bring")},
    )  # fmt: skip


async def told(visit: Visit) -> web.StreamResponse:
    """What came of a stop. What was said before stays, however often it is sent."""
    token, number = visit.request.match_info["token"], visit.fields.get("number", "")
    if number.isdecimal() and len(number) < 4:
        try:
            await Furniture(visit.parts.turns).told(
                visit.municipality.id, token, int(number), visit.fields.get("how", "")
            )
        except LinkTrouble:
            return await _page(visit)
    try:
        await Furniture(visit.parts.turns).page(visit.municipality.id, token)
    except LinkTrouble:
        return visit.page("run.html", run=None)
    return visit.go(f"/run/{token}")


ROUTES = (
    Route("GET", r"/run/{token:[\w-]{10,64}}", page),
    Route("POST", r"/run/{token:[\w-]{10,64}}", told),
)
