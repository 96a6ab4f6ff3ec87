"""Furniture: what is given and needed, what may go to whom, who drives, and the runs. For coordinators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final

from aiohttp import web

from bot.flows.goods_run import BROKEN, NOT_HOME, done_label
from bot.goods_desk import AHEAD, Furniture
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, _
from bot.staff import Refused

STATUS: Final = {"busy": 409, "held": 409}
PARTS: Final = ("address", "notes", "phone")


def _desk(visit: Visit) -> Furniture:
    return Furniture(console(visit).desk.turns)


async def overview(visit: Visit) -> web.StreamResponse:
    return await _page(visit)


async def _page(
    visit: Visit, refused: Refused | None = None, said: Text | None = None, left: dict[int, Text] | None = None
) -> web.Response:
    if visit.municipality.goods is None:
        return visit.page("console/goods.html", status=404, seen=None, problem=None, said=None)
    today = visit.known().today
    return visit.page(
        "console/goods.html", status=STATUS.get(refused.why, 422) if refused else 200, said=said, left=left or {},
        seen=await _desk(visit).overview(visit.actor), problem=refused.words if refused else None,
        first=today + timedelta(days=1), last=today + AHEAD, typed=defaultdict(str, visit.fields if refused else {}),
        not_home=NOT_HOME, broken=BROKEN, done={do: done_label(do) for do in ("fetch", "bring")},
    )  # fmt: skip


Act = Callable[[Visit], Awaitable["Text | None"]]


def _act(do: Act) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """Do one thing, then show how everything stands."""

    async def act(visit: Visit) -> web.StreamResponse:
        try:
            said = await do(visit)
        except Refused as refused:
            return await _page(visit, refused)
        return visit.go("/coach/goods") if said is None else await _page(visit, said=said)

    return act


def _number(visit: Visit, name: str) -> int:
    value = visit.fields.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 16 else 0


async def _seen(visit: Visit) -> None:
    await _desk(visit).seen(visit.actor, _number(visit, "good"))


async def _out(visit: Visit) -> Text:
    await _desk(visit).out(visit.actor, _number(visit, "good"))
    return _("It is out of the queue, and whoever it concerns is told.")


async def _propose(visit: Visit) -> Text:
    await _desk(visit).propose(visit.actor, _number(visit, "item"), _number(visit, "need"))
    return _("They are asked now whether they would like it. Nobody learns who the other one is.")


async def _answer(visit: Visit) -> None:
    address = {name: visit.fields.get(name, "") for name in PARTS}
    if visit.fields.get("side") == "item":
        await _desk(visit).address(visit.actor, _number(visit, "pair"), address)
    else:
        taken = visit.fields.get("do") == "yes"
        await _desk(visit).answer(visit.actor, _number(visit, "pair"), taken=taken, address=address)


async def plan(visit: Visit) -> web.StreamResponse:
    """The best run of a driver on a day; where there is none, or something stays behind, why."""
    try:
        day = date.fromisoformat(visit.fields.get("day", ""))
    except ValueError:
        return await _page(visit, Refused("empty", _("Choose a day.")))
    try:
        run_id, left = await _desk(visit).plan(visit.actor, _number(visit, "driver"), day)
    except Refused as refused:
        return await _page(visit, refused)
    said = _("The run is planned. Look at it, and approve it.")
    if run_id is None:
        said = _("On that day this driver can take nothing. It is said at each thing why.")
    return await _page(visit, said=said, left=left)


async def _approve(visit: Visit) -> Text:
    await _desk(visit).approve(visit.actor, _number(visit, "run"))
    return _("The driver is asked now, and sees areas only. After a yes everybody is told the time.")


async def _drop(visit: Visit) -> None:
    await _desk(visit).drop(visit.actor, _number(visit, "run"))


async def _made(visit: Visit) -> None:
    await _desk(visit).made(visit.actor, _number(visit, "run"), _number(visit, "number"), visit.fields.get("how", ""))


async def picture(visit: Visit) -> web.StreamResponse:
    """The photo of an item, as it is shown to whoever may get it."""
    try:
        content, mime = await _desk(visit).picture(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return web.Response(body=content, content_type=mime, headers={"Cache-Control": "private, no-store"})


ROUTES = (
    Route("GET", "/coach/goods", overview),
    Route("GET", r"/coach/goods/{id:\d{1,15}}/picture", picture),
    Route("POST", "/coach/goods/seen", _act(_seen)),
    Route("POST", "/coach/goods/out", _act(_out)),
    Route("POST", "/coach/goods/propose", _act(_propose)),
    Route("POST", "/coach/goods/answer", _act(_answer)),
    Route("POST", "/coach/goods/plan", plan),
    Route("POST", "/coach/goods/approve", _act(_approve)),
    Route("POST", "/coach/goods/drop", _act(_drop)),
    Route("POST", "/coach/goods/made", _act(_made)),
)
