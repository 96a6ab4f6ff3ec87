"""Broadcasts: one message to those who want to hear it. Written, counted, tried, approved, sent, followed, ended.

Whoever writes one chooses among those who have asked for news (`bot.listening`), never by anything sensitive; groups of
fewer than five are not shown. Every act is one transaction and is written down. What is sent is handed to the outbox part
by part (`Feeder`), so that it may be paused, stopped or killed at any moment.

Sources: languages-and-rights.md C1 (only who has agreed), C9 (a second person, a test, a stop, Swedish last in a crisis).
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import effects
from bot.errors import GiveUp, NotYet, Retry
from bot.flows.heard import BUTTONS, LEADS_TO, MASTER, OPTIONS_MAX, SWEDISH, message, said_in
from bot.flows.model import Known, MakeLink, Reply
from bot.flows.shifts import when
from bot.handoff import Actor
from bot.i18n import Ltr, Text, _, n_, p_, plain
from bot.packs.model import Municipality
from bot.rules import masking
from bot.rules.errands import awake
from bot.shift_views import named
from bot.staff import Refused
from bot.turn import Turns
from bot.wording import Body, Words
from storage import (
    broadcasts,
    conversations,
    crisis,
    files,
    inbox,
    listeners,
    messages,
    outbox,
    residents,
    shifts,
    staff,
)
from storage.broadcasts import Broadcast, Chosen, Group, Hearer, Reached
from storage.errors import NotFound
from storage.messages import NewMessage
from storage.outbox import Claimed, NewDelivery

HIDDEN_BELOW: Final = 5
"""Groups of fewer are not shown: somebody might be recognised (languages-and-rights.md C4)."""

WORDS_MAX: Final = 2000
"""In one language; with another one below it and its buttons a message of Telegram's (4,096) holds it."""

PART: Final = 100
"""So many are handed over in one transaction: on SQLite nobody else writes meanwhile."""
AHEAD: Final = 1000
"""So many wait in the outbox at most: enough for the sender, few enough to be ended at once."""
LOOK_S: Final = 0.5
BETWEEN_S: Final = 0.02
FAR: Final = timedelta(days=36500)
LOOK_AGAIN: Final = timedelta(minutes=1)
"""When what was already in the sender's hands is looked at again, while its broadcast is paused."""

MAY_WRITE: Final = frozenset({"sender", "coordinator", "leader"})
MAY_APPROVE: Final = frozenset({"sender", "leader"})

MISSING: Final = _("There is no such message, or it is another municipality's.")
OVER: Final = _("Meanwhile somebody has done something else with it. Look at it anew.")

STATUSES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: where a message to many stands.
    "draft": p_("broadcast", "Draft"),
    "asked": p_("broadcast", "Waits for a second person"),
    "scheduled": p_("broadcast", "Will be sent"),
    "sending": p_("broadcast", "Is being sent"),
    "paused": p_("broadcast", "Paused"),
    "cancelled": p_("broadcast", "Stopped"),
    "done": p_("broadcast", "Sent"),
}

BANDS: Final = (0, 1, 2, 3)
"""Age bands as `bot.flows.news` asks for them."""

log = structlog.get_logger()


# --- what there is to see ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """Whom a segment reaches now. `groups`: language, channel and number, None for fewer than five. `resting` are those who
    have heard another message too lately."""

    total: int
    resting: int
    groups: Sequence[tuple[str, str, int | None]]
    locales: frozenset[str]

    @property
    def few(self) -> bool:
        return self.total < HIDDEN_BELOW


@dataclass(frozen=True, slots=True)
class Line:
    """A broadcast in the list."""

    row: Broadcast
    title: str
    status: Text


@dataclass(frozen=True, slots=True)
class Seen:
    """A broadcast on its own page: whom it would reach, what is missing, who has to say yes, what was done."""

    row: Broadcast
    title: str
    counted: Counted
    missing: Sequence[str]
    second: bool
    author: str
    own: bool
    events: Sequence[broadcasts.Event]
    need: str | None
    outcomes: Sequence[Broadcast]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of one language or area: reached, not reached, still to come, answered. None: fewer than five."""

    name: str
    count: int
    sent: int
    failed: int
    waiting: int
    answered: int

    @property
    def small(self) -> bool:
        return self.count < HIDDEN_BELOW


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast has come. `failed` by reason, `answers` by what was pressed, `signed` by the signup's status.
    `rate` in messages a second, over the time it has been sent; `left_s` is a guess of the seconds still to go."""

    status: str
    expected: int
    handed: int
    sent: int
    kept: int
    waiting: int
    doubtful: int
    failed: Mapping[str, int]
    answers: Mapping[str, int]
    signed: Mapping[str, int]
    languages: Sequence[Share]
    areas: Sequence[Share]
    rate: float
    left_s: int | None

    @property
    def reached(self) -> int:
        return self.sent + self.kept

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    @property
    def percent(self) -> int:
        over = self.reached + self.doubtful + sum(self.failed.values())
        return min(100, over * 100 // max(1, self.expected, self.handed))


@dataclass(slots=True)
class Filled:
    """A form as it was filled in: content and segment as they are stored, or what has to be mended, by field."""

    content: dict[str, Any] = field(default_factory=dict)
    segment: dict[str, Any] = field(default_factory=dict)
    need_id: int | None = None
    problems: dict[str, Text] = field(default_factory=dict)


# --- what staff do -------------------------------------------------------------------------------------------------------


class Broadcasts:
    """The acts of those who send to many. Every one raises Refused: "missing", "gone", "empty", "same", "may not"."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    # --- written ------------------------------------------------------------------------------------------------------

    async def listed(self, by: Actor, *, over: bool = False) -> list[Line]:
        """The broadcasts that are not over, or those that are, the newest first."""
        async with self.db.read() as tx:
            found = await broadcasts.of_municipality(tx, by.municipality_id, living=not over)
        return [Line(each, title_of(each), STATUSES[each.status]) for each in found]

    async def seen(self, by: Actor, broadcast_id: int) -> Seen:
        """One of them, with what it would reach now."""
        place = self.place(by)
        async with self.db.read() as tx:
            row = await self._load(tx, by, broadcast_id)
            events = await broadcasts.events(tx, place.id, row.id)
            outcomes = await broadcasts.outcomes_of(tx, place.id, row.id)
            author = (await staff.load(tx, row.staff_id)).name if row.staff_id else place.name
            need = await self._need_title(tx, place, row.need_id)
            level = await crisis.now(tx, place.id)
        counted = await self.count(by, row.segment, answers_id=row.answers_id)
        in_crisis = level is not None and level.level == "crisis"
        return Seen(
            row, title_of(row), counted, missing_in(row.content, place, counted.locales),
            needs_second(place, counted.total, urgent=row.urgent is not None, in_crisis=in_crisis), author,
            row.staff_id == by.staff_id, events, need, outcomes,
        )  # fmt: skip

    async def _need_title(self, tx: AsyncConnection, place: Municipality, need_id: int | None) -> str | None:
        if need_id is None:
            return None
        try:
            need = await shifts.load_need(tx, place.id, need_id)
        except NotFound:
            return None
        return str((need.need or {}).get("what") or "")

    async def create(self, by: Actor, key: str, *, need_id: int | None = None, answers_id: int | None = None) -> int:
        """A new draft; one about a need is written already, in every language. The id of an earlier one with this key."""
        self._may(by, MAY_WRITE)
        place = self.place(by)

        async def write(tx: AsyncConnection) -> int:
            now = self.now()
            if not await inbox.mark_seen(tx, f"broadcast:{by.staff_id}:{key[:64]}", place.id, now):
                return (await broadcasts.of_municipality(tx, place.id, living=True, limit=1))[0].id
            content, segment = await self._begun(tx, place, need_id, answers_id)
            made = await broadcasts.add(
                tx, municipality_id=place.id, content=content, segment=segment, staff_id=by.staff_id, now=now,
                need_id=need_id, answers_id=answers_id,
            )  # fmt: skip
            await self._log(tx, by, made, "made")
            return made

        return await self.db.write(write)

    async def _begun(
        self, tx: AsyncConnection, place: Municipality, need_id: int | None, answers_id: int | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a new draft holds: of a need its words in every language, of an outcome whom it goes to."""
        if answers_id is not None:
            await self._load_in(tx, place.id, answers_id)
            return {"texts": {}, "buttons": []}, {"answered": [answers_id, ""]}
        if need_id is None:
            return {"texts": {}, "buttons": ["not"]}, {}
        try:
            need = await shifts.load_need(tx, place.id, need_id)
        except NotFound as error:
            raise Refused("missing", _("There is no such need, or it is over.")) from error
        coming = await shifts.coming(tx, place.id, self.now(), need_id=need_id)
        if need.kind != "shift" or not coming:
            raise Refused("empty", _("That need has no shift to come, so there is nothing to call for."))
        soonest = min(coming, key=lambda each: each.starts_at)
        seen = named(soonest, place.zone)
        free = sum(each.free for each in coming)
        texts = {}
        for tag in place.languages:
            words = Words(tag, place.zone)
            title, about = str((need.need or {}).get("what") or ""), str((need.need or {}).get("about") or "")
            where = need.area or words.plain(_("the place is told later"))
            # TRANSLATORS: a message to many, made out of a need. A human reads it before it is sent.
            call = _("Helpers are needed: {title}, {place}, {when}. Can you help? Missing so far: {count}.", title=title,
                     place=where, when=when(seen), count=max(1, free))  # fmt: skip
            texts[tag] = {"words": words.plain(call), "more": about}
        segment = {
            "topics": [each.id for each in place.news.topics if each.needs],
            "areas": [need.area] if need.area else [],
        }
        return {"texts": texts, "buttons": ["help", "more", "not"]}, segment

    async def save(
        self, by: Actor, broadcast_id: int, filled: Filled, *, picture: tuple[str, bytes] | None = None
    ) -> None:
        """Keep what was written. One that waited for a second person is a draft again."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            before = await self._load(tx, by, broadcast_id, lock=True)
            values: dict[str, Any] = {"content": filled.content, "segment": filled.segment, "status": "draft"}
            if before.answers_id is not None:
                values["segment"] = before.segment
            elif filled.need_id is not None or "help" not in filled.content["buttons"]:
                values["need_id"] = filled.need_id
            if picture is not None:
                mime, content = picture
                values["file_id"] = await files.put(
                    tx, municipality_id=by.municipality_id, content=content, mime=mime, name="", now=self.now()
                )
            await self._change(tx, by, broadcast_id, values, broadcasts.CHANGEABLE)
            if before.status == "asked" or before.content != filled.content or before.segment != values["segment"]:
                await self._log(tx, by, broadcast_id, "changed")

        await self.db.write(write)

    async def drop_picture(self, by: Actor, broadcast_id: int) -> None:
        """Take the picture away."""
        self._may(by, MAY_WRITE)
        await self.db.write(lambda tx: self._change(tx, by, broadcast_id, {"file_id": None}, broadcasts.CHANGEABLE))

    def preview(self, by: Actor, row: Broadcast, tag: str, *, drill: bool = False) -> Body:
        """The message exactly as it goes out, in one language."""
        return body_of(row, tag, self.place(by), drill=drill)

    # --- whom it reaches ----------------------------------------------------------------------------------------------

    async def count(self, by: Actor, segment: Mapping[str, Any], *, answers_id: int | None = None) -> Counted:
        """Whom a segment reaches now, by language and channel."""
        async with self.db.read(aside=True) as tx:
            chosen = await chosen_of(tx, by.municipality_id, segment, answers_id=answers_id)
            groups = await broadcasts.count(tx, by.municipality_id, chosen, self.now())
        return counted(groups)

    async def keep_segment(self, by: Actor, broadcast_id: int, name: str) -> None:
        """Keep whom a broadcast goes to under a name."""
        name = masking.mask(name.strip()[:80])[0]
        if not name:
            raise Refused("empty", _("Give it a name."))

        async def write(tx: AsyncConnection) -> None:
            row = await self._load(tx, by, broadcast_id)
            await broadcasts.keep_segment(tx, municipality_id=by.municipality_id, name=name, segment=row.segment,
                                          staff_id=by.staff_id, now=self.now())  # fmt: skip

        await self.db.write(write)

    async def segments(self, by: Actor) -> list[tuple[int, str, Any]]:
        """What was kept: id, name, segment."""
        async with self.db.read() as tx:
            return await broadcasts.kept_segments(tx, by.municipality_id)

    async def use_segment(self, by: Actor, broadcast_id: int, segment_id: int) -> None:
        """Let a broadcast go to whom a kept segment names."""
        kept = {id: segment for id, _name, segment in await self.segments(by)}
        if segment_id not in kept:
            raise Refused("empty", _("Choose one that was kept."))
        values = {"segment": kept[segment_id], "status": "draft"}
        await self.db.write(lambda tx: self._change(tx, by, broadcast_id, values, broadcasts.CHANGEABLE))

    async def drop_segment(self, by: Actor, segment_id: int) -> None:
        """Keep it no longer."""
        await self.db.write(lambda tx: broadcasts.drop_segment(tx, by.municipality_id, segment_id))

    # --- approved and sent --------------------------------------------------------------------------------------------

    async def test(self, by: Actor, broadcast_id: int, tags: Sequence[str]) -> Text:
        """Send it to oneself, in these languages: to the Telegram chat one has linked, else by mail; what was done, in words."""
        self._may(by, MAY_WRITE)
        place = self.place(by)

        async def write(tx: AsyncConnection) -> Text:
            now = self.now()
            row = await self._load(tx, by, broadcast_id)
            member = await staff.load(tx, by.staff_id)
            chat = await staff.chat_of(tx, by.staff_id, place.id)
            if chat is None and not (member.email and self.turns.mails):
                raise Refused("empty", _("There is no way to reach you: link your Telegram under My account, or leave an "
                                         "e-mail address there."))  # fmt: skip
            key = f"test:{row.id}:{by.staff_id}:{now.isoformat()}"
            for at, tag in enumerate(tags):
                body = body_of(row, tag, place)
                if chat is not None:
                    common = {"address_id": chat.address_id, "channel": "telegram", "op": "send", "body": body}
                else:
                    to = await conversations.address(tx, municipality_id=place.id, channel="mail",
                                                     address=str(member.email), now=now)  # fmt: skip
                    common = {"address_id": to.id, "channel": "mail", "op": "mail", "body": letter_of(body, place)}
                delivery = NewDelivery(municipality_id=place.id, made_by=key, ordinal=at, due_at=now, **common)
                await outbox.queue(tx, [delivery], now=now)
            await self._log(tx, by, row.id, "tested", ", ".join(tags))
            if chat is not None:
                return _("It is on its way to your Telegram.")
            return _("It is on its way to {email}.", email=Ltr(str(member.email)))

        said = await self.db.write(write)
        self.turns.wake()
        return said

    async def ask(self, by: Actor, broadcast_id: int, *, at: datetime | None = None, urgent: str = "") -> str:
        """Have it sent, at once or `at`; where a second person has to agree, ask for that. The status it has then.

        `urgent` is the reason why it may come at night and to those who have just heard another message.
        """
        self._may(by, MAY_WRITE)
        place, reason = self.place(by), masking.mask(urgent.strip()[:500])[0]
        async with self.db.read() as tx:
            row = await self._load(tx, by, broadcast_id)
        reach = await self.count(by, row.segment, answers_id=row.answers_id)
        self._complete(row, place, reach)

        async def write(tx: AsyncConnection) -> str:
            level = await crisis.now(tx, place.id)
            in_crisis = level is not None and level.level == "crisis"
            second = needs_second(place, reach.total, urgent=bool(reason), in_crisis=in_crisis)
            if not second:
                self._may(by, MAY_APPROVE | {"coordinator"})
            status = "asked" if second else "scheduled"
            values: dict[str, Any] = {"status": status, "urgent": reason or None, "starts_at": at or self.now()}
            if in_crisis or reason:
                values["content"] = {**row.content, "swedish_last": True}
            await self._change(tx, by, broadcast_id, values, ("draft",))
            await self._log(tx, by, broadcast_id, "asked" if second else "sent", reason or None)
            return status

        return await self.db.write(write)

    def _complete(self, row: Broadcast, place: Municipality, reach: Counted) -> None:
        missing = missing_in(row.content, place, reach.locales)
        if missing:
            raise Refused("empty", _("Text is missing in: {languages}. Write it, or choose that the Swedish one goes out "
                                     "there, marked.", languages=tuple(Ltr(each) for each in missing)))  # fmt: skip
        if reach.total == 0:
            raise Refused("empty", _("Nobody who has asked for news is among those you have chosen."))
        if "help" in (row.content.get("buttons") or ()) and row.need_id is None:
            raise Refused("empty", _("The button “I can help” needs a need that it signs people up for. Choose one."))

    async def approve(self, by: Actor, broadcast_id: int) -> None:
        """The second person's yes."""
        self._may(by, MAY_APPROVE)

        async def write(tx: AsyncConnection) -> None:
            row = await self._load(tx, by, broadcast_id, lock=True)
            if row.staff_id == by.staff_id:
                raise Refused("same", _("Somebody else has to approve what you have written."))
            starts = max(row.starts_at or self.now(), self.now())
            values = {"status": "scheduled", "approved_by": by.staff_id, "starts_at": starts}
            await self._change(tx, by, broadcast_id, values, ("asked",))
            await self._log(tx, by, broadcast_id, "approved")

        await self.db.write(write)

    async def give_back(self, by: Actor, broadcast_id: int, words: str) -> None:
        """The second person's no, with a word why; or the author changes their mind: it is a draft again."""
        self._may(by, MAY_WRITE)
        words = masking.mask(words.strip()[:500])[0]

        async def write(tx: AsyncConnection) -> None:
            await self._change(tx, by, broadcast_id, {"status": "draft", "starts_at": None}, ("asked", "scheduled"))
            await self._log(tx, by, broadcast_id, "given back", words or None)

        await self.db.write(write)

    async def pause(self, by: Actor, broadcast_id: int) -> None:
        """Send no more of it for now."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            await self._change(tx, by, broadcast_id, {"status": "paused"}, ("sending", "scheduled"))
            await broadcasts.set_waiting(tx, broadcast_id, self.now() + FAR)
            await self._log(tx, by, broadcast_id, "paused")

        await self.db.write(write)

    async def resume(self, by: Actor, broadcast_id: int) -> None:
        """Go on with it."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            row = await self._load(tx, by, broadcast_id, lock=True)
            status = "sending" if row.started_at else "scheduled"
            await self._change(tx, by, broadcast_id, {"status": status}, ("paused",))
            await broadcasts.set_waiting(tx, broadcast_id, self.now())
            await self._log(tx, by, broadcast_id, "resumed")

        await self.db.write(write)
        self.turns.wake()

    async def cancel(self, by: Actor, broadcast_id: int) -> None:
        """Stop it for good: what waits is not sent, what was sent stays."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            now = self.now()
            values = {"status": "cancelled", "done_at": now}
            await self._change(tx, by, broadcast_id, values, broadcasts.LIVING)
            unsent = await outbox.end_bulk(tx, broadcasts.made_by(broadcast_id), "cancelled", now)
            await broadcasts.drop_messages(tx, unsent)
            await self._log(tx, by, broadcast_id, "cancelled")

        await self.db.write(write)

    async def resend(self, by: Actor, broadcast_id: int) -> int:
        """Send those again of which nobody knows whether they arrived; how many."""
        self._may(by, MAY_APPROVE)

        async def write(tx: AsyncConnection) -> int:
            row = await self._load(tx, by, broadcast_id, lock=True)
            if row.status not in ("sending", "done"):
                raise Refused("gone", OVER)
            count = await outbox.resend_doubtful(tx, broadcasts.made_by(row.id), self.now())
            if count:
                await self._change(tx, by, row.id, {"status": "sending", "done_at": None}, ("sending", "done"))
                await self._log(tx, by, row.id, "sent again", str(count))
            return count

        count = await self.db.write(write)
        self.turns.wake()
        return count

    # --- followed -----------------------------------------------------------------------------------------------------

    async def progress(self, by: Actor, broadcast_id: int) -> Progress:
        """How far it has come."""
        place = self.place(by)
        async with self.db.read(aside=True) as tx:
            row = await self._load(tx, by, broadcast_id)
            found = await broadcasts.reached(tx, row.id)
            signed = await broadcasts.signed_up(tx, row.id, row.need_id) if row.need_id is not None else {}
            areas = await listeners.words(tx, place.id, "areas")
        return progress_of(row, found, signed, areas, self.now())

    async def doubtful(self, by: Actor, broadcast_id: int) -> list[tuple[int, str, str, datetime]]:
        """Those of which nobody knows whether they arrived: the resident's number, language, channel, when."""
        async with self.db.read() as tx:
            await self._load(tx, by, broadcast_id)
            return await broadcasts.in_doubt(tx, by.municipality_id, broadcast_id)

    # --- what they share ----------------------------------------------------------------------------------------------

    def _may(self, by: Actor, roles: frozenset[str]) -> None:
        if not by.roles & roles:
            raise Refused("may not", _("Your account may not do this. Whoever sends messages to many can."))

    async def _load(self, tx: AsyncConnection, by: Actor, broadcast_id: int, *, lock: bool = False) -> Broadcast:
        return await self._load_in(tx, by.municipality_id, broadcast_id, lock=lock)

    async def _load_in(
        self, tx: AsyncConnection, municipality_id: str, broadcast_id: int, *, lock: bool = False
    ) -> Broadcast:
        try:
            return await broadcasts.load(tx, municipality_id, broadcast_id, lock=lock)
        except NotFound as error:
            raise Refused("missing", MISSING) from error

    async def _change(
        self, tx: AsyncConnection, by: Actor, broadcast_id: int, values: Mapping[str, Any], before: Sequence[str]
    ) -> None:
        if not await broadcasts.change(tx, by.municipality_id, broadcast_id, values, before, self.now()):
            await self._load(tx, by, broadcast_id)
            raise Refused("gone", OVER)

    async def _log(
        self, tx: AsyncConnection, by: Actor, broadcast_id: int, act: str, detail: str | None = None
    ) -> None:
        await broadcasts.log(
            tx, municipality_id=by.municipality_id, broadcast_id=broadcast_id, act=act, who=by.name, at=self.now(),
            staff_id=by.staff_id or None, detail=detail,
        )  # fmt: skip


# --- pure parts ------------------------------------------------------------------------------------------------------------


def title_of(row: Broadcast) -> str:
    """What a broadcast is called in a list: how its Swedish text begins."""
    words = str((row.content.get("texts") or {}).get(MASTER, {}).get("words") or "").strip()
    first = words.split("\n")[0]
    return first if len(first) <= 70 else first[:69].rstrip() + "…"


def needs_second(place: Municipality, count: int, *, urgent: bool, in_crisis: bool) -> bool:
    """Whether a second person has to agree: for many, at night, and in a crisis (languages-and-rights.md C9)."""
    return count > place.news.approve_above or urgent or in_crisis


def missing_in(content: Mapping[str, Any], place: Municipality, locales: Iterable[str]) -> list[str]:
    """The languages in which text is missing, and whose readers would get none: Swedish always, the others where somebody
    reads them, unless the marked Swedish text is to go out there."""
    fallback = set(content.get("fallback") or ())
    read = [tag for tag in place.languages if tag in set(locales) or tag == MASTER]
    return [tag for tag in read if said_in(content, tag)[1] and tag not in fallback or tag == MASTER
            and not str((content.get("texts") or {}).get(MASTER, {}).get("words") or "").strip()]  # fmt: skip


def counted(groups: Iterable[Group]) -> Counted:
    """Numbers as they may be shown."""
    found = list(groups)
    return Counted(
        sum(each.count for each in found), sum(each.resting for each in found),
        [(each.locale, each.channel, each.count if each.count >= HIDDEN_BELOW else None) for each in found],
        frozenset(each.locale for each in found),
    )  # fmt: skip


async def chosen_of(
    tx: AsyncConnection, municipality_id: str, segment: Mapping[str, Any], *, answers_id: int | None = None
) -> Chosen:
    """A segment in the bits that are compared. A word that nobody has chooses nobody."""
    but: Mapping[str, Any] = segment.get("but") or {}

    async def bits(kind: str) -> int | None:
        words = segment.get(kind) or ()
        return await listeners.known_bits(tx, municipality_id, kind, words) if words else None

    async def but_bits(kind: str) -> int:
        words = but.get(kind) or ()
        return await listeners.known_bits(tx, municipality_id, kind, words) if words else 0

    def earlier(name: str) -> tuple[int, str] | None:
        said = segment.get(name)
        return (int(said[0]), str(said[1])) if said else None

    return Chosen(
        topics=await bits("topics"), areas=await bits("areas"), skills=await bits("skills"), spoken=await bits("spoken"),
        roles=await bits("roles"), locales=tuple(segment.get("locales") or ()),
        bands=tuple(int(each) for each in segment.get("bands") or ()), but_areas=await but_bits("areas"),
        but_skills=await but_bits("skills"), but_roles=await but_bits("roles"),
        answered=(answers_id, "") if answers_id is not None else earlier("answered"), unanswered=earlier("unanswered"),
    )  # fmt: skip


def body_of(row: Broadcast, tag: str, place: Municipality, *, drill: bool = False) -> Body:
    """The message as it is stored and sent, in one language."""
    reply: Reply = message(row.content, tag, row.id, place, drill=drill)
    return Words(tag if tag in place.languages else MASTER, place.zone).body(reply)


def letter_of(body: Body, place: Municipality, stop_url: str = "", open_url: str = "") -> dict[str, Any]:
    """The same as a letter: without buttons, with where to answer and where to stop."""
    words = Words(str(body["lang"]), place.zone)
    lines = [plain(str(body["html"]), addresses=True)]
    if open_url:
        lines.append(words.plain(_("Answer here: {url}", url=Ltr(open_url))))
    if stop_url:
        lines.append(words.plain(_("No more such letters: {url}", url=Ltr(stop_url))))
    subject = words.plain(_("A message from {lab}", lab=place.lab or place.name))
    return {"subject": subject, "text": "\n\n".join(lines), **({"unsubscribe": stop_url} if stop_url else {})}


def progress_of(
    row: Broadcast, found: Sequence[Reached], signed: Mapping[str, int], area_words: Mapping[int, str], now: datetime
) -> Progress:
    """Every recipient counted once, from what `storage.broadcasts.reached` has found."""
    states: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    languages: dict[str, Counter[str]] = defaultdict(Counter)
    areas: dict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        state = _STATES.get(each.status, "waiting")
        states[state] += each.count
        if state == "failed":
            failed[reason_of(each.error)] += each.count
        if each.answer:
            answers[each.answer] += each.count
        named_areas = [word for bit, word in area_words.items() if each.areas >> bit & 1]
        for group in (languages[each.locale], *(areas[word] for word in named_areas)):
            group["count"] += each.count
            group[state] += each.count
            group["answered"] += each.count if each.answer else 0
    handed = sum(states.values())
    ended = row.done_at or now
    took_s = (ended - row.started_at).total_seconds() if row.started_at else 0.0
    over = states["sent"] + states["failed"] + states["doubtful"]
    rate = over / took_s if took_s > 0 else 0.0
    expected = row.expected or handed
    left = max(0, expected - handed) + states["waiting"]
    return Progress(
        row.status, expected, handed, states["sent"], states["kept"], states["waiting"], states["doubtful"], failed, answers,
        signed, _shares(languages), _shares(areas), round(rate, 1),
        round(left / rate) if rate > 0 and row.status == "sending" else None,
    )  # fmt: skip


_STATES: Final[Mapping[str, str]] = {"sent": "sent", "kept": "kept", "given_up": "failed", "in_doubt": "doubtful"}


def _shares(groups: Mapping[str, Counter[str]]) -> list[Share]:
    return [
        Share(name, each["count"], each["sent"] + each["kept"], each["failed"] + each["doubtful"], each["waiting"],
              each["answered"])
        for name, each in sorted(groups.items(), key=lambda pair: (-pair[1]["count"], pair[0]))
    ]  # fmt: skip


REASONS: Final[Mapping[str, Text]] = {
    # TRANSLATORS: why a message to many did not reach somebody.
    "blocked": p_("not reached", "Has blocked the bot"),
    "deactivated": p_("not reached", "The account is gone"),
    "stopped": p_("not reached", "Wanted no more messages"),
    "cancelled": p_("not reached", "The sending was stopped"),
    "unreachable": p_("not reached", "The address is not there any more"),
    "refused": p_("not reached", "Telegram or the mail server refused it"),
    "other": p_("not reached", "Something else"),
}


def reason_of(error: str | None) -> str:
    """Why a delivery was given up, sorted; see `bot.errors` and telegram-platform.md 4."""
    words = (error or "").lower()
    for name, marks in (
        ("stopped", ("stopped",)),
        ("cancelled", ("cancelled",)),
        ("blocked", ("blocked",)),
        ("deactivated", ("deactivated",)),
        ("unreachable", ("not found", "forgotten", "initiate")),
        ("refused", ("400", "403", "smtp 5")),
    ):
        if any(mark in words for mark in marks):
            return name
    return "other"


# --- sent ------------------------------------------------------------------------------------------------------------------


class Feeder:
    """Begins broadcasts when their time has come, and hands them to the outbox part by part."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    async def run(self) -> None:
        """Until cancelled. Several processes may run it: each part is handed over by one of them."""
        while True:
            try:
                busy = await self.step()
            except Retry as error:
                log.warning("broadcasts wait for the database", reason=str(error))
                busy = False
            await asyncio.sleep(BETWEEN_S if busy else LOOK_S)

    async def step(self) -> bool:
        """Do what there is to do now; whether there is more at once."""
        now = self.now()
        async with self.db.read() as tx:
            waiting = await broadcasts.running(tx, now, "scheduled")
            going = await broadcasts.running(tx, now, "sending")
        for municipality_id, broadcast_id in waiting:
            await self._begin(municipality_id, broadcast_id)
        busy = bool(waiting)
        for municipality_id, broadcast_id in going:
            busy = await self._hand_over(municipality_id, broadcast_id) or busy
        return busy

    async def _begin(self, municipality_id: str, broadcast_id: int) -> None:
        """Begin one, or put it off until the municipality's quiet hours are over."""
        place = self.turns.municipalities[municipality_id]
        async with self.db.read(aside=True) as tx:
            row = await broadcasts.load(tx, municipality_id, broadcast_id)
            chosen = await chosen_of(tx, municipality_id, row.segment, answers_id=row.answers_id)
            reach = counted(await broadcasts.count(tx, municipality_id, chosen, self.now()))

        async def write(tx: AsyncConnection) -> None:
            now = self.now()
            at = awake(now.astimezone(place.zone), time(place.news.quiet_from), time(place.news.quiet_to % 24))
            if row.urgent is None and at > now:
                await broadcasts.change(tx, place.id, broadcast_id, {"starts_at": at}, ("scheduled",), now)
                return
            rest = 0 if row.urgent is not None or row.answers_id is not None else reach.resting
            values = {"status": "sending", "started_at": now, "expected": reach.total - rest}
            await broadcasts.change(tx, place.id, broadcast_id, values, ("scheduled",), now)

        await self.db.write(write)

    async def _hand_over(self, municipality_id: str, broadcast_id: int) -> bool:
        """Hand the next part over, or see that all is done; whether more may be done at once."""
        place = self.turns.municipalities[municipality_id]
        async with self.db.read(aside=True) as tx:
            row = await broadcasts.load(tx, municipality_id, broadcast_id)
            ready, open_ = await broadcasts.open_of(tx, broadcast_id, self.now(), AHEAD)
            if row.fed_at is not None or ready >= AHEAD:
                part: list[Hearer] | None = None
            elif row.urgent is None and self._sleeps(place):
                part = None
            else:
                chosen = await chosen_of(tx, municipality_id, row.segment, answers_id=row.answers_id)
                part = await broadcasts.next_part(tx, row, chosen, self.now(), PART)
            level = await crisis.now(tx, municipality_id)
        if part is None:
            if row.fed_at is not None and not open_:
                await self._end(row)
            return False
        drill = level is not None and level.drill
        watched = await self.db.write(lambda tx: self._write(tx, row, part, place, drill=drill))
        for conversation_id in watched:
            self.turns.live.wake(conversation_id)
        self.turns.wake()
        return bool(part)

    def _sleeps(self, place: Municipality) -> bool:
        local = self.now().astimezone(place.zone)
        return awake(local, time(place.news.quiet_from), time(place.news.quiet_to % 24)) > local

    async def _write(
        self, tx: AsyncConnection, seen: Broadcast, part: Sequence[Hearer], place: Municipality, *, drill: bool
    ) -> list[int]:
        """One part in one transaction; the conversations that a page may show it in."""
        now = self.now()
        row = await broadcasts.claim(tx, place.id, seen.id)
        if row is None or row.cursor != seen.cursor or row.fed_at is not None:
            return []
        if not part:
            await broadcasts.change(tx, place.id, row.id, {"fed_at": now}, ("sending",), now)
            return []
        still = await broadcasts.still_listen(tx, place.id, [each.resident_id for each in part])
        bodies = {tag: body_of(row, tag, place, drill=drill) for tag in {each.locale for each in part}}
        ways = [(each, await self._way(tx, each, now)) for each in part if each.resident_id in still]
        ids = await messages.add(
            tx,
            [
                NewMessage(
                    place.id, hearer.conversation_id, now, hearer.channel, "bot", bodies[hearer.locale], hearer.locale
                )
                for hearer, _way in ways
            ],
        )
        if row.file_id is not None:
            for (hearer, _way), message_id in zip(ways, ids, strict=True):
                await files.attach(tx, municipality_id=place.id, conversation_id=hearer.conversation_id, now=now, kind="photo",
                                   message_id=message_id, file_id=row.file_id)  # fmt: skip
        sent: list[NewDelivery] = []
        for (hearer, way), message_id in zip(ways, ids, strict=True):
            if way is not None:
                sent.append(await self._delivery(tx, row, hearer, way, message_id, bodies[hearer.locale], place, now))
        await outbox.queue(tx, sent, now=now)
        noted = [(hearer, way[0] if way else "web", id) for (hearer, way), id in zip(ways, ids, strict=True)]
        await broadcasts.note_part(tx, row, noted, part[-1].resident_id, now)
        return [hearer.conversation_id for hearer, _way in ways]

    async def _way(self, tx: AsyncConnection, hearer: Hearer, now: datetime) -> tuple[str, int] | None:
        """How somebody is reached: by a chat or by mail, with its address; None: at their next visit."""
        if hearer.address_id is not None:
            return "telegram", hearer.address_id
        if hearer.channel == "mail" and hearer.email and self.turns.mails:
            to = await conversations.attach(tx, hearer.conversation_id, channel="mail", address=hearer.email, now=now)
            return "mail", to.id
        return None

    async def _delivery(
        self, tx: AsyncConnection, row: Broadcast, hearer: Hearer, way: tuple[str, int], message_id: int, body: Body,
        place: Municipality, now: datetime,
    ) -> NewDelivery:  # fmt: skip
        channel, address_id = way
        at = now.astimezone(place.zone)
        if row.urgent is None:
            at = awake(at, time(hearer.quiet_from), time(hearer.quiet_to % 24))
        op, shown = "send", None
        if channel == "mail":
            who = await conversations.by_id(tx, hearer.conversation_id)
            stop, open_ = [
                await effects.link(tx, MakeLink(purpose), who, now, self.turns.public_url, lifetime=lifetime)
                for purpose, lifetime in (("news", None), ("restore", timedelta(days=7)))
            ]
            op, shown = "mail", letter_of(body, place, stop, open_)
        elif row.file_id is not None:
            attached = await files.attachments_of(tx, hearer.conversation_id)
            op, shown = "file", {**body, "file": next(each.id for each in attached if each.message_id == message_id)}
        return NewDelivery(
            municipality_id=place.id, conversation_id=hearer.conversation_id, address_id=address_id, channel=channel, op=op,
            message_id=message_id, body=shown, priority=outbox.BULK, made_by=broadcasts.made_by(row.id),
            ordinal=hearer.resident_id, due_at=at,
        )  # fmt: skip

    async def _end(self, row: Broadcast) -> None:
        now = self.now()
        values = {"status": "done", "done_at": now}
        await self.db.write(lambda tx: broadcasts.change(tx, row.municipality_id, row.id, values, ("sending",), now))

    async def gate(self, delivery: Claimed) -> None:
        """Whether a delivery may still go out: asked at the last moment.

        Raises:
            GiveUp: They listen no more, or the broadcast was stopped.
            NotYet: It is paused, or their quiet hours have begun.
        """
        number = delivery.made_by.removeprefix("broadcast:")
        if not number.isdecimal() or delivery.conversation_id is None:
            return
        async with self.db.read() as tx:
            found = await broadcasts.standing(tx, int(number), delivery.conversation_id)
        now = self.now()
        if found is None or found[0] == "cancelled" or found[2] is None:
            await self.db.write(lambda tx: broadcasts.drop_messages(tx, [delivery.message_id or 0]))
            raise GiveUp("stopped" if found is not None and found[2] is None else "cancelled")
        status, urgent, quiet = found
        if status == "paused":
            raise NotYet(now + LOOK_AGAIN)
        if not urgent:
            place = self.turns.municipalities[delivery.municipality_id]
            local = now.astimezone(place.zone)
            at = awake(local, time(quiet[0]), time(quiet[1] % 24))
            if at > local:
                raise NotYet(at)
