"""Calendars to subscribe to (RFC 5545): when a room is taken, when helpers are needed and when meetings
are, for everybody and without names;
one's own bookings and shifts, by a private address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import meetings, shift_views
from bot.flows.shifts import fill, public_title, span
from bot.i18n import _, content, p_
from bot.packs.model import Municipality
from bot.premises import NoSuchLink
from bot.wording import Words
from storage import bookings, links, partnerships, projects, shifts, volunteers
from storage.db import Database
from storage.errors import LinkGone, NotFound
from storage.partnerships import FollowUp, Partnership, TalkTime
from storage.projects import Date, Project

BACK, AHEAD = timedelta(days=30), timedelta(days=400)
REFRESH = timedelta(hours=1)
PROJECT_HOUR = timedelta(hours=1)
"""How long an entry is whose end nobody has said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar. `sure` when it is settled."""

    id: str
    begins: datetime
    ends: datetime
    title: str
    sure: bool
    place: str = ""


async def room_calendar(db: Database, municipality: Municipality, room_id: str, now: datetime) -> bytes | None:
    """When a room is taken, from a month back to a year ahead; None when there is no such room."""
    room = municipality.rooms.get(room_id)
    if room is None:
        return None
    async with db.read() as tx:
        taken = await bookings.of_units(tx, municipality.id, municipality.units[room_id], now - BACK, now + AHEAD)
    words = Words(municipality.languages[0], municipality.zone)
    # TRANSLATORS: entries of a room's public calendar.
    sure, asked = words.plain(p_("calendar", "Booked")), words.plain(p_("calendar", "Asked for"))
    entries = (
        Entry(f"occasion-{id}", begins, ends, sure if status == "approved" else asked, status == "approved")
        for id, begins, ends, status in taken
    )
    return calendar(room.name, entries, now)


async def own_calendar(
    db: Database, municipalities: Mapping[str, Municipality], token: str, locale: str, now: datetime
) -> bytes:
    """The bookings still to come of whoever has this private address.

    Raises:
        NoSuchLink: The address is not good (any more).
    """
    async with db.read() as tx:
        try:
            link = await links.open(tx, token, "calendar", now)
        except NotFound as error:
            raise NoSuchLink("unknown") from error
        except LinkGone as error:
            raise NoSuchLink(error.why) from error
        mine = await bookings.of_resident(tx, link.municipality_id, link.resident_id or 0, now)
        helper = await volunteers.of_resident(tx, link.resident_id or 0)
        helps = await shifts.of_volunteer(tx, link.municipality_id, helper.id) if helper is not None else []
        grown = await _grown(tx, link.municipality_id, link.resident_id or 0, now)
    municipality = municipalities[link.municipality_id]
    words = Words(locale, municipality.zone)
    entries = []
    for booking in mine:
        room = municipality.rooms.get(booking.room_id)
        name = room.name if room else booking.room_id
        sure = booking.status == "approved"
        shown = name if sure else words.plain(_("{room} (not answered yet)", room=name))
        place = ", ".join(filter(None, (name, room.address, room.area))) if room else ""
        entries += [
            Entry(f"occasion-{each.id}", each.starts_at, each.ends_at, shown, sure, place) for each in booking.kept
        ]
    entries += [
        Entry(f"shift-{shift.id}", shift.starts_at, shift.ends_at, str((shift.need.need or {}).get("what", "")),
              signup.status == "taken", str((shift.need.need or {}).get("address") or shift.need.area or "")
              if signup.status == "taken" else shift.need.area or "")
        for signup, shift in helps if signup.status in shifts.HOLDING
    ]  # fmt: skip
    entries += [
        Entry(f"project-{each.id}", each.starts_at, each.starts_at + PROJECT_HOUR,
              f"{project.title}: {(each.said or {}).get('what', '')}".strip(": "), True, str((each.said or {}).get("place") or ""))
        for project, dates in grown.dates for each in dates
    ]  # fmt: skip
    entries += [
        Entry(f"talk-{each.id}", each.agreed_at, each.agreed_at + PROJECT_HOUR, words.plain(_("The talk about working together")),
              True, str((each.said or {}).get("where") or ""))
        for each in grown.talks if each.agreed_at is not None
    ]  # fmt: skip
    for held, follow_ups in grown.follow_ups:
        for due in follow_ups:
            at = datetime.combine(date.fromisoformat(due.due_day), time(9), municipality.zone)
            title = words.plain(_("Follow up “{title}” by this day", title=held.title))
            entries.append(Entry(f"follow-up-{due.id}", at, at + PROJECT_HOUR, title, due.held))
    return calendar(words.plain(_("What I have booked and signed up for")), entries, now)


@dataclass(frozen=True, slots=True)
class _Grown:
    """Dates of projects, talks that are agreed on, and follow-ups of partnerships, of one person."""

    dates: list[tuple[Project, list[Date]]]
    talks: list[TalkTime]
    follow_ups: list[tuple[Partnership, list[FollowUp]]]


async def _grown(tx: AsyncConnection, municipality_id: str, resident_id: int, now: datetime) -> _Grown:
    found = await projects.of_resident(tx, municipality_id, resident_id, ("in",))
    held = await partnerships.of_resident(tx, municipality_id, resident_id)
    return _Grown(
        [(each, await projects.dates(tx, each.id, now)) for each, _member in found if each.status == "running"],
        await partnerships.talks_of(tx, municipality_id, resident_id, now),
        [(each, await partnerships.follow_ups(tx, each.id)) for each in held if each.status == "running"],
    )


async def needs_calendar(db: Database, municipality: Municipality, now: datetime) -> bytes:
    """When helpers are needed, with how many are missing."""
    async with db.read() as tx:
        found = await shift_views.everybodys(tx, municipality, now)
    words = Words(municipality.languages[0], municipality.zone)
    entries = [
        Entry(f"shift-{each['id']}", *span(each), words.plain(_("{title} ({fill})", title=public_title(each), fill=fill(each))),
              each["free"] == 0, each["area"] or "")
        for each in found
    ]  # fmt: skip
    return calendar(words.plain(_("What is needed now")), entries, now)


async def meetings_calendar(db: Database, municipality: Municipality, now: datetime, kind: str = "") -> bytes | None:
    """The meetings to come, all or of one kind; None when there is no such kind."""
    network = municipality.networks.find(kind) if kind else None
    if kind and (network is None or network.meetings is None):
        return None
    async with db.read() as tx:
        found = await meetings.coming(tx, municipality, now)
    words = Words(municipality.languages[0], municipality.zone)
    entries = [
        Entry(f"meeting-{each['id']}", *span(each), each["title"], True, each["place"])
        for each in found if not kind or each["network"] == kind
    ]  # fmt: skip
    return calendar(words.plain(content(network.title) if network else _("Meetings")), entries, now)


def calendar(name: str, entries: Iterable[Entry], now: datetime) -> bytes:
    """A calendar file. Moments are in UTC, which every calendar program shows in the reader's own zone."""
    made = Calendar()
    made.add("prodid", "-//Idélabbet//rooms//SV")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for each in entries:
        event = Event()
        event.add("uid", f"{each.id}@idelabbet")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", each.begins.astimezone(UTC))
        event.add("dtend", each.ends.astimezone(UTC))
        event.add("summary", each.title)
        event.add("status", "CONFIRMED" if each.sure else "TENTATIVE")
        if each.place:
            event.add("location", each.place)
        made.add_component(event)
    return bytes(made.to_ical())
