"""What staff do with the agreement, with the time of a talk about a partnership, and with partnerships; and what is due in them.

Reminders go to both sides before each follow-up; one that was not held is told to whoever leads the process (publication 1.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import partnerships as turned
from bot.flows.partnering import NEXTS, kept_answers
from bot.flows.read.people import find_email
from bot.handoff import Actor, Handoff, act_id, log_act
from bot.i18n import Text, _
from bot.packs.model import Municipality, Partnerships
from bot.project_desk import good_link
from bot.rules.follow_ups import asks_what_next, follow_up_days, last_day
from bot.rules.masking import mask
from bot.staff import Refused
from bot.turn import Outcome, Turns
from storage import cases, conversations, due, inbox, links, partnerships, signatures
from storage.cases import Case
from storage.due import Ready
from storage.errors import NotFound
from storage.partnerships import FollowUp, Partnership, TalkTime
from storage.signatures import Signature

WORK: Final = "partnership_due"
"""The kind of promise about a partnership that is run outside a conversation, for it may have none."""

AT: Final = time(9)
TIMES_MAX: Final = 4
TEXT_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """One partnership with its follow-ups. `open` can be answered now; `asks_next`: it is time to say what comes after it;
    `reached`: how the association is reached, "chat", "mail" or ""."""

    held: Partnership
    follow_ups: Sequence[FollowUp]
    open: FollowUp | None
    asks_next: bool
    reached: str
    rules: Partnerships


def rules_of(place: Municipality) -> Partnerships:
    """How partnerships are followed up here; the publication's usual way for those from before its rules were taken away."""
    return place.partnerships or Partnerships(support="", contact="none")


class PartnershipDesk:
    """Every act raises Refused with words; `key` names one sending of a form."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db = turns, turns.db

    def _place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    # --- partnerships -----------------------------------------------------------------------------------------------------

    async def listed(self, by: Actor) -> list[Seen]:
        """All of them, running ones first."""
        rules = rules_of(self._place(by))
        async with self.db.read() as tx:
            return [await self._seen(tx, by, each, rules) for each in await partnerships.listed(tx, by.municipality_id)]

    async def one(self, by: Actor, partnership_id: int) -> Seen:
        """Raises Refused: "missing"."""
        rules = rules_of(self._place(by))
        async with self.db.read() as tx:
            return await self._seen(tx, by, await self._load(tx, by, partnership_id), rules)

    async def _load(self, tx: AsyncConnection, by: Actor, partnership_id: int) -> Partnership:
        try:
            return await partnerships.load(tx, by.municipality_id, partnership_id)
        except NotFound as error:
            raise Refused("missing", _("There is no such partnership.")) from error

    async def _seen(self, tx: AsyncConnection, by: Actor, held: Partnership, rules: Partnerships) -> Seen:
        today = self.turns.now().astimezone(self._place(by).zone).date()
        found = await partnerships.follow_ups(tx, held.id)
        now_open = turned.open_one(found, today, rules) if held.status == "running" else None
        reached = "chat" if held.conversation_id else "mail" if (held.said or {}).get("email") else ""
        return Seen(held, found, now_open, turned.asks_next(held, today, rules), reached, rules)

    async def enter(self, by: Actor, key: str, fields: Mapping[str, str]) -> int:
        """Enter a partnership that has been agreed on: parties, first day, years, steering group, how the association is
        reached (the case its talk was in, or an e-mail address). Its id."""
        place, now = self._place(by), self.turns.now()
        if place.partnerships is None:
            raise Refused(
                "empty", _("This municipality has no rules for partnerships in its data (partnerships.yaml).")
            )
        rules = place.partnerships
        said = {
            name: mask(fields.get(name, "").strip()[:TEXT_MAX])[0]
            for name in ("title", "association", "administration", "plan")
        }
        if not said["association"] or not said["administration"]:
            raise Refused("empty", _("Write who the two parties are."))
        said["title"] = said["title"] or f"{said['association']} – {said['administration']}"
        try:
            start = date.fromisoformat(fields.get("start", ""))
        except ValueError as error:
            raise Refused("empty", _("Write the first day.")) from error
        years, steering = _number(fields.get("years", "")), _number(fields.get("steering", ""))
        per_year = _number(fields.get("follow_ups", ""))
        if not 1 <= years <= 10:
            raise Refused("empty", _("Write for how many years it holds, 1 to 10."))
        if not rules.steering_least <= steering <= rules.steering_most:
            raise Refused("empty", _("The steering group meets {low} to {high} times a year here.", low=rules.steering_least,
                                     high=rules.steering_most))  # fmt: skip
        if not rules.follow_ups_per_year <= per_year <= 12:
            raise Refused(
                "empty", _("It is followed up at least {count} times a year here.", count=rules.follow_ups_per_year)
            )
        last = last_day(start, years)
        today = now.astimezone(place.zone).date()
        if last < today:
            raise Refused("empty", _("That partnership would be over already. Look at the first day."))
        days = [each for each in follow_up_days(start, years, per_year) if each >= today]
        email = fields.get("email", "").strip()
        if email and find_email(email) is None:
            raise Refused("empty", _("I could not read that e-mail address."))
        case_id = _number(fields.get("case", ""))
        made: list[int] = []

        async def write(tx: AsyncConnection) -> None:
            made.clear()
            who: dict[str, Any] = {}
            if case_id > 0:
                try:
                    case = await cases.load(tx, place.id, case_id)
                except NotFound as error:
                    raise Refused("empty", _("There is no such case.")) from error
                if case.kind != "dialogue":
                    raise Refused(
                        "empty",
                        _("That case is no talk about working together. Leave it empty, and write an e-mail address."),
                    )
                who = {"case_id": case.id, "resident_id": case.resident_id, "conversation_id": case.conversation_id}
                await log_act(tx, by, case, "partnership begun", now)
            if not await inbox.mark_seen(tx, act_id(by, key), place.id, now):
                raise Refused("empty", _("That was sent already. Look in the list."))
            kept = {**said, **({"email": email} if email and not who else {})}
            id = await partnerships.add(
                tx, municipality_id=place.id, said=kept, start_day=start.isoformat(), end_day=last.isoformat(), steering=steering,
                days=[each.isoformat() for each in days], now=now, staff_id=by.staff_id, **who,
            )  # fmt: skip
            held = await partnerships.load(tx, place.id, id)
            for each in await partnerships.follow_ups(tx, id):
                due_day = date.fromisoformat(each.due_day)
                await self._schedule(
                    tx, place, held, "follow_up", due_day - timedelta(days=rules.remind_days), each, now
                )
                await self._schedule(tx, place, held, "late", due_day + timedelta(days=rules.late_days), each, now)
            await self._schedule(tx, place, held, "next", asks_what_next(start, years, rules.next_months), None, now)
            await self._schedule(tx, place, held, "over", last + timedelta(days=1), None, now)
            made.append(id)

        await self.db.write(write)
        return made[0]

    async def _schedule(
        self,
        tx: AsyncConnection,
        place: Municipality,
        held: Partnership,
        what: str,
        day: date,
        about: FollowUp | None,
        now: datetime,
    ) -> None:
        at = datetime.combine(day, AT, place.zone)
        data = {"partnership": held.id, "what": what, "follow_up": about.id if about else None}
        number = about.number if about else 0
        await due.schedule(
            tx, municipality_id=place.id, kind=WORK, data=data, unique_key=f"partnership:{held.id}:{what}:{number}",
            due_at=max(at, now), now=now,
        )  # fmt: skip

    async def _act(
        self,
        by: Actor,
        partnership_id: int,
        key: str,
        job: Callable[[AsyncConnection, Partnership, Municipality, datetime], Any],
    ) -> None:
        place, now = self._place(by), self.turns.now()

        async def write(tx: AsyncConnection) -> None:
            held = await self._load(tx, by, partnership_id)
            if await inbox.mark_seen(tx, act_id(by, key), place.id, now):
                await job(tx, held, place, now)

        await self.db.write(write, key=f"partnership:{partnership_id}")
        self.turns.wake()

    async def answer(
        self, by: Actor, partnership_id: int, key: str, follow_up_id: int, given: Mapping[str, str]
    ) -> None:
        """The municipality's answers to the survey of a follow-up."""
        answers = kept_answers(given)
        if not answers:
            raise Refused("empty", _("Answer at least one of the questions."))

        async def job(tx: AsyncConnection, held: Partnership, place: Municipality, now: datetime) -> None:
            found = next((each for each in await partnerships.follow_ups(tx, held.id) if each.id == follow_up_id), None)
            if found is None or held.status != "running":
                raise Refused("empty", _("There is nothing to answer there right now."))
            if not await turned.answer(
                tx, place, found, "municipality", answers, now, self.turns.pages_of(place.id), by.staff_id
            ):
                raise Refused("empty", _("A colleague has answered it meanwhile."))

        await self._act(by, partnership_id, key, job)

    async def say_next(self, by: Actor, partnership_id: int, key: str, next_: str, words: str) -> None:
        """What the municipality wants to come after it."""
        if next_ not in NEXTS:
            raise Refused("empty", _("Choose what shall come after it."))

        async def job(tx: AsyncConnection, held: Partnership, place: Municipality, now: datetime) -> None:
            await turned.say_next(
                tx, place, held, "municipality", next_, words.strip()[:2000], now, self.turns.pages_of(place.id)
            )

        await self._act(by, partnership_id, key, job)

    async def end(self, by: Actor, partnership_id: int, key: str, outcome: str) -> None:
        """It is over, before its last day or on it; it stays in the history."""
        outcome = mask(outcome.strip()[:2000])[0]
        if not outcome:
            raise Refused("empty", _("Write what came of it: the association reads it."))

        async def job(tx: AsyncConnection, held: Partnership, place: Municipality, now: datetime) -> None:
            if held.status != "running":
                raise Refused("empty", _("It is over already."))
            await self._over(tx, place, held, outcome, now)

        await self._act(by, partnership_id, key, job)

    async def _over(
        self, tx: AsyncConnection, place: Municipality, held: Partnership, outcome: str, now: datetime
    ) -> None:
        said = {**(held.said or {}), **({"outcome": outcome} if outcome else {})}
        await partnerships.change(tx, held, status="ended", ended_at=now, said=said)
        await turned.tell_association(tx, place, held, "ended", now, self.turns.pages_of(place.id), words=outcome)

    async def reach(self, by: Actor, partnership_id: int, key: str, email: str) -> str:
        """A private link for the association, to be handed over; with an e-mail address reminders go there from now on."""
        email = email.strip()
        if email and find_email(email) is None:
            raise Refused("empty", _("I could not read that e-mail address."))
        made: list[str] = []

        async def job(tx: AsyncConnection, held: Partnership, place: Municipality, now: datetime) -> None:
            made.clear()
            if email:
                await partnerships.change(tx, held, said={**(held.said or {}), "email": email})
            made.append(await turned.association_link(tx, place, held, now, self.turns.pages_of(place.id)))

        await self._act(by, partnership_id, key, job)
        return made[0] if made else ""

    # --- the association's own page ----------------------------------------------------------------------------------------

    async def by_link(self, token: str) -> tuple[Partnership, dict[str, Any]]:
        """A partnership as the association sees it. Raises LinkTrouble."""
        async with self.db.read() as tx:
            with good_link():
                link = await links.open(tx, token, "follow_up", self.turns.now())
                held = await partnerships.load(tx, link.municipality_id, link.subject_id or 0)
                place = self.turns.municipalities[link.municipality_id]
            today = self.turns.now().astimezone(place.zone).date()
            return held, await turned.association_sees(tx, held, rules_of(place), today)

    async def by_page(self, token: str, key: str, given: Mapping[str, str]) -> None:
        """What the association has filled in on its page. Raises LinkTrouble; Refused."""
        held, sees = await self.by_link(token)
        place, now, url = (
            self.turns.municipalities[held.municipality_id],
            self.turns.now(),
            self.turns.pages_of(held.municipality_id),
        )
        answers = kept_answers(given)
        if given.get("do") == "next":
            if not sees["asks_next"] or given.get("next") not in NEXTS:
                raise Refused("empty", _("Choose what shall come after it."))
        elif not answers:
            raise Refused("empty", _("Answer at least one of the questions."))

        async def write(tx: AsyncConnection) -> None:
            if not await inbox.mark_seen(tx, f"partnership:{held.id}:{key[:64]}", place.id, now):
                return
            if given.get("do") == "next":
                await turned.say_next(
                    tx, place, held, "association", given["next"], given.get("words", "")[:2000], now, url
                )
            elif sees["open"]:
                found = await partnerships.follow_up(tx, place.id, sees["open"])
                await turned.answer(tx, place, found, "association", answers, now, url)

        await self.db.write(write)
        self.turns.wake()

    # --- what is due -------------------------------------------------------------------------------------------------------

    async def run(self, promise: Ready) -> None:
        """Run one `partnership_due`; a second run finds the promise kept."""
        await self.db.write(lambda tx: self._run(tx, promise))
        self.turns.wake()

    async def _run(self, tx: AsyncConnection, promise: Ready) -> None:
        now = self.turns.now()
        taken = await due.take(tx, promise.id, now)
        place = self.turns.municipalities.get(promise.municipality_id)
        if taken is None or place is None:
            return
        try:
            held = await partnerships.load(tx, place.id, int(taken.data["partnership"]))
        except NotFound:
            return
        if held.status != "running":
            return
        url = self.turns.pages_of(place.id)
        match taken.data["what"]:
            case "follow_up" | "late" as what:
                found = await partnerships.follow_up(tx, place.id, int(taken.data["follow_up"]))
                if not found.held:
                    await self._ask(tx, place, held, found, what, now)
            case "next":
                reached = await turned.tell_association(tx, place, held, "next", now, url, day=held.end_day)
                lines = [_("It ends on {day}. Say what shall come after it.", day=date.fromisoformat(held.end_day))]
                await turned.tell_staff(
                    tx, place, held, _("A partnership comes to its end"), [*lines, *_unreached(reached)], now, url
                )
            case _:
                await self._over(tx, place, held, "", now)
                await turned.tell_staff(tx, place, held, _("A partnership is over today"), (), now, url)

    async def _ask(
        self, tx: AsyncConnection, place: Municipality, held: Partnership, found: FollowUp, what: str, now: datetime
    ) -> None:
        """Remind both sides of a follow-up that is near; of one that is late those who have not answered, and the process
        leader."""
        url, day = self.turns.pages_of(place.id), date.fromisoformat(found.due_day)
        reached = True
        if found.association_at is None:
            reached = await turned.tell_association(
                tx, place, held, what, now, url, follow_up=found.id, day=found.due_day
            )
        if what == "late":
            await partnerships.set_follow_up(tx, found.id, escalated_at=now)
            lines: list[Text] = [_("It was to be held by {day}.", day=day)]
            if found.association_at is None:
                lines.append(_("The association has not answered."))
            if found.municipality_at is None:
                lines.append(_("The municipality has not answered."))
            subject = _("Late: a follow-up of a partnership has not been held")
            await turned.tell_staff(tx, place, held, subject, [*lines, *_unreached(reached)], now, url, ("leader",))
            return
        lines = [_("It is to be held by {day}. Agree on a time with the association.", day=day), *_unreached(reached)]
        await turned.tell_staff(tx, place, held, _("It is time to follow up a partnership"), lines, now, url)

    # --- the time of a talk ---------------------------------------------------------------------------------------------------

    async def talk_of(self, case_id: int) -> TalkTime | None:
        """The latest times of a case's talk."""
        async with self.db.read() as tx:
            return await partnerships.talk_of_case(tx, case_id)

    async def propose(self, by: Actor, case_id: int, key: str, times: Sequence[str], where: str) -> None:
        """Propose times for a talk; the association chooses one, or says that none fits."""
        where = mask(where.strip()[:TEXT_MAX])[0]
        handoff = Handoff(self.turns)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            await self._propose(tx, handoff, by, case, times, where, now, agreed=False)
            return None

        await handoff.act(by, case_id, key, job)

    async def agreed(self, by: Actor, case_id: int, key: str, at: str, where: str) -> None:
        """Write in the time that was agreed on by other ways."""
        where = mask(where.strip()[:TEXT_MAX])[0]
        handoff = Handoff(self.turns)

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            await self._propose(tx, handoff, by, case, [at], where, now, agreed=True)
            return None

        await handoff.act(by, case_id, key, job)

    def _times(self, by: Actor, times: Sequence[str]) -> list[datetime]:
        zone, now = self._place(by).zone, self.turns.now()
        try:
            at = [datetime.fromisoformat(each).replace(tzinfo=zone) for each in times if each.strip()]
        except ValueError as error:
            raise Refused("empty", _("I could not read one of the times.")) from error
        if not at:
            raise Refused("empty", _("Write at least one time."))
        if any(each <= now for each in at):
            raise Refused("empty", _("That moment is over. Choose a later one."))
        return sorted(set(at))[:TIMES_MAX]

    async def _propose(
        self, tx: AsyncConnection, handoff: Handoff, by: Actor, case: Case, said_times: Sequence[str], where: str,
        now: datetime, *, agreed: bool,
    ) -> None:  # fmt: skip
        place = self._place(by)
        await handoff.have(tx, by, case, now)
        if case.kind != "dialogue":
            raise Refused("empty", _("Only a talk about working together has times."))
        times = self._times(by, said_times)
        before = await partnerships.talk_of_case(tx, case.id)
        if before is not None:
            await due.cancel(tx, place.id, turned.talk_key(before.id), "changed", now=now)
        said = {"times": [each.isoformat() for each in times], "where": where}
        talk_id = await partnerships.propose(
            tx, municipality_id=place.id, case_id=case.id, resident_id=case.resident_id, conversation_id=case.conversation_id,
            said=said, now=now, agreed_at=times[0] if agreed else None,
        )  # fmt: skip
        await cases.answer(tx, place.id, case.id, now)
        data: dict[str, Any] = {"what": "agreed" if agreed else "times", "subject": talk_id, "name": by.name, "where": where,
                                "times": said["times"], "at": said["times"][0]}  # fmt: skip
        await due.schedule(
            tx, municipality_id=place.id, conversation_id=case.conversation_id, kind="partner_told", data=data,
            unique_key=f"talk:{talk_id}:told", due_at=now, now=now,
        )  # fmt: skip
        for name in ("late", "soon"):
            await due.cancel(
                tx, place.id, f"conversation:{case.conversation_id}:case:{case.id}:{name}", "answered", now=now
            )
        if agreed:
            await turned.booked(tx, place, await partnerships.talk(tx, place.id, talk_id), times[0], now)
        await log_act(tx, by, case, "time agreed" if agreed else "times proposed", now)

    # --- the agreement --------------------------------------------------------------------------------------------------------

    async def signatures(self, by: Actor) -> list[Signature]:
        """Who has joined the agreement, and who wants to."""
        async with self.db.read() as tx:
            return await signatures.listed(tx, by.municipality_id)

    async def public_list(self, municipality_id: str) -> list[Signature]:
        """Those who have signed and want to be seen, by name."""
        async with self.db.read() as tx:
            found = [
                each for each in await signatures.listed(tx, municipality_id) if each.status == "signed" and each.listed
            ]
        return sorted(found, key=lambda each: each.organisation.casefold())

    async def sign(self, by: Actor, key: str, signature_id: int, day: str) -> None:
        """An organisation has signed: it is told, and stands in the list if it wants to."""
        place, now = self._place(by), self.turns.now()
        signed = self._signed_day(place, day)

        async def write(tx: AsyncConnection) -> None:
            if not await inbox.mark_seen(tx, act_id(by, key), place.id, now):
                return
            try:
                found = await signatures.load(tx, place.id, signature_id)
            except NotFound as error:
                raise Refused("missing", _("There is no such organisation in the list.")) from error
            await signatures.change(tx, found, status="signed", signed_day=signed.isoformat(), staff_id=by.staff_id)
            if found.conversation_id is not None:
                data = {"what": "signed", "subject": found.id, "title": found.organisation, "day": signed.isoformat(),
                        "listed": found.listed}  # fmt: skip
                await due.schedule(
                    tx, municipality_id=place.id, conversation_id=found.conversation_id, kind="partner_told", data=data,
                    unique_key=f"signature:{found.id}:signed", due_at=now, now=now,
                )  # fmt: skip
            if found.case_id is not None:
                await self._settle(tx, by, await cases.load(tx, place.id, found.case_id), now)

        await self.db.write(write)
        self.turns.wake()

    async def _settle(self, tx: AsyncConnection, by: Actor, case: Case, now: datetime) -> None:
        """The case of the request is answered by the signature, and closed."""
        if case.closed_at is not None:
            return
        await conversations.by_id(tx, case.conversation_id)  # locked
        await cases.answer(tx, case.municipality_id, case.id, now)
        await cases.close(tx, case.municipality_id, case.id, "answered", now)
        for name in ("late", "soon", "step"):
            await due.cancel(
                tx,
                case.municipality_id,
                f"conversation:{case.conversation_id}:case:{case.id}:{name}",
                "answered",
                now=now,
            )
        await log_act(tx, by, case, "signed", now)
        await log_act(tx, by, case, "closed", now)

    async def add_signature(self, by: Actor, key: str, organisation: str, does: str, day: str, *, listed: bool) -> None:
        """Enter an organisation that has signed on paper. It stands in the list only if it has said that it wants to."""
        place, now = self._place(by), self.turns.now()
        name = mask(organisation.strip()[:TEXT_MAX])[0]
        if not name:
            raise Refused("empty", _("Write the organisation's name."))
        signed = self._signed_day(place, day)

        async def write(tx: AsyncConnection) -> None:
            if await inbox.mark_seen(tx, act_id(by, key), place.id, now):
                await signatures.add(
                    tx, municipality_id=place.id, said={"organisation": name, "does": mask(does.strip()[:TEXT_MAX])[0]}, listed=listed,
                    now=now, status="signed", signed_day=signed.isoformat(), staff_id=by.staff_id,
                )  # fmt: skip

        await self.db.write(write)

    async def end_signature(self, by: Actor, signature_id: int) -> None:
        """An organisation is in the agreement no longer, or does not want to join after all."""
        place = self._place(by)

        async def write(tx: AsyncConnection) -> None:
            try:
                found = await signatures.load(tx, place.id, signature_id)
            except NotFound as error:
                raise Refused("missing", _("There is no such organisation in the list.")) from error
            await signatures.change(tx, found, status="ended", listed=False, staff_id=by.staff_id)

        await self.db.write(write)

    def _signed_day(self, place: Municipality, day: str) -> date:
        if place.networks.agreement is None:
            raise Refused("missing", _("This municipality has no agreement in its data (networks.yaml)."))
        try:
            signed = date.fromisoformat(day)
        except ValueError as error:
            raise Refused("empty", _("Write the day it was signed.")) from error
        if signed > self.turns.now().astimezone(place.zone).date():
            raise Refused("empty", _("That day is still to come."))
        return signed


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 16 else 0


def _unreached(reached: bool) -> list[Text]:
    return (
        [] if reached else [_("The association has not been told: there is no way to reach it here. Tell it yourself.")]
    )
