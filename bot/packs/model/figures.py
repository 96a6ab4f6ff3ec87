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


class Bar(PackModel):
    """One row of a picture: its title, and each column's share of the largest of them, 0 to 1."""

    title: str
    shares: tuple[float, ...]


class Bars(PackModel):
    """Columns of a table that are of one unit and are compared with each other, as bars."""

    unit: str
    columns: tuple[Column, ...]
    rows: tuple[Bar, ...]


def bars(table: Table) -> tuple[Bars, ...]:
    """A table as pictures: neighbouring columns of one unit together where they are of one kind (girls and boys), else alone.

    Rows whose id is "total" are left out: beside a sum nothing else could be seen. Percent are shares of a hundred.
    """
    groups: list[list[int]] = []
    for at, column in enumerate(table.columns):
        if groups and table.columns[groups[-1][-1]].unit == column.unit and _pair(table, groups[-1][-1], at):
            groups[-1].append(at)
        else:
            groups.append([at])
    rows = [row for row in table.rows if row.id != "total"]
    found = []
    for group in groups:
        unit = table.columns[group[0]].unit
        most = 100 if unit == "procent" else max((row.values[at] for row in rows for at in group), default=1) or 1
        drawn = tuple(Bar(title=row.title, shares=tuple(row.values[at] / most for at in group)) for row in rows)
        found.append(Bars(unit=unit, columns=tuple(table.columns[at] for at in group), rows=drawn))
    return tuple(found)


def _pair(table: Table, one: int, other: int) -> bool:
    """Whether two columns are of one kind: their ids end alike ("girls_share", "boys_share"), or neither has an ending."""
    ends = [table.columns[at].id.partition("_")[2] for at in (one, other)]
    return ends[0] == ends[1]
