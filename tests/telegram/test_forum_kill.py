"""Killed again and again while residents and coaches write to each other: nothing is lost, and each is kept once."""

from __future__ import annotations

import asyncio
import random

from sqlalchemy import select

from storage import tables
from storage.db import Database
from tests.bot_api import BotApi
from tests.bot_api.screen import Place
from tests.conftest import KEYS
from tests.telegram.parts import running
from tests.telegram.test_forum import Town, linked
from tests.telegram.test_kill import _process, _sent_everything

PEOPLE, KILLS, SEED = 3, 3, 5


async def test_killed_while_relaying_both_ways(api: BotApi, sqlite_url: str) -> None:
    chance = random.Random(SEED)
    anna = api.user(id=51, first_name="Anna", language_code="en", started=True)
    group = api.group("Coaches", forum=True, members=[anna])
    people = [api.user(id=1000 + at, language_code="en", started=True) for at in range(PEOPLE)]
    async with running(api, sqlite_url, groups=(group.id,)) as run:
        actor = await linked(run, "Anna", anna)
        town = Town(run, api, group, anna, anna, actor, actor)
        for each in people:
            await town.asks(each)
    said = 0
    for kill in range(KILLS):
        async with _process(api, sqlite_url, "polling", str(group.id)):
            if kill == 0:  # so that topics are being made when it is killed
                for number in range(1, PEOPLE + 1):
                    await anna.presses(f"c1:0:k:claim:{number}", where=group.general)
                await asyncio.sleep(chance.uniform(0.05, 0.4))
                continue
            await _until_all_have_topics(group, PEOPLE)
            for _count in range(6):
                for number, each in enumerate(people, 1):
                    await each.says(f"r{said}")
                    await anna.says(f"c{said}", where=town.topic(number))
                said += 1
                await asyncio.sleep(chance.uniform(0.0, 0.15))
    async with _process(api, sqlite_url, "polling", str(group.id)):
        await api.settled(30)
        await _sent_everything(sqlite_url)
        await api.settled(30)
    numbers = [str(each) for each in range(said)]
    kept = await _kept(sqlite_url)
    for number, each in enumerate(people, 1):
        assert kept[number, "resident"] == [f"r{at}" for at in numbers]
        assert kept[number, "coach"] == [f"c{at}" for at in numbers]
        assert _once(_lines(town.topic(number)), "r") == [f"r{at}" for at in numbers]
        assert _once(_lines(each.chat), "c") == [f"c{at}" for at in numbers]
        assert _again(town.topic(number), "r") <= KILLS and _again(each.chat, "c") <= KILLS, "more than was in flight"
    open_ones = [each.name.partition(" ")[0] for each in group.topics if not each.closed]
    assert sorted(open_ones) == [f"#{number}" for number in range(1, PEOPLE + 1)], "orphans are closed"


async def _until_all_have_topics(group: Place, count: int) -> None:
    await group.until(lambda: len({each.name for each in group.chat.topics.values()}) == count, 10, "topics")


def _lines(place: Place) -> list[str]:
    return [line for each in place.from_bot for line in each.text.split("\n\n")]


def _once(lines: list[str], letter: str) -> list[str]:
    """The lines that were said, in order; one that came twice after a kill counts once."""
    return list(dict.fromkeys(each for each in lines if each[:1] == letter and each[1:].isdecimal()))


def _again(place: Place, letter: str) -> int:
    """How many messages came a second time: of a chat only one can be in flight when the process is killed."""
    said = [tuple(_once(each.text.split("\n\n"), letter)) for each in place.from_bot]
    return len([each for each in said if each]) - len({each for each in said if each})


async def _kept(url: str) -> dict[tuple[int, str], list[str]]:
    """What is kept of each conversation, by who said it."""
    db = await Database.open(url, KEYS)
    found: dict[tuple[int, str], list[str]] = {}
    async with db.read() as tx:
        for row in await tx.execute(select(tables.messages).order_by(tables.messages.c.id)):
            words = str(row.body.get("text") or row.body.get("html"))
            if words[:1] in "rc" and words[1:].isdecimal():
                found.setdefault((row.conversation_id, row.sender), []).append(words)
    await db.close()
    return found
