"""How shifts are covered: the best cover by priority, then what was told before, then the load spread, then the near.

In numbers only; `shifts.py` says who may take what. The way, each step done by a solver:

1. A volunteer's shifts are parted into groups that overlap one another, as few as possible; of each group at most one is
   taken. If no two groups overlap, that is all there is to overlaps, and a flow (volunteer → group → shift → priority)
   is the exact answer. What a flow can cover is a matroid, so the best totals by priority come one priority after another.
2. Where groups overlap each other, that flow is an upper bound. Where its answer breaks an overlap, other groups are drawn
   that never overlap each other, stricter than need be, round what is left of the answer, and the flow is asked again,
   several times. An answer that reaches the bound is a best cover.
3. Where it does not, CP-SAT decides about the core alone: the volunteers and shifts along the flow's smallest cut that are
   not all full. That gives a better answer or a lower bound.

Everything falls apart into pieces that share no volunteer; small ones with overlaps go to CP-SAT at once, so that load and
nearness are exact too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

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

QUICK = 20_000
"""A board of so many pairs is covered in a fraction of a second."""

TURNS, IDLE = 20, 2
"""So often the groups are drawn anew, unless the bound is reached before; and so often without a gain."""

CORE = 30_000
"""So many pairs are given to CP-SAT to prove a cover."""

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
    chosen, piece, bounds = _relaxed(board)
    proven = settled = True
    order = np.argsort(piece, kind="stable")
    edges = np.searchsorted(piece[order], np.arange(len(bounds) + 1))
    for number in np.unique(piece[_clashes(board, chosen)[0]]):
        pairs = order[edges[number] : edges[number + 1]]
        found = _untangled(board.only(pairs), chosen[pairs], bounds[number], budget)
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


@dataclass(frozen=True, slots=True)
class _Network:
    """A flow from a source (node 0) to a sink (1): volunteers, their groups of several pairs, shifts, urgencies.

    An urgency is the shifts of one rank in one piece. `takes` are the arcs of the pairs. All are pairs of node arrays.
    """

    board: Board
    volunteer_node: Ints
    most: Ints
    into_group: Ints
    takes: Ints
    into_urgency: Ints
    places: Ints
    urgency_node: Ints
    piece: Ints
    rank: Ints

    @classmethod
    def of(cls, board: Board, group: Ints, piece: Ints) -> _Network:
        volunteers, volunteer = np.unique(board.volunteer, return_inverse=True)
        shifts, first, shift = np.unique(board.shift, return_index=True, return_inverse=True)
        _groups, lead, group, size = np.unique(group, return_index=True, return_inverse=True, return_counts=True)
        urgencies, urgency = np.unique(piece[first] * board.ranks + board.rank[shifts], return_inverse=True)
        volunteer_node = 2 + np.arange(len(volunteers))
        shift_node = 2 + len(volunteers) + np.arange(len(shifts))
        several = size > 1
        group_node = 2 + len(volunteers) + len(shifts) + np.cumsum(several) - 1
        urgency_node = 2 + len(volunteers) + len(shifts) + int(several.sum()) + np.arange(len(urgencies))
        return cls(
            board,
            volunteer_node,
            most=np.minimum(board.room[volunteers], np.bincount(volunteer[lead], minlength=len(volunteers))),
            into_group=np.stack((volunteer_node[volunteer[lead[several]]], group_node[several])),
            takes=np.stack((np.where(several[group], group_node[group], volunteer_node[volunteer]), shift_node[shift])),
            into_urgency=np.stack((shift_node, urgency_node[urgency])),
            places=board.places[shifts],
            urgency_node=urgency_node,
            piece=urgencies // board.ranks,
            rank=urgencies % board.ranks,
        )

    def widest(self) -> tuple[Bools, Ints]:
        """Chosen pairs that cover the most, rank by rank; and how many places at each urgency."""
        network = SimpleMaxFlow()
        network.add_arcs_with_capacity(np.zeros_like(self.volunteer_node), self.volunteer_node, self.most)
        network.add_arcs_with_capacity(*self.into_group, _ones(self.into_group))
        taken = network.add_arcs_with_capacity(*self.takes, _ones(self.takes))
        network.add_arcs_with_capacity(*self.into_urgency, self.places)
        ends = network.add_arcs_with_capacity(self.urgency_node, _ones(self.urgency_node), _ones(self.urgency_node) - 1)
        covered = np.zeros(len(self.urgency_node), np.int64)
        for rank in (*np.unique(self.rank), None):  # the last time with what is known of all
            network.set_arcs_capacity(ends, np.where(self.rank == rank, int(self.places.sum()), covered))
            assert network.solve(0, 1) == network.OPTIMAL
            more = np.bincount(self.piece, np.asarray(network.flows(ends)) - covered).astype(np.int64)
            covered = np.where(self.rank == rank, more[self.piece], covered)
        return np.asarray(network.flows(taken)) > 0, covered

    def cut(self) -> tuple[Bools, Bools]:
        """The smallest cut: volunteers on the side of the source, shifts on the side of the sink."""
        network = SimpleMaxFlow()
        network.add_arcs_with_capacity(np.zeros_like(self.volunteer_node), self.volunteer_node, self.most)
        network.add_arcs_with_capacity(*self.into_group, _ones(self.into_group))
        network.add_arcs_with_capacity(*self.takes, _ones(self.takes))
        network.add_arcs_with_capacity(self.into_urgency[0], _ones(self.into_urgency), self.places)
        assert network.solve(0, 1) == network.OPTIMAL
        near = np.zeros(network.num_nodes(), bool)
        near[network.get_source_side_min_cut()] = True
        return near[self.volunteer_node], ~near[self.into_urgency[0]]

    def best(self, covered: Ints) -> Bools:
        """Of all answers that cover so many places at each urgency the one that keeps, spreads and is near the most."""
        load = self.board.load[np.unique(self.board.volunteer)]
        step = np.arange(self.most.sum()) - np.repeat(np.cumsum(self.most) - self.most, self.most)
        spread = 2 * (np.repeat(load, self.most) + step) + 1
        # On a cycle through the network two loads change by one, and each shift and volunteer is passed once at most.
        per_load = 2 * min(len(self.places), len(self.most)) + 1
        per_told = per_load * (int(spread.max(initial=0)) + 2)
        cost = self.board.far.astype(np.int64) - self.board.told * per_told
        network = SimpleMinCostFlow()
        add = network.add_arcs_with_capacity_and_unit_cost
        add(np.zeros_like(spread), np.repeat(self.volunteer_node, self.most), _ones(spread), spread * per_load)
        add(*self.into_group, _ones(self.into_group), _ones(self.into_group) - 1)
        taken = add(*self.takes, _ones(self.takes), cost)
        add(*self.into_urgency, self.places, np.zeros_like(self.places))
        add(self.urgency_node, _ones(self.urgency_node), covered, np.zeros_like(covered))
        network.set_node_supply(0, int(covered.sum()))
        network.set_node_supply(1, -int(covered.sum()))
        assert network.solve() == network.OPTIMAL
        return np.asarray(network.flows(taken)) > 0


def _ones(arcs: Ints) -> Ints:
    return np.ones(arcs.shape[-1], np.int64)


def _relaxed(board: Board) -> tuple[Bools, Ints, Ints]:
    """The best answer with at most one pair of each clique; the pairs' pieces; the places covered by piece and rank."""
    piece = pieces_of(board)
    network = _Network.of(board, cliques(board), piece)
    _chosen, urgencies = network.widest()
    covered = np.zeros((int(piece.max()) + 1, board.ranks), np.int64)
    covered[network.piece, network.rank] = urgencies
    return network.best(urgencies), piece, covered


def _untangled(board: Board, chosen: Bools, goal: Ints, budget: Budget) -> Cover:
    """One piece where the flow broke an overlap: what it chose, and covered."""
    chosen = _without_clashes(board, chosen)
    if len(board.shift) <= SMALL and not budget.is_spent:
        return _exact(board, goal, budget, hint=chosen)
    chosen = _drawn_anew(board, chosen, goal)
    upto, proven = goal.cumsum(), True
    for rank in range(board.ranks):
        if proven and board.covered(chosen)[: rank + 1].sum() < upto[rank]:
            chosen, upto[rank] = _held_against(board, chosen, rank, goal, budget)
            proven = bool(board.covered(chosen)[: rank + 1].sum() == upto[rank])
    free, group = _apart(board, chosen, 0)
    network = _Network.of(board.only(free), group, np.zeros_like(free))
    covered = board.covered(chosen)[network.rank]
    chosen = np.zeros_like(chosen)
    chosen[free] = network.best(covered)
    return Cover(chosen, np.diff(upto, prepend=0), proven, False)


def _drawn_anew(board: Board, chosen: Bools, goal: Ints) -> Bools:
    """An answer that breaks no overlap and covers as much as `chosen`, or more, up to `goal`.

    A flow within groups that never overlap one another, drawn round the answer so far, which is therefore among its
    answers. Each time they are drawn in another order.
    """
    idle = 0
    for turn in range(TURNS):
        free, group = _apart(board, chosen, turn)
        found, _covered = _Network.of(board.only(free), group, np.zeros_like(free)).widest()
        before, chosen = chosen, np.zeros_like(chosen)
        chosen[free] = found
        idle = idle + 1 if (board.covered(chosen) == board.covered(before)).all() else 0
        if idle == IDLE or (board.covered(chosen) == goal).all():
            break
    return chosen


def _held_against(board: Board, chosen: Bools, rank: int, goal: Ints, budget: Budget) -> tuple[Bools, int]:
    """The answer, bettered where it can be, and how many places up to a rank any answer covers at most.

    Some volunteers and some shifts are the core. Every pair has a volunteer outside it, a shift outside it, or lies in it:
    nobody covers more than the outer volunteers can take, the outer shifts have places, and the core can cover by itself.
    The core is drawn along the flow's smallest cut, so that the outer ones are all full.
    """
    wide_volunteers, wide_shifts = np.zeros(len(board.room), bool), np.zeros(len(board.places), bool)
    low = np.flatnonzero(board.rank[board.shift] <= rank)
    part = replace(board.only(low), rank=np.zeros_like(board.rank), ranks=1)
    network = _Network.of(part, cliques(part), np.zeros_like(low))
    cut_volunteers, cut_shifts = network.cut()
    volunteers, shifts = np.unique(part.volunteer), np.unique(part.shift)
    bound = int(goal[: rank + 1].sum())
    most, had, size = np.zeros_like(board.room), chosen[low], -1
    most[volunteers] = network.most
    while True:
        load = np.bincount(part.volunteer[had], minlength=len(board.room))
        filled = np.bincount(part.shift[had], minlength=len(board.places))
        wide_shifts[shifts] |= cut_shifts | (filled < board.places)[shifts]
        wide_volunteers[volunteers] |= cut_volunteers | (load < most)[volunteers]
        twice = had & ~wide_volunteers[part.volunteer] & ~wide_shifts[part.shift]
        wide_volunteers[part.volunteer[twice]] = True
        core = np.flatnonzero(wide_volunteers[part.volunteer] & wide_shifts[part.shift])
        outer = most[volunteers][~wide_volunteers[volunteers]].sum() + board.places[shifts][~wide_shifts[shifts]].sum()
        if not size < len(core) <= CORE or budget.is_spent:
            return chosen, bound
        size = len(core)
        found = _exact(part.only(core), None, budget, hint=chosen[low[core]], only_cover=True)
        bound = min(int(outer + found.bound.sum()), bound)
        if not found.proven or board.covered(chosen)[: rank + 1].sum() == bound:
            return chosen, bound
        other = _filled_round(board, low[core], low[core][found.chosen])
        if tuple(board.covered(other)) > tuple(board.covered(chosen)):
            chosen = other
        had = other[low]


def _filled_round(board: Board, core: Ints, fixed: Ints) -> Bools:
    """A good answer that has these pairs of the core, and no other ones of it."""
    chosen = np.zeros(len(board.shift), bool)
    chosen[fixed] = True
    free = beside(board, board.volunteer[fixed], board.shift[fixed])
    free[core] = False
    rest = replace(
        board.only(free),
        room=board.room - np.bincount(board.volunteer[fixed], minlength=len(board.room)),
        places=board.places - np.bincount(board.shift[fixed], minlength=len(board.places)),
    )
    network = _Network.of(rest, cliques(rest), np.zeros_like(rest.shift))
    found, covered = network.widest()
    goal = np.zeros(board.ranks, np.int64)
    goal[network.rank] = covered
    chosen[free] = _drawn_anew(rest, _without_clashes(rest, found), goal)
    return chosen


def _without_clashes(board: Board, chosen: Bools) -> Bools:
    chosen = chosen.copy()
    while len((pairs := _clashes(board, chosen))[0]):
        one, other = pairs
        chosen[np.where(board.rank[board.shift[one]] > board.rank[board.shift[other]], one, other)] = False
    return chosen


def _apart(board: Board, chosen: Bools, turn: int) -> tuple[Ints, Ints]:
    """Pairs, and a group for each, so that pairs of different groups never overlap; the chosen are in groups of their own."""
    group = cliques(board)
    begins, ends = board.begins[board.shift], board.ends[board.shift]
    last = np.flatnonzero(np.diff(group, append=-1))  # of each clique the pair that ends last
    before = np.maximum(group - 1, 0)
    meets = (group > 0) & (board.volunteer[last[before]] == board.volunteer) & (begins < ends[last[before]])
    chain = np.cumsum(np.bincount(group[meets], minlength=len(last)) == 0)[group]  # cliques that meet in a row
    linked = np.flatnonzero(np.isin(chain, chain[meets]))
    full = ~np.isin(board.shift, _short(board, chosen))
    anyhow = np.random.default_rng(turn).permutation(len(linked))
    order = linked[np.lexsort((anyhow, full[linked], ~chosen[linked], chain[linked]))]
    groups: list[tuple[int, list[tuple[int, int]]]] = []
    now, count = -1, len(last)
    for pair, at, begin, end in zip(
        *(each.tolist() for each in (order, chain[order], begins[order], ends[order])), strict=True
    ):
        if at != now:
            now, groups = at, []
        near = [each for each in groups if any(begin < until and start < end for start, until in each[1])]
        if not near:
            groups.append((count, []))
            near, count = groups[-1:], count + 1
        if len(near) == 1:
            near[0][1].append((begin, end))
        group[pair] = near[0][0] if len(near) == 1 else -1
    free = np.flatnonzero(group >= 0)
    return free, group[free]


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

    `bound` is what was covered before pairs were taken away. Looks no further than a piece of `SMALL` pairs, so that a
    refusal is answered at once and few people are moved; a board that is not large is covered anew when that does not
    reach the bound.
    """
    around, chosen, proven = gaps, board.told, False
    while True:
        among = np.isin(board.shift, around)
        kept = board.told & ~among
        near = kept & np.isin(board.volunteer, np.unique(board.volunteer[among]))
        free = np.flatnonzero(among & beside(board, board.volunteer[near], board.shift[near]))
        if len(free) > SMALL and around is not gaps:
            break
        had = np.bincount(board.volunteer[kept], minlength=len(board.room))
        part = replace(board.only(free), room=board.room - had, load=board.load + had)
        chosen = kept
        chosen[free] = cover(part, budget).chosen
        proven = bool((board.covered(chosen) == bound).all())
        wider = np.union1d(around, board.shift[near])
        if proven or len(wider) == len(around) or budget.is_spent:
            break
        around = wider
    return Cover(chosen, bound, proven, False) if proven or len(board.shift) > QUICK else cover(board, budget)


def _exact(board: Board, goal: Ints | None, budget: Budget, *, hint: Bools, only_cover: bool = False) -> Cover:
    """The best answer by CP-SAT, from a legal one (`hint`).

    `goal` is what a flow could cover at most: its totals up to any rank cannot be exceeded.
    """
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
    chosen = hint
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


def _worth(board: Board, model: cp_model.CpModel, takes: Sequence[cp_model.IntVar]) -> Any:
    """What was told and is given up, then the squares of the loads, then what is far, as one number to be made small."""
    terms: list[Any] = []
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
    model.clear_hints()  # type: ignore[no-untyped-call]
    for take, is_taken in zip(takes, chosen.tolist(), strict=True):
        model.add_hint(take, is_taken)


def _runs(values: Ints) -> Iterator[tuple[int, list[int]]]:
    """Each value, and the numbers of the entries that hold it."""
    order = np.argsort(values, kind="stable")
    heads = np.flatnonzero(np.diff(values[order], prepend=-1))
    for run in np.split(order, heads[1:]) if len(values) else ():
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
