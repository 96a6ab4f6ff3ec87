"""What becomes of a booking: seen and cancelled in /mine, offered to who waited, and told of when time passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.flows.model import (
    AnswerOffer,
    Answers,
    CancelBooking,
    Choice,
    Ending,
    Flow,
    Input,
    Known,
    MakeLink,
    Problem,
    RemindLender,
    Reply,
    State,
    Step,
    StopWaiting,
    Turn,
    When,
)
from bot.flows.read import day, one_choice, times, yes_no
from bot.flows.read.typed import as_text
from bot.flows.room import about, room_name
from bot.i18n import Link, Made, Text, Value, _, content, p_

# TRANSLATORS: buttons, at most 30 characters each.
CANCEL_ALL = Choice("all", p_("booking", "Cancel the booking"))
CANCEL_DAY = Choice("one", p_("booking", "Cancel one day"))
CALENDAR = Choice("calendar", p_("booking", "Have it in my calendar"))
KEEP = Choice("keep", p_("booking", "Keep it as it is"))
STOP_WAITING = Choice("stop", p_("booking", "Wait no longer"))
FIND_ANOTHER = Choice("f:premises", p_("booking", "Find another room"))

ANSWER = Choice("offer", p_("offer", "Answer"))

STATUSES: Mapping[str, Text] = {
    "requested": _("The lender has not answered yet."),
    "approved": _("It is yours."),
    "offered": _("It is held for you until you answer."),
}


def _booking(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("booking", booking_id=known.given.get("subject", 0))
    return found


def room_called(room_id: str, known: Known) -> Text:
    """A room's name; of one that has been taken out of the list, what it was called by."""
    room = known.municipality.rooms.get(room_id)
    return room_name(room) if room else as_text(room_id)


def _prompt(answers: Answers, known: Known) -> Text:
    found = _booking(known)
    if found is None:
        return _("I cannot find that booking among yours any more.")
    return _(
        "{room}: {when}. {status} What would you like to do?",
        room=room_called(found["room"], known), when=times().show(found["when"], known), status=STATUSES[found["status"]],
    )  # fmt: skip


def _options(known: Known) -> tuple[Choice, ...]:
    found = _booking(known)
    if found is None:
        return (Choice("mine", p_("booking", "Show what is mine")),)
    if found["status"] == "offered":
        return (ANSWER, KEEP)
    days = (CANCEL_DAY,) if len(found["when"]["days"]) > 1 else ()
    return (KEEP, CALENDAR, *days, CANCEL_ALL)


def _one_of_them(value: Any, answers: Answers, known: Known) -> Problem | None:
    found = _booking(known)
    days = found["when"]["days"] if found else []
    if value in days:
        return None
    coming = tuple(date.fromisoformat(each) for each in days[:5])
    return Problem(_("You have no booking that day. The next ones are: {days}.", days=coming))


def _sure_prompt(answers: Answers, known: Known) -> Text:
    if answers.get("do") == "one":
        return _("Shall I cancel {day}? Somebody else can have it then.", day=date.fromisoformat(answers["day"]))
    return _("Shall I cancel the whole booking? Somebody else can have it then.")


def _finish(answers: Answers, known: Known) -> Ending:
    found, chosen = _booking(known), answers["do"]
    if found is None or chosen == "mine":
        return Ending(then="mine")
    if chosen == "offer":
        return Ending(then="offer", given={"subject": found["id"]})
    if chosen == "calendar":
        here = _("Calendar address")
        words = _(
            "Give this address to your calendar program, and your bookings are in it and stay current. Whoever has the "
            "address sees them, so keep it to yourself: {link}",
            link=Link(here, Made("calendar_link")),
        )
        return Ending((Reply(words=(words,)),), (MakeLink("calendar"),))
    if chosen == "keep" or not answers.get("sure"):
        return Ending((Reply(words=(_("All right, it stays as it is."),)),))
    effect = CancelBooking(found["id"], answers["day"] if chosen == "one" else None)
    return Ending((Reply(words=(_("{result}", result=Made("room_result")),)),), (effect,))


BOOKING = Flow(
    name="booking",
    title=_("A booking of mine"),
    steps=(
        Step("do", prompt=_prompt, label=_("What to do"), read=one_choice(_options), must=True),
        Step(
            "day",
            prompt=_("Which day shall I cancel?"),
            label=_("Day"),
            read=day(),
            when=When("do", ("one",)),
            check=_one_of_them,
            must=True,
        ),
        Step("sure", prompt=_sure_prompt, label=_("Cancel"), read=yes_no(), when=When("do", ("one", "all")), must=True),
    ),
    finish=_finish,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- waiting ------------------------------------------------------------------------------------------------------------


def _waiting_prompt(answers: Answers, known: Known) -> Text:
    found = known.lookup("room_wish", wish_id=known.given.get("subject", 0))
    if found is None:
        return _("You do not wait for that any more.")
    if found["room"]:
        return _("You wait for {room}: {when}. What would you like to do?", room=room_called(found["room"], known),
                 when=times().show(found["wish"]["when"], known))  # fmt: skip
    return _("I tell you when a room is free: {when}. What would you like to do?",
             when=times().show(found["wish"]["when"], known))  # fmt: skip


def _waiting_options(known: Known) -> tuple[Choice, ...]:
    found = known.lookup("room_wish", wish_id=known.given.get("subject", 0))
    return (STOP_WAITING, KEEP) if found else (Choice("mine", p_("booking", "Show what is mine")),)


def _waited(answers: Answers, known: Known) -> Ending:
    if answers["do"] == "mine":
        return Ending(then="mine")
    if answers["do"] == "keep":
        return Ending((Reply(words=(_("All right, it stays as it is."),)),))
    words = _("All right. You do not wait for it any more.")
    return Ending((Reply(words=(words,)),), (StopWaiting(int(known.given.get("subject", 0))),))


WAITING = Flow(
    name="waiting",
    title=_("A room I wait for"),
    steps=(Step("do", prompt=_waiting_prompt, label=_("What to do"), read=one_choice(_waiting_options), must=True),),
    finish=_waited,
    personal=False,
    passing=True,
    needs_subject=True,
)


def _offer_prompt(answers: Answers, known: Known) -> Text:
    found = _booking(known)
    if found is None or found["status"] != "offered":
        return _("That offer has ended. Shall I look for another room?")
    return _("{room}: {when}. Do you want it?", room=room_called(found["room"], known),
             when=times().show(found["when"], known))  # fmt: skip


def _offer_answered(answers: Answers, known: Known) -> Ending:
    found = _booking(known)
    if found is None or found["status"] != "offered":
        return Ending(then="premises") if answers["sure"] else Ending(then="menu")
    reply = Reply(words=(_("{result}", result=Made("room_result")),))
    return Ending((reply,), (AnswerOffer(found["id"], bool(answers["sure"])),))


OFFER = Flow(
    name="offer",
    title=_("A room is free for you"),
    steps=(Step("sure", prompt=_offer_prompt, label=_("Take the room"), read=yes_no(), must=True),),
    finish=_offer_answered,
    personal=False,
    needs_subject=True,
)


# --- what falls due -----------------------------------------------------------------------------------------------------
# Each has in `input.data` what it needs to speak: {"booking": id, "room": id, "when": …} and more.


def _said(input: Input, known: Known) -> tuple[Text, Text]:
    return room_called(input.data["room"], known), times().show(input.data["when"], known)


def decided(state: State, input: Input, known: Known) -> Turn:
    """The lender has answered."""
    name, when = _said(input, known)
    if input.data["approved"]:
        words = [_("Yes! {room} is yours: {when}.", room=name, when=when), *how_to_get_in(input.data["room"], known)]
        choices: tuple[Choice, ...] = (Choice(f"f:booking:{input.data['booking']}", p_("booking", "See or cancel it")),)
    else:
        words = [_("{room} cannot be lent then ({when}).", room=name, when=when)]
        if input.data.get("reason"):
            words.append(_("They write: {reason}", reason=str(input.data["reason"])))
        choices = (FIND_ANOTHER, Choice("m:human", p_("booking", "Talk to a human")))
    return Turn(state, (Reply(words=tuple(words), choices=choices, serial=0),))


def how_to_get_in(room_id: str, known: Known) -> tuple[Text, ...]:
    """About the key; honest where nobody has said."""
    room = known.municipality.rooms.get(room_id)
    if room is None:
        return ()
    if room.key:
        return (content(room.key), *about(room))
    return (_("How you get in is not in my list. Ask here with /coach, and a human finds out."), *about(room))


def remind(state: State, input: Input, known: Known) -> Turn:
    """Half the time has passed without an answer from the lender."""
    return Turn(state, (), (RemindLender(int(input.data["booking"])),))


def late(state: State, input: Input, known: Known) -> Turn:
    """The lender has not answered in time: the coaches take it, and the resident is told."""
    name, when = _said(input, known)
    words = _(
        "{room} ({when}): those who lend it have not answered in time. I am sorry. The times are still kept for you. I have "
        "asked the municipality instead. You get an answer here by {time} at the latest.",
        room=name, when=when, time=known.municipality.answer_by(known.now),
    )  # fmt: skip
    return Turn(state, (Reply(words=(words,)),), (RemindLender(int(input.data["booking"]), late=True),))


def offered(state: State, input: Input, known: Known) -> Turn:
    """Something became free, and this person is first in line."""
    name, when = _said(input, known)
    until = datetime.fromisoformat(input.data["until"]).astimezone(known.municipality.zone)
    words = _(
        "Now {room} is free, {when}, and you are first in line. I hold it for you until {time}. Do you want it?",
        room=name, when=when, time=until,
    )  # fmt: skip
    choices = (Choice(f"f:offer:{input.data['booking']}", ANSWER.label),)
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def offer_ends(state: State, input: Input, known: Known) -> Turn:
    """No answer in time: the next in line gets it."""
    name, when = _said(input, known)
    words = _(
        "The time to answer about {room} ({when}) has passed, so the next in line is asked.", room=name, when=when
    )
    effects = (AnswerOffer(int(input.data["booking"]), taken=False, late=True),)
    return Turn(state, (Reply(words=(words,), choices=(FIND_ANOTHER,), serial=0),), effects)


def became_free(state: State, input: Input, known: Known) -> Turn:
    """A room that somebody watched for."""
    rooms: tuple[Value, ...] = tuple(room_called(each, known) for each in input.data["rooms"])
    words = _(
        "You asked me to tell you: now there is a free room, {when}: {rooms}. It is not held for you, so book it soon.",
        when=times().show(input.data["when"], known), rooms=rooms,
    )  # fmt: skip
    choices = (Choice(f"f:room:{input.data['wish']}", p_("watch", "See and book")),)
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),))


def wish_ends(state: State, input: Input, known: Known) -> Turn:
    """The time has come, and nothing became free."""
    words = _("Nothing became free in time: {when}. I am sorry. Shall we look for another time?",
              when=times().show(input.data["when"], known))  # fmt: skip
    choices = (FIND_ANOTHER, Choice("m:human", p_("booking", "Talk to a human")))
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),), (StopWaiting(int(input.data["wish"])),))


def tomorrow(state: State, input: Input, known: Known) -> Turn:
    """The day before the first time."""
    name, when = _said(input, known)
    words = (_("Soon it is time: {room}, {when}.", room=name, when=when), *how_to_get_in(input.data["room"], known))
    choices = (Choice(f"f:booking:{input.data['booking']}", p_("booking", "See or cancel it")),)
    return Turn(state, (Reply(words=words, choices=choices, serial=0),))


REMINDED = timedelta(hours=24)
"""So long before the first time a reminder comes."""

CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "booking_decided": decided,
    "booking_reminder": remind,
    "booking_late": late,
    "booking_tomorrow": tomorrow,
    "room_offer": offered,
    "room_offer_ends": offer_ends,
    "room_free": became_free,
    "room_wish_ends": wish_ends,
}
"""What happens when a promise about a room falls due."""
