"""Requests for help in time: how urgent, by when there is news, when again if nobody has answered, and at what time.

The figures are this project's own; the publication (6.2) names the routines, not the minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, cast, get_args

Urgency = Literal["now", "today", "week", "wait"]

URGENCIES: tuple[Urgency, ...] = get_args(Urgency)

_QUARTER = timedelta(minutes=15)
_FIRST, _LAST = time(9), time(20)
"""No time that nobody has named is earlier or later in the day."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a request goes. `priority` is the solver's: 1 is the most urgent. `case` is the queue's: 0 is.

    `within`: so long after it was made there is an answer. `again`: so long after it was made, one after the other, it is
    called to mind while nobody has said yes; after the last of them once a day.
    """

    priority: int
    case: int
    within: timedelta
    again: tuple[timedelta, ...]


_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

PACES: Mapping[Urgency, Pace] = {
    "now": Pace(1, 0, _HOUR, (15 * _MINUTE, 40 * _MINUTE, 2 * _HOUR, 4 * _HOUR)),
    "today": Pace(2, 2, 3 * _HOUR, (_HOUR, 2 * _HOUR, 6 * _HOUR)),
    "week": Pace(3, 4, _DAY, (12 * _HOUR, 36 * _HOUR)),
    "wait": Pace(4, 5, 3 * _DAY, (_DAY, 2 * _DAY, 4 * _DAY)),
}
"""Minutes where it is urgent, hours where it is not."""


def pace(urgency: str) -> Pace:
    """The pace of an urgency; of one that is not known, that of this week."""
    return PACES[cast(Urgency, urgency) if urgency in PACES else "week"]


def next_look(urgency: str, made_at: datetime, now: datetime) -> datetime:
    """When a request that nobody has answered is called to mind next, after `now`."""
    times = pace(urgency).again
    coming = next((made_at + each for each in times if made_at + each > now), None)
    if coming is not None:
        return coming
    days = (now - made_at - times[-1]) // _DAY + 1
    return made_at + times[-1] + days * _DAY


def awake(at: datetime, quiet_from: time, quiet_until: time) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in; `at` is local."""
    clock = at.time()
    if quiet_from <= quiet_until:
        quiet, tomorrow = quiet_from <= clock < quiet_until, False
    else:
        quiet, tomorrow = clock >= quiet_from or clock < quiet_until, clock >= quiet_from
    if not quiet:
        return at
    return datetime.combine(at.date() + timedelta(days=tomorrow), quiet_until, at.tzinfo)


def told_at(urgency: str, at: datetime, now: datetime, quiet_from: time, quiet_until: time) -> datetime:
    """When somebody is told what was due `at`: at night only what cannot wait. All are local.

    What is urgent never waits; what is for today does not in the evening, but whoever asks for it in the small hours has the
    morning in mind.
    """
    waits = now.time() < quiet_until if urgency == "today" else urgency != "now"
    return awake(at, quiet_from, quiet_until) if waits else at


def span(
    urgency: str, day: date | None, at: time | None, minutes: int, now: datetime
) -> tuple[datetime, datetime, bool]:
    """From when to when somebody is needed, and whether the two may agree on another time. `now` is local.

    A day and a time that were named count; where there is none, a likely time is taken, so that the request can be
    matched with those who are free then.
    """
    exact = day is not None and at is not None
    if exact:
        begins = datetime.combine(cast(date, day), cast(time, at), now.tzinfo)
    elif day is not None and day > now.date():
        begins = datetime.combine(day, time(13), now.tzinfo)
    elif urgency == "now":
        begins = _rounded(now + _QUARTER, _QUARTER)
    elif urgency == "today" or day is not None:
        begins = _rounded(now + _HOUR, _HOUR)
        if begins.time() > _LAST or begins.date() != now.date():
            begins = _rounded(now + _QUARTER, _QUARTER)
        elif begins.time() < _FIRST:
            begins = datetime.combine(now.date(), _FIRST, now.tzinfo)
    else:
        days = 1 if urgency == "week" else 3
        begins = datetime.combine(now.date() + timedelta(days=days), time(13), now.tzinfo)
    return begins, begins + timedelta(minutes=minutes), not exact


def _rounded(at: datetime, step: timedelta) -> datetime:
    """The next full quarter or hour, the moment itself when it is one."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + -(-(at - midnight) // step) * step
