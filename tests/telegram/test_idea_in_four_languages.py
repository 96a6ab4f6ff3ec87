"""The whole idea conversation in Telegram, over the strict stand-in, as each language's reader sees it.

The golden transcripts under `golden/` are what is on the screen at the end. `IDELABB_WRITE_GOLDEN=1` writes them anew;
read the difference as closely as code.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import tables
from storage.db import Database
from tests.bot_api import BotApi, Person
from tests.telegram.parts import Running, running

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

TALKS: dict[str, Sequence[str]] = {
    "sv": (
        "Vi vill laga cyklar ihop med ungdomar, en kväll i veckan", "c:youth", "m:example",
        "Många har en trasig cykel och ingenstans att laga den", "Amina, gör affischen\nBo", "c:done",
        "Jag öppnar dörren", "stenhammra", "c:workshop", "c:done", "20-25 kanske", "torsdag 12 mars kl 18", "c:weekly",
        "Verktyg 3000, fika 500 kr", "nej vänta, det ska vara 30 personer", "c:done",
        "Någon gör sig illa. Vi frågar om försäkring.", "c:money", "c:premises", "c:done", "Cykelkvällen", "c:yes", "s:take",
        "c:yes",
    ),
    "en": (
        "We want to repair bicycles with young people, one evening a week", "c:youth", "m:more", "m:why",
        "Many have a broken bike and nowhere to mend it", "Amina, makes the poster\nBo", "c:done", "I open the door",
        "stenhamra", "c:workshop", "c:done", "about twenty", "Thursday 12 March at 18", "c:weekly", "Tools 3000, coffee 500",
        "no wait, it should be 30 people", "c:done", "Somebody gets hurt. We ask about insurance.", "c:money", "c:done",
        "The bike evening", "c:no", "s:take", "c:yes",
    ),
    "ar": (
        "نريد إصلاح الدراجات مع الشباب مساء كل أسبوع", "c:youth", "m:example", "كثيرون لديهم دراجة معطلة", "أمينة\nBo", "c:done",
        "أفتح الباب", "Stenhamra", "c:workshop", "c:done", "٢٥", "2026-03-12 18:00", "c:weekly", "أدوات 3000\nقهوة 500", "c:done",
        "قد يصاب أحد", "c:money", "c:done", "أمسية الدراجات", "c:yes", "s:take", "c:yes",
    ),
}  # fmt: skip
TALKS["sv-simple"] = TALKS["sv"]


@pytest.mark.parametrize("mode", ["polling", "webhook"])
@pytest.mark.parametrize("tag", sorted(TALKS))
async def test_whole_idea_reads_as_it_should(api: BotApi, sqlite_url: str, tag: str, mode: str) -> None:
    person = api.user(id=1001, first_name="Amina", language_code="en")
    async with running(api, sqlite_url, mode=mode, now=lambda: NOW) as run:
        await person.starts("idea")
        await _quiet(api, run)
        for said in (f"c:{tag}", *TALKS[tag]):
            if said[1:2] == ":":
                await _press(person, said)
            else:
                await person.says(said)
            await _quiet(api, run)
        assert [each.fault for each in await _rows(run.db, tables.inbox, tables.inbox.c.status != "done")] == []
        assert len(await _rows(run.db, tables.plans)) == 1
    assert all(call.status == 200 for call in api.calls)
    seen = api.transcript(person).replace(run.address, "ADDRESS")
    golden = GOLDEN / f"idea_{tag}.txt"
    if os.environ.get("IDELABB_WRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(seen + "\n", encoding="utf-8")
    assert seen + "\n" == golden.read_text(encoding="utf-8")


async def _press(person: Person, choice: str) -> None:
    """Press the newest button that means this choice."""
    for message in reversed(person.chat.messages):
        for button in (each for row in message.inline_rows for each in row):
            if button.get("callback_data", "").endswith(f":{choice}"):
                await person.presses(button["callback_data"], message=message)
                return
    raise AssertionError(f"no button {choice}; the screen ends:\n" + "\n".join(person.chat.texts[-2:]))


async def _quiet(api: BotApi, run: Running) -> None:
    await api.settled()
    waiting = tables.deliveries.c.status.in_(("waiting", "attempting"))
    while await _rows(run.db, tables.deliveries, waiting):
        await api.settled()


async def _rows(db: Database, table: tables.Table, *where: object) -> list[object]:
    async with db.read() as tx:
        return list(await tx.execute(table.select().where(*where)))  # type: ignore[arg-type]
