"""A municipality of 100,000 residents, each with a conversation under way; kept between runs in the temporary folder.

One dialogue is held with the program's own turn; what it wrote is then copied for everybody, sealed anew for each.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.databases import KEYS, Postgres
from bot import clock
from bot.flows import FLOWS
from bot.flows.model import Input
from bot.i18n import catalogues
from bot.live import Live
from bot.packs.load import load_municipality
from bot.turn import Turns
from bot.update import Update
from storage import tables
from storage.conversations import address_keys
from storage.db import Database, add_rows
from storage.migrations import migrate

FIRST_CHAT = 10_000_000
"""The first resident's number in Telegram; the others follow."""

BATCH = 500
DIALOGUE = (Input(command="idea"), Input(text="Svenska"))
"""Until the first question of the idea flow is open."""


def cache(residents: int, what: str) -> Path:
    """Where the filled database is kept: another place for another program, schema or number of residents."""
    made_of = [Path(__file__), Path(tables.__file__), *sorted(Path(__file__).parents[1].glob("bot/flows/*.py"))]
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in made_of) + str(residents).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"idelabbet-bench-{os.getuid()}-{mark}-{what}"


async def filled_sqlite(residents: int, say: Callable[[str], None]) -> Path:
    """A filled file, to be copied before use."""
    file = cache(residents, "filled.db")
    if not file.exists():
        begun = file.with_suffix(".part")
        begun.unlink(missing_ok=True)
        await fill(f"sqlite+aiosqlite:///{begun}", residents, say)
        begun.rename(file)
    return file


async def filled_postgres(server: Postgres, residents: int, say: Callable[[str], None]) -> str:
    """The name of a filled database, to be used as a template."""
    if not await server.has("filled"):
        await server.execute("DROP DATABASE IF EXISTS begun")
        await fill(await server.fresh("begun"), residents, say)
        await server.execute("VACUUM (ANALYZE)", "begun")
        await server.execute("ALTER DATABASE begun RENAME TO filled")
    return "filled"


async def fill(url: str, residents: int, say: Callable[[str], None]) -> None:
    """Make the tables and everybody in them."""
    catalogues.use(catalogues.load(strict=False))
    db = await Database.open(url, KEYS)
    try:
        await migrate(db)
        model = await _model(db)
        done = 1
        while done < residents:
            chats = range(FIRST_CHAT + done, FIRST_CHAT + min(done + BATCH, residents))
            await db.write(partial(_copy, model, chats))
            done += len(chats)
            if done % (BATCH * 40) < BATCH:
                say(f"{make_url(url).get_backend_name()}: {done} of {residents} residents stored")
    finally:
        await db.close()


Rows = list[dict[str, Any]]


async def _model(db: Database) -> dict[str, Rows]:
    """What one resident's dialogue leaves behind, by table."""
    municipality = load_municipality("ekero")
    turns = Turns(db, {municipality.id: municipality}, FLOWS, public_url="http://127.0.0.1", now=clock.now, live=Live())
    for number, input in enumerate(DIALOGUE):
        update = Update(id=f"telegram:0:{number}", municipality=municipality.id, channel="telegram", input=input,
                        address=str(FIRST_CHAT), locale_hint="sv", name_hint="Amina")  # fmt: skip
        outcome = await turns.take(update)
        assert outcome.applied and not outcome.failed
    copied = (tables.residents, tables.conversations, tables.addresses, tables.messages, tables.deliveries)
    model: dict[str, Rows] = {}
    async with db.read() as tx:
        for table in copied:
            model[table.name] = [dict(row._mapping) for row in await tx.execute(select(table).order_by(table.c.id))]
    model["deliveries"] = [row for row in model["deliveries"] if row["op"] == "send"]
    await db.write(_mark_as_sent)
    return model


async def _mark_as_sent(tx: AsyncConnection) -> None:
    await tx.execute(tables.deliveries.update().values(status="sent", attempts=1, done_at=clock.now()))


async def _copy(model: dict[str, Rows], chats: range, tx: AsyncConnection) -> None:
    """The same for these people."""

    async def add(table: Table, rows: Rows) -> list[int]:
        kept = [{name: value for name, value in row.items() if name != "id"} for row in rows]
        return await add_rows(tx, table, kept)

    (resident,), (conversation,), (address,) = (model[name] for name in ("residents", "conversations", "addresses"))
    owners = await add(tables.residents, [resident for _chat in chats])
    talks = await add(tables.conversations, [conversation | {"resident_id": owner} for owner in owners])
    places = await add(tables.addresses, [
        address | {"resident_id": owner, "conversation_id": talk, "address": str(chat),
                   "address_key": address_keys("telegram", str(chat))[0]}
        for owner, talk, chat in zip(owners, talks, chats, strict=True)
    ])  # fmt: skip
    said: dict[int, list[int]] = {}
    for row in model["messages"]:
        said[row["id"]] = await add(tables.messages, [row | {"conversation_id": talk} for talk in talks])
    done = {"status": "sent", "attempts": 1, "done_at": clock.now()}
    for row in model["deliveries"]:
        rows = [
            row | done | {"conversation_id": talk, "address_id": place, "message_id": message,
                          "made_by": f"{row['made_by']}:{chat}"}
            for talk, place, message, chat in zip(talks, places, said[row["message_id"]], chats, strict=True)
        ]  # fmt: skip
        await add(tables.deliveries, rows)
