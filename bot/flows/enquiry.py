"""A question to the role that answers it: who that is, sending it, and what is told while it is waited for.

Begun with `role` (an id), `because` (as `bot.packs.model.routing` has it, or "given"), and what is known of `topic`,
`area`, `matter` and `text`; or with `subject`, a case of one's own, to ask the same role once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.flows.contact import topic_name
from bot.flows.handed_in import ASK, BACK
from bot.flows.model import (
    Answers,
    AskNext,
    Card,
    Choice,
    Ending,
    EnquirySettled,
    Flow,
    Input,
    Known,
    RemindRole,
    Reply,
    SendEnquiry,
    State,
    Step,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, long_text, one_choice
from bot.flows.read.typed import as_text
from bot.i18n import Ltr, Made, OwnName, Text, Value, _, content, from_platform, p_
from bot.i18n.formats import WEEKDAYS
from bot.packs.model import Municipality, OpenHours, Role

CONSENT_VERSION = "1"
"""Of the words in which somebody agrees that their question leaves the municipality. A change of them raises it."""

QUESTION_MAX = 2000

# TRANSLATORS: buttons, at most 30 characters each.
SEND = Choice("yes", p_("enquiry", "Yes, send my question"))
CHANGE = Choice("change", p_("enquiry", "Change the words first"))
NOT_NOW = Choice("no", p_("enquiry", "No thanks"))
NO_PLAN = Choice("none", p_("enquiry", "No plan"))
TALK_TO_A_HUMAN = button(Move.HUMAN)


# --- the role ---------------------------------------------------------------------------------------------------------


def role_of(id: str | None, municipality: Municipality) -> Role | None:
    """A role of the pack as it is now."""
    return next((role for role in municipality.contacts.roles if role.id == id), None)


def role_name(id: str | None, municipality: Municipality) -> Text:
    """What a role is called; one that has been taken out of the pack was the municipality's."""
    role = role_of(id, municipality)
    return content(role.title) if role else as_text(municipality.name)


def reachable(role: Role | None, known: Known) -> bool:
    """Whether a letter can reach the role: it has an address, and this program can send letters."""
    return bool(role and role.email and known.facts.get("mails", True))


def _why_this_one(because: str | None, known: Known) -> Text | None:
    given = known.given
    match because:
        case "area":
            return _("They answer this in {area}.", area=str(given.get("area") or ""))
        case "matter":
            return _("They are there for those who want the same as you. The topic: {topic}.",
                     topic=topic_name(given.get("topic"), known))  # fmt: skip
        case "topic":
            return _("They answer questions on this topic: {topic}.", topic=topic_name(given.get("topic"), known))
        case "learned":
            return _("Others have asked the same, and it was passed on to them.")
        case "fallback":
            return _("Nobody has this as their own. They take it, and pass it on if somebody else knows better.")
    return None


def _hours(hours: OpenHours) -> Text:
    days: tuple[Value, ...] = tuple(WEEKDAYS[day - 1] for day in sorted(hours.days))
    if len(days) > 2 and max(hours.days) - min(hours.days) == len(days) - 1:
        # TRANSLATORS: weekdays and times: "Monday to Friday, 09:00 to 16:00".
        return _("{first} to {last}, {opens} to {closes}", first=days[0], last=days[-1], opens=hours.opens,
                 closes=hours.closes)  # fmt: skip
    # TRANSLATORS: weekdays and times: "Monday and Thursday, 09:00 to 16:00".
    return _("{days}, {opens} to {closes}", days=days, opens=hours.opens, closes=hours.closes)


def _language(code: str) -> Value:
    tag = from_platform(code)
    return OwnName(tag) if tag else code


def card_of(role: Role, because: str | None, known: Known) -> Card:
    """What is known of a role. What the municipality has not said is named once, and where to ask for it."""
    deputy = role_of(role.deputy, known.municipality)
    # TRANSLATORS: labels on a card about a role (an official, a council): what it does, why it is the right one …
    rows: list[tuple[Text, Value | None]] = [
        (_("What they do"), content(role.does)),
        (p_("role", "Why them"), _why_this_one(because, known)),
        (_("Name"), role.name or None),
        (p_("role", "Office"), role.office or None),
        (_("Phone"), Ltr(role.phone) if role.phone else None),
        (_("Where one can come"), role.visit or None),
        (_("When they can be reached"), _hours(role.hours) if role.hours else None),
        (p_("role", "Languages"), tuple(map(_language, role.languages)) or None),
        (_("When they are away"), content(deputy.title) if deputy else None),
        (p_("role", "Not sure"), role.doubt(known.today)),
    ]
    # TRANSLATORS: what is lacking, in a list of such: "phone number, visiting address and hours".
    asked = {
        p_("role", "phone number"): role.phone,
        p_("role", "visiting address"): role.visit,
        p_("role", "hours"): role.hours,
    }
    lacking: tuple[Value, ...] = tuple(name for name, there in asked.items() if not there)
    if lacking:
        phone = known.municipality.phone
        words = _("{things}. Ask the municipality, or send your question here.", things=lacking)
        if phone:
            words = _("{things}. Ask the municipality at {phone}, or send your question here.", things=lacking,
                      phone=Ltr(phone))  # fmt: skip
        rows.append((p_("role", "I do not know"), words))
    return Card(content(role.title), tuple((label, value) for label, value in rows if value is not None))


def _card(answers: Answers, known: Known) -> Card:
    """The role, and what is sent to it; also for staff, with the answers alone."""
    role = role_of(answers.get("role"), known.municipality)
    if role is None:
        return Card("", ())
    card = card_of(role, known.given.get("because"), known)
    question = _words(answers)
    return replace(card, rows=(*card.rows, (_("Your question"), question))) if question else card


# --- sending it -------------------------------------------------------------------------------------------------------


def _asked_before(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None
    if known.given.get("subject"):
        found = known.lookup("enquiry", case_id=known.given["subject"])
    return found


def _role(known: Known) -> Role | None:
    before = _asked_before(known)
    return role_of(before["role"] if before else known.given.get("role"), known.municipality)


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What is known stands among the answers, so that a human who takes over has all of it."""
    kept = {name: given[name] for name in ("role", "topic", "area", "matter") if given.get(name)}
    return {**kept, "question": given["text"]} if given.get("text") else kept


def _words(answers: Answers) -> str:
    """The question as it is sent."""
    return str(answers.get("wording") or answers.get("question") or "")


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    role = _role(known)
    if role is None:
        return ()
    if not known.given.get("subject"):
        if "send" not in answers:
            return ("send",)
        if answers["send"] == "no":
            return ()
    if "question" not in answers:
        return ("question",)
    wording = ("wording",) if answers.get("send") == "change" else ()
    plan = ("plan",) if not known.given.get("subject") and known.lookup("my_plans") else ()
    return (*wording, *plan, *(("consent",) if role.outside else ()))


def _shall_i(answers: Answers, known: Known) -> Text:
    role = _role(known)
    if role is None or not reachable(role, known):
        return _(
            "I cannot write to them myself. Shall I ask our coaches to take your question to the right person? "
            "You get an answer here by {time} at the latest.",
            time=known.municipality.answer_by(known.now),
        )
    return _(
        "Shall I send them your question? You get an answer here by {time} at the latest.",
        time=known.municipality.answer_by(known.now, role.answer_days),
    )


def _ways(known: Known) -> tuple[Choice, ...]:
    return (SEND, CHANGE, NOT_NOW) if known.given.get("text") else (SEND, NOT_NOW)


def _plans(known: Known) -> tuple[Choice, ...]:
    mine = known.lookup("my_plans") or ()
    # TRANSLATORS: a button that holds nothing but a plan's title.
    return (*(Choice(f"plan-{plan['id']}", _("{title}", title=plan["title"])) for plan in mine[:6]), NO_PLAN)


def _consent_words(answers: Answers, known: Known) -> Text:
    return _(
        "{role} is not part of the municipality. If you agree, they get your question, and the plan if you chose one, but "
        "not your name or address. Do you agree?",
        role=role_name(getattr(_role(known), "id", None), known.municipality),
    )


def _finish(answers: Answers, known: Known) -> Ending:
    role, before, given = _role(known), _asked_before(known), known.given
    text = _words(answers) or given.get("text")
    to_coach = Ending(then="coach", given={"answers": {"about": text}} if text else {})
    if role is None:
        return to_coach
    if not given.get("subject") and answers.get("send") == "no":
        words = _("All right, I send nothing. You are welcome back whenever you like.")
        return Ending((Reply(words=(words,), choices=(TALK_TO_A_HUMAN,), serial=0),))
    agreed = answers.get("consent") or {}
    if role.outside and not agreed.get("given"):
        words = _("All right, then I send it to nobody outside the municipality. A human here can help you instead.")
        return Ending((Reply(words=(words,), choices=(TALK_TO_A_HUMAN,), serial=0),))
    known_of = before or given
    plan = str(answers.get("plan") or "").removeprefix("plan-")
    effect = SendEnquiry(
        role=role.id, question=str(text), topic=known_of.get("topic"), area=known_of.get("area"),
        matter=known_of.get("matter"), plan_id=int(plan) if plan.isdecimal() else None,
        consent=agreed.get("version", "") if role.outside else "", case_id=given.get("subject"),
    )  # fmt: skip
    # TRANSLATORS: holds nothing but a sentence translated elsewhere.
    said = Reply(words=(_("{result}", result=Made("enquiry_result")),))
    return Ending((said,), (effect,), then=None if known.facts.get("reachable") else "reach")


ENQUIRY = Flow(
    name="enquiry",
    title=_("A question to somebody"),
    steps=(
        Step(
            "send",
            prompt=_shall_i,
            label=p_("enquiry", "Send it"),
            read=one_choice(_ways),
            why=_("They answer here. You need not ring or write to anybody, and I remind them if they forget."),
            must=True,
        ),
        Step(
            "question",
            prompt=_("What do you want to ask? They read exactly what you write."),
            label=_("Your question"),
            read=long_text(QUESTION_MAX),
            why=_("Your own words are sent, nothing is added. Please write no identity number."),
            example=_("Who decides whether the old path by the water gets lights?"),
            must=True,
        ),
        Step(
            "wording",
            prompt=_("Write it as you want it. They read exactly what you write."),
            label=_("Your question, in new words"),
            read=long_text(QUESTION_MAX),
            why=_("Your own words are sent, nothing is added. Please write no identity number."),
            must=True,
        ),
        Step(
            "plan",
            prompt=_("Shall I send your plan along? It helps them to understand what you want to do."),
            label=_("Plan to send along"),
            read=one_choice(_plans),
            must=True,
        ),
        Step(
            "consent",
            prompt=_consent_words,
            label=_("Outside the municipality"),
            read=consent("enquiry_outside", CONSENT_VERSION),
            why=_("What you write leaves the municipality. That needs your yes."),
            must=True,
        ),
    ),
    begin=_begin,
    card=_card,
    told=True,
    order=_order,
    finish=_finish,
    needs_subject=True,
)


# --- how it stands ------------------------------------------------------------------------------------------------------

# TRANSLATORS: a button, at most 30 characters.
ANOTHER = Choice("enquiry", p_("enquiry", "I have another question"))


def _standing(answers: Answers, known: Known) -> Text:
    found = _asked_before(known)
    if found is None:
        return _("I cannot find that among yours any more.")
    if found["answered_day"]:
        return _("You asked: {question}. You were answered on {day}, here in the conversation.",
                 question=found["question"], day=found["answered_day"])  # fmt: skip
    if found["answer_by"] is None:
        return _("You asked: {question}. It is closed.", question=found["question"])
    return _("You asked: {question}. You get an answer here by {time} at the latest.",
             question=found["question"], time=found["answer_by"])  # fmt: skip


def _standing_choices(known: Known) -> tuple[Choice, ...]:
    return (ANOTHER, ASK, BACK) if _role(known) else (ASK, BACK)


def _standing_done(answers: Answers, known: Known) -> Ending:
    do = answers["do"]
    return Ending(then=do, given={"subject": known.given["subject"]} if do == ANOTHER.id else {})


MY_ENQUIRY = Flow(
    name="my_enquiry",
    title=_("A question of mine"),
    steps=(Step("do", prompt=_standing, label=_("What to do"), read=one_choice(_standing_choices), must=True),),
    finish=_standing_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


def _thanked(answers: Answers, known: Known) -> Ending:
    words = _("Good that you have an answer. Write again when there is something more.")
    return Ending((Reply(words=(words,)),), (EnquirySettled(int(known.given.get("subject", 0))),))


THANKS = Flow(
    "thanks", p_("enquiry", "Thank you"), (), _thanked, personal=False, passing=True, needs_subject=True
)  # fmt: skip


# --- what falls due -----------------------------------------------------------------------------------------------------
# Each has in `input.data` what it needs to speak: {"case_id": id, "role": id} and more.


def _named(input: Input, known: Known, name: str = "role") -> Text:
    return role_name(input.data.get(name), known.municipality)


def answered(state: State, input: Input, known: Known) -> Turn:
    """Somebody has answered: their words, with who they are; `later` when there was an answer before."""
    role = _named(input, known)
    lead = _("{role} adds:", role=role) if input.data.get("later") else _("{role} answers:", role=role)
    paragraphs = (part.strip() for part in str(input.data["words"]).split("\n\n"))
    words = (lead, *(_("{value}", value=part) for part in paragraphs if part))
    case_id = input.data["case_id"]
    choices = (
        Choice(f"f:thanks:{case_id}", p_("enquiry", "Thank you")),
        Choice(f"f:enquiry:{case_id}", ANOTHER.label),
        TALK_TO_A_HUMAN,
    )
    return Turn(state, (Reply(words=words, choices=choices, serial=0, human=True),))


def remind(state: State, input: Input, known: Known) -> Turn:
    """Half the time has passed without an answer."""
    if known.facts.get("case_settled"):
        return Turn(state)
    words = _(
        "{role} has not answered your question yet, so I have reminded them. You still get an answer here by {time} at the "
        "latest.",
        role=_named(input, known), time=_time(input, known),
    )  # fmt: skip
    return Turn(state, (Reply(words=(words,)),), (RemindRole(int(input.data["case_id"])),))


def late(state: State, input: Input, known: Known) -> Turn:
    """The promised time has passed: the deputy gets it, and after that the coaches."""
    if known.facts.get("case_settled"):
        return Turn(state)
    next_id = input.data.get("next")
    next_role = role_of(next_id, known.municipality)
    if reachable(next_role, known) and next_role is not None:
        words = _(
            "{role} has not answered in time. I am sorry. I have now asked somebody else: {next}. You get an answer here by {time} at the "
            "latest.",
            role=_named(input, known), next=content(next_role.title),
            time=known.municipality.answer_by(known.now, next_role.answer_days),
        )  # fmt: skip
    else:
        next_id = None
        words = _(
            "{role} has not answered in time. I am sorry. Our coaches have your question now, and make sure that you get an "
            "answer here by {time} at the latest.",
            role=_named(input, known), time=known.municipality.answer_by(known.now),
        )  # fmt: skip
    return Turn(state, (Reply(words=(words,)),), (AskNext(int(input.data["case_id"]), next_id),))


def forwarded(state: State, input: Input, known: Known) -> Turn:
    """It was not theirs: who has it now."""
    time, role = _time(input, known), _named(input, known)
    to = input.data.get("to")
    if to and input.data.get("asked"):
        words = _(
            "{role} says whose your question is: {other}. It is with them now. You get an answer here "
            "by {time} at the latest.",
            role=role, other=_named(input, known, "to"), time=time,
        )  # fmt: skip
    else:
        whom: Value = _named(input, known, "to") if to else str(input.data.get("whom") or "")
        words = _(
            "{role} says whose your question is: {other}. Our coaches take it there, and make sure that "
            "you get an answer here by {time} at the latest.",
            role=role, other=whom, time=time,
        )  # fmt: skip
    return Turn(state, (Reply(words=(words,)),))


def closes(state: State, input: Input, known: Known) -> Turn:
    """Long after the answer there was no other question: the matter ends."""
    return Turn(state, effects=(EnquirySettled(int(input.data["case_id"])),))


def _time(input: Input, known: Known) -> datetime:
    return datetime.fromisoformat(input.data["answer_by"]).astimezone(known.municipality.zone)


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "enquiry_answered": answered,
    "enquiry_reminder": remind,
    "enquiry_late": late,
    "enquiry_forwarded": forwarded,
    "enquiry_closes": closes,
}
"""What happens when a promise about a question falls due."""
