"""A member of staff's own chat: how it is linked, who cannot link it, and what is no resident's talk; on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.flows.case_kinds import KINDS
from bot.flows.model import Input
from bot.staff import CHAT_LINK, Staff
from bot.turn import Turns
from bot.update import Update
from storage import conversations, staff, tables
from storage.db import Database
from storage.staff import Member
from tests.test_handoff import asked, coach
from tests.test_turn import Resident

YES, NO_MORE = "[Yes, link it]", "[No more alerts here]"
OVER = "does not work any more"


@pytest.fixture
def accounts(town: Turns, now: list[datetime]) -> Staff:
    return Staff(town.db, town.municipalities, public_url="https://example.se", forms_key=b"k" * 32, now=lambda: now[0])


async def a_member(db: Database, name: str = "Anna", way: str = "telegram") -> Member:
    return await of(db, (await coach(db, name, way=way)).staff_id)


async def of(db: Database, staff_id: int) -> Member:
    async with db.read() as tx:
        return await staff.load(tx, staff_id)


async def start(accounts: Staff, member: Member, place: str = "ekero") -> str:
    """What opening a new link of theirs says to the bot."""
    link = await accounts.chat_link(member, place, "idelabbet_bot")
    before, _mark, code = link.partition("?start=")
    assert before == "https://t.me/idelabbet_bot"
    return f"/start {code}"


async def linked(town: Turns, accounts: Staff, member: Member, user_id: str = "77") -> Resident:
    phone = Resident(town, user_id, "telegram")
    assert "Link this Telegram account" in await phone.does(await start(accounts, member))
    assert f"linked to {member.name}" in await phone.does(YES)
    return phone


async def whose(db: Database, user_id: str, place: str = "ekero") -> str | None:
    async with db.read() as tx:
        found = await staff.by_chat(tx, place, user_id)
    return found.name if found else None


async def test_a_chat_is_linked_after_a_yes_and_is_no_residents(town: Turns, accounts: Staff, rows: Any) -> None:
    anna = await a_member(town.db)
    phone = Resident(town, "77", "telegram")
    said = await phone.does(await start(accounts, anna))
    assert "Anna" in said and "made the link yourself" in said
    assert await whose(town.db, "77") is None, "opening it only asks"
    said = await phone.does(YES)
    assert "never what a resident wrote" in said and "/unlink" in said
    assert await whose(town.db, "77") == "Anna"
    for table in (tables.conversations, tables.residents, tables.messages):
        assert await rows(table) == []
    assert "Svenska" in str((await phone.does("Hello"), phone.buttons)), "what else is written there is a resident's"


async def test_a_code_works_once_for_a_quarter_of_an_hour_and_the_newest_alone(
    town: Turns, accounts: Staff, now: list[datetime]
) -> None:
    anna = await a_member(town.db)
    old, code = await start(accounts, anna), await start(accounts, anna)
    stranger, phone = Resident(town, "66", "telegram"), Resident(town, "77", "telegram")
    assert OVER in await stranger.does(old)
    assert OVER in await stranger.does("/start staff_" + "A" * 22)
    assert OVER in await stranger.does("/start staff_")
    await stranger.does(code)
    await phone.does(code, YES)
    assert OVER in await stranger.does(YES), "somebody else was faster"
    assert await whose(town.db, "66") is None
    assert "linked to" in await phone.does(YES, code), "pressed and opened again"
    code = await start(accounts, anna)
    assert "Link this" in await stranger.does(code)
    now[0] += CHAT_LINK
    assert OVER in await stranger.does(YES)
    assert OVER in await stranger.does(code)
    assert await whose(town.db, "77") == "Anna"


async def test_a_first_link_and_another_municipalitys_link_no_chat(
    town: Turns, accounts: Staff, now: list[datetime]
) -> None:
    anna = await a_member(town.db)
    phone = Resident(town, "77", "telegram")
    first = (await accounts.add("olle@example.se", "Olle", "ekero", ["coach"], by="test")).rpartition("/")[2]
    assert OVER in await phone.does(f"/start staff_{first}")
    await accounts.set_roles(anna.id, "nacka", ["coach"], by="test")
    code = await start(accounts, anna, "nacka")
    assert OVER in await phone.does(code)
    town.municipalities = {
        **town.municipalities,
        "nacka": town.municipalities["ekero"].model_copy(update={"id": "nacka"}),
    }
    opened = Update("x", "nacka", "telegram", Input(command="start", argument=code.partition(" ")[2]), address="77")
    assert "Anna" in str((await town.take(opened)).said), "it is still good at home"


async def test_who_has_left_links_nothing(town: Turns, accounts: Staff) -> None:
    karin = await coach(town.db, "Karin", "administrator")
    anna, olle = await a_member(town.db), await a_member(town.db, "Olle")
    phone = await linked(town, accounts, olle, "78")
    code = await start(accounts, anna)
    await phone.does(code)
    await accounts.remove(anna.id)
    assert "linked to Olle" in await phone.does(YES)
    await accounts.set_roles(olle.id, "nacka", ["coach"], by=karin.name)
    await accounts.remove(olle.id, "ekero")
    assert await whose(town.db, "78") is None
    assert OVER in await phone.does(code)


async def test_starting_an_account_over_ends_its_chat_and_its_code(town: Turns, accounts: Staff) -> None:
    anna = await a_member(town.db)
    phone = await linked(town, accounts, anna)
    code = await start(accounts, anna)
    await accounts.reset(anna.id, "ekero")
    assert await whose(town.db, "77") is None
    assert OVER in await phone.does(code)


@pytest.mark.parametrize("way", [NO_MORE, "/unlink", "the page"])
async def test_a_link_is_ended_in_the_chat_or_on_the_page(town: Turns, accounts: Staff, way: str) -> None:
    anna = await a_member(town.db)
    phone = await linked(town, accounts, anna)
    if way == "the page":
        await accounts.unlink_chat(anna, "ekero")
    else:
        assert "No alerts come to this chat" in await phone.does(way)
    assert await whose(town.db, "77") is None
    assert "No alerts come to this chat" in await phone.does(NO_MORE), "an old button says how it is"


async def test_the_first_link_takes_the_place_of_letters_and_later_ones_change_nothing(
    town: Turns, accounts: Staff
) -> None:
    olle = await of(town.db, (await coach(town.db, "Olle", way="digest")).staff_id)
    blocked = {"municipality_id": "ekero", "channel": "telegram", "address": "77", "now": town.now()}
    chat = await town.db.write(lambda tx: conversations.address(tx, **blocked))
    await town.db.write(lambda tx: conversations.set_address_state(tx, chat.id, "blocked", town.now()))
    await linked(town, accounts, olle)
    ways, _left, now_there = await accounts.own(olle, "ekero")
    assert ways == {kind: "digest" if kind in ("coach", "safety") else "telegram" for kind in KINDS}
    assert now_there is not None and now_there.reachable, "whoever writes has not blocked the bot any more"
    await accounts.set_own(olle, "ekero", {**ways, "booking": "mail"}, digest_hour=8, shortcuts=True)
    await linked(town, accounts, olle, "78")
    assert (await accounts.own(olle, "ekero"))[0] == {**ways, "booking": "mail"}


async def test_an_alert_goes_where_it_can_arrive(town: Turns, accounts: Staff, rows: Any, now: list[datetime]) -> None:
    anna, bo = await a_member(town.db), await a_member(town.db, "Bo")
    await linked(town, accounts, anna)
    await asked(town)
    to_anna, to_bo = [row for row in await rows(tables.deliveries) if row.made_by.startswith("alert:")]
    assert (to_anna.channel, to_anna.op, to_bo.channel, to_bo.op) == ("telegram", "send", "mail", "mail")
    assert to_anna.body["choices"] == [
        {"id": "open", "label": "Öppna ärendet", "url": "https://example.se/coach/cases/1"}
    ]
    letter = to_anna.body["instead"]["body"]
    assert letter == to_bo.body, "the words of the letter, should it not arrive"
    assert letter["subject"] in to_anna.body["html"]
    assert bo.email not in str(to_anna.body)
    assert all(each.told_at is not None for each in await rows(tables.alerts))


async def test_a_chat_goes_with_the_resident_who_asks_to_be_forgotten(town: Turns, accounts: Staff, rows: Any) -> None:
    anna = await a_member(town.db)
    phone = await linked(town, accounts, anna)
    await phone.does("/start", "[English]", "/forget", "[Yes]")
    assert await rows(tables.staff_chats) == []
    await asked(town)
    alerts = [row for row in await rows(tables.deliveries) if row.made_by.startswith("alert:")]
    assert [row.channel for row in alerts] == ["mail"]


async def test_danger_is_told_in_telegram_as_all_else(town: Turns, accounts: Staff, rows: Any) -> None:
    anna = await a_member(town.db)
    await linked(town, accounts, anna)
    await Resident(town, "somebody").does("/start", "I want to kill myself", "[Yes, contact me]")
    (case,) = await rows(tables.cases)
    (alert,) = [row for row in await rows(tables.deliveries) if row.made_by.startswith("alert:")]
    assert (case.kind, alert.channel) == ("safety", "telegram")
    assert "kill" not in str(alert.body)
