"""Organisation numbers and accounts: what can be right, and what cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from bot.rules.registered import Account, account, organisation_number


def _with_check(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)


@pytest.mark.parametrize("said", ["802400-123{}", "802400123{}", "16802400123{}", " 802400 - 123{} "])
def test_an_organisation_number_is_read_however_it_is_written(said: str) -> None:
    check = luhn.calc_check_digit("802400123")
    assert organisation_number(said.format(check)) == f"802400-123{check}"


@pytest.mark.parametrize("said", ["802400-1230", "811218-9876", "12", "", "förening"])
def test_what_is_no_organisation_number_is_refused(said: str) -> None:
    assert organisation_number(said) is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("bankgiro {bg}", "bankgiro"),
        ("BG {bg}", "bankgiro"),
        ("{bg_dash}", "bankgiro"),
        ("plusgiro {pg}", "plusgiro"),
        ("pg: {pg_dash}", "plusgiro"),
        ("{pg_dash}", "plusgiro"),
    ],
)
def test_giro_numbers_are_told_apart(said: str, found: str) -> None:
    bg, pg = _with_check("123456"), _with_check("12345")
    names = {"bg": bg, "bg_dash": f"{bg[:-4]}-{bg[-4:]}", "pg": pg, "pg_dash": f"{pg[:-1]}-{pg[-1]}"}
    read = account(said.format(**names))
    assert read is not None and read.kind == found


def test_a_bank_account_begins_with_its_clearing_number() -> None:
    assert account("5439 10 243 89") == Account("bank", "5439, 1024389")
    assert account("8327-9, 123 456 789-0") == Account("bank", "83279, 1234567890")


@pytest.mark.parametrize("said", ["", "12", "mitt konto", "swish 123", "bankgiro 12", "00000000000"])
def test_what_is_no_account_is_refused(said: str) -> None:
    assert account(said) is None


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_words_at_all_are_taken(said: str) -> None:
    organisation_number(said)
    account(said)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(10**5, 10**7 - 1), st.integers(1, 9))
def test_one_wrong_digit_is_found(number: int, step: int) -> None:
    right = _with_check(str(number))
    wrong = right[:-1] + str((int(right[-1]) + step) % 10)
    assert account(f"bankgiro {right}") is not None
    assert account(f"bankgiro {wrong}") is None
