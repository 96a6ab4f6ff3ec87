"""Dialogues that staff hold, as residents meet them: what is open now, a place at the meeting, a seat in a small group, a
vote. Publication: 2.2 (three steps), 6.1 (hearing with groups and quick polls).

How far a say goes, and what can still change, stands before everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from bot.flows.dialogue_words import OUTCOMES, dialogue_card, in_paragraphs, in_swedish_only, moment
from bot.flows.gatherings import lines
from bot.flows.model import (
    AnswerFocus,
    Answers,
    Card,
    Choice,
    Ending,
    Flow,
    GiveUpPlace,
    Input,
    Known,
    Reply,
    State,
    Step,
    TakePlace,
    Turn,
    Vote,
)
from bot.flows.moves import Move, button
from bot.flows.read import one_choice, text
from bot.flows.read.typed import as_text
from bot.flows.survey import dialogue_of
from bot.i18n import Ltr, Made, Text, _, p_

# TRANSLATORS: buttons, at most 30 characters each.
ANSWER = p_("dialogue", "Answer the survey")
CHANGE = p_("dialogue", "Change my answers")
JOIN = p_("dialogue", "Register me")
LEAVE = p_("dialogue", "I cannot come")
VOTE = p_("dialogue", "Vote now")
PROPOSE = p_("dialogue", "Make a proposal")
ANSWERS = p_("dialogue", "What became of proposals")
SEE = p_("dialogue", "See the dialogue")
MENU = Choice("menu", p_("dialogue", "Something else"))
YES = p_("dialogue", "Yes, I will be there")
NO = p_("dialogue", "No, not this time")

SHOWN_MAX: Final = 12
"""So many proposals in one message; all of them are on the page."""


# --- what is open -----------------------------------------------------------------------------------------------------


def _listed(known: Known) -> list[dict[str, Any]]:
    """The dialogues that everybody may see, the newest first; none where the municipality holds none here."""
    if not known.municipality.dialogues.kinds:
        return []
    return known.lookup("dialogues") or []


def _titles(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: a button that holds nothing but the title of a dialogue.
    return tuple(Choice(f"d{each['id']}", _("{title}", title=each["title"])) for each in _listed(known))


def _one_of_several(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("which",) if len(_listed(known)) > 1 else ()


def _chosen(answers: Answers, known: Known) -> Ending:
    listed = _listed(known)
    if not known.municipality.dialogues.kinds:
        words = _("{municipality} holds no dialogues here. But I can tell you what you can influence, and when.",
                  municipality=known.municipality.name)  # fmt: skip
        # TRANSLATORS: a button, at most 30 characters.
        influence = Choice("f:influence", p_("dialogue", "What can I influence?"))
        return Ending((Reply(words=(words,), choices=(influence, button(Move.HUMAN)), serial=0),))
    if not listed:
        words = _("No dialogue is open right now. I can tell you what you can influence in other ways, and when.")
        influence = Choice("f:influence", p_("dialogue", "What can I influence?"))
        return Ending((Reply(words=(words,), choices=(influence, button(Move.HUMAN)), serial=0),))
    which = str(answers.get("which") or f"d{listed[0]['id']}")
    return Ending(then="dialogue", given={"subject": int(which[1:])})


DIALOGUES = Flow(
    name="dialogues",
    title=_("Dialogues with the municipality"),
    steps=(
        Step("which", prompt=_("These dialogues are open. Which one do you want to see?"), label=_("Which one"),
             read=one_choice(_titles), must=True),
    ),
    order=_one_of_several,
    finish=_chosen,
    personal=False,
    passing=True,
)  # fmt: skip


def _can(known: Known) -> tuple[Choice, ...]:
    """What one can do in it now, the likeliest first."""
    found = dialogue_of(known)
    if found is None:
        return (MENU,)
    mine = found["mine"] or {}
    can: list[Choice] = []
    if found["poll"] is not None:
        can.append(Choice("vote", VOTE))
    if found["survey"]:
        can.append(Choice("survey", CHANGE if mine.get("answered") else ANSWER))
    if found["meet"] is not None and not found["meet"]["over"]:
        placed = mine.get("place") in ("held", "waiting")
        can.append(Choice("leave", LEAVE) if placed else Choice("join", JOIN))
    if found["status"] == "open":
        can.append(Choice("propose", PROPOSE))
    if found["proposals"]:
        can.append(Choice("answers", ANSWERS))
    return (*can, MENU)


def _prompt(answers: Answers, known: Known) -> Text:
    found = dialogue_of(known)
    if found is None:
        return _("That dialogue is not open any more. What would you like to do?")
    paragraphs: list[Text] = [*in_swedish_only(found), *in_paragraphs(found["words"]), *_mine(found)]
    if found["feedback"]:
        paragraphs += [_("What became of it:"), *in_paragraphs(found["feedback"])]
    elif found["feedback_late"]:
        by = moment(found["feedback_by"])
        assert by is not None
        paragraphs.append(_("Feedback was promised by {day}. It is late, and those who lead know it.", day=by.date()))
    elif found["feedback_by"]:
        by = moment(found["feedback_by"])
        assert by is not None
        paragraphs.append(_("Everybody who was there gets feedback by {day} at the latest.", day=by.date()))
    return lines([*paragraphs, _("What would you like to do?")], "\n\n")


def _mine(found: Mapping[str, Any]) -> list[Text]:
    """How somebody stands in it."""
    mine = found["mine"] or {}
    told: list[Text] = []
    if mine.get("place") == "held":
        told.append(_("You have a place."))
    elif mine.get("place") == "waiting":
        told.append(_("You are on the waiting list. I tell you as soon as a place is free."))
    if mine.get("focus") == "accepted":
        told.append(_("You sit in small group {number}.", number=int(mine["group"] or 0)))
    return told


def _do(answers: Answers, known: Known) -> Ending:
    found, chosen = dialogue_of(known), str(answers["do"])
    if found is None or chosen == "menu":
        return Ending(then="menu")
    if chosen == "answers":
        return Ending((_answers(found, known),))
    if chosen == "vote":
        return Ending(then="vote", given={"subject": found["poll"]["id"]})
    flow = {"survey": "survey", "join": "dialogue_join", "leave": "dialogue_leave", "propose": "propose"}[chosen]
    return Ending(then=flow, given={"subject": found["id"]})


def _answers(found: Mapping[str, Any], known: Known) -> Reply:
    """Every proposal in short, and where all of it stands."""
    listed: list[Text] = []
    for each in found["proposals"][:SHOWN_MAX]:
        outcome = OUTCOMES.get(each["outcome"] or "")
        # TRANSLATORS: one line of a list: a proposal in somebody's own words, and what became of it.
        listed.append(_("• {words}: {outcome}", words=each["words"], outcome=outcome) if outcome else
                      _("• {words}: not answered yet", words=each["words"]))  # fmt: skip
    page = f"{known.facts.get('public_url', '')}/dialogues/{found['code']}"
    # TRANSLATORS: a button: opens a page with every proposal and why it was used or not.
    choices = (Choice("page", p_("dialogue", "All answers, and why"), url=page),)
    return Reply(words=(lines(listed),), choices=choices, serial=0)


def _card(answers: Answers, known: Known) -> Card:
    found = dialogue_of(known)
    return dialogue_card(found, known) if found else Card(_("Dialogue"), ())


DIALOGUE = Flow(
    name="dialogue",
    title=_("A dialogue"),
    steps=(Step("do", prompt=_prompt, label=_("What to do"), read=one_choice(_can), must=True),),
    finish=_do,
    card=_card,
    told=True,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- a place at the meeting -------------------------------------------------------------------------------------------


def _to_come(known: Known) -> dict[str, Any] | None:
    found = dialogue_of(known)
    return found if found and found["meet"] is not None and not found["meet"]["over"] else None


def _fields(known: Known) -> tuple[Choice, ...]:
    found = dialogue_of(known)
    return tuple(Choice(f"o{at}", as_text(each)) for at, each in enumerate((found or {}).get("fields") or ()))


def _join_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _to_come(known)
    if found is None or (found["mine"] or {}).get("place") in ("held", "waiting"):
        return ()
    return ("name", "field") if found["fields"] else ("name",)


def _joined(answers: Answers, known: Known) -> Ending:
    found = _to_come(known)
    if found is None:
        return Ending((Reply(words=(_("The meeting is over, or it is not held."),)),), then="dialogues")
    if (found["mine"] or {}).get("place") in ("held", "waiting"):
        return Ending(then="dialogue", given={"subject": found["id"]})
    field = answers.get("field")
    effect = TakePlace(found["id"], str(answers["name"]), int(str(field)[1:]) if field else None)
    choices = (Choice(f"f:dialogue_leave:{found['id']}", LEAVE), Choice(f"f:dialogue:{found['id']}", SEE))
    # TRANSLATORS: holds nothing but a sentence translated elsewhere.
    words = _("{result}", result=Made("dialogue_result"))
    return Ending((Reply(words=(words,), choices=choices, serial=0),), (effect,))


DIALOGUE_JOIN = Flow(
    name="dialogue_join",
    title=_("Register for the meeting"),
    steps=(
        Step("name", prompt=_("What are you called? Your name is seen by those who hold the meeting, and in your group."),
             label=_("Your name"), read=text(80), must=True, why=_("So that they know who comes.")),
        Step("field", prompt=_("Which of these do you want to talk about? The groups are made by it."),
             label=_("Subject"), read=one_choice(_fields), must=True,
             why=_("Those who talk about the same sit together.")),
    ),
    order=_join_order,
    finish=_joined,
    needs_subject=True,
)  # fmt: skip


def _left(answers: Answers, known: Known) -> Ending:
    found = dialogue_of(known)
    if found is None or (found["mine"] or {}).get("place") not in ("held", "waiting"):
        return Ending((Reply(words=(_("You have no place there. There is nothing to give up."),)),), then="dialogues")
    words = _("All right, and thank you for telling. Somebody else gets the place.")
    choices = (Choice(f"f:dialogue_join:{found['id']}", p_("dialogue", "I can come after all")),)
    return Ending((Reply(words=(words,), choices=choices, serial=0),), (GiveUpPlace(found["id"]),))


DIALOGUE_LEAVE = Flow(
    name="dialogue_leave", title=LEAVE, steps=(), finish=_left, personal=False, passing=True, needs_subject=True
)


# --- a seat in a small group ------------------------------------------------------------------------------------------


def _asked(known: Known) -> dict[str, Any] | None:
    """The dialogue in which somebody was drawn and has not answered, or has said yes."""
    found = dialogue_of(known)
    return found if found and (found["mine"] or {}).get("focus") in ("invited", "accepted") else None


def _focus_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _asked(known)
    wants = known.given.get("part") == "yes" and found is not None and found["mine"]["focus"] == "invited"
    return ("name",) if wants else ()


def _focused(answers: Answers, known: Known) -> Ending:
    found = _asked(known)
    if found is None:
        words = _("That is settled already, or somebody else has the seat now. Thank you for answering.")
        return Ending((Reply(words=(words,)),), then="dialogues")
    no = Choice(f"f:focus:{found['id']}-no", NO)
    if known.given.get("part") == "no":
        words = _("All right, and thank you for telling. Somebody like you is asked instead.")
        return Ending((Reply(words=(words,)),), (AnswerFocus(found["id"], False),))
    if found["mine"]["focus"] == "accepted":
        words = _("You have said yes already: small group {number}.", number=int(found["mine"]["group"] or 0))
        return Ending((Reply(words=(words,), choices=(no,), serial=0),))
    words = _("Good! You sit in small group {number}. Those who hold the dialogue tell you here when and where you meet.",
              number=int(found["mine"]["group"] or 0))  # fmt: skip
    effect = AnswerFocus(found["id"], True, str(answers.get("name") or ""))
    return Ending((Reply(words=(words,), choices=(no,), serial=0),), (effect,))


FOCUS = Flow(
    name="focus",
    title=_("A seat in a small group"),
    steps=(
        Step("name", prompt=_("What are you called? Your name is seen in the group, and not beside your answers."),
             label=_("Your name"), read=text(80), must=True, why=_("So that they know who comes.")),
    ),
    order=_focus_order,
    finish=_focused,
    needs_subject=True,
    parts={"yes": YES, "no": NO},
)  # fmt: skip


# --- a vote -----------------------------------------------------------------------------------------------------------


def poll_of(known: Known) -> dict[str, Any] | None:
    number = known.given.get("subject")
    found = known.lookup("poll", poll_id=int(number)) if number else None
    return cast("dict[str, Any] | None", found)


def poll_choices(found: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Buttons that stay valid until the vote is closed."""
    return tuple(Choice(f"f:vote:{found['id']}-o{at}", as_text(each)) for at, each in enumerate(found["options"]))


def _voted(answers: Answers, known: Known) -> Ending:
    found, part = poll_of(known), str(known.given.get("part") or "")
    if found is None or found["status"] != "open":
        words = _("This vote is closed. What was counted is shown at the meeting, and on the dialogue's page.")
        choices = (Choice(f"f:dialogue:{found['dialogue']}", SEE),) if found else ()
        return Ending((Reply(words=(words,), choices=choices, serial=0),))
    at = int(part[1:]) if part[1:].isdecimal() and len(part) < 4 else None
    if at is None or at >= len(found["options"]):
        return Ending((Reply(words=(as_text(found["ask"]),), choices=poll_choices(found), serial=0),))
    words = _("Counted: {answer}. Until the vote is closed you can press another answer.", answer=found["options"][at])
    return Ending((Reply(words=(words,)),), (Vote(found["id"], at),))


VOTE_FLOW = Flow(
    name="vote", title=_("My vote"), steps=(), finish=_voted, personal=False, passing=True, needs_subject=True
)


# --- what falls due ---------------------------------------------------------------------------------------------------


def _dialogue_due(input: Input, known: Known) -> dict[str, Any] | None:
    return cast("dict[str, Any] | None", known.lookup("dialogue", dialogue_id=int(input.data["dialogue"])))


def tomorrow(state: State, input: Input, known: Known) -> Turn:
    """The evening before a meeting at which somebody has a place."""
    found = _dialogue_due(input, known)
    at = moment(found["meet"]["at"]) if found and found["meet"] else None
    if found is None or at is None or at <= known.now or (found["mine"] or {}).get("place") != "held":
        return Turn(state)
    words = [_("Tomorrow: “{title}”, {time}.", title=found["title"], time=at)]
    if found["meet"]["place"]:
        words.append(_("Place: {place}", place=found["meet"]["place"]))
    choices = (Choice(f"f:dialogue_leave:{found['id']}", LEAVE),)
    return Turn(state, (Reply(words=tuple(words), choices=choices, serial=0),))


def place_free(state: State, input: Input, known: Known) -> Turn:
    """Somebody who waited has a place now."""
    found = _dialogue_due(input, known)
    if found is None or (found["mine"] or {}).get("place") != "held" or not found["meet"]:
        return Turn(state)
    at = moment(found["meet"]["at"])
    assert at is not None
    words = _("A place is free, and it is yours: “{title}”, {time}.", title=found["title"], time=at)
    choices = (Choice(f"f:dialogue_leave:{found['id']}", LEAVE), Choice(f"f:dialogue:{found['id']}", SEE))
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def drawn(state: State, input: Input, known: Known) -> Turn:
    """Somebody was drawn for a small group."""
    found = _dialogue_due(input, known)
    if found is None or (found["mine"] or {}).get("focus") != "invited":
        return Turn(state)
    by = moment(input.data.get("by"))
    words = [
        _("The lot fell on you: do you want to talk about “{title}” in a small group?", title=found["title"]),
        _("Answer by {time}, please. Without an answer somebody else is asked.", time=by.astimezone(
            known.municipality.zone)) if by else _("Please answer soon. Without an answer somebody else is asked."),
    ]  # fmt: skip
    choices = (Choice(f"f:focus:{found['id']}-yes", YES), Choice(f"f:focus:{found['id']}-no", NO))
    return Turn(state, (Reply(words=tuple(words), choices=choices, serial=0),))


def not_answered(state: State, input: Input, known: Known) -> Turn:
    """The time to answer has passed: the seat goes on to somebody like them."""
    found = _dialogue_due(input, known)
    if found is None or (found["mine"] or {}).get("focus") != "invited":
        return Turn(state)
    words = _(
        "The time to answer about the small group has passed, so somebody else is asked. You can still make proposals."
    )
    choices = (Choice(f"f:dialogue:{found['id']}", SEE),)
    effect = AnswerFocus(found["id"], False, late=True)
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),), (effect,))


def poll_opened(state: State, input: Input, known: Known) -> Turn:
    """A vote is open at a meeting where somebody has a place."""
    found = cast("dict[str, Any] | None", known.lookup("poll", poll_id=int(input.data["poll"])))
    if found is None or found["status"] != "open":
        return Turn(state)
    words = (_("We vote now:"), as_text(found["ask"]))
    return Turn(state, (Reply(words=words, choices=poll_choices(found), serial=0),))


def feedback(state: State, input: Input, known: Known) -> Turn:
    """What became of what was said, for everybody who was registered."""
    found = _dialogue_due(input, known)
    if found is None or not found["feedback"]:
        return Turn(state)
    words = [_("You were at “{title}”. This is what became of it:", title=found["title"])]
    if found["feedback_instead"]:
        words.append(_("This message is only in Swedish so far. Write {command} if you want to talk to a human about it.",
                       command=Ltr("/coach")))  # fmt: skip
    choices = (Choice(f"f:dialogue:{found['id']}", SEE),)
    return Turn(state, (Reply(words=(*words, *in_paragraphs(found["feedback"])), choices=choices, serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "dialogue_tomorrow": tomorrow,
    "dialogue_place": place_free,
    "dialogue_drawn": drawn,
    "dialogue_not_answered": not_answered,
    "dialogue_poll": poll_opened,
    "dialogue_feedback": feedback,
}
"""What happens when something about a dialogue falls due; each has {"dialogue": id} or {"poll": id} in `input.data`."""

REMINDERS = frozenset({"dialogue_tomorrow", "dialogue_poll"})
