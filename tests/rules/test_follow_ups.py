"""When partnerships are followed up: in every year of them, also over leap days."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from bot.rules.follow_ups import asks_what_next, follow_up_days, last_day, months_later

STARTS = some.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(STARTS, some.integers(1, 5), some.integers(1, 12))
@example(date(2024, 2, 29), 3, 2)
@example(date(2023, 8, 31), 3, 2)
@example(date(2027, 2, 28), 1, 2)
def test_each_year_holds_its_follow_ups(start: date, years: int, per_year: int) -> None:
    days = follow_up_days(start, years, per_year)
    assert list(days) == sorted(set(days)) and start < days[0] and days[-1] == last_day(start, years)
    ends = [last_day(start, year) for year in range(1, years + 1)]
    in_year = Counter(next(at for at, end in enumerate(ends) if day <= end) for day in days)
    assert in_year == dict.fromkeys(range(years), per_year)


def test_three_years_twice_a_year() -> None:
    assert follow_up_days(date(2026, 3, 1), 3, 2) == (
        date(2026, 8, 31), date(2027, 2, 28), date(2027, 8, 31), date(2028, 2, 29), date(2028, 8, 31), date(2029, 2, 28),
    )  # fmt: skip
    assert follow_up_days(date(2024, 2, 29), 1, 2) == (date(2024, 8, 28), date(2025, 2, 27))


@given(STARTS, some.integers(1, 5), some.integers(1, 12))
def test_what_comes_next_is_asked_while_there_is_time(start: date, years: int, ahead: int) -> None:
    asked, end = asks_what_next(start, years, ahead), last_day(start, years)
    assert timedelta(days=27 * ahead) <= end - asked <= timedelta(days=31 * ahead)
    assert months_later(asked, ahead) <= end + timedelta(days=1)


def test_no_plan_is_refused() -> None:
    for years, per_year in ((0, 2), (3, 0), (3, 13)):
        with pytest.raises(ValueError, match="is no plan"):
            follow_up_days(date(2026, 3, 1), years, per_year)
