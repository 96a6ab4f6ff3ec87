"""When a room is wanted: from and to on one day, on several, or a series ("varje tisdag kl 18-20 i mars").

Days are written out one by one, so that nothing has to be guessed later, and hours are those of the clock on the wall.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any

from bot.flows.model import Choice, Doubt, Draft, Known, Problem, Read, Reading
from bot.flows.read.calendar_days import Day, Why, day_in
from bot.flows.read.clock import clock_in
from bot.flows.read.guess import guess_day
from bot.flows.read.lexicon import either, word_lists, word_set
from bot.flows.read.numbers import with_digits
from bot.flows.read.typed import Control, Kind, as_text, shown, visible
from bot.flows.read.when import day_problem, day_question
from bot.i18n import Text, _, n_, p_

DAYS_MAX = 110
"""So many times in one go: two a week for a year, and a few more."""
AHEAD = timedelta(days=366)
_EARLY = 7
"""An hour up to this one, said without part of the day, is proposed after noon, and asked about."""

HOURS = {f"h{count}": count for count in (1, 2, 3)}
COUNTS = {f"n{count}": count for count in (4, 8, 12)}


@dataclass(frozen=True, slots=True)
class Hours:
    """From and to that stand in some words, whether they are `sure`, and the words left over."""

    begins: time | None
    ends: time | None
    sure: bool
    rest: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Every so many weeks on some ISO weekdays. `first` and `last` None: not said."""

    weekdays: tuple[int, ...]
    every: int
    first: date | None = None
    last: date | None = None
    count: int | None = None

    def days(self, today: date) -> tuple[date, ...] | None:
        """The days of it, from today on; None while nobody has said how long it goes on."""
        if self.last is None and self.count is None:
            return None
        first = max(self.first or today, today)
        start = first
        while start.isoweekday() not in self.weekdays:  # (there is at least one)
            start += timedelta(days=1)
        monday = start - timedelta(days=start.isoweekday() - 1)
        days: list[date] = []
        while len(days) <= DAYS_MAX:
            for weekday in self.weekdays:
                day = monday + timedelta(days=weekday - 1)
                if day < first:
                    continue
                if (self.last and day > self.last) or (self.count and len(days) >= self.count):
                    return tuple(days)
                days.append(day)
            monday += timedelta(weeks=self.every)
        return tuple(days)


@dataclass(frozen=True, slots=True)
class TimesReader(Kind):
    """{"days": ["2026-03-03", …], "from": "18:00", "to": "20:00", "every": 1}; `every` only for a series, in weeks.

    The draft holds what has been said of it: the same, and a `rule` that has no end yet.
    """

    kind = "times"

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        half: Mapping[str, Any] = draft if isinstance(draft, dict) else {}
        digits = with_digits(words, known.locale)
        hours = hours_in(digits, known.locale, after=_time(half.get("from")), bare=bool(half.get("days")))
        begins = hours.begins or _time(half.get("from"))
        ends = hours.ends or _time(half.get("to"))
        found = self._days(hours.rest, words, known, half)
        if isinstance(found, Problem):
            return found
        if found is None and hours.begins is None and hours.ends is None:
            return self._not_a_time(words, known)
        return self._together(found or _kept(half), begins, ends, known, sure=hours.sure)

    def _days(
        self, rest: str, words: str, known: Known, half: Mapping[str, Any]
    ) -> Rule | Day | tuple[date, ...] | Problem | None:
        """What the words say of days: a series, several days, one, or nothing."""
        locale, today = known.locale, known.today
        if half.get("rule") and (ended := _ended(_rule(half["rule"]), rest, locale, today)):
            return ended
        rule = rule_in(rest, locale, today)
        if rule is not None:
            return rule
        several = _several(rest, locale, today)
        if len(several) > 1:
            return several
        one = day_in(rest, locale, today, bare=not half.get("days"))
        if one is None and not half.get("days") and visible(re.sub(r"[\d:.;\s-]", "", rest)):
            one = guess_day(rest if rest.strip(" ;") != rest else words, known)
        if one is not None and (problem := day_problem(one)) is not None:
            return problem
        return one

    def _together(
        self, found: Rule | Day | tuple[date, ...] | None, begins: time | None, ends: time | None, known: Known, *, sure: bool
    ) -> Reading:  # fmt: skip
        every = found.every if isinstance(found, Rule) else None
        days = found.days(known.today) if isinstance(found, Rule) else (found.day,) if isinstance(found, Day) else found
        if isinstance(found, Rule) and days is None:
            kept: dict[str, Any] = {"days": None, "rule": _plain_rule(found), **_hours(begins, ends)}
            return Draft(kept, _("I have noted a series. Until which day, or how many times?"))
        kept = {"days": [day.isoformat() for day in days or ()] or None, "every": every, **_hours(begins, ends)}
        if days is not None and (problem := _too_much(days, known.today)):
            return problem
        if days is None:
            return Draft(kept, _("I have noted the time. Which day, or which days?"))
        if begins is None:
            return Draft(kept, _("I have noted {days}. From what time, and until when?", days=_days_shown(days)))
        if ends is None or ends == begins:
            return Draft(
                {**kept, "to": None}, _("I have noted that it begins at {time}. Until what time?", time=begins)
            )
        if days[0] == known.today and begins < known.now.time():
            return Problem(_("{time} has already been today. Which day do you mean?", time=begins))
        value = {"days": kept["days"], **_hours(begins, ends)} | ({"every": every} if every else {})
        if isinstance(found, Day) and found.why is not Why.SURE:
            return Doubt(value, day_question(found))
        return Read(value, self.show(value, known)) if sure else Doubt(value, _question(self.show(value, known)))

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        half: Mapping[str, Any] = draft if isinstance(draft, dict) else {}
        if choice in COUNTS and half.get("rule"):
            rule = _rule(half["rule"])
            rule = Rule(rule.weekdays, rule.every, rule.first, None, COUNTS[choice] * len(rule.weekdays))
            return self._together(rule, _time(half.get("from")), _time(half.get("to")), known, sure=True)
        begins = _time(half.get("from"))
        if choice in HOURS and begins is not None and half.get("days"):
            ends = time((begins.hour + HOURS[choice]) % 24, begins.minute)
            return self._together(_kept(half), begins, ends, known, sure=True)
        return Problem(self.help(known))

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        half: Mapping[str, Any] = draft if isinstance(draft, dict) else {}
        if half.get("rule"):
            return tuple(Choice(id, n_("{count} time", "{count} times", count)) for id, count in COUNTS.items())
        if half.get("days") and half.get("from"):
            return tuple(Choice(id, n_("{count} hour", "{count} hours", count)) for id, count in HOURS.items())
        return ()

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        day, begins, ends = fields.get("day", ""), _time(fields.get("from", "")), _time(fields.get("to", ""))
        if not visible(day):
            return self.silent(known, None)
        found = day_in(with_digits(day, known.locale), known.locale, known.today)
        if found is None or (problem := day_problem(found)) is not None:
            return problem if found and problem else self._not_a_time(day, known)
        if begins is None or ends is None:
            return Problem(_("Write from when, and until when, for example {begins} and {ends}.",
                             begins=time(18), ends=time(20)))  # fmt: skip
        every = {"weekly": 1, "biweekly": 2}.get(fields.get("repeat", ""))
        if every is None:
            return self._together(found, begins, ends, known, sure=True)
        last = day_in(with_digits(fields.get("last", ""), known.locale), known.locale, known.today)
        if last is None or last.day < found.day:
            return Problem(_("Write the last day of the series too."))
        rule = Rule((found.day.isoweekday(),), every, found.day, last.day)
        return self._together(rule, begins, ends, known, sure=True)

    def help(self, known: Known) -> Text:
        return _(
            "Write a day with from and to, for example {day} {begins}-{ends}, or a series: every Tuesday 18-20 in March.",
            day=known.today + timedelta(days=10), begins=time(18), ends=time(20),
        )  # fmt: skip

    def _not_a_time(self, words: str, known: Known) -> Problem:
        return Problem(
            _("I did not understand “{said}” as a time. Write for example {day} {begins}-{ends}.", said=shown(words),
              day=known.today + timedelta(days=10), begins=time(18), ends=time(20)),
            self.help(known),
        )  # fmt: skip

    def show(self, value: Any, known: Known) -> Text:
        days = [date.fromisoformat(day) for day in value["days"]]
        begins, ends = time.fromisoformat(value["from"]), time.fromisoformat(value["to"])
        if len(days) == 1:
            # TRANSLATORS: a day with its weekday, and from when to when ("18:00-20:00").
            return _("{day}, {begins}-{ends}", day=days[0], begins=begins, ends=ends)
        if value.get("every") == 1:
            return n_(
                "{count} time, {begins}-{ends}, every week from {first} to {last}",
                "{count} times, {begins}-{ends}, every week from {first} to {last}",
                len(days), begins=begins, ends=ends, first=days[0], last=days[-1],
            )  # fmt: skip
        if value.get("every"):
            return n_(
                "{count} time, {begins}-{ends}, every other week from {first} to {last}",
                "{count} times, {begins}-{ends}, every other week from {first} to {last}",
                len(days), begins=begins, ends=ends, first=days[0], last=days[-1],
            )  # fmt: skip
        return _("{days}, {begins}-{ends}", days=tuple(days), begins=begins, ends=ends)

    def spot(self, text: str, known: Known) -> Any | None:
        reading = self.said(text, known, None)
        return reading.value if isinstance(reading, Read) else None

    def form_values(self, value: Any) -> dict[str, str]:
        repeat = {1: "weekly", 2: "biweekly"}.get(value.get("every") or 0, "")
        last = value["days"][-1] if repeat else ""
        return {"day": value["days"][0], "from": value["from"], "to": value["to"], "repeat": repeat, "last": last}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        today = known.today.isoformat()
        repeats = (
            Choice("once", p_("series", "Once")),
            Choice("weekly", p_("series", "Every week")),
            Choice("biweekly", p_("series", "Every other week")),
        )
        return (
            Control("day", _("Day"), "date", low=today),
            Control("from", p_("time", "From"), "time"),
            Control("to", p_("time", "Until"), "time"),
            Control("repeat", _("How often"), "select", repeats, required=False),
            Control("last", _("Last day of the series"), "date", required=False, low=today),
        )


def times() -> TimesReader:
    """One time with its end, or several."""
    return TimesReader()


# --- hours ------------------------------------------------------------------------------------------------------------


def hours_in(words: str, locale: str, *, after: time | None = None, bare: bool = False) -> Hours:
    """From and to in folded words with digits: "kl 18-20", "6 to 8 pm", "at 18 for two hours".

    With `after`, a beginning said before, a lone time is the end. With `bare` a lone number is an hour.
    """
    for match in _spans(words, locale):
        read = _read_span(match, locale)
        if read is not None:
            begins, ends, sure = read
            return Hours(begins, ends, sure, f"{words[: match.start()]} ; {words[match.end() :]}")
    length = _length(words, locale)
    rest = words if length is None else f"{words[: length[1]]} ; {words[length[2] :]}"
    if after is not None and length is not None:
        return Hours(None, _plus(after, length[0]), True, rest)
    clock = clock_in(rest, locale, bare=bare)
    if clock is None or clock.proposed:
        return Hours(None, None, True, words)
    at = clock.at
    if after is not None and not clock.until:
        ends = at if clock.sure or at > after else time((at.hour + 12) % 24, at.minute)
        return Hours(None, ends, True, clock.rest)
    return Hours(at, None if length is None else _plus(at, length[0]), clock.sure, clock.rest)


def _spans(words: str, locale: str) -> Iterator[re.Match[str]]:
    """From-to pairs, the surest first: those said with "at", minutes or a half of the day."""
    found = list(_span_pattern(locale).finditer(words))
    return iter(sorted(found, key=lambda match: not any(match[name] for name in ("at", "m1", "m2", "half1", "half2"))))


@lru_cache(maxsize=64)
def _span_pattern(locale: str) -> re.Pattern[str]:
    def say(part: str, *names: str) -> str:
        return either(*(word_set(locale, part, name) for name in names))

    half = say("times", "am", "pm")
    joined = rf"(?:-|{say('series', 'until', 'to')}|{say('numbers', 'to', 'and')})"
    no_time = rf"(?!\s*(?:{either(word_lists(locale, 'days', 'months'))}|{say('series', 'not_times')}))"
    at = say("times", "at")
    return re.compile(
        rf"(?:(?:{say('numbers', 'between')}|{say('series', 'from')})\s+)?(?:(?P<at>{at})\s*)?"
        rf"(?<![\d./:-])(?P<h1>\d{{1,2}})(?:[:.](?P<m1>\d\d))?\s*(?P<half1>{half})?\s*{joined}\s*(?:{at}\s*)?"
        rf"(?P<h2>\d{{1,2}})(?:[:.](?P<m2>\d\d))?(?!\d|[./:-]\d){no_time}(?:\s*(?P<half2>{half}))?"
    )


def _read_span(match: re.Match[str], locale: str) -> tuple[time, time, bool] | None:
    h1, h2 = int(match["h1"]), int(match["h2"])
    m1, m2 = int(match["m1"] or 0), int(match["m2"] or 0)
    pm = word_set(locale, "times", "pm")
    half1, half2 = match["half1"], match["half2"]
    if h1 > 24 or h2 > 24 or m1 > 59 or m2 > 59:
        return None
    sure = True
    if half2 in pm and h2 < 12:
        h2 += 12
        h1 += 12 if half1 is None and h1 < 12 and h1 + 12 < h2 + (m2 > m1) else 0
    if half1 in pm and h1 < 12:
        h1 += 12
    if half1 is None and half2 is None and 0 < h1 <= _EARLY and h2 <= 12 and not match["h1"].startswith("0"):
        h1, h2, sure = h1 + 12, h2 + 12, False
    return time(h1 % 24, m1), time(h2 % 24, m2), sure


def _length(words: str, locale: str) -> tuple[int, int, int] | None:
    """How long it goes on, in minutes, and where that stands."""
    match = re.search(rf"(?<![\d:.])(\d{{1,2}})(,5)?\s*{either(word_set(locale, 'series', 'hours'))}", words)
    return (int(match[1]) * 60 + (30 if match[2] else 0), match.start(), match.end()) if match else None


def _plus(at: time, minutes: int) -> time:
    whole = (at.hour * 60 + at.minute + minutes) % (24 * 60)
    return time(whole // 60, whole % 60)


# --- days -------------------------------------------------------------------------------------------------------------


def rule_in(words: str, locale: str, today: date) -> Rule | None:
    """A series in folded words with digits, or None: "varannan tisdag till 26 maj", "every Tuesday in March"."""
    names = word_lists(locale, "days", "weekdays")
    weekday, week = either(names), either(word_set(locale, "days", "week"), word_set(locale, "series", "weeks"))
    every, other = (either(word_set(locale, "series", name)) for name in ("every", "other"))
    plural = either(word_set(locale, "series", "plurals"))
    is_other = re.search(rf"{other}(?:\s+(?:{weekday}|{week})|(?=\W|$))", words)
    if not (is_other or re.search(rf"{every}\s+(?:\S+\s+)?(?:{weekday}|{week})|{plural}", words)):
        return None
    weekdays = tuple(sorted({names[match[0]] for match in re.finditer(weekday, words)}))
    first, last = _bounds(words, locale, today)
    count = _count(words, locale)
    if not weekdays:
        start = first or today
        weekdays = (start.isoweekday(),)
    step = 2 if is_other else 1
    if count is not None and count[1]:  # so many weeks
        count = (-(-count[0] // step) * len(weekdays), False)
    return Rule(weekdays, step, first, None if count else last, count[0] if count else None)


def _bounds(words: str, locale: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day that are said."""
    until = list(re.finditer(either(word_set(locale, "series", "until")), words))
    begin = re.search(either(word_set(locale, "series", "from")), words)
    last = first = None
    for match in reversed(until):
        last = _bound(words[match.end() :], locale, today, at_end=True)
        if last is not None:
            words = words[: match.start()]
            break
    if begin is not None and begin.end() <= len(words):
        first = _bound(words[begin.end() :], locale, today, at_end=False)
    months = word_lists(locale, "days", "months")
    if first is None:
        named = [months[match[0]] for match in re.finditer(rf"(?<!\d )(?<!\d){either(months)}", words)]
        if named:
            ends = _month(named[-1], today)
            first = _month(named[0], today if named[0] <= named[-1] else ends).replace(day=1)
            first = first.replace(year=ends.year) if named[0] <= named[-1] else first
            last = last or _end_of(ends)
    if last is None and re.search(either(word_set(locale, "series", "year")), words):
        last = (first or today) + timedelta(days=363)
    return first, last


def _bound(words: str, locale: str, today: date, *, at_end: bool) -> date | None:
    months = word_lists(locale, "days", "months")
    if month := re.match(rf"\W*(?:[^\W\d]+\s+)?(?P<month>{either(months)})(?!\s*\d)", words):
        day = _month(months[month["month"]], today)
        return _end_of(day) if at_end else day.replace(day=1)
    found = day_in(words, locale, today)
    return None if found is None or found.why in (Why.NO_SUCH_MONTH, Why.BACK, Why.WHICH_DAY) else found.day


def _month(month: int, today: date) -> date:
    """A day in the next such month that has not ended."""
    return date(today.year + (month < today.month), month, 15)


def _end_of(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _count(words: str, locale: str) -> tuple[int, bool] | None:
    """How many times, or weeks (then True)."""
    times = re.search(rf"(?<!\d)(\d{{1,3}})\s+{either(word_set(locale, 'series', 'times'))}", words)
    weeks = re.search(rf"(?<!\d)(\d{{1,3}})\s+{either(word_set(locale, 'series', 'weeks'))}", words)
    match = times or weeks
    return (max(1, int(match[1])), match is weeks) if match else None


def _ended(rule: Rule, words: str, locale: str, today: date) -> Rule | None:
    """The series with its end, which alone was asked for."""
    count = _count(words, locale)
    lone = re.fullmatch(r"\W*(\d{1,3})\W*", words)
    if count is not None or lone is not None:
        many, is_weeks = count or (int(lone[1]) if lone else 1, False)
        many = -(-many // rule.every) * len(rule.weekdays) if is_weeks else many
        return Rule(rule.weekdays, rule.every, rule.first, None, max(1, many))
    _first, last = _bounds(words, locale, today)
    last = last or _bound(words, locale, today, at_end=True)
    return Rule(rule.weekdays, rule.every, rule.first, last) if last else None


def _several(words: str, locale: str, today: date) -> tuple[date, ...]:
    """Days listed one after the other, if each is sure."""
    parts = [part for part in re.split(rf"[,;]|{either(word_set(locale, 'numbers', 'and'))}", words) if visible(part)]
    found = [day_in(part, locale, today) for part in parts]
    if len(found) < 2 or not all(each and each.why is Why.SURE for each in found):
        return ()
    return tuple(sorted({each.day for each in found if each}))


# --- small things -------------------------------------------------------------------------------------------------------


def _too_much(days: Sequence[date], today: date) -> Problem | None:
    if not days:
        return Problem(_("There is no such day in that time. Which days do you mean?"))
    if len(days) > DAYS_MAX:
        return Problem(_("That is more than {most} times. Choose an earlier last day.", most=DAYS_MAX))
    if days[-1] - today > AHEAD:
        return Problem(_("That is more than a year ahead. Choose days before {day}.", day=today + AHEAD))
    return None


def _days_shown(days: Sequence[date]) -> Text:
    if len(days) <= 3:
        return as_text(tuple(days))
    return n_("{count} day from {first} to {last}", "{count} days from {first} to {last}", len(days),
              first=days[0], last=days[-1])  # fmt: skip


def _question(shown_value: Text) -> Text:
    return _("Do you mean {times}?", times=shown_value)


def _kept(half: Mapping[str, Any]) -> Rule | tuple[date, ...] | None:
    """The days said before."""
    if half.get("rule"):
        return _rule(half["rule"])
    days = tuple(date.fromisoformat(day) for day in half.get("days") or ())
    if days and half.get("every"):
        return Rule(tuple(sorted({day.isoweekday() for day in days})), half["every"], days[0], days[-1])
    return days or None


def _hours(begins: time | None, ends: time | None) -> dict[str, str | None]:
    return {
        "from": None if begins is None else begins.strftime("%H:%M"),
        "to": None if ends is None else ends.strftime("%H:%M"),
    }


def _time(said: str | None) -> time | None:
    try:
        return time.fromisoformat(said) if said else None
    except ValueError:
        return None


def _plain_rule(rule: Rule) -> dict[str, Any]:
    return {"weekdays": list(rule.weekdays), "every": rule.every, "first": rule.first and rule.first.isoformat()}


def _rule(plain: Mapping[str, Any]) -> Rule:
    first = plain.get("first")
    return Rule(tuple(plain["weekdays"]), plain["every"], date.fromisoformat(first) if first else None)
