"""Messages to many: the list, writing one beside the phone it arrives on, a second person's yes, and following it.

For senders, coordinators and the process leader.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Final

from aiohttp import web
from markupsafe import Markup

from bot.broadcast_form import Filled, fields_of, filled
from bot.broadcast_views import (
    REASONS,
    STATUSES,
    Counted,
    Progress,
    Row,
    Seen,
    answer_label,
    answers_of,
    body_of,
    missing_in,
)
from bot.broadcasting import MAY_APPROVE, Broadcasts, version_of
from bot.flows.heard import BUTTONS, MASTER, OPTIONS_MAX, flow_labels, said_in
from bot.flows.news import AGES
from bot.flows.read.languages import WELL
from bot.handlers.web.bubbles import safe
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import OwnName, Text, _, content, p_
from bot.listening import IDEA_OWNER, NETWORK, VOLUNTEER
from bot.pictures import PICTURE_BYTES_MAX, looked_at
from bot.staff import Refused

CHANNELS: Final[Mapping[str, Text]] = {
    # TRANSLATORS: where a message to many is read.
    "telegram": p_("broadcast", "Telegram"),
    "web": p_("broadcast", "Web chat"),
    "mail": p_("broadcast", "Letter"),
}

ROLES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: whom a message to many may go to.
    VOLUNTEER: p_("broadcast", "Those who have offered help"),
    IDEA_OWNER: p_("broadcast", "Those who have an idea"),
    NETWORK: p_("broadcast", "Members of a network"),
}

UNDER_WAY: Final = ("sending", "paused", "done", "cancelled")
"""Statuses in which a broadcast that has begun is followed."""


def _desk(visit: Visit) -> Broadcasts:
    return Broadcasts(console(visit).desk.turns)


# --- the list ---------------------------------------------------------------------------------------------------------


async def news(visit: Visit) -> web.StreamResponse:
    """The messages that are not over, or those that are."""
    return await _news(visit)


async def _news(visit: Visit, problem: Text | None = None) -> web.Response:
    over = visit.request.query.get("over") == "1"
    lines = await _desk(visit).listed(visit.actor, over=over)
    status = 422 if problem else 200
    return visit.page("console/news.html", status=status, lines=lines, over=over, id=new_id(), problem=problem)


async def made(visit: Visit) -> web.StreamResponse:
    """A new draft, empty or about a need."""
    need = visit.fields.get("need", "")
    need_id = int(need) if need.isdecimal() and len(need) < 16 else None
    try:
        id = await _desk(visit).create(visit.actor, visit.fields.get("id", "") or new_id(), need_id=need_id)
    except Refused as refused:
        return await _news(visit, refused.words)
    return visit.go(f"/coach/news/{id}")


# --- one of them ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Phone:
    """A message as it arrives: `rows` of buttons in Telegram in the order they stand in from left to right, `pills` in the
    web chat."""

    tag: str
    channel: str
    lang: str
    dir: str
    html: Markup
    rows: list[list[str]]
    pills: list[str]
    letter: Mapping[str, Any]
    picture: bool


def _phone(visit: Visit, row: Row, seen: Seen, tag: str, channel: str) -> Phone:
    shown = {**row.content, "swedish_last": True} if seen.in_crisis else row.content
    as_sent = replace(row, content=shown)
    body = body_of(as_sent, tag, visit.municipality, drill=seen.drill)
    html, rows = console(visit).in_telegram(body)
    return Phone(
        tag, channel, str(body["lang"]), str(body["dir"]), safe(html if channel == "telegram" else str(body["html"])),
        [[each["text"] for each in row] for row in rows], [str(each["label"]) for each in body.get("choices", ())],
        _desk(visit).letter(visit.actor, as_sent, tag), row.file_id is not None,
    )  # fmt: skip


def _chosen(visit: Visit) -> tuple[str, str]:
    """The language and channel to show: pressed last in a form, or named in the address."""
    said = {**visit.request.query, **visit.fields}
    tag, channel = (said.get("show", "").split() or [""])[-1], (said.get("on", "").split() or [""])[-1]
    return tag if tag in visit.municipality.languages else MASTER, channel if channel in CHANNELS else "telegram"


async def one(visit: Visit) -> web.StreamResponse:
    return await _one(visit)


def _id(visit: Visit) -> int:
    return int(visit.request.match_info["id"])


async def _one(visit: Visit, refused: Refused | None = None, do: str = "", said: Text | None = None) -> web.Response:
    """A draft to write on, one to say yes to, or one to follow; after an act, with what came of it."""
    desk = _desk(visit)
    try:
        seen = await desk.seen(visit.actor, _id(visit))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    problem = refused.words if refused else None
    status = 422 if refused else 200
    if seen.row.status == "draft":
        typed = fields_of(seen.row.content, seen.row.segment, seen.row.need_id, visit.municipality)
        if seen.row.urgent:
            typed |= {"urgent": "yes", "reason": seen.row.urgent}
        return await _compose(visit, seen, typed, problem=problem, said=said, status=status)
    tag, channel = _chosen(visit)
    common: dict[str, Any] = {"seen": seen, "row": seen.row, "problem": problem, "do": do, "said": said, "id": new_id(),
                              "statuses": STATUSES, "channels": CHANNELS, "languages": visit.municipality.languages,
                              "phone": _phone(visit, seen.row, seen, tag, channel)}  # fmt: skip
    if seen.row.status in UNDER_WAY and (seen.row.started_at is not None or seen.row.status in ("done", "cancelled")):
        progress = await desk.progress(visit.actor, seen.row.id)
        doubtful = await desk.doubtful(visit.actor, seen.row.id) if progress.doubtful else []
        return visit.page(
            "console/news_follow.html", status=status, **common, **_progress(visit, seen.row, progress),
            doubtful=doubtful, may_approve=bool(visit.actor.roles & MAY_APPROVE),
        )  # fmt: skip
    return visit.page(
        "console/news_waits.html", status=status, **common, version=version_of(seen.row), may_approve=bool(visit.actor.roles & MAY_APPROVE),
        missing=seen.missing, typed=defaultdict(str, visit.fields),
    )  # fmt: skip


async def _compose(
    visit: Visit, seen: Seen, typed: Mapping[str, str], *, problem: Text | None = None,
    problems: Mapping[str, Text] | None = None, said: Text | None = None, status: int = 200, changed: bool = False, unsaved: bool = False,
) -> web.Response:  # fmt: skip
    """The page to write on. What was typed stands in its fields, whatever has become of it."""
    desk, actor, place = _desk(visit), visit.actor, visit.municipality
    read = filled(typed, place)
    row = replace(seen.row, content=read.content)
    if unsaved:  # what stands in the form, not what is stored
        counted = await desk.count(actor, read.segment, answers_id=row.answers_id)
        seen = replace(seen, counted=counted, missing=missing_in(read.content, place, counted.locales))
    tag, channel = _chosen(visit)
    needs = [
        each for each in await console(visit).coordination.needs(actor) if each.need.kind == "shift" and each.places
    ]
    earlier = [(line, answers_of(line.row.content)) for line in await desk.earlier(actor) if line.row.id != row.id]
    return visit.page(
        "console/news_write.html", status=status, seen=seen, row=row, typed=defaultdict(str, typed), problem=problem,
        problems=problems or {}, said=said, changed=changed, unsaved=unsaved, version=visit.fields.get("version", "") if unsaved else version_of(seen.row), buttons=BUTTONS,
        flows=flow_labels(), needs=needs, earlier=earlier, answer_label=answer_label, kept=await desk.segments(actor),
        groups=_groups(visit), areas=[(str(at), each.name) for at, each in enumerate(place.areas)], roles=_role_boxes(),
        skills=[(each.id, content(each.name)) for each in place.skills.skills], counted=seen.counted,
        phone=_phone(visit, row, seen, tag, channel), channels=CHANNELS, languages=place.languages, master=MASTER,
        states=_states(read.content, place.languages), options_max=OPTIONS_MAX, today=visit.known().today,
        may_approve=bool(actor.roles & MAY_APPROVE),
    )  # fmt: skip


def _groups(visit: Visit) -> list[tuple[str, Text, list[tuple[str, Any]]]]:
    """What recipients are chosen by: the field, what it is called, and its boxes."""
    place = visit.municipality
    return [
        ("topics", _("What they want to hear about"), [(each.id, content(each.title)) for each in place.news.topics]),
        ("areas", _("Where they want to hear from"), [(str(at), each.name) for at, each in enumerate(place.areas)]),
        ("roles", _("Who they are"), _role_boxes()),
        ("skills", _("What they can do"), [(each.id, content(each.name)) for each in place.skills.skills]),
        ("spoken", _("Languages they speak"), [(each.id, each.label) for each in WELL]),
        ("locales", _("The language they read with us"), [(tag, _("{value}", value=OwnName(tag))) for tag in place.languages]),
        ("bands", _("Age, where they have told it"), [(each.id, each.label) for each in AGES if each.id.isdecimal()]),
    ]  # fmt: skip


def _role_boxes() -> list[tuple[str, Text]]:
    return [(id.replace(" ", "_"), words) for id, words in ROLES.items()]


def _states(content: Mapping[str, Any], tags: tuple[str, ...]) -> dict[str, str]:
    """How far each language is: "there", "swedish" (the marked Swedish text goes out), "missing"."""
    fallback = content.get("fallback") or ()
    return {
        tag: "there" if not said_in(content, tag)[1] else "swedish" if tag in fallback else "missing" for tag in tags
    }


async def count(visit: Visit) -> web.StreamResponse:
    """What is in the form now: whom it would reach, and how it looks there. Nothing is kept."""
    desk = _desk(visit)
    try:
        seen = await desk.seen(visit.actor, _id(visit))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    read = filled(visit.fields, visit.municipality)
    counted: Counted = await desk.count(visit.actor, read.segment, answers_id=seen.row.answers_id)
    tag, channel = _chosen(visit)
    row = replace(seen.row, content=read.content)
    return web.json_response(
        {
            "count": visit.fragment("console/news_count.html", counted=counted, channels=CHANNELS, row=row),
            "phone": visit.fragment(
                "console/news_phone.html", row=row, phone=_phone(visit, row, seen, tag, channel), channels=CHANNELS,
                languages=visit.municipality.languages, ways="buttons",
            ),
            "states": _states(read.content, visit.municipality.languages),
        }
    )  # fmt: skip


async def picture(visit: Visit) -> web.StreamResponse:
    """The picture that goes along."""
    try:
        mime, content = await _desk(visit).picture(visit.actor, _id(visit))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return web.Response(body=content, content_type=mime)


# --- written ----------------------------------------------------------------------------------------------------------


async def written(visit: Visit) -> web.StreamResponse:
    """Keep what was written, and do what was pressed with it: try it, choose others, have it sent."""
    desk, do = _desk(visit), visit.fields.get("do", "show")
    try:
        seen = await desk.seen(visit.actor, _id(visit))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    found = filled(visit.fields, visit.municipality)
    sent, refused = await _sent_picture(visit)
    if refused is not None:
        return await _compose(visit, seen, visit.fields, problems={"picture": refused}, status=422, unsaved=True)
    version = "" if visit.fields.get("anyway") else visit.fields.get("version", "")
    try:
        await desk.save(visit.actor, seen.row.id, found, picture=sent, version=version)
    except Refused as why:
        return await _compose(visit, seen, visit.fields, problem=why.words, status=422, unsaved=True,
                              changed=why.why == "changed")  # fmt: skip
    if found.problems and do in ("ask", "test"):
        seen = await desk.seen(visit.actor, seen.row.id)
        return await _compose(visit, seen, visit.fields, problems=found.problems, status=422)
    try:
        said = await _DO.get(do, _saved)(visit, seen.row.id, found)
    except Refused as why:
        seen = await desk.seen(visit.actor, seen.row.id)
        return await _compose(visit, seen, visit.fields, problem=why.words, status=422)
    return visit.go(f"/coach/news/{seen.row.id}") if said is None else await _one(visit, said=said)


async def _sent_picture(visit: Visit) -> tuple[tuple[str, bytes] | None, Text | None]:
    """The picture that was sent along with the form, or why it cannot be taken."""
    posted = visit.files.get("picture")
    if posted is None:
        return None, None
    sent = await asyncio.to_thread(posted.file.read, PICTURE_BYTES_MAX + 1)
    mime, why = looked_at(sent)
    return (None, why) if why is not None else ((mime, sent), None)


async def _saved(visit: Visit, id: int, found: Filled) -> Text:
    if "do" not in visit.fields:
        return _("Saved, and shown as it arrives.")
    return _("Saved. Nothing has been sent.")


async def _no_picture(visit: Visit, id: int, found: Filled) -> Text:
    await _desk(visit).drop_picture(visit.actor, id)
    return _("The picture is taken away.")


def _number(visit: Visit, name: str) -> int:
    value = visit.fields.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 16 else 0


async def _use(visit: Visit, id: int, found: Filled) -> Text:
    await _desk(visit).use_segment(visit.actor, id, _number(visit, "kept"))
    return _("It goes to those whom you had kept.")


async def _drop(visit: Visit, id: int, found: Filled) -> Text:
    await _desk(visit).drop_segment(visit.actor, _number(visit, "kept"))
    return _("That choice is no longer kept.")


async def _keep(visit: Visit, id: int, found: Filled) -> Text:
    await _desk(visit).keep_segment(visit.actor, id, visit.fields.get("name", ""))
    return _("Kept. You find it under the same name in the next message.")


async def _test(visit: Visit, id: int, found: Filled) -> Text:
    chosen = visit.fields.get("test", "").split()
    tags = [tag for tag in visit.municipality.languages if tag in chosen]
    if not tags:
        raise Refused("empty", _("Choose the languages that you want to try it in."))
    return await _desk(visit).test(visit.actor, id, tags)


async def _ask(visit: Visit, id: int, found: Filled) -> None:
    fields = visit.fields
    at = None
    if fields.get("when") == "later":
        try:
            at = datetime.combine(
                date.fromisoformat(fields.get("send-day", "")), time.fromisoformat(fields.get("send-time", "")),
                visit.municipality.zone,
            )  # fmt: skip
        except ValueError:
            raise Refused("empty", _("Choose the day and the time when it is to be sent.")) from None
    urgent = fields.get("reason", "").strip() if fields.get("urgent") else ""
    if fields.get("urgent") and not urgent:
        raise Refused("empty", _("Write why it cannot wait until the morning."))
    await _desk(visit).ask(visit.actor, id, at=at, urgent=urgent)


_DO: Final[Mapping[str, Callable[[Visit, int, Filled], Awaitable[Text | None]]]] = {
    "no-picture": _no_picture,
    "use": _use,
    "drop": _drop,
    "keep": _keep,
    "test": _test,
    "ask": _ask,
}
"""What the buttons of the form do, after what was written is kept."""


# --- approved, sent, followed -----------------------------------------------------------------------------------------

Act = Callable[[Visit, int], Awaitable["Text | None"]]


def _act(name: str, do: Act) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """A page that does one thing with a message, then shows it again."""

    async def act(visit: Visit) -> web.StreamResponse:
        try:
            said = await do(visit, _id(visit))
        except Refused as refused:
            return await _one(visit, refused, name)
        return visit.go(f"/coach/news/{_id(visit)}") if said is None else await _one(visit, said=said)

    return act


async def _approve(visit: Visit, id: int) -> None:
    await _desk(visit).approve(visit.actor, id, version=visit.fields.get("version", ""))


async def _back(visit: Visit, id: int) -> None:
    await _desk(visit).give_back(visit.actor, id, visit.fields.get("words", ""))


async def _pause(visit: Visit, id: int) -> None:
    await _desk(visit).pause(visit.actor, id)


async def _resume(visit: Visit, id: int) -> None:
    await _desk(visit).resume(visit.actor, id)


async def _stop(visit: Visit, id: int) -> None:
    if visit.fields.get("sure") != "yes":
        raise Refused("empty", _("Nothing has been stopped. Press the button that says that you are sure."))
    await _desk(visit).cancel(visit.actor, id)


async def _resend(visit: Visit, id: int) -> Text:
    sent = await _desk(visit).resend(visit.actor, id)
    return _("Sent once more: {count}.", count=sent)


async def outcome(visit: Visit) -> web.StreamResponse:
    """A draft that tells those who answered what came of it."""
    id = _id(visit)
    try:
        made = await _desk(visit).create(visit.actor, visit.fields.get("id", "") or new_id(), answers_id=id)
    except Refused as refused:
        return await _one(visit, refused)
    return visit.go(f"/coach/news/{made}")


async def progress(visit: Visit) -> web.StreamResponse:
    """How far it has come, as the piece of the page that changes."""
    desk = _desk(visit)
    try:
        row, found = await desk.followed(visit.actor, _id(visit))
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    return visit.page("console/news_progress.html", row=row, statuses=STATUSES, **_progress(visit, row, found))


def _progress(visit: Visit, row: Row, found: Progress) -> dict[str, Any]:
    answers = [
        (answer_label(row.content, each, visit.lang), found.answers.get(each, 0)) for each in answers_of(row.content)
    ]
    return {
        "found": found, "answers": answers, "reasons": REASONS, "minutes": -(-(found.left_s or 0) // 60),
        "most_answers": max((count for _words, count in answers), default=0),
    }  # fmt: skip


_NEWS = r"/coach/news/{id:\d{1,15}}"

ROUTES = (
    Route("GET", "/coach/news", news),
    Route("POST", "/coach/news", made),
    Route("GET", _NEWS, one),
    Route("POST", _NEWS, written),
    Route("POST", f"{_NEWS}/count", count),
    Route("GET", f"{_NEWS}/picture", picture),
    Route("POST", f"{_NEWS}/approve", _act("approve", _approve)),
    Route("POST", f"{_NEWS}/back", _act("back", _back)),
    Route("POST", f"{_NEWS}/pause", _act("pause", _pause)),
    Route("POST", f"{_NEWS}/resume", _act("resume", _resume)),
    Route("POST", f"{_NEWS}/stop", _act("stop", _stop)),
    Route("POST", f"{_NEWS}/resend", _act("resend", _resend)),
    Route("POST", f"{_NEWS}/outcome", outcome),
    Route("GET", f"{_NEWS}/progress", progress),
)
