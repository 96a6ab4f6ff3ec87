"""The picture of a year that is over, for everybody: only where the municipality has switched it on."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.flows.followed_up import HAPPENED, HARD
from bot.handlers.web.site import Route, Visit
from bot.yearly import FUNNEL, NUMBERS, Year, Yearly


def drawn_year(seen: Year) -> dict[str, Any]:
    """What the page and its pictures are made from."""
    return {"seen": seen, "funnel": FUNNEL, "counted": NUMBERS, "happened": HAPPENED, "hard": HARD}


async def year(visit: Visit) -> web.StreamResponse:
    """One year, without words of anybody."""
    seen = await Yearly(visit.parts.turns).for_everybody(visit.municipality.id, int(visit.request.match_info["year"]))
    if seen is None:
        raise web.HTTPNotFound
    return visit.page("year.html", **drawn_year(seen))


ROUTES = (Route("GET", r"/year/{year:\d{4}}", year),)
