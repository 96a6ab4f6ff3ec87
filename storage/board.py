"""The volunteer board: what associations need people for, shown after a person at the municipality has read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import board_posts

LIVING: Final = ("waiting", "shown")
"""The statuses of a need that is not over."""


@dataclass(frozen=True, slots=True)
class Post:
    """One need. `post` holds the answers of the `board_need` flow; see `storage.tables.board_posts` for the statuses."""

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    case_id: int | None
    post: Any
    status: str
    created_at: datetime
    shown_at: datetime | None
    ends_at: datetime | None
    done_at: datetime | None


async def put_up(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    conversation_id: int,
    case_id: int,
    post: Any,
    now: datetime,
) -> int:
    """Keep a need until a person has read it; its id."""
    statement = insert(board_posts).values(
        municipality_id=municipality_id,
        resident_id=resident_id,
        conversation_id=conversation_id,
        case_id=case_id,
        post=post,
        status="waiting",
        created_at=now,
    )
    return int((await tx.execute(statement.returning(board_posts.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, post_id: int, *, for_resident: int | None = None) -> Post:
    """One need, living or over. Raises NotFound: there is none, or `for_resident` did not put it up."""
    this = [board_posts.c.id == post_id, board_posts.c.municipality_id == municipality_id]
    if for_resident is not None:
        this.append(board_posts.c.resident_id == for_resident)
    row = (await tx.execute(select(*board_posts.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("board_posts", post_id)
    return Post(*row)


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> Post | None:
    """The need that a case is about."""
    this = (board_posts.c.case_id == case_id, board_posts.c.municipality_id == municipality_id)
    row = (await tx.execute(select(*board_posts.c).where(*this))).one_or_none()
    return None if row is None else Post(*row)


async def shown(tx: AsyncConnection, municipality_id: str, now: datetime, *, limit: int = 200) -> list[Post]:
    """The needs that those who want to help may see, the newest first."""
    statement = (
        select(*board_posts.c)
        .where(
            board_posts.c.municipality_id == municipality_id,
            board_posts.c.status == "shown",
            board_posts.c.ends_at > now,
        )
        .order_by(board_posts.c.shown_at.desc(), board_posts.c.id.desc())
        .limit(limit)
    )
    return [Post(*row) for row in await tx.execute(statement)]


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Post]:
    """Somebody's own needs that are not over, the newest first."""
    statement = (
        select(*board_posts.c)
        .where(
            board_posts.c.municipality_id == municipality_id,
            board_posts.c.resident_id == resident_id,
            board_posts.c.status.in_(LIVING),
        )
        .order_by(board_posts.c.id.desc())
    )
    return [Post(*row) for row in await tx.execute(statement)]


async def show(
    tx: AsyncConnection, municipality_id: str, post_id: int, post: Any, *, ends_at: datetime, now: datetime
) -> bool:
    """Show a need that waits, in these words, until `ends_at`; False when it does not wait any more."""
    this = (board_posts.c.id == post_id, board_posts.c.municipality_id == municipality_id)
    changed = await tx.execute(
        update(board_posts)
        .where(*this, board_posts.c.status == "waiting")
        .values(post=post, status="shown", shown_at=now, ends_at=ends_at)
    )
    return changed.rowcount > 0


async def end(tx: AsyncConnection, municipality_id: str, post_id: int, how: str, now: datetime) -> bool:
    """Take a need down: "filled", "withdrawn" or "expired"; False when it was over before."""
    this = (board_posts.c.id == post_id, board_posts.c.municipality_id == municipality_id)
    changed = await tx.execute(
        update(board_posts).where(*this, board_posts.c.status.in_(LIVING)).values(status=how, done_at=now)
    )
    return changed.rowcount > 0
