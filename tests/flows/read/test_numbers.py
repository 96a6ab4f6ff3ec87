"""How many, and how much money, in digits and in words."""

from __future__ import annotations

import pytest

from bot.flows.read import money, whole_number
from bot.flows.read.numbers import whole_value
from tests.flows.read.conftest import UNIT, known, note, say

PEOPLE = whole_number(1, 500, ranges=True, unit=UNIT)
ONE = whole_number(1, 500, unit=UNIT)


@pytest.mark.parametrize(
    ("locale", "words", "value"),
    [
        ("sv", "tjugotvå", 22),
        ("sv", "etthundratjugotre", 123),
        ("sv", "tvåtusen fem hundra", 2500),
        ("sv", "nittonhundranittionio", 1999),
        ("sv", "niotusenniohundranittionio", 9999),
        ("sv", "hundra och fem", 105),
        ("sv", "ett tjugotal", 20),
        ("sv", "ett par", 2),
        ("sv", "två dussin", 24),
        ("sv", "1 500", 1500),
        ("sv", "8,5 tusen", 8500),
        ("sv", "nollnoll", None),
        ("sv", "entré", None),
        ("sv", "två tre", None),
        ("en", "twenty-two", 22),
        ("en", "one hundred and five", 105),
        ("en", "half a dozen", 6),
        ("en", "a couple", 2),
        ("en", "two thousand and twenty six", 2026),
        ("ar", "خمسة وعشرون", 25),
        ("ar", "مئة وخمسة وعشرون", 125),
        ("ar", "خمسة عشر", 15),
        ("ar", "ألفين وخمسمئة", 2500),
        ("ar", "ثلاثة آلاف", 3000),
        ("fa", "۲۵", 25),
        ("sv-simple", "trettio", 30),
    ],
)
def test_numbers_in_words_and_digits(locale: str, words: str, value: int | None) -> None:
    assert whole_value(words, locale) == value


@pytest.mark.parametrize("number", [*range(0, 130), 199, 200, 999, 1000, 1001, 1100, 2019, 9999])
def test_every_swedish_number_word_is_understood(number: int) -> None:
    assert whole_value(in_swedish(number), "sv") == number


def in_swedish(number: int) -> str:
    ones = [
        "noll",
        "ett",
        "två",
        "tre",
        "fyra",
        "fem",
        "sex",
        "sju",
        "åtta",
        "nio",
        "tio",
        "elva",
        "tolv",
        "tretton",
        "fjorton",
        "femton",
        "sexton",
        "sjutton",
        "arton",
        "nitton",
    ]
    tens = ["tjugo", "trettio", "fyrtio", "femtio", "sextio", "sjuttio", "åttio", "nittio"]
    if number < 20:
        return ones[number]
    if number < 100:
        return tens[number // 10 - 2] + (ones[number % 10] if number % 10 else "")
    scale, word = (100, "hundra") if number < 1000 else (1000, "tusen")
    return in_swedish(number // scale) + word + (in_swedish(number % scale) if number % scale else "")


@pytest.mark.parametrize(
    ("locale", "words", "outcome"),
    [
        ("sv", "20-25 kanske", {"low": 20, "high": 25}),
        ("sv", "mellan 20 och 25 personer", {"low": 20, "high": 25}),
        ("sv", "20 till 25", {"low": 20, "high": 25}),
        ("sv", "20 personer eller kanske 25 personer", {"low": 20, "high": 25}),
        ("sv", "tio femton", {"low": 10, "high": 15}),
        ("sv", "ett par tre", {"low": 2, "high": 3}),
        ("sv", "ungefär 30 personer", 30),
        ("sv", "vi blir en grupp på tolv", 12),
        ("sv", "30 personer den 5 maj", 30),
        ("sv", "en", 1),
        ("sv", "2️⃣", 2),
        ("en", "between twenty and thirty", {"low": 20, "high": 30}),
        ("en", "about 40 people", 40),
        ("ar", "حوالي ٢٥ شخص", 25),
        ("ar", "لعشرين شخصا", 20),
        ("ar", "من ٢٠ إلى ٢٥", {"low": 20, "high": 25}),
        ("ar", "بين عشرين وثلاثين", {"low": 20, "high": 30}),
        ("sv", "en massa", "doubt 1: Do you mean the number 1?"),
        ("sv", "3 vuxna 5 barn", "problem: You wrote several numbers: 3 and 5. Which one shall I note?"),
        ("sv", "1000", "problem: 1\u00a0000 does not fit here. I can note a number from 1 to 500."),
        ("sv", "-5", "problem: -5 does not fit here. I can note a number from 1 to 500."),
        ("sv", "många", "problem: I could not read “många” as a number. Write it in digits, for example 20."),
        ("sv", "2½", "problem: I could not read “2½” as a number. Write it in digits, for example 20."),
    ],
)
def test_how_many(locale: str, words: str, outcome: object) -> None:
    assert say(PEOPLE, words, locale) == str(outcome)


@pytest.mark.parametrize(("locale", "words"), [("sv", "inga"), ("en", "None")])
def test_none_is_nought_where_nought_may_be(locale: str, words: str) -> None:
    assert say(whole_number(0, 9), words, locale) == "0"
    assert say(ONE, words, locale).startswith("problem: ")


def test_a_range_where_one_number_is_wanted_is_asked_about() -> None:
    assert say(ONE, "20-25") == "doubt 25: You wrote 20 to 25. I need one number here. Shall I note 25?"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("nej vänta, det ska vara 30 personer", 30),
        ("vi blir 30 deltagare på torsdag", 30),
        ("20-25 personer istället", {"low": 20, "high": 25}),
        ("30", 30),
        ("den 30 mars", None),
        ("3 bord och 4 stolar", None),
        ("600 personer", None),
    ],
)
def test_a_number_is_spotted_by_what_is_counted(words: str, value: object) -> None:
    assert PEOPLE.spot(words, known()) == value


def test_without_a_unit_no_number_is_spotted() -> None:
    assert whole_number(1, 9).spot("5", known()) is None


@pytest.mark.parametrize(
    ("locale", "words", "outcome"),
    [
        ("sv", "8 000", 8000),
        ("sv", "8000 kr", 8000),
        ("sv", "8 tusen", 8000),
        ("sv", "8k", 8000),
        ("sv", "8tkr", 8000),
        ("sv", "8,5 tusen", 8500),
        ("sv", "1.500:-", 1500),
        ("sv", "SEK 500", 500),
        ("sv", "åtta tusen", 8000),
        ("sv", "tusen spänn", 1000),
        ("sv", "1 500 kronor för 3 dagar", 1500),
        ("sv", "gratis", 0),
        ("sv", "0", 0),
        ("sv", "1500,50", 1501),
        ("en", "about 500 kronor", 500),
        ("ar", "٨٠٠٠", 8000),
        ("ar", "ثمانية آلاف كرون", 8000),
        ("ar", "٨٫٥ ألف", 8500),
        ("ar", "مجانا", 0),
        ("sv", "5000-8000 kr",
         "doubt 8000: You wrote 5\u00a0000\u00a0kr to 8\u00a0000\u00a0kr. Shall I note 8\u00a0000\u00a0kr?"),
        ("sv", "500 kr och 800 kr",
         "doubt 1300: You wrote several amounts. Together they are 1\u00a0300\u00a0kr. Shall I note that?"),
        ("sv", "500 euro", "problem: I count in Swedish kronor here. About how many kronor is it?"),
        ("sv", "$ 50", "problem: I count in Swedish kronor here. About how many kronor is it?"),
        ("sv", "60000", "problem: 60\u00a0000\u00a0kr is more than I can note here. The most is 50\u00a0000\u00a0kr."),
        ("sv", "mycket", "problem: I could not read “mycket” as an amount. Write it in digits, for example 500 kr."),
    ],
)  # fmt: skip
def test_money(locale: str, words: str, outcome: object) -> None:
    assert say(money(50_000), words, locale) == str(outcome)


def test_rounding_is_told() -> None:
    assert note(money(), "99,90 kr") == "I note whole kronor: 100\u00a0kr."


@pytest.mark.parametrize(
    ("words", "value"), [("no wait, 8000 kr", 8000), ("det är 30 personer", None), ("500 kr eller 600 kr", None)]
)
def test_an_amount_is_spotted_by_its_currency(words: str, value: int | None) -> None:
    assert money().spot(words, known()) == value
