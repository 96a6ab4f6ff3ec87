"""Who wants to take part in something that is put up: asked of its owner, and agreed on by both or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import board_posts, interests

OPEN: Final = ("waiting", "asked")
"""The statuses of an interest that the two have not agreed on yet."""

LIVING: Final = (*OPEN, "agreed")
"""The statuses of an interest that is not over."""

_MINE: Final = tuple(interests.c)
_INTERESTS: Final[Select[Any]] = select(
    *_MINE, board_posts.c.post, board_posts.c.resident_id.label("owner_id"),
    board_posts.c.conversation_id.label("owner_conversation_id"),
).join(board_posts, board_posts.c.id == interests.c.post_id)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interest:
    """One interest with what it is in, whose owner is `owner_id`. See `storage.tables.interests`."""

    id: int
    municipality_id: str
    post_id: int
    case_id: int | None
    resident_id: int
    conversation_id: int
    kind: str
    said: Any
    status: str
    created_at: datetime
    changed_at: datetime
    post: Any
    owner_id: int
    owner_conversation_id: int


async def add(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    post_id: int,
    case_id: int,
    resident_id: int,
    conversation_id: int,
    kind: str,
    said: Any,
    now: datetime,
) -> int:
    """Keep it until its owner has answered; its id."""
    statement = insert(interests).values(
        municipality_id=municipality_id, post_id=post_id, case_id=case_id, resident_id=resident_id,
        conversation_id=conversation_id, kind=kind, said=said, status="waiting", created_at=now, changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(interests.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, interest_id: int) -> Interest:
    """One of them, living or over. Raises NotFound."""
    this = (interests.c.id == interest_id, interests.c.municipality_id == municipality_id)
    row = (await tx.execute(_INTERESTS.where(*this))).one_or_none()
    if row is None:
        raise NotFound("interests", interest_id)
    return Interest(*row)


async def of_resident(
    tx: AsyncConnection, municipality_id: str, resident_id: int, statuses: Sequence[str] = LIVING
) -> list[Interest]:
    """What somebody wants to take part in, the newest first."""
    mine = (interests.c.municipality_id == municipality_id, interests.c.resident_id == resident_id)
    statement = _INTERESTS.where(*mine, interests.c.status.in_(statuses)).order_by(interests.c.id.desc())
    return [Interest(*row) for row in await tx.execute(statement)]


async def of_owner(
    tx: AsyncConnection, municipality_id: str, resident_id: int, statuses: Sequence[str] = LIVING
) -> list[Interest]:
    """Who wants to take part in what somebody has put up, the first to say so first."""
    theirs = (interests.c.municipality_id == municipality_id, board_posts.c.resident_id == resident_id)
    statement = _INTERESTS.where(*theirs, interests.c.status.in_(statuses)).order_by(interests.c.id)
    return [Interest(*row) for row in await tx.execute(statement)]


async def in_post(tx: AsyncConnection, post_id: int, statuses: Sequence[str]) -> list[Interest]:
    """Who wants to take part in this, the first to say so first."""
    this = (interests.c.post_id == post_id, interests.c.status.in_(statuses))
    return [Interest(*row) for row in await tx.execute(_INTERESTS.where(*this).order_by(interests.c.id))]


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> Interest | None:
    """What the case of somebody who wants to take part is about."""
    this = (interests.c.case_id == case_id, interests.c.municipality_id == municipality_id)
    row = (await tx.execute(_INTERESTS.where(*this))).one_or_none()
    return None if row is None else Interest(*row)


async def turn(
    tx: AsyncConnection, interest: Interest, status: str, now: datetime, *, expected: Sequence[str], said: Any = None
) -> bool:
    """Let it stand in another way; False when it stands in none of the `expected` ones any more.

    `said` takes the place of what they said, where something of it is needed no more.
    """
    changes: dict[str, Any] = {"status": status, "changed_at": now}
    if said is not None:
        changes["said"] = said
    this = (interests.c.id == interest.id, interests.c.status.in_(expected))
    return (await tx.execute(update(interests).where(*this).values(changes))).rowcount > 0
