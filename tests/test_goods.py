"""Furniture from one to another with the real flows and a real database: given, needed, brought together, driven, over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.flows import FLOWS
from bot.flows.form import read_form
from bot.flows.model import File, Input, Press
from bot.goods_desk import Furniture
from bot.handoff import Actor, Handoff
from bot.staff import Refused
from bot.turn import Turns
from bot.update import Update
from bot.views import LinkTrouble
from storage import files, seen, tables
from tests.test_errands import OFFER
from tests.test_handoff import coach
from tests.test_pictures import HOME, taken
from tests.test_premises import said_last
from tests.test_turn import Resident

SATURDAY = date(2026, 3, 7)
PHOTO = taken("<", 1)


async def gives(town: Turns, name: str = "greta", what: str = "A grey sofa for three", photo: bool = False) -> Resident:
    who = Resident(town, name)
    await who.does("/start give_item", what, "[Yes, it is whole and works]")
    if photo:
        content = PHOTO
        file_id = await town.db.write(
            lambda tx: files.put(
                tx, municipality_id="ekero", content=content, mime="image/jpeg", name="x", now=town.now()
            )
        )
        await who.take(
            f"{name}:photo", Input(file=File("photo", f"file:{file_id}", "x.jpg", "image/jpeg", len(content)))
        )
    else:
        await who.does("[Skip]")
    await who.does(
        "two of us have to carry it", "Stenhamra", "Saturday, Sunday", "[Morning, 8 to 12]", "[Done]", "Greta Holm"
    )
    assert "is in the queue" in await who.does("[Yes, I agree]"), who.last
    await who.does("[Skip]")  # an e-mail address
    return who


async def needs(town: Turns, name: str = "amina", what: str = "a sofa") -> Resident:
    who = Resident(town, name)
    await who.does("/start need_item", what, "Ekerö centrum", "Saturday", "[Morning, 8 to 12]", "[Afternoon, 12 to 17]",
                   "[Done]", "[Yes, up the stairs]", "Amina")  # fmt: skip
    assert "I look for" in await who.does("[Yes, I agree]"), who.last
    await who.does("[Skip]")
    return who


async def drives(town: Turns, name: str = "bo") -> Resident:
    """A volunteer with a car who has said yes to driving with a trailer at weekends."""
    who = Resident(town, name)
    await who.does("/menu")

    async def write(tx: Any) -> None:
        found = await seen.by_address(tx, "ekero", "web", name)
        assert found is not None
        from storage import volunteers

        await volunteers.save(tx, municipality_id="ekero", resident_id=found.resident_id, now=town.now(),
                              conversation_id=found.conversation_id, offer=OFFER)  # fmt: skip

    await town.db.write(write)
    await who.does("/furniture", "[I can drive]", "[A car with a trailer]", "Saturday, Sunday")
    assert "When there is a run that fits you" in await who.does("morning, afternoon"), who.last
    return who


async def together(town: Turns, anna: Actor, clock: Any, greta: Resident, amina: Resident) -> None:
    """Proposed, a yes, and both addresses."""
    desk = Furniture(town)
    (fit,) = (await desk.overview(anna)).suggested
    await desk.propose(anna, fit.item.id, fit.need.id)
    await clock()
    await said_last(town, amina)
    await amina.does("[Yes, I would like it]", "Lillgatan 7", "Third floor", "[Skip]")
    await clock()
    assert "somebody needs “A grey sofa" in await said_last(town, greta)
    await greta.does("[Say where it is]", "Storgatan 3, code 1234", "[Skip]", "070-174 06 05")


async def planned(town: Turns, anna: Actor, clock: Any, bo: Resident) -> str:
    """A run that the driver has said yes to; the token of the driver's page."""
    desk = Furniture(town)
    (driver,) = (await desk.overview(anna)).drivers
    run_id, left = await desk.plan(anna, driver.id, SATURDAY)
    assert run_id is not None and left == {}
    await desk.approve(anna, run_id)
    await clock()
    asked = await said_last(town, bo)
    assert "Can you drive this?" in asked
    told = await bo.does("[Yes, I drive]")
    await clock()
    return told.partition("/run/")[2].split()[0].strip(").\u2069")


async def test_a_thing_goes_from_who_has_it_to_who_needs_it(town: Turns, rows: Any, clock: Any) -> None:
    anna, desk = await coach(town.db, "Anna", "coordinator"), Furniture(town)
    greta, amina, bo = await gives(town, photo=True), await needs(town), await drives(town)
    item, need = await rows(tables.goods)
    assert (item.kind, item.status, item.said["kinds"], item.said["size"], item.said["name"], item.address) == (
        "item", "waiting", ["sofa"], "two", "Greta", None,
    )  # fmt: skip
    assert [each.kind for each in await rows(tables.cases)] == ["goods", "goods"]
    (fit,) = (await desk.overview(anna)).suggested
    assert (fit.item.id, fit.need.id, len(fit.why)) == (item.id, need.id, 3)

    await desk.propose(anna, item.id, need.id)
    with pytest.raises(Refused):
        await desk.propose(anna, item.id, need.id)
    await clock()
    asked = await said_last(town, amina)
    assert "Somebody gives this away" in asked and "Greta" not in asked
    sent = [each for each in await rows(tables.messages) if (each.body or {}).get("file") and each.sender == "bot"]
    assert [each.body["file"]["kind"] for each in sent] == ["photo"], "the photo is shown"
    shown = await town.db.write(lambda tx: files.get(tx, "ekero", int(sent[0].body["file"]["ref"].partition(":")[2])))
    assert HOME in PHOTO and HOME not in shown.content, "without where it was taken"
    assert {each.status for each in await rows(tables.cases)} == {"answered"}

    await amina.does("[Yes, I would like it]", "Lillgatan 7", "Third floor")
    assert "I tell whoever gives it away" in await amina.does("[Skip]")
    await clock()
    wanted = await said_last(town, greta)
    assert "somebody needs “A grey sofa for three”" in wanted and "Amina" not in wanted
    await greta.does("[Say where it is]", "Storgatan 3, code 1234", "[Skip]")
    assert "when a driver has a time" in (await greta.does("070-174 06 05")).lower()
    (pair,) = await rows(tables.goods_pairs)
    assert pair.status == "ready"
    assert [each.status for each in await rows(tables.cases)] == ["answered", "told"], "now a run is to be planned"

    (driver,) = (await desk.overview(anna)).drivers
    with pytest.raises(Refused):
        await desk.plan(anna, driver.id, date(2026, 3, 4))  # a Wednesday
    run_id, left = await desk.plan(anna, driver.id, SATURDAY)
    assert run_id is not None and left == {}
    (draft,) = (await desk.overview(anna)).runs
    assert [(each["do"], each["area"]) for each in draft.stops] == [("fetch", "Stenhamra"), ("bring", "Ekerö centrum")]
    await clock()
    assert "Can you drive" not in await said_last(town, bo), "nobody is asked before a person has approved it"
    await desk.approve(anna, run_id)
    await clock()
    before = await said_last(town, bo)
    assert "Can you drive this?" in before
    link = await bo.does("[Yes, I drive]")
    said = [str(each.body) for each in await rows(tables.messages) if each.sender == "bot"]
    assert not any("Storgatan" in each or "Lillgatan" in each for each in said), (
        "an address is in nobody's conversation"
    )
    token = link.partition("/run/")[2].split()[0].strip(").\u2069")
    page = await desk.page("ekero", token)
    assert [(each["address"], each["name"], each.get("phone")) for each in page.stops] == [
        ("Storgatan 3, code 1234", "Greta", "070-174 06 05"), ("Lillgatan 7", "Amina", None),
    ]  # fmt: skip
    await clock()
    assert "Bo fetches “A grey sofa for three” on Saturday 7 March" in await said_last(town, greta)
    assert "Bo brings “a sofa” on Saturday 7 March" in await said_last(town, amina)

    await clock(days=4, hours=9)  # the evening before
    assert "Soon it is time" in await said_last(town, bo)
    await clock(days=1)
    await bo.does("[Go on with the run]")
    assert "is told that it is on its way" in await bo.does("[I have it in the car]")
    await clock()
    assert "on its way to you" in await said_last(town, amina)
    assert "address" not in (await desk.page("ekero", token)).stops[0], "what is done needs no address"
    await desk.told("ekero", token, 1, "done")
    await clock()
    for who, thanks in ((greta, "Thank you for giving it away"), (amina, "Enjoy it"), (bo, "Thank you for driving")):
        assert thanks in await said_last(town, who)
    with pytest.raises(LinkTrouble):
        await desk.page("ekero", token)
    assert [each.status for each in await rows(tables.goods)] == ["done", "done"]
    assert [(each.status, each.outcome) for each in await rows(tables.cases)] == [("closed", "answered")] * 2
    assert all(each.withdrawn_at for each in await rows(tables.consents) if each.purpose == "goods")
    assert all(each.address for each in await rows(tables.goods))
    await clock(days=15)
    assert [each.address for each in await rows(tables.goods)] == [None, None], "erased some days after"
    assert [each.kind for each in await rows(tables.due) if each.status == "waiting"] == []


async def test_what_fails_goes_back_into_the_queue(town: Turns, rows: Any, clock: Any) -> None:
    """Nobody at home, twice; then a driver who cannot, then the giver who takes it back."""
    anna, desk = await coach(town.db, "Anna", "coordinator"), Furniture(town)
    greta, amina, bo = await gives(town), await needs(town), await drives(town)
    await together(town, anna, clock, greta, amina)
    token = await planned(town, anna, clock, bo)
    await clock(days=5)
    await desk.told("ekero", token, 0, "not_home")
    await clock()
    assert "met nobody" in await said_last(town, greta)
    assert "could not be fetched" in await said_last(town, amina)
    assert [each.status for each in await rows(tables.goods_pairs)] == ["ready"]
    assert [each.status for each in await rows(tables.goods_runs)] == ["done"], "nothing is left of it"
    assert [each.status for each in await rows(tables.cases)] == ["answered", "told"]

    (driver,) = (await desk.overview(anna)).drivers
    run_id, _left = await desk.plan(anna, driver.id, SATURDAY + timedelta(days=7))
    assert run_id is not None
    await desk.approve(anna, run_id)
    await clock()
    await said_last(town, bo)
    await bo.does("[Yes, I drive]")
    await clock(days=6)
    await bo.does("/mine", "[Furniture run, Saturday 14 March 2026]", "[I have it in the car]")
    assert "Please keep" in await bo.does("[Go on with the run]", "[Nobody is at home]")
    await clock()
    (pair,) = await rows(tables.goods_pairs)
    assert (pair.status, pair.held_by) == ("ready", driver.id)

    run_id, _left = await desk.plan(anna, driver.id, SATURDAY + timedelta(days=14))
    assert run_id is not None
    (draft,) = (await desk.overview(anna)).runs
    assert [(each["do"], each["area"]) for each in draft.stops] == [("bring", "Ekerö centrum")], (
        "it is in the car already"
    )
    await desk.approve(anna, run_id)
    await clock()
    await said_last(town, bo)
    await bo.does("[Yes, I drive]")
    await clock()
    await bo.does("/mine", "[Furniture run, Saturday 21 March 2026]", "[I cannot after all]", "My car broke down")
    await clock()
    assert "cannot come after all" in await said_last(town, amina)
    assert "14 March" in await said_last(town, greta), "they have nothing to do with that any more"
    await greta.does("/mine", "[I give: A grey sofa for three]")
    assert "It is taken back" in await greta.does("[Take it back]")
    await clock()
    assert "is not to be had after all" in await said_last(town, amina)
    assert [each.status for each in await rows(tables.goods)] == ["withdrawn", "waiting"]
    assert (await desk.overview(anna)).suggested == ()


async def test_a_broken_thing_is_kindly_refused_at_every_step(town: Turns, rows: Any, clock: Any) -> None:
    bad = Resident(town, "bad")
    refused = await bad.does("/start give_item", "A lamp", "[No, something is broken]")
    assert "We only pass on what is whole" in refused and "a human here finds it out" in refused
    assert await rows(tables.goods) == [] and await rows(tables.cases) == []
    anna, desk = await coach(town.db, "Anna", "coordinator"), Furniture(town)
    greta, amina, bo = await gives(town), await needs(town), await drives(town)
    await together(town, anna, clock, greta, amina)
    token = await planned(town, anna, clock, bo)
    await desk.told("ekero", token, 0, "broken")
    with pytest.raises(LinkTrouble):
        await desk.told("ekero", token, 1, "done")  # nothing is left of the run
    await clock()
    assert "broken, so it was not taken along" in await said_last(town, greta)
    assert "I keep looking for something better" in await said_last(town, amina)
    assert [each.status for each in await rows(tables.goods)] == ["broken", "waiting"]
    assert [each.status for each in await rows(tables.goods_pairs)] == ["broken"]


async def test_only_the_driver_of_that_run_sees_where_it_is(town: Turns, rows: Any, clock: Any) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    greta, amina, bo = await gives(town), await needs(town), await drives(town)
    cia = await drives(town, "cia")
    await together(town, anna, clock, greta, amina)
    desk = Furniture(town)
    drivers = (await desk.overview(anna)).drivers
    run_id, _left = await desk.plan(anna, drivers[0].id, SATURDAY)
    assert run_id is not None
    await desk.approve(anna, run_id)
    for number, stranger in enumerate((cia, amina, Resident(town, "stranger"))):
        await stranger.does("/menu")
        for flow in ("run_yes", "my_run", "leave_run"):
            await stranger.take(f"{number}:{flow}", Input(press=Press(0, f"f:{flow}:{run_id}")))
            assert "or somebody else has it" in await said_last(town, stranger)
    assert [each for each in await rows(tables.links) if each.purpose == "run"] == []
    await clock()
    assert (await said_last(town, bo)).startswith("Can you drive")
    await clock(days=2)  # no answer in time
    assert "has passed" in await said_last(town, bo)
    assert [each.status for each in await rows(tables.goods_runs)] == ["lapsed"]
    assert [each.status for each in await rows(tables.goods_pairs)] == ["ready"]
    assert "I have it in the car" not in bo.buttons


async def test_a_caller_a_closed_case_and_who_is_forgotten(town: Turns, rows: Any, clock: Any) -> None:
    anna, desk = await coach(town.db, "Anna", "coach", "coordinator"), Furniture(town)
    greta, bo = await gives(town), await drives(town)
    caller = await Handoff(town).caller(anna, "call", name="Amina", phone="", locale="sv")
    fields = {"what.value": "soffa", "where.area": "Stenhamra", "days.choice": "6", "hours.choice": "morning",
              "up.value": "no", "name.value": "Amina", "agree.value": "yes"}  # fmt: skip
    assert read_form(FLOWS["need_item"], fields, town_known(town), {}).whole
    update = Update("staff:1", "ekero", "phone", Input(command="form", argument="need_item", fields=fields),
                    conversation_id=caller, by_staff=anna.staff_id)  # fmt: skip
    await town.take(update)
    (fit,) = (await desk.overview(anna)).suggested
    assert fit.need.caller and not fit.item.caller
    await desk.propose(anna, fit.item.id, fit.need.id)
    await clock()
    (pair,) = await rows(tables.goods_pairs)
    with pytest.raises(Refused):
        await desk.answer(anna, pair.id, taken=True, address={"address": " "})
    with pytest.raises(Refused):
        await desk.address(anna, pair.id, {"address": "Not for staff to say"})  # Greta answers for herself
    await desk.answer(anna, pair.id, taken=True, address={"address": "Lillgatan 7", "notes": ""})
    await clock()
    await said_last(town, greta)
    await greta.does("[Say where it is]", "Storgatan 3", "[Skip]", "[Skip]")
    await planned(town, anna, clock, bo)

    await bo.does("/forget", "yes")
    await clock()
    assert "cannot come after all" in await said_last(town, greta)
    assert [each.status for each in await rows(tables.goods_runs)] == ["cancelled"]
    assert [each.said for each in await rows(tables.goods_drivers)] == [None]
    need_case = (await rows(tables.cases))[1]
    await Handoff(town).close(anna, need_case.id, "close")
    await clock()
    assert "does not need it any more" in await said_last(town, greta)
    assert [each.status for each in await rows(tables.goods)] == ["waiting", "ended"]


def town_known(town: Turns) -> Any:
    from bot.flows.model import Known

    place = town.municipalities["ekero"]
    return Known(town.now().astimezone(place.zone), "sv", place, channel="phone")
