"""Finding and making conversations."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import conversations, residents
from storage.db import Database
from storage.errors import NotFound
from storage.tables import addresses
from storage.tables import conversations as conversations_table
from storage.tables import residents as residents_table
from tests.storage.builders import NOW, later, open_chat


async def test_a_new_person_gets_a_conversation(db: Database) -> None:
    opened = await open_chat(db, locale_hint="so", name_hint="Asha")
    assert opened.new
    assert (opened.municipality_id, opened.channel, opened.address, opened.locale) == (
        "ekero",
        "telegram",
        "4711",
        "so",
    )
    assert (opened.holder, opened.record_state, opened.hold, opened.protected) == ("bot", "kept", False, False)
    assert (opened.state, opened.name, opened.email, opened.stopped_at, opened.notice_at) == (None,) * 5
    assert opened.address_state == "ok"
    assert opened.seen_at == NOW.replace(hour=0, minute=0)


async def test_a_known_person_is_found_by_one_statement(db: Database) -> None:
    first = await open_chat(db)
    said: list[str] = []

    async def listened(tx: AsyncConnection) -> conversations.Opened:
        driver: Any = tx.driver  # type: ignore[attr-defined]
        with contextlib.ExitStack() as stack:
            if db.dialect == "sqlite":
                driver.set_trace_callback(said.append)
                stack.callback(driver.set_trace_callback, None)
            else:
                stack.enter_context(driver.query_logger(lambda record: said.append(record.query)))
            return await conversations.open(tx, municipality_id="ekero", channel="telegram", address="4711", now=NOW)

    second = await db.write(listened)
    assert second.conversation_id == first.conversation_id and not second.new
    assert len(said) == 1


async def test_state_comes_back_as_it_was_saved(db: Database) -> None:
    opened = await open_chat(db)
    state = {"flow": "idea", "answers": {"what": "Fika på svenska \u2013 قهوة", "people": 12, "none": None}}
    await db.write(
        lambda tx: conversations.save(
            tx,
            opened.conversation_id,
            state=state,
            now=later(minutes=1),
            address_id=opened.address_id,
            holder="waiting",
        )
    )
    again = await open_chat(db)
    assert (again.state, again.updated_at, again.holder) == (state, later(minutes=1), "waiting")
    await db.write(lambda tx: conversations.save(tx, opened.conversation_id, state=None, now=NOW))
    again = await open_chat(db)
    assert (again.state, again.holder) == (None, "waiting")


async def test_municipalities_and_channels_do_not_mix(db: Database) -> None:
    ekero = await open_chat(db, "4711")
    nacka = await open_chat(db, "4711", municipality_id="nacka")
    web = await db.write(
        lambda tx: conversations.open(tx, municipality_id="ekero", channel="web", address="4711", now=NOW)
    )
    assert len({ekero.resident_id, nacka.resident_id, web.resident_id}) == 3


async def test_two_processes_make_one_conversation(db: Database, second_db: Database) -> None:
    for address in map(str, range(10)):
        opened = await asyncio.gather(*(open_chat(each, address) for each in (db, second_db, db, second_db)))
        assert len({each.conversation_id for each in opened}) == 1
        assert [each.new for each in opened].count(True) == 1
    async with db.read() as tx:
        for table in (residents_table, conversations_table, addresses):
            assert await tx.scalar(select(func.count()).select_from(table)) == 10


async def test_turns_of_one_person_do_not_interleave(db: Database, second_db: Database) -> None:
    """Two processes, no shared key: the row's lock alone keeps the second from reading before the first has saved."""
    first = await open_chat(db)

    async def count(database: Database) -> None:
        async def turn(tx: object) -> None:
            opened = await conversations.open(
                tx,
                municipality_id="ekero",
                channel="telegram",
                address="4711",
                now=NOW,  # type: ignore[arg-type]
            )
            n = (opened.state or {"n": 0})["n"]
            await asyncio.sleep(0.002)
            await conversations.save(tx, opened.conversation_id, state={"n": n + 1}, now=NOW)  # type: ignore[arg-type]
            await residents.set_locale(tx, opened.resident_id, str(int(opened.locale or 0) + 1))  # type: ignore[arg-type]

        await database.write(turn)

    await asyncio.gather(*(count(each) for each in (db, second_db) for _ in range(15)))
    last = await open_chat(db)
    assert (last.conversation_id, last.state, last.locale) == (first.conversation_id, {"n": 30}, "30")


async def test_by_id_knows_the_address_last_heard_from_or_that_of_a_channel(db: Database) -> None:
    opened = await open_chat(db)
    await db.write(lambda tx: conversations.attach(tx, opened.conversation_id, channel="web", address="w1", now=NOW))
    web = await db.write(
        lambda tx: conversations.open(tx, municipality_id="ekero", channel="web", address="w1", now=NOW)
    )
    assert (web.conversation_id, web.new) == (opened.conversation_id, False)

    async def address(channel: str | None = None) -> tuple[str | None, str | None]:
        found = await db.write(lambda tx: conversations.by_id(tx, opened.conversation_id, channel=channel))
        assert (found.resident_id, found.new) == (opened.resident_id, False)
        return found.channel, found.address

    assert await address() == ("telegram", "4711")
    assert await address("web") == ("web", "w1")
    assert await address("mail") == (None, None)
    await db.write(
        lambda tx: conversations.save(tx, opened.conversation_id, state=None, now=NOW, address_id=web.address_id)
    )
    assert await address() == ("web", "w1")
    with pytest.raises(NotFound):
        await db.write(lambda tx: conversations.by_id(tx, 999))


async def test_a_blocked_address_is_good_again_when_it_writes(db: Database) -> None:
    opened = await open_chat(db)
    assert opened.address_id is not None
    address_id = opened.address_id
    await db.write(lambda tx: conversations.set_address_state(tx, address_id, "blocked", NOW))
    async with db.read() as tx:
        assert [each.state for each in await conversations.addresses_of(tx, opened.conversation_id)] == ["blocked"]
    assert (await open_chat(db)).address_state == "ok"
    async with db.read() as tx:
        assert [each.state for each in await conversations.addresses_of(tx, opened.conversation_id)] == ["ok"]


async def test_seen_is_kept_by_the_day(db: Database) -> None:
    await open_chat(db)
    await db.write(
        lambda tx: conversations.open(
            tx, municipality_id="ekero", channel="telegram", address="4711", now=later(days=3)
        )
    )
    assert (await open_chat(db)).seen_at == later(days=3).replace(hour=0, minute=0)


async def test_an_address_of_nobody_can_become_a_residents(db: Database) -> None:
    group = await db.write(
        lambda tx: conversations.address(tx, municipality_id="ekero", channel="telegram", address="-100", now=NOW)
    )
    again = await db.write(
        lambda tx: conversations.address(tx, municipality_id="ekero", channel="telegram", address="-100", now=NOW)
    )
    assert group == again and group.conversation_id is None
    opened = await open_chat(db, "-100")
    assert (opened.address_id, opened.new) == (group.id, True)


async def test_one_coach_wins(db: Database, second_db: Database) -> None:
    opened = await open_chat(db)
    await db.write(lambda tx: conversations.set_holder(tx, opened.conversation_id, "waiting", now=NOW))
    async with db.read() as tx:
        assert [each.conversation_id for each in await conversations.held(tx, "ekero")] == [opened.conversation_id]
        assert await conversations.held(tx, "nacka") == []
    won = await asyncio.gather(
        *(
            each.write(
                lambda tx: conversations.set_holder(tx, opened.conversation_id, "human", now=NOW, expected=["waiting"])
            )
            for each in (db, second_db, db)
        )
    )
    assert sorted(won) == [False, False, True]


async def test_record_hold_and_restore_token(db: Database) -> None:
    opened = await open_chat(db)
    this = opened.conversation_id
    await db.write(lambda tx: conversations.set_record(tx, "ekero", this, "registered", number="KS 2026/14"))
    await db.write(lambda tx: conversations.set_hold(tx, "ekero", this, "asked for on 2 March"))
    await db.write(lambda tx: conversations.set_restore_token(tx, this, b"hash"))
    again = await open_chat(db)
    assert (again.record_state, again.hold) == ("registered", True)
    async with db.read() as tx:
        assert await conversations.by_restore_token(tx, "ekero", b"hash") == this
        with pytest.raises(NotFound):
            await conversations.by_restore_token(tx, "nacka", b"hash")
    with pytest.raises(NotFound):
        await db.write(lambda tx: conversations.set_hold(tx, "nacka", this, None))
