"""The real program, killed with kill -9 at random moments: small runs of `python -m bench kill` and `broadcast`."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy.engine import make_url

from bench.broadcast import Sending
from bench.databases import Databases, Sqlite
from bench.kill import killed, shown

KILLS, SEED = 5, 7
LISTENERS = 240


class _Beside:
    """Empty databases beside one that is there."""

    kind = "postgres"

    def __init__(self, url: str, execute: Callable[[str], Awaitable[None]]) -> None:
        self._url, self._execute, self.made = url, execute, list[str]()

    async def fresh(self, name: str) -> str:
        url = make_url(self._url)
        self.made.append(f"{url.database}_{name}")
        await self._execute(f"CREATE DATABASE {self.made[-1]}")
        return url.set(database=self.made[-1]).render_as_string(hide_password=False)


async def test_killed_program_loses_nothing_and_does_nothing_twice(
    tmp_path: Path, postgres_url: str, postgres_admin: Callable[[str], Awaitable[None]]
) -> None:
    beside = _Beside(postgres_url, postgres_admin)

    async def kill(databases: Databases, mode: str) -> tuple[list[str], str]:
        folder = tmp_path / databases.kind
        folder.mkdir()
        found = await killed(databases, mode, KILLS, SEED, folder)
        assert found.kills == KILLS and found.updates > 0 and found.replies > 0
        return found.broken, shown([found])

    # Beside each other, since both wait most of the time: for the leases of what was being sent when they were killed.
    ended = await asyncio.gather(kill(Sqlite(tmp_path), "polling"), kill(beside, "webhook"), return_exceptions=True)
    for name in beside.made:
        await postgres_admin(f"DROP DATABASE {name} WITH (FORCE)")
    for each in ended:
        if isinstance(each, BaseException):
            raise each
        broken, table = each
        assert broken == [], table


async def test_broadcast_of_a_killed_program_reaches_everybody_once(
    tmp_path: Path, postgres_url: str, postgres_admin: Callable[[str], Awaitable[None]]
) -> None:
    beside = _Beside(postgres_url, postgres_admin)
    options = argparse.Namespace(people=LISTENERS, kills=3, outage=1.0, paid=False, rate=None, latency=0.05)

    async def send(databases: Databases) -> list[str]:
        folder = tmp_path / databases.kind
        folder.mkdir()
        found = await Sending(databases, folder, options).run()
        assert found.kills > 0 and found.status["sent"] > LISTENERS / 3
        return found.missed(0.0)  # its rate is for the bench to measure

    ended = await asyncio.gather(send(Sqlite(tmp_path)), send(beside), return_exceptions=True)
    for name in beside.made:
        await postgres_admin(f"DROP DATABASE {name} WITH (FORCE)")
    assert ended == [[], []]
