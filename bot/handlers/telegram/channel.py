"""One bot, put together: what `bot.app` starts, hands to the sender and the due work, and stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog
from aiohttp import web
from telegram.error import TelegramError

from bot.coaches import Coaches
from bot.due import Work
from bot.errors import Retry
from bot.handlers.telegram import webhook
from bot.handlers.telegram.incoming import Reader
from bot.handlers.telegram.media import Media
from bot.handlers.telegram.outgoing import MakeDocument, Outgoing
from bot.handlers.telegram.pace import PAID_RATE, Pace
from bot.handlers.telegram.polling import Polling
from bot.handlers.telegram.profile import Profile
from bot.handlers.telegram.receive import Receiver
from bot.handlers.telegram.transport import Refused, Transport
from bot.settings import Settings
from bot.telegram_store import FETCH, TelegramStore
from bot.turn import Turns

AGAIN_MAX_S = 60.0

log = structlog.get_logger()


class Telegram:
    """The channel "telegram" of one municipality.

    `outgoing` is for the sender, `works` for the due work. `webhook_secret` is what Telegram sends along: the
    setting's, or one derived from the secret key.
    """

    def __init__(
        self,
        settings: Settings,
        municipality: str,
        turns: Turns,
        store: TelegramStore,
        make_document: MakeDocument,
        *,
        webhook_secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.municipality, self.turns, self.store = settings, municipality, turns, store
        token = settings.telegram_token
        self.bot_id = int(token.partition(":")[0])
        self.username: str | None = None
        self.transport = Transport(token, settings.telegram_api_url)
        self.bot = self.transport.bot(token)
        self.coaches = Coaches(turns, municipality, lambda raw: self._reader().event(raw))
        self.outgoing = Outgoing(
            self.transport, _pace(settings, clock), make_document, self.coaches, paid=settings.paid_broadcast
        )
        self.receiver = Receiver(municipality, turns, store, self.transport, self._reader, self.coaches)
        self.webhook = webhook.Webhook(self.receiver, webhook_secret)
        self._webhook_secret = webhook_secret
        self.works: Mapping[str, Work] = {FETCH: Media(self.transport, store).fetch}
        self._tasks: list[asyncio.Task[None]] = []

    def routes(self, app: web.Application) -> None:
        """Add the address Telegram posts to: the plain one, and one with the municipality's name."""
        app.router.add_post(webhook.PATH, self.webhook.handle)
        app.router.add_post(f"{webhook.PATH}/{self.municipality}", self.webhook.handle)

    async def start(self) -> None:
        """Begin to receive. It waits for no network: an unreachable Telegram keeps nobody from the web."""
        await self.transport.initialize()
        with suppress(Retry):
            self.username = (await self.store.recall([self._username_key])).get(self._username_key)
            await self.coaches.set_up(self.settings.coach_chat_id)
        self._tasks = [asyncio.create_task(self._set_up(), name="telegram-profile")]
        if self.settings.telegram_mode == "polling":
            polling = Polling(self.transport, self.receiver, self.store, self.bot_id)
            self._tasks.append(asyncio.create_task(polling.run(), name="telegram-polling"))

    async def stop(self) -> None:
        """Receive no more, and close the connections. The sender is stopped before."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.receiver.stop()
        await self.outgoing.stop()
        await self.transport.shutdown()

    @property
    def webhook_url(self) -> str:
        """Where Telegram is told to post."""
        return self.settings.webhook_url or self.settings.address + webhook.PATH

    @property
    def _username_key(self) -> str:
        return f"telegram:{self.bot_id}:username"

    def _reader(self) -> Reader:
        return Reader(self.bot_id, self.municipality, self.username)

    async def _set_up(self) -> None:
        """Learn the bot's name, set the webhook and the profile; again until it works."""
        again_s = 1.0
        while True:
            try:
                await self._introduce()
                return
            except Refused as error:
                if error.status in (401, 404):
                    log.error("Telegram does not know IDELABB_TELEGRAM_TOKEN; ask BotFather for the bot's token")
                elif webhook.is_wrong_address(error):
                    log.error("Telegram refuses IDELABB_WEBHOOK_URL", reason=error.description, url=self.webhook_url)
                else:
                    log.warning("Telegram refuses to be set up", reason=str(error))
                again_s = max(again_s, float(error.retry_after_s or 0))
            except (TelegramError, Retry) as error:
                log.warning("Telegram cannot be set up yet", reason=str(error))
            await asyncio.sleep(again_s)
            again_s = min(AGAIN_MAX_S, again_s * 2)

    async def _introduce(self) -> None:
        if self.settings.telegram_mode == "webhook":
            await webhook.register(self.bot, self.webhook_url, self._webhook_secret)
        me = await self.bot.get_me()
        if me.username is not None and me.username != self.username:
            self.username = me.username
            await self.store.remember(self._username_key, me.username)
        municipality = self.turns.municipalities[self.municipality]
        told = await Profile(self.bot, self.bot_id, municipality, self.store, await self.coaches.chats()).tell()
        log.info("Telegram knows us", mode=self.settings.telegram_mode, profile_changes=told)


def _pace(settings: Settings, clock: Callable[[], float]) -> Pace:
    """The pace that is set. Who pays has a rate of its own for broadcasts; replies then keep to the free one."""
    rate, free = settings.telegram_rate, float(Settings.model_fields["telegram_rate"].default)
    if not settings.paid_broadcast:
        return Pace(rate, clock)
    return Pace(min(rate, free), clock, bulk_rate=rate if rate > free else PAID_RATE)
