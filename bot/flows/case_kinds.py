"""The kinds of case: what they are called, who may see them, how they are to be told of. One queue holds them all.

A new kind of work for staff is one more line here, and `OpenCase(kind, ...)` or `FileCase(kind, ...)` in a flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.i18n import Text, _, p_
from bot.packs.model import Municipality

URGENT: Final = 0
USUAL: Final = 5

ROLES: Final = ("coach", "coordinator", "leader", "sender", "administrator", "contact", "protected")
"""What somebody may be in a municipality. `contact` is a contact person, asked about their own subject. `leader` is the
process leader, who hears of what others leave lying and decides whether a chat is closed. `protected` may, besides what
their other roles allow, read what comes from people with a protected identity."""

ROLE_NAMES: Mapping[str, Text] = {
    "coach": p_("role", "Coach"),
    "coordinator": p_("role", "Coordinator"),
    "leader": p_("role", "Process leader"),
    "sender": p_("role", "Sends messages to many"),
    "administrator": p_("role", "Administrator"),
    "contact": p_("role", "Contact person"),
    "protected": p_("role", "May read protected identities"),
}

WAYS: Final = ("mail", "digest", "telegram", "none")
"""How staff can be told of a case; all of it is also in the console."""


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind. `waits` begins the letter to the municipality. `roles` may see and answer it. `handed_in`: worked out
    here in a flow, and its owner may look at it again. `beside`: the machine goes on talking meanwhile. `private`: answers go to Telegram only as a link.

    `answer_days` are working days promised, None for the municipality's own promise. `soon` is how long before the
    promise runs out its owner is reminded. `way` is how staff are told who have not chosen.
    """

    name: str
    label: Text
    waits: Text
    roles: frozenset[str] = frozenset({"coach", "coordinator"})
    handed_in: bool = False
    beside: bool = False
    private: bool = False
    priority: int = USUAL
    answer_days: int | None = None
    soon: timedelta = timedelta(hours=4)
    way: str = "mail"

    @property
    def to_be_claimed(self) -> bool:
        """Whether somebody has to take it soon: it keeps the conversation waiting, or is urgent."""
        return not self.beside or self.priority == URGENT

    def answer_by(self, municipality: Municipality, now: datetime) -> datetime:
        """By when an answer to this kind is promised."""
        if self.answer_days is not None:
            promise = municipality.promise.model_copy(update={"answer_days": self.answer_days})
            municipality = municipality.model_copy(update={"promise": promise})
        return municipality.answer_by(now)


# TRANSLATORS: the long one of each pair is the first sentence of a letter to the municipality's own staff.
KINDS: Mapping[str, CaseKind] = {
    kind.name: kind
    for kind in (
        CaseKind("safety", p_("kind of case", "May be in danger"), _("A resident may be in danger. Read this at once."),
                 private=True, priority=URGENT, answer_days=1),
        CaseKind("coach", p_("kind of case", "Wants to talk to a human"), _("A resident wants to talk to a human.")),
        CaseKind("interpreter", p_("kind of case", "Wants an interpreter"), _("A resident wants an interpreter."),
                 beside=True),
        CaseKind("introduction", p_("kind of case", "Wants to meet somebody with a similar idea"),
                 _("A resident wants to be introduced to somebody with a similar idea.")),
        CaseKind("application", p_("kind of case", "Applies for support"), _("An application waits for an answer."),
                 handed_in=True, beside=True, soon=timedelta(days=7)),
        CaseKind("dialogue", p_("kind of case", "Wants a talk about working together"),
                 _("An organisation wants a talk about working together."), handed_in=True, beside=True,
                 soon=timedelta(days=1)),
        CaseKind("premises", p_("kind of case", "Looks for a room"),
                 _("A resident looks for a room and has not found one.")),
        CaseKind("enquiry", p_("kind of case", "Has asked somebody a question"),
                 _("A resident's question has not been answered by those who were asked."),
                 roles=frozenset({"coach", "coordinator", "contact"}), beside=True),
        CaseKind("booking", p_("kind of case", "Has asked for a room"), _("A request for a room waits for an answer."),
                 beside=True),
        CaseKind("join", p_("kind of case", "Wants to join a network or the agreement"),
                 _("A group wants to join a network or the agreement."), beside=True),
        CaseKind("meeting", p_("kind of case", "Asks for a theme meeting"), _("Somebody asks for a theme meeting."),
                 beside=True),
        CaseKind("agenda_item", p_("kind of case", "Has sent in something for an agenda"),
                 _("Somebody has sent in something for the agenda of a meeting."), beside=True),
        CaseKind("action_plan", p_("kind of case", "Has handed in a group's action plan"),
                 _("A group from an open space has handed in its action plan."), beside=True),
        CaseKind("obstacle", p_("kind of case", "Something is in the way of coming"),
                 _("Something is in the way of coming to an activity."), beside=True),
        CaseKind("board", p_("kind of case", "Wants to be on the volunteer board"),
                 _("An association wants to be on the volunteer board."), beside=True),
        CaseKind("board_answer", p_("kind of case", "Wants to help an association"),
                 _("A resident wants to help an association."), beside=True),
        CaseKind("idea_board", p_("kind of case", "Wants an idea on the idea board"),
                 _("Somebody wants to show an idea to everybody."), beside=True),
        CaseKind("actor", p_("kind of case", "Wants to be in the directory of actors"),
                 _("An association or a group wants to be in the directory of actors."), beside=True),
        CaseKind("take_part", p_("kind of case", "Wants to take part in something"),
                 _("A resident wants to take part in something that others have put up."), beside=True),
        CaseKind("guardian", p_("kind of case", "A guardian is to be asked"),
                 _("Somebody under 18 wants to join a friendship group. A guardian is to be asked."), beside=True, private=True),
        CaseKind("introduction_back", p_("kind of case", "Too few of a group have said yes"),
                 _("Too few of a group have said yes. A coordinator decides."), roles=frozenset({"coordinator"}), beside=True),
        CaseKind("help", p_("kind of case", "Asks for help"), _("A resident asks for help with something."), beside=True,
                 private=True, soon=timedelta(minutes=30)),
        CaseKind("service", p_("kind of case", "Help that helpers do not give"),
                 _("A resident needs help with something that is no task for helpers."), beside=True, private=True,
                 soon=timedelta(minutes=30)),
        CaseKind("report", p_("kind of case", "Something is not right between helper and helped"),
                 _("Something is not right between a resident and a helper. Read this today."), beside=True, private=True,
                 priority=URGENT, answer_days=1),
        CaseKind("goods", p_("kind of case", "Furniture to give or get"),
                 _("Somebody gives away furniture, or needs some. Bring the two together."), beside=True),
        CaseKind("open_activity", p_("kind of case", "Tells of an open activity"),
                 _("Somebody tells of an open activity, for everybody to find."), beside=True),
        CaseKind("shift_wish", p_("kind of case", "Wants a shift that needs a check"),
                 _("A volunteer wants a shift for which an extract from the records has to be shown."), beside=True),
        CaseKind("conduct", p_("kind of case", "Asks for a chat to be closed"),
                 _("A colleague asks whether a resident's chat shall be closed."), roles=frozenset({"leader"}),
                 beside=True),
        CaseKind("shift_gap", p_("kind of case", "A shift lacks people"),
                 _("A volunteer has dropped out at short notice, and nobody stands by."), beside=True, priority=URGENT,
                 answer_days=1),
    )
}  # fmt: skip

OTHER: Final = CaseKind("other", p_("kind of case", "Something else"), _("A resident wants to talk to a human."))

HANDED_IN: Final = tuple(kind.name for kind in KINDS.values() if kind.handed_in)
"""Kinds that a person has worked out here, and may look at again."""

BESIDE: Final = tuple(kind.name for kind in KINDS.values() if kind.beside)
"""Kinds that keep no conversation waiting."""


def kind_of(name: str) -> CaseKind:
    """The kind of this name; one that has no line of its own is shown to coaches and coordinators."""
    return KINDS.get(name, OTHER)


def may_see(kind: str, roles: Iterable[str], *, protected: bool = False) -> bool:
    """Whether somebody who is all this may see a kind of case; `protected`: it comes from a protected person. The process
    leader sees every kind."""
    held = frozenset(roles)
    return ("leader" in held or not kind_of(kind).roles.isdisjoint(held)) and may_read(held, protected=protected)


def may_read(roles: Iterable[str], *, protected: bool) -> bool:
    """Whether somebody who is all this may read what comes from a person, `protected` or not."""
    return not protected or "protected" in roles
