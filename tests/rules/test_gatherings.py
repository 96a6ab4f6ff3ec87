"""Agendas, seats and groups of topics: what holds for every input."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.gatherings import agenda, grouped, moved, moved_up, name_of

keys = st.lists(st.sampled_from("abcdefghij"), max_size=6)
topics = st.dictionaries(
    st.integers(1, 60),
    st.text(alphabet="abcdefåäö cyklar språkcafé BOSTAD للغة", max_size=40),
    max_size=12,
)


@given(keys, keys, keys, keys)
def test_agenda_has_every_item_once_and_keeps_the_order_of_staff(
    first: list[str], sent: list[str], last: list[str], chosen: list[str]
) -> None:
    found = agenda(first, sent, last, chosen)
    assert sorted(found) == sorted({*first, *sent, *last})
    wanted = [each for each in dict.fromkeys(chosen) if each in found]
    assert [each for each in found if each in wanted] == wanted
    assert agenda(first, sent, last, found) == found, "an order that is whole is left alone"
    assert agenda(first, sent, last) == tuple(dict.fromkeys((*first, *sent, *last)))


@given(keys, st.sampled_from("abcdefghij"), st.sampled_from((-1, 1)))
def test_an_item_is_moved_one_step_and_nothing_else_is(order: list[str], key: str, by: int) -> None:
    order = list(dict.fromkeys(order))
    found = moved(order, key, by)
    assert sorted(found) == sorted(order)
    assert [each for each in found if each != key] == [each for each in order if each != key]
    if key in order:
        assert found.index(key) == min(max(order.index(key) + by, 0), len(order) - 1)


def test_what_comes_late_stands_before_what_is_last() -> None:
    chosen = ("world", "items-2", "speaker", "items-1", "news")
    assert agenda(("world", "speaker"), ("items-1", "items-2", "items-3"), ("news",), chosen) == (
        "world", "items-2", "items-3", "speaker", "items-1", "news",
    )  # fmt: skip


@given(
    st.one_of(st.none(), st.integers(0, 20)), st.integers(0, 20),
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 6)), max_size=8, unique_by=lambda each: each[0]),
)  # fmt: skip
def test_never_more_seats_than_there_are_and_none_is_left_that_fits(
    seats: int | None, taken: int, waiting: list[tuple[int, int]]
) -> None:
    up = moved_up(seats, taken, waiting)
    people = dict(waiting)
    now = taken + sum(people[id] for id in up)
    assert seats is None or not up or now <= seats
    assert all(seats is not None and now + people[id] > seats for id, _count in waiting if id not in up)


@given(topics, st.randoms(use_true_random=False))
def test_every_topic_is_in_one_group_whatever_the_order_and_case(said: dict[int, str], random: object) -> None:
    found = grouped(said)
    assert sorted(id for group in found for id in group) == sorted(said)
    assert all(group == tuple(sorted(group)) for group in found)
    shuffled = dict(sorted(said.items(), key=lambda _each: random.random()))  # type: ignore[attr-defined]
    assert grouped(shuffled) == found and grouped({id: each.upper() for id, each in said.items()}) == found
    for group in found:
        assert name_of([said[id] for id in group]) in said.values()


def test_topics_of_the_workshop_fall_into_its_groups() -> None:
    said = {
        1: "Språkcafé i Stenhamra", 2: "Hur möter vi rykten?", 3: "Fler språkcaféer behövs", 4: "rykten på nätet",
        5: "Vägen in i föreningar", 6: "Vänner åt unga som är nya",
    }  # fmt: skip
    assert grouped(said) == ((1, 3), (2, 4), (5,), (6,))
    assert name_of([said[1], said[3]]) == "Språkcafé i Stenhamra"
