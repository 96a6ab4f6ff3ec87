"""The coaches' groups in Telegram: which there are, and a topic for each case that somebody has there.

A group's own address is "<chat>", a topic's "<chat>/<thread>", and "<chat>/new:<case>" until Telegram has made it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations, outbox, remembered
from storage.direct import Prepared
from storage.tables import addresses, forum_topics
from storage.tables import remembered as facts

CHANNEL = "telegram"
RIGHTS, GONE = "rights", "gone"
"""Why a group is lost: no topics can be made there, or nothing can be sent there at all."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group as it is now: its number, the number it was set up with, and why it is lost ("" while it is not)."""

    chat: int
    named: int
    lost: str


@dataclass(frozen=True, slots=True)
class Topic:
    """The topic of a case. `address` is None once it has been forgotten; `made` counts how often it was made anew."""

    id: int
    municipality_id: str
    conversation_id: int
    case_id: int
    address_id: int
    made: int
    opened_at: datetime
    closed_at: datetime | None
    lost_at: datetime | None
    address: str | None

    @property
    def open(self) -> bool:
        return self.closed_at is None and self.lost_at is None


def new_address(chat: int, case_id: int) -> str:
    return f"{chat}/new:{case_id}"


def chat_of(address: str) -> int:
    """The group that a topic is in, or the group itself."""
    return int(address.partition("/")[0])


# --- groups -----------------------------------------------------------------------------------------------------------


async def set_up(tx: AsyncConnection, municipality_id: str, chats: Sequence[int]) -> None:
    """Remember which groups the operator has named."""
    await remembered.put(tx, municipality_id, "forum:groups", ",".join(map(str, chats)))


async def groups(tx: AsyncConnection, municipality_id: str) -> list[Group]:
    """The groups there are, in the order they were named; one look where there are none."""
    known = {key: value for key, value in await _KNOWN.all(tx, {"b_municipality": municipality_id})}
    found = []
    for number in map(int, filter(None, known.get("forum:groups", "").split(","))):
        chat = int(known.get(f"forum:moved:{number}", number))
        found.append(Group(chat, number, known.get(f"forum:lost:{chat}", "")))
    return found


_KNOWN = Prepared(
    select(facts.c.key, facts.c.value).where(
        facts.c.municipality_id == bindparam("b_municipality"), facts.c.key.like("forum:%")
    )
)


async def group(tx: AsyncConnection, municipality_id: str, chat: int) -> Group | None:
    """The group of this number, or None where it is none of the coaches'."""
    return next((each for each in await groups(tx, municipality_id) if each.chat == chat), None)


async def set_lost(tx: AsyncConnection, municipality_id: str, chat: int, why: str) -> None:
    """Note that a group is lost, or with "" that it is there again."""
    await remembered.put(tx, municipality_id, f"forum:lost:{chat}", why)


async def moved(tx: AsyncConnection, municipality_id: str, old: int, new: int, now: datetime) -> bool:
    """A group has a new number: in every address of it, and for the number it was named by. False when that was known."""
    this = next((each for each in await groups(tx, municipality_id) if each.chat == old), None)
    if this is None:
        return False
    await remembered.put(tx, municipality_id, f"forum:moved:{this.named}", str(new))
    for address_id, address in await _addresses(tx, municipality_id, old):
        rest = address.partition("/")[2]
        await outbox.migrate_address(tx, address_id, f"{new}/{rest}" if rest else str(new), now=now)
    return True


async def _addresses(tx: AsyncConnection, municipality_id: str, chat: int) -> list[tuple[int, str]]:
    """A group's own address and those of its topics."""
    keys = conversations.address_keys(CHANNEL, str(chat))
    own = select(addresses.c.id, addresses.c.address).where(
        addresses.c.municipality_id == municipality_id,
        addresses.c.channel == CHANNEL,
        addresses.c.address_key.in_(keys),
    )
    topics = (
        select(addresses.c.id, addresses.c.address)
        .join(forum_topics, forum_topics.c.address_id == addresses.c.id)
        .where(forum_topics.c.municipality_id == municipality_id)
    )
    found = [(row.id, row.address) for each in (own, topics) for row in await tx.execute(each)]
    return [(id, address) for id, address in found if address is not None and chat_of(address) == chat]


# --- topics -----------------------------------------------------------------------------------------------------------

_TOPIC = select(*forum_topics.c, addresses.c.address).join(addresses, addresses.c.id == forum_topics.c.address_id)
_OF_CASE = Prepared(
    _TOPIC.where(
        forum_topics.c.municipality_id == bindparam("b_municipality"), forum_topics.c.case_id == bindparam("b_case")
    )
    .order_by(forum_topics.c.id.desc())
    .limit(1)
)
_OPEN_OF_CONVERSATION = Prepared(
    _TOPIC.where(
        forum_topics.c.conversation_id == bindparam("b_conversation"),
        forum_topics.c.closed_at.is_(None),
        forum_topics.c.lost_at.is_(None),
    ).order_by(forum_topics.c.id)
)


async def _topic(tx: AsyncConnection, *where: Any) -> Topic | None:
    found = await tx.execute(_TOPIC.where(*where).order_by(forum_topics.c.id.desc()).limit(1))
    row: Any = found.one_or_none()
    return None if row is None else Topic(*row)


async def of_case(tx: AsyncConnection, municipality_id: str, case_id: int) -> Topic | None:
    """A case's topic."""
    row = await _OF_CASE.one(tx, {"b_municipality": municipality_id, "b_case": case_id})
    return None if row is None else Topic(*row)


async def of_conversation(tx: AsyncConnection, conversation_id: int) -> list[Topic]:
    """The topics of a conversation's cases that are open."""
    return [Topic(*row) for row in await _OPEN_OF_CONVERSATION.all(tx, {"b_conversation": conversation_id})]


async def at_address(tx: AsyncConnection, municipality_id: str, address: str) -> Topic | None:
    """The topic that is at an address."""
    keys = conversations.address_keys(CHANNEL, address)
    return await _topic(tx, addresses.c.municipality_id == municipality_id, addresses.c.channel == CHANNEL,
                        addresses.c.address_key.in_(keys))  # fmt: skip


async def of_address(tx: AsyncConnection, address_id: int) -> Topic | None:
    """The topic whose address this row is."""
    return await _topic(tx, forum_topics.c.address_id == address_id)


async def in_group(tx: AsyncConnection, municipality_id: str, chat: int) -> list[Topic]:
    """A group's topics that were not closed."""
    return [each for each in await _not_closed(tx, municipality_id) if each.address and chat_of(each.address) == chat]


async def counted(tx: AsyncConnection, municipality_id: str) -> Counter[int]:
    """How many open topics each group has."""
    return Counter(
        chat_of(each.address) for each in await _not_closed(tx, municipality_id) if each.open and each.address
    )


async def _not_closed(tx: AsyncConnection, municipality_id: str) -> list[Topic]:
    here = (forum_topics.c.municipality_id == municipality_id, forum_topics.c.closed_at.is_(None))
    found: Any = await tx.execute(_TOPIC.where(*here).order_by(forum_topics.c.id))
    return [Topic(*row) for row in found]


async def make(
    tx: AsyncConnection, municipality_id: str, chat: int, *, case_id: int, conversation_id: int, now: datetime
) -> Topic:
    """A topic for a case, to be made by Telegram with the first thing that is sent there."""
    address = await conversations.address(
        tx, municipality_id=municipality_id, channel=CHANNEL, address=new_address(chat, case_id), now=now
    )
    await tx.execute(
        insert(forum_topics).values(
            municipality_id=municipality_id, conversation_id=conversation_id, case_id=case_id, address_id=address.id,
            made=0, opened_at=now,
        )
    )  # fmt: skip
    made = await of_case(tx, municipality_id, case_id)
    assert made is not None
    return made


async def make_anew(tx: AsyncConnection, topic: Topic, chat: int, now: datetime) -> None:
    """The topic is gone in Telegram: what is sent there next makes it anew."""
    await outbox.migrate_address(tx, topic.address_id, new_address(chat, topic.case_id), now=now)
    await change(tx, topic.id, made=topic.made + 1, lost_at=None)


async def change(tx: AsyncConnection, topic_id: int, **values: Any) -> None:
    """Note that a topic was closed, opened again or given up."""
    await tx.execute(update(forum_topics).where(forum_topics.c.id == topic_id).values(**values))
