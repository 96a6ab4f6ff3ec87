"""What people type, made comparable: case, accents, digits of other scripts, punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_CHARS = 10_000
"""The longest text a resident can send and have kept whole."""

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("ıİ", "i"), "ł": "l", "ø": "o", "æ": "a", "đ": "d",
        **dict.fromkeys("أإآٱ", "ا"), **dict.fromkeys("ىی", "ي"), "ة": "ه", "ک": "ك", "ـ": None,
        **dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("’‘´`", "'"), "٫": ",", "٬": " ", "،": ",", "؛": ";", "؟": "?",
        "½": ",5", "¼": ",25", "¾": ",75", "\u200c": " ", "\ufe0f": None, "\u20e3": None,
    }
)  # fmt: skip
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u200b-\u200f\u061c\u2060\ufeff]")


@lru_cache(maxsize=1024)
def fold(words: str) -> str:
    """Words made comparable: lower case, no accents, Latin digits, one spelling of Arabic letters, single spaces."""
    words = re.sub("(?<![0-9])[½¼¾]", lambda half: "0" + half[0], words[:MAX_CHARS]).translate(_FOLDED)
    words = unicodedata.normalize("NFKC", words).casefold()
    words = _MARKS.sub("", unicodedata.normalize("NFKD", words)).translate(_FOLDED)
    words = "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in words)
    return " ".join(unicodedata.normalize("NFC", words).split())


def bare(words: str) -> str:
    """Folded words without punctuation and pictures, for comparing labels."""
    return " ".join(re.sub(r"[^\w%+&']|_", " ", fold(words)).split())
