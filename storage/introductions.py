"""Who wants to meet others, who is introduced to whom, and what each has said to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import addresses, conversations, introduction_members, introductions, residents, seekers

UNSETTLED: Final = ("proposed", "asked", "yes")
"""The statuses of a member of something that is not settled yet."""

THERE: Final = (*UNSETTLED, "met")
"""The statuses of a member who is in it."""

OPEN: Final = ("proposed", "asked", "back")
"""The statuses of an introduction that is not settled yet."""

_BY_PHONE: Final = (
    select(addresses.c.channel == "phone").where(addresses.c.id == conversations.c.last_address_id).scalar_subquery()
)
_SEEKERS: Final[Select[Any]] = (
    select(*seekers.c, residents.c.protected, residents.c.locale, _BY_PHONE.label("by_phone"))
    .join(residents, residents.c.id == seekers.c.resident_id)
    .join(conversations, conversations.c.id == seekers.c.conversation_id)
)


@dataclass(frozen=True, slots=True)
class Seeker:
    """Somebody who wants to meet others. See `storage.tables.seekers`. `said` is None when they are forgotten.

    `by_phone`: they were last heard from by phone, so that nothing that is written here reaches them.
    """

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    kind: str
    said: Any
    standing: str
    why: str | None
    guardian_at: datetime | None
    guardian_by: int | None
    told_at: datetime | None
    created_at: datetime
    changed_at: datetime
    protected: bool
    locale: str | None
    by_phone: bool | None


@dataclass(frozen=True, slots=True)
class Member:
    """One of those who are to meet, with their wish. See `storage.tables.introduction_members`."""

    introduction_id: int
    status: str
    said: Any
    outcome: str | None
    changed_at: datetime
    seeker: Seeker


@dataclass(frozen=True, slots=True)
class Introduction:
    """People who are to meet. See `storage.tables.introductions`."""

    id: int
    municipality_id: str
    kind: str
    status: str
    why: Any
    meeting: Any
    meets_at: datetime | None
    approved_by: int | None
    answer_by: datetime | None
    created_at: datetime
    changed_at: datetime


# --- who wants to meet others ---------------------------------------------------------------------------------------------


async def save(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    conversation_id: int,
    kind: str,
    said: Any,
    keeps_guardian: bool,
    now: datetime,
) -> int:
    """Keep what somebody wishes, or change it; its id. They wait from now on, unless they are in something already.

    What a coach has noted about a guardian stays only with `keeps_guardian`.
    """
    found = await of_resident(tx, municipality_id, resident_id, kind, lock=True)
    values: dict[str, Any] = {"conversation_id": conversation_id, "said": said, "why": None, "changed_at": now}
    if found is None:
        values |= {"municipality_id": municipality_id, "resident_id": resident_id, "kind": kind, "created_at": now,
                   "standing": "waiting"}  # fmt: skip
        return int((await tx.execute(insert(seekers).values(values).returning(seekers.c.id))).scalar_one())
    if found.standing in ("left", "aside"):
        values["standing"] = "waiting"
    if found.standing == "left":
        values |= {"told_at": None, "created_at": now}
    if not keeps_guardian:
        values |= {"guardian_at": None, "guardian_by": None}
    await tx.execute(update(seekers).where(seekers.c.id == found.id).values(values))
    return found.id


async def load_seeker(tx: AsyncConnection, municipality_id: str, seeker_id: int, *, lock: bool = False) -> Seeker:
    """One of them. Raises NotFound."""
    statement = _SEEKERS.where(seekers.c.id == seeker_id, seekers.c.municipality_id == municipality_id)
    row = (await tx.execute(_locked(statement, lock))).one_or_none()
    if row is None:
        raise NotFound("seekers", seeker_id)
    return Seeker(*row)


async def of_resident(
    tx: AsyncConnection, municipality_id: str, resident_id: int, kind: str, *, lock: bool = False
) -> Seeker | None:
    """What somebody wishes of a kind, whatever its standing; None when they never did."""
    mine = (seekers.c.municipality_id == municipality_id, seekers.c.resident_id == resident_id)
    row = (await tx.execute(_locked(_SEEKERS.where(*mine, seekers.c.kind == kind), lock))).one_or_none()
    return None if row is None else Seeker(*row)


async def all_of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Seeker]:
    """All that somebody wishes and has not left, the oldest first."""
    mine = (seekers.c.municipality_id == municipality_id, seekers.c.resident_id == resident_id)
    statement = _SEEKERS.where(*mine, seekers.c.standing != "left").order_by(seekers.c.id)
    return [Seeker(*row) for row in await tx.execute(statement)]


async def of_kind(tx: AsyncConnection, municipality_id: str, kind: str) -> list[Seeker]:
    """Everybody who wishes it and has not left, whoever came first first. Protected persons are never among them."""
    statement = _SEEKERS.where(
        seekers.c.municipality_id == municipality_id,
        seekers.c.kind == kind,
        seekers.c.standing != "left",
        seekers.c.said.is_not(None),
        residents.c.protected.is_(False),
    )
    return [Seeker(*row) for row in await tx.execute(statement.order_by(seekers.c.created_at, seekers.c.id))]


async def stand(
    tx: AsyncConnection, seeker_id: int, now: datetime, *, before: Sequence[str] | None = None, **values: Any
) -> bool:
    """Change something of a seeker, if they stand at one of `before` (None: wherever); whether they did."""
    this = [seekers.c.id == seeker_id]
    if before is not None:
        this.append(seekers.c.standing.in_(before))
    changed = await tx.execute(update(seekers).where(*this).values(**values, changed_at=now))
    return changed.rowcount > 0


def _locked(statement: Select[Any], lock: bool) -> Select[Any]:
    return statement.with_for_update(of=seekers, key_share=True) if lock else statement


# --- introductions --------------------------------------------------------------------------------------------------------


async def propose(
    tx: AsyncConnection, *, municipality_id: str, kind: str, members: Iterable[int], why: Any, now: datetime
) -> int:
    """People who might meet; its id. Whoever is in something unsettled already makes it fail (IntegrityError)."""
    values = {"municipality_id": municipality_id, "kind": kind, "status": "proposed", "why": why, "created_at": now,
              "changed_at": now}  # fmt: skip
    id = int((await tx.execute(insert(introductions).values(values).returning(introductions.c.id))).scalar_one())
    rows = [{"introduction_id": id, "seeker_id": each, "municipality_id": municipality_id, "status": "proposed",
             "changed_at": now} for each in members]  # fmt: skip
    await tx.execute(insert(introduction_members), rows)
    return id


async def load(tx: AsyncConnection, municipality_id: str, introduction_id: int, *, lock: bool = False) -> Introduction:
    """One of them; with `lock` nobody else changes it until the transaction ends. Raises NotFound."""
    this = (introductions.c.id == introduction_id, introductions.c.municipality_id == municipality_id)
    statement = select(*introductions.c).where(*this)
    if lock:
        statement = statement.with_for_update(key_share=True)
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("introductions", introduction_id)
    return Introduction(*row)


async def listed(tx: AsyncConnection, municipality_id: str, kind: str) -> list[Introduction]:
    """Everything of a kind, the newest first."""
    this = (introductions.c.municipality_id == municipality_id, introductions.c.kind == kind)
    statement = select(*introductions.c).where(*this).order_by(introductions.c.id.desc())
    return [Introduction(*row) for row in await tx.execute(statement)]


async def members(tx: AsyncConnection, municipality_id: str, ids: Iterable[int]) -> dict[int, list[Member]]:
    """Who is or was in each of these, in the order they signed up."""
    wanted = list(ids)
    joined = _SEEKERS.join(introduction_members, introduction_members.c.seeker_id == seekers.c.id).add_columns(*_MEMBER)
    statement = joined.where(
        introduction_members.c.introduction_id.in_(wanted), introduction_members.c.municipality_id == municipality_id
    ).order_by(introduction_members.c.introduction_id, seekers.c.id)
    found: dict[int, list[Member]] = {id: [] for id in wanted}
    width = len(Seeker.__dataclass_fields__)
    for row in await tx.execute(statement):
        values = tuple(row)
        introduction_id, status, said, outcome, changed_at = values[width:]
        member = Member(introduction_id, status, said, outcome, changed_at, Seeker(*values[:width]))
        found[member.introduction_id].append(member)
    return found


_MEMBER: Final = (
    introduction_members.c.introduction_id, introduction_members.c.status.label("member_status"),
    introduction_members.c.said.label("member_said"), introduction_members.c.outcome,
    introduction_members.c.changed_at.label("member_changed_at"),
)  # fmt: skip


async def of_seeker(
    tx: AsyncConnection, municipality_id: str, seeker_id: int, statuses: Sequence[str]
) -> list[tuple[int, str]]:
    """What somebody is in, as (introduction, their status in it), the newest first."""
    statement = select(introduction_members.c.introduction_id, introduction_members.c.status).where(
        introduction_members.c.seeker_id == seeker_id,
        introduction_members.c.municipality_id == municipality_id,
        introduction_members.c.status.in_(statuses),
    )
    rows = await tx.execute(statement.order_by(introduction_members.c.introduction_id.desc()))
    return [(int(id), status) for id, status in rows]


async def change(
    tx: AsyncConnection, introduction_id: int, now: datetime, *, before: Sequence[str], **values: Any
) -> bool:
    """Change an introduction, if it stands at one of `before`; whether it did."""
    this = (introductions.c.id == introduction_id, introductions.c.status.in_(before))
    return (await tx.execute(update(introductions).where(*this).values(**values, changed_at=now))).rowcount > 0


async def change_member(
    tx: AsyncConnection,
    introduction_id: int,
    seeker_id: int,
    now: datetime,
    *,
    before: Sequence[str],
    values: Mapping[str, Any],
) -> bool:
    """Change where somebody stands in an introduction, if they stand at one of `before`; whether they did."""
    this = (
        introduction_members.c.introduction_id == introduction_id,
        introduction_members.c.seeker_id == seeker_id,
        introduction_members.c.status.in_(before),
    )
    changed = update(introduction_members).where(*this).values({**values, "changed_at": now})
    return (await tx.execute(changed)).rowcount > 0
