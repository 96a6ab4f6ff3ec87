"""What helpers are needed for, and one's own shifts: seen, taken, swapped, handed over, given up (publication, 2.1).

Volunteers schedule themselves: each sees how full a shift is and where the need is greatest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.flows.gatherings import lines
from bot.flows.model import (
    Answers,
    AnswerShift,
    Card,
    Choice,
    ConfirmShift,
    Ending,
    Flow,
    GiveUpShift,
    HandOverShift,
    Input,
    Known,
    MakeLink,
    Reply,
    ShiftDone,
    State,
    Step,
    TakeShift,
    Turn,
    When,
)
from bot.flows.moves import Move, button
from bot.flows.read import one_choice
from bot.flows.volunteer import reached
from bot.i18n import LanguageName, Link, Made, Text, Value, _, content, n_, p_
from bot.i18n.formats import times
from bot.rules.matching.shifts import Lack

LISTED_MAX = 8
"""So many shifts are listed in the chat; the page has all."""

REMINDED, SOON = timedelta(hours=24), timedelta(hours=2)
"""So long before a shift its helpers are reminded, and asked whether they come."""

ARRIVES_FROM = timedelta(minutes=30)
"""So long before a shift somebody can say that they are there."""

# TRANSLATORS: buttons, at most 30 characters each.
TAKE = Choice("take", p_("shift", "I take it"), means="yes")
STAND_BY = Choice("take", p_("shift", "Stand by for it"), means="yes")
OTHERS = Choice("others", p_("shift", "See the others"), means="no")
SIGN_UP = Choice("volunteer", p_("shift", "Sign up to help"), means="yes")
ALL = Choice("all", p_("shift", "Show all of them"))
CHANGE = Choice("mine", p_("shift", "Change or give it up"))
NEW = Choice("new_need", p_("shift", "Put up a new need"))
MENU = Choice("menu", p_("shift", "Something else"))


def when(shift: Mapping[str, Any]) -> Text:
    """The day and the time of a shift."""
    begins, ends = span(shift)
    # TRANSLATORS: when a shift is: its day, and from when to when.
    return _("{day}, {times}", day=begins.date(), times=times(begins.time(), ends.time()))


def title_of(shift: Mapping[str, Any]) -> Value:
    """What a shift is called: in a coordinator's own words, or by the pack's name of what somebody has asked help with."""
    title = str(shift["title"])
    return content(title) if title and shift.get("errand") else title


def span(shift: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """From and to, in local time."""
    begins, ends = shift["when"]
    return datetime.fromisoformat(begins), datetime.fromisoformat(ends)


def place_of(shift: Mapping[str, Any]) -> Value:
    """The area, where it is known."""
    return str(shift["area"]) if shift.get("area") else _("the place is told later")


def fill(shift: Mapping[str, Any]) -> Text:
    """How full a shift is."""
    if shift["free"] > 0:
        # TRANSLATORS: how many places of a shift are taken, and how many people are still missing.
        return n_(
            "{held} of {places}: {count} more needed", "{held} of {places}: {count} more needed", shift["free"],
            held=shift["places"] - shift["free"], places=shift["places"],
        )  # fmt: skip
    if shift["standby"]:
        return n_("full, {count} stands by", "full, {count} stand by", shift["standby"])
    return _("full, you can stand by")


def public_title(shift: Mapping[str, Any]) -> Text:
    """What a shift is called where nothing else says that it is only a drill."""
    title = title_of(shift)
    return _("Drill, no real need: {title}", title=title) if shift.get("drill") else _("{title}", title=title)


def _line(shift: Mapping[str, Any]) -> Text:
    # TRANSLATORS: a line of a list of shifts: what it is, where, when, how full it is.
    line = _("• {title}, {place}: {when} ({fill})", title=title_of(shift), place=place_of(shift), when=when(shift),
             fill=fill(shift))  # fmt: skip
    # TRANSLATORS: a line about an exercise, that is no real need.
    return _("{line} – this is a drill", line=line) if shift.get("drill") else line


# --- the list -------------------------------------------------------------------------------------------------------------


def _listed(known: Known) -> tuple[list[dict[str, Any]], bool]:
    """The shifts to show, most needed first, and whether they are only those that the person can take."""
    need = known.given.get("need")
    every = bool(known.given.get("all")) or need is not None or known.lookup("my_offer") is None
    found: list[dict[str, Any]] = known.lookup("open_shifts", all_of_them=every) or []
    return [each for each in found if not each["mine"] and need in (None, each["need"])], not every


def _needs_prompt(answers: Answers, known: Known) -> Text:
    found, mine = _listed(known)
    page = Link(_("What is needed now"), f"{known.facts.get('public_url', '')}/needs")
    if not found and mine:
        return _("Nothing is needed right now that fits what you have told me. Shall I show you everything?")
    if not found and known.given.get("need") is not None:
        return _("That is over, or you have signed up for it. Shall I show you what else is needed?")
    if not found:
        return _("Right now nobody is needed. If you sign up, you are asked as soon as somebody is.")
    shown = lines([_line(each) for each in found[:LISTED_MAX]])
    if mine:
        return _("This fits you, the most needed first:\n{shifts}\nWhich one do you want to see? All of them: {page}",
                 shifts=shown, page=page)  # fmt: skip
    return _("This is needed now, the most needed first:\n{shifts}\nWhich one do you want to see? All of them: {page}",
             shifts=shown, page=page)  # fmt: skip


def _named(found: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    """A button for each of the first shifts."""
    return tuple(
        # TRANSLATORS: a button: what a shift is, and its day.
        Choice(f"shift-{each['id']}", _("{title}, {day}", title=title_of(each), day=span(each)[0].date()))
        for each in found[:LISTED_MAX]
    )


def _needs_choices(known: Known) -> tuple[Choice, ...]:
    found, mine = _listed(known)
    more = ALL if mine or known.given.get("need") is not None else None if known.lookup("my_offer") else SIGN_UP
    staff = (NEW,) if known.channel == "telegram" and known.lookup("coordinates") else ()
    return (*_named(found), *((more,) if more else ()), *staff, MENU)


def _needs_done(answers: Answers, known: Known) -> Ending:
    chosen = str(answers["which"])
    if chosen == "all":
        return Ending(then="needs", given={"all": True})
    if chosen.startswith("shift-"):
        return Ending(then="shift", given={"subject": int(chosen.removeprefix("shift-"))})
    if chosen == "menu" and known.lookup("my_offer"):
        return Ending(then=reached(known) or "menu")  # somebody who offers help can be asked, if we reach them
    return Ending(then=chosen)


NEEDS = Flow(
    name="needs",
    title=_("What is needed now"),
    steps=(Step("which", prompt=_needs_prompt, label=_("Which one"), read=one_choice(_needs_choices), must=True),),
    finish=_needs_done,
    personal=False,
    passing=True,
)


# --- one shift ------------------------------------------------------------------------------------------------------------


def shift_card(shift: Mapping[str, Any], known: Known, *, whole_need: bool = False) -> Card:
    """A shift as its helpers see it; whoever has a place sees where and whom to turn to. `whole_need`: all its times
    stand below."""
    skills = {each.id: content(each.name) for each in known.municipality.skills.skills}
    roles = {each.id: content(each.name) for each in known.municipality.skills.check_roles}
    rows: list[tuple[Text, Value]] = [(p_("shift", "Where"), place_of(shift))]
    if not whole_need:
        rows = [(p_("shift", "When"), when(shift)), *rows, (p_("shift", "Places"), fill(shift))]
    if shift.get("about"):
        rows.append((p_("shift", "What it is"), str(shift["about"])))
    if shift.get("languages_any"):
        spoken = tuple(LanguageName(each) for each in shift["languages_any"])
        rows.append((p_("shift", "One of these languages"), _("{languages}", languages=spoken)))
    for field, label in (("skills_all", p_("shift", "Needed")), ("skills_wished", p_("shift", "Good to have"))):
        if named := tuple(skills[each] for each in shift.get(field) or () if each in skills):
            rows.append((label, _("{skills}", skills=named)))
    if shift.get("car"):
        rows.append((p_("shift", "Car"), _("You need a car.")))
    if shift.get("check") in roles:
        rows.append((p_("shift", "Extract from the records"),
                     _("Before the first time you show a human an extract from the criminal records. It concerns: {role}.",
                       role=roles[str(shift["check"])])))  # fmt: skip
    for field, label in (
        ("routine", p_("shift", "How it is done")),
        ("address", p_("shift", "Address")),
        ("contact", p_("shift", "On site, turn to")),
    ):
        if shift.get(field):
            rows.append((label, str(shift[field])))
    return Card(_("{title}", title=title_of(shift)), tuple(rows))


LACKS: Mapping[str, Text] = {
    Lack.CONSENT: _("This is for those who are 18 or older."),
    Lack.CAR: _("It needs a car, and you have said that you have none."),
    Lack.RECORD_CHECK: _("Before it, an extract from the criminal records has to be shown. If you want it, a coordinator "
                         "gets in touch about that."),
    Lack.LANGUAGES: _("It needs a language that you have not named."),
    Lack.SKILLS: _("It needs something that you have not named, or that a human has to see proof of first."),
}  # fmt: skip
"""Why somebody cannot choose a shift by themselves."""


def _shift(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("shift", shift_id=int(known.given.get("subject", 0)))
    return found


def _shift_prompt(answers: Answers, known: Known) -> Text:
    found = _shift(known)
    if found is None:
        return _("That shift is over, or has been called off. Shall I show you what else is needed?")
    if found["mine"]:
        return _("You have signed up for this. What would you like to do?")
    if known.lookup("my_offer") is None:
        return _("Do you want to help with this? First I need to know a little about you, about two minutes.")
    if found["missing"]:
        return _("{why} What would you like to do?", why=LACKS[found["missing"][0]])
    if found["free"] > 0:
        return _("Do you want it?")
    return _(
        "All places are taken. Do you want to stand by? If somebody cannot come, you are asked, and one press is enough."
    )


def _shift_choices(known: Known) -> tuple[Choice, ...]:
    found = _shift(known)
    if found is None:
        return (OTHERS, MENU)
    if found["mine"]:
        return (CHANGE, OTHERS)
    if known.lookup("my_offer") is None:
        return (SIGN_UP, OTHERS)
    if found["missing"] == [Lack.RECORD_CHECK]:
        # TRANSLATORS: a button, at most 30 characters: a volunteer wants a shift that a human has to agree to first.
        return (Choice("take", p_("shift", "I want it"), means="yes"), OTHERS)
    if found["missing"]:
        return (Choice("offer", p_("shift", "Change what I can do")), OTHERS)
    return (TAKE if found["free"] > 0 else STAND_BY, OTHERS)


def _shift_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _shift(known), answers["do"]
    if chosen == "volunteer" and found is not None:
        return Ending(then="volunteer", given={"shift": found["id"]})
    if chosen == "offer":
        return Ending(then="volunteer", given={"change": True})
    if chosen == "mine" and found is not None:
        return Ending(then="my_shift", given={"subject": found["signup"]})
    if chosen == "take" and found is not None:
        reply = Reply(words=(_("{result}", result=Made("shift_result")),))
        return Ending((reply,), (TakeShift(found["id"]),), then=reached(known))
    return Ending(then="menu" if chosen == "menu" else "needs")


def _shift_card(answers: Answers, known: Known) -> Card:
    found = _shift(known)
    return shift_card(found, known) if found else Card(_("A shift"), ())


SHIFT = Flow(
    name="shift",
    title=_("A shift"),
    steps=(Step("do", prompt=_shift_prompt, label=_("What to do"), read=one_choice(_shift_choices), must=True),),
    finish=_shift_done,
    card=_shift_card,
    told=True,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- one of one's own -----------------------------------------------------------------------------------------------------

YES = Choice("yes", p_("my shift", "Yes, I take it"), means="yes")
NO = Choice("no", p_("my shift", "No, I cannot"), means="no")
CONFIRM = Choice("confirm", p_("my shift", "I am coming"))
HERE = Choice("here", p_("my shift", "I am here"))
SWAP = Choice("swap", p_("my shift", "Swap it for another"))
HAND_OVER = Choice("hand_over", p_("my shift", "Let somebody else have it"))
GIVE_UP = Choice("give_up", p_("my shift", "I cannot come"))
CALENDAR = Choice("calendar", p_("my shift", "Have it in my calendar"))
KEEP = Choice("keep", p_("my shift", "Keep it as it is"))

REASONS = (
    # TRANSLATORS: buttons, at most 30 characters each: why somebody cannot come to a shift.
    Choice("ill", p_("my shift", "I am ill")),
    Choice("busy", p_("my shift", "Something has come up")),
    Choice("far", p_("my shift", "It is too far")),
    Choice("unsafe", p_("my shift", "It does not feel right")),
)


def _mine(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_signup", signup_id=int(known.given.get("subject", 0)))
    return found


def _my_prompt(answers: Answers, known: Known) -> Text:
    found = _mine(known)
    if found is None:
        return _("You do not have that shift any more. Shall I show you what else is needed?")
    values: dict[str, Value] = {"title": title_of(found), "when": when(found)}
    match found["status"]:
        case "asked" | "offered":
            until = datetime.fromisoformat(found["until"])
            return _("“{title}”, {when}. It is kept for you until {time}. Do you take it?", time=until, **values)
        case "standby":
            return _("You stand by for “{title}”, {when}. What would you like to do?", **values)
        case "proposed":
            return _("A coordinator has not answered yet about “{title}”, {when}. What would you like to do?", **values)
    if found["hands_over"]:
        return _("You have “{title}”, {when}, until somebody else takes it. What would you like to do?", **values)
    return _("You have “{title}”, {when}. What would you like to do?", **values)


def _my_choices(known: Known) -> tuple[Choice, ...]:
    found = _mine(known)
    if found is None:
        return (OTHERS, MENU)
    if found["status"] in ("asked", "offered"):
        return (YES, NO)
    if found["status"] != "taken":
        return (KEEP, GIVE_UP)
    begins, ends = span(found)
    here = (HERE,) if begins - ARRIVES_FROM <= known.now < ends and not found["came"] else ()
    coming = (CONFIRM,) if not found["confirmed"] and known.now < begins else ()
    leave = () if known.now >= begins else (SWAP, *(() if found["hands_over"] else (HAND_OVER,)), GIVE_UP)
    return (*here, *coming, *leave, CALENDAR, KEEP)


def _swap_choices(known: Known) -> tuple[Choice, ...]:
    found = [each for each in known.lookup("open_shifts", all_of_them=False) or [] if not each["mine"] and each["free"]]
    return (*_named(found), KEEP)


def _swap_prompt(answers: Answers, known: Known) -> Text:
    if len(_swap_choices(known)) == 1:
        return _("There is no other shift with a free place that fits you right now. You keep the one you have.")
    return _("Which one do you want instead? You keep yours until the new one is certain.")


def _my_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _mine(known), answers["do"]
    if found is None or chosen in ("others", "menu"):
        return Ending(then="menu" if chosen == "menu" else "needs")
    result = (Reply(words=(_("{result}", result=Made("shift_result")),)),)
    match chosen:
        case "yes" | "no":
            return Ending(result, (AnswerShift(found["id"], chosen == "yes"),))
        case "confirm" | "here":
            return Ending(result, (ConfirmShift(found["id"], here=chosen == "here"),))
        case "hand_over":
            return Ending(result, (HandOverShift(found["id"]),))
        case "give_up":
            return Ending(result, (GiveUpShift(found["id"], _reason(answers.get("reason"))),))
        case "swap" if str(answers.get("to", "")).startswith("shift-"):
            other = int(str(answers["to"]).removeprefix("shift-"))
            return Ending(result, (TakeShift(other, instead_of=found["id"]),))
        case "calendar":
            here = _("Calendar address")
            words = _(
                "Give this address to your calendar program, and what you have signed up for is in it and stays current. "
                "Whoever has the address sees it, so keep it to yourself: {link}",
                link=Link(here, Made("calendar_link")),
            )
            return Ending((Reply(words=(words,)),), (MakeLink("calendar"),))
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


def _reason(said: Any) -> str:
    return str(said.get("other", "")) if isinstance(said, dict) else str(said or "")


MY_SHIFT = Flow(
    name="my_shift",
    title=_("A shift of mine"),
    steps=(
        Step("do", prompt=_my_prompt, label=_("What to do"), read=one_choice(_my_choices), must=True),
        Step("to", prompt=_swap_prompt, label=_("The other one"), read=one_choice(_swap_choices),
             when=When("do", ("swap",)), must=True),
        Step("reason", prompt=_("Thank you for telling me in time. Do you want to say why? It helps the coordinator."),
             label=_("Why"), read=one_choice(REASONS, other=True), when=When("do", ("give_up",)), may_skip=True),
    ),
    finish=_my_done,
    personal=False,
    passing=True,
    needs_subject=True,
)  # fmt: skip


def _answer(taken: bool) -> Callable[[Answers, Known], Ending]:
    def done(answers: Answers, known: Known) -> Ending:
        found = _mine(known)
        if found is None or found["status"] not in ("asked", "offered"):
            return Ending(
                (Reply(words=(_("The time to answer has passed, or you have answered already."),)),), then="needs"
            )
        reply = Reply(words=(_("{result}", result=Made("shift_result")),))
        return Ending((reply,), (AnswerShift(found["id"], taken),))

    return done


SHIFT_YES = Flow(name="shift_yes", title=_("I take the shift"), steps=(), finish=_answer(True), personal=False,
                 passing=True, needs_subject=True)  # fmt: skip
SHIFT_NO = Flow(name="shift_no", title=_("I cannot take the shift"), steps=(), finish=_answer(False), personal=False,
                passing=True, needs_subject=True)  # fmt: skip


def _confirm(here: bool) -> Callable[[Answers, Known], Ending]:
    def done(answers: Answers, known: Known) -> Ending:
        found = _mine(known)
        if found is None or found["status"] != "taken":
            return Ending((Reply(words=(_("You do not have that shift any more."),)),), then="needs")
        reply = Reply(words=(_("{result}", result=Made("shift_result")),))
        return Ending((reply,), (ConfirmShift(found["id"], here=here),))

    return done


SHIFT_COMING = Flow(name="shift_coming", title=_("I am coming"), steps=(), finish=_confirm(False), personal=False,
                    passing=True, needs_subject=True)  # fmt: skip
SHIFT_HERE = Flow(name="shift_here", title=_("I am here"), steps=(), finish=_confirm(True), personal=False,
                  passing=True, needs_subject=True)  # fmt: skip


def _was_there(came: bool) -> Callable[[Answers, Known], Ending]:
    def done(answers: Answers, known: Known) -> Ending:
        found = _mine(known)
        words = (
            _("Thank you! It made a difference.")
            if came
            else _("Thank you for telling me. It happens. You can still be asked for other things.")
        )
        effects = (ShiftDone(found["id"], came),) if found is not None and found["status"] == "taken" else ()
        return Ending((Reply(words=(words,)),), effects)

    return done


SHIFT_CAME = Flow(name="shift_came", title=_("I was there"), steps=(), finish=_was_there(True), personal=False,
                  passing=True, needs_subject=True)  # fmt: skip
SHIFT_MISSED = Flow(name="shift_missed", title=_("I could not come"), steps=(), finish=_was_there(False), personal=False,
                    passing=True, needs_subject=True)  # fmt: skip


# --- what falls due -------------------------------------------------------------------------------------------------------
# Each has {"signup": id} in `input.data`. What has become of it meanwhile is looked up, so that nothing stale is said.


def _found(input: Input, known: Known, *statuses: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_signup", signup_id=int(input.data["signup"]))
    return found if found is not None and found["status"] in statuses else None


def _presses(found: Mapping[str, Any], *flows: tuple[str, Choice]) -> tuple[Choice, ...]:
    return tuple(Choice(f"f:{flow}:{found['id']}", choice.label) for flow, choice in flows)


def asked(state: State, input: Input, known: Known) -> Turn:
    """A coordinator wants this volunteer for a shift."""
    found = _found(input, known, "asked")
    if found is None:
        return Turn(state)
    values: dict[str, Value] = {"title": title_of(found), "place": place_of(found), "when": when(found)}
    words = [_("Can you help? {title}, {place}, {when}.", **values)]
    if found.get("drill"):
        words.insert(0, _("This is a drill. Please answer as if it were real."))
    if found.get("about"):
        words.append(_("{about}", about=str(found["about"])))
    if found.get("flexible"):
        words.append(_("The hour is not fixed: you two agree on it here."))
    words.append(_("The place is kept for you until {time}. Both answers are fine.",
                   time=datetime.fromisoformat(found["until"])))  # fmt: skip
    choices = _presses(found, ("shift_yes", YES), ("shift_no", NO))
    return Turn(state, (Reply(words=tuple(words), choices=choices, serial=0),))


def offered(state: State, input: Input, known: Known) -> Turn:
    """A place became free, and this person has stood by longest."""
    found = _found(input, known, "offered")
    if found is None:
        return Turn(state)
    words = _(
        "A place is free now: {title}, {place}, {when}. You are next in line. It is kept for you until {time}. Do you take it?",
        title=title_of(found), place=place_of(found), when=when(found), time=datetime.fromisoformat(found["until"]),
    )  # fmt: skip
    choices = _presses(found, ("shift_yes", YES), ("shift_no", NO))
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def unanswered(state: State, input: Input, known: Known) -> Turn:
    """The time to answer has passed: the next is asked."""
    found = _found(input, known, "asked", "offered")
    if found is None:
        return Turn(state)
    words = _("The time to answer about “{title}”, {when}, has passed, so somebody else is asked. You can still be asked "
              "for other things.", title=title_of(found), when=when(found))  # fmt: skip
    return Turn(state, (Reply(words=(words,)),), (AnswerShift(found["id"], taken=False, late=True),))


def tomorrow(state: State, input: Input, known: Known) -> Turn:
    """The day before: are you coming?"""
    found = _found(input, known, "taken")
    if found is None or found["confirmed"]:
        return Turn(state)
    words = [_("Soon it is time: {title}, {when}. Are you coming?", title=title_of(found), when=when(found)),
             *_practical(found), *_rules(found, known)]  # fmt: skip
    choices = _presses(found, ("shift_coming", CONFIRM), ("my_shift", CHANGE))
    return Turn(state, (Reply(words=tuple(words), choices=choices, serial=0),))


def soon(state: State, input: Input, known: Known) -> Turn:
    """Two hours before. Where nobody has said that they come and somebody stands by, the place goes to them."""
    found = _found(input, known, "taken")
    if found is None:
        return Turn(state)
    if not found["confirmed"] and found["standby"]:
        words = _("I have not heard whether you come to “{title}”, {when}. Somebody else stands by, so your place is offered "
                  "to them. Do you want another shift?", title=title_of(found), when=when(found))  # fmt: skip
        reply = Reply(words=(words,), choices=(Choice("f:needs", OTHERS.label),), serial=0)
        return Turn(state, (reply,), (GiveUpShift(found["id"], unconfirmed=True),))
    told = [_("In two hours: {title}, {when}.", title=title_of(found), when=when(found)), *_practical(found)]
    choices = _presses(found, ("shift_here", HERE), ("my_shift", CHANGE))
    if not found["confirmed"]:
        choices = (*_presses(found, ("shift_coming", CONFIRM)), *choices)
    return Turn(state, (Reply(words=tuple(told), choices=choices, serial=0),))


def _practical(found: Mapping[str, Any]) -> list[Text]:
    told: list[Text] = []
    if found.get("address"):
        told.append(_("Where: {address}", address=str(found["address"])))
    if found.get("contact"):
        told.append(_("On site, turn to: {contact}", contact=str(found["contact"])))
    if found.get("routine"):
        told.append(_("How it is done: {routine}", routine=str(found["routine"])))
    return told


def _rules(found: Mapping[str, Any], known: Known) -> list[Text]:
    """What every helper is told before the first time."""
    if found.get("first") and known.municipality.skills.rules:
        rules = lines([_("• {rule}", rule=content(each)) for each in known.municipality.skills.rules])
        return [_("Before your first time:\n{rules}", rules=rules)]
    return []


def over(state: State, input: Input, known: Known) -> Turn:
    """A shift has ended: thanks to who was there, a kind question to who has not said."""
    found = _found(input, known, "taken")
    if found is None:
        return Turn(state)
    if found["came"]:
        words = _("Thank you for helping with “{title}”!", title=title_of(found))
        return Turn(state, (Reply(words=(words,)),), (ShiftDone(found["id"], came=True),))
    words = _("“{title}” is over now. Were you there?", title=title_of(found))
    choices = (
        Choice(f"f:shift_came:{found['id']}", p_("my shift", "Yes, I was there")),
        Choice(f"f:shift_missed:{found['id']}", p_("my shift", "No, I could not come")),
    )
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def called_off(state: State, input: Input, known: Known) -> Turn:
    """A coordinator has called a shift off."""
    words = [_("“{title}”, {when}, has been called off. You do not need to come.", title=title_of(input.data),
               when=when(input.data))]  # fmt: skip
    if input.data.get("reason"):
        words.append(_("They write: {reason}", reason=str(input.data["reason"])))
    return Turn(state, (Reply(words=tuple(words), choices=(Choice("f:needs", OTHERS.label),), serial=0),))


def declined(state: State, input: Input, known: Known) -> Turn:
    """A coordinator cannot give this person a shift that they wanted."""
    words = _("“{title}”, {when}: a coordinator has read your wish, and somebody else gets it this time. Thank you for "
              "offering. There is more that is needed.", title=title_of(input.data), when=when(input.data))  # fmt: skip
    choices = (Choice("f:needs", OTHERS.label), button(Move.HUMAN))
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def taken_over(state: State, input: Input, known: Known) -> Turn:
    """Somebody else has taken a shift that was to be handed over."""
    words = _("Somebody else has taken “{title}”, {when}. It is no longer yours. Thank you for seeing to it.",
              title=title_of(input.data), when=when(input.data))  # fmt: skip
    return Turn(state, (Reply(words=(words,)),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "shift_asked": asked,
    "shift_offered": offered,
    "shift_unanswered": unanswered,
    "shift_tomorrow": tomorrow,
    "shift_soon": soon,
    "shift_over": over,
    "shift_called_off": called_off,
    "shift_declined": declined,
    "shift_taken_over": taken_over,
}
"""What happens when a promise about a shift falls due."""
