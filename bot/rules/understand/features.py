"""What the classifier sees of a sentence: its words, pairs of words and pieces of words, in one spelling.

Pieces of three to five letters forgive typos, endings and dialect. What the phrase lists of `bot.rules.emergency` find
is a feature too, so that what they know need not be learnt again.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from bot.rules import emergency

SIZE = 1 << 20
"""Features are counted in so many places, by checksum: so many that two seldom share one (with 1 << 17 of them two points
fewer of the dangers held back were found)."""

_WORD = re.compile(r"[^\W_]+|\?")
_DIGITS = re.compile(r"\d+")
_WEIGHTS = {"word": 1.0, "pair": 0.7, "piece": 1.2, "shape": 0.5, "list": 1.0}
MAX_WORDS = 60


def words_of(text: str) -> list[str]:
    """The words in one spelling; a number of any size is its count of digits."""
    plain = emergency.normalise(text.replace("؟", "?"))
    return [_DIGITS.sub(lambda digits: "0" * min(len(digits[0]), 5), word) for word in _WORD.findall(plain)][:MAX_WORDS]


def features(text: str, found: emergency.Emergency | None) -> dict[int, float]:
    """Places and weights of everything seen in a sentence; `found` is what the phrase lists say of it.

    Each kind of feature weighs the same in a short sentence as in a long one.
    """
    words = words_of(text)
    weights: dict[int, float] = {}
    for kind, names in (
        ("word", words),
        ("pair", _pairs(words)),
        ("piece", _pieces(words)),
        ("shape", _shape(words)),
        ("list", _listed(found)),
    ):
        places = {zlib.crc32(f"{kind[0]}{name}".encode()) % SIZE for name in names}
        if places:
            weight = _WEIGHTS[kind] / math.sqrt(len(places))
            for place in places:
                weights[place] = weights.get(place, 0.0) + weight
    return weights


def evidence(score: float, intents: Mapping[str, float], words: int, languages: Sequence[float]) -> tuple[float, ...]:
    """What is weighed for danger: its score, how long the sentence is, how little it looks like any intent, which ones.

    A sentence that is surely about a room is no alarm, though it has a word of one; one that fits nowhere may be. The
    languages (their probabilities) have fewer or more examples, and scores that are lower or higher for it.
    """
    length = min(words, 12) / 12
    doubt = -sum(each * math.log(each) for each in intents.values() if each > 0)
    return (score, score * length, length, doubt, *(intents[name] for name in sorted(intents)), *languages)


def _pairs(words: list[str]) -> Iterator[str]:
    edged = ["^", *words, "$"]
    yield from (f"{one} {other}" for one, other in pairwise(edged))
    yield from (f"{one} _ {other}" for one, other in zip(words, words[2:], strict=False))


def _pieces(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        edged = f" {word} "
        for length in (3, 4, 5):
            yield from (edged[at : at + length] for at in range(len(edged) - length + 1))


def _shape(words: list[str]) -> Iterator[str]:
    yield f"length {min(len(words), 3) if len(words) < 5 else 5 if len(words) < 9 else 9}"
    if "?" in words:
        yield "question"
    if any(word[0] == "0" for word in words):
        yield "number"


def _listed(found: emergency.Emergency | None) -> Iterator[str]:
    if found is None:
        yield "nothing"
        return
    yield "certain" if found.certain else "asked"
    yield from found.kinds
