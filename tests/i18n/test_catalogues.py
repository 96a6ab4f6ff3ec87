from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.i18n import Text, _, catalogues, content, n_, p_
from bot.i18n.catalogues import CatalogueError, compile_all, load, using

WriteCatalogue = Callable[..., Path]

HOURS = ("{count} hour", "{count} hours")


def test_trap_7_missing_mo_fails_with_a_remedy(write_catalogue: WriteCatalogue) -> None:
    path = write_catalogue("sv", {"Yes": "Ja"})
    with pytest.raises(CatalogueError, match=r"messages\.mo is missing: run `make catalogues`"):
        load(path.parents[2])


def test_empty_directory_fails(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="holds no catalogues"):
        load(tmp_path)


def test_stale_mo_fails_whatever_the_dates_say(write_catalogue: WriteCatalogue) -> None:
    path = write_catalogue("sv", {"Yes": "Ja"})
    directory = path.parents[2]
    compile_all(directory)
    load(directory)
    path.write_text(path.read_text().replace("Ja", "Jo"))
    os.utime(path, (0, 0))
    with pytest.raises(CatalogueError, match=r"older than its \.po"):
        load(directory)
    assert compile_all(directory) == [path.with_suffix(".mo")]
    assert load(directory).own(_("Yes"), "sv") == "Jo"
    assert compile_all(directory) == []


def test_broken_mo_fails(write_catalogue: WriteCatalogue) -> None:
    path = write_catalogue("sv", {"Yes": "Ja"})
    path.with_suffix(".mo").write_bytes(b"not a catalogue")
    with pytest.raises(CatalogueError, match="cannot be read"):
        load(path.parents[2])


def test_wrong_plural_rule_is_refused(write_catalogue: WriteCatalogue) -> None:
    path = write_catalogue("ar", {"Yes": "نعم"}, header={"Plural-Forms": "nplurals=6; plural=(n==0 ? 0 : 5);"})
    compile_all(path.parents[2])
    with pytest.raises(CatalogueError, match="has the plural rule"):
        load(path.parents[2])


def test_the_chain_is_walked_per_message(write_catalogue: WriteCatalogue) -> None:
    write_catalogue("fa-AF", {"Yes": "بلی"})
    write_catalogue("fa", {"Yes": "بله", "No": "نه"})
    directory = write_catalogue("sv", {"Yes": "Ja", "No": "Nej", "Perhaps": "Kanske"}).parents[2]
    with using(directory) as here:
        assert next(here.candidates(_("Yes"), "fa-AF")) == ("بلی", "fa-AF")
        assert next(here.candidates(_("No"), "fa-AF")) == ("نه", "fa")
        assert next(here.candidates(_("Perhaps"), "fa-AF")) == ("Perhaps", "en")
        assert here.lang_of(_("Perhaps"), "sv-simple") == "sv"
        assert here.tags() == ["sv", "fa-AF", "fa"]


def test_content_is_swedish_at_its_source(write_catalogue: WriteCatalogue) -> None:
    directory = write_catalogue("ar", {"Föreningsbidrag": "منحة الجمعيات"}, domain="content").parents[2]
    with using(directory) as here:
        assert here.lang_of(content("Föreningsbidrag"), "ar") == "ar"
        assert next(here.candidates(content("Lokalbidrag"), "ar")) == ("Lokalbidrag", "sv")


def test_a_context_keeps_words_apart(write_catalogue: WriteCatalogue) -> None:
    path = write_catalogue("sv", {"Open": "Öppet"}, context="hours")
    with using(path.parents[2]) as here:
        assert here.own(p_("hours", "Open"), "sv") == "Öppet"
        assert here.own(p_("status", "Open"), "sv") is None
        assert here.own(_("Open"), "sv") is None


def test_an_empty_text_is_not_the_catalogues_header(write_catalogue: WriteCatalogue) -> None:
    with using(write_catalogue("sv", {"Yes": "Ja"}).parents[2]) as here:
        assert here.own(Text(""), "sv") == ""


def test_words_without_letters_belong_to_every_language(write_catalogue: WriteCatalogue) -> None:
    with using(write_catalogue("sv", {"Yes": "Ja"}).parents[2]) as here:
        assert here.lang_of(_("<b>{title}</b>: {place}", title="a", place="b"), "ar") == "ar"


def test_an_unfinished_plural_is_not_filled_with_english(write_catalogue: WriteCatalogue) -> None:
    """Babel's compiler puts the source into the empty forms of a plural."""
    path = write_catalogue("ar", {HOURS: ("", "ساعة", "ساعتان", "{count} ساعات", "", "")})
    with using(path.parents[2]) as here:
        assert here.own(n_(*HOURS, 11), "ar") is None
        assert here.own(n_(*HOURS, 1), "ar") is None


def test_fuzzy_is_not_shown(write_catalogue: WriteCatalogue) -> None:
    path = write_catalogue("sv", {"Yes": "Ja"})
    path.write_text(path.read_text().replace('msgid "Yes"', '#, fuzzy\nmsgid "Yes"'))
    with using(path.parents[2]) as here:
        assert here.own(_("Yes"), "sv") is None


@pytest.mark.parametrize(
    ("count", "words"), [(0, "zero"), (1, "one"), (2, "two"), (5, "few"), (11, "many"), (100, "other")]
)
def test_arabic_plurals_reach_all_six_forms(write_catalogue: WriteCatalogue, count: int, words: str) -> None:
    path = write_catalogue("ar", {HOURS: ("zero", "one", "two", "few", "many", "other")})
    with using(path.parents[2]) as here:
        assert here.own(n_(*HOURS, count), "ar") == words


@pytest.mark.parametrize("tag", ["fit", "rmn", "sma", "th", "kmr", "sv-simple", "fa-AF"])
def test_trap_3_languages_babel_does_not_know_keep_their_rule(write_catalogue: WriteCatalogue, tag: str) -> None:
    """Babel writes no Plural-Forms at all for a language without data, and `Language: ku_TR` for kmr."""
    forms = tuple(f"form {number}" for number in range(catalogues.locale(tag).nplurals))
    path = write_catalogue(tag, {HOURS: forms, "Yes": "x"})
    with using(path.parents[2]) as here:
        assert here.own(n_(*HOURS, 100), tag) == forms[-1]


def test_review_status_reaches_the_program(write_catalogue: WriteCatalogue) -> None:
    signed = {"X-Review-Status": "native-reviewed", "X-Reviewer": "A Reader", "X-Review-Date": "2026-11-20"}
    path = write_catalogue("ar", {"Call 112": "اتصل"}, context="emergency", header=signed)
    with using(path.parents[2]) as here:
        assert here.review_status("ar") == "native-reviewed"
        assert here.review_status("ar", emergency=True) == "machine-drafted"
        assert here.review_status("so") == "machine-drafted"
    path = write_catalogue("ar", {"Call 112": "اتصل"}, context="emergency",
                           user_comments=("review: native-reviewed, A Reader, 2026-11-20",))  # fmt: skip
    with using(path.parents[2]) as here:
        assert here.review_status("ar", emergency=True) == "native-reviewed"


def test_the_projects_own_catalogues_load() -> None:
    compile_all()
    assert {"sv", "sv-simple", "en", "ar"} <= set(load().tags())
