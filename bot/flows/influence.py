"""A question about influencing a decision: what it is about, what somebody wants, how far it has come (publication, 2.3).

The answer names the level and the step of the European Code, what is usual there and what can still be changed, and one
role that holds the matter; `contact` then passes it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.flows.contact import OneTopic, likely, topic_name
from bot.flows.gatherings import lines, network_card, stands
from bot.flows.model import Answers, Card, Choice, Ending, Flow, Known, Reply, Step, Suggestion
from bot.flows.read import long_text, one_choice, yes_no
from bot.i18n import Text, Value, _, content, p_
from bot.packs.model import Municipality
from bot.packs.model.routing import Guidance, influence, networks_for

WAYS = frozenset(
    {"idea", "premises", "support", "volunteer", "help", "local", "association", "agreement", "partnership", "influence",
     "meetings"}
)  # fmt: skip
"""Topics that say how somebody wants to do something, not what a decision is about."""

OTHER = "other"

MATTER_WORDS = 6
"""Shorter than this, words say that somebody wants to influence something, and hardly what."""

# TRANSLATORS: buttons, at most 30 characters each: what somebody wants with a decision of the municipality.
WISHES = (
    Choice("know", p_("influence", "Know what is planned")),
    Choice("comment", p_("influence", "Say what I think of it")),
    Choice("shape", p_("influence", "Help to shape it")),
    Choice("share", p_("influence", "Carry it out together")),
)

DIALOGUES_MAX = 3
"""So many dialogues are named beside the answer."""

OPEN_STEPS = ("agenda", "drafting", "reformulation")
"""Steps at which there may, or may not, be a finished proposal; at the decision there is one, after it none is needed."""


def _subjects(municipality: Municipality) -> tuple[str, ...]:
    """The topics worth asking for: those that lead to somebody else than whoever answers when nothing is known."""
    usual = influence(municipality, "know", None).route.role
    return tuple(
        topic.id
        for topic in municipality.topics
        if topic.id not in WAYS and influence(municipality, "know", None, topic=topic.id).route.role != usual
    )


def _topics(known: Known) -> tuple[Choice, ...]:
    """Every topic, and something else."""
    named = (Choice(topic.id, content(topic.title)) for topic in known.municipality.topics)
    return (*named, Choice(OTHER, p_("influence", "Something else")))


def _offered(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """Those that the words name, when they name several; else all that lead to somebody of their own."""
    ids = _named(answers.get("matter", ""), known) or _subjects(known.municipality)
    shown = (Suggestion(id[:20], topic_name(id, known), id) for id in ids)
    return (*shown, Suggestion(OTHER, p_("influence", "Something else"), OTHER))


def _named(words: str, known: Known) -> tuple[str, ...]:
    """The topics of a decision that somebody's words name."""
    return tuple(each.id for each in likely(words, known) if each.id not in WAYS)


def _filled(matter: Any, known: Known) -> dict[str, Any]:
    topics = _named(str(matter), known)
    return {"topic": topics[0]} if len(topics) == 1 else {}


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What was written is the matter, unless it says no more than that somebody wants to influence something."""
    text, topic = str(given.get("text") or ""), given.get("topic")
    ids = {each.id for each in known.municipality.topics}
    filled = {"topic": topic} if topic in ids - WAYS else _filled(text, known)
    if len(text.split()) >= MATTER_WORDS and (filled or topic not in (None, *ids)):
        return {"matter": text, **filled, **given.get("answers", {})}
    return dict(given.get("answers", {}))


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    code = known.municipality.influence is not None
    asked = ["matter"]
    if _subjects(known.municipality):
        asked.append("topic")
    asked.append("wish")
    if code:
        asked.append("step")
    if code and answers.get("wish") == "shape" and ("step" in left or answers.get("step") in OPEN_STEPS):
        asked.append("proposal")
    return tuple(asked)


def _steps(known: Known) -> tuple[Choice, ...]:
    code = known.municipality.influence
    return tuple(Choice(each.id, content(each.title)) for each in code.steps) if code else ()


def _step_prompt(answers: Answers, known: Known) -> Text:
    code = known.municipality.influence
    # TRANSLATORS: one line of a list: a step of a decision, and how one notices that a matter has come there.
    every = (
        [_("• {step}: {far}", step=content(each.title), far=content(each.far)) for each in code.steps] if code else []
    )
    return _("How far has it come?\n{steps}", steps=lines(every))


def guidance_of(answers: Answers, known: Known) -> Guidance:
    """What the Code says to these answers, and who holds the matter."""
    topic, step = answers.get("topic"), answers.get("step")
    proposal = answers.get("proposal") if step in OPEN_STEPS else None
    return influence(
        known.municipality, answers.get("wish", "know"), step, topic=None if topic == OTHER else topic,
        area=known.given.get("area"), has_proposal=proposal,
    )  # fmt: skip


def _answer(answers: Answers, known: Known, found: Guidance) -> Card:
    rows: list[tuple[Text, Value]] = []
    if found.level is not None:
        level = _("{title}. {means}", title=content(found.level.title), means=content(found.level.means))
        rows.append((_("What you want is called"), level))
    if found.step is not None:
        rows.append((_("How far it has come"), content(found.step.title)))
        rows.append((_("What can still change"), content(found.step.open)))
    if found.usual:
        rows.append((_("What is usual then"), tuple(content(each) for each in found.usual)))
    rows.append((_("Who holds it"), content(found.route.role.title)))
    code = known.municipality.influence
    if code is not None:
        rows.append((_("Where it says so"), stands(code, known.today)))
    return Card(_("How you can influence it"), tuple(rows))


def _said(answers: Answers, known: Known, found: Guidance) -> list[Text]:
    words: list[Text] = []
    if known.municipality.influence is None:
        words.append(
            _(
                "{municipality} has not written down its steps for influence here. I can say who holds the matter.",
                municipality=known.municipality.name,
            )
        )
    elif answers.get("wish") == "shape" and found.level is not None and found.level.id == "consultation":
        words.append(_("There is a finished proposal already. So now it is about saying what you think of it, soon."))
    elif answers.get("step") is None:
        words.append(_("Whoever holds the matter can say how far it has come."))
    if found.route.because == "fallback":
        words.append(_("I do not know of anybody for just that. This is who takes care of what nobody else has."))
    return words


def _open_dialogues(known: Known) -> list[Reply]:
    """What is talked about openly here right now: it may be just that."""
    listed = (known.lookup("dialogues") or [])[:DIALOGUES_MAX] if known.municipality.dialogues.kinds else []
    if not listed:
        return []
    words = _("Right now everybody can have a say in this:")
    choices = tuple(Choice(f"f:dialogue:{each['id']}", _("{title}", title=each["title"])) for each in listed)
    return [Reply(words=(words,), choices=choices, serial=0)]


def _finish(answers: Answers, known: Known) -> Ending:
    found, topic = guidance_of(answers, known), answers.get("topic")
    councils = [each for each in networks_for(known.municipality, topic or "") if each.kind == "council"]
    cards = [_answer(answers, known, found), *(network_card(each, known.municipality) for each in councils)]
    words = _said(answers, known, found)
    replies = [Reply(words=tuple(words))] if words else []
    replies += [Reply(card=each, slot="verdict") for each in cards]
    replies += _open_dialogues(known)
    given = {
        "role": found.route.role.id,
        "matter": "question" if answers.get("wish") == "know" else "proposal",
        "text": str(answers.get("matter") or known.given.get("text") or ""),
        "topic": None if topic == OTHER else topic,
        "area": known.given.get("area"),
    }
    return Ending(tuple(replies), then="contact", given={name: value for name, value in given.items() if value})


INFLUENCE = Flow(
    name="influence",
    title=_("Influence a decision"),
    steps=(
        Step(
            "matter",
            prompt=_("What do you want to influence? Write it with your own words."),
            label=_("What it is about"),
            read=long_text(),
            fills=_filled,
            why=_("So that it comes to whoever holds just that, and nobody asks you again."),
            example=_("The path to the school is dark. I want lamps there."),
            must=True,
        ),
        Step(
            "topic",
            prompt=_("Which of these is it about?"),
            label=_("Subject"),
            read=OneTopic(_topics),
            suggest=_offered,
            why=_("It decides who holds the matter."),
        ),
        Step(
            "wish",
            prompt=_("What do you want to do?"),
            label=_("What you want"),
            read=one_choice(WISHES),
            why=_("There are four levels of influence. Each has its own ways."),
            must=True,
        ),
        Step(
            "step",
            prompt=_step_prompt,
            label=_("How far it has come"),
            read=one_choice(_steps),
            why=_("The earlier you come, the more can change."),
        ),
        Step(
            "proposal",
            prompt=_("Is there a finished proposal already?"),
            label=_("A finished proposal"),
            read=yes_no(),
            why=_("A finished proposal can be commented on. What is not written yet can be shaped."),
        ),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
)
