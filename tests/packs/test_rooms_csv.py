"""Rooms as a table: what a clerk saves from a spreadsheet, read, refused with the cell, and written again."""

from __future__ import annotations

import shutil
from datetime import time
from pathlib import Path

import pytest

from bot.cli import main
from bot.errors import OperatorError
from bot.packs.load import PACKS, load_municipality
from bot.packs.model import Room
from bot.packs.rooms_csv import read_rooms, write_rooms

SWEDISH = """\
id;name;area;capacity;use;kitchen;equipment;accessibility;opening;closed;latitude;food;alcohol;lender_kind;approval;parts
salen;Stora salen;Stenhamra;120;hall, stage;ja;projector, sound;step_free;mån-fre 08.00-22.00, lör 10:00–24:00;2026-12-24--2027-01-06 jullov;59,335;ja;nej;association;automatic;norr, söder
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of a pack, to be changed."""
    return Path(shutil.copytree(PACKS / "ekero", tmp_path / "byn"))


def table(tmp_path: Path, words: str, encoding: str = "utf-8-sig") -> Path:
    file = tmp_path / "lokaler.csv"
    file.write_text(words, encoding=encoding)
    return file


def test_a_table_from_a_swedish_spreadsheet(tmp_path: Path) -> None:
    ((room, line),) = read_rooms(
        table(
            tmp_path,
            SWEDISH.replace("22.00, lör", "22.00; lör").replace(
                ";mån-fre 08.00-22.00; lör 10:00–24:00;", ';"mån-fre 08.00-22.00; lör 10:00–24:00";'
            ),
        )
    )
    assert (room.id, line, room.capacity, room.latitude, room.kitchen) == ("salen", 2, 120, 59.335, True)
    assert (room.use, room.equipment, room.accessibility) == (("hall", "stage"), ("projector", "sound"), ("step_free",))
    assert [(each.days, each.opens, each.closes) for each in room.opening] == [
        ((1, 2, 3, 4, 5), time(8), time(22)),
        ((6,), time(10), time(0)),
    ]
    assert (room.rules.food, room.rules.alcohol, room.rules.music) == (True, False, None)
    assert (room.lender.kind, room.lender.approval, room.parts) == ("association", "automatic", ("norr", "söder"))
    assert [(str(each.first), str(each.last), each.why) for each in room.closed] == [
        ("2026-12-24", "2027-01-06", "jullov")
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("id,name\na,A\n", '1: the column "area" is missing; add it'),
        ("id,name,area,capacity,kapacitet\n", '1: no column is called "kapacitet"; there are: id, name'),
        ("id,name,area,capacity\na,A,Stenhamra,många\n", '2: capacity: "många" cannot be read; write a whole number, such as 30'),
        ("id,name,area,capacity\na,A,Stenhamra,0\n", "2: capacity: \"0\": Input should be greater than or equal to 1"),
        ("id,name,area,capacity\nÅ,A,Stenhamra,3\n", '2: id: "Å": "Å" is no id; write at most 16 of a-z, 0-9 and -'),
        ("id,name,area,capacity,opening\na,A,S,3,alltid\n", '2: opening: "alltid" cannot be read; write days and hours'),
        ("id,name,area,capacity,opening\na,A,S,3,mon 08:00-09:00\n", "write days as mån, tis, ons"),
        ("id,name,area,capacity,closed\na,A,S,3,2026-12-24--2026-12-01\n", "2: closed: "),
        ("id,name,area,capacity,equipment\na,A,S,3,bastu\n", "2: equipment: \"bastu\": Input should be 'projector'"),
        ("id,name,area,capacity\na,,S,3\n", "2: name: is empty; fill it in"),
        ("id,name,area,approval\na,A,S,automatic\n", "2: approval: approval automatic needs opening and capacity"),
        ("id,name,area,capacity\na,A,S,3,4\n", "2: more cells than columns"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_used_is_named(tmp_path: Path, words: str, said: str) -> None:
    file = table(tmp_path, words)
    with pytest.raises(OperatorError) as error:
        read_rooms(file)
    assert said in str(error.value) and str(error.value).startswith(f"{file}:")


def test_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="is not UTF-8; save it as “CSV UTF-8”"):
        read_rooms(table(tmp_path, "id,name,area,capacity\na,Åsen,S,3\n", "latin-1"))


def test_rooms_written_are_the_rooms_read(tmp_path: Path) -> None:
    rooms = load_municipality("ekero").premises
    assert len(rooms) == 8 and all(room.example for room in rooms)
    assert tuple(room for room, _line in read_rooms(table(tmp_path, write_rooms(rooms)))) == rooms


def test_import_takes_the_place_of_what_was_there_or_changes_nothing(
    tmp_path: Path, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = table(tmp_path, "id,name,area,capacity\nsalen,Salen,Stenhamra,40\n")
    assert main(["import-rooms", str(good), "--municipality", f"{pack}/"]) == 0
    assert load_municipality(f"{pack}/").premises == (Room(id="salen", name="Salen", area="Stenhamra", capacity=40),)
    before = (pack / "premises.yaml").read_text()
    bad = table(tmp_path, "id,name,area,capacity,parts\nsalen,Salen,Nacka,40,salen\n")
    assert main(["import-rooms", str(bad), "--municipality", f"{pack}/"]) == 2
    said = capsys.readouterr().err
    assert f'{bad}:2: area: "Nacka" is no area of municipality.yaml' in said
    assert f'{bad}:2: parts: "salen" is a part of itself' in said
    assert (pack / "premises.yaml").read_text() == before


def test_a_pack_may_hold_the_table_itself(pack: Path) -> None:
    (pack / "premises.csv").write_text("id,name,area,capacity\nsalen,Salen,Stenhamra,40\n")
    with pytest.raises(OperatorError, match=r"premises.csv:1: there is a premises.yaml too"):
        load_municipality(f"{pack}/")
    (pack / "premises.yaml").unlink()
    assert [room.name for room in load_municipality(f"{pack}/").premises] == ["Salen"]
    (pack / "premises.csv").write_text("id,name,area,capacity,parts\nsalen,Salen,Stenhamra,40,\nb,B,Stenhamra,4,c\n")
    with pytest.raises(OperatorError, match=r'premises.csv:3: 1.parts: "c" is the id of no room'):
        load_municipality(f"{pack}/")


def test_a_wrong_field_in_the_file_is_named_with_its_line(pack: Path) -> None:
    (pack / "premises.yaml").write_text("- id: a\n  name: A\n  area: Stenhamra\n  capacity: 0\n")
    with pytest.raises(OperatorError, match=r"premises.yaml:4: 0.capacity: "):
        load_municipality(f"{pack}/")
