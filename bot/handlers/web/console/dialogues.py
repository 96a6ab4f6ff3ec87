"""Dialogues in the console: written with every language side by side, opened, groups drawn, votes held, proposals answered.

For coaches, coordinators and the process leader. Each part is one page and one form; all of it works without script.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web
from markupsafe import Markup

from bot.dialogue_desk import DialogueDesk, Person
from bot.dialogue_form import fields_of, filled, poll_of, texts_of
from bot.dialogue_views import as_csv, votes
from bot.documents.pdf import qr_svg
from bot.flows.dialogue_words import (
    BOXES,
    KINDS,
    MASTER,
    OPTIONS_MAX,
    OUTCOMES,
    QUESTIONS_MAX,
    SOURCES,
    facts_of,
    standing,
)
from bot.flows.dialogue_words import moment as moment_of
from bot.flows.news import AGES
from bot.flows.survey import SIDES
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit, new_id
from bot.i18n import Text, _, content, p_
from bot.staff import Refused
from bot.wording import Words

STATUSES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: where a dialogue stands.
    "draft": p_("dialogue", "Draft"),
    "open": p_("dialogue", "Open now"),
    "closed": p_("dialogue", "Over"),
}

FOCUS: Final[Mapping[str, Text]] = {
    # TRANSLATORS: where somebody stands who was drawn for a small group.
    "drawn": p_("focus", "Drawn, not asked yet"),
    "invited": p_("focus", "Asked"),
    "accepted": p_("focus", "Comes"),
    "declined": p_("focus", "Does not come"),
}

QUESTIONS_BLANK = 2
"""So many empty questions stand below those that are written."""


def _desk(visit: Visit) -> DialogueDesk:
    return DialogueDesk(console(visit).desk.turns)


def _id(visit: Visit) -> int:
    return int(visit.request.match_info["id"])


def _number(visit: Visit, name: str) -> int:
    said = visit.fields.get(name, "").strip()
    return int(said) if said.isdecimal() and len(said) < 16 else -1


def _key(visit: Visit) -> str:
    """Of one sending of one form."""
    return visit.fields.get("id", "") or new_id()


# --- the list ---------------------------------------------------------------------------------------------------------


async def listed(visit: Visit) -> web.StreamResponse:
    """All of them, and what can be begun."""
    return await _listed(visit)


async def _listed(visit: Visit, problem: Text | None = None) -> web.Response:
    lines = await _desk(visit).listed(visit.actor)
    kinds = [(each.kind, content(each.title), content(each.what)) for each in visit.municipality.dialogues.kinds]
    names = {kind: title for kind, title, _what in kinds}
    return visit.page("console/dialogues.html", status=422 if problem else 200, lines=lines, kinds=kinds, names=names,
                      statuses=STATUSES, id=new_id(), problem=problem)  # fmt: skip


async def made(visit: Visit) -> web.StreamResponse:
    """A new draft."""
    try:
        id = await _desk(visit).create(
            visit.actor, visit.fields.get("kind", ""), visit.fields.get("id", "") or new_id()
        )
    except Refused as refused:
        return await _listed(visit, refused.words)
    return visit.go(f"/coach/dialogues/{id}/write")


# --- one of them ------------------------------------------------------------------------------------------------------


async def _page(
    visit: Visit, part: str, *, refused: Refused | None = None, said: Text | None = None, **more: Any
) -> web.Response:
    """A part of a dialogue, after an act with what came of it."""
    try:
        seen = await _desk(visit).seen(visit.actor, _id(visit), visit.lang)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    phone = f"{visit.parts.public_url}{visit.prefix}/v/{seen.row.code}"
    common = {
        "seen": seen, "row": seen.row, "part": part, "problem": refused.words if refused else None, "said": said,
        "statuses": STATUSES, "languages": visit.municipality.languages, "master": MASTER, "boxes": BOXES, "votes": votes,
        "facts": facts_of(seen.said, visit.municipality), "outcomes": OUTCOMES, "sources": SOURCES, "standing": standing,
        "moment": moment_of, "typed": defaultdict(str, visit.fields if refused else {}), "phone": phone, "found": seen.said, "id": new_id(),
    }  # fmt: skip
    kept = {f"feedback-{tag}": words for tag, words in (seen.row.feedback or {}).items()}
    written = {**kept, **(visit.fields if refused else {})}
    values = {**common, "feedback_values": defaultdict(str, written), **more}
    return visit.page(f"console/dialogue_{part}.html", status=422 if refused else 200, **values)


def _part(part: str, more: Callable[[Visit], Mapping[str, Any]] = lambda visit: {}) -> Any:
    async def show(visit: Visit) -> web.StreamResponse:
        return await _page(visit, part, **more(visit))

    return show


def _acts(part: str, acts: Mapping[str, Callable[[Visit], Awaitable[Text]]], more: Any = lambda visit: {}) -> Any:
    """What is posted on a part's page: one act, named by the button."""

    async def act(visit: Visit) -> web.StreamResponse:
        wanted = acts.get(visit.fields.get("do", ""))
        if wanted is None:
            return await _page(visit, part, **more(visit))
        try:
            said = await wanted(visit)
        except Refused as refused:
            return await _page(visit, part, refused=refused, **more(visit))
        return await _page(visit, part, said=said, **more(visit))

    return act


# --- written ----------------------------------------------------------------------------------------------------------


async def _write(
    visit: Visit, *, refused: Refused | None = None, said: Text | None = None, problems: Mapping[str, Text] | None = None,
    typed: Mapping[str, str] | None = None,
) -> web.Response:  # fmt: skip
    try:
        seen = await _desk(visit).seen(visit.actor, _id(visit), visit.lang)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    given = fields_of(seen.row.content) if typed is None else dict(typed)
    written = [at for at in range(QUESTIONS_MAX) if given.get(f"ask-{at}-{MASTER}", "").strip()]
    shown = min(QUESTIONS_MAX, (written[-1] + 1 if written else 0) + QUESTIONS_BLANK)
    code = visit.municipality.influence
    levels = [(each.id, content(each.title), content(each.means)) for each in code.levels] if code else []
    more = {"levels": levels, "kinds": KINDS, "questions": range(shown if seen.row.kind == "three_steps" else 0),
            "problems": problems or {}, "options_max": OPTIONS_MAX, "typed": defaultdict(str, given)}  # fmt: skip
    return await _page(visit, "write", refused=refused, said=said, **more)


async def write(visit: Visit) -> web.StreamResponse:
    return await _write(visit)


async def written(visit: Visit) -> web.StreamResponse:
    """Keep it, also half of it; open it where that was pressed."""
    desk = _desk(visit)
    try:
        seen = await desk.seen(visit.actor, _id(visit), visit.lang)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    found = filled(visit.fields, visit.municipality, seen.row.kind)
    if found.problems:
        first = next(iter(found.problems.values()))
        return await _write(visit, refused=Refused("empty", first), problems=found.problems, typed=visit.fields)
    try:
        await desk.save(visit.actor, seen.row.id, found.content)
        if visit.fields.get("do") == "open":
            await desk.open(visit.actor, seen.row.id)
            return visit.go(f"/coach/dialogues/{seen.row.id}")
    except Refused as refused:
        return await _write(visit, refused=refused, typed=visit.fields)
    return await _write(visit, said=_("Saved."))


# --- what is done with it ---------------------------------------------------------------------------------------------


async def _open(visit: Visit) -> Text:
    await _desk(visit).open(visit.actor, _id(visit))
    return _("It is open: everybody can see it and take part.")


async def _close(visit: Visit) -> Text:
    await _desk(visit).close(visit.actor, _id(visit))
    return _("It is closed. What is promised stays promised.")


async def _held(visit: Visit) -> Text:
    await _desk(visit).held(visit.actor, _id(visit))
    return _("Noted. The feedback to everybody who was there is promised from now.")


async def _feedback(visit: Visit) -> Text:
    told = await _desk(visit).feedback(visit.actor, _id(visit), texts_of(visit.fields, "feedback", visit.municipality))
    return _("It is on the page. So many are told in their own conversation: {count}.", count=told)


# --- small groups, and those of a hearing -----------------------------------------------------------------------------


async def _draw(visit: Visit) -> Text:
    wanted = (_number(visit, name) for name in ("civil", "municipal", "size"))
    await _desk(visit).draw(visit.actor, _id(visit), *wanted)
    return _("Drawn. Nobody has been asked yet.")


async def _invite(visit: Visit) -> Text:
    asked = await _desk(visit).invite(visit.actor, _id(visit))
    return _(
        "So many are asked now: {count}. Whoever says no, or nothing, is replaced by somebody like them.", count=asked
    )


async def _assign(visit: Visit) -> Text:
    await _desk(visit).assign(visit.actor, _id(visit), _number(visit, "person"), _number(visit, "number"))
    return _("They sit in another group now.")


async def _link(visit: Visit) -> Text:
    url = await _desk(visit).swot_link(visit.actor, _id(visit), _number(visit, "number"))
    visit.fields = {**visit.fields, "link": url}
    return _("Give this link to the secretary of the group. An earlier one works no more.")


def _about_groups(visit: Visit) -> dict[str, Any]:
    place = visit.municipality
    sides, ages = {each.id: each.label for each in SIDES}, {each.id: each.label for each in AGES}
    areas = {f"a{at}": each.name for at, each in enumerate(place.areas)}

    def profile(person: Person) -> list[Any]:
        """Who somebody is, as the draw sees it: never with a name that was not given for it."""
        said = person.profile or {}
        found = (sides.get(str(said.get("side"))), areas.get(str(said.get("area"))), ages.get(str(said.get("band"))))
        return [each for each in found if each is not None]

    link = visit.fields.get("link", "")
    return {"profile": profile, "focus": FOCUS, "counts": place.dialogues, "link": link,
            "qr": Markup(qr_svg(link)) if link.startswith("http") else ""}  # fmt: skip


# --- votes and proposals ----------------------------------------------------------------------------------------------


async def _add_poll(visit: Visit) -> Text:
    await _desk(visit).add_poll(visit.actor, _id(visit), poll_of(visit.fields, visit.municipality), key=_key(visit))
    return _("Kept. Open it when it is to be voted on.")


async def _poll_open(visit: Visit) -> Text:
    await _desk(visit).set_poll(visit.actor, _id(visit), _number(visit, "poll"), "open")
    return _("It is open. Everybody who has a place is called to it in their conversation.")


async def _poll_close(visit: Visit) -> Text:
    await _desk(visit).set_poll(visit.actor, _id(visit), _number(visit, "poll"), "closed")
    return _("It is closed.")


async def _propose(visit: Visit) -> Text:
    texts = texts_of(visit.fields, "text", visit.municipality, 1500)
    await _desk(visit).propose(
        visit.actor,
        _id(visit),
        visit.fields.get("source", ""),
        texts,
        mark=visit.fields.get("mark", ""),
        key=_key(visit),
    )
    return _("The proposal is shown to everybody, and waits for its answer.")


async def _mend(visit: Visit) -> Text:
    texts = texts_of(visit.fields, "text", visit.municipality, 1500)
    shown = visit.fields.get("shown", "") == "yes"
    await _desk(visit).mend(visit.actor, _id(visit), _number(visit, "proposal"), texts, shown=shown)
    return _("Everybody can see it.") if shown else _("Nobody but you can see it.")


async def _answer(visit: Visit) -> Text:
    why = texts_of(visit.fields, "why", visit.municipality, 1500)
    await _desk(visit).answer(
        visit.actor,
        _id(visit),
        _number(visit, "proposal"),
        visit.fields.get("outcome", ""),
        why,
        visit.fields.get("by", ""),
    )
    return _("Answered. Whoever made it and wished to hear is told in their language.")


async def table(visit: Visit) -> web.StreamResponse:
    """The survey for a spreadsheet."""
    try:
        seen = await _desk(visit).seen(visit.actor, _id(visit), visit.lang)
    except Refused as missing:
        return visit.page("console/gone.html", status=404, words=missing.words)
    made = as_csv(seen.results, Words(visit.lang, visit.municipality.zone))
    headers = {"Content-Disposition": f'attachment; filename="dialogue-{seen.row.code}.csv"'}
    return web.Response(text=made, content_type="text/csv", charset="utf-8", headers=headers)


_ONE = r"/coach/dialogues/{id:\d{1,15}}"

ROUTES = (
    Route("GET", "/coach/dialogues", listed),
    Route("POST", "/coach/dialogues", made),
    Route("GET", _ONE, _part("whole")),
    Route("POST", _ONE, _acts("whole", {"open": _open, "close": _close, "held": _held, "feedback": _feedback})),
    Route("GET", f"{_ONE}/write", write),
    Route("POST", f"{_ONE}/write", written),
    Route("GET", f"{_ONE}/results", _part("results")),
    Route("GET", f"{_ONE}/results.csv", table),
    Route("GET", f"{_ONE}/groups", _part("groups", _about_groups)),
    Route("POST", f"{_ONE}/groups", _acts(
        "groups", {"draw": _draw, "invite": _invite, "assign": _assign, "link": _link}, _about_groups)),
    Route("GET", f"{_ONE}/polls", _part("polls")),
    Route("POST", f"{_ONE}/polls", _acts("polls", {"add": _add_poll, "open": _poll_open, "close": _poll_close})),
    Route("GET", f"{_ONE}/proposals", _part("proposals")),
    Route("POST", f"{_ONE}/proposals", _acts("proposals", {"propose": _propose, "mend": _mend, "answer": _answer})),
)  # fmt: skip
