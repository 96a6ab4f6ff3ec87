"""Those who have offered help: the list, and one of them. How they are reached stands nowhere here. For coordinators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from aiohttp import web

from bot.coordination import STANDINGS, Wish
from bot.flows.read.languages import WELL
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, content, n_
from bot.records import Records
from bot.staff import Refused

LISTED_MAX = 200
"""So many are shown at once."""

FILTERS = ("standing", "skill", "language", "area")


async def volunteers(visit: Visit) -> web.StreamResponse:
    """The list, by standing, skill, language and area."""
    query = visit.request.query
    chosen = {name: query[name][:40] for name in FILTERS if query.get(name)}
    return await _volunteers(visit, Wish(**chosen, idle=query.get("idle") == "1"))


async def search(visit: Visit) -> web.StreamResponse:
    """Those with these words. Posted, so that a name that was searched for stands in no address and no log."""
    return await _volunteers(visit, Wish(words=visit.fields.get("words", "").strip()[:200]))


async def _volunteers(visit: Visit, wish: Wish, said: Text | None = None) -> web.Response:
    found, counts = await console(visit).coordination.people(visit.actor, wish)
    return visit.page(
        "console/volunteers.html", people=found[:LISTED_MAX], found=len(found), counts=counts, wish=wish, standings=STANDINGS, languages=_names(),
        skills={each.id: content(each.name) for each in visit.municipality.skills.skills}, filter_url=_filter_url(visit, wish),
        said=said,
    )  # fmt: skip


def _filter_url(visit: Visit, now: Wish) -> Callable[..., str]:
    """The list's address with one filter changed."""

    def url(**change: str) -> str:
        wanted = {name: getattr(now, name) for name in FILTERS} | {"idle": "1" if now.idle else ""} | change
        return visit.url("/coach/volunteers", **{name: value for name, value in wanted.items() if value})

    return url


def _names() -> dict[str, Text]:
    return {each.id: each.label for each in WELL}


async def not_needed(visit: Visit) -> web.StreamResponse:
    """Tell those who are ticked that they are not needed now."""
    ids = [int(each) for each in visit.fields.get("who", "").split() if each.isdecimal() and len(each) < 16]
    try:
        told = await console(visit).coordination.not_needed(visit.actor, ids)
    except Refused as refused:
        return visit.page("console/gone.html", status=404, words=refused.words)
    said = n_("{count} volunteer has been told, and asked whether you may come back.",
              "{count} volunteers have been told, and asked whether you may come back.", told)  # fmt: skip
    return await _volunteers(visit, Wish(idle=True), said)


async def volunteer(visit: Visit) -> web.StreamResponse:
    return await _volunteer(visit)


async def _volunteer(
    visit: Visit, refused: Refused | None = None, do: str = "", said: Text | None = None
) -> web.Response:
    try:
        found = await console(visit).coordination.person(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return visit.page(
        "console/volunteer.html", status=422 if refused else 200, seen=found, line=found.line,
        card=drawn(found.card, visit.lang, visit.municipality.zone), problem=refused.words if refused else None, do=do,
        said=said,
        skills={each.id: content(each.name) for each in visit.municipality.skills.skills},
        roles={each.id: (content(each.name), each.law) for each in visit.municipality.skills.check_roles}, today=visit.known().today,
        languages=_names(),
    )  # fmt: skip


async def skill(visit: Visit) -> web.StreamResponse:
    """Proof of a skill was seen."""
    id = int(visit.request.match_info["id"])
    try:
        await console(visit).coordination.confirm_skill(visit.actor, id, visit.fields.get("skill", ""))
    except Refused as refused:
        return await _volunteer(visit, refused, "skill")
    return visit.go(f"/coach/volunteers/{id}")


async def extract(visit: Visit) -> web.StreamResponse:
    """An extract was shown; or the note of it is taken away."""
    id, fields = int(visit.request.match_info["id"]), visit.fields
    desk, role = console(visit).coordination, fields.get("role", "")
    try:
        day = date.fromisoformat(fields.get("day", ""))
    except ValueError:
        day = date.min
    try:
        if fields.get("do") == "forget":
            await desk.forget_extract(visit.actor, id, role)
        else:
            await desk.note_extract(visit.actor, id, role, day)
    except Refused as refused:
        return await _volunteer(visit, refused, "extract")
    return visit.go(f"/coach/volunteers/{id}")


async def record(visit: Visit) -> web.StreamResponse:
    """Ask for permission to check them by list."""
    id = int(visit.request.match_info["id"])
    try:
        await Records(console(visit).desk.turns).ask(visit.actor, id, visit.fields.get("role", ""))
    except Refused as refused:
        return await _volunteer(visit, refused, "record")
    return visit.go(f"/coach/volunteers/{id}")


async def signed_up(visit: Visit) -> web.StreamResponse:
    """They have said yes to a shift by other ways."""
    shift = visit.fields.get("shift", "")
    shift_id = int(shift) if shift.isdecimal() and len(shift) < 16 else 0
    try:
        said = await console(visit).coordination.sign_up(visit.actor, int(visit.request.match_info["id"]), shift_id)
    except Refused as refused:
        return await _volunteer(visit, refused, "shift")
    return await _volunteer(visit, said=said)


async def not_this_one(visit: Visit) -> web.StreamResponse:
    """Tell one volunteer that they are not needed now."""
    id = int(visit.request.match_info["id"])
    try:
        await console(visit).coordination.not_needed(visit.actor, [id])
    except Refused as refused:
        return await _volunteer(visit, refused, "not-needed")
    return visit.go(f"/coach/volunteers/{id}")


_ONE = r"/coach/volunteers/{id:\d{1,15}}"

ROUTES = (
    Route("GET", "/coach/volunteers", volunteers),
    Route("POST", "/coach/volunteers/search", search),
    Route("POST", "/coach/volunteers/not-needed", not_needed),
    Route("GET", _ONE, volunteer),
    Route("POST", f"{_ONE}/skill", skill),
    Route("POST", f"{_ONE}/extract", extract),
    Route("POST", f"{_ONE}/record", record),
    Route("POST", f"{_ONE}/shift", signed_up),
    Route("POST", f"{_ONE}/not-needed", not_this_one),
)
