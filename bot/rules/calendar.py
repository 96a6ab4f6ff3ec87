"""Swedish working days, and the hours somebody works on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from dateutil.easter import easter


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """Public holidays of a year, with the eves when offices are closed.

    Source: Act 1989:253 on public holidays; Midsummer's, Christmas and New Year's Eve as offices keep them.
    """
    sunday = easter(year)
    midsummer_eve = next(day for day in (date(year, 6, 19) + timedelta(days=n) for n in range(7)) if day.weekday() == 4)
    all_saints = next(day for day in (date(year, 10, 31) + timedelta(days=n) for n in range(7)) if day.weekday() == 5)
    fixed = ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31))
    return frozenset(
        {date(year, month, day) for month, day in fixed}
        | {sunday + timedelta(days=days) for days in (-2, 0, 1, 39, 49)}
        | {midsummer_eve, midsummer_eve + timedelta(days=1), all_saints}
    )


def is_working_day(day: date) -> bool:
    """Not a public holiday. Which weekdays an office works is its pack's to say."""
    return day not in holidays(day.year)


class Hours(Protocol):
    """When somebody works: `days` as ISO weekdays (1 is Monday), from `opens` to `closes`, local time."""

    @property
    def days(self) -> tuple[int, ...]: ...
    @property
    def opens(self) -> time: ...
    @property
    def closes(self) -> time: ...


def works(hours: Hours, day: date) -> bool:
    """Whether somebody with these hours works on a day."""
    return day.isoweekday() in hours.days and is_working_day(day)


def is_open(hours: Hours, at: datetime, zone: ZoneInfo) -> bool:
    """Whether somebody with these hours works at a moment."""
    local = at.astimezone(zone)
    return works(hours, local.date()) and hours.opens <= local.time() < hours.closes


def openings(hours: Hours, since: datetime, zone: ZoneInfo, *, days: int = 400) -> Iterator[tuple[datetime, datetime]]:
    """The spans of work from a moment on, in UTC; the first begins then, when it is under way."""
    first = since.astimezone(zone).date()
    for day in (first + timedelta(days=number) for number in range(days)):
        if works(hours, day):
            begins, ends = (datetime.combine(day, at, zone).astimezone(UTC) for at in (hours.opens, hours.closes))
            if ends > since:
                yield max(begins, since.astimezone(UTC)), ends


def after_open(hours: Hours, since: datetime, zone: ZoneInfo, open_for: timedelta) -> datetime:
    """When somebody with these hours will have worked so long since a moment, in UTC; after a year at the latest."""
    left, at = open_for, since.astimezone(UTC)
    for begins, ends in openings(hours, since, zone):
        at = min(ends, begins + left)
        left -= at - begins
        if not left:
            break
    return at
