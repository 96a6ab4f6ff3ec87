"""Rooms to borrow and hire: what `premises.yaml` holds (domain.md 2.1 and 2.3, 4.1).

No price stands here but its group's name; what a group costs is the municipality's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from bot.i18n import _
from bot.packs.model.base import PackModel, Shown, Sourced, awaited

Use = Literal["room", "hall", "stage", "workshop", "outdoors"]
Equipment = Literal["projector", "sound", "whiteboard", "wifi", "piano", "mirror", "workbench", "storage", "tables"]
Accessibility = Literal["step_free", "toilet", "hearing_loop", "parking", "automatic_door", "guide_signs"]

FREE = "free"
"""The price group of rooms that cost nothing. Other groups have the municipality's own names."""

DAY_MIN = 24 * 60


class Opening(PackModel):
    """Open from `opens` to `closes` on ISO weekdays, local time. Closing at or before opening is the day after."""

    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    opens: time
    closes: time

    @field_validator("days")
    @classmethod
    def _weekdays(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if not days or any(not 1 <= day <= 7 for day in days):
            raise ValueError("days are ISO weekdays, 1 (Monday) to 7 (Sunday), at least one")
        return days

    @property
    def minutes(self) -> tuple[int, int]:
        """From and to, in minutes after midnight of the day it opens."""
        opens, closes = _minute(self.opens), _minute(self.closes)
        return opens, closes if closes > opens else closes + DAY_MIN


class Closed(PackModel):
    """Days when a room is closed although it is otherwise open: the first, the last, and why."""

    first: date
    last: date
    why: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Closed:
        if self.last < self.first:
            raise ValueError(f"last ({self.last}) lies before first ({self.first}); turn them round")
        return self


class Rules(PackModel):
    """What one may do there. None: ask the municipality."""

    food: bool | None = None
    music: bool | None = Field(default=None, description="whether it may be loud")
    alcohol: bool | None = None
    more: Shown = Field(default="", description="other rules, in Swedish, a sentence or two")


class Lender(PackModel):
    """Who lends the room. An association is as good as the municipality. `approval` says who answers a request.

    `automatic`: a free time is booked at once. `owner`: a letter to `email`, or to the municipality when it is empty.
    """

    name: str = ""
    kind: Literal["municipality", "association"] = "municipality"
    email: str = awaited(_("Where requests for the room go. Without it the municipality answers them."))
    approval: Literal["automatic", "owner"] = "owner"
    answer_days: int = Field(default=3, ge=1, le=30, description="working days until a request is answered")


class Room(Sourced):
    """One room, or a part of one. `parts` are the ids of the rooms it consists of: who books it books them too.

    `buffer_min` stays free after each booking. Where `capacity` or `opening` is not known, the lender is asked.
    """

    id: str
    name: str
    example: bool = Field(default=False, description="made up, to show how it works; shown as an example")
    use: tuple[Use, ...] = ("room",)
    area: str
    address: str = ""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    capacity: Annotated[int, Field(ge=1)] | None = awaited(_("The most people who may be there."), None)
    kitchen: bool = False
    equipment: tuple[Equipment, ...] = ()
    accessibility: tuple[Accessibility, ...] = ()
    price_group: str = awaited(_("“free”, or the name of the municipality's own price group."))
    key: Shown = awaited(_("How one gets in."))
    rules: Rules = Rules()
    opening: tuple[Opening, ...] = awaited(_("When it is open. Without it the lender is asked each time."), ())
    open_on_holidays: bool = False
    closed: tuple[Closed, ...] = ()
    buffer_min: int = Field(default=0, ge=0, le=DAY_MIN)
    parts: tuple[str, ...] = ()
    lender: Lender = Lender()

    @field_validator("id")
    @classmethod
    def _short(cls, id: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,15}", id):
            raise ValueError(f'"{id}" is no id; write at most 16 of a-z, 0-9 and -, for example gula-salen')
        return id

    @model_validator(mode="after")
    def _known_enough(self) -> Room:
        if self.lender.approval == "automatic" and not (self.opening and self.capacity):
            raise ValueError("approval automatic needs opening and capacity; fill them in, or write approval: owner")
        return self

    @property
    def has_hours(self) -> bool:
        return bool(self.opening)

    @cached_property
    def offers(self) -> frozenset[str]:
        """Everything that can be wished for in it."""
        return frozenset((*self.use, *self.equipment, *(("kitchen",) if self.kitchen else ())))

    def open_minutes(self, weekday: int) -> tuple[tuple[int, int], ...]:
        """When it is open on an ISO weekday, in minutes after its midnight; what touches is one."""
        return self._week[weekday]

    @cached_property
    def _week(self) -> Mapping[int, tuple[tuple[int, int], ...]]:
        return {weekday: self._open_on(weekday) for weekday in range(1, 8)}

    def _open_on(self, weekday: int) -> tuple[tuple[int, int], ...]:
        merged: list[tuple[int, int]] = []
        for opens, closes in sorted(each.minutes for each in self.opening if weekday in each.days):
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
            else:
                merged.append((opens, closes))
        return tuple(merged)


def room_problems(rooms: Sequence[Room], areas: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """What only all rooms together can get wrong: the room's place in the list, the field, and what to mend."""
    by_id: dict[str, Room] = {}
    known = frozenset(areas)
    for at, room in enumerate(rooms):
        if room.id in by_id:
            yield at, "id", f'another room has the id "{room.id}" too; give one of them another'
        if room.area not in known:
            named = ", ".join(sorted(known))
            yield at, "area", f'"{room.area}" is no area of municipality.yaml; write one of: {named}'
        by_id.setdefault(room.id, room)
    for at, room in enumerate(rooms):
        for part in room.parts:
            if part not in by_id:
                yield at, "parts", f'"{part}" is the id of no room; add that room, or take the part away'
        if room.id in _below(room, by_id, frozenset()):
            yield at, "parts", f'"{room.id}" is a part of itself; mend its parts'


def units(room: Room, rooms: Mapping[str, Room]) -> frozenset[str]:
    """The ids of the smallest parts a room consists of; a room without parts is one itself.

    Two rooms exclude each other exactly when they share a unit.
    """
    if not room.parts:
        return frozenset((room.id,))
    return frozenset(unit for part in room.parts for unit in units(rooms[part], rooms))


def _below(room: Room, rooms: Mapping[str, Room], seen: frozenset[str]) -> frozenset[str]:
    for part in room.parts:
        if part not in seen:
            seen |= {part}
            seen |= _below(rooms[part], rooms, seen) if part in rooms else frozenset()
    return seen


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
