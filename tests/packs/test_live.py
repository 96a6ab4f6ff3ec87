"""A running program takes a changed pack over, and keeps the old one when the new is broken."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from bench.databases import KEYS
from bench.program import STARTED, Process, free_port
from bot.errors import OperatorError
from bot.packs.live import Change, Packs
from bot.packs.load import PACKS
from tests.packs.conftest import Edit


def test_a_changed_pack_is_taken_over_whole(pack: Path, edit: Edit) -> None:
    packs = Packs(["ekero", str(pack)])
    assert list(packs) == ["ekero", "jonkoping"] and len(packs) == 2
    assert packs.refresh() == []
    before, ekero = packs["jonkoping"], packs["ekero"]
    edit("municipality.yaml", "name: Jönköpings kommun", "name: Jönköping")
    assert packs.refresh() == [Change("jonkoping")]
    assert (packs["jonkoping"].name, before.name) == ("Jönköping", "Jönköpings kommun")
    assert packs["ekero"] is ekero and list(packs) == ["ekero", "jonkoping"]
    assert packs.refresh() == []


def test_a_broken_pack_leaves_the_old_one_and_is_told_once(pack: Path, edit: Edit) -> None:
    packs = Packs([str(pack)])
    before = packs["jonkoping"]
    line = edit("contacts.yaml", "fallback: civil", "fallbak: civil")
    (told,) = packs.refresh()
    assert told.municipality == "jonkoping" and f"contacts.yaml:{line}: fallbak" in told.fault
    assert packs["jonkoping"] is before and packs.faults == {"jonkoping": told.fault}
    assert packs.refresh() == []
    edit("contacts.yaml", "fallbak: civil", "fallback: civil")
    assert packs.refresh() == [Change("jonkoping")] and packs.faults == {}
    assert packs["jonkoping"] == before


def test_a_folder_that_goes_and_comes_back(pack: Path, tmp_path: Path) -> None:
    packs = Packs([str(pack)])
    before = packs["jonkoping"]
    away = pack.rename(tmp_path / "away")
    (told,) = packs.refresh()
    assert "municipality.yaml does not exist" in told.fault
    assert packs.refresh() == [] and packs["jonkoping"] is before
    away.rename(pack)
    assert packs.refresh() == [Change("jonkoping")] and packs.faults == {}


@pytest.mark.parametrize("change", ["add", "remove", "same size"])
def test_every_kind_of_change_is_seen(pack: Path, change: str) -> None:
    packs = Packs([str(pack)])
    file = pack / "topics.yaml" if change == "add" else pack / "figures.yaml"
    if change == "add":
        shutil.copy(PACKS / "topics.yaml", file)
    elif change == "remove":
        file.unlink()
    else:
        file.write_text(file.read_text("utf-8").replace("value: 14", "value: 41"), "utf-8")
    assert packs.refresh() == [Change("jonkoping")]


def test_a_pack_named_twice_is_refused(pack: Path) -> None:
    with pytest.raises(OperatorError, match="every folder name may come once"):
        Packs([str(pack), "jonkoping"])


async def test_the_running_program_follows_its_pack(pack: Path, edit: Edit, tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    program = Process(["run_bot.py"], {
        "IDELABB_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'idelabb.db'}", "IDELABB_DATA_DIR": str(tmp_path),
        "IDELABB_PORT": str(port), "IDELABB_SECRET_KEY": ",".join(KEYS), "IDELABB_MUNICIPALITY": str(pack),
    }, log, STARTED)  # fmt: skip
    await program.spawn()
    try:
        await program.up()
        async with aiohttp.ClientSession() as web:

            async def title() -> str:
                async with web.get(f"http://127.0.0.1:{port}/") as answer:
                    return (await answer.text()).partition("<title>")[2].partition("</title>")[0]

            def told(event: str) -> bool:
                lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
                return any(line["event"] == event for line in lines)

            async def until(holds: Callable[[], bool]) -> None:
                async with asyncio.timeout(30):
                    while not holds():
                        await asyncio.sleep(0.2)

            assert "Jönköpings kommun" in await title()
            edit("municipality.yaml", 'lab: ""', "lab: Labbet vid sjön")
            await until(lambda: told("a changed pack is in use"))
            assert "Labbet vid sjön" in await title()
            edit("municipality.yaml", "lab: Labbet vid sjön", "labb: Ett annat")
            await until(lambda: told("a changed pack cannot be used; the one before stays"))
            assert "Labbet vid sjön" in await title()
    finally:
        await program.stop()
