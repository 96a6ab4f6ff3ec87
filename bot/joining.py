"""Taking part in what others have put up: asked of the owner, answered, and contact passed on when both have said yes.

Everything here happens in the transaction it is handed. What has to be said to the other one is a promise due now, so that
it goes through that person's own turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, weaving
from bot.flows.board import title_of
from bot.flows.joining import KIND
from bot.flows.model import (
    AnswerInterest,
    AskToTakePart,
    InterestEffect,
    Known,
    PassOnInterest,
    ReplyToOwner,
    TakeBackInterest,
)
from bot.i18n import Value
from bot.packs.model import Municipality
from storage import board, case_log, cases, consents, conversations, due, interests
from storage.conversations import Opened
from storage.errors import NotFound
from storage.interests import LIVING, OPEN, Interest
from storage.secrets import make_token


async def apply(tx: AsyncConnection, effect: InterestEffect, who: Opened, known: Known, case_id: Value | None) -> None:
    """Write an effect about taking part; `case_id` is the case made before it in this turn.

    Whoever has nothing to do with it, or comes too late, changes nothing.
    """
    desk = Desk(tx, known.municipality, known.now)
    try:
        match effect:
            case AskToTakePart():
                assert isinstance(case_id, int)
                await desk.ask(effect, who, case_id)
            case AnswerInterest(interest_id, how, said):
                await desk.answer(interest_id, how, said, who)
            case ReplyToOwner(interest_id, words, answer_by):
                await desk.reply(interest_id, words, answer_by, who)
            case TakeBackInterest(interest_id):
                await desk.take_back(interest_id, who)
            case PassOnInterest(interest_id, words):
                await desk.pass_on(interest_id, words, who)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is to be forgotten or met by nobody: nothing of theirs waits for an answer, they are in touch with nobody
    any more, and the others are told."""
    desk = Desk(tx, known.municipality, known.now)
    for each in await interests.of_resident(tx, who.municipality_id, who.resident_id):
        await desk.take_back(each.id, who)
    for each in await interests.of_owner(tx, who.municipality_id, who.resident_id):
        await desk.owner_leaves(each)


class Desk:
    """What becomes of interests, in one transaction."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime) -> None:
        self.tx, self.place, self.now = tx, place, now

    async def ask(self, wish: AskToTakePart, who: Opened, case_id: int) -> None:
        """Keep the wish, and tell the owner at once, in their own conversation."""
        post = await board.load(self.tx, self.place.id, wish.post_id)
        id = await interests.add(
            self.tx, municipality_id=self.place.id, post_id=post.id, case_id=case_id, resident_id=who.resident_id,
            conversation_id=who.conversation_id, kind=wish.kind, said=dict(wish.said), now=self.now,
        )  # fmt: skip
        await self._tell_owner(await interests.load(self.tx, self.place.id, id), wish.answer_by)
        if wish.kind == "ask":
            await weaving.written_to(self.tx, post, self.place, self.now)

    async def answer(self, interest_id: int, how: str, said: Mapping[str, str], who: Opened) -> None:
        """The owner's yes, no or question."""
        found = await interests.load(self.tx, self.place.id, interest_id)
        if found.owner_id != who.resident_id:
            raise NotFound("interests", interest_id)
        match how:
            case "yes":
                await self._bring_together(found, said)
            case "no":
                if await self._over(found, "declined", OPEN):
                    await self._tell(
                        found, found.conversation_id, "interest_declined", {"words": said.get("words", "")}
                    )
            case _:
                if await interests.turn(self.tx, found, "asked", self.now, expected=OPEN):
                    await self._answered(found, close=False)
                    await self._tell(found, found.conversation_id, "interest_asked", {"words": said["words"]})

    async def reply(self, interest_id: int, words: str, answer_by: datetime, who: Opened) -> None:
        """An answer to the owner's question: now it is theirs to answer again."""
        found = await self._of(interest_id, who)
        if not await interests.turn(self.tx, found, "waiting", self.now, expected=OPEN):
            return
        if found.case_id is not None:
            case = await cases.load(self.tx, self.place.id, found.case_id)
            if case.closed_at is None:
                await cases.ask_again(self.tx, self.place.id, case.id, answer_by)
                there = await conversations.by_id(self.tx, found.conversation_id)
                await alerts.watch(self.tx, case.id, KIND, answer_by, there, self.now)
        await self._tell_owner(found, answer_by, words)

    async def take_back(self, interest_id: int, who: Opened) -> None:
        """Whoever asked does not want to any more, or the owner of what both have agreed on; the other one hears of it."""
        found = await interests.load(self.tx, self.place.id, interest_id)
        if who.resident_id == found.owner_id and found.status == "agreed":
            await self.owner_leaves(found)
        elif who.resident_id != found.resident_id:
            raise NotFound("interests", interest_id)
        elif await self._over(found, "withdrawn", LIVING):
            data = {"name": str((found.said or {}).get("name") or "…")}
            await self._tell(found, found.owner_conversation_id, "interest_ended", data)

    async def owner_leaves(self, found: Interest) -> None:
        """The owner is in touch with this one no more, or never will be."""
        if await self._over(found, "ended", LIVING):
            data = {"agreed": True} if found.status == "agreed" else {}
            await self._tell(found, found.conversation_id, "interest_ended", data)

    async def pass_on(self, interest_id: int, words: str, who: Opened) -> None:
        """Words from one of two who have agreed to the other."""
        found = await interests.load(self.tx, self.place.id, interest_id)
        if found.status != "agreed" or who.resident_id not in (found.resident_id, found.owner_id):
            raise NotFound("interests", interest_id)
        mine = who.resident_id == found.resident_id
        to = found.owner_conversation_id if mine else found.conversation_id
        data = {"words": words, **({"name": str((found.said or {}).get("name") or "")} if mine else {})}
        await self._tell(found, to, "interest_words", data, key=make_token())

    async def post_over(self, post_id: int) -> None:
        """What was put up is shown no more: whoever waits for an answer hears it. Who has agreed stays in touch."""
        for each in await interests.in_post(self.tx, post_id, OPEN):
            await self.owner_leaves(each)

    async def case_closed(self, case_id: int) -> None:
        """Staff have closed the case: its question to the owner, who hears of it, is over, unless the two have agreed."""
        found = await interests.of_case(self.tx, self.place.id, case_id)
        if found is not None and await self._over(found, "ended", OPEN):
            data = {**_name_of(found), "settled": True}
            await self._tell(found, found.owner_conversation_id, "interest_ended", data)

    async def _bring_together(self, found: Interest, said: Mapping[str, str]) -> None:
        """Both have agreed: each hears what the other wants to give, in their own conversation."""
        theirs = found.said or {}
        if not await self._over(found, "agreed", OPEN):
            return
        for_owner = {"name": theirs.get("name", ""), "contact": theirs.get("contact", "")}
        for_them = {"name": said["name"], "contact": said.get("contact", "")}
        await self._tell(found, found.owner_conversation_id, "interest_agreed", for_owner, key="owner")
        await self._tell(found, found.conversation_id, "interest_agreed", for_them, key="asked")

    async def _of(self, interest_id: int, who: Opened) -> Interest:
        """One of this person's own. Raises NotFound."""
        found = await interests.load(self.tx, self.place.id, interest_id)
        if found.resident_id != who.resident_id:
            raise NotFound("interests", interest_id)
        return found

    async def _over(self, found: Interest, status: str, expected: tuple[str, ...]) -> bool:
        """It is settled, once; how they are reached is needed here no more, nor the promise of an answer, nor what they
        consented to, unless it is now that the two have agreed."""
        if not await interests.turn(self.tx, found, status, self.now, expected=expected, said=_name_of(found)):
            return False
        await self._answered(found, close=True)
        if status != "agreed":
            await self._no_consent(found.resident_id, found.post_id)
            if not await interests.in_post(self.tx, found.post_id, ("agreed",)):  # nobody else knows the owner
                await self._no_consent(found.owner_id, found.post_id)
        return True

    async def _no_consent(self, resident_id: int, post_id: int) -> None:
        await consents.withdraw(
            self.tx, municipality_id=self.place.id, resident_id=resident_id, purpose=KIND, subject_id=post_id, now=self.now,
        )  # fmt: skip

    async def _answered(self, found: Interest, *, close: bool) -> None:
        """The promise of an answer is kept; the case is closed where nothing more is to come."""
        if found.case_id is None:
            return
        case = await cases.load(self.tx, self.place.id, found.case_id)
        if case.closed_at is not None:
            return
        await cases.answer(self.tx, self.place.id, case.id, self.now)
        for name in ("late", "soon"):
            key = alerts.due_key(case.conversation_id, case.id, name)
            await due.cancel(self.tx, self.place.id, key, "answered", now=self.now)
        if close:
            await cases.close(self.tx, self.place.id, case.id, "answered", self.now)
            await case_log.add(
                self.tx, municipality_id=self.place.id, conversation_id=case.conversation_id, case_id=case.id, act="closed",
                who=self.place.lab or self.place.name, at=self.now,
            )  # fmt: skip

    async def _tell_owner(self, found: Interest, answer_by: datetime, reply: str = "") -> None:
        said = found.said or {}
        data = {"name": said.get("name", ""), "words": reply or said.get("words", ""),
                "answer_by": answer_by.isoformat(), "again": bool(reply)}  # fmt: skip
        await self._tell(found, found.owner_conversation_id, "interest_new", data, key=make_token())

    async def _tell(
        self, found: Interest, conversation_id: int, kind: str, data: Mapping[str, Any], key: str = ""
    ) -> None:
        """Say something in one's own conversation, at once."""
        told = {"interest": found.id, "kind": found.kind, "title": title_of(found.post or {}), **data}
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=conversation_id, kind=kind, data=told,
            unique_key=f"{kind}:{found.id}:{key or make_token()}", due_at=self.now, now=self.now,
        )  # fmt: skip


def _name_of(found: Interest) -> dict[str, str]:
    """What is kept of somebody once it is settled."""
    return {"name": str((found.said or {}).get("name") or "")}
