"""Bookings in the turn and on the pages: requested, answered by the lender, cancelled, and offered to whoever waits next.

Everything here happens in the transaction it is handed. What has to be said to somebody else is a promise due now, so
that it goes through that person's own turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, following_up
from bot.flows.booking import REMINDED, how_to_get_in
from bot.flows.model import (
    AnswerOffer,
    CancelBooking,
    Known,
    RemindLender,
    RequestBooking,
    RoomEffect,
    StopWaiting,
    WaitForRoom,
    WatchRooms,
)
from bot.flows.read import times
from bot.flows.room import room_name, times_of, wanted
from bot.i18n import Ltr, Text, Value, _, n_
from bot.packs.model import Municipality, Room
from bot.rules.rooms import Times, buffer_quarters, search
from bot.wording import Words
from storage import bookings, cases, conversations, due, links, outbox
from storage.bookings import Booking, Freed, Span
from storage.conversations import Opened
from storage.db import Database
from storage.errors import LinkGone, NotFound
from storage.outbox import NewDelivery

OFFER_HOURS = 24
"""So long something is held for who waited, unless it begins earlier."""

OPEN_MAX = 10
"""So many requests of one person may wait for an answer, so that nobody keeps all rooms from the others."""

LINK_DAYS = 30
"""So long after the last time the lender's link still shows what was asked."""

log = structlog.get_logger()


async def apply(
    tx: AsyncConnection, effect: RoomEffect, who: Opened, known: Known, public_url: str
) -> dict[str, Value]:
    """Write an effect about rooms; the sentence that tells what came of it, as `room_result`."""
    desk = _Desk(tx, known.municipality, known.now, public_url)
    match effect:
        case RequestBooking():
            return {"room_result": await desk.request(effect, who, known)}
        case WaitForRoom():
            return {"room_result": await desk.wait(effect, who, known)}
        case WatchRooms(wish):
            return {"room_result": await desk.watch(wish, who, known)}
        case StopWaiting(wish_id):
            await desk.stop_waiting(wish_id, who)
        case CancelBooking(booking_id, day):
            return {"room_result": await desk.cancel(booking_id, day, who, known)}
        case AnswerOffer(booking_id, taken, late):
            return {"room_result": await desk.answer_offer(booking_id, taken, late, who, known)}
        case RemindLender(booking_id, late):
            await desk.remind(booking_id, late=late)
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")
    return {}


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known, public_url: str) -> None:
    """Somebody asks to be forgotten: what they hold is free for the next."""
    desk = _Desk(tx, known.municipality, known.now, public_url)
    for booking in await bookings.of_resident(tx, who.municipality_id, who.resident_id, known.now):
        await desk.cancel(booking.id, None, who, known)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where bookings are dealt with, in one transaction."""

    tx: AsyncConnection
    municipality: Municipality
    now: datetime
    public_url: str

    # --- asking

    async def request(self, wanted: RequestBooking, who: Opened, known: Known) -> Text:
        """Take the times, or a place in the line where somebody was faster; what to tell."""
        clashes: tuple[int, ...] = ()
        room = self.municipality.rooms.get(wanted.room)
        if room is None:
            return _("That room is no longer in my list. Nothing has been booked.")
        if self._spans(room, wanted.when)[0].starts_at <= self.now:
            return _("That time has already been. Nothing has been booked.")
        mine = await bookings.of_resident(self.tx, self.municipality.id, who.resident_id, self.now)
        if sum(each.status == "requested" for each in mine) >= OPEN_MAX:
            return _("You have many requests that nobody has answered yet. Wait for an answer, or cancel one in /mine.")
        for _again in range(2):
            booking_id, clashes = await self._book(room, wanted.when, who.resident_id, who.conversation_id,
                                                   wanted.people, wanted.purpose, "requested")  # fmt: skip
            if booking_id is not None:
                return await self._ask_lender(await self._load(booking_id), room, known)
            if await self._is_taken(room, wanted.when):
                break  # else it has been given up this very moment
        waits = await self.wait(WaitForRoom(wanted.room, wanted.when, wanted.people, wanted.purpose), who, known)
        days = tuple(date.fromisoformat(wanted.when["days"][number]) for number in clashes[:6])
        return _("Somebody else got {room} a moment ago: {days}. {waits}", room=room_name(room), days=days, waits=waits)

    async def _book(
        self, room: Room, when: Mapping[str, Any], resident_id: int, conversation_id: int, people: int | None,
        purpose: str, status: str,
    ) -> tuple[int | None, tuple[int, ...]]:  # fmt: skip
        return await bookings.book(
            self.tx, municipality_id=self.municipality.id, room_id=room.id, units=self.municipality.units[room.id],
            spans=self._spans(room, when), resident_id=resident_id, conversation_id=conversation_id, status=status,
            people=people, purpose=purpose, now=self.now,
        )  # fmt: skip

    async def _is_taken(self, room: Room, when: Mapping[str, Any]) -> bool:
        units, spans = self.municipality.units[room.id], self._spans(room, when)
        return await bookings.hold_still(self.tx, self.municipality.id, units, spans)

    async def _ask_lender(self, booking: Booking, room: Room, known: Known) -> Text:
        """Book at once where that is the rule; else write to the lender, open a case, and watch over the answer."""
        when = self._when(booking)
        shown = times().show(when, known)
        if room.lender.approval == "automatic":
            await bookings.move(self.tx, self.municipality.id, booking.id, ("requested", "offered"), "approved",
                                now=self.now, by="automatic")  # fmt: skip
            await self._is_theirs(booking)
            key = how_to_get_in(room.id, known)[0]
            return _("Booked! {room} is yours: {when}. {key}", room=room_name(room), when=shown, key=key)
        begins = booking.kept[0].starts_at
        answer_by = min(self.municipality.answer_by(self.now, room.lender.answer_days), begins)
        case_id = await cases.open(
            self.tx, municipality_id=self.municipality.id, kind="booking", conversation_id=booking.conversation_id,
            resident_id=booking.resident_id, answer_by=answer_by, now=self.now,
            note="\n".join(part for part in (self._asked(room, booking), booking.purpose) if part),
            context={"flow": "book", "answers": {"room": room.id, "when": when}, "booking_id": booking.id},
        )  # fmt: skip
        await bookings.set_case(self.tx, booking.id, case_id)
        await bookings.move(self.tx, self.municipality.id, booking.id, ("requested", "offered"), "requested",
                            now=self.now, answer_by=answer_by)  # fmt: skip
        if not await self._letter(room, booking, _("A request for {room}", room=room.name), answer_by):
            case = await cases.load(self.tx, self.municipality.id, case_id)
            await alerts.tell(self.tx, case, "new", municipality=self.municipality, public_url=self.public_url,
                              now=self.now)  # fmt: skip
        await self._later("booking_reminder", booking, self.now + (answer_by - self.now) / 2)
        await self._later("booking_late", booking, answer_by)
        zone = self.municipality.zone
        return _(
            "I have asked for {room}: {when}. You get an answer here by {time} at the latest. Until then the times are "
            "kept for you.",
            room=room_name(room), when=shown, time=answer_by.astimezone(zone),
        )  # fmt: skip

    async def remind(self, booking_id: int, *, late: bool) -> None:
        """Write again to who has not answered; when it is late, to the municipality, with a new time promised."""
        booking = await self._load(booking_id)
        room = self.municipality.rooms.get(booking.room_id)
        if booking.status != "requested" or room is None:
            return
        answer_by = booking.answer_by or self.now
        if late:
            answer_by = self.municipality.answer_by(self.now)
            if booking.case_id is not None:
                await cases.promise(self.tx, self.municipality.id, booking.case_id, answer_by)
            await bookings.move(self.tx, self.municipality.id, booking_id, ("requested",), "requested", now=self.now,
                                answer_by=answer_by)  # fmt: skip
        subject = _("Not answered yet: a request for {room}", room=room.name)
        await self._letter(room, booking, subject, answer_by, to_municipality=late)

    # --- the lender's answer

    async def decide(self, booking: Booking, *, approve: bool, reason: str, by: str) -> bool:
        """Say yes or no to a request, once; whether this was the answer."""
        status = "approved" if approve else "declined"
        if not await bookings.move(self.tx, self.municipality.id, booking.id, ("requested",), status, now=self.now,
                                   by=by, reason=reason or None):  # fmt: skip
            return False
        await self._settled(booking, status)
        data = {"approved": approve, "reason": reason}
        await self._later("booking_decided", booking, self.now, **data)
        if approve:
            await self._is_theirs(booking)
        else:
            await self._free(await bookings.release(self.tx, booking.id, self.now))
        return True

    async def _settled(self, booking: Booking, outcome: str) -> None:
        """Nobody has to answer any more."""
        for kind in ("booking_reminder", "booking_late"):
            await due.cancel(self.tx, self.municipality.id, f"{kind}:{booking.id}", outcome, now=self.now)
        if booking.case_id is not None:
            await cases.answer(self.tx, self.municipality.id, booking.case_id, self.now)
            await cases.close(self.tx, self.municipality.id, booking.case_id, outcome, self.now)

    # --- giving up

    async def cancel(self, booking_id: int, day: str | None, who: Opened, known: Known) -> Text:
        """Give up one's own booking, or the part of it on one day."""
        try:
            booking = await bookings.load(self.tx, self.municipality.id, booking_id, for_resident=who.resident_id)
        except NotFound:
            return _("I cannot find that booking among yours any more.")
        zone = self.municipality.zone
        left = [each for each in booking.kept if day and each.starts_at.astimezone(zone).date().isoformat() != day]
        room = self.municipality.rooms.get(booking.room_id)
        name: Value = room_name(room) if room else booking.room_id
        if left:
            (one,) = [each for each in booking.kept if each not in left] or [left[0]]
            await self._free(await bookings.release(self.tx, booking.id, self.now, one.id))
            words = _("Cancelled: {room}, {day}. The other times are still yours.", room=name,
                      day=one.starts_at.astimezone(zone).date())  # fmt: skip
        else:
            if not await bookings.move(self.tx, self.municipality.id, booking.id, bookings.HOLDING, "cancelled",
                                       now=self.now, by="resident"):  # fmt: skip
                return _("I cannot find that booking among yours any more.")
            await self._settled(booking, "cancelled")
            if booking.status == "offered":
                await self._offer_settled(booking.id, "cancelled")
            await due.cancel(self.tx, self.municipality.id, f"booking_tomorrow:{booking.id}", "cancelled", now=self.now)
            await self._free(await bookings.release(self.tx, booking.id, self.now))
            words = _("Cancelled: {room}. Thank you for telling us: now somebody else can have it.", room=name)
        if room is not None and booking.decided_by in ("lender", "coach"):
            await self._letter(room, booking, _("Cancelled: a booking of {room}", room=room.name), None)
        return words

    # --- waiting

    async def wait(self, wanted: WaitForRoom, who: Opened, known: Known) -> Text:
        room = self.municipality.rooms[wanted.room]
        wish = {"room": room.id, "when": dict(wanted.when), "people": wanted.people, "purpose": wanted.purpose}
        spans = self._spans(room, wanted.when)
        taken = await self._is_taken(room, wanted.when)
        wish_id, before = await self._wish("wait", wish, spans, who, room.id)
        await self._wish_ends(wish_id, wanted.when, spans, who)
        if not taken:  # it has become free while this person looked at it
            await self._free([Freed(self.municipality.units[room.id], spans[0].first, spans[-1].after)])
        if before:
            return n_(
                "You are on the waiting list, with {count} person before you. I tell you here if it becomes free.",
                "You are on the waiting list, with {count} people before you. I tell you here if it becomes free.",
                before,
            )
        return _("You are first on the waiting list. I tell you here if it becomes free.")

    async def watch(self, wish: Mapping[str, Any], who: Opened, known: Known) -> Text:
        spans = self._spans(None, wish["when"])
        wish_id, _before = await self._wish("watch", dict(wish), spans, who, None)
        await self._wish_ends(wish_id, wish["when"], spans, who)
        return _("I tell you here as soon as a room becomes free that fits. You can stop that in /mine.")

    async def stop_waiting(self, wish_id: int, who: Opened) -> None:
        ended = await bookings.end_wish(self.tx, self.municipality.id, now=self.now, wish_id=wish_id,
                                        resident_id=who.resident_id)  # fmt: skip
        if ended:
            await due.cancel(self.tx, self.municipality.id, f"room_wish_ends:{wish_id}", "stopped", now=self.now)

    async def _wish(
        self, kind: str, wish: Mapping[str, Any], spans: Sequence[Span], who: Opened, room_id: str | None
    ) -> tuple[int, int]:
        return await bookings.wish(
            self.tx, municipality_id=self.municipality.id, resident_id=who.resident_id,
            conversation_id=who.conversation_id, kind=kind, wish=wish, first_quarter=spans[0].first,
            after_quarter=spans[-1].after, ends_at=spans[-1].ends_at, room_id=room_id, now=self.now,
        )  # fmt: skip

    async def _wish_ends(self, wish_id: int, when: Mapping[str, Any], spans: Sequence[Span], who: Opened) -> None:
        await due.schedule(
            self.tx, municipality_id=self.municipality.id, conversation_id=who.conversation_id, kind="room_wish_ends",
            unique_key=f"room_wish_ends:{wish_id}", data={"wish": wish_id, "when": dict(when)},
            due_at=spans[0].starts_at, now=self.now,
        )  # fmt: skip

    async def _free(self, freed: Sequence[Freed]) -> None:
        """Offer what became free to who waits, in the order they asked."""
        asked: set[int] = set()
        for each in freed:
            for wish in await bookings.waiting(self.tx, self.municipality.id, each):
                if wish.id not in asked:
                    asked.add(wish.id)
                    await (self._offer(wish, each) if wish.kind == "wait" else self._tell_watcher(wish, each))

    async def _offer(self, wish: bookings.Wish, freed: Freed) -> None:
        room = self.municipality.rooms.get(wish.room_id or "")
        when = wish.wish["when"]
        if room is None or not self.municipality.units[room.id] & freed.units:
            return
        if self._spans(room, when)[0].starts_at <= self.now:
            return
        booking_id, _clashes = await self._book(room, when, wish.resident_id, wish.conversation_id,
                                                wish.wish["people"], wish.wish["purpose"], "offered")  # fmt: skip
        if booking_id is None:
            return
        await bookings.offer(self.tx, wish.id, booking_id)
        await due.cancel(self.tx, self.municipality.id, f"room_wish_ends:{wish.id}", "offered", now=self.now)
        booking = await self._load(booking_id)
        until = min(self.now + timedelta(hours=OFFER_HOURS), booking.kept[0].starts_at)
        await self._later("room_offer", booking, self.now, until=until.isoformat())
        await self._later("room_offer_ends", booking, until)

    async def _tell_watcher(self, wish: bookings.Wish, freed: Freed) -> None:
        """Tell who watches when a room that has become free fits all of what they look for."""
        asked = wanted(wish.wish, self.municipality.zone)
        rooms = [room for room in self.municipality.premises if self.municipality.units[room.id] & freed.units]
        if asked.times is None or asked.times.each[0][0] <= self.now or not rooms:
            return
        buffer = max(map(buffer_quarters, rooms))
        spans = [(first, after + buffer) for first, after in asked.times.quarters]
        units = frozenset[str]().union(*(self.municipality.units[room.id] for room in rooms))
        busy = await bookings.busy(self.tx, self.municipality.id, spans, units)
        answer = search(rooms, asked, busy, self.municipality.areas, self.municipality.units)
        if not answer.fits:
            return
        await bookings.end_wish(self.tx, self.municipality.id, now=self.now, wish_id=wish.id)
        await due.cancel(self.tx, self.municipality.id, f"room_wish_ends:{wish.id}", "free", now=self.now)
        await due.schedule(
            self.tx, municipality_id=self.municipality.id, conversation_id=wish.conversation_id, kind="room_free",
            unique_key=f"room_free:{wish.id}", due_at=self.now, now=self.now,
            data={"wish": wish.id, "when": wish.wish["when"], "rooms": [each.room.id for each in answer.fits[:3]]},
        )  # fmt: skip

    async def answer_offer(self, booking_id: int, taken: bool, late: bool, who: Opened, known: Known) -> Text:
        booking = await bookings.load(self.tx, self.municipality.id, booking_id, for_resident=who.resident_id)
        room = self.municipality.rooms.get(booking.room_id)
        if taken and room is not None:
            if not await bookings.move(self.tx, self.municipality.id, booking_id, ("offered",), "requested",
                                       now=self.now):  # fmt: skip
                return _("That offer has ended, and somebody else has got it.")
            await self._offer_settled(booking_id, "taken")
            return await self._ask_lender(booking, room, known)
        if await bookings.move(self.tx, self.municipality.id, booking_id, ("offered",), "lapsed", now=self.now,
                               by="clock" if late else "resident"):  # fmt: skip
            await self._offer_settled(booking_id, "let go")
            await self._free(await bookings.release(self.tx, booking_id, self.now))
        return _("All right. The next in line is asked.")

    async def _offer_settled(self, booking_id: int, how: str) -> None:
        await bookings.end_wish(self.tx, self.municipality.id, now=self.now, booking_id=booking_id)
        await due.cancel(self.tx, self.municipality.id, f"room_offer_ends:{booking_id}", how, now=self.now)

    # --- small things

    async def _load(self, booking_id: int) -> Booking:
        return await bookings.load(self.tx, self.municipality.id, booking_id)

    def _spans(self, room: Room | None, when: Mapping[str, Any]) -> list[Span]:
        found = times_of(when, self.municipality.zone)
        return spans_of(found, buffer_quarters(room) if room else 0)

    def _when(self, booking: Booking) -> dict[str, Any]:
        return when_of(booking, self.municipality)

    async def _later(self, kind: str, booking: Booking, at: datetime, **data: Any) -> None:
        await due.schedule(
            self.tx, municipality_id=self.municipality.id, conversation_id=booking.conversation_id, kind=kind,
            unique_key=f"{kind}:{booking.id}", due_at=at, now=self.now,
            data={"booking": booking.id, "room": booking.room_id, "when": self._when(booking), **data},
        )  # fmt: skip

    async def _is_theirs(self, booking: Booking) -> None:
        """They have it: they are reminded the day before, and asked some time after what became of it."""
        room = self.municipality.rooms.get(booking.room_id)
        await following_up.promise(
            self.tx, self.municipality, resident_id=booking.resident_id, conversation_id=booking.conversation_id,
            subject="room", subject_id=booking.id, area=room.area if room else None, after=booking.kept[-1].ends_at,
            now=self.now,
        )  # fmt: skip
        at = booking.kept[0].starts_at - REMINDED
        if at > self.now + REMINDED:
            await self._later("booking_tomorrow", booking, at)

    def _asked(self, room: Room, booking: Booking) -> str:
        """Which room and when, for those who answer."""
        words = Words(self.municipality.languages[0], self.municipality.zone)
        known = Known(self.now.astimezone(self.municipality.zone), words.tag, self.municipality)
        return words.plain(_("{room}: {when}.", room=room.name, when=times().show(self._when(booking), known)))

    async def _letter(
        self, room: Room, booking: Booking, subject: Text, answer_by: datetime | None, *, to_municipality: bool = False
    ) -> bool:
        """A letter to the lender with a link to the page where the answer is given; whether there is an address."""
        to = ("" if to_municipality else room.lender.email) or self.municipality.email
        log.warning("a request for a room waits", municipality=self.municipality.id, room=room.id, told=bool(to))
        if not to:
            return False
        words = Words(self.municipality.languages[0], self.municipality.zone)
        token = await links.make(
            self.tx, municipality_id=self.municipality.id, purpose="lender", subject_id=booking.id, now=self.now,
            expires_at=max(each.ends_at for each in booking.occasions) + timedelta(days=LINK_DAYS),
        )  # fmt: skip
        lines: list[Text] = []
        if answer_by is not None:
            time_ = answer_by.astimezone(self.municipality.zone)
            lines.append(_("Please answer by {time}. The link opens a page, where you read what is asked and press yes "
                           "or no. You need no account.", time=time_))  # fmt: skip
        lines.append(_("{url}", url=Ltr(f"{self.public_url}/lender/{token}")))
        body = {
            "subject": words.plain(subject),
            "text": "\n\n".join([self._asked(room, booking), *map(words.plain, lines)]),
        }
        address = await conversations.address(
            self.tx, municipality_id=self.municipality.id, channel="mail", address=to, now=self.now
        )
        letter = NewDelivery(
            municipality_id=self.municipality.id, address_id=address.id, channel="mail", op="mail", ordinal=0,
            made_by=f"booking:{booking.id}:{self.now.isoformat()}", due_at=self.now, body=body,
        )  # fmt: skip
        await outbox.queue(self.tx, [letter], now=self.now)
        return True


def spans_of(found: Times, buffer: int) -> list[Span]:
    """Times with their quarters, the buffer after each counted in."""
    pairs = zip(found.each, found.quarters, strict=True)
    return [Span(begins, ends, first, after + buffer) for (begins, ends), (first, after) in pairs]


def when_of(booking: Booking, municipality: Municipality) -> dict[str, Any]:
    """A booking's times as the reader of times gives them; those that were cancelled are left out."""
    kept = booking.kept or booking.occasions
    local = [
        (each.starts_at.astimezone(municipality.zone), each.ends_at.astimezone(municipality.zone)) for each in kept
    ]
    days = [begins.date() for begins, _ends in local]
    steps = {(later - earlier).days for earlier, later in pairwise(days)}
    when: dict[str, Any] = {
        "days": [day.isoformat() for day in days],
        "from": local[0][0].strftime("%H:%M"),
        "to": local[0][1].strftime("%H:%M"),
    }
    return when | ({"every": steps.pop() // 7} if len(steps) == 1 and steps <= {7, 14} else {})


# --- the lender's page, and calendars -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the lender's page shows it: nothing of who asks."""

    municipality_id: str
    room: Room | None
    room_id: str
    when: Mapping[str, Any]
    people: int | None
    purpose: str
    status: str
    answer_by: datetime | None


class NoSuchLink(Exception):
    """A link that leads nowhere: `why` is "unknown", "expired", "used" or "revoked"."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


async def asked(db: Database, municipalities: Mapping[str, Municipality], token: str, now: datetime) -> Asked:
    """What a lender's link leads to; changes nothing.

    Raises:
        NoSuchLink: The link is not good.
    """
    async with db.read() as tx:
        booking = await _by_link(tx, token, now)
    municipality = municipalities[booking.municipality_id]
    return Asked(
        booking.municipality_id, municipality.rooms.get(booking.room_id), booking.room_id, when_of(booking, municipality),
        booking.people, booking.purpose or "", booking.status, booking.answer_by,
    )  # fmt: skip


async def answer(
    db: Database, municipalities: Mapping[str, Municipality], token: str, *, approve: bool, reason: str, now: datetime,
    public_url: str,
) -> bool:  # fmt: skip
    """The lender says yes or no; False when it had been answered, or taken back, before.

    Raises:
        NoSuchLink: The link is not good.
    """

    async def job(tx: AsyncConnection) -> bool:
        booking = await _by_link(tx, token, now)
        desk = _Desk(tx, municipalities[booking.municipality_id], now, public_url)
        return await desk.decide(booking, approve=approve, reason=reason, by="lender")

    return await db.write(job)


async def decide(
    tx: AsyncConnection, municipality: Municipality, booking_id: int, *, approve: bool, reason: str, now: datetime,
    public_url: str,
) -> bool:  # fmt: skip
    """A coach says yes or no in the lender's place; False when it had been answered before. Raises NotFound."""
    booking = await bookings.load(tx, municipality.id, booking_id)
    desk = _Desk(tx, municipality, now, public_url)
    return await desk.decide(booking, approve=approve, reason=reason, by="coach")


async def _by_link(tx: AsyncConnection, token: str, now: datetime) -> Booking:
    try:
        link = await links.open(tx, token, "lender", now)
        return await bookings.load(tx, link.municipality_id, link.subject_id or 0)
    except NotFound as error:
        raise NoSuchLink("unknown") from error
    except LinkGone as error:
        raise NoSuchLink(error.why) from error
