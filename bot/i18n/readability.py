"""LIX, the Swedish readability number: words per sentence + share of words over six letters, in per cent.

Under 30 is very easy, 30-40 easy, 40-50 medium, over 50 official. It knows nothing of hard short words or of sense, so
it warns; it does not judge. Source: Björnsson 1968.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

FEWEST_WORDS = 10
"""Texts with fewer words are left out of averages: their number says nothing."""

_WORD = re.compile(r"\w+(?:[-:’']\w+)*")
_SENTENCE = re.compile(r"[.!?:…]+(?:\s|$)|\n+")


def sentences(text: str) -> list[str]:
    """The sentences of a text without markup; each placeholder counts as one short word."""
    words = re.sub(r"\{\w+\}", "namn", re.sub(r"</?b>", "", text))
    return [part for part in _SENTENCE.split(words) if _WORD.search(part)]


def words(text: str) -> list[str]:
    """The words of a sentence or text."""
    return _WORD.findall(text)


def lix(text: str) -> float:
    """The text's LIX; 0 when it has no words."""
    parts = sentences(text)
    found = [word for part in parts for word in words(part)]
    if not found:
        return 0.0
    return len(found) / len(parts) + 100 * sum(len(word) > 6 for word in found) / len(found)


def average(texts: Iterable[str]) -> float | None:
    """The mean LIX of the texts that are long enough to have one; None when none is."""
    found = [lix(text) for text in texts if sum(len(words(part)) for part in sentences(text)) >= FEWEST_WORDS]
    return sum(found) / len(found) if found else None
