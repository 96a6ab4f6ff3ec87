"""Who listens: what they chose comes back as it was, in few bits; what waits for them ends at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from storage import conversations, listeners, messages, outbox
from storage.conversations import Opened
from storage.db import Database
from storage.listeners import BITS_MAX, Listener, TooManyWords
from storage.tables import deliveries
from storage.tables import messages as messages_table
from tests.storage.builders import NOW, claim, later, open_chat, queue, said, to_send

CHOSEN: dict[str, Any] = {
    "locale": "ar", "channel": "telegram", "topics": ["culture", "helpers"], "areas": ["Stenhamra"],
    "skills": ["driving"], "spoken": ["ar", "sv"], "roles": ["volunteer"], "band": 26, "gap_days": 7,
    "quiet_from": 21, "quiet_to": 8,
}  # fmt: skip


async def listen(db: Database, who: Opened, *, at: Any = NOW, **more: Any) -> None:
    await db.write(
        lambda tx: listeners.save(
            tx, municipality_id=who.municipality_id, resident_id=who.resident_id, now=at,
            conversation_id=who.conversation_id, **{**CHOSEN, **more},
        )
    )  # fmt: skip


async def found(db: Database, who: Opened) -> Listener | None:
    async with db.read() as tx:
        return await listeners.of_resident(tx, who.municipality_id, who.resident_id)


# --- words and bits -------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(), max_size=BITS_MAX, unique=True), st.data())
def test_a_set_of_words_is_the_same_when_it_comes_back(every: list[str], data: Any) -> None:
    words = dict(enumerate(every))
    chosen = data.draw(st.sets(st.sampled_from(every))) if every else set()
    bits = listeners.encoded(chosen, {word: bit for bit, word in words.items()})
    assert 0 <= bits < 2**BITS_MAX
    assert set(listeners.decoded(bits, words)) == chosen


async def test_words_keep_their_bits_and_are_sealed(db: Database) -> None:
    first = await db.write(lambda tx: listeners.bits(tx, "ekero", "areas", ["Stenhamra", "Färingsö"]))
    again = await db.write(lambda tx: listeners.bits(tx, "ekero", "areas", ["Ekerö centrum", "Stenhamra"]))
    assert (first, again) == (0b11, 0b110), "each new word the next bit, in the order of the alphabet"
    assert await db.write(lambda tx: listeners.bits(tx, "ekero", "topics", ["Stenhamra"])) == 1, "each kind its own"
    assert await db.write(lambda tx: listeners.bits(tx, "nacka", "areas", [])) == 0
    async with db.read() as tx:
        assert await listeners.words(tx, "ekero", "areas") == {0: "Färingsö", 1: "Stenhamra", 2: "Ekerö centrum"}
        assert await listeners.words(tx, "nacka", "areas") == {}
        stored = list(await tx.scalars(text("SELECT word FROM listener_words")))
        assert len(stored) == 4 and not any(b"Stenhamra" in bytes(each) for each in stored)


async def test_unknown_words_are_not_made_by_asking(db: Database) -> None:
    await db.write(lambda tx: listeners.bits(tx, "ekero", "spoken", ["so"]))
    async with db.read() as tx:
        assert await listeners.known_bits(tx, "ekero", "spoken", ["ti", "so"]) == 1
        assert await listeners.known_bits(tx, "nacka", "spoken", ["so"]) == 0
        assert await listeners.words(tx, "ekero", "spoken") == {0: "so"}


async def test_the_last_bit_is_of_use_and_more_are_refused(db: Database) -> None:
    every = [f"w{number:02}" for number in range(BITS_MAX)]
    assert await db.write(lambda tx: listeners.bits(tx, "ekero", "topics", every)) == 2**BITS_MAX - 1
    with pytest.raises(TooManyWords, match='ekero: "one more" would be word 63 of "topics"'):
        await db.write(lambda tx: listeners.bits(tx, "ekero", "topics", ["one more", *every]))
    who = await open_chat(db)
    await listen(db, who, topics=every)
    listener = await found(db, who)
    assert listener is not None and listener.topics == tuple(every)


async def test_two_who_make_words_at_the_same_moment_agree(db: Database, second_db: Database) -> None:
    wanted = [[f"{who}{number}" for number in range(4)] + ["both"] for who in ("a", "b")]
    jobs = [
        each.write(lambda tx, some=some: listeners.bits(tx, "ekero", "roles", some))  # type: ignore[misc]
        for each, some in zip((db, second_db), wanted, strict=True)
    ]
    bits = await asyncio.gather(*jobs)
    async with db.read() as tx:
        words = await listeners.words(tx, "ekero", "roles")
    assert sorted(words) == list(range(9)) and len(set(words.values())) == 9
    assert [set(listeners.decoded(each, words)) for each in bits] == [set(each) for each in wanted]


# --- who listens ----------------------------------------------------------------------------------------------------------


async def test_what_somebody_chose_comes_back_in_words(db: Database) -> None:
    who, other = await open_chat(db), await open_chat(db, "4712")
    assert await found(db, who) is None
    await listen(db, who)
    listener = await found(db, who)
    assert listener == Listener(
        "ekero", who.resident_id, who.conversation_id, "ar", "telegram", ("culture", "helpers"), ("Stenhamra",),
        ("driving",), ("ar", "sv"), ("volunteer",), 26, 7, 21, 8, None, NOW,
    )  # fmt: skip
    assert await found(db, other) is None


async def test_a_change_keeps_since_when_and_when_next(db: Database) -> None:
    who = await open_chat(db)
    await listen(db, who)
    next_at = later(days=7)
    await db.write(lambda tx: tx.execute(listeners.listeners.update().values(next_at=next_at)))
    await listen(db, who, at=later(days=1), topics=[], areas=[], band=None, gap_days=1, quiet_from=0, quiet_to=0)
    listener = await found(db, who)
    assert listener is not None
    assert (listener.since, listener.next_at) == (NOW, next_at)
    assert (listener.topics, listener.areas, listener.band, listener.gap_days) == ((), (), None, 1)
    assert (listener.quiet_from, listener.quiet_to, listener.spoken) == (0, 0, ("ar", "sv"))


async def test_a_refresh_changes_only_what_is_worked_out(db: Database) -> None:
    who, other = await open_chat(db), await open_chat(db, "4712")
    await listen(db, who)
    worked_out: dict[str, Any] = {
        "locale": "sv",
        "channel": "web",
        "skills": [],
        "spoken": ["sv"],
        "roles": ["network"],
    }
    before = await found(db, who)
    for each, listens in ((who, True), (other, False)):
        mine = {"municipality_id": "ekero", "resident_id": each.resident_id}
        assert await db.write(lambda tx, mine=mine: listeners.refresh(tx, **mine, **worked_out)) is listens  # type: ignore[misc]
    after = await found(db, who)
    assert before is not None and after is not None
    assert (after.locale, after.channel, after.skills, after.spoken, after.roles) == (
        "sv",
        "web",
        (),
        ("sv",),
        ("network",),
    )
    assert (after.topics, after.areas, after.since, after.gap_days) == (before.topics, before.areas, NOW, 7)


async def test_who_listens_no_longer_is_gone_in_their_municipality_alone(db: Database) -> None:
    who, namesake = await open_chat(db), await open_chat(db, municipality_id="nacka")
    for each in (who, namesake):
        await listen(db, each)
    assert not await db.write(lambda tx: listeners.remove(tx, "nacka", who.resident_id))
    assert await db.write(lambda tx: listeners.remove(tx, "ekero", who.resident_id))
    assert not await db.write(lambda tx: listeners.remove(tx, "ekero", who.resident_id))
    assert await found(db, who) is None and await found(db, namesake) is not None


async def test_whoever_is_opened_is_known_to_listen_and_where(db: Database) -> None:
    who = await open_chat(db)
    assert who.listens is None
    await listen(db, who, channel="mail")
    assert (await open_chat(db)).listens == "mail"
    assert (await db.write(lambda tx: conversations.by_id(tx, who.conversation_id))).listens == "mail"


# --- what waits for them --------------------------------------------------------------------------------------------------


async def bulk(db: Database, who: Opened, number: int, **more: Any) -> int:
    """A message of broadcast `number` that waits for somebody; the message's id."""
    (id,) = await db.write(
        lambda tx: messages.add(tx, [said(who, {"text": f"broadcast {number}"}, sender="bot", channel="telegram")])
    )
    row = to_send(who, who.resident_id, message_id=id, body=None, priority=outbox.BULK, made_by=f"broadcast:{number}")
    await queue(db, row)
    return id


async def stood(db: Database) -> list[tuple[str, str, str | None]]:
    async with db.read() as tx:
        rows = await tx.execute(select(deliveries).order_by(deliveries.c.id))
        return [(row.made_by, row.status, row.error) for row in rows]


async def left(db: Database) -> list[int]:
    async with db.read() as tx:
        return list(await tx.scalars(select(messages_table.c.id).order_by(messages_table.c.id)))


async def test_what_waits_of_broadcasts_ends_for_one_and_its_words_go(db: Database) -> None:
    who, other = await open_chat(db), await open_chat(db, "4712")
    mine = [await bulk(db, who, number) for number in (1, 2)]
    theirs = await bulk(db, other, 1)
    await queue(db, to_send(who))  # a reply
    assert await db.write(lambda tx: outbox.give_up_bulk(tx, who.conversation_id, "stopped", later(hours=1))) == 2
    assert await stood(db) == [
        ("broadcast:1", "given_up", "stopped"),
        ("broadcast:2", "given_up", "stopped"),
        ("broadcast:1", "waiting", None),
        (f"test:{who.conversation_id}", "waiting", None),
    ]
    assert await left(db) == [theirs] and theirs not in mine
    assert await db.write(lambda tx: outbox.give_up_bulk(tx, who.conversation_id, "stopped", later(hours=2))) == 0


async def test_what_was_sent_or_is_held_stays(db: Database) -> None:
    who, held = await open_chat(db), await open_chat(db, "4712")
    sent = await bulk(db, who, 1)
    (delivery,) = await claim(db)
    await claim(db, delivery.sent("1001"), limit=0)
    in_hand = await bulk(db, who, 2)
    await claim(db)
    kept = await bulk(db, held, 1)
    await db.write(lambda tx: conversations.set_hold(tx, "ekero", held.conversation_id, "asked for"))
    for each in (who, held):
        await db.write(lambda tx, each=each: outbox.give_up_bulk(tx, each.conversation_id, "stopped", NOW))  # type: ignore[misc]
    assert [status for _cause, status, _error in await stood(db)] == ["sent", "attempting", "given_up"]
    assert await left(db) == [sent, in_hand, kept]
