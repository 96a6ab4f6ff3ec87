"""Partnerships, talks and the agreement with a real database: what the story from both sides does not show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.due import DueWork
from bot.flows import FLOWS
from bot.handoff import Actor
from bot.live import Live
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.partnership_desk import WORK, PartnershipDesk
from bot.staff import Refused
from bot.turn import Turns
from bot.views import LinkTrouble
from storage import staff, tables
from storage.db import Database
from tests.test_turn import Resident


@contextmanager
def refuses(words: str) -> Iterator[None]:
    """What is done inside is refused, with these words in it."""
    with pytest.raises(Refused) as no:
        yield
    assert words in no.value.words.message


@pytest.fixture
def ekero() -> Municipality:
    """Borås, whose rules these are, under the name that the tests' residents come to."""
    return load_municipality("boras").model_copy(update={"id": "ekero"})


@pytest.fixture
def town(db: Database, now: list[datetime], ekero: Municipality) -> Turns:
    return Turns(db, {"ekero": ekero}, FLOWS, public_url="https://example.se", now=lambda: now[0], live=Live())


@pytest.fixture
def until(town: Turns, now: list[datetime]) -> Callable[[datetime], Awaitable[None]]:
    """Lets the time go by until then, and does what is due at its own day."""
    work = DueWork(town.db, town, now=lambda: now[0], works={WORK: PartnershipDesk(town).run})

    async def runs(end: datetime) -> None:
        while now[0] < end:
            now[0] = min(now[0] + timedelta(days=7), end)
            while await work.run_ready():
                pass

    return runs


async def hired(db: Database, name: str, *roles: str) -> Actor:
    async def write(tx: Any) -> Actor:
        id = await staff.add(tx, name=name, email=f"{name.lower()}@example.se", now=datetime.now(UTC))
        assert id is not None
        await staff.set_values(tx, id, locale="en")
        await staff.set_roles(tx, id, "ekero", roles, by="test", now=datetime.now(UTC))
        return Actor(id, name, "ekero", frozenset(roles))

    return await db.write(write)


FIELDS = {"association": "The Meeting Place", "administration": "Leisure", "start": "2026-03-31", "years": "3", "follow_ups": "2",
          "steering": "2", "title": "Cafés"}  # fmt: skip


async def letters(rows: Any) -> list[tuple[str, str]]:
    return [
        (each.body["subject"], each.body["text"]) for each in await rows(tables.deliveries) if each.channel == "mail"
    ]


async def test_without_a_conversation_letters_lead_to_the_page(
    town: Turns, until: Any, rows: Any, now: list[datetime]
) -> None:
    anna = await hired(town.db, "Anna", "coordinator")
    desk = PartnershipDesk(town)
    for wrong, why in (({"steering": "9"}, "{low} to {high}"), ({"follow_ups": "1"}, "at least {count}"), ({"start": ""}, "first day"),
                       ({"email": "x"}, "e-mail"), ({"administration": " "}, "two parties"), ({"case": "77"}, "no such case"),
                       ({"start": "2020-01-01"}, "over already"), ({"years": "0"}, "how many years")):  # fmt: skip
        with refuses(why):
            await desk.enter(anna, "x", {**FIELDS, **wrong})
    id = await desk.enter(anna, "1", {**FIELDS, "email": "ada@example.se"})
    with refuses("sent already"):
        await desk.enter(anna, "1", {**FIELDS, "email": "ada@example.se"})
    days = [each.due_day for each in (await desk.one(anna, id)).follow_ups]
    assert days == ["2026-09-29", "2027-03-30", "2027-09-29", "2028-03-30", "2028-09-29", "2029-03-30"]
    await until(datetime(2026, 9, 20, 12, tzinfo=UTC))
    (asks, _anna) = await letters(rows)
    assert "2026" in asks[1] and "Anna" not in asks[1]
    token = asks[1].rpartition("/partnership/")[2].split()[0].strip("\u2066\u2069")
    held, sees = await desk.by_link(token)
    assert (held.title, sees["open"]) == ("Cafés", 1)
    with pytest.raises(Refused):
        await desk.by_page(token, "1", {"do": "answer"})
    await desk.answer(anna, id, "2", 1, {"experience": "good", "use": "More come", "evil": "x"})
    assert (await desk.by_link(token))[1]["last"] is None, "not before both have answered"
    await desk.by_page(token, "2", {"do": "answer", "experience": "bogus", "hard": "The keys. Ring 070-174 06 05"})
    await desk.by_page(token, "2", {"do": "answer", "hard": "Other words"})  # the same form twice
    last = (await desk.by_link(token))[1]["last"]
    assert last == {
        "association": {"hard": "The keys. Ring …"},
        "municipality": {"experience": "good", "use": "More come"},
    }
    assert next(subject for subject, _text in (await letters(rows))[2:]) == "Båda sidor har svarat på uppföljningen"
    with refuses("answered it meanwhile"):
        await desk.answer(anna, id, "3", 1, {"use": "Again"})
    # The second one is missed. There is no process leader, so those who coordinate hear of it.
    await until(datetime(2027, 4, 20, 12, tzinfo=UTC))
    late = [text for subject, text in await letters(rows) if subject.startswith("Late")]
    assert len(late) == 1 and "The association has not answered." in late[0]
    (_first, second, *_rest) = (await desk.one(anna, id)).follow_ups
    assert second.escalated_at is not None
    await desk.end(anna, id, "4", "Forty people have friends")
    await until(datetime(2027, 10, 20, 12, tzinfo=UTC))
    assert [text for subject, text in await letters(rows) if subject.startswith("Late")] == late, (
        "nothing is due any more"
    )
    assert [(each.held.status, each.held.said["outcome"]) for each in await desk.listed(anna)] == [
        ("ended", "Forty people have friends")
    ]
    with pytest.raises(LinkTrouble):
        await desk.by_link("A" * 22)


async def test_what_comes_after_is_asked_of_both_and_nobody_unreached_is_forgotten(
    town: Turns, until: Any, rows: Any
) -> None:
    anna, eva = await hired(town.db, "Anna", "coordinator"), await hired(town.db, "Eva", "leader")
    desk = PartnershipDesk(town)
    id = await desk.enter(anna, "1", {**FIELDS, "years": "1"})
    await until(datetime(2026, 10, 15, 12, tzinfo=UTC))
    said = await letters(rows)
    assert all("no way to reach it here" in text for subject, text in said), said
    assert {subject for subject, _text in said} >= {
        "A partnership comes to its end",
        "It is time to follow up a partnership",
    }
    await desk.say_next(eva, id, "2", "again", "It works")
    link = await desk.reach(anna, id, "3", "")
    token = link.rpartition("/")[2]
    await desk.by_page(token, "1", {"do": "next", "next": "other", "words": "As a grant"})
    with pytest.raises(Refused):
        await desk.by_page(token, "2", {"do": "next", "next": "again"})
    seen = await desk.one(anna, id)
    assert seen.held.said["next"] == {
        "municipality": {"next": "again", "words": "It works"}, "association": {"next": "other", "words": "As a grant"},
    }  # fmt: skip
    await until(datetime(2027, 4, 5, 12, tzinfo=UTC))
    assert (await desk.one(anna, id)).held.status == "ended"


async def test_the_agreement_is_followed_from_the_wish_to_the_list(town: Turns, rows: Any, now: list[datetime]) -> None:
    anna = await hired(town.db, "Anna", "coordinator")
    desk = PartnershipDesk(town)
    ada = Resident(town, "ada")
    await ada.does("/start join", "[Överenskommelsen mellan Borås Stad och de idéburna organisationerna]"
                   if "[Överenskommelsen mellan Borås Stad och de idéburna organisationerna]" in ada.buttons else "the agreement")  # fmt: skip
    await ada.does("The Garden Friends", "We garden", "Ada, ada@example.se", "[Yes]", "[Yes, this is right]")
    (wish,) = await desk.signatures(anna)
    assert (wish.organisation, wish.status, wish.listed) == ("The Garden Friends", "sent", True)
    assert await desk.public_list("ekero") == []
    with refuses("still to come"):
        await desk.sign(anna, "1", wish.id, "2026-04-01")
    await desk.sign(anna, "2", wish.id, "2026-03-02")
    assert [each.organisation for each in await desk.public_list("ekero")] == ["The Garden Friends"]
    (case,) = await rows(tables.cases)
    assert case.status == "closed"
    while await DueWork(town.db, town, now=lambda: now[0]).run_ready():
        pass
    await ada.does("/mine")
    assert "Signed on Monday 2 March 2026." in await ada.does("[Agreement: The Garden Friends]")
    await ada.does("[Take us off the list]")
    assert await desk.public_list("ekero") == []
    await desk.add_signature(anna, "3", "The Choir", "We sing", "2016-12-01", listed=True)
    await desk.end_signature(anna, wish.id)
    assert [each.organisation for each in await desk.signatures(anna)] == ["The Choir"]
    await ada.does("/forget", "[Yes]")
    assert {each.resident_id for each in await rows(tables.signatures)} == {None}
