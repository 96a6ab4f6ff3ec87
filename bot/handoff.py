"""What staff do with cases: claim, release, assign, talk, hand back, note, answer, refer, name a next step, put aside,
register, merge, close; and what one kind of case has of its own: a need or an open activity is shown to everybody, a
request for a room is answered in the lender's place, and whoever applied is told that they have a place.

Each act is one transaction, applied once however often its form arrives: who may do it is decided by one UPDATE, what
the resident is told is queued with it, and it is written down who did it. Who claims a case has its conversation, and the
machine is silent until it is handed back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, board, enquiries, errands, following_up, forum, goods, joining, premises, translation
from bot.flows import held
from bot.flows.board import title_of
from bot.flows.case_kinds import BESIDE, kind_of, may_see
from bot.flows.grants import PERSONS
from bot.flows.handed_in import money_applied_for
from bot.flows.joining import KIND as TAKE_PART
from bot.flows.model import File, Input, Reply
from bot.flows.moves import Move, button
from bot.flows.open_activity import KIND as OPEN_ACTIVITY
from bot.flows.open_activity import place_applied_for
from bot.flows.promises import back_reply
from bot.i18n import Text, _
from bot.rules import masking
from bot.staff import Refused
from bot.turn import STAFF_LOCALE, Outcome, Turns
from storage import alerts as seen_alerts
from storage import awards, case_log, cases, conversations, due, inbox, residents, staff, talks
from storage import board as posts
from storage.cases import URGENT, USUAL, Case
from storage.errors import AlreadyClaimed, CaseClosed, NotFound, NothingSaid
from storage.secrets import make_token

Then = Literal["stay", "bot", "close"]

WORDS_MAX = 8000
NAME_MAX = 120
AMOUNT_MAX = 1_000_000_000
_QUESTION_MARKS = ("?", "؟", "፧", "፨")
PHONE = "phone"
"""The channel of somebody who called and has no other: nothing is sent there, staff ring."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account under its work name, and what it may be in this municipality."""

    staff_id: int
    name: str
    municipality_id: str
    roles: frozenset[str]


Job = Callable[[AsyncConnection, Case, datetime], Awaitable[Outcome | None]]
"""What an act does in its transaction; what it said to the resident, if anything."""


class Handoff:
    """The acts. `key` names one sending of one form, so that sending it twice does nothing twice.

    Every act raises Refused: "missing", "closed", "held" (somebody else has the case), "empty", "unsaid".
    """

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db = turns, turns.db

    async def claim(self, by: Actor, case_id: int, key: str, *, talk: bool = False) -> None:
        """Take an unclaimed case, and its conversation: with `talk` always, else unless the machine goes on beside this
        kind."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            await self.have(tx, by, case, now)
            takes = talk or not kind_of(case.kind).beside
            return await self._take_over(tx, by, case, key, now) if takes else None

        await self.act(by, case_id, key, job)

    async def hand_back(self, by: Actor, case_id: int, key: str, words: str = "") -> None:
        """Give the conversation back to the machine, with a last word if there is one. The case stays as it is."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            await self.have(tx, by, case, now)
            said: tuple[Reply, ...] = ()
            if words.strip():
                await cases.answer(tx, case.municipality_id, case.id, now)
                said = (_written_by(by, words, case),)
                await log_act(tx, by, case, "answered", now)
                await self._settled(tx, case, "answered", now, "late", "soon")
            await log_act(tx, by, case, "handed back", now)
            return await self.back(tx, by, case, said, key, now)

        await self.act(by, case_id, key, job)

    async def release(self, by: Actor, case_id: int, key: str) -> None:
        """Give one's own case back to the queue; the machine has the conversation until a colleague takes it."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            if not await cases.assign(tx, case.municipality_id, case.id, None, now, expected=by.staff_id):
                return None
            await talks.wake(tx, case.id)
            await log_act(tx, by, case, "released", now)
            await alerts.watch_claim(tx, case, self.turns.municipalities[case.municipality_id], now)
            talk = await talks.of_conversation(tx, case.conversation_id)
            if talk is None or talk.case_id != case.id:
                return None
            words = _("{name} cannot go on with this. A colleague takes over.", name=by.name)
            if case.waits and case.answer_by is not None:
                words = _(
                    "{name} cannot go on with this. A colleague takes over, and answers by {time} at the latest.",
                    name=by.name, time=case.answer_by,
                )  # fmt: skip
            return await self.back(tx, by, case, (Reply(words=(words,)),), key, now)

        await self.act(by, case_id, key, job)

    async def assign(self, by: Actor, case_id: int, key: str, to: int, *, expected: int | None) -> None:
        """Give a case to a colleague, or take it over; `expected` is who had it on the page this was chosen on."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            able = await alerts.may_have(tx, case)
            chosen = next((member for member in able if member.id == to), None)
            if chosen is None:
                raise Refused("empty", _("Choose who shall have it."))
            if not await cases.assign(tx, case.municipality_id, case.id, to, now, expected=expected):
                return None
            await talks.wake(tx, case.id)
            await log_act(tx, by, case, "assigned", now, chosen.name)
            if to != by.staff_id:
                await self._tell(tx, case.id, case.municipality_id, "assigned", now)
            talk = await talks.of_conversation(tx, case.conversation_id)
            if talk is None or talk.case_id != case.id:
                return None
            return await self._take_over(tx, replace(by, staff_id=to, name=chosen.name), case, key, now)

        await self.act(by, case_id, key, job)

    async def note(self, by: Actor, case_id: int, key: str, words: str) -> None:
        """Write something down for colleagues. The resident is not told, but may ask to see it."""
        words = _written(words)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await log_act(tx, by, case, "note", now, words)

        await self.act(by, case_id, key, job, closed_too=True)

    async def answer(
        self, by: Actor, case_id: int, key: str, words: str, *, in_swedish: str = "", then: Then = "bot",
        external_id: str | None = None, translate: bool = False, file: File | None = None, reply_to: int | None = None,
    ) -> None:  # fmt: skip
        """Answer the resident where they are, and `then` keep the conversation ("stay"), give it back to the machine
        ("bot"), or close the case too ("close"). Words that end with a question mark ask the resident.

        `in_swedish` is what it says, when it was written in another language; `external_id` the platform's id of it.
        `translate`: it is in Swedish, and goes to the resident when a machine has translated it, with the original below;
        who has it translated keeps the conversation, and so does who sends a `file` along or answers a message (`reply_to`).
        """
        words = _written(words) if file is None or words.strip() else ""
        translate = translate and then == "stay" and self.turns.translates and file is None

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self.have(tx, by, case, now)
            asks = then == "stay" and words.endswith(_QUESTION_MARKS)
            await cases.answer(tx, case.municipality_id, case.id, now, asks=asks)
            await talks.wake(tx, case.id)
            await log_act(tx, by, case, "answered", now, in_swedish.strip() or None)
            await self._settled(tx, case, "answered", now, "late", "soon")
            if then == "stay":
                said_now = replace(_written_by(by, words, case, external_id), file=file, reply_to=reply_to)
                return await self._stay(tx, by, case, key, said_now, now, external_id, words if translate else None)
            talk = await talks.of_conversation(tx, case.conversation_id)
            written = _written_by(by, words, case) if talk else self._in_full(by, words, case)
            if then == "close":
                await self._close(tx, by, case, now)
            return await self.back(tx, by, case, (written,), key, now)

        await self.act(by, case_id, key, job)

    async def edit(self, by: Actor, case_id: int, key: str, external_id: str, words: str) -> None:
        """Change what the platform has an id for, where the resident reads it; both versions are kept."""
        words = _written(words)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self.have(tx, by, case, now)
            changed = replace(_written_by(by, words, case, external_id), replaces=True)
            await log_act(tx, by, case, "changed", now)
            return await self.turns.say(
                tx, case.conversation_id, (changed,), key=act_id(by, key), external_id=external_id
            )

        await self.act(by, case_id, key, job)

    async def reacted(self, by: Actor, case_id: int, key: str, message_id: int, emoji: str) -> None:
        """Put a sign under what the resident has said, "" to take it back."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await self.have(tx, by, case, now)
            await forum.reacted(tx, case, message_id, emoji, now)

        await self.act(by, case_id, key, job)

    async def refer(self, by: Actor, case_id: int, key: str, whom: str, words: str, *, close: bool = False) -> None:
        """Send the resident on to somebody who can help, and tell them to whom and how."""
        whom = _written(whom, 200)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self.have(tx, by, case, now)
            await cases.refer(tx, case.municipality_id, case.id, whom, now)
            lead = _(
                "{name}, a human at {lab}, has read your question. The right one to help you is {whom}.", name=by.name,
                lab=self._lab(by), whom=whom,
            )  # fmt: skip
            await log_act(tx, by, case, "referred", now, whom)
            return await self._last(tx, by, case, lead, words, key, now, close=close)

        await self.act(by, case_id, key, job)

    async def next_step(self, by: Actor, case_id: int, key: str, step: str, day: date, *, close: bool = False) -> None:
        """Name what happens next and until when, and tell the resident. On that day its owner is reminded."""
        step = _written(step, 1000)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            place = self.turns.municipalities[case.municipality_id]
            at = datetime.combine(day, place.hours.closes, place.zone)
            if day < now.astimezone(place.zone).date():
                raise Refused("empty", _("That day is over. Choose today or a later day."))
            await self.have(tx, by, case, now)
            await cases.set_next_step(tx, case.municipality_id, case.id, step, at, now)
            lead = _(
                "{name}, a human at {lab}, has read your question. This happens next, on {day} at the latest:",
                name=by.name, lab=self._lab(by), day=day,
            )  # fmt: skip
            await log_act(tx, by, case, "next step", now, step)
            if not close:
                begins = datetime.combine(day, time(8), place.zone)
                await due.schedule(
                    tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, kind="case_step",
                    unique_key=alerts.due_key(case.conversation_id, case.id, "step"), data={"case_id": case.id}, due_at=max(begins, now), now=now,
                )  # fmt: skip
            return await self._last(tx, by, case, lead, step, key, now, close=close)

        await self.act(by, case_id, key, job)

    async def show_post(self, by: Actor, case_id: int, key: str, said: str) -> None:
        """Show a need, an idea or an open activity to everybody, tell whose it is, and close the case. In these words,
        unless its owner has agreed to its very own."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self.have(tx, by, case, now)
            words = "" if case.kind in board.AGREED else masking.mask(_written(said))[0]
            place = self.turns.municipalities[case.municipality_id]
            post = await posts.of_case(tx, case.municipality_id, case.id)
            ends_at = await board.show(tx, post, words, place.zone, now, place) if post and post.post else None
            if post is None or ends_at is None:
                raise Refused("empty", _("It is shown already, has been taken down, or is over."))
            await cases.answer(tx, case.municipality_id, case.id, now)
            shown = words
            if case.kind in board.AGREED:
                shown = str(post.post["what"])
                lead = _(
                    "{name}, a human at {lab}, shows this to everybody now. It stays until {day}:",
                    name=by.name, lab=self._lab(by), day=ends_at.astimezone(place.zone).date(),
                )  # fmt: skip
            elif case.kind == OPEN_ACTIVITY:
                lead = _(
                    "{name}, a human at {lab}, shows this to everybody now, until its day is over:",
                    name=by.name, lab=self._lab(by),
                )  # fmt: skip
            else:
                lead = _(
                    "{name}, a human at {lab}, has put this on the volunteer board. It stays there until {day}:",
                    name=by.name, lab=self._lab(by), day=ends_at.astimezone(place.zone).date(),
                )  # fmt: skip
            await log_act(
                tx,
                by,
                case,
                "published" if case.kind == OPEN_ACTIVITY or case.kind in board.AGREED else "shown",
                now,
                shown,
            )
            return await self._last(tx, by, case, lead, shown, key, now, close=True)

        await self.act(by, case_id, key, job)

    async def take_down(self, by: Actor, case_id: int, key: str, reason: str) -> None:
        """Show what is shown to nobody any more, and tell whose it is, with the reason."""
        reason = masking.mask(_written(reason))[0]

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            post = await posts.of_case(tx, case.municipality_id, case.id)
            if post is None or post.status != "shown":
                raise Refused("empty", _("It is not shown any more."))
            await board.end(tx, post, "withdrawn", self.turns.municipalities[case.municipality_id], now)
            await log_act(tx, by, case, "taken down", now, reason)
            lead = _(
                "{name}, a human at {lab}, has taken “{title}” down. Nobody sees it any more. This is why:",
                name=by.name, lab=self._lab(by), title=title_of(post.post),
            )  # fmt: skip
            said = Reply(words=(lead, *_paragraphs(reason)), choices=(button(Move.HUMAN),), serial=0, human=True,
                         private=kind_of(case.kind).private)  # fmt: skip
            return await self.turns.say(tx, case.conversation_id, (said,), key=act_id(by, key))

        await self.act(by, case_id, key, job, closed_too=True)

    async def give_place(self, by: Actor, case_id: int, key: str, until: date) -> None:
        """Say that whoever applied has the place, until a day, and close the case; said again, it moves the day.

        They are told in a turn of their own, which reminds them of the open activities from then on.
        """

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            if case.closed_at is None:
                await self.have(tx, by, case, now)
            place = self.turns.municipalities[case.municipality_id]
            support = place_applied_for(case.kind, case.context, place)
            if support is None:
                raise Refused("empty", _("This is no application for a place with open activities."))
            if until < now.astimezone(place.zone).date():
                raise Refused("empty", _("That day is over. Choose today or a later day."))
            await cases.answer(tx, case.municipality_id, case.id, now)
            await due.schedule(
                tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, kind="place_given",
                unique_key=f"place_given:{case.id}", due_at=now, now=now,
                data={"place": case.id, "support": support.id, "until": until.isoformat(), "name": by.name},
            )  # fmt: skip
            await log_act(tx, by, case, "place", now, until.isoformat())
            await self._settled(tx, case, "answered", now, "late", "soon")
            await self._close(tx, by, case, now)

        await self.act(by, case_id, key, job, closed_too=True)

    async def grant(
        self, by: Actor, case_id: int, key: str, *, amount_sek: int | None, day: date, organisation: str, title: str
    ) -> None:
        """Note what was granted for an application, and when, tell whoever applied, and close the case; said again, it takes
        the place of what was noted before.

        `organisation` is who gets it, where that is none of private persons, who are never named; `title` is what it is for in
        a few words. Both may be read by everybody.
        """
        organisation, title = (masking.mask_ways(each.strip()[:NAME_MAX])[0] for each in (organisation, title))

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            if case.closed_at is None:
                await self.have(tx, by, case, now)
            place = self.turns.municipalities[case.municipality_id]
            support = money_applied_for(case.kind, case.context, place)
            if support is None:
                raise Refused("empty", _("This is no application for money."))
            if not amount_sek or amount_sek > AMOUNT_MAX:
                raise Refused("empty", _("Write how many kronor were granted, in digits."))
            if day > now.astimezone(place.zone).date():
                raise Refused("empty", _("That day is still to come. Choose the day of the decision."))
            answers = case.context["answers"]
            persons = answers.get("type") in PERSONS
            if not persons and not organisation:
                raise Refused("empty", _("Write what the organisation is called that gets the money."))
            who = {} if persons else {"organisation": organisation, "number": answers.get("organisation_number") or ""}
            area = following_up.area_of(answers)
            await awards.note(
                tx, municipality_id=place.id, case_id=case.id, support=support.id, amount_sek=amount_sek, awarded_on=day,
                area=area, recipient={**who, "title": title}, staff_id=by.staff_id, now=now,
            )  # fmt: skip
            await cases.answer(tx, case.municipality_id, case.id, now)
            data = {
                "case": case.id,
                "support": support.id,
                "amount": amount_sek,
                "day": day.isoformat(),
                "name": by.name,
            }
            await due.schedule(
                tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, kind="money_granted",
                unique_key=f"money_granted:{case.id}", due_at=now, now=now, data=data,
            )  # fmt: skip
            await following_up.promise(
                tx, place, resident_id=case.resident_id, conversation_id=case.conversation_id, subject="grant",
                subject_id=case.id, area=area, after=now, now=now,
            )  # fmt: skip
            await log_act(tx, by, case, "granted", now, f"{amount_sek} kr, {day.isoformat()}")
            await self._settled(tx, case, "answered", now, "late", "soon")
            await self._close(tx, by, case, now, "granted")

        await self.act(by, case_id, key, job, closed_too=True)

    async def lend(self, by: Actor, case_id: int, key: str, reason: str, *, approve: bool) -> None:
        """Say yes or no to a request for a room in the lender's place; those who asked are told, and the case is closed."""
        reason = masking.mask(reason.strip()[:WORDS_MAX])[0]

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await self.have(tx, by, case, now)
            place, booking_id = self.turns.municipalities[case.municipality_id], (case.context or {}).get("booking_id")
            if booking_id is None or not await premises.decide(
                tx, place, booking_id, approve=approve, reason=reason, now=now, public_url=self.turns.public_url
            ):
                raise Refused("empty", _("It had been answered before, or taken back. Nothing has changed now."))
            await log_act(tx, by, case, "lent" if approve else "not lent", now, reason or None)

        await self.act(by, case_id, key, job)

    async def flag(self, by: Actor, case_id: int, key: str, message_id: int) -> None:
        """Say that a machine's translation of a message is wrong."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            if await translation.flag_by_staff(tx, case.conversation_id, message_id, now):
                await log_act(tx, by, case, "translation flagged", now)

        await self.act(by, case_id, key, job, closed_too=True)

    async def close(self, by: Actor, case_id: int, key: str) -> None:
        """End a case whose resident has had an answer, a referral or a named next step."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            await self.have(tx, by, case, now)
            talk = await talks.of_conversation(tx, case.conversation_id)
            await self._close(tx, by, case, now)
            return await self.back(tx, by, case, (), key, now) if talk and talk.case_id == case.id else None

        await self.act(by, case_id, key, job)

    async def snooze(self, by: Actor, case_id: int, key: str, until: datetime) -> None:
        """Put one's own case out of sight until then. What was promised stays promised: never beyond it."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await self.have(tx, by, case, now)
            if until <= now:
                raise Refused("empty", _("That moment is over. Choose a later one."))
            if case.waits and case.answer_by is not None and until > case.answer_by - kind_of(case.kind).soon:
                raise Refused("empty", _("The resident has a promise until {time}. Choose an earlier moment, or answer first.",
                                         time=case.answer_by))  # fmt: skip
            await talks.snooze(tx, case.municipality_id, case.id, until, by.staff_id)
            await due.schedule(
                tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, kind="case_wakes",
                unique_key=alerts.due_key(case.conversation_id, case.id, "wakes"), data={"case_id": case.id}, due_at=until, now=now,
            )  # fmt: skip
            local = until.astimezone(self.turns.municipalities[case.municipality_id].zone)
            await log_act(tx, by, case, "snoozed", now, f"{local:%Y-%m-%d %H:%M}")

        await self.act(by, case_id, key, job)

    async def register(self, by: Actor, case_id: int, key: str, number: str) -> None:
        """Write down under which number the matter stands in the municipality's own register."""
        number = _written(number, 100)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await conversations.set_record(tx, case.municipality_id, case.conversation_id, "registered", number=number)
            await log_act(tx, by, case, "registered", now, number)

        await self.act(by, case_id, key, job, closed_too=True)

    async def sort(self, by: Actor, case_id: int, key: str, topic: str, *, urgent: bool) -> None:
        """Say what a case is about ("": nothing is known) and whether it is urgent: it stands first then, for everybody."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            place = self.turns.municipalities[case.municipality_id]
            if topic and topic not in {each.id for each in place.topics}:
                raise Refused("empty", _("Choose one of the topics."))
            usual = case.priority if case.priority != URGENT else USUAL
            await cases.sort(tx, case.municipality_id, case.id, topic or None, URGENT if urgent else usual)
            await log_act(tx, by, case, "sorted", now)

        await self.act(by, case_id, key, job)

    async def merge(self, by: Actor, case_id: int, key: str, into: int) -> None:
        """Go on with another open case of the same resident; this one ends, and what it asked is kept there."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await self.have(tx, by, case, now)
            if kind_of(case.kind).beside:
                raise Refused("empty", _("This case stands for something of its own, and is answered by itself."))
            theirs = await cases.of_conversation(tx, case.conversation_id)
            other = next((each for each in theirs if each.id == into), case)
            if other.id == case.id or other.closed_at is not None:
                raise Refused("empty", _("Only two open cases of one resident can become one."))
            await self.have(tx, by, other, now)
            await cases.add_note(tx, case.municipality_id, into, case.note or "")
            await self._promised_as_early(tx, other, case, now)
            await cases.fold(tx, case.municipality_id, case.id, into, now)
            await self._settled(tx, case, "merged", now, "late", "soon", "step", "wakes")
            await log_act(tx, by, case, "merged", now, f"#{into}")
            talk = await talks.of_conversation(tx, case.conversation_id)
            if talk is not None and talk.case_id == case.id:
                await talks.hold(tx, case.municipality_id, case.conversation_id, into, talk.staff_id, now)

        await self.act(by, case_id, key, job)

    async def caller(self, by: Actor, key: str, *, name: str, phone: str, locale: str) -> int:
        """The conversation of somebody who calls, found by their number or made; a number is not needed."""
        address = phone.strip() or f"none:{key}"

        async def write(tx: AsyncConnection) -> int:
            now = self.turns.now()
            opened = await conversations.open(
                tx, municipality_id=by.municipality_id, channel=PHONE, address=address, now=now, locale_hint=locale
            )
            if name.strip() and not opened.protected:
                await residents.set_name(tx, opened.resident_id, name.strip()[:200])
            if opened.locale is None or opened.new:
                await residents.set_locale(tx, opened.resident_id, locale)
            await case_log.add(
                tx, municipality_id=by.municipality_id, conversation_id=opened.conversation_id, act="caller",
                who=by.name, staff_id=by.staff_id, at=now,
            )  # fmt: skip
            return opened.conversation_id

        return await self.db.write(write, key=f"{PHONE}:{address}")

    # --- inside -------------------------------------------------------------------------------------------------------

    async def act(self, by: Actor, case_id: int, key: str, job: Job, *, closed_too: bool = False) -> None:
        """Do one thing with a case, in a transaction, once for each `key`; what it says to the resident goes out after it."""
        now = self.turns.now()
        done: list[Outcome] = []

        async def whole(tx: AsyncConnection) -> None:
            done.clear()
            case = await cases.load(tx, by.municipality_id, case_id)
            who = await conversations.by_id(
                tx, case.conversation_id
            )  # locked: acts and the resident's turns take turns
            if not may_see(case.kind, by.roles, protected=who.protected):
                raise NotFound("cases", case_id)
            if not await inbox.mark_seen(tx, act_id(by, key), by.municipality_id, now):
                return
            case = await cases.load(tx, by.municipality_id, case_id)
            if case.closed_at is not None and not closed_too:
                raise CaseClosed(case_id)
            said = await job(tx, case, now)
            done.append(said or Outcome(conversation_id=case.conversation_id))
            done.extend(await self._back_when_closed(tx, by, case, key, now))
            await seen_alerts.seen(tx, by.staff_id, case_id, now)
            await forum.follow(tx, case_id, self.turns.municipalities[by.municipality_id], now)

        try:
            await self.db.write(whole, key=f"case:{case_id}")
        except NotFound as error:
            raise Refused("missing", _("There is no such case.")) from error
        except CaseClosed as error:
            raise Refused(
                "closed", _("This case is closed. If the resident asks again, a new one is opened.")
            ) from error
        except AlreadyClaimed as error:
            raise Refused("held", await self._holder(error.staff_id)) from error
        except NothingSaid as error:
            words = _("A case can be closed when the resident has an answer, a referral or a named next step.")
            raise Refused("unsaid", words) from error
        for outcome in done:
            self.turns.committed(outcome)
        self.turns.wake()  # letters to colleagues

    async def _back_when_closed(
        self, tx: AsyncConnection, by: Actor, case: Case, key: str, now: datetime
    ) -> list[Outcome]:
        """Give the conversation back where what was done has closed the case that it was held for."""
        talk = await talks.of_conversation(tx, case.conversation_id)
        if talk is None or talk.case_id != case.id:
            return []
        case = await cases.load(tx, case.municipality_id, case.id)
        return [] if case.closed_at is None else [await self.back(tx, by, case, (), f"{key}:back", now)]

    async def _holder(self, staff_id: int | None) -> Text:
        if staff_id is None:
            return _("This case was given back to the queue meanwhile. Look at it once more.")
        async with self.db.read() as tx:
            member = await staff.load(tx, staff_id)
        return _("{name} has this case. You can take it over, if you have agreed on that.", name=member.name)

    async def have(self, tx: AsyncConnection, by: Actor, case: Case, now: datetime) -> None:
        """Who speaks to the resident has the case: it is claimed with the first word, and refused to a second coach."""
        if case.owner_id != by.staff_id and await cases.claim(tx, case.municipality_id, case.id, by.staff_id, now):
            await log_act(tx, by, case, "claimed", now)

    async def _take_over(self, tx: AsyncConnection, by: Actor, case: Case, key: str, now: datetime) -> Outcome | None:
        """The conversation is theirs, and the resident is told; somebody who is only rung up has no conversation."""
        who = await conversations.by_id(tx, case.conversation_id)
        if who.channel == PHONE or who.holder == "closed":
            return None
        before = await talks.of_conversation(tx, case.conversation_id)
        await talks.hold(tx, case.municipality_id, case.conversation_id, case.id, by.staff_id, now)
        if self.turns.translates and not who.protected:
            await translation.want_all(tx, case.conversation_id, STAFF_LOCALE, now)
        if before is not None and (before.staff_id, before.case_id) == (by.staff_id, case.id):
            return None
        status = self._status(by, case)
        return await self.turns.say(tx, case.conversation_id, (status,), key=act_id(by, key))

    def _status(self, by: Actor, case: Case) -> Reply:
        """The status line: who has the conversation, and by when there is an answer."""
        place = self.turns.municipalities[case.municipality_id]
        answer_by = case.answer_by.astimezone(place.zone) if case.waits and case.answer_by else None
        words = held.status_words(by.name, place, answer_by)
        return Reply(words=words, choices=(held.BACK,), serial=0, slot=held.STATUS)

    async def _stay(
        self,
        tx: AsyncConnection,
        by: Actor,
        case: Case,
        key: str,
        said: Reply,
        now: datetime,
        external_id: str | None,
        to_translate: str | None,
    ) -> Outcome:
        """Say something and keep the conversation, unless the chat was closed; whoever has just taken it is introduced
        first."""
        case = await cases.load(tx, case.municipality_id, case.id)
        talk = await talks.of_conversation(tx, case.conversation_id)
        if talk is None and await _is_closed(tx, case):
            return await self.turns.say(tx, case.conversation_id, (said,), key=act_id(by, key), external_id=external_id)
        new = talk is None or talk.staff_id != by.staff_id
        if talk is None or new or talk.case_id != case.id:
            await talks.hold(tx, case.municipality_id, case.conversation_id, case.id, by.staff_id, now)
        introduced = (self._status(by, case),) if new else ()
        if to_translate is not None and await self._translated(tx, by, case, key, to_translate, now, external_id):
            return await self.turns.say(tx, case.conversation_id, introduced, key=act_id(by, key))
        replies = (*introduced, *await self._unsaid(tx, case, now), said)
        return await self.turns.say(tx, case.conversation_id, replies, key=act_id(by, key), external_id=external_id)

    async def _translated(
        self, tx: AsyncConnection, by: Actor, case: Case, key: str, words: str, now: datetime, external_id: str | None
    ) -> bool:
        """Promise to say it when it is translated; False where there is nothing to translate."""
        who = await conversations.by_id(tx, case.conversation_id)
        if who.locale is None or who.protected or translation.is_same(STAFF_LOCALE, who.locale):
            return False
        update_id = act_id(by, key)
        out = translation.Out(
            words=masking.mask(words)[0], source=STAFF_LOCALE, to=who.locale, slot=f"said:{external_id or update_id}",
            name=by.name, case_id=case.id, staff_id=by.staff_id, private=kind_of(case.kind).private,
        )  # fmt: skip
        await translation.want_out(tx, case.municipality_id, case.conversation_id, out, key=update_id, now=now)
        return True

    def _in_full(self, by: Actor, words: str, case: Case) -> Reply:
        """What a person wrote to somebody whose conversation they do not have: with who that is."""
        lead = _("{name}, a human at {lab}, writes:", name=by.name, lab=self._lab(by))
        return replace(_written_by(by, words, case), words=(lead, *_paragraphs(words)), by="")

    async def _last(
        self,
        tx: AsyncConnection,
        by: Actor,
        case: Case,
        lead: Text,
        words: str,
        key: str,
        now: datetime,
        *,
        close: bool,
    ) -> Outcome:
        """Say how it goes on, keep the promise, and give the conversation back."""
        await self._settled(tx, case, "answered", now, "late", "soon")
        if close:
            await self._close(tx, by, case, now)
        said = Reply(words=(lead, *_paragraphs(words)), human=True, private=kind_of(case.kind).private)
        return await self.back(tx, by, case, (said,), key, now)

    async def back(
        self, tx: AsyncConnection, by: Actor, case: Case, said: tuple[Reply, ...], key: str, now: datetime
    ) -> Outcome:
        """The machine has the conversation again, unless a colleague has it for another case, or the chat was closed. It
        goes on where it was."""
        talk = await talks.of_conversation(tx, case.conversation_id)
        update_id = act_id(by, key)
        said = (*await self._unsaid(tx, case, now), *said)
        if await _is_closed(tx, case) if talk is None else talk.case_id != case.id:
            return await self.turns.say(tx, case.conversation_id, said, key=update_id)
        waits = await cases.anything_waits(tx, case.conversation_id, beside=BESIDE)
        await talks.let_go(tx, case.conversation_id, "waiting" if waits else "bot", now)
        name = by.name if any(reply.human for reply in said) or talk is not None else ""
        if talk is None:  # the machine has not been silent: nothing to be taken up again
            return await self.turns.say(tx, case.conversation_id, (*said, back_reply(name)), key=update_id)
        then = Input(command="handed_back", data={"by": name})
        return await self.turns.say(tx, case.conversation_id, said, key=update_id, then=then)

    async def _unsaid(self, tx: AsyncConnection, case: Case, now: datetime) -> tuple[Reply, ...]:
        """What was written before and waits for its translation: it is said first."""
        if not self.turns.translates:
            return ()
        return await translation.as_written(tx, case.conversation_id, now)

    async def _promised_as_early(self, tx: AsyncConnection, other: Case, case: Case, now: datetime) -> None:
        """The earlier of two promises holds for the case that stays."""
        if not case.waits or case.answer_by is None:
            return
        if other.waits and other.answer_by is not None and other.answer_by <= case.answer_by:
            return
        if not other.waits:
            await cases.ask_again(tx, other.municipality_id, other.id, case.answer_by)
        else:
            await cases.promise(tx, other.municipality_id, other.id, case.answer_by)
        who = await conversations.by_id(tx, other.conversation_id)
        await alerts.watch(tx, other.id, other.kind, case.answer_by, who, now)

    async def _close(self, tx: AsyncConnection, by: Actor, case: Case, now: datetime, outcome: str = "") -> None:
        case = await cases.load(tx, case.municipality_id, case.id)
        outcome = outcome or ("referred" if case.referred_to else "next step" if case.next_step else "answered")
        if await cases.close(tx, case.municipality_id, case.id, outcome, now):
            await self._settled(tx, case, "closed", now, "late", "soon", "step", "wakes")
            await talks.wake(tx, case.id)
            await log_act(tx, by, case, "closed", now)
            post = await posts.of_case(tx, case.municipality_id, case.id)
            if post is not None and post.status == "waiting":  # nobody can show it any more
                await board.end(tx, post, "withdrawn", self.turns.municipalities[case.municipality_id], now)
            if case.kind == TAKE_PART:
                await joining.Desk(tx, self.turns.municipalities[case.municipality_id], now).case_closed(case.id)
            if case.kind == "help":
                await errands.case_closed(tx, case.id, self.turns.municipalities[case.municipality_id], now)
            if case.kind == "goods":
                await goods.case_closed(tx, case.id, self.turns.municipalities[case.municipality_id], now)

    async def _settled(self, tx: AsyncConnection, case: Case, why: str, now: datetime, *promised: str) -> None:
        if case.kind == "enquiry":
            await enquiries.settled(tx, case, why, now, by_staff=True)
        for name in promised:
            await due.cancel(
                tx, case.municipality_id, alerts.due_key(case.conversation_id, case.id, name), why, now=now
            )

    async def _tell(self, tx: AsyncConnection, case_id: int, municipality_id: str, reason: str, now: datetime) -> None:
        case = await cases.load(tx, municipality_id, case_id)
        place = self.turns.municipalities[municipality_id]
        await alerts.tell(tx, case, reason, municipality=place, public_url=self.turns.public_url, now=now)

    def _lab(self, by: Actor) -> str:
        place = self.turns.municipalities[by.municipality_id]
        return place.lab or place.name


async def _is_closed(tx: AsyncConnection, case: Case) -> bool:
    """Whether the chat was closed by a person's decision, which no answer undoes."""
    return (await conversations.by_id(tx, case.conversation_id)).holder == "closed"


def _written_by(by: Actor, words: str, case: Case, external_id: str | None = None) -> Reply:
    """What a person wrote in the conversation that they have. What the platform has an id for may be changed later."""
    slot = f"said:{external_id}" if external_id is not None else None
    return Reply(words=_paragraphs(words), human=True, by=by.name, private=kind_of(case.kind).private, slot=slot)


def _paragraphs(words: str) -> tuple[Text, ...]:
    written = masking.mask(words)[0]
    return tuple(_("{value}", value=part.strip()) for part in written.split("\n\n") if part.strip())


def act_id(by: Actor, key: str) -> str:
    """The unique id of an act, as an update's."""
    return f"staff:{by.staff_id}:{key[:64] or make_token()}"


def _written(words: str, most: int = WORDS_MAX) -> str:
    if not words.strip():
        raise Refused("empty", _("Nothing is written yet."))
    if len(words) > most:
        raise Refused(
            "empty", _("That is longer than {count} characters. Shorten it, or send it in two parts.", count=most)
        )
    return words.strip()


async def log_act(
    tx: AsyncConnection, by: Actor, case: Case, act: str, now: datetime, detail: str | None = None
) -> None:
    await case_log.add(
        tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, case_id=case.id, act=act,
        who=by.name, staff_id=by.staff_id, at=now, detail=detail,
    )  # fmt: skip
