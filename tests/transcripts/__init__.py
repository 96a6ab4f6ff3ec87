"""Whole conversations as text: the engine alone, state through JSON between turns.

A transcript's first lines set the scene (`today>`, `locale>`, `channel>`, `known>` with JSON facts, `find>` with what a
lookup answers, `role>` and `network>` with what a role or a network of the pack has besides). Then `me>` says what the resident does: words, `[a button]`, `/a command`, or `(photo)` and the like.
`bot>` and `does>` are what comes of it. `python -m tests.transcripts` writes the replies anew; read the difference well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot import due
from bot.flows import FLOWS
from bot.flows.engine import advance
from bot.flows.heard import message
from bot.flows.model import (
    Effect,
    File,
    Input,
    Known,
    Listen,
    LookupWanted,
    NewsEffect,
    Person,
    Point,
    Press,
    Reply,
    SetLocale,
    SetProtected,
    State,
    Stop,
    lookup_key,
)
from bot.flows.state import dump, load
from bot.i18n import Made, Text, plain
from bot.packs.load import load_municipality
from bot.wording import Words

FOLDER = Path(__file__).parent
MADE = {
    "plan": 1,
    "case": 1,
    "plan_link": "https://example.se/plan/TOKEN",
    "join_link": "https://example.se/j/TOKEN",
    "move_link": "https://t.me/example?start=move_TOKEN",
    "restore_link": "https://example.se/r/TOKEN",
    "mydata_link": "https://example.se/mydata/TOKEN",
    "code_name": "Koltrast 1",
    "run_link": "https://example.se/run/TOKEN",
    "code_result": "(what came of the code)",
    "project_link": "https://example.se/project/TOKEN",
    "crew_link": "https://example.se/with/TOKEN",
    "calendar_link": "https://example.se/calendar/TOKEN",
    "room_result": "(what came of it)",
    "enquiry_result": "(who has the question, and by when it is answered)",
    "shift_result": "(what came of it)",
    "meeting_result": "(what came of it)",
    "dialogue_result": "(a place, or one on the waiting list)",
    "need_link": "https://example.se/coach/needs/1",
    "receipt": "(what went and what stays)",
}

PLACES = {"(place)": Point(59.336, 17.681)}
FILES = {
    f"({kind})": File(kind, "file-1", f"{kind}.bin", size=1000)
    for kind in ("photo", "voice", "sticker", "document", "video")
}
PEOPLE = {"(contact)": Person("Amina Ali", "+46701740605", own=True)}


@dataclass
class Talker:
    """One resident and what they see. The words are those of their locale."""

    locale: str = "en"
    now: str = "2026-03-02T10:00"
    channel: str = "web"
    facts: dict[str, Any] = field(default_factory=dict)
    lookups: dict[str, Any] = field(default_factory=dict)
    municipality: str = "ekero"
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: State = field(default_factory=State)
    shown: dict[str, tuple[int, str]] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def does(self, said: str) -> list[str]:
        """Do one thing; the lines that come of it. `(the broadcast comes)` shows the message that the lookup `heard` holds."""
        if said == "(the broadcast comes)":
            heard = self.lookups["heard"]
            reply = message(heard["content"], self.locale, heard["id"], _municipality(self.municipality))
            return list(self._reply(reply))
        return self.gives(self._input(said))

    def gives(self, input: Input) -> list[str]:
        state = load(json.loads(json.dumps(dump(self.state))), FLOWS)
        known = self._known()
        while True:
            try:
                promised = due.KINDS.get(input.clock or "")
                turn = promised(state, input, known) if promised else advance(FLOWS, state, input, known)
                break
            except LookupWanted as wanted:
                key = lookup_key(wanted.name, wanted.arguments)
                known = replace(known, lookups={**known.lookups, key: self._found(wanted)})
        self.state, self.replies = turn.state, list(turn.replies)
        self.effects += turn.effects
        lines = [self._effect(effect) for effect in turn.effects]
        for effect in turn.effects:
            if isinstance(effect, SetLocale):
                self.locale = effect.locale
                self.facts["first_contact"] = False
            if isinstance(effect, SetProtected):
                self.facts["protected"] = effect.protected
            if isinstance(effect, NewsEffect | Stop) or effect == SetProtected(True):
                self._listens(effect)
            if type(effect).__name__ == "NoticeShown":
                self.facts["notice_version"] = effect.version  # type: ignore[attr-defined]
        return [*(line for reply in turn.replies for line in self._reply(reply)), *lines]

    def _listens(self, effect: Effect) -> None:
        """What `bot.listening` would keep of it, where the flows look."""
        self.facts["listens"] = isinstance(effect, Listen)
        self.lookups["my_news"] = None
        if isinstance(effect, Listen):
            self.lookups["my_news"] = {
                "topics": list(effect.topics), "areas": list(effect.areas), "band": effect.band,
                "gap_days": effect.gap_days, "quiet": [effect.quiet_from, effect.quiet_to], "version": "1",
                "channel": "telegram" if self.channel == "telegram" else "web",
            }  # fmt: skip

    def _found(self, wanted: LookupWanted) -> Any:
        """What a lookup finds; nothing about plan 0, which nobody has."""
        if wanted.arguments.get("plan_id") == 0:
            return None
        return self.lookups.get(
            wanted.name, [] if wanted.name.startswith("my_") and wanted.name.endswith("s") else None
        )

    def _known(self) -> Known:
        municipality = _municipality(self.municipality)
        if self.roles:
            roles = tuple(
                each.model_validate({**each.model_dump(), **self.roles.get(each.id, {})})
                for each in municipality.contacts.roles
            )
            contacts = municipality.contacts.model_copy(update={"roles": roles})
            municipality = municipality.model_copy(update={"contacts": contacts})
        if self.networks:
            there = municipality.networks
            listed = tuple(
                each.model_validate({**each.model_dump(), **self.networks.get(each.id, {})}) for each in there.networks
            )
            municipality = municipality.model_copy(update={"networks": there.model_copy(update={"networks": listed})})
        now = datetime.fromisoformat(self.now).replace(tzinfo=municipality.zone)
        facts = {"reachable": True, "public_url": "https://example.se", "first_contact": False, **self.facts}
        return Known(now, self.locale, municipality, municipality.languages, self.channel, facts)

    def _input(self, said: str) -> Input:
        if said in PLACES:
            return Input(place=PLACES[said])
        if said in FILES:
            return Input(file=FILES[said])
        if said in PEOPLE:
            return Input(person=PEOPLE[said])
        if said.startswith("/"):
            command, _space, argument = said[1:].partition(" ")
            return Input(command=command, argument=argument)
        if match := re.fullmatch(r"\((\w+) falls due, (.*)\)", said):
            return Input(clock=match[1], data=json.loads(match[2]))
        if match := re.fullmatch(r"\[(.+)\]", said):
            if match[1] not in self.shown:
                raise AssertionError(f"no button {said} has been shown; there are {sorted(self.shown)}")
            return Input(press=Press(*self.shown[match[1]]))
        return Input(text=said.replace("⏎", "\n"))

    def _reply(self, reply: Reply) -> Iterator[str]:
        words = Words(self._locale_of(reply), _municipality(self.municipality).zone, MADE)
        body = words.body(reply)
        if body.get("card"):
            yield f"card>  {plain(body['card']['title'])}"
            yield from (f"       {label}: {plain(value)}" for label, value in body["card"]["rows"])
        if body.get("html"):
            mark = "toast>" if reply.toast else "edit> " if reply.replaces else "bot>  "
            progress = f"({body['progress']['words']}) " if "progress" in body else ""
            text = progress + plain(body["html"])
            lines = text.split("\n")
            yield f"{mark} {lines[0]}"
            yield from (f"       {line}" for line in lines[1:])
        for rank in ("choices", "moves"):
            for choice in body.get(rank, []):
                self.shown[choice["label"].strip("\u2068\u2069")] = (reply.serial or 0, choice["id"])
            if body.get(rank):
                yield "       " + " ".join(
                    f"[{'✓ ' if each.get('chosen') else ''}{each['label']}]" for each in body[rank]
                )
        if body.get("attachment"):
            yield f"file>  {body['attachment']['kind']} {body['attachment']['subject']}: {plain(body['attachment']['caption'])}"

    def _locale_of(self, reply: Reply) -> str:
        """A language chosen in this turn is already the one that its replies come in."""
        chosen = [effect.locale for effect in self.effects if isinstance(effect, SetLocale)]
        return chosen[-1] if chosen else self.locale

    def _effect(self, effect: Effect) -> str:
        shown = ", ".join(f"{each.name}={_plain_value(getattr(effect, each.name))}" for each in fields(effect))  # type: ignore[arg-type]
        return f"does>  {type(effect).__name__}({shown})"


_municipality = lru_cache(load_municipality)


def _plain_value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, Text | Made):
        return repr(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def play(source: str) -> str:
    """The transcript with its replies as they come out today."""
    talker = Talker()
    out: list[str] = []
    for line in source.splitlines():
        mark, _space, rest = line.partition(">")
        said = rest.strip()
        match mark:
            case "today":
                talker.now = said if "T" in said else f"{said}T10:00"
            case "locale" | "channel" | "municipality":
                setattr(talker, mark, said)
            case "known":
                talker.facts |= json.loads(said)
            case "find":
                name, _equals, answer = said.partition("=")
                talker.lookups[name.strip()] = json.loads(answer)
            case "role" | "network":
                name, _space, more = said.partition(" ")
                (talker.roles if mark == "role" else talker.networks)[name] = json.loads(more)
            case "me":
                out += ["", f"me>    {said}"]
                try:
                    out += talker.does(said)
                except AssertionError as error:
                    raise AssertionError("\n".join([*out, str(error)])) from None
                continue
            case _ if line.startswith("#"):
                pass
            case _:
                continue
        out.append(line)
    return "\n".join(out).strip() + "\n"


def files() -> list[Path]:
    """Those of the engine alone; stories seen from both sides are in `tests.transcripts.sides`."""
    return sorted(path for path in FOLDER.glob("**/*.txt") if path.parent.name != "sides")
