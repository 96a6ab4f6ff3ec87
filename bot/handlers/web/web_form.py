"""A flow as one web form: filled in, checked, reviewed, sent. Also opened inside Telegram, as the same form.

Nothing typed is lost on the way, and nothing reaches the municipality before the last button (the person's own space,
languages-and-rights.md C3). Every step is a plain post, so it all works without JavaScript.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.flows.form import ABOUT, Field, Filled, Section, about, read_form, sections, started_with
from bot.flows.help_me import danger_words
from bot.flows.model import Card, Flow, Input, Known, lookup_key
from bot.flows.path import answered
from bot.flows.promises import notice_words
from bot.flows.read import Control
from bot.handlers.web.bubbles import CardShown, inline
from bot.handlers.web.site import Route, Visit, new_id, new_token
from bot.handlers.web.web_chat import take
from bot.i18n.locales import from_platform, locale
from bot.packs.model.introductions import KINDS
from bot.rules.understand import danger
from bot.update import Update
from bot.wording import Words

FORMS = (
    "idea",
    "premises",
    "grants",
    "contact",
    "volunteer",
    "help_me",
    "board_need",
    "obstacle",
    "survey",
    *KINDS,
    "give_item",
    "need_item",
)
"""Flows offered as a form by themselves."""
GOODS_FORMS = frozenset({"give_item", "need_item"})
BEFORE = {"help_me": danger_words()}
"""What stands above a form, where something has to come first."""
SESSION_COOKIE = "idelabbet_form"
SESSION_S = 3600
NAME = re.compile(r"[a-z_]+(\.[a-z_0-9]+){1,5}\Z")
ROWS_FIRST = 2
ROWS_MAX = 40


@dataclass(frozen=True, slots=True)
class Row:
    """Controls that belong together: a line of a list. `number` is None for those of a plain question."""

    number: int | None
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the form with its controls in rows. `id` names it on the page."""

    field: Field
    rows: tuple[Row, ...]
    may_grow: bool

    @property
    def id(self) -> str:
        return "-".join(self.field.path)

    @property
    def name(self) -> str:
        return ".".join(self.field.path)

    def value(self, control: Control) -> str:
        return self.field.values.get(control.name, "")


# --- pages ----------------------------------------------------------------------------------------------------------


async def form(visit: Visit) -> web.StreamResponse:
    """The form, with what the person has answered in the chat already."""
    flow = _flow(visit)
    answers = visit.talk.under_way(flow.name)[0] if visit.talk else {}
    known = await _known(visit, flow)
    begun = visit.talk.under_way(flow.name)[1] if visit.talk else {}
    if flow.needs_subject and flow.begin is not None and (not answers or about(begun) != about(known.given)):
        answers = flow.begin(known.given, known)
    return _form(visit, flow, known, None, answers, None)


async def posted(visit: Visit) -> web.StreamResponse:
    """What was filled in: one row more, the review, back to the form, or sent."""
    flow = _flow(visit)
    fields = {name: value for name, value in visit.fields.items() if NAME.match(name)}
    known = await _known(visit, flow)
    filled = read_form(flow, fields, known, visit.talk.under_way(flow.name)[0] if visit.talk else {})
    do = visit.fields.get("do", "review")
    if visit.fields.get("add"):
        return _form(visit, flow, known, fields, filled.answers, None, add=visit.fields["add"])
    if do == "edit":
        return _form(visit, flow, known, fields, filled.answers, None)
    empty = not any(value.strip() for name, value in fields.items() if name != ABOUT)
    if empty or not filled.whole:
        return _form(visit, flow, known, fields, filled.answers, filled, empty=empty)
    if do == "send":
        return await _send(visit, flow, fields)
    return _review(visit, flow, fields, filled, known)


async def _known(visit: Visit, flow: Flow) -> Known:
    """What the form may know: the crisis level too, since it is shorter in a crisis; of a survey, what is asked in it."""
    known = visit.known(flow.name)
    lookups = {lookup_key("crisis", {}): await visit.parts.views.crisis(visit.municipality.id)}
    if flow.needs_subject:
        given = started_with(visit.fields.get(ABOUT) or visit.request.query.get("about", "")) or known.given
        number = int(given.get("subject") or 0)
        resident = visit.talk.resident_id if visit.talk else None
        found = await visit.parts.views.dialogue(visit.municipality, number, visit.lang, resident)
        if found is None or not found["survey"]:
            raise web.HTTPNotFound
        known, lookups[lookup_key("dialogue", {"dialogue_id": number})] = replace(known, given=given), found
    return replace(known, lookups=lookups)


def forms(visit: Visit) -> tuple[str, ...]:
    """The forms of this municipality: those of what it offers."""
    here = visit.municipality
    left_out = frozenset(KINDS) - frozenset(here.introductions.offered) | (frozenset() if here.goods else GOODS_FORMS)
    return tuple(name for name in FORMS if name in visit.parts.flows and name not in left_out)


def _flow(visit: Visit) -> Flow:
    name = visit.request.match_info["flow"]
    if name not in forms(visit):
        raise web.HTTPNotFound
    return visit.parts.flows[name]


def _form(
    visit: Visit, flow: Flow, known: Known, fields: Mapping[str, str] | None, answers: Mapping[str, Any],
    filled: Filled | None, *, add: str = "", empty: bool = False,
) -> web.Response:  # fmt: skip
    shown = sections(flow, fields, answers, known, filled)
    lines = {
        name.removeprefix("lines:"): int(value)
        for name, value in visit.fields.items()
        if name.startswith("lines:") and value.isdecimal() and len(value) < 4
    }
    asked = [(section, [_asked(field, lines, add) for field in section.fields]) for section in shown]
    problems = [each for _section, questions in asked for each in questions if each.field.problem or each.field.doubt]
    return visit.page(
        "form.html",
        status=422 if problems or empty else 200,
        flow=flow,
        asked=asked,
        problems=problems,
        empty=empty,
        added=add,
        ticked=ticked,
        before=BEFORE.get(flow.name),
        notice=notice_words(known)[-1],
        id=visit.fields.get("id") or new_id(),
        about=(fields or {}).get(ABOUT) or about(known.given),
        in_telegram=_session(visit) is not None,
        alarm=_alarm(fields),
    )


def _review(visit: Visit, flow: Flow, fields: Mapping[str, str], filled: Filled, known: Known) -> web.Response:
    words = Words(visit.lang, visit.municipality.zone)
    card = flow.card(filled.answers, known) if flow.card else _answers_card(flow, filled.answers, known)
    shown = CardShown(
        title=inline(words.value(card.title)),
        rows=tuple((words.plain(label), inline(words.value(value))) for label, value in card.rows),
        lang=visit.lang,
        dir=locale(visit.lang).dir,
    )
    return visit.page(
        "review.html",
        flow=flow,
        card=shown,
        fields=fields,
        notice=notice_words(known)[-1],
        id=visit.fields.get("id") or new_id(),
        alarm=_alarm(fields),
    )


def _answers_card(flow: Flow, answers: Mapping[str, Any], known: Known) -> Card:
    """What was filled in, for a flow that draws no card of its own."""
    said = ((step, value) for _path, step, value in answered(flow, answers) if step.read is not None)
    return Card(flow.title, tuple((step.label, step.read.show(value, known)) for step, value in said if step.read))


def _alarm(fields: Mapping[str, str] | None) -> bool:
    """Whether something typed tells of danger: then the numbers to call stand above all, before it is sent."""
    return bool(fields) and danger.detect(" \n ".join((fields or {}).values())) is not None


async def _send(visit: Visit, flow: Flow, fields: Mapping[str, str]) -> web.StreamResponse:
    """Hand the form to the turn: in this browser's conversation, or in that of whoever opened it inside Telegram."""
    input = Input(command="form", argument=flow.name, fields=fields)
    if visit.send_form is not None:
        return await visit.send_form(visit, input)
    user_id = _session(visit)
    if user_id is not None:
        await visit.parts.turns.take(
            Update(
                id=visit.update_id(f"telegram:{user_id}", visit.fields.get("id", "")),
                municipality=visit.municipality.id,
                channel="telegram",
                address=str(user_id),
                input=input,
                locale_hint=visit.lang,
            )
        )
        return visit.page("sent.html")
    token = visit.token or new_token()
    await take(visit, input, token)
    response = visit.go("/#now")
    visit.keep(response, token)
    return response


# --- questions and their rows ---------------------------------------------------------------------------------------


def _asked(field: Field, lines: Mapping[str, int], add: str) -> Asked:
    """A question with as many rows as were typed into, and one more where it was asked for."""
    name = ".".join(field.path)
    groups = sorted({control.group for control in field.controls if control.group is not None})
    plain = tuple(control for control in field.controls if control.group is None)
    if not groups:
        return Asked(field, (Row(None, plain),), False)
    model = [control for control in field.controls if control.group == groups[0]]
    used = [int(each.rpartition(".")[2]) + 1 for each, value in field.values.items() if value and each[-1].isdecimal()]
    count = min(max(ROWS_FIRST, *used, lines.get(name, 0)) + (add == name), ROWS_MAX)
    rows = tuple(
        Row(
            number,
            tuple(replace(each, name=f"{each.name.rpartition('.')[0]}.{number}", group=number) for each in model),
        )
        for number in range(count)
    )
    return Asked(field, (*rows, Row(None, plain)) if plain else rows, count < ROWS_MAX)


def ticked(asked: Asked, control: Control) -> Iterator[tuple[Any, bool]]:
    """The options of a radio, checkbox or select control, and whether each is chosen."""
    chosen = asked.value(control).split() if control.input_type == "checkboxes" else [asked.value(control)]
    for option in control.options:
        yield option, option.id in chosen


# --- inside Telegram ------------------------------------------------------------------------------------------------


async def session(visit: Visit) -> web.StreamResponse:
    """Whoever opened the page inside Telegram gets an hour to send the form into their conversation there."""
    verify = visit.parts.verify
    user = verify(visit.municipality.id, visit.fields.get("data", "")) if verify else None
    if user is None:
        return web.json_response({"trouble": "refused"}, status=403)
    until = int(visit.parts.now().timestamp()) + SESSION_S
    signed = f"{visit.municipality.id}.{user.id}.{until}"
    hint = from_platform(user.language, visit.municipality.languages)
    response = web.json_response({"lang": hint})
    # Inside Telegram's own web app the page is framed by another site, where browsers send only such cookies.
    place = "SameSite=None; Secure; Partitioned" if visit.site.secure else "SameSite=Lax"
    cookie = f"{SESSION_COOKIE}={signed}.{_signature(visit, signed)}"
    response.headers.add("Set-Cookie", f"{cookie}; Path={visit.prefix}/form; Max-Age={SESSION_S}; HttpOnly; {place}")
    return response


def _session(visit: Visit) -> int | None:
    """The Telegram user whose session this is, if it is genuine and not over."""
    signed, _dot, signature = visit.request.cookies.get(SESSION_COOKIE, "").rpartition(".")
    if not signed or not hmac.compare_digest(signature, _signature(visit, signed)):
        return None
    municipality, user, until = signed.rsplit(".", 2)
    return int(user) if municipality == visit.municipality.id and int(until) > visit.parts.now().timestamp() else None


def _signature(visit: Visit, signed: str) -> str:
    return hmac.new(visit.parts.session_key, signed.encode(), hashlib.sha256).hexdigest()


ROUTES = (
    Route("POST", "/form/session", session, framed=True),
    Route("GET", r"/form/{flow:[a-z_]+}", form, framed=True),
    Route("POST", r"/form/{flow:[a-z_]+}", posted, framed=True),
)
__all__ = ["FORMS", "ROUTES", "Section", "ticked"]
