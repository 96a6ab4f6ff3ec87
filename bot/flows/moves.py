"""What can be done at every question, whatever it asks: go back, skip, see an example, save, talk to a human …

Each move has a button and words that may be typed instead, in every language: adding a language adds its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from bot.flows.model import Choice
from bot.flows.read.typed import bare, labels, words
from bot.i18n import Text, _, p_
from bot.i18n.catalogues import Catalogues, current


class Move(StrEnum):
    BACK = "back"
    SKIP = "skip"
    UNKNOWN = "unknown"
    KEEP = "keep"
    EXAMPLE = "example"
    WHY = "why"
    REPEAT = "repeat"
    SAVE = "save"
    CHANGE = "change"
    LANGUAGE = "language"
    HUMAN = "human"
    CANCEL = "cancel"
    MORE = "more"
    MENU = "menu"
    RESUME = "resume"


LABELS: Mapping[Move, Text] = {
    # TRANSLATORS: buttons under every question, at most 30 characters each.
    Move.BACK: p_("move", "Back"),
    Move.SKIP: p_("move", "Skip"),
    Move.UNKNOWN: p_("move", "I don't know yet"),
    Move.KEEP: p_("move", "Keep it as it is"),
    Move.EXAMPLE: p_("move", "Show an example"),
    Move.WHY: p_("move", "Why do you ask?"),
    Move.REPEAT: p_("move", "Say it again"),
    Move.SAVE: p_("move", "Save and go on later"),
    Move.CHANGE: p_("move", "Change an answer"),
    Move.LANGUAGE: p_("move", "Another language"),
    Move.HUMAN: p_("move", "Talk to a human"),
    Move.CANCEL: p_("move", "Stop this"),
    Move.MORE: p_("move", "More …"),
    Move.MENU: p_("move", "Menu"),
    Move.RESUME: p_("move", "Go on where I was"),
}

# TRANSLATORS: words somebody may type instead of pressing a button, with | between them. Add what people really write in
# your language, also misspelt; the number of words may differ from the English.
WORDS: Mapping[Move, Text] = {
    Move.BACK: _("back | go back | previous | previous question"),
    Move.SKIP: _("skip | pass | next | skip this"),
    Move.UNKNOWN: _("don't know | dont know | i don't know | i dont know | not sure | no idea"),
    Move.KEEP: _("keep | keep it"),
    Move.EXAMPLE: _("example | show an example | an example | such as"),
    Move.WHY: _("why | why do you ask | what for"),
    Move.REPEAT: _("repeat | again | say it again | what was the question"),
    Move.SAVE: _("save | later | save and continue later | go on later | not now"),
    Move.CHANGE: _("change | change an answer | edit | i want to change something"),
    Move.LANGUAGE: _("language | change language | another language"),
    Move.HUMAN: _("human | talk to a human | a person | coach | speak to someone"),
    Move.CANCEL: _("cancel | stop this | quit | never mind"),
    Move.MENU: _("menu | start over | help"),
    Move.RESUME: _("continue | resume | go on"),
}

# TRANSLATORS: how somebody begins when they correct an earlier answer ("no wait, it should be 30 people"), with |
# between.
CORRECTION: Text = _("no wait | wait | i meant | correction | sorry i meant | actually | change that to")


# TRANSLATORS: how somebody begins when they ask for something else in the middle of a question ("by the way, do you have
# rooms too?"), with | between.
DIGRESSION: Text = _("by the way | btw | another thing | one more thing | another question | i also have a question")


def button(move: Move) -> Choice:
    return Choice(f"m:{move}", LABELS[move])


def recognise(text: str, locale: str) -> Move | None:
    """The move somebody typed, in their language, Swedish or English. Only a whole message counts."""
    return _by_words(locale, current()).get(bare(text)) if len(text) < 60 else None


def corrected(text: str, locale: str) -> str | None:
    """What follows the words of a correction at the beginning of a message, or None."""
    return _behind(CORRECTION, text, locale)


def digressed(text: str, locale: str) -> str | None:
    """What follows the words of a digression at the beginning of a message, or None."""
    return _behind(DIGRESSION, text, locale)


def _behind(cues: Text, text: str, locale: str) -> str | None:
    said = text.strip()
    folded = bare(said)
    for cue in sorted(words(cues, locale), key=len, reverse=True):
        if folded.startswith(cue + " "):
            return " ".join(said.split()[len(cue.split()) :])
    return None


@lru_cache(maxsize=64)
def _by_words(locale: str, catalogues: Catalogues) -> dict[str, Move]:
    found: dict[str, Move] = {}
    for move in WORDS:
        for word in words(WORDS[move], locale) | labels(LABELS[move], locale):
            found.setdefault(word, move)
    return found
