"""Readers are tested with small catalogues of their own, so that the tests do not change with the translations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.flows.model import Doubt, Draft, Input, Known, Problem, Read, Reader, Reading
from bot.flows.read import agreeing, choosing
from bot.i18n import Text, _
from bot.i18n.catalogues import Catalogues, compile_all, load, use
from bot.i18n.locales import locale
from bot.i18n.render import plain, render
from bot.packs.model import Area, Municipality

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
"""A Monday afternoon."""

EKERO = Municipality(
    id="ekero",
    name="Ekerö kommun",
    languages=("sv", "en", "ar"),
    areas=(
        Area(name="Ekerö centrum", aliases=("Ekerö", "Tappström"), latitude=59.291, longitude=17.812),
        Area(name="Stenhamra", aliases=("Stenhammra",), latitude=59.335, longitude=17.680),
        Area(name="Färingsö", aliases=("Svartsjölandet",), latitude=59.370, longitude=17.650),
        Area(name="Mälaröarna", aliases=("hela kommunen",)),
    ),
)

UNIT = _("people | persons | participants")
COLOURS = {"red": _("Red"), "green": _("Green"), "light_green": _("Light green"), "blue": _("Blue sky")}

TRANSLATIONS = {
    "sv": {
        agreeing.YES: "ja | ja tack | jo | javisst | absolut | gärna | japp | ok | okej | visst",
        agreeing.NO: "nej | nej tack | nix | nä",
        agreeing.NOT: "inte | aldrig",
        choosing.DONE: "klar | klart | jag är klar | färdig | det var allt | inget mer",
        choosing.ALL: "alla | allt | allihop",
        choosing.NONE: "ingen | inga | inget | ingenting",
        UNIT: "personer | person | deltagare | pers",
        COLOURS["red"]: "Röd",
        COLOURS["green"]: "Grön",
        COLOURS["light_green"]: "Ljusgrön",
        COLOURS["blue"]: "Himmelsblå",
    },
    "ar": {
        agreeing.YES: "نعم | أجل | أكيد | ايوه | طبعا",
        agreeing.NO: "لا | كلا | لا شكرا",
        choosing.DONE: "تم | انتهيت | خلص",
        choosing.ALL: "الكل | جميعها",
        choosing.NONE: "لا شيء | ولا واحد",
        UNIT: "شخص | أشخاص | مشارك",
        COLOURS["red"]: "أحمر",
        COLOURS["green"]: "أخضر",
        COLOURS["light_green"]: "أخضر فاتح",
        COLOURS["blue"]: "أزرق",
    },
}


@pytest.fixture(scope="session")
def _own(tmp_path_factory: pytest.TempPathFactory) -> Catalogues:
    directory = tmp_path_factory.mktemp("locales")
    write_catalogues(directory)
    compile_all(directory)
    return load(directory)


@pytest.fixture(autouse=True)
def catalogues(_own: Catalogues) -> Iterator[None]:
    use(_own)
    yield
    use(None)


def write_catalogues(directory: Path) -> None:
    for tag, messages in TRANSLATIONS.items():
        folder = directory / locale(tag).folder / "LC_MESSAGES"
        folder.mkdir(parents=True)
        entries = [
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
            f'"Plural-Forms: {locale(tag).plural_forms}\\n"'
        ]
        entries += [f'msgid "{text.message}"\nmsgstr "{words}"' for text, words in messages.items()]
        (folder / "messages.po").write_text("\n\n".join(entries) + "\n", encoding="utf-8")


def known(locale: str = "sv", now: datetime = NOW) -> Known:
    return Known(now, locale, EKERO)


def told(text: Text | None) -> str:
    """A text in plain English words."""
    return "" if text is None else plain(render(text, "en", today=NOW.date()))


def say(reader: Reader, words: str, locale: str = "sv", draft: object = None) -> str:
    """What comes of words, in one line: "25", "doubt 25: Shall …?", "draft …", "problem: …"."""
    return line(reader.read(Input(text=words), known(locale), draft))


def note(reader: Reader, words: str, draft: object = None) -> str:
    """What is said back about words that were read."""
    reading = reader.read(Input(text=words), known(), draft)
    assert isinstance(reading, Read | Draft)
    return told(reading.note)


def value_of(reader: Reader, input: Input, draft: object = None, locale: str = "sv") -> Any:
    """The value or the draft that an input gives."""
    reading = reader.read(input, known(locale), draft)
    assert not isinstance(reading, Problem)
    return reading.value


def line(reading: Reading) -> str:
    match reading:
        case Problem(words):
            return f"problem: {told(words)}"
        case Doubt(value, question):
            return f"doubt {value}: {told(question)}"
        case Draft(value, note):
            return f"draft {value}: {told(note)}"
    return str(reading.value)
