"""Languages: the table of locales, the catalogues, and the one place where texts become words."""

from bot.i18n.locales import from_platform, locale
from bot.i18n.markup import plain, rtl_lines
from bot.i18n.render import lang_of, render
from bot.i18n.text import LanguageName, Link, Ltr, Made, OwnName, Sek, Text, Value, _, content, n_, p_

__all__ = [
    "LanguageName",
    "Link",
    "Ltr",
    "Made",
    "OwnName",
    "Sek",
    "Text",
    "Value",
    "_",
    "content",
    "from_platform",
    "lang_of",
    "locale",
    "n_",
    "p_",
    "plain",
    "render",
    "rtl_lines",
]
