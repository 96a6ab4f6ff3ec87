"""Volunteers and shifts: who may take which, and the best plan for all of them.

Hard conditions are never broken, whatever else would be gained: `lacks` is their one list. What is not known of a volunteer
counts as not there. Among all plans that keep them: the most places covered at the most urgent priority, then at the next,
and so on; then as little as possible of what people have been told is changed; then the load is spread (the sum of the
squares of everybody's number of shifts is least); then those come first who live where the shift is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from bot.rules.matching.cover import Board, Bools, Cover, Ints, beside, cover, refilled
from bot.rules.matching.solver import Budget

AT_ONCE = 4_000_000
"""So many pairs are looked at together: what bounds the memory."""

Pair = tuple[str, str]
"""A volunteer's id and a shift's."""

Span = tuple[datetime, datetime]
"""From and to, both aware, from before to."""


class Lack(StrEnum):
    """What may keep a volunteer from a shift, the easiest to mend first. The first seven depend on the two alone."""

    CONSENT = "consent"
    CAR = "car"
    RECORD_CHECK = "record_check"
    AREA = "area"
    TIME = "time"
    LANGUAGES = "languages"
    SKILLS = "skills"
    EXCLUDED = "excluded"
    MAX_SHIFTS = "max_shifts"
    """Has as many shifts as they want."""
    TAKEN = "taken"
    """Has another shift at that time, or too close to it."""
    PLACES = "places"
    """All places of the shift are taken (for a locked pair)."""
    NOBODY = "nobody"
    """There are no volunteers."""
    SEARCH = "search"
    """Nothing: the search was cut short before it came to them."""


@dataclass(frozen=True, slots=True)
class Volunteer:
    """Somebody who offers help. `areas`: where they would go, their own first. `max_shifts` None: as many as there are.

    `lately`: shifts they have had or been asked for before these; they count when the load is spread.
    """

    id: str
    areas: tuple[str, ...] = ()
    free: tuple[Span, ...] = ()
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    cleared: bool = False
    car: bool = False
    consent: bool = False
    max_shifts: int | None = None
    lately: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """A time and place where so many people are needed. What is empty or False does not matter; `area` None: anywhere."""

    id: str
    begins: datetime
    ends: datetime
    area: str | None = None
    count: int = 1
    languages_any: frozenset[str] = frozenset()
    skills_all: frozenset[str] = frozenset()
    record_check: bool = False
    car: bool = False
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Who takes what.

    `bound`: places at each priority that no plan can exceed. `proven`: no plan covers better. `settled`: nor is one as good
    in cover better in what is kept, in load or in nearness.
    """

    pairs: tuple[Pair, ...]
    bound: Mapping[int, int]
    proven: bool
    settled: bool


@dataclass(frozen=True, slots=True)
class Miss:
    """Volunteers who would take a shift but for these lacks."""

    lacks: tuple[Lack, ...]
    volunteers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shortage:
    """A shift with places that nobody takes. `misses`: those who lack the fewest things, the largest group first.

    `because`: all they lack, the commonest first.
    """

    shift: Shift
    places: int
    because: tuple[Lack, ...]
    misses: tuple[Miss, ...]


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order, those that touch or overlap made one."""
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return tuple(joined)


def overlap(one: Shift, other: Shift) -> bool:
    """At the same time; one that ends when the other begins does not."""
    return one.begins < other.ends and other.begins < one.ends


def lacks(volunteer: Volunteer, shift: Shift) -> tuple[Lack, ...]:
    """What keeps the two apart, whatever else either does. Empty: they go together."""
    found = {
        Lack.CONSENT: not volunteer.consent,
        Lack.CAR: shift.car and not volunteer.car,
        Lack.RECORD_CHECK: shift.record_check and not volunteer.cleared,
        Lack.AREA: shift.area is not None and shift.area not in volunteer.areas,
        Lack.TIME: not any(
            begins <= shift.begins and shift.ends <= ends for begins, ends in merged(volunteer.free)
        ),
        Lack.LANGUAGES: bool(shift.languages_any) and not shift.languages_any & volunteer.languages,
        Lack.SKILLS: not shift.skills_all <= volunteer.skills,
    }  # fmt: skip
    return tuple(lack for lack, is_so in found.items() if is_so)


def is_near(volunteer: Volunteer, shift: Shift) -> bool:
    """The shift is in the volunteer's own area, or may be anywhere."""
    return shift.area is None or volunteer.areas[:1] == (shift.area,)


class Roster:
    """Volunteers and shifts made ready once: who may take what. The order they come in does not matter.

    A locked pair stays and counts, whatever it breaks; an excluded one never comes about by itself. Between two shifts of
    one volunteer there is `rest`.
    """

    def __init__(
        self,
        volunteers: Iterable[Volunteer],
        shifts: Iterable[Shift],
        excluded: Iterable[Pair] = (),
        locked: Iterable[Pair] = (),
        rest: timedelta = timedelta(),
    ) -> None:
        self.rest_s = int(rest.total_seconds())
        self.volunteers = {each.id: each for each in sorted(volunteers, key=lambda each: each.id)}
        self.shifts = {each.id: each for each in sorted(shifts, key=lambda each: each.id)}
        self.excluded = frozenset(excluded)
        self.locked = tuple(sorted(set(locked)))
        self._volunteer_ids, self._shift_ids = tuple(self.volunteers), tuple(self.shifts)
        self._volunteer_number = {id: number for number, id in enumerate(self._volunteer_ids)}
        self._shift_number = {id: number for number, id in enumerate(self._shift_ids)}
        self._priorities = sorted({each.priority for each in self.shifts.values()})
        self._facts = _Facts(tuple(self.volunteers.values()), tuple(self.shifts.values()))
        self._board = self._made_ready()

    def plan(self, previous: Iterable[Pair] = (), budget: Budget | None = None) -> Plan:
        """The best plan. `previous` is what people have been told: as much of it as can be stays.

        When the budget is spent it is the best found, with its bound.
        """
        board = self._told(previous)
        return self._plan(board, cover(board, budget or Budget()))

    def without(self, refused: Iterable[Pair]) -> Roster:
        """The same without some pairs: a shift that was refused, or all shifts of somebody who drops out."""
        less = copy(self)
        less.excluded = self.excluded | frozenset(refused)
        less._board = self._board.only(~np.isin(self._keys(self._board), self._keys_of(less.excluded)))
        return less

    def mend(self, plan: Plan, budget: Budget | None = None) -> Plan:
        """A plan that was made before some pairs were taken away (`without`), filled again near the gaps.

        As few people as can be are moved. Proven when as much is covered as before; if not, `plan` tells whether more
        could be done.
        """
        board = self._told(plan.pairs)
        gaps = {shift for volunteer, shift in plan.pairs if (volunteer, shift) in self.excluded} - set(self.locked)
        bound = np.array([plan.bound[each] for each in self._priorities], np.int64) - self._locked_cover()
        numbers = np.array(sorted(self._shift_number[each] for each in gaps), np.int64)
        return self._plan(board, refilled(board, numbers, bound, budget or Budget()))

    def allowed(self) -> tuple[Ints, Ints]:
        """Who may take what: numbers of volunteers, and of a shift for each, both in the order of ids."""
        return self._board.volunteer, self._board.shift

    def warnings(self) -> dict[Pair, tuple[Lack, ...]]:
        """Locked pairs, with what each breaks."""
        of_volunteer: dict[str, list[Shift]] = defaultdict(list)
        for pair in self.locked:
            of_volunteer[pair[0]].append(self.shifts[pair[1]])
        of_shift = Counter(shift for _volunteer, shift in self.locked)
        found = {}
        for pair in self.locked:
            volunteer, shift = self.volunteers[pair[0]], self.shifts[pair[1]]
            others = [each for each in of_volunteer[volunteer.id] if each is not shift]
            too_many = volunteer.max_shifts is not None and len(others) + 1 > volunteer.max_shifts
            broken = (
                *lacks(volunteer, shift),
                *((Lack.EXCLUDED,) if pair in self.excluded else ()),
                *((Lack.MAX_SHIFTS,) if too_many else ()),
                *((Lack.TAKEN,) if any(overlap(shift, each) for each in others) else ()),
                *((Lack.PLACES,) if of_shift[shift.id] > shift.count else ()),
            )
            if broken:
                found[pair] = broken
        return found

    def shortages(self, plan: Plan) -> tuple[Shortage, ...]:
        """Shifts that are short of people, in the order of priority and time, with why."""
        by = np.array([self._volunteer_number[each] for each, _shift in plan.pairs], np.int64)
        at = np.array([self._shift_number[each] for _volunteer, each in plan.pairs], np.int64)
        filled = np.bincount(at, minlength=len(self.shifts)).tolist()
        load = np.bincount(by, minlength=len(self.volunteers))
        full = np.array([each.max_shifts is not None and each.max_shifts <= many
                         for each, many in zip(self.volunteers.values(), load.tolist(), strict=True)], bool)  # fmt: skip
        apart = defaultdict(list)
        for volunteer, shift in self.excluded:
            if volunteer in self._volunteer_number:
                apart[shift].append(self._volunteer_number[volunteer])
        found = []
        for number, each in enumerate(self.shifts.values()):
            if filled[number] >= each.count:
                continue
            at_once = (self._facts.begins[at] < self._facts.ends[number] + self.rest_s) & (
                self._facts.begins[number] < self._facts.ends[at] + self.rest_s
            )
            who = np.arange(len(load))
            lacking = {
                **self._facts.lacking(number),
                Lack.EXCLUDED: np.isin(who, apart[each.id]),
                Lack.MAX_SHIFTS: full,
                Lack.TAKEN: np.isin(who, by[at_once & (at != number)]),
            }
            found.append(self._shortage(each, each.count - filled[number], lacking, ~np.isin(who, by[at == number])))
        return tuple(sorted(found, key=lambda each: (each.shift.priority, each.shift.begins, each.shift.id)))

    def _shortage(self, shift: Shift, places: int, lacking: Mapping[Lack, Bools], others: Bools) -> Shortage:
        table = np.stack([lacking[lack] for lack in lacking])[:, others]
        many = table.sum(axis=0)
        nearest = table[:, many == many.min(initial=len(lacking))]
        ids = np.array(self._volunteer_ids, object)[others][many == many.min(initial=len(lacking))]
        misses: dict[tuple[Lack, ...], list[str]] = {}
        for id, column in zip(ids.tolist(), nearest.T.tolist(), strict=True):
            some = tuple(lack for lack, is_so in zip(lacking, column, strict=True) if is_so)
            misses.setdefault(some or (Lack.SEARCH,), []).append(id)
        largest = sorted(misses.items(), key=lambda each: (-len(each[1]), each[1]))
        counts = Counter(lack for some, who in largest for lack in some for _each in who)
        order = list(Lack)
        because = sorted(counts, key=lambda lack: (-counts[lack], order.index(lack))) or [Lack.NOBODY]
        return Shortage(shift, places, tuple(because), tuple(Miss(some, tuple(who)) for some, who in largest))

    def _plan(self, board: Board, found: Cover) -> Plan:
        chosen = zip(board.volunteer[found.chosen].tolist(), board.shift[found.chosen].tolist(), strict=True)
        pairs = sorted([*self.locked, *((self._volunteer_ids[one], self._shift_ids[other]) for one, other in chosen)])
        bound = dict(zip(self._priorities, (found.bound + self._locked_cover()).tolist(), strict=True))
        return Plan(tuple(pairs), bound, found.proven, found.settled)

    def _locked_cover(self) -> Ints:
        """Places that locked pairs cover, by rank of priority."""
        covered = np.zeros(len(self._priorities), np.int64)
        for shift, people in Counter(shift for _volunteer, shift in self.locked).items():
            covered[self._priorities.index(self.shifts[shift].priority)] += min(people, self.shifts[shift].count)
        return covered

    def _told(self, pairs: Iterable[Pair]) -> Board:
        return replace(self._board, told=np.isin(self._keys(self._board), self._keys_of(pairs)))

    def _keys(self, board: Board) -> Ints:
        return board.volunteer * len(self._shift_ids) + board.shift

    def _keys_of(self, pairs: Iterable[Pair]) -> Ints:
        """The same number as `_keys` for pairs of ids; who is not here any more is passed over."""
        known = (
            (self._volunteer_number[volunteer], self._shift_number[shift])
            for volunteer, shift in pairs
            if volunteer in self._volunteer_number and shift in self._shift_number
        )
        return np.array([volunteer * len(self._shift_ids) + shift for volunteer, shift in known], np.int64)

    def _made_ready(self) -> Board:
        volunteers, shifts = tuple(self.volunteers.values()), tuple(self.shifts.values())
        volunteer, shift = self._facts.allowed()
        order = np.lexsort((shift, self._facts.ends[shift], volunteer))
        volunteer, shift = volunteer[order], shift[order]
        by = np.array([self._volunteer_number[each] for each, _shift in self.locked], np.int64)
        at = np.array([self._shift_number[each] for _volunteer, each in self.locked], np.int64)
        load = np.bincount(by, minlength=len(volunteers))
        places = np.array([each.count for each in shifts], np.int64) - np.bincount(at, minlength=len(shifts))
        room = np.array([len(shifts) if each.max_shifts is None else each.max_shifts for each in volunteers], np.int64)
        areas: dict[str | None, int] = {}
        own = np.array(
            [areas.setdefault(each.areas[0] if each.areas else None, len(areas)) for each in volunteers], np.int64
        )
        there = np.array([-1 if each.area is None else areas.get(each.area, -2) for each in shifts], np.int64)
        board = Board(
            volunteer, shift,
            far=(there[shift] != -1) & (there[shift] != own[volunteer]),
            told=np.zeros(len(shift), bool),
            room=np.maximum(room - load, 0), load=load + np.array([each.lately for each in volunteers], np.int64),
            begins=self._facts.begins, ends=self._facts.ends + self.rest_s,
            places=np.maximum(places, 0),
            rank=np.searchsorted(self._priorities, [each.priority for each in shifts]).astype(np.int64),
            ranks=len(self._priorities),
        )  # fmt: skip
        return board.only(beside(board, by, at) & ~np.isin(self._keys(board), self._keys_of(self.excluded)))


class _Facts:
    """What `lacks` looks at, for all volunteers and shifts at once, by their numbers."""

    def __init__(self, volunteers: Sequence[Volunteer], shifts: Sequence[Shift]) -> None:
        self.begins = np.array([int(each.begins.timestamp()) for each in shifts], np.int64)
        self.ends = np.array([int(each.ends.timestamp()) for each in shifts], np.int64)
        self._speaks = _table([each.languages for each in volunteers], [each.languages_any for each in shifts],
                              lambda has, wanted: not wanted or bool(has & wanted))  # fmt: skip
        self._knows = _table([each.skills for each in volunteers], [each.skills_all for each in shifts],
                             lambda has, wanted: wanted <= has)  # fmt: skip
        self._consent = np.array([each.consent for each in volunteers], bool)
        self._cleared = np.array([each.cleared for each in volunteers], bool)
        self._car = np.array([each.car for each in volunteers], bool)
        self._record_check = np.array([each.record_check for each in shifts], bool)
        self._by_car = np.array([each.car for each in shifts], bool)
        spans = [
            (number, int(begins.timestamp()), int(ends.timestamp()))
            for number, each in enumerate(volunteers)
            for begins, ends in merged(each.free)
        ]
        self._of, self._from, self._to = np.array(spans, np.int64).reshape(-1, 3).T
        self._areas = [each.area for each in shifts]
        goes = defaultdict(set)
        for number, volunteer in enumerate(volunteers):
            for area in volunteer.areas:
                goes[area].add(number)
        self._goes = {area: np.isin(np.arange(len(volunteers)), list(numbers)) for area, numbers in goes.items()}
        self._everybody = np.ones(len(volunteers), bool)

    def lacking(self, shift: int) -> dict[Lack, Bools]:
        """For each lack who has it, for one shift."""
        by, at = np.arange(len(self._everybody)), np.full(len(self._everybody), shift)
        there = np.zeros(len(by), bool)
        there[self._of[(self._from <= self.begins[shift]) & (self.ends[shift] <= self._to)]] = True
        return {
            Lack.CONSENT: ~self._consent,
            Lack.CAR: self._by_car[at] & ~self._car,
            Lack.RECORD_CHECK: self._record_check[at] & ~self._cleared,
            Lack.AREA: ~self._who_goes(self._areas[shift]),
            Lack.TIME: ~there,
            Lack.LANGUAGES: ~self._speaks(by, at),
            Lack.SKILLS: ~self._knows(by, at),
        }

    def allowed(self) -> tuple[Ints, Ints]:
        """Every volunteer with every shift they lack nothing for."""
        of_area = defaultdict(list)
        for number, area in enumerate(self._areas):
            of_area[area].append(number)
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for area, numbers in of_area.items():
            there = np.array(numbers, np.int64)
            there = there[np.argsort(self.begins[there], kind="stable")]
            spans = np.flatnonzero((self._who_goes(area) & self._consent)[self._of])
            low = np.searchsorted(self.begins[there], self._from[spans])
            times = np.searchsorted(self.begins[there], self._to[spans]) - low
            cuts = np.flatnonzero(np.diff(np.cumsum(times) // AT_ONCE)) + 1
            for span, first, many in zip(*(np.split(each, cuts) for each in (spans, low, times)), strict=True):
                step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
                by, at = np.repeat(self._of[span], many), there[np.repeat(first, many) + step]
                fits = (self.ends[at] <= np.repeat(self._to[span], many)) & self._speaks(by, at) & self._knows(by, at)
                fits &= (self._cleared[by] | ~self._record_check[at]) & (self._car[by] | ~self._by_car[at])
                found.append((by[fits], at[fits]))
        return np.concatenate([by for by, _at in found]), np.concatenate([at for _by, at in found])

    def _who_goes(self, area: str | None) -> Bools:
        return self._everybody if area is None else self._goes.get(area, ~self._everybody)


def _table(
    has: Sequence[frozenset[str]],
    wanted: Sequence[frozenset[str]],
    fits: Callable[[frozenset[str], frozenset[str]], bool],
) -> Callable[[Ints, Ints], Bools]:
    """Tells for numbers of volunteers and shifts whether what one has fits what the other wants."""
    haves, wants = list(dict.fromkeys(has)), list(dict.fromkeys(wanted))
    table = np.array([[fits(one, other) for other in wants] for one in haves], bool).reshape(len(haves), len(wants))
    of_have, of_want = {each: at for at, each in enumerate(haves)}, {each: at for at, each in enumerate(wants)}
    row, column = (
        np.array([of_have[each] for each in has], np.int64),
        np.array([of_want[each] for each in wanted], np.int64),
    )
    return lambda by, at: table[row[by], column[at]]
