"""Times and series in what people write."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.model import Doubt, Draft, Input, Known, Press, Problem, Read
from bot.flows.read import times
from bot.flows.read.times import DAYS_MAX, Rule
from tests.flows.read.conftest import EKERO

TUESDAYS = ["2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24", "2026-03-31"]


def at(locale: str, now: str = "2026-03-02T10:00") -> Known:
    """Monday 2 March 2026."""
    return Known(datetime.fromisoformat(now).replace(tzinfo=EKERO.zone), locale, EKERO)


def read(locale: str, *said: str, now: str = "2026-03-02T10:00") -> Any:
    """What comes of things said one after the other."""
    reading: Any = None
    for words in said:
        input = Input(press=Press(1, words[1:-1])) if words.startswith("[") else Input(text=words)
        draft = reading.value if isinstance(reading, Draft) else None
        reading = times().read(input, at(locale, now), draft)
    return reading


@pytest.mark.parametrize(
    ("locale", "said", "days", "hours"),
    [
        ("sv", "varje tisdag kl 18-20 i mars", TUESDAYS, "18:00-20:00"),
        ("sv", "tisdagar 18.00–20.30 i mars", TUESDAYS, "18:00-20:30"),
        ("en", "every Tuesday in March 6-8 pm", TUESDAYS, "18:00-20:00"),
        ("en", "Tuesdays 18 to 20 until 31 March", TUESDAYS, "18:00-20:00"),
        ("ar", "كل ثلاثاء من 18 إلى 20 في مارس", TUESDAYS, "18:00-20:00"),
        ("ar", "كل يوم ثلاثاء الساعة ١٨-٢٠ في شهر مارس", TUESDAYS, "18:00-20:00"),
        ("so", "varje tisdag 18-20 i mars", TUESDAYS, "18:00-20:00"),
        ("sv", "varannan tisdag kl 9-11 till 31 mars", TUESDAYS[::2], "09:00-11:00"),
        ("en", "every other Tuesday 9-11 until 31 March", TUESDAYS[::2], "09:00-11:00"),
        ("sv", "varje tisdag 22-02 i mars", TUESDAYS, "22:00-02:00"),
        ("sv", "alla torsdagar från 7 april till 23 april 16-18", ["2026-04-09", "2026-04-16", "2026-04-23"], "16:00-18:00"),
        ("sv", "tisdag och torsdag varje vecka 16-18 till 12 mars", ["2026-03-03", "2026-03-05", "2026-03-10", "2026-03-12"],
         "16:00-18:00"),
        ("en", "Thursdays 18:00-20:00 for 3 weeks", ["2026-03-05", "2026-03-12", "2026-03-19"], "18:00-20:00"),
        ("sv", "torsdagar 18-20, 2 gånger", ["2026-03-05", "2026-03-12"], "18:00-20:00"),
        ("sv", "26 november kl 18 till 20", ["2026-11-26"], "18:00-20:00"),
        ("sv", "på lördag 14-16", ["2026-03-07"], "14:00-16:00"),
        ("sv", "3 mars, 10 mars och 17 mars kl 18-20", TUESDAYS[:3], "18:00-20:00"),
        ("en", "Saturday at 2 pm for 3 hours", ["2026-03-07"], "14:00-17:00"),
        ("en", "tomorrow between 10 and 12", ["2026-03-03"], "10:00-12:00"),
        ("ar", "السبت من الساعة 14 حتى 16", ["2026-03-07"], "14:00-16:00"),
        ("sv", "lokal för 10-20 personer på lördag kl 10-14", ["2026-03-07"], "10:00-14:00"),
    ],
)  # fmt: skip
def test_times_are_read(locale: str, said: str, days: list[str], hours: str) -> None:
    reading = read(locale, said)
    assert isinstance(reading, Read), reading
    assert (reading.value["days"], f"{reading.value['from']}-{reading.value['to']}") == (days, hours)


@pytest.mark.parametrize(
    ("said", "days", "hours"),
    [
        (("tisdagar kl 18-20", "31 mars"), 5, "18:00-20:00"),
        (("tisdagar kl 18-20", "tre gånger"), 3, "18:00-20:00"),
        (("tisdagar kl 18-20", "6"), 6, "18:00-20:00"),
        (("tisdagar kl 18-20", "[n8]"), 8, "18:00-20:00"),
        (("tisdagar i mars", "18-20"), 5, "18:00-20:00"),
        (("tisdagar", "april", "18-20"), 9, "18:00-20:00"),
        (("på lördag", "kl 14", "16"), 1, "14:00-16:00"),
        (("på lördag", "14", "två timmar"), 1, "14:00-16:00"),
        (("på lördag kl 14", "[h3]"), 1, "14:00-17:00"),
        (("kl 18-20", "10 mars"), 1, "18:00-20:00"),
        (("nästa torsdag kl 18", "20"), 1, "18:00-20:00"),
    ],
)
def test_what_is_missing_is_asked_for(said: tuple[str, ...], days: int, hours: str) -> None:
    for upto in range(1, len(said)):
        assert isinstance(read("sv", *said[:upto]), Draft), said[:upto]
    reading = read("sv", *said)
    assert isinstance(reading, Read), reading
    assert (len(reading.value["days"]), f"{reading.value['from']}-{reading.value['to']}") == (days, hours)


@pytest.mark.parametrize(
    "said",
    [
        "hej hopp",
        "igår 18-20",
        "31 februari 18-20",
        "varje dag är bra",
        "varje tisdag 18-20 till 2 maj 2029",
        "idag kl 08-09",
    ],
)
def test_what_cannot_be_is_said_kindly(said: str) -> None:
    assert isinstance(read("sv", said), Problem | Doubt)


def test_hours_that_may_be_before_or_after_noon_are_asked_about() -> None:
    reading = read("sv", "på lördag 6-8")
    assert isinstance(reading, Doubt) and (reading.value["from"], reading.value["to"]) == ("18:00", "20:00")


def test_a_year_of_a_week_day_is_fifty_two_times() -> None:
    reading = read("sv", "varje måndag kl 19-21 i ett år")
    days = [date.fromisoformat(day) for day in reading.value["days"]]
    assert len(days) == 52 and {later - earlier for earlier, later in pairwise(days)} == {timedelta(7)}


@given(
    st.sets(st.integers(1, 7), min_size=1), st.sampled_from([1, 2]), st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.integers(0, 500), st.none() | st.integers(1, 40),
)  # fmt: skip
def test_a_series_is_even_in_order_and_inside_its_bounds(
    weekdays: set[int], every: int, first: date, length: int, count: int | None
) -> None:
    last = first + timedelta(days=length)
    rule = Rule(tuple(sorted(weekdays)), every, first, None if count else last, count)
    days = rule.days(date(2026, 1, 1)) or ()
    assert list(days) == sorted(set(days)) and all(day.isoweekday() in weekdays and day >= first for day in days)
    assert len(days) == count if count else all(day <= last for day in days)
    weeks = {(day - timedelta(days=day.isoweekday() - 1)).toordinal() // 7 for day in days}
    assert not weeks or {(week - min(weeks)) % every for week in weeks} == {0}
    if not count and every == 1 and len(days) <= DAYS_MAX:
        assert len(days) == sum((first + timedelta(n)).isoweekday() in weekdays for n in range(length + 1))


@given(st.text(max_size=60), st.sampled_from(["sv", "en", "ar", "fi"]))
def test_whatever_is_written_ends_in_one_of_the_four(said: str, locale: str) -> None:
    for draft in (
        None,
        {"days": ["2026-03-03"], "from": "18:00", "to": None},
        {"rule": {"weekdays": [2], "every": 1, "first": None}},
    ):
        reading = times().read(Input(text=said), at(locale), draft)
        assert isinstance(reading, Read | Doubt | Draft | Problem)


@given(
    st.lists(st.dates(date(2026, 3, 3), date(2027, 2, 1)), min_size=1, max_size=1),
    st.times(min_value=time(8)), st.times(), st.sampled_from(["", "weekly", "biweekly"]),
)  # fmt: skip
def test_a_form_shows_and_reads_the_same(days: list[date], begins: time, ends: time, repeat: str) -> None:
    fields = {
        "day": days[0].isoformat(), "from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}", "repeat": repeat,
        "last": (days[0] + timedelta(weeks=4)).isoformat(),
    }  # fmt: skip
    reading = times().read(Input(fields=fields), at("sv"))
    if isinstance(reading, Read):
        again = times().read(Input(fields=times().form_values(reading.value)), at("sv"))
        assert isinstance(again, Read) and again.value == reading.value
        assert len(reading.value["days"]) == {"": 1, "weekly": 5, "biweekly": 3}[repeat]
