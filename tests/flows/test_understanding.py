"""What stands in a sentence, and several wishes in one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.understanding import Slots, understand
from bot.packs.load import load_municipality
from bot.packs.model import Area, Municipality

TODAY = date(2026, 3, 2)  # a Monday
EKERO = load_municipality("ekero")
NORTH = Municipality(
    id="north",
    name="Nordby kommun",
    languages=("sv",),
    areas=(Area(name="Sjövik"), Area(name="Storskogen", aliases=("Skogen",))),
)
SOUTH = Municipality(
    id="south", name="Sydby kommun", languages=("sv",), areas=(Area(name="Sjövik"), Area(name="Lillängen"))
)
ALL = (EKERO, NORTH, SOUTH)


def slots(text: str, locale: str = "sv") -> dict[str, Any]:
    found = understand(text, today=TODAY, locale=locale, municipalities=ALL).wish.slots
    return {name: value for name, value in found.as_dict().items() if value is not None and name != "topic"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lokal i Stenhamra för 20 personer på tisdag kl 18",
         {"area": "Stenhamra", "people": 20, "date": "2026-03-03", "time": "18:00"}),
        ("vi behöver en sal för ett femtiotal gäster 9 maj klockan 14", {"people": 50, "date": "2026-05-09", "time": "14:00"}),
        ("lokal i stenhammra till 15-20 pers", {"area": "Stenhamra", "people": 20}),
        ("kan vi få 10 000 kr till en fest", {"amount": 10000}),
        ("vi vill söka snabb slant, 8k räcker", {"amount": 8000}),
        ("vi är tre privatpersoner som vill söka femtusen kronor", {"people": 3, "amount": 5000}),
        ("boka sal imorgon 17-19", {"date": "2026-03-03", "time": "17:00"}),
        ("hall for a choir concert for 50 people on Saturday at 2 pm", {"people": 50, "date": "2026-03-07", "time": "14:00"}),
        ("we need a room on 9 May for about thirty guests", {"people": 30, "date": "2026-05-09"}),
        ("a room in Storskogen", {"area": "Storskogen"}),
        ("نحتاج قاعة لـ 30 شخص يوم السبت في Stenhamra", {"area": "Stenhamra", "people": 30, "date": "2026-03-07"}),
        ("en lokal för barn 7-12 år", {}),
        ("vi vill laga cyklar en kväll i veckan", {}),
        ("lokal nästa vecka", {"date": "2026-03-09"}),
        ("vem bestämmer över badet", {}),
        ("har kommunen en ateljé man får vara i", {}),
        ("vi är 12 som ska laga mat på lördag 14-18", {"people": 12, "date": "2026-03-07", "time": "14:00"}),
        ("hjälp en äldre dam", {}),
        ("هل يمكن لأحد أن يساعدنا", {}),
    ],
)  # fmt: skip
def test_slots_are_read(text: str, expected: dict[str, Any]) -> None:
    assert slots(text) == expected


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("vi vill starta ett språkcafé i Stenhamra för 20 pers på tisdagar", "språkcafé"),
        ("We need a hall for a choir concert for 50 people on Saturday", "choir concert"),
        ("jag söker lokal för schack", "schack"),
        ("can we get money for a bike workshop", "bike workshop"),
    ],
)
def test_the_topic_is_the_thing_wanted(text: str, topic: str) -> None:
    assert understand(text, today=TODAY, locale="sv", municipalities=ALL).wish.slots.topic == topic


def test_an_area_is_spelt_as_its_pack_spells_it_and_names_its_municipality() -> None:
    found = understand("lokal i storskogn", today=TODAY, locale="sv", municipalities=ALL)
    assert (found.wish.slots.area, found.municipality) == ("Storskogen", "north")


def test_a_place_of_two_municipalities_names_neither() -> None:
    found = understand("lokal i Sjövik", today=TODAY, locale="sv", municipalities=ALL)
    assert (found.wish.slots.area, found.municipality) == ("Sjövik", None)


def test_the_preferred_municipality_wins_a_name_that_two_share() -> None:
    found = understand("lokal i Sjövik", today=TODAY, locale="sv", municipalities=ALL, preferred="south")
    assert (found.wish.slots.area, found.municipality) == ("Sjövik", "south")


def test_another_municipality_is_named_although_one_is_preferred() -> None:
    found = understand("lokal i Storskogen", today=TODAY, locale="sv", municipalities=ALL, preferred="ekero")
    assert found.municipality == "north"


def test_several_wishes_come_in_order_with_their_own_slots() -> None:
    said = "vi vill starta ett språkcafé i Stenhamra för 20 pers på tisdagar, behöver rum och kanske 8000 kr"
    found = understand(said, today=TODAY, locale="sv", municipalities=ALL)
    assert [found.wish.intent, *(each.intent for each in found.wishes)] == ["idea", "premises", "grants"]
    assert found.wish.slots == Slots("Stenhamra", 20, "2026-03-03", None, None, "språkcafé")
    assert found.wishes[1].slots.amount == 8000


def test_a_greeting_before_a_wish_is_no_wish() -> None:
    found = understand("Hej! Vi söker en lokal för vår kör.", today=TODAY, locale="sv", municipalities=ALL)
    assert (found.wish.intent, found.wishes) == ("premises", ())


@pytest.mark.parametrize(
    ("text", "language"),
    [("kan vi ta det på arabiska", "ar"), ("switch to somali please", "so"), ("lätt svenska tack", "sv-simple"),
     ("vi vill starta en kör", None)],
)  # fmt: skip
def test_a_language_asked_for_is_named(text: str, language: str | None) -> None:
    assert understand(text, today=TODAY, locale="sv", municipalities=ALL).language == language


def test_the_conversations_own_variety_stays() -> None:
    assert (
        understand("vi vill starta en kör i byn", today=TODAY, locale="sv-simple", municipalities=ALL).locale
        == "sv-simple"
    )
    assert understand("we want to start a choir", today=TODAY, locale="sv", municipalities=ALL).locale == "en"


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    understand(text, today=TODAY, locale="sv", municipalities=ALL)


PIECES = [
    "20 pers",
    "Stenhamra",
    "kl 18",
    "på tisdag",
    "5000 kr",
    "lokal",
    "och",
    ",",
    "den 31 februari",
    "vi är",
    "8",
    "99999999999",
    "½",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_order_of_telling_pieces_raises(pieces: list[str]) -> None:
    understand(" ".join(pieces), today=TODAY, locale="sv", municipalities=ALL)
