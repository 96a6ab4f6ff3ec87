"""The municipality's own numbers as pictures, each with its table, its note and where it stands."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from bot.documents.bars import table_png
from bot.handlers.web.site import Route, Visit
from bot.i18n import content
from bot.packs.model.figures import bars
from bot.packs.model.quoting import quote


async def page(visit: Visit) -> web.StreamResponse:
    figures = visit.municipality.figures
    return visit.page(
        "figures.html", tables=[(table, bars(table)) for table in figures.tables],
        quotes=[quote(each) for each in figures.figures], content=content,
    )  # fmt: skip


async def picture(visit: Visit) -> web.StreamResponse:
    """A table as a picture, as it is sent in Telegram."""
    tables = {each.id: each for each in visit.municipality.figures.tables}
    table = tables.get(visit.request.match_info["id"])
    if table is None:
        raise web.HTTPNotFound
    content = await asyncio.to_thread(partial(table_png, table, locale=visit.lang))
    return web.Response(body=content, content_type="image/png", headers={"Cache-Control": "public, max-age=3600"})


ROUTES = (Route("GET", "/figures", page), Route("GET", r"/figures/{id:[a-z][a-z0-9_]{0,60}}.png", picture))
