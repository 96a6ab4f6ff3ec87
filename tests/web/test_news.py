"""Messages to many in the console: written, shown as they arrive, counted, approved by a second person, sent, followed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot import clock
from bot.broadcast_form import fields_of, filled
from bot.broadcasting import Broadcasts
from bot.handlers.web.console.guard import COOKIE
from bot.handoff import Actor
from storage import broadcasts, conversations, listeners, shifts
from storage.secrets import make_token
from tests.web.reader import Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_console import member, signed_page, submit
from tests.web.test_in_the_browser import PHONE
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

ANNA = Actor(1, "Anna", "ekero", frozenset({"sender", "leader", "coordinator"}))
WORDS = {
    "sv": "Vi behöver hjälp med kvällsmat på lördag i Stenhamra.\n\nKan du komma?",
    "en": "We need help with supper on Saturday in Stenhamra.\n\nCan you come?",
    "ar": "نحتاج إلى مساعدة في وجبة العشاء يوم السبت في ستنهامرا.\n\nهل يمكنك الحضور؟",
}


async def listens(site: World, count: int, locale: str, *, channel: str = "web", **chosen: Any) -> list[int]:
    """So many who have asked for news; their ids."""

    async def write(tx: Any) -> list[int]:
        made, now = [], clock.now()
        for _each in range(count):
            who = await conversations.open(tx, municipality_id="ekero", channel=channel, address=make_token(), now=now, locale_hint=locale)
            values: dict[str, Any] = {"topics": (), "areas": ("Stenhamra",), "skills": (), "spoken": (), "roles": (), "band": None, **chosen}
            await listeners.save(
                tx, municipality_id="ekero", resident_id=who.resident_id, conversation_id=who.conversation_id, locale=locale,
                channel=channel, gap_days=0, quiet_from=0, quiet_to=0, now=now, **values,
            )  # fmt: skip
            made.append(who.resident_id)
        return made

    return await site.db.write(write)


async def supper(site: World) -> int:
    """A need for twelve helpers, three days ahead; its id."""
    begins = clock.now().replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=3)
    return await site.db.write(lambda tx: shifts.add_need(
        tx, municipality_id="ekero", kind="shift", need={"what": "Duka och servera kvällsmat"}, area="Stenhamra", priority=1,
        status="open", times=[(begins, begins + timedelta(hours=2))], places=12, now=clock.now(),
    ))  # fmt: skip


async def draft(site: World, **more: str) -> int:
    """A draft of Anna's that signs people up for a supper; its id."""
    desk, need = Broadcasts(site.turns), await supper(site)
    id = await desk.create(ANNA, make_token())
    fields = {f"words-{tag}": words for tag, words in WORDS.items()} | {"buttons": "help more not", "need": str(need), "more-sv": "Vi är sju."}
    await desk.save(ANNA, id, filled({**fields, **more}, site.municipality))
    return id


async def going(site: World) -> int:
    """One that is being sent: delivered, answered, not reached, in doubt, still to come; its id."""
    from storage import outbox, tables
    id, now = await draft(site), clock.now()

    async def write(tx: Any) -> None:
        row = await broadcasts.load(tx, "ekero", id)
        await broadcasts.change(tx, "ekero", id, {"status": "sending", "started_at": now - timedelta(seconds=40), "expected": 60,
                                                   "content": row.content}, ("draft",), now)  # fmt: skip
        row = await broadcasts.load(tx, "ekero", id)
        part = await broadcasts.next_part(tx, row, broadcasts.Chosen(), now, 100)
        await broadcasts.note_part(tx, row, [(each, each.channel, None) for each in part], part[-1].resident_id, now)
        for at, each in enumerate(part):
            if each.channel != "telegram":
                continue
            address = await conversations.attach(tx, each.conversation_id, channel="telegram", address=str(1000 + at), now=now)
            await tx.execute(tables.deliveries.insert().values(
                municipality_id="ekero", conversation_id=each.conversation_id, address_id=address.id, channel="telegram", op="send",
                body={}, priority=outbox.BULK, made_by=broadcasts.made_by(id), ordinal=each.resident_id, due_at=now, attempts=1, possible_duplicate=False, created_at=now,
                status=("sent", "sent", "given_up", "in_doubt", "waiting")[at % 5], done_at=now,
                error="403 Forbidden: bot was blocked by the user" if at % 5 == 2 else None,
            ))  # fmt: skip
        for each in part[:14]:
            await broadcasts.answer(tx, "ekero", id, each.resident_id, "help" if each.resident_id % 3 else "not", now)
        await broadcasts.log(tx, municipality_id="ekero", broadcast_id=id, act="asked", who="Anna", at=now, detail="Bussen kommer i natt")
        await broadcasts.log(tx, municipality_id="ekero", broadcast_id=id, act="approved", who="Olle", at=now)

    await site.db.write(write)
    return id
