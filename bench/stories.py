"""Two seeded stories with simulated people: the reception home of 2015, and the spring of corona (publication, 2.1, 2.3, 6.2).

The real engine, turn, promises, solver, outbox and sender run, on a clock of their own. Only the people are made up: they
sign up in the chat question by question, choose shifts, answer at once, late or never, say no, forget, and turn up. A
coordinator lets the solver propose, and approves. Printed is how much was met, how fast, and how evenly it was spread.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.report import say, table
from bot.due import DueWork
from bot.flows import FLOWS
from bot.flows.model import Input, Press
from bot.i18n import catalogues
from bot.live import Live
from bot.matching import Matcher, approve_all
from bot.outbox import Sender
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.turn import Outcome, Turns
from bot.update import Update
from bot.volunteering import MATCH_AGAIN
from storage import shifts, staff, tables, volunteers
from storage.db import Database
from storage.migrations import migrate
from storage.outbox import Claimed

STEP = timedelta(minutes=15)
"""The clock of a story goes on in quarters of an hour."""

ALL_WEEK = ("1", "2", "3", "4", "5", "6", "7")


@dataclass
class Person:
    """Somebody at a Telegram address. `answers`: how likely they are to answer a question at all; `agrees`: with a yes;
    `slow_h` is how many hours they take in the middle."""

    number: int
    locale: str
    answers: float
    agrees: float
    slow_h: float
    script: list[str] = field(default_factory=list)
    serial: int = 0
    choices: list[str] = field(default_factory=list)
    inbox: list[Mapping[str, Any]] = field(default_factory=list)
    said: int = 0

    @property
    def address(self) -> str:
        return str(100_000 + self.number)


class Hands:
    """A channel that puts what is sent into the hands of simulated people."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.people, self.sent = people, 0

    async def send(self, delivery: Claimed) -> str | None:
        self.sent += 1
        person = self.people.get(delivery.address or "")
        if person is not None and delivery.op == "send":
            person.inbox.append(delivery.body or {})
        return str(self.sent)

    def delay_s(self, delivery: Claimed) -> float:
        return 0.0

    def budget(self) -> int:
        return 1000

    def bulk_limit(self) -> int:
        return 100

    def bulk_delay_s(self, granted: int) -> float:
        return 0.0


class Town:
    """A municipality with its people, on a clock that is moved by hand."""

    def __init__(self, db: Database, name: str, begins: datetime, seed: int) -> None:
        self.db, self.at, self.chance = db, begins, random.Random(seed)
        self.place: Municipality = load_municipality(name)
        places = {name: self.place}
        self.people: dict[str, Person] = {}
        self.hands = Hands(self.people)
        self.turns = Turns(db, places, FLOWS, public_url="https://example.se", now=lambda: self.at, live=Live())
        self.sender = Sender(db, {"telegram": self.hands}, now=lambda: self.at)
        self.matcher = Matcher(db, places, lambda: self.at)
        self.due = DueWork(db, self.turns, now=lambda: self.at, works={MATCH_AGAIN: self.matcher.again})
        self._plans: list[tuple[datetime, int, Callable[[], Any]]] = []
        self._numbers = count()
        self.turned = 0

    # --- time

    def plan(self, at: datetime, act: Callable[[], Any]) -> None:
        """Do something then."""
        heapq.heappush(self._plans, (at, next(self._numbers), act))

    async def until(self, end: datetime) -> None:
        """Let time go by: promises fall due, letters arrive, people and coordinators act."""
        while self.at < end:
            self.at += STEP
            while self._plans and self._plans[0][0] <= self.at:
                _at, _number, act = heapq.heappop(self._plans)
                await act()
            while await self.due.run_ready():
                pass
            await self._deliver()
            for person in self.people.values():
                bodies, person.inbox = person.inbox, []
                for body in bodies:
                    self._reads(person, body)

    async def _deliver(self) -> None:
        self.sender.wake()
        while await self.sender.cycle() or self.sender._busy or self.sender._results:
            await asyncio.sleep(0)
            self.sender.wake()

    # --- people

    def joins(self, person: Person) -> Person:
        self.people[person.address] = person
        return person

    async def does(
        self, person: Person, input: Input, *, channel: str = "telegram", by_staff: int | None = None
    ) -> Outcome:
        person.said += 1
        self.turned += 1
        outcome = await self.turns.take(Update(
            f"{channel}:{person.address}:{person.said}", self.place.id, channel, input, address=person.address,
            locale_hint=person.locale, by_staff=by_staff,
        ))  # fmt: skip
        if outcome.failed:
            raise RuntimeError("an update of the story failed")
        for body in outcome.said:
            if body.get("serial"):
                person.serial, person.choices = body["serial"], [each["id"] for each in body.get("choices", ())]
        return outcome

    async def runs(self, person: Person) -> None:
        """Their script to its end: "/command", "=words to write", a choice's id, or "!" for the first choice.

        Whoever comes for the first time chooses a language before.
        """
        for line in ("/start", person.locale, *person.script):
            if line.startswith("/"):
                await self.does(person, Input(command=line[1:]))
            elif line.startswith("="):
                await self.does(person, Input(text=line[1:]))
            else:
                wanted = person.choices[0] if line == "!" else line if ":" in line else f"c:{line}"
                await self.does(person, Input(press=Press(person.serial, wanted)))
        person.script = []

    async def presses(self, person: Person, choice: str, *then: str) -> None:
        """A lasting button, and what is chosen in the question that it opens."""
        await self.does(person, Input(press=Press(0, choice)))
        for each in then:
            await self.does(person, Input(press=Press(person.serial, f"c:{each}")))

    def _reads(self, person: Person, body: Mapping[str, Any]) -> None:
        """What somebody does with a message: sooner or later, or never."""
        buttons = {each["id"].rpartition(":")[0]: each["id"] for each in body.get("choices", ()) if ":" in each["id"]}
        after = timedelta(hours=self.chance.expovariate(1 / max(0.05, person.slow_h)))
        if "f:shift_yes" in buttons:
            if self.chance.random() < person.answers:
                kind = "f:shift_yes" if self.chance.random() < person.agrees else "f:shift_no"
                self.plan(self.at + after, lambda: self.presses(person, buttons[kind]))
        elif "f:shift_coming" in buttons:
            if self.chance.random() < person.answers:
                self.plan(self.at + after / 4, lambda: self.presses(person, buttons["f:shift_coming"]))
        elif "f:shift_here" in buttons:
            if self.chance.random() < 0.95:
                self.plan(self.at + timedelta(hours=2), lambda: self.presses(person, buttons["f:shift_here"]))
        elif "f:shift_came" in buttons:
            came = "f:shift_came" if self.chance.random() < 0.9 else "f:shift_missed"
            self.plan(self.at + after, lambda: self.presses(person, buttons[came]))
        elif "f:my_errand" in buttons:
            self.plan(
                self.at + timedelta(hours=1) + after, lambda: self.presses(person, buttons["f:my_errand"], "done")
            )
        elif "f:helped_me" in buttons:
            how = "yes" if self.chance.random() < 0.95 else "partly"
            self.plan(self.at + after, lambda: self.presses(person, buttons["f:helped_me"], how))

    # --- a coordinator

    async def hires(self, name: str) -> int:
        """A coordinator's account; its id."""

        async def write(tx: Any) -> int:
            staff_id = await staff.add(tx, name=name, email=f"{name.lower()}@example.se", now=self.at)
            assert staff_id is not None
            await staff.set_roles(tx, staff_id, self.place.id, ("coordinator",), by="story", now=self.at)
            return staff_id

        return await self.db.write(write)

    async def coordinates(self, staff_id: int) -> None:
        """Have proposals made, read them, approve them."""
        await self.matcher.propose(self.place.id)
        async with self.db.read() as tx:
            open_needs = await shifts.needs_of(tx, self.place.id)
        for need in open_needs:
            await self.db.write(
                lambda tx, need_id=need.id: approve_all(tx, self.place, need_id, staff_id, self.at)  # type: ignore[misc]
            )

    # --- what came of it

    async def rows(self, which: Any) -> list[Any]:
        async with self.db.read() as tx:
            return list(await tx.execute(which.select()))


def _person(chance: random.Random, number: int, locale: str) -> Person:
    """Most answer within hours, some slowly, a few hardly ever."""
    kind = chance.choices(("quick", "slow", "gone"), (60, 28, 12))[0]
    answers, slow_h = {"quick": (0.97, 1.0), "slow": (0.8, 5.0), "gone": (0.15, 8.0)}[kind]
    return Person(number, locale, answers, 0.88, slow_h)


def _signs_up(
    area: str, far: str, languages: Sequence[str], skills: Sequence[str], days: Sequence[str], hours: Sequence[str], often: str,
    car: bool,
) -> list[str]:  # fmt: skip
    """Every question of the flow `volunteer`, as somebody answers it."""
    return [
        "/volunteer", "=Kim", f"={area}", far, *languages, "done", *skills, "done", *days, "done", *hours, "done", often,
        "yes" if car else "no", "m:skip", "yes", "m:skip", "yes", "!",
    ]  # fmt: skip


def _spread(loads: Sequence[int]) -> tuple[float, int]:
    """The Gini coefficient of how many each did (0: all the same), and the most."""
    if not loads or not sum(loads):
        return 0.0, 0
    ordered, total = sorted(loads), sum(loads)
    weighted = sum((rank + 1) * load for rank, load in enumerate(ordered))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered), max(ordered)


@dataclass(frozen=True)
class Told:
    """One story: pairs of what was counted and how much of it, and bars for a picture."""

    title: str
    lines: tuple[tuple[str, object], ...]
    bars: tuple[tuple[str, float], ...]
    overbooked: int


# --- the reception home of 2015 ---------------------------------------------------------------------------------------

HOME_BEGINS = datetime(2015, 10, 5, 6, tzinfo=UTC)
SPOKEN = (("prs", 25), ("ar", 20), ("ti", 12), ("so", 10), ("en", 70), ("fa", 10))


async def reception_home(
    db: Database, *, people: int = 150, places: int = 70, days: int = 14, seed: int = 2015
) -> Told:
    """Sixty children at a time in an empty preschool in Stenhamra: suppers, mornings, homework and nights to fill.

    `people` sign up within five days; each shift of a day has so many places that a day needs a tenth of `places`.
    """
    town = Town(db, "ekero", HOME_BEGINS, seed)
    coordinator, chance = await town.hires("Maria"), town.chance
    a_day = max(1, places // 14)
    kinds: tuple[tuple[str, int, int, dict[str, Any]], ...] = (
        ("Frukost och följa till skolan", 5, 8, {}),
        ("Läxhjälp", 15, 17, {"languages_any": ["prs", "ar", "ti", "so"]}),
        ("Kvällsmat", 16, 19, {"skills_wished": ["cooking"]}),
        ("Vara vaken på natten", 20, 23, {"languages_any": ["prs", "ar", "fa", "en"]}),
        ("Sjukvård, en stund på kvällen", 17, 19, {"skills_all": ["care"]}),
    )
    start = HOME_BEGINS.replace(hour=0) + timedelta(days=5)
    for priority, (what, begins, ends, asks) in enumerate(kinds, 1):
        times = [
            (start + timedelta(days=day, hours=begins), start + timedelta(days=day, hours=ends)) for day in range(days)
        ]
        await db.write(lambda tx, p=priority, w=what, t=times, a=asks: shifts.add_need(  # type: ignore[misc]
            tx, municipality_id="ekero", kind="shift", need={"what": w, **a}, area="Stenhamra", priority=min(p, 3),
            status="open", times=t, places=1 if "skills_all" in a else a_day, now=town.at, staff_id=coordinator,
        ))  # fmt: skip
    proven: list[Person] = []
    for number in range(people):
        person = town.joins(_person(chance, number, chance.choices(("sv", "en", "ar"), (70, 20, 10))[0]))
        spoken = ["sv", *(code for code, share in SPOKEN if chance.random() * 100 < share)]
        skills = [
            each for each, share in (("care", 0.12), ("teaching", 0.25), ("cooking", 0.3)) if chance.random() < share
        ]
        proven += [person] if "care" in skills else []
        person.script = _signs_up(
            chance.choices(("Stenhamra", "Ekerö centrum", "Färingsö"), (50, 35, 15))[0],
            chance.choice(("beside", "beside", "near", "everywhere")), spoken, skills,
            sorted(chance.sample(ALL_WEEK, chance.randint(1, 4))),
            chance.choices((["evening"], ["morning"], ["day", "evening"], ["evening", "night"]), (35, 20, 20, 25))[0],
            chance.choices(("once", "week", "more"), (20, 60, 20))[0], chance.random() < 0.6,
        )  # fmt: skip
        came = HOME_BEGINS + timedelta(hours=chance.triangular(1, 110, 20))
        town.plan(came, lambda person=person: town.runs(person))  # type: ignore[misc]
        if chance.random() < 0.35:  # some choose for themselves, without being asked
            town.plan(came + timedelta(hours=1), lambda person=person: _chooses(town, person))  # type: ignore[misc]
    town.plan(start - timedelta(hours=30), lambda: _proves(town, proven, "care"))
    for day in range(1, days + 5):
        for hour in (8, 13, 17):
            town.plan(HOME_BEGINS.replace(hour=hour) + timedelta(days=day), lambda: town.coordinates(coordinator))
    await town.until(start + timedelta(days=days, hours=12))
    return await _home_told(town, people)


async def _chooses(town: Town, person: Person) -> None:
    """Look at what is needed, and take the first that is shown."""
    await town.does(person, Input(command="needs"))
    shown = [each for each in person.choices if each.startswith("c:shift-")]
    if shown:
        await town.does(person, Input(press=Press(person.serial, shown[0])))
        if "c:take" in person.choices:
            await town.does(person, Input(press=Press(person.serial, "c:take")))


async def _proves(town: Town, people: Sequence[Person], skill: str) -> None:
    """A coordinator has seen proof of a skill."""
    until = (town.at + timedelta(days=700)).isoformat()

    async def write(tx: Any) -> None:
        for found in await volunteers.of_municipality(tx, town.place.id):
            if skill in (found.offer.get("skills") or ()):
                offer = {**found.offer, "proven": {skill: until}}
                await volunteers.save(tx, municipality_id=town.place.id, resident_id=found.resident_id,
                                      conversation_id=found.conversation_id, offer=offer, now=town.at)  # fmt: skip

    await town.db.write(write)


async def _home_told(town: Town, people: int) -> Told:
    signups, rows, held = (
        await town.rows(tables.signups),
        await town.rows(tables.shifts),
        await town.rows(tables.shift_places),
    )
    need_of = {each.id: each.need_id for each in rows}
    titles = {each.id: each.need["what"] for each in await town.rows(tables.needs)}
    places = Counter(need_of[each.shift_id] for each in held)
    did = [each for each in signups if each.status in ("done", "taken")]
    filled = Counter(need_of[each.shift_id] for each in did)
    loads = Counter(each.volunteer_id for each in did)
    offered = await town.rows(tables.volunteers)
    answered = [(each.changed_at - each.approved_at).total_seconds() / 60 for each in signups
                if each.approved_at and each.status in ("declined",)]  # fmt: skip
    gini, most = _spread([loads.get(each.id, 0) for each in offered])
    lines = (
        ("signed up", len(offered)), ("chosen for something", len(loads)), ("places", sum(places.values())),
        ("filled, %", 100 * sum(filled.values()) / max(1, sum(places.values()))),
        ("missed (did not come)", sum(each.status == "missed" for each in signups)),
        ("said no", sum(each.status == "declined" for each in signups)),
        ("did not answer in time", sum(each.status == "lapsed" for each in signups)),
        ("a no after, minutes (median)", statistics.median(answered) if answered else 0.0),
        ("shifts for one, at most", most), ("spread (Gini of all who signed up)", gini),
        ("messages sent", town.hands.sent), ("updates", town.turned),
    )  # fmt: skip
    bars = tuple((titles[need], 100 * filled[need] / places[need]) for need in sorted(places))
    return Told("The reception home, 2015", lines, bars, _overbooked(held, signups))


def _overbooked(held: Sequence[Any], signups: Sequence[Any]) -> int:
    """Living signups that hold no place of their own, or places given to nobody who lives."""
    named = {each.signup_id for each in held if each.signup_id is not None}
    ought = {each.id for each in signups if each.status in shifts.HOLDING}
    return len(ought - named)


# --- the spring of corona ---------------------------------------------------------------------------------------------

CORONA_BEGINS = datetime(2020, 4, 6, 5, tzinfo=UTC)


async def corona(db: Database, *, people: int = 1000, requests: int = 400, days: int = 10, seed: int = 2020) -> Told:
    """Needs by phone and chat in Jönköping's eleven areas; `people` offer help within three days."""
    town = Town(db, "jonkoping", CORONA_BEGINS, seed)
    coordinator, chance = await town.hires("Lena"), town.chance
    areas = [area.name for area in town.place.areas]
    weights = [6, 6, 2, 1, 4, 3, 1, 4, 1, 1, 1]
    for number in range(people):
        person = town.joins(_person(chance, number, chance.choices(("sv", "en", "ar"), (80, 12, 8))[0]))
        spoken = ["sv", *(code for code, share in (("en", 60), ("ar", 12), ("so", 8), ("bs", 6), ("fi", 4))
                          if chance.random() * 100 < share)]  # fmt: skip
        person.script = _signs_up(
            chance.choices(areas, weights)[0], chance.choice(("near", "beside", "beside", "everywhere")), spoken,
            [each for each in ("driving", "listening", "it") if chance.random() < 0.4],
            sorted(chance.sample(ALL_WEEK, chance.randint(2, 5))),
            chance.choice((["day", "evening"], ["morning", "day"], ["evening"], ["morning", "day", "evening"])),
            chance.choices(("once", "week", "more", "always"), (20, 45, 25, 10))[0], chance.random() < 0.7,
        )  # fmt: skip
        town.plan(CORONA_BEGINS + timedelta(hours=chance.triangular(1, 70, 12)), lambda p=person: town.runs(p))  # type: ignore[misc]
    tasks = ("shopping", "pharmacy", "errand", "walk", "dog", "shopping", "shopping", "phone_help")
    asked: list[tuple[Person, dict[str, str], bool]] = []
    for number in range(requests):
        person = town.joins(Person(10_000 + number, "sv", 0.9, 1.0, 2.0))
        language = chance.choices(("sv", "ar", "so", "bs"), (88, 5, 4, 3))[0]
        fields = {
            "what.value": "Jag behöver hjälp", "task.value": chance.choice(tasks), "where.area": chance.choices(areas, weights)[0],
            "urgency.value": chance.choices(("today", "week", "wait"), (25, 55, 20))[0], "languages.choice": language,
            "who.value": "self", "name.value": "Greta", "address.value": "Storgatan 1", "contact.value": "",
        }  # fmt: skip
        by_phone = chance.random() < 0.45
        asked.append((person, fields, by_phone))
        hour = chance.randint(7, 18)
        at = CORONA_BEGINS.replace(hour=hour) + timedelta(
            days=chance.randint(1, days - 3), minutes=chance.randint(0, 59)
        )
        town.plan(at, lambda p=person, f=fields, by=by_phone: _asks(town, p, f, coordinator if by else None))  # type: ignore[misc]
    for day in range(days):
        for hour in range(7, 19):
            town.plan(CORONA_BEGINS.replace(hour=hour) + timedelta(days=day), lambda: town.coordinates(coordinator))
    await town.until(CORONA_BEGINS + timedelta(days=days))
    return await _corona_told(town, requests)


async def _asks(town: Town, person: Person, fields: dict[str, str], staff_id: int | None) -> None:
    """Ask for help in one form: one's own, or the one a coordinator fills in for a caller."""
    await town.does(person, Input(command="form", argument="help_me", fields=fields), by_staff=staff_id)


async def _corona_told(town: Town, requests: int) -> Told:
    needs, signups, held = (
        await town.rows(tables.needs),
        await town.rows(tables.signups),
        await town.rows(tables.shift_places),
    )
    need_of = {each.id: each.need_id for each in await town.rows(tables.shifts)}
    yes_at: dict[int, datetime] = {}
    for each in signups:
        if each.status in ("taken", "done") or each.confirmed_at:
            at = each.confirmed_at or each.changed_at
            yes_at[need_of[each.shift_id]] = min(at, yes_at.get(need_of[each.shift_id], at))
    waited = {
        each.id: (yes_at[each.id] - each.created_at).total_seconds() / 3600 for each in needs if each.id in yes_at
    }
    offered = await town.rows(tables.volunteers)
    loads = Counter(each.volunteer_id for each in signups if each.status in ("done", "taken"))
    gini, most = _spread([loads.get(each.id, 0) for each in offered])
    by_area = Counter(each.area for each in needs)
    met_in = Counter(each.area for each in needs if each.id in yes_at)
    hours = sorted(waited.values())
    lines = (
        ("signed up", len(offered)), ("requests", len(needs)),
        ("somebody said yes, %", 100 * len(yes_at) / max(1, len(needs))),
        ("done and told, %", 100 * sum(each.status in ("done", "closed") for each in needs) / max(1, len(needs))),
        ("hours until a yes (median)", statistics.median(hours) if hours else 0.0),
        ("hours until a yes (nine in ten)", hours[int(len(hours) * 0.9)] if hours else 0.0),
        ("said no", sum(each.status == "declined" for each in signups)),
        ("did not answer in time", sum(each.status == "lapsed" for each in signups)),
        ("errands for one, at most", most), ("spread (Gini of all who signed up)", gini),
        ("messages sent", town.hands.sent), ("updates", town.turned),
    )  # fmt: skip
    bars = tuple((str(area), 100 * met_in[area] / by_area[area]) for area in sorted(by_area, key=str))
    return Told("The spring of corona, 2020", lines, bars, _overbooked(held, signups))


# --- telling it -------------------------------------------------------------------------------------------------------


def picture(told: Told) -> str:
    """The bars of a story as SVG: shares of a hundred."""
    height, width, left = 34, 760, 330
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height * len(told.bars) + 50}" '
        f'font-family="sans-serif" font-size="15" role="img" aria-label="{told.title}">',
        f'<text x="0" y="22" font-size="18" font-weight="bold">{told.title}: filled or met, %</text>',
    ]
    for number, (label, share) in enumerate(told.bars):
        y = 45 + number * height
        parts.append(f'<text x="0" y="{y + 16}">{label}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{width - left - 60}" height="22" fill="#e6e2d8"/>')
        parts.append(
            f'<rect x="{left}" y="{y}" width="{(width - left - 60) * share / 100:.0f}" height="22" fill="#0d5c63"/>'
        )
        parts.append(f'<text x="{width - 50}" y="{y + 16}">{share:.0f} %</text>')
    return "\n".join([*parts, "</svg>", ""])


STORIES: Mapping[str, Callable[..., Any]] = {"home": reception_home, "corona": corona}


async def tell(url: str, story: str, **sizes: int) -> Told:
    """Run one story in a fresh database."""
    db = await Database.open(url, KEYS)
    await migrate(db)
    try:
        told: Told = await STORIES[story](db, **sizes)
    finally:
        await db.close()
    return told


async def _run(options: argparse.Namespace) -> int:
    catalogues.use(catalogues.load(strict=False))
    broken = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="idelabbet-stories-")))
        kind: Databases = Sqlite(folder)
        if options.database == "postgres":
            kind = stack.enter_context(postgres_server(folder / "pg"))
        for story in options.stories:
            say(f"{kind.kind}: {story}")
            told = await tell(await kind.fresh(f"story_{story}"), story)
            print(table(told.title, ("what", "how much"), [list(each) for each in told.lines]), flush=True)
            broken += told.overbooked
            if options.pictures:
                file = Path(options.pictures) / f"story-{story}.svg"
                file.write_text(picture(told), encoding="utf-8")
    return int(broken > 0)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stories", nargs="+", choices=tuple(STORIES), default=list(STORIES))
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--pictures", metavar="FOLDER", help="where to put a picture of each story (SVG)")


def run(options: argparse.Namespace) -> int:
    """Tell the stories; 1 when anybody was signed up beyond the places there are."""
    return asyncio.run(_run(options))
