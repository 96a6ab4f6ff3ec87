"""Answers to what a flow looks up, inside its turn's transaction. Plain values go in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import (
    dialogues,
    errands,
    following_up,
    goods,
    introductions,
    listening,
    meetings,
    obstacles,
    partnerships,
    presence,
    projects,
    shift_views,
    weaving,
)
from bot.board import latest_example, open_activities
from bot.flows.actors import KIND as ACTOR
from bot.flows.board import title_of
from bot.flows.case_kinds import HANDED_IN
from bot.flows.ideas import KIND as IDEA
from bot.flows.model import Known
from bot.flows.open_activity import KIND
from bot.flows.plan import short_title
from bot.packs.model.routing import LEARNED_AFTER
from bot.premises import when_of
from storage import board, bookings, broadcasts, cases, enquiries, interests, plans, residents
from storage.conversations import Opened
from storage.errors import NotFound

ALIKE = 60
"""How alike two ideas must be to be told of each other: rapidfuzz's token set ratio, 0 to 100."""


async def answer(tx: AsyncConnection, name: str, arguments: Mapping[str, Any], who: Opened, known: Known) -> Any:
    """The answer to one lookup."""
    return await LOOKUPS[name](tx, who, known, **arguments)


async def _my_plans(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    listed = await plans.of_resident(tx, who.municipality_id, who.resident_id)
    return [{"id": plan.id, "title": plan.title} for plan in listed]


async def _plan(tx: AsyncConnection, who: Opened, known: Known, plan_id: int) -> dict[str, Any] | None:
    """A plan this person owns or has joined; None for anybody else's."""
    try:
        found = await plans.load(tx, who.municipality_id, plan_id, for_resident=who.resident_id)
    except NotFound:
        return None
    return {
        "id": found.id,
        "version": found.version,
        "title": found.title,
        "answers": found.answers,
        "findable": found.findable,
        "own": found.owner_id == who.resident_id,
    }


async def _plan_change(
    tx: AsyncConnection, who: Opened, known: Known, plan_id: int, version: int | None
) -> dict[str, Any] | None:
    """A plan about to be saved that was changed from `version`; None when it is not this person's any more.

    Nobody else changes it until this turn is committed. `base` holds the answers of `version`, and is None while that
    is the latest.
    """
    await plans.lock(tx, who.municipality_id, plan_id)
    try:
        now = await plans.load(tx, who.municipality_id, plan_id, for_resident=who.resident_id)
        started = version or now.version  # a change begun with an earlier release does not know
        base = await plans.load(tx, who.municipality_id, plan_id, version=started)
    except NotFound:
        return None
    return {
        "answers": now.answers,
        "base": None if base.version == now.version else base.answers,
        "own": now.owner_id == who.resident_id,
    }


async def _plan_versions(tx: AsyncConnection, who: Opened, known: Known, plan_id: int) -> list[dict[str, Any]]:
    zone = known.municipality.zone
    return [
        {"version": version, "day": made_at.astimezone(zone).date()}
        for version, made_at in await plans.versions(tx, who.municipality_id, plan_id, for_resident=who.resident_id)
    ]


async def _my_data(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any]:
    """How much is held about the person, and since when; everything itself is shown on the web."""
    counted, since = await residents.my_data_summary(tx, who.municipality_id, who.resident_id)
    held = {name: counted.get(name, 0) for name in ("messages", "plans", "cases", "consents")}
    return {**held, "since": since.astimezone(known.municipality.zone).date()}


async def _similar_ideas(tx: AsyncConnection, who: Opened, known: Known, idea: str) -> list[dict[str, Any]]:
    """At most three ideas of others who agreed to be found, the likest first, by their titles."""
    scored = [
        (fuzz.token_set_ratio(idea.casefold(), plan.title.casefold()), plan)
        for plan in await plans.findable(tx, who.municipality_id)
        if plan.owner_id != who.resident_id
    ]
    likest = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: (-pair[0], pair[1].id))[:3]
    return [{"id": plan.id, "title": plan.title} for _score, plan in likest]


async def _findable_title(tx: AsyncConnection, who: Opened, known: Known, plan_id: int) -> str | None:
    return next((plan.title for plan in await plans.findable(tx, who.municipality_id) if plan.id == plan_id), None)


async def _busy_rooms(
    tx: AsyncConnection, who: Opened, known: Known, spans: tuple[tuple[int, int], ...], units: tuple[str, ...] | None
) -> dict[str, list[list[int]]]:
    """What is taken, by part of a room: [number of the span, first taken quarter in it]."""
    found = await bookings.busy(tx, who.municipality_id, spans, units)
    return {unit: [[number, quarter] for number, quarter in taken.items()] for unit, taken in found.items()}


async def _taken_quarters(
    tx: AsyncConnection, who: Opened, known: Known, units: tuple[str, ...], first: int, after: int
) -> dict[str, list[int]]:
    return await bookings.taken(tx, who.municipality_id, units, first, after)


async def _my_bookings(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await bookings.of_resident(tx, who.municipality_id, who.resident_id, known.now)
    return [{"id": each.id, "room": each.room_id, "when": when_of(each, known.municipality)} for each in found]


async def _booking(tx: AsyncConnection, who: Opened, known: Known, booking_id: int) -> dict[str, Any] | None:
    """A booking of this person's that still holds its times."""
    try:
        found = await bookings.load(tx, who.municipality_id, booking_id, for_resident=who.resident_id)
    except NotFound:
        return None
    if found.status not in bookings.HOLDING:
        return None
    when = when_of(found, known.municipality)
    return {"id": found.id, "room": found.room_id, "status": found.status, "when": when}


async def _my_room_wishes(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await bookings.wishes_of(tx, who.municipality_id, who.resident_id)
    return [{"id": each.id, "room": each.room_id} for each in found]


async def _room_wish(tx: AsyncConnection, who: Opened, known: Known, wish_id: int) -> dict[str, Any] | None:
    try:
        found = await bookings.load_wish(tx, who.municipality_id, wish_id)
    except NotFound:
        return None
    return {"room": found.room_id, "wish": found.wish} if found.resident_id == who.resident_id else None


async def _my_cases(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await cases.of_resident(tx, who.municipality_id, who.resident_id, HANDED_IN)
    return [{"id": case.id, "title": case.note or ""} for case in found]


async def _my_case(tx: AsyncConnection, who: Opened, known: Known, case_id: int) -> dict[str, Any] | None:
    """Something this person has handed in; None for anybody else's."""
    zone = known.municipality.zone
    for case in await cases.of_resident(tx, who.municipality_id, who.resident_id, HANDED_IN):
        if case.id == case_id:
            complete_at = case.context.get("complete_at")
            return {
                "id": case.id,
                "flow": case.context["flow"],
                "answers": case.context["answers"],
                "answer_by": case.answer_by.astimezone(zone) if case.answer_by else None,
                "complete_day": datetime.fromisoformat(complete_at).date() if complete_at else None,
                "answered_day": case.answered_at.astimezone(zone).date()
                if case.answered_at and not case.waits
                else None,
                "closed_day": case.closed_at.astimezone(zone).date() if case.closed_at else None,
            }
    return None


async def _kept_papers(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    """Which papers this person said were missing when they last sent something in about a support: {"missing", "day"}."""
    for case in await cases.of_resident(tx, who.municipality_id, who.resident_id, ("coach", *HANDED_IN)):
        answers = (case.context or {}).get("answers") or {}
        if isinstance(missing := answers.get("formal_missing"), list):
            day = case.created_at.astimezone(known.municipality.zone).date()
            return {"missing": missing, "day": day.isoformat()}
    return None


async def _board_posts(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """What others need people for, the newest first."""
    found = await board.shown(tx, who.municipality_id, "board", known.now)
    return [{"id": each.id, "post": each.post} for each in found if each.resident_id != who.resident_id and each.post]


async def _board_ideas(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """The ideas that everybody may see, the newest first."""
    return [{"id": each.id, "post": each.post} for each in await board.shown(tx, who.municipality_id, IDEA, known.now)]


async def _listed_actors(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """The associations, companies and groups that want to be found, the newest first."""
    return [{"id": each.id, "post": each.post} for each in await board.shown(tx, who.municipality_id, ACTOR, known.now)]


async def _posted(tx: AsyncConnection, who: Opened, known: Known, post_id: int) -> dict[str, Any] | None:
    """Something that is shown to everybody, whatever its kind."""
    try:
        found = await board.load(tx, who.municipality_id, post_id)
    except NotFound:
        return None
    if found.status != "shown" or not found.post or found.ends_at is None or found.ends_at <= known.now:
        return None
    return {"id": found.id, "kind": found.kind, "post": found.post, "own": found.resident_id == who.resident_id}


async def _good_example(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    """The latest example of the month, with what the municipality says of it in this person's language, if it does."""
    found = await latest_example(tx, who.municipality_id, known.locale, known.today)
    return None if found is None else {name: value for name, value in found.items() if name != "at"}


async def _my_interests(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await interests.of_resident(tx, who.municipality_id, who.resident_id)
    return [{"id": each.id, "post": each.post_id, "title": title_of(each.post or {})} for each in found]


async def _interest(tx: AsyncConnection, who: Opened, known: Known, interest_id: int) -> dict[str, Any] | None:
    """An interest that this person asked for or is asked; never how anybody is reached. None for anybody else's."""
    try:
        found = await interests.load(tx, who.municipality_id, interest_id)
    except NotFound:
        return None
    if who.resident_id not in (found.resident_id, found.owner_id):
        return None
    return {
        "id": found.id, "kind": found.kind, "status": found.status, "owner": found.owner_id == who.resident_id,
        "title": title_of(found.post or {}), "name": str((found.said or {}).get("name") or "…"), "post": found.post_id,
    }  # fmt: skip


async def _open_activities(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """The open activities that everybody may find, the soonest first."""
    return [each.post for each in await open_activities(tx, who.municipality_id, known.now)]


async def _my_open_days(tx: AsyncConnection, who: Opened, known: Known) -> list[str]:
    """The days of the open activities that this person has told of and not taken down."""
    told = await board.of_resident(tx, who.municipality_id, who.resident_id, board.TOLD)
    return [each.post["when"]["day"] for each in told if each.kind == KIND and each.post]


async def _my_posts(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await board.of_resident(tx, who.municipality_id, who.resident_id)
    return [{"id": each.id, "kind": each.kind, "post": each.post} for each in found]


async def _my_post(tx: AsyncConnection, who: Opened, known: Known, post_id: int) -> dict[str, Any] | None:
    """Something of this person's that is put up and not over; None for anybody else's."""
    for each in await board.of_resident(tx, who.municipality_id, who.resident_id):
        if each.id == post_id:
            until = each.ends_at.astimezone(known.municipality.zone).date() if each.ends_at else None
            return {"id": each.id, "kind": each.kind, "post": each.post, "status": each.status, "until": until}
    return None


async def _forwards(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """What those who answer have passed on to each other often enough to go there at once."""
    found = await enquiries.passed(tx, who.municipality_id, least=LEARNED_AFTER)
    return [asdict(each) for each in found]


async def _enquiry(tx: AsyncConnection, who: Opened, known: Known, case_id: int) -> dict[str, Any] | None:
    """A question of this person's to a role: what it is about, who answers it, how it stands; None for anybody else's."""
    try:
        case = await cases.load(tx, who.municipality_id, case_id)
    except NotFound:
        return None
    if case.kind != "enquiry" or case.resident_id != who.resident_id:
        return None
    asked = await enquiries.of_case(tx, who.municipality_id, case_id)
    said = case.context["answers"]
    answering = [each.role_id for each in asked if each.role_id and (each.answered_at or not each.declined_at)]
    zone = known.municipality.zone
    return {
        **said,
        "role": answering[-1] if answering else said["role"],
        "question": short_title(case.note or ""),
        "answer_by": case.answer_by.astimezone(zone) if case.waits and case.answer_by else None,
        "answered_day": case.answered_at.astimezone(zone).date() if case.answered_at and not case.waits else None,
    }


async def _my_enquiries(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await cases.of_resident(tx, who.municipality_id, who.resident_id, ("enquiry",))
    return [{"id": case.id, "title": short_title(case.note or "")} for case in found]


async def _crisis(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    return await shift_views.crisis_level(tx, who.municipality_id)


async def _somebody_there(tx: AsyncConnection, who: Opened, known: Known, kind: str) -> dict[str, Any] | None:
    """Whether anybody who answers this kind of case is there now, and when somebody is next."""
    found = await presence.somebody_there(tx, kind, known.municipality, known.now)
    return (
        None
        if found is None
        else {**found, "next": found["next"] and found["next"].astimezone(known.municipality.zone)}
    )


async def _heard(tx: AsyncConnection, who: Opened, known: Known, broadcast_id: int) -> dict[str, Any] | None:
    """A message to many that this person got, with their answer and the shifts it is about, as far as they are to come."""
    got = await broadcasts.has_heard(tx, who.municipality_id, broadcast_id, who.resident_id)
    if got is None:
        return None
    found = await broadcasts.load(tx, who.municipality_id, broadcast_id)
    asked = [] if found.need_id is None else await shift_views.of_need(tx, who, known, found.need_id)
    return {"id": found.id, "locale": got.locale, "answer": got.answer, "content": found.content, "need": found.need_id,
            "shifts": asked}  # fmt: skip


async def _my_grown(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any]:
    """What has grown out of ideas and talks: projects, and what an association has with the municipality."""
    return {"projects": await projects.mine(tx, who), **await partnerships.mine(tx, who, known)}


LOOKUPS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "follow_up": following_up.look_up,
    "my_plans": _my_plans,
    "plan": _plan,
    "plan_change": _plan_change,
    "plan_versions": _plan_versions,
    "my_data": _my_data,
    "similar_ideas": _similar_ideas,
    "findable_title": _findable_title,
    "busy_rooms": _busy_rooms,
    "taken_quarters": _taken_quarters,
    "my_bookings": _my_bookings,
    "booking": _booking,
    "my_room_wishes": _my_room_wishes,
    "room_wish": _room_wish,
    "my_cases": _my_cases,
    "my_case": _my_case,
    "kept_papers": _kept_papers,
    "board_posts": _board_posts,
    "board_ideas": _board_ideas,
    "listed_actors": _listed_actors,
    "posted": _posted,
    "good_example": _good_example,
    "my_interests": _my_interests,
    "interest": _interest,
    "open_activities": _open_activities,
    "my_open_days": _my_open_days,
    "my_posts": _my_posts,
    "my_post": _my_post,
    "forwards": _forwards,
    "my_enquiries": _my_enquiries,
    "enquiry": _enquiry,
    **errands.LOOKUPS,
    **meetings.LOOKUPS,
    **introductions.LOOKUPS,
    **goods.LOOKUPS,
    "heard": _heard,
    **listening.LOOKUPS,
    **dialogues.LOOKUPS,
    **projects.LOOKUPS,
    **partnerships.LOOKUPS,
    "my_grown": _my_grown,
    **obstacles.LOOKUPS,
    **weaving.LOOKUPS,
    "crisis": _crisis,
    "somebody_there": _somebody_there,
    "coordinates": shift_views.coordinates,
    "my_offer": shift_views.my_offer,
    "open_shifts": shift_views.open_shifts,
    "shift": shift_views.shift,
    "my_signups": shift_views.my_signups,
    "my_signup": shift_views.my_signup,
}
