"""The idea board with the real flows and a real database: put up, read, joined, agreed on by both, taken down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.desk import Desk, Filter
from bot.flows import actors, ideas
from bot.flows.model import Press
from bot.handoff import Actor, Handoff
from bot.staff import Refused
from bot.turn import Turns
from storage import board, interests, tables
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_turn import Resident, _plan

WHAT = "We repair bicycles together"
PHONE = "070-174 06 05"


async def puts_up(town: Turns, name: str = "bo", agrees: str = "[Yes, I agree]") -> Resident:
    """Somebody with an idea for everybody."""
    who = Resident(town, name)
    await who.does(
        "/start idea_post", WHAT, "Stenhamra", "Somebody who can weld", "[I, or some of us who live here]", agrees
    )
    await who.does("[Skip]")  # an e-mail address
    return who


async def shown(town: Turns, by: Actor, case_id: int = 1) -> None:
    await Handoff(town).show_post(by, case_id, f"form {case_id}", "")


async def joins(town: Turns, name: str = "amina", contact: str = PHONE, agrees: str = "[Yes, I agree]") -> Resident:
    """Somebody who wants to join, and has been told what happens next."""
    who = Resident(town, name)
    await who.does("/ideas", f"[{WHAT}]", "[I want to join]", "Amina", "I can hold a spanner", contact, agrees)
    await who.does("[Skip]")
    return who


async def together(
    town: Turns, clock: Any, theirs: str = PHONE, mine: str = "bo@example.se"
) -> tuple[Resident, Resident]:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town, contact=theirs)
    await clock()
    await press(bo, "interest_yes:1")
    await bo.does("Bo", mine, "[Yes, I agree]")
    await clock()
    return bo, amina


async def press(who: Resident, what: str) -> str:
    """A lasting button, under whatever it once stood."""
    who.buttons["it"] = Press(0, f"f:{what}")
    return await who.does("[it]")


async def test_nobody_sees_an_idea_before_a_person_has_read_it(town: Turns, rows: Any) -> None:
    bo, anna = await puts_up(town), await coach(town.db, "Anna", "coordinator")
    (post,), (consent,) = await rows(tables.board_posts), await rows(tables.consents)
    assert (post.status, post.post["what"], post.post["side"]) == ("waiting", WHAT, "resident")
    assert (consent.purpose, consent.subject_id, consent.wording_version, consent.withdrawn_at) == (
        "idea_board", post.id, "1", None,
    )  # fmt: skip
    assert "No idea is on the board" in await Resident(town, "amina").does("/ideas")
    seen = await Desk(town).case(anna, 1)
    assert seen.agreed is not None and seen.line.kind.name == "idea_board"
    await Handoff(town).show_post(anna, 1, "form", "Other words, that nobody has agreed to")
    (post,) = await rows(tables.board_posts)
    assert (post.status, post.post["what"]) == ("shown", WHAT), "only its owner says what is shown"
    assert "From here I, the machine" in await said_last(town, bo)
    assert WHAT in await Resident(town, "ali").does("/ideas")
    with pytest.raises(Refused):
        await Handoff(town).show_post(anna, 1, "again", "")


async def test_without_a_yes_nothing_is_kept(town: Turns, rows: Any) -> None:
    await puts_up(town, agrees="[No, I do not]")
    for table in (tables.board_posts, tables.cases, tables.consents):
        assert await rows(table) == []


async def test_contact_goes_both_ways_only_when_both_have_agreed(town: Turns, rows: Any, clock: Any) -> None:
    bo, anna = await puts_up(town), await coach(town.db, "Anna", "coordinator")
    await shown(town, anna)
    amina = await joins(town)
    await clock()
    told = await said_last(town, bo)
    assert "Amina wants to join" in told and "I can hold a spanner" in told and PHONE not in told
    (interest,) = await rows(tables.interests)
    assert (interest.status, interest.kind, interest.said["contact"]) == ("waiting", "join", PHONE)
    (line,) = (await Desk(town).queue(anna, Filter())).lines
    assert line.kind.name == "take_part"
    case = await Desk(town).case(anna, line.id)
    assert PHONE not in str(case.case.context), "staff need not know it either"
    await press(bo, "interest_yes:1")
    await bo.does("Bo", "bo@example.se", "[No, I do not]")
    await clock()
    assert PHONE not in await said_last(town, bo) and "bo@example.se" not in await said_last(town, amina)
    await press(bo, "interest_yes:1")
    await bo.does("Bo", "bo@example.se", "[Yes, I agree]")
    await clock()
    assert PHONE in await said_last(town, bo) and "bo@example.se" in await said_last(town, amina)
    (interest,) = await rows(tables.interests)
    assert (interest.status, interest.said) == ("agreed", {"name": "Amina"}), "how she is reached is needed no more"
    assert (await Desk(town).queue(anna, Filter())).lines == []
    given = [(each.purpose, each.resident_id) for each in await rows(tables.consents)]
    assert given == [("idea_board", 1), ("take_part", 2), ("take_part", 1)]
    await clock(days=4)
    assert "We promised you an answer by now" not in await said_last(town, amina)


async def test_who_gives_no_number_is_written_to_here(town: Turns, rows: Any, clock: Any) -> None:
    bo, amina = await together(town, clock, "[Only here, through you]", "[Only here, through you]")
    assert "Amina would rather write here" in await said_last(town, bo)
    await press(bo, "interest_write:1")
    await bo.does("Thursday at six?")
    await clock()
    said = await said_last(town, amina)
    assert "Those behind “We repair bicycles together” write to you" in said and "Thursday at six?" in said
    await amina.does("[Answer]", "Gladly")
    await clock()
    message = (await rows(tables.messages))[-1]
    assert (message.sender, message.body["by"]) == ("peer", "Amina") and "Gladly" in message.body["html"]


async def test_a_question_first_moves_the_promise(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    await clock()
    await press(bo, "interest_ask:1")
    await bo.does("Do you have tools?")
    await clock(days=3)
    said = await said_last(town, amina)
    assert "Do you have tools?" in said and "We promised you an answer" not in said
    await amina.does("[Answer]", "A box full, ring 08-123 45 67")
    await clock()
    assert "A box full, ring …" in await said_last(town, bo), "no number slips through beside the agreement"
    await clock(days=5)
    assert "We promised you an answer by now" in await said_last(town, amina)


async def test_no_is_told_kindly_and_nothing_else(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    await clock()
    await press(bo, "interest_no:1")
    await bo.does("We are enough")
    await clock()
    said = await said_last(town, amina)
    assert "say no this time" in said and "We are enough" in said
    (interest,) = await rows(tables.interests)
    assert (interest.status, interest.said) == ("declined", {"name": "Amina"})
    assert "That is settled already" in await press(bo, "interest_yes:1")


async def test_whoever_has_asked_is_shown_how_it_stands(town: Turns, rows: Any, clock: Any) -> None:
    await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    assert "they have not said yes yet" in await press(amina, "idea_help:1")
    assert len(await rows(tables.interests)) == 1


async def test_a_stranger_answers_nothing(town: Turns, rows: Any, clock: Any) -> None:
    await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    await joins(town)
    stranger = Resident(town, "stranger")
    await stranger.does("/menu")
    for what in (
        "interest_yes:1",
        "interest_no:1",
        "interest_ask:1",
        "interest_reply:1",
        "interest_write:1",
        "my_interest:1",
    ):
        await press(stranger, what)
        await stranger.does("/cancel")
    assert [each.status for each in await rows(tables.interests)] == ["waiting"]


async def test_she_takes_it_back(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    await clock()
    await amina.does("/mine", f"[Asked to join: {WHAT}]", "[Take it back]")
    await clock()
    assert "Amina does not want to take part" in await said_last(town, bo)
    assert [each.status for each in await rows(tables.interests)] == ["withdrawn"]
    assert [bool(each.withdrawn_at) for each in await rows(tables.consents) if each.purpose == "take_part"] == [True]


async def test_taken_down_it_is_gone_everywhere(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    await bo.does("/mine", f"[On the board: {WHAT}]", "[Take it down]")
    await clock()
    assert "is not shown any more" in await said_last(town, amina)
    assert [each.status for each in await rows(tables.interests)] == ["ended"]
    assert [bool(each.withdrawn_at) for each in await rows(tables.consents) if each.purpose == "idea_board"] == [True]
    assert "No idea is on the board" in await Resident(town, "ali").does("/ideas")
    assert "It is not shown any more" in await Resident(town, "old").does("/menu", "/start post_1")


async def test_half_a_year_later_it_is_asked_for_again(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    await clock(days=180)
    assert "has been on the idea board for half a year" in await said_last(town, bo)
    assert [each.status for each in await rows(tables.board_posts)] == ["expired"]


async def test_who_is_forgotten_leaves_nothing_behind(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    await amina.does("/forget", "yes")
    assert await rows(tables.interests) == []
    await clock()
    assert "Amina does not want to take part" in await said_last(town, bo)
    ali = await joins(town, "ali")
    await bo.does("/forget", "yes")
    await clock()
    assert "is not shown any more" in await said_last(town, ali)
    (post,) = await rows(tables.board_posts)
    assert (post.post, post.status) == (None, "withdrawn")


async def test_a_plan_is_put_up_once_by_its_owner_alone(town: Turns, rows: Any) -> None:
    bo = Resident(town, "bo")
    await _plan(bo)
    assert "[A bicycle workshop in Stenhamra]" and "Is it one of your plans?" in await bo.does(
        "[Show it on the idea board]"
    )
    said = await bo.does(
        "[A bicycle workshop in Stenhamra]", "[I don't know yet]", "[Skip]", "[A company]", "Bikes Ltd"
    )
    assert "A bicycle workshop in Stenhamra" in said and "Bikes Ltd (a company)" in said
    await bo.does("[Yes, I agree]", "[Skip]")
    (post,) = await rows(tables.board_posts)
    assert post.post == {"what": "A bicycle workshop in Stenhamra", "side": "company", "who": "Bikes Ltd", "plan": 1}
    await bo.does("/mine", "[A bicycle workshop in Stenhamra]")
    assert "Take it off the idea board" in bo.buttons and "has not read it yet" in await press(bo, "idea_post:1")
    await bo.does("/mine", "[A bicycle workshop in Stenhamra]", "[Take it off the idea board]")
    assert [each.status for each in await rows(tables.board_posts)] == ["withdrawn"]
    stranger = Resident(town, "stranger")
    await stranger.does("/menu")
    assert "What is the idea?" in await press(stranger, "idea_post:1"), "nobody else's plan"


async def test_a_protected_person_is_met_by_a_human(town: Turns, rows: Any) -> None:
    await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    who = Resident(town, "secret")
    await who.does("/menu", "I have protected identity")
    assert "A human can find another way" in await who.does("/start post_1", "[I want to join]")
    assert await rows(tables.interests) == []


async def test_who_turns_out_to_be_protected_is_on_no_board_any_more(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    await clock()
    await bo.does("I have protected identity")
    await clock()
    assert "is not shown any more" in await said_last(town, amina)
    assert [each.status for each in await rows(tables.board_posts)] == ["withdrawn"]
    assert [each.status for each in await rows(tables.interests)] == ["ended"]


async def test_staff_who_close_the_case_end_the_question(town: Turns, rows: Any, clock: Any) -> None:
    bo, anna = await puts_up(town), await coach(town.db, "Anna", "coordinator")
    await shown(town, anna)
    await joins(town)
    await clock()
    await Handoff(town).answer(
        anna, 2, "form", "They are on a journey. Come to our open evening instead.", then="close"
    )
    assert [each.status for each in await rows(tables.interests)] == ["ended"]
    assert "That is settled already" in await press(bo, "interest_yes:1")
    await clock()
    assert "has settled what Amina asked about" in await said_last(town, bo)
    assert [each.purpose for each in await rows(tables.consents) if each.withdrawn_at is None] == ["idea_board"]


async def test_who_says_that_they_are_a_child_is_in_touch_with_nobody(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = await joins(town)
    await clock()
    await press(bo, "interest_ask:1")
    await bo.does("How old are you?")
    await clock()
    assert "How old are you?" in await said_last(town, amina)
    await amina.does("[Answer]", "I am 13 years old")
    await clock()
    assert "Amina does not want to take part" in await said_last(town, bo)
    assert "That is settled already" in await press(bo, "interest_yes:1")
    assert [(each.status, each.said) for each in await rows(tables.interests)] == [("withdrawn", {"name": "Amina"})]
    await bo.does("/cancel")
    ali = await joins(town, "ali")
    await bo.does("/menu", "I am 12 years old")
    await clock()
    assert "is not shown any more" in await said_last(town, ali)
    assert [each.status for each in await rows(tables.board_posts)] == ["withdrawn"]
    assert [each.purpose for each in await rows(tables.consents) if each.withdrawn_at is None] == []


@pytest.mark.parametrize("said", ["I have protected identity", "I am 13 years old", "/forget"])
async def test_an_owner_who_is_to_be_met_by_nobody_is_not_written_to_any_more(
    town: Turns, rows: Any, clock: Any, said: str
) -> None:
    bo, amina = await together(town, clock)
    await (bo.does(said, "yes") if said == "/forget" else bo.does("/menu", said))
    await clock()
    told = await said_last(town, amina)
    assert "do not want to be in touch any more" in told and "Bo" not in told.split("do not want")[1]
    assert "not in touch here any more" in await press(amina, "interest_write:1")
    if said != "/forget":
        assert [each.status for each in await rows(tables.interests)] == ["ended"]
        assert [each for each in await rows(tables.consents) if each.withdrawn_at is None] == []


async def test_an_owner_ends_the_contact(town: Turns, rows: Any, clock: Any) -> None:
    bo, amina = await together(town, clock)
    await press(bo, "interest_end:1")
    await bo.does("[Leave it as it is]")
    assert [each.status for each in await rows(tables.interests)] == ["agreed"]
    await press(bo, "interest_end:1")
    assert "nothing more between you two" in await bo.does("[No more from them]")
    await clock()
    assert "do not want to be in touch any more" in await said_last(town, amina)
    assert "not in touch here any more" in await press(amina, "interest_write:1")
    assert [each.purpose for each in await rows(tables.consents) if each.withdrawn_at is None] == ["idea_board"]


async def test_a_consent_lasts_only_as_long_as_what_it_is_for(town: Turns, rows: Any, clock: Any) -> None:
    bo, amina = await together(town, clock)
    await joins(town, "ali")
    await clock()
    await press(bo, "interest_no:2")
    await bo.does("[Skip]")

    async def held() -> list[tuple[str, int]]:
        return [(each.purpose, each.resident_id) for each in await rows(tables.consents) if each.withdrawn_at is None]

    assert await held() == [("idea_board", 1), ("take_part", 2), ("take_part", 1)], "a no ends what ali agreed to"
    await press(amina, "my_interest:1")
    await amina.does("[Take it back]")
    assert await held() == [("idea_board", 1)]


@pytest.mark.parametrize(
    "way", [PHONE, "bo@example.se", "@bosse_b", "t.me/bosse", "https://bo.example/x", "www.bo.example", "bosse.se"]
)
def test_what_is_shown_leads_nowhere_past_the_bot(way: str) -> None:
    said = f"Ours, {way}, on Thursdays 17.00-19.00."
    answers = {"what": said, "title": said, "who": said, "side": "association",
               "where": {"area": "Stenhamra", "said": said, "latitude": 59.33, "longitude": 17.68}}  # fmt: skip
    for held in (ideas._held({**answers, "wanted": said}), actors._held(answers)):
        assert way not in str(held) and "on Thursdays 17.00-19.00." in held["what"]
        assert set(held["where"]) == {"area", "said"}, "no point on a map"
    assert "where" not in ideas._held(
        {**answers, "where": {"area": None, "said": "", "latitude": 1.0, "longitude": 2.0}}
    )


async def test_no_number_is_passed_on_as_a_name(town: Turns, rows: Any, clock: Any) -> None:
    bo = await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    amina = Resident(town, "amina")
    await amina.does("/ideas", f"[{WHAT}]", "[I want to join]", f"Amina {PHONE}", "Hi", "[Only here, through you]")
    await amina.does("[Yes, I agree]", "[Skip]")
    await clock()
    assert PHONE not in await said_last(town, bo)
    await press(bo, "interest_yes:1")
    await bo.does("Bo, @bosse_b", "[Only here, through you]", "[Yes, I agree]")
    await clock()
    assert "bosse_b" not in await said_last(town, amina)


async def test_the_example_of_the_month(town: Turns, now: list[datetime]) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    bo = await puts_up(town)
    await shown(town, anna)
    words = {"sv": "Tolv cyklar har fått nytt liv.", "en": "Twelve bicycles live again."}
    await town.db.write(
        lambda tx: board.set_example(
            tx, municipality_id="ekero", month="2026-03", post_id=1, words=words, staff_id=anna.staff_id, now=now[0]
        )
    )
    said = await Resident(town, "amina").does("/ideas")
    assert "Good example, March 2026: “We repair bicycles together”" in said and "Twelve bicycles live again." in said
    await bo.does("/mine", f"[On the board: {WHAT}]", "[Take it down]")
    assert "Good example" not in await Resident(town, "ali").does("/ideas"), "what is taken back is no example"


@pytest.mark.parametrize("kind, stays", [("idea_board", False), ("board", True)])
async def test_an_example_lasts_as_long_as_the_consent_to_show_it(
    town: Turns, now: list[datetime], rows: Any, clock: Any, kind: str, stays: bool
) -> None:
    await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    await town.db.write(lambda tx: tx.execute(tables.cases.update().values(kind=kind)))
    month = f"{now[0]:%Y-%m}"
    await town.db.write(
        lambda tx: board.set_example(
            tx, municipality_id="ekero", month=month, post_id=1, words={"sv": "Bra!"}, staff_id=1, now=now[0]
        )
    )
    await clock(days=180)
    assert [each.status for each in await rows(tables.board_posts)] == ["expired"]
    assert ("Good example" in await Resident(town, "ali").does("/ideas")) == stays


async def test_staff_take_down_what_is_shown(town: Turns, rows: Any, clock: Any) -> None:
    bo, anna = await puts_up(town), await coach(town.db, "Anna", "coordinator")
    await shown(town, anna)
    amina = await joins(town)
    olle = await coach(town.db, "Olle", "coach")
    with pytest.raises(Refused, match="empty"):
        await Handoff(town).take_down(olle, 1, "empty", " ")
    await Handoff(town).take_down(olle, 1, "down", "The name of a neighbour stands in it.")
    (told,) = [each for each in await rows(tables.messages) if "neighbour" in str(each.body)]
    assert "Olle, a human at" in told.body["html"] and "has taken “" in told.body["html"]
    assert (told.sender, told.conversation_id) == ("coach", 1)
    (post,) = await rows(tables.board_posts)
    assert post.status == "withdrawn"
    assert [bool(each.withdrawn_at) for each in await rows(tables.consents) if each.purpose == "idea_board"] == [True]
    log = (await rows(tables.case_events))[-1]
    assert (log.act, log.who, log.detail) == ("taken down", "Olle", "The name of a neighbour stands in it.")
    await clock()
    assert "is not shown any more" in await said_last(town, amina)
    with pytest.raises(Refused, match="empty"):
        await Handoff(town).take_down(olle, 1, "again", "Once more")
    await clock(days=200)
    assert "half a year" not in await said_last(town, bo)


async def test_storage_keeps_municipalities_apart(town: Turns) -> None:
    await puts_up(town)
    await shown(town, await coach(town.db, "Anna", "coordinator"))
    await joins(town)
    async with town.db.read() as tx:
        assert len(await interests.in_post(tx, 1, interests.LIVING)) == 1
        assert await interests.of_case(tx, "nacka", 2) is None
        assert await interests.of_resident(tx, "nacka", 2) == []
        assert len(await interests.of_owner(tx, "ekero", 1)) == 1
        assert await interests.of_owner(tx, "nacka", 1) == [] and await interests.of_owner(tx, "ekero", 2) == []
