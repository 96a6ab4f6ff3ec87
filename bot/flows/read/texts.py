"""Answers in free words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.flows.model import Known, Problem, Read, Reading
from bot.flows.read.typed import MAX_CHARS, Control, Kind, as_text
from bot.i18n import Text, _, n_


@dataclass(frozen=True, slots=True)
class FreeText(Kind):
    """Words as they were written. Up to 10,000 characters are kept whole; `max_chars` is the length hoped for."""

    kind = "text"
    max_chars: int

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        if len(words) > MAX_CHARS:
            return Problem(
                n_(
                    "That is {count} character. I can take {most} at a time. "
                    "Please send the beginning first, and tell the rest later.",
                    "That is {count} characters. I can take {most} at a time. "
                    "Please send the beginning first, and tell the rest later.",
                    len(words),
                    most=MAX_CHARS,
                ),
                _(
                    "It is still too long for me. Send the most important part first, at most {most} characters.",
                    most=MAX_CHARS,
                ),
            )
        if len(words) > self.max_chars:
            return Read(words, _("That was a long answer, and I have kept all of it."))
        return Read(words)

    def show(self, value: Any, known: Known) -> Text:
        return as_text(str(value))

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        many_lines = self.max_chars > 200 or len(str(value or "")) > 100 or "\n" in str(value or "")
        return (Control("value", input_type="textarea" if many_lines else "text", max_chars=self.max_chars),)


class LongText(FreeText):
    """Free words in some sentences."""

    kind = "long_text"


def text(max_chars: int = 200) -> FreeText:
    """A short answer: a name, a title, a sentence."""
    return FreeText(max_chars)


def long_text(max_chars: int = MAX_CHARS) -> LongText:
    """An answer of some sentences."""
    return LongText(max_chars)
