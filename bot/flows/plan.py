"""The project plan that the idea flow's answers make. Pure: the same answers and day give the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from bot.i18n import Sek, Text, Value, _

AUDIENCES: Mapping[str, Text] = {
    "everyone": _("Everyone who wants to"),
    "children": _("Children"),
    "youth": _("Young people"),
    "families": _("Families"),
    "older": _("Older people"),
    "new": _("People new in Sweden"),
}

ROOMS: Mapping[str, Text] = {
    "room": _("A room to meet in"),
    "kitchen": _("A kitchen"),
    "hall": _("A hall for sport or dance"),
    "workshop": _("A workshop"),
    "stage": _("A stage"),
    "outdoors": _("Outdoors"),
    "online": _("Online"),
}

# TRANSLATORS: how often something happens.
RHYTHMS: Mapping[str, Text] = {
    "once": _("Once"),
    "weekly": _("Every week"),
    "biweekly": _("Every other week"),
    "monthly": _("Every month"),
}

HELP: Mapping[str, Text] = {
    "coach": _("Somebody to think with"),
    "money": _("Applying for money"),
    "premises": _("Finding a room"),
    "people": _("Finding more people"),
    "permission": _("Permits and rules"),
    "spread": _("Telling others about it"),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next, who does it (empty: nobody yet), and by which day (None: not said)."""

    what: Value
    who: Value
    day: date | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A project plan. Texts written by the resident are `str`, in their own words; None stands for what is still open.

    `people` are (name, task), `budget` is (what, kronor). `open` names what the resident did not know yet.
    """

    title: str
    idea: str | None
    aim: str | None
    target_group: Value | None
    people: tuple[tuple[str, str], ...]
    own_part: str | None
    area: str | None
    rooms: tuple[Text, ...]
    how_many: tuple[int, int] | None
    first_day: date | None
    first_time: time | None
    rhythm: Value | None
    budget: tuple[tuple[str, int], ...]
    risks: str | None
    help: tuple[Text, ...]
    next_steps: tuple[NextStep, ...]
    open: tuple[Text, ...]

    @property
    def total_sek(self) -> int:
        return sum(amount for _what, amount in self.budget)


def plan_of(answers: Mapping[str, Any], today: date) -> Plan:
    """Make the plan. `today` dates the proposed next steps until the resident has accepted or changed them."""
    plan = said_so_far(answers)
    return replace(plan, next_steps=_next_steps(answers, plan, today), open=_open(answers, plan))


def said_so_far(answers: Mapping[str, Any]) -> Plan:
    """The plan without what follows from it: next steps, and what is still open."""
    where = answers.get("where") or {}
    when = answers.get("when") or {}
    first = when.get("first") or {}
    idea = answers.get("idea")
    return Plan(
        title=answers.get("title") or short_title(idea or ""),
        idea=idea,
        aim=answers.get("why"),
        target_group=_named(AUDIENCES, answers.get("for_whom")),
        people=tuple((row["name"], row.get("does") or "") for row in answers.get("who") or ()),
        own_part=answers.get("own_part"),
        area=_area(where.get("area")),
        rooms=tuple(ROOMS[key] for key in where.get("room") or () if key in ROOMS),
        how_many=_range(where.get("how_many")),
        first_day=date.fromisoformat(first["day"]) if first.get("day") else None,
        first_time=time.fromisoformat(first["time"]) if first.get("time") else None,
        rhythm=_named(RHYTHMS, when.get("how_often")),
        budget=tuple((row["what"], row["amount"]) for row in answers.get("money") or ()),
        risks=answers.get("risks"),
        help=tuple(HELP[key] for key in answers.get("help") or () if key in HELP),
        next_steps=(),
        open=(),
    )


def short_title(idea: str) -> str:
    """A working title out of the resident's own first words, at most 60 characters, cut between words."""
    first = idea.strip().split("\n")[0].split(". ")[0].strip(" .!?")
    if len(first) <= 60:
        return first
    return first[:60].rsplit(" ", 1)[0] + "…"


def rows(plan: Plan) -> tuple[tuple[Text, Value], ...]:
    """What is known, as label and words, in the order a reader wants it. The title stands above them."""
    known: list[tuple[Text, Value | None]] = [
        (_("What happens"), plan.idea),
        (_("What gets better"), plan.aim),
        (_("For whom"), plan.target_group),
        (_("Who is in"), tuple(_people(plan)) or None),
        (_("I do this myself"), plan.own_part),
        (_("Place"), plan.area),
        (_("Kind of room"), plan.rooms or None),
        (_("How many come"), _how_many(plan)),
        (_("First time"), _first(plan)),
        (_("How often"), plan.rhythm),
        (_("Budget"), _budget(plan)),
        (_("What could go wrong"), plan.risks),
        (_("Help wanted"), plan.help or None),
    ]
    return tuple((label, value) for label, value in known if value is not None)


def proposed_steps(plan: Plan, today: date) -> tuple[NextStep, ...]:
    """Three first steps that fit what is known: settle the biggest open thing, get others in, set the first date.

    Days are counted back from the first occasion where there is one, and never lie before tomorrow.
    """
    steps: list[tuple[Text, int]] = []
    if HELP["money"] in plan.help or plan.total_sek:
        steps.append((_("Ask the idea lab which support fits the budget"), 7))
    if HELP["premises"] in plan.help or (plan.rooms and ROOMS["online"] not in plan.rooms):
        steps.append((_("Look for a room and ask if it is free"), 10))
    if HELP["permission"] in plan.help:
        steps.append((_("Ask the idea lab which permits are needed"), 10))
    if HELP["people"] in plan.help or len(plan.people) < 3:
        steps.append((_("Ask two people to join"), 14))
    steps.append((_("Talk the plan through with a coach"), 7))
    steps.append((_("Tell others about the first time"), 21))
    if len(steps) < 3:
        steps.append((_("Ask the idea lab which permits are needed"), 10))
    chosen = sorted(steps[:3], key=lambda step: step[1])
    last = plan.first_day - timedelta(days=3) if plan.first_day else None
    tomorrow = today + timedelta(days=1)
    who: Value = plan.people[0][0] if plan.people else _("You")
    return tuple(
        NextStep(what, who, max(tomorrow, min(today + timedelta(days=days), last or date.max))) for what, days in chosen
    )


def _next_steps(answers: Mapping[str, Any], plan: Plan, today: date) -> tuple[NextStep, ...]:
    said = answers.get("next_steps")
    if isinstance(said, list):
        return tuple(
            NextStep(row["what"], row.get("who") or "", date.fromisoformat(row["day"]) if row.get("day") else None)
            for row in said
        )
    accepted_on = date.fromisoformat(said["accepted_on"]) if isinstance(said, dict) else today
    return proposed_steps(plan, accepted_on)


def _open(answers: Mapping[str, Any], plan: Plan) -> tuple[Text, ...]:
    """What a reader would still ask."""
    wanted = (
        (plan.aim, _("What gets better, and for whom")),
        (plan.people, _("Who is in")),
        (plan.area or ROOMS["online"] in plan.rooms, _("Where it happens")),
        (plan.first_day, _("When it starts")),
        (answers.get("money") is not None, _("What it costs")),
        (plan.risks, _("What could go wrong, and which permits are needed")),
    )
    return tuple(label for known, label in wanted if not known)


def _named(names: Mapping[str, Text], answer: Any) -> Value | None:
    if isinstance(answer, dict):
        return str(answer["other"])
    return names.get(answer) if answer else None


def _area(answer: Any) -> str | None:
    return (answer.get("area") or answer.get("said")) if answer else None


def _range(answer: Any) -> tuple[int, int] | None:
    if answer is None:
        return None
    return (answer["low"], answer["high"]) if isinstance(answer, dict) else (answer, answer)


def _people(plan: Plan) -> list[Value]:
    return [_("{name} ({task})", name=name, task=task) if task else name for name, task in plan.people]


def _how_many(plan: Plan) -> Value | None:
    if plan.how_many is None:
        return None
    low, high = plan.how_many
    return low if low == high else _("{low} to {high}", low=low, high=high)


def _first(plan: Plan) -> Value | None:
    if plan.first_day is None:
        return None
    if plan.first_time is None:
        return plan.first_day
    # TRANSLATORS: a day with its weekday, and a time of day such as 18:00.
    return _("{day} at {time}", day=plan.first_day, time=plan.first_time)


def _budget(plan: Plan) -> Value | None:
    if not plan.budget:
        return None
    lines = tuple(_("{what}: {amount}", what=what, amount=Sek(amount)) for what, amount in plan.budget)
    if len(lines) == 1:
        return lines[0]
    return _("{lines}. Sum: {total}", lines=lines, total=Sek(plan.total_sek))
