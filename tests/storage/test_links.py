"""Links that stand for a right."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from storage import links
from storage.db import Database
from storage.errors import LinkGone, NotFound
from storage.tables import links as table
from tests.storage.builders import NOW, later, open_chat


async def make(db: Database, **more: Any) -> str:
    row: dict[str, Any] = {
        "municipality_id": "ekero",
        "purpose": "plan",
        "now": NOW,
        "expires_at": later(days=1),
        "subject_id": 12,
    }
    return await db.write(lambda tx: links.make(tx, **row | more))


async def why_not(db: Database, token: str, now: Any = NOW, *, purpose: str = "plan") -> str | None:
    """What both ways of following a link say; they agree."""
    said = []
    for way in (links.open, links.use):
        try:
            await db.write(lambda tx, way=way: way(tx, token, purpose, now))  # type: ignore[misc]
            said.append(None)
        except LinkGone as gone:
            said.append(gone.why)
        except NotFound:
            said.append("unknown")
    assert said[0] == said[1]
    return said[0]


async def test_a_link_leads_where_it_should_until_it_expires(db: Database) -> None:
    token = await make(db)
    link = await db.write(lambda tx: links.use(tx, token, "plan", NOW))
    assert (link.municipality_id, link.subject_id, link.used_at) == ("ekero", 12, NOW)
    assert await why_not(db, token, later(hours=23)) is None
    assert await why_not(db, token, later(hours=24)) == "expired"
    assert await why_not(db, token, purpose="session") == "unknown"
    assert await why_not(db, "guess") == "unknown"


async def test_single_use_works_once_however_many_press(db: Database, second_db: Database) -> None:
    token = await make(db, single_use=True)
    for _ in range(3):  # a mail program looks first
        await db.write(lambda tx: links.open(tx, token, "plan", NOW))
    used = await asyncio.gather(
        *(each.write(lambda tx: links.use(tx, token, "plan", NOW)) for each in (db, second_db, db, second_db)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in used) == ["Link", "LinkGone", "LinkGone", "LinkGone"]
    assert await why_not(db, token) == "used"


async def test_the_owner_lists_and_revokes(db: Database) -> None:
    who, other = await open_chat(db), await open_chat(db, "4712")
    tokens = [await make(db, resident_id=who.resident_id, purpose=purpose) for purpose in ("plan", "session")]
    await make(db, resident_id=who.resident_id, expires_at=NOW)
    async with db.read() as tx:
        mine = await links.of_owner(tx, "ekero", who.resident_id, NOW)
        assert [each.purpose for each in mine] == ["session", "plan"]
        assert await links.of_owner(tx, "ekero", other.resident_id, NOW) == []
    with pytest.raises(NotFound):
        await db.write(lambda tx: links.revoke(tx, "ekero", mine[1].id, other.resident_id, NOW))
    for _ in range(2):
        await db.write(lambda tx: links.revoke(tx, "ekero", mine[1].id, who.resident_id, NOW))
    assert await why_not(db, tokens[0]) == "revoked"
    await db.write(lambda tx: links.revoke_token(tx, tokens[1], NOW))
    assert await why_not(db, tokens[1], purpose="session") == "revoked"


async def test_no_token_is_stored(db: Database) -> None:
    token = await make(db, expires_at=None)
    async with db.read() as tx:
        (row,) = (await tx.execute(select(table))).all()
    assert token.encode() not in row.token_hash and token not in str(row)
    assert await why_not(db, token, later(days=10_000)) is None
