"""Meetings in the console: planned, changed, called off; who comes; the agenda; minutes; groups and their action plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from aiohttp import web

from bot.flows.shifts import when
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import OwnName, content
from bot.meeting_desk import Filled, MeetingDesk, fields_of, filled
from bot.staff import Refused

STATUS = {"missing": 404, "over": 409}
"""What a refusal is on the web; anything else is something to mend in the form."""


def _desk(visit: Visit) -> MeetingDesk:
    return MeetingDesk(console(visit).desk.turns)


async def meetings(visit: Visit) -> web.StreamResponse:
    """The meetings to come and those that have been, how many there are of those owed this year, and who is in which
    sub-network."""
    return visit.page("console/meetings.html", found=await _desk(visit).listed(visit.actor), when=when,
                      kinds={each.id: content(each.title) for each in visit.municipality.networks.networks})  # fmt: skip


async def new(visit: Visit) -> web.StreamResponse:
    """An empty form, or one filled in with what somebody has asked for."""
    case = visit.request.query.get("case", "")
    try:
        typed = await _desk(visit).wish(visit.actor, int(case)) if case.isdecimal() and len(case) < 16 else {}
    except Refused as refused:
        return visit.page("console/gone.html", status=404, words=refused.words)
    return _form(visit, typed)


def _form(
    visit: Visit, typed: Mapping[str, str], found: Filled | None = None, meeting: int | None = None
) -> web.Response:
    place = visit.municipality
    return visit.page(
        "console/meeting_new.html", status=422 if found else 200, typed=defaultdict(str, typed), meeting=meeting,
        problems=found.problems if found else {}, id=new_id(), today=visit.known().today,
        kinds=[(each.id, content(each.title)) for each in place.networks.series],
        languages=[(tag, OwnName(tag)) for tag in place.languages if tag != "sv-simple"],
    )  # fmt: skip


async def created(visit: Visit) -> web.StreamResponse:
    """A new meeting; what was typed stays when something has to be mended."""
    found = filled(visit.fields, visit.municipality, visit.parts.now())
    if found.problems:
        return _form(visit, visit.fields, found)
    case = visit.fields.get("case", "")
    case_id = int(case) if case.isdecimal() and len(case) < 16 else None
    try:
        made = await _desk(visit).create(visit.actor, visit.fields.get("id", "") or new_id(), found, case_id)
    except Refused as refused:
        return visit.page("console/gone.html", status=404, words=refused.words)
    return visit.go("/coach/meetings" if made is None else f"/coach/meetings/{made}")


async def meeting(visit: Visit) -> web.StreamResponse:
    return await _meeting(visit)


async def _meeting(visit: Visit, refused: Refused | None = None, do: str = "") -> web.Response:
    try:
        found = await _desk(visit).meeting(visit.actor, _id(visit))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    network = visit.municipality.networks.find(found.meeting.network_id)
    return visit.page(
        "console/meeting.html", status=STATUS.get(refused.why, 422) if refused else 200, found=found, meeting=found.meeting,
        when=when(found.seen), kind=content(network.title) if network else None, do=do,
        problem=refused.words if refused else None, typed=defaultdict(str, visit.fields),
        began=found.meeting.starts_at <= visit.parts.now(), today=visit.known().today,
        languages=[OwnName(tag) for tag in found.seen["languages"]],
        items_day=date.fromisoformat(found.seen["items_day"]) if found.seen["items_day"] else None, shown=content,
    )  # fmt: skip


async def change(visit: Visit) -> web.StreamResponse:
    """The form, as the meeting is."""
    try:
        found = await _desk(visit).meeting(visit.actor, _id(visit))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return _form(visit, fields_of(found.meeting, visit.municipality), meeting=found.meeting.id)


async def changed(visit: Visit) -> web.StreamResponse:
    found = filled(visit.fields, visit.municipality, visit.parts.now())
    try:
        await _desk(visit).check(visit.actor, _id(visit))
        if found.problems:
            return _form(visit, visit.fields, found, _id(visit))
        await _desk(visit).change(visit.actor, _id(visit), found)
    except Refused as refused:
        return await _meeting(visit, refused, "change")
    return visit.go(f"/coach/meetings/{_id(visit)}")


def _act(name: str, do: Callable[[Visit, int], Awaitable[None]]) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """A page that does one thing with a meeting, then shows it again."""

    async def act(visit: Visit) -> web.StreamResponse:
        try:
            await _desk(visit).check(visit.actor, _id(visit))
            await do(visit, _id(visit))
        except Refused as refused:
            return await _meeting(visit, refused, name)
        return visit.go(f"/coach/meetings/{_id(visit)}#{name}")

    return act


def _id(visit: Visit) -> int:
    return int(visit.request.match_info["id"])


def _number(visit: Visit, name: str) -> int:
    value = visit.fields.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 16 else 0


async def _off(visit: Visit, id: int) -> None:
    await _desk(visit).call_off(visit.actor, id, visit.fields.get("reason", ""))


async def _minutes(visit: Visit, id: int) -> None:
    await _desk(visit).minutes(visit.actor, id, visit.fields.get("words", ""))


async def _agenda(visit: Visit, id: int) -> None:
    """`do` says what, and to which: "up:item-3", "down:standing-0", "in:3", "out:3", or "add"."""
    what, _colon, which = visit.fields.get("do", "").partition(":")
    desk, number = _desk(visit), int(which) if which.isdecimal() and len(which) < 16 else 0
    if what in ("up", "down"):
        await desk.move_item(visit.actor, id, which, -1 if what == "up" else 1)
    elif what in ("in", "out"):
        await desk.read_item(visit.actor, id, number, taken=what == "in", why=visit.fields.get("why", ""))
    else:
        await desk.add_item(visit.actor, id, visit.fields.get("words", ""))


async def _groups(visit: Visit, id: int) -> None:
    """`do` is "draw", "tell", "add", "rename:3", or "put:7" with the group that this signup goes to."""
    what, _colon, which = visit.fields.get("do", "").partition(":")
    desk, number, name = (
        _desk(visit),
        int(which) if which.isdecimal() and len(which) < 16 else 0,
        visit.fields.get("name", ""),
    )
    if what == "draw":
        await desk.draw_groups(visit.actor, id)
    elif what == "tell":
        await desk.tell_groups(visit.actor, id)
    elif what == "add":
        await desk.add_group(visit.actor, id, name)
    elif what == "rename":
        await desk.rename_group(visit.actor, id, number, name)
    elif what == "put":
        await desk.put(visit.actor, id, number, _number(visit, "group") or None)


async def _plans(visit: Visit, id: int) -> None:
    """`do` is "save", "show", "hide", "done" or "ended", of the plan of `group`."""
    desk, group, do = _desk(visit), _number(visit, "group"), visit.fields.get("do", "")
    if do == "save":
        await desk.plan(visit.actor, id, group, visit.fields)
    elif do in ("show", "hide"):
        await desk.show_plan(visit.actor, id, group, shown=do == "show")
    elif do in ("done", "ended"):
        await desk.end_plan(visit.actor, id, group, do, visit.fields.get("words", ""))


_MEETING = r"/coach/meetings/{id:\d{1,15}}"

ROUTES = (
    Route("GET", "/coach/meetings", meetings),
    Route("GET", "/coach/meetings/new", new),
    Route("POST", "/coach/meetings/new", created),
    Route("GET", _MEETING, meeting),
    Route("GET", f"{_MEETING}/change", change),
    Route("POST", f"{_MEETING}/change", changed),
    Route("POST", f"{_MEETING}/off", _act("off", _off)),
    Route("POST", f"{_MEETING}/minutes", _act("minutes", _minutes)),
    Route("POST", f"{_MEETING}/agenda", _act("agenda", _agenda)),
    Route("POST", f"{_MEETING}/groups", _act("groups", _groups)),
    Route("POST", f"{_MEETING}/plans", _act("plans", _plans)),
)
