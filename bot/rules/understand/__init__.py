"""What somebody wants, from a sentence in their own words: the intent, how sure that is, the language, danger.

What stands in the sentence (a place, a day, a number …) is read by `bot.flows.understanding`, which is beside the
readers. Both are data for each language: `examples/<tag>.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.rules.emergency import Emergency
from bot.rules.understand import danger
from bot.rules.understand.examples import EMERGENCY, INTENTS

__all__ = ["EMERGENCY", "INTENTS", "Meaning", "meaning"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The likeliest intent with its probability, the next likeliest ones, and the language with its probability.

    `danger` is what `bot.rules.understand.danger` found; then the intent is `emergency`.
    """

    intent: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    language: str
    language_confidence: float
    danger: Emergency | None = None


@lru_cache(maxsize=512)
def meaning(text: str) -> Meaning:
    """What a text says its writer wants. Never raises on any text; takes a few milliseconds."""
    guess = danger.look(text)[1]
    alarm = danger.detect(text)
    language, language_confidence = guess.languages[0]
    ranked = guess.intents
    if alarm is not None:
        sure = max(guess.danger, 0.95 if alarm.certain else 0.5)
        ranked = ((EMERGENCY, sure), *((name, each * (1 - sure)) for name, each in ranked))
    (intent, confidence), *others = ranked
    return Meaning(intent, confidence, tuple(others[:3]), language, language_confidence, alarm)
