from __future__ import annotations

import html.parser
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import LanguageName, Link, Ltr, Made, OwnName, Sek, Text, _, content, formats, n_
from bot.i18n.catalogues import using
from bot.i18n.markup import clean, isolate, plain, rtl_lines, unbalanced
from bot.i18n.render import Unrenderable, lang_of, render

FSI, PDI, RLM, NBSP = "\u2068", "\u2069", "\u200f", "\u00a0"

WriteCatalogue = Callable[..., Path]

ARABIC = {
    "Call {phone}.": "اتصل على {phone}.",
    "Write {command}.": "اكتب {command}.",
    "Hello {name}!": "مرحبا {name}!",
    "Cost: {price}": "السعر: {price}",
    "When: {when}": "الوقت: {when}",
    "Your language is {language}.": "لغتكم هي {language}.",
    "Read {page}.": "اقرؤوا {page}.",
    "the plan": "الخطة",
    "Bring {things}.": "أحضروا {things}.",
    "Number {n}": "رقم {n}",
    "<b>Now</b>: {what}": "<b>الآن</b>: {what}",
}
SWEDISH = {
    "Hello {name}!": "Hej {name}!",
    "When: {when}": "När: {when}",
    "Broken {name}": "Trasig {nam}",
    "Cut {name}": "Av <b>{name}",
}


@pytest.fixture(autouse=True)
def _words(write_catalogue: WriteCatalogue) -> Iterator[None]:
    write_catalogue("ar", dict(ARABIC))
    directory = write_catalogue("sv", dict(SWEDISH)).parents[2]
    with using(directory):
        yield


def test_a_phone_number_in_an_arabic_sentence_is_isolated() -> None:
    assert render(_("Call {phone}.", phone=Ltr("08-123 45 67")), "ar") == f"اتصل على {FSI}08-123 45 67{PDI}."


def test_a_command_in_an_arabic_sentence_is_isolated() -> None:
    assert render(_("Write {command}.", command=Ltr("/help")), "ar") == f"اكتب {FSI}/help{PDI}."
    assert render(_("Write {command}.", command=Ltr("/help")), "en") == "Write /help."


def test_an_arabic_name_in_a_swedish_sentence_is_isolated() -> None:
    assert render(_("Hello {name}!", name="فاطمة"), "sv") == f"Hej {FSI}فاطمة{PDI}!"
    assert render(_("Hello {name}!", name="Åsa"), "sv") == "Hej Åsa!"


def test_values_are_escaped_and_cleaned() -> None:
    name = '<a href="x">\u202eevil\u2066 & \x00co</a>'
    expected = "Hej &lt;a href=&quot;x&quot;&gt;evil &amp; co&lt;/a&gt;!"
    assert render(_("Hello {name}!", name=name), "sv") == expected
    assert render(_("Hello {name}!", name="{name}"), "sv") == "Hej {name}!"


def test_only_bold_is_markup_in_a_message() -> None:
    assert render(_("<b>Now</b>: {what}", what="x"), "ar") == f"<b>الآن</b>: {FSI}x{PDI}"
    assert render(_("2 < 3 & 4 > 3"), "en") == "2 &lt; 3 &amp; 4 &gt; 3"
    with pytest.raises(Unrenderable, match="not closed"):
        render(_("<b>Now"), "en")


def test_money_is_kronor_with_no_break_spaces_everywhere() -> None:
    price = _("Cost: {price}", price=Sek(25_000))
    assert render(price, "en") == f"Cost: 25{NBSP}000{NBSP}kr"
    assert render(price, "ar") == f"السعر: {FSI}25{NBSP}000{NBSP}kr{PDI}"
    assert render(_("Cost: {price}", price=Sek(-5)), "en") == f"Cost: −5{NBSP}kr"


def test_numbers_have_latin_digits_and_own_grouping() -> None:
    assert render(_("Number {n}", n=12_345), "sv") == "Number 12 345".replace("12 345", f"12{NBSP}345")
    assert render(_("Number {n}", n=12_345), "ar") == "رقم 12,345"
    with pytest.raises(TypeError, match="True and False"):
        render(_("Number {n}", n=True), "sv")


def test_days_show_their_year_unless_it_is_this_one() -> None:
    when = _("When: {when}", when=date(2026, 11, 4))
    assert render(when, "sv") == "När: onsdag 4 november 2026"
    assert render(when, "sv", today=date(2026, 1, 1)) == "När: onsdag 4 november"
    assert render(when, "sv", today=date(2025, 12, 31)) == "När: onsdag 4 november 2026"
    assert render(when, "ar", today=date(2026, 1, 1)) == f"الوقت: {FSI}الأربعاء، 4 نوفمبر{PDI}"


def test_moments_are_shown_in_the_towns_time_on_the_24_hour_clock() -> None:
    when = _("When: {when}", when=datetime(2026, 7, 1, 12, 30, tzinfo=UTC))
    today = date(2026, 7, 1)
    assert render(when, "en", today=today) == "When: Wednesday 1 July at 14:30"
    assert render(when, "en", today=today, zone=ZoneInfo("UTC")) == "When: Wednesday 1 July at 12:30"
    assert render(_("When: {when}", when=time(9, 5)), "en") == "When: 09:05"
    assert render(_("When: {when}", when=time(9, 5)), "ar") == f"الوقت: {FSI}09:05{PDI}"
    with pytest.raises(ValueError, match="must be aware"):
        render(_("When: {when}", when=datetime(2026, 7, 1)), "en")


def test_links_are_escaped_and_only_of_safe_kinds() -> None:
    page = Link(_("the plan"), 'https://example.org/?a=1&b="2"')
    address = "https://example.org/?a=1&amp;b=&quot;2&quot;"
    assert render(_("Read {page}.", page=page), "ar") == f'اقرؤوا <a href="{address}">الخطة</a>.'
    with pytest.raises(Unrenderable, match="no http"):
        render(_("Read {page}.", page=Link(_("the plan"), "javascript:alert(1)")), "ar")


def test_things_made_by_effects_are_looked_up() -> None:
    plan = Link(_("the plan"), Made("plan_url"))
    made = {"plan_url": "https://example.org/p", "number": 7}
    assert render(_("Read {page}.", page=plan), "en", made=made) == 'Read <a href="https://example.org/p">the plan</a>.'
    assert render(_("Number {n}", n=Made("number")), "en", made=made) == "Number 7"
    with pytest.raises(Unrenderable, match=r"no value for \{number\}"):
        render(_("Number {n}", n=Made("number")), "en")


def test_lists_and_nested_texts() -> None:
    assert render(_("Bring {things}.", things=("tea", "<i>", "ham")), "en") == "Bring tea, &lt;i&gt; and ham."
    assert render(_("Bring {things}.", things=(_("the plan"), "x")), "ar") == f"أحضروا الخطة و{FSI}x{PDI}."
    assert render(_("Bring {things}.", things=()), "en") == "Bring ."


def test_own_names_are_isolated_where_they_run_the_other_way() -> None:
    assert render(_("Your language is {language}.", language=OwnName("ar")), "en") == (
        f"Your language is {FSI}العربية{PDI}."
    )
    assert render(_("Your language is {language}.", language=OwnName("sv")), "ar").endswith(f"{FSI}Svenska{PDI}.")


def test_languages_are_named_in_the_reader_s_words() -> None:
    text = _("Your language is {language}.", language=LanguageName("prs"))
    assert render(text, "en") == "Your language is Dari."
    assert render(text, "ar").endswith(f"{FSI}الدارية{PDI}.")
    assert [formats.language_name(code, "sv") for code in ("ti", "kmr", "rmn", "xyz")] == [
        "tigrinja",
        "kurdiska",
        "Romani čhib (Arli)",
        "xyz",
    ]


def test_a_sentence_that_fell_back_is_wholly_in_that_language() -> None:
    text = _("Until {when}, {what}", when=date(2026, 11, 4), what=_("the plan"))
    assert render(text, "ar") == "Until Wednesday 4 November 2026, the plan"
    assert lang_of(text, "ar") == "en"
    assert lang_of(_("the plan"), "ar") == "ar"


def test_nested_fallback_of_another_direction_is_isolated() -> None:
    assert render(_("<b>Now</b>: {what}", what=_("nobody translated this")), "ar") == (
        f"<b>الآن</b>: {FSI}nobody translated this{PDI}"
    )


def test_a_municipalitys_text_may_hold_braces_and_signs() -> None:
    assert render(content("Bidrag {A} & <B> <b>nu</b>"), "sv") == "Bidrag {A} &amp; &lt;B&gt; <b>nu</b>"


def test_mistakes_raise_in_tests() -> None:
    with pytest.raises(Unrenderable, match=r"no value for \{name\}"):
        render(Text("Hello {name}!"), "en")
    with pytest.raises(Unrenderable, match=r"names \['nam'\]"):
        render(_("Broken {name}", name="x"), "sv")


def test_mistakes_are_logged_and_smoothed_over_in_the_running_program(
    write_catalogue: WriteCatalogue, caplog: pytest.LogCaptureFixture
) -> None:
    directory = write_catalogue("sv", dict(SWEDISH)).parents[2]
    with using(directory, strict=False), caplog.at_level(logging.ERROR):
        assert render(Text("Hello {name}!"), "sv") == "Hej …!"
        assert render(_("Broken {name}", name="secret"), "sv") == "Broken secret"
        assert render(_("Cut {name}", name="x"), "sv") == "Cut x"
        assert render(_("{0} {name!r}", name="x"), "sv") == "{0} {name!r}"
        assert render(_("Read {page}.", page=Link(_("the plan"), "data:x")), "en") == "Read the plan."
    assert len(caplog.records) >= 4
    assert "secret" not in caplog.text


def test_plain_strips_tags_and_shows_addresses() -> None:
    markup = render(_("Read {page}.", page=Link(content("<b>the</b> <plan>"), "https://e.org/?a&b")), "en")
    assert plain(markup) == "Read the <plan>."
    assert plain(markup, addresses=True) == "Read the <plan>: https://e.org/?a&b."
    assert plain(f"a {FSI}b{PDI}", marks=False) == "a b"


def test_rtl_lines_begin_right_to_left() -> None:
    assert rtl_lines("مرحبا\n12 x\n\n<b>Anna</b>\n<b>مرحبا</b>\n☎ 112") == (
        f"مرحبا\n{RLM}12 x\n\n{RLM}<b>Anna</b>\n<b>مرحبا</b>\n{RLM}☎ 112"
    )
    assert rtl_lines("12 x", "ltr") == "12 x"
    assert rtl_lines(rtl_lines("12 x")) == rtl_lines("12 x")


def test_lines_are_isolated_one_by_one() -> None:
    assert isolate("a\n\nb") == f"{FSI}a{PDI}\n\n{FSI}b{PDI}"
    assert clean("a\r\nb\u2028c\td\ud800") == "a\nb\nc d"


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.seen.append("/" + tag)

    def handle_data(self, data: str) -> None:
        self.words += data


tricky = st.text(st.one_of(
    st.characters(), st.sampled_from('<>&"{}\u2068\u2069\u202e\u200f\n\r\u2028אبab/;\x00\ud800'),
), max_size=40)  # fmt: skip


@given(said=tricky, tag=st.sampled_from(["sv", "ar", "fit", "ckb"]))
def test_whatever_is_said_the_markup_stays_whole(said: str, tag: str) -> None:
    markup = render(_("<b>Now</b>: {what}", what=said), tag)
    markup.encode("utf-8")
    parser = _Tags()
    parser.feed(markup)
    parser.close()
    assert parser.seen == ["b", "/b"]
    assert list(unbalanced(markup)) == []
    assert parser.words.replace(FSI, "").replace(PDI, "").endswith(clean(said))
    assert plain(markup, marks=True).count(FSI) == markup.count(FSI)
    assert rtl_lines(markup).count("\n") == markup.count("\n")


@given(said=tricky, url=tricky)
def test_whatever_the_address_no_attribute_breaks(said: str, url: str) -> None:
    try:
        markup = render(_("Read {page}.", page=Link(content(said), "https://e.org/" + url)), "ar")
    except Unrenderable:
        return
    parser = _Tags()
    parser.feed(markup)
    assert [tag for tag in parser.seen if tag not in ("b", "/b")] == ["a", "/a"]


def test_plural_counts_are_values() -> None:
    assert render(n_("{count} hour for {who}", "{count} hours for {who}", 1_200, who="A"), "en") == (
        f"1{NBSP}200 hours for A"
    )
