"""Volunteers and their shifts with the real flows and a real database: signed up, taken, handed on, reminded, over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from bot import volunteering
from bot.packs.model import Municipality
from bot.turn import Turns
from storage import shifts, tables, volunteers
from storage.db import Database
from tests.test_premises import said_last
from tests.test_turn import Resident

Clock = Callable[..., Awaitable[None]]

OFFER: dict[str, Any] = {
    "name": "Amina", "where": {"area": "Stenhamra"}, "far": "beside", "languages": ["ar", "sv-little"], "skills": ["cooking"],
    "days": ["6", "7"], "hours": ["day", "evening"], "often": "week", "car": False, "adult": True,
    "agree": {"given": True, "version": "1"},
}  # fmt: skip


async def need(
    db: Database, at: datetime, *, places: int = 1, hours: float = 2, what: str = "Serve supper", area: str | None = "Stenhamra",
    priority: int = 3, times: int = 1, **asks: Any,
) -> int:  # fmt: skip
    """A need with shifts a day apart; its id."""
    said = {"what": what, "address": "Skolvägen 3", "contact": "Bo", **asks}
    when = [(at + timedelta(days=day), at + timedelta(days=day, hours=hours)) for day in range(times)]
    return await db.write(lambda tx: shifts.add_need(
        tx, municipality_id="ekero", kind="shift", need=said, area=area, priority=priority, status="open", times=when,
        places=places, now=at - timedelta(days=30),
    ))  # fmt: skip


async def volunteer(town: Turns, name: str, **changes: Any) -> Resident:
    """Somebody who has offered help before."""
    who = Resident(town, name)
    await who.does("/start", "/menu")
    conversation = await _conversation(town, name)

    async def save(tx: Any) -> None:
        await volunteers.save(
            tx, municipality_id="ekero", resident_id=conversation.resident_id, conversation_id=conversation.id,
            offer={**OFFER, "name": name, **changes}, now=town.now(),
        )  # fmt: skip

    await town.db.write(save)
    return who


async def _conversation(town: Turns, name: str) -> Any:
    async with town.db.read() as tx:
        for address in await tx.execute(tables.addresses.select()):
            if address.address == name:
                found = await tx.execute(
                    tables.conversations.select().where(tables.conversations.c.id == address.conversation_id)
                )
                return found.one()
    raise AssertionError(name)


async def standing(rows: Any) -> list[tuple[int, str]]:
    """Who has signed up, in order: the volunteer and the status."""
    return [(each.volunteer_id, each.status) for each in await rows(tables.signups)]


async def test_somebody_signs_up_and_takes_a_shift(town: Turns, rows: Any, now: list[datetime]) -> None:
    await need(town.db, now[0] + timedelta(days=5), places=2)
    amina = Resident(town, "amina")
    await amina.does(
        "/start", "/volunteer", "Amina", "Stenhamra", "[The areas beside mine too]", "Arabic and a little Swedish"
    )
    await amina.does(
        "[I don't know yet]", "Saturday, Sunday", "evening", "[Once a week]", "no", "[Skip]", "yes", "[Skip]"
    )
    assert "There is something you can help with already" in await amina.does("[Yes, I agree]", "[Yes, this is right]")
    (offered,) = await rows(tables.volunteers)
    assert (offered.standing, offered.offer["languages"], offered.offer["days"]) == (
        "new",
        ["ar", "sv-little"],
        ["6", "7"],
    )
    seen = await amina.does("/needs")
    assert "This fits you" in seen and "Serve supper, Stenhamra" in seen and "0 of 2: 2 more needed" in seen
    assert "Skolvägen" not in await amina.does("[Serve supper, Saturday 7 March 2026]")
    told = await amina.does("[I take it]")
    assert "It is yours: Serve supper" in told and "Where: Skolvägen 3" in told
    (offered,) = await rows(tables.volunteers)
    assert offered.standing == "active"
    assert "1 of 2" in await Resident(town, "bo").does("/start", "/needs")


async def test_a_full_shift_has_a_line_and_the_next_is_asked(
    town: Turns, rows: Any, now: list[datetime], clock: Clock
) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    amina, bo, cia = [await volunteer(town, name) for name in ("amina", "bo", "cia")]
    for who in (amina, bo, cia):
        await who.does("/needs")
    await amina.does("[Serve supper, Saturday 7 March 2026]", "[I take it]")
    assert "first who stands by" in await bo.does("[Serve supper, Saturday 7 March 2026]", "[Stand by for it]")
    assert "with 1 person before you" in await cia.does("[Serve supper, Saturday 7 March 2026]", "[Stand by for it]")
    assert "free for somebody else" in await amina.does(
        "/mine", "[Serve supper, Saturday 7 March 2026]", "[I cannot come]", "[I am ill]"
    )
    assert await standing(rows) == [(1, "cancelled"), (2, "offered"), (3, "standby")]
    await clock()
    assert "You are next in line" in await said_last(town, bo)
    await clock(hours=2)
    assert await standing(rows) == [(1, "cancelled"), (2, "lapsed"), (3, "offered")]
    assert "has passed, so somebody else is asked" in await said_last(town, bo)
    assert "You are next in line" in await said_last(town, cia)


async def test_nobody_is_in_two_places_at_once(town: Turns, now: list[datetime]) -> None:
    await need(town.db, now[0] + timedelta(days=5), places=5)
    await need(town.db, now[0] + timedelta(days=5, hours=1), places=5, what="Drive")
    await need(town.db, now[0] + timedelta(days=5, hours=2), places=5, what="Wash up")
    amina = await volunteer(town, "amina")
    await amina.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[I take it]")
    seen = await amina.does("/needs")
    assert "Drive" not in seen and "Wash up" in seen, "touching shifts are no clash"
    told = await amina.does("[Show all of them]", "[Drive, Saturday 7 March 2026]", "[I take it]")
    assert "At that time you have “Serve supper”" in told
    assert "It is yours: Wash up" in await amina.does("/needs", "[Wash up, Saturday 7 March 2026]", "[I take it]")


async def test_what_a_shift_asks_for_is_kept(town: Turns, rows: Any, now: list[datetime]) -> None:
    at = now[0] + timedelta(days=5)
    await need(town.db, at, what="Drive", car=True)
    await need(town.db, at, what="Talk", languages_any=["ti"])
    await need(town.db, at, what="Play", check="children")
    amina = await volunteer(town, "amina")
    seen = await amina.does("/needs")
    assert "Nothing is needed right now that fits" in seen
    await amina.does("[Show all of them]")
    assert "you have said that you have none" in await amina.does("[Drive, Saturday 7 March 2026]")
    await amina.does("[See the others]", "[Show all of them]")
    assert "a language that you have not named" in await amina.does("[Talk, Saturday 7 March 2026]")
    await amina.does("[See the others]", "[Show all of them]", "[Play, Saturday 7 March 2026]")
    assert "I have told a coordinator that you want it" in await amina.does("[I want it]")
    assert await standing(rows) == [(1, "proposed")]
    (case,) = await rows(tables.cases)
    assert case.kind == "shift_wish"


async def test_a_place_is_handed_over_when_somebody_wants_it(
    town: Turns, rows: Any, now: list[datetime], clock: Clock
) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    amina, bo = await volunteer(town, "amina"), await volunteer(town, "bo")
    await amina.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[I take it]")
    told = await amina.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[Let somebody else have it]")
    assert "Until somebody does, the place is still yours" in told
    assert await standing(rows) == [(1, "taken")]
    assert "It is yours" in await bo.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[Stand by for it]")
    assert await standing(rows) == [(1, "cancelled"), (2, "taken")]
    await clock()
    assert "Somebody else has taken" in await said_last(town, amina)


async def test_a_swap_keeps_the_old_one_until_the_new_one_is_certain(
    town: Turns, rows: Any, now: list[datetime]
) -> None:
    await need(town.db, now[0] + timedelta(days=5), times=2)
    amina = await volunteer(town, "amina")
    await amina.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[I take it]")
    await amina.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[Swap it for another]")
    assert "It is yours" in await amina.does("[Serve supper, Sunday 8 March 2026]")
    assert [(each.shift_id, each.status) for each in await rows(tables.signups)] == [(1, "cancelled"), (2, "taken")]


async def test_reminded_confirmed_there_and_thanked(town: Turns, rows: Any, now: list[datetime], clock: Clock) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    amina = await volunteer(town, "amina")
    await amina.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[I take it]")
    await clock(days=4)
    reminder = await said_last(town, amina)
    assert "Are you coming?" in reminder and "Before your first time" in reminder and "turn to: Bo" in reminder
    assert "See you there" in await amina.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[I am coming]")
    await clock(hours=22)
    assert "In two hours" in await said_last(town, amina)
    await clock(hours=2)
    assert "Good that you are here" in await amina.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[I am here]")
    await clock(hours=3)
    assert "Thank you for helping" in await said_last(town, amina)
    assert await standing(rows) == [(1, "done")]


async def test_nobody_is_reminded_at_night(town: Turns, rows: Any, now: list[datetime]) -> None:
    await need(town.db, now[0] + timedelta(days=5, hours=18))  # four in the morning
    amina = await volunteer(town, "amina")
    await amina.does("/needs", "[Serve supper, Sunday 8 March 2026]", "[I take it]")
    (due,) = [each for each in await rows(tables.due) if each.kind == "shift_tomorrow"]
    assert f"{due.due_at.astimezone(town.municipalities['ekero'].zone):%d %H:%M}" == "06 20:00"


async def test_silence_gives_the_place_to_who_stands_by(
    town: Turns, rows: Any, now: list[datetime], clock: Clock
) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    amina, bo = await volunteer(town, "amina"), await volunteer(town, "bo")
    await amina.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[I take it]")
    await bo.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[Stand by for it]")
    await clock(days=4, hours=22)
    assert "your place is offered to them" in await said_last(town, amina)
    assert await standing(rows) == [(1, "lapsed"), (2, "offered")]
    await clock()
    assert "It is yours" in await bo.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[Yes, I take it]")


async def test_who_dropped_out_shortly_before_is_told_to_a_coordinator(
    town: Turns, rows: Any, now: list[datetime], clock: Clock
) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    amina = await volunteer(town, "amina")
    await amina.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[I take it]")
    await clock(days=4)
    await amina.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[I cannot come]", "[I am ill]")
    (case,) = await rows(tables.cases)
    assert (case.kind, case.note) == ("shift_gap", "Serve supper (1)")


async def test_who_is_asked_answers_with_a_press(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality
) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    amina, bo = await volunteer(town, "amina"), await volunteer(town, "bo")

    async def propose(tx: Any) -> None:
        for number in (1, 2):
            id = await shifts.sign_up(tx, municipality_id="ekero", shift_id=1, volunteer_id=number, status="proposed",
                                      made_by="match", now=now[0])  # fmt: skip
            await shifts.move(tx, "ekero", id, ("proposed",), "proposed", now[0], approved_at=now[0])
        assert await volunteering.ask(tx, await shifts.signup(tx, "ekero", 1), ekero, now[0])
        assert not await volunteering.ask(tx, await shifts.signup(tx, "ekero", 2), ekero, now[0]), "it has one place"

    await town.db.write(propose)
    await clock()
    assert "Can you help? Serve supper, Stenhamra" in await said_last(town, amina)
    assert "Somebody else is asked" in await amina.does(
        "/start", "/mine", "[Serve supper, Saturday 7 March 2026]", "[No, I cannot]"
    )
    await clock()
    assert "Can you help?" in await said_last(town, bo), "the next of the approved list, without another click"
    await clock(hours=13)
    assert await standing(rows) == [(1, "declined"), (2, "lapsed")]


async def test_called_off_and_forgotten(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality
) -> None:
    await need(town.db, now[0] + timedelta(days=5), times=2)
    amina, bo = await volunteer(town, "amina"), await volunteer(town, "bo")
    await amina.does("/needs", "[Serve supper, Saturday 7 March 2026]", "[I take it]")
    await bo.does("/needs", "[Serve supper, Sunday 8 March 2026]", "[I take it]")
    await town.db.write(lambda tx: volunteering.call_off(tx, 1, ekero, now[0], "The house is closed"))
    await clock()
    told = await said_last(town, amina)
    assert "has been called off" in told and "The house is closed" in told
    await bo.does("/forget", "yes")
    assert [each.signup_id for each in await rows(tables.shift_places)] == [None, None]
    assert [(each.offer is None, each.standing) for each in await rows(tables.volunteers)] == [
        (False, "active"), (True, "left"),
    ]  # fmt: skip


async def test_who_is_not_needed_is_told_kindly_and_asked_again(
    town: Turns, rows: Any, clock: Clock, now: list[datetime], ekero: Municipality
) -> None:
    amina = await volunteer(town, "amina")

    async def later(tx: Any) -> None:
        (found,) = await volunteers.of_municipality(tx, "ekero")
        assert await volunteering.not_now(tx, found, ekero, now[0])
        assert not await volunteering.not_now(tx, found, ekero, now[0]), "once"

    await town.db.write(later)
    await clock()
    assert "It is not about you" in await said_last(town, amina)
    await clock(days=183)
    assert "Does your offer still hold?" in await said_last(town, amina)
    await amina.does("/mine", "[My offer to help]", "[Leave]")
    (found,) = await rows(tables.volunteers)
    assert (found.standing, found.offer) == ("left", None)


async def test_many_want_the_last_places(town: Turns, rows: Any, now: list[datetime]) -> None:
    await need(town.db, now[0] + timedelta(days=5), places=3)
    people = [await volunteer(town, f"p{number}") for number in range(12)]
    for who in people:
        await who.does("/needs", "[Serve supper, Saturday 7 March 2026]")
    answers = await asyncio.gather(*(who.does("[I take it]") for who in people))
    assert sum("It is yours" in each for each in answers) == 3
    assert sum("You stand by" in each or "first who stands by" in each for each in answers) == 9
    held = [each.signup_id for each in await rows(tables.shift_places)]
    taken = [each.id for each in await rows(tables.signups) if each.status == "taken"]
    assert sorted(held) == sorted(taken) and len(held) == 3


async def proposed(town: Turns, volunteer_id: int, made_by: str = "match") -> None:
    """A proposal that no coordinator has approved."""
    await town.db.write(lambda tx: shifts.sign_up(
        tx, municipality_id="ekero", shift_id=1, volunteer_id=volunteer_id, status="proposed", made_by=made_by, now=town.now()
    ))  # fmt: skip


async def test_a_proposal_is_nobodys_news_before_a_coordinator_agrees(
    town: Turns, rows: Any, now: list[datetime]
) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    amina = await volunteer(town, "amina")
    await proposed(town, 1)
    assert "[Serve supper, Saturday 7 March 2026]" not in await amina.does("/mine")
    assert "Serve supper" in await amina.does("/needs"), "what fits best is still there to be chosen"
    assert "It is yours" in await amina.does("[Serve supper, Saturday 7 March 2026]", "[I take it]")
    assert [(each.status, each.made_by) for each in await rows(tables.signups)] == [("taken", "self")]


async def test_a_place_to_hand_over_is_offered_to_one_after_the_other(
    town: Turns, rows: Any, now: list[datetime], clock: Clock
) -> None:
    await need(town.db, now[0] + timedelta(days=5))
    people = [await volunteer(town, name) for name in ("amina", "bo", "cia")]
    for who, button in zip(people, ("[I take it]", "[Stand by for it]", "[Stand by for it]"), strict=True):
        await who.does("/needs", "[Serve supper, Saturday 7 March 2026]", button)
    amina, bo, cia = people
    await amina.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[Let somebody else have it]")
    assert await standing(rows) == [(1, "taken"), (2, "offered"), (3, "standby")]
    await bo.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[No, I cannot]")
    assert await standing(rows) == [(1, "taken"), (2, "declined"), (3, "offered")]
    await amina.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[I cannot come]", "[I am ill]")
    assert await standing(rows) == [(1, "cancelled"), (2, "declined"), (3, "offered")]
    assert "It is yours" in await cia.does("/mine", "[Serve supper, Saturday 7 March 2026]", "[Yes, I take it]")


async def test_a_gap_is_told_when_who_stood_by_says_no(
    town: Turns, rows: Any, now: list[datetime], clock: Clock
) -> None:
    await need(town.db, now[0] + timedelta(days=1, hours=12))
    amina, bo = await volunteer(town, "amina"), await volunteer(town, "bo")
    await amina.does("/needs", "[Serve supper, Tuesday 3 March 2026]", "[I take it]")
    await bo.does("/needs", "[Serve supper, Tuesday 3 March 2026]", "[Stand by for it]")
    await amina.does("/mine", "[Serve supper, Tuesday 3 March 2026]", "[I cannot come]", "[I am ill]")
    assert await rows(tables.cases) == []
    await bo.does("/mine", "[Serve supper, Tuesday 3 March 2026]", "[No, I cannot]")
    assert [each.kind for each in await rows(tables.cases)] == ["shift_gap"]


async def test_who_wanted_a_shift_hears_that_it_is_called_off(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality
) -> None:
    await need(town.db, now[0] + timedelta(days=5), what="Play", check="children")
    amina = await volunteer(town, "amina")
    await amina.does("/needs", "[Show all of them]", "[Play, Saturday 7 March 2026]", "[I want it]")
    await town.db.write(lambda tx: volunteering.call_off(tx, 1, ekero, now[0]))
    await clock()
    assert "has been called off" in await said_last(town, amina)
    assert [each.outcome for each in await rows(tables.cases)] == ["answered"]
