"""Posters and letter-box notes to print, for those who have no smartphone and those who have never heard of it; and of one
thing that is shown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.documents import KINDS, LANGUAGES_MAX, Message, poster_pdf
from bot.flows.board import title_of
from bot.flows.ideas import month_of
from bot.flows.model import Known
from bot.flows.posted import card_of
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, _, p_

SOURCE = re.compile(r"[a-z0-9-]{1,40}")
"""What may stand behind `ref_` in a deep link. Source: Telegram Bot API, deep links: A-Z a-z 0-9 _ -, at most 64."""

NAMES: dict[str, Text] = {
    # TRANSLATORS: kinds of paper to print.
    "poster": p_("poster", "A poster (A4) for each language"),
    "together": p_("poster", "One poster (A4) with all languages side by side"),
    "note": p_("poster", "Notes for letter boxes (A6), four on a page for each language"),
}
assert tuple(NAMES) == KINDS


PATHS: Mapping[str, str] = {"idea_board": "/ideas", "board": "/needs", "open_activity": "/open", "actor": "/actors"}
"""The page on which something of each kind is shown."""

LEADS: Mapping[str, Text] = {
    # TRANSLATORS: on a poster, below a title: what whoever reads it may do.
    "idea_board": p_("poster", "An idea where you live. Do you want to join, or can you help?"),
    "board": p_("poster", "They look for people. Can you help?"),
    "open_activity": p_("poster", "Come along! It is free."),
    "actor": p_("poster", "They do something here. Do you want to know more?"),
}


async def posters(visit: Visit) -> web.StreamResponse:
    """What to print, in which languages."""
    return await _page(visit)


async def _page(visit: Visit, problem: Text | None = None) -> web.Response:
    query = visit.request.query
    shown = await visit.parts.views.all_posts(visit.municipality.id)
    return visit.page(
        "console/posters.html", status=422 if problem else 200, problem=problem, kinds=NAMES,
        kind=query.get("kind", "poster"), source=query.get("source", ""), telegram=_telegram(visit, "x") is not None,
        chosen=query.getall("language", list(visit.municipality.languages)), post=query.get("post", ""),
        shown=[(str(each["id"]), title_of(each["post"])) for each in shown],
    )  # fmt: skip


async def file(visit: Visit) -> web.StreamResponse:
    """The pages as a PDF."""
    query, place = visit.request.query, visit.municipality
    kind, source = query.get("kind", ""), query.get("source", "").strip().lower().replace(" ", "-") or "poster"
    languages = [tag for tag in place.languages if tag in query.getall("language", [])]
    if kind not in KINDS or not languages:
        return await _page(visit, _("Choose what to print, and at least one language."))
    if query.get("post"):
        return await _of_post(visit, query["post"], kind, languages)
    if not SOURCE.fullmatch(source):
        return await _page(
            visit, _("Write the place with the letters a to z, digits and hyphens, for example library-2.")
        )
    content = await asyncio.to_thread(
        poster_pdf, place, kind=kind, languages=languages, web=[_web(visit, source, tag) for tag in languages],
        telegram=_telegram(visit, f"ref_{source}"), made_on=visit.known().today,
    )  # fmt: skip
    return _pdf(content, f"{kind}-{source}")


async def _of_post(visit: Visit, post: str, kind: str, languages: Sequence[str]) -> web.StreamResponse:
    """Papers about one thing that is shown."""
    shown = {str(each["id"]): each for each in await visit.parts.views.all_posts(visit.municipality.id)}
    found = shown.get(post)
    if found is None:
        return await _page(visit, _("It is not shown any more."))
    if len(languages) > LANGUAGES_MAX:
        return await _page(visit, _("Choose at most three languages, so that the words stay large."))
    page = f"{visit.parts.turns.pages_of(visit.municipality.id)}{PATHS[found['kind']]}"
    example = await visit.parts.views.example(visit.municipality.id, visit.lang, visit.known().today)
    month = example["month"] if example is not None and example["id"] == found["id"] else None
    content = await asyncio.to_thread(
        poster_pdf, visit.municipality, kind=kind, languages=languages, made_on=visit.known().today,
        web=[f"{page}?{urlencode({'lang': tag})}#post-{post}" for tag in languages],
        telegram=_telegram(visit, f"post_{post}"), about=message(found, visit.known(), month),
    )  # fmt: skip
    return _pdf(content, f"{kind}-{post}")


def message(found: Mapping[str, Any], known: Known, month: str | None = None) -> Message:
    """What a poster says of something that is shown; `month`: it is that month's good example."""
    card = card_of(found["kind"], found["post"], known)
    rows = tuple(_("{label}: {value}", label=label, value=value) for label, value in card.rows)
    asked = LEADS[found["kind"]]
    lead = _("Good example, {month}. {asked}", month=month_of(month), asked=asked) if month else asked
    safe = p_("poster", "Nobody sees how you are reached before you both have said yes.")
    if found["kind"] == "board":
        safe = p_("poster", "Your name and number are passed on only with your consent.")
    if found["kind"] == "open_activity":
        safe = p_("poster", "If something is in the way of coming, tell us. It can often be arranged.")
    return Message(
        _("{value}", value=title_of(found["post"])), lead, rows,
        (p_("poster", "It takes a minute, in your own language. You need no account."), safe),
    )  # fmt: skip


def _pdf(content: bytes, name: str) -> web.Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


def _web(visit: Visit, source: str, tag: str) -> str:
    """The start page, in a poster's language, from this poster."""
    query = urlencode({"start": f"ref_{source}", "lang": tag})
    return f"{visit.parts.turns.pages_of(visit.municipality.id)}/?{query}"


def _telegram(visit: Visit, start: str) -> str | None:
    name = visit.parts.bot_name(visit.municipality.id)
    return f"https://t.me/{name}?start={start}" if name else None


ROUTES = (Route("GET", "/coach/posters", posters), Route("GET", "/coach/posters/file.pdf", file))
