"""Answers that are a day, a time of day, or both. What was understood is always shown back in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from bot.flows.model import Doubt, Draft, Known, Problem, Read, Reading
from bot.flows.read.calendar_days import Day, Why, day_in
from bot.flows.read.clock import Clock, clock_in
from bot.flows.read.guess import guess_day
from bot.flows.read.numbers import with_digits
from bot.flows.read.typed import Control, Kind, as_text, shown, visible
from bot.i18n import Text, _

_PROBLEMS = (Why.NO_SUCH_DAY, Why.NO_SUCH_MONTH, Why.WHICH_DAY, Why.BACK)


@dataclass(frozen=True, slots=True)
class OneDay(Kind):
    """A day, as YYYY-MM-DD: today or later, or with `past` today or earlier."""

    kind = "day"
    past: bool = False

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        digits = with_digits(words, known.locale)
        clock = clock_in(digits, known.locale)
        rest = clock.rest if clock else digits
        found = day_in(rest, known.locale, known.today, past=self.past, bare=True) or (
            day_in(digits, known.locale, known.today, past=self.past, bare=True) if clock else None
        )
        found = found or guess_day(words, known, past=self.past)
        if found is None:
            return not_a_day(words, known)
        if problem := day_problem(found):
            return problem
        value = found.day.isoformat()
        return Read(value, as_text(found.day)) if found.why is Why.SURE else Doubt(value, day_question(found))

    def help(self, known: Known) -> Text:
        return _("Write the day and the month, for example {day}.", day=_example(known))

    def show(self, value: Any, known: Known) -> Text:
        return as_text(date.fromisoformat(value))

    def spot(self, text: str, known: Known) -> Any | None:
        found = _spotted(text, known, past=self.past)
        return found.day.isoformat() if found else None

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        today = known.today.isoformat()
        return (Control("value", input_type="date", low="" if self.past else today, high=today if self.past else ""),)


@dataclass(frozen=True, slots=True)
class TimeOfDay(Kind):
    """A time of day, as HH:MM of the 24-hour clock."""

    kind = "time_of_day"

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        clock = clock_in(with_digits(words, known.locale), known.locale, bare=True)
        if clock is None:
            return Problem(
                _("I could not read “{said}” as a time. Write it with hours and minutes, for example {time}.",
                  said=shown(words), time=time(18)),
                self.help(known),
            )  # fmt: skip
        value = _hhmm(clock.at)
        return Read(value, _time_note(clock)) if clock.sure else Doubt(value, _time_question(clock))

    def help(self, known: Known) -> Text:
        return _("Write the time with hours and minutes, for example {time}.", time=time(18, 30))

    def show(self, value: Any, known: Known) -> Text:
        return as_text(time.fromisoformat(value))

    def spot(self, text: str, known: Known) -> Any | None:
        clock = clock_in(with_digits(text, known.locale), known.locale)
        return _hhmm(clock.at) if clock and clock.sure else None

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", input_type="time"),)


@dataclass(frozen=True, slots=True)
class DayAndTime(Kind):
    """A day, and a time of day if it is known: {"day": "2026-11-26", "time": "18:00" or None}.

    The draft holds the half that was said first, with `sure` telling whether its time needs to be asked about.
    """

    kind = "day_and_time"
    time_required: bool = False

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        half: Mapping[str, Any] = draft if isinstance(draft, dict) else {}
        digits = with_digits(words, known.locale)
        clock = clock_in(digits, known.locale, bare=bool(half.get("day")))
        found = day_in(clock.rest if clock else digits, known.locale, known.today, bare=not half.get("day"))
        if found is None:
            found = guess_day(clock.rest if clock else words, known)
        if found and (problem := day_problem(found)):
            return problem
        if found is None and half.get("day"):
            found = Day(date.fromisoformat(half["day"]))
        elif found and clock is None and half.get("time"):
            clock = Clock(time.fromisoformat(half["time"]), bool(half.get("sure")), "")
        if found is None and clock is None:
            return not_a_day(words, known)
        return self._together(found, clock, known)

    def _together(self, found: Day | None, clock: Clock | None, known: Known) -> Reading:
        if found is None:
            assert clock is not None
            note = _("I have noted {time}. Which day?", time=clock.at)
            return Draft({"day": None, "time": _hhmm(clock.at), "sure": clock.sure}, note)
        if clock is None and self.time_required:
            return Draft(
                {"day": found.day.isoformat(), "time": None}, _("I have noted {day}. At what time?", day=found.day)
            )
        value = {"day": found.day.isoformat(), "time": _hhmm(clock.at) if clock else None}
        if clock and found.day == known.today and clock.at < known.now.time():
            if clock.sure or clock.at.hour >= 12:
                tomorrow = known.today + timedelta(days=1)
                words = _("{time} has already been today. Do you mean {day} at {time}?", time=clock.at, day=tomorrow)
                return Doubt({**value, "day": tomorrow.isoformat()}, words)
            clock = Clock(time(clock.at.hour + 12, clock.at.minute), False, "", clock.until)
            value["time"] = _hhmm(clock.at)
        if found.why is not Why.SURE:
            if clock is None:
                return Doubt(value, day_question(found))
            other = found.other if found.why in (Why.NEXT, Why.TODAY) else None
            return Doubt(value, _both_question(found.day, clock.at, other))
        if clock and not clock.sure:
            return Doubt(value, _both_question(found.day, clock.at, None))
        if clock and clock.until:
            return Read(value, _("{day}. I note the time it begins: {time}.", day=found.day, time=clock.at))
        return Read(value, self.show(value, known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        day, at = fields.get("day", ""), fields.get("time", "")
        if not visible(day):
            return self.silent(known, None)
        found = OneDay().said(day, known, None)
        if not visible(at):
            if self.time_required:
                return Problem(_("Write a time too, for example {time}.", time=time(18)))
            return _with_time(found, None)
        clock = TimeOfDay().said(at, known, None)
        if isinstance(found, Problem) or isinstance(clock, Problem):
            return found if isinstance(found, Problem) else clock
        assert isinstance(found, Read | Doubt) and isinstance(clock, Read | Doubt)
        sure, on = isinstance(found, Read), date.fromisoformat(found.value)
        return self._together(
            Day(on, Why.SURE if sure else Why.LIKELY),
            Clock(time.fromisoformat(clock.value), isinstance(clock, Read), ""),
            known,
        )

    def help(self, known: Known) -> Text:
        return _(
            "Write a day, and a time if you know it, for example {day} {time}.", day=_example(known), time=time(18)
        )

    def show(self, value: Any, known: Known) -> Text:
        day, at = date.fromisoformat(value["day"]), value.get("time")
        # TRANSLATORS: a day with its weekday, and a time of day such as 18:00.
        return _("{day} at {time}", day=day, time=time.fromisoformat(at)) if at else as_text(day)

    def spot(self, text: str, known: Known) -> Any | None:
        found = _spotted(text, known)
        clock = clock_in(with_digits(text, known.locale), known.locale)
        if (clock and not clock.sure) or (not clock and found is None):
            return None
        return {"day": found.day.isoformat() if found else None, "time": _hhmm(clock.at) if clock else None}

    def merged(self, old: Any, new: Any) -> Any:
        """Only the day or only the time may have been corrected; the other half stays."""
        return {"day": new["day"] or old["day"], "time": new["time"] or old.get("time")}

    def form_values(self, value: Any) -> dict[str, str]:
        return {"day": value["day"], "time": value.get("time") or ""}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        day = Control("day", _("Day"), "date", low=known.today.isoformat())
        return (day, Control("time", _("Time of day"), "time", required=self.time_required))


def day(past: bool = False) -> OneDay:
    """A day from today on; with `past`, a day up to today."""
    return OneDay(past)


def time_of_day() -> TimeOfDay:
    """A time of the 24-hour clock."""
    return TimeOfDay()


def day_and_time(time_required: bool = False) -> DayAndTime:
    """A day from today on, with a time when it is known."""
    return DayAndTime(time_required)


def not_a_day(words: str, known: Known) -> Problem:
    """Nothing in the words is a day."""
    return Problem(
        _("I did not understand “{said}” as a day. Write for example {day}.", said=shown(words), day=_example(known)),
        _("Try it as year, month and day, for example {numbers}.", numbers=_example(known).isoformat()),
    )


def _spotted(text: str, known: Known, *, past: bool = False) -> Day | None:
    digits = with_digits(text, known.locale)
    clock = clock_in(digits, known.locale)
    found = day_in(clock.rest if clock else digits, known.locale, known.today, past=past)
    return found if found and found.why is Why.SURE else None


def _with_time(reading: Reading, at: str | None) -> Reading:
    match reading:
        case Read(value, note):
            return Read({"day": value, "time": at}, note)
        case Doubt(value, question):
            return Doubt({"day": value, "time": at}, question)
    return reading


def day_problem(found: Day) -> Problem | None:
    """Why a day that was found can be no answer, if it cannot."""
    if found.why not in _PROBLEMS:
        return None
    if found.why is Why.NO_SUCH_DAY:
        return Problem(
            _(
                "That month has no day {number}. Its last day is {day}. Which day do you mean?",
                number=found.number,
                day=found.day,
            )
        )
    if found.why is Why.NO_SUCH_MONTH:
        return Problem(
            _("I read that as day and month, and there is no such day. Write for example {day}.", day=found.day)
        )
    if found.why is Why.BACK:
        return Problem(_("{day} has already been. Which day do you mean?", day=found.day))
    return Problem(_("Which day would that be? Write for example {day}.", day=found.day))


def day_question(found: Day) -> Text:
    """What to ask about a day that is not sure."""
    day = found.day
    match found.why, found.other:
        case Why.GONE, date() as gone:
            return _("{gone} has already been. Do you mean {day}?", gone=gone, day=day)
        case Why.AHEAD, date() as ahead:
            return _("{ahead} has not been yet. Do you mean {day}?", ahead=ahead, day=day)
        case Why.NEXT, date() as other:
            return _(
                "Do you mean {day}, next week? If you mean {other}, answer no and write the date.", day=day, other=other
            )
        case Why.TODAY, date() as today:
            return _(
                "Do you mean {day}, in a week? If you mean today, {today}, answer no and write “today”.",
                day=day,
                today=today,
            )
        case Why.WEEKDAY, _other:
            return _("The weekday and the date do not fit together. Do you mean {day}?", day=day)
        case Why.FAR, _other:
            return _("That is some years away. Do you mean {day}?", day=day)
    return _("Do you mean {day}?", day=day)


def _both_question(day: date, at: time, other: date | None) -> Text:
    if other:
        return _(
            "Do you mean {day} at {time}? If you mean {other}, answer no and write the date and the time.",
            day=day, time=at, other=other,
        )  # fmt: skip
    return _("Do you mean {day} at {time}?", day=day, time=at)


def _time_question(clock: Clock) -> Text:
    at = clock.at
    if clock.proposed:
        return _("Is {time} about right? If not, answer no and write the time.", time=at)
    other = time((at.hour + 12) % 24, at.minute)
    if at.hour >= 12:
        return _(
            "Do you mean {time}, after noon? If you mean {other}, answer no and write it so.", time=at, other=other
        )
    return _(
        "Do you mean {time}, in the morning? If you mean {other}, answer no and write it so.", time=at, other=other
    )


def _time_note(clock: Clock) -> Text:
    return _("I note the time it begins: {time}.", time=clock.at) if clock.until else as_text(clock.at)


def _example(known: Known) -> date:
    return known.today + timedelta(days=10)


def _hhmm(at: time) -> str:
    return at.strftime("%H:%M")
