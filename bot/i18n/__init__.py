"""Languages: the table of locales, the catalogues, and the one place where texts become words."""

from bot.i18n.text import Link, Ltr, Made, OwnName, Sek, Text, Value, _, content, n_, p_

__all__ = ["Link", "Ltr", "Made", "OwnName", "Sek", "Text", "Value", "_", "content", "n_", "p_"]
