"""Meetings in the database: who comes, who waits for a seat, what is sent in, who hears of them, groups and their plans.

Everything here happens in the transaction it is handed. What has to be said to somebody else is a promise due now, so that it
goes through that person's own turn, in their own language.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts
from bot.flows.meetings import FOLLOWS, PURPOSE
from bot.flows.model import (
    AskPlanAgain,
    ComeToMeeting,
    FollowMeetings,
    HandInPlan,
    Known,
    LeaveMeeting,
    MeetingEffect,
    PlanWent,
    SendItem,
)
from bot.i18n import Text, Value, _
from bot.packs.model import Municipality, Series
from bot.rules.gatherings import agenda, fits, moved_up
from storage import case_log, cases, consents, due, meetings
from storage.conversations import Opened
from storage.errors import NotFound
from storage.meetings import COMING, LEFT, WAITING, Group, Item, Meeting, Signup
from storage.secrets import make_token

ASKED_AT: Final = time(17)
"""When a group is asked how a step went, local time, on its day."""

AGAIN: Final = timedelta(days=14)
"""So long after that it is asked again, as long as nobody says."""


async def apply(
    tx: AsyncConnection, effect: MeetingEffect, who: Opened, known: Known, case_id: Value | None
) -> dict[str, Value]:
    """Write an effect about meetings; what it makes for texts. Whoever comes too late changes nothing."""
    gatherings = Gatherings(tx, known.municipality, known.now)
    try:
        match effect:
            case ComeToMeeting(meeting_id, people, said):
                return {"meeting_result": await gatherings.come(meeting_id, people, said, who)}
            case LeaveMeeting(meeting_id):
                return {"meeting_result": await gatherings.leave(meeting_id, who)}
            case SendItem(meeting_id, words):
                assert isinstance(case_id, int)
                await gatherings.send_item(meeting_id, words, who, case_id)
            case FollowMeetings():
                await gatherings.follow(effect, who)
            case HandInPlan(group_id, plan):
                await gatherings.plan(group_id, plan, who, case_id if isinstance(case_id, int) else None)
            case PlanWent():
                await gatherings.went(effect, who)
            case AskPlanAgain(group_id):
                await gatherings.ask_on(group_id, who.conversation_id, known.now + AGAIN)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return {"meeting_result": _("There is no such meeting any more.")}
    return {}


async def hear_no_more(tx: AsyncConnection, who: Opened) -> None:
    """Somebody wants to be told of no meetings: nothing is kept of what they wanted to hear of."""
    await meetings.unfollow(tx, who.municipality_id, who.resident_id)


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is to be forgotten: their seats go to those who wait."""
    gatherings = Gatherings(tx, known.municipality, known.now)
    await hear_no_more(tx, who)
    for each in await meetings.of_resident(tx, who.municipality_id, who.resident_id):
        await gatherings.leave(each.meeting_id, who)


async def hide(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Nobody sees any more what somebody is called and how they are reached; that they come stays."""
    for each in await meetings.of_resident(tx, who.municipality_id, who.resident_id):
        said = {name: value for name, value in (each.said or {}).items() if name not in ("name", "contact")}
        await meetings.change_signup(tx, each.id, known.now, said=said)


class Gatherings:
    """What becomes of meetings, in one transaction."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime) -> None:
        self.tx, self.place, self.now = tx, place, now

    # --- who comes ----------------------------------------------------------------------------------------------------

    async def come(self, meeting_id: int, people: int, said: Mapping[str, Any], who: Opened) -> Text:
        """Sign somebody up, or put them in line; what came of it."""
        found = await meetings.lock(self.tx, self.place.id, meeting_id)
        title = str(found.said["title"])
        if found.status == "off" or found.ends_at <= self.now:
            return _("“{title}” is over, or has been called off.", title=title)
        if await meetings.signup_of(self.tx, meeting_id, who.resident_id) is not None:
            return _("You are signed up for “{title}” already.", title=title)
        counted = (await meetings.counted(self.tx, [meeting_id])).get(meeting_id, {})
        room = fits(found.seats, counted.get(COMING, 0), people) and not counted.get(WAITING)
        await meetings.sign_up(
            self.tx, meeting=found, resident_id=who.resident_id, conversation_id=who.conversation_id,
            status=COMING if room else WAITING, people=people, said=dict(said), now=self.now,
        )  # fmt: skip
        if not room:
            return _(
                "“{title}” is full. You stand on the waiting list, and hear here as soon as there is room.", title=title
            )
        remind_at = await self._remind(found, who.conversation_id)
        if remind_at is None:
            return _("You are signed up for “{title}”. Welcome!", title=title)
        return _("You are signed up for “{title}”. Welcome! I remind you on {day}.", title=title,
                 day=remind_at.astimezone(self.place.zone).date())  # fmt: skip

    async def leave(self, meeting_id: int, who: Opened) -> Text:
        """Somebody does not come; whoever waits longest and fits gets the room."""
        found = await meetings.lock(self.tx, self.place.id, meeting_id)
        title = str(found.said["title"])
        mine = await meetings.signup_of(self.tx, meeting_id, who.resident_id)
        if mine is None:
            return _("You are not signed up for “{title}”.", title=title)
        await meetings.change_signup(self.tx, mine.id, self.now, status=LEFT, said=None, group_id=None)
        await due.cancel(self.tx, self.place.id, _own(who.conversation_id, "soon", meeting_id), "left", now=self.now)
        await consents.withdraw(
            self.tx, municipality_id=self.place.id, resident_id=who.resident_id, purpose=PURPOSE, subject_id=meeting_id,
            now=self.now,
        )  # fmt: skip
        await self.move_up(found)
        return _("Thank you for telling me. You are not signed up for “{title}” any more.", title=title)

    async def move_up(self, found: Meeting) -> None:
        """Give what room there is to those who wait, under the meeting's lock."""
        if found.status == "off" or found.starts_at <= self.now:
            return
        everybody = await meetings.signups(self.tx, found.id)
        taken = sum(each.people for each in everybody if each.status == COMING)
        waiting = {each.id: each for each in everybody if each.status == WAITING}
        for id in moved_up(found.seats, taken, [(each.id, each.people) for each in waiting.values()]):
            await meetings.change_signup(self.tx, id, self.now, status=COMING)
            await self._remind(found, waiting[id].conversation_id)
            await self.tell(found, waiting[id].conversation_id, "meeting_room")

    async def _remind(self, found: Meeting, conversation_id: int) -> datetime | None:
        """Remind somebody before a meeting; when, None where it is too late for that."""
        at = found.starts_at - timedelta(hours=int(found.said.get("remind_hours") or self.series(found).remind_hours))
        if at <= self.now:
            return None
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=conversation_id, kind="meeting_soon", due_at=at,
            unique_key=_own(conversation_id, "soon", found.id), data={"meeting": found.id}, now=self.now,
        )  # fmt: skip
        return at

    async def remind_all(self, found: Meeting) -> None:
        """The meeting is at another time: so are its reminders."""
        for each in await meetings.signups(self.tx, found.id, COMING):
            if await self._remind(found, each.conversation_id) is None:
                key = _own(each.conversation_id, "soon", found.id)
                await due.cancel(self.tx, self.place.id, key, "moved", now=self.now)

    def series(self, found: Meeting) -> Series:
        network = self.place.networks.find(found.network_id)
        return (network.meetings if network else None) or Series()

    # --- what is sent in ----------------------------------------------------------------------------------------------

    async def send_item(self, meeting_id: int, words: str, who: Opened, case_id: int) -> None:
        found = await meetings.load(self.tx, self.place.id, meeting_id)
        await meetings.add_item(
            self.tx, meeting=found, words=words, status="sent", now=self.now, resident_id=who.resident_id,
            conversation_id=who.conversation_id, case_id=case_id,
        )  # fmt: skip

    # --- who hears of them --------------------------------------------------------------------------------------------

    async def follow(self, wish: FollowMeetings, who: Opened) -> None:
        if wish.no_more:
            await meetings.unfollow(self.tx, self.place.id, who.resident_id, wish.no_more)
        for each in wish.networks:
            await meetings.follow(
                self.tx, municipality_id=self.place.id, resident_id=who.resident_id, now=self.now,
                conversation_id=who.conversation_id, network_id=each, name=wish.name or None,
            )  # fmt: skip
        if not await meetings.followed_by(self.tx, self.place.id, who.resident_id):
            await consents.withdraw(
                self.tx, municipality_id=self.place.id, resident_id=who.resident_id, purpose=FOLLOWS, now=self.now
            )

    # --- groups and plans ---------------------------------------------------------------------------------------------

    async def members(self, found: Group) -> list[Signup]:
        return [each for each in await meetings.signups(self.tx, found.meeting_id, COMING) if each.group_id == found.id]

    async def plan(
        self, group_id: int, plan: Mapping[str, Any], who: Opened | None = None, case_id: int | None = None
    ) -> None:
        """Keep a group's plan, by one of its members or (without `who`) by staff; the others are told, and all are asked how
        it went on its day."""
        found = await self._group(group_id, who)
        kept = {**(found.plan or {}), **plan}
        if case_id is not None:
            kept["cases"] = [*kept.get("cases", ()), case_id]
        next_at = datetime.combine(date.fromisoformat(str(plan["day"])), ASKED_AT, self.place.zone)
        await meetings.change_group(self.tx, group_id, self.now, plan=kept, status="going", next_at=next_at)
        for each in await self.members(found):
            await self.ask_on(group_id, each.conversation_id, max(next_at, self.now))
            if who is None or each.resident_id != who.resident_id:
                await self._tell_group(found, each.conversation_id, "group_plan_kept")

    async def went(self, wish: PlanWent, who: Opened | None = None) -> None:
        """What became of the step: the plan goes on with a next one, is done, or has ended."""
        found = await self._group(wish.group_id, who)
        if found.status != "going":
            return
        plan = dict(found.plan or {})
        plan["went"] = [*plan.get("went", ()), {"step": plan.get("next", ""), "how": wish.how, "words": wish.words,
                                                "on": self.now.astimezone(self.place.zone).date().isoformat()}]  # fmt: skip
        if wish.how == "going" and wish.day:
            plan |= {"next": wish.next, "day": wish.day}
            next_at = datetime.combine(date.fromisoformat(wish.day), ASKED_AT, self.place.zone)
            await meetings.change_group(self.tx, found.id, self.now, plan=plan, next_at=next_at)
        else:
            next_at = None
            await meetings.change_group(self.tx, found.id, self.now, plan=plan, status=wish.how, next_at=None)
        for each in await self.members(found):
            if next_at is not None:
                await self.ask_on(found.id, each.conversation_id, max(next_at, self.now))
            else:
                key = _own(each.conversation_id, "plan", found.id)
                await due.cancel(self.tx, self.place.id, key, wish.how, now=self.now)
            if who is None or each.resident_id != who.resident_id:
                await self._tell_group(found, each.conversation_id, "group_plan_kept", {"words": wish.words})

    async def ask_on(self, group_id: int, conversation_id: int, at: datetime) -> None:
        """Ask one member how the step went."""
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=conversation_id, kind="group_plan_day", due_at=at,
            unique_key=_own(conversation_id, "plan", group_id), data={"group": group_id}, now=self.now,
        )  # fmt: skip

    async def _group(self, group_id: int, who: Opened | None) -> Group:
        """A group, for one of its members. Raises NotFound."""
        found = await meetings.group(self.tx, self.place.id, group_id)
        if who is not None and who.resident_id not in {each.resident_id for each in await self.members(found)}:
            raise NotFound("meeting_groups", group_id)
        return found

    # --- what is said to others ---------------------------------------------------------------------------------------

    async def tell(
        self, found: Meeting, conversation_id: int, kind: str, data: Mapping[str, Any] | None = None
    ) -> None:
        """Say something about a meeting in somebody's own conversation, at once."""
        await self._say(conversation_id, kind, {"meeting": found.id, **(data or {})}, found.id)

    async def _tell_group(
        self, found: Group, conversation_id: int, kind: str, data: Mapping[str, Any] | None = None
    ) -> None:
        await self._say(conversation_id, kind, {"group": found.id, **(data or {})}, found.id)

    async def tell_members(self, found: Group, *, only: int | None = None) -> None:
        """Tell everybody in a group which it is, or only the one with this signup."""
        for each in await self.members(found):
            if only is None or each.id == only:
                await self._tell_group(found, each.conversation_id, "group_told")

    async def _say(self, conversation_id: int, kind: str, data: Mapping[str, Any], thing: int) -> None:
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=conversation_id, kind=kind, data=dict(data),
            unique_key=f"{kind}:{thing}:{make_token()}", due_at=self.now, now=self.now,
        )  # fmt: skip

    async def answered(self, case_id: int | None, by: str) -> None:
        """The case of something that has been read: its promise is kept, and it is closed."""
        if case_id is None:
            return
        case = await cases.load(self.tx, self.place.id, case_id)
        if case.closed_at is not None:
            return
        await cases.answer(self.tx, self.place.id, case_id, self.now)
        for name in ("late", "soon"):
            key = alerts.due_key(case.conversation_id, case_id, name)
            await due.cancel(self.tx, self.place.id, key, "answered", now=self.now)
        await cases.close(self.tx, self.place.id, case_id, "answered", self.now)
        await case_log.add(
            self.tx, municipality_id=self.place.id, conversation_id=case.conversation_id, case_id=case_id, act="closed",
            who=by, at=self.now,
        )  # fmt: skip


def _own(conversation_id: int, what: str, thing: int) -> str:
    return f"conversation:{conversation_id}:meeting:{what}:{thing}"


# --- what is seen of a meeting --------------------------------------------------------------------------------------------


def agenda_of(
    found: Meeting, place: Municipality, sent: Sequence[Item], *, everybody: bool = True
) -> list[dict[str, Any]]:
    """The agenda in its order: {"key", "text", "standing", "status"}; `everybody`: without what nobody has read yet."""
    network = place.networks.find(found.network_id)
    standing = (network.meetings.standing if network and network.meetings else ()) or ()
    named = {f"standing-{at}": each for at, each in enumerate(standing)}
    items = {f"item-{each.id}": each for each in sent if each.words and (each.status == "in" or not everybody)}
    first = [key for key, each in named.items() if not each.last]
    last = [key for key, each in named.items() if each.last]
    return [
        {"key": key, "text": named[key].title, "standing": True, "status": "in"}
        if key in named
        else {"key": key, "text": items[key].words, "standing": False, "status": items[key].status}
        for key in agenda(first, list(items), last, found.items_order or ())
    ]


def seen(
    found: Meeting, place: Municipality, now: datetime, counted: Mapping[str, int], sent: Sequence[Item] = ()
) -> dict[str, Any]:
    """A meeting as everybody may see it. `free` is None without a limit; `when` is from and to, local time."""
    said, coming = found.said, counted.get(COMING, 0)
    until = found.items_until
    return {
        "id": found.id,
        "network": found.network_id,
        "status": found.status,
        "over": found.ends_at <= now,
        "when": [found.starts_at.astimezone(place.zone).isoformat(), found.ends_at.astimezone(place.zone).isoformat()],
        **{
            name: str(said.get(name) or "")
            for name in ("title", "place", "access", "interpreter", "childcare", "about")
        },
        "languages": list(said.get("languages") or ()),
        "free": None if found.seats is None else max(found.seats - coming, 0) * (not counted.get(WAITING)),
        "waiting": counted.get(WAITING, 0),
        "items_day": (until - timedelta(minutes=1)).astimezone(place.zone).date().isoformat() if until else None,
        "items_open": until is not None and now < until and found.status == "planned" and found.starts_at > now,
        "agenda": agenda_of(found, place, sent),
        "open_space": _open_space(found, place),
        "minutes": found.minutes if found.minutes_at else None,
    }


def _open_space(found: Meeting, place: Municipality) -> bool:
    network = place.networks.find(found.network_id)
    return bool(network and network.meetings and network.meetings.open_space)


async def coming(tx: AsyncConnection, place: Municipality, now: datetime) -> list[dict[str, Any]]:
    """The meetings to come, the soonest first."""
    return await _all_seen(tx, place, now, await meetings.coming(tx, place.id, now))


async def held(tx: AsyncConnection, place: Municipality, now: datetime, since: timedelta) -> list[dict[str, Any]]:
    """Those that have been, the latest first; without those called off."""
    found = [
        each
        for each in await meetings.between(tx, place.id, now - since, now)
        if each.ends_at <= now and each.status == "planned"
    ]
    return await _all_seen(tx, place, now, found)


async def _all_seen(
    tx: AsyncConnection, place: Municipality, now: datetime, found: Sequence[Meeting]
) -> list[dict[str, Any]]:
    ids = [each.id for each in found]
    counted, sent = await meetings.counted(tx, ids), await meetings.items(tx, ids)
    return [seen(each, place, now, counted.get(each.id, {}), sent.get(each.id, ())) for each in found]


async def one(tx: AsyncConnection, place: Municipality, now: datetime, meeting_id: int) -> dict[str, Any] | None:
    """One meeting, with the groups that everybody may see: {"groups": [{"id", "name", "plan"}]}."""
    try:
        found = await meetings.load(tx, place.id, meeting_id)
    except NotFound:
        return None
    (told,) = await _all_seen(tx, place, now, [found])
    rows = await meetings.groups(tx, meeting_id) if found.groups_at else []
    told["groups"] = [
        {"id": each.id, "name": each.name, "status": each.status, "plan": (each.plan or {}).get("shown") if each.shown_at else None}
        for each in rows
    ]  # fmt: skip
    return told


async def plans(tx: AsyncConnection, place: Municipality) -> list[dict[str, Any]]:
    """The action plans that everybody may see: {"id", "name", "status", "plan", "meeting", "title", "day"}."""
    return [
        {"id": group.id, "name": group.name, "status": group.status, "plan": (group.plan or {}).get("shown") or {},
         "meeting": meeting.id, "title": str(meeting.said["title"]),
         "day": meeting.starts_at.astimezone(place.zone).date()}
        for group, meeting in await meetings.shown_plans(tx, place.id)
    ]  # fmt: skip


# --- what flows look up ---------------------------------------------------------------------------------------------------


async def _coming(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    return await coming(tx, known.municipality, known.now)


async def _meeting(tx: AsyncConnection, who: Opened, known: Known, meeting_id: int) -> dict[str, Any] | None:
    """One meeting, with what this person has to do with it: {"mine": {"status", "people", "group"}}, None for nothing."""
    found = await one(tx, known.municipality, known.now, meeting_id)
    if found is None:
        return None
    mine = await meetings.signup_of(tx, meeting_id, who.resident_id)
    found["mine"] = mine and {"status": mine.status, "people": mine.people, "group": mine.group_id}
    return found


async def _my_meetings(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    """What somebody is signed up for and hears of, and their groups with a plan that goes on; None for nothing of it."""
    mine = await meetings.of_resident(tx, who.municipality_id, who.resident_id)
    follows = [each.network_id for each in await meetings.followed_by(tx, who.municipality_id, who.resident_id)]
    if not mine and not follows:
        return None
    rows = {each.id: each for each in await meetings.coming(tx, who.municipality_id, known.now)}
    zone = known.municipality.zone
    coming_ = [
        {"id": each.meeting_id, "title": str(rows[each.meeting_id].said["title"]),
         "day": rows[each.meeting_id].starts_at.astimezone(zone).date()}
        for each in mine if each.meeting_id in rows
    ]  # fmt: skip
    groups = [await meetings.group(tx, who.municipality_id, each.group_id) for each in mine if each.group_id]
    living = [{"id": each.id, "name": each.name} for each in groups if each.status in ("open", "going")]
    return {"coming": coming_, "follows": follows, "groups": living}


async def _meeting_group(tx: AsyncConnection, who: Opened, known: Known, group_id: int) -> dict[str, Any] | None:
    """A group of an open space, for its members once the groups are told; None for everybody else."""
    place = known.municipality
    try:
        found = await meetings.group(tx, place.id, group_id)
    except NotFound:
        return None
    meeting = await meetings.load(tx, place.id, found.meeting_id)
    members = await Gatherings(tx, place, known.now).members(found)
    if meeting.groups_at is None or who.resident_id not in {each.resident_id for each in members}:
        return None
    sent = (await meetings.items(tx, [meeting.id])).get(meeting.id, ())
    told = seen(meeting, place, known.now, {}, sent)
    topics = [str(each.said["topic"]) for each in members if (each.said or {}).get("topic")]
    return {
        "id": found.id, "name": found.name, "meeting": meeting.id, "title": told["title"], "when": told["when"],
        "agenda": told["agenda"], "people": sum(each.people for each in members), "topics": topics, "plan": found.plan,
        "status": found.status,
    }  # fmt: skip


LOOKUPS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {
    "meetings_coming": _coming,
    "meeting": _meeting,
    "my_meetings": _my_meetings,
    "meeting_group": _meeting_group,
}
"""What flows may look up about meetings."""
