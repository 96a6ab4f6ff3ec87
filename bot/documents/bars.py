"""A table of the municipality's numbers as a picture with bars, for the chat: the note and where it stands are drawn in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any, cast

from bot.documents.pdf import drawable, typeset
from bot.documents.sheet import said
from bot.i18n import Text, _, content
from bot.i18n.locales import locale as row_of
from bot.packs.model.figures import Table, bars

DOTS_PER_INCH = 144


def table_png(table: Table, *, locale: str) -> bytes:
    """The picture as PNG, in the language `locale`. The same table gives the same bytes.

    Raises:
        UnknownLocale: `locale` is not one of the table's.
    """
    return _drawn(table.model_dump_json(), locale)


@lru_cache(maxsize=64)
def _drawn(table: str, tag: str) -> bytes:
    """Kept, for the same one is asked for again and again."""
    data = _data(Table.model_validate_json(table), tag)
    return typeset("bars.typ", json.dumps(data, ensure_ascii=False), ppi=DOTS_PER_INCH)


def _data(table: Table, tag: str) -> dict[str, Any]:
    def words(text: Text) -> dict[str, Any]:
        return cast(dict[str, Any], drawable(asdict(said(text, tag)))[0])

    at = {column.id: index for index, column in enumerate(table.columns)}
    values = {row.title: row.values for row in table.rows}
    groups = []
    for group in bars(table):
        heading = tuple(content(column.title) for column in group.columns)
        # TRANSLATORS: the heading of a picture: what its bars show, and in brackets their unit.
        named = _("{columns} ({unit})", columns=heading, unit=content(group.unit)) if group.unit else heading[0]
        rows = [
            {"name": words(content(row.title)), "shares": row.shares,
             "values": [words(_("{number}", number=values[row.title][at[column.id]])) for column in group.columns]}
            for row in group.rows
        ]  # fmt: skip
        groups.append({"heading": words(named), "keys": [words(each) for each in heading], "rows": rows})
    # TRANSLATORS: below a picture: where its numbers stand.
    source = _("MUCF’s publication, section {source}, {year}", source=table.source, year=str(table.year or ""))
    return {
        "title": words(content(table.title)), "note": words(content(table.note)) if table.note else None,
        "source": words(source), "groups": groups, "dir": row_of(tag).dir,
    }  # fmt: skip
