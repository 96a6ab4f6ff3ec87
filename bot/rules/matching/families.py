"""Friend families (publication, 2.1): a newly arrived family and an established one, by interests, children's ages, work.

As many newcomers get a family as possible; among all ways to do so the pairs have the most in common, together. Nobody
without written consent is ever named to another. A coordinator approves before the two are told of each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

LIKE_AGE = 2
"""Children so many years apart may play together."""

WEIGHTS = {"interests": 40, "children": 40, "work": 20}
"""How much of the score each counts for, in percent."""


class Waits(StrEnum):
    """Why a family has no other."""

    CONSENT = "consent"
    TAKEN = "taken"
    """All families of the other side have one already, or there are none."""
    MET = "met"
    """Every family of the other side has been brought together with them before."""


@dataclass(frozen=True, slots=True)
class Family:
    """Who signed up. `children` in years. `work` as it was written. Without a known yes there is no consent."""

    id: str
    consent: bool = False
    interests: frozenset[str] = frozenset()
    children: tuple[int, ...] = ()
    work: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A pair and what they have in common. `percent` is 0 to 100; `children`: ages of a child of each, like each other."""

    newcomer: str
    family: str
    percent: int
    interests: tuple[str, ...]
    children: tuple[tuple[int, int], ...]
    work: str | None


@dataclass(frozen=True, slots=True)
class Matches:
    """The pairs, and who waits and why."""

    pairs: tuple[Match, ...]
    waiting: tuple[tuple[str, Waits], ...]


def match(
    established: Iterable[Family],
    newcomers: Iterable[Family],
    *,
    one_to_one: bool = True,
    apart: Collection[frozenset[str]] = (),
) -> Matches:
    """As many pairs as possible, none of them in `apart`, then the most in common. The order families come in does not
    matter.

    Without `one_to_one` an established family may have several newcomers; a newcomer always has one family.
    """
    families = sorted(established, key=lambda each: each.id)
    arrived = sorted(newcomers, key=lambda each: each.id)
    own, new = [each for each in families if each.consent], [each for each in arrived if each.consent]
    pairs = {
        (at, there): weigh(one, other)
        for at, one in enumerate(new)
        for there, other in enumerate(own)
        if {one.id, other.id} not in apart
    }
    found = _chosen(pairs, len(new), len(own), len(new) if not one_to_one else 1)
    placed = {id for each in found for id in (each.newcomer, each.family)}
    fitting = {id for each in pairs.values() for id in (each.newcomer, each.family)}
    sides = ((new, own), (own, new))
    met = {each.id for side, other in sides if other for each in side if each.id not in fitting}
    waiting = {
        each.id: Waits.CONSENT if not each.consent else Waits.MET if each.id in met else Waits.TAKEN
        for each in (*families, *arrived)
        if each.id not in placed
    }
    return Matches(tuple(found), tuple(sorted(waiting.items())))


def weigh(newcomer: Family, family: Family) -> Match:
    """What two families have in common, and how much that is."""
    interests = tuple(sorted(newcomer.interests & family.interests))
    children = []
    for age in newcomer.children:
        like = min(family.children, key=lambda other: (abs(other - age), other), default=None)
        if like is not None and abs(like - age) <= LIKE_AGE:
            children.append((age, like))
    same = newcomer.work if newcomer.work and family.work and _bare(newcomer.work) == _bare(family.work) else None
    shares = {
        "interests": len(interests) / max(1, min(len(newcomer.interests), len(family.interests))),
        "children": len(children) / max(1, len(newcomer.children)),
        "work": float(same is not None),
    }
    percent = round(sum(WEIGHTS[name] * share for name, share in shares.items()))
    return Match(newcomer.id, family.id, percent, interests, tuple(children), same)


def _bare(words: str) -> str:
    return " ".join(words.casefold().split())


def _chosen(pairs: Mapping[tuple[int, int], Match], new: int, own: int, several: int) -> list[Match]:
    """A flow from newcomers to families, both by number; what pairs have in common is what is gained."""
    if not pairs:
        return []
    source, sink = 0, 1
    newcomer = 2 + np.array([at for at, _there in pairs], np.int64)
    family = 2 + new + np.array([there for _at, there in pairs], np.int64)
    network = SimpleMinCostFlow()
    arcs = network.add_arcs_with_capacity_and_unit_cost(
        newcomer, family, np.ones(len(pairs), np.int64), np.array([-each.percent for each in pairs.values()], np.int64)
    )
    for node in range(2, 2 + new):
        network.add_arc_with_capacity_and_unit_cost(source, node, 1, 0)
    for node in range(2 + new, 2 + new + own):
        network.add_arc_with_capacity_and_unit_cost(node, sink, several, 0)
    amount = min(new, own * several)
    network.set_node_supply(source, amount)
    network.set_node_supply(sink, -amount)
    assert network.solve_max_flow_with_min_cost() == network.OPTIMAL
    return [each for each, flow in zip(pairs.values(), network.flows(arcs).tolist(), strict=True) if flow]
