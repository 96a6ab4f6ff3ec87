"""What staff say of when they work and what they know, and the list of who is there. For the console."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import presence
from bot.handoff import Actor
from bot.i18n import Text, _, formats
from bot.packs.model import Municipality
from bot.packs.model.hours import OpenHours
from bot.rules import presence as rules
from bot.rules.presence import Colleague
from bot.staff import Refused
from bot.turn import Turns
from storage import presence as kept
from storage.presence import Absence

LONGEST = timedelta(days=400)
LONGER = timedelta(hours=2)
"""What is proposed to whoever is here after their hours."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody has said of themselves: `hours` are None where the municipality's hold."""

    hours: OpenHours | None = None
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Away:
    """An absence that is not over: the days of it, in words, and who was named to stand in."""

    id: int
    days: Text
    deputy: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A colleague as the others see them: there now, or absent, when they are there next, and who stands in.

    `here_until` is the time today that they have said.
    """

    id: int
    name: str
    there: bool
    here_until: time | None
    away_until: datetime | None
    stands_in: str | None
    next_at: datetime | None
    absences: tuple[Away, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """One's own profile and state. `until` is a time today that one may well be here to."""

    said: Said
    line: Line
    colleagues: tuple[Line, ...]
    until: time


class Colleagues:
    """Each method is one transaction; those that change something raise Refused where what was written does not fit."""

    def __init__(self, turns: Turns) -> None:
        self.db, self.now, self.municipalities = turns.db, turns.now, turns.municipalities

    async def listed(self, municipality_id: str) -> list[Line]:
        """Everybody here, those who are there first."""
        place, now = self.municipalities[municipality_id], self.now()
        async with self.db.read() as tx:
            everybody = await presence.colleagues(tx, place, now)
            away = await kept.away(tx, place.id, now)
        lines = [_line(each, everybody, away, place, now) for each in everybody]
        return sorted(lines, key=lambda line: (not line.there, line.name.casefold(), line.id))

    async def own(self, by: Actor) -> Own:
        """What somebody has said, how they stand now, and who could stand in for them."""
        lines = await self.listed(by.municipality_id)
        async with self.db.read() as tx:
            profile = (await kept.profiles(tx, by.municipality_id)).get(by.staff_id)
        said = profile.said if profile else {}
        hours = OpenHours.model_validate(said["hours"]) if said.get("hours") else None
        known = {name: tuple(said.get(name, ())) for name in ("languages", "topics", "areas")}
        mine = next(line for line in lines if line.id == by.staff_id)
        place = self.municipalities[by.municipality_id]
        local = self.now().astimezone(place.zone)
        closes = (hours or place.hours).closes
        late = min(local + LONGER, local.replace(hour=23, minute=59))
        return Own(Said(hours, **known), mine, tuple(lines), closes if closes > local.time() else late.time())

    async def keep(
        self, by: Actor, *, hours: tuple[Iterable[str], str, str] | None, languages: Iterable[str],
        topics: Iterable[str], areas: Iterable[str],
    ) -> None:  # fmt: skip
        """Keep what somebody says of themselves; `hours` are days, from and to as they were written."""
        place = self.municipalities[by.municipality_id]
        said = {
            "hours": _hours(*hours).model_dump(mode="json") if hours else None,
            "languages": [each for each in languages if each in place.languages],
            "topics": [each for each in topics if each in {topic.id for topic in place.topics}],
            "areas": [each for each in areas if each in {area.name for area in place.areas}],
        }
        await self.db.write(lambda tx: kept.keep(tx, by.staff_id, place.id, said))

    async def here(self, by: Actor, until: str) -> None:
        """They are here now, until a time today; an absence that runs ends."""
        place, now = self.municipalities[by.municipality_id], self.now()
        local = now.astimezone(place.zone)
        at = _time(until)
        ends = datetime.combine(local.date(), at, place.zone) if at else None
        if ends is None or ends <= now:
            raise Refused("until", _("Write a time later today, such as 16:00."))

        async def write(tx: AsyncConnection) -> None:
            await self._back(tx, by, place, now)
            await kept.here(tx, by.staff_id, place.id, ends)

        await self.db.write(write)

    async def not_here(self, by: Actor) -> None:
        """They are not here: for the rest of the day, where it is one they work on."""
        place, now = self.municipalities[by.municipality_id], self.now()
        tomorrow = _midnight(now.astimezone(place.zone).date() + timedelta(days=1), place)

        async def write(tx: AsyncConnection) -> None:
            await kept.here(tx, by.staff_id, place.id, None)
            everybody = await presence.colleagues(tx, place, now)
            mine = next((each for each in everybody if each.id == by.staff_id), None)
            following = rules.next_there([mine], now) if mine else None
            if following is not None and following < tomorrow:
                await kept.add_absence(
                    tx, municipality_id=place.id, staff_id=by.staff_id, begins_at=now, ends_at=tomorrow
                )

        await self.db.write(write)

    async def away(self, by: Actor, staff_id: int, first: str, last: str, deputy: str) -> None:
        """Somebody is away from one day to another, both included; who stands in, by their number, or ""."""
        place, now = self.municipalities[by.municipality_id], self.now()
        today = now.astimezone(place.zone).date()
        begins, ends = _day(first), _day(last)
        if begins is None or ends is None or ends < begins:
            raise Refused("days", _("Choose the first day and the last day; the last one is not before the first."))
        if ends < today or ends > today + LONGEST:
            raise Refused("days", _("Choose days that are not over, within a year."))
        number = int(deputy) if deputy.isdecimal() and len(deputy) < 16 else None

        async def write(tx: AsyncConnection) -> None:
            team = await kept.team(tx, place.id)
            if number is not None and (number not in team or number == staff_id):
                raise Refused("deputy", _("Choose a colleague who stands in, or nobody."))
            begins_at = max(_midnight(begins, place), now)
            await kept.add_absence(
                tx, municipality_id=place.id, staff_id=staff_id, deputy_id=number, begins_at=begins_at,
                ends_at=_midnight(ends + timedelta(days=1), place),
            )  # fmt: skip
            if begins_at <= now and staff_id in await kept.profiles(tx, place.id):
                await kept.here(tx, staff_id, place.id, None)

        await self.db.write(write)

    async def end_absence(self, by: Actor, staff_id: int, absence: str) -> None:
        """An absence ends now, or does not begin; one that is over stays as it was."""
        number = int(absence) if absence.isdecimal() and len(absence) < 16 else 0
        await self.db.write(lambda tx: kept.end_absence(tx, by.municipality_id, staff_id, number, self.now()))

    async def _back(self, tx: AsyncConnection, by: Actor, place: Municipality, now: datetime) -> None:
        for each in await kept.away(tx, place.id, now):
            if each.staff_id == by.staff_id and each.begins_at <= now:
                await kept.end_absence(tx, place.id, by.staff_id, each.id, now)


def spoken(place: Municipality) -> tuple[str, ...]:
    """The languages somebody may say they answer in: who writes Swedish writes easy Swedish too."""
    return tuple(tag for tag in place.languages if tag.partition("-")[0] not in set(place.languages) - {tag})


def _line(of: Colleague, everybody: list[Colleague], away: list[Absence], place: Municipality, now: datetime) -> Line:
    back, there, names = rules.away_until(of, now), rules.present(of, now), {each.id: each.name for each in everybody}
    deputy = rules.stand_in(of, everybody, now) if back else None
    said = of.here_until.astimezone(place.zone).time() if there and of.here_until and of.here_until > now else None
    return Line(
        of.id, of.name, there, said, back,
        deputy.name if deputy else None, None if there else rules.next_there([of], now),
        tuple(
            Away(each.id, _days(each, place), names.get(each.deputy_id) if each.deputy_id is not None else None)
            for each in away
            if each.staff_id == of.id
        ),
    )  # fmt: skip


def _days(absence: Absence, place: Municipality) -> Text:
    end = absence.ends_at - timedelta(seconds=1)
    first, last = absence.begins_at.astimezone(place.zone).date(), end.astimezone(place.zone).date()
    return _("{day}", day=first) if first == last else formats.days(first, last)


def _hours(days: Iterable[str], opens: str, closes: str) -> OpenHours:
    words: Text = _("Choose at least one day, and a time to begin that is before the time to end.")
    begins, ends = _time(opens), _time(closes)
    if begins is None or ends is None:
        raise Refused("hours", words)
    try:
        return OpenHours(days=tuple(int(day) for day in days if day in "1234567"), opens=begins, closes=ends)
    except ValidationError as error:
        raise Refused("hours", words) from error


def _time(words: str) -> time | None:
    try:
        found = time.fromisoformat(words.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=None)


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        return None


def _midnight(day: date, place: Municipality) -> datetime:
    return datetime.combine(day, time(), place.zone)
