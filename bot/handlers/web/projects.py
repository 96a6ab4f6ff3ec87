"""Projects on the web: those that everybody may see, one's own by private link, and an invitation to drive one together."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.flows.model import Input
from bot.flows.project import date_words, entry_words, step_words
from bot.handlers.web.private_links import gone, quoted
from bot.handlers.web.site import FILE_BYTES_MAX, Route, Visit, new_id, new_token
from bot.handlers.web.web_chat import take
from bot.i18n import Text, _, content
from bot.packs.model import Municipality
from bot.project_desk import Projects, Seen, sendable
from bot.projects import Room, date_seen, entry_seen
from bot.views import LinkTrouble

Job = Callable[[Room, int, int], Awaitable[None]]
"""What is done in a project: (room, project, whoever's link it is)."""


def _desk(visit: Visit) -> Projects:
    return Projects(visit.parts.turns)


def at_home(visit: Visit, municipality_id: str) -> None:
    """A link is good at the first municipality's address too; the page is that of the one it belongs to."""
    place = visit.parts.municipalities.get(municipality_id)
    if place is not None and place.id != visit.municipality.id:
        visit.municipality = place
        visit.prefix = visit.parts.turns.pages_of(place.id).removeprefix(visit.parts.turns.public_url)


def chart(step: int, place: Municipality, direction: str) -> dict[str, Any]:
    """The steps as they are drawn, in a picture 320 by 44 units, and as a list."""
    steps = place.networks.project_steps
    last = max((each.number for each in steps), default=8)
    places = [20 + number * 280 / (last - 1) for number in range(last)]
    if direction == "rtl":
        places.reverse()
    return {
        "step": step, "words": step_words(step, place), "first": places[0], "here": places[min(step, last) - 1], "last": places[-1],
        "dots": [{"number": number, "x": x, "there": number <= step, "now": number == step} for number, x in enumerate(places, 1)],
        "steps": [{"number": each.number, "title": content(each.title), "now": each.number == step} for each in steps],
    }  # fmt: skip


# --- for everybody --------------------------------------------------------------------------------------------------------


async def public(visit: Visit) -> web.StreamResponse:
    """What people here do together, and how far it has come. Nobody's name is there."""
    found = await _desk(visit).public(visit.municipality.id)
    shown = [{"project": each, "chart": chart(each.step, visit.municipality, visit.dir)} for each in found]
    return visit.page("projects.html", projects=shown, offered=bool(visit.municipality.networks.project_steps))


async def one(visit: Visit) -> web.StreamResponse:
    """One of them."""
    found = await _desk(visit).by_code(visit.municipality.id, visit.request.match_info["code"])
    if found is None:
        raise web.HTTPNotFound
    return visit.page("project_public.html", project=found, chart=chart(found.step, visit.municipality, visit.dir))


# --- for those who take part ----------------------------------------------------------------------------------------------


async def private(visit: Visit) -> web.StreamResponse:
    """One's project, with everything in it."""
    return await _private(visit)


async def _private(visit: Visit, problem: Text | None = None, said: Text | None = None) -> web.StreamResponse:
    token = visit.request.match_info["token"]
    try:
        seen = await _desk(visit).by_link(token)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    at_home(visit, seen.project.municipality_id)
    place = visit.municipality
    entries = [entry_seen(each) for each in seen.entries if each.kind != "staff"]
    return visit.page(
        "project.html", status=422 if problem else 200, seen=seen, project=seen.project, me=seen.me, problem=problem, said=said,
        chart=chart(seen.project.step, place, visit.dir),
        entries=[{**each, "said": entry_words(each, place), "when": datetime.fromisoformat(each["at"])} for each in entries],
        dates=[{"id": each.id, "words": date_words(date_seen(each), place)} for each in seen.dates],
        typed=defaultdict(str, visit.fields if problem else {}), new_id=new_id, today=visit.known().today,
        takes_files=visit.parts.keep_file is not None, running=seen.project.status == "running",
    )  # fmt: skip


async def acted(visit: Visit) -> web.StreamResponse:
    """Something was written, set, sent or ended on the page."""
    token, fields = visit.request.match_info["token"], visit.fields
    try:
        seen = await _desk(visit).by_link(token)
        at_home(visit, seen.project.municipality_id)
        job, said = await _job(visit, seen)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    if job is None:
        return await _private(visit, problem=said)
    try:
        await _desk(visit).through(token, fields.get("id", "") or new_id(), job)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    if fields.get("do") == "leave":
        return visit.page("project_left.html", title=seen.project.title)
    return await _private(visit, said=said)


async def _job(visit: Visit, seen: Seen) -> tuple[Job | None, Text]:
    """What is to be done, and what is said then; None with the words for what is to be mended."""
    fields, owner = visit.fields, seen.me is not None and seen.me.role == "owner"
    words = fields.get("words", "").strip()
    match fields.get("do"):
        case "write" | "need" as do:
            if not words:
                return None, _("Nothing is written yet.")
            kind = "note" if do == "write" else "need"
            return (lambda room, id, me: room.write(id, me, kind, words[:2000])), _(
                "It stands in the project’s log now."
            )
        case "date":
            return _date(visit, fields)
        case "off":
            number = _number(fields)
            return (lambda room, id, me: room.call_off(id, me, number)), _(
                "It is called off. Everybody who takes part is told."
            )
        case "file":
            return await _file(visit)
        case "show" if owner:
            public_ = fields.get("public") == "yes"
            return (lambda room, id, me: room.show(id, me, public_)), (
                _("Everybody can see its name and its step now, and nobody’s name.") if public_
                else _("Only those who take part and our staff see it now."))  # fmt: skip
        case "offer" if owner:
            to = _number(fields)
            return (lambda room, id, me: room.offer(id, me, to)), _(
                "I have asked. When they say yes, the project is theirs, and you still take part."
            )
        case "take":
            agreed = fields.get("agreed") == "yes"
            return (lambda room, id, me: room.take(id, me, agreed=agreed)), _("All right.")
    if fields.get("sure") != "yes":
        return None, _("Tick the box first, so that it does not happen by mistake.")
    if fields.get("do") == "leave" and not owner:
        return (lambda room, id, me: room.leave(id, me)), _("All right.")
    if fields.get("do") == "stop" and owner:
        return (lambda room, id, me: room.end(id, me, "stopped", words[:2000], "")), _(
            "It is over. You can still look at it."
        )
    return None, _("That cannot be done here.")


def _number(fields: Mapping[str, str]) -> int:
    said = fields.get("which", "")
    return int(said) if said.isdecimal() and len(said) < 16 else 0


def _date(visit: Visit, fields: Mapping[str, str]) -> tuple[Job | None, Text]:
    what, where = fields.get("what", "").strip()[:200], fields.get("where", "").strip()[:200]
    try:
        at = datetime.fromisoformat(f"{fields.get('day', '')}T{fields.get('time', '')}").replace(
            tzinfo=visit.municipality.zone
        )
    except ValueError:
        return None, _("Write the day and the time.")
    if not what:
        return None, _("Write what happens then.")
    if at <= visit.parts.now():
        return None, _("That moment is over. Choose a later one.")
    return (lambda room, id, me: room.set_date(id, me, what, where, at)), _(
        "Good! Everybody who takes part is told, and reminded the day before."
    )


async def _file(visit: Visit) -> tuple[Job | None, Text]:
    posted = visit.files.get("file")
    if posted is None or visit.parts.keep_file is None:
        return None, _("Choose a file first.")
    data = await asyncio.to_thread(posted.file.read, FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise web.HTTPRequestEntityTooLarge(FILE_BYTES_MAX, len(data))
    mime = posted.content_type or "application/octet-stream"
    if (problem := sendable(mime)) is not None:
        return None, problem
    name = re.sub(r'[\x00-\x1f/\\"]', "_", posted.filename)[-120:]
    ref = await visit.parts.keep_file(visit.municipality.id, name, mime, data)
    return (lambda room, id, me: room.write(id, me, "file", name, ref=ref)), _(
        "It is in the project now, for everybody who takes part."
    )


async def project_file(visit: Visit) -> web.StreamResponse:
    """A file of the project, to be saved. Nothing in it is run or shown."""
    try:
        seen = await _desk(visit).by_link(visit.request.match_info["token"])
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    return await sent_file(visit, seen)


async def sent_file(visit: Visit, seen: Seen) -> web.Response:
    """The file of an entry that the address names."""
    number = int(visit.request.match_info["entry"])
    entry = next((each for each in seen.entries if each.id == number and each.kind == "file"), None)
    kept = await _desk(visit).file(entry) if entry is not None else None
    if kept is None:
        raise web.HTTPNotFound
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quoted(kept.name or 'file')}"}
    return web.Response(body=kept.content, content_type="application/octet-stream", headers=headers)


# --- an invitation --------------------------------------------------------------------------------------------------------


async def invited(visit: Visit) -> web.StreamResponse:
    """Offer to drive a project together; in Telegram for those who are there."""
    token = visit.request.match_info["token"]
    try:
        project = await _desk(visit).invitation(token)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    at_home(visit, project.municipality_id)
    bot = visit.parts.bot_name(visit.municipality.id)
    return visit.page(
        "with.html", project=project, token=token, telegram=f"https://t.me/{bot}?start=project_{token}" if bot else ""
    )


async def comes(visit: Visit) -> web.StreamResponse:
    """Ask them in the conversation of this browser."""
    token = visit.request.match_info["token"]
    try:
        project = await _desk(visit).invitation(token)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    at_home(visit, project.municipality_id)
    address = visit.token or new_token()
    await take(visit, Input(command="start", argument=f"project_{token}"), address)
    response = visit.go("/#now")
    visit.keep(response, address)
    return response


_TOKEN = r"{token:[\w-]{10,64}}"
ROUTES = (
    Route("GET", "/projects", public),
    Route("GET", r"/projects/{code:[\w-]{10}}", one),
    Route("GET", rf"/project/{_TOKEN}", private),
    Route("POST", rf"/project/{_TOKEN}", acted),
    Route("GET", rf"/project/{_TOKEN}/file/{{entry:\d{{1,15}}}}", project_file),
    Route("GET", rf"/with/{_TOKEN}", invited),
    Route("POST", rf"/with/{_TOKEN}", comes),
)
