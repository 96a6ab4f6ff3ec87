"""Two thousand open conversations, fifty coaches with live consoles: how soon words get from console to web chat and back.

Each coach has a case open and the queue beside it, both live, as browsers hold them: a queue that may have changed is
asked for anew. When each talk has begun, twenty messages a second go, half of them from coaches, half from residents. The program is a process of
its own, on two cores with everything else. With `--group` the coaches have a group in Telegram too, whose limit is far
below that: what is beyond it has to wait in order, and none of it may be lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select

from bench.databases import KEYS, Databases, Sqlite, postgres_server
from bench.program import Process, free_port
from bench.report import say, table
from bot import clock
from bot.handlers.web.console.guard import COOKIE as STAFF_COOKIE
from bot.handlers.web.site import COOKIE as RESIDENT_COOKIE
from bot.packs.load import load_municipality
from bot.staff import Staff
from storage import cases, conversations, residents, staff, tables, talks
from storage.db import Database
from storage.migrations import migrate
from storage.secrets import keyring, make_token
from tests.bot_api import BotApi

AIM_MS = 300.0
PLACE = "ekero"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--coaches", type=int, default=50)
    parser.add_argument("--rate", type=float, default=20, help="messages a second, both ways together")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--group", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])


def run(options: argparse.Namespace) -> int:
    """Print the table; 1 when something took longer than it may, or was lost."""
    rows: list[list[object]] = []
    groups: list[list[object]] = []
    broken = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in options.databases:
            if kind == "sqlite":
                found = asyncio.run(_measure(Sqlite(folder), folder, options))
            else:
                with postgres_server(folder / "pg") as server:
                    found = asyncio.run(_measure(server, folder, options))
            if options.group:
                broken = broken or found.lost > 0 or found.unordered > 0
                groups.append(
                    [kind, found.relayed, found.calls, found.refused, found.waiting, found.lost, found.unordered]
                )
            for way, times in (("console to web chat", found.out), ("web chat to console", found.back)):
                ordered = sorted(times)
                missed = found.sent[way] - len(times)
                p50, p99 = (ordered[int(len(ordered) * part)] if ordered else None for part in (0.5, 0.99))
                broken = broken or missed > 0 or p99 is None or p99 > AIM_MS
                rows.append([kind, way, found.sent[way], missed, p50, p99, max(ordered, default=None), found.renewed])
    heads = ("database", "way", "messages", "missed", "p50 ms", "p99 ms", "max ms", "queues renewed/s")
    title = (f"{options.conversations} open conversations, {options.coaches} coaches, "
             f"{options.rate:g} messages a second for {options.seconds:g} s")  # fmt: skip
    print(table(title, heads, rows))
    if groups:
        heads = ("database", "relayed", "calls to the group", "429", "still wait", "lost", "out of order")
        print(table("what went on to the coaches' group, at 18 messages a minute", heads, groups))
    return int(broken)


@dataclass
class Found:
    """What was measured: milliseconds both ways, how many were sent, queues asked for anew in a second."""

    out: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=lambda: {"console to web chat": 0, "web chat to console": 0})
    renewed: float = 0.0
    relayed: int = 0
    calls: int = 0
    refused: int = 0
    waiting: int = 0
    lost: int = 0
    unordered: int = 0


@dataclass
class Pair:
    """A coach's session and a resident's browser, who talk with each other in a case."""

    case_id: int
    staff_token: str
    forms: str
    resident_token: str
    heard: asyncio.Queue[tuple[float, str]] = field(default_factory=asyncio.Queue)
    heard_back: asyncio.Queue[tuple[float, str]] = field(default_factory=asyncio.Queue)


async def _measure(databases: Databases, folder: Path, options: argparse.Namespace) -> Found:
    url = await databases.fresh("coaches")
    say(f"{databases.kind}: {options.conversations} open conversations …")
    pairs = await _prepare(url, options.conversations, options.coaches)
    port = free_port()
    settings = {"DATABASE_URL": url, "DATA_DIR": str(folder), "PORT": str(port), "SECRET_KEY": ",".join(KEYS)}
    environment = {f"IDELABB_{name}": value for name, value in settings.items()}
    async with AsyncExitStack() as opened:
        if options.group:
            api = await opened.enter_async_context(BotApi(seed=1))
            api.limits.on = True
            group = api.group("Coaches", forum=True)
            environment |= {
                "IDELABB_TELEGRAM_TOKEN": api.token,
                "IDELABB_TELEGRAM_API_URL": api.url,
                "IDELABB_COACH_CHAT_ID": str(group.id),
            }
        process = Process(["run_bot.py"], environment, folder / "program.log", "Idélabbet: ".encode())
        await process.spawn()
        await process.up()
        try:
            found = await _talk(f"http://127.0.0.1:{port}", pairs, options)
        finally:
            await process.stop()
        if options.group:
            mine = [call for call in api.calls if str(call.params.get("chat_id")) == str(group.id)]
            found.calls = len(mine)
            found.refused = sum(call.status == 429 for call in mine)
            await _look(url, found)
        return found


async def _look(url: str, found: Found) -> None:
    """What has become of what was said in the talks: sent to its topic, or waiting for it, each once and in order."""
    db = await Database.open(url, KEYS)
    there = tables.deliveries.c
    async with db.read() as tx:
        topics = (
            await tx.execute(select(tables.forum_topics.c.conversation_id, tables.forum_topics.c.address_id))
        ).all()
        for conversation_id, address_id in topics:
            statement = select(there.body, there.status).where(there.address_id == address_id).order_by(there.id)
            rows = [row for row in await tx.execute(statement) if (row.body or {}).get("made") == "said"]
            sent = [number for row in rows for number in row.body["messages"]]
            found.waiting += sum(row.status in ("waiting", "attempting") for row in rows)
            found.lost += sum(row.status not in ("waiting", "attempting", "sent") for row in rows)
            found.unordered += sent != sorted(set(sent))
            said = tables.messages.c
            wanted = select(said.id).where(
                said.conversation_id == conversation_id, said.sender.in_(("resident", "coach")),
                said.id >= min(sent, default=0),
            )  # fmt: skip
            found.lost += len(set(await tx.scalars(wanted)) ^ set(sent))
            found.relayed += len(sent)
    await db.close()


async def _prepare(url: str, wanted: int, coaches: int) -> list[Pair]:
    db = await Database.open(url, KEYS)
    await migrate(db)
    now, place = clock.now(), load_municipality(PLACE)
    accounts = Staff(db, {PLACE: place}, public_url="", forms_key=keyring().derive("console forms"), now=clock.now)
    pairs: list[Pair] = []

    async def one(tx: Any, at: int) -> None:
        token = make_token()
        who = await conversations.open(
            tx, municipality_id=PLACE, channel="web", address=token, now=now, locale_hint="sv", name_hint=f"Ada {at}"
        )
        await residents.set_locale(tx, who.resident_id, "sv")
        await residents.set_notice(tx, who.resident_id, place.data_protection.notice_version, now)
        case_id = await cases.open(
            tx, municipality_id=PLACE, kind="coach", conversation_id=who.conversation_id, resident_id=who.resident_id,
            now=now, answer_by=now + timedelta(hours=8 + at % 50), area=place.areas[at % len(place.areas)].name,
            note="Vi är tre vänner som vill starta ett språkkafé. Var börjar vi?",
        )  # fmt: skip
        await conversations.set_holder(tx, who.conversation_id, "waiting", now=now)
        if at < coaches:
            name = f"Coach {at}"
            staff_id = await staff.add(tx, name=name, email=f"coach{at}@example.se", now=now)
            assert staff_id is not None
            await staff.set_roles(tx, staff_id, PLACE, ["coach"], by="bench", now=now)
            session = make_token()
            await staff.open_session(tx, session, staff_id, "in", now=now, expires_at=now + timedelta(hours=8))
            await cases.claim(tx, PLACE, case_id, staff_id, now)
            await talks.hold(tx, PLACE, who.conversation_id, case_id, staff_id, now)
            pairs.append(Pair(case_id, session, "", token))

    async def some(tx: Any, first: int) -> None:
        for at in range(first, min(first + 200, wanted)):
            await one(tx, at)

    for first in range(0, wanted, 200):
        await db.write(lambda tx, first=first: some(tx, first))  # type: ignore[misc]
    for pair in pairs:
        signed = await accounts.signed(pair.staff_token)
        assert signed is not None
        pair.forms = signed.forms
    await db.close()
    return pairs


async def _talk(base: str, pairs: list[Pair], options: argparse.Namespace) -> Found:
    found = Found()
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        renewed = [0]
        listening = [
            asyncio.create_task(work)
            for pair in pairs
            for work in (
                _listen(http, f"{base}/chat/events", _resident(pair), pair.heard),
                _listen(http, f"{base}/coach/cases/{pair.case_id}/events", _coach(pair), pair.heard_back),
                _watch_queue(http, base, pair, renewed),
            )
        ]
        await asyncio.sleep(2)
        begun = Found()
        for number, pair in enumerate(pairs):  # each talk begins, and has its topic, before anything is measured
            await _answer(http, base, pair, -1 - number, begun)
        await asyncio.sleep(2)
        say("talking …")
        renewed[0], began = 0, time.perf_counter()
        sending = []
        for number in range(int(options.rate * options.seconds)):
            pair = pairs[number // 2 % len(pairs)]
            turn = _say(http, base, pair, number, found) if number % 2 else _answer(http, base, pair, number, found)
            sending.append(asyncio.create_task(turn))
            await asyncio.sleep(max(0.0, began + (number + 1) / options.rate - time.perf_counter()))
        found.renewed = renewed[0] / (time.perf_counter() - began)
        await asyncio.gather(*sending)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return found


def _resident(pair: Pair) -> dict[str, str]:
    return {"Cookie": f"{RESIDENT_COOKIE}={pair.resident_token}"}


def _coach(pair: Pair) -> dict[str, str]:
    return {"Cookie": f"{STAFF_COOKIE}={pair.staff_token}"}


async def _listen(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str], heard: asyncio.Queue[tuple[float, str]]
) -> None:
    async for data in _events(http, url, headers):
        at = time.perf_counter()
        for bubble in json.loads(data)["bubbles"]:
            heard.put_nowait((at, bubble["html"]))


async def _watch_queue(http: aiohttp.ClientSession, base: str, pair: Pair, renewed: list[int]) -> None:
    async for _data in _events(http, f"{base}/coach/events", _coach(pair)):
        async with http.get(f"{base}/coach", headers=_coach(pair)) as page:
            await page.read()
        renewed[0] += 1


async def _events(http: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> AsyncIterator[str]:
    async with http.get(url, headers=headers) as stream:
        assert stream.status == 200, f"{url} answers {stream.status}"
        async for line in stream.content:
            if line.startswith(b"data: "):
                yield line.removeprefix(b"data: ").decode()


async def _answer(http: aiohttp.ClientSession, base: str, pair: Pair, number: int, found: Found) -> None:
    words = f"Svar {number} slut"
    found.sent["console to web chat"] += 1
    fields = {"csrf": pair.forms, "id": make_token(), "words": words, "do": "stay"}
    await _sent(http, f"{base}/coach/cases/{pair.case_id}/answer", _coach(pair), fields, words, pair.heard, found.out)


async def _say(http: aiohttp.ClientSession, base: str, pair: Pair, number: int, found: Found) -> None:
    words = f"Fråga {number} slut"
    found.sent["web chat to console"] += 1
    fields = {"id": make_token(), "text": words}
    await _sent(http, f"{base}/chat", _resident(pair), fields, words, pair.heard_back, found.back)


async def _sent(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str], fields: dict[str, str], words: str,
    heard: asyncio.Queue[tuple[float, str]], times: list[float],
) -> None:  # fmt: skip
    """Send words and wait until they are heard on the other side; how long that took, from before they were sent."""
    began = time.perf_counter()
    origin = "/".join(url.split("/")[:3])
    async with http.post(
        url, data=fields, headers={**headers, "Accept": "application/json", "Origin": origin}
    ) as response:
        assert response.status == 200, f"{url} answers {response.status}: {await response.text()}"
    with suppress(TimeoutError):
        async with asyncio.timeout(20):
            while True:
                at, html = await heard.get()
                if words in html:
                    times.append((at - began) * 1000)
                    return
