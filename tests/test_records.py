"""Record checks by list (row 6): off without a decision; asked, allowed, exported, settled, and the numbers erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.i18n import plain, render
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.records import Records
from bot.staff import Refused
from bot.turn import Turns
from bot.views import LinkTrouble
from storage import shifts, tables, volunteers
from tests.test_handoff import coach
from tests.test_premises import said_last
from tests.test_shifts import need, volunteer

Clock = Callable[..., Awaitable[None]]
NUMBER = "19811218-9876"


@pytest.fixture
def ekero(request: pytest.FixtureRequest) -> Municipality:
    pack = load_municipality("ekero")
    decision = "" if "off" in request.node.name else "KS 2026/12"
    return pack.model_copy(
        update={"volunteering": pack.volunteering.model_copy(update={"record_list_decision": decision})}
    )


async def offered(town: Turns, *names: str) -> None:
    """Volunteers who have been asked for a shift."""
    for number, name in enumerate(names, 1):
        await volunteer(town, name)
        await town.db.write(lambda tx, number=number: volunteers.stand(tx, "ekero", number, "offered", town.now()))  # type: ignore[misc]


async def token(town: Turns, rows: Any, number: int = -1) -> str:
    promises = [each for each in await rows(tables.due) if each.kind == "record_asked"]
    return str(promises[number].data["url"]).rpartition("/record/")[2]


def words(refused: Any) -> str:
    return plain(render(refused.value.words, "en"))


async def test_it_is_off_without_a_decision(town: Turns, rows: Any) -> None:
    anna = await coach(town.db, "Anna", "administrator")
    await offered(town, "amina")
    for act in (lambda: Records(town).ask(anna, 1, "children"), lambda: Records(town).listed(anna),
                lambda: Records(town).export(anna), lambda: Records(town).settle(anna, [])):  # fmt: skip
        with pytest.raises(Refused, match="off"):
            await act()
    assert await rows(tables.volunteer_checks) == []


async def test_from_permission_to_the_answer(town: Turns, rows: Any, clock: Clock, now: list[datetime]) -> None:
    anna, records = await coach(town.db, "Anna", "administrator"), Records(town)
    await offered(town, "amina", "bo", "cia")
    for id in (1, 2, 3):
        await records.ask(anna, id, "children")
    await clock()
    async with town.db.read() as tx:
        conversation = (await volunteers.load(tx, "ekero", 1)).conversation_id
    assert conversation
    first, second, third = [await token(town, rows, number) for number in range(3)]
    asked = await records.asked("ekero", first)
    assert (asked.decision, asked.state, asked.law) == ("KS 2026/12", "asked", "2013:852, 1 och 3 §§")
    with pytest.raises(Refused) as refused:
        await records.answer("ekero", first, "19811218-9875", "en")
    assert "That is no identity number" in words(refused)
    await records.answer("ekero", first, NUMBER, "en")
    await records.answer("ekero", second, "811218 9876", "en")
    await records.answer("ekero", third, None, "en")
    with pytest.raises(LinkTrouble):
        await records.asked("ekero", third)
    assert [(each.volunteer_id, each.state) for each in await records.listed(anna)] == [(1, "pending"), (2, "pending")]
    content = (await records.export(anna)).decode("utf-8-sig").splitlines()
    assert content[1:] == ["1,198112189876,children,", "2,8112189876,children,"]
    with pytest.raises(Refused) as refused:
        await records.settle(anna, [1, 7])
    assert "not on the list: 7" in words(refused)
    assert await records.settle(anna, [1]) == 2
    checks = await rows(tables.volunteer_checks)
    assert [(each.volunteer_id, each.state, each.number) for each in checks] == [
        (1, "cleared", None),
    ], "of the others nothing is kept"
    (deleted,) = await rows(tables.deletions)
    assert (deleted._mapping["class"], deleted.count, deleted.decision) == (
        "identity number for a record check", 2, "KS 2026/12",
    )  # fmt: skip
    acts = [each.act for each in await rows(tables.case_events)]
    assert acts == ["list asked"] * 3 + ["list exported"] * 2 + ["list settled"] * 2
    for used in (first, second):
        with pytest.raises(LinkTrouble):
            await records.answer("ekero", used, NUMBER, "en")
    assert [each.purpose for each in await rows(tables.consents) if each.purpose == "record"] == ["record", "record"]
    await need(town.db, now[0] + timedelta(days=5), check="children")
    async with town.db.read() as tx:
        assert {each.volunteer_id: each.state for each in await volunteers.checks(tx, "ekero")} == {
            1: "cleared",
        }
        assert len(await shifts.coming(tx, "ekero", now[0])) == 1


async def test_it_is_asked_in_the_chat_without_asking_for_the_number_there(
    town: Turns, rows: Any, clock: Clock
) -> None:
    anna, records = await coach(town.db, "Anna", "administrator"), Records(town)
    amina = await volunteer(town, "amina")
    with pytest.raises(Refused) as refused:
        await records.ask(anna, 1, "children")
    assert "Only somebody who has been asked for a shift" in words(refused), "no check before an offer"
    await town.db.write(lambda tx: volunteers.stand(tx, "ekero", 1, "offered", town.now()))
    with pytest.raises(Refused):
        await records.ask(anna, 1, "anything")
    await records.ask(anna, 1, "children")
    await clock()
    said = await said_last(town, amina)
    assert "only if you say yes" in said and "/record/" in said and "Never write your identity number here" in said
    await amina.does(NUMBER)
    assert "8112189876" not in str(await rows(tables.messages)) and "811218-9876" not in str(
        await rows(tables.messages)
    )
    old = await token(town, rows)
    await records.ask(anna, 1, "children")
    with pytest.raises(LinkTrouble):
        await records.asked("ekero", old)


async def test_a_number_is_gone_with_whoever_leaves(town: Turns, rows: Any, clock: Clock) -> None:
    anna, records = await coach(town.db, "Anna", "administrator"), Records(town)
    await offered(town, "amina")
    await records.ask(anna, 1, "children")
    await records.answer("ekero", await token(town, rows), NUMBER, "en")
    assert [each.number for each in await rows(tables.volunteer_checks)] == ["198112189876"]
    await town.db.write(lambda tx: volunteers.leave(tx, "ekero", 1, town.now()))
    assert await rows(tables.volunteer_checks) == []
    assert await records.settle(anna, []) == 0
