"""What staff do with a dialogue: written, opened, groups drawn, votes held, proposals answered, feedback sent.

Every act is one transaction and raises Refused with words: "missing", "empty", "gone", "may not".
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue_form import lacking, missing_in, same_questions
from bot.dialogue_views import Result, mark_of, results, sides_of
from bot.dialogues import HOLDS, Room, answers_due, candidate, closing, day_of, held, meeting, poll_seen, seen, watch
from bot.flows.dialogue_words import LETTERS, MASTER, OUTCOMES, SOURCES, text_in
from bot.handoff import Actor
from bot.i18n import Text, _
from bot.packs.model import Municipality
from bot.rules import draws
from bot.staff import Refused
from bot.turn import Turns
from storage import dialogues, inbox, links
from storage.dialogues import BOXES, Dialogue, Group, Participant, Proposal
from storage.errors import LinkGone, NotFound

MISSING: Final = _("There is no such dialogue, or it is another municipality's.")
OVER: Final = _("Meanwhile somebody has done something else with it. Look at it anew.")

CODE_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that look like another one when they are read from a screen far away."""
CODE_LENGTH: Final = 5

SWOT_DAYS: Final = 30
"""How long a secretary's page can be written on."""

BOX_MAX: Final = 3000

Person = Participant
"""Somebody in a dialogue."""


@dataclass(frozen=True, slots=True)
class Line:
    """A dialogue in the list: how many proposals wait to be read, whether its feedback is late."""

    row: Dialogue
    title: str
    unread: int
    late: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A dialogue on its page: `lacking` is what it needs before it can be opened, `missing` the languages without text."""

    row: Dialogue
    said: Mapping[str, Any]
    people: Sequence[Participant]
    groups: Sequence[Group]
    polls: Sequence[Mapping[str, Any]]
    proposals: Sequence[Proposal]
    lacking: Sequence[Text]
    missing: Sequence[str]
    sides: Sequence[Any]
    results: Sequence[Result]

    def members(self, group_id: int) -> list[Participant]:
        return [each for each in self.people if each.group_id == group_id]


class DialogueDesk:
    """The acts of those who hold dialogues."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    async def listed(self, by: Actor) -> list[Line]:
        """All of the municipality's, the newest first."""
        now = self.now()
        async with self.db.read() as tx:
            lines = []
            for row in await dialogues.of_municipality(tx, by.municipality_id):
                unread = [
                    each for each in await dialogues.of_dialogue(tx, row.id) if not each.shown and not each.outcome
                ]
                late = row.feedback_by is not None and row.feedback_at is None and row.feedback_by < now
                title = str(text_in(row.content, MASTER)[0].get("title") or "")
                lines.append(Line(row, title, len(unread), late))
        return lines

    async def create(self, by: Actor, kind: str, key: str) -> int:
        """A new draft of a kind that the municipality holds; that of an earlier press with the same key."""
        self._may(by)
        place, offered = self.place(by), self.place(by).dialogues.offered(kind)
        if offered is None:
            raise Refused("empty", _("Choose one of the kinds that your municipality holds."))
        role = next((each for each in place.contacts.roles if each.id == offered.contact), None)

        async def write(tx: AsyncConnection) -> int:
            now = self.now()
            if not await inbox.mark_seen(tx, f"dialogue:{by.staff_id}:{key[:64]}", place.id, now):
                return (await dialogues.of_municipality(tx, place.id))[0].id
            code = "".join(secrets.choice(CODE_SIGNS) for _each in range(CODE_LENGTH))
            content = {"texts": {}, "kinds": [], "who": role.title if role else "", "level": ""}
            return await dialogues.add(
                tx, municipality_id=place.id, code=code, kind=kind, content=content, staff_id=by.staff_id, now=now
            )

        return await self.db.write(write)

    async def seen(self, by: Actor, dialogue_id: int, tag: str) -> Seen:
        """One of them, with everything in it."""
        place = self.place(by)
        async with self.db.read() as tx:
            row = await self._load(tx, by, dialogue_id)
            people = await dialogues.people(tx, row.id)
            said = await seen(tx, row, place, tag, self.now())
            polls = [await poll_seen(tx, each, tag) for each in await dialogues.polls(tx, row.id)]
            groups = await dialogues.groups(tx, row.id)
            proposals = await dialogues.of_dialogue(tx, row.id)
        return Seen(row, said, people, groups, polls, proposals, lacking(row.kind, row.content, place),
                    missing_in(row.content, place), sides_of(people), results(row.content, people, tag))  # fmt: skip

    # --- written and opened -------------------------------------------------------------------------------------------

    async def save(self, by: Actor, dialogue_id: int, content: Mapping[str, Any]) -> None:
        """Keep what was written. What has been answered is not asked anew in another way."""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            people = await dialogues.people(tx, row.id)
            if any(each.answered_at for each in people) and not same_questions(row.content, content):
                words = _("Somebody has answered already: the questions stay, only their words can be mended.")
                raise Refused("gone", words)
            kept = {name: each for name, each in row.content.items() if name == "draws"}
            new = {**content, **kept}
            if row.status == "open" and (problems := lacking(row.kind, new, self.place(by))):
                raise Refused("empty", problems[0])
            await dialogues.change(tx, by.municipality_id, row.id, {"content": new}, self.now())
            if row.status == "open":
                await self._watched(tx, by, row.id)

        await self._write(by, dialogue_id, write)

    async def open(self, by: Actor, dialogue_id: int) -> None:
        """Let everybody see it and take part."""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            if problems := lacking(row.kind, row.content, self.place(by)):
                raise Refused("empty", problems[0])
            now = self.now()
            await dialogues.change(
                tx, by.municipality_id, row.id, {"status": "open", "opened_at": row.opened_at or now}, now
            )
            await self._watched(tx, by, row.id)

        await self._write(by, dialogue_id, write)

    async def close(self, by: Actor, dialogue_id: int) -> None:
        """Nothing more is answered or proposed in it. What is owed stays owed."""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            if row.status != "open":
                raise Refused("gone", OVER)
            await dialogues.change(tx, by.municipality_id, row.id, {"status": "closed"}, self.now())

        await self._write(by, dialogue_id, write)

    async def _watched(self, tx: AsyncConnection, by: Actor, dialogue_id: int) -> None:
        """What follows of what is written: groups by field, when it is held, when answers are due, who gets a free place."""
        place, now = self.place(by), self.now()
        row = await dialogues.load(tx, place.id, dialogue_id, lock=True)
        if row.kind == "hearing":
            for number in range(1, len(text_in(row.content, MASTER)[0].get("fields") or ()) + 1):
                await dialogues.put_group(tx, row, number, "field", now)
        times = meeting(row.content, place)
        if row.held_at is None and row.kind != "forum":
            await watch(tx, row, "held", times[1] if times else None, now)
        due_at = answers_due(row, place)
        await dialogues.due_together(tx, row.id, due_at)
        await watch(tx, row, "proposals", closing(day_of(row.content, "answers_day"), place) or row.feedback_by, now)
        await Room(tx, place, now).fill(row)

    # --- small groups -------------------------------------------------------------------------------------------------

    async def draw(self, by: Actor, dialogue_id: int, civil: int, municipal: int, size: int) -> None:
        """Draw the small groups among those who want to talk in one. The seed is kept with what was drawn: whoever has
        the list can draw it again. Refused ("gone") once somebody has been asked."""
        if not (0 <= municipal <= 30 and 0 <= civil <= 30 and civil + municipal >= 1 and 1 <= size <= 50):
            raise Refused("empty", _("Write how many groups, and how many people in each."))

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            people = await dialogues.people(tx, row.id)
            if any(each.focus in ("invited", "accepted", "declined") for each in people):
                raise Refused("gone", _("Those who were drawn have been asked already. What was drawn stays."))
            willing = [each for each in people if each.focus in ("wants", "drawn") and each.conversation_id is not None]
            if not willing:
                raise Refused("empty", _("Nobody has said yet that they want to talk in a small group."))
            now, seed = self.now(), secrets.token_hex(8)
            for each in people:
                if each.focus == "drawn":
                    await dialogues.change_person(tx, each.id, {"focus": "wants"})
            await dialogues.drop_groups(tx, row.id)
            number, drawn = 0, []
            for side, count in ((draws.CIVIL, civil), (draws.MUNICIPAL, municipal)):
                fitting = [each for each in map(candidate, willing) if each.side == side]
                if not count or not fitting:
                    continue
                for group in draws.draw(fitting, count, size, seed).groups:
                    number += 1
                    group_id = await dialogues.put_group(tx, row, number, side, now)
                    for person_id in group:
                        await dialogues.change_person(tx, person_id, {"focus": "drawn", "group_id": group_id})
                    drawn.append(list(group))
            kept = {"seed": seed, "at": now.isoformat(), "by": by.name, "civil": civil, "municipal": municipal, "size": size,
                    "of": [each.id for each in willing], "groups": drawn}  # fmt: skip
            content = {**row.content, "draws": [*(row.content.get("draws") or ()), kept]}
            await dialogues.change(tx, by.municipality_id, row.id, {"content": content}, now)

        await self._write(by, dialogue_id, write)

    async def invite(self, by: Actor, dialogue_id: int) -> int:
        """Ask everybody who was drawn and has not been asked; how many."""
        asked = 0

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            nonlocal asked
            room = Room(tx, self.place(by), self.now())
            drawn = [each for each in await dialogues.people(tx, row.id) if each.focus == "drawn" and each.group_id]
            if not drawn:
                raise Refused("empty", _("Draw the groups first."))
            for each in drawn:
                assert each.group_id is not None
                await room.invite(row, each, each.group_id)
            asked = len(drawn)

        await self._write(by, dialogue_id, write)
        return asked

    async def assign(self, by: Actor, dialogue_id: int, person_id: int, number: int) -> None:
        """Let somebody sit in another group of a hearing."""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            group = next((each for each in await dialogues.groups(tx, row.id) if each.number == number), None)
            try:
                person = await dialogues.participant(tx, row.id, person_id)
            except NotFound as error:
                raise Refused("missing", OVER) from error
            if group is None or row.kind != "hearing":
                raise Refused("empty", _("Choose one of the groups."))
            await dialogues.change_person(tx, person.id, {"group_id": group.id})

        await self._write(by, dialogue_id, write)

    async def swot_link(self, by: Actor, dialogue_id: int, number: int) -> str:
        """A private address for a group's secretary; an earlier one of the group is good no more."""
        path = ""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            nonlocal path
            group = next((each for each in await dialogues.groups(tx, row.id) if each.number == number), None)
            if group is None:
                raise Refused("empty", _("Choose one of the groups."))
            now = self.now()
            await links.revoke_about(tx, "swot", group.id, now)
            token = await links.make(tx, municipality_id=by.municipality_id, purpose="swot", subject_id=group.id, now=now,
                                     expires_at=now + timedelta(days=SWOT_DAYS))  # fmt: skip
            path = f"/swot/{token}"

        await self._write(by, dialogue_id, write)
        return self.turns.pages_of(by.municipality_id) + path

    # --- votes --------------------------------------------------------------------------------------------------------

    async def add_poll(self, by: Actor, dialogue_id: int, poll: Mapping[str, Any], *, key: str = "") -> None:
        """Keep a quick poll, to be opened when it is wanted; once for one `key`."""
        said: Mapping[str, Any] = (poll.get("texts") or {}).get(MASTER) or {}
        if not said.get("ask") or len(said.get("options") or ()) < 2:
            raise Refused("empty", _("Write the question in Swedish, and two answers at least, one on each line."))

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            if await self._first(tx, by, key):
                await dialogues.add_poll(tx, row, dict(poll), len(said["options"]), self.now())

        await self._write(by, dialogue_id, write)

    async def set_poll(self, by: Actor, dialogue_id: int, poll_id: int, status: str) -> None:
        """Open a vote, which closes the one that was open, and call those who have a place to it; or close it."""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            now = self.now()
            every = await dialogues.polls(tx, row.id)
            if poll_id not in {each.id for each in every} or status not in ("open", "closed"):
                raise Refused("missing", OVER)
            if status == "open" and row.status != "open":
                raise Refused("gone", _("Open the dialogue first, so that everybody can see it."))
            for each in every:
                if each.id != poll_id and each.status == "open" and status == "open":
                    await dialogues.set_poll(tx, each.id, "closed", now)
            await dialogues.set_poll(tx, poll_id, status, now)
            if status == "open":
                room = Room(tx, self.place(by), now)
                for person in await dialogues.people(tx, row.id):
                    if person.place == "held" and person.conversation_id is not None:
                        await room.tell(row, person.conversation_id, "dialogue_poll", poll=poll_id)

        await self._write(by, dialogue_id, write)

    # --- proposals ----------------------------------------------------------------------------------------------------

    async def propose(
        self, by: Actor, dialogue_id: int, source: str, texts: Mapping[str, str], *, mark: str = "", key: str = ""
    ) -> None:
        """Enter a proposal, or take one over from what somebody has written in the survey (`mark`), who then hears of it if
        they wish to."""
        if source not in SOURCES or not texts:
            raise Refused("empty", _("Write the proposal, and where it was made."))

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            if not await self._first(tx, by, key):
                return
            maker = None
            if mark:
                for each in await dialogues.people(tx, row.id):
                    if any(mark_of(each, at) == mark for at in range(len(LETTERS))):
                        maker = each
                if maker is None:
                    raise Refused("missing", OVER)
            await dialogues.add_proposal(
                tx, row, source=source, proposal={"texts": dict(texts), "why": {}, **({"mark": mark} if mark else {})},
                shown=True, due_at=answers_due(row, self.place(by)), now=self.now(), staff_id=by.staff_id,
                resident_id=maker.resident_id if maker else None, hear=bool(maker and maker.hear),
                conversation_id=maker.conversation_id if maker else None,
            )  # fmt: skip

        await self._write(by, dialogue_id, write)

    async def mend(
        self, by: Actor, dialogue_id: int, proposal_id: int, texts: Mapping[str, str], *, shown: bool
    ) -> None:
        """Put a proposal into other languages, and let everybody see it, or nobody."""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            found = await self._proposal(tx, row, proposal_id)
            kept = {tag: words for tag, words in (found.proposal.get("texts") or {}).items() if tag not in texts}
            said = {**found.proposal, "texts": {**kept, **texts}}
            await dialogues.change_proposal(tx, found.id, {"proposal": said, "shown": shown})

        await self._write(by, dialogue_id, write)

    async def answer(
        self, by: Actor, dialogue_id: int, proposal_id: int, outcome: str, why: Mapping[str, str], who: str
    ) -> None:
        """Say what became of a proposal, and why, for a role; whoever made it and wished to hear is told."""
        if outcome not in OUTCOMES or not why.get(MASTER) or not who.strip():
            raise Refused("empty", _("Say what became of it, why (in Swedish at least), and who answers."))

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            found = await self._proposal(tx, row, proposal_id)
            values = {"proposal": {**found.proposal, "why": dict(why)}, "outcome": outcome, "answered_by": who.strip()[:200],
                      "answered_at": self.now(), "staff_id": by.staff_id}  # fmt: skip
            await dialogues.change_proposal(tx, found.id, values)
            if found.hear and found.conversation_id is not None:
                room = Room(tx, self.place(by), self.now())
                await room.tell(row, found.conversation_id, "proposal_answered", proposal=found.id)

        await self._write(by, dialogue_id, write)

    async def _proposal(self, tx: AsyncConnection, row: Dialogue, proposal_id: int) -> Proposal:
        try:
            found = await dialogues.load_proposal(tx, row.municipality_id, proposal_id, lock=True)
        except NotFound as error:
            raise Refused("missing", OVER) from error
        if found.dialogue_id != row.id:
            raise Refused("missing", OVER)
        return found

    # --- held, and what follows ---------------------------------------------------------------------------------------

    async def held(self, by: Actor, dialogue_id: int) -> None:
        """People have met, whatever was planned: from now the promise of feedback runs."""

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            if row.held_at is not None or row.status == "draft":
                raise Refused("gone", OVER)
            await held(tx, row, self.place(by), self.now(), self.now())

        await self._write(by, dialogue_id, write)

    async def feedback(self, by: Actor, dialogue_id: int, texts: Mapping[str, str]) -> int:
        """Tell everybody who had a place what became of it, in their language where there is one; how many. Written anew,
        it is mended on the page, and nobody is told again."""
        if not texts.get(MASTER):
            raise Refused("empty", _("Write the feedback in Swedish at least."))
        told = 0

        async def write(tx: AsyncConnection, row: Dialogue) -> None:
            nonlocal told
            now = self.now()
            if row.status == "draft":
                raise Refused("gone", _("Open the dialogue first, so that everybody can see it."))
            values = {"feedback": dict(texts), "feedback_at": row.feedback_at or now}
            await dialogues.change(tx, by.municipality_id, row.id, values, now)
            if row.feedback_at is not None:
                return
            for name in ("due", "late"):
                await watch(tx, row, name, None, now)
            room = Room(tx, self.place(by), now)
            for person in await dialogues.people(tx, row.id):
                if person.place == "held" and person.conversation_id is not None:
                    await room.tell(row, person.conversation_id, "dialogue_feedback")
                    told += 1

        await self._write(by, dialogue_id, write)
        return told

    # --- within -------------------------------------------------------------------------------------------------------

    async def _write(self, by: Actor, dialogue_id: int, job: Any) -> None:
        self._may(by)

        async def write(tx: AsyncConnection) -> None:
            await job(tx, await self._load(tx, by, dialogue_id, lock=True))

        await self.db.write(write)
        self.turns.wake()

    async def _load(self, tx: AsyncConnection, by: Actor, dialogue_id: int, *, lock: bool = False) -> Dialogue:
        try:
            return await dialogues.load(tx, by.municipality_id, dialogue_id, lock=lock)
        except NotFound as error:
            raise Refused("missing", MISSING) from error

    async def _first(self, tx: AsyncConnection, by: Actor, key: str) -> bool:
        """Whether this sending of a form has not been applied before."""
        return not key or await inbox.mark_seen(
            tx, f"dialogue:{by.staff_id}:{key[:64]}", by.municipality_id, self.now()
        )

    def _may(self, by: Actor) -> None:
        if not by.roles & HOLDS:
            raise Refused("may not", _("Your role does not allow this."))


class OpenRoom:
    """What everybody may see of dialogues on the web, and do there without signing in."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    async def listed(self, place: Municipality, tag: str) -> list[dict[str, Any]]:
        """The dialogues that are open or were, the newest first."""
        async with self.db.read() as tx:
            found = await dialogues.of_municipality(tx, place.id, ("open", "closed"))
            return [await seen(tx, each, place, tag, self.now()) for each in found]

    async def one(
        self, place: Municipality, code: str, tag: str, *, resident_id: int | None = None
    ) -> dict[str, Any] | None:
        """The one at an address, with its groups' boxes and all its votes; None where there is none."""
        async with self.db.read() as tx:
            try:
                row = await dialogues.by_code(tx, place.id, code)
            except NotFound:
                return None
            if row.status == "draft":
                return None
            found = await seen(tx, row, place, tag, self.now(), resident_id=resident_id)
            polls = [await poll_seen(tx, each, tag) for each in await dialogues.polls(tx, row.id)
                     if each.status != "waiting"]  # fmt: skip
            groups = [each for each in await dialogues.groups(tx, row.id) if each.side == "field"]
            unread = [each for each in await dialogues.of_dialogue(tx, row.id) if not each.shown]
        boards = [
            {"number": each.number, "field": _nth(found["fields"], each.number - 1), "swot": each.swot or {}}
            for each in groups
        ]
        return {**found, "polls": polls, "boards": boards, "unread": len(unread)}

    async def vote(
        self, place: Municipality, code: str, poll_id: int, choice: int, voter: str, *, resident_id: int | None = None
    ) -> bool:
        """Count a vote of a browser, or of whoever talks with us in it; False where that vote is not open."""

        async def write(tx: AsyncConnection) -> bool:
            try:
                row = await dialogues.by_code(tx, place.id, code)
                poll = await dialogues.poll(tx, place.id, poll_id, hold=True)
            except NotFound:
                return False
            if poll.dialogue_id != row.id or poll.status != "open" or not 0 <= choice < poll.options:
                return False
            if resident_id is not None:
                await dialogues.unvote(tx, poll.id, voter)
                voter_ = f"r{resident_id}"
            else:
                voter_ = voter
            await dialogues.vote(tx, poll, voter_, choice, self.now(), resident_id=resident_id)
            return True

        return await self.db.write(write)

    async def voted(self, poll_id: int, voter: str) -> int | None:
        async with self.db.read() as tx:
            return await dialogues.voted(tx, poll_id, voter)

    async def group(self, place: Municipality, token: str, tag: str) -> dict[str, Any]:
        """What a secretary writes on. Raises Refused: "unknown" or "over"."""
        async with self.db.read() as tx:
            group = await self._group(tx, place, token)
            row = await dialogues.load(tx, place.id, group.dialogue_id)
            found = await seen(tx, row, place, tag, self.now())
        return {"dialogue": found, "number": group.number, "field": _nth(found["fields"], group.number - 1),
                "swot": group.swot or {}, "changed_at": group.changed_at}  # fmt: skip

    async def write_swot(self, place: Municipality, token: str, given: Mapping[str, str]) -> None:
        """Keep what a secretary has written. Raises Refused: "unknown" or "over"."""

        async def write(tx: AsyncConnection) -> None:
            group = await self._group(tx, place, token)
            await dialogues.write_swot(
                tx, group.id, {name: given.get(name, "")[:BOX_MAX] for name in BOXES}, self.now()
            )

        await self.db.write(write)

    async def _group(self, tx: AsyncConnection, place: Municipality, token: str) -> Group:
        try:
            link = await links.open(tx, token, "swot", self.now())
            return await dialogues.group(tx, place.id, link.subject_id or 0)
        except NotFound as error:
            raise Refused(
                "unknown", _("There is no such page. Ask those who hold the hearing for a new link.")
            ) from error
        except LinkGone as error:
            raise Refused(
                "over", _("This link is good no more. Ask those who hold the hearing for a new one.")
            ) from error


def _nth(listed: Sequence[str], at: int) -> str:
    return listed[at] if 0 <= at < len(listed) else ""
