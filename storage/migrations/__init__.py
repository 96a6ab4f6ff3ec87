"""Numbered steps from one schema to the next, run by the start itself, once, under a lock.

A step adds before it removes, a release apart, so that the previous release still runs on the new schema. Steps are
frozen: they name plain column types and import nothing of the program. A new one: copy the last file, raise the
numbers, set `HEAD`; the tests compare the migrated schema with `storage/tables.py` on both databases.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import OperatorError
from storage.db import Database, keep_key_check
from storage.tables import key_checks

HEAD = "0019"


async def migrate(db: Database) -> bool:
    """Bring the schema up to date; whether anything had to be done.

    Any number of processes may start together: one migrates, the others wait and find it done. All steps and the mark
    of the version are one transaction, on SQLite too.

    Raises:
        OperatorError: The schema is newer than this program, or not one of its own.
    """
    async with db.read() as tx:
        if await tx.run_sync(_version) == HEAD:
            return False
    return await db.alone(_upgrade)


async def _upgrade(tx: AsyncConnection) -> bool:
    version = await tx.run_sync(_version)
    if version == HEAD:
        return False
    await tx.run_sync(_run_steps, version)
    await keep_key_check(tx, key_checks)
    return True


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _run_steps(connection: Connection, version: str | None) -> None:
    from alembic.command import upgrade  # only when there is something to do: it takes a while to import
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    if version is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(version)
        except CommandError as error:
            raise OperatorError(
                f"The database of IDELABB_DATABASE_URL has schema {version}, newer than this program's {HEAD}; "
                "start the release that wrote it, or a later one"
            ) from error
    upgrade(config, "head")
