"""The map of actors: drawn, edited, introductions and the log of contacts; and obstacles in numbers. For those who answer."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import Final

from aiohttp import web

from bot.flows.actors import KINDS
from bot.flows.obstacles import OBSTACLES
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, content, p_, plain, render
from bot.staff import Refused
from bot.weaving_desk import ASKED_HOW, HOWS, OWN_KINDS, STEPS, ObstacleDesk, Weaving

STATUS: Final = {"again": 409, "twice": 409, "gone": 409}
"""What a refusal is on the web; anything else is something to mend in the form."""

_BACK = re.compile(r"/coach/(map|map/list|cases/\d{1,15})(#[a-z-]+(\d{1,15})?)?")


def _weaving(visit: Visit) -> Weaving:
    return Weaving(console(visit).desk.turns)


def _offered(visit: Visit) -> None:
    if visit.municipality.networks.weaving is None:
        raise web.HTTPNotFound


async def drawn(visit: Visit) -> web.StreamResponse:
    """The map on two days, its circles, what is missing, what is under way, the weaver's share."""
    return await _page(visit, "console/map.html")


async def listed(visit: Visit) -> web.StreamResponse:
    """Actors and links to be changed, and who was asked."""
    return await _page(visit, "console/map_list.html")


async def _page(visit: Visit, template: str, refused: Refused | None = None) -> web.Response:
    _offered(visit)
    query, place = visit.request.query, visit.municipality
    theme, area = query.get("theme", "")[:80], query.get("area", "")[:80]
    found = await _weaving(visit).seen(
        visit.actor, theme=theme, area=area, before=_day(query.get("before", "")), day=_day(query.get("day", ""))
    )
    themes = [(each.id, content(each.title)) for each in place.topics]
    roles = [
        ("themselves", p_("map", "They themselves")),
        *((each.id, content(each.title)) for each in place.contacts.roles),
    ]
    return visit.page(
        template, status=STATUS.get(refused.why, 422) if refused else 200, seen=found, theme=theme, area=area, themes=themes,
        areas=[(each.name, each.number) for each in place.areas], steps=STEPS, roles=roles,
        kinds=[(each, KINDS[each]) for each in OWN_KINDS], hows=[(each, HOWS[each]) for each in ASKED_HOW],
        problem=refused.words if refused else None, typed=defaultdict(str, visit.fields),
        again=_again(visit) if refused and refused.why == "again" else None, today=visit.known().today,
        in_first=lambda text: plain(render(text, place.languages[0])),
    )  # fmt: skip


def _again(visit: Visit) -> list[tuple[str, str]]:
    """The form once more, to be sent in spite of the warning."""
    return [(name, value) for name, value in visit.fields.items() if name not in ("csrf", "sure")]


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _number(visit: Visit, name: str) -> int:
    value = visit.fields.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 16 else 0


async def done(visit: Visit) -> web.StreamResponse:
    """One act; then the page it came from again."""
    _offered(visit)
    back = visit.fields.get("back", "")
    back = back if _BACK.fullmatch(back) else "/coach/map"
    try:
        await _do(visit)
    except Refused as refused:
        return await _page(visit, "console/map_list.html" if "/list" in back else "console/map.html", refused)
    return visit.go(back)


async def _do(visit: Visit) -> None:
    desk, by, fields = _weaving(visit), visit.actor, visit.fields
    chosen = set(fields.get("areas", "").split())  # their names have spaces in them, their numbers none
    areas = [each.name for each in visit.municipality.areas if str(each.number) in chosen]
    topics, sure = fields.get("topics", "").split(), fields.get("sure") == "1"
    match fields.get("do", ""):
        case "actor":
            await desk.add_actor(by, fields, areas, topics)
        case "change":
            await desk.change_actor(by, _number(visit, "actor"), fields, areas, topics)
        case "link":
            ends = _number(visit, "one"), _number(visit, "other")
            await desk.add_link(by, *ends, fields.get("theme", ""), fields.get("since", ""), fields.get("made_by", ""))
        case "end" | "restore" as act:
            kind = "link" if fields.get("kind") == "link" else "actor"
            await (desk.end if act == "end" else desk.restore)(by, kind, _number(visit, "thing"))
        case "introduce":
            await desk.introduce(by, fields, sure=sure)
        case "unwanted":
            await desk.not_wanted(by, fields)
        case "drop":
            await desk.drop(by, _number(visit, "introduction"))
        case "sent":
            await desk.letter_sent(by, _number(visit, "introduction"), fields.get("side", ""), sure=sure)
        case "yes" | "no" as said:
            await desk.answered_by_letter(
                by, _number(visit, "introduction"), fields.get("side", ""), yes=said == "yes",
                contact=fields.get("contact", ""),
            )  # fmt: skip
        case "asked":
            await desk.note_request(
                by, _number(visit, "actor"), fields.get("about", ""), fields.get("how", ""),
                case_id=_number(visit, "case") or None, sure=sure,
            )  # fmt: skip
        case "unasked":
            await desk.take_back_request(by, _number(visit, "request"))


async def obstacles(visit: Visit) -> web.StreamResponse:
    """What keeps people from coming, in numbers, by kind and area."""
    found = await ObstacleDesk(console(visit).desk.turns).seen(visit.actor)
    return visit.page("console/obstacles.html", seen=found, names=OBSTACLES)


async def to_be_asked(visit: Visit) -> list[tuple[int, Text]]:
    """Whom a case may lead to: everybody on the map, for the note that they were asked; nobody where there is no map."""
    if visit.municipality.networks.weaving is None:
        return []
    return await _weaving(visit).actors(visit.actor)


def hows() -> list[tuple[str, Text]]:
    return [(each, HOWS[each]) for each in ASKED_HOW]


ROUTES = (
    Route("GET", "/coach/map", drawn),
    Route("POST", "/coach/map", done),
    Route("GET", "/coach/map/list", listed),
    Route("GET", "/coach/obstacles", obstacles),
)
