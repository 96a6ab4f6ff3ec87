"""Residents are asked what became of things: once, some time after, by day, and not those who want to be left in peace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Table

from bot.flows.model import Input, Press
from bot.packs.model import Municipality
from bot.turn import Turns
from bot.update import Update
from storage import consents, conversations, follow_ups, plans, residents, retention
from storage.db import Database
from storage.tables import follow_ups as asked
from storage.tables import messages

Clock = Callable[..., Awaitable[None]]
Rows = Callable[[Table], Awaitable[list[Any]]]


async def with_plan(town: Turns, address: str, title: str = "A garden", **state: Any) -> int:
    """Somebody who has made a plan, and so will be asked; their resident's number."""
    from bot import following_up

    async def write(tx: Any) -> int:
        now = town.now()
        who = await conversations.open(tx, municipality_id="ekero", channel="web", address=address, now=now)
        await residents.set_locale(tx, who.resident_id, "en")
        await residents.set_notice(tx, who.resident_id, "2026-11", now)
        if state.get("protected"):
            await residents.set_protected(tx, who.resident_id, True)
        if state.get("stopped"):
            await residents.stop(tx, who.resident_id, now)
        plan_id, _version = await plans.save_version(
            tx, municipality_id="ekero", resident_id=who.resident_id, conversation_id=who.conversation_id, title=title,
            answers={"idea": title}, locale="en", now=now,
        )  # fmt: skip
        await following_up.promise(
            tx, town.municipalities["ekero"], resident_id=who.resident_id, conversation_id=who.conversation_id,
            subject="plan", subject_id=plan_id, area="Stenhamra", after=now, now=now,
        )  # fmt: skip
        return who.resident_id

    return await town.db.write(write)


async def press(town: Turns, address: str, choice: str, serial: int = 0) -> str:
    said = Update(id=f"web:{address}:{choice}:{town.now().isoformat()}", municipality="ekero", channel="web",
                  address=address, input=Input(press=Press(serial, choice)))  # fmt: skip
    return " ".join(each["html"] for each in (await town.take(said)).said if each.get("html"))


async def say(town: Turns, address: str, words: str) -> str:
    said = Update(id=f"web:{address}:{words}", municipality="ekero", channel="web", address=address,
                  input=Input(text=words))  # fmt: skip
    return " ".join(each["html"] for each in (await town.take(said)).said if each.get("html"))


async def statuses(rows: Rows) -> list[tuple[int, str]]:
    return [(row.resident_id, row.status) for row in await rows(asked)]


async def test_who_is_asked_and_who_is_not(
    town: Turns, clock: Clock, rows: Rows, now: list[datetime], db: Database
) -> None:
    amina = await with_plan(town, "amina")
    bo, cia = await with_plan(town, "bo", protected=True), await with_plan(town, "cia", stopped=True)
    await clock(days=59)
    assert [status for _who, status in await statuses(rows)] == ["waiting"] * 3
    assert await rows(messages) == []
    await clock(days=1)
    assert await statuses(rows) == [(amina, "asked"), (bo, "dropped"), (cia, "dropped")]
    (question,) = await rows(messages)
    assert "You made a plan here some time ago: “A garden”" in question.body["html"]
    first = (await rows(asked))[0].id
    assert "What did it lead to?" in await press(town, "amina", f"f:followed_up:{first}-partly")
    await say(town, "amina", "Eleven beds, and a tree that Amina planted")
    await say(town, "amina", "the money")
    words = await say(town, "amina", "You may read it")
    assert "That helps others" in words
    answered = (await rows(asked))[0]
    assert (answered.status, answered.locale, answered.area) == ("answered", "en", "Stenhamra")
    assert answered.said == {
        "happened": "partly", "hard": ["money"], "led_to": "Eleven beds, and a tree that Amina planted", "may": True,
    }  # fmt: skip
    assert "answered that already" in await press(town, "amina", f"f:followed_up:{first}-no")
    async with db.read() as tx:
        assert [each.id for each in await follow_ups.to_read(tx, "ekero", "follow_up", 9)] == [first]
    await db.write(lambda tx: consents.withdraw(tx, municipality_id="ekero", resident_id=amina, now=now[0]))
    async with db.read() as tx:
        assert await follow_ups.to_read(tx, "ekero", "follow_up", 9) == []
        held = await residents.my_data(tx, "ekero", amina)
    assert held["follow_ups"][0]["said"]["happened"] == "partly"
    await db.write(lambda tx: retention.forget(tx, "ekero", amina, now[0]))
    assert [who for who, _status in await statuses(rows)] == [bo, cia]


async def test_nobody_is_asked_twice_soon_or_after_they_said_no(town: Turns, clock: Clock, rows: Rows) -> None:
    amina = await with_plan(town, "amina")
    await with_plan(town, "amina", "A second one")
    await clock(days=60)
    assert await statuses(rows) == [(amina, "asked"), (amina, "dropped")], "one of them is enough"
    first = (await rows(asked))[0].id
    assert "I do not ask you again" in await press(town, "amina", f"f:followed_up:{first}-stop")
    await with_plan(town, "amina", "A third one")
    await clock(days=200)
    assert await statuses(rows) == [(amina, "declined"), (amina, "dropped")]
    assert "That question is over" in await press(town, "amina", f"f:followed_up:{first}-yes")


async def test_said_no_after_an_answer_ends_it_too(town: Turns, clock: Clock, rows: Rows) -> None:
    await with_plan(town, "amina")
    await clock(days=60)
    first = (await rows(asked))[0].id
    await press(town, "amina", f"f:followed_up:{first}-not_yet")
    assert "Is something in the way?" in await say(town, "amina", "skip")
    await press(town, "amina", f"f:followed_up:{first}-stop")
    await with_plan(town, "amina", "A second one")
    await clock(days=100)
    assert sorted(row.status for row in await rows(asked)) == ["answered", "declined"]
    assert "cannot" not in await press(town, "bo", f"f:followed_up:{first}-stop"), "it is not theirs"
    assert sorted(row.status for row in await rows(asked)) == ["answered", "declined"]


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_it_is_asked_by_day_and_only_where_the_pack_says_so(
    town: Turns, clock: Clock, rows: Rows, ekero: Municipality, now: list[datetime]
) -> None:
    await with_plan(town, "amina")
    await clock(days=60, hours=-9)  # midnight
    assert (await rows(asked))[0].status == "waiting"
    await clock(hours=12)
    assert (await rows(asked))[0].status == "asked"
    silent = ekero.model_copy(update={"follow_up": ekero.follow_up.model_copy(update={"plan_days": None})})
    town.municipalities = {"ekero": silent}
    await with_plan(town, "bo")
    assert len(await rows(asked)) == 1
