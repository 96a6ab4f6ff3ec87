"""What a year's picture is counted from: rows without names or words, from `since` to before `until`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import (
    board_posts,
    bookings,
    cases,
    follow_ups,
    interests,
    needs,
    plan_versions,
    plans,
    residents,
    shifts,
    signups,
    volunteers,
)

Placed = tuple[str | None, str | None]
"""In which language something was, and where: an area of the municipality."""


async def plans_made(tx: AsyncConnection, municipality_id: str, since: datetime, until: datetime) -> list[Placed]:
    """Every plan that was made, by its latest version."""
    statement = (
        select(plan_versions.c.locale, plan_versions.c.answers)
        .join(plans, (plans.c.id == plan_versions.c.plan_id) & (plans.c.version == plan_versions.c.version))
        .where(plans.c.municipality_id == municipality_id, *_within(plans.c.created_at, since, until))
    )
    return [(locale, _area((answers or {}).get("where"))) for locale, answers in await tx.execute(statement)]


async def ideas_put_up(tx: AsyncConnection, municipality_id: str, since: datetime, until: datetime) -> list[Placed]:
    """Ideas that somebody wanted on the idea board without having made a plan of them here."""
    statement = (
        select(residents.c.locale, board_posts.c.post)
        .join_from(board_posts, residents, residents.c.id == board_posts.c.resident_id)
        .join(cases, cases.c.id == board_posts.c.case_id)
        .where(
            board_posts.c.municipality_id == municipality_id, cases.c.kind == "idea_board",
            *_within(board_posts.c.created_at, since, until),
        )
    )  # fmt: skip
    rows = [(locale, post or {}) for locale, post in await tx.execute(statement)]
    return [(locale, _area(post)) for locale, post in rows if post.get("plan") is None]


async def rooms_lent(
    tx: AsyncConnection, municipality_id: str, since: datetime, until: datetime
) -> list[tuple[str | None, str]]:
    """The language of whoever got a room, and the room's id."""
    statement = (
        select(residents.c.locale, bookings.c.room_id)
        .join_from(bookings, residents, residents.c.id == bookings.c.resident_id)
        .where(
            bookings.c.municipality_id == municipality_id, bookings.c.status == "approved",
            *_within(bookings.c.created_at, since, until),
        )
    )  # fmt: skip
    return [(row[0], row[1]) for row in await tx.execute(statement)]


async def helped(tx: AsyncConnection, municipality_id: str, since: datetime, until: datetime) -> tuple[int, int, float]:
    """How many volunteers came to something, how often all of them together, and for how many hours. Drills do not count."""
    statement = (
        select(signups.c.volunteer_id, shifts.c.starts_at, shifts.c.ends_at)
        .join_from(signups, shifts, shifts.c.id == signups.c.shift_id)
        .join(needs, needs.c.id == shifts.c.need_id)
        .where(
            signups.c.municipality_id == municipality_id, signups.c.status == "done", needs.c.drill.is_(False),
            *_within(shifts.c.ends_at, since, until),
        )
    )  # fmt: skip
    rows = list(await tx.execute(statement))
    hours = sum((row.ends_at - row.starts_at).total_seconds() for row in rows) / 3600
    return len({row.volunteer_id for row in rows}), len(rows), hours


async def counted(tx: AsyncConnection, municipality_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """How many volunteers were new; matches: places given by the solver and approved, and people who agreed to do something
    together; requests for help and how many of them were met; follow-up questions that were asked."""

    async def count(column: Column[Any], at: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
        statement = select(func.count()).where(
            column.table.c.municipality_id == municipality_id, *_within(at, since, until), *where
        )
        return int(await tx.scalar(statement) or 0)

    errand = (needs.c.kind == "errand", needs.c.drill.is_(False))
    return {
        "volunteers_new": await count(volunteers.c.id, volunteers.c.created_at),
        "matches_shifts": await count(
            signups.c.id, signups.c.approved_at, signups.c.made_by == "match", signups.c.status != "proposed"
        ),
        "matches_people": await count(interests.c.id, interests.c.changed_at, interests.c.status == "agreed"),
        "help_met": await count(needs.c.id, needs.c.created_at, *errand, needs.c.status.in_(("done", "closed"))),
        "help_not": await count(needs.c.id, needs.c.created_at, *errand, needs.c.status.not_in(("done", "closed"))),
        "asked": await count(follow_ups.c.id, follow_ups.c.asked_at),
    }


def _within(at: ColumnElement[Any], since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return at >= since, at < until


def _area(where: Any) -> str | None:
    """The area in what somebody answered to where something is: a plan's answer holds the place in it, a post's is it."""
    found = (where or {}).get("where", where) if isinstance(where, dict) else None
    found = found.get("area") if isinstance(found, dict) else None
    found = found.get("area") if isinstance(found, dict) else found
    return str(found) if found else None
