from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import get_day_names

from bot.i18n import Ltr, _, formats
from bot.i18n.catalogues import using
from bot.i18n.locales import TABLE, locale
from bot.i18n.pofiles import read, write
from bot.i18n.render import render

WriteCatalogue = Callable[..., Path]

NBSP = "\u00a0"
DAYS = [date(2026, month, day) for month, day in ((1, 5), (3, 10), (5, 20), (7, 2), (8, 14), (11, 28), (12, 27))]
ENGLISH = re.compile(r"\b(?:and|or|to|at|days?|hours?|minutes?|(?:Mon|Tues?|Wed|Thu|Fri|Sat|Sun)\w*|AM|PM)\b")
ENGLISH_MONTH = re.compile(r"\b(?:January|February|March|May|June|July|August|October|December)\b")


@pytest.fixture(autouse=True)
def _a_little_swedish(write_catalogue: WriteCatalogue) -> Iterator[None]:
    with using(write_catalogue("sv", {"{day} at {time}": "{day} klockan {time}"}, context="moment").parents[2]):
        yield


@pytest.mark.parametrize("tag", [tag for tag, row in TABLE.items() if row.offered])
def test_traps_4_and_5_the_table_of_every_language(tag: str) -> None:
    words = [formats.day_words(day, tag, with_year) for day in DAYS for with_year in (True, False)]
    words += formats.weekday_names(tag) + formats.month_names(tag)
    words += [formats.joined(["X", "Y", "Z"], tag), formats.joined(["X", "Y"], tag)]
    words += [formats.number(12_345, tag), formats.kronor(25_000), formats.clock(time(18, 5))]
    for each in words:
        assert "duration-" not in each and "M11" not in each and not re.search(r"\bM\d", each)
        assert not each.endswith(" d") and "SEK" not in each
        assert not any(digit.isdecimal() and not digit.isascii() for digit in each), "Latin digits everywhere"
        if tag != "en":
            assert not ENGLISH.search(each), each
            assert not ENGLISH_MONTH.search(each), each


@pytest.mark.parametrize("tag", [tag for tag, row in TABLE.items() if row.offered])
def test_a_day_has_weekday_number_month_and_year_in_every_language(tag: str) -> None:
    for day in DAYS:
        words = formats.day_words(day, tag)
        assert re.search(rf"(?<!\d){day.day}(?!\d)", words) and "2026" in words
        assert "2026" not in formats.day_words(day, tag, with_year=False)
        assert not re.search(r"\d[-/]\d", words), "never digits only"
    assert len({formats.day_words(date(2026, 3, number), tag) for number in range(2, 9)}) == 7
    assert len({formats.day_words(date(2026, number, 2), tag) for number in range(1, 13)}) == 12


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("sv", "onsdag 4 november"),
        ("sv-simple", "onsdag 4 november"),
        ("en", "Wednesday 4 November"),
        ("ar", "الأربعاء، 4 نوفمبر"),
        ("uk", "середа, 4 листопада"),
        ("ti", "ረቡዕ፣ 4 ሕዳር"),
        ("fa-AF", "چهارشنبه 4 نومبر"),
        ("fi", "keskiviikko 4. marraskuuta"),
        ("kmr", "çarşem, 4ê mijdarê"),
        ("pl", "środa, 4 listopada"),
        ("fit", "keskiviikko 4. marraskuuta"),
        ("rmn", "onsdag 4 november"),
    ],
)
def test_days_in_words(tag: str, words: str) -> None:
    assert formats.day_words(date(2026, 11, 4), tag, with_year=False) == words


def test_trap_4_names_babel_lacks_come_from_our_catalogue(write_catalogue: WriteCatalogue) -> None:
    """Written by hand, since a translator gives all of them or none."""
    path = write_catalogue("smj", {"Wednesday": "gasskavahkko"}, context="weekday")
    file = read(path)
    file.catalog.add("November", "basádismánno", context="month")
    file.catalog.add("{weekday} {day} {month}", "{weekday} {day}. {month}", context="day")
    file.catalog.add("{items} and {last}", "{items} ja {last}", context="list")
    write(file)
    with using(path.parents[2]):
        assert formats.day_words(date(2026, 11, 4), "smj") == "gasskavahkko 4. basádismánno 2026"
        assert formats.day_words(date(2026, 11, 5), "smj") == formats.day_words(date(2026, 11, 5), "se")
        assert formats.joined(["a", "b", "c"], "smj") == "a, b ja c"


def test_a_list_without_a_word_for_and_has_commas_only() -> None:
    assert formats.joined(["a", "b", "c"], "ckb") == "a، b، c"
    assert formats.joined(["a", "b", "c"], "sv") == "a, b och c"
    assert formats.joined(["a"], "ckb") == "a"
    assert formats.joined([], "sv") == ""


def test_names_do_not_wander_from_one_language_to_the_next() -> None:
    for tag in ("yi", "en", "ps"):
        get_day_names("wide", "stand-alone", Locale.parse(tag))  # as a pattern of a date asks for them
        formats.weekday_names(tag), formats.month_names(tag)
    assert formats.weekday_names("fa-AF")[0] == "دوشنبه"
    assert formats.month_names("pl")[0] == "styczeń"


def test_trap_6_weeks_are_iso_weeks_and_begin_on_monday() -> None:
    assert formats.week(date(2027, 1, 1)) == 53
    assert formats.FIRST_WEEKDAY == 0
    assert formats.weekday_names("fa-AF")[0] == "دوشنبه"
    assert formats.weekday_names("en")[0] == "Monday"
    assert len(formats.month_names("smj")) == 12


def test_the_clock_has_24_hours_in_every_language() -> None:
    for tag in ("en", "ar", "so", "ti", "am", "ckb"):
        assert "18:05" in render(_("{at}", at=time(18, 5)), tag)
    assert formats.times(time(9), time(16, 30)) == Ltr("09:00–16:30")


def test_texts_of_days_and_durations() -> None:
    assert render(formats.days(date(2026, 11, 4), date(2026, 11, 6)), "en", today=date(2026, 1, 1)) == (
        "Wednesday 4 November to Friday 6 November"
    )
    assert render(formats.moment(date(2026, 11, 4), time(9)), "sv") == "onsdag 4 november 2026 klockan 09:00"
    said = [render(formats.duration(minutes), "en") for minutes in (1, 119, 121, 47 * 60, 49 * 60)]
    assert said == ["1 minute", "119 minutes", "3 hours", "47 hours", "3 days"]


def test_money() -> None:
    assert formats.kronor(25_000) == f"25{NBSP}000{NBSP}kr"
    assert formats.kronor(0) == f"0{NBSP}kr"


@pytest.mark.parametrize(
    ("number", "shown", "address"),
    [
        ("+4681234567", f"08-123{NBSP}45{NBSP}67", "tel:+4681234567"),
        ("070-740 12 34", f"070-740{NBSP}12{NBSP}34", "tel:+46707401234"),
        ("112", "112", "tel:112"),
        ("1177", "1177", "tel:1177"),
        ("90101", "90101", "tel:90101"),
        ("116 111", f"116{NBSP}111", "tel:116111"),
        ("020-50 50 50", f"020-50{NBSP}50{NBSP}50", "tel:+4620505050"),
        ("+358 40 1234567", f"+358{NBSP}40{NBSP}1234567", "tel:+358401234567"),
        ("växeln", "växeln", "tel:"),
    ],
)
def test_phone_numbers(number: str, shown: str, address: str) -> None:
    assert formats.phone(number) == Ltr(shown)
    assert formats.phone_address(number) == address


def test_digits_of_every_script_are_read() -> None:
    assert formats.latin_digits("٢٠٢٦-۱۲-3 ²") == "2026-12-3 ²"


def test_swedish_order() -> None:
    words = ["Öland", "zebra", "Åsa", "ärta", "aber", "Ulf", "Östen", "idé", "ide", "Ødegård", "Yngve", "Üter"]
    assert formats.in_order(words, "sv", str) == [
        "aber", "ide", "idé", "Ulf", "Yngve", "Üter", "zebra", "Åsa", "ärta", "Ødegård", "Öland", "Östen",
    ]  # fmt: skip
    assert formats.in_order(["b", "á", "a"], "pl", str) == ["a", "á", "b"]


def test_babel_needs_the_patterns_for_every_language_it_has_data_for() -> None:
    for row in TABLE.values():
        assert "dates" in row.no_data or locale(row.tag).fmt in formats._DAY_PATTERNS
