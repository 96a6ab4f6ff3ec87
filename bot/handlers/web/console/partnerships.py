"""Partnerships in the console: entered, followed up, ended; who has joined the agreement; times for a talk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import date

from aiohttp import web

from bot.flows.partnering import NEXTS, QUESTIONS, answer_rows, signed_quote
from bot.handlers.web.console.cases import CASE, act
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit, new_id
from bot.handoff import Actor
from bot.i18n import Text, _
from bot.partnership_desk import TIMES_MAX, PartnershipDesk
from bot.staff import Refused


def _desk(visit: Visit) -> PartnershipDesk:
    return PartnershipDesk(console(visit).desk.turns)


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 16 else 0


async def listed(visit: Visit) -> web.StreamResponse:
    """Those that run and those that are over, and the form for a new one."""
    return await _listed(visit)


async def _listed(visit: Visit, problem: Text | None = None) -> web.Response:
    rules = visit.municipality.partnerships
    found = await _desk(visit).listed(visit.actor) if rules is not None else []
    typed = defaultdict(str, visit.fields if problem else {"case": visit.request.query.get("case", "")[:15]})
    return visit.page(
        "console/partnerships.html", status=422 if problem else 200, found=found, rules=rules, problem=problem, typed=typed,
        id=new_id(), today=visit.known().today, day=date.fromisoformat,
    )  # fmt: skip


async def entered(visit: Visit) -> web.StreamResponse:
    """Keep a new one."""
    try:
        id = await _desk(visit).enter(visit.actor, visit.fields.get("id", "") or new_id(), visit.fields)
    except Refused as refused:
        return await _listed(visit, refused.words)
    return visit.go(f"/coach/partnerships/{id}")


async def partnership(visit: Visit) -> web.StreamResponse:
    return await _partnership(visit)


async def _partnership(visit: Visit, refused: Refused | None = None, do: str = "", link: str = "") -> web.Response:
    try:
        seen = await _desk(visit).one(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return visit.page(
        "console/partnership.html", status=422 if refused else 200, seen=seen, held=seen.held, do=do, link=link,
        problem=refused.words if refused else None, typed=defaultdict(str, visit.fields if refused else {}), questions=QUESTIONS,
        nexts=NEXTS, rows=answer_rows, new_id=new_id, day=date.fromisoformat, today=visit.known().today,
    )  # fmt: skip


def _act(
    name: str, do: Callable[[Visit, int, str], Awaitable[None]]
) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    async def page(visit: Visit) -> web.StreamResponse:
        id = int(visit.request.match_info["id"])
        try:
            await do(visit, id, visit.fields.get("id", "") or new_id())
        except Refused as refused:
            return await _partnership(visit, refused, name)
        return visit.go(f"/coach/partnerships/{id}")

    return page


async def _answer(visit: Visit, id: int, key: str) -> None:
    await _desk(visit).answer(visit.actor, id, key, _number(visit.fields.get("follow_up", "")), visit.fields)


async def _next(visit: Visit, id: int, key: str) -> None:
    await _desk(visit).say_next(visit.actor, id, key, visit.fields.get("next", ""), visit.fields.get("words", ""))


async def _end(visit: Visit, id: int, key: str) -> None:
    await _desk(visit).end(visit.actor, id, key, visit.fields.get("words", ""))


async def linked(visit: Visit) -> web.StreamResponse:
    """A private link for the association, shown this once."""
    id = int(visit.request.match_info["id"])
    try:
        link = await _desk(visit).reach(
            visit.actor, id, visit.fields.get("id", "") or new_id(), visit.fields.get("email", "")
        )
    except Refused as refused:
        return await _partnership(visit, refused, "link")
    return await _partnership(visit, link=link)


async def agreement(visit: Visit) -> web.StreamResponse:
    """Who has joined, and who wants to."""
    return await _agreement(visit)


async def _agreement(visit: Visit, problem: Text | None = None, said: Text | None = None) -> web.Response:
    found = await _desk(visit).signatures(visit.actor)
    return visit.page(
        "console/agreement.html", status=422 if problem else 200, found=found, problem=problem, said=said, new_id=new_id,
        agreed=visit.municipality.networks.agreement, quoted=signed_quote(visit.municipality), day=date.fromisoformat,
        typed=defaultdict(str, visit.fields if problem else {}), today=visit.known().today,
    )  # fmt: skip


async def signed(visit: Visit) -> web.StreamResponse:
    """Somebody has signed, on paper or after having asked here; or is in it no longer."""
    fields, desk, key = visit.fields, _desk(visit), visit.fields.get("id", "") or new_id()
    which = _number(fields.get("which", ""))
    try:
        if fields.get("do") == "add":
            await desk.add_signature(visit.actor, key, fields.get("organisation", ""), fields.get("does", ""), fields.get("day", ""),
                                     listed=fields.get("listed") == "yes")  # fmt: skip
        elif fields.get("do") == "end":
            await desk.end_signature(visit.actor, which)
        else:
            await desk.sign(visit.actor, key, which, fields.get("day", ""))
    except Refused as refused:
        return await _agreement(visit, refused.words)
    return await _agreement(visit, said=_("It is kept. Whoever asked here has been told."))


async def _times(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    """Propose times for the talk, or write in the one that was agreed on."""
    fields = visit.fields
    times = [fields.get(f"time{number}", "") for number in range(1, TIMES_MAX + 1)]
    if fields.get("do") == "agreed":
        await _desk(visit).agreed(by, case_id, key, times[0], fields.get("where", ""))
    else:
        await _desk(visit).propose(by, case_id, key, times, fields.get("where", ""))


_ONE = r"/coach/partnerships/{id:\d{1,15}}"
ROUTES = (
    Route("GET", "/coach/partnerships", listed),
    Route("POST", "/coach/partnerships", entered),
    Route("GET", _ONE, partnership),
    Route("POST", f"{_ONE}/answer", _act("answer", _answer)),
    Route("POST", f"{_ONE}/next", _act("next", _next)),
    Route("POST", f"{_ONE}/link", linked),
    Route("POST", f"{_ONE}/end", _act("end", _end)),
    Route("GET", "/coach/agreement", agreement),
    Route("POST", "/coach/agreement", signed),
    Route("POST", f"{CASE}/times", act("times", _times)),
)
