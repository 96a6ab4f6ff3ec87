"""Days and times of day. In these tests it is Monday 23 November 2026, 14:00."""

from __future__ import annotations

import pytest

from bot.flows.model import Input
from bot.flows.read import day, day_and_time, time_of_day
from tests.flows.read.conftest import known, line, note, say, value_of


@pytest.mark.parametrize(
    ("locale", "words", "outcome"),
    [
        ("sv", "idag", "2026-11-23"),
        ("sv", "tors", "2026-11-26"),
        ("sv", "tors 26/11", "2026-11-26"),
        ("en", "Sat.", "2026-11-28"),
        ("sv", "i morgon kl 7", "2026-11-24"),
        ("sv", "i övermorgon", "2026-11-25"),
        ("sv", "på torsdag", "2026-11-26"),
        ("sv", "26/11", "2026-11-26"),
        ("sv", "3/12", "2026-12-03"),
        ("sv", "26 nov", "2026-11-26"),
        ("sv", "26:e nov", "2026-11-26"),
        ("sv", "tjugosjätte november", "2026-11-26"),
        ("sv", "2026-11-26", "2026-11-26"),
        ("sv", "20261126", "2026-11-26"),
        ("sv", "den 3:e", "2026-12-03"),
        ("sv", "den tredje", "2026-12-03"),
        ("sv", "första maj", "2027-05-01"),
        ("sv", "15 mars", "2027-03-15"),
        ("sv", "julafton", "2026-12-24"),
        ("sv", "om tre dagar", "2026-11-26"),
        ("sv", "om en vecka", "2026-11-30"),
        ("sv", "torsdag om en vecka", "2026-12-03"),
        ("sv", "torsdag nästa vecka", "2026-12-03"),
        ("sv", "tisdag v. 50", "2026-12-08"),
        ("sv", "torsdag veckan efter nästa", "2026-12-10"),
        ("sv", "29 februari", "2028-02-29"),
        ("en", "tomorrow", "2026-11-24"),
        ("en", "the day after tomorrow", "2026-11-25"),
        ("en", "November 26th", "2026-11-26"),
        ("en", "the 3rd", "2026-12-03"),
        ("en", "in a week", "2026-11-30"),
        ("en", "next week on Tuesday", "2026-12-01"),
        ("ar", "غدا", "2026-11-24"),
        ("ar", "بعد غد", "2026-11-25"),
        ("ar", "يوم الخميس", "2026-11-26"),
        ("ar", "٢٦ نوفمبر", "2026-11-26"),
        ("ar", "٢٦/١١", "2026-11-26"),
        ("ar", "بعد ثلاثة أيام", "2026-11-26"),
        ("sv", "nästa torsdag",
         "doubt 2026-12-03: Do you mean Thursday 3 December, next week? "
         "If you mean Thursday 26 November, answer no and write the date."),
        ("sv", "på måndag",
         "doubt 2026-11-30: Do you mean Monday 30 November, in a week? "
         "If you mean today, Monday 23 November, answer no and write “today”."),
        ("sv", "fredag 26 november",
         "doubt 2026-11-26: The weekday and the date do not fit together. Do you mean Thursday 26 November?"),
        ("sv", "11/26", "doubt 2026-11-26: Do you mean Thursday 26 November?"),
        ("sv", "26", "doubt 2026-11-26: Do you mean Thursday 26 November?"),
        ("sv", "i helgen", "doubt 2026-11-28: Do you mean Saturday 28 November?"),
        ("sv", "15 oktober",
         "doubt 2027-10-15: Thursday 15 October has already been. Do you mean Friday 15 October 2027?"),
        ("sv", "2020-01-01",
         "doubt 2027-01-01: Wednesday 1 January 2020 has already been. Do you mean Friday 1 January 2027?"),
        ("sv", "2206-11-26", "doubt 2206-11-26: That is some years away. Do you mean Wednesday 26 November 2206?"),
        ("sv", "i lördags",
         "doubt 2026-11-28: Saturday 21 November has already been. Do you mean Saturday 28 November?"),
        ("uk", "26 листопада", "doubt 2026-11-26: Do you mean Thursday 26 November?"),
        ("fi", "huomenna", "doubt 2026-11-24: Do you mean Tuesday 24 November?"),
        ("fa", "فردا", "doubt 2026-11-24: Do you mean Tuesday 24 November?"),
        ("sv", "igår", "problem: Sunday 22 November has already been. Which day do you mean?"),
        ("sv", "31 februari",
         "problem: That month has no day 31. Its last day is Sunday 28 February 2027. Which day do you mean?"),
        ("sv", "40/11",
         "problem: I read that as day and month, and there is no such day. Write for example Monday 23 November."),
        ("sv", "nästa vecka", "problem: Which day would that be? Write for example Thursday 3 December."),
        ("sv", "i maj", "problem: Which day would that be? Write for example Saturday 15 May 2027."),
        ("sv", "när som helst",
         "problem: I did not understand “när som helst” as a day. Write for example Thursday 3 December."),
    ],
)  # fmt: skip
def test_a_day(locale: str, words: str, outcome: str) -> None:
    assert say(day(), words, locale) == outcome


def test_a_day_is_shown_back_in_words() -> None:
    assert note(day(), "3/12") == "Thursday 3 December"


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("i lördags", "2026-11-21"),
        ("förra torsdagen", "2026-11-19"),
        ("igår", "2026-11-22"),
        ("15 december", "2025-12-15"),
        ("2027-01-01", "doubt 2026-01-01: Friday 1 January 2027 has not been yet. Do you mean Thursday 1 January?"),
    ],
)
def test_a_past_day(words: str, outcome: str) -> None:
    assert say(day(past=True), words) == outcome


def after_noon(time: str, other: str) -> str:
    return f"doubt {time}: Do you mean {time}, after noon? If you mean {other}, answer no and write it so."


@pytest.mark.parametrize(
    ("locale", "words", "outcome"),
    [
        ("sv", "18", "18:00"),
        ("sv", "kl 1830", "18:30"),
        ("sv", "18.30", "18:30"),
        ("sv", "06:30", "06:30"),
        ("sv", "9.30", "09:30"),
        ("sv", "kl 12", "12:00"),
        ("sv", "halv ett", "12:30"),
        ("sv", "6 em", "18:00"),
        ("sv", "klockan sex på kvällen", "18:00"),
        ("sv", "kl 6 på morgonen", "06:00"),
        ("sv", "18-20", "18:00"),
        ("sv", "mellan 18 och 20", "18:00"),
        ("sv", "midnatt", "00:00"),
        ("sv", "vid lunch", "12:00"),
        ("en", "6:30 pm", "18:30"),
        ("en", "at 7 in the evening", "19:00"),
        ("en", "noon", "12:00"),
        ("ar", "الساعة ٦ مساء", "18:00"),
        ("ar", "السابعة إلا ربعا صباحا", "06:45"),
        ("sv", "halv sju", after_noon("18:30", "06:30")),
        ("sv", "kvart över sex", after_noon("18:15", "06:15")),
        ("sv", "fem i halv sju", after_noon("18:25", "06:25")),
        ("sv", "klockan 6", after_noon("18:00", "06:00")),
        ("sv", "9", "doubt 09:00: Do you mean 09:00, in the morning? If you mean 21:00, answer no and write it so."),
        ("en", "half past six", after_noon("18:30", "06:30")),
        ("ar", "الساعة السادسة والنصف",
         after_noon("18:30", "06:30")),
        ("sv", "på kvällen", "doubt 18:00: Is 18:00 about right? If not, answer no and write the time."),
        ("sv", "25", "problem: I could not read “25” as a time. Write it with hours and minutes, for example 18:00."),
    ],
)  # fmt: skip
def test_a_time_of_day(locale: str, words: str, outcome: str) -> None:
    assert say(time_of_day(), words, locale) == outcome


def test_the_end_of_a_time_is_not_noted_and_that_is_told() -> None:
    assert note(time_of_day(), "18-20") == "I note the time it begins: 18:00."


@pytest.mark.parametrize(
    ("locale", "words", "outcome"),
    [
        ("sv", "på onsdag", {"day": "2026-11-25", "time": None}),
        ("sv", "26/11 18-20", {"day": "2026-11-26", "time": "18:00"}),
        ("sv", "imorgon kväll kl 7", {"day": "2026-11-24", "time": "19:00"}),
        ("sv", "lördag 28 november mellan 14 och 16", {"day": "2026-11-28", "time": "14:00"}),
        ("en", "friday at 9 am", {"day": "2026-11-27", "time": "09:00"}),
        ("ar", "الخميس القادم الساعة 6 مساء", {"day": "2026-11-26", "time": "18:00"}),
        ("uk", "завтра о 18:00",
         "doubt {'day': '2026-11-24', 'time': '18:00'}: Do you mean Tuesday 24 November at 18:00?"),
        ("sv", "nästa torsdag kl 18",
         "doubt {'day': '2026-12-03', 'time': '18:00'}: Do you mean Thursday 3 December at 18:00? "
         "If you mean Thursday 26 November, answer no and write the date and the time."),
        ("sv", "ikväll", "doubt {'day': '2026-11-23', 'time': '18:00'}: Do you mean Monday 23 November at 18:00?"),
        ("sv", "idag kl 8", "doubt {'day': '2026-11-23', 'time': '20:00'}: Do you mean Monday 23 November at 20:00?"),
        ("sv", "idag kl 13:30",
         "doubt {'day': '2026-11-24', 'time': '13:30'}: "
         "13:30 has already been today. Do you mean Tuesday 24 November at 13:30?"),
        ("sv", "kl 18", "draft {'day': None, 'time': '18:00', 'sure': True}: I have noted 18:00. Which day?"),
    ],
)  # fmt: skip
def test_a_day_and_a_time(locale: str, words: str, outcome: object) -> None:
    assert say(day_and_time(), words, locale) == str(outcome)


def test_the_two_halves_may_come_one_by_one() -> None:
    draft = value_of(day_and_time(), Input(text="kl 18"))
    assert say(day_and_time(), "på onsdag", draft=draft) == "{'day': '2026-11-25', 'time': '18:00'}"
    draft = value_of(day_and_time(time_required=True), Input(text="på onsdag"))
    assert say(day_and_time(time_required=True), "18", draft=draft) == "{'day': '2026-11-25', 'time': '18:00'}"


def test_a_form_has_day_and_time_apart() -> None:
    fields = {"day": "2026-11-26", "time": "18:00"}
    assert line(day_and_time().read(Input(fields=fields), known())) == str(fields)
    assert line(day_and_time().read(Input(fields={"day": "2026-02-31"}), known())).startswith(
        "problem: That month has no"
    )
    missing = day_and_time(time_required=True).read(Input(fields={"day": "2026-11-26", "time": ""}), known())
    assert line(missing) == "problem: Write a time too, for example 18:00."


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("på onsdag istället", {"day": "2026-11-25", "time": None}),
        ("nej, 3 december kl 19", {"day": "2026-12-03", "time": "19:00"}),
        ("30 personer", None),
        ("nästa torsdag", None),
        ("vi är tio", None),
        ("hur kan man påverka det", None),
        ("min son på 12 år", None),
        ("fri entré för alla", None),
        ("we sat in the sun", None),
        ("vi ses tis kl 18", {"day": "2026-11-24", "time": "18:00"}),
    ],
)
def test_only_a_sure_day_is_spotted(words: str, value: object) -> None:
    assert day_and_time().spot(words, known()) == value
