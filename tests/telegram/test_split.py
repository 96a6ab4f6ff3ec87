"""Long texts: nothing is lost, nothing is broken, every part fits."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.handlers.telegram.split import is_blank, split, utf16
from bot.i18n.markup import FSI, PDI, escape, plain, unbalanced
from tests.bot_api.entities import parse_html

_WORDS = st.text(st.sampled_from('abcå <&>"\n.!?؟👩‍👧é\u0301\u2066 مرحبا'), max_size=60).map(escape)
_LINKS = st.builds(lambda words: f'<a href="https://a.se/?a=1&amp;b=2">{words}</a>', _WORDS)
_PIECES = st.one_of(
    _WORDS,
    st.builds(lambda words: f"<b>{words}</b>", _WORDS),
    st.builds(lambda words: f"{FSI}{words}{PDI}", _WORDS.map(lambda words: words.replace("\n", " "))),
    _LINKS,
)
_MARKUP = st.lists(_PIECES, max_size=25).map("".join)


def _letters(markup: str) -> str:
    """What can be seen of it; white space and invisible characters may go at a cut."""
    return re.sub(r"[\s\u200d\u2066-\u2069]", "", plain(markup))


@given(_MARKUP, st.integers(16, 300))
@settings(max_examples=300, deadline=None)
def test_split_parts_fit_stand_alone_and_lose_nothing(markup: str, max_units: int) -> None:
    parts = split(markup, max_units)

    warnings: list[str] = []
    for part in parts:
        text, _entities = parse_html(part, warnings.append)
        assert utf16(text) <= max_units
        assert not is_blank(part)
        assert list(unbalanced(part)) == []
    assert warnings == []
    assert "".join(map(_letters, parts)) == _letters(markup)


def test_split_short_text_is_one_part() -> None:
    assert split("Hello <b>you</b>") == ["Hello <b>you</b>"]


def test_split_nothing_to_see_is_no_part() -> None:
    assert split("") == split(" \n\u200f") == []


def test_split_prefers_a_paragraph() -> None:
    one, two = "a" * 30 + ". bbb", "c" * 20
    assert split(f"{one}\n\n{two}", 50) == [one, two]


def test_split_takes_a_sentence_where_no_paragraph_is() -> None:
    assert split("One sentence here. " + "d" * 30, 40) == ["One sentence here.", "d" * 30]


def test_split_keeps_tags_whole_and_opens_them_again() -> None:
    assert split("<b>" + "word " * 7 + "word</b>", 24) == ["<b>word word word word</b>", "<b>word word word word</b>"]


def test_split_counts_utf16_units() -> None:
    parts = split("😀" * 3000)
    assert [utf16(part) for part in parts] == [4096, 1904]


def test_split_long_source_stays_below_the_servers_byte_limit() -> None:
    links = "".join(f'<a href="https://example.se/{"x" * 300}">{number} </a>' for number in range(200))
    assert all(len(part.encode()) <= 32_768 for part in split(links))
