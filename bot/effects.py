"""What each effect of a flow writes. All of it in the turn's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import (
    alerts,
    board,
    clock,
    dialogues,
    enquiries,
    errands,
    following_up,
    forum,
    goods,
    introductions,
    joining,
    listening,
    meetings,
    obstacles,
    partnerships,
    premises,
    presence,
    projects,
    volunteering,
    weaving,
)
from bot.flows.case_kinds import kind_of
from bot.flows.engine import SAVED_KINDS
from bot.flows.model import (
    AnswerBroadcast,
    BoardEffect,
    ChildWrites,
    Consent,
    DialogueEffect,
    Effect,
    EnquiryEffect,
    FileCase,
    FollowUpEffect,
    Forget,
    GoodsEffect,
    HelpEffect,
    InterestEffect,
    IntroductionEffect,
    Known,
    LeaveAddress,
    LeftTalk,
    MakeLink,
    MeetingEffect,
    NewsEffect,
    NoLonger,
    NoticeShown,
    ObstacleEffect,
    OpenCase,
    PartnershipEffect,
    ProjectEffect,
    RememberLater,
    RemindStaff,
    RoomEffect,
    SafetyFlag,
    SavePlan,
    SetLocale,
    SetProtected,
    SetStanding,
    Stop,
    TellOperator,
    UseCode,
    VolunteerEffect,
    WeavingEffect,
    WroteInTalk,
)
from bot.flows.plan import plan_of
from bot.i18n import Text, Value, _
from bot.packs.model import Municipality
from storage import (
    broadcasts,
    case_log,
    cases,
    consents,
    conversations,
    due,
    links,
    merging,
    plans,
    residents,
    retention,
    safety,
    staff,
    talks,
)
from storage.conversations import Opened
from storage.errors import LinkGone, NotFound

LIFETIMES: Mapping[str, timedelta] = {
    "plan": timedelta(days=365),
    "restore": timedelta(hours=1),
    "move": timedelta(minutes=15),
    "join": timedelta(days=7),
    "mydata": timedelta(hours=1),
    "calendar": timedelta(days=365),
    "record": timedelta(days=14),
    "news": timedelta(days=365),
    "project": timedelta(days=365),
    "crew": timedelta(days=7),
    "run": timedelta(days=30),
}
"""How long a link of each purpose works. Those that let somebody in work once."""

SINGLE_USE = frozenset({"restore", "move", "join", "crew"})

PATHS: Mapping[str, str] = {
    "plan": "/plan/",
    "restore": "/r/",
    "join": "/j/",
    "mydata": "/mydata/",
    "calendar": "/calendar/",
    "record": "/record/",
    "news": "/news/",
    "project": "/project/",
    "crew": "/with/",
    "run": "/run/",
}

SAFETY_FLAG_DAYS = 30

CODE_NAMES = (
    "Koltrast",
    "Lavendel",
    "Granit",
    "Vinbär",
    "Svala",
    "Timjan",
    "Kastanj",
    "Bäck",
    "Ljung",
    "Tärna",
    "Malva",
)
"""What protected persons are called, with a number."""

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
        case SetProtected(protected):
            made.values["code_name"] = await _protect(tx, who, protected)
            if protected:
                await projects.hide(tx, who)
                await _meets_nobody(tx, who, known)
                await dialogues.nameless(tx, who)
                await meetings.hide(tx, who, known)
                await introductions.let_go_of_all(tx, who, known)
                await _only_to_some(tx, who, known, public_url)
        case ChildWrites():
            await _meets_nobody(tx, who, known)
            await introductions.only_with_a_guardian(tx, who, known)
            await cases.mark_child(tx, who.municipality_id, who.conversation_id)
        case NoticeShown(version):
            await residents.set_notice(tx, who.resident_id, version, now)
        case SavePlan(answers, plan_id):
            made.values |= await _save_plan(tx, answers, plan_id, who, known, public_url)
        case OpenCase():
            await _open_case(tx, effect, who, known, public_url)
        case FileCase():
            made.values["case"] = await _file_case(tx, effect, who, known, public_url)
        case Consent():
            await _consent(tx, effect, who, known, made)
        case SafetyFlag(kinds):
            await safety.flag(tx, municipality_id=who.municipality_id, conversation_id=who.conversation_id, kinds=kinds,
                             now=now, expires_at=now + timedelta(days=SAFETY_FLAG_DAYS))  # fmt: skip
            await alerts.tell_operator(tx, TellOperator("safety"), who, known)
        case RememberLater(kind, key, at, data):
            await _later(tx, who, kind, key, at, data, now)
        case NoLonger(key, reason):
            await due.cancel(tx, who.municipality_id, _own(who, key), reason, now=now)
        case LeaveAddress(email):
            await residents.set_email(tx, who.resident_id, email)
        case MakeLink(purpose):
            pages = known.facts.get("public_url", public_url) if purpose in ("project", "crew") else public_url
            made.values[f"{purpose}_link"] = await link(tx, effect, who, now, pages, bot_name)
        case UseCode(code):
            made.values["code_result"] = await _use_code(tx, code, who, now)
        case WroteInTalk(answer_by):
            made.values["talk_by"] = await _wrote_in_talk(tx, answer_by, who, known, public_url)
        case LeftTalk():
            await _left_talk(tx, who, known, public_url)
        case RemindStaff(case_id, reason):
            await _remind(tx, case_id, reason, who, known, public_url)
        case TellOperator():
            await alerts.tell_operator(tx, effect, who, known)
        case AnswerBroadcast(broadcast_id, said):
            await broadcasts.answer(tx, who.municipality_id, broadcast_id, who.resident_id, said, now)
        case RoomEffect():
            made.values |= await premises.apply(tx, effect, who, known, public_url)
        case BoardEffect():
            await board.apply(tx, effect, who, known, made.values.get("case"))
        case InterestEffect():
            await joining.apply(tx, effect, who, known, made.values.get("case"))
        case MeetingEffect():
            made.values |= await meetings.apply(tx, effect, who, known, made.values.get("case"))
        case IntroductionEffect():
            await introductions.apply(tx, effect, who, known)
        case ProjectEffect():
            await projects.apply(tx, effect, who, known)
        case PartnershipEffect():
            pages = known.facts.get("public_url", public_url)
            await partnerships.apply(tx, effect, who, known, made.values.get("case"), pages)
        case WeavingEffect():
            await weaving.apply(tx, effect, who, known)
        case ObstacleEffect():
            await obstacles.apply(tx, effect, who, known, made.values.get("case"))
        case HelpEffect():
            await errands.apply(tx, effect, who, known, made.values.get("case"), public_url)
        case EnquiryEffect():
            made.values |= await enquiries.apply(tx, effect, who, known, public_url)
        case VolunteerEffect():
            made.values |= await volunteering.apply(tx, effect, who, known, public_url)
        case DialogueEffect():
            made.values |= await dialogues.apply(tx, effect, who, known)
            if isinstance(effect, SetStanding) and effect.standing == "left":
                await goods.let_go_of_driving(tx, who, known)
        case GoodsEffect():
            await goods.apply(tx, effect, who, known, made.values.get("case"), public_url)
        case FollowUpEffect():
            await following_up.apply(tx, effect, who, known)
        case NewsEffect():
            await listening.apply(tx, effect, who, known)
        case Stop():
            await residents.stop(tx, who.resident_id, now)
            await _no_news(tx, who, now)
            await meetings.hear_no_more(tx, who)
        case Forget():
            await _no_news(tx, who, now)
            await premises.let_go_of_all(tx, who, known, public_url)
            await errands.let_go_of_all(tx, who, known)
            await joining.let_go_of_all(tx, who, known)
            await meetings.let_go_of_all(tx, who, known)
            await introductions.let_go_of_all(tx, who, known)
            await projects.let_go_of_all(tx, who, known)
            await partnerships.let_go_of_all(tx, who)
            await weaving.let_go_of_all(tx, who, known)
            await goods.let_go_of_all(tx, who, known)
            await volunteering.let_go_of_all(tx, who, known)
            await dialogues.let_go_of_all(tx, who, known)
            for case in await cases.of_conversation(tx, who.conversation_id):
                await forum.take_away(tx, case, now)
            receipt = await retention.forget(tx, who.municipality_id, who.resident_id, now)
            made.values["receipt"] = forget_receipt(receipt)
            made.forgotten = True
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")


async def _no_news(tx: AsyncConnection, who: Opened, now: datetime) -> None:
    await listening.end(tx, who.municipality_id, who.resident_id, who.conversation_id, now)


async def _meets_nobody(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Whoever is protected, or a child, is in touch with no stranger: on no list, on no board, in nobody's talk."""
    await _no_news(tx, who, known.now)
    await joining.let_go_of_all(tx, who, known)
    await meetings.hear_no_more(tx, who)
    await goods.let_go_of_all(tx, who, known)
    await board.take_down_agreed(tx, who, known)
    await weaving.let_go_of_all(tx, who, known)


async def _protect(tx: AsyncConnection, who: Opened, protected: bool) -> str:
    """Take every name of theirs away and call them something that tells nothing; or end that. What they are called."""
    name = f"{CODE_NAMES[who.resident_id % len(CODE_NAMES)]} {who.resident_id}"
    await residents.set_protected(tx, who.resident_id, protected)
    await residents.set_name(tx, who.resident_id, name if protected else None)
    await residents.lose_said_names(tx, who.resident_id)
    return name


async def _only_to_some(tx: AsyncConnection, who: Opened, known: Known, public_url: str) -> None:
    """Open cases leave the hands of those who may not read them any more, and wait for those who may."""
    for case in await cases.of_conversation(tx, who.conversation_id):
        await forum.take_away(tx, case, known.now)
        if case.closed_at is not None:
            continue
        able = {member.id for member in await alerts.may_have(tx, case)}
        if case.owner_id is not None and case.owner_id not in able:
            await cases.assign(tx, case.municipality_id, case.id, None, known.now, expected=case.owner_id)
        if case.owner_id not in able and (case.owner_id is not None or not able):
            await _tell_staff(tx, case.id, "new", who, known, public_url)
    held = await talks.of_conversation(tx, who.conversation_id)
    if held is not None and "protected" not in (await staff.roles(tx, held.staff_id)).get(who.municipality_id, ()):
        await talks.let_go(tx, who.conversation_id, "waiting", known.now)


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


async def move(tx: AsyncConnection, who: Opened, argument: str, place: Municipality, now: datetime) -> Opened | None:
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
        if there.protected or who.protected:
            await _protect(tx, there, True)
        await listening.merged(tx, there.conversation_id, place, now)
    return await conversations.by_id(tx, found.subject_id, address_id=who.address_id)


async def _save_plan(
    tx: AsyncConnection, answers: Mapping[str, Any], plan_id: int | None, who: Opened, known: Known, public_url: str
) -> dict[str, Value]:
    title = plan_of(answers, known.today).title
    saved, _version = await plans.save_version(
        tx, municipality_id=who.municipality_id, resident_id=who.resident_id, conversation_id=who.conversation_id,
        plan_id=plan_id, title=title, answers=dict(answers), locale=known.locale, now=known.now,
    )  # fmt: skip
    await following_up.promise(
        tx, known.municipality, resident_id=who.resident_id, conversation_id=who.conversation_id, subject="plan",
        subject_id=saved, area=following_up.area_of(answers), after=known.now, now=known.now,
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


async def _open_case(tx: AsyncConnection, wanted: OpenCase, who: Opened, known: Known, public_url: str) -> None:
    """Store the case, tell staff and the operator at once, and keep watch over the promised time.

    Who already waits gets no second promise: what is new is added to the case. A case that was answered and is not
    closed waits once more, so that one matter stays one case with the person who has it, or with whoever is there for it.
    """
    before = await cases.unfinished(tx, who.conversation_id, wanted.kind) if wanted.kind != "introduction" else None
    if before is None:
        context = {"flow": wanted.flow, "answers": dict(wanted.answers)}
        case_id = await _new_case(tx, wanted, context, who, known)
        await _tell_staff(tx, case_id, "new", who, known, public_url)
    else:
        case_id = before.id
        await cases.add_note(tx, who.municipality_id, case_id, wanted.note)
        await _ask_again(tx, case_id, wanted.answer_by, who, known, public_url)
    if before is None or not before.waits:
        await conversations.set_holder(tx, who.conversation_id, "waiting", now=known.now, expected=("bot",))
        await alerts.promise(tx, case_id, wanted.kind, wanted.answer_by, who, known)


async def _wrote_in_talk(tx: AsyncConnection, answer_by: datetime, who: Opened, known: Known, public_url: str) -> str:
    """The case of the talk waits again, its owner hears of it, and watch is kept over the new promise. Where the owner is
    absent, whoever stands in has the conversation; the name of who has it."""
    case_id = known.facts["talk"]["case_id"]
    before = await cases.load(tx, who.municipality_id, case_id)
    moved = await presence.reopened(tx, before, known.municipality, known.now)
    await cases.ask_again(tx, who.municipality_id, case_id, answer_by)
    case = await cases.load(tx, who.municipality_id, case_id)
    if moved and case.owner_id is not None:
        await talks.hold(tx, who.municipality_id, who.conversation_id, case_id, case.owner_id, known.now)
    elif moved:
        await talks.let_go(tx, who.conversation_id, "waiting", known.now)
    await alerts.watch(tx, case_id, case.kind, answer_by, who, known.now)
    await _tell_staff(tx, case_id, "again", who, known, public_url)
    if case.owner_id is None:  # or it has just been taken from who may not read it any more
        return known.municipality.lab or known.municipality.name
    if not moved:
        return str(known.facts["talk"]["by"])
    return (await staff.load(tx, case.owner_id)).name


async def _left_talk(tx: AsyncConnection, who: Opened, known: Known, public_url: str) -> None:
    """The resident goes on with the machine; whoever had the conversation hears of it, and keeps the case."""
    case = await cases.load(tx, who.municipality_id, known.facts["talk"]["case_id"])
    await talks.let_go(tx, who.conversation_id, "waiting" if case.waits else "bot", known.now)
    await case_log.add(
        tx, municipality_id=who.municipality_id, conversation_id=who.conversation_id, case_id=case.id, act="left",
        who=known.municipality.lab or known.municipality.name, at=known.now,
    )  # fmt: skip
    await _tell_staff(tx, case.id, "left", who, known, public_url)
    await forum.follow(tx, case.id, known.municipality, known.now)


async def _file_case(tx: AsyncConnection, filed: FileCase, who: Opened, known: Known, public_url: str) -> int:
    """Store what is handed in, or change it; the promise is kept watch over from when it is complete.

    Unlike a question to a human it does not silence the bot. What was closed meanwhile is handed in anew.
    """
    context = {"flow": filed.flow, "answers": dict(filed.answers),
               "complete_at": known.now.isoformat() if filed.complete else None}  # fmt: skip
    if topic := presence.topic_of(filed.answers, filed.note, known.municipality):
        context["topic"] = topic
    before = await cases.load(tx, who.municipality_id, filed.case_id) if filed.case_id is not None else None
    if before is None or before.closed_at is not None:
        case_id = await _new_case(tx, filed, context, who, known)
        await _tell_staff(tx, case_id, "new", who, known, public_url)
    else:
        case_id = before.id
        await cases.rewrite(
            tx, who.municipality_id, case_id, resident_id=who.resident_id, answer_by=filed.answer_by, note=filed.note,
            context=context,
        )  # fmt: skip
        await _ask_again(tx, case_id, filed.answer_by, who, known, public_url)
    await alerts.promise(tx, case_id, filed.kind, filed.answer_by, who, known)
    return case_id


async def _ask_again(
    tx: AsyncConnection, case_id: int, answer_by: datetime, who: Opened, known: Known, public_url: str
) -> None:
    """Something new in a case: staff are told. An answered one waits once more, but not for who is absent, or gone."""
    before = await cases.load(tx, who.municipality_id, case_id)
    await cases.ask_again(tx, who.municipality_id, case_id, answer_by)
    await talks.wake(tx, case_id)
    moved = not before.waits and await presence.reopened(tx, before, known.municipality, known.now)
    case = await cases.load(tx, who.municipality_id, case_id)
    reason = "assigned" if moved and case.owner_id is not None else "again"
    await _tell_staff(tx, case_id, reason, who, known, public_url)
    if moved and case.owner_id is None:
        await alerts.watch_claim(tx, case, known.municipality, known.now)


async def _new_case(
    tx: AsyncConnection, wanted: OpenCase | FileCase, context: Mapping[str, Any], who: Opened, known: Known
) -> int:
    if topic := presence.topic_of(wanted.answers, wanted.note, known.municipality):
        context = {**context, "topic": topic}
    return await cases.open(
        tx, municipality_id=who.municipality_id, kind=wanted.kind, conversation_id=who.conversation_id,
        resident_id=who.resident_id, answer_by=wanted.answer_by, note=wanted.note, context=dict(context), now=known.now,
        area=_area(wanted.answers), priority=kind_of(wanted.kind).priority,
    )  # fmt: skip


def _area(answers: Mapping[str, Any]) -> str | None:
    """The part of the municipality that was named, wherever in the answers."""
    if isinstance(area := answers.get("area"), str):
        return area
    inner = (_area(answer) for answer in answers.values() if isinstance(answer, Mapping))
    return next((found for found in inner if found), None)


async def _tell_staff(
    tx: AsyncConnection, case_id: int, reason: str, who: Opened, known: Known, public_url: str
) -> int:
    """Tell those whose case it is, or who may answer it; how many there were."""
    case = await cases.load(tx, who.municipality_id, case_id)
    return await alerts.tell(tx, case, reason, municipality=known.municipality, public_url=public_url, now=known.now)


_ANYWAY = frozenset({"step", "ring", "wakes"})
"""Reminders of a case that hold although nobody waits for an answer."""


async def _remind(tx: AsyncConnection, case_id: int, reason: str, who: Opened, known: Known, public_url: str) -> None:
    """Remind staff of a case that still needs them; while it is late, again tomorrow.

    Where nobody has an account, the municipality's own address is reminded that a promise is near.
    """
    case = await cases.load(tx, who.municipality_id, case_id)
    if case.closed_at is not None or (reason not in _ANYWAY and not case.waits):
        return
    if reason in ("unclaimed", "lying") and case.owner_id is not None:
        return
    if reason == "wakes" and not await talks.wake(tx, case_id):
        return
    told = await _tell_staff(tx, case_id, reason, who, known, public_url)
    if reason == "soon" and not told and case.answer_by is not None:
        answer_by = case.answer_by.astimezone(known.municipality.zone)
        await alerts.tell_operator(tx, TellOperator(case.kind, answer_by), who, known)
    if reason == "unclaimed":
        await alerts.watch_claim(tx, case, known.municipality, known.now, again=True)
    if reason == "late":
        tomorrow = known.now + timedelta(days=1)
        await _later(tx, who, "case_still_late", f"case:{case_id}:late", tomorrow, {"case_id": case_id}, known.now)


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
