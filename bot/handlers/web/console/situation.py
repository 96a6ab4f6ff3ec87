"""The crisis level with its review, and the situation in pictures. For coordinators."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from bot.coordination import STANDINGS
from bot.crisis import CLASSES, LEVEL_NAMES, CrisisDesk
from bot.flows.crisis import crisis_words
from bot.flows.volunteer import HOURS
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import OwnName, Text, locale, n_, plain, render
from bot.i18n.catalogues import current
from bot.situation import SituationDesk
from bot.staff import Refused


def _crisis(visit: Visit) -> CrisisDesk:
    return CrisisDesk(console(visit).desk.turns)


async def level(visit: Visit) -> web.StreamResponse:
    """The level in force, the form that changes it, and every change before."""
    return await _level(visit)


async def _level(visit: Visit, refused: Refused | None = None) -> web.Response:
    found = await _crisis(visit).seen(visit.actor)
    return visit.page(
        "console/level.html", status=422 if refused else 200, seen=found, names=LEVEL_NAMES,
        problem=refused.words if refused else None, typed=defaultdict(str, visit.fields),
        texts=_texts(visit), reviewed=visit.municipality.crisis,
    )  # fmt: skip


def _texts(visit: Visit) -> list[tuple[Text, list[tuple[OwnName, str, str, bool]]]]:
    """What residents are met with at each level, in every language: its name, the words, their direction, and whether a
    person has read the translation."""
    found = []
    for level in ("standby", "crisis"):
        words = crisis_words(visit.municipality, level, drill=False)
        in_all = [
            (OwnName(tag), plain(render(text, tag)), locale(tag).dir, current().review_status(tag) != "machine-drafted")
            for text in words
            for tag in visit.municipality.languages
        ]
        found.append((LEVEL_NAMES[level], in_all))
    return found


async def changed(visit: Visit) -> web.StreamResponse:
    """A new level; on the way back to calm, on to the review."""
    fields = visit.fields
    try:
        over = await _crisis(visit).change(
            visit.actor, fields.get("level", ""), fields.get("reason", ""), drill="drill" in fields
        )
    except Refused as refused:
        return await _level(visit, refused)
    if not over:
        return visit.go("/coach/level")
    found = await _crisis(visit).seen(visit.actor)
    return visit.go(f"/coach/level/{found.to_review}" if found.to_review else "/coach/level")


async def review(visit: Visit) -> web.StreamResponse:
    return await _review(visit)


async def _review(visit: Visit, said: Text | None = None) -> web.Response:
    try:
        found = await _crisis(visit).review(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return visit.page("console/review.html", seen=found, change=found.change, classes=CLASSES, said=said)


async def thanked(visit: Visit) -> web.StreamResponse:
    """Thanks to those who are ticked; the review is kept."""
    ids = {int(each) for each in visit.fields.get("who", "").split() if each.isdecimal() and len(each) < 16}
    try:
        count = await _crisis(visit).thank(
            visit.actor, int(visit.request.match_info["id"]), ids, visit.fields.get("words", "")
        )
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return await _review(visit, n_("{count} volunteer is thanked.", "{count} volunteers are thanked.", count))


async def situation(visit: Visit) -> web.StreamResponse:
    """Needs and volunteers by area and hour, empty places by reason, how fast people answer."""
    found = await SituationDesk(console(visit).desk.turns).seen(visit.actor)
    return visit.page(
        "console/situation.html", seen=found, standings=STANDINGS, names=LEVEL_NAMES,
        parts={each.id: each.label for each in HOURS},
    )  # fmt: skip


async def table(visit: Visit) -> web.StreamResponse:
    """Every shift to come, for a spreadsheet."""
    content = await SituationDesk(console(visit).desk.turns).table(visit.actor)
    headers = {"Content-Disposition": 'attachment; filename="shifts.csv"'}
    return web.Response(body=content, content_type="text/csv", charset="utf-8", headers=headers)


ROUTES = (
    Route("GET", "/coach/level", level),
    Route("POST", "/coach/level", changed),
    Route("GET", r"/coach/level/{id:\d{1,15}}", review),
    Route("POST", r"/coach/level/{id:\d{1,15}}", thanked),
    Route("GET", "/coach/situation", situation),
    Route("GET", "/coach/situation.csv", table),
)
