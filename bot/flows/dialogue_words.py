"""A dialogue as one reader sees it: what is said in their language, how far their say goes, what they can do now.

Everything is out of one lookup, `dialogue`, which `bot.dialogues.seen` makes: plain JSON, times in ISO 8601 with offset.
The words are staff's own; where a language has none, the Swedish ones are shown and said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from bot.flows.model import Card, Known
from bot.flows.read.typed import as_text
from bot.i18n import Text, Value, _, content, p_
from bot.packs.model import Municipality

MASTER: Final = "sv"
SWEDISH: Final = (MASTER, "sv-simple")
QUESTIONS_MAX: Final = 12
OPTIONS_MAX: Final = 8
SCALE: Final = 5
LETTERS: Final = "abcdefghijkl"

# TRANSLATORS: kinds of question in a survey that staff write.
KINDS: Final[Mapping[str, Text]] = {
    "one": p_("survey", "One answer of several"),
    "many": p_("survey", "Several answers"),
    "scale": p_("survey", "A scale from 1 to 5"),
    "text": p_("survey", "Own words"),
}

# TRANSLATORS: what has become of a proposal.
OUTCOMES: Final[Mapping[str, Text]] = {
    "used": p_("proposal", "Used"),
    "partly": p_("proposal", "Partly used"),
    "not": p_("proposal", "Not used"),
}

# TRANSLATORS: where a proposal was made.
SOURCES: Final[Mapping[str, Text]] = {
    "survey": p_("proposal", "The survey"),
    "focus": p_("proposal", "A focus group"),
    "workshop": p_("proposal", "The workshop"),
    "hearing": p_("proposal", "The hearing"),
    "forum": p_("proposal", "The forum"),
}

# TRANSLATORS: the four boxes of a SWOT.
BOXES: Final[Mapping[str, Text]] = {
    "strengths": p_("swot", "Strengths"),
    "weaknesses": p_("swot", "Weaknesses"),
    "opportunities": p_("swot", "Opportunities"),
    "threats": p_("swot", "Threats"),
}


def text_in(content: Mapping[str, Any], tag: str) -> tuple[Mapping[str, Any], bool]:
    """What a dialogue says in a language, and whether that is the Swedish text instead."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    own = texts.get(tag) or {}
    if str(own.get("title") or "").strip():
        return own, False
    return texts.get(MASTER) or {}, tag not in SWEDISH


def question_in(content: Mapping[str, Any], at: int, tag: str) -> tuple[str, list[str]]:
    """A survey's question and its options in a language; in Swedish where it is not whole."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    master, own = texts.get(MASTER) or {}, texts.get(tag) or {}
    wanted = _nth(master.get("options"), at) or []
    ask, options = str(_nth(own.get("asks"), at) or ""), _nth(own.get("options"), at) or []
    if ask.strip() and len(options) == len(wanted):
        return ask, [str(each) for each in options]
    return str(_nth(master.get("asks"), at) or ""), [str(each) for each in wanted]


def fields_in(content: Mapping[str, Any], tag: str) -> list[str]:
    """The subjects of a hearing's groups."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    master = [str(each) for each in (texts.get(MASTER) or {}).get("fields") or ()]
    own = [str(each) for each in (texts.get(tag) or {}).get("fields") or ()]
    return own if len(own) == len(master) else master


def poll_in(poll: Mapping[str, Any], tag: str) -> tuple[str, list[str]]:
    """A quick poll's question and options in a language, in Swedish where it has not as many."""
    texts: Mapping[str, Mapping[str, Any]] = poll.get("texts") or {}
    master, own = texts.get(MASTER) or {}, texts.get(tag) or {}
    said = own if own.get("ask") and len(own.get("options") or ()) == len(master.get("options") or ()) else master
    return str(said.get("ask") or ""), [str(each) for each in said.get("options") or ()]


def _nth(listed: Any, at: int) -> Any:
    return listed[at] if isinstance(listed, list) and at < len(listed) else None


def moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def level_words(level: str, place: Municipality) -> tuple[Text, Text] | None:
    """A level of influence: what it is called and what it means (publication 2.3)."""
    if place.influence is None or not level:
        return None
    found = next((each for each in place.influence.levels if each.id == level), None)
    return (content(found.title), content(found.means)) if found else None


def facts_of(found: Mapping[str, Any], place: Municipality) -> list[tuple[Text, Value]]:
    """What everybody is told before the talk begins: how far a say goes, what can still change, who answers, when."""
    rows: list[tuple[Text, Value]] = []
    level = level_words(str(found.get("level") or ""), place)
    if level:
        rows.append((_("How far your say goes"), _("{title}. {means}", title=level[0], means=level[1])))
    if found.get("change"):
        rows.append((_("What can still change"), str(found["change"])))
    if found.get("who"):
        rows.append((_("Who answers"), str(found["who"])))
    if found.get("until"):
        rows.append((_("The survey is open until"), date.fromisoformat(found["until"])))
    meet = found.get("meet")
    if meet:
        at, to = moment(meet["at"]), moment(meet["to"])
        assert at is not None and to is not None
        rows.append((_("We meet"), _("{time}, until {to}", time=at, to=to.time())))
        if meet.get("place"):
            rows.append((_("Where"), str(meet["place"])))
        if meet.get("left") is not None:
            rows.append((_("Places left"), int(meet["left"])))
    if found.get("answers_day"):
        rows.append((_("Proposals are answered by"), date.fromisoformat(found["answers_day"])))
    return rows


def dialogue_card(found: Mapping[str, Any], known: Known) -> Card:
    return Card(str(found["title"]), tuple(facts_of(found, known.municipality)))


def in_swedish_only(found: Mapping[str, Any]) -> list[Text]:
    if not found.get("instead"):
        return []
    return [_("This dialogue is only in Swedish so far. You can answer in your own language.")]


def standing(found: Mapping[str, Any]) -> list[Text]:
    """What has become of a proposal: the answer, or by when it comes, and openly that it is late."""
    if found.get("outcome"):
        told = _("{outcome}. {why}", outcome=OUTCOMES[found["outcome"]], why=str(found.get("why") or ""))
        return [told, _("Answered by: {who}", who=str(found.get("by") or ""))]
    due = moment(found.get("due"))
    if due is None:
        return [_("It is not answered yet. No day for the answer is set.")]
    if found.get("late"):
        return [_("It is not answered yet. The answer should have come by {day}: it is late.", day=due.date())]
    return [_("It is not answered yet. The answer comes by {day} at the latest.", day=due.date())]


def quoted(words: str) -> Text:
    return _("“{words}”", words=words)


def in_paragraphs(words: str) -> list[Text]:
    return [as_text(each.strip()) for each in words.split("\n\n") if each.strip()]
