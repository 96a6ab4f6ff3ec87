"""What waits for a person at the municipality: opened, claimed, answered, referred, closed.

Who may do what is decided in one UPDATE each, so that two coaches cannot both win on either database.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.direct import Prepared, Row
from storage.errors import AlreadyClaimed, CaseClosed, NotFound, NothingSaid
from storage.tables import addresses, cases, conversations, residents

URGENT = 0
USUAL = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One question to a human. `answer_by` is what the resident was promised; `context` what they had said already.

    `status` is "new" until somebody has been told, "told" until there is an answer, then "answered", or "asked" while it is
    the resident who has to answer, at last "closed".
    `owner_id` is the member of staff who has it. `next_step_by` ends the day on which `next_step` is to have happened.
    """

    id: int
    municipality_id: str
    kind: str
    conversation_id: int
    resident_id: int
    plan_id: int | None
    status: str
    answer_by: datetime | None
    created_at: datetime
    note: str | None
    context: Any
    told_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    owner_id: int | None
    owned_at: datetime | None
    area: str | None
    priority: int
    referred_to: str | None
    next_step: str | None
    next_step_by: datetime | None

    @property
    def waits(self) -> bool:
        """Whether the resident still waits for an answer."""
        return self.status in WAITING

    @property
    def deadline(self) -> datetime | None:
        """By when something must happen: the promised answer, later the next step."""
        return self.answer_by if self.waits else self.next_step_by


WAITING = ("new", "told")
ANSWERED = ("answered", "asked")


@dataclass(frozen=True, slots=True)
class Queued:
    """A case as a line of the queue, with who asks: `name` as they gave it, `said_name` as their channel calls them.

    `protected`: their identity is.
    """

    case: Case
    name: str | None
    said_name: str | None
    locale: str | None
    channel: str | None
    protected: bool = False


async def open(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    kind: str,
    conversation_id: int,
    resident_id: int,
    now: datetime,
    answer_by: datetime | None = None,
    plan_id: int | None = None,
    note: str | None = None,
    context: Any = None,
    area: str | None = None,
    priority: int = USUAL,
) -> int:
    """Open a case, "new" until somebody has been told; its id."""
    statement = insert(cases).values(
        municipality_id=municipality_id,
        kind=kind,
        conversation_id=conversation_id,
        resident_id=resident_id,
        plan_id=plan_id,
        status="new",
        answer_by=answer_by,
        created_at=now,
        note=note,
        context=context,
        area=area,
        priority=priority,
    )
    return int((await tx.execute(statement.returning(cases.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, case_id: int) -> Case:
    """A case. Raises NotFound."""
    row = await _LOAD.one(tx, {"b_id": case_id, "b_municipality": municipality_id})
    if row is None:
        raise NotFound("cases", case_id)
    return Case(*row)


async def of_resident(
    tx: AsyncConnection, municipality_id: str, resident_id: int, kinds: tuple[str, ...]
) -> list[Case]:
    """What a person has handed in, the newest first."""
    statement = (
        select(*cases.c)
        .where(cases.c.municipality_id == municipality_id, cases.c.resident_id == resident_id, cases.c.kind.in_(kinds))
        .order_by(cases.c.id.desc())
    )
    return [Case(*row) for row in await tx.execute(statement)]


async def rewrite(
    tx: AsyncConnection,
    municipality_id: str,
    case_id: int,
    *,
    resident_id: int,
    answer_by: datetime | None,
    note: str | None,
    context: Any,
) -> None:
    """Change what a person has handed in, and when it is answered. Raises NotFound when it is not theirs, or closed."""
    this = (
        cases.c.id == case_id,
        cases.c.municipality_id == municipality_id,
        cases.c.resident_id == resident_id,
        cases.c.closed_at.is_(None),
    )
    changed = await tx.execute(update(cases).where(*this).values(answer_by=answer_by, note=note, context=context))
    if not changed.rowcount:
        raise NotFound("cases", case_id)


async def opened_since(
    tx: AsyncConnection, municipality_id: str, since: datetime
) -> list[tuple[Case, str | None, bool]]:
    """The cases opened since then, with the language of whoever asks, and whether their identity is protected."""
    statement = (
        select(*cases.c, residents.c.locale, residents.c.protected)
        .join_from(cases, residents, residents.c.id == cases.c.resident_id)
        .where(cases.c.municipality_id == municipality_id, cases.c.created_at >= since)
        .order_by(cases.c.id)
    )
    return [(Case(*row[:-2]), *row[-2:]) for row in await tx.execute(statement)]


async def opened_between(tx: AsyncConnection, municipality_id: str, since: datetime, until: datetime) -> list[Case]:
    """The cases opened from `since` to before `until`."""
    this = (cases.c.municipality_id == municipality_id, cases.c.created_at >= since, cases.c.created_at < until)
    return [Case(*row) for row in await tx.execute(select(*cases.c).where(*this).order_by(cases.c.id))]


async def waiting(tx: AsyncConnection, conversation_id: int, kind: str) -> Case | None:
    """The conversation's case of a kind that still waits for an answer, the one promised first."""
    row = await _WAITS.one(tx, {"b_conversation": conversation_id, "b_kind": kind})
    return None if row is None else Case(*row)


async def unfinished(tx: AsyncConnection, conversation_id: int, kind: str) -> Case | None:
    """The conversation's case of a kind that is not closed, answered or not; the oldest."""
    statement = (
        select(*cases.c)
        .where(cases.c.conversation_id == conversation_id, cases.c.kind == kind, cases.c.closed_at.is_(None))
        .order_by(cases.c.id)
        .limit(1)
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Case(*row)


async def anything_waits(tx: AsyncConnection, conversation_id: int, *, beside: tuple[str, ...] = ()) -> bool:
    """Whether somebody still owes the conversation's resident an answer, to cases of other kinds than `beside`."""
    waits = (
        cases.c.conversation_id == conversation_id,
        cases.c.status.in_(WAITING),
        cases.c.kind.not_in(beside),
    )
    return await tx.scalar(select(cases.c.id).where(*waits).limit(1)) is not None


async def ask_again(tx: AsyncConnection, municipality_id: str, case_id: int, answer_by: datetime) -> None:
    """The resident asks once more about a case that was answered: it waits again, with a new promise. Raises NotFound."""
    await _move(tx, municipality_id, case_id, ANSWERED, status="told", answer_by=answer_by, next_step=None,
                next_step_by=None)  # fmt: skip


async def add_note(tx: AsyncConnection, municipality_id: str, case_id: int, note: str) -> None:
    """Add to what the case is about, on a line of its own. Raises NotFound."""
    case = await load(tx, municipality_id, case_id)
    if note:
        whole = f"{case.note}\n{note}" if case.note else note
        await tx.execute(update(cases).where(cases.c.id == case_id).values(note=whole))


async def mark_child(tx: AsyncConnection, municipality_id: str, conversation_id: int) -> None:
    """Note beside the conversation's open cases that a child writes."""
    for case in await of_conversation(tx, conversation_id):
        if case.closed_at is None and case.municipality_id == municipality_id:
            context = {**(case.context or {}), "child": True}
            await tx.execute(update(cases).where(cases.c.id == case.id).values(context=context))


async def of_conversation(tx: AsyncConnection, conversation_id: int) -> list[Case]:
    """Every case of a conversation, the oldest first."""
    return [Case(*row) for row in await _OF_CONVERSATION.all(tx, {"b_conversation": conversation_id})]


async def told(tx: AsyncConnection, municipality_id: str, case_id: int, now: datetime) -> bool:
    """Note that somebody has been told of it; whether it was new until now. Raises NotFound."""
    return await _move(tx, municipality_id, case_id, ("new",), status="told", told_at=now)


async def answer(tx: AsyncConnection, municipality_id: str, case_id: int, now: datetime, *, asks: bool = False) -> bool:
    """Note an answer, or (`asks`) that the resident has been asked something; False when nobody waited for it.

    Raises:
        NotFound: The municipality has no such case.
    """
    status = "asked" if asks else "answered"
    if await _move(tx, municipality_id, case_id, WAITING, status=status, answered_at=now):
        return True
    await _move(tx, municipality_id, case_id, ANSWERED, status=status)
    return False


async def close(tx: AsyncConnection, municipality_id: str, case_id: int, outcome: str, now: datetime) -> bool:
    """End it, with how it ended ("answered", "referred" ...); False when it was closed before.

    Raises:
        NotFound: The municipality has no such case.
        NothingSaid: The resident has had no answer, no referral and no named next step.
    """
    said = or_(cases.c.answered_at.is_not(None), cases.c.referred_to.is_not(None), cases.c.next_step.is_not(None))
    open_ = (*WAITING, *ANSWERED)
    ended = await _move(
        tx, municipality_id, case_id, open_, said, status="closed", closed_at=now, outcome=outcome, next_step_by=None
    )
    if not ended and (await load(tx, municipality_id, case_id)).closed_at is None:
        raise NothingSaid(case_id)
    return ended


async def fold(tx: AsyncConnection, municipality_id: str, case_id: int, into: int, now: datetime) -> bool:
    """End a case because another one of the same resident goes on with it; False when it was closed before.

    Raises:
        NotFound: The municipality has no such case.
    """
    outcome = f"merged:{into}"
    open_ = (*WAITING, *ANSWERED)
    return await _move(
        tx, municipality_id, case_id, open_, status="closed", closed_at=now, outcome=outcome, next_step_by=None
    )


async def claim(tx: AsyncConnection, municipality_id: str, case_id: int, staff_id: int, now: datetime) -> bool:
    """Give an unclaimed case to one member of staff; False when it was theirs already.

    Raises:
        NotFound: The municipality has no such case.
        CaseClosed: It is closed.
        AlreadyClaimed: Somebody else has it; `staff_id` says who.
    """
    return await assign(tx, municipality_id, case_id, staff_id, now, expected=None)


async def assign(
    tx: AsyncConnection,
    municipality_id: str,
    case_id: int,
    staff_id: int | None,
    now: datetime,
    *,
    expected: int | None,
) -> bool:
    """Give it to `staff_id` (None: to nobody), provided that `expected` has it now; False when it was so already.

    Raises: as `claim`.
    """
    had = cases.c.owner_id.is_(None) if expected is None else cases.c.owner_id == expected
    values = {"owner_id": staff_id, "owned_at": None if staff_id is None else now}
    this = and_(cases.c.id == case_id, cases.c.municipality_id == municipality_id)
    if expected != staff_id:
        changed = await tx.execute(update(cases).where(this, had, cases.c.closed_at.is_(None)).values(**values))
        if changed.rowcount:
            return True
    case = await load(tx, municipality_id, case_id)
    if case.closed_at is not None:
        raise CaseClosed(case_id)
    if case.owner_id != staff_id:
        raise AlreadyClaimed(case_id, case.owner_id)
    return False


async def refer(tx: AsyncConnection, municipality_id: str, case_id: int, whom: str, now: datetime) -> None:
    """Note to whom the resident was sent on; that is an answer too. Raises NotFound, CaseClosed."""
    await _answered(tx, municipality_id, case_id, now, referred_to=whom)


async def set_next_step(
    tx: AsyncConnection, municipality_id: str, case_id: int, step: str, by: datetime, now: datetime
) -> None:
    """Note what happens next, and by when; told to the resident, it is an answer too. Raises NotFound, CaseClosed."""
    await _answered(tx, municipality_id, case_id, now, next_step=step, next_step_by=by)


async def queue(
    tx: AsyncConnection, municipality_id: str, *, closed: bool = False, conversations_: Collection[int] | None = None,
    limit: int = 500,
) -> list[Queued]:  # fmt: skip
    """The open cases, urgent ones first, then the one that must be answered soonest. With `closed`, those closed last, at
    most `limit`.

    `conversations_`: only the cases of these.
    """
    statement = _QUEUED.where(cases.c.municipality_id == municipality_id)
    if conversations_ is not None:
        statement = statement.where(cases.c.conversation_id.in_(conversations_))
    if closed:
        statement = statement.where(cases.c.closed_at.is_not(None)).order_by(cases.c.closed_at.desc()).limit(limit)
    else:
        statement = statement.where(cases.c.closed_at.is_(None))
    lines = [_queued(row) for row in await tx.execute(statement)]
    return lines if closed else sorted(lines, key=lambda line: most_pressing(line.case))


async def queued(tx: AsyncConnection, municipality_id: str, case_id: int) -> Queued | None:
    """One case as a line of the queue, open or closed."""
    row = await _ONE.one(tx, {"b_municipality": municipality_id, "b_id": case_id})
    return None if row is None else _queued(row)


async def open_as_stored(tx: AsyncConnection, municipality_id: str) -> list[Row]:
    """All open cases, as they lie in the database, each with its id first: for whoever knows them already."""
    return await _OPEN.stored(tx, {"b_municipality": municipality_id})


def opened(tx: AsyncConnection, rows: Sequence[Row]) -> list[Queued]:
    """What `open_as_stored` gave, read."""
    return [_queued(row) for row in _OPEN.read(tx, rows)]


def _queued(row: Sequence[Any]) -> Queued:
    return Queued(Case(*row[:_WIDTH]), *row[_WIDTH:])


_WIDTH = len(cases.c)
_QUEUED = (
    select(
        *cases.c,
        residents.c.name,
        addresses.c.name_hint,
        residents.c.locale,
        addresses.c.channel,
        residents.c.protected,
    )
    .join_from(cases, residents, residents.c.id == cases.c.resident_id)
    .join(conversations, conversations.c.id == cases.c.conversation_id)
    .outerjoin(addresses, addresses.c.id == conversations.c.last_address_id)
)
_LOAD = Prepared(
    select(*cases.c).where(cases.c.id == bindparam("b_id"), cases.c.municipality_id == bindparam("b_municipality"))
)
_OF_CONVERSATION = Prepared(
    select(*cases.c).where(cases.c.conversation_id == bindparam("b_conversation")).order_by(cases.c.id)
)
_WAITS = Prepared(
    select(*cases.c)
    .where(
        cases.c.conversation_id == bindparam("b_conversation"),
        cases.c.kind == bindparam("b_kind"),
        or_(*(cases.c.status == status for status in WAITING)),
    )
    .order_by(cases.c.answer_by, cases.c.id)
    .limit(1)
)
_ONE = Prepared(_QUEUED.where(cases.c.municipality_id == bindparam("b_municipality"), cases.c.id == bindparam("b_id")))
_OPEN = Prepared(_QUEUED.where(cases.c.municipality_id == bindparam("b_municipality"), cases.c.closed_at.is_(None)))


def most_pressing(case: Case) -> tuple[Any, ...]:
    """What the queue is sorted by."""
    return case.priority, case.deadline is None, case.deadline or case.created_at, case.id


async def owned_by(tx: AsyncConnection, municipality_id: str, staff_id: int) -> list[Case]:
    """The open cases that somebody has, the oldest first."""
    theirs = (cases.c.municipality_id == municipality_id, cases.c.owner_id == staff_id, cases.c.closed_at.is_(None))
    return [Case(*row) for row in await tx.execute(select(*cases.c).where(*theirs).order_by(cases.c.id))]


async def promise(tx: AsyncConnection, municipality_id: str, case_id: int, answer_by: datetime) -> None:
    """Set another time by which there will be an answer. Raises NotFound."""
    this = (cases.c.id == case_id, cases.c.municipality_id == municipality_id)
    if not (await tx.execute(update(cases).where(*this).values(answer_by=answer_by))).rowcount:
        raise NotFound("cases", case_id)


async def prioritise(tx: AsyncConnection, municipality_id: str, case_id: int, priority: int) -> None:
    """Set how urgent it is; 0 stands first in the queue. Raises NotFound."""
    this = (cases.c.id == case_id, cases.c.municipality_id == municipality_id)
    if not (await tx.execute(update(cases).where(*this).values(priority=priority))).rowcount:
        raise NotFound("cases", case_id)


async def sort(tx: AsyncConnection, municipality_id: str, case_id: int, topic: str | None, priority: int) -> None:
    """Set what it is about (`context["topic"]`) and how urgent it is. Raises NotFound."""
    case = await load(tx, municipality_id, case_id)
    context = {name: value for name, value in (case.context or {}).items() if name != "topic"}
    context |= {"topic": topic} if topic else {}
    await tx.execute(update(cases).where(cases.c.id == case_id).values(context=context, priority=priority))


async def _answered(tx: AsyncConnection, municipality_id: str, case_id: int, now: datetime, **values: Any) -> None:
    if not await _move(tx, municipality_id, case_id, (*WAITING, *ANSWERED), **values):
        raise CaseClosed(case_id)
    await answer(tx, municipality_id, case_id, now)


async def _move(
    tx: AsyncConnection,
    municipality_id: str,
    case_id: int,
    before: tuple[str, ...],
    *more: ColumnElement[bool],
    **values: Any,
) -> bool:
    this = (cases.c.id == case_id, cases.c.municipality_id == municipality_id)
    moved = await tx.execute(update(cases).where(*this, cases.c.status.in_(before), *more).values(**values))
    if not moved.rowcount:
        await load(tx, municipality_id, case_id)
    return moved.rowcount > 0
