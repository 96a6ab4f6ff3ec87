"""Connections to write with. What jobs see is an `AsyncConnection`; the statements that every turn runs go past it.

On SQLite statements run where they are called, without a thread or a greenlet between: one of a turn takes some ten
microseconds, and handing it to a thread and back takes ten times that. So only what may take long goes to a thread:
waiting for another process's lock (BEGIN) and for the disk (COMMIT, ROLLBACK). A reader waits for neither.

`Prepared` is a statement compiled once: SQLAlchemy writes its SQL and converts its values, the driver runs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.engine import Dialect, RootTransaction
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.base import ReadOnlyColumnCollection

T = TypeVar("T")
Parameters = Mapping[str, Any]
Row = tuple[Any, ...]


class _Sqlite:
    """As much of an `AsyncConnection` as jobs use. Nothing in it suspends but the three that go to a thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transaction: RootTransaction | None = None
        self.driver: Any = connection.connection.driver_connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def begin(self) -> None:
        self._transaction = await asyncio.to_thread(self._connection.begin)

    async def commit(self) -> None:
        assert self._transaction is not None
        await asyncio.to_thread(self._transaction.commit)

    async def execute(self, statement: Executable, parameters: Any = None) -> Any:
        return self._connection.execute(statement, parameters)

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        return self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Executable, parameters: Any = None) -> Any:
        return self._connection.scalars(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> Any:
        return self._connection.exec_driver_sql(statement, parameters)

    async def run_sync(self, function: Callable[..., T], *arguments: Any) -> T:
        return function(self._connection, *arguments)

    async def fetch(self, sql: str, each: Sequence[Sequence[Any]]) -> list[Row]:
        execute, rows = self.driver.execute, []
        for values in each:
            rows += execute(sql, values).fetchall()
        return rows


class _SqliteReader(_Sqlite):
    """The same for reading, which in a write-ahead log waits for nobody. Before it begins, everybody else gets their turn:
    whoever looks again and again would hold up what they wait for."""

    async def begin(self) -> None:
        await asyncio.sleep(0)
        self._transaction = self._connection.begin()


class _SqliteAside(_SqliteReader):
    """The same for what looks through very much: each statement runs in a thread to its end, and nobody waits for it."""

    async def execute(self, statement: Executable, parameters: Any = None) -> Any:
        return await asyncio.to_thread(lambda: self._connection.execute(statement, parameters).freeze()())

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: Executable, parameters: Any = None) -> Any:
        return (await self.execute(statement, parameters)).scalars()

    async def fetch(self, sql: str, each: Sequence[Sequence[Any]]) -> list[Row]:
        return await asyncio.to_thread(lambda: [row for values in each for row in self.driver.execute(sql, values)])


@asynccontextmanager
async def sqlite_reader(engine: Engine, *, aside: bool = False) -> AsyncIterator[AsyncConnection]:
    """A connection to read with; `aside`: for what takes longer than anybody may be held up by."""
    with engine.connect() as connection:
        yield cast(AsyncConnection, (_SqliteAside if aside else _SqliteReader)(connection))


@asynccontextmanager
async def sqlite(engine: Engine) -> AsyncIterator[AsyncConnection]:
    """A connection to write with; what is not committed at the end is rolled back."""
    connection = engine.connect()
    try:
        yield cast(AsyncConnection, _Sqlite(connection))
    finally:
        await asyncio.to_thread(connection.close)


class _Postgres:
    """The same over asyncpg. The transaction is the driver's own, so that both ways of running a statement are in it."""

    def __init__(self, connection: AsyncConnection, driver: Any) -> None:
        self._connection, self.driver = connection, driver
        self._transaction: Any = None
        self.execute, self.scalar, self.scalars = connection.execute, connection.scalar, connection.scalars
        self.exec_driver_sql, self.run_sync = connection.exec_driver_sql, connection.run_sync
        self.dialect = connection.dialect

    async def begin(self) -> None:
        transaction = self.driver.transaction(isolation="read_committed")
        await transaction.start()
        self._transaction = transaction

    async def commit(self) -> None:
        transaction, self._transaction = self._transaction, None
        await transaction.commit()

    async def give_up(self) -> None:
        """Roll back what was not committed; where that cannot be said any more, the connection is thrown away."""
        if self._transaction is None:
            return
        try:
            await self._transaction.rollback()
        except Exception:
            await self._connection.invalidate()

    async def fetch(self, sql: str, each: Sequence[Sequence[Any]]) -> list[Row]:
        if len(each) == 1:
            return cast(list[Row], await self.driver.fetch(sql, *each[0]))
        return cast(list[Row], await self.driver.fetchmany(sql, each))


class _PostgresReader(_Postgres):
    """The same for reading. There each statement sees its own moment, in a transaction or not: none is begun."""

    async def begin(self) -> None:
        pass


@asynccontextmanager
async def postgres_reader(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection to read with, from an engine in AUTOCOMMIT whose sessions are read-only."""
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        yield cast(AsyncConnection, _PostgresReader(connection, driver))


@asynccontextmanager
async def postgres(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """As `sqlite`. The engine is in AUTOCOMMIT: it begins nothing by itself."""
    async with engine.connect() as connection:
        direct = _Postgres(connection, (await connection.get_raw_connection()).driver_connection)
        try:
            yield cast(AsyncConnection, direct)
        finally:
            await direct.give_up()


class Prepared:
    """A statement of every turn. Parameters are named as in SQLAlchemy; an INSERT's are its `columns`.

    Lists ("IN") must be spelt out, one parameter each. It is compiled when first used on a kind of database.
    """

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self._statement, self._columns = statement, columns
        self._compiled: dict[str, _Compiled] = {}

    async def all(self, tx: AsyncConnection, *each: Parameters) -> list[Row]:
        """Run it once for each set of parameters; all rows it gives, in that order."""
        return self.read(tx, await self.stored(tx, *each))

    async def one(self, tx: AsyncConnection, each: Parameters) -> Row | None:
        """The first row it gives, None where it gives none."""
        found = await self.all(tx, each)
        return found[0] if found else None

    async def stored(self, tx: AsyncConnection, *each: Parameters) -> list[Row]:
        """The same, but the rows as they lie in the database: cheap to compare with those of another time."""
        compiled, direct = self._for(tx), cast(_Sqlite | _Postgres, tx)
        return await direct.fetch(compiled.sql, [compiled.values(given) for given in each])

    def read(self, tx: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
        """What `stored` gave, in Python's values."""
        return self._for(tx).read(rows)

    def _for(self, tx: AsyncConnection) -> _Compiled:
        compiled = self._compiled.get(tx.dialect.name)
        if compiled is None:
            compiled = self._compiled[tx.dialect.name] = _Compiled(self._statement, self._columns, tx.dialect)
        return compiled


class _Compiled:
    """The SQL for one kind of database, and how values are converted on their way in and out."""

    def __init__(self, statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self._in = [
            (bind.key, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect))
            for bind in (compiled.binds[name] for name in compiled.positiontup or ())
        ]
        given: ReadOnlyColumnCollection[str, Any] | Sequence[Any] = (
            statement.exported_columns if statement.is_select or statement._returning else ()
        )
        out = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in given]
        self._out = out if any(out) else None

    def values(self, given: Parameters) -> list[Any]:
        return [
            process(given.get(key, fixed)) if process else given.get(key, fixed) for key, fixed, process in self._in
        ]

    def read(self, rows: Sequence[Row]) -> list[Row]:
        if self._out is None:
            return list(rows)
        return [
            tuple([process(value) if process else value for process, value in zip(self._out, row, strict=True)])
            for row in rows
        ]
