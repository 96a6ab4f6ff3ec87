"""A page to print or send, as plain values: an application, a brief for a talk. `bot.documents` draws it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.i18n import Text, Value


@dataclass(frozen=True, slots=True)
class Paper:
    """One page. `kind` says what it is; `rows` are label and words; `budget` is (what, kronor).

    `open` is what is still missing, each with how one gets it. `notes` stand in small print at the end.
    """

    kind: Text
    title: Value
    rows: tuple[tuple[Text, Value], ...]
    budget: tuple[tuple[str, int], ...] = ()
    open: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def total_sek(self) -> int:
        return sum(amount for _what, amount in self.budget)
