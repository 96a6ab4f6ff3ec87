"""Focus groups drawn by lot among those who want to take part, spread over who they are. Pure: the same seed gives the same
groups, in whatever order people stand, so that anybody can see afterwards that the draw was fair.

Whoever comes for the municipality sits in groups of their own (publication 2.2: four civil groups, one municipal).
Source of the lot: FIPS 180-4, SHA-256 over the seed and a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.errors import OperatorError

MUNICIPAL, CIVIL = "municipal", "civil"
"""The sides that are never in one group."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who wants to take part: `area` and `band` (where their age group begins) as far as they have told, `formal`
    when they come for an association with a board."""

    id: int
    side: str = CIVIL
    area: str | None = None
    band: int | None = None
    formal: bool = False

    @property
    def profile(self) -> tuple[str, str, bool]:
        """What a draw is spread over."""
        return (self.area or "", "" if self.band is None else f"{self.band:03}", self.formal)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The groups of one side, by number of the candidate, and in the order of the lot those who were not drawn."""

    groups: tuple[tuple[int, ...], ...]
    left: tuple[int, ...]


def lot(seed: str, what: object) -> bytes:
    """The place of something in the order of a draw."""
    return hashlib.sha256(f"{seed}:{what}".encode()).digest()


def draw(candidates: Iterable[Candidate], groups: int, size: int, seed: str) -> Drawn:
    """`groups` groups of at most `size` out of one side's candidates, nobody twice.

    Each profile that there is gets its turn, one person at a time, so that nobody's kind is left out because others are
    many; who of a profile, the lot decides. Then they are dealt out like cards, profile after profile: no two groups
    differ by more than one in size, nor in how many of one area or one profile they have.

    Raises:
        OperatorError: The numbers are no numbers of groups and people, or candidates of both sides are among them.
    """
    every = sorted(candidates, key=lambda each: lot(seed, each.id))
    if groups < 1 or size < 1:
        raise OperatorError(f"{groups} groups of {size} cannot be drawn; write 1 or more")
    if len({each.side for each in every}) > 1:
        raise OperatorError("the municipality's own people have groups of their own; draw one side at a time")
    waiting: dict[tuple[str, str, bool], list[Candidate]] = {}
    for each in every:
        waiting.setdefault(each.profile, []).append(each)
    order = sorted(waiting, key=lambda profile: lot(seed, profile))
    chosen: list[Candidate] = []
    while len(chosen) < groups * size and any(waiting.values()):
        for profile in order:
            if waiting[profile] and len(chosen) < groups * size:
                chosen.append(waiting[profile].pop(0))
    dealt = sorted(chosen, key=lambda each: (each.profile, lot(seed, each.id)))
    taken = {each.id for each in chosen}
    return Drawn(
        tuple(tuple(each.id for each in dealt[at::groups]) for at in range(groups)),
        tuple(each.id for each in every if each.id not in taken),
    )


def replacement(gone: Candidate, candidates: Iterable[Candidate], left: Collection[int], seed: str) -> int | None:
    """Who takes the place of somebody who cannot: of those left on the same side whoever is most like them, and among
    equals whom the lot names first. None when nobody is left."""
    fitting: Sequence[Candidate] = [each for each in candidates if each.id in left and each.side == gone.side]
    if not fitting:
        return None

    def unlike(each: Candidate) -> int:
        pairs = zip(each.profile, gone.profile, strict=True)
        return sum(mine != theirs for mine, theirs in pairs)

    return min(fitting, key=lambda each: (unlike(each), lot(seed, each.id))).id
