"""What the publication says, as the packs hold it."""

from __future__ import annotations

from datetime import date

import pytest

from bot.packs import contents
from bot.packs.load import installed, load_municipality
from bot.packs.model import Sourced

PACKS = {name: load_municipality(name) for name in installed()}
SIX = {"ekero", "boras", "linkoping", "lund", "helsingborg", "jonkoping"}


def test_the_six_are_there() -> None:
    assert set(PACKS) >= SIX


@pytest.mark.parametrize("name", sorted(SIX))
def test_everything_quoted_says_where_it_stands(name: str) -> None:
    for entry in contents.entries(PACKS[name]):
        if isinstance(entry.model, Sourced) and not getattr(entry.model, "example", False):
            assert entry.model.source and entry.model.year, entry.label


@pytest.mark.parametrize("name", sorted(SIX))
def test_nothing_is_invented(name: str) -> None:
    for role in PACKS[name].contacts.roles:
        assert (role.name, role.email, role.phone, role.visit, role.hours) == ("", "", "", "", None)
    assert (PACKS[name].phone, PACKS[name].email, PACKS[name].visit) == ("", "", "")
    assert [each.dates for each in PACKS[name].networks.networks if each.dates] == []


@pytest.mark.parametrize("name", sorted(SIX))
def test_nothing_is_sure_until_somebody_has_checked_it(name: str) -> None:
    today = date(2026, 11, 26)
    sourced = [each.model for each in contents.entries(PACKS[name]) if isinstance(each.model, Sourced)]
    assert [each for each in sourced if each.is_current(today)] == []


def test_jonkopings_areas() -> None:
    areas = PACKS["jonkoping"].areas
    assert len(areas) == 11
    assert [area.name for area in areas if "Järstorp" in area.places] == ["Jönköping Väster", "Bankeryd"]
    places = [place for area in areas for place in area.names]
    assert {place: places.count(place) for place in places if places.count(place) > 1} == {"Järstorp": 2}


def test_lunds_areas_are_eight_in_all() -> None:
    lund = PACKS["lund"]
    city = 1  # stands for the three that have no name yet
    assert len(lund.areas) - city + sum(each.count for each in lund.unnamed_areas) == 8
    assert {area.name for area in lund.areas} == {"Dalby", "Veberöd", "Södra Sandby", "Genarp", "Lunds stad"}


def test_boras_keeps_seven_networks_and_four_councils_apart() -> None:
    boras = PACKS["boras"]
    assert [each.count for each in boras.unnamed_areas] == [7, 4]
    kinds = {each.id: each.kind for each in boras.networks.networks}
    assert (kinds["omradesnatverk"], kinds["ortsrad"]) == ("area_network", "local_council")
    fro = next(each for each in boras.networks.networks if each.id == "fro")
    assert fro.rhythm is not None and (fro.rhythm.times, fro.rhythm.per, fro.rhythm.about) == (4, "year", True)


def test_linkopings_table_adds_up() -> None:
    (table,) = PACKS["linkoping"].figures.tables
    *rows, total = table.rows
    assert total.id == "total" and len(rows) == 8
    for column in ("net", "girls", "boys"):
        assert sum(table.value(row.id, column) for row in rows) == table.value("total", column)
    for row in rows:
        net, girls, boys = (table.value(row.id, column) for column in ("net", "girls", "boys"))
        assert girls + boys == net
        assert round(100 * girls / net) == table.value(row.id, "girls_share")
    assert table.value("riding", "girls") == 9_500_000
    assert "2020" in table.note and table.year == 2020
    with pytest.raises(KeyError):
        table.value("riding", "horses")


@pytest.mark.parametrize(
    ("pack", "figure", "value", "year"),
    [
        ("ekero", "municipal_years", 1495, 2019), ("ekero", "volunteer_years", 1144, 2020),
        ("boras", "iop_running", 16, 2021), ("linkoping", "extra_participant_support", 1_200_000, 2021),
        ("lund", "girls_bathing_times", 3, 2020), ("helsingborg", "support_per_year", 40_000_000, 2021),
        ("jonkoping", "district_groups", 14, 2021),
    ],
)  # fmt: skip
def test_figures(pack: str, figure: str, value: int, year: int) -> None:
    found = next(each for each in PACKS[pack].figures.figures if each.id == figure)
    assert (found.value, found.year) == (value, year)


@pytest.mark.parametrize("name", ["ekero", "boras", "helsingborg", "jonkoping"])
def test_the_six_principles(name: str) -> None:
    assert {each.id for each in PACKS[name].networks.principles} == {
        "independence", "dialogue", "quality", "long_term", "openness", "diversity",
    }  # fmt: skip


def test_ekeros_steps_are_eight() -> None:
    assert [step.number for step in PACKS["ekero"].networks.project_steps] == list(range(1, 9))
