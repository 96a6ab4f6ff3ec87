"""Who of several processes does what only one may do, such as polling."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.tables import leases


async def take(tx: AsyncConnection, name: str, holder: str, now: datetime, *, lease_s: float) -> bool:
    """Take a lease, or keep one held already, for `lease_s` more; False while another holds it.

    One statement decides. Renew well before the end: the clocks of two machines differ.
    """
    until = now + timedelta(seconds=lease_s)
    statement = upsert(tx, leases).values(name=name, holder=holder, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": holder, "until": until},
        where=or_(leases.c.holder == holder, leases.c.until <= now),
    )
    return (await tx.execute(statement.returning(leases.c.name))).first() is not None


async def release(tx: AsyncConnection, name: str, holder: str) -> None:
    """Give a lease back, so that another need not wait for its end. Nothing happens when somebody else has it."""
    await tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


async def holder(tx: AsyncConnection, name: str, now: datetime) -> str | None:
    """Who holds it now."""
    found: str | None = await tx.scalar(select(leases.c.holder).where(leases.c.name == name, leases.c.until > now))
    return found
