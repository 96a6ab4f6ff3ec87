"""Many residents who have asked for news, put into a database as fast as it takes them in.

Past the program and past every check: the rows are made so that they are sound. Nobody has said anything yet. The same
seed makes the same people.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import Table
from sqlalchemy.engine import make_url

from storage import tables
from storage.conversations import address_keys

MUNICIPALITY = "ekero"
FIRST_CHAT = 10_000_000
"""The number of the first one in Telegram; the others follow."""

LOCALES = {"sv": 58, "sv-simple": 7, "en": 13, "ar": 12, "fa": 10}
CHANNELS = {"telegram": 70, "mail": 10, "web": 20}
"""In hundredths."""

TOPICS, AREAS, SKILLS, SPOKEN, ROLES, BANDS = 14, 18, 20, 8, 4, 6
"""How many words there are of each."""

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people, numbered from 1 in every table."""

    people: int
    now: datetime
    channels: Mapping[str, int] = field(default_factory=lambda: CHANNELS)
    seed: int = 6

    def tables(self) -> Iterator[tuple[Table, Sequence[str], Rows]]:
        """What goes where, in an order in which nothing points ahead."""
        numbers, now = range(1, self.people + 1), self.now
        yield (
            tables.residents,
            ("id", "municipality_id", "locale", "protected", "created_at", "seen_at"),
            ((at, MUNICIPALITY, locale, False, now, now) for at, locale, _channel in self._each()),
        )
        yield (
            tables.conversations,
            ("id", "municipality_id", "resident_id", "created_at", "updated_at", "holder", "record_state", "hold"),
            ((at, MUNICIPALITY, at, now, now, "bot", "open", False) for at in numbers),
        )
        yield (
            tables.addresses,
            ("id", "municipality_id", "resident_id", "conversation_id", "channel", "address", "address_key", "state",
             "state_at", "created_at"),
            ((at, MUNICIPALITY, at, at, channel, name, address_keys(channel, name)[0], "ok", now, now)
             for at, _locale, channel in self._each() for name in (self.address(at, channel),)),
        )  # fmt: skip
        yield (
            tables.listeners,
            ("municipality_id", "resident_id", "conversation_id", "locale", "channel", "topics", "areas", "skills",
             "spoken", "roles", "band", "gap_days", "quiet_from", "quiet_to", "next_at", "since"),
            self._listeners(),
        )  # fmt: skip

    def address(self, at: int, channel: str) -> str:
        """Where the one of this number is reached."""
        number = FIRST_CHAT + at - 1
        return {"telegram": str(number), "mail": f"invanare{number}@example.se"}.get(channel, f"token-{number}")

    def _each(self) -> Iterator[tuple[int, str, str]]:
        """Number, language and channel of everybody."""
        chance = random.Random(self.seed)
        locales = chance.choices(list(LOCALES), list(LOCALES.values()), k=self.people)
        channels = chance.choices(list(self.channels), list(self.channels.values()), k=self.people)
        return zip(range(1, self.people + 1), locales, channels, strict=True)

    def _listeners(self) -> Rows:
        chance = random.Random(self.seed + 1)
        for at, locale, channel in self._each():
            yield (
                MUNICIPALITY, at, at, locale, channel,
                _some(chance, TOPICS, 4, none=0.3), _some(chance, AREAS, 3, none=0.4), _some(chance, SKILLS, 4, none=0.6),
                _some(chance, SPOKEN, 3, none=0.0), _some(chance, ROLES, 2, none=0.7),
                int(chance.random() * BANDS) if chance.random() < 0.5 else None, 0, 0, 0, None, self.now,
            )  # fmt: skip


def _some(chance: random.Random, words: int, most: int, *, none: float) -> int:
    """A set of bits: none at all for that share of people, else one to `most` of them."""
    if chance.random() < none:
        return 0
    chosen = 0
    for _bit in range(1 + int(chance.random() * most)):
        chosen |= 1 << int(chance.random() * words)
    return chosen


async def fill(url: str, crowd: Crowd, say: Callable[[str], None]) -> None:
    """Put everybody in. The schema is there, the keys are (see `Database.open`), and nobody is stored yet."""
    for table, names, rows in crowd.tables():
        say(f"{make_url(url).get_backend_name()}: {crowd.people} {table.name} …")
        await copy_in(url, table, names, rows)
    if not url.startswith("sqlite"):
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        for table, _names, _rows in crowd.tables():
            if "id" in table.c:
                await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {crowd.people})")
        await connection.execute("VACUUM (ANALYZE)")
        await connection.close()


async def copy_in(url: str, table: Table, names: Sequence[str], rows: Rows) -> None:
    """Put rows into a table, sealed and converted as its columns say; nothing is checked against other tables."""
    if url.startswith("sqlite"):
        await asyncio.to_thread(_into_sqlite, url, table, names, rows)
        return
    kept = list(_stored(False, table, names, rows))
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute("SET session_replication_role = replica")  # no look at every row's foreign keys
        await connection.copy_records_to_table(table.name, records=kept, columns=list(names))
    finally:
        await connection.close()


def _into_sqlite(url: str, table: Table, names: Sequence[str], rows: Rows) -> None:
    places = ", ".join("?" for _name in names)
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"
    with contextlib.closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, _stored(True, table, names, rows))
        connection.execute("COMMIT")


def _stored(is_sqlite: bool, table: Table, names: Sequence[str], rows: Rows) -> Iterator[tuple[Any, ...]]:
    """Rows as they lie in the database."""
    dialect: Any = make_url("sqlite://" if is_sqlite else "postgresql+asyncpg://").get_dialect()()
    write = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    converted = [(at, each) for at, each in enumerate(write) if each is not None]
    for row in rows:
        values = list(row)
        for at, each in converted:
            values[at] = each(values[at])
        yield tuple(values)
