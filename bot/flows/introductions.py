"""People brought together: what all the ways of it share. Who wants to meet others is asked before anybody hears of
anybody, by first names and what they have in common; how they are reached goes from one to another only when they have
said yes, as each has chosen (languages-and-rights.md E).

The sign-ups are in `friends`, `families` and `phone_chats`. Nobody under 18 learns how another is reached, nor does anybody
of them: a grown-up arranges it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.flows.joining import CONSENT_VERSION as SHARING_VERSION
from bot.flows.joining import contact_of, reachable, through
from bot.flows.model import (
    AnswerIntroduction,
    Answers,
    Card,
    Choice,
    Consent,
    Effect,
    Ending,
    Flow,
    HowItWent,
    Input,
    Known,
    NoLonger,
    PassOnToThem,
    RememberLater,
    Reply,
    SeekAgain,
    SeekOthers,
    State,
    Step,
    StopSeeking,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, long_text, one_choice, text
from bot.flows.read.typed import as_text
from bot.flows.volunteer import reached
from bot.i18n import LanguageName, Ltr, Text, Value, _, content, p_
from bot.packs.model.introductions import KINDS
from bot.rules.masking import mask_ways

CONSENT_VERSION: Final = "1"
"""Of the wording in which somebody agrees to be kept and proposed; the purpose is the kind."""

SHARING: Final = "introduction"
"""The purpose of the consent that a first name, and how they are reached, is told to the others."""

WORDS_MAX: Final = 2000

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
    ("friends", "guardian_ok"): _("A coach first talks with the grown-up you named. Nobody hears of you before."),
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
        (step.label, step.read.show(answers[step.name], known))
        for step in flow.steps
        if step.read is not None and step.name in answers and step.name != "agree"
    )
    return Card(flow.title, rows)


# --- signing up ------------------------------------------------------------------------------------------------------------


def kept_key(kind: str) -> str:
    """The key under which somebody is told that they are kept."""
    return f"introductions:{kind}"


def _kept(kind: str, known: Known) -> RememberLater:
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
        return _("{what} {more}", what=content(what), more=more) if what else more

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
    effects = (*extra, SeekOthers(kind, said), Consent(kind, CONSENT_VERSION, True), _kept(kind, known))
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
    return (*(Choice(kind, TITLES[kind]) for kind in KINDS if is_here(kind, known)), _HUMAN)


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
    if found["standing"] == "aside":
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
    if found["standing"] == "aside":
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
            return Ending((Reply(words=(words,)),), (SeekAgain(kind), _kept(kind, known)))
        case "another":
            return Ending((Reply(words=(_SOMEBODY_ELSE,)),), (HowItWent(int(there["id"]), "no"), _kept(kind, known)))
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


_SOMEBODY_ELSE: Final = _(
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


# --- being asked -----------------------------------------------------------------------------------------------------------


def _introduction(known: Known) -> dict[str, Any] | None:
    """The introduction that the running flow is about, for one of those in it."""
    found: dict[str, Any] | None = known.lookup("introduction", introduction_id=int(known.given.get("subject") or 0))
    return found


def _asked(known: Known) -> dict[str, Any] | None:
    found = _introduction(known)
    return found if found is not None and found["mine"] == "asked" else None


def _too_late() -> Ending:
    words = _(
        "That is settled already: the time to answer has passed, or somebody could not. There is nothing to answer any more."
    )
    return Ending((Reply(words=(words,), choices=(Choice("f:mine", _("See what is mine")),), serial=0),))


def _yes_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _asked(known)
    if found is None:
        return ()
    return ("agree",) if found["minor"] else ("contact", "agree")


def _agree_prompt(answers: Answers, known: Known) -> Text:
    found = _asked(known)
    names, several = tuple(found["others"]) if found else (), bool(found) and len(found["others"]) > 1  # type: ignore[index]
    contact = contact_of(answers)
    if found is not None and found["minor"]:
        return _("May I tell {names} your first name, and that you would like to meet them? Nothing else. A grown-up arranges the "
                 "first meeting.", names=names)  # fmt: skip
    if contact and several:
        return _("May I tell {names} your first name and how you are reached ({contact})? They get it only if they say yes too.",
                 names=names, contact=Ltr(contact))  # fmt: skip
    if contact:
        return _("May I tell {names} your first name and how you are reached ({contact})? That happens only if you both say yes.",
                 names=names, contact=Ltr(contact))  # fmt: skip
    return _(
        "May I tell {names} your first name? You write to each other here, once you have all said yes.", names=names
    )


def _answers(introduction_id: int) -> tuple[Choice, ...]:
    return (Choice(f"f:intro_yes:{introduction_id}", YES), Choice(f"f:intro_no:{introduction_id}", NO))


def _said_yes(answers: Answers, known: Known) -> Ending:
    found = _asked(known)
    if found is None:
        return _too_late()
    if not (answers.get("agree") or {}).get("given"):
        words = _(
            "All right. I have told nobody anything. I wait for your answer until {day}.", day=found["answer_day"]
        )
        return Ending((Reply(words=(words,), choices=_answers(found["id"]), serial=0),))
    effects = (
        Consent(SHARING, SHARING_VERSION, True, found["id"]),
        AnswerIntroduction(found["id"], True, {"contact": "" if found["minor"] else contact_of(answers)}),
    )
    words = _("Good! I tell you as soon as the others have answered, by {day} at the latest.", day=found["answer_day"])
    return Ending((Reply(words=(words,)),), effects)


INTRO_YES = Flow(
    name="intro_yes",
    title=YES,
    steps=(
        Step("contact", prompt=_("How may they reach you, once you have said yes to each other? Write a number or an e-mail "
                                 "address."),
             label=_("How you are reached"), read=text(), check=reachable, suggest=through, must=True,
             why=_("Nobody sees it before you have said yes to each other. You can also write to each other here only.")),
        Step("agree", prompt=_agree_prompt, label=_("Passed on"), read=consent(SHARING, SHARING_VERSION), must=True),
    ),
    order=_yes_order,
    finish=_said_yes,
    needs_subject=True,
)  # fmt: skip


def _said_no(answers: Answers, known: Known) -> Ending:
    found = _asked(known)
    if found is None:
        return _too_late()
    words = _(
        "All right. Nobody learns why, and I do not propose the same again. You stay signed up, and I look for others."
    )
    reply = Reply(
        words=(words,), choices=(Choice(f"f:my_seeking:{found['seeker']}", _("Change it, or leave")),), serial=0
    )
    return Ending((reply,), (AnswerIntroduction(found["id"], False),))


INTRO_NO = Flow("intro_no", NO, (), _said_no, personal=False, passing=True, needs_subject=True)


# --- having met ------------------------------------------------------------------------------------------------------------


def _together(known: Known) -> dict[str, Any] | None:
    found = _introduction(known)
    return found if found is not None and found["status"] == found["mine"] == "met" else None


def _may_write(known: Known) -> dict[str, Any] | None:
    found = _together(known)
    return found if found is not None and not found["minor"] else None


def _write_prompt(answers: Answers, known: Known) -> Text:
    found = _may_write(known)
    return _("What do you want to write to {names}? I pass it on.", names=tuple(found["others"]) if found else ())


def _written(answers: Answers, known: Known) -> Ending:
    found = _may_write(known)
    if found is None or not found["others"]:
        words = _("I cannot pass that on any more. Nothing was sent.")
        return Ending((Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))
    reply = Reply(words=(_("I have passed it on."),), choices=_when_met(found["id"], minor=False), serial=0)
    return Ending((reply,), (PassOnToThem(found["id"], str(answers["words"])[:WORDS_MAX]),))


INTRO_WRITE = Flow(
    name="intro_write",
    title=WRITE,
    steps=(Step("words", prompt=_write_prompt, label=_("What you write"), read=long_text(WORDS_MAX), must=True),),
    order=lambda answers, known, left: ("words",) if _may_write(known) else (),
    finish=_written,
    needs_subject=True,
)


def _when_met(introduction_id: int, *, minor: bool) -> tuple[Choice, ...]:
    write = () if minor else (Choice(f"f:intro_write:{introduction_id}", WRITE),)
    return (*write, Choice(f"f:intro_game:{introduction_id}", GAME), button(Move.HUMAN))


def _game_choices(known: Known) -> tuple[Choice, ...]:
    found = _introduction(known)
    return tuple(Choice(str(at), title) for at, (title, _how) in enumerate(games(found["kind"] if found else ""), 1))


def _played(answers: Answers, known: Known) -> Ending:
    found = _introduction(known)
    title, how = game_of(found["kind"] if found else "", int(answers["game"]) - 1)
    again = Choice(f"f:intro_game:{known.given.get('subject') or 0}", p_("introductions", "Another game"))
    return Ending((Reply(words=(title, how), choices=(again,), serial=0),))


INTRO_GAME = Flow(
    name="intro_game",
    title=GAME,
    steps=(Step("game", prompt=_("Which game? Choose one by its number."), label=_("The game"), read=one_choice(_game_choices),
                must=True),),
    finish=_played,
    personal=False,
    passing=True,
    needs_subject=True,
)  # fmt: skip

OUTCOMES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: buttons, at most 30 characters each: how it has gone since two people were introduced.
    "contact": p_("introductions", "Yes, we are in touch"),
    "not_yet": p_("introductions", "Not yet"),
    "another": p_("introductions", "Yes, and one more, please"),
    "no": p_("introductions", "No, please somebody else"),
}


def _went(answers: Answers, known: Known) -> Ending:
    found, said = _together(known), str(known.given.get("part") or "")
    if found is None or said not in OUTCOMES:
        return _too_late()
    told = {
        "contact": _("I am glad! Thank you for telling me."),
        "not_yet": _("Thank you for telling me. It may take time. A human can help you to meet, if you like."),
        "another": _("I am glad! Then I look for one more, and ask you when somebody fits."),
        "no": _SOMEBODY_ELSE,
    }[said]
    more = (_kept(found["kind"], known),) if said in ("another", "no") else ()
    choices = (button(Move.HUMAN),) if said in ("not_yet", "no") else ()
    return Ending(
        (Reply(words=(told,), choices=choices, serial=0 if choices else None),), (HowItWent(found["id"], said), *more)
    )


INTRO_WENT = Flow(
    "intro_went", _("How it has gone"), (), _went, personal=False, passing=True, needs_subject=True, parts=OUTCOMES
)


# --- what falls due --------------------------------------------------------------------------------------------------------


def _due(input: Input, known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("introduction", introduction_id=int(input.data["introduction"]))
    return found


def asked(state: State, input: Input, known: Known) -> Turn:
    """A coordinator has approved it: would this one like to meet these?"""
    found = _due(input, known)
    if found is None or found["mine"] != "asked":
        return Turn(state)
    names = tuple(found["others"])
    if found["kind"] == "families":
        lead = _("I have found a family for you: {names}.", names=names)
    elif found["kind"] == "phone_chats":
        lead = _("I have found somebody who would like to talk by phone: {names}.", names=names)
    else:
        lead = _("I have found a group for you: {names}.", names=names)
    told = [lead, *in_common(found["kind"], found["why"], known)]
    if found["minor"]:
        told.append(_("A grown-up arranges the first time you meet, and is there. Would you like to? Please answer by {day}.",
                      day=found["answer_day"]))  # fmt: skip
    else:
        told.append(_("Would you like to meet? Nobody learns how you are reached before you say yes. Please answer by {day}.",
                      day=found["answer_day"]))  # fmt: skip
    return Turn(state, (Reply(words=tuple(told), choices=_answers(found["id"]), serial=0),))


def unanswered(state: State, input: Input, known: Known) -> Turn:
    """The time to answer has passed."""
    found = _due(input, known)
    if found is None or found["mine"] != "asked":
        return Turn(state)
    words = _("You have not answered about meeting {names}, so they do not wait any longer. I do not propose you for now. That is "
              "all right. Tell me when you would like to again.", names=tuple(found["others"]))  # fmt: skip
    reply = Reply(words=(words,), choices=(Choice(f"f:my_seeking:{found['seeker']}", AGAIN.label),), serial=0)
    return Turn(state, (reply,), (AnswerIntroduction(found["id"], False, late=True),))


def kept(state: State, input: Input, known: Known) -> Turn:
    """Somebody waits, and hears that they are kept."""
    kind = str(input.data["kind"])
    found = known.lookup("seeking", kind=kind)
    if found is None or found["standing"] != "waiting" or found["in"] is not None:
        return Turn(state)
    words = _("{title}: you are still signed up. {why} I keep you, and ask you as soon as somebody fits.", title=TITLES[kind],
              why=waits_because(found))  # fmt: skip
    reply = Reply(words=(words,), choices=(Choice(f"f:my_seeking:{found['id']}", _("Change it, or leave")),), serial=0)
    return Turn(state, (reply,), (_kept(kind, known),))


def over(state: State, input: Input, known: Known) -> Turn:
    """It came to nothing without this one's doing: they are kept."""
    title = TITLES[str(input.data["kind"])]
    if input.data.get("met"):
        words = _("{name} cannot be in it any more. Please respect that.", name=str(input.data["name"]))
        return Turn(state, (Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))
    words = _("{title}: it came to nothing this time, for not all could. It is not about you. You are kept, and I ask you again when "
              "somebody fits.", title=title)  # fmt: skip
    choices = (Choice(f"f:my_seeking:{input.data['seeker']}", _("Change it, or leave")),)
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def met(state: State, input: Input, known: Known) -> Turn:
    """They have said yes to each other: how each other is reached, as far as they want it. Of minors, nothing of it."""
    data = input.data
    minor, others = bool(data.get("minor")), data["others"]
    names = tuple(str(each["name"]) for each in others)
    told: list[Text] = [_("You and {names} have said yes to each other!", names=names)]
    if minor:
        told.append(
            _("A grown-up tells you when and where you meet. Please do not give anybody your number or address.")
        )
    for each in () if minor else others:
        if each.get("contact"):
            told.append(
                _("This is how you reach {name}: {contact}", name=str(each["name"]), contact=Ltr(str(each["contact"])))
            )
        else:
            told.append(_("{name} would rather write here. I pass on what you write.", name=str(each["name"])))
    if not minor and data["kind"] != "phone_chats":
        told.append(_("Meet in a public place the first time. If something is not right, talk to a human here."))
    elif not minor:
        told.append(
            _("Never give anybody bank details or codes by phone. If something is not right, talk to a human here.")
        )
    if data.get("meeting"):
        told += _meeting_words(data["meeting"], known)
    title, how = game_of(str(data["kind"]), int((data.get("meeting") or {}).get("game", data["introduction"])))
    told.append(_("A game to begin with: {title}. {how}", title=title, how=how))
    return Turn(state, (Reply(words=tuple(told), choices=_when_met(int(data["introduction"]), minor=minor), serial=0),))


def _meeting_words(meeting: Mapping[str, Any], known: Known) -> list[Text]:
    at = datetime.fromisoformat(str(meeting["at"])).astimezone(known.municipality.zone)
    told = [_("You meet on {time}.", time=at)]
    if meeting.get("place"):
        told = [_("You meet on {time}: {place}", time=at, place=str(meeting["place"]))]
    if meeting.get("note"):
        told.append(as_text(str(meeting["note"])))
    return told


def meeting(state: State, input: Input, known: Known) -> Turn:
    """A coordinator has set the first meeting, or changed it."""
    data = input.data
    lead = _("The first meeting with {names} is set.", names=tuple(str(each) for each in data["others"]))
    if data.get("changed"):
        lead = _("The first meeting with {names} has been changed.", names=tuple(str(each) for each in data["others"]))
    choices = _when_met(int(data["introduction"]), minor=bool(data.get("minor")))
    return Turn(state, (Reply(words=(lead, *_meeting_words(data["meeting"], known)), choices=choices, serial=0),))


def tomorrow(state: State, input: Input, known: Known) -> Turn:
    """The first meeting is tomorrow."""
    found = _due(input, known)
    if found is None or found["mine"] != "met" or not found["meeting"]:
        return Turn(state)
    lead = _("Tomorrow you meet {names}.", names=tuple(found["others"]))
    words = (lead, *_meeting_words(found["meeting"], known))
    return Turn(state, (Reply(words=words, choices=_when_met(found["id"], minor=found["minor"]), serial=0),))


def follow_up(state: State, input: Input, known: Known) -> Turn:
    """Some time after the first meeting: has it become a contact?"""
    found = _due(input, known)
    if found is None or found["mine"] != "met" or not found["others"] or found["outcome"] in ("no", "another"):
        return Turn(state)
    words = _("Some time ago you were introduced to {names}. Has it become a contact? Would you like another one?",
              names=tuple(found["others"]))  # fmt: skip
    choices = tuple(Choice(f"f:intro_went:{found['id']}-{said}", label) for said, label in OUTCOMES.items())
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def passed_on(state: State, input: Input, known: Known) -> Turn:
    """Words from one of the others, as they wrote them."""
    data = input.data
    lead = _("{name} writes to you:", name=str(data["name"]))
    paragraphs = tuple(as_text(part.strip()) for part in str(data["words"]).split("\n\n") if part.strip())
    choices = _when_met(int(data["introduction"]), minor=False)
    return Turn(state, (Reply(words=(lead, *paragraphs), choices=choices, serial=0, by=str(data["name"])),))


def guardian(state: State, input: Input, known: Known) -> Turn:
    """A coach has talked with a guardian."""
    if input.data["agreed"]:
        words = _(
            "Good news: a coach has talked with the grown-up you named, and it is all right. Now I look for a group for you."
        )
        return Turn(state, (Reply(words=(words,)),))
    words = _("A coach has talked with the grown-up you named. A friendship group is not possible just now. A human here can tell you "
              "about other things to do.")  # fmt: skip
    return Turn(state, (Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "introduction_asked": asked,
    "introduction_unanswered": unanswered,
    "introduction_kept": kept,
    "introduction_over": over,
    "introduction_met": met,
    "introduction_meeting": meeting,
    "introduction_tomorrow": tomorrow,
    "introduction_follow_up": follow_up,
    "introduction_words": passed_on,
    "introduction_guardian": guardian,
}
"""What happens when something about an introduction falls due."""

REMINDERS = frozenset({"introduction_kept", "introduction_follow_up"})
"""Of these whoever wants no messages hears nothing."""

FLOWS: Final = (MEET_OTHERS, MY_SEEKING, INTRO_YES, INTRO_NO, INTRO_WRITE, INTRO_GAME, INTRO_WENT)
