"""The survey of a dialogue: questions that staff have written, answered once, changed as often as one likes until its end.

Publication: 2.2 (a survey to associations, networks and officials first, then focus groups). Staff see the answers
together and without whom they are from, unless somebody stands by theirs with a name. Nothing sensitive is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from bot.flows.dialogue_words import LETTERS, SCALE
from bot.flows.model import Answers, AnswerSurvey, Card, Choice, Ending, Flow, Known, Reading, Reply, Step
from bot.flows.news import AGES
from bot.flows.plan import short_title
from bot.flows.read import long_text, many_choices, one_choice, text, yes_no
from bot.flows.read.typed import Control, Kind, as_text
from bot.i18n import Text, Value, _, p_

WORDS_MAX = 2000

# TRANSLATORS: buttons, at most 30 characters each: for whom somebody speaks in a dialogue.
SIDES = (
    Choice("association", p_("survey", "An association")),
    Choice("group", p_("survey", "A group without a board")),
    Choice("self", p_("survey", "Only for myself")),
    Choice("municipal", p_("survey", "I work for the municipality")),
)

NOT_HERE = p_("survey", "None of these")

NOTHING_SENSITIVE = _("Please do not write about illness, faith, origin, politics or whom somebody loves.")


def dialogue_of(known: Known) -> dict[str, Any] | None:
    """The dialogue that the running flow is about; None when there is none such (any more)."""
    number = known.given.get("subject")
    found = known.lookup("dialogue", dialogue_id=int(number)) if number else None
    return cast("dict[str, Any] | None", found)


def _open(known: Known) -> dict[str, Any] | None:
    found = dialogue_of(known)
    return found if found and found["survey"] else None


def _areas(known: Known) -> tuple[Choice, ...]:
    named = (Choice(f"a{at}", as_text(each.name)) for at, each in enumerate(known.municipality.areas))
    return (*named, Choice("none", NOT_HERE))


@dataclass(frozen=True, slots=True)
class Question(Kind):
    """The question with this number, of the kind that staff chose: one choice ("o0"), several, a step of a scale ("s1" to
    "s5"), or own words."""

    kind = "question"
    at: int

    def _kind(self, known: Known) -> Kind:
        found = dialogue_of(known)
        asked = (found or {}).get("questions") or []
        if self.at >= len(asked):
            return long_text(WORDS_MAX)
        kind, options = asked[self.at]["kind"], asked[self.at]["options"]
        choices = tuple(Choice(f"o{at}", as_text(each)) for at, each in enumerate(options))
        if kind == "one":
            return one_choice(choices)
        if kind == "many":
            return many_choices(choices, 1)
        return one_choice(scale(options)) if kind == "scale" else long_text(WORDS_MAX)

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        return self._kind(known).said(words, known, draft)

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        return self._kind(known).pressed(choice, known, draft)

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        return self._kind(known).filled(fields, known, draft)

    def help(self, known: Known) -> Text:
        return self._kind(known).help(known)

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        return self._kind(known).choices(known, draft)

    def show(self, value: Any, known: Known) -> Text:
        return self._kind(known).show(value, known)

    def form_values(self, value: Any) -> dict[str, str]:
        return {"choice": " ".join(value)} if isinstance(value, list) else {"value": str(value)}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return self._kind(known).controls(known, value)


def scale(ends: list[str]) -> tuple[Choice, ...]:
    """The steps of a scale, with words at its ends where staff have given them."""
    words = {1: ends[0], SCALE: ends[1]} if len(ends) == 2 else {}
    return tuple(
        # TRANSLATORS: one step of a scale from 1 to 5, with what it means: "5 – very well".
        Choice(f"s{step}", p_("survey", "{step} – {means}", step=step, means=words[step])
               if step in words else as_text(str(step)))
        for step in range(1, SCALE + 1)
    )  # fmt: skip


def _ask(at: int) -> Any:
    def prompt(answers: Answers, known: Known) -> Text:
        asked = (dialogue_of(known) or {}).get("questions") or []
        return as_text(asked[at]["ask"]) if at < len(asked) else _("Is there anything else?")

    return prompt


def _why(answers: Answers, known: Known) -> Text:
    return NOTHING_SENSITIVE


def name_of(at: int) -> str:
    """The step of a question."""
    return f"question_{LETTERS[at]}"


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What somebody has answered before counts until they change it: only what is new is asked then, or what they choose
    to change in the review."""
    found = _open(replace(known, given=given))
    return earlier(found) if found else {}


def earlier(found: Mapping[str, Any]) -> dict[str, Any]:
    """The answers somebody has given, as the flow holds them."""
    mine = found.get("mine") or {}
    if not mine.get("answered"):
        return {}
    profile = {name: value for name, value in (mine.get("profile") or {}).items() if value is not None}
    said = {f"question_{letter}": value for letter, value in (mine.get("answers") or {}).items()}
    more = {"focus": mine.get("focus") is not None, "hear": bool(mine.get("hear"))}
    return {**profile, **said, **more, **({"name": mine["name"]} if mine.get("name") else {})}


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _open(known)
    if found is None:
        return ()
    area = ("area",) if known.municipality.areas else ()
    asked = tuple(name_of(at) for at in range(len(found["questions"])))
    focus = ("focus",) if found["kind"] == "three_steps" else ()
    every = ("side", *area, "band", *asked, *focus, "hear", "name")
    if answers and (found["mine"] or {}).get("answered"):  # what they have skipped before is not asked again
        return tuple(name for name in every if name in answers)
    return every


def _finish(answers: Answers, known: Known) -> Ending:
    found = _open(known)
    if found is None:
        words = _("The survey is closed, or was taken away. Nothing of it waits for you.")
        return Ending((Reply(words=(words,)),), then="dialogues")
    given = {
        LETTERS[at]: answers[name_of(at)]
        for at in range(len(found["questions"]))
        if answers.get(name_of(at)) is not None
    }
    profile = {name: answers.get(name) for name in ("side", "area", "band")}
    effect = AnswerSurvey(
        found["id"],
        given,
        profile,
        str(answers.get("name") or ""),
        bool(answers.get("focus")),
        bool(answers.get("hear")),
    )
    told = [_("Thank you! You can change your answers until {day}.", day=date.fromisoformat(found["until"]))]
    if answers.get("name"):
        told.append(_("Those who hold the dialogue see your name beside what you wrote."))
    else:
        told.append(_("Those who hold the dialogue see all answers together, and not whose they are."))
    if answers.get("focus"):
        told.append(_("People for the small groups are drawn by lot. If you are drawn, I ask you here."))
    # TRANSLATORS: buttons, at most 30 characters each.
    choices = (
        Choice(f"f:survey:{found['id']}", p_("survey", "Change my answers")),
        Choice(f"f:dialogue:{found['id']}", p_("survey", "See the dialogue")),
    )
    return Ending((Reply(words=tuple(told), choices=choices, serial=0),), (effect,))


def _intro(answers: Answers, known: Known) -> Text:
    found = dialogue_of(known)
    if found is None:
        return _("The survey is closed, or was taken away. Nothing of it waits for you.")
    return _("“{title}”: you can skip every question, and change your answers until {day}.", title=found["title"],
             day=date.fromisoformat(found["until"]) if found["until"] else known.today)  # fmt: skip


def _card(answers: Answers, known: Known) -> Card:
    found = dialogue_of(known)
    asked = (found or {}).get("questions") or []
    rows: list[tuple[Text, Value]] = []
    for step in SURVEY.steps:
        if step.name in answers and step.read is not None:
            at = LETTERS.index(step.name[-1]) if step.name.startswith("question_") else None
            label = step.label
            if at is not None and at < len(asked):
                label = _("Question {number}: {words}", number=at + 1, words=short_title(asked[at]["ask"]))
            rows.append((label, step.read.show(answers[step.name], known)))
    return Card(_("Your answers"), tuple(rows))


SURVEY = Flow(
    name="survey",
    title=_("The survey"),
    steps=(
        Step("side", prompt=_("For whom do you speak?"), label=_("For whom"), read=one_choice(SIDES), may_skip=True,
             why=_("So that it can be seen whether all sides have been heard.")),
        Step("area", prompt=_("Where do you live, or do what you do?"), label=_("Area"), read=one_choice(_areas),
             may_skip=True, why=_("So that it can be seen whether all parts of the municipality have been heard.")),
        Step("band", prompt=_("How old are you? You can skip this."), label=p_("news", "Age"), read=one_choice(AGES),
             may_skip=True, why=_("So that it can be seen whether young and old have been heard.")),
        *(Step(name_of(at), prompt=_ask(at), label=_("Question {number}", number=at + 1), read=Question(at), may_skip=True,
               why=_why) for at in range(len(LETTERS))),
        Step("focus", prompt=_("Do you want to talk about it in a small group? Who comes is drawn by lot."),
             label=_("Small group"), read=yes_no(), may_skip=True,
             why=_("A few are drawn, so that many kinds of people sit at the table. You can say no when you are asked.")),
        Step("hear", prompt=_("Shall I tell you what becomes of what you have written?"), label=_("Told of it"),
             read=yes_no(), may_skip=True,
             why=_("What you propose can be used, used in part, or not. You then hear which, and why.")),
        Step("name", prompt=_("Do you want to stand by your answers with your name? Otherwise nobody sees whose they are."),
             label=_("Your name"), read=text(80), may_skip=True,
             why=_("Without a name nobody who works here can see which answers are yours.")),
    ),
    intro=_intro,
    review=True,
    card=_card,
    begin=_begin,
    order=_order,
    finish=_finish,
    needs_subject=True,
)  # fmt: skip
