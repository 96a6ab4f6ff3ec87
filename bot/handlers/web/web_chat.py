"""The web chat: a plain page of forms; with JavaScript, the same pieces sent and streamed one by one.

The log comes from the database by message id, so that a restart, a second window or a lost connection loses nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import structlog
from aiohttp import web

from bot.flows.crisis import crisis_words
from bot.flows.model import File, Input, Point, Press
from bot.handlers.web.bubbles import Shown, shown
from bot.handlers.web.site import FILE_BYTES_MAX, Route, Visit, new_id, new_token
from bot.handlers.web.streams import Over, stream
from bot.i18n import Text
from bot.turn import Outcome
from bot.update import Update
from bot.views import Talk

log = structlog.get_logger()

COMMAND = re.compile(r"/([a-z_]{1,20})(?:\s+(\S.{0,100}))?\s*\Z", re.IGNORECASE | re.DOTALL)
COMMANDS = (
    "start",
    "menu",
    "idea",
    "premises",
    "grants",
    "contact",
    "volunteer",
    "needs",
    "help_me",
    "coach",
    "language",
    "mine",
    "privacy",
    "mydata",
    "forget",
    "ideas",
    "actors",
    "meetings",
    "meet_others",
    "friends",
    "families",
    "phone_chats",
    "furniture",
    "stop",
    "cancel",
    "help",
)


async def start(visit: Visit) -> web.StreamResponse:
    """The start page, and the conversation once there is one."""
    wish = visit.request.query.get("lang", "")
    if visit.talk is not None and wish in visit.municipality.languages:
        if visit.talk.locale != wish:
            await take(visit, Input(command="language", argument=wish))
        return web.Response(status=303, headers={"Location": f"{visit.prefix}/"})
    move = visit.request.query.get("move")
    if move:
        return visit.page("act.html", act="restore", action=f"{visit.prefix}/?move={move}")
    return visit.page("chat.html", **await _pieces(visit, visit.talk), met_with=await met_with(visit))


async def say(visit: Visit) -> web.StreamResponse:
    """Take what was said or pressed, once."""
    who = visit.token or visit.request.remote or ""
    if not visit.site.pace.allows(who, asyncio.get_running_loop().time()):
        return _too_fast(visit)
    input = await _input(visit)
    if input is None:
        return await _answer(visit, visit.token, None)
    token = visit.token or new_token()
    outcome = await take(visit, input, token)
    if "change" in visit.fields:
        outcome = await _change_row(visit, outcome, token)
    return await _answer(visit, token, outcome)


async def take(visit: Visit, input: Input, token: str | None = None, made_by_page: str | None = None) -> Outcome:
    """Hand one thing this browser did to the turn."""
    address = token or visit.token
    assert address is not None
    return await visit.parts.turns.take(
        Update(
            id=visit.update_id(address, made_by_page or visit.fields.get("id", "")),
            municipality=visit.municipality.id,
            channel="web",
            address=address,
            input=input,
            locale_hint=visit.lang,
        )
    )


async def _input(visit: Visit) -> Input | None:
    """What was posted, as an input; None when it is nothing."""
    fields = visit.fields
    if press := _press(fields.get("press", "")):
        return Input(press=press)
    if fields.get("change"):
        return Input(press=Press(_whole(fields.get("serial", "")), "m:change"))
    if fields.get("command", "") in COMMANDS:
        argument = fields.get("argument", "") if fields["command"] == "language" else ""
        return Input(command=fields["command"], argument=argument)
    if point := _point(fields.get("place", "")):
        return Input(place=point)
    text = fields.get("text", "").strip()
    if (posted := visit.files.get("file")) and visit.parts.keep_file is not None and await _wants_file(visit):
        content = await asyncio.to_thread(posted.file.read, FILE_BYTES_MAX + 1)
        if len(content) > FILE_BYTES_MAX:
            raise web.HTTPRequestEntityTooLarge(FILE_BYTES_MAX, len(content))
        mime = posted.content_type or "application/octet-stream"
        name = re.sub(r'[\x00-\x1f/\\"]', "_", posted.filename)[-120:]
        ref = await visit.parts.keep_file(visit.municipality.id, name, mime, content)
        kind = "photo" if mime.startswith("image/") else "document"
        return Input(text=text or None, file=File(kind, ref, name, mime, len(content)))
    command = COMMAND.match(text)
    if command and command[1].lower() in COMMANDS:
        return Input(command=command[1].lower(), argument=(command[2] or "").strip())
    return Input(text=text) if text else None


async def _wants_file(visit: Visit) -> bool:
    """Whether the open question asks for a file, or a human has the conversation: nobody can fill our disk in between."""
    if visit.talk is not None and visit.talk.held_by is not None:
        return True
    question = (await _shown(visit, visit.talk)).question
    return question is not None and question.ask == "file"


def _press(posted: str) -> Press | None:
    """A button's value: "<serial>|<choice>"."""
    serial, mark, choice = posted.partition("|")
    return Press(_whole(serial), choice[:64]) if mark else None


def _whole(words: str) -> int:
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 10 else -1


def _point(posted: str) -> Point | None:
    latitude, _comma, longitude = posted.partition(",")
    try:
        point = Point(float(latitude), float(longitude))
    except ValueError:
        return None
    return point if abs(point.latitude) <= 90 and abs(point.longitude) <= 180 else None


async def _change_row(visit: Visit, outcome: Outcome, token: str) -> Outcome:
    """A row of the plan was pressed: the list of answers to change is open now; choose the one the row shows."""
    wanted = visit.fields["change"]
    for body in outcome.said:
        for choice in body.get("choices", ()):
            if body.get("serial") and choice["label"] == wanted:
                press = Press(body["serial"], choice["id"])
                return await take(visit, Input(press=press), token, f"{visit.fields.get('id', '')}+")
    return outcome


# --- answers --------------------------------------------------------------------------------------------------------


async def _answer(visit: Visit, token: str | None, outcome: Outcome | None) -> web.StreamResponse:
    """Back to the page; with JavaScript, what is new on it. Whoever was forgotten gets the receipt, and no cookie."""
    if token is not None:
        visit.talk = await visit.parts.views.talk(visit.municipality.id, "web", token)
        if visit.talk is not None and not visit.lang_chosen:
            visit.settle_language()
    forgotten = outcome is not None and outcome.applied and visit.talk is None
    response: web.StreamResponse
    if forgotten:
        assert outcome is not None
        response = _farewell(visit, outcome)
        response.del_cookie("idelabbet", path="/")
        return response
    if visit.wants_json():
        news = await _news(visit, visit.talk, _whole(visit.fields.get("after", "")))
        response = web.json_response({**news, "toast": outcome.toast if outcome else None})
    elif outcome is not None and outcome.toast:
        pieces = await _pieces(visit, visit.talk)
        response = visit.page("chat.html", **{**pieces, "toast": outcome.toast}, met_with=await met_with(visit))
    else:
        response = visit.go("/#now")
    if token is not None and visit.talk is not None:
        visit.keep(response, token)
    return response


def _farewell(visit: Visit, outcome: Outcome) -> web.StreamResponse:
    words = [body["html"] for body in outcome.said if "html" in body]
    if visit.wants_json():
        return web.json_response({"page": visit.fragment("farewell.html", words=words)})
    return visit.page("farewell.html", words=words)


def _too_fast(visit: Visit) -> web.StreamResponse:
    if visit.wants_json():
        return web.json_response({"trouble": "fast"}, status=429, headers={"Retry-After": "5"})
    again = {name: value for name, value in visit.fields.items() if name != "lang"}
    return visit.page("trouble.html", status=429, kind="fast", again=again, action=visit.request.path)


async def _shown(visit: Visit, talk: Talk | None) -> Shown:
    if talk is None:
        return Shown()
    said = await visit.parts.views.latest(talk.conversation_id)
    return shown(said, talk.state, visit.municipality.zone, await visit.parts.views.signs(said))


async def met_with(visit: Visit) -> tuple[Text, ...]:
    """What everybody is met with while the crisis level is not calm."""
    found = await visit.parts.views.crisis(visit.municipality.id) or {}
    return crisis_words(visit.municipality, str(found.get("level", "")), drill=bool(found.get("drill")))


async def _pieces(visit: Visit, talk: Talk | None) -> dict[str, Any]:
    """What the page's templates want."""
    municipality = visit.municipality
    return {
        "shown": await _shown(visit, talk),
        "talk": talk,
        "known": visit.known(),
        "new_id": new_id,
        "answer_by": talk.answer_by.astimezone(municipality.zone) if talk and talk.answer_by else None,
        "bot_name": visit.parts.bot_name(municipality.id),
        "takes_files": visit.parts.keep_file is not None,
        "toast": None,
    }


async def _news(visit: Visit, talk: Talk | None, after_id: int) -> dict[str, Any]:
    """What has come after a message, as pieces of the page."""
    pieces = await _pieces(visit, talk)
    now: Shown = pieces["shown"]
    fresh = [bubble for bubble in now.bubbles if bubble.last_id > after_id]
    bubbles = [
        {
            "id": each.id,
            "own": each.own,
            "changed": each.changed,
            "html": visit.fragment("bubble.html", bubble=each, **pieces),
        }
        for each in fresh
    ]
    return {
        "last": now.last_id,
        "lang": visit.lang,
        "bubbles": bubbles,
        "now": visit.fragment("now.html", **pieces),
        "plan": visit.fragment("aside.html", **pieces),
        "answering": visit.fragment("answering.html", **pieces),
    }


async def events(visit: Visit) -> web.StreamResponse:
    """New messages as they are committed."""
    if visit.talk is None or visit.token is None:
        return web.Response(status=204)  # tells the browser not to come back by itself
    views, token, conversation_id = visit.parts.views, visit.token, visit.talk.conversation_id

    async def news(last: int) -> AsyncIterator[tuple[int, Mapping[str, Any]]]:
        if await views.last_id(conversation_id) <= last:
            return
        talk = await views.talk(visit.municipality.id, "web", token)
        if talk is None or talk.conversation_id != conversation_id:
            raise Over
        visit.talk = talk
        visit.settle_language()
        found = await _news(visit, talk, last)
        yield found["last"], found

    return await stream(visit, conversation_id, news)


ROUTES = (
    Route("GET", "/", start),
    Route("POST", "/chat", say),
    Route("GET", "/chat/events", events),
)
