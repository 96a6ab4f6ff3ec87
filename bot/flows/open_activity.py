"""Open activities: whoever has a place in the house holds one each quarter, free for those who take part (publication, 4.1).

They are reminded, tell of it here, a person at the municipality reads it, and then everybody can find it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.flows.board import title_of
from bot.flows.case_kinds import kind_of
from bot.flows.gatherings import lines
from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Consent,
    Effect,
    Ending,
    EndPost,
    FileCase,
    Flow,
    Input,
    Known,
    NoLonger,
    PutUp,
    RememberLater,
    Reply,
    State,
    Step,
    Turn,
    When,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, day_and_time, long_text, one_choice, text
from bot.flows.read.typed import as_text
from bot.i18n import Link, Text, Value, _, content, p_
from bot.packs.model import Municipality, Support

KIND = "open_activity"
"""The kind of case in which one is told, and the purpose of the consent to show it."""

CONSENT_VERSION = "1"

LISTED_MAX = 8
"""So many are listed in the chat; the page has all."""

# TRANSLATORS: buttons, at most 30 characters each.
TELL = Choice("f:open_activity", p_("open activity", "Tell of an open activity"))


# --- telling of one -------------------------------------------------------------------------------------------------------


def _places(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: buttons, at most 30 characters each: where an open activity is held; {house} is a house's name.
    return (
        Choice("house", p_("open activity", "In {house}", house=content(known.municipality.open_house or ""))),
        Choice("elsewhere", p_("open activity", "Somewhere else")),
        Choice("digital", p_("open activity", "Digital")),
    )


def _address_prompt(answers: Answers, known: Known) -> Text:
    if answers.get("where") == "digital":
        return _("How does one take part? Write the web address, or how one gets it.")
    return _("What is the address?")


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step.name for step in OPEN_ACTIVITY.steps) if known.municipality.open_house else ()


def _intro(answers: Answers, known: Known) -> Text:
    house = known.municipality.open_house
    if house is None:
        return _nothing_of_the_kind(known)
    return _(
        "This is for whoever has a place in {house}. The activity must be free for those who take part. A person at the "
        "municipality reads it before anybody sees it.",
        house=content(house),
    )


def _nothing_of_the_kind(known: Known) -> Text:
    return _("Open activities of this kind are not held in {municipality}.", municipality=known.municipality.name)


def activity_card(post: Mapping[str, Any], known: Known, title: Text | None = None) -> Card:
    """An open activity as everybody sees it."""
    named = title_of(post)
    rows: list[tuple[Text, Value]] = []
    for step in OPEN_ACTIVITY.steps:
        if step.read is None or step.name not in post or step.name in ("address", "agree"):
            continue
        if step.name == "where":
            rows.append((step.label, where_words(post, known)))
        elif title or post[step.name] != named:
            rows.append((step.label, step.read.show(post[step.name], known)))
    return Card(title or as_text(named), tuple(rows))


def where_words(post: Mapping[str, Any], known: Known) -> Value:
    """Where it is: in the house, at an address, or how one takes part from afar; only what kind of place, while no more is known."""
    address: Value = str(post.get("address") or "")
    if post["where"] == "house" or not address:
        return next(each.label for each in _places(known) if each.id == post["where"])
    if re.fullmatch(r"https?://\S+", str(address)):
        address = Link(as_text(str(address)), str(address))
    return address if post["where"] == "elsewhere" else _("digital: {address}", address=address)


def _told(answers: Answers, known: Known) -> Ending:
    grants = known.municipality.grants
    if grants is None or known.municipality.open_house is None:
        return Ending(then="menu")
    if not (answers.get("agree") or {}).get("given"):
        return Ending((Reply(words=(_("All right. Then it is not shown, and nothing has been sent."),)),), then="menu")
    answer_by = kind_of(KIND).answer_by(known.municipality, known.now)
    held = {name: value for name, value in answers.items() if name != "agree"}
    case = FileCase(KIND, "open_activity", held, answer_by, note=title_of(held))
    words = _(
        "Thank you! It is read first by: {role}. By {time} at the latest you hear here that it is shown, or what is missing.",
        role=content(grants.helper), time=answer_by,
    )  # fmt: skip
    mine = _("You find it in /mine, and can take it down there.")
    return Ending(
        (Reply(words=(words, mine)),), (Consent(KIND, CONSENT_VERSION, True), case, PutUp(held)),
        then=None if known.facts.get("reachable") else "reach",
    )  # fmt: skip


OPEN_ACTIVITY = Flow(
    name="open_activity",
    title=_("Tell of an open activity"),
    intro=_intro,
    steps=(
        Step("what", prompt=_("What happens?"), label=_("What happens"), read=long_text(), must=True,
             example=_("An open rehearsal with the puppet theatre. Everybody may try the puppets.")),
        Step("when", prompt=_("Which day, and at what time?"), label=_("When"), read=day_and_time(time_required=True),
             must=True),
        Step("where", prompt=_("Where is it?"), label=_("Where"), read=one_choice(_places), must=True),
        Step("address", prompt=_address_prompt, label=_("Address"), read=text(),
             when=When("where", ("elsewhere", "digital")), must=True),
        Step("who", prompt=_("Who holds it?"), label=p_("open activity", "Who holds it"), read=text(), must=True,
             why=_("Everybody sees it, so that they know whom they come to.")),
        Step("agree", prompt=_("May we show this to everybody, in the chat and on the web? Otherwise nothing is sent."),
             label=_("Shown to everybody"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    order=_order,
    finish=_told,
    card=lambda answers, known: activity_card(answers, known, _("Your open activity")),
    review=True,
)  # fmt: skip


# --- finding one ----------------------------------------------------------------------------------------------------------


def _line(post: Mapping[str, Any], known: Known) -> Text:
    house = content(known.municipality.open_house or "")
    # TRANSLATORS: a line of a list: an open activity, its day and time, its place, who holds it.
    return _(
        "• {title}: {when}, {where} ({who})",
        title=title_of(post), when=day_and_time().show(post["when"], known), who=str(post["who"]),
        where=house if post["where"] == "house" else where_words(post, known),
    )  # fmt: skip


def _whats_on(answers: Answers, known: Known) -> Ending:
    house = known.municipality.open_house
    if house is None:
        return Ending((Reply(words=(_nothing_of_the_kind(known),)),), then="menu")
    words: tuple[Text, ...] = (nothing_planned(house),)
    found: list[dict[str, Any]] = known.lookup("open_activities") or []
    if found:
        page = Link(_("Free open activities"), f"{known.facts.get('public_url', '')}/open")
        words = (
            _("Free for those who take part, the soonest first:"),
            lines([_line(post, known) for post in found[:LISTED_MAX]]),
            _("All of them, with everything about each: {link}", link=page),
        )
    reply = Reply(words=words, choices=(TELL,), serial=0)
    back = known.given.get("back")
    return Ending((reply,), then="grants_next", given=back) if back else Ending((reply,))


def nothing_planned(house: str) -> Text:
    """What whoever looks is told when there is nothing to find."""
    return _(
        "Nothing is planned right now that we know of. Whoever has a place in {house} holds an open activity each quarter, "
        "so look in again soon.",
        house=content(house),
    )


WHATS_ON = Flow(name="whats_on", title=_("Free open activities"), steps=(), finish=_whats_on, personal=False)


# --- the quarter ----------------------------------------------------------------------------------------------------------

REMINDED_ON = 10
"""The day of the quarter's middle month, and of its last, on which is asked for what has not been told."""


def quarter_of(day: date) -> tuple[date, date]:
    """The first and the last day of the quarter that a day is in."""
    first, last = day.month - (day.month - 1) % 3, day.month + 2 - (day.month - 1) % 3
    return date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1])


def reminded_in(first: date) -> tuple[date, date]:
    """The two days of a quarter on which is asked; it begins on `first`."""
    return first.replace(month=first.month + 1, day=REMINDED_ON), first.replace(month=first.month + 2, day=REMINDED_ON)


def next_reminder(today: date) -> date:
    """The first such day after today."""
    first, last = quarter_of(today)
    coming = (*reminded_in(first), *reminded_in(last + timedelta(days=1)))
    return next(day for day in coming if day > today)


def over_at(post: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """When an activity is shown no more: with the end of its day."""
    return datetime.combine(date.fromisoformat(post["when"]["day"]) + timedelta(days=1), time(), zone)


def place_applied_for(kind: str, context: Any, municipality: Municipality) -> Support | None:
    """The place that a case asks for, where whoever has it holds open activities; None for other cases."""
    grants = municipality.grants
    if kind != "application" or grants is None:
        return None
    support = grants.support(str(((context or {}).get("answers") or {}).get("support", "")))
    return support if support is not None and support.open_activity is not None else None


# --- what falls due -------------------------------------------------------------------------------------------------------
# Each has {"place": the application's case, "support": id, "until": day} in `input.data`.


def _support(input: Input, known: Known) -> Support | None:
    grants = known.municipality.grants
    return grants.support(input.data["support"]) if grants else None


def _again(input: Input, known: Known) -> Effect:
    """Ask next time, as long as they have the place."""
    key, day = f"place:{input.data['place']}", next_reminder(known.today)
    if day > date.fromisoformat(input.data["until"]):
        return NoLonger(key, "ended")
    at = datetime.combine(day, known.municipality.hours.opens, known.municipality.zone)
    return RememberLater("place_quarter", key, at, input.data)


def given(state: State, input: Input, known: Known) -> Turn:
    """A person at the municipality has said that they have the place, and until when."""
    support, until = _support(input, known), date.fromisoformat(input.data["until"])
    if support is None or support.open_activity is None:
        return Turn(state)
    words = [
        _(
            "{name}, a human at {lab}, says: you have the place “{support}” until {day}.",
            name=str(input.data["name"]), lab=known.municipality.lab or known.municipality.name,
            support=content(support.name), day=until,
        ),
        _(
            "As long as you have it, you hold one open activity each quarter, free for those who take part. It can be in "
            "{house}, somewhere else, or digital. Tell me of it here, and others can find it.",
            house=content(support.open_activity.house),
        ),
    ]  # fmt: skip
    again = _again(input, known)
    if isinstance(again, RememberLater):
        words.append(_("I remind you in the middle of each quarter, if I have not heard of one."))
    return Turn(state, (Reply(words=tuple(words), choices=(TELL,), serial=0),), (again,))


def quarter(state: State, input: Input, known: Known) -> Turn:
    """Ask for the quarter's open activity, unless it has been told. Of quarters that are over nothing is said."""
    support, until = _support(input, known), date.fromisoformat(input.data["until"])
    if support is None or support.open_activity is None or until < known.today:
        return Turn(state)
    effects = (_again(input, known),)
    first, last = quarter_of(known.today)
    asked, asked_again = reminded_in(first)
    told = any(first <= date.fromisoformat(day) <= last for day in known.lookup("my_open_days") or [])
    if told or known.today < asked:
        return Turn(state, (), effects)
    values: dict[str, Value] = {"support": content(support.name), "day": min(last, until)}
    if known.today < asked_again:
        words = _("You have the place “{support}”. Which open activity do you hold by {day}? It is free for those who "
                  "take part. I have not heard of one for this quarter yet.", **values)  # fmt: skip
    else:
        words = _("I have not heard of an open activity for this quarter from you, who have the place “{support}”. There is "
                  "time until {day}. Is something in the way? Then talk to a human.", **values)  # fmt: skip
    return Turn(state, (Reply(words=(words,), choices=(TELL, button(Move.HUMAN)), serial=0),), effects)


def ends(state: State, input: Input, known: Known) -> Turn:
    """An activity's day is over: it is shown no more."""
    return Turn(state, (), (EndPost(int(input.data["post"]), "expired"),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "place_given": given,
    "place_quarter": quarter,
    "open_activity_ends": ends,
}
"""What happens when a promise about a place, or an activity's end, falls due."""

REMINDERS = frozenset({"place_quarter"})
"""Of these whoever wants no messages hears nothing."""
