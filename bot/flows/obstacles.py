"""What is in the way of coming to something: told by who would come, answered by who holds it (publication, 4.2).

Whoever holds it is the owner of what is put up here, else the role that answers for the meeting or the area. They hear what is
in the way and not who said it; what they do about it comes back here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.flows.board import title_of
from bot.flows.case_kinds import kind_of
from bot.flows.enquiry import reachable as reached_by_letter
from bot.flows.model import (
    AnswerObstacle,
    Answers,
    Choice,
    Ending,
    Flow,
    Input,
    Known,
    Reply,
    SendEnquiry,
    State,
    Step,
    Suggestion,
    TellObstacle,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.networks import sent
from bot.flows.read import long_text, many_choices, one_choice, place, text
from bot.flows.read.typed import as_text, bare, in_words, words
from bot.i18n import Made, Text, Value, _, content, p_
from bot.packs.model import Role
from bot.packs.model.routing import networks_named, route
from bot.rules.masking import mask_ways

KIND: Final = "obstacle"

SUGGESTED_MAX: Final = 5
WORDS_MAX: Final = 1000

# TRANSLATORS: what keeps people from coming to something: buttons of at most 30 characters.
OBSTACLES: Mapping[str, Text] = {
    "childcare": p_("obstacle", "Nobody to mind the children"),
    "transport": p_("obstacle", "Hard to get there"),
    "language": p_("obstacle", "The language"),
    "interpreter": p_("obstacle", "An interpreter is needed"),
    "cost": p_("obstacle", "It costs too much"),
    "time": p_("obstacle", "The time of day"),
    "entrance": p_("obstacle", "Hard to get into the house"),
    "other": p_("obstacle", "Something else"),
}


# TRANSLATORS: words that name what is in the way of coming, separated by |. Also parts of words.
OBSTACLE_WORDS: Mapping[str, Text] = {
    "childcare": _("childcare | babysitter | mind the children | look after the children"),
    "transport": _("no bus | no lift | get there | too far"),
    "interpreter": _("interpreter"),
    "cost": _("too expensive | costs too much | cannot afford"),
}

# TRANSLATORS: buttons, at most 30 characters each: what whoever holds an activity does about something that is in the way.
ANSWERS: Mapping[str, Text] = {
    "arranged": p_("obstacle", "We arrange it"),
    "partly": p_("obstacle", "We can do something"),
    "not": p_("obstacle", "We cannot, sorry"),
}


# --- telling of one ---------------------------------------------------------------------------------------------------


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What was written names the obstacle already, and is kept as it was written."""
    said = str(given.get("text") or given.get("said") or "") if given.get("named") else ""
    plain, locale = bare(said[:500]), given.get("language") or known.locale
    what = [id for id, each in OBSTACLE_WORDS.items() if said and any(word in plain for word in words(each, locale))]
    return {"about": said, **({"what": what} if what else {})} if said else {}


def _held(known: Known) -> list[dict[str, Any]]:
    """What one can come to and is put up here by somebody else: {"id", "title", "area"}."""
    found: list[dict[str, Any]] = known.lookup("to_come_to") or []
    return found


def _suggested(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    shown = _held(known)[:SUGGESTED_MAX]
    return tuple(Suggestion(f"post-{each['id']}", as_text(each["title"]), each["title"]) for each in shown)


def _about(answers: Answers, known: Known) -> dict[str, Any] | None:
    """What of all that is put up is meant: whose title it is, word for word."""
    said = bare(str(answers.get("activity") or ""))
    return next((each for each in _held(known) if bare(str(each["title"])) == said), None)


def _role(answers: Answers, known: Known, area: str | None) -> Role:
    """Who holds it where nobody has put it up here: the role of a network or meeting that is named, else the area's."""
    here = known.municipality
    named = networks_named(here, str(answers.get("activity") or ""), known.locale)
    if len(named) == 1:
        return here.contacts.role(named[0].contact)
    return route(here, "local", area=area, matter="join").role


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    asked = ["what", "activity"]
    if known.municipality.areas and not known.given.get("area") and _about(answers, known) is None:
        asked.append("where")
    return (*asked, "about")


def _told(answers: Answers, known: Known) -> Ending:
    here, about = known.municipality, _about(answers, known)
    area = known.given.get("area") or (answers.get("where") or {}).get("area") or (about or {}).get("area")
    area = area if area in {each.name for each in here.areas} else None
    said = {name: answers[name] for name in ("what", "activity", "about") if answers.get(name)}
    note = str(answers.get("about") or answers["activity"])
    answer_by = kind_of(KIND).answer_by(here, known.now)
    tell = TellObstacle(said, area, about["id"] if about else None, answer_by)
    if about is not None:
        to = _("those who hold “{title}”", title=str(about["title"]))
        return sent(KIND, {**answers, "post": about["id"]}, known, note, to, more=(tell,))
    role = _role(answers, known, area)
    if role.outside or not reached_by_letter(role, known):
        return sent(KIND, answers, known, note, content(role.title), more=(tell,))
    wanted = SendEnquiry(role.id, _question(answers, known), topic="local", area=area, matter="join")
    # TRANSLATORS: holds nothing but sentences translated elsewhere.
    words = _("{result}", result=Made("enquiry_result"))
    return Ending((Reply(words=(words,)),), (wanted, tell), then=None if known.facts.get("reachable") else "reach")


def _question(answers: Answers, known: Known) -> str:
    """What a role gets in its letter, in the municipality's own language; then the resident's own words."""
    tag = known.municipality.languages[0]
    kinds = ", ".join(in_words(OBSTACLES[each], tag) for each in answers.get("what") or () if each in OBSTACLES)
    lead = in_words(_("Somebody wants to come to “{activity}”. This is in the way: {kinds}. What can you do about it?",
                      activity=str(answers["activity"]), kinds=kinds), tag)  # fmt: skip
    return "\n".join(part for part in (lead, str(answers.get("about") or "")) if part)[:2000]


OBSTACLE_TOLD = Flow(
    name="obstacle",
    title=_("Something is in the way of coming"),
    steps=(
        Step("what", prompt=_("What makes it hard to come? You can choose several."), label=_("What is in the way"),
             read=many_choices(tuple(Choice(id, label) for id, label in OBSTACLES.items()), at_least=1),
             why=_("It is often something that can be arranged, such as somebody who minds the children."), must=True),
        Step("activity", prompt=_("Which activity or meeting is it about?"), label=_("What it is about"), read=text(),
             suggest=_suggested, example=_("The language café at the library."), must=True),
        Step("where", prompt=_("Where is it? The name of the area is enough."), label=_("Area"), read=place()),
        Step("about", prompt=_("What would help? Write it with your own words."), label=_("What would help"), read=long_text(),
             may_skip=True, why=_("You do not need to say anything about your health or your private life.")),
    ),
    begin=_begin,
    order=_order,
    finish=_told,
)  # fmt: skip


# --- whoever holds it -------------------------------------------------------------------------------------------------


def _obstacle(known: Known) -> dict[str, Any] | None:
    """What the running flow is about, for whoever holds it: {"id", "title", "what", "about", "open"}."""
    found: dict[str, Any] | None = known.lookup("obstacle", obstacle_id=int(known.given.get("subject") or 0))
    return found


def kinds_words(what: Sequence[str]) -> tuple[Value, ...]:
    return tuple(OBSTACLES[each] for each in what if each in OBSTACLES) or (OBSTACLES["other"],)


def _answer_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return {"how": given["part"]} if given.get("part") in ANSWERS else {}


def _answer_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _obstacle(known)
    return ("how", "words") if found and found["open"] else ()


def _words_prompt(answers: Answers, known: Known) -> Text:
    if answers.get("how") == "not":
        return _("Write a few words to whoever would like to come. Is there another way?")
    return _("Write a few words to whoever would like to come: what do you arrange, and what do they have to do?")


def _answered(answers: Answers, known: Known) -> Ending:
    found = _obstacle(known)
    if found is None or not found["open"]:
        words = _("That has been answered already, or was taken back. There is nothing to answer any more.")
        return Ending((Reply(words=(words,)),))
    said = mask_ways(str(answers.get("words") or "")[:WORDS_MAX])[0]
    told = _("Thank you! I pass it on to whoever told of it.")
    return Ending((Reply(words=(told,)),), (AnswerObstacle(found["id"], str(answers["how"]), said),))


OBSTACLE_ANSWER = Flow(
    name="obstacle_answer",
    title=_("What do you do about it?"),
    steps=(
        Step("how", prompt=_("What can you do about it?"), label=_("What you do"),
             read=one_choice(tuple(Choice(id, label) for id, label in ANSWERS.items())), must=True),
        Step("words", prompt=_words_prompt, label=_("What you write"), read=long_text(WORDS_MAX), must=True,
             example=_("We arrange child care in the room beside. Say at the door how old the children are.")),
    ),
    begin=_answer_begin,
    order=_answer_order,
    finish=_answered,
    needs_subject=True,
    parts=ANSWERS,
)  # fmt: skip


# --- what falls due ---------------------------------------------------------------------------------------------------


def new(state: State, input: Input, known: Known) -> Turn:
    """Something is in the way of coming to what this person holds."""
    data = input.data
    answer_by = datetime.fromisoformat(str(data["answer_by"])).astimezone(known.municipality.zone)
    told: list[Text] = [
        _("Somebody would like to come to “{title}”. This is in the way: {kinds}.", title=str(data["title"]),
          kinds=kinds_words(data["what"]))
    ]  # fmt: skip
    if data.get("about"):
        told.append(_("They write: {reason}", reason=str(data["about"])))
    told.append(_("What can you do about it? Please answer by {time}. They read your answer here.", time=answer_by))
    number = int(data["obstacle"])
    choices = tuple(Choice(f"f:obstacle_answer:{number}-{id}", label) for id, label in ANSWERS.items())
    return Turn(state, (Reply(words=tuple(told), choices=(*choices, button(Move.HUMAN)), serial=0),))


def answered(state: State, input: Input, known: Known) -> Turn:
    """Whoever holds it has answered."""
    data = input.data
    how = ANSWERS.get(str(data["how"]), ANSWERS["partly"])
    # TRANSLATORS: {answer} is one of the short answers such as "We arrange it".
    told: list[Text] = [
        _("Those who hold “{title}” have answered: {answer}.", title=str(data["title"]), answer=how)
    ]  # fmt: skip
    if data.get("words"):
        told.append(_("They write: {reason}", reason=str(data["words"])))
    return Turn(state, (Reply(words=tuple(told), choices=(button(Move.HUMAN),), serial=0),))


def title_or(post: Any, said: Mapping[str, Any]) -> str:
    """What an obstacle is about, in words."""
    return title_of(post) if post else str(said.get("activity") or "")


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"obstacle_new": new, "obstacle_answered": answered}
"""What happens when something about an obstacle falls due."""
