"""Residents: what they chose, and everything that is known about them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import listeners, retention
from storage.direct import Prepared
from storage.errors import NotFound
from storage.tables import addresses, conversations, residents


async def locale_of(tx: AsyncConnection, resident_id: int) -> str | None:
    """The language a person chose; None when they have not, or are gone."""
    return (await tx.execute(select(residents.c.locale).where(residents.c.id == resident_id))).scalar_one_or_none()


async def set_locale(tx: AsyncConnection, resident_id: int, locale: str) -> None:
    """Talk to them in this language from now on. Raises NotFound."""
    await _change(tx, resident_id, locale=locale)


async def set_notice(tx: AsyncConnection, resident_id: int, version: str, now: datetime) -> None:
    """Note which version of the privacy notice they were shown. Raises NotFound."""
    await _change(tx, resident_id, notice_version=version, notice_at=now)


async def set_name(tx: AsyncConnection, resident_id: int, name: str | None) -> None:
    """What they want to be called. Raises NotFound."""
    await _change(tx, resident_id, name=name)


async def set_email(tx: AsyncConnection, resident_id: int, email: str | None) -> None:
    """Where a notice without content may be sent when they have closed the page. Raises NotFound."""
    await _change(tx, resident_id, email=email)


async def set_protected(tx: AsyncConnection, resident_id: int, protected: bool) -> None:
    """Whether they have a protected identity: nothing of theirs leaves for lists or channels. Raises NotFound."""
    await _change(tx, resident_id, protected=protected)


async def is_protected(tx: AsyncConnection, resident_id: int) -> bool:
    """Whether this person's identity is protected."""
    row = await _PROTECTED.one(tx, {"b_id": resident_id})
    return row is not None and bool(row[0])


_PROTECTED = Prepared(select(residents.c.protected).where(residents.c.id == bindparam("b_id")))


async def protected_among(tx: AsyncConnection, conversation_ids: Iterable[int]) -> frozenset[int]:
    """Those of these conversations that are with protected persons."""
    statement = (
        select(conversations.c.id)
        .join(residents, residents.c.id == conversations.c.resident_id)
        .where(conversations.c.id.in_(list(conversation_ids)), residents.c.protected)
    )
    return frozenset((await tx.execute(statement)).scalars())


async def lose_said_names(tx: AsyncConnection, resident_id: int) -> None:
    """Forget what their channels call them."""
    await tx.execute(update(addresses).where(addresses.c.resident_id == resident_id).values(name_hint=None))


async def stop(tx: AsyncConnection, resident_id: int, now: datetime | None) -> None:
    """Send them nothing they did not ask for, from `now` on; None lifts that again. Raises NotFound."""
    await _change(tx, resident_id, stopped_at=now)


async def my_data(tx: AsyncConnection, municipality_id: str, resident_id: int) -> dict[str, Any]:
    """Everything held about a person, decrypted, by table: what JSON can hold, files as base64, sets of bits in words.

    Walks the register of `retention`, so that no table is left out. Hashes and blind indexes are left out: they tell
    nothing. What other people wrote in a plan they share is not theirs.

    Raises:
        NotFound: The municipality has no such resident.
    """
    who = retention.Who(municipality_id, resident_id)
    held: dict[str, Any] = {}
    for entry in retention.REGISTER:
        if entry.whose is None:
            continue
        columns = [column for column in entry.table.c if column.name not in retention.HASHES]
        rows = await tx.execute(select(*columns).where(entry.whose(who)).order_by(*entry.table.primary_key.columns))
        said = [dict(row._mapping) for row in rows]
        if entry.table in listeners.IN_BITS:
            said = [await listeners.readable(tx, municipality_id, row) for row in said]
        if found := [{key: _plain(value) for key, value in row.items()} for row in said]:
            held[entry.table.name] = found
    if residents.name not in held:
        raise NotFound("residents", resident_id)
    return held


async def my_data_summary(
    tx: AsyncConnection, municipality_id: str, resident_id: int
) -> tuple[dict[str, int], datetime]:
    """How many rows are held about a person, by table, and since when they are known. Raises NotFound."""
    since = await tx.scalar(
        select(residents.c.created_at).where(
            residents.c.id == resident_id, residents.c.municipality_id == municipality_id
        )
    )
    if since is None:
        raise NotFound("residents", resident_id)
    return await retention.count(tx, municipality_id, resident_id), since


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


async def _change(tx: AsyncConnection, resident_id: int, **values: Any) -> None:
    if not (await tx.execute(update(residents).where(residents.c.id == resident_id).values(**values))).rowcount:
        raise NotFound("residents", resident_id)
