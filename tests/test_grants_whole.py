"""From the first question about money to an application at the municipality, with a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.desk import Desk
from bot.due import DueWork
from bot.flows.handed_in import paper_of
from bot.handoff import Handoff
from bot.packs.load import load_municipality
from bot.turn import Turns
from bot.views import LinkTrouble, Views
from storage import cases, tables
from tests.test_handoff import coach
from tests.test_turn import Resident

ASKED = "We are three friends who want 8 000 kr for a bicycle workshop, open to everyone"


async def _verdicts(resident: Resident) -> None:
    await resident.does(f"/grants {ASKED}", "yes", "no", "yes", "no")


async def _fill_in(resident: Resident, people: str) -> None:
    await resident.does(
        "[Draft: Snabb slant (quick money)]", "The young in Stenhamra", people, "[Done]", "20 March 2026", "Stenhamra"
    )
    await resident.does("Tools 8000", "[Done]", "[I don't know yet]")
    assert "Is everything right?" in resident.last


THREE = "Amina, amina@example.org\nOmar, omar@example.org\nLisa, lisa@example.org"


async def test_the_clock_of_21_days_starts_when_it_is_complete(town: Turns, rows: Any, now: list[datetime]) -> None:
    amina = Resident(town, "amina")
    await _verdicts(amina)
    await _fill_in(amina, "Amina, amina@example.org\nOmar, omar@example.org")
    said = await amina.does("[Yes, this is right]")
    assert "not complete yet" in said and "Wednesday 4 March 2026" in said
    (case,) = await rows(tables.cases)
    assert (case.kind, case.context["complete_at"]) == ("application", None)
    now[0] += timedelta(days=3)
    await amina.does("/mine", "[Sent: Snabb slant (quick money)]", "[Add or change something]", "[I don't know yet]")
    await amina.does("[Change something]", "[Who applies together]", "Lisa, lisa@example.org", "[Done]")
    said = await amina.does("[Yes, this is right]")
    assert "Thursday 26 March 2026 at 16:00" in said
    (case,) = await rows(tables.cases)
    assert case.answer_by == datetime(2026, 3, 26, 15, tzinfo=UTC)
    assert "21 days left" in await amina.does("/mine", "[Sent: Snabb slant (quick money)]")


async def test_staff_are_reminded_a_week_before_and_told_when_it_is_late(
    town: Turns, rows: Any, now: list[datetime]
) -> None:
    amina = Resident(town, "amina")
    town.municipalities = {"ekero": town.municipalities["ekero"].model_copy(update={"email": "lab@example.org"})}
    await _verdicts(amina)
    await _fill_in(amina, THREE)
    await amina.does("[Yes, this is right]")
    due = DueWork(town.db, town, now=lambda: now[0])

    async def letters() -> list[str]:
        return [each.body["subject"] for each in await rows(tables.deliveries) if each.channel == "mail"]

    assert await letters() == ["Någon väntar på svar"]
    now[0] += timedelta(days=13)
    assert await due.run_ready() == 0
    now[0] += timedelta(days=2)
    assert await due.run_ready() == 1
    assert len(await letters()) == 2
    now[0] += timedelta(days=7)
    assert await due.run_ready() == 1
    assert len(await letters()) == 3 and (await letters())[-1] != (await letters())[0]
    said = [each.body for each in await rows(tables.messages) if each.sender == "bot"]
    assert "promised you an answer by now" in said[-1]["html"]


async def test_nobody_is_reminded_of_what_is_answered(town: Turns, rows: Any, now: list[datetime]) -> None:
    amina = Resident(town, "amina")
    await _verdicts(amina)
    await _fill_in(amina, THREE)
    await amina.does("[Yes, this is right]")
    (case,) = await rows(tables.cases)
    await town.db.write(lambda tx: cases.answer(tx, "ekero", case.id, now[0]))
    before = len(await rows(tables.messages))
    now[0] += timedelta(days=30)
    assert await DueWork(town.db, town, now=lambda: now[0]).run_ready() == 2
    assert len(await rows(tables.messages)) == before


async def test_an_answer_ends_the_reminders_and_what_is_completed_afterwards_waits_again(
    town: Turns, rows: Any, now: list[datetime]
) -> None:
    amina = Resident(town, "amina")
    anna = await coach(town.db, "Anna")
    await _verdicts(amina)
    await _fill_in(amina, "Amina, amina@example.org\nOmar, omar@example.org")
    await amina.does("[Yes, this is right]")
    seen = await Desk(town).case(anna, 1)
    assert (seen.case.status, seen.complete_on) == ("told", None)
    await Handoff(town).answer(anna, 1, "a", "One signature is missing.")
    assert {each.status for each in await rows(tables.due) if each.kind.startswith("case_")} == {"cancelled"}
    now[0] += timedelta(days=3)
    assert "A person answered you on Monday 2 March 2026" in await amina.does(
        "/mine", "[Sent: Snabb slant (quick money)]"
    )
    await amina.does("[Add or change something]", "[I don't know yet]")
    await amina.does("[Change something]", "[Who applies together]", "Lisa, lisa@example.org", "[Done]")
    await amina.does("[Yes, this is right]")
    seen = await Desk(town).case(anna, 1)
    assert (seen.case.status, seen.case.owner_id, seen.days_left) == ("told", anna.staff_id, 21)
    assert seen.complete_on == now[0].date()
    waiting = {each.kind: each.due_at for each in await rows(tables.due) if each.status == "waiting"}
    assert waiting["case_late"] - waiting["case_soon"] == timedelta(days=7)
    assert [each.reason for each in await rows(tables.alerts)] == ["new", "again"]


async def test_an_application_does_not_keep_the_conversation_from_the_machine(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    anna = await coach(town.db, "Anna")
    await _verdicts(amina)
    await _fill_in(amina, THREE)
    await amina.does("[Yes, this is right]", "/coach", "Is there a piano?")
    assert (await rows(tables.conversations))[0].holder == "waiting"
    await Handoff(town).answer(anna, 2, "a", "There is.")
    assert (await rows(tables.conversations))[0].holder == "bot"
    assert {each.kind for each in await rows(tables.due) if each.status == "waiting"} >= {"case_late", "case_soon"}


async def test_what_was_closed_meanwhile_is_handed_in_anew(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    anna = await coach(town.db, "Anna")
    await _verdicts(amina)
    await _fill_in(amina, "Amina, amina@example.org")
    await amina.does("[Yes, this is right]", "/mine", "[Sent: Snabb slant (quick money)]", "[Add or change something]")
    await Handoff(town).answer(anna, 1, "a", "Two signatures are missing.", then="close")
    await amina.does("[I don't know yet]", "[Yes, this is right]")
    assert [(each.id, each.closed_at is None) for each in await rows(tables.cases)] == [(1, False), (2, True)]


async def test_what_was_sent_is_seen_by_its_owner_alone(town: Turns, rows: Any, now: list[datetime]) -> None:
    amina, bo = Resident(town, "amina"), Resident(town, "bo")
    await _verdicts(amina)
    await _fill_in(amina, THREE)
    await amina.does("[Yes, this is right]")
    await bo.does("/grants")
    (case,) = await rows(tables.cases)
    views = Views(town.db, town.flows, lambda: now[0])
    (mine, others) = [each.id for each in await rows(tables.residents)]
    seen = await views.case("ekero", case.id, resident_id=mine)
    paper = paper_of(seen.flow, seen.answers, load_municipality("ekero"), seen.made_at)
    assert paper is not None and str(paper.title)[:42] == ASKED[:42]
    assert (paper.total_sek, paper.open) == (8000, ())
    with pytest.raises(LinkTrouble):
        await views.case("ekero", case.id, resident_id=others)
    assert "[Sent" not in str(bo.buttons)
