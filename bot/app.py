"""Builds all parts and hands them to each other. Alone may import everything."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot import clock
from bot.i18n import catalogues
from bot.due import DueWork
from bot.errors import OperatorError
from bot.flows import FLOWS
from bot.live import Live
from bot.mail import Mail
from bot.outbox import Channel, Sender
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.settings import Settings, read_settings
from bot.turn import Turns
from storage import retention
from storage.db import Database
from storage.migrations import migrate
from storage.secrets import secret_key

EXPIRE_S = 3600.0

log = structlog.get_logger()


@dataclass(slots=True)
class Parts:
    """What the program is made of, built from its settings."""

    settings: Settings
    municipalities: dict[str, Municipality]
    db: Database
    live: Live
    turns: Turns
    channels: dict[str, Channel]
    sender: Sender
    due: DueWork


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Parts]:
    """The parts, with an open database at this program's schema.

    Raises:
        OperatorError: A setting, pack, catalogue, key or schema that must be mended first.
    """
    catalogues.use(catalogues.load(strict=False))
    municipalities = {each.id: each for each in map(load_municipality, settings.municipality)}
    if settings.database.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = await Database.open(settings.database, secret_key(settings.database, settings.secret_key))
    try:
        await migrate(db)
        live = Live()
        turns = Turns(db, municipalities, FLOWS, public_url=settings.address, now=clock.now, live=live)
        channels: dict[str, Channel] = {}
        if settings.smtp_url:
            channels["mail"] = Mail(settings.smtp_url, settings.mail_from, settings.mail_reply_to)
        sender = Sender(db, channels, holder=f"{socket.gethostname()}:{os.getpid()}", now=clock.now)
        turns.wake_sender = sender.wake
        due = DueWork(db, turns, now=clock.now)
        yield Parts(settings, municipalities, db, live, turns, channels, sender, due)
    finally:
        await db.close()


async def serve() -> int:
    """Run everything until told to stop."""
    settings = read_settings()
    _log_lines()
    async with build(settings) as parts:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(parts.sender.run()),
                tasks.create_task(parts.due.run()),
                tasks.create_task(_expire(parts)),
            ]
            print(f"Idélabbet: {settings.address}", flush=True)
            await stopped.wait()
            for task in running:
                task.cancel()
    return 0


async def talk(flow: str | None, locale: str) -> int:
    """Converse in the terminal until the input ends."""
    from bot.handlers.terminal import Terminal

    if flow is not None and flow not in FLOWS:
        raise OperatorError(f'there is no flow "{flow}"; there are: {", ".join(sorted(FLOWS))}')
    settings = read_settings()
    _log_lines(quiet=True)
    async with build(settings) as parts:
        municipality = next(iter(parts.municipalities.values()))
        if locale not in municipality.languages:
            raise OperatorError(f'{municipality.name} offers no language "{locale}"; it offers: {", ".join(municipality.languages)}')
        terminal = Terminal(parts.turns, municipality.id, locale)
        await terminal.begin(flow)
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                await terminal.say(line.strip())
    return 0


async def migrate_only() -> int:
    """Bring the database to this program's schema."""
    settings = read_settings()
    async with build(settings):
        print("the database is at this program's schema")
    return 0


async def _expire(parts: Parts) -> None:
    """Remove technical copies past their built-in limits, once an hour."""
    while True:
        removed = await parts.db.write(lambda tx: retention.expire(tx, clock.now()))
        if any(removed.values()):
            log.info("expired", **{name: count for name, count in removed.items() if count})
        await asyncio.sleep(EXPIRE_S)


def _log_lines(*, quiet: bool = False) -> None:
    """One JSON line per thing on standard error; only what needs a person when `quiet`."""
    import logging

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
