"""When a partnership is followed up: pure days (publication 1.2: usually three years, follow-up at least twice a year)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

MONTHS = 12


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day(start: date, years: int) -> date:
    """The last day of an agreement that begins on `start` and holds for so many years."""
    return months_later(start, MONTHS * years) - timedelta(days=1)


def follow_up_days(start: date, years: int, per_year: int) -> tuple[date, ...]:
    """The days by which it is followed up, evenly through each of its years; the last of a year on that year's last day.

    Every one of its years, counted from `start`, holds exactly `per_year` of them.

    Raises:
        ValueError: Less than one year, or not 1 to 12 times a year.
    """
    if years < 1 or not 1 <= per_year <= MONTHS:
        raise ValueError(f"{per_year} follow-ups a year over {years} years is no plan")
    ends = (round(MONTHS * number / per_year) for number in range(1, per_year * years + 1))
    return tuple(months_later(start, months) - timedelta(days=1) for months in ends)


def asks_what_next(start: date, years: int, ahead_months: int) -> date:
    """The day on which both sides are asked what comes after it."""
    return months_later(last_day(start, years) + timedelta(days=1), -ahead_months)
