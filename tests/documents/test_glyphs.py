from __future__ import annotations

import unicodedata

import pytest

from bot.documents.glyphs import FONTS, MAX_MARKS, MAX_UNBROKEN, _characters, printable
from bot.i18n.locales import TABLE


@pytest.mark.parametrize(
    "words",
    [
        "Åäö œ ß 25\u00a0000 kr – “hej” …",
        "سڵاو، چۆنی؟ می‌روم ١٢٣",
        "ሰላም፣ ከመይ ኣለኻ።",
        "ייִדיש־לאַנד",
        "Україна, під’їзд",
        "สวัสดี",
        "Čhib šukar, Davvisámegiella ŋ đ",
    ],
)
def test_our_languages_are_printable_as_they_are(words: str) -> None:
    drawn, lost = printable(words)
    assert (drawn.replace("\u200b", ""), lost) == (unicodedata.normalize("NFC", words), False)


@pytest.mark.parametrize("tag", TABLE)
def test_every_language_can_print_its_own_name(tag: str) -> None:
    assert not printable(TABLE[tag].own_name)[1]


@pytest.mark.parametrize(
    ("words", "drawn", "lost"),
    [
        ("", "", False),
        ("fest 🎉!", "fest !", True),
        ("漢字 och ไทย", "\ufffd och ไทย", True),
        ("rött ❤\ufe0f", "rött ", True),
        ("a\u3000b", "a b", False),
        ("\ufeffhej", "hej", False),
        ("o\u0308", "ö", False),
        ("x" + "\u0301" * 9, "x" + "\u0301" * MAX_MARKS, True),
        ("漢" + "\u0301", "\ufffd", True),
    ],
)
def test_what_no_font_has_is_left_out(words: str, drawn: str, lost: bool) -> None:
    assert printable(words) == (drawn, lost)


def test_long_words_can_be_broken() -> None:
    drawn, lost = printable("https://" + "a" * 100)
    assert (max(map(len, drawn.split("\u200b"))), lost) == (MAX_UNBROKEN, False)
    assert printable("resurscentrum" * 2)[0] == "resurscentrum" * 2


def test_regular_and_bold_have_the_same_characters() -> None:
    for regular in FONTS.glob("*-Regular.ttf"):
        bold = regular.with_name(regular.name.replace("Regular", "Bold"))
        assert _characters(regular.read_bytes()) == _characters(bold.read_bytes())


def test_every_font_is_named_in_the_licence() -> None:
    licence = (FONTS / "OFL.txt").read_text(encoding="utf-8")
    for font in FONTS.glob("*.ttf"):
        assert font.name in licence
