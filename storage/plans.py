"""Project plans: versions, who takes part, and which may be found by others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.errors import NotFound
from storage.tables import plan_members, plan_versions, plans


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan in one version. `answers` are as the flow left them, in the language `locale`."""

    id: int
    municipality_id: str
    owner_id: int
    conversation_id: int
    title: str
    findable: bool
    version: int
    created_at: datetime
    changed_at: datetime
    answers: Any
    locale: str
    made_by: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan in a list."""

    id: int
    owner_id: int
    title: str
    findable: bool
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes part besides the owner; `via` says how they came ("link", "match", "staff")."""

    resident_id: int
    joined_at: datetime
    via: str


_LISTED = (plans.c.id, plans.c.owner_id, plans.c.title, plans.c.findable, plans.c.version, plans.c.changed_at)


async def save_version(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    conversation_id: int,
    title: str,
    answers: Any,
    locale: str,
    now: datetime,
    plan_id: int | None = None,
    findable: bool | None = None,
) -> tuple[int, int]:
    """Store the next version of a plan, or the first of a new one; its id and version.

    `findable` None leaves it as it is; a new plan is not findable. Earlier versions stay.

    Raises:
        NotFound: There is no such plan, or the resident is neither its owner nor a member.
    """
    if plan_id is None:
        version = 1
        statement = insert(plans).values(
            municipality_id=municipality_id,
            owner_id=resident_id,
            conversation_id=conversation_id,
            title=title,
            findable=bool(findable),
            version=version,
            created_at=now,
            changed_at=now,
        )
        plan_id = int((await tx.execute(statement.returning(plans.c.id))).scalar_one())
    else:
        changes: dict[str, Any] = {"title": title, "version": plans.c.version + 1, "changed_at": now}
        if findable is not None:
            changes["findable"] = findable
        this = (plans.c.id == plan_id, plans.c.municipality_id == municipality_id, _theirs(resident_id))
        changed = await tx.scalar(update(plans).where(*this).values(changes).returning(plans.c.version))
        if changed is None:
            raise NotFound("plans", plan_id)
        version = int(changed)
    await tx.execute(
        insert(plan_versions).values(
            plan_id=plan_id,
            version=version,
            municipality_id=municipality_id,
            answers=answers,
            locale=locale,
            made_at=now,
            made_by=resident_id,
        )
    )
    return plan_id, version


async def lock(tx: AsyncConnection, municipality_id: str, plan_id: int) -> None:
    """Let nobody else change a plan until the transaction ends. `load` it afterwards."""
    this = select(plans.c.id).where(plans.c.id == plan_id, plans.c.municipality_id == municipality_id)
    await tx.execute(this.with_for_update(key_share=True))


async def load(
    tx: AsyncConnection,
    municipality_id: str,
    plan_id: int,
    *,
    version: int | None = None,
    for_resident: int | None = None,
) -> Plan:
    """A plan in its latest version, or in an earlier one. With `for_resident` only if they own it or take part.

    Raises:
        NotFound: There is none such, or it is not theirs.
    """
    statement = (
        select(
            plans.c.id,
            plans.c.municipality_id,
            plans.c.owner_id,
            plans.c.conversation_id,
            plans.c.title,
            plans.c.findable,
            plan_versions.c.version,
            plans.c.created_at,
            plans.c.changed_at,
            plan_versions.c.answers,
            plan_versions.c.locale,
            plan_versions.c.made_by,
        )
        .join_from(plans, plan_versions, plan_versions.c.plan_id == plans.c.id)
        .where(
            plans.c.id == plan_id,
            plans.c.municipality_id == municipality_id,
            plan_versions.c.version == (plans.c.version if version is None else version),
        )
    )
    if for_resident is not None:
        statement = statement.where(_theirs(for_resident))
    row: Any = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("plans", plan_id)
    return Plan(*row)


async def versions(
    tx: AsyncConnection, municipality_id: str, plan_id: int, *, for_resident: int
) -> list[tuple[int, datetime]]:
    """The kept versions of a plan with the moment each was made, the newest first; none when it is not theirs."""
    statement = (
        select(plan_versions.c.version, plan_versions.c.made_at)
        .join_from(plan_versions, plans, plans.c.id == plan_versions.c.plan_id)
        .where(plans.c.id == plan_id, plans.c.municipality_id == municipality_id, _theirs(for_resident))
        .order_by(plan_versions.c.version.desc())
    )
    return [(row.version, row.made_at) for row in await tx.execute(statement)]


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Listed]:
    """The plans somebody owns or takes part in, the latest changed first."""
    return await _list(tx, _in(municipality_id).where(_theirs(resident_id)))


async def findable(tx: AsyncConnection, municipality_id: str, *, limit: int = 1000) -> list[Listed]:
    """Plans whose owners want to be found, the latest changed first.

    Titles are sealed, so whoever looks for words does it in what comes back from here.
    """
    return await _list(tx, _in(municipality_id).where(plans.c.findable).limit(limit))


async def set_findable(tx: AsyncConnection, municipality_id: str, plan_id: int, owner_id: int, findable: bool) -> None:
    """Let others find a plan, or no longer. Raises NotFound unless it is the owner's."""
    this = (plans.c.id == plan_id, plans.c.municipality_id == municipality_id, plans.c.owner_id == owner_id)
    if not (await tx.execute(update(plans).where(*this).values(findable=findable))).rowcount:
        raise NotFound("plans", plan_id)


async def join(
    tx: AsyncConnection, municipality_id: str, plan_id: int, resident_id: int, *, via: str, now: datetime
) -> bool:
    """Take part in a plan; False when they do already, or own it.

    Raises:
        NotFound: The municipality has no such plan.
    """
    owner = await tx.scalar(
        select(plans.c.owner_id).where(plans.c.id == plan_id, plans.c.municipality_id == municipality_id)
    )
    if owner is None:
        raise NotFound("plans", plan_id)
    if owner == resident_id:
        return False
    statement = upsert(tx, plan_members).values(
        plan_id=plan_id, resident_id=resident_id, municipality_id=municipality_id, joined_at=now, via=via
    )
    joined = await tx.execute(statement.on_conflict_do_nothing().returning(plan_members.c.plan_id))
    return joined.first() is not None


async def leave(tx: AsyncConnection, plan_id: int, resident_id: int) -> bool:
    """Take part no longer; whether they did."""
    this = (plan_members.c.plan_id == plan_id, plan_members.c.resident_id == resident_id)
    return (await tx.execute(delete(plan_members).where(*this))).rowcount > 0


async def members(tx: AsyncConnection, plan_id: int) -> list[Member]:
    """Who takes part besides the owner, the first to join first."""
    statement = (
        select(plan_members.c.resident_id, plan_members.c.joined_at, plan_members.c.via)
        .where(plan_members.c.plan_id == plan_id)
        .order_by(plan_members.c.joined_at, plan_members.c.resident_id)
    )
    return [Member(*row) for row in await tx.execute(statement)]


def _theirs(resident_id: int) -> Any:
    takes_part = select(plan_members.c.plan_id).where(plan_members.c.resident_id == resident_id)
    return or_(plans.c.owner_id == resident_id, plans.c.id.in_(takes_part))


def _in(municipality_id: str) -> Select[Any]:
    return (
        select(*_LISTED)
        .where(plans.c.municipality_id == municipality_id)
        .order_by(plans.c.changed_at.desc(), plans.c.id.desc())
    )


async def _list(tx: AsyncConnection, statement: Select[Any]) -> list[Listed]:
    return [Listed(*row) for row in await tx.execute(statement)]
