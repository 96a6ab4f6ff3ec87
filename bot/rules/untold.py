"""Which numbers of a picture may be told, so that nobody can be guessed behind one: neither by itself nor by subtraction.

Three things together. A number from one to four is not told. All others are told in steps of five, downwards, so that what
is added between two looks, or what is left of a sum, is never known to be one or two. And where the numbers beside it would
still narrow a number that is not told, the next smallest of them is not told either, until they do not
(languages-and-rights.md C4: nothing under five persons).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEW: Final = 5
"""Below this a number other than none is not told."""

STEP: Final = 5
"""Numbers are told in steps of so many, rounded down."""

_LARGE: Final = 10**9

Span = tuple[int, int]
"""The least and the most that a number can be, as far as anybody knows."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that is made up of others: `whole` is the sum of `parts`. A number is part of one sum at most, and no sum goes
    round in a circle."""

    whole: str
    parts: tuple[str, ...]


def rounded(count: int) -> int:
    """A number as it is told, where it may be: in steps, downwards."""
    return count - count % STEP


def told(counts: Mapping[str, int], sums: Sequence[Sum] = ()) -> dict[str, int | None]:
    """Every number as it may be told, None where it may not; the parts of a sum that is itself too small are left out.

    What was counted is none, or five at least, or not told; a number that is told is the real one rounded down to a step.
    """
    left_out = _below_small(counts, sums)
    listed = {name: count for name, count in counts.items() if name not in left_out}
    sums = [Sum(each.whole, parts) for each in sums
            if each.whole in listed and (parts := tuple(part for part in each.parts if part in listed))]  # fmt: skip
    small = {name for name, count in listed.items() if 0 < count < FEW}
    beside: set[str] = set()
    while narrowed := _narrowed(listed, sums, small, beside):
        spare = _smallest_told(listed, sums, small | beside, narrowed)
        if spare is None:
            break
        beside.add(spare)
    hidden = small | beside
    return {name: None if name in hidden else rounded(count) for name, count in listed.items()}


def _below_small(counts: Mapping[str, int], sums: Sequence[Sum]) -> set[str]:
    """The parts of every whole that is too small to be told, and their parts: which of them there are would tell of it."""
    below: set[str] = set()
    found = True
    while found:
        found = False
        for each in sums:
            gone = each.whole in below or 0 < counts.get(each.whole, 0) < FEW
            if gone and not below.issuperset(each.parts):
                below |= set(each.parts)
                found = True
    return below


def spans(counts: Mapping[str, int], small: Iterable[str], beside: Iterable[str]) -> dict[str, Span]:
    """What somebody who knows how this works can know of each number by itself."""
    small, beside = frozenset(small), frozenset(beside)
    known: dict[str, Span] = {}
    for name, count in counts.items():
        if name in small:
            known[name] = (1, FEW - 1)
        elif name in beside:
            known[name] = (FEW, _LARGE)
        else:
            known[name] = (count, count) if count == 0 else (rounded(count), rounded(count) + STEP - 1)
    return known


def _narrowed(counts: Mapping[str, int], sums: Sequence[Sum], small: set[str], beside: set[str]) -> str | None:
    """A number that is not told of which the others give away more than that it is one to four."""
    known = narrow(spans(counts, small, beside), sums)
    return next((name for name in sorted(small) if known[name] != (1, FEW - 1)), None)


def narrow(known: Mapping[str, Span], sums: Sequence[Sum]) -> dict[str, Span]:
    """What can be known of each number from all sums together. As sums form a tree, going through them until nothing
    changes finds all of it."""
    known = dict(known)
    changed = True
    while changed:
        changed = False
        for each in sums:
            low, high = known[each.whole]
            least, most = sum(known[part][0] for part in each.parts), sum(known[part][1] for part in each.parts)
            now = {each.whole: (max(low, least), min(high, most))}
            low, high = now[each.whole]
            for part in each.parts:
                others_least, others_most = least - known[part][0], most - known[part][1]
                now[part] = (max(known[part][0], low - others_most), min(known[part][1], high - others_least))
            for name, span in now.items():
                if span != known[name]:
                    known[name] = span
                    changed = True
    return known


def _smallest_told(counts: Mapping[str, int], sums: Sequence[Sum], hidden: set[str], near: str) -> str | None:
    """The smallest number that is told, nearest to one that is narrowed: in its own sums first, then in those beyond."""
    reached, seen = {near}, {near}
    while reached:
        around = {name for each in sums for name in (each.whole, *each.parts)
                  if reached & {each.whole, *each.parts}} - seen  # fmt: skip
        spare = [name for name in around if name not in hidden and counts[name]]
        if spare:
            return min(spare, key=lambda name: (counts[name], name))
        seen |= around
        reached = around
    return None
