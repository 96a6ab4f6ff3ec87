"""Who of those who answer is there, who fits a matter best, and who stands in for whom. Pure: told what time it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.rules.calendar import Hours, is_open, openings


@dataclass(frozen=True, slots=True)
class Absence:
    """Away from a moment to another, and who stands in."""

    begins_at: datetime
    ends_at: datetime
    deputy_id: int | None = None

    def covers(self, at: datetime) -> bool:
        return self.begins_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who answers. `hours` are theirs or the municipality's; until `here_until` they are there beside them.

    `languages` are tags as residents' are, `topics` and `areas` what they know most of, `held` how many cases they have.
    """

    id: int
    name: str
    roles: frozenset[str]
    hours: Hours
    zone: ZoneInfo
    languages: frozenset[str] = field(default_factory=frozenset)
    topics: frozenset[str] = field(default_factory=frozenset)
    areas: frozenset[str] = field(default_factory=frozenset)
    here_until: datetime | None = None
    absences: tuple[Absence, ...] = ()
    held: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a matter is about, as far as that is known: its topics, the resident's language, the place."""

    topics: frozenset[str] = field(default_factory=frozenset)
    language: str | None = None
    area: str | None = None


def away_until(colleague: Colleague, now: datetime) -> datetime | None:
    """When somebody who is absent is back: absences that follow each other are one. None when they are not absent."""
    back = now
    while running := [each.ends_at for each in colleague.absences if each.covers(back)]:
        back = max(running)
    return back if back > now else None


def present(colleague: Colleague, now: datetime) -> bool:
    """Whether somebody is there: in their hours, or because they have said so, and never while they are absent."""
    if away_until(colleague, now) is not None:
        return False
    said = colleague.here_until is not None and now < colleague.here_until
    return said or is_open(colleague.hours, now, colleague.zone)


def ranked(wanted: Wanted, colleagues: Iterable[Colleague], now: datetime) -> list[Colleague]:
    """The best first: who is there, knows the topic, speaks the language, knows the place, has fewest cases."""

    def order(colleague: Colleague) -> tuple[object, ...]:
        fits = tuple(not each for each in _fit(wanted, colleague))
        return not present(colleague, now), *fits, colleague.held, colleague.id

    return sorted(colleagues, key=order)


def best(wanted: Wanted, colleagues: Iterable[Colleague], now: datetime) -> list[Colleague]:
    """Those who are there and fit equally well, and better than all others; nobody when nobody is there."""
    there = [each for each in ranked(wanted, colleagues, now) if present(each, now)]
    return [each for each in there if _fit(wanted, each) == _fit(wanted, there[0])]


def stand_in(owner: Colleague, colleagues: Sequence[Colleague], now: datetime) -> Colleague | None:
    """Who stands in for somebody who is absent: their deputy, or the deputy's where that one is absent too.

    None when there is nobody among `colleagues` in the end, also where deputies name each other in a ring.
    """
    by_id = {each.id: each for each in colleagues}
    asked, waiting = {owner.id}, [owner]
    while waiting:
        for number in _deputies(waiting.pop(0), now):
            if number in asked or number not in by_id:
                continue
            asked.add(number)
            if away_until(by_id[number], now) is None:
                return by_id[number]
            waiting.append(by_id[number])
    return None


def next_there(colleagues: Iterable[Colleague], now: datetime) -> datetime | None:
    """When somebody is there next, in UTC: now, if somebody is. None when nobody will be within a year."""
    return min((at for each in colleagues if (at := _next_of(each, now)) is not None), default=None)


def _next_of(colleague: Colleague, now: datetime) -> datetime | None:
    if present(colleague, now):
        return now.astimezone(UTC)
    back = away_until(colleague, now) or now
    if colleague.here_until is not None and back < colleague.here_until:
        return back.astimezone(UTC)
    for begins, ends in openings(colleague.hours, back, colleague.zone):
        begins = away_until(colleague, begins) or begins
        if begins < ends:
            return begins.astimezone(UTC)
    return None


def _fit(wanted: Wanted, colleague: Colleague) -> tuple[bool, bool, bool]:
    spoken = {_base(each) for each in colleague.languages}
    return (
        not wanted.topics.isdisjoint(colleague.topics),
        wanted.language is not None and _base(wanted.language) in spoken,
        wanted.area is not None and wanted.area in colleague.areas,
    )


def _base(tag: str) -> str:
    """Who speaks Swedish writes easy Swedish too."""
    return tag.partition("-")[0]


def _deputies(colleague: Colleague, now: datetime) -> list[int]:
    """Who was named for the absences that run now, the one named last first."""
    running = [each for each in reversed(colleague.absences) if each.covers(now)]
    return [each.deputy_id for each in running if each.deputy_id is not None]
