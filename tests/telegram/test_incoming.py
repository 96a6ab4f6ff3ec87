"""Every kind of thing a person can do, as the update it becomes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.flows.model import File, Input, Person, Point, Press
from bot.handlers.telegram.incoming import ALLOWED, Incoming, Reader, Unreadable
from bot.handlers.telegram.transport import Transport
from tests import bot_api
from tests.bot_api import BotApi

Read = Callable[[], Awaitable[list[Incoming]]]


@pytest.fixture
def reader(api: BotApi) -> Reader:
    return Reader(api.default_bot.id, "ekero", "idelabbet_bot")


@pytest.fixture
async def read(transport: Transport, reader: Reader) -> AsyncIterator[Read]:
    """Fetch and read what has come."""

    async def fetch() -> list[Incoming]:
        updates = await transport.call("getUpdates", {"allowed_updates": ALLOWED})
        if updates:
            await transport.call("getUpdates", {"offset": updates[-1]["update_id"] + 1})
        return [reader.read(each) for each in updates]

    await fetch()
    yield fetch


def _input(incoming: Incoming) -> Input:
    assert incoming.update is not None
    return incoming.update.input


async def test_words_come_with_who_where_and_when(read: Read, amina: bot_api.Person, api: BotApi) -> None:
    api.clock.stop(at=1_770_000_000)
    said = await amina.says("A café for all\nin the old school")
    (incoming,) = await read()
    update = incoming.update
    assert update is not None
    assert update.input == Input(text="A café for all\nin the old school")
    assert update.id == incoming.key == f"telegram:{api.default_bot.id}:{incoming.raw['update_id']}"
    assert (update.municipality, update.channel, update.address) == ("ekero", "telegram", "1001")
    assert (update.locale_hint, update.name_hint) == ("en", "Amina")
    assert (update.external_id, update.sent_at) == (str(said.id), datetime.fromtimestamp(1_770_000_000, UTC))
    assert update.raw == incoming.raw


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("/start", Input(command="start")),
        ("/start need_12", Input(command="start", argument="need_12")),
        ("/Start@IDELABBET_bot  idea ", Input(command="start", argument="idea")),
        ("/language sv", Input(command="language", argument="sv")),
        ("/start@other_bot x", Input(text="/start@other_bot x")),
        ("/ hello", Input(text="/ hello")),
        ("1/2 of it", Input(text="1/2 of it")),
        ("/start/now", Input(text="/start/now")),
    ],
)
async def test_command(read: Read, amina: bot_api.Person, words: str, expected: Input) -> None:
    await amina.says(words)
    assert [_input(each) for each in await read()] == [expected]


async def test_own_contact_is_vouched_for_and_anybody_elses_is_not(read: Read, amina: bot_api.Person) -> None:
    await amina.sends_contact("+46701740605")
    await amina.sends_contact("+46701740606", first_name="Bo", user_id=1002)
    await amina.sends_contact("+46701740607", first_name="Cia", user_id=None)
    assert [_input(each).person for each in await read()] == [
        Person("Amina", "+46701740605", own=True),
        Person("Bo", "+46701740606"),
        Person("Cia", "+46701740607"),
    ]


async def test_places(read: Read, amina: bot_api.Person) -> None:
    await amina.sends_location(59.33, 17.68)
    await amina.sends_venue(59.34, 17.69, "Skå bygdegård", "Skåvägen 1")
    assert [_input(each).place for each in await read()] == [Point(59.33, 17.68), Point(59.34, 17.69)]


async def test_files(read: Read, amina: bot_api.Person) -> None:
    photo = await amina.sends_photo(caption="The house")
    await amina.sends_voice()
    await amina.sends_document(b"x" * 7, "budget.ods", mime_type="application/x-ods")
    await amina.sends_video()
    await amina.sends_sticker()
    largest = photo.content["photo"][-1]
    inputs = [_input(each) for each in await read()]
    assert inputs[0] == Input(
        text="The house",
        file=File("photo", f"telegram:{largest['file_id']}", mime="image/jpeg", size=largest["file_size"]),
    )
    files = [each.file for each in inputs if each.file is not None]
    assert [(each.kind, each.name, each.mime) for each in files[1:]] == [
        ("voice", "", "audio/ogg"),
        ("document", "budget.ods", "application/x-ods"),
        ("video", "", "video/mp4"),
        ("sticker", "", ""),
    ]
    assert files[2].size == 7


@pytest.mark.parametrize(
    ("content", "file"),
    [
        ({"dice": {"emoji": "🎲", "value": 3}}, File("other", "")),
        ({"rich_message": {"blocks": []}}, File("other", "")),
        ({"new_chat_title": "x"}, None),
        ({"message_auto_delete_timer_changed": {"message_auto_delete_time": 3}}, None),
    ],
)
async def test_other_kinds(
    read: Read, api: BotApi, amina: bot_api.Person, content: dict[str, Any], file: File | None
) -> None:
    await amina.sends(content)
    (incoming,) = await read()
    assert (incoming.update.input.file if incoming.update else None) == file


async def test_change_of_a_message_is_told_from_a_new_one(read: Read, amina: bot_api.Person) -> None:
    said = await amina.says("twelve")
    await read()
    await amina.edits(said, "12")
    (incoming,) = await read()
    assert incoming.edited
    assert _input(incoming) == Input(text="12")
    assert incoming.update is not None and incoming.update.external_id == str(said.id)


async def test_press(read: Read, amina: bot_api.Person, transport: Transport) -> None:
    button = {"text": "Yes", "callback_data": "c1:4:c:yes"}
    await transport.call("sendMessage", {"chat_id": 1001, "text": "?", "reply_markup": {"inline_keyboard": [[button]]}})
    press = await amina.presses("Yes")
    assert isinstance(press, bot_api.Press)
    await amina.forges("c9:forged", message=amina.chat.last, inaccessible=True)
    one, two = await read()
    assert (_input(one).press, one.query_id) == (Press(4, "c:yes"), press.id)
    assert (_input(two).press, two.address) == (Press(-1, ""), "1001")


async def test_blocking_and_letting_in_again(read: Read, amina: bot_api.Person) -> None:
    await amina.blocks()
    await amina.unblocks()
    assert [(each.address, each.state, each.update) for each in await read()] == [
        ("1001", "blocked", None),
        ("1001", "ok", None),
    ]


async def test_groups_are_no_conversation(read: Read, amina: bot_api.Person, api: BotApi, reader: Reader) -> None:
    group = api.group("Village", members=[amina])
    await amina.says("Hello all", where=group.general)
    await amina.says("/start@other_bot", where=group.general)
    await amina.sends_photo(where=group.general)
    await amina.says("/help", where=group.general)
    await group.sets_bot("left", by=amina)
    await group.sets_bot("member", by=amina)
    read_ones = await read()
    assert [each.update for each in read_ones] == [None] * 6
    assert [each.group for each in read_ones] == [False, False, False, True, False, True]


async def test_what_happens_in_a_group_is_an_event(read: Read, amina: bot_api.Person, api: BotApi) -> None:
    group = api.group("Coaches", forum=True, members=[amina])
    topic = await group.opens_topic("#17", by=amina)
    said = await amina.says("Hello", where=topic)
    await amina.says("/claim@idelabbet_bot 17", where=group.general)
    await amina.says("/claim@other_bot 17", where=group.general, reply_to=said)
    await amina.sends_photo(caption="Here", where=topic)
    await amina.edits(said, "Hello!")
    await amina.reacts(said, "👍")
    await topic.closes(amina)
    await group.sets_bot("administrator", frozenset({"can_pin_messages"}), by=amina)
    await group.sets_bot("administrator", by=amina)
    await group.sets_bot("kicked", by=amina)
    events = [each.event for each in await read() if each.event]
    assert [(each.kind, each.thread) for each in events] == [
        ("created", topic.thread_id), ("said", topic.thread_id), ("said", None), ("said", None), ("said", topic.thread_id),
        ("edited", topic.thread_id), ("reacted", None), ("closed", topic.thread_id), ("rights", None), ("in", None),
        ("out", None),
    ]  # fmt: skip
    assert [each.person for each in events[:8]] == ["1001"] * 8
    assert [(each.command, each.argument) for each in events[2:4]] == [("claim", "17"), (None, "")]
    assert [each.reply_to for each in events[1:4]] == [None, None, said.id]
    photo = events[4].file
    assert photo is not None and (photo.kind, events[4].text, events[6].emoji) == ("photo", "Here", "👍")


@pytest.mark.parametrize("raw", [{}, {"update_id": "7"}, {"update_id": True}, {"message": {}}, [], None])
def test_update_without_a_number_is_unreadable(reader: Reader, raw: Any) -> None:
    with pytest.raises(Unreadable) as error:
        reader.read(raw)
    assert error.value.key is None


@pytest.mark.parametrize(
    "raw",
    [
        {"update_id": 7, "message": {"message_id": "x"}},
        {"update_id": 7, "message": []},
        {"update_id": 7, "callback_query": {"id": "1"}},
        {"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 1}}},
    ],
)
def test_update_that_cannot_be_built_is_unreadable(reader: Reader, raw: Any) -> None:
    with pytest.raises(Unreadable) as error:
        reader.read(raw)
    assert error.value.key == f"telegram:{reader.bot_id}:7"


def test_unknown_kind_is_nothing_to_do(reader: Reader) -> None:
    incoming = reader.read({"update_id": 7, "stopped_message_generation": {"chat": {"id": 1}}})
    assert (incoming.update, incoming.state, incoming.group, incoming.query_id) == (None, None, False, None)
