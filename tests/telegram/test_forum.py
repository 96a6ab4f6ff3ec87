"""The coaches' group in Telegram: the list, the topics and the talks in them, both ways, over the strict stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot import clock, forum
from bot.coaches import COMMANDS
from bot.flows import FLOWS
from bot.flows.case_kinds import ROLES
from bot.flows.model import File, Input
from bot.handlers.telegram import pace
from bot.handoff import Actor
from bot.update import Update
from bot.views import Views
from storage import cases, conversations, files, residents, staff, tables, translations
from tests.bot_api import BotApi, Message, Person, Press
from tests.bot_api.actors import PNG, Group, Topic
from tests.bot_api.screen import Place
from tests.telegram.parts import Running, running
from tests.telegram.test_whole import _press, _rows, _until
from tests.test_handoff import coach
from tests.test_turn import Resident

FASTER = 20
"""How much faster than Telegram's the limits of a paced test are."""

QUESTION = "Who decides about the old school?"


@dataclass
class Town:
    """The channel with a group, and the people in it: Anna and Olle are coaches."""

    run: Running
    api: BotApi
    group: Group
    anna: Person
    olle: Person
    anna_at_work: Actor
    olle_at_work: Actor

    async def quiet(self) -> None:
        """Until everything has been received and sent."""
        await self.api.settled(15)
        await _until(lambda: _is_quiet_but_for_mail(self.run), 15)
        await self.api.settled(15)
        await _until(lambda: _is_quiet_but_for_mail(self.run), 15)

    async def asks(self, person: Person, words: str = QUESTION) -> None:
        """A resident asks for a human."""
        await person.starts()
        await _press(person, "English")
        await person.says("/coach")
        await person.sees("A sentence or two is enough")
        await person.says(words)
        await self.quiet()

    async def takes(self, by: Person, case_id: int = 1) -> Topic:
        """Somebody takes a case from the list; its topic."""
        assert await self.pressed(by, f"k:claim:{case_id}", self.group.general) == f"You have case #{case_id} now."
        await self.quiet()
        return self.topic(case_id)

    async def pressed(self, by: Person, choice: str, where: Place) -> str:
        """Somebody presses a button of ours; what is said in passing."""
        press = await by.presses(f"c1:0:{choice}", where=where)
        assert isinstance(press, Press)
        return await press.answered()

    def topic(self, case_id: int = 1) -> Topic:
        """The newest topic of a case."""
        return [each for each in self.group.topics if each.name.startswith(f"#{case_id} ")][-1]

    @property
    def list(self) -> Message:
        return self.group.general.from_bot[0]

    async def faults(self) -> list[Any]:
        return [each.fault for each in await _rows(self.run, tables.inbox, tables.inbox.c.status != "done")]


async def linked(run: Running, name: str, person: Person, *roles: str) -> Actor:
    """An account whose Telegram this is, read in English."""
    actor = await coach(run.db, name, *roles)

    async def write(tx: Any) -> None:
        now = clock.now()
        chat = await conversations.address(
            tx, municipality_id="ekero", channel="telegram", address=str(person.id), now=now
        )
        await staff.link_chat(tx, actor.staff_id, "ekero", chat.id, now)
        await staff.set_values(tx, actor.staff_id, locale="en")

    await run.db.write(write)
    return actor


OUTSIDE = sorted(set(ROLES) - forum.HERE)
"""Roles that do not work in the group."""


@pytest.fixture
async def town(api: BotApi, db_url: str) -> AsyncIterator[Town]:
    anna, olle = (api.user(id=number, first_name=name, language_code="en") for number, name in ((51, "A"), (52, "O")))
    group = api.group("Coaches", forum=True, members=[anna, olle])
    async with running(api, db_url, groups=(group.id,)) as run:
        made = Town(run, api, group, anna, olle, await linked(run, "Anna", anna), await linked(run, "Olle", olle))
        yield made
        assert await made.faults() == []


async def test_a_talk_from_the_list_to_the_end(town: Town, amina: Person) -> None:
    await town.asks(amina)
    assert "#1" in town.list.text and QUESTION not in town.list.text and "Amina" not in town.list.text
    assert [each["callback_data"] for each in town.list.inline_rows[0]] == ["c1:0:k:claim:1"]
    assert town.list.inline_rows[-1][0]["url"] == "https://example.se/coach"
    topic = await town.takes(town.anna)
    assert "Anna" in town.list.text and "k:claim" not in str(town.list.markup)
    assert topic.name.startswith("#1 · ") and "Amina" not in topic.name
    card, history = topic.from_bot
    assert QUESTION in card.text and "Amina" in card.text and town.group.chat.pinned == [card.id]
    assert QUESTION in history.text and "What was said last" in history.text
    await amina.sees("What you write here goes to Anna")
    asked = await amina.says("Is there a <key>?")
    await topic.sees("Is there a <key>?")
    answer = await town.anna.says("Yes, at the library.", where=topic)
    told = await amina.sees("Yes, at the library.")
    assert told.text == "Anna\n\nYes, at the library."
    await town.quiet()
    await amina.says("Thank you", reply_to=told)
    thanks = await topic.sees("Thank you")
    assert thanks.reply_to is answer
    await town.anna.says("It opens at ten.", where=topic, reply_to=await topic.sees("Is there a <key>?"))
    assert (await amina.sees("It opens at ten.")).reply_to is asked
    await town.anna.edits(answer, "Yes, at the town hall.")
    await amina.sees("Yes, at the town hall.")
    assert "library" not in str(amina.chat.texts)
    await amina.edits(asked, "Is there a spare key?")
    await topic.sees("Is there a spare key?")
    await town.quiet()
    await amina.reacts(told, "🙏")
    await town.anna.reacts(thanks, "❤")
    await town.quiet()
    thanked = next(each for each in amina.chat.messages if each.text == "Thank you")
    assert list(answer.reactions.values()) == ["🙏"] and list(thanked.reactions.values()) == ["❤"]
    assert {(each.by, each.emoji) for each in await _rows(town.run, tables.reactions)} == {
        ("resident", "🙏"),
        ("coach", "❤"),
    }
    await town.pressed(town.anna, "k:close:1", topic)
    await town.quiet()
    assert topic.closed and "The case is closed." in topic.texts
    assert "#1" not in town.list.text
    (case,) = await _rows(town.run, tables.cases)
    assert (case.status, case.outcome) == ("closed", "answered")


async def test_what_is_sent_along_goes_both_ways(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await amina.sends_photo(caption="The school")
    await amina.sends_voice()
    await amina.sends_document(b"%PDF", "plan.pdf", mime_type="application/pdf")
    await amina.sends_location(59.3, 17.8)
    await amina.sends_contact("+46701234567")
    await town.quiet()
    kinds = [each.kind for each in topic.from_bot[2:]]
    assert kinds == ["photo", "voice", "document", "location", "contact"]
    assert [each for each in town.api.calls if each.method in ("forwardMessage", "sendPhoto")] == []
    await town.anna.sends_photo(caption="Here is the door", where=topic)
    await town.anna.sends_voice(where=topic)
    await town.anna.sends_location(59.3, 17.8, where=topic)
    await town.quiet()
    photo, voice, place = amina.chat.from_bot[-3:]
    assert (photo.kind, photo.text, voice.kind, voice.text) == ("photo", "Anna\n\nHere is the door", "voice", "Anna")
    assert "openstreetmap.org" in place.text
    await town.run.due.run_ready()
    assert {each.status for each in await _rows(town.run, tables.attachments)} == {"kept"}


async def test_side_talk_stays_among_the_coaches(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    before = len(amina.chat.messages)
    aside = await town.anna.says("// Do you know her?", where=topic)
    again = await town.olle.says("From the fair, yes", where=topic, reply_to=aside)
    await town.anna.says("Good", where=topic, reply_to=again)
    await town.anna.says("/help@other_bot", where=topic)
    await town.anna.edits(aside, "// Do you really know her?")
    await town.anna.says("Hello all", where=town.group.general)
    await town.quiet()
    assert len(amina.chat.messages) == before
    assert len(topic.from_bot) == 2
    await town.anna.says("/note Rings on Monday", where=topic)
    await topic.sees("Noted. The resident is not told.")
    assert [each.detail for each in await _rows(town.run, tables.case_events, tables.case_events.c.act == "note")] == [
        "Rings on Monday"
    ]
    await town.quiet()
    await topic.sees("Rings on Monday")


async def test_whoever_is_unknown_or_has_no_role_sends_nothing(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    stranger, siv = town.api.user(id=61, first_name="S"), town.api.user(id=62, first_name="Siv")
    for each in (stranger, siv):
        await town.group.adds(each)
    await linked(town.run, "Siv", siv, "sender")
    before = len(amina.chat.messages)
    await stranger.says("I know this", where=topic)
    await topic.until(lambda: len(topic.from_bot) == 3)
    await stranger.says("Listen to me", where=topic)
    await siv.says("And to me", where=topic)
    await topic.sees("none of a coach")
    await siv.says("Please", where=topic)
    await topic.closes(stranger)
    await town.quiet()
    assert len(amina.chat.messages) == before and len(topic.from_bot) == 4
    assert not topic.closed
    assert "Mitt konto" in topic.from_bot[2].text, "whom nobody knows hears the municipality's language"
    assert "Mitt konto" in await town.pressed(stranger, "k:close:1", topic)
    channel = {"id": town.group.id, "type": "supergroup", "title": "Coaches"}
    topic_id = topic.thread_id
    town.api.push("message", {
        "message_id": 999, "date": 1, "chat": topic.chat.as_json(), "sender_chat": channel, "message_thread_id": topic_id,
        "is_topic_message": True, "text": "It is me", "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
    })  # fmt: skip
    await topic.until(lambda: len(topic.from_bot) == 5)
    assert len(amina.chat.messages) == before


async def test_a_colleague_takes_over_before_anything_is_sent(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await town.olle.says("The culture office does, 811218-9876.", where=topic)
    held = await topic.sees("Anna has this talk; nothing was sent.")
    assert held.buttons == [["Take it over and send"]]
    (raw,) = [each.raw for each in await _rows(town.run, tables.inbox) if "culture" in str(each.raw)]
    assert "811218" not in str(raw)
    assert await town.pressed(town.anna, held.inline_rows[0][0]["callback_data"].removeprefix("c1:0:"), topic) == (
        "Only whoever wrote it can send it."
    )
    press = await town.olle.presses("Take it over and send", where=topic)
    assert isinstance(press, Press)
    assert await press.answered() == "You have this talk now, and it was sent."
    await amina.sees("The culture office does, [personnummer].")
    await town.olle.presses("Take it over and send", where=topic)
    await town.quiet()
    assert len([each for each in amina.chat.texts if "culture office" in each]) == 1
    (case,) = await _rows(town.run, tables.cases)
    assert case.owner_id == town.olle_at_work.staff_id
    await town.olle.says("/assign anna", where=topic)
    await topic.sees("Anna has this case now.")
    await town.anna.says("Hello again", where=topic)
    await amina.sees("Hello again")


async def test_two_coaches_take_a_case_at_once(town: Town, amina: Person) -> None:
    await town.asks(amina)
    message = town.list
    presses = [
        await each.forges("c1:0:k:claim:1", message=message, where=town.group.general)
        for each in (town.anna, town.olle)
    ]
    answers = sorted([await each.answered() for each in presses], key=len)
    assert answers[0] == "You have case #1 now." and "has this case" in answers[1]
    await town.quiet()
    assert len(town.group.topics) == 1
    await town.olle.says("/claim 77", where=town.group.general)
    await town.group.general.sees("There is no such case.")


async def test_every_command_is_for_those_alone_who_work_in_the_group(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    others = {role: town.api.user(id=70 + at, first_name=role.title()) for at, role in enumerate(("nobody", *OUTSIDE))}
    for role, person in others.items():
        await town.group.adds(person)
        if role != "nobody":
            await linked(town.run, role.title(), person, role)
    before = len(amina.chat.messages)
    for name, _words in COMMANDS:
        for person in others.values():
            await person.says(f"/{name} 1 something", where=topic)
            await person.says(f"/{name} 1", where=town.group.general)
    await town.quiet()
    (case,) = await _rows(town.run, tables.cases)
    owner = await _rows(town.run, tables.staff, tables.staff.c.id == case.owner_id)
    assert [each.name for each in owner] == ["Anna"] and case.closed_at is None
    assert len(amina.chat.messages) == before and not topic.closed
    assert await _rows(town.run, tables.snoozes) == []
    assert "note" not in [each.act for each in await _rows(town.run, tables.case_events)]


async def test_commands_in_a_topic(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    for words, answer in (
        ("/plan", "There is no plan yet."),
        ("/translate", "There is no translator here."),
        ("/language", "The resident reads English."),
        ("/snooze perhaps", "Until when? For example 2h, tomorrow"),
        ("/assign Nobody", "To whom?"),
        ("/close", "A case can be closed when the resident has an answer"),
        ("/what", "What I understand here:"),
    ):
        await town.anna.says(words, where=topic)
        await topic.sees(answer)
    await town.anna.says("I look at it.", where=topic)
    await town.quiet()
    for words in ("/snooze 2h", "/snooze i morgon", "/snooze tomorrow"):
        await town.anna.says(words, where=topic)
    await topic.until(lambda: len([each for each in topic.texts if each.startswith("Put aside until")]) == 3)
    await town.anna.says("/bot Good luck", where=topic)
    await amina.sees("Good luck")
    await town.quiet()
    assert topic.closed
    await town.anna.says("/claim", where=town.group.general)
    await town.group.general.sees("Which one? Write /claim 17 and its number.")


async def test_closing_a_topic_hands_back_and_opening_it_takes_it_again(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await town.anna.says("One moment", where=topic)
    await town.quiet()
    await topic.closes(town.anna)
    await town.quiet()
    (conversation,) = await _rows(town.run, tables.conversations)
    assert conversation.holder == "bot" and topic.closed
    await amina.says("/menu")
    await town.quiet()
    await topic.reopens(town.anna)
    await town.quiet()
    (conversation,) = await _rows(town.run, tables.conversations)
    assert conversation.holder == "human" and not topic.closed
    await amina.says("Are you there?")
    await topic.sees("Are you there?")
    await town.anna.says("Yes", where=topic)
    await amina.sees("Yes")


async def test_a_deleted_topic_is_made_anew_with_what_was_said(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await amina.says("First")
    await town.quiet()
    await topic.deletes()
    await amina.says("Second")
    await town.quiet()
    anew = town.topic()
    assert anew.thread_id != topic.thread_id
    assert [each.kind for each in anew.from_bot] == ["text"] * 3
    card, history, second = anew.from_bot
    assert (
        QUESTION in card.text and "First" in history.text and "Second" not in history.text and second.text == "Second"
    )
    await town.anna.says("I am here", where=anew)
    await amina.sees("I am here")
    (row,) = await _rows(town.run, tables.forum_topics)
    assert row.made == 1
    for count in range(5):
        await town.topic().deletes()
        await amina.says(f"Again {count}")
        await town.quiet()
    for each in town.group.topics:
        await each.deletes()
    await amina.says("Once more")
    await _until(lambda: _is_quiet_but_for_mail(town.run))
    assert town.group.topics == []
    letters = await _rows(town.run, tables.deliveries, tables.deliveries.c.made_by.startswith("tell:"))
    assert any("deleted again and again" in str(each.body) for each in letters)
    assert (await _rows(town.run, tables.forum_topics))[0].lost_at is not None
    await town.run.handoff.answer(town.anna_at_work, 1, "form", "The console goes on", then="stay")
    await amina.sees("The console goes on")


async def _is_quiet_but_for_mail(run: Running) -> bool:
    waiting = tables.deliveries.c.status.in_(("waiting", "attempting"))
    return await _rows(run, tables.deliveries, waiting, tables.deliveries.c.channel != "mail") == []


async def test_the_coach_hears_that_the_bot_was_blocked(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await amina.blocks()
    await topic.sees("They have closed their chat with the bot. Nothing reaches them")
    await town.quiet()
    await amina.unblocks()
    await amina.says("I am back")
    await topic.sees("I am back")
    await town.quiet()
    amina.chat.chat.blocked = True  # as if the word of it were lost
    await town.anna.says("Welcome", where=topic)
    await town.quiet()
    assert len([each for each in topic.texts if each.startswith("They have closed")]) == 2
    acts = [each.act for each in await _rows(town.run, tables.case_events)]
    assert acts.count("unreachable") == 2


async def test_a_lost_group_leaves_the_console_and_comes_back(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await town.group.sets_bot("kicked", by=town.anna)
    await town.api.settled()
    await amina.says("Anybody?")
    await _until(lambda: _is_quiet_but_for_mail(town.run))
    await town.run.handoff.answer(town.anna_at_work, 1, "form", "Yes, from the console", then="stay")
    await amina.sees("Yes, from the console")
    letters = await _rows(town.run, tables.deliveries, tables.deliveries.c.made_by.startswith("tell:"))
    subjects = [str(each.body) for each in letters if each.channel == "telegram"]
    assert len([each for each in subjects if "no longer in the coaches" in each]) == 2, "Anna and Olle, once each"
    await town.group.sets_bot("administrator", by=town.anna)
    await town.quiet()
    caught = topic.from_bot[-1].text
    assert "Anybody?" in caught and "Yes, from the console" in caught and QUESTION not in caught
    await town.anna.says("Here again", where=topic)
    await amina.sees("Here again")


async def test_without_the_right_to_make_topics_nothing_is_lost(town: Town, amina: Person) -> None:
    await town.group.sets_bot("administrator", frozenset({"can_pin_messages"}), by=town.anna)
    await town.api.settled()
    await town.asks(amina)
    assert await town.pressed(town.anna, "k:claim:1", town.group.general) == "You have case #1 now."
    await amina.says("Hello?")
    await _until(lambda: _is_quiet_but_for_mail(town.run))
    assert town.group.topics == []
    await town.group.sets_bot("administrator", by=town.anna)
    await town.quiet()
    await amina.says("Hello again?")
    await town.quiet()
    await town.run.handoff.answer(town.anna_at_work, 1, "form", "Hello", then="stay")
    await town.quiet()
    topic = town.topic()
    assert any("Hello again?" in each.text for each in topic.from_bot)


async def test_a_group_with_a_new_number_goes_on(town: Town, amina: Person) -> None:
    new = await town.group.migrates(by=town.anna)
    new.chat.is_forum = True
    await town.api.settled()
    town.group = new
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await town.anna.says("From the new group", where=topic)
    await amina.sees("From the new group")
    assert await town.run.telegram.coaches.chats() == (new.id,)


async def test_words_that_come_while_the_topic_is_made_are_joined_in_order(town: Town, amina: Person) -> None:
    await town.asks(amina)
    fault = town.api.fail("createForumTopic", 429, chat=town.group, retry_after=1)
    assert await town.pressed(town.anna, "k:claim:1", town.group.general) == "You have case #1 now."
    for count in range(12):
        await amina.says(f"line {count}")
    await town.quiet()
    assert fault.used == 1
    topic = town.topic()
    lines = [line for each in topic.from_bot[2:] for line in each.text.split("\n\n")]
    assert lines == [f"line {count}" for count in range(12)]
    assert len(topic.from_bot) <= 5
    assert len(town.api.calls_of("createForumTopic")) == 2


async def test_private_kinds_and_protected_people_are_a_number_and_a_link(town: Town, amina: Person) -> None:
    await town.asks(amina)

    async def protect(tx: Any) -> None:
        await residents.set_protected(tx, 1, True)

    await town.run.db.write(protect)
    second = town.api.user(id=1002, first_name="Bo", language_code="en", started=True)
    await town.asks(second)
    lines = town.list.text.split("\n")
    assert len(lines) == 3 and "English" not in next(each for each in lines if each.startswith("#1 "))
    assert "k:claim:1" not in str(town.list.markup) and "k:claim:2" in str(town.list.markup)
    await town.anna.says("/claim 1", where=town.group.general)
    await town.group.general.sees("That case is answered in the console only.")
    may_read = replace(town.anna_at_work, roles=frozenset({"coach", "protected"}))
    await town.run.handoff.claim(may_read, 1, "form")
    await town.quiet()
    assert town.group.topics == []
    await amina.says("A secret")
    await town.quiet()
    assert "secret" not in str(town.group.texts)


async def test_nothing_more_of_who_is_protected_meanwhile_is_shown(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await amina.says("Hello")
    await topic.sees("Hello")
    await town.run.db.write(lambda tx: residents.set_protected(tx, 1, True))
    await amina.says("A secret that was queued")
    await town.quiet()
    assert "secret" not in str(town.group.texts)


async def test_a_talk_has_one_topic_when_a_resident_has_two_cases(town: Town, amina: Person) -> None:
    await town.asks(amina)
    first = await town.takes(town.anna)
    at = clock.now()

    async def another(tx: Any) -> None:
        await cases.open(
            tx,
            municipality_id="ekero",
            kind="premises",
            conversation_id=1,
            resident_id=1,
            now=at,
            answer_by=at,
            note="A room",
        )

    await town.run.db.write(another)
    await town.run.handoff.claim(town.olle_at_work, 2, "form")
    await first.sees("The talk goes on in another case of theirs.")
    await town.quiet()
    assert first.closed and not town.topic(2).closed
    await amina.says("Which of you?")
    await town.topic(2).sees("Which of you?")


async def test_a_changed_caption_takes_no_picture_away(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    sent = await town.anna.sends_photo(caption="Hre", where=topic)
    await town.quiet()
    await town.anna.edits(sent, "Here")
    await topic.sees("A changed caption is not passed on.")
    (said,) = [each for each in await _rows(town.run, tables.messages) if each.sender == "coach"]
    assert said.body.get("file"), "the picture is still what the resident sees"


@pytest.mark.parametrize("may_delete", [True, False])
async def test_whoever_is_forgotten_leaves_no_topic(town: Town, amina: Person, may_delete: bool) -> None:
    await town.asks(amina)
    await town.takes(town.anna)
    if not may_delete:
        town.api.fail("deleteForumTopic", 400, chat=town.group, description="Bad Request: not enough rights")
    await amina.says("/forget")
    await _press(amina, "Yes")
    await _until(lambda: _is_quiet_but_for_mail(town.run))
    assert await _rows(town.run, tables.forum_topics) == []
    assert (town.group.topics == []) is may_delete
    told = await _rows(town.run, tables.deliveries, tables.deliveries.c.made_by.startswith("tell:"))
    assert any("#1" in str(each.body) and "by hand" in str(each.body) for each in told) is not may_delete


async def test_what_is_said_in_the_console_is_shown_in_the_topic(town: Town, amina: Person) -> None:
    await town.asks(amina)
    topic = await town.takes(town.anna)
    await town.run.handoff.answer(town.anna_at_work, 1, "form", "From my desk", then="stay")
    shown = await topic.sees("From my desk")
    assert shown.text.startswith("Anna (")
    await town.anna.says("From my phone", where=topic)
    await amina.sees("From my phone")
    await town.quiet()
    assert len([each for each in topic.from_bot if "From my phone" in each.text]) == 0


async def test_whoever_writes_on_the_web_is_in_the_topic_too(town: Town) -> None:
    bo = Resident(town.run.turns, "a-browser")
    await bo.does("/start", "/coach", QUESTION)
    await town.quiet()
    topic = await town.takes(town.anna)

    async def keep(tx: Any) -> int:
        return await files.put(
            tx, municipality_id="ekero", content=PNG, mime="image/png", name="a.png", now=clock.now()
        )

    ref = f"file:{await town.run.db.write(keep)}"
    sent = Update(
        "web:1", "ekero", "web", Input(text="See here", file=File("photo", ref, "a.png")), address="a-browser"
    )
    await town.run.turns.take(sent)
    await bo.does("And this is all.")
    await town.quiet()
    photo, words = topic.from_bot[-2:]
    assert (photo.kind, photo.text, words.text) == ("photo", "See here", "And this is all.")
    await town.anna.sends_document(b"%PDF-1", "map.pdf", caption="The way", where=topic)
    await town.quiet()
    await town.run.due.run_ready()
    views = Views(town.run.db, FLOWS, clock.now)
    answer = (await views.latest(1))[-1]
    kept = await views.file("ekero", 1, answer.id)
    assert (answer.body["html"], answer.body["by"]) == ("The way", "Anna")
    assert kept is not None and (kept.content, kept.name) == (b"%PDF-1", "map.pdf")
    assert await views.file("ekero", 2, answer.id) is None


async def test_a_translation_is_put_below_what_was_said(town: Town, amina: Person) -> None:
    town.run.turns.translates = True
    await town.asks(amina)
    topic = await town.takes(town.anna)
    said = await amina.says("The roof leaks")
    shown = await topic.sees("The roof leaks")
    await town.quiet()
    await town.anna.says("/translate", where=topic)
    await topic.sees("Answer with /translate")
    message = next(each for each in await _rows(town.run, tables.messages) if each.external_id == str(said.id))

    async def translated(tx: Any) -> None:
        await translations.add(
            tx, municipality_id="ekero", message_id=message.id, locale="sv", words="Taket läcker", engine="Test",
            now=clock.now(),
        )  # fmt: skip
        await forum.translated(tx, message.conversation_id, message.id, clock.now())

    await town.run.db.write(translated)
    await town.quiet()
    assert shown.text == "The roof leaks\n\nTranslated by a machine (Test): Taket läcker"


async def test_topics_are_spread_over_several_groups(api: BotApi, sqlite_url: str) -> None:
    anna = api.user(id=51, first_name="A", language_code="en")
    groups = [api.group(name, forum=True, members=[anna]) for name in ("One", "Two")]
    async with running(api, sqlite_url, groups=tuple(each.id for each in groups)) as run:
        actor = await linked(run, "Anna", anna)
        town = Town(run, api, groups[0], anna, anna, actor, actor)
        for number in range(1, 5):
            resident = api.user(id=1000 + number, first_name=f"R{number}", language_code="en", started=True)
            await town.asks(resident)
            await run.handoff.claim(actor, number, f"form {number}")
            await town.quiet()
        assert [len(each.topics) for each in groups] == [2, 2]


async def test_the_group_keeps_to_its_limits_and_loses_nothing(
    api: BotApi, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("GROUP_PER_S", pace.GROUP_PER_S), ("CHAT_PER_S", pace.CHAT_PER_S)):
        monkeypatch.setattr(pace, name, value * FASTER)
    anna = api.user(id=51, first_name="A", language_code="en")
    group = api.group("Coaches", forum=True, members=[anna])
    async with running(api, sqlite_url, groups=(group.id,), rate=28 * FASTER) as run:
        actor = await linked(run, "Anna", anna)
        town = Town(run, api, group, anna, anna, actor, actor)
        people = [api.user(id=1000 + at, first_name=f"R{at}", language_code="en", started=True) for at in range(1, 5)]
        for number, each in enumerate(people, 1):
            await town.asks(each)
            await run.handoff.claim(actor, number, f"form {number}")
        for count in range(12):
            for each in people:
                await each.says(f"line {count}")
            if count % 4 == 1:
                await people[0].sends_location(59.0, 17.0)
            await asyncio.sleep(0.05)
        await town.quiet()
        for number in range(1, 5):
            lines = [line for each in town.topic(number).from_bot for line in each.text.split("\n\n")]
            assert [each for each in lines if each.startswith("line ")] == [f"line {count}" for count in range(12)]
        assert len([each for each in town.topic(1).from_bot if each.kind == "location"]) == 3
        sent = [each.at for each in api.calls if each.params.get("chat_id") == group.id and _counts(each.method)]
        minute = 60 / FASTER
        assert max(len([at for at in sent if start <= at < start + minute]) for start in sent) <= 18 + 6
        assert len(sent) < 4 * 3 + 48, "bursts were joined"


def _counts(method: str) -> bool:
    return method.startswith(("send", "edit", "copy", "create", "close", "reopen", "pin"))
