"""What is to be sent: queued with what caused it, claimed in order, settled with what became of it.

A delivery is "waiting", then "attempting" under a lease, then "sent", "given_up", "in_doubt" or "replaced" (by a newer
edit of the same message, before it was tried). Order is strict per address among deliveries of one priority. One of a
more urgent priority overtakes less urgent ones that were never tried, or a reply would wait for its turn in an
eleven-hour broadcast.

Most replies never wait: a turn queues them under the lease of its own process's sender (`queue_claimed`), which sends
them as soon as the turn is committed. What waits is found by `settle_and_claim`.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations
from storage.db import add_rows, columns, upsert
from storage.direct import Prepared
from storage.errors import NotFound
from storage.tables import addresses, attachments, deliveries, messages
from storage.tables import conversations as conversations_table

FIRST: Final = -5
"""Goes before whatever waits at its address, also what was tried already: the beginning of a topic that was made anew."""

INTERACTIVE: Final = 0
NOTICE: Final = 5
BULK: Final = 9
TALK: Final = (FIRST, INTERACTIVE, NOTICE)
"""What belongs to conversations; the other lane is that of broadcasts."""

DROPPED_AT_ONCE: Final = 500
"""So many messages are named in one statement at most."""

CHANGES: Final = ("edit", "close", "pin")
"""What is done to an earlier message of the same place."""

REPEATABLE: Final = (*CHANGES, "react", "topic_close", "topic_reopen", "topic_delete")
"""What may be done twice without anybody noticing."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One thing to send to one address.

    `op` is "send", "edit", "close" (take the buttons away), "document" or "mail"; in Telegram also "copy", "file", "pin",
    "react", "topic_close", "topic_reopen" and "topic_delete". `body` None sends the message's body; one with `made` names
    what is put into words at the moment it is sent.
    A body's `instead` (an `address_id` and a `body`) is a letter for when this can never arrive.
    `made_by` is the update's key (or "broadcast:<id>") and with `ordinal` unique, so that nothing is queued twice.
    `last_address` is where to send although the address is being forgotten in this transaction: the farewell.
    """

    municipality_id: str
    address_id: int
    channel: str
    op: str
    made_by: str
    ordinal: int
    due_at: datetime
    conversation_id: int | None = None
    message_id: int | None = None
    body: Any = None
    slot: str | None = None
    priority: int = INTERACTIVE
    last_address: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attempt; made by the methods of `Claimed`."""

    id: int
    attempts: int
    status: str
    external_id: str | None = None
    error: str | None = None
    due_at: datetime | None = None
    untried: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery to attempt now. Every one is answered with a result, or is tried again when its lease ends.

    `address` is None when it has been forgotten: give it up. `previous_external_id` is for `CHANGES`: the
    channel's id of what is to be changed, None when it never arrived. `possible_duplicate`: an earlier attempt may
    have arrived.
    """

    id: int
    municipality_id: str
    conversation_id: int | None
    message_id: int | None
    address_id: int
    channel: str
    address: str | None
    op: str
    body: Any
    slot: str | None
    locale: str | None
    priority: int
    attempts: int
    possible_duplicate: bool
    made_by: str
    previous_external_id: str | None

    def sent(self, external_id: str | None = None) -> Result:
        """It arrived, under this id of the channel."""
        return Result(self.id, self.attempts, "sent", external_id=external_id)

    def retry(self, at: datetime, reason: str) -> Result:
        """It surely did not arrive; try again at `at`. Until then nothing of its priority goes to that address."""
        return Result(self.id, self.attempts, "waiting", error=reason, due_at=at)

    def give_up(self, reason: str) -> Result:
        """It will never arrive."""
        return Result(self.id, self.attempts, "given_up", error=reason)

    def in_doubt(self, reason: str) -> Result:
        """It may have arrived and is not to be sent again."""
        return Result(self.id, self.attempts, "in_doubt", error=reason)

    def release(self) -> Result:
        """It was not tried after all: whoever looks next may claim it."""
        return Result(self.id, self.attempts, "waiting", untried=1)

    def postpone(self, at: datetime, reason: str) -> Result:
        """It was not tried, and is not to be before `at`: until then it may be added to, or overtaken.

        A broadcast's counts as if it had never been tried: it may rest till morning, and replies do not wait for it.
        """
        untried = self.attempts if self.priority == BULK else 1
        return Result(self.id, self.attempts, "waiting", error=reason, due_at=at, untried=untried)

    def replaced(self) -> Result:
        """It was not tried, and a newer edit of the same message makes it needless."""
        return Result(self.id, self.attempts, "replaced", untried=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest delivery of a place in a chat: the message it showed, and the channel's id of it once it is there."""

    message_id: int | None
    external_id: str | None


async def queue(tx: AsyncConnection, rows: Sequence[NewDelivery], *, now: datetime, skip_known: bool = False) -> None:
    """Queue deliveries in one statement.

    With `skip_known` those whose `made_by` and `ordinal` are queued already are left out: for a broadcast that goes on
    after a stop. Without it they are an IntegrityError.
    """
    if not rows:
        return
    values = [columns(row) | _NEW | {"created_at": now} for row in rows]
    await tx.execute(upsert(tx, deliveries).on_conflict_do_nothing() if skip_known else _INSERT, values)


async def untried(
    tx: AsyncConnection, address_id: int, ops: Collection[str], slot: str | None = None, *, shared: bool = False
) -> tuple[int, Any] | None:
    """The last of an address's deliveries that was not tried yet (in this place), if it is of these kinds: its id and body.

    It is locked: until the transaction ends nobody begins to send it, so that it may be relied on, or added to unless the
    lock is `shared` with others who rely on it.
    """
    row = await _untried(slot is not None, shared).one(tx, {"b_address": address_id, "b_slot": slot})
    return (row[0], row[2]) if row is not None and row[1] in ops else None


@functools.cache
def _untried(in_slot: bool, shared: bool) -> Prepared:
    """Parameters: b_address, b_slot."""
    waits = [
        deliveries.c.address_id == bindparam("b_address"), _status(deliveries, "waiting"), deliveries.c.attempts == 0,
    ]  # fmt: skip
    if in_slot:
        waits.append(deliveries.c.slot == bindparam("b_slot"))
    last = select(deliveries.c.id, deliveries.c.op, deliveries.c.body).where(*waits).order_by(deliveries.c.id.desc())
    return Prepared(last.limit(1).with_for_update(read=shared))


async def queue_unless(tx: AsyncConnection, row: NewDelivery, *, now: datetime) -> bool:
    """Queue something made at the moment it is sent, unless one like it waits untried; whether it was queued."""
    if await untried(tx, row.address_id, (row.op,), row.slot, shared=True) is not None:
        return False
    await queue(tx, [row], now=now)
    return True


async def set_body(tx: AsyncConnection, delivery_id: int, body: Any) -> None:
    """Change what will be sent; only for what `untried` has locked."""
    await tx.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(body=body))


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands, or will stand, at an address: its place, and the message it shows."""

    id: int
    address_id: int
    message_id: int | None
    slot: str | None
    body: Any
    external_id: str | None


_SHOWN = tuple(deliveries.c[name] for name in ("id", "address_id", "message_id", "slot", "body", "external_id"))


async def shown_as(tx: AsyncConnection, address_id: int, external_id: str, conversation_id: int) -> Shown | None:
    """The delivery that a channel's own id of a message came from, in a conversation."""
    this = (
        deliveries.c.conversation_id == conversation_id,
        deliveries.c.address_id == address_id,
        deliveries.c.external_id == external_id,
    )
    row = (await tx.execute(select(*_SHOWN).where(*this).order_by(deliveries.c.id).limit(1))).one_or_none()
    return None if row is None else Shown(*row)


async def of_message(tx: AsyncConnection, address_id: int, message_id: int) -> list[Shown]:
    """The deliveries of a message to an address, the newest first."""
    this = (deliveries.c.message_id == message_id, deliveries.c.address_id == address_id)
    return [Shown(*row) for row in await tx.execute(select(*_SHOWN).where(*this).order_by(deliveries.c.id.desc()))]


async def in_slots(tx: AsyncConnection, address_id: int, prefix: str, *, limit: int = 100) -> list[Shown]:
    """The newest deliveries of an address in places whose name begins so, the newest first."""
    this = (
        deliveries.c.address_id == address_id,
        deliveries.c.slot.is_not(None),
        deliveries.c.slot.startswith(prefix, autoescape=True),
    )
    statement = select(*_SHOWN).where(*this).order_by(deliveries.c.id.desc()).limit(limit)
    return [Shown(*row) for row in await tx.execute(statement)]


async def among(tx: AsyncConnection, address_ids: Sequence[int], external_id: str) -> Shown | None:
    """The delivery that a channel's own id of a message came from, at one of these addresses."""
    this = (
        deliveries.c.address_id.in_(tuple(address_ids)),
        deliveries.c.slot.is_not(None),
        deliveries.c.external_id == external_id,
    )
    row = (await tx.execute(select(*_SHOWN).where(*this).order_by(deliveries.c.id).limit(1))).one_or_none()
    return None if row is None else Shown(*row)


async def still_open(tx: AsyncConnection, address_id: int) -> list[Any]:
    """The bodies of what waits at an address."""
    this = (deliveries.c.address_id == address_id, _status(deliveries, "waiting", "attempting"))
    return list(await tx.scalars(select(deliveries.c.body).where(*this)))


async def count_since(tx: AsyncConnection, address_id: int, slot: str, op: str, since: datetime) -> int:
    """How often something was sent to a place in a chat since then."""
    this = (
        deliveries.c.address_id == address_id,
        deliveries.c.slot == slot,
        deliveries.c.op == op,
        deliveries.c.created_at > since,
    )
    return int(await tx.scalar(select(func.count()).select_from(deliveries).where(*this)) or 0)


async def queue_claimed(
    tx: AsyncConnection,
    rows: Sequence[NewDelivery],
    shown: Sequence[tuple[Any, str | None]],
    *,
    address: str | None,
    locale: str,
    holder: str,
    now: datetime,
    lease_s: float,
) -> list[Claimed]:
    """Queue deliveries of one address as already claimed by `holder`, to be sent as soon as this is committed.

    `shown` has for each row what is sent (the row's body, or its message's) and `Claimed.previous_external_id` as far
    as it is known. Allowed only where `standing` says that nobody else's deliveries are open at the address.
    """
    until = now + timedelta(seconds=lease_s)
    claimed = {"status": "attempting", "attempts": 1, "created_at": now, "leased_by": holder, "leased_until": until}
    ids = await add_rows(tx, deliveries, [columns(row) | _NEW | claimed for row in rows])
    return [
        Claimed(
            id=number, municipality_id=row.municipality_id, conversation_id=row.conversation_id,
            message_id=row.message_id, address_id=row.address_id, channel=row.channel, address=row.last_address or address,
            op=row.op, body=body, slot=row.slot, locale=locale, priority=row.priority, attempts=1,
            possible_duplicate=False, made_by=row.made_by, previous_external_id=previous,
        )
        for number, row, (body, previous) in zip(ids, rows, shown, strict=True)
    ]  # fmt: skip


async def standing(
    tx: AsyncConnection, address_id: int, slots: Sequence[str], *, holder: str, now: datetime
) -> tuple[bool, dict[str, Standing]]:
    """Whether nothing is open at an address but what `holder` has in its hands, or may be overtaken as a broadcast that was
    not tried; and what stands in these places."""
    parameters = {"b_address": address_id, **{f"b_slot{at}": slot for at, slot in enumerate(slots)}}
    free, there = True, dict[str, Standing]()
    found = await _standing(len(slots)).all(tx, parameters)
    for slot, _id, message_id, external_id, leased_by, leased_until in sorted(found, key=lambda row: -row[1]):
        if slot is None:
            free = free and leased_by == holder and leased_until > now
            continue
        newest = there.setdefault(slot, Standing(message_id, external_id))
        if newest.external_id is None:
            there[slot] = Standing(newest.message_id, external_id)
    return free, there


async def renew(tx: AsyncConnection, ids: Sequence[int], *, holder: str, until: datetime) -> None:
    """Keep deliveries that are still in a sender's hands from being claimed by others."""
    await tx.execute(_RENEW, [{"b_id": each, "b_holder": holder, "b_until": until} for each in ids])


def _of_bulk() -> ColumnElement[bool]:
    # Spelt out, for the same reason as below.
    return deliveries.c.priority == literal_column(str(BULK))


def _status(table: Any, *names: str) -> ColumnElement[bool]:
    # Spelt out, not bound, and word for word as in the index: else no partial index is used.
    words: list[ColumnElement[Any]] = [literal_column(f"'{name}'") for name in names]
    return cast(ColumnElement[bool], table.c.status == words[0] if len(words) == 1 else table.c.status.in_(words))


_NONE: Final[Mapping[str, int]] = {}
_NEW: Final = {"status": "waiting", "attempts": 0, "possible_duplicate": False}
_INSERT = insert(deliveries)
_SETTLE = Prepared(
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("b_id"),
        _status(deliveries, "attempting"),
        deliveries.c.leased_by == bindparam("b_holder"),
        deliveries.c.attempts == bindparam("b_attempts"),
    )
    .values(
        status=bindparam("b_status"),
        attempts=deliveries.c.attempts - bindparam("b_untried", type_=Integer),
        external_id=bindparam("b_external_id"),
        error=bindparam("b_error"),
        due_at=func.coalesce(bindparam("b_due_at", type_=deliveries.c.due_at.type), deliveries.c.due_at),
        done_at=bindparam("b_done_at"),
        last_address=case((bindparam("b_open", type_=Boolean), deliveries.c.last_address), else_=null()),
        leased_by=None,
        leased_until=None,
    )
)
_CLAIM = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("b_id"))
    .values(
        status="attempting",
        attempts=deliveries.c.attempts + 1,
        leased_by=bindparam("b_holder"),
        leased_until=bindparam("b_until"),
        possible_duplicate=bindparam("b_possible_duplicate"),
    )
)
_RENEW = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("b_id"),
        _status(deliveries, "attempting"),
        deliveries.c.leased_by == bindparam("b_holder"),
    )
    .values(leased_until=bindparam("b_until"))
)
_DOUBT = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("b_id"))
    .values(
        status="in_doubt",
        error="the process that was sending it ended",
        done_at=bindparam("b_done_at"),
        leased_by=None,
        leased_until=None,
        last_address=None,
    )
)


async def settle_and_claim(
    tx: AsyncConnection,
    results: Sequence[Result],
    *,
    holder: str,
    now: datetime,
    channels: Sequence[str],
    lease_s: float = 60,
    limit: int = 20,
    bulk: Mapping[str, int] = _NONE,
    in_hand: Container[int] = (),
) -> list[Claimed]:
    """Record what became of earlier claims, then claim what may be sent now: at most `limit`, urgent ones first, and of
    broadcasts for each channel as many as `bulk` says, unless what is more urgent fills the limit already.

    At most one delivery of an address is claimed, and none while somebody has another in hand. A result that comes after its lease was taken over changes nothing.
    A claim whose lease ended is made again, as a possible duplicate; a bulk one is marked in doubt instead.
    `holder` names this sender; it need not survive a restart. What it has `in_hand` it does not claim again, however late
    it is with its leases. `limit=0` only settles.
    """
    if results:
        await _SETTLE.all(tx, *(_settlement(result, holder, now) for result in results))
        await _write_instead(tx, [result.id for result in results if result.status == "given_up"], now)
    if not limit:
        return []
    rows = (await tx.execute(_ready(tuple(channels)), {"b_now": now, "b_limit": limit})).all()
    claims: list[Claimed] = []
    doubts: list[dict[str, Any]] = []
    taken: set[int] = set()
    for row in rows:
        expired = row.status == "attempting"
        if row.id in in_hand:
            continue
        if expired and row.priority == BULK:
            doubts.append({"b_id": row.id, "b_done_at": now})
        elif row.address_id not in taken and len(claims) < limit:
            taken.add(row.address_id)
            claims.append(_claimed(row, again=expired))
    if bulk and len(claims) < limit:  # not counting what ended with a dead process: it holds nobody else up
        limits = {f"b_limit{at}": bulk[channel] for at, channel in enumerate(bulk)}
        for row in await tx.execute(_ready_bulk(tuple(bulk)), {"b_now": now, **limits}):
            if row.id not in in_hand and row.address_id not in taken:
                taken.add(row.address_id)
                claims.append(_claimed(row, again=False))
    if doubts:
        await tx.execute(_DOUBT, doubts)
    if claims:
        until = now + timedelta(seconds=lease_s)
        await tx.execute(
            _CLAIM,
            [
                {
                    "b_id": claim.id,
                    "b_holder": holder,
                    "b_until": until,
                    "b_possible_duplicate": claim.possible_duplicate,
                }
                for claim in claims
            ],
        )
    return claims


def _settlement(result: Result, holder: str, now: datetime) -> dict[str, Any]:
    again = result.status == "waiting"
    return {
        "b_id": result.id,
        "b_holder": holder,
        "b_attempts": result.attempts,
        "b_status": result.status,
        "b_external_id": result.external_id,
        "b_error": result.error,
        "b_due_at": result.due_at,
        "b_done_at": None if again else now,
        "b_open": again,
        "b_untried": result.untried,
    }


def _claimed(row: Any, *, again: bool) -> Claimed:
    return Claimed(
        id=row.id,
        municipality_id=row.municipality_id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        address_id=row.address_id,
        channel=row.channel,
        address=row.last_address or row.address,
        op=row.op,
        body=row.message_body if row.body is None else row.body,
        slot=row.slot,
        locale=row.locale,
        priority=row.priority,
        attempts=row.attempts + 1,
        possible_duplicate=row.possible_duplicate or (again and row.op not in REPEATABLE),
        made_by=row.made_by,
        previous_external_id=row.previous_external_id,
    )


async def next_due(
    tx: AsyncConnection, channels: Sequence[str], bulk: Collection[str] | None = None
) -> datetime | None:
    """When something more may become claimable; it may be past. None when nothing waits and nothing is in flight.

    Of broadcasts only what waits for the channels in `bulk` counts (None: for all).
    """
    at: datetime | None = await tx.scalar(_next(tuple(channels), tuple(channels if bulk is None else bulk)))
    return at


async def give_up_address(tx: AsyncConnection, address_id: int, state: str, reason: str, *, now: datetime) -> int:
    """End everything that waits for an address that is "blocked" or "gone"; how much that was.

    Where a body names a letter to be written instead, that is queued.
    """
    await conversations.set_address_state(tx, address_id, state, now)
    statement = (
        update(deliveries)
        .where(deliveries.c.address_id == address_id, _status(deliveries, "waiting", "attempting"))
        .values(status="given_up", error=reason, done_at=now, leased_by=None, leased_until=None, last_address=None)
        .returning(deliveries.c.id)
    )
    ended = list(await tx.scalars(statement))
    await _write_instead(tx, ended, now)
    return len(ended)


async def take_up_address(tx: AsyncConnection, address_id: int, *, now: datetime) -> int:
    """An address that was "blocked" is "ok" again: what people wrote to it meanwhile waits once more; how much that was."""
    row = (await tx.execute(select(addresses).where(addresses.c.id == address_id))).one()
    await conversations.set_address_state(tx, address_id, "ok", now)
    if row.state != "blocked":
        return 0
    by_people = select(messages.c.id).where(messages.c.sender == "coach", messages.c.body.is_not(None))
    statement = (
        update(deliveries)
        .where(
            deliveries.c.address_id == address_id,
            deliveries.c.status == "given_up",
            deliveries.c.op.in_(("send", "copy", "file")),
            deliveries.c.done_at >= row.state_at,
            deliveries.c.message_id.in_(by_people),
        )
        .values(status="waiting", attempts=0, due_at=now, done_at=None, error=None)
    )
    return (await tx.execute(statement)).rowcount


async def give_up_bulk(tx: AsyncConnection, conversation_id: int, reason: str, now: datetime) -> int:
    """End everything of broadcasts that waits for a conversation; how much that was.

    Its messages go too, for nobody was ever sent them. What a sender has in its hands just now is its own to settle.
    """
    statement = (
        update(deliveries)
        .where(deliveries.c.conversation_id == conversation_id, _of_bulk(), _status(deliveries, "waiting"))
        .values(status="given_up", error=reason, done_at=now, leased_by=None, leased_until=None, last_address=None)
        .returning(deliveries.c.message_id)
    )
    ended = list(await tx.scalars(statement))
    await drop_unsent(tx, ended)
    return len(ended)


async def drop_unsent(tx: AsyncConnection, message_ids: Sequence[int | None], *, but: int | None = None) -> None:
    """Take away messages that nobody was sent, with what hung on them. `but` is a delivery that is about to be given up.

    Those stay that may have arrived once, and those of conversations whose disclosure is asked for.
    """
    theirs = [each for each in message_ids if each is not None]
    if not theirs:
        return
    may_have_arrived = exists().where(
        deliveries.c.message_id == messages.c.id,
        deliveries.c.id != (but or 0),
        or_(deliveries.c.status.in_(("attempting", "sent", "in_doubt")), deliveries.c.possible_duplicate),
    )
    held = exists().where(conversations_table.c.id == messages.c.conversation_id, conversations_table.c.hold)
    unsent = select(messages.c.id).where(messages.c.id.in_(theirs), ~may_have_arrived, ~held)
    gone = list(await tx.scalars(unsent))
    if gone:
        await tx.execute(delete(attachments).where(attachments.c.message_id.in_(gone)))
        await tx.execute(delete(messages).where(messages.c.id.in_(gone)))


async def _write_instead(tx: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    """Queue the letters that stand in for deliveries of these that were given up; each once."""
    if not ids:
        return
    given_up = select(
        deliveries.c.municipality_id, deliveries.c.made_by, deliveries.c.ordinal, deliveries.c.body
    ).where(deliveries.c.id.in_(ids), deliveries.c.status == "given_up", deliveries.c.body.is_not(None))
    letters = [
        NewDelivery(
            municipality_id=row.municipality_id, channel="mail", op="mail", made_by=f"{row.made_by}:instead",
            ordinal=row.ordinal, due_at=now, **row.body["instead"],
        )
        for row in await tx.execute(given_up)
        if "instead" in row.body
    ]  # fmt: skip
    await queue(tx, letters, now=now, skip_known=True)


async def migrate_address(tx: AsyncConnection, address_id: int, new_address: str, *, now: datetime) -> int:
    """A channel gave an address a new name (a group became a supergroup); the id of the row that has it now.

    When the new one is known already, what waits moves there and the old one is "gone".

    Raises:
        NotFound: There is no such address.
    """
    row = (await tx.execute(select(addresses).where(addresses.c.id == address_id))).one_or_none()
    if row is None:
        raise NotFound("addresses", address_id)
    keys = conversations.address_keys(row.channel, new_address)
    known: int | None = await tx.scalar(
        select(addresses.c.id).where(
            addresses.c.municipality_id == row.municipality_id,
            addresses.c.channel == row.channel,
            addresses.c.address_key.in_(keys),
            addresses.c.id != address_id,
        )
    )
    if known is None:
        renamed = {"address": new_address, "address_key": keys[0], "state": "ok", "state_at": now}
        await tx.execute(update(addresses).where(addresses.c.id == address_id).values(renamed))
        return address_id
    moved = update(deliveries).where(
        deliveries.c.address_id == address_id, _status(deliveries, "waiting", "attempting")
    )
    await tx.execute(moved.values(address_id=known))
    await conversations.set_address_state(tx, address_id, "gone", now)
    return known


async def end_bulk(tx: AsyncConnection, made_by: str, reason: str, now: datetime) -> int:
    """Give up all that waits of a broadcast, and take away the messages that nobody was sent; how much that was.

    What a sender has in hand just now is its own to settle: its gate stops it. Nothing is written instead.
    """
    ended = (
        update(deliveries)
        .where(deliveries.c.made_by == made_by, _of_bulk(), _status(deliveries, "waiting"))
        .values(status="given_up", error=reason, done_at=now, last_address=None)
        .returning(deliveries.c.message_id)
    )
    unsent = list(await tx.scalars(ended))
    for at in range(0, len(unsent), DROPPED_AT_ONCE):
        await drop_unsent(tx, unsent[at : at + DROPPED_AT_ONCE])
    return len(unsent)


async def resend_doubtful(tx: AsyncConnection, made_by: str, now: datetime) -> int:
    """Send again what is in doubt of a broadcast, as if it had not been tried, but as a possible duplicate; how much that is.

    Only ever when a person wants it. What has been forgotten since is left as it is.
    """
    there = or_(deliveries.c.body.is_not(None), deliveries.c.message_id.is_not(None))
    statement = (
        update(deliveries)
        .where(deliveries.c.made_by == made_by, _of_bulk(), deliveries.c.status == "in_doubt", there)
        .values(status="waiting", attempts=0, possible_duplicate=True, due_at=now, done_at=None, error=None)
    )
    return (await tx.execute(statement)).rowcount


# --- what stands at an address ------------------------------------------------------------------------------------------


@functools.cache
def _standing(slots: int) -> Prepared:
    """Parameters: b_address, b_slot0 … Rows without a slot are the open deliveries. A few index rows, in one statement."""
    here = deliveries.c.address_id == bindparam("b_address")
    found = (
        deliveries.c.id,
        deliveries.c.message_id,
        deliveries.c.external_id,
        deliveries.c.leased_by,
        deliveries.c.leased_until,
    )
    stays = or_(_status(deliveries, "attempting"), deliveries.c.priority < BULK, deliveries.c.attempts > 0)
    parts = [select(null().label("slot"), *found).where(here, _status(deliveries, "waiting", "attempting"), stays)]
    for at in range(slots):
        slot = deliveries.c.slot == bindparam(f"b_slot{at}")
        for arrived in (slot, and_(slot, deliveries.c.external_id.is_not(None))):
            newest = select(deliveries.c.slot, *found).where(here, arrived).order_by(deliveries.c.id.desc()).limit(1)
            parts.append(select(newest.subquery()))
    return Prepared(select(union_all(*parts).subquery()))


# --- which may be sent now --------------------------------------------------------------------------------------------

_NOW: Final = bindparam("b_now", type_=deliveries.c.due_at.type)


def _unblocked(channel: str, priority: int) -> Select[Any]:
    """Deliveries of one channel and priority that no other one of their address holds back."""
    other = deliveries.alias("other")
    if priority == FIRST:
        earlier = and_(other.c.id < deliveries.c.id, other.c.priority == FIRST)
    else:
        # One broadcast does not wait for another, which may rest till morning or be paused.
        urgent = other.c.priority < BULK if priority == BULK else other.c.priority <= deliveries.c.priority
        same = or_(urgent, other.c.attempts > 0)
        earlier = or_(and_(other.c.id < deliveries.c.id, same), other.c.priority == FIRST)
    blocked = exists().where(
        other.c.address_id == deliveries.c.address_id,
        other.c.id != deliveries.c.id,
        _status(other, "waiting", "attempting"),
        or_(_status(other, "attempting"), earlier),
    )
    return (
        select(deliveries.c.id, deliveries.c.due_at)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.priority == priority,
            _status(deliveries, "waiting"),
            ~blocked,
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
    )


def _previous(same: ColumnElement[bool], previous: Any) -> ScalarSelect[Any]:
    return (
        select(previous.c.external_id)
        .where(same, previous.c.address_id == deliveries.c.address_id, previous.c.external_id.is_not(None))
        .order_by(previous.c.id.desc())
        .limit(1)
        .correlate(deliveries)
        .scalar_subquery()
    )


@functools.cache
def _ready(channels: tuple[str, ...]) -> Select[Any]:
    """Parameters: b_now, b_limit. One small index scan for each channel and priority, however long the queues are."""
    limit = bindparam("b_limit", type_=Integer)
    waiting = and_(_status(deliveries, "waiting"), deliveries.c.due_at <= _NOW)
    other = deliveries.alias("attempting")
    before = or_(
        other.c.leased_until > _NOW,
        other.c.priority < deliveries.c.priority,
        and_(other.c.priority == deliveries.c.priority, other.c.id < deliveries.c.id),
    )
    held = exists().where(
        other.c.address_id == deliveries.c.address_id,
        other.c.id != deliveries.c.id,
        _status(other, "attempting"),
        before,
    )
    expired = and_(_status(deliveries, "attempting"), deliveries.c.leased_until <= _NOW, ~held)
    parts = [
        _unblocked(channel, priority).where(deliveries.c.due_at <= _NOW).limit(limit)
        for channel in channels
        for priority in TALK
    ]
    parts.append(
        select(deliveries.c.id, deliveries.c.due_at)
        .where(expired, deliveries.c.channel.in_(channels))
        .order_by(deliveries.c.leased_until)
        .limit(limit)
    )
    return _found(parts, or_(waiting, expired)).limit(limit)


@functools.cache
def _ready_bulk(channels: tuple[str, ...]) -> Select[Any]:
    """Parameters: b_now, and for each channel b_limit0 …"""
    waiting = and_(_status(deliveries, "waiting"), deliveries.c.due_at <= _NOW)
    limits = [bindparam(f"b_limit{at}", type_=Integer) for at in range(len(channels))]
    parts = [
        _unblocked(channel, BULK).where(deliveries.c.due_at <= _NOW).limit(limit)
        for channel, limit in zip(channels, limits, strict=True)
    ]
    return _found(parts, waiting)


def _found(parts: Sequence[Select[Any]], still: ColumnElement[bool]) -> Select[Any]:
    """The deliveries of these parts, with all that sending them needs, locked; as far as they are `still` so."""
    # Found once, before anything is joined to them: else PostgreSQL may look for them again for every one that waits.
    candidates = union_all(*(select(part.subquery().c.id) for part in parts)).cte("candidates")
    candidates = candidates.prefix_with("MATERIALIZED")
    old = deliveries.alias("old")
    return (
        select(
            deliveries,
            addresses.c.address,
            messages.c.body.label("message_body"),
            messages.c.locale,
            case(
                (
                    deliveries.c.op.in_(CHANGES),
                    func.coalesce(
                        _previous(old.c.message_id == deliveries.c.message_id, old),
                        _previous(old.c.slot == deliveries.c.slot, old),
                    ),
                ),
                else_=null(),
            ).label("previous_external_id"),
        )
        .join_from(candidates, deliveries, deliveries.c.id == candidates.c.id)
        .join(addresses, addresses.c.id == deliveries.c.address_id)
        .outerjoin(messages, messages.c.id == deliveries.c.message_id)
        .where(still)
        .order_by(deliveries.c.priority, deliveries.c.due_at, deliveries.c.id)
        .with_for_update(of=deliveries, skip_locked=True)
    )


@functools.cache
def _next(channels: tuple[str, ...], bulk: tuple[str, ...]) -> Select[Any]:
    parts = [_unblocked(channel, priority).limit(1) for channel in channels for priority in TALK]
    parts += [_unblocked(channel, BULK).limit(1) for channel in bulk]
    times = [select(part.subquery().c.due_at.label("at")) for part in parts]
    times.append(
        select(func.min(deliveries.c.leased_until).label("at")).where(
            _status(deliveries, "attempting"), deliveries.c.channel.in_(channels)
        )
    )
    return select(func.min(union_all(*times).subquery().c.at))
