"""What Telegram sends, as an `Update`: who, where and what, without knowing any flow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import telegram
from telegram import ChatMemberUpdated, Message, MessageEntity
from telegram.constants import ChatMemberStatus, ChatType, UpdateType

from bot.coaches import Event
from bot.flows.model import File, Input, Person, Point
from bot.handlers.telegram import buttons, coaches
from bot.telegram_store import REF
from bot.update import Update

ALLOWED: tuple[str, ...] = (
    UpdateType.MESSAGE.value,
    UpdateType.EDITED_MESSAGE.value,
    UpdateType.CALLBACK_QUERY.value,
    UpdateType.MY_CHAT_MEMBER.value,
    UpdateType.MESSAGE_REACTION.value,
)
"""The kinds of updates we ask for. Always sent along, since the server remembers an older list."""

_COMMAND = re.compile(r"/([a-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_FILES = ("document", "voice", "video", "sticker", "audio", "video_note", "animation")
_KINDS = {"audio": "document", "video_note": "video", "animation": "video"}
_SAID_OTHERWISE = ("dice", "poll", "story", "game", "paid_media", "checklist", "web_app_data")
_IN = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER)


class Unreadable(ValueError):
    """Something that is no update, or one the library cannot build. `key` is None when it has no number."""

    def __init__(self, reason: str, key: str | None = None) -> None:
        super().__init__(reason)
        self.key = key


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update of Telegram's, and what is to be done with it.

    `update` is for the turn. `query_id` is a pressed button that waits for its answer. `edited` is the update's message
    changed by its author. `state` is what has become of the private chat `address`: "ok" or "blocked". `reaction` is the
    message there that was reacted to, and how. `event` is what happened in a group, for the coaches' ones; `group` asks for
    the polite line in any other group `address`. With none of these there is nothing to do but to remember it.
    """

    key: str
    raw: Mapping[str, Any] = field(repr=False)
    address: str = ""
    locale_hint: str | None = None
    update: Update | None = None
    query_id: str | None = None
    edited: bool = False
    state: str | None = None
    group: bool = False
    event: Event | None = None
    reaction: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the updates of one bot. `username` is without the @, None while it is not known."""

    bot_id: int
    municipality: str
    username: str | None = None

    def read(self, raw: Mapping[str, Any]) -> Incoming:
        """What one update means.

        Raises:
            Unreadable: It has no number, or the library cannot build it.
        """
        number = raw.get("update_id") if isinstance(raw, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise Unreadable("it has no update_id")
        incoming = Incoming(f"telegram:{self.bot_id}:{number}", raw)
        try:
            update = telegram.Update.de_json(dict(raw), None)
            return replace(self._sorted(update, incoming), event=self._event(update, incoming))
        except Exception as error:
            raise Unreadable(f"{type(error).__name__}: {error}", incoming.key) from error

    def event(self, raw: Mapping[str, Any]) -> Event | None:
        """What happened in a group, of an update that was read before."""
        return self.read(raw).event

    def _event(self, update: telegram.Update, incoming: Incoming) -> Event | None:
        base = Event(key=incoming.key, number=update.update_id, kind="", chat=0, raw=incoming.raw)
        return coaches.event(update, base, self.bot_id, self._command, _file, _person)

    def _sorted(self, update: telegram.Update, incoming: Incoming) -> Incoming:
        if update.callback_query is not None:
            return self._pressed(update.callback_query, incoming)
        if update.message is not None:
            return self._said(update.message, incoming)
        if update.edited_message is not None:
            return replace(self._said(update.edited_message, incoming), edited=True, group=False)
        if update.my_chat_member is not None:
            return self._member(update.my_chat_member, incoming)
        if update.message_reaction is not None:
            return self._reacted(update.message_reaction, incoming)
        return incoming

    def _reacted(self, reaction: telegram.MessageReactionUpdated, incoming: Incoming) -> Incoming:
        if reaction.chat.type != ChatType.PRIVATE:
            return incoming
        how = str(reaction.message_id), coaches.emoji_of(reaction)
        return replace(incoming, address=str(reaction.chat.id), reaction=how)

    def _pressed(self, query: telegram.CallbackQuery, incoming: Incoming) -> Incoming:
        incoming = replace(incoming, query_id=query.id, address=str(query.from_user.id))
        message = query.message
        if message is not None and message.chat.type != ChatType.PRIVATE:
            return incoming
        return self._update(incoming, Input(press=buttons.press(query.data)), query.from_user)

    def _said(self, message: Message, incoming: Incoming) -> Incoming:
        incoming = replace(incoming, address=str(message.chat.id))
        person = message.from_user
        if person is None or person.is_bot:
            return incoming
        if message.chat.type != ChatType.PRIVATE:
            asked = message.chat.type != ChatType.CHANNEL
            return replace(incoming, group=asked and self._for_us(message), locale_hint=person.language_code)
        input = self._input(message)
        if input is None:
            return incoming
        incoming = self._update(incoming, input, person)
        assert incoming.update is not None
        answered = message.reply_to_message
        said = replace(
            incoming.update, sent_at=message.date, external_id=str(message.message_id),
            reply_to=str(answered.message_id) if answered is not None else None,
        )  # fmt: skip
        return replace(incoming, update=said)

    def _member(self, change: ChatMemberUpdated, incoming: Incoming) -> Incoming:
        """The bot was blocked or let in again, or taken into a group."""
        incoming = replace(incoming, address=str(change.chat.id), locale_hint=change.from_user.language_code)
        is_in = change.new_chat_member.status in _IN
        if change.chat.type == ChatType.PRIVATE:
            return replace(incoming, state="ok" if is_in else "blocked")
        newly = is_in and change.old_chat_member.status not in _IN
        return replace(incoming, group=newly and change.chat.type != ChatType.CHANNEL)

    def _update(self, incoming: Incoming, input: Input, person: telegram.User) -> Incoming:
        update = Update(
            id=incoming.key,
            municipality=self.municipality,
            channel="telegram",
            input=input,
            address=incoming.address,
            locale_hint=person.language_code,
            name_hint=person.first_name,
            raw=incoming.raw,
        )
        return replace(incoming, update=update, locale_hint=person.language_code)

    def _input(self, message: Message) -> Input | None:
        """What somebody said; None for what Telegram itself notes in a chat (a pinned message, a new picture)."""
        if message.text is not None:
            return self._text(message.text)
        if message.contact is not None:
            return Input(person=_person(message))
        if message.location is not None:  # a venue carries one too
            return Input(place=Point(message.location.latitude, message.location.longitude))
        file = _file(message)
        if file is not None:
            return Input(text=message.caption, file=file)
        return None

    def _text(self, text: str) -> Input:
        command = self._command(text)
        if command is None:
            return Input(text=text)
        name, argument = command
        return Input(command=name, argument=argument)

    def _command(self, text: str) -> tuple[str, str] | None:
        """Name and argument of a command that is meant for this bot."""
        found = _COMMAND.fullmatch(text.strip())
        if found is None:
            return None
        name, bot, argument = found.groups()
        if bot is not None and self.username is not None and bot.lower() != self.username.lower():
            return None
        return name.lower(), (argument or "").strip()

    def _for_us(self, message: Message) -> bool:
        """A command in a group, unless it names another bot."""
        commands = (each for each in message.entities if each.type == MessageEntity.BOT_COMMAND and each.offset == 0)
        return any(commands) and message.text is not None and self._command(message.text) is not None


def _person(message: Message) -> Person:
    """A contact card. Anybody's can be sent: it is their own only when it names them."""
    contact, sender = message.contact, message.from_user
    assert contact is not None and sender is not None
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    return Person(name, contact.phone_number, own=contact.user_id is not None and contact.user_id == sender.id)


def _file(message: Message) -> File | None:
    if message.photo:
        largest = message.photo[-1]
        return File("photo", REF + largest.file_id, mime="image/jpeg", size=largest.file_size or 0)
    # A moving picture comes as a document too; the last name that fits says it best.
    for kind in reversed(_FILES):
        sent = getattr(message, kind)
        if sent is not None:
            name, mime = getattr(sent, "file_name", None), getattr(sent, "mime_type", None)
            return File(_KINDS.get(kind, kind), REF + sent.file_id, name or "", mime or "", sent.file_size or 0)
    if any(getattr(message, kind) for kind in _SAID_OTHERWISE) or _newer_than_us(message):
        return File("other", "")
    return None


def _newer_than_us(message: Message) -> bool:
    """Whether it holds something that the library does not know, such as the rich messages of Bot API 10.1."""
    return any(isinstance(value, dict) for value in message.api_kwargs.values())
