"""Whole stories seen from both sides: residents, coaches, letters and the clock, over the real program.

A story is played on a real database with real turns, due work and handoff, and where somebody is in Telegram, with the
channel over the stand-in. Its first lines say who is there:

    municipality> jonkoping                 Ekerö where nothing is said
    now> 2026-03-02 21:10                   the municipality's own time
    resident Amina> telegram ar             or `web en`; `new` behind it: nobody has met the bot yet
    coach Anna> en coach leader             language, then roles; `telegram` behind them: linked, and told in their own chat
    dialogues> jonkoping                    the place holds such dialogues as that municipality does
    group> Coaches                          those of them who are in Telegram have a forum group

Then people act, and the clock runs; `&` in front of a name: at the same moment as the line above.

    Amina> words, [a button], /a command, (photo), (blocks the bot), (unblocks the bot); on the web also a whole form:
           (form friends) age.value=19 | side.value=new
    Anna> claim 1 | answer 1 stay: words | back 1 | refer 1: to whom: words | next 1 2026-03-05: step ... (`ACTS`)
    Anna #1> words, /a command, [a button], (deletes the topic)         in a case's topic; `Anna #0> /claim 1` in General
    Anna> meeting plan workshop 2026-04-14 18.00 20.00: title, place | meeting tell 1 ... (`_meeting`)
    clock> 2026-03-03 09:05                 everything that falls due until then happens at its own time

What follows a line is what became new for each of them, in this order: residents, staff (their queue, their own chat), the
group, letters. Something refused stands as `Anna! (why) words`. `python -m tests.transcripts` writes all of it anew.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot import interpreting
from bot.alerts import Digest
from bot.canned import canned
from bot.colleagues import Colleagues
from bot.conduct import Conduct
from bot.desk import CaseSeen, Desk, Filter, Line
from bot.dialogue_desk import DialogueDesk
from bot.dialogue_form import filled as dialogue_filled
from bot.dialogues import Watch
from bot.due import DueWork
from bot.flows.model import File, Input, Press
from bot.flows.shifts import when
from bot.goods_desk import Furniture
from bot.handoff import Actor, Handoff
from bot.i18n import content, locale, plain
from bot.introducing import Introducing, Seen
from bot.matching import Matcher
from bot.meeting_desk import MeetingDesk, MeetingSeen, filled
from bot.packs.load import load_municipality
from bot.partnership_desk import WORK as PARTNERSHIP_WORK
from bot.partnership_desk import PartnershipDesk
from bot.project_desk import Projects
from bot.staff import Refused, Staff
from bot.turn import Turns
from bot.update import Update
from bot.views import LinkTrouble
from bot.volunteering import MATCH_AGAIN
from bot.weaving_desk import MapSeen, Weaving
from bot.wording import Words
from storage import conversations, residents, seen, staff, tables
from storage.db import Database
from storage.migrations import migrate
from tests.bot_api import BotApi, Group, Person, Place
from tests.telegram.parts import Running, running

FOLDER = Path(__file__).parent
KEYS = ("a key for tests only, of 32 characters or more",)
PLACE = "ekero"
TOKEN = re.compile(
    r"(/(?:r|plan|j|mydata|calendar|record|run|answer|room|lend|project|with|partnership)/|start=\w+?_|\?move=)[\w-]{16,}"
)
MARKS = re.compile("[\u200e\u200f\u2066-\u2069]")
"""They keep words of two directions apart, and are seen by nobody; other tests look at them."""
WAIT_S = 30.0


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def write(path: Path) -> None:
    """Play a story on a database of its own, and put down what comes of it."""

    async def whole() -> str:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{folder}/idelabb.db"
            db = await Database.open(url, KEYS)
            await migrate(db)
            await db.close()
            return await play(path.read_text(encoding="utf-8"), url)

    path.write_text(asyncio.run(whole()), encoding="utf-8")


async def play(source: str, url: str) -> str:
    """The story with all that comes of it today, on an empty migrated database."""
    lines = [line for line in source.splitlines() if line.startswith("#") or _is_given(line)]
    cast = [line for line in lines if re.match(r"(municipality|now|group|dialogues|resident \S+|coach \S+)>", line)]
    story = Story(cast)
    out: list[str] = []
    moment: list[str] = []
    async with story.begun(url):
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if line in cast:
                out.append(line)
            elif line.startswith("#"):
                out += [line] if not out or out[-1].startswith("#") else ["", line]
            else:
                out += [line] if moment or out[-1].startswith("#") else ["", line]
                moment.append(line.removeprefix("&"))
                if not following.startswith("&"):
                    out += await story.acts(moment)
                    moment = []
    return "\n".join(out).strip() + "\n"


def _is_given(line: str) -> bool:
    return re.match(r"&?[^\s:!][^:!>]*>", line) is not None


@dataclass
class Resident:
    """Somebody who lives here. `phone` is theirs when they are in Telegram, `shown` what they have seen of it."""

    name: str
    channel: str
    locale: str
    address: str
    phone: Person | None = None
    read: int = 0
    buttons: dict[str, Press] = field(default_factory=dict)
    shown: dict[int, tuple[str, list[str]]] = field(default_factory=dict)
    toasts: list[str] = field(default_factory=list)
    slots: set[str] = field(default_factory=set)


@dataclass
class Coach:
    """Somebody who answers, and what stood in their queue."""

    name: str
    actor: Actor
    locale: str
    phone: Person | None = None
    queue: dict[int, str] = field(default_factory=dict)
    shown: dict[int, tuple[str, list[str]]] = field(default_factory=dict)


class Story:
    """The program with everybody in it, and what each of them has seen."""

    def __init__(self, cast: list[str]) -> None:
        self.cast = cast
        named = (line.partition(">")[2].strip() for line in cast if line.startswith("municipality>"))
        self.place = load_municipality(next(named, PLACE))
        self.moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.residents: dict[str, Resident] = {}
        self.coaches: dict[str, Coach] = {}
        self.letters, self.acted = 0, 0
        self.api: BotApi | None = None
        self.phones: dict[str, Person] = {}
        self.group: Group | None = None
        self.places: dict[int, tuple[str, bool]] = {}
        self.shown: dict[int, tuple[str, list[str]]] = {}

    @property
    def zone(self) -> ZoneInfo:
        return self.place.zone

    def now(self) -> datetime:
        return self.moment

    @asynccontextmanager
    async def begun(self, url: str) -> AsyncIterator[None]:
        """Start the program, and let everybody arrive."""
        api = BotApi(seed=1)
        async with api, running(api, url, now=self.now, groups=self._grouped(api), place=self.place) as run:
            self._starts(api, run)
            for line in self.cast:
                await self._arrives(*line.split(">", 1))
            await self._settled()
            await self._news()  # how they came here is no part of the story
            yield
            await self._settled()
            faults = await self._rows(select(tables.inbox.c.fault).where(tables.inbox.c.status != "done"))
            assert faults == [], faults
            assert api.warnings == []

    def _grouped(self, api: BotApi) -> tuple[int, ...]:
        """Everybody's phones, and the coaches' group, which the program is told of when it starts."""
        self.api = api
        names = [match[1] for line in self.cast if (match := re.match(r"coach (\S+)>.*\btelegram\b", line))]
        for number, name in enumerate(names, 1):
            self.phones[name] = api.user(id=2000 + number, first_name=name, language_code="sv", started=True)
        title = next((line.partition(">")[2].strip() for line in self.cast if line.startswith("group>")), None)
        if title is None:
            return ()
        self.group = api.group(title, forum=True, members=list(self.phones.values()))
        return (self.group.id,)

    def _starts(self, api: BotApi, run: Running) -> None:
        self.run, self.db = run, run.db
        self.turns: Turns = run.turns
        self.handoff, self.desk = Handoff(run.turns), Desk(run.turns)
        digest = Digest(run.db, run.turns.municipalities, run.turns.public_url, self.now)
        matcher = Matcher(run.db, run.turns.municipalities, self.now)
        works = {**run.telegram.works, "staff_digest": digest.send, MATCH_AGAIN: matcher.again}
        works |= Watch(run.db, run.turns.municipalities, run.turns.public_url, self.now).works
        works[PARTNERSHIP_WORK] = PartnershipDesk(run.turns).run
        self.due = DueWork(run.db, run.turns, now=self.now, works=works)

    # --- who is there -------------------------------------------------------------------------------------------------

    async def _arrives(self, who: str, how: str) -> None:
        kind, _space, name = who.partition(" ")
        said = how.split()
        if kind in ("group", "municipality"):
            pass  # it was there before
        elif kind == "dialogues":
            held = {"dialogues": load_municipality(how.strip()).dialogues}
            self.place = self.place.model_copy(update=held)
            self.turns.municipalities[PLACE] = self.place  # type: ignore[index]
        elif kind == "now":
            self._it_is(how)
        elif kind == "resident":
            await self._comes(Resident(name, said[0], said[1], name.casefold()), met="new" not in said)
        else:
            await self._works(name, said[0], [each for each in said[1:] if each != "telegram"])

    async def _comes(self, resident: Resident, *, met: bool) -> None:
        assert self.api is not None
        number = len(self.residents) + 1
        self.residents[resident.name] = resident
        if resident.channel == "telegram":
            resident.address = str(1000 + number)
            language = resident.locale.partition("-")[0]
            resident.phone = self.api.user(id=1000 + number, first_name=resident.name, language_code=language)
        if not met:
            return
        await self._does(resident, "/start")
        await self._settled()
        if resident.phone is not None:
            await _press(resident.phone, locale(resident.locale).own_name)
        await self._settled()

        async def knows(tx: Any) -> None:
            found = await seen.by_address(tx, self.place.id, resident.channel, resident.address)
            assert found is not None
            version = self.place.data_protection.notice_version
            await residents.set_locale(tx, found.resident_id, resident.locale)
            await residents.set_notice(tx, found.resident_id, version, self.moment)

        await self.db.write(knows)

    async def _works(self, name: str, tag: str, roles: list[str]) -> None:
        phone = self.phones.get(name)

        async def hired(tx: Any) -> int:
            email = f"{name.casefold()}@example.se"
            staff_id = await staff.add(tx, name=name, email=email, now=self.moment)
            assert staff_id is not None
            await staff.set_values(tx, staff_id, locale=tag)
            await staff.set_roles(tx, staff_id, self.place.id, roles, by="the story", now=self.moment)
            if phone is not None:
                address = await conversations.address(
                    tx, municipality_id=self.place.id, channel="telegram", address=str(phone.id), now=self.moment
                )
                await staff.link_chat(tx, staff_id, self.place.id, address.id, self.moment)
                await staff.set_ways(tx, staff_id, self.place.id, dict.fromkeys(_kinds(), "telegram"))
            return staff_id

        staff_id = await self.db.write(hired)
        self.coaches[name] = Coach(name, Actor(staff_id, name, self.place.id, frozenset(roles)), tag, phone)

    # --- what is done -------------------------------------------------------------------------------------------------

    async def acts(self, together: list[str]) -> list[str]:
        """Do this, at the same moment if it is more than one line; what is new for everybody."""
        if len(together) == 1 and together[0].startswith("clock>"):
            return [line async for line in self._time_goes_by(together[0].partition(">")[2])]
        refused = await asyncio.gather(*(self._act(*line.split(">", 1)) for line in together))
        await self._settled()
        return [*(line for lines in refused for line in lines), *await self._news()]

    async def _act(self, who: str, what: str) -> list[str]:
        what = what.strip()
        name, hash_, number = who.partition(" #")
        if hash_:
            await self._does_in_group(self.phones[name], int(number), what)
            return []
        if who in self.residents:
            await self._does(self.residents[who], what)
            return []
        if who not in self.coaches:
            raise AssertionError(f"nobody is called {who!r}; there are {[*self.residents, *self.coaches]}")
        return await self._coach_does(self.coaches[who], what)

    async def _does(self, resident: Resident, what: str) -> None:
        self.acted += 1
        if resident.phone is not None:
            await self._does_by_phone(resident.phone, what)
            return
        if what.startswith("["):
            if what[1:-1] not in resident.buttons:
                raise AssertionError(f"{resident.name} sees no {what}; there are {sorted(resident.buttons)}")
            input = Input(press=resident.buttons[what[1:-1]])
        elif what.startswith("/"):
            command, _space, argument = what[1:].partition(" ")
            input = Input(command=command, argument=argument)
        elif what.startswith("(form "):
            flow, _bracket, filled = what.removeprefix("(form ").partition(")")
            fields = dict(each.strip().split("=", 1) for each in filled.split("|"))
            input = Input(command="form", argument=flow, fields=fields)
        elif what == "(photo)":
            input = Input(file=File("photo", "photo-1", "photo.jpg", size=1000))
        else:
            input = Input(text=what.replace("⏎", "\n"))
        outcome = await self.turns.take(
            Update(f"web:{resident.name}:{self.acted}", self.place.id, "web", input, address=resident.address,
                   locale_hint=resident.locale)
        )  # fmt: skip
        assert not outcome.failed
        if outcome.toast:
            resident.toasts.append(outcome.toast)

    async def _does_by_phone(self, phone: Person, what: str) -> None:
        match what:
            case "(blocks the bot)":
                await phone.blocks()
            case "(unblocks the bot)":
                await phone.unblocks()
            case "(photo)":
                await phone.sends_photo()
            case _ if what.startswith("["):
                await _press(phone, what[1:-1])
            case _:
                await phone.says(what.replace("⏎", "\n"))

    async def _does_in_group(self, phone: Person, number: int, what: str) -> None:
        assert self.group is not None
        there = [each for each in self.group.topics if each.name.startswith(f"#{number} ")]
        place = there[-1] if there else self.group.general
        if what == "(deletes the topic)":
            await there[-1].deletes()
        elif what.startswith("["):
            await _press(phone, what[1:-1], place)
        else:
            await phone.says(what.replace("⏎", "\n"), where=place)

    async def _coach_does(self, coach: Coach, what: str) -> list[str]:
        self.acted += 1
        order, _colon, words = what.partition(":")
        act, *said = shlex.split(order)
        if act not in ACTS:
            raise AssertionError(f"{coach.name} cannot {act!r}; there are {sorted(ACTS)}")
        try:
            shown = await ACTS[act](self, coach, f"act {self.acted}", said, words.strip())
        except Refused as refused:
            return _told(f"{coach.name}! ({refused.why})", Words(coach.locale, self.zone).plain(refused.words))
        return shown or []

    def meeting(self, coach: Coach, found: MeetingSeen) -> list[str]:
        """A meeting as its page in the console shows it."""
        words = Words(coach.locale, self.zone)
        lines = [f"{found.meeting.said['title']}, {words.plain(when(found.seen))}"]
        for at, each in enumerate(found.agenda, 1):
            text = words.plain(content(each["text"])) if each["standing"] else each["text"]
            lines.append(f"{at}. {text}{' (not read yet)' if each['status'] == 'sent' else ''}")
        for some, mark in ((found.coming, "comes"), (found.waiting, "waits")):
            for each in some:
                needs = "".join(f", {words.plain(need)}" for need in each.needs)
                more = "".join(f", “{said}”" for said in (each.topic, each.more) if said)
                lines.append(f"{mark}: {each.name} ({each.signup.people}){needs}{more}")
        for group, inside in found.groups:
            plan = f": {group.plan['what']}, next: {group.plan['next']}, {group.status}" if group.plan else ""
            lines.append(f"group {group.id} “{group.name}”: {', '.join(each.name for each in inside)}{plan}")
        return _told(f"{coach.name}: (meeting)", "\n".join(lines))

    # --- the clock ----------------------------------------------------------------------------------------------------

    def _it_is(self, said: str) -> None:
        assert self.api is not None
        self.moment = datetime.fromisoformat(said.strip()).replace(tzinfo=self.zone).astimezone(UTC)
        self.api.clock.stop(at=self.moment.timestamp())

    async def _time_goes_by(self, until: str) -> AsyncIterator[str]:
        """Everything that falls due until then, each at its own time."""
        assert self.api is not None
        end = datetime.fromisoformat(until.strip()).replace(tzinfo=self.zone).astimezone(UTC)
        assert end >= self.moment, "time goes one way"
        while True:
            waiting = select(func.min(tables.due.c.due_at)).where(tables.due.c.status == "waiting")
            at = (await self._rows(waiting))[0]
            if at is None or at > end:
                break
            self.moment = max(self.moment, at)
            self.api.clock.stop(at=self.moment.timestamp())
            while await self.due.run_ready():
                pass
            await self._settled()
            if news := await self._news():
                yield f"(it is {self.moment.astimezone(self.zone):%Y-%m-%d %H:%M})"
                for line in news:
                    yield line
        self.moment = end
        self.api.clock.stop(at=end.timestamp())
        for line in await self._news():
            yield line

    async def _settled(self) -> None:
        """Until every update is taken and every message sent."""
        assert self.api is not None
        self.run.sender.wake()
        async with asyncio.timeout(WAIT_S):
            while True:
                await self.api.settled(WAIT_S)
                there = tables.deliveries.c
                waiting = select(there.id).where(
                    there.channel == "telegram",
                    there.status.in_(("waiting", "attempting")),
                    there.due_at <= self.moment,
                )
                phones = [each.phone for each in (*self.residents.values(), *self.coaches.values()) if each.phone]
                pressed = [press for phone in phones for press in phone.presses_made if press.query.answer is None]
                if not pressed and not await self._rows(waiting) and not self.api.pending():
                    return
                await asyncio.sleep(0.01)

    # --- what is new --------------------------------------------------------------------------------------------------

    async def _news(self) -> list[str]:
        lines: list[str] = []
        for resident in self.residents.values():
            if resident.phone is not None:
                lines += _on_screen(resident.name, resident.phone.chat, resident.shown)
                lines += _in_passing(resident.name, resident.phone)
            else:
                lines += await self._on_page(resident)
        for coach in self.coaches.values():
            lines += await self._in_queue(coach)
            if coach.phone is not None:
                lines += _on_screen(f"{coach.name} (chat)", coach.phone.chat, coach.shown)
                lines += _in_passing(coach.name, coach.phone)
        lines += self._in_group()
        lines += await self._by_letter()
        return [TOKEN.sub(r"\1<token>", MARKS.sub("", line)) for line in lines]

    async def _on_page(self, resident: Resident) -> list[str]:
        lines: list[str] = []
        async with self.db.read() as tx:
            found = await seen.by_address(tx, self.place.id, "web", resident.address)
        if found is None:
            return lines
        there = tables.messages.c
        said = await self._rows(
            select(there.id, there.sender, there.body, there.slot)
            .where(there.conversation_id == found.conversation_id, there.id > resident.read, there.sender != "resident")
            .order_by(there.id),
            whole=True,
        )
        for id, _sender, body, slot in said:
            resident.read = id
            for each in (*body.get("choices", ()), *body.get("moves", ())):
                resident.buttons[MARKS.sub("", each["label"])] = Press(body.get("serial") or 0, each["id"])
            mark = "(changed) " if slot in resident.slots else ""
            resident.slots |= {slot} if slot else set()
            lines += _told(f"{resident.name}:", mark + "\n".join(_shown(body)))
        for toast in resident.toasts:
            lines += _told(f"{resident.name}:", f"(in passing) {toast}")
        resident.toasts = []
        return lines

    async def _in_queue(self, coach: Coach) -> list[str]:
        found = await self.desk.queue(coach.actor, Filter())
        words = Words(coach.locale, self.zone)
        now = {line.id: self._line(line, words) for line in found.lines}
        gone = [id for id in coach.queue if id not in now]
        lines = [line for id, shown in now.items() if coach.queue.get(id) != shown
                 for line in _told(f"{coach.name}:", shown)]  # fmt: skip
        lines += [f"{coach.name}: (queue) #{id} is no longer there" for id in gone]
        dangers = {-each.id: f"(queue) danger in conversation {each.conversation_id}" for each in found.dangers}
        lines += [f"{coach.name}: {shown}" for id, shown in dangers.items() if id not in coach.queue]
        coach.queue = {**now, **{id: coach.queue.get(id, shown) for id, shown in dangers.items()}}
        return lines

    def _in_group(self) -> list[str]:
        """What is new in the coaches' group, General first; a topic is known by its case."""
        if self.group is None:
            return []
        lines = _on_screen("General", self.group.general, self.shown)
        there = {topic.state.id: topic for topic in self.group.topics}
        lines += [f"topic {_number(name)}: (deleted)" for id, (name, _closed) in self.places.items() if id not in there]
        for id, topic in there.items():
            before = self.places.get(id, (None, False))
            who = f"topic {_number(topic.name)}"
            lines += [f"{who}: (its name) {topic.name}"] if before[0] != topic.name else []
            lines += _on_screen(who, topic, self.shown)
            lines += [f"{who}: ({'closed' if topic.closed else 'open again'})"] if before[1] != topic.closed else []
        self.places = {id: (topic.name, topic.closed) for id, topic in there.items()}
        return lines

    def _line(self, line: Line, words: Words) -> str:
        by = line.deadline and line.deadline.astimezone(self.zone)
        parts = [
            f"#{line.id} {words.plain(line.kind.label)}", line.who or "(no name)", line.locale, line.channel, line.status,
            f"{line.owner} has it" if line.owner else "nobody has it", by and f"by {by:%a %d %b %H:%M}",
            "late" if line.left == "late" else None, line.news and words.plain(line.news),
        ]  # fmt: skip
        return f"(queue) {' · '.join(part for part in parts if part)}\n{f'“{line.gist}”' if line.gist else ''}".strip()

    async def _by_letter(self) -> list[str]:
        there, to = tables.deliveries.c, tables.addresses.c
        found = await self._rows(
            select(there.id, there.body, to.address)
            .join_from(tables.deliveries, tables.addresses, to.id == there.address_id)
            .where(there.channel == "mail", there.id > self.letters)
            .order_by(there.id),
            whole=True,
        )
        lines = []
        for id, body, address in found:
            self.letters = id
            lines += _told(f"letter to {address}:", f"{body['subject']}\n{body['text']}")
        return lines

    def case(self, coach: Coach, found: CaseSeen) -> list[str]:
        """What stands on a case's page."""
        words = Words(coach.locale, self.zone)
        shown = [f"(case) {self._line(found.line, words).removeprefix('(queue) ')}"]
        for card in (found.context, found.talk.plan_card):
            if card is not None:
                shown += [f"| {words.value(card.title)}", *(
                    f"| {words.plain(label)}: {plain(words.value(value))}" for label, value in card.rows
                )]  # fmt: skip
        shown += [f"! {words.plain(each)}" for each in found.guide]
        shown += [words.plain(each) for each in found.talk.tried]
        for message in found.talk.messages:
            body = message.body or {}
            said = plain(body.get("html", "")) or body.get("text") or body.get("command") or body.get("pressed") or ""
            shown.append(f"{message.sender}> {said.splitlines()[0] if said else '…'}")
        shown += [
            f"{event.at.astimezone(self.zone):%d %b %H:%M} {event.who}: {event.act}" for event in found.talk.history
        ]
        return _told(f"{coach.name}:", "\n".join(shown))

    def map(self, coach: Coach, seen: MapSeen) -> list[str]:
        """What stands on the map's page, but for the picture: links, share, what is missing, what is asked."""
        words = Words(coach.locale, self.zone)
        share = seen.now.share
        shown = [f"(map) {share.every} links, {share.through} through the weaver; step {seen.now.step}"]
        shown += [f"{words.plain(each.a)} – {words.plain(each.b)}" for each in seen.links]
        for found in seen.proposals:
            why = "; ".join(words.plain(each) for each in found.why)
            shown.append(f"missing: {words.plain(found.a.name)} – {words.plain(found.b.name)} ({why})")
        for asking in seen.asking:
            shown.append(words.plain(asking.status))
            for side in asking.sides:
                shown.append(f"{words.plain(side.name)} {words.plain(side.said)}")
                shown += [f"letter: {Words('sv', self.zone).plain(each)}" for each in side.letter]
        return _told(f"{coach.name}:", "\n".join(shown))

    async def _rows(self, statement: Any, *, whole: bool = False) -> list[Any]:
        async with self.db.read() as tx:
            rows = await tx.execute(statement)
            return list(rows) if whole else list(rows.scalars())

    @property
    def accounts(self) -> Staff:
        return Staff(
            self.db, self.turns.municipalities, public_url=self.turns.public_url, forms_key=b"k" * 32, now=self.now
        )


def _kinds() -> tuple[str, ...]:
    from bot.flows.case_kinds import KINDS

    return tuple(KINDS)


def _told(who: str, words: str) -> list[str]:
    """Somebody's lines; the further ones are indented."""
    first, *more = words.split("\n")
    return [f"{who} {first}".rstrip(), *(f"    {line}".rstrip() for line in more)]


def _shown(body: dict[str, Any]) -> Iterator[str]:
    """A message as it stands on the page: who wrote it, its card, words, buttons and file."""
    if body.get("by"):
        yield str(body["by"])
    if body.get("card"):
        yield f"| {plain(body['card']['title'])}"
        yield from (f"| {label}: {plain(value)}" for label, value in body["card"]["rows"])
    if body.get("html"):
        progress = f"({body['progress']['words']}) " if "progress" in body else ""
        yield from (progress + plain(body["html"], addresses=True)).split("\n")
    if body.get("file"):
        yield f"({body['file']['kind']})"
    for rank in ("choices", "moves"):
        if body.get(rank):
            yield " ".join(f"[{'✓ ' if each.get('chosen') else ''}{each['label']}]" for each in body[rank])
    if body.get("attachment"):
        yield f"({body['attachment']['kind']}) {plain(body['attachment']['caption'])}"


def _number(topic: str) -> str:
    return topic.partition(" ")[0].removeprefix("#")


async def _press(phone: Person, label: str, where: Place | None = None) -> None:
    """Press the newest button that reads so."""
    place = where or phone.chat
    for message in reversed(place.messages):
        for button in (each for row in message.inline_rows for each in row if "callback_data" in each):
            if MARKS.sub("", button["text"]).removeprefix("✓ ") == label:
                await phone.forges(button["callback_data"], message=message, where=place)
                return
    raise AssertionError(f"there is no button [{label}]; the last are {place.last.buttons}")


def _on_screen(who: str, place: Place, shown: dict[int, tuple[str, list[str]]]) -> list[str]:
    """What is new in a chat or topic: messages, and words that were changed. Buttons that went are no news."""
    lines: list[str] = []
    for message in place.from_bot:
        text = message.text or f"({message.kind})"
        buttons = [label for row in message.buttons for label in row]
        before = shown.get(message.id)
        shown[message.id] = (text, buttons)
        if before is None or (before[0] != text and buttons) or not set(buttons) <= set(before[1]):
            mark = "(changed) " if before else ""
            row = "\n" + " ".join(f"[{label}]" for label in buttons) if buttons else ""
            lines += _told(f"{who}:", f"{mark}{text}{row}")
    return lines


def _in_passing(who: str, phone: Person) -> list[str]:
    lines: list[str] = []
    for press in phone.presses_made:
        if said := (press.query.answer or {}).pop("text", ""):
            lines += _told(f"{who}:", f"(in passing) {said}")
    return lines


# --- what coaches do --------------------------------------------------------------------------------------------------

Act = Callable[[Story, Coach, str, list[str], str], Awaitable[list[str] | None]]


def _plainly(name: str, **more: bool) -> Act:
    """An act of `Handoff` that needs no more than the case."""

    async def act(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
        await getattr(story.handoff, name)(coach.actor, int(said[0]), key, **more)

    return act


def _with_words(name: str) -> Act:
    """An act of `Handoff` with words behind the colon."""

    async def act(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
        await getattr(story.handoff, name)(coach.actor, int(said[0]), key, words.replace("⏎", "\n"))

    return act


async def _give(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`give 1 Olle`, from whoever has it now."""
    number, to = int(said[0]), story.coaches[said[1]].actor.staff_id
    had = (await story.desk.case(coach.actor, number)).case.owner_id
    await story.handoff.assign(coach.actor, number, key, to, expected=had)


async def _answer(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`answer 1 stay: words`; then "stay", "bot" (also where nothing is said) or "close"."""
    then: Any = said[1] if len(said) > 1 else "bot"
    await story.handoff.answer(coach.actor, int(said[0]), key, words.replace("⏎", "\n"), then=then)


async def _refer(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`refer 1 close: to whom: words`."""
    whom, _colon, more = words.partition(":")
    await story.handoff.refer(coach.actor, int(said[0]), key, whom, more.strip(), close="close" in said)


async def _granted(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`granted 1 9000 2026-03-20: what it is for`."""
    case_id, amount, day = said
    await story.handoff.grant(
        coach.actor,
        int(case_id),
        key,
        amount_sek=int(amount),
        day=date.fromisoformat(day),
        organisation="",
        title=words,
    )


async def _next(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`next 1 2026-03-05: step`."""
    day = date.fromisoformat(said[1])
    await story.handoff.next_step(coach.actor, int(said[0]), key, words, day, close="close" in said)


async def _snooze(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`snooze 1 2026-03-03T09:00`."""
    until = datetime.fromisoformat(said[1]).replace(tzinfo=story.zone).astimezone(UTC)
    await story.handoff.snooze(coach.actor, int(said[0]), key, until)


async def _ready(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`ready 1 which_day`: send a ready answer, in the resident's language, and keep the talk."""
    line = (await story.desk.case(coach.actor, int(said[0]))).line
    values = {"name": coach.name, **({"person": line.who} if line.who else {})}
    found = canned(story.place, line.locale or "sv", values, staff_locale=coach.locale)
    chosen = next(each for each in found if each.id == said[1])
    await story.handoff.answer(coach.actor, line.id, key, chosen.words, in_swedish=chosen.in_swedish, then="stay")


async def _interpreter(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`interpreter 1 so phone: when`."""
    talk = (await story.desk.case(coach.actor, int(said[0]))).talk.conversation_id
    await interpreting.ask(story.turns, coach.actor, talk, key, language=said[1], way=said[2], when=words)
    while await story.due.run_ready():
        pass


async def _away(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`away Anna 2026-03-02 2026-03-06 Olle`: somebody is away, and who stands in, as an administrator notes it."""
    deputy = str(story.coaches[said[3]].actor.staff_id) if len(said) > 3 else ""
    await Colleagues(story.turns).away(coach.actor, story.coaches[said[0]].actor.staff_id, said[1], said[2], deputy)


async def _look(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    return story.case(coach, await story.desk.case(coach.actor, int(said[0])))


async def _caller(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """`caller Berit 070-1740605 sv phone_chats: age.value=70 | …`: a form filled in for somebody who calls."""
    name, number, tag, flow = said
    there = await story.handoff.caller(coach.actor, key, name=name, phone=number, locale=tag)
    fields = dict(each.strip().split("=", 1) for each in words.split("|"))
    input = Input(command="form", argument=flow, fields=fields)
    outcome = await story.turns.take(
        Update(f"staff:{key}", story.place.id, "phone", input, conversation_id=there, by_staff=coach.actor.staff_id)
    )
    assert not outcome.failed
    return _told(f"{coach.name}:", "(read aloud) " + "\n".join(plain(each["html"]) for each in outcome.said[:1]))


async def _introduce(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """`introduce families propose | look`, `introduce families approve 1` (decline, go_on, let_go), `introduce friends guardian 2`
    (guardian_no, aside, waiting), `introduce phone_chats yes 1 2: 070-…` (no), `introduce families meet 1 2026-03-10T17.00: where; a word`; what the page then shows."""
    kind, act, *more = said
    desk, by = Introducing(story.turns), coach.actor
    shown: list[str] = []
    match act:
        case "propose":
            made = await desk.propose(by, kind)
            shown.append(f"(introductions) {made.new} new, {made.waiting} wait")
        case "approve" | "decline" | "go_on" | "let_go":
            await getattr(desk, act)(by, int(more[0]))
        case "guardian" | "guardian_no":
            await desk.guardian(by, int(more[0]), agreed=act == "guardian")
        case "yes" | "no":
            await desk.answer_for(by, int(more[0]), int(more[1]), yes=act == "yes", contact=words)
        case "aside" | "waiting":
            await desk.stand(by, int(more[0]), act)
        case "meet":
            day, _t, at = more[1].replace(".", ":").partition("T")
            where, _semicolon, note = words.partition(";")
            await desk.meet(by, int(more[0]), day=day, at=at, where=where, note=note, game=more[2] if more[2:] else "1")
    return _told(f"{coach.name}:", "\n".join([*shown, *_introductions(story, coach, await desk.seen(by, kind))]))


def _introductions(story: Story, coach: Coach, seen: Seen) -> Iterator[str]:
    say = Words(coach.locale, story.zone)
    for each in (*(one for some in seen.open.values() for one in some), *seen.met):
        people = ", ".join(f"{some.name} ({say.plain(some.status)})" for some in each.people)
        yield f"(introduction {each.row.id}) {each.row.status}: {people}"
        yield f"  {', '.join(say.plain(reason) for reason in each.reasons)}"
    for one in (*seen.waiting, *seen.aside):
        yield f"({one.seeker.standing} {one.seeker.id}) {one.name}: {say.plain(one.why) if one.why else '…'}"


def _conduct(name: str) -> Act:
    """`pause 1`, `warn 1`, `reopen 1`; `ask 1: why` for a decision, `decide 2 close: why` or `decide 2 open: why`."""

    async def act(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
        step = getattr(Conduct(story.handoff), name)
        given = (coach.actor, int(said[0]), key)
        if name == "decide":
            await step(*given, words, close="close" in said)
        else:
            await (step(*given, words) if name == "ask" else step(*given))

    return act


async def _project(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """project case 1 4: its name⏎what it is about"""
    title, _mark, what = words.partition("⏎")
    kind, number, step = said
    of = {f"{'conversation' if kind == 'talk' else kind}_id": int(number)}
    await Projects(story.turns).begin(coach.actor, key, title=title, what=what, step=int(step), **of)


async def _move(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """move 1 4 5: why"""
    id, seen_at, to = map(int, said)
    await Projects(story.turns).move(coach.actor, id, key, seen_at=seen_at, to=to, why=words)


async def _need(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """need 1 7: the words that everybody sees"""
    await Projects(story.turns).post_need(coach.actor, int(said[0]), key, int(said[1]), words)


async def _log(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """log 1: everything that stands in a project, as staff see it"""
    found = await Projects(story.turns).one(coach.actor, int(said[0]))
    project = found.project
    shown = [
        f"(project) {project.title} · {project.status} · step {project.step} · {'public' if project.public else 'not public'}"
    ]
    shown += [f"{each.name or '…'} ({each.role}, {each.status})" for each in found.members]
    shown += [
        f"{each.at.astimezone(story.zone):%d %b %H:%M} {each.kind}: {each.who or '…'}"
        + (f" {each.from_step}→{each.to_step}" if each.from_step else "")
        + (f" “{each.words}”" if each.words else "")
        for each in reversed(found.entries)
    ]
    return _told(f"{coach.name}:", "\n".join(shown))


async def _times(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """times 1 2026-03-05T10.00 2026-03-06T13.00: where"""
    await PartnershipDesk(story.turns).propose(
        coach.actor, int(said[0]), key, [each.replace(".", ":") for each in said[1:]], words
    )


async def _partner(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """partner start=2026-03-02 association="The Club" administration=Leisure case=1: its name"""
    fields = dict(each.split("=", 1) for each in said)
    fields = {"years": "3", "steering": "2", "follow_ups": "2", **fields, "title": words}
    await PartnershipDesk(story.turns).enter(coach.actor, key, fields)


async def _follow(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """follow 1 1 good: what it is good for"""
    id, follow_up, experience = said
    given = {"experience": experience, "use": words}
    await PartnershipDesk(story.turns).answer(coach.actor, int(id), key, int(follow_up), given)


async def _sign(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """sign 1 2026-03-03"""
    await PartnershipDesk(story.turns).sign(coach.actor, key, int(said[0]), said[1])


async def _map(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """`map`; `map actor: name, how it is reached`; `map link The Choir, The library`; `map ask 1`, the first that is proposed;
    `map sent 1`, `map yes 1: scouts@example.se`, of the first that are asked, by letter. What the map shows."""
    desk, act = Weaving(story.turns), said[0] if said else ""
    seen = await desk.seen(coach.actor)
    ids = {Words("sv", story.zone).plain(each.name): each.id for each in seen.everybody}
    if act == "actor":
        name, _comma, contact = words.partition(", ")
        areas = [story.place.areas[0].name]
        await desk.add_actor(coach.actor, {"name": name, "contact": contact}, areas, ["culture"])
    elif act == "link":
        one, other = words.split(", ")
        await desk.add_link(coach.actor, ids[one], ids[other], "culture", "", "")
    elif act == "ask":
        found = seen.proposals[int(said[1]) - 1]
        form = {
            "a": str(found.a.id),
            "b": str(found.b.id),
            "theme": found.theme_id,
            "area": found.area,
            "why": found.why_ids,
        }
        await desk.introduce(coach.actor, form, sure="sure" in said)
    elif act in ("sent", "yes", "no"):
        asking = seen.asking[int(said[1]) - 1]
        side = next(each.side for each in asking.sides if each.by_letter)
        if act == "sent":
            await desk.letter_sent(coach.actor, asking.id, side, sure=False)
        else:
            await desk.answered_by_letter(coach.actor, asking.id, side, yes=act == "yes", contact=words)
    return story.map(coach, await desk.seen(coach.actor))


async def _furniture(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """`furniture`: what may go to whom; `furniture pair`: the first of it; `furniture plan 2026-03-07`: the first driver's run;
    `furniture approve`: the first run."""
    desk, plain = Furniture(story.turns), Words(coach.locale, story.zone).plain
    now = await desk.overview(coach.actor)
    match said:
        case ["pair"]:
            await desk.propose(coach.actor, now.suggested[0].item.id, now.suggested[0].need.id)
        case ["plan", day]:
            await desk.plan(coach.actor, now.drivers[0].id, date.fromisoformat(day))
        case ["approve"]:
            await desk.approve(coach.actor, now.runs[0].id)
    now = await desk.overview(coach.actor)
    fits = [f"{each.item.what} → {each.need.what}: {'; '.join(map(plain, each.why))}" for each in now.suggested]
    pairs = [f"{each.item.what} → {each.need.what}: {plain(each.words)}" for each in now.together]
    runs = [f"{run.day} {run.driver}, {plain(run.words)}: " + ", ".join(
            f"{each['at'] // 60:02}:{each['at'] % 60:02} {each['do']} {each['area']}" for each in run.stops) for run in now.runs]  # fmt: skip
    return _told(f"{coach.name}:", "\n".join(["(furniture)", *fits, *pairs, *runs]))


async def _on_the_page(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """`page Bo`: what the driver's page shows; `page Bo 0 done`: what came of the first stop, said there."""
    newest = (
        select(tables.messages.c.body).where(tables.messages.c.sender == "bot").order_by(tables.messages.c.id.desc())
    )
    bodies = await story._rows(newest)
    token = next(match[1] for body in bodies if (match := re.search(r"/run/([\w-]{16,})", str(body))))
    desk = Furniture(story.turns)
    if len(said) > 1:
        await desk.told(PLACE, token, int(said[1]), said[2])
    try:
        page = await desk.page(PLACE, token)
    except LinkTrouble:
        return _told("(page)", "it has ended")
    return _told("(page)", "\n".join(
        f"{each['do']} {each['what']}: {each['state'] or ', '.join(filter(None, (each['name'], each['address'], each.get('phone'))))}"
        for each in page.stops
    ))  # fmt: skip


async def _meeting(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """`meeting plan workshop 2026-04-14 18.00 20.00 [seats=3] [items_until=2026-04-07]: title, place`; then `look 1`, `in 1 2`,
    `up 1 item-2`, `draw 1`, `name 1 2: Name`, `tell 1`, `show 1 2`, `minutes 1: words`, `off 1: why`. What the page shows."""
    desk, act, by = MeetingDesk(story.turns), said[0], coach.actor
    if act == "plan":
        title, _comma, place = words.partition(", ")
        more = dict(each.split("=") for each in said[5:])
        network, day, begins, ends = (each.replace(".", ":") for each in said[1:5])
        fields = {
            "network": network,
            "day": day,
            "begins": begins,
            "ends": ends,
            "title": title,
            "place": place,
            **more,
        }
        made = filled(fields, story.place, story.now())
        assert made.problems == {}, made.problems
        id = await desk.create(by, key, made)
        assert id is not None
    else:
        id = int(said[1])
        number = int(said[2]) if len(said) > 2 and said[2].isdecimal() else 0
        match act:
            case "in":
                await desk.read_item(by, id, number, taken=True)
            case "up":
                await desk.move_item(by, id, said[2], -1)
            case "draw":
                await desk.draw_groups(by, id)
            case "name":
                await desk.rename_group(by, id, number, words)
            case "tell":
                await desk.tell_groups(by, id)
            case "show":
                await desk.show_plan(by, id, number, shown=True)
            case "minutes":
                await desk.minutes(by, id, words.replace("⏎", "\n"))
            case "off":
                await desk.call_off(by, id, words)
    while await story.due.run_ready():
        pass
    return story.meeting(coach, await desk.meeting(by, id))


async def _hold(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
    """`holds hearing`: write a dialogue of that kind (as `tests.test_dialogues` does), and open it."""
    from tests.test_dialogues import HEARING, THREE

    desk = DialogueDesk(story.turns)
    given = {"three_steps": THREE, "hearing": HEARING}[said[0]]
    id = await desk.create(coach.actor, said[0], key)
    await desk.save(coach.actor, id, dialogue_filled(given, story.place, said[0]).content)
    await desk.open(coach.actor, id)


async def _survey(story: Story, coach: Coach, key: str, said: list[str], words: str) -> list[str]:
    """`survey 1`: what staff see of the answers."""
    seen = await DialogueDesk(story.turns).seen(coach.actor, int(said[0]), coach.locale)
    plain_ = Words(coach.locale, story.zone).plain
    lines = ["(the survey)"]
    for each in seen.results:
        bars = ", ".join(f"{plain_(bar.label)}: {'few' if bar.count is None else bar.count}" for bar in each.bars)
        own = ", ".join(f"“{written.words}” {written.signed}".strip() for written in each.written)
        lines.append(f"{each.ask} {bars}{own}")
    return _told(f"{coach.name}:", "\n".join(lines))


def _dialogue(job: Callable[[DialogueDesk, Actor, list[str], str, str], Awaitable[object]]) -> Act:
    """An act of those who hold dialogues, and what falls due at once by it."""

    async def act(story: Story, coach: Coach, key: str, said: list[str], words: str) -> None:
        await job(DialogueDesk(story.turns), coach.actor, said, words, key)
        while await story.due.run_ready():
            pass

    return act


def _vote_on(words: str) -> dict[str, Any]:
    ask, *options = [each.strip() for each in words.split("|")]
    return {"texts": {"sv": {"ask": ask, "options": options}}}


DIALOGUES: dict[str, Act] = {
    "draw": _dialogue(lambda desk, by, said, words, key: desk.draw(by, int(said[0]), *map(int, said[1:4]))),
    "invite": _dialogue(lambda desk, by, said, words, key: desk.invite(by, int(said[0]))),
    "poll": _dialogue(lambda desk, by, said, words, key: desk.add_poll(by, int(said[0]), _vote_on(words))),
    "vote": _dialogue(lambda desk, by, said, words, key: desk.set_poll(by, int(said[0]), int(said[1]), said[2])),
    "propose": _dialogue(lambda desk, by, said, words, key: desk.propose(by, int(said[0]), said[1], {"sv": words})),
    "read": _dialogue(lambda desk, by, said, words, key: desk.mend(by, int(said[0]), int(said[1]), {}, shown=True)),
    "settle": _dialogue(lambda desk, by, said, words, key: desk.answer(
        by, int(said[0]), int(said[1]), said[2], {"sv": words}, "Processledaren")),
    "feedback": _dialogue(lambda desk, by, said, words, key: desk.feedback(by, int(said[0]), {"sv": words})),
}  # fmt: skip
"""`draw 1 2 0 3` (civil groups, municipal ones, size), `poll 1: ask | one | other`, `vote 1 1 open`, `propose 1 workshop:
words`, `read 1 2` (show it), `settle 1 2 partly: why`, `feedback 1: words`."""

ACTS: dict[str, Act] = {
    **{name: _plainly(name) for name in ("claim", "release", "close")}, "hold": _plainly("claim", talk=True),
    **{name: _conduct(name) for name in ("pause", "warn", "ask", "decide", "reopen")},
    "back": _with_words("hand_back"), "note": _with_words("note"), "register": _with_words("register"),
    "show": _with_words("show_post"), "give": _give, "answer": _answer, "refer": _refer, "next": _next, "granted": _granted, "snooze": _snooze, "look": _look,
    "holds": _hold, "survey": _survey, **DIALOGUES,
    "ready": _ready, "interpreter": _interpreter, "away": _away,
    "introduce": _introduce, "caller": _caller, "project": _project, "move": _move, "need": _need, "log": _log,
    "times": _times, "partner": _partner, "follow": _follow, "sign": _sign, "map": _map, "furniture": _furniture, "page": _on_the_page, "meeting": _meeting,
}  # fmt: skip
