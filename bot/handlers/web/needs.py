"""What helpers are needed for, on the web: a page for everybody, a calendar, and the same for programs."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot import feeds
from bot.flows.board import post_card, title_of
from bot.flows.ideas import where_shown
from bot.flows.shifts import fill, shift_card, when
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.feeds import needs_feed
from bot.handlers.web.rooms import calendar_file
from bot.handlers.web.site import Route, Visit, new_id
from bot.handlers.web.web_chat import met_with
from bot.syndication import json_feed

CACHED = "public, max-age=60"

SHOWN = ("id", "need", "title", "area", "when", "places", "free", "standby", "priority", "drill", "about",
         "languages_any", "skills_all", "car", "check")  # fmt: skip
"""What programs get of each shift; nothing of it is about a person."""

POSTED = ("what", "when", "people", "languages", "who")
"""What programs get of what associations have put up, beside where it is: the area and what was said of it, no point on a map."""


async def needs(visit: Visit) -> web.StreamResponse:
    """What is needed now, most needed first. A press leads into the conversation."""
    found, known = await visit.parts.views.needs(visit.municipality), visit.known()
    by_need: dict[int, list[dict[str, Any]]] = {}
    for each in found:
        by_need.setdefault(each["need"], []).append(each)
    shown = [
        {
            "card": drawn(shift_card(times[0], known, whole_need=True), visit.lang, visit.municipality.zone),
            "drill": times[0]["drill"],
            "id": times[0]["need"],
            "times": [{**each, "when": when(each), "fill": fill(each), "post": new_id()} for each in times],
        }
        for times in by_need.values()
    ]
    posts = [
        {"id": each["id"], "card": drawn(post_card(each["post"], known), visit.lang, visit.municipality.zone),
         "post": new_id()}
        for each in await visit.parts.views.posts(visit.municipality.id, "board")
    ]  # fmt: skip
    return visit.page("needs.html", needs=shown, posts=posts, met_with=await met_with(visit))


async def needs_ics(visit: Visit) -> web.StreamResponse:
    """The same for anybody's calendar program."""
    parts = visit.parts
    return calendar_file(await feeds.needs_calendar(parts.turns.db, visit.municipality, parts.now()), CACHED)


async def needs_json(visit: Visit) -> web.StreamResponse:
    """The same for programs, as a JSON Feed with two lists more: the shifts in `needs`, whose `when` is from and to, local
    time with its offset, and what associations need people for in `posts`, in their own words."""
    found = await visit.parts.views.needs(visit.municipality)
    held = [{name: each[name] for name in SHOWN} for each in found]
    posts = [
        {"id": each["id"], "title": title_of(each["post"]), **{name: each["post"].get(name) for name in POSTED},
         "where": where_shown(each["post"].get("where")).get("where")}
        for each in await visit.parts.views.posts(visit.municipality.id, "board")
    ]  # fmt: skip
    made = json_feed(await needs_feed(visit, "json"))
    return web.json_response({**made, "needs": held, "posts": posts}, headers={"Cache-Control": CACHED})


ROUTES = (
    Route("GET", "/needs", needs),
    Route("GET", "/needs.ics", needs_ics),
    Route("GET", "/needs.json", needs_json),
)
