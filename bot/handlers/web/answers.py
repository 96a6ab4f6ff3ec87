"""The page where a role answers a resident's question, without an account, or says whose it is.

A link in a letter only opens the page, because programs that look at links in advance open them too. A button acts.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict

from aiohttp import web

from bot import enquiries
from bot.flows.contact import topic_name
from bot.flows.plan import plan_of
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import Text, _
from bot.i18n.locales import TABLE


async def enquiry(visit: Visit) -> web.StreamResponse:
    """What is asked, and how it stands."""
    return await _page(visit)


async def posted(visit: Visit) -> web.StreamResponse:
    """An answer, or whose question it is. What was written stays on the page when it cannot be used."""
    do, fields = visit.fields.get("do"), visit.fields
    key = fields.get("id") or new_id()
    desk, token, now = visit.parts.enquiries, visit.request.match_info["token"], visit.parts.now()
    where = visit.municipality.id if visit.prefix else None
    try:
        if do == "answer":
            words = fields.get("words", "").strip()
            if problem := _unusable(words):
                return await _page(visit, problem=problem, at="words")
            done = await desk.answer(token, key, words, now, where=where)
        elif do == "decline":
            done = await desk.decline(
                token, key, fields.get("to", ""), fields.get("whom", ""), fields.get("reason", ""), now, where=where
            )
            if done == "empty":
                return await _page(visit, problem=_("Choose whose it is, or write who."), at="to")
            done = "declined"
        else:
            return await _page(visit)
    except enquiries.NoSuchLink as trouble:
        return _gone(visit, trouble)
    visit.parts.turns.wake()
    return await _page(visit, done=done)


def _unusable(words: str) -> Text | None:
    if not words:
        return _("Nothing is written yet.")
    if len(words) > enquiries.WORDS_MAX:
        return _(
            "That is longer than {count} characters. Shorten it, or send it in two parts.", count=enquiries.WORDS_MAX
        )
    return None


async def _page(visit: Visit, *, problem: Text | None = None, at: str = "", done: str = "") -> web.Response:
    where = visit.municipality.id if visit.prefix else None
    try:
        asked = await visit.parts.enquiries.page(visit.request.match_info["token"], visit.parts.now(), where=where)
    except enquiries.NoSuchLink as trouble:
        return _gone(visit, trouble)
    visit.municipality = visit.parts.municipalities[asked.municipality_id]
    return visit.page(
        "enquiry.html", status=422 if problem else 200, asked=asked, problem=problem, at=at, done=done,
        topic=topic_name(asked.topic, visit.known()) if asked.topic else None, action=visit.request.path,
        plan_url=visit.url(f"/enquiry/{visit.request.match_info['token']}/plan.pdf"),
        typed=defaultdict(str, visit.fields if problem else {}), id=new_id(),
        answer_by=asked.answer_by.astimezone(visit.municipality.zone), words_max=enquiries.WORDS_MAX,
    )  # fmt: skip


async def plan(visit: Visit) -> web.StreamResponse:
    """The plan that the resident wanted to send along."""
    where = visit.municipality.id if visit.prefix else None
    try:
        found = await visit.parts.enquiries.plan(visit.request.match_info["token"], visit.parts.now(), where=where)
    except enquiries.NoSuchLink as trouble:
        return _gone(visit, trouble)
    if found is None:
        raise web.HTTPNotFound
    place = visit.parts.municipalities[found.municipality_id]
    content = await asyncio.to_thread(
        visit.parts.plan_pdf, plan_of(found.answers, found.made_on), url=None, made_on=found.made_on,
        locale=found.locale if found.locale in TABLE else place.languages[0], municipality_name=place.name,
        lab=place.lab or place.name,
    )  # fmt: skip
    headers = {"Content-Disposition": 'inline; filename="plan.pdf"', "Cache-Control": "private, no-store"}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


def _gone(visit: Visit, trouble: enquiries.NoSuchLink) -> web.Response:
    """The page is closed; what was written on it is not lost."""
    status = 404 if trouble.why == "unknown" else 410
    return visit.page("enquiry_closed.html", status=status, why=trouble.why, written=visit.fields.get("words", ""))


_PATH = r"/enquiry/{token:[\w-]{10,64}}"

ROUTES = (
    Route("GET", _PATH, enquiry),
    Route("POST", _PATH, posted),
    Route("GET", f"{_PATH}/plan.pdf", plan),
)
