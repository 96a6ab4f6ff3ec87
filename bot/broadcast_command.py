"""`python run_bot.py broadcast`: a message to those who listen, JSON in, JSON out. Nothing is sent without `--send`.

The program that runs sends it; this command counts, hands in and watches. Messages for people go to standard error.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bot.broadcast_form import WORDS_MAX
from bot.broadcast_views import HIDDEN_BELOW, REASONS, missing_in, needs_second
from bot.broadcasting import Broadcasts
from bot.errors import OperatorError
from bot.flows.heard import BUTTONS, LEADS_TO, MASTER, OPTIONS_MAX
from bot.flows.read.languages import CODES
from bot.handoff import Actor
from bot.i18n import plain, render
from bot.listening import ROLES
from bot.packs.model import Municipality
from bot.packs.model.news import BANDS
from bot.rules import masking
from bot.staff import Refused
from bot.turn import Turns
from storage import crisis, staff
from storage.secrets import make_token

FIELDS: Final = (
    "texts", "segment", "buttons", "fallback", "need", "answers", "date", "flow", "swedish_last", "at", "urgent",
)  # fmt: skip
CHOSEN: Final = (
    "topics", "areas", "skills", "spoken", "roles", "locales", "bands", "but", "answered", "unanswered",
)  # fmt: skip
BUT: Final = ("areas", "skills", "roles")
LOOK_S: Final = 1.0
OVER: Final = ("done", "cancelled")


async def run(
    turns: Turns, place: Municipality, given: bytes, *, send: bool, by: str, watch: int | None, strict: bool
) -> int:
    """Count whom a message would reach; with `send` have it sent in the name of the account `by`; watch one that is.

    Raises:
        OperatorError: What came in cannot be read; names the field, what it holds and what it may hold.
    """
    acts = Broadcasts(turns)
    if watch is not None:
        return await _watch(acts, await _actor(turns, place, by), watch)
    asked = _asked(given, place, strict)
    content, segment, at = _content(asked, place), dict(asked.get("segment") or {}), _at(asked, place)
    answers, need = _number(asked, "answers"), _number(asked, "need")
    counting = Actor(0, place.name, place.id, frozenset())
    reach = await acts.count(counting, segment, answers_id=answers)
    missing = missing_in(content, place, reach.locales)
    async with turns.db.read() as tx:
        level = await crisis.now(tx, place.id)
    second = needs_second(
        place, reach.total, urgent=bool(asked.get("urgent")), in_crisis=level is not None and level.level == "crisis"
    )
    found: dict[str, Any] = {
        "dry_run": not send, "total": None if reach.few else reach.total,
        "resting": None if 0 < reach.resting < HIDDEN_BELOW else reach.resting, "missing": missing, "needs_approval": second,
        "groups": [{"locale": tag, "channel": channel, "count": count} for tag, channel, count in reach.groups],
    }  # fmt: skip
    if not send:
        _say(found)
        return 0
    actor = await _actor(turns, place, by)
    try:
        made = await acts.create(actor, make_token(), need_id=need, answers_id=answers)
        await acts.write(actor, made, content, segment, need_id=need)
        status = await acts.ask(actor, made, at=at, urgent=str(asked.get("urgent") or ""))
    except Refused as refused:
        raise OperatorError(plain(render(refused.words, "en"))) from refused
    _say({**found, "id": made, "status": status})
    if status == "asked":
        print("it waits for a second person's yes on the staff pages; then follow it with --watch", file=sys.stderr)
        return 0
    return await _watch(acts, actor, made)


def _say(found: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n")
    sys.stdout.flush()


async def _actor(turns: Turns, place: Municipality, email: str) -> Actor:
    if not email:
        raise OperatorError("--by is missing; give the e-mail address of the account in whose name it is done")
    async with turns.db.read() as tx:
        member = await staff.by_email(tx, email)
        roles = (await staff.roles(tx, member.id)).get(place.id, frozenset()) if member is not None else frozenset()
    if member is None or not roles:
        raise OperatorError(f'--by holds "{email}", which has no account in {place.id}; see: run_bot.py staff list')
    return Actor(member.id, member.name, place.id, roles)


async def _watch(acts: Broadcasts, by: Actor, broadcast_id: int) -> int:
    """Show how far it has come until it is over; what became of it as JSON."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
               TextColumn("{task.fields[rate]}/s"), TimeRemainingColumn())  # fmt: skip
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=None, rate=0)
            while True:
                began = time.perf_counter()
                seen = await acts.progress(by, broadcast_id)
                took_s = time.perf_counter() - began
                over = seen.reached + seen.doubtful + sum(seen.failed.values())
                bar.update(task, description=seen.status, completed=over, total=max(seen.expected, 1), rate=seen.rate)
                if seen.status in OVER:
                    break
                await asyncio.sleep(max(LOOK_S, 5 * took_s))  # counting many takes time
    except Refused as refused:
        raise OperatorError(plain(render(refused.words, "en"))) from refused
    failed = {name: seen.failed[name] for name in REASONS if seen.failed.get(name)}
    _say({"id": broadcast_id, "status": seen.status, "sent": seen.sent, "kept": seen.kept, "in_doubt": seen.doubtful,
          "failed": failed, "answers": dict(seen.answers), "signed_up": dict(seen.signed)})  # fmt: skip
    return 0 if seen.status == "done" else 1


# --- read ------------------------------------------------------------------------------------------------------------------


def _asked(given: bytes, place: Municipality, strict: bool) -> dict[str, Any]:
    try:
        asked = json.loads(given.decode("utf-8"))
    except ValueError as error:
        raise OperatorError(
            f'standard input holds no JSON ({error}); it may hold {{"texts": {{"sv": {{"words": "…"}}}}, "segment": {{}}}}'
        ) from error
    if not isinstance(asked, dict):
        raise OperatorError(f"standard input holds {asked!r:.60}; it may hold an object with {', '.join(FIELDS)}")
    segment = asked.get("segment", {})
    if not isinstance(segment, dict):
        raise OperatorError(f"segment holds {segment!r:.60}; it may hold an object with {', '.join(CHOSEN)}")
    strange = [each for each in asked if each not in FIELDS]
    strange += [f"segment.{each}" for each in segment if each not in CHOSEN]
    if strange and strict:
        raise OperatorError(f"{strange[0]} is no field that is known; there are {', '.join(FIELDS)}")
    for each in strange:
        print(f"{each} is no field that is known, and was passed over", file=sys.stderr)
    asked["segment"] = {name: value for name, value in segment.items() if name in CHOSEN}
    _known(asked["segment"].get("topics"), [each.id for each in place.news.topics], "segment.topics")
    _known(asked["segment"].get("areas"), [each.name for each in place.areas], "segment.areas")
    _known(asked["segment"].get("locales"), place.languages, "segment.locales")
    _known(asked["segment"].get("skills"), [each.id for each in place.skills.skills], "segment.skills")
    _known(asked["segment"].get("spoken"), CODES, "segment.spoken")
    _known(asked["segment"].get("roles"), ROLES, "segment.roles")
    _known(asked["segment"].get("bands"), BANDS, "segment.bands")
    but = asked["segment"].get("but", {})
    if not isinstance(but, dict):
        raise OperatorError(f"segment.but holds {but!r:.60}; it may hold an object with {', '.join(BUT)}")
    _known(but, BUT, "segment.but")
    _known(but.get("areas"), [each.name for each in place.areas], "segment.but.areas")
    _known(but.get("skills"), [each.id for each in place.skills.skills], "segment.but.skills")
    _known(but.get("roles"), ROLES, "segment.but.roles")
    return asked


def _known(said: Any, known: Any, where: str) -> None:
    for each in said or ():
        if each not in known:
            there = ", ".join(str(one) for one in known) or "nothing: there are none"
            raise OperatorError(f'{where} holds "{each}"; it may hold {there}')


def _content(asked: Mapping[str, Any], place: Municipality) -> dict[str, Any]:
    texts: dict[str, dict[str, Any]] = {}
    said = asked.get("texts")
    if not isinstance(said, dict) or not isinstance(said.get(MASTER), dict) or not said[MASTER].get("words"):
        raise OperatorError(f'texts.{MASTER}.words is missing; it holds the Swedish text, {{"sv": {{"words": "…"}}}}')
    for tag, text in said.items():
        if tag not in place.languages:
            raise OperatorError(f"texts.{tag} is no language of {place.id}; it offers {', '.join(place.languages)}")
        words = {name: masking.mask(str(text.get(name) or "").strip())[0] for name in ("words", "more")}
        for name, each in words.items():
            if len(each) > WORDS_MAX:
                raise OperatorError(f"texts.{tag}.{name} holds {len(each)} characters; it may hold {WORDS_MAX}")
        texts[tag] = {name: each for name, each in words.items() if each}
        if chosen := [masking.mask(str(each))[0][:60] for each in text.get("options") or ()][:OPTIONS_MAX]:
            texts[tag]["options"] = chosen
    _known(asked.get("buttons"), tuple(BUTTONS), "buttons")
    _known([asked["flow"]] if asked.get("flow") else (), LEADS_TO, "flow")
    content: dict[str, Any] = {
        "texts": texts, "buttons": list(asked.get("buttons") or ()), "fallback": list(asked.get("fallback") or ()),
        "swedish_last": bool(asked.get("swedish_last")),
    }  # fmt: skip
    if asked.get("date"):
        day = _moment(asked, "date")
        day = day.astimezone(place.zone) if day.tzinfo else day
        content["date"] = day.replace(tzinfo=None).isoformat()
    if asked.get("flow"):
        content["flow"] = asked["flow"]
    return content


def _at(asked: Mapping[str, Any], place: Municipality) -> datetime | None:
    if not asked.get("at"):
        return None
    at = _moment(asked, "at")
    return at if at.tzinfo else at.replace(tzinfo=place.zone)


def _moment(asked: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(asked[name]))
    except ValueError as error:
        raise OperatorError(f'{name} holds "{asked[name]}"; it may hold a moment such as 2026-12-05T18:00') from error


def _number(asked: Mapping[str, Any], name: str) -> int | None:
    said = asked.get(name)
    if said is not None and (not isinstance(said, int) or isinstance(said, bool)):
        raise OperatorError(f"{name} holds {said!r:.40}; it may hold the number of one")
    return said
