"""Photos, voice and documents: fetched from Telegram after the commit, by due work."""

from __future__ import annotations

import structlog
from telegram.error import TelegramError

from bot.errors import Retry
from bot.handlers.telegram.transport import Refused, TooLarge, Transport
from bot.telegram_store import Ready, TelegramStore, Waiting

MAX_BYTES = 20 * 1024 * 1024
"""Source: Telegram Bot API, getFile."""

log = structlog.get_logger()


class Media:
    """Fetches what residents have sent to one bot."""

    def __init__(self, transport: Transport, store: TelegramStore) -> None:
        self.transport, self.store = transport, store

    async def fetch(self, promise: Ready) -> None:
        """Fetch what waits in a conversation: a `bot.due.Work`.

        Raises:
            Retry: Telegram or the database is away; to be tried again later.
        """
        waiting = [] if promise.conversation_id is None else await self.store.files_to_fetch(promise.conversation_id)
        for each in waiting:
            await self._fetch(each)
        await self.store.done(promise.id)

    async def _fetch(self, waiting: Waiting) -> None:
        try:
            found = await self.transport.call("getFile", {"file_id": waiting.telegram_file_id})
            if int(found.get("file_size") or 0) > MAX_BYTES:
                raise TooLarge
            content = await self.transport.download(found["file_path"], MAX_BYTES)
        except TooLarge:
            await self._refuse(waiting, "too large")
        except Refused as error:
            if error.status in (401, 429):
                raise Retry("Telegram does not give the file now") from None
            await self._refuse(waiting, "too large" if "too big" in error.description else "not there any more")
        except TelegramError as error:
            raise Retry(str(error)) from None
        else:
            await self.store.keep_file(waiting, content)

    async def _refuse(self, waiting: Waiting, reason: str) -> None:
        log.warning("a file was not kept", kind=waiting.kind, reason=reason)
        await self.store.refuse_file(waiting, reason)
