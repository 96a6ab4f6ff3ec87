"""Read a municipality's folder. Every error names file, line, what was found and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.errors import OperatorError
from bot.packs.model import Municipality
from bot.packs.model.rooms import room_problems
from bot.packs.rooms_csv import read_rooms

PACKS = Path(__file__).resolve().parents[2] / "municipalities"

MAIN = "municipality.yaml"
PARTS: tuple[str, ...] = ("premises",)
"""Fields of `Municipality` that stand in a file of their own, `<field>.yaml`; a folder may lack any of them."""

Lines = dict[tuple[Any, ...], int]


def load_municipality(name_or_path: str, parts: Sequence[str] = PARTS) -> Municipality:
    """The pack in `municipalities/<name>/`, or in a folder given by its path; only these of its other files.

    Raises:
        OperatorError: The folder or its main file is missing, a file is no YAML, or holds something that cannot be used.
    """
    folder = folder_of(name_or_path)
    if not (folder / MAIN).is_file():
        known = ", ".join(sorted(path.parent.name for path in PACKS.glob(f"*/{MAIN}")))
        raise OperatorError(
            f"{folder / MAIN} does not exist; IDELABB_MUNICIPALITY may name one of: {known}, or a folder's path"
        )
    content, lines = _read(folder / MAIN, dict, "begin with for example `name: Ekerö kommun`")
    lines_of: dict[str, Lines] = {}
    for part in parts:
        file = folder / f"{part}.yaml"
        if part in content:
            raise OperatorError(f"{folder / MAIN}:{lines[(part,)]}: {part}: belongs into {file.name}; move it there")
        if file.is_file():
            content[part], lines_of[part] = _read(file, (dict, list), "see the same file of another municipality")
    table = folder / "premises.csv"
    if table.is_file() and "premises" in content:
        raise OperatorError(f"{table}: there is a premises.yaml too; keep only one of them")
    if table.is_file() and "premises" in parts:
        listed = read_rooms(table)
        content["premises"] = tuple(room for room, _line in listed)
        lines_of["premises"] = {(at,): line for at, (_room, line) in enumerate(listed)}
    try:
        municipality = Municipality(id=folder.name, **content)
    except ValidationError as error:
        raise OperatorError("\n".join(_problem(folder, each, lines, lines_of) for each in error.errors())) from error
    wrong = [
        f"{table if table.is_file() else folder / 'premises.yaml'}:{_line_of((at,), lines_of.get('premises', {}))}: {words}"
        for at, words in room_problems(municipality.premises, (area.name for area in municipality.areas))
    ]
    if wrong:
        raise OperatorError("\n".join(wrong))
    return municipality


def folder_of(name_or_path: str) -> Path:
    """The folder of a municipality's pack, whether it exists or not."""
    return Path(name_or_path) if "/" in name_or_path else PACKS / name_or_path


def _problem(folder: Path, error: Any, lines: Lines, lines_of: dict[str, Lines]) -> str:
    path = error["loc"]
    if path and path[0] in lines_of:
        file, line = folder / f"{path[0]}.yaml", _line_of(path[1:], lines_of[path[0]])
        path = path[1:] or path
    else:
        file, line = folder / MAIN, _line_of(path, lines)
    where = f"{_path(path)}: " if path else ""
    return f"{file}:{line}: {where}{error['msg'].removeprefix('Value error, ')}"


def _read(file: Path, kind: type | tuple[type, ...], remedy: str) -> tuple[Any, Lines]:
    """What a file holds, and the line of every field in it, by its path through the file."""
    source = file.read_text(encoding="utf-8")
    try:
        content = yaml.safe_load(source)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise OperatorError(f"{file}:{line}: {error.problem}; check indentation and quotation marks") from error
    if not isinstance(content, kind):
        raise OperatorError(f"{file}:1: holds no fields; {remedy}")
    return content, _lines(source)


def _lines(source: str) -> Lines:
    found: Lines = {}

    def walk(node: yaml.Node, path: tuple[Any, ...]) -> None:
        found[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                walk(value, (*path, key.value))
                found[(*path, key.value)] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, (*path, index))

    root = yaml.compose(source, Loader=yaml.SafeLoader)
    if root:
        walk(root, ())
    return found


def _line_of(path: tuple[Any, ...], lines: Lines) -> int:
    """The line of the field at `path`, or of the nearest one around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _path(path: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in path)
