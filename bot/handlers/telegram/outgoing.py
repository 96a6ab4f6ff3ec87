"""What is in the outbox, as calls of the Bot API; and what their errors mean for it."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.coaches import Coaches, Kept
from bot.errors import GiveUp, Gone, InDoubt, Migrated, Retry, SendError, Wait
from bot.forum import Lost
from bot.handlers.telegram import layout
from bot.handlers.telegram.pace import Pace
from bot.handlers.telegram.split import MAX_CAPTION, split
from bot.handlers.telegram.transport import NotSent, Refused, Transport, Unanswered
from bot.i18n import plain
from bot.outbox import BULK_CONCURRENT, BULK_CONCURRENT_PAID, LEASE_S
from bot.telegram_store import BULK, Claimed

MakeDocument = Callable[[str, Any, str], Awaitable[tuple[bytes, str]]]
"""Makes the file of an attachment, given its kind, its subject and the reader's locale: bytes and a file name."""

NO_PREVIEW = {"is_disabled": True}
TOKEN_AGAIN_S = 60.0
PACED_MAX_S = 4.0
"""A chat that has to wait longer than this gives its delivery back until then."""
LOOK_S = 5.0
"""How long the platform may take to say that it is there again."""

_BEGUN_KEPT = 1000
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_UNCHANGED = "message is not modified"
_NOT_THERE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "message identifier is not specified",
    "message_id_invalid",
)
_NO_TOPIC = "message thread not found"
_NO_CAPTION = "there is no caption in the message to edit"
_MAY_NOT_WRITE = ("not enough rights to send", "have no rights to send", "need administrator rights in the")
_TOPIC_CALLS = {
    "topic_close": "closeForumTopic", "topic_reopen": "reopenForumTopic", "topic_delete": "deleteForumTopic",
}  # fmt: skip
_SENT_AS = {"photo": "sendPhoto", "voice": "sendVoice", "video": "sendVideo"}
_PHOTO_MAX = 10 * 1024 * 1024
"""Source: Telegram Bot API, sendPhoto."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class To:
    """Where a delivery goes: a chat, or a topic of a group. `new` is the case whose topic has still to be made; `bulk` says
    that it is a broadcast that goes there.

    General, in which everybody begins, has no `thread`: named by its number it would not be found.
    """

    chat: str
    thread: int | None = None
    new: int | None = None
    bulk: bool = False

    @property
    def is_group(self) -> bool:
        return self.chat.startswith("-")

    def fields(self) -> dict[str, Any]:
        topic = {} if self.thread is None else {"message_thread_id": self.thread}
        return {"chat_id": int(self.chat), **topic}


def to(address: str) -> To:
    """Read "<chat>", "<chat>/<thread>" or "<chat>/new:<case>"."""
    chat, _slash, rest = address.partition("/")
    if rest.startswith("new:"):
        return To(chat, new=int(rest.removeprefix("new:")))
    return To(chat, int(rest)) if rest else To(chat)


class Outgoing:
    """The channel "telegram" of one bot: a `bot.outbox.Channel`. `forum` knows what the coaches' groups are to show; with
    `paid` the municipality pays for a higher rate of broadcasts."""

    def __init__(
        self, transport: Transport, pace: Pace, make_document: MakeDocument, forum: Coaches | None = None, *,
        paid: bool = False,
    ) -> None:  # fmt: skip
        self.transport, self.pace, self.make_document, self.forum = transport, pace, make_document, forum
        self.paid = paid
        self._begun: OrderedDict[int, int] = OrderedDict()
        self._uploaded: OrderedDict[int, tuple[str, str]] = OrderedDict()
        self._uploading: dict[int, asyncio.Lock] = {}
        self._beside: set[asyncio.Task[None]] = set()

    def budget(self) -> int:
        return self.pace.budget()

    def delay_s(self, delivery: Claimed) -> float:
        chat = (delivery.address or "").partition("/")[0]
        delay_s = self.pace.delay_s(chat, bulk=delivery.priority == BULK)
        return delay_s if delay_s <= LEASE_S / 2 else self.pace.line_s(chat)

    def bulk_limit(self) -> int:
        return self.pace.bulk_limit(BULK_CONCURRENT_PAID if self.paid else BULK_CONCURRENT)

    def bulk_delay_s(self, granted: int) -> float:
        return self.pace.bulk_delay_s(granted)

    async def send(self, delivery: Claimed) -> str | None:
        """Do what one delivery wants; Telegram's number of the message that came of it, as text."""
        if delivery.address is None:
            raise GiveUp("the address has been forgotten")
        there = replace(to(delivery.address), bulk=delivery.priority == BULK)
        try:
            if there.new is not None:
                if delivery.op in _TOPIC_CALLS:
                    return None  # there is no topic yet, and none is made to be closed
                await self._make_topic(there, delivery)
            return await self._do(there, await self._shown(delivery))
        except TelegramError as error:
            failed = error
        except Retry as error:
            raise Wait(str(error)) from error
        except Wait as error:
            error.untried = error.untried and delivery.id not in self._begun
            raise
        try:
            raise await self._sorted(there, delivery, failed)
        except Retry as error:
            raise Wait(str(error)) from error

    async def _shown(self, delivery: Claimed) -> Claimed:
        """The delivery with what it names put into words now, and the message it answers by its number there."""
        body = delivery.body
        if self.forum is None or not isinstance(body, Mapping):
            return delivery
        if "made" in body:
            body = await self.forum.render(delivery)
            if body is None:
                raise GiveUp("there is nothing left to show")
        if "reply_to" in body:
            body = {**body, "reply_number": await self.forum.number(delivery, body["reply_to"])}
        return replace(delivery, body=body)

    async def _do(self, there: To, delivery: Claimed) -> str | None:
        match delivery.op:
            case "send":
                return await self._send(there, delivery)
            case "edit":
                return await self._edit(there, delivery)
            case "close":
                return await self._close(there, delivery)
            case "document":
                return await self._document(there, delivery)
            case "copy":
                return await self._copy(there, delivery)
            case "file":
                return await self._file(there, delivery)
            case "react":
                return await self._react(there, delivery)
            case "pin":
                return await self._pin(there, delivery)
            case op if op in _TOPIC_CALLS:
                return await self._change_topic(there, delivery)
        raise GiveUp(f'Telegram has no "{delivery.op}"')

    async def stop(self) -> None:
        """Let what is shown beside messages go out."""
        if self._beside:
            await asyncio.wait(self._beside, timeout=1)

    # --- messages ---------------------------------------------------------------------------------------------------

    async def _send(self, there: To, delivery: Claimed) -> str | None:
        body = delivery.body
        if "place" in body:
            latitude, longitude = body["place"]
            return await self._numbered(there, "sendLocation", {"latitude": latitude, "longitude": longitude}, body)
        parts, rows = split(layout.text(body)), layout.keyboard(body)
        if not parts:
            raise GiveUp("there is nothing to say")
        return await self._say(there, delivery, parts, rows)

    async def _say(self, there: To, delivery: Claimed, parts: Sequence[str], rows: layout.Rows) -> str | None:
        """Send a text in parts, the buttons under the last. Parts that went out before are not sent again."""
        number = None
        for index in range(self._begun.get(delivery.id, 0), len(parts)):
            last = index == len(parts) - 1
            message = self._message(there, delivery.body, parts[index], rows if last else ())
            number = _number(await self._call_formatted(there, "sendMessage", message, "text"))
            if not last:
                self._went_out(delivery, index + 1)
        self._begun.pop(delivery.id, None)
        return number

    async def _edit(self, there: To, delivery: Claimed) -> str | None:
        """Change the message that stands in the delivery's slot; where there is none any more, send it anew."""
        number, parts = delivery.previous_external_id, split(layout.text(delivery.body))
        if number is None or len(parts) != 1:
            return await self._send(there, delivery)
        captions = bool(delivery.body.get("captions"))
        words, method = ("caption", "editMessageCaption") if captions else ("text", "editMessageText")
        message = self._message(there, delivery.body, parts[0], layout.keyboard(delivery.body))
        for name in ("protect_content", "message_thread_id", "reply_parameters", "allow_paid_broadcast"):
            message.pop(name, None)
        if captions:
            message["caption"] = message.pop("text")
            del message["link_preview_options"]
        try:
            return _number(await self._call_formatted(there, method, message | {"message_id": int(number)}, words))
        except Refused as error:
            if error.description.startswith(_UNCHANGED):
                return number
            if error.status == 400 and error.description.startswith((*_NOT_THERE, _NO_CAPTION)):
                return await self._send(there, delivery)
            raise

    async def _close(self, there: To, delivery: Claimed) -> str | None:
        """Take the buttons from under a question that is no longer open; what was pressed stays to be seen."""
        number = delivery.previous_external_id
        if number is None:
            return None
        rows = layout.closed((delivery.body or {}).get("chosen"))
        change: dict[str, Any] = {"chat_id": int(there.chat), "message_id": int(number)}
        if rows:
            change["reply_markup"] = {"inline_keyboard": rows}
        try:
            await self._call(there, "editMessageReplyMarkup", change)
        except Refused as error:
            if error.status != 400 or not error.description.startswith((_UNCHANGED, *_NOT_THERE)):
                raise
        return number

    async def _document(self, there: To, delivery: Claimed) -> str | None:
        attachment = delivery.body["attachment"]
        if not there.is_group:
            self._do_beside(self._show_action(there.chat, ChatAction.UPLOAD_DOCUMENT))
        locale = delivery.locale or delivery.body["lang"]
        content, name = await self.make_document(attachment["kind"], attachment["subject"], locale)
        shown_as = "photo" if attachment["kind"] == "figure" else "document"
        return await self._upload(there, delivery, shown_as, name, content, attachment["caption"])

    async def _file(self, there: To, delivery: Claimed) -> str | None:
        """A file that is kept here. What Telegram does not take as a photo or a voice goes as a document.

        One that many get is uploaded once: then Telegram has it, and is told which it is.
        """
        assert self.forum is not None
        kept = await self.forum.file(delivery, self._uploaded)
        if kept is None:
            raise GiveUp("the file is not kept any more")
        if kept.content is None:
            kind, known = self._uploaded[kept.number]
            try:
                return await self._upload(there, delivery, kind, kept.name, known)
            except Refused as error:
                if error.status != 400 or "file" not in error.description:
                    raise
                self._uploaded.pop(kept.number, None)  # Telegram has lost it
                return await self._file(there, delivery)
        async with self._uploading.setdefault(kept.number, asyncio.Lock()):  # many wait for the first of them
            if kept.number not in self._uploaded:
                try:
                    return await self._upload_as_what_it_is(there, delivery, kept, kept.content)
                finally:
                    self._uploading.pop(kept.number, None)
        return await self._file(there, delivery)

    async def _upload_as_what_it_is(self, there: To, delivery: Claimed, kept: Kept, content: bytes) -> str | None:
        fits = kept.kind in _SENT_AS and (kept.kind != "photo" or len(content) <= _PHOTO_MAX)
        if fits:
            try:
                return await self._upload(there, delivery, kept.kind, kept.name, content, number=kept.number)
            except Refused as error:
                if error.status != 400 or error.description.startswith(_NO_TOPIC):
                    raise
                log.info("Telegram does not take a file as what it is", kind=kept.kind, reason=_reason(error))
        return await self._upload(there, delivery, "document", kept.name, content, number=kept.number)

    async def _upload(
        self, there: To, delivery: Claimed, kind: str, name: str, content: bytes | str, caption: str = "",
        *, number: int | None = None,
    ) -> str | None:  # fmt: skip
        """Send a file with its words: its bytes, or what Telegram calls it. `number` is under which it is remembered."""
        body = delivery.body
        caption = layout.directed(caption, body.get("dir", "ltr"))
        words = "\n\n".join(part for part in (layout.text(body), caption) if part)
        *before, caption = split(words, MAX_CAPTION) or [""]
        if before:
            await self._say_before(there, delivery, before)
        message = self._message(there, body, caption, layout.keyboard(body))
        message["caption"] = message.pop("text")
        del message["link_preview_options"]
        method = _SENT_AS.get(kind, "sendDocument")
        if isinstance(content, str):
            result = await self._call_formatted(there, method, {**message, kind: content}, "caption")
        else:
            result = await self._call_formatted(there, method, message, "caption", (kind, name, content))
        self._begun.pop(delivery.id, None)
        if number is not None and (called := _file_id(result, kind)) is not None:
            self._uploaded[number] = kind, called
            if len(self._uploaded) > _BEGUN_KEPT:
                self._uploaded.popitem(last=False)
        return _number(result)

    async def _say_before(self, there: To, delivery: Claimed, parts: Sequence[str]) -> None:
        for index in range(self._begun.get(delivery.id, 0), len(parts)):
            message = self._message(there, delivery.body, parts[index], ())
            await self._call_formatted(there, "sendMessage", message, "text")
            self._went_out(delivery, index + 1)

    async def _copy(self, there: To, delivery: Claimed) -> str | None:
        """A message of another chat, without whose it was. Where it is gone, a line says what there was."""
        body = delivery.body
        given: dict[str, Any] = {"from_chat_id": int(body["copy"]["chat"]), "message_id": int(body["copy"]["message"])}
        if caption := layout.text(body):
            given |= {"caption": split(caption, MAX_CAPTION)[0], "parse_mode": "HTML"}
        try:
            return await self._numbered(there, "copyMessage", given, body)
        except Refused as error:
            if error.status != 400 or "otherwise" not in body or error.description.startswith(_NO_TOPIC):
                raise
            log.info("a message was not copied", reason=_reason(error))
            return await self._send(there, replace(delivery, body={**body, "html": body["otherwise"]}))

    async def _react(self, there: To, delivery: Claimed) -> str | None:
        """Put a reaction under a message, or take it off."""
        assert self.forum is not None
        number = await self.forum.number(delivery, delivery.body["react"]["message"])
        if number is not None:
            emoji = delivery.body["react"]["emoji"]
            reaction = [{"type": "emoji", "emoji": emoji}] if emoji else []
            change = {"chat_id": int(there.chat), "message_id": number, "reaction": reaction}
            await self._call(there, "setMessageReaction", change)
        return None

    async def _pin(self, there: To, delivery: Claimed) -> str | None:
        """Pin what stands in the place, without a sound. It is no loss where the bot may not."""
        if delivery.previous_external_id is not None:
            change = {"chat_id": int(there.chat), "message_id": int(delivery.previous_external_id)}
            try:
                await self._call(there, "pinChatMessage", {**change, "disable_notification": True})
            except Refused as error:
                if error.status != 400:
                    raise
                log.info("nothing was pinned", reason=_reason(error))
        return None

    # --- topics -----------------------------------------------------------------------------------------------------

    async def _make_topic(self, there: To, delivery: Claimed) -> None:
        """Make the topic of a case. Always raises: the delivery is sent to what is the topic then."""
        assert self.forum is not None and there.new is not None
        name = await self.forum.topic_name(there.new)
        made = await self._call(there, "createForumTopic", {"chat_id": int(there.chat), "name": name})
        raise Migrated(await self.forum.topic_made(delivery.address_id, int(there.chat), made["message_thread_id"]))

    async def _change_topic(self, there: To, delivery: Claimed) -> str | None:
        try:
            await self._call(there, _TOPIC_CALLS[delivery.op], there.fields())
        except Refused as error:
            if error.status != 400 or not error.description.startswith(("topic_not_modified", _NO_TOPIC)):
                if delivery.op == "topic_delete":
                    assert self.forum is not None
                    await self.forum.not_deleted(delivery.body["case"])
                raise
        return None

    # --- calls ------------------------------------------------------------------------------------------------------

    def _message(self, there: To, body: Mapping[str, Any], words: str, rows: Sequence[Any]) -> dict[str, Any]:
        message: dict[str, Any] = {
            **there.fields(),
            **self._paid(there),
            "text": words,
            "parse_mode": "HTML",
            "link_preview_options": NO_PREVIEW,
            **_answering(body),
        }
        if rows:
            message["reply_markup"] = {"inline_keyboard": rows}
        if body.get("private"):
            message["protect_content"] = True
        return message

    async def _call_formatted(
        self,
        there: To,
        method: str,
        message: dict[str, Any],
        words: str,
        file: tuple[str, str, bytes] | None = None,
    ) -> Any:
        """Call with markup; should Telegram not be able to read it, say so loudly and send the plain words."""
        try:
            result = await self._call_there(there, method, message, file)
        except Refused as error:
            if error.status != 400 or not error.description.startswith("can't parse entities"):
                raise
            log.error("Telegram cannot read our markup; sent as plain words", reason=_reason(error))
            simple = {name: value for name, value in message.items() if name != "parse_mode"}
            simple[words] = plain(message[words], addresses=True)
            result = await self._call_there(there, method, simple, file)
        return result

    async def _numbered(self, there: To, method: str, given: dict[str, Any], body: Mapping[str, Any]) -> str | None:
        where = {**there.fields(), **self._paid(there)}
        return _number(await self._call_there(there, method, {**where, **given, **_answering(body)}))

    def _paid(self, there: To) -> dict[str, Any]:
        return {"allow_paid_broadcast": True} if self.paid and there.bulk else {}

    async def _call_there(
        self, there: To, method: str, parameters: dict[str, Any], file: tuple[str, str, bytes] | None = None
    ) -> Any:
        """One call; a topic that somebody has closed is opened for it."""
        try:
            return await self._call(there, method, parameters, file)
        except Refused as error:
            if error.description != "topic_closed" or there.thread is None:
                raise
        await self._call(there, "reopenForumTopic", there.fields())
        return await self._call(there, method, parameters, file)

    async def _call(
        self, there: To, method: str, parameters: dict[str, Any], file: tuple[str, str, bytes] | None = None
    ) -> Any:
        """One call that counts against the limits of its chat: of a group, with all its topics."""
        while (delay_s := self.pace.delay_s(there.chat, bulk=there.bulk)) > 0:
            if delay_s > PACED_MAX_S:
                raise Wait("paced", self.pace.line_s(there.chat), untried=True)
            await asyncio.sleep(delay_s)
        call, reached = self.pace.begin(there.chat, bulk=there.bulk), False
        try:
            if call.first:
                await self._look()
            result = await self.transport.call(method, parameters, file=file)
            reached = True
        except Refused:
            reached = True
            raise
        finally:
            self.pace.end(call, reached=reached)
        return result

    async def _look(self) -> None:
        """After an outage: whether the platform is there again, before anything is risked that can be lost on the way.

        Raises:
            NotSent: It is not.
        """
        try:
            await self.transport.call("getMe", {}, timeout_s=LOOK_S)
        except Refused:
            return
        except (NotSent, Unanswered) as error:
            trouble = str(error)
        else:
            return
        raise NotSent(trouble)

    async def _show_action(self, chat: str, action: ChatAction) -> None:
        try:
            await self.transport.call("sendChatAction", {"chat_id": int(chat), "action": action.value})
        except TelegramError as error:
            log.info("a chat action was not shown", reason=str(error))

    def _do_beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _went_out(self, delivery: Claimed, parts: int) -> None:
        self._begun[delivery.id] = parts
        if len(self._begun) > _BEGUN_KEPT:
            self._begun.popitem(last=False)

    # --- errors -----------------------------------------------------------------------------------------------------

    async def _sorted(self, there: To, delivery: Claimed, error: TelegramError) -> SendError:
        """What an error means for the delivery."""
        if isinstance(error, NotSent):
            return Wait(str(error), self.pace.outage_s(), untried=delivery.id not in self._begun)
        if not isinstance(error, Refused):
            return InDoubt(str(error))
        if error.status == 429:
            wait_s = float(error.retry_after_s or 1)
            everybody = self.pace.hold(there.chat, wait_s)
            log.warning("Telegram asks to send more slowly", retry_after_s=wait_s, everybody=everybody)
            return Wait("too many requests", wait_s)
        if error.migrate_to is not None:
            if self.forum is not None and there.is_group:
                await self.forum.group_moved(int(there.chat), error.migrate_to)
            rest = (delivery.address or "").partition("/")[2]
            return Migrated(f"{error.migrate_to}/{rest}" if rest else str(error.migrate_to))
        if error.status in (401, 404):
            self.pace.stop(TOKEN_AGAIN_S)
            log.error("Telegram does not know IDELABB_TELEGRAM_TOKEN; nothing is sent")
            return Wait("the token was refused", TOKEN_AGAIN_S)
        if self.forum is not None and there.is_group and (lost := _lost(there, error)) is not None:
            return await self._lost(self.forum, there, delivery, error, lost)
        if error.status == 403:
            if there.is_group:
                log.error("the bot has lost a group", reason=_reason(error))
            gone = "deactivated" in error.description or there.is_group
            if self.forum is not None and not there.is_group:
                await self.forum.unreachable(delivery.address_id)
            return Gone(_reason(error), "gone" if gone else "blocked")
        if error.status == 400 and error.description.endswith("chat not found"):
            return Gone(_reason(error), "gone")
        log.error("Telegram refused a message", reason=_reason(error))
        return GiveUp(_reason(error))

    async def _lost(self, forum: Coaches, there: To, delivery: Claimed, error: Refused, lost: Lost) -> SendError:
        """A topic or a group is not there any more, or not for us: where the delivery goes now, if anywhere."""
        log.error("the coaches' group has lost something", what=lost.value, reason=_reason(error))
        now_at = await forum.lost(int(there.chat), delivery.address_id, lost)
        return Gone(_reason(error), "gone") if now_at is None else Migrated(now_at)


def _lost(there: To, error: Refused) -> Lost | None:
    """What an error in a coaches' group says is lost."""
    if error.status == 403 or error.description.endswith("chat not found"):
        return Lost.GROUP
    if error.description.startswith(_MAY_NOT_WRITE):
        return Lost.GROUP
    if there.new is not None and error.status == 400:
        return Lost.RIGHTS
    return Lost.TOPIC if there.thread is not None and error.description.startswith(_NO_TOPIC) else None


def _answering(body: Mapping[str, Any]) -> dict[str, Any]:
    """The message that this one answers; should that be gone, it is sent all the same."""
    number = body.get("reply_number")
    return {} if number is None else {"reply_parameters": {"message_id": number, "allow_sending_without_reply": True}}


def _file_id(result: Any, kind: str) -> str | None:
    """What Telegram calls a file it was sent: of a photo its largest size."""
    sent = result.get(kind) if isinstance(result, dict) else None
    sent = sent[-1] if isinstance(sent, list) and sent else sent
    return str(sent["file_id"]) if isinstance(sent, dict) and "file_id" in sent else None


def _number(result: Any) -> str | None:
    number = result.get("message_id") if isinstance(result, dict) else None
    return str(number) if number else None


def _reason(error: Refused) -> str:
    """Its words without what they quote, which may be a resident's own or a private address."""
    return _QUOTED.sub("'…'", f"{error.status} {error.description}")[:200]
