"""A broadcast beside conversations: is the rate kept, and are replies as fast as without it?

The real program runs as a process over the Bot API stand-in, which refuses what Telegram would. Deliveries of a broadcast
wait in its outbox while people write; every other one of them is to get it too. Quiet rounds alternate with those under
the broadcast. With `--paid` nobody talks, and what counts is how fast one process can be.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.program import STARTED, Process, free_port, settings
from bench.report import say, table
from bot import clock
from storage import conversations, outbox
from storage.db import Database
from storage.migrations import migrate
from storage.outbox import BULK, NewDelivery
from tests.bot_api import BotApi
from tests.bot_api.calls import METHODS, Call

CAUSE = "broadcast:1"
NEED = "Vi behöver dig på lördag."
BODY = {
    "lang": "sv", "dir": "ltr", "html": NEED, "ask": "text", "serial": 0,
    "choices": [{"id": "f:help:1", "label": "Jag kan"}, {"id": "f:no:1", "label": "Inte för mig"}],
}  # fmt: skip
FIRST = 100_000
CHUNK = 500
WARM_UP_S = 3.0
AIM_RATE, AIM_P99 = 0.98, 1.5


@dataclass
class Found:
    """What one round showed. Times are milliseconds from a message to the first words of the answer."""

    bulk: bool
    times: list[float] = field(default_factory=list)
    unanswered: int = 0
    calls: int = 0
    bulk_calls: int = 0
    refused: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0

    def quantile(self, part: float) -> float:
        return sorted(self.times)[int(len(self.times) * part)] if self.times else 0.0


class Watch:
    """What arrives at the stand-in, and when: the first words to each chat, how many of the broadcast."""

    def __init__(self) -> None:
        self.first: dict[int, float] = {}
        self.bulk = self.calls = 0

    @contextmanager
    def looking(self) -> Iterator[None]:
        handler = METHODS["sendMessage"]

        def send_message(call: Call) -> Any:
            result = handler(call)
            self.calls += 1
            if call.values["text"] == NEED:
                self.bulk += 1
            else:
                self.first.setdefault(int(call.values["chat_id"]), time.perf_counter())
            return result

        METHODS["sendMessage"] = send_message
        try:
            yield
        finally:
            METHODS["sendMessage"] = handler


async def _fill(db: Database, people: int, bulk: bool) -> None:
    """People who have a chat; when `bulk`, each with a delivery that waits."""

    async def some(tx: AsyncConnection, first: int) -> None:
        now, rows = clock.now(), []
        for at in range(first, min(first + CHUNK, people)):
            there = await conversations.open(
                tx, municipality_id="ekero", channel="telegram", address=str(FIRST + at), now=now
            )
            assert there.address_id is not None
            rows.append(NewDelivery("ekero", there.address_id, "telegram", "send", CAUSE, at, now, body=BODY,
                                    conversation_id=there.conversation_id, priority=BULK))  # fmt: skip
        await outbox.queue(tx, rows if bulk else [], now=now)

    for first in range(0, people, CHUNK):
        await db.write(partial(some, first=first))


async def _round(databases: Databases, folder: Path, number: int, bulk: bool, options: argparse.Namespace) -> Found:
    url = await databases.fresh(f"bulk_{number}")
    people = options.people if options.paid else int((options.seconds + WARM_UP_S + 5) * options.rate * 1.1)
    db = await Database.open(url, KEYS)
    await migrate(db)
    await _fill(db, people, bulk)
    await db.close()
    found, watch = Found(bulk), Watch()
    async with BotApi(seed=number) as api:
        with watch.looking():
            for at in range(people):
                api.user(id=FIRST + at, started=True)
            api.limits.on, api.switches.latency_s = True, options.latency
            port = free_port()
            given = settings(api, url, "polling", folder, port) | {
                "IDELABB_TELEGRAM_RATE": str(options.rate),
                "IDELABB_PAID_BROADCAST": "on" if options.paid else "off",
            }
            if options.paid:
                api.limits.all_per_s = 1000
            process = Process(["run_bot.py"], given, folder / "program.log", STARTED)
            await process.spawn()
            try:
                await process.up()
                await asyncio.sleep(0 if options.paid else WARM_UP_S)
                await _measure(api, psutil.Process(process.pid), watch, found, people, options)
            finally:
                await process.kill()
            found.refused = api.limits.refused
    return found


async def _measure(
    api: BotApi, process: psutil.Process, watch: Watch, found: Found, people: int, options: argparse.Namespace
) -> None:
    calls, bulk, cpu, begun = watch.calls, watch.bulk, process.cpu_times(), time.perf_counter()
    sent: dict[int, float] = {}
    for number in range(int(options.seconds * options.talk)):
        await asyncio.sleep(max(0.0, begun + number / options.talk - time.perf_counter()))
        person = api.user(id=FIRST + people - 1 - number // 2 if number % 2 else 1000 + number, started=True)
        sent[person.id] = time.perf_counter()
        await person.says("Vi vill laga cyklar med ungdomar")
    while time.perf_counter() < begun + options.seconds and (options.talk or watch.bulk < people):
        await asyncio.sleep(0.01)
    found.seconds = time.perf_counter() - begun
    found.calls, found.bulk_calls = watch.calls - calls, watch.bulk - bulk
    after = process.cpu_times()
    found.cpu_s = after.user + after.system - cpu.user - cpu.system
    await asyncio.sleep(2 if sent else 0)
    found.times = [(watch.first[chat] - at) * 1000 for chat, at in sent.items() if chat in watch.first]
    found.unanswered = len(sent) - len(found.times)


async def _run(options: argparse.Namespace) -> int:
    missed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in options.databases:
            if kind == "sqlite":
                missed |= await _compare(Sqlite(folder), folder, options)
            else:
                with postgres_server(folder / "pg") as server:
                    missed |= await _compare(server, folder, options)
    return int(missed)


async def _compare(databases: Databases, folder: Path, options: argparse.Namespace) -> bool:
    quiet, under = list[Found](), list[Found]()
    for number in range(options.rounds):
        for bulk in (True,) if options.paid else (False, True) if number % 2 == 0 else (True, False):
            found = await _round(databases, folder, 2 * number + bulk, bulk, options)
            (under if bulk else quiet).append(found)
            say(f"{databases.kind}, round {number + 1}, {'broadcast' if bulk else 'quiet'}: "
                f"p50 {found.quantile(0.5):.0f} ms, p99 {found.quantile(0.99):.0f} ms, "
                f"{found.bulk_calls / found.seconds:.2f} of the broadcast a second")  # fmt: skip
    rows = [
        (
            "broadcast" if each.bulk else "quiet", each.bulk_calls / each.seconds, each.calls / each.seconds,
            each.quantile(0.5), each.quantile(0.99), each.unanswered, each.refused, each.cpu_s / each.seconds * 100,
        )
        for each in (*quiet, *under)
    ]  # fmt: skip
    heads = ("", "broadcast/s", "all/s", "p50 ms", "p99 ms", "unanswered", "429", "CPU %")
    print(table(f"{databases.kind}, at {options.rate:g} messages a second", heads, rows))
    if options.paid:
        return False
    p99 = [statistics.median(each.quantile(0.99) for each in rounds) for rounds in (quiet, under)]
    share = statistics.median(each.calls / each.seconds for each in under) / options.rate
    aims = {
        f"at least {AIM_RATE:.0%} of the rate ({share:.1%})": share >= AIM_RATE,
        f"p99 under {AIM_P99} times the quiet one ({p99[1] / p99[0]:.2f})": p99[1] < AIM_P99 * p99[0],
        "everybody answered": not any(each.unanswered for each in (*quiet, *under)),
    }
    print("".join(f"{databases.kind}: {aim}: {'met' if met else 'MISSED'}\n" for aim, met in aims.items()))
    return not all(aims.values())


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=float, default=28, help="messages a second in all (default 28)")
    parser.add_argument("--talk", type=float, default=3, help="messages of people a second (default 3)")
    parser.add_argument("--seconds", type=float, default=40, help="of each round (default 40)")
    parser.add_argument("--rounds", type=int, default=5, help="quiet and under a broadcast, in turns (default 5)")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that every call takes (default 0.05)")
    parser.add_argument("--paid", action="store_true", help="how fast a paid broadcast can be")
    parser.add_argument("--people", type=int, default=10_000, help="so many get the paid one (default 10000)")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])


def run(options: argparse.Namespace) -> int:
    """Measure and tell; 1 when something was missed."""
    import uvloop

    if options.paid:
        options.talk = 0
    return int(uvloop.run(_run(options)))
