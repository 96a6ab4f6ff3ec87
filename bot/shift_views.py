"""Shifts and offers as flows and pages see them: plain values, with times of the municipality's own clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.model import Known
from bot.packs.model import Municipality
from bot.rules.matching import shifts as matching
from bot.rules.volunteering import missing, most_needed, wanted, willing
from storage import crisis, shifts, staff, volunteers
from storage.conversations import Opened
from storage.errors import NotFound
from storage.shifts import Shift, Signup
from storage.volunteers import VALID, Check, Volunteer

CHECK_DAYS = 365
"""An extract from the criminal records may not be older than a year (2013:852, section 4)."""

PUBLIC = ("about", "languages_any", "skills_all", "skills_wished", "car", "check")
PRIVATE = ("address", "contact", "routine")
"""What a need says: to everybody, and only to whoever has a place."""


def named(shift: Shift, zone: ZoneInfo) -> dict[str, Any]:
    """What a shift is called, where and when it is."""
    return {
        "id": shift.id,
        "need": shift.need.id,
        "title": (shift.need.need or {}).get("what", ""),
        "area": shift.need.area,
        "when": [each.astimezone(zone).isoformat() for each in (shift.starts_at, shift.ends_at)],
        "drill": shift.need.drill,
        "errand": shift.need.kind == "errand",
    }


def seen(
    shift: Shift, place: Municipality, *, signup: Signup | None = None, lacking: Sequence[str] = ()
) -> dict[str, Any]:
    """A shift as one person sees it; whoever has a place sees the address too."""
    need: Mapping[str, Any] = shift.need.need or {}
    has_place = signup is not None and signup.status in ("taken", "done")
    fields = (*PUBLIC, *PRIVATE) if has_place and shift.need.kind == "shift" else PUBLIC  # an errand tells it by itself
    return {
        **named(shift, place.zone),
        **{name: need.get(name) for name in fields},
        "kind": shift.need.kind,
        "flexible": bool(need.get("flexible")),
        "priority": shift.need.priority,
        "places": shift.places,
        "free": shift.free,
        "standby": shift.standby,
        "missing": list(lacking),
        "mine": signup.status if signup is not None else None,
        "signup": signup.id if signup is not None else None,
    }


def valid(checks: Sequence[Check], now: datetime) -> frozenset[str]:
    """The roles for which somebody's check counts today."""
    recent = now - timedelta(days=CHECK_DAYS)
    return frozenset(each.role for each in checks if each.state in VALID and each.at >= recent)


def proven(offer: Mapping[str, Any], now: datetime) -> frozenset[str]:
    """The skills that staff have seen proof of, which still counts: {"proven": {id: until}} beside the answers."""
    return frozenset(id for id, until in (offer.get("proven") or {}).items() if datetime.fromisoformat(until) > now)


async def able(
    tx: AsyncConnection, volunteer: Volunteer, shift: Shift, place: Municipality, now: datetime
) -> tuple[matching.Volunteer, matching.Shift]:
    """A volunteer and a shift as the rules see them."""
    checks = await volunteers.checks(tx, place.id, volunteer_id=volunteer.id)
    return _pair(volunteer, shift, place, checks, now)


def _pair(
    volunteer: Volunteer, shift: Shift, place: Municipality, checks: Sequence[Check], now: datetime
) -> tuple[matching.Volunteer, matching.Shift]:
    need = shift.need.need or {}
    check = need.get("check")
    person = as_volunteer(
        volunteer, place, (shift.starts_at, shift.ends_at), now, cleared=not check or check in valid(checks, now)
    )
    return person, as_shift(shift)


def as_volunteer(
    volunteer: Volunteer,
    place: Municipality,
    window: matching.Span,
    now: datetime,
    *,
    cleared: bool,
    most: int | None = None,
) -> matching.Volunteer:
    """A volunteer as the solver sees them, for shifts within a window; see `bot.rules.volunteering.willing`."""
    offer = volunteer.offer or {}
    counted = {skill.id for skill in place.skills.skills if skill.months == 0} | proven(offer, now)
    return willing(
        str(volunteer.id), offer, beside={area.name: area.neighbours for area in place.areas}, zone=place.zone,
        window=window, counted=counted, cleared=cleared, most=most,
    )  # fmt: skip


def as_shift(shift: Shift) -> matching.Shift:
    """A shift as the solver sees it, with all its places."""
    return wanted(
        str(shift.id), shift.need.need or {}, shift.starts_at, shift.ends_at, area=shift.need.area, count=shift.places,
        priority=shift.need.priority,
    )  # fmt: skip


async def everybodys(tx: AsyncConnection, place: Municipality, now: datetime) -> list[dict[str, Any]]:
    """What coordinators need helpers for, as everybody may see it, most needed first."""
    return [seen(each, place) for each in most_needed(await shifts.coming(tx, place.id, now))]


async def crisis_level(tx: AsyncConnection, municipality_id: str) -> dict[str, Any] | None:
    """{"level", "drill"}, while it is not calm."""
    found = await crisis.now(tx, municipality_id)
    return None if found is None or found.level == "calm" else {"level": found.level, "drill": found.drill}


async def coordinates(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    """{"id", "name"} of the account that this Telegram chat is linked to, if it may coordinate here."""
    if who.channel != "telegram" or who.address is None:
        return None
    member = await staff.by_chat(tx, who.municipality_id, who.address)
    if member is None or "coordinator" not in (await staff.roles(tx, member.id)).get(who.municipality_id, ()):
        return None
    return {"id": member.id, "name": member.name}


def _told_of(signup: Signup) -> bool:
    """Whether its volunteer knows of it: a proposal of the solver's is nobody's news before a coordinator has agreed."""
    return signup.status != "proposed" or signup.made_by != "match"


# --- what flows look up -----------------------------------------------------------------------------------------------


async def my_offer(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    found = await volunteers.of_resident(tx, who.resident_id)
    return None if found is None else {"id": found.id, "offer": found.offer, "standing": found.standing}


async def open_shifts(
    tx: AsyncConnection, who: Opened, known: Known, all_of_them: bool, offer: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The shifts to come, most needed first; with `all_of_them` also those that this person cannot take.

    Requests for help stand among them for volunteers only. `offer` is what they are about to offer.
    """
    place = known.municipality
    mine = await volunteers.of_resident(tx, who.resident_id)
    if offer is not None:
        mine = Volunteer(mine.id if mine else 0, place.id, who.resident_id, who.conversation_id, offer, "new", known.now,
                         known.now, None)  # fmt: skip
    found = await shifts.coming(tx, place.id, known.now, kind=None if mine is not None else "shift")
    if mine is None:
        return [seen(each, place) for each in most_needed(found)]
    checks = await volunteers.checks(tx, place.id, volunteer_id=mine.id)
    signed = {
        shift.id: signup for signup, shift in await shifts.of_volunteer(tx, place.id, mine.id) if _told_of(signup)
    }
    busy = [(shift.starts_at, shift.ends_at) for signup, shift in
            await shifts.of_volunteer(tx, place.id, mine.id, ("taken",))]  # fmt: skip
    listed = []
    for each in most_needed(found):
        if each.need.resident_id == who.resident_id:
            continue
        lacking = missing(*_pair(mine, each, place, checks, known.now))
        clashes = any(begins < each.ends_at and each.starts_at < ends for begins, ends in busy)
        if all_of_them or (not lacking and not clashes):
            listed.append(seen(each, place, signup=signed.get(each.id), lacking=lacking))
    return listed


async def of_need(tx: AsyncConnection, who: Opened, known: Known, need_id: int) -> list[dict[str, Any]]:
    """The shifts of one need that are still to come, as this person sees them, the soonest first."""
    coming = await shifts.coming(tx, known.municipality.id, known.now, need_id=need_id)
    found = [
        await shift(tx, who, known, each.id) for each in sorted(coming, key=lambda each: (each.starts_at, each.id))
    ]
    return [each for each in found if each is not None]


async def shift(tx: AsyncConnection, who: Opened, known: Known, shift_id: int) -> dict[str, Any] | None:
    """A shift that is still to come; None when it is over or was called off."""
    try:
        found = await shifts.load(tx, known.municipality.id, shift_id)
    except NotFound:
        return None
    if found.cancelled_at is not None or found.need.done_at is not None or found.ends_at <= known.now:
        return None
    mine = await volunteers.of_resident(tx, who.resident_id)
    if mine is None:
        return seen(found, known.municipality) if found.need.kind == "shift" else None
    signed = {
        each.id: signup
        for signup, each in await shifts.of_volunteer(tx, known.municipality.id, mine.id)
        if _told_of(signup)
    }
    lacking = missing(*await able(tx, mine, found, known.municipality, known.now))
    return seen(found, known.municipality, signup=signed.get(shift_id), lacking=lacking)


async def my_signups(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """What this person has to do with and is still to come, the soonest first."""
    mine = await volunteers.of_resident(tx, who.resident_id)
    if mine is None:
        return []
    found = await shifts.of_volunteer(tx, known.municipality.id, mine.id)
    return [
        {**named(each, known.municipality.zone), "id": signup.id, "status": signup.status}
        for signup, each in found
        if _told_of(signup)
        and each.ends_at > known.now
        and not (each.need.kind == "errand" and signup.status == "taken")
    ]


async def my_signup(tx: AsyncConnection, who: Opened, known: Known, signup_id: int) -> dict[str, Any] | None:
    """One signup of this person's that is not over; None for anybody else's."""
    try:
        signup = await shifts.signup(tx, known.municipality.id, signup_id)
    except NotFound:
        return None
    if signup.conversation_id != who.conversation_id or signup.status not in shifts.LIVING or not _told_of(signup):
        return None
    found = await shifts.load(tx, known.municipality.id, signup.shift_id)
    if found.cancelled_at is not None:
        return None
    zone = known.municipality.zone
    before = await shifts.of_volunteer(tx, known.municipality.id, signup.volunteer_id, ("done",))
    return {
        **seen(found, known.municipality, signup=signup),
        "id": signup.id,
        "shift": found.id,
        "status": signup.status,
        "until": signup.answer_by.astimezone(zone).isoformat() if signup.answer_by else None,
        "confirmed": signup.confirmed_at is not None,
        "came": signup.came_at is not None,
        "hands_over": bool((signup.why or {}).get("hands_over")),
        "first": not before,
    }
