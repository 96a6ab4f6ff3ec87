"""Fetching updates: one process at a time, chat by chat in order, confirmed only once they are committed.

Our own loop, because the library's confirms a batch before handling it: what it had in memory is lost with a kill.
Here a batch is applied, chats beside each other so that their turns share commits, and the next call confirms it. What
was applied but not yet confirmed comes again after a kill, and the inbox refuses it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.errors import Retry
from bot.handlers.telegram.incoming import ALLOWED
from bot.handlers.telegram.receive import Receiver
from bot.handlers.telegram.transport import Refused, Transport
from bot.telegram_store import TelegramStore

POLL_S = 25
BATCH = 100
LEASE_S = 15.0
RENEW_S = 5.0
LOOK_S = 1.0
"""How often a process that may not poll looks whether it may now."""

BACK_OFF_MAX_S = 30.0
CONFLICT_AGAIN_S = 3.0
TOKEN_AGAIN_S = 60.0

_PROCESS = secrets.token_hex(8)
"""This process, told from an earlier one with the same number."""

log = structlog.get_logger()


class Lost(Exception):
    """Another process polls now."""


class Polling:
    """The loop of one bot."""

    def __init__(self, transport: Transport, receiver: Receiver, store: TelegramStore, bot_id: int) -> None:
        self.transport, self.receiver, self.store = transport, receiver, store
        self.lease = f"telegram:{bot_id}:polling"
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{_PROCESS}:{secrets.token_hex(4)}"
        self._offset: int | None = None
        self._failures = 0

    async def run(self) -> None:
        """Until cancelled. A batch under way then is finished or left unconfirmed: nothing is lost either way."""
        try:
            while True:
                try:
                    if await self._own():
                        await self._poll_as_owner()
                    else:
                        await asyncio.sleep(LOOK_S)
                except Retry as error:
                    log.warning("polling waits for the database", reason=str(error))
                    await self._back_off()
                except Exception as error:
                    log.error("polling failed in a way nobody foresaw", kind=type(error).__name__)
                    await self._back_off()
        finally:
            with suppress(Retry):
                await self.store.release_lease(self.lease, self.holder)

    # --- who polls --------------------------------------------------------------------------------------------------

    async def _own(self) -> bool:
        if await self.store.take_lease(self.lease, self.holder, LEASE_S):
            return True
        other = await self.store.lease_holder(self.lease)
        if other is None or not _is_dead(other):
            return False
        log.warning("the process that polled has died; taking over")
        await self.store.release_lease(self.lease, other)
        return await self.store.take_lease(self.lease, self.holder, LEASE_S)

    async def _poll_as_owner(self) -> None:
        """Poll until the lease is lost."""
        log.info("polling for updates")
        self._offset = None  # what was not confirmed comes again, whoever fetched it before
        with suppress(TelegramError):  # what is wrong will be said when polling
            await self.transport.call("deleteWebhook", {"drop_pending_updates": False})
        polling = asyncio.create_task(self._poll())
        renewing = asyncio.create_task(self._renew())
        try:
            await asyncio.wait((polling, renewing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (polling, renewing):
                task.cancel()
            ended = await asyncio.gather(polling, renewing, return_exceptions=True)
        for error in ended:
            if isinstance(error, Lost):
                log.warning("another process polls now")
            elif isinstance(error, Exception):
                raise error

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                if not await self.store.take_lease(self.lease, self.holder, LEASE_S):
                    raise Lost
            except Retry as error:
                log.warning("the lease for polling was not renewed", reason=str(error))

    # --- fetching and applying --------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        while True:
            try:
                updates = await self._fetch()
            except TelegramError as error:
                await self._refused(error)
                continue
            confirmed = await self._apply(updates)
            if updates and not confirmed:
                await self._back_off()
            else:
                self._failures = 0

    async def _fetch(self) -> list[Mapping[str, Any]]:
        """What has come. After a batch a short call confirms it; only a call without an offset waits for more.

        For after a quiet week the numbers begin anew anywhere, and a waiting call with an offset would confirm, unread,
        whatever comes with a lower one. Source: Telegram Bot API, Update.update_id.
        """
        parameters: dict[str, Any] = {"limit": BATCH, "allowed_updates": ALLOWED}
        if self._offset is None:
            parameters["timeout"] = POLL_S
        else:
            parameters |= {"timeout": 0, "offset": self._offset}
        updates: list[Mapping[str, Any]] = await self.transport.call("getUpdates", parameters, timeout_s=POLL_S + 10)
        self._offset = None
        return updates

    async def _apply(self, updates: Sequence[Mapping[str, Any]]) -> bool:
        """Apply a batch, each chat's updates in order, chats beside each other; whether all of it is committed.

        The offset moves behind what is committed without a gap: everything below it is confirmed by the next call.
        """
        chains: dict[object, list[Mapping[str, Any]]] = defaultdict(list)
        for update in updates:
            chains[_queue(update)].append(update)
        failed = [each for each in await asyncio.gather(*map(self._chain, chains.values())) if each is not None]
        if failed:
            self._offset = min(failed)
        elif updates:
            self._offset = max(map(_number, updates)) + 1
        return not failed

    async def _chain(self, updates: Sequence[Mapping[str, Any]]) -> int | None:
        """Apply one chat's updates; the number of the first that has to come again, or None."""
        for update in updates:
            try:
                await self.receiver.apply(update)
            except Retry as error:
                log.warning("an update has to come again", reason=str(error))
                return _number(update)
        return None

    async def _refused(self, error: TelegramError) -> None:
        """Say what is wrong, once for each time, and wait."""
        status = error.status if isinstance(error, Refused) else None
        if status == 409 and isinstance(error, Refused) and "webhook" in error.description:
            log.warning("a webhook was set; taking it off, for updates are polled here")
            with suppress(TelegramError):
                await self.transport.call("deleteWebhook", {})
            await self._back_off()
        elif status == 409:
            log.error("another program polls with the same token; stop one of the two")
            await asyncio.sleep(CONFLICT_AGAIN_S)
        elif status in (401, 404):
            log.error("Telegram does not know IDELABB_TELEGRAM_TOKEN; ask BotFather for the bot's token")
            await asyncio.sleep(TOKEN_AGAIN_S)
        elif isinstance(error, Refused) and error.retry_after_s:
            log.warning("Telegram asks to poll more slowly", retry_after_s=error.retry_after_s)
            await asyncio.sleep(error.retry_after_s)
        else:
            log.warning("Telegram cannot be reached", reason=str(error))
            await self._back_off()

    async def _back_off(self) -> None:
        self._failures += 1
        await asyncio.sleep(min(BACK_OFF_MAX_S, 0.25 * 2 ** min(self._failures, 8)))


def _number(update: Mapping[str, Any]) -> int:
    """The update's number; the lowest there is when it has none, so that it confirms nothing."""
    number = update.get("update_id")
    return number if isinstance(number, int) else 0


def _queue(update: Mapping[str, Any]) -> object:
    """Whose order an update keeps: the chat's. A private chat has the person's number, so presses keep it too."""
    for kind in ("message", "edited_message", "my_chat_member", "message_reaction"):
        if isinstance(held := update.get(kind), Mapping) and isinstance(chat := held.get("chat"), Mapping):
            return chat.get("id")
    query = update.get("callback_query")
    if isinstance(query, Mapping) and isinstance(person := query.get("from"), Mapping):
        return person.get("id")
    return None


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that runs no more: nobody need wait for its lease to end."""
    host, pid, process, *_rest = [*holder.split(":"), "", ""]
    if os.name != "posix" or host != socket.gethostname() or not pid.isdecimal() or process == _PROCESS:
        return False
    if int(pid) == os.getpid():
        return True  # a container that was started again gives its processes the same numbers
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
