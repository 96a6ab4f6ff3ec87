"""Methods on forum topics. A topic that does not exist any more shows as "message thread not found"."""

from __future__ import annotations

from tests.bot_api.actors import TOPIC_COLOR, post, remove_topic
from tests.bot_api.calls import Call, handles, member
from tests.bot_api.entities import clean, is_empty, utf16
from tests.bot_api.errors import bad_request
from tests.bot_api.world import Chat, Json, TopicState

COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
MAX_NAME = 128


def _forum(call: Call, right: str, what: str, creator_too: TopicState | None = None) -> Chat:
    chat = call.chat(to_write=True)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    is_creator = creator_too is not None and creator_too.creator is call.bot.account
    if not is_creator and not member(call.bot, chat).may(right):
        raise bad_request(f"not enough rights to {what}")
    return chat


def _topic(call: Call) -> TopicState:
    topic = call.chat(to_write=True).topics.get(call.values["message_thread_id"])
    if topic is None:
        raise bad_request("message thread not found")
    return topic


def _name(call: Call) -> str:
    name = clean(call.values["name"]).strip()
    if is_empty(name):
        raise bad_request("TOPIC_TITLE_EMPTY")
    if utf16(name) > MAX_NAME:
        raise bad_request("topic name must have 1 to 128 characters")
    return name


def _service(call: Call, chat: Chat, thread_id: int | None, content: Json, message_id: int | None = None) -> None:
    root = chat.messages.get(thread_id) if thread_id is not None and message_id is None else None
    bots = call.api.bots_in(chat)
    post(
        call.api, chat, call.bot.account, content, bots=bots, thread_id=thread_id, reply_to=root, message_id=message_id
    )


@handles("createForumTopic")
def create_forum_topic(call: Call) -> Json:
    chat = _forum(call, "can_manage_topics", "create a topic")
    color = call.values.get("icon_color", TOPIC_COLOR)
    if color not in COLORS:
        raise bad_request("wrong topic icon color specified")
    thread_id = chat.next_id()
    topic = TopicState(thread_id, _name(call), call.bot.account, color, call.values.get("icon_custom_emoji_id"))
    chat.topics[thread_id] = topic
    shown: Json = {"name": topic.name, "icon_color": color}
    if topic.icon_custom_emoji_id:
        shown["icon_custom_emoji_id"] = topic.icon_custom_emoji_id
    _service(call, chat, thread_id, {"forum_topic_created": shown}, thread_id)
    return {"message_thread_id": thread_id, **shown}


@handles("editForumTopic")
def edit_forum_topic(call: Call) -> bool:
    topic = _topic(call)
    chat = _forum(call, "can_manage_topics", "edit the topic", topic)
    changed: Json = {}
    if call.values.get("name") and (name := _name(call)) != topic.name:
        changed["name"] = topic.name = name
    icon = call.values.get("icon_custom_emoji_id")
    if icon is not None and icon != (topic.icon_custom_emoji_id or ""):
        changed["icon_custom_emoji_id"] = icon
        topic.icon_custom_emoji_id = icon or None
    if not changed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    _service(call, chat, topic.id, {"forum_topic_edited": changed})
    return True


@handles("closeForumTopic", "reopenForumTopic")
def close_or_reopen_forum_topic(call: Call) -> bool:
    topic = _topic(call)
    closing = call.method == "closeForumTopic"
    chat = _forum(call, "can_manage_topics", f"{'close' if closing else 'reopen'} the topic", topic)
    if topic.closed is closing:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closing
    _service(call, chat, topic.id, {"forum_topic_closed" if closing else "forum_topic_reopened": {}})
    return True


@handles("deleteForumTopic")
def delete_forum_topic(call: Call) -> bool:
    topic = _topic(call)
    chat = _forum(call, "can_delete_messages", "delete the topic")
    remove_topic(chat, topic.id)
    return True


@handles("unpinAllForumTopicMessages")
def unpin_all_forum_topic_messages(call: Call) -> bool:
    topic = _topic(call)
    chat = _forum(call, "can_pin_messages", "manage pinned messages in the chat")
    chat.pinned = [each for each in chat.pinned if chat.messages[each].thread_id != topic.id]
    return True


@handles("editGeneralForumTopic")
def edit_general_forum_topic(call: Call) -> bool:
    chat = _forum(call, "can_manage_topics", "edit the topic")
    _service(call, chat, None, {"forum_topic_edited": {"name": _name(call)}})
    return True


@handles("closeGeneralForumTopic", "reopenGeneralForumTopic")
def close_or_reopen_general_forum_topic(call: Call) -> bool:
    chat = _forum(call, "can_manage_topics", "close the topic")
    closing = call.method == "closeGeneralForumTopic"
    if chat.general_closed is closing:
        raise bad_request("TOPIC_NOT_MODIFIED")
    chat.general_closed = closing
    _service(call, chat, None, {"forum_topic_closed" if closing else "forum_topic_reopened": {}})
    return True


@handles("hideGeneralForumTopic", "unhideGeneralForumTopic")
def hide_or_unhide_general_forum_topic(call: Call) -> bool:
    chat = _forum(call, "can_manage_topics", "hide the topic")
    hiding = call.method == "hideGeneralForumTopic"
    if chat.general_hidden is hiding:
        raise bad_request("TOPIC_NOT_MODIFIED")
    chat.general_hidden = hiding
    _service(call, chat, None, {"general_forum_topic_hidden" if hiding else "general_forum_topic_unhidden": {}})
    return True
