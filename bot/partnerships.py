"""The agreement, the time of a talk, and partnerships, as far as an organisation's own turn goes: written and looked up.

Everything here happens in the transaction it is handed. What staff do: `bot.partnership_desk`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts
from bot.flows.model import (
    AnswerPartnership,
    ChooseTalk,
    Known,
    ListSignature,
    PartnershipEffect,
    SayWhatNext,
    SendSignature,
)
from bot.i18n import Text, Value, _
from bot.packs.model import Municipality, Partnerships
from bot.rules.follow_ups import asks_what_next
from bot.rules.masking import mask
from bot.wording import Words
from storage import case_log, cases, conversations, due, links, outbox, partnerships, signatures, staff
from storage.conversations import Opened
from storage.errors import CaseClosed, NotFound
from storage.outbox import NewDelivery
from storage.partnerships import FollowUp, Partnership, TalkTime
from storage.secrets import make_token

TALK_AHEAD: Final = timedelta(days=1)
LINK_LIFETIME: Final = timedelta(days=120)
STAFF: Final = ("coordinator", "leader")
"""Who looks after partnerships and the agreement."""


async def apply(
    tx: AsyncConnection, effect: PartnershipEffect, who: Opened, known: Known, case_id: Value | None, public_url: str
) -> None:
    """Write an effect about the agreement, a talk or a partnership. Whoever has nothing to do with it changes nothing."""
    try:
        match effect:
            case SendSignature(organisation, does, listed):
                assert isinstance(case_id, int)
                await signatures.add(
                    tx, municipality_id=who.municipality_id, case_id=case_id, resident_id=who.resident_id,
                    conversation_id=who.conversation_id, said={"organisation": mask(organisation)[0], "does": mask(does)[0]},
                    listed=listed, now=known.now,
                )  # fmt: skip
            case ListSignature(id, listed):
                mine_ = await signatures.load(tx, who.municipality_id, id, for_resident=who.resident_id)
                await signatures.change(tx, mine_, listed=listed)
            case ChooseTalk():
                await _choose(tx, effect, who, known, public_url)
            case AnswerPartnership(id, answers):
                found = await partnerships.follow_up(tx, who.municipality_id, id)
                await partnerships.load(tx, who.municipality_id, found.partnership_id, for_resident=who.resident_id)
                await answer(tx, known.municipality, found, "association", answers, known.now, public_url)
            case SayWhatNext(id, next_, words):
                held = await partnerships.load(tx, who.municipality_id, id, for_resident=who.resident_id)
                await say_next(tx, known.municipality, held, "association", next_, words, known.now, public_url)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def let_go_of_all(tx: AsyncConnection, who: Opened) -> None:
    """Somebody who wrote for an association is to be forgotten: how they are reached goes, the agreement stays."""
    for each in await partnerships.of_resident(tx, who.municipality_id, who.resident_id):
        said = {name: value for name, value in (each.said or {}).items() if name not in ("contact", "email")}
        await partnerships.change(tx, each, said=said)


# --- a talk ---------------------------------------------------------------------------------------------------------------


async def _choose(tx: AsyncConnection, chosen: ChooseTalk, who: Opened, known: Known, public_url: str) -> None:
    """One of the proposed times, or none: whoever has the case hears of it."""
    talk = await partnerships.talk(tx, who.municipality_id, chosen.talk_id, for_resident=who.resident_id)
    case = await cases.load(tx, who.municipality_id, talk.case_id)
    place = known.municipality
    if chosen.chosen is None:
        if talk.status not in ("proposed", "agreed"):
            return
        await partnerships.drop(tx, talk)
        await due.cancel(tx, place.id, talk_key(talk.id), "changed", now=known.now)
        await due.cancel(tx, place.id, alerts.due_key(case.conversation_id, case.id, "step"), "changed", now=known.now)
        if case.closed_at is None:
            await cases.ask_again(tx, place.id, case.id, chosen.answer_by)
            await alerts.watch(tx, case.id, case.kind, chosen.answer_by, who, known.now)
    else:
        at = datetime.fromisoformat(talk.said["times"][chosen.chosen])
        if not await partnerships.settle(tx, talk, "agreed", at):
            return
        await booked(tx, place, talk, at, known.now)
    await case_log.add(
        tx, municipality_id=place.id, conversation_id=case.conversation_id, case_id=case.id,
        act="no time fits" if chosen.chosen is None else "time chosen", who=place.lab or place.name, at=known.now,
        detail=chosen.words or None,
    )  # fmt: skip
    case = await cases.load(tx, place.id, case.id)
    if case.closed_at is None:
        await alerts.tell(tx, case, "again", municipality=place, public_url=public_url, now=known.now)


async def booked(tx: AsyncConnection, place: Municipality, talk: TalkTime, at: datetime, now: datetime) -> None:
    """The time is settled: the association is reminded the day before, whoever has the case on its morning."""
    case = await cases.load(tx, place.id, talk.case_id)
    where = str((talk.said or {}).get("where") or "")
    local = at.astimezone(place.zone)
    words = Words(place.languages[0], place.zone)
    step = words.plain(_("The talk, {time}. Where: {where}", time=local, where=where or "–"))
    try:
        await cases.set_next_step(
            tx, place.id, case.id, step, datetime.combine(local.date(), place.hours.closes, place.zone), now
        )
        morning = max(datetime.combine(local.date(), time(8), place.zone), now)
        await due.schedule(
            tx, municipality_id=place.id, conversation_id=case.conversation_id, kind="case_step", data={"case_id": case.id},
            unique_key=alerts.due_key(case.conversation_id, case.id, "step"), due_at=morning, now=now,
        )  # fmt: skip
    except CaseClosed:
        pass
    for name in ("late", "soon"):
        await due.cancel(tx, place.id, alerts.due_key(case.conversation_id, case.id, name), "answered", now=now)
    if at - TALK_AHEAD > now:
        data = {"what": "talk_soon", "subject": talk.id, "at": at.isoformat(), "where": where}
        await due.schedule(
            tx, municipality_id=place.id, conversation_id=talk.conversation_id, kind="partner_told", data=data,
            unique_key=talk_key(talk.id), due_at=at - TALK_AHEAD, now=now,
        )  # fmt: skip


def talk_key(talk_id: int) -> str:
    return f"talk:{talk_id}:soon"


# --- follow-ups -----------------------------------------------------------------------------------------------------------


def open_one(found: Sequence[FollowUp], today: date, rules: Partnerships) -> FollowUp | None:
    """The follow-up that can be answered now: the first that is not held and is near, or late."""
    near = (today + timedelta(days=rules.remind_days)).isoformat()
    return next((each for each in found if not each.held and each.due_day <= near), None)


def asks_next(held: Partnership, today: date, rules: Partnerships) -> bool:
    """Whether it is time to say what comes after it."""
    first, last = date.fromisoformat(held.start_day), date.fromisoformat(held.end_day)
    years = max(1, round((last - first).days / 365.25))
    return held.status == "running" and today >= asks_what_next(first, years, rules.next_months)


async def answer(
    tx: AsyncConnection, place: Municipality, found: FollowUp, side: str, answers: Mapping[str, Any], now: datetime, public_url: str,
    staff_id: int | None = None,
) -> bool:  # fmt: skip
    """One side's answers to a follow-up; when both have answered, both see them. False when that side had answered."""
    if getattr(found, f"{side}_at") is not None or not answers:
        return False
    values: dict[str, Any] = {side: dict(answers), f"{side}_at": now}
    await partnerships.set_follow_up(tx, found.id, **values, **({"staff_id": staff_id} if staff_id else {}))
    held = await partnerships.load(tx, place.id, found.partnership_id)
    found = await partnerships.follow_up(tx, place.id, found.id)
    if found.held:
        both = {"association": found.association, "municipality": found.municipality}
        await tell_association(tx, place, held, "both", now, public_url, **both)
        subject = _("Both sides have answered a follow-up")
        await tell_staff(tx, place, held, subject, (), now, public_url)
    elif side == "association":
        await tell_staff(
            tx, place, held, _("The association has answered a follow-up, and waits for you"), (), now, public_url
        )
    return True


async def say_next(
    tx: AsyncConnection,
    place: Municipality,
    held: Partnership,
    side: str,
    next_: str,
    words: str,
    now: datetime,
    public_url: str,
) -> None:
    """What one side wants to come after it."""
    said = {**(held.said or {})}
    said["next"] = {**(said.get("next") or {}), side: {"next": next_, "words": mask(words)[0]}}
    await partnerships.change(tx, held, said=said)
    if side == "association":
        await tell_staff(
            tx, place, held, _("An association has said what shall come after a partnership"), (), now, public_url
        )


async def tell_association(
    tx: AsyncConnection, place: Municipality, held: Partnership, what: str, now: datetime, public_url: str, **data: Any
) -> bool:
    """Tell whoever writes for the association: in their conversation, or by a letter with a link; False where there is no way."""
    if held.conversation_id is not None:
        told = {"what": what, "subject": held.id, "title": held.title, **data}
        await due.schedule(
            tx, municipality_id=place.id, conversation_id=held.conversation_id, kind="partner_told", data=told,
            unique_key=f"partnership:{held.id}:{what}:{make_token()}", due_at=now, now=now,
        )  # fmt: skip
        return True
    email = str((held.said or {}).get("email") or "")
    if not email:
        return False
    words = Words(place.languages[0], place.zone)
    link = await association_link(tx, place, held, now, public_url)
    subject = LETTERS.get(what, _("About your partnership with {municipality}", municipality=place.name))
    lines = [_("It is about: {title}", title=held.title)]
    if data.get("day"):
        lines.append(_("By: {day}", day=date.fromisoformat(data["day"])))
    lines.append(_("Read and answer here. Nobody else has this link: {url}", url=link))
    address = await conversations.address(tx, municipality_id=place.id, channel="mail", address=email, now=now)
    body = {"subject": words.plain(subject), "text": "\n".join(words.plain(line) for line in lines)}
    letter = NewDelivery(
        municipality_id=place.id, address_id=address.id, channel="mail", op="mail",
        made_by=f"partnership:{held.id}:{what}:{make_token()}", ordinal=0, due_at=now, body=body,
    )  # fmt: skip
    await outbox.queue(tx, [letter], now=now)
    return True


# TRANSLATORS: subjects of letters to an association.
LETTERS: Final[Mapping[str, Text]] = {
    "follow_up": _("It is time to follow up your partnership"),
    "late": _("A follow-up of your partnership is late"),
    "both": _("Both sides have answered the follow-up"),
    "next": _("What shall come after your partnership?"),
    "ended": _("Your partnership is over"),
}


async def association_link(
    tx: AsyncConnection, place: Municipality, held: Partnership, now: datetime, public_url: str
) -> str:
    """A private link to the association's own page of a partnership."""
    token = await links.make(
        tx, municipality_id=place.id, purpose="follow_up", now=now, expires_at=now + LINK_LIFETIME, subject_id=held.id,
    )  # fmt: skip
    return f"{public_url}/partnership/{token}"


async def tell_staff(
    tx: AsyncConnection, place: Municipality, held: Partnership, subject: Text, lines: Sequence[Text], now: datetime,
    public_url: str, roles: Sequence[str] = STAFF,
) -> None:  # fmt: skip
    """Tell those who look after it; the process leader alone, or whoever coordinates where there is none."""
    there = [_("It is about: {title}", title=held.title), *lines]
    if not await staff.with_roles(tx, place.id, roles):
        roles = ("coordinator", "administrator")
    await alerts.tell_roles(tx, roles, subject, there, place, public_url, now, page=f"/coach/partnerships/{held.id}")


# --- what flows look up ---------------------------------------------------------------------------------------------------


async def _my_signature(tx: AsyncConnection, who: Opened, known: Known, signature_id: int) -> dict[str, Any] | None:
    try:
        found = await signatures.load(tx, who.municipality_id, signature_id, for_resident=who.resident_id)
    except NotFound:
        return None
    zone, answer_by = known.municipality.zone, None
    if found.case_id is not None:
        case = await cases.load(tx, who.municipality_id, found.case_id)
        answer_by = case.answer_by.isoformat() if case.waits and case.answer_by else None
    return {
        "id": found.id, "organisation": found.organisation, "status": found.status, "listed": found.listed,
        "sent_day": found.created_at.astimezone(zone).date().isoformat(), "answer_by": answer_by,
        "signed_day": found.signed_day,
    }  # fmt: skip


async def _talk_time(tx: AsyncConnection, who: Opened, known: Known, talk_id: int) -> dict[str, Any] | None:
    try:
        found = await partnerships.talk(tx, who.municipality_id, talk_id, for_resident=who.resident_id)
    except NotFound:
        return None
    if found.status not in ("proposed", "agreed") or (found.agreed_at and found.agreed_at < known.now):
        return None
    said = found.said or {}
    at = found.agreed_at.isoformat() if found.agreed_at else None
    return {"id": found.id, "status": found.status, "times": list(said.get("times", ())), "where": said.get("where"),
            "at": at, "case": found.case_id}  # fmt: skip


async def _my_partnership(tx: AsyncConnection, who: Opened, known: Known, partnership_id: int) -> dict[str, Any] | None:
    rules = known.municipality.partnerships
    try:
        held = await partnerships.load(tx, who.municipality_id, partnership_id, for_resident=who.resident_id)
    except NotFound:
        return None
    return None if rules is None else await association_sees(tx, held, rules, known.today)


async def association_sees(tx: AsyncConnection, held: Partnership, rules: Partnerships, today: date) -> dict[str, Any]:
    """A partnership as the association sees it: the other side's answers only when both have answered."""
    found = await partnerships.follow_ups(tx, held.id)
    now_open = open_one(found, today, rules) if held.status == "running" else None
    both = [each for each in found if each.held]
    last = {"association": both[-1].association, "municipality": both[-1].municipality} if both else None
    return {
        "id": held.id, "title": held.title, "status": held.status, "start_day": held.start_day, "end_day": held.end_day,
        "steering": held.steering,
        "follow_ups": [{"number": each.number, "due_day": each.due_day, "held": each.held,
                        "answered": each.association_at is not None} for each in found],
        "open": now_open.id if now_open is not None and now_open.association_at is None else None, "last": last,
        "asks_next": asks_next(held, today, rules) and not ((held.said or {}).get("next") or {}).get("association"),
    }  # fmt: skip


async def _follow_up(tx: AsyncConnection, who: Opened, known: Known, follow_up_id: int) -> dict[str, Any] | None:
    try:
        found = await partnerships.follow_up(tx, who.municipality_id, follow_up_id)
        held = await partnerships.load(tx, who.municipality_id, found.partnership_id, for_resident=who.resident_id)
    except NotFound:
        return None
    return {"id": found.id, "title": held.title, "number": found.number, "due_day": found.due_day,
            "answered": found.association_at is not None or held.status != "running"}  # fmt: skip


async def mine(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any]:
    """What an association has with the municipality, for /mine: {"signatures", "talks", "partnerships"}."""
    signed = await signatures.of_resident(tx, who.municipality_id, who.resident_id)
    talks = await partnerships.talks_of(tx, who.municipality_id, who.resident_id, known.now)
    held = await partnerships.of_resident(tx, who.municipality_id, who.resident_id)
    return {
        "signatures": [{"id": each.id, "title": each.organisation} for each in signed],
        "talks": [{"id": each.id} for each in talks],
        "partnerships": [{"id": each.id, "title": each.title} for each in held],
    }


LOOKUPS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "my_signature": _my_signature,
    "talk_time": _talk_time,
    "my_partnership": _my_partnership,
    "partnership_follow_up": _follow_up,
}
