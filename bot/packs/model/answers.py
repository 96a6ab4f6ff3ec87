"""Answers that coaches give often, ready to be changed and sent.

`municipalities/answers.yaml` holds those of all packs; a folder's own `answers.yaml` adds to them, or replaces one by its
id.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Final

from pydantic import Field

from bot.packs.model.base import Id, PackModel, Shown, Where

PLACEHOLDERS: Final = ("name", "lab", "time", "phone", "place", "person", "opens", "closes")
"""What may stand in braces: the coach's work name, the idea lab, by when or when, the municipality's number and address,
somebody else who helps, opening hours."""


class CannedAnswer(PackModel):
    """One ready answer. `title` is what coaches choose it by, `text` what the resident gets."""

    id: Id
    title: Shown = Field(min_length=1)
    text: Shown = Field(min_length=1)


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, in order.

    Raises:
        ValueError: A brace that begins or ends nothing.
    """
    return tuple(name for _words, name, _spec, _how in string.Formatter().parse(text) if name is not None)


def answer_problems(answers: tuple[CannedAnswer, ...]) -> Iterator[tuple[Where, str]]:
    """What cannot be filled in, by place in the list and field."""
    for at, answer in enumerate(answers):
        for field in ("title", "text"):
            try:
                named = placeholders(getattr(answer, field))
            except ValueError:
                yield (at, field), "has a brace that stands alone; write for example {name}, or no braces"
                continue
            known = PLACEHOLDERS if field == "text" else ()
            for name in named:
                if name not in known:
                    yield (
                        (at, field),
                        f'"{{{name}}}" is not known here; '
                        + (f"write one of: {', '.join(f'{{{each}}}' for each in known)}" if known else "take it out"),
                    )
