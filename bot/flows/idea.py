"""From a loose idea to a project plan: the questions a good coach would ask (domain.md 2.3, Idélabbet).

Nothing is judged, decided or dropped here. What the resident does not know yet stays open in the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.flows import plan as plans
from bot.flows.model import (
    Answers,
    Attachment,
    Card,
    Choice,
    Consent,
    Effect,
    Ending,
    Flow,
    Known,
    Reply,
    SavePlan,
    Step,
    Suggestion,
)
from bot.flows.plan_flow import card, show
from bot.flows.read import (
    Column,
    consent,
    day_and_time,
    long_text,
    many_choices,
    one_choice,
    place,
    rows,
    text,
    whole_number,
)
from bot.flows.read.places import here
from bot.flows.read.times import rule_in
from bot.flows.read.typed import bare, fold, in_words, words
from bot.flows.together import put_together
from bot.i18n import Made, Text, _, n_, p_

FINDABLE_VERSION = "1"

# --- examples that fit the subject just described ------------------------------------------------------------------------

# TRANSLATORS: beginnings of words that tell what an idea is about, with | between. Add what people write.
TOPICS: Mapping[str, Text] = {
    "food": _("food | cook | baking | meal | recipe | kitchen"),
    "sport": _("sport | football | swim | run | dance | bike | bicycle | exercise | climb"),
    "culture": _("music | theatre | art | film | paint | sing | choir | craft"),
    "language": _("language | swedish | talk | homework | newcomer"),
    "nature": _("garden | grow | nature | forest | clean | climate | recycle"),
}

WHY_EXAMPLES: Mapping[str, Text] = {
    "food": _("Many eat alone in the evenings. Around a stove people start to talk."),
    "sport": _("Many want to move but cannot pay a club. Here it is free and nobody is too slow."),
    "culture": _("There is nowhere to play for those who are new to it. We want a first stage for everyone."),
    "language": _("Those who are new meet few who speak Swedish. Over coffee one learns faster."),
    "nature": _("The field lies empty. Growing together gives food and friends."),
    "": _("There is nothing to do here on Friday evenings. We want a warm place to be."),
}

OWN_PART_EXAMPLES: Mapping[str, Text] = {
    "food": _("I plan the menu, shop, and stand in the kitchen every other Thursday."),
    "sport": _("I lead the training on Tuesdays and keep the list of who comes."),
    "culture": _("I find the players, and I am there to open and close."),
    "language": _("I welcome people, and I make coffee every Wednesday."),
    "nature": _("I have tools, and I can show how to sow and plant."),
    "": _("I ask around, make a poster, and open the door every time."),
}

RISK_EXAMPLES: Mapping[str, Text] = {
    "food": _("Somebody is allergic: we write what is in the food. We ask which rules a kitchen has."),
    "sport": _("Somebody gets hurt: two leaders know first aid. We ask if the hall is insured."),
    "culture": _("Few come the first time: we invite in person. We ask if music is allowed after nine."),
    "language": _("Parents cannot come without childcare: somebody plays with the children."),
    "nature": _("It is dry in July: we make a list of who waters. We ask who owns the land."),
    "": _("We become too few: we are at least three who can open. We ask if a permit is needed."),
}


def topic(answers: Answers, locale: str) -> str:
    """What the idea is about, by its words; "" when it is not clear."""
    said = bare(str(answers.get("idea", ""))).split()
    return next(
        (
            name
            for name, listed in TOPICS.items()
            if any(each.startswith(tuple(words(listed, locale))) for each in said)
        ),
        "",
    )


def _fitting(examples: Mapping[str, Text]) -> Any:
    def example(answers: Answers, known: Known) -> Text:
        return examples[topic(answers, known.locale)]

    return example


# --- the questions -------------------------------------------------------------------------------------------------------


def _choices(named: Mapping[str, Text]) -> tuple[Choice, ...]:
    return tuple(Choice(key, label) for key, label in named.items())


def _no_ending(answers: Answers, known: Known) -> Ending:
    return Ending()


WHERE = Flow(
    name="idea_where",
    title=_("Where"),
    steps=(
        Step(
            "area",
            prompt=_("Where would it be? Write the name of the place."),
            label=_("Place"),
            read=place(),
            why=_("So that we can look for a room near you, and for others who live there."),
            example=here,
        ),
        Step(
            "room",
            prompt=_("What kind of room do you need? You can choose several."),
            label=_("Kind of room"),
            read=many_choices(_choices(plans.ROOMS)),
            why=_("So that we do not show you rooms that do not fit."),
        ),
        Step(
            "how_many",
            prompt=_("About how many people will come each time?"),
            label=_("How many come"),
            # TRANSLATORS: what is counted: "30 people".
            read=whole_number(1, 10_000, ranges=True, unit=_("people | persons | participants | guests")),
            why=_("A guess is enough. It decides how big the room must be."),
            example=_("20-25"),
        ),
    ),
    finish=_no_ending,
)

WHEN = Flow(
    name="idea_when",
    title=_("When"),
    steps=(
        Step(
            "first",
            prompt=_("When could it be the first time? A day, and a time if you know it."),
            label=_("First time"),
            read=day_and_time(),
            why=_("With a day in sight it is easier to plan. You can change it later."),
            example=_("next Thursday at 18"),
        ),
        Step(
            "how_often",
            prompt=_("How often will it be?"),
            label=_("How often"),
            read=one_choice(_choices(plans.RHYTHMS), other=True),
            why=_("A room for once and a room for every week are booked in different ways."),
        ),
    ),
    finish=_no_ending,
)


def _intro(answers: Answers, known: Known) -> Text:
    if known.given.get("plan_id") is not None:
        return _("Here is your plan as it stands. Change what you like; earlier versions are kept.")
    return _("About twelve short questions, ten minutes. You can skip, go back, or save and go on later.")


def _idea_example(answers: Answers, known: Known) -> Text:
    return _("We want to repair bicycles together with young people, one evening a week.")


def _title_suggestion(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    title = plans.short_title(str(answers.get("idea", "")))
    # TRANSLATORS: a button that holds nothing but a proposed title.
    return (Suggestion("short", _("{title}", title=title), title, by_yes=True),) if title else ()


def _no_cost(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    return (Suggestion("none", p_("money", "It costs nothing"), []),)


def _proposed_on(answers: Answers, known: Known) -> date:
    """The day the proposed steps count from: the one on which they were taken, or today."""
    said = answers.get("next_steps")
    return date.fromisoformat(said["accepted_on"]) if isinstance(said, dict) else known.today


def _next_prompt(answers: Answers, known: Known) -> Text:
    steps = plans.proposed_steps(plans.said_so_far(answers), _proposed_on(answers, known))
    one, two, three = ((step.what, step.day) for step in steps)
    return _(
        "Last question. Here are three first steps that I would suggest.\n1. {one}, by {day_one}\n2. {two}, by {day_two}\n"
        "3. {three}, by {day_three}\nTake them, or write your own, one on each line.",
        one=one[0], day_one=one[1] or "", two=two[0], day_two=two[1] or "", three=three[0], day_three=three[1] or "",
    )  # fmt: skip


def _accept_steps(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    day = _proposed_on(answers, known).isoformat()
    # TRANSLATORS: words that take the three steps that were proposed, separated by |. Add those of your language.
    also = _("take them | take these | good | fine | these are good")
    return (Suggestion("take", p_("next steps", "Good, take these"), {"accepted_on": day}, by_yes=True, also=also),)


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """A plan's answers, or what a sentence held (`bot.flows.wish`)."""
    if "text" not in given:
        return dict(given.get("answers", {}))
    visitors = None if given.get("us") else given.get("people")
    where = {"area": given.get("area") and {"area": given["area"]}, "how_many": visitors}
    first = given.get("date") and {"day": given["date"], "time": given.get("time")}
    series = rule_in(fold(given["text"]), known.locale, known.today)
    when = {"first": first, "how_often": {1: "weekly", 2: "biweekly"}[series.every] if series else None}
    # TRANSLATORS: the only line of a budget, before its sum: "Altogether: 8 000 kr".
    altogether = in_words(p_("budget", "Altogether"), known.locale)
    money = [{"what": altogether, "amount": given["amount"]}] if given.get("amount") else None
    answers = {"idea": given["text"], "where": _some(where), "when": _some(when), "money": money}
    return _some(answers)


def _some(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer for name, answer in answers.items() if answer}


def _card(answers: Answers, known: Known) -> Card:
    return card(plans.said_so_far(answers))


def _put_together(answers: Answers, plan_id: int, known: Known) -> tuple[Answers, int | None, bool, tuple[Text, ...]]:
    """A change of a plan, with what others have changed in it meanwhile: the answers, the plan, if it is one's own, words.

    Whoever takes part no longer keeps what they wrote as a plan of their own.
    """
    now = known.lookup("plan_change", plan_id=plan_id, version=known.given.get("version"))
    if now is None:
        gone = _("I cannot find that plan among yours any more. I have saved what you wrote as a new plan of your own.")
        return answers, None, True, (gone,)
    if now["base"] is None:
        return answers, plan_id, now["own"], ()
    made = put_together(IDEA, now["base"], now["answers"], answers)
    lines = [_("This plan was changed in another place too, while you changed it. I have put both together.")]
    for step, theirs in made.both:
        if theirs is None:
            # TRANSLATORS: label is the short name of a question.
            lines.append(
                _(
                    "{label}: what you wrote stands in the plan now. In the other change it was taken out.",
                    label=step.label,
                )
            )
        else:
            assert step.read is not None
            lines.append(
                # TRANSLATORS: label is the short name of a question, other what somebody else answered to it.
                _("{label}: what you wrote stands in the plan now. In the other change it says: {other}",
                  label=step.label, other=step.read.show(theirs, known))
            )  # fmt: skip
    if made.both:
        lines.append(_("Both are kept under “Earlier versions”, so that you can settle it between you."))
    return made.answers, plan_id, now["own"], tuple(lines)


def _finish(answers: Answers, known: Known) -> Ending:
    """Save the plan, show it, give the PDF, and tell of others with ideas alike, if this person wants to be found too."""
    plan_id, said = known.given.get("plan_id"), answers.get("findable")
    own = True
    beside: tuple[Text, ...] = ()
    if plan_id is not None:
        answers, plan_id, own, beside = _put_together(answers, plan_id, known)
    plan = plans.plan_of(answers, known.today)
    effects: list[Effect] = [SavePlan(answers, plan_id)]
    if said is not None and own:
        effects.append(Consent("findable", said["version"], said["given"], plan_id))
    caption = _("Your plan. Print it, or send it to those who are in.")
    replies = [
        Reply(words=(_("Thank you! Now there is a plan. It is yours: change it whenever you like, with /mine."),)),
        *((Reply(words=beside),) if beside else ()),
        show(plan, plan_id if plan_id is not None else Made("plan"), known),
        Reply(attachment=Attachment("plan", plan_id if plan_id is not None else Made("plan"), caption)),
    ]
    if said and said["given"] and plan_id is None:
        alike = known.lookup("similar_ideas", idea=answers.get("idea", ""))
        if alike:
            words = n_(
                "Somebody else has an idea like yours: {titles}. Would you like to be introduced?",
                "Others have ideas like yours: {titles}. Would you like to be introduced?",
                len(alike),
                titles=tuple(each["title"] for each in alike),
            )
            buttons = tuple(Choice(f"f:introduce:{each['id']}", _("{title}", title=each["title"])) for each in alike)
            replies.append(Reply(words=(words,), choices=buttons, serial=0))
    return Ending(tuple(replies), tuple(effects))


IDEA = Flow(
    name="idea",
    title=_("From an idea to a plan"),
    intro=_intro,
    steps=(
        Step(
            "idea",
            prompt=_("Tell me about your idea. What would happen?"),
            label=_("The idea"),
            read=long_text(),
            why=_("Your own words are the heart of the plan. They are kept as you write them."),
            example=_idea_example,
        ),
        Step(
            "for_whom",
            prompt=_("Who is it for?"),
            label=_("For whom"),
            read=one_choice(_choices(plans.AUDIENCES), other=True),
            why=_("So that time, place and words fit those who will come."),
            example=_("Girls of 13 to 16 who like to tinker."),
        ),
        Step(
            "why",
            prompt=_("What gets better for them? Why is it needed?"),
            label=_("Why"),
            read=long_text(),
            why=_("This is what those who give money and rooms ask first."),
            example=_fitting(WHY_EXAMPLES),
        ),
        Step(
            "who",
            prompt=_("Who runs it, and with whom? Write one name on each line, and what they do if you know."),
            label=_("Who is in"),
            read=rows(
                (Column("name", _("Name"), "text"), Column("does", _("What they do"), "text", may_be_empty=True)),
                max_rows=30,
                at_least=1,
            ),
            why=_("Three who share the work keep going longer than one. First names are enough."),
            example=_("Amina, makes the poster"),
        ),
        Step(
            "own_part",
            prompt=_("What will you do yourself?"),
            label=_("I do this myself"),
            read=long_text(),
            why=_("The idea is yours to drive. We help, but we do not do it for you."),
            example=_fitting(OWN_PART_EXAMPLES),
        ),
        Step("where", prompt=_("Where?"), label=_("Where"), flow=WHERE),
        Step("when", prompt=_("When?"), label=_("When"), flow=WHEN),
        Step(
            "money",
            prompt=_("What will it cost? Write one thing on each line, with the sum."),
            label=_("Budget"),
            read=rows(
                (Column("what", _("What"), "text"), Column("amount", _("Kronor"), "money")), max_rows=40, at_least=1
            ),
            suggest=_no_cost,
            why=_("A guess is enough. With a sum we can see which support fits."),
            example=_("Coffee 500, room 2000, posters 300"),
        ),
        Step(
            "risks",
            prompt=_("What could go wrong? Is a permit needed?"),
            label=_("What could go wrong"),
            read=long_text(),
            why=_("Not to scare you. What one has thought of beforehand is easy to mend."),
            example=_fitting(RISK_EXAMPLES),
        ),
        Step(
            "help",
            prompt=_("What help do you want from us? You can choose several."),
            label=_("Help wanted"),
            read=many_choices(_choices(plans.HELP)),
            why=_("So that the right person reads your plan."),
        ),
        Step(
            "title",
            prompt=_("What shall we call it?"),
            label=_("Title"),
            read=text(max_chars=100),
            suggest=_title_suggestion,
            why=_("A name makes it easier to talk about."),
        ),
        Step(
            "findable",
            prompt=_(
                "May others with an idea like yours be told that yours exists? They see only its title. Nobody gets your name before you have said yes to that person."
            ),
            label=_("May be found by others"),
            read=consent("findable", FINDABLE_VERSION),
            why=_("Those who want the same can do it together. You can take your yes back in /mine."),
        ),
        Step(
            "next_steps",
            prompt=_next_prompt,
            label=_("Next three steps"),
            read=rows(
                (
                    Column("what", _("What happens"), "text"),
                    Column("who", _("Who does it"), "text", may_be_empty=True),
                    Column("day", _("By which day"), "day", may_be_empty=True),
                ),
                max_rows=10,
                at_least=1,
            ),
            suggest=_accept_steps,
            why=_("A plan becomes real when somebody does the first thing."),
            example=_("Ask the school for the hall, Amina, 3 December"),
        ),
    ),
    begin=_begin,
    finish=_finish,
    card=_card,
    review=True,
)
