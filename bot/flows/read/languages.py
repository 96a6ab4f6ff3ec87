"""Answers that are languages somebody speaks, each well or only a little."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.flows.model import Choice, Draft, Known, Problem, Reading
from bot.flows.read.choosing import ManyChoices
from bot.flows.read.matching import named_in, option_of
from bot.flows.read.typed import Control, bare, shown, words
from bot.i18n import LanguageName, Text, _, p_
from bot.rules.volunteering import LITTLE

CODES = ("sv", "en", "ar", "so", "ti", "prs", "fa", "ckb", "kmr", "uk", "ru", "pl", "fi", "tr", "es", "fr", "de", "ps", "bs", "sq", "th", "zh")  # fmt: skip
"""The languages offered, as ISO 639 codes; those spoken most in Swedish municipalities first."""

# TRANSLATORS: words that say that a language is spoken only a little, separated by |.
A_LITTLE = _("a little | little | a bit | some | not so good | beginner")


def _well(code: str) -> Choice:
    # TRANSLATORS: a button that holds nothing but a language's name.
    return Choice(code, p_("speaks", "{language}", language=LanguageName(code)))


def _little(code: str) -> Choice:
    # TRANSLATORS: a button, at most 30 characters: somebody speaks this language only a little.
    return Choice(code + LITTLE, p_("speaks", "{language} (a little)", language=LanguageName(code)))


WELL, SOME = tuple(map(_well, CODES)), tuple(map(_little, CODES))


@dataclass(frozen=True, slots=True)
class Languages(ManyChoices):
    """Languages: a list of codes, each with "-little" behind it when it is spoken only a little.

    A first press says well, a second one a little, a third takes it away.
    """

    kind = "languages"

    def said(self, words_said: str, known: Known, draft: Any) -> Reading:
        reading = ManyChoices.said(self, words_said, known, draft)
        if not isinstance(reading, Problem):
            return reading
        return Problem(
            _(
                "I do not know “{said}” as a language. Press one, or write its name, for example Arabic.",
                said=shown(words_said),
            ),
            self.help(known),
        )

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        ticked = [str(each) for each in draft] if isinstance(draft, list) else []
        if choice == "done":
            return self._close(known, ticked)
        code = choice.removesuffix(LITTLE)
        if not option_of(choice, self.offered(known)):
            return Problem(self.help(known))
        rest = [each for each in ticked if each.removesuffix(LITTLE) != code]
        if choice.endswith(LITTLE):
            return Draft(rest)
        return Draft(self._ordered(known, [*rest, code + LITTLE if code in ticked else code]))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        little = fields.get("little", "").split()
        well = [each for each in fields.get("choice", "").split() if each + LITTLE not in little]
        return self._close(known, [*well, *little])

    def help(self, known: Known) -> Text:
        return _(
            "Press a language once if you speak it well, twice if you speak it a little. Then Done. You can also write: "
            "Arabic, a little Swedish."
        )

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        ticked = [str(each) for each in draft] if isinstance(draft, list) else []
        some = {each.id.removesuffix(LITTLE): each for each in SOME}
        buttons = (some[each.id] if each.id + LITTLE in ticked else each for each in WELL)
        done = Choice("done", p_("choices", "Done"))
        return (*(replace(each, chosen=each.id in ticked) for each in buttons), done)

    def form_values(self, value: Any) -> dict[str, str]:
        return {
            "choice": " ".join(each for each in value if not each.endswith(LITTLE)),
            "little": " ".join(each for each in value if each.endswith(LITTLE)),
        }

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (
            Control("choice", _("Well"), input_type="checkboxes", options=WELL, required=False),
            Control("little", _("Only a little"), input_type="checkboxes", options=SOME, required=False),
        )

    def _part(self, part: str, known: Known) -> list[str]:
        pieces = re.split(r"\s+(?:[^\W\d_]{1,3}|[&+])\s+", f" {part} ", maxsplit=1)
        if len(pieces) == 2 and all(named_in(piece, WELL, known, several=True) for piece in pieces):
            return [each for piece in pieces for each in self._part(piece, known)]
        plain = f" {bare(part)} "
        said = [each for each in words(A_LITTLE, known.locale) if f" {each} " in plain]
        for each in said:
            plain = plain.replace(f" {each} ", " ")
        found = [each.removesuffix(LITTLE) for each in ManyChoices._part(self, plain, known)]
        return [each + LITTLE for each in found] if said else found


def languages() -> Languages:
    """At least one language, well or a little."""
    return Languages((*WELL, *SOME), 1)
