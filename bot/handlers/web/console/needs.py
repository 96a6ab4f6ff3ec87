"""Needs: the list, a new one, and one with its shifts, who has which place, and who is proposed. For coordinators."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from bot.broadcasting import MAY_WRITE, Broadcasts
from bot.coordination import PRIORITIES, Filled, filled
from bot.flows.read.languages import WELL
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import Text, _, content, n_
from bot.matching import Made
from bot.staff import Refused

ASKS: Final = ("about", "address", "contact", "routine", "languages_any", "skills_all", "skills_wished", "car", "check")
"""What may stand in a need."""

STATUS: Final = {"missing": 404, "busy": 409, "held": 409, "early": 409}
"""What a refusal is on the web; anything else is something to mend in the form."""


async def needs(visit: Visit) -> web.StreamResponse:
    """What is needed, most needed first, and what is said of places nobody takes."""
    return await _needs(visit)


async def _needs(visit: Visit, said: Text | None = None) -> web.Response:
    query = visit.request.query
    area, over = query.get("area", "")[:80], query.get("over") == "1"
    found = await console(visit).coordination.needs(visit.actor, area=area, over=over)
    return visit.page("console/needs.html", needs=found, area=area, over=over, said=said)


async def propose_all(visit: Visit) -> web.StreamResponse:
    """Proposals for every place to come."""
    return await _needs(visit, _made(await console(visit).coordination.propose(visit.actor)))


def _made(made: Made) -> Text:
    """What a matching came to, in words."""
    if not made.new and not made.empty:
        return _("Nothing new: what is proposed stays, and no place is without a proposal.")
    told = n_("{count} new proposal.", "{count} new proposals.", made.new)
    if not made.empty:
        return told
    empty = n_("For {count} place nobody fits.", "For {count} places nobody fits.", made.empty)
    return _("{made} {empty} It is said at each of them what is missing.", made=told, empty=empty)


async def new(visit: Visit) -> web.StreamResponse:
    return _form(visit)


def _form(visit: Visit, found: Filled | None = None) -> web.Response:
    return visit.page(
        "console/need_new.html", status=422 if found else 200, typed=defaultdict(str, visit.fields),
        problems=found.problems if found else {}, priorities=PRIORITIES, id=new_id(), today=visit.known().today,
        languages=[(each.id, each.label) for each in WELL],
        skills=[(each.id, content(each.name)) for each in visit.municipality.skills.skills],
        roles=[(each.id, content(each.name), each.law) for each in visit.municipality.skills.check_roles],
    )  # fmt: skip


async def created(visit: Visit) -> web.StreamResponse:
    """A new need; what was typed stays when something has to be mended."""
    found = filled(visit.fields, visit.municipality, visit.parts.now())
    if found.problems:
        return _form(visit, found)
    need_id = await console(visit).coordination.create(visit.actor, visit.fields.get("id", "") or new_id(), found)
    return visit.go("/coach/needs" if need_id is None else f"/coach/needs/{need_id}")


async def need(visit: Visit) -> web.StreamResponse:
    return await _need(visit)


async def _need(visit: Visit, refused: Refused | None = None, do: str = "", said: Text | None = None) -> web.Response:
    need_id = int(visit.request.match_info["id"])
    try:
        found = await console(visit).coordination.need(visit.actor, need_id)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    may_tell = bool(visit.actor.roles & MAY_WRITE)
    return visit.page(
        "console/need.html", status=STATUS.get(refused.why, 422) if refused else 200, seen=found, need=found.need,
        asks={**dict.fromkeys(ASKS), **(found.need.need or {})}, problem=refused.words if refused else None, do=do, said=said,
        typed=defaultdict(str, visit.fields), priorities=PRIORITIES,
        skills={each.id: content(each.name) for each in visit.municipality.skills.skills},
        roles={each.id: content(each.name) for each in visit.municipality.skills.check_roles},
        languages={each.id: each.label for each in WELL}, now=visit.parts.now(), id=new_id(), may_tell=may_tell,
        told=await Broadcasts(console(visit).desk.turns).about_need(visit.actor, need_id) if may_tell else [],
    )  # fmt: skip


Act = Callable[[Visit, int], Awaitable["Text | None"]]


def _act(name: str, do: Act) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """A page that does one thing with a need, then shows it again."""

    async def act(visit: Visit) -> web.StreamResponse:
        need_id = int(visit.request.match_info["id"])
        try:
            said = await do(visit, need_id)
        except Refused as refused:
            return await _need(visit, refused, name)
        return visit.go(f"/coach/needs/{need_id}") if said is None else await _need(visit, said=said)

    return act


def _number(visit: Visit, name: str) -> int:
    value = visit.fields.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 16 else 0


async def _propose(visit: Visit, need_id: int) -> Text:
    return _made(await console(visit).coordination.propose(visit.actor, need_id))


async def _approve(visit: Visit, need_id: int) -> Text | None:
    if visit.fields.get("do") != "all":
        await console(visit).coordination.approve(visit.actor, need_id, _number(visit, "signup"))
        return None
    return _approved(await console(visit).coordination.approve_all(visit.actor, need_id))


def _approved(went: Counter[str]) -> Text:
    asked = n_("{count} volunteer is asked now.", "{count} volunteers are asked now.", went["asked"])
    listed = n_("{count} is asked when somebody says no.", "{count} are asked when somebody says no.", went["listed"])
    if went["busy"] + went["gone"]:
        left = n_("{count} proposal no longer fits; make new ones.", "{count} proposals no longer fit; make new ones.",
                  went["busy"] + went["gone"])  # fmt: skip
        return _("{asked} {listed} {left}", asked=asked, listed=listed, left=left)
    return _("{asked} {listed}", asked=asked, listed=listed) if went["listed"] else asked


async def _decline(visit: Visit, need_id: int) -> None:
    await console(visit).coordination.decline(visit.actor, need_id, _number(visit, "signup"))


async def _came(visit: Visit, need_id: int) -> None:
    was_there = visit.fields.get("do") == "yes"
    await console(visit).coordination.came(visit.actor, need_id, _number(visit, "signup"), was_there=was_there)


async def _places(visit: Visit, need_id: int) -> None:
    places = visit.fields.get("places", "")
    await console(visit).coordination.places(visit.actor, need_id, _number(visit, "shift"), places)


async def _off(visit: Visit, need_id: int) -> None:
    reason = visit.fields.get("reason", "")
    await console(visit).coordination.call_off(visit.actor, need_id, _number(visit, "shift"), reason)


async def _close(visit: Visit, need_id: int) -> None:
    await console(visit).coordination.close(visit.actor, need_id, visit.fields.get("reason", ""))


_NEED = r"/coach/needs/{id:\d{1,15}}"

ROUTES = (
    Route("GET", "/coach/needs", needs),
    Route("POST", "/coach/needs/propose", propose_all),
    Route("GET", "/coach/needs/new", new),
    Route("POST", "/coach/needs/new", created),
    Route("GET", _NEED, need),
    Route("POST", f"{_NEED}/propose", _act("propose", _propose)),
    Route("POST", f"{_NEED}/approve", _act("approve", _approve)),
    Route("POST", f"{_NEED}/decline", _act("decline", _decline)),
    Route("POST", f"{_NEED}/came", _act("came", _came)),
    Route("POST", f"{_NEED}/places", _act("places", _places)),
    Route("POST", f"{_NEED}/off", _act("off", _off)),
    Route("POST", f"{_NEED}/close", _act("close", _close)),
)
