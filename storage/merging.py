"""Two conversations of one person become one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conversations import Opened
from storage.introductions import UNSETTLED
from storage.shifts import HOLDING, LIVING
from storage.tables import (
    broadcast_recipients,
    broadcasts,
    conversations,
    deliveries,
    dialogue_people,
    dialogue_votes,
    due,
    goods_drivers,
    goods_pairs,
    goods_runs,
    introduction_members,
    links,
    listeners,
    meeting_followers,
    meeting_signups,
    messages,
    metadata,
    needs,
    plan_members,
    plans,
    project_members,
    residents,
    seekers,
    shifts,
    signups,
    talks,
    volunteer_checks,
    volunteers,
)

ABOUT_A_CONVERSATION: Final = ("restore", "move", "mydata", "calendar", "news")
"""Purposes of links whose subject is a conversation."""

_RECORD_STATES: Final = ("kept", "to_register", "registered")


async def merge(tx: AsyncConnection, *, kept: Opened, gone: Opened, now: datetime) -> None:
    """Everything of `gone` is `kept`'s afterwards, and neither its conversation nor its resident is there any more.

    Goes by the foreign keys of every table, so that none is left out. Both must have been opened, and so be locked, in
    this transaction. Its state is the caller's to bring over, before this.

    Raises:
        ValueError: They are of two municipalities, or one and the same.
    """
    if kept.municipality_id != gone.municipality_id or kept.conversation_id == gone.conversation_id:
        raise ValueError("only two conversations of one municipality can become one")
    await _take_part_once(tx, kept.resident_id, gone.resident_id)
    await _in_a_project_once(tx, kept.resident_id, gone.resident_id)
    await _volunteer_once(tx, kept.resident_id, gone.resident_id)
    await _drive_once(tx, kept.resident_id, gone.resident_id)
    await _hear_once(tx, kept.resident_id, gone.resident_id)
    await _speak_once(tx, kept.resident_id, gone.resident_id)
    await _meet_once(tx, kept.resident_id, gone.resident_id)
    await _seek_once(tx, kept.resident_id, gone.resident_id)
    await _rename_promises(tx, kept, gone, now)
    for table in (messages, deliveries):  # a place in the conversation that was: nothing may take it over by mistake
        await tx.execute(update(table).where(table.c.conversation_id == gone.conversation_id).values(slot=None))
    await tx.execute(
        update(links)
        .where(links.c.subject_id == gone.conversation_id, links.c.purpose.in_(ABOUT_A_CONVERSATION))
        .values(subject_id=kept.conversation_id)
    )
    await _unite(tx, kept, gone)
    there = select(talks.c.conversation_id).where(talks.c.conversation_id == kept.conversation_id)  # one is enough
    await tx.execute(delete(talks).where(talks.c.conversation_id == gone.conversation_id, there.exists()))
    renamed = {
        conversations: (gone.conversation_id, kept.conversation_id),
        residents: (gone.resident_id, kept.resident_id),
    }
    for table in metadata.sorted_tables:
        for column in table.c:
            for key in column.foreign_keys:
                if key.column.table in renamed and table is not conversations:
                    old, new = renamed[key.column.table]
                    await tx.execute(update(table).where(column == old).values({column: new}))
    await tx.execute(delete(conversations).where(conversations.c.id == gone.conversation_id))
    await tx.execute(delete(residents).where(residents.c.id == gone.resident_id))


async def _take_part_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """Nobody takes part in a plan twice, nor in one of their own."""
    for one, other in ((gone, kept), (kept, gone)):
        own = select(plans.c.id).where(plans.c.owner_id == other)
        await tx.execute(delete(plan_members).where(plan_members.c.resident_id == one, plan_members.c.plan_id.in_(own)))
    both = select(plan_members.c.plan_id).where(plan_members.c.resident_id == kept)
    await tx.execute(delete(plan_members).where(plan_members.c.resident_id == gone, plan_members.c.plan_id.in_(both)))


async def _in_a_project_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """Of two ways of taking part in a project that of the owner counts, else that of who has said yes."""
    both = select(project_members).where(project_members.c.resident_id.in_((kept, gone)))
    by_project: dict[int, list[Any]] = {}
    for row in await tx.execute(both):
        by_project.setdefault(row.project_id, []).append(row)
    for rows in by_project.values():
        stays = max(rows, key=lambda row: (row.role == "owner", row.status == "in", row.resident_id == kept))
        await tx.execute(
            delete(project_members).where(project_members.c.id.in_([row.id for row in rows if row is not stays]))
        )


async def _volunteer_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """Of two offers to help the newer one counts; what was signed up for with either stays, the same shift once."""
    statement = select(volunteers.c.id).where(volunteers.c.resident_id.in_((kept, gone)))
    both = list(await tx.scalars(statement.order_by(volunteers.c.changed_at.desc(), volunteers.c.id.desc())))
    if len(both) < 2:
        return
    stays, goes = both
    await _one_signup_a_shift(tx, stays, goes)
    await _same_helper(tx, stays, goes)
    there = select(volunteer_checks.c.role).where(volunteer_checks.c.volunteer_id == stays)
    await tx.execute(
        delete(volunteer_checks).where(volunteer_checks.c.volunteer_id == goes, volunteer_checks.c.role.in_(there))
    )
    for table in (signups, volunteer_checks):
        await tx.execute(update(table).where(table.c.volunteer_id == goes).values(volunteer_id=stays))
    await tx.execute(delete(volunteers).where(volunteers.c.id == goes))


async def _seek_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """Of two wishes to meet others of one kind the newer one counts; what either is in or has been in stays, once, and
    nobody is in two that are not settled."""
    statement = select(seekers.c.id, seekers.c.kind).where(seekers.c.resident_id.in_((kept, gone)))
    by_kind: dict[str, list[int]] = {}
    for row in await tx.execute(statement.order_by(seekers.c.changed_at.desc(), seekers.c.id.desc())):
        by_kind.setdefault(row.kind, []).append(row.id)
    for stays, *goes in by_kind.values():
        for other in goes:
            theirs = introduction_members.c.seeker_id == other
            there = select(introduction_members.c.introduction_id).where(introduction_members.c.seeker_id == stays)
            await tx.execute(
                delete(introduction_members).where(theirs, introduction_members.c.introduction_id.in_(there))
            )
            living = introduction_members.c.status.in_(UNSETTLED)
            busy = await tx.scalar(select(exists().where(introduction_members.c.seeker_id == stays, living)))
            if busy:
                await tx.execute(update(introduction_members).where(theirs, living).values(status="left", said=None))
            await tx.execute(update(introduction_members).where(theirs).values(seeker_id=stays))
            await tx.execute(delete(seekers).where(seekers.c.id == other))


async def _drive_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """Of two who drive furniture the one who said so last counts; the runs of both stay."""
    statement = select(goods_drivers.c.id).where(goods_drivers.c.resident_id.in_((kept, gone)))
    both = list(await tx.scalars(statement.order_by(goods_drivers.c.changed_at.desc(), goods_drivers.c.id.desc())))
    if len(both) < 2:
        return
    stays, goes = both
    await tx.execute(update(goods_runs).where(goods_runs.c.driver_id == goes).values(driver_id=stays))
    await tx.execute(update(goods_pairs).where(goods_pairs.c.held_by == goes).values(held_by=stays))
    await tx.execute(delete(goods_drivers).where(goods_drivers.c.id == goes))


async def _hear_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """Of two subscriptions the one of the conversation that stays counts; who has heard a broadcast twice has heard it."""
    heard_lately = select(func.max(listeners.c.next_at)).where(listeners.c.resident_id.in_((kept, gone)))
    await tx.execute(update(listeners).where(listeners.c.resident_id.in_((kept, gone))).values(
        next_at=heard_lately.scalar_subquery()))  # fmt: skip
    there = select(listeners.c.resident_id).where(listeners.c.resident_id == kept)
    await tx.execute(delete(listeners).where(listeners.c.resident_id == gone, there.exists()))
    heard = exists().where(
        broadcast_recipients.c.broadcast_id == broadcasts.c.id, broadcast_recipients.c.resident_id.in_((kept, gone))
    )
    passed = (broadcasts.c.status.in_(("sending", "paused")), broadcasts.c.cursor >= kept, ~heard)
    await tx.execute(
        update(broadcasts).where(*passed).values(cursor=kept - 1, fed_at=None)
    )  # it was gone's turn to come
    both = select(broadcast_recipients.c.broadcast_id).where(broadcast_recipients.c.resident_id == kept)
    this = (broadcast_recipients.c.resident_id == gone, broadcast_recipients.c.broadcast_id.in_(both))
    await tx.execute(update(broadcast_recipients).where(*this).values(resident_id=None))


async def _speak_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """In a dialogue somebody answers once and votes once: of two, what stays is that of the conversation that stays, and
    what it has not said is taken over from the other one."""
    theirs = dialogue_people.alias()
    both = (
        select(dialogue_people.c.id, theirs)
        .join(theirs, theirs.c.dialogue_id == dialogue_people.c.dialogue_id)
        .where(dialogue_people.c.resident_id == kept, theirs.c.resident_id == gone)
    )
    for stays, *row in list(await tx.execute(both)):
        other = dict(zip(theirs.c.keys(), row, strict=True))
        mine = (await tx.execute(select(dialogue_people).where(dialogue_people.c.id == stays))).one()
        parts = (
            ("answers", "answered_at", "signed"),
            ("profile",),
            ("name",),
            ("place", "placed_at"),
            ("focus",),
            ("group_id",),
        )
        taken = {name: other[name] for part in parts if getattr(mine, part[0]) is None for name in part}
        await tx.execute(delete(dialogue_people).where(dialogue_people.c.id == other["id"]))
        await tx.execute(update(dialogue_people).where(dialogue_people.c.id == stays).values(
            **taken, hear=mine.hear or other["hear"]))  # fmt: skip
    voted = select(dialogue_votes.c.poll_id).where(dialogue_votes.c.resident_id == kept)
    this = dialogue_votes.c.resident_id == gone
    await tx.execute(delete(dialogue_votes).where(this, dialogue_votes.c.poll_id.in_(voted)))
    await tx.execute(update(dialogue_votes).where(this).values(voter=f"r{kept}"))


async def _meet_once(tx: AsyncConnection, kept: int, gone: int) -> None:
    """Nobody comes to a meeting twice, nor hears twice of those of a network."""
    mine = select(meeting_signups.c.meeting_id).where(
        meeting_signups.c.resident_id == kept, meeting_signups.c.status != "left"
    )
    theirs = (meeting_signups.c.resident_id == gone, meeting_signups.c.status != "left")
    await tx.execute(
        update(meeting_signups).where(*theirs, meeting_signups.c.meeting_id.in_(mine)).values(status="left")
    )
    both = select(meeting_followers.c.network_id).where(meeting_followers.c.resident_id == kept)
    this = (meeting_followers.c.resident_id == gone, meeting_followers.c.network_id.in_(both.scalar_subquery()))
    await tx.execute(delete(meeting_followers).where(*this))


async def _one_signup_a_shift(tx: AsyncConnection, stays: int, goes: int) -> None:
    """Of two that live for one shift the one with a place is kept, and otherwise that of the newer offer."""
    living = select(signups.c.id, signups.c.shift_id, signups.c.volunteer_id, signups.c.status).where(
        signups.c.volunteer_id.in_((stays, goes)), signups.c.status.in_(LIVING)
    )
    by_shift: dict[int, list[Any]] = {}
    for row in await tx.execute(living):
        by_shift.setdefault(row.shift_id, []).append(row)
    for rows in by_shift.values():
        kept = max(rows, key=lambda row: (row.status in HOLDING, row.volunteer_id == stays))
        await tx.execute(delete(signups).where(signups.c.id.in_([row.id for row in rows if row is not kept])))


async def _same_helper(tx: AsyncConnection, stays: int, goes: int) -> None:
    """Requests for help name their helper."""
    theirs = (
        select(shifts.c.need_id).join(signups, signups.c.shift_id == shifts.c.id).where(signups.c.volunteer_id == goes)
    )
    statement = select(needs.c.id, needs.c.need).where(needs.c.id.in_(theirs))
    for id, need in await tx.execute(statement):
        if need is not None and need.get("helper") == goes:
            await tx.execute(update(needs).where(needs.c.id == id).values(need={**need, "helper": stays}))


async def _rename_promises(tx: AsyncConnection, kept: Opened, gone: Opened, now: datetime) -> None:
    """A promise's key begins with its conversation. Where the other one promised the same, that one is enough."""
    waiting = select(due.c.id, due.c.conversation_id, due.c.unique_key).where(
        due.c.conversation_id.in_((kept.conversation_id, gone.conversation_id)), due.c.status == "waiting"
    )
    rows = list(await tx.execute(waiting))
    taken = {row.unique_key for row in rows if row.conversation_id == kept.conversation_id}
    before, after = (f"conversation:{each.conversation_id}:" for each in (gone, kept))
    for row in rows:
        if row.conversation_id == gone.conversation_id and row.unique_key.startswith(before):
            key = after + row.unique_key.removeprefix(before)
            changed: dict[str, Any] = {"unique_key": key}
            if key in taken:
                changed = {"status": "cancelled", "reason": "moved", "done_at": now}
            await tx.execute(update(due).where(due.c.id == row.id).values(changed))


async def _unite(tx: AsyncConnection, kept: Opened, gone: Opened) -> None:
    """What both rows say: a wish to be left in peace, a hold, a wait for a human hold for the one that stays."""
    mine, theirs = [
        (await tx.execute(select(residents).where(residents.c.id == each.resident_id))).one() for each in (kept, gone)
    ]
    await tx.execute(
        update(residents)
        .where(residents.c.id == kept.resident_id)
        .values(
            {name: getattr(theirs, name) for name in _PERSONAL if getattr(mine, name) is None}
            | {
                "stopped_at": max(filter(None, (mine.stopped_at, theirs.stopped_at)), default=None),
                "protected": mine.protected or theirs.protected,
                "created_at": min(mine.created_at, theirs.created_at),
                "seen_at": max(mine.seen_at, theirs.seen_at),
            }
        )
    )
    ours, other = [
        (await tx.execute(select(conversations).where(conversations.c.id == each.conversation_id))).one()
        for each in (kept, gone)
    ]
    await tx.execute(  # first, for its token may go over and must not be there twice
        update(conversations).where(conversations.c.id == gone.conversation_id).values(token_hash=None)
    )
    await tx.execute(
        update(conversations)
        .where(conversations.c.id == kept.conversation_id)
        .values(
            holder=max(ours.holder, other.holder, key=("bot", "waiting", "human", "closed").index),
            record_state=max(ours.record_state, other.record_state, key=_RECORD_STATES.index),
            record_number=_joined(ours.record_number, other.record_number),
            hold=ours.hold or other.hold,
            hold_reason=_joined(ours.hold_reason, other.hold_reason),
            token_hash=ours.token_hash or other.token_hash,
            created_at=min(ours.created_at, other.created_at),
        )
    )


_PERSONAL: Final = ("locale", "notice_version", "notice_at", "name", "email")


def _joined(one: str | None, other: str | None) -> str | None:
    return ", ".join(each for each in (one, other) if each) or None
