"""Methods that send, change, copy, pin and delete messages, and answer presses."""

from __future__ import annotations

from typing import Any

from tests.bot_api import keyboards
from tests.bot_api.actors import post
from tests.bot_api.calls import Call, find_chat, find_topic, handles, member
from tests.bot_api.entities import MAX_CAPTION, MAX_TEXT, formatted, is_empty, utf16
from tests.bot_api.errors import ApiError, bad_request
from tests.bot_api.files import media
from tests.bot_api.world import Chat, Json, Message

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
DELETABLE_S, ANSWERABLE_S, MAX_ALERT, MAX_AT_ONCE = 48 * 3600, 150, 200, 100
_ACTIONS = """
typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location
record_video_note upload_video_note
"""
ACTIONS = frozenset(_ACTIONS.split())
REACTIONS = frozenset(
    [
        "👍",
        "👎",
        "❤",
        "🔥",
        "🥰",
        "👏",
        "😁",
        "🤔",
        "🤯",
        "😱",
        "🤬",
        "😢",
        "🎉",
        "🤩",
        "🤮",
        "💩",
        "🙏",
        "👌",
        "🕊",
        "🤡",
        "🥱",
        "🥴",
        "😍",
        "🐳",
        "💯",
        "🤣",
        "⚡",
        "🏆",
        "💔",
        "🤨",
        "😐",
        "😎",
        "👀",
        "🤝",
        "✍",
        "🤗",
        "🫡",
        "🙈",
        "😇",
    ]
)
"""Those an ordinary bot may put, as far as tests need them."""


def _text(call: Call) -> Json:
    values = call.values
    text, entities = formatted(
        values["text"], values.get("parse_mode"), values.get("entities"), MAX_TEXT, call.api.world.warn
    )
    if not text:
        raise bad_request("message text is empty")
    return {"text": text, "entities": entities} if entities else {"text": text}


def _caption(values: Json, warn: Any) -> Json:
    if not values.get("caption"):
        return {}
    text, entities = formatted(
        values["caption"], values.get("parse_mode"), values.get("caption_entities"), MAX_CAPTION, warn
    )
    content: Json = {"caption": text} if text else {}
    if entities:
        content["caption_entities"] = entities
    return content


def _reply_to(call: Call, chat: Chat) -> Message | None:
    """The message reply_parameters names, or None when it may be missing."""
    given = call.values.get("reply_parameters")
    if not given or "message_id" not in given:
        return None
    where = chat
    if given.get("chat_id", chat.id) != chat.id:
        where = find_chat(call.api, call.bot, given["chat_id"], to_write=False)
    message = where.messages.get(given["message_id"])
    if message is None or message.deleted:
        if given.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    quote = given.get("quote")
    if quote and formatted(quote, given.get("quote_parse_mode"), None, MAX_CAPTION, call.api.world.warn)[0] not in (
        message.text
    ):
        raise bad_request("QUOTE_TEXT_INVALID")
    return message


def send(call: Call, content: Json, source: str = "") -> Message:
    """Put the bot's message into a chat after the checks all kinds share."""
    values = call.values
    chat = call.chat(to_write=True)
    topic = find_topic(call.bot, chat, values.get("message_thread_id"))
    markup = values.get("reply_markup")
    keyboards.check(markup, chat.kind, call.api.world.warn)
    reply_to = _reply_to(call, chat)
    thread_id = topic.id if topic else None
    if reply_to and thread_id is None and values.get("message_thread_id") is None and reply_to.chat is chat:
        thread_id = reply_to.thread_id
    message = post(
        call.api,
        chat,
        call.bot.account,
        content,
        bots=[call.bot],
        thread_id=thread_id,
        reply_to=reply_to or (chat.messages.get(thread_id) if thread_id else None),
        source=source,
    )
    message.markup = markup
    message.protected = bool(values.get("protect_content"))
    if markup and "keyboard" in markup:
        chat.keyboard = markup
    elif markup and markup.get("remove_keyboard"):
        chat.keyboard = None
    return message


@handles("sendMessage")
def send_message(call: Call) -> Json:
    call.chat(to_write=True)
    return send(call, _text(call), call.values["text"]).as_json()


@handles("sendPhoto", "sendDocument", "sendVoice", "sendVideo", "sendAudio", "sendSticker")
def send_media(call: Call) -> Json:
    kind = call.method.removeprefix("send").lower()
    content = media(call, kind, call.values[kind], call.values)
    content |= _caption(call.values, call.api.world.warn)
    return send(call, content, call.values.get("caption", "")).as_json()


@handles("sendLocation")
def send_location(call: Call) -> Json:
    return send(call, {"location": _location(call.values)}).as_json()


@handles("sendVenue")
def send_venue(call: Call) -> Json:
    location = _location(call.values)
    venue = {"location": location, "title": call.values["title"], "address": call.values["address"]}
    return send(call, {"venue": venue, "location": location}).as_json()


def _location(values: Json) -> Json:
    if not (-90 <= values["latitude"] <= 90 and -180 <= values["longitude"] <= 180):
        raise bad_request("wrong latitude or longitude specified")
    return {name: values[name] for name in ("latitude", "longitude", "live_period") if name in values}


@handles("sendContact")
def send_contact(call: Call) -> Json:
    names = ("phone_number", "first_name", "last_name", "vcard")
    return send(call, {"contact": {name: call.values[name] for name in names if name in call.values}}).as_json()


@handles("sendPoll")
def send_poll(call: Call) -> Json:
    values = call.values
    options = [option["text"] for option in values["options"]]
    if not 2 <= len(options) <= 12:
        raise bad_request("poll must have 2 to 12 option")
    if not 1 <= utf16(values["question"]) <= 300:
        raise bad_request("poll question length must not exceed 300")
    if any(is_empty(option) or utf16(option) > 100 for option in options):
        raise bad_request("poll options length must not exceed 100")
    poll: Json = {
        "id": str(call.api.world.random.randrange(10**18)),
        "question": values["question"],
        "options": [
            {"text": option, "voter_count": 0, "persistent_id": str(place)} for place, option in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": bool(values.get("is_closed")),
        "is_anonymous": values.get("is_anonymous", True),
        "type": values.get("type", "regular"),
        "allows_multiple_answers": bool(values.get("allows_multiple_answers")),
        "allows_revoting": bool(values.get("allows_revoting")),
        "members_only": bool(values.get("members_only")),
    }
    return send(call, {"poll": poll}).as_json()


@handles("stopPoll")
def stop_poll(call: Call) -> Json:
    message = _own(call, call.chat(to_write=True), "message with poll to stop")
    if "poll" not in message.content:
        raise bad_request("message is not a poll")
    if message.content["poll"]["is_closed"]:
        raise bad_request("poll has already been closed")
    message.content = {"poll": message.content["poll"] | {"is_closed": True}}
    message.chat.changed()
    closed: Json = message.content["poll"]
    return closed


@handles("sendMediaGroup")
def send_media_group(call: Call) -> list[Json]:
    items = call.values["media"]
    if not 2 <= len(items) <= 10:
        raise bad_request("media group must include 2-10 items" if items else "there are no messages to send")
    kinds = {item["type"] for item in items}
    if len(kinds) > 1 and not kinds <= {"photo", "video", "live_photo"}:
        raise bad_request("Can't use the media of the specified type in the album")
    album = str(call.api.world.random.randrange(10**16))
    contents = [
        media(call, item["type"], item["media"], item) | _caption(item, call.api.world.warn) | {"media_group_id": album}
        for item in items
    ]
    sent = [send(call, content, item.get("caption", "")) for content, item in zip(contents, items, strict=True)]
    return [message.as_json() for message in sent]


@handles("sendChatAction")
def send_chat_action(call: Call) -> bool:
    """A deleted topic goes unnoticed here, as on the real server."""
    chat = call.chat(to_write=True)
    if call.values["action"] not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.actions.append({"action": call.values["action"], "thread_id": call.values.get("message_thread_id")})
    chat.changed()
    return True


@handles("sendMessageDraft")
def send_message_draft(call: Call) -> bool:
    chat = call.chat(to_write=True)
    if chat.kind != "private":
        raise bad_request("chat not found")
    if call.values["draft_id"] == 0:
        raise bad_request("DRAFT_ID_INVALID")
    formatted(
        call.values.get("text", ""),
        call.values.get("parse_mode"),
        call.values.get("entities"),
        MAX_TEXT,
        call.api.world.warn,
    )
    chat.actions.append({"action": "draft", "thread_id": None, "text": call.values.get("text", "")})
    chat.changed()
    return True


# Editing


def _own(call: Call, chat: Chat, what: str) -> Message:
    """The bot's own message, still open to edits."""
    message = call.message(chat, what)
    if message.sender is not call.bot.account or message.is_service:
        raise bad_request("message can't be edited")
    if message.markup and "inline_keyboard" not in message.markup:
        raise bad_request("message can't be edited")
    return message


def _edit(call: Call, content: Json | None, source: str | None = None) -> Json:
    """Replace content (None: keep) and keyboard. Raises ApiError 400 when nothing changes."""
    chat = call.chat(to_write=True)
    message = _own(call, chat, "message to edit")
    markup = call.values.get("reply_markup")
    keyboards.check(markup, chat.kind, call.api.world.warn)
    find_topic(call.bot, chat, message.thread_id)
    if markup and not any(markup["inline_keyboard"]):
        markup = None
    content = message.content if content is None else content
    if content == message.content and markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    if content != message.content:
        message.versions.append(message.text)
        message.content = content
        message.source = source or ""
        message.edit_date = call.api.clock.unix()
    message.markup = markup
    chat.changed()
    return message.as_json()


def _not_inline(call: Call) -> None:
    if "chat_id" not in call.values or "message_id" not in call.values:
        if "inline_message_id" in call.values:
            raise bad_request("MESSAGE_ID_INVALID")
        raise bad_request("message identifier is not specified" if "chat_id" in call.values else "chat_id is empty")


@handles("editMessageText")
def edit_message_text(call: Call) -> Json:
    _not_inline(call)
    if "text" not in call.values:
        raise bad_request("message text is empty")
    content = _text(call)
    message = call.message(call.chat(to_write=True), "message to edit")
    if "text" not in message.content and message.sender is call.bot.account:
        raise bad_request("there is no text in the message to edit")
    return _edit(call, content, call.values["text"])


@handles("editMessageCaption")
def edit_message_caption(call: Call) -> Json:
    _not_inline(call)
    message = call.message(call.chat(to_write=True), "message to edit")
    if not any(kind in message.content for kind in ("photo", "document", "video", "audio", "voice", "animation")):
        raise bad_request("there is no caption in the message to edit")
    kept = {name: value for name, value in message.content.items() if not name.startswith("caption")}
    return _edit(call, kept | _caption(call.values, call.api.world.warn), call.values.get("caption"))


@handles("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Json:
    _not_inline(call)
    return _edit(call, None)


@handles("editMessageMedia")
def edit_message_media(call: Call) -> Json:
    _not_inline(call)
    item = call.values["media"]
    content = media(call, item["type"], item["media"], item) | _caption(item, call.api.world.warn)
    return _edit(call, content, item.get("caption"))


# Copying and forwarding


def _ids(call: Call) -> list[int]:
    ids: list[int] = call.values["message_ids"]
    if not 1 <= len(ids) <= MAX_AT_ONCE:
        raise bad_request("too many message identifiers specified" if ids else "message identifiers are not specified")
    return ids


def _copy(call: Call, original: Message) -> Json:
    if original.is_service:
        raise bad_request("the message can't be copied")
    content = {name: value for name, value in original.content.items() if name != "forward_origin"}
    if "caption" in call.values:
        content = {name: value for name, value in content.items() if not name.startswith("caption")}
        content |= _caption(call.values, call.api.world.warn)
    return {"message_id": send(call, content, call.values.get("caption", original.source)).id}


@handles("copyMessage")
def copy_message(call: Call) -> Json:
    original = call.message(call.chat("from_chat_id"), "message to copy")
    return _copy(call, original)


def _forward(call: Call, original: Message) -> Message:
    if original.is_service or original.protected:
        raise bad_request("the message can't be forwarded")
    origin = {"type": "user", "date": original.date, "sender_user": original.sender.as_json()}
    return send(call, original.content | {"forward_origin": original.content.get("forward_origin", origin)})


@handles("forwardMessage")
def forward_message(call: Call) -> Json:
    return _forward(call, call.message(call.chat("from_chat_id"), "message to forward")).as_json()


@handles("copyMessages", "forwardMessages")
def copy_or_forward_messages(call: Call) -> list[Json]:
    """Messages that are gone or can't be sent on are skipped."""
    ids = _ids(call)
    if ids != sorted(set(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    source = call.chat("from_chat_id")
    originals = [source.messages[each] for each in ids if each in source.messages and not source.messages[each].deleted]
    copied = []
    for original in originals:
        try:
            if call.method == "copyMessages":
                copied.append(_copy(call, original))
            else:
                copied.append({"message_id": _forward(call, original).id})
        except ApiError as error:
            if "the message can't be" not in error.description:
                raise
    if not copied:
        raise bad_request(f"there are no messages to {call.method.removesuffix('Messages')}")
    return copied


# Deleting, pinning, reacting, answering


def _delete(call: Call, message: Message) -> None:
    chat = message.chat
    own = message.sender is call.bot.account
    may = own or chat.kind == "private" or member(call.bot, chat).may("can_delete_messages")
    if not may or (call.api.clock.time() - message.date > DELETABLE_S and chat.kind == "private"):
        raise bad_request("message can't be deleted for everyone" if may else "message can't be deleted")
    message.deleted = True
    chat.changed()


@handles("deleteMessage")
def delete_message(call: Call) -> bool:
    _delete(call, call.message(call.chat(), "message to delete"))
    return True


@handles("deleteMessages")
def delete_messages(call: Call) -> bool:
    """Messages that are gone are skipped."""
    chat = call.chat()
    for message_id in _ids(call):
        message = chat.messages.get(message_id)
        if message is not None and not message.deleted:
            _delete(call, message)
    return True


@handles("pinChatMessage")
def pin_chat_message(call: Call) -> bool:
    chat = call.chat(to_write=True)
    call.needs(chat, "can_pin_messages", "manage pinned messages in the chat")
    message = call.message(chat, "message to pin")
    if message.id not in chat.pinned:
        chat.pinned.append(message.id)
        content = {"pinned_message": message.as_json(with_reply=False)}
        bots = call.api.bots_in(chat, private=call.bot)
        post(call.api, chat, call.bot.account, content, bots=bots, thread_id=message.thread_id)
    return True


@handles("unpinChatMessage")
def unpin_chat_message(call: Call) -> bool:
    chat = call.chat(to_write=True)
    call.needs(chat, "can_pin_messages", "manage pinned messages in the chat")
    message_id = call.values.get("message_id", chat.pinned[-1] if chat.pinned else None)
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    return True


@handles("unpinAllChatMessages", "unpinAllGeneralForumTopicMessages")
def unpin_all(call: Call) -> bool:
    chat = call.chat(to_write=True)
    call.needs(chat, "can_pin_messages", "manage pinned messages in the chat")
    chat.pinned.clear()
    return True


@handles("setMessageReaction")
def set_message_reaction(call: Call) -> bool:
    chat = call.chat(to_write=True)
    message = call.message(chat, "message to react")
    if message.is_service:
        raise bad_request("MESSAGE_ID_INVALID")
    wanted = call.values.get("reaction", ())
    if len(wanted) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(each["type"] != "emoji" or each["emoji"] not in REACTIONS for each in wanted):
        raise bad_request("REACTION_INVALID")
    message.reactions.pop(call.bot.id, None)
    if wanted:
        message.reactions[call.bot.id] = wanted[0]["emoji"]
    chat.changed()
    return True


@handles("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    """Once, within 150 s, by the bot that was asked."""
    query = call.bot.queries.get(call.values["callback_query_id"])
    too_late = query is not None and call.api.clock.time() - query.asked_at > ANSWERABLE_S
    if query is None or query.answer is not None or too_late:
        raise bad_request(TOO_OLD)
    if utf16(call.values.get("text", "")) > MAX_ALERT:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = {name: value for name, value in call.values.items() if name != "callback_query_id"}
    query.message.chat.changed()
    return True


@handles("answerWebAppQuery")
def answer_web_app_query(call: Call) -> Json:
    raise bad_request(TOO_OLD)
