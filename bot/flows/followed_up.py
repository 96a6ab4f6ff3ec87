"""What became of it: a room that was borrowed, money that was granted, a plan that was made. Asked once, some time after.

Three questions at most, and never to whoever wants no messages, is protected or is a child. One press ends all such questions.
What people answer is counted, without names; their own words are read by nobody unless they say so, and are shown to everybody
only by the way of the idea board, with its own consent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from bot.flows.ideas import WORDS_MAX as SHOWN_MAX
from bot.flows.model import (
    AnswerFollowUp,
    Answers,
    AskedFollowUp,
    Choice,
    Consent,
    DropFollowUp,
    Effect,
    Ending,
    Flow,
    Input,
    Known,
    NoFollowUps,
    RememberLater,
    Reply,
    State,
    Step,
    Turn,
)
from bot.flows.read import long_text, many_choices, one_choice, text
from bot.i18n import Ltr, Text, _, content, p_
from bot.rules.errands import awake

MAY: Final = "follow_up"
"""The purpose of the consent that people at the municipality read what somebody wrote."""

CONSENT_VERSION = "1"

WORDS_MAX = 1000

# TRANSLATORS: buttons, at most 30 characters each: whether something that was planned happened.
HAPPENED: Final = (
    Choice("yes", p_("follow-up", "Yes, it happened")),
    Choice("partly", p_("follow-up", "Partly")),
    Choice("not_yet", p_("follow-up", "Not yet")),
    Choice("no", p_("follow-up", "No, it came to nothing")),
)
# TRANSLATORS: a button, at most 30 characters: they do not want to be asked what became of things.
STOP: Final = p_("follow-up", "Do not ask me such things")

# TRANSLATORS: buttons, at most 30 characters each: what was hard about carrying out an idea. Beside some what people write
# for it, separated by |.
HARD: Final = (
    Choice("money", p_("follow-up", "The money"), also=(_("funding | too expensive | costs"),)),
    Choice("place", p_("follow-up", "Finding a place"), also=(_("room | premises | no room"),)),
    Choice("time", p_("follow-up", "The time"), also=(_("no time | too little time"),)),
    Choice("people", p_("follow-up", "Finding people"), also=(_("too few people | nobody came | volunteers"),)),
    Choice("rules", p_("follow-up", "Rules and permits"), also=(_("permit | rules | papers | bureaucracy"),)),
    Choice("language", p_("follow-up", "The language"), also=(_("swedish | language"),)),
    Choice("other", p_("follow-up", "Something else")),
    Choice("nothing", p_("follow-up", "Nothing was hard"), also=(_("nothing | it was easy"),)),
)

# TRANSLATORS: buttons, at most 30 characters each: who may read what somebody wrote.
READ: Final = Choice("read", p_("follow-up", "You may read it"))
SHOW: Final = Choice("show", p_("follow-up", "Show it as a good example"))
COUNT: Final = Choice("count", p_("follow-up", "Only count my answer"), means="no")


def _found(known: Known) -> dict[str, Any] | None:
    """The follow-up that is asked about: {"id", "subject", "title", "status", "fit"}, of this person only."""
    found: dict[str, Any] | None = known.lookup("follow_up", follow_up_id=int(known.given.get("subject") or 0))
    return found


def question(found: Mapping[str, Any]) -> Text:
    """Whether it happened, said of a room, of money or of a plan."""
    match found["subject"]:
        case "room":
            return _("You borrowed {room} some time ago. Did what you wanted to do there happen?", room=found["title"])
        case "grant":
            return _("You got money from “{support}” some time ago. Did what you wanted to do happen?",
                     support=content(found["title"]))  # fmt: skip
    return _("You made a plan here some time ago: “{title}”. Did it happen?", title=found["title"])


# --- the answer -----------------------------------------------------------------------------------------------------------


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    answers, part = dict(given.get("answers", {})), given.get("part")
    if part in {each.id for each in HAPPENED}:
        answers["happened"] = part
    return answers


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _found(known)
    if known.given.get("part") == "stop" or found is None or found["status"] != "asked":
        return ()
    did = answers.get("happened") in ("yes", "partly")
    told = ("led_to",) if did else ()
    words = ("hard_words",) if "other" in (answers.get("hard") or ()) else ()
    may = ("may",) if "led_to" in _words(answers) else ("may_read",) if _words(answers) else ()
    return ("happened", *told, "hard", *words, *may)


def _words(answers: Answers) -> dict[str, str]:
    """What somebody wrote in words of their own."""
    said = {name: str(answers.get(name) or "").strip() for name in ("led_to", "hard_words")}
    return {name: words[:WORDS_MAX] for name, words in said.items() if words}


def _may_prompt(answers: Answers, known: Known) -> Text:
    lab = known.municipality.lab or known.municipality.name
    return _(
        "May the people at {lab} read what you wrote? Without your name. You can also show it to everybody as a good example: "
        "then you first see how it would look.",
        lab=lab,
    )  # fmt: skip


def _may_read_prompt(answers: Answers, known: Known) -> Text:
    lab = known.municipality.lab or known.municipality.name
    return _("May the people at {lab} read what you wrote? Without your name.", lab=lab)


def _finish(answers: Answers, known: Known) -> Ending:
    found = _found(known)
    if known.given.get("part") == "stop":
        if found is None:
            return Ending(then="menu")
        words = _("All right. I do not ask you again what became of things.")
        return Ending((Reply(words=(words,)),), (NoFollowUps(found["id"]),))
    if found is None or found["status"] not in ("asked", "answered"):
        return Ending((Reply(words=(_("That question is over. Thank you all the same!"),)),), then="menu")
    if found["status"] == "answered":
        return Ending((Reply(words=(_("You have answered that already. Thank you!"),)),))
    said: dict[str, Any] = {"happened": answers["happened"], "hard": list(answers.get("hard") or ()), **_words(answers)}
    may = (answers.get("may") or answers.get("may_read")) in ("read", "show") and bool(_words(answers))
    effects: list[Effect] = [AnswerFollowUp(found["id"], {**said, "may": may})]
    if may:
        effects.append(Consent(MAY, CONSENT_VERSION, True, found["id"]))
    thanks = Reply(words=(_("Thank you! That helps others who want to do something."),))
    if answers.get("may") == "show" and said.get("led_to"):
        given: dict[str, Any] = {"answers": {"what": said["led_to"][:SHOWN_MAX]}}
        return Ending((thanks,), tuple(effects), then="idea_post", given=given)
    if answers["happened"] == "not_yet":
        words = _("Is something in the way? A human at {lab} thinks along with you: write {command}.",
                  lab=known.municipality.lab or known.municipality.name, command=Ltr("/coach"))  # fmt: skip
        thanks = Reply(words=(*thanks.words, words))
    return Ending((thanks,), tuple(effects))


FOLLOWED_UP = Flow(
    name="followed_up",
    title=_("What became of it"),
    steps=(
        Step("happened", prompt=lambda answers, known: question(_found(known) or _NOTHING), label=_("Did it happen"),
             read=one_choice(HAPPENED), must=True),
        Step("led_to", prompt=_("What did it lead to? A few words are enough, without names."), label=_("What it led to"),
             read=long_text(WORDS_MAX), may_skip=True, example=_("Twelve bicycles ride again, and two of us got a job.")),
        Step("hard", prompt=_("What was hard? You can choose several."), label=_("What was hard"),
             read=many_choices(HARD), may_skip=True),
        Step("hard_words", prompt=_("What was it that was hard?"), label=_("What was hard, in your words"),
             read=text(WORDS_MAX), may_skip=True),
        Step("may", prompt=_may_prompt, label=_("Who may read it"), read=one_choice((READ, SHOW, COUNT)), must=True),
        Step("may_read", prompt=_may_read_prompt, label=_("Who may read it"), read=one_choice((READ, COUNT)), must=True),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
    personal=False,
    passing=True,
    needs_subject=True,
    parts={**{each.id: each.label for each in HAPPENED}, "stop": STOP},
)  # fmt: skip

_NOTHING: Final[Mapping[str, Any]] = {"subject": "plan", "title": "…"}


# --- what falls due -------------------------------------------------------------------------------------------------------

PUT_OFF = timedelta(days=1)


def asks(state: State, input: Input, known: Known) -> Turn:
    """The time has come to ask. Not at night, not while a human has the conversation; dropped where there is nothing to ask."""
    id = int(input.data["follow_up"])
    found: dict[str, Any] | None = known.lookup("follow_up", follow_up_id=id)
    if found is None or found["status"] != "waiting":
        return Turn(state)
    if not found["fit"] or state.child or known.facts.get("protected") or known.facts.get("holder") == "closed":
        return Turn(state, (), (DropFollowUp(id),))
    if (at := put_off(known)) is not None:
        return Turn(state, (), (RememberLater("follow_up", f"follow_up:{id}", at, input.data),))
    few = _("Three short questions at most. Your answers are counted without your name.")
    choices = (*(Choice(f"f:followed_up:{id}-{each.id}", each.label) for each in HAPPENED),
               Choice(f"f:followed_up:{id}-stop", STOP))  # fmt: skip
    return Turn(state, (Reply(words=(question(found), few), choices=choices, serial=0),), (AskedFollowUp(id),))


def put_off(known: Known) -> datetime | None:
    """When to ask instead of now; None: now."""
    news = known.municipality.news
    at = known.now if known.facts.get("holder", "bot") == "bot" else known.now + PUT_OFF
    at = awake(at, time(news.quiet_from), time(news.quiet_to))
    return at if at > known.now else None


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"follow_up": asks}
"""What happens when it is time to ask."""
