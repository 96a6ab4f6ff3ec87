"""The console's door: whose session it is, whether their role may open the page, whether a form is one of ours."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.colleagues import Colleagues
from bot.coordination import Coordination
from bot.desk import Desk
from bot.handlers.web.rights import RIGHTS, Right
from bot.handlers.web.site import Route, Visit
from bot.handoff import Handoff
from bot.oidc import Oidc
from bot.staff import ABSOLUTE, Staff

COOKIE = "idelabbet_staff"
_WRITTEN = re.compile(r"(words|whom|step|more|options|title|change|ask|fields|text|why|feedback)(-\d+)?(-[a-zA-Z-]+)?$")
"""Fields that somebody has written in, and that are shown again where a form comes too late."""
SETTING_UP = frozenset({"/coach/me/second", "/coach/out", "/coach/out/everywhere"})
"""Where an administrator without a second factor may go."""


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """What the console stands on, handed in by `bot.app`."""

    staff: Staff
    handoff: Handoff
    desk: Desk
    fault: Callable[[str], str] = lambda municipality: ""
    """Why a municipality's changed pack is not in use, if so."""
    oidc: Oidc | None = None
    """The municipality's own sign-in, where there is one."""
    in_telegram: Callable[[Mapping[str, Any]], tuple[str, list[list[dict[str, str]]]]] = lambda body: (
        str(body["html"]),
        [],
    )
    """How a message looks in Telegram: its words in light markup, and the rows of buttons under it."""

    @property
    def coordination(self) -> Coordination:
        """Needs and volunteers."""
        return Coordination(self.desk.turns)

    @property
    def colleagues(self) -> Colleagues:
        """When staff work, and who is there."""
        return Colleagues(self.desk.turns)


async def admit(visit: Visit, route: Route) -> web.Response | None:
    """Let somebody in: None. Otherwise the page that says why not, or where to sign in."""
    right = RIGHTS[route.method, route.path]
    if right.roles is None:
        return None
    visit.talk = None  # this browser's own conversation is none of the console's business
    parts = console(visit)
    signed = await parts.staff.signed(visit.request.cookies.get(COOKIE))
    if signed is None or signed.stage != "in":
        return _sign_in_first(visit, signed is not None)
    visit.staff = signed
    asked = visit.request.query.get("lang")
    if asked in visit.municipality.languages:
        await parts.staff.set_language(signed.member, asked)
        return web.Response(status=303, headers={"Location": visit.request.path})
    visit.settle_language()
    roles = signed.roles.get(visit.municipality.id, frozenset())
    if visit.request.method == "POST" and not hmac.compare_digest(visit.fields.get("csrf", ""), signed.forms):
        return visit.page("console/refused.html", status=403, why="foreign", elsewhere=[])
    if signed.must_set_up and route.path not in SETTING_UP:
        return visit.go("/coach/me/second")
    if not roles & right.roles:
        return _not_here(visit, signed.roles)
    return None


async def is_still_in(visit: Visit, right: Right) -> bool:
    """Whether the session goes on and still has a role for this, which is taken anew. Being asked does not prolong it."""
    signed = await console(visit).staff.signed(visit.request.cookies.get(COOKIE), used=False)
    if signed is None or signed.stage != "in":
        return False
    visit.staff = signed
    return bool(right.roles and visit.actor.roles & right.roles)


def console(visit: Visit) -> ConsoleParts:
    parts = visit.parts.console
    assert parts is not None  # its pages are only there when it is
    return parts


def _sign_in_first(visit: Visit, half_way: bool) -> web.Response:
    """To the sign-in page and back; what was written is shown, so that it can be copied and sent again."""
    if visit.request.method in ("GET", "HEAD"):
        back = quote(visit.request.path.removeprefix(visit.prefix))
        return web.Response(status=303, headers={"Location": f"{visit.prefix}/coach/in{'/code' * half_way}?to={back}"})
    visit.settle_language()
    written = [value for name, value in visit.fields.items() if _WRITTEN.match(name) and value.strip()]
    return visit.page("console/over.html", status=401, written=written)


def _not_here(visit: Visit, roles: Mapping[str, frozenset[str]]) -> web.Response:
    """This municipality is not theirs, or the page is not for their role: say so, and where their own is."""
    others = [
        place for place in visit.parts.municipalities.values() if place.id in roles and place != visit.municipality
    ]
    return visit.page("console/refused.html", status=403, why="role", elsewhere=others)


def remember(visit: Visit, response: web.StreamResponse, token: str) -> None:
    """Put a new session into the browser's cookie."""
    response.set_cookie(
        COOKIE, token, max_age=int(ABSOLUTE.total_seconds()), path="/", httponly=True, samesite="Lax",
        secure=visit.site.secure,
    )  # fmt: skip


def forget(response: web.StreamResponse) -> None:
    response.del_cookie(COOKIE, path="/")
