"""Whether a text tells of danger: the phrase lists of `bot.rules.emergency`, and the trained model beside them.

The lists know phrases and what kind of danger they are; the model knows sentences that no list foresaw, and not their
kind. Either is enough: a false alarm costs one kind message. What only the model finds is certain from its `sure_from`,
and asked about from its `ask_from`. What the lists are certain of is asked about where the model holds it for unlikely,
below its `doubt_below`; nothing the lists find is dropped.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bot.rules import emergency
from bot.rules.emergency import Emergency, Kind
from bot.rules.understand.model import Guess, trained

WORDS_MIN = 3
"""Less than so many words say too little for the model: names, "no", "nobody". The lists know what short cries there are."""

UNKNOWN_KINDS: tuple[Kind, ...] = ("medical", "suicide", "violence")
"""The lines shown when nobody knows what kind of danger it is: 112, advice about illness, the two lines for talking."""


@lru_cache(maxsize=512)
def detect(text: str, *, guesses: bool = True) -> Emergency | None:
    """Say whether a message tells of danger to life or safety. Never raises; time grows with the text's length only.

    Without `guesses`, what only the model suspects is not asked about: people who answer write of risks and needs.
    """
    listed, model, parts = look(text)[0], trained(), _parts(text)
    likely = max((look(part)[1].danger for part in parts if len(part.split()) >= WORDS_MIN), default=0.0)
    if listed is not None and listed.certain:
        return replace(listed, certain=likely >= model.sure_from or any(map(_stands, parts)))
    if likely >= model.sure_from:
        return replace(listed, certain=True) if listed else Emergency(UNKNOWN_KINDS, True)
    if listed is None and guesses and likely >= model.ask_from:
        return Emergency(UNKNOWN_KINDS, False)
    return listed


@lru_cache(maxsize=1024)
def look(text: str) -> tuple[Emergency | None, Guess]:
    """What the lists find in a text, and what the model makes of it."""
    found = emergency.detect(text)
    return found, trained().guess(text, found)


def _stands(part: str) -> bool:
    """The lists are certain of it, and the model does not hold it for unlikely; a short cry the model is not asked about."""
    listed, guess = look(part)
    if listed is None or not listed.certain:
        return False
    return len(part.split()) < WORDS_MIN or guess.danger >= trained().doubt_below


def _parts(text: str) -> list[str]:
    """The whole text, and each of its sentences, so that one of them is not drowned by the others."""
    sentences = emergency.sentences(text)
    return [text, *sentences] if len(sentences) > 1 else [text]
