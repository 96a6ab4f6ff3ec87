"""The rooms that fit: the three best with reasons, then more; when none fits, what would have to give. And booking one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.flows.model import (
    Answers,
    Choice,
    Ending,
    Flow,
    Known,
    OpenCase,
    Read,
    Reading,
    Reply,
    RequestBooking,
    Step,
    Suggestion,
    WaitForRoom,
    WatchRooms,
    When,
)
from bot.flows.premises import ACCESS, NEEDS
from bot.flows.promises import human_words
from bot.flows.read import one_choice, text, times
from bot.flows.read.choosing import OneChoice
from bot.flows.read.typed import as_text
from bot.i18n import Made, Text, Value, _, content, n_, p_
from bot.packs.model import Room
from bot.packs.model.rooms import FREE
from bot.rules.rooms import (
    Answer,
    Busy,
    Found,
    Lacks,
    Times,
    Wanted,
    buffer_quarters,
    free_starts,
    promising,
    quarters,
    search,
    series,
)
from bot.rules.rooms import Room as RoomSeen

BEST = 3

# TRANSLATORS: buttons, at most 30 characters each.
MORE = Choice("more", p_("rooms", "Show more rooms"))
CHANGE = Choice("change", p_("rooms", "Change what I look for"))
WATCH = Choice("watch", p_("rooms", "Tell me when one is free"))
COACH = Choice("coach", p_("rooms", "Ask a human to look"))
RELAX: Mapping[Lacks, Choice] = {
    Lacks.PLACE: Choice("relax-place", p_("rooms", "Look everywhere")),
    Lacks.PRICE: Choice("relax-price", p_("rooms", "It may cost something")),
    Lacks.OFFERS: Choice("relax-needs", p_("rooms", "Without the equipment")),
}
"""What can be given up by a button. Nobody is asked to do without what makes a room accessible."""


# --- what is looked for -------------------------------------------------------------------------------------------------


def wanted(wish: Mapping[str, Any], zone: ZoneInfo) -> Wanted:
    """The answers of the premises flow as a question to the search."""
    where, people = wish.get("where") or {}, wish.get("people")
    needs = frozenset(wish.get("needs") or ())
    point = (where["latitude"], where["longitude"]) if "latitude" in where else None
    return Wanted(
        people=people["high"] if isinstance(people, dict) else people,
        times=times_of(wish["when"], zone) if wish.get("when") else None,
        area=where.get("area"),
        point=point,
        offers=needs - {FREE},
        accessibility=frozenset(wish.get("access") or ()),
        price_group=FREE if FREE in needs else None,
    )


def times_of(when: Mapping[str, Any], zone: ZoneInfo) -> Times:
    """Times as they are read, as moments."""
    days = [date.fromisoformat(day) for day in when["days"]]
    return Times(series(days, time.fromisoformat(when["from"]), time.fromisoformat(when["to"]), zone))


def find(wish: Mapping[str, Any], known: Known, rooms: Sequence[Room] | None = None) -> Answer:
    """Search among the municipality's rooms, with what is taken at the wanted times; once in a turn."""
    listed = known.municipality.premises if rooms is None else rooms
    only = None if rooms is None else tuple(room.id for room in rooms)
    return known.once("rooms", lambda: _find(wish, known, listed, only), wish=wish, only=only)


def _find(wish: Mapping[str, Any], known: Known, rooms: Sequence[Room], only: tuple[str, ...] | None) -> Answer:
    """Bookings are read of the rooms that would fit without them, and only when none of those is free, of all."""
    municipality = known.municipality
    asked = wanted(wish, municipality.zone)

    def among(some: Sequence[Room], busy: Busy) -> Answer:
        return search(some, asked, busy, municipality.areas, municipality.units)

    if asked.times is None or not rooms:
        return among(rooms, {})
    work = partial(promising, rooms, asked, municipality.areas)
    likely = known.once("promising_rooms", work, wish=wish, only=only)
    if likely and len(likely) < len(rooms):
        answer = among(likely, _busy(asked.times, likely, known))
        if answer.fits or answer.partly:
            return answer
    return among(rooms, _busy(asked.times, rooms, known))


def _busy(times: Times, rooms: Sequence[Room], known: Known) -> Busy:
    """What is taken in these rooms at these times."""
    municipality = known.municipality
    buffer = max(map(buffer_quarters, rooms))
    spans = tuple((first, after + buffer) for first, after in times.quarters)
    units = None
    if len(rooms) < len(municipality.premises):
        units = tuple(sorted(frozenset[str]().union(*(municipality.units[room.id] for room in rooms))))
    found = known.lookup("busy_rooms", spans=spans, units=units) or {}
    return {unit: dict(map(tuple, taken)) for unit, taken in found.items()}


def _wish(known: Known) -> Mapping[str, Any]:
    """What is looked for: handed on by the flow before, or kept since somebody began to watch for it."""
    if "wish" in known.given:
        return dict(known.given["wish"])
    kept = known.lookup("room_wish", wish_id=known.given.get("subject", 0))
    return dict(kept["wish"]) if kept else {}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the list shows: rooms that can be chosen, near misses, and other times as (room, beginning)."""

    rooms: tuple[Found, ...]
    near: tuple[Found, ...] = ()
    others: tuple[tuple[Room, datetime], ...] = ()
    more: bool = False
    relax: tuple[Lacks, ...] = ()


def _shown(known: Known) -> Shown:
    wish = _wish(known)
    answer = find(wish, known)
    offered = (*answer.fits, *answer.partly)
    upto = int(known.given.get("upto", BEST))
    if offered:
        return Shown(offered[max(0, upto - BEST) : upto], more=len(offered) > upto)
    relax = tuple(kind for kind in RELAX if answer.relax.get(kind))
    return Shown((), answer.near[:BEST], _other_times(wish, answer, known), relax=relax)


def _other_times(wish: Mapping[str, Any], answer: Answer, known: Known) -> tuple[tuple[Room, datetime], ...]:
    """The nearest other time of the same day in rooms that lack nothing but the time."""
    asked = wanted(wish, known.municipality.zone).times
    if asked is None or len(asked.each) != 1:
        return ()
    begins, ends = asked.each[0]
    rooms = [known.municipality.rooms[each.room.id] for each in answer.near if each.lacks == (Lacks.TIME,)][:BEST]
    if not rooms:
        return ()
    parts = tuple(sorted({unit for room in rooms for unit in known.municipality.units[room.id]}))
    midnight = datetime.combine(begins.date(), time(), begins.tzinfo)
    first, after = quarters(midnight, midnight + timedelta(days=2))
    taken = known.lookup("taken_quarters", units=parts, first=first, after=after) or {}
    found = []
    for room in rooms:
        in_it = {quarter for unit in known.municipality.units[room.id] for quarter in taken.get(unit, ())}
        starts = [each for each in free_starts(room, begins, ends, in_it) if each > known.now]
        found += [(room, starts[0])] if starts else []
    return tuple(found)


# --- words --------------------------------------------------------------------------------------------------------------


def room_name(room: Room) -> Text:
    """Its name, and that it is made up where it is."""
    # TRANSLATORS: a room that does not exist, put in to show how the service works.
    return _("{name} (example)", name=room.name) if room.example else as_text(room.name)


def _short(room: RoomSeen, most: int) -> str:
    """A name that fits on a button."""
    return room.name if len(room.name) <= most else room.name[: most - 1].rstrip(" ,") + "…"


def days_of(numbers: Sequence[int], wish: Mapping[str, Any]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(wish["when"]["days"][number]) for number in numbers)


def _price(room: Room) -> Text:
    if room.price_group == FREE:
        return _("costs nothing")
    if room.price_group:
        return _("price group {group}", group=room.price_group)
    return _("price: ask the municipality")


def reasons(found: Found, wish: Mapping[str, Any], known: Known) -> tuple[Text, ...]:
    """Why a room is shown: short phrases for one line."""
    room = known.municipality.rooms[found.room.id]
    said: list[Text] = []
    if room.capacity is not None:
        said.append(n_("holds {count} person", "holds {count} people", room.capacity))
    else:
        said.append(_("ask how many it holds"))
    if not room.has_hours:
        said.append(_("ask when it is open"))
    elif wish.get("when"):
        times_in_all = len(wish["when"]["days"])
        if found.clashes:
            said.append(_("free {count} of {all} times", count=times_in_all - len(found.clashes), all=times_in_all))
        else:
            said.append(n_("free then", "free all {count} times", times_in_all))
    where = wish.get("where") or {}
    if "latitude" in where and found.km is not None:
        km = round(found.km)
        said.append(_("about {km} km away", km=km) if km else _("less than a kilometre away"))
    elif found.next_to and where.get("area"):
        said.append(_("next to {area}", area=str(where["area"])))
    if wish.get("needs") or wish.get("access"):
        said.append(_("has what you asked for"))
    said.append(_price(room))
    return tuple(said)


def misses(found: Found, wish: Mapping[str, Any]) -> tuple[Text, ...]:
    """What keeps a room from fitting."""
    room, said = found.room, []
    for kind in found.lacks:
        match kind:
            case Lacks.PLACE:
                said.append(_("is in another place, {area}", area=room.area))
            case Lacks.PRICE:
                said.append(_("nobody has said that it costs nothing"))
            case Lacks.OFFERS:
                said.append(_("lacks: {things}", things=_labels(NEEDS, found.missing)))
            case Lacks.ACCESSIBILITY:
                said.append(_("is not known to have: {things}", things=_labels(ACCESS, found.missing)))
            case Lacks.PEOPLE:
                said.append(n_("holds only {count} person", "holds only {count} people", room.capacity or 0))
            case Lacks.TIME:
                said += _not_then(found, wish)
    return tuple(said)


def _not_then(found: Found, wish: Mapping[str, Any]) -> list[Text]:
    if len(wish["when"]["days"]) == 1:
        return [_("is taken then") if found.busy else _("is closed then")]
    said = []
    if found.busy:
        said.append(_("is taken {days}", days=days_of(found.busy[:4], wish)))
    if found.shut:
        said.append(_("is closed {days}", days=days_of(found.shut[:4], wish)))
    return said


def _labels(named: Mapping[str, Text], keys: frozenset[str]) -> tuple[Value, ...]:
    return tuple(label for key, label in named.items() if key in keys)


def _prompt(answers: Answers, known: Known) -> Text:
    shown = _shown(known)
    wish = _wish(known)
    if shown.rooms:
        lines = _lines([(each, reasons(each, wish, known)) for each in shown.rooms])
        if any(each.room.example for each in shown.rooms):
            return _(
                "These rooms fit best.\n{lines}\nThey are examples, so that you see how it works: the municipality has not "
                "put in its own rooms yet. Which one?",
                lines=lines,
            )
        return _("These rooms fit best.\n{lines}\nWhich one?", lines=lines)
    if not shown.near:
        return _("There are no rooms in my list yet. A human can look for one.")
    lines = _lines([(each, misses(each, wish)) for each in shown.near])
    return _("No room fits everything. Nearest are:\n{lines}\nWhat shall we do?", lines=lines)


def _lines(rooms: Sequence[tuple[Found, tuple[Text, ...]]]) -> Text:
    """One line for each room."""
    named = [
        _("• {room}, {area}: {reasons}", room=room_name(each.room), area=each.room.area, reasons=why)  # type: ignore[arg-type]
        for each, why in rooms
    ]
    match named:
        case [one]:
            return one
        case [one, two]:
            return Text("{one}\n{two}", values=(("one", one), ("two", two)))
        case [one, two, three, *_rest]:
            return Text("{one}\n{two}\n{three}", values=(("one", one), ("two", two), ("three", three)))
    return Text("")


def _options(known: Known) -> tuple[Choice, ...]:
    shown = _shown(known)
    # TRANSLATORS: a button that holds nothing but a room's name.
    rooms = tuple(Choice(f"r-{each.room.id}", _("{room}", room=_short(each.room, 30))) for each in shown.rooms)
    if shown.rooms:
        return (*rooms, *((MORE,) if shown.more else ()), CHANGE, COACH)
    # TRANSLATORS: a button, at most 30 characters: another time in a room, for example "19:00 in the Yellow room".
    others = tuple(
        Choice(
            f"t-{begins:%H%M}-{room.id}",
            _("{time}: {room}", time=begins.timetz().replace(tzinfo=None), room=_short(room, 18)),
        )
        for room, begins in shown.others
    )
    waits = tuple(
        Choice(f"w-{each.room.id}", p_("rooms", "Wait for {room}", room=_short(each.room, 18)))
        for each in shown.near
        if each.lacks == (Lacks.TIME,) and each.busy and not each.shut
    )
    watch = (WATCH,) if waits else ()  # what is not taken does not become free either
    return (*others, *waits[:1], *(RELAX[kind] for kind in shown.relax), *watch, CHANGE, COACH)


@dataclass(frozen=True, slots=True)
class RoomChoice(OneChoice):
    """One of the rooms. A button that was on offer counts although the room has been taken since: that is then said."""

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        shape = re.fullmatch(r"(?:[rw]|t-[0-2]\d[0-5]\d)-([a-z0-9-]+)", choice)
        if shape is not None and shape[1] in known.municipality.rooms:
            return Read(choice)
        return OneChoice.pressed(self, choice, known, draft)


# --- what was chosen ----------------------------------------------------------------------------------------------------


def _finish(answers: Answers, known: Known) -> Ending:
    wish, chosen = dict(_wish(known)), str(answers["which"])
    kind, _dash, room_id = chosen.partition("-")
    match kind:
        case "r":
            return Ending(then="book", given={"wish": wish, "room": room_id})
        case "t":
            begins, _dash, room_id = room_id.partition("-")
            wish["when"] = _moved(wish["when"], time(int(begins[:2]), int(begins[2:])))
            return Ending(then="book", given={"wish": wish, "room": room_id})
        case "w":
            effect = WaitForRoom(room_id, wish["when"], wanted(wish, known.municipality.zone).people)
            return Ending((_result(),), (effect,))
        case "more":
            return Ending(then="room", given={"wish": wish, "upto": int(known.given.get("upto", BEST)) + BEST})
        case "relax":
            return Ending(then="room", given={"wish": _relaxed(wish, room_id)})
        case "watch":
            return Ending((_result(),), (WatchRooms(wish),))
        case "change":
            return Ending(then="premises", given={"answers": wish, "again": True, "whole": True})
    return ask_a_human(wish, known)


def ask_a_human(wish: Mapping[str, Any], known: Known, about: str = "") -> Ending:
    """A coach looks instead, with everything that has been said."""
    case = OpenCase("premises", known.municipality.answer_by(known.now), "premises", wish, about)
    then = None if known.facts.get("reachable") else "reach"
    return Ending((Reply(words=(human_words(known),)),), (case,), then=then)


def _result() -> Reply:
    return Reply(words=(_("{result}", result=Made("room_result")),))


def _moved(when: Mapping[str, Any], begins: time) -> dict[str, Any]:
    """The same length, at another beginning."""
    was_from, was_to = time.fromisoformat(when["from"]), time.fromisoformat(when["to"])
    length = (was_to.hour - was_from.hour) * 60 + was_to.minute - was_from.minute
    ends = (begins.hour * 60 + begins.minute + length) % (24 * 60)
    return {**when, "from": begins.strftime("%H:%M"), "to": time(ends // 60, ends % 60).strftime("%H:%M")}


def _relaxed(wish: dict[str, Any], kind: str) -> dict[str, Any]:
    match kind:
        case "place":
            return {name: value for name, value in wish.items() if name != "where"}
        case "price":
            return {**wish, "needs": [each for each in wish.get("needs", ()) if each != FREE]}
    return {**wish, "needs": [each for each in wish.get("needs", ()) if each == FREE]}


ROOM = Flow(
    name="room",
    title=_("Rooms"),
    steps=(
        Step(
            "which",
            prompt=_prompt,
            label=_("Room"),
            read=RoomChoice(_options),
            why=_("The best ones come first: near, free, about the right size. Whose they are makes no difference."),
            must=True,
        ),
    ),
    finish=_finish,
    personal=False,
    needs_subject=True,
)


# --- booking one --------------------------------------------------------------------------------------------------------


def _weighed(known: Known) -> Found | None:
    """The chosen room as it is at this moment."""
    room = known.municipality.rooms.get(str(known.given.get("room")))
    if room is None:
        return None
    loose = {name: value for name, value in known.given["wish"].items() if name in ("when", "people")}
    answer = find(loose, known, (room,))
    return next(iter((*answer.fits, *answer.partly, *answer.near)), None)


def about(room: Room) -> tuple[Text, ...]:
    """What one should know of a room: rules, price, how one gets in."""
    said: list[Text] = []
    yes = [
        label
        for allowed, label in (
            (room.rules.food, p_("rule", "food")),
            (room.rules.music, p_("rule", "loud music")),
            (room.rules.alcohol, p_("rule", "alcohol")),
        )
        if allowed
    ]
    no = [
        label
        for allowed, label in (
            (room.rules.food, p_("rule", "food")),
            (room.rules.music, p_("rule", "loud music")),
            (room.rules.alcohol, p_("rule", "alcohol")),
        )
        if allowed is False
    ]
    if yes:
        said.append(_("Allowed: {things}.", things=tuple(yes)))
    if no:
        said.append(_("Not allowed: {things}.", things=tuple(no)))
    if room.rules.more:
        said.append(content(room.rules.more))
    return tuple(said)


def lender_name(room: Room, known: Known) -> Value:
    if room.lender.name:
        return room.lender.name
    # TRANSLATORS: the beginning of a sentence: "The association that lends it reads this …".
    return known.municipality.name if room.lender.kind == "municipality" else _("The association that lends it")


def _book_prompt(answers: Answers, known: Known) -> Text:
    found, wish = _weighed(known), known.given["wish"]
    room = known.municipality.rooms.get(str(known.given.get("room")))
    if found is None or room is None:
        return _("That room is no longer in my list. Shall I look again?")
    facts: tuple[Value, ...] = (*reasons(replace(found, next_to=False), {"when": wish.get("when")}, known),)
    if not wish.get("when"):
        return _(
            "{room}, {area}: {facts}. You have not said when, so I cannot see if it is free. What shall we do?",
            room=room_name(room), area=room.area, facts=facts,
        )  # fmt: skip
    shown = times().show(wish["when"], known)
    if not found.clashes:
        return _("{room}, {area}: {facts}.\n{when}. Shall I book it?", room=room_name(room), area=room.area, facts=facts,
                 when=shown)  # fmt: skip
    clashing = days_of(found.clashes, wish)
    if len(clashing) == len(wish["when"]["days"]):
        return _("{room} has just been taken then. What shall we do?", room=room_name(room))
    return _(
        "{room} is not free {days}. The other times are. Shall I book those?", room=room_name(room), days=clashing
    )  # fmt: skip


# TRANSLATORS: buttons, at most 30 characters each.
BOOK = Choice("book", p_("book", "Book it"))
REST = Choice("rest", p_("book", "Book the other times"))
WAIT = Choice("wait", p_("book", "Wait for it"))
OTHER = Choice("other", p_("book", "Show the other rooms"))
WHEN = Choice("when", p_("book", "Say when"))


def _book_options(known: Known) -> tuple[Choice, ...]:
    found, wish = _weighed(known), known.given["wish"]
    if found is None:
        return (OTHER, COACH)
    if not wish.get("when"):
        return (WHEN, OTHER, COACH)
    clashing = len(found.clashes)
    first = BOOK if not clashing else REST if clashing < len(wish["when"]["days"]) else WAIT
    return (first, OTHER, CHANGE)


def _own_words(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    said = str(known.given["wish"].get("wish") or "")
    short = said if len(said) <= 30 else said[:29].rsplit(" ", 1)[0] + "…"
    # TRANSLATORS: a button that holds nothing but the resident's own words.
    return (Suggestion("said", _("{words}", words=short), said),) if said else ()


def _purpose_prompt(answers: Answers, known: Known) -> Text:
    room = known.municipality.rooms[str(known.given["room"])]
    return _(
        "What will you do there? {lender} reads this, and how many you are, but not who you are.",
        lender=lender_name(room, known),
    )


def _booked(answers: Answers, known: Known) -> Ending:
    wish, found = dict(known.given["wish"]), _weighed(known)
    match answers["sure"]:
        case "other":
            return Ending(then="room", given={"wish": wish})
        case "change":
            return Ending(then="premises", given={"answers": wish, "again": True, "whole": True})
        case "when":
            wish |= {"when": answers["when"]} if "when" in answers else {}
            return Ending(then="book", given={"wish": wish, "room": known.given["room"]})
        case "coach":
            return ask_a_human(wish, known)
    room_id, people = str(known.given["room"]), wanted(wish, known.municipality.zone).people
    purpose = str(answers.get("purpose") or "")  # nothing of the wish, unless they chose to show it
    if answers["sure"] == "wait" or found is None:
        return Ending((_result(),), (WaitForRoom(room_id, wish["when"], people, purpose),))
    when = dict(wish["when"])
    free = [day for number, day in enumerate(when["days"]) if number not in found.clashes]
    if answers["sure"] == "rest" and free:
        when = {name: value for name, value in when.items() if name != "every"} | {"days": free}
    effect = RequestBooking(room_id, when, people, purpose)
    room = known.municipality.rooms[room_id]
    then = None if known.facts.get("reachable") else "reach"
    return Ending((Reply(words=(_("{result}", result=Made("room_result")), *about(room))),), (effect,), then=then)


BOOK_ROOM = Flow(
    name="book",
    title=_("Book a room"),
    steps=(
        Step("sure", prompt=_book_prompt, label=_("Booking"), read=one_choice(_book_options), must=True),
        Step(
            "when",
            prompt=_("When? Write the day, and from when until when. It may be several days, or every week."),
            label=_("When"),
            read=times(),
            example=_("every Tuesday 18-20 in March"),
            when=When("sure", ("when",)),
            must=True,
        ),
        Step(
            "purpose",
            prompt=_purpose_prompt,
            label=_("What for"),
            read=text(max_chars=500),
            suggest=_own_words,
            why=_("Whoever lends a room wants to know what it is for."),
            example=_("Cooking together, children are with us."),
            when=When("sure", ("book", "rest", "wait")),
            may_skip=True,
        ),
    ),
    finish=_booked,
    needs_subject=True,
)
