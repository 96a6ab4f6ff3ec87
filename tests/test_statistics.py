"""How the work goes, in numbers."""

from __future__ import annotations

import ast
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bot
from bot.handoff import Actor
from bot.statistics import Numbers, Statistics
from bot.turn import Turns
from storage import cases, conversations, residents
from storage.db import Database

SINCE = timedelta(days=2)
TEMPLATES = Path(bot.__path__[0]) / "handlers/web/templates/console"


async def opened(db: Database, now: datetime, locale: str, count: int, *, protected: bool = False) -> list[int]:
    """Cases from two days ago, promised for yesterday."""
    made = []
    for number in range(count):

        async def write(tx: Any, address: str = f"{locale}{protected}{number}") -> int:
            who = await conversations.open(tx, municipality_id="ekero", channel="web", address=address, now=now - SINCE)
            await residents.set_locale(tx, who.resident_id, locale)
            await residents.set_protected(tx, who.resident_id, protected)
            return await cases.open(
                tx, municipality_id="ekero", kind="coach", conversation_id=who.conversation_id,
                resident_id=who.resident_id, now=now - SINCE, answer_by=now - SINCE / 2,
            )  # fmt: skip

        made.append(await db.write(write))
    return made


async def numbers(town: Turns, *roles: str) -> Numbers:
    return await Statistics(town).of(Actor(1, "Anna", "ekero", frozenset(roles)), 30)


async def test_protected_people_are_counted_for_those_who_may_read_them(
    town: Turns, db: Database, now: list[datetime]
) -> None:
    await opened(db, now[0], "sv", 5)
    await opened(db, now[0], "sv", 1, protected=True)
    seen = await numbers(town, "coach")
    assert (seen.new, seen.waiting, seen.late) == (5, 5, 5)
    seen = await numbers(town, "coach", "protected")
    assert (seen.new, seen.waiting, seen.late) == (6, 6, 6)


async def test_a_promise_that_is_late_is_not_kept(town: Turns, db: Database, now: list[datetime]) -> None:
    first, *others = await opened(db, now[0], "sv", 6)
    for each in others[:-1]:
        await db.write(lambda tx, each=each: cases.answer(tx, "ekero", each, now[0] - SINCE / 2))  # type: ignore[misc]
    assert (await numbers(town, "coach")).kept == 4 / 6
    await db.write(lambda tx: cases.answer(tx, "ekero", first, now[0]))
    assert (await numbers(town, "coach")).kept == 4 / 6
    await db.write(lambda tx: cases.promise(tx, "ekero", others[-1], now[0] + SINCE))
    assert (await numbers(town, "coach")).kept == 4 / 5, "there is time left"


async def test_one_small_number_does_not_follow_from_the_rest(town: Turns, db: Database, now: list[datetime]) -> None:
    for locale, count in (("sv", 7), ("ar", 6), ("so", 1)):
        await opened(db, now[0], locale, count)
    seen = await numbers(town, "coach")
    assert (seen.new, seen.by_language) == (14, {"sv": 7, "ar": None, "so": None})
    await opened(db, now[0], "fa", 2)
    assert (await numbers(town, "coach")).by_language == {"sv": 7, "ar": 6, "fa": None, "so": None}


def test_every_act_and_outcome_has_words_in_the_console() -> None:
    acts, outcomes = set(), set()
    for file in Path(bot.__path__[0]).glob("*.py"):
        for call in (each for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.Call)):
            name = ast.unparse(call.func)
            if name == "log_act":
                acts |= words(call.args[3])
            if name == "case_log.add":
                acts |= {each for key in call.keywords if key.arg == "act" for each in words(key.value)}
            if name == "cases.close":
                outcomes |= words(call.args[3])
            if file.name == "premises.py" and name == "self._settled":
                outcomes |= words(call.args[1])
    outcomes |= {"approved", "declined"}
    assert "unreachable" in acts and "cancelled" in outcomes
    parts, statistics = ((TEMPLATES / f"{name}.html").read_text() for name in ("parts", "statistics"))
    assert {each for each in acts if f'"{each}"' not in parts} == set()
    assert {each for each in outcomes if f'"{each}": p_("outcome"' not in statistics} == set()


def words(node: ast.expr) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
