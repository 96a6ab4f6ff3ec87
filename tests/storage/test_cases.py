"""What waits for a human."""

from __future__ import annotations

import pytest

from storage import cases
from storage.db import Database
from storage.errors import NotFound
from tests.storage.builders import NOW, later, open_chat


async def test_a_case_goes_its_way_once(db: Database) -> None:
    who = await open_chat(db)
    case_id = await db.write(
        lambda tx: cases.open(
            tx,
            municipality_id="ekero",
            kind="coach",
            conversation_id=who.conversation_id,
            resident_id=who.resident_id,
            now=NOW,
            answer_by=later(days=2),
            note="wants to talk",
            context={"flow": "idea"},
        )
    )
    async with db.read() as tx:
        case = await cases.load(tx, "ekero", case_id)
    assert (case.status, case.note, case.context, case.answer_by) == (
        "new",
        "wants to talk",
        {"flow": "idea"},
        later(days=2),
    )
    moves = [
        await db.write(lambda tx: cases.told(tx, "ekero", case_id, later(hours=1))),
        await db.write(lambda tx: cases.told(tx, "ekero", case_id, later(hours=2))),
        await db.write(lambda tx: cases.answer(tx, "ekero", case_id, later(hours=3))),
        await db.write(lambda tx: cases.answer(tx, "ekero", case_id, later(hours=4))),
        await db.write(lambda tx: cases.close(tx, "ekero", case_id, "answered", later(hours=5))),
        await db.write(lambda tx: cases.close(tx, "ekero", case_id, "withdrawn", later(hours=6))),
        await db.write(lambda tx: cases.answer(tx, "ekero", case_id, later(hours=7))),
    ]
    assert moves == [True, False, True, False, True, False, False]
    async with db.read() as tx:
        case = await cases.load(tx, "ekero", case_id)
        assert await cases.queue(tx, "ekero") == []
        assert [each.id for each in await cases.of_conversation(tx, who.conversation_id)] == [case_id]
    assert (case.status, case.told_at, case.answered_at, case.closed_at, case.outcome) == (
        "closed",
        later(hours=1),
        later(hours=3),
        later(hours=5),
        "answered",
    )


async def test_the_queue_is_ordered_by_what_was_promised(db: Database) -> None:
    who, elsewhere = await open_chat(db), await open_chat(db, municipality_id="nacka")
    ids = []
    for person, hours in ((who, None), (who, 5), (who, 2), (elsewhere, 1)):
        ids.append(
            await db.write(
                lambda tx, person=person, hours=hours: cases.open(  # type: ignore[misc]
                    tx,
                    municipality_id=person.municipality_id,
                    kind="coach",
                    conversation_id=person.conversation_id,
                    resident_id=person.resident_id,
                    now=NOW,
                    answer_by=None if hours is None else later(hours=hours),
                )
            )
        )
    async with db.read() as tx:
        assert [each.case.id for each in await cases.queue(tx, "ekero")] == [ids[2], ids[1], ids[0]]
    await db.write(lambda tx: cases.promise(tx, "ekero", ids[0], later(hours=1)))
    async with db.read() as tx:
        assert [each.case.id for each in await cases.queue(tx, "ekero")] == [ids[0], ids[2], ids[1]]
    with pytest.raises(NotFound):
        await db.write(lambda tx: cases.told(tx, "nacka", ids[0], NOW))
    with pytest.raises(NotFound):
        await db.write(lambda tx: cases.promise(tx, "nacka", ids[0], NOW))
