"""Which needs fit what somebody would like to do, and why."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.board import Need, Reason, fitting

AREAS = ("North", "South", "West")
BESIDE = {"North": ("West",), "West": ("North",)}

needs = st.lists(
    st.builds(
        Need,
        id=st.integers(0, 99),
        what=st.sampled_from(("läxhjälp för barn", "baka till festen", "plocka skräp", "")),
        area=st.sampled_from((*AREAS, None)),
    ),
    unique_by=lambda need: need.id,
    max_size=6,
)
wishes = st.sampled_from(("jag vill baka", "hjälpa barn med läxor", "vad som helst", ""))


@given(needs=needs, wish=wishes, area=st.sampled_from((*AREAS, None)))
def test_every_need_is_there_once_with_reasons_that_are_true(needs: list[Need], wish: str, area: str | None) -> None:
    found = fitting(needs, wish, area, BESIDE)
    by_id = {need.id: need for need in needs}
    assert sorted(fit.id for fit in found) == sorted(by_id)
    for fit in found:
        need = by_id[fit.id]
        assert (Reason.AREA in fit.reasons) == (area is not None and need.area == area)
        assert (Reason.NEAR in fit.reasons) == (area is not None and need.area in BESIDE.get(area, ()))
        assert (Reason.WORDS in fit.reasons) == bool(fit.about)
        assert all(word in need.what for word in fit.about)


@given(needs=needs, wish=wishes, area=st.sampled_from((*AREAS, None)))
def test_what_is_about_the_same_stands_before_what_is_only_near(needs: list[Need], wish: str, area: str | None) -> None:
    found = [Reason.WORDS in fit.reasons for fit in fitting(needs, wish, area, BESIDE)]
    assert found == sorted(found, reverse=True)


def test_small_words_are_no_reason_and_endings_are_forgiven() -> None:
    need = Need(1, "Vi söker någon som vill hjälpa till med språkkafé")
    assert fitting([need], "jag vill hjälpa till", None, {})[0].reasons == ()
    (fit,) = fitting([need], "jag vill prata på språkkaféet", None, {})
    assert (fit.reasons, fit.about) == ((Reason.WORDS,), ("språkkafé",))
