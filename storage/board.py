"""What is put up for everybody after a person at the municipality has read it: what associations need people for (the
volunteer board), ideas, open activities, associations that want to be found; and the example of the month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.errors import NotFound
from storage.tables import board_posts, cases, good_examples

LIVING: Final = ("waiting", "shown")
"""The statuses of a post that is not over."""

TOLD: Final = (*LIVING, "expired")
"""The statuses of a post that was not taken down before its time."""

_POSTS: Final[Select[Any]] = select(*board_posts.c, cases.c.kind).join(cases, cases.c.id == board_posts.c.case_id)


@dataclass(frozen=True, slots=True)
class Post:
    """Something put up. `kind` is that of its case: "board" (a need), "idea_board", "open_activity" or "actor"; `post`
    holds the answers of its flow. See `storage.tables.board_posts` for the statuses."""

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    case_id: int
    post: Any
    status: str
    created_at: datetime
    shown_at: datetime | None
    ends_at: datetime | None
    done_at: datetime | None
    kind: str


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
    """Keep it until a person has read it; its id."""
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
    """One post, living or over. Raises NotFound: there is none, or `for_resident` did not put it up."""
    this = [board_posts.c.id == post_id, board_posts.c.municipality_id == municipality_id]
    if for_resident is not None:
        this.append(board_posts.c.resident_id == for_resident)
    row = (await tx.execute(_POSTS.where(*this))).one_or_none()
    if row is None:
        raise NotFound("board_posts", post_id)
    return Post(*row)


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> Post | None:
    """What a case wants to put up."""
    this = (board_posts.c.case_id == case_id, board_posts.c.municipality_id == municipality_id)
    row = (await tx.execute(_POSTS.where(*this))).one_or_none()
    return None if row is None else Post(*row)


async def shown(tx: AsyncConnection, municipality_id: str, kind: str, now: datetime) -> list[Post]:
    """All that everybody may see of this kind, the newest first."""
    statement = _POSTS.where(
        board_posts.c.municipality_id == municipality_id,
        cases.c.kind == kind,
        board_posts.c.status == "shown",
        board_posts.c.ends_at > now,
    ).order_by(board_posts.c.shown_at.desc(), board_posts.c.id.desc())
    return [Post(*row) for row in await tx.execute(statement)]


async def of_resident(
    tx: AsyncConnection, municipality_id: str, resident_id: int, statuses: Sequence[str] = LIVING
) -> list[Post]:
    """What somebody has put up themselves, the newest first."""
    statement = _POSTS.where(
        board_posts.c.municipality_id == municipality_id,
        board_posts.c.resident_id == resident_id,
        board_posts.c.status.in_(statuses),
    ).order_by(board_posts.c.id.desc())
    return [Post(*row) for row in await tx.execute(statement)]


async def show(
    tx: AsyncConnection, municipality_id: str, post_id: int, post: Any, *, ends_at: datetime, now: datetime
) -> bool:
    """Show what waits, in these words, until `ends_at`; False when it does not wait any more."""
    this = (board_posts.c.id == post_id, board_posts.c.municipality_id == municipality_id)
    changed = await tx.execute(
        update(board_posts)
        .where(*this, board_posts.c.status == "waiting")
        .values(post=post, status="shown", shown_at=now, ends_at=ends_at)
    )
    return changed.rowcount > 0


async def end(tx: AsyncConnection, municipality_id: str, post_id: int, how: str, now: datetime) -> bool:
    """Take it down: "filled", "withdrawn" or "expired"; False when it was over before."""
    this = (board_posts.c.id == post_id, board_posts.c.municipality_id == municipality_id)
    changed = await tx.execute(
        update(board_posts).where(*this, board_posts.c.status.in_(LIVING)).values(status=how, done_at=now)
    )
    return changed.rowcount > 0


EXAMPLE_STATUSES: Final = ("shown", "filled", "expired")
"""What was shown may be a good example after its time; what was taken back is none."""

AFTERWARDS: Final = ("board", "open_activity")
"""The kinds for which that holds. Of the others the consent to show them ends with them."""


@dataclass(frozen=True, slots=True)
class GoodExample:
    """The example of a month ("2026-11"). `words` are the municipality's own, by language."""

    month: str
    words: Any
    at: datetime
    post: Post


async def set_example(
    tx: AsyncConnection, *, municipality_id: str, month: str, post_id: int, words: Any, staff_id: int, now: datetime
) -> None:
    """Choose the example of a month, instead of the one it had."""
    values = {"post_id": post_id, "words": words, "staff_id": staff_id, "at": now}
    statement = upsert(tx, good_examples).values(municipality_id=municipality_id, month=month, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["municipality_id", "month"], set_=values))


async def drop_example(tx: AsyncConnection, municipality_id: str, month: str) -> int | None:
    """Let a month have no example; the id of the post that it had."""
    this = (good_examples.c.municipality_id == municipality_id, good_examples.c.month == month)
    dropped = await tx.execute(delete(good_examples).where(*this).returning(good_examples.c.post_id))
    return dropped.scalar_one_or_none()


async def examples(
    tx: AsyncConnection, municipality_id: str, *, until: str = "9999-12", limit: int = 12
) -> list[GoodExample]:
    """The examples of the months up to and with `until` that still may be shown, the latest first."""
    statement = (
        select(*_POSTS.selected_columns, good_examples.c.month, good_examples.c.words, good_examples.c.at)
        .join_from(good_examples, board_posts, board_posts.c.id == good_examples.c.post_id)
        .join(cases, cases.c.id == board_posts.c.case_id)
        .where(
            good_examples.c.municipality_id == municipality_id,
            good_examples.c.month <= until,
            board_posts.c.status.in_(EXAMPLE_STATUSES),
            or_(board_posts.c.status == "shown", cases.c.kind.in_(AFTERWARDS)),
        )
        .order_by(good_examples.c.month.desc())
        .limit(limit)
    )
    found = [(GoodExample(month, words, at, Post(*post))) for *post, month, words, at in await tx.execute(statement)]
    return [each for each in found if each.post.post]
