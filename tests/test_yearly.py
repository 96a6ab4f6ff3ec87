"""A year in numbers: counted from what residents and staff have done, and told so that nobody is in it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.flows.read.typed import as_text
from bot.handoff import Actor
from bot.i18n import plain, render
from bot.spreadsheet import Sheet, comma_separated, workbook
from bot.turn import Turns
from bot.yearly import Yearly, sheets
from storage import (
    awards,
    board,
    bookings,
    cases,
    consents,
    conversations,
    follow_ups,
    plans,
    residents,
    shifts,
    staff,
    volunteers,
)
from storage.db import Database


async def a_year(town: Turns, locale: str, count: int, *, area: str = "Stenhamra", name: str = "") -> None:
    """So many residents, each with a plan, an idea on the board, a room, money, and what became of it, now."""

    async def write(tx: Any, number: int) -> None:
        now, mine = town.now(), {"municipality_id": "ekero"}
        who = await conversations.open(tx, **mine, channel="web", address=f"{name}{locale}{area}{number}", now=now)
        me: dict[str, Any] = {
            **mine,
            "resident_id": who.resident_id,
            "conversation_id": who.conversation_id,
            "now": now,
        }
        await residents.set_locale(tx, who.resident_id, locale)
        where = {"where": {"area": {"area": area}}}
        await plans.save_version(tx, **me, title="A garden", answers=where, locale=locale)
        case_id = await cases.open(tx, **me, kind="application", answer_by=now + timedelta(days=1))
        await board.put_up(tx, **me, case_id=await cases.open(tx, **me, kind="idea_board"), post={"what": "A garden"})
        first = who.resident_id * 10
        span = bookings.Span(now, now + timedelta(hours=1), first, first + 4)
        await bookings.book(tx, **me, room_id="none", units=["none"], spans=[span], status="approved", purpose="x")
        await cases.answer(tx, "ekero", case_id, now + timedelta(hours=3))
        staff_id = await staff.add(tx, name="A", email=f"{first}@example.se", now=now)
        assert staff_id is not None
        await awards.note(
            tx, **mine, case_id=case_id, support="ekero.snabb_slant", amount_sek=9000, awarded_on=now.date(), area=area,
            recipient={}, staff_id=staff_id, now=now,
        )  # fmt: skip
        asked = await follow_ups.promise(tx, **me, subject="grant", subject_id=case_id, area=area)
        assert asked is not None
        said = {"happened": "yes" if number % 2 else "no", "hard": ["money"], "led_to": "070-174 06 05 helped"}
        await follow_ups.turn(
            tx, "ekero", asked, ("waiting",), "answered", said=said, locale=locale, answered_at=now, asked_at=now
        )
        if number == 0:
            await consents.give(
                tx, **mine, resident_id=who.resident_id, purpose="follow_up", wording_version="1", locale=locale, now=now,
                subject_id=asked,
            )  # fmt: skip
        volunteer_id = await volunteers.save(tx, **me, offer={})
        need = await shifts.add_need(
            tx, **me, kind="errand", need={}, area=area, priority=1, status="closed",
            times=[(now, now + timedelta(hours=2))], places=1,
        )  # fmt: skip
        (shift,) = await shifts.of_need(tx, "ekero", need)
        await shifts.sign_up(
            tx, **mine, shift_id=shift.id, volunteer_id=volunteer_id, status="done", made_by="match", now=now
        )

    for number in range(count):
        await town.db.write(lambda tx, number=number: write(tx, number))  # type: ignore[misc]


async def test_a_year_is_counted_and_nobody_is_in_it(town: Turns, db: Database, now: list[datetime]) -> None:
    now[0] = datetime(2026, 3, 2, 9, tzinfo=UTC)
    await a_year(town, "sv", 12)
    await a_year(town, "ar", 3, area="Färingsö")
    yearly = Yearly(town)
    assert (await yearly.of("ekero", 2026)).numbers["plans"] == 0, "March is not over"
    now[0] = datetime(2026, 4, 2, 9, tzinfo=UTC)
    seen = await yearly.of("ekero", 2026)
    assert (seen.first, seen.last, seen.running) == (date(2026, 1, 1), date(2026, 3, 31), True)
    told = {name: seen.numbers[name] for name in ("ideas", "plans", "rooms", "money", "happened", "answered", "turns")}
    assert told == {"ideas": 30, "plans": 15, "rooms": 15, "money": 15, "happened": 5, "answered": 15, "turns": 15}
    assert (seen.hours, seen.kept, seen.kronor) == (3, 100, 135)
    assert (seen.numbers["hours"], seen.numbers["hard_money"], seen.numbers["help_met"]) == (30, 15, 15)
    assert seen.parts("language")["sv"]["plans"] == 10
    assert seen.cell("language", "ar", "plans") is None, "three are not told"
    assert seen.cell("area", "Färingsö", "money") is None
    assert seen.cell("area", "Stenhamra", "rooms") == 0
    assert (await yearly.of("ekero", 2025)).numbers["plans"] == 0
    anna = Actor(1, "Anna", "ekero", frozenset({"coach"}))
    words = await yearly.words(anna)
    assert len(words) == 2, "one of each who agreed"
    assert "helped" in str(words) and "070" not in str(words)
    assert await yearly.for_everybody("ekero", 2025) is None, "nobody has switched it on"
    open_ = town.municipalities["ekero"].model_copy(update={"year_for_everybody": True})
    town.municipalities = {"ekero": open_}
    assert await yearly.for_everybody("ekero", 2026) is None, "it is not over"
    assert await yearly.for_everybody("ekero", 2025) is not None


async def test_the_same_stands_in_a_spreadsheet(town: Turns, now: list[datetime]) -> None:
    import openpyxl

    await a_year(town, "sv", 7)
    await a_year(town, "ar", 6)
    now[0] += timedelta(days=40)
    seen = await Yearly(town).of("ekero", 2026)
    tables = sheets(seen, lambda value: plain(render(as_text(value), "en")))
    book = openpyxl.load_workbook(io.BytesIO(workbook(tables)))
    assert book.sheetnames == ["2026", "Language", "Area", "What residents answered"]
    rows = {row[0]: row[1] for row in book["2026"].values}
    assert rows["Plans made of them"] == 10 and rows["Grants given"] == 10
    assert {cell.data_type for row in book["Language"].rows for cell in row} <= {"s", "n"}
    written = comma_separated(tables[1])
    assert written.startswith(b"\xef\xbb\xbfLanguage,Ideas,")
    sly = Sheet("[=a]", ["=b"], [["=c", 1]])
    cell = openpyxl.load_workbook(io.BytesIO(workbook([sly])))[" =a "]["A2"]
    assert (cell.value, cell.data_type) == ("=c", "s")
    assert comma_separated(sly) == b"\xef\xbb\xbf'=b\r\n'=c,1\r\n"
