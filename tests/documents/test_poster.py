"""Posters and letter-box notes, read back: what stands on them in which language, where their codes lead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.documents import poster_pdf
from bot.i18n.catalogues import using
from bot.i18n.locales import LOCALES_DIR
from bot.packs.load import load_municipality
from tests.documents.samples import TODAY
from tests.documents.test_pdf import read, structure, words

EKERO = load_municipality("ekero")
TELEGRAM = "https://t.me/idelabbet_bot?start=ref_library"


@pytest.fixture(autouse=True)
def catalogues() -> Iterator[None]:
    """The project's own: what is asked is whether its posters fit."""
    with using(LOCALES_DIR):
        yield


def web(tag: str) -> str:
    return f"https://example.se/?start=ref_library&lang={tag}"


def poster(kind: str, *languages: str, phone: str = "", telegram: str | None = None) -> bytes:
    return poster_pdf(
        EKERO.model_copy(update={"phone": phone}), kind=kind, languages=languages, web=[web(tag) for tag in languages],
        telegram=telegram, made_on=TODAY,
    )  # fmt: skip


def links(data: bytes) -> set[str]:
    """The addresses that the pages' links lead to."""
    return {
        str(note.get_object()["/A"]["/URI"]) for page in read(data).pages for note in page.get("/Annots") or ()
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "pages"), [("poster", 4), ("together", 1), ("note", 4)])
def test_everything_fits_on_its_pages(kind: str, pages: int) -> None:
    data = poster(kind, *EKERO.languages, phone="08-123 456 78", telegram=TELEGRAM)
    assert len(read(data).pages) == pages
    assert links(data) == {TELEGRAM, *map(web, EKERO.languages)}
    assert structure(data)["/H1"] >= 1


def test_a_poster_says_it_in_its_language() -> None:
    data = poster("poster", "sv", "ar")
    assert "Behöver du hjälp?" in words(data, 0) and "Handla mat" in words(data, 0)
    assert "Behöver" not in words(data, 1)
    assert "example.se" in words(data, 1)
    assert read(data).trailer["/Root"]["/Lang"] == "sv"


def test_what_is_not_known_is_left_out() -> None:
    bare = words(poster("poster", "en"))
    assert "Or call" not in bare and "Telegram" not in bare
    whole = words(poster("poster", "en", phone="08-123 456 78", telegram=TELEGRAM))
    assert "Or call: 08-123 456 78" in whole and "t.me/idelabbet_bot" in whole


def test_what_helpers_do_not_do_is_not_offered() -> None:
    assert "Money" not in words(poster("poster", "en"))


def test_a_note_stands_four_times_on_a_page() -> None:
    assert words(poster("note", "en")).count("Do you need help?") == 4


@pytest.mark.parametrize(("kind", "languages"), [("flag", ("sv",)), ("poster", ())])
def test_what_is_no_poster_is_refused(kind: str, languages: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is no poster"):
        poster(kind, *languages)
