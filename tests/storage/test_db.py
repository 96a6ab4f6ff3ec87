"""Transactions: what is promised of `Database.write` and `read`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import OperatorError, Retry
from storage import direct, remembered
from storage.db import Database
from storage.errors import WrongKey
from tests.conftest import Opener


def remember(key: str, value: str = "x") -> Callable[[AsyncConnection], Awaitable[str]]:
    async def job(tx: AsyncConnection) -> str:
        await remembered.put(tx, "ekero", key, value)
        return key

    return job


async def known(db: Database) -> dict[str, str]:
    async with db.read() as tx:
        return {row.key: row.value for row in await tx.execute(text("SELECT key, value FROM remembered"))}


class Gate:
    """A job that stays in its transaction until it is let go, so that others must wait and form a batch."""

    def __init__(self) -> None:
        self.entered, self.let_go = asyncio.Event(), asyncio.Event()

    async def __call__(self, tx: AsyncConnection) -> None:
        self.entered.set()
        await self.let_go.wait()


async def hold_all_workers(db: Database) -> tuple[list[Gate], list[asyncio.Task[None]]]:
    gates, tasks = [], []
    for _ in range(1 if db.dialect == "sqlite" else 4):
        gate = Gate()
        tasks.append(asyncio.create_task(db.write(gate)))
        await gate.entered.wait()
        gates.append(gate)
    return gates, tasks


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every commit of a writer from now on."""
    seen: list[object] = []
    for kind in (direct._Sqlite, direct._Postgres):

        async def counted(tx: Any, commit: Any = kind.commit) -> None:
            seen.append(tx)
            await commit(tx)

        monkeypatch.setattr(kind, "commit", counted)
    return seen


async def test_each_caller_gets_its_own_result(db: Database) -> None:
    names = [f"k{n}" for n in range(200)]
    assert await asyncio.gather(*(db.write(remember(name)) for name in names)) == names
    assert set(await known(db)) == set(names)


async def test_waiting_writes_share_a_commit(db: Database, commits: list[object]) -> None:
    gates, tasks = await hold_all_workers(db)
    many = 15 * len(gates)
    writes = [asyncio.create_task(db.write(remember(f"k{n}"))) for n in range(many)]
    await asyncio.sleep(0)
    for gate in gates:
        gate.let_go.set()
    await asyncio.gather(*tasks, *writes)
    assert len(gates) < len(commits) <= len(gates) * 2  # one for each gate, and at most one more for each worker
    assert len(await known(db)) == many


async def test_what_goes_ahead_does_not_stand_in_line(db: Database) -> None:
    gates, tasks = await hold_all_workers(db)
    done: list[str] = []

    def said(name: str) -> Any:
        async def job(tx: AsyncConnection) -> None:
            done.append(name)

        return job

    writes = [asyncio.create_task(db.write(said("later"))) for _n in range(50)]
    await asyncio.sleep(0)
    writes.append(asyncio.create_task(db.write(said("ahead"), ahead=True)))
    await asyncio.sleep(0)
    gates[0].let_go.set()  # one worker alone, so that no other one is quicker with its own
    await writes[-1]
    assert done[0] == "ahead"
    for gate in gates:
        gate.let_go.set()
    await asyncio.gather(*tasks, *writes)


async def test_a_failing_job_takes_no_other_with_it(db: Database) -> None:
    runs = {"good": 0}

    async def bad(tx: AsyncConnection) -> None:
        await remembered.put(tx, "ekero", "bad", "x")
        raise LookupError("on purpose")

    async def breaks_the_rules(tx: AsyncConnection) -> None:
        await tx.execute(text("INSERT INTO leases (name, holder) VALUES ('n', 'h')"))  # until is missing

    async def good(tx: AsyncConnection) -> str:
        runs["good"] += 1
        return await remember("good")(tx)

    gates, tasks = await hold_all_workers(db)
    jobs = [remember("before"), bad, good, breaks_the_rules, remember("after")]
    writes = [asyncio.create_task(db.write(job)) for job in jobs]
    await asyncio.sleep(0)
    for gate in gates:
        gate.let_go.set()
    before, failed, middle, broken, after = await asyncio.gather(*writes, return_exceptions=True)
    await asyncio.gather(*tasks)
    assert (before, middle, after) == ("before", "good", "after")
    assert isinstance(failed, LookupError) and isinstance(broken, IntegrityError)
    assert set(await known(db)) == {"before", "good", "after"}
    assert runs["good"] <= 2


async def test_jobs_of_one_key_keep_their_order_and_never_overlap(db: Database) -> None:
    order: list[int] = []
    inside = 0

    def job(n: int) -> Callable[[AsyncConnection], Awaitable[None]]:
        async def run(tx: AsyncConnection) -> None:
            nonlocal inside
            inside += 1
            assert inside == 1
            await remembered.put(tx, "ekero", "last", str(n))
            order.append(n)
            inside -= 1

        return run

    others = [db.write(remember(f"k{n}")) for n in range(100)]
    await asyncio.gather(*(db.write(job(n), key="one") for n in range(100)), *others)
    assert order == list(range(100))
    assert (await known(db))["last"] == "99"


async def test_a_busy_key_holds_up_nobody_else(postgres_url: str, opened: Opener) -> None:
    db = await opened(postgres_url)
    gate = Gate()
    first = asyncio.create_task(db.write(gate, key="one"))
    await gate.entered.wait()
    second = asyncio.create_task(db.write(remember("second"), key="one"))
    assert await asyncio.wait_for(db.write(remember("other"), key="two"), timeout=10) == "other"
    assert not second.done()
    gate.let_go.set()
    assert await second == "second"
    await first


async def test_a_cancelled_caller_harms_nobody(db: Database) -> None:
    gates, tasks = await hold_all_workers(db)
    writes = [asyncio.create_task(db.write(remember(f"k{n}"))) for n in range(5)]
    await asyncio.sleep(0)
    writes[2].cancel()  # it waits
    tasks[0].cancel()  # its job has begun
    for gate in gates:
        gate.let_go.set()
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [r for r in results if isinstance(r, str)] == ["k0", "k1", "k3", "k4"]
    assert set(await known(db)) == {"k0", "k1", "k3", "k4"}
    assert await db.write(remember("again")) == "again"


async def test_a_job_that_is_cancelled_inside_fails_alone(db: Database) -> None:
    async def gives_up(tx: AsyncConnection) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await db.write(gives_up)
    assert await db.write(remember("again")) == "again"


async def test_a_job_that_never_ends_fails_alone(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.db.JOB_S", 0.3)
    stuck = asyncio.create_task(db.write(Gate()))
    await asyncio.sleep(0)
    assert await db.write(remember("other")) == "other"
    with pytest.raises((TimeoutError, Retry)):
        await stuck


async def test_write_inside_a_job_is_refused(db: Database) -> None:
    async def nested(tx: AsyncConnection) -> None:
        await db.write(remember("inner"))

    with pytest.raises(RuntimeError, match="inside a job"):
        await db.write(nested)


async def test_close_finishes_what_was_accepted(db_url: str, opened: Opener) -> None:
    db = await opened(db_url)
    writes = [asyncio.create_task(db.write(remember(f"k{n}"))) for n in range(100)]
    await asyncio.sleep(0)
    await db.close()
    await asyncio.gather(*writes)
    with pytest.raises(Retry):
        await db.write(remember("late"))
    assert len(await known(await opened(db_url))) == 100


async def test_reading_cannot_write(db: Database) -> None:
    with pytest.raises(Exception, match="read"):  # each engine says it with a class and words of its own
        async with db.read() as tx:
            await remembered.put(tx, "ekero", "k", "v")
    assert await known(db) == {}


async def test_what_is_written_can_be_read_at_once(db: Database, second_db: Database) -> None:
    for n in range(20):
        await db.write(remember("k", str(n)))
        assert await known(second_db) == {"k": str(n)}


async def test_two_processes_count_without_losing_one(db: Database, second_db: Database) -> None:
    async def add_one(tx: AsyncConnection) -> None:
        await tx.execute(text("UPDATE remembered SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'n'"))

    await db.write(remember("n", "0"))
    await asyncio.gather(*(each.write(add_one) for each in (db, second_db) for _ in range(50)))
    assert await known(db) == {"n": "100"}


async def test_deadlock_is_run_again(postgres_url: str, opened: Opener) -> None:
    one, two = await opened(postgres_url), await opened(postgres_url)
    await one.write(remember("a", "0"))
    await one.write(remember("b", "0"))
    both_in = asyncio.Barrier(2)
    first_run = set()

    def crossing(first: str, second: str) -> Callable[[AsyncConnection], Awaitable[None]]:
        async def job(tx: AsyncConnection) -> None:
            await remembered.put(tx, "ekero", first, "1")
            if first not in first_run:
                first_run.add(first)
                await both_in.wait()
            await remembered.put(tx, "ekero", second, "1")

        return job

    await asyncio.gather(one.write(crossing("a", "b")), two.write(crossing("b", "a")))
    assert await known(one) == {"a": "1", "b": "1"}


async def test_lost_connections_are_made_anew(
    postgres_url: str, opened: Opener, postgres_admin: Callable[[str], Awaitable[None]]
) -> None:
    db = await opened(postgres_url)
    name = postgres_url.partition("@/")[2].partition("?")[0]
    hang_up = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    await asyncio.gather(*(db.write(remember(f"before{n}")) for n in range(8)))

    await postgres_admin(hang_up)  # while nothing runs: nobody notices
    assert await db.write(remember("after")) == "after"
    await asyncio.sleep(0.2)  # until readers have heard of it too
    assert "after" in await known(db)

    runs = 0

    async def interrupted(tx: AsyncConnection) -> str:
        nonlocal runs
        runs += 1
        await remember("half")(tx)
        if runs == 1:
            await postgres_admin(hang_up)
        return await remember("whole")(tx)

    assert await db.write(interrupted) == "whole"  # nothing was committed, so it could be run again
    assert runs == 2

    await postgres_admin(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await postgres_admin(hang_up)
    with pytest.raises(Retry):
        await db.write(remember("down"))
    with pytest.raises(Retry):
        await known(db)
    await postgres_admin(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert await db.write(remember("up")) == "up"
    assert "down" not in await known(db)


async def test_another_process_that_keeps_sqlite_locked_means_retry(
    sqlite_url: str, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.db.BUSY_S", 0.2)
    db = await opened(sqlite_url)
    other = sqlite3.connect(sqlite_url.partition(":///")[2], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    failed = await asyncio.gather(*(db.write(remember(f"k{n}")) for n in range(3)), return_exceptions=True)
    assert [type(each) for each in failed] == [Retry, Retry, Retry]
    other.execute("ROLLBACK")
    other.close()
    assert await db.write(remember("free")) == "free"
    assert await known(db) == {"free": "x"}


async def test_wrong_key_is_refused(db_url: str, opened: Opener, keys: tuple[str, ...]) -> None:
    with pytest.raises(WrongKey, match="IDELABB_SECRET_KEY does not fit this database"):
        await Database.open(db_url, ["another key, also of 32 characters or more"])
    await opened(db_url, ["a newer key, also of 32 characters or more", *keys])


async def test_other_keys_beside_an_open_database_are_refused(db: Database, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="other secret keys"):
        await Database.open(
            f"sqlite+aiosqlite:///{tmp_path / 'other.db'}", ["another key, also of 32 characters or more"]
        )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://u@h/d", 'starts with "postgres://"; use "postgresql\\+asyncpg://"'),
        ("nonsense", "cannot be read"),
        ("sqlite+aiosqlite://", "names no file"),
        ("sqlite+aiosqlite:////proc/nothing/idelabb.db", "cannot be opened as a database"),
        ("postgresql+asyncpg://u:secret@/d?host=/nowhere", r"u:\*\*\*@/d.*does not answer"),
    ],
)
async def test_bad_address_is_told(url: str, words: str, keys: tuple[str, ...]) -> None:
    with pytest.raises(OperatorError, match=words):
        await Database.open(url, keys)
