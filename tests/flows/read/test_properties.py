"""What holds for every kind of question, whatever is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.flows.model import Choice, Doubt, Draft, File, Input, Person, Point, Press, Problem, Read
from bot.flows.read import (
    Column,
    Kind,
    consent,
    day,
    day_and_time,
    email,
    file,
    long_text,
    many_choices,
    money,
    one_choice,
    person,
    place,
    rows,
    text,
    time_of_day,
    whole_number,
    yes_no,
)
from bot.i18n import Text, _
from tests.flows.read.conftest import COLOURS, UNIT, known, told

CHOICES = tuple(Choice(id, label) for id, label in COLOURS.items())
BUDGET = rows((Column("what", _("What")), Column("amount", _("Kronor"), "money")))
NEXT = rows(
    (
        Column("what", _("What")),
        Column("who", _("Who"), may_be_empty=True),
        Column("day", _("By which day"), "day", may_be_empty=True),
    )
)
READERS: dict[str, Kind] = {
    "text": text(),
    "long_text": long_text(),
    "one": one_choice(CHOICES),
    "one or other": one_choice(CHOICES, other=True),
    "many": many_choices(CHOICES, at_least=1),
    "number": whole_number(1, 500, unit=UNIT),
    "range": whole_number(1, 500, ranges=True, unit=UNIT),
    "money": money(),
    "day": day(),
    "past day": day(past=True),
    "time": time_of_day(),
    "day and time": day_and_time(),
    "day with time": day_and_time(time_required=True),
    "place": place(),
    "person": person(),
    "phone": person(("phone",)),
    "email": email(),
    "yes or no": yes_no(),
    "consent": consent("findable", "1"),
    "budget": BUDGET,
    "people": rows((Column("name", _("Name")), Column("does", _("Does"), may_be_empty=True)), max_rows=3),
    "next steps": NEXT,
    "file": file(),
}

PIECES = (
    *"0123456789 -/.:,;\n٣۳½²🙂\u200f\u2067و",
    *(
        "nästa ",
        "torsdag ",
        "kl ",
        "halv ",
        "kvart i ",
        "26 nov ",
        "31 februari ",
        "18:30",
        "20-25",
        "mellan ",
        " och ",
    ),
    *("tusen", "tjugo", "två", " kr", "€", "personer", "imorgon ", "vecka ", "om ", "99", "9999", "Stenhamra ", "röd"),
    *("klar", "ja ", "nej ", "fika 500, ", "الساعة ", "غدا ", "خمسة ", "عشرون", "a@b.se ", "070-123 45 67", "Anna "),
    *("0000", "x ", "en ", "dagar ", "sedan ", "måndag ", "v "),
)
SPOKEN = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
WORDS = st.one_of(SPOKEN, st.text(max_size=60), st.text(alphabet="0123456789٠١٢٣ .,-/:kr", max_size=20))
NAMES = st.sampled_from(
    ("value", "other", "choice", "day", "time", "area", "said", "latitude", "longitude", "name", "phone", "email",
     "what.0", "amount.0", "what.7", "amount.7", "day.0", "who.0", "name.0", "does.1", ".", "x.y", "what.٣")
)  # fmt: skip
FILES = st.builds(
    File,
    kind=st.sampled_from(("photo", "document", "voice", "video", "sticker", "other")),
    ref=st.text(max_size=5),
    name=st.text(max_size=10),
    size=st.integers(0, 2**31),
)
INPUTS = st.one_of(
    st.builds(Input, text=WORDS),
    st.builds(Input, press=st.builds(Press, st.just(1), st.one_of(st.text(max_size=10), st.sampled_from(
        ("red", "done", "yes", "no", "nothing", "remove_last", "area.0", "area.99", "keep"))))),
    st.builds(Input, fields=st.dictionaries(NAMES, WORDS, max_size=5)),
    st.builds(Input, file=FILES, text=st.one_of(st.none(), WORDS)),
    st.builds(Input, place=st.builds(Point, st.floats(allow_nan=False), st.floats(allow_nan=False))),
    st.builds(Input, person=st.builds(Person, WORDS, st.one_of(st.none(), WORDS), st.one_of(st.none(), WORDS))),
    st.just(Input(command="help")),
)  # fmt: skip
LOCALES = st.sampled_from(("sv", "en", "ar", "sv-simple"))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=st.lists(INPUTS, min_size=1, max_size=3), locale=LOCALES)
def test_whatever_is_said_is_read_shown_and_found_in_a_form_again(name: str, said: list[Input], locale: str) -> None:
    reader, here = READERS[name], known(locale)
    draft: Any = None
    for input in said:
        reading = reader.read(input, here, draft)
        assert all(choice.id.isascii() and len(choice.id) <= 24 for choice in reader.choices(here, draft))
        match reading:
            case Problem(words, again):
                assert told(words) and (again is None or told(again))
            case Draft(value, _note):
                draft = kept(value)
            case Doubt(value, question):
                assert told(question)
                assert shown(reader, value, locale)
                assert kept(value) == value
            case Read(value, note):
                assert note is None or isinstance(note, Text)
                assert shown(reader, value, locale) or value == ""
                before = value if reader.kind == "file" else None
                repeated = reader.read(Input(fields=reader.form_values(value)), here, before)
                assert (repeated.value if isinstance(repeated, Read) else repeated) == kept(value)


def kept(value: Any) -> Any:
    return json.loads(json.dumps(value))


def shown(reader: Kind, value: Any, locale: str) -> str:
    return told(reader.show(value, known(locale)))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=15, deadline=None)
@given(words=WORDS, locale=LOCALES)
def test_spotting_never_fails_and_finds_only_what_can_be_kept(name: str, words: str, locale: str) -> None:
    value = READERS[name].spot(words, known(locale))
    assert kept(value) == value


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "words", ["å" * 10_000, "1" * 10_000, "20 kr, " * 1400, "ja " * 3000, "\u200b" * 500, "-/." * 3000, "och " * 2500]
)
def test_ten_thousand_characters_are_no_trouble(name: str, words: str) -> None:
    READERS[name].read(Input(text=words), known())
    READERS[name].spot(words, known())


@pytest.mark.parametrize("name", READERS)
def test_every_kind_has_a_name_and_form_controls(name: str) -> None:
    reader = READERS[name]
    assert reader.kind
    controls = reader.controls(known())
    assert controls and all(control.label is None or told(control.label) for control in controls)
    assert len({control.name for control in controls}) == len(controls)
