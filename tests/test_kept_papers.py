"""Papers told of once are known at the next time, from what was sent in, on both databases; nobody else's, and gone when forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot import lookups
from bot.flows.model import Known
from bot.turn import Turns
from storage import cases, conversations
from tests.test_turn import Resident


async def test_the_last_that_was_sent_counts(town: Turns) -> None:
    amina, other = Resident(town, "amina"), Resident(town, "other")
    await amina.does("/menu")
    await other.does("/menu")
    place, now = town.municipalities["ekero"], town.now()

    async def write(tx: Any) -> None:
        me = await conversations.open(tx, municipality_id="ekero", channel="web", address="amina", now=now)
        for days, answers in (
            (400, {"formal_missing": ["statutes"]}),
            (30, {"formal_missing": []}),
            (1, {"about": "x"}),
        ):
            await cases.open(tx, municipality_id="ekero", kind="coach", conversation_id=me.conversation_id,
                             resident_id=me.resident_id, now=now - timedelta(days=days),
                             context={"flow": "grants", "answers": answers})  # fmt: skip

    async def kept(name: str) -> Any:
        async def read(tx: Any) -> Any:
            who = await conversations.open(tx, municipality_id="ekero", channel="web", address=name, now=now)
            return await lookups.answer(tx, "kept_papers", {}, who, Known(now.astimezone(place.zone), "en", place))

        return await town.db.write(read)

    await town.db.write(write)
    assert await kept("amina") == {"missing": [], "day": (now - timedelta(days=30)).date().isoformat()}
    assert await kept("other") is None
