"""Offering to help: signing up, and what becomes of the offer afterwards (publication, 2.1: form, funnel and lessons).

Nobody decides here who is chosen: the offer is kept, a coordinator or the volunteers themselves fill the shifts, and
whoever is not needed now is told so kindly and asked whether the municipality may come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.flows.crisis import in_crisis
from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Consent,
    Ending,
    Flow,
    Input,
    Known,
    NoLonger,
    RememberLater,
    Reply,
    SaveVolunteer,
    SetStanding,
    State,
    Step,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.news import offered
from bot.flows.read import consent, languages, long_text, many_choices, one_choice, place, text, yes_no
from bot.flows.read.matching import named_in
from bot.flows.read.typed import as_text
from bot.i18n import Link, Text, Value, _, content, p_

CONSENT_VERSION = "1"

PURPOSE = "volunteer"
"""The purpose of the consent that an offer is kept with."""

AGAIN = "volunteer:again"
"""The key under which somebody is asked whether their offer still holds."""

# TRANSLATORS: words that people write instead of pressing a button, separated by |: whenever it may be.
_ANY_TIME = _("any time | any day | every day | all days | all week | whenever | always | it does not matter")
# TRANSLATORS: words for Monday to Friday, and for Saturday and Sunday, separated by |.
_WEEKDAYS = _("weekdays | on weekdays | working days | monday to friday | mon to fri | mon fri")
_WEEKEND = _("weekend | weekends | the weekend | at the weekend | on weekends | saturday to sunday")
# TRANSLATORS: words for the time before the evening, separated by |.
_DAYTIME = _("daytime | in the daytime | all day | the whole day | during the day")

FAR = (
    # TRANSLATORS: buttons, at most 30 characters each: how far a volunteer would go. Below each what people write for it,
    # separated by |.
    Choice("near", p_("volunteer", "Only near me"),
           also=(_("close to me | close by | nearby | in my area | where i live | not far"),)),
    Choice("beside", p_("volunteer", "The areas beside mine too"),
           also=(_("neighbouring areas | the next area | areas nearby | a bit further | quite far"),)),
    Choice("everywhere", p_("volunteer", "Anywhere here"),
           also=(_("everywhere | anywhere | the whole municipality | all of the municipality | it does not matter | far"),)),
)  # fmt: skip
DAYS = (
    # TRANSLATORS: buttons: days of the week on which a volunteer has time. Beside each what people write for it, separated
    # by |.
    Choice("1", p_("volunteer", "Monday"), also=(_("mon | mondays"), _WEEKDAYS, _ANY_TIME)),
    Choice("2", p_("volunteer", "Tuesday"), also=(_("tue | tues | tuesdays"), _WEEKDAYS, _ANY_TIME)),
    Choice("3", p_("volunteer", "Wednesday"), also=(_("wed | wednesdays"), _WEEKDAYS, _ANY_TIME)),
    Choice("4", p_("volunteer", "Thursday"), also=(_("thu | thurs | thursdays"), _WEEKDAYS, _ANY_TIME)),
    Choice("5", p_("volunteer", "Friday"), also=(_("fri | fridays"), _WEEKDAYS, _ANY_TIME)),
    Choice("6", p_("volunteer", "Saturday"), also=(_("sat | saturdays"), _WEEKEND, _ANY_TIME)),
    Choice("7", p_("volunteer", "Sunday"), also=(_("sun | sundays"), _WEEKEND, _ANY_TIME)),
)
HOURS = (
    # TRANSLATORS: buttons, at most 30 characters each: parts of the day at which a volunteer has time. Beside each what
    # people write for it, separated by |.
    Choice("morning", p_("volunteer", "Morning, 6 to 12"),
           also=(_("morning | mornings | in the morning | before noon"), _DAYTIME, _ANY_TIME)),
    Choice("day", p_("volunteer", "Afternoon, 12 to 17"),
           also=(_("afternoon | afternoons | in the afternoon"), _DAYTIME, _ANY_TIME)),
    Choice("evening", p_("volunteer", "Evening, 17 to 22"),
           also=(_("evening | evenings | in the evening | after work | after school"), _ANY_TIME)),
    Choice("night", p_("volunteer", "Night, 22 to 6"), also=(_("night | nights | at night"), _ANY_TIME)),
)  # fmt: skip
OFTEN = (
    # TRANSLATORS: buttons, at most 30 characters each: how often a volunteer would help. Beside each what people write for
    # it, separated by |.
    Choice("once", p_("volunteer", "Now and then"),
           also=(_("sometimes | once | one time | seldom | occasionally | when i can"),)),
    Choice("week", p_("volunteer", "Once a week"), also=(_("weekly | every week | one day a week"),)),
    Choice("more", p_("volunteer", "Several times a week"),
           also=(_("often | several times | a few times a week | twice a week | two times a week | three times a week"),)),
    Choice("always", p_("volunteer", "As often as I am needed"),
           also=(_("always | every day | as often as possible | as much as possible | whenever needed | whenever i am needed"),)),
)  # fmt: skip


def skill_choices(known: Known) -> tuple[Choice, ...]:
    """What the pack knows that helpers can do."""
    # TRANSLATORS: a button that holds nothing but what somebody can do, such as "Driving".
    return tuple(
        Choice(each.id, _("{skill}", skill=content(each.name)), also=(as_text(" | ".join(each.words)),))
        for each in known.municipality.skills.skills
    )


def _said(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What the first sentence told already, and what was offered before."""
    before = known.lookup("my_offer") if given.get("change") else None
    answers: dict[str, Any] = {**((before or {}).get("offer") or {}), **given.get("answers", {})}
    answers.pop("agree", None)
    if given.get("area"):
        answers.setdefault("where", {"area": given["area"]})
    said = str(given.get("text") or "")
    if said and (skills := named_in(said[:500], skill_choices(known), known, several=True)):
        answers.setdefault("skills", skills)
    if said and (spoken := named_in(said, languages().offered(known), known, several=True)):
        answers.setdefault("languages", spoken)
    return answers


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    """In a crisis only what is needed to send somebody; the rest can be told later."""
    later = {"far", "often", "wont", "access"} if in_crisis(known) else set()
    return tuple(step.name for step in VOLUNTEER.steps if step.name not in later)


def _intro(answers: Answers, known: Known) -> Text:
    if in_crisis(known):
        return _("Thank you for wanting to help. Nine quick questions, about one minute. Every language is of use.")
    return _(
        "Thank you for wanting to help. It takes about two minutes. Every language is of use, and Swedish is not needed."
    )


def coarse(where: Mapping[str, Any]) -> dict[str, Any]:
    """Where somebody lives, no closer than it is needed: the area alone, or else a shared place to about a kilometre."""
    if where.get("area"):
        return {"area": where["area"]}
    return {name: round(each, 2) if isinstance(each, float) else each for name, each in where.items()}


def reached(known: Known) -> str | None:
    """The flow that asks how to reach somebody, where we cannot."""
    return None if known.facts.get("reachable") else "reach"


def offer_card(offer: Mapping[str, Any], known: Known, title: Text | None = None) -> Card:
    """An offer as its owner and a coordinator see it."""
    rows: tuple[tuple[Text, Value], ...] = tuple(
        (step.label, step.read.show(offer[step.name], known))
        for step in VOLUNTEER.steps
        if step.read is not None and step.name in offer and step.name != "agree"
    )
    return Card(title or _("Your offer to help"), rows)


DRIVE = Choice("f:drive_goods", p_("volunteer", "Bring furniture too"))


def _signed_up(answers: Answers, known: Known) -> Ending:
    agreed = answers.get("agree") or {}
    if not agreed.get("given"):
        return Ending((Reply(words=(_("All right. Nothing has been kept. You can offer help whenever you like."),)),),
                      then="menu")  # fmt: skip
    offer = {**answers, "where": coarse(answers.get("where") or {}), "agree": agreed}
    effects = (SaveVolunteer(offer), Consent(PURPOSE, CONSENT_VERSION, True), NoLonger(AGAIN, "offered anew"))
    change = _("You can change it, take a break or leave in /mine, at any time.")
    if not answers.get("adult"):
        words = _(
            "Thank you! Those under 18 help together with a grown-up, so I do not send you out alone. A human at the "
            "municipality can tell you which groups you can join."
        )
        reply = Reply(words=(words, change), choices=(button(Move.HUMAN),), serial=0)
        return Ending((reply,), effects, then=reached(known))
    thanks = _("Thank you, {name}! Your offer is kept.", name=str(answers.get("name") or ""))
    if known.given.get("shift"):  # they looked at one, and were asked to sign up first
        ask = Choice(f"f:shift:{known.given['shift']}", p_("volunteer", "Go on to the shift"))
        return Ending((offered(Reply(words=(thanks, change), choices=(ask,), serial=0), known),), effects)
    drive = (DRIVE,) if answers.get("car") and known.municipality.goods is not None else ()
    if known.lookup("open_shifts", all_of_them=False, offer=offer):
        words = _("There is something you can help with already.")
        reply = Reply(words=(thanks, change, words), choices=(Choice("f:needs", SHIFTS.label), *drive), serial=0)
        return Ending((offered(reply, known),), effects)
    reply = Reply(words=(thanks, change), choices=drive, serial=0 if drive else None)
    return Ending((offered(reply, known),), effects, then="volunteer_later")


VOLUNTEER = Flow(
    name="volunteer",
    title=_("I want to help"),
    intro=_intro,
    steps=(
        Step("name", prompt=_("What is your first name?"), label=p_("volunteer", "First name"), read=text(), must=True),
        Step("where", prompt=_("Where do you live? The area is enough."), label=p_("volunteer", "Where you live"),
             read=place(), must=True, why=_("So that I ask you for what is near. Your address is not needed.")),
        Step("far", prompt=_("How far would you go to help?"), label=_("How far you go"), read=one_choice(FAR), must=True),
        Step("languages", prompt=_("Which languages do you speak? A little counts too: press once more, or write it."),
             label=p_("volunteer", "Languages"), read=languages(), must=True,
             why=_("Often somebody is needed who speaks a certain language."), example=_("Arabic, a little Swedish")),
        Step("skills", prompt=_("What can you help with? Choose all that fit."), label=p_("volunteer", "What you can do"),
             read=many_choices(skill_choices)),
        Step("days", prompt=_("On which days do you mostly have time?"), label=p_("volunteer", "Days"),
             read=many_choices(DAYS, 1), must=True),
        Step("hours", prompt=_("And at what time of the day?"), label=p_("volunteer", "Time of day"),
             read=many_choices(HOURS, 1), must=True),
        Step("often", prompt=_("How often would you like to help?"), label=_("How often"), read=one_choice(OFTEN), must=True),
        Step("car", prompt=_("Do you have a car that you can use?"), label=p_("volunteer", "Car"), read=yes_no(), must=True),
        Step("wont", prompt=_("Is there anything you would rather not do?"), label=_("Rather not"), read=long_text(),
             may_skip=True, example=_("Not at night, and nothing with dogs.")),
        Step("adult", prompt=_("Are you 18 or older?"), label=p_("volunteer", "18 or older"), read=yes_no(), must=True),
        Step("access", prompt=_("Is there anything we should think of, so that it works for you?"),
             label=_("To think of"), read=long_text(), may_skip=True,
             example=_("I use a wheelchair, so it has to be without stairs."),
             why=_("Write only what you want a coordinator to know. Please nothing about illness.")),
        Step("agree", prompt=_("May we keep this, and may coordinators at the municipality see it, so that they can ask you "
                               "when somebody is needed? You can leave at any time."),
             label=p_("volunteer", "Kept"), read=consent(PURPOSE, CONSENT_VERSION), must=True),
    ),
    begin=_said,
    order=_order,
    finish=_signed_up,
    card=lambda answers, known: offer_card(answers, known),
    review=True,
)  # fmt: skip


# --- not needed now -------------------------------------------------------------------------------------------------------

AGREES = Choice("yes", p_("volunteer later", "Yes, come back to me"), means="yes")
REFUSES = Choice("no", p_("volunteer later", "No, thank you"), means="no")


def _ask_again(known: Known) -> RememberLater:
    days = known.municipality.volunteering.ask_again_days
    return RememberLater("volunteer_again", AGAIN, known.now + timedelta(days=days))


def _later(answers: Answers, known: Known) -> Ending:
    if answers.get("again") == AGREES.id:
        words = _("Good! I write when you are needed. I ask you twice a year whether your offer still holds, and one press "
                  "ends it.")  # fmt: skip
        return Ending((Reply(words=(words,)),), (SetStanding("later"), _ask_again(known)), then=reached(known))
    return Ending((Reply(words=(_LEFT,)),), (SetStanding("left"), NoLonger(AGAIN, "left"), _withdrawn()))


_LEFT = _("All right. Your offer is taken away, and I do not ask again. Thank you for wanting to help.")


def _withdrawn() -> Consent:
    return Consent(PURPOSE, CONSENT_VERSION, False)


VOLUNTEER_LATER = Flow(
    name="volunteer_later",
    title=_("May we come back to you?"),
    steps=(
        Step("again", prompt=_("Right now there are enough people for what is to be done. Thank you all the same: what you "
                               "offered is worth a lot. May we come back to you when that changes?"),
             label=_("Come back"), read=one_choice((AGREES, REFUSES)), must=True),
    ),
    finish=_later,
    personal=False,
)  # fmt: skip


# --- one's own offer ------------------------------------------------------------------------------------------------------

CHANGE = Choice("change", p_("my offer", "Change it"))
REST = Choice("rest", p_("my offer", "Take a break"))
BACK = Choice("back", p_("my offer", "I am back"))
LEAVE = Choice("leave", p_("my offer", "Leave"))
KEEP = Choice("keep", p_("my offer", "Leave it as it is"))
SHIFTS = Choice("shifts", p_("my offer", "See what is needed"))

STANDINGS: Mapping[str, Text] = {
    "new": _("You can be asked when somebody is needed."),
    "offered": _("You have been asked for something, and can be asked again."),
    "active": _("You help, and can be asked again."),
    "resting": _("You take a break. Nobody asks you until you are back."),
    "later": _("You are not needed right now. We may come back to you."),
}


def _mine_prompt(answers: Answers, known: Known) -> Text:
    found = known.lookup("my_offer")
    if found is None:
        return _("You have not offered to help yet. Do you want to?")
    return _("{standing} What would you like to do?", standing=STANDINGS[found["standing"]])


def _mine_choices(known: Known) -> tuple[Choice, ...]:
    found = known.lookup("my_offer")
    if found is None:
        return (Choice("volunteer", p_("volunteer later", "I want to help"), means="yes"), KEEP)
    return (SHIFTS, CHANGE, BACK if found["standing"] in ("resting", "later") else REST, LEAVE, KEEP)


def _mine_done(answers: Answers, known: Known) -> Ending:
    match answers["do"]:
        case "volunteer":
            return Ending(then="volunteer")
        case "shifts":
            return Ending(then="needs")
        case "change":
            return Ending(then="volunteer", given={"change": True})
        case "rest":
            words = _("Enjoy your break. What you have already promised is still yours: see it in /mine. I ask after "
                      "{count} days whether you are back.", count=known.municipality.volunteering.ask_again_days)  # fmt: skip
            return Ending((Reply(words=(words,)),), (SetStanding("resting"), _ask_again(known)))
        case "back":
            return Ending((Reply(words=(_("Welcome back! You can be asked again."),)),),
                          (SetStanding("new"), NoLonger(AGAIN, "back")), then="needs")  # fmt: skip
        case "leave":
            return Ending(then="volunteer_leave")
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


MY_OFFER = Flow(
    name="my_offer",
    title=_("My offer to help"),
    steps=(Step("do", prompt=_mine_prompt, label=_("What to do"), read=one_choice(_mine_choices), must=True),),
    finish=_mine_done,
    card=lambda answers, known: _my_card(known),
    told=True,
    personal=False,
    passing=True,
)


def _my_card(known: Known) -> Card:
    found = known.lookup("my_offer")
    return offer_card((found or {}).get("offer") or {}, known)


def _stays(answers: Answers, known: Known) -> Ending:
    words = _("Good! Then it stays as it is, and I ask again in half a year.")
    return Ending((Reply(words=(words,)),), (SetStanding("later"), _ask_again(known)))


VOLUNTEER_STAY = Flow(
    name="volunteer_stay", title=_("My offer still holds"), steps=(), finish=_stays, personal=False, passing=True
)


def _leaves(answers: Answers, known: Known) -> Ending:
    return Ending((Reply(words=(_LEFT,)),), (SetStanding("left"), NoLonger(AGAIN, "left"), _withdrawn()))


VOLUNTEER_LEAVE = Flow(
    name="volunteer_leave", title=_("Leave as a volunteer"), steps=(), finish=_leaves, personal=False, passing=True
)


# --- what falls due -------------------------------------------------------------------------------------------------------

_STAY = Choice("f:volunteer_stay", p_("volunteer later", "It still holds"))
_LEAVE = Choice("f:volunteer_leave", p_("volunteer later", "No, take me away"))


def again(state: State, input: Input, known: Known) -> Turn:
    """Half a year has passed: whether the offer still holds. Who does not answer is asked once more, and then left in peace."""
    found = known.lookup("my_offer")
    if found is None or found["standing"] not in ("later", "resting"):
        return Turn(state)
    words = _("Some time ago you offered to help, and we are glad of it. Does your offer still hold?")
    reply = Reply(words=(words,), choices=(_STAY, Choice("f:my_offer", CHANGE.label), _LEAVE), serial=0)
    return Turn(state, (reply,), (_ask_again(known),))


def not_now(state: State, input: Input, known: Known) -> Turn:
    """A coordinator has said that somebody is not needed now."""
    words = _(
        "Thank you for offering to help, {name}. Right now there are enough people, so nobody will ask you this time. It is "
        "not about you: others were nearer, or came first. May we come back to you when that changes?",
        name=str((known.lookup("my_offer") or {}).get("offer", {}).get("name") or ""),
    )  # fmt: skip
    choices = (Choice("f:volunteer_stay", AGREES.label), Choice("f:volunteer_leave", REFUSES.label))
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),), (_ask_again(known),))


def thanked(state: State, input: Input, known: Known) -> Turn:
    """What they helped with is over: thanks, in the words of a coordinator if there are any."""
    words = [_("It is over now, and it went well because people like you helped. Thank you!")]
    if input.data.get("words"):
        words.append(_("{name} at {lab} writes: {words}", name=str(input.data.get("name") or ""),
                       lab=known.municipality.lab or known.municipality.name, words=str(input.data["words"])))  # fmt: skip
    return Turn(state, (Reply(words=tuple(words)),))


def record_asked(state: State, input: Input, known: Known) -> Turn:
    """The municipality wants to check, by list, whether somebody may take a role: their permission is asked on a page."""
    here = _("Say yes or no")
    words = (
        _("Before you can help with this, the municipality asks the police for an answer about you, by a list. It does so only "
          "if you say yes."),
        _("Read more, and say yes or no, on this page. It is yours alone. Never write your identity number here in the chat: "
          "{link}", link=Link(here, str(input.data["url"]))),
    )  # fmt: skip
    return Turn(state, (Reply(words=words),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "volunteer_again": again,
    "volunteer_not_now": not_now,
    "volunteer_thanked": thanked,
    "record_asked": record_asked,
}
"""What happens when a promise about an offer falls due."""

REMINDERS = frozenset({"volunteer_again"})
"""Of these whoever wants no messages hears nothing."""
