"""What coordinators see and do: needs with their shifts and who has which place, and those who have offered help.

Of a volunteer they see what was offered, never how the person is reached: the bot asks and tells. Every act is one
transaction. What one coordinator has done meanwhile is no error for another: the page shows what is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import matching, volunteering
from bot.flows.model import Card, Known
from bot.flows.read.languages import CODES
from bot.flows.shifts import fill, when
from bot.flows.volunteer import offer_card
from bot.handoff import Actor
from bot.i18n import Text, _, n_, p_
from bot.matching import Made, Matcher
from bot.packs.model import Municipality
from bot.rules import masking
from bot.rules.proposals import gap_words, why_words
from bot.rules.volunteering import most_needed
from bot.shift_views import CHECK_DAYS, named, seen
from bot.staff import Refused
from bot.turn import Turns
from storage import case_log, inbox, residents, shifts, volunteers
from storage.errors import NotFound
from storage.shifts import HOLDING, LIVING, Need, Shift, Signup
from storage.volunteers import Check, Volunteer

SHIFTS_MAX: Final = 60
"""A series has at most so many shifts."""

PLACES_MAX: Final = 200
SEEN_AGAIN: Final = timedelta(hours=1)
SKILL_MONTHS: Final = 24
"""A confirmed skill counts for so long where the municipality has not said for how long."""

MISSING: Final = _("There is no such need, or it is over.")
GONE: Final = _("There is no such volunteer, or they have left.")

PRIORITIES: Final[Mapping[int, Text]] = {
    # TRANSLATORS: how urgent a need is, the most urgent first.
    1: p_("priority", "1 – danger to somebody's health if nobody comes"),
    2: p_("priority", "2 – urgent"),
    3: p_("priority", "3 – usual"),
    4: p_("priority", "4 – can wait"),
    5: p_("priority", "5 – only if there is time"),
}

STANDINGS: Final[Mapping[str, Text]] = {
    # TRANSLATORS: where a volunteer stands, as a coordinator sees it.
    "new": p_("standing", "New"),
    "offered": p_("standing", "Has been asked"),
    "active": p_("standing", "Helps"),
    "later": p_("standing", "Not needed now, may be asked again"),
    "resting": p_("standing", "Takes a break"),
}

STATUSES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: what has become of a volunteer and a shift.
    "proposed": p_("signup", "Proposed"),
    "standby": p_("signup", "Stands by"),
    "asked": p_("signup", "Has been asked"),
    "offered": p_("signup", "Has been offered a free place"),
    "taken": p_("signup", "Has the place"),
    "declined": p_("signup", "Said no"),
    "cancelled": p_("signup", "Gave it up"),
    "lapsed": p_("signup", "Did not answer"),
    "done": p_("signup", "Was there"),
    "missed": p_("signup", "Did not come"),
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A volunteer at a shift. `reasons` says why they are proposed."""

    signup: Signup
    name: str
    status: Text
    reasons: Sequence[Text] = ()
    spare: bool = False
    wish: bool = False


@dataclass(frozen=True, slots=True)
class ShiftSeen:
    """A shift with everybody who has to do with it, and what is said of places nobody takes."""

    shift: Shift
    when: Text
    fill: Text
    held: Sequence[Somebody]
    standby: Sequence[Somebody]
    proposed: Sequence[Somebody]
    over: Sequence[Somebody]
    gap: Sequence[Text]
    past: bool


@dataclass(frozen=True, slots=True)
class NeedSeen:
    """A need in the list, or with `shifts` on its own page."""

    need: Need
    title: str
    next: Text | None
    places: int
    held: int
    proposed: int
    gap: Sequence[Text]
    shifts: Sequence[ShiftSeen] = ()

    @property
    def free(self) -> int:
        return self.places - self.held

    @property
    def fill(self) -> Text:
        if self.free <= 0:
            # TRANSLATORS: how many places of a need are taken, all its shifts together.
            return n_("{held} of {count} place: full", "{held} of {count} places: full", self.places, held=self.held)
        return n_("{held} of {places} places: {count} more needed", "{held} of {places} places: {count} more needed",
                  self.free, held=self.held, places=self.places)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """Which volunteers to show. Empty: all of them. `idle`: only those who are new and have nothing to do with a shift."""

    standing: str = ""
    skill: str = ""
    language: str = ""
    area: str = ""
    words: str = ""
    idle: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A volunteer in the list."""

    row: Volunteer
    name: str
    area: str | None
    standing: Text
    languages: Sequence[str]
    skills: Sequence[str]
    car: bool


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """One volunteer: what they offer, what staff have noted, what they have to do with."""

    line: PersonLine
    card: Card
    proven: Mapping[str, date]
    checks: Sequence[Check]
    shifts: Sequence[tuple[Somebody, Shift, Text]]
    open: Sequence[tuple[int, Text]]
    """Shifts to come that they have nothing to do with, most needed first."""


@dataclass(slots=True)
class Filled:
    """A form for a need as it was filled in: its values, or what has to be mended, by field."""

    need: dict[str, Any] = field(default_factory=dict)
    area: str | None = None
    priority: int = 3
    drill: bool = False
    places: int = 1
    times: list[tuple[datetime, datetime]] = field(default_factory=list)
    problems: dict[str, Text] = field(default_factory=dict)


class Coordination:
    """The coordinators' questions and acts. Other municipalities' needs and volunteers are as if they were not there."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now
        self.matcher = Matcher(turns.db, turns.municipalities, turns.now)

    def place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    # --- needs --------------------------------------------------------------------------------------------------------

    async def needs(self, by: Actor, *, area: str = "", over: bool = False) -> list[NeedSeen]:
        """The needs, most needed first; with `over` those that are, the newest first."""
        place = self.place(by)
        async with self.db.read() as tx:
            found = await shifts.needs_of(tx, place.id, done=over)
            if over:
                rows = {each.id: await shifts.of_need(tx, place.id, each.id) for each in found[:100]}
            else:
                rows = {each.id: [] for each in found}
                for shift in most_needed(await shifts.coming(tx, place.id, self.now(), kind=None)):
                    rows.setdefault(shift.need.id, []).append(shift)
            proposed = await shifts.counted(tx, place.id, "proposed")
        order = {id: at for at, id in enumerate(rows)} if over else _first_seen(rows)
        chosen = [each for each in found if each.id in rows and (not area or each.area == area)]
        return [
            self._need(each, rows[each.id], place, sum(proposed.get(shift.id, 0) for shift in rows[each.id]))
            for each in sorted(chosen, key=lambda each: order.get(each.id, len(order)))
        ]

    async def need(self, by: Actor, need_id: int) -> NeedSeen:
        """One need with its shifts and everybody in them. Raises Refused."""
        place = self.place(by)
        async with self.db.read() as tx:
            need = await self._load_need(tx, by, need_id, errand=True)
            rows = await shifts.of_need(tx, place.id, need_id)
            people = await shifts.people_of(tx, place.id, need_id)
            names = await volunteers.offers(tx, place.id, {each.volunteer_id for each in people})
        shown = [
            self._shift(each, [some for some in people if some.shift_id == each.id], names, place) for each in rows
        ]
        coming = [each for each in rows if each.cancelled_at is None and each.ends_at > self.now()]
        return self._need(need, coming, place, sum(each.status == "proposed" for each in people), shown)

    async def _load_need(self, tx: AsyncConnection, by: Actor, need_id: int, *, errand: bool = False) -> Need:
        """A need; a resident's request for help only where its helper is chosen (`errand`): the rest is its case's."""
        try:
            need = await shifts.load_need(tx, by.municipality_id, need_id)
        except NotFound as error:
            raise Refused("missing", MISSING) from error
        if need.kind != "shift" and not errand:
            raise Refused("missing", MISSING)
        return need

    def _need(
        self, need: Need, rows: Sequence[Shift], place: Municipality, proposed: int, shown: Sequence[ShiftSeen] = ()
    ) -> NeedSeen:
        soonest = min(rows, key=lambda each: each.starts_at, default=None)
        gaps = [self._gap(each, place) for each in rows if each.gap]
        return NeedSeen(
            need, str((need.need or {}).get("what", "")), when(named(soonest, place.zone)) if soonest else None,
            sum(each.places for each in rows), sum(each.held for each in rows), proposed, gaps[0] if gaps else (), shown,
        )  # fmt: skip

    def _gap(self, shift: Shift, place: Municipality) -> Sequence[Text]:
        return gap_words(shift.gap, shift.need.need or {}, shift.need.area, _skills(place)) if shift.gap else ()

    def _shift(
        self, shift: Shift, people: Sequence[Signup], offers: Mapping[int, Any], place: Municipality
    ) -> ShiftSeen:
        known = [self._somebody(each, offers, place) for each in people]
        groups = {
            "held": [each for each in known if each.signup.status in HOLDING],
            "standby": [each for each in known if each.signup.status == "standby"],
            "proposed": sorted((each for each in known if each.signup.status == "proposed"),
                               key=lambda each: (each.spare, each.signup.id)),
            "over": [each for each in known if each.signup.status not in LIVING],
        }  # fmt: skip
        past = shift.ends_at <= self.now()
        return ShiftSeen(
            shift, when(named(shift, place.zone)), fill(seen(shift, place)), **groups,
            gap=() if past or shift.cancelled_at else self._gap(shift, place), past=past,
        )  # fmt: skip

    def _somebody(self, signup: Signup, offers: Mapping[int, Any], place: Municipality) -> Somebody:
        reasons: Sequence[Text] = ()
        wish = signup.status == "proposed" and signup.made_by == "self"
        if signup.status == "proposed" and signup.made_by == "match" and signup.why:
            other = int((signup.why.get("pair") or {}).get("with", 0))
            reasons = why_words(signup.why, _skills(place), partner=_name(offers.get(other)))
        return Somebody(
            signup, _name(offers.get(signup.volunteer_id)), STATUSES[signup.status], reasons,
            bool((signup.why or {}).get("spare")), wish,
        )  # fmt: skip

    async def create(self, by: Actor, key: str, filled: Filled) -> int | None:
        """A new need with its shifts; its id, None when this form has been sent before."""

        async def write(tx: AsyncConnection) -> int | None:
            now = self.now()
            if not await inbox.mark_seen(tx, f"need:{by.staff_id}:{key[:64]}", by.municipality_id, now):
                return None
            return await shifts.add_need(
                tx, municipality_id=by.municipality_id, kind="shift", need=filled.need, area=filled.area,
                priority=filled.priority, status="open", times=filled.times, places=filled.places, now=now,
                drill=filled.drill, staff_id=by.staff_id,
            )  # fmt: skip

        return await self.db.write(write)

    async def propose(self, by: Actor, need_id: int | None = None) -> Made:
        """Make proposals for every need, or for the weeks of one."""
        if need_id is not None:
            async with self.db.read() as tx:
                await self._load_need(tx, by, need_id, errand=True)
        return await self.matcher.propose(by.municipality_id, need_id)

    async def approve(self, by: Actor, need_id: int, signup_id: int) -> None:
        """Approve one proposal or one wish. Raises Refused: "gone", "busy"."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> str:
            signup = await self._signup(tx, by, need_id, signup_id)
            return await matching.approve(tx, place, signup, by.staff_id, self.now())

        went = await self.db.write(write)
        if went == "busy":
            raise Refused("busy", _("Meanwhile they have another shift then, or too close to it, or their week is full. Make "
                                    "new proposals."))  # fmt: skip
        if went == "unfit":
            raise Refused("busy", _("An extract has to be shown first. Note on the volunteer's card that it was, then ask "
                                    "them."))  # fmt: skip
        if went == "gone":
            raise Refused("gone", _("That is no proposal any more: somebody has been quicker, or they have left."))

    async def approve_all(self, by: Actor, need_id: int) -> Counter[str]:
        """Approve all proposals of a need; how it went."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> Counter[str]:
            await self._load_need(tx, by, need_id, errand=True)
            return await matching.approve_all(tx, place, need_id, by.staff_id, self.now())

        return await self.db.write(write)

    async def decline(self, by: Actor, need_id: int, signup_id: int) -> None:
        """Say no to a proposal, or to somebody who wanted a shift."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> None:
            await volunteering.decline(tx, await self._signup(tx, by, need_id, signup_id), place, self.now())

        await self.db.write(write)

    async def came(self, by: Actor, need_id: int, signup_id: int, *, was_there: bool) -> None:
        """Note whether somebody was there."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> None:
            signup = await self._signup(tx, by, need_id, signup_id)
            shift = await shifts.load(tx, place.id, signup.shift_id)
            if shift.starts_at > self.now():
                raise Refused("early", _("It has not begun yet."))
            await volunteering.came(tx, signup, place, self.now(), was_there=was_there)

        await self.db.write(write)

    async def places(self, by: Actor, need_id: int, shift_id: int, wanted: str) -> None:
        """So many places in all; whoever stands by is asked when there are more."""
        place, count = self.place(by), int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 0
        if not 1 <= count <= PLACES_MAX:
            raise Refused("empty", _PLACES)

        async def write(tx: AsyncConnection) -> None:
            shift = await self._coming(tx, by, need_id, shift_id)
            await shifts.more_places(tx, place.id, shift.id, count)
            for _place in range(max(0, count - shift.places)):
                if not await volunteering.freed(tx, shift.id, place, self.now()):
                    break
            if count < shift.held:
                raise Refused("held", _("{count} places are taken. Fewer than that is only possible when somebody gives one up.",
                                        count=shift.held))  # fmt: skip

        await self.db.write(write)

    async def call_off(self, by: Actor, need_id: int, shift_id: int, reason: str) -> None:
        """Call a shift off; everybody in it is told, with the reason."""
        place, reason = self.place(by), masking.mask(reason.strip()[:1000])[0]

        async def write(tx: AsyncConnection) -> None:
            shift = await self._coming(tx, by, need_id, shift_id)
            await volunteering.call_off(tx, shift.id, place, self.now(), reason)

        await self.db.write(write)

    async def close(self, by: Actor, need_id: int, reason: str) -> None:
        """End a need: its shifts to come are called off."""
        place, reason = self.place(by), masking.mask(reason.strip()[:1000])[0]

        async def write(tx: AsyncConnection) -> None:
            now = self.now()
            await self._load_need(tx, by, need_id)
            for shift in await shifts.coming(tx, place.id, now, need_id=need_id):
                if shift.starts_at > now:
                    await volunteering.call_off(tx, shift.id, place, now, reason)
            await shifts.change_need(tx, place.id, need_id, {"status": "closed", "done_at": now}, ("open",))

        await self.db.write(write)

    async def _signup(self, tx: AsyncConnection, by: Actor, need_id: int, signup_id: int) -> Signup:
        await self._load_need(tx, by, need_id, errand=True)
        try:
            signup = await shifts.signup(tx, by.municipality_id, signup_id)
            shift = await shifts.load(tx, by.municipality_id, signup.shift_id)
        except NotFound as error:
            raise Refused(
                "gone", _("That is no proposal any more: somebody has been quicker, or they have left.")
            ) from error
        if shift.need.id != need_id:
            raise Refused("missing", MISSING)
        return signup

    async def _coming(self, tx: AsyncConnection, by: Actor, need_id: int, shift_id: int) -> Shift:
        await self._load_need(tx, by, need_id)
        found = await shifts.coming(tx, by.municipality_id, self.now(), need_id=need_id)
        shift = next((each for each in found if each.id == shift_id), None)
        if shift is None:
            raise Refused("empty", _("That shift is over, or has been called off."))
        return shift

    # --- volunteers ---------------------------------------------------------------------------------------------------

    async def people(self, by: Actor, wish: Wish) -> tuple[list[PersonLine], Counter[str]]:
        """Those who fit a wish, and how many there are of each standing."""
        place = self.place(by)
        async with self.db.read() as tx:
            found = await volunteers.of_municipality(tx, place.id, tuple(STANDINGS))
            busy = await shifts.with_signups(tx, place.id) if wish.idle else set()
        counts = Counter(each.standing for each in found)
        shown = [each for each in (self._line(row) for row in found if row.id not in busy) if _fits(each, wish)]
        return shown, counts

    async def person(self, by: Actor, volunteer_id: int) -> PersonSeen:
        """One volunteer; that they were looked at is written down. Raises Refused."""
        place = self.place(by)
        async with self.db.read() as tx:
            row = await self._load_person(tx, by, volunteer_id)
            checks = await volunteers.checks(tx, place.id, volunteer_id=row.id)
            listed = await shifts.of_volunteer(tx, place.id, row.id, tuple(STATUSES))
            coming = await shifts.coming(tx, place.id, self.now())
        await self._log(by, row, "offer seen", once=True)
        known = Known(now=self.now().astimezone(place.zone), locale=place.languages[0], municipality=place)
        theirs = {shift.id for signup, shift in listed if signup.status in LIVING}
        others = [
            (each.id, _("{title}, {when}", title=str((each.need.need or {}).get("what", "")),
                        when=when(named(each, place.zone))))
            for each in most_needed(coming) if each.id not in theirs and each.starts_at > self.now()
        ]  # fmt: skip
        proven = {id: date.fromisoformat(until[:10]) for id, until in (row.offer.get("proven") or {}).items()}
        return PersonSeen(
            self._line(row), offer_card(row.offer, known, _("What they offer")), proven, checks,
            [(self._somebody(signup, {}, place), shift, when(named(shift, place.zone))) for signup, shift in listed
             if signup.status != "proposed"], others,
        )  # fmt: skip

    async def sign_up(self, by: Actor, volunteer_id: int, shift_id: int) -> Text:
        """Sign somebody up who has said yes by other ways; what there is to tell them. Raises Refused."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> Text:
            row = await self._load_person(tx, by, volunteer_id)
            if all(each.id != shift_id for each in await shifts.coming(tx, place.id, self.now())):
                raise Refused("empty", _("That shift is over, or has been called off."))
            said = await volunteering.sign_up(tx, shift_id, row, place, self.now())
            await self._write_down(tx, by, row, "signed up")
            return said

        return await self.db.write(write)

    async def confirm_skill(self, by: Actor, volunteer_id: int, skill: str) -> None:
        """Note that proof of a skill was seen; it counts for as long as the municipality has said."""
        place = self.place(by)
        found = next((each for each in place.skills.skills if each.id == skill), None)
        if found is None:
            raise Refused("empty", _("Choose a skill."))
        until = self.now() + timedelta(days=30 * (found.months or SKILL_MONTHS))

        async def write(tx: AsyncConnection) -> None:
            row = await self._load_person(tx, by, volunteer_id, lock=True)
            proven = {**(row.offer.get("proven") or {}), skill: until.isoformat()}
            await volunteers.change_offer(tx, place.id, row.id, {**row.offer, "proven": proven})
            await self._write_down(tx, by, row, "skill confirmed", skill)

        await self.db.write(write)

    async def note_extract(self, by: Actor, volunteer_id: int, role: str, day: date) -> None:
        """Note that an extract was shown, for a role for which the law lets it be asked. Nothing else is kept of it."""
        place, today = self.place(by), self.now().astimezone(self.place(by).zone).date()
        if role not in {each.id for each in place.skills.check_roles}:
            raise Refused("empty", _("Choose the role for which it was shown."))
        if not today - timedelta(days=CHECK_DAYS) < day <= today:
            raise Refused("empty", _("Write the day on which you saw it: today, or at most a year ago."))

        async def write(tx: AsyncConnection) -> None:
            row = await self._load_person(tx, by, volunteer_id, lock=True)
            at = datetime.combine(day, time(12), place.zone)
            await volunteers.check(tx, municipality_id=place.id, volunteer_id=row.id, role=role, state="shown",
                                   now=min(at, self.now()), staff_id=by.staff_id)  # fmt: skip
            await self._write_down(tx, by, row, "extract noted", role)

        await self.db.write(write)

    async def forget_extract(self, by: Actor, volunteer_id: int, role: str) -> None:
        """Take the note about an extract away, as when it was a mistake."""

        async def write(tx: AsyncConnection) -> None:
            row = await self._load_person(tx, by, volunteer_id, lock=True)
            await volunteers.drop_check(tx, by.municipality_id, row.id, role)
            await self._write_down(tx, by, row, "extract forgotten", role)

        await self.db.write(write)

    async def not_needed(self, by: Actor, ids: Sequence[int]) -> int:
        """Tell volunteers kindly that they are not needed now; how many were told."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> int:
            told = 0
            for id in ids:
                row = await self._load_person(tx, by, id, lock=True)
                if await volunteering.not_now(tx, row, place, self.now()):
                    await self._write_down(tx, by, row, "not needed")
                    told += 1
            return told

        return await self.db.write(write)

    async def _load_person(self, tx: AsyncConnection, by: Actor, volunteer_id: int, *, lock: bool = False) -> Volunteer:
        try:
            row = await volunteers.load(tx, by.municipality_id, volunteer_id, lock=lock)
        except NotFound as error:
            raise Refused("missing", GONE) from error
        if row.offer is None or await residents.is_protected(tx, row.resident_id):
            raise Refused("missing", GONE)
        return row

    async def _log(self, by: Actor, row: Volunteer, act: str, *, once: bool = False) -> None:
        async def write(tx: AsyncConnection) -> None:
            since = self.now() - SEEN_AGAIN
            if not once or not await case_log.seen_since(tx, row.conversation_id, None, by.staff_id, since, act):
                await self._write_down(tx, by, row, act)

        await self.db.write(write)

    async def _write_down(
        self, tx: AsyncConnection, by: Actor, row: Volunteer, act: str, detail: str | None = None
    ) -> None:
        await case_log.add(
            tx, municipality_id=by.municipality_id, conversation_id=row.conversation_id, act=act, who=by.name,
            staff_id=by.staff_id, at=self.now(), detail=detail,
        )  # fmt: skip

    def _line(self, row: Volunteer) -> PersonLine:
        offer = row.offer or {}
        return PersonLine(
            row, _name(offer), (offer.get("where") or {}).get("area"), STANDINGS[row.standing],
            tuple(offer.get("languages") or ()), tuple(offer.get("skills") or ()), bool(offer.get("car")),
        )  # fmt: skip


def _first_seen(rows: Mapping[int, Sequence[Shift]]) -> dict[int, int]:
    """The needs in the order in which their most needed shift stands."""
    ordered = most_needed([shift for some in rows.values() for shift in some])
    return {id: at for at, id in enumerate(dict.fromkeys(shift.need.id for shift in ordered))}


def _fits(line: PersonLine, wish: Wish) -> bool:
    codes = {each.removesuffix("-little") for each in line.languages}
    words = wish.words.casefold().split()
    said = f"{line.name} {line.area or ''} {(line.row.offer or {}).get('wont', '')} {line.row.id}".casefold()
    return (
        (not wish.standing or line.row.standing == wish.standing)
        and (not wish.idle or line.row.standing == "new")
        and (not wish.skill or wish.skill in line.skills)
        and (not wish.language or wish.language in codes)
        and (not wish.area or line.area == wish.area)
        and all(word in said for word in words)
    )


def _name(offer: Any) -> str:
    return str((offer or {}).get("name") or "")


def _skills(place: Municipality) -> dict[str, str]:
    return {each.id: each.name for each in place.skills.skills}


# --- the form for a new need ------------------------------------------------------------------------------------------

_PLACES = _("Write how many people are needed: from 1 to {count}.", count=PLACES_MAX)


def filled(fields: Mapping[str, str], place: Municipality, now: datetime) -> Filled:
    """Read a form. Ticked boxes of one name come as one field, separated by blanks.

    A series repeats every day or every week until its last day; a shift that ends before it begins ends on the next day.
    """
    found = Filled()
    given = {name: masking.mask(value.strip())[0] for name, value in fields.items()}
    skills = {each.id for each in place.skills.skills}
    roles = {each.id for each in place.skills.check_roles}
    for name, most in (("what", 80), ("about", 2000), ("address", 200), ("contact", 200), ("routine", 2000)):
        if len(given.get(name, "")) > most:
            found.problems[name] = _("That is longer than {count} characters. Shorten it.", count=most)
    if not given.get("what"):
        found.problems["what"] = _("Write what is to be done, in a few words.")
    area = given.get("area", "")
    if area and area not in {each.name for each in place.areas}:
        found.problems["area"] = _("Choose an area from the list, or none.")
    found.area = area or None
    found.need = {
        **{name: given.get(name, "") for name in ("what", "about", "routine", "contact", "address")},
        "languages_any": [each for each in CODES if each in given.get("languages", "").split()],
        "skills_all": [each for each in given.get("skills_all", "").split() if each in skills],
        "skills_wished": [each for each in given.get("skills_wished", "").split() if each in skills],
        "car": bool(given.get("car")),
        "check": given["check"] if given.get("check") in roles else None,
    }
    priority = given.get("priority", "3")
    found.priority = int(priority) if priority in {"1", "2", "3", "4", "5"} else 3
    found.drill = bool(given.get("drill"))
    places = given.get("places", "1") or "1"
    found.places = int(places) if places.isdecimal() and len(places) < 4 else 0
    if not 1 <= found.places <= PLACES_MAX:
        found.problems["places"] = _PLACES
    _read_times(given, found, place, now)
    return found


def _read_times(given: Mapping[str, str], found: Filled, place: Municipality, now: datetime) -> None:
    day, begins, ends = _day(given.get("day", "")), _time(given.get("begins", "")), _time(given.get("ends", ""))
    if day is None:
        found.problems["day"] = _("Choose the day, or the first day of a series.")
    if begins is None or ends is None or begins == ends:
        found.problems["begins"] = _("Write from when to when, such as 17:00 and 20:00.")
    every = {"daily": 1, "weekly": 7}.get(given.get("repeat", ""), 0)
    last = _day(given.get("last", "")) if every else day
    if every and (last is None or (day is not None and last < day)):
        found.problems["last"] = _("Choose the last day of the series.")
    if day is None or begins is None or ends is None or last is None or found.problems.keys() & {"begins", "last"}:
        return
    times: list[tuple[datetime, datetime]] = []
    while day <= last and len(times) <= SHIFTS_MAX:
        until = day + timedelta(days=ends <= begins)
        times.append(
            (
                datetime.combine(day, begins, place.zone).astimezone(UTC),
                datetime.combine(until, ends, place.zone).astimezone(UTC),
            )
        )
        day += timedelta(days=every or 1)
    if len(times) > SHIFTS_MAX:
        found.problems["last"] = _("That is more than {count} shifts. Choose an earlier last day.", count=SHIFTS_MAX)
    elif times[0][1] <= now:
        found.problems["day"] = _("That time is over. Choose a later one.")
    found.times = times


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _time(said: str) -> time | None:
    try:
        return time.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        return None
