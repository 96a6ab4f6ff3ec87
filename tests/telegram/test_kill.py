"""Killed again and again while people write: every update is applied exactly once, and every answer goes out."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import tables
from storage.db import Database
from tests.bot_api import BotApi
from tests.conftest import KEYS

PEOPLE, KILLS = 8, 2
ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def _process(api: BotApi, url: str, mode: str, *groups: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.telegram", api.url, api.token, url, mode, *groups,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        while b"running" not in await process.stdout.readline():
            assert process.returncode is None
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_killed_channel_applies_every_update_once(api: BotApi, sqlite_url: str, mode: str) -> None:
    api.switches.webhook_time_scale = 0.05
    people = [api.user(id=number, language_code="en", started=True) for number in range(1, PEOPLE + 1)]
    sent = 0
    for _kill in range(KILLS):
        async with _process(api, sqlite_url, mode):
            for _count in range(5):
                for person in people:
                    await person.says(f"{sent // PEOPLE}")
                    sent += 1
                await asyncio.sleep(0.08)
    async with _process(api, sqlite_url, mode):
        await api.settled(30)
        await _sent_everything(sqlite_url)
    said = await _said(sqlite_url)
    assert {tuple(texts) for texts in said.values()} == {tuple(str(number) for number in range(sent // PEOPLE))}
    assert len(said) == PEOPLE


async def _said(url: str) -> dict[int, list[str]]:
    """What each conversation's resident has said, in order."""
    db = await Database.open(url, KEYS)
    found: dict[int, list[str]] = {}
    async with db.read() as tx:
        residents = select(tables.messages).where(tables.messages.c.sender == "resident")
        for row in await tx.execute(residents.order_by(tables.messages.c.id)):
            found.setdefault(row.conversation_id, []).append(row.body["text"])
    await db.close()
    return found


async def _sent_everything(url: str) -> None:
    db = await Database.open(url, KEYS)
    counted: Counter[str] = Counter()
    try:
        async with asyncio.timeout(40):
            while counted["sent"] == 0 or counted.keys() - {"sent", "given_up", "replaced"}:
                await asyncio.sleep(0.2)
                by_status = (
                    select(tables.deliveries.c.status, func.count())
                    .where(tables.deliveries.c.channel == "telegram")
                    .group_by(tables.deliveries.c.status)
                )
                async with db.read() as tx:
                    counted = Counter({row[0]: row[1] for row in await tx.execute(by_status)})
    except TimeoutError:
        raise AssertionError(f"not everything was sent: {dict(counted)}") from None
    finally:
        await db.close()
    assert counted["given_up"] == 0
