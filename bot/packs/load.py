"""Read a municipality's folder. Every error names file, line, what was found and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from bot.errors import OperatorError
from bot.packs.elsewhere import elsewhere
from bot.packs.model import Municipality, PackModel
from bot.packs.rooms_csv import read_rooms

PACKS = Path(__file__).resolve().parents[2] / "municipalities"

MAIN = "municipality.yaml"
PARTS: tuple[str, ...] = (
    "contacts",
    "networks",
    "dialogues",
    "figures",
    "grants",
    "premises",
    "answers",
    "partnerships",
)
"""Fields of `Municipality` that stand in a file of their own, `<field>.yaml`; a folder may lack any of them."""

TABLES: tuple[str, ...] = ("premises",)
"""Those that may be a table instead, `<field>.csv`."""

SHARED: tuple[str, ...] = (
    "topics",
    "influence",
    "library",
    "conditions",
    "skills",
    "crisis",
    "news",
    "interests",
    "furniture",
)
"""The same, for what is alike everywhere: the file beside the packs counts for those that have none of their own."""

USUAL: dict[str, str] = {"usual_answers": "answers.yaml"}
"""Fields that the file beside the packs holds for all of them, whatever a folder adds to it."""

Lines = dict[tuple[Any, ...], int]


class NoPack(OperatorError):
    """There is no such pack."""


class BadPack(OperatorError):
    """A pack that cannot be used; the words name every fault, a line each."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a pack: what it holds, and the line of every field in it, by its path through the file."""

    file: Path
    content: Any
    lines: Lines

    def line(self, path: tuple[Any, ...]) -> int:
        """The line of the field at `path`, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def installed() -> list[str]:
    """The folders under `municipalities/` that hold a pack."""
    return sorted(path.parent.name for path in PACKS.glob(f"*/{MAIN}"))


def folder_of(name_or_path: str | Path) -> Path:
    """The folder of a pack, by its name under `municipalities/` or its path (a string with a slash is one).

    Raises:
        NoPack: It holds no pack.
    """
    named = isinstance(name_or_path, str) and "/" not in name_or_path
    folder = PACKS / name_or_path if named else Path(name_or_path)
    if not (folder / MAIN).is_file():
        known = ", ".join(installed())
        raise NoPack(
            f"{folder / MAIN} does not exist; IDELABB_MUNICIPALITY may name one of: {known}, or a folder's path"
        )
    return folder


_KINDS = ("int", "float", "str", "date", "bool")
"""What pydantic puts at the end of the way to a field that may hold several kinds of value."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a pack: its main one, and the others by the field they hold."""

    main: Source
    parts: dict[str, Source]

    def place(self, where: tuple[Any, ...]) -> str:
        """File, line and field, for the beginning of a message: "…/contacts.yaml:12: roles.0.deputy: "."""
        source, inside = self.main, where
        if where and where[0] in self.parts:
            source, inside = self.parts[where[0]], where[1:]
        while inside and inside[-1] in _KINDS and inside not in source.lines:
            inside = inside[:-1]
        shown = ".".join(str(part) for part in inside or where)
        return f"{source.file}:{source.line(inside)}: " + (f"{shown}: " if shown else "")


def load_municipality(name_or_path: str | Path, without: str = "") -> Municipality:
    """The pack in `municipalities/<name>/`, or in a folder given by its path; `without` one of its parts.

    Raises:
        NoPack: The folder or its main file is missing.
        BadPack: A file is no YAML, or holds something that cannot be used.
    """
    folder = folder_of(name_or_path)
    sources = read_sources(folder, without)
    parts = {part: each.content for part, each in sources.parts.items()}
    if isinstance(parts.get("grants"), dict):
        parts["grants"] = {**parts["grants"], "elsewhere": elsewhere(PACKS, folder.name)}
    try:
        return Municipality(**sources.main.content, id=folder.absolute().name, **parts)
    except ValidationError as error:
        found = (sources.place(tuple(each["loc"])) + _reason(each) for each in error.errors())
        raise BadPack("\n".join(dict.fromkeys(found))) from error


def read_sources(folder: Path, without: str = "") -> Sources:
    """Raises BadPack: A file cannot be read, or one says what belongs into another."""
    main = read(folder / MAIN, dict, "begin with for example `name: Ekerö kommun`")
    if "id" in main.content:
        raise BadPack(f"{main.file}:{main.line(('id',))}: id: is the folder's name; take the line out")
    for part in (*PARTS, *SHARED, *USUAL):
        if part in main.content:
            file = USUAL.get(part, f"{part}.yaml")
            raise BadPack(f"{main.file}:{main.line((part,))}: {part}: belongs into {file}; move it there")
    for part in TABLES:
        if (folder / f"{part}.yaml").is_file() and (folder / f"{part}.csv").is_file():
            raise BadPack(f"{folder / part}.csv:1: there is a {part}.yaml too; keep only one of them")
    return Sources(main, {part: _read(file) for part, file in files_of(folder).items() if part != without})


def _read(file: Path) -> Source:
    if file.suffix != ".csv":
        return read(file, (dict, list), "see the same file of another municipality")
    try:
        rooms = read_rooms(file)
    except OperatorError as error:
        raise BadPack(str(error)) from error
    return Source(file, tuple(room for room, _line in rooms), {(at,): line for at, (_room, line) in enumerate(rooms)})


def files_of(folder: Path) -> dict[str, Path]:
    """The files a pack is read from beside its main one, by the field they hold."""
    own = {part: folder / f"{part}.yaml" for part in (*PARTS, *SHARED)}
    own |= {part: file for part in TABLES if (file := folder / f"{part}.csv").is_file()}
    every = {part: PACKS / file.name if part in SHARED and not file.is_file() else file for part, file in own.items()}
    every |= {part: PACKS / name for part, name in USUAL.items()}
    return {part: file for part, file in every.items() if file.is_file()}


def read(file: Path, kind: type | tuple[type, ...], remedy: str) -> Source:
    """Raises BadPack: The file is no YAML, not UTF-8, says something twice, or holds nothing of this kind."""
    try:
        loader = _Loader(file.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        for each in _scalars(node):
            _construct(loader, each, file)
        content = loader.construct_document(node) if node else None
    except UnicodeDecodeError as error:
        raise BadPack(f"{file}:1: is not written in UTF-8 (at byte {error.start}); save it as UTF-8") from error
    except RecursionError as error:
        raise BadPack(f"{file}:1: something in it names itself with & and *; write it out instead") from error
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 1
        raise BadPack(f"{file}:{line}: {problem}; check indentation and quotation marks") from error
    if not isinstance(content, kind):
        raise BadPack(f"{file}:1: holds no fields; {remedy}")
    return Source(file, content, _lines(node, file))


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _scalars(each)
    elif isinstance(node, yaml.MappingNode):
        for _key, value in node.value:
            yield from _scalars(value)


def _construct(loader: Any, node: yaml.ScalarNode, file: Path) -> None:
    """Raises BadPack: It looks like a day, and there is no such day."""
    try:
        loader.construct_object(node)
    except ValueError as error:
        line = node.start_mark.line + 1
        raise BadPack(f'{file}:{line}: holds "{node.value}": {error}; write a day as year-month-day, such as '
                      "2026-03-02") from error  # fmt: skip


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast one, where there is one: a start reads half a dozen files."""


def _lines(root: yaml.Node, file: Path) -> Lines:
    """Raises BadPack: A field stands twice, so that one of them would be lost, or its name is no word."""
    found: Lines = {}

    def walk(node: yaml.Node, path: tuple[Any, ...]) -> None:
        found.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                line, name = key.start_mark.line + 1, key.value
                if key.tag != "tag:yaml.org,2002:str":
                    raise BadPack(f"{file}:{line}: {name!r} is no name of a field; put it in quotation marks, or take it "
                                  "out")  # fmt: skip
                if (*path, name) in found:
                    raise BadPack(f"{file}:{line}: {name}: stands in line {found[*path, name]} too; keep one of them")
                found[*path, name] = line
                walk(value, (*path, name))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, (*path, index))

    walk(root, ())
    return found


def _reason(error: Any) -> str:
    """Pydantic's finding in a clerk's words, with what to do."""
    path, context = tuple(error["loc"]), error.get("ctx", {})
    found = f'holds "{" ".join(str(error["input"]).split())[:60]}"'
    match error["type"]:
        case "missing":
            return f"is missing; add a line `{path[-1]}: …`"
        case "extra_forbidden":
            known = sorted(_fields_at(path[:-1]))
            near = get_close_matches(str(path[-1]), known, 1)
            remedy = f'did you mean "{near[0]}"?' if near else f"known are: {', '.join(known)}"
            return f"there is no such field; {remedy}"
        case "literal_error":
            return f"{found}; write one of: {context['expected']}"
        case "string_type":
            return f"{found}, which is no text; put it in quotation marks"
        case "string_too_short":
            return "is empty; write something"
        case "string_pattern_mismatch":
            return f"{found}; write small letters a to z, digits and _, a letter first"
        case "int_type" | "int_parsing" | "float_type" | "float_parsing":
            return f"{found}; write a number in digits, without spaces or a unit"
        case "int_from_float":
            return f"{found}; write a whole number"
        case "bool_type" | "bool_parsing":
            return f"{found}; write true or false"
        case "greater_than_equal" | "less_than_equal":
            return f"{found}; write a number {'from' if 'ge' in context else 'up to'} {context.get('ge', context.get('le'))}"
        case "tuple_type" | "list_type":
            return f"{found}, where a list is wanted; write for example [one, two]"
        case "model_type" | "dict_type":
            return f"{found}, where fields are wanted; see the same place in another municipality"
        case kind if kind.startswith("date"):
            return f"{found}; write a day as year-month-day, such as 2026-03-02"
        case kind if kind.startswith("time"):
            return f'{found}; write a time of day in quotation marks, such as "09:00"'
        case "pack" | "value_error":
            return str(error["msg"]).removeprefix("Value error, ")
    return f"{found}: {error['msg'][:1].lower()}{error['msg'][1:]}; correct it"


def _fields_at(path: tuple[Any, ...]) -> set[str]:
    """The fields that may stand at a place in a pack."""
    models: list[type[PackModel]] = [Municipality]
    for name in path:
        if isinstance(name, str):
            fields = [model.model_fields[name].annotation for model in models if name in model.model_fields]
            models = [model for annotation in fields for model in models_in(annotation)] or models
    return {field for model in models for field in model.model_fields}


def models_in(annotation: Any) -> Iterator[type[PackModel]]:
    """The models in a type such as `tuple[Role, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, PackModel):
        yield annotation
    for each in get_args(annotation):
        yield from models_in(each)
