"""What coordinators do about people who want to meet others: who waits and why, proposals with their reasons, approving.

Of the people they see first names and what was said, never how anybody is reached. A human approves every introduction;
the solver only proposes (`bot.rules.introductions`), in a thread, on what was read before. Every act is one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.families import FAMILIES
from bot.flows.friends import FRIENDS, GUARDIAN
from bot.flows.introductions import SHARING, first_name, games, kept_key, reasons, said_card
from bot.flows.joining import CONSENT_VERSION as SHARING_VERSION
from bot.flows.model import Card, Flow, Known
from bot.flows.phone_chats import PHONE_CHATS
from bot.flows.read.people import find_email, find_phone
from bot.flows.read.typed import clean, fold
from bot.handoff import Actor
from bot.i18n import Text, _, p_
from bot.introductions import Desk
from bot.packs.model import Municipality
from bot.rules import introductions as rules
from bot.rules.introductions import Found, Wish, is_minor
from bot.rules.masking import mask
from bot.staff import Refused
from bot.turn import Turns
from storage import case_log, consents, due, introductions
from storage.errors import NotFound
from storage.introductions import OPEN, Introduction, Member, Seeker

WORDS_MAX: Final = 600
MET_SHOWN: Final = 30
"""So many of those who have met are shown, the newest first."""

SIGN_UPS: Final[Mapping[str, Flow]] = {"friends": FRIENDS, "families": FAMILIES, "phone_chats": PHONE_CHATS}

STATUSES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: what somebody has said to an introduction, as a coordinator sees it.
    "proposed": p_("introduced", "Proposed"),
    "asked": p_("introduced", "Has been asked"),
    "yes": p_("introduced", "Said yes"),
    "met": p_("introduced", "Is in it"),
    "no": p_("introduced", "Said no"),
    "silent": p_("introduced", "Did not answer"),
    "left": p_("introduced", "Has left"),
    "released": p_("introduced", "Waits again"),
}
OUTCOMES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: what somebody has said afterwards, as a coordinator sees it.
    "contact": p_("introduced", "in touch"),
    "not_yet": p_("introduced", "no contact yet"),
    "another": p_("introduced", "in touch, would like one more"),
    "no": p_("introduced", "wants somebody else"),
}
WHY: Final[Mapping[str, Text]] = {
    # TRANSLATORS: why somebody waits, as a coordinator sees it.
    "guardian_ok": p_("waits", "a guardian has not agreed yet"),
    "consent": p_("waits", "has not agreed"),
    "side": p_("waits", "nobody of the other side, new or established, is there"),
    "place": p_("waits", "nobody of the other side lives near, or the area is not known"),
    "age": p_("waits", "nobody of about that age is there, or the age is not known"),
    "interests": p_("waits", "nobody who fits likes the same"),
    "size": p_("waits", "somebody would fit, too few for one more group"),
    "languages": p_("waits", "nobody speaks the same language"),
    "hours": p_("waits", "nobody who speaks it has time then"),
    "taken": p_("waits", "everybody who would fit is taken"),
    "met": p_("waits", "has been introduced to everybody who would fit"),
}

GONE: Final = _(
    "That is settled already: somebody has left or changed what they said, or a colleague was quicker. Look once more."
)
MISSING: Final = _("There is nobody like that any more.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who is in nothing right now. `why` is said of them since the last proposing."""

    seeker: Seeker
    name: str
    card: Card
    minor: bool
    why: Text | None


@dataclass(frozen=True, slots=True)
class Somebody:
    """One of those who are to meet, or have met."""

    member: Member
    name: str
    status: Text
    outcome: Text | None

    @property
    def to_ring(self) -> bool:
        """Whether what is written here does not reach them."""
        return bool(self.member.seeker.by_phone)


@dataclass(frozen=True, slots=True)
class Together:
    """An introduction with everybody in it, and what they have in common."""

    row: Introduction
    people: Sequence[Somebody]
    reasons: Sequence[Text]
    minor: bool

    @property
    def meeting(self) -> Mapping[str, Any]:
        return self.row.meeting or {}


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything of one kind: what is not settled, by status; those who have met; and who waits."""

    kind: str
    open: Mapping[str, Sequence[Together]]
    met: Sequence[Together]
    waiting: Sequence[Waiting]
    aside: Sequence[Waiting]
    games: Sequence[tuple[Text, Text]]


@dataclass(frozen=True, slots=True)
class Made:
    """What a proposing came to: new proposals, and how many wait."""

    new: int
    waiting: int


class Introducing:
    """The coordinators' questions and acts. What is refused raises Refused."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    def _known(self, place: Municipality) -> Known:
        return Known(now=self.now().astimezone(place.zone), locale=place.languages[0], municipality=place)

    # --- seeing

    async def seen(self, by: Actor, kind: str) -> Seen:
        """What there is of a kind that this municipality offers."""
        place = self._offering(by, kind)
        known = self._known(place)
        async with self.db.read() as tx:
            found = await introductions.of_kind(tx, place.id, kind)
            rows = await introductions.listed(tx, place.id, kind)
            shown = [each for each in rows if each.status in OPEN]
            shown += [each for each in rows if each.status == "met"][:MET_SHOWN]
            members = await introductions.members(tx, place.id, [each.id for each in shown])
        together = [self._together(each, members[each.id], known) for each in shown]
        busy = {each.member.seeker.id for some in together if some.row.status in OPEN for each in some.people
                if each.member.status in introductions.UNSETTLED}  # fmt: skip
        idle = [each for each in found if each.id not in busy and each.standing in ("waiting", "aside")]
        lines = [self._waiting(each, known) for each in idle]
        return Seen(
            kind, {status: [each for each in together if each.row.status == status] for status in OPEN},
            [each for each in together if each.row.status == "met"],
            [each for each in lines if each.seeker.standing == "waiting"],
            [each for each in lines if each.seeker.standing == "aside"], games(kind),
        )  # fmt: skip

    def _waiting(self, seeker: Seeker, known: Known) -> Waiting:
        said = {name: value for name, value in seeker.said.items() if name != GUARDIAN}
        minor = is_minor(said)
        why = "guardian_ok" if minor and seeker.guardian_at is None else seeker.why
        card = said_card(SIGN_UPS[seeker.kind], {**said, "name": first_name(said)}, known)
        return Waiting(seeker, first_name(said), card, minor, WHY.get(why or ""))

    def _together(self, row: Introduction, members: Sequence[Member], known: Known) -> Together:
        people = [
            Somebody(each, first_name(each.seeker.said or {}), STATUSES[each.status], OUTCOMES.get(each.outcome or ""))
            for each in members
        ]
        said = [each.seeker.said for each in members if each.seeker.said]
        return Together(row, people, reasons(row.kind, row.why or {}, known), any(is_minor(each) for each in said))

    # --- proposing

    async def propose(self, by: Actor, kind: str) -> Made:
        """Propose whoever fits, as many as can be, among those who wait and are in nothing. What is proposed stays."""
        place = self._offering(by, kind)
        async with self.db.read() as tx:
            free = await self._free(tx, place, kind)
            apart = await self._apart(tx, place, kind)
        wishes = [Wish(each.id, each.said, each.guardian_at is not None) for each in free]
        found = await asyncio.to_thread(_find, place, kind, wishes, apart)
        when = {each.id: each.changed_at for each in free}

        async def write(tx: AsyncConnection) -> Made:
            now, desk = self.now(), Desk(tx, place, self.now())
            made = 0
            for ids, why in found.together:
                still = [await introductions.load_seeker(tx, place.id, id, lock=True) for id in sorted(ids)]
                busy = [await introductions.of_seeker(tx, place.id, id, introductions.UNSETTLED) for id in ids]
                if any(busy) or any(each.standing != "waiting" or each.changed_at != when[each.id] for each in still):
                    continue
                await introductions.propose(tx, municipality_id=place.id, kind=kind, members=ids, why=why, now=now)
                made += 1
            for id, reason in found.waiting.items():
                await self._left_over(tx, desk, id, reason)
            return Made(made, len(found.waiting))

        return await self.db.write(write, key=f"introduce:{place.id}")

    async def _left_over(self, tx: AsyncConnection, desk: Desk, seeker_id: int, reason: str) -> None:
        """Why somebody waits; the first time it is said to them, and after that from time to time."""
        try:
            seeker = await introductions.load_seeker(tx, desk.place.id, seeker_id, lock=True)
        except NotFound:
            return
        if seeker.standing != "waiting":
            return
        tells = seeker.told_at is None and reason != "guardian_ok"
        told: dict[str, Any] = {"told_at": desk.now} if tells else {}
        await introductions.stand(tx, seeker_id, seeker.changed_at, why=reason, **told)
        if tells:
            await due.schedule(
                tx, municipality_id=desk.place.id, conversation_id=seeker.conversation_id, kind="introduction_kept",
                unique_key=f"conversation:{seeker.conversation_id}:{kept_key(seeker.kind)}",
                data={"kind": seeker.kind}, due_at=desk.now, now=desk.now,
            )  # fmt: skip

    async def _free(self, tx: AsyncConnection, place: Municipality, kind: str) -> list[Seeker]:
        found = await introductions.of_kind(tx, place.id, kind)
        rows = [each for each in await introductions.listed(tx, place.id, kind) if each.status in OPEN]
        members = await introductions.members(tx, place.id, [each.id for each in rows])
        busy = {each.seeker.id for some in members.values() for each in some
                if each.status in introductions.UNSETTLED}  # fmt: skip
        return [each for each in found if each.standing == "waiting" and each.id not in busy]

    async def _apart(self, tx: AsyncConnection, place: Municipality, kind: str) -> rules.Apart:
        rows = await introductions.listed(tx, place.id, kind)
        members = await introductions.members(tx, place.id, [each.id for each in rows])
        return rules.kept_apart(
            (each.status, [(some.seeker.id, some.status) for some in members[each.id]]) for each in rows
        )

    # --- deciding

    async def approve(self, by: Actor, introduction_id: int) -> None:
        """Ask everybody in it."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> None:
            desk, row = Desk(tx, place, self.now()), await self._load(tx, by, introduction_id)
            answer_by = desk.now + place.introductions.answer_in
            members = await desk.members(row.id)
            values = {"status": "asked", "approved_by": by.staff_id, "answer_by": answer_by}
            if not await introductions.change(tx, row.id, desk.now, before=("proposed",), **values):
                raise Refused("gone", GONE)
            for each in members:
                await introductions.change_member(
                    tx, row.id, each.seeker.id, desk.now, before=("proposed",), values={"status": "asked"}
                )
                key, data = f"{row.id}:{each.seeker.id}", {"introduction": row.id}
                await desk.tell("introduction_asked", each.seeker, data, key=key)
                await desk.tell("introduction_unanswered", each.seeker, data, answer_by, key)
                await self._log(tx, by, each.seeker, "introduced")
            await desk.settle(await self._load(tx, by, row.id))  # somebody may be missing since two talks became one

        await self.db.write(write)

    async def decline(self, by: Actor, introduction_id: int) -> None:
        """Say no to a proposal: nobody hears of it, and it is not made again."""
        await self._end(by, introduction_id, ("proposed",), "declined")

    async def let_go(self, by: Actor, introduction_id: int) -> None:
        """A group of which too few have said yes comes to nothing: they are told, and wait again."""
        await self._end(by, introduction_id, ("back",), "ended")

    async def _end(self, by: Actor, introduction_id: int, before: Sequence[str], status: str) -> None:
        place = self.place(by)

        async def write(tx: AsyncConnection) -> None:
            desk, row = Desk(tx, place, self.now()), await self._load(tx, by, introduction_id)
            if row.status not in before:
                raise Refused("gone", GONE)
            await desk.dissolve(row, before, status)

        await self.db.write(write)

    async def go_on(self, by: Actor, introduction_id: int) -> None:
        """Those of a group who have said yes meet all the same, although they are fewer than usual."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> None:
            desk, row = Desk(tx, place, self.now()), await self._load(tx, by, introduction_id)
            members = await desk.members(row.id)
            if row.status != "back" or sum(each.status == "yes" for each in members) < 2:
                raise Refused("gone", GONE)
            await desk.bring_together(row, members)

        await self.db.write(write)

    async def answer_for(self, by: Actor, introduction_id: int, seeker_id: int, *, yes: bool, contact: str) -> None:
        """Note what somebody who is reached by phone only has said; how the others reach them, if they want to be."""
        place, contact = self.place(by), clean(contact)[:200]
        if yes and contact and not (find_email(contact) or find_phone(fold(contact))):
            raise Refused("empty", _("I found neither a phone number nor an e-mail address in that."))

        async def write(tx: AsyncConnection) -> None:
            desk, row = Desk(tx, place, self.now()), await self._load(tx, by, introduction_id)
            member = next((each for each in await desk.members(row.id) if each.seeker.id == seeker_id), None)
            if member is None or not member.seeker.by_phone:
                raise Refused("missing", MISSING)
            if yes and not contact and row.kind == "phone_chats":
                raise Refused("empty", _("Write the number on which the other one may ring."))
            if not await desk.answered(row, member, yes=yes, said={"contact": contact}):
                raise Refused("gone", GONE)
            if yes:
                await consents.give(
                    tx, municipality_id=place.id, resident_id=member.seeker.resident_id, purpose=SHARING,
                    subject_id=row.id, wording_version=SHARING_VERSION, locale=member.seeker.locale or place.languages[0],
                    now=desk.now,
                )  # fmt: skip
            await self._log(tx, by, member.seeker, "answered for")

        await self.db.write(write)

    # --- people

    async def stand(self, by: Actor, seeker_id: int, standing: str) -> None:
        """Leave somebody out of what is proposed ("aside"), or take them in again ("waiting")."""
        if standing not in ("aside", "waiting"):
            raise Refused("missing", MISSING)

        async def write(tx: AsyncConnection) -> None:
            seeker = await self._seeker(tx, by, seeker_id)
            if await introductions.of_seeker(tx, by.municipality_id, seeker.id, introductions.UNSETTLED):
                raise Refused("gone", GONE)
            await introductions.stand(tx, seeker.id, self.now(), before=("waiting", "aside"), standing=standing)
            await self._log(tx, by, seeker, "left out" if standing == "aside" else "taken in")

        await self.db.write(write)

    async def guardian(self, by: Actor, seeker_id: int, *, agreed: bool) -> None:
        """Note what a guardian has said. Without a yes nobody under 18 is proposed; with a no they are told kindly."""
        place = self.place(by)

        async def write(tx: AsyncConnection) -> None:
            desk, seeker = Desk(tx, place, self.now()), await self._seeker(tx, by, seeker_id)
            if not is_minor(seeker.said or {}):
                raise Refused("missing", MISSING)
            values = {"guardian_at": desk.now, "guardian_by": by.staff_id} if agreed else {"standing": "aside"}
            await introductions.stand(tx, seeker.id, desk.now, before=("waiting", "aside"), why=None, **values)
            await desk.settle_case(seeker.conversation_id, GUARDIAN)
            await desk.tell("introduction_guardian", seeker, {"agreed": agreed})
            await self._log(tx, by, seeker, "guardian agreed" if agreed else "guardian refused")

        await self.db.write(write)

    # --- the first meeting

    async def meet(
        self, by: Actor, introduction_id: int, *, day: str, at: str, where: str, note: str, game: str
    ) -> None:
        """Set the first meeting, or change it; those who have said yes to each other are told."""
        place = self.place(by)
        begins = _moment(day, at, place)
        if begins is None or begins <= self.now():
            raise Refused("empty", _("Choose a day and a time that are still to come."))
        number = int(game) if game.isdecimal() and len(game) < 3 else 0
        meeting = {
            "place": mask(clean(where)[:200])[0],
            "note": mask(clean(note)[:WORDS_MAX])[0],
            "game": max(0, number - 1),
        }

        async def write(tx: AsyncConnection) -> None:
            desk, row = Desk(tx, place, self.now()), await self._load(tx, by, introduction_id)
            values = {"meeting": meeting, "meets_at": begins}
            if not await introductions.change(tx, row.id, desk.now, before=("asked", "back", "met"), **values):
                raise Refused("gone", GONE)
            now_row = await introductions.load(tx, place.id, row.id)
            if row.status == "met":
                await _tell_meeting(desk, now_row, changed=row.meets_at is not None)

        await self.db.write(write)

    # --- inside

    def _offering(self, by: Actor, kind: str) -> Municipality:
        place = self.place(by)
        if kind not in place.introductions.offered:
            raise Refused("missing", _("Your municipality does not offer that."))
        return place

    async def _load(self, tx: AsyncConnection, by: Actor, introduction_id: int) -> Introduction:
        try:
            return await introductions.load(tx, by.municipality_id, introduction_id, lock=True)
        except NotFound as error:
            raise Refused("missing", GONE) from error

    async def _seeker(self, tx: AsyncConnection, by: Actor, seeker_id: int) -> Seeker:
        try:
            found = await introductions.load_seeker(tx, by.municipality_id, seeker_id, lock=True)
        except NotFound as error:
            raise Refused("missing", MISSING) from error
        if found.protected or found.said is None:
            raise Refused("missing", MISSING)
        return found

    async def _log(self, tx: AsyncConnection, by: Actor, seeker: Seeker, act: str) -> None:
        await case_log.add(
            tx, municipality_id=by.municipality_id, conversation_id=seeker.conversation_id, act=act, who=by.name,
            staff_id=by.staff_id, at=self.now(),
        )  # fmt: skip


async def _tell_meeting(desk: Desk, row: Introduction, *, changed: bool) -> None:
    members = [each for each in await desk.members(row.id) if each.status == "met"]
    minor = any(is_minor(each.seeker.said or {}) for each in members)
    assert row.meets_at is not None
    for each in members:
        others = [first_name(other.seeker.said or {}) for other in members if other is not each]
        data = {"introduction": row.id, "kind": row.kind, "others": others, "minor": minor, "changed": changed,
                "meeting": {**(row.meeting or {}), "at": row.meets_at.isoformat()}}  # fmt: skip
        await desk.tell("introduction_meeting", each.seeker, data)
        await desk.remember(row, each.seeker)


def _find(place: Municipality, kind: str, wishes: Sequence[Wish], apart: rules.Apart) -> Found:
    """The solver of a kind, with what the municipality has decided."""
    here = place.introductions
    if kind == "friends" and here.friends:
        return rules.friends(
            wishes,
            size=here.friends.size,
            age_span=here.friends.age_span,
            minors_apart=here.friends.minors_apart,
            apart=apart,
        )
    if kind == "families":
        return rules.families(wishes, apart=apart)
    return rules.phone_chats(wishes, min_age=here.phone_chats.min_age if here.phone_chats else 0, apart=apart)


def _moment(day: str, at: str, place: Municipality) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(at), place.zone).astimezone(UTC)
    except ValueError:
        return None
