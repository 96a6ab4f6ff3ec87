from __future__ import annotations

import gettext
from pathlib import Path

import pytest
from babel import Locale as BabelLocale
from babel import plural

from bot.i18n import locales
from bot.i18n.locales import TABLE, UnknownLocale, chain, from_platform, locale


def test_a3_every_language_of_the_list_is_in_the_table() -> None:
    sixteen = "sv sv-simple en ar uk so ti fa-AF fa ckb kmr fi ru pl ps tr"
    assert " ".join(list(TABLE)[:16]) == sixteen
    assert set(["es", "bs", "th", "am", "se", "smj", "sma", "fit", "rmn", "rmy", "yi"]) <= set(TABLE)
    assert {row.tag for row in TABLE.values() if row.dir == "rtl"} == {"ar", "fa-AF", "fa", "ckb", "ps", "yi", "ar-XB"}
    assert {row.tag for row in TABLE.values() if not row.offered} == {"en-XA", "ar-XB"}


def test_codes_and_folders_are_unique() -> None:
    assert len({row.folder for row in TABLE.values()}) == len(TABLE)
    codes = [code for row in TABLE.values() for code in row.codes]
    assert len(codes) == len(set(codes))


def test_every_fallback_and_format_exists() -> None:
    for row in TABLE.values():
        assert [tag for tag in row.fallback if tag not in TABLE] == []
        assert isinstance(row.babel, BabelLocale)


def test_nobody_falls_back_to_a_script_they_may_not_read() -> None:
    assert "kmr" not in chain("ckb") and "ckb" not in chain("kmr")
    assert chain("fa-AF") == ("fa-AF", "fa", "en")
    assert chain("sv-simple") == ("sv-simple", "sv", "en")
    assert chain("ar", "content") == ("ar", "en", "sv")
    assert chain("rmn") == ("rmn", "rmy", "sv", "en")
    assert chain("fit", "content") == ("fit", "fi", "sv")


@pytest.mark.parametrize("tag", [tag for tag in TABLE if tag not in ("bs", "smj", "sma", "fit", "rmn", "rmy")])
def test_trap_1_and_2_plural_rules_agree_with_cldr(tag: str) -> None:
    """Babel's own `init` swaps many and other in Arabic and writes wrong rules for fa, tr, ti, am and the Sami ones."""
    row = locale(tag)
    rule = gettext.c2py(row.plural)
    cldr: plural.PluralRule = row.babel.plural_form
    for number in (*range(125), 1_000, 1_001, 1_011, 1_102):
        category = cldr(number)
        assert row.categories[rule(number)] == category or (category == "other" and row.categories[rule(number)])
        if category in row.categories:
            assert row.categories[rule(number)] == category, number


def test_trap_1_arabic_eleven_is_many() -> None:
    rule = gettext.c2py(locale("ar").plural)
    assert [locale("ar").categories[rule(number)] for number in (0, 1, 2, 3, 10, 11, 99, 100, 101, 103, 111)] == [
        "zero", "one", "two", "few", "few", "many", "many", "other", "other", "few", "many",
    ]  # fmt: skip


def test_trap_3_no_code_is_derived_from_another() -> None:
    assert (locale("kmr").folder, locale("kmr").fmt) == ("kmr", "ku")
    assert (locale("sv-simple").folder, locale("sv-simple").fmt) == ("sv@simple", "sv_SE")
    assert (locale("fa-AF").folder, locale("fit").fmt, locale("ti").fmt) == ("fa_AF", "sv_SE", "ti")


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("sv", "sv"), ("SV_se", "sv"), ("en-GB", "en"), ("ar-SA", "ar"), ("fa", "fa"), ("fa-AF", "fa-AF"),
        ("FA_af", "fa-AF"), ("prs", "fa-AF"), ("ku", "kmr"), ("ku-Arab-IQ", "ckb"), ("ckb", "ckb"), ("be", "ru"),
        ("hr", "bs"), ("sr-Latn-RS", "bs"), ("sv-x-lattlast", "sv-simple"), ("pt-br", None), ("zh-hans", None),
        ("", None), (None, None), ("en-XA", "en"), ("???", None), ("*", None),
        ("so-SO,so;q=0.9,en;q=0.5", "so"), ("xx, en;q=0.3, ti;q=0.8", "ti"), ("ar;q=0,sv;q=0.1", "sv"),
        ("en;q=x, uk", "uk"),
    ],
)  # fmt: skip
def test_platform_codes_preselect(code: str | None, tag: str | None) -> None:
    assert from_platform(code) == tag


def test_platform_codes_pass_over_what_is_not_offered() -> None:
    assert from_platform("th,ar;q=0.8,sv;q=0.5", offered=("sv", "ar")) == "ar"
    assert from_platform("th", offered=("sv",)) is None
    assert locales.AMBIGUOUS["fa"][0] == from_platform("fa")
    assert locales.AMBIGUOUS["ku"][0] == from_platform("ku")


def test_unknown_tag_is_named() -> None:
    with pytest.raises(UnknownLocale, match="'sv_SE' is not in the table"):
        locale("sv_SE")


def test_existing_lists_catalogue_folders_in_table_order(tmp_path: Path) -> None:
    for folder in ("ar", "sv@simple", "nonsense", "sv"):
        (tmp_path / folder / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / folder / "LC_MESSAGES" / "messages.po").write_text("")
    (tmp_path / "en" / "LC_MESSAGES").mkdir(parents=True)
    assert locales.existing(tmp_path) == ["sv", "sv-simple", "ar"]
