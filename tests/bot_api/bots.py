"""The bots: account, token, profile, queue of updates, private chats."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.bot_api import schema
from tests.bot_api.updates import UpdateQueue
from tests.bot_api.webhook import Webhook
from tests.bot_api.world import Account, Chat, Json, Message, World

UPDATE_KINDS = frozenset(schema.load().types["Update"]["fields"]) - {"update_id"}
QUERY_LIVES_S = 150


@dataclass(slots=True, eq=False)
class Query:
    """A callback query and what the bot answered; `answer` is None until then."""

    id: str
    person: Account
    data: str
    message: Message
    asked_at: float
    answer: Json | None = None


@dataclass(eq=False)
class Bot:
    """One bot with its token. `privacy` is privacy mode: in groups it then sees what is meant for it."""

    world: World
    token: str
    account: Account
    privacy: bool = True
    private: dict[int, Chat] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    profile: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_buttons: dict[int, Json] = field(default_factory=dict)
    logged_out: bool = False

    def __post_init__(self) -> None:
        self.updates = UpdateQueue(self.world, UPDATE_KINDS)
        self.webhook = Webhook(self.world, self.updates)
        self._last_message_id = 0

    @property
    def id(self) -> int:
        return self.account.id

    def chat_with(self, person: Account) -> Chat:
        """The private chat, made when first asked for."""
        chat = self.private.get(person.id)
        if chat is None:
            chat = self.private[person.id] = Chat(person.id, "private")
            chat.person = person
        return chat

    def next_message_id(self, chat: Chat) -> int:
        """Private chats and basic groups share one sequence per bot, supergroups have their own."""
        if chat.kind == "supergroup":
            return chat.next_id()
        self._last_message_id += 1
        return self._last_message_id

    def tell(self, kind: str, payload: Json, queue: tuple[str, int], lives_s: float | None = None) -> int | None:
        """Put an update on the way to this bot."""
        if lives_s is None:
            return self.updates.add(kind, payload, queue)
        return self.updates.add(kind, payload, queue, lives_s)

    def as_json(self) -> Json:
        """What getMe answers."""
        more: dict[str, Any] = {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return self.account.as_json() | more
