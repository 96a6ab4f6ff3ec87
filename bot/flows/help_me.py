"""Asking for help with something in everyday life: by whoever needs it, or for somebody else (publication, 6.2).

What helpers do by the routines becomes an errand: a person at the municipality finds somebody who can, and both are told
each step. What they do not do (money, hygiene, lifting) goes to the service group. First names and the area are shown
before both have said yes, the address only to whoever comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from bot.flows.case_kinds import kind_of
from bot.flows.enquiry import reachable, role_name, role_of
from bot.flows.gatherings import lines
from bot.flows.model import (
    Answers,
    AskForHelp,
    Card,
    ChangeHelp,
    Choice,
    EndHelp,
    Ending,
    FileCase,
    Flow,
    Helped,
    HelpLate,
    Input,
    Known,
    LookAgain,
    Problem,
    Read,
    Reading,
    RemindStaff,
    Reply,
    State,
    Step,
    Suggestion,
    Turn,
    When,
)
from bot.flows.moves import Move, button
from bot.flows.read import day_and_time, long_text, many_choices, one_choice, place, text, yes_no
from bot.flows.read.choosing import OneChoice
from bot.flows.read.matching import match, named_in
from bot.flows.read.texts import LongText
from bot.flows.read.typed import MAX_CHARS, Control, as_text, bare, labels, words
from bot.i18n import LanguageName, Ltr, Text, Value, _, content, p_
from bot.packs.model import Municipality, Task
from bot.packs.model.routing import areas_meant, tasks_meant
from bot.rules import errands

KIND = "help"
"""The kind of case in which help is asked for."""

SERVICE = "service"
"""The kind of case in which something is asked for that helpers do not do."""

ANY = "errand"
"""The task of a pack that is none of its others, where it has one."""

LANGUAGES = ("sv", "en", "ar", "prs", "fa", "so", "ti", "kmr", "uk", "fi", "es", "bs")
"""Spoken languages on the buttons (ISO 639), after the one written in."""

# TRANSLATORS: buttons, at most 30 characters each: how soon help is needed.
URGENCIES: Mapping[errands.Urgency, Text] = {
    "now": p_("urgency", "Now, within an hour"),
    "today": p_("urgency", "Today"),
    "week": p_("urgency", "This week"),
    "wait": p_("urgency", "It can wait"),
}
# TRANSLATORS: words for help that is needed at once, or today, or that can wait, separated by |.
SOON: Mapping[errands.Urgency, Text] = {
    "now": _("now | right now | at once | immediately | urgent | urgently | as soon as possible | asap"),
    "today": _("today | tonight | this evening | this afternoon"),
    "week": _("this week | in the next days | in a few days | tomorrow"),
    "wait": _("it can wait | no hurry | not urgent | next week | some time"),
}
# TRANSLATORS: words that show that the help is for somebody else, separated by |.
_OTHER = _(
    "my mother | my father | my mum | my mom | my dad | my neighbour | my grandmother | my grandfather | my husband | "
    "my wife | my aunt | my uncle | my friend | a friend of mine | a friend | a neighbour | a relative | an old man | "
    "an old woman"
)
# TRANSLATORS: words for whoever writes, as an answer to "Who needs the help?", separated by |.
_ME = _("me | myself | for me | for myself | us | both of us | my family and me")

# TRANSLATORS: words that say nothing about what kind of help is needed, separated by |. Also those that stand in the names
# of tasks in your language, such as "Help with a phone".
_COMMON = _(
    "help | helps | helping | with | need | needs | somebody | someone | something | everyday | daily | matters | home | personal"
)

# TRANSLATORS: buttons, at most 30 characters each: who needs the help.
SELF = Choice("self", p_("help", "I do"), also=(_ME,))
OTHER = Choice("other", p_("help", "Somebody else"), also=(_OTHER,))
# TRANSLATORS: a button, at most 30 characters: a task for helpers that is none of those offered.
NONE_OF_THEM = p_("help", "Something else")


# --- what it is -----------------------------------------------------------------------------------------------------------


class Wanted(LongText):
    """What is needed in somebody's own words; or {"task": id} where they pressed a task."""

    def show(self, value: Any, known: Known) -> Text:
        return task_name(value["task"], known) if isinstance(value, dict) else as_text(str(value))

    def form_values(self, value: Any) -> dict[str, str]:
        return {} if isinstance(value, dict) else {"value": str(value)}


class OneTask(OneChoice):
    """A task of the pack. Only the likely ones are shown as buttons; any may be written."""

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        found = match(words, self.offered(known), known, loosely=False)
        likely = _likely(words, known)
        return Read(found) if found else Read(likely[0].id) if likely else OneChoice.said(self, words, known, draft)

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        return ()

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", required=False),)


def task_of(id: Any, municipality: Municipality) -> Task | None:
    return municipality.skills.task(str(id or ""))


def task_name(id: Any, known: Known) -> Text:
    """A task as residents read it."""
    task = task_of(id, known.municipality)
    return content(task.name) if task is not None else NONE_OF_THEM


def _likely(said: str, known: Known) -> tuple[Task, ...]:
    """The tasks somebody may mean, by the pack's Swedish words, or else by the names in their language."""
    here = known.municipality
    named = named_in(said, _tasks(known), known)
    if named is not None:  # a whole name says more than words of others in it
        return tuple(task for task in here.skills.tasks if task.id == named)
    return tasks_meant(here, said) or tasks_meant(here, said, also=_name_words(here, known.locale))


def _name_words(here: Municipality, locale: str) -> Mapping[str, Sequence[str]]:
    """The words of every task's name in the reader's language, but not those that several share, nor of what is none of
    the others."""
    names = {task.id: labels(content(task.name), locale) for task in here.skills.tasks if task.id != ANY}
    common = words(_COMMON, locale)
    each_words = {
        id: {word for name in each for word in name.split() if len(word) > 3 and word not in common}
        for id, each in names.items()
    }
    return {
        id: (*names[id], *(word for word in mine if sum(word in theirs for theirs in each_words.values()) == 1))
        for id, mine in each_words.items()
    }


def _tasks(known: Known) -> tuple[Choice, ...]:
    return tuple(Choice(task.id, content(task.name)) for task in known.municipality.skills.tasks)


def _usual(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    """What helpers do, as buttons; other things can be written, and are answered honestly."""
    inside = (task for task in known.municipality.skills.tasks if not task.outside)
    return tuple(Suggestion(task.id[:20], content(task.name), {"task": task.id}) for task in inside)


def _meant(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    wanted = answers.get("what")
    found = _likely(wanted, known)[:3] if isinstance(wanted, str) else ()
    if not found:
        return tuple(Suggestion(task.id[:20], content(task.name), task.id) for task in known.municipality.skills.tasks)
    errand = task_of(ANY, known.municipality)
    rest = (errand,) if errand is not None and errand not in found else ()
    return tuple(
        Suggestion(task.id[:20], content(task.name), task.id, by_yes=len(found) == 1) for task in (*found, *rest)
    )


def filled(wanted: Any, known: Known) -> dict[str, Any]:
    """What a sentence, or a pressed task, says already."""
    if isinstance(wanted, dict):
        return {"task": wanted["task"]}
    said, answers = str(wanted), dict[str, Any]()
    likely = _likely(said, known)
    if len(likely) == 1 or (likely and all(task.outside for task in likely)):
        answers["task"] = likely[0].id
    where = place().spot(said, known)
    if where is not None:
        answers["where"] = where
    plain = f" {bare(said[:500])} "
    named = {name: any(f" {each} " in plain for each in words(listed, known.locale)) for name, listed in SOON.items()}
    soonest = next((name for name, there in named.items() if there), None)
    day = day_and_time().spot(said, known)
    if day is not None and soonest in (None, "week"):
        days = (date.fromisoformat(day["day"]) - known.today).days
        soonest = "today" if days == 0 else "week" if days <= 7 else "wait"
    if soonest is not None:
        answers["urgency"] = soonest
    if day is not None and soonest != "now":
        answers["when"] = day
    if any(f" {each} " in plain for each in words(_OTHER, known.locale)):
        answers["who"] = OTHER.id
    return answers


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    answers = dict(given.get("answers", {}))
    said = str(given.get("text") or "")
    if len(said.split()) > 2:
        answers.setdefault("what", said)
    answers = {**(filled(answers["what"], known) if "what" in answers else {}), **answers}
    area = given.get("area")
    if area and "where" not in answers and len(areas_meant(known.municipality, said)) < 2:
        answers["where"] = {"area": area}
    return answers


# --- what is asked ----------------------------------------------------------------------------------------------------------


def _task(answers: Answers, known: Known) -> Task | None:
    wanted = answers.get("what")
    pressed = wanted["task"] if isinstance(wanted, dict) else None
    return task_of(answers.get("task") or pressed, known.municipality)


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    """What this request needs: no day when it is urgent, no address for a talk on the phone, a number only where the two
    cannot write to each other here, and little where it is for the service group."""
    task = _task(answers, known)
    unclear = (task is None and "task" in left) or (task is not None and task.id == ANY)
    asks_task = bool(answers and known.municipality.skills.tasks)
    steps = ["what", *(("task",) if asks_task else ()), *(("gist",) if unclear else ()), "where", "urgency"]
    if task is not None and task.outside:
        return (*steps, "name", "notes")
    if answers.get("urgency") != "now":
        steps.append("when")
    steps += ["languages", "who", "name"]
    if task is None or not task.afar:
        steps.append("address")
    by_phone = (task is not None and task.afar) or answers.get("who") == OTHER.id or known.channel == "phone"
    if by_phone or not answers:
        steps.append("contact")
    return (*steps, "notes")


def _where_prompt(answers: Answers, known: Known) -> Text:
    several = _sides(answers, known)
    if several:
        names = tuple(area.name for area in several)
        return _("What you wrote can be in more than one part: {places}. Which side is it?", places=names)
    return _("Where is the help needed? The part of the municipality is enough, no address yet.")


def _sides(answers: Answers, known: Known) -> tuple[Any, ...]:
    """The areas that a named place stands in, where it stands in several."""
    wanted = answers.get("what")
    found = areas_meant(known.municipality, wanted) if isinstance(wanted, str) else ()
    return found if len(found) > 1 else ()


def _one_side(value: Any, answers: Answers, known: Known) -> Problem | None:
    """A place that stands in several areas says too little: which side decides who is near."""
    found = areas_meant(known.municipality, str(value.get("said") or "")) if not value.get("area") else ()
    if len(found) < 2 or "latitude" in value:
        return None
    names = tuple(area.name for area in found)
    return Problem(_("That place is in more than one part: {places}. Choose which side it is.", places=names))


def _side_buttons(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(f"side{number}", as_text(area.name), {"area": area.name})
        for number, area in enumerate(_sides(answers, known))
    )


def _languages(known: Known) -> tuple[Choice, ...]:
    """The language written in first, then the usual ones."""
    own = known.locale.partition("-")[0]
    # TRANSLATORS: a button that holds nothing but a language's name, as in "Arabic".
    return tuple(
        Choice(code, p_("spoken language", "{language}", language=LanguageName(code)))
        for code in dict.fromkeys((own, *LANGUAGES))
    )


def _name_prompt(answers: Answers, known: Known) -> Text:
    if answers.get("who") == OTHER.id:
        return _("What is the first name of the one who needs help?")
    return _("What is your first name?")


def _contact_prompt(answers: Answers, known: Known) -> Text:
    task = _task(answers, known)
    if task is not None and task.afar:
        return _("On which number can the helper call? Only whoever helps gets it.")
    return _("Is there a number for the helper to call, if something comes up? Only whoever helps gets it.")


def _intro(answers: Answers, known: Known) -> Text:
    if known.given.get("subject"):
        return _("Here is what you asked for. Change what has changed.")
    told = _(
        "Otherwise I find somebody who helps. It takes about two minutes. Those I ask see only a first name and the area. Only "
        "whoever comes gets the address."
    )
    return lines([danger_words(), told])


def danger_words() -> Text:
    """What comes before anything else is asked."""
    return _(
        "Is somebody in danger? Call {number} first. For advice about illness call {health}.",
        number=Ltr("112"), health=Ltr("1177"),
    )  # fmt: skip


def card(answers: Answers, known: Known) -> Card:
    """The request as whoever made it, and the municipality, see it."""
    rows: list[tuple[Text, Value]] = []
    for step in HELP_ME.steps:
        value = answers.get(step.name)
        if step.read is None or value in (None, "", []):
            continue
        if step.name == "what" and isinstance(value, dict):
            continue
        rows.append((step.label, step.read.show(value, known)))
    return Card(p_("help", "Request for help"), tuple(rows))


# --- what comes of it -------------------------------------------------------------------------------------------------------


def _complete(answers: Answers, known: Known) -> dict[str, Any]:
    """A form fills in nothing that a sentence says, so it is done here."""
    whole = dict(answers)
    if "what" in whole:
        whole = {**filled(whole["what"], known), **whole}
    if _task(whole, known) is None and task_of(ANY, known.municipality) is not None:
        whole["task"] = ANY
    return whole


def span_of(answers: Answers, known: Known) -> tuple[datetime, datetime, bool]:
    """When somebody is needed, from what was answered; whether another time can be agreed."""
    when = answers.get("when") or {}
    day = date.fromisoformat(when["day"]) if when.get("day") else None
    at = time.fromisoformat(when["time"]) if when.get("time") else None
    task = _task(answers, known)
    return errands.span(str(answers.get("urgency") or "week"), day, at, task.minutes if task else 60, known.now)


def look_at(urgency: str, made_at: datetime, known: Known) -> datetime:
    """When there is news of a request that nobody has taken."""
    return _told_at(urgency, errands.next_look(urgency, made_at, known.now), known)


def answer_by(urgency: str, known: Known) -> datetime:
    """By when a request is answered."""
    return _told_at(urgency, known.now + errands.pace(urgency).within, known)


def _told_at(urgency: str, at: datetime, known: Known) -> datetime:
    zone, rules = known.municipality.zone, known.municipality.volunteering
    return errands.told_at(
        urgency, at.astimezone(zone), known.now.astimezone(zone), rules.quiet_from, rules.quiet_until
    )


def _meanwhile(known: Known) -> tuple[Text, ...]:
    """What is true about who reads now, and what to do if it cannot wait."""
    said: list[Text] = []
    if not known.municipality.is_open(known.now):
        said.append(_("Right now nobody may be reading at the municipality. I alert them all the same."))
    if known.municipality.phone:
        said.append(
            _(
                "If it cannot wait, call {phone}. In danger, call {number}.",
                phone=Ltr(known.municipality.phone),
                number=Ltr("112"),
            )
        )
    else:
        said.append(
            _("If it cannot wait, ask a neighbour or somebody you know. In danger, call {number}.", number=Ltr("112"))
        )
    return tuple(said)


def _finish(answers: Answers, known: Known) -> Ending:
    whole = _complete(answers, known)
    task = _task(whole, known)
    subject = known.given.get("subject")
    reach = None if known.facts.get("reachable") or known.channel == "phone" else "reach"
    if task is not None and task.outside:
        return _outside(task, whole, known, subject)
    urgency = str(whole.get("urgency") or "week")
    begins, ends, flexible = span_of(whole, known)
    if subject:
        changed = _("Changed. Whoever helps you is told.")
        effect = ChangeHelp(int(subject), whole, begins, ends, flexible)
        return Ending((Reply(words=(changed,)),), (effect,), then="my_help", given={"subject": subject})
    news = look_at(urgency, known.now, known)
    kept = known.lookup("kept_helper")
    told = [_("Thank you! I look for somebody now. By {time} I write here how it stands, also if nobody has said yes yet.",
              time=news)]  # fmt: skip
    if kept:
        told.append(_("I ask {name} first, since the two of you wished that.", name=kept["name"]))
    if urgency in ("now", "today"):
        told += _meanwhile(known)
    told.append(_("In /mine you can see how it goes, change it, or take it back."))
    case = FileCase(KIND, "help_me", whole, answer_by(urgency, known), note=_note(task, whole, known))
    effects = (case, AskForHelp(whole, begins, ends, flexible, news, kept["volunteer"] if kept else None))
    return Ending((Reply(words=tuple(told)),), effects, then=reach)


def _note(task: Task | None, answers: Answers, known: Known) -> str:
    """What staff read in the queue: the task and the person's own words."""
    wanted = answers.get("what")
    said = str(wanted) if isinstance(wanted, str) else ""
    return ": ".join(part for part in (task.name if task else "", said) if part)


def _outside(task: Task, answers: Answers, known: Known, subject: Any) -> Ending:
    """No task for helpers: told so kindly, and passed on to those who do it."""
    here = known.municipality
    role = role_of(here.contacts.service, here) if here.contacts.service else None
    why = _(
        "“{task}” is something that helpers do not do, so that nobody gets into trouble: neither you nor they. "
        "There are others for that.",
        task=content(task.name),
    )  # fmt: skip
    ended = (EndHelp(int(subject), "cancelled"),) if subject else ()
    if role is not None and reachable(role, known) and answers.get("urgency") != "now":
        given = {"role": role.id, "matter": "need", "because": "given", "text": _letter(task, answers, known),
                 "area": (answers.get("where") or {}).get("area")}  # fmt: skip
        given = {name: value for name, value in given.items() if value}
        return Ending((Reply(words=(why,)),), ended, then="enquiry", given=given)
    by = answer_by(str(answers.get("urgency") or "week"), known)
    if role is not None:
        who = _(
            "It is done by: {role}. Our coaches have your request now and bring it there. By {time} at the latest you "
            "hear here what happens.",
            role=role_name(role.id, here), time=by,
        )  # fmt: skip
    else:
        who = _(
            "Our coaches have your request now, and find who does it. By {time} at the latest you hear here what happens.",
            time=by,
        )
    title = f"→ {role.title}: " if role is not None else ""
    case = FileCase(SERVICE, "help_me", dict(answers), by, note=title + _note(task, answers, known))
    urgent = _meanwhile(known) if answers.get("urgency") in ("now", "today") else ()
    reach = None if known.facts.get("reachable") or known.channel == "phone" else "reach"
    return Ending((Reply(words=(why, who, *urgent)),), (*ended, case), then=reach)


def _letter(task: Task, answers: Answers, known: Known) -> str:
    wanted = answers.get("what")
    said = str(wanted) if isinstance(wanted, str) else task.name
    return "\n".join(part for part in (said, str(answers.get("notes") or "")) if part)


HELP_ME = Flow(
    name="help_me",
    title=_("I need help"),
    intro=_intro,
    steps=(
        Step("what", prompt=_("What do you need help with? Press a button, or write with your own words."),
             label=_("What"), read=Wanted(MAX_CHARS), suggest=_usual, fills=filled, must=True,
             example=_("My mother in the north needs somebody to buy food for her this week.")),
        Step("task", prompt=_("Which of these is it most like?"), label=_("Kind of help"), read=OneTask(_tasks),
             suggest=_meant,
             why=_("So that I find somebody who can do that. Some things are done by others than helpers.")),
        Step("gist", prompt=_("In a few words, without names and address: what is to be done? Those I ask see this."),
             label=p_("help", "In short"), read=text(120), may_skip=True, example=_("Take a parcel to the post office."),
             why=_("So that they know whether they can do it, before they say yes.")),
        Step("where", prompt=_where_prompt, label=p_("help", "Area"), read=place(), suggest=_side_buttons, check=_one_side,
             why=_("So that I ask somebody who lives near.")),
        Step("urgency", prompt=_("How soon?"), label=_("How soon"), must=True,
             read=one_choice(tuple(Choice(id, label, also=(SOON[id],)) for id, label in URGENCIES.items()))),
        Step("when", prompt=_("Which day, and at what time? If it does not matter, skip this."), label=_("When"),
             read=day_and_time(), may_skip=True, example=_("Thursday at 14.")),
        Step("languages", prompt=_("Which languages can the helper speak? Press all that work."),
             label=p_("help", "Languages"), read=many_choices(_languages), may_skip=True),
        Step("who", prompt=_("Who needs the help?"), label=_("For whom"), read=one_choice((SELF, OTHER)), must=True),
        Step("name", prompt=_name_prompt, label=_("First name"), read=text(60), must=True,
             why=_("So that the helper knows whom to ask for. The first name is enough.")),
        Step("address", prompt=_("What is the address, with the code or the floor? Only whoever comes gets it."),
             label=p_("help", "Address"), read=text(),
             why=_("Without it the helper cannot find the way. You can also leave it open and write it to them later.")),
        Step("contact", prompt=_contact_prompt, label=p_("help", "Phone"), read=text(60), may_skip=True),
        Step("notes", prompt=_("Is there anything the helper should know?"), label=p_("help", "Good to know"),
             read=long_text(), may_skip=True, example=_("I walk with a stick. Please ring the bell twice."),
             why=_("Only whoever helps reads it. Please write nothing about illness.")),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
    card=card,
    review=True,
)  # fmt: skip


# --- how it stands: the one who asked ---------------------------------------------------------------------------------------

# TRANSLATORS: buttons, at most 30 characters each.
KEEP = Choice("keep", p_("help", "Leave it as it is"))
CHANGE = Choice("change", p_("help", "Change it"))
CANCEL = Choice("cancel", p_("help", "Take it back"))
WRITE = Choice("write_to", p_("help", "Write to the helper"))
REPORT = Choice("report_errand", p_("help", "Something is not right"))
DONE = Choice("helped_me", p_("help", "It is done"))
ASK_ANEW = Choice("anew", p_("help", "Ask for help with more"))


def my_help_of(known: Known, need_id: Any) -> dict[str, Any] | None:
    """A request of this person's that is not over."""
    found: dict[str, Any] | None = known.lookup("my_help", need_id=int(need_id or 0))
    return found


def title_of(found: Mapping[str, Any], known: Known) -> Text:
    """What a request is called: its task, or what was written."""
    return task_name(found.get("task"), known)


def time_of(found: Mapping[str, Any]) -> Text:
    """When it is to be done: the time that was named, or how soon."""
    if found.get("flexible") and found.get("urgency") in URGENCIES:
        return URGENCIES[found["urgency"]]
    return _("{time}", time=found["begins"])


def _my_prompt(answers: Answers, known: Known) -> Text:
    found = my_help_of(known, known.given.get("subject"))
    if found is None:
        return _("That request is over.")
    task, name = title_of(found, known), str(found.get("helper") or "")
    match found["status"]:
        case "new":
            return _("“{task}”: I am looking for somebody. By {time} I write how it stands. What would you like to do?",
                     task=task, time=found["news"])  # fmt: skip
        case "matched":
            return _(
                "“{task}”: somebody has been asked and has not answered yet. What would you like to do?", task=task
            )
        case "accepted":
            return _("“{task}”: {name} helps you. When: {when}. What would you like to do?", task=task, name=name,
                     when=time_of(found))  # fmt: skip
        case "on_the_way":
            return _("“{task}”: {name} is on the way. What would you like to do?", task=task, name=name)
        case _:
            return _("“{task}”: {name} says that it is done. What would you like to do?", task=task, name=name)


def _my_choices(known: Known) -> tuple[Choice, ...]:
    found = my_help_of(known, known.given.get("subject"))
    match found["status"] if found else "":
        case "new" | "matched":
            return (KEEP, CHANGE, CANCEL)
        case "accepted" | "on_the_way":
            return (WRITE, DONE, CHANGE, CANCEL, REPORT, KEEP)
        case "done":
            return (DONE, REPORT, KEEP)
    return (ASK_ANEW,)


def _my_done(answers: Answers, known: Known) -> Ending:
    found, chosen = my_help_of(known, known.given.get("subject")), answers["do"]
    if found is None or chosen == ASK_ANEW.id:
        return Ending(then="help_me")
    if chosen == KEEP.id:
        return Ending((Reply(words=(_("All right, it stays as it is."),)),))
    if chosen == CHANGE.id:
        return Ending(then="help_me", given={"subject": found["id"], "answers": found["answers"], "whole": True})
    if chosen == CANCEL.id:
        words_ = _("It is taken back. If somebody was on it, they are told. You are welcome to ask again.")
        return Ending((Reply(words=(words_,)),), (EndHelp(found["id"], "cancelled"),))
    return Ending(then=str(chosen), given={"subject": found["id"]})


MY_HELP = Flow(
    name="my_help",
    title=_("My request for help"),
    steps=(Step("do", prompt=_my_prompt, label=_("What to do"), read=one_choice(_my_choices), must=True),),
    finish=_my_done,
    personal=False,
    passing=True,
    needs_subject=True,
)

# TRANSLATORS: buttons, at most 30 characters each: whether the help helped.
YES = Choice("yes", p_("helped", "Yes, it helped"), means="yes")
PARTLY = Choice("partly", p_("helped", "Partly"))
NO = Choice("no", p_("helped", "No, not really"), means="no")


def _helped_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = my_help_of(known, known.given.get("subject"))
    if found is None:
        return ()
    if answers.get("how") == YES.id and not found.get("helper"):
        return ("how",)
    return ("how", "more", "keep")


def _helped(answers: Answers, known: Known) -> Ending:
    found = my_help_of(known, known.given.get("subject"))
    if found is None:
        return Ending((Reply(words=(_("That request is over. Thank you for telling me."),)),))
    how, more = str(answers["how"]), str(answers.get("more") or "")
    effect = Helped(found["id"], how, more, bool(answers.get("keep")))
    if how == YES.id:
        told = [_("I am glad! Then this is finished.")]
        if answers.get("keep"):
            told.append(
                _(
                    "I remember that. If {name} wishes it too, I ask them first the next time.",
                    name=str(found["helper"]),
                )
            )
    else:
        by = kind_of(KIND).answer_by(known.municipality, known.now)
        told = [
            _("Thank you for saying so. A person at the municipality reads it, and answers you here by {time} at the "
              "latest.", time=by)
        ]  # fmt: skip
    return Ending((Reply(words=tuple(told)),), (effect,))


HELPED_ME = Flow(
    name="helped_me",
    title=_("Did it help?"),
    steps=(
        Step("how", prompt=_("Did it help?"), label=_("Did it help?"), read=one_choice((YES, PARTLY, NO)), must=True),
        Step("more", prompt=_("What is missing, or what went wrong?"), label=_("What is missing"), read=long_text(),
             may_skip=True, when=When("how", ("partly", "no"))),
        Step("keep", prompt=_("Would you like the same helper the next time too?"), label=_("The same helper"),
             read=yes_no(), may_skip=True, when=When("how", ("yes",))),
    ),
    order=_helped_order,
    finish=_helped,
    personal=False,
    needs_subject=True,
)  # fmt: skip


# --- what falls due -----------------------------------------------------------------------------------------------------------
# Each has {"need": id} in `input.data`; what is said comes from how it stands by then.


def _ring(found: Mapping[str, Any] | None, known: Known, *, also: bool = True) -> tuple[RemindStaff, ...]:
    """Somebody who called has no place where this can be read: staff are asked to ring them."""
    wanted = known.channel == "phone" and also and found is not None and found.get("case")
    return (RemindStaff(found["case"], "ring"),) if wanted and found else ()


def _buttons(found: Mapping[str, Any]) -> tuple[Choice, ...]:
    return (Choice(f"f:my_help:{found['id']}", p_("help", "See, change or take it back")),)


def asked(state: State, input: Input, known: Known) -> Turn:
    """Somebody has been asked whether they can help."""
    found = my_help_of(known, input.data["need"])
    if found is None or found["status"] != "matched":
        return Turn(state)
    said = _("“{task}”: I have asked somebody who may be able to help. I write as soon as they have answered.",
             task=title_of(found, known))  # fmt: skip
    return Turn(state, (Reply(words=(said,), choices=_buttons(found), serial=0),))


def taken(state: State, input: Input, known: Known) -> Turn:
    """Somebody has said yes."""
    found = my_help_of(known, input.data["need"])
    if found is None or found["status"] not in ("accepted", "on_the_way"):
        return Turn(state)
    said: list[Text] = [
        _("Good news: {name} helps you with “{task}”. When: {when}.", name=str(found["helper"]),
          task=title_of(found, known), when=time_of(found)),
        _("You two can write to each other here; no phone numbers are needed. Never give anybody your bank card or a code."),
    ]  # fmt: skip
    if found["answers"].get("address"):
        said.insert(1, _("{name} has your address now.", name=str(found["helper"])))
    choices = (Choice(f"f:write_to:{found['id']}", WRITE.label), *_buttons(found))
    return Turn(state, (Reply(words=tuple(said), choices=choices, serial=0),), _ring(found, known))


def given_up(state: State, input: Input, known: Known) -> Turn:
    """Whoever had said yes cannot come after all: it is looked for anew, and promised anew."""
    found = my_help_of(known, input.data["need"])
    if found is None or found["status"] not in ("new", "matched"):
        return Turn(state)
    news = look_at(found["urgency"], known.now, known)
    said = (
        _("I am sorry: {name} cannot help you with “{task}” after all. I look for somebody else at once.",
          name=str(input.data.get("name") or ""), task=title_of(found, known)),
        _("By {time} I write here how it stands.", time=news),
    )  # fmt: skip
    effects = (LookAgain(found["id"], answer_by(found["urgency"], known), news), *_ring(found, known))
    return Turn(state, (Reply(words=said, choices=_buttons(found), serial=0),), effects)


def on_the_way(state: State, input: Input, known: Known) -> Turn:
    """The helper has set out."""
    found = my_help_of(known, input.data["need"])
    if found is None or found["status"] != "on_the_way":
        return Turn(state)
    said = _("{name} is on the way to you now.", name=str(found["helper"]))
    choices = (Choice(f"f:write_to:{found['id']}", WRITE.label),)
    return Turn(state, (Reply(words=(said,), choices=choices, serial=0),))


def done(state: State, input: Input, known: Known) -> Turn:
    """The helper says that it is done: did it help?"""
    found, again = my_help_of(known, input.data["need"]), bool(input.data.get("again"))
    if found is None or found["status"] not in (("accepted", "on_the_way", "done") if again else ("done",)):
        return Turn(state)
    said = (
        _("Did the help with “{task}” come, and did it help? One tap is enough.", task=title_of(found, known))
        if again
        else _(
            "{name} says that “{task}” is done. Did it help?", name=str(found["helper"]), task=title_of(found, known)
        )
    )
    choices = (Choice(f"f:helped_me:{found['id']}", p_("help", "Tell whether it helped")),
               Choice(f"f:report_errand:{found['id']}", REPORT.label))  # fmt: skip
    return Turn(state, (Reply(words=(said,), choices=choices, serial=0),), _ring(found, known, also=not again))


def late(state: State, input: Input, known: Known) -> Turn:
    """Nobody has said yes yet: the coordinators hear of it again, it goes up in their list, and whoever asked is told."""
    found = my_help_of(known, input.data["need"])
    if found is None or found["status"] not in ("new", "matched"):
        return Turn(state)
    news = look_at(found["urgency"], found["made"], known)
    said = [
        _("“{task}”: nobody has said yes yet. I have told the coordinators once more and put it higher in their list. By "
          "{time} I write again.", task=title_of(found, known), time=news)
    ]  # fmt: skip
    if not found["flexible"] and found["begins"] < known.now:
        said.append(_("The time that you named is over. Press Change it, if another time would help."))
    effects = (HelpLate(found["id"], news), *_ring(found, known))
    reply = Reply(words=(*said, *_meanwhile(known)), choices=_buttons(found), serial=0)
    return Turn(state, (reply,), effects)


def closes(state: State, input: Input, known: Known) -> Turn:
    """It was done, and nobody has said anything against it: it ends."""
    return Turn(state, (), (EndHelp(int(input.data["need"]), "closed"),))


def closed(state: State, input: Input, known: Known) -> Turn:
    """Staff have ended a request although somebody had said yes: nobody comes, and whoever waits has to know."""
    said = _("The municipality has ended your request for help with “{task}”, so nobody comes any more. Do you still need "
             "help? Ask once more, or talk to a human.", task=task_name(input.data.get("task"), known))  # fmt: skip
    choices = (Choice("f:help_me", p_("help", "Ask once more")), button(Move.HUMAN))
    return Turn(state, (Reply(words=(said,), choices=choices, serial=0),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "help_asked": asked,
    "help_taken": taken,
    "help_given_up": given_up,
    "help_closed": closed,
    "help_on_the_way": on_the_way,
    "help_done": done,
    "help_late": late,
    "help_closes": closes,
}
"""What happens when something about a request for help falls due."""
