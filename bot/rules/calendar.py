"""Swedish working days."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

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
