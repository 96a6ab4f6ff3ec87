"""The plan as PDF, read back: pypdf for its structure, PDFium (which is in Chrome) for its words."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import Any

import pypdf
import pypdfium2
import pytest

from bot.documents import pdf, plan_pdf
from bot.flows.plan import NextStep, Plan, plan_of
from bot.i18n.locales import UnknownLocale
from tests.documents.samples import SHEET, TODAY, URL, WORDS, plan

LOST = "Some characters could not be printed. The plan on the web shows them all."


def made(a_plan: Plan, locale: str, **changes: Any) -> bytes:
    return plan_pdf(a_plan, locale=locale, **{**SHEET, **changes})


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(data))


def words(data: bytes, page: int | None = None) -> str:
    """The words in reading order, on one line and without direction marks."""
    document = pypdfium2.PdfDocument(data)
    pages = range(len(document)) if page is None else [page]
    text = " ".join(document[each].get_textpage().get_text_range() for each in pages)
    document.close()
    return " ".join("".join(each for each in text if unicodedata.category(each) != "Cf").split())


def structure(data: bytes) -> Counter[str]:
    """How many elements of each kind the tags name."""
    found: Counter[str] = Counter()
    todo = [read(data).trailer["/Root"]["/StructTreeRoot"]["/K"]]
    while todo:
        item = todo.pop().get_object()
        if isinstance(item, list):
            todo.extend(item)
        elif isinstance(item, dict) and "/S" in item:
            found[item["/S"]] += 1
            todo.extend([item["/K"]] if "/K" in item else [])
    return found


@pytest.fixture(autouse=True)
def _keeps_its_promise(caplog: pytest.LogCaptureFixture) -> Any:
    """No test may fall back to a PDF without PDF/UA: that is what a character no font has would lead to."""
    yield
    assert caplog.messages == []


@pytest.mark.parametrize("locale", WORDS)
def test_pdf_is_accessible_titled_and_in_its_language(locale: str) -> None:
    data = made(plan(locale), locale)
    root = read(data).trailer["/Root"]

    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == locale
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read(data).metadata == {
        **(read(data).metadata or {}),
        "/Title": WORDS[locale][0],
        "/Author": "Idélabbet Ekerö, Ekerö kommun",
    }


@pytest.mark.parametrize(
    ("locale", "language"), [("sv-simple", "sv"), ("fa-AF", "fa-AF"), ("kmr", "kmr"), ("smj", "smj")]
)
def test_language_of_the_pdf_is_one_that_screen_readers_know(locale: str, language: str) -> None:
    assert read(made(plan("sv"), locale)).trailer["/Root"]["/Lang"] == language


@pytest.mark.parametrize("locale", [*WORDS, "sv-simple"])
def test_normal_plan_fits_one_page_for_each_language(locale: str) -> None:
    pages = len(read(made(plan("sv" if locale == "sv-simple" else locale), locale)).pages)
    assert pages == (1 if locale in ("sv", "sv-simple") else 2)


@pytest.mark.parametrize("locale", WORDS)
def test_fonts_are_ours_and_embedded(locale: str) -> None:
    for page in read(made(plan(locale), locale)).pages:
        for font in page["/Resources"]["/Font"].values():
            (kind,) = font.get_object()["/DescendantFonts"]
            descriptor = kind.get_object()["/FontDescriptor"]
            assert descriptor["/FontName"].split("+")[1].startswith("Noto")
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_structure_has_headings_lists_table_picture_and_link() -> None:
    found = structure(made(plan("sv"), "sv"))

    assert {kind: found[kind] for kind in ("/H1", "/H2", "/L", "/Table", "/THead", "/TFoot", "/Figure", "/Link")} == {
        "/H1": 1, "/H2": 5, "/L": 3, "/Table": 1, "/THead": 1, "/TFoot": 1, "/Figure": 1, "/Link": 2,
    }  # fmt: skip
    assert found["/TR"] == 5
    assert found["/LI"] == 8 + 3 + 1  # facts, next steps, open


@pytest.mark.parametrize("locale", ["ar", "fa", "ckb"])
def test_right_to_left_words_come_out_in_reading_order(locale: str) -> None:
    _title, idea, _aim, names, _thing = WORDS[locale]
    text = words(made(plan(locale), locale), page=0)

    without_joiners = idea.split("\n")[0].replace("\u200c", "")
    if locale == "ar":
        # PDFium doubles a vowel sign that the font draws as a glyph of its own.
        without_joiners = without_joiners.split(" معًا ")[1]
    assert without_joiners in text
    assert names[0] in text


def test_amounts_hours_and_address_keep_their_order_among_arabic() -> None:
    text = words(made(plan("ar"), "ar"), page=0)
    assert "34 700 kr" in text.replace("\u00a0", " ")
    assert "الساعة 14:00" in text
    assert URL in text


def test_swedish_comes_after_with_the_residents_own_words_as_written() -> None:
    data = made(plan("uk"), "uk")
    own, swedish = words(data, 0), words(data, 1)

    assert "План проєкту" in own
    assert "Projektplanen på svenska" in swedish
    for each in ("Веломайстерня біля під'їзду", "Разом із дітьми й дорослими лагодимо велосипеди.", "Fika"):
        assert each in own
        assert each in swedish
    assert "Familjer" in swedish
    assert "lördag 16 januari 2027" in swedish
    assert "понеділок, 30 листопада 2026" in own
    assert "The headings are translated by a machine" in own
    assert "Det är inte översatt." in swedish


def test_plan_shows_steps_names_days_open_questions_and_the_way_back() -> None:
    data = made(plan("sv"), "sv")
    text = words(data)

    assert "1. Fråga idélabbet vilket stöd som passar budgeten Amina, senast måndag 30 november 2026" in text
    assert "Kvar att bestämma Vad som kan gå fel och vilka tillstånd som behövs" in text
    assert "Planen är skriven måndag 23 november 2026 Steg 1 måndag 30 november 2026" in text
    assert "Första gången lördag 16 januari 2027 klockan 14:00 Därefter Varannan vecka" in text
    assert "Planen går att ändra. Skanna koden för att öppna den." in text
    assert {note["/A"]["/URI"] for note in read(data).pages[0]["/Annots"].get_object()} == {URL}


def test_budget_sums_up() -> None:
    text = words(made(plan("sv"), "sv")).replace("\u00a0", " ")
    assert "verktyg 8 500 kr Fika 1 200 kr Hyra 25 000 kr Summa 34 700 kr" in text


def test_plan_without_a_way_back_has_no_code() -> None:
    data = made(plan("sv"), "sv", url=None)
    assert structure(data)["/Figure"] == 0
    assert "Skanna" not in words(data)


@pytest.mark.parametrize("locale", ["sv", "ar"])
def test_empty_plan_is_a_page_of_open_questions(locale: str) -> None:
    data = made(plan_of({}, TODAY), locale, url=None)
    text = words(data, len(read(data).pages) - 1)

    assert "En plan som inte har något namn än" in text
    assert "Vad som kan gå fel och vilka tillstånd som behövs" in text
    assert "Day not decided yet" in text


def test_step_without_name_or_day_says_so() -> None:
    steps = (NextStep("Ring", "", None), NextStep("Baka", "Ola", None), NextStep("Sy", "", TODAY))
    text = words(made(replace(plan("sv"), next_steps=steps), "sv"))

    assert "Ring Nobody has taken this yet, and the day is not decided yet." in text
    assert "Baka Ola, the day is not decided yet" in text
    assert "Sy Nobody has taken this yet. It should be done no later than måndag 23 november 2026." not in text
    assert "Sy Nobody has taken this yet. It should be done no later than Monday 23 November 2026." in text


@pytest.mark.parametrize(
    "said",
    [
        '#panic("boom") #read("/etc/passwd") #sys.inputs',
        "$x^2$ \\ \\u{41} @ref <label> *bold* _it_ `raw` = Title - item // comment /* x */ [a](b)",
        '"}]}, {"words": "x"} \\"',
        "<script>alert(1)</script> & &amp; <b>",
        "{day} {lab} {0} %s %(x)s",
        "a\r\nb\u2028c\x00\x07\u202e\u2066\ufeffd",
        "e" + "\u0301\u0302\u0303\u0304\u0305" * 20,
        "ሰላም سلام שלום привет สวัสดี hej",
    ],
)
def test_hostile_words_are_only_words(said: str) -> None:
    tough = plan("sv", title=said, idea=said, why=said, who=[{"name": said, "does": said}], risks=said)
    for locale in ("sv", "ar"):
        data = made(replace(tough, budget=((said, 1),), next_steps=(NextStep(said, said, TODAY),)), locale, lab=said)
        assert len(read(data).pages) <= 4


def test_typst_markup_is_printed_as_it_was_written() -> None:
    said = '#panic("boom") *inte fet* $x$ = ingen rubrik'
    data = made(plan("sv", idea=said), "sv")
    assert said in words(data)
    assert structure(data)["/H1"] == 1


def test_very_long_texts_and_words_run_on_over_more_pages() -> None:
    long = made(plan("sv", idea="Vi lagar cyklar. " * 600, why="y" * 10_000), "sv")
    assert 3 <= len(read(long).pages) <= 12
    # Nothing runs off the page: the last letters stand inside its margins.
    document = pypdfium2.PdfDocument(long)
    for page in document:
        text = page.get_textpage()
        assert all(text.get_charbox(at)[2] <= 596 for at in range(text.count_chars()))
    document.close()


def test_emoji_fall_away_and_the_page_says_so() -> None:
    text = words(made(plan("sv", title="Cykelfest 🚲🎉", idea="Vi äter 👨‍👩‍👧 och 漢字 ihop ❤️."), "sv"))
    assert "Cykelfest När" in text.replace("Nedskriven måndag 23 november 2026 med Idélabbet Ekerö, Ekerö kommun. ", "")
    assert "Vi äter och \ufffd ihop ." in text
    assert LOST in text
    assert LOST not in words(made(plan("sv"), "sv"))


def test_title_of_emoji_only_becomes_the_plans_kind() -> None:
    data = made(plan("sv", title="🚲🎉"), "sv")
    assert (read(data).metadata or {})["/Title"] == "Projektplan"


def test_title_and_costs_on_several_lines_become_one() -> None:
    text = words(made(replace(plan("sv", title="Fest\npå torget"), budget=(("Kakor\noch te", 90),)), "sv"))
    assert "Fest på torget" in text
    assert "Kakor och te 90 kr" in text.replace("\u00a0", " ")


def test_same_plan_gives_the_same_bytes() -> None:
    assert made(plan("ar"), "ar") == made(plan("ar"), "ar")


def test_two_at_once_wait_for_each_other() -> None:
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: made(plan("ti"), "ti"), range(8)))
    assert set(together) == {made(plan("ti"), "ti")}


def test_unknown_locale_is_refused() -> None:
    with pytest.raises(UnknownLocale):
        made(plan("sv"), "tlh")


def test_typst_is_loaded_by_the_first_pdf_only() -> None:
    script = "import sys, bot.documents; print('typst' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_qr_code_has_its_quiet_zone() -> None:
    svg = pdf.qr_svg(URL)
    size = int(svg.split('viewBox="0 0 ')[1].split()[0])
    assert (size - 2 * pdf.QUIET_ZONE - 17) % 4 == 0  # a code is 21, 25, 29 ... modules wide
    assert "style=" not in svg
