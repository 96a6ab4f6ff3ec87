"""Offers to help and shifts in the turn and on the pages: signed up, taken, stood by for, asked, given up, called off.

Everything here happens in the transaction it is handed. What has to be said to somebody else is a promise due now, so
that it goes through that person's own turn. A place is given by `storage.shifts`, which cannot give one twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, errands
from bot.flows.model import (
    AnswerShift,
    ConfirmShift,
    CreateNeed,
    GiveUpShift,
    HandOverShift,
    Known,
    SaveVolunteer,
    SetStanding,
    ShiftDone,
    TakeShift,
    VolunteerEffect,
)
from bot.flows.room import times_of
from bot.flows.shifts import LACKS, REMINDED, SOON, title_of, when
from bot.i18n import Text, Value, _, n_
from bot.packs.model import Municipality
from bot.rules.errands import awake
from bot.rules.matching.shifts import Lack
from bot.rules.volunteering import a_week, missing, rested
from bot.shift_views import able, coordinates, named
from storage import cases, conversations, due, shifts, volunteers
from storage.conversations import Opened
from storage.errors import NotFound
from storage.shifts import Shift, Signup
from storage.volunteers import Volunteer

LEAST: Final = timedelta(minutes=15)
"""So long somebody has to answer at least."""

GAP: Final = timedelta(hours=48)
"""A place that becomes free so shortly before its shift, and that nobody takes, is told to the coordinators."""

MATCH_AGAIN: Final = "match_again"
"""The promise that somebody else is proposed for a place that is free again (`bot.matching`)."""

TOLD: Final = ("shift_asked", "shift_offered", "shift_unanswered", "shift_tomorrow", "shift_soon", "shift_over")
"""What may fall due about one signup."""


async def apply(
    tx: AsyncConnection, effect: VolunteerEffect, who: Opened, known: Known, public_url: str
) -> dict[str, Value]:
    """Write an effect about an offer or a shift; the sentence that tells what came of it, as `shift_result`."""
    desk = _Desk(tx, known.municipality, known.now, public_url)
    match effect:
        case SaveVolunteer(offer):
            await volunteers.save(
                tx, municipality_id=who.municipality_id, resident_id=who.resident_id,
                conversation_id=who.conversation_id, offer=dict(offer), now=known.now,
            )  # fmt: skip
            return {}
        case CreateNeed():
            return {"need_link": await desk.put_up(effect, who, known)}
        case SetStanding(standing):
            await desk.stand(who, standing)
            return {}
        case TakeShift(shift_id, instead_of):
            return {"shift_result": await desk.take(shift_id, who, instead_of)}
        case AnswerShift(signup_id, taken, late):
            return {"shift_result": await desk.answer(signup_id, who, taken=taken, late=late)}
        case GiveUpShift(signup_id, reason, unconfirmed):
            return {"shift_result": await desk.give_up(signup_id, who, reason, unconfirmed=unconfirmed)}
        case HandOverShift(signup_id):
            return {"shift_result": await desk.hand_over(signup_id, who)}
        case ConfirmShift(signup_id, here):
            return {"shift_result": await desk.confirm(signup_id, who, here=here)}
        case ShiftDone(signup_id, came):
            await desk.done(signup_id, came=came)
            return {}
    raise TypeError(f"nobody knows how to write {effect!r}")


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody asks to be forgotten, or leaves: what they have is free for others."""
    found = await volunteers.of_resident(tx, who.resident_id)
    if found is not None:
        desk = _Desk(tx, known.municipality, known.now)
        for signup, _shift in await shifts.of_volunteer(tx, who.municipality_id, found.id):
            await desk.let_go(signup, "cancelled", "left")


# --- for coordinators and the solver --------------------------------------------------------------------------------------


async def ask(
    tx: AsyncConnection, signup: Signup, place: Municipality, now: datetime, *, answer_by: datetime | None = None
) -> bool:
    """Ask a volunteer who was proposed: a place is held for them until `answer_by`. False: there is none free, or the
    proposal is over."""
    return await _Desk(tx, place, now).ask(signup, "asked", answer_by)


async def freed(tx: AsyncConnection, shift_id: int, place: Municipality, now: datetime) -> bool:
    """A place is free: whoever stands by longest gets it offered, else who was approved is asked; whether anybody was."""
    return await _Desk(tx, place, now).freed(shift_id)


async def call_off(tx: AsyncConnection, shift_id: int, place: Municipality, now: datetime, reason: str = "") -> None:
    """Call a shift off, and tell everybody who has to do with it."""
    desk = _Desk(tx, place, now)
    shift = await shifts.load(tx, place.id, shift_id)
    for signup in await shifts.cancel_shift(tx, place.id, shift_id, now):
        if await shifts.move(tx, place.id, signup.id, shifts.LIVING, "cancelled", now, reason="called off"):
            await shifts.free_place(tx, shift_id, signup.id)
            await desk.forget_times(signup.id, "called off")
            if signup.status == "proposed" and signup.made_by == "self":
                await desk.settle_wish(signup)
            if signup.status != "proposed" or signup.made_by == "self":
                await desk.tell("shift_called_off", signup, now, **named(shift, place.zone), reason=reason)


async def decline(tx: AsyncConnection, signup: Signup, place: Municipality, now: datetime) -> bool:
    """A coordinator says no to somebody who wanted a shift, or to a proposal; only the first of them is told."""
    if not await shifts.move(tx, place.id, signup.id, ("proposed",), "declined", now):
        return False
    if signup.made_by == "self":
        desk, shift = _Desk(tx, place, now), await shifts.load(tx, place.id, signup.shift_id)
        await desk.tell("shift_declined", signup, now, **named(shift, place.zone))
        await desk.settle_wish(signup)
    return True


async def not_now(tx: AsyncConnection, volunteer: Volunteer, place: Municipality, now: datetime) -> bool:
    """Tell somebody kindly that they are not needed now, and ask whether the municipality may come back; once."""
    if not await volunteers.stand(tx, place.id, volunteer.id, "later", now, before=("new", "offered")):
        return False
    await due.schedule(
        tx, municipality_id=place.id, conversation_id=volunteer.conversation_id, kind="volunteer_not_now",
        unique_key=f"volunteer_not_now:{volunteer.id}", data={}, due_at=now, now=now,
    )  # fmt: skip
    return True


async def fits(tx: AsyncConnection, signup: Signup, place: Municipality, now: datetime) -> bool:
    """Whether a volunteer who was approved may be asked now: they are willing and have room, and no check is missing."""
    person = await volunteers.load(tx, place.id, signup.volunteer_id)
    if person.offer is None or person.standing not in volunteers.WILLING:
        return False
    shift = await shifts.load(tx, place.id, signup.shift_id)
    lacking = {Lack.RECORD_CHECK, Lack.CONSENT} & {*missing(*await able(tx, person, shift, place, now))}
    return not lacking and await has_room(tx, signup, place)  # (two may cover a language and a skill together)


async def has_room(tx: AsyncConnection, signup: Signup, place: Municipality) -> bool:
    """Whether a volunteer can be asked for a shift: none of theirs is too close to it, and their week is not full."""
    person = await volunteers.load(tx, place.id, signup.volunteer_id)
    shift = await shifts.load(tx, place.id, signup.shift_id)
    theirs = [
        (each.starts_at, each.ends_at)
        for _signup, each in await shifts.of_volunteer(tx, place.id, person.id, (*shifts.HOLDING, "done"))
        if each.id != shift.id and each.cancelled_at is None
    ]
    week = shift.starts_at.astimezone(place.zone).isocalendar()[:2]
    in_week = sum(begins.astimezone(place.zone).isocalendar()[:2] == week for begins, _ends in theirs)
    rest = rested((shift.starts_at, shift.ends_at), theirs, place.volunteering.rest_hours)
    return rest and in_week < a_week(person.offer or {}, place.volunteering.week_max)


async def sign_up(tx: AsyncConnection, shift_id: int, volunteer: Volunteer, place: Municipality, now: datetime) -> Text:
    """A coordinator signs a volunteer up who has said yes by other ways; what came of it, in words for the volunteer."""
    who = await conversations.by_id(tx, volunteer.conversation_id)
    return await _Desk(tx, place, now).take(shift_id, who)


async def came(tx: AsyncConnection, signup: Signup, place: Municipality, now: datetime, *, was_there: bool) -> bool:
    """A coordinator notes who was there; whether it was still open."""
    return await _Desk(tx, place, now).done(signup.id, came=was_there)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where shifts are given and given up, in one transaction."""

    tx: AsyncConnection
    place: Municipality
    now: datetime
    public_url: str = ""

    # --- the offer

    async def stand(self, who: Opened, standing: str) -> None:
        found = await volunteers.of_resident(self.tx, who.resident_id)
        if found is None:
            return
        if standing == "left":
            for signup, _shift in await shifts.of_volunteer(self.tx, self.place.id, found.id):
                await self.let_go(signup, "cancelled", "left")
            await volunteers.leave(self.tx, self.place.id, found.id, self.now)
            return
        await volunteers.stand(self.tx, self.place.id, found.id, standing, self.now)

    async def put_up(self, made: CreateNeed, who: Opened, known: Known) -> str:
        """Keep a coordinator's need; the address of its page."""
        by = await coordinates(self.tx, who, known)
        assert by is not None  # the flow has looked, in this very transaction
        need_id = await shifts.add_need(
            self.tx, municipality_id=self.place.id, kind="shift", need=dict(made.need), area=made.area,
            priority=made.priority, status="open", times=times_of(made.when, self.place.zone).each, places=made.places,
            now=self.now, staff_id=by["id"],
        )  # fmt: skip
        return f"{self.public_url}/coach/needs/{need_id}"

    # --- taking a shift

    async def take(self, shift_id: int, who: Opened, instead_of: int | None = None) -> Text:
        """Give a place, or one in the line where all are taken; what to tell."""
        found = await volunteers.of_resident(self.tx, who.resident_id)
        shift = await self._open_shift(shift_id)
        if found is None or shift is None:
            return _("That shift is over, or has been called off.")
        volunteer = await volunteers.load(self.tx, self.place.id, found.id, lock=True)
        if shift.need.resident_id == who.resident_id:
            return _("That is your own request. Somebody else has to help you with it.")
        lacking = missing(*await able(self.tx, volunteer, shift, self.place, self.now))
        if lacking == (Lack.RECORD_CHECK,):
            return await self._wish_for(shift, volunteer, who)
        if lacking:
            return LACKS[lacking[0]]
        if (other := await self._clash(shift, volunteer, instead_of)) is not None:
            return other
        if shift.need.kind == "errand":
            return await self._offer_for(shift, volunteer)
        signup_id = await shifts.sign_up(
            self.tx, municipality_id=self.place.id, shift_id=shift_id, volunteer_id=volunteer.id, status="taken",
            made_by="self", now=self.now,
        )  # fmt: skip
        signup = await shifts.signup(self.tx, self.place.id, signup_id)
        if not await self._hold(signup):
            if await self._open_shift(shift_id) is None:  # it has been called off this very moment
                await shifts.move(self.tx, self.place.id, signup_id, ("taken",), "cancelled", self.now)
                return _("That shift is over, or has been called off.")
            await shifts.move(self.tx, self.place.id, signup_id, ("taken",), "standby", self.now)
            before = await shifts.of_shift(self.tx, self.place.id, shift_id, ("standby",))
            return self._stands_by(shift, sum(each.id < signup_id for each in before), keeps=instead_of is not None)
        told = await self._taken(signup, shift)
        if instead_of is not None:
            await self.give_up(instead_of, who, "swapped")
        return told

    async def _open_shift(self, shift_id: int) -> Shift | None:
        try:
            shift = await shifts.load(self.tx, self.place.id, shift_id)
        except NotFound:
            return None
        over = shift.cancelled_at is not None or shift.need.done_at is not None or shift.ends_at <= self.now
        return None if over else shift

    async def _clash(self, shift: Shift, volunteer: Volunteer, instead_of: int | None = None) -> Text | None:
        but = (await shifts.signup(self.tx, self.place.id, instead_of)).shift_id if instead_of is not None else shift.id
        other_id = await shifts.clash(self.tx, volunteer.id, shift.starts_at, shift.ends_at, but)
        if other_id is None or other_id == shift.id:
            return None
        other = await shifts.load(self.tx, self.place.id, other_id)
        seen = named(other, self.place.zone)
        return _("At that time you have “{title}”, {when}. Give that up first, or swap it.", title=title_of(seen),
                 when=when(seen))  # fmt: skip

    async def _hold(self, signup: Signup) -> bool:
        """A free place, or that of somebody who wants to hand theirs over."""
        if await shifts.hold_place(self.tx, signup.shift_id, signup.id):
            return True
        living = await shifts.of_shift(self.tx, self.place.id, signup.shift_id, ("taken", "offered"))
        placed = await shifts.placed(self.tx, signup.shift_id)
        givers = [each for each in living if each.status == "taken" and _hands_over(each) and each.id != signup.id]
        first = [each for each in living if each.status == "offered" and each.id not in placed and each.id != signup.id]
        if len(givers) <= len(first):
            return False
        giver, shift = givers[0], await shifts.load(self.tx, self.place.id, signup.shift_id)
        if not await shifts.move(self.tx, self.place.id, giver.id, ("taken",), "cancelled", self.now,
                                 reason="handed over"):  # fmt: skip
            return False
        await shifts.free_place(self.tx, signup.shift_id, giver.id)
        await self.forget_times(giver.id, "handed over")
        await self.tell("shift_taken_over", giver, self.now, **named(shift, self.place.zone))
        return await shifts.hold_place(self.tx, signup.shift_id, signup.id)

    async def _taken(self, signup: Signup, shift: Shift) -> Text:
        """Somebody has a place: remind them in time, and tell them where it is."""
        await volunteers.stand(self.tx, self.place.id, signup.volunteer_id, "active", self.now)
        if shift.need.kind == "errand":  # which has reminders of its own, and sends the address where it may go
            await errands.errand_changed(self.tx, shift, signup, "taken", self.place, self.now)
            return _("Thank you! All you need to know comes at once.")
        sure = shift.starts_at - self.now <= REMINDED
        if sure:
            await shifts.move(self.tx, self.place.id, signup.id, ("taken",), "taken", self.now, confirmed_at=self.now)
        for kind, at in (
            ("shift_tomorrow", self._before_night(shift.starts_at - REMINDED)), ("shift_soon", shift.starts_at - SOON), ("shift_over", shift.ends_at),
        ):  # fmt: skip
            if at > self.now:
                await self.tell(kind, signup, at)
        seen = named(shift, self.place.zone)
        told = _("It is yours: {title}, {when}.", title=title_of(seen), when=when(seen))
        address = shift.need.need.get("address")
        if address:
            told = _("{told} Where: {address}.", told=told, address=str(address))
        if sure:
            return told
        return _("{told} I remind you the day before, and two hours before.", told=told)

    def _stands_by(self, shift: Shift, before: int, *, keeps: bool) -> Text:
        words = (
            n_(
                "All places have just been taken. You stand by, with {count} person before you. If a place becomes free, I "
                "ask you here.",
                "All places have just been taken. You stand by, with {count} people before you. If a place becomes free, I "
                "ask you here.",
                before,
            )
            if before
            else _("All places are taken. You are the first who stands by. If a place becomes free, I ask you here.")
        )
        return _("{words} Until then you keep the shift you have.", words=words) if keeps else words

    async def _wish_for(self, shift: Shift, volunteer: Volunteer, who: Opened) -> Text:
        """A shift that a person has to agree to first, because a check has to be shown."""
        signup_id = await shifts.sign_up(
            self.tx, municipality_id=self.place.id, shift_id=shift.id, volunteer_id=volunteer.id, status="proposed",
            made_by="self", now=self.now,
        )  # fmt: skip
        answer_by = self.place.answer_by(self.now)
        seen = named(shift, self.place.zone)
        await cases.open(
            self.tx, municipality_id=self.place.id, kind="shift_wish", conversation_id=who.conversation_id,
            resident_id=who.resident_id, answer_by=answer_by, now=self.now, note=str(seen["title"]), area=shift.need.area,
            context={"flow": None, "answers": {}, "signup": signup_id, "need": shift.need.id},
        )  # fmt: skip
        return _(
            "I have told a coordinator that you want it. They get in touch about the extract, by {time} at the latest. You "
            "order it from the police yourself, and show it; nobody keeps it.",
            time=answer_by.astimezone(self.place.zone),
        )

    async def _offer_for(self, shift: Shift, volunteer: Volunteer) -> Text:
        """A request for help that a volunteer has chosen: nobody gets a name or an address before a person has agreed."""
        await shifts.sign_up(
            self.tx, municipality_id=self.place.id, shift_id=shift.id, volunteer_id=volunteer.id, status="proposed",
            made_by="self", now=self.now,
        )  # fmt: skip
        if shift.need.case_id is not None:
            case = await cases.load(self.tx, self.place.id, shift.need.case_id)
            await alerts.tell(self.tx, case, "again", municipality=self.place, public_url=self.public_url, now=self.now)
        return _(
            "Thank you! A coordinator looks at it first, so that nobody gets an address without a human having agreed. I ask "
            "you here as soon as they have."
        )

    async def settle_wish(self, signup: Signup) -> None:
        """The case in which somebody wanted a shift is answered."""
        for case in await cases.of_conversation(self.tx, signup.conversation_id):
            if case.kind == "shift_wish" and case.closed_at is None and (case.context or {}).get("signup") == signup.id:
                await cases.answer(self.tx, self.place.id, case.id, self.now)
                await cases.close(self.tx, self.place.id, case.id, "answered", self.now)

    # --- being asked

    async def ask(self, signup: Signup, status: str, answer_by: datetime | None = None) -> bool:
        shift = await self._open_shift(signup.shift_id)
        if shift is None or shift.starts_at <= self.now:
            return False
        at = self._polite(shift)
        if answer_by is None:
            volunteering = self.place.volunteering
            long = (
                timedelta(minutes=volunteering.standby_minutes)
                if status == "offered"
                else timedelta(hours=volunteering.answer_hours)
            )
            answer_by = at + max(LEAST, min(long, (shift.starts_at - at) / 2))
        if not await shifts.hold_place(self.tx, shift.id, signup.id) and not (
            status == "offered" and await self._handed(shift.id)
        ):
            return False
        if not await shifts.move(
            self.tx,
            self.place.id,
            signup.id,
            ("proposed", "standby"),
            status,
            self.now,
            answer_by=answer_by,
            asked_at=self.now,
        ):
            await shifts.free_place(self.tx, shift.id, signup.id)
            return False
        await volunteers.stand(
            self.tx, self.place.id, signup.volunteer_id, "offered", self.now, before=("new", "later")
        )
        await self.tell(f"shift_{status}", signup, at)
        await self.tell("shift_unanswered", signup, answer_by)
        if status == "asked":
            await self.settle_wish(signup)
            await errands.errand_changed(self.tx, shift, signup, "asked", self.place, self.now)
        return True

    async def _handed(self, shift_id: int) -> bool:
        living = await shifts.of_shift(self.tx, self.place.id, shift_id, ("taken",))
        return any(_hands_over(each) for each in living)

    def _before_night(self, at: datetime) -> datetime:
        """The moment itself, or an hour before the night that it lies in."""
        quiet_from, until = self.place.volunteering.quiet_from, self.place.volunteering.quiet_until
        local = at.astimezone(self.place.zone)
        if until <= local.time() < quiet_from:
            return at
        evening = local.date() - timedelta(days=local.time() < until)
        return datetime.combine(evening, quiet_from, self.place.zone) - timedelta(hours=1)

    def _polite(self, shift: Shift) -> datetime:
        """When to ask: at once, but not at night unless the shift is near or urgent."""
        if shift.need.priority == 1 or shift.starts_at - self.now < timedelta(hours=14):
            return self.now
        rules = self.place.volunteering
        return awake(self.now.astimezone(self.place.zone), rules.quiet_from, rules.quiet_until)

    async def answer(self, signup_id: int, who: Opened, *, taken: bool, late: bool) -> Text:
        signup = await self._own(signup_id, who, ("asked", "offered"))
        if signup is None:
            return _("The time to answer has passed, or you have answered already.")
        shift = await self._open_shift(signup.shift_id)
        if not taken or shift is None:
            await self.let_go(signup, "lapsed" if late else "declined", "", answered_at=None if late else self.now)
            await volunteers.stand(self.tx, self.place.id, signup.volunteer_id, "new", self.now, before=("offered",))
            return _("Thank you for answering. Somebody else is asked.")
        volunteer = await volunteers.load(self.tx, self.place.id, signup.volunteer_id, lock=True)
        if (other := await self._clash(shift, volunteer)) is not None:
            return other
        await self.forget_times(signup.id, "answered")
        if not await self._hold(signup):
            await shifts.move(self.tx, self.place.id, signup.id, ("asked", "offered"), "standby", self.now)
            return _("All places have been taken meanwhile. You stand by for it.")
        await shifts.move(
            self.tx, self.place.id, signup.id, ("asked", "offered"), "taken", self.now, answered_at=self.now
        )
        return await self._taken(signup, shift)

    # --- giving up

    async def give_up(self, signup_id: int, who: Opened, reason: str, *, unconfirmed: bool = False) -> Text:
        signup = await self._own(signup_id, who, shifts.LIVING)
        if signup is None:
            return _("You do not have that shift any more.")
        if signup.status == "proposed":
            await self.settle_wish(signup)
        await self.let_go(signup, "lapsed" if unconfirmed else "cancelled", reason)
        if signup.status in ("standby", "proposed"):
            return _("All right. You do not wait for it any more.")
        return _("Thank you for telling us. The place is free for somebody else now.")

    async def let_go(self, signup: Signup, status: str, reason: str, *, answered_at: datetime | None = None) -> None:
        """End a signup, and see to it that its place is taken."""
        if not await shifts.move(
            self.tx,
            self.place.id,
            signup.id,
            shifts.LIVING,
            status,
            self.now,
            reason=reason or None,
            **({"answered_at": answered_at} if answered_at else {}),
        ):
            return
        await self.forget_times(signup.id, status)
        shift = await shifts.load(self.tx, self.place.id, signup.shift_id)
        if signup.status in shifts.HOLDING:
            await errands.errand_changed(self.tx, shift, signup, "given_up", self.place, self.now)
        had_place = await shifts.free_place(self.tx, signup.shift_id, signup.id)
        if not had_place and not (signup.status == "offered" and await self._handed(signup.shift_id)):
            return
        if not await self.freed(signup.shift_id) and had_place and signup.status in ("taken", "offered"):
            await self._gap(signup, shift)

    async def freed(self, shift_id: int) -> bool:
        shift = await self._open_shift(shift_id)
        if shift is None or shift.starts_at <= self.now:
            return False
        placed = await shifts.placed(self.tx, shift_id)
        for signup in await shifts.of_shift(self.tx, self.place.id, shift_id, ("offered",)):
            if signup.id not in placed and await shifts.hold_place(self.tx, shift_id, signup.id):
                return True  # it was offered while somebody else still had it, to hand over
        for signup in await shifts.of_shift(self.tx, self.place.id, shift_id, ("standby",)):
            if await self.ask(signup, "offered"):
                return True
        for signup in await shifts.of_shift(self.tx, self.place.id, shift_id, ("proposed",)):
            if signup.approved_at is None or not await fits(self.tx, signup, self.place, self.now):
                continue
            if await self.ask(signup, "asked"):
                return True
        if (await shifts.load(self.tx, self.place.id, shift_id)).free > 0:
            await due.schedule(
                self.tx, municipality_id=self.place.id, kind=MATCH_AGAIN, unique_key=f"{MATCH_AGAIN}:{shift_id}",
                data={"shift": shift_id}, due_at=self.now, now=self.now,
            )  # fmt: skip
        return False

    async def _gap(self, signup: Signup, shift: Shift) -> None:
        """Somebody has dropped out at short notice, and nobody is there to ask: a coordinator has to see it."""
        if shift.need.kind != "shift" or not self.now < shift.starts_at <= self.now + GAP:
            return
        found = await volunteers.load(self.tx, self.place.id, signup.volunteer_id)
        free = (await shifts.load(self.tx, self.place.id, shift.id)).free
        await cases.open(
            self.tx, municipality_id=self.place.id, kind="shift_gap", conversation_id=found.conversation_id,
            resident_id=found.resident_id, answer_by=min(shift.starts_at, self.place.answer_by(self.now)), now=self.now,
            note=f"{shift.need.need.get('what', '')} ({free})", area=shift.need.area,
            context={"flow": None, "answers": {}, "need": shift.need.id, "shift": shift.id},
        )  # fmt: skip

    async def hand_over(self, signup_id: int, who: Opened) -> Text:
        signup = await self._own(signup_id, who, ("taken",))
        if signup is None:
            return _("You do not have that shift any more.")
        why = {**(signup.why or {}), "hands_over": True}
        await shifts.move(self.tx, self.place.id, signup.id, ("taken",), "taken", self.now, why=why)
        for standby in await shifts.of_shift(self.tx, self.place.id, signup.shift_id, ("standby",)):
            if await self.ask(standby, "offered"):
                return _(
                    "I ask whoever stands by. Until somebody says yes, the place is still yours. I tell you when it is not."
                )
        return _("Whoever wants it can take it from now on. Until somebody does, the place is still yours. I tell you when "
                 "it is not.")  # fmt: skip

    async def confirm(self, signup_id: int, who: Opened, *, here: bool) -> Text:
        signup = await self._own(signup_id, who, ("taken",))
        if signup is None:
            return _("You do not have that shift any more.")
        values: Mapping[str, Any] = {"confirmed_at": signup.confirmed_at or self.now}
        if here:
            values = {**values, "came_at": self.now}
        await shifts.move(self.tx, self.place.id, signup.id, ("taken",), "taken", self.now, **values)
        return _("Good that you are here! Thank you.") if here else _("Good! See you there.")

    async def done(self, signup_id: int, *, came: bool) -> bool:
        at = {"came_at": self.now} if came else {}
        signup = await shifts.signup(self.tx, self.place.id, signup_id)
        if signup.came_at is not None:
            at = {}
        if not await shifts.move(
            self.tx, self.place.id, signup_id, ("taken",), "done" if came else "missed", self.now, **at
        ):
            return False
        await self.forget_times(signup_id, "over")
        shift = await shifts.load(self.tx, self.place.id, signup.shift_id)
        if came:
            await errands.errand_changed(self.tx, shift, signup, "done", self.place, self.now)
        elif shift.need.kind == "errand":  # somebody still waits for help
            await errands.errand_changed(self.tx, shift, signup, "given_up", self.place, self.now)
            await shifts.free_place(self.tx, shift.id, signup.id)
            await self.freed(shift.id)
        return True

    # --- what both sides need

    async def _own(self, signup_id: int, who: Opened, statuses: tuple[str, ...]) -> Signup | None:
        try:
            signup = await shifts.signup(self.tx, self.place.id, signup_id)
        except NotFound:
            return None
        mine = signup.conversation_id == who.conversation_id and signup.status in statuses
        return signup if mine else None

    async def tell(self, kind: str, to: Signup, at: datetime, **data: Any) -> None:
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=to.conversation_id, kind=kind,
            unique_key=f"{kind}:{to.id}", data={**data, "signup": to.id}, due_at=at, now=self.now,
        )  # fmt: skip

    async def forget_times(self, signup_id: int, reason: str) -> None:
        for kind in TOLD:
            await due.cancel(self.tx, self.place.id, f"{kind}:{signup_id}", reason, now=self.now)


def _hands_over(signup: Signup) -> bool:
    return bool((signup.why or {}).get("hands_over"))
