"""A year in numbers: from ideas to what happened, by language and area; volunteers, answers, matches, help, what was hard.

Nobody is in it. Numbers are told as `bot.rules.untold` allows, so that nobody can be guessed behind one, and those of the year
that is under way stop at the end of the last month: what one day adds is seen by nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.followed_up import HAPPENED, HARD, MAY
from bot.handoff import Actor
from bot.i18n import OwnName, Text, Value, _, p_
from bot.packs.model import Municipality
from bot.rules.masking import mask_ways
from bot.rules.untold import FEW, STEP, Sum, rounded, told
from bot.spreadsheet import Sheet
from bot.statistics import hours_to_answer, kept_promise
from bot.turn import Turns
from storage import awards, cases, follow_ups, yearly

YEARS_BACK: Final = 4
"""So many years before this one can be looked at."""

WORDS_MAX: Final = 30
"""So many of the words that residents want to be read are shown."""

FUNNEL: Final[Mapping[str, Text]] = {
    "ideas": p_("year", "Ideas"),
    "plans": p_("year", "Plans made of them"),
    "rooms": p_("year", "Rooms lent"),
    "money": p_("year", "Grants given"),
    "happened": p_("year", "It happened"),
}
"""The steps from an idea to what came of it."""

NUMBERS: Final[Mapping[str, Text]] = {
    "volunteers_new": p_("year", "New volunteers"),
    "volunteers": p_("year", "Volunteers who came to something"),
    "turns": p_("year", "Times they came"),
    "hours": p_("year", "Hours they gave"),
    "matches": p_("year", "People brought together"),
    "matches_shifts": p_("year", "of them for a shift"),
    "matches_people": p_("year", "of them around an idea"),
    "help": p_("year", "Requests for help"),
    "help_met": p_("year", "of them met"),
    "help_not": p_("year", "of them not met, or not yet"),
    "asked": p_("year", "Asked what became of it"),
    "answered": p_("year", "Answered"),
}
"""What else is counted."""

_GROUPS: Final = ("language", "area")


@dataclass(frozen=True, slots=True)
class Year:
    """What may be told of one year, from the day `first` to before the day `after`; `running`: it is not over.

    `numbers` are None where they may not be told; what a number that is not told is made up of is not among them. `hours` is the
    median time to a first answer and `kept` the part of the promises that were kept in steps of five of a hundred, both None
    while there are too few; `kronor` is what was granted in thousands.
    """

    year: int
    first: date
    after: date
    running: bool
    numbers: Mapping[str, int | None]
    hours: int | None
    kept: int | None
    kronor: int | None

    @property
    def last(self) -> date:
        """The last day that is counted."""
        return self.after - timedelta(days=1)

    @property
    def empty(self) -> bool:
        """Nothing can be told of it yet."""
        return self.after <= self.first

    def parts(self, group: str) -> dict[str, dict[str, int | None]]:
        """The funnel by "language" or "area": for each one, its numbers by step; "" where it is not known."""
        found: dict[str, dict[str, int | None]] = {}
        for name, number in self.numbers.items():
            step, slash, part = name.partition(f"/{group}:")
            if slash and number != 0:
                found.setdefault(part, {})[step] = number
        return dict(sorted(found.items(), key=lambda pair: (pair[0] == "", -(pair[1].get("ideas") or 0), pair[0])))

    def cell(self, group: str, part: str, step: str) -> int | None:
        """One number of such a table; None where it is not told, 0 where there was none."""
        return self.numbers.get(f"{step}/{group}:{part}", None if self.numbers[step] is None else 0)

    @property
    def most(self) -> int:
        """The largest number of the funnel, at least 1: what a picture is drawn by."""
        return max([self.numbers.get(step) or 0 for step in FUNNEL] + [1])


class Yearly:
    """Counts a municipality's years."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def years(self, place: Municipality) -> tuple[int, ...]:
        """The years that can be looked at, this one first."""
        this = self.now().astimezone(place.zone).year
        return tuple(range(this, this - YEARS_BACK - 1, -1))

    async def of(self, municipality_id: str, year: int) -> Year:
        """The picture of one year of a municipality."""
        place, now = self.turns.municipalities[municipality_id], self.now()
        async with self.db.read() as tx:
            return await picture(tx, place, year, now)

    async def for_everybody(self, municipality_id: str, year: int) -> Year | None:
        """The picture of a year that is over, where the pack lets everybody see it; None otherwise."""
        place = self.turns.municipalities[municipality_id]
        years = self.years(place)
        return await self.of(municipality_id, year) if place.year_for_everybody and year in years[1:] else None

    async def words(self, by: Actor) -> list[tuple[str, str, str]]:
        """What residents want to be read, the newest first: what it led to, what was hard, in which language."""
        async with self.db.read() as tx:
            found = await follow_ups.to_read(tx, by.municipality_id, MAY, WORDS_MAX)
        said = [(each.said or {}, each.locale or "") for each in found]
        shown = [(str(each.get("led_to") or ""), str(each.get("hard_words") or ""), locale) for each, locale in said]
        return [(mask_ways(led)[0], mask_ways(hard)[0], locale) for led, hard, locale in shown if led or hard]


async def picture(tx: AsyncConnection, place: Municipality, year: int, now: datetime) -> Year:
    """Count one year, in one transaction."""
    today = now.astimezone(place.zone).date()
    first, after = date(year, 1, 1), min(date(year + 1, 1, 1), today.replace(day=1))
    since, until = (datetime.combine(day, time(), place.zone) for day in (first, max(first, after)))
    named = {area.name for area in place.areas}
    things: list[tuple[str, str | None, str | None]] = []
    plans = await yearly.plans_made(tx, place.id, since, until)
    things += [("ideas", *each) for each in (*plans, *await yearly.ideas_put_up(tx, place.id, since, until))]
    things += [("plans", *each) for each in plans]
    things += [
        ("rooms", locale, room.area if (room := place.rooms.get(room_id)) else None)
        for locale, room_id in await yearly.rooms_lent(tx, place.id, since, until)
    ]
    granted = await awards.between(tx, place.id, first, max(first, after))
    things += [("money", each.locale, each.area) for each in granted]
    said = await follow_ups.answered(tx, place.id, since, until)
    did = [each for each in said if (each.said or {}).get("happened") in ("yes", "partly")]
    things += [("happened", each.locale, each.area) for each in did]
    counts: Counter[str] = Counter(dict.fromkeys((*FUNNEL, *NUMBERS), 0))
    for step, locale, area in things:
        counts.update((step, f"{step}/language:{locale or ''}", f"{step}/area:{area if area in named else ''}"))
    sums = [Sum(step, tuple(sorted(name for name in counts if name.startswith(f"{step}/{group}:"))))
            for step in FUNNEL for group in _GROUPS]  # fmt: skip
    counts.update(_answers(each.said or {} for each in said))
    counts.update(await yearly.counted(tx, place.id, since, until))
    counts["volunteers"], counts["turns"], hours = await yearly.helped(tx, place.id, since, until)
    for whole, parts in _MADE_UP.items():
        counts[whole] = sum(counts[part] for part in parts)
        sums.append(Sum(whole, parts))
    numbers = told({name: count for name, count in counts.items() if name != "hours"}, sums)
    numbers["hours"] = rounded(round(hours)) if numbers["volunteers"] else numbers["volunteers"]
    opened = await cases.opened_between(tx, place.id, since, until)
    answered = [hours_to_answer(each) for each in opened if each.answered_at is not None]
    kept = [promise for each in opened if (promise := kept_promise(each, now)) is not None]
    return Year(
        year=year, first=first, after=after, running=after < date(year + 1, 1, 1), numbers=numbers,
        hours=max(1, round(median(answered))) if len(answered) >= FEW else None,
        kept=round(100 * sum(kept) / len(kept) / STEP) * STEP if len(kept) >= FEW else None,
        kronor=sum(each.amount_sek for each in granted) // 1000 if numbers["money"] else None,
    )  # fmt: skip


_MADE_UP: Final[Mapping[str, tuple[str, ...]]] = {
    "matches": ("matches_shifts", "matches_people"),
    "help": ("help_met", "help_not"),
    "happened": ("said_yes", "said_partly"),
    "answered": ("happened", "said_not_yet", "said_no"),
}
"""Numbers that are the sum of others; a part that is a sum itself comes before its whole."""


def _answers(said: Iterable[Mapping[str, object]]) -> Counter[str]:
    """What became of things, and what was hard, as residents have answered."""
    counts: Counter[str] = Counter(
        {f"said_{each.id}": 0 for each in HAPPENED} | {f"hard_{each.id}": 0 for each in HARD}
    )
    for each in said:
        hard = each.get("hard")
        counts[f"said_{each.get('happened')}"] += 1
        counts.update(f"hard_{name}" for name in set(hard if isinstance(hard, list) else ()))
    return counts


# --- for a spreadsheet --------------------------------------------------------------------------------------------------

NOT_TOLD: Final = p_("year", "Not told")
"""Stands where a number is not told, so that nobody can be guessed behind it."""

UNKNOWN: Final = p_("year", "Not known")


def sheets(seen: Year, say: Callable[[Value], str]) -> list[Sheet]:
    """The same as tables: from idea to what happened, by language, by area, the other numbers, what residents answered."""

    def number(count: int | None) -> int | str:
        return say(NOT_TOLD) if count is None else count

    def by(group: str, head: Text, named: Callable[[str], str]) -> Sheet:
        rows = [[named(part), *(number(seen.cell(group, part, step)) for step in FUNNEL)] for part in seen.parts(group)]
        return Sheet(say(head), [say(head), *map(say, FUNNEL.values())], rows)

    shown = [[say(label), number(seen.numbers.get(name))] for name, label in {**FUNNEL, **NUMBERS}.items()]
    shown += [
        [say(_("Half of them had an answer within (hours)")), number(seen.hours)],
        [say(_("Promises that were kept (of 100)")), number(seen.kept)],
        [say(_("Granted (thousand kronor)")), number(seen.kronor)],
    ]
    answers = [
        [say(each.label), number(seen.numbers.get(f"{what}_{each.id}"))]
        for what, choices in (("said", HAPPENED), ("hard", HARD))
        for each in choices
    ]
    period = f"{seen.first.isoformat()} – {seen.last.isoformat()}"
    return [
        Sheet(str(seen.year), [say(p_("year", "What")), period], shown),
        by("language", p_("year", "Language"), lambda tag: say(OwnName(tag)) if tag else say(UNKNOWN)),
        by("area", p_("year", "Area"), lambda area: area or say(UNKNOWN)),
        Sheet(
            say(p_("year", "What residents answered")),
            [say(p_("year", "Answer")), say(p_("year", "How many"))],
            answers,
        ),
    ]
