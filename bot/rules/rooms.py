"""Finding a room: which ones fit a wish, how near the others come, and what would have to give. Pure.

Whose a room is plays no part. A price or a ramp that nobody has told of is never taken for a yes. Where size or hours are
not known the room may still fit, after those that surely do: its lender is asked.
Times are counted in quarters of an hour since 1970 (UTC), so that changes of the clock neither lose nor double one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.rules.calendar import is_working_day
from bot.rules.places import km_between

QUARTER_S = 15 * 60

NEAR_KM = 8.0
"""So near a point (as the crow flies) a room is "near me"."""


class _Span(Protocol):
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


class Room(Protocol):
    """What the search looks at; `bot.packs.model.Room` is one."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def example(self) -> bool: ...
    @property
    def area(self) -> str: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...
    @property
    def capacity(self) -> int | None: ...
    @property
    def has_hours(self) -> bool: ...
    @property
    def offers(self) -> frozenset[str]: ...
    @property
    def accessibility(self) -> tuple[str, ...]: ...
    @property
    def price_group(self) -> str: ...
    @property
    def open_on_holidays(self) -> bool: ...
    @property
    def closed(self) -> Sequence[_Span]: ...
    @property
    def buffer_min(self) -> int: ...
    def open_minutes(self, weekday: int) -> tuple[tuple[int, int], ...]: ...


_R = TypeVar("_R", bound=Room)


class Area(Protocol):
    """A part of the municipality; `bot.packs.model.Area` is one."""

    @property
    def name(self) -> str: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...
    @property
    def neighbours(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Times:
    """One time or several, each aware, in the municipality's zone, begin before end."""

    each: tuple[tuple[datetime, datetime], ...]

    @property
    def quarters(self) -> tuple[tuple[int, int], ...]:
        """First quarter and the one after the last, for each time. A quarter begun is a quarter taken."""
        return tuple(quarters(begins, ends) for begins, ends in self.each)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. Whatever is None or empty does not matter to them."""

    people: int | None = None
    times: Times | None = None
    area: str | None = None
    point: tuple[float, float] | None = None
    offers: frozenset[str] = frozenset()
    accessibility: frozenset[str] = frozenset()
    price_group: str | None = None


Busy = Mapping[str, Mapping[int, int]]
"""By unit, and by the number of a wanted time: the first quarter from its beginning on that is taken."""


class Lacks(StrEnum):
    """What may keep a room from fitting, the easiest to give way in first."""

    PLACE = "place"
    PRICE = "price"
    OFFERS = "offers"
    TIME = "time"
    PEOPLE = "people"
    ACCESSIBILITY = "accessibility"


@dataclass(frozen=True, slots=True)
class Found:
    """How a room answers to a wish. It fits when it lacks nothing.

    `km` is the way from where it was wanted, None when nobody can tell; `next_to` is set for a neighbouring area.
    `busy` and `shut` are the numbers of the wanted times when it is taken, or closed.
    """

    room: Room
    lacks: tuple[Lacks, ...]
    km: float | None = None
    next_to: bool = False
    missing: frozenset[str] = frozenset()
    busy: tuple[int, ...] = ()
    shut: tuple[int, ...] = ()

    @property
    def clashes(self) -> tuple[int, ...]:
        return tuple(sorted((*self.busy, *self.shut)))


@dataclass(frozen=True, slots=True)
class Answer:
    """`fits` fit in everything. `partly` fit but for some of several times. `near` are the nearest misses.

    All are in order, the best first. `relax` says how many rooms would fit if one kind of wish were given up.
    """

    fits: tuple[Found, ...]
    partly: tuple[Found, ...]
    near: tuple[Found, ...]
    relax: Mapping[Lacks, int] = field(default_factory=dict)


def quarters(begins: datetime, ends: datetime) -> tuple[int, int]:
    """The first quarter of a time, and the one after its last."""
    return int(begins.timestamp() // QUARTER_S), -int(-ends.timestamp() // QUARTER_S)


def buffer_quarters(room: Room) -> int:
    """So many quarters stay free after a booking of the room."""
    return -(-room.buffer_min // 15)


def series(days: Iterable[date], begins: time, ends: time, zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
    """The same hours by the clock on the wall on several days; an end at or before the beginning is the day after."""
    return tuple(
        (
            datetime.combine(day, begins, zone),
            datetime.combine(day if ends > begins else day + timedelta(days=1), ends, zone),
        )
        for day in days
    )


def search(
    rooms: Iterable[Room], wanted: Wanted, busy: Busy, areas: Sequence[Area], units: Mapping[str, Collection[str]]
) -> Answer:
    """Every room weighed against the wish, in order."""
    where = _place(wanted, areas)
    open_at = _open_at(wanted.times)
    spans = wanted.times.quarters if wanted.times else ()
    found = [_weigh(room, wanted, busy, units[room.id], spans, where, open_at) for room in rooms]
    fits = sorted((each for each in found if not each.lacks), key=lambda each: _order(each, wanted))
    partly = sorted(
        (each for each in found if each.lacks == (Lacks.TIME,) and len(each.clashes) * 2 < len(spans)),
        key=lambda each: (len(each.clashes), _order(each, wanted)),
    )
    near: list[Found] = []
    relax: dict[Lacks, int] = {}
    if not fits:
        near = sorted(
            (each for each in found if each.lacks), key=lambda each: (_farness(each, wanted), _order(each, wanted))
        )
        for each in found:
            if len(each.lacks) == 1:
                relax[each.lacks[0]] = relax.get(each.lacks[0], 0) + 1
    return Answer(tuple(fits), tuple(partly), tuple(near), relax)


def promising(rooms: Iterable[_R], wanted: Wanted, areas: Sequence[Area]) -> tuple[_R, ...]:
    """Rooms that `search` could find fit, or partly fit, if nobody had booked them: whose bookings are worth reading."""
    there, shut = _place(wanted, areas), _open_at(wanted.times)
    several = max(1, len(wanted.times.each)) if wanted.times else 1
    return tuple(
        room
        for room in rooms
        if (wanted.people is None or room.capacity is None or wanted.people <= room.capacity)
        and (wanted.price_group is None or room.price_group == wanted.price_group)
        and wanted.offers <= room.offers
        and wanted.accessibility.issubset(room.accessibility)
        and there(room)[0]
        and len(shut(room)) * 2 < several
    )


def free_starts(
    room: Room, begins: datetime, ends: datetime, taken: Collection[int], *, step_min: int = 30
) -> tuple[datetime, ...]:
    """Other beginnings on the same day when the room is open and free for as long, the nearest first.

    `taken` are quarters of that day that are taken in any part of the room.
    """
    if (not room.open_on_holidays and not is_working_day(begins.date())) or _is_closed(room, begins.date()):
        return ()
    length, own = ends - begins, begins.hour * 60 + begins.minute
    length_min = int(length.total_seconds() // 60)
    midnight = datetime.combine(begins.date(), time(), begins.tzinfo)
    found = []
    for opens, closes in room.open_minutes(begins.isoweekday()):
        at = -(-opens // step_min) * step_min
        while at + length_min <= closes:
            start = midnight + timedelta(minutes=at)  # by the clock on the wall
            first, after = quarters(start, start + length)
            if at != own and not any(quarter in taken for quarter in range(first, after + buffer_quarters(room))):
                found.append((abs(at - own), at, start))
            at += step_min
    return tuple(start for _far, _at, start in sorted(found))


_Where = Callable[[Room], tuple[bool, float | None, bool]]
"""Whether a room lies where it was wanted, how many kilometres away, and whether only next to it."""


def _place(wanted: Wanted, areas: Sequence[Area]) -> _Where:
    by_name = {area.name: area for area in areas}
    area = by_name.get(wanted.area or "")
    centre = wanted.point or _centre(area)

    def away(room: Room) -> float | None:
        if centre is None:
            return None
        if room.latitude is not None and room.longitude is not None:
            return km_between(centre, (room.latitude, room.longitude))
        own = _centre(by_name.get(room.area))
        return km_between(centre, own) if own else None

    def near_point(room: Room) -> tuple[bool, float | None, bool]:
        km = away(room)
        return (km is not None and km <= NEAR_KM) or (area is not None and room.area == area.name), km, False

    def in_area(room: Room) -> tuple[bool, float | None, bool]:
        assert area is not None
        next_to = room.area != area.name
        return not next_to or room.area in area.neighbours, away(room), next_to

    if wanted.point is not None:
        return near_point
    if area is None or (centre is None and not area.neighbours):
        return lambda room: (True, None, False)  # an area without centre and neighbours is all of the municipality
    return in_area


def _centre(area: Area | None) -> tuple[float, float] | None:
    if area is None or area.latitude is None or area.longitude is None:
        return None
    return area.latitude, area.longitude


_Open = Callable[[Room], tuple[int, ...]]


def _open_at(times: Times | None) -> _Open:
    """Tells which of the times a room is closed at. What does not depend on the room is worked out once."""
    if times is None:
        return lambda room: ()
    asked = [
        (number, begins.date(), begins.isoweekday(), not is_working_day(begins.date()), *_minutes(begins, ends))
        for number, (begins, ends) in enumerate(times.each)
    ]

    weekdays = {each[2] for each in asked}

    def shut(room: Room) -> tuple[int, ...]:
        if not room.has_hours:
            return tuple(number for number, day, *_rest in asked if _is_closed(room, day))
        spans = {weekday: room.open_minutes(weekday) for weekday in weekdays}
        return tuple(
            number
            for number, day, weekday, holiday, first, last in asked
            if (holiday and not room.open_on_holidays)
            or not any(opens <= first and last <= closes for opens, closes in spans[weekday])
            or _is_closed(room, day)
        )

    return shut


def _minutes(begins: datetime, ends: datetime) -> tuple[int, int]:
    """Beginning and end in minutes after midnight of the first day, by the clock on the wall."""
    first = begins.hour * 60 + begins.minute
    return first, (ends.date() - begins.date()).days * 24 * 60 + ends.hour * 60 + ends.minute


def _is_closed(room: Room, day: date) -> bool:
    return any(span.first <= day <= span.last for span in room.closed)


def _weigh(
    room: Room, wanted: Wanted, busy: Busy, units: Collection[str], spans: Sequence[tuple[int, int]], where: _Where,
    open_at: _Open,
) -> Found:  # fmt: skip
    lacks: list[Lacks] = []
    there, km, next_to = where(room)
    if not there:
        lacks.append(Lacks.PLACE)
    if wanted.price_group is not None and room.price_group != wanted.price_group:
        lacks.append(Lacks.PRICE)
    missing = (wanted.offers - room.offers) | wanted.accessibility.difference(room.accessibility)
    if wanted.offers & missing:
        lacks.append(Lacks.OFFERS)
    shut = open_at(room) if spans else ()
    taken = _taken(units, busy, spans, buffer_quarters(room)) if busy else ()
    if shut or taken:
        lacks.append(Lacks.TIME)
    if wanted.people is not None and room.capacity is not None and wanted.people > room.capacity:
        lacks.append(Lacks.PEOPLE)
    if wanted.accessibility & missing:
        lacks.append(Lacks.ACCESSIBILITY)
    return Found(room, tuple(lacks), km, next_to, missing, taken, tuple(each for each in shut if each not in taken))


def _taken(units: Collection[str], busy: Busy, spans: Sequence[tuple[int, int]], buffer: int) -> tuple[int, ...]:
    numbers = {
        number
        for unit in units
        for number, quarter in busy.get(unit, {}).items()
        if quarter < spans[number][1] + buffer
    }
    return tuple(sorted(numbers))


def _order(found: Found, wanted: Wanted) -> tuple[bool, bool, bool, int, bool, float, int, str]:
    """What comes first: real before made up, known before to be asked, here before next door, about the right size, a
    known price, the nearest."""
    room = found.room
    capacity = room.capacity or 0
    to_ask = not room.has_hours or not capacity
    size = capacity / max(1, wanted.people) if wanted.people else 1.0
    far_too_large = 0 if size <= 2 else 1 if size <= 4 else 2
    km = found.km if found.km is not None else math.inf
    return (room.example, to_ask, found.next_to, far_too_large, not room.price_group, round(km, 1), capacity, room.id)


def _farness(found: Found, wanted: Wanted) -> tuple[int, int, int]:
    """How much would have to give: how many kinds of wishes, the weightiest among them, how many people too many."""
    too_many = max(0, (wanted.people or 0) - (found.room.capacity or 0))
    return len(found.lacks), max(_WEIGHT[kind] for kind in found.lacks), too_many


_WEIGHT = {kind: place for place, kind in enumerate(Lacks)}
