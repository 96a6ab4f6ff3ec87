"""What pages show, read without changing anything. Handlers ask here; storage is none of their business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import board, dialogues, meetings, shift_views
from bot.errors import Retry
from bot.flows import state as states
from bot.flows.case_kinds import BESIDE, HANDED_IN
from bot.flows.model import Flow, State
from bot.flows.posted import KINDS
from bot.packs.model import Municipality
from storage import board as board_rows
from storage import cases, files, links, messages, plans, reactions, residents, seen, staff, talks
from storage import dialogues as dialogue_rows
from storage.db import Database
from storage.errors import LinkGone, NotFound
from storage.files import File
from storage.messages import Message

__all__ = ["CaseSeen", "Held", "LinkTrouble", "Message", "PlanSeen", "Talk", "Views"]

LOOK_BACK = 200
"""How many of the latest messages a page shows."""


class LinkTrouble(Exception):
    """A private link that leads nowhere: `why` is "unknown", "expired", "used" or "revoked"."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as its page needs it. `answer_by` is set while a person is to answer, `held_by` is the work name of
    whoever has the conversation."""

    conversation_id: int
    resident_id: int
    municipality_id: str
    locale: str | None
    notice_version: str | None
    email: str | None
    holder: str
    answer_by: datetime | None
    channels: frozenset[str]
    state: State
    held_by: str | None = None

    def under_way(self, flow: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The answers given so far in a flow that is open or saved, and what it was started with."""
        frame = self.state.of(flow)
        return (frame.answers, frame.given) if frame else ({}, {})


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """A plan's latest version, as whoever has its link may see it."""

    id: int
    municipality_id: str
    answers: Mapping[str, Any]
    locale: str
    made_on: date


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """Something handed in, as its owner and the municipality see it."""

    id: int
    municipality_id: str
    flow: str
    answers: Mapping[str, Any]
    locale: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Everything kept about one person, as plain JSON (GDPR art. 15)."""

    municipality_id: str
    everything: Mapping[str, Any]


class Views:
    """Read-only questions to the database, each in a transaction of its own."""

    def __init__(self, db: Database, flows: Mapping[str, Flow], now: Callable[[], datetime]) -> None:
        self.db, self.flows, self.now = db, flows, now

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            async with self.db.read() as tx:
                await seen.last_message_id(tx, 0)
        except Retry:
            return False
        return True

    async def talk(self, municipality_id: str, channel: str, address: str) -> Talk | None:
        """The conversation at an address, None where there is none (yet, or any more).

        Raises:
            Retry: The database is away.
        """
        async with self.db.read() as tx:
            found = await seen.by_address(tx, municipality_id, channel, address)
            if found is None:
                return None
            asked = await cases.of_conversation(tx, found.conversation_id) if found.holder != "bot" else []
            held = await talks.of_conversation(tx, found.conversation_id) if found.holder == "human" else None
            promised = [each.answer_by for each in asked if each.answer_by and each.waits and each.kind not in BESIDE]
            return Talk(
                conversation_id=found.conversation_id,
                resident_id=found.resident_id,
                municipality_id=found.municipality_id,
                locale=found.locale,
                notice_version=found.notice_version,
                email=found.email,
                holder=found.holder,
                answer_by=min(promised, default=None),
                channels=await seen.channels(tx, found.conversation_id),
                state=states.load(found.state, self.flows),
                held_by=(await staff.load(tx, held.staff_id)).name if held else None,
            )

    async def latest(self, conversation_id: int) -> list[Message]:
        """The last messages of a conversation, the oldest of them first."""
        async with self.db.read() as tx:
            return await messages.before(tx, conversation_id, limit=LOOK_BACK)

    async def signs(self, said: Sequence[Message]) -> dict[int, dict[str, str]]:
        """The reactions under these messages; only talks with people have any."""
        if not any(each.sender == "coach" for each in said):
            return {}
        async with self.db.read() as tx:
            return await reactions.under(tx, [each.id for each in said])

    async def file(self, municipality_id: str, conversation_id: int, message_id: int) -> File | None:
        """What came with a message of a conversation, once it is kept."""
        async with self.db.read() as tx:
            attached = await files.attachments_of(tx, conversation_id)
            kept = next((each.file_id for each in attached if each.message_id == message_id and each.file_id), None)
            return None if kept is None else await files.get(tx, municipality_id, kept)

    async def last_id(self, conversation_id: int) -> int:
        """The id of the conversation's last message."""
        async with self.db.read() as tx:
            return await seen.last_message_id(tx, conversation_id)

    async def check_link(self, token: str, purpose: str) -> None:
        """See whether a private link is good, without using it up.

        Raises:
            LinkTrouble: It is not.
        """
        async with self.db.read() as tx:
            await self._peek(tx, token, purpose)

    async def plan_by_link(self, token: str) -> PlanSeen:
        """The plan a link leads to, in its latest version.

        Raises:
            LinkTrouble: The link is not good, or its plan is gone.
        """
        async with self.db.read() as tx:
            found = await self._peek(tx, token, "plan")
            return await self._plan(tx, found.municipality_id, found.subject_id, found.resident_id)

    async def plan_of(self, municipality_id: str, resident_id: int, plan_id: int) -> PlanSeen:
        """A plan that this person owns or has joined.

        Raises:
            LinkTrouble: There is no such plan.
        """
        async with self.db.read() as tx:
            return await self._plan(tx, municipality_id, plan_id, resident_id)

    async def plan(self, municipality_id: str, plan_id: int) -> tuple[PlanSeen, int]:
        """A plan to be sent to its owner, with the owner's id.

        Raises:
            LinkTrouble: There is no such plan (any more).
        """
        async with self.db.read() as tx:
            try:
                found = await plans.load(tx, municipality_id, plan_id)
            except NotFound as error:
                raise LinkTrouble("unknown") from error
        seen = PlanSeen(found.id, found.municipality_id, found.answers, found.locale, found.changed_at.date())
        return seen, found.owner_id

    async def case(self, municipality_id: str, case_id: int, *, resident_id: int | None = None) -> CaseSeen:
        """Something handed in; with `resident_id` only that person's.

        Raises:
            LinkTrouble: There is no such thing.
        """
        async with self.db.read() as tx:
            try:
                found = await cases.load(tx, municipality_id, case_id)
            except NotFound as error:
                raise LinkTrouble("unknown") from error
            if found.kind not in HANDED_IN or (resident_id is not None and found.resident_id != resident_id):
                raise LinkTrouble("unknown")
            locale = await residents.locale_of(tx, found.resident_id)
        context = found.context
        return CaseSeen(
            found.id, municipality_id, context["flow"], context["answers"], locale or "sv", found.created_at
        )

    async def open_activities(self, municipality_id: str) -> list[Mapping[str, Any]]:
        """The open activities that everybody may find, the soonest first, with what those who hold them have answered."""
        async with self.db.read() as tx:
            found = await board.open_activities(tx, municipality_id, self.now())
            return [{"id": each.id, "post": each.post} for each in found]

    async def posts(self, municipality_id: str, kind: str) -> list[Mapping[str, Any]]:
        """What everybody may see of one kind: needs by how many people are asked for, all else the newest first."""
        async with self.db.read() as tx:
            found = [each for each in await board_rows.shown(tx, municipality_id, kind, self.now()) if each.post]
        if kind == "board":
            found.sort(key=lambda each: -int(each.post.get("people") or 1))
        return [{"id": each.id, "post": each.post, "at": each.shown_at} for each in found]

    async def all_posts(self, municipality_id: str) -> list[Mapping[str, Any]]:
        """Everything that is shown now, whatever its kind."""
        found = [{**each, "kind": kind} for kind in KINDS for each in await self.posts(municipality_id, kind)]
        return sorted(found, key=lambda each: each["at"], reverse=True)

    async def example(self, municipality_id: str, lang: str, today: date) -> dict[str, Any] | None:
        """The latest example of the month (`bot.board.latest_example`)."""
        async with self.db.read() as tx:
            return await board.latest_example(tx, municipality_id, lang, today)

    async def dialogue(
        self, place: Municipality, dialogue_id: int, lang: str, resident_id: int | None
    ) -> dict[str, Any] | None:
        """A dialogue as somebody sees it (`bot.dialogues.seen`); None while it is a draft, or is not there."""
        async with self.db.read() as tx:
            try:
                row = await dialogue_rows.load(tx, place.id, dialogue_id)
            except NotFound:
                return None
            if row.status == "draft":
                return None
            return await dialogues.seen(tx, row, place, lang, self.now(), resident_id=resident_id)

    async def crisis(self, municipality_id: str) -> dict[str, Any] | None:
        """The crisis level, while it is not calm (`bot.shift_views.crisis_level`)."""
        async with self.db.read() as tx:
            return await shift_views.crisis_level(tx, municipality_id)

    async def meetings(self, place: Municipality) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The meetings to come, and those of the last year with their minutes."""
        async with self.db.read() as tx:
            now = self.now()
            return await meetings.coming(tx, place, now), await meetings.held(tx, place, now, timedelta(days=366))

    async def meeting(self, place: Municipality, meeting_id: int) -> dict[str, Any] | None:
        """One meeting, with the groups that everybody may see."""
        async with self.db.read() as tx:
            return await meetings.one(tx, place, self.now(), meeting_id)

    async def plans_of_groups(self, place: Municipality) -> list[dict[str, Any]]:
        """The action plans from open spaces that everybody may see."""
        async with self.db.read() as tx:
            return await meetings.plans(tx, place)

    async def needs(self, place: Municipality) -> list[dict[str, Any]]:
        """The shifts that everybody may see, most needed first (`bot.shift_views.seen`)."""
        async with self.db.read() as tx:
            return await shift_views.everybodys(tx, place, self.now())

    async def held_by_link(self, token: str) -> Held:
        """Everything kept about the person whose link this is.

        Raises:
            LinkTrouble: The link is not good.
        """
        async with self.db.read() as tx:
            found = await self._peek(tx, token, "mydata")
            try:
                everything = await residents.my_data(tx, found.municipality_id, found.resident_id or 0)
            except NotFound as error:
                raise LinkTrouble("unknown") from error
            return Held(found.municipality_id, everything)

    async def _peek(self, tx: AsyncConnection, token: str, purpose: str) -> links.Link:
        try:
            return await links.open(tx, token, purpose, self.now())
        except NotFound as error:
            raise LinkTrouble("unknown") from error
        except LinkGone as error:
            raise LinkTrouble(error.why) from error

    async def _plan(
        self, tx: AsyncConnection, municipality_id: str, plan_id: int | None, resident_id: int | None
    ) -> PlanSeen:
        try:
            found = await plans.load(tx, municipality_id, plan_id or 0, for_resident=resident_id or 0)
        except NotFound as error:
            raise LinkTrouble("unknown") from error
        return PlanSeen(found.id, found.municipality_id, found.answers, found.locale, found.changed_at.date())
