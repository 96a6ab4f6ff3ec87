"""Dialogues on the web, for everybody: what is open, every proposal with its answer, the big screen, a vote by phone, and the
page on which a group's secretary writes. No sign-in anywhere; a vote is one for each browser.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiohttp import web
from markupsafe import Markup

from bot.dialogue_desk import OpenRoom
from bot.dialogue_views import votes
from bot.dialogues import browser
from bot.documents.pdf import qr_svg
from bot.flows.dialogue_words import BOXES, OUTCOMES, SOURCES, SWEDISH, facts_of, moment, standing
from bot.handlers.web.site import Route, Visit, new_id, new_token
from bot.handlers.web.streams import Over, stream
from bot.i18n import Text, content
from bot.staff import Refused

LOOK_S = 1.0
"""How often a screen looks by itself. Few are open at a time, and votes come through every process."""

REFRESH_S = 10
"""How often a screen without script is loaded anew."""


def _room(visit: Visit) -> OpenRoom:
    return OpenRoom(visit.parts.turns)


async def _found(visit: Visit) -> dict[str, Any]:
    """The dialogue of the address. Raises HTTPNotFound."""
    resident = visit.talk.resident_id if visit.talk else None
    code = visit.request.match_info["code"]
    found = await _room(visit).one(visit.municipality, code, visit.lang, resident_id=resident)
    if found is None:
        raise web.HTTPNotFound
    return found


def _shown(visit: Visit, found: Mapping[str, Any]) -> dict[str, Any]:
    """What every page of a dialogue shows."""
    return {
        "found": found, "facts": facts_of(found, visit.municipality), "standing": standing, "outcomes": OUTCOMES,
        "sources": SOURCES, "boxes": BOXES, "votes": votes, "lang_of": "sv" if found["instead"] else visit.lang,
        "swedish": SWEDISH, "moment": moment,
    }  # fmt: skip


async def dialogues(visit: Visit) -> web.StreamResponse:
    """What is talked about now, and what was."""
    found = await _room(visit).listed(visit.municipality, visit.lang)
    offered = visit.municipality.dialogues.kinds
    kinds: list[tuple[Text, Text]] = [(content(each.title), content(each.what)) for each in offered]
    return visit.page("dialogues.html", listed=found, kinds=kinds)


async def dialogue(visit: Visit) -> web.StreamResponse:
    """One of them: how far a say goes, what one can do, every proposal and what became of it."""
    found = await _found(visit)
    posts = {name: new_id() for name in ("survey", "join", "leave", "propose", "vote")}
    return visit.page("dialogue.html", **_shown(visit, found), posts=posts)


async def screen(visit: Visit) -> web.StreamResponse:
    """Votes and boxes as they come in, in large type, for everybody in the room."""
    found = await _found(visit)
    phone = f"{visit.parts.public_url}{visit.prefix}/v/{found['code']}"
    live, number = _live(visit, found)
    return visit.page(
        "dialogue_screen.html", **_shown(visit, found), phone=phone, qr=Markup(qr_svg(phone)), live=Markup(live),
        number=number, refresh_s=REFRESH_S,
    )  # fmt: skip


def _live(visit: Visit, found: Mapping[str, Any]) -> tuple[str, int]:
    """The part of the screen that changes, and a number for just that."""
    changing = {name: found[name] for name in ("polls", "boards", "status")}
    number = zlib.crc32(json.dumps(changing, sort_keys=True, ensure_ascii=False).encode()) + 1
    return visit.fragment("dialogue_live.html", **_shown(visit, found)), number


async def events(visit: Visit) -> web.StreamResponse:
    """The same, whenever it changes."""
    found = await _found(visit)

    async def news(last: int) -> AsyncIterator[tuple[int, Mapping[str, Any]]]:
        now = await _room(visit).one(visit.municipality, found["code"], visit.lang)
        if now is None:
            raise Over
        html, number = _live(visit, now)
        if number != last:
            yield number, {"html": html}

    return await stream(visit, ("dialogue", found["id"]), news, look_s=LOOK_S)


# --- a vote by phone --------------------------------------------------------------------------------------------------


async def vote(visit: Visit) -> web.StreamResponse:
    """The vote that is open, with what this browser has said."""
    return await _vote(visit)


async def _vote(visit: Visit, *, counted: bool = False, closed: bool = False, token: str = "") -> web.Response:
    found = await _found(visit)
    poll, token = found["poll"], token or visit.token or ""
    mine = poll["mine"] if poll else None
    if poll and mine is None and token:
        mine = await _room(visit).voted(poll["id"], browser(token))
    return visit.page("vote.html", status=409 if closed else 200, **_shown(visit, found), poll=poll, mine=mine,
                      counted=counted, closed=closed)  # fmt: skip


async def voted(visit: Visit) -> web.StreamResponse:
    """Count it: one for each browser, that of the conversation where there is one in it."""
    fields, token = visit.fields, visit.token or new_token()
    if not visit.site.pace.allows(token, asyncio.get_running_loop().time()):
        raise web.HTTPTooManyRequests
    poll, choice = (fields.get(name, "") for name in ("poll", "choice"))
    numbers = [int(each) if each.isdecimal() and len(each) < 16 else -1 for each in (poll, choice)]
    resident = visit.talk.resident_id if visit.talk else None
    counted = await _room(visit).vote(
        visit.municipality,
        visit.request.match_info["code"],
        numbers[0],
        numbers[1],
        browser(token),
        resident_id=resident,
    )
    response = await _vote(visit, counted=counted, closed=not counted, token=token)
    visit.keep(response, token)
    return response


# --- a group's secretary ----------------------------------------------------------------------------------------------


async def swot(visit: Visit) -> web.StreamResponse:
    """Four boxes to write in."""
    return await _swot(visit)


async def _swot(visit: Visit, *, saved: bool = False) -> web.Response:
    try:
        found = await _room(visit).group(visit.municipality, visit.request.match_info["token"], visit.lang)
    except Refused as refused:
        return _no_page(visit, refused)
    return visit.page(
        "swot.html", **_shown(visit, found["dialogue"]), group=found, saved=saved, action=visit.request.path
    )


def _no_page(visit: Visit, refused: Refused) -> web.Response:
    """What was written stays on the page, so that it can be taken along."""
    written = [visit.fields[name] for name in BOXES if visit.fields.get(name, "").strip()]
    status = 404 if refused.why == "unknown" else 410
    return visit.page("swot_closed.html", status=status, words=refused.words, written=written)


async def swot_written(visit: Visit) -> web.StreamResponse:
    """Keep it; it is on the big screen a moment later."""
    try:
        await _room(visit).write_swot(visit.municipality, visit.request.match_info["token"], visit.fields)
    except Refused as refused:
        return _no_page(visit, refused)
    return await _swot(visit, saved=True)


_CODE = "{code:[a-z0-9]{4,12}}"
_TOKEN = r"{token:[\w-]{10,64}}"

ROUTES = (
    Route("GET", "/dialogues", dialogues),
    Route("GET", f"/dialogues/{_CODE}", dialogue),
    Route("GET", f"/dialogues/{_CODE}/screen", screen),
    Route("GET", f"/dialogues/{_CODE}/events", events),
    Route("GET", f"/v/{_CODE}", vote),
    Route("POST", f"/v/{_CODE}", voted),
    Route("GET", f"/swot/{_TOKEN}", swot),
    Route("POST", f"/swot/{_TOKEN}", swot_written),
)
