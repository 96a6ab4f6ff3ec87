"""Between languages: a server of our own that answers as LibreTranslate does, the real turn, both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.due import DueWork
from bot.errors import GiveUp, Retry
from bot.flows.model import Press
from bot.handoff import Handoff
from bot.i18n import plain
from bot.translation import (
    MAX_CHARS,
    NO_TRANSLATOR,
    SAY,
    TRANSLATE,
    LibreTranslate,
    Out,
    Translations,
    is_same,
    want,
    want_out,
)  # fmt: skip
from bot.turn import Turns
from storage import due, messages, residents, tables, translations
from storage.db import Database
from tests.test_handoff import QUESTION, asked, coach, read
from tests.test_turn import Resident

Work = Callable[[], Awaitable[None]]


class Server:
    """The stand-in: languages and what it answers can be changed; `asked` is what it was asked."""

    def __init__(self) -> None:
        self.languages = {"sv": ["ar", "en", "fa", "ku"], "ar": ["sv"], "en": ["sv"], "fa": ["sv"], "ku": ["sv"]}
        self.status, self.key, self.asked = 200, "", list[dict[str, Any]]()
        self.url = ""

    async def list(self, request: web.Request) -> web.Response:
        return web.json_response(
            [{"code": each, "name": each, "targets": targets} for each, targets in self.languages.items()]
        )

    async def translate(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.asked.append(said)
        if self.status != 200:
            return web.json_response({"error": "no"}, status=self.status)
        if said.get("api_key", "") != self.key:
            return web.json_response({"error": "Invalid API key"}, status=403)
        return web.json_response({"translatedText": f"[{said['source']}>{said['target']}] {said['q']}"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made, app = Server(), web.Application()
    app.add_routes([web.get("/languages", made.list), web.post("/translate", made.translate)])
    running = TestServer(app)
    await running.start_server()
    made.url = str(running.make_url("")).rstrip("/")
    yield made
    await running.close()


@pytest.fixture
def work(town: Turns, server: Server, now: list[datetime]) -> Work:
    """Does what is due now, with a translator that is asked again at once."""
    translator = LibreTranslate(server.url, rest_s=0)

    async def run() -> None:
        works = Translations(town, translator).works
        await DueWork(town.db, town, now=lambda: now[0], works=works).run_ready()

    return run


async def in_arabic(town: Turns, name: str = "amina") -> Resident:
    resident = await asked(town, name)
    await resident.does("/language ar")
    return resident


def out(words: str, **more: Any) -> Out:
    return Out(words, "sv", "ar", "said:1", "Anna", 1, 1, **more)


async def promised(town: Turns, now: list[datetime], **more: Any) -> None:
    await coach(town.db, "Anna")
    await town.db.write(
        lambda tx: want_out(tx, "ekero", 1, out("Hej!\n\nKom <b>i dag</b>.", **more), key="act 1", now=now[0])
    )


async def events(db: Database) -> list[tuple[str, str, str | None]]:
    return [(each.who, each.act, each.detail) for each in await read(db, tables.case_events)]


async def waits(db: Database, kind: str) -> list[Any]:
    return [each for each in await read(db, tables.due) if each.kind == kind and each.status == "waiting"]


# --- the server -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target", "codes"),
    [("ar", "sv", ("ar", "sv")), ("sv-simple", "en", ("sv", "en")), ("fa-AF", "sv", ("fa", "sv")),
     ("sv", "ckb", ("sv", "ku")), ("kmr", "sv-simple", ("ku", "sv"))],
)  # fmt: skip
async def test_our_languages_are_those_of_the_server(
    server: Server, source: str, target: str, codes: tuple[str, str]
) -> None:
    made = await LibreTranslate(server.url).translate("Hej", source, target)
    assert (made.words, made.engine) == (f"[{codes[0]}>{codes[1]}] Hej", "LibreTranslate")
    assert server.asked == [{"q": "Hej", "source": codes[0], "target": codes[1], "format": "text"}]


async def test_what_the_server_does_not_have_is_said_to_be_missing(server: Server) -> None:
    for source, target in (("rmn", "sv"), ("sv", "ti"), ("ar", "en")):
        with pytest.raises(GiveUp, match=NO_TRANSLATOR):
            await LibreTranslate(server.url).translate("Hej", source, target)
    assert server.asked == []


async def test_the_key_goes_along_and_a_wrong_one_is_refused(server: Server) -> None:
    server.key = "secret"
    assert (await LibreTranslate(server.url, "secret").translate("Hej", "sv", "ar")).words == "[sv>ar] Hej"
    with pytest.raises(GiveUp, match="403"):
        await LibreTranslate(server.url, "other").translate("Hej", "sv", "ar")


async def test_long_words_go_in_parts_and_nothing_is_lost(server: Server) -> None:
    words = "\n\n".join(f"{number} " + "Vi ses på torget. " * 60 for number in range(12))
    made = await LibreTranslate(server.url).translate(words, "sv", "ar")
    sent = [each["q"] for each in server.asked]
    assert len(sent) > 1 and max(map(len, sent)) <= MAX_CHARS and "".join(sent) == words
    assert made.words == "".join(f"[sv>ar] {each}" for each in sent)
    await LibreTranslate(server.url).translate("x" * (2 * MAX_CHARS + 1), "sv", "ar")
    assert [len(each["q"]) for each in server.asked[-3:]] == [MAX_CHARS, MAX_CHARS, 1]


async def test_a_server_that_fails_is_left_alone_for_a_while(server: Server) -> None:
    translator = LibreTranslate(server.url)
    server.status = 503
    for _count in range(3):
        with pytest.raises(Retry):
            await translator.translate("Hej", "sv", "ar")
    assert len(server.asked) == 1
    with pytest.raises(Retry):
        await LibreTranslate("http://127.0.0.1:9").translate("Hej", "sv", "ar")


def test_dialects_of_one_language_need_no_translation() -> None:
    assert is_same("sv", "sv-simple") and is_same("fa-AF", "fa")
    assert not is_same("ckb", "kmr") and not is_same("sv", "en")


# --- a resident's words -----------------------------------------------------------------------------------------------


async def test_a_residents_words_are_translated_for_the_coach(town: Turns, work: Work, now: list[datetime]) -> None:
    resident = await in_arabic(town)
    await resident.does("مرحبا")
    said = [each for each in await read(town.db, tables.messages) if each.sender == "resident"][-1]
    message = messages.Message(*said)
    with town.live.watch(1) as woken:
        await town.db.write(lambda tx: want(tx, message, "sv", now[0]))
        await town.db.write(lambda tx: want(tx, message, "sv", now[0]))
        await work()
        await work()
        assert woken.is_set()
    async with town.db.read() as tx:
        (made,) = await translations.of_messages(tx, [message.id], "sv")
    assert (made.words, made.engine, made.flagged_at) == ("[ar>sv] مرحبا", "LibreTranslate", None)
    assert await waits(town.db, TRANSLATE) == []


async def test_what_needs_no_translation_is_not_promised_one(town: Turns, now: list[datetime]) -> None:
    resident = await in_arabic(town)
    await resident.does("/menu")
    for row in await read(town.db, tables.messages):
        message = messages.Message(*row)
        if message.sender == "resident":
            await town.db.write(lambda tx, each=message: want(tx, each, each.locale or "en", now[0]))
            if "text" not in message.body:
                await town.db.write(lambda tx, each=message: want(tx, each, "fi", now[0]))
    assert await waits(town.db, TRANSLATE) == []


async def test_words_that_cannot_be_translated_stay_as_they_are(
    town: Turns, work: Work, server: Server, now: list[datetime]
) -> None:
    await asked(town)
    message = messages.Message(
        *next(each for each in await read(town.db, tables.messages) if (each.body or {}).get("text") == QUESTION)
    )
    server.status = 500
    await town.db.write(lambda tx: want(tx, message, "sv", now[0]))
    for _count in range(3):
        await work()
        now[0] += timedelta(minutes=1)
    assert len(server.asked) == 3 and await read(town.db, tables.translations) == []
    (promise,) = [each for each in await read(town.db, tables.due) if each.kind == TRANSLATE]
    assert (promise.status, promise.reason) == ("cancelled", "the translator answered 500")


# --- a coach's words --------------------------------------------------------------------------------------------------


async def test_a_coachs_answer_comes_translated_and_as_it_was_written(
    town: Turns, work: Work, now: list[datetime]
) -> None:
    await in_arabic(town)
    before = len(await read(town.db, tables.messages))
    await promised(town, now)
    assert len(await read(town.db, tables.messages)) == before, "nothing is said before it is translated"
    await work()
    await work()
    (said,) = (await read(town.db, tables.messages))[before:]
    shown = [part.strip("\u2068\u2069") for part in plain(said.body["html"]).split("\n\n")]
    assert (said.sender, said.slot, said.locale) == ("coach", "said:1", "ar")
    assert shown[:2] == ["[sv>ar] Hej!", "Kom <b>i dag</b>."] and shown[3:] == ["Hej!", "Kom <b>i dag</b>."]
    assert "LibreTranslate" in shown[2]
    assert [each["id"] for each in said.body["choices"]] == ["x:said:1"]
    async with town.db.read() as tx:
        (made,) = await translations.of_messages(tx, [said.id])
    assert (made.locale, made.words) == ("ar", "[sv>ar] Hej!\n\nKom <b>i dag</b>.")


@pytest.mark.parametrize("reason", ["the translator answered 500", NO_TRANSLATOR, "there is no translator"])
async def test_an_answer_that_cannot_be_translated_goes_as_it_is_and_staff_can_see_it(
    town: Turns, server: Server, now: list[datetime], reason: str
) -> None:
    await in_arabic(town)
    before = len(await read(town.db, tables.messages))
    await promised(town, now)
    if reason == NO_TRANSLATOR:
        server.languages = {"sv": ["en"]}
    server.status = 500
    translator = None if reason == "there is no translator" else LibreTranslate(server.url, rest_s=0)
    tries = 0
    while await waits(town.db, SAY):
        assert len(await read(town.db, tables.messages)) == before
        await DueWork(town.db, town, now=lambda: now[0], works=Translations(town, translator).works).run_ready()
        now[0] += timedelta(minutes=1)
        tries += 1
    assert tries == (3 if "500" in reason else 1)
    (said,) = (await read(town.db, tables.messages))[before:]
    assert plain(said.body["html"]).replace("\u2068", "").replace("\u2069", "") == "Hej!\n\nKom <b>i dag</b>."
    assert "choices" not in said.body and await read(town.db, tables.translations) == []
    assert (await events(town.db))[-1] == ("Anna", "not translated", reason)


async def test_an_answer_is_said_once_although_two_processes_work_on_it(
    town: Turns, server: Server, now: list[datetime]
) -> None:
    await in_arabic(town)
    before = len(await read(town.db, tables.messages))
    await promised(town, now)
    async with town.db.read() as tx:
        (promise,) = [each for each in await due.ready(tx, now[0]) if each.kind == SAY]
    first, second = (Translations(town, LibreTranslate(server.url)) for _count in range(2))
    await first.say(promise)
    await second.say(promise)
    assert len(await read(town.db, tables.messages)) == before + 1


async def test_no_answer_overtakes_one_that_waits_for_its_translation(
    town: Turns, server: Server, work: Work, now: list[datetime]
) -> None:
    town.translates = True
    anna = await coach(town.db, "Anna")
    await in_arabic(town)
    handoff = Handoff(town)
    await handoff.answer(anna, 1, "a", "Först", then="stay", translate=True)
    await handoff.answer(anna, 1, "b", "Sedan", then="stay", translate=True)
    async with town.db.read() as tx:
        _first, second = [each for each in await due.ready(tx, now[0]) if each.kind == SAY]
    with pytest.raises(Retry):
        await Translations(town, LibreTranslate(server.url)).say(second)
    await handoff.hand_back(anna, 1, "c", "Till sist")
    said = [
        plain(each.body["html"]).strip("\u2068\u2069")
        for each in await read(town.db, tables.messages)
        if each.sender == "coach"
    ]
    assert said == ["Först", "Sedan", "Till sist"], "as they were written, for the machine speaks after them"
    await work()
    assert len([each for each in await read(town.db, tables.messages) if each.sender == "coach"]) == 3


class Killed(Exception):
    """The process is gone."""


async def test_an_answer_survives_a_kill_between_translating_and_saying(
    town: Turns, server: Server, work: Work, now: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_arabic(town)
    before = len(await read(town.db, tables.messages))
    await promised(town, now)

    async def dies(*_anything: Any, **_more: Any) -> Any:
        raise Killed

    works = Translations(town, LibreTranslate(server.url)).works
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(town, "say", dies)
        await DueWork(town.db, town, now=lambda: now[0], works=works).run_ready()
    assert len(await read(town.db, tables.messages)) == before and len(await waits(town.db, SAY)) == 1
    await work()
    assert len(await read(town.db, tables.messages)) == before + 1


async def test_a_private_answer_stays_private(town: Turns, work: Work, now: list[datetime]) -> None:
    await in_arabic(town)
    await promised(town, now, private=True)
    await work()
    assert (await read(town.db, tables.messages))[-1].body["private"] is True


async def test_the_resident_may_say_that_a_translation_is_wrong(town: Turns, work: Work, now: list[datetime]) -> None:
    resident = await in_arabic(town)
    await town.db.write(lambda tx: residents.set_name(tx, 1, "Amina"))
    await promised(town, now)
    await work()
    body = (await read(town.db, tables.messages))[-1].body
    state = (await read(town.db, tables.conversations))[0].state
    resident.buttons["wrong"] = Press(0, body["choices"][0]["id"])
    thanks = await resident.does("[wrong]")
    assert thanks and await resident.does("[wrong]") == thanks
    (made,) = await read(town.db, tables.translations)
    assert (made.flagged_at, made.flagged_by) == (now[0], "resident")
    assert [each for each in await events(town.db) if each[1] == "translation flagged"] == [
        ("Idélabbet", "translation flagged", "LibreTranslate")
    ]
    assert (await read(town.db, tables.conversations))[0].state == state, "what was under way stays where it is"
    stranger = await asked(town, "olle")
    stranger.buttons["wrong"] = resident.buttons["wrong"]
    await stranger.does("[wrong]")
    assert len([each for each in await events(town.db) if each[1] == "translation flagged"]) == 1


async def test_whoever_is_forgotten_is_told_nothing_more(town: Turns, work: Work, now: list[datetime]) -> None:
    resident = await asked(town)
    await promised(town, now)
    await resident.does("/forget", "yes")
    before = len(await read(town.db, tables.messages))
    await work()
    assert [each for each in (await read(town.db, tables.messages))[before:] if each.sender == "coach"] == []
