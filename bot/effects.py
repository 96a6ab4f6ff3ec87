"""What each effect of a flow writes. All of it in the turn's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import clock, premises
from bot.flows.engine import SAVED_KINDS
from bot.flows.model import (
    Consent,
    Effect,
    FileCase,
    Forget,
    Known,
    LeaveAddress,
    MakeLink,
    NoLonger,
    NoticeShown,
    OpenCase,
    RememberLater,
    RoomEffect,
    SafetyFlag,
    SavePlan,
    SetLocale,
    Stop,
    TellOperator,
    UseCode,
)
from bot.flows.plan import plan_of
from bot.i18n import Ltr, Text, Value, _
from bot.wording import Words
from storage import cases, consents, conversations, due, links, merging, outbox, plans, residents, retention, safety
from storage.conversations import Opened
from storage.errors import LinkGone, NotFound
from storage.outbox import NewDelivery

LIFETIMES: Mapping[str, timedelta] = {
    "plan": timedelta(days=365),
    "restore": timedelta(hours=1),
    "move": timedelta(minutes=15),
    "join": timedelta(days=7),
    "mydata": timedelta(hours=1),
    "calendar": timedelta(days=365),
}
"""How long a link of each purpose works. Those that let somebody in work once."""

SINGLE_USE = frozenset({"restore", "move", "join"})

PATHS: Mapping[str, str] = {
    "plan": "/plan/",
    "restore": "/r/",
    "join": "/j/",
    "mydata": "/mydata/",
    "calendar": "/calendar/",
}

SAFETY_FLAG_DAYS = 30

# TRANSLATORS: first sentence of a letter to the municipality's own staff.
WAITS_FOR: Mapping[str, Text] = {
    "coach": _("A resident wants to talk to a human."),
    "introduction": _("A resident wants to be introduced to somebody with a similar idea."),
    "premises": _("A resident looks for a room and has not found one."),
    "safety": _("A resident may be in danger. Read this at once."),
    "application": _("An application waits for an answer."),
    "dialogue": _("An organisation wants a talk about working together."),
}

log = structlog.get_logger()


@dataclass(slots=True)
class MadeThings:
    """What the effects of one turn have made: values for texts, the locale now in force, whether all is forgotten."""

    values: dict[str, Value] = field(default_factory=dict)
    locale: str | None = None
    forgotten: bool = False


async def apply(
    tx: AsyncConnection,
    effects: tuple[Effect, ...],
    who: Opened,
    known: Known,
    public_url: str,
    bot_name: str | None,
) -> MadeThings:
    """Write every effect, in order."""
    made = MadeThings()
    for effect in effects:
        await _apply_one(tx, effect, who, known, made, public_url, bot_name)
    return made


async def _apply_one(
    tx: AsyncConnection,
    effect: Effect,
    who: Opened,
    known: Known,
    made: MadeThings,
    public_url: str,
    bot_name: str | None,
) -> None:
    now = known.now
    match effect:
        case SetLocale(locale):
            await residents.set_locale(tx, who.resident_id, locale)
            made.locale = locale
        case NoticeShown(version):
            await residents.set_notice(tx, who.resident_id, version, now)
        case SavePlan(answers, plan_id):
            made.values |= await _save_plan(tx, answers, plan_id, who, known, public_url)
        case OpenCase():
            await _open_case(tx, effect, who, known)
        case FileCase():
            made.values["case"] = await _file_case(tx, effect, who, known)
        case Consent():
            await _consent(tx, effect, who, known, made)
        case SafetyFlag(kinds):
            await safety.flag(tx, municipality_id=who.municipality_id, conversation_id=who.conversation_id, kinds=kinds,
                             now=now, expires_at=now + timedelta(days=SAFETY_FLAG_DAYS))  # fmt: skip
            await _tell_operator(tx, TellOperator("safety"), who, known)
        case RememberLater(kind, key, at, data):
            await _later(tx, who, kind, key, at, data, now)
        case NoLonger(key, reason):
            await due.cancel(tx, who.municipality_id, _own(who, key), reason, now=now)
        case LeaveAddress(email):
            await residents.set_email(tx, who.resident_id, email)
        case MakeLink(purpose):
            made.values[f"{purpose}_link"] = await link(tx, effect, who, now, public_url, bot_name)
        case UseCode(code):
            made.values["code_result"] = await _use_code(tx, code, who, now)
        case TellOperator():
            await _tell_operator(tx, effect, who, known)
        case RoomEffect():
            made.values |= await premises.apply(tx, effect, who, known, public_url)
        case Stop():
            await residents.stop(tx, who.resident_id, now)
        case Forget():
            await premises.let_go_of_all(tx, who, known, public_url)
            receipt = await retention.forget(tx, who.municipality_id, who.resident_id, now)
            made.values["receipt"] = forget_receipt(receipt)
            made.forgotten = True
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")


async def link(
    tx: AsyncConnection,
    wanted: MakeLink,
    who: Opened,
    now: datetime,
    public_url: str,
    bot_name: str | None = None,
    *,
    lifetime: timedelta | None = None,
) -> str:
    """A private address with a random token, stored hashed; a Telegram deep link for `move`."""
    token = await links.make(
        tx, municipality_id=who.municipality_id, purpose=wanted.purpose, resident_id=who.resident_id,
        subject_id=who.conversation_id if wanted.subject is None else wanted.subject, now=now,
        expires_at=now + (lifetime or LIFETIMES[wanted.purpose]), single_use=wanted.purpose in SINGLE_USE,
    )  # fmt: skip
    if wanted.purpose == "move":
        return f"https://t.me/{bot_name}?start=move_{token}" if bot_name else f"{public_url}/?move={token}"
    return f"{public_url}{PATHS[wanted.purpose]}{token}"


async def plan_link(municipality_id: str, plan_id: int, owner_id: int, public_url: str, tx: AsyncConnection) -> str:
    """A private link to a plan's page, for its QR code on paper."""
    now = clock.now()
    token = await links.make(
        tx, municipality_id=municipality_id, purpose="plan", resident_id=owner_id, subject_id=plan_id, now=now,
        expires_at=now + LIFETIMES["plan"],
    )  # fmt: skip
    return f"{public_url}{PATHS['plan']}{token}"


async def move(tx: AsyncConnection, who: Opened, argument: str, now: datetime) -> Opened | None:
    """Bring another channel's conversation to this address, by its one-time code; None when the code is no good.

    `argument` is `move_<code>`, or `restore_<token>` where a private link was opened on the web. The conversation that
    was at this address becomes part of the one that comes; its state (`who.state`) is the turn's to bring over.
    """
    purpose, _mark, token = argument.partition("_")
    try:
        found = await links.use(tx, token, purpose, now, municipality_id=who.municipality_id)
    except (NotFound, LinkGone):
        return None
    assert found.subject_id is not None
    if found.subject_id != who.conversation_id:
        there = await conversations.by_id(tx, found.subject_id)
        await due.cancel_all(tx, who.conversation_id, "moved", now=now, kinds=SAVED_KINDS)  # promised anew in that one
        await merging.merge(tx, kept=there, gone=who, now=now)
    return await conversations.by_id(tx, found.subject_id, address_id=who.address_id)


async def _save_plan(
    tx: AsyncConnection, answers: Mapping[str, Any], plan_id: int | None, who: Opened, known: Known, public_url: str
) -> dict[str, Value]:
    title = plan_of(answers, known.today).title
    saved, _version = await plans.save_version(
        tx, municipality_id=who.municipality_id, resident_id=who.resident_id, conversation_id=who.conversation_id,
        plan_id=plan_id, title=title, answers=dict(answers), locale=known.locale, now=known.now,
    )  # fmt: skip
    return {"plan": saved, "plan_link": await link(tx, MakeLink("plan", saved), who, known.now, public_url)}


async def _consent(tx: AsyncConnection, said: Consent, who: Opened, known: Known, made: MadeThings) -> None:
    """Log a consent given or withdrawn; one about a plan concerns the plan made in this very turn unless it names one."""
    subject = said.subject if said.subject is not None else made.values.get("plan")
    assert subject is None or isinstance(subject, int)
    if said.given:
        await consents.give(
            tx, municipality_id=who.municipality_id, resident_id=who.resident_id, purpose=said.purpose,
            subject_id=subject, wording_version=said.version, locale=known.locale, now=known.now,
        )  # fmt: skip
    else:
        await consents.withdraw(
            tx, municipality_id=who.municipality_id, resident_id=who.resident_id, purpose=said.purpose,
            subject_id=subject, now=known.now,
        )  # fmt: skip
    if said.purpose == "findable" and subject is not None:
        await plans.set_findable(tx, who.municipality_id, subject, who.resident_id, said.given)


async def _open_case(tx: AsyncConnection, wanted: OpenCase, who: Opened, known: Known) -> None:
    """Store the case, tell the operator at once, and keep watch over the promised time.

    Who already waits gets no second promise: what is new is added to the case.
    """
    waiting = await cases.waiting(tx, who.conversation_id, wanted.kind) if wanted.kind != "introduction" else None
    if waiting is not None:
        await cases.add_note(tx, who.municipality_id, waiting.id, wanted.note)
        return
    case_id = await cases.open(
        tx, municipality_id=who.municipality_id, kind=wanted.kind, conversation_id=who.conversation_id,
        resident_id=who.resident_id, answer_by=wanted.answer_by, note=wanted.note,
        context={"flow": wanted.flow, "answers": dict(wanted.answers)}, now=known.now,
    )  # fmt: skip
    await conversations.set_holder(tx, who.conversation_id, "waiting", now=known.now, expected=("bot",))
    await _tell_operator(tx, TellOperator(wanted.kind, wanted.answer_by), who, known)
    await _later(tx, who, "case_late", f"case:{case_id}:late", wanted.answer_by, {"case_id": case_id}, known.now)


async def _file_case(tx: AsyncConnection, filed: FileCase, who: Opened, known: Known) -> int:
    """Store what is handed in, or change it; the promise is kept watch over from when it is complete.

    Unlike a question to a human it does not silence the bot.
    """
    context = {"flow": filed.flow, "answers": dict(filed.answers),
               "complete_at": known.now.isoformat() if filed.complete else None}  # fmt: skip
    case_id = filed.case_id
    if case_id is None:
        case_id = await cases.open(
            tx, municipality_id=who.municipality_id, kind=filed.kind, conversation_id=who.conversation_id,
            resident_id=who.resident_id, answer_by=filed.answer_by, note=filed.note, context=context, now=known.now,
        )  # fmt: skip
    else:
        await cases.rewrite(
            tx, who.municipality_id, case_id, resident_id=who.resident_id, answer_by=filed.answer_by, note=filed.note,
            context=context,
        )  # fmt: skip
    await _tell_operator(tx, TellOperator(filed.kind, filed.answer_by), who, known)
    data = {"case_id": case_id, "kind": filed.kind}
    await _later(tx, who, "case_late", f"case:{case_id}:late", filed.answer_by, data, known.now)
    if filed.remind_at is not None:
        data = {**data, "answer_by": filed.answer_by.isoformat()}
        await _later(tx, who, "case_reminder", f"case:{case_id}:reminder", filed.remind_at, data, known.now)
    return case_id


async def _tell_operator(tx: AsyncConnection, told: TellOperator, who: Opened, known: Known) -> None:
    """A letter to the municipality's own address, without a word of what the resident wrote; a log line without one."""
    words = Words(known.municipality.languages[0], known.municipality.zone)
    log.warning("somebody waits for a human", kind=told.kind, municipality=who.municipality_id, late=told.late)
    if not known.municipality.email:
        return
    operator = await conversations.address(
        tx, municipality_id=who.municipality_id, channel="mail", address=known.municipality.email, now=known.now
    )
    subject = _("Late: somebody still waits for an answer") if told.late else _("Somebody waits for an answer")
    about = WAITS_FOR.get(told.kind, WAITS_FOR["coach"])
    lines = [_("{about} Conversation {number}.", about=about, number=Ltr(str(who.conversation_id)))]
    if told.answer_by:
        lines.append(_("Promised answer: {time} at the latest.", time=told.answer_by))
    body = {"subject": words.plain(subject), "text": "\n".join(words.plain(line) for line in lines)}
    made_by = f"tell:{told.kind}:{who.conversation_id}:{known.now.isoformat()}"
    letter = NewDelivery(
        municipality_id=who.municipality_id, address_id=operator.id, channel="mail", op="mail", made_by=made_by,
        ordinal=0, due_at=known.now, body=body,
    )  # fmt: skip
    await outbox.queue(tx, [letter], now=known.now, skip_known=True)  # the same twice in one turn is one letter


async def _use_code(tx: AsyncConnection, code: str, who: Opened, now: datetime) -> Text:
    """Join the plan an invitation leads to. What comes out is said to whoever brought the code."""
    try:
        found = await links.use(tx, code.removeprefix("join_"), "join", now, municipality_id=who.municipality_id)
    except (NotFound, LinkGone):
        return _("That link has been used, or its time is over. Ask for a new one.")
    if found.subject_id is None or found.resident_id == who.resident_id:
        return _("That is your own invitation. Send it to somebody else: it has been used up now, so make a new one.")
    await plans.join(tx, who.municipality_id, found.subject_id, who.resident_id, via="link", now=now)
    return _("Welcome in! You now share that plan. You find it in /mine.")


async def _later(
    tx: AsyncConnection, who: Opened, kind: str, key: str, at: datetime, data: Mapping[str, Any], now: datetime
) -> None:
    await due.schedule(
        tx, municipality_id=who.municipality_id, conversation_id=who.conversation_id, kind=kind,
        unique_key=_own(who, key), data=dict(data), due_at=at, now=now,
    )  # fmt: skip


def _own(who: Opened, key: str) -> str:
    return f"conversation:{who.conversation_id}:{key}"


def forget_receipt(receipt: retention.Receipt) -> Text:
    """In plain words what went, what stays and why (languages-and-rights.md C3, step 4)."""
    if receipt.sent:
        return _(
            "Done. We no longer write to you. Your drafts, your name and your addresses are gone from here. Some of what you "
            "sent us stays, without your name (number of things: {kept}). Those are public documents, and the "
            "municipality has not yet decided when they may be destroyed.",
            kept=receipt.sent,
        )
    return _(
        "Done. We no longer write to you. Your drafts, your name and your addresses are gone from here. Nothing else was kept."
    )
