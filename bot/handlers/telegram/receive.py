"""One function for both ways in: an update is applied and committed, or it is to come again.

Only after the commit may Telegram be told that it has arrived; what then goes out beside the outbox (the answer to a
pressed button) holds nothing up and may fail.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import traceback
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.coaches import Coaches
from bot.errors import Retry
from bot.flows.model import Reply
from bot.handlers.telegram.incoming import Incoming, Reader, Unreadable
from bot.handlers.telegram.split import utf16
from bot.handlers.telegram.transport import Transport
from bot.i18n import Link, _, from_platform
from bot.telegram_store import TelegramStore
from bot.turn import Turns
from bot.wording import Body, Words

TOAST_MAX = 200
"""Source: Telegram Bot API, answerCallbackQuery.text."""

log = structlog.get_logger()


class Receiver:
    """Applies the updates of one bot."""

    def __init__(
        self,
        municipality: str,
        turns: Turns,
        store: TelegramStore,
        transport: Transport,
        reader: Callable[[], Reader],
        coaches: Coaches,
    ) -> None:
        self.municipality, self.turns, self.store, self.transport = municipality, turns, store, transport
        self.reader, self.coaches = reader, coaches
        self._answers: set[asyncio.Task[None]] = set()

    async def apply(self, raw: bytes | Mapping[str, Any]) -> None:
        """Apply one update. When this returns it is committed, or put aside for good.

        Raises:
            Retry: Nothing was committed; the same update is to come again.
        """
        reader = self.reader()
        try:
            incoming = reader.read(_loaded(raw))
        except Unreadable as error:
            await self._put_aside(reader, raw, error)
            return
        try:
            await self._take(incoming)
        except Retry:
            raise
        except Exception:
            log.error("an update failed outside its turn and was put aside")
            await self.store.put_aside(incoming.key, incoming.raw, traceback.format_exc(), status="failed")

    async def stop(self) -> None:
        """Let the last answers go out."""
        if self._answers:
            await asyncio.wait(self._answers, timeout=2)

    async def _take(self, incoming: Incoming) -> None:
        toast = None
        if incoming.event is not None and await self.coaches.is_ours(incoming.event.chat):
            toast = await self.coaches.take(incoming.event)
        elif incoming.update is not None and (not incoming.edited or await self._awaits(incoming)):
            outcome = await self.turns.take(incoming.update)
            toast = outcome.toast
        elif incoming.state is not None:
            place = self.turns.municipalities[self.municipality]
            await self.store.set_state(incoming.key, incoming.raw, incoming.address, incoming.state, place)
            self.turns.wake()
        elif incoming.reaction is not None:
            await self.store.reacted(incoming.key, incoming.address, *incoming.reaction)
            self.turns.wake()
        elif incoming.group:
            line = self._group_line(incoming.locale_hint)
            if await self.store.say_in_group(incoming.key, incoming.raw, incoming.address, line):
                self.turns.wake()
        else:
            await self.store.mark(incoming.key, incoming.raw)
        if incoming.query_id is not None:
            self._beside(self._answer(incoming.query_id, toast))

    async def _awaits(self, incoming: Incoming) -> bool:
        """Whether a changed message answers the open question, or a human reads it; any other change answers nothing twice."""
        update = incoming.update
        if update is None or update.input.text is None or update.input.file or update.external_id is None:
            return False
        return await self.store.awaits_edit(incoming.address, update.external_id)

    async def _put_aside(self, reader: Reader, raw: bytes | Mapping[str, Any], error: Unreadable) -> None:
        kept = raw if isinstance(raw, Mapping) else {"text": raw.decode(errors="replace")}
        text = json.dumps(kept, sort_keys=True, default=str)
        key = error.key or f"telegram:{reader.bot_id}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        await self.store.put_aside(key, kept, str(error))
        log.error("an update cannot be read and was put aside", numbered=error.key is not None)

    async def _answer(self, query_id: str, toast: str | None) -> None:
        """End the spinning of a pressed button. Too late, twice or unheard, it does not matter."""
        parameters: dict[str, Any] = {"callback_query_id": query_id}
        if toast:
            parameters["text"] = toast if utf16(toast) <= TOAST_MAX else toast[: TOAST_MAX // 2 - 1] + "…"
        try:
            await self.transport.call("answerCallbackQuery", parameters)
        except TelegramError as error:
            log.info("a pressed button was not answered", reason=str(error))

    def _group_line(self, locale_hint: str | None) -> Body:
        municipality = self.turns.municipalities[self.municipality]
        tag = from_platform(locale_hint, municipality.languages) or municipality.languages[0]
        username = self.reader().username
        if username is None:
            line = _("I talk with one person at a time. Write to me in a chat of our own.")
        else:
            link = Link(_("Write to me in a chat of our own"), f"https://t.me/{username}")
            line = _("I talk with one person at a time. {link}", link=link)
        return Words(tag, municipality.zone).body(Reply(words=(line,)))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


def _loaded(raw: bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(raw, Mapping):
        return raw
    try:
        loaded = json.loads(raw)
    except ValueError as error:
        raise Unreadable(f"no JSON: {error}") from error
    if not isinstance(loaded, dict):
        raise Unreadable("no JSON object")
    return loaded
