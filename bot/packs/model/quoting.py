"""Numbers in words, never without what has to be said with them: how sure, of when, and where it stands."""

from __future__ import annotations

from bot.i18n import Text, _, content, plain, render
from bot.packs.model.figures import Figure, Row, Table
from bot.packs.model.municipality import Municipality
from bot.rules import places


def quote(figure: Figure) -> Text:
    """One number: "Områdesnätverk: 7 nätverk (1.1, 2021)"."""
    if figure.most is None:
        value = _with_unit(figure.value, figure.unit)
    else:
        # TRANSLATORS: a span of numbers with its unit: "2 to 4 times a year".
        value = _("{low} to {high} {unit}", low=figure.value, high=figure.most, unit=content(figure.unit))
    if figure.at_least:
        # TRANSLATORS: before a number with its unit: "at least 70 organisations".
        value = _("at least {value}", value=value)
    elif figure.about:
        # TRANSLATORS: before a number with its unit: "about 40 groups".
        value = _("about {value}", value=value)
    return _whole(figure.title, value, figure.note, figure.source, figure.year)


def quote_row(table: Table, row: Row) -> Text:
    """A row of a table, every column of it, with the table's note."""
    # TRANSLATORS: a column's heading and its number: "Girls 35 percent".
    values = tuple(
        _("{title} {value}", title=content(column.title), value=_with_unit(value, column.unit))
        for column, value in zip(table.columns, row.values, strict=True)
    )
    return _whole(row.title, values, table.note, table.source, table.year)


def quotes(municipality: Municipality, words: str, locale: str = "sv") -> tuple[Text, ...]:
    """The figure or row somebody asks about by name, several when they are as likely; none when none is named.

    Its names are the title, in Swedish and in the writer's language, and the pack's other words for it.
    """
    figures = municipality.figures
    named: list[tuple[Figure | Row, Text]] = [(each, quote(each)) for each in figures.figures]
    named += [(row, quote_row(table, row)) for table in figures.tables for row in table.rows]
    titles = [(each.title, plain(render(content(each.title), locale)), *each.words) for each, _quote in named]
    return tuple(named[at][1] for at in places.meant(words, titles))


def pictured(municipality: Municipality, words: str, locale: str = "sv") -> Table | None:
    """The table that stands behind what somebody asks about by name: the table itself, or the first row that is meant."""
    tables = municipality.figures.tables
    named = [
        (table, (row.title, plain(render(content(row.title), locale)), *row.words))
        for table in tables
        for row in table.rows
    ]
    named += [(table, (table.title, plain(render(content(table.title), locale)))) for table in tables]
    figures = [
        (each.title, plain(render(content(each.title), locale)), *each.words) for each in municipality.figures.figures
    ]
    found = places.meant(words, [*(names for _table, names in named), *figures])
    return next((named[at][0] for at in found if at < len(named)), None)


def _with_unit(value: int, unit: str) -> Text:
    # TRANSLATORS: a number and its unit.
    return _("{number} {unit}", number=value, unit=content(unit)) if unit else _("{number}", number=value)


def _whole(title: str, value: Text | tuple[Text, ...], note: str, source: str, year: int | None) -> Text:
    stands = f"{source}, {year}" if year else source
    if note:
        # TRANSLATORS: a quoted number, what has to be said with it, and in brackets where it stands.
        return _(
            "{title}: {value}. {note} ({source})", title=content(title), value=value, note=content(note), source=stands
        )
    return _("{title}: {value} ({source})", title=content(title), value=value, source=stands)
