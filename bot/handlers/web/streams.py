"""Pages that hear of what is new as it is committed (server-sent events): what all such streams have in common."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web

from bot.errors import Retry
from bot.handlers.web.site import Visit

LOOK_S = 4.0
"""How often a stream looks by itself, for what another process has committed."""
PING_S = 20.0
"""How often a silent stream says that it is still there, so that proxies keep it open."""

log = structlog.get_logger()

News = Callable[[int], AsyncIterator[tuple[int, Mapping[str, Any]]]]
"""What has come after a number: pieces of news, each with its own. Raises `Over`."""


class Over(Exception):
    """There is nothing more to be heard here."""


def heard_last(visit: Visit) -> int:
    """The number of the last news that the page has: `Last-Event-ID` or `after`."""
    said = visit.request.headers.get("Last-Event-ID") or visit.request.query.get("after", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else 0


async def stream(visit: Visit, thing: Hashable, news: News, *, look_s: float | None = None) -> web.StreamResponse:
    """Send news whenever the thing that is watched may have changed, until the browser goes or all is over."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(visit.request)
    task = asyncio.current_task()
    assert task is not None
    visit.site.streams.add(task)
    try:
        await _send(response, visit, thing, news, look_s)
    except (ConnectionResetError, asyncio.CancelledError, Over):
        pass  # the browser has gone, the program stops, or it is over
    except Exception as error:
        log.error("a stream failed", kind=type(error).__name__)  # the browser comes back by itself
    finally:
        visit.site.streams.discard(task)
    return response


async def _send(response: web.StreamResponse, visit: Visit, thing: Hashable, news: News, look_s: float | None) -> None:
    last, clock = heard_last(visit), asyncio.get_running_loop().time
    await response.write(b"retry: 1000\n\n")
    pinged_at = clock()
    with visit.parts.turns.live.watch(thing) as changed:
        while True:
            changed.clear()
            with suppress(Retry):  # the database is away: look again in a moment
                async for number, data in news(last):
                    last = number
                    event = f"id: {number}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
                    await response.write(event.encode())
            if clock() - pinged_at > PING_S:
                pinged_at = clock()
                await response.write(b": still here\n\n")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if look_s is None else look_s):
                    await changed.wait()
