"""What a request for help has of its own: it is changed by two people, and its time may move."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import shifts as places
from storage.errors import NotFound
from storage.shifts import Shift
from storage.tables import needs, shifts

KIND = "errand"

RUNNING = ("accepted", "on_the_way")
"""The statuses in which somebody has said yes and is not done: the two may write to each other."""

UNANSWERED = ("new", "matched")


async def locked(tx: AsyncConnection, municipality_id: str, need_id: int) -> Shift:
    """An errand's one shift, with the errand; nobody else changes either until the transaction ends.

    The shift is locked first, as by whoever gives or frees its place.

    Raises:
        NotFound: There is no such errand, or what it said is forgotten.
    """
    this = (shifts.c.need_id == need_id, shifts.c.municipality_id == municipality_id)
    shift_id = await tx.scalar(select(shifts.c.id).where(*this).with_for_update(key_share=True))
    await tx.execute(select(needs.c.id).where(needs.c.id == need_id).with_for_update(key_share=True))
    found = await places.load(tx, municipality_id, shift_id) if shift_id is not None else None
    if found is None or found.need.kind != KIND or found.need.need is None:
        raise NotFound("needs", need_id)
    return found


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> int | None:
    """The errand that a case is about, while it is not over; its id."""
    this = (
        needs.c.municipality_id == municipality_id,
        needs.c.case_id == case_id,
        needs.c.kind == KIND,
        needs.c.done_at.is_(None),
    )
    found: int | None = await tx.scalar(select(needs.c.id).where(*this).limit(1))
    return found


async def move_times(
    tx: AsyncConnection, municipality_id: str, shift_id: int, begins: datetime, ends: datetime
) -> None:
    """Another time for it."""
    this = (shifts.c.id == shift_id, shifts.c.municipality_id == municipality_id)
    await tx.execute(update(shifts).where(*this).values(starts_at=begins, ends_at=ends))
