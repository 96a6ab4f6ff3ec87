"""Focus groups by lot: deterministic, whole, nobody twice, spread over profiles, and everybody with the same chance."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.errors import OperatorError
from bot.rules.draws import CIVIL, MUNICIPAL, Candidate, draw, replacement

AREAS = (None, "Stenhamra", "Ekerö centrum", "Munsö")
PEOPLE = some.lists(
    some.builds(
        Candidate, id=some.integers(1, 10_000), area=some.sampled_from(AREAS), band=some.sampled_from((None, 0, 18, 26, 65)),
        formal=some.booleans(),
    ),
    max_size=60, unique_by=lambda each: each.id,
)  # fmt: skip


@given(
    people=PEOPLE, groups=some.integers(1, 6), size=some.integers(1, 9), seed=some.text(max_size=8), data=some.data()
)
def test_draw_is_whole_even_and_the_same_again(
    people: list[Candidate], groups: int, size: int, seed: str, data: some.DataObject
) -> None:
    found = draw(people, groups, size, seed)
    assert draw(data.draw(some.permutations(people)), groups, size, seed) == found
    drawn = [id for group in found.groups for id in group]
    assert sorted([*drawn, *found.left]) == sorted(each.id for each in people), "everybody once: in a group, or left"
    assert len(drawn) == min(groups * size, len(people))
    sizes = [len(group) for group in found.groups]
    assert len(sizes) == groups and max(sizes) <= size and max(sizes) - min(sizes) <= 1
    by_id = {each.id: each for each in people}
    for spread in (lambda each: each.area, lambda each: each.profile):
        counts = [Counter(spread(by_id[id]) for id in group) for group in found.groups]
        for what in {spread(each) for each in people}:
            there = [count[what] for count in counts]
            assert max(there) - min(there) <= 1, "one group has more of a kind than another"
    taken = Counter(by_id[id].profile for id in drawn)
    for profile, count in Counter(each.profile for each in people).items():
        assert taken[profile] >= min(count, len(drawn) // max(1, len({each.profile for each in people})))


@given(people=PEOPLE, seed=some.text(max_size=8))
def test_whoever_comes_instead_is_like_them_and_was_not_there(people: list[Candidate], seed: str) -> None:
    found = draw(people, 2, 3, seed)
    by_id = {each.id: each for each in people}
    for gone in (by_id[id] for group in found.groups for id in group):
        instead = replacement(gone, people, found.left, seed)
        assert (instead is None) == (not found.left)
        if instead is not None:
            assert instead in found.left
            alike = [id for id in found.left if by_id[id].profile == gone.profile]
            assert not alike or by_id[instead].profile == gone.profile


def test_everybody_of_a_profile_has_the_same_chance() -> None:
    people = [Candidate(id, area=AREAS[id % 2]) for id in range(1, 41)]
    times = Counter(id for seed in range(2000) for group in draw(people, 2, 5, f"seed {seed}").groups for id in group)
    assert all(abs(times[each.id] - 500) < 85 for each in people), times  # 4.4 standard deviations


def test_the_municipality_sits_by_itself() -> None:
    mixed = [Candidate(1), Candidate(2, side=MUNICIPAL)]
    with pytest.raises(OperatorError, match="groups of their own"):
        draw(mixed, 1, 2, "seed")
    assert replacement(Candidate(3, side=CIVIL), mixed, (1, 2), "seed") == 1
    assert replacement(Candidate(3, side=MUNICIPAL), mixed, (1,), "seed") is None
    with pytest.raises(OperatorError, match="write 1 or more"):
        draw([], 0, 2, "seed")
