"""Those who might meet, asked one by one; what passes between those who have said yes; and how it went.

First names and what they have in common are all that is told before. How they are reached goes to the others only when they
have said yes, as each has chosen; of somebody under 18 it never does (languages-and-rights.md E).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.flows.introductions import (
    AGAIN,
    GAME,
    NO,
    SHARING,
    SOMEBODY_ELSE,
    TITLES,
    WRITE,
    YES,
    game_of,
    games,
    in_common,
    tell_again,
    waits_because,
)
from bot.flows.joining import CONSENT_VERSION as SHARING_VERSION
from bot.flows.joining import contact_of, reachable, through
from bot.flows.model import (
    AnswerIntroduction,
    Answers,
    Choice,
    Consent,
    Ending,
    Flow,
    HowItWent,
    Input,
    Known,
    PassOnToThem,
    Reply,
    State,
    Step,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, long_text, one_choice, text
from bot.flows.read.typed import as_text
from bot.i18n import Ltr, Text, _, p_

WORDS_MAX: Final = 2000

# --- being asked -----------------------------------------------------------------------------------------------------------


def _introduction(known: Known) -> dict[str, Any] | None:
    """The introduction that the running flow is about, for one of those in it."""
    found: dict[str, Any] | None = known.lookup("introduction", introduction_id=int(known.given.get("subject") or 0))
    return found


def _asked(known: Known) -> dict[str, Any] | None:
    found = _introduction(known)
    return found if found is not None and found["mine"] == "asked" else None


def _too_late() -> Ending:
    words = _(
        "That is settled already: the time to answer has passed, or somebody could not. There is nothing to answer any more."
    )
    return Ending((Reply(words=(words,), choices=(Choice("f:mine", _("See what is mine")),), serial=0),))


def _yes_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _asked(known)
    if found is None:
        return ()
    return ("agree",) if found["minor"] else ("contact", "agree")


def _agree_prompt(answers: Answers, known: Known) -> Text:
    found = _asked(known)
    names, several = tuple(found["others"]) if found else (), bool(found) and len(found["others"]) > 1  # type: ignore[index]
    contact = contact_of(answers)
    if found is not None and found["minor"]:
        return _("May I tell {names} your first name, and that you would like to meet them? Nothing else. A grown-up arranges the "
                 "first meeting.", names=names)  # fmt: skip
    if contact and several:
        return _("May I tell {names} your first name and how you are reached ({contact})? They get it only if they say yes too.",
                 names=names, contact=Ltr(contact))  # fmt: skip
    if contact:
        return _("May I tell {names} your first name and how you are reached ({contact})? That happens only if you both say yes.",
                 names=names, contact=Ltr(contact))  # fmt: skip
    return _(
        "May I tell {names} your first name? You write to each other here, once you have all said yes.", names=names
    )


def _answers(introduction_id: int) -> tuple[Choice, ...]:
    return (Choice(f"f:intro_yes:{introduction_id}", YES), Choice(f"f:intro_no:{introduction_id}", NO))


def _said_yes(answers: Answers, known: Known) -> Ending:
    found = _asked(known)
    if found is None:
        return _too_late()
    if not (answers.get("agree") or {}).get("given"):
        words = _(
            "All right. I have told nobody anything. I wait for your answer until {day}.", day=found["answer_day"]
        )
        return Ending((Reply(words=(words,), choices=_answers(found["id"]), serial=0),))
    effects = (
        Consent(SHARING, SHARING_VERSION, True, found["id"]),
        AnswerIntroduction(found["id"], True, {"contact": "" if found["minor"] else contact_of(answers)}),
    )
    words = _("Good! I tell you as soon as the others have answered, by {day} at the latest.", day=found["answer_day"])
    return Ending((Reply(words=(words,)),), effects)


INTRO_YES = Flow(
    name="intro_yes",
    title=YES,
    steps=(
        Step("contact", prompt=_("How may they reach you, once you have said yes to each other? Write a number or an e-mail "
                                 "address."),
             label=_("How you are reached"), read=text(), check=reachable, suggest=through, must=True,
             why=_("Nobody sees it before you have said yes to each other. You can also write to each other here only.")),
        Step("agree", prompt=_agree_prompt, label=_("Passed on"), read=consent(SHARING, SHARING_VERSION), must=True),
    ),
    order=_yes_order,
    finish=_said_yes,
    needs_subject=True,
)  # fmt: skip


def _said_no(answers: Answers, known: Known) -> Ending:
    found = _asked(known)
    if found is None:
        return _too_late()
    words = _(
        "All right. Nobody learns why, and I do not propose the same again. You stay signed up, and I look for others."
    )
    reply = Reply(
        words=(words,), choices=(Choice(f"f:my_seeking:{found['seeker']}", _("Change it, or leave")),), serial=0
    )
    return Ending((reply,), (AnswerIntroduction(found["id"], False),))


INTRO_NO = Flow("intro_no", NO, (), _said_no, personal=False, passing=True, needs_subject=True)


# --- having met ------------------------------------------------------------------------------------------------------------


def _together(known: Known) -> dict[str, Any] | None:
    found = _introduction(known)
    return found if found is not None and found["status"] == found["mine"] == "met" else None


def _may_write(known: Known) -> dict[str, Any] | None:
    found = _together(known)
    return found if found is not None and not found["minor"] else None


def _write_prompt(answers: Answers, known: Known) -> Text:
    found = _may_write(known)
    return _("What do you want to write to {names}? I pass it on.", names=tuple(found["others"]) if found else ())


def _written(answers: Answers, known: Known) -> Ending:
    found = _may_write(known)
    if found is None or not found["others"]:
        words = _("I cannot pass that on any more. Nothing was sent.")
        return Ending((Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))
    reply = Reply(words=(_("I have passed it on."),), choices=_when_met(found["id"], minor=False), serial=0)
    return Ending((reply,), (PassOnToThem(found["id"], str(answers["words"])[:WORDS_MAX]),))


INTRO_WRITE = Flow(
    name="intro_write",
    title=WRITE,
    steps=(Step("words", prompt=_write_prompt, label=_("What you write"), read=long_text(WORDS_MAX), must=True),),
    order=lambda answers, known, left: ("words",) if _may_write(known) else (),
    finish=_written,
    needs_subject=True,
)


def _when_met(introduction_id: int, *, minor: bool) -> tuple[Choice, ...]:
    write = () if minor else (Choice(f"f:intro_write:{introduction_id}", WRITE),)
    return (*write, Choice(f"f:intro_game:{introduction_id}", GAME), button(Move.HUMAN))


def _game_choices(known: Known) -> tuple[Choice, ...]:
    found = _introduction(known)
    return tuple(Choice(str(at), title) for at, (title, _how) in enumerate(games(found["kind"] if found else ""), 1))


def _played(answers: Answers, known: Known) -> Ending:
    found = _introduction(known)
    title, how = game_of(found["kind"] if found else "", int(answers["game"]) - 1)
    again = Choice(f"f:intro_game:{known.given.get('subject') or 0}", p_("introductions", "Another game"))
    return Ending((Reply(words=(title, how), choices=(again,), serial=0),))


INTRO_GAME = Flow(
    name="intro_game",
    title=GAME,
    steps=(Step("game", prompt=_("Which game? Choose one by its number."), label=_("The game"), read=one_choice(_game_choices),
                must=True),),
    finish=_played,
    personal=False,
    passing=True,
    needs_subject=True,
)  # fmt: skip

OUTCOMES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: buttons, at most 30 characters each: how it has gone since two people were introduced.
    "contact": p_("introductions", "Yes, we are in touch"),
    "not_yet": p_("introductions", "Not yet"),
    "another": p_("introductions", "Yes, and one more, please"),
    "no": p_("introductions", "No, please somebody else"),
}


def _went(answers: Answers, known: Known) -> Ending:
    found, said = _together(known), str(known.given.get("part") or "")
    if found is None or said not in OUTCOMES:
        return _too_late()
    told = {
        "contact": _("I am glad! Thank you for telling me."),
        "not_yet": _("Thank you for telling me. It may take time. A human can help you to meet, if you like."),
        "another": _("I am glad! Then I look for one more, and ask you when somebody fits."),
        "no": SOMEBODY_ELSE,
    }[said]
    more = (tell_again(found["kind"], known),) if said in ("another", "no") else ()
    choices = (button(Move.HUMAN),) if said in ("not_yet", "no") else ()
    return Ending(
        (Reply(words=(told,), choices=choices, serial=0 if choices else None),), (HowItWent(found["id"], said), *more)
    )


INTRO_WENT = Flow(
    "intro_went", _("How it has gone"), (), _went, personal=False, passing=True, needs_subject=True, parts=OUTCOMES
)


# --- what falls due --------------------------------------------------------------------------------------------------------


def _due(input: Input, known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("introduction", introduction_id=int(input.data["introduction"]))
    return found


def asked(state: State, input: Input, known: Known) -> Turn:
    """A coordinator has approved it: would this one like to meet these?"""
    found = _due(input, known)
    if found is None or found["mine"] != "asked":
        return Turn(state)
    names = tuple(found["others"])
    if found["kind"] == "families":
        lead = _("I have found a family for you: {names}.", names=names)
    elif found["kind"] == "phone_chats":
        lead = _("I have found somebody who would like to talk by phone: {names}.", names=names)
    else:
        lead = _("I have found a group for you: {names}.", names=names)
    told = [lead, *in_common(found["kind"], found["why"], known)]
    if found["minor"]:
        told.append(_("A grown-up arranges the first time you meet, and is there. Would you like to? Please answer by {day}.",
                      day=found["answer_day"]))  # fmt: skip
    elif found["kind"] == "phone_chats":
        told.append(_("Would you like to talk? Nobody learns how you are reached before you say yes. Please answer by {day}.",
                      day=found["answer_day"]))  # fmt: skip
    else:
        told.append(_("Would you like to meet? Nobody learns how you are reached before you say yes. Please answer by {day}.",
                      day=found["answer_day"]))  # fmt: skip
    return Turn(state, (Reply(words=tuple(told), choices=_answers(found["id"]), serial=0),))


def unanswered(state: State, input: Input, known: Known) -> Turn:
    """The time to answer has passed."""
    found = _due(input, known)
    if found is None or found["mine"] != "asked":
        return Turn(state)
    words = _("You have not answered about meeting {names}, so they do not wait any longer. I do not propose you for now. That is "
              "all right. Tell me when you would like to again.", names=tuple(found["others"]))  # fmt: skip
    reply = Reply(words=(words,), choices=(Choice(f"f:my_seeking:{found['seeker']}", AGAIN.label),), serial=0)
    return Turn(state, (reply,), (AnswerIntroduction(found["id"], False, late=True),))


def kept(state: State, input: Input, known: Known) -> Turn:
    """Somebody waits, and hears that they are kept."""
    kind = str(input.data["kind"])
    found = known.lookup("seeking", kind=kind)
    if found is None or found["standing"] != "waiting" or found["in"] is not None:
        return Turn(state)
    words = _("{title}: you are still signed up. {why} I keep you, and ask you as soon as somebody fits.", title=TITLES[kind],
              why=waits_because(found))  # fmt: skip
    reply = Reply(words=(words,), choices=(Choice(f"f:my_seeking:{found['id']}", _("Change it, or leave")),), serial=0)
    return Turn(state, (reply,), (tell_again(kind, known),))


def over(state: State, input: Input, known: Known) -> Turn:
    """It came to nothing without this one's doing: they are kept."""
    title = TITLES[str(input.data["kind"])]
    if input.data.get("met"):
        words = _("{name} cannot be in it any more. Please respect that.", name=str(input.data["name"]))
        on = (Choice(f"f:my_seeking:{input.data['seeker']}", AGAIN.label), button(Move.HUMAN))
        return Turn(state, (Reply(words=(words,), choices=on, serial=0),))
    words = _("{title}: it came to nothing this time, for not all could. It is not about you. You are kept, and I ask you again when "
              "somebody fits.", title=title)  # fmt: skip
    choices = (Choice(f"f:my_seeking:{input.data['seeker']}", _("Change it, or leave")),)
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def met(state: State, input: Input, known: Known) -> Turn:
    """They have said yes to each other: how each other is reached, as far as they want it. Of minors, nothing of it."""
    data = input.data
    minor, others = bool(data.get("minor")), data["others"]
    names = tuple(str(each["name"]) for each in others)
    told: list[Text] = [_("Good news: {names} said yes too!", names=names)]
    if minor:
        told.append(
            _("A grown-up tells you when and where you meet. Please do not give anybody your number or address.")
        )
    for each in () if minor else others:
        if each.get("contact"):
            told.append(
                _("This is how you reach {name}: {contact}", name=str(each["name"]), contact=Ltr(str(each["contact"])))
            )
        else:
            told.append(_("{name} would rather write here. I pass on what you write.", name=str(each["name"])))
    if not minor and data["kind"] != "phone_chats":
        told.append(_("Meet in a public place the first time. If something is not right, talk to a human here."))
    elif not minor:
        told.append(
            _("Never give anybody bank details or codes by phone. If something is not right, talk to a human here.")
        )
    if data.get("meeting"):
        told += _meeting_words(data["meeting"], known)
    title, how = game_of(str(data["kind"]), int((data.get("meeting") or {}).get("game", data["introduction"])))
    told.append(_("A game to begin with: {title}. {how}", title=title, how=how))
    return Turn(state, (Reply(words=tuple(told), choices=_when_met(int(data["introduction"]), minor=minor), serial=0),))


def _meeting_words(meeting: Mapping[str, Any], known: Known) -> list[Text]:
    at = datetime.fromisoformat(str(meeting["at"])).astimezone(known.municipality.zone)
    told = [_("You meet on {time}.", time=at)]
    if meeting.get("place"):
        told = [_("You meet on {time}: {place}", time=at, place=str(meeting["place"]))]
    if meeting.get("note"):
        told.append(as_text(str(meeting["note"])))
    return told


def meeting(state: State, input: Input, known: Known) -> Turn:
    """A coordinator has set the first meeting, or changed it."""
    data = input.data
    lead = _("The first meeting with {names} is set.", names=tuple(str(each) for each in data["others"]))
    if data.get("changed"):
        lead = _("The first meeting with {names} has been changed.", names=tuple(str(each) for each in data["others"]))
    title, how = game_of(str(data["kind"]), int(data["meeting"].get("game", 0)))
    game = _("A game to begin with: {title}. {how}", title=title, how=how)
    choices = _when_met(int(data["introduction"]), minor=bool(data.get("minor")))
    return Turn(state, (Reply(words=(lead, *_meeting_words(data["meeting"], known), game), choices=choices, serial=0),))


def tomorrow(state: State, input: Input, known: Known) -> Turn:
    """The first meeting is tomorrow."""
    found = _due(input, known)
    if found is None or found["mine"] != "met" or not found["meeting"]:
        return Turn(state)
    lead = _("Tomorrow you meet {names}.", names=tuple(found["others"]))
    words = (lead, *_meeting_words(found["meeting"], known))
    return Turn(state, (Reply(words=words, choices=_when_met(found["id"], minor=found["minor"]), serial=0),))


def follow_up(state: State, input: Input, known: Known) -> Turn:
    """Some time after the first meeting: has it become a contact?"""
    found = _due(input, known)
    if found is None or found["mine"] != "met" or not found["others"] or found["outcome"] in ("no", "another"):
        return Turn(state)
    words = _("Some time ago you were introduced to {names}. Has it become a contact? Would you like another one?",
              names=tuple(found["others"]))  # fmt: skip
    choices = tuple(Choice(f"f:intro_went:{found['id']}-{said}", label) for said, label in OUTCOMES.items())
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def passed_on(state: State, input: Input, known: Known) -> Turn:
    """Words from one of the others, as they wrote them."""
    data = input.data
    lead = _("{name} writes to you:", name=str(data["name"]))
    paragraphs = tuple(as_text(part.strip()) for part in str(data["words"]).split("\n\n") if part.strip())
    choices = _when_met(int(data["introduction"]), minor=False)
    return Turn(state, (Reply(words=(lead, *paragraphs), choices=choices, serial=0, by=str(data["name"])),))


def guardian(state: State, input: Input, known: Known) -> Turn:
    """A coach has talked with a guardian."""
    if input.data["agreed"]:
        words = _(
            "Good news: a coach has talked with a grown-up who answers for you, and it is all right. Now I look for a group for you."
        )
        return Turn(state, (Reply(words=(words,)),))
    words = _("A coach has talked with a grown-up who answers for you. A friendship group is not possible just now. A human here can tell you "
              "about other things to do.")  # fmt: skip
    return Turn(state, (Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "introduction_asked": asked,
    "introduction_unanswered": unanswered,
    "introduction_kept": kept,
    "introduction_over": over,
    "introduction_met": met,
    "introduction_meeting": meeting,
    "introduction_tomorrow": tomorrow,
    "introduction_follow_up": follow_up,
    "introduction_words": passed_on,
    "introduction_guardian": guardian,
}
"""What happens when something about an introduction falls due."""

REMINDERS = frozenset({"introduction_kept", "introduction_follow_up"})
"""Of these whoever wants no messages hears nothing."""

FLOWS: Final = (INTRO_YES, INTRO_NO, INTRO_WRITE, INTRO_GAME, INTRO_WENT)
