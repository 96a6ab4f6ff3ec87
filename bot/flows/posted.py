"""One thing that is shown to everybody, whatever its kind, and what one can do about it: what a poster or a feed leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.flows import actors, ideas, open_activity
from bot.flows.board import MINE, post_card
from bot.flows.gatherings import lines
from bot.flows.ideas import HELP, JOIN, MENU, OTHERS, PARAGRAPH, card_lines, posted
from bot.flows.model import Answers, Card, Choice, Ending, Flow, Known, Step
from bot.flows.read import one_choice
from bot.i18n import Text, _, p_

CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "board": (HELP, MENU),
    ideas.KIND: (JOIN, HELP, OTHERS, MENU),
    actors.KIND: (actors.ASK, actors.AGAIN, MENU),
    open_activity.KIND: (Choice("whats_on", p_("posted", "See other activities")), MENU),
}
"""What one can do, by the kind of what is shown."""

KINDS = tuple(CHOICES)
"""Everything that is shown to everybody is of one of these kinds."""

LEADS_TO: Mapping[tuple[str, str], str] = {
    ("board", "help"): "board_answer",
    (ideas.KIND, "join"): "idea_join",
    (ideas.KIND, "help"): "idea_help",
    (actors.KIND, "ask"): "actor_ask",
}
"""The flows of those that are about this very thing, by kind and choice."""


def card_of(kind: str, post: Mapping[str, Any], known: Known) -> Card:
    """Something as everybody sees it."""
    match kind:
        case "board":
            return post_card(post, known)
        case actors.KIND:
            return actors.listing(post, known)
        case open_activity.KIND:
            return open_activity.activity_card(post, known)
    return ideas.idea_card(post, known)


def _prompt(answers: Answers, known: Known) -> Text:
    found = posted(known)
    if found is None:
        return _("It is not shown any more.")
    asked = _("This is your own.") if found["own"] else _("What would you like to do now?")
    return lines([card_lines(card_of(found["kind"], found["post"], known)), asked], PARAGRAPH)


def _choices(known: Known) -> tuple[Choice, ...]:
    found = posted(known)
    if found is None:
        return (OTHERS, MENU)
    return (MINE, MENU) if found["own"] else CHOICES.get(found["kind"], (MENU,))


def _done(answers: Answers, known: Known) -> Ending:
    found, chosen = posted(known), str(answers["do"])
    given = {"subject": known.given.get("subject")}
    if chosen == "others":
        return Ending(then="ideas")
    if found is not None and chosen == MINE.id:
        return Ending(then="my_post", given=given)
    if found is not None and (found["kind"], chosen) in LEADS_TO:
        return Ending(then=LEADS_TO[found["kind"], chosen], given=given)
    return Ending(then=chosen if chosen in ("actors", "whats_on") else "menu")


POSTED = Flow(
    name="posted",
    title=_("What is shown here"),
    steps=(Step("do", prompt=_prompt, label=_("What to do"), read=one_choice(_choices), must=True),),
    finish=_done,
    personal=False,
    passing=True,
    needs_subject=True,
)
