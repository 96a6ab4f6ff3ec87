"""How fast: updates a second, time from update to reply, CPU, memory, start; beside a plain python-telegram-bot.

All run over the same Bot API stand-in in this process, one after another in rounds that alternate, each with 100,000
residents stored. Absolute numbers are this machine's; the ratios between them are the point. The plain bot keeps its
state in memory and has not yet written it down when a round ends; ours has every update on the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import psutil  # type: ignore[import-untyped]

from bench import fill, plain_bot
from bench.databases import Postgres, postgres_server
from bench.program import Ended, Process, free_port, program
from bench.report import say, table
from tests.bot_api import BotApi
from tests.bot_api.calls import METHODS, Call

RATE = 50
"""Updates a second in the open loop."""

LATENCY_S = 0.05
"""What every Bot API call takes in the run that is like a real network."""

SAID = (
    "En verkstad där ungdomar lagar cyklar en kväll i veckan",
    "Ungdomar",
    "Många har en trasig cykel och ingenstans att laga den",
)
"""What each person answers, one after another."""

REPLY = re.compile(r"Fråga \d+ av \d+")
"""What is part of every question, in ours and in the plain bot; cards and closed buttons are not counted as replies."""

WARM_UP = 60
QUIET_S = 1.0
GIVE_UP_S = 90.0
"""The longest that one measurement of saturation takes; then what was replied until then counts."""

AIM_P99_MS, AIM_START_S, AIM_SAME = 150.0, 3.0, 0.9
MB = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """One subject in one round. CPU is seconds of one core; `server_cpu` is PostgreSQL's."""

    subject: str
    round: int
    start_s: float
    first_ms: float
    updates_per_s: float
    cpu_s_per_1000: float
    server_cpu_s_per_1000: float
    calls_per_update: float
    stand_in_busy: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    slow_updates_per_s: float
    memory_begin_mb: float
    memory_middle_mb: float
    memory_end_mb: float
    unanswered: int


class Subject(Protocol):
    """Something that is measured."""

    name: str

    async def prepare(self, api: BotApi, folder: Path) -> Process:
        """Lay out a fresh copy of what it stores; the process, not yet spawned."""

    async def ready(self) -> None:
        """Wait until it can answer, beyond having said so."""

    async def clear(self) -> None:
        """Take the copy away."""

    def server(self) -> psutil.Process | None:
        """The database server, when it is a process of its own."""


class _Ours:
    """What the two databases share."""

    name = ""

    def __init__(self) -> None:
        self._port = 0

    def _program(self, api: BotApi, url: str, folder: Path) -> Process:
        self._port = free_port()
        return program(api, url, "polling", folder, self._port)

    async def ready(self) -> None:
        address = f"http://127.0.0.1:{self._port}/readyz"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            if answer.status != 200:
                raise Ended(f"/readyz answers {answer.status}")


class OursOnSqlite(_Ours):
    name = "ours, SQLite"

    def __init__(self, filled: Path) -> None:
        super().__init__()
        self._filled = filled

    async def prepare(self, api: BotApi, folder: Path) -> Process:
        file = shutil.copy(self._filled, folder / "idelabb.db")
        return self._program(api, f"sqlite+aiosqlite:///{file}", folder)

    async def clear(self) -> None:
        return None

    def server(self) -> psutil.Process | None:
        return None


class OursOnPostgres(_Ours):
    name = "ours, PostgreSQL"

    def __init__(self, server: Postgres, filled: str) -> None:
        super().__init__()
        self._server, self._filled = server, filled

    async def prepare(self, api: BotApi, folder: Path) -> Process:
        await self.clear()
        await self._server.execute(f"CREATE DATABASE measured TEMPLATE {self._filled} STRATEGY file_copy")
        return self._program(api, self._server.url("measured"), folder)

    async def clear(self) -> None:
        await self._server.execute("DROP DATABASE IF EXISTS measured WITH (FORCE)")

    def server(self) -> psutil.Process | None:
        return psutil.Process(self._server.pid)


class Plain:
    name = "plain bot"

    def __init__(self, residents: int) -> None:
        self._residents = residents

    async def prepare(self, api: BotApi, folder: Path) -> Process:
        file = folder / "plain.pickle"
        plain_bot.fill(file, range(fill.FIRST_CHAT, fill.FIRST_CHAT + self._residents))
        given = {"PLAIN_API_URL": api.url, "PLAIN_TOKEN": api.token, "PLAIN_FILE": str(file)}
        return Process(["-m", "bench.plain_bot"], given, folder / "plain.log", plain_bot.STARTED)

    async def ready(self) -> None:
        return None

    async def clear(self) -> None:
        return None

    def server(self) -> psutil.Process | None:
        return None


# --- measuring --------------------------------------------------------------------------------------------------------


class Replies:
    """When questions arrived at the stand-in, by chat."""

    def __init__(self) -> None:
        self.at: dict[int, list[float]] = defaultdict(list)
        self.count = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look over the stand-in's shoulder."""
        handler = METHODS["sendMessage"]

        def send_message(call: Call) -> Any:
            result = handler(call)
            if REPLY.search(str(call.values["text"])):
                self.at[int(call.values["chat_id"])].append(time.perf_counter())
                self.count += 1
            return result

        METHODS["sendMessage"] = send_message
        try:
            yield
        finally:
            METHODS["sendMessage"] = handler


class Round:
    """One subject, started anew and measured."""

    def __init__(self, subject: Subject, number: int, updates: int, seconds: float) -> None:
        self.subject, self.number, self.updates, self.seconds = subject, number, updates, seconds
        self.replies = Replies()
        self._next = fill.FIRST_CHAT
        self._unanswered = 0

    async def run(self) -> Measured:
        with tempfile.TemporaryDirectory(prefix="idelabbet-speed-") as name, self.replies.watched():
            async with BotApi(seed=self.number) as self.api:
                process = await self.subject.prepare(self.api, Path(name))
                async with self._started(process) as start_s:
                    return await self._measure(psutil.Process(process.pid), start_s)

    @asynccontextmanager
    async def _started(self, process: Process) -> AsyncIterator[float]:
        """The process, from its spawning until it is killed: the plain bot would write its file for hours if asked."""
        await process.spawn()
        try:
            await process.up()
            await self.subject.ready()
            while not self.api.counts["getUpdates"]:
                await asyncio.sleep(0.005)
            yield time.monotonic() - process.spawned_at
        finally:
            await process.kill()
            await self.subject.clear()

    async def _measure(self, process: psutil.Process, start_s: float) -> Measured:
        (first_s,) = await self._open_loop(1)
        await self._saturate(WARM_UP)
        await self._quiet()
        begin_mb = _rss_mb(process)
        saturated = await self._saturated(process)
        middle_mb = _rss_mb(process)
        cuts = statistics.quantiles(await self._open_loop(int(RATE * self.seconds)), n=100, method="inclusive")
        await self._quiet()
        end_mb = _rss_mb(process)
        self.api.switches.latency_s = LATENCY_S
        slow = await self._saturate(self.updates, give_up_s=GIVE_UP_S / 3)
        return Measured(
            subject=self.subject.name, round=self.number, start_s=start_s, first_ms=first_s * 1000, **saturated,
            p50_ms=cuts[49] * 1000, p95_ms=cuts[94] * 1000, p99_ms=cuts[98] * 1000, slow_updates_per_s=slow,
            memory_begin_mb=begin_mb, memory_middle_mb=middle_mb, memory_end_mb=end_mb, unanswered=self._unanswered,
        )  # fmt: skip

    async def _saturated(self, process: psutil.Process) -> dict[str, float]:
        """The rate, and what it costs; what is done after the replies is part of the cost."""
        here, calls, begun = psutil.Process(), sum(self.api.counts.values()), time.perf_counter()
        cpu, server_cpu, own = _cpu_s(process), self._server_cpu_s(), _cpu_s(here)
        rate = await self._saturate(self.updates)
        busy = (_cpu_s(here) - own) / (time.perf_counter() - begun)
        await self._quiet()
        return {
            "updates_per_s": rate,
            "stand_in_busy": busy,
            "cpu_s_per_1000": (_cpu_s(process) - cpu) / self.updates * 1000,
            "server_cpu_s_per_1000": (self._server_cpu_s() - server_cpu) / self.updates * 1000,
            "calls_per_update": (sum(self.api.counts.values()) - calls) / self.updates,
        }

    def _people(self, count: int) -> list[Any]:
        """People who have not been used yet, all asked the first question."""
        first, self._next = self._next, self._next + count
        return [self.api.user(id=chat, started=True) for chat in range(first, first + count)]

    async def _saturate(self, updates: int, give_up_s: float = GIVE_UP_S) -> float:
        """Let so many updates wait, from many chats, several from each; replies a second until all are there."""
        people = self._people(-(-updates // len(SAID)))
        before = self.replies.count
        begun = time.perf_counter()
        for words in SAID:
            for person in people:
                await person.says(words)
        wanted = before + len(people) * len(SAID)
        while self.replies.count < wanted and time.perf_counter() < begun + give_up_s:
            await asyncio.sleep(0.01)
        times = [at for person in people for at in self.replies.at[person.id]]
        return len(times) / (max(times) - begun) if times else 0.0

    async def _open_loop(self, updates: int) -> list[float]:
        """`RATE` updates a second, each from somebody else, however long replies take; seconds until each reply."""
        people = self._people(updates)
        begun, sent = time.perf_counter(), {}
        for number, person in enumerate(people):
            await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            sent[person.id] = begun + number / RATE
            await person.says(SAID[0])
        deadline = time.perf_counter() + GIVE_UP_S
        while any(not self.replies.at[chat] for chat in sent) and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
        self._unanswered += sum(not self.replies.at[chat] for chat in sent)
        return [(self.replies.at[chat] or [deadline])[0] - at for chat, at in sent.items()]

    async def _quiet(self) -> None:
        """Wait until nothing is waiting and nothing more arrives."""
        deadline, last, since = time.perf_counter() + GIVE_UP_S, -1, time.perf_counter()
        while time.perf_counter() < min(deadline, since + QUIET_S):
            count = sum(self.api.counts.values()) - self.api.counts["getUpdates"]
            if count != last or self.api.default_bot.updates.waiting:
                last, since = count, time.perf_counter()
            await asyncio.sleep(0.05)

    def _server_cpu_s(self) -> float:
        server = self.subject.server()
        return 0.0 if server is None else sum(map(_cpu_s, [server, *server.children()]))


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _rss_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / MB


# --- telling ----------------------------------------------------------------------------------------------------------


def shown(measured: Sequence[Measured]) -> str:
    """Medians over the rounds, ratios within each round, and what was aimed at."""
    names = list(dict.fromkeys(each.subject for each in measured))

    def median(name: str, field: str) -> float:
        return float(statistics.median(getattr(each, field) for each in measured if each.subject == name))

    fields = ("updates_per_s", "slow_updates_per_s", "p50_ms", "p95_ms", "p99_ms", "cpu_s_per_1000",
              "server_cpu_s_per_1000", "calls_per_update", "stand_in_busy", "memory_begin_mb", "memory_middle_mb",
              "memory_end_mb", "start_s", "first_ms")  # fmt: skip
    heads = ("medians", "upd/s", "upd/s 50ms", "p50 ms", "p95 ms", "p99 ms", "CPU s/1000", "server", "calls/upd",
             "stand-in", "MB begin", "MB middle", "MB end", "start s", "first ms")  # fmt: skip
    title = f"{RATE} updates a second for the times to reply; all others at saturation"
    text = table(title, heads, [(name, *(median(name, field) for field in fields)) for name in names])
    rates = {(each.round, each.subject): each.updates_per_s for each in measured}
    lines = []
    for name in names:
        same = statistics.median(
            each.slow_updates_per_s / each.updates_per_s if each.updates_per_s else 0.0
            for each in measured
            if each.subject == name
        )
        against = [rate / rates[number, Plain.name] for (number, subject), rate in rates.items()
                   if subject == name and (number, Plain.name) in rates]  # fmt: skip
        ratio = statistics.median(against) if against else None
        grown = median(name, "memory_end_mb") / median(name, "memory_middle_mb")
        lines.append((name, ratio, same, grown, sum(each.unanswered for each in measured if each.subject == name)))
    text += table("ratios", ("", "rate to plain", "50 ms to none", "memory grown", "unanswered"), lines)
    for name, ratio, same, grown, _unanswered in lines:
        if name == Plain.name:
            continue
        aims = {
            f"p99 under {AIM_P99_MS:.0f} ms": median(name, "p99_ms") < AIM_P99_MS,
            "no slower than the plain bot": ratio is None or ratio >= 1,
            f"start under {AIM_START_S:.0f} s": median(name, "start_s") < AIM_START_S,
            "memory flat": grown < 1.1,
            "as fast when calls take 50 ms": same >= AIM_SAME,
        }
        text += "".join(f"{name}: {aim}: {'met' if met else 'MISSED'}\n" for aim, met in aims.items())
    return text


async def _run(options: argparse.Namespace) -> int:
    measured: list[Measured] = []
    async with AsyncExitStack() as stack:
        wanted = options.subject or ("plain", "sqlite", "postgres")
        subjects: list[Subject] = []
        if "plain" in wanted:
            subjects.append(Plain(options.residents))
        if "sqlite" in wanted:
            subjects.append(OursOnSqlite(await fill.filled_sqlite(options.residents, say)))
        if "postgres" in wanted:
            folder = fill.cache(options.residents, "postgres")
            folder.mkdir(exist_ok=True)
            server = stack.enter_context(postgres_server(folder / "data", keep=True))
            subjects.append(OursOnPostgres(server, await fill.filled_postgres(server, options.residents, say)))
        for number in range(1, options.rounds + 1):
            for subject in subjects if number % 2 else reversed(subjects):
                begun = time.monotonic()
                measured.append(await Round(subject, number, options.updates, options.seconds).run())
                each = measured[-1]
                say(f"round {number}, {each.subject}: {each.updates_per_s:.0f} updates/s, p99 {each.p99_ms:.0f} ms, "
                    f"{each.slow_updates_per_s:.0f}/s at {LATENCY_S * 1000:.0f} ms a call, "
                    f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    print(shown(measured), flush=True)
    if options.json:
        told = {
            "residents": options.residents,
            "cores": os.cpu_count(),
            "measured": [asdict(each) for each in measured],
        }
        Path(options.json).write_text(json.dumps(told, indent=2) + "\n")
    return 1 if any(each.unanswered for each in measured) else 0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--residents", type=int, default=100_000, help="stored beforehand (default 100000)")
    parser.add_argument("--updates", type=int, default=2400, help="at saturation (default 2400)")
    parser.add_argument("--seconds", type=float, default=20.0, help=f"of {RATE} updates a second (default 20)")
    parser.add_argument("--rounds", type=int, default=2, help="of all subjects, in turns (default 2)")
    parser.add_argument("--subject", action="append", choices=("plain", "sqlite", "postgres"), help="only this one")
    parser.add_argument("--json", metavar="FILE", help="write every measurement there")


def run(options: argparse.Namespace) -> int:
    """Measure and tell; 1 when an update was never answered. Aims are told, not enforced: machines differ."""
    import uvloop

    return int(uvloop.run(_run(options)))
