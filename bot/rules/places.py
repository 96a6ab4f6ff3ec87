"""Which place is meant by what somebody wrote: typos forgiven, and asked about where two would do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rapidfuzz import fuzz

from bot.rules.spelling import bare

FORGIVEN, MAYBE, APART = 82, 68, 6
"""From 0 to 100: how like a name is the name; how like it is worth asking about; how far ahead the best has to be."""

_EARTH_KM = 6371.0


def meant(words: str, places: Sequence[Sequence[str]]) -> list[int]:
    """The numbers of the places that are meant, each given by all its names. Several: ask which. None: not known."""
    ranked = ranking(words, places)
    return [at for score, at in ranked if score >= FORGIVEN and ranked[0][0] - score < APART]


def likely(words: str, places: Sequence[Sequence[str]]) -> list[int]:
    """Those that may be meant where none surely is, the likeliest first."""
    ranked = ranking(words, places)
    return [at for score, at in ranked if score >= MAYBE and ranked[0][0] - score < APART]


def ranking(words: str, places: Sequence[Sequence[str]]) -> list[tuple[float, int]]:
    """Every place's number with 0 to 100 and a little more, the likeliest first: its name as a whole, or in a sentence."""
    plain = bare(words[:500])
    scores = [
        (max((likeness(plain, bare(name)) for name in names), default=0.0), -at) for at, names in enumerate(places)
    ]
    return [(score, -at) for score, at in sorted(scores, reverse=True)]


def likeness(plain: str, name: str) -> float:
    """How surely the name is meant, both bare. A longer name found word by word wins over a shorter one inside it."""
    if plain == name:
        return 100.0 + 2 * APART
    if f" {name} " in f" {plain} ":
        return 100.0 + min(len(name) / 4, APART - 1)
    words, length = plain.split(), len(name.split())
    windows = [" ".join(words[at : at + length]) for at in range(max(1, len(words) - length + 1))]
    return max(
        (fuzz.ratio(window, name) - (4 if window != plain else 0) for window in windows if len(window) > 3), default=0.0
    )


def km_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points (latitude and longitude in degrees), as the crow flies (haversine)."""
    north, south = math.radians(one[0]), math.radians(other[0])
    east = math.radians(other[1] - one[1])
    half = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
