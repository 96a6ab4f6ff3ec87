"""Questions to roles: a letter with a page to answer on, reminders, the deputy, the coaches, and what is learned.

Everything here happens in the transaction it is handed, or in one of its own for the page. What has to be said to the
resident is a promise due now, so that it goes through that person's own turn (publication, 2.3: answer always; if not
the right person, pass it on and follow up).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts
from bot.flows.contact import topic_name
from bot.flows.enquiry import reachable, role_name, role_of
from bot.flows.model import AskNext, EnquiryEffect, EnquirySettled, Known, RemindRole, SendEnquiry
from bot.i18n import Ltr, Text, Value, _
from bot.packs.model import Municipality, Role
from bot.packs.model.routing import LEARNED_AFTER, Forward
from bot.rules import masking
from bot.views import PlanSeen
from bot.wording import Words
from storage import case_log, cases, consents, conversations, due, enquiries, inbox, links, outbox, plans, residents
from storage.cases import Case
from storage.conversations import Opened
from storage.db import Database
from storage.enquiries import Asked
from storage.errors import LinkGone, NotFound
from storage.outbox import NewDelivery

OPEN_MAX = 8
"""So many questions of one person may wait at once, so that nobody is flooded."""

LINK_DAYS = 30
"""So long after the promised time the page still takes an answer."""

CLOSES_DAYS = 14
"""So long after an answer the matter ends by itself, when there was no other question."""

WORDS_MAX = 8000

PROMISED = ("enquiry_reminder", "enquiry_late")
"""What is promised while a role has the question."""

log = structlog.get_logger()


async def apply(
    tx: AsyncConnection, effect: EnquiryEffect, who: Opened, known: Known, public_url: str
) -> dict[str, Value]:
    """Write an effect about a question to a role; the sentence that tells what came of it, as `enquiry_result`, and its
    `case`."""
    desk = _Desk(tx, who, known, public_url)
    match effect:
        case SendEnquiry():
            result = await desk.send(effect)
            return {"enquiry_result": result, **({"case": desk.sent[-1]} if desk.sent else {})}
        case RemindRole(case_id):
            await desk.remind(case_id)
        case AskNext(case_id, role):
            await desk.ask_next(case_id, role)
        case EnquirySettled(case_id):
            await desk.end(case_id)
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")
    return {}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where questions are dealt with, in one transaction. `who` is whoever asked; their conversation is locked."""

    tx: AsyncConnection
    who: Opened
    known: Known
    public_url: str
    sent: list[int] = field(default_factory=list)
    """The cases of what was sent."""

    @property
    def municipality(self) -> Municipality:
        return self.known.municipality

    @property
    def now(self) -> datetime:
        return self.known.now

    # --- asking

    async def send(self, wanted: SendEnquiry) -> Text:
        """Hand the question to the role, or to the coaches where no letter reaches it; what to tell."""
        role = role_of(wanted.role, self.municipality)
        mine = await cases.of_resident(self.tx, self.municipality.id, self.who.resident_id, ("enquiry",))
        if sum(each.waits for each in mine) >= OPEN_MAX:
            return _(
                "You have many questions that nobody has answered yet. Wait for an answer first, or talk to a human."
            )
        if role is None:
            return _("Nobody answers that any more. Ask a human, and they find out who does.")
        before = next((each for each in mine if each.id == wanted.case_id and each.closed_at is None), None)
        if before is not None and before.waits:
            return await self._added(before, wanted.question)
        reached = reachable(role, self.known)
        answer_by = self.municipality.answer_by(self.now, role.answer_days if reached else None)
        case_id = before.id if before else await self._open(wanted, answer_by)
        self.sent.append(case_id)
        if before is not None:
            await cases.add_note(self.tx, self.municipality.id, case_id, wanted.question)
            await cases.ask_again(self.tx, self.municipality.id, case_id, answer_by)
            await due.cancel(self.tx, self.municipality.id, f"enquiry_closes:{case_id}", "asked again", now=self.now)
        if wanted.consent:
            await consents.give(
                self.tx, municipality_id=self.municipality.id, resident_id=self.who.resident_id, now=self.now,
                purpose="enquiry_outside", subject_id=case_id, wording_version=wanted.consent, locale=self.known.locale,
            )  # fmt: skip
        case = await self._case(case_id)
        if not reached:
            await self.to_coaches(case, "unreached")
            return _(
                "I cannot write to them myself ({role}), so our coaches have your question now. They find out, and answer you here "
                "by {time} at the latest.",
                role=role_name(role.id, self.municipality), time=answer_by,
            )  # fmt: skip
        await self.hand(case, role, "again" if before else "first")
        return _sent(role, answer_by)

    async def _open(self, wanted: SendEnquiry, answer_by: datetime) -> int:
        said = {"role": wanted.role, "topic": wanted.topic, "area": wanted.area, "matter": wanted.matter}
        plan_id = wanted.plan_id
        if plan_id is not None:  # only one of their own goes along
            await plans.load(self.tx, self.municipality.id, plan_id, for_resident=self.who.resident_id)
        return await cases.open(
            self.tx, municipality_id=self.municipality.id, kind="enquiry", conversation_id=self.who.conversation_id,
            resident_id=self.who.resident_id, answer_by=answer_by, plan_id=plan_id, note=wanted.question,
            context={"flow": "enquiry", "answers": said}, area=wanted.area, now=self.now,
        )  # fmt: skip

    async def _added(self, case: Case, question: str) -> Text:
        """More about a question that still waits: whoever has it hears of it, and nothing else is promised."""
        await cases.add_note(self.tx, self.municipality.id, case.id, question)
        case = await self._case(case.id)
        last = (await enquiries.of_case(self.tx, self.municipality.id, case.id))[-1]
        role = role_of(last.role_id, self.municipality)
        if role is not None and reachable(role, self.known):
            await self._letter(case, last, role, _("More about a question"))
        else:
            await self._tell_staff(case, "again")
        assert case.answer_by is not None
        return _("I have added that to your question. You get an answer here by {time} at the latest.",
                 time=case.answer_by.astimezone(self.municipality.zone))  # fmt: skip

    async def hand(self, case: Case, role: Role, why: str) -> datetime:
        """Give the question to a role: a letter, a promise, a reminder at half the time; by when it is answered."""
        answer_by = self.municipality.answer_by(self.now, role.answer_days)
        asked_id = await enquiries.ask(
            self.tx, municipality_id=self.municipality.id, case_id=case.id, role_id=role.id, why=why,
            answer_by=answer_by, now=self.now,
        )  # fmt: skip
        await cases.promise(self.tx, self.municipality.id, case.id, answer_by)
        await cases.told(self.tx, self.municipality.id, case.id, self.now)
        asked = await enquiries.load(self.tx, self.municipality.id, asked_id)
        await self._letter(case, asked, role, _("A question for you: {role}", role=role.title))
        following = None if why == "deputy" else await self._next(case, role)
        data: dict[str, Any] = {
            "role": role.id,
            "next": following.id if following else None,
            "answer_by": answer_by.isoformat(),
        }
        await self._later("enquiry_reminder", case, self.now + (answer_by - self.now) / 2, **data)
        await self._later("enquiry_late", case, answer_by, **data)
        return answer_by

    async def _next(self, case: Case, role: Role) -> Role | None:
        """Who is asked when a role is silent: its deputy, else who answers what nobody else does."""
        been = {each.role_id for each in await enquiries.of_case(self.tx, self.municipality.id, case.id)} | {role.id}
        for id in (role.deputy, self.municipality.contacts.fallback):
            other = role_of(id, self.municipality)
            if other is not None and other.id not in been and await self._may_have(case, other):
                return other
        return None

    async def _may_have(self, case: Case, role: Role) -> bool:
        """Whether a letter reaches it, and the resident has agreed where it leaves the municipality."""
        if not reachable(role, self.known):
            return False
        agreed = await consents.in_force(self.tx, self.municipality.id, case.resident_id)
        return not role.outside or any(
            each.purpose == "enquiry_outside" and each.subject_id == case.id for each in agreed
        )

    async def to_coaches(self, case: Case, why: str) -> datetime:
        """The coaches have it from now on, with a promise that is watched over; by when it is answered."""
        answer_by = self.municipality.answer_by(self.now)
        await self._unpromised(case.id, why)
        await enquiries.ask(
            self.tx, municipality_id=self.municipality.id, case_id=case.id, role_id=None, why=why, answer_by=answer_by,
            now=self.now,
        )  # fmt: skip
        await cases.promise(self.tx, self.municipality.id, case.id, answer_by)
        await self._tell_staff(await self._case(case.id), "late" if why == "unanswered" else "new")
        await alerts.promise(self.tx, case.id, "enquiry", answer_by, self.who, self.known)
        return answer_by

    # --- while it is waited for

    async def remind(self, case_id: int) -> None:
        case = await self._case(case_id)
        last = (await enquiries.of_case(self.tx, self.municipality.id, case_id))[-1]
        role = role_of(last.role_id, self.municipality)
        if case.waits and role is not None:
            await enquiries.note(self.tx, last.id, reminded_at=self.now)
            await self._letter(case, last, role, _("Not answered yet: a question for you, {role}", role=role.title))

    async def ask_next(self, case_id: int, role_id: str | None) -> None:
        case, role = await self._case(case_id), role_of(role_id, self.municipality)
        if not case.waits:
            return
        if role is None:
            await self.to_coaches(case, "unanswered")
        else:
            await self.hand(case, role, "deputy")

    # --- what came of it

    async def answer(self, asked: Asked, case: Case, key: str, words: str) -> bool:
        """Pass an answer on; whether it was the first."""
        first = await cases.answer(self.tx, self.municipality.id, case.id, self.now) if case.waits else False
        await enquiries.note(self.tx, asked.id, answered_at=self.now)
        await self._written(case, asked, "answered", words)
        if first:
            await settled(self.tx, case, "answered", self.now)
            await self._later("enquiry_closes", case, self.now + timedelta(days=CLOSES_DAYS))
        await self._later(
            "enquiry_answered", case, self.now, key=f"{asked.id}:{key}", role=asked.role_id, words=words,
            later=not first,
        )  # fmt: skip
        return first

    async def decline(self, asked: Asked, case: Case, to: Role | None, whom: str, reason: str) -> None:
        """It is not theirs: whoever it is for gets it, the resident is told, and it is remembered."""
        named = to.title if to else whom
        await enquiries.note(self.tx, asked.id, declined_at=self.now, reason=reason or named)
        await self._written(case, asked, "passed on", "\n".join(part for part in (named, reason) if part))
        if to is not None and asked.role_id is not None:
            said = case.context["answers"]
            await enquiries.pass_on(
                self.tx, municipality_id=self.municipality.id, from_role=asked.role_id, to_role=to.id, now=self.now,
                topic=said.get("topic"), area=said.get("area"), matter=said.get("matter"),
            )  # fmt: skip
        last = (await enquiries.of_case(self.tx, self.municipality.id, case.id))[-1]
        if not case.waits or last.id != asked.id:
            return  # somebody else has it already
        handed = to is not None and await self._may_have(case, to)
        answer_by = (
            await self.hand(case, to, "forwarded") if handed and to else await self.to_coaches(case, "forwarded")
        )
        await self._later(
            "enquiry_forwarded", case, self.now, key=str(asked.id), role=asked.role_id, to=to.id if to else None,
            whom=whom, asked=handed, answer_by=answer_by.isoformat(),
        )  # fmt: skip

    async def end(self, case_id: int) -> None:
        """Whoever asked is content, or has not asked again for long. Nothing unanswered ends like this."""
        try:
            case = await self._case(case_id)
        except NotFound:
            return
        if case.resident_id != self.who.resident_id or case.kind != "enquiry" or case.status != "answered":
            return
        await cases.close(self.tx, self.municipality.id, case_id, "answered", self.now)
        await settled(self.tx, case, "closed", self.now)

    # --- small things

    async def _case(self, case_id: int) -> Case:
        return await cases.load(self.tx, self.municipality.id, case_id)

    async def _later(self, kind: str, case: Case, at: datetime, *, key: str = "", **data: Any) -> None:
        await due.schedule(
            self.tx, municipality_id=self.municipality.id, conversation_id=case.conversation_id, kind=kind,
            unique_key=f"{kind}:{case.id}{':' if key else ''}{key}", due_at=at, now=self.now,
            data={"case_id": case.id, **data},
        )  # fmt: skip

    async def _unpromised(self, case_id: int, why: str) -> None:
        for kind in PROMISED:
            await due.cancel(self.tx, self.municipality.id, f"{kind}:{case_id}", why, now=self.now)

    async def _written(self, case: Case, asked: Asked, act: str, detail: str) -> None:
        role = role_of(asked.role_id, self.municipality)
        await case_log.add(
            self.tx, municipality_id=self.municipality.id, conversation_id=case.conversation_id, case_id=case.id,
            act=act, who=role.title if role else self.municipality.name, at=self.now, detail=detail,
        )  # fmt: skip

    async def _tell_staff(self, case: Case, reason: str) -> None:
        await alerts.tell(
            self.tx, case, reason, municipality=self.municipality, public_url=self.public_url, now=self.now
        )

    async def _letter(self, case: Case, asked: Asked, role: Role, subject: Text) -> None:
        """A letter to a role: the question, and the page where it is answered; the plan, if they wanted that."""
        municipality = self.municipality
        words = Words(municipality.languages[0], municipality.zone)
        token = await links.make(
            self.tx, municipality_id=municipality.id, purpose="enquiry", subject_id=asked.id, now=self.now,
            resident_id=case.resident_id, expires_at=asked.answer_by + timedelta(days=LINK_DAYS),
        )  # fmt: skip
        said = case.context["answers"]
        # TRANSLATORS: a letter to an official or an association, who answers residents' questions on a page.
        lines = [
            _(
                "Somebody has asked {lab} something that you answer. They wrote:",
                lab=municipality.lab or municipality.name,
            ),
            _("{value}", value=case.note or ""),
        ]
        if said.get("topic"):
            lines.append(_("It is about: {topic}.", topic=topic_name(said["topic"], self.known)))
        if said.get("area"):
            lines.append(_("The place is: {area}.", area=said["area"]))
        if case.plan_id is not None:
            lines.append(_("They want you to see their plan. It is attached, and on the page."))
        lines += [
            _("They have been promised an answer by {time} at the latest. Open the page, write, and press the button. You need no account.",
              time=asked.answer_by.astimezone(municipality.zone)),
            _("{url}", url=Ltr(f"{self.public_url}/enquiry/{token}")),
            _("Only the page reaches them: an answer to this letter does not. If it is not for you, say so there, and it goes on to the right person."),
        ]  # fmt: skip
        body: dict[str, Any] = {
            "subject": words.plain(subject),
            "text": "\n\n".join(words.plain(line) for line in lines),
        }
        if case.plan_id is not None:
            body["attachment"] = {"kind": "plan_copy", "subject": case.plan_id}
        address = await conversations.address(
            self.tx, municipality_id=municipality.id, channel="mail", address=role.email, now=self.now
        )
        letter = NewDelivery(
            municipality_id=municipality.id, conversation_id=case.conversation_id, address_id=address.id,
            channel="mail", op="mail", made_by=f"enquiry:{asked.id}:{self.now.isoformat()}", ordinal=0,
            due_at=self.now, body=body,
        )  # fmt: skip
        await outbox.queue(self.tx, [letter], now=self.now)
        log.info("a question waits for an answer", municipality=municipality.id, role=role.id)


def _sent(role: Role, answer_by: datetime) -> Text:
    """That it is on its way, by when it is answered, and how else they are reached."""
    sent = _(
        "Your question has been sent to: {role}. You get an answer here by {time} at the latest. If nobody answers, I remind "
        "them, and then I ask somebody else.",
        role=Text(role.title, domain="content"), time=answer_by,
    )  # fmt: skip
    if role.phone:
        return _("{sent} You can also ring them: {phone}.", sent=sent, phone=Ltr(role.phone))
    if role.visit:
        return _("{sent} You can also come to them: {place}.", sent=sent, place=role.visit)
    return sent


async def settled(tx: AsyncConnection, case: Case, why: str, now: datetime, *, by_staff: bool = False) -> None:
    """Nobody has to answer any more. Where a person here has (`by_staff`), the pages of those asked are closed too."""
    for kind in (*PROMISED, "enquiry_closes"):
        await due.cancel(tx, case.municipality_id, f"{kind}:{case.id}", why, now=now)
    for name in ("late", "soon"):
        await due.cancel(tx, case.municipality_id, alerts.due_key(case.conversation_id, case.id, name), why, now=now)
    if by_staff:
        for asked in await enquiries.of_case(tx, case.municipality_id, case.id):
            await links.revoke_about(tx, "enquiry", asked.id, now)


# --- the page where it is answered ------------------------------------------------------------------------------------


class NoSuchLink(Exception):
    """A link that leads nowhere: `why` is "unknown", "expired", "used" or "revoked"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Page:
    """What somebody is asked. `roles` are the others it may be for; `locale` the language the resident reads.

    `status` is "waiting", "answered" (there has been an answer), "declined" (they have passed it on) or "elsewhere"
    (somebody else has it now, but an answer is welcome).
    """

    municipality_id: str
    role: Text
    question: str
    topic: str | None
    area: str | None
    locale: str | None
    answer_by: datetime
    status: str
    has_plan: bool
    roles: Sequence[tuple[str, Text]]


@dataclass(frozen=True, slots=True)
class Desk:
    """The pages' way in: each act is one transaction, applied once however often its form arrives.

    `where` is the municipality whose address was opened, None for the address all share. Each raises NoSuchLink where
    the link is not good, or is another municipality's.
    """

    db: Database
    municipalities: Mapping[str, Municipality]
    public_url: str
    mails: bool = True

    async def page(self, token: str, now: datetime, *, where: str | None = None) -> Page:
        """What a link leads to; changes nothing, for programs that look at links in advance."""
        async with self.db.read() as tx:
            asked, case = await _by_link(tx, token, now, where)
            every = await enquiries.of_case(tx, case.municipality_id, case.id)
            locale = await residents.locale_of(tx, case.resident_id)
        municipality = self.municipalities[case.municipality_id]
        status = (
            "declined" if asked.declined_at is not None
            else "answered" if not case.waits
            else "waiting" if every[-1].id == asked.id
            else "elsewhere"
        )  # fmt: skip
        declined = {each.role_id for each in every if each.declined_at is not None}
        said = case.context["answers"]
        return Page(
            case.municipality_id, role_name(asked.role_id, municipality), case.note or "", said.get("topic"),
            said.get("area"), locale, case.answer_by or asked.answer_by, status, case.plan_id is not None,
            [(each.id, role_name(each.id, municipality)) for each in municipality.contacts.roles
             if each.id not in declined | {asked.role_id}],
        )  # fmt: skip

    async def plan(self, token: str, now: datetime, *, where: str | None = None) -> PlanSeen | None:
        """The plan that was sent along; None where there is none."""
        async with self.db.read() as tx:
            _asked, case = await _by_link(tx, token, now, where)
            if case.plan_id is None:
                return None
            try:
                found = await plans.load(tx, case.municipality_id, case.plan_id)
            except NotFound:
                return None
        return PlanSeen(found.id, found.municipality_id, found.answers, found.locale, found.changed_at.date())

    async def answer(self, token: str, key: str, words: str, now: datetime, *, where: str | None = None) -> str:
        """Send what somebody wrote to the resident: "first", "later" (there had been an answer) or "again" (sent before)."""
        words = masking.mask(words.strip()[:WORDS_MAX])[0]

        async def job(tx: AsyncConnection) -> str:
            asked, case = await _by_link(tx, token, now, where)
            desk = await self._desk(tx, case, now)
            if not await inbox.mark_seen(tx, f"enquiry:{asked.id}:{key[:64]}", case.municipality_id, now):
                return "again"
            case = await cases.load(tx, case.municipality_id, case.id)
            return "first" if await desk.answer(asked, case, key[:64], words) else "later"

        return await self.db.write(job)

    async def decline(
        self, token: str, to: str, whom: str, reason: str, now: datetime, *, where: str | None = None
    ) -> str:
        """It is for somebody else: a role of the pack, or whom they name; "done", or "again" (said before).

        What is neither is "empty".
        """
        whom, reason = (masking.mask(each.strip()[:1000])[0] for each in (whom, reason))

        async def job(tx: AsyncConnection) -> str:
            asked, case = await _by_link(tx, token, now, where)
            role = role_of(to, self.municipalities[case.municipality_id])
            if (role is None or role.id == asked.role_id) and not whom:
                return "empty"
            desk = await self._desk(tx, case, now)
            asked = await enquiries.load(tx, case.municipality_id, asked.id)
            if asked.declined_at is not None:
                return "again"
            case = await cases.load(tx, case.municipality_id, case.id)
            await desk.decline(asked, case, role if role and role.id != asked.role_id else None, whom, reason)
            return "done"

        return await self.db.write(job)

    async def suggestions(self, municipality_id: str) -> list[Forward]:
        """What has been passed on so often that it goes there at once: the pack should say so."""
        async with self.db.read() as tx:
            found = await enquiries.passed(tx, municipality_id, least=LEARNED_AFTER)
        return [Forward(each.from_role, each.to_role, each.topic, each.area, each.matter, each.times) for each in found]

    async def dismiss(self, municipality_id: str, forward: Forward, now: datetime) -> None:
        """Learn nothing from it: it goes where the pack says again."""
        await self.db.write(
            lambda tx: enquiries.dismiss(
                tx, municipality_id, from_role=forward.from_role, to_role=forward.to_role, topic=forward.topic,
                area=forward.area, matter=forward.matter, now=now,
            )
        )  # fmt: skip

    async def _desk(self, tx: AsyncConnection, case: Case, now: datetime) -> _Desk:
        """The conversation is locked first, as in the turns that promise and remind."""
        municipality = self.municipalities[case.municipality_id]
        who = await conversations.by_id(tx, case.conversation_id)
        known = Known(
            now=now.astimezone(municipality.zone), locale=who.locale or municipality.languages[0],
            municipality=municipality, facts={"mails": self.mails},
        )  # fmt: skip
        return _Desk(tx, who, known, self.public_url)


async def _by_link(tx: AsyncConnection, token: str, now: datetime, where: str | None) -> tuple[Asked, Case]:
    try:
        link = await links.open(tx, token, "enquiry", now)
        if where not in (None, link.municipality_id):
            raise NoSuchLink("unknown")
        asked = await enquiries.load(tx, link.municipality_id, link.subject_id or 0)
        return asked, await cases.load(tx, link.municipality_id, asked.case_id)
    except NotFound as error:
        raise NoSuchLink("unknown") from error
    except LinkGone as error:
        raise NoSuchLink(error.why) from error
