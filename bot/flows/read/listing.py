"""Answers that are a list of rows: budget lines, people and what they do, next steps. Rows come one or many at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.flows.model import Choice, Doubt, Draft, Input, Known, Problem, Read, Reading
from bot.flows.read.agreeing import NO
from bot.flows.read.choosing import DONE, NONE
from bot.flows.read.counting import Money
from bot.flows.read.lines import Column, Row, read_rows
from bot.flows.read.typed import MAX_CHARS, Control, Kind, as_text, bare, shown, visible, words
from bot.flows.read.when import OneDay
from bot.i18n import Sek, Text, Value, _, n_, p_

_FORM_LINES = 5
"""Empty lines a form offers beside those filled in."""


@dataclass(frozen=True, slots=True)
class Rows(Kind):
    """A list of rows: [{"what": "Coffee", "amount": 500}, …]. The draft is the rows so far; None is a gap to fill."""

    kind = "rows"
    columns: tuple[Column, ...]
    max_rows: int = 40
    at_least: int = 0

    def said(self, words_said: str, known: Known, draft: Any) -> Reading:
        rows = rows_of(draft)
        plain = bare(words_said)
        if plain in words(DONE, known.locale) or (rows and plain in words(NO, known.locale)):
            return self._close(rows)
        if not rows and (plain in words(NONE, known.locale) or plain in words(NO, known.locale)):
            return self._close([])
        if len(words_said) > MAX_CHARS:
            return Problem(_("That is too much at a time for me. Please send some lines now, and the rest after."))
        for row in read_rows(words_said, self.columns, known):
            merged = self._with(rows, row)
            if merged is None:
                return Problem(
                    _(
                        "What is “{said}” for? Write the thing and the sum together, for example “Coffee 500”.",
                        said=shown(words_said),
                    ),
                    self.help(known),
                )
            rows = merged
        if len(rows) > self.max_rows:
            return Problem(
                n_(
                    "There is room for {count} row.",
                    "There is room for {count} rows. Put some together into one.",
                    self.max_rows,
                )
            )
        return Draft(rows, self._asked(rows))

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        rows = rows_of(draft)
        if choice in ("done", "nothing"):
            return self._close(rows)
        if choice == "remove_last" and rows:
            return Draft(rows[:-1], self._told(rows[:-1]))
        return Problem(self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        numbers = {int(name.rpartition(".")[2]) for name in fields if re.fullmatch(r"\w+\.\d{1,4}", name, re.ASCII)}
        rows: list[Row] = []
        for number in sorted(numbers):
            cells = {column.name: fields.get(f"{column.name}.{number}", "") for column in self.columns}
            if not visible("".join(cells.values())):
                continue
            row: Row = {}
            for column in self.columns:
                reading = _cell(column, cells[column.name], known)
                if isinstance(reading, Problem):
                    return reading
                row[column.name] = reading
            rows.append(row)
        if len(rows) > self.max_rows:
            return Problem(
                n_(
                    "There is room for {count} row.",
                    "There is room for {count} rows. Put some together into one.",
                    self.max_rows,
                )
            )
        return self._close(rows)

    def help(self, known: Known) -> Text:
        if self._first("money"):
            return _(
                "Write one thing on each line, with its sum: for example “Coffee 500”. Press Done after the last one."
            )
        return _("Write one on each line. Press Done after the last one.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        # TRANSLATORS: buttons under a list that is being written, at most 30 characters each.
        if rows_of(draft):
            return (Choice("done", p_("rows", "Done")), Choice("remove_last", p_("rows", "Take away the last one")))
        return (Choice("nothing", p_("rows", "Nothing to write")),) if self.at_least == 0 else ()

    def show(self, value: Any, known: Known) -> Text:
        rows = rows_of(value)
        if not rows:
            return _("Nothing written") if isinstance(value, list) else _("As suggested")
        return self._told(rows) or _("Nothing written")

    def form_values(self, value: Any) -> dict[str, str]:
        return {
            f"{column.name}.{number}": "" if row.get(column.name) is None else str(row[column.name])
            for number, row in enumerate(rows_of(value))
            for column in self.columns
        }

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        count = min(self.max_rows, len(rows_of(value)) + _FORM_LINES)
        types = {"money": ("text", "numeric"), "day": ("date", "")}
        return tuple(
            Control(
                f"{column.name}.{number}", column.label, types.get(column.kind, ("text", ""))[0], required=False,
                inputmode=types.get(column.kind, ("text", ""))[1], group=number,
            )
            for number in range(count)
            for column in self.columns
        )  # fmt: skip

    def _close(self, rows: list[Row]) -> Reading:
        for row in rows:
            for column in self.columns:
                if row.get(column.name) is None and not column.may_be_empty:
                    return self._gap(row, column)
        if len(rows) < self.at_least:
            return Problem(
                n_("Write at least {count} line first.", "Write at least {count} lines first.", self.at_least)
            )
        return Read([{column.name: row.get(column.name) for column in self.columns} for row in rows])

    def _with(self, rows: list[Row], row: Row) -> list[Row] | None:
        """The rows with a new one, which may fill a gap in an earlier one; None when nobody knows what it is about."""
        about = self._first("text")
        name = bare(str(row.get(about.name) or "")) if about else ""
        for place, old in enumerate(rows):
            gaps = [each.name for each in self.columns if old.get(each.name) is None and row.get(each.name) is not None]
            same = about and name == bare(str(old.get(about.name) or ""))
            if gaps and (same or not name):
                return [*rows[:place], {**old, **{gap: row[gap] for gap in gaps}}, *rows[place + 1 :]]
        return [*rows, row] if name or not about else None

    def _gap(self, row: Row, column: Column) -> Problem:
        about = shown(next((str(row[each.name]) for each in self.columns if row.get(each.name) is not None), ""), 40)
        if column.kind == "money":
            return Problem(
                _("What does “{what}” cost? A guess is enough. Write only the sum, for example 500.", what=about),
                _("Write the sum for “{what}” in digits, or 0 if it costs nothing.", what=about),
            )
        return Problem(_("Something is missing for “{what}”: {column}.", what=about, column=column.label))

    def _first(self, kind: str) -> Column | None:
        return next((column for column in self.columns if column.kind == kind), None)

    def _asked(self, rows: Sequence[Row]) -> Text | None:
        """What to say after new rows: the first gap is asked about, otherwise all rows are shown back."""
        gaps = (
            (row, column)
            for row in rows
            for column in self.columns
            if row.get(column.name) is None and not column.may_be_empty
        )
        gap = next(gaps, None)
        return self._gap(*gap).words if gap else self._told(rows)

    def _told(self, rows: Sequence[Row]) -> Text | None:
        """The rows in words, with the sum where there is money."""
        if not rows:
            return None
        told = tuple(self._row_told(row) for row in rows)
        money = self._first("money")
        if money:
            return _("{rows}. Sum: {sum}", rows=told, sum=Sek(sum(row.get(money.name) or 0 for row in rows)))
        return as_text(told)

    def _row_told(self, row: Row) -> Text:
        cells = [_as_value(column, row[column.name]) for column in self.columns if row.get(column.name) is not None]
        if len(cells) < 2:
            return as_text(cells[0] if cells else "")
        return _("{what}: {rest}", what=cells[0], rest=tuple(cells[1:]))


def rows(columns: Sequence[Column], max_rows: int = 40, at_least: int = 0) -> Rows:
    """A list of rows, up to `max_rows`."""
    return Rows(tuple(columns), max_rows, at_least)


def rows_of(value: Any) -> list[Row]:
    """The rows of a draft or a value; none when it is something else (an accepted proposal)."""
    return [dict(row) for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _as_value(column: Column, cell: Any) -> Value:
    if column.kind == "money":
        return Sek(int(cell))
    return date.fromisoformat(cell) if column.kind == "day" else str(cell)


def _cell(column: Column, words_said: str, known: Known) -> Any | Problem:
    """One cell of a form: its value, None when empty, or what is wrong."""
    if not visible(words_said):
        return None
    if column.kind == "text":
        return words_said
    if column.kind == "day" and re.fullmatch(r"\d{4}-\d\d-\d\d", words_said, re.ASCII):
        try:
            return date.fromisoformat(words_said).isoformat()
        except ValueError:
            pass
    reader = Money() if column.kind == "money" else OneDay()
    reading = reader.read(Input(text=words_said), known)
    return (
        Problem(reading.question)
        if isinstance(reading, Doubt)
        else reading.value
        if isinstance(reading, Read)
        else reading
    )
