"""Meetings: what is on the agenda in which order, who gets a free seat, and which topics belong together. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

ALIKE: Final = 0.3
"""Two topics belong together when they share so much of their words, 0 to 1."""

STEM: Final = 5
"""Two words count as one when they begin with the same so many letters: "cyklar" and "cykling"."""

_WORD: Final = re.compile(r"[^\W\d_]{3,}")

_COMMON: Final = (
    # Swedish
    "och att det som för med den inte till ett ska kan hur vad när var vill har vara eller från men många mer alla "
    "man oss vår vårt våra under över här där fler gör göra bättre ihop "
    # English
    "the and for with that this how what when where want can more all our from are not "
    # Arabic
    "على إلى هذا هذه كيف مثل التي الذي نريد"
)
"""Words that say nothing about a topic. The rule stays true without them: they only make more topics alike."""


# --- the agenda -----------------------------------------------------------------------------------------------------------


def agenda(
    first: Sequence[str], sent: Sequence[str], last: Sequence[str], chosen: Sequence[str] = ()
) -> tuple[str, ...]:
    """The keys of all items in their order: standing ones, what was sent in by its time, standing ones that are last.

    What staff have put in order (`chosen`) keeps that order; what came later stands behind what it would follow without
    them, and what is gone is left out. Every key is there once.
    """
    usual = tuple(dict.fromkeys((*first, *sent, *last)))
    there = frozenset(usual)
    order = [key for key in dict.fromkeys(chosen) if key in there]
    if not order:
        return usual
    for at, key in enumerate(usual):
        if key not in order:
            before = next((each for each in reversed(usual[:at]) if each in order), None)
            order.insert(0 if before is None else order.index(before) + 1, key)
    return tuple(order)


def moved(order: Sequence[str], key: str, by: int) -> tuple[str, ...]:
    """The order with one item moved up (-1) or down (1); at its end it stays where it is."""
    if key not in order:
        return tuple(order)
    rest = [each for each in order if each != key]
    at = min(max(list(order).index(key) + by, 0), len(rest))
    return (*rest[:at], key, *rest[at:])


# --- seats ----------------------------------------------------------------------------------------------------------------


def fits(seats: int | None, taken: int, people: int) -> bool:
    """Whether so many more have room; without a limit everybody has."""
    return seats is None or taken + people <= seats


def moved_up(seats: int | None, taken: int, waiting: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Who of those who wait (id and how many they are, the first in line first) gets room now. Whoever is too many for what
    is free keeps their place in the line, and holds up nobody."""
    up: list[int] = []
    for id, people in waiting:
        if fits(seats, taken, people):
            up.append(id)
            taken += people
    return tuple(up)


# --- topics that are alike ------------------------------------------------------------------------------------------------


def grouped(topics: Mapping[int, str]) -> tuple[tuple[int, ...], ...]:
    """Topics by likeness: the ids of each group, in the order of its first one. Every id is in exactly one group.

    The order in which topics came does not matter, nor do upper case, accents and common words. Two belong together when
    they are alike enough, or when both are like a third; a topic that says nothing is alone.
    """
    words = {id: frozenset(_stems(said)) for id, said in topics.items()}
    ids = sorted(topics)
    leader = {id: id for id in ids}

    def root(id: int) -> int:
        while leader[id] != id:
            id = leader[id]
        return id

    for at, one in enumerate(ids):
        for other in ids[at + 1 :]:
            if likeness(words[one], words[other]) >= ALIKE:
                low, high = sorted((root(one), root(other)))
                leader[high] = low
    groups: dict[int, list[int]] = {}
    for id in ids:
        groups.setdefault(root(id), []).append(id)
    return tuple(tuple(each) for _first, each in sorted(groups.items()))


def name_of(topics: Sequence[str]) -> str:
    """What a group is called until staff call it something else: the topic that shares most with the others, the shortest
    of those; "" without any."""
    if not topics:
        return ""
    words = [frozenset(_stems(each)) for each in topics]
    shared = [sum(len(one & other) for other in words) / (len(one) or 1) for one in words]
    best = min(range(len(topics)), key=lambda at: (-shared[at], len(topics[at]), topics[at]))
    return topics[best]


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """What share of the smaller one's words is in both, 0 to 1."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def _stems(said: str) -> Iterable[str]:
    return (word[:STEM] for word in _WORD.findall(_without_accents(said)) if word not in _WITHOUT_MEANING)


def _without_accents(said: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", said.casefold())
    return "".join(sign for sign in taken_apart if not unicodedata.combining(sign))


_WITHOUT_MEANING: Final = frozenset(_without_accents(_COMMON).split())
