"""The one table of languages: which codes, script, plural rule and fallbacks belong together.

A language has several codes (BCP-47 tag, gettext folder, Babel locale, Telegram code) and none can be computed from
another, so every row spells them out. Which languages a municipality offers is its pack's choice, not this table's.
Sources: CLDR 47 through Babel for plural rules and data, the IANA registry for `sv-simple`.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale as BabelLocale

LOCALES_DIR = Path(__file__).resolve().parents[2] / "locales"
"""Where the project keeps its catalogues."""

SOURCE = {"messages": "en", "content": "sv"}
"""The language the sentences of each gettext domain are written in."""


class UnknownLocale(LookupError):
    """Nobody knows the tag; `tag` holds it. Ask `from_platform` first when it came from outside."""

    def __init__(self, tag: str) -> None:
        super().__init__(f"{tag!r} is not in the table of bot/i18n/locales.py; known: {', '.join(TABLE)}")
        self.tag = tag


@dataclass(frozen=True, slots=True)
class Locale:
    """One language, or one way of writing it.

    `nplurals` and `plural` are the catalogue's Plural-Forms, `categories` the CLDR names of those forms in order.
    `no_data` names what Babel cannot say in this language ("dates", "lists"): own catalogue messages stand in.
    `fallback` is walked per message; the domain's source language always comes last and needs no mention.
    """

    tag: str
    own_name: str
    english_name: str
    folder: str
    fmt: str
    script: str
    plural: str
    categories: tuple[str, ...]
    fallback: tuple[str, ...]
    codes: tuple[str, ...]
    no_data: frozenset[str] = frozenset()
    offered: bool = True

    @property
    def dir(self) -> str:
        """`rtl` or `ltr`, as in HTML."""
        return "rtl" if self.script in ("Arab", "Hebr") else "ltr"

    @property
    def nplurals(self) -> int:
        return len(self.categories)

    @property
    def plural_forms(self) -> str:
        """The header every catalogue of this language carries. `pybabel init` writes wrong ones (Babel issue 816)."""
        return f"nplurals={self.nplurals}; plural=({self.plural});"

    @property
    def babel(self) -> BabelLocale:
        """Babel's data for numbers and dates."""
        return _babel(self.fmt)


@cache
def _babel(fmt: str) -> BabelLocale:
    return BabelLocale.parse(fmt)


_ONE = ("n != 1", ("one", "other"))
_ZERO_OR_ONE = ("n > 1", ("one", "other"))
_NONE = ("0", ("other",))
_ARABIC = (
    "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5",
    ("zero", "one", "two", "few", "many", "other"),
)
_SLAVIC = ("n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2", ("one", "few", "many"))
_POLISH = ("n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2", ("one", "few", "many"))
_BOSNIAN = (_SLAVIC[0], ("one", "few", "other"))
_SAMI = ("n==1 ? 0 : n==2 ? 1 : 2", ("one", "two", "other"))

_EN = ("en", "sv")
_DATES = frozenset({"dates", "lists"})
_LISTS = frozenset({"lists"})

# fmt: off
_ROWS = (
    # tag, own name, English name, folder, fmt, script, plural, fallback, codes that mean it
    Locale("sv", "Svenska", "Swedish", "sv", "sv_SE", "Latn", *_ONE, (), ("sv",)),
    Locale(
        "sv-simple", "Lätt svenska", "Easy Swedish", "sv@simple", "sv_SE", "Latn", *_ONE, ("sv",),
        ("sv-simple", "sv-x-lattlast"),
    ),
    Locale("en", "English", "English", "en", "en_SE", "Latn", *_ONE, ("sv",), ("en",)),
    Locale("ar", "العربية", "Arabic", "ar", "ar", "Arab", *_ARABIC, _EN, ("ar",)),
    Locale("uk", "Українська", "Ukrainian", "uk", "uk", "Cyrl", *_SLAVIC, _EN, ("uk",)),
    Locale("so", "Soomaali", "Somali", "so", "so", "Latn", *_ONE, _EN, ("so",)),
    Locale("ti", "ትግርኛ", "Tigrinya", "ti", "ti", "Ethi", *_ZERO_OR_ONE, _EN, ("ti",)),
    Locale(
        "fa-AF", "دری", "Dari", "fa_AF", "fa_AF", "Arab", *_ZERO_OR_ONE, ("fa", "en", "sv"),
        ("fa-af", "prs"),
    ),
    Locale("fa", "فارسی", "Persian", "fa", "fa", "Arab", *_ZERO_OR_ONE, _EN, ("fa", "pes")),
    Locale(
        "ckb", "کوردیی ناوەندی (سۆرانی)", "Sorani Kurdish", "ckb", "ckb", "Arab", *_ONE, _EN,
        ("ckb", "ku-arab"), _LISTS,
    ),
    Locale("kmr", "Kurdî (Kurmancî)", "Kurmanji Kurdish", "kmr", "ku", "Latn", *_ONE, _EN, ("kmr", "ku", "ku-latn")),
    Locale("fi", "Suomi", "Finnish", "fi", "fi_FI", "Latn", *_ONE, _EN, ("fi",)),
    Locale("ru", "Русский", "Russian", "ru", "ru", "Cyrl", *_SLAVIC, _EN, ("ru", "be")),
    Locale("pl", "Polski", "Polish", "pl", "pl", "Latn", *_POLISH, _EN, ("pl",)),
    Locale("ps", "پښتو", "Pashto", "ps", "ps", "Arab", *_ONE, _EN, ("ps",)),
    Locale("tr", "Türkçe", "Turkish", "tr", "tr", "Latn", *_ONE, _EN, ("tr",)),
    Locale("es", "Español", "Spanish", "es", "es", "Latn", *_ONE, _EN, ("es",)),
    Locale(
        "bs", "Bosanski / Hrvatski / Srpski", "Bosnian, Croatian, Serbian", "bs", "bs", "Latn", *_BOSNIAN, _EN,
        ("bs", "hr", "sr", "sh"),
    ),
    Locale("th", "ไทย", "Thai", "th", "th", "Thai", *_NONE, _EN, ("th",)),
    Locale("am", "አማርኛ", "Amharic", "am", "am", "Ethi", *_ZERO_OR_ONE, _EN, ("am",)),
    # The minority pack: short catalogues.
    Locale("se", "Davvisámegiella", "North Sami", "se", "se_SE", "Latn", *_SAMI, ("sv",), ("se", "sme")),
    Locale("smj", "Julevsámegiella", "Lule Sami", "smj", "sv_SE", "Latn", *_SAMI, ("se", "sv"), ("smj",), _DATES),
    Locale("sma", "Åarjelsaemien gïele", "South Sami", "sma", "sv_SE", "Latn", *_SAMI, ("se", "sv"), ("sma",), _DATES),
    Locale("fit", "Meänkieli", "Meänkieli", "fit", "sv_SE", "Latn", *_ONE, ("fi", "sv"), ("fit",), _DATES),
    Locale(
        "rmn", "Romani čhib (Arli)", "Romani (Arli)", "rmn", "sv_SE", "Latn", *_ONE, ("rmy", "sv"), ("rmn",), _DATES,
    ),
    Locale(
        "rmy", "Romani šib (Lovari, Kelderaš)", "Romani (Lovari, Kelderash)", "rmy", "sv_SE", "Latn", *_ONE,
        ("rmn", "sv"), ("rmy", "rom", "rmc"), _DATES,
    ),
    Locale("yi", "ייִדיש", "Yiddish", "yi", "yi", "Hebr", *_ONE, _EN, ("yi", "ji")),
    # Pseudo-locales show hard-coded words, cut-off buttons and missing isolates. Nobody is offered them.
    Locale("en-XA", "[Ƥšéûðö]", "Pseudo, long", "en_XA", "en_SE", "Latn", *_ONE, ("en",), ("en-xa",), offered=False),
    Locale("ar-XB", "[XB]", "Pseudo, mirrored", "ar_XB", "ar", "Arab", *_ARABIC, ("en",), ("ar-xb",), offered=False),
)
# fmt: on

TABLE: dict[str, Locale] = {row.tag: row for row in _ROWS}
"""All locales by tag, in the order in which lists show them."""

BY_FOLDER: dict[str, Locale] = {row.folder: row for row in _ROWS}
"""All locales by the name of their gettext folder."""

AMBIGUOUS: dict[str, tuple[str, ...]] = {"fa": ("fa", "fa-AF"), "ku": ("kmr", "ckb")}
"""Platform codes that mean several of our languages, likeliest first: preselect the first, but ask."""

_BY_CODE = {code: row.tag for row in _ROWS for code in (row.tag.lower(), *row.codes)}


def locale(tag: str) -> Locale:
    """The row of the table.

    Raises:
        UnknownLocale: `tag` is not one of ours, spelled as ours.
    """
    try:
        return TABLE[tag]
    except KeyError:
        raise UnknownLocale(tag) from None


def chain(tag: str, domain: str = "messages") -> tuple[str, ...]:
    """The tags to try for a text, in order; the last one is the language the source sentences are written in."""
    source = SOURCE[domain]
    tags: list[str] = []
    for each in (tag, *locale(tag).fallback):
        if each not in tags:
            tags.append(each)
        if each == source:
            return tuple(tags)
    return (*tags, source)


def from_platform(code: str | None, offered: Container[str] | None = None) -> str | None:
    """The tag that a Telegram `language_code` or an `Accept-Language` header points to, or None.

    It only preselects: the code is the language of somebody's telephone. See `AMBIGUOUS` for codes that need asking.
    With `offered`, other languages are passed over. Case and separators do not matter; regions fall away ("pt-br").
    """
    for wish in _wishes(code or ""):
        parts = wish.lower().replace("_", "-").split("-")
        for length in range(len(parts), 0, -1):
            tag = _BY_CODE.get("-".join(parts[:length]))
            if tag and (tag in offered if offered is not None else TABLE[tag].offered):
                return tag
    return None


def _wishes(header: str) -> list[str]:
    """The codes of an Accept-Language header, most wanted first (RFC 9110, 12.5.4); a plain code is its own list."""
    ranked: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        code, *options = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for option in options:
            if option.startswith("q="):
                try:
                    quality = float(option[2:])
                except ValueError:
                    quality = 0.0
        if code and quality > 0:
            ranked.append((-quality, code))
    return [code for _, code in sorted(ranked, key=lambda pair: pair[0])]


def existing(directory: Path = LOCALES_DIR) -> list[str]:
    """The tags that have a catalogue in `directory`, in the table's order."""
    return [row.tag for row in _ROWS if any((directory / row.folder / "LC_MESSAGES").glob("*.po"))]
