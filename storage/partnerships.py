"""Partnerships and their follow-ups, and the time of the talk that one begins with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.tables import partnership_follow_ups, partnerships, talk_times


@dataclass(frozen=True, slots=True)
class Partnership:
    """One partnership; see `storage.tables.partnerships`."""

    id: int
    municipality_id: str
    case_id: int | None
    resident_id: int | None
    conversation_id: int | None
    staff_id: int | None
    said: Any
    start_day: str
    end_day: str
    steering: int
    status: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def title(self) -> str:
        return str((self.said or {}).get("title") or "…")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up, the first is `number` 1; see `storage.tables.partnership_follow_ups`."""

    id: int
    municipality_id: str
    partnership_id: int
    staff_id: int | None
    number: int
    due_day: str
    association: Any
    association_at: datetime | None
    municipality: Any
    municipality_at: datetime | None
    escalated_at: datetime | None

    @property
    def held(self) -> bool:
        """Whether both sides have answered."""
        return self.association_at is not None and self.municipality_at is not None


@dataclass(frozen=True, slots=True)
class TalkTime:
    """Proposed or agreed times of a talk; see `storage.tables.talk_times`."""

    id: int
    municipality_id: str
    case_id: int
    resident_id: int
    conversation_id: int
    said: Any
    status: str
    agreed_at: datetime | None
    created_at: datetime


async def add(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    said: Any,
    start_day: str,
    end_day: str,
    steering: int,
    days: Iterable[str],
    now: datetime,
    staff_id: int,
    case_id: int | None = None,
    resident_id: int | None = None,
    conversation_id: int | None = None,
) -> int:
    """Keep a partnership with the days of its follow-ups; its id."""
    statement = insert(partnerships).values(
        municipality_id=municipality_id, case_id=case_id, resident_id=resident_id, conversation_id=conversation_id,
        staff_id=staff_id, said=said, start_day=start_day, end_day=end_day, steering=steering, status="running", created_at=now,
    )  # fmt: skip
    id = int((await tx.execute(statement.returning(partnerships.c.id))).scalar_one())
    await tx.execute(
        insert(partnership_follow_ups),
        [
            {"municipality_id": municipality_id, "partnership_id": id, "number": number, "due_day": day}
            for number, day in enumerate(days, 1)
        ],
    )
    return id


async def load(
    tx: AsyncConnection, municipality_id: str, partnership_id: int, *, for_resident: int | None = None
) -> Partnership:
    """One of them; with `for_resident` only one that this person writes for. Raises NotFound."""
    this = [partnerships.c.id == partnership_id, partnerships.c.municipality_id == municipality_id]
    if for_resident is not None:
        this.append(partnerships.c.resident_id == for_resident)
    row: Any = (await tx.execute(select(*partnerships.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("partnerships", partnership_id)
    return Partnership(*row)


async def listed(tx: AsyncConnection, municipality_id: str) -> list[Partnership]:
    """All of them, running ones first, then by when they end."""
    rows = await tx.execute(select(*partnerships.c).where(partnerships.c.municipality_id == municipality_id))
    found = [Partnership(*row) for row in rows]
    return sorted(found, key=lambda each: (each.status != "running", each.end_day, each.id))


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Partnership]:
    """Those that somebody writes for."""
    return [each for each in await listed(tx, municipality_id) if each.resident_id == resident_id]


async def change(tx: AsyncConnection, partnership: Partnership, **values: Any) -> None:
    await tx.execute(update(partnerships).where(partnerships.c.id == partnership.id).values(**values))


async def follow_ups(tx: AsyncConnection, partnership_id: int) -> list[FollowUp]:
    """The follow-ups of one, in order."""
    this = select(*partnership_follow_ups.c).where(partnership_follow_ups.c.partnership_id == partnership_id)
    return [FollowUp(*row) for row in await tx.execute(this.order_by(partnership_follow_ups.c.number))]


async def follow_up(tx: AsyncConnection, municipality_id: str, follow_up_id: int) -> FollowUp:
    """One follow-up, locked until the transaction ends. Raises NotFound."""
    this = (partnership_follow_ups.c.id == follow_up_id, partnership_follow_ups.c.municipality_id == municipality_id)
    row: Any = (await tx.execute(select(*partnership_follow_ups.c).where(*this).with_for_update())).one_or_none()
    if row is None:
        raise NotFound("partnership_follow_ups", follow_up_id)
    return FollowUp(*row)


async def set_follow_up(tx: AsyncConnection, follow_up_id: int, **values: Any) -> None:
    this = partnership_follow_ups.c.id == follow_up_id
    await tx.execute(update(partnership_follow_ups).where(this).values(**values))


# --- the time of a talk ---------------------------------------------------------------------------------------------------


async def propose(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    case_id: int,
    resident_id: int,
    conversation_id: int,
    said: Any,
    now: datetime,
    agreed_at: datetime | None = None,
) -> int:
    """Keep proposed times, or the one that was agreed on by other ways; earlier ones of the case are replaced. Its id."""
    earlier = (talk_times.c.case_id == case_id, talk_times.c.status.in_(("proposed", "agreed")))
    await tx.execute(update(talk_times).where(*earlier).values(status="replaced"))
    statement = insert(talk_times).values(
        municipality_id=municipality_id, case_id=case_id, resident_id=resident_id, conversation_id=conversation_id, said=said,
        status="proposed" if agreed_at is None else "agreed", agreed_at=agreed_at, created_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(talk_times.c.id))).scalar_one())


async def talk(tx: AsyncConnection, municipality_id: str, talk_id: int, *, for_resident: int | None = None) -> TalkTime:
    """One of them; with `for_resident` only that person's. Raises NotFound."""
    this = [talk_times.c.id == talk_id, talk_times.c.municipality_id == municipality_id]
    if for_resident is not None:
        this.append(talk_times.c.resident_id == for_resident)
    row: Any = (await tx.execute(select(*talk_times.c).where(*this))).one_or_none()
    if row is None:
        raise NotFound("talk_times", talk_id)
    return TalkTime(*row)


async def talk_of_case(tx: AsyncConnection, case_id: int) -> TalkTime | None:
    """The latest times of a case's talk."""
    this = select(*talk_times.c).where(talk_times.c.case_id == case_id)
    row: Any = (await tx.execute(this.order_by(talk_times.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else TalkTime(*row)


async def talks_of(tx: AsyncConnection, municipality_id: str, resident_id: int, since: datetime) -> list[TalkTime]:
    """Those of somebody that wait for their choice, or are still to come."""
    this = (
        talk_times.c.municipality_id == municipality_id,
        talk_times.c.resident_id == resident_id,
        talk_times.c.status.in_(("proposed", "agreed")),
    )
    found = [TalkTime(*row) for row in await tx.execute(select(*talk_times.c).where(*this).order_by(talk_times.c.id))]
    return [each for each in found if each.agreed_at is None or each.agreed_at >= since]


async def settle(tx: AsyncConnection, talk_: TalkTime, status: str, agreed_at: datetime | None = None) -> bool:
    """Choose one of the proposed times, or none; False when that was done before."""
    this = (talk_times.c.id == talk_.id, talk_times.c.status == "proposed")
    return (await tx.execute(update(talk_times).where(*this).values(status=status, agreed_at=agreed_at))).rowcount > 0


async def drop(tx: AsyncConnection, talk_: TalkTime) -> None:
    """None of its times fits, or the one that was agreed on does not any more."""
    await tx.execute(update(talk_times).where(talk_times.c.id == talk_.id).values(status="none", agreed_at=None))
