"""The map of actors with the real flows and a real database: told by groups, edited by staff, two brought together, obstacles."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.desk import Desk, Filter
from bot.handoff import Handoff
from bot.i18n import plain, render
from bot.obstacles import counted
from bot.packs.load import load_municipality
from bot.packs.model import Municipality, Weaving
from bot.staff import Refused
from bot.turn import Turns
from bot.weaving_desk import ObstacleDesk
from bot.weaving_desk import Weaving as Map
from storage import obstacles, tables
from storage.db import Database
from tests.test_board import WHAT, needs
from tests.test_handoff import coach
from tests.test_ideas import press
from tests.test_premises import said_last
from tests.test_turn import Resident

PHONE = "070-174 06 05"


@pytest.fixture
def ekero() -> Municipality:
    """Ekerö, with a map of actors whose weaver is a coach."""
    pack = load_municipality("ekero")
    kept = pack.networks.model_copy(
        update={"weaving": Weaving(weavers=("coach",), again_after_days=30, answer_days=14)}
    )
    return pack.model_copy(update={"networks": kept})


async def lists(
    town: Turns, name: str, title: str, area: str = "Stenhamra", partners: str = "[Skip]", agrees: bool = True
) -> Resident:
    """A group that puts itself into the directory, and says whether it may be on the map."""
    who = Resident(town, name)
    await who.does("/start actor_post", "[Association]", title, "We mend things together", area)
    await who.does("[Culture and libraries]", "[Done]", "[Yes, I agree]", partners)
    assert f"note “{title}”" in who.last or f"that “{title}” works with" in who.last
    await who.does("[Yes, I agree]" if agrees else "[No, I do not]", "[Skip]")
    return who


def names(found: Any) -> list[str]:
    return [plain(render(each.name, "en")) for each in found]


async def test_groups_are_noted_with_their_consent_and_taken_off_again(
    town: Turns, rows: Any, clock: Any, db: Database
) -> None:
    anna, maps = await coach(db, "Anna", "coordinator"), Map(town)
    bo = await lists(town, "bo", "The Bicycle Kitchen", partners="The library; Stenhamra scouts, call 08-123 45 67")
    (own, *partners) = [each for each in await rows(tables.map_actors) if each.made_by == "resident"]
    assert (own.name, own.kind, own.about["areas"], own.about["topics"]) == (
        "The Bicycle Kitchen", "association", ["Stenhamra"], ["culture"],
    )  # fmt: skip
    assert [each.name for each in partners] == ["The library", "Stenhamra scouts", "call"], "no number is kept"
    links = await rows(tables.map_links)
    assert len(links) == 3 and {(each.noted_by, each.theme, each.since) for each in links} == {
        ("resident", "culture", f"{town.now():%Y-%m-%d}")
    }
    given = [each for each in await rows(tables.consents) if each.purpose == "map"]
    assert [(each.subject_id, each.wording_version, each.withdrawn_at) for each in given] == [(own.id, "1", None)]
    seen = await maps.seen(anna)
    assert "The Bicycle Kitchen" in names(seen.actors) and seen.now.share.every == 3
    assert PHONE not in str(seen)

    # Another one says no: nothing is noted until it stands in the directory for everybody.
    ali = await lists(town, "ali", "The Puppets", agrees=False)
    assert "The Puppets" not in names((await maps.seen(anna)).actors)
    for case_id in (1, 2):
        await Handoff(town).show_post(anna, case_id, f"form {case_id}", "")
    assert "The Puppets" in names((await maps.seen(anna)).actors)
    assert len([each for each in await rows(tables.map_actors) if each.name == "The Bicycle Kitchen"]) == 1

    # What is noted is seen and taken back; what everybody may see in the directory stays.
    said = await bo.does("/mine", "[On the map: The Bicycle Kitchen]")
    assert "The library (Culture and libraries)" in said and "Only staff see it" in said
    await bo.does("[Take it off the map]")
    left = await rows(tables.map_links)
    assert left == [] and "The library" not in names((await maps.seen(anna)).actors)
    assert all(each.withdrawn_at for each in await rows(tables.consents) if each.purpose == "map")
    assert "The Bicycle Kitchen" in names((await maps.seen(anna)).actors)
    await ali.does("/forget", "yes")
    assert "The Puppets" not in names((await maps.seen(anna)).everybody)


async def test_two_are_asked_and_hear_of_each_other_only_when_both_say_yes(
    town: Turns, rows: Any, clock: Any, db: Database
) -> None:
    anna, maps = await coach(db, "Anna", "coordinator"), Map(town)
    bo, ali = await lists(town, "bo", "The Bicycle Kitchen"), await lists(town, "ali", "The Puppets")
    (proposal,) = [each for each in (await maps.seen(anna)).proposals if each.a.own and each.b.own]
    assert set(names((proposal.a, proposal.b))) == {"The Bicycle Kitchen", "The Puppets"}
    assert (proposal.theme_id, proposal.area, proposal.why_ids.split()[:2]) == (
        "culture",
        "Stenhamra",
        ["theme", "area"],
    )
    form = {
        "a": str(proposal.a.id),
        "b": str(proposal.b.id),
        "theme": "culture",
        "area": "Stenhamra",
        "why": "theme area",
    }
    await maps.introduce(anna, form, sure=False)
    await clock()
    for one, other in ((bo, "Puppets"), (ali, "Bicycle")):
        said = await said_last(town, one)
        assert "Stenhamra" in said and "Culture and libraries" in said and other not in said
    asked = await rows(tables.actor_requests)
    assert [(each.how, each.role) for each in asked] == [("bot", "coordinator")] * 2, "noted by itself"
    with pytest.raises(Refused) as refused:
        await maps.introduce(anna, form, sure=True)
    assert refused.value.why == "twice"

    await press(bo, "weave_yes:1")
    assert "Puppets" not in await bo.does(PHONE, "[Yes, I agree]")
    await press(bo, "weave_yes:1")
    assert "settled already" in bo.last
    await press(Resident(town, "mallory"), "weave_yes:1")  # nobody else's
    await clock()
    assert PHONE not in await said_last(town, ali)
    await press(ali, "weave_yes:1")
    await ali.does("[Through the municipality]", "[Yes, I agree]")
    await clock()
    assert PHONE in await said_last(town, ali) and "The Bicycle Kitchen" in await said_last(town, ali)
    assert "would rather be reached through the municipality" in await said_last(town, bo)
    (link,) = await rows(tables.map_links)
    assert (link.theme, link.made_by, link.noted_by) == ("culture", "coordinator", "program")
    (found,) = await rows(tables.map_introductions)
    assert (found.status, found.a_said, found.b_said) == ("agreed", "yes", "yes")
    await clock(days=20)
    assert "Nothing comes of it" not in await said_last(town, bo)
    seen = await maps.seen(anna)
    assert [each for each in seen.proposals if each.a.own and each.b.own] == [] and seen.now.share.every == 1
    assert (seen.now.share.through, seen.months[-1].percent, seen.now.step) == (0, 0, "a")


async def test_a_no_and_time_that_runs_out_tell_nothing_about_the_other(
    town: Turns, rows: Any, clock: Any, db: Database
) -> None:
    anna, maps = await coach(db, "Anna", "coordinator"), Map(town)
    bo, ali = await lists(town, "bo", "The Bicycle Kitchen"), await lists(town, "ali", "The Puppets")
    await lists(town, "cia", "The Choir")
    ids = {each.name: str(each.id) for each in await rows(tables.map_actors)}
    await maps.introduce(
        anna, {"a": ids["The Bicycle Kitchen"], "b": ids["The Puppets"], "theme": "culture"}, sure=False
    )
    await clock()
    await press(bo, "weave_yes:1")
    await bo.does(PHONE, "[Yes, I agree]")
    await press(ali, "weave_no:1")
    await clock()
    said = await said_last(town, bo)
    assert "Nothing comes of it this time" in said and "Puppets" not in said
    with pytest.raises(Refused) as refused:
        await maps.introduce(anna, {"a": ids["The Bicycle Kitchen"], "b": ids["The Choir"]}, sure=False)
    assert refused.value.why == "again", "asked anew within thirty days"
    await maps.introduce(anna, {"a": ids["The Bicycle Kitchen"], "b": ids["The Choir"]}, sure=True)
    await clock()
    await press(bo, "weave_yes:2")
    await bo.does("[Through the municipality]", "[Yes, I agree]")
    await clock(days=15)
    assert "Nothing comes of it this time" in await said_last(town, bo)
    assert [(each.status, each.reached) for each in await rows(tables.map_introductions)] == [
        ("declined", None), ("dropped", None),
    ]  # fmt: skip
    assert await rows(tables.map_links) == []
    withdrawn = [each.withdrawn_at for each in await rows(tables.consents) if each.purpose == "map_introduction"]
    assert len(withdrawn) == 2 and all(withdrawn)


async def test_staff_edit_the_map_and_write_letters_to_whom_the_bot_does_not_reach(
    town: Turns, rows: Any, clock: Any, db: Database
) -> None:
    anna, maps = await coach(db, "Anna", "coordinator"), Map(town)
    bo = await lists(town, "bo", "The Bicycle Kitchen")
    scouts = await maps.add_actor(anna, {"name": "The Scouts", "kind": "association", "contact": "Eva, scouts@example.se"},
                                  ["Stenhamra", "Nowhere"], ["culture", "nothing"])  # fmt: skip
    with pytest.raises(Refused):
        await maps.add_actor(anna, {"name": "the scouts"}, [], [])
    kitchen = next(each.id for each in await rows(tables.map_actors) if each.name == "The Bicycle Kitchen")
    weaver = next(each for each in (await maps.seen(anna)).everybody if each.weaver)
    link = await maps.add_link(anna, weaver.id, kitchen, "culture", "2025-01-15", "coach")
    assert await maps.add_link(anna, kitchen, weaver.id, "culture", "", "") == link, "noted once"
    with pytest.raises(Refused):
        await maps.add_link(anna, kitchen, kitchen, "", "", "")
    with pytest.raises(Refused):
        await maps.add_link(anna, kitchen, scouts, "", "2099-01-01", "")
    seen = await maps.seen(anna, before=date(2025, 1, 14))
    assert (seen.before.share.every, seen.now.share.every, seen.now.share.percent) == (0, 1, 100)
    assert {dot.number: (dot.x, dot.y) for dot in seen.before.dots}.items() <= {
        dot.number: (dot.x, dot.y) for dot in seen.now.dots
    }.items(), "both days are drawn in the same places"
    assert (await maps.seen(anna, area="Färingsö")).now.share.every == 0
    assert (await maps.seen(anna, theme="sport")).now.share.every == 0
    await maps.end(anna, "link", link)
    seen = await maps.seen(anna)
    assert seen.now.share.every == 0 and seen.changes[0].undo == "restore"
    await maps.restore(anna, "link", link)
    assert (await maps.seen(anna)).now.share.every == 1

    # The log of contacts warns before the same is asked again; a note made by mistake is taken back.
    await maps.note_request(anna, scouts, "Whether they lend their house, ring 08-123 45 67", "phone")
    (noted,) = await rows(tables.actor_requests)
    with pytest.raises(Refused) as refused:
        await maps.note_request(anna, scouts, "A stand at the market", "letter")
    assert refused.value.why == "again"
    await maps.take_back_request(anna, noted.id)
    form = {"a": str(kitchen), "b": str(scouts), "theme": "culture", "area": "Stenhamra"}
    await maps.introduce(anna, form, sure=False)
    await clock()
    (asking,) = (await maps.seen(anna)).asking
    by_letter = next(side for side in asking.sides if side.by_letter)
    assert by_letter.letter and by_letter.contact == "Eva, scouts@example.se" and by_letter.waits
    await maps.letter_sent(anna, 1, by_letter.side, sure=False)
    await press(bo, "weave_yes:1")
    await bo.does(PHONE, "[Yes, I agree]")
    assert PHONE not in str(await maps.seen(anna)), "not before both have said yes"
    with pytest.raises(Refused):
        await maps.answered_by_letter(anna, 1, by_letter.side, yes=True, contact="come by")
    await maps.answered_by_letter(anna, 1, by_letter.side, yes=True, contact="scouts@example.se")
    await clock()
    assert "scouts@example.se" in await said_last(town, bo)
    (asking,) = (await maps.seen(anna)).asking
    assert PHONE in str(asking.sides), "a letter is still to be written"
    await maps.letter_sent(anna, 1, by_letter.side, sure=False)
    seen = await maps.seen(anna)
    assert seen.asking == [] and PHONE not in str(seen) and seen.now.share.percent == 50
    await maps.end(anna, "actor", scouts)
    assert "The Scouts" not in names((await maps.seen(anna)).everybody)
    await maps.restore(anna, "actor", scouts)
    assert "The Scouts" in names((await maps.seen(anna)).everybody)


# --- what is in the way of coming ---------------------------------------------------------------------------------------


async def test_an_obstacle_reaches_whoever_holds_it_and_their_answer_comes_back(
    town: Turns, rows: Any, clock: Any, db: Database
) -> None:
    anna = await coach(db, "Anna", "coordinator")
    bo = await needs(town, "bo")
    await Handoff(town).show_post(anna, 1, "form", WHAT)
    await clock()
    amina = Resident(town, "amina")
    await amina.does("/start obstacle", "[Nobody to mind the children]", "[Done]")
    said = await amina.does(f"[{WHAT}]", "Somebody who plays with them")
    assert f"those who hold “{WHAT}”" in said
    await amina.does("[Skip]")
    await clock()
    told = await said_last(town, bo)
    assert (
        "Nobody to mind the children" in told
        and "Somebody who plays with them" in told
        and "amina" not in told.casefold()
    )
    await press(Resident(town, "mallory"), "obstacle_answer:1-arranged")
    await press(bo, "obstacle_answer:1-arranged")
    await bo.does("We arrange child care, ring 08-123 45 67")
    await clock()
    said = await said_last(town, amina)
    assert "We arrange it" in said and "We arrange child care, ring …" in said
    assert [line for line in (await Desk(town).queue(anna, Filter())).lines if line.kind.name == "obstacle"] == []
    await press(bo, "obstacle_answer:1-not")
    assert "answered already" in bo.last
    (found,) = await rows(tables.obstacles)
    assert (found.answer, found.said["what"]) == ("arranged", ["childcare"])
    assert (await ObstacleDesk(town).seen(anna)).told is None, "one alone is not told"
    await clock(days=4)
    assert "We promised you an answer by now" not in await said_last(town, amina)


def test_small_numbers_are_hidden_and_cannot_be_reckoned_out() -> None:
    def told(area: str | None, kind: str, count: int) -> list[Any]:
        at = datetime(2026, 3, 2, tzinfo=UTC)
        said = {"what": [kind]}
        return [
            obstacles.Obstacle(1, "lund", 1, 1, 1, None, area, said, None, at, None, None, None, None, None)
        ] * count

    found = counted(
        [
            *told("Dalby", "childcare", 7),
            *told("Dalby", "cost", 2),
            *told("Genarp", "childcare", 9),
            *told(None, "cost", 1),
        ]
    )
    by_area = {row.area: dict(zip(found.kinds, row.counts, strict=True)) for row in found.rows}
    assert by_area["Dalby"]["cost"] is None and by_area[""]["cost"] is None and by_area["Dalby"]["transport"] == 0
    assert dict(zip(found.kinds, found.whole.counts, strict=True))["cost"] is None and found.told == 19
    assert by_area["Genarp"]["childcare"] == 9
