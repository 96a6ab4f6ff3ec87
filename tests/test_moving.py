"""A conversation that is brought to another place, on both databases."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from bot.due import DueWork
from bot.flows.model import Input
from bot.turn import Turns
from bot.update import Update
from storage import tables
from storage.db import Database
from tests.test_turn import Resident, _plan


def code(said: str) -> str:
    """What stands behind /start in the link that was given."""
    found = re.search(r"(?:start=|\?)(move)[_=]([\w-]+)|/(r)/([\w-]+)", said)
    assert found is not None, said
    return f"move_{found[2]}" if found[1] else f"restore_{found[4]}"


async def last_address(rows: Any) -> Any:
    """Where the bot writes next to the conversation that was there first."""
    conversation, *_ = await rows(tables.conversations)
    return next(each.address for each in await rows(tables.addresses) if each.id == conversation.last_address_id)


async def test_looking_on_the_web_leaves_telegram_the_place_for_what_comes_later(
    town: Turns, db: Database, now: list[datetime], rows: Any
) -> None:  # fmt: skip
    amina = Resident(town, "4711", "telegram")
    await amina.does("/start", "[English]", "/coach", "Where do we begin?")
    link = code(await amina.does("/mine", "[Go on in another place]"))
    browser = Resident(town, "browser")
    assert "Here we go on" in await browser.does(f"/start {link}")
    assert await last_address(rows) == "4711"
    now[0] += timedelta(days=5)
    await DueWork(db, town, now=lambda: now[0]).run_ready()
    late = next(row for row in await rows(tables.messages) if "it has not come" in str(row.body))
    assert late.id in {row.message_id for row in await rows(tables.deliveries)} and late.channel == "telegram"
    await browser.does("/menu")
    assert await last_address(rows) == "browser"


async def test_whoever_moves_to_telegram_is_written_to_there(town: Turns, rows: Any) -> None:
    amina = Resident(town, "browser")
    await amina.does("/start")
    link = code(await amina.does("/mine", "[Go on in another place]"))
    await Resident(town, "4711", "telegram").does(f"/start {link}")
    assert await last_address(rows) == "4711"


async def moved_to_telegram(town: Turns, rows: Any) -> tuple[Resident, Resident]:
    """Amina has a plan, a saved talk and one under way in Telegram; then brings a talk of hers on the web there."""
    phone, browser = Resident(town, "4711", "telegram"), Resident(town, "browser")
    await phone.does("/start", "[English]")
    await _plan(phone)
    await phone.does("/coach", "Where do we begin?", "/idea", "A garden", "save")
    await phone.does("/idea", "[Start a new one]", "A choir for all")
    await browser.does("/idea", "A café", "Families")
    link = code(await browser.does("/mine", "[Go on in another place]"))
    assert "Go on only if you made the link yourself" in await phone.does(f"/start {link}")
    assert len(await rows(tables.conversations)) == 2, "nothing has moved before a yes"
    await phone.does("[Yes, bring them together]")
    return phone, browser


async def test_what_was_in_the_other_place_goes_along(town: Turns, db: Database, rows: Any) -> None:
    phone, browser = await moved_to_telegram(town, rows)
    assert "What you had begun in this place is saved until" in phone.last
    assert "What gets better for them?" in phone.last, "what was brought goes on"
    (conversation,), (_resident,) = await rows(tables.conversations), await rows(tables.residents)
    for table in (tables.messages, tables.plans, tables.cases, tables.addresses):
        assert {row.conversation_id for row in await rows(table)} == {conversation.id}
    assert [(each.channel, each.conversation_id) for each in await rows(tables.addresses)] == [
        ("telegram", conversation.id),
        ("web", conversation.id),
    ]
    await browser.does("Many eat alone", "save")
    await phone.does("/mine")
    assert "A bicycle workshop in Stenhamra" in str(phone.buttons)
    phone.buttons.clear()
    await phone.does("/idea")
    begun = {label.strip("\u2068\u2069"): label for label in phone.buttons}
    assert {"A garden", "A choir for all", "A café"} <= set(begun)
    assert "Who is it for?" in await phone.does(f"[{begun['A garden']}]")


async def test_reminders_of_what_went_along_come_once_and_for_the_right_talk(
    town: Turns, db: Database, now: list[datetime], rows: Any
) -> None:  # fmt: skip
    _phone, _browser = await moved_to_telegram(town, rows)
    waiting = [row for row in await rows(tables.due) if row.status == "waiting" and row.kind == "saved_reminder"]
    (conversation,) = await rows(tables.conversations)
    assert sorted(row.data["saved"] for row in waiting) == sorted(
        frame["given"]["saved"] for frame in conversation.state["saved"]
    )
    assert len({row.unique_key for row in waiting}) == len(waiting) == 2
    now[0] += timedelta(days=84)
    said = len(await rows(tables.messages))
    await DueWork(db, town, now=lambda: now[0]).run_ready()
    reminded = [row for row in (await rows(tables.messages))[said:] if "You saved something" in str(row.body)]
    assert len(reminded) == 2


async def test_a_button_of_the_other_talk_answers_nothing_here(town: Turns, rows: Any) -> None:
    phone, browser = Resident(town, "4711", "telegram"), Resident(town, "browser")
    await phone.does("/start", "[English]", "/idea", "A garden")
    old = dict(phone.buttons)
    await browser.does("/start", "/idea", "A café")
    link = code(await browser.does("/mine", "[Go on in another place]"))
    await phone.does(f"/start {link}", "[Yes, bring them together]")
    phone.buttons = old
    assert "earlier question" in await phone.does("[Families]")


async def test_an_empty_talk_is_let_go(town: Turns, rows: Any) -> None:
    phone, browser = Resident(town, "4711", "telegram"), Resident(town, "browser")
    await phone.does("/start")
    await browser.does("/idea", "A café")
    link = code(await browser.does("/mine", "[Go on in another place]"))
    assert "saved until" not in await phone.does(f"/start {link}")
    (conversation,), (_resident,) = await rows(tables.conversations), await rows(tables.residents)
    assert conversation.state.get("saved", []) == []


async def test_a_code_of_another_municipality_moves_nothing(town: Turns, rows: Any) -> None:
    browser = Resident(town, "browser")
    await browser.does("/idea", "A café")
    link = code(await browser.does("/mine", "[Go on in another place]"))
    nacka = town.municipalities["ekero"].model_copy(update={"id": "nacka"})
    town.municipalities = {"ekero": town.municipalities["ekero"], "nacka": nacka}
    update = Update("x", "nacka", "web", Input(command="start", argument=link), address="far", locale_hint="en")
    assert "time is over" in str((await town.take(update)).said)
    assert [(each.address, each.municipality_id) for each in await rows(tables.addresses)] == [
        ("browser", "ekero"),
        ("far", "nacka"),
    ]
    assert "Here we go on" in await Resident(town, "other").does(f"/start {link}"), "and it is still good at home"
