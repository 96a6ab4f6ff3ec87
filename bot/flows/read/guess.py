"""Days in every other language, by the library dateparser: a guess, and therefore always asked about."""

from __future__ import annotations

import re
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
    words = " ".join(words.replace(";", " ").split())
    if len(words) > _LONGEST or len(words) < 2:
        return None
    found = _parsed(words, known.locale, known.today, past)
    return Day(found, Why.LIKELY) if found and (found <= known.today if past else found >= known.today) else None


@lru_cache(maxsize=512)
def _parsed(words: str, locale: str, today: date, past: bool) -> date | None:
    import dateparser
    from dateparser.data.languages_info import language_order

    own = chain(locale) if locale in TABLE else ()
    language = next((tag for tag in own if tag in language_order), None)
    settings: dict[str, Any] = {
        "RELATIVE_BASE": datetime.combine(today, time(12)),
        "PREFER_DATES_FROM": "past" if past else "future",
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": ["day", "month"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    for each in dict.fromkeys((words, fold(words), re.sub(r"^\w{1,2}\s+|\s+\w{1,2}$", "", words))):
        try:
            found = dateparser.parse(each, languages=[language] if language else ["sv", "en"], settings=settings)
        except Exception:
            found = None
        if found:
            return date(found.year, found.month, found.day)
    return None
