"""kill -9 at random moments under load: nothing lost, nothing twice, at most the message in flight sent again.

The real program runs as a process over the Bot API stand-in, which lives on in this one. People write and press all the
time, promises fall due, and the program is killed: under load, while it starts, and while it makes its tables. At the
end everything settles, and what people did is compared with the database, and the database with what they got to see.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.program import Process, free_port, program
from bench.report import say, table
from bot import clock
from bot.errors import Retry
from storage import cases, due, outbox, seen, tables
from storage.db import Database
from tests.bot_api import BotApi, Message, Person

MUNICIPALITY = "ekero"
EXAMPLES = 5
"""So many of the things that are wrong are named; the others only counted."""

PEOPLE = 40
GAP_S = 0.012
"""Between two things people do, on average."""

WAITING_MAX = 500
"""So many updates may wait before people pause."""

LIFE_S = 2.5
"""A start that is killed under load lives between nothing and this long after it is up."""

WHILE_STARTING = 0.2
"""The share of kills that come before the program is up."""

PROMISES = 6
"""How many promises are made in each life."""

PROMISED_WITHIN_S = 4.0
LOOK_S = 0.25
LOOKS_MAX = 600
"""How often to look whether everything has settled. Counted, not timed: a machine that stands still proves nothing."""

WEBHOOK_TIME_SCALE = 0.02
"""The stand-in waits so much less than Telegram does before it posts an update again."""

HANDOVER = ":coach"
"""How the data of the button ends after which the bot is silent; not pressed, for then there is nothing to be killed in."""


@dataclass
class Findings:
    """What was counted for one database and one way in. The names of `broken` are guarantees."""

    database: str
    mode: str
    kills: int = 0
    early_kills: int = 0
    updates: int = 0
    lost: int = 0
    twice: int = 0
    disordered: int = 0
    put_aside: int = 0
    promises: int = 0
    promises_lost: int = 0
    promises_twice: int = 0
    replies: int = 0
    unsent: int = 0
    unseen: int = 0
    copies: int = 0
    unexplained_copies: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """The guarantees that did not hold."""
        names = ("lost", "twice", "disordered", "put_aside", "promises_lost", "promises_twice", "unsent", "unseen",
                 "unexplained_copies")  # fmt: skip
        return [name for name in names if getattr(self, name)]


class Crowd:
    """People who write and press all the time. `done` is what each did, in order: a message's number, None for a press."""

    def __init__(self, api: BotApi, chance: random.Random) -> None:
        self.api, self.chance = api, chance
        self.people = [api.user(id=number, started=True) for number in range(1001, 1001 + PEOPLE)]
        self.done: dict[int, list[str | None]] = {person.id: [] for person in self.people}
        self._count = 0

    @property
    def updates(self) -> int:
        return sum(map(len, self.done.values()))

    async def run(self) -> None:
        """Until cancelled."""
        for person in self.people:
            await self._say(person, "/idea")
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / GAP_S))
            if len(self.api.default_bot.updates.waiting) < WAITING_MAX:
                await self._act(self.chance.choice(self.people))

    async def _act(self, person: Person) -> None:
        roll = self.chance.random()
        if roll < 0.3 and (press := self._button(person)) is not None:
            message, data = press
            self.done[person.id].append(None)
            await person.presses(data, message=message)
        elif roll < 0.33:
            await self._say(person, self.chance.choice(("/idea", "/menu", "/start", "/language", "/privacy")))
        else:
            self._count += 1
            await self._say(person, f"n{self._count:06d}")

    async def _say(self, person: Person, words: str) -> None:
        message = await person.says(words)
        self.done[person.id].append(str(message.id))

    def _button(self, person: Person) -> tuple[Message, str] | None:
        """Some button of the newest message that has any."""
        for message in reversed(person.chat.messages[-10:]):
            pressable = [
                each["callback_data"]
                for row in message.inline_rows
                for each in row
                if "callback_data" in each and not each["callback_data"].endswith(HANDOVER)
            ]
            if pressable:
                return message, self.chance.choice(pressable)
        return None


class Killing:
    """One run: one database, one way in, so many kills."""

    def __init__(
        self, api: BotApi, databases: Databases, mode: str, kills: int, seed: int, folder: Path,
        progress: Callable[[str], None] = lambda words: None,
    ) -> None:  # fmt: skip
        self.api, self.databases, self.mode, self.kills, self.folder = api, databases, mode, kills, folder
        self.chance = random.Random(f"{seed} {databases.kind} {mode}")
        self.crowd = Crowd(api, self.chance)
        self.port = free_port()
        self.url = ""
        self.found = Findings(databases.kind, mode)
        self.promised: list[int] = []
        self.start_s = 2.0
        self.progress = progress
        api.switches.webhook_time_scale = WEBHOOK_TIME_SCALE
        api.clock.stop()  # a press would be too old for the bot after 150 seconds, however busy this machine is

    async def run(self) -> Findings:
        """Kill, let everything settle, and count."""
        begun = time.monotonic()
        at_tables = max(1, self.kills // 20)
        for number in range(at_tables):
            await self._kill_at_tables(number)
        crowd = asyncio.create_task(self.crowd.run())
        try:
            while self.found.kills < self.kills:
                await self._kill_under_load()
                if crowd.done():
                    crowd.result()
                if self.found.kills % 10 == 0:
                    self.progress(f"{self.found.database}, {self.mode}: {self.found.kills} kills, "
                                  f"{self.crowd.updates} updates")  # fmt: skip
        finally:
            crowd.cancel()
            await asyncio.gather(crowd, return_exceptions=True)
        await self._settle()
        await self._count()
        self.found.seconds = time.monotonic() - begun
        return self.found

    def _program(self) -> Process:
        return program(self.api, self.url, self.mode, self.folder, self.port)

    # --- killing ------------------------------------------------------------------------------------------------------

    async def _kill_at_tables(self, number: int) -> None:
        """Kill the first start on an empty database; the next one has to come up all the same."""
        self.url = await self.databases.fresh(f"kill_{self.mode}_{number}")
        first = self._program()
        await first.spawn()
        await asyncio.sleep(self.chance.uniform(0.2, 1.2) * self.start_s)
        await self._kill(first, early=True)
        second = self._program()
        await second.spawn()
        self.start_s = await second.up()
        if number == 0 or self.found.kills < self.kills:
            await self._kill(second)

    async def _kill_under_load(self) -> None:
        process = self._program()
        await process.spawn()
        if self.chance.random() < WHILE_STARTING:
            await asyncio.sleep(self.chance.uniform(0, self.start_s))
            await self._kill(process, early=True)
            return
        life_s, promising = self.chance.uniform(0, LIFE_S), self.chance.random() < 0.8
        await process.up()
        if promising:
            await self._promise()
        await asyncio.sleep(life_s)
        await self._kill(process)

    async def _kill(self, process: Process, *, early: bool = False) -> None:
        await process.kill()
        self.found.kills += 1
        self.found.early_kills += early

    async def _promise(self) -> None:
        """Promise some people an answer that will be late soon.

        The database is closed again at once: with a second process on it, SQLite would not have to mend itself.
        """
        db = await Database.open(self.url, KEYS)
        try:
            for person in self.chance.sample(self.crowd.people, PROMISES):
                with suppress(Retry):  # the program under load has the database to itself now and then
                    self.promised += await db.write(
                        partial(self._promise_one, person.id, self.chance.uniform(0, PROMISED_WITHIN_S))
                    )
        finally:
            await db.close()

    async def _promise_one(self, person_id: int, in_s: float, tx: AsyncConnection) -> list[int]:
        found = await seen.by_address(tx, MUNICIPALITY, "telegram", str(person_id))
        if found is None:
            return []
        now = clock.now()
        by = now + timedelta(seconds=in_s)
        case_id = await cases.open(
            tx, municipality_id=MUNICIPALITY, kind="coach", conversation_id=found.conversation_id,
            resident_id=found.resident_id, answer_by=by, now=now,
        )  # fmt: skip
        return [
            await due.schedule(
                tx, municipality_id=MUNICIPALITY, kind="case_late", unique_key=f"bench:{len(self.promised)}:{person_id}",
                due_at=by, now=now, conversation_id=found.conversation_id, data={"case_id": case_id, "kind": "coach"},
            )
        ]  # fmt: skip

    # --- settling -----------------------------------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Let the program finish what there is to do, and stop it in good order."""
        process = self._program()
        await process.spawn()
        await process.up()
        db = await Database.open(self.url, KEYS)
        try:
            for _look in range(LOOKS_MAX):
                if not self.api.default_bot.updates.waiting and not await self._open(db):
                    break
                await asyncio.sleep(LOOK_S)
            else:
                self.found.notes.append("it did not settle")
        finally:
            await db.close()
        if status := await process.stop():
            self.found.notes.append(f"the program ended with status {status} when told to stop")

    async def _open(self, db: Database) -> int:
        """How many deliveries are still to be sent and promises to be kept."""
        deliveries = select(func.count()).where(
            tables.deliveries.c.channel == "telegram", tables.deliveries.c.status.in_(("waiting", "attempting"))
        )
        promises = select(func.count()).where(tables.due.c.status == "waiting", tables.due.c.due_at <= clock.now())
        async with db.read() as tx:
            return int(await tx.scalar(deliveries) or 0) + int(await tx.scalar(promises) or 0)

    # --- counting -----------------------------------------------------------------------------------------------------

    async def _count(self) -> None:
        self.found.updates = self.crowd.updates
        self.found.promises = len(self.promised)
        self._read_log()
        db = await Database.open(self.url, KEYS)
        try:
            async with db.read() as tx:
                conversations = {}
                for person in self.crowd.people:
                    there = await seen.by_address(tx, MUNICIPALITY, "telegram", str(person.id))
                    conversations[person.id] = there.conversation_id if there is not None else 0
                await self._count_updates(tx, conversations)
                await self._count_promises(tx)
                await self._count_deliveries(tx, conversations)
        finally:
            await db.close()

    async def _count_updates(self, tx: AsyncConnection, conversations: dict[int, int]) -> None:
        """What people did, against what is recorded of them."""
        messages, inbox = tables.messages, tables.inbox
        recorded: dict[int, list[str | None]] = defaultdict(list)
        said = select(messages.c.conversation_id, messages.c.external_id).where(messages.c.sender == "resident")
        for row in await tx.execute(said.order_by(messages.c.id)):
            recorded[row.conversation_id].append(row.external_id)
        for person_id, done in self.crowd.done.items():
            self._compare(done, recorded[conversations[person_id]])
        aside = select(func.count()).where(inbox.c.status != "done")
        self.found.put_aside = int(await tx.scalar(aside) or 0)
        marked = int(await tx.scalar(select(func.count()).select_from(inbox)) or 0)
        if marked != self.found.updates and not self.found.broken:
            self.found.notes.append(f"{marked} updates are marked as seen, {self.found.updates} were sent")

    def _compare(self, done: list[str | None], recorded: list[str | None]) -> None:
        wanted, had = Counter(done), Counter(recorded)
        self.found.lost += (wanted - had).total()
        self.found.twice += (had - wanted).total()
        if wanted != had:
            return
        if self.mode == "webhook":  # Telegram itself keeps the order of messages and of presses, not between the two
            done, recorded = [each for each in done if each], [each for each in recorded if each]
        self.found.disordered += sum(one != other for one, other in zip(done, recorded, strict=True))

    async def _count_promises(self, tx: AsyncConnection) -> None:
        """Each promise is done and has its one message; no conversation has more of these than promises."""
        messages, deliveries = tables.messages, tables.deliveries
        states = {row.id: row for row in await tx.execute(select(tables.due).where(tables.due.c.kind == "case_late"))}
        wanted = Counter(states[number].conversation_id for number in self.promised)
        kept = select(deliveries.c.made_by, deliveries.c.message_id).where(deliveries.c.made_by.startswith("clock:"))
        said = {row.made_by: row.message_id for row in await tx.execute(kept)}
        self.found.promises_lost += sum(
            states[number].status != "done" or f"clock:{number}" not in said for number in self.promised
        )
        by_id = {row.id: row for row in await tx.execute(select(messages).where(messages.c.sender == "bot"))}
        words = {by_id[number].body["html"] for number in said.values()}
        had = Counter(row.conversation_id for row in by_id.values() if row.body.get("html") in words)
        self.found.promises_twice += (had - wanted).total()

    async def _count_deliveries(self, tx: AsyncConnection, conversations: dict[int, int]) -> None:
        """What is recorded as sent, against what stands in people's chats."""
        deliveries = tables.deliveries
        rows = select(deliveries).where(deliveries.c.channel == "telegram").order_by(deliveries.c.id)
        by_conversation: dict[int, list[Any]] = defaultdict(list)
        open_ones: Counter[str] = Counter()
        for row in await tx.execute(rows):
            by_conversation[row.conversation_id].append(row)
            self.found.replies += row.op == "send"
            if row.status not in ("sent", "replaced"):
                self.found.unsent += 1
                open_ones[
                    f"{row.op} of priority {row.priority} is {row.status}, attempt {row.attempts}: {row.error}"
                ] += 1
        for person in self.crowd.people:
            sent = [row for row in by_conversation[conversations[person.id]] if row.external_id is not None]
            self._compare_chat(person.chat.from_bot, sent)
        self.found.notes += [f"{words} ({count} times)" for words, count in open_ones.most_common(EXAMPLES)]

    def _compare_chat(self, shown: list[Message], sent: list[Any]) -> None:
        """Messages nobody recorded are second copies: the next message is the same again, attempted more than once."""
        made: dict[int, Any] = {}
        for row in sorted(sent, key=lambda row: row.op in ("edit", "close")):
            made.setdefault(int(row.external_id), row)  # an edit has the number of what it changes, if that is there
        self.found.unseen += len(made.keys() - {message.id for message in shown})
        copies: list[Message] = []
        for message in shown:
            if message.id not in made:
                copies.append(message)
                continue
            row, same = made[message.id], all(_first_words(copy) == _first_words(message) for copy in copies)
            if copies and not (same and len(copies) < row.attempts):
                self._unexplained(copies, f"before {message.text[:60]!r} ({row.op}, attempts {row.attempts})")
            self.found.copies += len(copies)
            copies = []
        if copies:
            self._unexplained(copies, "at the end")
        sends = (row for row in sent if row.op == "send" and row.priority == outbox.INTERACTIVE)
        numbers = [int(row.external_id) for row in sends]
        self.found.disordered += sum(one > other for one, other in pairwise(numbers))

    def _unexplained(self, copies: list[Message], where: str) -> None:
        self.found.unexplained_copies += len(copies)
        if self.found.unexplained_copies <= EXAMPLES:
            self.found.notes.append(f"nobody recorded {[copy.text[:60] for copy in copies]}, {where}")

    def _read_log(self) -> None:
        """Note what the program said was wrong."""
        log = self.folder / "program.log"
        levels: Counter[str] = Counter()
        for line in log.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                if not line.startswith("{"):  # else half a line, of one that was killed while it wrote
                    levels[f"log: {line[:200]}"] += 1
                continue
            if entry.get("level") == "error":
                levels[f"log: {entry.get('event')} {entry.get('reason', '')}".rstrip()] += 1
        self.found.notes += [f"{words} ({count} times)" for words, count in levels.most_common(EXAMPLES)]
        self.found.notes += [f"stand-in: {words}" for words in list(dict.fromkeys(self.api.warnings))[:EXAMPLES]]


def _first_words(message: Message) -> str:
    """As it was sent, before any edit."""
    return message.versions[0] if message.versions else message.text


def shown(found: Iterable[Findings]) -> str:
    """The table, and below it what was broken and noted."""
    heads = ("database", "mode", "kills", "early", "updates", "lost", "twice", "order", "aside", "promises", "lost",
             "twice", "replies", "unsent", "unseen", "2nd copies", "unexplained", "seconds")  # fmt: skip
    every = list(found)
    rows = [
        (f.database, f.mode, f.kills, f.early_kills, f.updates, f.lost, f.twice, f.disordered, f.put_aside, f.promises,
         f.promises_lost, f.promises_twice, f.replies, f.unsent, f.unseen, f.copies, f.unexplained_copies, f.seconds)
        for f in every
    ]  # fmt: skip
    text = table("kill -9 at random moments", heads, rows)
    for each in every:
        for name in each.broken:
            text += f"BROKEN on {each.database}, {each.mode}: {name} = {getattr(each, name)}\n"
        text += "".join(f"note on {each.database}, {each.mode}: {words}\n" for words in each.notes)
    return text


async def killed(
    databases: Databases, mode: str, kills: int, seed: int, folder: Path,
    progress: Callable[[str], None] = lambda words: None,
) -> Findings:  # fmt: skip
    """One run over a stand-in of its own; its files go into `folder`."""
    async with BotApi(seed=seed) as api:
        return await Killing(api, databases, mode, kills, seed, folder, progress).run()


async def _run(options: argparse.Namespace) -> int:
    kinds = ("sqlite", "postgres") if options.database == "both" else (options.database,)
    modes = ("polling", "webhook") if options.mode == "both" else (options.mode,)
    combinations = [(kind, mode) for kind in kinds for mode in modes]
    found = []
    with ExitStack() as stack:
        folder = Path(options.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="idelabbet-kill-")))
        for at, (kind, mode) in enumerate(combinations):
            kills = options.kills // len(combinations) + (at < options.kills % len(combinations))
            place = folder / f"{kind}-{mode}"
            place.mkdir(parents=True, exist_ok=True)
            with ExitStack() as server:
                databases: Databases = Sqlite(place)
                if kind == "postgres":
                    databases = server.enter_context(postgres_server(Path(tempfile.mkdtemp(prefix="idelabbet-pg-"))))
                found.append(await killed(databases, mode, kills, options.seed, place, say))
            say(shown(found[-1:]))
    print(shown(found), flush=True)
    return 1 if any(each.broken for each in found) else 0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=200, help="in all, over the databases and ways in (default 200)")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--mode", choices=("polling", "webhook", "both"), default="both")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and of what people do (default 1)")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the SQLite files and the logs there")


def run(options: argparse.Namespace) -> int:
    """Kill as told; 1 when a guarantee was broken."""
    import uvloop

    return int(uvloop.run(_run(options)))
