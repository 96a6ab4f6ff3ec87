"""From what a volunteer has offered, and what a need asks for, to what the solver matches.

Pure: `offer` are the answers of the flow `volunteer`, `need` is what a coordinator or a request for help says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.rules.matching.shifts import Lack, Shift, Span, Volunteer, lacks, merged

HOURS: Final[Mapping[str, tuple[time, time]]] = {
    "morning": (time(6), time(12)),
    "day": (time(12), time(17)),
    "evening": (time(17), time(22)),
    "night": (time(22), time(6)),
}
"""The parts of a day that somebody can have time in, local time; the night ends on the next day."""

OFTEN: Final[Mapping[str, int]] = {"once": 1, "week": 1, "more": 3}
"""How many shifts a week somebody wants; who says "always" takes as many as the municipality gives one person."""

LITTLE: Final = "-little"
"""Behind a language's code: spoken a little. It counts where nobody speaks it well."""

ONESELF: Final = frozenset({Lack.AREA, Lack.TIME})
"""What does not keep anybody from a shift that they choose themselves."""


def willing(
    id: str,
    offer: Mapping[str, Any],
    *,
    beside: Mapping[str, Sequence[str]],
    zone: ZoneInfo,
    window: Span,
    counted: Collection[str],
    cleared: bool = False,
    most: int | None = None,
) -> Volunteer:
    """What the solver knows of a volunteer, for shifts within `window`.

    `beside` are all areas with those beside each; `counted` the skills that count of somebody's own word, or because staff
    have seen proof; `cleared`: every check that the shifts ask for counts today. `most`: so many shifts at most.
    """
    return Volunteer(
        id=id,
        areas=areas_of(offer, beside),
        free=free_times(offer, window, zone),
        languages=frozenset(each.removesuffix(LITTLE) for each in offer.get("languages") or ()),
        skills=frozenset(offer.get("skills") or ()) & frozenset(counted),
        cleared=cleared,
        car=bool(offer.get("car")),
        consent=bool((offer.get("agree") or {}).get("given")) and bool(offer.get("adult")),
        max_shifts=most,
    )


def areas_of(offer: Mapping[str, Any], beside: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Where somebody would go, their own area first. Who named a place outside the list goes everywhere or nowhere."""
    own = (offer.get("where") or {}).get("area")
    if offer.get("far") == "everywhere":
        return (*((own,) if own else ()), *(name for name in beside if name != own))
    if own is None:
        return ()
    return (own, *beside.get(own, ())) if offer.get("far") == "beside" else (own,)


def free_times(offer: Mapping[str, Any], window: Span, zone: ZoneInfo) -> tuple[Span, ...]:
    """When somebody has time within a window: their days of the week, and the parts of the day, in local time."""
    days, hours = set(offer.get("days") or ()), [name for name in HOURS if name in (offer.get("hours") or ())]
    first, last = (moment.astimezone(zone).date() for moment in window)
    found = []
    for day in _days(first - timedelta(days=1), last):
        if str(day.isoweekday()) in days:
            for begins, ends in (HOURS[name] for name in hours):
                after = day + timedelta(days=ends <= begins)
                found.append(tuple(datetime.combine(on, at, zone).astimezone(UTC)
                                   for on, at in ((day, begins), (after, ends))))  # fmt: skip
    return merged((begins, ends) for begins, ends in found)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def a_week(offer: Mapping[str, Any], most: int) -> int:
    """How many shifts a week somebody is given at most; `most` is what the municipality gives one person."""
    return min(OFTEN.get(str(offer.get("often")), most), most)


def wanted(
    id: str, need: Mapping[str, Any], begins: datetime, ends: datetime, *, area: str | None, count: int, priority: int
) -> Shift:
    """What the solver knows of a shift."""
    return Shift(
        id=id, begins=begins, ends=ends, area=area, count=count, priority=priority,
        languages_any=frozenset(need.get("languages_any") or ()), skills_all=frozenset(need.get("skills_all") or ()),
        record_check=bool(need.get("check")), car=bool(need.get("car")),
    )  # fmt: skip


def missing(volunteer: Volunteer, shift: Shift) -> tuple[Lack, ...]:
    """What keeps somebody from a shift that they choose themselves: when and where is then for them to say."""
    return tuple(lack for lack in lacks(volunteer, shift) if lack not in ONESELF)


def rested(shift: Span, others: Iterable[Span], hours: int) -> bool:
    """Whether there are `hours` free between a shift and each of the others."""
    rest = timedelta(hours=hours)
    return all(shift[1] + rest <= begins or ends + rest <= shift[0] for begins, ends in others)


def most_needed(shifts: Sequence[Any]) -> list[Any]:
    """The most urgent first, then those that lack the largest share of their people, then the soonest.

    Each has `need.priority`, `places`, `free` and `starts_at` (`storage.shifts.Shift`).
    """
    return sorted(
        shifts,
        key=lambda each: (each.need.priority, -each.free / max(1, each.places), each.starts_at, each.id),
    )
