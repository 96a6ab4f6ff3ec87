"""Meetings on the web: the next ones, each with its agenda and minutes, the action plans of groups; calendars and feeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot import feeds
from bot.flows.gatherings import rhythm_words, stands
from bot.flows.meetings import meeting_card
from bot.flows.model import Card
from bot.flows.open_space import plan_rows
from bot.flows.read.typed import as_text
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.feeds import answer, feed, item, words_of_feed
from bot.handlers.web.rooms import calendar_file
from bot.handlers.web.site import Route, Visit, new_id
from bot.handlers.web.web_chat import met_with
from bot.i18n import _, content

CACHED = "public, max-age=60"


def _offered(visit: Visit) -> None:
    """Raises HTTPNotFound where no meetings are made here."""
    if not visit.municipality.networks.series:
        raise web.HTTPNotFound


async def meetings(visit: Visit) -> web.StreamResponse:
    """The meetings to come, all or of one kind, and the minutes of those that have been. A press leads into the conversation."""
    _offered(visit)
    place, kind = visit.municipality, visit.request.query.get("kind", "")
    coming, held = await visit.parts.views.meetings(place)
    kinds = {each.id: content(each.title) for each in place.networks.series}
    kind = kind if kind in kinds else ""
    shown = [_shown(visit, each) for each in coming if kind in ("", each["network"])]
    today = visit.known().today
    often = [
        (content(each.title), rhythm_words(each.rhythm), stands(each, today))
        for each in place.networks.series if each.rhythm is not None and kind in ("", each.id)
    ]  # fmt: skip
    return visit.page(
        "meetings.html", coming=shown, held=[each for each in held if kind in ("", each["network"])], kind=kind, kinds=kinds,
        often=often, plans=await visit.parts.views.plans_of_groups(place), follow_id=new_id(), met_with=await met_with(visit),
    )  # fmt: skip


def _shown(visit: Visit, found: Mapping[str, Any]) -> dict[str, Any]:
    """A meeting for a page: its card, and a name for one press on it."""
    card = drawn(meeting_card(found, visit.municipality), visit.lang, visit.municipality.zone)
    return {**found, "card": card, "post": new_id()}


async def meeting(visit: Visit) -> web.StreamResponse:
    """One meeting: its agenda, how to come, its minutes and groups."""
    found = await visit.parts.views.meeting(visit.municipality, int(visit.request.match_info["id"]))
    if found is None:
        raise web.HTTPNotFound
    groups = [{**each, "card": _plan(visit, each)} for each in found["groups"]]
    return visit.page("meeting.html", meeting=_shown(visit, found), groups=groups, met_with=await met_with(visit))


def _plan(visit: Visit, group: Mapping[str, Any]) -> Any:
    """The action plan of a group as everybody may see it; None where they may not."""
    if not group["plan"]:
        return None
    card = Card(as_text(str(group["name"])), plan_rows(group["plan"], everybody=True))
    return drawn(card, visit.lang, visit.municipality.zone)


async def plans(visit: Visit) -> web.StreamResponse:
    """What groups from open spaces have agreed on, and how far it has come."""
    _offered(visit)
    found = await visit.parts.views.plans_of_groups(visit.municipality)
    shown = [{**each, "card": _plan(visit, each)} for each in found]
    return visit.page("plans.html", plans=shown, met_with=await met_with(visit))


async def meetings_ics(visit: Visit) -> web.StreamResponse:
    """The meetings to come for anybody's calendar program, all or of one kind."""
    _offered(visit)
    parts = visit.parts
    kind = visit.request.match_info.get("kind", "")
    found = await feeds.meetings_calendar(parts.turns.db, visit.municipality, parts.now(), kind)
    if found is None:
        raise web.HTTPNotFound
    return calendar_file(found, CACHED)


def _feed(ending: str) -> Any:
    async def handler(visit: Visit) -> web.StreamResponse:
        _offered(visit)
        words, place = words_of_feed(visit), visit.municipality
        coming, _held = await visit.parts.views.meetings(place)
        items = [
            item(visit, words, "/meetings", f"meeting-{each['id']}", meeting_card(each, place), None) for each in coming
        ]
        made = feed(visit, "/meetings", _("Meetings"), _("The next meetings, and what is on their agendas."), items,
                    ending=ending)  # fmt: skip
        return answer(visit, made, ending)

    return handler


ROUTES = (
    Route("GET", "/meetings", meetings),
    Route("GET", "/meetings.ics", meetings_ics),
    Route("GET", "/meetings.rss", _feed("rss")),
    Route("GET", "/meetings.json", _feed("json")),
    Route("GET", r"/meetings/kind/{kind:[a-z][a-z0-9_]*}.ics", meetings_ics),
    Route("GET", "/meetings/plans", plans),
    Route("GET", r"/meetings/{id:\d{1,15}}", meeting),
)
