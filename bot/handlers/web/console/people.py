"""Colleagues: let them in, say what they may, start them over, take them out. For administrators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from aiohttp import web

from bot.flows.case_kinds import ROLE_NAMES, ROLES
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text
from bot.staff import Refused


async def people(visit: Visit) -> web.StreamResponse:
    return await _people(visit)


async def _people(visit: Visit, problem: Text | None = None, *, link: str = "", typed: bool = False) -> web.Response:
    found = await console(visit).staff.members(visit.municipality.id)
    lines = await console(visit).colleagues.listed(visit.municipality.id)
    return visit.page(
        "console/people.html", status=422 if problem else 200, people=found, roles=ROLES, role_names=ROLE_NAMES,
        colleagues=lines, presence={line.id: line for line in lines},
        today=visit.known().today.isoformat(),
        problem=problem, link=link, typed=defaultdict(str, visit.fields if typed else {}),
    )  # fmt: skip


async def added(visit: Visit) -> web.StreamResponse:
    """A new account. Its first link is shown once, to be handed over by whoever made it."""
    fields = visit.fields
    try:
        link = await console(visit).staff.add(
            fields.get("email", ""), fields.get("name", ""), visit.municipality.id, _roles(fields), by=visit.actor.name
        )
    except Refused as refused:
        return await _people(visit, refused.words, typed=True)
    return await _people(visit, link=link)


async def roles(visit: Visit) -> web.StreamResponse:
    return await _with_member(visit, "roles")


async def reset(visit: Visit) -> web.StreamResponse:
    return await _with_member(visit, "reset")


async def away(visit: Visit) -> web.StreamResponse:
    return await _with_member(visit, "away")


async def back(visit: Visit) -> web.StreamResponse:
    return await _with_member(visit, "back")


async def remove(visit: Visit) -> web.StreamResponse:
    return await _with_member(visit, "remove")


async def _with_member(visit: Visit, do: str) -> web.StreamResponse:
    """Do something with an account that has a role here; any other is as if it were not there."""
    staff, staff_id = console(visit).staff, int(visit.request.match_info["id"])
    colleagues, fields = console(visit).colleagues, visit.fields
    here = await staff.members(visit.municipality.id)
    if not any(each.id == staff_id for each in here):
        raise web.HTTPNotFound
    link = ""
    try:
        if do == "roles":
            await staff.set_roles(staff_id, visit.municipality.id, _roles(visit.fields), by=visit.actor.name)
        elif do == "reset":
            link = await staff.reset(staff_id, visit.municipality.id)
        elif do == "away":  # whoever is ill cannot say so themselves
            days = fields.get("first", ""), fields.get("last", "")
            await colleagues.away(visit.actor, staff_id, *days, fields.get("deputy", ""))
        elif do == "back":
            await colleagues.end_absence(visit.actor, staff_id, fields.get("absence", ""))
        else:
            await staff.remove(staff_id, visit.municipality.id)
    except Refused as refused:
        return await _people(visit, refused.words)
    return await _people(visit, link=link) if link else visit.go("/coach/staff")


def _roles(fields: Mapping[str, str]) -> list[str]:
    return [role for role in ROLES if f"role:{role}" in fields]


_MEMBER = r"/coach/staff/{id:\d{1,15}}"

ROUTES = (
    Route("GET", "/coach/staff", people),
    Route("POST", "/coach/staff", added),
    Route("POST", f"{_MEMBER}/roles", roles),
    Route("POST", f"{_MEMBER}/reset", reset),
    Route("POST", f"{_MEMBER}/away", away),
    Route("POST", f"{_MEMBER}/back", back),
    Route("POST", f"{_MEMBER}/remove", remove),
)
