"""The volunteer board with the real flows and a real database: put up, read by a person, found, answered, taken down."""

from __future__ import annotations

from typing import Any

import pytest

from bot.desk import Desk, Filter
from bot.flows.model import Input, Press
from bot.handoff import Actor, Handoff
from bot.staff import Refused
from bot.turn import Turns
from storage import tables
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_turn import Resident

WHAT = "Two people who help children with homework"


async def needs(town: Turns, name: str = "association") -> Resident:
    """An association that has put up a need."""
    who = Resident(town, name)
    await who.does("/start board_need", WHAT, "Stenhamra", "Tuesdays 16-18", "2", "[Skip]", "The Homework Club")
    assert "By Wednesday 4 March 2026 at 16:00 at the latest" in await who.does("[Yes, this is right]")
    await who.does("[Skip]")  # an e-mail address
    return who


async def shown(town: Turns, by: Actor, case_id: int = 1) -> None:
    await Handoff(town).show_post(by, case_id, f"form {case_id}", WHAT)


async def looks(town: Turns, name: str = "amina") -> Resident:
    """Somebody who would like to help, with what is on the board before them."""
    who = Resident(town, name)
    await who.does("/start board_offer", "help children with their homework", "Stenhamra", "[Skip]")
    return who


async def offers(who: Resident, agrees: str = "[Yes, I agree]") -> str:
    return await who.does(f"[{WHAT}]", "Amina", "070-174 06 05", "I am free on Tuesdays", agrees)


async def test_nobody_sees_a_need_before_a_person_has_read_it(town: Turns, rows: Any) -> None:
    association, anna = await needs(town), await coach(town.db, "Anna", "coordinator")
    (post,), (case,) = await rows(tables.board_posts), await rows(tables.cases)
    assert (post.status, post.case_id, post.post["who"], post.shown_at) == (
        "waiting",
        case.id,
        "The Homework Club",
        None,
    )
    assert (case.kind, case.note, case.area) == ("board", WHAT, "Stenhamra")
    assert "The board is empty right now" in (await looks(town)).last
    assert (await Desk(town).case(anna, case.id)).post is not None
    await Handoff(town).show_post(anna, case.id, "form", "Two people who help children with homework, gladly in Arabic")
    (post,) = await rows(tables.board_posts)
    assert (post.status, post.post["what"]) == ("shown", "Two people who help children with homework, gladly in Arabic")
    assert [each.outcome for each in await rows(tables.cases)] == ["answered"]
    assert "From here I, the machine, answer you again" in await said_last(town, association)
    assert "gladly in Arabic (The Homework Club): it is about" in (await looks(town, "bo")).last
    with pytest.raises(Refused):
        await Handoff(town).show_post(anna, case.id, "again", WHAT)


async def test_a_need_that_is_answered_without_being_shown_waits_no_more(town: Turns, rows: Any) -> None:
    association, anna = await needs(town), await coach(town.db, "Anna", "coordinator")
    await Handoff(town).answer(anna, 1, "form", "We have no homework club in Stenhamra this spring.", then="close")
    assert [each.status for each in await rows(tables.board_posts)] == ["withdrawn"]
    assert "Board:" not in await association.does("/mine")


async def test_need_and_offer_meet_and_the_promise_is_kept(town: Turns, rows: Any, clock: Any) -> None:
    association, anna = await needs(town), await coach(town.db, "Anna", "coordinator")
    await shown(town, anna)
    amina = await looks(town)
    assert "it is about children and homework" in amina.last and "it is in Stenhamra" in amina.last
    told = await offers(amina)
    assert "The Homework Club has got it now" in told and "by Wednesday 4 March 2026 at 16:00 at the latest" in told
    (consent,) = await rows(tables.consents)
    assert (consent.purpose, consent.subject_id, consent.withdrawn_at) == ("board", 1, None)
    (line,) = (await Desk(town).queue(anna, Filter())).lines
    assert (line.kind.name, line.gist) == ("board_answer", f"The Homework Club: {WHAT}")
    await clock()
    message = await said_last(town, association)
    assert "Amina wants to help" in message and "070-174 06 05" in message and "I am free on Tuesdays" in message
    stranger = Resident(town, "stranger")
    await stranger.does("/menu")
    await stranger.take("stranger:1", Input(press=Press(0, f"f:board_reached:{line.id}")))
    assert [each.id for each in (await Desk(town).queue(anna, Filter())).lines] == [line.id]
    await association.does("[We have been in touch]")
    assert (await Desk(town).queue(anna, Filter())).lines == []
    assert [each.outcome for each in await rows(tables.cases)] == ["answered", "answered"]
    await clock(days=4)
    assert "We promised you an answer by now" not in await said_last(town, amina)


async def test_nothing_is_passed_on_without_a_yes(town: Turns, rows: Any, clock: Any) -> None:
    association, anna = await needs(town), await coach(town.db, "Anna", "coordinator")
    await shown(town, anna)
    assert "Nothing has been sent" in await offers(await looks(town), "[No, I do not]")
    await clock()
    assert "Amina" not in await said_last(town, association)
    assert (await rows(tables.consents), [each.kind for each in await rows(tables.cases)]) == ([], ["board"])


async def test_an_association_that_stays_silent_is_no_dead_end(town: Turns, rows: Any, clock: Any) -> None:
    await needs(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await looks(town)
    await offers(amina)
    await clock(days=4)
    assert "We promised you an answer by now" in await said_last(town, amina)


async def test_its_owner_takes_a_need_down_and_an_old_button_says_so(town: Turns, rows: Any) -> None:
    association = await needs(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await looks(town)
    await association.does("/mine")
    assert "is on the board until Friday 1 May 2026" in await association.does(f"[Board: {WHAT}]")
    assert "It is taken down" in await association.does("[We have enough people]")
    assert [each.status for each in await rows(tables.board_posts)] == ["filled"]
    assert "The board is empty right now" in await amina.does("/start board_offer", "homework", "Stenhamra", "[Skip]")
    assert [each.status for each in await rows(tables.due) if each.kind == "board_ends"] == ["cancelled"]


async def test_a_need_is_taken_down_when_its_time_is_over(town: Turns, rows: Any, clock: Any) -> None:
    association = await needs(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    await clock(days=60)
    assert "has been on the board for 60 days, and is taken down now" in await said_last(town, association)
    assert [each.status for each in await rows(tables.board_posts)] == ["expired"]


async def test_who_is_forgotten_is_on_the_board_no_more(town: Turns, rows: Any, clock: Any) -> None:
    association = await needs(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    await association.does("/forget", "yes")
    (post,) = await rows(tables.board_posts)
    assert (post.post, post.status) == (None, "withdrawn")
    assert "The board is empty right now" in (await looks(town)).last
    await clock(days=60)
