"""What all readers share: cleaning what was typed, comparing it, and the answer to a sticker where words are wanted."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.flows.model import Choice, Input, Known, Problem, Reading
from bot.i18n import Text, Value, _
from bot.i18n.catalogues import Catalogues, current
from bot.i18n.render import plain, render
from bot.rules.spelling import MAX_CHARS as MAX_CHARS
from bot.rules.spelling import bare as bare
from bot.rules.spelling import fold as fold

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a web form, as plain data.

    `input_type` is an HTML input type, or `textarea`, `radio`, `checkboxes`, `select`. `label` None means the step's
    own label. `low` and `high` go into min and max, as HTML wants them. `max_chars` is a hint to show, never a cut.
    `group` numbers the row that the control belongs to.
    """

    name: str
    label: Text | None = None
    input_type: str = "text"
    options: tuple[Choice, ...] = ()
    required: bool = True
    autocomplete: str = ""
    inputmode: str = ""
    low: str = ""
    high: str = ""
    max_chars: int | None = None
    group: int | None = None


class Kind(ABC):
    """A kind of question. Each kind says what it does with typed words, a pressed button and a form's fields."""

    kind = ""

    def read(self, input: Input, known: Known, draft: Any = None) -> Reading:
        """See `bot.flows.model.Reader`. Never raises, whatever is said."""
        if input.fields is not None:
            return self.filled({name: clean(words) for name, words in input.fields.items()}, known, draft)
        if input.press is not None:
            return self.pressed(input.press.choice, known, draft)
        if input.text is not None and visible(clean(input.text)):
            return self.said(clean(input.text), known, draft)
        if input.text is not None and input.file is None:
            return self.silent(known, draft)
        return misfit(input, self.help(known))

    @abstractmethod
    def said(self, words: str, known: Known, draft: Any) -> Reading:
        """Read cleaned words with something visible in them."""

    def silent(self, known: Known, draft: Any) -> Reading:
        """Nothing visible was sent: an empty message, spaces, invisible characters."""
        return Problem(_("I see nothing written there. Try again, in your own words."), self.help(known))

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        """Read a pressed button. This kind has none."""
        return Problem(self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        """Read a web form's controls."""
        words = fields.get("value", "")
        return self.said(words, known, draft) if visible(words) else self.silent(known, draft)

    def help(self, known: Known) -> Text:
        """How to answer, with an example."""
        return _("Write a few words. They do not need to be perfect.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        return ()

    def show(self, value: Any, known: Known) -> Text:
        return as_text(str(value))

    def spot(self, text: str, known: Known) -> Any | None:
        return None

    def merged(self, old: Any, new: Any) -> Any:
        """An answer corrected by what `spot` found."""
        return new

    def form_values(self, value: Any) -> dict[str, str]:
        """What a form shows for `value`: read again as fields, it gives the same value."""
        return {"value": str(value)}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        """The controls a form shows; `value` is what stands in them already."""
        return (Control("value"),)


def clean(words: str) -> str:
    """What somebody wrote, without direction overrides, control characters and space around it; line breaks stay."""
    words = (
        words.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n\n")
        .replace("\t", " ")
    )
    kept = (c for c in words if c == "\n" or (ord(c) not in _BIDI and unicodedata.category(c) not in ("Cc", "Cs")))
    return "".join(kept).strip()


def visible(words: str) -> bool:
    """Whether there is anything to see."""
    return any(c not in _BLANK and unicodedata.category(c)[0] not in "ZCM" for c in words)


def tags(locale: str) -> tuple[str, ...]:
    """The languages to understand somebody in: their own first, then Swedish and English."""
    return tuple(dict.fromkeys((locale, "sv", "en")))


def in_words(text: Text, locale: str) -> str:
    """A text as plain words, without markup and direction marks."""
    return clean(plain(render(text, locale)))


def words(text: Text, locale: str) -> frozenset[str]:
    """The words of a list such as "yes | of course", in the locale, Swedish and English, ready to compare with `bare`."""
    return _words(text, locale, current())


def labels(text: Text, locale: str) -> frozenset[str]:
    """A label in the locale, Swedish and English, ready to compare with `bare`."""
    return _labels(text, locale, current())


@lru_cache(maxsize=4096)
def _words(text: Text, locale: str, catalogues: Catalogues) -> frozenset[str]:
    parts = (part for tag in tags(locale) for part in in_words(text, tag).split("|"))
    return frozenset(bare(part) for part in parts if bare(part))


@lru_cache(maxsize=4096)
def _labels(text: Text, locale: str, catalogues: Catalogues) -> frozenset[str]:
    return frozenset(filter(None, (bare(in_words(text, tag)) for tag in tags(locale))))


def as_text(value: Value) -> Text:
    """A value that needs no sentence around it."""
    return Text("{value}", values=(("value", value),))


def shown(said: str, max_chars: int = 60) -> str:
    """Somebody's words for quoting them back in a line."""
    line = " ".join(said.split())
    return line if len(line) <= max_chars else line[: max_chars - 1].rstrip() + "…"


def first(items: Iterable[str]) -> str:
    """The first one that shows anything, or the empty string."""
    return next((item for item in items if visible(item)), "")


def misfit(input: Input, help: Text) -> Problem:
    """The answer to something that cannot be this answer. `help` is said the second time."""
    if input.file is not None:
        return Problem(_MISFITS.get(input.file.kind, _ANY_FILE), help)
    if input.person is not None:
        return Problem(_("Thank you for the contact. This question needs an answer in words. Please write it."), help)
    if input.place is not None:
        return Problem(_("Thank you for the place. This question needs an answer in words. Please write it."), help)
    return Problem(help)


_ANY_FILE = _("I cannot open that here. It is kept in our conversation. Please write your answer in a few words.")
_MISFITS = {
    "voice": _(
        "I cannot listen to voice messages. Yours is kept in our conversation, so that a person can hear it. "
        "Please write your answer in a few words."
    ),
    "video": _(
        "I cannot watch videos. Yours is kept in our conversation, so that a person can see it. "
        "Please write your answer in a few words."
    ),
    "photo": _(
        "I cannot look at pictures here. Yours is kept in our conversation, so that a person can see it. "
        "Please write your answer in a few words."
    ),
    "document": _(
        "I cannot open files here. Yours is kept in our conversation, so that a person can read it. "
        "Please write your answer in a few words."
    ),
    "sticker": _("A nice picture! I only understand words here. Please write your answer."),
}
