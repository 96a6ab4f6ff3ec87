"""Whole stories seen from both sides, compared word for word; each on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.i18n import catalogues
from tests.transcripts.sides import files, play


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
async def test_story_is_what_comes_out(path: Path, db_url: str) -> None:
    catalogues.compile_all()
    assert await play(path.read_text(encoding="utf-8"), db_url) == path.read_text(encoding="utf-8")
