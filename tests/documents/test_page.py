from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bot.documents import PLAN_CSS, plan_page
from bot.flows.plan import plan_of
from tests.documents.samples import SHEET, TODAY, URL, WORDS, plan

VOID = {"br", "path"}


class _Outline(HTMLParser):
    """Tags with attributes in order; complains about what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("locale", WORDS)
def test_page_is_well_formed_and_marks_its_languages(locale: str) -> None:
    outline = _Outline(plan_page(plan(locale), locale=locale, **SHEET))

    assert [article["lang"] for article in outline.all("article")] == (["sv"] if locale == "sv" else [locale, "sv"])
    assert outline.all("article")[0]["dir"] == ("rtl" if locale in ("ar", "fa", "ckb", "yi") else "ltr")
    assert len(outline.all("h1")) == 1
    assert not outline.all("script") and not outline.all("style")
    assert not any("style" in attributes for _tag, attributes in outline.tags)
    assert not any(name.startswith("on") for _tag, attributes in outline.tags for name in attributes)


def test_headings_go_down_one_level_at_a_time() -> None:
    outline = _Outline(plan_page(plan("ar"), locale="ar", **SHEET))
    levels = [int(tag[1]) for tag, _attributes in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels == [1, 2, 2, 2, 2, 2, 3, 3, 3, 3]


def test_budget_is_a_table_with_caption_and_scopes() -> None:
    page = plan_page(plan("sv"), locale="sv", **SHEET)
    assert "<caption>Budget</caption>" in page
    assert '<th scope="col">Kostnad</th>' in page
    assert '<tr><th scope="row">Summa</th><td>34\u00a0700\u00a0kr</td></tr>' in page


def test_own_words_keep_their_direction_and_language_in_the_swedish_part() -> None:
    _own, swedish = plan_page(plan("ar"), locale="ar", **SHEET).split('<article class="plan" lang="sv" dir="ltr">')
    assert '<h2><bdi lang="ar" dir="rtl">ورشة دراجات في Ekerö centrum</bdi></h2>' in swedish
    assert "\u206608-123 45 67\u2069" in swedish
    assert '<bdi lang="">Björn</bdi>' in swedish  # nobody knows which language an Arabic speaker's Latin letters are in


def test_text_that_fell_back_is_marked() -> None:
    page = plan_page(plan("ckb"), locale="ckb", **SHEET)
    assert '<bdi lang="en" dir="ltr">The plan in short</bdi>' in page
    assert "<dt>شوێن</dt>" in page


def test_hostile_words_are_escaped() -> None:
    said = '<script>alert("x")</script>{{ 7 * 7 }}&'
    page = plan_page(plan("sv", title=said, idea=said, risks=said), locale="sv", **{**SHEET, "lab": said})
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    _Outline(page)


def test_way_back_is_a_link_with_words() -> None:
    outline = _Outline(plan_page(plan("sv"), locale="sv", **SHEET))
    assert outline.all("a") == [{"class": "plan-code", "href": URL}]
    assert not _Outline(plan_page(plan("sv"), locale="sv", **{**SHEET, "url": None})).all("a")


def test_empty_plan_has_no_empty_parts() -> None:
    outline = _Outline(plan_page(plan_of({}, TODAY), locale="sv", **SHEET))
    assert not outline.all("table") and not outline.all("dl")
    assert len(outline.all("h1")) == 1


def test_style_sheet_asks_for_nothing_from_outside() -> None:
    css = PLAN_CSS.read_text(encoding="utf-8")
    assert "url(" not in css and "@import" not in css
    assert css.count("{") == css.count("}")
