"""An interpreter is wanted: which language and variety of it, by phone or at a meeting, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.flows.case_kinds import kind_of
from bot.flows.model import (
    Answers,
    Choice,
    Ending,
    FileCase,
    Flow,
    Input,
    Known,
    Reply,
    State,
    Step,
    Suggestion,
    Turn,
    When,
)
from bot.flows.read import one_choice, text
from bot.i18n import LanguageName, Text, _, p_
from bot.rules.varieties import varieties

KIND: Final = "interpreter"

# TRANSLATORS: a button, at most 30 characters.
WANTED = Choice(f"f:{KIND}", p_("interpreter", "I want an interpreter"))

CODES: Final = (
    "ar", "so", "ti", "prs", "fa", "ku", "uk", "ru", "pl", "fi", "es", "tr", "bs", "rom", "syr", "sq", "ps", "am", "th", "zh",
)  # fmt: skip
"""The languages offered, as ISO 639 codes; any other is written."""

_OF_LOCALE: Mapping[str, tuple[str, str | None]] = {
    "fa-AF": ("prs", None), "fa": ("fa", "Farsi (فارسی)"), "ckb": ("ku", "Sorani (سۆرانی)"), "kmr": ("ku", "Kurmancî"),
    "rmn": ("rom", "Arli"), "rmy": ("rom", None),
}  # fmt: skip
"""The language, and the variety where there is but one, of locales that are named otherwise."""

# TRANSLATORS: a button, at most 30 characters.
SIGNED = Choice("signed", p_("interpreter", "Sign language"))

# TRANSLATORS: buttons, at most 30 characters each: where the interpreter is to help.
WAYS: Mapping[str, Text] = {
    "phone": p_("interpreter", "By phone"),
    "meeting": p_("interpreter", "At a meeting"),
}


def is_offered(locale: str) -> bool:
    """Whether readers of a locale are shown the button: whoever reads Swedish finds it by writing for it."""
    return locale.partition("-")[0] != "sv"


def _languages(known: Known) -> tuple[Choice, ...]:
    """Languages in the reader's words, their own first."""
    own = _of_locale(known.locale)[0]
    codes = sorted(CODES, key=lambda code: code != own)
    # TRANSLATORS: a button that holds nothing but a language's name.
    return (*(Choice(code, p_("speaks", "{language}", language=LanguageName(code))) for code in codes), SIGNED)


def _of_locale(tag: str) -> tuple[str, str | None]:
    return _OF_LOCALE.get(tag, (tag, None))


def _varieties(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """Those of the language that was chosen; the one they read here first."""
    names = varieties().get(str(answers.get("language")), ())
    own = _of_locale(known.locale)[1]
    return tuple(
        # TRANSLATORS: a button that holds nothing but the name of a variety of a language, such as Sorani.
        Suggestion(f"v{at}", p_("variety", "{name}", name=name), name)
        for at, name in enumerate(sorted(names, key=lambda name: name != own))
    )


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What was written may name the language already."""
    said = str(given.get("text") or "")
    spoken = one_choice(_languages).spot(said, known) if said else None
    return {"language": spoken} if spoken else {}


def _finish(answers: Answers, known: Known) -> Ending:
    here = known.municipality
    answer_by = kind_of(KIND).answer_by(here, known.now)
    words = _(
        "Thank you. A person at {lab} looks for an interpreter and tells you here by {time} at the latest how it stands. "
        "The interpreter costs you nothing.",
        lab=here.lab or here.name, time=answer_by,
    )  # fmt: skip
    case = FileCase(KIND, KIND, answers, answer_by)
    return Ending((Reply(words=(words,)),), (case,), then=None if known.facts.get("reachable") else "reach")


def for_them(state: State, input: Input, known: Known) -> Turn:
    """Staff want an interpreter for somebody (`bot.interpreting`): the same case, and the resident is told."""
    here, answers = known.municipality, dict(input.data["answers"])
    answer_by = kind_of(KIND).answer_by(here, known.now)
    words = _(
        "{name}, a human at {lab}, looks for an interpreter, so that you two can talk. You hear here by {time} at the latest how "
        "it stands. The interpreter costs you nothing.",
        name=str(input.data["name"]), lab=here.lab or here.name, time=answer_by,
    )  # fmt: skip
    return Turn(state, (Reply(words=(words,)),), (FileCase(KIND, KIND, answers, answer_by),))


FOR_THEM: Final = "interpreter_for_them"
CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {FOR_THEM: for_them}

INTERPRETER = Flow(
    name=KIND,
    title=_("An interpreter"),
    steps=(
        Step("language", prompt=_("Which language do you want to speak? Press one, or write it."), label=_("Language"),
             read=one_choice(_languages, other=True), must=True,
             why=_("So that the interpreter speaks your language. It says nothing about who you are.")),
        Step("variety", prompt=_("Which one do you speak? Press one, or write it."), label=_("Which variety"), read=text(),
             suggest=_varieties, when=When("language", tuple(varieties())), may_skip=True,
             why=_("Interpreters speak one of them, and you are to understand each other well.")),
        Step("way", prompt=_("Do you want the interpreter by phone or at a meeting?"), label=_("How"),
             read=one_choice(tuple(Choice(id, label) for id, label in WAYS.items())), must=True),
        Step("when", prompt=_("When would it suit you? Write it with your own words."), label=_("When"), read=text(300),
             example=_("Tuesday afternoon, or any morning next week."), may_skip=True),
    ),
    begin=_begin,
    finish=_finish,
)  # fmt: skip
