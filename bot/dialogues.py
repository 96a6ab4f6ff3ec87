"""Dialogues with the database around them: what residents do in one, what they see of it, and what falls due.

Everything a resident does happens in the transaction it is handed. What staff do is in `bot.dialogue_desk`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts
from bot.flows.dialogue_words import MASTER, SWEDISH, fields_in, poll_in, question_in, text_in
from bot.flows.model import (
    AnswerFocus,
    AnswerSurvey,
    DialogueEffect,
    GiveUpPlace,
    Known,
    Propose,
    TakePlace,
    Vote,
)
from bot.i18n import Text, Value, _
from bot.packs.model import Municipality
from bot.rules import draws
from bot.rules.draws import Candidate
from storage import dialogues, due
from storage.conversations import Opened
from storage.db import Database
from storage.dialogues import Dialogue, Participant, Poll, Proposal
from storage.due import Ready
from storage.errors import NotFound
from storage.secrets import keyring, make_token

SOURCE_OF: Final[Mapping[str, str]] = {"three_steps": "survey", "hearing": "hearing", "forum": "forum"}
"""Where a proposal comes from that somebody makes by themselves."""

REMINDED_AT: Final = time(17)
"""The evening before a meeting."""

NEWS_HOUR: Final = 8
"""Staff hear once a day of proposals to be read."""

HOLDS: Final = frozenset({"coach", "coordinator", "leader"})
"""Who may hold a dialogue."""


# --- what is in it ----------------------------------------------------------------------------------------------------


def meeting(content: Mapping[str, Any], place: Municipality) -> tuple[datetime, datetime] | None:
    """When people meet, in the municipality's time; None while no whole time is set."""
    try:
        day = date.fromisoformat(str(content.get("day") or ""))
        begins, ends = (time.fromisoformat(str(content.get(name) or "")) for name in ("from", "to"))
    except ValueError:
        return None
    return datetime.combine(day, begins, place.zone), datetime.combine(day, ends, place.zone)


def day_of(content: Mapping[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(str(content.get(name) or ""))
    except ValueError:
        return None


def closing(day: date | None, place: Municipality) -> datetime | None:
    """The end of the municipality's day, which a promise "by" it means."""
    return None if day is None else datetime.combine(day, place.hours.closes, place.zone)


def survey_open(row: Dialogue, place: Municipality, now: datetime) -> bool:
    until = day_of(row.content, "until")
    asked = row.kind == "three_steps" and bool(row.content.get("kinds"))
    return row.status == "open" and asked and until is not None and now.astimezone(place.zone).date() <= until


def answers_due(row: Dialogue, place: Municipality) -> datetime | None:
    """By when proposals are answered: the day that staff have told, else with the feedback."""
    return closing(day_of(row.content, "answers_day"), place) or row.feedback_by


def candidate(person: Participant) -> Candidate:
    """Somebody as the draw sees them."""
    said = person.profile or {}
    band = str(said.get("band") or "")
    side = draws.MUNICIPAL if said.get("side") == "municipal" else draws.CIVIL
    area = said.get("area")
    return Candidate(
        person.id, side, None if area in (None, "none") else str(area), int(band) if band.isdecimal() else None,
        said.get("side") == "association",
    )  # fmt: skip


def browser(token: str) -> str:
    """The voter that a browser is, on the page without sign-in."""
    return f"w{keyring().index('vote', token).hex()}"


def in_language(texts: Mapping[str, str], tag: str) -> tuple[str, str]:
    """Words in a language, else the Swedish ones, else whatever there is; and the language they are in."""
    tags = (tag, *(SWEDISH if tag in SWEDISH else (MASTER,)), *texts)
    found = next((each for each in tags if str(texts.get(each) or "").strip()), tag)
    return str(texts.get(found) or ""), found


def proposal_seen(row: Proposal, tag: str, now: datetime, place: Municipality) -> dict[str, Any]:
    """A proposal as everybody reads it."""
    said = row.proposal or {}
    words, words_lang = in_language(said.get("texts") or {}, tag)
    why, why_lang = in_language(said.get("why") or {}, tag)
    due_at = row.due_at.astimezone(place.zone) if row.due_at else None
    return {
        "id": row.id, "dialogue": row.dialogue_id, "words": words, "lang": words_lang, "source": row.source,
        "outcome": row.outcome, "why": why, "why_lang": why_lang, "by": row.answered_by or "",
        "answered": row.answered_at.astimezone(place.zone).isoformat() if row.answered_at else None,
        "due": due_at.isoformat() if due_at else None,
        "late": row.outcome is None and due_at is not None and due_at < now, "shown": row.shown,
    }  # fmt: skip


async def poll_seen(tx: AsyncConnection, row: Poll, tag: str, voter: str = "") -> dict[str, Any]:
    """A quick poll with what has been counted, and what this voter has said."""
    ask, options = poll_in(row.poll or {}, tag)
    mine = await dialogues.voted(tx, row.id, voter) if voter else None
    counts = await dialogues.votes(tx, row)
    return {"id": row.id, "dialogue": row.dialogue_id, "ask": ask, "options": options, "status": row.status,
            "counts": counts, "mine": mine}  # fmt: skip


async def seen(
    tx: AsyncConnection, row: Dialogue, place: Municipality, tag: str, now: datetime, *, resident_id: int | None = None
) -> dict[str, Any]:
    """A dialogue as one reader sees it, as plain JSON (`bot.flows.dialogue_words`)."""
    said, instead = text_in(row.content, tag)
    person = await dialogues.person(tx, row.id, resident_id) if resident_id is not None else None
    opened = next((each for each in reversed(await dialogues.polls(tx, row.id)) if each.status == "open"), None)
    voter = f"r{resident_id}" if resident_id is not None else ""
    feedback, feedback_lang = in_language(row.feedback or {}, tag) if row.feedback_at else ("", tag)
    by = row.feedback_by.astimezone(place.zone) if row.feedback_by else None
    asked = row.content.get("kinds") or []
    questions = []
    for at, kind in enumerate(asked):
        ask, options = question_in(row.content, at, tag)
        questions.append({"kind": kind, "ask": ask, "options": options})
    return {
        "id": row.id, "code": row.code, "kind": row.kind, "status": row.status, "title": str(said.get("title") or ""),
        "words": str(said.get("words") or ""), "change": str(said.get("change") or ""), "instead": instead,
        "who": str(row.content.get("who") or ""), "level": str(row.content.get("level") or ""),
        "until": row.content.get("until") if survey_open(row, place, now) else None,
        "survey": survey_open(row, place, now), "questions": questions,
        "fields": fields_in(row.content, tag) if row.kind == "hearing" else [], "meet": await _meet(tx, row, place, now),
        "draw": _drawn(row), "answers_day": row.content.get("answers_day") or None, "mine": await _mine(tx, person),
        "poll": await poll_seen(tx, opened, tag, voter) if opened else None,
        "proposals": [proposal_seen(each, tag, now, place) for each in await dialogues.of_dialogue(tx, row.id) if each.shown],
        "feedback": feedback, "feedback_instead": bool(feedback) and feedback_lang != tag and tag not in SWEDISH,
        "feedback_lang": feedback_lang, "feedback_by": by.isoformat() if by else None,
        "feedback_late": by is not None and row.feedback_at is None and by < now,
    }  # fmt: skip


def _drawn(row: Dialogue) -> dict[str, Any] | None:
    """What everybody may know of the draw of the small groups: among how many, and the seed that gives it again."""
    kept = row.content.get("draws") or []
    return {"seed": kept[-1]["seed"], "count": len(kept[-1]["of"])} if kept else None


async def _meet(tx: AsyncConnection, row: Dialogue, place: Municipality, now: datetime) -> dict[str, Any] | None:
    found = meeting(row.content, place)
    if found is None or row.kind == "forum":
        return None
    limit = row.content.get("limit")
    left = max(0, int(limit) - await dialogues.count_places(tx, row.id)) if limit else None
    return {"at": found[0].isoformat(), "to": found[1].isoformat(), "place": str(row.content.get("place") or ""),
            "left": left, "over": found[1] <= now or row.held_at is not None or row.status != "open"}  # fmt: skip


async def _mine(tx: AsyncConnection, person: Participant | None) -> dict[str, Any] | None:
    if person is None:
        return None
    numbers = {each.id: each.number for each in await dialogues.groups(tx, person.dialogue_id)}
    return {
        "answered": person.answered_at is not None, "answers": person.answers or {}, "profile": person.profile or {},
        "name": person.signed or "", "hear": person.hear, "focus": person.focus, "place": person.place,
        "group": numbers.get(person.group_id or 0),
    }  # fmt: skip


# --- lookups ----------------------------------------------------------------------------------------------------------


async def _dialogue(tx: AsyncConnection, who: Opened, known: Known, dialogue_id: int) -> dict[str, Any] | None:
    try:
        row = await dialogues.load(tx, who.municipality_id, dialogue_id)
    except NotFound:
        return None
    if row.status == "draft":
        return None
    return await seen(tx, row, known.municipality, known.locale, known.now, resident_id=who.resident_id)


async def _dialogues(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """Those that are open, by title."""
    found = await dialogues.of_municipality(tx, who.municipality_id, ("open",))
    return [{"id": each.id, "title": str(text_in(each.content, known.locale)[0].get("title") or "")} for each in found]


async def _my_dialogues(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """What somebody has proposed, and the dialogues they are in that are not over."""
    found: list[dict[str, Any]] = []
    for each in await dialogues.proposals_of(tx, who.municipality_id, who.resident_id):
        words, _lang = in_language((each.proposal or {}).get("texts") or {}, known.locale)
        found.append({"flow": "proposal", "id": each.id, "title": _short(words)})
    for row, _person in await dialogues.of_resident(tx, who.municipality_id, who.resident_id):
        if row.status == "open" or row.feedback_at is None:
            title = str(text_in(row.content, known.locale)[0].get("title") or "")
            found.append({"flow": "dialogue", "id": row.id, "title": _short(title)})
    return found


def _short(title: str) -> str:
    first = title.split("\n")[0]
    return first if len(first) <= 40 else first[:39].rstrip() + "…"


async def _poll(tx: AsyncConnection, who: Opened, known: Known, poll_id: int) -> dict[str, Any] | None:
    try:
        row = await dialogues.poll(tx, who.municipality_id, poll_id)
    except NotFound:
        return None
    return await poll_seen(tx, row, known.locale, f"r{who.resident_id}")


async def _proposal(tx: AsyncConnection, who: Opened, known: Known, proposal_id: int) -> dict[str, Any] | None:
    """A proposal of this person's; None for anybody else's."""
    try:
        row = await dialogues.load_proposal(tx, who.municipality_id, proposal_id)
        there = await dialogues.load(tx, who.municipality_id, row.dialogue_id)
    except NotFound:
        return None
    if row.resident_id != who.resident_id:
        return None
    found = proposal_seen(row, known.locale, known.now, known.municipality)
    instead = bool(found["why"]) and found["why_lang"] != known.locale and known.locale not in SWEDISH
    return {**found, "title": str(text_in(there.content, known.locale)[0].get("title") or ""), "instead": instead}


LOOKUPS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {
    "dialogue": _dialogue,
    "dialogues": _dialogues,
    "my_dialogues": _my_dialogues,
    "poll": _poll,
    "proposal": _proposal,
}


# --- what residents do ------------------------------------------------------------------------------------------------


async def apply(tx: AsyncConnection, effect: DialogueEffect, who: Opened, known: Known) -> dict[str, Value]:
    """Write an effect about a dialogue. Whoever comes too late changes nothing."""
    here = Room(tx, known.municipality, known.now)
    try:
        match effect:
            case AnswerSurvey():
                await here.answer(effect, who)
            case TakePlace(dialogue_id, name, field):
                return {"dialogue_result": await here.take_place(dialogue_id, name, field, who)}
            case GiveUpPlace(dialogue_id):
                await here.give_up(dialogue_id, who)
            case AnswerFocus():
                await here.answer_focus(effect, who)
            case Vote(poll_id, choice):
                await here.vote(poll_id, choice, who)
            case Propose():
                await here.propose(effect, who, known.locale)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        if isinstance(effect, TakePlace):
            return {"dialogue_result": _("The meeting is over, or it is not held.")}
    return {}


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is to be forgotten: their seats and places go to others."""
    here = Room(tx, known.municipality, known.now)
    for row, person in await dialogues.of_resident(tx, who.municipality_id, who.resident_id):
        if person.place in ("held", "waiting"):
            await here.give_up(row.id, who)
        if person.focus in ("invited", "accepted"):
            await here.answer_focus(AnswerFocus(row.id, False), who)


async def nameless(tx: AsyncConnection, who: Opened) -> None:
    """Somebody is protected: no name of theirs stands in a dialogue any more."""
    for _row, person in await dialogues.of_resident(tx, who.municipality_id, who.resident_id):
        await dialogues.change_person(tx, person.id, {"name": None, "signed": None})


class Room:
    """What becomes of people in a dialogue, in one transaction."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime) -> None:
        self.tx, self.place, self.now = tx, place, now

    async def answer(self, said: AnswerSurvey, who: Opened) -> None:
        """Keep the answers instead of earlier ones, as long as the survey is open."""
        row = await dialogues.load(self.tx, self.place.id, said.dialogue_id)
        if not survey_open(row, self.place, self.now):
            return
        before = await dialogues.person(self.tx, row.id, who.resident_id)
        focus = before.focus if before else None
        if focus in (None, "wants"):  # whoever has been drawn answers that by itself
            focus = "wants" if said.focus else None
        values = {
            "answers": dict(said.answers), "profile": dict(said.profile), "answered_at": self.now, "hear": said.hear,
            "signed": None if who.protected else said.name or None, "focus": focus,
        }  # fmt: skip
        await dialogues.put_person(self.tx, row, who.resident_id, who.conversation_id, values, self.now)

    async def take_place(self, dialogue_id: int, name: str, field: int | None, who: Opened) -> Text:
        """A place while there are any, else one on the waiting list; what is said about it."""
        row = await dialogues.load(self.tx, self.place.id, dialogue_id, lock=True)
        found = meeting(row.content, self.place)
        if found is None or found[1] <= self.now or row.status != "open" or row.held_at is not None:
            return _("The meeting is over, or it is not held.")
        before = await dialogues.person(self.tx, row.id, who.resident_id)
        limit = row.content.get("limit")
        taken = await dialogues.count_places(self.tx, row.id)
        place = before.place if before and before.place in ("held", "waiting") else None
        place = place or ("waiting" if limit and taken >= int(limit) else "held")
        values: dict[str, Any] = {"name": name, "place": place, "placed_at": before.placed_at if before and before.place
                                  == place else self.now}  # fmt: skip
        if row.kind == "hearing":
            groups = {each.number: each.id for each in await dialogues.groups(self.tx, row.id)}
            values |= {"group_id": groups.get((field or 0) + 1), "profile": {"field": field}}
        await dialogues.put_person(self.tx, row, who.resident_id, who.conversation_id, values, self.now)
        if place == "waiting":
            return _("All places are taken. You are on the waiting list, and I tell you as soon as one is free.")
        await self._remind(row, who.conversation_id, found[0])
        return _("You have a place: {time}. I remind you the evening before.", time=found[0])

    async def _remind(self, row: Dialogue, conversation_id: int, at: datetime) -> None:
        local = at.astimezone(self.place.zone)
        evening = datetime.combine(local.date() - timedelta(days=1), REMINDED_AT, self.place.zone)
        if evening > self.now:
            await self.tell(row, conversation_id, "dialogue_tomorrow", at=evening, key="tomorrow")

    async def give_up(self, dialogue_id: int, who: Opened) -> None:
        """The place goes to whoever has waited longest."""
        row = await dialogues.load(self.tx, self.place.id, dialogue_id, lock=True)
        person = await dialogues.person(self.tx, row.id, who.resident_id)
        if person is None or person.place not in ("held", "waiting"):
            return
        group = {"group_id": None} if row.kind == "hearing" else {}
        await dialogues.change_person(self.tx, person.id, {"place": "left", **group})
        key = _own(row, who.conversation_id, "tomorrow")
        await due.cancel(self.tx, self.place.id, key, "left", now=self.now)
        await self.fill(row)

    async def fill(self, row: Dialogue) -> None:
        """Let those who wait in, as long as there are places. The dialogue is locked."""
        found, limit = meeting(row.content, self.place), row.content.get("limit")
        while found is not None and found[0] > self.now:
            waits = await dialogues.first_waiting(self.tx, row.id)
            if waits is None or (limit and await dialogues.count_places(self.tx, row.id) >= int(limit)):
                return
            await dialogues.change_person(self.tx, waits.id, {"place": "held", "placed_at": self.now})
            if waits.conversation_id is not None:
                await self.tell(row, waits.conversation_id, "dialogue_place")
                await self._remind(row, waits.conversation_id, found[0])

    async def answer_focus(self, said: AnswerFocus, who: Opened) -> None:
        """Yes or no to a seat. After a no, whoever is most like them gets it."""
        row = await dialogues.load(self.tx, self.place.id, said.dialogue_id, lock=True)
        person = await dialogues.person(self.tx, row.id, who.resident_id)
        if person is None or person.focus not in ("invited", "accepted"):
            return
        key = _own(row, who.conversation_id, "not_answered")
        await due.cancel(self.tx, self.place.id, key, "answered", now=self.now)
        if said.taken:
            await dialogues.change_person(self.tx, person.id, {"focus": "accepted", "name": said.name or person.name})
            return
        seat = person.group_id
        await dialogues.change_person(self.tx, person.id, {"focus": "declined", "group_id": None})
        if seat is not None:
            await self.replace(row, person, seat)

    async def replace(self, row: Dialogue, gone: Participant, seat: int) -> None:
        """Ask somebody like `gone` to take the seat; nobody, where nobody is left."""
        every = {each.id: each for each in await dialogues.people(self.tx, row.id)}
        waiting = [each.id for each in every.values() if each.focus == "wants" and each.conversation_id is not None]
        seed = str(((row.content.get("draws") or [{}])[-1]).get("seed") or "")
        chosen = draws.replacement(candidate(gone), map(candidate, every.values()), waiting, seed)
        if chosen is not None:
            await self.invite(row, every[chosen], seat)

    async def invite(self, row: Dialogue, person: Participant, group_id: int) -> None:
        """Ask somebody who was drawn, and see whether they have answered in time."""
        if person.conversation_id is None:
            return
        by = closing(
            self.now.astimezone(self.place.zone).date() + timedelta(days=self.place.dialogues.invite_days), self.place
        )
        assert by is not None
        await dialogues.change_person(self.tx, person.id, {"focus": "invited", "group_id": group_id})
        await self.tell(row, person.conversation_id, "dialogue_drawn", by=by.isoformat())
        await self.tell(row, person.conversation_id, "dialogue_not_answered", at=by, key="not_answered")

    async def vote(self, poll_id: int, choice: int, who: Opened) -> None:
        """Count somebody's vote; a vote of the same browser's on the page without sign-in is that one too."""
        row = await dialogues.poll(self.tx, self.place.id, poll_id, hold=True)
        if row.status != "open" or not 0 <= choice < row.options:
            return
        if who.channel == "web" and who.address:
            await dialogues.unvote(self.tx, row.id, browser(who.address))
        await dialogues.vote(self.tx, row, f"r{who.resident_id}", choice, self.now, resident_id=who.resident_id)

    async def propose(self, said: Propose, who: Opened, locale: str) -> None:
        """Keep a proposal until a person has read it; staff hear of it once a day."""
        row = await dialogues.load(self.tx, self.place.id, said.dialogue_id)
        if row.status != "open":
            return
        await dialogues.add_proposal(
            self.tx, row, source=SOURCE_OF[row.kind], proposal={"texts": {locale: said.words}, "why": {}}, shown=False,
            due_at=answers_due(row, self.place), now=self.now, resident_id=who.resident_id,
            conversation_id=who.conversation_id, hear=said.hear,
        )  # fmt: skip
        await watch(self.tx, row, "new", alerts.next_at(NEWS_HOUR, self.place.zone, self.now), self.now)

    async def tell(
        self, row: Dialogue, conversation_id: int, kind: str, *, at: datetime | None = None, key: str = "", **data: Any
    ) -> None:
        """Say something in somebody's own conversation, at once or at a time."""
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=conversation_id, kind=kind,
            unique_key=_own(row, conversation_id, key or f"{kind}:{make_token()}"), due_at=at or self.now, now=self.now,
            data={"dialogue": row.id, **data},
        )  # fmt: skip


def _own(row: Dialogue, conversation_id: int, name: str) -> str:
    return f"conversation:{conversation_id}:dialogue:{row.id}:{name}"


# --- what staff owe ---------------------------------------------------------------------------------------------------

WATCHED: Final = ("held", "due", "late", "new", "proposals")
"""What falls due about a dialogue and is nobody's conversation: it was held, its feedback is soon due, or late, proposals
wait to be read, proposals are late with their answers."""


async def watch(tx: AsyncConnection, row: Dialogue, name: str, at: datetime | None, now: datetime) -> None:
    """Look at it then; without a time no more."""
    key = f"dialogue:{row.id}:{name}"
    if at is None:
        await due.cancel(tx, row.municipality_id, key, "no more", now=now)
    else:
        await due.schedule(
            tx, municipality_id=row.municipality_id, kind=f"dialogue_{name}", unique_key=key, due_at=at, now=now,
            data={"dialogue": row.id},
        )  # fmt: skip


async def held(tx: AsyncConnection, row: Dialogue, place: Municipality, at: datetime, now: datetime) -> None:
    """People have met: feedback to all of them is promised within the municipality's days, and watched over."""
    day = at.astimezone(place.zone).date() + timedelta(days=place.dialogues.feedback_days)
    by = closing(day, place)
    assert by is not None
    await dialogues.change(tx, place.id, row.id, {"held_at": at, "feedback_by": by}, now)
    await watch(tx, row, "held", None, now)
    await watch(tx, row, "due", by - timedelta(days=place.dialogues.remind_days), now)
    await watch(tx, row, "late", by, now)
    if day_of(row.content, "answers_day") is None:
        await dialogues.due_together(tx, row.id, by)
        await watch(tx, row, "proposals", by, now)


class Watch:
    """Runs what staff owe. `works` is for `bot.due.DueWork`."""

    def __init__(
        self, db: Database, municipalities: Mapping[str, Municipality], public_url: str, now: Callable[[], datetime]
    ) -> None:
        self.db, self.municipalities, self.public_url, self.now = db, municipalities, public_url, now

    @property
    def works(self) -> dict[str, Callable[[Ready], Awaitable[None]]]:
        return {f"dialogue_{name}": self.run for name in WATCHED}

    async def run(self, promise: Ready) -> None:
        """One promise; a second run finds it kept."""
        await self.db.write(lambda tx: self._run(tx, promise))

    async def _run(self, tx: AsyncConnection, promise: Ready) -> None:
        now = self.now()
        taken, place = await due.take(tx, promise.id, now), self.municipalities.get(promise.municipality_id)
        if taken is None or place is None:
            return
        try:
            row = await dialogues.load(tx, place.id, int(taken.data["dialogue"]))
        except NotFound:
            return
        await getattr(self, f"_{promise.kind.removeprefix('dialogue_')}")(tx, row, place, now)

    async def _tell(
        self, tx: AsyncConnection, roles: tuple[str, ...], subject: Text, lines: list[Text], row: Dialogue,
        place: Municipality, now: datetime,
    ) -> None:  # fmt: skip
        title = str(text_in(row.content, MASTER)[0].get("title") or "")
        told = [_("The dialogue: {title}", title=title), *lines]
        await alerts.tell_roles(tx, roles, subject, told, place, self.public_url, now)

    async def _held(self, tx: AsyncConnection, row: Dialogue, place: Municipality, now: datetime) -> None:
        found = meeting(row.content, place)
        if found is None or row.held_at is not None or row.status == "draft":
            return
        await held(tx, row, place, found[1], now)
        by = (await dialogues.load(tx, place.id, row.id)).feedback_by
        assert by is not None
        subject, lines = (
            _("A dialogue was held: feedback is promised"),
            [_("Everybody was promised feedback by {time}.", time=by)],
        )
        await self._tell(tx, ("coach", "coordinator"), subject, lines, row, place, now)

    async def _due(self, tx: AsyncConnection, row: Dialogue, place: Municipality, now: datetime) -> None:
        if row.feedback_at is None and row.feedback_by is not None:
            lines = [_("Everybody was promised feedback by {time}.", time=row.feedback_by), _("It is not written yet.")]
            await self._tell(
                tx, ("coach", "coordinator"), _("Feedback on a dialogue is soon due"), lines, row, place, now
            )

    async def _late(self, tx: AsyncConnection, row: Dialogue, place: Municipality, now: datetime) -> None:
        if row.feedback_at is not None or row.feedback_by is None:
            return
        lines = [_("Everybody was promised feedback by {time}.", time=row.feedback_by),
                 _("It is not written. The dialogue's page says so to everybody.")]  # fmt: skip
        await self._tell(tx, ("leader",), _("Late: the feedback on a dialogue"), lines, row, place, now)
        await watch(tx, row, "late", now + timedelta(days=7), now)

    async def _new(self, tx: AsyncConnection, row: Dialogue, place: Municipality, now: datetime) -> None:
        unread = [each for each in await dialogues.of_dialogue(tx, row.id) if not each.shown and each.outcome is None]
        if unread:
            lines = [_("Proposals that wait to be read: {count}.", count=len(unread))]
            await self._tell(tx, ("coach", "coordinator"), _("New proposals in a dialogue"), lines, row, place, now)

    async def _proposals(self, tx: AsyncConnection, row: Dialogue, place: Municipality, now: datetime) -> None:
        late = [each for each in await dialogues.of_dialogue(tx, row.id) if each.outcome is None]
        if late:
            lines = [_("Proposals without an answer on the day that was told: {count}.", count=len(late))]  # fmt: skip
            await self._tell(tx, ("leader",), _("Late: answers to proposals"), lines, row, place, now)
            await watch(tx, row, "proposals", now + timedelta(days=7), now)
