"""Private links: a plan to read and print, a conversation to bring here, a plan to join, everything kept about oneself.

A link in a letter or chat only opens a page, because programs that look at links in advance open them too. What acts is
a button on that page.
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from typing import Any

from aiohttp import web

from bot.flows.handed_in import paper_of
from bot.flows.model import Input
from bot.flows.paper import Paper
from bot.flows.plan import Plan, plan_of
from bot.handlers.web.site import Route, Visit, new_token
from bot.handlers.web.web_chat import take
from bot.i18n.locales import TABLE
from bot.pictures import size_of
from bot.views import CaseSeen, Held, LinkTrouble, PlanSeen

MYDATA_COOKIE = "idelabbet_mydata"
MYDATA_S = 3600


# --- the plan -------------------------------------------------------------------------------------------------------


async def plan(visit: Visit) -> web.StreamResponse:
    """The plan as a page that prints well."""
    token = visit.request.match_info["token"]
    try:
        found = await visit.parts.views.plan_by_link(token)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    if not visit.lang_chosen and found.locale in visit.municipality.languages:
        visit.lang = found.locale
    page = visit.parts.plan_page(
        plan_of(found.answers, found.made_on),
        locale=_plan_locale(visit, found),
        url=_living(visit, token),
        **_sheet(visit, found),
    )
    return visit.page("plan.html", plan=page, pdf=visit.url(f"/plan/{token}.pdf"))


async def plan_file(visit: Visit) -> web.StreamResponse:
    """The same as a PDF."""
    token = visit.request.match_info["token"]
    try:
        found = await visit.parts.views.plan_by_link(token)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    return await _pdf(visit, found, _living(visit, token))


async def own_plan_file(visit: Visit) -> web.StreamResponse:
    """The PDF of a plan of whoever asks, from the chat."""
    if visit.talk is None:
        raise web.HTTPNotFound
    try:
        found = await visit.parts.views.plan_of(
            visit.municipality.id, visit.talk.resident_id, int(visit.request.match_info["id"])
        )
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    return await _pdf(visit, found, None)


async def own_case(visit: Visit) -> web.StreamResponse:
    """Something that whoever asks has handed in, as a page that prints well."""
    found, paper = await _own_paper(visit)
    page = visit.parts.plan_page(paper, locale=_paper_locale(visit, found), url=None, **_case_sheet(visit, found))
    return visit.page("plan.html", plan=page, pdf=visit.url(f"/chat/case/{found.id}.pdf"))


async def own_case_file(visit: Visit) -> web.StreamResponse:
    """The same as a PDF."""
    found, paper = await _own_paper(visit)
    title = paper.title if isinstance(paper.title, str) else found.flow
    return await _as_pdf(visit, paper, title, _paper_locale(visit, found), None, _case_sheet(visit, found))


async def _own_paper(visit: Visit) -> tuple[CaseSeen, Paper]:
    """Raises HTTPNotFound when there is no such thing among theirs."""
    if visit.talk is None:
        raise web.HTTPNotFound
    number = int(visit.request.match_info["id"])
    try:
        found = await visit.parts.views.case(visit.municipality.id, number, resident_id=visit.talk.resident_id)
    except LinkTrouble as trouble:
        raise web.HTTPNotFound from trouble
    paper = paper_of(found.flow, found.answers, visit.municipality, found.made_at)
    if paper is None:
        raise web.HTTPNotFound
    return found, paper


def _paper_locale(visit: Visit, found: CaseSeen) -> str:
    return visit.lang if visit.lang_chosen else found.locale if found.locale in TABLE else visit.lang


def _case_sheet(visit: Visit, found: CaseSeen) -> dict[str, Any]:
    place = visit.municipality
    made_on = found.made_at.astimezone(place.zone).date()
    return {"municipality_name": place.name, "lab": place.lab or place.name, "made_on": made_on}


async def _pdf(visit: Visit, found: PlanSeen, url: str | None) -> web.Response:
    made = plan_of(found.answers, found.made_on)
    return await _as_pdf(visit, made, made.title, _plan_locale(visit, found), url, _sheet(visit, found))


async def _as_pdf(
    visit: Visit, paper: Plan | Paper, title: str, lang: str, url: str | None, sheet: dict[str, Any]
) -> web.Response:
    content = await asyncio.to_thread(visit.parts.plan_pdf, paper, locale=lang, url=url, **sheet)
    name = re.sub(r"[^\w -]+", "", title)[:60].strip() or "plan"
    plain_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip() or "plan"
    headers = {"Content-Disposition": f"inline; filename=\"{plain_name}.pdf\"; filename*=UTF-8''{quoted(name)}.pdf"}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


async def own_file(visit: Visit) -> web.StreamResponse:
    """A file that a person has sent in the talk of this browser. Nothing in it is run or shown: it is saved."""
    if visit.talk is None:
        raise web.HTTPNotFound
    number = int(visit.request.match_info["id"])
    return await saved(visit, visit.talk.conversation_id, number)


async def own_photo(visit: Visit) -> web.StreamResponse:
    """A photo that was sent to this browser's talk, to be looked at in it; nothing but a picture is shown."""
    if visit.talk is None:
        raise web.HTTPNotFound
    number = int(visit.request.match_info["id"])
    found = await visit.parts.views.file(visit.municipality.id, visit.talk.conversation_id, number)
    looks = size_of(found.content) if found is not None else None
    if found is None or looks is None:
        raise web.HTTPNotFound
    return web.Response(body=found.content, content_type=looks[0], headers={"Cache-Control": "private, no-store"})


async def saved(visit: Visit, conversation_id: int, message_id: int) -> web.Response:
    """The file that came with a message, to be saved."""
    found = await visit.parts.views.file(visit.municipality.id, conversation_id, message_id)
    if found is None:
        raise web.HTTPNotFound
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quoted(found.name or 'file')}"}
    return web.Response(body=found.content, content_type="application/octet-stream", headers=headers)


def quoted(name: str) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in name.encode())


def _plan_locale(visit: Visit, found: PlanSeen) -> str:
    return visit.lang if visit.lang_chosen else found.locale if found.locale in TABLE else visit.lang


def _sheet(visit: Visit, found: PlanSeen) -> dict[str, Any]:
    place = visit.site.parts.municipalities.get(found.municipality_id, visit.municipality)
    return {"municipality_name": place.name, "lab": place.lab or place.name, "made_on": found.made_on}


def _living(visit: Visit, token: str) -> str:
    return f"{visit.parts.public_url}{visit.prefix}/plan/{token}"


# --- links that act once --------------------------------------------------------------------------------------------


async def restore(visit: Visit) -> web.StreamResponse:
    """Offer to go on with a conversation in this browser."""
    return await _offer(visit, "restore")


async def restored(visit: Visit) -> web.StreamResponse:
    """Bring the conversation to this browser. Whoever has one here chooses whether the two become one."""
    return await _bring(visit, visit.request.match_info["token"], "restore")


async def moved(visit: Visit) -> web.StreamResponse:
    """The same for a move between channels where there is no bot to go to."""
    return await _bring(visit, visit.request.query.get("move", ""), "move")


async def _bring(visit: Visit, token: str, purpose: str) -> web.StreamResponse:
    try:
        await visit.parts.views.check_link(token, purpose)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    # The browser may be shared: what is in it comes along only if that was ticked, else it stays at its own address.
    address = visit.token if visit.token and visit.fields.get("along") else new_token()
    await take(visit, Input(command="start", argument=f"{purpose}_{token}"), address)
    response = web.Response(status=303, headers={"Location": f"{visit.prefix}/#now"})
    visit.keep(response, address)
    return response


async def join(visit: Visit) -> web.StreamResponse:
    """Offer to share somebody's plan."""
    return await _offer(visit, "join")


async def joined(visit: Visit) -> web.StreamResponse:
    """Share it, in the conversation of this browser."""
    token = visit.request.match_info["token"]
    try:
        await visit.parts.views.check_link(token, "join")
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    address = visit.token or new_token()
    await take(visit, Input(command="start", argument=f"join_{token}"), address)
    response = visit.go("/#now")
    visit.keep(response, address)
    return response


async def _offer(visit: Visit, purpose: str) -> web.StreamResponse:
    try:
        await visit.parts.views.check_link(visit.request.match_info["token"], purpose)
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    return visit.page("act.html", act=purpose, action=visit.request.path)


# --- everything about me --------------------------------------------------------------------------------------------


async def mydata_link(visit: Visit) -> web.StreamResponse:
    """Offer to show what is kept. The link works for an hour; this browser then holds it in a cookie."""
    return await _offer(visit, "mydata")


async def mydata_opened(visit: Visit) -> web.StreamResponse:
    token = visit.request.match_info["token"]
    try:
        await visit.parts.views.check_link(token, "mydata")
    except LinkTrouble as trouble:
        return gone(visit, trouble)
    response = visit.go("/mydata")
    response.set_cookie(
        MYDATA_COOKIE, token, max_age=MYDATA_S, path=f"{visit.prefix}/mydata", httponly=True, samesite="Lax",
        secure=visit.site.secure,
    )  # fmt: skip
    return response


async def mydata(visit: Visit) -> web.StreamResponse:
    """Everything held about one person, to read."""
    found = await _held(visit)
    if isinstance(found, LinkTrouble):
        return gone(visit, found)
    return visit.page("mydata.html", everything=found.everything)


async def mydata_file(visit: Visit) -> web.StreamResponse:
    """The same as a file to save."""
    found = await _held(visit)
    if isinstance(found, LinkTrouble):
        return gone(visit, found)
    content = json.dumps(found.everything, ensure_ascii=False, indent=2, default=str)
    headers = {"Content-Disposition": 'attachment; filename="mydata.json"'}
    return web.Response(text=content, content_type="application/json", headers=headers)


async def _held(visit: Visit) -> Held | LinkTrouble:
    token = visit.request.cookies.get(MYDATA_COOKIE, "")
    try:
        return await visit.parts.views.held_by_link(token)
    except LinkTrouble as trouble:
        return trouble


def gone(visit: Visit, trouble: LinkTrouble) -> web.Response:
    return visit.page(
        "trouble.html", status=404 if trouble.why == "unknown" else 410, kind=f"link_{trouble.why}", again={}, action=""
    )


ROUTES = (
    Route("GET", r"/plan/{token:[\w-]{10,64}}", plan),
    Route("GET", r"/plan/{token:[\w-]{10,64}}.pdf", plan_file),
    Route("GET", r"/chat/plan/{id:\d{1,15}}.pdf", own_plan_file),
    Route("GET", r"/chat/file/{id:\d{1,15}}", own_file),
    Route("GET", r"/chat/photo/{id:\d{1,15}}", own_photo),
    Route("GET", r"/chat/case/{id:\d{1,15}}", own_case),
    Route("GET", r"/chat/case/{id:\d{1,15}}.pdf", own_case_file),
    Route("GET", r"/r/{token:[\w-]{10,64}}", restore),
    Route("POST", r"/r/{token:[\w-]{10,64}}", restored),
    Route("POST", "/", moved),
    Route("GET", r"/j/{token:[\w-]{10,64}}", join),
    Route("POST", r"/j/{token:[\w-]{10,64}}", joined),
    Route("GET", r"/mydata/{token:[\w-]{10,64}}", mydata_link),
    Route("POST", r"/mydata/{token:[\w-]{10,64}}", mydata_opened),
    Route("GET", "/mydata", mydata),
    Route("GET", "/mydata/everything.json", mydata_file),
)
