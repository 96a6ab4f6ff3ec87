"""A human has the conversation: the machine is silent, nothing is lost, and it goes on at the exact step afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.conduct import WARNINGS, Conduct
from bot.desk import Desk, Filter
from bot.due import DueWork
from bot.handoff import Handoff
from bot.i18n import plain, render
from bot.staff import Refused, Staff
from bot.turn import Turns
from storage import cases, presence, tables, talks
from storage.cases import Case
from storage.db import Database
from tests.test_handoff import asked, coach, read, words
from tests.test_turn import Resident

SILENT = "What you write here goes to Anna, a human at Idélabbet. I, the machine, am silent meanwhile."


async def said(db: Database, last: int = 1) -> list[tuple[str, str]]:
    """The last messages: who said what."""
    rows = await read(db, tables.messages)
    return [(row.sender, plain(row.body.get("html", "")) or row.body.get("text", "")) for row in rows[-last:]]


async def holder(db: Database) -> str:
    (conversation,) = await read(db, tables.conversations)
    return str(conversation.holder)


async def test_who_claims_a_case_has_the_conversation(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    ((sender, told),) = await said(db)
    assert sender == "bot" and told.startswith(SILENT)
    assert "You get an answer here by" in told
    assert await holder(db) == "human"
    await resident.does("It is the red one", "by the lake")
    assert await said(db, 2) == [("resident", "It is the red one"), ("resident", "by the lake")]
    await resident.does("/idea")
    assert (await said(db))[0][1].startswith(SILENT)
    await Handoff(town).claim(anna, 1, "b")  # once more is nothing new
    assert (await said(db))[0][1].startswith(SILENT)
    assert len([row for row in await read(db, tables.messages) if row.slot == "status"]) == 2


async def test_a_talk_goes_back_and_forth(town: Turns, db: Database, now: list[datetime]) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    handoff = Handoff(town)
    await handoff.answer(anna, 1, "a", "Which school do you mean?", then="stay")
    status, answer = (await read(db, tables.messages))[-2:]
    assert plain(status.body["html"]) == SILENT, "nobody waits for an answer now"
    assert (answer.sender, answer.body["by"], plain(answer.body["html"])) == (
        "coach",
        "Anna",
        "Which school do you mean?",
    )
    (case,) = await read(db, tables.cases)
    assert (case.status, case.owner_id) == ("asked", anna.staff_id)
    await resident.does("The old one")
    assert (await said(db))[0][1].startswith(SILENT + "\n\nYou get an answer here by")
    (case,) = await read(db, tables.cases)
    assert case.status == "told" and case.answer_by is not None
    assert (await read(db, tables.alerts))[-1].reason == "again"
    watched = [each.kind for each in await read(db, tables.due) if each.status == "waiting"]
    assert {"case_late", "case_soon"} <= set(watched)
    await resident.does("with the tower")
    assert await said(db) == [("resident", "with the tower")], "one promise is said once"
    await handoff.answer(anna, 1, "b", "The culture office decides.", then="stay")
    assert (await read(db, tables.cases))[0].status == "answered"
    await handoff.close(anna, 1, "c")
    assert (await said(db))[0][1].startswith("That was Anna. From here I, the machine, answer you again.")
    assert await holder(db) == "bot" and await read(db, tables.talks) == []


async def test_the_machine_goes_on_at_the_exact_step(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    resident = Resident(town, "somebody")
    await resident.does("/start", "/idea", "A bicycle workshop for young people in Stenhamra")
    question = (await said(db))[0][1].split("\n\n")[-1]
    await resident.does("/coach", "May we use the old garage?", "skip")
    await Handoff(town).claim(anna, 1, "a")
    await resident.does("It stands empty")
    await Handoff(town).hand_back(anna, 1, "b", "Yes, you may. Tell the machine where.")
    (sender, last), (_bot, back) = await said(db, 2)
    assert (sender, last) == ("coach", "Yes, you may. Tell the machine where.")
    assert back.startswith("That was Anna. From here I, the machine, answer you again.")
    assert back.endswith(question)
    assert (await holder(db), (await read(db, tables.cases))[0].status) == ("bot", "answered")


async def test_the_resident_may_go_back_to_the_machine(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    await resident.does("/menu", "[Go on with the machine]")
    assert (await said(db))[0][1].startswith("From here I, the machine, answer you again.")
    assert await holder(db) == "waiting", "the case is not forgotten by it"
    assert (await read(db, tables.alerts))[-1].reason == "left"
    await resident.does("/idea")
    assert "idea" in (await said(db))[0][1]


async def test_rights_and_danger_come_before_a_human(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    await resident.does("/stop")
    assert (await said(db))[0][1].startswith("You get no more messages from us")
    await resident.does("I want to kill myself")
    assert "112" in (await said(db))[0][1]
    assert len(await read(db, tables.safety_flags)) == 1
    await resident.does("/forget", "yes")
    assert await read(db, tables.talks) == []
    assert await holder(db) == "bot"


async def test_a_case_given_back_or_on_takes_the_conversation_along(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    await asked(town)
    handoff = Handoff(town)
    await handoff.claim(anna, 1, "a")
    await handoff.assign(anna, 1, "b", olle.staff_id, expected=anna.staff_id)
    assert (await said(db))[0][1].startswith(SILENT.replace("Anna", "Olle"))
    async with db.read() as tx:
        talk = await talks.of_conversation(tx, 1)
    assert talk is not None and talk.staff_id == olle.staff_id
    await handoff.release(olle, 1, "c")
    assert (await said(db, 2))[0][1].startswith("Olle cannot go on with this. A colleague takes over, and answers by")
    assert await holder(db) == "waiting"


async def test_words_may_be_changed_and_both_versions_are_kept(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    handoff = Handoff(town)
    await handoff.answer(anna, 1, "a", "Ring 08-1", then="stay", external_id="-100:7")
    await handoff.edit(anna, 1, "b", "-100:7", "Ring 08-2")
    first, second = [row for row in await read(db, tables.messages) if row.sender == "coach"]
    assert first.slot == second.slot == "said:-100:7"
    assert [plain(row.body["html"]) for row in (first, second)] == ["Ring 08-1", "Ring 08-2"]


async def test_a_case_is_put_aside_and_comes_back(town: Turns, db: Database, now: list[datetime]) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    handoff = Handoff(town)
    with pytest.raises(Refused) as refused:
        await handoff.snooze(anna, 1, "a", now[0] + timedelta(days=30))
    assert words(refused)[1].startswith("The resident has a promise until")
    await handoff.answer(anna, 1, "b", "Wait for Friday.", then="stay")
    await handoff.snooze(anna, 1, "c", now[0] + timedelta(days=3))
    async with db.read() as tx:
        assert set(await talks.snoozed(tx, "ekero")) == {1}
    now[0] += timedelta(days=3, minutes=1)
    await DueWork(db, town, now=lambda: now[0]).run_ready()
    assert (await read(db, tables.alerts))[-1].reason == "wakes"
    assert await read(db, tables.snoozes) == [], "it is back"
    await handoff.snooze(anna, 1, "d", now[0] + timedelta(days=3))
    await resident.does("Something new")
    assert await read(db, tables.snoozes) == []
    await handoff.snooze(anna, 1, "e", now[0] + timedelta(hours=2))
    await resident.does("And more, while it waits")
    assert await read(db, tables.snoozes) == []
    await handoff.snooze(anna, 1, "f", now[0] + timedelta(hours=2))
    await handoff.release(anna, 1, "g")
    assert await read(db, tables.snoozes) == [], "whoever comes next sees it"


async def test_who_leaves_lets_the_talk_go(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    accounts = Staff(db, town.municipalities, public_url="https://example.se", forms_key=b"k" * 32, now=town.now)
    await accounts.set_roles(anna.staff_id, "ekero", ["contact"], by="Eva")
    (case,) = await read(db, tables.cases)
    assert (case.owner_id, await holder(db), await read(db, tables.talks)) == (None, "waiting", [])
    assert "case_unclaimed" in {each.kind for each in await read(db, tables.due) if each.status == "waiting"}
    await Handoff(town).claim(olle, 1, "b")
    assert await accounts.remove(olle.staff_id) == 1
    assert (await holder(db), await read(db, tables.talks)) == ("waiting", [])


async def test_an_act_that_closes_the_case_gives_the_talk_back(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    handoff = Handoff(town)
    await handoff.claim(anna, 1, "a")

    async def lent(tx: Any, case: Case, now: datetime) -> None:
        await cases.answer(tx, case.municipality_id, case.id, now)
        await cases.close(tx, case.municipality_id, case.id, "answered", now)

    await handoff.act(anna, 1, "b", lent)
    assert await holder(db) == "bot"
    assert (await said(db))[0][1].startswith("That was Anna. From here I, the machine, answer you again.")
    await resident.does("/menu")
    assert not (await said(db))[0][1].startswith(SILENT)


async def test_a_matter_has_a_number_and_two_cases_become_one(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    handoff = Handoff(town)
    await handoff.register(anna, 1, "a", "KS 2026/117")
    (conversation,) = await read(db, tables.conversations)
    assert (conversation.record_state, conversation.record_number) == ("registered", "KS 2026/117")
    other: list[int] = []

    async def open_another(tx: Any) -> None:
        at = datetime.fromisoformat("2026-03-03T12:00:00+00:00")
        other.append(
            await cases.open(
                tx, municipality_id="ekero", kind="premises", conversation_id=1, resident_id=conversation.resident_id,
                now=at, answer_by=at, note="And a room",
            )
        )  # fmt: skip

    await db.write(open_another)
    await handoff.claim(anna, other[0], "b")
    await handoff.merge(anna, other[0], "c", 1)
    first, second = await read(db, tables.cases)
    assert (second.status, second.outcome) == ("closed", "merged:1")
    assert first.note.endswith("And a room") and first.answer_by == second.answer_by
    async with db.read() as tx:
        talk = await talks.of_conversation(tx, 1)
    assert talk is not None and talk.case_id == 1
    await resident.does("Good")
    assert (await said(db))[0] == ("resident", "Good")


async def test_what_is_urgent_stands_first_and_a_topic_can_be_given(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    await asked(town, "other")
    desk, handoff, topic = Desk(town), Handoff(town), town.municipalities["ekero"].topics[0].id
    assert [each.id for each in (await desk.queue(anna, Filter())).lines] == [1, 2]
    await handoff.sort(anna, 2, "a", topic, urgent=True)
    first, second = (await desk.queue(anna, Filter())).lines
    assert (first.id, first.urgent, first.topic, second.urgent) == (2, True, topic, False)
    assert [each.id for each in (await desk.queue(anna, Filter(topic=topic))).lines] == [2]
    with pytest.raises(Refused) as refused:
        await handoff.sort(anna, 2, "b", "no-such-topic", urgent=False)
    assert words(refused)[1] == "Choose one of the topics."
    await handoff.sort(anna, 2, "c", "", urgent=False)
    assert [(each.id, each.topic, each.urgent) for each in (await desk.queue(anna, Filter())).lines] == [
        (1, None, False), (2, None, False),
    ]  # fmt: skip
    assert [each.act for each in await read(db, tables.case_events)][-1] == "sorted"


async def test_a_leader_alone_cannot_ask_for_a_decision(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna", "coach", "leader")
    await asked(town)
    conduct = Conduct(Handoff(town))
    for key in "abc":
        await conduct.warn(anna, 1, key)
    with pytest.raises(Refused) as refused:
        await conduct.ask(anna, 1, "d", "He threatens me")
    assert words(refused)[1].startswith("Nobody else may decide that here.")
    assert len(await read(db, tables.cases)) == 1


async def test_a_chat_is_closed_only_step_by_step_and_by_somebody_else(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna", "coach", "leader")
    maria = await coach(db, "Maria", "leader")
    resident = await asked(town)
    handoff = Handoff(town)
    conduct = Conduct(handoff)
    await handoff.claim(anna, 1, "a")
    with pytest.raises(Refused) as refused:
        await conduct.ask(anna, 1, "b", "He threatens me")
    assert words(refused)[1] == "The chat can be closed only after three warnings."
    for step, key in enumerate("cde"):
        await conduct.warn(anna, 1, key)
        assert (await said(db))[0] == ("coach", plain(render(WARNINGS[step], "en")))
    await conduct.pause(anna, 1, "f")
    assert (await said(db, 2))[0][1].startswith("Anna takes a break from this conversation.")
    await conduct.ask(anna, 1, "g", "He threatens me")
    with pytest.raises(Refused) as refused:
        await conduct.decide(anna, 2, "h", "Enough", close=True)
    assert words(refused)[1] == "You have asked for it yourself: somebody else has to decide."
    await conduct.decide(maria, 2, "i", "Three warnings, then a threat", close=True)
    assert (await said(db))[0][1].startswith("A person at Idélabbet has closed this chat.")
    await resident.does("What now?")
    assert (await said(db))[0][1].startswith("A person at Idélabbet has closed this chat.")
    await resident.does("/mydata")
    assert (await said(db))[0][1].startswith("This is what we have of yours.")
    await handoff.answer(anna, 1, "k", "You can still come by.")
    answered = (await said(db))[0]
    assert answered[0] == "coach" and answered[1].endswith("You can still come by."), "the machine promises nothing"
    await handoff.answer(anna, 1, "l", "Until five.", then="stay")
    assert await holder(db) == "closed", "a person's decision is not undone by an answer"
    await conduct.reopen(maria, 2, "j")
    assert await holder(db) == "bot"
    await resident.does("/menu")
    assert not (await said(db))[0][1].startswith("A person at Idélabbet has closed")


async def test_the_letter_tells_of_several_answers_once(town: Turns, db: Database, now: list[datetime]) -> None:
    anna = await coach(db, "Anna")
    web = Resident(town, "page", channel="web")
    await web.does("/start", "/coach", "When is it open?", "amina@example.se")
    handoff = Handoff(town)

    def letters(rows: list[Any]) -> int:
        return sum(row.made_by.endswith(":notice") for row in rows)

    for key, minutes, expected in (("a", 0, 1), ("b", 5, 1), ("c", 60, 2)):
        now[0] += timedelta(minutes=minutes)
        await handoff.answer(anna, 1, key, "On Mondays.", then="stay")
        assert letters(await read(db, tables.deliveries)) == expected
    assert await holder(db) == "human"


async def test_when_a_coach_falls_ill_the_deputy_has_the_conversation(
    town: Turns, db: Database, now: list[datetime]
) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    resident = await asked(town)
    await Handoff(town).answer(anna, 1, "a", "Which school?", then="stay")
    ends = now[0] + timedelta(days=5)
    await db.write(
        lambda tx: presence.add_absence(
            tx, municipality_id="ekero", staff_id=anna.staff_id, begins_at=now[0], ends_at=ends, deputy_id=olle.staff_id
        )
    )
    await resident.does("The old one")
    assert (await said(db))[0][1].startswith(SILENT.replace("Anna", "Olle"))
    (case,), (talk,) = await read(db, tables.cases), await read(db, tables.talks)
    assert case.owner_id == talk.staff_id == olle.staff_id


async def test_a_colleagues_page_hears_of_a_warning(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    handoff, desk = Handoff(town), Desk(town)
    await handoff.claim(anna, 1, "a")
    before = (await desk.case(anna, 1)).version
    assert (await desk.case(anna, 1)).version == (await desk.news(anna, 1, 0)).version == before, "looking is no change"
    await Conduct(handoff).warn(anna, 1, "b")
    assert (await desk.case(anna, 1)).version == (await desk.news(anna, 1, 0)).version != before
