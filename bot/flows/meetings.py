"""Meetings: the next ones, signing up, sending in what shall be talked about, hearing of them (publication 1.1, 2.1, 6.1).

Staff make them in the console, for networks of the pack. Everybody sees a meeting and its agenda; who comes is known to the
organiser alone. What is in the way of coming (a child, a language, a bus) is asked, and becomes a case of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from bot.flows.case_kinds import kind_of
from bot.flows.gatherings import lines, rhythm_words, stands
from bot.flows.ideas import PARAGRAPH, card_lines
from bot.flows.joining import THROUGH_BOT
from bot.flows.model import (
    Answers,
    Card,
    Choice,
    ComeToMeeting,
    Consent,
    Ending,
    FileCase,
    Flow,
    FollowMeetings,
    Input,
    Known,
    LeaveMeeting,
    Problem,
    Reply,
    SendItem,
    State,
    Step,
    Suggestion,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, long_text, many_choices, one_choice, text, whole_number
from bot.flows.read.people import find_email, find_phone
from bot.flows.read.typed import as_text, fold
from bot.flows.shifts import span, when
from bot.i18n import Link, Ltr, Made, OwnName, Text, Value, _, content, n_, p_
from bot.packs.model import Municipality, Network
from bot.packs.model.routing import networks_named
from bot.rules.masking import mask_contacts, mask_ways

PURPOSE: Final = "meeting"
"""The purpose of the consent that the organiser sees who comes."""

FOLLOWS: Final = "meetings"
"""The purpose of the consent to be told of meetings."""

CONSENT_VERSION = "1"

ITEM: Final = "agenda_item"
"""The kind of case in which what was sent in is read."""

LISTED_MAX = 8
WORDS_MAX = 500
PEOPLE_MAX = 20

# TRANSLATORS: buttons, at most 30 characters each.
COME = Choice("come", p_("meetings", "I am coming"), means="yes")
WAIT = Choice("come", p_("meetings", "Put me on the waiting list"), means="yes")
LEAVE = Choice("leave", p_("meetings", "I cannot come"))
SEND = Choice("item", p_("meetings", "Send in something"), also=(_("agenda | agenda item | an item"),))
GROUP = Choice("group", p_("meetings", "My group"))
THEME = Choice("theme", p_("meetings", "Propose a theme"))
TELL_ME = Choice("follow_meetings", p_("meetings", "Tell me of new meetings"))
JOIN = Choice("sub_network", p_("meetings", "Join a sub-network"))
OTHERS = Choice("others", p_("meetings", "See other meetings"))
MENU = Choice("menu", p_("meetings", "Something else"))

# TRANSLATORS: what somebody needs to be able to come: buttons, at most 30 characters each.
NEEDS: Final[Mapping[str, Text]] = {
    "interpreter": p_("obstacle", "An interpreter is needed"),
    "childcare": p_("obstacle", "Nobody to mind the children"),
    "transport": p_("obstacle", "Hard to get there"),
    "entrance": p_("obstacle", "Hard to get into the house"),
    "other": p_("obstacle", "Something else"),
}
NOTHING: Final = "nothing"
NEEDED = (
    Choice(NOTHING, p_("meetings", "Nothing"), means="no"),
    *(Choice(id, label) for id, label in NEEDS.items()),
)


# --- what the pack says ---------------------------------------------------------------------------------------------------


def kind_words(municipality: Municipality, id: str) -> Text:
    """What kind of meeting it is; what the pack has no name for any more is a meeting."""
    network = municipality.networks.find(id)
    return content(network.title) if network else _("A meeting")


# --- what is shown --------------------------------------------------------------------------------------------------------


def meeting_line(found: Mapping[str, Any]) -> Text:
    """A meeting in one line."""
    # TRANSLATORS: a line of a list of meetings: what it is called, when, where.
    return _("• {title}: {when}, {place}", title=str(found["title"]), when=when(found), place=str(found["place"]))


def seats_words(found: Mapping[str, Any]) -> Text | None:
    """How many seats are left; None where everybody has room."""
    if found.get("free") is None:
        return None
    if found["free"] > 0:
        return n_("{count} seat is left", "{count} seats are left", found["free"])
    return _("It is full. You can stand on the waiting list.")


def agenda_words(agenda: Sequence[Mapping[str, Any]]) -> Text:
    """The agenda as numbered lines: standing items in the reader's language, others as they were written."""
    # TRANSLATORS: a line of an agenda: its number and what is talked about.
    return lines(
        [_("{number}. {item}", number=at, item=_item(each)) for at, each in enumerate(agenda, 1)],
    )


def _item(each: Mapping[str, Any]) -> Value:
    return content(str(each["text"])) if each["standing"] else str(each["text"])


def meeting_card(found: Mapping[str, Any], municipality: Municipality) -> Card:
    """A meeting as everybody sees it. What nobody has said of access stands there too."""
    rows: list[tuple[Text, Value]] = [
        (p_("meeting", "Kind"), kind_words(municipality, str(found["network"]))),
        (p_("meeting", "When"), when(found)),
        (p_("meeting", "Where"), str(found["place"])),
        (p_("meeting", "Access"), str(found.get("access") or "") or _("We do not know yet. Say what you need when you sign up.")),
    ]  # fmt: skip
    for name, label in (
        ("interpreter", p_("meeting", "Interpreter")),
        ("childcare", p_("meeting", "Child care")),
        ("about", p_("meeting", "About it")),
    ):
        if found.get(name):
            rows.append((label, str(found[name])))
    if found.get("languages"):
        rows.append((p_("meeting", "Languages"), tuple(OwnName(tag) for tag in found["languages"])))
    if found.get("agenda"):
        rows.append((p_("meeting", "Agenda"), agenda_words(found["agenda"])))
    if found.get("items_open"):
        rows.append((p_("meeting", "Send in items until"), date.fromisoformat(found["items_day"])))
    if (seats := seats_words(found)) is not None and not found["over"]:
        rows.append((p_("meeting", "Seats"), seats))
    network = municipality.networks.find(str(found["network"]))
    if network is not None and network.rhythm is not None:
        rows.append((_("How often"), rhythm_words(network.rhythm)))
    return Card(as_text(str(found["title"])), tuple(rows))


# --- the next ones --------------------------------------------------------------------------------------------------------


def _kinds(known: Known) -> list[str]:
    """The kinds that are asked for; all of them when none is."""
    asked = [str(each) for each in known.given.get("kinds") or ()]
    every = [each.id for each in known.municipality.networks.series]
    return [each for each in every if each in asked] or every


def _coming(known: Known) -> list[dict[str, Any]]:
    kinds = _kinds(known)
    found: list[dict[str, Any]] = known.lookup("meetings_coming") or []
    return [each for each in found if each["network"] in kinds]


def _list_prompt(answers: Answers, known: Known) -> Text:
    here, found = known.municipality, _coming(known)
    page = Link(_("Meetings"), f"{known.facts.get('public_url', '')}/meetings")
    told: list[Text] = []
    if found:
        told += [_("These are the next meetings:"), lines([meeting_line(each) for each in found[:LISTED_MAX]])]
        told += [_("All of them, with agendas and minutes: {link}", link=page), _("Which one do you want to see?")]
        return lines(told, PARAGRAPH)
    told.append(_("No meeting is planned here right now. I can tell you as soon as one is."))
    for network in here.networks.series:
        if network.id in _kinds(known) and network.rhythm is not None:
            often = _("{title}: {often}.", title=content(network.title), often=rhythm_words(network.rhythm))
            told += [lines([often, stands(network, known.today)], " ")]
    return lines(told, PARAGRAPH)


def _list_choices(known: Known) -> tuple[Choice, ...]:
    named = tuple(
        # TRANSLATORS: a button: what a meeting is called, and its day.
        Choice(f"meeting-{each['id']}", _("{title}, {day}", title=str(each["title"]), day=span(each)[0].date()))
        for each in _coming(known)[:LISTED_MAX]
    )
    if not known.municipality.networks.series:
        return (button_human(), MENU)
    return (*named, TELL_ME, *((JOIN,) if known.municipality.networks.sub_networks else ()), THEME, MENU)


def button_human() -> Choice:
    # TRANSLATORS: a button, at most 30 characters.
    return Choice("coach", p_("meetings", "Ask a human"))


def _list_done(answers: Answers, known: Known) -> Ending:
    chosen = str(answers["which"])
    if chosen.startswith("meeting-"):
        return Ending(then="one_meeting", given={"subject": int(chosen.removeprefix("meeting-"))})
    return Ending(then="meeting" if chosen == THEME.id else chosen)


MEETINGS = Flow(
    name="meetings",
    title=_("Meetings"),
    steps=(Step("which", prompt=_list_prompt, label=_("Which one"), read=one_choice(_list_choices), must=True),),
    finish=_list_done,
    personal=False,
)


# --- one of them ----------------------------------------------------------------------------------------------------------


def one(known: Known) -> dict[str, Any] | None:
    """The meeting the running flow is about, with what this person has to do with it; None when there is none."""
    found: dict[str, Any] | None = known.lookup("meeting", meeting_id=int(known.given.get("subject") or 0))
    return found


def _one_prompt(answers: Answers, known: Known) -> Text:
    found = one(known)
    if found is None:
        return _("There is no such meeting. Do you want to see the next ones?")
    told = [card_lines(meeting_card(found, known.municipality))]
    mine = found["mine"]
    if found["status"] == "off":
        told.append(_("This meeting has been called off."))
    elif found["over"]:
        told.append(_("This meeting is over."))
    elif mine and mine["status"] == "waiting":
        told.append(_("It is full, and you stand on the waiting list. I tell you as soon as there is room."))
    elif mine:
        told.append(n_("You are signed up.", "You are signed up, {count} of you.", mine["people"]))
    if found["minutes"]:
        page = Link(_("Read the minutes"), f"{known.facts.get('public_url', '')}/meetings/{found['id']}#minutes")
        told.append(_("{link}", link=page))
    told.append(_("What would you like to do now?"))
    return lines(told, PARAGRAPH)


def _one_choices(known: Known) -> tuple[Choice, ...]:
    found = one(known)
    if found is None:
        return (OTHERS, MENU)
    group = (GROUP,) if found["mine"] and found["mine"]["group"] and found["groups"] else ()
    if found["over"] or found["status"] == "off":
        return (*group, OTHERS, MENU)
    come = LEAVE if found["mine"] else WAIT if found["free"] is not None and found["free"] <= 0 else COME
    send = (SEND,) if found["items_open"] else ()
    return (*group, come, *send, THEME, OTHERS, MENU)


def _one_done(answers: Answers, known: Known) -> Ending:
    found, chosen = one(known), str(answers["do"])
    if found is None or chosen in ("others", "menu"):
        return Ending(then="meetings" if chosen == "others" else "menu")
    if chosen == GROUP.id:
        return Ending(then="my_group", given={"subject": found["mine"]["group"]})
    if chosen == THEME.id:
        return Ending(then="meeting", given={"meeting": str(found["title"])})
    return Ending(then=f"meeting_{chosen}", given={"subject": found["id"]})


ONE_MEETING = Flow(
    name="one_meeting",
    title=_("A meeting"),
    steps=(Step("do", prompt=_one_prompt, label=_("What to do"), read=one_choice(_one_choices), must=True),),
    finish=_one_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- coming, or not -------------------------------------------------------------------------------------------------------


def _can_come(known: Known) -> dict[str, Any] | None:
    """The meeting, while somebody can sign up who has not."""
    found = one(known)
    return None if found is None or found["over"] or found["status"] == "off" or found["mine"] else found


def _come_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _can_come(known)
    if found is None:
        return ()
    needs = [each for each in answers.get("needs") or () if each != NOTHING]
    return (
        "name", "people", *(("topic",) if found["open_space"] else ()), "needs", *(("more",) if needs else ()), "contact",
        "agree",
    )  # fmt: skip


def _contact_check(value: Any, answers: Answers, known: Known) -> Problem | None:
    said = str(value)
    if said == THROUGH_BOT or find_email(said) or find_phone(fold(said)):
        return None
    return Problem(
        _("I found neither a phone number nor an e-mail address in that. Write it for example as {phone}, or press the button.",
          phone=Ltr("070-123 45 67"))
    )  # fmt: skip


def _contact_offer(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    return (Suggestion(THROUGH_BOT, p_("interest", "Only here, through you"), THROUGH_BOT),)


def _said_contact(answers: Answers) -> str:
    said = str(answers.get("contact") or "")
    return "" if said == THROUGH_BOT else said


def _needs_words(answers: Answers) -> tuple[Text, ...]:
    return tuple(NEEDS[each] for each in answers.get("needs") or () if each in NEEDS)


def _agree_prompt(answers: Answers, known: Known) -> Text:
    told: list[Value] = [
        str(answers.get("name") or ""),
        n_("{count} person in all", "{count} people in all", _people(answers)),
    ]
    told += [*_needs_words(answers), *([_said_contact(answers)] if _said_contact(answers) else [])]
    return _(
        "Those who arrange the meeting get to know this, and nobody else: {facts}. Shall I sign you up?",
        facts=tuple(told),
    )


def _people(answers: Answers) -> int:
    return int(answers.get("people") or 1)


def _come_done(answers: Answers, known: Known) -> Ending:
    found = _can_come(known)
    if found is None:
        return Ending(then="one_meeting", given={"subject": known.given.get("subject")})
    if not (answers.get("agree") or {}).get("given"):
        return Ending((Reply(words=(_("All right. You are not signed up, and nothing has been sent."),)),), then="menu")
    needs = [each for each in answers.get("needs") or () if each in NEEDS]
    more = str(answers.get("more") or "")
    said = {
        "name": str(answers["name"]), "contact": _said_contact(answers), "needs": needs, "more": more,
        "topic": mask_ways(str(answers.get("topic") or ""))[0],
    }  # fmt: skip
    words = [_("{result}", result=Made("meeting_result"))]
    effects: list[Any] = [
        Consent(PURPOSE, CONSENT_VERSION, True, found["id"]),
        ComeToMeeting(found["id"], _people(answers), {name: value for name, value in said.items() if value}),
    ]
    if needs:
        answer_by = kind_of("obstacle").answer_by(known.municipality, known.now)
        case = {"what": needs, "activity": str(found["title"]), "about": more}
        note = f"{found['title']}: {more}".strip(" :")
        effects.append(FileCase("obstacle", "obstacle", case, answer_by, note=note))
        words.append(
            _("I have passed on what you need. You get an answer here by {time} at the latest.", time=answer_by)
        )
    reply = Reply(
        words=tuple(words), choices=_presses(found, *((SEND,) if found["items_open"] else ()), LEAVE), serial=0
    )
    return Ending((reply,), tuple(effects), then=None if known.facts.get("reachable") else "reach")


def _presses(found: Mapping[str, Any], *choices: Choice) -> tuple[Choice, ...]:
    return tuple(Choice(f"f:meeting_{each.id}:{found['id']}", each.label) for each in choices)


MEETING_COME = Flow(
    name="meeting_come",
    title=p_("meetings", "I am coming"),
    steps=(
        Step("name", prompt=_("What is your name? The first name is enough."), label=_("Name"), read=text(max_chars=100),
             must=True),
        Step("people", prompt=_("How many of you are coming, yourself included?"), label=_("How many"),
             read=whole_number(1, PEOPLE_MAX), must=True),
        Step("topic", prompt=_("Which question do you bring? A sentence is enough. Those with similar questions form a group."),
             label=_("Your topic"), read=text(max_chars=200), may_skip=True, example=_("How do we get more language cafés?"),
             why=_("Everybody at the meeting sees it, without your name.")),
        Step("needs", prompt=_("Do you need something to be able to come? Choose all that fit, then press Done."),
             label=_("What you need"), read=many_choices(NEEDED, 1), must=True,
             why=_("It is often something that can be arranged, such as somebody who minds the children.")),
        Step("more", prompt=_("Tell us a little more, so that it can be arranged: which language, how many children, from where."),
             label=_("More about it"), read=long_text(WORDS_MAX), may_skip=True,
             why=_("You do not need to say anything about your health or your private life.")),
        Step("contact", prompt=_("May those who arrange it reach you by phone or e-mail too? Write the number or the address."),
             label=_("How you are reached"), read=text(), check=_contact_check, suggest=_contact_offer, must=True,
             why=_("Without it everything about the meeting comes here.")),
        Step("agree", prompt=_agree_prompt, label=_("Passed on"), read=consent(PURPOSE, CONSENT_VERSION), must=True),
    ),
    order=_come_order,
    finish=_come_done,
    needs_subject=True,
)  # fmt: skip


def _left(answers: Answers, known: Known) -> Ending:
    found = one(known)
    if found is None or not found["mine"]:
        return Ending((Reply(words=(_("You are not signed up for that meeting."),)),), then="meetings")
    return Ending((Reply(words=(_("{result}", result=Made("meeting_result")),)),), (LeaveMeeting(found["id"]),))


MEETING_LEAVE = Flow(name="meeting_leave", title=p_("meetings", "I cannot come"), steps=(), finish=_left, personal=False,
                     passing=True, needs_subject=True)  # fmt: skip


# --- what shall be talked about -------------------------------------------------------------------------------------------


def _item_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = one(known)
    return ("words",) if found and found["items_open"] else ()


def _item_done(answers: Answers, known: Known) -> Ending:
    found = one(known)
    if found is None:
        return Ending(then="meetings")
    if not found["items_open"] or not answers.get("words"):
        return _too_late(found, known)
    words = mask_ways(str(answers["words"])[:WORDS_MAX])[0]
    answer_by = kind_of(ITEM).answer_by(known.municipality, known.now)
    told = _(
        "Thank you! Those who arrange “{title}” read it, and then it is on the agenda for everybody. By {time} at the latest you "
        "hear here that it is.",
        title=str(found["title"]), time=answer_by,
    )  # fmt: skip
    case = FileCase(ITEM, "meeting_item", {"meeting": found["id"], "title": found["title"], "words": words}, answer_by,
                    note=f"{found['title']}: {words}")  # fmt: skip
    return Ending((Reply(words=(told,)),), (case, SendItem(found["id"], words)),
                  then=None if known.facts.get("reachable") else "reach")  # fmt: skip


def _too_late(found: Mapping[str, Any], known: Known) -> Ending:
    """The stop date has passed: said kindly, with the next meeting of the kind, or the way to hear of it."""
    later = [
        each
        for each in known.lookup("meetings_coming") or []
        if each["network"] == found["network"] and each["id"] != found["id"] and each["items_open"]
    ]
    words = _("The agenda of “{title}” is closed now, so I cannot take it for that meeting.", title=str(found["title"]))
    if later:
        offer = _("The next one is {title}, {when}. Do you want to send it in for that?", title=str(later[0]["title"]),
                  when=when(later[0]))  # fmt: skip
        return Ending((Reply(words=(words, offer), choices=_presses(later[0], SEND), serial=0),))
    offer = _("No later meeting of the kind is planned yet. I can tell you when one is.")
    tell = Choice("f:follow_meetings", TELL_ME.label)
    return Ending((Reply(words=(words, offer), choices=(tell, button(Move.HUMAN)), serial=0),))


def _item_prompt(answers: Answers, known: Known) -> Text:
    found = one(known)
    until = date.fromisoformat(found["items_day"]) if found and found["items_day"] else None
    title = str(found["title"]) if found else ""
    if until is None:
        return _("What shall be talked about at “{title}”?", title=title)
    return _("What shall be talked about at “{title}”? You can send it in until {day}.", title=title, day=until)


MEETING_ITEM = Flow(
    name="meeting_item",
    title=_("Send in something for the agenda"),
    steps=(
        Step("words", prompt=_item_prompt, label=_("What shall be talked about"), read=long_text(WORDS_MAX), must=True,
             example=_("Bicycles for those who have just moved here."),
             why=_("Once it has been read, everybody sees it on the agenda, without your name.")),
    ),
    order=_item_order,
    finish=_item_done,
    needs_subject=True,
)  # fmt: skip


# --- hearing of them ------------------------------------------------------------------------------------------------------


def _followed(known: Known) -> list[str]:
    return [str(each) for each in (known.lookup("my_meetings") or {}).get("follows", ())]


def _to_follow(known: Known) -> list[Network]:
    """What somebody can choose from: every kind, of sub-networks those they are in (the others are joined by name)."""
    now = _followed(known)
    return [each for each in known.municipality.networks.series if not each.joinable or each.id in now]


def _follow_choices(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: a button that holds nothing but the name of a kind of meeting.
    named = (Choice(each.id[:24], _("{title}", title=content(each.title))) for each in _to_follow(known))
    return (*named, Choice(NOTHING, p_("meetings", "None of them"), means="no"))


def _follow_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    asked = [str(each) for each in given.get("kinds") or ()]
    return {"kinds": asked} if asked else {}


def _follow_prompt(answers: Answers, known: Known) -> Text:
    now = [content(each.title) for each in known.municipality.networks.series if each.id in _followed(known)]
    if now:
        return _(
            "I tell you now of: {kinds}. Choose all that you want to hear of from now on, then press Done.",
            kinds=tuple(now),
        )
    return _("Which meetings shall I tell you of? Choose all that fit, then press Done.")


def _follow_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    if not known.municipality.networks.series:
        return ()
    wanted = [each for each in answers.get("kinds") or () if each != NOTHING]
    return ("kinds", *(("agree",) if wanted else ()))


def _follow_done(answers: Answers, known: Known) -> Ending:
    every = {each.id: content(each.title) for each in _to_follow(known)}
    if not every:
        words = _("I do not know of meetings here yet. One person knows more, and can tell you.")
        return Ending((Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))
    wanted = [each for each in every if each[:24] in (answers.get("kinds") or ())]
    if wanted and not (answers.get("agree") or {}).get("given"):
        return Ending((Reply(words=(_("All right. Nothing has been changed."),)),), then="menu")
    drop = tuple(each for each in every if each not in wanted)
    effects = (FollowMeetings(tuple(wanted), drop), Consent(FOLLOWS, CONSENT_VERSION, bool(wanted)))
    if not wanted:
        return Ending(
            (Reply(words=(_("Done. I tell you of no new meetings. What you are signed up for stays."),)),), effects
        )
    words = _("Done! As soon as one is planned I tell you of: {kinds}. You can change it or stop in /mine, or write /stop.",
              kinds=tuple(every[each] for each in wanted))  # fmt: skip
    return Ending((Reply(words=(words,)),), effects, then=None if known.facts.get("reachable") else "reach")


FOLLOW_MEETINGS = Flow(
    name="follow_meetings",
    title=_("Hear of new meetings"),
    steps=(
        Step("kinds", prompt=_follow_prompt, label=_("Which meetings"), read=many_choices(_follow_choices, 1), must=True),
        Step("agree", prompt=_("May the municipality keep what you have chosen, to tell you of these meetings? You can stop at any "
                               "time."),
             label=_("Kept"), read=consent(FOLLOWS, CONSENT_VERSION), must=True),
    ),
    begin=_follow_begin,
    order=_follow_order,
    finish=_follow_done,
)  # fmt: skip


def _sub_choices(known: Known) -> tuple[Choice, ...]:
    return tuple(Choice(each.id[:24], content(each.title)) for each in known.municipality.networks.sub_networks)


def _sub_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    said = str(given.get("text") or given.get("said") or "")
    named = {str(given.get("network") or ""), *given.get("found", ())}
    named |= {each.id for each in networks_named(known.municipality, said, known.locale)} if said else set()
    fitting = [each.id for each in known.municipality.networks.sub_networks if each.id in named]
    return {"which": fitting[0][:24]} if len(fitting) == 1 else {}


def _sub_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("which", "name", "agree") if known.municipality.networks.sub_networks else ()


def _sub_agree(answers: Answers, known: Known) -> Text:
    return _(
        "May the municipality keep that you are in {network}, under the name {name}, and tell you of its meetings? You can leave "
        "at any time in /mine.",
        network=_sub_title(answers, known), name=str(answers.get("name") or ""),
    )  # fmt: skip


def _sub_title(answers: Answers, known: Known) -> Text:
    found = [each for each in known.municipality.networks.sub_networks if each.id[:24] == answers.get("which")]
    return content(found[0].title) if found else _("a network")


def _sub_done(answers: Answers, known: Known) -> Ending:
    found = [each for each in known.municipality.networks.sub_networks if each.id[:24] == answers.get("which")]
    if not found:
        return Ending(then="networks")
    if not (answers.get("agree") or {}).get("given"):
        return Ending((Reply(words=(_("All right. Nothing has been kept."),)),), then="menu")
    network = found[0]
    words = [_("Welcome to {network}! I tell you of its meetings.", network=content(network.title))]
    coming = [each for each in known.lookup("meetings_coming") or [] if each["network"] == network.id]
    choices: tuple[Choice, ...] = ()
    if coming:
        words.append(_("The next one: {title}, {when}.", title=str(coming[0]["title"]), when=when(coming[0])))
        choices = (*_presses(coming[0], COME), Choice(f"f:one_meeting:{coming[0]['id']}", p_("meetings", "Show me")))
    effects = (
        FollowMeetings((network.id,), name=mask_contacts(str(answers["name"]))[0]),
        Consent(FOLLOWS, CONSENT_VERSION, True),
    )
    reply = Reply(words=tuple(words), choices=choices, serial=0 if choices else None)
    return Ending((reply,), effects, then=None if known.facts.get("reachable") else "reach")


SUB_NETWORK = Flow(
    name="sub_network",
    title=p_("meetings", "Join a sub-network"),
    steps=(
        Step("which", prompt=_("Which one do you want to join?"), label=_("Which one"), read=one_choice(_sub_choices), must=True),
        Step("name", prompt=_("What is your name? The first name is enough."), label=_("Name"), read=text(max_chars=100),
             must=True, why=_("Those who convene the network see it.")),
        Step("agree", prompt=_sub_agree, label=_("Kept"), read=consent(FOLLOWS, CONSENT_VERSION), must=True),
    ),
    begin=_sub_begin,
    order=_sub_order,
    finish=_sub_done,
)  # fmt: skip


# --- what falls due -------------------------------------------------------------------------------------------------------
# Each has {"meeting": id} in `input.data`, or says all that is left to say of a meeting that has changed since.


def _found(input: Input, known: Known, *, coming: bool = True) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("meeting", meeting_id=int(input.data["meeting"]))
    if found is None or (coming and (found["status"] == "off" or found["over"])):
        return None
    return found


def _show(found: Mapping[str, Any]) -> Choice:
    return Choice(f"f:one_meeting:{found['id']}", p_("meetings", "Show me"))


def _said(state: State, *words: Text, choices: tuple[Choice, ...] = ()) -> Turn:
    return Turn(state, (Reply(words=words, choices=choices, serial=0 if choices else None),))


def new(state: State, input: Input, known: Known) -> Turn:
    """A meeting is planned, of a kind that somebody wants to hear of."""
    found = _found(input, known)
    if found is None or found["mine"]:
        return Turn(state)
    words = _(
        "A new meeting: {title}, {when}, {place}.",
        title=str(found["title"]),
        when=when(found),
        place=str(found["place"]),
    )
    stop = Choice("f:follow_meetings", p_("meetings", "Change what I hear of"))
    return _said(state, words, choices=(*_presses(found, COME), _show(found), stop))


def soon(state: State, input: Input, known: Known) -> Turn:
    """The day before, with the agenda."""
    found = _found(input, known)
    if found is None or not found["mine"] or found["mine"]["status"] != "coming":
        return Turn(state)
    words = [
        _(
            "Soon it is time: {title}, {when}, {place}.",
            title=str(found["title"]),
            when=when(found),
            place=str(found["place"]),
        )
    ]
    if found["agenda"]:
        words.append(_("The agenda:\n{agenda}", agenda=agenda_words(found["agenda"])))
    return _said(state, *words, choices=(_show(found), *_presses(found, LEAVE)))


def changed(state: State, input: Input, known: Known) -> Turn:
    """Time or place are not what they were."""
    found = _found(input, known)
    if found is None:
        return Turn(state)
    words = _(
        "Something has changed: {title} is now {when}, {place}. You are still signed up.", title=str(found["title"]),
        when=when(found), place=str(found["place"]),
    )  # fmt: skip
    return _said(state, words, choices=(_show(found), *_presses(found, LEAVE)))


def off(state: State, input: Input, known: Known) -> Turn:
    """A meeting was called off."""
    words = [_("“{title}”, {when}, has been called off. You do not need to come.", title=str(input.data["title"]),
               when=when(input.data))]  # fmt: skip
    if input.data.get("words"):
        words.append(_("{reason}", reason=str(input.data["words"])))
    return _said(state, *words, choices=(Choice("f:meetings", OTHERS.label),))


def room(state: State, input: Input, known: Known) -> Turn:
    """Somebody on the waiting list has a seat now."""
    found = _found(input, known)
    if found is None or not found["mine"] or found["mine"]["status"] != "coming":
        return Turn(state)
    words = _(
        "There is room for you now: {title}, {when}. You are signed up.", title=str(found["title"]), when=when(found)
    )
    return _said(state, words, choices=(_show(found), *_presses(found, LEAVE)))


def minutes(state: State, input: Input, known: Known) -> Turn:
    """The minutes can be read."""
    found = _found(input, known, coming=False)
    if found is None or not found["minutes"]:
        return Turn(state)
    page = Link(_("Read the minutes"), f"{known.facts.get('public_url', '')}/meetings/{found['id']}#minutes")
    return _said(state, _("The minutes of “{title}” are here now: {link}", title=str(found["title"]), link=page))


def item_read(state: State, input: Input, known: Known) -> Turn:
    """What somebody sent in is on the agenda, or not."""
    title, sent = str(input.data["title"]), str(input.data["words"])
    if input.data.get("taken"):
        found = _found(input, known)
        words = _("What you sent in is on the agenda of “{title}” now: {words}", title=title, words=sent)
        return _said(state, words, choices=(_show(found),) if found else ())
    words = _("What you sent in does not stand on the agenda of “{title}”: {words}", title=title, words=sent)
    why = str(input.data.get("why") or "")
    return _said(state, words, *([_("{reason}", reason=why)] if why else []), choices=(button(Move.HUMAN),))


def made(state: State, input: Input, known: Known) -> Turn:
    """A theme that somebody asked for has become a meeting."""
    found = _found(input, known)
    if found is None:
        return Turn(state)
    words = _("There will be a meeting about what you asked for: {title}, {when}, {place}.", title=str(found["title"]),
              when=when(found), place=str(found["place"]))  # fmt: skip
    return _said(state, words, choices=(*(() if found["mine"] else _presses(found, COME)), _show(found)))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "meeting_new": new,
    "meeting_soon": soon,
    "meeting_changed": changed,
    "meeting_off": off,
    "meeting_room": room,
    "meeting_minutes": minutes,
    "meeting_item_read": item_read,
    "meeting_made": made,
}
"""What happens when a promise about meetings falls due."""

REMINDERS = frozenset({"meeting_new", "meeting_soon", "meeting_minutes"})
"""Those that only remind."""
