"""Proposals from the solver to the volunteer's own conversation and back: made, approved, refused, asked on, explained."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import matching, volunteering
from bot.i18n import plain, render
from bot.matching import Matcher
from bot.packs.model import Municipality
from bot.rules.proposals import gap_words, why_words
from bot.turn import Turns
from storage import shifts, tables, volunteers
from storage.db import Database
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_shifts import _conversation, need, standing, volunteer

Clock = Callable[..., Awaitable[None]]
ALWAYS: dict[str, Any] = {"days": ["1", "2", "3", "4", "5", "6", "7"], "hours": ["morning", "day", "evening"],
                          "often": "always"}  # fmt: skip
NAMES = {"cooking": "Laga mat", "teaching": "Undervisning"}


@pytest.fixture
def matcher(town: Turns, now: list[datetime]) -> Matcher:
    return Matcher(town.db, town.municipalities, lambda: now[0])


async def approve(town: Turns, place: Municipality, signup_id: int, staff_id: int = 0) -> str:
    async def write(tx: Any) -> str:
        signup = await shifts.signup(tx, "ekero", signup_id)
        return await matching.approve(tx, place, signup, staff_id, town.now())

    return await town.db.write(write)


async def approve_all(town: Turns, place: Municipality, need_id: int, staff_id: int) -> dict[str, int]:
    return dict(await town.db.write(lambda tx: matching.approve_all(tx, place, need_id, staff_id, town.now())))


async def whys(db: Database) -> dict[int, str]:
    """The reasons of every proposal by its volunteer, in English."""
    async with db.read() as tx:
        found = await tx.execute(tables.signups.select().where(tables.signups.c.status == "proposed"))
        return {each.volunteer_id: "; ".join(plain(render(words, "en")) for words in why_words(each.why, NAMES))
                for each in found}  # fmt: skip


async def gaps(db: Database, now: datetime) -> list[str]:
    """What is said of empty places, in English."""
    async with db.read() as tx:
        coming = await shifts.coming(tx, "ekero", now, kind=None)
    return [
        " ".join(plain(render(words, "en")) for words in gap_words(each.gap, each.need.need, each.need.area, NAMES))
        for each in coming if each.gap
    ]  # fmt: skip


async def test_proposals_are_made_approved_and_answered(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality, matcher: Matcher
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    need_id = await need(town.db, now[0] + timedelta(days=5), languages_any=["prs"], what="Serve supper")
    speaks = await volunteer(town, "amina", **ALWAYS, languages=["prs"])
    await volunteer(town, "bo", **ALWAYS, languages=["sv"])
    other = await volunteer(town, "cia", **ALWAYS, languages=["prs-little"], where={"area": "Färingsö"})
    assert (await matcher.propose("ekero")).new == 2, "one for the place, and one in case of a no"
    assert await standing(rows) == [(1, "proposed"), (3, "proposed")]
    assert (await whys(town.db))[1] == "speaks Dari; lives in Stenhamra; has not been asked this month"
    assert "lives in Färingsö, 4 km away" in (await whys(town.db))[3]
    await clock()
    assert "Can you help?" not in await said_last(town, speaks), "nobody is told before a person has agreed"
    assert await approve_all(town, ekero, need_id, anna.staff_id) == {"asked": 1, "listed": 1}
    await clock()
    assert "Can you help? Serve supper" in await said_last(town, speaks)
    await speaks.does("[No, I cannot]")
    await clock()
    assert await standing(rows) == [(1, "declined"), (3, "asked")], "the next on the approved list, without a click"
    assert "Can you help?" in await said_last(town, other)
    assert "It is yours" in await other.does("[Yes, I take it]")
    assert (await matcher.propose("ekero")).new == 0


async def test_silence_asks_the_next_and_an_empty_list_makes_a_proposal(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality, matcher: Matcher
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    await need(town.db, now[0] + timedelta(days=5))
    for name in ("amina", "bo", "cia"):
        await volunteer(town, name, **ALWAYS)
    await matcher.propose("ekero")
    first, spare = await rows(tables.signups)
    assert not first.why["spare"] and spare.why["spare"]
    assert await approve(town, ekero, first.id, anna.staff_id) == "asked"
    await clock(days=2)
    found = await standing(rows)
    assert found[0] == (first.volunteer_id, "lapsed")
    assert found[1] == (spare.volunteer_id, "proposed"), "nobody has approved this one: a coordinator sees it"
    async with town.db.read() as tx:
        (signup,) = await shifts.of_shift(tx, "ekero", 1, ("proposed",))
    assert signup.approved_at is None and (await shifts_free(town.db)) == 1
    assert await approve(town, ekero, signup.id, anna.staff_id) == "asked"
    await clock()
    await clock(days=1)
    last = await standing(rows)
    assert last[1][1] == "lapsed" and last[2][1] == "proposed", "the third, newly proposed"
    assert len({volunteer_id for volunteer_id, _status in last}) == 3


async def shifts_free(db: Database) -> int:
    async with db.read() as tx:
        return (await shifts.load(tx, "ekero", 1)).free


async def test_who_is_on_the_list_of_a_need_is_asked_for_its_other_shifts(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality, matcher: Matcher
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    need_id = await need(town.db, now[0] + timedelta(days=5), times=2)
    amina = await volunteer(town, "amina", **ALWAYS)
    bo = await volunteer(town, "bo", **ALWAYS)
    await matcher.propose("ekero")
    assert (await approve_all(town, ekero, need_id, anna.staff_id))["asked"] == 2
    await clock()
    taken = await standing(rows)
    assert sorted(each for each, status in taken if status == "asked") == [1, 2], "spread over both"
    (first,) = [each for each in await rows(tables.signups) if each.shift_id == 1 and each.status == "asked"]
    who = amina if first.volunteer_id == 1 else bo
    for message in range(2):  # one for each shift: the buttons of the first are those of the first shift
        assert "Can you help?" in await said_last(town, who) or message
    await who.does("[No, I cannot]")
    await clock()
    asked = [each for each in await rows(tables.signups) if each.shift_id == 1 and each.status == "asked"]
    assert [each.volunteer_id for each in asked] == [3 - first.volunteer_id]


async def test_what_people_have_been_told_stays(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality, matcher: Matcher
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    await need(town.db, now[0] + timedelta(days=5))
    await volunteer(town, "amina", **ALWAYS)
    await matcher.propose("ekero")
    await approve(town, ekero, 1, anna.staff_id)
    await volunteer(town, "bo", **ALWAYS, languages=["ti"])
    await need(town.db, now[0] + timedelta(days=5), priority=1, what="More urgent")
    made = await matcher.propose("ekero")
    held = {(each.shift_id, each.volunteer_id): each.status for each in await rows(tables.signups)}
    assert held[1, 1] == "asked" and held[2, 2] == "proposed" and made.empty == 0
    before = [tuple(each) for each in await rows(tables.signups)]
    assert (await matcher.propose("ekero")).new == 0
    assert [tuple(each) for each in await rows(tables.signups)] == before, "the same again"


async def test_nobody_gets_more_than_they_want_nor_too_little_rest(
    town: Turns, rows: Any, now: list[datetime], ekero: Municipality, matcher: Matcher
) -> None:
    start = now[0].replace(hour=8) + timedelta(days=7)  # a Monday
    await need(town.db, start, times=2)
    await need(town.db, start + timedelta(hours=4), what="The same day", priority=1)
    await volunteer(town, "amina", **ALWAYS)
    assert (await matcher.propose("ekero")).empty == 1
    assert [each.shift_id for each in await rows(tables.signups)] == [2, 3]
    (said,) = await gaps(town.db, now[0])
    assert "1 volunteer in Stenhamra lacks only: rest: they have another shift then, or too close to it." in said
    await need(town.db, start + timedelta(days=2), times=4, priority=4)
    assert (await matcher.propose("ekero")).empty == 2
    assert len(await rows(tables.signups)) == 5, "no more than the municipality gives one person in a week"
    assert "they have as many shifts as they want" in (await gaps(town.db, now[0]))[-1]
    await need(town.db, start + timedelta(days=7, hours=-13), priority=1, what="On Sunday evening")
    await need(town.db, start + timedelta(days=7, hours=-2), what="Early on Monday")
    await need(town.db, start + timedelta(days=7, hours=-1), hours=1, what="A little later")
    await matcher.propose("ekero")
    found = {each.shift_id for each in await rows(tables.signups)}
    assert 8 in found and 9 not in found and 10 in found, "ten hours free, over the turn of the week too"


async def test_a_busy_volunteer_is_not_asked_by_an_old_click(
    town: Turns, rows: Any, now: list[datetime], ekero: Municipality, matcher: Matcher
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    amina = await volunteer(town, "amina", **ALWAYS)
    await need(town.db, now[0] + timedelta(days=5))
    await matcher.propose("ekero")
    await need(town.db, now[0] + timedelta(days=5), what="Elsewhere")
    await amina.does("/needs", "[Elsewhere, Saturday 7 March 2026]", "[I take it]")
    assert await approve(town, ekero, 1, anna.staff_id) == "busy"
    await matcher.propose("ekero")
    assert [(each.shift_id, each.status) for each in await rows(tables.signups)] == [(2, "taken")]


async def test_who_has_been_asked_least_comes_first(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality, matcher: Matcher
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    await need(town.db, now[0] + timedelta(days=2), hours=1)
    amina = await volunteer(town, "amina", **ALWAYS)
    await matcher.propose("ekero")
    await approve(town, ekero, 1, anna.staff_id)
    await clock()
    assert "Can you help?" in await said_last(town, amina)
    await amina.does("[Yes, I take it]")
    await clock(days=8)
    await volunteer(town, "bo", **ALWAYS, where={"area": "Färingsö"})
    await need(town.db, now[0] + timedelta(days=5), hours=1)
    await matcher.propose("ekero")
    chosen = [each for each in await rows(tables.signups) if each.shift_id == 2 and not each.why["spare"]]
    assert [each.volunteer_id for each in chosen] == [2], "though further away"
    assert "was last asked on" in (await whys(town.db))[1]


async def test_two_cover_a_language_together(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality, matcher: Matcher
) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    need_id = await need(town.db, now[0] + timedelta(days=5), places=2, languages_any=["ti"], skills_all=["teaching"])
    speaks = await volunteer(town, "amina", **ALWAYS, languages=["ti"], skills=[])
    await volunteer(town, "bo", **ALWAYS, languages=["sv"], skills=["teaching"])
    made = await matcher.propose("ekero")
    assert (made.new, made.empty) == (2, 0)
    halves = {each.volunteer_id: each.why["pair"] for each in await rows(tables.signups)}
    assert halves == {1: {"half": "speaks", "with": 2}, 2: {"half": "can", "with": 1}}
    assert "goes together with …, who can do the task" in (await whys(town.db))[1]
    assert await approve_all(town, ekero, need_id, anna.staff_id) == {"asked": 2}
    await volunteer(town, "cia", **ALWAYS, languages=["ti"], skills=[])
    await clock()
    assert "Can you help?" in await said_last(town, speaks)
    await speaks.does("[No, I cannot]")
    await clock()
    (new,) = [each for each in await rows(tables.signups) if each.volunteer_id == 3]
    assert (new.status, new.why["pair"]) == ("proposed", {"half": "speaks", "with": 2}), "a new half for who is left"


async def test_one_place_is_not_filled_by_two(town: Turns, rows: Any, now: list[datetime], matcher: Matcher) -> None:
    await need(town.db, now[0] + timedelta(days=5), languages_any=["ti"], skills_all=["teaching"], car=True)
    await volunteer(town, "amina", **ALWAYS, languages=["ti"], skills=["teaching"])
    await volunteer(town, "bo", **ALWAYS, languages=["sv"], skills=["teaching"])
    assert (await matcher.propose("ekero")).empty == 1 and await rows(tables.signups) == []
    (said,) = await gaps(town.db, now[0])
    assert said.startswith("1 place is empty: nobody is left who speaks Tigrinya, can do this: Laga mat, ") is False
    assert "nobody is left who speaks Tigrinya" in said and "has a car" in said and "goes to Stenhamra" in said
    assert "1 volunteer in Stenhamra lacks only: a car." in said


async def test_protected_away_and_not_needed(town: Turns, rows: Any, now: list[datetime], matcher: Matcher) -> None:
    await need(town.db, now[0] + timedelta(days=5), places=4)
    for name in ("hidden", "rests", "waits", "fits"):
        await volunteer(town, name, **ALWAYS)
    hidden = await _conversation(town, "hidden")

    async def change(tx: Any) -> None:
        await tx.execute(
            tables.residents.update().where(tables.residents.c.id == hidden.resident_id).values(protected=True)
        )
        await volunteers.stand(tx, "ekero", 2, "resting", now[0])
        await volunteers.stand(tx, "ekero", 3, "later", now[0])

    await town.db.write(change)
    await matcher.propose("ekero")
    assert sorted(each for each, _status in await standing(rows)) == [3, 4]
    assert "was told that nobody is needed for now" in (await whys(town.db))[3]
    assert "…" not in (await whys(town.db))[4]
    assert "hidden" not in str(await gaps(town.db, now[0]))


async def test_a_need_alone_and_a_request_of_ones_own(
    town: Turns, rows: Any, now: list[datetime], matcher: Matcher
) -> None:
    mine = await volunteer(town, "amina", **ALWAYS)
    owner = await _conversation(town, "amina")
    at = now[0] + timedelta(days=5)
    errand = await town.db.write(lambda tx: shifts.add_need(
        tx, municipality_id="ekero", kind="errand", need={"what": "Shopping"}, area="Stenhamra", priority=2, status="new",
        times=[(at, at + timedelta(hours=1))], places=1, now=now[0], resident_id=owner.resident_id,
    ))  # fmt: skip
    await need(town.db, now[0] + timedelta(days=30))
    await matcher.propose("ekero", errand)
    assert await rows(tables.signups) == [], "nobody helps themselves, and the other week is not looked at"
    await matcher.propose("ekero")
    assert [each.shift_id for each in await rows(tables.signups)] == [2]
    await mine.does("/menu")


async def test_a_shift_called_off_takes_its_proposals_along(
    town: Turns, rows: Any, now: list[datetime], clock: Clock, ekero: Municipality, matcher: Matcher
) -> None:
    amina = await volunteer(town, "amina", **ALWAYS)
    await need(town.db, now[0] + timedelta(days=5))
    await matcher.propose("ekero")
    await town.db.write(lambda tx: volunteering.call_off(tx, 1, ekero, now[0], "Rain"))
    await clock()
    assert await standing(rows) == [(1, "cancelled")]
    assert "called off" not in await said_last(town, amina), "nobody was told of it"
