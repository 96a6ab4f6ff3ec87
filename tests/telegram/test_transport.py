"""What is known of a call that went wrong, and that nothing ever shows the token."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback

import pytest
from telegram.error import TelegramError

from bot.handlers.telegram.transport import NotSent, Refused, TooLarge, Transport, Unanswered
from tests.bot_api import BotApi, Person

HELLO = {"chat_id": 1001, "text": "Hello"}


async def test_call_gives_the_result(transport: Transport, amina: Person) -> None:
    assert (await transport.call("sendMessage", HELLO))["message_id"] == amina.chat.last.id


async def test_call_with_a_file_is_multipart(transport: Transport, amina: Person) -> None:
    sent = await transport.call(
        "sendDocument",
        {"chat_id": 1001, "caption": "Åsa & <b>", "reply_markup": {"inline_keyboard": []}},
        file=("document", "plan åäö.pdf", b"%PDF"),
    )
    assert sent["document"]["file_name"] == "plan åäö.pdf"
    assert amina.chat.last.text == "Åsa & <b>"


async def test_refused_call_says_why(transport: Transport, api: BotApi, amina: Person) -> None:
    api.fail("sendMessage", 429, retry_after=7)
    with pytest.raises(Refused) as error:
        await transport.call("sendMessage", HELLO)
    assert (error.value.status, error.value.retry_after_s) == (429, 7)
    api.fail("sendMessage", "migrate", migrate_to=-1005)
    with pytest.raises(Refused) as error:
        await transport.call("sendMessage", HELLO)
    assert error.value.migrate_to == -1005
    with pytest.raises(Refused) as error:
        await transport.call("sendMessage", {"chat_id": 1001, "text": ""})
    assert (error.value.status, error.value.description) == (400, "message text is empty")


@pytest.mark.parametrize("trouble", ["lost", "reset", "garbled", 500, 502])
async def test_call_without_an_answer_may_have_arrived(
    transport: Transport, api: BotApi, amina: Person, trouble: int | str
) -> None:
    api.fail("sendMessage", trouble)
    with pytest.raises(Unanswered):
        await transport.call("sendMessage", HELLO)


async def test_call_answered_too_late_may_have_arrived(transport: Transport, api: BotApi, amina: Person) -> None:
    api.fail("sendMessage", "stall", hold_s=1)
    with pytest.raises(Unanswered):
        await transport.call("sendMessage", HELLO, timeout_s=0.2)
    assert amina.chat.texts == ["Hello"]


async def test_call_without_a_connection_was_not_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        async with Transport("1:SECRETTOKEN", f"http://127.0.0.1:{port}") as transport:
            with pytest.raises(NotSent):
                await transport.call("getMe", {})


async def test_calls_run_beside_each_other(transport: Transport, api: BotApi, amina: Person) -> None:
    api.switches.latency_s = 0.1
    async with asyncio.timeout(1):
        await asyncio.gather(*(transport.call("sendMessage", HELLO) for _count in range(40)))
    assert len(amina.chat.texts) == 40


async def test_token_is_in_no_error_and_no_log(
    transport: Transport, api: BotApi, amina: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = api.token.partition(":")[2]
    told: list[str] = []
    for trouble in ("lost", "garbled", 500, 429, 403, 400, 404, "stall"):
        api.fail("sendMessage", trouble, hold_s=1 if trouble == "stall" else 0)
        told += await _trouble(transport.call("sendMessage", HELLO, timeout_s=0.3))
    told += await _trouble(transport.bot(api.token).get_chat(5))
    told += await _trouble(transport.download("nowhere", 10))
    async with Transport(api.token, "http://127.0.0.1:9") as nowhere:
        told += await _trouble(nowhere.call("sendMessage", HELLO))
        told += await _trouble(nowhere.download("x", 10))
    assert len(told) == 12
    assert secret not in "".join(told)
    assert secret not in caplog.text


async def _trouble(call: object) -> list[str]:
    try:
        await call  # type: ignore[misc]
    except TelegramError as error:
        return ["".join(traceback.format_exception(error)) + repr(error.__context__)]
    return []


async def test_typed_client_works_on_top(transport: Transport, api: BotApi) -> None:
    bot = transport.bot(api.token)
    assert (await bot.get_me()).username == "idelabbet_bot"
    with pytest.raises(Refused, match="429"):
        api.fail("setMyName", 429, retry_after=3600)
        await bot.set_my_name("Idélabbet")


async def test_download_is_limited(transport: Transport, api: BotApi, amina: Person) -> None:
    message = await amina.sends_document(b"x" * 5000, "big.txt")
    found = await transport.call("getFile", {"file_id": message.content["document"]["file_id"]})
    assert await transport.download(found["file_path"], 5000) == b"x" * 5000
    with pytest.raises(TooLarge):
        await transport.download(found["file_path"], 4999)
