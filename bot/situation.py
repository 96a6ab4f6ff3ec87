"""The situation at a glance: needs and volunteers by area and hour, why places are empty, how fast people answer.

Numbers only. Nobody is named, neither on the page nor in the table that is handed out.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from bot.handoff import Actor
from bot.i18n import Text
from bot.rules.proposals import LACK_NAMES, MONTH, lacks_of
from bot.rules.volunteering import HOURS, areas_of
from bot.spreadsheet import harmless
from bot.turn import Turns
from storage import crisis, shifts, volunteers
from storage.shifts import Shift
from storage.volunteers import Volunteer

AHEAD = timedelta(days=7)
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class AreaHours:
    """One area over the coming seven days, by hour of the day: places that are needed, those taken, and volunteers who
    would go there and have time then. All are sums over the days: a place from 10 to 12 counts in two hours.

    `area` None: needs that may be anywhere.
    """

    area: str | None
    needed: Sequence[int]
    held: Sequence[int]
    willing: Sequence[int]

    @property
    def most(self) -> int:
        return max(*self.needed, *self.willing, 1)

    def parts(self) -> Iterator[tuple[str, int, int, int]]:
        """The same by part of the day, for a table: its name, needed, taken, volunteers."""
        for name in HOURS:
            hours = _hours(name)
            needed, held, willing = (
                sum(numbers[hour] for hour in hours) for numbers in (self.needed, self.held, self.willing)
            )
            yield name, needed, held, willing


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to see. `reasons` are empty places by why, the commonest first. Minutes are medians of the last month;
    None where nobody has answered."""

    at: datetime
    level: str
    drill: bool
    areas: Sequence[AreaHours]
    places: int
    held: int
    standings: Mapping[str, int]
    reasons: Sequence[tuple[Text, int]]
    asked: int
    answered: int
    said_yes: int
    minutes: int | None


class SituationDesk:
    """Reads the situation of one municipality."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    async def seen(self, by: Actor) -> Situation:
        place, now = self.turns.municipalities[by.municipality_id], self.now()
        async with self.db.read() as tx:
            coming = await shifts.coming(tx, place.id, now, kind=None)
            people = await volunteers.of_municipality(tx, place.id)
            standings = await volunteers.counted(tx, place.id)
            answers = await shifts.answers(tx, place.id, now - MONTH)
            level = await crisis.now(tx, place.id)
        soon = [each for each in coming if each.starts_at < now + AHEAD]
        beside = {area.name: area.neighbours for area in place.areas}
        waits = [
            (answered - asked).total_seconds() / 60 for _status, asked, answered in answers if answered is not None
        ]
        return Situation(
            at=now, level=level.level if level else "calm", drill=bool(level and level.drill),
            areas=_by_area(soon, people, beside, place.zone), places=sum(each.places for each in coming),
            held=sum(each.held for each in coming), standings=standings, reasons=_reasons(coming), asked=len(answers),
            answered=len(waits), said_yes=sum(status in ("taken", "done", "missed") for status, _asked, _at in answers),
            minutes=round(median(waits)) if waits else None,
        )  # fmt: skip

    async def table(self, by: Actor) -> bytes:
        """Every shift to come as comma-separated values that spreadsheets open: UTF-8 with a mark at the beginning."""
        place = self.turns.municipalities[by.municipality_id]
        async with self.db.read() as tx:
            coming = await shifts.coming(tx, place.id, self.now(), kind=None)
            proposed = await shifts.counted(tx, place.id, "proposed")
        written = io.StringIO()
        rows = csv.writer(written)
        rows.writerow(["need", "kind", "what", "area", "from", "to", "priority", "places", "taken", "free", "standby",
                       "proposed", "missing", "drill"])  # fmt: skip
        for each in sorted(coming, key=lambda each: (each.starts_at, each.id)):
            need = each.need.need or {}
            local = [at.astimezone(place.zone).strftime("%Y-%m-%d %H:%M") for at in (each.starts_at, each.ends_at)]
            what = str(need.get("what", "")) if each.need.kind == "shift" else ""
            rows.writerow(
                [each.need.id, each.need.kind, harmless(what), harmless(each.need.area or ""), *local, each.need.priority,
                 each.places, each.held, each.free, each.standby, proposed.get(each.id, 0), " ".join(lacks_of(each.gap)),
                 int(each.need.drill)]
            )  # fmt: skip
        return written.getvalue().encode("utf-8-sig")


def _hours(part: str) -> list[int]:
    begins, ends = (at.hour for at in HOURS[part])
    return [hour % HOURS_A_DAY for hour in range(begins, ends if ends > begins else ends + HOURS_A_DAY)]


def _by_area(
    soon: Sequence[Shift], people: Sequence[Volunteer], beside: Mapping[str, Sequence[str]], zone: ZoneInfo
) -> list[AreaHours]:
    needed: dict[str | None, list[int]] = defaultdict(lambda: [0] * HOURS_A_DAY)
    held: dict[str | None, list[int]] = defaultdict(lambda: [0] * HOURS_A_DAY)
    willing: dict[str | None, list[int]] = defaultdict(lambda: [0] * HOURS_A_DAY)
    for shift in soon:
        at = shift.starts_at
        while at < shift.ends_at:
            needed[shift.need.area][at.astimezone(zone).hour] += shift.places
            held[shift.need.area][at.astimezone(zone).hour] += shift.held
            at += timedelta(hours=1)
    for row in people:
        offer = row.offer or {}
        days = len(set(offer.get("days") or ()))
        hours = [hour for part in HOURS if part in (offer.get("hours") or ()) for hour in _hours(part)]
        for area in {None, *areas_of(offer, beside)}:
            for hour in hours:
                willing[area][hour] += days
    names: list[str | None] = [*beside, *([None] if None in needed else [])]
    return [
        AreaHours(area, needed[area], held[area], willing[area])
        for area in names
        if any(needed[area]) or any(willing[area])
    ]


def _reasons(coming: Sequence[Shift]) -> list[tuple[Text, int]]:
    counts: Counter[str] = Counter()
    for shift in coming:
        if shift.gap and (lacks := lacks_of(shift.gap)):
            counts[lacks[0]] += min(shift.gap["places"], shift.free)
    return [(LACK_NAMES[lack], count) for lack, count in counts.most_common() if count]
