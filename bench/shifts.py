"""The last places of a shift: five hundred people want them at once, and whoever serves them is killed in the middle.

A third of them press "I take it" in Telegram, a third on the web, a third are signed up by a coordinator. Two processes
serve them at the same time, each with half of everybody. With `--kill` each is killed with kill -9 once it has served some
of its people, and started again with all of them: what was committed must count once, what was not must come about.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.report import say, table
from bot import volunteering
from bot.flows import FLOWS
from bot.flows.model import Input, Press
from bot.i18n import catalogues
from bot.live import Live
from bot.packs.load import load_municipality
from bot.turn import Turns
from bot.update import Update
from storage import conversations, residents, shifts, tables, volunteers
from storage.db import Database
from storage.migrations import migrate

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WAYS = ("telegram", "web", "console")
OFFER: dict[str, Any] = {
    "name": "Ada", "where": {"area": "Stenhamra"}, "far": "everywhere", "languages": ["sv"], "skills": [], "days": ["6"],
    "hours": ["day"], "often": "always", "car": False, "adult": True, "agree": {"given": True, "version": "1"},
}  # fmt: skip
ATTEMPTS = 20


@dataclass(frozen=True)
class Race:
    """What came of one race. `places` are rows that name a signup; everybody else must stand by, each of them once."""

    people: int
    wanted: int
    places: int
    taken: int
    standby: int
    twice: int
    kills: int
    seconds: float

    @property
    def broken(self) -> bool:
        others = self.people - self.wanted
        return (self.places, self.taken, self.standby, self.twice) != (self.wanted, self.wanted, others, 0)


def _turns(db: Database) -> Turns:
    return Turns(
        db, {"ekero": load_municipality("ekero")}, FLOWS, public_url="https://example.se", now=lambda: NOW, live=Live()
    )


async def prepare(db: Database, people: int, places: int) -> list[dict[str, Any]]:
    """Volunteers who look at one shift, and what each of them is about to do."""
    turns, at = _turns(db), NOW + timedelta(days=5)
    await db.write(lambda tx: shifts.add_need(
        tx, municipality_id="ekero", kind="shift", need={"what": "Serve supper"}, area="Stenhamra", priority=1,
        status="open", times=[(at, at + timedelta(hours=2))], places=places, now=NOW,
    ))  # fmt: skip
    asked = []
    for number in range(people):
        way, address = WAYS[number % len(WAYS)], str(1000 + number)
        channel = "telegram" if way == "telegram" else "web"
        opened = await db.write(
            partial(conversations.open, municipality_id="ekero", channel=channel, address=address, now=NOW)
        )
        await db.write(partial(residents.set_locale, resident_id=opened.resident_id, locale="en"))
        mine: dict[str, Any] = {"municipality_id": "ekero", "resident_id": opened.resident_id}
        volunteer_id = await db.write(
            partial(volunteers.save, **mine, conversation_id=opened.conversation_id, offer=OFFER, now=NOW)
        )
        serial, choice = 0, ""
        if way != "console":
            looks = Update(
                f"{way}:look:{number}", "ekero", channel, Input(press=Press(0, "f:shift:1")), address=address
            )
            asks = next(body for body in (await turns.take(looks)).said if body.get("serial"))
            serial, choice = asks["serial"], asks["choices"][0]["id"]
        asked.append(
            {
                "way": way,
                "address": address,
                "serial": serial,
                "choice": choice,
                "volunteer": volunteer_id,
                "number": number,
            }
        )
    return asked


async def serve(url: str, asked: Sequence[dict[str, Any]]) -> None:
    """Serve everybody at once; a line on standard output for each who has been served."""
    catalogues.use(catalogues.load(strict=False))
    db = await Database.open(url, KEYS)
    turns, place = _turns(db), load_municipality("ekero")

    async def one(each: dict[str, Any]) -> None:
        if each["way"] == "console":
            volunteer = each["volunteer"]

            async def job(tx: Any) -> None:
                await volunteering.sign_up(tx, 1, await volunteers.load(tx, "ekero", volunteer), place, NOW)

            await db.write(job, key=each["number"])
        else:
            press = Input(press=Press(each["serial"], each["choice"]))
            outcome = await turns.take(
                Update(f"{each['way']}:take:{each['number']}", "ekero", each["way"], press, address=each["address"])
            )
            assert not outcome.failed
        print(each["number"], flush=True)

    await asyncio.gather(*map(one, asked))
    await db.close()


async def _served(url: str, asked: Sequence[dict[str, Any]], kill_after: int) -> int:
    """One process that serves its people; killed once it has served so many of them (0: never), and started again."""
    kills = 0
    for _attempt in range(ATTEMPTS):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.shifts", url, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(list(asked)).encode())
        process.stdin.close()
        served = 0
        async for _line in process.stdout:
            served += 1
            if kill_after and not kills and served >= kill_after and process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        if await process.wait() == 0:
            return kills
    raise RuntimeError(f"not everybody was served in {ATTEMPTS} attempts")


async def race(url: str, people: int, places: int, *, kill: bool, seed: int = 1) -> Race:
    """So many at once for so few places."""
    db = await Database.open(url, KEYS)
    await migrate(db)
    asked = await prepare(db, people, places)
    chance = random.Random(seed)
    begun = time.perf_counter()
    halves = (asked[::2], asked[1::2])
    kills = await asyncio.gather(
        *(_served(url, half, chance.randint(1, max(1, len(half) // 2)) if kill else 0) for half in halves)
    )
    took = time.perf_counter() - begun
    async with db.read() as tx:
        rows = list(await tx.execute(tables.shift_places.select()))
        signed = list(await tx.execute(tables.signups.select()))
    await db.close()
    named = {row.signup_id for row in rows if row.signup_id is not None}
    taken = [each.id for each in signed if each.status == "taken"]
    each_has = Counter(each.volunteer_id for each in signed if each.status in shifts.LIVING)
    return Race(
        people, places, len(named & set(taken)) if len(named) == len(taken) else -1, len(taken),
        sum(each.status == "standby" for each in signed), sum(count > 1 for count in each_has.values()), sum(kills), took,
    )  # fmt: skip


async def _run(options: argparse.Namespace) -> int:
    catalogues.use(catalogues.load(strict=False))
    found: list[tuple[str, Race]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="idelabbet-shifts-")))
        kinds: list[Databases] = []
        if "sqlite" in options.databases:
            kinds.append(Sqlite(folder))
        if "postgres" in options.databases:
            kinds.append(stack.enter_context(postgres_server(folder / "pg")))
        for kind in kinds:
            for killed in (False, True):
                say(
                    f"{kind.kind}: {options.people} people for {options.places} places{', killed in the middle' * killed}"
                )
                url = await kind.fresh(f"shifts{int(killed)}")
                found.append((kind.kind, await race(url, options.people, options.places, kill=killed)))
    heads = ("database", "people", "places", "named", "taken", "stand by", "twice", "kills", "seconds")
    rows = [[kind, each.people, each.wanted, each.places, each.taken, each.standby, each.twice, each.kills, each.seconds]
            for kind, each in found]  # fmt: skip
    print(
        table("A race for the last places of a shift: in Telegram, on the web and at the console at once", heads, rows)
    )
    return int(any(each.broken for _kind, each in found))


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=500, help="who want a place (default 500)")
    parser.add_argument("--places", type=int, default=1, help="how many there are (default 1)")
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgres"), default=["sqlite", "postgres"])


def run(options: argparse.Namespace) -> int:
    """Race and tell; 1 when a place was given twice, or somebody got neither a place nor one in the line."""
    return asyncio.run(_run(options))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], json.loads(sys.stdin.read())))
