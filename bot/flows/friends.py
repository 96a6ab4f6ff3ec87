"""Friendship groups: newcomers and established of like age, near each other, who like the same (publication, 2.1).

Under 18 a guardian has to agree, with whom a coach talks; until that is noted nobody hears of them.
"""

from __future__ import annotations

from typing import Any, Final

from bot.flows.case_kinds import kind_of
from bot.flows.introductions import (
    CONSENT_VERSION,
    SIDES,
    TITLES,
    begun,
    first_name,
    interest_choices,
    intro_of,
    is_here,
    not_here,
    said_card,
    signed_up,
)
from bot.flows.model import Answers, Choice, Effect, Ending, FileCase, Flow, Known, Reply, Step, Suggestion, When
from bot.flows.moves import Move, button
from bot.flows.read import consent, many_choices, one_choice, place, text, whole_number
from bot.flows.volunteer import coarse
from bot.i18n import Text, _, p_
from bot.rules.introductions import is_minor

KIND: Final = "friends"

GUARDIAN: Final = "guardian"
"""The kind of case in which a coach talks with the guardian of somebody under 18, and the step that asks for one."""

COACH_FIRST: Final = "coach"
"""Stands for the guardian of somebody who would rather talk to a coach first."""

_YEARS = _("years | year | years old")


def _too_young_or_old(answers: Answers, known: Known) -> bool:
    rules, age = known.municipality.introductions.friends, answers.get("age")
    return rules is not None and isinstance(age, int) and not rules.age_from <= age <= rules.age_to


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    if not is_here(KIND, known) or _too_young_or_old(answers, known):
        return ()
    return tuple(step.name for step in FRIENDS.steps)


def _coach_first(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    # TRANSLATORS: a button, at most 30 characters.
    return (Suggestion(COACH_FIRST, p_("friends", "I talk to a coach first"), COACH_FIRST),)


def _finish(answers: Answers, known: Known) -> Ending:
    rules = known.municipality.introductions.friends
    if rules is None:
        return not_here(KIND, known)
    if _too_young_or_old(answers, known):
        words = _("These groups are for those from {low} to {high} years of age. There are other ways to meet people, and a human can "
                  "tell you which fit you.", low=rules.age_from, high=rules.age_to)  # fmt: skip
        more = Choice("f:meet_others", _("Meet others"))
        return Ending((Reply(words=(words,), choices=(button(Move.HUMAN), more), serial=0),))
    said = {**answers, "where": coarse(answers.get("where") or {})}
    if not is_minor(said):
        return signed_up(KIND, {**said, GUARDIAN: None}, known)
    extra, told = _with_a_guardian(said, known)
    return signed_up(KIND, said, known, extra, told)


def _with_a_guardian(said: dict[str, Any], known: Known) -> tuple[tuple[Effect, ...], Text | None]:
    """The case in which a coach talks with a guardian, unless one has agreed already; and what is said of it."""
    before = known.lookup("seeking", kind=KIND)
    if before is not None and before["guardian_ok"] and (before["said"] or {}).get(GUARDIAN) == said.get(GUARDIAN):
        return (), None
    answer_by = kind_of(GUARDIAN).answer_by(known.municipality, known.now)
    asked: dict[str, Any] = {name: said[name] for name in ("name", "age", GUARDIAN) if name in said}
    case = FileCase(
        GUARDIAN, KIND, asked, answer_by, case_id=(before or {}).get("guardian_case"),
        note=f"{first_name(said)}, {said['age']}",
    )  # fmt: skip
    told = _("Because you are under 18, a coach first talks with the grown-up you named, by {time} at the latest. Nobody hears of you "
             "before. Then I look for a group, and ask you here.", time=answer_by)  # fmt: skip
    if said.get(GUARDIAN) == COACH_FIRST:
        told = _("Because you are under 18, a coach first talks with you here, by {time} at the latest. Nobody hears of you before. "
                 "Then I look for a group, and ask you here.", time=answer_by)  # fmt: skip
    return (case,), told


FRIENDS: Flow = Flow(
    name=KIND,
    title=TITLES[KIND],
    intro=intro_of(KIND, _("A few questions, about two minutes.")),
    steps=(
        Step("name", prompt=_("What is your first name?"), label=p_("volunteer", "First name"), read=text(max_chars=60), must=True),
        Step("age", prompt=_("How old are you?"), label=p_("introductions", "Age"), read=whole_number(1, 120, unit=_YEARS), must=True,
             why=_("So that the others are of about your age.")),
        Step(GUARDIAN, prompt=_("Nice that you want to meet others! You are under 18, so a grown-up has to agree first: a parent, a "
                                "guardian, or somebody where you live. Whom may a coach talk with? Write their name, and a number or an "
                                "e-mail address."),
             label=_("A grown-up to talk with"), read=text(max_chars=300), suggest=_coach_first, must=True,
             when=When("age", tuple(range(18))), example=_("My mother Sara, 070-123 45 67"),
             why=_("So that you are safe. The coach only tells what it is, and asks whether it is all right. The others never see it.")),
        Step("side", prompt=_("Are you new here, or have you lived here longer?"), label=p_("introductions", "New or established"),
             read=one_choice(SIDES), must=True, why=_("Every group is mixed of both.")),
        Step("where", prompt=_("Where do you live? The area is enough."), label=p_("volunteer", "Where you live"), read=place(),
             must=True, why=_("So that the others live near you. Your address is not needed.")),
        Step("interests", prompt=_("What do you like to do? Choose all that fit, then press Done."),
             label=p_("introductions", "Interests"), read=many_choices(interest_choices, 1), must=True),
        Step("agree", prompt=_("May we keep this, and may a coordinator see it, to find a group for you? Nobody else sees it. You can "
                               "leave at any time."),
             label=p_("volunteer", "Kept"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    begin=lambda given, known: begun(KIND, given, known),
    order=_order,
    finish=_finish,
    card=lambda answers, known: said_card(FRIENDS, answers, known),
)  # fmt: skip
