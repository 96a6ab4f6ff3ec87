"""The turn with the real flows and a real database: what one resident does, and what is kept of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.due import DueWork
from bot.flows import FLOWS
from bot.flows.model import Ending, File, Input, OpenCase, Press
from bot.i18n import plain
from bot.live import Live
from bot.packs.load import load_municipality
from bot.turn import Outcome, Turns
from bot.update import Update
from storage import tables
from storage.db import Database


class Resident:
    """Somebody at an address, on the web unless it is said, writing and pressing what they see."""

    def __init__(self, town: Turns, name: str, channel: str = "web") -> None:
        self.town, self.name, self.channel, self.count, self.last = town, name, channel, 0, ""
        self.buttons: dict[str, Press] = {}

    async def does(self, *things: str) -> str:
        """Do things one after the other; what the last one is answered with."""
        for thing in things:
            self.last = await self._does(thing)
        return self.last

    async def _does(self, thing: str) -> str:
        self.count += 1
        outcome = await self.take(f"web:{self.name}:{self.count}", self._input(thing))
        assert not outcome.failed
        for body in outcome.said:
            for each in (*body.get("choices", []), *body.get("moves", [])):
                self.buttons[each["label"]] = Press(body.get("serial") or 0, each["id"])
        return "\n".join(plain(body.get("html", ""), addresses=True) for body in outcome.said) or outcome.toast or ""

    async def take(self, id: str, input: Input) -> Outcome:
        return await self.town.take(Update(id, "ekero", self.channel, input, address=self.name, locale_hint="en"))

    def _input(self, thing: str) -> Input:
        if thing.startswith("/"):
            command, _space, argument = thing[1:].partition(" ")
            return Input(command=command, argument=argument)
        return Input(press=self.buttons[thing[1:-1]]) if thing.startswith("[") else Input(text=thing)


async def _plan(resident: Resident, found: str = "[No, I do not]") -> None:
    """From /idea to a saved plan, most of it left open."""
    await resident.does("/idea", "A bicycle workshop in Stenhamra")
    for _count in range(20):
        if "Is everything right?" in await resident.does(
            found if "May others" in resident.last else "[I don't know yet]"
        ):
            break
    await resident.does("[Yes, this is right]")


async def test_a_plan_is_seen_changed_and_shared_through_mine(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    await _plan(amina)
    assert "/plan/" in await amina.does("/mine", "[A bicycle workshop in Stenhamra]", "[Show the plan]")
    await amina.does("/mine", "[A bicycle workshop in Stenhamra]", "[Change the plan]", "[Change something]", "[Title]")
    await amina.does("Bikes for all", "[Yes, this is right]")
    assert [(plan.title, plan.version) for plan in await rows(tables.plans)] == [("Bikes for all", 2)]
    link = await amina.does("/mine", "[Bikes for all]", "[Invite somebody]")
    code = link.rpartition("/j/")[2].split()[0].rstrip(").")
    bo = Resident(town, "bo")
    assert "Welcome in" in await bo.does(f"/start join_{code}")
    assert "time is over" in await Resident(town, "cia").does(f"/start join_{code}")
    await bo.does("/mine", "[Bikes for all]", "[Change the plan]", "[Change something]", "[Title]")
    await bo.does("Bikes for everyone", "[Yes, this is right]")
    assert [(plan.title, plan.version) for plan in await rows(tables.plans)] == [("Bikes for everyone", 3)]
    versions = await amina.does("/mine", "[Bikes for everyone]", "[Earlier versions]")
    assert "Version 3" in versions and "Version 1" in versions


async def _share(town: Turns) -> tuple[Resident, Resident]:
    """Two who change one plan; each has it open with the list of its answers."""
    amina, bo = Resident(town, "amina"), Resident(town, "bo")
    await _plan(amina)
    link = await amina.does("/mine", "[A bicycle workshop in Stenhamra]", "[Invite somebody]")
    await bo.does(f"/start join_{link.rpartition('/j/')[2].split()[0].rstrip(').')}")
    for each in (amina, bo):
        await each.does("/mine", "[A bicycle workshop in Stenhamra]", "[Change the plan]")
    return amina, bo


async def test_two_who_change_a_plan_at_once_both_find_their_words_in_it(town: Turns, rows: Any) -> None:
    amina, bo = await _share(town)
    await amina.does("[Change something]", "[Why]", "Many bicycles are broken")
    await bo.does("[Change something]", "[Who is in]", "Bo, brings tools", "[Done]")
    await asyncio.gather(amina.does("[Yes, this is right]"), bo.does("[Yes, this is right]"))
    kept = [version.answers for version in await rows(tables.plan_versions)]
    assert len(kept) == 3
    assert kept[-1]["why"] == "Many bicycles are broken" and kept[-1]["who"] == [{"name": "Bo", "does": "brings tools"}]
    assert ("put both together" in amina.last) != ("put both together" in bo.last), "the later one is told"
    assert "Both are kept" not in amina.last + bo.last, "nothing to settle"


async def test_an_answer_that_both_changed_is_told_to_the_later_one(town: Turns, rows: Any) -> None:
    amina, bo = await _share(town)
    await amina.does("[Change something]", "[Title]", "Bikes for all", "[Yes, this is right]")
    said = await bo.does("[Change something]", "[Title]", "Wheels", "[Yes, this is right]")
    assert "In the other change it says: Bikes for all" in said and "Both are kept" in said
    assert [version.answers.get("title") for version in await rows(tables.plan_versions)] == [
        None,
        "Bikes for all",
        "Wheels",
    ]


async def test_whoever_takes_part_no_longer_keeps_what_they_wrote(town: Turns, db: Database, rows: Any) -> None:
    amina, bo = await _share(town)
    await bo.does("[Change something]", "[Title]", "Wheels")
    await amina.does("/forget", "yes")

    async def leave(tx: Any) -> None:
        await tx.execute(tables.plan_members.delete())

    await db.write(leave)
    said = await bo.does("[Yes, this is right]")
    assert "as a new plan of your own" in said
    assert [(plan.title, plan.version) for plan in await rows(tables.plans)][-1] == ("Wheels", 1)


async def test_a_plan_that_shall_not_be_found_stays_so(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    await _plan(amina, found="[Yes, I agree]")
    assert [plan.findable for plan in await rows(tables.plans)] == [True]
    await amina.does("/mine", "[A bicycle workshop in Stenhamra]", "[Do not let others find it]")
    await amina.does("/mine", "[A bicycle workshop in Stenhamra]", "[Change the plan]", "[Yes, this is right]")
    assert [plan.findable for plan in await rows(tables.plans)] == [False]


async def test_others_with_ideas_alike_are_told_of_and_introduced_by_a_human(town: Turns, rows: Any) -> None:
    await _plan(Resident(town, "amina"), found="[Yes, I agree]")
    bo = Resident(town, "bo")
    await _plan(bo, found="[Yes, I agree]")
    question = await bo.does("[A bicycle workshop in Stenhamra]")
    assert "Shall a coach introduce you" in question
    assert "answers you here by" in await bo.does("yes")
    assert [case.kind for case in await rows(tables.cases)] == ["introduction"]


async def test_one_update_is_applied_once(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    first = await amina.take("web:amina:x", Input(command="idea"))
    again = await amina.take("web:amina:x", Input(command="idea"))
    assert (first.applied, again.applied) == (True, False)
    assert len([row for row in await rows(tables.messages) if row.sender == "resident"]) == 1


async def test_an_update_that_fails_is_kept_answered_and_holds_nobody_up(
    db: Database, now: list[datetime], rows: Any
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError("a fault of ours")

    flows = {**FLOWS, "coach": replace(FLOWS["coach"], intro=broken)}
    ekero = load_municipality("ekero")
    town = Turns(db, {"ekero": ekero}, flows, public_url="https://example.se", now=lambda: now[0], live=Live())
    amina = Resident(town, "amina")
    outcome = await amina.take("web:amina:x", Input(command="coach", argument="I want to kill myself"))
    assert outcome.failed
    said = [plain(body["html"]) for body in outcome.said]
    assert "112" in said[0], "danger comes first, also when we fail"
    assert "Something went wrong on our side" in said[1]
    (kept,) = [row for row in await rows(tables.inbox) if row.status == "failed"]
    assert "ZeroDivisionError" in kept.fault and "kill" not in kept.fault
    assert "Tell me about your idea" in await amina.does("/idea")


@pytest.mark.parametrize("thing", ["I want to kill myself", "/coach I want to kill myself"])
async def test_emergency_words_are_answered_before_anything_else(town: Turns, rows: Any, thing: str) -> None:
    amina = Resident(town, "amina")
    await amina.does("/idea")
    said = await amina.does(thing)
    assert said.index("112") < said.index("?\n") if "?\n" in said else "112" in said
    assert len(await rows(tables.safety_flags)) == 1
    await amina.does("[Yes, contact me]")
    assert [case.kind for case in await rows(tables.cases)][-1] == "safety"


async def test_danger_told_twice_in_one_turn_is_one_letter(db: Database, now: list[datetime], rows: Any) -> None:
    def asks(answers: Any, known: Any) -> Ending:
        return Ending((), (OpenCase("safety", known.now + timedelta(days=1)),))

    flows = {**FLOWS, "coach": replace(FLOWS["coach"], finish=asks)}
    ekero = load_municipality("ekero").model_copy(update={"email": "idelabbet@example.se"})
    town = Turns(db, {"ekero": ekero}, flows, public_url="https://example.se", now=lambda: now[0], live=Live())
    outcome = await Resident(town, "amina").take("x", Input(command="coach", argument="I want to kill myself"))
    assert not outcome.failed and outcome.effects[-2:] == ("OpenCase", "SafetyFlag")
    assert [row.channel for row in await rows(tables.deliveries)] == ["mail"]


async def test_identity_numbers_are_never_kept(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    assert "identity number" in await amina.does("/idea", "My number is 811218-9876 and I sew")
    kept = str([row.body for row in await rows(tables.messages)]) + str(
        [row.state for row in await rows(tables.conversations)]
    )
    assert "811218" not in kept and "I sew" in kept


async def test_nor_in_the_name_of_a_file(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina", "telegram")
    await amina.does("/start")
    named = File("document", "telegram:x", "Intyg 811218-9876.pdf", "application/pdf")
    outcome = await amina.take("telegram:amina:file", Input(file=named))
    assert "identity number" in plain(outcome.said[0]["html"])
    kept = [row.name for row in await rows(tables.attachments)] + [str(row.body) for row in await rows(tables.messages)]
    assert "Intyg [personnummer].pdf" in kept and "811218" not in str(kept)


async def test_a_promise_that_is_not_kept_is_an_event(
    town: Turns, db: Database, now: list[datetime], rows: Any
) -> None:
    amina = Resident(town, "amina")
    await amina.does("/coach", "Where do we begin?", "[Skip]")
    assert "added that to your question" in await amina.does("/coach", "And what does it cost?")
    (case,) = await rows(tables.cases)
    assert case.note == "Where do we begin?\nAnd what does it cost?"
    now[0] += timedelta(days=5)
    due = DueWork(db, town, now=lambda: now[0])
    await due.run_ready()
    await due.run_ready()
    late = [row for row in await rows(tables.messages) if "it has not come" in str(row.body)]
    assert len(late) == 1


async def test_who_is_forgotten_begins_anew(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    await amina.does("/idea", "A secret garden", "/forget")
    farewell = await amina.does("yes")
    assert "no longer write to you" in farewell
    assert "number of things: 3" in farewell, "what was written three times, and not what was answered"
    assert "You have no plan yet" in await amina.does("/mine")
    assert "secret garden" not in str([row.state for row in await rows(tables.conversations)])


async def test_after_stop_no_reminder_comes(town: Turns, db: Database, now: list[datetime], rows: Any) -> None:
    amina = Resident(town, "amina")
    await amina.does("/idea", "A garden", "save", "/stop")
    said = len(await rows(tables.messages))
    now[0] += timedelta(days=84)
    await DueWork(db, town, now=lambda: now[0]).run_ready()
    assert len(await rows(tables.messages)) == said


async def test_a_form_sent_for_a_saved_change_changes_the_plan(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    await _plan(amina)
    await amina.does("/mine", "[A bicycle workshop in Stenhamra]", "[Change the plan]", "[Change something]", "[Title]")
    await amina.does("save")
    fields = {"idea.value": "A bicycle workshop in Stenhamra", "title.value": "Bikes for all"}
    outcome = await amina.take("web:amina:form", Input(command="form", argument="idea", fields=fields))
    assert not outcome.failed
    assert [(plan.title, plan.version) for plan in await rows(tables.plans)] == [("Bikes for all", 2)]
    assert "You have nothing saved" in await amina.does("/menu", "resume") and {
        row.status for row in await rows(tables.due) if row.kind.startswith("saved_")
    } == {"cancelled"}


async def test_a_form_shown_as_something_new_leaves_a_saved_change_alone(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    await _plan(amina)
    await amina.does("/mine", "[A bicycle workshop in Stenhamra]", "[Change the plan]", "save")
    fields = {"idea.value": "A choir", "form.about": "new"}
    await amina.take("web:amina:form", Input(command="form", argument="idea", fields=fields))
    assert [(plan.title, plan.version) for plan in await rows(tables.plans)] == [
        ("A bicycle workshop in Stenhamra", 1),
        ("A choir", 1),
    ]


async def test_a_form_that_does_not_hold_all_of_a_saved_talk_leaves_it(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    await amina.does("/idea", "A garden", "Families", "save")
    await amina.take("web:amina:form", Input(command="form", argument="idea", fields={"idea.value": "A choir"}))
    assert [plan.title for plan in await rows(tables.plans)] == ["A choir"]
    assert "What gets better for them?" in await amina.does("/idea", "[Go on where I was]")
