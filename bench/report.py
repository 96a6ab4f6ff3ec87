"""What a bench prints: one table of plain text."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as they need; the first ones to the left, numbers to the right."""
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(len(each) for each in column) for column in zip(heads, *cells, strict=True)]
    numeric = [bool(rows) and all(isinstance(row[at], int | float) or row[at] is None for row in rows)
               for at in range(len(heads))]  # fmt: skip

    def line(values: Sequence[str]) -> str:
        placed = (
            value.rjust(width) if right else value.ljust(width)
            for value, width, right in zip(values, widths, numeric, strict=True)
        )
        return "  ".join(placed).rstrip()

    return "\n".join(["", title, line(heads), line(["-" * width for width in widths]), *map(line, cells), ""])


def say(words: str) -> None:
    """Progress, on standard error: the tables alone go to standard output."""
    print(words, file=sys.stderr, flush=True)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return str(value)
