"""The whole channel: a person in Telegram, the real turns and flows, a real database, and the way back."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from inspect import isawaitable
from typing import Any

import aiohttp
import pytest
import structlog
from sqlalchemy import func, select

from bot.errors import Retry
from bot.handlers.telegram.webhook import SECRET_HEADER
from storage import tables
from storage.db import Database
from tests.bot_api import BotApi, Message, Person, Press
from tests.telegram.parts import PDF, Running, running


@pytest.fixture
async def run(run_in: tuple[str, str], api: BotApi) -> AsyncIterator[Running]:
    """The channel, once in each mode."""
    mode, url = run_in
    async with running(api, url, mode=mode) as parts:
        yield parts


@pytest.fixture(params=["polling", "webhook", "webhook on PostgreSQL"])
def run_in(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A mode and a database."""
    mode, _on, database = request.param.partition(" on ")
    return mode, request.getfixturevalue("postgres_url" if database else "sqlite_url")


@pytest.fixture
async def polled(api: BotApi, sqlite_url: str) -> AsyncIterator[Running]:
    async with running(api, sqlite_url) as parts:
        yield parts


@pytest.fixture
async def posted(api: BotApi, sqlite_url: str) -> AsyncIterator[Running]:
    async with running(api, sqlite_url, mode="webhook") as parts:
        await _until(lambda: api.default_bot.webhook.url != "")
        yield parts


async def _rows(run: Running, table: Any, *where: Any) -> list[Any]:
    async with run.db.read() as tx:
        return list((await tx.execute(select(table).where(*where))).all())


async def _until(true: Any, timeout_s: float = 30) -> None:
    async with asyncio.timeout(timeout_s):
        while not (await found if isawaitable(found := true()) else found):
            await asyncio.sleep(0.01)


async def _arrived(person: Person, label: str) -> Message:
    """Wait until a button is to be seen."""
    await person.chat.until(
        lambda: any(label in row for each in person.chat.messages for row in each.buttons), 30, f"the button {label}"
    )
    return next(each for each in reversed(person.chat.messages) if any(label in row for row in each.buttons))


async def _press(person: Person, label: str) -> str:
    """Press a button as soon as it is there; the words of the answer."""
    await _arrived(person, label)
    press = await person.presses(label)
    assert isinstance(press, Press)
    return await press.answered()


async def _begun(person: Person) -> None:
    """Somebody who has chosen English and is asked for their idea."""
    await person.starts("idea")
    await _press(person, "English")
    await person.sees("Tell me about your idea")


# --- talking --------------------------------------------------------------------------------------------------------


async def test_talk_from_start_to_plan(run: Running, api: BotApi, amina: Person) -> None:
    await _begun(amina)
    assert (await _arrived(amina, "✓ English")).buttons == [["✓ English"]]
    await amina.says("Repair bicycles together with young people in Stenhamra")
    for _count in range(60):
        await api.settled()
        await _until(lambda: _is_quiet(run))
        if any("document" in each.content for each in amina.chat.messages):
            break
        question = [each for each in amina.chat.from_bot if len(each.buttons) > 1][-1]
        labels = [label for row in question.buttons for label in row]
        wanted = ("Yes, this is right", "I agree", "Good, take these", "Skip", "I don't know yet", "Yes")
        await _press(amina, next((each for each in wanted if each in labels), labels[0]))
    assert [each.fault for each in await _rows(run, tables.inbox, tables.inbox.c.status != "done")] == []
    document = next(each for each in amina.chat.messages if "document" in each.content)
    assert api.world.files[document.content["document"]["file_id"]].content == PDF
    assert all(press.query.answer is not None for press in amina.presses_made)
    assert await _rows(run, tables.plans) != []


async def _is_quiet(run: Running) -> bool:
    waiting = tables.deliveries.c.status.in_(("waiting", "attempting"))
    return await _rows(run, tables.deliveries, waiting) == []


async def test_old_button_says_so_in_passing(run: Running, api: BotApi, amina: Person) -> None:
    await _begun(amina)
    old = amina.chat.messages[1]
    press = await amina.forges("c1:1:c:sv", message=old)
    assert await press.answered() == "That button belongs to an earlier question."
    press = await amina.forges("c0:whatever", message=old, inaccessible=True)
    assert await press.answered() == "That button belongs to an earlier question."
    await api.settled()
    assert len([each for each in amina.chat.from_bot if "Tell me about your idea" in each.text]) == 1


async def test_changed_message_answers_what_could_not_be_read(polled: Running, api: BotApi, amina: Person) -> None:
    await amina.starts()
    await amina.hears()
    first = await amina.says("Klingon")
    await amina.hears()
    last = await amina.says("Elvish")
    await amina.hears()
    await amina.edits(first, "English")  # not the last thing said
    await api.settled()
    await amina.chat.hears_nothing()
    await amina.edits(last, "English")
    await amina.sees("What would you like")
    await _until(lambda: _is_quiet(polled))
    amina.chat.hush()
    await amina.edits(last, "Svenska")  # its question has been answered
    await api.settled()
    await amina.chat.hears_nothing()
    assert await _sayings(polled) == 4


async def test_first_thing_said_is_no_command_needed(run: Running, amina: Person) -> None:
    await amina.says("Hello, can anybody help me?")
    assert "Svenska" in str((await amina.hears()).buttons)


# --- once and only once ---------------------------------------------------------------------------------------------


async def _sayings(run: Running) -> int:
    return len(await _rows(run, tables.messages, tables.messages.c.sender == "resident"))


async def test_update_that_comes_again_changes_nothing(run: Running, api: BotApi, amina: Person) -> None:
    await _begun(amina)
    await _until(lambda: _is_quiet(run))
    before = (await _sayings(run), len(amina.chat.from_bot))
    await api.replay(times=2)
    await api.replay(times=3, together=True)
    await asyncio.sleep(0.5)
    await _until(lambda: _is_quiet(run))
    assert (await _sayings(run), len(amina.chat.from_bot)) == before


async def test_updates_of_a_chat_keep_their_order(run: Running, api: BotApi) -> None:
    people = [api.user(id=number, language_code="sv", started=True) for number in range(2000, 2010)]
    for count in range(12):
        for person in people:
            await person.says(f"Message {count}")
    await api.settled(20)
    for row in await _rows(run, tables.conversations):
        said = await _rows(
            run,
            tables.messages,
            tables.messages.c.conversation_id == row.id,
            tables.messages.c.sender == "resident",
        )
        assert [each.body["text"] for each in sorted(said, key=lambda each: each.id)] == [
            f"Message {count}" for count in range(12)
        ]


async def test_numbers_that_jump_are_no_trouble(polled: Running, api: BotApi, amina: Person) -> None:
    await amina.says("One")
    await api.settled()
    api.switches.jump_update_ids = True
    for count in range(8):
        await amina.says(f"Message {count}")
        await api.settled()
        await asyncio.sleep(0.02)
    assert await _sayings(polled) == 9


async def test_lost_answer_is_sent_again_rather_than_never(run: Running, api: BotApi, amina: Person) -> None:
    api.fail("sendMessage", "lost", chat=amina.id)
    await amina.starts()
    await _until(lambda: len(amina.chat.from_bot) == 2)
    await _until(lambda: _is_quiet(run))
    assert amina.chat.from_bot[0].text == amina.chat.from_bot[1].text


# --- trouble --------------------------------------------------------------------------------------------------------


async def test_chat_that_must_wait_holds_nobody_up(run: Running, api: BotApi, amina: Person) -> None:
    api.fail("sendMessage", 429, chat=amina.id, retry_after=3)
    bo = api.user(id=1002, first_name="Bo", language_code="en")
    began = asyncio.get_running_loop().time()
    await amina.starts()
    await _until(lambda: len(api.calls_of("sendMessage", amina.id)) == 1)
    await bo.starts()
    await bo.hears()
    assert asyncio.get_running_loop().time() - began < 3
    assert amina.chat.from_bot == []
    await amina.hears()
    assert asyncio.get_running_loop().time() - began >= 3


async def test_somebody_who_blocks_is_left_alone_until_they_write(run: Running, api: BotApi, amina: Person) -> None:
    await amina.starts()
    await amina.hears()
    await amina.blocks()
    await api.settled()
    (address,) = await _rows(run, tables.addresses)
    assert address.state == "blocked"
    await amina.unblocks()
    await api.settled()
    (address,) = await _rows(run, tables.addresses)
    assert address.state == "ok"
    await amina.says("Hello")
    await amina.hears()


@pytest.mark.parametrize(("trouble", "state"), [("blocked", "blocked"), ("deactivated", "gone")])
async def test_somebody_who_cannot_be_reached_is_marked(
    polled: Running, api: BotApi, amina: Person, trouble: str, state: str
) -> None:
    api.fail("sendMessage", trouble, times=None)
    await amina.starts()

    async def marked() -> bool:
        found = [each.state for each in await _rows(polled, tables.addresses)]
        return found + [each.status for each in await _rows(polled, tables.deliveries)] == [state, "given_up"]

    await _until(marked)
    assert len(api.calls_of("sendMessage")) == 1


async def test_group_hears_one_polite_line_a_day(run: Running, api: BotApi, amina: Person) -> None:
    await _until(lambda: run.telegram.username is not None)
    group = api.group("Village", members=[amina])
    await amina.says("/start", where=group.general)
    line = await group.hears()
    assert "idelabbet_bot" in line.html
    await amina.says("/help", where=group.general)
    await amina.says("Well?", where=group.general)
    await api.settled()
    await group.hears_nothing()
    assert await _rows(run, tables.conversations) == []


async def test_group_that_moves_hears_its_line_at_its_new_place(run: Running, api: BotApi, amina: Person) -> None:
    group = api.group("Village", kind="group", members=[amina])
    api.switches.latency_s = 0.1
    await amina.says("/start", where=group.general)
    moved = await group.migrates(by=amina)
    await moved.hears()
    assert [each.address for each in await _rows(run, tables.addresses)] == [str(moved.id)]


async def test_unreadable_update_is_put_aside_and_holds_nobody_up(run: Running, api: BotApi, amina: Person) -> None:
    api.push("message", {"message_id": "no number"})
    api.push("message", {"message_id": 1, "date": 1, "chat": {"id": amina.id}}, queue=1)
    api.push("something_new", {"from": 1}, queue=2)
    await amina.starts()
    await amina.hears()
    await api.settled()
    aside = await _rows(run, tables.inbox, tables.inbox.c.status == "unparsed")
    assert len(aside) == 2
    assert await _rows(run, tables.inbox, func.length(tables.inbox.c.update_key) == 0) == []


async def test_every_token_stays_out_of_the_log(
    api: BotApi, sqlite_url: str, amina: Person, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for trouble in ("reset", 500, 429, "garbled"):
        api.fail("getUpdates", trouble)
        api.fail("sendMessage", trouble)
    api.fail("getMe", "reset")
    api.fail("setMyName", 401)
    with structlog.testing.capture_logs() as logged:
        async with running(api, sqlite_url) as parts:
            await amina.starts()
            await _until(lambda: amina.chat.from_bot != [], 20)
            await _until(lambda: parts.telegram.username is not None, 20)
    secret = api.token.partition(":")[2]
    written = capsys.readouterr()
    assert logged != []
    assert secret not in json.dumps(logged, default=repr) + caplog.text + written.out + written.err
    assert "Amina" not in json.dumps(logged, default=repr)


# --- files ----------------------------------------------------------------------------------------------------------


async def test_photo_is_fetched_after_the_commit(run: Running, api: BotApi, amina: Person) -> None:
    await _begun(amina)
    await amina.sends_photo(b"a picture", caption="The house")
    await amina.sends_document(b"x", "large.bin", size=21 << 20)
    await api.settled()
    waiting = await _rows(run, tables.attachments)
    assert [each.status for each in waiting] == ["waiting", "waiting"]
    api.fail("getFile", 500)
    for _count in range(3):
        await run.due.run_ready()
    kept = {each.kind: each for each in await _rows(run, tables.attachments)}
    assert {kind: (each.status, each.reason) for kind, each in kept.items()} == {
        "photo": ("kept", None),
        "document": ("refused", "too large"),
    }
    assert [each.bytes for each in await _rows(run, tables.files)] == [b"a picture"]


# --- the bot's profile ----------------------------------------------------------------------------------------------


async def test_profile_is_told_once(api: BotApi, sqlite_url: str) -> None:
    async with running(api, sqlite_url):
        await _until(lambda: ("description", "ar") in api.default_bot.profile)
    commands = api.default_bot.commands
    told = api.counts["setMyCommands"]
    assert {language for _scope, language in commands} == {"", "en", "ar"}
    assert all(each["command"] for listed in commands.values() for each in listed)
    async with running(api, sqlite_url) as again:
        assert again.telegram.username == "idelabbet_bot"
        await _until(lambda: api.counts["getMe"] == 2)
        await asyncio.sleep(0.1)
    assert api.counts["setMyCommands"] == told == 3
    assert api.counts["setMyName"] == 1


# --- polling --------------------------------------------------------------------------------------------------------


async def test_only_one_process_polls_and_the_other_takes_over(api: BotApi, sqlite_url: str, amina: Person) -> None:
    async with running(api, sqlite_url) as first:
        await _until(lambda: api.counts["getUpdates"] > 0)
        async with running(api, sqlite_url):
            await amina.starts()
            await amina.hears()
            assert not any(call.status == 409 for call in api.calls_of("getUpdates"))
            for task in first.telegram._tasks:
                task.cancel()
            await asyncio.gather(*first.telegram._tasks, return_exceptions=True)
            await amina.says("English")
            await amina.hears()


class Away(Database):
    """A database that can be out of reach."""

    away = False

    async def write(self, job: Any, key: Any = None, *, ahead: bool = False) -> Any:
        if self.away:
            raise Retry("the database is away")
        return await super().write(job, key, ahead=ahead)


async def test_polling_confirms_nothing_that_was_not_committed(api: BotApi, sqlite_url: str, amina: Person) -> None:
    async with running(api, sqlite_url, opened=Away) as parts:
        assert isinstance(parts.db, Away)
        await amina.starts()
        await amina.hears()
        parts.db.away = True
        await amina.says("English")
        await _until(lambda: api.counts["getUpdates"] >= 5)
        assert len(api.pending()) == 1
        parts.db.away = False
        await amina.hears()
        await api.settled()
        assert await _sayings(parts) == 2


async def test_polling_takes_a_forgotten_webhook_off(api: BotApi, sqlite_url: str, amina: Person) -> None:
    await api.default_bot.webhook.set("http://127.0.0.1:9/none", None, 1)
    async with running(api, sqlite_url):
        await amina.starts()
        await amina.hears()
    assert api.default_bot.webhook.url == ""


async def test_polling_goes_on_after_trouble(polled: Running, api: BotApi, amina: Person) -> None:
    for trouble in (500, "reset", 409, 429):
        api.fail("getUpdates", trouble)
    await amina.starts()
    await amina.chat.hears(15)
    await amina.says("English")
    await amina.chat.hears(15)


# --- the webhook ----------------------------------------------------------------------------------------------------


async def _post(run: Running, body: Any, secret: str | None = "s3cret-for-tests") -> aiohttp.ClientResponse:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with aiohttp.ClientSession() as session, session.post(run.address, data=body, headers=headers) as answer:
        await answer.read()
        return answer


async def test_webhook_believes_only_telegram(posted: Running) -> None:
    assert [(await _post(posted, b"{}", secret)).status for secret in (None, "", "wrong", "å")] == [403] * 4
    assert await _rows(posted, tables.inbox) == []


async def test_webhook_puts_what_is_no_update_aside(posted: Running) -> None:
    for body in (b"{", b"[]", b"7", b"{}", b"\xff", b"{"):
        assert (await _post(posted, body)).status == 200
    assert len(await _rows(posted, tables.inbox, tables.inbox.c.status == "unparsed")) == 5


async def test_webhook_refuses_what_is_too_long(posted: Running) -> None:
    assert (await _post(posted, io.BytesIO(b" " * ((1 << 20) + 1)))).status == 413


async def test_webhook_asks_to_come_again_while_the_database_is_away(posted: Running, api: BotApi) -> None:
    await posted.db.close()
    answer = await _post(posted, json.dumps({"update_id": 7, "poll": {}}).encode())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_webhook_is_registered_with_secret_and_kinds(posted: Running, api: BotApi) -> None:
    webhook = api.default_bot.webhook
    assert (webhook.url, webhook.secret_token, webhook.max_connections) == (posted.address, "s3cret-for-tests", 40)
    kinds = ["callback_query", "edited_message", "message", "message_reaction", "my_chat_member"]
    assert api.default_bot.updates.allowed_given == kinds


async def test_webhook_has_one_address_for_each_municipality(posted: Running) -> None:
    posted.address += "/ekero"
    assert (await _post(posted, b"{")).status == 200
