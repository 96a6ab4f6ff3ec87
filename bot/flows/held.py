"""A resident while a human has the conversation: what they write is kept and passed on, and the machine is silent.

It says no more than the status line: who has the conversation, and by when there is an answer. What the law gives every
person works all the same, and so does the way back to the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.flows import guarded
from bot.flows.engine import advance
from bot.flows.model import ChildWrites, Choice, Flow, Input, Known, LeftTalk, Reply, State, Turn, WroteInTalk
from bot.i18n import Ltr, Made, Text, _, p_
from bot.packs.model import Municipality

STATUS = "status"
"""The slot of the status line."""

RIGHTS = frozenset({"privacy", "mydata", "forget", "stop", "news_stop", "language", "protected", "unprotected"})
"""Flows that the machine goes through with a resident although a human has the conversation."""
_MOVING = frozenset({"moved", "bring"})
"""Commands by which a conversation comes from another place."""

# TRANSLATORS: a button, at most 30 characters: leave the human, go on with the machine.
BACK = Choice("h:bot", p_("move", "Go on with the machine"))


def in_talk(flows: Mapping[str, Flow], state: State, input: Input, known: Known) -> Turn:
    """Take one input of a resident whose conversation a human has. `known.facts["talk"]` says who, and what is promised.

    Raises:
        LookupWanted: As `advance` does.
    """
    if input.press is not None and input.press.choice == BACK.id:
        turn = advance(flows, state, Input(command="handed_back"), known)
        return replace(turn, effects=(LeftTalk(), *turn.effects), said=BACK.label)
    if input.fields is not None or _asks_for_rights(input) or is_about_rights(state) or _answers_many(input):
        return _without_questions(advance(flows, state, input, known))
    if input.command is not None or input.press is not None:
        return Turn(state, (status(known),))
    told = guarded.told(input, known, child=state.child)
    state = replace(state, child=state.child or told.child)
    effects = (*told.effects, *((ChildWrites(),) if told.child else ()))
    if known.facts["talk"]["waits"]:
        return Turn(state, told.replies, effects)
    answer_by = known.facts["talk"]["new_promise"]
    return Turn(state, (*told.replies, status(known, answer_by, Made("talk_by"))), (*effects, WroteInTalk(answer_by)))


def status(known: Known, answer_by: datetime | None = None, name: str | Made | None = None) -> Reply:
    """The status line. It never claims that somebody reads who is not there. `name`: where somebody else may have got it."""
    talk = known.facts["talk"]
    return Reply(
        words=status_words(name or talk["by"], known.municipality, answer_by or talk["answer_by"]), choices=(BACK,), serial=0,
        slot=STATUS,
    )  # fmt: skip


def status_words(name: str | Made, place: Municipality, answer_by: datetime | None) -> tuple[Text, ...]:
    """Who has the conversation, and by when there is an answer (None: nobody waits for one)."""
    has = _("What you write here goes to {name}, a human at {lab}. I, the machine, am silent meanwhile.",
            name=name, lab=place.lab or place.name)  # fmt: skip
    return (has, _("You get an answer here by {time} at the latest.", time=answer_by)) if answer_by else (has,)


def closed(flows: Mapping[str, Flow], state: State, input: Input, known: Known) -> Turn:
    """Take one input of somebody whose chat was closed by a person's decision: the other ways stay open, and so do rights."""
    if _asks_for_rights(input) or is_about_rights(state):
        return _without_questions(advance(flows, state, input, known))
    return Turn(state, (Reply(words=closed_words(known.municipality)),))


def closed_words(place: Municipality) -> tuple[Text, ...]:
    """What is said where a chat is closed. The municipality's duty to answer stays (förvaltningslagen 2017:900, 6-7 §)."""
    words = [
        _("A person at {lab} has closed this chat. I do not pass on what you write here.", lab=place.lab or place.name)
    ]
    if place.phone:
        words.append(_("You can still reach {municipality}: ring {phone}, write a letter, or come by.",
                       municipality=place.name, phone=Ltr(place.phone)))  # fmt: skip
    else:
        words.append(
            _("You can still reach {municipality}: ring, write a letter, or come by.", municipality=place.name)
        )
    words.append(_("In danger? Call {number}.", number=Ltr("112")))
    return tuple(words)


def _asks_for_rights(input: Input) -> bool:
    button = input.press.choice.removeprefix("f:") if input.press is not None and input.press.serial == 0 else None
    return input.command in RIGHTS | _MOVING or button in RIGHTS


def _answers_many(input: Input) -> bool:
    """Whether a button under a message to many is pressed: it has nothing to do with the human."""
    return input.press is not None and input.press.serial == 0 and input.press.choice.startswith("f:heard:")


def is_about_rights(state: State) -> bool:
    """Whether one of those flows has the open question."""
    return bool(state.frames) and state.frames[-1].flow in RIGHTS


def _without_questions(turn: Turn) -> Turn:
    """What was under way before is not asked again while a human has the conversation."""
    if is_about_rights(turn.state):
        return turn
    return replace(turn, replies=tuple(reply for reply in turn.replies if not reply.serial and reply.card is None))
