"""Posters and letter-box notes to print, for those who have no smartphone and those who have never heard of it."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlencode

from aiohttp import web

from bot.documents import KINDS, poster_pdf
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


async def posters(visit: Visit) -> web.StreamResponse:
    """What to print, in which languages."""
    return _page(visit)


def _page(visit: Visit, problem: Text | None = None) -> web.Response:
    query = visit.request.query
    return visit.page(
        "console/posters.html", status=422 if problem else 200, problem=problem, kinds=NAMES,
        kind=query.get("kind", "poster"), source=query.get("source", ""), telegram=_telegram(visit, "x") is not None,
        chosen=query.getall("language", list(visit.municipality.languages)),
    )  # fmt: skip


async def file(visit: Visit) -> web.StreamResponse:
    """The pages as a PDF."""
    query, place = visit.request.query, visit.municipality
    kind, source = query.get("kind", ""), query.get("source", "").strip().lower().replace(" ", "-") or "poster"
    languages = [tag for tag in place.languages if tag in query.getall("language", [])]
    if kind not in KINDS or not languages:
        return _page(visit, _("Choose what to print, and at least one language."))
    if not SOURCE.fullmatch(source):
        return _page(visit, _("Write the place with the letters a to z, digits and hyphens, for example library-2."))
    content = await asyncio.to_thread(
        poster_pdf, place, kind=kind, languages=languages, web=[_web(visit, source, tag) for tag in languages],
        telegram=_telegram(visit, source), made_on=visit.known().today,
    )  # fmt: skip
    headers = {"Content-Disposition": f'inline; filename="{kind}-{source}.pdf"'}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


def _web(visit: Visit, source: str, tag: str) -> str:
    """The start page, in a poster's language, from this poster."""
    query = urlencode({"start": f"ref_{source}", "lang": tag})
    return f"{visit.parts.turns.pages_of(visit.municipality.id)}/?{query}"


def _telegram(visit: Visit, source: str) -> str | None:
    name = visit.parts.bot_name(visit.municipality.id)
    return f"https://t.me/{name}?start=ref_{source}" if name else None


ROUTES = (Route("GET", "/coach/posters", posters), Route("GET", "/coach/posters/file.pdf", file))
