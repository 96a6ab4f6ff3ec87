"""Deliveries as Telegram gets them, and what its refusals mean."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.errors import GiveUp, Gone, InDoubt, Migrated, Wait
from bot.handlers.telegram.outgoing import Outgoing
from bot.handlers.telegram.pace import Pace
from bot.handlers.telegram.transport import Transport
from tests.bot_api import BotApi, Person
from tests.telegram.conftest import Deliver
from tests.telegram.parts import PDF, body, claimed, make_document

CHOICES = {"c:a": "Young people", "c:b": "All"}


async def test_message_is_sent_with_its_buttons(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    number = await outgoing.send(delivery(html="Who is <b>it</b> for?", choices=CHOICES, serial=3))
    assert number == str(amina.chat.last.id)
    assert (amina.chat.last.text, amina.chat.last.buttons) == ("Who is it for?", [["Young people", "All"]])
    assert not amina.chat.last.protected


async def test_right_to_left_message_keeps_its_marks(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    given = body(
        "⁨08-123 45 67⁩ مرحبا\n⁨/help⁩",
        lang="ar",
        dir="rtl",
        choices={"c:a": "نعم", "c:b": "⁨Svenska⁩"},
        serial=1,
        progress={"step": 1, "steps": 3, "words": "السؤال 1 من 3"},
    )
    await outgoing.send(delivery(given=given))
    assert amina.chat.last.text == "\u200f⁨08-123 45 67⁩ مرحبا\n\u200f⁨/help⁩\n\nالسؤال 1 من 3"
    assert amina.chat.last.buttons == [["\u200f⁨Svenska⁩", "نعم"]]


async def test_private_message_cannot_be_passed_on(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    await outgoing.send(delivery(private=True))
    assert amina.chat.last.protected


async def test_long_message_comes_in_parts_with_buttons_under_the_last(
    outgoing: Outgoing, delivery: Deliver, amina: Person
) -> None:
    number = await outgoing.send(delivery(html="<b>" + "A sentence. " * 500 + "</b>", choices=CHOICES, serial=1))
    first, last = amina.chat.messages
    assert (first.buttons, last.buttons) == ([], [["Young people", "All"]])
    assert number == str(last.id)


async def test_parts_that_went_out_are_not_sent_again(
    outgoing: Outgoing, delivery: Deliver, amina: Person, api: BotApi
) -> None:
    made = delivery(html="Word. " * 2000)
    await _fail_second(api, outgoing, made)
    await outgoing.send(made)
    assert [len(text) > 3000 for text in amina.chat.texts] == [True, True, True][: len(amina.chat.texts)]
    assert "".join(amina.chat.texts).replace(" ", "") == "Word." * 2000


async def _fail_second(api: BotApi, outgoing: Outgoing, made: Any) -> None:
    """Let the second of the calls be refused for a moment."""
    real = outgoing.transport.call
    calls = 0

    async def call(method: str, parameters: Any, **rest: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            api.fail("sendMessage", 429, retry_after=1)
        return await real(method, parameters, **rest)

    outgoing.transport.call = call  # type: ignore[method-assign]
    with pytest.raises(Wait):
        await outgoing.send(made)
    outgoing.transport.call = real  # type: ignore[method-assign]
    outgoing.pace = Pace(0, lambda: 100.0)


async def test_edit_changes_the_message(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    number = await outgoing.send(delivery(html="One", choices=CHOICES, serial=1))
    assert await outgoing.send(delivery(html="Two", op="edit", previous=number)) == number
    assert (amina.chat.texts, amina.chat.last.buttons) == (["Two"], [])


async def test_edit_that_changes_nothing_is_done(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    number = await outgoing.send(delivery(html="One"))
    assert await outgoing.send(delivery(html="One", op="edit", previous=number)) == number


async def test_edit_of_what_is_not_there_is_sent_anew(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    number = await outgoing.send(delivery(html="One"))
    await amina.deletes(amina.chat.last)
    anew = await outgoing.send(delivery(html="Two", op="edit", previous=number))
    assert anew not in (None, number)
    assert await outgoing.send(delivery(html="Three", op="edit", previous=None)) not in (None, number, anew)
    document = await outgoing.send(delivery(given=_document(), op="document"))
    assert await outgoing.send(delivery(html="Four", op="edit", previous=document)) not in (None, document)


async def test_close_leaves_the_pressed_answer(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    number = await outgoing.send(delivery(html="Who?", choices=CHOICES, serial=1))
    closing = delivery(op="close", given={"chosen": "All"}, previous=number)
    assert await outgoing.send(closing) == number
    assert amina.chat.last.buttons == [["✓ All"]]
    assert await outgoing.send(closing) == number  # once more changes nothing


async def test_close_without_a_press_takes_the_buttons_away(
    outgoing: Outgoing, delivery: Deliver, amina: Person
) -> None:
    number = await outgoing.send(delivery(html="Who?", choices=CHOICES, serial=1))
    closing = delivery(op="close", given={"chosen": None}, previous=number)
    assert await outgoing.send(closing) == number
    assert amina.chat.last.buttons == []
    assert await outgoing.send(closing) == number
    await amina.deletes(amina.chat.last)
    assert await outgoing.send(closing) == number
    assert await outgoing.send(delivery(op="close", given={"chosen": None}, previous=None)) is None


def _document(caption: str = "Your <b>plan</b>.", **parts: Any) -> dict[str, Any]:
    attachment = {"kind": "plan", "subject": 7, "caption": caption}
    return body("", attachment=attachment, **parts)


async def test_document_is_made_and_sent(outgoing: Outgoing, delivery: Deliver, amina: Person, api: BotApi) -> None:
    number = await outgoing.send(delivery(given=_document(choices=CHOICES, serial=0, private=True), op="document"))
    message = amina.chat.last
    assert (str(message.id), message.text, message.protected) == (number, "Your plan.", True)
    assert message.content["document"]["file_name"] == "plan-7-en.pdf"
    assert api.world.files[message.content["document"]["file_id"]].content == PDF
    assert amina.chat.actions == ["upload_document"]


async def test_document_with_long_words_sends_them_first(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    given = _document("The last words.") | {"html": "Word. " * 300}
    await outgoing.send(delivery(given=given, op="document"))
    assert len(amina.chat.messages) == 2
    assert amina.chat.last.text.endswith("The last words.")


async def test_broken_markup_is_sent_as_plain_words(outgoing: Outgoing, delivery: Deliver, amina: Person) -> None:
    await outgoing.send(delivery(html='Look <a href="https://example.se/x">here</a> <b>now'))
    assert amina.chat.last.text == "Look here: https://example.se/x now"


@pytest.mark.parametrize(
    ("trouble", "kind", "state"),
    [("blocked", Gone, "blocked"), ("deactivated", Gone, "gone"), (500, InDoubt, None), ("lost", InDoubt, None)],
)
async def test_refusal_says_what_to_do_next(
    outgoing: Outgoing,
    delivery: Deliver,
    api: BotApi,
    trouble: int | str,
    kind: type[Exception],
    state: str | None,
) -> None:
    api.fail("sendMessage", trouble)
    with pytest.raises(kind) as error:
        await outgoing.send(delivery())
    assert getattr(error.value, "state", None) == state


async def test_stranger_cannot_be_written_to(outgoing: Outgoing, api: BotApi) -> None:
    stranger = api.user(id=2002)
    with pytest.raises(Gone) as error:
        await outgoing.send(claimed(str(stranger.id), "send", body()))
    assert error.value.state == "blocked"
    with pytest.raises(Gone) as error:
        await outgoing.send(claimed("3003", "send", body()))
    assert error.value.state == "gone"


async def test_group_that_moved_has_a_new_address(outgoing: Outgoing, api: BotApi, amina: Person) -> None:
    group = api.group("Village", kind="group", members=[amina])
    moved = await group.migrates(by=amina)
    with pytest.raises(Migrated) as error:
        await outgoing.send(claimed(str(group.id), "send", body()))
    assert error.value.address == str(moved.id)


async def test_group_that_threw_the_bot_out_is_gone(outgoing: Outgoing, api: BotApi, amina: Person) -> None:
    group = api.group("Village", members=[amina])
    await group.sets_bot("kicked", by=amina)
    with pytest.raises(Gone) as error:
        await outgoing.send(claimed(str(group.id), "send", body()))
    assert error.value.state == "gone"


async def test_too_many_requests_make_only_that_chat_wait(
    transport: Transport, delivery: Deliver, api: BotApi, amina: Person
) -> None:
    outgoing = Outgoing(transport, Pace(28, asyncio.get_running_loop().time), make_document)
    bo = api.user(id=1002, started=True)
    api.fail("sendMessage", 429, chat=amina.id, retry_after=7)
    with pytest.raises(Wait) as error:
        await outgoing.send(delivery())
    assert error.value.after_s == 7
    assert 6 < outgoing.delay_s(delivery()) <= 7
    assert await outgoing.send(claimed(str(bo.id), "send", body("Hello"))) is not None
    with pytest.raises(Wait, match="paced"):
        await outgoing.send(delivery())
    assert len(api.calls_of("sendMessage", chat=amina.id)) == 1


async def test_wrong_token_stops_everything(api: BotApi, amina: Person) -> None:
    async with Transport("1:WRONG", api.url) as transport:
        outgoing = Outgoing(transport, Pace(28, asyncio.get_running_loop().time), make_document)
        with pytest.raises(Wait) as error:
            await outgoing.send(claimed(str(amina.id), "send", body()))
        assert error.value.after_s == 60
        assert outgoing.budget() == 0


async def test_what_can_never_go_out_is_given_up(outgoing: Outgoing, delivery: Deliver, api: BotApi) -> None:
    with pytest.raises(GiveUp, match="nothing to say"):
        await outgoing.send(delivery(html=""))
    with pytest.raises(GiveUp, match="forgotten"):
        await outgoing.send(claimed(None, "send", body()))
    with pytest.raises(GiveUp, match="mail"):
        await outgoing.send(delivery(op="mail"))
    secret = [{"id": "u:1", "label": "Open", "url": "https://example.se/a b/TOKEN"}]
    with pytest.raises(GiveUp) as error:
        await outgoing.send(delivery(choices=secret))
    assert "TOKEN" not in error.value.reason


async def test_real_limits_are_kept(transport: Transport, api: BotApi, amina: Person) -> None:
    api.limits.on = True
    outgoing = Outgoing(transport, Pace(28, asyncio.get_running_loop().time), make_document)
    people = [api.user(id=number, started=True) for number in range(5000, 5020)]

    async def send(address: int, words: str) -> None:
        """As the sender does: what was refused comes again when it may."""
        while True:
            try:
                await outgoing.send(claimed(str(address), "send", body(words)))
                return
            except Wait as wait:
                await asyncio.sleep(wait.after_s or 0.1)

    await asyncio.gather(*(send(each.id, "hello") for each in people), *(send(amina.id, str(n)) for n in range(5)))
    assert len(amina.chat.texts) == 5
    assert api.limits.refused <= 1, "two would be refused at once without a pace; a busy machine may be late by one"
