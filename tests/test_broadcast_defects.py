"""What has gone wrong with broadcasts once, and must not again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot import listening
from bot.broadcast_form import filled
from bot.broadcast_views import hidden
from bot.broadcasting import Broadcasts, version_of
from bot.feeder import Feeder
from bot.handoff import Actor
from bot.staff import Refused
from bot.turn import Turns
from storage import broadcasts, conversations, crisis, merging, outbox, tables
from storage.db import Database
from storage.outbox import Claimed, NewDelivery, Result
from tests.test_broadcasting import WORDS, draft, fed, listens, sent
from tests.test_handoff import coach
from tests.test_turn import Resident


@pytest.fixture
async def saga(town: Turns) -> Actor:
    return await coach(town.db, "Saga", "sender", "coordinator")


async def claimed(db: Database, now: Any, *results: Result, limit: int = 20) -> list[Claimed]:
    return await db.write(
        lambda tx: outbox.settle_and_claim(
            tx, results, holder="one", now=now, channels=["telegram"], limit=limit, bulk={"telegram": 20}
        )
    )


async def reply(town: Turns, conversation_id: int) -> None:
    """Something said to them in their conversation."""

    async def write(tx: Any) -> None:
        who = await conversations.by_id(tx, conversation_id)
        assert who.address_id is not None
        said = NewDelivery(
            municipality_id="ekero", address_id=who.address_id, channel="telegram", op="send", made_by="said", ordinal=1,
            due_at=town.now(), body={"html": "Hello"}, conversation_id=conversation_id,
        )  # fmt: skip
        await outbox.queue(tx, [said], now=town.now())

    await town.db.write(write)


async def merged(town: Turns, kept: int, gone: int) -> None:
    async def write(tx: Any) -> None:
        stays, goes = await conversations.by_id(tx, kept), await conversations.by_id(tx, gone)
        await merging.merge(tx, kept=stays, gone=goes, now=town.now())
        await listening.merged(tx, kept, town.municipalities["ekero"], town.now())

    await town.db.write(write)


async def web_chat(town: Turns, name: str) -> int:
    return (
        await town.db.write(
            lambda tx: conversations.open(
                tx, municipality_id="ekero", channel="web", address=name, now=town.now(), locale_hint="en"
            )
        )
    ).conversation_id


async def test_a_paused_one_holds_up_no_other_and_no_reply(town: Turns, saga: Actor, db: Database) -> None:
    _resident, conversation = await listens(town, "1")
    await listens(town, "2")
    first = await draft(town, saga)
    await sent(town, saga, first)
    (one, two) = await claimed(db, town.now())
    waits = one.retry(town.now() + timedelta(seconds=5), "too many requests")
    await claimed(db, town.now(), waits, two.release(), limit=0)
    await Broadcasts(town).pause(saga, first)
    await reply(town, conversation)
    (said,) = await claimed(db, town.now())
    assert said.made_by == "said"
    await claimed(db, town.now(), said.sent("7"), limit=0)
    second = await draft(town, saga)
    await sent(town, saga, second)
    assert [each.made_by for each in await claimed(db, town.now())] == [f"broadcast:{second}"] * 2


async def test_what_was_tried_and_then_rests_till_morning_holds_up_no_reply(
    town: Turns, saga: Actor, db: Database
) -> None:
    _resident, conversation = await listens(town, "1")
    await sent(town, saga, await draft(town, saga))
    (one,) = await claimed(db, town.now())
    later = town.now() + timedelta(seconds=6)
    await claimed(db, town.now(), one.retry(later, "too many requests"), limit=0)
    (again,) = await claimed(db, later)
    await claimed(db, later, again.postpone(later + timedelta(hours=11), "quiet hours"), limit=0)
    await reply(town, conversation)
    assert [each.made_by for each in await claimed(db, later + timedelta(hours=1))] == ["said"]


async def test_an_urgent_one_does_not_wait_for_an_ordinary_one_that_rests(
    town: Turns, saga: Actor, db: Database
) -> None:
    await listens(town, "1", quiet_from=9, quiet_to=20)
    await sent(town, saga, await draft(town, saga))
    acts, urgent = Broadcasts(town), await draft(town, saga)
    await acts.ask(saga, urgent, urgent="Danger")
    await acts.approve(await coach(town.db, "Bo", "sender"), urgent)
    await fed(town)
    assert [each.made_by for each in await claimed(db, town.now())] == [f"broadcast:{urgent}"]


async def test_what_is_not_urgent_is_handed_over_after_what_is(
    town: Turns, saga: Actor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.feeder.PART", 1)
    for each in range(3):
        await listens(town, str(each))
    acts = Broadcasts(town)
    ordinary, urgent = await draft(town, saga), await draft(town, saga)
    await acts.ask(saga, ordinary)
    feeder = Feeder(town)
    await feeder.step()
    await acts.ask(saga, urgent, urgent="Danger")
    await acts.approve(await coach(town.db, "Bo", "sender"), urgent)
    await fed(town)
    await fed(town)
    order = [each.made_by for each in sorted(await rows(tables.deliveries), key=lambda each: each.id)]
    first, last = f"broadcast:{urgent}", f"broadcast:{ordinary}"
    assert order.index(first) + 2 <= len(order) and order[-1] == last and order.count(first) == order.count(last) == 3


async def test_who_had_stopped_all_messages_and_asks_for_news_gets_news(town: Turns, saga: Actor, rows: Any) -> None:
    await Resident(town, "amina").does("/start", "/stop")
    await listens(town, "amina", channel="web")
    await sent(town, saga, await draft(town, saga))
    assert len(await rows(tables.broadcast_recipients)) == 1


async def test_nobody_says_yes_to_what_was_changed_meanwhile(town: Turns, saga: Actor, rows: Any, now: Any) -> None:
    await listens(town, "1")
    bo, acts, number = await coach(town.db, "Bo", "sender"), Broadcasts(town), await draft(town, saga)
    await acts.ask(saga, number, urgent="Danger")
    version = version_of((await acts.seen(bo, number)).row)
    now[0] += timedelta(minutes=1)
    await acts.give_back(saga, number, "")
    await acts.save(saga, number, filled({**WORDS, "words-sv": "Something else"}, acts.place(saga)))
    await acts.ask(saga, number, urgent="Danger")
    with pytest.raises(Refused) as refused:
        await acts.approve(bo, number, version=version)
    assert refused.value.why == "gone"
    await acts.approve(bo, number, version=version_of((await acts.seen(bo, number)).row))


async def test_whoever_has_written_or_asked_is_not_the_second_person(town: Turns, saga: Actor) -> None:
    await listens(town, "1")
    acts, number = Broadcasts(town), await draft(town, saga)
    cia = await coach(town.db, "Cia", "sender")
    await acts.ask(cia, number, urgent="Danger")
    for author in (saga, cia):
        with pytest.raises(Refused) as refused:
            await acts.approve(author, number)
        assert refused.value.why == "same"
    await acts.approve(await coach(town.db, "Bo", "leader"), number)


async def test_what_reaches_more_by_the_time_it_begins_is_asked_about(
    town: Turns, saga: Actor, rows: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = town.municipalities["ekero"]
    few = place.model_copy(update={"news": place.news.model_copy(update={"approve_above": 1})})
    monkeypatch.setattr(town, "municipalities", {"ekero": few})
    await listens(town, "1")
    acts, number = Broadcasts(town), await draft(town, saga)
    assert await acts.ask(saga, number, at=town.now() + timedelta(days=1)) == "scheduled"
    await listens(town, "2")
    now[0] += timedelta(days=1, minutes=1)
    await fed(town)
    (row,) = await rows(tables.broadcasts)
    assert (row.status, len(await rows(tables.broadcast_recipients))) == ("asked", 0)
    await acts.approve(await coach(town.db, "Bo", "leader"), number)
    await fed(town)
    assert len(await rows(tables.broadcast_recipients)) == 2


async def test_a_crisis_that_begins_before_it_does_asks_for_a_second_person(
    town: Turns, saga: Actor, rows: Any, now: Any
) -> None:
    await listens(town, "1")
    await Broadcasts(town).ask(saga, await draft(town, saga), at=town.now() + timedelta(hours=1))
    await town.db.write(lambda tx: crisis.change(
        tx, municipality_id="ekero", level="crisis", drill=False, reason="storm", staff_id=saga.staff_id, at=town.now()
    ))  # fmt: skip
    now[0] += timedelta(hours=2)
    await fed(town)
    (row,) = await rows(tables.broadcasts)
    assert (row.status, row.content["swedish_last"]) == ("asked", True)


async def test_two_conversations_that_become_one_meanwhile_get_it_once(
    town: Turns, saga: Actor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.feeder.PART", 1)
    _first, gone = await listens(town, "1")
    await listens(town, "2")
    kept = await web_chat(town, "w")
    await Broadcasts(town).ask(saga, await draft(town, saga))
    feeder = Feeder(town)
    await feeder.step()
    await feeder.step()
    assert len(await rows(tables.broadcast_recipients)) == 1
    await merged(town, kept, gone)
    await fed(town)
    assert len(await rows(tables.broadcast_recipients)) == len(await rows(tables.listeners)) == 2


async def test_whose_number_becomes_one_that_was_passed_is_not_left_out(
    town: Turns, saga: Actor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.feeder.PART", 1)
    kept = await web_chat(town, "w")
    await listens(town, "1")
    _second, gone = await listens(town, "2")
    await Broadcasts(town).ask(saga, await draft(town, saga))
    feeder = Feeder(town)
    await feeder.step()
    await feeder.step()
    await merged(town, kept, gone)
    await fed(town)
    assert {each.resident_id for each in await rows(tables.broadcast_recipients)} == {
        each.resident_id for each in await rows(tables.listeners)
    }
    assert len(await rows(tables.broadcast_recipients)) == 2


async def test_what_was_stopped_in_one_place_is_stopped_in_both(town: Turns, rows: Any, now: Any) -> None:
    _first, gone = await listens(town, "1")
    resident, kept = await listens(town, "w", channel="web")
    now[0] += timedelta(hours=1)
    await town.db.write(lambda tx: _consented(tx, resident, town))
    await town.db.write(lambda tx: listening.end(tx, "ekero", resident, kept, town.now()))
    await merged(town, kept, gone)
    assert await rows(tables.listeners) == []


async def _consented(tx: Any, resident_id: int, town: Turns) -> None:
    from storage import consents

    await consents.give(tx, municipality_id="ekero", resident_id=resident_id, purpose="news", wording_version="1", locale="en",
                        now=town.now())  # fmt: skip


async def test_all_that_waits_is_ended_and_uses_up_nobodys_turn(
    town: Turns, saga: Actor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.outbox.DROPPED_AT_ONCE", 2)
    for each in range(5):
        await listens(town, str(each), gap_days=7, quiet_from=9, quiet_to=20)
    acts, number = Broadcasts(town), await draft(town, saga)
    await sent(town, saga, number)
    before = len(await rows(tables.messages))
    await acts.pause(saga, number)
    await acts.cancel(saga, number)
    assert {each.status for each in await rows(tables.deliveries)} == {"given_up"}
    assert len(await rows(tables.messages)) == before - 5
    assert (await acts.count(saga, {})).resting == 0


async def test_who_had_blocked_the_bot_is_not_reached(town: Turns, saga: Actor) -> None:
    _resident, conversation = await listens(town, "1")

    async def blocks(tx: Any) -> None:
        who = await conversations.by_id(tx, conversation)
        assert who.address_id is not None
        await outbox.give_up_address(tx, who.address_id, "blocked", "403", now=town.now())

    await town.db.write(blocks)
    number = await draft(town, saga)
    await sent(town, saga, number)
    seen = await Broadcasts(town).progress(saga, number)
    assert (seen.reached, dict(seen.failed)) == (0, {"blocked": 1})


async def test_whose_record_was_erased_counts_as_not_known(town: Turns, saga: Actor) -> None:
    await listens(town, "1")
    number = await draft(town, saga)
    await sent(town, saga, number)
    await town.db.write(lambda tx: tx.execute(tables.deliveries.delete()))
    seen = await Broadcasts(town).progress(saga, number)
    assert (seen.reached, dict(seen.failed)) == (0, {"erased": 1})


async def test_one_that_cannot_go_on_holds_up_no_other(
    town: Turns, saga: Actor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await listens(town, "1")
    broken, good = await draft(town, saga), await draft(town, saga)
    for number in (broken, good):
        await Broadcasts(town).ask(saga, number)
    await town.db.write(lambda tx: tx.execute(
        tables.broadcasts.update().where(tables.broadcasts.c.id == broken).values(segment={"bands": ["old"]})
    ))  # fmt: skip
    await fed(town)
    by_id = {each.id: each.status for each in await rows(tables.broadcasts)}
    assert by_id == {broken: "scheduled", good: "sending"}
    monkeypatch.setattr(town, "municipalities", {})
    assert await Feeder(town).step() is False


async def test_a_message_that_may_have_arrived_stays_when_it_is_stopped(
    town: Turns, saga: Actor, db: Database, rows: Any
) -> None:
    await listens(town, "1")
    acts, number = Broadcasts(town), await draft(town, saga)
    await sent(town, saga, number)
    (one,) = await claimed(db, town.now())
    await claimed(db, town.now(), one.in_doubt("reset"), limit=0)
    await acts.resend(saga, number)
    before = len(await rows(tables.messages))
    await acts.cancel(saga, number)
    assert len(await rows(tables.messages)) == before


def test_no_small_group_can_be_reckoned_out_of_the_sum() -> None:
    assert hidden([3, 10, 20]) == {0, 1}
    assert hidden([3, 4, 10]) == {0, 1}
    assert hidden([1, 2, 10, 20]) == {0, 1, 2}
    assert hidden([10, 20]) == hidden([0, 10]) == frozenset()
    assert hidden([3]) == {0}


async def test_what_is_done_beside_the_form_is_written_down(town: Turns, saga: Actor, rows: Any) -> None:
    acts, number = Broadcasts(town), await draft(town, saga)
    await acts.keep_segment(saga, number, "All")
    ((kept, _name, _segment),) = await acts.segments(saga)
    before = len(await rows(tables.broadcast_events))
    await acts.use_segment(saga, number, kept)
    await acts.drop_picture(saga, number)
    assert [each.act for each in await rows(tables.broadcast_events)][before:] == ["changed", "changed"]
    async with town.db.read() as tx:
        assert saga.staff_id in await broadcasts.authors(tx, "ekero", number)
