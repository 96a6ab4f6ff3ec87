"""SQLite's driver, one thread switch to a statement.

aiosqlite goes to its thread four times for one SELECT (cursor, execute, fetchall, close). Here the rows come back with
the execution, and what touches no file is done on the spot: measured, half as many writes a second more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite


class Cursor:
    """As much of a cursor as SQLAlchemy's adapter for aiosqlite asks for."""

    def __init__(self, connection: Connection, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor
        self._rows: list[Any] = []

    async def __aenter__(self) -> Cursor:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        self._rows = await self._connection.in_thread(self._run, sql, parameters)
        return self

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Cursor:
        await self._connection.in_thread(self._cursor.executemany, sql, rows)
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        self._cursor.close()

    def _run(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchall() if self._cursor.description else []


class Connection(aiosqlite.Connection):
    """A connection with a thread of its own; its cursors are made and closed by the caller's thread."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self, self._conn.cursor())

    async def in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run in this connection's thread, after what it was given before."""
        return await self._execute(function, *arguments)  # type: ignore[no-untyped-call]


async def connect(file: str, *, timeout_s: float) -> Connection:
    """Open a connection that begins no transaction by itself and waits `timeout_s` for another writer."""
    # One thread at a time uses it, though not always the same one.
    opened = partial(sqlite3.connect, file, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    connection = Connection(opened, iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does: a connection left open does not keep the process alive
    await connection
    return connection
