"""Places and their open activities with the real flows and a real database: given, reminded of, told, shown, over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any

import pytest

from bot.desk import Desk, Filter
from bot.flows.open_activity import next_reminder, quarter_of
from bot.handoff import Actor, Handoff
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.staff import Refused
from bot.turn import Turns
from storage import messages, seen, tables
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_turn import Resident

ASKED = "Which open activity do you hold by"
ASKED_AGAIN = "I have not heard of an open activity for this quarter from you"
WHAT = "An open rehearsal with the puppets"

Clock = Callable[..., Awaitable[None]]


@pytest.fixture
def ekero() -> Municipality:
    """A municipality with Lund's places."""
    return load_municipality("ekero").model_copy(update={"grants": load_municipality("lund").grants})


async def applies(town: Turns, name: str = "ada") -> Resident:
    """Somebody who has applied for three months in the house."""
    who = Resident(town, name)
    await who.does("/grants I want to try an idea for a puppet theatre for 3 months", "culture", "yes", "yes", "yes")
    await who.does("[Draft: Stenkrossen mini]", "Families nearby", "[I don't know yet]")
    assert "I have passed this on" in await who.does("[Yes, this is right]")
    await who.does("[Skip]")  # an e-mail address
    return who


async def has_place(town: Turns, clock: Clock, until: str, name: str = "ada") -> tuple[Resident, Actor]:
    """Somebody who has been told that they have a place, and who at the municipality said so."""
    who, anna = await applies(town, name), await coach(town.db, "Anna", "coordinator")
    await Handoff(town).give_place(anna, 1, "form", date.fromisoformat(until))
    await clock()
    return who, anna


async def tells(who: Resident, when: str, what: str = WHAT, agrees: str = "[Yes, I agree]") -> str:
    await who.does("/start open_activity", what, when, "[In Stenkrossen]", "The Puppets", agrees)
    said = await who.does("[Yes, this is right]")
    await who.does("/cancel")  # it asks for an e-mail address
    return said


async def all_said(town: Turns, who: Resident) -> list[str]:
    async with town.db.read() as tx:
        found = await seen.by_address(tx, "ekero", "web", who.name)
        assert found is not None
        kept = await messages.before(tx, found.conversation_id, limit=99)
    return [str(each.body.get("html", "")) for each in kept if each.sender == "bot"]


async def asked(town: Turns, who: Resident) -> int:
    """How often somebody has been reminded."""
    return sum(ASKED in each or ASKED_AGAIN in each for each in await all_said(town, who))


async def waiting(rows: Any, kind: str = "place_quarter") -> list[str]:
    return [
        f"{each.due_at:%Y-%m-%d}" for each in await rows(tables.due) if (each.kind, each.status) == (kind, "waiting")
    ]


@pytest.mark.parametrize(
    ("today", "first", "last", "reminded"),
    [
        ("2026-01-01", "2026-01-01", "2026-03-31", "2026-02-10"),
        ("2026-02-10", "2026-01-01", "2026-03-31", "2026-03-10"),
        ("2026-03-10", "2026-01-01", "2026-03-31", "2026-05-10"),
        ("2026-06-30", "2026-04-01", "2026-06-30", "2026-08-10"),
        ("2028-12-31", "2028-10-01", "2028-12-31", "2029-02-10"),
    ],
)
def test_a_quarter_is_asked_about_in_its_middle_and_its_last_month(
    today: str, first: str, last: str, reminded: str
) -> None:
    day = date.fromisoformat(today)
    assert [each.isoformat() for each in (*quarter_of(day), next_reminder(day))] == [first, last, reminded]


async def test_who_has_a_place_is_told_and_reminded_until_it_ends(
    town: Turns, rows: Any, now: list[datetime], clock: Clock
) -> None:
    ada, _anna = await has_place(town, clock, "2026-08-31")
    told = await said_last(town, ada)
    assert "Anna, a human at Idélabbet, says: you have the place “Stenkrossen mini” until Monday 31 August 2026" in told
    assert "one open activity each quarter, free for those who take part" in told and "I remind you" in told
    (case,) = await rows(tables.cases)
    assert (case.kind, case.status, case.outcome) == ("application", "closed", "answered")
    assert await waiting(rows) == ["2026-03-10"] and await waiting(rows, "case_late") == []
    for day, text in (("03-10", ASKED_AGAIN), ("05-10", ASKED), ("06-10", ASKED_AGAIN), ("08-10", ASKED)):
        before = await asked(town, ada)
        now[0] = now[0].replace(month=int(day[:2]), day=int(day[3:]), hour=5)
        await clock()
        assert await asked(town, ada) == before, "not before the house opens"
        await clock(hours=4)
        assert text in await said_last(town, ada) and await asked(town, ada) == before + 1
    assert "by Monday 31 August 2026" in await said_last(town, ada)
    assert await waiting(rows) == []
    await clock(days=90)
    assert await asked(town, ada) == 4


async def test_a_quarter_that_is_told_is_not_asked_for(town: Turns, rows: Any, clock: Clock) -> None:
    ada, anna = await has_place(town, clock, "2027-02-28")
    assert "It is read first by" in await tells(ada, "20 March at 15:00")
    await clock(days=30)  # past the tenth of March
    assert await asked(town, ada) == 0 and await waiting(rows) == ["2026-05-10"]
    await tells(ada, "7 June at 15:00")
    await Handoff(town).show_post(anna, 3, "shown", WHAT)
    await clock(days=42)  # past the tenth of May
    assert [each.status for each in await rows(tables.board_posts)] == ["waiting", "shown"]
    await clock(days=30)  # past the tenth of June; by now it is over, and told all the same
    assert [each.status for each in await rows(tables.board_posts)] == ["waiting", "expired"]
    assert await asked(town, ada) == 0 and await waiting(rows) == ["2026-08-10"]
    await clock(days=60)
    assert await asked(town, ada) == 1 and ASKED in await said_last(town, ada)


async def test_what_was_taken_down_is_asked_for_again(town: Turns, clock: Clock) -> None:
    ada, _anna = await has_place(town, clock, "2026-08-31")
    await tells(ada, "20 March at 15:00")
    assert "has not read it yet" in await ada.does("/mine", f"[Activity: {WHAT}]")
    assert "It is taken down" in await ada.does("[Take it down]")
    await clock(days=9)
    assert await asked(town, ada) == 1


@pytest.mark.parametrize(("days", "reminded", "after"), [(285, 1, "2027-02-10"), (215, 0, "2026-11-10")])
async def test_after_a_long_standstill_is_asked_for_this_quarter_only(
    town: Turns, rows: Any, clock: Clock, days: int, reminded: int, after: str
) -> None:
    """The program was down from March on: until the twelfth of December, or until October, when nothing is to ask yet."""
    ada, _anna = await has_place(town, clock, "2027-12-31")
    await clock(days=days)
    assert (await asked(town, ada), await waiting(rows)) == (reminded, [after])


async def test_who_wants_no_messages_is_not_reminded(town: Turns, rows: Any, clock: Clock) -> None:
    ada, _anna = await has_place(town, clock, "2026-12-31")
    await ada.does("/stop")
    await clock(days=9)
    assert await asked(town, ada) == 0 and await waiting(rows) == ["2026-05-10"]


async def test_the_day_can_be_changed_when_the_case_is_closed(town: Turns, rows: Any, clock: Clock) -> None:
    ada, anna = await has_place(town, clock, "2026-08-31")
    await Handoff(town).give_place(anna, 1, "changed", date(2026, 3, 5))
    await clock()
    told = await said_last(town, ada)
    assert "until Thursday 5 March 2026" in told and "I remind you" not in told, (
        "nothing is promised that does not come"
    )
    assert await waiting(rows) == []
    await clock(days=30)
    assert await asked(town, ada) == 0
    history = (await Desk(town).case(anna, 1)).talk.history
    assert [each.detail for each in history if each.act == "place"] == ["2026-08-31", "2026-03-05"]


async def test_only_an_application_for_such_a_place_is_answered_so(town: Turns, rows: Any) -> None:
    await Resident(town, "bo").does("/coach", "May I have a place?")
    ada, anna = await applies(town), await coach(town.db, "Anna", "coordinator")
    assert (await Desk(town).case(anna, 1)).place is None and (await Desk(town).case(anna, 2)).place is not None
    for case_id, day in ((1, date(2026, 8, 31)), (2, date(2026, 3, 1))):
        with pytest.raises(Refused):
            await Handoff(town).give_place(anna, case_id, "form", day)
    assert [each.kind for each in await rows(tables.due) if each.kind.startswith("place")] == []
    assert ada.last != ""


async def test_everybody_finds_it_when_a_person_has_read_it_until_its_day_is_over(
    town: Turns, rows: Any, clock: Clock
) -> None:
    ada, anna = await has_place(town, clock, "2026-08-31")
    bo = Resident(town, "bo")
    await bo.does("/menu")
    assert "By Wednesday 4 March 2026 at 16:00 at the latest" in await tells(ada, "20 March at 15:00")
    await tells(ada, "14 March at 10:00", "A workshop")
    (line, _other) = (await Desk(town).queue(anna, Filter())).lines
    assert (line.kind.name, line.gist) == ("open_activity", WHAT)
    (consent,) = await rows(tables.consents)
    assert (consent.purpose, consent.wording_version, consent.withdrawn_at) == ("open_activity", "1", None)
    assert "Nothing is planned right now" in await bo.does("/start whats_on")
    for case_id in (2, 3):
        seen_case = await Desk(town).case(anna, case_id)
        assert seen_case.post is not None and seen_case.context is not None
        await Handoff(town).show_post(anna, case_id, f"show {case_id}", seen_case.post.post["what"])
    assert "From here I, the machine, answer you again" in await said_last(town, ada)
    assert [each.outcome for each in await rows(tables.cases)] == ["answered"] * 3
    found = await bo.does("What's on at Stenkrossen?")
    first, second = (
        found.index("A workshop: Saturday 14 March 2026 at 10:00, Stenkrossen (The Puppets)"),
        found.index(WHAT),
    )
    assert first < second and "https://example.se/open" in found
    assert "Everybody can see “A workshop” now" in await ada.does("/mine", "[Activity: A workshop]")
    with pytest.raises(Refused):
        await Handoff(town).show_post(anna, 2, "again", WHAT)
    await clock(days=13)
    found = await bo.does("/start whats_on")
    assert "A workshop" not in found and WHAT in found
    assert [each.status for each in await rows(tables.board_posts)] == ["shown", "expired"]


async def test_what_is_over_before_it_is_read_is_not_shown(town: Turns, rows: Any, clock: Clock) -> None:
    ada, anna = await has_place(town, clock, "2026-08-31")
    await tells(ada, "5 March at 15:00")
    await clock(days=4)
    with pytest.raises(Refused):
        await Handoff(town).show_post(anna, 2, "late", WHAT)
    assert [each.status for each in await rows(tables.board_posts)] == ["waiting"]


async def test_nothing_is_told_without_a_yes(town: Turns, rows: Any, clock: Clock) -> None:
    ada, _anna = await has_place(town, clock, "2026-08-31")
    assert "nothing has been sent" in await tells(ada, "20 March at 15:00", agrees="[No, I do not]")
    assert (await rows(tables.board_posts), await rows(tables.consents), len(await rows(tables.cases))) == ([], [], 1)


async def test_who_is_forgotten_is_not_reminded_and_shows_nothing(town: Turns, rows: Any, clock: Clock) -> None:
    ada, anna = await has_place(town, clock, "2026-08-31")
    await tells(ada, "20 March at 15:00")
    await Handoff(town).show_post(anna, 2, "shown", WHAT)
    await ada.does("/forget", "yes")
    assert "Nothing is planned right now" in await Resident(town, "bo").does("/start", "/start whats_on")
    assert await waiting(rows) == []
    await clock(days=30)
