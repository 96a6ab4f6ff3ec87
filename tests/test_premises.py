"""Rooms with the real flows and a real database: found, asked for, lent, given up, and offered to whoever waited."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import premises
from bot.desk import Desk
from bot.flows import FLOWS
from bot.flows.model import Input, Press
from bot.handoff import Handoff
from bot.i18n import plain
from bot.live import Live
from bot.packs.load import load_municipality
from bot.packs.model import Municipality, Room
from bot.staff import Refused
from bot.turn import Turns
from storage import bookings, messages, seen, tables
from storage.db import Database
from tests.test_handoff import coach
from tests.test_turn import Resident

HOURS = ({"opens": "08:00", "closes": "22:00"},)
ROOMS = (
    Room(id="gula", name="Gula salen", area="Stenhamra", capacity=30, opening=HOURS, key="Koden kommer i ett brev.",
         lender={"kind": "association", "name": "Föreningen", "email": "lokal@example.se"}),
    Room(id="norr", name="Norra rummet", area="Färingsö", capacity=30, opening=HOURS, lender={"approval": "automatic"}),
    Room(id="soder", name="Södra rummet", area="Färingsö", capacity=30, opening=HOURS, lender={"approval": "automatic"}),
    Room(id="hela", name="Hela salen", area="Färingsö", capacity=60, opening=HOURS, parts=("norr", "soder"),
         lender={"approval": "automatic"}),
)  # fmt: skip


@pytest.fixture
def ekero() -> Municipality:
    return load_municipality("ekero").model_copy(update={"premises": ROOMS, "email": "lab@example.se"})


async def looks(who: Resident, wish: str) -> str:
    """From a sentence to the list of rooms."""
    await who.does(f"/premises {wish}")
    for _count in range(8):
        if "Is everything right?" in who.last:
            return await who.does("[Yes, this is right]")
        await who.does("[Done]" if "press Done" in who.last else "[I don't know yet]")
    raise AssertionError(who.last)


async def books(who: Resident, room: str, wish: str) -> str:
    """From a sentence to what came of booking a room."""
    await looks(who, wish)
    return await who.does(f"[{room}]", "[Book it]", "Körsång")


async def said_last(town: Turns, who: Resident) -> str:
    """The last thing that was said to somebody, without their doing; its buttons can be pressed."""
    async with town.db.read() as tx:
        found = await seen.by_address(tx, "ekero", "web", who.name)
        assert found is not None
        message = [each for each in await messages.before(tx, found.conversation_id, limit=9) if each.sender == "bot"][
            -1
        ]
    for each in message.body.get("choices", []):
        who.buttons[each["label"]] = Press(message.body.get("serial") or 0, each["id"])
    return plain(message.body["html"], addresses=True)


def link_in(letter: Any) -> str:
    return str(letter.body["text"]).rpartition("/lender/")[2].split()[0].strip("\u2066\u2069")


YELLOW = "a choir for 20 people in Stenhamra on 10 March 18-20"
ISLAND = "a choir for 20 people in Färingsö on 10 March 18-20"
WHOLE = "a party for 50 people in Färingsö on 10 March 18-20"


async def test_a_lender_is_asked_answers_yes_and_the_resident_is_told(
    town: Turns, rows: Any, clock: Any, now: list[datetime], ekero: Municipality
) -> None:
    amina = Resident(town, "amina")
    answer = await books(amina, "Gula salen", YELLOW)
    assert "I have asked for Gula salen: Tuesday 10 March 2026, 18:00-20:00." in answer
    assert "by Thursday 5 March 2026 at 16:00 at the latest" in answer
    (booking,), (case,) = await rows(tables.bookings), await rows(tables.cases)
    assert (booking.status, booking.purpose, booking.people, booking.case_id) == ("requested", "Körsång", 20, case.id)
    assert (case.kind, case.status, case.answer_by) == ("booking", "new", datetime(2026, 3, 5, 15, tzinfo=UTC))
    assert case.note.startswith("Gula salen: tisdag 10 mars 2026") and case.note.endswith("\nKörsång")
    anna = await coach(town.db, "Anna")
    assert (await Desk(town).case(anna, case.id)).line.gist == "Körsång"
    (letter,) = [each for each in await rows(tables.deliveries) if each.op == "mail"]
    assert "Gula salen" in letter.body["subject"] and "Körsång" not in str(letter.body)
    token = link_in(letter)
    asked = await premises.asked(town.db, town.municipalities, token, now[0])
    assert (asked.purpose, asked.people, asked.status) == ("Körsång", 20, "requested")
    decide = {"reason": "", "now": now[0], "public_url": "https://example.se"}
    assert await premises.answer(town.db, town.municipalities, token, approve=True, **decide)
    assert not await premises.answer(town.db, town.municipalities, token, approve=False, **decide)
    await clock()
    told = await said_last(town, amina)
    assert "Yes! Gula salen is yours" in told and "Koden kommer i ett brev." in told
    assert [each.outcome for each in await rows(tables.cases)] == ["approved"]
    await clock(days=4)
    assert (
        len([each for each in await rows(tables.deliveries) if each.op == "mail"]) == 1
    )  # nobody is reminded any more
    await clock(days=3, hours=10)
    assert "Soon it is time: Gula salen" in await said_last(town, amina)


async def test_a_no_is_told_with_its_reason_and_frees_the_room(
    town: Turns, rows: Any, clock: Any, now: list[datetime]
) -> None:
    amina = Resident(town, "amina")
    await books(amina, "Gula salen", YELLOW)
    (letter,) = [each for each in await rows(tables.deliveries) if each.op == "mail"]
    await premises.answer(town.db, town.municipalities, link_in(letter), approve=False, reason="Vi målar om.",
                          now=now[0], public_url="https://example.se")  # fmt: skip
    await clock()
    assert "Vi målar om." in await said_last(town, amina)
    assert await rows(tables.room_quarters) == []
    assert "Gula salen" in await looks(Resident(town, "bo"), YELLOW)


async def test_a_coach_answers_in_the_lenders_place_once(town: Turns, rows: Any, clock: Any) -> None:
    amina, anna, handoff = Resident(town, "amina"), await coach(town.db, "Anna"), Handoff(town)
    await books(amina, "Gula salen", YELLOW)
    (case,) = await rows(tables.cases)
    await handoff.lend(anna, case.id, "form 1", "Då är det städdag.", approve=False)
    await clock()
    told = await said_last(town, amina)
    assert "Gula salen" in told and "Då är det städdag." in told
    (booking,), (case,) = await rows(tables.bookings), await rows(tables.cases)
    assert (booking.status, booking.decided_by, case.outcome, case.owner_id) == (
        "declined",
        "coach",
        "declined",
        anna.staff_id,
    )
    with pytest.raises(Refused):
        await handoff.lend(anna, case.id, "form 2", "", approve=True)
    assert [each.status for each in await rows(tables.bookings)] == ["declined"]


async def test_a_silent_lender_is_reminded_and_then_the_coaches_have_it(town: Turns, rows: Any, clock: Any) -> None:
    amina = Resident(town, "amina")
    await books(amina, "Gula salen", YELLOW)

    async def letters() -> list[str]:
        async with town.db.read() as tx:
            found = await tx.execute(
                tables.deliveries.select()
                .with_only_columns(tables.addresses.c.address, tables.deliveries.c.body)
                .join_from(tables.deliveries, tables.addresses, tables.addresses.c.id == tables.deliveries.c.address_id)
                .where(tables.deliveries.c.op == "mail")
                .order_by(tables.deliveries.c.id)
            )
            return [f"{row.address}: {row.body['subject']}" for row in found]

    await clock(days=2)
    asked, reminded = await letters()
    assert asked != reminded
    await clock(days=2)
    assert [each.partition(":")[0] for each in await letters()] == [
        "lokal@example.se",
        "lokal@example.se",
        "lab@example.se",
    ]
    told = await said_last(town, amina)
    assert "have not answered in time" in told and "Tuesday 10 March 2026 at 16:00 at the latest" in told
    assert [each.answer_by for each in await rows(tables.cases)] == [datetime(2026, 3, 10, 15, tzinfo=UTC)]
    assert [each.status for each in await rows(tables.bookings)] == ["requested"]


async def test_of_many_who_book_at_once_one_wins_and_the_others_wait_in_the_same_reply(
    db: Database, second_db: Database, town: Turns, ekero: Municipality, rows: Any
) -> None:
    """Two processes."""
    other = Turns(second_db, {"ekero": ekero}, FLOWS, public_url="https://example.se", now=town.now, live=Live())
    people = [Resident((town, other)[number % 2], f"resident-{number}") for number in range(8)]
    for who in people:
        await looks(who, ISLAND)
        await who.does("[Norra rummet]", "[Book it]")
    answers = await asyncio.gather(*(who.does("Körsång") for who in people))
    won = [each for each in answers if "Booked! Norra rummet is yours" in each]
    lost = [each for each in answers if "Somebody else got Norra rummet a moment ago" in each]
    assert (len(won), len(lost)) == (1, 7)
    assert sum("You are first on the waiting list" in each for each in lost) == 1
    assert sum("people before you" in each or "person before you" in each for each in lost) == 6
    assert len(await rows(tables.room_quarters)) == 8
    assert len(await rows(tables.room_wishes)) == 7


async def test_what_is_given_up_is_offered_to_who_waited_first_and_then_to_the_next(
    town: Turns, rows: Any, clock: Any
) -> None:
    amina, bo, cia = (Resident(town, name) for name in ("amina", "bo", "cia"))
    await books(amina, "Norra rummet", ISLAND)
    for who in (bo, cia):  # the whole hall is theirs only when both halves are free
        await looks(who, WHOLE)
        assert "waiting list" in await who.does("[Wait for Hela salen]")
    await amina.does("/mine", "[Norra rummet]", "[Cancel the booking]")
    assert "Cancelled: Norra rummet" in await amina.does("[Yes]")
    await clock()
    assert "Now Hela salen is free" in await said_last(town, bo)
    assert "You are on the waiting list" in await said_last(town, cia)
    assert len(await rows(tables.room_quarters)) == 16
    await clock(hours=25)
    assert "has passed" in await said_last(town, bo)
    assert "Now Hela salen is free" in await said_last(town, cia)
    await cia.does("[Answer]")
    assert "Booked! Hela salen is yours" in await cia.does("[Yes]")
    await bo.does("/mine")
    assert [each.status for each in await rows(tables.bookings)] == ["cancelled", "lapsed", "approved"]
    assert [each.status for each in await rows(tables.room_wishes)] == ["done", "done"]
    assert [each for each in await rows(tables.due) if each.status == "waiting" and "room_" in each.kind] == []


async def test_who_watches_is_told_when_something_fits(town: Turns, clock: Any) -> None:
    amina, bo = Resident(town, "amina"), Resident(town, "bo")
    await books(amina, "Norra rummet", WHOLE.replace("50", "20"))
    await looks(bo, WHOLE)
    assert "as soon as a room becomes free" in await bo.does("[Tell me when one is free]")
    await amina.does("/mine", "[Norra rummet]", "[Cancel the booking]", "[Yes]")
    await clock()
    assert "now there is a free room" in await said_last(town, bo)
    assert "Hela salen" in await bo.does("[See and book]")


async def test_a_watch_that_found_nothing_ends_kindly(town: Turns, rows: Any, clock: Any) -> None:
    amina, bo = Resident(town, "amina"), Resident(town, "bo")
    await books(amina, "Norra rummet", ISLAND)
    await looks(bo, WHOLE)
    await bo.does("[Tell me when one is free]")
    await clock(days=9)
    assert "Nothing became free in time" in await said_last(town, bo)
    assert [each.status for each in await rows(tables.room_wishes)] == ["done"]


async def test_one_day_of_a_series_is_given_up(town: Turns, rows: Any) -> None:
    amina = Resident(town, "amina")
    await books(amina, "Norra rummet", "a choir for 20 people in Färingsö, every Tuesday 18-20 in March")
    assert len(await rows(tables.occasions)) == 5
    await amina.does("/mine", "[Norra rummet]", "[Cancel one day]")
    assert "You have no booking that day" in await amina.does("11 March")
    await amina.does("17 March")
    assert "The other times are still yours" in await amina.does("[Yes]")
    assert len(await rows(tables.room_quarters)) == 4 * 8
    assert "Norra rummet" in await looks(Resident(town, "bo"), ISLAND.replace("10 March", "17 March"))


async def test_a_booking_is_nobody_elses_to_see_or_cancel(town: Turns, rows: Any) -> None:
    await books(Resident(town, "amina"), "Norra rummet", ISLAND)
    bo = Resident(town, "bo")
    (booking,) = await rows(tables.bookings)
    outcome = await bo.take("bo:1", Input(press=Press(0, f"f:booking:{booking.id}")))
    assert "cannot find that booking" in "".join(str(body) for body in outcome.said)
    assert [each.status for each in await rows(tables.bookings)] == ["approved"]


async def test_whoever_is_forgotten_leaves_the_room_to_the_next(town: Turns, rows: Any, clock: Any) -> None:
    amina, bo = Resident(town, "amina"), Resident(town, "bo")
    await books(amina, "Norra rummet", ISLAND)
    await looks(bo, WHOLE)
    await bo.does("[Wait for Hela salen]")
    await amina.does("/forget", "[Yes]")
    await clock()
    assert "Now Hela salen is free" in await said_last(town, bo)


async def test_an_hour_that_changes_in_between_keeps_its_place_on_the_wall(town: Turns, db: Database) -> None:
    amina = Resident(town, "amina")
    await books(
        amina, "Norra rummet", "a choir for 20 people in Färingsö, every Tuesday 18-20 from 24 March to 7 April"
    )
    async with db.read() as tx:
        (booking,) = await bookings.of_resident(tx, "ekero", 1, town.now())
    assert [each.starts_at.hour for each in booking.kept] == [17, 16, 16]
    assert premises.when_of(booking, town.municipalities["ekero"]) == {
        "days": ["2026-03-24", "2026-03-31", "2026-04-07"],
        "from": "18:00",
        "to": "20:00",
        "every": 1,
    }


async def test_a_room_given_up_while_somebody_joins_its_line_is_offered_to_them(
    db: Database, second_db: Database, town: Turns, ekero: Municipality, clock: Any
) -> None:
    """Two processes at once: the line is joined before, or nothing is in the way any more."""
    other = Turns(second_db, {"ekero": ekero}, FLOWS, public_url="https://example.se", now=town.now, live=Live())
    for number in range(3):
        amina, bo = Resident(town, f"amina-{number}"), Resident(other, f"bo-{number}")
        await books(amina, "Norra rummet", ISLAND.replace("10 March", f"{10 + number} March"))
        await looks(bo, WHOLE.replace("10 March", f"{10 + number} March"))
        await amina.does("/mine", "[Norra rummet]", "[Cancel the booking]")
        await asyncio.gather(amina.does("[Yes]"), bo.does("[Wait for Hela salen]"))
        await clock()
        assert "Now Hela salen is free" in await said_last(town, bo)


async def test_a_time_that_has_been_is_not_booked(town: Turns, rows: Any, now: list[datetime]) -> None:
    amina = Resident(town, "amina")
    await looks(amina, ISLAND)
    await amina.does("[Norra rummet]", "[Book it]")
    now[0] += timedelta(days=9)
    assert "has already been" in await amina.does("Körsång")
    assert await rows(tables.room_quarters) == []


async def test_nobody_keeps_all_rooms_from_the_others(town: Turns, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(premises, "OPEN_MAX", 1)
    amina = Resident(town, "amina")
    assert "I have asked for Gula salen" in await books(amina, "Gula salen", YELLOW)
    assert "many requests" in await books(amina, "Gula salen", YELLOW.replace("10 March", "11 March"))
    assert len(await rows(tables.bookings)) == 1
