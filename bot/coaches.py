"""The coaches' groups in Telegram, both ways: what a delivery shows at the moment it is sent, and what somebody did there.

What was done in a group becomes an act of `bot.handoff`, each in its own transaction and once for each update; then the
update is marked as seen together with what the group is told about it. A kill between the two lets the update come again:
the act then does nothing, and the line is said once.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, forum, group_news, translation
from bot.case_queue import Line
from bot.desk import CaseSeen, Desk
from bot.flows.case_kinds import kind_of, may_see
from bot.flows.held import STATUS
from bot.flows.model import Attachment, Card, Choice, File, Person, Point, Reply
from bot.flows.read.calendar_days import day_in
from bot.forum import HERE, Lost, line
from bot.handoff import Actor, Handoff
from bot.i18n import LanguageName, Link, Ltr, Text, _, locale, p_
from bot.i18n.markup import escape
from bot.packs.model import Municipality
from bot.rules import masking
from bot.staff import Refused
from bot.turn import STAFF_LOCALE, Turns
from bot.wording import Body, Words
from storage import cases, files, inbox, messages, outbox, residents, staff, translations
from storage import forum as topics
from storage.cases import Case
from storage.errors import NotFound
from storage.forum import CHANNEL, GONE, RIGHTS, Topic
from storage.messages import Message
from storage.outbox import Claimed
from storage.secrets import keyring
from storage.staff import Member

LIST_MAX, TAKE_MAX = 15, 8
HISTORY = 10
CLIP = 300
MADE_IN_A_DAY = 5
"""How often a topic that somebody keeps deleting is made anew in a day."""

DAY = timedelta(days=1)
SIDE = "//"
"""What begins so is said to colleagues only."""

WAKES_AT = time(8)

log = structlog.get_logger()

HOW_TO_LINK = _(
    "I do not know who you are, so nothing was sent. Link this Telegram account to yours on the staff pages, under My account."
)
NO_ROLE = _("Your account is none of a coach or coordinator here, so nothing was sent.")
ANONYMOUS = _(
    "I cannot see who you are, so nothing was sent. Turn off “remain anonymous” for yourself among the group's administrators."
)
OVER = _("Nobody has this talk now, so nothing was sent. Write {command} to take it again.", command=Ltr("/claim"))
NOT_OURS = _("This topic belongs to no case.")
NO_TRANSLATOR = _("There is no translator here.")
FOR_COLLEAGUES = _("What begins with {sign} stays among you: it is not sent to the resident.", sign=Ltr(SIDE))

# TRANSLATORS: what a command does, in Telegram's menu in the coaches' group: a few words each.
COMMANDS: tuple[tuple[str, Text], ...] = (
    ("claim", _("Take a case: its number, or in its topic")),
    ("assign", _("Give the case to a colleague: their name")),
    ("note", _("Write something down for colleagues")),
    ("snooze", _("Put the case aside: 2h, tomorrow, a date")),
    ("bot", _("Give the talk back to the machine")),
    ("close", _("Close the case")),
    ("plan", _("Show the plan, and as PDF")),
    ("language", _("The resident's language")),
    ("translate", _("Translate the message you answer to")),
    (group_news.COMMAND, _("Write to many: the Swedish text")),
)

NEWS_ACTS = frozenset({"btest", "bmark", "bsend", "byes"})
"""What the buttons about messages to many do; `bot.group_news` does it."""

_NUMBER = re.compile(r"#?(\d{1,12})")
_TOPIC_NAME = re.compile(r"#(\d{1,12})\b")
_SPAN = re.compile(
    r"(\d{1,3})\s*(h|tim|timme|timmar|hour|hours|m|min|minuter|minutes|d|dag|dagar|day|days)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a group. `kind` is "said", "edited", "pressed", "reacted", "created", "closed", "reopened"
    (topics), "moved" (to `other`), or "in", "rights", "out" (what the bot may do now).

    `thread` is None in General. `person` is the number of whoever did it, None where that is hidden. `number` is the update's.
    """

    key: str
    number: int
    kind: str
    chat: int
    thread: int | None = None
    person: str | None = None
    by_us: bool = False
    message: int | None = None
    text: str = ""
    command: str | None = None
    argument: str = ""
    file: File | None = None
    place: Point | None = None
    card: Person | None = None
    reply_to: int | None = None
    choice: str = ""
    emoji: str = ""
    other: int = 0
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept here. `content` is None where it is known to Telegram already."""

    number: int
    kind: str
    name: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class _Here:
    """Where something happened and who did it: the topic with its case, the account with what it may be."""

    event: Event
    topic: Topic | None
    case: Case | None
    member: Member | None
    actor: Actor | None

    @property
    def locale(self) -> str | None:
        return self.member.locale if self.member is not None else None


Say = tuple[Text, tuple[Choice, ...]]
"""A line for the group, with its buttons."""


class Coaches:
    """The groups of one municipality. `read` makes an event of an update's own JSON, for words that were held back."""

    def __init__(
        self, turns: Turns, municipality_id: str, read: Callable[[Mapping[str, Any]], Event | None] = lambda raw: None
    ) -> None:
        self.turns, self.db, self.now, self.municipality_id = turns, turns.db, turns.now, municipality_id
        self.handoff, self.desk, self.read = Handoff(turns), Desk(turns), read
        self.news = group_news.GroupNews(turns, self._console)

    @property
    def place(self) -> Municipality:
        return self.turns.municipalities[self.municipality_id]

    async def set_up(self, chats: Sequence[int]) -> None:
        """Remember which groups the operator has named, and show the list of what waits there."""

        async def write(tx: AsyncConnection) -> None:
            await topics.set_up(tx, self.municipality_id, chats)
            await forum.changed(tx, self.municipality_id, self.now())

        await self.db.write(write)
        self.turns.wake()

    async def is_ours(self, chat: int) -> bool:
        """Whether this is a group of the coaches, or was one under this number."""
        async with self.db.read() as tx:
            return any(chat in (each.chat, each.named) for each in await topics.groups(tx, self.municipality_id))

    async def chats(self) -> tuple[int, ...]:
        """The numbers of the groups as they are now."""
        async with self.db.read() as tx:
            return tuple(each.chat for each in await topics.groups(tx, self.municipality_id))

    # --- what a delivery shows ------------------------------------------------------------------------------------------

    async def render(self, delivery: Claimed) -> Body | None:
        """The body of a delivery that only names what it shows; None where there is nothing to show any more."""
        made: Mapping[str, Any] = delivery.body
        async with self.db.read() as tx:
            try:
                match made["made"]:
                    case "waiting":
                        return await self._waiting(tx)
                    case "card":
                        return await self._case_card(tx, int(made["case"]))
                    case "said":
                        return await self._said(tx, delivery)
                    case "history":
                        return await self._history(tx, delivery)
            except (NotFound, Refused):
                return None
        return None

    async def number(self, delivery: Claimed, message_id: int) -> int | None:
        """The number that a message has in the chat a delivery goes to."""
        chat = (delivery.address or "").partition("/")[0]
        async with self.db.read() as tx:
            for shown in await outbox.of_message(tx, delivery.address_id, message_id):
                if shown.external_id is not None:
                    return int(shown.external_id)
            for shown in await outbox.in_slots(tx, delivery.address_id, "said:"):
                if shown.external_id is not None and message_id in (shown.body or {}).get("messages", ()):
                    return int(shown.external_id)
            found = await messages.some(tx, self.municipality_id, [message_id])
        own = found[0].external_id if found else None
        group, _colon, number = (own or "").rpartition(":")
        fits = group == chat if group else found and found[0].channel == CHANNEL and not chat.startswith("-")
        return int(number) if fits and number.isdecimal() else None

    async def file(self, delivery: Claimed, known: Container[int] = ()) -> Kept | None:
        """The file that a delivery sends on; without its bytes where its number is among those `known`."""
        async with self.db.read() as tx:
            try:
                attached = await files.attachment(tx, self.municipality_id, int(delivery.body["file"]))
                if attached.file_id is None:
                    return None
                if attached.file_id in known:
                    return Kept(attached.file_id, attached.kind, attached.name or attached.kind, None)
                kept = await files.get(tx, self.municipality_id, attached.file_id)
            except NotFound:
                return None
        return Kept(kept.id, attached.kind, attached.name or kept.name or attached.kind, kept.content)

    async def topic_name(self, case_id: int) -> str:
        """What the topic of a case is called: nobody's name, for it stays when all else is gone."""
        async with self.db.read() as tx:
            queued = await cases.queued(tx, self.municipality_id, case_id)
        if queued is None:
            return f"#{case_id}"
        words = Words(self.place.languages[0], self.place.zone)
        parts = [f"#{case_id}", words.plain(kind_of(queued.case.kind).label)]
        if queued.locale:
            parts.append(words.plain(_("{value}", value=LanguageName(queued.locale))))
        return " · ".join(parts)[:128]

    async def topic_made(self, address_id: int, chat: int, thread: int) -> str:
        return await self.db.write(lambda tx: forum.topic_made(tx, address_id, chat, thread, self.now()))

    async def lost(self, chat: int, address_id: int, what: Lost) -> str | None:
        """A topic or a group is not there any more: where what waits at the address goes now, or None where it ends.

        A topic is made anew, with its card and the last words before what waits. Where that does not help, or it is the
        group that is lost, staff are told once, and the console goes on alone.
        """
        if what is Lost.TOPIC:
            return await self.db.write(lambda tx: self._topic_lost(tx, chat, address_id))

        async def write(tx: AsyncConnection) -> str | None:
            await self._lose_group(tx, chat, what)
            topic = await topics.of_address(tx, address_id)
            return None if topic is None else await self._elsewhere(tx, topic, what)

        return await self.db.write(write)

    async def _topic_lost(self, tx: AsyncConnection, chat: int, address_id: int) -> str | None:
        now, topic = self.now(), await topics.of_address(tx, address_id)
        if topic is None or topic.address is None or "/new:" in topic.address:
            return topic.address if topic else None  # another process has seen to it
        if topic.lost_at is not None:
            return None  # taken away on purpose
        if await outbox.count_since(tx, address_id, f"card:{topic.case_id}", "send", now - DAY) <= MADE_IN_A_DAY:
            await topics.make_anew(tx, topic, chat, now)
            await forum.begin(tx, topic, now, again=True)
            return topics.new_address(chat, topic.case_id)
        await topics.change(tx, topic.id, lost_at=now)
        subject = _("A topic in the coaches' group is deleted again and again")
        words = _("The talk of case {number} goes on in the console only.", number=Ltr(f"#{topic.case_id}"))
        await self._tell(tx, subject, words)
        return None

    async def _elsewhere(self, tx: AsyncConnection, topic: Topic, what: Lost) -> str | None:
        """A topic whose group is lost: in another group, where only the right to make topics is missing."""
        now = self.now()
        others = [each for each in await topics.groups(tx, self.municipality_id) if not each.lost]
        if what is Lost.RIGHTS and others:
            chat = await forum.emptiest(tx, self.municipality_id, others)
            await topics.make_anew(tx, topic, chat, now)
            return topics.new_address(chat, topic.case_id)
        await topics.change(tx, topic.id, lost_at=now)
        return None

    async def _lose_group(self, tx: AsyncConnection, chat: int, what: Lost) -> None:
        """Note that a group is lost; staff hear of it once."""
        why = GONE if what is Lost.GROUP else RIGHTS
        group = await topics.group(tx, self.municipality_id, chat)
        if group is None or group.lost in (why, GONE):
            return
        await topics.set_lost(tx, self.municipality_id, chat, why)
        if why == GONE:
            for topic in await topics.in_group(tx, self.municipality_id, chat):
                await topics.change(tx, topic.id, lost_at=self.now())
            subject = _("The bot is no longer in the coaches' group in Telegram")
            words = _("Everything goes on in the console. An administrator of the group can let the bot in again.")
        else:
            subject = _("The bot may make no topics in the coaches' group in Telegram")
            words = _(
                "Everything goes on in the console. An administrator of the group turns topics on, and gives the bot the "
                "right to manage topics."
            )
        await self._tell(tx, subject, words)

    async def _tell(self, tx: AsyncConnection, subject: Text, words: Text) -> None:
        told = HERE | {"administrator"}
        await alerts.tell_roles(tx, told, subject, (words,), self.place, self.turns.public_url, self.now())

    async def not_deleted(self, case_id: int) -> None:
        """Telegram does not let the bot delete a topic that may not stay in the group: somebody has to."""
        subject = _("A topic in the coaches' group has to be deleted by hand")
        words = _(
            "The topic of case {number} may not stay in the group, and the bot may not delete it. Delete it in "
            "Telegram, and give the bot the right to delete messages.",
            number=Ltr(f"#{case_id}"),
        )
        await self.db.write(lambda tx: self._tell(tx, subject, words))

    async def group_moved(self, old: int, new: int) -> None:
        await self.db.write(lambda tx: topics.moved(tx, self.municipality_id, old, new, self.now()))

    async def unreachable(self, address_id: int) -> None:
        """Telegram says that somebody has blocked the bot."""
        await self.db.write(lambda tx: forum.unreachable_at(tx, address_id, self.place, self.now()))

    # --- in words -------------------------------------------------------------------------------------------------------

    async def _waiting(self, tx: AsyncConnection) -> Body:
        """The list: no word of a resident, and no name but of whoever has a case."""
        now, words = self.now(), Words(self.place.languages[0], self.place.zone)
        found = [
            each
            for each in await self.desk.open_cases.of(tx, self.municipality_id)
            if each.waits and each.snoozed_until is None and not each.kind.roles.isdisjoint(HERE)
        ]
        lines = [self._line(each, now, words) for each in found[:LIST_MAX]]
        # TRANSLATORS: above a list of cases: how many there are.
        head = p_("group", "<b>Waiting for an answer: {count}</b>", count=len(found))
        blocks = [words.html(head if found else _("Nobody waits for an answer now.")), *lines]
        if len(found) > LIST_MAX:
            # TRANSLATORS: under a list that is cut off: how many there are beyond it.
            blocks.append(words.html(p_("group", "More in the console: {count}", count=len(found) - LIST_MAX)))
        free = [each.id for each in found[:LIST_MAX] if each.owner_id is None and not _hidden(each)]
        # TRANSLATORS: a button, at most 30 characters; {case} is a number such as #17.
        take = [Choice(f"k:claim:{id}", p_("group", "Take {case}", case=Ltr(f"#{id}"))) for id in free[:TAKE_MAX]]
        body = words.body(Reply(choices=tuple(take), moves=(self._console(""),), serial=0))
        return {**body, "html": "\n".join(blocks)}

    def _line(self, case: Line, now: datetime, words: Words) -> str:
        number = f"<b>#{case.id}</b>"
        if _hidden(case):
            # TRANSLATORS: behind the number of a case of which nothing more may be shown.
            return " · ".join((number, words.html(p_("group", "open it in the console"))))
        parts = [number, words.html(case.kind.label)]
        if case.locale:
            parts.append(words.value(LanguageName(case.locale)))
        if case.area:
            parts.append(words.value(case.area))
        if case.deadline is not None and case.deadline <= now:
            # TRANSLATORS: of a promised answer, with the time it was promised by.
            parts.append(words.html(p_("group", "<b>late</b> since {time}", time=case.deadline)))
        elif case.deadline is not None:
            parts.append(words.html(p_("group", "by {time}", time=case.deadline)))
        if case.owner is not None:
            parts.append(words.html(p_("group", "{name} has it", name=case.owner)))
        return " · ".join(parts)

    def _console(self, path: str) -> Choice:
        # TRANSLATORS: a button, at most 30 characters.
        return Choice("console", p_("group", "Open the console"), url=f"{self.turns.public_url}/coach{path}")

    async def _words(self, tx: AsyncConnection, case: Case) -> Words:
        """In the language of whoever has a case, or of the municipality."""
        owner = await staff.load(tx, case.owner_id) if case.owner_id is not None else None
        return Words((owner.locale if owner else None) or self.place.languages[0], self.place.zone)

    async def _case_card(self, tx: AsyncConnection, case_id: int) -> Body:
        """What whoever takes a case over has to know."""
        case = await cases.load(tx, self.municipality_id, case_id)
        owner = await staff.load(tx, case.owner_id) if case.owner_id is not None else None
        words = Words((owner.locale if owner else None) or self.place.languages[0], self.place.zone)
        by = Actor(owner.id if owner else 0, owner.name if owner else "", self.municipality_id, HERE)
        seen = await self.desk.shown(tx, by, case_id)
        rows = [(label, _clipped(words.value(value))) for label, value in self._card_rows(seen, owner)]
        buttons: tuple[Choice, ...] = (self._console(f"/cases/{case_id}"),)
        if case.closed_at is None:
            buttons = (
                # TRANSLATORS: buttons, at most 30 characters each.
                Choice(f"k:note:{case_id}", p_("group", "Note")),
                Choice(f"k:snooze:{case_id}", p_("group", "Aside until tomorrow")),
                *((Choice(f"k:plan:{case_id}", p_("group", "Plan (PDF)")),) if seen.talk.plan is not None else ()),
                Choice(f"k:bot:{case_id}", p_("group", "Back to the machine")),
                Choice(f"k:close:{case_id}", p_("group", "Close the case")),
                *buttons,
            )
        title = _("Case {number}: {kind}.", number=Ltr(f"#{case_id}"), kind=kind_of(case.kind).label)
        body = words.body(Reply(choices=buttons, serial=0))
        return {**body, "card": {"title": words.html(title), "rows": [[words.plain(label), value] for label, value in rows]},
                "html": words.html(FOR_COLLEAGUES)}  # fmt: skip

    def _card_rows(self, seen: CaseSeen, owner: Member | None) -> list[tuple[Text, Any]]:
        talk, case = seen.talk, seen.case
        rows: list[tuple[Text, Any]] = []
        if owner is not None:
            rows.append((p_("card", "Has it"), owner.name))
        rows.append((p_("card", "Who"), talk.who or _("has given no name")))
        if talk.locale:
            rows.append((p_("card", "Language"), LanguageName(talk.locale)))
        if case.area:
            rows.append((p_("card", "Place"), case.area))
        rows.append((p_("card", "Reached by"), _ways(talk.channel, email=talk.email, phone=talk.by_phone)))
        if case.deadline is not None and case.closed_at is None:
            rows.append((p_("card", "Promised by"), case.deadline))
        if case.note:
            rows.append((p_("card", "The question"), case.note))
        rows += _of_card(seen.context)
        rows += _of_card(talk.plan_card)
        rows += [(p_("card", "The machine"), each) for each in talk.tried]
        rows += [(p_("card", "Note"), event.detail) for event in talk.history if event.act == "note" and event.detail]
        earlier = [each for each in talk.cases if each.id != case.id]
        if earlier:
            numbers = tuple(Ltr(f"#{each.id}") for each in earlier[-10:])
            rows.append((p_("card", "Other cases"), numbers))
        return rows[:30]

    async def _said(self, tx: AsyncConnection, delivery: Claimed) -> Body | None:
        """What was said, in the words it has now."""
        made, topic = delivery.body, await topics.of_address(tx, delivery.address_id)
        case = await self._shown_in(tx, topic)
        if case is None:
            return None
        said = [
            await self._newest(tx, each) for each in await messages.some(tx, self.municipality_id, made["messages"])
        ]
        words = await self._words(tx, case)
        parts = [
            part for each in said for part in (self._quoted(each, words), *await self._translated(tx, each, words))
        ]
        parts = [part for part in parts if part]
        if not parts:
            return None
        body: Body = {"lang": said[0].locale or words.tag, "dir": _dir(said[0].locale), "html": "\n\n".join(parts)}
        return {**body, **{name: made[name] for name in ("reply_to", "captions", "copy", "file") if name in made}}

    async def _shown_in(self, tx: AsyncConnection, topic: Topic | None) -> Case | None:
        """The case of a topic, unless what is in it may not go there any more since it was queued."""
        if topic is None:
            return None
        case = await cases.load(tx, self.municipality_id, topic.case_id)
        return case if await forum.may_be_shown(tx, case) else None

    async def _translated(self, tx: AsyncConnection, message: Message, words: Words) -> list[str]:
        """What a machine has made of a resident's words, for whoever has the case, or for any of the staff."""
        if message.sender != "resident":
            return []
        made = {each.locale: each for each in await translations.of_messages(tx, [message.id])}
        found = made.get(words.tag) or made.get(STAFF_LOCALE)
        if found is None or not found.words:
            return []
        # TRANSLATORS: below what a resident wrote, in the coaches' group.
        shown = _("Translated by a machine ({engine}): {words}", engine=found.engine, words=found.words)
        return [words.html(shown)]

    async def _newest(self, tx: AsyncConnection, message: Message) -> Message:
        versions = await messages.of_slot(tx, message.conversation_id, message.slot) if message.slot else []
        return versions[-1] if versions else message

    def _quoted(self, message: Message, words: Words) -> str:
        """A message as the topic shows it: a resident's own words, or with the name of whoever else spoke."""
        if message.sender == "resident":
            return self._resident(message, words)
        said = str((message.body or {}).get("html", ""))
        by = (message.body or {}).get("by")
        # TRANSLATORS: before what a colleague has written somewhere else than in the group.
        return "\n".join((words.html(p_("group", "<b>{name}</b> (console):", name=by)), said)) if by else said

    def _resident(self, message: Message, words: Words) -> str:
        body = message.body or {}
        parts = [escape(str(body[name])) for name in ("text", "command") if body.get(name)]
        if body.get("pressed"):
            parts.append(f"[{escape(str(body['pressed']))}]")
        if body.get("place"):
            parts.append(words.html(_place(Point(*body["place"]))))
        if body.get("person"):
            parts.append(escape(", ".join(filter(None, (body["person"]["name"], body["person"]["phone"])))))
        if body.get("file") and not parts:
            parts.append(words.html(_("A file: it is in the console.")))
        return "\n".join(parts)

    async def _history(self, tx: AsyncConnection, delivery: Claimed) -> Body | None:
        """What was said last in the conversation, but for what is shown or waits to be shown on its own."""
        topic = await topics.of_address(tx, delivery.address_id)
        case = await self._shown_in(tx, topic)
        if topic is None or case is None:
            return None
        since = datetime.fromisoformat(delivery.body["since"]) if delivery.body.get("since") else None
        if since is not None:
            since = max(since, topic.opened_at)  # what came before was shown when it was opened
        apart = {
            id for body in await outbox.still_open(tx, topic.address_id) if isinstance(body, Mapping)
            for id in body.get("messages", ())
        }  # fmt: skip
        if since is not None:
            for shown in await outbox.in_slots(tx, topic.address_id, "said:"):
                if shown.external_id is not None:
                    apart |= {shown.message_id, *(shown.body or {}).get("messages", ())}
        words = await self._words(tx, case)
        lines: list[str] = []
        for message in await messages.before(tx, topic.conversation_id, limit=3 * HISTORY):
            if message.id in apart or (since is not None and message.at < since) or message.slot == STATUS:
                continue
            if said := self._quoted_by_name(message, words):
                lines.append(said)
        if not lines:
            return None
        head = p_("group", "What was said last:")
        return {"lang": words.tag, "dir": "ltr", "html": "\n\n".join([f"<b>{words.html(head)}</b>", *lines[-HISTORY:]])}

    def _quoted_by_name(self, message: Message, words: Words) -> str:
        body = message.body or {}
        if message.sender == "resident":
            name, said = words.html(p_("group", "The resident")), self._resident(message, words)
        else:
            who = escape(str(body["by"])) if body.get("by") else words.html(p_("group", "The machine"))
            name, said = who, str(body.get("html", ""))
        return f"<b>{name}</b>: {_clipped(said)}" if said else ""

    # --- what was done in a group ---------------------------------------------------------------------------------------

    async def take(self, event: Event) -> str | None:
        """Apply one event, once; the words of the answer to a pressed button, if any.

        Raises:
            Retry: The same event is to come again.
        """
        here = await self._here(event)
        match event.kind:
            case "in" | "rights" | "out" | "moved" | "created":
                await self._mark(event, lambda tx: self._happened(tx, here))
            case "reacted":
                await self._reacted(here)
            case "pressed":
                return await self._pressed(here)
            case "edited":
                await self._edited(here)
            case _:
                await self._said_here(here)
        return None

    async def _here(self, event: Event) -> _Here:
        async with self.db.read() as tx:
            topic = None
            if event.thread is not None:
                topic = await topics.at_address(tx, self.municipality_id, f"{event.chat}/{event.thread}")
            case = await cases.load(tx, self.municipality_id, topic.case_id) if topic is not None else None
            member = await staff.by_chat(tx, self.municipality_id, event.person) if event.person else None
            held = (await staff.roles(tx, member.id)).get(self.municipality_id, frozenset()) if member else frozenset()
        able = bool(held & HERE) or (_is_news(event) and group_news.may(held))
        actor = Actor(member.id, member.name, self.municipality_id, held) if member is not None and able else None
        return _Here(event, topic, case, member, actor)

    async def _happened(self, tx: AsyncConnection, here: _Here) -> None:
        """The group itself has changed, or a topic of ours was made."""
        event, now, place = here.event, self.now(), self.place
        match event.kind:
            case "in":
                await forum.find_group(tx, place.id, event.chat, now)
            case "rights":
                await self._lose_group(tx, event.chat, Lost.RIGHTS)
            case "out":
                await self._lose_group(tx, event.chat, Lost.GROUP)
            case "moved":
                await topics.moved(tx, place.id, event.chat, event.other, now)
            case "created" if event.by_us and (named := _TOPIC_NAME.match(event.text)):
                topic = await topics.of_case(tx, place.id, int(named[1]))
                address = f"{event.chat}/{event.thread}"
                if topic is None or event.thread is None:
                    await forum.close_orphan(tx, place.id, address, now)
                else:
                    await forum.topic_made(tx, topic.address_id, event.chat, event.thread, now)

    async def _said_here(self, here: _Here) -> None:
        """Words, a file, a command, or a topic closed or opened by hand."""
        event = here.event
        if event.by_us or (event.kind != "said" and here.topic is None):
            return await self._mark(event)
        if event.kind == "said" and event.command is None:
            if event.thread is None or here.topic is None or event.text.startswith(SIDE):
                return await self._mark(event)
            if event.text.startswith("/"):  # for another bot, or mistyped: surely not meant for the resident
                return await self._mark(event)
            if await self._answers_side_talk(here):
                return await self._mark(event)
        if (refused := self._stranger(here)) is not None:
            return await self._once(here, refused)
        assert here.actor is not None
        try:
            said = await self._do(here, here.actor)
        except Refused as refused_act:
            return await self._mark(event, say=(refused_act.words, ()), here=here)
        keep = event.raw if said is not None and any(each.id.startswith("k:take:") for each in said[1]) else None
        await self._mark(event, say=said, here=here, raw=keep)

    def _stranger(self, here: _Here) -> Text | None:
        """Why somebody may do nothing here."""
        if here.event.person is None:
            return ANONYMOUS
        if here.member is None:
            return HOW_TO_LINK
        return NO_ROLE if here.actor is None else None

    async def _do(self, here: _Here, by: Actor) -> Say | None:
        event, case = here.event, here.case
        if event.command is not None:
            return await self._command(here, by)
        if case is None:
            return None
        if event.kind == "closed":
            await self.handoff.hand_back(by, case.id, event.key)
            await self._mark(event, lambda tx: forum.closed_by_hand(tx, case, self.now()))
            return None
        if event.kind == "reopened":
            await self.handoff.claim(by, case.id, event.key, talk=True)
            return None
        return await self._answer(here, by, case)

    async def _answer(self, here: _Here, by: Actor, case: Case) -> Say | None:
        """Pass on what a coach wrote in the topic to the resident; a colleague's is held back first."""
        event = here.event
        assert here.topic is not None
        if not here.topic.open:
            return OVER, ()
        async with self.db.read() as tx:
            external_id = f"{event.chat}:{event.message}"
            if await messages.by_external(tx, case.conversation_id, external_id) is not None:
                return None  # passed on before a kill
            reply_to = await self._row(tx, here) if event.reply_to is not None else None
        if case.owner_id is not None and case.owner_id != by.staff_id:
            return await self._held_back(case, event)
        await self.handoff.answer(
            by, case.id, event.key, self._words_of(event), then="stay", file=event.file, reply_to=reply_to,
            external_id=external_id,
        )  # fmt: skip
        return None

    async def _held_back(self, case: Case, event: Event) -> Say:
        async with self.db.read() as tx:
            assert case.owner_id is not None
            owner = await staff.load(tx, case.owner_id)
        # TRANSLATORS: a button, at most 30 characters.
        take = Choice(f"k:take:{case.id}:{event.number}", p_("group", "Take it over and send"))
        return _("{name} has this talk; nothing was sent.", name=owner.name), (take,)

    def _words_of(self, event: Event) -> str:
        """What was said, in words: a place as a link, a card as name and number."""
        parts = [event.text]
        if event.place is not None:
            parts.append(_map(event.place))
        if event.card is not None:
            parts.append(", ".join(filter(None, (event.card.name, event.card.phone))))
        return "\n\n".join(part for part in parts if part)

    async def _answers_side_talk(self, here: _Here) -> bool:
        """Whether a message answers one that stayed among the coaches."""
        event = here.event
        if event.reply_to is None or here.topic is None or event.reply_to == event.thread:
            return False
        async with self.db.read() as tx:
            shown = await outbox.shown_as(tx, here.topic.address_id, str(event.reply_to), here.topic.conversation_id)
            return shown is None and await self._own(tx, here) is None

    async def _row(self, tx: AsyncConnection, here: _Here) -> int | None:
        """The message of the talk that one in the topic answers, or is about."""
        event, topic = here.event, here.topic
        assert topic is not None
        shown = await outbox.shown_as(tx, topic.address_id, str(event.reply_to), topic.conversation_id)
        if shown is not None:
            said = (shown.body or {}).get("messages") if isinstance(shown.body, Mapping) else None
            return said[-1] if said else shown.message_id
        own = await self._own(tx, here)
        return own.id if own is not None else None

    async def _own(self, tx: AsyncConnection, here: _Here) -> Message | None:
        assert here.topic is not None
        return await messages.by_external(tx, here.topic.conversation_id, f"{here.event.chat}:{here.event.reply_to}")

    async def _edited(self, here: _Here) -> None:
        """A coach has changed what was passed on: so is what the resident reads."""
        event = here.event
        if here.topic is None or here.case is None or here.actor is None or event.text.startswith(SIDE):
            return await self._mark(event)
        external = f"{event.chat}:{event.message}"
        async with self.db.read() as tx:
            known = await messages.by_external(tx, here.topic.conversation_id, external)
        words = self._words_of(event)
        if known is None or event.place is not None or not words:
            return await self._mark(event)
        if event.file is not None:
            say = _("A changed caption is not passed on. Write it as a message."), ()
            return await self._mark(event, say=say, here=here)
        try:
            await self.handoff.edit(here.actor, here.case.id, event.key, external, words)
        except Refused as refused:
            return await self._mark(event, say=(refused.words, ()), here=here)
        await self._mark(event)

    async def _reacted(self, here: _Here) -> None:
        """A coach has put a reaction under what the resident said."""
        event = here.event
        async with self.db.read() as tx:
            there = [each for each in await topics.in_group(tx, self.municipality_id, event.chat) if each.open]
            shown = await outbox.among(tx, [each.address_id for each in there], str(event.message)) if there else None
            topic = await topics.of_address(tx, shown.address_id) if shown is not None else None
        if here.actor is not None and shown is not None and topic is not None and shown.message_id is not None:
            try:
                await self.handoff.reacted(here.actor, topic.case_id, event.key, shown.message_id, event.emoji)
            except Refused as refused:
                log.info("a reaction was not passed on", why=refused.why)
        await self._mark(event)

    # --- commands and buttons -------------------------------------------------------------------------------------------

    async def _command(self, here: _Here, by: Actor) -> Say | None:
        event, case = here.event, here.case
        if event.command == "claim":
            number = _NUMBER.fullmatch(event.argument.strip())
            if number is None and case is None:
                return _("Which one? Write {command} and its number.", command=Ltr("/claim 17")), ()
            id = int(number[1]) if number else case.id if case is not None else 0
            await self._claim(here, by, id)
            return (
                (_("{name} has case {number} now.", name=by.name, number=Ltr(f"#{id}")), ()) if case is None else None
            )
        if event.command == group_news.COMMAND:
            if event.thread is not None:
                return _(
                    "Write {command} in General, so that it does not get mixed up with a talk.",
                    command=Ltr(f"/{event.command}"),
                ), ()
            return await self.news.write(by, event.key, event.argument)
        if event.command not in {name for name, _words in COMMANDS}:
            return self._help()
        if case is None:
            return (NOT_OURS, ()) if event.thread is not None else self._help()
        return await self._in_topic(here, by, case, str(event.command), event.argument.strip())

    async def _in_topic(self, here: _Here, by: Actor, case: Case, command: str, argument: str) -> Say | None:
        """Do one thing with the case of a topic, as a command or a button of its card says."""
        key, handoff = here.event.key, self.handoff
        match command:
            case "note":
                if not argument:
                    return _("Write the note behind the command: {command}.", command=Ltr("/note …")), ()
                await handoff.note(by, case.id, key, argument)
                return _("Noted. The resident is not told."), ()
            case "assign":
                return await self._assign(by, case, key, argument)
            case "snooze":
                until = self._until(argument, here.locale)
                await handoff.snooze(by, case.id, key, until)
                return _("Put aside until {time}.", time=until), ()
            case "bot":
                await handoff.hand_back(by, case.id, key, argument)
            case "close":
                await handoff.close(by, case.id, key)
            case "plan":
                return await self._plan(here, case)
            case "language":
                return await self._language(case)
            case "translate":
                return await self._translate(here)
        return None

    async def _translate(self, here: _Here) -> Say | None:
        """Have the message that is answered to translated; it is put below it when it is there."""
        if not self.turns.translates:
            return NO_TRANSLATOR, ()
        async with self.db.read() as tx:
            row = await self._row(tx, here) if here.event.reply_to is not None else None
            found = await messages.load(tx, row) if row is not None else None
        if found is None:
            return _("Answer with {command} to what shall be translated.", command=Ltr("/translate")), ()
        to = here.locale or STAFF_LOCALE
        say = _("The translation comes below it."), ()
        await self._mark(here.event, lambda tx: translation.want(tx, found, to, self.now()), say=say, here=here)
        return None

    def _help(self) -> Say:
        commands = tuple(_("{command}: {what}", command=Ltr(f"/{name}"), what=what) for name, what in COMMANDS)
        return _("What I understand here: {commands}", commands=commands), ()

    async def _claim(self, here: _Here, by: Actor, case_id: int) -> None:
        async with self.db.read() as tx:
            try:
                case = await cases.load(tx, self.municipality_id, case_id)
            except NotFound:
                raise Refused("missing", _("There is no such case.")) from None
            shown = await forum.may_be_shown(tx, case)
        if not shown and may_see(case.kind, by.roles):
            raise Refused("missing", _("That case is answered in the console only."))
        await self.handoff.claim(by, case_id, here.event.key, talk=here.topic is not None)

    async def _assign(self, by: Actor, case: Case, key: str, name: str) -> Say | None:
        async with self.db.read() as tx:
            able = await staff.with_roles(tx, self.municipality_id, kind_of(case.kind).roles & HERE)
        wanted = name.removeprefix("@").casefold()
        exact = [each for each in able if each.name.casefold() == wanted]
        found = exact or [each for each in able if wanted and each.name.casefold().startswith(wanted)]
        if len(found) != 1:
            names = tuple(each.name for each in (found or able))
            return _("To whom? Write {command} and a name: {names}.", command=Ltr("/assign"), names=names), ()
        await self.handoff.assign(by, case.id, key, found[0].id, expected=case.owner_id)
        return _("{name} has this case now.", name=found[0].name), ()

    def _until(self, words: str, locale: str | None) -> datetime:
        """The moment that "2h", "tomorrow", "i morgon" or a day names. Raises Refused."""
        now = self.now().astimezone(self.place.zone)
        words = words.casefold().strip() or "tomorrow"
        if span := _SPAN.fullmatch(words):
            count, unit = int(span[1]), span[2][0]
            return (
                now + timedelta(**{{"h": "hours", "t": "hours", "m": "minutes", "d": "days"}[unit]: count})
            ).astimezone(UTC)
        for tag in dict.fromkeys((locale or "sv", "sv", "en")):
            found = day_in(words, tag, now.date())
            if found is not None:
                return datetime.combine(found.day, WAKES_AT, self.place.zone).astimezone(UTC)
        raise Refused("empty", _("Until when? For example {hours}, tomorrow, or {day}.", hours=Ltr("2h"),
                                 day=now.date() + timedelta(days=3)))  # fmt: skip

    async def _plan(self, here: _Here, case: Case) -> Say | None:
        """The resident's plan, as a card and as PDF."""
        async with self.db.read() as tx:
            seen = await self.desk.shown(tx, Actor(0, "", self.municipality_id, HERE), case.id)
        plan = seen.talk.plan
        if plan is None or here.topic is None:
            return _("There is no plan yet."), ()
        topic, locale = here.topic, here.locale

        async def write(tx: AsyncConnection) -> None:
            caption = _("The plan, last changed on {day}.", day=plan.made_on)
            reply = Reply(card=seen.talk.plan_card, attachment=Attachment("plan_copy", plan.id, caption))
            await forum.document(tx, topic, reply, locale, self.place, self.now())

        await self._mark(here.event, write)
        return None

    async def _language(self, case: Case) -> Say:
        async with self.db.read() as tx:
            locale = await residents.locale_of(tx, case.resident_id)
        if locale is None:
            return _("The resident has chosen no language yet. Write short and simple sentences."), ()
        return _(
            "The resident reads {language}. Write in it if you can; otherwise short and simple Swedish, one thing at a time.",
            language=LanguageName(locale),
        ), ()  # fmt: skip

    async def _pressed(self, here: _Here) -> str | None:
        """A button under the list or a card; what is said in passing to whoever pressed it."""
        words = Words(here.locale or self.place.languages[0], self.place.zone)
        event, (act, case_id, more) = here.event, _choice(here.event.choice)
        stranger = self._stranger(here)
        if stranger is not None:
            await self._mark(event)
            return words.plain(stranger)
        assert here.actor is not None
        said: Say | None = None
        told: Say | None = None
        try:
            if act in NEWS_ACTS:
                passing, told = await self.news.press(here.actor, act, case_id, more)
                said = passing, ()
            elif act == "claim":
                await self._claim(here, here.actor, case_id)
                said = _("You have case {number} now.", number=Ltr(f"#{case_id}")), ()
            elif act == "take":
                said = await self._take_over(here, here.actor, case_id, more)
            elif (
                here.case is not None and here.case.id == case_id and act in ("note", "snooze", "plan", "bot", "close")
            ):
                said = await self._in_topic(here, here.actor, here.case, act, "")
        except Refused as refused:
            said = refused.words, ()
        await self._mark(event, say=told, here=here)
        return words.plain(said[0]) if said is not None else None

    async def _take_over(self, here: _Here, by: Actor, case_id: int, number: int) -> Say | None:
        """Take a colleague's talk over and send what was held back: only whoever wrote it may."""
        key = f"{here.event.key.rpartition(':')[0]}:{number}"
        async with self.db.read() as tx:
            raw = await inbox.raw_of(tx, key, self.municipality_id)
            case = await cases.load(tx, self.municipality_id, case_id)
        held = self.read(raw) if raw is not None else None
        if held is None:
            return _("Those words are not kept any more. Write them once more."), ()
        if held.person != here.event.person:
            return _("Only whoever wrote it can send it."), ()
        if case.owner_id != by.staff_id:
            await self.handoff.assign(by, case_id, here.event.key, by.staff_id, expected=case.owner_id)
        there = await self._here(held)
        assert there.case is not None
        refused = await self._answer(replace(there, actor=by), by, there.case)
        return refused or (_("You have this talk now, and it was sent."), ())

    # --- marking --------------------------------------------------------------------------------------------------------

    async def _mark(
        self, event: Event, job: Callable[[AsyncConnection], Awaitable[None]] | None = None, *, say: Say | None = None,
        here: _Here | None = None, raw: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """The event has been applied: with it, what is to be done or said in its transaction, once."""
        kept = masking.masked(raw) if raw is not None else None

        async def write(tx: AsyncConnection) -> None:
            if not await inbox.mark_seen(tx, event.key, self.municipality_id, self.now(), kept):
                return
            if job is not None:
                await job(tx)
            if say is not None and here is not None:
                body = line(say[0], here.locale, self.place, say[1], event.message)
                await self._say(tx, event, body, event.key)

        await self.db.write(write, key=f"group:{event.chat}")
        self.turns.wake()

    async def _once(self, here: _Here, words: Text) -> None:
        """Say something to somebody once a day in each topic: who they are, the bot does not know."""
        event, now = here.event, self.now()
        mark = keyring().mark(f"{event.chat}/{event.thread}", event.person or "", words.message)
        body = line(words, here.locale, self.place, answers=event.message)
        made_by = f"group:{mark}:{now.date().isoformat()}"

        async def say(tx: AsyncConnection) -> None:
            await self._say(tx, event, body, made_by)
            if here.topic is not None and event.kind in ("closed", "reopened"):
                await forum.put_back(tx, here.topic, now)

        await self._mark(event, say)

    async def _say(self, tx: AsyncConnection, event: Event, body: Body, made_by: str) -> None:
        address = str(event.chat) if event.thread is None else f"{event.chat}/{event.thread}"
        await forum.say_at(tx, self.municipality_id, address, body, self.now(), made_by=made_by)


def _hidden(case: Line) -> bool:
    """Whether no more than a case's number may stand in a group."""
    return case.protected or case.kind.private


def _is_news(event: Event) -> bool:
    """Whether it is about messages to many, which others may write than those who answer cases."""
    return event.command == group_news.COMMAND or _choice(event.choice)[0] in NEWS_ACTS


def _choice(choice: str) -> tuple[str, int, int]:
    """What a button of ours means: the act, the case, and something more."""
    _k, act, case_id, more = [*choice.split(":"), "", "", "", ""][:4]
    return act, int(case_id) if case_id.isdecimal() else 0, int(more) if more.isdecimal() else 0


def _ways(channel: str | None, *, email: bool, phone: bool) -> Text:
    if phone:
        return _("phone: ring them")
    if channel == CHANNEL:
        return _("Telegram")
    return _("the web, and a letter says that something waits") if email else _("the web, when they look there")


def _of_card(card: Card | None) -> list[tuple[Text, Any]]:
    return list(card.rows) if card is not None else []


def _clipped(html: str) -> str:
    """A long value, cut where no tag is open."""
    if len(html) <= CLIP:
        return html
    words = re.sub(r"<[^<>]*>", "", html)
    return words if len(words) <= CLIP else re.sub(r"&\w*$", "", words[:CLIP]).rstrip() + "…"


def _dir(tag: str | None) -> str:
    return locale(tag).dir if tag else "ltr"


def _map(place: Point) -> str:
    return f"https://www.openstreetmap.org/?mlat={place.latitude}&mlon={place.longitude}#map=16/{place.latitude}/{place.longitude}"


def _place(place: Point) -> Text:
    return _("{link}", link=Link(_("A place on the map"), _map(place)))
