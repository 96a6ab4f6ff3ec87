"""Projects in the console: the list by step, area and age; one with everything in it; a new one of a case, a plan or an idea."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from bot.flows.project import date_words, entry_words, step_words
from bot.handlers.web.console.guard import console
from bot.handlers.web.projects import chart, sent_file
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import Text, content
from bot.project_desk import Projects
from bot.projects import date_seen, entry_seen
from bot.staff import Refused

OF = ("case", "post", "plan", "talk")
"""What a project can be made of, as the address names it."""


def _desk(visit: Visit) -> Projects:
    return Projects(console(visit).desk.turns)


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 16 else 0


async def listed(visit: Visit) -> web.StreamResponse:
    """The list, and how many there are at each step."""
    query, place = visit.request.query, visit.municipality
    step, area = _number(query.get("step", "")) or None, query.get("area", "")[:80]
    over, oldest = query.get("over") == "1", query.get("oldest") == "1"
    found, counts = await _desk(visit).listed(visit.actor, step=step, area=area, over=over, oldest=oldest)
    now = visit.parts.now()

    def url(**change: str) -> str:
        wanted = {
            "step": str(step or ""),
            "area": area,
            "over": "1" if over else "",
            "oldest": "1" if oldest else "",
        } | change
        return visit.url("/coach/projects", **{name: value for name, value in wanted.items() if value})

    return visit.page(
        "console/projects.html", counts=counts, step=step, area=area, over=over, oldest=oldest, filter_url=url,
        steps={each.number: content(each.title) for each in place.networks.project_steps},
        projects=[{"project": each, "step": step_words(each.step, place), "days": max(0, (now - each.step_at).days)} for each in found],
    )  # fmt: skip


async def new(visit: Visit) -> web.StreamResponse:
    """What it would be made of, and the form."""
    return await _new(visit)


async def _new(visit: Visit, problem: Text | None = None) -> web.Response:
    query = visit.fields if visit.request.method == "POST" else visit.request.query
    of = {name: _number(query.get(name, "")) for name in OF}
    source = None
    if any(of.values()):
        try:
            source = await _desk(visit).source(visit.actor, **_of(of))
        except Refused as refused:
            problem = problem or refused.words
    if source is not None and source.there is not None and problem is None:
        return visit.go(f"/coach/projects/{source.there}")
    typed = defaultdict(str, visit.fields)
    if source is not None and visit.request.method != "POST":
        typed.update({"title": source.title, "what": source.what, "area": source.area or "", "step": "4"})
    return visit.page(
        "console/project_new.html", status=422 if problem and visit.request.method == "POST" else 200, problem=problem, of=of,
        source=source, typed=typed, id=new_id(),
        steps=[(str(each.number), content(each.title)) for each in visit.municipality.networks.project_steps],
    )  # fmt: skip


def _of(of: dict[str, int]) -> dict[str, int]:
    return {f"{'conversation' if name == 'talk' else name}_id": number for name, number in of.items()}


async def made(visit: Visit) -> web.StreamResponse:
    """Ask the owner."""
    fields = visit.fields
    of = {name: _number(fields.get(name, "")) for name in OF}
    try:
        id = await _desk(visit).begin(
            visit.actor, fields.get("id", "") or new_id(), title=fields.get("title", ""), what=fields.get("what", ""),
            step=_number(fields.get("step", "")), area=fields.get("area", "")[:80], name=fields.get("name", ""),
            said_yes=fields.get("said_yes") == "yes", **_of(of),
        )  # fmt: skip
    except Refused as refused:
        return await _new(visit, refused.words)
    return visit.go(f"/coach/projects/{id}")


async def project(visit: Visit) -> web.StreamResponse:
    return await _project(visit)


async def _project(visit: Visit, refused: Refused | None = None, do: str = "") -> web.Response:
    place = visit.municipality
    try:
        seen = await _desk(visit).one(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    entries = [entry_seen(each) for each in seen.entries]
    return visit.page(
        "console/project.html", status=422 if refused else 200, seen=seen, project=seen.project, do=do,
        problem=refused.words if refused else None, typed=defaultdict(str, visit.fields if refused else {}),
        chart=chart(seen.project.step, place, visit.dir), new_id=new_id,
        entries=[{**each, "said": entry_words(each, place), "when": datetime.fromisoformat(each["at"])} for each in entries],
        dates=[date_words(date_seen(each), place) for each in seen.dates],
        steps=[(each.number, content(each.title)) for each in place.networks.project_steps],
    )  # fmt: skip


Act = Callable[[Visit, int, str], Awaitable[None]]


def _act(name: str, do: Act) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """Something done with a project; what was typed stays when something has to be mended."""

    async def page(visit: Visit) -> web.StreamResponse:
        id = int(visit.request.match_info["id"])
        try:
            await do(visit, id, visit.fields.get("id", "") or new_id())
        except Refused as refused:
            return await _project(visit, refused, name)
        return visit.go(f"/coach/projects/{id}")

    return page


async def _move(visit: Visit, id: int, key: str) -> None:
    fields = visit.fields
    await _desk(visit).move(visit.actor, id, key, seen_at=_number(fields.get("seen_at", "")), to=_number(fields.get("to", "")),
                            why=fields.get("words", ""))  # fmt: skip


async def _note(visit: Visit, id: int, key: str) -> None:
    await _desk(visit).note(visit.actor, id, key, visit.fields.get("words", ""), to_all=visit.fields.get("do") == "all")


async def _need(visit: Visit, id: int, key: str) -> None:
    await _desk(visit).post_need(
        visit.actor, id, key, _number(visit.fields.get("entry", "")), visit.fields.get("words", "")
    )


async def _hide(visit: Visit, id: int, key: str) -> None:
    await _desk(visit).hide(visit.actor, id, key, visit.fields.get("words", ""))


async def _end(visit: Visit, id: int, key: str) -> None:
    fields = visit.fields
    await _desk(visit).end(
        visit.actor, id, key, how=fields.get("how", ""), outcome=fields.get("words", ""), whom=fields.get("whom", "")
    )


async def project_file(visit: Visit) -> web.StreamResponse:
    """A file that somebody has put into it, to be saved."""
    try:
        seen = await _desk(visit).one(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return await sent_file(visit, seen)


_ONE = r"/coach/projects/{id:\d{1,15}}"
ROUTES = (
    Route("GET", "/coach/projects", listed),
    Route("GET", "/coach/projects/new", new),
    Route("POST", "/coach/projects/new", made),
    Route("GET", _ONE, project),
    Route("GET", rf"{_ONE}/file/{{entry:\d{{1,15}}}}", project_file),
    Route("POST", f"{_ONE}/move", _act("move", _move)),
    Route("POST", f"{_ONE}/note", _act("note", _note)),
    Route("POST", f"{_ONE}/need", _act("need", _need)),
    Route("POST", f"{_ONE}/hide", _act("hide", _hide)),
    Route("POST", f"{_ONE}/end", _act("end", _end)),
)
