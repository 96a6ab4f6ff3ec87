"""Who somebody is and where their conversation stands: found, made, saved, handed over."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Select, bindparam, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.direct import Prepared
from storage.errors import NotFound
from storage.secrets import keyring
from storage.tables import addresses, conversations, listeners, residents

ADDRESS_INDEX = "address"


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation with its resident, and the address it is opened for; locked until the transaction ends.

    The address fields are None where `by_id` found none. `state` is None before the first turn. `listens` is where news
    reaches them, None where they have asked for none (`storage.listeners`). `new` says that this call made it.
    """

    conversation_id: int
    resident_id: int
    municipality_id: str
    state: dict[str, Any] | None
    updated_at: datetime
    holder: str
    record_state: str
    hold: bool
    locale: str | None
    notice_version: str | None
    notice_at: datetime | None
    name: str | None
    email: str | None
    stopped_at: datetime | None
    protected: bool
    seen_at: datetime
    address_id: int | None
    channel: str | None
    address: str | None
    address_state: str | None
    listens: str | None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is on a channel. `address` is None once it has been forgotten."""

    id: int
    municipality_id: str
    conversation_id: int | None
    channel: str
    address: str | None
    state: str
    state_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """One line of a list of conversations."""

    conversation_id: int
    resident_id: int
    holder: str
    record_state: str
    locale: str | None
    updated_at: datetime


def address_keys(channel: str, address: str) -> list[bytes]:
    """The blind indexes an address may be stored under, newest key first."""
    return keyring().indexes(ADDRESS_INDEX, channel, address)


_OPENED = (
    conversations.c.id,
    conversations.c.resident_id,
    conversations.c.municipality_id,
    conversations.c.state,
    conversations.c.updated_at,
    conversations.c.holder,
    conversations.c.record_state,
    conversations.c.hold,
    residents.c.locale,
    residents.c.notice_version,
    residents.c.notice_at,
    residents.c.name,
    residents.c.email,
    residents.c.stopped_at,
    residents.c.protected,
    residents.c.seen_at,
    addresses.c.id.label("address_id"),
    addresses.c.channel,
    addresses.c.address,
    addresses.c.state.label("address_state"),
    listeners.c.channel.label("listens"),
)
_LISTENS = (listeners.c.municipality_id == residents.c.municipality_id) & (listeners.c.resident_id == residents.c.id)


# Rows that other tables point to are locked the weaker way (FOR NO KEY UPDATE), so that inserting a message or a
# promise beside them does not wait.
@functools.cache
def _by_address(keys: int) -> Prepared:
    return Prepared(
        select(*_OPENED)
        .join_from(conversations, residents, residents.c.id == conversations.c.resident_id)
        .join(addresses, addresses.c.conversation_id == conversations.c.id)
        .outerjoin(listeners, _LISTENS)
        .where(
            addresses.c.municipality_id == bindparam("b_municipality"),
            addresses.c.channel == bindparam("b_channel"),
            or_(*(addresses.c.address_key == bindparam(f"b_key{at}") for at in range(keys))),
        )
        .with_for_update(of=(conversations, residents), key_share=True)
    )


@functools.cache
def _save(names: tuple[str, ...]) -> Prepared:
    return Prepared(update(conversations).where(conversations.c.id == bindparam("b_id")), names)


async def open(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    channel: str,
    address: str,
    now: datetime,
    locale_hint: str | None = None,
    name_hint: str | None = None,
) -> Opened:
    """The conversation of whoever is at this address, made with its resident when nobody is known there.

    One SELECT for somebody known. Processes that meet a new person at the same moment agree on one row. An address that
    was blocked is good again, since it has just written. `locale_hint` is where a new resident starts; `name_hint` is
    what the channel calls them, kept with a new address only.
    """
    keys = address_keys(channel, address)
    found = await _at(tx, municipality_id, channel, keys)
    new = False
    if found is None:
        found, new = await _make(
            tx, municipality_id, channel, address, keys, now=now, locale_hint=locale_hint, name_hint=name_hint
        )
    opened = Opened(*found)
    if opened.address_state != "ok" and opened.address_id is not None:
        await set_address_state(tx, opened.address_id, "ok", now)
        opened = replace(opened, address_state="ok")
    if opened.seen_at < _day(now):
        await tx.execute(update(residents).where(residents.c.id == opened.resident_id).values(seen_at=_day(now)))
        opened = replace(opened, seen_at=_day(now))
    return replace(opened, new=True) if new else opened


async def by_id(
    tx: AsyncConnection, conversation_id: int, *, channel: str | None = None, address_id: int | None = None
) -> Opened:
    """The same for a clock, a session or a coach, who know the conversation and not the address.

    Its address is the one of `address_id`, the newest one on `channel`, or the one last heard from.

    Raises:
        NotFound: There is no such conversation.
    """
    there = addresses.c.conversation_id == conversations.c.id
    if address_id is not None:
        there &= addresses.c.id == address_id
    elif channel is not None:
        there &= addresses.c.channel == channel
    else:
        there &= addresses.c.id == conversations.c.last_address_id
    statement = (
        select(*_OPENED)
        .join_from(conversations, residents, residents.c.id == conversations.c.resident_id)
        .outerjoin(addresses, there)
        .outerjoin(listeners, _LISTENS)
        .where(conversations.c.id == conversation_id)
        .order_by(addresses.c.id.desc())
        .limit(1)
        .with_for_update(of=(conversations, residents), key_share=True)
    )
    row: Any = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("conversations", conversation_id)
    return Opened(*row)


async def lock(tx: AsyncConnection, conversation_id: int) -> None:
    """Hold a conversation until the end of the transaction, as `open` and `by_id` do."""
    this = select(conversations.c.id).where(conversations.c.id == conversation_id)
    await tx.execute(this.with_for_update(key_share=True))


async def save(
    tx: AsyncConnection,
    conversation_id: int,
    *,
    state: dict[str, Any] | None,
    now: datetime,
    address_id: int | None = None,
    holder: str | None = None,
) -> None:
    """Store where the conversation stands, in one UPDATE. None for `address_id` and `holder` leaves them as they are.

    After `retention.forget` in the same transaction save a fresh state, or the drafts it removed come back.
    """
    values: dict[str, Any] = {"state": state, "updated_at": now}
    if address_id is not None:
        values["last_address_id"] = address_id
    if holder is not None:
        values["holder"] = holder
    await _save(tuple(values)).all(tx, {"b_id": conversation_id, **values})


async def set_holder(
    tx: AsyncConnection, conversation_id: int, holder: str, *, now: datetime, expected: Sequence[str] = ()
) -> bool:
    """Hand the conversation to "bot", "waiting" or "human", or to nobody ("closed"). With
    `expected`, only from one of those; whether it was.

    One UPDATE decides, so two coaches cannot both win.
    """
    statement = update(conversations).where(conversations.c.id == conversation_id)
    if expected:
        statement = statement.where(conversations.c.holder.in_(expected))
    return (await tx.execute(statement.values(holder=holder, updated_at=now))).rowcount > 0


async def held(tx: AsyncConnection, municipality_id: str, *, limit: int = 200) -> list[Held]:
    """Conversations that wait for a human or are held by one, the one longest untouched first."""
    statement = (
        select(
            conversations.c.id,
            conversations.c.resident_id,
            conversations.c.holder,
            conversations.c.record_state,
            residents.c.locale,
            conversations.c.updated_at,
        )
        .join_from(conversations, residents, residents.c.id == conversations.c.resident_id)
        .where(
            conversations.c.municipality_id == municipality_id,
            conversations.c.holder != literal_column("'bot'"),  # spelt out, for the partial index
        )
        .order_by(conversations.c.updated_at)
        .limit(limit)
    )
    return [Held(*row) for row in await tx.execute(statement)]


async def set_record(
    tx: AsyncConnection, municipality_id: str, conversation_id: int, record_state: str, *, number: str | None = None
) -> None:
    """Mark it "kept" in order, "to_register" or "registered" under `number`. Raises NotFound."""
    await _change(tx, municipality_id, conversation_id, record_state=record_state, record_number=number)


async def set_hold(tx: AsyncConnection, municipality_id: str, conversation_id: int, reason: str | None) -> None:
    """Keep everything of it from deletion while its disclosure is asked for; None lifts that again. Raises NotFound."""
    await _change(tx, municipality_id, conversation_id, hold=reason is not None, hold_reason=reason)


async def set_restore_token(tx: AsyncConnection, conversation_id: int, hashed: bytes | None) -> None:
    """Store the hash of the token that finds the conversation again (`secrets.token_hash`), replacing the last."""
    await tx.execute(update(conversations).where(conversations.c.id == conversation_id).values(token_hash=hashed))


async def by_restore_token(tx: AsyncConnection, municipality_id: str, hashed: bytes) -> int:
    """The id of the conversation with this token. Raises NotFound."""
    statement = select(conversations.c.id).where(
        conversations.c.municipality_id == municipality_id, conversations.c.token_hash == hashed
    )
    found: int | None = await tx.scalar(statement)
    if found is None:
        raise NotFound("conversations", "restore token")
    return found


# --- addresses --------------------------------------------------------------------------------------------------------

_ADDRESS = (
    addresses.c.id,
    addresses.c.municipality_id,
    addresses.c.conversation_id,
    addresses.c.channel,
    addresses.c.address,
    addresses.c.state,
    addresses.c.state_at,
)


async def addresses_of(tx: AsyncConnection, conversation_id: int) -> list[Address]:
    """Every address of a conversation, the oldest first."""
    statement = select(*_ADDRESS).where(addresses.c.conversation_id == conversation_id).order_by(addresses.c.id)
    return [Address(*row) for row in await tx.execute(statement)]


async def address_by_id(tx: AsyncConnection, address_id: int) -> Address | None:
    """The row of an address."""
    row = (await tx.execute(select(*_ADDRESS).where(addresses.c.id == address_id))).one_or_none()
    return None if row is None else Address(*row)


async def address(tx: AsyncConnection, *, municipality_id: str, channel: str, address: str, now: datetime) -> Address:
    """The row of an address that need not be a resident's (a contact person, the coaches' group), made when new."""
    keys = address_keys(channel, address)
    row = (await tx.execute(_address_row(municipality_id, channel, keys))).one_or_none()
    if row is None:
        await _insert_address(tx, municipality_id, channel, address, keys, now=now, name_hint=None)
        row = (await tx.execute(_address_row(municipality_id, channel, keys))).one()
    return Address(*row)


async def attach(tx: AsyncConnection, conversation_id: int, *, channel: str, address: str, now: datetime) -> Address:
    """Give a conversation one address more; what is said there continues it.

    An address that belonged to another conversation changes over, for whoever holds it now asked for that. The other
    conversation stays as it is, reachable by its other addresses.

    Raises:
        NotFound: There is no such conversation.
    """
    opened = await by_id(tx, conversation_id)
    keys = address_keys(channel, address)
    await _insert_address(tx, opened.municipality_id, channel, address, keys, now=now, name_hint=None)
    row = (await tx.execute(_address_row(opened.municipality_id, channel, keys))).one()
    owner = {"resident_id": opened.resident_id, "conversation_id": conversation_id, "state": "ok", "state_at": now}
    await tx.execute(update(addresses).where(addresses.c.id == row.id).values(owner))
    return Address(row.id, opened.municipality_id, conversation_id, channel, address, "ok", now)


async def set_address_state(tx: AsyncConnection, address_id: int, state: str, now: datetime) -> None:
    """Note that an address is "ok", "blocked" by its owner, or "gone" for good; `state_at` is when that began."""
    changed = (addresses.c.id == address_id, addresses.c.state != state)
    await tx.execute(update(addresses).where(*changed).values(state=state, state_at=now))


# --- inside -----------------------------------------------------------------------------------------------------------


async def _change(tx: AsyncConnection, municipality_id: str, conversation_id: int, **values: Any) -> None:
    this = (conversations.c.id == conversation_id, conversations.c.municipality_id == municipality_id)
    if not (await tx.execute(update(conversations).where(*this).values(**values))).rowcount:
        raise NotFound("conversations", conversation_id)


async def _at(tx: AsyncConnection, municipality_id: str, channel: str, keys: list[bytes]) -> Any:
    parameters: dict[str, Any] = {f"b_key{at}": key for at, key in enumerate(keys)}
    parameters |= {"b_municipality": municipality_id, "b_channel": channel}
    return next(iter(await _by_address(len(keys)).all(tx, parameters)), None)


async def _make(
    tx: AsyncConnection,
    municipality_id: str,
    channel: str,
    address: str,
    keys: list[bytes],
    *,
    now: datetime,
    locale_hint: str | None,
    name_hint: str | None,
) -> tuple[Any, bool]:
    """A resident with a conversation, unless another process was faster: the unique address decides who makes them."""
    await _insert_address(tx, municipality_id, channel, address, keys, now=now, name_hint=name_hint)
    # Waits for whoever is making the conversation of this address, and then sees it.
    row = (await tx.execute(_address_row(municipality_id, channel, keys).with_for_update())).one()
    new = row.conversation_id is None
    if new:
        resident_id = await _id(
            tx,
            insert(residents).values(
                municipality_id=municipality_id,
                locale=locale_hint,
                protected=False,
                created_at=now,
                seen_at=_day(now),
            ),
        )
        conversation_id = await _id(
            tx,
            insert(conversations).values(
                municipality_id=municipality_id,
                resident_id=resident_id,
                created_at=now,
                updated_at=now,
                holder="bot",
                record_state="kept",
                hold=False,
                last_address_id=row.id,
            ),
        )
        owner = {"resident_id": resident_id, "conversation_id": conversation_id}
        await tx.execute(update(addresses).where(addresses.c.id == row.id).values(owner))
    found = await _at(tx, municipality_id, channel, keys)
    assert found is not None  # the address has a conversation by now, and we hold its lock
    return found, new


async def _id(tx: AsyncConnection, statement: Insert) -> int:
    return int((await tx.execute(statement.returning(statement.table.c.id))).scalar_one())


async def _insert_address(
    tx: AsyncConnection,
    municipality_id: str,
    channel: str,
    address: str,
    keys: list[bytes],
    *,
    now: datetime,
    name_hint: str | None,
) -> None:
    statement = upsert(tx, addresses).values(
        municipality_id=municipality_id,
        channel=channel,
        address=address,
        address_key=keys[0],
        state="ok",
        state_at=now,
        name_hint=name_hint,
        created_at=now,
    )
    await tx.execute(statement.on_conflict_do_nothing())


def _address_row(municipality_id: str, channel: str, keys: list[bytes]) -> Select[Any]:
    return (
        select(*_ADDRESS)
        .where(
            addresses.c.municipality_id == municipality_id,
            addresses.c.channel == channel,
            addresses.c.address_key.in_(keys),
        )
        .order_by(addresses.c.id)
        .limit(1)
    )


def _day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
