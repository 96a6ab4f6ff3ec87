"""Where people live, on the web: each area with its networks, its groups, who holds them together, what goes on there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from bot.flows.actors import KIND as ACTOR
from bot.flows.board import title_of
from bot.flows.gatherings import network_card, role_words, stands
from bot.flows.ideas import KIND as IDEA
from bot.flows.networks import PLACES
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.site import Route, Visit, new_id
from bot.handlers.web.web_chat import met_with
from bot.i18n import Text, content, p_
from bot.packs.model import Network
from bot.packs.model.routing import local, route

Meetings = Sequence[Mapping[str, Any]]

# TRANSLATORS: what goes on in an area: the headings of short lists.
GOES_ON: Mapping[str, tuple[Text, str]] = {
    IDEA: (p_("area", "Ideas"), "/ideas"),
    "board": (p_("area", "What is needed"), "/needs"),
    ACTOR: (p_("area", "Associations and groups"), "/actors"),
}


async def areas(visit: Visit) -> web.StreamResponse:
    """Every area, and what there is for all of them. Networks of the town and councils of the countryside are kept apart."""
    place = visit.municipality
    if not place.has_areas:
        raise web.HTTPNotFound
    everywhere = [each for each in local(place, None).networks if "local" in each.topics]
    kinds = [(kind, [each for each in everywhere if each.kind == kind]) for kind in PLACES]
    others = [each for each in everywhere if each.kind not in PLACES]
    coming, _held = await visit.parts.views.meetings(place)
    return visit.page(
        "areas.html", areas=[(each.name, each.number, content(each.kind) if each.kind else None) for each in place.areas],
        unnamed=[(content(each.kind), each.count) for each in place.unnamed_areas],
        kinds=[(kind, [_card(visit, each, coming) for each in found]) for kind, found in kinds if found],
        others=[_card(visit, each, coming) for each in others], role=role_words(route(place, "local", matter="join").role),
        post=new_id(), met_with=await met_with(visit),
    )  # fmt: skip


def _card(visit: Visit, network: Network, coming: Meetings, area: str | None = None) -> Any:
    return drawn(network_card(network, visit.municipality, coming, area), visit.lang, visit.municipality.zone)


async def area(visit: Visit) -> web.StreamResponse:
    """One area. A press leads into the conversation."""
    place, views = visit.municipality, visit.parts.views
    number = int(visit.request.match_info["number"])
    found = next((each for each in place.areas if each.number == number), None)
    if found is None:
        raise web.HTTPNotFound
    there = local(place, found.name)
    weavers = [
        role for role in place.contacts.roles if found.name in role.areas and "local" in role.topics
    ] or [there.route.role]  # fmt: skip
    goes_on = []
    for kind, (heading, path) in GOES_ON.items():
        posts = [each for each in await views.posts(place.id, kind) if _is_in(each["post"], found.name)]
        if posts:
            goes_on.append((heading, [(title_of(each["post"]), f"{path}#post-{each['id']}") for each in posts]))
    today = visit.known().today
    coming, _held = await views.meetings(place)
    return visit.page(
        "area.html", area=found.name, kind=content(found.kind) if found.kind else None, number=number,
        places=found.places, networks=[_card(visit, each, coming, found.name) for each in there.networks],
        weavers=[role_words(role) for role in weavers], goes_on=goes_on,
        beside=[(each.name, each.number) for each in place.areas if each.name in found.neighbours],
        stands=list(dict.fromkeys(stands(each, today) for each in there.networks)), post=new_id(),
        met_with=await met_with(visit),
    )  # fmt: skip


def _is_in(post: Mapping[str, Any], area: str) -> bool:
    where = post.get("where")
    return isinstance(where, Mapping) and where.get("area") == area


ROUTES = (Route("GET", "/areas", areas), Route("GET", r"/areas/{number:\d{1,10}}", area))
