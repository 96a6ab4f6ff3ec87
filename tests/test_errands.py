"""Requests for help with the real flows and a real database: made, given to somebody, done, taken back, never forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import volunteering
from bot.desk import Desk, Filter
from bot.flows import FLOWS
from bot.flows.form import read_form
from bot.flows.model import AnswerShift, Input, Known, Press
from bot.handoff import Actor, Handoff
from bot.i18n import plain
from bot.packs.load import load_municipality
from bot.rules.errands import awake, span, told_at
from bot.rules.masking import mask_contacts
from bot.turn import Turns
from bot.update import Update
from storage import conversations, seen, shifts, tables, volunteers
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_turn import Resident

WANTED = "I need somebody to buy food for me today in Stenhamra"
OFFER = {"name": "Bo Berg", "where": {"area": "Stenhamra"}, "far": "near", "languages": ["sv", "en"], "skills": [],
         "days": ["1", "2", "3", "4", "5", "6", "7"], "hours": ["morning", "day", "evening"], "often": "always", "car": True,
         "adult": True, "agree": {"given": True}}  # fmt: skip


async def asks(town: Turns, name: str = "greta", wanted: str = WANTED) -> Resident:
    """Somebody who has asked for help."""
    who = Resident(town, name)
    await who.does("/start help_me", wanted, "[Skip]", "[I do]", "Greta Holm", "Storgatan 3, code 1234", "[Skip]")
    assert "Thank you! I look for somebody now" in await who.does("[Yes, this is right]"), who.last
    await who.does("[Skip]")  # an e-mail address
    return who


async def helps(town: Turns, address: str = "bo", **offer: Any) -> tuple[Resident, int]:
    """Somebody who has offered help, and the id of that."""
    who = Resident(town, address)
    await who.does("/menu")

    async def write(tx: AsyncConnection) -> int:
        found = await seen.by_address(tx, "ekero", "web", address)
        assert found is not None
        return await volunteers.save(
            tx, municipality_id="ekero", resident_id=found.resident_id, conversation_id=found.conversation_id,
            offer={**OFFER, **offer}, now=town.now(),
        )  # fmt: skip

    return who, await town.db.write(write)


async def moves(town: Turns, volunteer_id: int, *steps: str, need_id: int = 1) -> None:
    """The volunteers' side: a volunteer is "asked" by a coordinator, has "taken" it, or has "given_up"."""
    place = town.municipalities["ekero"]

    async def write(tx: AsyncConnection) -> None:
        now = town.now()
        (shift,) = await shifts.of_need(tx, "ekero", need_id)
        for step in steps:
            if step == "asked":
                id = await shifts.sign_up(
                    tx, municipality_id="ekero", shift_id=shift.id, volunteer_id=volunteer_id, status="proposed",
                    made_by="match", now=now,
                )  # fmt: skip
                assert await volunteering.ask(tx, await shifts.signup(tx, "ekero", id), place, now)
                continue
            living = {each.volunteer_id: each for each in await shifts.of_shift(tx, "ekero", shift.id)}
            signup, known = living[volunteer_id], Known(now.astimezone(place.zone), "en", place)
            who = await conversations.by_id(tx, signup.conversation_id)
            await volunteering.apply(tx, AnswerShift(signup.id, step == "taken"), who, known, "")

    await town.db.write(write)


async def need(rows: Any, number: int = -1) -> Any:
    return (await rows(tables.needs))[number]


# --- the way of a request -------------------------------------------------------------------------------------------------


async def test_a_request_is_one_errand_and_one_case(town: Turns, rows: Any) -> None:
    await asks(town)
    anna = await coach(town.db, "Anna", "coordinator")
    (kept,), (shift,), (case,) = await rows(tables.needs), await rows(tables.shifts), await rows(tables.cases)
    assert (kept.kind, kept.status, kept.area, kept.priority, kept.case_id) == (
        "errand",
        "new",
        "Stenhamra",
        2,
        case.id,
    )
    assert (kept.need["what"], kept.need["name"], kept.need["address"]) == (
        "Handla mat", "Greta", "Storgatan 3, code 1234",
    )  # fmt: skip
    assert kept.need["about"] == "", "nothing in their own words is on pages for everybody"
    assert shift.ends_at - shift.starts_at == timedelta(minutes=90)
    assert len(await rows(tables.shift_places)) == 1
    assert (case.kind, case.area, case.answer_by - town.now()) == ("help", "Stenhamra", timedelta(hours=3))
    (line,) = (await Desk(town).queue(anna, Filter())).lines
    assert (line.kind.name, line.gist) == ("help", f"Handla mat: {WANTED}")


async def test_from_new_to_it_helped_each_step_is_told_to_both(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked")
    await clock()
    assert "I have asked somebody who may be able to help" in await said_last(town, greta)
    assert "Bo" not in await said_last(town, greta), "no names before both have said yes"
    await moves(town, bo_id, "taken")
    await clock()
    told = await said_last(town, greta)
    assert "Bo helps you with “Food shopping”" in told and "Berg" not in told
    assert [each.status for each in await rows(tables.cases)] == ["answered"]
    await bo.does("/mine")
    assert "You help Greta in Stenhamra" in await bo.does("[I help Greta]")
    shown = await bo.does("[Show address and all]")
    assert "Holm" not in shown
    await bo.does("/mine", "[I help Greta]", "[I am on my way]")
    await clock()
    assert "Bo is on the way to you now" in await said_last(town, greta)
    await bo.does("[Go on with the errand]", "[It is done]")
    await clock()
    assert "Bo says that “Food shopping” is done. Did it help?" in await said_last(town, greta)
    assert "Thank you for helping Greta" in await said_last(town, bo)
    assert "this is finished" in await greta.does("[Tell whether it helped]", "[Yes, it helped]", "[No]")
    found = await need(rows)
    assert (found.status, found.need["helped"], found.done_at) == ("closed", "yes", town.now())
    assert [(each.status, each.outcome) for each in await rows(tables.cases)] == [("closed", "answered")]
    assert [each.status for each in await rows(tables.signups)] == ["done"]
    await clock(days=30)
    waiting = [each.kind for each in await rows(tables.due) if each.status == "waiting"]
    assert waiting == []


async def test_the_address_is_only_for_whoever_has_said_yes(town: Turns, clock: Any) -> None:
    await asks(town)
    (bo, bo_id), (cia, _cia_id) = await helps(town), await helps(town, "cia", name="Cia")
    await moves(town, bo_id, "asked")
    await clock()
    assert "I help" not in await bo.does("/mine"), "asked is not yet yes"
    await moves(town, bo_id, "taken")
    await clock()
    for stranger in (cia, Resident(town, "stranger")):
        await stranger.does("/menu")
        await stranger.take(f"{stranger.name}:1", Input(press=Press(0, "f:my_errand:1")))
        assert "Storgatan" not in await said_last(town, stranger)
        assert "or somebody else has it" in await said_last(town, stranger)
    assert "Storgatan" in "\n".join([await said(town, bo, number) for number in range(1, 4)])


async def test_whoever_cannot_after_all_is_replaced(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    _cia, cia_id = await helps(town, "cia", name="Cia")
    await moves(town, bo_id, "asked", "taken")
    await clock(minutes=10)
    await bo.does("/mine", "[I help Greta]", "[I cannot after all]", "My car broke down")
    assert "You have done nothing wrong" in bo.last
    await clock()
    assert "Bo cannot help you with “Food shopping” after all" in await said_last(town, greta)
    signup, proposed = await rows(tables.signups)
    assert (signup.status, signup.reason) == ("cancelled", "My car broke down")
    assert (proposed.volunteer_id, proposed.status, proposed.approved_at) == (cia_id, "proposed", None), (
        "for a coordinator"
    )
    found = await need(rows)
    assert (found.status, found.need["helper"]) == ("new", None)
    assert [each.status for each in await rows(tables.cases)] == ["told"], "it waits again"
    await moves(town, cia_id, "asked", "taken")
    await clock()
    assert "Cia helps you" in await said_last(town, greta)


async def test_taken_back_whoever_was_on_it_is_told(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await greta.does("/mine", "[Help: Food shopping]")
    assert "It is taken back" in await greta.does("[Take it back]")
    await clock()
    assert "“Food shopping” for Greta is not needed any more" in await said_last(town, bo)
    assert (await need(rows)).status == "cancelled"
    assert [each.status for each in await rows(tables.signups)] == ["cancelled"]
    assert [each.signup_id for each in await rows(tables.shift_places)] == [None]
    assert [each.closed_at is not None for each in await rows(tables.cases)] == [True]


async def test_a_change_is_told_to_whoever_helps(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await greta.does("/mine", "[Help: Food shopping]", "[Change it]", "[Change something]", "[Address]", "Lillgatan 4")
    assert "Changed" in await greta.does("[Yes, this is right]")
    await clock()
    assert (await need(rows)).need["address"] == "Lillgatan 4"
    assert (await rows(tables.cases))[0].context["answers"]["address"] == "Lillgatan 4"
    assert "Greta has changed something" in "\n".join([await said(town, bo, number) for number in range(1, 4)])


async def test_staff_who_close_the_case_end_the_request(town: Turns, rows: Any, clock: Any) -> None:
    await asks(town)
    (bo, bo_id), anna = await helps(town), await coach(town.db, "Anna", "coordinator")
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await Handoff(town).answer(anna, 1, "form", "We have done it ourselves.", then="close")
    await clock()
    assert "is not needed any more" in await said_last(town, bo)
    assert (await need(rows)).status == "closed"


async def test_help_that_did_not_help_comes_back_to_a_person(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await bo.does("/mine", "[I help Greta]", "[It is done]")
    await clock()
    await said_last(town, greta)
    await greta.does("[Tell whether it helped]", "[Partly]", "The milk was missing")
    assert "A person at the municipality reads it" in greta.last
    (case,) = await rows(tables.cases)
    assert case.status == "told" and case.note.endswith("The milk was missing")


# --- nobody is forgotten --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgency", "times"),
    [("[Now, within an hour]", (15, 25, 80)), ("[It can wait]", (24 * 60, 24 * 60))],
)
async def test_an_unanswered_request_is_called_to_mind_again_and_again(
    town: Turns, rows: Any, clock: Any, urgency: str, times: tuple[int, ...]
) -> None:
    await coach(town.db, "Anna", "coordinator")
    greta = Resident(town, "greta")
    await greta.does("/start help_me", "[Food shopping]", "Stenhamra", urgency)
    if "Which day" in greta.last:
        await greta.does("[Skip]")
    await greta.does("[Skip]", "[I do]", "Greta", "[I don't know yet]", "[Skip]", "[Yes, this is right]", "[Skip]")
    before = (await rows(tables.needs))[0].priority
    for number, minutes in enumerate(times, start=1):
        await clock(minutes=minutes)
        assert "nobody has said yes yet" in await said_any(town, greta), number
        assert len([each for each in await rows(tables.alerts) if each.reason == "unanswered"]) == number
    assert (await rows(tables.needs))[0].priority == max(1, before - len(times))
    (shift,) = await rows(tables.shifts)
    assert shift.ends_at > town.now(), "it can still be matched"


async def test_nobody_is_alerted_about_what_somebody_has(town: Turns, rows: Any, clock: Any) -> None:
    await coach(town.db, "Anna", "coordinator")
    greta, (_bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock(hours=2)
    assert "nobody has said yes yet" not in await said_any(town, greta)
    assert [each.reason for each in await rows(tables.alerts) if each.reason in ("unanswered", "late")] == []


async def test_when_both_stay_silent_both_are_asked_and_then_it_ends(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock(days=1, hours=3)
    assert "How did it go with Greta" in await said_last(town, bo)
    await clock(days=1)
    assert "Did the help with “Food shopping” come" in await said_last(town, greta)
    await bo.does("/mine", "[I help Greta]", "[It is done]")
    await clock(days=8)
    assert (await need(rows)).status == "closed"


# --- between the two ------------------------------------------------------------------------------------------------------


async def test_the_two_write_to_each_other_without_numbers(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await said_last(town, greta)
    told = await greta.does("[Write to the helper]", "Ring 070-174 06 05 or greta@example.se, I am at home 10-12")
    assert "I have passed it on to Bo" in told and "left out a phone number" in told
    await clock()
    heard = await said(town, bo)
    assert "Greta writes to you:" in heard and "Ring … or …, I am at home 10-12" in heard
    last = (await rows(tables.messages))[-1]
    assert (last.sender, last.body["by"]) == ("peer", "Greta"), "a person wrote it, not the machine"
    await bo.does("[Answer]", "I am there at eleven")
    await clock()
    assert "Bo writes to you:" in await said(town, greta)
    await bo.does("/mine", "[I help Greta]", "[It is done]")
    await clock()
    await greta.take("late", Input(press=Press(0, "f:write_to:1")))
    assert "so I cannot pass anything on" in await said_last(town, greta)


async def test_a_stranger_cannot_write_to_either(town: Turns, rows: Any, clock: Any) -> None:
    await asks(town)
    _bo, bo_id = await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    stranger = Resident(town, "stranger")
    await stranger.does("/menu")
    await stranger.take("s:1", Input(press=Press(0, "f:write_to:1")))
    assert "Nothing was sent" in await said_last(town, stranger)


async def test_what_is_not_right_is_read_within_a_day(town: Turns, rows: Any, clock: Any) -> None:
    greta, (_bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await greta.does("/mine", "[Help: Food shopping]", "[Something is not right]", "He asked for my bank card")
    assert "by Tuesday 3 March 2026 at 16:00 at the latest" in greta.last
    case = (await rows(tables.cases))[-1]
    assert (case.kind, case.priority) == ("report", 0)
    assert "#1" in case.note


async def test_a_helper_whom_both_want_is_asked_first(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await bo.does("/mine", "[I help Greta]", "[It is done]")
    await clock()
    await said_last(town, bo)
    assert "asked first the next time" in await bo.does("[Gladly the next time too]")
    await said_last(town, greta)
    await greta.does("[Tell whether it helped]", "[Yes, it helped]", "[Yes]")
    assert (await need(rows)).need["keep"] == {"helper": True, "resident": True}
    await greta.does(
        "/start help_me", WANTED, "[Skip]", "[I do]", "Greta", "Storgatan 3", "[Skip]", "[Yes, this is right]"
    )
    (signup,) = [each for each in await rows(tables.signups) if each.status == "asked"]
    assert (signup.volunteer_id, signup.approved_at) == (bo_id, town.now())
    await clock()
    assert "Can you help? Food shopping, Stenhamra" in await said_last(town, bo)
    assert "Storgatan" not in bo.last and "Holm" not in await said(town, bo)
    await bo.does("[Yes, I take it]")
    await clock()
    assert "Bo helps you" in await said_last(town, greta)


async def test_one_yes_is_not_enough_to_be_asked_first(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await bo.does("/mine", "[I help Greta]", "[It is done]")
    await clock()
    await said_last(town, greta)
    await greta.does("[Tell whether it helped]", "[Yes, it helped]", "[Yes]")
    await greta.does(
        "/start help_me", WANTED, "[Skip]", "[I do]", "Greta", "Storgatan 3", "[Skip]", "[Yes, this is right]"
    )
    assert "I look for somebody now" in greta.last and "Bo" not in greta.last
    assert [each.status for each in await rows(tables.signups)] == ["done"]


# --- who goes, and who becomes one ------------------------------------------------------------------------------------------


async def test_who_is_forgotten_leaves_nobody_waiting(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await greta.does("/forget", "yes")
    await clock()
    assert "for Greta is not needed any more" in await said_last(town, bo)
    found = await need(rows)
    assert (found.need, found.area, found.status) == (None, None, "cancelled")
    await clock(days=30)


async def test_a_helper_who_is_forgotten_is_replaced(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await bo.does("/forget", "yes")
    await clock()
    assert "Bo cannot help you with “Food shopping” after all" in await said_last(town, greta)
    assert (await need(rows)).status == "new"
    await clock(days=3)


async def test_a_request_goes_along_when_two_conversations_become_one(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    link = await greta.does("/mine", "[Go on in another place]")
    code = link.rpartition("move_")[2].partition("?move=")[2] or link.rpartition("move=")[2]
    phone = Resident(town, "other place")
    await phone.does("/menu")
    await phone.does(f"/start move_{code.split()[0].rstrip(').')}")
    assert "Help: Food shopping" in " ".join(phone.buttons) or await phone.does("/mine")
    assert "[Help: Food shopping]"[1:-1] in phone.buttons
    await bo.does("/mine", "[I help Greta]", "[Write to them]", "I am there soon")
    await clock()
    assert "Bo writes to you:" in await said(town, phone)


# --- seeing what was said ---------------------------------------------------------------------------------------------------


async def said(town: Turns, who: Resident, number: int = 1) -> str:
    """The last message but `number` - 1 that somebody got; its buttons can be pressed."""
    async with town.db.read() as tx:
        person = await seen.by_address(tx, "ekero", who.channel, who.name)
        assert person is not None
        rows = list(
            await tx.execute(
                tables.messages.select()
                .where(tables.messages.c.conversation_id == person.conversation_id)
                .order_by(tables.messages.c.id.desc())
            )
        )
    body = rows[number - 1].body
    for each in body.get("choices", []):
        who.buttons[each["label"]] = Press(body.get("serial") or 0, each["id"])
    rowed = [f"{label} {value}" for label, value in (body.get("card") or {}).get("rows", [])]
    return "\n".join([plain(body.get("html", "")), *map(plain, rowed)])


async def said_any(town: Turns, who: Resident) -> str:
    """The last few messages that somebody got."""
    return "\n".join([await said(town, who, number) for number in range(1, 5)])


# --- other ways in, and other ways out --------------------------------------------------------------------------------------


async def calls(town: Turns, anna: Actor, **fields: str) -> int:
    """Staff fill in the form for somebody who calls; the conversation."""
    talk = await Handoff(town).caller(anna, "call", name="Greta Holm", phone="+46701740605", locale="sv")
    filled = {"what.value": "Handla mat", "where.area": "Stenhamra", "urgency.value": "today", "who.value": "self",
              "name.value": "Greta", "address.value": "Storgatan 3", "contact.value": "070-174 06 05"}  # fmt: skip
    outcome = await town.take(
        Update("staff:1:form", "ekero", "phone", Input(command="form", argument="help_me", fields={**filled, **fields}),
               conversation_id=talk, by_staff=anna.staff_id)
    )  # fmt: skip
    assert not outcome.failed
    return talk


async def test_staff_ask_for_a_caller_who_is_rung_up_about_it(town: Turns, rows: Any, clock: Any) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    await calls(town, anna)
    found = await need(rows)
    assert (found.status, found.need["task"], found.need["name"]) == ("new", "shopping", "Greta")
    bo, bo_id = await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    assert [each.reason for each in await rows(tables.alerts)] == ["new", "ring"]
    await bo.does("/mine", "[I help Greta]")
    assert "the municipality rings them" in await bo.does("[Write to them]", "I come at three")
    await clock()
    assert [each.reason for each in await rows(tables.alerts)].count("ring") == 2
    await bo.does("/mine", "[I help Greta]", "[It is done]")
    await clock()
    await Handoff(town).answer(anna, 1, "answer", "Du sa i telefon att det gick bra.", then="close")
    assert (await need(rows)).status == "closed"
    assert [each.status for each in await rows(tables.cases)] == ["closed"]


async def test_a_form_that_names_a_place_on_two_sides_asks_which(town: Turns) -> None:
    known = Known(town.now(), "en", load_municipality("jonkoping"))
    fields = {"what.value": "shopping", "where.said": "Järstorp", "urgency.value": "week", "who.value": "self",
              "name.value": "Greta"}  # fmt: skip
    filled = read_form(FLOWS["help_me"], fields, known)
    assert list(filled.problems) == [("where",)]
    assert read_form(FLOWS["help_me"], {**fields, "where.area": "Bankeryd"}, known).whole


async def test_what_helpers_do_not_do_is_no_errand(town: Turns, rows: Any) -> None:
    who = Resident(town, "greta")
    await who.does("/start help_me", "I need help to shower")
    await who.does("[Showering and personal hygiene]") if "Which of these" in who.last else None
    await who.does("Stenhamra", "[Today]", "Greta", "[Skip]")
    said = await who.does("[Yes, this is right]")
    assert "is something that helpers do not do" in said and "Our coaches have your request now" in said
    assert await rows(tables.needs) == []
    (case,) = await rows(tables.cases)
    assert (case.kind, case.answer_by - town.now()) == ("service", timedelta(hours=3))


async def test_danger_comes_before_every_question(town: Turns) -> None:
    who = Resident(town, "greta")
    await who.does("/start help_me")
    assert "112" in who.last
    assert "112" in await who.does("My father has fallen and is not breathing")


@pytest.mark.parametrize(
    ("words", "left", "hidden"),
    [
        ("Ring 070-174 06 05", "Ring …", 1),
        ("+46 (0)70 174 06 05 or a@example.se", "… or …", 2),
        ("٠٧٠١٧٤٠٦٠٥", "…", 1),
        ("At 10.30-12.30 on 2026-03-02, code 1234", "At 10.30-12.30 on 2026-03-02, code 1234", 0),
        ("Flat 3, 178 50 Ekerö", "Flat 3, 178 50 Ekerö", 0),
    ],
)
def test_ways_to_reach_somebody_are_left_out(words: str, left: str, hidden: int) -> None:
    assert mask_contacts(words) == (left, hidden)


@pytest.mark.parametrize(
    ("urgency", "hour", "begins"),
    [("now", 10, "2026-03-02T10:30"), ("today", 10, "2026-03-02T12:00"), ("today", 22, "2026-03-02T22:30"),
     ("today", 0, "2026-03-02T09:00"), ("week", 10, "2026-03-03T13:00"), ("wait", 10, "2026-03-05T13:00")],
)  # fmt: skip
def test_a_time_that_nobody_named_is_a_likely_one(urgency: str, hour: int, begins: str) -> None:
    now = datetime.fromisoformat(f"2026-03-02T{hour:02}:05:00+01:00")
    at, ends, flexible = span(urgency, None, None, 45, now)
    assert (at.isoformat()[:16], ends - at, flexible) == (begins, timedelta(minutes=45), True)


def test_what_is_not_urgent_is_left_for_the_morning() -> None:
    night = datetime.fromisoformat("2026-03-02T23:00:00+01:00")
    assert awake(night, time(21), time(8)).isoformat()[:16] == "2026-03-03T08:00"
    assert awake(night.replace(hour=3), time(21), time(8)).isoformat()[:16] == "2026-03-02T08:00"
    assert awake(night.replace(hour=12), time(21), time(8)).hour == 12


@pytest.mark.parametrize(
    ("urgency", "asked", "told"),
    [("now", "03:00", "04:00"), ("today", "03:00", "08:00"), ("today", "22:30", "23:30"), ("today", "12:00", "13:00"),
     ("week", "22:30", "08:00"), ("week", "03:00", "08:00")],
)  # fmt: skip
def test_at_night_nobody_is_told_what_can_wait(urgency: str, asked: str, told: str) -> None:
    now = datetime.fromisoformat(f"2026-03-02T{asked}:00+01:00")
    at = told_at(urgency, now + timedelta(hours=1), now, time(21), time(8))
    assert at.strftime("%H:%M") == told and timedelta() <= at - now < timedelta(days=1)


async def test_a_request_chosen_by_a_volunteer_from_what_is_needed(town: Turns, clock: Any) -> None:
    greta, (bo, _bo_id) = await asks(town), await helps(town)
    stranger = Resident(town, "stranger")
    assert "Food shopping" not in await stranger.does("/needs"), "only those who have offered help see requests"
    listed = await bo.does("/needs")
    assert "Food shopping, Stenhamra" in listed and "Storgatan" not in listed and "Greta" not in listed
    await bo.does(next(f"[{label}]" for label in bo.buttons if label.startswith("Food shopping")))
    assert "Storgatan" not in bo.last
    assert "A coordinator looks at it first" in await bo.does("[I take it]")
    await clock()
    assert "Storgatan" not in await said_any(town, bo), "not before a person has agreed"
    await moves(town, 1, "asked")
    await clock()
    assert "All you need to know comes at once" in await bo.does(
        "/mine", "[Food shopping, Monday 2 March 2026]", "[Yes, I take it]"
    )
    await clock()
    assert "Bo helps you" in await said_last(town, greta)
    assert "Storgatan 3" in "\n".join([await said(town, bo, number) for number in range(1, 4)])


async def test_a_refusal_is_nobodys_news_and_the_request_is_new_again(town: Turns, rows: Any, clock: Any) -> None:
    greta, (_bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked")
    await clock()
    assert (await need(rows)).status == "matched"
    await moves(town, bo_id, "given_up")
    await clock()
    assert (await need(rows)).status == "new"
    assert "cannot help you" not in await said_any(town, greta)


async def test_another_errand_is_told_in_short_to_those_who_are_asked(town: Turns, clock: Any) -> None:
    greta, (bo, bo_id) = Resident(town, "greta"), await helps(town)
    await greta.does("/start help_me", "[Another errand]", "Take a parcel to the post, call 070-174 06 05", "Stenhamra")
    await greta.does("[Today]", "[Skip]", "[Skip]", "[I do]", "Greta", "Storgatan 3", "[Skip]", "[Yes, this is right]")
    await moves(town, bo_id, "asked")
    await clock()
    heard = await said_last(town, bo)
    assert "Take a parcel to the post, call …" in heard and "Storgatan" not in heard and "070" not in heard


async def test_whoever_asked_for_somebody_else_writes_as_such(town: Turns, clock: Any) -> None:
    anna, (bo, bo_id) = Resident(town, "anna"), await helps(town)
    await anna.does("/start help_me", "I need somebody to buy food for my mother today in Stenhamra", "[Skip]")
    await anna.does("Greta", "Storgatan 3", "[Skip]", "[Skip]", "[Yes, this is right]", "[Skip]")
    await moves(town, bo_id, "asked", "taken")
    await clock()
    await said_last(town, anna)
    await anna.does("[Write to the helper]", "She hears badly")
    await clock()
    assert "Whoever asked for help for Greta writes to you:" in await said(town, bo)


async def test_two_who_want_it_at_once_are_one_helper(town: Turns, rows: Any, clock: Any) -> None:
    await asks(town)
    (bo, bo_id), (cia, cia_id) = await helps(town), await helps(town, "cia", name="Cia")
    for each in (bo, cia):
        await each.does("/needs")
        await each.does(next(f"[{label}]" for label in each.buttons if label.startswith("Food shopping")))
    await asyncio.gather(bo.does("[I take it]"), cia.does("[I take it]"))
    assert [each.status for each in await rows(tables.signups)] == ["proposed", "proposed"]
    await moves(town, bo_id, "asked")
    with pytest.raises(AssertionError):
        await moves(town, cia_id, "asked")  # it has one place
    await bo.does("/mine", "[Food shopping, Monday 2 March 2026]", "[Yes, I take it]")
    await clock()
    told = [await said_any(town, each) for each in (bo, cia)]
    assert ["Storgatan" in words for words in told] == [True, False]


async def test_taken_and_taken_back_at_once_leaves_nobody_waiting(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked")
    await clock()
    await said_last(town, bo)
    await greta.does("/mine", "[Help: Food shopping]")
    await asyncio.gather(greta.does("[Take it back]"), bo.does("[Yes, I take it]"))
    await clock()
    assert (await need(rows)).status == "cancelled"
    assert [each.status for each in await rows(tables.signups)] == ["cancelled"]
    assert (
        "I help Greta" not in await bo.does("/mine")
        and [each.kind for each in await rows(tables.due) if each.status == "waiting"] == []
    )


async def test_no_address_and_no_words_of_the_two_travel_by_telegram(town: Turns, rows: Any, clock: Any) -> None:
    greta = await asks(town)
    bo = Resident(town, "4711", channel="telegram")
    await bo.does("/menu", "[English]")

    async def write(tx: AsyncConnection) -> int:
        found = await seen.by_address(tx, "ekero", "telegram", "4711")
        assert found is not None
        return await volunteers.save(
            tx, municipality_id="ekero", resident_id=found.resident_id, conversation_id=found.conversation_id,
            offer=OFFER, now=town.now(),
        )  # fmt: skip

    await moves(town, await town.db.write(write), "asked", "taken")
    await clock()
    await said_last(town, greta)
    await greta.does("[Write to the helper]", "The key is under the mat")
    await clock()
    kept = {each.id: str(each.body) for each in await rows(tables.messages)}
    sent = [str(each.body) if each.body else kept[each.message_id] for each in await rows(tables.deliveries)
            if each.channel == "telegram"]  # fmt: skip
    assert sum("a message for you that I do not send through Telegram" in body for body in sent) == 2
    assert not any("Storgatan" in body or "under the mat" in body for body in sent)


async def test_who_did_not_come_leaves_nobody_waiting(town: Turns, rows: Any, clock: Any) -> None:
    greta, (_bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    place = town.municipalities["ekero"]

    async def missed(tx: AsyncConnection) -> None:
        (signup,) = await shifts.of_shift(tx, "ekero", 1)
        assert await volunteering.came(tx, signup, place, town.now(), was_there=False)

    await town.db.write(missed)
    await clock()
    assert "cannot help you with" in await said_any(town, greta)
    assert (await need(rows)).status == "new" and [each.signup_id for each in await rows(tables.shift_places)] == [None]


async def test_staff_who_end_it_while_somebody_comes_tell_both(town: Turns, rows: Any, clock: Any) -> None:
    greta, (bo, bo_id) = await asks(town), await helps(town)
    await moves(town, bo_id, "asked", "taken")
    await clock()
    anna = await coach(town.db, "Anna", "coordinator")
    await Handoff(town).close(anna, 1, "form")
    await clock()
    assert "nobody comes any more" in await said_last(town, greta)
    assert "not needed any more" in await said_any(town, bo)
