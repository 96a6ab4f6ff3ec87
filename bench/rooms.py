"""Rooms: how long a search takes over a year of bookings and how that grows; and a race of 200 for one time.

Every room is booked for two hours on most mornings and most evenings of a year. A search is the whole of it, as a turn
makes it: rooms are weighed, and what is taken is read from the database. The race runs through the effect that a press of "Book it" leads to, from two
databases opened as two processes would: one must win, everybody else must be told of the waiting list in the same reply.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.report import say, table
from bot import lookups, premises
from bot.flows.model import Known, LookupWanted, RequestBooking, lookup_key
from bot.flows.room import find
from bot.i18n import catalogues
from bot.packs.load import load_municipality
from bot.packs.model import Municipality, Room
from bot.rules.rooms import quarters, series
from bot.wording import Words
from storage import conversations, tables
from storage.conversations import Opened
from storage.db import Database, add_rows
from storage.migrations import migrate

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
DAYS = 365
AIM_MS = 30.0
AT = ((8, 10), (18, 20))
"""When rooms are taken: from and to, by the clock on the wall."""

FULL = 0.7
"""On this share of the days."""


@dataclass(frozen=True)
class Grown:
    """One size: medians and 95th percentiles in milliseconds, of reading what is taken and of weighing the rooms."""

    rooms: int
    taken: int
    once_ms: float
    once_p95_ms: float
    read_ms: float
    weigh_ms: float
    year_ms: float


def town(rooms: int) -> Municipality:
    """A municipality with so many rooms, of every size and with everything that can be wished for somewhere."""
    ekero = load_municipality("ekero")
    areas = [area.name for area in ekero.areas[:3]]
    chance = random.Random(rooms)
    made = tuple(
        Room(
            id=f"r{number}", name=f"Rum {number}", area=areas[number % 3], capacity=chance.choice((10, 20, 30, 60, 120)),
            equipment=tuple(chance.sample(("projector", "sound", "whiteboard", "piano", "tables"), 3)),
            accessibility=tuple(chance.sample(("step_free", "toilet", "hearing_loop"), 2)),
            latitude=59.3 + chance.random() / 10, longitude=17.6 + chance.random() / 5, buffer_min=chance.choice((0, 15, 30)),
            opening=({"opens": "08:00", "closes": "22:00"},), open_on_holidays=True,
            lender={"approval": "automatic"},
        )
        for number in range(rooms)
    )  # fmt: skip
    return ekero.model_copy(update={"premises": made})


async def fill(db: Database, place: Municipality, who: Opened) -> int:
    """A year of bookings in every room, week after week; how many quarters are taken."""
    chance = random.Random(len(place.premises))

    async def book(tx: AsyncConnection) -> dict[str, int]:
        row = {
            "municipality_id": place.id, "resident_id": who.resident_id, "status": "approved",
            "conversation_id": who.conversation_id, "created_at": NOW,
        }  # fmt: skip
        ids = await add_rows(tx, tables.bookings, [{**row, "room_id": room.id} for room in place.premises])
        return dict(zip((room.id for room in place.premises), ids, strict=True))

    booking = await db.write(book)
    taken = 0
    for week in range(0, DAYS, 7):
        days = [NOW.date() + timedelta(days=week + day) for day in range(7)]
        times = [
            (room.id, *span)
            for begins, ends in AT
            for span in series(days, clock_time(begins), clock_time(ends), place.zone)
            for room in place.premises
            if chance.random() < FULL
        ]

        async def job(tx: AsyncConnection, times: Sequence[tuple[str, datetime, datetime]] = times) -> int:
            occasions = [
                {"municipality_id": place.id, "booking_id": booking[room], "starts_at": begins, "ends_at": ends}
                for room, begins, ends in times
            ]
            ids = await add_rows(tx, tables.occasions, occasions)
            rows = sorted(
                (quarter, room, id)
                for (room, begins, ends), id in zip(times, ids, strict=True)
                for quarter in range(*quarters(begins, ends))
            )
            columns = ("quarter", "unit", "occasion_id")
            values = [{"municipality_id": place.id, **dict(zip(columns, row, strict=True))} for row in rows]
            await tx.execute(insert(tables.room_quarters), values)
            return len(rows)

        taken += await db.write(job)
    return taken


async def searched(db: Database, place: Municipality, who: Opened, wish: dict[str, Any]) -> tuple[float, float]:
    """One search as a turn makes it, answering what it looks up: the milliseconds of reading, and of all the rest."""
    known = Known(NOW.astimezone(place.zone), "sv", place)
    reading = 0.0
    begun = time.perf_counter()
    async with db.read() as tx:
        while True:
            try:
                answer = find(wish, known)
                break
            except LookupWanted as wanted:
                asked = time.perf_counter()
                found = await lookups.answer(tx, wanted.name, wanted.arguments, who, known)
                reading += time.perf_counter() - asked
                known = replace(known, lookups={**known.lookups, lookup_key(wanted.name, wanted.arguments): found})
    took = time.perf_counter() - begun
    assert answer.fits or answer.partly or answer.near
    return reading * 1000, (took - reading) * 1000


async def measure(db: Database, place: Municipality, who: Opened, taken: int, rounds: int) -> Grown:
    """Searches for one evening, and for one evening a week for a year."""

    def wish(days: Sequence[date], number: int) -> dict[str, Any]:
        when = {"days": [day.isoformat() for day in days], "from": "18:00", "to": "20:00"}
        where = {"area": "Stenhamra"}
        return {
            "people": 15 + number % 10,
            "when": when,
            "where": where,
            "needs": ["projector"],
            "access": ["step_free"],
        }

    once, year = [], []
    for number in range(rounds):
        read, weigh = await searched(db, place, who, wish([NOW.date() + timedelta(days=7 + number)], number))
        once.append((read, weigh))
    for number in range(max(3, rounds // 10)):
        days = [NOW.date() + timedelta(days=number % 7 + 7 * week) for week in range(52)]
        read, weigh = await searched(db, place, who, wish(days, number))
        year.append(read + weigh)
    whole = sorted(read + weigh for read, weigh in once)
    return Grown(
        len(place.premises), taken, statistics.median(whole), whole[int(len(whole) * 0.95)],
        statistics.median(read for read, _weigh in once), statistics.median(weigh for _read, weigh in once),
        statistics.median(year),
    )  # fmt: skip


async def race(url: str, place: Municipality, people: int) -> tuple[int, int, float]:
    """So many at once for one time: how many won, how many were told of the waiting list, and the seconds it took."""
    two = [await Database.open(url, KEYS) for _process in range(2)]
    try:
        residents = [
            await two[0].write(
                partial(conversations.open, municipality_id=place.id, channel="web", address=f"racer-{number}", now=NOW)
            )
            for number in range(people)
        ]
        effect = RequestBooking("r0", {"days": ["2027-06-01"], "from": "18:00", "to": "20:00"}, 10, "")
        known = Known(NOW.astimezone(place.zone), "sv", place)
        words = Words("en", place.zone)

        async def asks(number: int) -> str:
            async def job(tx: Any) -> str:
                made = await premises.apply(tx, effect, residents[number], known, "https://example.se")
                return words.plain(made["room_result"])  # type: ignore[arg-type]

            return await two[number % 2].write(job, key=number)

        begun = time.perf_counter()
        answers = await asyncio.gather(*map(asks, range(people)))
        took = time.perf_counter() - begun
    finally:
        for each in two:
            await each.close()
    return sum("Booked!" in each for each in answers), sum("waiting list" in each for each in answers), took


async def _run(options: argparse.Namespace) -> int:
    catalogues.use(catalogues.load(strict=False))
    broken = False
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="idelabbet-rooms-")))
        kinds: list[Databases] = []
        if "sqlite" in options.databases:
            kinds.append(Sqlite(folder))
        if "postgres" in options.databases:
            kinds.append(stack.enter_context(postgres_server(folder / "pg")))
        for kind in kinds:
            grown, raced = [], []
            for rooms in options.rooms:
                say(f"{kind.kind}: filling {rooms} rooms")
                url, place = await kind.fresh(f"rooms{rooms}"), town(rooms)
                db = await Database.open(url, KEYS)
                await migrate(db)
                who = await db.write(
                    partial(conversations.open, municipality_id=place.id, channel="web", address="all", now=NOW)
                )
                taken = await fill(db, place, who)
                grown.append(await measure(db, place, who, taken, options.rounds))
                await db.close()
                if rooms == options.rooms[0]:
                    won, waiting, took = await race(url, place, options.people)
                    raced.append([options.people, won, waiting, took])
                    broken = broken or (won, waiting) != (1, options.people - 1)
            heads = ("rooms", "quarters taken", "once ms", "p95 ms", "reading ms", "weighing ms", "52 weeks ms")
            print(table(f"A search over a year of bookings, {kind.kind} (aim: once under {AIM_MS:.0f} ms at 1000 rooms)",
                        heads, [[*vars(each).values()] for each in grown]), flush=True)  # fmt: skip
            print(table(f"A race for one time, {kind.kind}", ("asked at once", "won", "on the waiting list", "seconds"), raced),
                  flush=True)  # fmt: skip
    return int(broken)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rooms", type=int, nargs="+", default=[10, 100, 1000], help="sizes (default 10 100 1000)")
    parser.add_argument("--rounds", type=int, default=60, help="searches of each size (default 60)")
    parser.add_argument("--people", type=int, default=200, help="in the race (default 200)")
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgres"), default=["sqlite", "postgres"])


def run(options: argparse.Namespace) -> int:
    """Measure and tell; 1 when the race was not won by exactly one. Milliseconds are told, not enforced."""
    return asyncio.run(_run(options))
