"""Numbers that are not told cannot be worked out: a solver tries every subtraction, between tables and between two looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from bot.rules.untold import FEW, STEP, Sum, told

STEPS, LANGUAGES, AREAS = ("idea", "plan"), ("sv", "ar", "so"), ("Nord", "Syd", "Ö")
SUMS = [Sum(step, tuple(f"{step}/{each}" for each in group)) for step in STEPS for group in (LANGUAGES, AREAS)]
SUMS += [Sum("asked", ("happened", "no")), Sum("happened", ("yes", "partly"))]

Thing = tuple[int, str, str, str]
"""The month in which something came, how far it came, in which language, from where."""

things = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(STEPS), st.sampled_from(LANGUAGES), st.sampled_from(AREAS)),
    max_size=60,
)
answers = st.lists(st.tuples(st.integers(1, 6), st.sampled_from(("yes", "partly", "no"))), max_size=40)


def counted(found: Sequence[Thing], said: Sequence[tuple[int, str]], until: int) -> dict[str, int]:
    counts: Counter[str] = Counter({name: 0 for each in SUMS for name in (each.whole, *each.parts)})
    for month, step, language, area in found:
        if month <= until:
            counts.update((step, f"{step}/{language}", f"{step}/{area}"))
    for month, answer in said:
        if month <= until:
            counts.update(("asked", answer, *(("happened",) if answer != "no" else ())))
    return dict(counts)


def reader(model: cp_model.CpModel, seen: Mapping[str, int | None], look: int) -> dict[str, cp_model.IntVar]:
    """What somebody knows who has seen these numbers and knows how they are told: each may be so much, and sums add up."""
    known: dict[str, cp_model.IntVar] = {}
    for name, number in seen.items():
        low, high = (1, 1000) if number is None else (number, number + STEP - 1 if number else 0)
        known[name] = model.new_int_var(low, high, f"{name}{look}")
    for each in SUMS:
        parts = [known[part] for part in each.parts if part in known]
        if each.whole in known and len(parts) == len(each.parts):
            model.add(known[each.whole] == sum(parts))
    return known


def span(looks: Sequence[Mapping[str, int | None]], look: int, name: str) -> tuple[int, int]:
    """The least and the most that a number can have been, for somebody who has seen it twice: nothing ever gets less."""
    found = []
    for sign in (1, -1):
        model = cp_model.CpModel()
        read = [reader(model, seen, at) for at, seen in enumerate(looks)]
        for before, after in pairwise(read):
            for each in before.keys() & after.keys():
                model.add(before[each] <= after[each])
        model.minimize(sign * read[look][name])
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        assert solver.solve(model) == cp_model.OPTIMAL
        found.append(round(solver.objective_value) * sign)
    return found[0], found[1]


@settings(max_examples=25, deadline=None)
@given(things, answers, st.integers(1, 5))
def test_no_subtraction_tells_what_is_not_told(found: list[Thing], said: list[tuple[int, str]], first: int) -> None:
    real = [counted(found, said, until) for until in (first, 6)]
    looks = [told(each, SUMS) for each in real]
    for at, (counts, seen) in enumerate(zip(real, looks, strict=True)):
        for name, number in seen.items():
            assert number is None or number == counts[name] - counts[name] % STEP
            assert not (number and counts[name] < FEW)
            if 0 < counts[name] < FEW:
                assert number is None
                least, most = span(looks, at, name)
                assert least < most, f"{name} must be {least}: {looks}"


def test_one_small_number_takes_its_neighbour_with_it() -> None:
    sums = [Sum("all", ("a", "b", "c", "d", "e"))]
    assert told({"all": 20, "a": 4, "b": 4, "c": 4, "d": 4, "e": 4}, sums) == {
        "all": None, "a": None, "b": None, "c": None, "d": None, "e": None,
    }  # fmt: skip
    assert told({"all": 31, "a": 3, "b": 8, "c": 20, "d": 0, "e": 0}, sums) == {
        "all": 30, "a": None, "b": 5, "c": 20, "d": 0, "e": 0,
    }  # fmt: skip


def test_what_a_small_number_is_made_of_is_not_listed() -> None:
    sums = [Sum("all", ("happened", "no")), Sum("happened", ("yes", "partly"))]
    assert told({"all": 12, "happened": 3, "no": 9, "yes": 2, "partly": 1}, sums) == {
        "all": 10, "happened": None, "no": 5,
    }  # fmt: skip
    assert told({"all": 0, "happened": 0, "no": 0, "yes": 0, "partly": 0}, sums) == {
        "all": 0, "happened": 0, "no": 0, "yes": 0, "partly": 0,
    }  # fmt: skip
