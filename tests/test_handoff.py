"""From a resident's question to a person's answer and back to the machine, with the real flows and a real database."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.alerts import Digest
from bot.desk import Desk, Filter
from bot.due import DueWork
from bot.flows.model import Input, Press
from bot.handoff import Actor, Handoff
from bot.i18n import p_, plain, render
from bot.staff import Refused, Staff
from bot.turn import Turns
from bot.update import Update
from storage import residents, staff, tables
from storage.db import Database
from tests.test_turn import Resident

LETTERS = tables.deliveries
QUESTION = "Who decides about the old school?"


async def coach(db: Database, name: str, *roles: str, way: str = "mail") -> Actor:
    held = roles or ("coach",)

    async def write(tx: Any) -> int:
        at = datetime.fromisoformat("2026-03-01T08:00:00+00:00")
        staff_id = await staff.add(tx, name=name, email=f"{name.lower()}@example.se", now=at)
        assert staff_id is not None
        await staff.set_roles(tx, staff_id, "ekero", held, by="test", now=at)
        await staff.set_ways(tx, staff_id, "ekero", {"coach": way, "safety": way})
        return staff_id

    return Actor(await db.write(write), name, "ekero", frozenset(held))


async def asked(town: Turns, name: str = "somebody") -> Resident:
    resident = Resident(town, name)
    await resident.does("/start", "/coach", QUESTION)
    return resident


async def read(db: Database, table: Any) -> list[Any]:
    async with db.read() as tx:
        return list(await tx.execute(table.select().order_by(*table.primary_key.columns)))


def words(refused: pytest.ExceptionInfo[Refused]) -> tuple[str, str]:
    return refused.value.why, plain(render(refused.value.words, "en"))


async def test_an_answer_reaches_the_resident_and_the_machine_takes_over(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    handoff, desk = Handoff(town), Desk(town)
    (line,) = (await desk.queue(anna, Filter())).lines
    assert (line.gist, line.left, line.owner, line.status) == (QUESTION, "time", None, "told")
    assert line.news == p_("news", "New")
    await handoff.answer(anna, line.id, "form 1", "The culture office does.\n\nRing <them> on Monday.")
    await handoff.answer(anna, line.id, "form 1", "The culture office does.\n\nRing <them> on Monday.")
    *_before, answer, back = await read(db, tables.messages)
    assert (answer.sender, back.sender) == ("coach", "bot")
    assert plain(answer.body["html"]) == (
        "Anna, a human at Idélabbet, writes:\n\nThe culture office does.\n\nRing <them> on Monday."
    )
    assert plain(back.body["html"]).startswith("That was Anna. From here I, the machine, answer you again.")
    (conversation,) = await read(db, tables.conversations)
    assert conversation.holder == "bot"
    seen = await desk.case(anna, line.id)
    assert (seen.case.status, seen.mine, seen.closable) == ("answered", True, True)
    assert [(event.who, event.act) for event in seen.talk.history] == [("Anna", "claimed"), ("Anna", "answered")]
    waiting = [each.kind for each in await read(db, tables.due) if each.status == "waiting"]
    assert not {"case_late", "case_soon"} & set(waiting)
    await resident.does("/coach", "And who has the keys?")
    (case,) = await read(db, tables.cases)
    assert (case.status, case.note, case.owner_id) == ("told", f"{QUESTION}\nAnd who has the keys?", anna.staff_id)
    assert (await read(db, tables.conversations))[0].holder == "waiting"


async def test_two_coaches_cannot_both_answer(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    await asked(town)
    handoff = Handoff(town)
    results = await asyncio.gather(
        handoff.answer(anna, 1, "a", "Mine"), handoff.answer(olle, 1, "b", "No, mine"), return_exceptions=True
    )
    (refused,) = [each for each in results if isinstance(each, Refused)]
    assert refused.why == "held"
    assert [each.sender for each in await read(db, tables.messages)].count("coach") == 1
    (case,) = await read(db, tables.cases)
    winner, loser = (anna, olle) if case.owner_id == anna.staff_id else (olle, anna)
    assert f"{winner.name} has this case" in plain(render(refused.words, "en"))
    await handoff.assign(loser, 1, "c", loser.staff_id, expected=winner.staff_id)
    await handoff.answer(loser, 1, "d", "One thing more")
    assert [each.sender for each in await read(db, tables.messages)].count("coach") == 2


async def test_nothing_is_closed_without_an_answer(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    handoff = Handoff(town)
    with pytest.raises(Refused) as refused:
        await handoff.close(anna, 1, "a")
    assert words(refused)[0] == "unsaid"
    assert (await read(db, tables.cases))[0].owner_id is None  # the refused act left nothing behind
    await handoff.refer(anna, 1, "b", "the culture office, 08-123 456 78", "", close=True)
    (case,) = await read(db, tables.cases)
    assert (case.status, case.outcome, case.referred_to) == ("closed", "referred", "the culture office, 08-123 456 78")
    assert "the culture office" in plain((await read(db, tables.messages))[-2].body["html"])
    with pytest.raises(Refused) as refused:
        await handoff.answer(anna, 1, "c", "too late")
    assert words(refused)[0] == "closed"


async def test_a_next_step_is_told_and_its_day_remembered(
    town: Turns,
    db: Database,
    now: list[datetime],
) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    handoff = Handoff(town)
    with pytest.raises(Refused) as refused:
        await handoff.next_step(anna, 1, "a", "Anna rings the school", date(2026, 3, 1))
    assert words(refused) == ("empty", "That day is over. Choose today or a later day.")
    await handoff.next_step(anna, 1, "b", "Anna rings the school", date(2026, 3, 5))
    said = plain((await read(db, tables.messages))[-2].body["html"])
    assert "Thursday 5 March 2026" in said and "Anna rings the school" in said
    now[0] = datetime.fromisoformat("2026-03-05T07:30:00+00:00")
    await DueWork(db, town, now=lambda: now[0]).run_ready()
    assert (await read(db, tables.alerts))[-1].reason == "step"


async def test_reminders_go_to_the_owner_then_to_all(
    town: Turns,
    db: Database,
    now: list[datetime],
) -> None:
    anna, olle, _sender = (
        await coach(db, "Anna"),
        await coach(db, "Olle", "coordinator"),
        await coach(db, "Siv", "sender"),
    )
    resident = await asked(town)
    work = DueWork(db, town, now=lambda: now[0])
    told = [(each.staff_id, each.reason) for each in await read(db, tables.alerts)]
    assert told == [(anna.staff_id, "new"), (olle.staff_id, "new")]
    await Handoff(town).claim(anna, 1, "a")
    (case,) = await read(db, tables.cases)
    now[0] = case.answer_by - timedelta(hours=1)
    await work.run_ready()
    now[0] = case.answer_by + timedelta(minutes=1)
    await work.run_ready()
    now[0] = case.answer_by + timedelta(days=1, minutes=1)
    await work.run_ready()
    told = [(each.staff_id, each.reason) for each in await read(db, tables.alerts)][2:]
    late = [(anna.staff_id, "late"), (olle.staff_id, "late")]
    assert told == [(anna.staff_id, "soon"), *late, *late]
    apologies = [each for each in await read(db, tables.messages) if "it has not come" in str(each.body)]
    assert len(apologies) == 1  # the resident hears it once, staff every day
    letters = [each.body for each in await read(db, LETTERS) if each.channel == "mail"]
    assert len(letters) >= 7
    assert all(QUESTION not in str(body) and "somebody" not in body["subject"].split()[:1] for body in letters)
    assert any("/coach/cases/1" in body["text"] for body in letters)
    assert resident.name not in str(letters)


async def test_who_wants_a_daily_letter_gets_one(town: Turns, db: Database, now: list[datetime]) -> None:
    anna = await coach(db, "Anna", way="digest")
    await asked(town, "one")
    await asked(town, "two")
    digest = Digest(db, town.municipalities, "https://example.se", lambda: now[0])
    work = DueWork(db, town, now=lambda: now[0], works={"staff_digest": digest.send})
    assert [each for each in await read(db, LETTERS) if each.made_by.startswith(("alert", "digest"))] == []
    now[0] = datetime.fromisoformat("2026-03-03T07:01:00+00:00")  # eight o'clock in Ekerö
    await work.run_ready()
    await work.run_ready()
    (letter,) = [each for each in await read(db, LETTERS) if each.made_by.startswith(("alert", "digest"))]
    assert "1 och 2" in letter.body["text"] or "1 and 2" in letter.body["text"]
    assert all(each.told_at is not None for each in await read(db, tables.alerts))
    assert (await read(db, tables.alerts))[0].staff_id == anna.staff_id


async def test_a_role_that_may_not_see_a_kind_does_not(town: Turns, db: Database) -> None:
    siv = await coach(db, "Siv", "sender")
    await asked(town)
    desk = Desk(town)
    assert (await desk.queue(siv, Filter())).lines == []
    for act in (desk.case(siv, 1), desk.talk(siv, 1), Handoff(town).answer(siv, 1, "a", "hello")):
        with pytest.raises(Refused) as refused:
            await act
        assert words(refused)[0] == "missing"
    nacka = Actor(siv.staff_id, "Siv", "nacka", frozenset({"coach"}))
    with pytest.raises(Refused):
        await desk.case(nacka, 1)


async def test_a_conversation_that_came_to_nobody_is_the_residents_own(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    await Resident(town, "quiet").does("/start", "/idea", "A choir")
    with pytest.raises(Refused):
        await Desk(town).talk(anna, 1)


async def test_looking_is_written_down_and_told(town: Turns, db: Database, now: list[datetime]) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    desk = Desk(town)
    for minutes in (0, 5, 90):
        now[0] += timedelta(minutes=minutes)
        await desk.case(anna, 1)
    async with db.read() as tx:
        held = await residents.my_data(tx, "ekero", 1)
    assert [(each["who"], each["act"]) for each in held["case_events"]] == [("Anna", "seen")] * 2


async def test_a_caller_is_found_again_by_number(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    handoff, desk = Handoff(town), Desk(town)
    first = await handoff.caller(anna, "a", name="Gunnel", phone="+46701234567", locale="sv")
    again = await handoff.caller(anna, "b", name="", phone="+46701234567", locale="sv")
    nobody = await handoff.caller(anna, "c", name="", phone="", locale="ar")
    assert (first == again, first == nobody) == (True, False)
    outcome = await town.take(
        Update(
            id="staff:1:form", municipality="ekero", channel="phone", conversation_id=first, by_staff=anna.staff_id,
            input=Input(command="form", argument="idea", fields={"idea.value": "Stickcafé"}),
        )
    )  # fmt: skip
    assert not outcome.failed
    talk = await desk.talk(anna, first)
    assert (talk.who, talk.phone, talk.plan is not None) == ("Gunnel", "+46701234567", True)
    assert talk.messages[0].body["by_staff"] == anna.staff_id
    assert await read(db, LETTERS) == []  # nobody can be written to there


async def test_an_answer_goes_to_telegram_as_everything_does(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    for number, said in enumerate((Input(command="coach"), Input(text="English"), Input(text=QUESTION))):
        await town.take(Update(f"telegram:1:{number}", "ekero", "telegram", said, address="77", locale_hint="en"))
    await town.take(Update("telegram:1:8", "ekero", "telegram", Input(press=Press(0, "f:safety")), address="77"))
    coach_case, danger = sorted(await read(db, tables.cases), key=lambda each: str(each.kind))
    assert (coach_case.kind, danger.kind, danger.priority) == ("coach", "safety", 0)
    assert danger.answer_by < coach_case.answer_by
    before = len(await read(db, LETTERS))
    handoff = Handoff(town)
    await handoff.answer(anna, coach_case.id, "a", "In the open")
    assert (await read(db, tables.conversations))[0].holder == "waiting"  # the other case still waits
    await handoff.answer(anna, danger.id, "b", "Only for you")
    assert (await read(db, tables.conversations))[0].holder == "bot"
    sent = [each for each in (await read(db, LETTERS))[before:] if each.channel == "telegram"]
    assert [each.op for each in sent] == ["send"] * 4
    assert [each.body is None for each in sent] == [True, True, False, True]  # as it was kept, but for what is private
    assert "Only for you" not in str(sent[2].body) and "/r/" in str(sent[2].body)


async def test_who_left_an_address_hears_that_there_is_an_answer(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna", way="none")
    resident = await asked(town)
    await resident.does("me@example.org")
    await Handoff(town).answer(anna, 1, "a", "The culture office does.")
    letters = [each.body for each in await read(db, LETTERS) if each.channel == "mail" and ":notice" in each.made_by]
    assert len(letters) == 1
    assert "The culture office" not in str(letters) and "/r/" in letters[0]["text"]


async def test_a_work_name_stays_after_its_owner_has_left(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    places = Staff(db, town.municipalities, public_url="https://example.se", forms_key=b"k" * 32, now=town.now)
    await places.remove(anna.staff_id)
    seen = await Desk(town).case(olle, 1)
    assert (seen.line.owner, [event.who for event in seen.talk.history]) == (None, ["Anna"])


async def test_a_case_is_found_by_what_it_is_about(town: Turns, db: Database) -> None:
    anna = await coach(db, "Anna")
    await Resident(town, "one").does("/start", "/coach", "Vem sköter cykelvägarna?")
    await Resident(town, "two").does("/start", "/coach", "Hello there")
    found = await Desk(town).queue(anna, Filter(topic="roads"))
    assert [(line.id, line.topic) for line in found.lines] == [(1, "roads")]
    assert found.counts["topic"] == {"roads": 1} and found.counts["state"]["open"] == 1
