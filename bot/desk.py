"""What the console shows: the queue, a case with everything said, a conversation. Looking is written down too."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import may_have
from bot.board import AGREED
from bot.case_queue import Line, OpenCases, line_of
from bot.conduct import warnings
from bot.flows import path as paths
from bot.flows import state as states
from bot.flows.case_kinds import KINDS, may_see
from bot.flows.enquiry import role_name
from bot.flows.grants import PERSONS
from bot.flows.guarded import GUIDE_CHILD, GUIDE_PROTECTED
from bot.flows.handed_in import money_applied_for
from bot.flows.model import Card, Flow, Known, State
from bot.flows.open_activity import place_applied_for
from bot.flows.posted import card_of
from bot.handoff import PHONE, Actor
from bot.i18n import Text, Value, _, content, n_, p_
from bot.packs.model import Municipality
from bot.staff import Refused
from bot.turn import STAFF_LOCALE, Turns
from bot.views import PlanSeen, Talk
from storage import (
    alerts,
    awards,
    board,
    case_log,
    cases,
    enquiries,
    messages,
    plans,
    reactions,
    residents,
    safety,
    seen,
    staff,
    talks,
    translations,
)
from storage.awards import Award
from storage.board import Post
from storage.case_log import Event
from storage.cases import Case, Queued
from storage.errors import NotFound
from storage.messages import Message
from storage.translations import Translation

LOOK_BACK = 200
LATELY = 20
SEEN_AGAIN = timedelta(hours=1)
"""Looking at a case is written down once in so long."""

MISSING = _("There is no such case.")

# TRANSLATORS: one or two words at a line of the queue: what is new in this case for whoever looks.
NEWS: Mapping[str, Text] = {
    "new": p_("news", "New"),
    "again": p_("news", "They have written more"),
    "assigned": p_("news", "Given to you"),
    "step": p_("news", "Next step today"),
    "unanswered": p_("news", "Nobody has said yes yet"),
    "unclaimed": p_("news", "Nobody has taken it yet"),
    "lying": p_("news", "Left lying"),
    "ring": p_("news", "Ring them: there is news"),
    "left": p_("news", "Back with the machine"),
    "wakes": p_("news", "Back from being put aside"),
}


_CASE_NUMBER = re.compile(r"#(\d{1,15})")

FILTERS: Final = ("whose", "state", "kind", "language", "area", "topic")
"""What the queue can be narrowed by."""
STATES: Final = ("open", "waiting", "human", "asked", "answered", "snoozed", "closed")
"""How far a case has come: open at all; somebody waits for an answer; a human has the conversation; the resident has to
answer; answered; put aside; closed."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases to show. `whose` is "all", "mine" or "free", `state` one of `STATES`."""

    whose: str = "all"
    state: str = "open"
    kind: str = ""
    language: str = ""
    area: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue as somebody may see it. `counts` are by the filters' values: `counts["whose"]["mine"]`."""

    lines: Sequence[Line]
    counts: Mapping[str, Counter[str]]
    filter: Filter
    dangers: Sequence[Danger] = ()


@dataclass(frozen=True, slots=True)
class Danger:
    """Emergency words were said in a conversation."""

    id: int
    conversation_id: int
    at: datetime
    seen: bool


@dataclass(frozen=True, slots=True)
class TalkSeen:
    """A conversation as staff see it: who, what was said, the plan, what the machine has done, what staff have done."""

    conversation_id: int
    resident_id: int
    who: str | None
    locale: str | None
    email: bool
    phone: str | None
    channel: str | None
    channels: frozenset[str]
    stopped: bool
    forgotten: bool
    since: datetime
    holder: str
    state: State
    messages: Sequence[Message]
    plan: PlanSeen | None
    plan_card: Card | None
    tried: Sequence[Text]
    history: Sequence[Event]
    cases: Sequence[Line]
    dangers: Sequence[Danger]
    translated: Mapping[int, Translation] = field(default_factory=dict)
    signs: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    @property
    def by_phone(self) -> bool:
        return self.channel == PHONE


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case with its conversation. `able` are the colleagues who may have it: id and work name.

    `asked` says who has had a question to a role, one after the other; `alone` that no more than that is shown.

    `held_by` is the work name of whoever has the conversation, `record_number` the matter's in the municipality's own
    register, `warnings` how many of those for bad conduct were given, `version` changes with each of these and with the
    history, but for who has looked.

    Of what was handed in: since when it is `complete_on`, and how many days are left until the promised answer.
    `post` is what the case wants to put up for everybody, `agreed` all that is shown of it, where its owner has agreed to
    just that. `place` is the place it applies for, where whoever has it holds
    open activities; `money` the support it applies for, where that is money, `award` what was granted, `persons` whether private
    persons apply. `guide` is what to mind with this person.
    """

    line: Line
    case: Case
    talk: TalkSeen
    context: Card | None
    able: Sequence[tuple[int, str]]
    mine: bool
    closable: bool
    post: Post | None = None
    agreed: Card | None = None
    place: Text | None = None
    money: Text | None = None
    award: Award | None = None
    persons: bool = False
    complete_on: date | None = None
    days_left: int = 0
    asked: Sequence[AskedSeen] = ()
    alone: bool = False
    guide: Sequence[Text] = ()
    held_by: str | None = None
    record_number: str | None = None
    warnings: int = 0
    version: str = ""


@dataclass(frozen=True, slots=True)
class AskedSeen:
    """A question in the hands of a role, or of the coaches where `role` is None; what has become of it."""

    role: Text | None
    why: str
    at: datetime
    answer_by: datetime
    reminded_at: datetime | None
    answered_at: datetime | None
    declined_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class News:
    """What is new in a case's conversation: who asks, the `messages` that were said, or translated since (they are `late`),
    with the earlier versions of what was changed; and what was `translated` of what was said lately."""

    who: str | None
    version: str
    messages: Sequence[Message]
    late: Set[int]
    translated: Mapping[int, Translation]
    signs: Mapping[int, Mapping[str, str]]


class Desk:
    """The console's questions to the database. Other municipalities' cases are as if they were not there."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now
        self.flows: Mapping[str, Flow] = turns.flows
        self.open_cases = OpenCases(turns.live, turns.now)

    # --- the queue ----------------------------------------------------------------------------------------------------

    async def queue(self, by: Actor, wanted: Filter) -> Queue:
        """The cases somebody may see that pass the filter, and how many pass each."""
        async with self.db.read() as tx:
            closed = wanted.state == "closed"
            if closed:
                found = await self._lines(tx, by, closed=True)
            else:
                kinds = {kind.name for kind in KINDS.values() if may_see(kind.name, by.roles)}
                reads = "protected" in by.roles
                found = [
                    line for line in await self.open_cases.of(tx, by.municipality_id)
                    if (line.kind.name in kinds or (line.kind.name not in KINDS and may_see("", by.roles)))
                    and (reads or not line.protected)
                ]  # fmt: skip
            unseen = await alerts.unseen(tx, by.staff_id, by.municipality_id)
            dangers = await self._dangers(tx, by)
        news = {each.case_id: NEWS[each.reason] for each in reversed(unseen) if each.reason in NEWS}
        alike = _alike(found, by)
        stops = {key: _stops(each[0], wanted, by) for key, each in alike.items()}
        passing = {line.id for key, each in alike.items() if not stops[key] for line in each}
        shown = [replace(line, news=news[line.id]) if line.id in news else line for line in found if line.id in passing]
        return Queue(shown, _counts(alike, stops, by), wanted, [each for each in dangers if not each.seen])

    async def search(self, by: Actor, words: str) -> Queue:
        """Cases, open or closed, with these words in a name, a question, a place or as their number."""
        said = words.casefold().split()
        async with self.db.read() as tx:
            if number := _CASE_NUMBER.fullmatch(words.strip()):
                one = await cases.queued(tx, by.municipality_id, int(number[1]))
                if one is not None and may_see(one.case.kind, by.roles, protected=one.protected):
                    return Queue([self._line(one, await self._names(tx, [one.case]))], {}, Filter())
            found = await self._lines(tx, by, closed=False, words=said) + await self._lines(
                tx, by, closed=True, words=said
            )
        return Queue(found, {}, Filter())

    async def _lines(
        self, tx: AsyncConnection, by: Actor, *, closed: bool, words: Sequence[str] | None = None
    ) -> list[Line]:
        found = await cases.queue(tx, by.municipality_id, closed=closed)
        mine = [each for each in found if may_see(each.case.kind, by.roles, protected=each.protected)]
        if words is not None:
            mine = [each for each in mine if words and all(word in _searched(each) for word in words)]
        names = await self._names(tx, [each.case for each in mine])
        aside = await talks.snoozed(tx, by.municipality_id)
        held = {talk.case_id for talk in await talks.of_municipality(tx, by.municipality_id)}
        return [
            replace(self._line(each, names), held=each.case.id in held, snoozed_until=aside.get(each.case.id))
            for each in mine
        ]

    async def _names(self, tx: AsyncConnection, found: Sequence[Case]) -> dict[int, str]:
        return await staff.names(tx, {case.owner_id for case in found if case.owner_id is not None})

    def _line(self, queued: Queued, names: Mapping[int, str]) -> Line:
        return line_of(queued, names, self.now())

    async def _dangers(self, tx: AsyncConnection, by: Actor) -> list[Danger]:
        if not may_see("safety", by.roles):
            return []
        flags = await safety.raised(tx, by.municipality_id, self.now())
        if "protected" not in by.roles:
            hidden = await residents.protected_among(tx, {each.conversation_id for each in flags})
            flags = [each for each in flags if each.conversation_id not in hidden]
        return [Danger(each.id, each.conversation_id, each.at, each.seen_at is not None) for each in flags]

    # --- one case, one conversation -----------------------------------------------------------------------------------

    async def case(self, by: Actor, case_id: int) -> CaseSeen:
        """A case with all that belongs to it; that it was looked at is written down.

        Raises:
            Refused: There is none that this person may see.
        """
        async with self.db.read() as tx:
            found = await self.shown(tx, by, case_id)
        await self._looked(by, found.talk.conversation_id, case_id)
        return found

    async def shown(self, tx: AsyncConnection, by: Actor, case_id: int) -> CaseSeen:
        """The same for what is shown where nobody has asked to look, as in a topic. Raises Refused."""
        queued = await self._queued(tx, by, case_id)
        case = queued.case
        talk = await self._talk(tx, by, case.conversation_id)
        able = await may_have(tx, case)
        names = await self._names(tx, [case])
        post = await board.of_case(tx, by.municipality_id, case.id)
        asked = await enquiries.of_case(tx, by.municipality_id, case_id)
        standing = await talks.standing(tx, case_id, case.conversation_id)
        held_by = (await staff.load(tx, standing.staff_id)).name if standing.staff_id is not None else None
        warned = await warnings(tx, case)
        place = place_applied_for(case.kind, case.context, self.turns.municipalities[by.municipality_id])
        money = money_applied_for(case.kind, case.context, self.turns.municipalities[by.municipality_id])
        alone = not may_see("coach", by.roles)
        if alone:  # a contact person is asked about a subject, and reads no conversations
            history = [event for event in talk.history if event.case_id == case_id]
            talk = replace(talk, messages=(), plan=None, plan_card=None, tried=(), history=history, phone=None)
        return CaseSeen(
            line=replace(self._line(queued, names), held=held_by is not None, snoozed_until=standing.until), case=case, talk=talk, context=self._context(case, talk, by),
            able=[(member.id, member.name) for member in able], mine=case.owner_id == by.staff_id,
            closable=bool(case.answered_at or case.referred_to or case.next_step), alone=alone,
            money=content(money.name) if money else None, award=await awards.of_case(tx, by.municipality_id, case_id),
            persons=money is not None and case.context["answers"].get("type") in PERSONS,
            post=post, agreed=self._agreed(post, by), place=content(place.name) if place else None,
            asked=[self._asked(each) for each in asked], held_by=held_by, record_number=standing.number, warnings=warned, version=_version(case, standing),
            guide=_guide(case, protected=queued.protected),
            **self._clock(case, by),
        )  # fmt: skip

    def _asked(self, asked: enquiries.Asked) -> AskedSeen:
        place = self.turns.municipalities[asked.municipality_id]
        role = role_name(asked.role_id, place) if asked.role_id is not None else None
        return AskedSeen(
            role, asked.why, asked.asked_at, asked.answer_by, asked.reminded_at, asked.answered_at, asked.declined_at,
            asked.reason,
        )  # fmt: skip

    async def talk(self, by: Actor, conversation_id: int) -> TalkSeen:
        """A conversation that staff have had to do with; that it was looked at is written down.

        Raises:
            Refused: There is none, or nothing of it has come to staff: it is the resident's own space.
        """
        async with self.db.read() as tx:
            found = await self._talk(tx, by, conversation_id)
            for_staff = found.cases or found.dangers
            if not for_staff and not await case_log.is_for_staff(tx, by.municipality_id, conversation_id):
                raise Refused("missing", MISSING)
        await self._looked(by, conversation_id, None)
        return found

    async def news(self, by: Actor, case_id: int, after_id: int, told: Set[int] = frozenset()) -> News:
        """What was said in a case's conversation after a message, and whether anything else of the case has changed.

        `told` are the messages whose translation is known already.

        Raises:
            Refused: There is none that this person may see.
        """
        async with self.db.read() as tx:
            queued = await self._queued(tx, by, case_id)
            conversation_id = queued.case.conversation_id
            said = await messages.after(tx, conversation_id, after_id, limit=LOOK_BACK)
            version = _version(queued.case, await talks.standing(tx, case_id, conversation_id))
            last = await messages.before(tx, conversation_id, limit=LATELY) if self.turns.translates else []
            translated = await self._translated(tx, last)
            late = [each for each in last if each.id <= after_id and each.id in translated.keys() - told]
            new = [*said, *late]
            earlier = await messages.first_of(tx, conversation_id, [each.slot for each in new if each.slot])
            new = sorted({each.id: each for each in (*new, *earlier)}.values(), key=lambda each: each.id)
            signs = await reactions.under(tx, [each.id for each in new]) if new else {}
        late_ids = {each.id for each in late}
        return News(queued.name or queued.said_name, version, new, late_ids, translated, signs)

    async def _queued(self, tx: AsyncConnection, by: Actor, case_id: int) -> Queued:
        """A case that this person may see. Raises Refused."""
        found = await cases.queued(tx, by.municipality_id, case_id)
        if found is None or not may_see(found.case.kind, by.roles, protected=found.protected):
            raise Refused("missing", MISSING)
        return found

    async def contact(self, by: Actor, conversation_id: int) -> tuple[str | None, str | None]:
        """The resident's e-mail address and phone number; that they were looked up is written down.

        Raises:
            Refused: As `talk`.
        """
        seen_talk = await self.talk(by, conversation_id)

        async def write(tx: AsyncConnection) -> str | None:
            await case_log.add(
                tx, municipality_id=by.municipality_id, conversation_id=conversation_id, act="contact opened",
                who=by.name, staff_id=by.staff_id, at=self.now(),
            )  # fmt: skip
            person = await seen.person(tx, by.municipality_id, conversation_id)
            return person.email if person else None

        return await self.db.write(write), seen_talk.phone

    async def danger_seen(self, by: Actor, conversation_id: int) -> None:
        """Note that a person has read what was said where there may be danger."""

        async def write(tx: AsyncConnection) -> None:
            now = self.now()
            for danger in await self._dangers(tx, by):
                if danger.conversation_id == conversation_id and not danger.seen:
                    await safety.see(tx, by.municipality_id, danger.id, now)
                    await case_log.add(
                        tx, municipality_id=by.municipality_id, conversation_id=conversation_id, act="danger seen",
                        who=by.name, staff_id=by.staff_id, at=now,
                    )  # fmt: skip

        await self.db.write(write)

    async def for_form(self, by: Actor, conversation_id: int) -> Talk:
        """A caller's conversation as a form needs it. Raises Refused."""
        found = await self.talk(by, conversation_id)
        return Talk(
            conversation_id=conversation_id, resident_id=found.resident_id, municipality_id=by.municipality_id,
            locale=found.locale, notice_version=None, email=None, holder=found.holder, answer_by=None,
            channels=found.channels, state=found.state,
        )  # fmt: skip

    async def _talk(self, tx: AsyncConnection, by: Actor, conversation_id: int) -> TalkSeen:
        person = await seen.person(tx, by.municipality_id, conversation_id)
        if person is None or (person.protected and "protected" not in by.roles):
            raise Refused("missing", MISSING)
        state = states.load(person.state, self.flows)
        said = await messages.before(tx, conversation_id, limit=LOOK_BACK)
        plan = await self._plan(tx, by.municipality_id, person.resident_id)
        asked = [each for each in await cases.of_conversation(tx, conversation_id) if may_see(each.kind, by.roles)]
        names = await self._names(tx, asked)
        lines = [
            self._line(Queued(each, person.name, person.said_name, person.locale, person.channel), names)
            for each in asked
        ]
        dangers = [each for each in await self._dangers(tx, by) if each.conversation_id == conversation_id]
        phone = person.address if person.channel == PHONE and not (person.address or "").startswith("none:") else None
        known = self._known(by, person.locale)
        return TalkSeen(
            conversation_id=conversation_id, resident_id=person.resident_id, who=person.name or person.said_name,
            locale=person.locale, email=person.email is not None, phone=phone, channel=person.channel,
            channels=await seen.channels(tx, conversation_id), stopped=person.stopped_at is not None,
            forgotten=person.forgotten_at is not None, since=person.created_at, holder=person.holder, state=state,
            messages=said, plan=plan, plan_card=self._card("idea", plan.answers, known) if plan else None,
            tried=self._tried(state, plan), history=await case_log.of_conversation(tx, by.municipality_id, conversation_id),
            cases=lines, dangers=dangers, translated=await self._translated(tx, said),
            signs=await reactions.under(tx, [each.id for each in said]),
        )  # fmt: skip

    async def _translated(self, tx: AsyncConnection, said: Sequence[Message]) -> dict[int, Translation]:
        """What a machine made of the messages, by their ids."""
        if not self.turns.translates or not said:
            return {}
        made = await translations.of_messages(tx, [each.id for each in said], STAFF_LOCALE)
        return {each.message_id: each for each in made}

    async def _plan(self, tx: AsyncConnection, municipality_id: str, resident_id: int) -> PlanSeen | None:
        listed = await plans.of_resident(tx, municipality_id, resident_id)
        if not listed:
            return None
        newest = max(listed, key=lambda each: each.changed_at)
        try:
            found = await plans.load(tx, municipality_id, newest.id)
        except NotFound:
            return None
        return PlanSeen(found.id, found.municipality_id, found.answers, found.locale, found.changed_at.date())

    async def _looked(self, by: Actor, conversation_id: int, case_id: int | None) -> None:
        now = self.now()

        async def write(tx: AsyncConnection) -> None:
            if case_id is not None:
                await alerts.seen(tx, by.staff_id, case_id, now)
            if not await case_log.seen_since(tx, conversation_id, case_id, by.staff_id, now - SEEN_AGAIN):
                await case_log.add(
                    tx, municipality_id=by.municipality_id, conversation_id=conversation_id, case_id=case_id,
                    act="seen", who=by.name, staff_id=by.staff_id, at=now,
                )  # fmt: skip

        await self.db.write(write)

    # --- in words -----------------------------------------------------------------------------------------------------

    def _known(self, by: Actor, locale: str | None) -> Known:
        place: Municipality = self.turns.municipalities[by.municipality_id]
        return Known(now=self.now().astimezone(place.zone), locale=locale or place.languages[0], municipality=place)

    def _clock(self, case: Case, by: Actor) -> dict[str, Any]:
        known = self._known(by, None)
        complete_at = (case.context or {}).get("complete_at")
        complete = datetime.fromisoformat(complete_at).astimezone(known.municipality.zone) if complete_at else None
        due = case.answer_by.astimezone(known.municipality.zone).date() if case.answer_by else known.today
        return {"complete_on": complete and complete.date(), "days_left": max(0, (due - known.today).days)}

    def _context(self, case: Case, talk: TalkSeen, by: Actor) -> Card | None:
        """What had been said in the flow that was under way when a human was asked for."""
        context = case.context or {}
        flow, answers = context.get("flow"), context.get("answers") or {}
        if not flow or not answers or flow not in self.flows:
            return None
        known = replace(self._known(by, talk.locale), given=answers)  # as when it was filled in: for which support
        return self._card(flow, answers, known)

    def _agreed(self, post: Post | None, by: Actor) -> Card | None:
        """What everybody is to see of it, where nobody but its owner may change a word."""
        if post is None or not post.post or post.kind not in AGREED:
            return None
        return card_of(post.kind, post.post, self._known(by, None))

    def _card(self, flow: str, answers: Mapping[str, Any], known: Known) -> Card | None:
        wanted = self.flows.get(flow)
        if wanted is None:
            return None
        if wanted.card is not None:
            return wanted.card(answers, known)
        rows: list[tuple[Text, Value]] = [
            (step.label, step.read.show(value, known))
            for _path, step, value in paths.answered(wanted, answers)
            if step.read is not None
        ]
        return Card(wanted.title, tuple(rows)) if rows else None

    def _tried(self, state: State, plan: PlanSeen | None) -> list[Text]:
        """What the machine has done so far, for whoever takes over."""
        tried: list[Text] = []
        if plan is not None:
            tried.append(_("It has made a plan, last changed on {day}.", day=plan.made_on))
        root = next((frame for frame in reversed(state.frames) if not frame.sub), None)
        if root is not None and not self.flows[root.flow].passing:
            flow = self.flows[root.flow]
            step = flow.step(root.step)
            if step is not None:
                tried.append(_("It is at “{question}” in “{title}”.", question=step.label, title=flow.title))
            misses = state.frames[-1].misses
            if misses:
                tried.append(
                    n_(
                        "It did not understand the last answer.",
                        "It did not understand the last {count} answers.",
                        misses,
                    )
                )
        return tried


def _version(case: Case, standing: talks.Standing) -> str:
    """Changes when something of a case has changed beside its conversation: how it stands, or what staff have done."""
    parts = (
        case.status, case.owner_id, standing.staff_id, standing.until, standing.number, case.outcome, standing.event_id,
    )  # fmt: skip
    return ".".join(str(part or "") for part in parts)


def _guide(case: Case, *, protected: bool) -> tuple[Text, ...]:
    child = bool((case.context or {}).get("child"))
    return (GUIDE_PROTECTED if protected else ()) + (GUIDE_CHILD if child else ())


def _stops(line: Line, wanted: Filter, by: Actor) -> list[str]:
    """The filters that a case does not pass, by their names."""
    tests = (
        ("whose", wanted.whose == "all" or (line.owner_id == by.staff_id if wanted.whose == "mine" else line.owner_id is None)),
        ("state", wanted.state not in STATES or wanted.state in _states_of(line)),
        ("kind", not wanted.kind or line.kind.name == wanted.kind),
        ("language", not wanted.language or line.locale == wanted.language),
        ("area", not wanted.area or line.area == wanted.area),
        ("topic", not wanted.topic or line.topic == wanted.topic),
    )  # fmt: skip
    return [name for name, passes in tests if not passes]


def _states_of(line: Line) -> list[str]:
    """Under which of `STATES` a case is found. What is put aside is out of sight but there."""
    if line.status == "closed":
        return ["closed"]
    if line.snoozed_until is not None:
        return ["snoozed"]
    held = ["human"] if line.held else []
    return ["open", *held, "waiting" if line.status in cases.WAITING else line.status]


def _alike(found: Sequence[Line], by: Actor) -> dict[Any, list[Line]]:
    """The lines that no filter tells apart, together."""
    alike: dict[Any, list[Line]] = defaultdict(list)
    for line in found:
        whose = line.owner_id if line.owner_id in (None, by.staff_id) else 0
        key = (
            line.kind.name,
            line.locale,
            line.area,
            line.topic,
            line.status,
            line.held,
            line.snoozed_until is None,
            whose,
        )
        alike[key].append(line)
    return alike


def _counts(alike: Mapping[Any, list[Line]], stops: Mapping[Any, list[str]], by: Actor) -> dict[str, Counter[str]]:
    """How many there would be behind each filter, with the other filters as they are."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in FILTERS}
    for key, lines in alike.items():
        line = lines[0]
        values = {
            "whose": ("all", *(("mine",) if line.owner_id == by.staff_id else ()),
                      *(("free",) if line.owner_id is None else ())),
            "state": _states_of(line),
            "kind": (line.kind.name,),
            "language": (line.locale,) if line.locale else (),
            "area": (line.area,) if line.area else (),
            "topic": (line.topic,) if line.topic else (),
        }  # fmt: skip
        if len(stops[key]) > 1:
            continue
        for name in stops[key] or values:
            for value in values[name]:
                counts[name][value] += len(lines)
    return counts


def _searched(queued: Queued) -> str:
    case = queued.case
    parts = (queued.name, queued.said_name, case.note, case.area, case.referred_to, case.next_step, f"#{case.id}")
    return "\n".join(part for part in (*parts, str((case.context or {}).get("answers", ""))) if part).casefold()


__all__ = ["KINDS", "CaseSeen", "Danger", "Desk", "Filter", "Line", "Queue", "TalkSeen"]
