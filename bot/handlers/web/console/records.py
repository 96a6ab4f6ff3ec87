"""Record checks by list: who is on it, the file for the police, and their answer. For administrators."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, _, n_
from bot.records import Records
from bot.staff import Refused


def _records(visit: Visit) -> Records:
    return Records(console(visit).desk.turns)


async def records(visit: Visit) -> web.StreamResponse:
    return await _list(visit)


async def _list(visit: Visit, refused: Refused | None = None, said: Text | None = None) -> web.Response:
    off: Text | None = None
    try:
        found = await _records(visit).listed(visit.actor)
    except Refused as missing:
        found, off = [], missing.words
    return visit.page(
        "console/records.html", status=422 if refused else 200, people=found, off=off, said=said,
        problem=refused.words if refused else None, typed=defaultdict(str, visit.fields),
    )  # fmt: skip


async def file(visit: Visit) -> web.StreamResponse:
    """The list as a file. Posted, because taking it is an act that is written down."""
    try:
        content = await _records(visit).export(visit.actor)
    except Refused as refused:
        return await _list(visit, refused)
    headers = {"Content-Disposition": 'attachment; filename="record-list.csv"'}
    return web.Response(body=content, content_type="text/csv", charset="utf-8", headers=headers)


async def result(visit: Visit) -> web.StreamResponse:
    """The answer: the references of those without remarks. All numbers are erased with it."""
    words = visit.fields.get("without", "").replace(",", " ").replace(";", " ").split()
    if any(not each.isdecimal() or len(each) > 15 for each in words) or "sure" not in visit.fields:
        problem = Refused(
            "empty", _("Write the references, with blanks between them, and tick that it is the whole answer.")
        )
        return await _list(visit, problem)
    try:
        count = await _records(visit).settle(visit.actor, [int(each) for each in words])
    except Refused as refused:
        return await _list(visit, refused)
    return await _list(visit, said=n_("{count} number has been erased.", "{count} numbers have been erased.", count))


ROUTES = (
    Route("GET", "/coach/record-list", records),
    Route("POST", "/coach/record-list/file", file),
    Route("POST", "/coach/record-list/result", result),
)
