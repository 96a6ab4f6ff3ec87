"""Read a municipality's folder. Every error names file, line, what was found and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.errors import OperatorError
from bot.packs.elsewhere import elsewhere
from bot.packs.model import Municipality

PACKS = Path(__file__).resolve().parents[2] / "municipalities"

MAIN = "municipality.yaml"
PARTS: tuple[str, ...] = ("grants",)
"""Fields of `Municipality` that stand in a file of their own, `<field>.yaml`; a folder may lack any of them."""

SHARED: tuple[str, ...] = ("conditions",)
"""The same, for what is alike everywhere: the file beside the packs counts for those that have none of their own."""

Lines = dict[tuple[Any, ...], int]


def load_municipality(name_or_path: str) -> Municipality:
    """The pack in `municipalities/<name>/`, or in a folder given by its path.

    Raises:
        OperatorError: The folder or its main file is missing, a file is no YAML, or holds something that cannot be used.
    """
    folder = Path(name_or_path) if "/" in name_or_path else PACKS / name_or_path
    if not (folder / MAIN).is_file():
        known = ", ".join(sorted(path.parent.name for path in PACKS.glob(f"*/{MAIN}")))
        raise OperatorError(
            f"{folder / MAIN} does not exist; IDELABB_MUNICIPALITY may name one of: {known}, or a folder's path"
        )
    content, lines = _read(folder / MAIN, dict, "begin with for example `name: Ekerö kommun`")
    lines_of: dict[str, Lines] = {}
    files: dict[str, Path] = {}
    for part in (*PARTS, *SHARED):
        file = folder / f"{part}.yaml"
        if part in SHARED and not file.is_file():
            file = PACKS / f"{part}.yaml"
        files[part] = file
        if part in content:
            raise OperatorError(f"{folder / MAIN}:{lines[(part,)]}: {part}: belongs into {file.name}; move it there")
        if file.is_file():
            content[part], lines_of[part] = _read(file, (dict, list), "see the same file of another municipality")
    if isinstance(content.get("grants"), dict):
        content["grants"]["elsewhere"] = elsewhere(PACKS, folder.name)
    try:
        return Municipality(id=folder.name, **content)
    except ValidationError as error:
        raise OperatorError(
            "\n".join(_problem(folder, each, lines, lines_of, files) for each in error.errors())
        ) from error


def _problem(folder: Path, error: Any, lines: Lines, lines_of: dict[str, Lines], files: dict[str, Path]) -> str:
    path = error["loc"]
    if path and path[0] in lines_of:
        file, line = files[path[0]], _line_of(path[1:], lines_of[path[0]])
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
