"""The sentences that the understanding is trained on: one file a language in `examples/`, so that data adds a language.

How a file is written (see `examples/sv.yaml` for all of it):

    tag: sv                    the tag of the language, as in `bot.i18n.locales`
    words: {sak: [kör, yoga]}  sets of words; a sentence with <sak> in it stands for several, each with another word
    idea: [...]                sentences by intent: all of `INTENTS`, and `emergency`
    harmless: [...]            what sounds like danger and is none, whatever else it is
    slots:                     words that help to find what stands in a sentence (`Hints`); may be missing
      people: [...]            what is counted when it is people, behind a number
      counted: [...]           what stands before such a number ("we are eight")
      joins: [...]             what stands between two wishes
      skips: [...]             words that are no subject of a wish: small words, and those of the wishes themselves
      ages: [...]              what stands behind an age
      inside: [...]            small words that may stand inside a subject
      languages: {ar: [...]}   the names of languages

Sets teach that a word is not the wish: "a choir" can be started, be given a room, be given money.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import OperatorError

EXAMPLES = Path(__file__).with_name("examples")

INTENTS = (
    "idea", "premises", "grants", "contact", "volunteer", "need_help", "coach", "language", "my_data", "report_problem",
    "greeting", "other",
)  # fmt: skip
"""What somebody may want, beside `emergency`, which is judged apart from them."""

EMERGENCY, HARMLESS = "emergency", "harmless"
VARIANTS = 3
"""How many sentences one with sets in it stands for."""

_SET = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence to learn. `label` is an intent, `emergency` or `harmless`; `line` numbers the written sentence."""

    text: str
    label: str
    language: str
    line: int


def languages(folder: Path = EXAMPLES) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in folder.glob("*.yaml")))


def read(folder: Path = EXAMPLES) -> list[Example]:
    """Every example, sets filled in, always in the same order.

    Raises:
        OperatorError: A file holds something that cannot be used; names the file and the sentence.
    """
    found: list[Example] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            found += _of_file(_load(file), first_line=found[-1].line + 1 if found else 0)
        except (KeyError, TypeError, AttributeError, ValueError, yaml.YAMLError) as error:
            raise OperatorError(
                f"{file}: {error}; the notation is explained in bot/rules/understand/examples.py"
            ) from error
    return found


@dataclass(frozen=True, slots=True)
class Hints:
    """One language's words that help to find what stands in a sentence; folded by `spelt`.

    `selves` begin what people say of who they are, `wants` are words of wishes; `us` stands before how many we are.
    """

    people: frozenset[str]
    counted: tuple[str, ...]
    selves: tuple[str, ...]
    wants: frozenset[str]
    us: tuple[str, ...]
    joins: tuple[str, ...]
    skips: frozenset[str]
    inside: frozenset[str]
    ages: tuple[str, ...]
    languages: Mapping[str, str]


@lru_cache(maxsize=4)
def hints(spelt: Callable[[str], str], folder: Path = EXAMPLES) -> Mapping[str, Hints]:
    """The hints of every language that has some, by tag."""
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        held = _load(file).get("slots")
        if held:
            folded = {name: tuple(spelt(str(word)) for word in held.get(name, ())) for name in _HINTS}
            names = {spelt(str(word)): tag for tag, words in held.get("languages", {}).items() for word in words}
            found[file.stem] = Hints(
                frozenset(folded["people"]), folded["counted"], folded["selves"], frozenset(folded["wants"]), folded["us"],
                folded["joins"], frozenset(folded["skips"]), frozenset(folded["inside"]), folded["ages"], names,
            )  # fmt: skip
    return found


_HINTS = ("people", "counted", "selves", "wants", "us", "joins", "skips", "inside", "ages")


def _load(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _of_file(held: dict[str, Any], first_line: int) -> Iterator[Example]:
    language, sets = held.pop("tag"), held.pop("words", {})
    held.pop("slots", None)
    line = first_line
    for label, sentences in held.items():
        if label not in (*INTENTS, EMERGENCY, HARMLESS):
            raise ValueError(f"`{label}` is no intent; use one of {', '.join((*INTENTS, EMERGENCY, HARMLESS))}")
        for sentence in sentences:
            if not isinstance(sentence, str):
                raise ValueError(f"`{label}` holds {sentence!r}; put quotation marks around it")
            for text in _filled(sentence, sets, line):
                yield Example(text, label, language, line)
            line += 1


def _filled(sentence: str, sets: dict[str, list[str]], line: int) -> Iterator[str]:
    names = _SET.findall(sentence)
    unknown = [name for name in names if name not in sets]
    if unknown:
        raise ValueError(f"“{sentence}” uses <{unknown[0]}>, which is not under `words`")
    for variant in range(VARIANTS if names else 1):
        # A stride of its own for each line and place, so that words of two sets meet in every pairing.
        turn = iter(range(len(names)))
        yield _SET.sub(
            lambda name: str(sets[name[1]][(line * 7 + variant * 5 + next(turn) * 3) % len(sets[name[1]])]),  # noqa: B023
            sentence,
        )


def fingerprint(folder: Path = EXAMPLES) -> str:
    """Twelve hex digits that change when an example does."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.yaml")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
