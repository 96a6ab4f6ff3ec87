"""A broadcast to every inhabitant of Ekerö: all of them once, at the pace the platform allows, through kills and an outage.

The program runs as a process of its own over the Bot API stand-in, which keeps Telegram's limits and lives in this
process. Of the people 3 % have blocked the bot and 1 % have another number than the program knows. In the middle the
stand-in cannot be reached for a while, and the program is killed (kill -9) again and again, each time started anew at
once; one of the kills falls into the outage.

Both run on one clock, which is faster than the real one: the bench runs itself under `faketime` (Debian: apt-get install
faketime), whose clock child processes share. All seconds told here are that clock's. `--scale 1` is real time, without
faketime. PostgreSQL runs on the real clock; the program hands it every time it needs.

    sent, blocked, in doubt   what became of the people, by the program's own record: together all of them
    lost, twice, unseen       who has no record; who got it twice; whose record says "sent" though nothing came
    429                       what the stand-in refused in the first seconds, and later
    of permitted              messages the stand-in let through, by the seconds while it could be reached and the program was
                              up (from "Idélabbet: …" on standard output to the kill), from the first message to the last,
                              as a share of what it permits (30 a second; paid: 1,000)
    of told                   the same as a share of IDELABB_TELEGRAM_RATE
    CPU                       the program's share of one core, in real time: near 100 the clock runs too fast for it

With `--paid` the program may use the paid rate, and the clock is slower than the real one, so that two cores suffice.
With `--replies` (on the real clock) people write meanwhile, five a second: how soon the first words of an answer arrive,
in runs with a broadcast and without that alternate. The median run's p99 may be 1.5 times that of the quiet ones.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from sqlalchemy import func, select

from bench.crowd import FIRST_CHAT, MUNICIPALITY, Crowd, fill
from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.program import STARTED, Process, free_port, settings
from bench.report import say, table
from bot import clock
from bot.outbox import BULK_CONCURRENT, BULK_CONCURRENT_PAID
from storage import broadcasts, staff, tables
from storage.db import Database
from storage.migrations import migrate
from tests.bot_api import BotApi, Person

AIM_SHARE = 0.98
FIRST_S = 10.0
"""What the stand-in refuses this soon after the first message is forgiven: the program does not know yet what is left of
an earlier second."""

BLOCKED, MOVED = 0.03, 0.01
MOVED_BY = 1_000_000_000
LATENCY_S = 0.05
"""What every call takes."""

RATE, PAID_RATE = 29.7, 990.0
SCALE, PAID_SCALE = 3.0, 0.1
PEOPLE = 3000
REPLIES_PER_S = 5
CHATTING = 60
"""So many people write in the runs for `--replies`, each every twelve seconds."""

AIM_SLOWER = 1.5
MARK = "[27]"
WORDS = {
    "sv": "Vi behöver hjälp med att packa matkassar på lördag klockan tio i Ekerö centrum. Kan du hjälpa till?",
    "sv-simple": "Vi packar mat på lördag klockan 10. Vi behöver hjälp. Kan du hjälpa?",
    "en": "We need help packing food bags on Saturday at ten in Ekerö centrum. Can you help?",
    "ar": "نحتاج إلى مساعدة في تعبئة أكياس الطعام يوم السبت الساعة العاشرة في مركز إكيرو. هل يمكنك المساعدة؟",
    "fa": "برای بسته‌بندی کیسه‌های غذا روز شنبه ساعت ده در مرکز اکرو به کمک نیاز داریم. می‌توانید کمک کنید؟",
}
FAKED = "IDELABB_BENCH_FAKED"
"""Set where this process is already on the scaled clock."""


@dataclass
class Found:
    """What was counted in one run. Seconds are the clock's."""

    people: int = 0
    most_doubtful: int = 0
    status: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    twice: int = 0
    unseen: int = 0
    kills: int = 0
    refused_first: int = 0
    refused_later: int = 0
    let_through: int = 0
    both_up_s: float = 0.0
    took_s: float = 0.0
    down_s: float = 0.0
    cpu: float = 0.0
    finished: bool = False

    @property
    def rate(self) -> float:
        return self.let_through / self.both_up_s if self.both_up_s else 0.0

    def missed(self, permitted: float) -> list[str]:
        """The aims that were not reached."""
        known = self.status["sent"] + self.status["blocked"] + self.status["in doubt"]
        aims = {
            "it never ended": self.finished,
            "the counts do not add up": known == self.people,
            "somebody was lost": not self.lost,
            "somebody got it twice": not self.twice,
            "somebody who counts as reached got nothing": not self.unseen,
            "more in doubt than were in flight": self.status["in doubt"] <= self.most_doubtful,
            "429 after the first seconds": not self.refused_later,
            f"less than {AIM_SHARE:.0%} of what is permitted": self.rate >= AIM_SHARE * permitted,
        }
        return [words for words, reached in aims.items() if not reached]


class Sending:
    """One broadcast to so many, with what happens to the program meanwhile."""

    def __init__(self, databases: Databases, folder: Path, options: argparse.Namespace) -> None:
        self.databases, self.folder, self.options = databases, folder, options
        self.people: int = options.people
        self.permitted = 1000.0 if options.paid else 30.0
        self.rate: float = options.rate or (PAID_RATE if options.paid else RATE)
        self.in_flight = BULK_CONCURRENT_PAID if options.paid else BULK_CONCURRENT
        cut = options.kills + (1 if options.outage else 0)
        self.found = Found(people=self.people, most_doubtful=cut * self.in_flight)
        self.url = ""
        self.process: Process | None = None
        self.up = Spans()
        self.reachable = Spans()
        self.cpu_s = 0.0
        self.number = 0

    async def run(self) -> Found:
        """Lay out, send, count."""
        self.url = await self.databases.fresh("broadcast")
        self.number = await lay_out(self.url, self.people)
        say(f"{self.databases.kind}: {self.people} listeners; sending …")
        async with BotApi(seed=6) as self.api:
            self._populate()
            self.api.limits.on = True
            self.api.switches.latency_s = self.options.latency
            self.reachable.begin()
            begun, real = time.monotonic(), os.times().elapsed
            await self._start()
            try:
                disturbing = asyncio.create_task(self._disturb())
                self.found.finished = await self._wait(disturbing)
                disturbing.cancel()
                await asyncio.gather(disturbing, return_exceptions=True)
            finally:
                await self._stopped()
            self.found.cpu = self.cpu_s / (os.times().elapsed - real) * 100
            self.found.took_s = time.monotonic() - begun
            self.reachable.end()
            await self._count()
        return self.found

    def _populate(self) -> None:
        """Everybody as the platform knows them."""
        chance = random.Random(self.options.people)
        self.persons = [self.api.user(id=FIRST_CHAT + at, started=True) for at in range(self.people)]
        self.blocked: set[int] = set()
        self.moved: dict[int, Person] = {}
        for at, person in enumerate(self.persons):
            roll = chance.random()
            if roll < BLOCKED:
                person.chat.chat.blocked = True
                self.blocked.add(at)
            elif roll < BLOCKED + MOVED:
                self.moved[at] = self.api.user(id=person.id + MOVED_BY, started=True)
                person.becomes(self.moved[at])

    # --- the program ----------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        given = settings(self.api, self.url, "polling", self.folder, free_port()) | {
            "IDELABB_TELEGRAM_RATE": str(self.rate),
            "IDELABB_PAID_BROADCAST": "true" if self.options.paid else "false",
        }
        self.process = Process(["run_bot.py"], given, self.folder / "program.log", STARTED)
        await self.process.spawn()
        await self.process.up()
        self.up.begin()

    async def _kill(self) -> None:
        assert self.process is not None
        self._note_cpu()
        await self.process.kill()
        self.up.end()
        self.found.kills += 1
        await self._start()

    async def _stopped(self) -> None:
        assert self.process is not None
        self._note_cpu()
        self.up.end()
        await self.process.stop()

    def _note_cpu(self) -> None:
        assert self.process is not None
        times = psutil.Process(self.process.pid).cpu_times()
        self.cpu_s += times.user + times.system

    async def _disturb(self) -> None:
        """Kills, spread over the whole, and in the middle the outage with one of them in it."""
        alone = self.options.kills - (1 if self.options.outage else 0)
        plan: list[tuple[float, Any]] = [((at + 1) / (alone + 1), self._kill) for at in range(alone)]
        if self.options.outage:
            plan.append((0.5, self._outage))
        for share, what in sorted(plan, key=lambda each: each[0]):
            while self._served() < share * self.people:
                await asyncio.sleep(0.3)
            await what()

    async def _outage(self) -> None:
        async with self.api.unreachable():
            self.reachable.end()
            until = time.monotonic() + self.options.outage
            await asyncio.sleep(self.options.outage / 2)
            if self.options.kills:
                await self._kill()
            await asyncio.sleep(max(0.0, until - time.monotonic()))
        self.reachable.begin()

    def _served(self) -> int:
        """About how many have been tried; those in doubt may never have been."""
        return self.api.counts["sendMessage"] + self.found.kills * self.in_flight

    async def _wait(self, disturbing: asyncio.Task[None]) -> bool:
        """Until the broadcast is over; False when it takes far too long. Nobody else has the database open while the
        program is killed: it has to mend it alone."""
        allowed_s = self.people / self.rate * 2 + self.options.outage + 60 * self.options.kills + 180
        until = time.monotonic() + allowed_s
        while not disturbing.done() and time.monotonic() < until:
            await asyncio.sleep(1)
        if disturbing.done():
            disturbing.result()
        db = await Database.open(self.url, KEYS)
        try:
            while time.monotonic() < until:
                async with db.read() as tx:
                    if (await broadcasts.load(tx, MUNICIPALITY, self.number)).status == "done":
                        return True
                await asyncio.sleep(1)
        finally:
            await db.close()
        return False

    # --- counting -------------------------------------------------------------------------------------------------------

    async def _count(self) -> None:
        calls = [call for call in self.api.calls if call.method == "sendMessage"]
        passed = [call.at for call in calls if call.status != 429]
        if not passed:
            return
        first, last = min(passed), max(passed)
        refused = [call.at for call in calls if call.status == 429]
        self.found.refused_first = sum(at < first + FIRST_S for at in refused)
        self.found.refused_later = len(refused) - self.found.refused_first
        self.found.let_through = len(passed)
        self.found.both_up_s = both(self.up, self.reachable, first, last)
        self.found.down_s = last - first - self.found.both_up_s
        db = await Database.open(self.url, KEYS)
        try:
            await self._compare(db)
        finally:
            await db.close()

    async def _compare(self, db: Database) -> None:
        """The program's record of everybody, against what they got to see."""
        there = tables.deliveries.c
        kept = select(there.ordinal, there.status, there.error).where(there.made_by == broadcasts.made_by(self.number))
        handed = select(func.count()).where(tables.broadcast_recipients.c.broadcast_id == self.number)
        async with db.read() as tx:
            record = {row.ordinal: row for row in await tx.execute(kept)}
            rows = int(await tx.scalar(handed) or 0)
        self.found.lost = self.people - min(rows, len(record))
        for at, person in enumerate(self.persons):
            row = record.get(at + 1)
            if row is None:
                continue
            status = {"given_up": "given up", "in_doubt": "in doubt"}.get(row.status, row.status)
            if row.status == "given_up" and "blocked" in (row.error or ""):
                status = "blocked" if at in self.blocked else "blocked wrongly"
            self.found.status[status] += 1
            seen = sum(MARK in each.text for each in self._messages(at, person))
            self.found.twice += seen > 1
            self.found.unseen += status == "sent" and seen == 0

    def _messages(self, at: int, person: Person) -> Iterator[Any]:
        for chat in (person, self.moved.get(at)):
            if chat is not None:
                yield from chat.chat.messages


class Spans:
    """When something was so, in seconds of the clock."""

    def __init__(self) -> None:
        self.all: list[tuple[float, float]] = []
        self._since: float | None = None

    def begin(self) -> None:
        self._since = time.time()

    def end(self) -> None:
        if self._since is not None:
            self.all.append((self._since, time.time()))
        self._since = None


def both(one: Spans, other: Spans, first: float, last: float) -> float:
    """How many seconds from `first` to `last` both were so."""
    return sum(max(0.0, min(a_end, b_end, last) - max(a, b, first)) for a, a_end in one.all for b, b_end in other.all)


async def lay_out(url: str, people: int, send: bool = True) -> int:
    """A database with so many listeners and one broadcast, which is to begin now; its number."""
    db = await Database.open(url, KEYS)
    try:
        await migrate(db)
        now = clock.now()
        await fill(url, Crowd(people, now, channels={"telegram": 100}), lambda words: None)
        content = {"texts": {tag: {"words": f"{words} {MARK}"} for tag, words in WORDS.items()}, "buttons": ["not"]}

        async def add(tx: Any) -> int:
            number = await broadcasts.add(
                tx, municipality_id=MUNICIPALITY, content=content, segment={}, staff_id=None, now=now
            )
            second = await staff.add(tx, name="Bench", email="bench@example.se", now=now)
            ready = {"status": "scheduled", "starts_at": now, "urgent": "bench", "approved_by": second}  # at any hour
            if send:
                await broadcasts.change(tx, MUNICIPALITY, number, ready, ("draft",), now)
            return number

        return await db.write(add)
    finally:
        await db.close()


# --- replies meanwhile ------------------------------------------------------------------------------------------------


class Talking:
    """People who write while nothing else is sent, or a broadcast is; how soon they are answered."""

    def __init__(self, databases: Databases, folder: Path, options: argparse.Namespace, *, busy: bool, at: int) -> None:
        self.databases, self.folder, self.options, self.busy = databases, folder, options, busy
        self.at = at
        self.rate: float = options.rate or RATE
        self.unanswered = 0
        self.sent_meanwhile = 0

    async def run(self) -> list[float]:
        """Milliseconds from the moment somebody writes until the first words of the answer reach the platform."""
        name = f"talking{self.at}"
        url = await self.databases.fresh(name)
        people = int((self.options.seconds + 30) * self.rate)
        await lay_out(url, people, send=self.busy)
        async with BotApi(seed=self.at) as self.api:
            for at in range(people):
                self.api.user(id=FIRST_CHAT + at, started=True)
            self.api.limits.on = True
            given = settings(self.api, url, "polling", self.folder, free_port()) | {
                "IDELABB_TELEGRAM_RATE": str(self.rate)
            }
            process = Process(["run_bot.py"], given, self.folder / "program.log", STARTED)
            await process.spawn()
            await process.up()
            try:
                return await self._talk()
            finally:
                await process.stop()

    async def _talk(self) -> list[float]:
        talkers = [self.api.user(id=5_000_000 + at, started=True) for at in range(CHATTING)]
        for words in ("/idea", "Svenska"):
            await self._say_all(talkers, words)
        before = self._bulk()
        times = await self._open_loop(talkers)
        self.sent_meanwhile = self._bulk() - before
        return times

    async def _say_all(self, talkers: Sequence[Person], words: str) -> None:
        for person in talkers:
            await person.says(words)
            await asyncio.sleep(1 / REPLIES_PER_S / 2)
        await asyncio.sleep(3)

    async def _open_loop(self, talkers: Sequence[Person]) -> list[float]:
        """So many a second, however long answers take."""
        said: dict[int, list[float]] = defaultdict(list)
        begun = time.time()
        for number in range(int(REPLIES_PER_S * self.options.seconds)):
            due = begun + number / REPLIES_PER_S
            await asyncio.sleep(max(0.0, due - time.time()))
            person = talkers[number % len(talkers)]
            said[person.id].append(time.time())
            await person.says("En kväll i veckan lagar vi cyklar tillsammans")
        await asyncio.sleep(5)
        return list(self._answered(said, begun))

    def _answered(self, said: dict[int, list[float]], begun: float) -> Iterator[float]:
        came: dict[int, list[float]] = defaultdict(list)
        for call in self.api.calls:
            if call.method == "sendMessage" and call.at >= begun and call.status == 200:
                came[int(call.params["chat_id"])].append(call.at)
        for chat, times in said.items():
            for at, until in zip(times, [*times[1:], float("inf")], strict=True):
                answers = [each for each in came[chat] if at <= each < until]
                self.unanswered += not answers
                yield (answers[0] - at) * 1000 if answers else 5000.0

    def _bulk(self) -> int:
        return sum(call.method == "sendMessage" and MARK in str(call.params.get("text")) for call in self.api.calls)


def p99(times: Sequence[float]) -> float:
    return float(statistics.quantiles(times, n=100, method="inclusive")[98])


# --- running it -------------------------------------------------------------------------------------------------------


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"who listen (default {PEOPLE}; Ekerö: 27000)")
    parser.add_argument("--kills", type=int, default=3, help="of the program (default 3)")
    parser.add_argument("--outage", type=float, default=60.0, help="seconds (default 60)")
    parser.add_argument(
        "--scale", type=float, help=f"of the clock (default {SCALE:g}, paid {PAID_SCALE:g}; 1: real time)"
    )
    parser.add_argument(
        "--latency",
        type=float,
        default=LATENCY_S,
        help=f"seconds that each call takes (default {LATENCY_S:g}); not with --replies",
    )
    parser.add_argument("--rate", type=float, help=f"IDELABB_TELEGRAM_RATE (default {RATE:g}, paid {PAID_RATE:g})")
    parser.add_argument("--paid", action="store_true", help="at the rate that is paid for")
    parser.add_argument("--replies", action="store_true", help="measure replies meanwhile instead, in real time")
    parser.add_argument("--rounds", type=int, default=5, help="with --replies: runs of each kind (default 5)")
    parser.add_argument("--seconds", type=float, default=60.0, help="with --replies: of each run (default 60)")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])
    parser.add_argument("--keep", metavar="FOLDER", help="leave the SQLite file and the program's log there")


def run(options: argparse.Namespace) -> int:
    """Print the table; 1 when an aim was missed, or when there is no faketime."""
    if options.scale is None:
        options.scale = 1.0 if options.replies else PAID_SCALE if options.paid else SCALE
    if options.scale != 1 and FAKED not in os.environ:
        return _on_scaled_clock(options)
    return asyncio.run(_replies(options) if options.replies else _sendings(options))


def _on_scaled_clock(options: argparse.Namespace) -> int:
    """This bench again, in a process whose clock and whose children's clock is faster or slower."""
    faketime = shutil.which("faketime")
    if faketime is None:
        print("bench broadcast: there is no faketime to scale the clock with; apt-get install faketime, or --scale 1")
        return 1
    given: list[str] = []
    for name, value in vars(options).items():
        if name == "name" or value is None or value is False:
            continue
        values = [] if value is True else [str(each) for each in (value if isinstance(value, list) else [value])]
        given += [f"--{name}", *values]
    command = [faketime, "-f", f"+0 x{options.scale:g}", sys.executable, "-m", "bench", "broadcast", *given]
    return subprocess.run(command, env={**os.environ, FAKED: "1"}, check=False).returncode


@asynccontextmanager
async def _places(options: argparse.Namespace) -> AsyncIterator[list[tuple[Databases, Path]]]:
    with tempfile.TemporaryDirectory(prefix="idelabbet-broadcast-") as name:
        folder = Path(options.keep or name)
        folder.mkdir(parents=True, exist_ok=True)
        places: list[tuple[Databases, Path]] = [(Sqlite(folder), folder)] if "sqlite" in options.databases else []
        if "postgres" not in options.databases:
            yield places
            return
        with ExitStack() as opened:
            with _real_clock():
                server = opened.enter_context(postgres_server(Path(name) / "pg"))
            yield [*places, (server, folder)]


@contextmanager
def _real_clock() -> Iterator[None]:
    """What is started at the beginning of the block has the real clock."""
    kept = os.environ.pop("LD_PRELOAD", None)
    try:
        yield
    finally:
        if kept is not None:
            os.environ["LD_PRELOAD"] = kept


async def _sendings(options: argparse.Namespace) -> int:
    rows: list[list[object]] = []
    broken: list[str] = []
    async with _places(options) as places:
        for databases, folder in places:
            sending = Sending(databases, folder, options)
            found = await sending.run()
            broken += [f"{databases.kind}: {words}" for words in found.missed(sending.permitted)]
            others = sum(found.status.values()) - sum(found.status[each] for each in ("sent", "blocked", "in doubt"))
            rows.append([
                databases.kind, found.status["sent"], found.status["blocked"], found.status["in doubt"], others, found.lost,
                found.twice, found.unseen, found.kills, found.refused_first, found.refused_later, found.took_s,
                found.down_s, found.rate, f"{found.rate / sending.permitted:.1%}", f"{found.rate / sending.rate:.1%}",
                found.cpu,
            ])  # fmt: skip
    heads = ("database", "sent", "blocked", "in doubt", "other", "lost", "twice", "unseen", "kills", "429 first",
             "429 later", "s", "s down", "per s", "of permitted", "of told", "CPU %")  # fmt: skip
    what = "paid, " if options.paid else ""
    title = (f"{options.people} listeners, {what}{options.outage:g} s of outage, {options.kills} kills, "
             f"clock x{options.scale:g}")  # fmt: skip
    print(table(title, heads, rows))
    for words in broken:
        print(f"MISSED {words}")
    return int(bool(broken))


async def _replies(options: argparse.Namespace) -> int:
    rows: list[list[object]] = []
    broken = False
    async with _places(options) as places:
        for databases, folder in places:
            runs: dict[bool, list[list[float]]] = {False: [], True: []}
            unanswered, meanwhile = 0, list[int]()
            for number in range(2 * options.rounds):
                talking = Talking(databases, folder, options, busy=number % 2 == 1, at=number)
                runs[talking.busy].append(await talking.run())
                unanswered += talking.unanswered
                if talking.busy:
                    meanwhile.append(talking.sent_meanwhile)
                say(f"{databases.kind}: run {number + 1}, {'broadcast' if talking.busy else 'quiet'}: "
                    f"p99 {p99(runs[talking.busy][-1]):.0f} ms")  # fmt: skip
            quiet, busy = (statistics.median(p99(times) for times in runs[kind]) for kind in (False, True))
            middles = [statistics.median(statistics.median(times) for times in runs[kind]) for kind in (False, True)]
            broken = broken or busy > AIM_SLOWER * quiet or unanswered > 0
            rate = statistics.median(meanwhile) / options.seconds
            rows.append([databases.kind, *middles, quiet, busy, busy / quiet, rate, unanswered])
    heads = ("database", "quiet p50 ms", "busy p50", "quiet p99", "busy p99", "slower", "broadcast per s", "unanswered")
    title = (f"{REPLIES_PER_S} updates a second for {options.seconds:g} s, medians of {options.rounds} runs without and with "
             "a broadcast")  # fmt: skip
    print(table(title, heads, rows))
    return int(broken)
