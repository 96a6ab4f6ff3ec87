"""Requests for help in the turn: see `storage.tables.needs`, kind "errand"."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.packs.model import Municipality
from storage.shifts import Shift, Signup

What = Literal["asked", "taken", "given_up", "done"]


async def errand_changed(
    tx: AsyncConnection, shift: Shift, signup: Signup, what: What, place: Municipality, now: datetime
) -> None:
    """Something has happened to the helper of an errand."""
