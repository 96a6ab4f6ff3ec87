"""Dialogues that staff hold: who takes part and what they answered, groups, quick polls, proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.errors import NotFound
from storage.tables import dialogue_groups, dialogue_people, dialogue_polls, dialogue_votes, dialogues, proposals

BOXES: Final = ("strengths", "weaknesses", "opportunities", "threats")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """See `storage.tables.dialogues`."""

    id: int
    municipality_id: str
    code: str
    kind: str
    content: Any
    status: str
    staff_id: int | None
    created_at: datetime
    changed_at: datetime
    opened_at: datetime | None
    held_at: datetime | None
    feedback_by: datetime | None
    feedback: Any
    feedback_at: datetime | None


@dataclass(frozen=True, slots=True)
class Group:
    """See `storage.tables.dialogue_groups`."""

    id: int
    municipality_id: str
    dialogue_id: int
    number: int
    side: str
    swot: Any
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Participant:
    """See `storage.tables.dialogue_people`."""

    id: int
    municipality_id: str
    dialogue_id: int
    resident_id: int | None
    conversation_id: int | None
    name: str | None
    profile: Any
    answers: Any
    signed: str | None
    answered_at: datetime | None
    hear: bool
    focus: str | None
    place: str | None
    placed_at: datetime | None
    group_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Poll:
    """See `storage.tables.dialogue_polls`."""

    id: int
    municipality_id: str
    dialogue_id: int
    poll: Any
    options: int
    status: str
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """See `storage.tables.proposals`."""

    id: int
    municipality_id: str
    dialogue_id: int
    source: str
    proposal: Any
    shown: bool
    resident_id: int | None
    conversation_id: int | None
    hear: bool
    due_at: datetime | None
    outcome: str | None
    answered_by: str | None
    answered_at: datetime | None
    staff_id: int | None
    created_at: datetime


# --- the dialogue -----------------------------------------------------------------------------------------------------


async def add(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    code: str,
    kind: str,
    content: Any,
    staff_id: int | None,
    now: datetime,
) -> int:
    """A new draft; its id."""
    statement = insert(dialogues).values(
        municipality_id=municipality_id, code=code, kind=kind, content=content, status="draft", staff_id=staff_id,
        created_at=now, changed_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(dialogues.c.id))).scalar_one())


async def _one(tx: AsyncConnection, thing: object, *where: ColumnElement[bool], lock: bool = False) -> Dialogue:
    statement = select(dialogues).where(*where)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("dialogues", thing)
    return Dialogue(*row)


async def load(tx: AsyncConnection, municipality_id: str, dialogue_id: int, *, lock: bool = False) -> Dialogue:
    """One dialogue; with `lock` nobody else counts its places meanwhile. Raises NotFound."""
    this = (dialogues.c.id == dialogue_id, dialogues.c.municipality_id == municipality_id)
    return await _one(tx, dialogue_id, *this, lock=lock)


async def by_code(tx: AsyncConnection, municipality_id: str, code: str) -> Dialogue:
    """The one at an address. Raises NotFound."""
    return await _one(tx, code, dialogues.c.code == code, dialogues.c.municipality_id == municipality_id)


async def of_municipality(
    tx: AsyncConnection, municipality_id: str, statuses: Sequence[str] = ("draft", "open", "closed")
) -> list[Dialogue]:
    """All of them, the newest first."""
    this = (dialogues.c.municipality_id == municipality_id, dialogues.c.status.in_(statuses))
    return [Dialogue(*row) for row in await tx.execute(select(dialogues).where(*this).order_by(dialogues.c.id.desc()))]


async def change(
    tx: AsyncConnection, municipality_id: str, dialogue_id: int, values: Mapping[str, Any], now: datetime
) -> None:
    """Change some columns of one."""
    this = (dialogues.c.id == dialogue_id, dialogues.c.municipality_id == municipality_id)
    await tx.execute(update(dialogues).where(*this).values(**values, changed_at=now))


# --- who takes part ---------------------------------------------------------------------------------------------------


async def people(tx: AsyncConnection, dialogue_id: int) -> list[Participant]:
    """Everybody in a dialogue, in the order in which they came."""
    this = dialogue_people.c.dialogue_id == dialogue_id
    return [
        Participant(*row)
        for row in await tx.execute(select(dialogue_people).where(this).order_by(dialogue_people.c.id))
    ]


async def person(tx: AsyncConnection, dialogue_id: int, resident_id: int) -> Participant | None:
    """What somebody is in a dialogue."""
    this = (dialogue_people.c.dialogue_id == dialogue_id, dialogue_people.c.resident_id == resident_id)
    row = (await tx.execute(select(dialogue_people).where(*this))).one_or_none()
    return None if row is None else Participant(*row)


async def participant(tx: AsyncConnection, dialogue_id: int, person_id: int) -> Participant:
    """One by their number in the dialogue. Raises NotFound."""
    this = (dialogue_people.c.id == person_id, dialogue_people.c.dialogue_id == dialogue_id)
    row = (await tx.execute(select(dialogue_people).where(*this))).one_or_none()
    if row is None:
        raise NotFound("dialogue_people", person_id)
    return Participant(*row)


async def of_resident(
    tx: AsyncConnection, municipality_id: str, resident_id: int
) -> list[tuple[Dialogue, Participant]]:
    """The dialogues somebody is in, the newest first."""
    statement = (
        select(dialogues, dialogue_people)
        .join(dialogue_people, dialogue_people.c.dialogue_id == dialogues.c.id)
        .where(dialogues.c.municipality_id == municipality_id, dialogue_people.c.resident_id == resident_id)
        .order_by(dialogues.c.id.desc())
    )
    size = len(dialogues.c)
    return [(Dialogue(*row[:size]), Participant(*row[size:])) for row in await tx.execute(statement)]


async def put_person(
    tx: AsyncConnection,
    dialogue: Dialogue,
    resident_id: int,
    conversation_id: int,
    values: Mapping[str, Any],
    now: datetime,
) -> int:
    """Keep something of somebody in a dialogue, beside what is kept already; the number of the row."""
    statement = upsert(tx, dialogue_people).values(
        municipality_id=dialogue.municipality_id, dialogue_id=dialogue.id, resident_id=resident_id,
        conversation_id=conversation_id, created_at=now, **{"hear": False, **values},
    )  # fmt: skip
    statement = statement.on_conflict_do_update(
        index_elements=["dialogue_id", "resident_id"], set_={"conversation_id": conversation_id, **values}
    )
    return int((await tx.execute(statement.returning(dialogue_people.c.id))).scalar_one())


async def change_person(tx: AsyncConnection, person_id: int, values: Mapping[str, Any]) -> None:
    await tx.execute(update(dialogue_people).where(dialogue_people.c.id == person_id).values(**values))


async def count_places(tx: AsyncConnection, dialogue_id: int) -> int:
    """How many have a place at the workshop or hearing."""
    this = (dialogue_people.c.dialogue_id == dialogue_id, dialogue_people.c.place == "held")
    return int(await tx.scalar(select(func.count()).select_from(dialogue_people).where(*this)) or 0)


async def first_waiting(tx: AsyncConnection, dialogue_id: int) -> Participant | None:
    """Who has waited longest for a place."""
    this = (dialogue_people.c.dialogue_id == dialogue_id, dialogue_people.c.place == "waiting")
    order = (dialogue_people.c.placed_at, dialogue_people.c.id)
    row = (await tx.execute(select(dialogue_people).where(*this).order_by(*order).limit(1))).one_or_none()
    return None if row is None else Participant(*row)


# --- groups -----------------------------------------------------------------------------------------------------------


async def groups(tx: AsyncConnection, dialogue_id: int) -> list[Group]:
    this = dialogue_groups.c.dialogue_id == dialogue_id
    return [
        Group(*row) for row in await tx.execute(select(dialogue_groups).where(this).order_by(dialogue_groups.c.number))
    ]


async def group(tx: AsyncConnection, municipality_id: str, group_id: int) -> Group:
    """Raises NotFound."""
    this = (dialogue_groups.c.id == group_id, dialogue_groups.c.municipality_id == municipality_id)
    row = (await tx.execute(select(dialogue_groups).where(*this))).one_or_none()
    if row is None:
        raise NotFound("dialogue_groups", group_id)
    return Group(*row)


async def put_group(tx: AsyncConnection, dialogue: Dialogue, number: int, side: str, now: datetime) -> int:
    """The group with this number, made when it is not there yet; its id."""
    statement = upsert(tx, dialogue_groups).values(
        municipality_id=dialogue.municipality_id, dialogue_id=dialogue.id, number=number, side=side, changed_at=now
    )
    statement = statement.on_conflict_do_update(index_elements=["dialogue_id", "number"], set_={"side": side})
    return int((await tx.execute(statement.returning(dialogue_groups.c.id))).scalar_one())


async def drop_groups(tx: AsyncConnection, dialogue_id: int) -> None:
    """Take all groups of a dialogue away; whoever was in one is in none."""
    await tx.execute(update(dialogue_people).where(dialogue_people.c.dialogue_id == dialogue_id).values(group_id=None))
    await tx.execute(delete(dialogue_groups).where(dialogue_groups.c.dialogue_id == dialogue_id))


async def write_swot(tx: AsyncConnection, group_id: int, swot: Mapping[str, str], now: datetime) -> None:
    await tx.execute(
        update(dialogue_groups).where(dialogue_groups.c.id == group_id).values(swot=dict(swot), changed_at=now)
    )


# --- quick polls ------------------------------------------------------------------------------------------------------


async def add_poll(tx: AsyncConnection, dialogue: Dialogue, poll: Any, options: int, now: datetime) -> int:
    statement = insert(dialogue_polls).values(
        municipality_id=dialogue.municipality_id, dialogue_id=dialogue.id, poll=poll, options=options, status="waiting",
        created_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(dialogue_polls.c.id))).scalar_one())


async def polls(tx: AsyncConnection, dialogue_id: int) -> list[Poll]:
    this = dialogue_polls.c.dialogue_id == dialogue_id
    return [Poll(*row) for row in await tx.execute(select(dialogue_polls).where(this).order_by(dialogue_polls.c.id))]


async def poll(tx: AsyncConnection, municipality_id: str, poll_id: int, *, hold: bool = False) -> Poll:
    """One poll; with `hold` it is not closed before this transaction ends. Raises NotFound."""
    this = (dialogue_polls.c.id == poll_id, dialogue_polls.c.municipality_id == municipality_id)
    statement = select(dialogue_polls).where(*this)
    row = (await tx.execute(statement.with_for_update(read=True) if hold else statement)).one_or_none()
    if row is None:
        raise NotFound("dialogue_polls", poll_id)
    return Poll(*row)


async def set_poll(tx: AsyncConnection, poll_id: int, status: str, now: datetime) -> None:
    """Open or close it; opened again it goes on with the votes that it has."""
    moment: dict[str, Any] = {"opened_at": now, "closed_at": None} if status == "open" else {"closed_at": now}
    await tx.execute(update(dialogue_polls).where(dialogue_polls.c.id == poll_id).values(status=status, **moment))


async def vote(
    tx: AsyncConnection, poll: Poll, voter: str, choice: int, now: datetime, *, resident_id: int | None = None
) -> None:
    """The one vote of a voter, given or changed."""
    statement = upsert(tx, dialogue_votes).values(
        poll_id=poll.id,
        voter=voter,
        municipality_id=poll.municipality_id,
        resident_id=resident_id,
        choice=choice,
        at=now,
    )
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["poll_id", "voter"], set_={"choice": choice, "at": now})
    )


async def unvote(tx: AsyncConnection, poll_id: int, voter: str) -> None:
    """Take a vote back."""
    await tx.execute(delete(dialogue_votes).where(dialogue_votes.c.poll_id == poll_id, dialogue_votes.c.voter == voter))


async def voted(tx: AsyncConnection, poll_id: int, voter: str) -> int | None:
    """What somebody has voted for."""
    this = (dialogue_votes.c.poll_id == poll_id, dialogue_votes.c.voter == voter)
    choice: int | None = await tx.scalar(select(dialogue_votes.c.choice).where(*this))
    return choice


async def votes(tx: AsyncConnection, poll: Poll) -> list[int]:
    """How many votes each option has."""
    this = dialogue_votes.c.poll_id == poll.id
    statement = select(dialogue_votes.c.choice, func.count()).where(this).group_by(dialogue_votes.c.choice)
    found = {int(choice): int(count) for choice, count in await tx.execute(statement)}
    return [found.get(at, 0) for at in range(poll.options)]


# --- proposals --------------------------------------------------------------------------------------------------------


async def add_proposal(
    tx: AsyncConnection, dialogue: Dialogue, *, source: str, proposal: Any, shown: bool, due_at: datetime | None,
    now: datetime, resident_id: int | None = None, conversation_id: int | None = None, hear: bool = False,
    staff_id: int | None = None,
) -> int:  # fmt: skip
    """A new proposal, without an answer yet; its id."""
    statement = insert(proposals).values(
        municipality_id=dialogue.municipality_id, dialogue_id=dialogue.id, source=source, proposal=proposal, shown=shown,
        resident_id=resident_id, conversation_id=conversation_id, hear=hear, due_at=due_at, staff_id=staff_id, created_at=now,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(proposals.c.id))).scalar_one())


async def of_dialogue(tx: AsyncConnection, dialogue_id: int) -> list[Proposal]:
    """All proposals of a dialogue, the oldest first."""
    this = proposals.c.dialogue_id == dialogue_id
    return [Proposal(*row) for row in await tx.execute(select(proposals).where(this).order_by(proposals.c.id))]


async def proposals_of(tx: AsyncConnection, municipality_id: str, resident_id: int) -> list[Proposal]:
    """What somebody has proposed, the newest first."""
    this = (proposals.c.municipality_id == municipality_id, proposals.c.resident_id == resident_id)
    return [Proposal(*row) for row in await tx.execute(select(proposals).where(*this).order_by(proposals.c.id.desc()))]


async def load_proposal(tx: AsyncConnection, municipality_id: str, proposal_id: int, *, lock: bool = False) -> Proposal:
    """Raises NotFound."""
    this = (proposals.c.id == proposal_id, proposals.c.municipality_id == municipality_id)
    statement = select(proposals).where(*this)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("proposals", proposal_id)
    return Proposal(*row)


async def change_proposal(tx: AsyncConnection, proposal_id: int, values: Mapping[str, Any]) -> None:
    await tx.execute(update(proposals).where(proposals.c.id == proposal_id).values(**values))


async def due_together(tx: AsyncConnection, dialogue_id: int, due_at: datetime | None) -> None:
    """Another day for the answers that are still to come."""
    this = (proposals.c.dialogue_id == dialogue_id, proposals.c.outcome.is_(None))
    await tx.execute(update(proposals).where(*this).values(due_at=due_at))
