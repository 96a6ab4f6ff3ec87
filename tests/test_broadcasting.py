"""Broadcasts with real flows and a real database: written, counted, approved, handed over, answered, followed, ended."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import listening
from bot.broadcast_form import filled
from bot.broadcast_views import needs_second, reason_of
from bot.broadcasting import Broadcasts
from bot.errors import GiveUp, NotYet
from bot.feeder import Feeder
from bot.handoff import Actor
from bot.i18n import plain
from bot.staff import Refused
from bot.turn import Turns
from storage import broadcasts, conversations, crisis, listeners, outbox, residents, tables
from storage.broadcasts import Chosen
from storage.db import Database
from storage.outbox import Claimed
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_shifts import need, volunteer
from tests.test_turn import Resident

WORDS = {"words-sv": "Vi behöver hjälp på lördag.", "words-en": "We need help on Saturday.", "words-ar": "نحتاج مساعدة يوم السبت.",
         "words-sv-simple": "Vi behöver hjälp."}  # fmt: skip


_forms = itertools.count()


async def listens(
    town: Turns, name: str, *, channel: str = "telegram", locale: str = "en", who: Resident | None = None, **chosen: Any
) -> tuple[int, int]:
    """Somebody who has asked for news: their resident and conversation."""
    said = {"topics": (), "areas": (), "skills": (), "spoken": (), "roles": (), "band": None, "gap_days": 0, "quiet_from": 21,
            "quiet_to": 8, **chosen}  # fmt: skip

    async def write(tx: Any) -> tuple[int, int]:
        opened = await conversations.open(tx, municipality_id="ekero", channel=channel, address=name, now=town.now(),
                                          locale_hint=locale)  # fmt: skip
        await conversations.save(
            tx, opened.conversation_id, state=opened.state, now=town.now(), address_id=opened.address_id
        )
        await listeners.save(
            tx, municipality_id="ekero", resident_id=opened.resident_id, conversation_id=opened.conversation_id,
            locale=locale, channel=channel, now=town.now(), **said,
        )  # fmt: skip
        return opened.resident_id, opened.conversation_id

    return await town.db.write(write)


async def draft(town: Turns, by: Actor, **fields: str) -> int:
    """A written broadcast."""
    acts = Broadcasts(town)
    made = await acts.create(by, f"form {next(_forms)}")
    await acts.save(by, made, filled({**WORDS, "buttons": "not", **fields}, acts.place(by)))
    return made


async def sent(town: Turns, by: Actor, broadcast_id: int) -> None:
    """Have it sent, and hand all of it to the outbox."""
    assert await Broadcasts(town).ask(by, broadcast_id) == "scheduled"
    await fed(town)


async def fed(town: Turns) -> None:
    while await Feeder(town).step():
        pass


@pytest.fixture
async def saga(town: Turns) -> Actor:
    return await coach(town.db, "Saga", "sender", "coordinator")


async def test_it_goes_to_those_who_listen_each_in_their_language_and_to_nobody_else(
    town: Turns, saga: Actor, rows: Any
) -> None:
    await listens(town, "1", locale="ar")
    await listens(town, "2", locale="sv")
    await listens(town, "web-1", channel="web", locale="en")
    await Resident(town, "does not listen").does("/start", "/menu")
    number = await draft(town, saga)
    before = len(await rows(tables.messages))
    await sent(town, saga, number)
    queued = await rows(tables.deliveries)
    assert [(each.channel, each.priority, each.made_by, each.ordinal) for each in queued] == [
        ("telegram", outbox.BULK, f"broadcast:{number}", each.ordinal) for each in queued
    ]
    assert len(queued) == 2
    told = (await rows(tables.messages))[before:]
    assert [plain(each.body["html"]).replace("\u2068", "").replace("\u2069", "").split("\n\n")[1] for each in told] == [
        WORDS["words-ar"], WORDS["words-sv"], WORDS["words-en"],
    ]  # fmt: skip
    assert [(each.channel, each.locale) for each in await rows(tables.broadcast_recipients)] == [
        ("telegram", "ar"), ("telegram", "sv"), ("web", "en"),
    ]  # fmt: skip
    (row,) = await rows(tables.broadcasts)
    assert (row.status, row.expected, row.fed_at is not None) == ("sending", 3, True)


async def test_parts_leave_nobody_out_and_nobody_twice(
    town: Turns, saga: Actor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.feeder.PART", 3)
    monkeypatch.setattr("bot.feeder.AHEAD", 1000)
    who = [(await listens(town, str(each)))[0] for each in range(10)]
    number = await draft(town, saga)
    assert await Broadcasts(town).ask(saga, number) == "scheduled"
    await Feeder(town).step()
    for _again in range(3):  # two processes, of which one is late with what it has read
        one, other = Feeder(town), Feeder(town)
        await one.step()
        await other.step()
    await fed(town)
    assert [each.resident_id for each in await rows(tables.broadcast_recipients)] == who
    assert sorted(each.ordinal for each in await rows(tables.deliveries)) == who


async def test_a_late_second_process_changes_nothing(town: Turns, saga: Actor, rows: Any) -> None:
    await listens(town, "1")
    number = await draft(town, saga)
    await Broadcasts(town).ask(saga, number)
    feeder = Feeder(town)
    await feeder.step()
    async with town.db.read() as tx:
        seen = await broadcasts.load(tx, "ekero", number)
        part = await broadcasts.next_part(tx, seen, Chosen(), town.now(), 10)
    write = lambda tx: feeder._write(tx, seen, part, town.municipalities["ekero"], drill=False)  # noqa: E731
    await town.db.write(write)
    await town.db.write(write)
    assert len(await rows(tables.deliveries)) == len(await rows(tables.broadcast_recipients)) == 1


async def test_whom_a_segment_chooses(town: Turns, saga: Actor) -> None:
    everything = await listens(town, "1")
    young = await listens(town, "2", topics=("culture",), areas=("Stenhamra",), band=0, locale="ar")
    nurse = await listens(town, "3", topics=("sport",), areas=("Färingsö",), skills=("nurse",), spoken=("ar", "sv"),
                          roles=("volunteer",))  # fmt: skip

    async def chosen(**segment: Any) -> set[int]:
        number = await Broadcasts(town).create(saga, f"{segment}")
        await Broadcasts(town).write(saga, number, {}, segment, need_id=None)
        from bot.broadcast_views import chosen_of

        async with town.db.read() as tx:
            row = await broadcasts.load(tx, "ekero", number)
            part = await broadcasts.next_part(tx, row, await chosen_of(tx, "ekero", segment), town.now(), 10)
        assert (await Broadcasts(town).count(saga, segment)).total == len(part)
        return {each.resident_id for each in part}

    one, two, three = everything[0], young[0], nurse[0]
    assert await chosen() == {one, two, three}
    assert await chosen(topics=["culture"]) == {one, two}
    assert await chosen(topics=["culture", "sport"]) == {one, two, three}
    assert await chosen(topics=["nobody has chosen this"]) == {one}
    assert await chosen(areas=["Stenhamra"]) == {one, two}
    assert await chosen(skills=["nurse"]) == {three}
    assert await chosen(skills=["nobody has this"]) == set()
    assert await chosen(spoken=["ar"]) == {three}
    assert await chosen(roles=["volunteer"]) == {three}
    assert await chosen(locales=["ar"]) == {two}
    assert await chosen(bands=[0, 1]) == {two}
    assert await chosen(but={"areas": ["Stenhamra"]}) == {one, three}
    assert await chosen(but={"roles": ["volunteer"], "skills": ["nurse"]}) == {one, two}


async def test_groups_of_fewer_than_five_are_not_shown(town: Turns, saga: Actor) -> None:
    for each in range(5):
        await listens(town, str(each), locale="sv")
    await listens(town, "x", locale="ar")
    found = await Broadcasts(town).count(saga, {})
    assert found.total == 6
    assert list(found.groups) == [("ar", "telegram", None), ("sv", "telegram", None)]  # else 6 - 5 would tell
    for each in range(7):
        await listens(town, f"en-{each}", locale="en")
    found = await Broadcasts(town).count(saga, {})
    assert list(found.groups) == [("ar", "telegram", None), ("en", "telegram", 7), ("sv", "telegram", None)]


async def test_a_language_without_text_is_refused_unless_the_marked_swedish_one_is_chosen(
    town: Turns, saga: Actor, rows: Any
) -> None:
    await listens(town, "1", locale="ar")
    number = await draft(town, saga, **{"words-ar": ""})
    with pytest.raises(Refused) as refused:
        await Broadcasts(town).ask(saga, number)
    assert refused.value.why == "empty"
    assert (await Broadcasts(town).seen(saga, number)).missing == ["ar"]
    await Broadcasts(town).save(
        saga, number, filled({**WORDS, "words-ar": "", "fallback": "ar"}, Broadcasts(town).place(saga))
    )
    await sent(town, saga, number)
    told = (await rows(tables.messages))[-1].body
    assert (told["lang"], WORDS["words-sv"] in told["html"]) == ("ar", True)
    assert told["html"].count("\n\n") == 2  # who writes, that it is only in Swedish, the Swedish text


async def test_nobody_is_told_at_night_but_of_what_is_urgent(town: Turns, saga: Actor, now: Any, rows: Any) -> None:
    now[0] = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    await listens(town, "1")
    number = await draft(town, saga)
    await sent(town, saga, number)
    (row,) = await rows(tables.broadcasts)
    assert (row.status, row.starts_at) == ("scheduled", datetime(2026, 3, 3, 7, 0, tzinfo=UTC))
    now[0] = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    await fed(town)
    assert len(await rows(tables.deliveries)) == 1
    now[0] = datetime(2026, 3, 3, 22, 30, tzinfo=UTC)
    urgent = await draft(town, saga)
    leader = await coach(town.db, "Lo", "leader")
    assert await Broadcasts(town).ask(saga, urgent, urgent="The water is not fit to drink") == "asked"
    await Broadcasts(town).approve(leader, urgent)
    await fed(town)
    assert len(await rows(tables.deliveries)) == 2
    assert "The water is not fit to drink" in [each.detail for each in await rows(tables.broadcast_events)]


async def test_ones_own_quiet_hours_put_it_off_for_oneself(town: Turns, saga: Actor, rows: Any) -> None:
    await listens(town, "1", quiet_from=9, quiet_to=17)  # it is ten o'clock in Ekerö
    await listens(town, "2")
    await sent(town, saga, await draft(town, saga))
    assert [each.due_at for each in await rows(tables.deliveries)] == [
        datetime(2026, 3, 2, 16, 0, tzinfo=UTC), datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    ]  # fmt: skip


async def test_who_wants_one_a_week_hears_one_a_week(town: Turns, saga: Actor, now: Any, rows: Any) -> None:
    await listens(town, "1", gap_days=7)
    await listens(town, "2")
    await sent(town, saga, await draft(town, saga))
    now[0] += timedelta(days=2)
    assert (await Broadcasts(town).count(saga, {})).resting == 1
    await sent(town, saga, await draft(town, saga, **{"words-en": "Another one"}))
    assert len(await rows(tables.deliveries)) == 3
    now[0] += timedelta(days=6)
    await sent(town, saga, await draft(town, saga, **{"words-en": "A third one"}))
    assert len(await rows(tables.deliveries)) == 5


async def test_above_the_set_number_a_second_person_says_yes(
    town: Turns, saga: Actor, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = town.municipalities["ekero"]
    assert not needs_second(place, place.news.approve_above, urgent=False, in_crisis=False)
    assert needs_second(place, place.news.approve_above + 1, urgent=False, in_crisis=False)
    few = place.model_copy(update={"news": place.news.model_copy(update={"approve_above": 1})})
    monkeypatch.setattr(town, "municipalities", {"ekero": few})
    await listens(town, "1")
    await listens(town, "2")
    number = await draft(town, saga)
    acts = Broadcasts(town)
    assert await acts.ask(saga, number) == "asked"
    with pytest.raises(Refused) as own:
        await acts.approve(saga, number)
    assert own.value.why == "same"
    with pytest.raises(Refused) as wrong:
        await acts.approve(await coach(town.db, "Anna", "coach"), number)
    assert wrong.value.why == "may not"
    await fed(town)
    assert await rows(tables.deliveries) == []
    leader = await coach(town.db, "Lo", "leader")
    await acts.give_back(leader, number, "Say where it is")
    await acts.ask(saga, number)
    await acts.approve(leader, number)
    with pytest.raises(Refused) as twice:
        await acts.approve(leader, number)
    assert twice.value.why == "gone"
    await fed(town)
    assert len(await rows(tables.deliveries)) == 2
    acts_done = [each.act for each in await rows(tables.broadcast_events)]
    assert acts_done == ["made", "changed", "asked", "given back", "asked", "approved"]


async def test_in_a_crisis_a_second_person_says_yes_and_the_swedish_text_stands_last(
    town: Turns, saga: Actor, rows: Any
) -> None:
    await listens(town, "1", locale="ar")

    async def begins(tx: Any) -> None:
        await crisis.change(tx, municipality_id="ekero", level="crisis", drill=True, reason="storm", staff_id=saga.staff_id,
                            at=town.now())  # fmt: skip

    await town.db.write(begins)
    number = await draft(town, saga)
    assert await Broadcasts(town).ask(saga, number) == "asked"
    await Broadcasts(town).approve(await coach(town.db, "Lo", "leader"), number)
    await fed(town)
    html = (await rows(tables.messages))[-1].body["html"]
    assert html.index(WORDS["words-ar"]) < html.index(WORDS["words-sv"])
    assert "تمرين" in html  # that it is a drill is said


async def test_paused_it_rests_resumed_it_goes_on_cancelled_it_ends(town: Turns, saga: Actor, rows: Any) -> None:
    for each in range(4):
        await listens(town, str(each))
    number, acts = await draft(town, saga), Broadcasts(town)
    await sent(town, saga, number)
    await acts.pause(saga, number)
    async with town.db.read() as tx:
        assert await outbox.next_due(tx, ["telegram"]) > town.now() + timedelta(days=1000)
    with pytest.raises(Refused):
        await acts.pause(saga, number)
    await acts.resume(saga, number)
    assert {each.due_at for each in await rows(tables.deliveries)} == {town.now()}
    before = len(await rows(tables.messages))
    await acts.cancel(saga, number)
    assert [(each.status, each.error) for each in await rows(tables.deliveries)] == [("given_up", "cancelled")] * 4
    assert len(await rows(tables.messages)) == before - 4
    seen = await acts.progress(saga, number)
    assert (seen.status, dict(seen.failed), seen.handed) == ("cancelled", {"cancelled": 4}, 4)


def claimed(row: Any) -> Claimed:
    return Claimed(
        row.id, row.municipality_id, row.conversation_id, row.message_id, row.address_id, row.channel, "1", row.op, {}, None,
        "en", row.priority, 1, False, row.made_by, None,
    )  # fmt: skip


async def test_the_gate_lets_through_only_what_still_may_go(town: Turns, saga: Actor, now: Any, rows: Any) -> None:
    await listens(town, "1")
    number = await draft(town, saga)
    await sent(town, saga, number)
    (delivery,) = await rows(tables.deliveries)
    feeder = Feeder(town)
    await feeder.gate(claimed(delivery))
    now[0] = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
    with pytest.raises(NotYet) as night:
        await feeder.gate(claimed(delivery))
    assert night.value.at == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    now[0] = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    await Broadcasts(town).pause(saga, number)
    with pytest.raises(NotYet):
        await feeder.gate(claimed(delivery))
    await Broadcasts(town).resume(saga, number)
    await town.db.write(lambda tx: listeners.remove(tx, "ekero", delivery.ordinal))
    with pytest.raises(GiveUp) as stopped:
        await feeder.gate(claimed(delivery))
    assert stopped.value.reason == "stopped"
    assert delivery.message_id not in {each.id for each in await rows(tables.messages)}


async def test_who_stopped_between_reading_and_writing_gets_nothing(town: Turns, saga: Actor, rows: Any) -> None:
    gone, _conversation = await listens(town, "1")
    await listens(town, "2")
    number = await draft(town, saga)
    await Broadcasts(town).ask(saga, number)
    feeder = Feeder(town)
    await feeder._begin("ekero", number)
    async with town.db.read() as tx:
        seen = await broadcasts.load(tx, "ekero", number)
        part = await broadcasts.next_part(tx, seen, Chosen(), town.now(), 10)
    await town.db.write(lambda tx: listeners.remove(tx, "ekero", gone))
    await town.db.write(lambda tx: feeder._write(tx, seen, part, town.municipalities["ekero"], drill=False))
    assert [each.resident_id for each in await rows(tables.broadcast_recipients)] != [gone]
    assert len(await rows(tables.deliveries)) == 1


async def test_protected_people_and_those_who_want_no_messages_are_never_among_them(
    town: Turns, saga: Actor, rows: Any
) -> None:
    first, _c = await listens(town, "1")
    second, conversation = await listens(town, "2")
    await town.db.write(lambda tx: residents.set_protected(tx, first, True))
    await town.db.write(lambda tx: listening.end(tx, "ekero", second, conversation, town.now()))
    number = await draft(town, saga)
    await sent(town, saga, number)
    assert await rows(tables.broadcast_recipients) == []


async def test_a_mail_listener_gets_a_letter_with_a_way_to_answer_and_a_way_to_stop(
    town: Turns, saga: Actor, rows: Any
) -> None:
    resident, _conversation = await listens(town, "web-1", channel="web")

    async def by_mail(tx: Any) -> None:
        await residents.set_email(tx, resident, "amina@example.se")
        await tx.execute(tables.listeners.update().values(channel="mail"))

    await town.db.write(by_mail)
    await sent(town, saga, await draft(town, saga))
    (letter,) = await rows(tables.deliveries)
    assert (letter.channel, letter.op, letter.priority) == ("mail", "mail", outbox.BULK)
    assert WORDS["words-en"] in letter.body["text"] and "/r/" not in letter.body["text"]
    assert "https://example.se/\n" in letter.body["text"], "whoever it is passed on to does not get into her talk"
    assert letter.body["unsubscribe"].startswith("https://example.se/news/")
    assert letter.body["unsubscribe"] in letter.body["text"]


# --- answers --------------------------------------------------------------------------------------------------------------


async def helper(town: Turns, name: str, **changes: Any) -> Resident:
    """A volunteer who listens, on the web."""
    who = await volunteer(town, name, **changes)
    await listens(town, name, channel="web")
    return who


async def called(town: Turns, by: Actor, places: int, times: int = 1) -> tuple[int, int]:
    """A need and a broadcast about it that was sent: their numbers."""
    need_id = await need(town.db, datetime(2026, 3, 7, 10, 0, tzinfo=UTC), places=places, times=times)
    acts = Broadcasts(town)
    number = await acts.create(by, "form", need_id=need_id)
    await sent(town, by, number)
    return need_id, number


def press(who: Resident, number: int, part: str) -> Awaitable[str]:
    from bot.flows.model import Press

    who.buttons["it"] = Press(0, f"f:heard:{number}-{part}")
    return who.does("[it]")


async def test_a_draft_about_a_need_is_written_in_every_language(town: Turns, saga: Actor, rows: Any) -> None:
    await helper(town, "amina")
    need_id, _number = await called(town, saga, 2)
    (row,) = await rows(tables.broadcasts)
    assert row.need_id == need_id
    assert set(row.content["texts"]) == set(town.municipalities["ekero"].languages)
    assert all("Serve supper" in each["words"] for each in row.content["texts"].values())
    assert row.segment["areas"] == ["Stenhamra"]


async def test_i_can_help_signs_up_and_late_answers_stand_by(town: Turns, saga: Actor, rows: Any) -> None:
    amina, bo, cia = [await helper(town, name) for name in ("amina", "bo", "cia")]
    _need, number = await called(town, saga, 1)
    assert "It is yours: Serve supper" in await press(amina, number, "help")
    full = await press(bo, number, "help")
    assert "All places are taken" in full
    await bo.does("[Stand by for it]")
    assert "Serve supper" in await press(amina, number, "help")  # once more: it is theirs already
    assert sorted(each.status for each in await rows(tables.signups)) == ["standby", "taken"]
    seen = await Broadcasts(town).progress(saga, number)
    assert (dict(seen.answers), dict(seen.signed)) == ({"help": 2}, {"standby": 1, "taken": 1})
    assert "thank you for telling" in await press(cia, number, "not")
    assert dict((await Broadcasts(town).progress(saga, number)).answers) == {"help": 2, "not": 1}


async def test_when_all_is_over_what_is_still_needed_is_shown(town: Turns, saga: Actor, now: Any) -> None:
    amina = await helper(town, "amina")
    _need, number = await called(town, saga, 1)
    await need(town.db, datetime(2026, 3, 21, 10, 0, tzinfo=UTC), what="Fill sandbags")
    now[0] = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    told = await press(amina, number, "help")
    assert "This is full or over by now" in told and "Fill sandbags" in told


async def test_who_has_not_offered_help_yet_is_asked_about_themselves_first(town: Turns, saga: Actor) -> None:
    who = Resident(town, "amina")
    await who.does("/start", "/menu")
    await listens(town, "amina", channel="web")
    _need, number = await called(town, saga, 1)
    assert "first name" in await press(who, number, "help")


async def test_a_poll_may_be_answered_anew_and_counts_once(town: Turns, saga: Actor) -> None:
    who = Resident(town, "amina")
    await who.does("/start", "/menu")
    await listens(town, "amina", channel="web")
    number = await draft(town, saga, buttons="poll", **{"options-sv": "Ja\nNej", "options-en": "Yes\nNo"})
    await sent(town, saga, number)
    assert "I have noted: Yes" in (await press(who, number, "poll0")).replace("\u2068", "").replace("\u2069", "")
    assert "I have noted: No" in (await press(who, number, "poll1")).replace("\u2068", "").replace("\u2069", "")
    assert dict((await Broadcasts(town).progress(saga, number)).answers) == {"poll1": 1}


async def test_who_says_that_they_come_is_reminded_the_evening_before(
    town: Turns, saga: Actor, clock: Callable[..., Awaitable[None]]
) -> None:
    who = Resident(town, "amina")
    await who.does("/start", "/menu")
    await listens(town, "amina", channel="web")
    number = await draft(town, saga, buttons="date", date="2026-03-07", time="18:00")
    await sent(town, saga, number)
    assert "I remind you the day before" in await press(who, number, "date")
    await clock(days=4, hours=8)
    assert "you said that you are coming" in await said_last(town, who)
    await press(who, number, "not")
    await clock(days=10)
    assert "you said that you are coming" not in await said_last(town, who)


async def test_a_press_by_somebody_who_never_got_it_leads_to_the_menu(town: Turns, saga: Actor, rows: Any) -> None:
    await listens(town, "1")
    number = await draft(town, saga)
    await sent(town, saga, number)
    other = Resident(town, "bo")
    await other.does("/start", "/menu")
    assert "That message is over" in await press(other, number, "not")
    assert [each.answer for each in await rows(tables.broadcast_recipients)] == [None]


async def test_what_came_of_it_goes_to_those_who_answered(town: Turns, saga: Actor, rows: Any) -> None:
    amina, bo = await helper(town, "amina"), await helper(town, "bo")
    _need, number = await called(town, saga, 5)
    await press(amina, number, "help")
    acts = Broadcasts(town)
    outcome = await acts.create(saga, "closing", answers_id=number)
    await acts.save(
        saga, outcome, filled({**WORDS, "words-en": "Supper was served to 60 people. Thank you!"}, acts.place(saga))
    )
    assert (await acts.seen(saga, outcome)).counted.total == 1
    await sent(town, saga, outcome)
    assert "Supper was served to 60 people" in await said_last(town, amina)
    assert "Supper was served" not in await said_last(town, bo)
    assert [each.id for each in (await acts.seen(saga, number)).outcomes] == [outcome]


async def test_another_towns_broadcast_is_as_if_it_were_not_there(town: Turns, saga: Actor) -> None:
    number = await draft(town, saga)
    stranger = Actor(saga.staff_id, "X", "lund", frozenset({"sender"}))
    acts = Broadcasts(town)
    town.municipalities = {**town.municipalities, "lund": town.municipalities["ekero"]}
    for act in (acts.seen, acts.pause, acts.cancel, acts.approve, acts.progress, acts.doubtful, acts.resend):
        with pytest.raises(Refused) as refused:
            await act(stranger, number)
        assert refused.value.why in ("missing", "same")


async def test_doubtful_deliveries_are_listed_and_sent_again_only_when_asked(
    town: Turns, saga: Actor, rows: Any, db: Database
) -> None:
    resident, _conversation = await listens(town, "1")
    number, acts = await draft(town, saga), Broadcasts(town)
    await sent(town, saga, number)
    at = town.now()

    async def dies(tx: Any) -> None:
        await outbox.settle_and_claim(
            tx, [], holder="dead", now=at, channels=["telegram"], lease_s=1, bulk={"telegram": 5}
        )
        await outbox.settle_and_claim(
            tx, [], holder="next", now=at + timedelta(seconds=5), channels=["telegram"], bulk={"telegram": 5}
        )

    await db.write(dies)
    assert [each[0] for each in await acts.doubtful(saga, number)] == [resident]
    await fed(town)
    seen = await acts.progress(saga, number)
    assert (seen.status, seen.doubtful, seen.percent) == ("done", 1, 100)
    assert await acts.resend(saga, number) == 1
    (delivery,) = await rows(tables.deliveries)
    assert (delivery.status, delivery.possible_duplicate) == ("waiting", True)
    assert (await acts.progress(saga, number)).status == "sending"
    assert await acts.resend(saga, number) == 0


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("403 bot was blocked by the user", "blocked"),
        ("403 user is deactivated", "deactivated"),
        ("403 bot can't initiate conversation with a user", "unreachable"),
        ("400 chat not found", "unreachable"),
        ("the address has been forgotten", "unreachable"),
        ("400 message is too long", "refused"),
        ("smtp 550", "refused"),
        ("stopped", "stopped"),
        ("cancelled", "cancelled"),
        ("ValueError", "other"),
        (None, "other"),
    ],
)
def test_why_it_did_not_reach_somebody_is_sorted(error: str | None, expected: str) -> None:
    assert reason_of(error) == expected
