"""Numbers that may be quoted, each with where it stands, its year and what has to be said with it."""

from __future__ import annotations

from pydantic import model_validator

from bot.packs.model.base import Id, PackModel, Shown, Sourced, Where, refuse, twice

Number = int


class Figure(Sourced):
    """One number. `most` makes it a span. `about` and `at_least` say how sure it is; `note` is quoted with it.

    `words` are other names, Swedish or of other languages, that somebody may ask for it by.
    """

    id: Id
    title: Shown
    words: tuple[str, ...] = ()
    value: Number
    most: Number | None = None
    unit: Shown = ""
    about: bool = False
    at_least: bool = False
    note: Shown = ""


class Column(PackModel):
    id: Id
    title: Shown
    unit: Shown = ""


class Row(PackModel):
    """`values` stand in the order of the table's columns; `words` are other names for the row."""

    id: Id
    title: Shown
    words: tuple[str, ...] = ()
    values: tuple[Number, ...]


class Table(Sourced):
    """Numbers in rows and columns. `note` is quoted with each of them."""

    id: Id
    title: Shown
    note: Shown = ""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _rectangular(self) -> Table:
        refuse(twice((each.id for each in self.rows), ("rows",)))
        refuse(
            (("rows", at, "values"), f"holds {len(row.values)} values; the table has {len(self.columns)} columns")
            for at, row in enumerate(self.rows)
            if len(row.values) != len(self.columns)
        )
        return self

    def value(self, row: str, column: str) -> Number:
        """Raises KeyError: the table has no such row or column."""
        at = {each.id: index for index, each in enumerate(self.columns)}[column]
        return {each.id: each for each in self.rows}[row].values[at]


class Figures(PackModel):
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Figures:
        problems: list[tuple[Where, str]] = [*twice((each.id for each in self.figures), ("figures",))]
        problems += twice((each.id for each in self.tables), ("tables",))
        refuse(problems)
        return self
