"""Cases find whoever is there: from a resident's question to the right colleague, with real turns and a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.colleagues import Colleagues
from bot.desk import Desk, Filter
from bot.handoff import Actor, Handoff
from bot.i18n import p_
from bot.packs.model import Municipality
from bot.packs.model.municipality import Promise
from bot.staff import Refused
from bot.turn import Turns
from storage import tables
from storage.db import Database
from tests.test_handoff import QUESTION, asked, coach, read
from tests.test_turn import Resident

Clock = Callable[..., Awaitable[None]]
ROADS = "Why are the cycle paths (cykelvägar) never mended?"


async def told(db: Database, reason: str | None = None) -> list[tuple[int, str]]:
    found = [(each.staff_id, each.reason) for each in await read(db, tables.alerts)]
    return [each for each in found if reason is None or each[1] == reason]


async def acts(db: Database) -> list[tuple[str, str, str | None]]:
    return [(each.act, each.who, each.detail) for each in await read(db, tables.case_events)]


async def knows(town: Turns, who: Actor, **said: tuple[str, ...]) -> None:
    whole: dict[str, Any] = {"languages": (), "topics": (), "areas": (), **said}
    await Colleagues(town).keep(who, hours=None, **whole)


async def works(town: Turns, who: Actor, days: str, opens: str = "09:00", closes: str = "16:00") -> None:
    await Colleagues(town).keep(who, hours=(tuple(days), opens, closes), languages=(), topics=(), areas=())


async def ill(town: Turns, who: Actor, deputy: Actor | None = None, first: str = "2026-03-02") -> None:
    days = (first, "2026-03-13")
    await Colleagues(town).away(who, who.staff_id, *days, str(deputy.staff_id) if deputy else "")


async def test_where_nobody_has_said_anything_all_hear(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    await asked(town)
    assert await told(db) == [(anna.staff_id, "new"), (olle.staff_id, "new")]


async def test_who_is_there_and_speaks_the_language_hears_first_and_all_see_it(town: Turns, db: Database) -> None:
    anna, olle, siv, karin = [await coach(db, name) for name in ("Anna", "Olle", "Siv", "Karin")]
    await knows(town, olle, languages=("en", "sv"))
    await knows(town, siv, languages=("en",))
    await works(town, karin, "67")
    await asked(town)
    assert await told(db) == [(olle.staff_id, "new"), (siv.staff_id, "new")]
    for each in (anna, karin):
        assert [line.id for line in (await Desk(town).queue(each, Filter())).lines] == [1]


async def test_whoever_knows_the_topic_goes_before_whoever_speaks_the_language(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    topics = [each.id for each in town.municipalities["ekero"].topics if "cykelväg" in " ".join(each.words)]
    assert topics
    await knows(town, anna, languages=("en",))
    await knows(town, olle, topics=tuple(topics))
    await Resident(town, "somebody").does("/start", "/coach", ROADS)
    assert await told(db) == [(olle.staff_id, "new")]


async def test_what_may_be_danger_is_told_to_all(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    await knows(town, anna, languages=("en",))
    resident = Resident(town, "somebody")
    await resident.does("/start", "I want to kill myself", "[Yes, contact me]")
    assert await told(db) == [(anna.staff_id, "new"), (olle.staff_id, "new")]


async def test_a_question_in_the_evening_claims_nobody_and_gives_honest_times(
    town: Turns, db: Database, now: list[datetime]
) -> None:
    anna = await coach(db, "Anna")
    await works(town, anna, "12345", "07:30", "15:00")
    now[0] = datetime.fromisoformat("2026-03-02T19:00:00+00:00")
    resident = Resident(town, "somebody")
    said = await resident.does("/start", "/coach", QUESTION)
    assert "Nobody is reading right now, but from Tuesday 3 March 2026 at 07:30 somebody is." in said
    assert "answers here by Thursday 5 March 2026 at 16:00" in said
    assert await told(db) == [(anna.staff_id, "new")]  # nobody is there: all hear, and read it when they come
    await Colleagues(town).here(anna, "21:00")
    said = await Resident(town, "another").does("/start", "/coach", QUESTION)
    assert "Nobody" not in said and "I have passed this on" in said


async def test_nobody_is_claimed_in_open_hours_when_all_are_away(
    town: Turns, db: Database, now: list[datetime]
) -> None:
    anna = await coach(db, "Anna")
    await ill(town, anna)
    said = await Resident(town, "somebody").does("/start", "/coach", QUESTION)
    assert "Nobody is reading right now. I have passed this on" in said  # back only after the promised time


async def test_a_case_of_somebody_who_is_ill_goes_to_the_deputy(
    town: Turns, db: Database, now: list[datetime], clock: Clock
) -> None:
    anna, olle, siv = [await coach(db, name) for name in ("Anna", "Olle", "Siv")]
    resident = await asked(town)
    await Handoff(town).answer(anna, 1, "a", "I look into it.", then="stay")
    await ill(town, anna, olle)
    before = len(await told(db))
    await resident.does("Please, it is urgent")
    assert (await told(db))[before:] == [(olle.staff_id, "again")]
    assert (await acts(db))[-1] == ("assigned", "Ekerö kommun", "Olle")
    (case,) = await read(db, tables.cases)
    assert case.owner_id == olle.staff_id
    now[0] = case.answer_by - timedelta(hours=2)
    await clock()
    assert await told(db, "soon") == [(olle.staff_id, "soon")]
    assert siv.staff_id not in [each for each, _reason in (await told(db))[before:]]


async def test_without_a_deputy_somebody_who_is_there_is_reminded(
    town: Turns, db: Database, now: list[datetime], clock: Clock
) -> None:
    anna, olle, siv = [await coach(db, name) for name in ("Anna", "Olle", "Siv")]
    await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    await ill(town, anna)
    await works(town, olle, "7")
    (case,) = await read(db, tables.cases)
    now[0] = case.answer_by - timedelta(hours=2)
    await clock()
    assert await told(db, "soon") == [(anna.staff_id, "soon"), (siv.staff_id, "soon")]


async def test_a_case_nobody_takes_goes_to_all_and_then_to_the_leader(
    town: Turns, db: Database, now: list[datetime], clock: Clock
) -> None:
    anna, olle, lea = await coach(db, "Anna"), await coach(db, "Olle"), await coach(db, "Lea", "leader")
    await knows(town, anna, languages=("en",))
    await asked(town)
    assert await told(db) == [(anna.staff_id, "new")]
    await clock(minutes=59)
    assert len(await told(db)) == 1
    await clock(minutes=2)
    assert (await told(db))[1:] == [(anna.staff_id, "unclaimed"), (olle.staff_id, "unclaimed")]
    (line,) = (await Desk(town).queue(olle, Filter())).lines
    assert line.news == p_("news", "Nobody has taken it yet")
    await clock(minutes=61)
    assert (await told(db))[3:] == [(lea.staff_id, "lying")]
    letter = (await read(db, tables.deliveries))[-1].body
    assert "/coach/colleagues" in letter["text"] and "/coach/cases" not in letter["text"]
    await clock(minutes=180)
    assert len(await told(db)) == 4  # said twice, not for ever


async def test_open_minutes_stop_at_night(town: Turns, db: Database, now: list[datetime], clock: Clock) -> None:
    anna = await coach(db, "Anna")
    now[0] = datetime.fromisoformat("2026-03-02T14:40:00+00:00")  # twenty minutes before they close
    await asked(town)
    await clock(hours=12)
    assert await told(db, "unclaimed") == []
    now[0] = datetime.fromisoformat("2026-03-03T08:41:00+00:00")
    await clock()
    assert await told(db, "unclaimed") == [(anna.staff_id, "unclaimed")]


async def test_a_case_that_is_taken_is_not_called_for(town: Turns, db: Database, clock: Clock) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    await clock(minutes=200)
    assert await told(db) == [(anna.staff_id, "new")]


async def test_without_a_leader_those_who_coordinate_hear(
    db: Database, town: Turns, clock: Clock, ekero: Municipality
) -> None:
    hurried = ekero.model_copy(update={"promise": Promise(claim_minutes=10)})
    town.municipalities["ekero"] = hurried  # type: ignore[index]
    anna, olle, adam = [
        await coach(db, name, role)
        for name, role in (("Anna", "coach"), ("Olle", "coordinator"), ("Adam", "administrator"))
    ]
    await asked(town)
    await clock(minutes=11)
    assert await told(db, "unclaimed") == [(anna.staff_id, "unclaimed"), (olle.staff_id, "unclaimed")]
    await clock(minutes=11)
    assert await told(db, "lying") == [(olle.staff_id, "lying"), (adam.staff_id, "lying")]


@pytest.mark.parametrize("deputy", [True, False])
async def test_an_answered_case_that_is_opened_again_does_not_wait_for_who_is_away(
    town: Turns, db: Database, deputy: bool
) -> None:
    anna, olle, siv = [await coach(db, name) for name in ("Anna", "Olle", "Siv")]
    await knows(town, siv, languages=("en",))
    resident = await asked(town)
    await Handoff(town).answer(anna, 1, "a", "The culture office does.")
    await ill(town, anna, olle if deputy else None)
    before = len(await told(db))
    await resident.does("/coach", "And who has the keys?")
    to = olle if deputy else siv  # who is there and speaks the language
    (case,) = await read(db, tables.cases)
    assert (case.status, case.owner_id) == ("told", to.staff_id)
    assert (await told(db))[before:] == [(to.staff_id, "assigned")]
    assert (await acts(db))[-1] == ("assigned", "Ekerö kommun", to.name)


async def test_an_answered_case_waits_for_anybody_when_nobody_is_there(
    town: Turns, db: Database, now: list[datetime], clock: Clock
) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    resident = await asked(town)
    await Handoff(town).answer(anna, 1, "a", "The culture office does.")
    await ill(town, anna, first="2026-03-03")
    now[0] = datetime.fromisoformat("2026-03-03T20:00:00+00:00")
    before = len(await told(db))
    await resident.does("/coach", "And who has the keys?")
    (case,) = await read(db, tables.cases)
    assert (case.status, case.owner_id) == ("told", None)
    assert (await acts(db))[-1] == ("released", "Ekerö kommun", None)
    assert (await told(db))[before:] == [(anna.staff_id, "again"), (olle.staff_id, "again")]
    now[0] = datetime.fromisoformat("2026-03-04T09:01:00+00:00")
    await clock()
    assert {each for each, _reason in await told(db, "unclaimed")} == {anna.staff_id, olle.staff_id}


async def test_an_owner_who_is_there_keeps_their_case(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    await knows(town, olle, languages=("en",))
    resident = await asked(town)
    await Handoff(town).answer(anna, 1, "a", "The culture office does.")
    await resident.does("/coach", "And who has the keys?")
    assert (await read(db, tables.cases))[0].owner_id == anna.staff_id


async def test_being_here_and_not_is_one_press(town: Turns, db: Database, now: list[datetime]) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle")
    who = Colleagues(town)

    async def there() -> dict[str, bool]:
        return {line.name: line.there for line in await who.listed("ekero")}

    assert await there() == {"Anna": True, "Olle": True}
    await who.not_here(anna)
    assert await there() == {"Olle": True, "Anna": False}
    assert [line.away_until for line in await who.listed("ekero")][1] == datetime.fromisoformat("2026-03-02T23:00Z")
    await who.here(anna, "15:00")
    assert await there() == {"Anna": True, "Olle": True}
    await ill(town, anna, olle)
    line = (await who.own(anna)).line
    assert (line.there, line.here_until, line.stands_in) == (False, None, "Olle")
    (absence,) = line.absences
    await who.end_absence(olle, olle.staff_id, str(absence.id))  # not theirs
    assert (await there())["Anna"] is False
    await who.end_absence(anna, anna.staff_id, str(absence.id))
    assert (await there())["Anna"] is True
    now[0] = datetime.fromisoformat("2026-03-02T18:00:00+00:00")
    await who.not_here(anna)  # nobody expects them any more today
    assert (await who.own(anna)).line.absences == ()


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda who, anna: who.here(anna, "09:00"), "until"),
        (lambda who, anna: who.here(anna, "soon"), "until"),
        (lambda who, anna: who.away(anna, anna.staff_id, "2026-03-05", "2026-03-04", ""), "days"),
        (lambda who, anna: who.away(anna, anna.staff_id, "", "2026-03-04", ""), "days"),
        (lambda who, anna: who.away(anna, anna.staff_id, "2026-02-01", "2026-02-02", ""), "days"),
        (lambda who, anna: who.away(anna, anna.staff_id, "2026-03-05", "2031-03-05", ""), "days"),
        (lambda who, anna: who.away(anna, anna.staff_id, "2026-03-05", "2026-03-06", str(anna.staff_id)), "deputy"),
        (lambda who, anna: who.away(anna, anna.staff_id, "2026-03-05", "2026-03-06", "99"), "deputy"),
        (
            lambda who, anna: who.keep(anna, hours=((), "09:00", "16:00"), languages=(), topics=(), areas=()),
            "hours",
        ),
        (
            lambda who, anna: who.keep(anna, hours=(("1",), "16:00", "09:00"), languages=(), topics=(), areas=()),
            "hours",
        ),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    town: Turns, db: Database, act: Callable[[Colleagues, Actor], Awaitable[None]], why: str
) -> None:
    anna = await coach(db, "Anna")
    with pytest.raises(Refused) as refused:
        await act(Colleagues(town), anna)
    assert refused.value.why == why
    assert await read(db, tables.absences) == []
