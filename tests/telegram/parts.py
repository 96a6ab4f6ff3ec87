"""Values the tests hand in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web

from bot import clock
from bot.due import DueWork
from bot.feeder import Feeder
from bot.flows import FLOWS
from bot.handlers.telegram import Telegram
from bot.handoff import Handoff
from bot.live import Live
from bot.outbox import Sender
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.settings import Settings
from bot.telegram_store import Claimed, TelegramStore
from bot.turn import Turns
from storage.db import Database
from tests.conftest import KEYS

Clock = Callable[[], datetime]

PDF = b"%PDF-1.7 a plan"
_ids = itertools.count(1)


def body(html: str = "What is it called?", **parts: Any) -> dict[str, Any]:
    """A queued body as `bot.wording.Words.body` makes it; choices and moves may be given as {id: label}."""
    made: dict[str, Any] = {"lang": "en", "dir": "ltr", "html": html, "ask": "text"} | parts
    for name in ("choices", "moves"):
        if isinstance(made.get(name), dict):
            made[name] = [{"id": id, "label": label} for id, label in made[name].items()]
    return made


def claimed(address: str | None, op: str, given: Any, **fields: Any) -> Claimed:
    """A delivery as the outbox claims it."""
    number = next(_ids)
    values: dict[str, Any] = {
        "id": number,
        "municipality_id": "ekero",
        "conversation_id": 1,
        "message_id": number,
        "address_id": 1,
        "channel": "telegram",
        "address": address,
        "op": op,
        "body": given,
        "slot": None,
        "locale": given.get("lang") if isinstance(given, dict) else None,
        "priority": 0,
        "attempts": 1,
        "possible_duplicate": False,
        "made_by": f"telegram:1:{number}",
        "previous_external_id": None,
    }
    return Claimed(**(values | fields))


async def make_document(kind: str, subject: Any, locale: str) -> tuple[bytes, str]:
    """A small file instead of a real one."""
    return PDF, f"{kind}-{subject}-{locale}.pdf"


class Server(Protocol):
    """A stand-in, in this process or another."""

    @property
    def url(self) -> str: ...

    @property
    def token(self) -> str: ...


@dataclass
class Running:
    """The whole channel with its neighbours, as `bot.app` builds them."""

    telegram: Telegram
    turns: Turns
    sender: Sender
    due: DueWork
    db: Database
    store: TelegramStore
    address: str
    handoff: Handoff
    feeder: Feeder


@asynccontextmanager
async def running(
    api: Server,
    url: str,
    *,
    mode: str = "polling",
    now: Clock = clock.now,
    opened: type[Database] = Database,
    groups: tuple[int, ...] = (),
    rate: float = 0,
    place: Municipality | None = None,
) -> AsyncIterator[Running]:
    """Start everything over a stand-in server and a migrated database, and stop it in order."""
    municipality = place or load_municipality("ekero")
    settings = Settings(telegram_token=api.token, telegram_api_url=api.url, telegram_mode=mode, telegram_rate=rate,
                        coach_chat_id=groups)  # fmt: skip
    db = await opened.open(url, KEYS)
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    turns = Turns(db, {municipality.id: municipality}, FLOWS, public_url="https://example.se", now=now, live=Live())
    store = TelegramStore(db, municipality.id, FLOWS, now)
    secret = "s3cret-for-tests"
    telegram = Telegram(settings, municipality.id, turns, store, make_document, webhook_secret=secret)
    telegram.routes(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram/webhook"
    telegram.settings = settings.model_copy(update={"webhook_url": address})
    feeder = Feeder(turns)
    sender = Sender(db, {"telegram": telegram.outgoing}, now=now, gate=feeder.gate)
    turns.sender = sender
    due = DueWork(db, turns, now=now, works=telegram.works)
    handoff = Handoff(turns)
    sending = asyncio.create_task(sender.run())
    await telegram.start()
    try:
        yield Running(telegram, turns, sender, due, db, store, address, handoff, feeder)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await telegram.stop()
        await runner.cleanup()
        await db.close()
