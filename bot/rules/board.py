"""Which needs on the volunteer board fit what somebody would like to do, and why (publication, 5.1: bridge need and will)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from bot.rules.places import FORGIVEN
from bot.rules.spelling import bare
from bot.rules.understand.examples import hints

_WORD = 4
"""So many letters a word needs to say what something is about."""


class Reason(StrEnum):
    """Why a need fits, the weightiest first."""

    WORDS = "words"
    """It speaks of the same thing."""
    AREA = "area"
    """It is in the same area."""
    NEAR = "near"
    """It is in the area next to it."""
    ANYWHERE = "anywhere"
    """It says no area: one may live anywhere."""


@dataclass(frozen=True, slots=True)
class Need:
    """A need on the board, as far as the choice goes."""

    id: int
    what: str
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A need, and why it fits; without a reason it is only what else there is."""

    id: int
    reasons: tuple[Reason, ...]
    about: tuple[str, ...] = ()
    """The words of the need that were said too."""


_WEIGHT = {Reason.WORDS: 4, Reason.AREA: 3, Reason.NEAR: 2, Reason.ANYWHERE: 1}


def fitting(
    needs: Sequence[Need], wish: str, area: str | None, neighbours: Mapping[str, Sequence[str]]
) -> tuple[Fit, ...]:
    """Every need, the best fitting first; equally good ones keep their order. Nothing is left out."""
    fits = [_fit(need, wish, area, neighbours) for need in needs]
    return tuple(sorted(fits, key=lambda fit: -sum(_WEIGHT[reason] for reason in fit.reasons)))


def _fit(need: Need, wish: str, area: str | None, neighbours: Mapping[str, Sequence[str]]) -> Fit:
    about, reasons = _shared(need.what, wish), list[Reason]()
    if about:
        reasons.append(Reason.WORDS)
    if area is not None:
        if need.area == area:
            reasons.append(Reason.AREA)
        elif need.area is not None and need.area in neighbours.get(area, ()):
            reasons.append(Reason.NEAR)
        elif need.area is None:
            reasons.append(Reason.ANYWHERE)
    return Fit(need.id, tuple(reasons), about)


def _shared(what: str, wish: str) -> tuple[str, ...]:
    """Words of the need that stand in the wish, endings forgiven; small words, in any language, say nothing."""
    wished = _telling(wish)
    return tuple(written for word, written in _telling(what).items() if any(_alike(word, other) for other in wished))


def _telling(said: str) -> dict[str, str]:
    """The words that say what something is about, bare, with how they were written."""
    written = re.findall(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*", said[:500])
    return {bare(word): word for word in written if len(bare(word)) >= _WORD and bare(word) not in _small()}


@lru_cache(maxsize=1)
def _small() -> frozenset[str]:
    return frozenset().union(*(each.skips for each in hints(bare).values()))


def _alike(one: str, other: str) -> bool:
    """The same word, or one with another ending, or a compound that begins alike ("språkkafé", "språkstöd")."""
    return fuzz.ratio(one, other) >= FORGIVEN or (min(len(one), len(other)) > _WORD and one[:5] == other[:5])
