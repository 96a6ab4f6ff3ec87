"""An application on paper: in the applicant's language and in Swedish, with what is missing and the sum."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.documents import plan_page, plan_pdf
from bot.flows.handed_in import paper_of
from bot.packs.load import load_municipality
from tests.documents.samples import SHEET
from tests.documents.test_pdf import read, words

NOW = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Europe/Stockholm"))

APPLICATION: dict[str, Any] = {
    "support": "ekero.snabb_slant", "type": "private_persons", "activity": "نريد إصلاح الدراجات", "benefit": "The young",
    "open": True, "people": [{"name": "Amina", "contact": "amina@example.org"}], "day": "2026-03-20",
    "place": {"area": "Stenhamra"}, "budget": [{"what": "Tools", "amount": 6000}, {"what": "Coffee", "amount": 500}],
    "amount": 6500,
}  # fmt: skip


def test_an_application_names_what_is_missing_and_the_sum() -> None:
    paper = paper_of("application", APPLICATION, load_municipality("ekero"), NOW)
    assert paper is not None
    data = plan_pdf(paper, locale="ar", **{**SHEET, "url": None})
    assert len(read(data).pages) >= 2  # Arabic, then Swedish
    swedish = words(data, len(read(data).pages) - 1)
    assert "6 500 kr" in swedish
    assert "Ta med någon till, så att ni är minst 3" in swedish
    assert "amina@example.org" in swedish
    html = str(plan_page(paper, locale="en", **{**SHEET, "url": None}))
    assert html.count("<h1>") == 1 and "plan-timeline" not in html and "☐" in html


@pytest.mark.parametrize("flow", ["application", "partnership"])
def test_a_support_that_is_gone_from_the_pack_has_no_paper(flow: str) -> None:
    assert paper_of(flow, {"support": "ekero.gone"}, load_municipality("ekero"), NOW) is None


def test_a_brief_holds_the_conditions_and_says_it_is_no_application() -> None:
    answers = {"support": "boras.iop", "challenge": "Loneliness", "facts": {"type": "association", "long_term": True}}
    paper = paper_of("partnership", answers, load_municipality("boras"), NOW)
    assert paper is not None
    assert "This is not an application" in words(plan_pdf(paper, locale="en", **{**SHEET, "url": None}))
