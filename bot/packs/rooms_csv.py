"""Rooms as a table: `import-rooms` and `export-rooms`, and a pack's `premises.csv`. docs/premises.md explains the columns."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.errors import OperatorError
from bot.packs.model import Room
from bot.packs.model.rooms import room_problems

DAYS = ("mån", "tis", "ons", "tor", "fre", "lör", "sön")

YES, NO = frozenset({"ja", "yes", "true", "1", "x"}), frozenset({"nej", "no", "false", "0"})


class _Bad(Exception):
    """A cell that cannot be read, with the remedy."""


def _words(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;,]", cell) if part.strip()]


def _yes(cell: str) -> bool:
    if cell.casefold() in YES | NO:
        return cell.casefold() in YES
    raise _Bad("write ja or nej")


def _number(cell: str) -> float:
    try:
        return float(cell.replace(",", "."))
    except ValueError as error:
        raise _Bad("write a number, such as 59.335") from error


def _whole(cell: str) -> int:
    if not cell.isascii() or not cell.isdecimal():
        raise _Bad("write a whole number, such as 30")
    return int(cell)


def _opening(cell: str) -> list[dict[str, Any]]:
    found = []
    for part in re.split(r"[;\n]", cell):
        if not part.strip():
            continue
        shape = re.fullmatch(r"(?:([a-zåö, -]+) )?(\d\d?)[:.](\d\d) ?[-–] ?(\d\d?)[:.](\d\d)", part.strip().casefold())
        if shape is None:
            raise _Bad("write days and hours, such as mån-fre 08:00-22:00; lör 10:00-18:00")
        opens, closes = f"{int(shape[2]):02}:{shape[3]}", f"{int(shape[4]) % 24:02}:{shape[5]}"
        found.append({"days": _days(shape[1] or "mån-sön"), "opens": opens, "closes": closes})
    return found


def _days(words: str) -> list[int]:
    days: list[int] = []
    for part in words.split(","):
        ends = [each.strip()[:3] for each in part.split("-")]
        if not all(end in DAYS for end in ends) or len(ends) > 2:
            raise _Bad(f"write days as {', '.join(DAYS)}, or from to, such as mån-fre")
        days += range(DAYS.index(ends[0]) + 1, DAYS.index(ends[-1]) + 2)
    return days


def _closed(cell: str) -> list[dict[str, Any]]:
    found = []
    for part in re.split(r"[;\n]", cell):
        if not part.strip():
            continue
        shape = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?: ?-- ?(\d{4}-\d\d-\d\d))?(?: (.+))?", part.strip())
        if shape is None:
            raise _Bad("write days, such as 2026-12-24--2027-01-06 jullov; 2026-06-19")
        found.append({"first": shape[1], "last": shape[2] or shape[1], "why": shape[3] or ""})
    return found


def _text(cell: str) -> str:
    return cell


_COLUMNS: Mapping[str, tuple[tuple[str, ...], Callable[[str], Any]]] = {
    "id": (("id",), _text),
    "name": (("name",), _text),
    "example": (("example",), _yes),
    "use": (("use",), _words),
    "area": (("area",), _text),
    "address": (("address",), _text),
    "latitude": (("latitude",), _number),
    "longitude": (("longitude",), _number),
    "capacity": (("capacity",), _whole),
    "kitchen": (("kitchen",), _yes),
    "equipment": (("equipment",), _words),
    "accessibility": (("accessibility",), _words),
    "price_group": (("price_group",), _text),
    "key": (("key",), _text),
    "food": (("rules", "food"), _yes),
    "music": (("rules", "music"), _yes),
    "alcohol": (("rules", "alcohol"), _yes),
    "rules": (("rules", "more"), _text),
    "opening": (("opening",), _opening),
    "open_on_holidays": (("open_on_holidays",), _yes),
    "closed": (("closed",), _closed),
    "buffer_min": (("buffer_min",), _whole),
    "parts": (("parts",), _words),
    "lender": (("lender", "name"), _text),
    "lender_kind": (("lender", "kind"), _text),
    "lender_email": (("lender", "email"), _text),
    "approval": (("lender", "approval"), _text),
    "answer_days": (("lender", "answer_days"), _whole),
    "responsible": (("owner",), _text),
    "source": (("source",), _text),
    "year": (("year",), _whole),
    "checked_on": (("checked_on",), _text),
}
"""Every column with the field it fills, and how its cells are read. An empty cell leaves the field as by default."""


def read_rooms(file: Path) -> tuple[tuple[Room, int], ...]:
    """The rooms of a table, each with its line. Commas or semicolons part the columns; the first line names them.

    Raises:
        OperatorError: What cannot be used: every such cell by file, line and column, with the remedy.
    """
    try:
        source = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise OperatorError(f"{file}: is not UTF-8; save it as “CSV UTF-8”") from error
    except OSError as error:
        raise OperatorError(f"{file} cannot be read ({error.strerror}); name a CSV file") from error
    head = source.split("\n", 1)[0]
    table = csv.DictReader(io.StringIO(source), delimiter=";" if head.count(";") > head.count(",") else ",")
    columns = [name.strip() for name in table.fieldnames or ()]
    table.fieldnames = columns
    unknown = [name for name in columns if name not in _COLUMNS]
    lacking = [name for name in ("id", "name", "area") if name not in columns]
    if unknown or lacking:
        said = [f'{file}:1: no column is called "{name}"; there are: {", ".join(_COLUMNS)}' for name in unknown]
        said += [f'{file}:1: the column "{name}" is missing; add it' for name in lacking]
        raise OperatorError("\n".join(said))
    rooms: list[tuple[Room, int]] = []
    problems: list[str] = []
    for row in table:
        room, wrong = _row(file, table.line_num, row)
        problems += wrong
        if room is not None:
            rooms.append((room, table.line_num))
    if problems:
        raise OperatorError("\n".join(problems))
    return tuple(rooms)


def _row(file: Path, line: int, row: Mapping[str | Any, Any]) -> tuple[Room | None, list[str]]:
    fields: dict[str, Any] = {}
    problems = [f"{file}:{line}: more cells than columns; put quotation marks around cells with commas"] * (None in row)
    for name, (path, read) in _COLUMNS.items():
        cell = (row.get(name) or "").strip()
        if cell:
            try:
                _put(fields, path, read(cell))
            except _Bad as bad:
                problems.append(f'{file}:{line}: {name}: "{cell}" cannot be read; {bad}')
    if problems:
        return None, problems
    try:
        return Room(**fields), []
    except ValidationError as error:
        return None, [f"{file}:{line}: {_column(each['loc'])}: {_remedy(each)}" for each in error.errors()]


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        fields = fields.setdefault(name, {})
    fields[path[-1]] = value


def _column(path: tuple[int | str, ...]) -> str:
    """The column that fills the field at `path`."""
    fitting = (name for name, (fills, _read) in _COLUMNS.items() if path[: len(fills)] == fills)
    return next(fitting, str(path[0]) if path else "approval")


def _remedy(error: Any) -> str:
    if error["type"] == "missing":
        return "is empty; fill it in"
    said = f'"{error["input"]}": ' if isinstance(error["input"], str | int | float) else ""
    return f"{said}{error['msg'].removeprefix('Value error, ')}"


def write_rooms(rooms: tuple[Room, ...]) -> str:
    """The rooms as a table that `read_rooms` reads again."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_COLUMNS)
    for room in rooms:
        plain = room.model_dump(mode="json")
        table.writerow(_cell(_at(plain, path)) for path, _read in _COLUMNS.values())
    return out.getvalue()


def _at(plain: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        plain = plain[name]
    return plain


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nej"
        case list():
            return "; ".join(map(_cell, value))
        case {"days": days, "opens": opens, "closes": closes}:
            return f"{','.join(DAYS[day - 1] for day in days)} {opens[:5]}-{closes[:5]}"
        case {"first": first, "last": last, "why": why}:
            return f"{first}--{last} {why}".strip()
    return str(value)


def import_rooms(file: str, folder: Path, areas: tuple[str, ...]) -> int:
    """Put the rooms of a table into a pack's `premises.yaml`, in place of those that were there.

    Raises:
        OperatorError: The table cannot be used, or the pack keeps its rooms in a table itself. Nothing has changed then.
    """
    if (folder / "premises.csv").is_file():
        raise OperatorError(f"{folder / 'premises.csv'} holds the rooms already; edit that, or take it away first")
    listed = read_rooms(Path(file))
    rooms = tuple(room for room, _line in listed)
    wrong = [f"{file}:{listed[at][1]}: {field}: {words}" for at, field, words in room_problems(rooms, areas)]
    if wrong:
        raise OperatorError("\n".join(wrong))
    plain = [room.model_dump(mode="json", exclude_defaults=True) for room in rooms]
    target, new = folder / "premises.yaml", folder / "premises.yaml.new"
    new.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
    new.replace(target)
    print(f"{target}: {len(rooms)} rooms")
    return 0


def export_rooms(rooms: tuple[Room, ...]) -> int:
    """Print the rooms as a table."""
    sys.stdout.write(write_rooms(rooms))
    return 0
