"""The project plan as a tagged PDF (PDF/UA-1), typeset by Typst with the fonts of this folder.

Words reach the template as JSON, never as markup, so nothing a resident writes can be read as code. The functions here
are plain and take some 40 ms of processor time: call them in a thread.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import segno

from bot.documents.glyphs import FONTS, printable
from bot.documents.sheet import Sheet, sheets
from bot.flows.paper import Paper
from bot.flows.plan import Plan

if TYPE_CHECKING:
    import typst

QUIET_ZONE = 4
"""Empty modules around a QR code. Source: ISO/IEC 18004."""

_SPREADS = (b"<</DisplayDocTitle true/Direction/R2L>>", b"<</DisplayDocTitle true/Direction/L2R>>")
"""Typst's preference for Arabic and Hebrew, and ours, which is as long. It is about pages side by side, but Chrome
takes it for the direction of every line: words and address copied from the page would come out backwards."""

_HERE = Path(__file__).parent
_one_at_a_time = Lock()  # a compiler refuses a second call while the first runs

log = logging.getLogger(__name__)


def plan_pdf(
    plan: Plan | Paper, *, locale: str, municipality_name: str, lab: str, made_on: date, url: str | None
) -> bytes:
    """The plan, or another paper, on A4 pages: in the language `locale`, then in Swedish when that is another language.

    `lab` is the name of the municipality's idea lab; `url` leads to the living plan (None: no code is printed).
    The same plan gives the same bytes. Characters that no font of ours has are left out, and the page says so.

    Raises:
        UnknownLocale: `locale` is not one of the table's.
    """
    pages = sheets(
        plan, locale=locale, municipality_name=municipality_name, lab=lab, made_on=made_on, living=url is not None
    )
    drawn = [_data(page) for page in pages]
    data = {
        "title": drawn[0]["title"]["words"],
        "place": [printable(lab)[0], printable(municipality_name)[0]],
        "sheets": drawn,
        "url": url,
        "qr": qr_svg(url) if url else None,
    }
    return compiled("plan.typ", data, made_on)


def warm_up() -> None:
    """Load Typst and the fonts now, so that the first resident does not wait for it."""
    _compiler("plan.typ")
    printable(" ")


def qr_svg(url: str) -> str:
    """A QR code as a black and white SVG picture with its quiet zone; error level M."""
    out = BytesIO()
    segno.make(url, error="m", micro=False).save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        light="#fff",
        omitsize=True,
        svgclass=None,
        lineclass=None,
        xmldecl=False,
        nl=False,
    )
    return out.getvalue().decode()


def _data(sheet: Sheet) -> dict[str, Any]:
    """The sheet as plain data, with only such characters as can be drawn."""
    drawn, lost = drawable({**asdict(sheet), "unprintable": None})
    data = cast(dict[str, Any], drawn | _language(sheet.lang))
    if not data["title"]["words"].strip():
        data["title"] = data["kind"]  # PDF/UA wants a title; this one was all emoji
    if lost:
        data["notes"].append(drawable(asdict(sheet.unprintable))[0])
    return data


def drawable(value: Any) -> tuple[Any, bool]:
    """Plain data whose words hold only such characters as can be drawn, with their language in two parts; whether any
    were left out."""
    lost: list[bool] = []

    def run(value: Any) -> Any:
        if isinstance(value, dict) and "words" in value:
            words, something_lost = printable(value["words"])
            lost.append(something_lost)
            return {"words": words, "dir": value["dir"], **_language(value["lang"])}
        if isinstance(value, dict):
            return {key: run(each) for key, each in value.items()}
        return [run(each) for each in value] if isinstance(value, (tuple, list)) else value

    return run(value), any(lost)


def _language(tag: str) -> dict[str, str | None]:
    """A BCP-47 tag as Typst wants it, in two parts; variants such as that of `sv-simple` have no place there."""
    lang, _, rest = (tag or "und").partition("-")
    return {"lang": lang, "region": rest if len(rest) == 2 and rest.isupper() else None}


def compiled(template: str, data: dict[str, Any], made_on: date) -> bytes:
    """A template of this folder as a PDF, with `data` as its `sys.inputs.plan`."""
    import typst

    made_at = datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC)
    inputs = {"plan": json.dumps(data, ensure_ascii=False)}
    with _one_at_a_time:
        try:
            pdf = _compiler(template).compile(
                format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"], timestamp=made_at
            )
        except typst.TypstError as error:
            if "PDF/UA" not in str(error):
                raise
            # Its message may hold what the resident wrote, so it is not logged. A page with a flaw beats no page.
            log.error("a page could not be made as PDF/UA-1; made as a tagged PDF without that promise")
            pdf = _compiler(template).compile(format="pdf", sys_inputs=inputs, timestamp=made_at)
    return cast(bytes, pdf).replace(*_SPREADS)


def typeset(template: str, data: str, *, ppi: float) -> bytes:
    """A template of this folder as one PNG picture, with `data` (JSON) as its `sys.inputs.plan`."""
    with _one_at_a_time:
        return cast(bytes, _compiler(template).compile(format="png", sys_inputs={"plan": data}, ppi=ppi))


@cache
def _compiler(template: str) -> typst.Compiler:
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(_HERE / template, root=_HERE, font_paths=fonts, ignore_system_fonts=True)
