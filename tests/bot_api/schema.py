"""Checks of calls and of our own answers against schema.json, compiled once.

A *reader* takes a value, tells whether it fits, and hands back what was meant: form bodies carry numbers and JSON
objects as text, JSON bodies carry them as they are. Unknown keys are warnings, as Telegram ignores them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tests.bot_api.errors import bad_request

Warn = Callable[[str], None]


@dataclass(slots=True)
class Upload:
    """A file that came with a multipart body."""

    name: str
    content: bytes
    mime_type: str


class Reader(Protocol):
    def fits(self, value: Any) -> bool:
        """Whether the value is of this kind, looking no deeper than needed to choose among several kinds."""

    def read(self, value: Any, where: str, warn: Warn) -> Any:
        """The value, checked all the way down. Raises ApiError 400."""


def _wrong(where: str, expected: str) -> Exception:
    return bad_request(f'field "{where}" must be of type {expected}')


@dataclass(frozen=True, slots=True)
class Plain:
    """String, Integer, Float, Boolean and files."""

    name: str
    kinds: tuple[type, ...]

    def fits(self, value: Any) -> bool:
        return isinstance(value, self.kinds) and (self.name == "Boolean" or not isinstance(value, bool))

    def read(self, value: Any, where: str, warn: Warn) -> Any:
        if not self.fits(value):
            raise _wrong(where, self.name)
        return value


@dataclass(frozen=True, slots=True)
class Array:
    items: Reader

    def fits(self, value: Any) -> bool:
        return isinstance(value, list)

    def read(self, value: Any, where: str, warn: Warn) -> Any:
        if not isinstance(value, list):
            raise _wrong(where, "Array")
        return [self.items.read(item, where, warn) for item in value]


class Object:
    """One named type; its fields are set after it is made, since types refer to each other in circles."""

    __slots__ = ("constants", "fields", "name", "required")

    def __init__(self, name: str) -> None:
        self.name = name
        self.fields: dict[str, Reader] = {}
        self.required: tuple[str, ...] = ()
        self.constants: dict[str, str] = {}

    def fits(self, value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(name in value for name in self.required)
            and all(value.get(name) == constant for name, constant in self.constants.items())
        )

    def read(self, value: Any, where: str, warn: Warn) -> Any:
        if not isinstance(value, dict):
            raise _wrong(where, self.name)
        for name in self.required:
            if name not in value:
                raise bad_request(f"can't parse {self.name}: Can't find field \"{name}\"")
        result = {}
        for name, item in value.items():
            reader = self.fields.get(name)
            if reader is None:
                warn(f"{self.name} has no field {name!r} (in {where})")
            elif item is not None:
                result[name] = reader.read(item, f"{where}.{name}", warn)
        return result


class OneOf:
    """The first of several kinds that fits."""

    __slots__ = ("name", "readers")

    def __init__(self, name: str, readers: Iterable[Reader] = ()) -> None:
        self.name = name
        self.readers = tuple(readers)

    def fits(self, value: Any) -> bool:
        return any(reader.fits(value) for reader in self.readers)

    def read(self, value: Any, where: str, warn: Warn) -> Any:
        for reader in self.readers:
            if reader.fits(value):
                return reader.read(value, where, warn)
        raise _wrong(where, self.name)


_PLAIN: dict[str, Reader] = {
    "String": Plain("String", (str,)),
    "Integer": Plain("Integer", (int,)),
    "Float": Plain("Float", (int, float)),
    "Boolean": Plain("Boolean", (bool,)),
    "InputFile": Plain("InputFile", (Upload,)),
}
_TRUE, _FALSE = {"true", "True", "1"}, {"false", "False", "0"}


def _from_text(text: str, types: tuple[str, ...], where: str) -> Any:
    """What a form field or a JSON string means for a parameter of these types."""
    if "String" in types:
        return int(text) if "Integer" in types and text.lstrip("-").isdecimal() else text
    if types == ("Integer",):
        if not text.removeprefix("-").isdecimal():
            raise _wrong(where, "Integer")
        return int(text)
    if types == ("Boolean",):
        if text not in _TRUE | _FALSE:
            raise _wrong(where, "Boolean")
        return text in _TRUE
    if types == ("Float",):
        try:
            return float(text)
        except ValueError:
            raise _wrong(where, "Float") from None
    if types == ("InputFile",):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise bad_request(f"can't parse {where.replace('_', ' ')} JSON object") from None


def _is_attached(name: str, given: dict[str, Any]) -> bool:
    return any(isinstance(value, str) and f"attach://{name}" in value for value in given.values())


_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "file_id": "file_id not specified",
} | {kind: f"there is no {kind} in the request" for kind in ("photo", "document", "voice", "video", "audio", "sticker")}


@dataclass(frozen=True, slots=True)
class Method:
    """How one method is called."""

    name: str
    fields: dict[str, tuple[tuple[str, ...], Reader]]
    required: tuple[str, ...]
    returns: Reader

    def read(self, given: dict[str, Any], warn: Warn) -> dict[str, Any]:
        """The parameters, checked.

        Raises ApiError 400. Unknown parameters are warnings.
        """
        values = {}
        for name, value in given.items():
            if value is None:
                continue
            field = self.fields.get(name)
            if field is None:
                if not (isinstance(value, Upload) and _is_attached(name, given)):
                    warn(f"{self.name} has no parameter {name!r}")
                continue
            types, reader = field
            if isinstance(value, str):
                value = _from_text(value, types, name)
            values[name] = reader.read(value, name, warn)
        for name in self.required:
            if values.get(name) is None or (values[name] == "" and name in _MISSING):
                raise bad_request(_MISSING.get(name, f'parameter "{name}" is required'))
        return values


class Schema:
    """All methods (found by lower-case name, as Telegram does) and types."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self.version: str = tables["version"]
        self.types = tables["types"]
        self._readers: dict[str, Reader] = dict(_PLAIN)
        self.methods = {name.lower(): self._method(name, table) for name, table in tables["methods"].items()}

    def _method(self, name: str, table: dict[str, Any]) -> Method:
        fields = {field: (tuple(types), self._one_of(types)) for field, types in table["fields"].items()}
        return Method(name, fields, tuple(table.get("required", ())), self._one_of(table["returns"]))

    def _one_of(self, types: list[str]) -> Reader:
        if types == ["InputFile"]:
            types = ["InputFile", "String"]
        if len(types) > 1 and all(kind.startswith("Array of ") for kind in types):
            return Array(self._one_of([kind.removeprefix("Array of ") for kind in types]))
        if len(types) == 1:
            return self.reader(types[0])
        return OneOf(" or ".join(types), [self.reader(kind) for kind in types])

    def reader(self, kind: str) -> Reader:
        """The reader of a type named as in the documentation, such as "Array of BotCommand"."""
        if kind.startswith("Array of "):
            return Array(self.reader(kind.removeprefix("Array of ")))
        if kind not in self._readers:
            table = self.types[kind]
            if "subtypes" in table:
                union = self._readers[kind] = OneOf(kind)
                union.readers = tuple(self.reader(name) for name in table["subtypes"])
            else:
                made = self._readers[kind] = Object(kind)
                made.fields = {name: self._one_of(types) for name, types in table["fields"].items()}
                made.required = tuple(table.get("required", ()))
                made.constants = table.get("constants", {})
        return self._readers[kind]


@cache
def load() -> Schema:
    """The schema of this folder, read once per process."""
    return Schema(json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8")))
