"""One plan of mine: see it, change it, take it along, invite somebody."""

from __future__ import annotations

from typing import Any

from bot.flows import plan as plans
from bot.flows.ideas import KIND as IDEA
from bot.flows.ideas import SHOW_IT, TAKE_IT_DOWN
from bot.flows.model import (
    Answers,
    Attachment,
    Card,
    Choice,
    Consent,
    Ending,
    EndPost,
    Flow,
    Known,
    MakeLink,
    Reply,
    Step,
)
from bot.flows.read import one_choice
from bot.i18n import Link, Made, Text, _, p_

# TRANSLATORS: buttons, at most 30 characters each.
SHOW = Choice("show", p_("plan", "Show the plan"))
CHANGE = Choice("change", p_("plan", "Change the plan"))
ROOM = Choice("premises", p_("plan", "Find a room for it"))
PDF = Choice("pdf", p_("plan", "Get it as a PDF"))
GRANTS = Choice("grants", p_("plan", "Which support fits?"))
INVITE = Choice("invite", p_("plan", "Invite somebody"))
VERSIONS = Choice("versions", p_("plan", "Earlier versions"))
FOUND = Choice("found", p_("plan", "Let others find it"))
BOARD = Choice("board", SHOW_IT)
OFF_BOARD = Choice("off_board", TAKE_IT_DOWN)
HIDDEN = Choice("hidden", p_("plan", "Do not let others find it"))


def _plan(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("plan", plan_id=known.given.get("subject", 0))
    return found


def _choices(known: Known) -> tuple[Choice, ...]:
    found = _plan(known)
    if found is None:
        return (Choice("mine", p_("plan", "Show my plans")),)
    if not found["own"]:
        return (SHOW, CHANGE, ROOM, GRANTS, PDF, VERSIONS)
    own = (BOARD if _shown(known) is None else OFF_BOARD, INVITE, VERSIONS, HIDDEN if found["findable"] else FOUND)
    return (SHOW, CHANGE, ROOM, GRANTS, PDF, *own)


def _shown(known: Known) -> int | None:
    """What of this plan is on the idea board, or waits to be."""
    plan_id, mine = known.given.get("subject"), known.lookup("my_posts") or []
    return next((each["id"] for each in mine if each.get("kind") == IDEA and each["post"].get("plan") == plan_id), None)


def _prompt(answers: Answers, known: Known) -> Text:
    found = _plan(known)
    if found is None:
        return _("I cannot find that plan among yours any more.")
    return _("“{title}”: what would you like to do with it?", title=found["title"])


def _finish(answers: Answers, known: Known) -> Ending:
    found, chosen = _plan(known), answers["do"]
    if found is None or chosen == "mine":
        return Ending(then="mine")
    plan_id = found["id"]
    match chosen:
        case "change":
            # Whether it may be found is answered here, in this menu, and by its owner alone.
            answers = {name: value for name, value in found["answers"].items() if name != "findable"}
            given = {"plan_id": plan_id, "version": found["version"], "answers": answers, "whole": True}
            return Ending(then="idea", given=given)
        case "premises" | "grants":
            return Ending(then=chosen, given={"subject": plan_id})
        case "board":
            return Ending(then="idea_post", given={"subject": plan_id})
        case "off_board":
            there = _shown(known)
            words = _("It is taken down. You can put up a new one whenever you like.")
            return Ending((Reply(words=(words,)),), (EndPost(there, "withdrawn"),) if there is not None else ())
        case "pdf":
            caption = _("Your plan. Print it, or send it to those who are in.")
            return Ending((Reply(attachment=Attachment("plan", plan_id, caption)),))
        case "invite":
            # TRANSLATORS: the link follows on its own line.
            words = _(
                "Send this link to somebody you trust. Whoever opens it can see and change the plan. It works once, for seven days: {link}",
                link=Made("join_link"),
            )
            return Ending((Reply(words=(words,)),), (MakeLink("join", plan_id),))
        case "versions":
            lines = tuple(
                _("Version {number}, {day}", number=each["version"], day=each["day"])
                for each in known.lookup("plan_versions", plan_id=plan_id)
            )
            words = _("Kept versions: {versions}. A coach can bring an old one back for you.", versions=lines)
            return Ending((Reply(words=(words,)),))
        case "found" | "hidden":
            words = (
                _(
                    "Others with an idea like yours can now be told that yours exists. They never get your name without your yes."
                )
                if chosen == "found"
                else _("Your plan is no longer shown to others.")
            )
            return Ending((Reply(words=(words,)),), (Consent("findable", "1", chosen == "found", plan_id),))
        case _:
            return Ending(
                (show(plans.plan_of(found["answers"], known.today), plan_id, known),), (MakeLink("plan", plan_id),)
            )


def show(plan: plans.Plan, plan_id: Any, known: Known) -> Reply:
    """The plan as a card, with a private link to the page and the buttons that last."""
    page = _("Open it as a page")
    return Reply(
        words=(_("Here is your plan. {link}", link=Link(page, Made("plan_link"))),),
        card=card(plan),
        choices=(
            Choice(f"f:plan:{plan_id}" if isinstance(plan_id, int) else "f:mine", p_("plan", "Change, PDF, invite …")),
            Choice(f"f:idea_post:{plan_id}" if isinstance(plan_id, int) else "f:idea_post", SHOW_IT),
        ),
        serial=0,
    )


def card(plan: plans.Plan) -> Card:
    """The plan as it stands, growing while it is talked about."""
    title = plan.title or p_("plan", "Your plan")
    rows = plans.rows(plan)
    return Card(title, rows)


PLAN = Flow(
    name="plan",
    title=_("A plan of mine"),
    steps=(Step("do", prompt=_prompt, label=_("What to do"), read=one_choice(_choices), must=True),),
    finish=_finish,
    personal=False,
    passing=True,
)
