"""Answers that are the ages of children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.flows.model import Known, Problem, Read, Reading
from bot.flows.read.choosing import NONE
from bot.flows.read.numbers import find_numbers
from bot.flows.read.typed import Control, Kind, as_text, bare, shown, words
from bot.i18n import Text, _

OLDEST = 25
MOST = 12

NOBODY = ("-", "–", "—")


@dataclass(frozen=True, slots=True)
class Ages(Kind):
    """Whole years, one for each child: a list, empty where there are none."""

    kind = "ages"

    def said(self, said: str, known: Known, draft: Any) -> Reading:
        if said in NOBODY or bare(said) in words(NONE, known.locale):
            return Read([])
        found = [each.value for each in find_numbers(said, known.locale).found]
        if not found:
            return Problem(
                _("I could not read “{said}” as ages. Write them in digits, for example {example}.",
                  said=shown(said), example="4, 7"),
                self.help(known),
            )  # fmt: skip
        too_old = next((int(each) for each in found if not 0 <= each <= OLDEST), None)
        if too_old is not None:
            return Problem(
                _(
                    "{number} does not fit here. I can note a number from {low} to {high}.",
                    number=too_old,
                    low=0,
                    high=OLDEST,
                ),
                self.help(known),
            )
        return Read(sorted(int(each) for each in found[:MOST]))

    def help(self, known: Known) -> Text:
        return _(
            "Write how old each child is, for example {example}. Write none if there are no children.", example="4, 7"
        )

    def show(self, value: Any, known: Known) -> Text:
        return as_text(tuple(int(each) for each in value)) if value else _("No children")

    def form_values(self, value: Any) -> dict[str, str]:
        return {"value": ", ".join(str(each) for each in value) or NOBODY[0]}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", max_chars=100),)


def ages() -> Ages:
    """How old each child is, in whole years."""
    return Ages()
