"""How shifts are covered: the best cover by priority, then what was told before, then the load spread, then the near.

In numbers only; `shifts.py` says who may take what. The way, each step done by a solver:

1. A volunteer's shifts are parted into groups that overlap one another, as few as possible; of each group at most one is
   taken. If no two groups overlap, that is all there is to overlaps, and a flow (volunteer → group → shift → priority)
   is the exact answer. What a flow can cover is a matroid, so the best totals by priority come one priority after another.
2. Where groups overlap each other, that flow is an upper bound. Where its answer breaks an overlap the two groups are made
   one, which is stricter than need be, and the flow is asked again until nothing is broken. An answer that reaches the
   bound is a best cover.
3. Where it does not, CP-SAT decides about the shifts that are short of people, alone. They cannot do better beside the
   others, so if all others can be filled round its answer, that is the best; if not, those join the short ones.

Everything falls apart into pieces that share no volunteer; small ones with overlaps go to CP-SAT at once, so that load and
nearness are exact too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from ortools.graph.python.max_flow import SimpleMaxFlow
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from bot.rules.matching.solver import Budget, has_answer, new_model
from bot.rules.matching.solver import solve as solve_exactly

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SMALL = 3000
"""A piece with so many pairs is solved exactly in load and nearness too."""

CLEANUP_S = 2.0
"""So much work is spent on load and nearness of a piece whose cover is known."""


@dataclass(frozen=True, slots=True)
class Board:
    """Who may take which shift. Volunteers and shifts are numbers; `pieces_of` and `cliques` rely on the pairs' order.

    One entry for each pair, in the order of volunteer, then the shift's end: `volunteer`, `shift`, `far` (not in the
    volunteer's own area), `told` (told so before). One for each volunteer: `room` for further shifts, `load` already had.
    One for each shift: `begins`, `ends` (seconds), `places` still free, `rank` of its priority (0 is the most urgent).
    """

    volunteer: Ints
    shift: Ints
    far: Bools
    told: Bools
    room: Ints
    load: Ints
    begins: Ints
    ends: Ints
    places: Ints
    rank: Ints
    ranks: int

    def only(self, pairs: npt.NDArray[np.generic]) -> Board:
        """With some of the pairs: a mask, or numbers in ascending order."""
        return replace(
            self, volunteer=self.volunteer[pairs], shift=self.shift[pairs], far=self.far[pairs], told=self.told[pairs]
        )

    def covered(self, chosen: Bools) -> Ints:
        """Places covered at each rank."""
        return np.bincount(self.rank[self.shift[chosen]], minlength=self.ranks)

    def asked(self) -> Ints:
        """Places asked for at each rank, of the shifts that are in any pair."""
        shifts = np.unique(self.shift)
        return np.bincount(self.rank[shifts], self.places[shifts], minlength=self.ranks).astype(np.int64)

    def worth(self, chosen: Bools) -> tuple[int, int, int]:
        """The less the better: told before and given up, the sum of the squares of all loads, shifts that are far."""
        load = self.load[np.unique(self.volunteer)].copy()
        position = np.searchsorted(np.unique(self.volunteer), self.volunteer[chosen])
        np.add.at(load, position, 1)
        return -int(self.told[chosen].sum()), int((load**2).sum()), int(self.far[chosen].sum())


@dataclass(frozen=True, slots=True)
class Cover:
    """`chosen` pairs; `bound` is as good a cover as there can be, by rank; `proven`: it is reached.

    `settled`: among the best covers none keeps more of what was told, spreads the load better or is nearer.
    """

    chosen: Bools
    bound: Ints
    proven: bool
    settled: bool


def cover(board: Board, budget: Budget) -> Cover:
    """The best cover, or the best found with its bound when the budget is spent."""
    if not len(board.shift):
        return Cover(np.zeros(0, bool), np.zeros(board.ranks, np.int64), True, True)
    piece = pieces_of(board)
    chosen, bounds = _flow(board, cliques(board), piece)
    proven = settled = True
    order = np.argsort(piece, kind="stable")
    edges = np.searchsorted(piece[order], np.arange(len(bounds) + 1))
    for number in np.unique(piece[_clashes(board, chosen)[0]]):
        pairs = order[edges[number] : edges[number + 1]]
        found = _untangled(board.only(pairs), bounds[number], budget)
        chosen[pairs], bounds[number] = found.chosen, found.bound
        proven, settled = proven and found.proven, settled and found.settled
    return Cover(chosen, bounds.sum(axis=0), proven, settled)


def pieces_of(board: Board) -> Ints:
    """For each pair the number of its piece: pairs that share a volunteer or a shift, over any number of steps."""
    label = np.arange(len(board.room))
    while True:
        least = np.full(len(board.places), len(label))
        np.minimum.at(least, board.shift, label[board.volunteer])
        lower = label.copy()
        np.minimum.at(lower, board.volunteer, least[board.shift])
        lower = lower[lower]
        if (lower == label).all():
            return np.unique(label[board.volunteer], return_inverse=True)[1].astype(np.int64)
        label = lower


def cliques(board: Board) -> Ints:
    """For each pair a group of one volunteer's shifts that all overlap at one moment; as few groups as can be."""
    groups, group, last, until = [], -1, -1, 0
    begins, ends = board.begins[board.shift].tolist(), board.ends[board.shift].tolist()
    for volunteer, begin, end in zip(board.volunteer.tolist(), begins, ends, strict=True):
        if volunteer != last or begin >= until:
            group, last, until = group + 1, volunteer, end
        groups.append(group)
    return np.array(groups, np.int64)


def _clashes(board: Board, chosen: Bools) -> tuple[Ints, Ints]:
    """Chosen pairs that overlap the one after them, and that one."""
    pairs = np.flatnonzero(chosen)
    shift = board.shift[pairs]
    pairs = pairs[np.lexsort((board.ends[shift], board.begins[shift], board.volunteer[pairs]))]
    one, next_one = pairs[:-1], pairs[1:]
    clash = (board.volunteer[one] == board.volunteer[next_one]) & (
        board.begins[board.shift[next_one]] < board.ends[board.shift[one]]
    )
    return one[clash], next_one[clash]


def _flow(board: Board, group: Ints, piece: Ints) -> tuple[Bools, Ints]:
    """The best answer with at most one pair of each group, and the places covered by piece and rank."""
    volunteers, volunteer = np.unique(board.volunteer, return_inverse=True)
    shifts, first, shift = np.unique(board.shift, return_index=True, return_inverse=True)
    _groups, lead, group, size = np.unique(group, return_index=True, return_inverse=True, return_counts=True)
    several = size > 1
    source, sink = 0, 1
    volunteer_node = 2 + np.arange(len(volunteers))
    shift_node = 2 + len(volunteers) + np.arange(len(shifts))
    group_node = 2 + len(volunteers) + len(shifts) + np.cumsum(several) - 1
    most = np.minimum(board.room[volunteers], np.bincount(volunteer[lead], minlength=len(volunteers)))
    into_group = np.stack((volunteer_node[volunteer[lead[several]]], group_node[several]))
    taken = np.stack((np.where(several[group], group_node[group], volunteer_node[volunteer]), shift_node[shift]))

    rank, of_piece, places = board.rank[shifts], piece[first], board.places[shifts]
    network = SimpleMaxFlow()
    network.add_arcs_with_capacity(np.full(len(volunteers), source), volunteer_node, most)
    network.add_arcs_with_capacity(*into_group, np.ones(into_group.shape[1], np.int64))
    network.add_arcs_with_capacity(*taken, np.ones(len(shift), np.int64))
    filling = network.add_arcs_with_capacity(shift_node, np.full(len(shifts), sink), np.zeros(len(shifts), np.int64))
    covered = np.zeros((int(piece.max()) + 1, board.ranks), np.int64)
    for each in np.unique(rank):
        network.set_arcs_capacity(filling, np.where(rank <= each, places, 0))
        assert network.solve(source, sink) == network.OPTIMAL
        total = np.bincount(of_piece, network.flows(filling), minlength=len(covered)).astype(np.int64)
        covered[:, each] = total - covered.sum(axis=1)
    del network

    load, times = board.load[volunteers], most
    step = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    spread = 2 * (np.repeat(load, times) + step) + 1
    # On a cycle through the network two loads change by one, and each shift and volunteer is passed once at most.
    per_load = 2 * min(len(shifts), len(volunteers)) + 1
    per_told = per_load * (int(spread.max(initial=0)) + 2)
    urgency = of_piece * board.ranks + rank
    urgencies, urgency = np.unique(urgency, return_inverse=True)
    urgency_node = 2 + len(volunteers) + len(shifts) + int(several.sum()) + np.arange(len(urgencies))
    goal = covered.reshape(-1)[urgencies]
    network = SimpleMinCostFlow()
    network.add_arcs_with_capacity_and_unit_cost(
        np.full(len(spread), source),
        np.repeat(volunteer_node, times),
        np.ones(len(spread), np.int64),
        spread * per_load,
    )
    network.add_arcs_with_capacity_and_unit_cost(
        *into_group, np.ones(into_group.shape[1], np.int64), np.zeros(into_group.shape[1], np.int64)
    )
    arcs = network.add_arcs_with_capacity_and_unit_cost(
        *taken, np.ones(len(shift), np.int64), board.far.astype(np.int64) - board.told * per_told
    )
    network.add_arcs_with_capacity_and_unit_cost(
        shift_node, urgency_node[urgency], places, np.zeros(len(shifts), np.int64)
    )
    network.add_arcs_with_capacity_and_unit_cost(
        urgency_node, np.full(len(goal), sink), goal, np.zeros(len(goal), np.int64)
    )
    network.set_node_supply(source, int(goal.sum()))
    network.set_node_supply(sink, -int(goal.sum()))
    assert network.solve() == network.OPTIMAL
    return np.asarray(network.flows(arcs)) > 0, covered


def _untangled(board: Board, bound: Ints, budget: Budget) -> Cover:
    """One piece where the flow broke an overlap. `bound` is what the flow covered."""
    if len(board.shift) <= SMALL:
        return _exact(board, bound, budget)
    chosen = _strict(board)
    if (board.covered(chosen) == bound).all():
        return Cover(chosen, bound, True, False)
    return _by_scarcity(board, chosen, bound, budget)


def _strict(board: Board) -> Bools:
    """A good answer that breaks no overlap: groups that clash are made one until none does."""
    if not len(board.shift):
        return np.zeros(0, bool)
    group, piece = cliques(board), np.zeros(len(board.shift), np.int64)
    while True:
        chosen, _covered = _flow(board, group, piece)
        one, other = _clashes(board, chosen)
        if not len(one):
            return chosen
        parent = np.arange(int(group.max()) + 1)
        for low, high in zip(group[one].tolist(), group[other].tolist(), strict=True):
            parent[_root(parent, high)] = _root(parent, low)
        group = np.array([_root(parent, each) for each in range(len(parent))])[group]


def _root(parent: Ints, group: int) -> int:
    while parent[group] != group:
        group = int(parent[group])
    return group


def _by_scarcity(board: Board, chosen: Bools, bound: Ints, budget: Budget) -> Cover:
    """Step 3 above. Best found and its bound when the budget is spent."""
    short = _short(board, chosen)
    while True:
        among = np.isin(board.shift, short)
        scarce = _exact(board.only(among), None, budget, hint=chosen[among], only_cover=True)
        bound = min(bound, board.only(~among).asked() + scarce.bound, key=tuple)
        answer = np.zeros_like(chosen)
        answer[among] = scarce.chosen
        free = np.flatnonzero(~among & beside(board, board.volunteer[answer], board.shift[answer]))
        had = np.bincount(board.volunteer[answer], minlength=len(board.room))
        rest = replace(board.only(free), room=board.room - had, load=board.load + had)
        answer[free] = _strict(rest)
        chosen = max(chosen, answer, key=lambda each: tuple(board.covered(each)))
        if (board.covered(chosen) == bound).all():
            return Cover(chosen, bound, True, False)
        further = np.setdiff1d(_short(board, answer), short)
        if budget.is_spent or not len(further):
            return Cover(chosen, bound, False, False)
        short = np.union1d(short, further)


def _short(board: Board, chosen: Bools) -> Ints:
    """Shifts with places that are not filled."""
    filled = np.bincount(board.shift[chosen], minlength=len(board.places))
    shifts = np.unique(board.shift)
    return shifts[filled[shifts] < board.places[shifts]]


def beside(board: Board, volunteers: Ints, shifts: Ints) -> Bools:
    """Pairs that overlap none of these shifts of the same volunteer."""
    free = np.ones(len(board.shift), bool)
    first = np.searchsorted(board.volunteer, volunteers)
    after = np.searchsorted(board.volunteer, volunteers, "right")
    for low, high, shift in zip(first.tolist(), after.tolist(), shifts.tolist(), strict=True):
        others = board.shift[low:high]
        free[low:high] &= (board.begins[others] >= board.ends[shift]) | (board.ends[others] <= board.begins[shift])
    return free


def refilled(board: Board, gaps: Ints, bound: Ints, budget: Budget) -> Cover:
    """What was told, with these shifts filled again: first by whoever is free, then by moving those next to them.

    `bound` is what was covered before pairs were taken away. Looks no further than a piece of `SMALL` pairs.
    """
    around = gaps
    while True:
        among = np.isin(board.shift, around)
        kept = board.told & ~among
        near = kept & np.isin(board.volunteer, np.unique(board.volunteer[among]))
        free = np.flatnonzero(among & beside(board, board.volunteer[near], board.shift[near]))
        had = np.bincount(board.volunteer[kept], minlength=len(board.room))
        part = replace(board.only(free), room=board.room - had, load=board.load + had)
        chosen = kept
        chosen[free] = cover(part, budget).chosen
        proven = bool((board.covered(chosen) == bound).all())
        wider = np.union1d(around, board.shift[near])
        if proven or len(wider) == len(around) or len(free) > SMALL or budget.is_spent:
            return Cover(chosen, bound, proven, False)
        around = wider


def _exact(
    board: Board, goal: Ints | None, budget: Budget, *, hint: Bools | None = None, only_cover: bool = False
) -> Cover:
    """The best answer by CP-SAT. `goal` is what a flow could cover at most: its totals up to any rank cannot be exceeded."""
    model = new_model()
    takes = [model.new_bool_var("") for _pair in range(len(board.shift))]
    for shift, pairs in _runs(board.shift):
        if board.places[shift] < len(pairs):
            model.add(sum(takes[pair] for pair in pairs) <= int(board.places[shift]))
    for volunteer, pairs in _runs(board.volunteer):
        if board.room[volunteer] < len(pairs):
            model.add(sum(takes[pair] for pair in pairs) <= int(board.room[volunteer]))
        for clique in _overlapping(board, pairs):
            model.add_at_most_one(takes[pair] for pair in clique)
    chosen = hint if hint is not None else np.zeros(len(takes), bool)
    bound = board.asked()
    for rank in np.unique(board.rank[board.shift]).tolist():
        if goal is not None:
            bound[rank] = min(int(bound[rank]), int(goal[: rank + 1].sum() - bound[:rank].sum()))
        filled = sum(takes[pair] for pair in np.flatnonzero(board.rank[board.shift] == rank).tolist())
        if board.covered(chosen)[rank] < bound[rank]:
            model.add(filled <= int(bound[rank]))
            model.maximize(filled)
            _hint(model, takes, chosen)
            solver, best = solve_exactly(model, budget)
            if has_answer(solver):
                chosen = np.array([solver.boolean_value(take) for take in takes], bool)
                bound[rank] = round(solver.best_objective_bound)
            if not best:
                return Cover(chosen, bound, False, False)
        model.add(filled == int(bound[rank]))
    if only_cover:
        return Cover(chosen, bound, True, False)
    left = Budget(min(budget.left_s, CLEANUP_S))
    budget.left_s -= left.left_s
    model.minimize(_worth(board, model, takes))
    _hint(model, takes, chosen)
    solver, best = solve_exactly(model, left)
    budget.left_s += left.left_s
    if has_answer(solver):
        chosen = np.array([solver.boolean_value(take) for take in takes], bool)
    return Cover(chosen, bound, True, best)


def _worth(board: Board, model: cp_model.CpModel, takes: Sequence[cp_model.IntVar]) -> cp_model.LinearExprT:
    """`Board.worth` as one number to be made small."""
    terms: list[cp_model.LinearExprT] = []
    worst = len(takes) + 1
    squares = 0
    for volunteer, pairs in _runs(board.volunteer):
        load, most = int(board.load[volunteer]), min(int(board.room[volunteer]), len(pairs))
        steps = [model.new_bool_var("") for _step in range(most)]
        model.add(sum(steps) == sum(takes[pair] for pair in pairs))
        terms += [step * (worst * (2 * (load + number) + 1)) for number, step in enumerate(steps)]
        squares += (load + most) ** 2 - load**2
    far, told = board.far.tolist(), board.told.tolist()
    return sum(terms) + sum(
        take * (far[pair] - worst * (squares + 1) * told[pair])
        for pair, take in enumerate(takes)
        if far[pair] or told[pair]
    )


def _hint(model: cp_model.CpModel, takes: Sequence[cp_model.IntVar], chosen: Bools) -> None:
    model.clear_hints()
    for take, is_taken in zip(takes, chosen.tolist(), strict=True):
        model.add_hint(take, is_taken)


def _runs(values: Ints) -> Iterator[tuple[int, list[int]]]:
    """Each value, and the numbers of the entries that hold it."""
    order = np.argsort(values, kind="stable")
    heads = np.flatnonzero(np.diff(values[order], prepend=-1))
    for run in np.split(order, heads[1:]):
        yield int(values[run[0]]), run.tolist()


def _overlapping(board: Board, pairs: Sequence[int]) -> Iterator[list[int]]:
    """Groups of one volunteer's pairs that all overlap at one moment, each as large as it can be."""
    running: list[int] = []
    for pair in sorted(pairs, key=lambda pair: board.begins[board.shift[pair]]):
        still = [each for each in running if board.ends[board.shift[each]] > board.begins[board.shift[pair]]]
        if len(running) > 1 and len(still) < len(running):
            yield running
        running = [*still, pair]
    if len(running) > 1:
        yield running
