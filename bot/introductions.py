"""People brought together, in the turn: signed up, asked, answered; contact passed on when they have said yes; left at once.

Everything here happens in the transaction it is handed. What has to be said to somebody is a promise due now, so that it
goes through that person's own turn. What coordinators do is in `bot.introducing`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.friends import GUARDIAN
from bot.flows.introductions import SHARING, first_name
from bot.flows.model import (
    AnswerIntroduction,
    HowItWent,
    IntroductionEffect,
    Known,
    PassOnToThem,
    SeekAgain,
    SeekOthers,
    StopSeeking,
)
from bot.packs.model import Municipality
from bot.packs.model.introductions import KINDS
from bot.rules.introductions import in_common, is_minor, what_now
from storage import cases, consents, due, introductions
from storage.conversations import Opened
from storage.errors import NotFound
from storage.introductions import THERE, Introduction, Member, Seeker
from storage.secrets import make_token

BACK: Final = "introduction_back"
"""The kind of case that tells coordinators that too few of a group have said yes."""


async def apply(tx: AsyncConnection, effect: IntroductionEffect, who: Opened, known: Known) -> None:
    """Write an effect. Whoever has nothing to do with it, or comes too late, changes nothing."""
    desk = Desk(tx, known.municipality, known.now)
    try:
        match effect:
            case SeekOthers(kind, said):
                if not who.protected:
                    await desk.seek(kind, said, who)
            case SeekAgain(kind):
                await desk.again(kind, who)
            case StopSeeking(kind):
                await desk.stop(kind, who)
            case AnswerIntroduction(introduction_id, yes, said, late):
                await desk.answer(introduction_id, who, yes=yes, said=said, late=late)
            case PassOnToThem(introduction_id, words):
                await desk.pass_on(introduction_id, words, who)
            case HowItWent(introduction_id, outcome):
                await desk.went(introduction_id, outcome, who)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is to be forgotten, or met by nobody: they are proposed to nobody, and in touch with nobody any more."""
    desk = Desk(tx, known.municipality, known.now)
    for kind in KINDS:
        await desk.stop(kind, who)


async def only_with_a_guardian(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """A child writes here: nothing stands that they have said of themselves as a grown-up."""
    desk = Desk(tx, known.municipality, known.now)
    for each in await introductions.all_of_resident(tx, who.municipality_id, who.resident_id):
        if not is_minor(each.said or {}):
            await desk.stop(each.kind, who)


class Desk:
    """What becomes of people who want to meet others, in one transaction."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime) -> None:
        self.tx, self.place, self.now = tx, place, now

    # --- signing up and leaving

    async def seek(self, kind: str, said: Mapping[str, Any], who: Opened) -> None:
        """Keep a wish, or change it. A proposal that was made by what they said before is over."""
        before = await introductions.of_resident(self.tx, self.place.id, who.resident_id, kind)
        keeps = bool(
            before and before.said and is_minor(before.said) and before.said.get(GUARDIAN) == said.get(GUARDIAN)
        )
        seeker_id = await introductions.save(
            self.tx, municipality_id=self.place.id, resident_id=who.resident_id, conversation_id=who.conversation_id,
            kind=kind, said=dict(said), keeps_guardian=keeps, now=self.now,
        )  # fmt: skip
        for id, status in await introductions.of_seeker(self.tx, self.place.id, seeker_id, ("proposed",)):
            await self._out(id, seeker_id, "left", (status,))
        if not await self._unsettled(seeker_id) and before is not None and before.standing == "matched":
            await introductions.stand(self.tx, seeker_id, self.now, standing="waiting")

    async def again(self, kind: str, who: Opened) -> None:
        found = await introductions.of_resident(self.tx, self.place.id, who.resident_id, kind, lock=True)
        if found is not None:
            await introductions.stand(
                self.tx, found.id, self.now, before=("aside", "matched"), standing="waiting", why=None
            )

    async def stop(self, kind: str, who: Opened) -> None:
        """Somebody leaves: at once, and also what stands. Those they have met are told, and nothing is passed on any more."""
        found = await introductions.of_resident(self.tx, self.place.id, who.resident_id, kind, lock=True)
        if found is None or found.standing == "left":
            return
        for id, status in await introductions.of_seeker(self.tx, self.place.id, found.id, THERE):
            await self._out(id, found.id, "left", (status,))
        await introductions.stand(self.tx, found.id, self.now, standing="left", said=None, why=None, guardian_at=None,
                                  guardian_by=None)  # fmt: skip
        await consents.withdraw(
            self.tx, municipality_id=self.place.id, resident_id=who.resident_id, purpose=kind, now=self.now
        )
        if kind == "friends":
            await self.settle_case(found.conversation_id, GUARDIAN)

    # --- answers

    async def answer(
        self, introduction_id: int, who: Opened, *, yes: bool, said: Mapping[str, str] = {}, late: bool = False
    ) -> None:
        """Somebody's yes, no, or no answer in time."""
        found, member = await self._of(introduction_id, who.resident_id)
        await self.answered(found, member, yes=yes, said=said, late=late)

    async def answered(
        self, found: Introduction, member: Member, *, yes: bool, said: Mapping[str, str] = {}, late: bool = False
    ) -> bool:
        """The same for somebody whose answer a coordinator has heard; whether it was still wanted."""
        seeker = member.seeker
        if found.status not in ("asked", "back") and not late:
            return False
        if not yes:
            if not await self._out(found.id, seeker.id, "silent" if late else "no", ("asked", "yes")):
                return False
            if late:
                await introductions.stand(self.tx, seeker.id, self.now, before=("waiting",), standing="aside")
            return True
        kept = {"contact": "" if is_minor(seeker.said or {}) else str(said.get("contact") or "")}
        values = {"status": "yes", "said": kept}
        if not await introductions.change_member(
            self.tx, found.id, seeker.id, self.now, before=("asked",), values=values
        ):
            return False
        await self._no_wait(found.id, seeker.id)
        await self.settle(found)
        return True

    async def _out(self, introduction_id: int, seeker_id: int, status: str, before: Sequence[str]) -> bool:
        """Somebody is in it no more; what becomes of the others is settled at once."""
        found = await introductions.load(self.tx, self.place.id, introduction_id, lock=True)
        there = {"status": status, "said": None}
        if not await introductions.change_member(
            self.tx, introduction_id, seeker_id, self.now, before=before, values=there
        ):
            return False
        await self._no_wait(introduction_id, seeker_id)
        if found.status == "met":
            await self._leaves(found, seeker_id)
        elif found.status == "proposed":
            await self.dissolve(found, ("proposed",))
        else:
            await self.settle(found)
        return True

    async def settle(self, found: Introduction) -> None:
        """Go on, meet, give it back to a coordinator, or end it: by what has been answered so far."""
        members = await self.members(found.id)
        friends = self.place.introductions.friends
        answers = [(str((each.seeker.said or {}).get("side")), each.status) for each in members]
        match what_now(found.kind, answers, friends.least if friends else 2):
            case "met":
                await self.bring_together(found, members)
            case "back" if found.status == "asked":
                await self._release(found, [each for each in members if each.status == "asked"])
                await introductions.change(self.tx, found.id, self.now, before=("asked",), status="back")
                await self._tell_coordinators(found, [each for each in members if each.status == "yes"])
            case "ended":
                await self.dissolve(found, ("asked", "back"))

    async def dissolve(self, found: Introduction, before: Sequence[str], status: str = "ended") -> None:
        """It comes to nothing: everybody who is in it waits again, and whoever knew of it is told."""
        if not await introductions.change(self.tx, found.id, self.now, before=before, status=status):
            return
        await self._release(found, await self.members(found.id))
        await self._case_over(found)

    async def _release(self, found: Introduction, members: Sequence[Member]) -> None:
        for each in members:
            if each.status not in ("proposed", "asked", "yes") or self._is_late(found, each):
                continue
            values = {"status": "released", "said": None}
            await introductions.change_member(
                self.tx, found.id, each.seeker.id, self.now, before=(each.status,), values=values
            )
            await self._no_wait(found.id, each.seeker.id)
            if each.status != "proposed":
                await self._no_sharing(each.seeker, found.id)
                await self.tell("introduction_over", each.seeker, {"kind": found.kind, "seeker": each.seeker.id})

    def _is_late(self, found: Introduction, member: Member) -> bool:
        """Whether somebody has not answered in time: they hear that in a turn of their own."""
        return member.status == "asked" and found.answer_by is not None and found.answer_by <= self.now

    async def bring_together(self, found: Introduction, members: Sequence[Member]) -> None:
        """They have said yes to each other: each hears how to reach the others, as those have chosen. Where anybody is under
        18, nobody does."""
        if not await introductions.change(self.tx, found.id, self.now, before=("asked", "back"), status="met"):
            return
        agreed = [each for each in members if each.status == "yes"]
        await self._release(found, [each for each in members if each.status == "asked"])
        minor = any(is_minor(each.seeker.said or {}) for each in agreed)
        for each in agreed:
            values = {"status": "met", "said": None}
            await introductions.change_member(
                self.tx, found.id, each.seeker.id, self.now, before=("yes",), values=values
            )
            await introductions.stand(self.tx, each.seeker.id, self.now, before=("waiting", "aside"), standing="matched",
                                      why=None)  # fmt: skip
            others = [
                {"name": first_name(other.seeker.said or {}), **({} if minor else (other.said or {}))}
                for other in agreed
                if other is not each
            ]
            data = {"introduction": found.id, "kind": found.kind, "minor": minor, "others": others,
                    "meeting": _meeting(found)}  # fmt: skip
            await self.tell("introduction_met", each.seeker, data)
            await self.remember(found, each.seeker)
        await self._case_over(found)

    async def remember(self, found: Introduction, seeker: Seeker) -> None:
        """The day before the first meeting it is called to mind, and later asked how it went."""
        begins = found.meets_at or self.now
        times = {f"follow_up:{days}": begins + timedelta(days=days) for days in self.place.introductions.follow_up_days}
        if found.meets_at is not None:
            times["tomorrow"] = found.meets_at - timedelta(days=1)
        for name, at in times.items():
            kind = f"introduction_{name.partition(':')[0]}"
            key = f"introduction_{name}:{found.id}:{seeker.id}"
            if at <= self.now:
                await due.cancel(self.tx, self.place.id, key, "changed", now=self.now)
                continue
            await due.schedule(
                self.tx, municipality_id=self.place.id, conversation_id=seeker.conversation_id, kind=kind,
                unique_key=key, data={"introduction": found.id}, due_at=at, now=self.now,
            )  # fmt: skip

    # --- afterwards

    async def pass_on(self, introduction_id: int, words: str, who: Opened) -> None:
        """Words from one of those who have met to the others. Of minors nothing is passed on."""
        found, mine = await self._of(introduction_id, who.resident_id)
        met = [each for each in await self.members(found.id) if each.status == "met"]
        if mine.status != "met" or any(is_minor(each.seeker.said or {}) for each in met):
            raise NotFound("introductions", introduction_id)
        data = {"introduction": found.id, "name": first_name(mine.seeker.said or {}), "words": words}
        for each in met:
            if each.seeker.id != mine.seeker.id:
                await self.tell("introduction_words", each.seeker, data)

    async def went(self, introduction_id: int, outcome: str, who: Opened) -> None:
        """How it has gone; whoever wants somebody else, or one more, waits again."""
        found, mine = await self._of(introduction_id, who.resident_id)
        if outcome == "no":
            await self._somebody_else(found, mine)
            return
        values = {"outcome": outcome}
        if not await introductions.change_member(
            self.tx, found.id, mine.seeker.id, self.now, before=("met",), values=values
        ):
            return
        if outcome == "another":
            await introductions.stand(
                self.tx, mine.seeker.id, self.now, before=("matched",), standing="waiting", why=None
            )

    async def _somebody_else(self, found: Introduction, mine: Member) -> None:
        """Somebody wants to meet others instead: nothing is passed on to or from these any more, and they are told."""
        if await self._out(found.id, mine.seeker.id, "no", ("met",)):
            await introductions.change_member(
                self.tx, found.id, mine.seeker.id, self.now, before=("no",), values={"outcome": "no"}
            )
            await introductions.stand(
                self.tx, mine.seeker.id, self.now, before=("matched",), standing="waiting", why=None
            )

    async def _leaves(self, found: Introduction, seeker_id: int) -> None:
        """Somebody whom others have met does not want to any more: they are told, once, and it goes on without them."""
        members = await self.members(found.id)
        name = next(first_name(each.seeker.said or {}) for each in members if each.seeker.id == seeker_id)
        there = [each for each in members if each.status == "met"]
        for each in there:
            data = {"kind": found.kind, "seeker": each.seeker.id, "met": True, "name": name}
            await self.tell("introduction_over", each.seeker, data)
        if len(there) < 2:
            await introductions.change(self.tx, found.id, self.now, before=("met",), status="ended")
            for each in there:
                await introductions.stand(self.tx, each.seeker.id, self.now, before=("matched",), standing="aside")

    # --- what both sides need

    async def members(self, introduction_id: int) -> list[Member]:
        return (await introductions.members(self.tx, self.place.id, [introduction_id]))[introduction_id]

    async def _of(self, introduction_id: int, resident_id: int) -> tuple[Introduction, Member]:
        """An introduction, locked, and this person in it. Raises NotFound."""
        found = await introductions.load(self.tx, self.place.id, introduction_id, lock=True)
        for each in await self.members(introduction_id):
            if each.seeker.resident_id == resident_id:
                return found, each
        raise NotFound("introductions", introduction_id)

    async def _unsettled(self, seeker_id: int) -> bool:
        return bool(await introductions.of_seeker(self.tx, self.place.id, seeker_id, introductions.UNSETTLED))

    async def _no_wait(self, introduction_id: int, seeker_id: int) -> None:
        for name in ("asked", "unanswered"):
            key = f"introduction_{name}:{introduction_id}:{seeker_id}"
            await due.cancel(self.tx, self.place.id, key, "answered", now=self.now)

    async def _no_sharing(self, seeker: Seeker, introduction_id: int) -> None:
        await consents.withdraw(
            self.tx, municipality_id=self.place.id, resident_id=seeker.resident_id, purpose=SHARING,
            subject_id=introduction_id, now=self.now,
        )  # fmt: skip

    async def _tell_coordinators(self, found: Introduction, agreed: Sequence[Member]) -> None:
        """Too few of a group have said yes: a coordinator decides."""
        first = agreed[0].seeker
        names = ", ".join(first_name(each.seeker.said or {}) for each in agreed)
        await cases.open(
            self.tx, municipality_id=self.place.id, kind=BACK, conversation_id=first.conversation_id,
            resident_id=first.resident_id, answer_by=self.place.answer_by(self.now), now=self.now, note=names,
            context={"flow": None, "answers": {}, "introduction": found.id},
        )  # fmt: skip

    async def _case_over(self, found: Introduction) -> None:
        for each in await self.members(found.id):
            await self.settle_case(each.seeker.conversation_id, BACK, found.id)

    async def settle_case(self, conversation_id: int, kind: str, introduction_id: int | None = None) -> None:
        """What somebody's case of this kind was about is done."""
        for case in await cases.of_conversation(self.tx, conversation_id):
            about = (case.context or {}).get("introduction")
            if case.kind == kind and case.closed_at is None and introduction_id in (None, about):
                await cases.answer(self.tx, self.place.id, case.id, self.now)
                await cases.close(self.tx, self.place.id, case.id, "answered", self.now)

    async def tell(
        self, kind: str, seeker: Seeker, data: Mapping[str, Any], at: datetime | None = None, key: str = ""
    ) -> None:
        """Say something in one's own conversation, at once, or later."""
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=seeker.conversation_id, kind=kind, data=dict(data),
            unique_key=f"{kind}:{key or make_token()}", due_at=at or self.now, now=self.now,
        )  # fmt: skip


def _meeting(found: Introduction) -> dict[str, Any] | None:
    return None if found.meets_at is None else {**(found.meeting or {}), "at": found.meets_at.isoformat()}


# --- what flows may look up -----------------------------------------------------------------------------------------------


async def _my_seekings(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await introductions.all_of_resident(tx, who.municipality_id, who.resident_id)
    return [{"id": each.id, "kind": each.kind} for each in found]


async def _seeking(tx: AsyncConnection, who: Opened, known: Known, kind: str) -> dict[str, Any] | None:
    """What this person wishes of a kind, why they wait, and what they are in."""
    found = await introductions.of_resident(tx, who.municipality_id, who.resident_id, kind)
    return None if found is None else await _seen(tx, found, who, known)


async def _my_seeking(tx: AsyncConnection, who: Opened, known: Known, seeker_id: int) -> dict[str, Any] | None:
    for each in await introductions.all_of_resident(tx, who.municipality_id, who.resident_id):
        if each.id == seeker_id:
            return await _seen(tx, each, who, known)
    return None


async def _seen(tx: AsyncConnection, found: Seeker, who: Opened, known: Known) -> dict[str, Any] | None:
    if found.standing == "left":
        return None
    there = await introductions.of_seeker(tx, found.municipality_id, found.id, ("asked", "yes", "met"))
    there.sort(key=lambda each: each[1] == "met")  # what waits for an answer comes first
    shown = there[0][0] if there and (there[0][1] != "met" or found.standing == "matched") else None
    waiting = await cases.of_conversation(tx, found.conversation_id) if is_minor(found.said or {}) else []
    case = next((each.id for each in waiting if each.kind == GUARDIAN and each.closed_at is None), None)
    why = "guardian_ok" if is_minor(found.said or {}) and found.guardian_at is None else found.why
    there_now = None if shown is None else await _introduction(tx, who, known, shown)
    return {
        "id": found.id, "kind": found.kind, "said": found.said, "standing": found.standing, "why": why,
        "guardian_ok": found.guardian_at is not None, "guardian_case": case,
        "in": there_now if there_now and there_now["others"] else None,
    }  # fmt: skip


async def _introduction(tx: AsyncConnection, who: Opened, known: Known, introduction_id: int) -> dict[str, Any] | None:
    """An introduction that this person has been asked about: the others by first name, never how they are reached."""
    try:
        found = await introductions.load(tx, who.municipality_id, introduction_id)
    except NotFound:
        return None
    members = (await introductions.members(tx, who.municipality_id, [introduction_id]))[introduction_id]
    mine = next((each for each in members if each.seeker.resident_id == who.resident_id), None)
    if mine is None or mine.status == "proposed":
        return None
    there = [each for each in members if each.status in ("asked", "yes", "met")]
    others = [each for each in there if each is not mine]
    by = found.answer_by.astimezone(known.municipality.zone).date() if found.answer_by else None
    said = [each.seeker.said for each in (mine, *others) if each.seeker.said]
    why = in_common(found.kind, said) if len(said) > 1 else {}
    if found.kind == "friends":  # of a group, what this one shares with at least one of the others
        liked = {each for other in said[1:] for each in other.get("interests") or ()}
        why["interests"] = [each for each in said[0].get("interests") or () if each in liked] if said else []
    return {
        "id": found.id, "kind": found.kind, "status": found.status, "mine": mine.status, "seeker": mine.seeker.id,
        "others": [first_name(each.seeker.said or {}) for each in others], "outcome": mine.outcome,
        "why": why,
        "minor": any(is_minor(each.seeker.said or {}) for each in there), "answer_day": by, "meeting": _meeting(found),
    }  # fmt: skip


LOOKUPS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {
    "my_seekings": _my_seekings,
    "seeking": _seeking,
    "my_seeking": _my_seeking,
    "introduction": _introduction,
}
"""What flows may look up about it."""
