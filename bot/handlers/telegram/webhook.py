"""Updates that Telegram posts to us. 200 means committed; anything else lets them come again."""

from __future__ import annotations

import hmac

import structlog
from aiohttp import web
from telegram import Bot
from telegram.error import TelegramError

from bot.errors import Retry
from bot.handlers.telegram.incoming import ALLOWED
from bot.handlers.telegram.receive import Receiver
from bot.handlers.telegram.transport import Refused

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_BYTES = 1 << 20
AGAIN_S = 5
MAX_CONNECTIONS = 40
PATH = "/telegram/webhook"

log = structlog.get_logger()


class Webhook:
    """The address of one bot."""

    def __init__(self, receiver: Receiver, secret: str) -> None:
        self.receiver = receiver
        self._secret = secret.encode()

    async def handle(self, request: web.Request) -> web.Response:
        """One delivery. Telegram holds the chat's other updates until we answer: nothing here waits for a network."""
        given = request.headers.get(SECRET_HEADER, "").encode(errors="replace")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        body = await _read(request)
        if body is None:
            return web.Response(status=413)
        try:
            await self.receiver.apply(body)
        except Retry as error:
            log.warning("an update has to come again", reason=str(error))
            return web.Response(status=503, headers={"Retry-After": str(AGAIN_S)})
        return web.Response()


async def _read(request: web.Request) -> bytes | None:
    """The body, or None when it is longer than any update."""
    if (request.content_length or 0) > MAX_BYTES:
        return None
    body = bytearray()
    async for part in request.content.iter_chunked(1 << 16):
        body += part
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


async def register(bot: Bot, url: str, secret: str) -> None:
    """Tell Telegram where to post. What waits meanwhile is kept.

    Raises:
        TelegramError: Nobody answered, or the address cannot be used.
    """
    await bot.set_webhook(url, secret_token=secret, allowed_updates=list(ALLOWED), max_connections=MAX_CONNECTIONS)


def is_wrong_address(error: TelegramError) -> bool:
    """Whether Telegram refuses the address itself, so that trying again is of no use."""
    return isinstance(error, Refused) and error.status == 400
