"""The form that a broadcast is written in, read: words by language, buttons, and whom it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

from bot.flows.heard import BUTTONS, LEADS_TO, MASTER, OPTIONS_MAX
from bot.i18n import Text, _
from bot.packs.model import Municipality
from bot.rules import masking

WORDS_MAX: Final = 1600
"""In one language: with Swedish below it, a message of Telegram's (4,096 characters) holds it."""

CHOSEN: Final = ("topics", "skills", "spoken", "roles", "locales", "bands")
"""What is chosen among by names without blanks. Areas are chosen by their number in the pack."""


@dataclass(slots=True)
class Filled:
    """A form as it was filled in: content and segment as they are stored, or what has to be mended, by field."""

    content: dict[str, Any] = field(default_factory=dict)
    segment: dict[str, Any] = field(default_factory=dict)
    need_id: int | None = None
    problems: dict[str, Text] = field(default_factory=dict)


def filled(fields: Mapping[str, str], place: Municipality) -> Filled:
    """Read a form. Ticked boxes of one name come as one field, separated by blanks.

    `words-<language>`, `more-<language>`, `options-<language>` (one a line); `fallback`, `buttons`, `date`, `time`, `flow`,
    `need`; whom it goes to: the names of `CHOSEN`, `areas`, `but-areas`, `but-skills`, `but-roles`, and
    `answered`, `unanswered` ("12 help": an earlier broadcast and an answer, or only its number).
    """
    found = Filled()
    given = {name: masking.mask(value.replace("\r\n", "\n").strip())[0] for name, value in fields.items()}
    texts = {tag: text for tag in place.languages if (text := _text(given, tag))}
    buttons = [each for each in given.get("buttons", "").split() if each in BUTTONS]
    found.content = {
        "texts": texts,
        "fallback": [each for each in given.get("fallback", "").split() if each in place.languages and each != MASTER],
        "buttons": buttons,
        "swedish_last": bool(given.get("swedish_last")),
    }
    if "date" in buttons and (at := _moment(given)) is not None:
        found.content["date"] = at.isoformat()
    if "flow" in buttons:
        found.content["flow"] = given["flow"] if given.get("flow") in LEADS_TO else LEADS_TO[0]
    if (need := given.get("need", "")).isdecimal():
        found.need_id = int(need[:15])
    found.problems = lacking(found.content, found.need_id)
    found.segment = _segment(given, place)
    return found


def lacking(content: Mapping[str, Any], need_id: int | None) -> dict[str, Text]:
    """What has to be mended before it can be sent, by the form's field. A draft may lack all of it."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    buttons = content.get("buttons") or ()
    problems: dict[str, Text] = {}
    if not texts.get(MASTER, {}).get("words"):
        problems[f"words-{MASTER}"] = _("Write the Swedish text: it is what all the others say too.")
    for tag, text in texts.items():
        for name in ("words", "more"):
            if len(str(text.get(name) or "")) > WORDS_MAX:
                problems[f"{name}-{tag}"] = _("That is longer than {count} characters. Shorten it.", count=WORDS_MAX)
    if "poll" in buttons and len(texts.get(MASTER, {}).get("options") or ()) < 2:
        problems[f"options-{MASTER}"] = _("Write at least two answers, one on each line.")
    if "date" in buttons and not content.get("date"):
        problems["date"] = _("Choose the day and the time that people come to.")
    if "help" in buttons and need_id is None:
        problems["need"] = _("Choose the need that “I can help” signs people up for.")
    return problems


def fields_of(
    content: Mapping[str, Any], segment: Mapping[str, Any], need_id: int | None, place: Municipality
) -> dict[str, str]:
    """The form filled in with what is stored: what `filled` reads back as the same."""
    fields: dict[str, str] = {}
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    for tag, text in texts.items():
        fields |= {f"{name}-{tag}": str(text[name]) for name in ("words", "more") if text.get(name)}
        fields[f"options-{tag}"] = "\n".join(str(each) for each in text.get("options") or ())
    fields["buttons"] = " ".join(content.get("buttons") or ())
    fields["fallback"] = " ".join(content.get("fallback") or ())
    if content.get("swedish_last"):
        fields["swedish_last"] = "yes"
    fields["date"], _t, clock = str(content.get("date") or "").partition("T")
    fields["time"] = clock[:5]
    fields["flow"] = str(content.get("flow") or "")
    fields["need"] = str(need_id or "")
    but: Mapping[str, Any] = segment.get("but") or {}
    fields |= {name: " ".join(_id(each) for each in segment.get(name) or ()) for name in CHOSEN}
    fields |= {f"but-{name}": " ".join(_id(each) for each in but.get(name) or ()) for name in ("skills", "roles")}
    numbers = {area.name: str(at) for at, area in enumerate(place.areas)}
    for name, chosen in (("areas", segment.get("areas")), ("but-areas", but.get("areas"))):
        fields[name] = " ".join(numbers[each] for each in chosen or () if each in numbers)
    for name in ("answered", "unanswered"):
        said = segment.get(name) or ("", "")
        fields[name] = f"{said[0]} {said[1]}".strip()
    return fields


def _id(word: Any) -> str:
    """A word as a box's value, which has no blanks: the roles have some."""
    return str(word).replace(" ", "_")


def _text(given: Mapping[str, str], tag: str) -> dict[str, Any]:
    text: dict[str, Any] = {name: said for name in ("words", "more") if (said := given.get(f"{name}-{tag}", ""))}
    lines = [each.strip()[:60] for each in given.get(f"options-{tag}", "").split("\n")]
    if chosen := [each for each in lines if each][:OPTIONS_MAX]:
        text["options"] = chosen
    return text


def _moment(given: Mapping[str, str]) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(given.get("date", "")), time.fromisoformat(given.get("time", "")))
    except ValueError:
        return None


def _segment(given: Mapping[str, str], place: Municipality) -> dict[str, Any]:
    segment: dict[str, Any] = {name: given[name].split() for name in CHOSEN if given.get(name)}
    if "roles" in segment:
        segment["roles"] = _roles(given["roles"])
    areas = [area.name for area in place.areas]
    if chosen := _areas(given.get("areas", ""), areas):
        segment["areas"] = chosen
    but = {
        "areas": _areas(given.get("but-areas", ""), areas),
        "skills": given.get("but-skills", "").split(),
        "roles": _roles(given.get("but-roles", "")),
    }
    if but := {name: each for name, each in but.items() if each}:
        segment["but"] = but
    for name in ("answered", "unanswered"):
        number, _blank, answer = given.get(name, "").partition(" ")
        if number.isdecimal():
            segment[name] = [int(number[:15]), answer.strip()]
    return segment


def _roles(said: str) -> list[str]:
    return [each.replace("_", " ") for each in said.split()]


def _areas(said: str, areas: list[str]) -> list[str]:
    numbers = [int(each) for each in said.split() if each.isdecimal() and len(each) < 4]
    return [areas[each] for each in numbers if each < len(areas)]
