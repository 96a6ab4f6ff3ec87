from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.packs.load import PACKS

Edit = Callable[[str, str, str], int]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of its own to spoil: a copy of Jönköping's."""
    return Path(shutil.copytree(PACKS / "jonkoping", tmp_path / "jonkoping"))


@pytest.fixture
def edit(pack: Path) -> Edit:
    """Replaces words in a file of `pack`, and says in which line they stood."""

    def replace(file: str, old: str, new: str) -> int:
        before = (pack / file).read_text("utf-8")
        assert before.count(old) == 1, f"{file} has {old!r} {before.count(old)} times"
        (pack / file).write_text(before.replace(old, new), "utf-8")
        return before[: before.index(old)].count("\n") + 1

    return replace
