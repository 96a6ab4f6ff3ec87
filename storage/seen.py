"""Looking only: what a page shows of a conversation. Locks nothing, makes nothing, marks nothing as seen."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conversations import address_keys
from storage.direct import Prepared
from storage.tables import addresses, conversations, messages, residents


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversation as somebody finds it at an address."""

    conversation_id: int
    resident_id: int
    municipality_id: str
    state: dict[str, Any] | None
    holder: str
    locale: str | None
    notice_version: str | None
    email: str | None
    created_at: datetime


async def by_address(tx: AsyncConnection, municipality_id: str, channel: str, address: str) -> Seen | None:
    """The conversation at an address, or None where nobody has written yet (or all has been forgotten)."""
    keys = address_keys(channel, address)
    parameters = {"b_municipality": municipality_id, "b_channel": channel}
    row = await _by_address(len(keys)).one(tx, parameters | {f"b_key{at}": key for at, key in enumerate(keys)})
    return None if row is None else Seen(*row)


@functools.cache
def _by_address(keys: int) -> Prepared:
    return Prepared(
        select(
            conversations.c.id,
            residents.c.id,
            conversations.c.municipality_id,
            conversations.c.state,
            conversations.c.holder,
            residents.c.locale,
            residents.c.notice_version,
            residents.c.email,
            conversations.c.created_at,
        )
        .join_from(addresses, conversations, conversations.c.id == addresses.c.conversation_id)
        .join(residents, residents.c.id == conversations.c.resident_id)
        .where(
            addresses.c.municipality_id == bindparam("b_municipality"),
            addresses.c.channel == bindparam("b_channel"),
            or_(*(addresses.c.address_key == bindparam(f"b_key{at}") for at in range(keys))),
        )
    )


async def last_message_id(tx: AsyncConnection, conversation_id: int) -> int:
    """The id of what was said last, 0 when nothing was: whether there is anything new costs one index look-up."""
    ((last,),) = await _LAST.all(tx, {"b_conversation": conversation_id})
    return int(last or 0)


_LAST = Prepared(select(func.max(messages.c.id)).where(messages.c.conversation_id == bindparam("b_conversation")))


async def channels(tx: AsyncConnection, conversation_id: int) -> frozenset[str]:
    """The channels on which the conversation's resident can be written to."""
    return frozenset(row[0] for row in await _CHANNELS.all(tx, {"b_conversation": conversation_id}))


_CHANNELS = Prepared(
    select(addresses.c.channel).where(
        addresses.c.conversation_id == bindparam("b_conversation"), addresses.c.state == "ok"
    )
)


@dataclass(frozen=True, slots=True)
class Person:
    """A conversation and its resident, as staff see them. `said_name` is what their channel calls them."""

    conversation_id: int
    resident_id: int
    municipality_id: str
    state: dict[str, Any] | None
    holder: str
    locale: str | None
    name: str | None
    email: str | None
    stopped_at: datetime | None
    forgotten_at: datetime | None
    created_at: datetime
    said_name: str | None
    channel: str | None
    address: str | None
    protected: bool


async def person(tx: AsyncConnection, municipality_id: str, conversation_id: int) -> Person | None:
    """A conversation of this municipality, or None."""
    statement = (
        select(
            conversations.c.id,
            residents.c.id,
            conversations.c.municipality_id,
            conversations.c.state,
            conversations.c.holder,
            residents.c.locale,
            residents.c.name,
            residents.c.email,
            residents.c.stopped_at,
            residents.c.forgotten_at,
            conversations.c.created_at,
            addresses.c.name_hint,
            addresses.c.channel,
            addresses.c.address,
            residents.c.protected,
        )
        .join_from(conversations, residents, residents.c.id == conversations.c.resident_id)
        .outerjoin(addresses, addresses.c.id == conversations.c.last_address_id)
        .where(conversations.c.id == conversation_id, conversations.c.municipality_id == municipality_id)
    )
    row: Any = (await tx.execute(statement)).first()
    return None if row is None else Person(*row)
