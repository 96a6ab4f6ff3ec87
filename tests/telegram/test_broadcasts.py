"""Broadcasts over the real program in Telegram: stopped while they wait, in kind to those who blocked, and the need loop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.broadcast_form import filled
from bot.broadcasting import Broadcasts
from bot.coordination import Coordination
from bot.coordination import filled as need_filled
from bot.packs.load import load_municipality
from storage import listeners, tables, volunteers
from tests.bot_api import BotApi, Person
from tests.telegram.parts import Running, running
from tests.telegram.test_whole import _arrived, _press, _rows, _until
from tests.test_handoff import coach
from tests.test_shifts import OFFER

SOON_S = 60.0
"""On machines that are busy with other things, too."""

WORDS = {"words-sv": "Vi behöver hjälp på lördag.", "words-en": "We need help on Saturday."}


@pytest.fixture
async def run(db_url: str, api: BotApi) -> AsyncIterator[Running]:
    async with running(api, db_url) as parts:
        yield parts


async def listens(run: Running, person: Person, locale: str = "en", **chosen: Any) -> None:
    """Somebody in Telegram who has begun, and gets news; at no hour is it quiet for them."""
    conversation = await _conversation(run, person)
    said = {"topics": (), "areas": (), "skills": (), "spoken": (), "roles": (), "band": None, "gap_days": 0, "quiet_from": 3,
            "quiet_to": 3, **chosen}  # fmt: skip
    await run.db.write(lambda tx: listeners.save(
        tx, municipality_id="ekero", resident_id=conversation.resident_id, conversation_id=conversation.id, locale=locale,
        channel="telegram", now=clock.now(), **said,
    ))  # fmt: skip


async def _conversation(run: Running, person: Person) -> Any:
    for address in await _rows(run, tables.addresses):
        if address.address == str(person.id):
            (found,) = await _rows(run, tables.conversations, tables.conversations.c.id == address.conversation_id)
            return found
    raise LookupError(person.id)


async def sent(run: Running, **fields: str) -> int:
    """A broadcast that is on its way: all of it is in the outbox."""
    saga = await coach(run.db, "Saga", "sender")
    acts = Broadcasts(run.turns)
    number = await acts.create(saga, "form")
    await acts.save(saga, number, filled({**WORDS, "buttons": "not", **fields}, acts.place(saga)))
    await acts.ask(saga, number, urgent="")
    return number


async def fed(run: Running) -> None:
    """All of it is handed to the outbox."""
    await _until(lambda: _all_fed(run), timeout_s=SOON_S)


async def _all_fed(run: Running) -> bool:
    await run.feeder.step()
    return all(each.fed_at is not None for each in await _rows(run, tables.broadcasts))


@pytest.fixture(autouse=True)
def _never_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is day, whatever time the tests run at."""
    monkeypatch.setattr("bot.feeder.awake", lambda at, _from, _to: at)


async def test_stop_pressed_by_somebody_who_waits_in_the_queue(
    run: Running, api: BotApi, amina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They get nothing more, also of what is queued already."""
    bo = api.user(id=1002, first_name="Bo", language_code="en", started=True)
    for person in (amina, bo):
        await person.starts()
        await _press(person, "English")
        await listens(run, person)
    await api.settled()
    budget = run.telegram.outgoing.budget
    monkeypatch.setattr(run.telegram.outgoing, "budget", lambda: 0)  # nothing goes out: all of it waits
    await sent(run)
    await fed(run)
    waiting = [each for each in await _rows(run, tables.deliveries) if each.made_by.startswith("broadcast:")]
    assert [each.status for each in waiting] == ["waiting", "waiting"]
    await amina.says("/stop")
    await _until(lambda: _stopped(run))
    monkeypatch.setattr(run.telegram.outgoing, "budget", budget)
    run.sender.wake()
    await bo.sees("We need help on Saturday.", timeout=SOON_S)
    await amina.sees("You get no more messages from us", timeout=SOON_S)
    await api.settled()
    assert not any("We need help" in each.text for each in amina.chat.messages)
    await _until(lambda: _ended(run, [("given_up", "stopped"), ("sent", None)]))


async def _ended(run: Running, wanted: list[tuple[str, str | None]]) -> bool:
    found = [each for each in await _rows(run, tables.deliveries) if each.made_by.startswith("broadcast:")]
    return sorted(((each.status, each.error) for each in found), key=str) == wanted


async def _stopped(run: Running) -> bool:
    return len(await _rows(run, tables.listeners)) == 1


async def test_stop_pressed_when_the_sender_has_it_in_its_hands(run: Running, api: BotApi, amina: Person) -> None:
    """Claimed, waiting for its turn at the pace: the gate is asked once more before it goes out."""
    await amina.starts()
    await _press(amina, "English")
    await listens(run, amina)
    await api.settled()
    pace = run.telegram.outgoing.pace
    pace.bulk_delay_s = lambda granted=0: 0.2 if held.is_set() else 0.0  # type: ignore[method-assign]
    held = asyncio.Event()
    held.set()
    await sent(run)
    await fed(run)
    await _until(lambda: _claimed(run))
    await amina.says("/stop")
    await _until(lambda: _nobody_listens(run))
    held.clear()
    await amina.sees("You get no more messages from us", timeout=SOON_S)
    await _until(lambda: _ended(run, [("given_up", "stopped")]))
    assert not any("We need help" in each.text for each in amina.chat.messages)


async def _claimed(run: Running) -> bool:
    return any(each.status == "attempting" for each in await _rows(run, tables.deliveries))


async def _nobody_listens(run: Running) -> bool:
    return not await _rows(run, tables.listeners)


async def test_the_button_below_it_stops_all_of_them(run: Running, api: BotApi, amina: Person) -> None:
    await amina.starts()
    await _press(amina, "English")
    await listens(run, amina)
    await sent(run)
    await fed(run)
    await _press(amina, "No more such messages")
    await _until(lambda: _nobody_listens(run))


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000"
    "000049454e44ae426082"
)


async def test_a_picture_goes_to_all_and_is_uploaded_once(run: Running, api: BotApi, amina: Person) -> None:
    bo = api.user(id=1002, first_name="Bo", language_code="en", started=True)
    for person in (amina, bo):
        await person.starts()
        await _press(person, "English")
        await listens(run, person)
    saga = await coach(run.db, "Saga", "sender")
    acts = Broadcasts(run.turns)
    number = await acts.create(saga, "form")
    written = filled({**WORDS, "buttons": "not"}, acts.place(saga))
    await acts.save(saga, number, written, picture=("image/png", PNG))
    await acts.ask(saga, number)
    await fed(run)
    for person in (amina, bo):
        await person.sees("We need help on Saturday.", timeout=SOON_S)
        assert [each.kind for each in person.chat.from_bot if "We need help" in each.text] == ["photo"]
    assert len([each for each in api.calls if each.method == "sendPhoto"]) == 2
    assert (
        len([each for each in api.calls if each.method == "sendPhoto" and isinstance(each.params["photo"], str)]) == 1
    )


async def test_who_has_blocked_the_bot_or_is_gone_is_counted(run: Running, api: BotApi, amina: Person) -> None:
    bo = api.user(id=1002, first_name="Bo", language_code="en", started=True)
    for person in (amina, bo):
        await person.starts()
        await _press(person, "English")
        await listens(run, person)
    await api.settled()
    await bo.blocks()
    await _until(lambda: _addresses(run, ["blocked", "ok"]))
    number = await sent(run)
    await fed(run)
    await amina.sees("We need help on Saturday.", timeout=SOON_S)
    saga = await coach(run.db, "Lo", "leader")
    await _until(lambda: _done(run), timeout_s=SOON_S)
    seen = await Broadcasts(run.turns).progress(saga, number)
    assert (seen.handed, seen.reached, dict(seen.failed)) == (2, 1, {"blocked": 1})


async def _addresses(run: Running, wanted: Sequence[str]) -> bool:
    return sorted(each.state for each in await _rows(run, tables.addresses)) == list(wanted)


async def _done(run: Running) -> bool:
    await run.feeder.step()
    return [each.status for each in await _rows(run, tables.broadcasts)] == ["done"]


# --- the need loop ----------------------------------------------------------------------------------------------------------

LANGUAGES = ("sv", "sv-simple", "en", "ar", "uk")
TEXTS = {
    "sv": "Vi behöver folk som lagar soppa på lördag.",
    "sv-simple": "Vi lagar soppa på lördag. Vill du hjälpa?",
    "en": "We need people to cook soup on Saturday.",
    "ar": "نحتاج إلى أشخاص لطبخ الحساء يوم السبت.",
    "uk": "Нам потрібні люди, щоб зварити суп у суботу.",
}
PEOPLE, PLACES, ANSWERS = 45, 12, 40


async def test_a_call_becomes_a_need_a_message_in_five_languages_and_twelve_filled_places(
    sqlite_url: str, api: BotApi
) -> None:
    """Phone call → need → segment → broadcast → forty answers for twelve places → filled, standby → what came of it."""
    ekero = load_municipality("ekero")
    place = ekero.model_copy(
        update={"languages": LANGUAGES, "news": ekero.news.model_copy(update={"approve_above": 20})}
    )
    async with running(api, sqlite_url, place=place) as run:
        people = [
            api.user(id=2000 + each, first_name=f"P{each}", language_code="sv", started=True) for each in range(PEOPLE)
        ]
        for at, person in enumerate(people):
            await person.starts("menu")
            await _arrived(person, "Svenska")
            await _offers(run, person, LANGUAGES[at % 5])
        karin, saga = await coach(run.db, "Karin", "coordinator"), await coach(run.db, "Saga", "sender")

        # The Red Cross rings; the coordinator writes down what is needed while they talk.
        coordination = Coordination(run.turns)
        day = (clock.now() + timedelta(days=5)).date().isoformat()
        form = {"what": "Laga soppa", "area": "Stenhamra", "day": day, "begins": "10:00", "ends": "14:00",
                "places": str(PLACES)}  # fmt: skip
        need_id = await coordination.create(karin, "call", need_filled(form, place, clock.now()))
        assert need_id is not None

        # One message about it, in five languages, to those who want to hear when people are needed there.
        acts = Broadcasts(run.turns)
        number = await acts.create(karin, "form", need_id=need_id)
        written = {f"words-{tag}": words for tag, words in TEXTS.items()}
        area = [area.name for area in place.areas].index("Stenhamra")
        written |= {"buttons": "help more not", "need": str(need_id), "topics": "helpers", "areas": str(area)}
        await acts.save(karin, number, filled(written, place))
        seen = await acts.seen(karin, number)
        assert (seen.counted.total, seen.missing, seen.second) == (PEOPLE, [], True)
        assert await acts.ask(karin, number) == "asked"
        await acts.approve(saga, number)
        await fed(run)
        for at, person in enumerate(people):
            await person.sees(TEXTS[LANGUAGES[at % 5]], timeout=SOON_S)
        await _until(lambda: _done(run), timeout_s=SOON_S)

        # Forty press "I can help", at once; five do not.
        async def answers(person: Person) -> None:
            buttons = (each for message in person.chat.from_bot for row in message.inline_rows for each in row)
            data = next(
                each["callback_data"] for each in buttons if each["callback_data"].endswith(f"heard:{number}-help")
            )
            await person.presses(data)

        await asyncio.gather(*(answers(person) for person in people[:ANSWERS]))
        await _until(lambda: _answered(run, ANSWERS), timeout_s=SOON_S)
        await _until(lambda: _statuses(run, {"taken": PLACES}), timeout_s=SOON_S)

        # Those who came too late are asked whether they want to stand by; ten of them do.
        late = [each for each in people[:ANSWERS] if await _is_late(run, each)]
        assert len(late) == ANSWERS - PLACES
        for person in late[:10]:
            label = await _standby_label(person)
            await _press(person, label)
        await _until(lambda: _statuses(run, {"taken": PLACES, "standby": 10}), timeout_s=SOON_S)
        (shift,) = await _rows(run, tables.shifts)
        assert len([each for each in await _rows(run, tables.shift_places) if each.signup_id]) == PLACES
        assert shift.cancelled_at is None
        progress = await acts.progress(saga, number)
        assert (dict(progress.answers), dict(progress.signed)) == ({"help": ANSWERS}, {"taken": PLACES, "standby": 10})
        assert {each.name: each.answered for each in progress.languages} == {tag: ANSWERS // 5 for tag in LANGUAGES}

        # When it is over all who answered hear what came of it, each in their language; the five others do not.
        outcome = await acts.create(karin, "closing", answers_id=number)
        told = {f"words-{tag}": f"{words} 60 ✓" for tag, words in TEXTS.items()}
        await acts.save(karin, outcome, filled(told, place))
        assert (await acts.seen(karin, outcome)).counted.total == ANSWERS
        assert await acts.ask(karin, outcome) == "asked"
        await acts.approve(saga, outcome)
        await fed(run)
        for at, person in enumerate(people[:ANSWERS]):
            await person.sees(f"{TEXTS[LANGUAGES[at % 5]]} 60 ✓", timeout=SOON_S)
        await _until(lambda: _all_done(run), timeout_s=SOON_S)
        assert not any("60 ✓" in each.text for person in people[ANSWERS:] for each in person.chat.messages)
        failed = await _rows(run, tables.inbox, tables.inbox.c.status != "done")
        assert [each.fault for each in failed] == []


async def _offers(run: Running, person: Person, locale: str) -> None:
    conversation = await _conversation(run, person)
    now: datetime = clock.now()

    async def write(tx: Any) -> None:
        await tx.execute(tables.residents.update().where(tables.residents.c.id == conversation.resident_id)
                         .values(locale=locale, notice_version="1", notice_at=now))  # fmt: skip
        await volunteers.save(tx, municipality_id="ekero", resident_id=conversation.resident_id,
                              conversation_id=conversation.id, offer={**OFFER, "name": f"P{person.id}"}, now=now)  # fmt: skip

    await run.db.write(write)
    await listens(run, person, locale, topics=("helpers",), areas=("Stenhamra",))


async def _answered(run: Running, count: int) -> bool:
    return len([each for each in await _rows(run, tables.broadcast_recipients) if each.answer == "help"]) == count


async def _statuses(run: Running, wanted: dict[str, int]) -> bool:
    return Counter(each.status for each in await _rows(run, tables.signups)) == wanted


async def _all_done(run: Running) -> bool:
    await run.feeder.step()
    return {each.status for each in await _rows(run, tables.broadcasts)} == {"done"}


async def _is_late(run: Running, person: Person) -> bool:
    conversation = await _conversation(run, person)
    mine = [each.id for each in await _rows(run, tables.volunteers) if each.conversation_id == conversation.id]
    return not [each for each in await _rows(run, tables.signups) if each.volunteer_id in mine]


async def _standby_label(person: Person) -> str:
    """The first of the two buttons under the last question."""
    await person.chat.until(lambda: len(person.chat.from_bot[-1].buttons) > 0, 5, "a question")
    question = next(each for each in reversed(person.chat.from_bot) if each.buttons)
    return str(question.buttons[0][0])
