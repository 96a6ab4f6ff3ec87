"""The question what became of something: meant when a room is lent, money granted or a plan made, asked once some time after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.model import AnswerFollowUp, AskedFollowUp, DropFollowUp, FollowUpEffect, Known, NoFollowUps
from bot.packs.model import Municipality
from storage import awards, bookings, due, follow_ups, plans
from storage.conversations import Opened
from storage.errors import NotFound
from storage.follow_ups import FollowUp

ONE_IN: Final = timedelta(days=60)
"""Nobody is asked twice within so long, whatever they have done here."""


async def promise(
    tx: AsyncConnection,
    place: Municipality,
    *,
    resident_id: int,
    conversation_id: int,
    subject: str,
    subject_id: int,
    area: str | None,
    after: datetime,
    now: datetime,
) -> None:
    """Mean to ask so many days `after` something as the pack says; promised again, it is moved. Once asked it is over."""
    days: int | None = getattr(place.follow_up, f"{subject}_days")
    if days is None:
        return
    made = await follow_ups.promise(
        tx, municipality_id=place.id, resident_id=resident_id, conversation_id=conversation_id, subject=subject,
        subject_id=subject_id, area=area, now=now,
    )  # fmt: skip
    if made is None:
        return
    day = (after + timedelta(days=days)).astimezone(place.zone).date()
    await due.schedule(
        tx, municipality_id=place.id, conversation_id=conversation_id, kind="follow_up", data={"follow_up": made},
        unique_key=f"conversation:{conversation_id}:follow_up:{made}", now=now,
        due_at=datetime.combine(day, place.hours.opens, place.zone),
    )  # fmt: skip


async def apply(tx: AsyncConnection, effect: FollowUpEffect, who: Opened, known: Known) -> None:
    """Write an effect about it."""
    place, now = who.municipality_id, known.now
    match effect:
        case AskedFollowUp(id):
            await follow_ups.turn(tx, place, id, ("waiting",), "asked", asked_at=now)
        case DropFollowUp(id):
            await follow_ups.turn(tx, place, id, ("waiting",), "dropped")
        case AnswerFollowUp(id, said):
            values = {"said": dict(said), "locale": known.locale, "answered_at": now}
            await follow_ups.turn(tx, place, id, ("asked",), "answered", **values)
        case NoFollowUps(id):
            await follow_ups.decline(tx, place, who.resident_id, id)
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")


async def look_up(tx: AsyncConnection, who: Opened, known: Known, follow_up_id: int) -> dict[str, Any] | None:
    """One of this person's, with what it is about; `fit` says whether it is to be asked now. None for anybody else's."""
    try:
        found = await follow_ups.load(tx, who.municipality_id, follow_up_id)
    except NotFound:
        return None
    if found.resident_id != who.resident_id:
        return None
    title = await _title(tx, found, known)
    fit = title is not None and found.status == "waiting" and who.stopped_at is None and not who.protected
    if fit:
        fit = not await follow_ups.asked_since(tx, who.municipality_id, who.resident_id, known.now - ONE_IN)
    return {"id": found.id, "subject": found.subject, "title": title or "…", "status": found.status, "fit": fit}


async def _title(tx: AsyncConnection, found: FollowUp, known: Known) -> str | None:
    """What it is about; None where it is not there any more: a booking that was given up, a plan that was erased."""
    try:
        match found.subject:
            case "room":
                booking = await bookings.load(tx, found.municipality_id, found.subject_id)
                room = known.municipality.rooms.get(booking.room_id)
                return (room.name if room else booking.room_id) if booking.status == "approved" else None
            case "grant":
                award = await awards.of_case(tx, found.municipality_id, found.subject_id)
                grants = known.municipality.grants
                support = grants.support(award.support) if award is not None and grants is not None else None
                return support.name if support is not None else None
            case "plan":
                return (await plans.load(tx, found.municipality_id, found.subject_id)).title
    except NotFound:
        pass
    return None


def area_of(answers: Mapping[str, Any]) -> str | None:
    """The area in a plan's or an application's answers."""
    where = answers.get("where") or answers.get("place") or {}
    found = where.get("area") if isinstance(where, Mapping) else None
    found = found.get("area") if isinstance(found, Mapping) else found
    return str(found) if found else None
