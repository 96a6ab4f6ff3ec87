"""What is mine: plans, saved talks and choices, to be seen and changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.flows.actors import KIND as ACTOR
from bot.flows.board import title_of
from bot.flows.booking import room_called
from bot.flows.help_me import task_name
from bot.flows.ideas import KIND as IDEA
from bot.flows.introductions import TITLES as MEETING
from bot.flows.model import Answers, Choice, Ending, Flow, Known, Step
from bot.flows.read import one_choice
from bot.flows.shifts import span
from bot.flows.shifts import title_of as title_of_shift
from bot.i18n import Text, _, content, p_

# TRANSLATORS: buttons, at most 30 characters each.
ALWAYS = (
    Choice("idea", p_("mine", "A new idea")),
    Choice("reach", p_("mine", "How we reach you")),
    Choice("language", p_("mine", "Another language")),
    Choice("elsewhere", p_("mine", "Go on in another place")),
    Choice("privacy", p_("mine", "What you know about me")),
)

OFFER = Choice("my_offer", p_("mine", "My offer to help"))
DRIVING = Choice("my_driving", p_("mine", "Driving furniture"))
NEWS = Choice("my_news", p_("mine", "News I get"))
MEETINGS = Choice("follow_meetings", p_("mine", "Meetings I hear of"))
MEET = Choice("meet_others", p_("mine", "Meet others"))
NO_NEWS = Choice("news", p_("mine", "Get news"))


def _choices(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: a button: something sent in, such as an application for "Snabb slant".
    cases = (
        Choice(f"case-{case['id']}", p_("mine", "Sent: {name}", name=content(case["title"])))
        for case in known.lookup("my_cases")
    )
    # TRANSLATORS: a button that holds nothing but a plan's title.
    plans = (Choice(f"plan-{plan['id']}", _("{title}", title=plan["title"])) for plan in known.lookup("my_plans"))
    rooms = (
        Choice(f"booking-{each['id']}", _("{room}", room=room_called(each["room"], known)))
        for each in known.lookup("my_bookings") or ()
    )
    waits = (
        Choice(f"waiting-{each['id']}", p_("mine", "A room I wait for"))
        for each in known.lookup("my_room_wishes") or ()
    )
    # TRANSLATORS: a button: an idea of somebody else's that one wants to take part in, by its title.
    interests = (
        Choice(f"my_interest-{each['id']}", p_("mine", "Asked to join: {title}", title=each["title"]))
        for each in known.lookup("my_interests") or ()
    )
    # TRANSLATORS: a button: a group that is noted on the municipality's map of who works with whom, by its name.
    mapped = (
        Choice(f"my_map-{each['id']}", p_("mine", "On the map: {title}", title=each["name"]))
        for each in known.lookup("my_map") or ()
    )
    posts = (Choice(f"my_post-{each['id']}", _post_label(each)) for each in known.lookup("my_posts") or ())
    # TRANSLATORS: a button: a question that was sent to somebody, by its first words.
    questions = (
        Choice(f"my_enquiry-{each['id']}", p_("mine", "Asked: {title}", title=each["title"]))
        for each in known.lookup("my_enquiries") or ()
    )
    # TRANSLATORS: a button: help that somebody has asked for, by its task, such as "Food shopping".
    helps = (
        Choice(f"my_help-{each['id']}", p_("mine", "Help: {title}", title=task_name(each["task"], known)))
        for each in known.lookup("my_helps") or ()
    )
    # TRANSLATORS: a button: help that somebody gives, by the first name of whom they help.
    errands = (
        Choice(f"my_errand-{each['id']}", p_("mine", "I help {name}", name=each["name"]))
        for each in known.lookup("my_errands") or ()
    )
    # TRANSLATORS: buttons: a proposal that somebody has made, by its first words; a dialogue that somebody takes part in.
    talks = (
        Choice(f"{each['flow']}-{each['id']}", p_("mine", "Proposal: {title}", title=each["title"])
               if each["flow"] == "proposal" else p_("mine", "Dialogue: {title}", title=each["title"]))
        for each in known.lookup("my_dialogues") or ()
    )  # fmt: skip
    # TRANSLATORS: a button: a shift that somebody helps at or waits for, and its day.
    helping = (
        Choice(
            f"my_shift-{each['id']}", p_("mine", "{title}, {day}", title=title_of_shift(each), day=span(each)[0].date())
        )
        for each in known.lookup("my_signups") or ()
    )
    meetings = known.lookup("my_meetings") or {}
    # TRANSLATORS: a button: a meeting that somebody is signed up for, and its day.
    coming = (
        Choice(f"one_meeting-{each['id']}", p_("mine", "{title}, {day}", title=each["title"], day=each["day"]))
        for each in meetings.get("coming", ())
    )
    # TRANSLATORS: a button: a group from an open space that somebody is in, by its name.
    groups = (
        Choice(f"my_group-{each['id']}", p_("mine", "My group: {name}", name=each["name"]))
        for each in meetings.get("groups", ())
    )
    heard = (MEETINGS,) if meetings.get("follows") else ()
    meeting = (Choice(f"my_seeking-{each['id']}", MEETING[each["kind"]]) for each in known.lookup("my_seekings") or ())
    grown = known.lookup("my_grown") or {}
    # TRANSLATORS: a button: a project that somebody takes part in, by its title.
    projects = (
        Choice(f"project-{each['id']}", p_("mine", "Project: {title}", title=each["title"]))
        for each in grown.get("projects", ())
    )
    # TRANSLATORS: a button: an organisation that has joined the agreement, or has asked to, by its name.
    signed = (
        Choice(f"my_signature-{each['id']}", p_("mine", "Agreement: {title}", title=each["title"]))
        for each in grown.get("signatures", ())
    )
    dates = (Choice(f"talk_time-{each['id']}", p_("mine", "A talk to be held")) for each in grown.get("talks", ()))
    # TRANSLATORS: a button: a partnership with the municipality, by its title.
    partners = (
        Choice(f"my_partnership-{each['id']}", p_("mine", "Partnership: {title}", title=each["title"]))
        for each in grown.get("partnerships", ())
    )
    furniture = known.lookup("goods_mine") or {"posts": (), "runs": (), "drives": False}
    # TRANSLATORS: a button: a run in which somebody drives furniture, by its day.
    runs = (
        Choice(f"my_run-{each['id']}", p_("mine", "Furniture run, {day}", day=date.fromisoformat(each["day"])))
        for each in furniture["runs"]
    )
    goods = (Choice(f"my_good-{each['id']}", _good_label(each)) for each in furniture["posts"])
    drives = (DRIVING,) if furniture["drives"] else ()
    offer = (OFFER,) if known.lookup("my_offer") else ()
    news = (NEWS,) if known.facts.get("listens") else () if known.facts.get("protected") else (NO_NEWS,)
    yours = (
        *errands,
        *helps,
        *runs,
        *projects,
        *partners,
        *dates,
        *signed,
        *plans,
        *cases,
        *questions,
        *rooms,
        *waits,
        *posts,
        *mapped,
        *interests,
        *talks,
        *goods,
        *helping,
        *coming,
        *groups,
        *heard,
        *meeting,
        *offer,
        *drives,
    )
    meet = (MEET,) if known.municipality.introductions.offered and not known.facts.get("protected") else ()
    return (*yours, ALWAYS[0], *meet, *news, *ALWAYS[1:])


def _good_label(found: Mapping[str, Any]) -> Text:
    if found["kind"] == "item":
        # TRANSLATORS: a button: a piece of furniture that somebody gives away.
        return p_("mine", "I give: {what}", what=found["what"])
    # TRANSLATORS: a button: a piece of furniture that somebody needs.
    return p_("mine", "I need: {what}", what=found["what"])


def _post_label(found: Mapping[str, Any]) -> Text:
    title = title_of(found["post"])
    if found.get("kind") == "open_activity":
        # TRANSLATORS: a button: an open activity that somebody has told of, by its title.
        return p_("mine", "Activity: {title}", title=title)
    if found.get("kind") == ACTOR:
        # TRANSLATORS: a button: an association, company or group that is listed among the actors, by its name.
        return p_("mine", "Listed: {title}", title=title)
    if found.get("kind") == IDEA:
        # TRANSLATORS: a button: an idea that somebody has put on the idea board, by its title.
        return p_("mine", "On the board: {title}", title=title)
    # TRANSLATORS: a button: what an association has put on the volunteer board, by its title.
    return p_("mine", "Board: {title}", title=title)


def _prompt(answers: Answers, known: Known) -> Text:
    if (
        known.lookup("my_errands")
        or known.lookup("my_helps")
        or known.lookup("my_dialogues")
        or any((known.lookup("my_grown") or {}).values())
    ) or any((known.lookup("goods_mine") or {}).values()):
        return _("Here is what is yours. Choose something to see or change it.")
    if known.lookup("my_bookings") or known.lookup("my_room_wishes"):
        return _("Here are your plans and rooms. Choose one to see or change it.")
    if not known.lookup("my_plans"):
        return _("You have no plan yet. What would you like to do?")
    return _("Here are your plans. Choose one to see or change it.")


def _finish(answers: Answers, known: Known) -> Ending:
    chosen = answers["which"]
    name, _dash, id = chosen.partition("-")
    if id.isdecimal():
        return Ending(then="my_case" if name == "case" else name, given={"subject": int(id)})
    return Ending(then=chosen)


MINE = Flow(
    name="mine",
    title=_("Mine"),
    steps=(Step("which", prompt=_prompt, label=_("Which one"), read=one_choice(_choices), must=True),),
    finish=_finish,
    personal=False,
    passing=True,
)
