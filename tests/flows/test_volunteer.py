"""Offering help: what people write beside the buttons, and what is kept of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.flows import FLOWS
from bot.flows.model import Input, Known, Read
from bot.flows.volunteer import coarse
from bot.packs.load import load_municipality

EKERO = load_municipality("ekero")


@pytest.mark.parametrize(
    ("question", "locale", "words", "kept"),
    [
        ("volunteer.far", "sv", "överallt", "everywhere"),
        ("volunteer.far", "en", "doesn't matter", "everywhere"),
        ("volunteer.far", "ar", "قريب مني", "near"),
        ("volunteer.days", "sv", "helgen", ["6", "7"]),
        ("volunteer.days", "sv", "mån-fre", ["1", "2", "3", "4", "5"]),
        ("volunteer.days", "en", "mon wed fri", ["1", "3", "5"]),
        ("volunteer.days", "ar", "السبت والأحد", ["6", "7"]),
        ("volunteer.hours", "sv", "kvällar och helger", ["evening"]),
        ("volunteer.hours", "en", "all day", ["morning", "day"]),
        ("volunteer.often", "sv", "två gånger i veckan", "more"),
        ("volunteer.often", "en", "I can come once a week", "week"),
        ("volunteer.often", "en", "just once", "once"),
        ("volunteer.skills", "sv", "jag kan laga mat och köra", ["driving", "cooking"]),
        ("volunteer.skills", "sv", "ingenting särskilt", []),
        ("help_me.urgency", "sv", "direkt", "now"),
        ("help_me.urgency", "ar", "ليس مستعجلا", "wait"),
        ("help_me.who", "sv", "min mamma", "other"),
        ("help_me.who", "en", "me", "self"),
    ],
)
def test_what_people_write_instead_of_pressing(question: str, locale: str, words: str, kept: Any) -> None:
    flow, _dot, name = question.partition(".")
    step = FLOWS[flow].step(name)
    assert step is not None and step.read is not None
    known = Known(datetime(2026, 3, 2, 10, tzinfo=EKERO.zone), locale, EKERO)
    reading = step.read.read(Input(text=words), known, None)
    assert isinstance(reading, Read) and reading.value == kept


def test_a_shared_place_is_kept_no_closer_than_needed() -> None:
    point = {"latitude": 59.336123, "longitude": 17.681987, "said": ""}
    assert coarse({"area": "Stenhamra", **point}) == {"area": "Stenhamra"}
    assert coarse({"area": None, **point}) == {"area": None, "latitude": 59.34, "longitude": 17.68, "said": ""}
