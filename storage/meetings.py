"""Meetings, who comes, what is sent in, who follows them, and the groups of an open space with their plans.

Seats are given under the lock of the meeting's row (`lock`), so that of two who take the last one at once one waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.errors import NotFound
from storage.tables import meeting_followers, meeting_groups, meeting_items, meeting_signups, meetings, residents

COMING, WAITING, LEFT = "coming", "waiting", "left"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting. See `storage.tables.meetings`."""

    id: int
    municipality_id: str
    network_id: str
    status: str
    starts_at: datetime
    ends_at: datetime
    items_until: datetime | None
    seats: int | None
    said: Any
    items_order: Any
    minutes: str | None
    minutes_at: datetime | None
    groups_at: datetime | None
    case_id: int | None
    staff_id: int | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Signup:
    """Who comes. `known_as` is what a protected person is called instead of the name they gave; None for everybody else."""

    id: int
    municipality_id: str
    meeting_id: int
    resident_id: int
    conversation_id: int
    group_id: int | None
    status: str
    people: int
    said: Any
    created_at: datetime
    changed_at: datetime
    known_as: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """Something for the agenda. See `storage.tables.meeting_items`."""

    id: int
    municipality_id: str
    meeting_id: int
    resident_id: int | None
    conversation_id: int | None
    case_id: int | None
    staff_id: int | None
    words: str | None
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """A group of an open space. See `storage.tables.meeting_groups`."""

    id: int
    municipality_id: str
    meeting_id: int
    name: str
    plan: Any
    status: str
    shown_at: datetime | None
    next_at: datetime | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Follower:
    """Who wants to hear of a network's meetings. See `storage.tables.meeting_followers`."""

    network_id: str
    resident_id: int
    conversation_id: int
    name: str | None
    since: datetime


_MEETINGS: Final = select(*meetings.c)
_SIGNUPS: Final = select(*meeting_signups.c, residents.c.protected, residents.c.name.label("known_as")).join(
    residents, residents.c.id == meeting_signups.c.resident_id
)
_FOLLOWERS: Final = select(*(meeting_followers.c[name] for name in Follower.__dataclass_fields__))


def _signup(row: Any) -> Signup:
    values = dict(row._mapping)
    protected, name = values.pop("protected"), values.pop("known_as")
    return Signup(**values, known_as=(name or "…") if protected else None)


# --- meetings -------------------------------------------------------------------------------------------------------------


async def add(tx: AsyncConnection, *, municipality_id: str, network_id: str, now: datetime, **values: Any) -> int:
    """A new meeting; its id. `values` are columns of `storage.tables.meetings`."""
    statement = insert(meetings).values(
        municipality_id=municipality_id,
        network_id=network_id,
        status="planned",
        created_at=now,
        changed_at=now,
        **values,
    )
    return int((await tx.execute(statement.returning(meetings.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, meeting_id: int) -> Meeting:
    """One meeting, whatever became of it. Raises NotFound."""
    this = (meetings.c.id == meeting_id, meetings.c.municipality_id == municipality_id)
    row = (await tx.execute(_MEETINGS.where(*this))).one_or_none()
    if row is None:
        raise NotFound("meetings", meeting_id)
    return Meeting(*row)


async def lock(tx: AsyncConnection, municipality_id: str, meeting_id: int) -> Meeting:
    """The same, and until the end of this transaction nobody else gives away its seats. Raises NotFound."""
    this = (meetings.c.id == meeting_id, meetings.c.municipality_id == municipality_id)
    row = (await tx.execute(_MEETINGS.where(*this).with_for_update(key_share=True))).one_or_none()
    if row is None:
        raise NotFound("meetings", meeting_id)
    return Meeting(*row)


async def change(tx: AsyncConnection, meeting_id: int, now: datetime, **values: Any) -> None:
    await tx.execute(update(meetings).where(meetings.c.id == meeting_id).values(changed_at=now, **values))


async def coming(
    tx: AsyncConnection, municipality_id: str, now: datetime, networks: Sequence[str] | None = None
) -> list[Meeting]:
    """The meetings that are not over and not called off, the soonest first."""
    these = [meetings.c.municipality_id == municipality_id, meetings.c.ends_at > now, meetings.c.status == "planned"]
    if networks is not None:
        these.append(meetings.c.network_id.in_(networks))
    return [
        Meeting(*row) for row in await tx.execute(_MEETINGS.where(*these).order_by(meetings.c.starts_at, meetings.c.id))
    ]


async def between(tx: AsyncConnection, municipality_id: str, begins: datetime, ends: datetime) -> list[Meeting]:
    """Every meeting that begins in a time, also those called off, the latest first."""
    these = (meetings.c.municipality_id == municipality_id, meetings.c.starts_at >= begins, meetings.c.starts_at < ends)
    return [Meeting(*row) for row in await tx.execute(_MEETINGS.where(*these).order_by(meetings.c.starts_at.desc()))]


# --- who comes ------------------------------------------------------------------------------------------------------------


async def signups(tx: AsyncConnection, meeting_id: int, *statuses: str) -> list[Signup]:
    """Who comes to a meeting, or waits, the first in line first."""
    these = (meeting_signups.c.meeting_id == meeting_id, meeting_signups.c.status.in_(statuses or (COMING, WAITING)))
    return [_signup(row) for row in await tx.execute(_SIGNUPS.where(*these).order_by(meeting_signups.c.id))]


async def signup_of(tx: AsyncConnection, meeting_id: int, resident_id: int) -> Signup | None:
    """How somebody stands to a meeting, unless they have left it."""
    these = (
        meeting_signups.c.meeting_id == meeting_id, meeting_signups.c.resident_id == resident_id,
        meeting_signups.c.status != LEFT,
    )  # fmt: skip
    row = (await tx.execute(_SIGNUPS.where(*these))).one_or_none()
    return None if row is None else _signup(row)


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Signup]:
    """All that somebody is signed up for or waits for, over or not, the newest first."""
    these = (
        meeting_signups.c.municipality_id == municipality_id, meeting_signups.c.resident_id == resident_id,
        meeting_signups.c.status != LEFT,
    )  # fmt: skip
    return [_signup(row) for row in await tx.execute(_SIGNUPS.where(*these).order_by(meeting_signups.c.id.desc()))]


async def sign_up(
    tx: AsyncConnection, *, meeting: Meeting, resident_id: int, conversation_id: int, status: str, people: int, said: Any,
    now: datetime,
) -> int:  # fmt: skip
    """Somebody comes, or waits; the caller has the meeting's lock, and has seen that they are not signed up."""
    statement = insert(meeting_signups).values(
        municipality_id=meeting.municipality_id, meeting_id=meeting.id, resident_id=resident_id,
        conversation_id=conversation_id, status=status, people=people, said=said, created_at=now, changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(meeting_signups.c.id))).scalar_one())


async def change_signup(tx: AsyncConnection, signup_id: int, now: datetime, **values: Any) -> None:
    await tx.execute(update(meeting_signups).where(meeting_signups.c.id == signup_id).values(changed_at=now, **values))


async def counted(tx: AsyncConnection, meeting_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many people come to each meeting, and how many wait: {meeting: {"coming": 12, "waiting": 2}}."""
    statement = (
        select(meeting_signups.c.meeting_id, meeting_signups.c.status, func.sum(meeting_signups.c.people))
        .where(meeting_signups.c.meeting_id.in_(meeting_ids), meeting_signups.c.status != LEFT)
        .group_by(meeting_signups.c.meeting_id, meeting_signups.c.status)
    )
    found: dict[int, dict[str, int]] = {}
    for id, status, people in await tx.execute(statement):
        found.setdefault(id, {})[status] = int(people)
    return found


async def put_into(tx: AsyncConnection, meeting_id: int, signup_ids: Sequence[int], group_id: int | None) -> None:
    """Let these be in a group, or in none."""
    these = (meeting_signups.c.meeting_id == meeting_id, meeting_signups.c.id.in_(signup_ids))
    await tx.execute(update(meeting_signups).where(*these).values(group_id=group_id))


# --- what is sent in ------------------------------------------------------------------------------------------------------


async def add_item(
    tx: AsyncConnection, *, meeting: Meeting, words: str, status: str, now: datetime, **values: Any
) -> int:
    statement = insert(meeting_items).values(
        municipality_id=meeting.municipality_id,
        meeting_id=meeting.id,
        words=words,
        status=status,
        created_at=now,
        **values,
    )
    return int((await tx.execute(statement.returning(meeting_items.c.id))).scalar_one())


async def items(tx: AsyncConnection, meeting_ids: Sequence[int]) -> dict[int, list[Item]]:
    """What was sent in to each meeting, the first first; what went out again is left out."""
    these = (meeting_items.c.meeting_id.in_(meeting_ids), meeting_items.c.status != "out")
    found: dict[int, list[Item]] = {}
    for row in await tx.execute(select(*meeting_items.c).where(*these).order_by(meeting_items.c.id)):
        found.setdefault(row.meeting_id, []).append(Item(*row))
    return found


async def turn_item(tx: AsyncConnection, meeting_id: int, item_id: int, status: str) -> Item | None:
    """Take an item in or out; the item as it was, None when that changes nothing."""
    this = (meeting_items.c.id == item_id, meeting_items.c.meeting_id == meeting_id, meeting_items.c.status != status)
    row = (await tx.execute(select(*meeting_items.c).where(*this))).one_or_none()
    if row is None:
        return None
    await tx.execute(update(meeting_items).where(*this).values(status=status))
    return Item(*row)


# --- who follows ----------------------------------------------------------------------------------------------------------


async def follow(
    tx: AsyncConnection, *, municipality_id: str, resident_id: int, conversation_id: int, network_id: str,
    name: str | None, now: datetime,
) -> None:  # fmt: skip
    """Let somebody hear of a network's meetings; once more changes only the name."""
    statement = upsert(tx, meeting_followers).values(
        municipality_id=municipality_id, resident_id=resident_id, network_id=network_id, conversation_id=conversation_id,
        name=name, since=now,
    )  # fmt: skip
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["municipality_id", "resident_id", "network_id"],
            set_={"name": func.coalesce(statement.excluded.name, meeting_followers.c.name)},
        )
    )


async def unfollow(
    tx: AsyncConnection, municipality_id: str, resident_id: int, networks: Sequence[str] | None = None
) -> int:
    """Let somebody hear of these no more, or of none; how many it was."""
    these = [meeting_followers.c.municipality_id == municipality_id, meeting_followers.c.resident_id == resident_id]
    if networks is not None:
        these.append(meeting_followers.c.network_id.in_(networks))
    return (await tx.execute(delete(meeting_followers).where(*these))).rowcount


async def followed_by(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Follower]:
    these = (meeting_followers.c.municipality_id == municipality_id, meeting_followers.c.resident_id == resident_id)
    return [Follower(*row) for row in await tx.execute(_FOLLOWERS.where(*these).order_by(meeting_followers.c.since))]


async def followers(tx: AsyncConnection, municipality_id: str, network_id: str) -> list[Follower]:
    """Who hears of a network's meetings, whoever has done so longest first."""
    these = (meeting_followers.c.municipality_id == municipality_id, meeting_followers.c.network_id == network_id)
    order = (meeting_followers.c.since, meeting_followers.c.resident_id)
    return [Follower(*row) for row in await tx.execute(_FOLLOWERS.where(*these).order_by(*order))]


# --- groups ---------------------------------------------------------------------------------------------------------------


async def add_group(tx: AsyncConnection, meeting: Meeting, name: str, now: datetime) -> int:
    statement = insert(meeting_groups).values(
        municipality_id=meeting.municipality_id, meeting_id=meeting.id, name=name, status="open", created_at=now,
        changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(meeting_groups.c.id))).scalar_one())


async def groups(tx: AsyncConnection, meeting_id: int) -> list[Group]:
    statement = select(*meeting_groups.c).where(meeting_groups.c.meeting_id == meeting_id).order_by(meeting_groups.c.id)
    return [Group(*row) for row in await tx.execute(statement)]


async def group(tx: AsyncConnection, municipality_id: str, group_id: int) -> Group:
    """One group. Raises NotFound."""
    this = (meeting_groups.c.id == group_id, meeting_groups.c.municipality_id == municipality_id)
    row = (await tx.execute(select(*meeting_groups.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("meeting_groups", group_id)
    return Group(*row)


async def change_group(tx: AsyncConnection, group_id: int, now: datetime, **values: Any) -> None:
    await tx.execute(update(meeting_groups).where(meeting_groups.c.id == group_id).values(changed_at=now, **values))


async def drop_groups(tx: AsyncConnection, meeting_id: int) -> None:
    """Take away the groups of a meeting that have no plan yet; nobody is in one of them any more."""
    gone = select(meeting_groups.c.id).where(
        meeting_groups.c.meeting_id == meeting_id, meeting_groups.c.status == "open"
    )
    await tx.execute(update(meeting_signups).where(meeting_signups.c.group_id.in_(gone)).values(group_id=None))
    await tx.execute(
        delete(meeting_groups).where(meeting_groups.c.meeting_id == meeting_id, meeting_groups.c.status == "open")
    )


async def shown_plans(tx: AsyncConnection, municipality_id: str) -> list[tuple[Group, Meeting]]:
    """The action plans that everybody may see, the newest meeting first."""
    these = (meeting_groups.c.municipality_id == municipality_id, meeting_groups.c.shown_at.is_not(None))
    statement = (
        select(*meeting_groups.c, *meetings.c)
        .join(meetings, meetings.c.id == meeting_groups.c.meeting_id)
        .where(*these)
    )
    width = len(meeting_groups.c)
    rows = await tx.execute(statement.order_by(meetings.c.starts_at.desc(), meeting_groups.c.id))
    return [(Group(*row[:width]), Meeting(*row[width:])) for row in map(tuple, rows)]
