"""Pseudo-languages, made from the code's sentences: they show what a real translation would break.

en-XA is longer, accented and in brackets: a word without accents is hard-coded, a bracket that is cut off is a button
too short. ar-XB is right-to-left letters: a number or name that jumps lacks its isolate. Never offered to residents.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from babel.messages.catalog import Catalog

from bot.i18n.editing import merged, new_file, po_path
from bot.i18n.locales import locale
from bot.i18n.pofiles import entries, ids, write

_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzåäöABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ",
    "áƀçđéƒĝĥíĵķļɱñóþɋřšţúṽŵẋýžǻǟȫÁƁÇĐÉƑĜĤÍĴĶĻṀÑÓÞɊŘŠŢÚṼŴẊÝŽǺǞȪ",
)
_MIRRORED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzåäö",
    "ابثدهفغحيجكلمنوپقرستعڤشخطزأآؤ",
)
_KEPT = re.compile(r"(\{\w+\}|</?b>|\n)")

_WORD = 12
"""The longest word of what is added to a text."""


def lengthened(sentence: str) -> str:
    """The sentence in en-XA: accents, forty per cent longer, in brackets; placeholders and tags as they were."""
    words = "".join(part if _KEPT.fullmatch(part) else part.translate(_ACCENTED) for part in _KEPT.split(sentence))
    length = len(_KEPT.sub("", sentence))
    more = -(-length * 4 // 10)
    padding = " ".join("~" * min(_WORD, more - at) for at in range(0, more, _WORD))  # longer texts have words too
    return f"[{words}{' ' if length > 3 else ''}{padding}]"


def mirrored(sentence: str) -> str:
    """The sentence in ar-XB: Arabic letters for Latin ones; placeholders and tags as they were."""
    return "".join(
        part if _KEPT.fullmatch(part) else part.lower().translate(_MIRRORED) for part in _KEPT.split(sentence)
    )


PSEUDO = {"en-XA": lengthened, "ar-XB": mirrored}


def make(template: Catalog, directory: Path, domain: str = "messages") -> list[Path]:
    """Write both pseudo-languages' catalogues of the template's sentences into a directory, usually a temporary one."""
    paths = []
    for tag, change in PSEUDO.items():
        catalog = merged(Catalog(charset="utf-8"), template, tag)
        for message in entries(catalog):
            changed = [change(sentence) for sentence in ids(message)]
            last = (changed[-1],) * (locale(tag).nplurals - 1)
            message.string = changed[0] if len(changed) == 1 else (changed[-1] if tag == "ar-XB" else changed[0], *last)
        path = po_path(directory, tag, domain)
        write(replace(new_file(path, tag), catalog=catalog))
        paths.append(path)
    return paths
