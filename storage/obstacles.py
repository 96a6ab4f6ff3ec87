"""What keeps people from coming to something: told by them, answered by whoever holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import board_posts, cases, obstacles

_OBSTACLES: Final[Select[Any]] = (
    select(
        *obstacles.c, board_posts.c.post, board_posts.c.resident_id.label("owner_id"),
        board_posts.c.conversation_id.label("owner_conversation_id"), cases.c.answered_at.label("case_answered_at"),
    )
    .join(cases, cases.c.id == obstacles.c.case_id)
    .outerjoin(board_posts, board_posts.c.id == obstacles.c.post_id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One of them, with what it is about where its owner was told. See `storage.tables.obstacles`."""

    id: int
    municipality_id: str
    case_id: int
    resident_id: int
    conversation_id: int
    post_id: int | None
    area: str | None
    said: Any
    answer: str | None
    created_at: datetime
    answered_at: datetime | None
    post: Any
    owner_id: int | None
    owner_conversation_id: int | None
    case_answered_at: datetime | None


async def add(
    tx: AsyncConnection, *, municipality_id: str, case_id: int, resident_id: int, conversation_id: int,
    post_id: int | None, area: str | None, said: Any, now: datetime,
) -> int:  # fmt: skip
    """Keep it; its id."""
    statement = insert(obstacles).values(
        municipality_id=municipality_id, case_id=case_id, resident_id=resident_id, conversation_id=conversation_id,
        post_id=post_id, area=area, said=said, created_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(obstacles.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, obstacle_id: int) -> Obstacle:
    """One of them. Raises NotFound."""
    this = (obstacles.c.id == obstacle_id, obstacles.c.municipality_id == municipality_id)
    row = (await tx.execute(_OBSTACLES.where(*this))).one_or_none()
    if row is None:
        raise NotFound("obstacles", obstacle_id)
    return Obstacle(*row)


async def of_municipality(tx: AsyncConnection, municipality_id: str, since: datetime) -> list[Obstacle]:
    """All that were told since then, the newest first."""
    this = (obstacles.c.municipality_id == municipality_id, obstacles.c.created_at >= since)
    return [Obstacle(*row) for row in await tx.execute(_OBSTACLES.where(*this).order_by(obstacles.c.id.desc()))]


async def answer(tx: AsyncConnection, obstacle: Obstacle, how: str, now: datetime) -> bool:
    """Note what whoever holds it can do; False when they have answered before."""
    this = (obstacles.c.id == obstacle.id, obstacles.c.answered_at.is_(None))
    return (await tx.execute(update(obstacles).where(*this).values(answer=how, answered_at=now))).rowcount > 0
