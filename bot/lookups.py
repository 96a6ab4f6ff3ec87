"""Answers to what a flow looks up, inside its turn's transaction. Plain values go in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.model import Known
from bot.premises import when_of
from storage import bookings, plans, residents
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
        "title": found.title,
        "answers": found.answers,
        "findable": found.findable,
        "own": found.owner_id == who.resident_id,
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
    tx: AsyncConnection, who: Opened, known: Known, spans: tuple[tuple[int, int], ...]
) -> dict[str, list[list[int]]]:
    """What is taken, by part of a room: [number of the span, first taken quarter in it]."""
    found = await bookings.busy(tx, who.municipality_id, spans)
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


LOOKUPS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "my_plans": _my_plans,
    "plan": _plan,
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
}
