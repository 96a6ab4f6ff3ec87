"""Tables for people who work with spreadsheets: one workbook, or a file of comma-separated values for each table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TITLE_MAX: Final = 31
"""So long a sheet's name may be. Source: the limits of the program that the format comes from."""

_NOT_IN_TITLES: Final = re.compile(r"[\\/*?:\[\]]")

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: what it is called, its first row, and the others."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """All tables as one file of the format .xlsx (ISO/IEC 29500). Words stay words, even if they begin like a formula."""
    import openpyxl  # heavy, and needed by few

    book = openpyxl.Workbook()
    book.remove(book.active)
    for at, each in enumerate(sheets, 1):
        table = book.create_sheet(_NOT_IN_TITLES.sub(" ", each.title)[:TITLE_MAX] or str(at))
        for row, cells in enumerate((each.head, *each.rows), 1):
            for column, value in enumerate(cells, 1):
                cell = table.cell(row, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"
        table.freeze_panes = "A2"
        for column in range(1, len(each.head) + 1):
            longest = max(len(str(row[column - 1] or "")) for row in (each.head, *each.rows) if len(row) >= column)
            table.column_dimensions[openpyxl.utils.get_column_letter(column)].width = min(60, longest + 2)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def comma_separated(sheet: Sheet) -> bytes:
    """One table as comma-separated values that spreadsheets open: UTF-8 with a mark at the beginning."""
    written = io.StringIO()
    rows = csv.writer(written)
    for row in (sheet.head, *sheet.rows):
        rows.writerow([harmless(value) if isinstance(value, str) else value for value in row])
    return written.getvalue().encode("utf-8-sig")


def harmless(words: str) -> str:
    """Words that a spreadsheet takes for words, even if they begin like a formula."""
    return f"'{words}" if words[:1] in "=+-@\t\r" and words else words
