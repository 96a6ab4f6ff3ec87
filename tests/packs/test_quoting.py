"""A number is quoted with all that belongs to it, in every language."""

from __future__ import annotations

import pytest

from bot.i18n import plain, render
from bot.packs.load import installed, load_municipality
from bot.packs.model.quoting import quote, quote_row, quotes

PACKS = {name: load_municipality(name) for name in installed()}


def english(text: object) -> str:
    return plain(render(text, "en")).replace("\xa0", " ")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pack", "figure", "said"),
    [
        ("boras", "area_networks", ": 7 "),
        ("boras", "signed", ": at least 70 "),
        ("boras", "fro_per_year", ": about 4 "),
        ("boras", "iop_steering", ": 2 to 4 "),
        ("linkoping", "facilities_net", ": about 90 000 000 "),
    ],
)
def test_how_sure_a_number_is(pack: str, figure: str, said: str) -> None:
    found = next(each for each in PACKS[pack].figures.figures if each.id == figure)
    words = english(quote(found))
    assert said in words and words.endswith(f"({found.source}, {found.year})")


def test_a_row_of_the_facilities_says_that_it_is_an_estimate() -> None:
    (words,) = [english(each) for each in quotes(PACKS["linkoping"], "Hur mycket kostar ishallar?")]
    assert "22 000 000" in words and "14 300 000" in words and "35" in words
    assert "2020" in words and "LOK" in words and words.endswith("(3.1, 2020)")


@pytest.mark.parametrize("name", PACKS)
def test_every_number_can_be_quoted_in_every_language(name: str) -> None:
    figures = PACKS[name].figures
    every = [quote(each) for each in figures.figures]
    every += [quote_row(table, row) for table in figures.tables for row in table.rows]
    for text in every:
        for tag in PACKS[name].languages:
            assert plain(render(text, tag))


@pytest.mark.parametrize(
    ("words", "locale"),
    [
        ("Vad kostar en ishall kommunen?", "sv"),
        ("What does an ice rink cost the municipality?", "en"),
        ("what do the ice halls cost", "en"),
        ("كم تكلف صالة الجليد البلدية؟", "ar"),
    ],
)
def test_a_row_is_named_in_the_writers_language_and_by_other_words(words: str, locale: str) -> None:
    (found,) = quotes(PACKS["linkoping"], words, locale)
    assert "22 000 000" in english(found)


def test_what_is_not_named_is_not_quoted() -> None:
    assert quotes(PACKS["linkoping"], "vad är klockan") == ()
    assert quotes(PACKS["ekero"], "") == ()


def test_tools_are_found_by_phase() -> None:
    library = PACKS["ekero"].library
    assert [phase.id for phase in library.phases] == ["preconditions", "involve", "plan", "implement"]
    assert [tool.id for tool in library.for_phase("plan")] == ["cooperation_model", "iop", "iop_overview"]
