"""How the work with cases goes, in numbers: what comes, how soon it is answered, how promises are kept. Nobody is in them.

Numbers from one to four are not told (`FEW`), nor what gives them away, so that nobody can be guessed behind them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.flows.case_kinds import may_see
from bot.handoff import Actor
from bot.rules.untold import FEW
from bot.turn import Turns
from storage import cases
from storage.cases import Case

PERIODS = (30, 90, 365)
"""Days back that can be looked at."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Cases of a period. Counts that may not be told are None. `hours` is the median time to the first answer, `kept` the
    part of the promises that were kept (0 to 1), of those that were answered or are late; both None while there are too few."""

    days: int
    new: int | None
    by_kind: Mapping[str, int | None]
    by_language: Mapping[str, int | None]
    by_outcome: Mapping[str, int | None]
    hours: float | None
    kept: float | None
    waiting: int
    late: int
    oldest: datetime | None


class Statistics:
    """Counts what somebody may see."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    async def of(self, by: Actor, days: int) -> Numbers:
        """The cases opened in so many days, and how it stands now."""
        now = self.now()
        async with self.db.read() as tx:
            opened = await cases.opened_since(tx, by.municipality_id, now - timedelta(days=days))
            queue = await cases.queue(tx, by.municipality_id)
        mine = [
            (case, locale) for case, locale, protected in opened if may_see(case.kind, by.roles, protected=protected)
        ]
        open_now = [each.case for each in queue if may_see(each.case.kind, by.roles, protected=each.protected)]
        waiting = [case for case in open_now if case.waits]
        answered = [case for case, _locale in mine if case.answered_at is not None]
        kept = [promise for case, _locale in mine if (promise := kept_promise(case, now)) is not None]
        outcomes = (case.outcome.partition(":")[0] for case, _locale in mine if case.outcome)
        enough = len(answered) >= FEW
        return Numbers(
            days=days,
            new=told(len(mine)),
            by_kind=_counted(case.kind for case, _locale in mine),
            by_language=_counted(locale or "" for _case, locale in mine),
            by_outcome=_counted(outcomes),
            hours=median(hours_to_answer(case) for case in answered) if enough else None,
            kept=sum(kept) / len(kept) if len(kept) >= FEW else None,
            waiting=len(waiting),
            late=sum(case.answer_by is not None and case.answer_by < now for case in waiting),
            oldest=min((case.created_at for case in waiting), default=None),
        )


def told(count: int) -> int | None:
    """A number as it may be told."""
    return count if count == 0 or count >= FEW else None


def _counted(names: Iterable[str]) -> dict[str, int | None]:
    """How many there are of each. One number that is not told would follow from the whole and the rest: then the next
    smallest is not told either."""
    counts = Counter(names).most_common()
    few = sum(count < FEW for _name, count in counts)
    shown = len(counts) - (2 if few == 1 else few)
    return {name: count if at < shown else None for at, (name, count) in enumerate(counts)}


def hours_to_answer(case: Case) -> float:
    """How long the first answer to an answered case took."""
    assert case.answered_at is not None
    return (case.answered_at - case.created_at).total_seconds() / 3600


def kept_promise(case: Case, now: datetime) -> bool | None:
    """Whether a promise was kept; None where there was none, or there is time left."""
    if case.answer_by is None:
        return None
    if case.waits:
        return False if case.answer_by < now else None
    return None if case.answered_at is None else case.answered_at <= case.answer_by
