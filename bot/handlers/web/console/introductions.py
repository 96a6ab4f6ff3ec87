"""Introductions: who waits and why, who is proposed with whom, who has been asked, the first meeting. For coordinators.

How anybody is reached stands nowhere here. Whoever is reached by phone only has a link to their conversation, where that
somebody has looked is written down.
"""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from bot.flows.introductions import TITLES
from bot.handlers.web.bubbles import drawn
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, _, n_
from bot.introducing import Introducing
from bot.staff import Refused

PAGE = "/coach/introductions"


def _introducing(visit: Visit) -> Introducing:
    return Introducing(console(visit).desk.turns)


def _kind(visit: Visit) -> str:
    offered = visit.municipality.introductions.offered
    wanted = visit.fields.get("kind") or visit.request.query.get("kind", "")
    return wanted if wanted in offered else next(iter(offered), "")


async def introductions(visit: Visit) -> web.StreamResponse:
    """One kind of introductions, the first where none is named."""
    return await _page(visit)


async def _page(visit: Visit, refused: Refused | None = None, said: Text | None = None) -> web.Response:
    kind = _kind(visit)
    kinds = [(each, TITLES[each]) for each in visit.municipality.introductions.offered]
    seen = await _introducing(visit).seen(visit.actor, kind) if kind else None
    rules = visit.municipality.introductions.friends
    status = 200 if refused is None else 409 if refused.why == "gone" else 422
    return visit.page(
        "console/introductions.html", status=status, seen=seen, kind=kind, kinds=kinds, said=said,
        problem=refused.words if refused else None, typed=defaultdict(str, visit.fields),
        cards={each.seeker.id: drawn(each.card, visit.lang, visit.municipality.zone)
               for each in (*seen.waiting, *seen.aside)} if seen else {},
        today=visit.known().today, size=rules.size if rules else 2, zone=visit.municipality.zone,
    )  # fmt: skip


async def act(visit: Visit) -> web.StreamResponse:
    """Do one thing, then show what is."""
    try:
        said = await _done(visit)
    except Refused as refused:
        return await _page(visit, refused)
    return await _page(visit, said=said)


async def _done(visit: Visit) -> Text:
    desk, by, fields = _introducing(visit), visit.actor, visit.fields
    introduction, seeker = _number(visit, "introduction"), _number(visit, "seeker")
    match fields.get("do", ""):
        case "propose":
            made = await desk.propose(by, _kind(visit))
            new = n_("{count} new proposal.", "{count} new proposals.", made.new)
            waits = _("Still waiting: {count}. It stands beside each of them why.", count=made.waiting)
            return _("{made} {waits}", made=new, waits=waits)
        case "approve":
            await desk.approve(by, introduction)
            return _("They are asked now, each by themselves.")
        case "decline":
            await desk.decline(by, introduction)
            return _("That is not proposed any more. Nobody has heard of it.")
        case "let_go":
            await desk.let_go(by, introduction)
            return _("They are told kindly, and wait again.")
        case "go_on":
            await desk.go_on(by, introduction)
            return _("They are told that they meet.")
        case "yes" | "no" as answer:
            await desk.answer_for(by, introduction, seeker, yes=answer == "yes", contact=fields.get("contact", ""))
            return _("Their answer is noted.")
        case "aside":
            await desk.stand(by, seeker, "aside")
            return _("They are left out of what is proposed, and stay signed up.")
        case "waiting":
            await desk.stand(by, seeker, "waiting")
            return _("They are among those who are proposed again.")
        case "guardian" | "guardian_no" as how:
            await desk.guardian(by, seeker, agreed=how == "guardian")
            return _("It is noted, and they are told.")
        case "meet":
            await desk.meet(
                by, introduction, day=fields.get("day", ""), at=fields.get("time", ""), where=fields.get("place", ""),
                note=fields.get("note", ""), game=fields.get("game", ""),
            )  # fmt: skip
            return _("The first meeting is set. Everybody is told, and reminded the day before.")
    raise Refused("missing", _("That page does not know what you want to do. Look once more."))


def _number(visit: Visit, name: str) -> int:
    value = visit.fields.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 16 else 0


ROUTES = (Route("GET", PAGE, introductions), Route("POST", PAGE, act))
