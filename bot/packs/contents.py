"""What stands in a pack, whatever its parts: texts residents see, what is not filled in, what nobody has checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from pydantic.fields import FieldInfo

from bot.i18n import Text, _
from bot.packs.load import MAIN, PACKS, PARTS, SHARED, USUAL, files_of, installed, load_municipality
from bot.packs.model import Municipality, Network, PackModel, Room, Sourced, Where
from bot.packs.model.base import SHOWN
from bot.packs.model.municipality import Unnamed


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a pack: the way to it, and how a person would name it ("roles: coach")."""

    where: Where
    label: str
    model: PackModel


@dataclass(frozen=True, slots=True)
class Gap:
    """A field of something that the municipality has not filled in; `why` says what it is for."""

    entry: Entry
    field: str
    why: Text


def entries(pack: PackModel) -> Iterator[Entry]:
    """Everything a pack holds, from the municipality itself down."""
    return _inside(Entry((), "", pack))


def _inside(entry: Entry) -> Iterator[Entry]:
    yield entry
    for name in type(entry.model).model_fields:
        value = getattr(entry.model, name)
        if isinstance(value, PackModel):
            label = _label(entry.label, "" if not entry.where and name in PARTS else name)
            yield from _inside(Entry((*entry.where, name), label, value))
        elif isinstance(value, tuple | Mapping):
            for at, each in value.items() if isinstance(value, Mapping) else enumerate(value):
                if isinstance(each, PackModel):
                    label = _label(entry.label, f"{name}: {_name(each, at)}")
                    yield from _inside(Entry((*entry.where, name, at), label, each))


def _label(before: str, name: str) -> str:
    return f"{before}, {name}" if before and name else before or name


def _name(model: PackModel, at: int | str) -> str:
    """How a person finds it: by its id or name, its key in the file, or as the how-manyth of a list."""
    by_itself = getattr(model, "id", "") or getattr(model, "name", "")
    return str(by_itself or (at + 1 if isinstance(at, int) else at))


def shown(pack: PackModel) -> Iterator[tuple[Where, str, str]]:
    """Every Swedish text that residents see: the way to it, what it is ("roles: coach, title"), the words."""
    for entry in entries(pack):
        for name, field in type(entry.model).model_fields.items():
            if _is_shown(field):
                value = getattr(entry.model, name)
                for words in (value,) if isinstance(value, str) else value or ():
                    if words:
                        yield (*entry.where, name), _label(entry.label, name), words


def _is_shown(field: FieldInfo) -> bool:
    inside = (mark for each in get_args(field.annotation) for mark in getattr(each, "__metadata__", ()))
    return SHOWN in (*field.metadata, *inside)


def gaps(pack: PackModel) -> Iterator[Gap]:
    """What residents will be told to ask the municipality for."""
    for entry in entries(pack):
        if isinstance(entry.model, Unnamed):
            yield Gap(entry, "name", _("What these areas are called. List them under areas."))
        if isinstance(entry.model, Network) and entry.model.unnamed:
            yield Gap(
                entry,
                "groups",
                _("What these are called, for which areas, and how each is reached. Some are not named."),
            )
        if isinstance(entry.model, Room) and entry.model.example:
            yield Gap(entry, "example", _("It is made up. Put in a room that there is."))
        for name, field in type(entry.model).model_fields.items():
            why = _why(field)
            if why is not None and getattr(entry.model, name) in ("", (), None):
                yield Gap(entry, name, why)


def awaits(model: PackModel) -> int:
    """How many fields of one thing the municipality has to fill in, filled or not."""
    fields = type(model).model_fields.values()
    return sum(_why(field) is not None for field in fields) + (
        isinstance(model, Unnamed)
        or (isinstance(model, Network) and model.count is not None)
        or (isinstance(model, Room) and model.example)
    )


def _why(field: FieldInfo) -> Text | None:
    extra: Any = field.json_schema_extra
    return extra["awaited"] if isinstance(extra, Mapping) and "awaited" in extra else None


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something staff should see to, so that the bot can say it for sure. `file` is where; `what` what to do there."""

    kind: Literal["fill", "check"]
    file: str
    label: str
    what: Text
    owner: str = ""
    checked_on: date | None = None


def to_do(municipality: Municipality, today: date) -> list[ToDo]:
    """What to check, the longest unchecked first, and then what to fill in."""
    check = [
        ToDo("check", file_of(entry.where), entry.label, _checking(entry.model), entry.model.owner,
             entry.model.checked_on)
        for entry in entries(municipality)
        if isinstance(entry.model, Sourced) and not entry.model.is_current(today)
    ]  # fmt: skip
    fill = [
        ToDo("fill", file_of(gap.entry.where), _label(gap.entry.label, gap.field), gap.why)
        for gap in gaps(municipality)
    ]
    return [*sorted(check, key=lambda each: each.checked_on or date.min), *fill]


def _checking(model: Sourced) -> Text:
    if model.checked_on is not None:
        return _("Was last checked on {day}. Is it still right?", day=model.checked_on)
    if model.source and model.year:
        return _("Comes from {source}, of {year}. Is it right today?", source=model.source, year=str(model.year))
    return _("Nobody has checked this yet. Is it right?")


def file_of(where: Where) -> str:
    """The file of a pack in which a field stands."""
    part = str(where[0]) if where else ""
    return f"{part}.yaml" if part in (*PARTS, *SHARED) else USUAL.get(part, MAIN)


def texts() -> Iterator[tuple[str, str, str]]:
    """Every text of the installed packs for `python -m bot.i18n`: the Swedish words, what they are, the file they stand
    in. What is shared comes once."""
    yield from dict.fromkeys(_every_text())


def _every_text() -> Iterator[tuple[str, str, str]]:
    for _where, label, words in shown(Municipality(id="", name="-", languages=("sv",))):  # what a bare pack still says
        yield words, label, "bot/packs/model/contacts.py"
    for pack in installed():
        municipality = load_municipality(pack)
        files = files_of(PACKS / pack)
        for where, label, words in shown(municipality):
            place = files.get(str(where[0]), PACKS / pack / MAIN)
            yield words, label, place.relative_to(PACKS.parent).as_posix()
