"""The helper's side of a request for help, and what the two write to each other while it runs.

The address and all that goes with it come only to whoever has said yes. Nobody needs anybody's phone number: what one
writes comes to the other here, with numbers and addresses of e-mail left out, until the errand is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.flows.case_kinds import kind_of
from bot.flows.help_me import task_of, time_of, title_of
from bot.flows.model import (
    Again,
    Answers,
    Card,
    Choice,
    Ending,
    ErrandDone,
    FileCase,
    Flow,
    Input,
    Known,
    LeaveErrand,
    OnTheWay,
    PassOn,
    RemindStaff,
    Reply,
    State,
    Step,
    Turn,
)
from bot.flows.read import long_text, one_choice
from bot.flows.read.typed import as_text
from bot.i18n import LanguageName, Ltr, Text, Value, _, content, p_
from bot.rules.masking import mask_contacts

REPORTED = "report"
"""The kind of case in which somebody tells that something is not right between the two."""

WORDS_MAX = 2000

# TRANSLATORS: buttons, at most 30 characters each.
GO = Choice("go", p_("errand", "I am on my way"))
DONE = Choice("done", p_("errand", "It is done"))
DETAILS = Choice("details", p_("errand", "Show address and all"))
WRITE = Choice("write_to", p_("errand", "Write to them"))
CANNOT = Choice("leave_errand", p_("errand", "I cannot after all"))
REPORT = Choice("report_errand", p_("help", "Something is not right"))
MINE = Choice("mine", p_("errand", "Show what is mine"))
ANSWER = p_("errand", "Answer")


def _errand(known: Known) -> dict[str, Any] | None:
    """An errand that this person has said yes to, and that is not over."""
    found: dict[str, Any] | None = known.lookup("my_errand", need_id=int(known.given.get("subject") or 0))
    return found


def errand_card(found: Mapping[str, Any], known: Known) -> Card:
    """All that whoever goes needs to know."""
    rows: list[tuple[Text, Value]] = [
        (p_("help", "For whom"), str(found["name"])),
        (_("When"), time_of(found)),
    ]
    rows += [
        (label, str(found[name]))
        for name, label in (
            ("area", p_("help", "Area")), ("address", p_("help", "Address")), ("contact", p_("help", "Phone")),
            ("words", _("In their own words")), ("notes", p_("help", "Good to know")),
        )
        if found.get(name)
    ]  # fmt: skip
    if found.get("languages"):
        rows.append((p_("help", "Languages"), tuple(LanguageName(code) for code in found["languages"])))
    if found.get("routine"):
        rows.append((_("How it is done"), content(found["routine"])))
    return Card(title_of(found, known), tuple(rows))


def _prompt(answers: Answers, known: Known) -> Text:
    found = _errand(known)
    if found is None:
        return _("That errand is over, or somebody else has it.")
    told: dict[str, Value] = {
        "task": title_of(found, known),
        "name": str(found["name"]),
        "area": str(found["area"] or "…"),
    }
    if found["status"] == "on_the_way":
        return _("You are on your way to {name} in {area}: “{task}”. What would you like to do?", **told)
    return _(
        "You help {name} in {area}: “{task}”. When: {when}. What would you like to do?", when=time_of(found), **told
    )


def _choices(known: Known) -> tuple[Choice, ...]:
    found = _errand(known)
    if found is None:
        return (MINE,)
    task = task_of(found.get("task"), known.municipality)
    go = () if found["status"] == "on_the_way" or (task is not None and task.afar) else (GO,)
    return (*go, DONE, DETAILS, WRITE, CANNOT, REPORT)


def _chosen(answers: Answers, known: Known) -> Ending:
    found, chosen = _errand(known), str(answers["do"])
    if found is None or chosen == MINE.id:
        return Ending(then="mine")
    here = {"subject": found["id"]}
    if chosen == DETAILS.id:
        return Ending((_details(found, known), _buttons_only(found)))
    if chosen == GO.id:
        said = _("Good! {name} is told that you are on your way.", name=str(found["name"]))
        reply = Reply(words=(said,), choices=_buttons(found), serial=0)
        return Ending((reply,), (OnTheWay(found["id"]),))
    if chosen == DONE.id:
        said = _("Thank you! I ask {name} whether it helped.", name=str(found["name"]))
        return Ending((Reply(words=(said,)),), (ErrandDone(found["id"]),))
    return Ending(then=chosen, given=here)


def _details(found: Mapping[str, Any], known: Known) -> Reply:
    rules = tuple(content(rule) for rule in known.municipality.skills.rules)
    # TRANSLATORS: a line of a list of rules for helpers.
    lines = tuple(_("• {rule}", rule=rule) for rule in rules)
    return Reply(words=lines, card=errand_card(found, known), private=True)


def _buttons_only(found: Mapping[str, Any]) -> Reply:
    said = _("Press the button when you set out, when it is done, or if you cannot after all.")
    return Reply(words=(said,), choices=_buttons(found), serial=0)


def _buttons(found: Mapping[str, Any]) -> tuple[Choice, ...]:
    return (
        Choice(f"f:my_errand:{found['id']}", p_("errand", "Go on with the errand")),
        Choice(f"f:write_to:{found['id']}", WRITE.label),
    )


MY_ERRAND = Flow(
    name="my_errand",
    title=_("Somebody I help"),
    steps=(Step("do", prompt=_prompt, label=_("What to do"), read=one_choice(_choices), must=True),),
    finish=_chosen,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- I cannot after all -------------------------------------------------------------------------------------------------------


def _only_mine(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("reason",) if _errand(known) is not None else ()


def _left(answers: Answers, known: Known) -> Ending:
    found = _errand(known)
    if found is None:
        return Ending((Reply(words=(_("That errand is over, or somebody else has it."),)),), then="mine")
    said = _(
        "Thank you for telling me in time. {name} is told, and I look for somebody else at once. You have done nothing wrong.",
        name=str(found["name"]),
    )
    return Ending((Reply(words=(said,)),), (LeaveErrand(found["id"], str(answers.get("reason") or "")),))


LEAVE_ERRAND = Flow(
    name="leave_errand",
    title=_("I cannot after all"),
    steps=(
        Step("reason", prompt=_("Would you like to say why? Only the municipality reads it."), label=_("Why"),
             read=long_text(), may_skip=True),
    ),
    order=_only_mine,
    finish=_left,
    personal=False,
    needs_subject=True,
)  # fmt: skip


def _again(answers: Answers, known: Known) -> Ending:
    said = _("I remember that. If they wish it too, you are asked first the next time. You can always say no.")
    return Ending((Reply(words=(said,)),), (Again(int(known.given.get("subject") or 0)),))


AGAIN_ERRAND = Flow(
    name="again_errand",
    title=_("Gladly the next time too"),
    steps=(),
    finish=_again,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- writing to each other ------------------------------------------------------------------------------------------------------


def _other(known: Known) -> dict[str, Any] | None:
    """The other one of the two, while the errand runs."""
    found: dict[str, Any] | None = known.lookup("other_side", need_id=int(known.given.get("subject") or 0))
    return found


def _write_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("words",) if _other(known) is not None else ()


def _write_prompt(answers: Answers, known: Known) -> Text:
    found = _other(known)
    return _("What do you want to write to {name}? I pass it on. Phone numbers and e-mail addresses are left out.",
             name=str(found["name"]) if found else "")  # fmt: skip


def _written(answers: Answers, known: Known) -> Ending:
    found = _other(known)
    if found is None:
        said = _(
            "That errand is over, so I cannot pass anything on. Nothing was sent. A human can help you: write /coach."
        )
        return Ending((Reply(words=(said,)),))
    words, hidden = mask_contacts(str(answers["words"])[:WORDS_MAX])
    told = [_("I have passed it on to {name}.", name=str(found["name"]))]
    if hidden:
        told.append(
            _(
                "I left out a phone number or an e-mail address, so that neither of you has to give theirs away. What you "
                "need to agree on you can write here."
            )
        )
    if found.get("by_phone"):
        told.append(_("They have called us and do not read here: the municipality rings them and tells them."))
    again = (Choice(f"f:write_to:{found['id']}", p_("errand", "Write more")),)
    return Ending((Reply(words=tuple(told), choices=again, serial=0),), (PassOn(found["id"], words),))


WRITE_TO = Flow(
    name="write_to",
    title=_("Write to each other"),
    steps=(
        Step("words", prompt=_write_prompt, label=_("What you write"), read=long_text(WORDS_MAX), must=True,
             why=_("It goes to the two of you. Staff of the municipality who look after the request can read it too.")),
    ),
    order=_write_order,
    finish=_written,
    needs_subject=True,
)  # fmt: skip


# --- something is not right -----------------------------------------------------------------------------------------------------


def _report_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("words",)


def _reported(answers: Answers, known: Known) -> Ending:
    by = kind_of(REPORTED).answer_by(known.municipality, known.now)
    subject = int(known.given.get("subject") or 0)
    about = known.lookup("errand_case", need_id=subject)
    note = "\n".join(part for part in (str(answers["words"])[:200], f"#{about}" if about else "") if part)
    case = FileCase(REPORTED, "report_errand", {**answers, "errand": subject}, by, note=note)
    said = _(
        "Thank you for telling us. A person at the municipality reads it, and answers you here by {time} at the latest. The "
        "other one is not told who wrote. You do not have to meet them or answer them.",
        time=by,
    )
    danger = _("If you feel in danger, go away from there and call {number}.", number=Ltr("112"))
    reach = None if known.facts.get("reachable") or known.channel == "phone" else "reach"
    return Ending((Reply(words=(said, danger)),), (case,), then=reach)


REPORT_ERRAND = Flow(
    name="report_errand",
    title=_("Something is not right"),
    steps=(
        Step("words", prompt=_("What is not right? Write it in your own words. Only the municipality reads it."),
             label=_("What is not right"), read=long_text(), must=True),
    ),
    order=_report_order,
    finish=_reported,
    needs_subject=True,
)  # fmt: skip


# --- what falls due ---------------------------------------------------------------------------------------------------------------


def _subject(input: Input, known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_errand", need_id=int(input.data["need"]))
    return found


def yours(state: State, input: Input, known: Known) -> Turn:
    """This person has said yes: all they need, and the buttons for on the way."""
    found = _subject(input, known)
    if found is None:
        return Turn(state)
    said = _("You help {name} with “{task}”. When: {when}. Here is all you need; {name} knows that it is you.",
             name=str(found["name"]), task=title_of(found, known), when=time_of(found))  # fmt: skip
    return Turn(state, (Reply(words=(said,)), _details(found, known), _buttons_only(found)))


def changed(state: State, input: Input, known: Known) -> Turn:
    """Whoever asked has changed something."""
    found = _subject(input, known)
    if found is None:
        return Turn(state)
    said = _("{name} has changed something about “{task}”. When: {when}. Look at it, and say if it does not fit you any more.",
             name=str(found["name"]), task=title_of(found, known), when=time_of(found))  # fmt: skip
    return Turn(state, (Reply(words=(said,)), _details(found, known), _buttons_only(found)))


def called_off(state: State, input: Input, known: Known) -> Turn:
    """It is not needed any more; there is no errand to look up, so what to call it comes along."""
    said = _("“{task}” for {name} is not needed any more. You are free again. Thank you for being there!",
             task=title_of(input.data, known), name=str(input.data.get("name") or "…"))  # fmt: skip
    return Turn(state, (Reply(words=(said,)),))


def still(state: State, input: Input, known: Known) -> Turn:
    """Its time is over and nobody has said that it is done."""
    found = _subject(input, known)
    if found is None:
        return Turn(state)
    said = _("How did it go with {name} and “{task}”? Press the button, so that nobody waits.", name=str(found["name"]),
             task=title_of(found, known))  # fmt: skip
    return Turn(state, (Reply(words=(said,), choices=_buttons(found), serial=0),))


def thanks(state: State, input: Input, known: Known) -> Turn:
    """It is done."""
    name = str(input.data.get("name") or "…")
    said = _("Thank you for helping {name} with “{task}”! Would you help the same person again, if they ask?", name=name,
             task=title_of(input.data, known))  # fmt: skip
    choices = (Choice(f"f:again_errand:{input.data['need']}", AGAIN_ERRAND.title),)
    return Turn(state, (Reply(words=(said,), choices=choices, serial=0),))


def passed_on(state: State, input: Input, known: Known) -> Turn:
    """Words from the other one of the two, as they wrote them."""
    data = input.data
    paragraphs = tuple(as_text(part.strip()) for part in str(data["words"]).split("\n\n") if part.strip())
    choices = (
        Choice(f"f:write_to:{data['need']}", ANSWER),
        Choice(f"f:report_errand:{data['need']}", REPORT.label),
    )
    lead = _("{name} writes to you:", name=str(data["name"]))
    if data.get("for_them"):
        lead = _("Whoever asked for help for {name} writes to you:", name=str(data["name"]))
    reply = Reply(words=(lead, *paragraphs), choices=choices, serial=0, private=True, by=str(data["name"]))
    ring = known.channel == "phone" and data.get("case")
    return Turn(state, (reply,), (RemindStaff(data["case"], "ring"),) if ring else ())


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "errand_yours": yours,
    "errand_changed": changed,
    "errand_called_off": called_off,
    "errand_still": still,
    "errand_thanks": thanks,
    "errand_words": passed_on,
}
"""What happens when something about an errand falls due. Each has {"need": id} in `input.data`."""
