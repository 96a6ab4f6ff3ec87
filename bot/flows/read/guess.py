"""Days in every other language, by the library dateparser: a guess, and therefore always asked about."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from bot.flows.model import Known
from bot.flows.read.calendar_days import Day, Why
from bot.flows.read.typed import fold
from bot.i18n.locales import TABLE, chain

_LONGEST = 80
"""Longer words are no date, and the library is slow."""


def guess_day(words: str, known: Known, *, past: bool = False) -> Day | None:
    """The day that the library finds in the person's language, to be asked about; None when there is none."""
    if len(words) > _LONGEST:
        return None
    found = _parsed(fold(words), words, known.locale, known.today, past)
    return Day(found, Why.LIKELY) if found and (found <= known.today if past else found >= known.today) else None


@lru_cache(maxsize=512)
def _parsed(folded: str, words: str, locale: str, today: date, past: bool) -> date | None:
    import dateparser  # noqa: PLC0415  (slow to import, and seldom needed)
    from dateparser.data.languages_info import language_order  # noqa: PLC0415

    own = chain(locale) if locale in TABLE else ()
    language = next((tag for tag in own if tag in language_order), None)
    settings: dict[str, Any] = {
        "RELATIVE_BASE": datetime.combine(today, time(12)),
        "PREFER_DATES_FROM": "past" if past else "future",
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": ["day", "month"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    for each in dict.fromkeys((words, folded)):
        try:
            found = dateparser.parse(each, languages=[language] if language else ["sv", "en"], settings=settings)
        except Exception:  # noqa: BLE001  the library raises of all kinds on odd input; not to understand is an answer
            found = None
        if found:
            return found.date()
    return None


def _noon(today: date) -> Any:
    from datetime import datetime  # noqa: PLC0415

    return datetime(today.year, today.month, today.day, 12)
