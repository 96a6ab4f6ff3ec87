"""A coach's ready answers, in the resident's language and in Swedish, with what is known put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.i18n import Ltr, Text, Value, content, lang_of, plain, render
from bot.packs.model import Municipality
from bot.packs.model.answers import PLACEHOLDERS

GAP = "…"
"""Stands where nobody has said what belongs there: the coach writes it."""


@dataclass(frozen=True, slots=True)
class Canned:
    """One ready answer. `title` is in the language of whoever chooses it, `words` in the resident's, or in `language` while
    nobody has translated it."""

    id: str
    title: str
    words: str
    language: str
    in_swedish: str


def canned(municipality: Municipality, locale: str, values: Mapping[str, Value], *, staff_locale: str) -> list[Canned]:
    """Every ready answer of a municipality for a resident who reads `locale`.

    `values` are those of the conversation ("name", "time", "person"); what the municipality says of itself is there.
    """
    known: dict[str, Value] = {
        "lab": municipality.lab or municipality.name,
        "opens": municipality.hours.opens,
        "closes": municipality.hours.closes,
        **({"phone": Ltr(municipality.phone)} if municipality.phone else {}),
        **({"place": municipality.visit} if municipality.visit else {}),
        **values,
    }
    filled = tuple((name, known.get(name, GAP)) for name in PLACEHOLDERS)

    def words(text: str, tag: str) -> str:
        return plain(render(Text(text, domain="content", values=filled), tag, zone=municipality.zone))

    return [
        Canned(
            each.id,
            plain(render(content(each.title), staff_locale)),
            words(each.text, locale),
            lang_of(content(each.text), locale),
            words(each.text, "sv"),
        )
        for each in municipality.canned
    ]
