"""An idea that has become a project: its eight steps, who drives it, its log, dates and files (publication 2.2).

A person at the municipality makes it one and moves its step, always with a reason; those concerned say yes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from bot.flows.case_kinds import ROLE_NAMES
from bot.flows.gatherings import lines
from bot.flows.ideas import PARAGRAPH
from bot.flows.model import (
    AnswerProject,
    Answers,
    AskDriver,
    CallOffDate,
    Card,
    Choice,
    Consent,
    Ending,
    EndProject,
    Flow,
    Input,
    JoinProject,
    Known,
    LeaveProject,
    MakeLink,
    OfferProject,
    Reply,
    SetProjectDate,
    ShowProject,
    State,
    Step,
    TakeProject,
    Turn,
    WriteInProject,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, day_and_time, file, long_text, one_choice, text, yes_no
from bot.flows.read.typed import as_text
from bot.i18n import Link, Made, Text, Value, _, content, p_
from bot.packs.model import Municipality
from bot.rules.masking import mask_ways

CONSENT: Final = "project"
"""The purpose of the consent to take part; that of the owner to show it to everybody is `SHOWN`."""
SHOWN: Final = "project_shown"
CONSENT_VERSION: Final = "1"

WORDS_MAX: Final = 2000
NEW_NEEDS, LAST = 5, 8
"""At this step everybody is asked which new need they see; at the last one, which form it takes."""

LOG_SHOWN = 3

# TRANSLATORS: buttons, at most 30 characters each.
YES = p_("project", "Yes, I am in")
NO = p_("project", "No, not now")
OPEN = p_("project", "Show the project")
NEED = p_("project", "I see a new need")
FORM = p_("project", "Say how it goes on")


def step_words(step: int, municipality: Municipality) -> Text:
    """ "Step 5 of 8: New needs are found on the way." Without words where the municipality has none for it."""
    steps = municipality.networks.project_steps
    named = next((each for each in steps if each.number == step), None)
    if named is None:
        return _("Step {number} of {all}", number=step, all=LAST)
    return _("Step {number} of {all}: {name}", number=step, all=LAST, name=content(named.title))


def by_words(name: str, role: str | None) -> Text:
    """Who of the staff: "Anna (coach)"."""
    if role is None or role not in ROLE_NAMES:
        return as_text(name)
    # TRANSLATORS: the work name of somebody at the municipality, and what they are there: "Anna (Coach)".
    return _("{name} ({role})", name=name, role=ROLE_NAMES[role])


def offers_projects(municipality: Municipality) -> bool:
    """Whether ideas become projects with steps here."""
    return bool(municipality.networks.project_steps)


def _found(known: Known) -> dict[str, Any] | None:
    """The project that the running flow is about, for somebody who takes part or is asked to (`bot.projects.LOOKUPS`)."""
    found: dict[str, Any] | None = known.lookup("project", project_id=int(known.given.get("subject") or 0))
    return found


def _inside(known: Known) -> dict[str, Any] | None:
    found = _found(known)
    return found if found and found["mine"] == "in" and found["status"] == "running" else None


def _gone() -> Ending:
    words = _("That project is over, or you do not take part in it any more.")
    return Ending((Reply(words=(words,)),), then="mine")


def _when_inside(*names: str) -> Callable[[Answers, Known, tuple[str, ...]], tuple[str, ...]]:
    return lambda answers, known, left: names if _inside(known) else ()


def _clean(words: Any) -> str:
    return mask_ways(str(words or "")[:WORDS_MAX])[0]


def _open(project_id: int) -> tuple[Choice, ...]:
    return (Choice(f"f:project:{project_id}", OPEN),)


# --- saying yes -----------------------------------------------------------------------------------------------------------


def _asked(known: Known) -> dict[str, Any] | None:
    found = _found(known)
    return found if found and found["mine"] == "asked" and found["status"] in ("asked", "running") else None


_NAME = Step(
    "name", prompt=_("What may the others call you? The first name is enough."), label=_("First name"),
    read=text(max_chars=60), must=True, why=_("Those who take part see it, and what you write in the project."),
)  # fmt: skip


def _yes_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _asked(known)
    if found is None:
        return ()
    return ("name", "public", "agree") if found["owner"] else ("name", "agree")


def _agree_prompt(answers: Answers, known: Known) -> Text:
    found = _asked(known)
    title = str(found["title"]) if found else ""
    seen = _(
        "Those who take part in “{title}” and our staff see your first name and what you write in it. You can leave at any "
        "time. Do you want to take part?",
        title=title,
    )
    if found and found["owner"]:
        seen = _(
            "“{title}” becomes a project, and it is yours. Those who take part and our staff see your first name and what you "
            "write in it. You can stop it or hand it over at any time. Do you want that?",
            title=title,
        )
    return seen


def _said_yes(answers: Answers, known: Known) -> Ending:
    found = _asked(known)
    if found is None:
        return _gone()
    if not (answers.get("agree") or {}).get("given"):
        return _declined(found)
    public = bool(found["owner"] and answers.get("public"))
    words = [_("Good! You find “{title}” in /mine.", title=str(found["title"]))]
    if found["owner"]:
        words.append(step_words(int(found["step"]), known.municipality))
    shown = (Consent(SHOWN, CONSENT_VERSION, True, found["id"]),) if public else ()
    return Ending(
        (Reply(words=tuple(words), choices=_open(found["id"]), serial=0),),
        (
            Consent(CONSENT, CONSENT_VERSION, True, found["id"]),
            *shown,
            AnswerProject(found["id"], True, _clean(answers["name"]), public),
        ),
    )


def _declined(found: Mapping[str, Any]) -> Ending:
    words = _(
        "All right. Then you do not take part in “{title}”, and nothing about you is shown.", title=str(found["title"])
    )
    return Ending((Reply(words=(words,)),), (AnswerProject(found["id"], False),))


PROJECT_YES = Flow(
    name="project_yes",
    title=YES,
    steps=(
        _NAME,
        Step("public", prompt=_("Shall everybody be able to see the project’s name and its step on our page? Nobody’s name is there."),
             label=_("Shown to everybody"), read=yes_no(), must=True),
        Step("agree", prompt=_agree_prompt, label=_("Take part"), read=consent(CONSENT, CONSENT_VERSION), must=True),
    ),
    order=_yes_order,
    finish=_said_yes,
    needs_subject=True,
)  # fmt: skip


def _said_no(answers: Answers, known: Known) -> Ending:
    found = _asked(known)
    return _gone() if found is None else _declined(found)


PROJECT_NO = Flow(name="project_no", title=NO, steps=(), finish=_said_no, passing=True, needs_subject=True)


# --- by an invitation -----------------------------------------------------------------------------------------------------


def _invited(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("project_invitation", code=str(known.given.get("code") or ""))
    return found


def _join_prompt(answers: Answers, known: Known) -> Text:
    found = _invited(known)
    return _(
        "Those who take part in “{title}” and our staff see your first name and what you write in it. You can leave at any "
        "time. Do you want to take part?",
        title=str(found["title"]) if found else "",
    )


def _joined(answers: Answers, known: Known) -> Ending:
    found = _invited(known)
    if found is None:
        return Ending(
            (Reply(words=(_("That link has been used, or its time is over. Ask for a new one."),)),), then="menu"
        )
    if found["in"]:
        return Ending((Reply(words=(_("You take part in “{title}” already.", title=str(found["title"])),),
                             choices=_open(found["id"]), serial=0),))  # fmt: skip
    if not (answers.get("agree") or {}).get("given"):
        words = _(
            "All right. Then you do not take part in “{title}”, and nothing about you is shown.",
            title=str(found["title"]),
        )
        return Ending((Reply(words=(words,)),), then="menu")
    words = _("Good! You find “{title}” in /mine.", title=str(found["title"]))
    return Ending(
        (
            Reply(
                words=(words, step_words(int(found["step"]), known.municipality)), choices=_open(found["id"]), serial=0
            ),
        ),
        (
            Consent(CONSENT, CONSENT_VERSION, True, found["id"]),
            JoinProject(str(known.given.get("code") or ""), _clean(answers["name"])),
        ),
    )


PROJECT_JOIN = Flow(
    name="project_join",
    title=_("Take part in a project"),
    steps=(_NAME, Step("agree", prompt=_join_prompt, label=_("Take part"), read=consent(CONSENT, CONSENT_VERSION), must=True)),
    order=lambda answers, known, left: (
        ("name", "agree") if (found := _invited(known)) is not None and not found["in"] else ()
    ),
    finish=_joined,
    needs_subject=True,
)  # fmt: skip


# --- the project in the chat ----------------------------------------------------------------------------------------------

# TRANSLATORS: buttons, at most 30 characters each.
WRITE = Choice("project_write", p_("project", "Write in the log"))
SEES_NEED = Choice("project_need", NEED)
SET_DATE = Choice("project_date", p_("project", "Set a date"))
SEND_FILE = Choice("project_file", p_("project", "Add a file"))
INVITE = Choice("invite", p_("project", "Invite somebody"))
PAGE = Choice("page", p_("project", "Open it as a page"))
CALENDAR = Choice("calendar", p_("project", "Dates in my calendar"))
HIDE = Choice("hide", p_("project", "Show it to nobody else"))
SHOW = Choice("show", p_("project", "Show it to everybody"))
HAND_OVER = Choice("project_hand_over", p_("project", "Hand it over"))
LEAVE = Choice("project_leave", p_("project", "Leave the project"))
STOP = Choice("project_stop", p_("project", "Stop the project"))
HOW_ON = Choice("project_form", FORM)
MINE = Choice("mine", p_("project", "Everything of mine"))
CALL_OFF = Choice("project_call_off", p_("project", "Call a date off"))


def people_words(members: Any) -> Value:
    """The first names of those who take part, the owner's first."""
    # TRANSLATORS: {name} owns the project.
    named = (
        _("{name} (owns it)", name=str(each["name"])) if each["owner"] else as_text(str(each["name"]))
        for each in members
    )
    return tuple(named)


def when_words(at: datetime, municipality: Municipality) -> Text:
    return _("{time}", time=at.astimezone(municipality.zone))


def entry_words(each: Mapping[str, Any], municipality: Municipality) -> Text:
    """One line of the log."""
    who = by_words(str(each["who"] or "…"), each.get("role"))
    said = as_text(str(each["words"] or "…"))
    match each["kind"]:
        case "step":
            return _("{who} moved it from step {first} to step {second}: {words}", who=who, first=int(each["from"]),
                     second=int(each["to"]), words=said)  # fmt: skip
        case "need":
            return _("{who} sees a new need: {words}", who=who, words=said)
        case "file":
            return _("{who} added a file: {words}", who=who, words=said)
        case "joined":
            return _("{who} takes part now.", who=who) if each["who"] else _("Somebody takes part now.")
        case "left":
            return _("{who} has left.", who=who) if each["who"] else _("Somebody has left.")
        case "owner":
            return _("{who} owns the project now.", who=who)
        case "begun":
            return _("{who} made it a project.", who=who)
        case "ended":
            return _("{who} ended it: {words}", who=who, words=said)
    return _("{who}: {words}", who=who, words=said)


def date_words(each: Mapping[str, Any], municipality: Municipality) -> Text:
    what = as_text(str((each["said"] or {}).get("what") or "…"))
    place = str((each["said"] or {}).get("place") or "")
    at = datetime.fromisoformat(str(each["at"])).astimezone(municipality.zone)
    if place:
        # TRANSLATORS: a date of a project: when, what, and where.
        return _("{time}: {what}, {place}", time=at, what=what, place=place)
    return _("{time}: {what}", time=at, what=what)


def project_card(found: Mapping[str, Any], municipality: Municipality) -> Card:
    """The project as those who take part see it."""
    rows: list[tuple[Text, Value]] = [(_("Where it stands"), step_words(int(found["step"]), municipality))]
    if found.get("what"):
        rows.append((_("What it is about"), str(found["what"])))
    if found["members"]:
        rows.append((_("Who drives it"), people_words(found["members"])))
    if found["dates"]:
        rows.append((_("Next dates"), lines([date_words(each, municipality) for each in found["dates"][:LOG_SHOWN]])))
    if found["entries"]:
        rows.append(
            (
                _("What was written last"),
                lines([entry_words(each, municipality) for each in found["entries"][:LOG_SHOWN]]),
            )
        )
    if found["status"] != "running" and found.get("outcome"):
        rows.append((_("What came of it"), str(found["outcome"])))
    return Card(as_text(str(found["title"])), tuple(rows))


def _choices(known: Known) -> tuple[Choice, ...]:
    found = _found(known)
    if found is None or found["mine"] != "in":
        return (Choice("project_yes", YES), Choice("project_no", NO), MINE) if _asked(known) else (MINE,)
    if found["status"] != "running":
        return (PAGE, MINE)
    asked = tuple(
        # TRANSLATORS: a button: ask somebody, by first name, who has joined the idea on the board; at most 30 characters.
        Choice(f"ask-{each['id']}", p_("project", "Ask {name} to take part", name=str(each["name"])))
        for each in found["joined"][:3]
    )
    form = (HOW_ON,) if found["owner"] and found["step"] == LAST else ()
    others = any(not each["owner"] for each in found["members"])
    own = (
        *asked, HIDE if found["public"] else SHOW, *((HAND_OVER,) if others else ()), STOP,
    ) if found["owner"] else (LEAVE,)  # fmt: skip
    taken = (Choice("take", p_("project", "Become its owner")),) if found["offered"] else ()
    call_off = (CALL_OFF,) if found["dates"] else ()
    return (*taken, *form, WRITE, SEES_NEED, SET_DATE, *call_off, SEND_FILE, PAGE, CALENDAR, INVITE, *own, MINE)


def _prompt(answers: Answers, known: Known) -> Text:
    found = _found(known)
    if found is None:
        return _("That project is over, or you do not take part in it any more.")
    if _asked(known):
        return _("You are asked whether you want to take part in “{title}”.", title=str(found["title"]))
    card = project_card(found, known.municipality)
    told = [
        _("{title}", title=found["title"]),
        *(_("{label}: {value}", label=label, value=value) for label, value in card.rows),
    ]
    asked = (
        _("What would you like to do?") if found["status"] == "running" else _("It is over. You can still look at it.")
    )
    return lines([lines(told), asked], PARAGRAPH)


def _done(answers: Answers, known: Known) -> Ending:
    found, chosen = _found(known), str(answers["do"])
    if found is None or chosen == "mine":
        return Ending(then="mine")
    subject = {"subject": found["id"]}
    if chosen.startswith("ask-"):
        words = _("I have asked. When they say yes, they take part, and you see it here.")
        return Ending((Reply(words=(words,), choices=_open(found["id"]), serial=0),),
                      (AskDriver(found["id"], int(chosen.removeprefix("ask-"))),))  # fmt: skip
    match chosen:
        case "take":
            return Ending(then="project_take", given=subject)
        case "invite":
            words = _(
                "Send this link to somebody who shall drive it with you. Whoever opens it is asked first. It works once, for "
                "seven days: {link}",
                link=Made("crew_link"),
            )
            return Ending((Reply(words=(words,)),), (MakeLink("crew", found["id"]),))
        case "page":
            words = _(
                "Here is the project on a page: {link}. Keep the link to yourself: whoever has it can read and write there as you.",
                link=Link(p_("project", "The project"), Made("project_link")),
            )
            return Ending((Reply(words=(words,)),), (MakeLink("project", found["id"]),))
        case "calendar":
            words = _(
                "Give this address to your calendar program, and the dates of your projects are in it and stay current. Whoever "
                "has the address sees them, so keep it to yourself: {link}",
                link=Link(_("Calendar address"), Made("calendar_link")),
            )
            return Ending((Reply(words=(words,)),), (MakeLink("calendar"),))
        case "show" | "hide":
            public = chosen == "show"
            words = (
                _("Everybody can see its name and its step now, and nobody’s name.")
                if public
                else _("Only those who take part and our staff see it now.")
            )
            return Ending((Reply(words=(words,)),), (Consent(SHOWN, CONSENT_VERSION, public, found["id"]),
                                                     ShowProject(found["id"], public)))  # fmt: skip
    return Ending(then=chosen, given=subject)


PROJECT = Flow(
    name="project",
    title=_("A project of mine"),
    steps=(Step("do", prompt=_prompt, label=_("What to do"), read=one_choice(_choices), must=True),),
    finish=_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


def _writing(name: str, kind: str, title: Text, prompt: Text, example: Text, told: Text) -> Flow:
    def finish(answers: Answers, known: Known) -> Ending:
        found = _inside(known)
        if found is None:
            return _gone()
        return Ending((Reply(words=(told,), choices=_open(found["id"]), serial=0),),
                      (WriteInProject(found["id"], kind, _clean(answers["words"])),))  # fmt: skip

    return Flow(
        name=name,
        title=title,
        steps=(Step("words", prompt=prompt, label=_("What you write"), read=long_text(WORDS_MAX), example=example, must=True),),
        order=_when_inside("words"),
        finish=finish,
        needs_subject=True,
    )  # fmt: skip


PROJECT_WRITE = _writing(
    "project_write", "note", WRITE.label, _("What do you want to write? Those who take part and our staff read it."),
    _("The tools have come. We sort them on Thursday."), _("It stands in the project’s log now."),
)  # fmt: skip
PROJECT_NEED = _writing(
    "project_need", "need", NEED, _("Which new need do you see? Write it with your own words."),
    _("Many who come want to learn to swim."),
    _("Thank you! Those who take part and our staff see it. A person at the municipality can put it up for everybody."),
)  # fmt: skip


def _date_set(answers: Answers, known: Known) -> Ending:
    found = _inside(known)
    if found is None:
        return _gone()
    when = answers["when"]
    at = datetime.combine(date.fromisoformat(when["day"]), time.fromisoformat(when["time"]), known.municipality.zone)
    words = _("Good! Everybody who takes part is told, and reminded the day before.")
    return Ending((Reply(words=(words,), choices=_open(found["id"]), serial=0),),
                  (SetProjectDate(found["id"], _clean(answers["what"]), str(answers.get("where") or ""), at),))  # fmt: skip


PROJECT_DATE = Flow(
    name="project_date",
    title=SET_DATE.label,
    steps=(
        Step("what", prompt=_("What happens then?"), label=_("What happens"), read=text(max_chars=200), must=True,
             example=_("We meet and plan the spring.")),
        Step("when", prompt=_("Which day, and at what time?"), label=_("When"), read=day_and_time(time_required=True), must=True),
        Step("where", prompt=_("Where?"), label=_("Where"), read=text(max_chars=200), may_skip=True),
    ),
    order=_when_inside("what", "when", "where"),
    finish=_date_set,
    needs_subject=True,
)  # fmt: skip


def _dates(known: Known) -> tuple[Choice, ...]:
    found = _inside(known)
    # TRANSLATORS: a button that holds nothing but a date and what happens then.
    return tuple(
        Choice(str(each["id"]), _("{time}: {what}", time=datetime.fromisoformat(each["at"]).date(),
                                  what=str((each["said"] or {}).get("what") or "…")[:18]))
        for each in (found["dates"] if found else ())
    )  # fmt: skip


def _called_off(answers: Answers, known: Known) -> Ending:
    found = _inside(known)
    if found is None:
        return _gone()
    words = _("It is called off. Everybody who takes part is told.")
    return Ending((Reply(words=(words,)),), (CallOffDate(found["id"], int(answers["which"])),))


PROJECT_CALL_OFF = Flow(
    name="project_call_off",
    title=CALL_OFF.label,
    steps=(
        Step("which", prompt=_("Which date is called off?"), label=_("Which one"), read=one_choice(_dates), must=True),
    ),
    order=lambda answers, known, left: ("which",) if _dates(known) else (),
    finish=_called_off,
    needs_subject=True,
)


def _file_sent(answers: Answers, known: Known) -> Ending:
    found = _inside(known)
    if found is None:
        return _gone()
    sent = answers["file"]
    name = str(sent.get("name") or "") or "photo"
    words = _("It is in the project now, for everybody who takes part.")
    return Ending((Reply(words=(words,), choices=_open(found["id"]), serial=0),),
                  (WriteInProject(found["id"], "file", name[:120], str(sent["ref"])),))  # fmt: skip


PROJECT_FILE = Flow(
    name="project_file",
    title=SEND_FILE.label,
    steps=(
        Step("file", prompt=_("Send the photo or the file here, at most 20 megabytes. Everybody who takes part can open it."),
             label=_("File"), read=file(), must=True),
    ),
    order=_when_inside("file"),
    finish=_file_sent,
    needs_subject=True,
)  # fmt: skip


# --- leaving, handing over, stopping --------------------------------------------------------------------------------------


def _left(answers: Answers, known: Known) -> Ending:
    found = _inside(known)
    if found is None:
        return _gone()
    if not answers["sure"]:
        return Ending((Reply(words=(_("All right, it stays as it is."),)),))
    words = _("You have left “{title}”. What you wrote stays there with your first name, until you ask us to forget you.",
              title=str(found["title"]))  # fmt: skip
    return Ending(
        (Reply(words=(words,)),), (Consent(CONSENT, CONSENT_VERSION, False, found["id"]), LeaveProject(found["id"]))
    )


PROJECT_LEAVE = Flow(
    name="project_leave",
    title=LEAVE.label,
    steps=(
        Step("sure", prompt=_("Do you want to leave the project? The others are told, and go on."), label=_("Leave"),
             read=yes_no(), must=True),
    ),
    order=lambda answers, known, left: ("sure",) if (found := _inside(known)) and not found["owner"] else (),
    finish=lambda answers, known: _left(answers, known) if "sure" in answers else _gone(),
    needs_subject=True,
)  # fmt: skip


def _heirs(known: Known) -> tuple[Choice, ...]:
    found = _inside(known)
    # TRANSLATORS: a button that holds nothing but a first name.
    return tuple(
        Choice(str(each["id"]), _("{name}", name=str(each["name"])))
        for each in (found["members"] if found else ())
        if not each["owner"]
    )


def _offered(answers: Answers, known: Known) -> Ending:
    found = _inside(known)
    if found is None or "who" not in answers:
        return _gone()
    words = _("I have asked. When they say yes, the project is theirs, and you still take part.")
    return Ending((Reply(words=(words,)),), (OfferProject(found["id"], int(answers["who"])),))


PROJECT_HAND_OVER = Flow(
    name="project_hand_over",
    title=HAND_OVER.label,
    steps=(Step("who", prompt=_("Who shall own the project instead of you?"), label=_("New owner"), read=one_choice(_heirs),
                must=True),),
    order=lambda answers, known, left: (
        ("who",) if (found := _inside(known)) and found["owner"] and _heirs(known) else ()
    ),
    finish=_offered,
    needs_subject=True,
)  # fmt: skip


def _taken(answers: Answers, known: Known) -> Ending:
    found = _inside(known)
    if found is None or not found["offered"]:
        return _gone()
    if not answers["sure"]:
        words = _("All right. Then it stays as it is, and whoever asked you is told.")
        return Ending((Reply(words=(words,)),), (TakeProject(found["id"], False),))
    words = _("“{title}” is yours now. Everybody who takes part is told.", title=str(found["title"]))
    return Ending((Reply(words=(words,), choices=_open(found["id"]), serial=0),), (TakeProject(found["id"], True),))


PROJECT_TAKE = Flow(
    name="project_take",
    title=_("Become its owner"),
    steps=(
        Step("sure", prompt=_("Do you want to own the project? You then answer for it, and can hand it over again."),
             label=_("Own it"), read=yes_no(), must=True),
    ),
    order=lambda answers, known, left: ("sure",) if (found := _inside(known)) and found["offered"] else (),
    finish=lambda answers, known: _taken(answers, known) if "sure" in answers else _gone(),
    needs_subject=True,
)  # fmt: skip

_OUTCOME = Step(
    "outcome", prompt=_("What came of it? A sentence or two. Small things count too."), label=_("What came of it"),
    read=long_text(WORDS_MAX), may_skip=True, example=_("Forty people can mend their own bicycle now."),
)  # fmt: skip


def _stopped(answers: Answers, known: Known) -> Ending:
    found = _inside(known)
    if found is None or not found["owner"] or "sure" not in answers:
        return _gone()
    if not answers["sure"]:
        return Ending((Reply(words=(_("All right, it stays as it is."),)),))
    words = _(
        "“{title}” is stopped. Everybody who takes part is told. Thank you for all you have done.",
        title=str(found["title"]),
    )
    return Ending((Reply(words=(words,)),), (EndProject(found["id"], "stopped", _clean(answers.get("outcome"))),))


PROJECT_STOP = Flow(
    name="project_stop",
    title=STOP.label,
    steps=(
        Step("sure", prompt=_("Do you want to stop the project? If others want to go on, you can hand it over instead."),
             label=_("Stop"), read=yes_no(), must=True),
        _OUTCOME,
    ),
    order=lambda answers, known, left: (
        () if not (found := _inside(known)) or not found["owner"] else ("sure", "outcome") if answers.get("sure", True) else ("sure",)
    ),
    finish=_stopped,
    needs_subject=True,
)  # fmt: skip

# TRANSLATORS: buttons, at most 30 characters each.
FORMS = (
    Choice("steering", p_("project", "A steering group and more")),
    Choice("anchored", p_("project", "Somebody else goes on")),
    Choice("ended", p_("project", "It ends here")),
    Choice("later", p_("project", "We do not know yet")),
)


def _form_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _inside(known)
    if found is None or not found["owner"]:
        return ()
    more = {"anchored": ("whom", "outcome"), "ended": ("outcome",)}
    return ("how", *more.get(str(answers.get("how")), ()))


def _formed(answers: Answers, known: Known) -> Ending:
    found, how = _inside(known), str(answers.get("how") or "")
    if found is None or not how:
        return _gone()
    if how == "later":
        words = _("All right. It stays at this step. You find the question in the project whenever you like.")
        return Ending((Reply(words=(words,), choices=_open(found["id"]), serial=0),))
    if how == "steering":
        support = talk_support(known.municipality)
        words = _("A steering group brings both sides together. It begins with a talk about how you go on.")
        if support is None:
            return Ending((Reply(words=(words,)),), then="coach")
        about = "\n".join(each for each in (str(found["title"]), str(found.get("what") or "")) if each)
        return Ending(
            (Reply(words=(words,)),), then="partnership", given={"support": support, "answers": {"about": about}}
        )
    thanks = _(
        "Thank you, and thanks to all of you. What came of “{title}” is kept, and shown to everybody if the project was.",
        title=str(found["title"]),
    )
    effect = EndProject(found["id"], how, _clean(answers.get("outcome")), _clean(answers.get("whom")))
    return Ending((Reply(words=(thanks,)),), (effect,))


def talk_support(municipality: Municipality) -> str | None:
    """The support that begins with a talk about a partnership, if there is one here."""
    supports = municipality.grants.supports if municipality.grants else ()
    return next((each.id for each in supports if "not_applied_for" in each.labels), None)


PROJECT_FORM = Flow(
    name="project_form",
    title=FORM,
    steps=(
        Step("how", prompt=_("How does it go on? It can get firm forms with a steering group, go over to somebody else, or end with thanks."),
             label=_("How it goes on"), read=one_choice(FORMS), must=True),
        Step("whom", prompt=_("Who goes on with it? An association or a unit of the municipality, no personal names."),
             label=_("Who goes on"), read=text(max_chars=200), must=True),
        _OUTCOME,
    ),
    order=_form_order,
    finish=_formed,
    needs_subject=True,
)  # fmt: skip

FLOWS = (
    PROJECT, PROJECT_YES, PROJECT_NO, PROJECT_JOIN, PROJECT_WRITE, PROJECT_NEED, PROJECT_DATE, PROJECT_CALL_OFF, PROJECT_FILE,
    PROJECT_LEAVE, PROJECT_HAND_OVER, PROJECT_TAKE, PROJECT_STOP, PROJECT_FORM,
)  # fmt: skip


# --- what falls due -------------------------------------------------------------------------------------------------------


def _told(data: Mapping[str, Any], known: Known) -> tuple[list[Text], tuple[Choice, ...]]:
    """What somebody who takes part is told, and what they can press."""
    here, id = known.municipality, int(data["project"])
    title, name = str(data["title"]), str(data.get("name") or "…")
    choices = _open(id)
    answers = (Choice(f"f:project_yes:{id}", YES), Choice(f"f:project_no:{id}", NO), button(Move.HUMAN))
    match data["what"]:
        case "asked":
            who = by_words(name, data.get("role"))
            return [
                _("{who} at {lab} would like “{title}” to become a project: with a step that shows how far it has come, a log, "
                  "dates, and others who drive it with you.", who=who, lab=here.lab or here.name, title=title),
                _("It is your idea, so it is you who decides. Nothing happens before you say yes."),
            ], answers  # fmt: skip
        case "invited":
            return [_("{name} asks whether you want to drive “{title}” together.", name=name, title=title)], answers
        case "step":
            told = [
                _("“{title}” has come to a new step.", title=title), step_words(int(data["to"]), here),
                _("{who} moved it, because: {words}", who=by_words(name, data.get("role")), words=str(data["words"])),
            ]  # fmt: skip
            if data["to"] == NEW_NEEDS:
                told.append(_("Which new need do you see? Tell it, small or large."))
                choices = (Choice(f"f:project_need:{id}", NEED), *choices)
            if data["to"] == LAST and data.get("owner"):
                told.append(_("How does it go on? You can say it now, or later."))
                choices = (Choice(f"f:project_form:{id}", FORM), *choices)
            return told, choices
        case "began":
            return [_("“{title}” is a project now.", title=title), step_words(int(data["to"]), here)], choices
        case "joined":
            return [_("{name} takes part in “{title}” now.", name=name, title=title)], choices
        case "no":
            return [_("{name} does not take part in “{title}” this time.", name=name, title=title)], choices
        case "left" if data.get("name") is None:
            return [_("Somebody has left “{title}”. The rest of you go on.", title=title)], choices
        case "left":
            return [_("{name} has left “{title}”. The rest of you go on.", name=name, title=title)], choices
        case "heir":
            return [_("“{title}” is yours now, because its owner has left. If you do not want that, hand it over or stop it.",
                      title=title)], choices  # fmt: skip
        case "offer":
            return [_("{name} asks whether you want to own “{title}” instead.", name=name, title=title)], (
                Choice(f"f:project_take:{id}", p_("project", "Answer")), *choices)  # fmt: skip
        case "kept":
            return [_("{name} would rather not own “{title}”. It is still yours.", name=name, title=title)], choices
        case "owner":
            return [_("{name} owns “{title}” now.", name=name, title=title)], choices
        case "date":
            return [_("A new date in “{title}”: {when}", title=title, when=date_words(data["date"], here))], choices
        case "off":
            return [
                _("This date in “{title}” is called off: {when}", title=title, when=date_words(data["date"], here))
            ], choices
        case "posted":
            return [_("The new need you saw is put up for everybody now: {words}", words=str(data["words"]))], choices
        case "hidden":
            return [_("“{title}” is not shown to everybody any more. {who} took it down, because: {words}", title=title,
                      who=by_words(name, data.get("role")), words=str(data["words"]))], choices  # fmt: skip
    told = [_("“{title}” is over. Thank you for taking part.", title=title)]
    if data.get("whom"):
        told = [_("“{title}” goes on with {whom}. Thank you for taking part.", title=title, whom=str(data["whom"]))]
    if data.get("words"):
        told.append(_("What came of it: {words}", words=str(data["words"])))
    return told, ()


def told(state: State, input: Input, known: Known) -> Turn:
    """Something has happened in a project that this person takes part in, or is asked to."""
    words, choices = _told(input.data, known)
    return Turn(state, (Reply(words=tuple(words), choices=choices, serial=0 if choices else None),))


def remind(state: State, input: Input, known: Known) -> Turn:
    """A date is near."""
    data = input.data
    found = known.lookup("project", project_id=int(data["project"]))
    if found is None or found["mine"] != "in" or data["date"]["id"] not in {each["id"] for each in found["dates"]}:
        return Turn(state)
    words = _("Soon in “{title}”: {when}", title=str(data["title"]), when=date_words(data["date"], known.municipality))
    return Turn(state, (Reply(words=(words,), choices=_open(int(data["project"])), serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"project_told": told, "project_date_soon": remind}
"""What happens when something about a project falls due."""

REMINDERS = frozenset({"project_date_soon"})
