"""The good example of the month: chosen among what is shown, with words in the municipality's languages."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from bot.examples import Examples, months_from
from bot.flows.board import title_of
from bot.flows.ideas import month_of
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, _
from bot.staff import Refused


def _examples(visit: Visit) -> Examples:
    return Examples(console(visit).desk.turns)


async def example(visit: Visit) -> web.StreamResponse:
    """What is chosen, what may be, and in which languages words are missing."""
    return await _page(visit)


async def _page(visit: Visit, problem: Text | None = None, said: Text | None = None) -> web.Response:
    found = await _examples(visit).seen(visit.actor)
    query, typed = visit.request.query, defaultdict(str, visit.fields)
    month = typed["month"] or query.get("month", "") or months_from(visit.known().today)[0]
    now = found.chosen.get(month)
    words = {tag: (now.words or {}).get(tag, "") if now else "" for tag in visit.municipality.languages}
    if problem:
        words = {tag: typed[f"words.{tag}"] for tag in words}
    shown = list(found.shown)
    if now is not None and now.post.id not in {each.id for each in shown}:
        shown.append(now.post)
    chosen = typed["post"] or query.get("post", "") or (str(now.post.id) if now else "")
    return visit.page(
        "console/example.html", status=422 if problem else 200, problem=problem, said=said, month=month,
        months=[(each, month_of(each)) for each in found.months], now=now, named=month_of(month) if now else "",
        now_title=title_of(now.post.post) if now else "",
        missing=found.missing.get(month, ()), words=words, chosen=chosen,
        shown=[(str(each.id), title_of(each.post)) for each in shown],
    )  # fmt: skip


async def chosen(visit: Visit) -> web.StreamResponse:
    """Keep what was chosen; what was typed stays when something has to be mended."""
    fields = visit.fields
    if fields.get("do") == "drop":
        await _examples(visit).drop(visit.actor, fields.get("month", ""))
        return await _page(visit, said=_("That month has no example now."))
    post = fields.get("post", "")
    words = {tag: fields.get(f"words.{tag}", "") for tag in visit.municipality.languages}
    try:
        await _examples(visit).choose(
            visit.actor, fields.get("month", ""), int(post) if post.isdecimal() and len(post) < 16 else 0, words
        )
    except Refused as refused:
        return await _page(visit, problem=refused.words)
    return await _page(visit, said=_("It is shown on the idea board, in the chat and in the feeds, in its month."))


ROUTES = (Route("GET", "/coach/example", example), Route("POST", "/coach/example", chosen))
