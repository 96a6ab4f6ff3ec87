"""The same forms for somebody who calls: staff fill them in, with the same checks and the same effects."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from bot.flows.model import Input
from bot.flows.promises import notice_words
from bot.flows.read.people import find_phone
from bot.handlers.web import web_form
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import Text, _
from bot.staff import Refused
from bot.update import Update


async def call(visit: Visit) -> web.StreamResponse:
    """Who calls, in which language, and for what."""
    return _ask(visit)


async def called(visit: Visit) -> web.StreamResponse:
    """Find or make the caller's conversation, and open the form in it."""
    fields = visit.fields
    flow, lang = fields.get("flow", ""), fields.get("speaks", "")
    if flow not in web_form.forms(visit) or lang not in visit.municipality.languages:
        return _ask(visit, _("Choose what it is about, and a language."))
    number = fields.get("phone", "").strip()
    if number:
        found = find_phone(number)
        if found is None:
            return _ask(visit, _("I could not read that number. Write it as you would dial it."))
        number = found[0]
    conversation_id = await console(visit).handoff.caller(
        visit.actor, fields.get("id", "") or new_id(), name=fields.get("name", ""), phone=number, locale=lang
    )
    return visit.go(f"/coach/call/{conversation_id}/{flow}")


def _ask(visit: Visit, problem: Text | None = None) -> web.Response:
    return visit.page(
        "console/call.html", status=422 if problem else 200, problem=problem, typed=defaultdict(str, visit.fields), id=new_id(),
        flows=[visit.parts.flows[name] for name in web_form.forms(visit)],
        notice=notice_words(visit.known())[-1],
    )  # fmt: skip


async def form(visit: Visit) -> web.StreamResponse:
    """The form of a flow, in the caller's conversation."""
    gone = await _enter(visit)
    return gone or await web_form.form(visit)


async def posted(visit: Visit) -> web.StreamResponse:
    """What was filled in; sent, it is as if the caller had, and marked with who did it."""
    gone = await _enter(visit)
    return gone or await web_form.posted(visit)


async def _enter(visit: Visit) -> web.Response | None:
    conversation_id = int(visit.request.match_info["id"])
    try:
        visit.talk = await console(visit).desk.for_form(visit.actor, conversation_id)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    visit.form_base = f"/coach/call/{conversation_id}"
    visit.send_form = _send
    return None


async def _send(visit: Visit, input: Input) -> web.StreamResponse:
    assert visit.talk is not None and visit.staff is not None
    key = visit.fields.get("id", "") or new_id()
    await visit.parts.turns.take(
        Update(
            id=f"staff:{visit.staff.member.id}:{key[:64]}",
            municipality=visit.municipality.id,
            channel="phone",
            conversation_id=visit.talk.conversation_id,
            input=input,
            by_staff=visit.staff.member.id,
        )
    )
    return visit.go(f"/coach/talks/{visit.talk.conversation_id}")


ROUTES = (
    Route("GET", "/coach/call", call),
    Route("POST", "/coach/call", called),
    Route("GET", r"/coach/call/{id:\d{1,15}}/{flow:[a-z_]+}", form),
    Route("POST", r"/coach/call/{id:\d{1,15}}/{flow:[a-z_]+}", posted),
)
