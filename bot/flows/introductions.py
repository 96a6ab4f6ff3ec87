"""People brought together: what all the ways of it share. Who wants to meet others is asked before anybody hears of
anybody, by first names and what they have in common; how they are reached goes from one to another only when they have
said yes, as each has chosen (languages-and-rights.md E).

The sign-ups are in `friends`, `families` and `phone_chats`. Nobody under 18 learns how another is reached, nor does anybody
of them: a grown-up arranges it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Consent,
    Effect,
    Ending,
    Flow,
    HowItWent,
    Known,
    NoLonger,
    RememberLater,
    Reply,
    SeekAgain,
    SeekOthers,
    Step,
    StopSeeking,
)
from bot.flows.moves import Move, button
from bot.flows.read import one_choice
from bot.flows.read.typed import as_text
from bot.flows.volunteer import reached
from bot.i18n import LanguageName, Text, Value, _, content, p_
from bot.packs.model.introductions import KINDS
from bot.rules.masking import mask_ways

CONSENT_VERSION: Final = "1"
"""Of the wording in which somebody agrees to be kept and proposed; the purpose is the kind."""

SHARING: Final = "introduction"
"""The purpose of the consent that a first name, and how they are reached, is told to the others."""

TITLES: Final[Mapping[str, Text]] = {
    "friends": p_("introductions", "A friendship group"),
    "families": p_("introductions", "A friend family"),
    "phone_chats": p_("introductions", "Talks by phone"),
}
"""What each kind is called, short enough for a button."""

SIDES: Final = (
    # TRANSLATORS: buttons, at most 30 characters each: whether somebody is new in the municipality. Beside each what people
    # write for it, separated by |.
    Choice("new", p_("introductions", "I am new here"), also=(_("new | newcomer | newly arrived | just moved here"),)),
    Choice("est", p_("introductions", "I have lived here longer"),
           also=(_("long | established | for years | always | born here | many years"),)),
)  # fmt: skip
WORK: Final = (
    # TRANSLATORS: buttons, at most 30 characters each: what somebody works with, or has worked with.
    Choice("care", p_("work", "Health and care")),
    Choice("school", p_("work", "School and preschool")),
    Choice("building", p_("work", "Building and repairing")),
    Choice("food", p_("work", "Food and restaurant")),
    Choice("shop", p_("work", "Shop and service")),
    Choice("transport", p_("work", "Driving and transport")),
    Choice("office", p_("work", "Office")),
    Choice("technology", p_("work", "Technology and computers")),
    Choice("factory", p_("work", "Factory and storehouse")),
    Choice("farming", p_("work", "Farming and forest")),
    Choice("culture", p_("work", "Culture and media")),
    Choice("studies", p_("work", "Studies")),
    Choice("untold", p_("work", "Something else"), means="no"),
)
HOURS: Final = (
    # TRANSLATORS: buttons, at most 30 characters each: when somebody likes to talk by phone.
    Choice("weekday_morning", p_("hours", "Weekdays, in the morning")),
    Choice("weekday_day", p_("hours", "Weekdays, in the afternoon")),
    Choice("weekday_evening", p_("hours", "Weekdays, in the evening")),
    Choice("weekend_morning", p_("hours", "Weekends, in the morning")),
    Choice("weekend_day", p_("hours", "Weekends, in the afternoon")),
    Choice("weekend_evening", p_("hours", "Weekends, in the evening")),
)

WAITS: Final[Mapping[tuple[str, str], Text]] = {
    # TRANSLATORS: why somebody who wants to meet others waits, told to them.
    ("friends", "guardian_ok"): _("A coach first talks with a grown-up who answers for you. Nobody hears of you before."),
    ("friends", "side"): _("Groups are mixed of people who are new here and people who have lived here longer. So far "
                           "only one of the two is there."),
    ("friends", "place"): _("So far nobody who lives near you is there."),
    ("friends", "age"): _("So far nobody of about your age is there."),
    ("friends", "interests"): _("So far nobody who fits likes to do the same."),
    ("friends", "size"): _("Somebody would fit, but there are too few for a group yet."),
    ("families", "consent"): _("Your agreement is missing. Change your sign-up to give it."),
    ("families", "taken"): _("So far there is no free family to bring you together with."),
    ("phone_chats", "age"): _("These talks are for somewhat older people."),
    ("phone_chats", "languages"): _("So far nobody who speaks the same language is there."),
    ("phone_chats", "hours"): _("Somebody speaks your language, but has no time at the same hours."),
    ("phone_chats", "taken"): _("Everybody who would fit has somebody to talk to already."),
}  # fmt: skip
MET_ALL: Final = _("Everybody who would fit has been introduced to you before.")
NOT_LOOKED: Final = _("A coordinator has not looked yet who fits.")

GAMES: Final[tuple[tuple[Text, Text], ...]] = (
    # TRANSLATORS: short get-to-know games for people who meet for the first time: a button of at most 30 characters, and
    # how it is played.
    (p_("game", "Three things we share"),
     _("Sit two and two. Find three things that you both like, and that nobody can see on you. Then tell the others.")),
    (p_("game", "The map"),
     _("Draw a simple map of where you live. Everybody puts a cross at a place they like, and tells why.")),
    (p_("game", "Questions in a bag"),
     _("Everybody writes two questions on slips of paper, such as: What makes you laugh? Draw one in turn. It is always all "
       "right to say: pass.")),
    (p_("game", "In a row without words"),
     _("Stand in a row by the day of the year you were born, without a word. Then check it aloud.")),
    (p_("game", "Teach each other"),
     _("Everybody teaches the others something small: three words, a step, a trick with the hands.")),
    (p_("game", "A walk with a list"),
     _("Walk together for a quarter of an hour. Find something red, something older than you, and something that smells good.")),
)  # fmt: skip
PHONE_GAMES: Final[tuple[tuple[Text, Text], ...]] = (
    # TRANSLATORS: the same for two who talk by phone.
    (p_("game", "Out of the window"), _("Tell in turn what you see out of your window just now, and what you wish you saw.")),
    (p_("game", "Then and now"), _("Name in turn something that was better when you were ten, and something that is better now.")),
    (p_("game", "Three questions"),
     _("Ask each other: What did you eat today? Which song do you know by heart? What would you like to learn?")),
)  # fmt: skip


def games(kind: str) -> tuple[tuple[Text, Text], ...]:
    """The games that fit a kind of meeting."""
    return PHONE_GAMES if kind == "phone_chats" else GAMES


def game_of(kind: str, number: int) -> tuple[Text, Text]:
    """A game by its number, whatever the number: 0 is the first."""
    some = games(kind)
    return some[number % len(some)]


# --- what people say, and what they have in common -------------------------------------------------------------------------


def interest_choices(known: Known) -> tuple[Choice, ...]:
    """What the pack knows that people like to do."""
    # TRANSLATORS: a button that holds nothing but something people like to do, such as "Football".
    return tuple(
        Choice(each.id, _("{interest}", interest=content(each.name)), also=(as_text(" | ".join(each.words)),))
        for each in known.municipality.interests
    )


def _labels(ids: Any, choices: tuple[Choice, ...]) -> tuple[Text, ...]:
    named = {each.id: each.label for each in choices}
    return tuple(named[each] for each in ids or () if each in named)


def in_common(kind: str, why: Mapping[str, Any], known: Known) -> tuple[Text, ...]:
    """What people have in common, in sentences that each of them may read."""
    told: list[Text] = []
    if liked := _labels(why.get("interests"), interest_choices(known)):
        told.append(_("You have in common: {interests}.", interests=liked))
    if why.get("children"):
        told.append(_("You have children of about the same age."))
    if work := _labels([why.get("work")], WORK):
        told.append(_("You work with the same: {work}.", work=work[0]))
    if why.get("languages"):
        told.append(_("You both speak {languages}.", languages=tuple(LanguageName(each) for each in why["languages"])))
    if hours := _labels(why.get("hours"), HOURS):
        told.append(_("You both have time: {hours}.", hours=hours))
    return tuple(told)


def reasons(kind: str, why: Mapping[str, Any], known: Known) -> tuple[Text, ...]:
    """The same for a coordinator, with ages and, of families, how much it is."""
    told: list[Text] = []
    if "percent" in why:
        told.append(_("{percent} % in common (interests 40, children 40, work 20)", percent=int(why["percent"])))
    if liked := _labels(why.get("interests"), interest_choices(known)):
        told.append(_("both sides like {interests}", interests=liked))
    if why.get("area"):
        told.append(_("all live in {area}", area=str(why["area"])))
    if why.get("ages"):
        told.append(_("{low} to {high} years old", low=int(why["ages"][0]), high=int(why["ages"][1])))
    if why.get("children"):
        ages = tuple(_("{age} and {other}", age=one, other=other) for one, other in why["children"])
        told.append(_("children of like ages ({ages})", ages=ages))
    if work := _labels([why.get("work")], WORK):
        told.append(_("both work with the same: {work}", work=work[0]))
    if why.get("languages"):
        told.append(_("both speak {languages}", languages=tuple(LanguageName(each) for each in why["languages"])))
    if hours := _labels(why.get("hours"), HOURS):
        told.append(_("both have time: {hours}", hours=hours))
    return tuple(told) or (_("nothing they have in common is known"),)


def first_name(said: Mapping[str, Any]) -> str:
    """The first of the names somebody gave, without any way to reach them that stands in it."""
    named = mask_ways(str(said.get("name") or ""))[0].split()
    return named[0] if named else "…"


def said_card(flow: Flow, answers: Mapping[str, Any], known: Known) -> Card:
    """A sign-up as its owner and a coach see it."""
    rows: tuple[tuple[Text, Value], ...] = tuple(
        (step.label, _shown(step, answers, known))
        for step in flow.steps
        if step.read is not None and answers.get(step.name) is not None and step.name != "agree"
    )
    return Card(flow.title, rows)


def _shown(step: Step, answers: Mapping[str, Any], known: Known) -> Text:
    """An answer in words: what a suggestion stands for, or as its reader shows it."""
    assert step.read is not None
    offered = step.suggest(answers, known) if step.suggest else ()
    taken = next((each.label for each in offered if each.value == answers[step.name]), None)
    return taken or step.read.show(answers[step.name], known)


# --- signing up ------------------------------------------------------------------------------------------------------------


def kept_key(kind: str) -> str:
    """The key under which somebody is told that they are kept."""
    return f"introductions:{kind}"


def tell_again(kind: str, known: Known) -> RememberLater:
    """Tell somebody in a while that they are kept, if they still wait then."""
    days = known.municipality.introductions.kept_days
    return RememberLater("introduction_kept", kept_key(kind), known.now + timedelta(days=days), {"kind": kind})


def begun(kind: str, given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What was said before, where it is to be changed. Agreeing is asked anew."""
    before = known.lookup("seeking", kind=kind) if given.get("change") else None
    said = dict((before or {}).get("said") or {})
    said.pop("agree", None)
    return {**said, **given.get("answers", {})}


def not_here(kind: str, known: Known) -> Ending:
    """This municipality does not offer it: that is said, and who can find another way."""
    words = _("“{title}” is nothing that {municipality} offers here. A human can help you find another way to meet others.",
              title=TITLES[kind], municipality=known.municipality.name)  # fmt: skip
    return Ending((Reply(words=(words,), choices=(button(Move.HUMAN), button(Move.MENU)), serial=0),))


def is_here(kind: str, known: Known) -> bool:
    return kind in known.municipality.introductions.offered


def intro_of(kind: str, more: Text) -> Callable[[Answers, Known], Text]:
    """What it is, by the pack, and how it goes."""

    def words(answers: Answers, known: Known) -> Text:
        what = known.municipality.introductions.what(kind)
        if not what:
            return _("Good that you ask.")
        return _("{what} {more}", what=content(what), more=more)

    return words


def signed_up(
    kind: str, answers: Answers, known: Known, extra: tuple[Effect, ...] = (), told: Text | None = None
) -> Ending:
    """Keep a sign-up, or let go of it where the answer to the consent is no."""
    agreed = answers.get("agree") or {}
    if not agreed.get("given"):
        if known.lookup("seeking", kind=kind) is not None:
            return _stopped(kind)
        words = _("All right. Nothing has been kept. You can sign up whenever you like.")
        return Ending((Reply(words=(words,)),), then="menu")
    said = {**answers, "name": first_name(answers)}
    effects = (*extra, SeekOthers(kind, said), Consent(kind, CONSENT_VERSION, True), tell_again(kind, known))
    thanks = _("Thank you, {name}! You are signed up.", name=first_name(answers))
    next = told or _(
        "A human looks at who fits. Then I ask you here, with first names and what you have in common. Nobody learns how you "
        "are reached before you have said yes."
    )
    mine = _("In /mine you see where you stand, and can change it or leave at any time.")
    return Ending((Reply(words=(thanks, next, mine)),), effects, then=reached(known))


def _stopped(kind: str) -> Ending:
    words = _("All right. You are not signed up any more, and nobody is told of you. You are welcome back at any time.")
    effects = (StopSeeking(kind), Consent(kind, CONSENT_VERSION, False), NoLonger(kept_key(kind), "left"))
    return Ending((Reply(words=(words,), choices=(button(Move.MENU),), serial=0),), effects)


# --- what there is ---------------------------------------------------------------------------------------------------------


def _offered(known: Known) -> tuple[Choice, ...]:
    return tuple(Choice(kind, TITLES[kind]) for kind in KINDS if is_here(kind, known)) or (_HUMAN,)


_HUMAN: Final = Choice("coach", p_("move", "Talk to a human"))


def _meet_prompt(answers: Answers, known: Known) -> Text:
    here = known.municipality.introductions
    if not here.offered:
        return _("{municipality} brings nobody together here yet. A human can help you find another way to meet others.",
                 municipality=known.municipality.name)  # fmt: skip
    return (
        _("{what} What would you like?", what=tuple(content(here.what(kind)) for kind in here.offered))
        if len(here.offered) == 1
        else _("How would you like to meet others?")
    )


MEET_OTHERS = Flow(
    name="meet_others",
    title=_("Meet others"),
    steps=(Step("which", prompt=_meet_prompt, label=_("Which one"), read=one_choice(_offered), must=True),),
    finish=lambda answers, known: Ending(then=str(answers["which"])),
    personal=False,
    passing=True,
)


# --- one's own -------------------------------------------------------------------------------------------------------------

# TRANSLATORS: buttons, at most 30 characters each.
YES = p_("introductions", "Yes, I would like that")
NO = p_("introductions", "No, not these")
WRITE = p_("introductions", "Write to them here")
GAME = p_("introductions", "A get-to-know game")
CHANGE = Choice("change", p_("introductions", "Change what I have said"))
LEAVE = Choice("leave", p_("introductions", "Leave"))
KEEP = Choice("keep", p_("introductions", "Leave it as it is"))
AGAIN = Choice("again", p_("introductions", "I still want to"))
ANOTHER = Choice("another", p_("introductions", "Find somebody else for me"))


def waits_because(found: Mapping[str, Any]) -> Text:
    """Why somebody waits, told to them."""
    if found["why"] is None:
        return NOT_LOOKED
    return MET_ALL if found["why"] == "met" else WAITS.get((found["kind"], found["why"]), NOT_LOOKED)


def _mine(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_seeking", seeker_id=int(known.given.get("subject") or 0))
    return found


def _mine_prompt(answers: Answers, known: Known) -> Text:
    found = _mine(known)
    if found is None:
        return _("You are not signed up for that any more. What would you like to do?")
    title, there = TITLES[found["kind"]], found["in"]
    if there is not None and there["mine"] == "asked":
        return _("{title}: I have asked you whether you would like to meet {names}. Please answer by {day}.", title=title,
                 names=tuple(there["others"]), day=there["answer_day"])  # fmt: skip
    if there is not None and there["mine"] == "yes":
        return _("{title}: you have said yes to {names}. I tell you as soon as all have answered.", title=title,
                 names=tuple(there["others"]))  # fmt: skip
    if found["standing"] == "matched" and there is not None:
        return _("{title}: you have been introduced to {names}. What would you like to do?", title=title,
                 names=tuple(there["others"]))  # fmt: skip
    if found["standing"] in ("aside", "matched"):
        return _(
            "{title}: you are signed up, but I do not propose you right now. What would you like to do?", title=title
        )
    return _("{title}: you are signed up, and kept until somebody fits. {why} What would you like to do?", title=title,
             why=waits_because(found))  # fmt: skip


def _mine_choices(known: Known) -> tuple[Choice, ...]:
    found = _mine(known)
    if found is None:
        return (Choice("meet_others", _("Meet others")), KEEP)
    there = found["in"]
    if there is not None and there["mine"] == "asked":
        return (Choice("yes", YES, means="yes"), Choice("no", NO, means="no"), KEEP, LEAVE)
    if found["standing"] == "matched" and there is not None:
        write = () if there["minor"] else (Choice("write", WRITE),)
        return (*write, Choice("game", GAME), ANOTHER, CHANGE, LEAVE, KEEP)
    if found["standing"] in ("aside", "matched"):
        return (AGAIN, CHANGE, LEAVE, KEEP)
    return (CHANGE, LEAVE, KEEP)


def _mine_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _mine(known), str(answers["do"])
    if found is None:
        return Ending(then="meet_others" if chosen == "meet_others" else "menu")
    there, kind = found["in"] or {}, str(found["kind"])
    match chosen:
        case "yes" | "no" | "write" | "game":
            return Ending(then=f"intro_{chosen}", given={"subject": there.get("id", 0)})
        case "change":
            return Ending(then=kind, given={"change": True})
        case "leave":
            return _stopped(kind)
        case "again":
            words = _("Good! You are among those whom I propose again.")
            return Ending((Reply(words=(words,)),), (SeekAgain(kind), tell_again(kind, known)))
        case "another":
            return Ending(
                (Reply(words=(SOMEBODY_ELSE,)),), (HowItWent(int(there["id"]), "no"), tell_again(kind, known))
            )
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


SOMEBODY_ELSE: Final = _(
    "All right. I look for somebody else for you, and do not propose the same again. I keep you until somebody fits."
)

MY_SEEKING = Flow(
    name="my_seeking",
    title=_("Meet others"),
    steps=(Step("do", prompt=_mine_prompt, label=_("What to do"), read=one_choice(_mine_choices), must=True),),
    finish=_mine_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


FLOWS: Final = (MEET_OTHERS, MY_SEEKING)
