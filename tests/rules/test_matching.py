"""Matching: the solver against every plan there is, on small towns; and the edges of times, clocks and what is locked."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.rules.matching.shifts import Pair, Plan, Roster, Shift, Span, Volunteer, lacks

EXAMPLES = int(os.environ.get("IDELABB_EXAMPLES", "60"))
QUICK = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def hours(begins: float, ends: float) -> Span:
    """From and to on one Monday."""
    return MONDAY + timedelta(hours=begins), MONDAY + timedelta(hours=ends)


def somebody(id: str = "A", **more: Any) -> Volunteer:
    return Volunteer(id, **{"areas": ("Stenhamra",), "free": (hours(0, 24),), "consent": True, **more})


def shift(id: str = "n1", begins: float = 8, ends: float = 10, **more: Any) -> Shift:
    return Shift(id, *hours(begins, ends), **more)


# --- every plan there is ----------------------------------------------------------------------------------------------


def _is_there(volunteer: Volunteer, shift: Shift) -> bool:
    """Minute by minute, so that nothing is shared with how the program does it."""
    minutes = int((shift.ends - shift.begins).total_seconds() // 60)
    return all(
        any(begins <= shift.begins + timedelta(minutes=each) < ends for begins, ends in volunteer.free)
        for each in range(0, minutes, 30)
    )


def _may(volunteer: Volunteer, shift: Shift) -> bool:
    return (
        volunteer.consent
        and (volunteer.car or not shift.car)
        and (volunteer.cleared or not shift.record_check)
        and (shift.area is None or shift.area in volunteer.areas)
        and all(each in volunteer.skills for each in shift.skills_all)
        and (not shift.languages_any or any(each in volunteer.languages for each in shift.languages_any))
        and _is_there(volunteer, shift)
    )


def _at_once(one: Shift, other: Shift) -> bool:
    return max(one.begins, other.begins) < min(one.ends, other.ends)


def _choices(
    volunteer: Volunteer, shifts: Sequence[Shift], excluded: set[Pair], locked: set[Pair]
) -> Iterator[tuple[Shift, ...]]:
    """Every set of shifts that the volunteer may have, the locked ones always among them."""
    fixed = tuple(each for each in shifts if (volunteer.id, each.id) in locked)
    open_ = [
        each
        for each in shifts
        if each not in fixed and (volunteer.id, each.id) not in excluded and _may(volunteer, each)
        and not any(_at_once(each, other) for other in fixed)
    ]  # fmt: skip
    most = len(open_) if volunteer.max_shifts is None else max(0, volunteer.max_shifts - len(fixed))
    for many in range(min(most, len(open_)) + 1):
        for some in itertools.combinations(open_, many):
            if not any(_at_once(one, other) for one, other in itertools.combinations(some, 2)):
                yield (*fixed, *some)


def _best(
    volunteers: Sequence[Volunteer], shifts: Sequence[Shift], excluded: set[Pair], locked: set[Pair], told: set[Pair]
) -> tuple[Any, ...]:
    """The worth of the best plan, found by trying all."""
    found = []
    for plan in itertools.product(*(list(_choices(each, shifts, excluded, locked)) for each in volunteers)):
        pairs = {(one.id, each.id) for one, some in zip(volunteers, plan, strict=True) for each in some}
        taken = Counter(id for one, id in pairs - locked)
        before = Counter(id for _one, id in locked)
        if all(taken[each.id] <= max(0, each.count - before[each.id]) for each in shifts):
            found.append(_worth(pairs, volunteers, shifts, locked, told))
    return max(found)


def _worth(
    pairs: set[Pair], volunteers: Sequence[Volunteer], shifts: Sequence[Shift], locked: set[Pair], told: set[Pair]
) -> tuple[Any, ...]:
    """Places covered at each priority, told before and kept, squares of the loads, near ones: the more the better."""
    by_id = {each.id: each for each in volunteers}
    taken = Counter(id for _one, id in pairs)
    priorities = sorted({each.priority for each in shifts})
    covered = tuple(
        sum(min(each.count, taken[each.id]) for each in shifts if each.priority == priority) for priority in priorities
    )
    load = Counter(one for one, _id in pairs)
    area = {each.id: each.area for each in shifts}
    far = sum(area[id] is not None and by_id[one].areas[:1] != (area[id],) for one, id in pairs - locked)
    return covered, len((pairs & told) - locked), -sum(each * each for each in load.values()), -far


AREAS = st.sampled_from(["Stenhamra", "Ekerö", "Färingsö"])
SPANS = st.tuples(st.integers(0, 8), st.integers(1, 6)).map(lambda at: hours(at[0] / 2, (at[0] + at[1]) / 2))


@st.composite
def towns(draw: st.DrawFn, people: int = 4, needs: int = 5) -> tuple[Any, ...]:
    """Volunteers, shifts, excluded, locked, told."""
    some = st.frozensets(st.sampled_from(["sv", "prs"]), max_size=2)
    skills = st.frozensets(st.just("nurse"), max_size=1)
    mostly = st.sampled_from([True, True, True, False])
    seldom = st.sampled_from([False, False, False, True])
    volunteers = [
        Volunteer(
            f"v{number}", tuple(draw(st.lists(AREAS, min_size=1, max_size=3))),
            (*draw(st.lists(SPANS, max_size=2)), hours(0, draw(st.sampled_from([2, 7, 7])))),
            draw(some), draw(skills), draw(mostly), draw(mostly), draw(mostly), draw(st.sampled_from([None, 0, 1, 2, 2])),
        )
        for number in range(draw(st.integers(1, people)))
    ]  # fmt: skip
    shifts = [
        Shift(
            f"n{number}", *draw(SPANS), draw(st.one_of(st.none(), AREAS)), draw(st.integers(1, 2)),
            draw(some) if draw(seldom) else frozenset(), draw(skills) if draw(seldom) else frozenset(),
            draw(seldom), draw(seldom), draw(st.integers(1, 3)),
        )
        for number in range(draw(st.integers(1, needs)))
    ]  # fmt: skip
    pairs = st.tuples(st.sampled_from([each.id for each in volunteers]), st.sampled_from([each.id for each in shifts]))
    excluded, locked, told = (draw(st.sets(pairs, max_size=most)) for most in (2, 1, 4))
    return volunteers, shifts, excluded, locked, told


@QUICK
@given(towns())
def test_no_plan_is_better_than_the_one_that_is_found(town: tuple[Any, ...]) -> None:
    volunteers, shifts, excluded, locked, told = town
    plan = Roster(volunteers, shifts, excluded, locked).plan(told)
    assert (plan.proven, plan.settled) == (True, True)
    best = _best(volunteers, shifts, excluded, locked, told)
    assert _worth(set(plan.pairs), volunteers, shifts, locked, told) == best
    assert tuple(plan.bound.values()) == best[0]


@QUICK
@given(towns(people=12, needs=16))
def test_no_hard_condition_is_broken(town: tuple[Any, ...]) -> None:
    volunteers, shifts, excluded, locked, told = town
    roster = Roster(volunteers, shifts, excluded, locked)
    plan = roster.plan(told)
    assert broken(plan, volunteers, shifts, excluded, locked) == []
    turned = Roster(volunteers[::-1], shifts[::-1], sorted(excluded), sorted(locked)).plan(sorted(told))
    assert turned == plan
    free = [pair for pair in plan.pairs if pair not in locked]
    for pair in free[:2]:
        less = roster.without([pair])
        mended = less.mend(plan)
        assert broken(mended, volunteers, shifts, {*excluded, pair}, locked) == []
        anew = less.plan(plan.pairs)
        best = _worth(set(anew.pairs), volunteers, shifts, locked, set(plan.pairs))
        assert _worth(set(mended.pairs), volunteers, shifts, locked, set(plan.pairs)) <= best
        if mended.proven:
            assert _worth(set(mended.pairs), volunteers, shifts, locked, set())[0] == best[0]


def broken(
    plan: Plan, volunteers: Sequence[Volunteer], shifts: Sequence[Shift], excluded: set[Pair], locked: set[Pair]
) -> list[Any]:
    """Everything in a plan that no plan may hold."""
    by_id, need = {each.id: each for each in volunteers}, {each.id: each for each in shifts}
    own = [pair for pair in plan.pairs if pair not in locked]
    has: dict[str, list[Shift]] = {}
    for one, id in plan.pairs:
        has.setdefault(one, []).append(need[id])
    people = Counter(id for _one, id in plan.pairs)
    fixed = Counter(id for _one, id in locked)
    return [
        *(pair for pair in own if pair in excluded or not _may(by_id[pair[0]], need[pair[1]])),
        *(pair for pair in own for each in has[pair[0]] if each.id != pair[1] and _at_once(each, need[pair[1]])),
        *(
            one
            for one in {one for one, _id in own}
            if by_id[one].max_shifts is not None and len(has[one]) > by_id[one].max_shifts
        ),
        *(id for id, many in people.items() if many > max(need[id].count, fixed[id])),
        *(locked - set(plan.pairs)),
        *(pair for pair, many in Counter(plan.pairs).items() if many > 1),
    ]


@QUICK
@given(towns(people=8, needs=8))
def test_who_may_take_what_is_the_same_for_one_and_for_all_at_once(town: tuple[Any, ...]) -> None:
    volunteers, shifts, *_rest = town
    board = Roster(volunteers, shifts)._board
    at_once = {(f"v{one}", f"n{other}") for one, other in zip(board.volunteer, board.shift, strict=True)}
    assert at_once == {
        (one.id, other.id) for one in volunteers for other in shifts if not lacks(one, other)
    } == {(one.id, other.id) for one in volunteers for other in shifts if _may(one, other)}  # fmt: skip
