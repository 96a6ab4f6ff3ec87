"""The trained model: read from its file, and asked about a sentence. Plain Python, so that a start loads nothing heavy.

The file is named after the examples and the code it was made from, and lies outside git (`.gitignore`).
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from pathlib import Path
from typing import Any

from bot.rules import emergency
from bot.rules.understand import examples
from bot.rules.understand.features import SIZE, evidence, features

FOLDER = Path(__file__).with_name("trained")
_MAGIC = b"idelabb4" if sys.byteorder == "little" else b"4bbaledi"
FINE = 512
"""Weights are kept as whole numbers of this part of one."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What the model makes of a sentence: each intent and each language with its probability, likeliest first."""

    intents: tuple[tuple[str, float], ...]
    danger: float
    languages: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of each feature; columns are the intents, danger and the languages.

    `rows` says which row of `weights` belongs to a feature's place, -1 where nothing was learnt of it.
    `temperatures` (one a language) and `danger` (what each piece of `evidence` weighs) make scores probabilities. From
    `ask_from` danger is worth a question, from `sure_from` it is taken as certain; below `doubt_below` even a certain
    phrase of the lists is asked about. `right` is the share of sentences held back whose intent was found.
    """

    intents: tuple[str, ...]
    languages: tuple[str, ...]
    rows: Any
    weights: Any
    bias: Sequence[float]
    temperatures: tuple[float, ...]
    danger: tuple[float, ...]
    ask_from: float
    sure_from: float
    doubt_below: float
    right: float

    def guess(self, text: str, found: emergency.Emergency | None) -> Guess:
        """Time grows with the length of the text, which is cut at sixty words."""
        columns = len(self.bias)
        seen = [(self.rows[place], value) for place, value in features(text, found).items()]
        values = [value for row, value in seen if row >= 0]
        learnt = [self.weights[row * columns : (row + 1) * columns] for row, _value in seen if row >= 0]
        sums = [sum(map(mul, values, column)) for column in zip(*learnt, strict=True)] or [0.0] * columns
        scores = [each + sum / FINE for each, sum in zip(self.bias, sums, strict=True)]
        count = len(self.intents)
        languages = _ranked(self.languages, scores[count + 1 :], 1.0)
        temperature = self.temperatures[self.languages.index(languages[0][0])]
        intents, spoken = _ranked(self.intents, scores[:count], temperature), dict(languages)
        seen_so = evidence(scores[count], dict(intents), len(text.split()), [spoken[name] for name in self.languages])
        likely = sum(map(mul, self.danger, seen_so))
        return Guess(intents, 1 / (1 + math.exp(-max(-30.0, min(30.0, likely)))), languages)

    def save(self, file: Path) -> None:
        """Write the model; whole, or not at all."""
        head = {name: getattr(self, name) for name in _HEAD}
        packed = json.dumps(head).encode()
        whole = zlib.compress(self.rows.tobytes() + self.weights.tobytes(), 6)
        file.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_suffix(".new")
        made.write_bytes(_MAGIC + struct.pack("<I", len(packed)) + packed + whole)
        made.replace(file)


_HEAD = ("intents", "languages", "bias", "temperatures", "danger", "ask_from", "sure_from", "doubt_below", "right")


def _ranked(names: Sequence[str], scores: Sequence[float], temperature: float) -> tuple[tuple[str, float], ...]:
    highest = max(scores)
    raised = [math.exp((score - highest) / temperature) for score in scores]
    whole = sum(raised)
    return tuple(
        sorted(((name, each / whole) for name, each in zip(names, raised, strict=True)), key=lambda it: -it[1])
    )


@lru_cache(maxsize=1)
def path() -> Path:
    """The file of the model that fits the examples, the phrase lists and the code as they are."""
    digest = hashlib.sha256(examples.fingerprint().encode())
    here = Path(__file__).parent
    code = (here / "features.py", here / "train.py", Path(emergency.__file__))
    for file in (*code, *sorted(emergency.PHRASES.glob("*.yaml"))):
        digest.update(file.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:16]}.model"


def load(file: Path) -> Model:
    """Read a model from its file.

    Raises:
        ValueError: It is no model of this program.
    """
    held = file.read_bytes()
    if held[:8] != _MAGIC:
        raise ValueError(f"{file} is no model of this program; delete it and run: make setup")
    (length,) = struct.unpack("<I", held[8:12])
    head = json.loads(held[12 : 12 + length])
    whole = zlib.decompress(held[12 + length :])
    rows, weights = array("i", whole[: 4 * SIZE]), array("h", whole[4 * SIZE :])
    return Model(
        tuple(head["intents"]), tuple(head["languages"]), rows, weights, head["bias"],
        tuple(head["temperatures"]), tuple(head["danger"]), head["ask_from"], head["sure_from"],
        head["doubt_below"], head["right"],
    )  # fmt: skip


@lru_cache(maxsize=1)
def trained() -> Model:
    """The model, loaded once; trained first where `make setup` has not done so (a minute and a half)."""
    file = path()
    if not file.is_file():
        from bot.rules.understand.train import train  # numpy, and only here

        train().save(file)
    return load(file)
