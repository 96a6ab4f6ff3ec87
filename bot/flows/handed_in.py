"""What was handed in: how it stands, the page of it, and adding to it while it is not complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from bot.flows.application import application_paper
from bot.flows.model import Answers, Attachment, Choice, Ending, Flow, Input, Known, Reply, State, Step, Turn
from bot.flows.paper import Paper
from bot.flows.partnership import partnership_paper
from bot.flows.read import one_choice
from bot.i18n import Sek, Text, _, content, n_, p_
from bot.packs.model import Municipality, Support

PAPERS = {"application": application_paper, "partnership": partnership_paper}


def paper_of(flow: str, answers: Mapping[str, Any], municipality: Municipality, now: datetime) -> Paper | None:
    """The page of something handed in; None when the pack no longer has its support."""
    grants = municipality.grants
    support = grants.support(str(answers.get("support", ""))) if grants else None
    if grants is None or support is None:
        return None
    return PAPERS[flow](grants, support, answers, now)


def money_applied_for(kind: str, context: Any, municipality: Municipality) -> Support | None:
    """The support that a case applies for, where it is money; None for other cases."""
    grants = municipality.grants
    if kind != "application" or grants is None:
        return None
    support = grants.support(str(((context or {}).get("answers") or {}).get("support", "")))
    return support if support is not None and "place_not_money" not in support.labels else None


def _found(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_case", case_id=known.given.get("subject", 0))
    return found


def _status(answers: Answers, known: Known) -> Text:
    found = _found(known)
    if found is None:
        return _("I cannot find that among yours any more.")
    if found["closed_day"]:
        return _("It was closed on {day}. Is there anything you want to do?", day=found["closed_day"])
    if found["answered_day"]:
        return _(
            "A person answered you on {day}, here in the conversation. Is there anything you want to do?",
            day=found["answered_day"],
        )
    if found["answer_by"] is None:
        return _("It is sent. What would you like to do with it?")
    if found["complete_day"] is None:
        return _("It is sent but not complete yet. A person helps you on by {time}.", time=found["answer_by"])
    left = (found["answer_by"].date() - known.today).days
    return n_(
        "It was complete on {day}. You get an answer by {time}: {count} day left.",
        "It was complete on {day}. You get an answer by {time}: {count} days left.",
        max(0, left), day=found["complete_day"], time=found["answer_by"],
    )  # fmt: skip


# TRANSLATORS: buttons, at most 30 characters each.
ADD = Choice("add", p_("application", "Add or change something"))
PDF = Choice("pdf", p_("application", "Get it as a PDF"))
ASK = Choice("coach", p_("application", "Ask a human"))
BACK = Choice("mine", p_("application", "Everything of mine"))


def _do_choices(known: Known) -> tuple[Choice, ...]:
    found = _found(known)
    if found is None:
        return (BACK,)
    may_change = found["flow"] == "application" and not found["closed_day"] and found["complete_day"] is None
    return (*((ADD,) if may_change else ()), PDF, ASK, BACK)


def _do(answers: Answers, known: Known) -> Ending:
    found, do = _found(known), answers["do"]
    if found is None or do == "mine":
        return Ending(then="mine")
    if do == "add":
        said_ = {name: value for name, value in found["answers"].items() if name != "support"}
        given = {"case_id": found["id"], "support": found["answers"]["support"], "answers": said_}
        return Ending(then="application", given=given)
    if do == "coach":
        return Ending(then="coach")
    caption = _("Here it is, to print or keep.")
    return Ending((Reply(attachment=Attachment("case", found["id"], caption)),))


MY_CASE = Flow(
    name="my_case",
    title=_("Something I sent in"),
    steps=(Step("do", prompt=_status, label=_("What to do"), read=one_choice(_do_choices), must=True),),
    finish=_do,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- what falls due -------------------------------------------------------------------------------------------------------


def granted(state: State, input: Input, known: Known) -> Turn:
    """A person at the municipality has noted what was granted: {"case", "support", "amount", "day", "name"}."""
    grants = known.municipality.grants
    support = grants.support(input.data["support"]) if grants else None
    if support is None:
        return Turn(state)
    words = _(
        "{name}, a human at {lab}, says: you get {amount} from “{support}”. It was decided on {day}.",
        name=str(input.data["name"]), lab=known.municipality.lab or known.municipality.name,
        amount=Sek(int(input.data["amount"])), support=content(support.name),
        day=date.fromisoformat(input.data["day"]),
    )  # fmt: skip
    choices = (Choice(f"f:my_case:{input.data['case']}", p_("application", "See what you sent in")),)
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"money_granted": granted}
"""What happens when something about what was handed in falls due."""
