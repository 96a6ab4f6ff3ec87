"""Looking for a room: from one sentence, from a plan, or a few questions (domain.md 2.3, `ekero.lokal`; 4.1, `lund.hyra`).

The rooms that fit come in `bot.flows.room`; what is booked is looked after in `bot.flows.booking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.flows.model import Answers, Card, Choice, Draft, Ending, Flow, Known, Reader, Step, Suggestion
from bot.flows.read import many_choices, place, times, whole_number
from bot.flows.read.matching import named_in
from bot.flows.read.places import here
from bot.flows.read.texts import LongText
from bot.flows.read.typed import MAX_CHARS, as_text
from bot.i18n import Text, _, p_
from bot.packs.model.rooms import FREE

# TRANSLATORS: what a room has, or may be used for: buttons of at most 30 characters, also read inside sentences.
NEEDS: Mapping[str, Text] = {
    "kitchen": p_("room", "Kitchen"),
    "hall": p_("room", "Sports hall"),
    "stage": p_("room", "Stage"),
    "workshop": p_("room", "Workshop"),
    "outdoors": p_("room", "Outdoors"),
    "tables": p_("room", "Tables and chairs"),
    "projector": p_("room", "Projector"),
    "sound": p_("room", "Sound system"),
    "whiteboard": p_("room", "Whiteboard"),
    "wifi": p_("room", "Internet"),
    "piano": p_("room", "Piano"),
    "mirror": p_("room", "Mirror wall"),
    "workbench": p_("room", "Workbench"),
    "storage": p_("room", "Storage"),
    FREE: p_("room", "Must cost nothing"),
}

# TRANSLATORS: what makes a room easy to use with a disability: buttons of at most 30 characters.
ACCESS: Mapping[str, Text] = {
    "step_free": p_("access", "No steps"),
    "toilet": p_("access", "Accessible toilet"),
    "hearing_loop": p_("access", "Hearing loop"),
    "parking": p_("access", "Accessible parking"),
    "automatic_door": p_("access", "Door that opens by itself"),
    "guide_signs": p_("access", "Signs to feel or hear"),
}

PEOPLE = whole_number(1, 10_000, ranges=True, unit=_("people | persons | participants | guests"))


class Wish(LongText):
    """A sentence about what is looked for; or {"plan": id, "title": …} when it is to be as in that plan."""

    def show(self, value: Any, known: Known) -> Text:
        return as_text(value["title"] if isinstance(value, dict) else str(value))

    def form_values(self, value: Any) -> dict[str, str]:
        return {"value": value["title"] if isinstance(value, dict) else str(value)}


def filled(wish: Any, known: Known) -> dict[str, Any]:
    """The answers that a sentence, or a plan, holds already."""
    if isinstance(wish, dict):
        found = known.lookup("plan", plan_id=wish["plan"])
        return _from_plan(found["answers"]) if found else {}
    said = str(wish)
    readers: Mapping[str, Reader] = {"where": place(), "people": PEOPLE, "when": times()}
    answers = {name: value for name, read in readers.items() if (value := read.spot(said, known)) is not None}
    for name, labels in (("needs", NEEDS), ("access", ACCESS)):
        named = named_in(said, _choices(labels), known, several=True)
        if named:
            answers[name] = [key for key in labels if key in named]
    return answers


def _from_plan(answers: Mapping[str, Any]) -> dict[str, Any]:
    where = answers.get("where") or {}
    found = {"where": where.get("area"), "people": where.get("how_many")}
    rooms = [key for key in where.get("room") or () if key in NEEDS]
    if rooms:
        found["needs"] = rooms
    return {name: value for name, value in found.items() if value is not None}


def _choices(named: Mapping[str, Text]) -> tuple[Choice, ...]:
    return tuple(Choice(key, label) for key, label in named.items())


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """From a plan's button, from words somebody wrote, or from an earlier search that is to be changed."""
    answers = dict(given.get("answers", {}))
    heard: dict[str, Any] = {"where": {"area": given["area"]}} if "area" in given else {}
    heard |= {"people": given["people"]} if "people" in given else {}
    if given.get("text"):
        answers["wish"] = given["text"]
    if given.get("subject"):
        found = known.lookup("plan", plan_id=given["subject"])
        if found:
            answers["wish"] = {"plan": found["id"], "title": found["title"]}
    if "wish" in answers and not given.get("again"):
        answers = {**heard, **filled(answers["wish"], known), **answers}
    if "when" not in answers and given.get("date"):
        answers["when"] = Draft({"days": [given["date"]], "every": None, "from": given.get("time"), "to": None})
    return answers


def _when(answers: Answers, known: Known) -> Text:
    """What the first sentence said of it is not asked again."""
    if "date" not in known.given:
        return _("When? Write the day, and from when until when. It may be several days, or every week.")
    if "time" in known.given:
        begins = time.fromisoformat(known.given["time"])
        return _("I have noted that it begins at {time}. Until what time?", time=begins)
    return _("I have noted {days}. From what time, and until when?", days=date.fromisoformat(known.given["date"]))


def _as_in_plan(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    # TRANSLATORS: a button, at most 30 characters with the title in it.
    return tuple(
        Suggestion(
            f"plan-{each['id']}",
            _("As in “{title}”", title=each["title"]),
            {"plan": each["id"], "title": each["title"]},
        )
        for each in (known.lookup("my_plans") or ())[:2]
    )


def _as_planned(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """The plan's first time and the series that it begins. No plan says when a time ends: two hours are proposed."""
    wish = answers.get("wish")
    found = known.lookup("plan", plan_id=wish["plan"]) if isinstance(wish, dict) else None
    when = (found["answers"].get("when") if found else None) or {}
    first = when.get("first") or {}
    if not first.get("day") or not first.get("time"):
        return ()
    begins = datetime.fromisoformat(f"{first['day']}T{first['time']}")
    ends = begins + timedelta(hours=2)
    if begins.date() < known.today or ends.date() > begins.date():
        return ()
    hours = {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}
    # TRANSLATORS: this and the next are buttons, at most 30 characters: when a room is wanted, taken from a plan.
    once = Suggestion("first", p_("when", "The first day, two hours"), {"days": [first["day"]], **hours})
    every = {"weekly": 1, "biweekly": 2}.get(when.get("how_often", ""))
    if every is None:
        return (once,)
    days = [(begins.date() + timedelta(weeks=every * number)).isoformat() for number in range(10)]
    return (once, Suggestion("ten", p_("when", "Ten times, two hours each"), {"days": days, **hours, "every": every}))


def _card(answers: Answers, known: Known) -> Card:
    rows = tuple(
        (step.label, step.read.show(answers[step.name], known))
        for step in PREMISES.steps
        if step.read is not None and answers.get(step.name) not in (None, [])
    )
    return Card(_("The room you look for"), rows)


def _finish(answers: Answers, known: Known) -> Ending:
    wish = dict(answers)
    if "wish" in wish:
        wish = {**filled(wish["wish"], known), **wish}
        if isinstance(wish["wish"], dict):
            wish["wish"] = wish["wish"]["title"]
    return Ending(then="room", given={"wish": wish})


PREMISES = Flow(
    name="premises",
    title=_("Find a room"),
    steps=(
        Step(
            "wish",
            prompt=_("What do you want to do, and where and when? One sentence is enough. I ask about the rest."),
            label=_("What for"),
            read=Wish(MAX_CHARS),
            suggest=_as_in_plan,
            fills=filled,
            why=_("So that I find rooms that fit, and do not ask what you have said already."),
            example=_("Cooking with 15 people, every Tuesday 18-20 in March."),
            may_skip=True,
        ),
        Step(
            "where",
            prompt=_("Where would you like it to be? Write a place, or share where you are."),
            label=_("Place"),
            read=place(),
            why=_("Rooms near it come first. Skip this if it may be anywhere."),
            example=here,
            may_skip=True,
        ),
        Step(
            "people",
            prompt=_("How many people will there be at most?"),
            label=_("How many come"),
            read=PEOPLE,
            why=_("A room may not hold more than it is made for. A guess is enough."),
            example=_("25"),
        ),
        Step(
            "when",
            prompt=_when,
            label=_("When"),
            read=times(),
            suggest=_as_planned,
            why=_("So that I show you only what is free. Without it I can show rooms, but not book them."),
            example=_("every Tuesday 18-20 in March"),
        ),
        Step(
            "needs",
            prompt=_("What must there be? You can choose several, or just press Done."),
            label=_("There must be"),
            read=many_choices(_choices(NEEDS)),
            why=_("I show only rooms that have it."),
        ),
        Step(
            "access",
            prompt=_("Does anybody need one of these? You can choose several, or just press Done."),
            label=_("Accessibility"),
            read=many_choices(_choices(ACCESS)),
            why=_("I show only rooms where it is known to be there. Who needs it, nobody has to say."),
        ),
    ),
    finish=_finish,
    begin=_begin,
    card=_card,
    review=True,
)
