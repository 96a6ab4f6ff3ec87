"""A million residents who listen: how soon a segment is counted and a broadcast begins, and whether memory stays flat.

They are put into the database past the program (bench/crowd.py), half of them as if an earlier broadcast had gone to them. Then

    counts     whom a segment reaches now, by language and channel, as the page asks for it while it is made; each several
               times, the slowest and the middle one told. All must take less than a second
    start      from the press of "send" until the first message reaches the platform; under two seconds
    memory     of the program (a process of its own, over the Bot API stand-in, without pacing), while a broadcast to
               everybody is handed over: after a tenth of the messages, and the most it held from then on; at most 10 % more
    progress   how far the broadcast has come, as the page that follows it asks, when so many have got it, and once more as
               if all had; it is told, and must take less than a second for those
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.broadcast import WORDS
from bench.crowd import AREAS, FIRST_CHAT, MUNICIPALITY, ROLES, SKILLS, SPOKEN, TOPICS, Crowd, fill
from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.program import STARTED, Process, free_port, settings
from bench.report import say, table
from bot import clock
from bot.broadcasting import Broadcasts
from bot.flows import FLOWS
from bot.handoff import Actor
from bot.i18n import catalogues
from bot.live import Live
from bot.packs.load import load_municipality
from bot.turn import Turns
from storage import broadcasts, listeners, staff, tables
from storage.db import Database
from storage.migrations import migrate
from tests.bot_api import BotApi

AIM_COUNT_MS, AIM_START_S, AIM_GROWN = 1000.0, 2.0, 1.10
TURNS = 5
MB = 1024 * 1024

WORDS_OF = {"topics": TOPICS, "areas": AREAS, "skills": SKILLS, "spoken": SPOKEN, "roles": ROLES}


def _words(kind: str, *numbers: int) -> list[str]:
    return [f"{kind}{number}" for number in numbers]


SEGMENTS: Mapping[str, Mapping[str, Any]] = {
    "everybody": {},
    "two topics": {"topics": _words("topics", 0, 2)},
    "one language": {"locales": ["ar"]},
    "topics, areas, skills, languages, bands, but roles": {
        "topics": _words("topics", 0, 2), "areas": _words("areas", 0, 3), "skills": _words("skills", 2, 3),
        "spoken": _words("spoken", 0, 1, 2), "bands": [1, 2, 3], "but": {"roles": _words("roles", 0, 1)},
    },
    "one role, but areas and skills": {
        "roles": _words("roles", 2), "but": {"areas": _words("areas", 1, 2), "skills": _words("skills", 4)},
    },
    "who answered an earlier one": {"answered": [1, ""]},
    "who said yes to it": {"answered": [1, "help"]},
    "who did not say no to it": {"unanswered": [1, "not"]},
    "topics, and did not answer it": {"topics": _words("topics", 0, 2), "unanswered": [1, ""]},
}  # fmt: skip
"""What is counted. Every second of them was handed broadcast 1; of these 5 % said yes and 5 % no."""


@dataclass
class Found:
    """What was measured on one database."""

    filled_s: float = 0.0
    counts: dict[str, list[float]] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)
    start_s: float = 0.0
    per_s: float = 0.0
    early_mb: float = 0.0
    most_mb: float = 0.0
    fed: int = 0
    progress_ms: float = 0.0
    progress_all_ms: float = 0.0

    @property
    def grown(self) -> float:
        return self.most_mb / self.early_mb if self.early_mb else float("inf")

    def missed(self) -> list[str]:
        """The aims that were not reached."""
        aims = {
            f"counting {name} took {max(times):.0f} ms": max(times) < AIM_COUNT_MS
            for name, times in self.counts.items()
        }
        aims |= {
            f"it began after {self.start_s:.1f} s": self.start_s < AIM_START_S,
            f"memory grew by {self.grown - 1:.0%}": self.grown <= AIM_GROWN,
            f"its progress took {self.progress_ms:.0f} ms": self.progress_ms < AIM_COUNT_MS,
        }
        return [words for words, reached in aims.items() if not reached]


class Measuring:
    """One database with so many listeners."""

    def __init__(self, databases: Databases, folder: Path, options: argparse.Namespace) -> None:
        self.databases, self.folder, self.options = databases, folder, options
        self.found = Found()

    async def run(self) -> Found:
        """Fill, count, send, look."""
        self.url = await self.databases.fresh("listeners")
        begun = time.monotonic()
        self.db = await Database.open(self.url, KEYS)
        try:
            await self._fill()
            self.found.filled_s = time.monotonic() - begun
            self._say(f"filled in {self.found.filled_s:.0f} s; counting …")
            await self._count()
            async with BotApi(seed=6) as api:
                for at in range(int(self.options.feed * 1.6)):
                    api.user(id=FIRST_CHAT + at, started=True)
                await self._send(api)
            self.found.progress_all_ms = await self._progress_of_all()
        finally:
            await self.db.close()
        return self.found

    def _say(self, words: str) -> None:
        say(f"{self.databases.kind}: {words}")

    async def _fill(self) -> None:
        await migrate(self.db)
        await fill(self.url, Crowd(self.options.people, clock.now()), say)
        await self.db.write(self._words)
        member = await self.db.write(
            partial(staff.add, name="Avsändare", email="avsandare@example.se", now=clock.now())
        )
        assert member is not None
        self.by = Actor(member, "Avsändare", MUNICIPALITY, frozenset({"sender", "leader"}))
        place = load_municipality(MUNICIPALITY)
        turns = Turns(self.db, {place.id: place}, FLOWS, public_url="http://127.0.0.1", now=clock.now, live=Live())
        self.acts = Broadcasts(turns)
        earlier = await self._broadcast()
        assert earlier == 1
        await self.db.write(self._earlier)
        if self.databases.kind == "postgres":
            await self.db.write(lambda tx: tx.execute(text("ANALYZE")))

    async def _words(self, tx: AsyncConnection) -> None:
        """Words for the bits; the first one asked for has the first bit."""
        for kind, many in WORDS_OF.items():
            for number in range(many):
                assert await listeners.bits(tx, MUNICIPALITY, kind, [f"{kind}{number}"]) == 1 << number

    async def _earlier(self, tx: AsyncConnection) -> None:
        """Broadcast 1 went to every second of them."""
        columns = "ordinal, municipality_id, resident_id, channel, locale, areas, at"
        await tx.execute(text(
            f"INSERT INTO broadcast_recipients (broadcast_id, {columns}, answer) "
            "SELECT 1, resident_id, municipality_id, resident_id, channel, locale, areas, since, "
            "CASE resident_id % 40 WHEN 0 THEN 'help' WHEN 20 THEN 'help' WHEN 2 THEN 'not' WHEN 22 THEN 'not' END "
            "FROM listeners WHERE resident_id % 2 = 0"
        ))  # fmt: skip
        await tx.execute(tables.broadcasts.update().values(status="done"))

    async def _broadcast(self, segment: Mapping[str, Any] | None = None) -> int:
        content = {"texts": {tag: {"words": words} for tag, words in WORDS.items()}, "buttons": ["not"]}
        return await self.db.write(
            lambda tx: broadcasts.add(
                tx, municipality_id=MUNICIPALITY, content=content, segment=segment or {}, staff_id=self.by.staff_id,
                now=clock.now(),
            )
        )  # fmt: skip

    # --- counting -------------------------------------------------------------------------------------------------------

    async def _count(self) -> None:
        for name, segment in SEGMENTS.items():
            times = self.found.counts[name] = []
            for _turn in range(TURNS):
                taken, reached = await _timed(partial(self.acts.count, self.by, segment))
                times.append(taken)
            self.found.reach[name] = reached.total

    # --- sending --------------------------------------------------------------------------------------------------------

    async def _send(self, api: BotApi) -> None:
        """Send to everybody, and follow the program's memory until enough have got it."""
        number = await self._broadcast()
        given = settings(api, self.url, "polling", self.folder, free_port())
        process = Process(["run_bot.py"], given, self.folder / "program.log", STARTED)
        await process.spawn()
        await process.up()
        try:
            await asyncio.sleep(3)
            begun = time.monotonic()
            status = await self.acts.ask(self.by, number, urgent="bench")  # urgent: at any hour of the day
            if status == "asked":
                other = Actor(0, "Någon annan", MUNICIPALITY, self.by.roles)
                begun = time.monotonic()
                await self._approve(number, other)
            while not api.counts["sendMessage"]:
                await asyncio.sleep(0.002)
                if time.monotonic() > begun + 60:
                    raise TimeoutError("nothing was sent within a minute")
            self.found.start_s = time.monotonic() - begun
            self._say(f"the first message after {self.found.start_s:.2f} s; sending {self.options.feed} …")
            await self._follow(api, psutil.Process(process.pid))
            taken, progress = await _timed(partial(self.acts.progress, self.by, number))
            self.found.progress_ms, self.found.fed = taken, progress.handed
        finally:
            await process.stop()
        self.number = number

    async def _approve(self, number: int, other: Actor) -> None:
        """As a second person would."""
        member = await self.db.write(partial(staff.add, name=other.name, email="annan@example.se", now=clock.now()))
        assert member is not None
        await self.acts.approve(Actor(member, other.name, MUNICIPALITY, other.roles), number)

    async def _follow(self, api: BotApi, program: psutil.Process) -> None:
        begun, early = time.monotonic(), self.options.feed // 10
        while (sent := api.counts["sendMessage"]) < self.options.feed:
            await asyncio.sleep(0.2)
            held = program.memory_info().rss / MB
            if sent < early:
                continue
            self.found.early_mb = self.found.early_mb or held
            self.found.most_mb = max(self.found.most_mb, held)
        self.found.per_s = self.options.feed / (time.monotonic() - begun)

    async def _progress_of_all(self) -> float:
        """How long the page takes when everybody has got it: the rest of the rows are copied from one that was sent."""
        await self.db.write(self._as_if_sent)
        if self.databases.kind == "postgres":
            await self.db.write(lambda tx: tx.execute(text("ANALYZE")))
        taken, _progress = await _timed(partial(self.acts.progress, self.by, self.number))
        return taken

    async def _as_if_sent(self, tx: AsyncConnection) -> None:
        number, made = self.number, f"'{broadcasts.made_by(self.number)}'"
        columns = "ordinal, municipality_id, resident_id, channel, locale, areas, at"
        await tx.execute(text(
            f"INSERT INTO broadcast_recipients (broadcast_id, {columns}) "
            f"SELECT {number}, l.resident_id, l.municipality_id, l.resident_id, l.channel, l.locale, l.areas, l.since "
            "FROM listeners l WHERE NOT EXISTS (SELECT 1 FROM broadcast_recipients r "
            f"WHERE r.broadcast_id = {number} AND r.ordinal = l.resident_id)"
        ))  # fmt: skip
        await tx.execute(text(
            "INSERT INTO deliveries (municipality_id, conversation_id, address_id, channel, op, priority, status, due_at, "
            "attempts, possible_duplicate, made_by, ordinal, created_at, done_at) "
            "SELECT l.municipality_id, l.conversation_id, l.resident_id, l.channel, 'send', 9, 'sent', l.since, 1, FALSE, "
            f"{made}, l.resident_id, l.since, l.since FROM listeners l WHERE l.channel = 'telegram' AND NOT EXISTS "
            f"(SELECT 1 FROM deliveries d WHERE d.made_by = {made} AND d.ordinal = l.resident_id)"
        ))  # fmt: skip


async def _timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = await work()
    return (time.perf_counter() - begun) * 1000, result


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=1_000_000, help="who listen (default 1000000)")
    parser.add_argument("--feed", type=int, default=20_000, help="messages while memory is watched (default 20000)")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])


def run(options: argparse.Namespace) -> int:
    """Print the tables; 1 when an aim was missed."""
    catalogues.use(catalogues.load(strict=False))
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory(prefix="idelabbet-listeners-") as name:
        folder = Path(name)
        for kind in options.databases:
            if kind == "sqlite":
                found[kind] = asyncio.run(Measuring(Sqlite(folder), folder, options).run())
            else:
                with postgres_server(folder / "pg") as server:
                    found[kind] = asyncio.run(Measuring(server, folder, options).run())
    counts = [
        (kind, segment, each.reach[segment], statistics.median(times), max(times))
        for kind, each in found.items()
        for segment, times in each.counts.items()
    ]
    print(
        table(
            f"counting among {options.people} listeners", ("database", "segment", "reached", "ms", "slowest ms"), counts
        )
    )
    rows = [
        (kind, each.filled_s, each.start_s, each.per_s, each.early_mb, each.most_mb, each.fed, each.progress_ms,
         each.progress_all_ms)
        for kind, each in found.items()
    ]  # fmt: skip
    heads = ("database", "filled s", "start s", "sent per s", "MB early", "MB most", "handed over", "progress ms",
             "progress of all ms")  # fmt: skip
    print(table(f"sending {options.feed} messages to them", heads, rows))
    broken = [f"{kind}: {words}" for kind, each in found.items() for words in each.missed()]
    for words in broken:
        print(f"MISSED {words}")
    return int(bool(broken))
