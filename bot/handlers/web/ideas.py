"""The idea board and the directory of actors on the web: pages for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.flows.actors import KIND as ACTOR
from bot.flows.actors import actor_card, directory, looked_for
from bot.flows.ideas import KIND as IDEA
from bot.flows.ideas import idea_card, month_of
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.site import Route, Visit, new_id
from bot.handlers.web.web_chat import met_with
from bot.i18n import content, locale


async def ideas(visit: Visit) -> web.StreamResponse:
    """What people want to do, the newest first. A press leads into the conversation."""
    views, place, known = visit.parts.views, visit.municipality, visit.known()
    found = await views.posts(place.id, IDEA)
    shown = [
        {"id": each["id"], "card": drawn(idea_card(each["post"], known), visit.lang, place.zone), "post": new_id()}
        for each in found
    ]
    example = await views.example(place.id, visit.lang, known.today)
    return visit.page(
        "ideas.html", ideas=shown, example=_example(visit, example), put_up=new_id(), met_with=await met_with(visit)
    )


def _example(visit: Visit, found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The example of the month, for the page."""
    if found is None:
        return None
    return {**found, "named": month_of(found["month"]), "dir": locale(found["lang"]).dir}


async def actors(visit: Visit) -> web.StreamResponse:
    """Who does something for others here: everybody who is listed, or those who fit. A press leads into the conversation."""
    query, place = visit.request.query, visit.municipality
    said, area, topic = query.get("q", "")[:200], query.get("area", ""), query.get("topic", "")
    every = directory(place, await visit.parts.views.posts(place.id, ACTOR))
    found = looked_for(every, place, visit.lang, said, area, topic)
    shown = [
        {"mark": each.mark, "card": drawn(actor_card(each, place), visit.lang, place.zone), "post": new_id(),
         "press": f"f:actor_ask:{each.post}" if each.actor is None else f"f:actor:{each.actor.number}"}
        for each in found
    ]  # fmt: skip
    used = {topic for each in every for topic in each.topics}
    topics = [(each.id, content(each.title)) for each in place.topics if each.id in used]
    areas = [each.name for each in place.areas]
    return visit.page(
        "actors.html", actors=shown, said=said, area=area, topic=topic, topics=topics, areas=areas,
        looked=bool(said.strip() or area or topic), put_up=new_id(), met_with=await met_with(visit),
    )  # fmt: skip


ROUTES = (Route("GET", "/ideas", ideas), Route("GET", "/actors", actors))
