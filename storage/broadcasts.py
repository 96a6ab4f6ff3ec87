"""Broadcasts: one message to many. Written, approved, handed to the outbox part by part, answered, told the outcome of.

Who hears one is in `listeners`. A part is handed over in one transaction with the mark how far it has come, so that a
kill at any moment leaves nobody out and nobody doubled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.direct import Prepared
from storage.errors import NotFound
from storage.outbox import BULK
from storage.tables import (
    addresses,
    broadcast_events,
    broadcast_recipients,
    broadcasts,
    deliveries,
    listeners,
    residents,
    segments,
    shifts,
    signups,
    volunteers,
)

UNREACHED: Final = "unreached"
"""The channel of somebody who can be reached nowhere: they have blocked the bot, and left no other way."""

CHANGEABLE: Final = ("draft", "asked")
"""The statuses in which words and recipients may still be changed."""

LIVING: Final = ("draft", "asked", "scheduled", "sending", "paused")


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One message to many; `storage.tables.broadcasts` says what the columns hold."""

    id: int
    municipality_id: str
    content: Any
    segment: Any
    status: str
    urgent: str | None
    need_id: int | None
    answers_id: int | None
    file_id: int | None
    staff_id: int | None
    approved_by: int | None
    created_at: datetime
    changed_at: datetime
    starts_at: datetime | None
    started_at: datetime | None
    cursor: int
    expected: int | None
    fed_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom a broadcast goes to, as bits of `listeners`. None or empty: whoever. A set of no bits: nobody has it.

    `but_…`: not those. `answered` and `unanswered` name an earlier broadcast and an answer to it ("": any).
    """

    topics: int | None = None
    areas: int | None = None
    skills: int | None = None
    spoken: int | None = None
    roles: int | None = None
    locales: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    but_areas: int = 0
    but_skills: int = 0
    but_roles: int = 0
    answered: tuple[int, str] | None = None
    unanswered: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """How many of one language and channel would hear it; `resting` of them not now, since they have just heard another."""

    locale: str
    channel: str
    count: int
    resting: int


@dataclass(frozen=True, slots=True)
class Hearer:
    """Somebody the next part goes to. `address_id` is where they are in Telegram, if they are; quiet hours are local."""

    resident_id: int
    conversation_id: int
    locale: str
    channel: str
    areas: int
    gap_days: int
    quiet_from: int
    quiet_to: int
    email: str | None
    address_id: int | None


@dataclass(frozen=True, slots=True)
class Reached:
    """So many recipients of one language and area, by what became of it and what they answered.

    `status` is the delivery's, "kept" where it waits in the web chat for their next visit, "unreached" for who had blocked
    the bot before, "erased" where the delivery's record is no longer there. `areas` are bits.
    """

    locale: str
    channel: str
    areas: int
    status: str
    error: str | None
    answer: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something staff did with a broadcast."""

    at: datetime
    act: str
    who: str
    detail: str | None


def made_by(broadcast_id: int) -> str:
    """What a broadcast's deliveries carry in `made_by`."""
    return f"broadcast:{broadcast_id}"


# --- written ----------------------------------------------------------------------------------------------------------


async def add(
    tx: AsyncConnection, *, municipality_id: str, content: Any, segment: Any, staff_id: int | None, now: datetime,
    need_id: int | None = None, answers_id: int | None = None,
) -> int:  # fmt: skip
    """A new draft; its id."""
    statement = insert(broadcasts).values(
        municipality_id=municipality_id, content=content, segment=segment, status="draft", need_id=need_id,
        answers_id=answers_id, staff_id=staff_id, created_at=now, changed_at=now, cursor=0,
    )  # fmt: skip
    return int((await tx.execute(statement.returning(broadcasts.c.id))).scalar_one())


async def load(tx: AsyncConnection, municipality_id: str, broadcast_id: int, *, lock: bool = False) -> Broadcast:
    """One broadcast. Raises NotFound."""
    statement = select(*broadcasts.c).where(
        broadcasts.c.id == broadcast_id, broadcasts.c.municipality_id == municipality_id
    )
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("broadcasts", broadcast_id)
    return Broadcast(*row)


async def of_municipality(
    tx: AsyncConnection, municipality_id: str, *, living: bool, limit: int = 100
) -> list[Broadcast]:
    """The broadcasts that are not over, or those that are; the newest first."""
    among = broadcasts.c.status.in_(LIVING)
    statement = (
        select(*broadcasts.c)
        .where(broadcasts.c.municipality_id == municipality_id, among if living else ~among)
        .order_by(broadcasts.c.id.desc())
        .limit(limit)
    )
    return [Broadcast(*row) for row in await tx.execute(statement)]


async def outcomes_of(tx: AsyncConnection, municipality_id: str, broadcast_id: int) -> list[Broadcast]:
    """The broadcasts that tell what came of this one, the oldest first."""
    this = (broadcasts.c.municipality_id == municipality_id, broadcasts.c.answers_id == broadcast_id)
    return [Broadcast(*row) for row in await tx.execute(select(*broadcasts.c).where(*this).order_by(broadcasts.c.id))]


async def change(
    tx: AsyncConnection, municipality_id: str, broadcast_id: int, values: Mapping[str, Any], before: Sequence[str],
    now: datetime,
) -> bool:  # fmt: skip
    """Change a broadcast while its status is one of `before`; whether it was."""
    statement = update(broadcasts).where(
        broadcasts.c.id == broadcast_id,
        broadcasts.c.municipality_id == municipality_id,
        broadcasts.c.status.in_(before),
    )
    return (await tx.execute(statement.values(**values, changed_at=now))).rowcount > 0


async def log(
    tx: AsyncConnection, *, municipality_id: str, broadcast_id: int, act: str, who: str, at: datetime,
    staff_id: int | None = None, detail: str | None = None,
) -> None:  # fmt: skip
    """Write down what was done."""
    await tx.execute(
        insert(broadcast_events).values(
            municipality_id=municipality_id, broadcast_id=broadcast_id, staff_id=staff_id, at=at, act=act, who=who,
            detail=detail,
        )
    )  # fmt: skip


async def events(tx: AsyncConnection, municipality_id: str, broadcast_id: int) -> list[Event]:
    """What was done, the oldest first."""
    columns = (broadcast_events.c.at, broadcast_events.c.act, broadcast_events.c.who, broadcast_events.c.detail)
    this = (
        broadcast_events.c.municipality_id == municipality_id,
        broadcast_events.c.broadcast_id == broadcast_id,
    )
    return [Event(*row) for row in await tx.execute(select(*columns).where(*this).order_by(broadcast_events.c.id))]


async def authors(tx: AsyncConnection, municipality_id: str, broadcast_id: int) -> frozenset[int]:
    """The accounts that have written it, changed it or asked for it to be sent."""
    statement = select(broadcast_events.c.staff_id).where(
        broadcast_events.c.municipality_id == municipality_id,
        broadcast_events.c.broadcast_id == broadcast_id,
        broadcast_events.c.act.in_(("made", "changed", "asked")),
        broadcast_events.c.staff_id.is_not(None),
    )
    return frozenset(await tx.scalars(statement))


async def keep_segment(
    tx: AsyncConnection, *, municipality_id: str, name: str, segment: Any, staff_id: int | None, now: datetime
) -> int:
    """Keep whom a broadcast goes to under a name; its id."""
    statement = insert(segments).values(
        municipality_id=municipality_id, name=name, segment=segment, staff_id=staff_id, created_at=now
    )
    return int((await tx.execute(statement.returning(segments.c.id))).scalar_one())


async def kept_segments(tx: AsyncConnection, municipality_id: str) -> list[tuple[int, str, Any]]:
    """What was kept: id, name and segment."""
    statement = select(segments.c.id, segments.c.name, segments.c.segment)
    rows = await tx.execute(statement.where(segments.c.municipality_id == municipality_id).order_by(segments.c.id))
    return [(row.id, row.name, row.segment) for row in rows]


async def drop_segment(tx: AsyncConnection, municipality_id: str, segment_id: int) -> None:
    """Keep it no longer."""
    this = (segments.c.id == segment_id, segments.c.municipality_id == municipality_id)
    await tx.execute(segments.delete().where(*this))


# --- whom it reaches --------------------------------------------------------------------------------------------------


def _fit(municipality_id: str, chosen: Chosen, *, all_at_once: bool) -> ColumnElement[bool]:
    """Who is among those chosen. Nothing but columns of one narrow table, so that a million are looked through at once.

    `all_at_once`: for looking through all of them, not for a few; those who answered are then listed once, not each looked
    up. On SQLite such a statement may name no column that `ix_listeners_counted` lacks.
    """
    wanted: list[ColumnElement[bool]] = [listeners.c.municipality_id == municipality_id]
    for column, bits in ((listeners.c.topics, chosen.topics), (listeners.c.areas, chosen.areas)):
        if bits is not None:  # who named none of them wants all
            wanted.append(or_(column == 0, column.bitwise_and(bits) != 0))
    for column, bits in (
        (listeners.c.skills, chosen.skills), (listeners.c.spoken, chosen.spoken), (listeners.c.roles, chosen.roles),
    ):  # fmt: skip
        if bits is not None:
            wanted.append(column.bitwise_and(bits) != 0)
    for column, bits in (
        (listeners.c.areas, chosen.but_areas), (listeners.c.skills, chosen.but_skills), (listeners.c.roles, chosen.but_roles),
    ):  # fmt: skip
        if bits:
            wanted.append(column.bitwise_and(bits) == 0)
    if chosen.locales:
        wanted.append(listeners.c.locale.in_(chosen.locales))
    if chosen.bands:
        wanted.append(listeners.c.band.in_(chosen.bands))
    if chosen.answered is not None:
        wanted.append(_has_answered(*chosen.answered, listed=all_at_once))
    if chosen.unanswered is not None:
        wanted.append(~_has_answered(*chosen.unanswered, listed=all_at_once))
    return and_(*wanted)


def _has_answered(broadcast_id: int, answer: str, *, listed: bool) -> ColumnElement[bool]:
    said = (
        broadcast_recipients.c.broadcast_id == broadcast_id,
        broadcast_recipients.c.answer == answer if answer else broadcast_recipients.c.answer.is_not(None),
    )
    who = broadcast_recipients.c.resident_id
    if listed:
        return listeners.c.resident_id.in_(select(who).where(*said, who.is_not(None)))
    return exists().where(*said, who == listeners.c.resident_id)


def _rests(now: datetime) -> ColumnElement[bool]:
    return and_(listeners.c.next_at.is_not(None), listeners.c.next_at > now)


async def count(tx: AsyncConnection, municipality_id: str, chosen: Chosen, now: datetime) -> list[Group]:
    """How many would hear it, by language and channel."""
    statement = (
        select(listeners.c.locale, listeners.c.channel, func.count(), func.sum(case((_rests(now), 1), else_=0)))
        .where(_fit(municipality_id, chosen, all_at_once=True))
        .group_by(listeners.c.locale, listeners.c.channel)
        .order_by(listeners.c.locale, listeners.c.channel)
    )
    return [Group(locale, channel, count, int(resting or 0)) for locale, channel, count, resting in
            await tx.execute(statement)]  # fmt: skip


# --- handed to the outbox ---------------------------------------------------------------------------------------------


async def running(tx: AsyncConnection, now: datetime, status: str) -> list[tuple[str, int]]:
    """Broadcasts that are to begin ("scheduled", their time has come) or go on ("sending"): municipality and id."""
    this = [broadcasts.c.status == status]
    if status == "scheduled":
        this.append(broadcasts.c.starts_at <= now)
    statement = select(broadcasts.c.municipality_id, broadcasts.c.id).where(
        literal_column("status IN ('scheduled', 'sending')"), *this
    )
    return [(row.municipality_id, row.id) for row in await tx.execute(statement.order_by(broadcasts.c.id))]


async def urgent_is_sent(tx: AsyncConnection, municipality_id: str) -> bool:
    """Whether something urgent is on its way: what is not waits meanwhile."""
    this = (
        broadcasts.c.municipality_id == municipality_id,
        broadcasts.c.urgent.is_not(None),
        broadcasts.c.fed_at.is_(None),
    )
    sending = select(broadcasts.c.id).where(literal_column("status IN ('scheduled', 'sending')"), *this,
                                            broadcasts.c.status == "sending")  # fmt: skip
    return await tx.scalar(sending.limit(1)) is not None


async def claim(tx: AsyncConnection, municipality_id: str, broadcast_id: int) -> Broadcast | None:
    """A broadcast that is being sent, for whoever hands its next part over; None while another process does."""
    statement = select(*broadcasts.c).where(
        broadcasts.c.id == broadcast_id,
        broadcasts.c.municipality_id == municipality_id,
        broadcasts.c.status == "sending",
    )
    row = (await tx.execute(statement.with_for_update(skip_locked=True))).one_or_none()
    return None if row is None else Broadcast(*row)


async def next_part(
    tx: AsyncConnection, broadcast: Broadcast, chosen: Chosen, now: datetime, limit: int
) -> list[Hearer]:
    """Those whom the next part goes to. Who has heard another one too lately is left out, unless it is urgent or an answer."""
    telegram = (
        select(func.max(addresses.c.id))
        .where(
            addresses.c.conversation_id == listeners.c.conversation_id,
            addresses.c.channel == "telegram",
            addresses.c.state == "ok",
        )
        .scalar_subquery()
    )
    statement = (
        select(
            listeners.c.resident_id,
            listeners.c.conversation_id,
            listeners.c.locale,
            listeners.c.channel,
            listeners.c.areas,
            listeners.c.gap_days,
            listeners.c.quiet_from,
            listeners.c.quiet_to,
            residents.c.email,
            case((listeners.c.channel == "telegram", telegram)).label("address_id"),
        )
        .join(residents, residents.c.id == listeners.c.resident_id)
        .where(
            _fit(broadcast.municipality_id, chosen, all_at_once=False),
            listeners.c.resident_id > broadcast.cursor,
            ~residents.c.protected,
            ~exists().where(  # under the number that they had before two of their conversations became one
                broadcast_recipients.c.broadcast_id == broadcast.id,
                broadcast_recipients.c.resident_id == listeners.c.resident_id,
            ),
        )
        .order_by(listeners.c.resident_id)
        .limit(limit)
    )
    if spares(broadcast):
        statement = statement.where(~_rests(now))
    rows: Any = await tx.execute(statement)
    return [Hearer(*row) for row in rows]


def spares(broadcast: Broadcast) -> bool:
    """Whether it leaves out who has just heard another one: not what is urgent, nor what was asked for by an answer."""
    return broadcast.urgent is None and broadcast.answers_id is None


async def still_listen(
    tx: AsyncConnection, broadcast: Broadcast, resident_ids: Sequence[int], now: datetime
) -> frozenset[int]:
    """Those of these who have not stopped in the meantime, nor heard another one."""
    this = [listeners.c.municipality_id == broadcast.municipality_id, listeners.c.resident_id.in_(tuple(resident_ids))]
    if spares(broadcast):
        this.append(~_rests(now))
    return frozenset(await tx.scalars(select(listeners.c.resident_id).where(*this)))


async def open_of(tx: AsyncConnection, broadcast_id: int, now: datetime, limit: int) -> tuple[int, bool]:
    """How many deliveries of a broadcast wait for no more than the sender (at most `limit`), and whether any is open."""
    this = (
        deliveries.c.made_by == made_by(broadcast_id),
        deliveries.c.priority == literal_column(str(BULK)),
        deliveries.c.status.in_([literal_column("'waiting'"), literal_column("'attempting'")]),
    )
    ready = select(deliveries.c.id).where(*this, deliveries.c.due_at <= now + timedelta(minutes=1)).limit(limit)
    waiting = int(await tx.scalar(select(func.count()).select_from(ready.subquery())) or 0)
    if waiting:
        return waiting, True
    return 0, bool(await tx.scalar(select(exists().where(*this))))


async def note_part(
    tx: AsyncConnection, broadcast: Broadcast, part: Sequence[tuple[Hearer, str, int]], last: int, now: datetime
) -> None:
    """Write down who was handed the broadcast (each with the channel and the message), and how far it has come: to the
    resident `last`."""
    rows = [
        {
            "broadcast_id": broadcast.id, "ordinal": hearer.resident_id, "municipality_id": broadcast.municipality_id,
            "resident_id": hearer.resident_id, "message_id": message_id, "channel": channel, "locale": hearer.locale,
            "areas": hearer.areas, "at": now,
        }
        for hearer, channel, message_id in part
    ]  # fmt: skip
    if rows:
        await tx.execute(insert(broadcast_recipients), rows)
    for days in {hearer.gap_days for hearer, _channel, _message in part} - {0}:
        theirs = [hearer.resident_id for hearer, _channel, _message in part if hearer.gap_days == days]
        await tx.execute(
            update(listeners)
            .where(
                listeners.c.municipality_id == broadcast.municipality_id,
                listeners.c.resident_id.in_(theirs),
            )
            .values(next_at=now + timedelta(days=days))
        )
    await tx.execute(update(broadcasts).where(broadcasts.c.id == broadcast.id).values(cursor=last))


async def give_back_turns(tx: AsyncConnection, broadcast: Broadcast) -> None:
    """Who was to get a broadcast that was stopped before may hear the next one as if it had never been."""
    ended = select(deliveries.c.ordinal).where(
        deliveries.c.made_by == made_by(broadcast.id),
        deliveries.c.priority == literal_column(str(BULK)),
        deliveries.c.status == literal_column("'given_up'"),
        deliveries.c.error == "cancelled",
    )
    this = (listeners.c.municipality_id == broadcast.municipality_id, listeners.c.resident_id.in_(ended))
    await tx.execute(update(listeners).where(*this).values(next_at=None))


async def set_waiting(tx: AsyncConnection, broadcast_id: int, due_at: datetime) -> None:
    """When what still waits of a broadcast may be sent: far away while it is paused."""
    await tx.execute(
        update(deliveries)
        .where(
            deliveries.c.made_by == made_by(broadcast_id),
            deliveries.c.priority == literal_column(str(BULK)),
            deliveries.c.status == literal_column("'waiting'"),
        )
        .values(due_at=due_at, attempts=0)  # nobody's replies wait for what rests
    )


_STANDING = Prepared(
    select(broadcasts.c.status, broadcasts.c.urgent, listeners.c.quiet_from, listeners.c.quiet_to)
    .join_from(broadcasts, deliveries, deliveries.c.id == bindparam("b_delivery"))
    .outerjoin(
        listeners,
        and_(
            listeners.c.municipality_id == broadcasts.c.municipality_id,
            listeners.c.conversation_id == deliveries.c.conversation_id,
        ),
    )
    .where(broadcasts.c.id == bindparam("b_broadcast"))
)


async def standing(
    tx: AsyncConnection, broadcast_id: int, delivery_id: int
) -> tuple[str, bool, tuple[int, int] | None] | None:
    """Before a delivery of a broadcast goes out: the broadcast's status, whether it is urgent, and the quiet hours of
    whom it is for, None where they do not listen any more."""
    row = await _STANDING.one(tx, {"b_broadcast": broadcast_id, "b_delivery": delivery_id})
    if row is None:
        return None
    hours = None if row[2] is None else (int(row[2]), int(row[3]))
    return str(row[0]), row[1] is not None, hours


# --- what came of it --------------------------------------------------------------------------------------------------


async def reached(tx: AsyncConnection, broadcast_id: int) -> list[Reached]:
    """Every recipient counted once, by language, channel, area, what became of the delivery, and the answer."""
    without = case(
        (broadcast_recipients.c.channel == "web", "kept"), (broadcast_recipients.c.channel == UNREACHED, UNREACHED),
        else_="erased",
    )  # fmt: skip
    status = func.coalesce(deliveries.c.status, without).label("status")
    keys = (
        broadcast_recipients.c.locale,
        broadcast_recipients.c.channel,
        broadcast_recipients.c.areas,
        status,
        deliveries.c.error,
        broadcast_recipients.c.answer,
    )
    statement = (
        select(*keys, func.count())
        .outerjoin_from(
            broadcast_recipients,
            deliveries,
            and_(
                deliveries.c.made_by == made_by(broadcast_id),
                deliveries.c.ordinal == broadcast_recipients.c.ordinal,
            ),
        )
        .where(broadcast_recipients.c.broadcast_id == broadcast_id)
        .group_by(*keys)
    )
    return [Reached(*row) for row in await tx.execute(statement)]


async def answer(
    tx: AsyncConnection, municipality_id: str, broadcast_id: int, resident_id: int, said: str, now: datetime
) -> bool:
    """Note what somebody answered; a later answer takes the place of an earlier one. False: they never got it."""
    statement = update(broadcast_recipients).where(
        broadcast_recipients.c.municipality_id == municipality_id,
        broadcast_recipients.c.broadcast_id == broadcast_id,
        broadcast_recipients.c.resident_id == resident_id,
    )
    return (await tx.execute(statement.values(answer=said, answered_at=now))).rowcount > 0


async def has_heard(tx: AsyncConnection, municipality_id: str, broadcast_id: int, resident_id: int) -> Any:
    """What somebody got of a broadcast: its `locale` and their `answer`; None when they never did."""
    statement = select(broadcast_recipients.c.locale, broadcast_recipients.c.answer).where(
        broadcast_recipients.c.municipality_id == municipality_id,
        broadcast_recipients.c.broadcast_id == broadcast_id,
        broadcast_recipients.c.resident_id == resident_id,
    )
    return (await tx.execute(statement)).one_or_none()


async def signed_up(tx: AsyncConnection, broadcast_id: int, need_id: int) -> dict[str, int]:
    """How many of those who were told have to do with a shift of the need since, by the status of their signup."""
    statement = (
        select(signups.c.status, func.count())
        .join_from(broadcast_recipients, volunteers, volunteers.c.resident_id == broadcast_recipients.c.resident_id)
        .join(signups, signups.c.volunteer_id == volunteers.c.id)
        .join(shifts, shifts.c.id == signups.c.shift_id)
        .where(
            broadcast_recipients.c.broadcast_id == broadcast_id,
            shifts.c.need_id == need_id,
            signups.c.changed_at >= broadcast_recipients.c.at,
        )
        .group_by(signups.c.status)
    )
    return {status: count for status, count in await tx.execute(statement)}


async def begun(tx: AsyncConnection, municipality_id: str, *, limit: int = 20) -> list[Broadcast]:
    """The broadcasts that have begun to be sent, the newest first."""
    this = (broadcasts.c.municipality_id == municipality_id, broadcasts.c.started_at.is_not(None))
    rows = await tx.execute(select(*broadcasts.c).where(*this).order_by(broadcasts.c.id.desc()).limit(limit))
    return [Broadcast(*row) for row in rows]


async def ended_since(tx: AsyncConnection, broadcast_id: int, since: datetime) -> int:
    """How many deliveries of a broadcast were seen to since then, whatever became of them."""
    this = (
        deliveries.c.made_by == made_by(broadcast_id),
        deliveries.c.priority == literal_column(str(BULK)),
        deliveries.c.done_at >= since,
    )
    return int(await tx.scalar(select(func.count()).select_from(deliveries).where(*this)) or 0)


async def of_need(tx: AsyncConnection, municipality_id: str, need_id: int) -> list[Broadcast]:
    """The broadcasts about a need, the newest first."""
    this = (broadcasts.c.municipality_id == municipality_id, broadcasts.c.need_id == need_id)
    rows = await tx.execute(select(*broadcasts.c).where(*this).order_by(broadcasts.c.id.desc()))
    return [Broadcast(*row) for row in rows]


async def in_doubt(
    tx: AsyncConnection, municipality_id: str, broadcast_id: int, *, limit: int = 100
) -> list[tuple[int, str, str, datetime]]:
    """Deliveries of which nobody knows whether they arrived: resident, language, channel, and when it was."""
    statement = (
        select(
            broadcast_recipients.c.ordinal, broadcast_recipients.c.locale, broadcast_recipients.c.channel,
            deliveries.c.done_at,
        )
        .join(
            broadcast_recipients,
            and_(
                broadcast_recipients.c.broadcast_id == broadcast_id,
                broadcast_recipients.c.ordinal == deliveries.c.ordinal,
            ),
        )
        .where(
            deliveries.c.municipality_id == municipality_id,
            deliveries.c.made_by == made_by(broadcast_id),
            deliveries.c.priority == literal_column(str(BULK)),
            deliveries.c.status == "in_doubt",
        )
        .order_by(deliveries.c.id)
        .limit(limit)
    )  # fmt: skip
    return [(row.ordinal, row.locale, row.channel, row.done_at) for row in await tx.execute(statement)]
