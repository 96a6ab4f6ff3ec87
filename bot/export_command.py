"""`run_bot.py export`: open data, or the picture of a year, as files for others."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bot import open_data
from bot.errors import OperatorError
from bot.flows.read.typed import as_text
from bot.i18n import Value, plain, render
from bot.packs.model import Municipality
from bot.spreadsheet import Sheet, comma_separated, workbook
from bot.turn import Turns
from bot.yearly import Yearly, sheets

WHAT: Final = ("open-data", "year")
FORMATS: Final[dict[str, tuple[str, ...]]] = {
    "open-data": ("hsds", "360giving", "spreadsheet", "csv"),
    "year": ("spreadsheet", "csv"),
}


async def run(turns: Turns, place: Municipality, what: str, form: str, out: Path, year: int | None) -> int:
    """Write the files into the folder `out`, made when it is not there, and print their names; exit status 0.

    Raises:
        OperatorError: There is no such format or year, or nothing can be written there.
    """
    if form not in FORMATS[what]:
        raise OperatorError(f"--format {form} is no format of {what}; it may be {', '.join(FORMATS[what])}")
    made = await (_year(turns, place, form, year) if what == "year" else _open_data(turns, place, form))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            (out / name).write_bytes(content)
            print(out / name)
    except OSError as error:
        raise OperatorError(f"--out {out} cannot be written ({error.strerror}); name another folder") from error
    return 0


async def _open_data(turns: Turns, place: Municipality, form: str) -> dict[str, bytes]:
    now = turns.now()
    async with turns.db.read() as tx:
        found, listed = await open_data.read(tx, place, now)
    grants = open_data.grants(place, found, now)
    if form == "hsds":
        who, services = open_data.organisations(place, listed), open_data.services(place)
        return {"organizations.json": _json(who), "services.json": _json(services)}
    if form == "360giving":
        return {"grants.json": _json(grants)}
    return _tables(f"{place.id}-open-data", open_data.tables(place, listed, grants), form)


async def _year(turns: Turns, place: Municipality, form: str, year: int | None) -> dict[str, bytes]:
    yearly = Yearly(turns)
    years = yearly.years(place)
    if year is not None and year not in years:
        raise OperatorError(f"--year {year} cannot be counted; it may be {', '.join(map(str, years))}")
    seen = await yearly.of(place.id, year or years[0])

    def say(value: Value) -> str:
        return plain(render(as_text(value), place.languages[0], zone=place.zone))

    return _tables(f"{place.id}-{seen.year}", sheets(seen, say), form)


def _tables(name: str, made: Sequence[Sheet], form: str) -> dict[str, bytes]:
    if form == "spreadsheet":
        return {f"{name}.xlsx": workbook(made)}
    return {f"{name}-{re.sub(r'[^a-z0-9]+', '-', each.title.casefold())}.csv": comma_separated(each) for each in made}


def _json(made: Any) -> bytes:
    return json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n"
