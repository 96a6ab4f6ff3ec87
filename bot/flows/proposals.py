"""A proposal made in a dialogue, and what became of it: used, used in part, or not, and why (publication 2.2, 6.1).

Whoever made it sees it under /mine and by asking, until it is answered and afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from bot.flows.dialogue_words import quoted, standing
from bot.flows.model import Answers, Choice, Ending, Flow, Input, Known, Propose, Reply, State, Step, Turn
from bot.flows.moves import Move, button
from bot.flows.plan import short_title
from bot.flows.read import long_text, one_choice, yes_no
from bot.flows.survey import NOTHING_SENSITIVE, dialogue_of
from bot.i18n import Ltr, Text, _, p_

WORDS_MAX = 1500

# TRANSLATORS: buttons, at most 30 characters each.
MORE = p_("proposal", "Make one more proposal")
SEE = p_("proposal", "See the dialogue")


def _open(known: Known) -> dict[str, Any] | None:
    found = dialogue_of(known)
    return found if found and found["status"] == "open" else None


def _ask(answers: Answers, known: Known) -> Text:
    found = dialogue_of(known)
    return _("“{title}”: what do you propose? One proposal at a time.", title=found["title"] if found else "…")


def _proposed(answers: Answers, known: Known) -> Ending:
    found = _open(known)
    if found is None:
        words = _("No proposals are taken there any more. You can write to those who hold the matter.")
        # TRANSLATORS: a button, at most 30 characters.
        influence = Choice("f:influence", p_("dialogue", "What can I influence?"))
        return Ending((Reply(words=(words,), choices=(influence, button(Move.HUMAN)), serial=0),))
    effect = Propose(found["id"], str(answers["words"])[:WORDS_MAX], bool(answers.get("hear")))
    told = [
        _("Thank you! A person reads your proposal. Then everybody can see it, without your name."),
        _("It is answered: used, used in part or not, and why."),
    ]
    if answers.get("hear"):
        told.append(_("I tell you here what became of it."))
    told.append(_("You find it under /mine."))
    choices = (Choice(f"f:propose:{found['id']}", MORE), Choice(f"f:dialogue:{found['id']}", SEE))
    return Ending((Reply(words=tuple(told), choices=choices, serial=0),), (effect,))


PROPOSE = Flow(
    name="propose",
    title=_("Make a proposal"),
    steps=(
        Step("words", prompt=_ask, label=_("Your proposal"), read=long_text(WORDS_MAX), must=True,
             why=NOTHING_SENSITIVE, example=_("One place to ask about rooms, open in the evening too.")),
        Step("hear", prompt=_("Shall I tell you what becomes of it?"), label=_("Told of it"), read=yes_no(), may_skip=True,
             why=_("It can be used, used in part, or not. You then hear which, and why.")),
    ),
    order=lambda answers, known, left: ("words", "hear") if _open(known) else (),
    finish=_proposed,
    needs_subject=True,
)  # fmt: skip


# --- what became of it ------------------------------------------------------------------------------------------------


def _found(number: Any, known: Known) -> dict[str, Any] | None:
    found = known.lookup("proposal", proposal_id=int(number)) if number else None
    return cast("dict[str, Any] | None", found)


def _told(found: Mapping[str, Any]) -> tuple[Text, ...]:
    return (_("“{title}”. You proposed:", title=found["title"]), quoted(found["words"]), *standing(found))


def _shown(answers: Answers, known: Known) -> Ending:
    found = _found(known.given.get("subject"), known)
    if found is None:
        return Ending((Reply(words=(_("I do not find that proposal among yours."),)),), then="menu")
    choices = (Choice(f"f:dialogue:{found['dialogue']}", SEE), button(Move.HUMAN))
    return Ending((Reply(words=_told(found), choices=choices, serial=0),))


PROPOSAL = Flow(
    name="proposal",
    title=_("My proposal"),
    steps=(),
    finish=_shown,
    personal=False,
    passing=True,
    needs_subject=True,
)


def _mine(known: Known) -> list[dict[str, Any]]:
    return [each for each in known.lookup("my_dialogues") or () if each["flow"] == "proposal"]


def _titles(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: a button that holds nothing but the first words of a proposal.
    return tuple(Choice(f"p{each['id']}", _("{words}", words=short_title(each["title"]))) for each in _mine(known))


def _which(answers: Answers, known: Known) -> Ending:
    mine = _mine(known)
    if not mine:
        words = _("You have made no proposal here. In the open dialogues you can make one.")
        return Ending((Reply(words=(words,)),), then="dialogues")
    chosen = str(answers.get("which") or f"p{mine[0]['id']}")
    return Ending(then="proposal", given={"subject": int(chosen[1:])})


MY_PROPOSALS = Flow(
    name="my_proposals",
    title=_("What became of my proposal"),
    steps=(
        Step("which", prompt=_("Which of your proposals do you mean?"), label=_("Which one"), read=one_choice(_titles),
             must=True),
    ),
    order=lambda answers, known, left: ("which",) if len(_mine(known)) > 1 else (),
    finish=_which,
    personal=False,
    passing=True,
)  # fmt: skip


def answered(state: State, input: Input, known: Known) -> Turn:
    """A proposal is answered, or its answer has changed, and whoever made it wished to hear."""
    found = _found(input.data["proposal"], known)
    if found is None or not found["outcome"]:
        return Turn(state)
    lead = [_("Your proposal has got an answer.")]
    if found["instead"]:
        lead.append(_("This message is only in Swedish so far. Write {command} if you want to talk to a human about it.",
                      command=Ltr("/coach")))  # fmt: skip
    words = (*lead, *_told(found))
    choices = (Choice(f"f:dialogue:{found['dialogue']}", SEE), button(Move.HUMAN))
    return Turn(state, (Reply(words=words, choices=choices, serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"proposal_answered": answered}
"""What happens when something about a proposal falls due; it has {"proposal": id} in `input.data`."""
