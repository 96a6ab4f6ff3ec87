"""A map of actors and links: how it is drawn, its clusters, what is missing in it, and how much hangs on the weaver.

Pure and deterministic: the same actors and links, in whatever order, come out the same. Publication, 4.2: scattered clusters
that do not know each other, a weaver who starts links, direct links between actors, a weaver who steps back. A link has no
strength: knowing each other is what counts.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

GAP: Final = 110.0
"""Nodes are drawn at least so far from each other, in the picture's own units."""

ROUNDS_MAX: Final = 60
"""Labels that still change after so many rounds stay as they are."""

MISSING_MAX: Final = 12
"""So many introductions are proposed at once; more would be a list to search."""

EACH_MAX: Final = 2
"""So many of them about one actor, so that nobody is asked again and again."""


@dataclass(frozen=True, slots=True)
class Node:
    """An actor. Without areas it is there for all of them. A weaver brings others together; `apart` ones, such as houses and
    the municipality's own roles, are drawn, and introduced to nobody."""

    id: int
    areas: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    weaver: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """Two actors who work together, from `since` until the day before `until`. `theme` is a topic, "" for no certain one."""

    a: int
    b: int
    theme: str = ""
    since: date = date.min
    until: date = date.max

    @property
    def pair(self) -> tuple[int, int]:
        return (min(self.a, self.b), max(self.a, self.b))

    def stands(self, day: date) -> bool:
        return self.since <= day < self.until


Neighbours = Mapping[int, frozenset[int]]


def neighbours(nodes: Iterable[int], ties: Iterable[Tie]) -> dict[int, frozenset[int]]:
    """Who works with whom. Ties to others than `nodes`, and of somebody with themselves, are left out."""
    found: dict[int, set[int]] = {node: set() for node in sorted(set(nodes))}
    for tie in ties:
        if tie.a in found and tie.b in found and tie.a != tie.b:
            found[tie.a].add(tie.b)
            found[tie.b].add(tie.a)
    return {node: frozenset(others) for node, others in found.items()}


def components(beside: Neighbours) -> list[list[int]]:
    """The parts of the map that hang together: the largest first, each in the order of its ids."""
    left, parts = set(beside), []
    for first in sorted(beside):
        if first not in left:
            continue
        part, reached = {first}, [first]
        while reached:
            new = beside[reached.pop()] - part
            part |= new
            reached += sorted(new)
        left -= part
        parts.append(sorted(part))
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def clusters(beside: Neighbours) -> dict[int, int]:
    """Which circle each actor belongs to, by its smallest id, by label propagation.

    Everybody takes the label that most of its neighbours have, one after the other; of several, its own if that is among
    them, else the smallest. A circle hangs together: one that a label leaves in two pieces is two.
    """
    label = {node: node for node in beside}
    for _round in range(ROUNDS_MAX):
        changed = False
        for node in sorted(beside, key=lambda each: (-len(beside[each]), each)):
            if not beside[node]:
                continue
            counts = Counter(label[other] for other in beside[node])
            most = max(counts.values())
            likely = {each for each, count in counts.items() if count == most}
            if label[node] not in likely:
                label[node], changed = min(likely), True
        if not changed:
            break
    same = {node: frozenset(each for each in beside[node] if label[each] == label[node]) for node in beside}
    return {node: part[0] for part in components(same) for node in part}


# --- the picture ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where each node is, in a picture of this size; half a `GAP` is left all around."""

    width: float
    height: float
    at: Mapping[int, tuple[float, float]]


def layout(nodes: Iterable[int], ties: Iterable[Tie]) -> Drawing:
    """Place every node: each part that hangs together as rings around its busiest node, one part beside the other.

    No two nodes are nearer than `GAP`: a ring is as large as it must be for those on it, and a ring's width from the next.
    """
    beside = neighbours(nodes, ties)
    boxes = [_rings(part, beside) for part in components(beside)]
    if not boxes:
        return Drawing(GAP, GAP, {})
    area = sum(box.side**2 for box in boxes)
    wide = max(boxes[0].side, 1.4 * math.sqrt(area))
    at: dict[int, tuple[float, float]] = {}
    x = y = row = width = 0.0
    for box in boxes:
        if x and x + box.side > wide + 0.01:
            x, y, row = 0.0, y + row, 0.0
        middle = (x + box.side / 2, y + box.side / 2)
        at |= {node: (round(middle[0] + dx, 1), round(middle[1] + dy, 1)) for node, (dx, dy) in box.at.items()}
        x, row, width = x + box.side, max(row, box.side), max(width, x + box.side)
    return Drawing(round(width, 1), round(y + row, 1), at)


@dataclass(frozen=True, slots=True)
class _Box:
    side: float
    at: Mapping[int, tuple[float, float]]


def _rings(part: Sequence[int], beside: Neighbours) -> _Box:
    """One part around its busiest node: who works with it on the first ring, who works with those on the next."""
    centre = min(part, key=lambda each: (-len(beside[each]), each))
    at, angle = {centre: (0.0, 0.0)}, {centre: 0.0}
    ring, radius = [centre], 0.0
    while len(at) < len(part):
        found = {other: node for node in reversed(ring) for other in sorted(beside[node]) if other not in at}
        ring = sorted(found, key=lambda each: (angle[found[each]], found[each], each))
        count = len(ring)
        radius = max(radius + GAP, GAP / (2 * math.sin(math.pi / count)) if count > 1 else GAP)
        turn = angle[found[ring[0]]] if at.keys() != {centre} else -math.pi / 2
        for number, node in enumerate(ring):
            angle[node] = turn + 2 * math.pi * number / count
            at[node] = (radius * math.cos(angle[node]), radius * math.sin(angle[node]))
    return _Box(2 * radius + GAP, at)


# --- what is missing --------------------------------------------------------------------------------------------------

Why = Literal["theme", "area", "bridge", "shared", "weaver"]
"""Why two may want to know each other: they have a theme in common, or an area; their circles do not know each other; they
work with the same actor; or only the weaver knows them both."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Two who are not linked and may want to be: what about (`theme`, `area`), and why."""

    a: int
    b: int
    theme: str
    area: str
    why: tuple[Why, ...]

    @property
    def pair(self) -> tuple[int, int]:
        return (self.a, self.b)


def missing(
    nodes: Sequence[Node], ties: Sequence[Tie], *, but: Collection[tuple[int, int]] = (), most: int = MISSING_MAX
) -> list[Missing]:
    """Introductions worth proposing, the best first: who shares theme and area and is not linked, and who joins two circles.

    `but` are pairs that have been asked or that staff do not want. Weavers are not introduced: the others are to meet
    without them.
    """
    known = {node.id: node for node in nodes}
    beside = neighbours(known, ties)
    weavers = {node.id for node in nodes if node.weaver}
    without = neighbours(known.keys() - weavers, ties)
    circle = clusters(without)
    size = Counter(circle.values())
    linked = {(min(one, other), max(one, other)) for one, others in beside.items() for other in others} | set(but)
    people = sorted(node.id for node in nodes if not node.weaver and not node.apart)
    found: list[tuple[int, Missing]] = []
    for at, one in enumerate(people):
        for other in people[at + 1 :]:
            if (one, other) in linked:
                continue
            a, b = known[one], known[other]
            topics, areas = sorted(a.topics & b.topics), sorted(a.areas & b.areas)
            near = bool(areas) or not a.areas or not b.areas
            joins = circle[one] != circle[other] and size[circle[one]] > 1 and size[circle[other]] > 1
            if not ((topics and near) or (joins and (topics or areas))):
                continue
            same = beside[one] & beside[other]
            why: list[Why] = ["theme"] if topics else []
            why += ["area"] if areas else []
            why += ["bridge"] if joins else []
            why += ["shared"] if same - weavers else []
            why += ["weaver"] if same & weavers else []
            points = 10 * len(topics) + 6 * bool(areas) + 8 * joins + 3 * len(same - weavers) + 4 * bool(same & weavers)
            theme, area = (topics[0] if topics else ""), (areas[0] if areas else "")
            found.append((points, Missing(one, other, theme, area, tuple(why))))
    chosen: list[Missing] = []
    times: Counter[int] = Counter()
    for _points, each in sorted(found, key=lambda pair: (-pair[0], pair[1].pair)):
        if len(chosen) < most and times[each.a] < EACH_MAX and times[each.b] < EACH_MAX:
            chosen.append(each)
            times.update(each.pair)
    return chosen


# --- how much hangs on the weaver -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """How many links go through the weaver, of all that stand on a day: pairs, whatever they do together."""

    day: date
    through: int
    every: int

    @property
    def percent(self) -> int | None:
        """Rounded to whole percent; None while there is no link."""
        return round(100 * self.through / self.every) if self.every else None


def share(ties: Iterable[Tie], weavers: Collection[int], day: date) -> Share:
    """The weaver's own share on a day."""
    pairs = {tie.pair for tie in ties if tie.stands(day) and tie.a != tie.b}
    return Share(day, sum(a in weavers or b in weavers for a, b in pairs), len(pairs))


def by_month(ties: Sequence[Tie], weavers: Collection[int], today: date, months: int = 12) -> list[Share]:
    """The share at the end of each of the last months, the oldest first; of this month as it stands today."""
    ends = [today]
    first = today.replace(day=1)
    while len(ends) < months:
        ends.append(first - timedelta(days=1))
        first = ends[-1].replace(day=1)
    return [share(ties, weavers, day) for day in reversed(ends)]


Step = Literal["a", "b", "c", "d"]
"""The four steps: scattered clusters, a weaver starts links, direct links appear, the weaver steps back."""


def step(nodes: Iterable[int], ties: Sequence[Tie], weavers: Collection[int], day: date) -> Step:
    """Where a map stands.

    "d": whoever is linked stays linked to the same others without the weavers. "c": as many direct links as links through a
    weaver, or more. "b": fewer. "a": no weaver's link yet, and more than one part; somebody alone is one too.
    """
    standing = [tie for tie in ties if tie.stands(day)]
    beside = neighbours(nodes, standing)
    linked = [part for part in components(beside) if len(part) > 1]
    found = share(standing, weavers, day)
    direct = found.every - found.through
    without = neighbours(beside.keys() - set(weavers), standing)
    parts = {node: part[0] for part in components(without) for node in part}
    holds = all(len({parts[node] for node in part if node in parts}) <= 1 for part in linked)
    if not any(set(tie.pair) & set(weavers) and tie.since <= day for tie in ties):
        return "d" if direct and len(components(without)) == 1 else "a"
    if direct and holds and (found.through or len(linked) == 1):
        return "d"
    if not found.through:
        return "a"
    return "c" if direct >= found.through else "b"


def by_circle(circle: Mapping[int, int]) -> dict[int, list[int]]:
    """The circles of more than one, each by its smallest id: who is in it."""
    found: dict[int, list[int]] = defaultdict(list)
    for node in sorted(circle):
        found[circle[node]].append(node)
    return {name: inside for name, inside in found.items() if len(inside) > 1}
