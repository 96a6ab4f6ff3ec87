"""The embedded database's one writer: statements run where they are called, without a thread or a greenlet between.

A statement of a turn takes SQLite some ten microseconds; handing it to a thread and back takes ten times that. So only
what may take long goes to a thread: waiting for another process's lock (BEGIN) and for the disk (COMMIT, ROLLBACK).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.engine import Dialect, RootTransaction
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


class _Direct:
    """As much of an `AsyncConnection` as jobs use. Nothing in it suspends but the three that go to a thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transaction: RootTransaction | None = None

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


@asynccontextmanager
async def connect(engine: Engine) -> AsyncIterator[AsyncConnection]:
    """A connection to write with; what is not committed at the end is rolled back."""
    connection = engine.connect()
    try:
        yield cast(AsyncConnection, _Direct(connection))
    finally:
        await asyncio.to_thread(connection.close)
