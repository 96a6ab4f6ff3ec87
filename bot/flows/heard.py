"""A message to many as its readers see it, and what its buttons do. They may be pressed months later, and twice.

The words are the staff's own, by language. Where a language has none, the Swedish ones go out, marked, if whoever sends it
wants that; in a crisis the Swedish text stands last in every language (languages-and-rights.md C9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from bot.flows.model import (
    AnswerBroadcast,
    Answers,
    Choice,
    Ending,
    Flow,
    Input,
    Known,
    RememberLater,
    Reply,
    State,
    TakeShift,
    Turn,
)
from bot.flows.read.typed import as_text
from bot.flows.volunteer import reached
from bot.i18n import Ltr, Made, Text, _, p_
from bot.packs.model import Municipality

MASTER: Final = "sv"
SWEDISH: Final = (MASTER, "sv-simple")

OPTIONS_MAX: Final = 5
"""So many answers a poll has at most."""

# TRANSLATORS: buttons under a message to many, at most 30 characters each.
HELP = p_("broadcast", "I can help")
MORE = p_("broadcast", "Tell me more")
NOT = p_("broadcast", "Not for me")
COMING = p_("broadcast", "I am coming")
STOP = p_("broadcast", "No more such messages")
CHANGE = p_("broadcast", "See or change it")

BUTTONS: Final[Mapping[str, Text]] = {
    "help": HELP,
    "more": MORE,
    "date": COMING,
    "poll": p_("broadcast", "A question with answers"),
    "flow": p_("broadcast", "Begin something here"),
    "not": NOT,
}
"""What buttons a broadcast may have, in the order they stand in."""

LEADS_TO: Final = ("idea", "premises", "grants", "contact", "volunteer", "help_me", "needs", "board", "meeting")
"""Flows that a button may begin."""

LABELS: Final[Mapping[str, Text]] = {"help": HELP, "more": MORE, "date": COMING, "not": NOT}


def said_in(content: Mapping[str, Any], tag: str) -> tuple[Mapping[str, Any], bool]:
    """What a broadcast says in a language, and whether that is another language's text instead."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    own = texts.get(tag) or {}
    if str(own.get("words") or "").strip():
        return own, False
    return texts.get(MASTER) or {}, True


def message(content: Mapping[str, Any], tag: str, number: int, place: Municipality, *, drill: bool = False) -> Reply:
    """The message in one language, with its buttons."""
    said, instead = said_in(content, tag)
    master = str((content.get("texts") or {}).get(MASTER, {}).get("words") or "")
    words = [_("{lab} writes to you:", lab=place.lab or place.name)]
    if drill:
        words.append(_("This is a drill."))
    if instead and tag not in SWEDISH:
        words.append(
            _("This message is only in Swedish so far. Write {command} if you want to talk to a human about it.",
              command=Ltr("/coach"))
        )  # fmt: skip
    words += paragraphs(str(said.get("words") or ""))
    if content.get("swedish_last") and tag not in SWEDISH and not instead:
        words += [_("The same in Swedish:"), *paragraphs(master)]
    return Reply(words=tuple(words), choices=_choices(content, tag, number), serial=0)


def paragraphs(words: str) -> list[Text]:
    """Somebody's words, by the blank lines between them."""
    return [as_text(each.strip()) for each in words.split("\n\n") if each.strip()]


def _choices(content: Mapping[str, Any], tag: str, number: int, *, but: str = "") -> tuple[Choice, ...]:
    said, _instead = said_in(content, tag)
    made: list[Choice] = []
    for name in BUTTONS:
        if name not in (content.get("buttons") or ()) or name == but:
            continue
        if name == "poll":
            made += [
                Choice(f"f:heard:{number}-poll{at}", as_text(each)) for at, each in enumerate(options(content, tag))
            ]
        elif name == "flow":
            made.append(Choice(f"f:heard:{number}-flow", _flow_label(content)))
        elif name != "more" or str(said.get("more") or "").strip():
            made.append(Choice(f"f:heard:{number}-{name}", LABELS[name]))
    return (*made, Choice("f:news_stop", STOP))


def options(content: Mapping[str, Any], tag: str) -> list[str]:
    """The answers of a poll in a language: in Swedish where it has not as many."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts") or {}
    master = [str(each) for each in (texts.get(MASTER) or {}).get("options") or ()]
    own = [str(each) for each in (texts.get(tag) or {}).get("options") or ()]
    return own if len(own) == len(master) else master


_FLOWS: Final[Mapping[str, Text]] = {
    # TRANSLATORS: buttons that begin something, at most 30 characters each.
    "idea": p_("broadcast", "I have an idea"),
    "premises": p_("broadcast", "I look for a room"),
    "grants": p_("broadcast", "Find a grant"),
    "contact": p_("broadcast", "Ask somebody"),
    "volunteer": p_("broadcast", "I want to help"),
    "help_me": p_("broadcast", "I need help"),
    "needs": p_("broadcast", "See what is needed"),
    "board": p_("broadcast", "The volunteer board"),
    "meeting": p_("broadcast", "Meetings"),
}


def _flow_label(content: Mapping[str, Any]) -> Text:
    return _FLOWS[str(content.get("flow"))] if content.get("flow") in _FLOWS else _FLOWS["needs"]


def flow_labels() -> Mapping[str, Text]:
    """What the flows are called that a button may begin."""
    return _FLOWS


# --- what the buttons do ------------------------------------------------------------------------------------------------


def _pressed(answers: Answers, known: Known) -> Ending:
    number, part = int(known.given.get("subject", 0)), str(known.given.get("part") or "")
    found: dict[str, Any] | None = known.lookup("heard", broadcast_id=number)
    if found is None:
        return Ending((Reply(words=(_("That message is over."),)),), then="menu")
    act = _ACTS.get(part.rstrip("0123456789"))
    return act(found, part, known) if act is not None else Ending(then="menu")


def _help(found: Mapping[str, Any], part: str, known: Known) -> Ending:
    """Sign up at once where that is possible; where all is full or over, what else is needed."""
    noted = (AnswerBroadcast(found["id"], "help"),)
    shifts: list[dict[str, Any]] = found["shifts"]
    if not shifts:
        words = _("Thank you for wanting to help! This is full or over by now.")
        return Ending((Reply(words=(words,)),), noted, then="needs", given={"all": True})
    only = shifts[0] if len(shifts) == 1 else None
    if known.lookup("my_offer") is None:
        return Ending((), noted, then="volunteer", given={"shift": only["id"]} if only else {"need": found["need"]})
    if only is None:
        return Ending((), noted, then="needs", given={"need": found["need"]})
    if only["mine"] and only["signup"]:
        return Ending((), noted, then="my_shift", given={"subject": only["signup"]})
    if only["free"] > 0 and not only["missing"]:
        reply = Reply(
            words=(_("{result}", result=Made("shift_result")),), choices=(Choice("f:mine", CHANGE),), serial=0
        )
        return Ending((reply,), (*noted, TakeShift(only["id"])), then=reached(known))
    return Ending((), noted, then="shift", given={"subject": only["id"]})


def _more(found: Mapping[str, Any], part: str, known: Known) -> Ending:
    said, _instead = said_in(found["content"], found["locale"])
    words = tuple(paragraphs(str(said.get("more") or said.get("words") or "")))
    reply = Reply(words=words, choices=_choices(found["content"], known.locale, found["id"], but="more"), serial=0)
    return Ending((reply,), () if found["answer"] else (AnswerBroadcast(found["id"], "more"),))


def _not(found: Mapping[str, Any], part: str, known: Known) -> Ending:
    words = _("All right, and thank you for telling. What you have signed up for stays: see it in /mine.")
    return Ending((Reply(words=(words,)),), (AnswerBroadcast(found["id"], "not"),))


def _coming(found: Mapping[str, Any], part: str, known: Known) -> Ending:
    at = _date_of(found["content"], known)
    noted = AnswerBroadcast(found["id"], "date")
    if at is None or at <= known.now:
        return Ending((Reply(words=(_("That day is over. Thank you for wanting to come!"),)),), (noted,))
    words = _("Welcome, {time}! I remind you the day before.", time=at)
    reminder = _reminded_at(at)
    if reminder <= known.now:
        return Ending((Reply(words=(_("Welcome, {time}!", time=at),)),), (noted,))
    later = RememberLater("heard_date", f"heard:{found['id']}", reminder, {"broadcast": found["id"]})
    return Ending((Reply(words=(words,)),), (noted, later))


def _date_of(content: Mapping[str, Any], known: Known) -> datetime | None:
    said = str(content.get("date") or "")
    return datetime.fromisoformat(said).replace(tzinfo=known.municipality.zone) if said else None


def _reminded_at(at: datetime) -> datetime:
    """The evening before."""
    return datetime.combine(at.date() - timedelta(days=1), time(17), at.tzinfo)


def _poll(found: Mapping[str, Any], part: str, known: Known) -> Ending:
    listed, at = options(found["content"], known.locale), int(part.removeprefix("poll") or 0)
    if at >= len(listed):
        return Ending(then="menu")
    words = _("Thank you! I have noted: {answer}. To change it, press another answer.", answer=listed[at])
    return Ending((Reply(words=(words,)),), (AnswerBroadcast(found["id"], part),))


def _begin(found: Mapping[str, Any], part: str, known: Known) -> Ending:
    flow = str(found["content"].get("flow") or "")
    return Ending((), (AnswerBroadcast(found["id"], "flow"),), then=flow if flow in LEADS_TO else "menu")


_ACTS: Final[Mapping[str, Callable[[Mapping[str, Any], str, Known], Ending]]] = {
    "help": _help,
    "more": _more,
    "not": _not,
    "date": _coming,
    "poll": _poll,
    "flow": _begin,
}

HEARD = Flow(
    name="heard",
    title=_("My answer"),
    steps=(),
    finish=_pressed,
    personal=False,
    passing=True,
    needs_subject=True,
    parts=LABELS,
)


def tomorrow(state: State, input: Input, known: Known) -> Turn:
    """The evening before something that somebody said they would come to."""
    found = known.lookup("heard", broadcast_id=int(input.data["broadcast"]))
    at = _date_of(found["content"], known) if found is not None and found["answer"] == "date" else None
    if found is None or at is None or at <= known.now:
        return Turn(state)
    said, _instead = said_in(found["content"], found["locale"])
    words = (_("Tomorrow, {time}: you said that you are coming.", time=at), *paragraphs(str(said.get("words") or "")))
    # TRANSLATORS: a button: somebody who had said that they come cannot.
    choices = (Choice(f"f:heard:{found['id']}-not", p_("broadcast", "I cannot come")),)
    return Turn(state, (Reply(words=words, choices=choices, serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"heard_date": tomorrow}
"""What happens when a promise about a broadcast falls due."""

REMINDERS = frozenset(CLOCK)
