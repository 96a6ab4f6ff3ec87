"""What the municipality's own data still needs: what is not filled in, what nobody has checked. For administrators."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.packs.contents import to_do


async def pack(visit: Visit) -> web.StreamResponse:
    """The list, below why a changed pack is not in use, if so."""
    wanted = to_do(visit.municipality, visit.known().today)
    return visit.page(
        "console/pack.html", fault=console(visit).fault(visit.municipality.id),
        check=[each for each in wanted if each.kind == "check"], fill=[each for each in wanted if each.kind == "fill"],
    )  # fmt: skip


ROUTES = (Route("GET", "/coach/pack", pack),)
