"""One call of a method, the table of methods, and the questions most methods ask first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bot_api.bots import Bot
from tests.bot_api.errors import bad_request, forbidden
from tests.bot_api.schema import Upload
from tests.bot_api.world import Chat, Member, Message, TopicState

if TYPE_CHECKING:
    from tests.bot_api.server import BotApi


@dataclass(slots=True)
class Call:
    """`values` are the checked parameters, `uploads` the files that came with the body."""

    api: BotApi
    bot: Bot
    method: str
    values: dict[str, Any]
    uploads: dict[str, Upload]

    def chat(self, name: str = "chat_id", *, to_write: bool = False) -> Chat:
        """The chat a parameter names. Raises ApiError 400 or 403 as the server would."""
        return find_chat(self.api, self.bot, self.values[name], to_write=to_write)

    def message(self, chat: Chat, what: str) -> Message:
        """The message `message_id` names; `what` is put before "not found"."""
        message = chat.messages.get(self.values["message_id"])
        if message is None or message.deleted:
            raise bad_request(f"{what} not found")
        return message

    def needs(self, chat: Chat, right: str, what: str) -> None:
        """Raise ApiError 400 unless the bot has a right in a group; private chats need none."""
        if chat.kind != "private" and not member(self.bot, chat).may(right):
            raise bad_request(f"not enough rights to {what}")


Handler = Callable[[Call], Any | Awaitable[Any]]
METHODS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register what answers these methods."""

    def register(handler: Handler) -> Handler:
        METHODS.update(dict.fromkeys(names, handler))
        return handler

    return register


def member(bot: Bot, chat: Chat) -> Member:
    return chat.members.get(bot.id) or Member(bot.account, "left")


def find_chat(api: BotApi, bot: Bot, chat_id: int | str, *, to_write: bool) -> Chat:
    if isinstance(chat_id, str):
        chat = next((group for group in api.world.groups.values() if f"@{group.username}" == chat_id), None)
    elif chat_id > 0:
        return _private_chat(api, bot, chat_id, to_write)
    else:
        chat = api.world.groups.get(chat_id)
    if chat is None or bot.id not in chat.members:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    if chat.gone:
        raise forbidden("the group chat was deleted")
    status = chat.members[bot.id].status
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    if status == "left":
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def _private_chat(api: BotApi, bot: Bot, user_id: int, to_write: bool) -> Chat:
    account = api.world.people.get(user_id)
    chat = bot.private.get(user_id)
    if account is None or chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    if not to_write:
        return chat
    if account.deactivated:
        raise forbidden("user is deactivated")
    if chat.blocked:
        raise forbidden("bot was blocked by the user")
    if not chat.started:
        raise forbidden("bot can't initiate conversation with a user")
    return chat


def find_topic(bot: Bot, chat: Chat, thread_id: int | None) -> TopicState | None:
    """The topic to write to; None is General or a chat without topics.

    Raises ApiError 400: a thread that is gone, General given as 1, or a closed topic the bot may not write to.
    """
    if thread_id is None:
        if chat.is_forum and chat.general_closed and not member(bot, chat).may("can_manage_topics"):
            raise bad_request("TOPIC_CLOSED")
        return None
    if not chat.is_forum:
        if chat.kind == "private":
            raise bad_request("message thread not found")
        return None
    topic = chat.topics.get(thread_id)
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed and not (member(bot, chat).may("can_manage_topics") or topic.creator is bot.account):
        raise bad_request("TOPIC_CLOSED")
    return topic
