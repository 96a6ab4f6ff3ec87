"""The queue, a case and what can be done with it, a conversation."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from aiohttp import web
from markupsafe import Markup

from bot.canned import Canned, canned
from bot.conduct import WARNINGS
from bot.desk import FILTERS, CaseSeen, Filter, Line, TalkSeen
from bot.flows.case_kinds import KINDS
from bot.flows.handed_in import paper_of
from bot.flows.interpreter import CODES, WAYS
from bot.flows.paper import Paper
from bot.flows.plan import plan_of
from bot.flows.read.people import national
from bot.handlers.web.bubbles import drawn, shown, without_links
from bot.handlers.web.console.guard import console
from bot.handlers.web.console.weaving import hows, to_be_asked
from bot.handlers.web.private_links import saved
from bot.handlers.web.site import Route, Visit, new_id
from bot.handoff import Actor
from bot.i18n import Value, content, plain, render
from bot.i18n.locales import TABLE
from bot.partnership_desk import PartnershipDesk
from bot.staff import Refused
from bot.translation import is_same
from bot.turn import STAFF_LOCALE

REMEMBERED_MAX = 20_000
SHOWN_MOST, SHOWN_BESIDE = 100, 30
"""So many lines of the queue stand on its page, and beside a case."""

STATUS = {"missing": 404, "held": 409, "closed": 409}
"""What a refusal is on the web; anything else is something to mend in the form."""


async def queue(visit: Visit) -> web.StreamResponse:
    """Everything that waits, the most pressing first."""
    query = visit.request.query
    chosen = {name: query[name][:40] for name in FILTERS if query.get(name)}
    found = await console(visit).desk.queue(visit.actor, Filter(**chosen))
    return visit.page("console/queue.html", queue=found, kinds=KINDS, filter_url=_filter_url(visit, found.filter),
                      searched=None, shown_most=SHOWN_MOST, lines=LINES.html(visit, found.lines[:SHOWN_MOST]))  # fmt: skip


async def search(visit: Visit) -> web.StreamResponse:
    """Cases with these words. Posted, so that what was searched for stands in no address and no log."""
    words = visit.fields.get("words", "").strip()[:200]
    if not words:
        return visit.go("/coach")
    found = await console(visit).desk.search(visit.actor, words)
    return visit.page("console/queue.html", queue=found, kinds=KINDS, filter_url=_filter_url(visit, found.filter),
                      searched=words, shown_most=SHOWN_MOST, lines=LINES.html(visit, found.lines[:SHOWN_MOST]))  # fmt: skip


@dataclass(slots=True)
class Lines:
    """Lines of the queue as HTML, remembered: most of them are the same for every colleague who looks."""

    made: dict[Hashable, str] = field(default_factory=dict)

    def html(self, visit: Visit, lines: Sequence[Line], current: int | None = None) -> Markup:
        if len(self.made) > REMEMBERED_MAX:
            self.made.clear()
        return Markup("").join(Markup(self._one(visit, line, line.id == current)) for line in lines)

    def _one(self, visit: Visit, line: Line, current: bool) -> str:
        key = (line, visit.lang, visit.url("/coach"), current)
        if key not in self.made:
            self.made[key] = visit.fragment("console/line.html", line=line, current=current)
        return self.made[key]


LINES = Lines()


@dataclass(frozen=True, slots=True)
class TalkSeenAt:
    """The times of a talk, in local time; see `storage.tables.talk_times` for `status`."""

    status: str
    times: Sequence[datetime]
    agreed_at: datetime | None
    where: str


def _filter_url(visit: Visit, now: Filter) -> Callable[..., str]:
    """The queue's address with one filter changed."""

    def url(**change: str) -> str:
        wanted = {name: getattr(now, name) for name in FILTERS} | change
        return visit.url(
            "/coach", **{name: value for name, value in wanted.items() if value not in ("", "all", "open")}
        )

    return url


async def case(visit: Visit) -> web.StreamResponse:
    """One case with all that belongs to it."""
    return await case_page(visit)


async def case_page(
    visit: Visit, refused: Refused | None = None, do: str = "", contact: tuple[str | None, str | None] | None = None
) -> web.Response:
    """A case, after what was refused, or with the resident's `contact` (e-mail address, number) in full."""
    case_id = int(visit.request.match_info["id"])
    desk = console(visit).desk
    try:
        found = await desk.case(visit.actor, case_id)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    beside, ready = await desk.queue(visit.actor, Filter()), _ready(visit, found)
    return visit.page(
        "console/case.html",
        status=STATUS.get(refused.why, 422) if refused else 200,
        seen=found,
        talk=found.talk,
        beside=LINES.html(visit, beside.lines[:SHOWN_BESIDE], case_id),
        problem=refused.words if refused else None,
        do=do,
        typed=defaultdict(str, visit.fields),
        context=drawn(found.context, visit.lang, visit.municipality.zone),
        agreed=drawn(found.agreed, visit.lang, visit.municipality.zone),
        has_paper=_paper(visit, found) is not None,
        today=visit.known().today,
        contact=contact,
        ready=ready,
        chosen=next((each for each in ready if each.id == visit.request.query.get("ready")), None),
        translates=visit.parts.turns.translates and not is_same(STAFF_LOCALE, found.line.locale or STAFF_LOCALE),
        other_language=not is_same(STAFF_LOCALE, found.line.locale or STAFF_LOCALE),
        spoken=CODES,
        topics=[(topic.id, content(topic.title)) for topic in visit.municipality.topics],
        ways=WAYS,
        warnings_max=len(WARNINGS),
        talk_time=await _talk_time(visit, found),
        projects_here=bool(visit.municipality.networks.project_steps),
        new_id=new_id,
        to_be_asked=await to_be_asked(visit),
        asked_hows=hows(),
        **_talk_pieces(visit, found.talk),
    )


async def _talk_time(visit: Visit, seen: CaseSeen) -> TalkSeenAt | None:
    """The proposed or agreed times of a talk about working together."""
    found = (
        await PartnershipDesk(visit.parts.turns).talk_of(seen.line.id) if seen.line.kind.name == "dialogue" else None
    )
    if found is None:
        return None
    zone = visit.municipality.zone
    times = [datetime.fromisoformat(each).astimezone(zone) for each in (found.said or {}).get("times", ())]
    where = str((found.said or {}).get("where") or "")
    return TalkSeenAt(found.status, times, found.agreed_at.astimezone(zone) if found.agreed_at else None, where)


def _ready(visit: Visit, seen: CaseSeen) -> list[Canned]:
    """The ready answers, for the resident's language."""
    values: dict[str, Value] = {"name": visit.actor.name}
    if seen.line.who:
        values["person"] = seen.line.who
    if seen.case.answer_by is not None:
        values["time"] = seen.case.answer_by.astimezone(visit.municipality.zone)
    return canned(
        visit.municipality, seen.line.locale or visit.municipality.languages[0], values, staff_locale=visit.lang
    )


def _talk_pieces(visit: Visit, talk: TalkSeen) -> dict[str, Any]:
    arranged = shown(talk.messages, talk.state, visit.municipality.zone, talk.signs)
    return {
        "last_id": arranged.last_id,
        "bubbles": [replace(each, html=without_links(each.html)) for each in arranged.bubbles],
        "phone": national(talk.phone) if talk.phone else None,
        "plan_card": drawn(talk.plan_card, visit.lang, visit.municipality.zone),
    }


async def talk(visit: Visit) -> web.StreamResponse:
    """One conversation, where there is no case, or beside it; posted, with the resident's address and number in full."""
    desk, conversation_id = console(visit).desk, int(visit.request.match_info["id"])
    try:
        contact = await desk.contact(visit.actor, conversation_id) if visit.request.method == "POST" else None
        found = await desk.talk(visit.actor, conversation_id)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return visit.page("console/talk.html", talk=found, contact=contact, new_id=new_id, **_talk_pieces(visit, found))


async def danger_seen(visit: Visit) -> web.StreamResponse:
    """A person has read what was said where there may be danger."""
    conversation_id = int(visit.request.match_info["id"])
    try:
        await console(visit).desk.talk(visit.actor, conversation_id)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    await console(visit).desk.danger_seen(visit.actor, conversation_id)
    return visit.go(f"/coach/talks/{conversation_id}")


async def plan_file(visit: Visit) -> web.StreamResponse:
    """The resident's plan as a PDF."""
    try:
        found = await console(visit).desk.talk(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    if found.plan is None:
        raise web.HTTPNotFound
    place = visit.municipality
    content = await asyncio.to_thread(
        visit.parts.plan_pdf, plan_of(found.plan.answers, found.plan.made_on), url=None, made_on=found.plan.made_on,
        locale=found.plan.locale if found.plan.locale in TABLE else visit.lang, municipality_name=place.name,
        lab=place.lab or place.name,
    )  # fmt: skip
    headers = {"Content-Disposition": 'inline; filename="plan.pdf"'}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


async def paper_file(visit: Visit) -> web.StreamResponse:
    """What was handed in, as a PDF."""
    try:
        found = await console(visit).desk.case(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    paper, place = _paper(visit, found), visit.municipality
    if paper is None:
        raise web.HTTPNotFound
    content = await asyncio.to_thread(
        visit.parts.plan_pdf, paper, url=None, made_on=found.case.created_at.astimezone(place.zone).date(),
        locale=visit.lang, municipality_name=place.name, lab=place.lab or place.name,
    )  # fmt: skip
    headers = {"Content-Disposition": f'inline; filename="{found.case.kind}-{found.case.id}.pdf"'}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


async def sent_file(visit: Visit) -> web.StreamResponse:
    """A file that came with a message of the conversation, to be saved."""
    try:
        found = await console(visit).desk.case(visit.actor, int(visit.request.match_info["id"]))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return await saved(visit, found.talk.conversation_id, int(visit.request.match_info["message"]))


def _paper(visit: Visit, seen: CaseSeen) -> Paper | None:
    """The page of what was handed in; None for other cases, and when the pack no longer has its support."""
    case = seen.case
    if not seen.line.kind.handed_in:
        return None
    return paper_of(case.context["flow"], case.context["answers"], visit.municipality, case.created_at)


# --- acts -----------------------------------------------------------------------------------------------------------

Act = Callable[[Visit, Actor, int, str], Awaitable[None]]


def act(name: str, do: Act, *, stay: bool = True) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """A page that does one thing with a case, then shows it again; what was written is kept when it is refused."""

    async def done(visit: Visit) -> web.StreamResponse:
        case_id = int(visit.request.match_info["id"])
        try:
            await do(visit, visit.actor, case_id, visit.fields.get("id", "") or new_id())
        except Refused as refused:
            if visit.wants_json():
                words = plain(render(refused.words, visit.lang, zone=visit.municipality.zone))
                return web.json_response({"problem": words}, status=STATUS.get(refused.why, 422))
            return await case_page(visit, refused, name)
        if visit.wants_json():
            return web.json_response({})
        return visit.go(f"/coach/cases/{case_id}" if stay else "/coach")

    return done


async def _claim(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.claim(by, case_id, key)


async def _release(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.release(by, case_id, key)


async def _assign(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    to, had = visit.fields.get("to", ""), visit.fields.get("had", "")
    await console(visit).handoff.assign(
        by, case_id, key, int(to) if to.isdecimal() else 0, expected=int(had) if had.isdecimal() else None
    )


async def _note(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.note(by, case_id, key, visit.fields.get("words", ""))


async def _answer(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    fields, then = visit.fields, visit.fields.get("do")
    await console(visit).handoff.answer(
        by, case_id, key, fields.get("words", ""), in_swedish=fields.get("in_swedish", ""),
        then="stay" if then == "stay" else "close" if then == "close" else "bot", translate="translate" in fields,
    )  # fmt: skip


async def _refer(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    fields = visit.fields
    await console(visit).handoff.refer(
        by, case_id, key, fields.get("whom", ""), fields.get("words", ""), close=_closing(visit)
    )


async def _step(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    step, day = visit.fields.get("step", ""), _day(visit)
    await console(visit).handoff.next_step(by, case_id, key, step, day, close=_closing(visit))


async def _place(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.give_place(by, case_id, key, _day(visit))


async def _granted(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    fields = visit.fields
    said = "".join(fields.get("amount", "").removesuffix("kr").split())
    amount = int(said) if said.isdecimal() and len(said) < 12 else None
    await console(visit).handoff.grant(
        by, case_id, key, amount_sek=amount, day=_day(visit, date(9000, 1, 1)),
        organisation=fields.get("organisation", ""), title=fields.get("title", ""),
    )  # fmt: skip


def _day(visit: Visit, none: date = date(2000, 1, 1)) -> date:
    """The day that was chosen; where none was, one that is over (or `none`), and is refused as such."""
    try:
        return date.fromisoformat(visit.fields.get("day", ""))
    except ValueError:
        return none


async def _board(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.show_post(by, case_id, key, visit.fields.get("words", ""))


async def _down(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.take_down(by, case_id, key, visit.fields.get("words", ""))


async def _room(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    fields = visit.fields
    if fields.get("do") in ("yes", "no"):
        await console(visit).handoff.lend(by, case_id, key, fields.get("words", ""), approve=fields["do"] == "yes")


async def _close(visit: Visit, by: Actor, case_id: int, key: str) -> None:
    await console(visit).handoff.close(by, case_id, key)


def _closing(visit: Visit) -> bool:
    return visit.fields.get("do") == "close"


CASE = r"/coach/cases/{id:\d{1,15}}"
_TALK = r"/coach/talks/{id:\d{1,15}}"

ROUTES = (
    Route("GET", "/coach", queue),
    Route("POST", "/coach/search", search),
    Route("GET", CASE, case),
    Route("GET", f"{CASE}/paper.pdf", paper_file),
    Route("GET", rf"{CASE}/file/{{message:\d{{1,15}}}}", sent_file),
    Route("POST", f"{CASE}/claim", act("claim", _claim)),
    Route("POST", f"{CASE}/release", act("release", _release)),
    Route("POST", f"{CASE}/assign", act("assign", _assign)),
    Route("POST", f"{CASE}/note", act("note", _note)),
    Route("POST", f"{CASE}/answer", act("answer", _answer)),
    Route("POST", f"{CASE}/refer", act("refer", _refer)),
    Route("POST", f"{CASE}/step", act("step", _step)),
    Route("POST", f"{CASE}/board", act("board", _board)),
    Route("POST", f"{CASE}/down", act("down", _down)),
    Route("POST", f"{CASE}/place", act("place", _place)),
    Route("POST", f"{CASE}/granted", act("granted", _granted)),
    Route("POST", f"{CASE}/room", act("room", _room)),
    Route("POST", f"{CASE}/close", act("close", _close, stay=False)),
    Route("GET", _TALK, talk),
    Route("POST", f"{_TALK}/contact", talk),
    Route("POST", f"{_TALK}/seen", danger_seen),
    Route("GET", f"{_TALK}/plan.pdf", plan_file),
)
__all__ = ["ROUTES", "CaseSeen"]
