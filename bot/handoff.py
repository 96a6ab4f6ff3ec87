"""What staff do with cases: claim, release, assign, note, answer, refer, name a next step, close; and what one kind of
case has of its own: a need or an open activity is shown to everybody, a request for a room is answered in the lender's
place, and whoever applied is told that they have a place.

Each act is one transaction, applied once however often its form arrives: who may do it is decided by one UPDATE, what
the resident is told is queued with it, and it is written down who did it. An answer hands the conversation back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, board, enquiries, errands, premises
from bot.flows.case_kinds import BESIDE, kind_of, may_see
from bot.flows.model import Choice, Reply
from bot.flows.open_activity import KIND as OPEN_ACTIVITY
from bot.flows.open_activity import place_applied_for
from bot.i18n import Text, _, p_
from bot.rules import masking
from bot.staff import Refused
from bot.turn import Outcome, Turns
from storage import board as posts
from storage import case_log, cases, conversations, due, inbox, residents, staff
from storage.cases import Case
from storage.errors import AlreadyClaimed, CaseClosed, NotFound, NothingSaid
from storage.secrets import make_token

WORDS_MAX = 8000
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

    async def claim(self, by: Actor, case_id: int, key: str) -> None:
        """Take an unclaimed case."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            if await cases.claim(tx, case.municipality_id, case.id, by.staff_id, now):
                await _log(tx, by, case, "claimed", now)

        await self._act(by, case_id, key, job)

    async def release(self, by: Actor, case_id: int, key: str) -> None:
        """Give one's own case back to the queue."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            if await cases.assign(tx, case.municipality_id, case.id, None, now, expected=by.staff_id):
                await _log(tx, by, case, "released", now)

        await self._act(by, case_id, key, job)

    async def assign(self, by: Actor, case_id: int, key: str, to: int, *, expected: int | None) -> None:
        """Give a case to a colleague, or take it over; `expected` is who had it on the page this was chosen on."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            able = await alerts.may_have(tx, case)
            chosen = next((member for member in able if member.id == to), None)
            if chosen is None:
                raise Refused("empty", _("Choose who shall have it."))
            if await cases.assign(tx, case.municipality_id, case.id, to, now, expected=expected):
                await _log(tx, by, case, "assigned", now, chosen.name)
                if to != by.staff_id:
                    await self._tell(tx, case.id, case.municipality_id, "assigned", now)

        await self._act(by, case_id, key, job)

    async def note(self, by: Actor, case_id: int, key: str, words: str) -> None:
        """Write something down for colleagues. The resident is not told, but may ask to see it."""
        words = _written(words)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await _log(tx, by, case, "note", now, words)

        await self._act(by, case_id, key, job, closed_too=True)

    async def answer(
        self, by: Actor, case_id: int, key: str, words: str, *, in_swedish: str = "", close: bool = False
    ) -> None:
        """Answer the resident where they are. `in_swedish` is what it says, when it was written in another language."""
        words = _written(words)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self._hold(tx, by, case, now)
            await cases.answer(tx, case.municipality_id, case.id, now)
            lead = _("{name}, a human at {lab}, writes:", name=by.name, lab=self._lab(by))
            said = await self._say(tx, by, case, key, lead, words, private=kind_of(case.kind).private)
            await _log(tx, by, case, "answered", now, in_swedish.strip() or None)
            await self._handed_back(tx, by, case, now, close=close)
            return said

        await self._act(by, case_id, key, job)

    async def refer(self, by: Actor, case_id: int, key: str, whom: str, words: str, *, close: bool = False) -> None:
        """Send the resident on to somebody who can help, and tell them to whom and how."""
        whom = _written(whom, 200)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self._hold(tx, by, case, now)
            await cases.refer(tx, case.municipality_id, case.id, whom, now)
            lead = _(
                "{name}, a human at {lab}, has read your question. The right one to help you is {whom}.", name=by.name,
                lab=self._lab(by), whom=whom,
            )  # fmt: skip
            said = await self._say(tx, by, case, key, lead, words.strip(), private=kind_of(case.kind).private)
            await _log(tx, by, case, "referred", now, whom)
            await self._handed_back(tx, by, case, now, close=close)
            return said

        await self._act(by, case_id, key, job)

    async def next_step(self, by: Actor, case_id: int, key: str, step: str, day: date, *, close: bool = False) -> None:
        """Name what happens next and until when, and tell the resident. On that day its owner is reminded."""
        step = _written(step, 1000)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            place = self.turns.municipalities[case.municipality_id]
            at = datetime.combine(day, place.hours.closes, place.zone)
            if day < now.astimezone(place.zone).date():
                raise Refused("empty", _("That day is over. Choose today or a later day."))
            await self._hold(tx, by, case, now)
            await cases.set_next_step(tx, case.municipality_id, case.id, step, at, now)
            lead = _(
                "{name}, a human at {lab}, has read your question. This happens next, on {day} at the latest:",
                name=by.name, lab=self._lab(by), day=day,
            )  # fmt: skip
            said = await self._say(tx, by, case, key, lead, step, private=kind_of(case.kind).private)
            await _log(tx, by, case, "next step", now, step)
            if not close:
                begins = datetime.combine(day, time(8), place.zone)
                await due.schedule(
                    tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, kind="case_step",
                    unique_key=alerts.due_key(case.conversation_id, case.id, "step"), data={"case_id": case.id}, due_at=max(begins, now), now=now,
                )  # fmt: skip
            await self._handed_back(tx, by, case, now, close=close)
            return said

        await self._act(by, case_id, key, job)

    async def show_post(self, by: Actor, case_id: int, key: str, words: str) -> None:
        """Show a need or an open activity to everybody, in these words, tell whose it is, and close the case."""
        words = masking.mask(_written(words))[0]

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self._hold(tx, by, case, now)
            place = self.turns.municipalities[case.municipality_id]
            post = await posts.of_case(tx, case.municipality_id, case.id)
            ends_at = await board.show(tx, post, words, place.zone, now) if post and post.post else None
            if ends_at is None:
                raise Refused("empty", _("It is shown already, has been taken down, or is over."))
            await cases.answer(tx, case.municipality_id, case.id, now)
            if case.kind == OPEN_ACTIVITY:
                lead = _(
                    "{name}, a human at {lab}, shows this to everybody now, until its day is over:",
                    name=by.name, lab=self._lab(by),
                )  # fmt: skip
            else:
                lead = _(
                    "{name}, a human at {lab}, has put this on the volunteer board. It stays there until {day}:",
                    name=by.name, lab=self._lab(by), day=ends_at.astimezone(place.zone).date(),
                )  # fmt: skip
            said = await self._say(tx, by, case, key, lead, words, private=False)
            await _log(tx, by, case, "published" if case.kind == OPEN_ACTIVITY else "shown", now, words)
            await self._handed_back(tx, by, case, now, close=True)
            return said

        await self._act(by, case_id, key, job)

    async def give_place(self, by: Actor, case_id: int, key: str, until: date) -> None:
        """Say that whoever applied has the place, until a day, and close the case; said again, it moves the day.

        They are told in a turn of their own, which reminds them of the open activities from then on.
        """

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            if case.closed_at is None:
                await self._hold(tx, by, case, now)
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
            await _log(tx, by, case, "place", now, until.isoformat())
            await self._handed_back(tx, by, case, now, close=True)

        await self._act(by, case_id, key, job, closed_too=True)

    async def lend(self, by: Actor, case_id: int, key: str, reason: str, *, approve: bool) -> None:
        """Say yes or no to a request for a room in the lender's place; those who asked are told, and the case is closed."""
        reason = masking.mask(reason.strip()[:WORDS_MAX])[0]

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await self._hold(tx, by, case, now)
            place, booking_id = self.turns.municipalities[case.municipality_id], (case.context or {}).get("booking_id")
            if booking_id is None or not await premises.decide(
                tx, place, booking_id, approve=approve, reason=reason, now=now, public_url=self.turns.public_url
            ):
                raise Refused("empty", _("It had been answered before, or taken back. Nothing has changed now."))
            await _log(tx, by, case, "lent" if approve else "not lent", now, reason or None)

        await self._act(by, case_id, key, job)

    async def close(self, by: Actor, case_id: int, key: str) -> None:
        """End a case whose resident has had an answer, a referral or a named next step."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await self._hold(tx, by, case, now)
            await self._close(tx, by, case, now)

        await self._act(by, case_id, key, job)

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

    async def _act(self, by: Actor, case_id: int, key: str, job: Job, *, closed_too: bool = False) -> None:
        now = self.turns.now()
        done: list[Outcome] = []

        async def whole(tx: AsyncConnection) -> None:
            done.clear()
            case = await cases.load(tx, by.municipality_id, case_id)
            if not may_see(case.kind, by.roles, protected=await residents.is_protected(tx, case.resident_id)):
                raise NotFound("cases", case_id)
            if not await inbox.mark_seen(tx, _update_id(by, key), by.municipality_id, now):
                return
            await conversations.by_id(tx, case.conversation_id)  # locked: acts and the resident's turns take turns
            case = await cases.load(tx, by.municipality_id, case_id)
            if case.closed_at is not None and not closed_too:
                raise CaseClosed(case_id)
            said = await job(tx, case, now)
            done.append(said or Outcome(conversation_id=case.conversation_id))

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

    async def _holder(self, staff_id: int | None) -> Text:
        if staff_id is None:
            return _("This case was given back to the queue meanwhile. Look at it once more.")
        async with self.db.read() as tx:
            member = await staff.load(tx, staff_id)
        return _("{name} has this case. You can take it over, if you have agreed on that.", name=member.name)

    async def _hold(self, tx: AsyncConnection, by: Actor, case: Case, now: datetime) -> None:
        """Who speaks to the resident has the case: it is claimed with the first word, and refused to a second coach."""
        if await cases.claim(tx, case.municipality_id, case.id, by.staff_id, now):
            await _log(tx, by, case, "claimed", now)

    async def _say(
        self, tx: AsyncConnection, by: Actor, case: Case, key: str, lead: Text, words: str, *, private: bool
    ) -> Outcome:
        """What the person wrote, and below it who answers from here on."""
        written = masking.mask(words)[0]
        paragraphs = tuple(_("{value}", value=part.strip()) for part in written.split("\n\n") if part.strip())
        back = _("That was {name}. From here I, the machine, answer you again. You can write to a human at any time.",
                 name=by.name)  # fmt: skip
        replies = (
            Reply(words=(lead, *paragraphs), human=True, private=private),
            Reply(words=(back,), choices=(Choice("f:coach", p_("move", "Talk to a human")),), serial=0),
        )
        return await self.turns.say(tx, case.conversation_id, replies, key=_update_id(by, key))

    async def _handed_back(self, tx: AsyncConnection, by: Actor, case: Case, now: datetime, *, close: bool) -> None:
        """The promise is kept; where nothing else waits, the machine has the conversation again."""
        await self._settled(tx, case, "answered", now, "late", "soon")
        if close:
            await self._close(tx, by, case, now)
        if not await cases.anything_waits(tx, case.conversation_id, beside=BESIDE):
            await conversations.set_holder(tx, case.conversation_id, "bot", now=now)

    async def _close(self, tx: AsyncConnection, by: Actor, case: Case, now: datetime) -> None:
        case = await cases.load(tx, case.municipality_id, case.id)
        outcome = "referred" if case.referred_to else "next step" if case.next_step else "answered"
        if await cases.close(tx, case.municipality_id, case.id, outcome, now):
            await self._settled(tx, case, "closed", now, "late", "soon", "step")
            await _log(tx, by, case, "closed", now)
            post = await posts.of_case(tx, case.municipality_id, case.id)
            if post is not None and post.status == "waiting":  # nobody can show it any more
                await posts.end(tx, case.municipality_id, post.id, "withdrawn", now)
            if case.kind == "help":
                await errands.case_closed(tx, case.id, self.turns.municipalities[case.municipality_id], now)

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


def _update_id(by: Actor, key: str) -> str:
    return f"staff:{by.staff_id}:{key[:64] or make_token()}"


def _written(words: str, most: int = WORDS_MAX) -> str:
    if not words.strip():
        raise Refused("empty", _("Nothing is written yet."))
    if len(words) > most:
        raise Refused(
            "empty", _("That is longer than {count} characters. Shorten it, or send it in two parts.", count=most)
        )
    return words.strip()


async def _log(tx: AsyncConnection, by: Actor, case: Case, act: str, now: datetime, detail: str | None = None) -> None:
    await case_log.add(
        tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, case_id=case.id, act=act,
        who=by.name, staff_id=by.staff_id, at=now, detail=detail,
    )  # fmt: skip
