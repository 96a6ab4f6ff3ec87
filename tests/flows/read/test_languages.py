"""Languages somebody speaks, well or a little: pressed, written, filled in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.flows.model import Draft, Input, Known, Press, Problem, Read
from bot.flows.read import languages
from bot.i18n import plain, render
from bot.packs.load import load_municipality

KNOWN = Known(datetime(2026, 3, 2, 9, tzinfo=UTC), "en", load_municipality("ekero"))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("Arabic", ["ar"]),
        ("Arabic and a little Swedish", ["sv-little", "ar"]),
        ("a little Swedish, Dari, English", ["sv-little", "en", "prs"]),
        ("3", ["ar"]),
    ],
)
def test_what_is_written(words: str, value: list[str]) -> None:
    read = languages().read(Input(text=words), KNOWN)
    assert isinstance(read, Read) and sorted(read.value) == sorted(value)


def test_a_press_says_well_a_second_a_little_a_third_takes_it_away() -> None:
    draft: object = None
    seen = []
    for choice in ("ar", "ar", "ar-little"):
        read = languages().read(Input(press=Press(1, choice)), KNOWN, draft)
        assert isinstance(read, Draft)
        draft = read.value
        seen.append(draft)
    assert seen == [["ar"], ["ar-little"], []]


def test_a_form_with_both_lists() -> None:
    read = languages().read(Input(fields={"choice": "sv en", "little": "sv-little"}), KNOWN)
    assert isinstance(read, Read) and sorted(read.value) == ["en", "sv-little"]
    assert languages().form_values(["en", "sv-little"]) == {"choice": "en", "little": "sv-little"}


def test_what_is_no_language_is_said_kindly_and_in_short() -> None:
    read = languages().read(Input(text="Noor"), KNOWN)
    assert isinstance(read, Problem) and len(plain(render(read.words, "en"))) < 120
    assert isinstance(languages().read(Input(fields={"choice": "", "little": ""}), KNOWN), Problem)
