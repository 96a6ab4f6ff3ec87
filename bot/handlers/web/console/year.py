"""The picture of a year, without anybody in it: on a page, on paper, as a spreadsheet."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.flows.read.typed import as_text
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.handlers.web.year import drawn_year
from bot.i18n import Value, plain, render
from bot.spreadsheet import workbook
from bot.yearly import Year, Yearly, sheets


async def year(visit: Visit) -> web.StreamResponse:
    """One year's picture, this one's without a choice, and the words that residents want to be read."""
    yearly = Yearly(console(visit).desk.turns)
    seen = await _chosen(visit, yearly)
    words = await yearly.words(visit.actor)
    return visit.page("console/year.html", years=yearly.years(visit.municipality), words=words, **drawn_year(seen))


async def table(visit: Visit) -> web.StreamResponse:
    """The same as a spreadsheet."""
    seen = await _chosen(visit, Yearly(console(visit).desk.turns))

    def say(value: Value) -> str:
        return plain(render(as_text(value), visit.lang, zone=visit.municipality.zone))

    content = await asyncio.to_thread(workbook, sheets(seen, say))
    headers = {"Content-Disposition": f'attachment; filename="{visit.municipality.id}-{seen.year}.xlsx"'}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return web.Response(body=content, content_type=kind, headers=headers)


async def _chosen(visit: Visit, yearly: Yearly) -> Year:
    years, wish = yearly.years(visit.municipality), visit.request.query.get("year", "")
    return await yearly.of(visit.actor.municipality_id, next((each for each in years if str(each) == wish), years[0]))


ROUTES = (Route("GET", "/coach/year", year), Route("GET", "/coach/year.xlsx", table))
