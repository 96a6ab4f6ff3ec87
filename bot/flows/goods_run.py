"""Who drives furniture: a volunteer with a car says yes to driving, is asked for a run, and says at each stop what came of it.

Before the yes a driver sees areas only. After it the addresses stand on a page of the driver's own, by a private link that
ends with the run; they are never written into the conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from bot.flows.goods import HOURS, elsewhere, offered
from bot.flows.model import (
    AnswerRun,
    Answers,
    Card,
    Choice,
    DriveGoods,
    Ending,
    Flow,
    Input,
    Known,
    LeaveRun,
    MakeLink,
    Reply,
    State,
    Step,
    StopMade,
    Turn,
)
from bot.flows.read import long_text, many_choices, one_choice
from bot.flows.volunteer import DAYS
from bot.i18n import Link, Made, Text, Value, _, p_

LOADS = (
    # TRANSLATORS: buttons, at most 30 characters each: what a driver drives with. Beside each what people write for it,
    # separated by |.
    Choice("car", p_("goods", "A car"), also=(_("car | a small car | my car | only the car"),)),
    Choice(
        "trailer", p_("goods", "A car with a trailer"), also=(_("trailer | a trailer | tow hook | with a trailer"),)
    ),
    Choice("van", p_("goods", "A van"), also=(_("van | a lorry | a truck | a minibus"),)),
)

# TRANSLATORS: buttons, at most 30 characters each.
YES = p_("goods", "Yes, I drive")
NO = p_("goods", "No, not this time")
CANNOT = Choice("leave_run", p_("goods", "I cannot after all"))
PAGE = Choice("page", p_("goods", "Show the addresses"))
STOP_DRIVING = Choice("stop", p_("goods", "Drive no more"))
CHANGE = Choice("change", p_("goods", "Change it"))
KEEP = Choice("keep", p_("goods", "Leave it as it is"))

# TRANSLATORS: buttons, at most 30 characters each: what came of a driver's stop.
FETCHED = p_("goods", "I have it in the car")
BROUGHT = p_("goods", "It is delivered")
NOT_HOME = p_("goods", "Nobody is at home")
BROKEN = p_("goods", "It is broken")

# TRANSLATORS: a link, after "Here are the addresses, for this run only:".
YOUR_PAGE = _("your page")

HOW: Final = ("done", "not_home", "broken")
"""What may come of a stop."""


def done_label(do: str) -> Text:
    return FETCHED if do == "fetch" else BROUGHT


# --- driving, or not ------------------------------------------------------------------------------------------------------


def _has_car(known: Known) -> bool:
    offer = (known.lookup("my_offer") or {}).get("offer") or {}
    return bool(offer.get("car") and offer.get("adult"))


def _drive_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("takes", "days", "hours") if offered(known) and _has_car(known) else ()


def _drive_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Those who have offered help have told their days already."""
    if given.get("answers") or not offered(known):
        return dict(given.get("answers", {}))
    before = known.lookup("driving")
    if before:
        return {} if given.get("change") else dict(before)
    return {}


def _drives(answers: Answers, known: Known) -> Ending:
    if not offered(known):
        return elsewhere()
    if "takes" not in answers:
        if known.lookup("my_offer") is None:
            words = _(
                "Good! Those who drive are volunteers with a car, 18 or older. So first a few questions about you."
            )
            return Ending((Reply(words=(words,)),), then="volunteer", after=(("drive_goods", {}),))
        words = _(
            "You have offered help, but not a car that you drive yourself. If you have one, change your offer in /mine."
        )
        return Ending((Reply(words=(words,)),), then="menu")
    words = _(
        "Thank you! When there is a run that fits you, I ask you. You see the areas and times, and say yes or no. The addresses "
        "you get after a yes. No money is taken or given."
    )
    kept = {name: answers[name] for name in ("takes", "days", "hours")}
    return Ending((Reply(words=(words,)),), (DriveGoods(kept),))


DRIVE_GOODS = Flow(
    name="drive_goods",
    title=_("Drive furniture"),
    steps=(
        Step("takes", prompt=_("What do you drive with?"), label=p_("goods", "Drives with"), read=one_choice(LOADS), must=True),
        Step("days", prompt=_("On which days can you mostly drive?"), label=p_("goods", "Days"), read=many_choices(DAYS, 1),
             must=True),
        Step("hours", prompt=_("And at what time of the day?"), label=p_("goods", "Time of day"),
             read=many_choices(HOURS, 1), must=True),
    ),
    begin=_drive_begin,
    order=_drive_order,
    finish=_drives,
)  # fmt: skip


def _driving_done(answers: Answers, known: Known) -> Ending:
    match answers["do"]:
        case "change":
            return Ending(then="drive_goods", given={"change": True})
        case "stop":
            words = _("All right, I do not ask you any more. Thank you for driving! Runs that you have said yes to are still "
                      "yours: see /mine.")  # fmt: skip
            return Ending((Reply(words=(words,)),), (DriveGoods(None),))
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


MY_DRIVING = Flow(
    name="my_driving",
    title=_("Driving furniture"),
    steps=(
        Step("do", prompt=_("You drive furniture when you have time. What would you like to do?"), label=_("What to do"),
             read=one_choice((CHANGE, STOP_DRIVING, KEEP)), must=True),
    ),
    finish=_driving_done,
    personal=False,
    passing=True,
)  # fmt: skip


# --- a run ----------------------------------------------------------------------------------------------------------------


def _run(known: Known, *statuses: str) -> dict[str, Any] | None:
    """A run of this person's, in one of these statuses; its stops without addresses."""
    found: dict[str, Any] | None = known.lookup("my_run", run_id=int(known.given.get("subject") or 0))
    return found if found is not None and found["status"] in statuses else None


def _over() -> Ending:
    return Ending((Reply(words=(_("That run is over, or somebody else has it."),)),))


def stop_line(stop: Mapping[str, Any]) -> Text:
    """One stop without an address."""
    at, area = time(stop["at"] // 60, stop["at"] % 60), str(stop["area"] or "…")
    if stop["do"] == "fetch":
        return _("{time} {area}: fetch “{what}”", time=at, area=area, what=str(stop["what"]))
    return _("{time} {area}: bring “{what}”", time=at, area=area, what=str(stop["what"]))


def run_card(found: Mapping[str, Any]) -> Card:
    """A run as its driver sees it before saying yes."""
    rows: list[tuple[Text, Value]] = [(p_("goods", "Day"), date.fromisoformat(found["day"]))]
    rows += [(p_("goods", "Stop {number}", number=at), stop_line(each)) for at, each in enumerate(found["stops"], 1)]
    rows.append((p_("goods", "Together"), _("about {km} km from your home and back", km=round(found["km"]))))
    if any(each["two"] for each in found["stops"]):
        rows.append(
            (p_("goods", "To think of"), _("Something needs two to carry it: whoever gives it is asked to help."))
        )
    return Card(_("A run with furniture"), tuple(rows))


def _yes(answers: Answers, known: Known) -> Ending:
    found = _run(known, "asked")
    if found is None:
        return _over()
    words = _("Thank you! Everybody is told when you come. Here are the addresses, for this run only: {link}",
              link=Link(YOUR_PAGE, Made("run_link")))  # fmt: skip
    more = _("Say at each stop what came of it, there or here in /mine. The page ends when all is delivered.")
    reply = Reply(words=(words, more), choices=_lasting(found), serial=0)
    return Ending((reply,), (AnswerRun(found["id"], True), MakeLink("run", found["id"])))


def _no(answers: Answers, known: Known) -> Ending:
    found = _run(known, "asked")
    if found is None:
        return _over()
    words = _("All right, no harm done. I ask somebody else, and you another time.")
    return Ending((Reply(words=(words,)),), (AnswerRun(found["id"], False),))


def _lasting(found: Mapping[str, Any]) -> tuple[Choice, ...]:
    return (Choice(f"f:my_run:{found['id']}", p_("goods", "Go on with the run")),)


RUN_YES = Flow("run_yes", YES, (), _yes, personal=False, passing=True, needs_subject=True)
RUN_NO = Flow("run_no", NO, (), _no, personal=False, passing=True, needs_subject=True)


def _next(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """The first stop of which nothing has been said yet."""
    return next((each for each in found["stops"] if not each["state"]), None)


def _run_prompt(answers: Answers, known: Known) -> Text:
    found = _run(known, "taken", "asked")
    stop = _next(found) if found else None
    if found is None or stop is None:
        return _("That run is over, or somebody else has it.")
    if found["status"] == "asked":
        return _("Can you drive this on {day}?", day=date.fromisoformat(found["day"]))
    return _("Your run on {day}. Next: {stop}. What came of it?", day=date.fromisoformat(found["day"]),
             stop=stop_line(stop))  # fmt: skip


def _run_choices(known: Known) -> tuple[Choice, ...]:
    found = _run(known, "taken", "asked")
    stop = _next(found) if found else None
    if found is None or stop is None:
        return (KEEP,)
    if found["status"] == "asked":
        return (Choice("yes", YES, means="yes"), Choice("no", NO, means="no"))
    made = (Choice("done", done_label(stop["do"])), Choice("not_home", NOT_HOME), Choice("broken", BROKEN))
    return (*made, PAGE, CANNOT, KEEP)


def _run_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _run(known, "taken", "asked"), str(answers["do"])
    stop = _next(found) if found else None
    if found is None or stop is None:
        return _over()
    here = {"subject": found["id"]}
    if chosen in ("yes", "no"):
        return Ending(then=f"run_{chosen}", given=here)
    if chosen == PAGE.id:
        words = _("Here are the addresses, for this run only: {link}", link=Link(YOUR_PAGE, Made("run_link")))
        reply = Reply(words=(words,), choices=_lasting(found), serial=0)
        return Ending((reply,), (MakeLink("run", found["id"]),))
    if chosen == CANNOT.id:
        return Ending(then=CANNOT.id, given=here)
    if chosen in HOW:
        more = sum(not each["state"] for each in found["stops"]) > 1
        choices = _lasting(found) if more else ()
        reply = Reply(words=(_made_words(stop, chosen),), choices=choices, serial=0 if choices else None)
        return Ending((reply,), (StopMade(found["id"], stop["number"], chosen),))
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


def _made_words(stop: Mapping[str, Any], how: str) -> Text:
    what = str(stop["what"])
    if how == "broken":
        return _(
            "Thank you for looking. Leave “{what}” there if you have not taken it yet. I tell everybody kindly.",
            what=what,
        )
    if how == "not_home" and stop["do"] == "fetch":
        return _("That happens. Go on to the next stop: I find another time for “{what}”.", what=what)
    if how == "not_home":
        return _(
            "That happens. Please keep “{what}” with you for some days: I find another time, and ask you.", what=what
        )
    if stop["do"] == "fetch":
        return _("Good! Whoever gets “{what}” is told that it is on its way.", what=what)
    return _("Well done! “{what}” has arrived.", what=what)


MY_RUN = Flow(
    name="my_run",
    title=_("My run with furniture"),
    steps=(Step("do", prompt=_run_prompt, label=_("What came of it"), read=one_choice(_run_choices), must=True),),
    finish=_run_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


def _leaves(answers: Answers, known: Known) -> Ending:
    found = _run(known, "taken")
    if found is None:
        return _over()
    words = _("Thank you for telling me. Everybody is told kindly, and what you have not fetched goes back into the queue. You "
              "have done nothing wrong.")  # fmt: skip
    return Ending((Reply(words=(words,)),), (LeaveRun(found["id"], str(answers.get("reason") or "")),))


LEAVE_RUN = Flow(
    name="leave_run",
    title=_("I cannot drive after all"),
    steps=(
        Step("reason", prompt=_("Would you like to say why? Only the municipality reads it."), label=_("Why"),
             read=long_text(), may_skip=True),
    ),
    order=lambda answers, known, left: ("reason",) if _run(known, "taken") is not None else (),
    finish=_leaves,
    personal=False,
    needs_subject=True,
)  # fmt: skip


# --- what falls due -------------------------------------------------------------------------------------------------------


def _of_due(input: Input, known: Known, *statuses: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_run", run_id=int(input.data["run"]))
    return found if found is not None and found["status"] in statuses else None


def asked(state: State, input: Input, known: Known) -> Turn:
    """A coordinator has approved a run, and wants this driver for it."""
    found = _of_due(input, known, "asked")
    if found is None:
        return Turn(state)
    words = _("Can you drive this? Please answer by {time}. Both answers are fine. You see the areas here, the addresses after a "
              "yes.", time=datetime.fromisoformat(found["answer_by"]))  # fmt: skip
    choices = (Choice(f"f:run_yes:{found['id']}", YES), Choice(f"f:run_no:{found['id']}", NO))
    return Turn(state, (Reply(words=(words,), card=run_card(found), choices=choices, serial=0),))


def lapsed(state: State, input: Input, known: Known) -> Turn:
    """The time to answer has passed."""
    found = _of_due(input, known, "asked")
    if found is None:
        return Turn(state)
    words = _("The time to answer about the run on {day} has passed, so somebody else is asked. I ask you another time.",
              day=date.fromisoformat(found["day"]))  # fmt: skip
    return Turn(state, (Reply(words=(words,)),), (AnswerRun(found["id"], taken=False, late=True),))


def tomorrow(state: State, input: Input, known: Known) -> Turn:
    """The day before, or at once where there is none."""
    found = _of_due(input, known, "taken")
    if found is None:
        return Turn(state)
    words = _("Soon it is time for your run with furniture. Do you need the addresses, or can you not come after all?")
    return Turn(state, (Reply(words=(words,), card=run_card(found), choices=_lasting(found), serial=0),))


def changed(state: State, input: Input, known: Known) -> Turn:
    """Something of a run is not needed any more, or all of it."""
    what, day = str(input.data.get("what") or ""), date.fromisoformat(input.data["day"])
    if what:
        words = _(
            "You need not drive “{what}” on {day} any more. Everything else stays. Your page shows it.",
            what=what,
            day=day,
        )
    else:
        words = _("The run on {day} is called off, so you are free. Thank you for being ready!", day=day)
    return Turn(state, (Reply(words=(words,)),))


def still(state: State, input: Input, known: Known) -> Turn:
    """The day is over, and of some stops nothing has been said."""
    found = _of_due(input, known, "taken")
    if found is None:
        return Turn(state)
    words = _("How did your run go? Please say what came of each stop, so that nobody waits.")
    return Turn(state, (Reply(words=(words,), choices=_lasting(found), serial=0),))


def thanks(state: State, input: Input, known: Known) -> Turn:
    """A run is over."""
    words = _("Your run is done. Thank you for driving! What you brought makes somebody's home. Your page with the addresses "
              "has ended.")  # fmt: skip
    return Turn(state, (Reply(words=(words,)),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "run_asked": asked,
    "run_lapsed": lapsed,
    "run_tomorrow": tomorrow,
    "run_changed": changed,
    "run_still": still,
    "run_thanks": thanks,
}
"""What happens when something about a run falls due."""

REMINDERS: Final = frozenset({"run_tomorrow"})
"""Of these whoever wants no messages hears nothing."""
