"""Who answers what: a topic, a place and what somebody wants with it lead to one role, never to a list of offices
(publication, 1.1: the shorter way to the right person; 2.3: always answer, or pass it on).

The role comes in `bot.flows.enquiry`, and a question can be sent to it there. Other flows begin this one with what they
know: `given` may hold `topic` (an id of the pack, or words), `matter`, `area`, `text` (the person's own words), and
`role` (an id) where it is decided already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from bot.flows.model import Answers, Choice, Ending, Flow, Known, Read, Reading, Step, Suggestion
from bot.flows.read import one_choice, place
from bot.flows.read.choosing import OneChoice
from bot.flows.read.matching import match
from bot.flows.read.texts import LongText
from bot.flows.read.typed import MAX_CHARS, Control, as_text, labels
from bot.i18n import Text, _, content, p_
from bot.packs.model import Matter, Municipality, Topic
from bot.packs.model.routing import Forward, Route, route, topics_meant

LEADS_ON: Mapping[str, str] = {
    "influence": "influence", "local": "networks", "meetings": "networks", "agreement": "networks",
}  # fmt: skip
"""Topics that a flow of their own helps with, where there is one; a proposal goes where influence goes."""

ELSEWHERE = frozenset({"idea", "premises", "support", "volunteer", "help", *LEADS_ON})
"""Topics that have a way of their own: understood here too, but not suggested."""

OTHER = "other"
OFFERED, SUGGESTED, MOST = 3, 8, 20
"""So many likely topics are asked about; suggested before anything is said; shown where nothing was recognised."""

TITLE_WORDS = 4
"""A title of more words than these is a sentence: its single words say nothing about the topic."""

# TRANSLATORS: buttons, at most 30 characters each: what somebody wants with a topic.
MATTERS: Mapping[Matter, Text] = {
    "question": p_("matter", "I want to know something"),
    "proposal": p_("matter", "I want to change something"),
    "join": p_("matter", "I want to take part"),
    "offer": p_("matter", "I want to help"),
    "need": p_("matter", "I need help"),
}
# TRANSLATORS: a button, at most 30 characters: none of the topics offered.
NONE_OF_THEM = p_("topic", "Something else")


# --- what it is about -------------------------------------------------------------------------------------------------


class About(LongText):
    """What it is about in somebody's own words; or {"topic": id} where they pressed a topic."""

    def show(self, value: Any, known: Known) -> Text:
        return topic_name(value["topic"], known) if isinstance(value, dict) else as_text(str(value))

    def form_values(self, value: Any) -> dict[str, str]:
        return {} if isinstance(value, dict) else {"value": str(value)}


class OneTopic(OneChoice):
    """A topic of the pack, or "other". Only those that are likely are shown as buttons; any may be written."""

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        found = match(words, self.offered(known), known, loosely=False)
        return Read(found or next((topic.id for topic in likely(words, known)), OTHER))

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        return ()

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", required=False),)


def topic_name(topic: str | None, known: Known) -> Text:
    """A topic's title."""
    titles = {each.id: each.title for each in known.municipality.topics}
    return content(titles[topic]) if topic in titles else NONE_OF_THEM


def likely(words: str, known: Known) -> tuple[Topic, ...]:
    """The topics somebody may mean, by the pack's Swedish words, or else by the titles in their language.

    A word of a title is no more than a hint ("care", "work"): what it leads to is asked about.
    """
    municipality = known.municipality
    return topics_meant(municipality, words) or topics_meant(
        municipality, words, also=_title_words(municipality, known.locale)
    )


def _title_words(municipality: Municipality, locale: str) -> Mapping[str, tuple[str, ...]]:
    """The words of every title in the reader's language, but not those that several titles share."""
    titles = {topic.id: labels(content(topic.title), locale) for topic in municipality.topics}
    words = {id: {word for title in each for word in _telling(title)} for id, each in titles.items()}
    return {
        id: (*titles[id], *(each for each in mine if sum(each in theirs for theirs in words.values()) == 1))
        for id, mine in words.items()
    }


def _telling(title: str) -> Iterable[str]:
    words = title.split()
    return (word for word in words if len(word) > 3) if len(words) <= TITLE_WORDS else ()


def _all_topics(known: Known) -> tuple[Choice, ...]:
    return (
        *(Choice(topic.id, content(topic.title)) for topic in known.municipality.topics),
        Choice(OTHER, NONE_OF_THEM),
    )


def _held(known: Known) -> list[Topic]:
    """The topics that a role of the pack answers, but for those that have a way of their own."""
    held = {topic for role in known.municipality.contacts.roles for topic in role.topics} - ELSEWHERE
    return [topic for topic in known.municipality.topics if topic.id in held]


def _usual(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(topic.id[:20], content(topic.title), {"topic": topic.id}) for topic in _held(known)[:SUGGESTED]
    )


def _meant(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """The likely topics, or else those that somebody answers; and something else."""
    about = answers.get("about")
    found = likely(about, known)[:OFFERED] if isinstance(about, str) else ()
    shown = found or _held(known)[:MOST]
    return (
        *(Suggestion(topic.id[:20], content(topic.title), topic.id, by_yes=len(found) == 1) for topic in shown),
        Suggestion(OTHER, NONE_OF_THEM, OTHER),
    )


def _which(answers: Answers, known: Known) -> Text:
    about = answers.get("about")
    if isinstance(about, str) and likely(about, known):
        return _("So that it comes to the right person: which of these is it most about?")
    return _("I am not sure what that belongs to. Which of these is it most about?")


def filled(about: Any, known: Known) -> dict[str, Any]:
    """What a sentence, or a pressed topic, says already."""
    if isinstance(about, dict):
        return {"topic": about["topic"]}
    answers: dict[str, Any] = {}
    found = topics_meant(known.municipality, str(about))
    if len(found) == 1:
        answers["topic"] = found[0].id
    area = place().spot(str(about), known)
    return answers if area is None else {**answers, "area": area}


# --- whom it comes to -------------------------------------------------------------------------------------------------


def _topic(answers: Answers) -> str | None:
    topic = answers.get("topic")
    return None if topic in (None, OTHER) else str(topic)


def _area(answers: Answers) -> str | None:
    return (answers.get("area") or {}).get("area")


def _roles(known: Known, topic: str | None, areas: Iterable[str | None], matters: Iterable[Matter | None]) -> set[str]:
    """Everybody it may come to."""
    asked = [(area, matter) for area in areas for matter in matters]
    return {route(known.municipality, topic, area=area, matter=matter).role.id for area, matter in asked}


def _leads_on(answers: Answers, known: Known) -> str | None:
    """The flow that helps with this instead, where there is one."""
    flow = LEADS_ON.get(_topic(answers) or "") or (LEADS_ON["influence"] if answers.get("matter") == "proposal" else "")
    return flow if flow in known.flows else None


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    """Only what decides who answers is asked."""
    if known.given.get("role"):
        return ()
    matters: tuple[Matter, ...] = get_args(Matter)
    areas = tuple(area.name for area in known.municipality.areas)
    roles = known.municipality.contacts.roles
    if not answers:
        matter_may = any(role.matters for role in roles)
        area_may = any(role.areas for role in roles)
        return ("about", "topic", *(("matter",) if matter_may else ()), *(("area",) if area_may else ()))
    if "topic" not in answers:
        return ("topic",)
    if _leads_on(answers, known):
        return ()
    topic, matter, area = _topic(answers), answers.get("matter"), _area(answers)
    where = (area,) if "area" in answers else (None, *areas)
    matter_decides = matter is None and any(len(_roles(known, topic, (each,), matters)) > 1 for each in where)
    area_decides = "area" not in answers and len(_roles(known, topic, where, (matter,))) > 1
    return (*(("matter",) if matter_decides else ()), *(("area",) if area_decides else ()))


def learned(known: Known) -> tuple[Forward, ...]:
    """What has been passed on before."""
    return tuple(Forward(**each) for each in known.lookup("forwards") or ())


def found_route(answers: Answers, known: Known) -> Route:
    """Who answers, by the pack and by what those who answer have shown since."""
    return route(
        known.municipality, _topic(answers), area=_area(answers), matter=answers.get("matter"), learned=learned(known)
    )


# --- the flow ---------------------------------------------------------------------------------------------------------


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    answers = dict(given.get("answers", {}))
    if given.get("topic") in {topic.id for topic in known.municipality.topics}:
        answers["topic"] = given["topic"]
    if given.get("matter") in get_args(Matter):
        answers["matter"] = given["matter"]
    if given.get("area"):
        answers["area"] = {"area": given["area"]}
    if given.get("text"):
        answers["about"] = given["text"]
    return {**filled(answers["about"], known), **answers} if "about" in answers else answers


def _finish(answers: Answers, known: Known) -> Ending:
    about = answers.get("about")
    text = {"text": about} if isinstance(about, str) else {}
    municipality = known.municipality
    if known.given.get("role") in {role.id for role in municipality.contacts.roles}:
        same = {
            name: value for name, value in known.given.items() if name in ("role", "topic", "matter", "area", "text")
        }
        return Ending(then="enquiry", given={**same, **text, "because": "given"})
    if isinstance(about, str):
        answers = {**filled(about, known), **answers}  # a form does not fill in what a sentence says
    topic, area, matter = _topic(answers), _area(answers), answers.get("matter")
    said: Mapping[str, Any] = {"topic": topic, "area": area, "matter": matter, **text}
    said = {name: value for name, value in said.items() if value is not None}
    if flow := _leads_on(answers, known):
        return Ending(then=flow, given=said)
    found = found_route(answers, known)
    return Ending(then="enquiry", given={**said, "role": found.role.id, "because": found.because})


CONTACT = Flow(
    name="contact",
    title=_("Who is responsible?"),
    steps=(
        Step(
            "about",
            prompt=_("What is it about? A sentence is enough. I find the one person who answers that."),
            label=_("What it is about"),
            read=About(MAX_CHARS),
            suggest=_usual,
            fills=filled,
            why=_(
                "So that you come to the right person at once, and need not look through the municipality's offices."
            ),
            example=_("Who is responsible for the bicycle roads?"),
        ),
        Step(
            "topic",
            prompt=_which,
            label=p_("contact", "Topic"),
            read=OneTopic(_all_topics),
            suggest=_meant,
            why=_("Each topic has one person who answers. If none fits, somebody takes it all the same."),
            must=True,
        ),
        Step(
            "matter",
            prompt=_("What do you want with it?"),
            label=_("What you want with it"),
            read=one_choice(tuple(Choice(id, label) for id, label in MATTERS.items())),
            why=_("Different people answer, depending on what you want."),
            must=True,
        ),
        Step(
            "area",
            prompt=_("Which part of the municipality is it about? Write a place, or share where you are."),
            label=_("Place"),
            read=place(),
            why=_("Different people answer in different parts of the municipality."),
            may_skip=True,
        ),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
)
