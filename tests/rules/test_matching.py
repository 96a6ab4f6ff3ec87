"""Matching: the solver against every plan there is, on small towns; and the edges of times, clocks and what is locked."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.rules.matching import cover, families, fours, phone_pairs
from bot.rules.matching.shifts import Lack, Pair, Plan, Roster, Shift, Span, Volunteer, lacks
from bot.rules.matching.solver import Budget

EXAMPLES = int(os.environ.get("IDELABB_EXAMPLES", "60"))
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

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
@given(town=towns())
def test_in_a_large_piece_the_bound_holds_and_what_is_called_proven_is_the_best(
    monkeypatch: pytest.MonkeyPatch, town: tuple[Any, ...]
) -> None:
    monkeypatch.setattr(cover, "SMALL", 0)  # every piece is treated as a large one
    volunteers, shifts, excluded, locked, told = town
    plan = Roster(volunteers, shifts, excluded, locked).plan(told)
    assert broken(plan, volunteers, shifts, excluded, locked) == []
    best = _best(volunteers, shifts, excluded, locked, told)
    worth = _worth(set(plan.pairs), volunteers, shifts, locked, told)
    bound = tuple(plan.bound.values())
    assert bound >= best[0] >= worth[0]
    assert (bound == best[0] == worth[0]) or not plan.proven
    assert worth == best or not plan.settled


def chained(people: int, needs: int) -> tuple[list[Volunteer], list[Shift]]:
    """Every shift overlaps the one before it and the one after it; everybody has time for all."""
    shifts = [shift(f"n{number}", number, number + 1.5, count=1 + number % 2) for number in range(needs)]
    return [somebody(f"v{number}", max_shifts=3) for number in range(people)], shifts


def test_a_large_piece_of_chains_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "SMALL", 0)
    plan = Roster(*chained(6, 20)).plan()
    assert (plan.proven, len(plan.pairs)) == (True, 18)


def test_without_time_the_best_that_is_found_comes_with_its_bound() -> None:
    volunteers, shifts = chained(6, 20)
    plan = Roster(volunteers, shifts).plan(budget=Budget(0.0))
    assert broken(plan, volunteers, shifts, set(), set()) == []
    assert sum(plan.bound.values()) >= len(plan.pairs)


@QUICK
@given(towns(people=8, needs=8))
def test_who_may_take_what_is_the_same_for_one_and_for_all_at_once(town: tuple[Any, ...]) -> None:
    volunteers, shifts, *_rest = town
    at_once = {(f"v{one}", f"n{other}") for one, other in zip(*Roster(volunteers, shifts).allowed(), strict=True)}
    assert at_once == {
        (one.id, other.id) for one in volunteers for other in shifts if not lacks(one, other)
    } == {(one.id, other.id) for one in volunteers for other in shifts if _may(one, other)}  # fmt: skip


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "fits"),
    [
        ([(8, 10)], True),
        ([(8, 9), (9, 10)], True),
        ([(9, 12), (7, 9)], True),
        ([(7, 9.5), (9, 11)], True),
        ([(8, 9), (9.25, 10)], False),
        ([(8.25, 12)], False),
        ([(6, 9.75)], False),
        ([], False),
    ],
)
def test_somebody_is_there_for_the_whole_shift(free: list[tuple[float, float]], fits: bool) -> None:
    anna = somebody(free=tuple(hours(*each) for each in free))
    assert (Lack.TIME not in lacks(anna, shift())) == fits
    assert bool(Roster([anna], [shift()]).plan().pairs) == fits


@pytest.mark.parametrize(
    ("second", "both"), [((10, 12), True), ((9.5, 12), False), ((8, 10), False), ((8.5, 9), False)]
)
def test_shifts_may_touch_and_never_overlap(second: tuple[float, float], both: bool) -> None:
    plan = Roster([somebody()], [shift("n1", 8, 10), shift("n2", *second)]).plan()
    assert (len(plan.pairs) == 2) == both


# --- what comes before what --------------------------------------------------------------------------------------------


def test_one_urgent_place_comes_before_any_number_of_others() -> None:
    long = shift("urgent", 8, 18)
    others = [shift(f"n{number:02}", 8 + number, 9 + number, priority=2) for number in range(10)]
    plan = Roster([somebody()], [long, *others]).plan()
    assert plan.pairs == (("A", "urgent"),)


def test_the_load_is_spread_before_the_near_are_preferred() -> None:
    near, far = somebody("near"), somebody("far", areas=("Ekerö", "Stenhamra"))
    shifts = [shift("n1", 8, 10, area="Stenhamra"), shift("n2", 12, 14, area="Stenhamra")]
    assert Counter(one for one, _shift in Roster([near, far], shifts).plan().pairs) == {"near": 1, "far": 1}
    assert Roster([near, far], shifts[:1]).plan().pairs == (("near", "n1"),)


def test_what_people_have_been_told_stays_when_a_need_is_new() -> None:
    volunteers = [somebody("A"), somebody("B")]
    shifts = [shift("n1", 8, 10), shift("n2", 12, 14)]
    told = [("B", "n1"), ("B", "n2")]
    plan = Roster(volunteers, [*shifts, shift("n3", 13, 15)]).plan(told)
    assert plan.pairs == (("A", "n3"), *told)


def test_who_drops_out_is_replaced_and_nobody_else_moves() -> None:
    volunteers = [somebody(id) for id in "ABCD"]
    shifts = [shift("n1", 8, 10), shift("n2", 9, 11), shift("n3", 8, 12)]
    roster = Roster(volunteers, shifts)
    plan = roster.plan()
    (gone, empty), *rest = plan.pairs
    mended = roster.without((gone, each.id) for each in shifts).mend(plan)
    (spare,) = set("ABCD") - {one for one, _shift in plan.pairs}
    assert (mended.pairs, mended.proven) == (tuple(sorted([*rest, (spare, empty)])), True)


# --- locked -----------------------------------------------------------------------------------------------------------


def test_what_is_locked_stays_counts_and_is_told_of() -> None:
    anna, bo = somebody("A", max_shifts=1), somebody("B", consent=False)
    shifts = [shift("n1", 8, 10, car=True), shift("n2", 9, 11), shift("n3", 12, 14)]
    roster = Roster([anna, bo], shifts, excluded=[("A", "n1")], locked=[("A", "n1"), ("B", "n3")])
    plan = roster.plan()
    assert plan.pairs == (("A", "n1"), ("B", "n3"))
    assert roster.warnings() == {("A", "n1"): (Lack.CAR, Lack.EXCLUDED), ("B", "n3"): (Lack.CONSENT,)}


def test_locked_pairs_that_break_each_other_are_told_of() -> None:
    shifts = [shift("n1", 8, 10), shift("n2", 9, 11)]
    locked = [("A", "n1"), ("A", "n2"), ("B", "n1")]
    roster = Roster([somebody("A", max_shifts=1), somebody("B")], shifts, locked=locked)
    assert roster.plan().pairs == tuple(locked)
    assert roster.warnings() == {
        ("A", "n1"): (Lack.MAX_SHIFTS, Lack.TAKEN, Lack.PLACES),
        ("A", "n2"): (Lack.MAX_SHIFTS, Lack.TAKEN),
        ("B", "n1"): (Lack.PLACES,),
    }


# --- why a place is empty ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "has", "because"),
    [
        ({"car": True}, {}, ("car",)),
        ({"record_check": True}, {}, ("record_check",)),
        ({"languages_any": frozenset({"ti"})}, {"languages": frozenset({"sv"})}, ("languages",)),
        ({"skills_all": frozenset({"nurse", "cook"})}, {"skills": frozenset({"cook"})}, ("skills",)),
        ({"area": "Ekerö"}, {}, ("area",)),
        ({}, {"free": ()}, ("time",)),
        ({}, {"consent": False}, ("consent",)),
        ({}, {"max_shifts": 0}, ("max_shifts",)),
        ({"car": True}, {"free": ()}, ("car", "time")),
    ],
)
def test_an_empty_place_says_what_is_missing(
    asked: dict[str, Any], has: dict[str, Any], because: tuple[str, ...]
) -> None:
    roster = Roster([somebody(**has), somebody("far", consent=False, free=(), areas=())], [shift(**asked)])
    (short,) = roster.shortages(roster.plan())
    assert (short.places, short.because) == (1, because)
    assert [(each.lacks, each.volunteers) for each in short.misses] == [(because, ("A",))]


def test_an_empty_place_says_who_is_busy_or_kept_apart() -> None:
    roster = Roster(
        [somebody("A"), somebody("B")], [shift("n1"), shift("n2", priority=2)], excluded=[("B", "n1"), ("B", "n2")]
    )
    (short,) = roster.shortages(roster.plan())
    assert (short.shift.id, short.because) == ("n2", (Lack.EXCLUDED, Lack.TAKEN))
    assert [(each.lacks, each.volunteers) for each in short.misses] == [
        ((Lack.TAKEN,), ("A",)),
        ((Lack.EXCLUDED,), ("B",)),
    ]


def test_without_volunteers_every_place_is_empty() -> None:
    roster = Roster([], [shift(count=2)])
    (short,) = roster.shortages(roster.plan())
    assert (short.places, short.because, short.misses) == (2, (Lack.NOBODY,), ())


# --- groups of four -----------------------------------------------------------------------------------------------------


def _is_group(some: Sequence[fours.Person]) -> bool:
    ages = [each.age for each in some]
    return (
        len({each.side for each in some}) == 2
        and len({each.place for each in some}) == 1
        and max(ages) - min(ages) <= 3
        and all(any(one.side != other.side and one.interests & other.interests for other in some) for one in some)
    )


def _most_groups(people: Sequence[fours.Person]) -> int:
    if len(people) < 4:
        return 0
    first, *rest = people
    found = [_most_groups(rest)]
    for three in itertools.combinations(rest, 3):
        if _is_group((first, *three)):
            found.append(1 + _most_groups([each for each in rest if each not in three]))
    return max(found)


YOUTH = st.builds(
    fours.Person, id=st.just(""), side=st.sampled_from(list(fours.Side)), age=st.integers(15, 22),
    place=st.sampled_from(["Stenhamra", "Ekerö"]), interests=st.frozensets(st.sampled_from("abc"), max_size=2),
    guardian_ok=st.sampled_from([True, True, False]),
)  # fmt: skip


@QUICK
@given(st.lists(YOUTH, max_size=9))
def test_as_many_as_possible_are_in_groups_of_four(some: list[fours.Person]) -> None:
    people = [replace(each, id=f"p{number}") for number, each in enumerate(some)]
    found = fours.group(people, fours.Rules())
    by_id = {each.id: each for each in people}
    able = [each for each in people if each.age >= 18 or each.guardian_ok]
    assert found.proven and len(found.groups) == _most_groups(able)
    assert all(_is_group([by_id[id] for id in group]) for group in found.groups)
    placed = [id for group in found.groups for id in group]
    assert sorted([*placed, *(id for id, _why in found.waiting)]) == sorted(by_id)
    assert {id for id, why in found.waiting if why == "guardian_ok"} == {
        each.id for each in people if each.age < 18 and not each.guardian_ok
    }
    assert fours.group(people[::-1], fours.Rules()) == found


def test_why_somebody_waits_for_a_group() -> None:
    new, other = fours.Side.NEW, fours.Side.ESTABLISHED
    people = [
        fours.Person("place", new, 20, "Färingsö", frozenset("a")),
        fours.Person("age", new, 30, "Ekerö", frozenset("a")),
        fours.Person("interests", new, 20, "Ekerö", frozenset("b")),
        fours.Person("size", new, 20, "Ekerö", frozenset("a")),
        fours.Person("other", other, 20, "Ekerö", frozenset("a")),
        fours.Person("no", other, 20, "Ekerö", frozenset("a"), consent=False),
        fours.Person("unknown", other, None, "Ekerö", frozenset("a")),
    ]
    assert dict(fours.group(people, fours.Rules()).waiting) == {
        "place": "place", "age": "age", "interests": "interests", "size": "size", "other": "size", "no": "consent",
        "unknown": "age",
    }  # fmt: skip


# --- partners for the phone --------------------------------------------------------------------------------------------

TALKER = st.builds(
    phone_pairs.Person, id=st.just(""), age=st.integers(48, 60), languages=st.frozensets(st.sampled_from("abcd"), max_size=2),
    hours=st.frozensets(st.sampled_from("123"), max_size=2),
)  # fmt: skip


def _most_pairs(people: Sequence[phone_pairs.Person]) -> int:
    if len(people) < 2:
        return 0
    first, *rest = people
    return max(
        _most_pairs(rest),
        *(
            1 + _most_pairs([each for each in rest if each is not other])
            for other in rest
            if first.languages & other.languages and first.hours & other.hours
        ),
        0,
    )


@QUICK
@given(st.lists(TALKER, max_size=9))
def test_as_many_as_possible_have_a_partner(some: list[phone_pairs.Person]) -> None:
    people = [replace(each, id=f"p{number}") for number, each in enumerate(some)]
    found = phone_pairs.pair(people, phone_pairs.Rules())
    by_id = {each.id: each for each in people}
    assert found.proven and len(found.pairs) == _most_pairs([each for each in people if each.age >= 50])
    for one, other in ((by_id[one], by_id[other]) for one, other in found.pairs):
        assert one.languages & other.languages and one.hours & other.hours and min(one.age, other.age) >= 50
    assert sorted([*itertools.chain(*found.pairs), *(id for id, _why in found.waiting)]) == sorted(by_id)
    assert phone_pairs.pair(people[::-1], phone_pairs.Rules()) == found


def test_why_somebody_waits_for_a_partner() -> None:
    def talker(id: str, age: int | None, language: str, hour: str) -> phone_pairs.Person:
        return phone_pairs.Person(id, age, frozenset({language}), frozenset({hour}))

    people = [
        talker("a", 50, "sv", "10"), talker("b", 70, "sv", "10"), talker("late", 70, "sv", "10"),
        talker("hour", 70, "sv", "22"), talker("alone", 70, "ti", "10"), talker("young", 49, "sv", "10"),
        talker("unknown", None, "sv", "10"),
    ]  # fmt: skip
    found = phone_pairs.pair(people, phone_pairs.Rules())
    assert len(found.pairs) == 1
    assert {why for id, why in found.waiting if id in "a b late"} == {"taken"}
    assert {id: why for id, why in found.waiting if why != "taken"} == {
        "hour": "hours", "alone": "languages", "young": "age", "unknown": "age",
    }  # fmt: skip


# --- friend families ----------------------------------------------------------------------------------------------------

FAMILY = st.builds(
    families.Family, id=st.just(""), consent=st.sampled_from([True, True, False]),
    interests=st.frozensets(st.sampled_from("abc")), children=st.lists(st.integers(0, 12), max_size=3).map(tuple),
    work=st.sampled_from([None, "care", "Care ", "school"]),
)  # fmt: skip


@QUICK
@given(st.lists(FAMILY, max_size=5), st.lists(FAMILY, max_size=5))
def test_as_many_families_as_possible_and_then_the_most_in_common(
    established: list[families.Family], newcomers: list[families.Family]
) -> None:
    own = [replace(each, id=f"e{number}") for number, each in enumerate(established)]
    new = [replace(each, id=f"n{number}") for number, each in enumerate(newcomers)]
    found = families.match(own, new)
    here, there = [each for each in own if each.consent], [each for each in new if each.consent]
    few, many = sorted((here, there), key=len)
    best = max(
        sum(
            families.weigh(*((one, other) if one in there else (other, one))).percent
            for one, other in zip(few, some, strict=True)
        )
        for some in itertools.permutations(many, len(few))
    )
    assert (len(found.pairs), sum(each.percent for each in found.pairs)) == (len(few), best)
    named = [id for each in found.pairs for id in (each.newcomer, each.family)]
    assert not {each.id for each in (*own, *new) if not each.consent} & set(named)
    assert sorted([*named, *(id for id, _why in found.waiting)]) == sorted(each.id for each in (*own, *new))
    assert families.match(own[::-1], new[::-1]) == found


def test_what_two_families_have_in_common_is_said() -> None:
    new = families.Family("n", True, frozenset({"football", "food"}), (6, 12), "care")
    own = families.Family("e", True, frozenset({"food"}), (7, 1), "Care")
    (pair,) = families.match([own], [new]).pairs
    assert pair == families.Match("n", "e", 80, ("food",), ((6, 7),), "care")
