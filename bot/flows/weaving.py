"""Two groups that staff want to bring together: each is asked here, and neither hears of the other before both have said yes.

Publication, 4.2: a weaver starts links, then direct ones appear. Whom the bot cannot reach gets a letter from staff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from bot.flows.joining import reachable
from bot.flows.mapped import theme_name
from bot.flows.model import (
    AnswerLink,
    Answers,
    Choice,
    Consent,
    Ending,
    EndLink,
    Flow,
    Input,
    Known,
    Reply,
    State,
    Step,
    Suggestion,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, text
from bot.i18n import Ltr, Text, _, p_
from bot.packs.model import Municipality

PURPOSE: Final = "map_introduction"
"""The purpose of the consent to tell the other one who they are and how they are reached."""

CONSENT_VERSION: Final = "1"

THROUGH: Final = "bot"
"""Stands for a way to be reached where somebody gives none: the municipality brings them together."""

# TRANSLATORS: buttons, at most 30 characters each.
YES = p_("map", "Yes, bring us together")
NO = p_("map", "No, not this time")
THROUGH_STAFF = p_("map", "Through the municipality")


def asked_words(theme: str, area: str, own: str, municipality: Municipality, answer_by: date) -> tuple[Text, ...]:
    """What each of the two is asked, here or in a letter. Nothing of it tells who the other one is."""
    title = theme_name(theme, municipality)
    if title is not None and area:
        about = _("There is another group in {area} that also works with this: {theme}. You may not know each other yet.",
                  area=area, theme=title)  # fmt: skip
    elif title is not None:
        about = _(
            "There is another group that also works with this: {theme}. You may not know each other yet.", theme=title
        )
    elif area:
        about = _("There is another group in {area} that you may not know yet.", area=area)
    else:
        about = _("There is another group here that you may not know yet.")
    return (
        about,
        _(
            "May we bring “{group}” and them together? Neither of you hears who the other one is before both have said yes. Please "
            "answer by {day}.",
            group=own, day=answer_by,
        ),
    )  # fmt: skip


def together_words(own: str, other: str, contact: str) -> tuple[Text, ...]:
    """What each hears when both have said yes."""
    told = [_("“{group}” and “{other}” have both said yes to being brought together.", group=own, other=other)]
    if contact:
        told.append(_("This is how you reach “{other}”: {contact}", other=other, contact=Ltr(contact)))
    else:
        told.append(_("“{other}” would rather be reached through the municipality. A person there gets you together.",
                      other=other))  # fmt: skip
    return tuple(told)


def _found(known: Known) -> dict[str, Any] | None:
    """The introduction that the running flow is about, for one of its two: {"id", "status", "said", "own"}."""
    found: dict[str, Any] | None = known.lookup(
        "map_introduction", introduction_id=int(known.given.get("subject") or 0)
    )
    return found


def _open(known: Known) -> dict[str, Any] | None:
    found = _found(known)
    return found if found and found["status"] == "asking" and found["said"] == "waiting" else None


def _too_late(known: Known) -> Ending:
    words = _("That is settled already, or was taken back. There is nothing to answer any more.")
    return Ending((Reply(words=(words,)),))


def _through(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    return (Suggestion(THROUGH, THROUGH_STAFF, THROUGH),)


def _contact(answers: Answers) -> str:
    said = str(answers.get("contact") or "")
    return "" if said == THROUGH else said


def _agree_prompt(answers: Answers, known: Known) -> Text:
    found = _open(known)
    own = str(found["own"]) if found else ""
    if _contact(answers):
        return _(
            "May I tell them, once they have said yes too, that it is “{group}”, and how you are reached ({contact})? You hear "
            "the same of them.",
            group=own, contact=_contact(answers),
        )  # fmt: skip
    return _(
        "May I tell them, once they have said yes too, that it is “{group}”? You hear the same of them.", group=own
    )


def _order(*names: str) -> Callable[[Answers, Known, tuple[str, ...]], tuple[str, ...]]:
    return lambda answers, known, left: names if _open(known) else ()


def _said_yes(answers: Answers, known: Known) -> Ending:
    found = _open(known)
    if found is None:
        return _too_late(known)
    if not (answers.get("agree") or {}).get("given"):
        words = _("All right. I have told nobody anything. The question stays open.")
        return Ending((Reply(words=(words,), choices=choices(found["id"]), serial=0),))
    words = _("Thank you! As soon as they have answered, you hear it here.")
    effects = (
        Consent(PURPOSE, CONSENT_VERSION, True, found["id"]), AnswerLink(found["id"], True, _contact(answers)),
    )  # fmt: skip
    return Ending((Reply(words=(words,)),), effects)


WEAVE_YES = Flow(
    name="weave_yes",
    title=YES,
    steps=(
        Step("contact",
             prompt=_("How may they reach you, once you both have said yes? Write a number or an e-mail address."),
             label=_("How you are reached"), read=text(), check=reachable, suggest=_through, must=True,
             why=_("Nobody sees it before both of you have said yes.")),
        Step("agree", prompt=_agree_prompt, label=_("Passed on"), read=consent(PURPOSE, CONSENT_VERSION), must=True),
    ),
    order=_order("contact", "agree"),
    finish=_said_yes,
    needs_subject=True,
)  # fmt: skip


def _said_no(answers: Answers, known: Known) -> Ending:
    found = _open(known)
    if found is None:
        return _too_late(known)
    words = _("All right. Nobody hears anything about you.")
    return Ending((Reply(words=(words,)),), (AnswerLink(found["id"], False),))


WEAVE_NO = Flow(name="weave_no", title=NO, steps=(), finish=_said_no, needs_subject=True, personal=False)


# --- what falls due -------------------------------------------------------------------------------------------------------


def choices(introduction_id: int) -> tuple[Choice, ...]:
    """The lasting buttons under the question."""
    return (Choice(f"f:weave_yes:{introduction_id}", YES), Choice(f"f:weave_no:{introduction_id}", NO),
            button(Move.HUMAN))  # fmt: skip


def ask(state: State, input: Input, known: Known) -> Turn:
    """Staff want to bring this group together with another one."""
    data, here = input.data, known.municipality
    day = datetime.fromisoformat(str(data["answer_by"])).astimezone(here.zone).date()
    words = asked_words(str(data["theme"]), str(data["area"]), str(data["own"]), here, day)
    return Turn(state, (Reply(words=words, choices=choices(int(data["introduction"])), serial=0),))


def agreed(state: State, input: Input, known: Known) -> Turn:
    """Both have said yes."""
    data = input.data
    words = (
        *together_words(str(data["own"]), str(data["other"]), str(data.get("contact") or "")),
        _("Meet in a public place the first time. If something is not right, talk to a human here."),
    )
    return Turn(state, (Reply(words=words, choices=(button(Move.HUMAN),), serial=0),))


def over(state: State, input: Input, known: Known) -> Turn:
    """Nothing comes of it; who the other one was stays untold."""
    data = input.data
    if data.get("said") == "yes":
        words = _("You said yes to being brought together with another group. Nothing comes of it this time. Nobody has heard "
                  "anything about “{group}”.", group=str(data["own"]))  # fmt: skip
    else:
        words = _("I asked whether “{group}” wants to be brought together with another group. You need not answer any more.",
                  group=str(data["own"]))  # fmt: skip
    return Turn(state, (Reply(words=(words,)),))


def ends(state: State, input: Input, known: Known) -> Turn:
    """The time for an answer is over."""
    return Turn(state, (), (EndLink(int(input.data["introduction"])),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "weave_ask": ask,
    "weave_agreed": agreed,
    "weave_over": over,
    "weave_ends": ends,
}
"""What happens when something about two groups falls due."""
