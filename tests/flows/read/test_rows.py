"""Lists of rows: budget lines, people, next steps."""

from __future__ import annotations

from typing import Any

import pytest

from bot.flows.model import Input, Press
from bot.flows.read import Column, rows
from bot.i18n import _
from tests.flows.read.conftest import known, line, note, say, told, value_of

BUDGET = rows((Column("what", _("What")), Column("amount", _("Kronor"), "money")), max_rows=4)
PEOPLE = rows((Column("name", _("Name")), Column("does", _("What they do"), may_be_empty=True)))
STEPS = rows(
    (
        Column("what", _("What")),
        Column("who", _("Who"), may_be_empty=True),
        Column("day", _("By"), "day", may_be_empty=True),
    )
)


def read(reader: Any, words: str, locale: str = "sv") -> list[tuple[Any, ...]]:
    draft = value_of(reader, Input(text=words), locale=locale)
    return [tuple(row[column.name] for column in reader.columns) for row in draft]


@pytest.mark.parametrize(
    ("locale", "words", "budget"),
    [
        ("sv", "lokalhyra 2000, fika 500 kr", [("lokalhyra", 2000), ("fika", 500)]),
        ("en", "Coffee 500, room 2000, posters 300", [("Coffee", 500), ("room", 2000), ("posters", 300)]),
        ("sv", "1. Fika 8,5 tusen\n2. Affischer ca 300:-", [("Fika", 8500), ("Affischer", 300)]),
        ("sv", "hyra, el och vatten 2000 kr, fika 500", [("hyra, el och vatten", 2000), ("fika", 500)]),
        ("sv", "lokal 2000 och fika 500", [("lokal", 2000), ("fika", 500)]),
        ("sv", "20 stolar 2000 kr", [("20 stolar", 2000)]),
        ("sv", "3 st tält à 300", [("3 st tält à 300", 900)]),
        ("sv", "Hyra på Långgatan 3: 2 000 kr", [("Hyra på Långgatan 3", 2000)]),
        ("sv", "åtta tusen till lokal", [("lokal", 8000)]),
        ("sv", "lokal gratis", [("lokal", 0)]),
        ("sv", "fika", [("fika", None)]),
        ("ar", "قهوة ٥٠٠، قاعة ٢٠٠٠ كرون", [("قهوة", 500), ("قاعة", 2000)]),
    ],
)
def test_budget_lines(locale: str, words: str, budget: list[tuple[str, int | None]]) -> None:
    assert read(BUDGET, words, locale) == budget


@pytest.mark.parametrize(
    ("words", "people"),
    [
        ("Amina, gör affischen", [("Amina", "gör affischen")]),
        ("Amina, Bilal och Carin", [("Amina", None), ("Bilal", None), ("Carin", None)]),
        ("Amina: affisch\nBilal - kök\nCarin (musik)", [("Amina", "affisch"), ("Bilal", "kök"), ("Carin", "musik")]),
        ("أمينة، بلال، سارة", [("أمينة", None), ("بلال", None), ("سارة", None)]),
    ],
)
def test_people(words: str, people: list[tuple[str, str | None]]) -> None:
    assert read(PEOPLE, words) == people


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        ("Fråga skolan om salen, Amina, 3 december", [("Fråga skolan om salen", "Amina", "2026-12-03")]),
        ("Prata med skolan senast på torsdag", [("Prata med skolan", None, "2026-11-26")]),
        ("Köp bullar\nRing Ali imorgon", [("Köp bullar", None, None), ("Ring Ali", None, "2026-11-24")]),
    ],
)
def test_next_steps(words: str, steps: list[tuple[str | None, ...]]) -> None:
    assert read(STEPS, words) == steps


def test_a_budget_grows_line_by_line_and_its_gaps_are_asked_about() -> None:
    draft, said = None, []
    for words in ("fika 500", "lokal", "2000"):
        said.append(note(BUDGET, words, draft))
        draft = value_of(BUDGET, Input(text=words), draft)
    assert said == [
        "fika: 500\u00a0kr. Sum: 500\u00a0kr",
        "What does “lokal” cost? A guess is enough. Write only the sum, for example 500.",
        "fika: 500\u00a0kr and lokal: 2\u00a0000\u00a0kr. Sum: 2\u00a0500\u00a0kr",
    ]
    assert say(BUDGET, "klar", draft=draft) == str([{"what": "fika", "amount": 500}, {"what": "lokal", "amount": 2000}])


def test_a_list_is_not_done_while_an_amount_is_missing() -> None:
    assert say(BUDGET, "klar", draft=[{"what": "fika", "amount": None}]) == (
        "problem: What does “fika” cost? A guess is enough. Write only the sum, for example 500."
    )


def test_a_sum_without_a_thing_is_asked_about() -> None:
    assert say(BUDGET, "500") == (
        "problem: What is “500” for? Write the thing and the sum together, for example “Coffee 500”."
    )


def test_buttons_end_the_list_and_take_lines_away() -> None:
    here, draft = known(), [{"what": "fika", "amount": 500}, {"what": "lokal", "amount": 2}]
    assert [choice.id for choice in BUDGET.choices(here)] == ["nothing"]
    assert [choice.id for choice in BUDGET.choices(here, draft)] == ["done", "remove_last"]
    assert value_of(BUDGET, Input(press=Press(1, "remove_last")), draft) == draft[:1]
    assert value_of(BUDGET, Input(press=Press(1, "done")), draft) == draft
    assert line(BUDGET.read(Input(press=Press(1, "nothing")), here)) == "[]"
    assert say(BUDGET, "inget") == "[]"


def test_too_many_lines_lose_nothing() -> None:
    draft = [{"what": f"sak {number}", "amount": 1} for number in range(4)]
    assert say(BUDGET, "fika 500", draft=draft) == "problem: There is room for 4 rows. Put some together into one."


def test_a_form_has_one_control_for_each_cell() -> None:
    fields = {"what.0": "fika", "amount.0": "500", "what.1": "", "amount.1": "", "what.7": "lokal", "amount.7": "2 000"}
    value = [{"what": "fika", "amount": 500}, {"what": "lokal", "amount": 2000}]
    assert line(BUDGET.read(Input(fields=fields), known())) == str(value)
    unclear = Input(fields={"what.0": "fika", "amount.0": "mycket"})
    assert line(BUDGET.read(unclear, known())).startswith("problem: I could not")
    assert [(control.name, control.group) for control in BUDGET.controls(known(), value)][:3] == [
        ("what.0", 0), ("amount.0", 0), ("what.1", 1),
    ]  # fmt: skip


def test_a_proposal_taken_as_it_is_can_be_shown() -> None:
    assert told(STEPS.show({"accepted_on": "2026-11-23"}, known())) == "As suggested"
