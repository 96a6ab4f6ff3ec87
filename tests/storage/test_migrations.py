"""One schema, however it came about."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from bot.errors import OperatorError
from storage.db import Database
from storage.migrations import HEAD, migrate
from storage.tables import metadata

_SCHEMA = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite%' ORDER BY name",
    "postgresql": "SELECT indexdef AS sql FROM pg_indexes WHERE schemaname = 'public' "
    "AND tablename NOT LIKE 'alembic%' ORDER BY indexname",
}


async def test_migrated_schema_is_that_of_the_tables(db: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with db.read() as tx:
        assert await tx.run_sync(differences) == []


async def test_migrated_schema_is_word_for_word_that_of_the_tables(db: Database) -> None:
    """Alembic compares neither the conditions of partial indexes nor AUTOINCREMENT."""

    async def words() -> list[list[str]]:
        async with db.read() as tx:
            rows = (await tx.execute(text(_SCHEMA[db.dialect]))).all()
        return [sorted(line.strip(" ,\t") for line in row.sql.splitlines()) for row in rows]

    migrated = await words()
    await db.write(lambda tx: tx.run_sync(metadata.drop_all))
    assert await words() == []
    await db.write(lambda tx: tx.run_sync(metadata.create_all))
    assert await words() == migrated


async def test_migrating_again_does_nothing(db: Database) -> None:
    assert await migrate(db) is False


async def test_newer_schema_is_refused(db: Database) -> None:
    await db.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(OperatorError, match=f"schema 9999, newer than this program's {HEAD}"):
        await migrate(db)


def test_head_is_the_last_step() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "storage/migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


_START = """
import asyncio, sys
from storage.db import Database
from storage.migrations import migrate
async def start():
    database = await Database.open(sys.argv[1], sys.argv[2:])
    print(await migrate(database))
    await database.close()
asyncio.run(start())
"""


async def test_four_processes_start_together(empty_url: str, keys: tuple[str, ...]) -> None:
    async def start() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _START, empty_url, *keys, stdout=PIPE, stderr=PIPE
        )
        out, err = await process.communicate()
        return (out or err).decode().strip()

    assert sorted(await asyncio.gather(*(start() for _ in range(4)))) == ["False", "False", "False", "True"]


async def test_what_refers_to_a_case_still_does_after_the_table_is_made_anew(
    tmp_path: Path, keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite only: elsewhere the table is widened where it is."""
    import alembic.command

    db = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}", list(keys))
    with monkeypatch.context() as patched:
        whole = alembic.command.upgrade
        patched.setattr(alembic.command, "upgrade", lambda config, revision: whole(config, "0005"))
        await migrate(db)
    rows = (
        "INSERT INTO residents (id, municipality_id, protected, created_at, seen_at) VALUES (1, 'ekero', 0, 1, 1)",
        "INSERT INTO conversations (id, municipality_id, resident_id, created_at, updated_at, holder, record_state, hold) "
        "VALUES (1, 'ekero', 1, 1, 1, 'bot', 'kept', 0)",
        "INSERT INTO cases (id, municipality_id, kind, conversation_id, resident_id, status, created_at) "
        "VALUES (2, 'ekero', 'booking', 1, 1, 'new', 1), (9, 'ekero', 'coach', 1, 1, 'new', 1)",
        "INSERT INTO bookings (id, municipality_id, room_id, resident_id, conversation_id, case_id, status, created_at) "
        "VALUES (1, 'ekero', 'room', 1, 1, 2, 'requested', 1)",
        "DELETE FROM cases WHERE id = 9",
    )
    for row in rows:
        await db.write(lambda tx, row=row: tx.execute(text(row)))  # type: ignore[misc]
    assert await migrate(db) is True
    async with db.read() as tx:
        assert (await tx.execute(text("SELECT id, priority, owner_id FROM cases"))).all() == [(2, 5, None)]
        assert await tx.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'cases'")) == 9
        assert (await tx.execute(text("PRAGMA foreign_key_check"))).all() == []
    with pytest.raises(IntegrityError):
        await db.write(lambda tx: tx.execute(text("DELETE FROM cases")))
    await db.close()
