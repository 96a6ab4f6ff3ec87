"""What happened in a group of the coaches, as an `Event` of `bot.coaches`: who, in which topic, and what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import telegram
from telegram import ChatMemberAdministrator, ChatMemberUpdated, Message, ReactionTypeEmoji
from telegram.constants import ChatMemberStatus, ChatType

from bot.coaches import Event
from bot.flows.model import File, Person, Point
from bot.handlers.telegram import buttons

GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)

_OUT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def event(
    update: telegram.Update, base: Event, bot_id: int, command: Callable[[str], tuple[str, str] | None],
    file: Callable[[Message], File | None], person: Callable[[Message], Person],
) -> Event | None:  # fmt: skip
    """What an update of a group means; None where that is nothing.

    `base` has the key and number. `command` reads the command that is meant for this bot, `file` and `person` what was
    sent along.
    """
    if (query := update.callback_query) is not None:
        if not isinstance(query.message, Message) or query.message.chat.type not in GROUPS:
            return None
        there = replace(base, kind="pressed", chat=query.message.chat.id, thread=_thread(query.message))
        return replace(there, person=str(query.from_user.id), choice=buttons.press(query.data).choice)
    if (change := update.my_chat_member) is not None:
        return replace(base, kind=_standing(change), chat=change.chat.id) if change.chat.type in GROUPS else None
    if (reaction := update.message_reaction) is not None:
        if reaction.chat.type not in GROUPS or reaction.user is None:
            return None
        there = replace(base, kind="reacted", chat=reaction.chat.id, person=str(reaction.user.id))
        return replace(there, message=reaction.message_id, emoji=emoji_of(reaction))
    message = update.message or update.edited_message
    if message is None or message.chat.type not in GROUPS:
        return None
    found = replace(base, chat=message.chat.id, thread=_thread(message), message=message.message_id)
    found = replace(found, person=_who(message), by_us=message.from_user is not None and message.from_user.id == bot_id)
    if update.edited_message is not None:
        return _said(message, replace(found, kind="edited"), command, file, person)
    return _service(message, found) or _said(message, replace(found, kind="said"), command, file, person)


def emoji_of(reaction: telegram.MessageReactionUpdated) -> str:
    """The reaction somebody has put now, "" when they took it back or it is no plain sign."""
    return next((each.emoji for each in reaction.new_reaction if isinstance(each, ReactionTypeEmoji)), "")


def _thread(message: Message) -> int | None:
    """The topic; a thread of replies in General is none."""
    return message.message_thread_id if message.is_topic_message else None


def _who(message: Message) -> str | None:
    """Who wrote it, None for an anonymous administrator or a channel in whose name somebody writes."""
    if message.sender_chat is not None or message.from_user is None or message.from_user.is_bot:
        return None
    return str(message.from_user.id)


def _standing(change: ChatMemberUpdated) -> str:
    """What the bot may do in the group now: "in" as long as it can make topics."""
    member = change.new_chat_member
    if member.status in _OUT:
        return "out"
    may = member.status == ChatMemberStatus.OWNER or (
        isinstance(member, ChatMemberAdministrator) and bool(member.can_manage_topics)
    )
    return "in" if may else "rights"


def _service(message: Message, found: Event) -> Event | None:
    if message.migrate_to_chat_id is not None:
        return replace(found, kind="moved", other=message.migrate_to_chat_id)
    if message.migrate_from_chat_id is not None:
        return replace(found, kind="moved", chat=message.migrate_from_chat_id, other=found.chat)
    if message.forum_topic_created is not None:
        return replace(found, kind="created", text=message.forum_topic_created.name)
    if message.forum_topic_closed is not None:
        return replace(found, kind="closed")
    if message.forum_topic_reopened is not None:
        return replace(found, kind="reopened")
    return None


def _said(
    message: Message, found: Event, command: Callable[[str], tuple[str, str] | None],
    file: Callable[[Message], File | None], person: Callable[[Message], Person],
) -> Event | None:  # fmt: skip
    """Words, or what was sent along; None for what Telegram itself notes in a group."""
    answered = message.reply_to_message
    if answered is not None and answered.forum_topic_created is None:
        found = replace(found, reply_to=answered.message_id)
    if message.text is not None:
        read = command(message.text) or (None, "")
        return replace(found, text=message.text, command=read[0], argument=read[1])
    if message.contact is not None and message.from_user is not None:
        return replace(found, card=person(message))
    if message.location is not None:
        return replace(found, place=Point(message.location.latitude, message.location.longitude))
    sent: Any = file(message)
    return replace(found, file=sent, text=message.caption or "") if sent is not None else None
