"""A new secret key: everything sealed with an older one is sealed anew, so that the old key can be thrown away."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import LargeBinary, Table, bindparam, delete, exists, func, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conversations import ADDRESS_INDEX
from storage.db import Database, keep_key_check
from storage.files import CONTENT_INDEX
from storage.secrets import Sealed, keyring
from storage.staff import email_keys
from storage.tables import addresses, files, key_checks, metadata, staff, staff_attempts, staff_sign_ins


async def rotate(db: Database, *, limit: int = 200) -> int:
    """Seal with the newest key what an older one of the ring sealed; how many rows that were.

    Other processes may work meanwhile, if they have the new key too. May be stopped and begun again. When it has ended
    the older keys open nothing any more and may be taken out. Indexes are made anew from what is sealed beside them.
    Where nothing is, the rows go: who signs in by an issuer is linked anew by the address that it vouches for, and
    failed sign-ins are counted anew. Tombstones alone keep their old indexes: whoever they stand for cannot be asked
    for the address again.

    Raises:
        WrongKey: Something was sealed with a key that is not in the ring.
    """
    total = 0
    for table in metadata.sorted_tables:
        sealed = {column.name: column.type for column in table.c if isinstance(column.type, Sealed)}
        while sealed:

            async def some(tx: AsyncConnection, table: Table = table, sealed: Mapping[str, Any] = sealed) -> int:
                return await _seal_anew(tx, table, sealed, limit)

            if not (count := await db.write(some)):
                break
            total += count
    await db.write(_finish)
    return total


async def _finish(tx: AsyncConnection) -> None:
    newest = keyring().newest_id
    first_time = exists().where(func.substr(key_checks.c.sealed, 1, len(newest)) != newest)
    for table in (staff_sign_ins, staff_attempts):
        await tx.execute(delete(table).where(first_time))
    await keep_key_check(tx, key_checks, anew=True)


async def _seal_anew(tx: AsyncConnection, table: Table, sealed: Mapping[str, Sealed], limit: int) -> int:
    ring = keyring()
    raw = {name: type_coerce(table.c[name], LargeBinary) for name in sealed}
    plain = [column for column in table.c if column.name not in sealed]
    older = or_(*(func.substr(column, 1, len(ring.newest_id)) != ring.newest_id for column in raw.values()))
    statement = select(*plain, *(column.label(name) for name, column in raw.items())).where(older).limit(limit)
    rows = [dict(row._mapping) for row in await tx.execute(statement.with_for_update())]
    if not rows:
        return 0
    for row in rows:
        opened = {
            name: None if row[name] is None else ring.open(row[name], type_.purpose) for name, type_ in sealed.items()
        }
        for name, type_ in sealed.items():
            plain_bytes = opened[name]
            row[name] = None if plain_bytes is None else ring.seal(plain_bytes, type_.purpose)
        if table is addresses and opened["address"] is not None:
            row["address_key"] = ring.index(ADDRESS_INDEX, row["channel"], opened["address"])
        if table is files and opened["bytes"] is not None:
            digest = hashlib.sha256(opened["bytes"]).digest()
            row["content_key"] = ring.index(CONTENT_INDEX, row["municipality_id"], digest)
        if table is staff and opened["email"] is not None:
            row["email_key"] = email_keys(opened["email"].decode())[0]
    changed = [*sealed, *(name for name in ("address_key", "content_key", "email_key") if name in table.c)]
    keys = table.primary_key.columns
    await tx.execute(
        update(table)
        .where(*(column == bindparam(f"k_{column.name}") for column in keys))
        .values({name: bindparam(f"v_{name}", type_=LargeBinary) for name in changed}),
        [
            {f"k_{column.name}": row[column.name] for column in keys} | {f"v_{name}": row[name] for name in changed}
            for row in rows
        ],
    )
    return len(rows)
