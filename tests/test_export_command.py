"""`run_bot.py export`: files for others; and what cannot be written."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.errors import OperatorError
from bot.export_command import run
from bot.turn import Turns
from tests.open_data.test_open_data import faults, many
from tests.test_yearly import a_year


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_files_are_written_and_fit(
    town: Turns, tmp_path: Path, capsys: pytest.CaptureFixture[str], now: list[datetime]
) -> None:
    await a_year(town, "sv", 5)
    place = town.municipalities["ekero"]
    for what, form in (("open-data", "hsds"), ("open-data", "360giving"), ("open-data", "csv"), ("year", "spreadsheet"),
                       ("year", "csv")):  # fmt: skip
        assert await run(town, place, what, form, tmp_path / "out", None) == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {f"{tmp_path}/out/{name}" for name in written} == set(capsys.readouterr().out.splitlines())
    assert written == {
        "organizations.json", "services.json", "grants.json", "ekero-2026.xlsx", "ekero-2026-2026.csv",
        *(f"ekero-open-data-{name}.csv" for name in ("organizations", "services", "contacts", "locations", "grants")),
        *(name for name in written if name.startswith("ekero-2026-")),
    }  # fmt: skip
    read = {name: json.loads((tmp_path / "out" / name).read_text()) for name in written if name.endswith("json")}
    assert faults("hsds.json", many("service"), read["services.json"]) == []
    assert faults("hsds.json", many("organization"), read["organizations.json"]) == []
    assert faults("360giving.json", {}, read["grants.json"]) == []
    assert {each["recipientIndividual"]["name"] for each in read["grants.json"]["grants"]} == {"Individual Recipient"}
    assert len(read["grants.json"]["grants"]) == 5
    for wrong in (
        ("year", "hsds", tmp_path, None),
        ("year", "csv", tmp_path, 1999),
        ("year", "csv", Path("/proc/x"), None),
    ):
        with pytest.raises(OperatorError):
            await run(town, place, *wrong)


def test_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/x.db",
                        "SECRET_KEY": "a-key-for-tests-only-of-32-characters-or-more"}.items():  # fmt: skip
        monkeypatch.setenv(f"IDELABB_{name}", value)
    assert main(["export", "--municipality", "ekero", "--format", "hsds", "--out", str(tmp_path / "o")]) == 0
    assert "services.json" in capsys.readouterr().out
    assert main(["export", "--municipality", "nowhere", "--out", str(tmp_path / "o")]) == 2
