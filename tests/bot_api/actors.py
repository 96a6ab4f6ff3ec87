"""People and groups as a test moves them; everything they do becomes updates for the bots that may see it."""

# ruff: noqa: ASYNC109 - `timeout` reads best in a test, and the error shows the screen

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.bot_api import schema
from tests.bot_api.bots import QUERY_LIVES_S, Bot, Query
from tests.bot_api.entities import clean, found_entities, is_empty, utf16
from tests.bot_api.init_data import sign_init_data
from tests.bot_api.screen import WAIT_S, Place
from tests.bot_api.world import ALL_RIGHTS, Account, Chat, Json, Member, Message, TopicState

if TYPE_CHECKING:
    from tests.bot_api.server import BotApi

TOPIC_COLOR = 7322096
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f030005fe02fea7"
    "35819e0000000049454e44ae426082"
)


def chat_member(member: Member) -> Json:
    """The ChatMember type that fits the status, with every required field."""
    name = {
        "creator": "ChatMemberOwner",
        "administrator": "ChatMemberAdministrator",
        "member": "ChatMemberMember",
        "left": "ChatMemberLeft",
        "kicked": "ChatMemberBanned",
    }[member.status]
    table = schema.load().types[name]
    data: Json = {"status": member.status, "user": member.account.as_json()}
    for field in table["required"]:
        if table["fields"][field] == ["Boolean"]:
            data[field] = field in member.rights
        elif field == "until_date":
            data[field] = 0
    if member.status == "administrator" and "can_manage_topics" in member.rights:
        data["can_manage_topics"] = True
    return data


def post(
    api: BotApi,
    chat: Chat,
    sender: Account,
    content: Json,
    *,
    bots: list[Bot],
    thread_id: int | None = None,
    reply_to: Message | None = None,
    source: str = "",
    message_id: int | None = None,
) -> Message:
    """Put a message into a chat and tell the bots that may see it (never the bot that sent it)."""
    message = Message(
        chat=chat,
        id=message_id or bots[0].next_message_id(chat),
        date=api.clock.unix(),
        sender=sender,
        content=content,
        thread_id=thread_id,
        reply_to=reply_to,
        source=source,
    )
    chat.messages[message.id] = message
    for bot in bots:
        if (bot.account is not sender or message.is_service) and can_see(bot, message):
            bot.tell("message", message.as_json(), ("chat", chat.id))
    chat.changed()
    return message


def can_see(bot: Bot, message: Message) -> bool:
    """Privacy mode: without it, as administrator, or when the message is meant for the bot."""
    if message.chat.kind == "private" or not bot.privacy or message.is_service:
        return True
    member = message.chat.members.get(bot.id)
    if member is None or not member.is_in:
        return False
    if member.status in ("administrator", "creator"):
        return True
    reply_to = message.reply_to
    return message.text.startswith("/") or bool(reply_to and reply_to.sender is bot.account and not reply_to.is_service)


@dataclass(slots=True)
class Press:
    """A pressed button, waiting for answerCallbackQuery."""

    query: Query
    place: Place

    @property
    def id(self) -> str:
        return self.query.id

    async def answered(self, timeout: float = WAIT_S) -> str:
        """The words of the bot's answer ("" for a plain one)."""
        await self.place.until(lambda: self.query.answer is not None, timeout, "the answer to a pressed button")
        return str((self.query.answer or {}).get("text", ""))


class Person:
    """A user with their private chat with one bot. `where` in each verb is a group or topic instead."""

    def __init__(self, api: BotApi, account: Account, bot: Bot) -> None:
        self._api = api
        self.account = account
        self.bot = bot
        self.chat = api.private_place(bot, account)
        self.presses_made: list[Press] = []

    @property
    def id(self) -> int:
        return self.account.id

    def as_json(self) -> Json:
        return self.account.as_json()

    def with_bot(self, bot: Bot) -> Person:
        """The same person in the chat with another bot."""
        return Person(self._api, self.account, bot)

    @property
    def alerts(self) -> list[str]:
        """The words of all answers to pressed buttons that had some."""
        answers = [press.query.answer or {} for press in self.presses_made]
        return [answer["text"] for answer in answers if answer.get("text")]

    # Saying and sending

    async def says(self, text: str, *, where: Place | None = None, reply_to: Message | None = None) -> Message:
        """Send a text. Commands and addresses in it are marked as a client would."""
        words = clean(text).strip(" \n")
        if is_empty(words) or utf16(words) > 4096:
            raise ValueError("a person can send 1 to 4096 characters at a time")
        content: Json = {"text": words}
        if entities := found_entities(words):
            content["entities"] = entities
        return await self.sends(content, where=where, reply_to=reply_to, source=text)

    async def starts(self, payload: str = "", *, language_code: str | None = None) -> Message:
        """Press start, or open a link with a `start` payload (64 of A-Z a-z 0-9 _ -)."""
        if not START_PAYLOAD.fullmatch(payload):
            raise ValueError("a start payload holds up to 64 of A-Z a-z 0-9 _ -")
        if language_code is not None:
            self.account.language_code = language_code
        return await self.says(f"/start {payload}".rstrip())

    async def sends(
        self, content: Json, *, where: Place | None = None, reply_to: Message | None = None, source: str = ""
    ) -> Message:
        """Send a message made of these fields ({"dice": {...}})."""
        place = where or self.chat
        chat = place.chat
        bots = self._bots(chat)
        thread_id = place.thread_id or None
        if thread_id is not None:
            topic = chat.topics.get(thread_id)
            if topic is None:
                raise ValueError("that topic is deleted")
            if topic.closed and not chat.members[self.id].may("can_manage_topics"):
                raise ValueError("that topic is closed")
            reply_to = reply_to or chat.messages.get(thread_id)
        if chat.keyboard and chat.keyboard.get("one_time_keyboard") and content.get("text") in _labels(chat):
            chat.keyboard = None
        return post(
            self._api, chat, self.account, content, bots=bots, thread_id=thread_id, reply_to=reply_to, source=source
        )

    def _bots(self, chat: Chat) -> list[Bot]:
        if chat.kind != "private":
            member = chat.members.get(self.id)
            if member is None or not member.is_in:
                raise ValueError(f"{self.account.first_name} is not a member of {chat.title}")
            return self._api.bots_in(chat)
        if chat.blocked:
            raise ValueError(f"{self.account.first_name} has blocked the bot: call unblocks() first")
        chat.started = True
        return [self.bot]

    async def sends_location(
        self, latitude: float, longitude: float, *, live_period: int | None = None, where: Place | None = None
    ) -> Message:
        location: Json = {"latitude": latitude, "longitude": longitude}
        if live_period is not None:
            location["live_period"] = live_period
        return await self.sends({"location": location}, where=where)

    async def sends_venue(self, latitude: float, longitude: float, title: str, address: str) -> Message:
        location = {"latitude": latitude, "longitude": longitude}
        return await self.sends(
            {"venue": {"location": location, "title": title, "address": address}, "location": location}
        )

    async def sends_contact(
        self, phone_number: str, *, first_name: str | None = None, user_id: int | None = -1, where: Place | None = None
    ) -> Message:
        """Send a card; their own unless another `user_id` (None: a card of nobody on Telegram) is given."""
        contact: Json = {"phone_number": phone_number, "first_name": first_name or self.account.first_name}
        if user_id is not None:
            contact["user_id"] = self.id if user_id == -1 else user_id
        return await self.sends({"contact": contact}, where=where)

    async def sends_photo(
        self, content: bytes = PNG, caption: str = "", *, where: Place | None = None, album: str | None = None
    ) -> Message:
        """Send a photo, in two sizes as Telegram makes them."""
        sizes = [
            self._api.world.store(content, "photo.jpg", "image/jpeg", "photo").as_json()
            | {"width": side, "height": side}
            for side in (90, 800)
        ]
        return await self.sends(_captioned({"photo": sizes}, caption, album), where=where)

    async def sends_voice(
        self, content: bytes = b"OggS", *, duration: int = 3, caption: str = "", where: Place | None = None
    ) -> Message:
        stored = self._api.world.store(content, "voice.ogg", "audio/ogg", "voice")
        voice = stored.as_json() | {"duration": duration, "mime_type": stored.mime_type}
        return await self.sends(_captioned({"voice": voice}, caption), where=where)

    async def sends_document(
        self,
        content: bytes,
        name: str,
        *,
        mime_type: str = "application/octet-stream",
        caption: str = "",
        size: int | None = None,
        where: Place | None = None,
    ) -> Message:
        """Send a file; `size` claims more bytes than it has, to try the 20 MB limit of downloads."""
        stored = self._api.world.store(content, name, mime_type, "document", size)
        document = stored.as_json() | {"file_name": name, "mime_type": mime_type}
        return await self.sends(_captioned({"document": document}, caption), where=where)

    async def sends_video(self, content: bytes = b"\0\0\0\x18ftyp", *, caption: str = "") -> Message:
        stored = self._api.world.store(content, "video.mp4", "video/mp4", "video")
        video = stored.as_json() | {"width": 320, "height": 240, "duration": 2, "mime_type": "video/mp4"}
        return await self.sends(_captioned({"video": video}, caption))

    async def sends_sticker(self, emoji: str = "👍", *, where: Place | None = None) -> Message:
        stored = self._api.world.store(b"RIFF", "sticker.webp", "image/webp", "sticker")
        more = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": emoji}
        return await self.sends({"sticker": stored.as_json() | more}, where=where)

    async def sends_album(self, count: int = 2, caption: str = "") -> list[Message]:
        """Send photos as one album: separate messages that share a media_group_id."""
        album = str(self._api.world.random.randrange(10**16))
        return [await self.sends_photo(caption=caption if place == 0 else "", album=album) for place in range(count)]

    async def sends_web_app_data(self, data: str, button_text: str) -> Message:
        """What sendData of a Mini App opened from a reply keyboard leads to."""
        return await self.sends({"web_app_data": {"data": data, "button_text": button_text}})

    # Changing what was sent

    async def edits(self, message: Message, text: str) -> Message:
        """Change the words of their own message."""
        if message.sender is not self.account:
            raise ValueError("people can edit only their own messages")
        message.versions.append(message.text)
        message.content = {name: value for name, value in message.content.items() if not name.endswith("entities")}
        message.content["text" if "text" in message.content else "caption"] = clean(text)
        if "text" in message.content and (entities := found_entities(text)):
            message.content["entities"] = entities
        message.source = text
        return self._edited(message)

    async def moves(self, message: Message, latitude: float, longitude: float) -> Message:
        """Move a live location: it arrives as an edit."""
        message.content["location"] = {**message.content["location"], "latitude": latitude, "longitude": longitude}
        return self._edited(message)

    def _edited(self, message: Message) -> Message:
        message.edit_date = self._api.clock.unix()
        for bot in self._api.bots_in(message.chat, private=self.bot):
            if can_see(bot, message):
                bot.tell("edited_message", message.as_json(), ("chat", message.chat.id))
        message.chat.changed()
        return message

    async def deletes(self, message: Message) -> None:
        """Delete a message; no bot is told."""
        message.deleted = True
        message.chat.changed()

    async def reacts(self, message: Message, emoji: str) -> None:
        """Put a reaction under a message, or with "" take it off.

        Bots hear of it when allowed_updates names message_reaction, in groups only as administrators.
        """
        old = message.reactions.pop(self.id, "")
        if emoji:
            message.reactions[self.id] = emoji
        payload = {
            "chat": message.chat.as_json(),
            "message_id": message.id,
            "user": self.as_json(),
            "date": self._api.clock.unix(),
            "old_reaction": [{"type": "emoji", "emoji": old}] if old else [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
        }
        for bot in self._api.bots_in(message.chat, private=self.bot):
            member = message.chat.members.get(bot.id)
            if message.chat.kind != "private" and (member is None or member.status not in ("administrator", "creator")):
                continue
            bot.tell("message_reaction", payload, ("reaction", message.chat.id))

    # Buttons

    async def presses(
        self, button: str, *, message: Message | None = None, where: Place | None = None
    ) -> Press | Message:
        """Press a button named by its label or callback_data.

        Looked for under `message`, or from the newest message up, then in the reply keyboard, whose buttons send
        their text, the contact or a place. Raises LookupError when nobody could see such a button.
        """
        place = where or self.chat
        for shown in [message] if message else reversed(place.messages):
            for each in (each for row in shown.inline_rows for each in row):
                if button in (each["text"], each.get("callback_data")):
                    if "callback_data" not in each:
                        raise LookupError(f"the button {button!r} is no callback button: {each}")
                    return await self.forges(each["callback_data"], message=shown, where=place)
        for each in _reply_buttons(place.chat):
            if each["text"] == button and message is None:
                if each.get("request_contact"):
                    return await self.sends_contact("+46701234567")
                if each.get("request_location"):
                    return await self.sends_location(59.3293, 18.0686)
                return await self.says(button, where=where)
        buttons = [message.buttons for message in place.messages if message.buttons] + [place.keyboard]
        raise LookupError(f"no button {button!r}; there are {buttons}")

    async def opens(self, button: str, *, message: Message | None = None) -> str:
        """Press a web_app or url button: the address the client opens, with initData behind "#" for a Mini App."""
        for shown in [message] if message else reversed(self.chat.messages):
            for each in (each for row in shown.inline_rows for each in row if each["text"] == button):
                if "web_app" in each:
                    init_data = sign_init_data(self.bot.token, self.as_json(), self._api.clock.unix())
                    return f"{each['web_app']['url']}#tgWebAppData={quote(init_data, safe='')}&tgWebAppVersion=10.3"
                if "url" in each:
                    return str(each["url"])
        raise LookupError(f"no button {button!r} that opens a page")

    async def forges(
        self, data: str, *, message: Message, where: Place | None = None, inaccessible: bool = False
    ) -> Press:
        """Send a callback query with any data, as an old or changed client could.

        `inaccessible` delivers the message as too old to be shown (InaccessibleMessage).
        """
        place = where or self.chat
        bot = next(bot for bot in self._api.bots_in(message.chat, private=self.bot) if bot.account is message.sender)
        world = self._api.world
        query = Query(str(world.random.randrange(10**17, 10**18)), self.account, data, message, world.clock.time())
        bot.queries[query.id] = query
        shown = message.as_json()
        if inaccessible:
            shown = {"chat": message.chat.as_json(), "message_id": message.id, "date": 0}
        payload = {
            "id": query.id,
            "from": self.as_json(),
            "message": shown,
            "chat_instance": str(abs(hash((bot.id, message.chat.id))) % 10**18),
            "data": data,
        }
        bot.tell("callback_query", payload, ("query", self.id), QUERY_LIVES_S)
        press = Press(query, place)
        self.presses_made.append(press)
        return press

    # The chat itself

    async def blocks(self, *, told: bool = True) -> None:
        """Stop the bot: my_chat_member (unless that is not `told`, as when it was lost), and 403 for what it sends."""
        if told:
            self._member_change("member", "kicked")
        else:
            self.chat.chat.blocked = True

    def becomes(self, other: Person) -> None:
        """The chat has another number from now on: 400 with `migrate_to_chat_id` for what goes to the old one.

        Telegram does this to groups only; a bot has to stand it anywhere.
        """
        self.chat.chat.migrated_to = other.id

    async def unblocks(self) -> None:
        self._member_change("kicked", "member")

    def _member_change(self, old: str, new: str) -> None:
        chat = self.chat.chat
        chat.blocked = new == "kicked"
        payload = {
            "chat": chat.as_json(),
            "from": self.as_json(),
            "date": self._api.clock.unix(),
            "old_chat_member": chat_member(Member(self.bot.account, old)),
            "new_chat_member": chat_member(Member(self.bot.account, new)),
        }
        self.bot.tell("my_chat_member", payload, ("own member", chat.id))

    async def deletes_account(self) -> None:
        """From now on "user is deactivated"."""
        self.account.deactivated = True

    async def hears(self, timeout: float = WAIT_S) -> Message:
        """The bot's next new message in the private chat."""
        return await self.chat.hears(timeout)

    async def sees(self, text: str, timeout: float = WAIT_S) -> Message:
        """Wait for words on the screen of the private chat, in a new or edited message."""
        return await self.chat.sees(text, timeout)


def _captioned(content: Json, caption: str, album: str | None = None) -> Json:
    if caption:
        content["caption"] = clean(caption)
    if album:
        content["media_group_id"] = album
    return content


def _reply_buttons(chat: Chat) -> list[Json]:
    return [button for row in (chat.keyboard or {}).get("keyboard", []) for button in row]


def _labels(chat: Chat) -> list[str]:
    return [button["text"] for button in _reply_buttons(chat)]


class Topic(Place):
    """One topic of a forum, as people use it."""

    def __init__(self, api: BotApi, chat: Chat, state: TopicState) -> None:
        super().__init__(chat, state.id)
        self._api = api
        self.state = state

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def closed(self) -> bool:
        return self.state.closed

    async def closes(self, by: Person) -> None:
        self.state.closed = True
        self._service(by, {"forum_topic_closed": {}})

    async def reopens(self, by: Person) -> None:
        self.state.closed = False
        self._service(by, {"forum_topic_reopened": {}})

    async def renames(self, by: Person, name: str) -> None:
        self.state.name = name
        self._service(by, {"forum_topic_edited": {"name": name}})

    async def deletes(self) -> None:
        """Remove the topic with all its messages; no bot is told."""
        remove_topic(self.chat, self.state.id)

    def _service(self, by: Person, content: Json) -> None:
        root = self.chat.messages.get(self.state.id)
        bots = self._api.bots_in(self.chat)
        post(self._api, self.chat, by.account, content, bots=bots, thread_id=self.state.id, reply_to=root)


def remove_topic(chat: Chat, thread_id: int) -> None:
    chat.topics.pop(thread_id, None)
    for message in chat.shown():
        if message.thread_id == thread_id:
            message.deleted = True
    chat.changed()


class Group(Place):
    """A group, supergroup or forum. As a place it is the whole of it; `general` is the topic everybody starts in."""

    def __init__(self, api: BotApi, chat: Chat) -> None:
        super().__init__(chat)
        self._api = api
        self.general = Place(chat, 0)
        self._topics: dict[int, Topic] = {}

    @property
    def title(self) -> str:
        return self.chat.title or ""

    @property
    def topics(self) -> list[Topic]:
        return [self.topic(thread_id) for thread_id in self.chat.topics]

    def topic(self, name: str | int) -> Topic:
        """A topic by its name or message_thread_id. Raises LookupError."""
        for state in self.chat.topics.values():
            if name in (state.name, state.id):
                return self._topics.setdefault(state.id, Topic(self._api, self.chat, state))
        raise LookupError(f"no topic {name!r}; there are {[state.name for state in self.chat.topics.values()]}")

    async def opens_topic(self, name: str, by: Person) -> Topic:
        """A person opens a topic by hand."""
        thread_id = self.chat.next_id()
        self.chat.topics[thread_id] = TopicState(thread_id, name, by.account, TOPIC_COLOR)
        content: Json = {"forum_topic_created": {"name": name, "icon_color": TOPIC_COLOR}}
        post(
            self._api,
            self.chat,
            by.account,
            content,
            bots=self._api.bots_in(self.chat),
            thread_id=thread_id,
            message_id=thread_id,
        )
        return self.topic(thread_id)

    async def adds(self, person: Person, *, by: Person | None = None) -> None:
        self.chat.members[person.id] = Member(person.account)
        content: Json = {"new_chat_members": [person.as_json()]}
        sender = (by or person).account
        if bots := self._api.bots_in(self.chat):
            post(self._api, self.chat, sender, content, bots=bots)
            self._tell_member(Member(person.account, "left"), self.chat.members[person.id], sender)

    async def removes(self, person: Person, *, by: Person | None = None) -> None:
        old = self.chat.members[person.id]
        self.chat.members[person.id] = Member(person.account, "left")
        sender = (by or person).account
        post(self._api, self.chat, sender, {"left_chat_member": person.as_json()}, bots=self._api.bots_in(self.chat))
        self._tell_member(old, self.chat.members[person.id], sender)

    def _tell_member(self, old: Member, new: Member, by: Account) -> None:
        for bot in self._api.bots_in(self.chat):
            if (member := self.chat.members.get(bot.id)) and member.status == "administrator":
                bot.tell("chat_member", self._change(old, new, by), ("member", new.account.id))

    def _change(self, old: Member, new: Member, by: Account) -> Json:
        return {
            "chat": self.chat.as_json(),
            "from": by.as_json(),
            "date": self._api.clock.unix(),
            "old_chat_member": chat_member(old),
            "new_chat_member": chat_member(new),
        }

    async def promotes(self, person: Person, rights: frozenset[str] = ALL_RIGHTS) -> None:
        """Make somebody an administrator."""
        self.chat.members[person.id] = Member(person.account, "administrator", rights)

    async def sets_bot(
        self, status: str, rights: frozenset[str] = ALL_RIGHTS, *, bot: Bot | None = None, by: Person
    ) -> None:
        """Add the bot ("member"), promote it ("administrator") or throw it out ("kicked", "left"): my_chat_member."""
        bot = bot or self._api.default_bot
        old = self.chat.members.get(bot.id, Member(bot.account, "left"))
        new = Member(bot.account, status, rights if status == "administrator" else frozenset())
        self.chat.members[bot.id] = new
        bot.tell("my_chat_member", self._change(old, new, by.account), ("own member", self.chat.id))

    async def migrates(self, by: Person) -> Group:
        """Become a supergroup with a new id: two service messages, and errors for the old id."""
        new = self._api.group(self.title, kind="supergroup", with_bot=False)
        new.chat.members = dict(self.chat.members)
        self.chat.migrated_to = new.id
        bots = self._api.bots_in(new.chat)
        post(self._api, self.chat, by.account, {"migrate_to_chat_id": new.id}, bots=bots)
        post(self._api, new.chat, by.account, {"migrate_from_chat_id": self.id}, bots=bots)
        return new

    async def vanishes(self) -> None:
        """The group is deleted: 403 "the group chat was deleted"."""
        self.chat.gone = True
