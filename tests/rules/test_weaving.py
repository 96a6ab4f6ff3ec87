"""The map of actors: the picture, circles, missing links, the weaver's share. Examples, and what holds for every map."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.weaving import (
    EACH_MAX,
    GAP,
    Node,
    Tie,
    by_month,
    clusters,
    components,
    layout,
    missing,
    neighbours,
    share,
    step,
)

DAY = date(2026, 3, 2)
MAPS = settings(max_examples=60, deadline=None)


@st.composite
def maps(draw: Any, most: int = 24) -> tuple[list[Node], list[Tie]]:
    """Actors with areas and topics, and who works with whom."""
    ids = draw(st.lists(st.integers(1, 99), unique=True, max_size=most))
    some = st.frozensets(st.sampled_from("xyz"), max_size=2)
    nodes = [Node(id, draw(some), draw(some), draw(st.integers(0, 9)) == 0, draw(st.integers(0, 9)) == 0) for id in ids]
    pairs = st.tuples(st.sampled_from(ids), st.sampled_from(ids)) if ids else st.nothing()
    days = st.dates(date(2025, 1, 1), date(2026, 6, 1))
    ties = draw(st.lists(pairs, max_size=2 * most)) if ids else []
    return nodes, [Tie(a, b, draw(st.sampled_from(("", "x"))), draw(days)) for a, b in ties]


@MAPS
@given(maps(), st.randoms(use_true_random=False))
def test_no_two_actors_are_drawn_upon_each_other_and_the_same_map_is_the_same_picture(made: Any, chance: Any) -> None:
    nodes, ties = made
    ids = [node.id for node in nodes]
    drawn = layout(ids, ties)
    assert set(drawn.at) == set(ids)
    for (ax, ay), (bx, by) in combinations(drawn.at.values(), 2):
        assert math.hypot(ax - bx, ay - by) > GAP - 1
    for x, y in drawn.at.values():
        assert GAP / 2 - 1 <= x <= drawn.width - GAP / 2 + 1 and GAP / 2 - 1 <= y <= drawn.height - GAP / 2 + 1
    mixed, turned = ids[:], [Tie(tie.b, tie.a, tie.theme, tie.since) for tie in ties]
    chance.shuffle(mixed)
    chance.shuffle(turned)
    assert layout(mixed, turned) == drawn


@MAPS
@given(maps(), st.randoms(use_true_random=False))
def test_circles_hang_together_and_do_not_depend_on_the_order(made: Any, chance: Any) -> None:
    nodes, ties = made
    ids = [node.id for node in nodes]
    beside = neighbours(ids, ties)
    circle = clusters(beside)
    assert set(circle) == set(ids)
    for name in set(circle.values()):
        inside = [id for id in ids if circle[id] == name]
        assert min(inside) == name
        assert len(components(neighbours(inside, ties))) == 1
    mixed = ties[:]
    chance.shuffle(mixed)
    assert clusters(neighbours(reversed(ids), mixed)) == circle


@MAPS
@given(maps(), st.randoms(use_true_random=False))
def test_only_who_is_not_linked_and_has_something_in_common_is_proposed(made: Any, chance: Any) -> None:
    nodes, ties = made
    known = {node.id: node for node in nodes}
    found = missing(nodes, ties)
    beside = neighbours(known, ties)
    for each in found:
        a, b = known[each.a], known[each.b]
        assert each.a < each.b and each.b not in beside[each.a]
        assert not (a.weaver or b.weaver or a.apart or b.apart)
        assert each.why and (a.topics & b.topics or a.areas & b.areas)
        assert (each.theme in a.topics & b.topics) == ("theme" in each.why)
        assert (each.area in a.areas & b.areas) == ("area" in each.why)
    for id in known:
        assert sum(id in each.pair for each in found) <= EACH_MAX
    assert len({each.pair for each in found}) == len(found)
    mixed = nodes[:]
    chance.shuffle(mixed)
    assert missing(mixed, ties) == found
    assert {each.pair for each in missing(nodes, ties, but={each.pair for each in found})}.isdisjoint(
        each.pair for each in found
    )


@MAPS
@given(maps())
def test_the_share_is_a_part_of_all_links_and_falls_when_a_direct_link_is_made(made: Any) -> None:
    nodes, ties = made
    weavers = {node.id for node in nodes if node.weaver}
    months = by_month(ties, weavers, DAY)
    assert [each.day for each in months] == sorted({each.day for each in months}) and months[-1].day == DAY
    assert len(months) == 12 and months[-2].day == date(2026, 2, 28) and months[0].day == date(2025, 4, 30)
    for each in months:
        assert 0 <= each.through <= each.every and (each.percent is None) == (each.every == 0)
        assert share(ties, weavers, each.day) == each
    others = [node.id for node in nodes if node.id not in weavers]
    pairs = {tie.pair for tie in ties if tie.stands(DAY)}
    new = next((pair for pair in combinations(sorted(others), 2) if pair not in pairs), None)
    if new and months[-1].percent:
        assert share([*ties, Tie(*new, since=DAY)], weavers, DAY).through == months[-1].through
        assert share([*ties, Tie(*new, since=DAY)], weavers, DAY).every == months[-1].every + 1


def test_the_four_steps_of_the_model() -> None:
    """1 is the weaver; 2, 3, 4 and 5, 6 know each other at first (publication, 4.2)."""
    nodes, weaver = [1, 2, 3, 4, 5, 6], {1}
    scattered = [Tie(2, 3), Tie(3, 4), Tie(2, 4), Tie(5, 6)]
    assert step(nodes, [], weaver, DAY) == "a"
    assert step(nodes, scattered, weaver, DAY) == "a"
    whole = [*scattered, *(Tie(1, each) for each in (2, 3, 4, 5, 6))]
    assert step(nodes, whole, weaver, DAY) == "b"
    more = [*scattered, Tie(1, 2), Tie(1, 5)]
    assert step(nodes, more, weaver, DAY) == "c"
    assert step(nodes, [*more, Tie(4, 5)], weaver, DAY) == "d"
    gone = [Tie(1, each, until=DAY) for each in (2, 5)]
    assert step(nodes, [*scattered, *gone, Tie(4, 5)], weaver, DAY) == "d", "nobody needs the weaver any more"
    assert step(nodes, [*scattered, *gone, Tie(4, 5)], weaver, DAY - timedelta(days=1)) == "d"


def test_two_circles_are_found_and_who_joins_them_is_proposed_first() -> None:
    dalby, music = frozenset({"Dalby"}), frozenset({"culture"})
    nodes = [Node(1, dalby, music, weaver=True), *(Node(id, dalby, frozenset()) for id in (2, 3, 5, 6)),
             Node(4, dalby, music), Node(7, dalby, music), Node(8, frozenset({"Genarp"}), music)]  # fmt: skip
    ties = [Tie(2, 3), Tie(3, 4), Tie(2, 4), Tie(5, 6), Tie(6, 7), Tie(5, 7), Tie(1, 4), Tie(1, 7)]
    circle = clusters(neighbours([2, 3, 4, 5, 6, 7], ties))
    assert circle == {2: 2, 3: 2, 4: 2, 5: 5, 6: 5, 7: 5}
    first, *others = missing(nodes, ties)
    assert first.pair == (4, 7) and (first.theme, first.area) == ("culture", "Dalby")
    assert first.why == ("theme", "area", "bridge", "weaver")
    assert all("theme" not in each.why for each in others), "who is elsewhere is not near"
    assert missing(nodes, ties, but={(4, 7)})[0].pair != (4, 7)
