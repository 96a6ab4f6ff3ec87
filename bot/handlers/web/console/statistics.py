"""How the work with cases goes, in numbers."""

from __future__ import annotations

from aiohttp import web

from bot.flows.case_kinds import kind_of
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.statistics import PERIODS, Statistics


async def statistics(visit: Visit) -> web.StreamResponse:
    """The cases of the last thirty, ninety or 365 days."""
    wish = visit.request.query.get("days", "")
    days = int(wish) if wish in {str(each) for each in PERIODS} else PERIODS[0]
    numbers = await Statistics(console(visit).desk.turns).of(visit.actor, days)
    return visit.page("console/statistics.html", numbers=numbers, periods=PERIODS, kind_of=kind_of)


ROUTES = (Route("GET", "/coach/statistics", statistics),)
