"""What goes to the coaches' groups in Telegram, queued with what makes it: the list of what waits, a topic for each case
that somebody has, and in it the talk.

Nothing here is called where no group has been named. What is long or grows old (the list, a case's card, what was said)
is put into words at the moment it is sent, by `bot.coaches`: a delivery only names it. Cases of private kinds and of
people with a protected identity never get a topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.case_kinds import kind_of
from bot.flows.model import Choice, Reply
from bot.i18n import Text, _
from bot.packs.model import Municipality
from bot.wording import Words
from storage import case_log, cases, conversations, files, messages, outbox, reactions, residents, seen, staff, talks
from storage import forum as topics
from storage.cases import Case
from storage.forum import CHANNEL, GONE, Group, Topic
from storage.messages import Message
from storage.outbox import NewDelivery
from storage.secrets import make_token

HERE = frozenset({"coach", "coordinator"})
"""Who works in the groups."""

JOINED_MAX = 10
BEFORE = timedelta(hours=1)
"""What was not shown in so long before a group was found to be lost, is shown when it is there again."""


class Lost(Enum):
    """What is not there any more: a topic, a whole group, or the right to make topics in it."""

    TOPIC, GROUP, RIGHTS = "topic", "group", "rights"


# --- called wherever something changes --------------------------------------------------------------------------------


async def changed(tx: AsyncConnection, municipality_id: str, now: datetime, case_id: int | None = None) -> None:
    """Have the list of what waits shown anew, and the card of a case in its topic. One look where there is no group."""
    found = await topics.groups(tx, municipality_id)
    await _list_changed(tx, found, municipality_id, now)
    topic = await topics.of_case(tx, municipality_id, case_id) if found and case_id is not None else None
    if topic is not None and topic.open:
        await _card(tx, topic, now)


async def _list_changed(tx: AsyncConnection, groups: Sequence[Group], municipality_id: str, now: datetime) -> None:
    for group in groups:
        if group.lost != GONE:
            general = await _general(tx, municipality_id, group.chat, now)
            row = _row(
                municipality_id, general, "edit", {"made": "waiting"}, now, slot="waiting", priority=outbox.NOTICE
            )
            await outbox.queue_unless(tx, row, now=now)


async def follow(tx: AsyncConnection, case_id: int, place: Municipality, now: datetime) -> None:
    """Have the groups show how a case stands: whoever has taken it finds its topic open, and nobody else does."""
    groups = await topics.groups(tx, place.id)
    if not groups:
        return
    case = await cases.load(tx, place.id, case_id)
    talk = await talks.of_conversation(tx, case.conversation_id)
    theirs = talk is not None and talk.case_id == case.id
    if case.closed_at is not None:
        await ended(tx, case, _("The case is closed."), place, now)
    elif case.owner_id is None:
        await ended(tx, case, _("The case waits for anybody now."), place, now)
    elif theirs or kind_of(case.kind).beside:
        await _opened(tx, case, groups, now)
    elif talk is None:
        await ended(tx, case, _("The machine has the talk again."), place, now)
    if talk is not None:
        for topic in await topics.of_conversation(tx, case.conversation_id):
            other = await cases.load(tx, place.id, topic.case_id)
            if other.id != talk.case_id and not kind_of(other.kind).beside:
                await ended(tx, other, _("The talk goes on in another case of theirs."), place, now)
        if not theirs:
            await _opened(tx, await cases.load(tx, place.id, talk.case_id), groups, now)
    await _list_changed(tx, groups, place.id, now)


async def _opened(tx: AsyncConnection, case: Case, groups: Sequence[Group], now: datetime) -> None:
    """Somebody has taken a case: it gets a topic in the group with the fewest, or the one it had is opened again."""
    there = [each for each in groups if not each.lost]
    if not there or not await may_be_shown(tx, case):
        return
    topic = await topics.of_case(tx, case.municipality_id, case.id)
    if topic is None or topic.lost_at is not None or topic.address is None:
        chat = await emptiest(tx, case.municipality_id, there)
        if topic is None:
            topic = await topics.make(
                tx, case.municipality_id, chat, case_id=case.id, conversation_id=case.conversation_id, now=now
            )
        else:
            await topics.make_anew(tx, topic, chat, now)
            await topics.change(tx, topic.id, closed_at=None)
        await begin(tx, topic, now)
    elif topic.closed_at is not None:
        await topics.change(tx, topic.id, closed_at=None)
        await _queue(tx, topic, "topic_reopen", None, now)
        await _card(tx, topic, now)
        await catch_up(tx, topic, topic.closed_at, now)
    else:
        await _card(tx, topic, now)


async def ended(tx: AsyncConnection, case: Case, words: Text, place: Municipality, now: datetime) -> None:
    """The talk of a case has ended: its topic is told why, and closed until another begins."""
    topic = await topics.of_case(tx, case.municipality_id, case.id)
    if topic is not None and topic.open:
        await _card(tx, topic, now)
        await say(tx, topic, words, place, now)
        await _queue(tx, topic, "topic_close", None, now)
        await topics.change(tx, topic.id, closed_at=now)


async def take_away(tx: AsyncConnection, case: Case, now: datetime) -> None:
    """What a case's topic holds may not stand in a group any more: the topic is deleted there, with all that was said.

    The delivery is nobody's, and names what it needs: it goes out although the resident is forgotten.
    """
    topic = await topics.of_case(tx, case.municipality_id, case.id)
    if topic is not None and topic.lost_at is None:
        row = _row(case.municipality_id, topic.address_id, "topic_delete", {"case": case.id}, now)
        await outbox.queue(tx, [row], now=now)
        await topics.change(tx, topic.id, closed_at=now, lost_at=now)
    await changed(tx, case.municipality_id, now)


async def told(tx: AsyncConnection, case: Case, words: Text, place: Municipality, now: datetime) -> None:
    """Say something in a case's topic, if it has one that is open: what was done elsewhere, or has happened."""
    topic = await topics.of_case(tx, case.municipality_id, case.id)
    if topic is not None and topic.open:
        await say(tx, topic, words, place, now)


async def relay(
    tx: AsyncConnection, conversation_id: int, ids: Sequence[int], now: datetime, *, reply_to: str | None = None
) -> int | None:
    """Show in the topic what was said in a talk: by the resident, or by a person of the municipality elsewhere.

    `reply_to` is the channel's id of the message in the resident's chat that is answered. What came out of the topic
    itself, and what the machine says, is left out. The address that something waits at now, or None.
    """
    topic, held = await _of_talk(tx, conversation_id)
    if topic is None or topic.address is None:
        return None
    queued = False
    for message in await messages.some(tx, topic.municipality_id, ids):
        own = (message.external_id or "").startswith(f"{topics.chat_of(topic.address)}:")
        if (message.sender == "coach" or (held and message.sender in ("resident", "peer"))) and not own:
            answered = await _answered(tx, conversation_id, reply_to) if reply_to is not None else None
            await _relay_one(tx, topic, message, answered, now)
            queued = True
    return topic.address_id if queued else None


async def translated(tx: AsyncConnection, conversation_id: int, message_id: int, now: datetime) -> None:
    """A message has been translated: where it is shown, the translation stands below it."""
    for topic in await topics.of_conversation(tx, conversation_id):
        await _change(tx, topic, [message_id], now)


async def reacted_in_chat(
    tx: AsyncConnection, municipality_id: str, conversation_id: int, external_id: str, emoji: str, now: datetime
) -> None:
    """Keep how the resident has reacted to a message in their chat ("" takes it back), and show it in the topic."""
    message_id = await _answered(tx, conversation_id, external_id)
    if message_id is None:
        return
    topic, held = await _of_talk(tx, conversation_id)
    await reactions.put(tx, municipality_id, message_id, "resident", emoji, now)
    if topic is not None and held:
        body = {"react": {"message": message_id, "emoji": emoji}}
        await _queue(tx, topic, "react", body, now, slot=f"react:{message_id}")


async def reacted(tx: AsyncConnection, case: Case, message_id: int, emoji: str, now: datetime) -> None:
    """Show in the resident's chat how a person of the municipality has reacted to what they said."""
    await reactions.put(tx, case.municipality_id, message_id, "coach", emoji, now)
    theirs = [
        each for each in await conversations.addresses_of(tx, case.conversation_id)
        if each.channel == CHANNEL and each.state == "ok" and each.address is not None
    ]  # fmt: skip
    if theirs:
        body = {"react": {"message": message_id, "emoji": emoji}}
        row = _row(case.municipality_id, theirs[-1].id, "react", body, now, conversation_id=case.conversation_id)
        await outbox.queue(tx, [row], now=now)


async def unreachable(tx: AsyncConnection, conversation_id: int, place: Municipality, now: datetime) -> None:
    """The resident has blocked the bot: whoever has a case of theirs is told, with what else reaches them."""
    for case in await cases.of_conversation(tx, conversation_id):
        if case.closed_at is None and case.owner_id is not None:
            ways = await seen.channels(tx, conversation_id) - {CHANNEL}
            owner = await staff.load(tx, case.owner_id)
            await case_log.add(
                tx, municipality_id=case.municipality_id, conversation_id=conversation_id, case_id=case.id,
                act="unreachable", who=owner.name, at=now, detail=", ".join(sorted(ways)) or None,
            )  # fmt: skip
            await told(tx, case, unreachable_words(ways), place, now)


async def unreachable_at(tx: AsyncConnection, address_id: int, place: Municipality, now: datetime) -> None:
    """The same for whoever is at an address, the first time."""
    there = await conversations.address_by_id(tx, address_id)
    if there is not None and there.state == "ok" and there.conversation_id is not None:
        await conversations.set_address_state(tx, address_id, "blocked", now)
        await unreachable(tx, there.conversation_id, place, now)


def unreachable_words(ways: Iterable[str]) -> Text:
    ways = frozenset(ways)
    if "phone" in ways:
        return _("They have closed their chat with the bot. You can ring them: the number is in the console.")
    if "mail" in ways:
        return _("They have closed their chat with the bot. What you write waits on the web, and a letter says so.")
    if "web" in ways:
        return _("They have closed their chat with the bot. What you write waits on the web until they look there.")
    return _("They have closed their chat with the bot. Nothing reaches them before they open it again.")


# --- groups and topics that come and go -------------------------------------------------------------------------------


async def find_group(tx: AsyncConnection, municipality_id: str, chat: int, now: datetime) -> None:
    """The bot may work in a group: topics that were lost are made anew, the others hear what they have missed."""
    group = await topics.group(tx, municipality_id, chat)
    if group is None:
        return
    await topics.set_lost(tx, municipality_id, chat, "")
    general = await _general(tx, municipality_id, chat, now)
    await conversations.set_address_state(tx, general, "ok", now)
    if group.lost:
        for topic in await topics.in_group(tx, municipality_id, chat):
            since = topic.lost_at - BEFORE if topic.lost_at is not None else None
            await conversations.set_address_state(tx, topic.address_id, "ok", now)
            if topic.address is not None and "/new:" in topic.address:
                await topics.make_anew(tx, topic, chat, now)
                await begin(tx, topic, now)
            elif since is not None:
                await topics.change(tx, topic.id, lost_at=None)
                await _card(tx, topic, now)
                await catch_up(tx, topic, since, now)
    await changed(tx, municipality_id, now)


async def topic_made(tx: AsyncConnection, address_id: int, chat: int, thread: int, now: datetime) -> str:
    """Telegram has made a topic: where what waits goes from here on. Of two for one case the first is kept."""
    topic = await topics.of_address(tx, address_id)
    made = f"{chat}/{thread}"
    if topic is not None and topic.address == topics.new_address(chat, topic.case_id):
        await outbox.migrate_address(tx, address_id, made, now=now)
        return made
    if topic is None or topic.address != made:
        await close_orphan(tx, topic.municipality_id if topic else None, made, now)
    return topic.address if topic is not None and topic.address is not None else made


async def close_orphan(tx: AsyncConnection, municipality_id: str | None, address: str, now: datetime) -> None:
    """Close a topic of ours that is no case's: a kill came between making it and writing that down."""
    if municipality_id is not None:
        row = await conversations.address(
            tx, municipality_id=municipality_id, channel=CHANNEL, address=address, now=now
        )
        delivery = _row(municipality_id, row.id, "topic_close", None, now, made_by=f"orphan:{row.id}")
        await outbox.queue(tx, [delivery], now=now, skip_known=True)


# --- one topic --------------------------------------------------------------------------------------------------------


async def begin(tx: AsyncConnection, topic: Topic, now: datetime, *, again: bool = False) -> None:
    """The beginning of a topic: the card, pinned, and what was said last. `again`: before whatever waits there."""
    priority, card = outbox.FIRST if again else outbox.INTERACTIVE, f"card:{topic.case_id}"
    await _queue(tx, topic, "send", {"made": "card", "case": topic.case_id}, now, slot=card, priority=priority)
    await _queue(tx, topic, "pin", None, now, slot=card, priority=priority)
    await catch_up(tx, topic, None, now, priority=priority)


async def catch_up(
    tx: AsyncConnection, topic: Topic, since: datetime | None, now: datetime, *, priority: int = outbox.INTERACTIVE
) -> None:
    """Show what was said last, or since then."""
    body = {"made": "history", "since": since.isoformat() if since else None}
    await _queue(tx, topic, "send", body, now, slot=f"history:{make_token()}", priority=priority)


async def say(tx: AsyncConnection, topic: Topic, words: Text, place: Municipality, now: datetime) -> None:
    """Say a line in a topic, in the language of whoever has the case."""
    case = await cases.load(tx, topic.municipality_id, topic.case_id)
    locale = (await staff.load(tx, case.owner_id)).locale if case.owner_id is not None else None
    await _queue(tx, topic, "send", line(words, locale, place), now)


async def say_at(
    tx: AsyncConnection, municipality_id: str, address: str, body: Mapping[str, Any], now: datetime, *, made_by: str
) -> None:
    """Say a line anywhere in a group, once for each `made_by`."""
    there = await conversations.address(tx, municipality_id=municipality_id, channel=CHANNEL, address=address, now=now)
    row = _row(municipality_id, there.id, "send", body, now, made_by=made_by)
    await outbox.queue(tx, [row], now=now, skip_known=True)


def line(
    words: Text, locale: str | None, place: Municipality, choices: tuple[Choice, ...] = (), answers: int | None = None
) -> dict[str, Any]:
    """A line's body."""
    body = Words(locale or place.languages[0], place.zone).body(Reply(words=(words,), choices=choices, serial=0))
    return body if answers is None else {**body, "reply_number": answers}


async def document(
    tx: AsyncConnection, topic: Topic, reply: Reply, locale: str | None, place: Municipality, now: datetime
) -> None:
    """Send a paper to a topic, made when it is sent."""
    body = Words(locale or place.languages[0], place.zone).body(reply)
    await _queue(tx, topic, "document", body, now, slot=f"paper:{make_token()}")


async def closed_by_hand(tx: AsyncConnection, case: Case, now: datetime) -> None:
    """Somebody has closed a topic in Telegram: it is closed here too."""
    topic = await topics.of_case(tx, case.municipality_id, case.id)
    if topic is not None and topic.open:
        await topics.change(tx, topic.id, closed_at=now)


async def put_back(tx: AsyncConnection, topic: Topic, now: datetime) -> None:
    """A topic that somebody has closed or opened who may not, is as it was."""
    await _queue(tx, topic, "topic_reopen" if topic.open else "topic_close", None, now)


async def may_be_shown(tx: AsyncConnection, case: Case) -> bool:
    """Whether a case may go to the groups with what is in it."""
    kind = kind_of(case.kind)
    return (
        not kind.private and not kind.roles.isdisjoint(HERE) and not await residents.is_protected(tx, case.resident_id)
    )


# --- inside -----------------------------------------------------------------------------------------------------------


async def _relay_one(tx: AsyncConnection, topic: Topic, message: Message, reply_to: int | None, now: datetime) -> None:
    versions = await messages.of_slot(tx, topic.conversation_id, message.slot) if message.slot else []
    if len(versions) > 1 and await _change(tx, topic, [each.id for each in versions], now):
        return
    body: dict[str, Any] = {"made": "said", "messages": [message.id]}
    if reply_to is not None:
        body["reply_to"] = reply_to
    op, media = await _as_media(tx, topic, message)
    if op != "send":
        await _queue(tx, topic, op, {**body, **media}, now, slot=f"said:{message.id}", message_id=message.id)
        return
    waiting = await outbox.untried(tx, topic.address_id, ("send",))
    if waiting is not None and reply_to is None and _may_join(waiting[1]):
        joined = {**waiting[1], "messages": [*waiting[1]["messages"], message.id]}
        await outbox.set_body(tx, waiting[0], joined)
    else:
        await _queue(tx, topic, "send", body, now, slot=f"said:{message.id}", message_id=message.id)


def _may_join(body: Any) -> bool:
    """Whether one text more may stand in what waits to be sent."""
    return isinstance(body, Mapping) and body.get("made") == "said" and len(body["messages"]) < JOINED_MAX


async def _change(tx: AsyncConnection, topic: Topic, versions: Sequence[int], now: datetime) -> bool:
    """Change what was shown of a message that has been changed; whether it had been shown."""
    for shown in await outbox.in_slots(tx, topic.address_id, "said:"):
        before: Mapping[str, Any] = shown.body or {}
        ids = before.get("messages") or [shown.message_id]
        if set(ids) & set(versions):
            body: dict[str, Any] = {"made": "said", "messages": ids}
            if any(before.get(name) for name in ("copy", "file", "captions")):
                body["captions"] = True
            if await outbox.untried(tx, topic.address_id, ("send",), shown.slot) is None:
                await _queue(tx, topic, "edit", body, now, slot=shown.slot, message_id=shown.message_id)
            return True
    return False


async def _as_media(tx: AsyncConnection, topic: Topic, message: Message) -> tuple[str, dict[str, Any]]:
    """How something other than words gets to the topic: copied where Telegram has it, else sent anew from here."""
    body = message.body or {}
    if not any(body.get(name) for name in ("file", "place", "person")):
        return "send", {}
    if message.channel == CHANNEL and message.sender == "resident" and message.external_id is not None:
        chat = await _private_chat(tx, topic.conversation_id)
        if chat is not None:
            return "copy", {"copy": {"chat": chat, "message": message.external_id}}
    if body.get("file"):
        attached = [
            each for each in await files.attachments_of(tx, message.conversation_id) if each.message_id == message.id
        ]
        if attached:
            return "file", {"file": attached[0].id}
    return "send", {}


async def _private_chat(tx: AsyncConnection, conversation_id: int) -> str | None:
    theirs = [each for each in await conversations.addresses_of(tx, conversation_id) if each.channel == CHANNEL]
    return theirs[-1].address if theirs else None


async def _answered(tx: AsyncConnection, conversation_id: int, external_id: str) -> int | None:
    """The message that the resident's chat knows by this id."""
    for address in await conversations.addresses_of(tx, conversation_id):
        if address.channel == CHANNEL:
            shown = await outbox.shown_as(tx, address.id, external_id, conversation_id)
            if shown is not None:
                return shown.message_id
    found = await messages.by_external(tx, conversation_id, external_id)
    return found.id if found is not None else None


async def _of_talk(tx: AsyncConnection, conversation_id: int) -> tuple[Topic | None, bool]:
    """The topic of whoever has the conversation, or of a case somebody has; and whether it is the former."""
    found = await topics.of_conversation(tx, conversation_id)
    talk = await talks.of_conversation(tx, conversation_id) if found else None
    if talk is None:
        return (found[-1] if found else None), False
    return next((each for each in found if each.case_id == talk.case_id), None), True


async def emptiest(tx: AsyncConnection, municipality_id: str, there: Sequence[Group]) -> int:
    counted = await topics.counted(tx, municipality_id)
    return min((each.chat for each in there), key=lambda chat: counted[chat])


async def _card(tx: AsyncConnection, topic: Topic, now: datetime) -> None:
    body, slot = {"made": "card", "case": topic.case_id}, f"card:{topic.case_id}"
    if await outbox.untried(tx, topic.address_id, ("send", "edit"), slot, shared=True) is None:
        await _queue(tx, topic, "edit", body, now, slot=slot, priority=outbox.NOTICE)


async def _general(tx: AsyncConnection, municipality_id: str, chat: int, now: datetime) -> int:
    row = await conversations.address(tx, municipality_id=municipality_id, channel=CHANNEL, address=str(chat), now=now)
    return row.id


async def _queue(tx: AsyncConnection, topic: Topic, op: str, body: Any, now: datetime, **more: Any) -> None:
    await outbox.queue(tx, [_in(topic, op, body, now, **more)], now=now)


def _in(topic: Topic, op: str, body: Any, now: datetime, **more: Any) -> NewDelivery:
    return _row(topic.municipality_id, topic.address_id, op, body, now, conversation_id=topic.conversation_id, **more)


def _row(
    municipality_id: str, address_id: int, op: str, body: Any, now: datetime, *, made_by: str | None = None, **more: Any
) -> NewDelivery:
    return NewDelivery(
        municipality_id=municipality_id, address_id=address_id, channel=CHANNEL, op=op, body=body, ordinal=0,
        made_by=made_by or f"forum:{make_token()}", due_at=now, **more,
    )  # fmt: skip
