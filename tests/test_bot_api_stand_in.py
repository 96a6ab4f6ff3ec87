"""The stand-in must refuse what Telegram refuses, or the tests over it prove nothing.

Where it is natural the real client is put over it; refusals are provoked with bare HTTP, since a client may stop them.
Every answer and update of the stand-in is itself checked against the schema (`check_own`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
import pytest_asyncio
import telegram
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import error as client_error

from tests.bot_api import ALL_RIGHTS, BotApi, Group, Person, Press, schema
from tests.bot_api.calls import METHODS
from tests.bot_api.entities import clean, formatted, is_empty, parse_html, utf16
from tests.bot_api.errors import ApiError
from tests.bot_api.remote import spawned

AMINA, COACH = 1001, 2001
Json = dict[str, Any]


class Caller:
    """Bare calls: JSON unless told otherwise; hands back the whole answer."""

    def __init__(self, api: BotApi, session: aiohttp.ClientSession) -> None:
        self.api = api
        self.session = session

    async def __call__(self, method: str, **params: Any) -> Json:
        async with self.session.post(f"{self.api.base_url}{self.api.token}/{method}", json=params) as answer:
            result: Json = await answer.json()
            assert result["ok"] is (answer.status == 200)
            assert result.get("error_code", 200) == answer.status
            return result

    async def refused(self, method: str, **params: Any) -> str:
        answer = await self(method, **params)
        assert not answer["ok"], answer
        return str(answer["description"])

    async def result(self, method: str, **params: Any) -> Any:
        answer = await self(method, **params)
        assert answer["ok"], answer
        return answer["result"]


@pytest_asyncio.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(seed=7) as api:
        api.switches.check_own = True
        yield api


@pytest_asyncio.fixture
async def call(api: BotApi) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(api, session)


@pytest_asyncio.fixture
async def bot(api: BotApi) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot(api.token, base_url=api.base_url, base_file_url=api.base_file_url) as bot:
        yield bot


@pytest.fixture
def amina(api: BotApi) -> Person:
    return api.user(id=AMINA, first_name="Amina", language_code="so", started=True)


@pytest.fixture
def coach(api: BotApi) -> Person:
    return api.user(id=COACH, first_name="Karin")


@pytest.fixture
def forum(api: BotApi, coach: Person) -> Group:
    return api.group("Coacher", forum=True, members=[coach])


def inline(*rows: list[Json]) -> Json:
    return {"inline_keyboard": list(rows)}


def button(**fields: Any) -> Json:
    return {"text": "Ja", **fields}


# The real client over it


async def test_a_conversation_goes_both_ways(api: BotApi, bot: telegram.Bot, amina: Person) -> None:
    await amina.starts("kiosk_7")
    (first,) = await bot.get_updates(timeout=1)
    assert first.message and first.message.text == "/start kiosk_7"
    assert first.message.from_user and first.message.from_user.language_code == "so"
    assert first.message.entities[0].type == "bot_command"

    keyboard = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Lokal", callback_data="c1:1")]])
    await bot.send_message(AMINA, "Vad vill du <b>göra</b>?", parse_mode="HTML", reply_markup=keyboard)
    question = await amina.hears()
    assert (question.text, question.buttons) == ("Vad vill du göra?", [["Lokal"]])
    assert question.html == "Vad vill du <b>göra</b>?"

    press = await amina.presses("Lokal")
    assert isinstance(press, Press)
    (second,) = await bot.get_updates(offset=first.update_id + 1, timeout=1)
    assert second.callback_query and second.callback_query.data == "c1:1"
    await second.callback_query.answer("Tack")
    await second.callback_query.edit_message_text("Du valde lokal.")
    assert await press.answered() == "Tack"
    await amina.sees("Du valde")
    assert (amina.alerts, amina.chat.last.buttons, amina.chat.last.edited) == (["Tack"], [], True)
    assert api.transcript(amina) == "Amina> /start kiosk_7\nbot> Du valde lokal. (edited)"
    assert api.counts == {"getMe": 1, "getUpdates": 2, "sendMessage": 1, "answerCallbackQuery": 1, "editMessageText": 1}
    assert api.warnings == []


async def test_files_go_up_and_down(api: BotApi, bot: telegram.Bot, amina: Person) -> None:
    sent = await bot.send_document(
        AMINA, io.BytesIO(b"plan"), filename="plan.pdf", caption="Din <i>plan</i>", parse_mode="HTML"
    )
    assert sent.document and sent.caption == "Din plan"
    fetched = await bot.get_file(sent.document.file_id)
    assert bytes(await fetched.download_as_bytearray()) == b"plan"
    again = await bot.send_document(AMINA, sent.document.file_id)
    assert again.document and again.document.file_unique_id == sent.document.file_unique_id
    voice = (await amina.sends_voice(b"OggS...")).content["voice"]
    assert bytes(await (await bot.get_file(voice["file_id"])).download_as_bytearray()) == b"OggS..."
    album = await bot.send_media_group(
        AMINA, [telegram.InputMediaPhoto(b"one", caption="En"), telegram.InputMediaPhoto(b"two")]
    )
    assert len({message.media_group_id for message in album}) == 1
    assert api.warnings == []


async def test_a_file_over_a_limit_is_refused(api: BotApi, bot: telegram.Bot, call: Caller, amina: Person) -> None:
    large = (await amina.sends_document(b"x", "film.mp4", size=(20 << 20) + 1)).content["document"]["file_id"]
    assert await call.refused("getFile", file_id=large) == "Bad Request: file is too big"
    with pytest.raises(client_error.BadRequest, match="File is too big"):
        await bot.send_photo(AMINA, b"\0" * ((10 << 20) + 1))
    with pytest.raises(client_error.BadRequest, match="File must be non-empty"):
        await bot.send_document(AMINA, b"")
    assert "wrong file_id" in await call.refused("getFile", file_id="nonsense")
    assert "wrong file identifier" in await call.refused("sendPhoto", chat_id=AMINA, photo="nonsense")
    assert "wrong file identifier" in await call.refused("sendPhoto", chat_id=AMINA, photo="attach://nothing")
    assert "failed to get HTTP URL" in await call.refused("sendPhoto", chat_id=AMINA, photo="https://example.org/a.jpg")
    assert "type of file mismatch" in await call.refused("sendPhoto", chat_id=AMINA, photo=large)
    async with call.session.get(f"{api.base_file_url}{api.token}/documents/nothing.pdf") as answer:
        assert answer.status == 404


async def test_everything_people_send_is_a_sound_update(api: BotApi, bot: telegram.Bot, amina: Person) -> None:
    await amina.sends_location(59.3, 18.1)
    live = await amina.sends_location(59.3, 18.1, live_period=600)
    await amina.moves(live, 59.4, 18.2)
    await amina.sends_venue(59.3, 18.1, "Biblioteket", "Storgatan 1")
    await amina.sends_contact("+46701234567")
    await amina.sends_contact("+46700000000", user_id=5, first_name="Någon")
    await amina.sends_photo(caption="Här")
    await amina.sends_voice()
    await amina.sends_video()
    await amina.sends_document(b"1", "a.txt")
    await amina.sends_sticker()
    await amina.sends_album(2)
    await amina.sends_web_app_data('{"a":1}', "Öppna")
    said = await amina.says("Fel")
    await amina.edits(said, "Rätt")
    await amina.says("Svar", reply_to=said)
    updates = await bot.get_updates()
    assert len(updates) == len(api.pending()) == 17
    kinds = [telegram.helpers.effective_message_type(update) for update in updates]
    assert kinds[:7] == ["location", "location", "location", "location", "contact", "contact", "photo"]
    assert updates[3].message and updates[3].message.venue and updates[3].message.venue.title == "Biblioteket"
    assert kinds[7:] == [
        "voice",
        "video",
        "document",
        "sticker",
        "photo",
        "photo",
        "web_app_data",
        "text",
        "text",
        "text",
    ]
    edited = [update.edited_message for update in updates if update.edited_message]
    assert [message.text for message in edited] == [None, "Rätt"]
    assert edited[0].location and edited[0].location.latitude == 59.4
    contacts = [update.message.contact for update in updates if update.message and update.message.contact]
    assert [contact.user_id for contact in contacts] == [AMINA, 5]
    assert updates[-1].message and updates[-1].message.reply_to_message
    assert updates[-1].message.reply_to_message.text == "Rätt"
    assert api.warnings == []


# Calls against the schema


async def test_bodies_of_all_kinds_mean_the_same(api: BotApi, call: Caller, amina: Person) -> None:
    url = f"{api.base_url}{api.token}/SENDMESSAGE"
    fields = {"chat_id": str(AMINA), "text": "Hej", "reply_markup": json.dumps(inline([button(callback_data="1")]))}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    for arguments in ({"params": fields}, {"data": fields}, {"data": multipart}, {"json": fields}):
        async with call.session.post(url, **arguments) as answer:
            assert (await answer.json())["result"]["reply_markup"] == inline([button(callback_data="1")])
    async with call.session.get(url, params=fields) as answer:
        assert answer.status == 200
    assert amina.chat.texts == ["Hej"] * 5


def test_every_method_of_the_schema_is_answered() -> None:
    assert {method.name for method in schema.load().methods.values()} == set(METHODS)


async def test_unknown_things_are_not_found(api: BotApi, call: Caller) -> None:
    assert await call("sendNothing") == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert await call("approveSuggestedPost") == {"ok": False, "error_code": 404, "description": "Not Found"}
    async with call.session.get(f"{api.base_url}1:AAA/getMe") as answer:
        assert (await answer.json())["description"] == "Unauthorized"
    async with call.session.get(f"{api.url}/nowhere") as answer:
        assert answer.status == 404
    async with call.session.get(f"{api.url}/control/health") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        ("sendMessage", {"text": "a"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": AMINA}, "message text is empty"),
        ("sendMessage", {"chat_id": AMINA, "text": ""}, "message text is empty"),
        ("sendMessage", {"chat_id": AMINA, "text": 5}, 'field "text" must be of type String'),
        ("sendMessage", {"chat_id": [1], "text": "a"}, 'field "chat_id" must be of type Integer or String'),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "protect_content": "ja"}, "must be of type Boolean"),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "message_thread_id": "x"}, "must be of type Integer"),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "message_thread_id": True}, "must be of type Integer"),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "reply_markup": "{"}, "can't parse reply markup JSON object"),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "reply_markup": []}, 'field "reply_markup" must be of type'),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "entities": {}}, 'field "entities" must be of type Array'),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "entities": [1]}, "must be of type MessageEntity"),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "entities": [{}]}, 'Can\'t find field "type"'),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "reply_markup": inline([{"url": "a.se"}])}, 'field "text"'),
        ("sendLocation", {"chat_id": AMINA, "latitude": "x", "longitude": 1}, "must be of type Float"),
        ("sendLocation", {"chat_id": AMINA, "latitude": 91, "longitude": 1}, "wrong latitude"),
        ("setChatMenuButton", {"menu_button": {"type": "nothing"}}, "must be of type MenuButton"),
        ("createForumTopic", {"chat_id": AMINA}, 'parameter "name" is required'),
        ("sendMessage", {"chat_id": AMINA, "text": "a", "parse_mode": "RTF"}, "unsupported parse_mode"),
        ("sendChatAction", {"chat_id": AMINA, "action": "sleeping"}, "wrong parameter action"),
    ],
)
async def test_a_wrong_call_is_refused(call: Caller, amina: Person, method: str, params: Json, text: str) -> None:
    description = await call.refused(method, **params)
    assert description.startswith("Bad Request: ")
    assert text in description
    assert amina.chat.messages == []


async def test_broken_bodies_are_refused(api: BotApi, call: Caller) -> None:
    url = f"{api.base_url}{api.token}/sendMessage"
    for body, kind in (
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b"text=\xff", "application/x-www-form-urlencoded"),
    ):
        async with call.session.post(url, data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status == 400
    async with call.session.post(url, data={"document": io.BytesIO(b"\0" * (65 << 20))}) as answer:
        assert answer.status == 413


async def test_what_telegram_ignores_is_a_warning(api: BotApi, call: Caller, amina: Person) -> None:
    unknown = {"is_disabled": True, "is_pretty": True}
    await call.result("sendMessage", chat_id=AMINA, text="a", colour="red", link_preview_options=unknown)
    await call.result("sendMessage", chat_id=AMINA, text='<a href="nowhere">a</a>', parse_mode="HTML")
    await call.result("sendMessage", chat_id=AMINA, text="*a*", parse_mode="MarkdownV2")
    await call.result("sendMessage", chat_id=AMINA, text="a", reply_markup={"keyboard": [[button()], []]})
    two = button(callback_data="1", url="https://example.org")
    await call.result("sendMessage", chat_id=AMINA, text="a", reply_markup=inline([two]))
    await call.result("sendMessage", chat_id=AMINA, text="<b>a</b>" * 101, parse_mode="HTML")
    await call.result("getUpdates", allowed_updates=["message", "massage"])
    assert api.warnings == [
        "sendMessage has no parameter 'colour'",
        "LinkPreviewOptions has no field 'is_pretty' (in link_preview_options)",
        "HTML: the link 'nowhere' is dropped by Telegram",
        "the stand-in does not read parse_mode MarkdownV2: the source is shown as it is",
        "a reply keyboard without resize_keyboard fills half the screen",
        "a keyboard row is empty",
        "an inline button does url and callback_data: Telegram takes one of them",
        "101 entities: Telegram keeps 100",
        "allowed_updates names 'massage', which is no kind of update",
    ]


# Text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("ö<b>a</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<b>a</b x>", "Unclosed end tag at byte offset 4"),
        ("rad<br>", 'Unsupported start tag "br" at byte offset 3'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a ", 'Unclosed start tag "a" at byte offset 0'),
        ('<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href>a</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<a href=x/y>a</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_broken_markup_is_refused_in_the_servers_words(
    call: Caller, amina: Person, source: str, text: str
) -> None:
    description = await call.refused("sendMessage", chat_id=AMINA, text=source, parse_mode="HTML")
    assert description == f"Bad Request: can't parse entities: {text}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("1 &lt; 2 &amp; &quot;3&quot; &#233;&#x1F600;", '1 < 2 & "3" é😀', []),
        ("😀<b>a</b>", "😀a", [("bold", 2, 1)]),
        ("<strong>a<em>b</em></strong>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        (
            "<u>a</u><s>b</s><span class='tg-spoiler'>c</span>",
            "abc",
            [("underline", 0, 1), ("strikethrough", 1, 1), ("spoiler", 2, 1)],
        ),
        ("<pre><code class='language-python'>x</code></pre>", "x", [("pre", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [("blockquote", 0, 1)]),
        ('<a href="https://example.org/?a=1&amp;b=2">x</a>', "x", [("text_link", 0, 1)]),
        ("<b></b>a", "a", []),
        ("<B>a</b >", "a", [("bold", 0, 1)]),
        ("<tg-emoji emoji-id='53'>x</tg-emoji>", "x", [("custom_emoji", 0, 1)]),
        ("<tg-time unix='1770000000' format='wDT'>x</tg-time>", "x", [("date_time", 0, 1)]),
        ("  <b> a </b>  ", "a", [("bold", 0, 1)]),
        ("\u202e<b>a</b>", "a", [("bold", 0, 1)]),
        ("/help och info@example.org", "/help och info@example.org", [("bot_command", 0, 5), ("email", 10, 16)]),
    ],
)
def test_markup_becomes_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    warnings: list[str] = []
    read, found = formatted(source, "HTML", None, 4096, warnings.append)
    assert read == text
    assert [(each["type"], each["offset"], each["length"]) for each in found] == entities
    assert warnings == []


def test_what_an_entity_carries() -> None:
    source = '<a href="https://example.org/?a=1&amp;b=2">x</a><pre><code class="language-sql">y</code></pre>'
    _, (link, pre) = formatted(source, "HTML", None, 4096, pytest.fail)
    assert (link["url"], pre["language"]) == ("https://example.org/?a=1&b=2", "sql")


@pytest.mark.parametrize(
    "source",
    [
        "A & B",
        "it&apos;s",
        "<code><b>a</b></code>",
        "<blockquote><blockquote>a</blockquote></blockquote>",
        "<b class='x'>a</b>",
    ],
)
def test_markup_telegram_passes_over_is_a_warning(source: str) -> None:
    warnings: list[str] = []
    formatted(source, "HTML", None, 4096, warnings.append)
    assert len(warnings) == 1


@pytest.mark.parametrize("source", ["<tg-emoji emoji-id='x'>a</tg-emoji>", "<tg-time unix='x'>a</tg-time>"])
def test_wrong_numbers_in_markup_are_refused(source: str) -> None:
    with pytest.raises(ApiError, match="invalid"):
        formatted(source, "HTML", None, 4096, pytest.fail)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\x00b\tc\r\nd", "a b c\nd"),
        ("a\u202ab\u202e\u2028c", "abc"),
        ("\u2068a\u2069", "\u2068a\u2069"),
        ("\u200e\u200f\u200ea", "\u200c\u200c\u200ea"),
        ("\u200fa", "\u200fa"),
        ("a\u0333", "a"),
    ],
)
def test_text_is_cleaned(before: str, after: str) -> None:
    assert clean(before) == after


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200e\u200f\ufeff", "\u00a0\u2800", "\u202e\u3000"])
def test_invisible_text_is_empty(text: str) -> None:
    assert is_empty(text)
    assert not is_empty(text + "a")


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_escaped_text_passes_html_unchanged(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(f"<b>{escaped}</b>", pytest.fail)[0] == text


@settings(max_examples=100)
@given(st.text(st.sampled_from("<>/&;ab=\"' \u202eö😀"), max_size=40))
def test_any_markup_is_read_or_refused(source: str) -> None:
    try:
        text, entities = formatted(source, "HTML", None, 4096, lambda _: None)
    except ApiError:
        return
    assert all(0 <= each["offset"] < each["offset"] + each["length"] <= utf16(text) for each in entities)


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("a" * 4096, None),
        ("a" * 4097, "message is too long"),
        ("😀" * 2048, None),
        ("😀" * 2049, "message is too long"),
        ("<b>" + "a" * 4096 + "</b>", None),
        ("<b>a</b>" * 4096, None),
        ("<b>a</b>" * 4095 + "é<b></b>", "text is too long"),
        ("   ", "message text is empty"),
        ("\u200b<b>\u2800</b>", "message text is empty"),
    ],
)
async def test_texts_are_measured_after_parsing(
    call: Caller, amina: Person, text: str, description: str | None
) -> None:
    answer = await call("sendMessage", chat_id=AMINA, text=text, parse_mode="HTML")
    assert answer.get("description") == (f"Bad Request: {description}" if description else None)


async def test_captions_and_alerts_are_measured(bot: telegram.Bot, call: Caller, amina: Person) -> None:
    await bot.send_photo(AMINA, b"p", caption="a" * 1024)
    with pytest.raises(client_error.BadRequest, match="caption is too long"):
        await bot.send_photo(AMINA, b"p", caption="a" * 1025)
    sent = await call.result("sendMessage", chat_id=AMINA, text="?", reply_markup=inline([button(callback_data="1")]))
    press = await amina.forges("1", message=amina.chat.chat.messages[sent["message_id"]])
    assert "MESSAGE_TOO_LONG" in await call.refused("answerCallbackQuery", callback_query_id=press.id, text="a" * 201)
    assert await call.result("answerCallbackQuery", callback_query_id=press.id, text="a" * 200)


# Keyboards


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (inline([button(callback_data="å" * 33)]), "BUTTON_DATA_INVALID"),
        (inline([button()]), "text buttons are unallowed in the inline keyboard"),
        (inline([button(callback_data="")]), "text buttons are unallowed in the inline keyboard"),
        (inline([{"text": " \u200b", "callback_data": "1"}]), "button text must be non-empty"),
        (inline([button(url="http://localhost:80/a")]), "Wrong HTTP URL"),
        (inline([button(url="javascript:alert(1)")]), "Wrong HTTP URL"),
        (inline([button(web_app={"url": "http://example.org"})]), "Only HTTPS links are allowed"),
        (inline([button(copy_text={"text": "a" * 257})]), "COPY_TEXT_INVALID"),
        (inline([button(callback_data="1", style="pink")]), "invalid button style"),
        (inline([button(callback_data="1")] * 9), "reply markup is too long"),
        (inline(*[[button(callback_data="1")]] * 101), "reply markup is too long"),
        ({"keyboard": [[{"text": ""}]]}, "button text must be non-empty"),
        ({"keyboard": [[]]}, "reply markup is empty"),
        ({"keyboard": [[button(web_app={"url": "http://example.org"})]]}, "Only HTTPS links are allowed"),
        ({"force_reply": True, "input_field_placeholder": "a" * 65}, "placeholder"),
    ],
)
async def test_a_wrong_keyboard_is_refused(call: Caller, amina: Person, markup: Json, text: str) -> None:
    assert text in await call.refused("sendMessage", chat_id=AMINA, text="a", reply_markup=markup)


@pytest.mark.parametrize(
    "markup",
    [
        inline([button(callback_data="å" * 32), button(url="example.org/a?b"), button(url="tg://user?id=1")]),
        inline(*[[button(callback_data="1")] * 5] * 20),
        inline([button(callback_data="1", style="danger"), button(disabled={})]),
        inline([button(web_app={"url": "https://example.org/form"}), button(copy_text={"text": "a"})]),
        {"keyboard": [[button(request_contact=True), button(request_location=True)]], "resize_keyboard": True},
        {"remove_keyboard": True},
    ],
)
async def test_a_sound_keyboard_passes(api: BotApi, call: Caller, amina: Person, markup: Json) -> None:
    await call.result("sendMessage", chat_id=AMINA, text="a", reply_markup=markup)
    assert api.warnings == []


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (inline([button(web_app={"url": "https://example.org"})]), "BUTTON_TYPE_INVALID"),
        ({"keyboard": [[button(request_contact=True)]]}, "private chats only"),
        ({"keyboard": [[button(request_location=True)]]}, "private chats only"),
        ({"keyboard": [[button(web_app={"url": "https://example.org"})]]}, "private chats only"),
    ],
)
async def test_some_buttons_are_for_private_chats(call: Caller, forum: Group, markup: Json, text: str) -> None:
    assert text in await call.refused("sendMessage", chat_id=forum.id, text="a", reply_markup=markup)


async def test_a_reply_keyboard_stays_until_replaced(api: BotApi, call: Caller, amina: Person) -> None:
    rows = [[button(), {"text": "Ring mig", "request_contact": True}, {"text": "Här", "request_location": True}]]
    await call.result("sendMessage", chat_id=AMINA, text="a", reply_markup={"keyboard": rows, "resize_keyboard": True})
    await call.result("sendMessage", chat_id=AMINA, text="b")
    assert amina.chat.keyboard == [["Ja", "Ring mig", "Här"]]
    for label in ("Ja", "Ring mig", "Här"):
        await amina.presses(label)
    assert [message.kind for message in amina.chat.messages if not message.from_bot] == ["text", "contact", "location"]
    await call.result("sendMessage", chat_id=AMINA, text="c", reply_markup={"remove_keyboard": True})
    assert amina.chat.keyboard == []
    with pytest.raises(LookupError, match="no button 'Ja'"):
        await amina.presses("Ja")


# Editing, deleting, replying


async def test_edits_are_checked(api: BotApi, bot: telegram.Bot, call: Caller, amina: Person) -> None:
    markup = inline([button(callback_data="1")])
    sent = (await call.result("sendMessage", chat_id=AMINA, text="a <b>b</b>", parse_mode="HTML", reply_markup=markup))[
        "message_id"
    ]
    same = {"chat_id": AMINA, "message_id": sent, "text": "a <b>b</b> ", "parse_mode": "HTML", "reply_markup": markup}
    assert (await call.refused("editMessageText", **same)).startswith("Bad Request: message is not modified: ")
    assert "message is not modified" in await call.refused(
        "editMessageReplyMarkup", chat_id=AMINA, message_id=sent, reply_markup=markup
    )
    await call.result("editMessageText", chat_id=AMINA, message_id=sent, text="a b", reply_markup=markup)
    await call.result("editMessageReplyMarkup", chat_id=AMINA, message_id=sent)
    assert (amina.chat.last.text, amina.chat.last.buttons, amina.chat.last.versions) == ("a b", [], ["a b"])

    edit = {"chat_id": AMINA, "text": "x"}
    assert await call.refused("editMessageText", message_id=99, **edit) == "Bad Request: message to edit not found"
    theirs = await amina.says("Hej")
    assert "message can't be edited" in await call.refused("editMessageText", message_id=theirs.id, **edit)
    keyboard = {"keyboard": [[button()]], "resize_keyboard": True}
    asked = await call.result("sendMessage", chat_id=AMINA, text="a", reply_markup=keyboard)
    assert "message can't be edited" in await call.refused("editMessageText", message_id=asked["message_id"], **edit)
    assert 'Can\'t find field "inline_keyboard"' in await call.refused(
        "editMessageText", message_id=sent, reply_markup=keyboard, **edit
    )
    assert "message text is empty" in await call.refused("editMessageText", chat_id=AMINA, message_id=sent)
    assert "identifier is not specified" in await call.refused("editMessageText", **edit)
    assert "chat_id is empty" in await call.refused("editMessageText", message_id=1, text="x")
    assert "MESSAGE_ID_INVALID" in await call.refused("editMessageText", inline_message_id="a", text="x")
    photo = await bot.send_photo(AMINA, b"p", caption="a")
    assert "there is no text" in await call.refused("editMessageText", message_id=photo.message_id, **edit)
    assert "there is no caption" in await call.refused(
        "editMessageCaption", chat_id=AMINA, message_id=sent, caption="b"
    )
    await bot.edit_message_caption(AMINA, photo.message_id, caption="b")
    await bot.edit_message_media(telegram.InputMediaPhoto(b"q", caption="c"), AMINA, photo.message_id)
    assert amina.chat.last.text == "c"
    assert api.warnings == []


async def test_deletion(api: BotApi, call: Caller, amina: Person, forum: Group, coach: Person) -> None:
    old = await amina.says("a")
    assert await call.result("deleteMessage", chat_id=AMINA, message_id=old.id)
    assert amina.chat.messages == []
    assert "message to delete not found" in await call.refused("deleteMessage", chat_id=AMINA, message_id=old.id)
    older = await amina.says("b")
    api.clock.advance(49 * 3600)
    assert "can't be deleted" in await call.refused("deleteMessage", chat_id=AMINA, message_id=older.id)
    theirs = await coach.says("c", where=forum)
    await forum.sets_bot("administrator", frozenset(), by=coach)
    assert "can't be deleted" in await call.refused("deleteMessage", chat_id=forum.id, message_id=theirs.id)
    assert "not specified" in await call.refused("deleteMessages", chat_id=AMINA, message_ids=[])
    assert "too many" in await call.refused("deleteMessages", chat_id=AMINA, message_ids=list(range(1, 102)))
    new = await amina.says("d")
    assert await call.result("deleteMessages", chat_id=AMINA, message_ids=[new.id, 99])
    assert new.deleted


async def test_replies_need_their_message(call: Caller, amina: Person) -> None:
    asked = await amina.says("Var är lokalen?")
    reply = {"message_id": asked.id, "quote": "lokalen"}
    sent = await call.result("sendMessage", chat_id=AMINA, text="a", reply_parameters=reply)
    assert sent["reply_to_message"]["text"] == "Var är lokalen?"
    lost: Json = {"message_id": 99}
    assert "message to be replied not found" in await call.refused(
        "sendMessage", chat_id=AMINA, text="a", reply_parameters=lost
    )
    lost["allow_sending_without_reply"] = True
    assert "reply_to_message" not in await call.result("sendMessage", chat_id=AMINA, text="a", reply_parameters=lost)
    wrong = {"message_id": asked.id, "quote": "biblioteket"}
    assert "QUOTE_TEXT_INVALID" in await call.refused("sendMessage", chat_id=AMINA, text="a", reply_parameters=wrong)


async def test_copies_and_forwards(api: BotApi, bot: telegram.Bot, call: Caller, amina: Person, forum: Group) -> None:
    said = await amina.sends_photo(caption="Min skiss")
    copied = await bot.copy_message(forum.id, AMINA, said.id)
    shown = forum.chat.messages[copied.message_id]
    assert (shown.text, shown.sender.is_bot, "forward_origin" in shown.content) == ("Min skiss", True, False)
    forwarded = await bot.forward_message(forum.id, AMINA, said.id)
    assert isinstance(forwarded.forward_origin, telegram.MessageOriginUser)
    assert forwarded.forward_origin.sender_user.id == AMINA
    secret = await bot.send_message(AMINA, "Hemligt", protect_content=True)
    to = {"chat_id": forum.id, "from_chat_id": AMINA}
    assert "message can't be forwarded" in await call.refused("forwardMessage", message_id=secret.message_id, **to)
    assert "message to copy not found" in await call.refused("copyMessage", message_id=99, **to)
    assert "message to forward not found" in await call.refused("forwardMessage", message_id=99, **to)
    assert "increasing order" in await call.refused("copyMessages", message_ids=[3, 2], **to)
    assert len(await call.result("copyMessages", message_ids=[said.id, secret.message_id, 99], **to)) == 2
    assert len(await call.result("forwardMessages", message_ids=[said.id, secret.message_id], **to)) == 1
    assert "no messages to forward" in await call.refused("forwardMessages", message_ids=[secret.message_id], **to)
    service = await amina.sends_web_app_data("1", "x")
    assert "message can't be copied" in await call.refused("copyMessage", message_id=service.id, **to)
    replaced = await call.result("copyMessage", message_id=said.id, caption="Ny", **to)
    assert forum.chat.messages[replaced["message_id"]].text == "Ny"


async def test_other_kinds_of_messages(
    api: BotApi, bot: telegram.Bot, call: Caller, amina: Person, forum: Group
) -> None:
    await bot.send_location(AMINA, 59.3, 18.1)
    await bot.send_venue(AMINA, 59.3, 18.1, "Biblioteket", "Storgatan 1")
    await bot.send_contact(AMINA, "+46", "Karin")
    poll = await bot.send_poll(AMINA, "Dag?", ["Måndag", "Tisdag"])
    assert (await bot.stop_poll(AMINA, poll.message_id)).is_closed
    assert "already been closed" in await call.refused("stopPoll", chat_id=AMINA, message_id=poll.message_id)
    assert "not a poll" in await call.refused("stopPoll", chat_id=AMINA, message_id=poll.message_id - 1)
    await bot.send_chat_action(AMINA, "typing")
    await bot.send_message_draft(AMINA, 1, "Jag tän")
    assert amina.chat.actions == ["typing", "draft"]
    assert "chat not found" in await call.refused("sendMessageDraft", chat_id=forum.id, draft_id=1, text="a")
    assert "DRAFT_ID" in await call.refused("sendMessageDraft", chat_id=AMINA, draft_id=0, text="a")
    assert await bot.set_message_reaction(AMINA, poll.message_id, "👍")
    two = [{"type": "emoji", "emoji": emoji} for emoji in "👍👎"]
    assert "TOO_MANY" in await call.refused(
        "setMessageReaction", chat_id=AMINA, message_id=poll.message_id, reaction=two
    )
    options = {"chat_id": AMINA, "question": "?", "options": [{"text": "a"}]}
    assert "poll must have" in await call.refused("sendPoll", **options)
    options["options"] = [{"text": "a"}, {"text": "b" * 101}]
    assert "options length" in await call.refused("sendPoll", **options)
    options["options"], options["question"] = [{"text": "a"}, {"text": "b"}], "a" * 301
    assert "question length" in await call.refused("sendPoll", **options)
    photo = {"type": "photo", "media": "x"}
    assert "2-10 items" in await call.refused("sendMediaGroup", chat_id=AMINA, media=[photo])
    assert "in the album" in await call.refused(
        "sendMediaGroup", chat_id=AMINA, media=[photo, {"type": "document", "media": "x"}]
    )
    assert "query is too old" in await call.refused(
        "answerWebAppQuery",
        web_app_query_id="1",
        result={"type": "article", "id": "1", "title": "a", "input_message_content": {"message_text": "a"}},
    )
    assert api.warnings == []


async def test_a_query_is_answered_once_and_in_time(api: BotApi, call: Caller, amina: Person) -> None:
    await call.result("sendMessage", chat_id=AMINA, text="?", reply_markup=inline([button(callback_data="1")]))
    press = await amina.presses("1")
    late = await amina.presses("Ja")
    assert isinstance(press, Press) and isinstance(late, Press)
    assert await call.result("answerCallbackQuery", callback_query_id=press.id)
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await call.refused("answerCallbackQuery", callback_query_id=press.id) == too_old
    assert await call.refused("answerCallbackQuery", callback_query_id="1") == too_old
    api.clock.advance(151)
    assert await call.refused("answerCallbackQuery", callback_query_id=late.id) == too_old


async def test_a_forged_press_may_name_an_old_message(call: Caller, amina: Person) -> None:
    await call.result("sendMessage", chat_id=AMINA, text="?", reply_markup=inline([button(callback_data="1")]))
    await amina.forges("c9:hack", message=amina.chat.last, inaccessible=True)
    (update,) = await call.result("getUpdates")
    assert update["callback_query"]["data"] == "c9:hack"
    shown = update["callback_query"]["message"]
    assert (set(shown), shown["date"]) == ({"chat", "message_id", "date"}, 0)


# Who may be written to


async def test_chats_that_cannot_be_reached(api: BotApi, bot: telegram.Bot, call: Caller, coach: Person) -> None:
    said = {"text": "a"}
    assert await call.refused("sendMessage", chat_id=5, **said) == "Bad Request: chat not found"
    assert await call.refused("sendMessage", chat_id=-5, **said) == "Bad Request: chat not found"
    assert await call.refused("sendMessage", chat_id="@nobody", **said) == "Bad Request: chat not found"
    assert "can't initiate conversation" in await call.refused("sendMessage", chat_id=COACH, **said)
    await coach.starts()
    await coach.blocks()
    with pytest.raises(client_error.Forbidden, match="bot was blocked by the user"):
        await bot.send_message(COACH, "a")
    with pytest.raises(ValueError, match="unblocks"):
        await coach.says("a")
    await coach.unblocks()
    await bot.send_message(COACH, "a")
    await coach.deletes_account()
    assert await call.refused("sendMessage", chat_id=COACH, **said) == "Forbidden: user is deactivated"
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "member"]


async def test_groups_that_are_lost(api: BotApi, bot: telegram.Bot, call: Caller, coach: Person) -> None:
    group = api.group("Grupp", kind="group", members=[coach])
    for status, text in (
        ("kicked", "bot was kicked from the group chat"),
        ("left", "bot is not a member of the group chat"),
    ):
        await group.sets_bot(status, by=coach)
        assert await call.refused("sendMessage", chat_id=group.id, text="a") == f"Forbidden: {text}"
    await group.sets_bot("member", by=coach)
    new = await group.migrates(by=coach)
    with pytest.raises(client_error.ChatMigrated) as moved:
        await bot.send_message(group.id, "a")
    assert moved.value.new_chat_id == new.id
    await bot.send_message(new.id, "a")
    messages = [update.message for update in await bot.get_updates() if update.message]
    assert [(message.migrate_to_chat_id, message.migrate_from_chat_id) for message in messages] == [
        (new.id, None),
        (None, group.id),
    ]
    await new.vanishes()
    assert await call.refused("sendMessage", chat_id=new.id, text="a") == "Forbidden: the group chat was deleted"


async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(api: BotApi, bot: telegram.Bot, coach: Person) -> None:
    group = api.group("Grupp", members=[coach], bot_rights=None)
    sent = await bot.send_message(group.id, "Hej")
    await coach.says("osett", where=group)
    await coach.says("/sett", where=group)
    await coach.says("svar", where=group, reply_to=group.chat.messages[sent.message_id])
    await group.sets_bot("administrator", by=coach)
    await coach.says("allt", where=group)
    seen = [update.message.text for update in await bot.get_updates() if update.message]
    assert seen == ["/sett", "svar", "allt"]
    outsider = api.user(id=77)
    with pytest.raises(ValueError, match="not a member"):
        await outsider.says("a", where=group)


async def test_members_and_rights_are_shown(api: BotApi, bot: telegram.Bot, call: Caller, coach: Person) -> None:
    leader = api.user(id=2002, first_name="Lars")
    group = api.group("Grupp", forum=True, members=[coach], admins=[leader], username="grupp")
    assert (await bot.get_chat("@grupp")).title == "Grupp"
    assert (await bot.get_chat(group.id)).is_forum
    await coach.starts()
    assert (await bot.get_chat(COACH)).first_name == "Karin"
    assert await bot.get_chat_member_count(group.id) == 3
    assert {admin.user.id for admin in await bot.get_chat_administrators(group.id)} == {2002, api.default_bot.id}
    assert (await bot.get_chat_member(group.id, COACH)).status == "member"
    assert (await bot.get_chat_member(COACH, COACH)).status == "member"
    assert "user not found" in await call.refused("getChatMember", chat_id=group.id, user_id=5)
    assert "no administrators" in await call.refused("getChatAdministrators", chat_id=COACH)
    assert (await bot.create_chat_invite_link(group.id, name="Coacher")).name == "Coacher"
    assert (await bot.export_chat_invite_link(group.id)).startswith("https://t.me/+")
    await bot.ban_chat_member(group.id, COACH)
    assert (await bot.get_chat_member(group.id, COACH)).status == "kicked"
    await bot.unban_chat_member(group.id, COACH)
    assert "is an administrator" in await call.refused("banChatMember", chat_id=group.id, user_id=2002)
    assert "user not found" in await call.refused("banChatMember", chat_id=group.id, user_id=5)
    await group.sets_bot("administrator", frozenset(), by=leader)
    assert "not enough rights" in await call.refused("banChatMember", chat_id=group.id, user_id=2002)
    assert "not enough rights" in await call.refused("exportChatInviteLink", chat_id=group.id)
    await bot.leave_chat(group.id)
    assert "not a member" in await call.refused("getChat", chat_id=group.id)
    assert api.warnings == []


async def test_comings_and_goings_are_told(api: BotApi, bot: telegram.Bot, forum: Group, amina: Person) -> None:
    await bot.get_updates(allowed_updates=["message", "chat_member"])
    await forum.adds(amina)
    await forum.removes(amina)
    updates = await bot.get_updates()
    assert [
        update.message.new_chat_members[0].id
        for update in updates
        if update.message and update.message.new_chat_members
    ] == [AMINA]
    assert [
        update.message.left_chat_member.id for update in updates if update.message and update.message.left_chat_member
    ] == [AMINA]
    assert [update.chat_member.new_chat_member.status for update in updates if update.chat_member] == ["member", "left"]


# Topics


async def test_a_topic_from_opening_to_loss(
    api: BotApi, bot: telegram.Bot, call: Caller, forum: Group, coach: Person
) -> None:
    made = await bot.create_forum_topic(forum.id, "Amina", icon_color=9367192)
    thread = made.message_thread_id
    topic = forum.topic("Amina")
    await bot.send_message(forum.id, "Ny fråga", message_thread_id=thread)
    await coach.says("Jag tar den", where=topic)
    created, answer = await bot.get_updates()
    assert created.message and created.message.forum_topic_created
    assert created.message.forum_topic_created.name == "Amina"
    assert answer.message and (answer.message.message_thread_id, answer.message.is_topic_message) == (thread, True)
    assert api.transcript(topic) == "bot> (forum_topic_created: Amina)\nbot> Ny fråga\nKarin> Jag tar den"
    assert forum.general.messages == []

    in_topic = {"chat_id": forum.id, "message_thread_id": thread}
    assert await bot.close_forum_topic(forum.id, thread)
    assert await call.refused("closeForumTopic", **in_topic) == "Bad Request: TOPIC_NOT_MODIFIED"
    with pytest.raises(ValueError, match="closed"):
        await coach.says("a", where=topic)
    assert await bot.reopen_forum_topic(forum.id, thread)
    assert await call.refused("reopenForumTopic", **in_topic) == "Bad Request: TOPIC_NOT_MODIFIED"
    assert await bot.edit_forum_topic(forum.id, thread, name="Amina, klar")
    assert await call.refused("editForumTopic", name="Amina, klar", **in_topic) == "Bad Request: TOPIC_NOT_MODIFIED"
    assert topic.name == "Amina, klar"
    shown = [update.message for update in await bot.get_updates(offset=answer.update_id + 1) if update.message]
    assert [
        bool(each.forum_topic_closed or each.forum_topic_reopened or each.forum_topic_edited) for each in shown
    ] == [True] * 3

    await topic.deletes()
    gone = "Bad Request: message thread not found"
    assert await call.refused("sendMessage", text="a", **in_topic) == gone
    assert await call.refused("closeForumTopic", **in_topic) == gone
    assert await call.result("sendChatAction", action="typing", **in_topic) is True
    with pytest.raises(LookupError, match="no topic"):
        forum.topic("Amina")
    with pytest.raises(ValueError, match="deleted"):
        await coach.says("a", where=topic)
    assert api.warnings == []


async def test_topics_opened_by_hand(bot: telegram.Bot, api: BotApi, forum: Group, coach: Person) -> None:
    topic = await forum.opens_topic("Idéer", by=coach)
    assert topic.thread_id is not None
    await topic.renames(coach, "Fler idéer")
    await topic.closes(coach)
    await topic.reopens(coach)
    messages = [update.message for update in await bot.get_updates() if update.message]
    assert [message.message_thread_id for message in messages] == [topic.thread_id] * 4
    assert messages[0].forum_topic_created and messages[0].forum_topic_created.name == "Idéer"
    assert messages[1].forum_topic_edited and messages[1].forum_topic_edited.name == "Fler idéer"
    assert messages[2].forum_topic_closed and messages[3].forum_topic_reopened
    assert await bot.delete_forum_topic(forum.id, topic.thread_id)
    assert forum.topics == [] and api.warnings == []


async def test_general_has_no_thread_id(
    api: BotApi, bot: telegram.Bot, call: Caller, forum: Group, coach: Person
) -> None:
    assert "message thread not found" in await call.refused(
        "sendMessage", chat_id=forum.id, message_thread_id=1, text="a"
    )
    sent = await call.result("sendMessage", chat_id=forum.id, text="a")
    assert "message_thread_id" not in sent
    assert forum.general.texts == ["a"]
    answer = await coach.says("b", where=forum.general, reply_to=forum.general.last)
    (update,) = await call.result("getUpdates")
    assert update["message"]["message_thread_id"] == sent["message_id"] == answer.id - 1
    assert "is_topic_message" not in update["message"]
    assert await bot.edit_general_forum_topic(forum.id, "Allmänt")
    for method in (bot.close_general_forum_topic, bot.hide_general_forum_topic):
        assert await method(forum.id)
        with pytest.raises(client_error.BadRequest, match="Topic_not_modified"):
            await method(forum.id)
    assert await bot.unhide_general_forum_topic(forum.id)
    await forum.sets_bot("administrator", frozenset(), by=api.user(id=COACH))
    assert await call.refused("sendMessage", chat_id=forum.id, text="a") == "Bad Request: TOPIC_CLOSED"


async def test_topics_need_rights(api: BotApi, call: Caller, amina: Person, forum: Group, coach: Person) -> None:
    plain = api.group("Grupp")
    assert await call.refused("createForumTopic", chat_id=plain.id, name="a") == "Bad Request: the chat is not a forum"
    assert "message thread not found" in await call.refused("sendMessage", chat_id=AMINA, message_thread_id=3, text="a")
    by_hand = await forum.opens_topic("Idéer", by=coach)
    await forum.sets_bot(
        "administrator", ALL_RIGHTS - {"can_manage_topics", "can_delete_messages", "can_pin_messages"}, by=coach
    )
    there = {"chat_id": forum.id, "message_thread_id": by_hand.thread_id}
    assert "not enough rights" in await call.refused("createForumTopic", chat_id=forum.id, name="a")
    assert "not enough rights" in await call.refused("closeForumTopic", **there)
    assert "not enough rights" in await call.refused("editForumTopic", name="b", **there)
    assert "not enough rights" in await call.refused("deleteForumTopic", **there)
    assert "not enough rights" in await call.refused("unpinAllForumTopicMessages", **there)
    await by_hand.closes(coach)
    assert await call.refused("sendMessage", text="a", **there) == "Bad Request: TOPIC_CLOSED"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"name": ""}, "TOPIC_TITLE_EMPTY"),
        ({"name": "\u200b"}, "TOPIC_TITLE_EMPTY"),
        ({"name": "a" * 129}, "1 to 128"),
        ({"name": "a", "icon_color": 5}, "icon color"),
    ],
)
async def test_topic_names_and_colours_are_checked(call: Caller, forum: Group, params: Json, text: str) -> None:
    assert text in await call.refused("createForumTopic", chat_id=forum.id, **params)
    assert forum.topics == []


async def test_pins(bot: telegram.Bot, call: Caller, forum: Group, coach: Person) -> None:
    made = await bot.create_forum_topic(forum.id, "Amina")
    sent = await bot.send_message(forum.id, "a", message_thread_id=made.message_thread_id)
    assert await bot.pin_chat_message(forum.id, sent.message_id)
    assert forum.chat.pinned == [sent.message_id]
    assert await bot.unpin_all_forum_topic_messages(forum.id, made.message_thread_id)
    assert "message to unpin not found" in await call.refused("unpinChatMessage", chat_id=forum.id)
    assert "message to pin not found" in await call.refused("pinChatMessage", chat_id=forum.id, message_id=99)
    await bot.pin_chat_message(forum.id, sent.message_id)
    assert await bot.unpin_chat_message(forum.id)
    assert await bot.unpin_all_chat_messages(forum.id)
    await forum.sets_bot("administrator", frozenset(), by=coach)
    for method in ("unpinChatMessage", "unpinAllChatMessages"):
        assert "not enough rights" in await call.refused(method, chat_id=forum.id)
    assert "not enough rights" in await call.refused("pinChatMessage", chat_id=forum.id, message_id=sent.message_id)


# The bot's own profile


async def test_the_profile_is_kept_per_language(bot: telegram.Bot, call: Caller, amina: Person, forum: Group) -> None:
    commands = [telegram.BotCommand("help", "Hjälp")]
    await bot.set_my_commands(commands, language_code="sv")
    assert tuple(await bot.get_my_commands(language_code="sv")) == tuple(commands)
    assert await bot.get_my_commands() == ()
    await bot.set_my_commands(commands, telegram.BotCommandScopeChat(forum.id))
    await bot.delete_my_commands(language_code="sv")
    assert await bot.get_my_commands(language_code="sv") == ()
    await bot.set_my_name("Idélabbet", language_code="sv")
    await bot.set_my_short_description("Kort")
    await bot.set_my_description("Lång")
    assert (await bot.get_my_name("sv")).name == (await bot.get_my_name("so")).name == "Idélabbet"
    assert (await bot.get_my_short_description("sv")).short_description == "Kort"
    await bot.set_my_description("")
    assert (await bot.get_my_description()).description == ""
    assert (await bot.get_chat_menu_button()).type == "commands"
    await bot.set_chat_menu_button(
        AMINA, telegram.MenuButtonWebApp("Öppna", telegram.WebAppInfo("https://example.org"))
    )
    assert (await bot.get_chat_menu_button(AMINA)).type == "web_app"
    assert "chat not found" in await call.refused("setChatMenuButton", chat_id=forum.id)
    assert "chat not found" in await call.refused("getChatMenuButton", chat_id=forum.id)


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        ("setMyCommands", {"commands": [{"command": "Hjälp", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        (
            "setMyCommands",
            {"commands": [{"command": "a", "description": "a" * 257}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        ("setMyCommands", {"commands": [{"command": "a", "description": "a"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ("setMyCommands", {"commands": [], "language_code": "sv-SE"}, "invalid language code"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
        ("setMyName", {"name": "a" * 65}, "too long"),
        ("setMyDescription", {"description": "a" * 513}, "too long"),
        ("setMyShortDescription", {"short_description": "a" * 121}, "too long"),
        (
            "setChatMenuButton",
            {"menu_button": {"type": "web_app", "text": "", "web_app": {"url": "https://a.se"}}},
            "TEXT",
        ),
        (
            "setChatMenuButton",
            {"menu_button": {"type": "web_app", "text": "a", "web_app": {"url": "http://a.se"}}},
            "HTTPS",
        ),
    ],
)
async def test_a_wrong_profile_is_refused(call: Caller, method: str, params: Json, text: str) -> None:
    assert text in await call.refused(method, **params)


async def test_logging_out_ends_a_bot(call: Caller) -> None:
    assert await call.result("logOut")
    assert await call.refused("getMe") == "Logged out"


# getUpdates


async def test_an_offset_confirms(api: BotApi, call: Caller, amina: Person) -> None:
    for text in "abc":
        await amina.says(text)
    ids = [update["update_id"] for update in await call.result("getUpdates")]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert [update["update_id"] for update in await call.result("getUpdates", limit=1)] == ids[:1]
    assert [update["update_id"] for update in await call.result("getUpdates", offset=ids[1])] == ids[1:]
    assert [pending.id for pending in api.pending()] == ids[1:]
    assert [update["update_id"] for update in await call.result("getUpdates", offset=-1)] == ids[2:]
    assert [pending.id for pending in api.pending()] == ids[2:]


async def test_a_long_poll_waits_for_an_update(call: Caller, amina: Person) -> None:
    poll = asyncio.create_task(call.result("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    assert not poll.done()
    await amina.says("Hej")
    assert (await poll)[0]["message"]["text"] == "Hej"
    begun = time.monotonic()
    assert await call.result("getUpdates", offset=2**40, timeout=1) == []
    assert time.monotonic() - begun >= 1


async def test_only_one_may_poll(call: Caller, amina: Person) -> None:
    older = asyncio.create_task(call("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(call("getUpdates", timeout=5))
    answer = await older
    assert (answer["error_code"], answer["description"][:43]) == (409, "Conflict: terminated by other getUpdates re")
    await amina.says("a")
    assert len((await newer)["result"]) == 1
    last = asyncio.create_task(call("getUpdates", offset=2**40, timeout=5))
    await asyncio.sleep(0.05)
    await call.result("setWebhook", url="http://127.0.0.1:9/")
    assert (await last)["description"] == "Conflict: terminated by setWebhook request"
    assert "while webhook is active" in await call.refused("getUpdates")
    await call.result("setWebhook", url="")
    assert await call.result("getUpdates") == []


async def test_allowed_updates_are_remembered(api: BotApi, bot: telegram.Bot, call: Caller, amina: Person) -> None:
    said = await amina.says("a")
    await amina.reacts(said, "👍")
    assert len(await call.result("getUpdates", allowed_updates=["message_reaction"])) == 1
    await amina.says("b")
    await amina.reacts(said, "👍")
    assert [list(update)[1] for update in await call.result("getUpdates")] == ["message", "message_reaction"]
    assert await call.result("getWebhookInfo") == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 2,
        "allowed_updates": ["message_reaction"],
    }
    await call.result("getUpdates", allowed_updates=[])
    await amina.reacts(said, "👍")
    await amina.says("c")
    assert len(api.pending()) == 3


async def test_updates_grow_too_old(api: BotApi, call: Caller, amina: Person) -> None:
    await call.result("sendMessage", chat_id=AMINA, text="?", reply_markup=inline([button(callback_data="1")]))
    await amina.presses("Ja")
    await amina.says("a")
    api.clock.advance(149)
    assert len(api.pending()) == 2
    api.clock.advance(2)
    assert [pending.kind for pending in api.pending()] == ["message"]
    api.clock.advance(24 * 3600)
    assert await call.result("getUpdates") == []
    api.clock.stop(at=1_770_000_000)
    sent = await call.result("sendMessage", chat_id=AMINA, text="a")
    api.clock.advance(5)
    assert (sent["date"], api.clock.unix()) == (1_770_000_000, 1_770_000_005)


async def test_replays_jumps_and_swaps(api: BotApi, call: Caller, amina: Person) -> None:
    await call.result("sendMessage", chat_id=AMINA, text="?", reply_markup=inline([button(callback_data="1")]))
    await amina.says("a")
    (first,) = await call.result("getUpdates")
    assert await call.result("getUpdates", offset=first["update_id"] + 1) == []
    await api.replay(first["update_id"], times=2)
    assert await call.result("getUpdates", offset=first["update_id"] + 1) == [first, first]
    with api.holding("callback_query"):
        await amina.presses("Ja")
        await amina.says("b")
    swapped = await call.result("getUpdates", offset=first["update_id"] + 1)
    assert [list(update)[1] for update in swapped] == ["message", "callback_query"]
    api.switches.jump_update_ids = True
    for _ in range(3):
        await amina.says("c")
    ids = [pending.id for pending in api.pending()]
    assert ids == sorted(ids) and len(set(ids)) == 5
    assert max(right - left for left, right in pairwise(ids)) > 1000
    with pytest.raises(LookupError):
        await api.replay(3)


async def test_the_same_offset_too_soon_is_held_back(api: BotApi, call: Caller, amina: Person) -> None:
    api.switches.poll_quirks = True
    await amina.says("a")
    await amina.says("b")
    assert [len(await call.result("getUpdates")) for _ in range(2)] == [2, 1]


# Webhook


class Hook:
    """A webhook under test: what came, and what it answers."""

    def __init__(self) -> None:
        self.got: list[Json] = []
        self.headers: list[Any] = []
        self.answer: Callable[[Json], Awaitable[web.Response]] = self._ok
        self.url = ""

    async def _ok(self, _: Json) -> web.Response:
        return web.Response()

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        self.got.append(update)
        self.headers.append(request.headers)
        return await self.answer(update)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@pytest_asyncio.fixture
async def hook(api: BotApi) -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    api.switches.webhook_time_scale = 0.01
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_what_waited_and_what_comes(api: BotApi, call: Caller, hook: Hook, amina: Person) -> None:
    await amina.says("a")
    await call.result("setWebhook", url=hook.url, secret_token="s-1", max_connections=3)
    await amina.says("b")
    await api.settled()
    assert hook.texts == ["a", "b"]
    assert {headers["X-Telegram-Bot-Api-Secret-Token"] for headers in hook.headers} == {"s-1"}
    info = await call.result("getWebhookInfo")
    assert (info["url"], info["pending_update_count"], info["max_connections"]) == (hook.url, 0, 3)
    await call.result("deleteWebhook")
    await amina.says("c")
    assert len(await call.result("getUpdates")) == 1
    with pytest.raises(TimeoutError, match="1 updates are not confirmed"):
        await api.settled(timeout=0.02)
    await call.result("setWebhook", url=hook.url, drop_pending_updates=True)
    assert api.pending() == []


async def test_a_refused_update_holds_only_its_queue(
    api: BotApi, call: Caller, hook: Hook, amina: Person, coach: Person
) -> None:
    failing = {"a": 3}

    async def answer(update: Json) -> web.Response:
        text = update["message"]["text"]
        failing[text] = failing.get(text, 0) - 1
        return web.Response(status=500 if failing[text] >= 0 else 204)

    hook.answer = answer
    await call.result("setWebhook", url=hook.url)
    await amina.says("a")
    await amina.says("b")
    await coach.says("c")
    await api.settled()
    assert [text for text in hook.texts if text != "c"] == ["a", "a", "a", "a", "b"]
    assert hook.texts.index("c") < 4
    attempts = [(each.attempt, each.status) for each in api.deliveries() if each.update_id == hook.got[0]["update_id"]]
    assert attempts == [(1, 500), (2, 500), (3, 500), (4, 204)]
    waits = [later.at - earlier.at for earlier, later in pairwise(api.deliveries())]
    assert max(waits) >= 0.02
    assert "500" in (await call.result("getWebhookInfo"))["last_error_message"]


async def test_retry_after_is_honoured(api: BotApi, call: Caller, hook: Hook, amina: Person) -> None:
    async def answer(_: Json) -> web.Response:
        headers = {"Retry-After": "30"}
        return web.Response(status=503, headers=headers) if len(hook.got) == 1 else web.Response()

    hook.answer = answer
    await call.result("setWebhook", url=hook.url)
    await amina.says("a")
    await api.settled()
    first, second = api.deliveries()
    assert 0.3 <= second.at - first.at < 1


async def test_dropped_and_slow_answers_are_sent_again(api: BotApi, call: Caller, hook: Hook, amina: Person) -> None:
    async def answer(_: Json) -> web.Response:
        if len(hook.got) == 1:
            raise ConnectionResetError
        if len(hook.got) == 2:
            await asyncio.sleep(1)
        return web.Response()

    hook.answer = answer
    api.switches.webhook_timeout_s = 0.1
    await call.result("setWebhook", url=hook.url)
    await amina.says("a")
    await api.settled()
    assert hook.texts == ["a", "a", "a"]
    assert [each.status for each in api.deliveries()][1:] == [None, 200]


async def test_undeliverable_updates_are_dropped_in_time(api: BotApi, call: Caller, hook: Hook, amina: Person) -> None:
    async def answer(_: Json) -> web.Response:
        return web.Response(status=410)

    hook.answer = answer
    await call.result("sendMessage", chat_id=AMINA, text="?", reply_markup=inline([button(callback_data="1")]))
    await call.result("setWebhook", url=hook.url)
    await amina.presses("Ja")
    await asyncio.sleep(0.05)
    api.clock.advance(151)
    await api.settled()
    assert api.default_bot.updates.expired == 1
    assert api.default_bot.webhook.gone_at is not None


async def test_queues_run_side_by_side_within_the_limit(api: BotApi, call: Caller, hook: Hook, amina: Person) -> None:
    async def answer(_: Json) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response()

    hook.answer = answer
    await call.result("sendMessage", chat_id=AMINA, text="?", reply_markup=inline([button(callback_data="1")]))
    await call.result("setWebhook", url=hook.url, max_connections=4)
    for number in range(8):
        await api.user(id=3000 + number).says("a")
    await api.settled()
    assert api.default_bot.webhook.most_in_flight == 4
    api.default_bot.webhook.most_in_flight = 0
    for text in "abc":
        await amina.says(text)
    await api.settled()
    assert api.default_bot.webhook.most_in_flight == 1
    await amina.says("d")
    await amina.presses("Ja")
    await api.settled()
    assert api.default_bot.webhook.most_in_flight == 2


async def test_a_webhook_update_can_come_twice_at_once(api: BotApi, call: Caller, hook: Hook, amina: Person) -> None:
    here, most = 0, 0

    async def answer(_: Json) -> web.Response:
        nonlocal here, most
        here += 1
        most = max(most, here)
        await asyncio.sleep(0.05)
        here -= 1
        return web.Response()

    hook.answer = answer
    await call.result("setWebhook", url=hook.url)
    await amina.says("a")
    await api.settled()
    assert await api.replay(times=2, together=True) == [200, 200]
    assert most == 2
    assert await api.replay(times=2) == [200, 200]
    assert len({json.dumps(update) for update in hook.got}) == 1 and len(hook.got) == 5


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"url": "http://example.org/"}, "An HTTPS URL must be provided"),
        ({"url": "https://example.org:8080/"}, "ports 80, 88, 443 or 8443"),
        ({"url": "https://example.org/", "secret_token": "a b"}, "unallowed characters"),
        ({"url": "https://example.org/", "secret_token": "a" * 257}, "too long"),
    ],
)
async def test_a_wrong_webhook_is_refused(call: Caller, params: Json, text: str) -> None:
    assert text in await call.refused("setWebhook", **params)


# Trouble on demand


async def test_faults_follow_their_rules(
    api: BotApi, bot: telegram.Bot, amina: Person, coach: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the client warns of the older kind of retry_after
    await coach.starts()
    fault = api.fail("sendMessage", 429, chat=AMINA, times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(client_error.RetryAfter) as wait:
            await bot.send_message(AMINA, "a")
        assert wait.value.retry_after == timedelta(seconds=7)
        await bot.send_message(COACH, "a")
    await bot.send_message(AMINA, "b")
    assert (fault.used, amina.chat.texts) == (2, ["b"])

    for answer, kind in (
        ("blocked", client_error.Forbidden),
        ("deactivated", client_error.Forbidden),
        (400, client_error.BadRequest),
        (401, client_error.InvalidToken),
        (409, client_error.Conflict),
        (500, client_error.NetworkError),
        (502, client_error.NetworkError),
    ):
        api.fail("*", answer)
        with pytest.raises(kind):
            await bot.send_message(AMINA, "a")
    api.fail("sendMessage", "migrate", migrate_to=-1002)
    with pytest.raises(client_error.ChatMigrated):
        await bot.send_message(AMINA, "a")
    forever = api.fail("sendMessage", 403, times=None, description="bot was kicked from the channel chat")
    with pytest.raises(client_error.Forbidden, match="channel chat"):
        await bot.send_message(AMINA, "a")
    forever.cancel()
    await bot.send_message(AMINA, "c")
    assert amina.chat.texts == ["b", "c"]
    with pytest.raises(ValueError, match="no fault 'tired'"):
        api.fail("sendMessage", "tired")
    other = api.bot(username="annan_bot")
    api.fail("sendMessage", 500, bot=other)
    await bot.send_message(AMINA, "d")


async def test_answers_can_be_lost_after_the_message_was_stored(api: BotApi, bot: telegram.Bot, amina: Person) -> None:
    api.fail("sendMessage", "lost")
    with pytest.raises(client_error.NetworkError):
        await bot.send_message(AMINA, "a")
    assert amina.chat.texts == ["a"]
    api.fail("sendMessage", "reset")
    with pytest.raises(client_error.NetworkError):
        await bot.send_message(AMINA, "b")
    assert amina.chat.texts == ["a"]
    api.fail("sendMessage", "garbled")
    with pytest.raises(client_error.TelegramError):
        await bot.send_message(AMINA, "c")
    assert amina.chat.texts == ["a", "c"]
    api.fail("sendMessage", "stall", stall_s=0.3)
    with pytest.raises(client_error.TimedOut):
        await bot.send_message(AMINA, "d", read_timeout=0.1)
    assert amina.chat.texts == ["a", "c"]
    api.fail("sendMessage", "stall", hold_s=0.3)
    with pytest.raises(client_error.TimedOut):
        await bot.send_message(AMINA, "e", read_timeout=0.1)
    assert "e" in amina.chat.texts
    assert [(each.fault, each.params["text"]) for each in api.calls_of("sendMessage", amina.chat)] == [
        ("lost", "a"),
        ("reset", "b"),
        ("garbled", "c"),
        ("stall", "d"),
        ("stall", "e"),
    ]


async def test_a_chat_may_be_blocked_unseen_or_have_another_number(api: BotApi, call: Caller, amina: Person) -> None:
    await amina.blocks(told=False)
    assert api.pending() == []
    assert (await call("sendMessage", chat_id=AMINA, text="a"))["error_code"] == 403
    fatima, again = api.user(id=3001, started=True), api.user(id=3002, started=True)
    fatima.becomes(again)
    moved = await call("sendMessage", chat_id=fatima.id, text="a")
    assert (moved["error_code"], moved["parameters"]) == (400, {"migrate_to_chat_id": again.id})
    assert (await call("sendMessage", chat_id=again.id, text="a"))["ok"]


async def test_nobody_answers_while_it_is_unreachable(api: BotApi, call: Caller, amina: Person) -> None:
    slow = api.fail("sendMessage", "stall", hold_s=0.1)
    lost = asyncio.create_task(call("sendMessage", chat_id=AMINA, text="stored, and the answer lost"))
    while not slow.used:
        await asyncio.sleep(0.005)
    async with api.unreachable():
        with pytest.raises(aiohttp.ClientError):
            await lost
        with pytest.raises(aiohttp.ClientConnectorError):
            await call("getMe")
    await call.result("getMe")
    assert amina.chat.texts == ["stored, and the answer lost"]


async def test_limits_answer_429(api: BotApi, call: Caller, amina: Person, forum: Group) -> None:
    api.clock.stop(at=1_770_000_000)
    api.limits.on = True
    answers = [await call("sendMessage", chat_id=AMINA, text="a") for _ in range(5)]
    assert [answer["ok"] for answer in answers] == [True, True, True, False, False]
    assert answers[-1] == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    api.clock.advance(1)
    assert (await call("sendMessage", chat_id=AMINA, text="a"))["ok"]
    in_group = [await call("sendMessage", chat_id=forum.id, text="a") for _ in range(21)]
    assert [answer["ok"] for answer in in_group] == [True] * 20 + [False]
    assert in_group[-1]["parameters"] == {"retry_after": 3}
    assert (await call("sendChatAction", chat_id=AMINA, action="typing"))["ok"]
    api.clock.advance(60)
    to_many = [await call("sendMessage", chat_id=api.user(id=n, started=True).id, text="a") for n in range(100, 131)]
    assert [answer["ok"] for answer in to_many] == [True] * 30 + [False]
    assert api.limits.refused == 4
    api.clock.advance(60)
    paid = [
        await call("sendMessage", chat_id=api.user(id=n, started=True).id, text="a", allow_paid_broadcast=True)
        for n in range(200, 240)
    ]
    assert [answer["ok"] for answer in paid] == [True] * 40
    assert (await call("sendMessage", chat_id=api.user(id=240, started=True).id, text="a"))["ok"]
    await call.result("setWebhook", url="http://127.0.0.1:9/")
    assert "retry after 1" in await call.refused("setWebhook", url="http://127.0.0.1:9/")


async def test_every_call_takes_its_time(api: BotApi, call: Caller, amina: Person) -> None:
    api.switches.latency_s = 0.05
    begun = time.monotonic()
    await asyncio.gather(*(call.result("sendMessage", chat_id=AMINA, text="a") for _ in range(20)))
    assert 0.05 <= time.monotonic() - begun < 0.5
    assert min(each.took_s for each in api.calls_of("sendMessage")) >= 0.05


# People, waiting, several bots


async def test_waiting_shows_the_screen(api: BotApi, call: Caller, amina: Person) -> None:
    await call.result("sendMessage", chat_id=AMINA, text="Hej", reply_markup=inline([button(callback_data="1")]))
    assert (await amina.hears()).text == "Hej"
    with pytest.raises(TimeoutError, match=r"waited 0.05 s for a message of the bot(.|\n)*bot> Hej\n    \[Ja\]"):
        await amina.hears(timeout=0.05)
    later = asyncio.create_task(amina.hears())
    await asyncio.sleep(0.01)
    await call.result("sendMessage", chat_id=AMINA, text="Igen")
    assert (await later).text == "Igen"
    await amina.chat.hears_nothing(0.02)
    await call.result("sendMessage", chat_id=AMINA, text="Mer")
    with pytest.raises(AssertionError, match="the bot said 'Mer'"):
        await amina.chat.hears_nothing(0.02)
    await call.result("sendMessage", chat_id=AMINA, text="Än mer")
    amina.chat.hush()
    await amina.chat.hears_nothing(0.02)
    with pytest.raises(LookupError, match="no callback button"):
        await call.result("sendMessage", chat_id=AMINA, text="x", reply_markup=inline([button(url="example.org")]))
        await amina.presses("Ja")


async def test_an_empty_chat_has_no_last_message(amina: Person) -> None:
    with pytest.raises(LookupError, match="empty"):
        _ = amina.chat.last


async def test_people_cannot_do_the_impossible(api: BotApi, amina: Person, coach: Person) -> None:
    for text in ("", " \u200b", "a" * 4097):
        with pytest.raises(ValueError, match="1 to 4096"):
            await amina.says(text)
    for payload in ("a b", "å", "a" * 65):
        with pytest.raises(ValueError, match="start payload"):
            await amina.starts(payload)
    said = await amina.says("a")
    with pytest.raises(ValueError, match="their own"):
        await coach.edits(said, "b")


async def test_bots_do_not_see_each_others_chats(api: BotApi, call: Caller, amina: Person) -> None:
    other = api.bot(username="annan_bot")
    beside = amina.with_bot(other)
    await beside.says("Till den andra")
    assert api.pending() == [] and len(api.pending(other)) == 1
    await call.result("sendMessage", chat_id=AMINA, text="Från den ena")
    assert beside.chat.texts == ["Till den andra"] and amina.chat.texts == ["Från den ena"]
    async with call.session.get(f"{api.base_url}{other.token}/getMe") as answer:
        assert (await answer.json())["result"]["username"] == "annan_bot"


async def test_the_same_seed_makes_the_same_world() -> None:
    def numbers(seed: int) -> tuple[Any, ...]:
        api = BotApi(seed)
        return api.token, api.user().id, api.group("a").id, api.push("message", {})

    assert numbers(3) == numbers(3) != numbers(4)


async def test_made_up_updates_are_delivered_as_they_are(api: BotApi, call: Caller) -> None:
    api.switches.check_own = False
    number = api.push("brand_new_kind", {"a": 1})
    assert await call.result("getUpdates") == [{"update_id": number, "brand_new_kind": {"a": 1}}]


def test_init_data_is_signed_as_mini_apps_expect() -> None:
    api = BotApi()
    amina = api.user(id=AMINA, first_name="Amina & Åke")
    pairs = parse_qsl(
        api.sign_init_data(amina, 1_770_000_000, start_param="form", signature=""), keep_blank_values=True
    )
    fields = dict(pairs)
    signed = fields.pop("hash")
    secret = hmac.new(b"WebAppData", api.token.encode(), hashlib.sha256).digest()
    joined = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    assert signed == hmac.new(secret, joined.encode(), hashlib.sha256).hexdigest()
    assert sorted(fields) == ["auth_date", "signature", "start_param", "user"]
    assert json.loads(fields["user"])["first_name"] == "Amina & Åke"


async def test_buttons_open_pages(api: BotApi, call: Caller, amina: Person) -> None:
    form = {"text": "Formulär", "web_app": {"url": "https://example.org/form"}}
    await call.result("sendMessage", chat_id=AMINA, text="a", reply_markup=inline([form, button(url="example.org")]))
    page, _, fragment = (await amina.opens("Formulär")).partition("#")
    handed = dict(parse_qsl(fragment))
    assert (page, set(handed)) == ("https://example.org/form", {"tgWebAppData", "tgWebAppVersion"})
    assert handed["tgWebAppData"] == api.sign_init_data(
        amina, int(dict(parse_qsl(handed["tgWebAppData"]))["auth_date"])
    )
    assert await amina.opens("Ja") == "example.org"
    with pytest.raises(LookupError, match="no button 'Nej'"):
        await amina.opens("Nej")


# As its own process


async def test_the_process_is_moved_by_control_addresses() -> None:
    async with spawned("--seed", "5", "--token", "42:AAA") as api:
        assert (api.token, await api.do("health")) == ("42:AAA", {"ok": True, "schema": "Bot API 10.3"})
        assert (await api.do("user", id=AMINA, first_name="Amina"))["first_name"] == "Amina"
        await api.do(f"user/{AMINA}/says", text="Hej")
        await api.do(f"user/{AMINA}/sends_document", content="cGxhbg==", name="plan.pdf")
        async with telegram.Bot(api.token, base_url=api.base_url, base_file_url=api.base_file_url) as bot:
            first, second = await bot.get_updates()
            assert first.message and first.message.text == "Hej"
            assert second.message and second.message.document
            fetched = await bot.get_file(second.message.document.file_id)
            assert bytes(await fetched.download_as_bytearray()) == b"plan"
            keyboard = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Ja", callback_data="1")]])
            await bot.send_message(AMINA, "Fråga?", reply_markup=keyboard)
            heard = await api.do(f"user/{AMINA}/hears", timeout=5)
            assert (heard["text"], heard["buttons"], heard["data"]) == ("Fråga?", [["Ja"]], [["1"]])
            await api.do(f"user/{AMINA}/presses", button="Ja", message=heard["message_id"])
            group = await api.do("group", title="Coacher", forum=True, members=[AMINA])
            topic = await api.do(f"group/{group['id']}/opens_topic", name="Idéer", by=AMINA)
            await api.do(f"topic/{topic['chat']}/{topic['thread']}/closes", by=AMINA)
            assert len(await api.do("screen", **topic)) == 2
            await api.do("fail", method="sendMessage", answer="lost")
            with pytest.raises(client_error.NetworkError):
                await bot.send_message(AMINA, "a")
            await api.do("fail", method="sendMessage", answer=500, times=None)
            await api.do("fail", cancel=True)
            await bot.send_message(AMINA, "b")
        assert (await api.do("transcript", chat=AMINA))["transcript"].endswith("    [Ja]\nbot> a\nbot> b")
        assert (await api.do("settings", latency_s=0.01, limits=True))["limits"] is True
        assert (await api.do("counts"))["calls"]["sendMessage"] == 3
        assert [each["method"] for each in await api.do("calls", method="getFile")] == ["getFile"]
        before = (await api.do("clock"))["time"]
        assert (await api.do("clock", advance_s=100))["time"] >= before + 100
        crowd = await api.do("crowd", first_id=10_000, count=50, says="Hej")
        assert crowd["count"] == 50
        assert (await api.do("push", kind="message", payload={"odd": 1}))["update_id"]
        assert await api.do("warnings") == [] and await api.do("deliveries") == []
        assert await api.do("replay") == {"statuses": []}
        assert "hash=" in (await api.do("init_data", user=AMINA, start_param="x"))["init_data"]
        assert (await api.do("bot", username="annan_bot"))["username"] == "annan_bot"
        with pytest.raises(RuntimeError, match="no control address"):
            await api.do("nonsense")
        with pytest.raises(RuntimeError, match="no control address"):
            await api.do(f"user/{AMINA}/_bots")
        with pytest.raises(RuntimeError, match=r"waited 0\.05 s"):
            await api.do(f"user/{AMINA}/sees", text="never", timeout=0.05)
