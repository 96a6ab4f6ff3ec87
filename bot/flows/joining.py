"""Two who may do something together: one asks through the bot, the other says yes, no, or asks back.

Each chooses what the other gets: a number, an address, or nothing but words passed on here. It goes in both directions
only when both have said yes (languages-and-rights.md E: never give either side the other's details before both agreed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.flows.actors import AGAIN
from bot.flows.board import KEEP, title_of
from bot.flows.case_kinds import kind_of
from bot.flows.ideas import KIND as IDEA
from bot.flows.ideas import OTHERS, posted
from bot.flows.model import (
    AnswerInterest,
    Answers,
    AskToTakePart,
    Choice,
    Consent,
    Ending,
    FileCase,
    Flow,
    Input,
    Known,
    PassOnInterest,
    Problem,
    Reply,
    ReplyToOwner,
    State,
    Step,
    Suggestion,
    TakeBackInterest,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, long_text, one_choice, text
from bot.flows.read.people import find_email, find_phone
from bot.flows.read.typed import as_text, fold
from bot.i18n import Ltr, Text, _, p_
from bot.rules.masking import mask_ways

KIND: Final = "take_part"
"""The kind of case that sees to it that there is an answer, and the purpose of both consents."""

CONSENT_VERSION = "1"

THROUGH_BOT: Final = "bot"
"""Stands for a way to be reached where somebody gives none: words are passed on here."""

WORDS_MAX = 2000

_FLOWS: Final[Mapping[str, str]] = {"join": "idea_join", "help": "idea_help", "ask": "actor_ask"}

# TRANSLATORS: buttons, at most 30 characters each.
YES = p_("interest", "Yes, get us together")
NO = p_("interest", "No, not this time")
ASK = p_("interest", "Ask them something first")
ANSWER = p_("interest", "Answer")
WRITE = p_("interest", "Write to them here")
END = p_("interest", "No more from them")
THROUGH = p_("interest", "Only here, through you")


# --- whoever wants to take part -------------------------------------------------------------------------------------------


def reachable(value: Any, answers: Answers, known: Known) -> Problem | None:
    """That a way to be reached is a number, an address, or "bot"."""
    said = str(value)
    if said == THROUGH_BOT or find_email(said) or find_phone(fold(said)):
        return None
    return Problem(
        _("I found neither a phone number nor an e-mail address in that. Write it for example as {phone}, or press the button.",
          phone=Ltr("070-123 45 67"))
    )  # fmt: skip


def through(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    return (Suggestion(THROUGH_BOT, THROUGH, THROUGH_BOT),)


def contact_of(answers: Answers) -> str:
    """How they are reached; "" where only words are passed on."""
    said = str(answers.get("contact") or "")
    return "" if said == THROUGH_BOT else said


def _open_post(known: Known) -> dict[str, Any] | None:
    """What somebody wants to take part in, while it is shown and not their own."""
    found = posted(known)
    return None if found is None or found["own"] or found["kind"] not in (IDEA, "actor") else found


def _already(known: Known) -> int | None:
    """What this person has asked for before about the same, and is not over."""
    mine = known.lookup("my_interests") or []
    return next((each["id"] for each in mine if each.get("post") == known.given.get("subject")), None)


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("name", "words", "contact", "agree") if _open_post(known) and _already(known) is None else ()


def _agree_prompt(answers: Answers, known: Known) -> Text:
    found = _open_post(known)
    title = title_of(found["post"]) if found else ""
    if contact_of(answers):
        return _(
            "May I tell those behind “{title}” your first name and what you wrote? How you are reached ({contact}) they get only "
            "if they say yes; then you hear how to reach them. Otherwise nothing is sent.",
            title=title, contact=contact_of(answers),
        )  # fmt: skip
    return _(
        "May I tell those behind “{title}” your first name and what you wrote? If they say yes, you write to each other here. "
        "Otherwise nothing is sent.",
        title=title,
    )


def _asked(kind: str) -> Callable[[Answers, Known], Ending]:
    def finish(answers: Answers, known: Known) -> Ending:
        found = _open_post(known)
        if found is None:
            own = posted(known)
            gone = _("This is your own.") if own is not None else _("It is not shown any more.")
            return Ending((Reply(words=(gone,)),), then="actors" if kind == "ask" else "ideas")
        if (before := _already(known)) is not None:
            return Ending(then="my_interest", given={"subject": before})
        if not (answers.get("agree") or {}).get("given"):
            return Ending((Reply(words=(_("All right. Nothing has been sent."),)),), then="menu")
        answer_by = kind_of(KIND).answer_by(known.municipality, known.now)
        title, name = title_of(found["post"]), mask_ways(str(answers["name"]))[0]
        words = mask_ways(str(answers.get("words") or "")[:WORDS_MAX])[0]
        held = {"post": found["id"], "kind": kind, "title": title, "name": name, "words": words}
        told = _(
            "Thank you! Those behind “{title}” get to know now. They answer you here by {time} at the latest; if not, a person at "
            "the municipality does.",
            title=title, time=answer_by,
        )  # fmt: skip
        mine = _("You can take it back in /mine.")
        return Ending(
            (Reply(words=(told, mine)),),
            (
                Consent(KIND, CONSENT_VERSION, True, found["id"]),
                FileCase(KIND, _FLOWS[kind], held, answer_by, note=f"{title}: {words}".strip(" :")),
                AskToTakePart(
                    found["id"], kind, {"name": name, "words": words, "contact": contact_of(answers)}, answer_by
                ),
            ),
            then=None if known.facts.get("reachable") else "reach",
        )

    return finish


_NAME = Step("name", prompt=_("What is your name? The first name is enough."), label=_("Name"), read=text(max_chars=100),
             must=True)  # fmt: skip
_CONTACT = Step(
    "contact", prompt=_("How may they reach you, once you both have said yes? Write a number or an e-mail address."),
    label=_("How you are reached"), read=text(), check=reachable, suggest=through, must=True,
    why=_("Nobody sees it before both of you have said yes. You can also write to each other here only."),
)  # fmt: skip


def _asking(kind: str, title: Text, prompt: Text, example: Text) -> Flow:
    return Flow(
        name=_FLOWS[kind],
        title=title,
        steps=(
            _NAME,
            Step(
                "words",
                prompt=prompt,
                label=_("What you want to tell them"),
                read=long_text(WORDS_MAX),
                example=example,
            ),
            _CONTACT,
            Step("agree", prompt=_agree_prompt, label=_("Passed on"), read=consent(KIND, CONSENT_VERSION), must=True),
        ),
        order=_order,
        finish=_asked(kind),
        needs_subject=True,
    )


IDEA_JOIN = _asking(
    "join", p_("ideas", "I want to join"), _("What would you like to do in it? A few words are enough."),
    _("I can hold a spanner, and I have time on Thursdays."),
)  # fmt: skip
IDEA_HELP = _asking(
    "help", p_("ideas", "I can help"), _("What can you help with? A few words are enough."),
    _("I have a workshop that stands empty in the evenings."),
)  # fmt: skip


ACTOR_ASK = _asking(
    "ask", p_("actor", "Write to them"), _("What do you want to write to them?"), _("May I come and look one Tuesday?"),
)  # fmt: skip


# --- both sides -----------------------------------------------------------------------------------------------------------


def _interest(known: Known) -> dict[str, Any] | None:
    """The interest that the running flow is about, for one of its two: {"id", "kind", "status", "owner", "title", "name",
    "post"}."""
    found: dict[str, Any] | None = known.lookup("interest", interest_id=int(known.given.get("subject") or 0))
    return found


def _to_be_answered(known: Known) -> dict[str, Any] | None:
    found = _interest(known)
    return found if found and found["owner"] and found["status"] in ("waiting", "asked") else None


def _too_late(known: Known) -> Ending:
    found = _interest(known)
    if found is not None and found["status"] == "agreed":
        return Ending(
            (
                Reply(
                    words=(_("You two have said yes to each other already."),), choices=_write_to(found["id"]), serial=0
                ),
            )
        )
    return Ending(
        (Reply(words=(_("That is settled already, or was taken back. There is nothing to answer any more."),)),)
    )


def _write_to(interest_id: int) -> tuple[Choice, ...]:
    return (Choice(f"f:interest_write:{interest_id}", WRITE),)


def _when_open(*names: str) -> Callable[[Answers, Known, tuple[str, ...]], tuple[str, ...]]:
    return lambda answers, known, left: names if _to_be_answered(known) else ()


def _owner_agrees(answers: Answers, known: Known) -> Text:
    found = _interest(known)
    name = str(found["name"]) if found else ""
    if contact_of(answers):
        return _(
            "May I give {name} your first name and how you are reached ({contact})? You get the same from {name}, as far as they "
            "want to give it.",
            name=name, contact=contact_of(answers),
        )  # fmt: skip
    return _("May I give {name} your first name? You write to each other here.", name=name)


def _said_yes(answers: Answers, known: Known) -> Ending:
    found = _to_be_answered(known)
    if found is None:
        return _too_late(known)
    if not (answers.get("agree") or {}).get("given"):
        words = _(
            "All right. I have told nobody anything. {name} still waits for your answer.", name=str(found["name"])
        )
        return Ending((Reply(words=(words,), choices=_answers(found["id"]), serial=0),))
    said = {"name": mask_ways(str(answers["name"]))[0], "contact": contact_of(answers)}
    return Ending(
        (
            Reply(
                words=(
                    _(
                        "Good! I tell you both now.",
                    ),
                )
            ),
        ),
        (Consent(KIND, CONSENT_VERSION, True, found["post"]), AnswerInterest(found["id"], "yes", said)),
    )


INTEREST_YES = Flow(
    name="interest_yes",
    title=_("Yes, get us together"),
    steps=(
        _NAME,
        _CONTACT,
        Step("agree", prompt=_owner_agrees, label=_("Passed on"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    order=_when_open("name", "contact", "agree"),
    finish=_said_yes,
    needs_subject=True,
)


def _said_no(answers: Answers, known: Known) -> Ending:
    found = _to_be_answered(known)
    if found is None:
        return _too_late(known)
    words = mask_ways(str(answers.get("words") or "")[:WORDS_MAX])[0]
    told = _("All right. I tell {name} kindly, and nobody learns anything about you.", name=str(found["name"]))
    return Ending((Reply(words=(told,)),), (AnswerInterest(found["id"], "no", {"words": words}),))


INTEREST_NO = Flow(
    name="interest_no",
    title=_("No, not this time"),
    steps=(
        Step("words", prompt=_("Do you want to tell them why? They read it."), label=_("What you write"),
             read=long_text(WORDS_MAX), may_skip=True, example=_("We are enough for now. Ask again in spring!")),
    ),
    order=_when_open("words"),
    finish=_said_no,
    needs_subject=True,
)  # fmt: skip


def _said_ask(answers: Answers, known: Known) -> Ending:
    found = _to_be_answered(known)
    if found is None:
        return _too_late(known)
    words = mask_ways(str(answers["words"])[:WORDS_MAX])[0]
    told = _("I have asked {name}. The answer comes here.", name=str(found["name"]))
    return Ending((Reply(words=(told,)),), (AnswerInterest(found["id"], "ask", {"words": words}),))


def _ask_prompt(answers: Answers, known: Known) -> Text:
    found = _interest(known)
    return _("What do you want to know from {name}?", name=str(found["name"]) if found else "")


INTEREST_ASK = Flow(
    name="interest_ask",
    title=_("Ask them something first"),
    steps=(Step("words", prompt=_ask_prompt, label=_("What you write"), read=long_text(WORDS_MAX), must=True),),
    order=_when_open("words"),
    finish=_said_ask,
    needs_subject=True,
)


def _to_be_told(known: Known) -> dict[str, Any] | None:
    found = _interest(known)
    return found if found and not found["owner"] and found["status"] in ("waiting", "asked") else None


def _replied(answers: Answers, known: Known) -> Ending:
    found = _to_be_told(known)
    if found is None:
        return _too_late(known)
    answer_by = kind_of(KIND).answer_by(known.municipality, known.now)
    words = mask_ways(str(answers["words"])[:WORDS_MAX])[0]
    told = _("I have passed it on. They answer you here by {time} at the latest.", time=answer_by)
    return Ending((Reply(words=(told,)),), (ReplyToOwner(found["id"], words, answer_by),))


INTEREST_REPLY = Flow(
    name="interest_reply",
    title=_("Answer their question"),
    steps=(
        Step("words", prompt=_("What do you answer?"), label=_("What you write"), read=long_text(WORDS_MAX), must=True),
    ),
    order=lambda answers, known, left: ("words",) if _to_be_told(known) else (),
    finish=_replied,
    needs_subject=True,
)


def _together(known: Known) -> dict[str, Any] | None:
    found = _interest(known)
    return found if found and found["status"] == "agreed" else None


def _write_prompt(answers: Answers, known: Known) -> Text:
    found = _together(known)
    name = str(found["name"]) if found and found["owner"] else ""
    if name:
        return _("What do you want to write to {name}? I pass it on.", name=name)
    return _(
        "What do you want to write to those behind “{title}”? I pass it on.", title=str(found["title"]) if found else ""
    )


def _written(answers: Answers, known: Known) -> Ending:
    found = _together(known)
    if found is None:
        words = _("You two are not in touch here any more, so I cannot pass it on. Nothing was sent.")
        return Ending((Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))
    told = _("I have passed it on.")
    reply = Reply(
        words=(told,), choices=(Choice(f"f:interest_write:{found['id']}", p_("errand", "Write more")),), serial=0
    )
    return Ending((reply,), (PassOnInterest(found["id"], str(answers["words"])[:WORDS_MAX]),))


INTEREST_WRITE = Flow(
    name="interest_write",
    title=_("Write to each other"),
    steps=(Step("words", prompt=_write_prompt, label=_("What you write"), read=long_text(WORDS_MAX), must=True),),
    order=lambda answers, known, left: ("words",) if _together(known) else (),
    finish=_written,
    needs_subject=True,
)


def _end_prompt(answers: Answers, known: Known) -> Text:
    found = _together(known)
    return _(
        "Shall I pass on nothing more between you two about “{title}”? The other one hears that you do not want to any more.",
        title=str(found["title"]) if found else "",
    )


def _no_more(answers: Answers, known: Known) -> Ending:
    found = _together(known)
    if found is None:
        return Ending((Reply(words=(_("You two are not in touch here any more."),)),))
    if answers["do"] != "end":
        return Ending((Reply(words=(_("All right, it stays as it is."),)),))
    words = _("I pass on nothing more between you two. If they do not leave you alone, talk to a human here.")
    return Ending((Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),), (TakeBackInterest(found["id"]),))


INTEREST_END = Flow(
    name="interest_end",
    title=END,
    steps=(
        Step("do", prompt=_end_prompt, label=_("What to do"), read=one_choice((Choice("end", END), KEEP)), must=True),
    ),
    order=lambda answers, known, left: ("do",) if _together(known) else (),
    finish=_no_more,
    personal=False,
    passing=True,
    needs_subject=True,
)

# TRANSLATORS: buttons, at most 30 characters each.
BACK = Choice("back", p_("interest", "Take it back"))
WRITE_ = Choice("write", WRITE)


def _mine(known: Known) -> dict[str, Any] | None:
    found = _interest(known)
    return found if found and not found["owner"] and found["status"] in ("waiting", "asked", "agreed") else None


def _my_prompt(answers: Answers, known: Known) -> Text:
    found = _mine(known)
    if found is None:
        return _("That is settled already, or was taken back. There is nothing to answer any more.")
    if found["status"] == "agreed":
        return _("“{title}”: you have both said yes. What would you like to do?", title=str(found["title"]))
    return _("“{title}”: they have not said yes yet. What would you like to do?", title=str(found["title"]))


def _my_choices(known: Known) -> tuple[Choice, ...]:
    found = _mine(known)
    if found is None:
        return (OTHERS,)
    return (WRITE_, KEEP, BACK) if found["status"] == "agreed" else (KEEP, BACK)


def _my_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _mine(known), str(answers["do"])
    if found is None or chosen == "others":
        return Ending(then="ideas")
    if chosen == "write":
        return Ending(then="interest_write", given={"subject": found["id"]})
    if chosen == "back":
        words = _("It is taken back. They are told that you do not want to any more.")
        return Ending((Reply(words=(words,)),), (TakeBackInterest(found["id"]),))
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


MY_INTEREST = Flow(
    name="my_interest",
    title=_("What I want to take part in"),
    steps=(Step("do", prompt=_my_prompt, label=_("What to do"), read=one_choice(_my_choices), must=True),),
    finish=_my_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- what falls due -------------------------------------------------------------------------------------------------------


def _answers(interest_id: int) -> tuple[Choice, ...]:
    named = (("yes", YES), ("no", NO), ("ask", ASK))
    return tuple(Choice(f"f:interest_{name}:{interest_id}", label) for name, label in named)


def new(state: State, input: Input, known: Known) -> Turn:
    """Somebody wants to take part in something of this person's, or has answered their question."""
    data = input.data
    answer_by = datetime.fromisoformat(data["answer_by"]).astimezone(known.municipality.zone)
    name, title = str(data["name"]), str(data["title"])
    if data.get("again"):
        told: list[Text] = [_("{name} has answered your question about “{title}”:", name=name, title=title)]
    elif data["kind"] == "join":
        told = [_("{name} wants to join “{title}”!", name=name, title=title)]
    elif data["kind"] == "ask":
        told = [_("{name} writes to “{title}”.", name=name, title=title)]
    else:
        told = [_("{name} can help with “{title}”!", name=name, title=title)]
    if data.get("words"):
        told.append(_("They write: {reason}", reason=str(data["words"])))
    told.append(
        _("If you say yes, you both hear how to reach each other. Nobody learns anything about you before. Please answer by {time}.",
          time=answer_by)
    )  # fmt: skip
    reply = Reply(words=tuple(told), choices=_answers(int(data["interest"])), serial=0)
    return Turn(state, (reply,))


def asked(state: State, input: Input, known: Known) -> Turn:
    """The owner wants to know something first."""
    data = input.data
    told = (
        _("Those behind “{title}” want to know something first:", title=str(data["title"])),
        as_text(str(data["words"])),
    )
    choices = (Choice(f"f:interest_reply:{data['interest']}", ANSWER),)
    return Turn(state, (Reply(words=told, choices=choices, serial=0),))


def _others(data: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Where to go on when this one came to nothing."""
    return (Choice("f:actors", AGAIN.label),) if data.get("kind") == "ask" else (Choice("f:ideas", OTHERS.label),)


def declined(state: State, input: Input, known: Known) -> Turn:
    """The owner has said no."""
    data = input.data
    told: list[Text] = [_("Those behind “{title}” say no this time. Thank you for asking.", title=str(data["title"]))]
    if data.get("words"):
        told.append(_("They write: {reason}", reason=str(data["words"])))
    return Turn(state, (Reply(words=tuple(told), choices=_others(data), serial=0),))


def _end(data: Mapping[str, Any]) -> Choice:
    return Choice(f"f:interest_end:{data['interest']}", END)


def agreed(state: State, input: Input, known: Known) -> Turn:
    """Both have said yes: how the other one is reached, as far as they want it."""
    data = input.data
    name = str(data["name"])
    told: list[Text] = [_("You and {name} have both said yes about “{title}”.", name=name, title=str(data["title"]))]
    if data.get("contact"):
        told.append(_("This is how you reach {name}: {contact}", name=name, contact=Ltr(str(data["contact"]))))
    else:
        told.append(_("{name} would rather write here. I pass on what you write.", name=name))
    told.append(_("Meet in a public place the first time. If something is not right, talk to a human here."))
    choices = (*_write_to(int(data["interest"])), _end(data), button(Move.HUMAN))
    return Turn(state, (Reply(words=tuple(told), choices=choices, serial=0),))


def passed_on(state: State, input: Input, known: Known) -> Turn:
    """Words from the other one, as they wrote them."""
    data = input.data
    lead = _("{name} writes to you:", name=str(data["name"])) if data.get("name") else _(
        "Those behind “{title}” write to you:", title=str(data["title"])
    )  # fmt: skip
    paragraphs = tuple(as_text(part.strip()) for part in str(data["words"]).split("\n\n") if part.strip())
    choices = (Choice(f"f:interest_write:{data['interest']}", ANSWER), _end(data), button(Move.HUMAN))
    reply = Reply(words=(lead, *paragraphs), choices=choices, serial=0, by=str(data.get("name") or ""))
    return Turn(state, (reply,))


def ended(state: State, input: Input, known: Known) -> Turn:
    """The other one does not go on: what they wanted to take part in is taken down, somebody took their wish back, staff
    have settled it, or one of two who had agreed wants no more."""
    data = input.data
    if data.get("settled"):
        words = _("A person at the municipality has settled what {name} asked about “{title}”. You need not answer any more.",
                  name=str(data["name"]), title=str(data["title"]))  # fmt: skip
        return Turn(state, (Reply(words=(words,)),))
    if data.get("agreed"):
        words = _(
            "Those behind “{title}” do not want to be in touch any more. Please respect that.", title=str(data["title"])
        )
        return Turn(state, (Reply(words=(words,), choices=_others(data), serial=0),))
    if data.get("name"):
        words = _("{name} does not want to take part in “{title}” any more. There is nothing to answer.",
                  name=str(data["name"]), title=str(data["title"]))  # fmt: skip
        return Turn(state, (Reply(words=(words,)),))
    words = _(
        "“{title}” is not shown any more, so nobody answers you about it. Thank you for asking.",
        title=str(data["title"]),
    )
    return Turn(state, (Reply(words=(words,), choices=_others(data), serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "interest_new": new,
    "interest_asked": asked,
    "interest_declined": declined,
    "interest_agreed": agreed,
    "interest_words": passed_on,
    "interest_ended": ended,
}
"""What happens when something about an interest falls due; each has {"interest": id, "title": …} in `input.data`."""
