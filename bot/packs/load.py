"""Read a municipality's folder. Every error names file, line, what was found and the remedy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.errors import OperatorError
from bot.packs.model import ConditionWords, Municipality
from bot.packs.model.support import BUILT_IN
from bot.rules.grants import Elsewhere

PACKS = Path(__file__).resolve().parents[2] / "municipalities"

MAIN = "municipality.yaml"
PARTS: tuple[str, ...] = ("grants",)
"""Fields of `Municipality` that stand in a file of their own, `<field>.yaml`; a folder may lack any of them."""

_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C, ten times as fast, where the wheel has it."""

CONDITIONS = "conditions.yaml"
"""The words of every condition of a support, one list that all packs share; a pack may reword one in its own file."""

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
    for part in PARTS:
        file = folder / f"{part}.yaml"
        if part in content:
            raise OperatorError(f"{folder / MAIN}:{lines[(part,)]}: {part}: belongs into {file.name}; move it there")
        if file.is_file():
            content[part], lines_of[part] = _read(file, (dict, list), "see the same file of another municipality")
    if isinstance(content.get("grants"), dict):
        content["grants"] = _with_what_is_shared(folder, content["grants"])
    try:
        return Municipality(id=folder.name, **content)
    except ValidationError as error:
        raise OperatorError("\n".join(_problem(folder, each, lines, lines_of) for each in error.errors())) from error


def _with_what_is_shared(folder: Path, grants: dict[str, Any]) -> dict[str, Any]:
    """A pack's supports with the words of the shared conditions, and the names of supports in other municipalities."""
    own = grants.get("conditions") or {}
    return {**grants, "conditions": {**condition_words(), **own}, "elsewhere": _elsewhere(folder)}


@cache
def condition_words() -> dict[str, ConditionWords]:
    """The shared list of conditions.

    Raises:
        OperatorError: The file holds something that cannot be used, or lacks the words of a built-in condition.
    """
    file = PACKS / CONDITIONS
    content, lines = _read(file, dict, "begin with a condition's id and its label, why, ask and how_to_fix")
    lacking = next((name for name in BUILT_IN if name not in content), None)
    if lacking:
        raise OperatorError(
            f"{file}:1: lacks the condition {lacking}, which the rules add by themselves; write its words"
        )
    try:
        return TypeAdapter(dict[str, ConditionWords]).validate_python(content)
    except ValidationError as error:
        raise OperatorError(
            "\n".join(
                f"{file}:{_line_of(each['loc'], lines)}: {_path(each['loc'])}: {each['msg']}" for each in error.errors()
            )
        ) from error


def _elsewhere(folder: Path) -> tuple[Elsewhere, ...]:
    """The supports of the packs beside this one, by name, as far as their files can be read: they are only named."""
    found: list[Elsewhere] = []
    for file in sorted(PACKS.glob("*/grants.yaml")):
        if file.parent.name == folder.name:
            continue
        try:
            place = yaml.load(file.with_name(MAIN).read_text(encoding="utf-8"), _FAST)["name"]
            supports = yaml.load(file.read_text(encoding="utf-8"), _FAST)["supports"]
            found += [Elsewhere(each["id"], place, tuple(each.get("called", [each["name"]]))) for each in supports]
        except (OSError, yaml.YAMLError, KeyError, TypeError):
            continue
    return tuple(found)


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
        content = yaml.load(source, _FAST)
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

    root = yaml.compose(source, Loader=_FAST)
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
