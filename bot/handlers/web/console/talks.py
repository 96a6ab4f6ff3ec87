"""A conversation that a human has: taken, given back, put aside, registered, merged; conduct; and all of it live.

Pages work without a script. With it, what is new in a conversation is streamed in, and the queue renews itself.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from aiohttp import web

from bot import interpreting
from bot.conduct import Conduct
from bot.handlers.web.bubbles import shown, without_links
from bot.handlers.web.console.cases import CASE, act, case_page
from bot.handlers.web.console.guard import console, is_still_in
from bot.handlers.web.rights import SIGNED_IN, WHOLE_CASE, Right
from bot.handlers.web.site import Route, Visit
from bot.handlers.web.streams import Over, stream
from bot.handoff import Actor
from bot.live import QUEUE, of_staff
from bot.staff import Refused

QUEUE_S, SPREAD_S = 4.0, 2.0
"""The queue is renewed no more often than this, and not by everybody at the same moment."""
QUEUE_LOOK_S = 30.0

log = structlog.get_logger()


async def _hold(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.claim(by, case_id, key, talk=True)


async def _back(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.hand_back(by, case_id, key, visit.fields.get("words", ""))


async def _snooze(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.snooze(by, case_id, key, _until(visit))


def _until(visit: Visit) -> datetime:
    """The moment that was chosen: an hour or two from now, tomorrow morning, or the morning of a day."""
    place, wish = visit.municipality, visit.fields.get("until", "")
    now = visit.parts.now().astimezone(place.zone)
    if wish in ("1", "4"):
        return now + timedelta(hours=int(wish))
    day = now.date() + timedelta(days=1)
    if wish == "day":
        try:
            day = datetime.fromisoformat(visit.fields.get("day", "")).date()
        except ValueError:
            day = now.date() - timedelta(days=1)
    return datetime.combine(day, time(8), place.zone)


async def _sort(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    fields = visit.fields
    await console(visit).handoff.sort(by, case_id, key, fields.get("topic", ""), urgent=fields.get("urgent") == "1")


async def _merge(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    into = visit.fields.get("into", "")
    await console(visit).handoff.merge(by, case_id, key, int(into) if into.isdecimal() else 0)


async def _register(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.register(by, case_id, key, visit.fields.get("number", ""))


async def _flag(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    message = visit.fields.get("message", "")
    await console(visit).handoff.flag(by, case_id, key, int(message) if message.isdecimal() else 0)


async def _interpreter(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    fields = visit.fields
    found = await console(visit).desk.case(by, case_id)
    await interpreting.ask(
        visit.parts.turns, by, found.talk.conversation_id, key, language=fields.get("language", ""),
        variety=fields.get("variety", ""), way=fields.get("way", ""), when=fields.get("when", ""),
    )  # fmt: skip


def _conduct(visit: Visit) -> Conduct:
    return Conduct(console(visit).handoff)


async def _pause(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await _conduct(visit).pause(by, case_id, key)


async def _warn(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await _conduct(visit).warn(by, case_id, key)


async def _ask(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await _conduct(visit).ask(by, case_id, key, visit.fields.get("words", ""))


async def _decide(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    close = visit.fields.get("do") == "close"
    await _conduct(visit).decide(by, case_id, key, visit.fields.get("words", ""), close=close)


async def _reopen(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await _conduct(visit).reopen(by, case_id, key)


async def contact(visit: Visit) -> web.StreamResponse:
    """The case with the resident's e-mail address and number in full; that they were opened is written down."""
    desk = console(visit).desk
    try:
        found = await desk.case(visit.actor, int(visit.request.match_info["id"]))
        email, phone = await desk.contact(visit.actor, found.talk.conversation_id)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return await case_page(visit, contact=(email, phone))


# --- live -----------------------------------------------------------------------------------------------------------


async def case_events(visit: Visit) -> web.StreamResponse:
    """What is new in a case's conversation, as it is committed, and when something else of the case has changed."""
    try:
        found = await console(visit).desk.case(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    told: set[int] = set()  # messages whose translation was sent; the page may be older than the stream

    async def news(last: int) -> AsyncIterator[tuple[int, Mapping[str, Any]]]:
        await _still_in(visit, WHOLE_CASE)
        try:
            new = await console(visit).desk.news(visit.actor, found.line.id, last, told)
        except Refused:
            raise Over from None
        told.update(new.translated)
        arranged = shown(new.messages, found.talk.state, visit.municipality.zone, new.signs)
        fresh = [
            replace(each, html=without_links(each.html))
            for each in arranged.bubbles
            if each.last_id > last or each.last_id in new.late
        ]
        pieces = [
            {
                "id": each.id,
                "html": visit.fragment(
                    "console/said.html", bubble=each, who=new.who, translated=new.translated, case_id=found.line.id
                ),
            }
            for each in fresh
        ]
        yield max(last, arranged.last_id), {"version": new.version, "bubbles": pieces}

    return await stream(visit, of_staff(found.talk.conversation_id), news)


async def queue_events(visit: Visit) -> web.StreamResponse:
    """That something in the queue may have changed; the page then asks for it anew."""

    async def news(last: int) -> AsyncIterator[tuple[int, Mapping[str, Any]]]:
        await _still_in(visit, SIGNED_IN)
        if last:
            await asyncio.sleep(random.uniform(0, SPREAD_S))
        yield last + 1, {}
        await asyncio.sleep(QUEUE_S)

    return await stream(visit, QUEUE, news, look_s=QUEUE_LOOK_S)


async def _still_in(visit: Visit, right: Right) -> None:
    if not await is_still_in(visit, right):
        raise Over


ROUTES = (
    Route("GET", "/coach/events", queue_events),
    Route("GET", f"{CASE}/events", case_events),
    Route("POST", f"{CASE}/contact", contact),
    Route("POST", f"{CASE}/hold", act("hold", _hold)),
    Route("POST", f"{CASE}/back", act("back", _back)),
    Route("POST", f"{CASE}/snooze", act("snooze", _snooze)),
    Route("POST", f"{CASE}/merge", act("merge", _merge)),
    Route("POST", f"{CASE}/sort", act("sort", _sort)),
    Route("POST", f"{CASE}/register", act("register", _register)),
    Route("POST", f"{CASE}/flag", act("flag", _flag)),
    Route("POST", f"{CASE}/interpreter", act("interpreter", _interpreter)),
    Route("POST", f"{CASE}/pause", act("pause", _pause)),
    Route("POST", f"{CASE}/warn", act("warn", _warn)),
    Route("POST", f"{CASE}/ask", act("ask", _ask)),
    Route("POST", f"{CASE}/decide", act("decide", _decide)),
    Route("POST", f"{CASE}/reopen", act("reopen", _reopen)),
)
