"""The agreement an organisation has joined, the time of a talk about a partnership, and what a partnership needs of the
association: its follow-ups, and what comes after it (publication 1.1, 1.2).

A follow-up asks about the experience of working together and its use, and counts nothing. Each side's answers are seen by the
other when both have answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from bot.flows.case_kinds import kind_of
from bot.flows.gatherings import lines
from bot.flows.ideas import PARAGRAPH
from bot.flows.model import (
    AnswerPartnership,
    Answers,
    Choice,
    ChooseTalk,
    Ending,
    Flow,
    Input,
    Known,
    ListSignature,
    MakeLink,
    Reply,
    SayWhatNext,
    State,
    Step,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import long_text, one_choice
from bot.i18n import Link, Made, Text, Value, _, p_
from bot.packs.model import Municipality
from bot.packs.model.quoting import quote
from bot.rules.masking import mask_ways

WORDS_MAX: Final = 2000

# TRANSLATORS: buttons, at most 30 characters each.
MINE = Choice("mine", p_("partnership", "Everything of mine"))
HUMAN = Choice("coach", p_("partnership", "Ask a human"))


def _clean(words: Any) -> str:
    return mask_ways(str(words or "")[:WORDS_MAX])[0]


def _at(said: str, known: Known) -> datetime:
    return datetime.fromisoformat(said).astimezone(known.municipality.zone)


def _day(said: str) -> date:
    return date.fromisoformat(said)


# --- the agreement --------------------------------------------------------------------------------------------------------

LIST = Choice("list", p_("agreement", "Put us in the public list"))
UNLIST = Choice("unlist", p_("agreement", "Take us off the list"))


def signed_quote(municipality: Municipality) -> Text | None:
    """How many have signed, as the publication says, with its year."""
    figure = next((each for each in municipality.figures.figures if each.id == "signed"), None)
    return None if figure is None else quote(figure)


def _signature(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_signature", signature_id=int(known.given.get("subject") or 0))
    return found


def _signature_prompt(answers: Answers, known: Known) -> Text:
    found = _signature(known)
    if found is None:
        return _("I cannot find that among yours any more.")
    told = [_("{organisation} and the agreement:", organisation=str(found["organisation"]))]
    told.append(_("Sent on {day}.", day=_day(found["sent_day"])))
    if found["signed_day"]:
        told.append(_("Signed on {day}.", day=_day(found["signed_day"])))
    elif found["answer_by"]:
        told.append(_("You get an answer by {time} at the latest.", time=_at(found["answer_by"], known)))
    if found["listed"] and found["signed_day"]:
        told.append(_("The name stands in the public list of those who have signed."))
    elif found["listed"]:
        told.append(_("The name comes into the public list when it is signed."))
    else:
        told.append(_("The name stands in no public list."))
    return lines([lines(told), _("What would you like to do?")], PARAGRAPH)


def _signature_choices(known: Known) -> tuple[Choice, ...]:
    found = _signature(known)
    return (MINE,) if found is None else (UNLIST if found["listed"] else LIST, HUMAN, MINE)


def _signature_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _signature(known), str(answers["do"])
    if found is None or chosen == "mine":
        return Ending(then="mine")
    if chosen == "coach":
        return Ending(then="coach")
    words = _("All right. The name stands in the list once it is signed.") if chosen == "list" else _(
        "All right. The name stands in no list."
    )  # fmt: skip
    return Ending((Reply(words=(words,)),), (ListSignature(found["id"], chosen == "list"),))


MY_SIGNATURE = Flow(
    name="my_signature",
    title=_("The agreement"),
    steps=(
        Step("do", prompt=_signature_prompt, label=_("What to do"), read=one_choice(_signature_choices), must=True),
    ),
    finish=_signature_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- the time of a talk ---------------------------------------------------------------------------------------------------

NONE_FITS = Choice("none", p_("talk", "None of these fits"))
CALENDAR = Choice("calendar", p_("talk", "Put it in my calendar"))


def _talk(known: Known) -> dict[str, Any] | None:
    """{"id", "status", "times", "where", "at", "case"} (`bot.partnerships.LOOKUPS`)."""
    found: dict[str, Any] | None = known.lookup("talk_time", talk_id=int(known.given.get("subject") or 0))
    return found


def _talk_prompt(answers: Answers, known: Known) -> Text:
    found = _talk(known)
    if found is None:
        return _("That talk has another time now, or is over.")
    where = str(found["where"] or "")
    if found["status"] == "agreed":
        told = [_("The talk is on {time}.", time=_at(found["at"], known))]
        told += [_("Where: {where}", where=where)] if where else []
        return lines([*told, _("What would you like to do?")])
    told = [_("Which time fits you for the talk?")]
    told += [_("Where: {where}", where=where)] if where else []
    return lines(told)


def _talk_choices(known: Known) -> tuple[Choice, ...]:
    found = _talk(known)
    if found is None:
        return (MINE, HUMAN)
    if found["status"] == "agreed":
        return (CALENDAR, Choice("pdf", p_("talk", "Get the page for it")), NONE_FITS, HUMAN, MINE)
    # TRANSLATORS: a button that holds nothing but a day and a time.
    times = (Choice(f"time-{at}", _("{time}", time=_at(each, known))) for at, each in enumerate(found["times"]))
    return (*times, NONE_FITS, HUMAN)


def _talk_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("do", "words") if answers.get("do") == "none" else ("do",)


def _talk_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _talk(known), str(answers["do"])
    if found is None or chosen in ("mine", "coach"):
        return Ending(then=chosen if chosen in ("mine", "coach") else "mine")
    answer_by = kind_of("dialogue").answer_by(known.municipality, known.now)
    if chosen == "calendar":
        words = _(
            "Give this address to your calendar program, and the talk is in it and stays current. Whoever has the address sees "
            "it, so keep it to yourself: {link}",
            link=Link(_("Calendar address"), Made("calendar_link")),
        )
        return Ending((Reply(words=(words,)),), (MakeLink("calendar"),))
    if chosen == "pdf":
        return Ending(then="my_case", given={"subject": found["case"]})
    if chosen == "none":
        words = _("All right. A person proposes other times, here, by {time} at the latest.", time=answer_by)
        return Ending(
            (Reply(words=(words,)),), (ChooseTalk(found["id"], None, answer_by, _clean(answers.get("words"))),)
        )
    number = int(chosen.removeprefix("time-"))
    at = _at(found["times"][number], known)
    told = [
        _("Good! The talk is on {time}. You are reminded the day before, and whoever you meet that morning.", time=at)
    ]
    if found["where"]:
        told.append(_("Where: {where}", where=str(found["where"])))
    told.append(_("It is a talk, no application. Bring your page: you find it in /mine."))
    return Ending((Reply(words=tuple(told)),), (ChooseTalk(found["id"], number, answer_by),))


TALK_TIME = Flow(
    name="talk_time",
    title=_("The time of the talk"),
    steps=(
        Step("do", prompt=_talk_prompt, label=_("Time"), read=one_choice(_talk_choices), must=True),
        Step("words", prompt=_("Which days and times would fit you better?"), label=_("Times that fit"),
             read=long_text(WORDS_MAX), may_skip=True, example=_("Mornings, or any Thursday.")),
    ),
    order=_talk_order,
    finish=_talk_done,
    personal=False,
    needs_subject=True,
)  # fmt: skip


# --- the survey of a follow-up --------------------------------------------------------------------------------------------

# TRANSLATORS: how it is to work together; buttons of at most 30 characters.
EXPERIENCES: Mapping[str, Text] = {
    "good": p_("follow-up", "It works well"),
    "mixed": p_("follow-up", "Some things work, some do not"),
    "hard": p_("follow-up", "It is hard right now"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the survey, the same for both sides. With `choices` one of them is the answer."""

    id: str
    prompt: Text
    label: Text
    choices: Mapping[str, Text] | None = None


QUESTIONS: Final = (
    Question("experience", _("How is it to work together?"), _("Working together"), EXPERIENCES),
    Question("use", _("What is it good for, for those it is meant for?"), _("What it is good for")),
    Question("hard", _("What is hard, or should be different?"), _("What is hard")),
    Question("until", _("What should both of you do until the next time?"), _("Until the next time")),
)
"""Experience and use, never quantities (publication 1.2)."""


def answer_rows(answers: Mapping[str, Any] | None) -> tuple[tuple[Text, Value], ...]:
    """One side's answers, to be read."""
    said = answers or {}
    return tuple(
        (each.label, each.choices.get(str(said[each.id]), "…") if each.choices else str(said[each.id]))
        for each in QUESTIONS
        if said.get(each.id)
    )


def kept_answers(given: Mapping[str, Any]) -> dict[str, str]:
    """What is kept of the survey's answers: cleaned, and nothing that was not asked."""
    kept = {each.id: _clean(given.get(each.id)).strip() for each in QUESTIONS}
    return {
        id: said
        for id, said in kept.items()
        if said
        and (each := next(q for q in QUESTIONS if q.id == id))
        and (each.choices is None or said in each.choices)
    }


def _follow_up(known: Known) -> dict[str, Any] | None:
    """{"id", "title", "number", "due_day", "answered", "theirs"} (`bot.partnerships.LOOKUPS`)."""
    found: dict[str, Any] | None = known.lookup(
        "partnership_follow_up", follow_up_id=int(known.given.get("subject") or 0)
    )
    return found


def _open_follow_up(known: Known) -> dict[str, Any] | None:
    found = _follow_up(known)
    return None if found is None or found["answered"] else found


def _survey_intro(answers: Answers, known: Known) -> Text:
    found = _open_follow_up(known)
    if found is None:
        return _("There is nothing to answer there right now.")
    return _(
        "Follow-up {number} of “{title}”. Four short questions, about how it is to work together. Nothing is counted. The other "
        "side sees your answers when both have answered, and you see theirs.",
        number=int(found["number"]), title=str(found["title"]),
    )  # fmt: skip


def _survey_done(answers: Answers, known: Known) -> Ending:
    found = _open_follow_up(known)
    if found is None:
        return Ending(then="mine")
    kept = kept_answers(answers)
    if not kept:
        words = _("Nothing was answered, so it stays open. You find it in /mine.")
        return Ending((Reply(words=(words,)),))
    words = _("Thank you! When the other side has answered too, you see each other’s answers here.")
    return Ending((Reply(words=(words,)),), (AnswerPartnership(found["id"], kept),))


def _survey_step(each: Question) -> Step:
    read = (
        one_choice(tuple(Choice(id, label) for id, label in each.choices.items()))
        if each.choices
        else long_text(WORDS_MAX)
    )
    return Step(each.id, prompt=each.prompt, label=each.label, read=read, may_skip=True)


FOLLOW_UP = Flow(
    name="follow_up",
    title=_("Follow-up of a partnership"),
    intro=_survey_intro,
    steps=tuple(_survey_step(each) for each in QUESTIONS),
    order=lambda answers, known, left: tuple(each.id for each in QUESTIONS) if _open_follow_up(known) else (),
    finish=_survey_done,
    needs_subject=True,
)


# --- the partnership in /mine ---------------------------------------------------------------------------------------------

# TRANSLATORS: what shall come after a partnership; buttons of at most 30 characters.
NEXTS: Mapping[str, Text] = {
    "again": p_("partnership", "We want to go on together"),
    "other": p_("partnership", "We want another form"),
    "end": p_("partnership", "It may end"),
}


def _partnership(known: Known) -> dict[str, Any] | None:
    """{"id", "title", "status", "start_day", "end_day", "steering", "follow_ups", "open", "asks_next"}."""
    found: dict[str, Any] | None = known.lookup("my_partnership", partnership_id=int(known.given.get("subject") or 0))
    return found


def follow_up_words(each: Mapping[str, Any]) -> Text:
    """How one follow-up stands, as the association sees it."""
    number, day = int(each["number"]), _day(each["due_day"])
    if each["held"]:
        return _("{number}: {day}, both have answered.", number=number, day=day)
    if each["answered"]:
        return _("{number}: {day}, you have answered; the other side has not yet.", number=number, day=day)
    return _("{number}: by {day}.", number=number, day=day)


def _partnership_prompt(answers: Answers, known: Known) -> Text:
    found = _partnership(known)
    if found is None:
        return _("I cannot find that among yours any more.")
    told = [
        _("“{title}”: from {first} to {last}.", title=str(found["title"]), first=_day(found["start_day"]), last=_day(found["end_day"])),
        _("The steering group meets so many times a year: {count}.", count=int(found["steering"])),
    ]  # fmt: skip
    if found["status"] == "ended":
        told.append(_("It is over."))
    told += [_("Follow-ups:"), *(follow_up_words(each) for each in found["follow_ups"])]
    return lines([lines(told), _("What would you like to do?")], PARAGRAPH)


def _partnership_choices(known: Known) -> tuple[Choice, ...]:
    found = _partnership(known)
    if found is None:
        return (MINE,)
    answer = (Choice("answer", p_("partnership", "Answer the follow-up")),) if found["open"] else ()
    read = (Choice("read", p_("partnership", "Read the last answers")),) if found["last"] else ()
    ahead = (Choice("next", p_("partnership", "Say what comes after")),) if found["asks_next"] else ()
    return (*answer, *read, *ahead, HUMAN, MINE)


def both_words(found: Mapping[str, Any]) -> Text:
    """Both sides' answers to a follow-up, one after the other."""
    parts: list[Text] = []
    for side, label in (("association", _("The association")), ("municipality", _("The municipality"))):
        rows = (_("{label}: {value}", label=name, value=value) for name, value in answer_rows(found[side]))
        parts.append(lines([label, *rows]))
    return lines(parts, PARAGRAPH)


def _partnership_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _partnership(known), str(answers["do"])
    if found is None or chosen in ("mine", "coach"):
        return Ending(then="coach" if chosen == "coach" else "mine")
    if chosen == "answer" and found["open"]:
        return Ending(then="follow_up", given={"subject": found["open"]})
    if chosen == "read" and found["last"]:
        return Ending((Reply(words=(both_words(found["last"]),)),))
    return Ending(then="what_next", given={"subject": found["id"]})


MY_PARTNERSHIP = Flow(
    name="my_partnership",
    title=_("A partnership of ours"),
    steps=(
        Step("do", prompt=_partnership_prompt, label=_("What to do"), read=one_choice(_partnership_choices), must=True),
    ),
    finish=_partnership_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


def _asks_next(known: Known) -> dict[str, Any] | None:
    found = _partnership(known)
    return found if found and found["asks_next"] else None


def _next_done(answers: Answers, known: Known) -> Ending:
    found = _asks_next(known)
    if found is None or "next" not in answers:
        return Ending(then="mine")
    words = _("Thank you! The municipality reads it, and says what it thinks. Both decide together.")
    return Ending(
        (Reply(words=(words,)),), (SayWhatNext(found["id"], str(answers["next"]), _clean(answers.get("words"))),)
    )


WHAT_NEXT = Flow(
    name="what_next",
    title=_("What comes after a partnership"),
    steps=(
        Step("next", prompt=_("The partnership comes to its end. What do you want to come after it?"), label=_("What comes after"),
             read=one_choice(tuple(Choice(id, label) for id, label in NEXTS.items())), must=True),
        Step("words", prompt=_("Do you want to say why, or how?"), label=_("What you write"), read=long_text(WORDS_MAX), may_skip=True),
    ),
    order=lambda answers, known, left: ("next", "words") if _asks_next(known) else (),
    finish=_next_done,
    needs_subject=True,
)  # fmt: skip

FLOWS = (MY_SIGNATURE, TALK_TIME, FOLLOW_UP, MY_PARTNERSHIP, WHAT_NEXT)


# --- what falls due -------------------------------------------------------------------------------------------------------


def _told(data: Mapping[str, Any], known: Known) -> tuple[list[Text], tuple[Choice, ...]]:
    """What somebody who writes for an association is told, and what they can press."""
    subject, title, name = int(data["subject"]), str(data.get("title") or ""), str(data.get("name") or "")
    lab = known.municipality.lab or known.municipality.name
    where = [_("Where: {where}", where=str(data["where"]))] if data.get("where") else []
    talk = Choice(f"f:talk_time:{subject}", p_("talk", "Choose a time"))
    here = Choice(f"f:my_partnership:{subject}", p_("partnership", "Show the partnership"))
    match data["what"]:
        case "signed":
            told = [
                _(
                    "{title} has joined the agreement. It was signed on {day}. Welcome!",
                    title=title,
                    day=_day(data["day"]),
                )
            ]
            if data.get("listed"):
                told.append(_("The name stands in the public list now."))
            return told, (Choice(f"f:my_signature:{subject}", p_("agreement", "Show how it stands")),)
        case "times":
            times = [_("• {time}", time=_at(each, known)) for each in data["times"]]
            return [
                _("{name}, a human at {lab}, proposes these times for the talk:", name=name, lab=lab), lines(times), *where,
                _("Press the button to choose one. It is a talk, no application."),
            ], (talk, button(Move.HUMAN))  # fmt: skip
        case "agreed":
            return [
                _("The talk is on {time}, says {name}, a human at {lab}.", time=_at(data["at"], known), name=name, lab=lab), *where,
                _("You are reminded the day before. If it does not fit, press the button."),
            ], (Choice(f"f:talk_time:{subject}", p_("talk", "See or change it")), button(Move.HUMAN))  # fmt: skip
        case "talk_soon":
            return [
                _("Soon it is time for the talk: {time}.", time=_at(data["at"], known)), *where,
                _("Bring your page: you find it in /mine."),
            ], (Choice(f"f:talk_time:{subject}", p_("talk", "See or change it")),)  # fmt: skip
        case "follow_up":
            answer = Choice(f"f:follow_up:{data['follow_up']}", p_("partnership", "Answer the follow-up"))
            return [
                _("It is time to follow up “{title}”, by {day}.", title=title, day=_day(data["day"])),
                _("Meet, or talk on the phone. Each side then answers four short questions."),
            ], (answer, here)  # fmt: skip
        case "late":
            answer = Choice(f"f:follow_up:{data['follow_up']}", p_("partnership", "Answer the follow-up"))
            return [_("The follow-up of “{title}” was to be held by {day}, and is not done yet. The process leader knows.",
                      title=title, day=_day(data["day"]))], (answer, here)  # fmt: skip
        case "both":
            return [_("Both sides have answered the follow-up of “{title}”:", title=title), both_words(data)], (here,)
        case "next":
            ask = Choice(f"f:what_next:{subject}", p_("partnership", "Say what comes after"))
            return [
                _("“{title}” ends on {day}. What do you want to come after it?", title=title, day=_day(data["day"]))
            ], (ask, here)
    told = [_("The partnership “{title}” is over. Thank you for working together.", title=title)]
    if data.get("words"):
        told.append(_("What came of it: {words}", words=str(data["words"])))
    return told, (here,)


def told(state: State, input: Input, known: Known) -> Turn:
    """Something about the agreement, a talk or a partnership of theirs."""
    if input.data["what"] == "talk_soon":
        found = known.lookup("talk_time", talk_id=int(input.data["subject"]))
        if found is None or found["at"] is None or _at(found["at"], known) != _at(input.data["at"], known):
            return Turn(state)
    words, choices = _told(input.data, known)
    return Turn(state, (Reply(words=tuple(words), choices=choices, serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"partner_told": told}
"""What happens when something about an agreement, a talk or a partnership falls due."""
