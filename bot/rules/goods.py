"""Which thing goes to whom, and in which order a driver fetches and brings them (publication 2.1, Dragkrokslubben).

Pure: days, hours and a map of the areas are handed in. Minutes are counted from midnight, distances are in kilometres.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from bot.rules.places import km_between
from bot.rules.spelling import bare

PARTS: Final[Mapping[str, tuple[int, int]]] = {
    "morning": (8 * 60, 12 * 60),
    "day": (12 * 60, 17 * 60),
    "evening": (17 * 60, 20 * 60),
}
"""The parts of a day at which somebody is at home or drives."""

UNITS: Final[Mapping[str, int]] = {"one": 1, "two": 2, "van": 4}
"""How much room a thing takes: carried by one, carried by two, needs a van."""

ROOM: Final[Mapping[str, int]] = {"car": 2, "trailer": 4, "van": 8}
LARGEST: Final[Mapping[str, int]] = {"car": 1, "trailer": 2, "van": 4}
"""How much a car takes in all, and how large one thing in it may be, in `UNITS`."""

ROAD: Final = 1.3
"""How much longer a road is than the straight line, roughly."""

INSIDE_KM, BESIDE_KM, FAR_KM = 2.0, 8.0, 15.0
"""Between two addresses of one area, and, where no middle of the areas is known, of areas beside each other, or not."""

MINUTES_A_KM: Final = 1.5
AT_A_STOP: Final = 15
"""Minutes: for a kilometre, 40 an hour, and for carrying at a stop."""

AT_ONCE: Final = 6
"""So many things are planned for one run at most: the search is exact, and a car is full by then."""


# --- what goes to whom ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Posted:
    """An item, or a need. `days` are 1 (Monday) to 7; `kinds` were found in its words by `kinds_in`."""

    id: int
    what: str
    kinds: frozenset[str]
    area: str | None
    days: frozenset[str]
    hours: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """Why an item may be what somebody needs. `kind` is the id of a kind, or else `word` is in both.

    `near` is "same", "beside", "far", or "unknown" where an area is not known. `days` suit both.
    """

    item: int
    need: int
    kind: str
    word: str
    near: str
    days: tuple[str, ...]


_NEAREST: Final = ("same", "beside", "unknown", "far")


def kinds_in(what: str, words: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The kinds that are named, each given by its words; a word counts at the end of a longer one too ("hörnsoffa" is a sofa)."""
    said = bare(what)
    plain = f" {said} "
    whole = {id for id, names in words.items() if any(f" {bare(name)} " in plain for name in names)}
    if whole:
        return frozenset(whole)
    return frozenset(
        id for id, names in words.items() if any(len(bare(name)) > 3 and f"{bare(name)} " in plain for name in names)
    )


def fit(item: Posted, need: Posted, beside: Mapping[str, Collection[str]]) -> Fit | None:
    """Why the item may be what is needed; None where it is something else, or no day suits both."""
    days = tuple(sorted(item.days & need.days))
    kind = min(item.kinds & need.kinds, default="")
    word = "" if kind or (item.kinds and need.kinds) else min(_words(item.what) & _words(need.what), default="")
    if not days or not (kind or word):
        return None
    return Fit(item.id, need.id, kind, word, nearness(item.area, need.area, beside), days)


def suggested(
    items: Sequence[Posted],
    needs: Sequence[Posted],
    beside: Mapping[str, Collection[str]],
    never: Collection[tuple[int, int]] = (),
) -> list[Fit]:
    """For each need, who has waited longest first, the item that fits it best: its kind before a word, near before far,
    the oldest. Both lists begin with the oldest; no item is suggested twice, and none of the pairs of `never`."""
    free, found = list(items), list[Fit]()
    for need in needs:
        fits = [each for item in free if (item.id, need.id) not in never and (each := fit(item, need, beside))]
        best = min(fits, key=lambda each: (not each.kind, _NEAREST.index(each.near)), default=None)
        if best is not None:
            found.append(best)
            free = [item for item in free if item.id != best.item]
    return found


def nearness(one: str | None, other: str | None, beside: Mapping[str, Collection[str]]) -> str:
    """How far two areas are from each other, in one of four words."""
    if not one or not other:
        return "unknown"
    if one == other:
        return "same"
    return "beside" if other in beside.get(one, ()) or one in beside.get(other, ()) else "far"


def _words(what: str) -> set[str]:
    return {word for word in bare(what).split() if len(word) > 3}


# --- the route ------------------------------------------------------------------------------------------------------------

Window = tuple[int, int]
_Way = tuple[float, int, tuple["Visit", ...]]
"""Kilometres so far, the minute it is then, and the stops made."""
Do = Literal["fetch", "bring"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Somewhere in an area (None: not known) to come to, at a time in one of its windows. `at_home`: the driver has the
    thing already, from a time when it could not be brought."""

    area: str | None
    windows: tuple[Window, ...]
    minutes: int = AT_A_STOP
    at_home: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """One thing to fetch and bring. `size` is one of `UNITS`."""

    id: int
    size: str
    fetch: Stop
    bring: Stop


@dataclass(frozen=True, slots=True)
class Driver:
    """Who drives: from an area and back to it, at these times. `takes` is one of `ROOM`."""

    area: str | None
    windows: tuple[Window, ...]
    takes: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop of a route, and when the driver is there."""

    load: int
    do: Do
    at: int


@dataclass(frozen=True, slots=True)
class Route:
    """What one run does, in order, and how far it is. `left` are the loads it does not take, each with the reason:
    "size", "fetch" or "bring" (the times of that stop and the driver's do not meet), "order" (not both in time), "full"."""

    visits: tuple[Visit, ...] = ()
    km: float = 0.0
    left: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Map:
    """Where the areas are: their middles (latitude and longitude) as far as they are known, and which lie beside each other."""

    middles: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    beside: Mapping[str, Collection[str]] = field(default_factory=dict)

    def km(self, one: str | None, other: str | None) -> float:
        """About how far it is by road."""
        near = nearness(one, other, self.beside)
        if near == "same":
            return INSIDE_KM
        here, there = self.middles.get(one or ""), self.middles.get(other or "")
        if here is not None and there is not None:
            return max(INSIDE_KM, ROAD * km_between(here, there))
        return BESIDE_KM if near == "beside" else FAR_KM


def windows(days: Iterable[str], hours: Iterable[str], day: date) -> tuple[Window, ...]:
    """When somebody with these weekdays and parts of the day is there on one day."""
    if str(day.isoweekday()) not in set(days):
        return ()
    asked = set(hours)
    return tuple(window for name, window in PARTS.items() if name in asked)


def planned(driver: Driver, loads: Sequence[Load], map: Map) -> Route:
    """The best run: as many things as can be, then the fewest kilometres, then the earliest end. Exact for what it looks at,
    the first `AT_ONCE` of `loads` (so hand in those first who have waited longest) that this driver can take at all."""
    left: dict[int, str] = {}
    able: list[Load] = []
    for load in loads:
        reason = _alone(driver, load, map)
        if reason:
            left[load.id] = reason
        elif len(able) == AT_ONCE:
            left[load.id] = "full"
        else:
            able.append(load)
    visits, km = _best(driver, able, map)
    taken = {each.load for each in visits}
    left |= {load.id: "full" for load in able if load.id not in taken}
    return Route(visits, km, left)


def _alone(driver: Driver, load: Load, map: Map) -> str:
    """Why a driver cannot take a thing even when there is no other; "" when they can."""
    if UNITS[load.size] > LARGEST[driver.takes]:
        return "size"
    for name, stop in (("fetch", load.fetch), ("bring", load.bring)):
        if not _shared(stop.windows, driver.windows):
            return name
    return "" if _best(driver, (load,), map)[0] else "order"


def _shared(one: Sequence[Window], other: Sequence[Window]) -> tuple[Window, ...]:
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted((begins, ends) for begins, ends in both if begins < ends))


def minutes_for(km: float) -> int:
    """How long a way takes, rounded up."""
    return math.ceil(km * MINUTES_A_KM)


def _from(at: int, shared: Sequence[Window]) -> int | None:
    """The first moment from `at` on that lies in one of the windows, before its end; None when they are over."""
    return next((max(at, begins) for begins, ends in shared if at < ends), None)


def _best(driver: Driver, loads: Sequence[Load], map: Map) -> tuple[tuple[Visit, ...], float]:
    """The best order, by going through all of them in layers: what is waiting, in the car and brought, and where the driver
    stands. Of two ways to the same state the one that is both longer and later is dropped."""
    stops: dict[tuple[int, Do], tuple[Stop, tuple[Window, ...]]] = {}
    for at, load in enumerate(loads):
        stops[at, "fetch"] = (load.fetch, _shared(load.fetch.windows, driver.windows))
        stops[at, "bring"] = (load.bring, _shared(load.bring.windows, driver.windows))
    begins = min((begins for begins, _ends in driver.windows), default=0)
    start = (0,) * len(loads)
    layer: dict[Any, list[_Way]] = {(start, None): [(0.0, begins, ())]}
    best: tuple[Any, tuple[Visit, ...], float] | None = None
    while layer:
        following: dict[Any, list[_Way]] = {}
        for (status, last), labels in layer.items():
            here = driver.area if last is None else stops[last][0].area
            if 1 not in status:
                home = 0.0 if last is None else map.km(here, driver.area)
                for km, time, visits in labels:
                    rank = (-status.count(2), km + home, time)
                    if best is None or rank < best[0]:
                        best = (rank, visits, km + home)
            aboard = sum(UNITS[load.size] for load, each in zip(loads, status, strict=True) if each == 1)
            for at, load in enumerate(loads):
                if status[at] == 2 or (status[at] == 0 and aboard + UNITS[load.size] > ROOM[driver.takes]):
                    continue
                do: Do = "fetch" if status[at] == 0 else "bring"
                stop, open_at = stops[at, do]
                way = 0.0 if stop.at_home and last is None else map.km(here, stop.area)
                key = ((*status[:at], status[at] + 1, *status[at + 1 :]), (at, do))
                for km, time, visits in labels:
                    there = _from(time + minutes_for(way), open_at)
                    if there is not None:
                        visit = Visit(load.id, do, there)
                        _keep(following.setdefault(key, []), (km + way, there + stop.minutes, (*visits, visit)))
        layer = following
    assert best is not None
    return best[1], best[2]


def _keep(labels: list[_Way], new: _Way) -> None:
    if any(km <= new[0] and time <= new[1] for km, time, _visits in labels):
        return
    labels[:] = [each for each in labels if not (new[0] <= each[0] and new[1] <= each[1])]
    labels.append(new)
