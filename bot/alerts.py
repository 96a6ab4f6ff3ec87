"""Telling staff that a case waits: in the console always, and outside it as each of them wants. Never with content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import forum, presence
from bot.flows.case_kinds import URGENT, kind_of
from bot.flows.model import Choice, Known, Reply, TellOperator
from bot.i18n import Ltr, Text, _, n_, p_
from bot.packs.model import Municipality
from bot.wording import Words
from storage import alerts, cases, conversations, due, outbox, residents, staff
from storage.cases import Case
from storage.conversations import Opened
from storage.db import Database
from storage.due import Ready
from storage.outbox import NewDelivery
from storage.secrets import make_token
from storage.staff import Member

log = structlog.get_logger()

# TRANSLATORS: subject of a letter to a member of staff, without anything about the resident.
REASONS: Mapping[str, Text] = {
    "new": _("A new case waits for an answer"),
    "again": _("A resident has written more in a case"),
    "soon": _("A promised answer is soon due"),
    "late": _("Late: somebody still waits for an answer"),
    "unanswered": _("Nobody has taken a request for help yet"),
    "ring": _("There is news for somebody who has to be rung up"),
    "assigned": _("A case is yours now"),
    "step": _("A next step you named is due today"),
    "unread": _("Somebody waits whom no colleague may read yet: give somebody the role for it"),
    "left": _("A resident has gone back to the machine"),
    "wakes": _("A case you put aside is back"),
    "unclaimed": _("Nobody has taken a case yet"),
    "lying": _("A case is left lying: nobody takes it"),
}

TO_ALL = frozenset({"late", "unanswered", "unclaimed"})
"""Of these everybody hears who may answer, not only whoever has the case."""

TO_FIRST = frozenset({"new", "again"})
"""Of these, while nobody has the case, those hear who are there and fit best, unless it is urgent."""

TO_LEADERS = "lying"
"""Of this whoever leads the process hears; where nobody does, those who coordinate or let others in."""


async def tell(
    tx: AsyncConnection, case: Case, reason: str, *, municipality: Municipality, public_url: str, now: datetime
) -> int:
    """Tell the case's owner and, while they are absent, who stands in; or those who may answer it, when nobody has it or
    it is late; how many were told."""
    told = await _whom(tx, case, reason, municipality, now)
    if not told and await residents.is_protected(tx, case.resident_id):
        told, reason = await staff.with_roles(tx, case.municipality_id, ("administrator",)), "unread"
    for member in told:
        await _tell(tx, member, case, reason, municipality, public_url, now)
    if told and case.status == "new":
        await cases.told(tx, case.municipality_id, case.id, now)
    if told and reason == "new" and case.owner_id is None:
        await watch_claim(tx, case, municipality, now)
    await forum.changed(tx, case.municipality_id, now, case.id)
    return len(told)


async def may_have(tx: AsyncConnection, case: Case, *, but: str = "") -> list[Member]:
    """Who may have a case: those whose role its kind is for, and who may read protected persons if it is one's."""
    roles = kind_of(case.kind).roles - {but}
    if not await residents.is_protected(tx, case.resident_id):
        return await staff.with_roles(tx, case.municipality_id, roles)
    may = {member.id for member in await staff.with_roles(tx, case.municipality_id, ("protected",))}
    found = await staff.with_roles(tx, case.municipality_id, roles | {"leader"})
    return [member for member in found if member.id in may]


async def _whom(tx: AsyncConnection, case: Case, reason: str, place: Municipality, now: datetime) -> list[Member]:
    if reason == TO_LEADERS:
        leaders = await staff.with_roles(tx, case.municipality_id, {"leader"})
        return leaders or await staff.with_roles(tx, case.municipality_id, {"coordinator", "administrator"})
    kind = kind_of(case.kind)
    able = await may_have(tx, case)
    owner = [member for member in able if member.id == case.owner_id]
    if case.owner_id is not None and not owner:  # the process leader may have every kind
        leaders = await staff.with_roles(tx, case.municipality_id, {"leader"})
        owner = [member for member in leaders if member.id == case.owner_id]
    # contact persons look when they like; it is the coaches who have to act
    if "contact" in kind.roles:
        able = await may_have(tx, case, but="contact") or able
    others = [each for each in able if each not in owner]
    if reason in TO_ALL:
        return [*able, *(each for each in owner if each not in able)]
    if not owner:
        choose = reason in TO_FIRST and kind.priority != URGENT and await presence.anybody_said(tx, place, now)
        first = await presence.first_told(tx, case, place, now) if choose else []
        return [each for each in able if each.id in first] or able
    instead = await presence.substitutes(tx, case, place, now)
    if instead is None:
        return owner
    for each in instead:
        await presence.log(tx, case, "told", place, now, each.name)
    there = {each.id for each in instead}
    return [*owner, *(each for each in others if each.id in there or not there)]


async def watch_claim(
    tx: AsyncConnection, case: Case, place: Municipality, now: datetime, *, again: bool = False
) -> None:
    """Look whether somebody has taken it, when there has been time for that in open hours."""
    if kind_of(case.kind).to_be_claimed:
        await due.schedule(
            tx, municipality_id=case.municipality_id, conversation_id=case.conversation_id, kind="case_unclaimed",
            unique_key=due_key(case.conversation_id, case.id, "unclaimed"), due_at=place.claim_by(now), now=now,
            data={"case_id": case.id, "again": again},
        )  # fmt: skip


async def promise(tx: AsyncConnection, case_id: int, kind: str, answer_by: datetime, who: Opened, known: Known) -> None:
    """Tell the operator by when there is to be an answer, and keep watch over it. An earlier promise is moved."""
    await tell_operator(tx, TellOperator(kind, answer_by), who, known)
    await watch(tx, case_id, kind, answer_by, who, known.now)


async def watch(tx: AsyncConnection, case_id: int, kind: str, answer_by: datetime, who: Opened, now: datetime) -> None:
    """Keep watch over a promised answer: staff are reminded before its time, and told when it has passed."""
    data = {"case_id": case_id, "kind": kind}
    await _watch(tx, who, case_id, "late", answer_by, data, now)
    soon = answer_by - kind_of(kind).soon
    if soon > now:
        await _watch(tx, who, case_id, "soon", soon, data, now)
    else:
        await due.cancel(tx, who.municipality_id, due_key(who.conversation_id, case_id, "soon"), "moved", now=now)


async def _watch(
    tx: AsyncConnection, who: Opened, case_id: int, name: str, at: datetime, data: Mapping[str, Any], now: datetime
) -> None:
    await due.schedule(
        tx, municipality_id=who.municipality_id, conversation_id=who.conversation_id, kind=f"case_{name}",
        unique_key=due_key(who.conversation_id, case_id, name), data=dict(data), due_at=at, now=now,
    )  # fmt: skip


def due_key(conversation_id: int, case_id: int, name: str) -> str:
    """What is promised about a case: "soon", "late", "unclaimed", or the "step" that was named."""
    return f"conversation:{conversation_id}:case:{case_id}:{name}"


async def tell_operator(tx: AsyncConnection, told: TellOperator, who: Opened, known: Known) -> None:
    """A letter to the municipality's own address, without a word of what the resident wrote; a log line without one."""
    words = Words(known.municipality.languages[0], known.municipality.zone)
    log.warning("somebody waits for a human", kind=told.kind, municipality=who.municipality_id, late=told.late)
    if not known.municipality.email:
        return
    operator = await conversations.address(
        tx, municipality_id=who.municipality_id, channel="mail", address=known.municipality.email, now=known.now
    )
    subject = _("Late: somebody still waits for an answer") if told.late else _("Somebody waits for an answer")
    lines = [_("{about} Conversation {number}.", about=kind_of(told.kind).waits, number=Ltr(str(who.conversation_id)))]
    if told.answer_by:
        lines.append(_("Promised answer: {time} at the latest.", time=told.answer_by))
    body = {"subject": words.plain(subject), "text": "\n".join(words.plain(line) for line in lines)}
    made_by = f"tell:{told.kind}:{who.conversation_id}:{known.now.isoformat()}"
    letter = NewDelivery(
        municipality_id=who.municipality_id, address_id=operator.id, channel="mail", op="mail", made_by=made_by,
        ordinal=0, due_at=known.now, body=body,
    )  # fmt: skip
    await outbox.queue(tx, [letter], now=known.now, skip_known=True)  # the same twice in one turn is one letter


async def _tell(
    tx: AsyncConnection, member: Member, case: Case, reason: str, place: Municipality, public_url: str, now: datetime
) -> None:
    chosen = await staff.ways(tx, member.id, case.municipality_id)
    way = chosen.get(case.kind, kind_of(case.kind).way)
    alert_id = await alerts.add(
        tx, municipality_id=case.municipality_id, staff_id=member.id, case_id=case.id, reason=reason, way=way, now=now
    )
    if way == "digest":
        at = next_at(member.digest_hour, place.zone, now)
        await due.schedule(
            tx, municipality_id=case.municipality_id, kind="staff_digest", unique_key=digest_key(member.id, at.date()),
            data={"staff_id": member.id}, due_at=at, now=now,
        )  # fmt: skip
    elif way != "none" and member.email:
        words = Words(member.locale or place.languages[0], place.zone)
        lines = [_("Case {number}: {kind}.", number=Ltr(str(case.id)), kind=kind_of(case.kind).label)]
        if case.deadline is not None:
            lines.append(_("Promised by: {time}.", time=case.deadline))
        if reason == TO_LEADERS:  # who leads may see that it waits, and who could take it
            page = f"{public_url}/coach/colleagues"
            there = [*lines, _("See who is here: {url}", url=Ltr(page))]
        else:
            page = f"{public_url}/coach/staff" if reason == "unread" else f"{public_url}/coach/cases/{case.id}"
            there = [*lines, _("Open it here: {url}", url=Ltr(page))]
        delivery = await _letter(
            tx, member, case.municipality_id, REASONS[reason], there, words, f"alert:{alert_id}", now
        )
        chat = await staff.chat(tx, member.id, case.municipality_id) if way == "telegram" else None
        if chat is not None and chat.reachable:
            # TRANSLATORS: a button, at most 30 characters.
            label = p_("alert", "See who is here") if reason == TO_LEADERS else p_("alert", "Open the case")
            button = Choice("open", label, url=page)
            body = words.body(Reply(words=(REASONS[reason], *lines), choices=(button,)))
            body["instead"] = {"address_id": delivery.address_id, "body": delivery.body}
            delivery = replace(delivery, address_id=chat.address_id, channel="telegram", op="send", body=body)
        await outbox.queue(tx, [delivery], now=now)
        await alerts.told(tx, [alert_id], now)


async def _letter(
    tx: AsyncConnection, member: Member, municipality_id: str, subject: Text, lines: list[Text], words: Words,
    made_by: str, now: datetime,
) -> NewDelivery:  # fmt: skip
    """A letter to a member of staff, still to be queued."""
    assert member.email is not None
    address = await conversations.address(
        tx, municipality_id=municipality_id, channel="mail", address=member.email, now=now
    )
    body = {"subject": words.plain(subject), "text": "\n".join(words.plain(line) for line in lines)}
    return NewDelivery(
        municipality_id=municipality_id, address_id=address.id, channel="mail", op="mail", made_by=made_by, ordinal=0,
        due_at=now, body=body,
    )  # fmt: skip


async def tell_roles(
    tx: AsyncConnection, roles: Iterable[str], subject: Text, lines: Sequence[Text], place: Municipality, public_url: str,
    now: datetime, page: str = "/coach",
) -> None:  # fmt: skip
    """Tell everybody who is one of these something that is about no case: in Telegram where they are linked, else by letter."""
    about = make_token()
    for member in await staff.with_roles(tx, place.id, roles):
        if not member.email:
            continue
        words = Words(member.locale or place.languages[0], place.zone)
        there = [*lines, _("Open it here: {url}", url=Ltr(f"{public_url}{page}"))]
        delivery = await _letter(tx, member, place.id, subject, there, words, f"tell:{about}:{member.id}", now)
        chat = await staff.chat(tx, member.id, place.id)
        if chat is not None and chat.reachable:
            body = words.body(Reply(words=(subject, *lines)))
            body["instead"] = {"address_id": delivery.address_id, "body": delivery.body}
            delivery = replace(delivery, address_id=chat.address_id, channel="telegram", op="send", body=body)
        await outbox.queue(tx, [delivery], now=now)


def digest_key(staff_id: int, day: date) -> str:
    """One letter a day; what comes in after its hour, and before it has been sent, does not put it off."""
    return f"staff:{staff_id}:digest:{day.isoformat()}"


def next_at(hour: int, zone: ZoneInfo, now: datetime) -> datetime:
    """The next time the clock shows this full hour in the municipality."""
    local = now.astimezone(zone)
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)


class Digest:
    """The daily letter of whoever wants one: how many cases, and where."""

    def __init__(
        self, db: Database, municipalities: Mapping[str, Municipality], public_url: str, now: Callable[[], datetime]
    ) -> None:
        self.db, self.municipalities, self.public_url, self.now = db, municipalities, public_url, now

    async def send(self, promise: Ready) -> None:
        """Queue the letter of one `staff_digest`; a second run finds the promise kept."""
        await self.db.write(lambda tx: self._send(tx, promise))

    async def _send(self, tx: AsyncConnection, promise: Ready) -> None:
        now = self.now()
        taken = await due.take(tx, promise.id, now)
        place = self.municipalities.get(promise.municipality_id)
        if taken is None or place is None:
            return
        member = await staff.load(tx, int(taken.data["staff_id"]))
        waiting = await alerts.for_digest(tx, member.id, promise.municipality_id)
        if not waiting or not member.email:
            return
        words = Words(member.locale or place.languages[0], place.zone)
        numbers = sorted({each.case_id for each in waiting})
        subject = n_("{count} case for you today", "{count} cases for you today", len(numbers))
        lines = [
            _("Cases: {numbers}.", numbers=tuple(Ltr(str(number)) for number in numbers)),
            _("Open them here: {url}", url=Ltr(f"{self.public_url}/coach")),
        ]
        made_by = f"digest:{promise.id}"
        letter = await _letter(tx, member, promise.municipality_id, subject, lines, words, made_by, now)
        await outbox.queue(tx, [letter], now=now)
        await alerts.told(tx, [each.id for each in waiting], now)
