"""Meetings with the real flows on a real database: planned, signed up for, full, moved, called off; agendas; open space."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from bot.handoff import Actor
from bot.meeting_desk import Filled, MeetingDesk, fields_of, filled
from bot.staff import Refused
from bot.turn import Turns
from storage import meetings, tables
from tests.test_handoff import coach
from tests.test_ideas import press
from tests.test_premises import said_last
from tests.test_turn import Resident

FORM = {
    "network": "oar_utan_granser", "title": "Nätverksmötet i april", "day": "2026-04-14", "begins": "18:00", "ends": "20:00",
    "place": "Ekerö bibliotek", "items_until": "2026-04-07", "seats": "3",
}  # fmt: skip


def form(town: Turns, **changes: str) -> Filled:
    return filled({**FORM, **changes}, town.municipalities["ekero"], town.now())


async def planned(town: Turns, by: Actor, **changes: str) -> int:
    made = form(town, **changes)
    assert made.problems == {}
    meeting_id = await MeetingDesk(town).create(by, f"form {changes}", made)
    assert meeting_id is not None
    return meeting_id


async def comes(town: Turns, name: str, meeting: int, people: str = "1", needs: str = "[Nothing]") -> Resident:
    who = Resident(town, name)
    await who.does(f"/start meeting_{meeting}")
    await who.does("[I am coming]" if "I am coming" in who.buttons else "[Put me on the waiting list]")
    await who.does(name.title(), people, needs, "[Done]")
    if needs != "[Nothing]":
        await who.does("Tigrinja, och två barn")
    await who.does("[Only here, through you]")
    await who.does("[Yes, I agree]")
    return who


async def test_seats_are_given_in_turn_and_everybody_is_told(town: Turns, rows: Any, clock: Any) -> None:
    anna, desk = await coach(town.db, "Anna"), MeetingDesk(town)
    cia = Resident(town, "cia")
    await cia.does("/start follow_meetings", "[The network meeting of Öar utan gränser]", "[Done]", "[Yes, I agree]")
    one = await planned(town, anna)
    assert await desk.create(anna, "form {}", form(town)) is None, "the same form twice is one meeting"
    await clock()
    assert "A new meeting: Nätverksmötet i april" in await said_last(town, cia)
    amina = await comes(town, "amina", one, "2", "[An interpreter is needed]")
    assert "I have passed on what you need" in str([each.body for each in await rows(tables.messages)])
    (case,) = await rows(tables.cases)
    assert (case.kind, case.context["answers"]["what"]) == ("obstacle", ["interpreter"])
    bo = await comes(town, "bo", one, "2")
    assert "stand on the waiting list" in (await bo.does("/start meeting_1"))
    dag = await comes(town, "dag", one)
    seen = await desk.meeting(anna, one)
    assert [(each.name, each.signup.status) for each in (*seen.coming, *seen.waiting)] == [
        ("Amina", "coming"), ("Bo", "waiting"), ("Dag", "waiting"),
    ], "who comes later does not pass by those who wait"  # fmt: skip
    await clock(days=1)
    assert "seat is left" not in await dag.does(f"/start meeting_{one}")
    await amina.does("/mine")
    mine = next(each for each in amina.buttons if each.startswith("Nätverksmötet i april"))
    assert "not signed up" in await amina.does(f"[{mine}]", "[I cannot come]")
    await clock()
    assert "There is room for you now" in await said_last(town, bo) and "room for you" in await said_last(town, dag)
    await desk.change(anna, one, form(town, place="Fabriken", seats="9"))
    await clock()
    assert "Something has changed" in await said_last(town, bo) and "Fabriken" in await said_last(town, bo)
    await bo.does("/stop")
    await clock(days=41, hours=10)
    assert "Soon it is time" in await said_last(town, dag) and "1. The refugee situation" in await said_last(town, dag)
    assert "Soon" not in await said_last(town, bo), "who wants no messages is not reminded"
    await desk.call_off(anna, one, "Bibliotekarien är sjuk.")
    await clock()
    for each in (bo, dag):
        assert "has been called off" in await said_last(town, each) and "sjuk" in await said_last(town, each)
    with pytest.raises(Refused):
        await desk.call_off(anna, one, "")
    consents = [(each.purpose, each.withdrawn_at is None) for each in await rows(tables.consents)]
    assert consents.count(("meeting", False)) == 1 and consents.count(("meetings", True)) == 1


async def test_what_is_sent_in_is_read_then_stands_on_the_agenda_until_its_day(
    town: Turns, rows: Any, clock: Any
) -> None:
    anna, desk = await coach(town.db, "Anna"), MeetingDesk(town)
    one = await planned(town, anna)
    later = await planned(town, anna, title="Hösten", day="2026-10-06", items_until="2026-09-29")
    bo = Resident(town, "bo")
    await bo.does(f"/start meeting_{one}", "[Send in something]")
    await bo.does("Cyklar åt dem som är nya. Ring 070-174 06 05")
    assert "070" not in str([each.words for each in await rows(tables.meeting_items)])
    assert "Cyklar" not in await Resident(town, "cia").does(f"/start meeting_{one}"), "nobody has read it yet"
    assert [each["key"] for each in (await desk.meeting(anna, one)).agenda] == [
        "standing-0",
        "standing-1",
        "item-1",
        "standing-2",
    ]
    await desk.read_item(anna, one, 1, taken=True)
    await desk.move_item(anna, one, "item-1", -1)
    await desk.add_item(anna, one, "Fika")
    await clock()
    assert "is on the agenda of" in await said_last(town, bo)
    (case,) = await rows(tables.cases)
    assert (case.kind, case.outcome) == ("agenda_item", "answered")
    told = await Resident(town, "dag").does(f"/start meeting_{one}")
    assert told.index("Cyklar") < told.index("Fika") < told.index("An invited speaker") < told.index("What is going on")
    await clock(days=37)
    late = await press(bo, f"meeting_item:{one}")
    assert "is closed now" in late and "Hösten" in late
    assert "What shall be talked about at “Hösten”" in await bo.does("[Send in something]")
    with pytest.raises(Refused):
        await desk.minutes(anna, later, "För tidigt")
    eva = await comes(town, "eva", one)
    await clock(days=8)
    await desk.minutes(anna, one, "Vi talade om cyklar.")
    await clock()
    assert f"/meetings/{one}#minutes" in await said_last(town, eva)


async def test_a_sub_network_is_joined_and_hears_of_its_own_meetings_only(town: Turns, rows: Any, clock: Any) -> None:
    anna, desk, bo = await coach(town.db, "Anna"), MeetingDesk(town), Resident(town, "bo")
    await bo.does("/start sub_network", "[The sub-network for housing]", "Bo", "[Yes, I agree]")
    assert [list(names) for network, names in (await desk.listed(anna)).members if network.id == "boende"] == [["Bo"]]
    await planned(town, anna)
    await planned(town, anna, network="boende", title="Om bostäder", seats="")
    await clock()
    assert "Om bostäder" in await said_last(town, bo)
    assert len([each for each in await rows(tables.due) if each.kind == "meeting_new"]) == 1
    owed = {each.network.id: (each.planned, each.owed) for each in (await desk.listed(anna)).owed}
    assert owed == {"oar_utan_granser": (1, 2)}
    await bo.does("/stop")
    assert await rows(tables.meeting_followers) == []


async def test_a_wish_becomes_a_meeting(town: Turns, rows: Any, clock: Any) -> None:
    anna, desk, bo = await coach(town.db, "Anna"), MeetingDesk(town), Resident(town, "bo")
    await bo.does(
        "/start meeting", "Trafiken", "Barnen vågar inte gå", "Skolan", "[Skip]", "[Yes, this is right]", "[Skip]"
    )
    (case,) = await rows(tables.cases)
    wish = await desk.wish(anna, case.id)
    assert wish["title"] == "Trafiken" and "vågar inte gå" in wish["about"]
    made = form(town, **wish)
    assert await desk.create(anna, "one", made, case.id) is not None
    await clock()
    assert "There will be a meeting about what you asked for: Trafiken" in await said_last(town, bo)
    (case,) = await rows(tables.cases)
    assert case.outcome == "answered"


async def test_groups_form_by_topic_and_their_plans_are_kept_alive(town: Turns, rows: Any, clock: Any) -> None:
    anna, desk = await coach(town.db, "Anna"), MeetingDesk(town)
    one = await planned(town, anna, network="workshop", title="Öppen workshop", seats="", items_until="")
    people: dict[str, Resident] = {}
    for name, topic in (
        ("amina", "Språkcafé i Stenhamra"),
        ("bo", "Fler språkcaféer"),
        ("cia", "Rykten på nätet"),
        ("dag", ""),
    ):
        who = people[name] = Resident(town, name)
        await who.does(
            f"/start meeting_{one}", "[I am coming]", name.title(), "1", topic or "[Skip]", "[Nothing]", "[Done]"
        )
        await who.does("[Only here, through you]", "[Yes, I agree]")
    await desk.draw_groups(anna, one)
    seen = await desk.meeting(anna, one)
    assert [(group.name, [each.name for each in inside]) for group, inside in seen.groups] == [
        ("Fler språkcaféer", ["Amina", "Bo"]), ("Rykten på nätet", ["Cia"]),
    ]  # fmt: skip
    (cafes, _inside), (rumours, _others) = seen.groups
    assert [each.name for each in seen.alone] == ["Dag"]
    await desk.rename_group(anna, one, cafes.id, "Språkcaféer")
    await desk.put(anna, one, seen.alone[0].signup.id, cafes.id)
    await desk.tell_groups(anna, one)
    await clock()
    bo = people["bo"]
    told = await said_last(town, bo)
    assert "Språkcaféer" in told and "3 people" in told and "The municipality tells of the situation" in told
    await desk.put(anna, one, seen.alone[0].signup.id, rumours.id)
    await bo.does("[My group]", "[Write our action plan]")
    await bo.does(
        "Språkcafé varje tisdag", "Amina frågar, Bo bygger", "Fråga biblioteket", "2026-05-04", "[Yes, this is right]"
    )
    await clock()
    assert "Fråga biblioteket" in await said_last(town, people["amina"])
    assert "Fråga biblioteket" not in await said_last(town, people["cia"])
    async with town.db.read() as tx:
        assert await meetings.shown_plans(tx, "ekero") == [], "nobody has read it yet"
    await desk.show_plan(anna, one, cafes.id, shown=True)
    async with town.db.read() as tx:
        ((group, _meeting),) = await meetings.shown_plans(tx, "ekero")
    assert group.plan["shown"] == {"what": "Språkcafé varje tisdag", "next": "Fråga biblioteket", "day": "2026-05-04"}
    assert [each.outcome for each in await rows(tables.cases)] == ["answered"]
    await clock(days=63, hours=9)
    amina = people["amina"]
    assert "How did it go?" in await said_last(town, amina) and "How did it go?" in await said_last(town, bo)
    await clock(days=14)
    count = len([each for each in await rows(tables.due) if each.kind == "group_plan_day" and each.status == "done"])
    assert count == 4, "asked again, as long as nobody says"
    await said_last(town, amina)
    await amina.does("[Tell how it went]", "[It goes on]", "De sa ja", "Sätta upp affischer", "2026-06-15")
    await clock()
    assert "Sätta upp affischer" in await said_last(town, bo)
    await clock(days=28)
    await said_last(town, bo)
    await bo.does("[Tell how it went]", "[It is done]", "Tolv kom första gången")
    await clock()
    assert "is done" in await said_last(town, amina) and "Tolv kom" in await said_last(town, amina)
    await clock(days=60)
    waiting = [each for each in await rows(tables.due) if each.kind == "group_plan_day" and each.status == "waiting"]
    assert waiting == []
    (plan,) = [each.plan for each in await rows(tables.meeting_groups) if each.status == "done"]
    assert [each["how"] for each in plan["went"]] == ["going", "done"]


async def test_two_who_take_the_last_seat_at_once(town: Turns, rows: Any) -> None:
    one = await planned(town, await coach(town.db, "Anna"), seats="1")
    people = [Resident(town, name) for name in ("amina", "bo", "cia")]
    for who in people:
        await who.does(
            f"/start meeting_{one}", "[I am coming]", who.name, "1", "[Nothing]", "[Done]", "[Only here, through you]"
        )
    await asyncio.gather(*(each.does("[Yes, I agree]") for each in people))
    assert sorted(each.status for each in await rows(tables.meeting_signups)) == ["coming", "waiting", "waiting"]


async def test_who_is_forgotten_or_protected_is_on_no_list(town: Turns, rows: Any, clock: Any) -> None:
    anna, leader, desk = (
        await coach(town.db, "Anna"),
        await coach(town.db, "Eva", "protected", "coach"),
        MeetingDesk(town),
    )
    one = await planned(town, anna, seats="2")
    amina, bo = await comes(town, "amina", one), await comes(town, "bo", one)
    await comes(town, "cia", one)
    await bo.does("I have a protected identity")
    assert [each.name for each in (await desk.meeting(anna, one)).coming][1] not in ("Bo", "")
    assert (await desk.meeting(leader, one)).coming[1].contact == ""
    await amina.does("/forget", "yes")
    await clock()
    assert {each.status for each in await rows(tables.meeting_signups)} == {"coming"} and len(
        await rows(tables.meeting_signups)
    ) == 2


def test_a_form_says_what_is_to_be_mended(ekero: Any) -> None:
    now = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
    found = filled(
        {"network": "nobody", "begins": "20:00", "ends": "18:00", "seats": "many", "items_until": "x"}, ekero, now
    )
    assert set(found.problems) == {"network", "title", "place", "day", "begins", "seats", "items_until"}
    assert set(filled({**FORM, "day": "2026-03-01", "items_until": ""}, ekero, now).problems) == {"day"}
    usual, none = (
        filled({**FORM, "items_until": "", "no_items": each}, ekero, now).values["items_until"] for each in ("", "yes")
    )
    assert (usual.isoformat(), none) == ("2026-04-07T22:00:00+00:00", None), "as the pack says, a week before"
    good = filled({**FORM, "languages": "sv ar xx"}, ekero, now)
    assert good.values["said"]["languages"] == ["sv", "ar"]
    row: dict[str, Any] = {
        "id": 1,
        "municipality_id": "ekero",
        "network_id": good.network,
        "status": "planned",
        **good.values,
    }
    empty = dict.fromkeys(("items_order", "minutes", "minutes_at", "groups_at", "case_id", "staff_id"))
    shown = fields_of(meetings.Meeting(**row, **empty, created_at=now, changed_at=now), ekero)
    assert {name: shown[name] for name in FORM} == FORM, "what is not changed stays as it was"
