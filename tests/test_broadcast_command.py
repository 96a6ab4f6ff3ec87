"""`run_bot.py broadcast`: counted, handed in, watched; and what cannot be read."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.broadcast_command import run
from bot.errors import OperatorError
from bot.feeder import Feeder
from bot.turn import Turns
from storage import broadcasts, tables
from tests.test_broadcasting import fed, listens
from tests.test_handoff import coach

MESSAGE: dict[str, Any] = {
    "texts": {"sv": {"words": "Vi behöver hjälp."}, "en": {"words": "We need help."}},
    "fallback": ["ar"],
}


async def asked(town: Turns, message: Any, capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[int, Any]:
    given = message if isinstance(message, bytes) else json.dumps(message).encode()
    place = town.municipalities["ekero"]
    options = {"send": False, "by": "", "watch": None, "strict": False, **options}
    status = await run(town, place, given, **options)
    out = capsys.readouterr().out
    return status, [json.loads(each) for each in out.replace("}\n{", "}\0{").split("\0")] if out else []


async def test_without_send_it_only_counts(town: Turns, capsys: pytest.CaptureFixture[str], rows: Any) -> None:
    for each in range(6):
        await listens(town, str(each), locale="sv")
    await listens(town, "x", locale="ar")
    status, (found,) = await asked(town, MESSAGE, capsys)
    assert status == 0
    assert found == {
        "dry_run": True, "total": 7, "resting": 0, "missing": [], "needs_approval": False,
        "groups": [{"locale": "ar", "channel": "telegram", "count": None}, {"locale": "sv", "channel": "telegram", "count": None}],
    }  # fmt: skip
    assert await rows(tables.broadcasts) == []
    _status, (without,) = await asked(town, {**MESSAGE, "fallback": []}, capsys)
    assert without["missing"] == ["ar"]


async def test_sent_in_the_name_of_an_account_and_watched_until_it_is_over(
    town: Turns, capsys: pytest.CaptureFixture[str], rows: Any
) -> None:
    await listens(town, "1", locale="sv")
    await listens(town, "web", channel="web", locale="en")
    await coach(town.db, "Saga", "sender")

    async def sends(tx: Any) -> None:
        await tx.execute(tables.deliveries.update().values(status="sent", done_at=town.now()))

    async def the_program_runs() -> None:
        while [each.status for each in await rows(tables.broadcasts)] != ["done"]:
            await Feeder(town).step()
            await town.db.write(sends)
            await asyncio.sleep(0.01)

    running = asyncio.create_task(the_program_runs())
    status, (counted, found) = await asked(town, MESSAGE, capsys, send=True, by="saga@example.se")
    await running
    assert status == 0
    assert (counted["dry_run"], counted["status"], counted["total"]) == (False, "scheduled", None)
    assert found == {"id": counted["id"], "status": "done", "sent": 1, "kept": 1, "in_doubt": 0, "failed": {}, "answers": {},
                     "signed_up": {}}  # fmt: skip
    again, (same,) = await asked(town, b"", capsys, watch=counted["id"], by="saga@example.se")
    assert (again, same) == (0, found)


async def test_above_the_set_number_it_waits_for_a_second_person(
    town: Turns, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, rows: Any
) -> None:
    place = town.municipalities["ekero"]
    few = place.model_copy(update={"news": place.news.model_copy(update={"approve_above": 0})})
    monkeypatch.setattr(town, "municipalities", {"ekero": few})
    await listens(town, "1", locale="sv")
    await coach(town.db, "Saga", "sender")
    status, (found,) = await asked(town, MESSAGE, capsys, send=True, by="saga@example.se")
    assert (status, found["status"], found["needs_approval"]) == (0, "asked", True)
    await fed(town)
    assert await rows(tables.deliveries) == []


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (b"hello", "holds no JSON"),
        (b"[1]", "may hold an object with texts"),
        ({}, "texts.sv.words is missing"),
        ({"texts": {"xx": {"words": "a"}, "sv": {"words": "a"}}}, "texts.xx is no language of ekero"),
        ({**MESSAGE, "segment": []}, "segment holds"),
        ({**MESSAGE, "segment": {"topics": ["knitting"]}}, 'segment.topics holds "knitting"'),
        ({**MESSAGE, "segment": {"areas": ["Atlantis"]}}, 'segment.areas holds "Atlantis"'),
        ({**MESSAGE, "buttons": ["explode"]}, 'buttons holds "explode"'),
        ({**MESSAGE, "flow": "forget"}, 'flow holds "forget"'),
        ({**MESSAGE, "at": "tomorrow"}, 'at holds "tomorrow"'),
        ({**MESSAGE, "need": "12"}, "need holds '12'"),
        ({**MESSAGE, "texts": {"sv": {"words": "a" * 2000}}}, "holds 2000 characters; it may hold"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_named(
    town: Turns, capsys: pytest.CaptureFixture[str], message: Any, says: str
) -> None:
    with pytest.raises(OperatorError, match=says.replace("[", r"\[")):
        await asked(town, message, capsys)


async def test_a_strange_field_warns_or_is_refused_when_strict(town: Turns, capsys: pytest.CaptureFixture[str]) -> None:
    strange = {**MESSAGE, "colour": "red"}
    assert (await asked(town, strange, capsys))[0] == 0
    with pytest.raises(OperatorError, match="colour is no field"):
        await asked(town, strange, capsys, strict=True)


async def test_nobody_sends_without_an_account_that_may(town: Turns, capsys: pytest.CaptureFixture[str]) -> None:
    await listens(town, "1", locale="sv")
    await coach(town.db, "Anna", "coach")
    for by, says in (
        ("", "--by is missing"),
        ("who@example.se", "has no account"),
        ("anna@example.se", "may not do this"),
    ):
        with pytest.raises(OperatorError, match=says):
            await asked(town, MESSAGE, capsys, send=True, by=by)


async def test_one_that_was_stopped_ends_with_another_status(
    town: Turns, capsys: pytest.CaptureFixture[str], rows: Any
) -> None:
    saga = await coach(town.db, "Saga", "sender")
    made = await town.db.write(lambda tx: broadcasts.add(
        tx, municipality_id="ekero", content={}, segment={}, staff_id=saga.staff_id, now=town.now()))  # fmt: skip
    await town.db.write(
        lambda tx: broadcasts.change(tx, "ekero", made, {"status": "cancelled"}, ("draft",), town.now())
    )
    assert (await asked(town, b"", capsys, watch=made, by="saga@example.se"))[0] == 1
