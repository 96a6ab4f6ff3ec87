"""The project plan as a web page that prints well. The page around it belongs to the web handler."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from bot.documents.pdf import qr_svg
from bot.documents.sheet import sheets
from bot.flows.paper import Paper
from bot.flows.plan import Plan

_HERE = Path(__file__).parent

PLAN_CSS = _HERE / "plan.css"
"""The style sheet of `plan_page`, for screen and paper; link to it or put it into a `<style>` with a nonce."""


def plan_page(
    plan: Plan | Paper, *, locale: str, municipality_name: str, lab: str, made_on: date, url: str | None
) -> Markup:
    """The plan, or another paper, as safe HTML, for the `<main>` of a page: one `<article>` for each language, its title as heading.

    The same words as `bot.documents.plan_pdf`. No style attributes and no scripts. The first title is an `<h1>`.

    Raises:
        UnknownLocale: `locale` is not one of the table's.
    """
    pages = sheets(
        plan, locale=locale, municipality_name=municipality_name, lab=lab, made_on=made_on, living=url is not None
    )
    return Markup(_body().render(sheets=pages, url=url, qr=Markup(qr_svg(url)) if url else None))


@cache
def _body() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("plan_body.html")
