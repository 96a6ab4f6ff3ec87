"""What exists: accounts, chats, topics, messages and files. No rules of the API, only state."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bot_api.clock import Clock

if TYPE_CHECKING:
    from tests.bot_api.bots import Bot

Json = dict[str, Any]

_ALL_RIGHTS = """
can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members can_change_info
can_invite_users can_post_stories can_edit_stories can_delete_stories can_pin_messages can_manage_topics
"""
ALL_RIGHTS = frozenset(_ALL_RIGHTS.split())


@dataclass(slots=True, eq=False)
class Account:
    """A person or a bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    deactivated: bool = False

    def as_json(self) -> Json:
        account: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if value := getattr(self, name):
                account[name] = value
        return account


@dataclass(slots=True)
class Member:
    account: Account
    status: str = "member"  # creator, administrator, member, left, kicked
    rights: frozenset[str] = frozenset()

    @property
    def is_in(self) -> bool:
        return self.status in ("creator", "administrator", "member")

    def may(self, right: str) -> bool:
        return self.status == "creator" or (self.status == "administrator" and right in self.rights)


@dataclass(slots=True, eq=False, repr=False)
class Message:
    """A message as it is now. `content` holds the fields that say what it is, such as text or photo."""

    chat: Chat
    id: int
    date: int
    sender: Account
    content: Json
    thread_id: int | None = None
    reply_to: Message | None = None
    markup: Json | None = None
    source: str = ""
    edit_date: int | None = None
    protected: bool = False
    deleted: bool = False
    versions: list[str] = field(default_factory=list)
    reactions: dict[int, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<message {self.id} in {self.chat.id}: {self.text or self.kind!r} {self.buttons or ''}>"

    @property
    def text(self) -> str:
        """Text or caption, as read on the screen."""
        return self.content.get("text") or self.content.get("caption") or ""

    @property
    def html(self) -> str:
        """What the sender wrote, tags and all."""
        return self.source or self.text

    @property
    def edited(self) -> bool:
        return self.edit_date is not None

    @property
    def from_bot(self) -> bool:
        return self.sender.is_bot

    @property
    def inline_rows(self) -> list[list[Json]]:
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> list[list[str]]:
        """Labels of the buttons under the message, row by row."""
        return [[button["text"] for button in row] for row in self.inline_rows]

    @property
    def kind(self) -> str:
        """The field that says what it is: text, photo, forum_topic_created ..."""
        return next((name for name in self.content if name not in _BESIDES), "text")

    @property
    def is_service(self) -> bool:
        return self.kind in SERVICE_KINDS

    def as_json(self, with_reply: bool = True) -> Json:
        data: Json = {
            "message_id": self.id,
            "from": self.sender.as_json(),
            "chat": self.chat.as_json(),
            "date": self.date,
        }
        if self.thread_id is not None:
            data["message_thread_id"] = self.thread_id
            data["is_topic_message"] = True
        elif self.reply_to is not None and self.chat.kind == "supergroup":
            data["message_thread_id"] = self.reply_to.id  # a thread of replies, and no topic
        if with_reply and self.reply_to is not None and not self.reply_to.deleted:
            data["reply_to_message"] = self.reply_to.as_json(with_reply=False)
        if self.edit_date is not None:
            data["edit_date"] = self.edit_date
        if self.protected:
            data["has_protected_content"] = True
        data.update(self.content)
        if self.inline_rows:
            data["reply_markup"] = self.markup
        return data


_BESIDES = {"entities", "caption", "caption_entities", "media_group_id", "link_preview_options", "forward_origin"}
_SERVICE_KINDS = """
forum_topic_created forum_topic_edited forum_topic_closed forum_topic_reopened general_forum_topic_hidden
general_forum_topic_unhidden new_chat_members left_chat_member new_chat_title migrate_to_chat_id
migrate_from_chat_id pinned_message web_app_data group_chat_created supergroup_chat_created
"""
SERVICE_KINDS = frozenset(_SERVICE_KINDS.split())


@dataclass(slots=True, eq=False)
class TopicState:
    """A topic's id is that of its service message; General has none and is not here."""

    id: int
    name: str
    creator: Account
    icon_color: int
    icon_custom_emoji_id: str | None = None
    closed: bool = False


class Chat:
    """A private chat (one person, one bot), a group or a supergroup, with what was said in it."""

    def __init__(self, chat_id: int, kind: str, *, title: str | None = None, is_forum: bool = False) -> None:
        self.id = chat_id
        self.kind = kind
        self.title = title
        self.is_forum = is_forum
        self.username: str | None = None
        self.person: Account | None = None
        self.blocked = False
        self.started = False
        self.members: dict[int, Member] = {}
        self.topics: dict[int, TopicState] = {}
        self.general_closed = False
        self.general_hidden = False
        self.messages: dict[int, Message] = {}
        self.pinned: list[int] = []
        self.keyboard: Json | None = None
        self.actions: list[Json] = []
        self.migrated_to: int | None = None
        self.gone = False
        self._last_id = 1  # message 1 of a supergroup is its creation, and the id of General
        self._json: Json | None = None
        self._changed: asyncio.Event | None = None

    def as_json(self) -> Json:
        if self._json is None:
            if self.person:
                self._json = {"id": self.id, "type": "private", "first_name": self.person.first_name}
                for name in ("last_name", "username"):
                    if value := getattr(self.person, name):
                        self._json[name] = value
            else:
                self._json = {"id": self.id, "type": self.kind, "title": self.title}
                if self.is_forum:
                    self._json["is_forum"] = True
                if self.username:
                    self._json["username"] = self.username
        return dict(self._json)

    def rename(self, title: str) -> None:
        self.title, self._json = title, None

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def changed(self) -> None:
        """Wake everybody who waits for something in this chat."""
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def change(self) -> None:
        """Wait for the next change."""
        if self._changed is None:
            self._changed = asyncio.Event()
        await self._changed.wait()

    def shown(self) -> Iterator[Message]:
        return (message for message in self.messages.values() if not message.deleted)


@dataclass(slots=True)
class StoredFile:
    file_id: str
    unique_id: str
    content: bytes
    name: str
    mime_type: str
    path: str
    kind: str
    size: int

    def as_json(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class World:
    """Everything shared by the bots. All numbers come from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = Clock()
        self.bots: dict[str, Bot] = {}
        self.people: dict[int, Account] = {}
        self.groups: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.warnings: list[str] = []
        self.switches = Switches()

    def warn(self, text: str) -> None:
        """Note once what Telegram would pass over in silence."""
        if text not in self.warnings:
            self.warnings.append(text)

    def token(self, length: int = 24) -> str:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self.random.choices(letters, k=length))

    def store(self, content: bytes, name: str, mime_type: str, kind: str, size: int | None = None) -> StoredFile:
        """Keep a file. `size` may claim more bytes than there are, to try the limits."""
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        stored = StoredFile(
            file_id=f"{kind[:2].upper()}{self.token(40)}",
            unique_id=self.token(12),
            content=content,
            name=name,
            mime_type=mime_type,
            path=f"{kind}s/file_{len(self.files)}.{suffix}",
            kind=kind,
            size=len(content) if size is None else size,
        )
        self.files[stored.file_id] = stored
        return stored


@dataclass(slots=True)
class Switches:
    """What a test may turn on or set for the whole server."""

    latency_s: float = 0.0
    jump_update_ids: bool = False
    webhook_time_scale: float = 1.0
    webhook_timeout_s: float = 60.0
    poll_quirks: bool = False
    check_own: bool = False
