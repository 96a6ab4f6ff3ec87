"""Places, people, files, and what comes where words are wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.model import Draft, File, Input, Person, Point, Press, Problem
from bot.flows.read import email, file, person, place, text, yes_no
from bot.packs.model import Area
from tests.flows.read.conftest import known, line, say, told, value_of


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("Stenhamra", {"area": "Stenhamra"}),
        ("stenhamara", {"area": "Stenhamra"}),
        ("farigso", {"area": "Färingsö"}),
        ("Tappström", {"area": "Ekerö centrum"}),
        ("gamla skolan i Stenhamra", {"area": "Stenhamra", "said": "gamla skolan i Stenhamra"}),
        ("Borås",
         "doubt {'area': None, 'said': 'Borås'}: "
         "I do not know of a place called “Borås” here. Shall I keep it as you wrote it?"),
        ("Ekerö eller Stenhamra",
         "draft {'likely': ['Stenhamra', 'Ekerö centrum'], 'said': 'Ekerö eller Stenhamra'}: "
         "I know more than one: Stenhamra and Ekerö centrum. Which one do you mean?"),
    ],
)  # fmt: skip
def test_a_place(words: str, outcome: object) -> None:
    assert say(place(), words) == str(outcome)


def test_a_smaller_place_leads_to_its_area_and_one_in_two_areas_is_asked_about() -> None:
    areas = (
        Area(name="Väster", places=("Järstorp", "Dalvik")),
        Area(name="Bankeryd", places=("Järstorp", "Trånghalla")),
    )
    here = replace(known(), municipality=known().municipality.model_copy(update={"areas": areas}))
    assert line(place().read(Input(text="Dalvik"), here)) == "{'area': 'Väster', 'said': 'Dalvik'}"
    asked = place().read(Input(text="Jarstorp"), here)
    assert line(asked) == (
        "draft {'likely': ['Väster', 'Bankeryd'], 'said': 'Jarstorp'}: "
        "I know more than one: Väster and Bankeryd. Which one do you mean?"
    )
    assert isinstance(asked, Draft)
    draft = asked.value
    assert line(place().read(Input(press=Press(1, "area.1")), here, draft)) == "{'area': 'Bankeryd'}"
    assert place().spot("jag bor i Trånghalla", here) == {"area": "Bankeryd"}
    assert place().spot("jag bor i Järstorp", here) is None


def test_an_unclear_place_is_chosen_or_kept() -> None:
    draft = value_of(place(), Input(text="Ekerö eller Stenhamra"))
    assert [choice.id for choice in place().choices(known(), draft)] == ["area.1", "area.0", "keep"]
    assert line(place().read(Input(press=Press(1, "area.1")), known(), draft)) == "{'area': 'Stenhamra'}"
    kept = "{'area': None, 'said': 'Ekerö eller Stenhamra'}"
    assert line(place().read(Input(press=Press(1, "keep")), known(), draft)) == kept
    assert say(place(), "nej", draft=draft) == kept


def test_a_shared_location_is_near_an_area_or_outside() -> None:
    near = {"area": "Stenhamra", "latitude": 59.33, "longitude": 17.69, "said": ""}
    assert line(place().read(Input(place=Point(59.33, 17.69)), known())) == str(near)
    far = {"area": None, "latitude": 40.0, "longitude": 17.69, "said": ""}
    assert line(place().read(Input(place=Point(40.0, 17.69)), known())) == str(far)


def test_a_place_is_spotted_by_its_name() -> None:
    assert place().spot("nej, det blir i Stenhamra", known()) == {"area": "Stenhamra"}
    assert place().spot("nej, på torsdag", known()) is None


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("Anna Berg 070-123 45 67", {"name": "Anna Berg", "phone": "+46701234567", "email": None}),
        ("my name is Anna, anna@Example.se", {"name": "Anna", "phone": None, "email": "anna@example.se"}),
        ("محمد ٠٧٠١٢٣٤٥٦٧", {"name": "محمد", "phone": "+46701234567", "email": None}),
        ("+358 40 1234567 Matti", {"name": "Matti", "phone": "+358401234567", "email": None}),
        ("Anna",
         "draft {'name': 'Anna', 'phone': None, 'email': None}: "
         "Thank you. How can Anna be reached: a phone number or an e-mail address?"),
        ("0701234567",
         "draft {'name': None, 'phone': '+46701234567', 'email': None}: Thank you. And what is the name?"),
        ("Anna 070123", "problem: That phone number does not look complete. Write it for example as 070-123 45 67."),
    ],
)  # fmt: skip
def test_a_person(words: str, outcome: object) -> None:
    assert say(person(), words) == str(outcome)


def test_a_person_may_come_in_parts_or_as_a_contact_card() -> None:
    draft = value_of(person(), Input(text="Anna"))
    whole = {"name": "Anna", "phone": "+46701234567", "email": None}
    assert say(person(), "070-1234567", draft=draft) == str(whole)
    assert line(person().read(Input(person=Person("Anna", "46701234567")), known())) == str(whole)
    assert told(person().show(whole, known())).replace("\u00a0", " ") == "Anna, 070-123 45 67"


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("Anna@Example.SE", "Anna@example.se"),
        ("min mejl är anna@example.se.", "anna@example.se"),
        ("a@b.se c@d.se", "problem: I see several addresses. Which one shall I use?"),
        ("anna@gmail",
         "problem: “anna@gmail” does not look like an e-mail address. Write it for example as anna@example.se."),
    ],
)  # fmt: skip
def test_an_email_address(words: str, outcome: str) -> None:
    assert say(email(), words) == outcome


def test_a_file_is_kept_unless_it_is_too_large() -> None:
    photo = File("photo", "ref-1", size=3)
    value = {"kind": "photo", "ref": "ref-1", "name": "", "mime": "", "size": 3}
    assert line(file().read(Input(file=photo), known())) == str(value)
    large = Input(file=File("document", "ref-2", size=30_000_000))
    assert line(file().read(large, known())).startswith("problem: That file")


def test_a_form_cannot_name_a_file_of_somebody_else() -> None:
    mine = {"kind": "photo", "ref": "ref-1", "name": "", "mime": "", "size": 3}
    fields = Input(fields={"value": "ref-of-somebody-else"})
    assert value_of(file(), fields, mine) == mine
    assert line(file().read(fields, known())).startswith("problem: Please send")


@pytest.mark.parametrize(
    ("sent", "begins"),
    [
        (Input(file=File("voice", "r")), "I cannot listen to voice messages."),
        (Input(file=File("photo", "r")), "I cannot look at pictures here."),
        (Input(file=File("sticker", "r")), "A nice picture!"),
        (Input(file=File("strange", "r")), "I cannot open that here."),
        (Input(place=Point(59, 17)), "Thank you for the place."),
        (Input(person=Person("Anna")), "Thank you for the contact."),
    ],
)
def test_what_comes_where_words_are_wanted_gets_a_fitting_answer(sent: Input, begins: str) -> None:
    for reader in (text(), yes_no()):
        reading = reader.read(sent, known())
        assert isinstance(reading, Problem)
        assert told(reading.words).startswith(begins)
        assert reading.again is not None
        assert told(reading.again) != told(reading.words)


def test_the_caption_of_a_photo_is_the_answer() -> None:
    assert line(text().read(Input(file=File("photo", "r"), text="En cykelverkstad"), known())) == "En cykelverkstad"
