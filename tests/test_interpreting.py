"""An interpreter, asked for by staff: one case with its promise, and the resident hears of it; on both databases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.desk import Desk, Filter
from bot.i18n import plain
from bot.interpreting import ask
from bot.rules.varieties import varieties
from bot.staff import Refused
from bot.turn import Turns
from storage import tables
from tests.test_handoff import asked, coach, words


async def test_staff_ask_for_one_and_the_resident_is_told_once(
    town: Turns, clock: Callable[..., Awaitable[None]], rows: Any
) -> None:
    anna = await coach(town.db, "Anna")
    await asked(town)
    before = await rows(tables.messages)
    for _count in range(2):
        await ask(town, anna, 1, "form 1", language="ku", variety="Sorani (سۆرانی)", way="phone", when="Friday")
    await clock(seconds=0)
    await clock(seconds=0)
    (told,) = (await rows(tables.messages))[len(before) :]
    assert plain(told.body["html"]).startswith("Anna, a human at Idélabbet, looks for an interpreter")
    (case,) = [each for each in await rows(tables.cases) if each.kind == "interpreter"]
    assert case.answer_by is not None and case.conversation_id == 1
    assert [each.act for each in await rows(tables.case_events)] == ["interpreter asked"]
    card = (await Desk(town).case(anna, case.id)).context
    assert card is not None and [str(value) for _label, value in card.rows] and len(card.rows) == 4
    kinds = {line.id for line in (await Desk(town).queue(anna, Filter())).lines}
    assert case.id in kinds
    (conversation,) = await rows(tables.conversations)
    assert conversation.holder == "waiting", "for the question asked before; this one takes no conversation"


async def test_what_is_in_no_list_is_written(town: Turns, clock: Callable[..., Awaitable[None]], rows: Any) -> None:
    anna = await coach(town.db, "Anna")
    await asked(town)
    await ask(town, anna, 1, "form 1", language=" Lak ")
    await clock(seconds=0)
    (case,) = [each for each in await rows(tables.cases) if each.kind == "interpreter"]
    assert case.context["answers"] == {"language": {"other": "Lak"}, "way": "meeting"}


async def test_another_municipalitys_conversation_is_not_there(town: Turns, rows: Any) -> None:
    anna = await coach(town.db, "Anna")
    await asked(town)
    for who, conversation_id, language, why in (
        (replace(anna, municipality_id="lund"), 1, "ar", "missing"),
        (anna, 99, "ar", "missing"),
        (anna, 1, " ", "empty"),
    ):
        with pytest.raises(Refused) as refused:
            await ask(town, who, conversation_id, "a", language=language)
        assert words(refused)[0] == why
    assert await rows(tables.case_events) == []


def test_languages_that_are_several_are_asked_about_more_closely() -> None:
    assert {"Arli", "Lovari"} <= {*varieties()["rom"]}
    assert [name.partition(" ")[0] for name in varieties()["fa"]] == ["Dari", "Farsi"]
    assert [name.partition(" ")[0] for name in varieties()["ku"]][:2] == ["Sorani", "Kurmancî"]
    assert max(len(name) for names in varieties().values() for name in names) <= 30
