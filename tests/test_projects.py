"""Projects with the real flows and a real database: what a story from both sides does not show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.effects import LIFETIMES, link
from bot.feeds import own_calendar
from bot.flows.model import MakeLink, Press
from bot.handoff import Handoff
from bot.project_desk import Projects, sendable
from bot.staff import Refused
from bot.turn import Turns
from bot.views import LinkTrouble
from storage import conversations, merging, projects, tables
from storage.db import Database
from tests.test_handoff import coach
from tests.test_ideas import together
from tests.test_premises import said_last
from tests.test_turn import Resident


@contextmanager
def refuses(words: str) -> Iterator[None]:
    """What is done inside is refused, with these words in it."""
    with pytest.raises(Refused) as no:
        yield
    assert words in no.value.words.message


async def grown(town: Turns, clock: Any) -> tuple[Projects, Any, Resident, Resident]:
    """Bo's idea is a project that Amina drives too."""
    bo, amina = await together(town, clock)
    anna = await coach(town.db, "Eva", "coach")
    desk = Projects(town)
    await desk.begin(anna, "begin", title="The kitchen", what="We repair", step=4, post_id=1)
    await clock()
    await pressed(bo, "project_yes:1")
    await bo.does("Bo", "[Yes]", "[Yes, I agree]")
    await pressed(bo, "project:1")
    await bo.does("[Ask Amina to take part]")
    await clock()
    await pressed(amina, "project_yes:1")
    await amina.does("Amina", "[Yes, I agree]")
    await clock()
    return desk, anna, bo, amina


async def pressed(who: Resident, what: str) -> str:
    who.buttons["it"] = Press(0, f"f:{what}")
    return await who.does("[it]")


async def who_is(town: Turns, name: str) -> conversations.Opened:
    now = town.now()
    return await town.db.write(
        lambda tx: conversations.open(
            tx, municipality_id="ekero", channel="web", address=name, now=now, locale_hint="en"
        )
    )


async def token_of(town: Turns, name: str, purpose: str = "project") -> str:
    opened, now = await who_is(town, name), town.now()
    made = await town.db.write(lambda tx: link(tx, MakeLink(purpose, 1), opened, now, "https://example.se"))
    return made.rpartition("/")[2]


async def test_one_step_at_a_time_with_a_reason_and_a_name(town: Turns, clock: Any, rows: Any) -> None:
    desk, anna, bo, amina = await grown(town, clock)
    olle = await coach(town.db, "Olle", "leader")
    with refuses("Nothing is written"):
        await desk.move(anna, 1, "a", seen_at=4, to=5, why="  ")
    await desk.move(anna, 1, "b", seen_at=4, to=5, why="Many come")
    await desk.move(anna, 1, "b", seen_at=4, to=5, why="Many come")  # the same form twice
    with refuses("moved it meanwhile"):
        await desk.move(olle, 1, "c", seen_at=4, to=6, why="Many come")
    (step,) = [each for each in await rows(tables.project_entries) if each.kind == "step"]
    assert (step.from_step, step.to_step, step.who, step.role, step.words) == (4, 5, "Eva", "coach", "Many come")
    await clock()
    for each in (bo, amina):
        assert "Which new need do you see?" in await said_last(town, each)
    # What colleagues write to each other is seen by no resident.
    await desk.note(anna, 1, "d", "She is tired", to_all=False)
    assert "tired" not in await pressed(bo, "project:1")


async def test_the_page_does_what_the_chat_does_and_ends_with_leaving(
    town: Turns, clock: Any, rows: Any, now: list[datetime]
) -> None:
    desk, _anna, bo, _amina = await grown(town, clock)
    mine, hers = await token_of(town, "bo"), await token_of(town, "amina")
    at = now[0] + timedelta(days=3)
    await desk.through(hers, "1", lambda room, id, me: room.set_date(id, me, "We sort", "The library", at))
    await desk.through(hers, "1", lambda room, id, me: room.set_date(id, me, "We sort", "The library", at))
    await clock()
    assert "A new date" in await said_last(town, bo)
    assert len(await rows(tables.project_dates)) == 1
    calendar = await own_calendar(town.db, town.municipalities, await token_of(town, "bo", "calendar"), "en", now[0])
    assert b"We sort" in calendar and b"The library" in calendar
    await clock(days=2, minutes=1)
    assert "Soon in “The kitchen”" in await said_last(town, bo)
    with pytest.raises(LinkTrouble):  # only an owner shows, offers and stops
        await desk.through(hers, "2", lambda room, id, me: room.show(id, me, False))
    await desk.through(hers, "3", lambda room, id, me: room.leave(id, me))
    await clock()
    assert "Amina has left" in await said_last(town, bo)
    with pytest.raises(LinkTrouble):
        await desk.by_link(hers)
    assert (await desk.by_link(mine)).project.title == "The kitchen"
    assert [each.withdrawn_at is not None for each in await rows(tables.consents)
            if each.purpose == "project" and each.resident_id != (await who_is(town, "bo")).resident_id] == [True]  # fmt: skip
    assert sendable("application/x-msdownload") is not None and sendable("image/png") is None
    assert LIFETIMES["crew"] == timedelta(days=7)


async def test_an_invitation_works_once_and_only_after_a_yes(town: Turns, clock: Any) -> None:
    desk, anna, bo, _amina = await grown(town, clock)
    await pressed(bo, "project:1")
    url = (await bo.does("[Invite somebody]")).rpartition("/with/")[2].split()[0]
    ali, stranger = Resident(town, "ali"), Resident(town, "eve")
    await ali.does(f"/start project_{url}")
    assert "Do you want to take part?" in await ali.does("Ali")
    assert [each.name for each in (await desk.one(anna, 1)).members] == ["Bo", "Amina"]
    assert "You find “The kitchen”" in await ali.does("[Yes, I agree]")
    assert [each.name for each in (await desk.one(anna, 1)).members] == ["Bo", "Amina", "Ali"]
    assert "has been used" in await stranger.does(f"/start project_{url}")


async def test_whoever_is_protected_is_named_nowhere_and_the_last_takes_the_words_along(
    town: Turns, clock: Any, rows: Any
) -> None:
    desk, anna, bo, amina = await grown(town, clock)
    (shown,) = await desk.public("ekero")
    assert await desk.by_code("ekero", shown.code) is not None and await desk.by_code("annan", shown.code) is None
    await pressed(bo, "project_write:1")
    await bo.does("My garage is open")
    await bo.does("I have protected identity")
    (project,) = await rows(tables.projects)
    assert not project.public and await desk.public("ekero") == []
    with pytest.raises(Refused):
        await desk.one(anna, 1)
    reads = await coach(town.db, "Karin", "coach", "protected")
    found = await desk.one(reads, 1)
    assert [each.name for each in found.members] == [None, "Amina"]
    assert "Bo" not in {each.who for each in found.entries}
    for who in (bo, amina):
        await who.does("/forget", "[Yes]")
    (project,) = await rows(tables.projects)
    assert (project.said, project.status, project.public) == ({}, "stopped", False)
    assert await rows(tables.project_members) == []
    assert {each.words for each in await rows(tables.project_entries)} == {None}


async def test_for_somebody_who_calls_a_yes_on_the_phone_is_noted(town: Turns, rows: Any) -> None:
    anna = await coach(town.db, "Anna", "coordinator")
    talk = await Handoff(town).caller(anna, "call", name="Berit", phone="", locale="sv")
    desk = Projects(town)
    how: dict[str, Any] = {"title": "A choir", "what": "", "step": 4, "conversation_id": talk}
    with refuses("ask them on the phone"):
        await desk.begin(anna, "1", **how)
    id = await desk.begin(anna, "2", **how, said_yes=True, name="Berit")
    found = await desk.one(anna, id)
    assert (found.project.status, found.members[0].name) == ("running", "Berit")
    assert [(each.purpose, each.subject_id) for each in await rows(tables.consents)] == [("project", id)]
    with refuses("nothing here"):
        await desk.source(anna, post_id=77)


async def test_two_conversations_of_one_person_take_part_once(town: Turns, db: Database) -> None:
    one, other = await who_is(town, "1"), await who_is(town, "2")
    now = town.now()

    async def both(tx: Any) -> list[tuple[int, str]]:
        id = await projects.add(
            tx, municipality_id="ekero", said={"title": "A choir"}, step=1, status="running", now=now
        )
        found = await projects.load(tx, "ekero", id)
        for who, role in ((one, "driver"), (other, "owner")):
            await projects.take_in(tx, found, resident_id=who.resident_id, conversation_id=who.conversation_id, role=role,
                                   status="in", via="link", now=now)  # fmt: skip
        kept, gone = (
            await conversations.by_id(tx, one.conversation_id),
            await conversations.by_id(tx, other.conversation_id),
        )
        await merging.merge(tx, kept=kept, gone=gone, now=now)
        return [(each.resident_id, each.role) for each in await projects.members(tx, id)]

    assert await db.write(both) == [(one.resident_id, "owner")]
