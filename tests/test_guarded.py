"""Protected identities and children: who may see what, what is kept, and what is not asked; on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import interpreting
from bot.desk import Desk, Filter
from bot.flows.model import File, Input, Person, Point
from bot.handoff import Handoff
from bot.staff import Refused
from bot.turn import Turns
from bot.update import Update
from storage import presence, tables
from storage.db import Database
from tests.test_handoff import asked, coach, read
from tests.test_moving import code
from tests.test_turn import Resident

PROTECTED = "I have protected identity"


async def numbers(desk: Desk, by: Any, **wanted: Any) -> list[int]:
    return [line.id for line in (await desk.queue(by, Filter(**wanted))).lines]


async def test_only_who_may_sees_a_protected_persons_case(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle", "coach", "protected")
    resident = await asked(town)
    await resident.does(PROTECTED)
    desk, handoff = Desk(town), Handoff(town)
    assert (await numbers(desk, anna), await numbers(desk, olle)) == ([], [1])
    assert (await desk.search(anna, "school")).lines == []
    for act in (
        desk.case(anna, 1),
        desk.talk(anna, 1),
        desk.contact(anna, 1),
        desk.news(anna, 1, 0),
        interpreting.ask(town, anna, 1, "d", language="so"),
        handoff.claim(anna, 1, "a"),
        handoff.note(anna, 1, "b", "hello"),
        handoff.answer(anna, 1, "c", "hello"),
    ):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.why == "missing"
    found = await desk.case(olle, 1)
    assert found.able == [(olle.staff_id, "Olle")] and found.guide != ()
    await handoff.claim(olle, 1, "d")
    with pytest.raises(Refused) as refused:
        await handoff.assign(olle, 1, "e", anna.staff_id, expected=olle.staff_id)
    assert refused.value.why == "empty"


async def test_a_role_alone_opens_nothing(town: Turns, db: Database) -> None:
    siv = await coach(db, "Siv", "sender", "protected")
    resident = await asked(town)
    await resident.does(PROTECTED)
    assert await numbers(Desk(town), siv) == []


async def test_reminders_of_their_cases_go_to_nobody_else(town: Turns, db: Database) -> None:
    await coach(db, "Anna")
    olle = await coach(db, "Olle", "coach", "protected")
    resident = Resident(town, "somebody")
    await resident.does("/start", PROTECTED, "/coach", "Where can we meet?")
    assert {each.staff_id for each in await read(db, tables.alerts)} == {olle.staff_id}


async def test_administrators_hear_where_nobody_may_read(town: Turns, db: Database) -> None:
    await coach(db, "Anna")
    siv = await coach(db, "Siv", "administrator")
    resident = await asked(town)
    await resident.does(PROTECTED)
    alert = (await read(db, tables.alerts))[-1]
    assert (alert.staff_id, alert.reason) == (siv.staff_id, "unread")


async def test_danger_is_shown_to_who_may_read_it(town: Turns, db: Database) -> None:
    anna, olle = await coach(db, "Anna"), await coach(db, "Olle", "coach", "protected")
    resident = Resident(town, "somebody")
    await resident.does("/start", PROTECTED, "I want to kill myself")
    desk = Desk(town)
    assert (await desk.queue(anna, Filter())).dangers == []
    assert len((await desk.queue(olle, Filter())).dangers) == 1


async def test_names_go_and_a_code_name_comes(town: Turns, db: Database, rows: Any) -> None:
    async def take(id: str, input: Input) -> None:
        outcome = await town.take(
            Update(id, "ekero", "telegram", input, address="77", locale_hint="en", name_hint="Amina")
        )
        assert not outcome.failed

    await take("1", Input(command="start"))
    await take("2", Input(text="English"))
    assert [each.name_hint for each in await rows(tables.addresses)] == ["Amina"]
    await take("3", Input(text=PROTECTED))
    (person,) = await rows(tables.residents)
    assert person.protected and person.name.split()[-1] == str(person.id)
    assert [each.name_hint for each in await rows(tables.addresses)] == [None]


async def test_what_tells_who_they_are_is_not_kept(town: Turns, db: Database, rows: Any) -> None:
    resident = Resident(town, "somebody")
    await resident.does("/start", PROTECTED)
    said = [
        Input(file=File("photo", "photo-1", "me.jpg", size=10)),
        Input(place=Point(59.3, 17.6)),
        Input(person=Person("Amina Ali", "+46701740605", own=True)),
        Input(text="Ring me: 070-174 06 05, or write to amina@example.org", file=File("photo", "photo-2", "b.jpg")),
        Input(command="coach", argument="I am at +46701740605"),
    ]
    for number, each in enumerate(said):
        update = Update(f"raw:{number}", "ekero", "web", each, address="somebody", raw={"said": repr(each)})
        assert not (await town.take(update)).failed
    bodies = [each.body for each in await rows(tables.messages) if each.sender == "resident"][-5:]
    assert bodies[:3] == [{"text": "…"}] * 3
    assert bodies[3] == {"text": "Ring me: …, or write to …"}
    assert bodies[4] == {"command": "/coach I am at …"}
    assert await rows(tables.attachments) == []
    kept = [each.raw for each in await rows(tables.inbox) if each.update_key.startswith("raw:")]
    assert kept == [None] * 5


async def test_an_address_they_want_a_notice_at_is_kept(town: Turns, db: Database, rows: Any) -> None:
    resident = Resident(town, "somebody")
    await resident.does("/start", PROTECTED, "/coach", "Where can we meet?", "amina@example.org")
    assert [each.email for each in await rows(tables.residents)] == ["amina@example.org"]


async def test_flows_that_need_a_name_are_with_a_human(town: Turns, rows: Any) -> None:
    resident = Resident(town, "somebody")
    await resident.does("/start", PROTECTED)
    for flow in ("volunteer", "help_me"):
        assert "A human can find another way" in await resident.does(f"/{flow}")
    outcome = await resident.take("form", Input(command="form", argument="volunteer", fields={"name.value": "Amina"}))
    assert "A human can find another way" in str(outcome.said)
    assert await rows(tables.volunteers) == []


async def test_in_the_middle_of_such_a_flow_it_ends(town: Turns) -> None:
    resident = Resident(town, "somebody")
    await resident.does("/start", "/help_me")
    assert "A human can find another way" in await resident.does(PROTECTED)
    assert "Who needs the help" not in resident.last


async def test_said_in_a_talk_the_human_without_the_role_lets_go(town: Turns, db: Database, rows: Any) -> None:
    anna, _olle = await coach(db, "Anna"), await coach(db, "Olle", "coach", "protected")
    resident = await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    await resident.does(f"By the way, {PROTECTED}")
    (case,) = await rows(tables.cases)
    assert case.owner_id is None and case.status == "told"
    assert await rows(tables.talks) == []
    assert [each.holder for each in await rows(tables.conversations)] == ["waiting"]


async def test_said_after_an_answer_the_status_line_names_nobody_who_may_not_read(
    town: Turns, db: Database, rows: Any
) -> None:
    anna, _olle = await coach(db, "Anna"), await coach(db, "Olle", "coach", "protected")
    resident = await asked(town)
    await Handoff(town).answer(anna, 1, "a", "Which school?", then="stay")
    heard = await resident.does(f"The old one. {PROTECTED}")
    assert "Anna" not in heard
    assert [each.holder for each in await rows(tables.conversations)] == ["waiting"]


async def test_nobody_without_the_role_stands_in(town: Turns, db: Database, now: list[datetime], rows: Any) -> None:
    olle, anna = await coach(db, "Olle", "coach", "protected"), await coach(db, "Anna")
    resident = await asked(town)
    await resident.does(PROTECTED)
    await Handoff(town).answer(olle, 1, "a", "Which school?", then="stay")
    begins, ends = now[0] - timedelta(hours=1), now[0] + timedelta(days=2)
    await db.write(
        lambda tx: presence.add_absence(
            tx, municipality_id="ekero", staff_id=olle.staff_id, begins_at=begins, ends_at=ends, deputy_id=anna.staff_id
        )
    )
    assert "Anna" not in await resident.does("The old one")
    assert (await rows(tables.cases))[0].owner_id is None
    assert (await rows(tables.alerts))[-1].staff_id == olle.staff_id


async def test_a_conversation_that_joins_a_protected_one_leaves_hands_that_may_not_hold_it(
    town: Turns, db: Database, rows: Any
) -> None:
    anna = await coach(db, "Anna")
    browser = Resident(town, "browser")
    await browser.does("/start", PROTECTED)
    link = code(await browser.does("/mine", "[Go on in another place]"))
    await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    await town.take(Update("web:j", "ekero", "web", Input(command="start", argument=link), address="somebody"))
    assert await rows(tables.talks) == []
    assert [each.owner_id for each in await rows(tables.cases)] == [None]


async def test_the_buttons_work_in_a_talk_too(town: Turns, db: Database, rows: Any) -> None:
    olle = await coach(db, "Olle", "coach", "protected")
    resident = await asked(town)
    await Handoff(town).claim(olle, 1, "a")
    await resident.does(PROTECTED, "[I did not mean that]")
    assert [each.protected for each in await rows(tables.residents)] == [False]
    await resident.does("/privacy", "[I have protected identity]")
    assert [each.protected for each in await rows(tables.residents)] == [True]
    assert [each.holder for each in await rows(tables.conversations)] == ["human"], "whoever may read it goes on"


async def test_it_can_be_taken_back(town: Turns, db: Database, rows: Any) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    await resident.does(PROTECTED, "[I did not mean that]")
    assert [(each.protected, each.name) for each in await rows(tables.residents)] == [(False, None)]
    assert await numbers(Desk(town), anna) == [1]


async def test_brought_to_telegram_it_takes_no_name_from_there(town: Turns, rows: Any) -> None:
    browser = Resident(town, "browser")
    await browser.does("/start", PROTECTED)
    link = code(await browser.does("/mine", "[Go on in another place]"))
    arrives = Input(command="start", argument=link)
    outcome = await town.take(
        Update("t:1", "ekero", "telegram", arrives, address="4711", locale_hint="en", name_hint="Amina")
    )
    assert not outcome.failed
    assert [each.name_hint for each in await rows(tables.addresses)] == [None, None]
    person = next(each for each in await rows(tables.residents) if each.forgotten_at is None)
    assert person.protected and person.name is not None


async def test_a_child_is_met_once_and_staff_see_it(town: Turns, db: Database, rows: Any) -> None:
    anna = await coach(db, "Anna")
    resident = Resident(town, "somebody")
    await resident.does("/start")
    assert "BRIS, 116 111" in await resident.does("Jag är 12 år")
    assert "BRIS" not in await resident.does("/coach", "I am 12 and want to dance")
    assert "BRIS" not in "".join(str(each.body) for each in (await rows(tables.messages))[-3:])
    (case,) = await rows(tables.cases)
    assert case.context["child"] is True
    assert len((await Desk(town).case(anna, 1)).guide) == 3
    assert "I have not kept that" in await resident.does("My number is 070-174 06 05")


async def test_a_child_who_says_so_later_is_marked_too(town: Turns, db: Database, rows: Any) -> None:
    anna = await coach(db, "Anna")
    resident = await asked(town)
    await Handoff(town).claim(anna, 1, "a")
    assert "BRIS" in await resident.does("I am only 11 years old")
    (case,) = await rows(tables.cases)
    assert case.context["child"] is True
    assert [each.holder for each in await rows(tables.conversations)] == ["human"], "the talk goes on"


async def test_nobody_else_is_marked(town: Turns, db: Database, rows: Any) -> None:
    anna = await coach(db, "Anna")
    await asked(town)
    assert (await Desk(town).case(anna, 1)).guide == ()
