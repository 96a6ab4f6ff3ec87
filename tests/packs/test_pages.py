"""The pages of docs/municipalities/ say what the packs and the transcripts say today."""

from __future__ import annotations

import pytest

from bot.packs.load import load_municipality
from bot.packs.pages import BEGIN, END, FOLDER, systems, write_pages, written


def test_no_page_is_behind(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_pages(check=True) == 0, f"run: python run_bot.py municipality-pages\n{capsys.readouterr().out}"


def test_what_people_wrote_on_a_page_stays() -> None:
    ekero = load_municipality("ekero")
    page = written(f"# Ours\n\nOur picture.\n\n{BEGIN}\nXYZZY\n{END}\n\nOur last words.\n", ekero)
    assert page.startswith(f"# Ours\n\nOur picture.\n\n{BEGIN}\n\n## What works\n")
    assert page.endswith(f"{END}\n\nOur last words.\n")
    assert "XYZZY" not in page and written(page, ekero) == page


def test_every_row_of_the_table_is_on_one_page() -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert [each.number for each in systems()] == list(range(1, 46))
    for each in systems():
        found = {name for name, page in pages.items() if f"| {each.number} | {each.name} |" in page}
        assert found == {each.municipality}, each
