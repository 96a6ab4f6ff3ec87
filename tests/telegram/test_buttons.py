"""What buttons carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.model import Press
from bot.handlers.telegram import buttons


@given(st.integers(0, 10**9), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=26))
def test_button_data_fits_and_comes_back(serial: int, choice: str) -> None:
    named = buttons.data(serial, choice)
    assert 1 <= len(named.encode()) <= 64
    assert buttons.press(named) == Press(serial, choice)


@given(st.one_of(st.none(), st.text()))
def test_press_of_anything_else_fits_no_question(named: str | None) -> None:
    assert buttons.press(named) == Press(-1, "") or (named or "").startswith("c1:")


@pytest.mark.parametrize("named", ["c1:9", "c1::x", "c0:1:x", "c1:-1:x", "c1:1:å", "c1:1: ", "closed", "", None])
def test_press_of_forged_data_fits_no_question(named: str | None) -> None:
    assert buttons.press(named) == Press(-1, "")


def test_button_data_too_long_is_an_error() -> None:
    with pytest.raises(ValueError, match="at most 48"):
        buttons.data(123, "x" * 60)
