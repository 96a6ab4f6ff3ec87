"""Read a municipality's folder. Every error names file, line, what was found and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.errors import OperatorError
from bot.packs.model import Municipality

PACKS = Path(__file__).resolve().parents[2] / "municipalities"


def load_municipality(name_or_path: str) -> Municipality:
    """The pack in `municipalities/<name>/`, or in a folder given by its path.

    Raises:
        OperatorError: The folder or its file is missing, is no YAML, or holds something that cannot be used.
    """
    folder = Path(name_or_path) if "/" in name_or_path else PACKS / name_or_path
    file = folder / "municipality.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.parent.name for path in PACKS.glob("*/municipality.yaml")))
        raise OperatorError(f"{file} does not exist; IDELABB_MUNICIPALITY may name one of: {known}, or a folder's path")
    source = file.read_text(encoding="utf-8")
    try:
        content = yaml.safe_load(source)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise OperatorError(f"{file}:{line}: {error.problem}; check indentation and quotation marks") from error
    if not isinstance(content, dict):
        raise OperatorError(f"{file}:1: holds no fields; begin with for example `name: Ekerö kommun`")
    try:
        return Municipality(id=folder.name, **content)
    except ValidationError as error:
        lines = _lines(source)
        problems = (
            f"{file}:{_line_of(each['loc'], lines)}: {_path(each['loc'])}: {each['msg']}" for each in error.errors()
        )
        raise OperatorError("\n".join(problems)) from error


def _lines(source: str) -> dict[tuple[Any, ...], int]:
    """The line of every field, by its path through the file."""
    found: dict[tuple[Any, ...], int] = {}

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


def _line_of(path: tuple[Any, ...], lines: dict[tuple[Any, ...], int]) -> int:
    """The line of the field at `path`, or of the nearest one around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _path(path: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in path)
