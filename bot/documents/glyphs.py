"""Which characters our fonts can draw. PDF/UA forbids empty boxes, so what no font has must not reach the page."""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
"""The folder of fonts. Another font file laid here (for Chinese, say) is used for what the others lack."""

MAX_MARKS = 3
"""Accents and vowel signs kept on one letter; more would cover the lines above."""

MAX_UNBROKEN = 30
"""Characters after which a word without spaces may be broken, so that it does not run off the page."""

_UNSEEN = re.compile("[\ufeff\ufe00-\ufe0f\U000e0000-\U000e0fff]")
_LONG = re.compile(rf"\S{{{MAX_UNBROKEN + 10},}}")
_ZERO_WIDTH_SPACE = "\u200b"
_REPLACEMENT = "\ufffd"


def printable(words: str) -> tuple[str, bool]:
    """The words with nothing in them that no font can draw, and whether anything got lost.

    A letter of an unknown script becomes U+FFFD, one for several in a row. Emoji and other signs fall away.
    """
    words = _UNSEEN.sub("", unicodedata.normalize("NFC", words))
    kept: list[str] = []
    lost = False
    for cluster in _clusters(words):
        drawn = _drawn(cluster)
        lost = lost or (len(drawn) < len(cluster) and not cluster.isspace())
        if not drawn and cluster[0].isalpha() and kept[-1:] != [_REPLACEMENT]:
            drawn = _REPLACEMENT
        if drawn:
            kept.append(drawn)
    return _LONG.sub(_breakable, "".join(kept)), lost


def _clusters(words: str) -> list[str]:
    """Each character with the marks that stand on it."""
    clusters: list[str] = []
    for each in words:
        if clusters and unicodedata.category(each)[0] == "M":
            clusters[-1] += each
        else:
            clusters.append(each)
    return clusters


def _drawn(cluster: str) -> str:
    """As much of a cluster as one font alone can draw."""
    cluster = cluster[: 1 + MAX_MARKS]
    for wanted in (cluster, cluster[0]):
        if any(all(ord(each) in font for each in wanted) for font in _coverage()):
            return wanted
    return " " if cluster[0].isspace() else ""


def _breakable(long: re.Match[str]) -> str:
    clusters = _clusters(long.group())
    pieces = ("".join(clusters[at : at + MAX_UNBROKEN]) for at in range(0, len(clusters), MAX_UNBROKEN))
    return _ZERO_WIDTH_SPACE.join(pieces)


@cache
def _coverage() -> tuple[frozenset[int], ...]:
    """The characters of each font file."""
    files = sorted(each for each in FONTS.iterdir() if each.suffix in (".ttf", ".otf"))
    return tuple(frozenset(_characters(each.read_bytes())) for each in files)


def _characters(font: bytes) -> set[int]:
    """The code points of a font's `cmap` table, formats 4 and 12. Source: OpenType 1.9, "cmap"."""
    tables = {
        tag: offset for tag, _sum, offset, _length in struct.iter_unpack(">4sIII", font[12 : 12 + 16 * _u16(font, 4)])
    }
    start = tables[b"cmap"]
    found: set[int] = set()
    for record in range(_u16(font, start + 2)):
        at = start + struct.unpack_from(">I", font, start + 4 + 8 * record + 4)[0]
        if _u16(font, at) == 4:
            found |= _format_4(font, at)
        elif _u16(font, at) == 12:
            for group in range(struct.unpack_from(">I", font, at + 12)[0]):
                first, last = struct.unpack_from(">II", font, at + 16 + 12 * group)
                found.update(range(first, last + 1))
    return found


def _format_4(font: bytes, at: int) -> set[int]:
    segments = _u16(font, at + 6) // 2
    ends, starts = at + 14, at + 16 + 2 * segments
    found: set[int] = set()
    for index in range(segments):
        first, last = _u16(font, starts + 2 * index), _u16(font, ends + 2 * index)
        delta, position = _u16(font, starts + 2 * (segments + index)), starts + 2 * (2 * segments + index)
        offset = _u16(font, position)
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = _u16(font, position + offset + 2 * (code - first)) if offset else (code + delta) & 0xFFFF
            if glyph:
                found.add(code)
    return found


def _u16(font: bytes, at: int) -> int:
    return int.from_bytes(font[at : at + 2], "big")
