"""The database: engines, transactions, group commit, and all that differs between SQLite and PostgreSQL.

Reads run beside each other: `async with db.read() as tx`. Writes are handed in as jobs and share commits, because on
one disk a commit costs far more than the rows in it:

    opened = await db.write(lambda tx: conversations.open(tx, ...), key=address)

Waking senders in other processes (LISTEN/NOTIFY) would be a method of `_Postgres`; today everyone looks again at the
time that `outbox.next_due` and `due.next_at` name.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    Integer,
    QueuePool,
    Table,
    create_engine,
    event,
    exc,
    insert,
    inspect,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

from bot.errors import OperatorError, Retry
from storage import direct, secrets
from storage.direct import Prepared

T = TypeVar("T")
Job = Callable[[AsyncConnection], Awaitable[T]]

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""Ids of 64 bits. SQLite counts up by itself only in a column declared exactly INTEGER (64 bits all the same)."""

BATCH_MAX = 16
"""So many jobs share a commit: enough that the disk is not what limits, few enough that nobody waits long for their turn."""
WAITING_MAX = 10_000
JOB_S = 60.0
READERS = 8
"""So many connections to PostgreSQL to read with, beside those to write with."""
BUSY_S = 10.0  # how long SQLite waits for a writer of another process


class Moment(TypeDecorator[datetime]):
    """An aware moment, in UTC. SQLite keeps it as text of fixed width, so that it sorts and compares as it should."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        return value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def written(value: datetime | None) -> str | None:
            moment = self.process_bind_param(value, dialect)
            return None if moment is None else moment.replace(tzinfo=None).isoformat(" ", "microseconds")

        return written

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# --- statements that the two say differently --------------------------------------------------------------------------


def insert_of(dialect: str, table: Table) -> postgresql.Insert:
    """As `upsert`, for statements that are built once and kept."""
    return cast(postgresql.Insert, sqlite.insert(table)) if dialect == "sqlite" else postgresql.insert(table)


def upsert(tx: AsyncConnection, table: Table) -> postgresql.Insert:
    """An INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`; both dialects share their arguments."""
    return insert_of(tx.dialect.name, table)


@functools.cache
def _insert_numbered(table: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table).returning(table.c.id), names)


def columns(row: Any) -> dict[str, Any]:
    """A dataclass of column values as a row. Unlike `asdict` it copies nothing deeply: bodies are JSON already."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


async def add_rows(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows in one go; their ids, in the order of `rows`. Rows must all have the same columns."""
    if not rows:
        return []
    return [int(row[0]) for row in await _insert_numbered(table, tuple(rows[0])).all(tx, *rows)]


# --- the two databases ------------------------------------------------------------------------------------------------


class _Busy(Exception):
    """Another transaction was in the way; the same may work in a moment. Nothing was committed."""


class _Lost(Exception):
    """The connection broke before the commit was sent. Nothing was committed."""


class _Unreachable(Exception):
    """No transaction could be begun at all, so that trying the next job would not help. Nothing was committed."""


class _Unknown(Exception):
    """The connection broke during the commit: it may have happened or not."""


class _Server(Protocol):
    """What differs between the databases."""

    dialect: str
    workers: int
    writer: Engine
    errors: tuple[type[Exception], ...]
    """What a statement may raise: SQLAlchemy's error, or the driver's own where it goes past SQLAlchemy."""

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection to write with, not yet in a transaction."""

    def connect_to_read(self, *, aside: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection to read with, not yet in a transaction; `aside` for statements that take long."""

    async def dispose(self) -> None:
        """Let go of every connection."""

    async def prepare(self) -> None:
        """Whatever must be done before the first transaction. Raises OperatorError when nothing can be reached."""

    async def alone(self, tx: AsyncConnection) -> None:
        """Keep every other process out of `alone` until the end of this transaction."""

    def blame(self, error: BaseException) -> type[_Busy] | type[_Lost] | None:
        """What kind of trouble of the database's own this is, or None when the job is to blame."""


# No parameter in an error's words: they end in logs.
_ENGINE: Mapping[str, Any] = {"max_overflow": 0, "pool_timeout": 60, "hide_parameters": True}


class _Sqlite:
    """One writer, readers beside it, a write-ahead log, and every commit on the disk before it counts.

    All of them are SQLAlchemy's plain engine (see `storage.direct`).
    """

    dialect = "sqlite"
    workers = 1
    errors: tuple[type[Exception], ...] = (exc.DBAPIError, sqlite3.Error)

    def __init__(self, url: URL) -> None:
        if not url.database or url.database.startswith((":memory:", "file:")):
            raise OperatorError(
                f'IDELABB_DATABASE_URL is "{url}", which names no file; use "sqlite+aiosqlite:///data/idelabb.db"'
            )
        self._file = Path(url.database)
        # We begin transactions ourselves. One thread at a time uses the writer, though not always the same one.
        plain: dict[str, Any] = {"timeout": BUSY_S, "isolation_level": None, "check_same_thread": False}
        self.writer = create_engine(
            url.set(drivername="sqlite"), connect_args=plain, poolclass=QueuePool, pool_size=1, **_ENGINE
        )
        # A reader that waited for a connection would hold up the loop: there are as many as are wanted at once.
        self.reader = create_engine(
            url.set(drivername="sqlite"), connect_args=plain, poolclass=QueuePool, pool_size=4,
            **{**_ENGINE, "max_overflow": -1},
        )  # fmt: skip
        _on_connect(self.writer, "foreign_keys=ON", "synchronous=FULL", "secure_delete=FAST", "cache_size=-16000")
        _on_connect(self.reader, "query_only=ON", "cache_size=-8000")
        _on_begin(self.writer, "BEGIN IMMEDIATE")  # else two writers that have both read may wait for each other
        _on_begin(self.reader, "BEGIN")

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return direct.sqlite(self.writer)

    def connect_to_read(self, *, aside: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
        return direct.sqlite_reader(self.reader, aside=aside)

    async def dispose(self) -> None:
        self.writer.dispose()
        self.reader.dispose()

    async def prepare(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(self._use_log)
        except (OSError, sqlite3.DatabaseError) as error:
            raise OperatorError(
                f"IDELABB_DATABASE_URL names the file {self._file}, which cannot be opened as a database ({error}); "
                "name a file in a folder that this user may write to"
            ) from error

    def _use_log(self) -> None:
        """Turn the write-ahead log on; the file remembers. SQLite does not wait for others while it does, so we do."""
        with contextlib.closing(sqlite3.connect(self._file, timeout=10.0)) as connection:
            deadline = time.monotonic() + 30
            while True:
                try:
                    connection.execute("PRAGMA journal_mode=WAL").fetchall()
                    return
                except sqlite3.OperationalError as error:
                    if self.blame(error) is not _Busy or time.monotonic() > deadline:
                        raise
                time.sleep(0.02)

    async def alone(self, tx: AsyncConnection) -> None:
        """BEGIN IMMEDIATE has seen to it."""

    def blame(self, error: BaseException) -> type[_Busy] | type[_Lost] | None:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        code = getattr(cause, "sqlite_errorcode", None)
        return _Busy if code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else None


def _on_connect(engine: Engine, *pragmas: str) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _on_begin(engine: Engine, words: str) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(words)


class _Postgres:
    """A pool of connections, READ COMMITTED, row locks."""

    # SQLSTATEs: serialization_failure, deadlock_detected, lock_not_available (our lock_timeout).
    _BUSY = frozenset({"40001", "40P01", "55P03"})
    # admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections; class 08 are connection exceptions.
    _LOST = frozenset({"57P01", "57P02", "57P03", "53300"})

    dialect = "postgresql"

    def __init__(self, url: URL, workers: int) -> None:
        import asyncpg  # only where it is used

        self.workers = workers
        self._url = url
        self._refusals = (asyncpg.InterfaceError,)  # a closed connection's
        self.errors: tuple[type[Exception], ...] = (exc.DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError)
        self._writer = self._engine(workers + 1)
        self._reader = self._engine(READERS, default_transaction_read_only="on")
        self.writer = self._writer.sync_engine

    def _engine(self, size: int, **settings: str) -> AsyncEngine:
        """A pool of connections that begin nothing by themselves."""
        settings = {"application_name": "idelabbet", "timezone": "UTC", "lock_timeout": "10000"} | settings
        engine = create_async_engine(
            self._url, pool_size=size, isolation_level="AUTOCOMMIT", **_ENGINE,
            connect_args={"timeout": 10, "command_timeout": 60, "server_settings": settings},
        )  # fmt: skip

        @event.listens_for(engine.sync_engine, "checkout")
        def is_open(connection: Any, record: Any, proxy: Any) -> None:
            # Costs nothing, unlike a ping: the driver has noticed when the server hung up. The pool then connects anew.
            if connection.driver_connection.is_closed():
                raise exc.DisconnectionError

        return engine

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return direct.postgres(self._writer)

    def connect_to_read(self, *, aside: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
        return direct.postgres_reader(self._reader)

    async def dispose(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()

    async def prepare(self) -> None:
        try:
            async with self.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception as error:
            raise OperatorError(
                f"IDELABB_DATABASE_URL is {self._url.render_as_string()}, which does not answer ({error}); "
                "start the server, or mend the address, user or password"
            ) from error

    async def alone(self, tx: AsyncConnection) -> None:
        await tx.execute(text("SET LOCAL lock_timeout = 0"))
        await tx.execute(text("SELECT pg_advisory_xact_lock(4718291065283)"))  # any number, the same everywhere

    def blame(self, error: BaseException) -> type[_Busy] | type[_Lost] | None:
        if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
            return _Lost
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        state = getattr(cause, "sqlstate", None) or ""
        if state in self._BUSY:
            return _Busy
        if state in self._LOST or state.startswith("08"):
            return _Lost
        return _Lost if isinstance(cause, (ConnectionError, TimeoutError, *self._refusals)) else None


# --- transactions -----------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Waiting:
    job: Job[Any]
    key: Hashable | None
    future: asyncio.Future[Any]

    def tell(self, result: Any) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Database:
    """One database, opened once for the process."""

    def __init__(self, server: _Server) -> None:
        """Use `Database.open`."""
        self._server = server
        self._waiting: deque[_Waiting] = deque()
        self._more = asyncio.Event()
        self._busy: set[Hashable] = set()
        self._idle = 0
        self._closing = False
        self._workers = [asyncio.create_task(self._work(), name=f"storage-{n}") for n in range(server.workers)]

    @classmethod
    async def open(cls, url: str, keys: Sequence[str], *, workers: int = 4) -> Database:
        """Connect, and check that the keys fit. `workers` is how many batches PostgreSQL writes at once.

        Tables are made by `storage.migrations.migrate`.

        Raises:
            OperatorError: The address names no database that answers.
            WrongKey: The database was written with another key.
            RuntimeError: Another open database of this process has other keys; see `secrets.install`.
        """
        server = _server(url, workers)
        keyring = secrets.Keyring(keys)
        await server.prepare()
        try:
            async with server.connect_to_read() as tx:
                await _check_key(tx, keyring)
            secrets.install(keyring)
        except BaseException:
            await server.dispose()
            raise
        return cls(server)

    async def close(self) -> None:
        """Finish the writes that were handed in, then let go of the database. Later writes raise Retry."""
        if self._closing:
            return
        self._closing = True
        self._more.set()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._server.dispose()
        secrets.uninstall()

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._server.dialect

    @contextlib.asynccontextmanager
    async def read(self, *, aside: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads. On SQLite all of it sees one moment, on PostgreSQL each statement its own.

        `aside`: its statements may take long (they look through a million rows); nobody else is held up meanwhile.

        Raises:
            Retry: The database was busy or out of reach.
        """
        async with contextlib.AsyncExitStack() as stack:
            try:
                tx = await stack.enter_async_context(self._server.connect_to_read(aside=aside))
                await tx.begin()
            except Exception as error:
                raise Retry(f"the database cannot be read now: {error}") from error
            try:
                yield tx
            except self._server.errors as error:
                if self._server.blame(error):
                    raise Retry(f"the database cannot be read now: {error}") from error
                raise

    async def write(self, job: Job[T], key: Hashable | None = None, *, ahead: bool = False) -> T:
        """Run `job` in a transaction; its result once that is committed (on the disk, not only in the log's buffer).

        Jobs that wait at the same time are run one after another in one transaction and share its commit. Therefore

        - a job must be repeatable: when another one of the batch fails, everything is rolled back and each job runs
          again alone. It must change nothing but the database, and build its result anew each time;
        - a job does nothing slow: no network, no sleep, no `db.write`;
        - what must happen only after the commit is done by the caller, after `await`.

        Jobs with the same `key` run in the order they were handed in, never two at once in this process. A caller that
        is cancelled takes back a job not yet begun; one begun is committed all the same. A job `ahead` goes before all
        that wait: what is to be sent must not stand in line behind ever more that comes in.

        Raises:
            Retry: The database was busy, again and again, or out of reach; too much is waiting; or it is being closed.
                Nothing was committed, except where the connection broke in the middle of the commit: nobody can know
                then, so a job that must not be done twice carries a unique key, as every update does.
            RuntimeError: Called from inside a job.
            TimeoutError: The job had not ended after a minute.
            Exception: Whatever the job raised; nothing of it was committed.
        """
        if asyncio.current_task() in self._workers:
            raise RuntimeError("db.write from inside a job: it would wait for itself")
        if self._closing or len(self._waiting) >= WAITING_MAX:
            raise Retry("the database is being closed" if self._closing else f"{WAITING_MAX} writes are waiting")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if ahead else self._waiting.append)(_Waiting(job, key, future))
        self._more.set()
        return await future

    async def alone(self, job: Job[T]) -> T:
        """Run `job` in a transaction that waits for, and keeps out, every other `alone` of any process.

        For migrations: no time limit, no batch, no second run.
        """
        deadline = time.monotonic() + 120
        while True:
            async with self._server.connect() as tx:
                try:
                    await tx.begin()
                except exc.OperationalError as error:  # SQLite, while another process migrates
                    if self._server.blame(error) is not _Busy or time.monotonic() > deadline:
                        raise
                    continue
                await self._server.alone(tx)
                result = await job(tx)
                await tx.commit()
                return result

    # --- the workers

    async def _work(self) -> None:
        while True:
            batch = self._take()
            if batch:
                try:
                    await self._run(batch)
                finally:
                    self._busy.difference_update(waiting.key for waiting in batch)
                    for waiting in batch:
                        waiting.future.cancel()  # only when this worker was cancelled: everyone else has an answer
                    self._more.set()  # others may have left a job because its key was busy
            elif self._closing and not self._waiting:
                return
            else:
                self._more.clear()
                self._idle += 1
                try:
                    await self._more.wait()
                finally:
                    self._idle -= 1

    def _take(self) -> list[_Waiting]:
        """The next jobs, in order: a fair share for this worker, none whose key is in another worker's hands."""
        share = min(BATCH_MAX, -(-len(self._waiting) // (self._idle + 1)))
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        while self._waiting and len(batch) < share:
            waiting = self._waiting.popleft()
            if waiting.future.done():  # its caller was cancelled
                continue
            (left if waiting.key is not None and waiting.key in self._busy else batch).append(waiting)
        self._waiting.extendleft(reversed(left))
        self._busy.update(waiting.key for waiting in batch if waiting.key is not None)
        return batch

    async def _run(self, batch: list[_Waiting]) -> None:
        """Answer every one of them: together if that goes well, else each for itself."""
        try:
            results = await self._transaction([waiting.job for waiting in batch])
        except (_Unreachable, _Unknown) as error:
            _fail_all(batch, error)
        except (_Busy, _Lost):
            await self._run_each_alone(batch)
        except (Exception, asyncio.CancelledError) as error:
            if _is_cancelled():
                raise
            if len(batch) == 1:
                batch[0].fail(error)
            else:
                await self._run_each_alone(batch)
        else:
            for waiting, result in zip(batch, results, strict=True):
                waiting.tell(result)

    async def _run_each_alone(self, batch: list[_Waiting]) -> None:
        for at, waiting in enumerate(batch):
            if waiting.future.done():
                continue
            try:
                (result,) = await self._again([waiting.job])
            except _Unreachable as error:
                return _fail_all(batch[at:], error)
            except (_Unknown, _Busy, _Lost) as error:
                _fail_all([waiting], error)
            except (Exception, asyncio.CancelledError) as error:
                if _is_cancelled():
                    raise
                waiting.fail(error)
            else:
                waiting.tell(result)

    async def _again(self, jobs: list[Job[Any]]) -> list[Any]:
        """As `_transaction`, but patient: the loser of a deadlock may else take the winner's row before that wakes."""
        for pause_s in (0.05, 0.2):
            try:
                return await self._transaction(jobs)
            except _Busy:
                await asyncio.sleep(pause_s * (0.5 + random.random()))
        return await self._transaction(jobs)

    async def _transaction(self, jobs: list[Job[Any]]) -> list[Any]:
        """Run the jobs in one transaction and commit it.

        Raises one of the four kinds of trouble above, or what the job raised.
        """
        async with contextlib.AsyncExitStack() as stack:
            try:
                tx = await stack.enter_async_context(self._server.connect())
            except Exception as error:
                raise _Unreachable(str(error)) from error
            try:
                await tx.begin()
            except Exception as error:  # of a connection that the server has just closed: another one may do
                raise (_Lost if self._server.blame(error) is _Lost else _Unreachable)(str(error)) from error
            try:
                results = []
                for job in jobs:
                    async with asyncio.timeout(JOB_S):  # one that never ends would hold up everybody
                        results.append(await job(tx))
                    await asyncio.sleep(0)  # jobs on SQLite never wait for anything: let others have their turn
            except Exception as error:
                if trouble := self._server.blame(error):
                    raise trouble(str(error)) from error
                raise
            try:
                await tx.commit()
            except Exception as error:
                if trouble := self._server.blame(error):
                    raise (_Unknown if trouble is _Lost else trouble)(str(error)) from error
                raise
            return results


def _fail_all(batch: list[_Waiting], trouble: Exception) -> None:
    for waiting in batch:
        retry = Retry(f"the database cannot be written now: {trouble}")
        retry.__cause__ = trouble
        waiting.fail(retry)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _server(url: str, workers: int) -> _Server:
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise OperatorError(
            'IDELABB_DATABASE_URL cannot be read; use "postgresql+asyncpg://user:password@host/name" or '
            '"sqlite+aiosqlite:///data/idelabb.db"'
        ) from error
    if parsed.drivername == "sqlite+aiosqlite":
        return _Sqlite(parsed)
    if parsed.drivername == "postgresql+asyncpg":
        return _Postgres(parsed, workers)
    raise OperatorError(
        f'IDELABB_DATABASE_URL starts with "{parsed.drivername}://"; use "postgresql+asyncpg://" or "sqlite+aiosqlite://"'
    )


# --- do the keys fit --------------------------------------------------------------------------------------------------

_CHECK = "key_check"


async def _check_key(tx: AsyncConnection, keyring: secrets.Keyring) -> None:
    if await tx.run_sync(lambda connection: inspect(connection).has_table("key_checks")):
        sealed = await tx.scalar(text("SELECT sealed FROM key_checks WHERE name = 'check'"))
        if sealed is not None:
            keyring.open(sealed, _CHECK)


async def keep_key_check(tx: AsyncConnection, checks: Table, *, anew: bool = False) -> None:
    """Store a value sealed with the newest key, so that a start with other keys is refused; `anew` replaces it."""
    row = {"name": "check", "sealed": secrets.keyring().seal(b"fits", _CHECK)}
    statement = upsert(tx, checks).values(row)
    if anew:
        statement = statement.on_conflict_do_update(index_elements=["name"], set_={"sealed": row["sealed"]})
    else:
        statement = statement.on_conflict_do_nothing()
    await tx.execute(statement)
