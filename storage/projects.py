"""Projects: who takes part, the step they are at, what was written in them, their dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.secrets import make_token
from storage.tables import attachments, project_dates, project_entries, project_members, projects

LIVING: Final = ("asked", "running")
OVER: Final = ("ended", "anchored", "stopped")


@dataclass(frozen=True, slots=True)
class Project:
    """One project; see `storage.tables.projects`."""

    id: int
    municipality_id: str
    code: str
    plan_id: int | None
    post_id: int | None
    case_id: int | None
    area: str | None
    said: Any
    step: int
    status: str
    public: bool
    offered_to: int | None
    created_at: datetime
    step_at: datetime
    changed_at: datetime
    ended_at: datetime | None

    @property
    def title(self) -> str:
        return str((self.said or {}).get("title") or "…")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes part, or is asked to; see `storage.tables.project_members`."""

    id: int
    municipality_id: str
    project_id: int
    resident_id: int
    conversation_id: int
    name: str | None
    role: str
    status: str
    via: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was written or has happened; see `storage.tables.project_entries`."""

    id: int
    municipality_id: str
    project_id: int
    resident_id: int | None
    staff_id: int | None
    at: datetime
    kind: str
    who: str | None
    role: str | None
    words: str | None
    from_step: int | None
    to_step: int | None
    ref: str | None
    file_id: int | None
    post_id: int | None


@dataclass(frozen=True, slots=True)
class Date:
    """When those concerned meet, or something else happens. `said`: {"what", "place"}."""

    id: int
    municipality_id: str
    project_id: int
    resident_id: int | None
    said: Any
    starts_at: datetime
    cancelled_at: datetime | None


async def add(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    said: Any,
    step: int,
    status: str,
    now: datetime,
    area: str | None = None,
    plan_id: int | None = None,
    post_id: int | None = None,
    case_id: int | None = None,
) -> int:
    """A new project; its id."""
    statement = insert(projects).values(
        municipality_id=municipality_id, code=make_token()[:10], plan_id=plan_id, post_id=post_id, case_id=case_id, area=area,
        said=said, step=step, status=status, public=False, created_at=now, step_at=now, changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(projects.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, project_id: int, *, lock: bool = False) -> Project:
    """One project. With `lock` nobody else changes it until the transaction ends. Raises NotFound."""
    this = select(*projects.c).where(projects.c.id == project_id, projects.c.municipality_id == municipality_id)
    row: Any = (await tx.execute(this.with_for_update() if lock else this)).one_or_none()
    if row is None:
        raise NotFound("projects", project_id)
    return Project(*row)


async def by_code(tx: AsyncConnection, municipality_id: str, code: str) -> Project | None:
    """The project at a public address, shown or not."""
    this = (projects.c.code == code, projects.c.municipality_id == municipality_id)
    row: Any = (await tx.execute(select(*projects.c).where(*this))).one_or_none()
    return None if row is None else Project(*row)


async def listed(tx: AsyncConnection, municipality_id: str) -> list[Project]:
    """All of a municipality's, the latest changed first."""
    this = select(*projects.c).where(projects.c.municipality_id == municipality_id)
    rows = await tx.execute(this.order_by(projects.c.changed_at.desc(), projects.c.id.desc()))
    return [Project(*row) for row in rows]


async def made_of(
    tx: AsyncConnection, municipality_id: str, *, plan_id: int | None, post_id: int | None
) -> Project | None:
    """The living project that was made of a plan or of something on the board."""
    by = projects.c.plan_id == plan_id if plan_id is not None else projects.c.post_id == post_id
    this = select(*projects.c).where(projects.c.municipality_id == municipality_id, by, projects.c.status.in_(LIVING))
    row: Any = (await tx.execute(this.order_by(projects.c.id).limit(1))).one_or_none()
    return None if row is None else Project(*row)


async def change(
    tx: AsyncConnection, project: Project, now: datetime, *, expected: Sequence[str] = LIVING, **values: Any
) -> bool:
    """Change some columns, while its status is one of these; whether it was."""
    this = (projects.c.id == project.id, projects.c.status.in_(expected))
    return (await tx.execute(update(projects).where(*this).values(changed_at=now, **values))).rowcount > 0


async def move(tx: AsyncConnection, project: Project, step: int, now: datetime) -> bool:
    """Take it from the step it was seen at to another one; False when it is not there any more, or over."""
    this = (projects.c.id == project.id, projects.c.status == "running", projects.c.step == project.step)
    changed = update(projects).where(*this).values(step=step, step_at=now, changed_at=now)
    return (await tx.execute(changed)).rowcount > 0


# --- who takes part -------------------------------------------------------------------------------------------------------


async def take_in(
    tx: AsyncConnection,
    project: Project,
    *,
    resident_id: int,
    conversation_id: int,
    role: str,
    status: str,
    via: str,
    now: datetime,
    name: str | None = None,
) -> bool:
    """Ask somebody, or take them in; False when they are asked or in already. Who has left may come again."""
    before = await member_of(tx, project.id, resident_id)
    if before is not None and (before.status == "in" or before.status == status):
        return False
    values: dict[str, Any] = {"role": role, "status": status, "via": via, "at": now, "conversation_id": conversation_id}
    if name is not None:
        values["name"] = name
    if before is not None:
        await tx.execute(update(project_members).where(project_members.c.id == before.id).values(values))
    else:
        values |= {"municipality_id": project.municipality_id, "project_id": project.id, "resident_id": resident_id}
        await tx.execute(insert(project_members).values(values))
    return True


async def member_of(tx: AsyncConnection, project_id: int, resident_id: int) -> Member | None:
    """How somebody stands in a project."""
    this = (project_members.c.project_id == project_id, project_members.c.resident_id == resident_id)
    row: Any = (await tx.execute(select(*project_members.c).where(*this))).one_or_none()
    return None if row is None else Member(*row)


async def members(tx: AsyncConnection, project_id: int, statuses: Sequence[str] = ("in",)) -> list[Member]:
    """Who takes part: the owner first, then as they came."""
    this = (project_members.c.project_id == project_id, project_members.c.status.in_(statuses))
    rows = [Member(*row) for row in await tx.execute(select(*project_members.c).where(*this))]
    return sorted(rows, key=lambda each: (each.role != "owner", each.at, each.id))


async def set_member(tx: AsyncConnection, member_id: int, **values: Any) -> None:
    """Change a member's role, status or name."""
    await tx.execute(update(project_members).where(project_members.c.id == member_id).values(**values))


async def drop_member(tx: AsyncConnection, member_id: int) -> None:
    await tx.execute(delete(project_members).where(project_members.c.id == member_id))


async def of_resident(
    tx: AsyncConnection, municipality_id: str, resident_id: int, statuses: Sequence[str] = ("asked", "in")
) -> list[tuple[Project, Member]]:
    """Projects that somebody takes part in, or is asked to, the latest changed first."""
    statement = (
        select(*projects.c, *project_members.c)
        .join_from(projects, project_members, project_members.c.project_id == projects.c.id)
        .where(
            projects.c.municipality_id == municipality_id,
            project_members.c.resident_id == resident_id,
            project_members.c.status.in_(statuses),
        )
        .order_by(projects.c.changed_at.desc(), projects.c.id.desc())
    )
    width = len(projects.c)
    return [(Project(*row[:width]), Member(*row[width:])) for row in await tx.execute(statement)]


# --- what was written -----------------------------------------------------------------------------------------------------


async def write(
    tx: AsyncConnection,
    project: Project,
    kind: str,
    now: datetime,
    *,
    who: str | None,
    words: str | None = None,
    resident_id: int | None = None,
    staff_id: int | None = None,
    role: str | None = None,
    from_step: int | None = None,
    to_step: int | None = None,
    ref: str | None = None,
    file_id: int | None = None,
) -> int:
    """Write something down in it; the entry's id."""
    statement = insert(project_entries).values(
        municipality_id=project.municipality_id, project_id=project.id, resident_id=resident_id, staff_id=staff_id, at=now,
        kind=kind, who=who, role=role, words=words, from_step=from_step, to_step=to_step, ref=ref, file_id=file_id,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(project_entries.c.id))).scalar_one())


async def entries(tx: AsyncConnection, project_id: int) -> list[Entry]:
    """Everything that was written in it, the newest first."""
    this = select(*project_entries.c).where(project_entries.c.project_id == project_id)
    rows = await tx.execute(this.order_by(project_entries.c.at.desc(), project_entries.c.id.desc()))
    return [Entry(*row) for row in rows]


async def put_up(tx: AsyncConnection, entry_id: int, post_id: int) -> bool:
    """Note that a new need is put up on the board; False when it was before."""
    this = (project_entries.c.id == entry_id, project_entries.c.post_id.is_(None))
    return (await tx.execute(update(project_entries).where(*this).values(post_id=post_id))).rowcount > 0


async def rename(tx: AsyncConnection, project_id: int, resident_id: int, name: str | None) -> None:
    """Call somebody so from now on, in what they have written too."""
    mine = (project_entries.c.project_id == project_id, project_entries.c.resident_id == resident_id)
    await tx.execute(update(project_entries).where(*mine).values(who=name))
    this = (project_members.c.project_id == project_id, project_members.c.resident_id == resident_id)
    await tx.execute(update(project_members).where(*this).values(name=name))


async def file_of(tx: AsyncConnection, entry: Entry) -> int | None:
    """The kept file that an entry is about; None while it has not been fetched, or was refused."""
    if entry.file_id is not None or entry.ref is None or entry.resident_id is None:
        return entry.file_id
    found = await member_of(tx, entry.project_id, entry.resident_id)
    if found is None:
        return None
    sent = select(attachments.c.telegram_file_id, attachments.c.file_id).where(
        attachments.c.conversation_id == found.conversation_id, attachments.c.file_id.is_not(None)
    )
    return next((row.file_id for row in await tx.execute(sent) if row.telegram_file_id == entry.ref), None)


# --- dates ----------------------------------------------------------------------------------------------------------------


async def add_date(
    tx: AsyncConnection, project: Project, *, resident_id: int | None, said: Any, starts_at: datetime
) -> int:
    statement = insert(project_dates).values(
        municipality_id=project.municipality_id, project_id=project.id, resident_id=resident_id, said=said, starts_at=starts_at,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(project_dates.c.id))).scalar_one())


async def dates(tx: AsyncConnection, project_id: int, since: datetime) -> list[Date]:
    """What is to come from then on, the soonest first."""
    this = (
        project_dates.c.project_id == project_id,
        project_dates.c.starts_at >= since,
        project_dates.c.cancelled_at.is_(None),
    )
    rows = await tx.execute(select(*project_dates.c).where(*this).order_by(project_dates.c.starts_at))
    return [Date(*row) for row in rows]


async def call_off(tx: AsyncConnection, project_id: int, date_id: int, now: datetime) -> Date | None:
    """Call a date off; None when it was before, or is no date of this project."""
    this = (
        project_dates.c.id == date_id,
        project_dates.c.project_id == project_id,
        project_dates.c.cancelled_at.is_(None),
    )
    changed = update(project_dates).where(*this).values(cancelled_at=now).returning(*project_dates.c)
    row: Any = (await tx.execute(changed)).one_or_none()
    return None if row is None else Date(*row)
