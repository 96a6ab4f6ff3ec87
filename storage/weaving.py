"""The map of actors: who they are, who works with whom, who is being introduced, who was asked about what and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import actor_requests, map_actors, map_introductions, map_links

OPEN: Final = ("asking",)
"""The statuses of an introduction that is not over."""


@dataclass(frozen=True, slots=True)
class MapActor:
    """One actor. See `storage.tables.map_actors`."""

    id: int
    municipality_id: str
    key: str | None
    kind: str
    name: str
    about: Any
    weaver: bool
    resident_id: int | None
    conversation_id: int | None
    made_by: str
    staff_id: int | None
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None


@dataclass(frozen=True, slots=True)
class MapLink:
    """Two actors who work together. See `storage.tables.map_links`."""

    id: int
    municipality_id: str
    a_id: int
    b_id: int
    theme: str
    since: str
    made_by: str
    noted_by: str
    resident_id: int | None
    staff_id: int | None
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None


@dataclass(frozen=True, slots=True)
class Introduction:
    """Two actors who are to be brought together. See `storage.tables.map_introductions`."""

    id: int
    municipality_id: str
    a_id: int
    b_id: int
    theme: str
    area: str
    why: str
    status: str
    a_said: str
    b_said: str
    reached: Any
    made_by: str
    staff_id: int | None
    created_at: datetime
    changed_at: datetime
    answer_by: datetime

    def side(self, actor_id: int) -> str:
        """Which of the two somebody is: "a" or "b"."""
        return "a" if actor_id == self.a_id else "b"

    def said(self, side: str) -> str:
        return self.a_said if side == "a" else self.b_said

    def other(self, side: str) -> int:
        """The id of the other one."""
        return self.b_id if side == "a" else self.a_id


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody was asked about something. See `storage.tables.actor_requests`."""

    id: int
    municipality_id: str
    actor_id: int
    about: str
    role: str
    how: str
    staff_id: int | None
    case_id: int | None
    introduction_id: int | None
    at: datetime


# --- actors -----------------------------------------------------------------------------------------------------------


async def add_actor(
    tx: AsyncConnection, *, municipality_id: str, kind: str, name: str, about: Any, made_by: str, now: datetime,
    key: str | None = None, weaver: bool = False, resident_id: int | None = None, conversation_id: int | None = None,
    staff_id: int | None = None,
) -> int:  # fmt: skip
    """Put somebody on the map; their id."""
    statement = insert(map_actors).values(
        municipality_id=municipality_id, key=key, kind=kind, name=name, about=about, weaver=weaver, resident_id=resident_id,
        conversation_id=conversation_id, made_by=made_by, staff_id=staff_id, created_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(map_actors.c.id))).scalar_one())


async def actor(tx: AsyncConnection, municipality_id: str, actor_id: int) -> MapActor:
    """One of them, on the map or taken off. Raises NotFound."""
    this = (map_actors.c.id == actor_id, map_actors.c.municipality_id == municipality_id)
    row = (await tx.execute(select(map_actors).where(*this))).one_or_none()
    if row is None:
        raise NotFound("map_actors", actor_id)
    return MapActor(*row)


async def actors(tx: AsyncConnection, municipality_id: str) -> list[MapActor]:
    """Everybody who is or was on the map, the first first."""
    statement = select(map_actors).where(map_actors.c.municipality_id == municipality_id).order_by(map_actors.c.id)
    return [MapActor(*row) for row in await tx.execute(statement)]


async def actors_of(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[MapActor]:
    """Whom somebody has told of and agreed to have noted: their own group first."""
    this = (map_actors.c.municipality_id == municipality_id, map_actors.c.resident_id == resident_id)
    order = (map_actors.c.conversation_id.is_(None), map_actors.c.id)
    return [MapActor(*row) for row in await tx.execute(select(map_actors).where(*this).order_by(*order))]


async def by_key(tx: AsyncConnection, municipality_id: str, key: str) -> MapActor | None:
    this = (map_actors.c.municipality_id == municipality_id, map_actors.c.key == key)
    row = (await tx.execute(select(map_actors).where(*this))).one_or_none()
    return None if row is None else MapActor(*row)


async def set_actor(tx: AsyncConnection, municipality_id: str, actor_id: int, **values: Any) -> None:
    """Change what is kept of somebody: columns of the table, by name."""
    this = (map_actors.c.id == actor_id, map_actors.c.municipality_id == municipality_id)
    await tx.execute(update(map_actors).where(*this).values(**values))


async def drop_actor(tx: AsyncConnection, municipality_id: str, actor_id: int) -> None:
    """Forget somebody with all that hangs on it: links, introductions, who asked them."""
    this = (map_actors.c.id == actor_id, map_actors.c.municipality_id == municipality_id)
    await tx.execute(delete(map_actors).where(*this))


# --- links ------------------------------------------------------------------------------------------------------------


async def add_link(
    tx: AsyncConnection, *, municipality_id: str, one: int, other: int, theme: str, since: str, made_by: str, noted_by: str,
    now: datetime, resident_id: int | None = None, staff_id: int | None = None,
) -> int:  # fmt: skip
    """Note that two work together; the link's id. The same link that stands already stays as it is."""
    a_id, b_id = min(one, other), max(one, other)
    same = (
        map_links.c.a_id == a_id,
        map_links.c.b_id == b_id,
        map_links.c.theme == theme,
        map_links.c.ended_at.is_(None),
    )
    found = (await tx.execute(select(map_links.c.id).where(*same).limit(1))).scalar_one_or_none()
    if found is not None:
        return int(found)
    statement = insert(map_links).values(
        municipality_id=municipality_id, a_id=a_id, b_id=b_id, theme=theme, since=since, made_by=made_by,
        noted_by=noted_by, resident_id=resident_id, staff_id=staff_id, created_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(map_links.c.id))).scalar_one())


async def links(tx: AsyncConnection, municipality_id: str) -> list[MapLink]:
    """Every link there is or was, the first first."""
    statement = select(map_links).where(map_links.c.municipality_id == municipality_id).order_by(map_links.c.id)
    return [MapLink(*row) for row in await tx.execute(statement)]


async def links_of(tx: AsyncConnection, actor_id: int) -> list[MapLink]:
    """The links of one actor that stand."""
    mine = or_(map_links.c.a_id == actor_id, map_links.c.b_id == actor_id)
    statement = select(map_links).where(mine, map_links.c.ended_at.is_(None)).order_by(map_links.c.id)
    return [MapLink(*row) for row in await tx.execute(statement)]


async def set_link(tx: AsyncConnection, municipality_id: str, link_id: int, **values: Any) -> bool:
    """Change a link; whether there is one."""
    this = (map_links.c.id == link_id, map_links.c.municipality_id == municipality_id)
    return (await tx.execute(update(map_links).where(*this).values(**values))).rowcount > 0


async def drop_links_told_by(tx: AsyncConnection, municipality_id: str, resident_id: int) -> None:
    """Forget the links that somebody has told of."""
    this = (map_links.c.municipality_id == municipality_id, map_links.c.resident_id == resident_id)
    await tx.execute(delete(map_links).where(*this))


# --- introductions ----------------------------------------------------------------------------------------------------

_INTRODUCTIONS: Final[Select[Any]] = select(map_introductions)


async def introduce(
    tx: AsyncConnection, *, municipality_id: str, a_id: int, b_id: int, theme: str, area: str, why: str, status: str,
    made_by: str, staff_id: int | None, answer_by: datetime, now: datetime,
) -> int:  # fmt: skip
    """Begin to bring two together, or note that it is not wanted; its id."""
    statement = insert(map_introductions).values(
        municipality_id=municipality_id, a_id=min(a_id, b_id), b_id=max(a_id, b_id), theme=theme, area=area, why=why,
        status=status, a_said="waiting", b_said="waiting", reached={}, made_by=made_by, staff_id=staff_id, created_at=now,
        changed_at=now, answer_by=answer_by,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(map_introductions.c.id))).scalar_one())


async def introduction(tx: AsyncConnection, municipality_id: str, introduction_id: int) -> Introduction:
    """One of them, living or over. Raises NotFound."""
    this = (map_introductions.c.id == introduction_id, map_introductions.c.municipality_id == municipality_id)
    row = (await tx.execute(_INTRODUCTIONS.where(*this))).one_or_none()
    if row is None:
        raise NotFound("map_introductions", introduction_id)
    return Introduction(*row)


async def introductions(tx: AsyncConnection, municipality_id: str) -> list[Introduction]:
    """Every one of them, the newest first."""
    this = map_introductions.c.municipality_id == municipality_id
    statement = _INTRODUCTIONS.where(this).order_by(map_introductions.c.id.desc())
    return [Introduction(*row) for row in await tx.execute(statement)]


async def introductions_of(tx: AsyncConnection, actor_id: int, statuses: Sequence[str] = OPEN) -> list[Introduction]:
    """Those of one actor."""
    mine = or_(map_introductions.c.a_id == actor_id, map_introductions.c.b_id == actor_id)
    statement = _INTRODUCTIONS.where(mine, map_introductions.c.status.in_(statuses)).order_by(map_introductions.c.id)
    return [Introduction(*row) for row in await tx.execute(statement)]


async def set_said(
    tx: AsyncConnection, found: Introduction, side: str, said: str, reached: Any, now: datetime
) -> bool:  # fmt: skip
    """Note what one of the two says; False when it has said something else, or it is over. Both rows' locks are the caller's."""
    said_column = map_introductions.c[f"{side}_said"]
    this = (map_introductions.c.id == found.id, map_introductions.c.status.in_(OPEN), said_column == "waiting")
    values = {f"{side}_said": said, "reached": reached, "changed_at": now}
    return (await tx.execute(update(map_introductions).where(*this).values(**values))).rowcount > 0


async def lock(tx: AsyncConnection, municipality_id: str, introduction_id: int) -> Introduction:
    """One of them, which nobody else changes until this transaction is over: two may answer at once. Raises NotFound."""
    this = (map_introductions.c.id == introduction_id, map_introductions.c.municipality_id == municipality_id)
    row = (await tx.execute(_INTRODUCTIONS.where(*this).with_for_update())).one_or_none()
    if row is None:
        raise NotFound("map_introductions", introduction_id)
    return Introduction(*row)


async def settle(tx: AsyncConnection, introduction_id: int, status: str, now: datetime, reached: Any = None) -> bool:
    """It is over; False when it was before. How they are reached is needed no more, but for what is in `reached`."""
    this = (map_introductions.c.id == introduction_id, map_introductions.c.status.in_(OPEN))
    values = {"status": status, "reached": reached, "changed_at": now}
    return (await tx.execute(update(map_introductions).where(*this).values(**values))).rowcount > 0


async def forget_reached(tx: AsyncConnection, found: Introduction, now: datetime) -> None:
    """How the two are reached has been told them, and is needed here no more."""
    this = map_introductions.c.id == found.id
    await tx.execute(update(map_introductions).where(this).values(reached=None, changed_at=now))


# --- the contact log --------------------------------------------------------------------------------------------------


async def note_request(
    tx: AsyncConnection, *, municipality_id: str, actor_id: int, about: str, role: str, how: str, now: datetime,
    staff_id: int | None = None, case_id: int | None = None, introduction_id: int | None = None,
) -> int:  # fmt: skip
    """Note that somebody was asked; its id."""
    statement = insert(actor_requests).values(
        municipality_id=municipality_id, actor_id=actor_id, about=about, role=role, how=how, staff_id=staff_id,
        case_id=case_id, introduction_id=introduction_id, at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(actor_requests.c.id))).scalar_one())


async def requests(
    tx: AsyncConnection, municipality_id: str, actor_id: int | None = None, most: int = 200
) -> list[Request]:
    """Who was asked, the latest first; of one actor only, where one is named."""
    this = [actor_requests.c.municipality_id == municipality_id]
    if actor_id is not None:
        this.append(actor_requests.c.actor_id == actor_id)
    statement = select(actor_requests).where(*this).order_by(actor_requests.c.at.desc(), actor_requests.c.id.desc())
    return [Request(*row) for row in await tx.execute(statement.limit(most))]


async def latest_requests(tx: AsyncConnection, municipality_id: str) -> dict[int, Request]:
    """When each actor was asked last, by the actor's id."""
    last = (
        select(func.max(actor_requests.c.id))
        .where(actor_requests.c.municipality_id == municipality_id)
        .group_by(actor_requests.c.actor_id)
    )
    found = await tx.execute(select(actor_requests).where(actor_requests.c.id.in_(last)))
    return {row.actor_id: Request(*row) for row in found}


async def drop_request(tx: AsyncConnection, municipality_id: str, request_id: int) -> bool:
    """Take a note back that was made by mistake; whether there was one."""
    this = (actor_requests.c.id == request_id, actor_requests.c.municipality_id == municipality_id)
    return (await tx.execute(delete(actor_requests).where(*this))).rowcount > 0
