"""The form in which staff write a dialogue: what its fields hold, what is not whole yet, which languages are missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final

from bot.dialogues import day_of, meeting
from bot.flows.dialogue_words import KINDS, MASTER, OPTIONS_MAX, QUESTIONS_MAX
from bot.flows.read.typed import clean
from bot.i18n import Text, _
from bot.packs.model import Municipality
from bot.packs.model.influence import LEVELS
from bot.rules import masking

TITLE_MAX: Final = 120
WORDS_MAX: Final = 3000
LINE_MAX: Final = 200
FIELDS_MAX: Final = 20

SENSITIVE: Final = re.compile(
    r"\b(religion|religiös|tros?samfund|sjukdom|diagnos|hälsotillstånd|etnisk|etnicitet|ursprung|födelseland|sexuell|"
    r"läggning|könsidentitet|fackförening|fackligt|partitillhörighet|röstar du på|personnummer|brottslig)\w*",
    re.IGNORECASE,
)
"""Swedish words of questions that a municipality may not ask in such a survey (languages-and-rights.md C1)."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form holds, and what has to be mended in it, by field."""

    content: dict[str, Any]
    problems: Mapping[str, Text] = field(default_factory=dict)


def filled(given: Mapping[str, str], place: Municipality, kind: str) -> Filled:
    """Read the form. Half of it is kept too."""
    problems: dict[str, Text] = {}
    count = _questions(given) if kind == "three_steps" else []
    texts: dict[str, dict[str, Any]] = {}
    for tag in place.languages:
        said = {
            "title": _line(given.get(f"title-{tag}", ""), TITLE_MAX), "words": _words(given.get(f"words-{tag}", "")),
            "change": _words(given.get(f"change-{tag}", "")), "fields": _lines(given.get(f"fields-{tag}", ""), FIELDS_MAX),
            "asks": [_line(given.get(f"ask-{at}-{tag}", ""), LINE_MAX) for at in count],
            "options": [_lines(given.get(f"options-{at}-{tag}", ""), OPTIONS_MAX) for at in count],
        }  # fmt: skip
        if any(said["asks"]) or any(said[name] for name in ("title", "words", "change", "fields")):
            texts[tag] = said
    kinds = [given.get(f"kind-{at}", "text") if given.get(f"kind-{at}") in KINDS else "text" for at in count]
    content: dict[str, Any] = {
        "texts": texts, "kinds": kinds, "who": _line(given.get("who", ""), LINE_MAX),
        "level": given.get("level") if given.get("level") in LEVELS else "", "place": _line(given.get("place", ""), LINE_MAX),
    }  # fmt: skip
    for name in ("until", "day", "answers_day"):
        content[name] = _day(given.get(name, ""), name, problems)
    for name in ("from", "to"):
        content[name] = _time(given.get(name, ""), name, problems)
    limit = given.get("limit", "").strip()
    content["limit"] = int(limit) if limit.isdecimal() and int(limit[:6]) > 0 else None
    if limit and content["limit"] is None:
        problems["limit"] = _("Write how many places there are as a number, or nothing for no limit.")
    for at in count:
        if SENSITIVE.search(given.get(f"ask-{at}-{MASTER}", "") + "\n" + given.get(f"options-{at}-{MASTER}", "")):
            problems[f"ask-{at}-{MASTER}"] = _(
                "Do not ask about health, faith, origin, politics, trade unions or whom somebody loves."
            )
    return Filled(content, problems)


def fields_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The form of what is kept."""
    given = {name: str(content.get(name) or "") for name in
             ("who", "level", "until", "day", "from", "to", "place", "limit", "answers_day")}  # fmt: skip
    for tag, said in (content.get("texts") or {}).items():
        given |= {f"{name}-{tag}": str(said.get(name) or "") for name in ("title", "words", "change")}
        given[f"fields-{tag}"] = "\n".join(said.get("fields") or ())
        for at, ask in enumerate(said.get("asks") or ()):
            given[f"ask-{at}-{tag}"] = str(ask)
        for at, options in enumerate(said.get("options") or ()):
            given[f"options-{at}-{tag}"] = "\n".join(options)
    given |= {f"kind-{at}": kind for at, kind in enumerate(content.get("kinds") or ())}
    return given


def _questions(given: Mapping[str, str]) -> list[int]:
    """The numbers of the questions that are asked: those with words in Swedish."""
    return [at for at in range(QUESTIONS_MAX) if given.get(f"ask-{at}-{MASTER}", "").strip()]


def lacking(kind: str, content: Mapping[str, Any], place: Municipality) -> list[Text]:
    """What has to be there before everybody may see it: how far a say goes stands before the talk begins (2.3)."""
    said: Mapping[str, Any] = (content.get("texts") or {}).get(MASTER) or {}
    found = [
        words
        for name, words in (
            ("title", _("Give it a title in Swedish.")),
            ("words", _("Say in Swedish what it is about.")),
            ("change", _("Say in Swedish what can still change, and what cannot.")),
        )
        if not said.get(name)
    ]
    if not content.get("level"):
        found.append(_("Choose how far people's say goes."))
    if not content.get("who"):
        found.append(_("Say who answers."))
    if kind == "three_steps":
        if not content.get("kinds"):
            found.append(_("Write at least one question."))
        if day_of(content, "until") is None:
            found.append(_("Set the last day of the survey."))
    if kind == "hearing":
        if meeting(content, place) is None:
            found.append(_("Set the day and the times of the meeting."))
        if not said.get("fields"):
            found.append(_("Write which subjects the groups are made by."))
    times = meeting(content, place)
    if times is not None and times[1] <= times[0]:
        found.append(_("The meeting ends before it begins."))
    for at, question in enumerate(content.get("kinds") or ()):
        options = (said.get("options") or [[]])[at] if at < len(said.get("options") or ()) else []
        if question in ("one", "many") and len(options) < 2:
            found.append(_("Question {number} needs two answers to choose from at least.", number=at + 1))
        if question == "scale" and len(options) not in (0, 2):
            found.append(
                _("Question {number}: write what 1 and what 5 mean, one on each line, or nothing.", number=at + 1)
            )
    return found


def missing_in(content: Mapping[str, Any], place: Municipality) -> list[str]:
    """The languages in which something is missing that is there in Swedish."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    master = texts.get(MASTER) or {}

    def whole(tag: str) -> bool:
        own = texts.get(tag) or {}
        plain = all(own.get(name) for name in ("title", "words", "change") if master.get(name))
        fields = len(own.get("fields") or ()) == len(master.get("fields") or ())
        asked = [bool(each) for each in own.get("asks") or ()] == [True] * len(content.get("kinds") or ())
        options = [len(each) for each in own.get("options") or ()] == [
            len(each) for each in master.get("options") or ()
        ]
        return plain and fields and asked and options

    return [tag for tag in place.languages if tag != MASTER and not whole(tag)]


def same_questions(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the same is asked: as many questions, of the same kinds, with as many answers."""

    def shape(content: Mapping[str, Any]) -> tuple[Any, ...]:
        said = (content.get("texts") or {}).get(MASTER) or {}
        return tuple(content.get("kinds") or ()), tuple(len(each) for each in said.get("options") or ())

    return shape(before) == shape(after)


def texts_of(given: Mapping[str, str], name: str, place: Municipality, most: int = WORDS_MAX) -> dict[str, str]:
    """Words by language: the fields "<name>-<tag>"."""
    said = {tag: _words(given.get(f"{name}-{tag}", ""))[:most] for tag in place.languages}
    return {tag: words for tag, words in said.items() if words}


def poll_of(given: Mapping[str, str], place: Municipality) -> dict[str, Any]:
    """A quick poll: what is asked and its answers, by language."""
    texts = {
        tag: {"ask": _line(given.get(f"ask-{tag}", ""), LINE_MAX), "options": _lines(given.get(f"options-{tag}", ""), OPTIONS_MAX)}
        for tag in place.languages
    }  # fmt: skip
    return {"texts": {tag: said for tag, said in texts.items() if said["ask"]}}


def _line(said: str, most: int) -> str:
    return " ".join(masking.mask(clean(said))[0].split())[:most]


def _words(said: str) -> str:
    return masking.mask(clean(said))[0][:WORDS_MAX]


def _lines(said: str, most: int) -> list[str]:
    lines = (_line(each, LINE_MAX) for each in clean(said).split("\n"))
    return [each for each in lines if each][:most]


def _day(said: str, name: str, problems: dict[str, Text]) -> str | None:
    try:
        return date.fromisoformat(said.strip()).isoformat() if said.strip() else None
    except ValueError:
        problems[name] = _("That is no day. Write it as year-month-day, such as {example}.", example="2026-03-20")
        return None


def _time(said: str, name: str, problems: dict[str, Text]) -> str | None:
    try:
        return time.fromisoformat(said.strip()).strftime("%H:%M") if said.strip() else None
    except ValueError:
        problems[name] = _("That is no time. Write it such as {example}.", example="18:00")
        return None
