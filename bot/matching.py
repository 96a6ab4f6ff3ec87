"""Who is proposed for which shift: the solver with the database around it.

Nobody is told of a proposal before a coordinator has approved it. It is made week by week, so that what one volunteer
has in a week stays within what they want; it keeps what stands, and everybody who has a place or has been asked stays.
The solver runs in a thread, on what was read before; what has changed meanwhile is looked at again when it is written.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import volunteering
from bot.packs.model import Municipality
from bot.rules.matching.shifts import Lack, Pair, Plan, Roster, Shortage, Span
from bot.rules.matching.shifts import Shift as Wanted
from bot.rules.matching.shifts import Volunteer as Person
from bot.rules.matching.solver import Budget
from bot.rules.places import km_between
from bot.rules.proposals import CAN, MONTH, SPEAKS, gap, why
from bot.rules.volunteering import a_week, rested
from bot.shift_views import as_shift, as_volunteer, valid
from storage import due, shifts, volunteers
from storage.db import Database
from storage.due import Ready
from storage.shifts import HOLDING, LIVING, Shift, Signup
from storage.volunteers import WILLING, Volunteer

KINDS: Final = ("shift", "errand")
"""The kinds of need that volunteers are proposed for."""

OVER: Final = ("declined", "cancelled", "lapsed", "missed")
"""Whoever has a signup like this for a shift is not proposed for it again."""

SPARE_OF: Final = 4
"""One more volunteer is proposed for so many places, in case somebody says no."""

LATELY_MAX: Final = 50
WORK: Final = 30.0
"""So much work the solver does for one week at most (`Budget`)."""

Week = tuple[int, int]
"""An ISO year and week, of the municipality's own days."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a matching came to: proposals that are new, that stay, and that are gone; places that nobody takes."""

    new: int = 0
    kept: int = 0
    gone: int = 0
    empty: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What a matching goes by, as it was read."""

    place: Municipality
    now: datetime
    people: Mapping[str, Volunteer]
    checks: Mapping[str, frozenset[str]]
    shifts: Sequence[Shift]
    signups: Sequence[tuple[Signup, Span]]
    lately: Mapping[int, tuple[int, int, datetime]]

    @property
    def rest(self) -> timedelta:
        return timedelta(hours=self.place.volunteering.rest_hours)


@dataclass(slots=True)
class _Found:
    """The proposals of some weeks with their reasons, and the gaps of every shift that was looked at."""

    reasons: dict[Pair, dict[str, Any]] = field(default_factory=dict)
    gaps: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def add(self, other: _Found) -> None:
        self.reasons |= other.reasons
        self.gaps |= other.gaps


class Matcher:
    """Makes proposals for the needs of municipalities."""

    def __init__(self, db: Database, municipalities: Mapping[str, Municipality], now: Callable[[], datetime]) -> None:
        self.db, self.municipalities, self.now = db, municipalities, now

    async def propose(self, municipality_id: str, need_id: int | None = None) -> Made:
        """Propose volunteers for every place to come, or for the weeks in which a need has places."""
        known = await self._read(municipality_id)
        weeks = _weeks(known, need_id)
        found = await asyncio.to_thread(_plan, known, weeks)

        async def write(tx: AsyncConnection) -> Made:
            return await _write(tx, known.place, found, self.now())

        return await self.db.write(write, key=f"match:{municipality_id}")

    async def again(self, promise: Ready) -> None:
        """A place has become free and nobody approved is left: propose somebody else at once.

        Whoever a coordinator has approved for this need is asked without another click.
        """
        place = self.municipalities.get(promise.municipality_id)
        async with self.db.read() as tx:
            waiting = await due.waiting(tx, promise.id)
        found, shift_id = None, int((waiting.data or {}).get("shift", 0)) if waiting else 0
        if place is not None and shift_id:
            known = await self._read(place.id)
            found = await asyncio.to_thread(_mend, known, str(shift_id))

        async def write(tx: AsyncConnection) -> None:
            if await due.take(tx, promise.id, self.now()) is None or place is None or found is None:
                return
            await _write(tx, place, found, self.now())
            await _ask_listed(tx, place, shift_id, self.now())

        await self.db.write(write, key=f"match:{promise.municipality_id}")

    async def _read(self, municipality_id: str) -> _Known:
        place, now = self.municipalities[municipality_id], self.now()
        async with self.db.read() as tx:
            found = await volunteers.of_municipality(tx, place.id, WILLING)
            checks = defaultdict(list)
            for check in await volunteers.checks(tx, place.id):
                checks[str(check.volunteer_id)].append(check)
            coming = [each for each in await shifts.coming(tx, place.id, now, kind=None)
                      if each.starts_at > now and each.need.kind in KINDS]  # fmt: skip
            signups = await shifts.since(tx, place.id, now - timedelta(days=8))
            lately = await shifts.lately(tx, place.id, now - MONTH)
        return _Known(
            place=place,
            now=now,
            people={str(each.id): each for each in found},
            checks={id: valid(some, now) for id, some in checks.items()},
            shifts=coming,
            signups=[(signup, (begins, ends)) for signup, begins, ends in signups],
            lately=lately,
        )


# --- approving --------------------------------------------------------------------------------------------------------


async def approve(tx: AsyncConnection, place: Municipality, signup: Signup, staff_id: int, now: datetime) -> str:
    """A coordinator approves a proposal: "asked", "listed" (asked when a place becomes free), "busy" (meanwhile they have
    another shift too close to it), "unfit" (an extract has to be shown first) or "gone" (no proposal any more, or the volunteer is away)."""
    if signup.status != "proposed":
        return "gone"
    person = await volunteers.load(tx, place.id, signup.volunteer_id)
    if person.offer is None or person.standing not in WILLING:
        return "gone"
    if not await volunteering.has_room(tx, signup, place):
        return "busy"
    if not await volunteering.fits(tx, signup, place, now):
        return "unfit"
    if not await shifts.approve(tx, place.id, signup.id, staff_id, now):
        return "gone"
    return "asked" if await volunteering.ask(tx, signup, place, now) else "listed"


async def approve_all(
    tx: AsyncConnection, place: Municipality, need_id: int, staff_id: int, now: datetime
) -> Counter[str]:
    """Approve every proposal of a need; those who stand in for others last. How it went, as `approve` says it."""
    went: Counter[str] = Counter()
    for shift in await shifts.coming(tx, place.id, now, kind=None, need_id=need_id):
        proposed = [each for each in await shifts.of_shift(tx, place.id, shift.id, ("proposed",))
                    if each.made_by == "match" and each.approved_at is None]  # fmt: skip
        for signup in sorted(proposed, key=lambda each: bool((each.why or {}).get("spare"))):
            went[await approve(tx, place, signup, staff_id, now)] += 1
    return went


async def _ask_listed(tx: AsyncConnection, place: Municipality, shift_id: int, now: datetime) -> None:
    shift = await shifts.load(tx, place.id, shift_id)
    listed = await shifts.listed(tx, place.id, shift.need.id)
    for signup in await shifts.of_shift(tx, place.id, shift_id, ("proposed",)):
        if signup.made_by == "match" and signup.volunteer_id in listed:
            await approve(tx, place, signup, listed[signup.volunteer_id], now)


# --- the plan (no I/O from here to the writing) -----------------------------------------------------------------------


def _week(moment: datetime, zone: ZoneInfo) -> Week:
    year, week, _day = moment.astimezone(zone).isocalendar()
    return year, week


def _weeks(known: _Known, need_id: int | None) -> list[Week]:
    return sorted({_week(each.starts_at, known.place.zone) for each in known.shifts if need_id in (None, each.need.id)})


def _plan(known: _Known, weeks: Iterable[Week]) -> _Found:
    """Proposals for whole weeks, one after the other."""
    found = _Found()
    standing: dict[Pair, Span] = {}
    done: set[Week] = set()
    for week in weeks:
        board = _Board(known, week, standing, done)
        found.add(board.plan())
        done.add(week)
        standing |= {pair: board.spans[pair[1]] for pair in found.reasons if pair[1] in board.spans}
    return found


def _mend(known: _Known, shift_id: str) -> _Found | None:
    """Proposals for a shift of which a place has become free; None when it is over."""
    shift = next((each for each in known.shifts if str(each.id) == shift_id), None)
    return None if shift is None else _Board(known, _week(shift.starts_at, known.place.zone)).mend(shift_id)


class _Board:
    """One week: its shifts, who may take them, who has them. `standing` are the new proposals of the weeks `done`."""

    def __init__(
        self, known: _Known, week: Week, standing: Mapping[Pair, Span] | None = None, done: Collection[Week] = ()
    ) -> None:
        self.known, self.place = known, known.place
        zone = known.place.zone
        self.rows = {str(each.id): each for each in known.shifts if _week(each.starts_at, zone) == week}
        self.spans: dict[str, Span] = {id: (each.starts_at, each.ends_at) for id, each in self.rows.items()}
        here = [(signup, _pair(signup)) for signup, _span in known.signups if str(signup.shift_id) in self.rows]
        self.held = [pair for signup, pair in here if signup.status in HOLDING and pair[0] in known.people]
        strangers = Counter(
            pair[1] for signup, pair in here if signup.status in HOLDING and pair[0] not in known.people
        )
        ours = [(signup, pair) for signup, pair in here if signup.status == "proposed" and signup.made_by == "match"]
        self.standing = {pair: signup for signup, pair in ours if pair[0] in known.people}
        self.over = {pair for signup, pair in here if signup.status in OVER}
        apart = self.over | {
            pair for signup, pair in here
            if signup.status == "standby" or (signup.status == "proposed" and signup.made_by != "match")
        }  # fmt: skip
        elsewhere: dict[str, list[Span]] = defaultdict(list)
        in_week: Counter[str] = Counter()
        for signup, span in known.signups:
            counts = signup.status in (*HOLDING, "done") and str(signup.shift_id) not in self.rows
            waits = signup.status == "proposed" and signup.made_by == "match"
            if counts or (waits and _week(span[0], zone) not in (week, *done)):
                elsewhere[str(signup.volunteer_id)].append(span)
                in_week[str(signup.volunteer_id)] += counts and _week(span[0], zone) == week
        for (volunteer, _shift), span in (standing or {}).items():
            elsewhere[volunteer].append(span)
        hours = known.place.volunteering.rest_hours
        apart |= {
            (volunteer, id) for volunteer, spans in elsewhere.items() if volunteer in known.people
            for id, span in self.spans.items() if not rested(span, spans, hours)
        }  # fmt: skip
        apart |= {
            (volunteer, id) for id, each in self.rows.items() if each.need.resident_id is not None
            for volunteer, row in known.people.items() if row.resident_id == each.need.resident_id
        }  # fmt: skip
        self.apart = apart
        self.roles = sorted(
            {each.need.need["check"] for each in self.rows.values() if (each.need.need or {}).get("check")}
        )
        held_by = Counter(volunteer for volunteer, _shift in self.held)
        self.people = {id: self._person(row, in_week[id], held_by[id]) for id, row in known.people.items()}
        self.shifts = {id: replace(as_shift(each), count=max(0, each.places - strangers[id]))
                       for id, each in self.rows.items()}  # fmt: skip

    def _person(self, row: Volunteer, elsewhere: int, held: int) -> Person:
        offer = row.offer or {}
        window = (min(span[0] for span in self.spans.values()), max(span[1] for span in self.spans.values()))
        person = as_volunteer(
            row,
            self.place,
            window,
            self.known.now,
            cleared=set(self.roles) <= self.known.checks.get(str(row.id), frozenset()),
            most=max(0, a_week(offer, self.place.volunteering.week_max) - elsewhere),
        )
        count = self.known.lately.get(row.id, (0, 0, self.known.now))[0]
        return replace(person, lately=min(LATELY_MAX, max(0, count - held)))

    def plan(self) -> _Found:
        """The best proposals for the week; those who were told that they are not needed only where nobody else is."""
        first = {id: each for id, each in self.people.items()
                 if self.known.people[id].standing != "later" or any(pair[0] == id for pair in self.held)}  # fmt: skip
        before = [pair for pair, signup in self.standing.items() if not _spare(signup)]
        roster = self._roster(first, self.shifts, self.held)
        plan = roster.plan(before, Budget(WORK))
        short = roster.shortages(plan)
        if short and len(first) < len(self.people):
            roster = self._roster(self.people, self.shifts, self.held)
            plan = roster.plan({*before, *plan.pairs}, Budget(WORK))
            short = roster.shortages(plan)
        return self._found(plan, short, self._spares)

    def mend(self, shift_id: str) -> _Found:
        """The standing proposals with the place of whoever refused filled again, moving as few as can be."""
        free = {pair for pair in self.over if pair[1] == shift_id and pair[0] in self.people and pair not in self.held}
        before = {*self.held, *free, *(pair for pair, signup in self.standing.items()
                                       if pair[1] == shift_id or not _spare(signup))}  # fmt: skip
        filled = Counter(shift for _volunteer, shift in before)
        bound: Counter[int] = Counter({each.priority: 0 for each in self.shifts.values()})
        for id, each in self.shifts.items():
            bound[each.priority] += min(each.count, filled[id])
        whole = self._roster(self.people, self.shifts, self.held, but=free)
        roster = whole.without(free)
        plan = roster.mend(Plan(tuple(sorted(before)), bound, False, False), Budget(WORK))
        return self._found(plan, roster.shortages(plan), self._standing_spares)

    def _roster(
        self, people: Mapping[str, Person], wanted: Mapping[str, Wanted], held: Sequence[Pair], but: Iterable[Pair] = ()
    ) -> Roster:
        return Roster(people.values(), wanted.values(), self.apart - set(but), held, self.known.rest)

    def _found(self, plan: Plan, short: Sequence[Shortage], spares: Callable[[list[Pair]], set[Pair]]) -> _Found:
        mine = [pair for pair in plan.pairs if pair not in set(self.held)]
        halves = self._halves([*self.held, *mine], short)
        extra = spares([*mine, *halves])
        found = _Found()
        for pair in mine:
            found.reasons[pair] = self._why(pair)
        for pair, half in halves.items():
            found.reasons[pair] = self._why(pair, pair_with=half)
        for pair in extra:
            found.reasons.setdefault(pair, self._why(pair, spare=True))
        found.gaps = dict.fromkeys(self.rows)
        filled = Counter(shift for _volunteer, shift in halves)
        for each in short:
            if (left := each.places - filled[each.shift.id]) > 0:
                found.gaps[each.shift.id] = gap(each, self.people, left)
        return found

    # --- two who cover a language together

    def _halves(self, taken: Sequence[Pair], short: Sequence[Shortage]) -> dict[Pair, tuple[str, str]]:
        """Pairs for shifts that ask for a language and a skill which nobody has both of; to each their half and the other.

        Somebody whose other half has dropped out gets a new one first.
        """
        wishes: dict[str, Wanted] = {}
        lone: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in short:
            shift = each.shift
            if not shift.languages_any or not shift.skills_all or Lack.NOBODY in each.because:
                continue
            halves = self._standing_halves(shift.id)
            for half in (SPEAKS, CAN):
                lone[shift.id, half] = halves[half]
            free = each.places - abs(len(halves[SPEAKS]) - len(halves[CAN]))
            for half, other in ((SPEAKS, CAN), (CAN, SPEAKS)):
                missing = max(0, len(halves[other]) - len(halves[half]))
                count = min(each.places, missing + max(0, free // 2))
                if count:
                    wishes[f"{shift.id}/{half}"] = replace(
                        shift,
                        id=f"{shift.id}/{half}",
                        count=count,
                        skills_all=frozenset() if half == SPEAKS else shift.skills_all,
                        languages_any=frozenset() if half == CAN else shift.languages_any,
                    )
        if not wishes:
            return {}
        shifts_ = {**self.shifts, **wishes}
        apart = {(volunteer, f"{shift}/{half}") for volunteer, shift in self.apart for half in (SPEAKS, CAN)}
        roster = Roster(self.people.values(), shifts_.values(), self.apart | apart, taken, self.known.rest)
        before = {(pair[0], f"{pair[1]}/{_half(signup)}") for pair, signup in self.standing.items() if _half(signup)}
        chosen: dict[str, list[str]] = defaultdict(list)
        for volunteer, id in roster.plan(before, Budget(WORK)).pairs:
            if id in wishes:
                chosen[id].append(volunteer)
        found: dict[Pair, tuple[str, str]] = {}
        for id in {each.rpartition("/")[0] for each in wishes}:
            sides = {}
            for half, other in ((SPEAKS, CAN), (CAN, SPEAKS)):
                alone = lone[id, other][len(lone[id, half]) :]
                new = chosen[f"{id}/{half}"]
                for volunteer, partner in zip(new, alone, strict=False):
                    found[volunteer, id] = (half, partner)
                sides[half] = new[len(alone) :]
            for one, two in zip(sides[SPEAKS], sides[CAN], strict=False):
                found[one, id], found[two, id] = (SPEAKS, two), (CAN, one)
        return found

    def _standing_halves(self, shift_id: str) -> dict[str, list[str]]:
        """Who has a place of a shift as half of a pair."""
        halves: dict[str, list[str]] = {SPEAKS: [], CAN: []}
        for signup, _span in self.known.signups:
            if str(signup.shift_id) == shift_id and signup.status in HOLDING and (half := _half(signup)):
                halves[half].append(str(signup.volunteer_id))
        return halves

    # --- in case somebody says no

    def _spares(self, chosen: list[Pair]) -> set[Pair]:
        """Some more for every shift that has places to fill, whom nothing else keeps busy."""
        approved = Counter(pair[1] for pair, signup in self.standing.items() if signup.approved_at is not None)
        held = Counter(shift for _volunteer, shift in self.held)
        more = {}
        for id, each in self.shifts.items():
            open_places = each.count > held[id]
            wish = max(approved[id], math.ceil(each.count / SPARE_OF) if open_places else 0)
            filled = held[id] + sum(shift == id for _volunteer, shift in chosen)
            more[id] = replace(each, count=filled + wish if wish else filled)
        roster = self._roster(self.people, more, [*self.held, *chosen])
        plan = roster.plan(self.standing, Budget(WORK))
        return set(plan.pairs) - set(self.held) - set(chosen)

    def _standing_spares(self, chosen: list[Pair]) -> set[Pair]:
        return {pair for pair in self.standing if pair not in chosen and _spare(self.standing[pair])}

    def _why(self, pair: Pair, *, spare: bool = False, pair_with: tuple[str, str] | None = None) -> dict[str, Any]:
        volunteer, shift = self.people[pair[0]], self.shifts[pair[1]]
        row = self.known.people[pair[0]]
        _count, helped, last = self.known.lately.get(row.id, (0, 0, None))
        wished = frozenset((self.rows[pair[1]].need.need or {}).get("skills_wished") or ())
        return why(
            volunteer, shift, km=_km(self.place, volunteer.areas[:1], shift.area), wished=wished, asked=last,
            helped=helped, spare=spare, later=row.standing == "later", pair=pair_with,
        )  # fmt: skip


def _pair(signup: Signup) -> Pair:
    return str(signup.volunteer_id), str(signup.shift_id)


def _spare(signup: Signup) -> bool:
    return bool((signup.why or {}).get("spare"))


def _half(signup: Signup) -> str | None:
    half: str | None = ((signup.why or {}).get("pair") or {}).get("half")
    return half


def _km(place: Municipality, own: Sequence[str], there: str | None) -> float | None:
    centres = {each.name: (each.latitude, each.longitude) for each in place.areas}
    one, other = (centres.get(name or "", (None, None)) for name in (own[0] if own else None, there))
    if one[0] is None or one[1] is None or other[0] is None or other[1] is None:
        return None
    return km_between((one[0], one[1]), (other[0], other[1]))


# --- writing ----------------------------------------------------------------------------------------------------------


async def _write(tx: AsyncConnection, place: Municipality, found: _Found, now: datetime) -> Made:
    """Keep the proposals. Whatever changed since they were made wins."""
    coming = await shifts.coming(tx, place.id, now, kind=None)
    open_ids = {str(each.id) for each in coming}
    people = {str(each.id) for each in await volunteers.of_municipality(tx, place.id, WILLING)}
    here: dict[Pair, Signup] = {}
    for signup, _begins, _ends in await shifts.since(tx, place.id, now):
        if str(signup.shift_id) in found.gaps and (signup.status in LIVING or signup.status in OVER):
            here[_pair(signup)] = signup
    new, kept = [], 0
    for pair, reasons in sorted(found.reasons.items(), key=lambda each: (int(each[0][1]), int(each[0][0]))):
        there = here.get(pair)
        if pair[1] not in open_ids or pair[0] not in people:
            continue
        if there is None:
            new.append((int(pair[1]), int(pair[0]), reasons))
        elif there.status == "proposed" and there.made_by == "match":
            kept += 1
            if there.why != reasons:
                await shifts.explain(tx, place.id, there.id, reasons)
    await shifts.propose(tx, place.id, new, now)
    gone = [
        signup.id for pair, signup in here.items()
        if signup.status == "proposed" and signup.made_by == "match" and pair not in found.reasons
    ]  # fmt: skip
    if gone:
        await shifts.withdraw(tx, place.id, gone)
    empty = 0
    gaps = {str(each.id): each.gap for each in coming}
    for id, said in found.gaps.items():
        if id in gaps:
            if gaps[id] != said:
                await shifts.note_gap(tx, place.id, int(id), said)
            empty += said["places"] if said else 0
    return Made(len(new), kept, len(gone), empty)
