"""Who has asked for news from the municipality, about what, and where it reaches them.

What somebody chose is kept as sets of bits, so that a million are counted in a moment. What a bit stands for is in
`listener_words`, sealed: a word gets the next bit of its kind when it is first wanted, and keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.tables import broadcast_recipients, listener_words, listeners

KINDS: Final = ("topics", "areas", "skills", "spoken", "roles")
"""The columns of `listeners` that are sets of bits, each with words of its own."""

IN_BITS: Final = (listeners, broadcast_recipients)
"""The tables with such columns."""

BITS_MAX: Final = 62
"""So many words a kind can have: a set of them stays a positive number of 64 bits."""


class TooManyWords(ValueError):
    """A kind has as many words as there are bits: the municipality's list is too long."""

    def __init__(self, municipality_id: str, kind: str, word: str) -> None:
        super().__init__(
            f'{municipality_id}: "{word}" would be word {BITS_MAX + 1} of "{kind}", and there is room for {BITS_MAX}; '
            "take some out of the municipality's list, and remove those that nobody uses from listener_words"
        )
        self.municipality_id, self.kind, self.word = municipality_id, kind, word


@dataclass(frozen=True, slots=True)
class Listener:
    """What somebody has asked for. No topics or areas: all of them. See `storage.tables.listeners`."""

    municipality_id: str
    resident_id: int
    conversation_id: int
    locale: str
    channel: str
    topics: tuple[str, ...]
    areas: tuple[str, ...]
    skills: tuple[str, ...]
    spoken: tuple[str, ...]
    roles: tuple[str, ...]
    band: int | None
    gap_days: int
    quiet_from: int
    quiet_to: int
    next_at: datetime | None
    since: datetime


_COLUMNS: Final = tuple(listeners.c[name] for name in Listener.__dataclass_fields__)


async def save(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    conversation_id: int,
    locale: str,
    channel: str,
    topics: Iterable[str],
    areas: Iterable[str],
    skills: Iterable[str],
    spoken: Iterable[str],
    roles: Iterable[str],
    band: int | None,
    gap_days: int,
    quiet_from: int,
    quiet_to: int,
    now: datetime,
) -> None:
    """Keep what somebody asks for, or change it: since when they listen, and when they may hear next, stay.

    Raises:
        TooManyWords: There is no bit left for a new word.
    """
    chosen = {"topics": topics, "areas": areas, "skills": skills, "spoken": spoken, "roles": roles}
    values: dict[str, Any] = {
        "municipality_id": municipality_id, "resident_id": resident_id, "conversation_id": conversation_id,
        "locale": locale, "channel": channel, "band": band, "gap_days": gap_days, "quiet_from": quiet_from,
        "quiet_to": quiet_to, "since": now, **await _all_bits(tx, municipality_id, chosen),
    }  # fmt: skip
    statement = upsert(tx, listeners).values(values)
    changed = [name for name in values if name not in ("municipality_id", "resident_id", "since")]
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["municipality_id", "resident_id"],
            set_={name: statement.excluded[name] for name in changed},
        )
    )


async def refresh(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    locale: str,
    channel: str,
    skills: Iterable[str],
    spoken: Iterable[str],
    roles: Iterable[str],
) -> bool:
    """Keep what the program knows of a listener now; what they chose stays. Whether they listen.

    Raises:
        TooManyWords: There is no bit left for a new word.
    """
    known = await _all_bits(tx, municipality_id, {"skills": skills, "spoken": spoken, "roles": roles})
    changed = update(listeners).where(*_this(municipality_id, resident_id))
    return (await tx.execute(changed.values(locale=locale, channel=channel, **known))).rowcount > 0


async def remove(tx: AsyncConnection, municipality_id: str, resident_id: int) -> bool:
    """Somebody listens no longer; whether they did."""
    return (await tx.execute(delete(listeners).where(*_this(municipality_id, resident_id)))).rowcount > 0


async def of_resident(tx: AsyncConnection, municipality_id: str, resident_id: int) -> Listener | None:
    """What somebody has asked for, in words; None when they do not listen."""
    row = (await tx.execute(select(*_COLUMNS).where(*_this(municipality_id, resident_id)))).one_or_none()
    if row is None:
        return None
    return Listener(**await readable(tx, municipality_id, dict(row._mapping)))


async def readable(tx: AsyncConnection, municipality_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its sets of bits in words."""
    said = dict(row)
    for kind in KINDS:
        if kind in said:
            said[kind] = decoded(said[kind], await words(tx, municipality_id, kind)) if said[kind] else ()
    return said


# --- words ----------------------------------------------------------------------------------------------------------------


async def bits(tx: AsyncConnection, municipality_id: str, kind: str, words: Iterable[str]) -> int:
    """A set of words as bits; words that have none yet get one.

    Raises:
        TooManyWords: There is no bit left for a new word.
    """
    wanted = sorted(set(words))
    if not wanted:
        return 0
    known = await _by_word(tx, municipality_id, kind)
    for word in wanted:
        while word not in known:
            bit = max(known.values(), default=-1) + 1
            if bit >= BITS_MAX:
                raise TooManyWords(municipality_id, kind, word)
            made = upsert(tx, listener_words).values(municipality_id=municipality_id, kind=kind, bit=bit, word=word)
            # Who makes a word at the same moment waits here for the other one, and then looks again.
            await tx.execute(made.on_conflict_do_nothing())
            known = await _by_word(tx, municipality_id, kind)
    return encoded(wanted, known)


async def known_bits(tx: AsyncConnection, municipality_id: str, kind: str, words: Iterable[str]) -> int:
    """The same without making any: words that nobody has chosen yet are left out."""
    return encoded(words, await _by_word(tx, municipality_id, kind))


async def words(tx: AsyncConnection, municipality_id: str, kind: str) -> dict[int, str]:
    """What each bit of a kind stands for, by the bit's number."""
    statement = select(listener_words.c.bit, listener_words.c.word).where(
        listener_words.c.municipality_id == municipality_id, listener_words.c.kind == kind
    )
    return {int(bit): word for bit, word in await tx.execute(statement.order_by(listener_words.c.bit))}


def encoded(words: Iterable[str], known: Mapping[str, int]) -> int:
    """A set of words as bits, by the number of each; words that have none are left out."""
    return sum(1 << known[word] for word in set(words) if word in known)


def decoded(bits: int, words: Mapping[int, str]) -> tuple[str, ...]:
    """The words of a set of bits, in the order of their numbers; the reverse of `encoded`."""
    return tuple(word for bit, word in sorted(words.items()) if bits >> bit & 1)


async def _by_word(tx: AsyncConnection, municipality_id: str, kind: str) -> dict[str, int]:
    return {word: bit for bit, word in (await words(tx, municipality_id, kind)).items()}


async def _all_bits(tx: AsyncConnection, municipality_id: str, chosen: Mapping[str, Iterable[str]]) -> dict[str, int]:
    return {kind: await bits(tx, municipality_id, kind, each) for kind, each in chosen.items()}


def _this(municipality_id: str, resident_id: int) -> tuple[Any, ...]:
    return listeners.c.municipality_id == municipality_id, listeners.c.resident_id == resident_id
