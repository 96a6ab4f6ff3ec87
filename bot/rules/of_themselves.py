"""What people say of themselves that changes how they are met: that they are a child, that their identity is protected.

Nobody is asked for either (languages-and-rights.md, E: ask no age to give help). How it is said is data:
`of_themselves.yaml`, one part a language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.rules.emergency import normalise, sentences

CHILD, PROTECTED = "child", "protected"

PHRASES = Path(__file__).with_name("of_themselves.yaml")
_PIECE = re.compile(r"(?:\(([^()]*)\)|(<age>)|(\$)|([^\s()?$]+))(\?)?")
_WORD = re.compile(r"[^\W_]+")
_COMMA = re.compile(r"[,،] ")
_LATER = r" (?:och|men|and|but|so|eller|or|و)"
"""What may follow where a sentence could end too: "I am 12 and …"."""


def said_in(text: str) -> frozenset[str]:
    """What of `CHILD` and `PROTECTED` somebody says of themselves in a text."""
    lines = _lines(text)
    found = {what for what, patterns in _anywhere().items() if any(p.search(each) for p in patterns for each in lines)}
    if len(lines) == 1 and lines[0].strip() in _whole():
        found.add(PROTECTED)
    return frozenset(found)


def is_all_of(text: str) -> bool:
    """Whether a text says no more than that, so that it is no answer to anything else."""
    lines = _lines(text)
    if len(lines) != 1:
        return False
    patterns = [each for some in _anywhere().values() for each in some]
    return lines[0].strip() in _whole() or any(each.fullmatch(lines[0].removesuffix(" ")) for each in patterns)


@lru_cache(maxsize=1)
def _read() -> dict[str, dict[str, list[str]]]:
    return yaml.safe_load(PHRASES.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _anywhere() -> dict[str, list[re.Pattern[str]]]:
    ages = [str(age) for age in range(5, 18)]
    ages += [_spelt(age) for part in _read().values() for age in part.get("ages", ())]
    age = f" (?:{'|'.join(sorted(ages, key=len, reverse=True))})"
    return {
        what: [_pattern(phrase, age) for part in _read().values() for phrase in part.get(what, ())]
        for what in (CHILD, PROTECTED)
    }


@lru_cache(maxsize=1)
def _whole() -> frozenset[str]:
    return frozenset(_spelt(each) for part in _read().values() for each in part.get("whole", ()))


def _pattern(phrase: str, age: str) -> re.Pattern[str]:
    made = ""
    for choice, is_age, end, word, may_miss in _PIECE.findall(phrase):
        if end:
            made += f"(?= $|$|{_LATER})"
        elif is_age:
            made += age
        else:
            made += f"(?:{'|'.join(f' {_spelt(each)}' for each in (choice or word).split('|'))}){may_miss}"
    return re.compile(made + r"(?= |$)")


def _lines(text: str) -> list[str]:
    """Each sentence as " word word "."""
    return [f" {' '.join(_WORD.findall(each))} " for each in sentences(_COMMA.sub(". ", text))]


def _spelt(words: str) -> str:
    return " ".join(_WORD.findall(normalise(words)))
