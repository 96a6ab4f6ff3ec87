"""What is in the outbox, as calls of the Bot API; and what their errors mean for it."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.errors import GiveUp, Gone, InDoubt, Migrated, Retry, SendError, Wait
from bot.handlers.telegram import layout
from bot.handlers.telegram.pace import Pace
from bot.handlers.telegram.split import MAX_CAPTION, split
from bot.handlers.telegram.transport import NotSent, Refused, Transport
from bot.i18n import plain
from bot.telegram_store import Claimed

MakeDocument = Callable[[str, Any, str], Awaitable[tuple[bytes, str]]]
"""Makes the file of an attachment, given its kind, its subject and the reader's locale: bytes and a file name."""

NO_PREVIEW = {"is_disabled": True}
TOKEN_AGAIN_S = 60.0
PACED_MAX_S = 4.0
"""A chat that has to wait longer than this gives its delivery back until then."""

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

log = structlog.get_logger()


class Outgoing:
    """The channel "telegram" of one bot: a `bot.outbox.Channel`."""

    def __init__(self, transport: Transport, pace: Pace, make_document: MakeDocument) -> None:
        self.transport, self.pace, self.make_document = transport, pace, make_document
        self._begun: OrderedDict[int, int] = OrderedDict()
        self._beside: set[asyncio.Task[None]] = set()

    def budget(self) -> int:
        return self.pace.budget()

    def delay_s(self, delivery: Claimed) -> float:
        return self.pace.delay_s(delivery.address or "")

    async def send(self, delivery: Claimed) -> str | None:
        """Send, edit or close one message; Telegram's number of it, as text."""
        chat = delivery.address
        if chat is None:
            raise GiveUp("the address has been forgotten")
        try:
            match delivery.op:
                case "send":
                    return await self._send(chat, delivery)
                case "edit":
                    return await self._edit(chat, delivery)
                case "close":
                    return await self._close(chat, delivery)
                case "document":
                    return await self._document(chat, delivery)
        except TelegramError as error:
            raise self._sorted(chat, error) from None
        except Retry as error:
            raise Wait(str(error)) from error
        raise GiveUp(f'Telegram has no "{delivery.op}"')

    async def stop(self) -> None:
        """Let what is shown beside messages go out."""
        if self._beside:
            await asyncio.wait(self._beside, timeout=1)

    # --- the four things --------------------------------------------------------------------------------------------

    async def _send(self, chat: str, delivery: Claimed) -> str | None:
        body = delivery.body
        parts, rows = split(layout.text(body)), layout.keyboard(body)
        if not parts:
            raise GiveUp("there is nothing to say")
        return await self._say(chat, delivery, parts, rows)

    async def _say(self, chat: str, delivery: Claimed, parts: Sequence[str], rows: layout.Rows) -> str | None:
        """Send a text in parts, the buttons under the last. Parts that went out before are not sent again."""
        number = None
        for index in range(self._begun.get(delivery.id, 0), len(parts)):
            last = index == len(parts) - 1
            message = self._message(chat, delivery.body, parts[index], rows if last else ())
            number = await self._call_formatted(chat, "sendMessage", message, "text")
            if not last:
                self._went_out(delivery, index + 1)
        self._begun.pop(delivery.id, None)
        return number

    async def _edit(self, chat: str, delivery: Claimed) -> str | None:
        """Change the message that stands in the delivery's slot; where there is none any more, send it anew."""
        number, parts = delivery.previous_external_id, split(layout.text(delivery.body))
        if number is None or len(parts) != 1:
            return await self._send(chat, delivery)
        message = self._message(chat, delivery.body, parts[0], layout.keyboard(delivery.body))
        message.pop("protect_content", None)
        try:
            return await self._call_formatted(chat, "editMessageText", message | {"message_id": int(number)}, "text")
        except Refused as error:
            if error.description.startswith(_UNCHANGED):
                return number
            if error.status == 400 and error.description.startswith(_NOT_THERE):
                return await self._send(chat, delivery)
            raise

    async def _close(self, chat: str, delivery: Claimed) -> str | None:
        """Take the buttons from under a question that is no longer open; what was pressed stays to be seen."""
        number = delivery.previous_external_id
        if number is None:
            return None
        rows = layout.closed((delivery.body or {}).get("chosen"))
        change: dict[str, Any] = {"chat_id": int(chat), "message_id": int(number)}
        if rows:
            change["reply_markup"] = {"inline_keyboard": rows}
        try:
            await self._call(chat, "editMessageReplyMarkup", change)
        except Refused as error:
            if error.status != 400 or not error.description.startswith((_UNCHANGED, *_NOT_THERE)):
                raise
        return number

    async def _document(self, chat: str, delivery: Claimed) -> str | None:
        body = delivery.body
        attachment = body["attachment"]
        self._do_beside(self._show_action(chat, ChatAction.UPLOAD_DOCUMENT))
        locale = delivery.locale or body["lang"]
        content, name = await self.make_document(attachment["kind"], attachment["subject"], locale)
        caption = layout.directed(attachment["caption"], body.get("dir", "ltr"))
        words = "\n\n".join(part for part in (layout.text(body), caption) if part)
        *before, caption = split(words, MAX_CAPTION) or [""]
        if before:
            await self._say_before(chat, delivery, before)
        message = self._message(chat, body, caption, layout.keyboard(body))
        message["caption"] = message.pop("text")
        del message["link_preview_options"]
        number = await self._call_formatted(chat, "sendDocument", message, "caption", ("document", name, content))
        self._begun.pop(delivery.id, None)
        return number

    async def _say_before(self, chat: str, delivery: Claimed, parts: Sequence[str]) -> None:
        for index in range(self._begun.get(delivery.id, 0), len(parts)):
            message = self._message(chat, delivery.body, parts[index], ())
            await self._call_formatted(chat, "sendMessage", message, "text")
            self._went_out(delivery, index + 1)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _message(self, chat: str, body: Mapping[str, Any], words: str, rows: Sequence[Any]) -> dict[str, Any]:
        message: dict[str, Any] = {
            "chat_id": int(chat),
            "text": words,
            "parse_mode": "HTML",
            "link_preview_options": NO_PREVIEW,
        }
        if rows:
            message["reply_markup"] = {"inline_keyboard": rows}
        if body.get("private"):
            message["protect_content"] = True
        return message

    async def _call_formatted(
        self,
        chat: str,
        method: str,
        message: dict[str, Any],
        words: str,
        file: tuple[str, str, bytes] | None = None,
    ) -> str | None:
        """Call with markup; should Telegram not be able to read it, say so loudly and send the plain words."""
        try:
            result = await self._call(chat, method, message, file)
        except Refused as error:
            if error.status != 400 or not error.description.startswith("can't parse entities"):
                raise
            log.error("Telegram cannot read our markup; sent as plain words", reason=_reason(error))
            simple = {name: value for name, value in message.items() if name != "parse_mode"}
            simple[words] = plain(message[words], addresses=True)
            result = await self._call(chat, method, simple, file)
        number = result.get("message_id") if isinstance(result, dict) else None
        return str(number) if number else None

    async def _call(
        self, chat: str, method: str, parameters: dict[str, Any], file: tuple[str, str, bytes] | None = None
    ) -> Any:
        """One call that counts against the limits of its chat."""
        while (delay_s := self.pace.delay_s(chat)) > 0:
            if delay_s > PACED_MAX_S:
                raise Wait("paced", delay_s)
            await asyncio.sleep(delay_s)
        self.pace.spend(chat)
        return await self.transport.call(method, parameters, file=file)

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

    def _sorted(self, chat: str, error: TelegramError) -> SendError:
        """What an error means for the delivery."""
        if isinstance(error, NotSent):
            return Wait(str(error))
        if not isinstance(error, Refused):
            return InDoubt(str(error))
        if error.status == 429:
            wait_s = float(error.retry_after_s or 1)
            self.pace.hold(chat, wait_s)
            log.warning("Telegram asks to send more slowly", retry_after_s=wait_s)
            return Wait("too many requests", wait_s)
        if error.migrate_to is not None:
            return Migrated(str(error.migrate_to))
        if error.status in (401, 404):
            self.pace.stop(TOKEN_AGAIN_S)
            log.error("Telegram does not know IDELABB_TELEGRAM_TOKEN; nothing is sent")
            return Wait("the token was refused", TOKEN_AGAIN_S)
        if error.status == 403:
            if chat.startswith("-"):
                log.error("the bot has lost a group", reason=_reason(error))
            gone = "deactivated" in error.description or chat.startswith("-")
            return Gone(_reason(error), "gone" if gone else "blocked")
        if error.status == 400 and error.description.endswith("chat not found"):
            return Gone(_reason(error), "gone")
        log.error("Telegram refused a message", reason=_reason(error))
        return GiveUp(_reason(error))


def _reason(error: Refused) -> str:
    """Its words without what they quote, which may be a resident's own or a private address."""
    return _QUOTED.sub("'…'", f"{error.status} {error.description}")[:200]
