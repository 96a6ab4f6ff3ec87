"""People brought together with the real flows and a real database: nobody is told of anybody too early, a no holds for good,
and whoever leaves, is protected or is forgotten is out of everything at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.flows.model import Input, Press
from bot.handoff import Actor
from bot.introducing import Introducing, Seen
from bot.staff import Refused
from bot.turn import Turns
from storage import conversations, introductions, merging, tables
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_turn import Resident

PHONE = "070-174 06 05"
FAMILY = {"name.value": "Amina", "side.value": "new", "interests.choice": "cooking", "children.value": "6",
          "work.value": "care", "agree.value": "yes"}  # fmt: skip
FRIEND = {"name.value": "Ali", "age.value": "20", "side.value": "new", "where.area": "Stenhamra",
          "interests.choice": "football", "agree.value": "yes"}  # fmt: skip


async def signs_up(
    town: Turns, name: str, flow: str = "families", again: Resident | None = None, **changes: str
) -> Resident:
    """Somebody who has sent the form of a flow, or sends it again; `side="est"` and the like change a field."""
    who = again or Resident(town, name)
    form = dict(FAMILY if flow == "families" else FRIEND) | {"name.value": name.title()}
    for field, value in changes.items():
        key = next((each for each in form if each.startswith(f"{field}.")), f"{field}.value")
        form[key] = value
    who.count += 1
    outcome = await who.take(f"web:{name}:{who.count}", Input(command="form", argument=flow, fields=form))
    assert not outcome.failed
    return who


async def press(who: Resident, what: str) -> str:
    who.buttons["it"] = Press(0, f"f:{what}")
    return await who.does("[it]")


async def says_yes(who: Resident, id: int, contact: str | None = PHONE) -> None:
    await press(who, f"intro_yes:{id}")
    await who.does(*(each for each in (contact, "[Yes, I agree]") if each))


async def page(desk: Introducing, by: Actor, kind: str = "families") -> Seen:
    return await desk.seen(by, kind)


async def test_a_pair_from_sign_up_to_somebody_else(town: Turns, rows: Any, clock: Any) -> None:
    desk, anna = Introducing(town), await coach(town.db, "Anna", "coordinator")
    amina, bo = await signs_up(town, "amina"), await signs_up(town, "bo", side="est")
    given = [(each.purpose, each.wording_version) for each in await rows(tables.consents)]
    assert given == [("families", "1"), ("families", "1")]
    both = await asyncio.gather(desk.propose(anna, "families"), desk.propose(anna, "families"))
    assert sorted(each.new for each in both) == [0, 1], "nobody is in two"
    await clock()
    assert "found a family" not in await said_last(town, amina), "nobody hears of a proposal"
    await desk.decline(anna, 1)
    assert (await desk.propose(anna, "families")).new == 0, "a coordinator's no holds"
    cia = await signs_up(town, "cia", side="est", interests="cooking")
    await clock()
    assert (await desk.propose(anna, "families")).new == 1
    await desk.approve(anna, 2)
    with pytest.raises(Refused):
        await desk.approve(anna, 2)
    await clock()
    told = await said_last(town, amina)
    assert "found a family for you: Cia" in told and "Cooking" in told and PHONE not in told
    await says_yes(amina, 2)
    await clock()
    assert PHONE not in await said_last(town, cia), "not before both have said yes"
    await says_yes(cia, 2, "[Only here, through you]")
    await clock()
    assert PHONE in await said_last(town, cia) and "would rather write here" in await said_last(town, amina)
    assert all(each.said is None for each in await rows(tables.introduction_members)), "it is needed here no more"
    await press(amina, "intro_write:2")
    await amina.does("Shall we cook?")
    await clock()
    assert any("Shall we cook?" in str(each.body) for each in await rows(tables.messages) if each.sender == "peer")
    await clock(days=15)
    assert "Has it become a contact?" in await said_last(town, amina)
    await press(amina, "intro_went:2-no")
    await clock()
    assert "cannot be in it any more" in await said_last(town, cia)
    assert "Nothing was sent" in await press(cia, "intro_write:2")
    assert (await desk.propose(anna, "families")).new == 0, "the same pair never comes again"
    seen = await page(desk, anna)
    assert {each.name for each in seen.waiting} == {"Amina", "Bo"} and {each.name for each in seen.aside} == {"Cia"}
    assert PHONE not in str(seen) and bo is not None


async def test_who_leaves_changes_is_silent_or_protected_is_out_at_once(town: Turns, rows: Any, clock: Any) -> None:
    desk, anna = Introducing(town), await coach(town.db, "Anna", "coordinator")
    amina, bo = await signs_up(town, "amina"), await signs_up(town, "bo", side="est")
    await desk.propose(anna, "families")
    await signs_up(
        town, "amina", again=amina, interests="music", work="untold"
    )  # what stood was made by what she said before
    assert [each.status for each in await rows(tables.introductions)] == ["ended"]
    await desk.propose(anna, "families")
    await desk.approve(anna, 2)
    await clock()
    await says_yes(bo, 2)
    await amina.does("/mine", "[A friend family]", "[Leave]")
    await clock()
    assert "it came to nothing this time" in await said_last(town, bo) and "families" not in [
        each.purpose for each in await rows(tables.consents) if each.withdrawn_at is None and each.resident_id == 1
    ]
    await clock(days=61)
    assert "you are still signed up" in await said_last(town, bo)
    cia = await signs_up(town, "cia")
    await desk.propose(anna, "families")
    await desk.approve(anna, 3)
    await clock(days=8)  # nobody answers
    assert "do not wait any longer" in await said_last(town, cia)
    assert {each.name for each in (await page(desk, anna)).aside} == {"Bo", "Cia"}
    assert "propose again" in await cia.does("/mine", "[A friend family]", "[I still want to]")
    await bo.does("/mine", "[A friend family]", "[I still want to]")
    await desk.propose(anna, "families")
    await desk.approve(anna, 4)
    await cia.does("I have protected identity")
    await clock()
    seen = await page(desk, anna)
    assert [each.name for each in (*seen.waiting, *seen.aside)] == ["Bo"] and not seen.open["asked"]
    assert "A human can find another way" in await cia.does("/families")
    await bo.does("/forget", "yes")
    assert (await page(desk, anna)).waiting == [], "nothing of them is left"
    assert {each.said for each in await rows(tables.seekers)} == {None}


async def test_a_group_that_is_too_small_comes_back_and_children_have_a_guardian(
    town: Turns, rows: Any, clock: Any
) -> None:
    desk, anna = Introducing(town), await coach(town.db, "Anna", "coordinator", "coach")
    new = [await signs_up(town, name, "friends") for name in ("ali", "bea")]
    old = [await signs_up(town, name, "friends", side="est") for name in ("cem", "dan")]
    young = await signs_up(town, "eva", "friends", age="17", guardian=f"My mother, {PHONE}")
    assert [(each.kind, each.note) for each in await rows(tables.cases)] == [("guardian", "Eva, 17")]
    assert (await desk.propose(anna, "friends")).new == 1, "a group of four, and nobody under 18 among grown-ups"
    await desk.approve(anna, 1)
    await clock()
    await says_yes(new[0], 1)
    await says_yes(old[0], 1)
    for each in (new[1], old[1]):
        await press(each, "intro_no:1")
    (back,) = (await page(desk, anna, "friends")).open["back"]
    assert [str(each.member.status) for each in back.people] == ["yes", "no", "yes", "no"]
    assert [each.kind for each in await rows(tables.cases) if each.closed_at is None] == [
        "guardian",
        "introduction_back",
    ]
    await desk.go_on(anna, 1)
    await clock()
    assert PHONE in await said_last(town, new[0])
    assert [each.kind for each in await rows(tables.cases) if each.closed_at is None] == ["guardian"]
    (waits,) = [each for each in (await page(desk, anna, "friends")).waiting if each.minor]
    assert PHONE not in str(waits.card), "how a guardian is reached stands in the case"
    await desk.guardian(anna, waits.seeker.id, agreed=True)
    await clock()
    assert "it is all right" in await said_last(town, young)
    assert not [each for each in await rows(tables.cases) if each.closed_at is None]
    await new[0].does("I am 12 years old")  # what a child has said of themselves as a grown-up does not stand
    assert (await rows(tables.seekers))[0].standing == "left"
    await young.does("I am 16 years old")
    assert (await rows(tables.seekers))[4].standing == "waiting", "with a guardian they stay"


async def test_two_conversations_of_one_person_have_one_wish(town: Turns, rows: Any) -> None:
    desk, anna = Introducing(town), await coach(town.db, "Anna", "coordinator")
    await signs_up(town, "amina")
    await signs_up(town, "bo", side="est")
    await desk.propose(anna, "families")
    await signs_up(town, "amina2", interests="music")

    async def unite(tx: Any) -> None:
        one, other = [
            await conversations.open(
                tx, municipality_id="ekero", channel="web", address=name, now=town.now(), locale_hint="en"
            )
            for name in ("amina", "amina2")
        ]
        await merging.merge(tx, kept=one, gone=other, now=town.now())

    await town.db.write(unite)
    found = await rows(tables.seekers)
    assert [each.said["interests"] for each in found] == [["cooking"], ["music"]]
    members = {each.seeker_id for each in await rows(tables.introduction_members)}
    assert members == {each.id for each in found}, "what she was in is still hers"
    async with town.db.read() as tx:
        assert len(await introductions.all_of_resident(tx, "ekero", found[1].resident_id)) == 1
