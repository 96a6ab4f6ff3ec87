"""Alerts in a coach's own Telegram, from the link to the last letter, over the strict stand-in; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import clock
from bot.staff import Staff
from storage import tables
from storage.staff import Member
from tests.bot_api import BotApi, Person, Press
from tests.telegram.parts import Running, running
from tests.telegram.test_whole import _is_quiet, _rows, _until
from tests.test_handoff import QUESTION, asked
from tests.test_staff_chat import a_member, of

OPEN, YES, NO_MORE = "Open the case", "Yes, link it", "No more alerts here"


@pytest.fixture
async def run(api: BotApi, db_url: str) -> AsyncIterator[Running]:
    async with running(api, db_url) as parts:
        yield parts


@pytest.fixture
async def anna(run: Running) -> Member:
    """A coach who reads English and wants to be told in Telegram."""
    member = await a_member(run.db)
    await _accounts(run).set_language(member, "en")
    return await of(run.db, member.id)


@pytest.fixture
def phone(api: BotApi) -> Person:
    """Anna's, whose owner has never written to the bot."""
    return api.user(id=1003, first_name="Annika", language_code="en")


def _accounts(run: Running) -> Staff:
    return Staff(run.db, run.turns.municipalities, public_url="https://example.se", forms_key=b"k" * 32, now=clock.now)


async def _link(run: Running, anna: Member, phone: Person) -> None:
    await _until(lambda: run.telegram.username is not None)
    name = run.telegram.username or ""
    link = await _accounts(run).chat_link(anna, "ekero", name)
    assert link.startswith("https://t.me/idelabbet_bot?start=")
    await phone.starts(link.partition("?start=")[2])
    question = await phone.hears()
    assert question.buttons == [[YES]]
    await _press(phone, YES)
    assert "Anna" in (await phone.hears()).text


async def _press(phone: Person, label: str) -> None:
    press = await phone.presses(label)
    assert isinstance(press, Press)
    assert await press.answered() == ""


async def _letters(run: Running) -> list[Any]:
    """What has gone to Anna as a letter."""
    mail = await _rows(run, tables.deliveries, tables.deliveries.c.channel == "mail")
    return [each for each in mail if each.made_by.startswith("alert:")]


async def test_a_coach_is_told_in_telegram_until_they_end_it(
    run: Running, api: BotApi, anna: Member, phone: Person
) -> None:
    await _link(run, anna, phone)
    await asked(run.turns, "one")
    alert = await phone.hears()
    assert "A new case waits for an answer" in alert.text and "Wants to talk to a human" in alert.text
    assert QUESTION not in alert.text and "/coach/" not in alert.text
    assert alert.buttons == [[OPEN]]
    assert await phone.opens(OPEN, message=alert) == "https://example.se/coach/cases/1"
    assert await _letters(run) == []
    await _press(phone, NO_MORE)
    assert "No alerts come to this chat" in (await phone.hears()).text
    await asked(run.turns, "two")
    await _until(lambda: _is_quiet_but_for_mail(run))
    await phone.chat.hears_nothing()
    assert [each.body["subject"] for each in await _letters(run)] == ["A new case waits for an answer"]
    said = await _rows(run, tables.conversations)
    assert len(said) == 2, "those of the two residents"
    assert [each.fault for each in await _rows(run, tables.inbox, tables.inbox.c.status != "done")] == []


async def _is_quiet_but_for_mail(run: Running) -> bool:
    waiting = tables.deliveries.c.status.in_(("waiting", "attempting"))
    return await _rows(run, tables.deliveries, waiting, tables.deliveries.c.channel != "mail") == []


async def test_whoever_blocks_the_bot_gets_letters_until_they_let_it_in(
    run: Running, api: BotApi, anna: Member, phone: Person
) -> None:
    await _link(run, anna, phone)
    await phone.blocks()
    await api.settled()
    await asked(run.turns, "one")
    assert len(await _letters(run)) == 1
    assert len(api.calls_of("sendMessage", phone.id)) == 2, "nothing is tried where nobody can be reached"
    _ways, _left, chat = await _accounts(run).own(anna, "ekero")
    assert chat is not None and not chat.reachable
    await phone.unblocks()
    await api.settled()
    await asked(run.turns, "two")
    assert (await phone.hears()).buttons == [[OPEN]]
    assert len(await _letters(run)) == 1


@pytest.mark.parametrize("trouble", ["blocked", "deactivated", 400])
async def test_an_alert_that_telegram_refuses_goes_as_a_letter(
    run: Running, api: BotApi, anna: Member, phone: Person, trouble: str | int
) -> None:
    await _link(run, anna, phone)
    api.fail("sendMessage", trouble, chat=phone.id)
    await asked(run.turns, "one")
    await _until(lambda: _letters(run))
    (letter,) = await _letters(run)
    assert "https://example.se/coach/cases/1" in letter.body["text"] and QUESTION not in letter.body["text"]
    (refused,) = await _rows(run, tables.deliveries, tables.deliveries.c.status == "given_up")
    assert letter.made_by == f"{refused.made_by}:instead"
    mail = await _rows(run, tables.addresses, tables.addresses.c.id == letter.address_id)
    assert [each.address for each in mail] == [anna.email]
    await asked(run.turns, "two")
    await _until(lambda: _is_quiet_but_for_mail(run))
    assert len(await _letters(run)) == (1 if trouble == 400 else 2), "a message at fault says nothing of the chat"


async def test_a_link_that_was_sent_on_does_nothing_without_a_yes(
    run: Running, api: BotApi, anna: Member, amina: Person
) -> None:
    await _until(lambda: run.telegram.username is not None)
    link = await _accounts(run).chat_link(anna, "ekero", "idelabbet_bot")
    await amina.starts(link.partition("?start=")[2])
    assert "made the link yourself" in (await amina.hears()).text
    assert await _rows(run, tables.staff_chats) == []
    await amina.starts("staff_" + "A" * 22)
    assert "does not work any more" in (await amina.hears()).text
    assert await _rows(run, tables.conversations) == []
    await amina.starts()
    await amina.sees("Svenska")
    await _until(lambda: _is_quiet(run))
