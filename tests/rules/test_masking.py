from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.i18n import plain, render
from bot.rules.masking import MARK, NOTICE, mask

ZEROS = "0٠۰०০༠၀០０"
"""The digit zero of Latin, Arabic, Persian, Devanagari, Bengali, Tibetan, Burmese, Khmer and full-width digits."""

JOINS = ("", "-", " ", "+", "–", "—", "−", " - ", "\u00a0", "\u2011", "\u200e-", "\u200b", "- \u2068", "  ")


def check_digit(nine: str) -> str:
    """By addition as the law describes it, not by the code's way."""
    products = "".join(str(int(digit) * (2, 1)[at % 2]) for at, digit in enumerate(nine))
    return str(-sum(map(int, products)) % 10)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str, str]:
    """Century (or nothing), six digits of date, four last digits of a valid number."""
    born = draw(st.dates(date(1890, 1, 1), date(2029, 12, 31)))
    six = f"{born:%y%m}{born.day + 60 * draw(st.booleans()):02}"  # with 60 added: a coordination number
    three = f"{draw(st.integers(0, 999)):03}"
    century = f"{born.year // 100}" if draw(st.booleans()) else ""
    return century, six, three + check_digit(six + three)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A valid number as somebody may write it."""
    century, six, last = draw(numbers())
    join = draw(st.sampled_from(JOINS))
    layouts = [century + six, f"{century}{six[:2]} {six[2:4]} {six[4:]}", f"{century} {six}".strip()]
    if join in ("-", "–", "−", "\u2011"):
        layouts += [century + mark.join((six[:2], six[2:4], six[4:])) for mark in "-./"]
    number = draw(st.sampled_from(layouts)) + join + last
    zero = ord(draw(st.sampled_from(ZEROS)))
    return "".join(chr(zero + int(sign)) if sign in "0123456789" else sign for sign in number)


words = st.text(st.characters(exclude_categories=("Nd", "Cs")), max_size=20)


@given(written())
def test_every_valid_number_is_masked(number: str) -> None:
    assert mask(number) == (MARK, 1)


@given(words, written(), words)
def test_a_number_is_masked_whatever_words_stand_around(before: str, number: str, after: str) -> None:
    text, found = mask(f"{before} {number} {after}")
    assert (text, found) == (f"{before} {MARK} {after}", 1)


@given(st.lists(written(), min_size=1, max_size=4))
def test_each_of_several_numbers_is_masked(several: list[str]) -> None:
    assert mask(", ".join(several)) == (", ".join([MARK] * len(several)), len(several))


@given(numbers(), st.integers(1, 9))
def test_a_wrong_check_digit_is_left(number: tuple[str, str, str], off: int) -> None:
    century, six, last = number
    wrong = f"{century}{six}-{last[:3]}{(int(last[3]) + off) % 10}"
    assert mask(wrong) == (wrong, 0)


@given(st.text(st.sampled_from("0123456789٠١٢٣-+ ./a\u200e\u00a0"), max_size=60) | st.text())
def test_masking_never_raises_and_twice_is_as_once(text: str) -> None:
    once, found = mask(text)
    assert mask(once) == (once, 0)
    assert once.count(MARK) == text.count(MARK) + found


@given(st.text())
def test_a_text_without_ten_digits_is_unchanged(text: str) -> None:
    assume(sum(sign.isdecimal() for sign in text) < 10)
    assert mask(text) == (text, 0)


@pytest.mark.parametrize(
    "text",
    [
        "811218-9876",
        "19811218-9876",
        "198112189876",
        "8112189876",
        "811218+9876",
        "1981-12-18-9876",
        "1981 12 18 9876",
        "٨١١٢١٨-٩٨٧٦",
        "۸۱۱۲۱۸۹۸۷۶",
        "701063-2391",
        "(811218-9876)",
        "pnr:811218-9876.",
    ],
)
def test_the_known_ways_to_write_one(text: str) -> None:
    assert mask(text)[1] == 1


@pytest.mark.parametrize(
    "text",
    [
        "556036-0793",  # an organisation number
        "202100-5489",
        "16556036-0793",
        "08-123 45 67",
        "+46 8 123 45 67",
        "070-174 06 05",
        "0123-456 78",
        "1234567890",
        "12 000 kronor, 1 250 000 kr",
        "2026-03-02 18:30",
        "2026-03-02 1830",
        "811318-9876",  # no such month
        "810230-9876",  # no such day
        "811218-9875",  # wrong check digit
        "SE35 5000 0000 0549 1000 0003",
        "4111 1111 1111 1111",
        "90101, 112, 116 111, 020-50 50 50",
        "73",
        "12345678119876543212345",
    ],
)
def test_other_numbers_are_left(text: str) -> None:
    assert mask(text) == (text, 0)


@given(st.integers(10, 99), st.integers(20, 99), st.integers(0, 99), st.integers(0, 999), st.sampled_from(["", "-"]))
def test_no_organisation_number_is_masked(start: int, third: int, rest: int, three: int, join: str) -> None:
    nine = f"{start}{third}{rest:02}{three:03}"
    number = f"{nine[:6]}{join}{nine[6:]}{check_digit(nine)}"
    assert mask(number) == (number, 0)


def test_a_mobile_number_that_could_be_an_identity_number_is_left_where_a_phone_is_asked_for() -> None:
    nine = "070112345"
    mobile = nine + check_digit(nine)
    assert mask(mobile) == (MARK, 1)
    assert mask(mobile, phone_asked=True) == (mobile, 0)
    assert mask("811218-9876", phone_asked=True) == (MARK, 1)


def test_a_leap_day_counts_only_in_a_leap_year() -> None:
    for six, is_day in (("960229", True), ("19960229", True), ("19970229", False), ("970229", False)):
        number = f"{six}-123{check_digit(six[-6:] + '123')}"
        assert mask(number)[1] == is_day, number


def test_the_notice_says_why() -> None:
    assert plain(render(NOTICE, "en")).startswith("I removed an identity number")
