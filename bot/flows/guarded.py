"""Whoever has a protected identity, or is a child: said once, without questions, and everything goes on as before.

What they say of themselves is found in whatever they write (`bot.rules.of_themselves`). From then on nothing is kept that
tells who or where they are, and where a flow cannot do without that, a human takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.flows.case_kinds import ROLE_NAMES
from bot.flows.model import (
    Answers,
    Choice,
    Effect,
    Ending,
    Flow,
    Input,
    Known,
    Reply,
    SetProtected,
    State,
)
from bot.flows.moves import Move, button
from bot.i18n import Ltr, Made, Text, _, p_
from bot.rules import masking, of_themselves
from bot.rules.emergency import helplines

NAMES_PEOPLE = frozenset({
    "help_me", "volunteer", "board_answer", "introduce", "idea_post", "idea_join", "idea_help", "actor_post", "actor_ask",
    "interest_yes", "interest_ask", "meeting_come", "interest_reply", "interest_write", "dialogue_join", "focus", "families", "phone_chats", "intro_write", "project_yes", "project_join", "noted", "weave_yes", "give_item", "need_item", "goods_yes", "goods_address",
    "drive_goods",
})  # fmt: skip
"""Flows that cannot do without a name, an address or a way to be reached, or that bring two strangers together."""

WITH_A_GUARDIAN = frozenset({"friends", "intro_yes"})
"""The same, but that a child may begin: a coach asks a guardian before anything comes of it."""

KEEPS_LISTS = frozenset({"news", "follow_meetings", "sub_network"})
"""Flows that put somebody on a list of people to write to."""

# TRANSLATORS: buttons, at most 30 characters each.
PROTECT = Choice("f:protected", p_("privacy", "I have protected identity"))
UNPROTECT = Choice("f:unprotected", p_("privacy", "No protected identity"))
NOT_MEANT = Choice("f:unprotected", p_("privacy", "I did not mean that"))
HUMAN = Choice("f:coach", p_("move", "Talk to a human"))


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody has said of themselves in one input, and what is answered. `is_all`: they said nothing more."""

    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    protected: bool = False
    child: bool = False
    is_all: bool = False


def told(input: Input, known: Known, *, child: bool) -> Told:
    """What is new in it; `child`: that it is one is known already."""
    said = "\n".join(part for part in (input.text, input.argument, *(input.fields or {}).values()) if part)
    if not said or input.clock is not None:
        return Told()
    found = of_themselves.said_in(said)
    protected = of_themselves.PROTECTED in found and not known.facts.get("protected")
    is_child = of_themselves.CHILD in found and not child
    replies = ((_protected(known),) if protected else ()) + ((_for_a_child(),) if is_child else ())
    effects: tuple[Effect, ...] = (SetProtected(True),) if protected else ()
    is_all = bool(replies) and input.command is None and input.fields is None and of_themselves.is_all_of(said)
    return Told(replies, effects, protected, is_child, is_all)


def closes(flow: str, known: Known, *, child: bool) -> bool:
    """Whether a human takes the place of a flow for this person."""
    if flow in WITH_A_GUARDIAN:
        return bool(known.facts.get("protected"))
    return flow in NAMES_PEOPLE | KEEPS_LISTS and (child or bool(known.facts.get("protected")))


def with_a_human(flow: str) -> Reply:
    """What is said in the place of a flow that is closed to somebody."""
    if flow in KEEPS_LISTS:
        words = _(
            "I do not put you on a list of people who get news, so that nothing more is kept about you. You can always ask me "
            "what is going on. A human can also help you."
        )
        return Reply(words=(words,), choices=(HUMAN, button(Move.MENU)), serial=0)
    words = _(
        "For this, others would need to know who you are or how to reach you. I do not ask you for that. A human can find "
        "another way together with you."
    )
    return Reply(words=(words,), choices=(HUMAN,), serial=0)


CODED = (None, "start", "bring", "moved", "form", "language")
"""Commands whose argument is no words."""

NOT_KEPT = _("I have not kept that. Please send no pictures, places, names or numbers here. Tell me in words instead.")
"""Said where something came that would tell who or where they are."""


def guardian_asked(input: Input, before: State) -> bool:
    """Whether a child answers whom a coach may talk with, which tells how a grown-up is reached."""
    open_ = before.frames[-1] if before.frames else None
    if input.command == "form" and input.argument == "friends":
        return True
    return open_ is not None and (open_.flow, open_.step) == ("friends", "guardian") and input.text is not None


def covered(input: Input, *, mail_asked: bool = False) -> tuple[Input, bool]:
    """What is kept of an input of theirs, and whether something was left out: files, places, cards, numbers, addresses.

    `mail_asked`: the present question is for an address to write to, which they may leave or not.
    """
    left_out = False

    def hidden(words: str) -> str:
        nonlocal left_out
        asked_for = mail_asked and "@" in words and len(words.split()) == 1
        covered, count = (words, 0) if asked_for else masking.mask_contacts(words)
        left_out = left_out or count > 0
        return covered

    text = hidden(input.text) if input.text is not None else None
    fields: Mapping[str, str] | None = input.fields and {name: hidden(words) for name, words in input.fields.items()}
    argument = hidden(input.argument) if input.command not in CODED else input.argument
    if input.file is not None or input.place is not None or input.person is not None:
        left_out, text = True, text or masking.CONTACT_MARK
    return replace(input, text=text, argument=argument, fields=fields, file=None, place=None, person=None), left_out


def _protected(known: Known) -> Reply:
    no_news = _("I send you no more news, and you are on no list of those who get it.")
    words = _(
        "From now on your identity is protected here. You need not explain anything. Only staff with the role “{role}” "
        "can read what you write. I call you {code_name}, and have taken your name away.",
        role=ROLE_NAMES["protected"], code_name=Made("code_name"),
    )  # fmt: skip
    more = _(
        "Please write no names, addresses or numbers, and send no pictures or places. I do not keep them. Everything else "
        "works as before."
    )
    telegram = _("What a person writes to you is not sent through Telegram. You get a link to it there.")
    also = ((telegram,) if known.channel == "telegram" else ()) + ((no_news,) if known.facts.get("listens") else ())
    return Reply(words=(words, more, *also), choices=(NOT_MEANT,), serial=0)


def _for_a_child() -> Reply:
    bris = next(line for line in helplines() if line.id == "bris")
    words = _(
        "You are welcome here, however old you are. If something is hard, you can talk to {name}, {number}. They are there "
        "for everybody under 18. At school you can talk to the school nurse or the school counsellor.",
        name=bris.name, number=Ltr(bris.number),
    )  # fmt: skip
    more = _("Please send no pictures, and tell nobody here your phone number or where you live.")
    return Reply(words=(words, more))


def _protects(answers: Answers, known: Known) -> Ending:
    return Ending((_protected(known),), (SetProtected(True),))


def _lifts(answers: Answers, known: Known) -> Ending:
    words = _("All right. The coaches can read what you write here, as for everybody else.")
    return Ending((Reply(words=(words,), choices=(PROTECT,), serial=0),), (SetProtected(False),))


def _flow(name: str, title: Text, finish: Callable[[Answers, Known], Ending]) -> Flow:
    return Flow(name, title, (), finish, personal=False, passing=True)


PROTECTED = _flow("protected", _("I have protected identity"), _protects)
UNPROTECTED = _flow("unprotected", _("No protected identity"), _lifts)

GUIDE_CHILD: tuple[Text, ...] = (
    _("A child writes here. Keep the talk in this queue, so that a colleague can read it too."),
    _(
        "Ask for no pictures, address or number, and give none of your own. Two strangers are not brought together here."
    ),
    _("If you worry about the child, report it to social services at once. That is every employee's duty, also yours."),
)
"""For staff, beside a case in which a child writes."""

GUIDE_PROTECTED: tuple[Text, ...] = (
    _("Protected identity. Only staff with your role see this case."),
    _("Write no name, address or number, and ask for none. Your answer goes as a link, not through Telegram."),
)
"""For staff, beside a case of somebody whose identity is protected."""
