"""The open space: one's group, its action plan, and what becomes of it (publication, 2.1).

Each group writes one plan: what, who, the next step and its day. On that day the group is asked how it went, and again until
the plan is done or has ended. What everybody sees of it is what a person at the municipality has read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from bot.flows.case_kinds import kind_of
from bot.flows.gatherings import lines
from bot.flows.ideas import PARAGRAPH, card_lines
from bot.flows.meetings import agenda_words
from bot.flows.model import (
    Answers,
    AskPlanAgain,
    Card,
    Choice,
    Ending,
    FileCase,
    Flow,
    HandInPlan,
    Input,
    Known,
    PlanWent,
    Reply,
    State,
    Step,
    Turn,
    When,
)
from bot.flows.read import day, long_text, one_choice, text
from bot.flows.read.typed import as_text
from bot.flows.shifts import when
from bot.i18n import Text, Value, _, n_, p_
from bot.rules.masking import mask_ways

KIND: Final = "action_plan"
"""The kind of case in which a plan is read before everybody sees it."""

WORDS_MAX = 600

# TRANSLATORS: buttons, at most 30 characters each.
PLAN = Choice("plan", p_("open space", "Write our action plan"))
CHANGE = Choice("plan", p_("open space", "Change our action plan"))
TELL = Choice("went", p_("open space", "Tell how it went"))
MENU = Choice("menu", p_("open space", "Something else"))
WENT = (
    Choice("going", p_("open space", "It goes on")),
    Choice("done", p_("open space", "It is done")),
    Choice("ended", p_("open space", "It came to nothing")),
)


def group(known: Known) -> dict[str, Any] | None:
    """The group the running flow is about, for one of its members: {"id", "name", "title", "when", "people", "topics",
    "agenda", "plan", "status"}."""
    found: dict[str, Any] | None = known.lookup("meeting_group", group_id=int(known.given.get("subject") or 0))
    return found


def plan_rows(plan: Mapping[str, Any], *, everybody: bool = False) -> tuple[tuple[Text, Value], ...]:
    """An action plan in rows; `everybody`: without who."""
    rows: list[tuple[Text, Value]] = [(p_("action plan", "What"), str(plan.get("what") or ""))]
    if plan.get("who") and not everybody:
        rows.append((p_("action plan", "Who"), str(plan["who"])))
    if plan.get("next"):
        rows.append((p_("action plan", "Next step"), str(plan["next"])))
    if plan.get("day"):
        rows.append((p_("action plan", "When"), date.fromisoformat(plan["day"])))
    return tuple(rows)


def group_card(found: Mapping[str, Any]) -> Card:
    rows: list[tuple[Text, Value]] = [
        (p_("open space", "Meeting"), _("{title}, {when}", title=str(found["title"]), when=when(found))),
        (p_("open space", "So many"), n_("{count} person", "{count} people", found["people"])),
    ]
    if found["topics"]:
        rows.append(
            (p_("open space", "Your topics"), lines([_("• {topic}", topic=str(each)) for each in found["topics"]]))
        )
    return Card(as_text(str(found["name"])), (*rows, *plan_rows(found["plan"] or {})) if found["plan"] else tuple(rows))


# --- one's group ----------------------------------------------------------------------------------------------------------


def _prompt(answers: Answers, known: Known) -> Text:
    found = group(known)
    if found is None:
        return _("You are not in that group any more. What would you like to do?")
    told = [card_lines(group_card(found))]
    match found["status"]:
        case "open":
            told.append(_("Your group has no action plan yet. One of you writes it here for all."))
        case "done":
            told.append(_("Your plan is done. Well done, all of you!"))
        case "ended":
            told.append(_("Your plan has ended."))
    return lines([*told, _("What would you like to do now?")], PARAGRAPH)


def _choices(known: Known) -> tuple[Choice, ...]:
    found = group(known)
    if found is None:
        return (MENU,)
    return (*((TELL, CHANGE) if found["status"] == "going" else (PLAN,) if found["status"] == "open" else ()), MENU)


def _done(answers: Answers, known: Known) -> Ending:
    name = {"plan": "group_plan", "went": "plan_went"}.get(str(answers["do"]))
    return Ending(then="menu") if name is None else Ending(then=name, given={"subject": known.given.get("subject")})


MY_GROUP = Flow(
    name="my_group",
    title=_("My group"),
    steps=(Step("do", prompt=_prompt, label=_("What to do"), read=one_choice(_choices), must=True),),
    finish=_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- its plan -------------------------------------------------------------------------------------------------------------


def _open(known: Known) -> dict[str, Any] | None:
    found = group(known)
    return found if found and found["status"] in ("open", "going") else None


def _gone(known: Known) -> Ending:
    return Ending(then="my_group", given={"subject": known.given.get("subject")})


def _handed_in(answers: Answers, known: Known) -> Ending:
    found = _open(known)
    if found is None or not answers.get("what"):
        return _gone(known)
    plan = {name: mask_ways(str(answers.get(name) or "")[:WORDS_MAX])[0] for name in ("what", "who", "next")}
    plan["day"] = str(answers["day"])
    answer_by = kind_of(KIND).answer_by(known.municipality, known.now)
    told = _(
        "Thank you! The plan of “{group}” is kept, and the others in the group get it too. On {day} I ask you all how it went.",
        group=str(found["name"]), day=date.fromisoformat(plan["day"]),
    )  # fmt: skip
    read = _("A person at the municipality reads it by {time} at the latest. Then everybody can see it, without who does what.",
             time=answer_by)  # fmt: skip
    case = FileCase(
        KIND, "group_plan", {"group": found["name"], **plan}, answer_by, note=f"{found['name']}: {plan['what']}"
    )
    return Ending((Reply(words=(told, read)),), (case, HandInPlan(found["id"], plan)),
                  then=None if known.facts.get("reachable") else "reach")  # fmt: skip


def _plan_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return dict(given.get("answers", {}))


GROUP_PLAN = Flow(
    name="group_plan",
    title=_("An action plan"),
    steps=(
        Step("what", prompt=_("What does your group want to do? Two or three sentences are enough."), label=p_("action plan", "What"),
             read=long_text(WORDS_MAX), must=True, example=_("A language café at the library, every Tuesday from September.")),
        Step("who", prompt=_("Who does what? First names are enough."), label=p_("action plan", "Who"), read=long_text(WORDS_MAX),
             why=_("Only your group and the municipality see it."), example=_("Amina asks the library, Bo makes the poster.")),
        Step("next", prompt=_("What is the next step?"), label=p_("action plan", "Next step"), read=text(max_chars=300), must=True,
             example=_("Ask the library for a day.")),
        Step("day", prompt=_("By which day? Then I ask you all how it went."), label=p_("action plan", "When"), read=day(), must=True),
    ),
    begin=_plan_begin,
    order=lambda answers, known, left: ("what", "who", "next", "day") if _open(known) else (),
    finish=_handed_in,
    review=True,
    needs_subject=True,
)  # fmt: skip


# --- what becomes of it ---------------------------------------------------------------------------------------------------


def _going(known: Known) -> dict[str, Any] | None:
    found = group(known)
    return found if found and found["status"] == "going" else None


def _went_prompt(answers: Answers, known: Known) -> Text:
    found = _going(known)
    plan = (found or {}).get("plan") or {}
    return _("How is it with “{next}”?", next=str(plan.get("next") or ""))


def _went(answers: Answers, known: Known) -> Ending:
    found, how = _going(known), str(answers.get("how") or "")
    if found is None or not how:
        return _gone(known)
    words, next = (mask_ways(str(answers.get(name) or "")[:WORDS_MAX])[0] for name in ("words", "next"))
    effect = PlanWent(found["id"], how, words, next, answers.get("day") if how == "going" else None)
    match how:
        case "done":
            told = _("How good! I tell the others, and ask no more about it.")
        case "ended":
            told = _("Thank you for telling me. It was good to try. I ask no more about it.")
        case _:
            told = _("Good. I ask you all again on {day}.", day=date.fromisoformat(str(answers["day"])))
    return Ending((Reply(words=(told,)),), (effect,))


PLAN_WENT = Flow(
    name="plan_went",
    title=p_("open space", "Tell how it went"),
    steps=(
        Step("how", prompt=_went_prompt, label=_("How it went"), read=one_choice(WENT), must=True),
        Step("words", prompt=_("What came of it? A sentence is enough."), label=_("What came of it"), read=long_text(WORDS_MAX),
             may_skip=True),
        Step("next", prompt=_("What is the next step?"), label=p_("action plan", "Next step"), read=text(max_chars=300),
             when=When("how", ("going",)), must=True),
        Step("day", prompt=_("By which day? Then I ask you all how it went."), label=p_("action plan", "When"), read=day(),
             when=When("how", ("going",)), must=True),
    ),
    order=lambda answers, known, left: (
        ("how", "words", *(("next", "day") if answers.get("how") == "going" else ())) if _going(known) else ()
    ),
    finish=_went,
    needs_subject=True,
)  # fmt: skip


# --- what falls due -------------------------------------------------------------------------------------------------------
# Each has {"group": id} in `input.data`.


def _of(input: Input, known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("meeting_group", group_id=int(input.data["group"]))
    return found


def told(state: State, input: Input, known: Known) -> Turn:
    """The groups are settled: one's own, and the agenda."""
    found = _of(input, known)
    if found is None:
        return Turn(state)
    words = [
        _(
            "Your group at “{title}”, {when}: {group}.",
            title=str(found["title"]),
            when=when(found),
            group=str(found["name"]),
        ),
        n_("You are {count} person so far.", "You are {count} people so far.", found["people"]),
    ]
    if found["agenda"]:
        words.append(_("The agenda:\n{agenda}", agenda=agenda_words(found["agenda"])))
    words.append(_("Your group writes one action plan, here in the chat, at the meeting or after it."))
    return Turn(
        state, (Reply(words=tuple(words), choices=_presses(found, ("my_group", p_("meetings", "My group"))), serial=0),)
    )


def _presses(found: Mapping[str, Any], *flows: tuple[str, Text]) -> tuple[Choice, ...]:
    return tuple(Choice(f"f:{flow}:{found['id']}", label) for flow, label in flows)


def plan_kept(state: State, input: Input, known: Known) -> Turn:
    """Somebody of the group has written or changed its plan, or told how it went."""
    found = _of(input, known)
    if found is None or not found["plan"]:
        return Turn(state)
    lead = {
        "done": _("Your group’s plan “{group}” is done.", group=str(found["name"])),
        "ended": _("Your group’s plan “{group}” has ended.", group=str(found["name"])),
    }.get(found["status"], _("This is the action plan of your group “{group}” now:", group=str(found["name"])))
    words = [lead]
    if found["status"] == "going":
        words.append(
            lines([_("{label}: {value}", label=label, value=value) for label, value in plan_rows(found["plan"])])
        )
    if input.data.get("words"):
        words.append(_("What came of it: {words}", words=str(input.data["words"])))
    return Turn(
        state, (Reply(words=tuple(words), choices=_presses(found, ("my_group", p_("meetings", "My group"))), serial=0),)
    )


def followed(state: State, input: Input, known: Known) -> Turn:
    """The day of a plan's next step has come; and again, as long as nobody says how it went."""
    found = _of(input, known)
    if found is None or found["status"] != "going" or not found["plan"]:
        return Turn(state)
    words = _("“{group}”: the day for “{next}” has come. How did it go?", group=str(found["name"]),
              next=str(found["plan"].get("next") or ""))  # fmt: skip
    reply = Reply(words=(words,), choices=_presses(found, ("plan_went", TELL.label)), serial=0)
    return Turn(state, (reply,), (AskPlanAgain(found["id"]),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "group_told": told,
    "group_plan_kept": plan_kept,
    "group_plan_day": followed,
}
"""What happens when a promise about a group falls due."""

REMINDERS = frozenset({"group_plan_day", "group_plan_kept"})
"""Those that only remind."""
