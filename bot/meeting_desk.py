"""What staff see and do with meetings: plan, change and call off; who comes; the agenda; minutes; groups and their plans.

Every act is one transaction. Those concerned are told in their own conversations, in their own language.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import meetings as seen_of
from bot.flows.case_kinds import may_read
from bot.flows.gatherings import rhythm_words, stands
from bot.flows.meetings import NEEDS
from bot.flows.model import PlanWent
from bot.flows.read.typed import clean
from bot.handoff import Actor
from bot.i18n import Text, _
from bot.meetings import Gatherings
from bot.packs.model import Municipality, Network
from bot.rules.gatherings import grouped, moved, name_of
from bot.rules.masking import mask, mask_ways
from bot.staff import Refused
from bot.turn import Turns
from storage import cases, inbox, meetings, residents
from storage.errors import NotFound
from storage.meetings import COMING, WAITING, Group, Item, Meeting, Signup

_T = TypeVar("_T")

SEATS_MAX: Final = 5000
MINUTES_MAX: Final = 20_000
BACK: Final = timedelta(days=400)
"""So long meetings stay in the console's list."""

GONE: Final = _("There is no such meeting.")
OVER: Final = _("This meeting is over, or has been called off.")

WORDS_MAX: Final[Mapping[str, int]] = {
    "title": 100, "place": 200, "access": 500, "interpreter": 200, "childcare": 200, "about": 2000,
}  # fmt: skip
"""What a meeting says of itself, and how long each may be."""


@dataclass(frozen=True, slots=True)
class Owed:
    """How many meetings of a kind are planned of those that the pack says there are in a year."""

    network: Network
    often: Text
    stands: Text
    planned: int
    owed: int


@dataclass(frozen=True, slots=True)
class Line:
    """A meeting in the list."""

    seen: Mapping[str, Any]
    coming: int
    waiting: int
    unread: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The console's first page of meetings."""

    coming: Sequence[Line]
    past: Sequence[Line]
    owed: Sequence[Owed]
    members: Sequence[tuple[Network, Sequence[str]]]
    """The sub-networks with the names of those who have joined."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who comes, as the organiser sees it. `hidden`: a protected person, whom this reader knows by a code name only."""

    signup: Signup
    name: str
    contact: str
    needs: Sequence[Text]
    more: str
    topic: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class MeetingSeen:
    """One meeting with everything staff need."""

    meeting: Meeting
    seen: Mapping[str, Any]
    coming: Sequence[Person]
    waiting: Sequence[Person]
    agenda: Sequence[Mapping[str, Any]]
    groups: Sequence[tuple[Group, Sequence[Person]]]
    alone: Sequence[Person]
    """At an open space, those who come and are in no group."""
    over: bool

    @property
    def people(self) -> int:
        return sum(each.signup.people for each in self.coming)


@dataclass(slots=True)
class Filled:
    """A form for a meeting as it was filled in: its values, or what has to be mended, by field."""

    network: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, Text] = field(default_factory=dict)


class MeetingDesk:
    """The acts. Each raises Refused with words; other municipalities' meetings are as if they were not there."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    # --- seen ---------------------------------------------------------------------------------------------------------

    async def listed(self, by: Actor) -> Listed:
        """The meetings to come and those that have been; what is owed this year; who is in the sub-networks."""
        place, now = self.place(by), self.now()
        year = now.astimezone(place.zone).year
        begins, ends = (datetime(each, 1, 1, tzinfo=place.zone) for each in (year, year + 1))
        async with self.db.read() as tx:
            coming = await meetings.coming(tx, place.id, now)
            past = [each for each in await meetings.between(tx, place.id, now - BACK, now) if each.ends_at <= now]
            off = [each for each in await meetings.between(tx, place.id, now, now + BACK) if each.status == "off"]
            this_year = [
                each for each in await meetings.between(tx, place.id, begins, ends) if each.status == "planned"
            ]
            lines = {int(each.seen["id"]): each for each in await self._lines(tx, place, [*coming, *past, *off])}
            members = [
                (network, [each.name or "…" for each in await meetings.followers(tx, place.id, network.id)])
                for network in place.networks.sub_networks
            ]
        today = now.astimezone(place.zone).date()
        owed = [
            Owed(each, rhythm_words(each.rhythm), stands(each, today), sum(one.network_id == each.id for one in this_year),
                 each.a_year or 0)
            for each in place.networks.series if each.rhythm is not None
        ]  # fmt: skip
        return Listed([lines[each.id] for each in coming], [lines[each.id] for each in (*off, *past)], owed, members)

    async def _lines(self, tx: AsyncConnection, place: Municipality, found: Sequence[Meeting]) -> list[Line]:
        ids = [each.id for each in found]
        counted, sent = await meetings.counted(tx, ids), await meetings.items(tx, ids)
        return [
            Line(
                seen_of.seen(each, place, self.now(), counted.get(each.id, {}), sent.get(each.id, ())),
                counted.get(each.id, {}).get(COMING, 0), counted.get(each.id, {}).get(WAITING, 0),
                sum(item.status == "sent" for item in sent.get(each.id, ())),
            )
            for each in found
        ]  # fmt: skip

    async def meeting(self, by: Actor, meeting_id: int) -> MeetingSeen:
        place = self.place(by)
        async with self.db.read() as tx:
            found = await self._load(tx, by, meeting_id)
            everybody = await meetings.signups(tx, meeting_id)
            sent = (await meetings.items(tx, [meeting_id])).get(meeting_id, [])
            groups = await meetings.groups(tx, meeting_id)
            (line,) = await self._lines(tx, place, [found])
        people = [_person(each, by) for each in everybody]
        coming = [each for each in people if each.signup.status == COMING]
        inside = {group.id: [each for each in coming if each.signup.group_id == group.id] for group in groups}
        return MeetingSeen(
            found, line.seen, coming, [each for each in people if each.signup.status == WAITING],
            seen_of.agenda_of(found, place, sent, everybody=False), [(each, inside[each.id]) for each in groups],
            [each for each in coming if each.signup.group_id is None], found.status == "off" or found.ends_at <= self.now(),
        )  # fmt: skip

    async def check(self, by: Actor, meeting_id: int) -> None:
        """Raises Refused when there is no such meeting here."""
        async with self.db.read() as tx:
            await self._load(tx, by, meeting_id)

    async def _load(self, tx: AsyncConnection, by: Actor, meeting_id: int) -> Meeting:
        try:
            return await meetings.load(tx, by.municipality_id, meeting_id)
        except NotFound as error:
            raise Refused("missing", GONE) from error

    async def wish(self, by: Actor, case_id: int) -> dict[str, str]:
        """A form filled in with what somebody asked a theme meeting about."""
        async with self.db.read() as tx:
            try:
                case = await cases.load(tx, by.municipality_id, case_id)
            except NotFound as error:
                raise Refused("missing", GONE) from error
            protected = await residents.is_protected(tx, case.resident_id)
        if case.kind != "meeting" or not may_read(by.roles, protected=protected):
            raise Refused("missing", GONE)
        answers = (case.context or {}).get("answers", {})
        about = [str(answers.get(name) or "") for name in ("why", "concerned", "place")]
        title = mask_ways(str(answers.get("topic") or case.note or ""))[0][: WORDS_MAX["title"]]
        return {"title": title, "about": mask_ways("\n".join(filter(None, about)))[0], "case": str(case_id)}

    # --- planned, changed, called off ---------------------------------------------------------------------------------

    async def create(self, by: Actor, key: str, filled: Filled, case_id: int | None = None) -> int | None:
        """A new meeting; its id, None when this form has been sent before. Who hears of its kind is told; who asked for it
        as well, and that case is answered."""
        place = self.place(by)
        if case_id is not None:
            await self.wish(by, case_id)

        async def write(tx: AsyncConnection) -> int | None:
            now = self.now()
            if not await inbox.mark_seen(tx, f"meeting:{by.staff_id}:{key[:64]}", place.id, now):
                return None
            meeting_id = await meetings.add(
                tx, municipality_id=place.id, network_id=filled.network, now=now, staff_id=by.staff_id, case_id=case_id,
                **filled.values,
            )  # fmt: skip
            found, gatherings = await meetings.load(tx, place.id, meeting_id), Gatherings(tx, place, now)
            asked_by = None
            if case_id is not None:
                asked_by = (await cases.load(tx, place.id, case_id)).conversation_id
                await gatherings.tell(found, asked_by, "meeting_made")
                await gatherings.answered(case_id, by.name)
            for each in await meetings.followers(tx, place.id, filled.network):
                if each.conversation_id != asked_by:
                    await gatherings.tell(found, each.conversation_id, "meeting_new")
            return meeting_id

        return await self.db.write(write)

    async def change(self, by: Actor, meeting_id: int, filled: Filled) -> None:
        """Other words, another time or place, more seats. Who comes is told of another time or place."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            await meetings.change(tx, meeting_id, gatherings.now, network_id=filled.network, **filled.values)
            after = await meetings.load(tx, by.municipality_id, meeting_id)
            await gatherings.remind_all(after)
            await gatherings.move_up(after)
            if (found.starts_at, found.ends_at, found.said["place"]) != (
                after.starts_at,
                after.ends_at,
                after.said["place"],
            ):
                for each in await meetings.signups(tx, meeting_id):
                    await gatherings.tell(after, each.conversation_id, "meeting_changed")

        await self._do(by, meeting_id, job, open_only=True)

    async def call_off(self, by: Actor, meeting_id: int, words: str) -> None:
        """It does not take place: all who come or wait are told, with a word if there is one."""
        why, place = mask(clean(words)[:1000])[0], self.place(by)

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            await meetings.change(tx, meeting_id, gatherings.now, status="off")
            when = [each.astimezone(place.zone).isoformat() for each in (found.starts_at, found.ends_at)]
            data = {"title": str(found.said["title"]), "when": when, "words": why}
            for each in await meetings.signups(tx, meeting_id):
                await gatherings.tell(found, each.conversation_id, "meeting_off", data)

        await self._do(by, meeting_id, job, open_only=True)

    async def minutes(self, by: Actor, meeting_id: int, words: str) -> None:
        """Publish the minutes, or a change of them; who came is told the first time."""
        text = mask(clean(words)[:MINUTES_MAX])[0]
        if not text:
            raise Refused("empty", _("Nothing is written yet."))

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            if found.status == "off" or found.starts_at > gatherings.now:
                raise Refused("early", _("Minutes are published when the meeting has begun."))
            await meetings.change(
                tx, meeting_id, gatherings.now, minutes=text, minutes_at=found.minutes_at or gatherings.now
            )
            if found.minutes_at is None:
                for each in await meetings.signups(tx, meeting_id, COMING):
                    await gatherings.tell(found, each.conversation_id, "meeting_minutes")

        await self._do(by, meeting_id, job)

    # --- the agenda ---------------------------------------------------------------------------------------------------

    async def add_item(self, by: Actor, meeting_id: int, words: str) -> None:
        text = mask_ways(mask(clean(words)[:500])[0])[0]
        if not text:
            raise Refused("empty", _("Nothing is written yet."))

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            now = gatherings.now
            await meetings.add_item(tx, meeting=found, words=text, status="in", staff_id=by.staff_id, now=now)

        await self._do(by, meeting_id, job, open_only=True)

    async def read_item(self, by: Actor, meeting_id: int, item_id: int, *, taken: bool, why: str = "") -> None:
        """Take what was sent in onto everybody's agenda, or off it; who sent it is told, and their case is answered."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            item = await meetings.turn_item(tx, meeting_id, item_id, "in" if taken else "out")
            if item is not None:
                await self._tell_sender(gatherings, found, item, by, taken=taken, why=why)

        await self._do(by, meeting_id, job)

    async def _tell_sender(
        self, gatherings: Gatherings, found: Meeting, item: Item, by: Actor, *, taken: bool, why: str
    ) -> None:
        await gatherings.answered(item.case_id, by.name)
        if item.conversation_id is not None:
            data = {"title": str(found.said["title"]), "words": item.words or "…", "taken": taken,
                    "why": mask(clean(why)[:500])[0]}  # fmt: skip
            await gatherings.tell(found, item.conversation_id, "meeting_item_read", data)

    async def move_item(self, by: Actor, meeting_id: int, key: str, step: int) -> None:
        """Move something on the agenda up (-1) or down (1)."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            sent = (await meetings.items(tx, [meeting_id])).get(meeting_id, [])
            order = [each["key"] for each in seen_of.agenda_of(found, gatherings.place, sent, everybody=False)]
            await meetings.change(tx, meeting_id, gatherings.now, items_order=list(moved(order, key, step)))

        await self._do(by, meeting_id, job)

    # --- groups and plans ---------------------------------------------------------------------------------------------

    async def draw_groups(self, by: Actor, meeting_id: int) -> None:
        """Put those who come into groups by the likeness of their topics. Groups with a plan stay, and who is in them."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            await meetings.drop_groups(tx, meeting_id)
            everybody = await meetings.signups(tx, meeting_id, COMING)
            topics = {
                each.id: str(each.said["topic"])
                for each in everybody
                if each.group_id is None and (each.said or {}).get("topic")
            }
            if not topics:
                raise Refused("empty", _("Nobody who comes has a topic yet, so there is nothing to group."))
            for ids in grouped(topics):
                group_id = await meetings.add_group(
                    tx, found, name_of([topics[id] for id in ids])[:100], gatherings.now
                )
                await meetings.put_into(tx, meeting_id, ids, group_id)

        await self._do(by, meeting_id, job)

    async def add_group(self, by: Actor, meeting_id: int, name: str) -> None:
        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            await meetings.add_group(tx, found, _named(name), gatherings.now)

        await self._do(by, meeting_id, job)

    async def rename_group(self, by: Actor, meeting_id: int, group_id: int, name: str) -> None:
        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            group = await self._group(tx, by, meeting_id, group_id)
            await meetings.change_group(tx, group.id, gatherings.now, name=_named(name))

        await self._do(by, meeting_id, job)

    async def put(self, by: Actor, meeting_id: int, signup_id: int, group_id: int | None) -> None:
        """Let somebody be in another group; who has been told of theirs is told again."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            group = await self._group(tx, by, meeting_id, group_id) if group_id else None
            await meetings.put_into(tx, meeting_id, [signup_id], group.id if group else None)
            if group is not None and found.groups_at is not None:
                await gatherings.tell_members(group, only=signup_id)

        await self._do(by, meeting_id, job)

    async def tell_groups(self, by: Actor, meeting_id: int) -> None:
        """Tell everybody their group and the agenda; from now on the groups stand on the meeting's page."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            groups = await meetings.groups(tx, meeting_id)
            if not groups:
                raise Refused("empty", _("There are no groups yet."))
            await meetings.change(tx, meeting_id, gatherings.now, groups_at=found.groups_at or gatherings.now)
            for each in groups:
                await gatherings.tell_members(each)

        await self._do(by, meeting_id, job)

    async def plan(self, by: Actor, meeting_id: int, group_id: int, fields: Mapping[str, str]) -> None:
        """Write or change a group's plan in its place; its members get it."""
        plan = {name: mask_ways(mask(clean(fields.get(name, ""))[:600])[0])[0] for name in ("what", "who", "next")}
        day = _day(fields.get("day", ""))
        if not plan["what"] or not plan["next"] or day is None:
            raise Refused("empty", _("Write what the group wants to do, its next step, and the day of that."))

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            group = await self._group(tx, by, meeting_id, group_id)
            await gatherings.plan(group.id, {**plan, "day": day.isoformat()})

        await self._do(by, meeting_id, job)

    async def show_plan(self, by: Actor, meeting_id: int, group_id: int, *, shown: bool) -> None:
        """Let everybody see a plan as it is now, without who does what; or nobody any more. Its cases are answered."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            group = await self._group(tx, by, meeting_id, group_id)
            if group.plan is None:
                raise Refused("empty", _("The group has no plan yet."))
            public = {name: group.plan.get(name, "") for name in ("what", "next", "day")}
            values = {"plan": {**group.plan, "shown": public}} if shown else {}
            await meetings.change_group(
                tx, group.id, gatherings.now, shown_at=gatherings.now if shown else None, **values
            )
            for case_id in group.plan.get("cases", ()):
                await gatherings.answered(int(case_id), by.name)

        await self._do(by, meeting_id, job)

    async def end_plan(self, by: Actor, meeting_id: int, group_id: int, how: str, words: str) -> None:
        """A plan is done or has ended, as staff have heard."""

        async def job(tx: AsyncConnection, found: Meeting, gatherings: Gatherings) -> None:
            group = await self._group(tx, by, meeting_id, group_id)
            said = mask_ways(mask(clean(words)[:600])[0])[0]
            await gatherings.went(PlanWent(group.id, "done" if how == "done" else "ended", said))

        await self._do(by, meeting_id, job)

    async def _group(self, tx: AsyncConnection, by: Actor, meeting_id: int, group_id: int) -> Group:
        try:
            found = await meetings.group(tx, by.municipality_id, group_id)
        except NotFound as error:
            raise Refused("missing", GONE) from error
        if found.meeting_id != meeting_id:
            raise Refused("missing", GONE)
        return found

    async def _do(
        self, by: Actor, meeting_id: int, job: Callable[[AsyncConnection, Meeting, Gatherings], Awaitable[_T]], *,
        open_only: bool = False,
    ) -> _T:  # fmt: skip
        """One act under the meeting's lock."""

        async def write(tx: AsyncConnection) -> _T:
            try:
                found = await meetings.lock(tx, by.municipality_id, meeting_id)
            except NotFound as error:
                raise Refused("missing", GONE) from error
            if open_only and (found.status == "off" or found.ends_at <= self.now()):
                raise Refused("over", OVER)
            return await job(tx, found, Gatherings(tx, self.place(by), self.now()))

        done = await self.db.write(write)
        self.turns.wake()
        return done


def _named(name: str) -> str:
    said = mask_ways(mask(clean(name)[:100])[0])[0]
    if not said:
        raise Refused("empty", _("Write what the group is called."))
    return said


def _person(signup: Signup, by: Actor) -> Person:
    said = signup.said or {}
    hidden = signup.known_as is not None and not may_read(by.roles, protected=True)
    return Person(
        signup, signup.known_as or str(said.get("name") or "…"), "" if hidden else str(said.get("contact") or ""),
        [NEEDS[each] for each in said.get("needs") or () if each in NEEDS],
        "" if hidden else str(said.get("more") or ""), str(said.get("topic") or ""), hidden,
    )  # fmt: skip


# --- the form -------------------------------------------------------------------------------------------------------------


def filled(fields: Mapping[str, str], place: Municipality, now: datetime) -> Filled:
    """Read a form. Ticked boxes of one name come as one field, separated by blanks."""
    given = {name: mask(clean(value))[0] for name, value in fields.items()}
    found = Filled(network=given.get("network", ""))
    kinds = {each.id: each for each in place.networks.series}
    if found.network not in kinds:
        found.problems["network"] = _("Choose what kind of meeting it is.")
    for name, most in WORDS_MAX.items():
        if len(given.get(name, "")) > most:
            found.problems[name] = _("That is longer than {count} characters. Shorten it.", count=most)
    if not given.get("title"):
        found.problems["title"] = _("Write what the meeting is called.")
    if not given.get("place"):
        found.problems["place"] = _("Write where it is, or that it is online.")
    day, begins, ends = _day(given.get("day", "")), _time(given.get("begins", "")), _time(given.get("ends", ""))
    if day is None:
        found.problems["day"] = _("Choose the day.")
    if begins is None or ends is None or ends <= begins:
        found.problems["begins"] = _("Write from when to when, such as 17:00 and 20:00.")
    seats = given.get("seats", "")
    if seats and not (seats.isdecimal() and len(seats) < 5 and 1 <= int(seats) <= SEATS_MAX):
        found.problems["seats"] = _("Write a number of seats, or leave it empty.")
    until = _day(given.get("items_until", ""))
    if given.get("items_until") and (until is None or (day is not None and until > day)):
        found.problems["items_until"] = _("Choose a day before the meeting, or leave it empty.")
    hours = given.get("remind_hours", "")
    if hours and not (hours.isdecimal() and 1 <= int(hours[:4]) <= 336):
        found.problems["remind_hours"] = _("Write a number of hours, from 1 to 336.")
    if found.problems or day is None or begins is None or ends is None:
        return found
    starts_at, ends_at = (datetime.combine(day, each, place.zone).astimezone(UTC) for each in (begins, ends))
    if ends_at <= now:
        found.problems["day"] = _("That time is over. Choose a later one.")
    network = kinds[found.network]
    if until is None and network.items_beforehand and network.meetings is not None:
        until = day - timedelta(days=network.meetings.items_days)
    if given.get("no_items"):
        until = None
    languages = [tag for tag in place.languages if tag in given.get("languages", "").split()]
    found.values = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "items_until": min(_end_of(until, place), starts_at) if until else None,
        "seats": int(seats) if seats else None,
        "said": {
            **{name: given.get(name, "") for name in WORDS_MAX},
            "languages": languages,
            "remind_hours": int(hours) if hours else None,
        },
    }
    return found


def fields_of(found: Meeting, place: Municipality) -> dict[str, str]:
    """A meeting as the form shows it."""
    starts, ends = (each.astimezone(place.zone) for each in (found.starts_at, found.ends_at))
    until = found.items_until.astimezone(place.zone) - timedelta(minutes=1) if found.items_until else None
    return {
        **{name: str(found.said.get(name) or "") for name in WORDS_MAX},
        "network": found.network_id,
        "day": starts.date().isoformat(),
        "begins": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "items_until": until.date().isoformat() if until else "",
        "seats": str(found.seats or ""),
        "remind_hours": str(found.said.get("remind_hours") or ""),
        "no_items": "" if until else "yes",
        "languages": " ".join(found.said.get("languages") or ()),
    }


def _end_of(day: date, place: Municipality) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), place.zone).astimezone(UTC)


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
