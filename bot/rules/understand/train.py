"""`python -m bot.rules.understand.train`: learn from the examples, once for each change of them.

One linear model with three answers: the intent (softmax), danger (yes or no) and the language (softmax), learnt together
by stochastic gradient descent with steps of their own for each weight (AdaGrad). numpy is needed here only.

How sure the model may be is measured on sentences it has not seen: six times a sixth of the lines is held back.
"""

from __future__ import annotations

import argparse
import sys
import time
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from bot.rules import emergency
from bot.rules.understand import model as models
from bot.rules.understand.examples import EMERGENCY, HARMLESS, INTENTS, Example, fingerprint, languages, read
from bot.rules.understand.features import SIZE, evidence, features

EPOCHS, STEP, DECAY = 5, 0.35, 3e-3
AVERAGED = 3
"""The weights at the ends of so many last rounds are averaged: what came last in the last one would count too much."""

RUNS = 3
"""The model is the average of so many that saw the examples in other orders: one alone finds a sentence or two in a
hundred more or less, by chance."""

FOLDS = 6
"""Fewer hold back so much that the model doubts more than it has to."""

ASKED_OF, CERTAIN_OF = 0.1, 0.003
"""Of the sentences without danger that were held back, so many may be asked about, and be taken for danger at once. Half
of these are look-alikes and half are ordinary sentences, and every language counts the same, however many it has."""

DOUBTED_OF = 0.02
"""Of the sentences of danger that were held back and have a certain phrase of the lists, so many may only be asked about."""

HARMLESS_WEIGHT, EMERGENCY_WEIGHT = 3.0, 2.0
"""A false alarm and a miss both cost more than a wrong intent; sentences that look like danger teach most."""

Floats = np.ndarray[Any, np.dtype[np.float32]]
Sparse = tuple[np.ndarray[Any, np.dtype[np.int64]], Floats]


class _Learner:
    """The weights in the making: a row for each feature, a column for each intent, danger and each language."""

    def __init__(self, tags: tuple[str, ...], features: int) -> None:
        self.tags = tags
        self.columns = len(INTENTS) + 1 + len(tags)
        self.weights = np.zeros((features, self.columns), np.float32)
        self.steps = np.full((features, self.columns), 1e-3, np.float32)
        self.bias = np.zeros(self.columns, np.float32)

    def scores(self, seen: Sparse) -> Floats:
        places, values = seen
        return np.asarray(values @ self.weights[places] + self.bias)

    def learn(self, seen: list[Sparse], examples: list[Example], rng: np.random.Generator) -> None:
        targets = [self._target(example) for example in examples]
        ends = np.zeros_like(self.weights)
        for epoch in range(EPOCHS):
            for at in rng.permutation(len(seen)):
                self._step(seen[at], targets[at], np.float32(STEP / (1 + epoch / 2)))
            if epoch >= EPOCHS - AVERAGED:
                ends += self.weights / AVERAGED
        self.weights = ends

    def _target(self, example: Example) -> tuple[int, float, float, int]:
        """Intent (-1: no matter which), danger, how much danger weighs, language."""
        intent = INTENTS.index(example.label) if example.label in INTENTS else -1
        weight = {EMERGENCY: EMERGENCY_WEIGHT, HARMLESS: HARMLESS_WEIGHT}.get(example.label, 1.0)
        return intent, float(example.label == EMERGENCY), weight, self.tags.index(example.language)

    def _step(self, seen: Sparse, target: tuple[int, float, float, int], step: Any) -> None:
        places, values = seen
        intent, danger, weight, language = target
        scores, count = self.scores(seen), len(INTENTS)
        error = np.zeros(self.columns, np.float32)
        if intent >= 0:
            error[:count] = _softmax(scores[:count])
            error[intent] -= 1
        error[count] = weight * (1 / (1 + np.exp(-scores[count])) - danger)
        error[count + 1 :] = _softmax(scores[count + 1 :])
        error[count + 1 + language] -= 1
        slope = values[:, None] * error[None, :]
        rows = self.weights[places]
        slope += DECAY * rows
        self.steps[places] += slope * slope
        self.weights[places] = rows - step * slope / np.sqrt(self.steps[places])
        self.bias -= 0.02 * step * error

    def learnt(self, places: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, Any]:
        """The weights in whole numbers, and which of them each place has; `places` are those of the learner's features."""
        whole = (self.weights * models.FINE).round().clip(-32767, 32767).astype(np.int16)
        rows = np.full(SIZE, -1, np.int32)
        rows[places] = np.arange(len(places))
        return {"rows": array("i", rows.tobytes()), "weights": array("h", whole.tobytes())}


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def train(folder: Path | None = None, *, say: Any = None) -> models.Model:
    """A model of the examples in `folder` (by default the program's own). The same examples give the same model."""
    where = {"folder": folder} if folder else {}
    examples, tags = read(**where), languages(**where)
    found = [emergency.detect(example.text) for example in examples]
    seen, places = _shared(list(map(_sparse, examples, found)), examples)
    if say:
        say(f"{len(examples)} sentences in {len(tags)} languages")
    unseen = _held_back(seen, examples, tags, len(places))
    learner = _Learner(tags, len(places))
    for run in range(RUNS):
        other = _Learner(tags, len(places))
        other.learn(seen, examples, np.random.default_rng(run + 1))
        learner.weights += other.weights / RUNS
        learner.bias += other.bias / RUNS
    count = len(INTENTS)
    labels = [INTENTS.index(each.label) if each.label in INTENTS else -1 for each in examples]
    known = np.array([label >= 0 for label in labels])
    intents = unseen[known][:, :count]
    wanted = np.array([label for label in labels if label >= 0])
    spoken = np.array([each.language for each in examples])[known]
    alarm = np.array([each.label == EMERGENCY for each in examples])
    temperatures = tuple(_temperature(intents[spoken == tag], wanted[spoken == tag]) for tag in tags)
    weighed, counts = _evidence(unseen, temperatures, examples), _counts(examples)
    danger = _weights(weighed, alarm, counts)
    likely = 1 / (1 + np.exp(-np.clip(weighed @ danger, -30, 30)))
    listed = np.array([each is not None and each.certain for each in found])
    return models.Model(
        intents=INTENTS,
        languages=tags,
        **learner.learnt(places),
        bias=learner.bias.tolist(),
        temperatures=temperatures,
        danger=tuple(danger.tolist()),
        ask_from=_quantile(likely[~alarm], counts[~alarm], 1 - ASKED_OF),
        sure_from=_quantile(likely[~alarm], counts[~alarm], 1 - CERTAIN_OF),
        doubt_below=_quantile(likely[alarm & listed], counts[alarm & listed], DOUBTED_OF),
        right=float((intents.argmax(axis=1) == wanted).mean()),
    )


def _sparse(example: Example, found: emergency.Emergency | None) -> Sparse:
    held = features(example.text, found)
    return np.fromiter(held, np.int64, len(held)), np.fromiter(held.values(), np.float32, len(held))


def _shared(seen: list[Sparse], examples: list[Example]) -> tuple[list[Sparse], np.ndarray[Any, np.dtype[np.int64]]]:
    """Only what two lines or more have, numbered from 0, and the places of what is so numbered.

    What stands in one line alone teaches nothing about another, and costs half the time.
    """
    lines, last = np.zeros(SIZE, np.int32), np.full(SIZE, -1)
    for (places, _values), example in zip(seen, examples, strict=True):
        new = places[last[places] != example.line]
        lines[new] += 1
        last[new] = example.line
    number = np.cumsum(lines > 1) - 1
    kept = [(number[places[lines[places] > 1]], values[lines[places] > 1]) for places, values in seen]
    return kept, np.flatnonzero(lines > 1)


def _held_back(seen: list[Sparse], examples: list[Example], tags: tuple[str, ...], features: int) -> Floats:
    """The scores of every sentence by a model that has seen neither it nor another from the same line."""
    scores = np.zeros((len(seen), len(INTENTS) + 1 + len(tags)), np.float32)
    for fold in range(FOLDS):
        learner = _Learner(tags, features)
        kept = [at for at, example in enumerate(examples) if example.line % FOLDS != fold]
        learner.learn([seen[at] for at in kept], [examples[at] for at in kept], np.random.default_rng(fold))
        for at, example in enumerate(examples):
            if example.line % FOLDS == fold:
                scores[at] = learner.scores(seen[at])
    return scores


def _temperature(scores: Floats, wanted: np.ndarray[Any, Any]) -> float:
    """What to divide the scores by, so that of the answers given at 0.8 four in five are right."""

    def loss(temperature: float) -> float:
        scaled = scores / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        log = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-log[np.arange(len(wanted)), wanted].mean())

    return min((round(0.3 + step * 0.05, 2) for step in range(60)), key=loss)


def _evidence(scores: Floats, temperatures: tuple[float, ...], examples: list[Example]) -> np.ndarray[Any, Any]:
    """A row of `evidence` for each sentence."""
    count = len(INTENTS)
    heat = np.array(temperatures)[scores[:, count + 1 :].argmax(axis=1)]
    return np.array(
        [
            evidence(
                float(row[count]),
                dict(zip(INTENTS, _softmax(row[:count] / each).tolist(), strict=True)),
                len(example.text.split()),
                _softmax(row[count + 1 :]).tolist(),
            )
            for row, each, example in zip(scores, heat, examples, strict=True)
        ]
    )


def _counts(examples: list[Example]) -> np.ndarray[Any, Any]:
    """How much each sentence counts, so that each language does the same, and in it danger, look-alikes and the others."""
    groups = [(each.language, each.label if each.label in (EMERGENCY, HARMLESS) else "") for each in examples]
    sizes = Counter(groups)
    return np.array([len(examples) / len(sizes) / sizes[group] for group in groups])


def _weights(
    seen: np.ndarray[Any, Any], alarm: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """What each piece of evidence weighs, so that their sum is danger's logit (logistic regression, by Newton's method)."""
    weights = np.zeros(seen.shape[1])
    for _count in range(30):
        given = 1 / (1 + np.exp(-np.clip(seen @ weights, -30, 30)))
        curve = counts * (given * (1 - given) + 1e-9)
        first = seen.T @ (counts * (given - alarm)) + 0.1 * weights
        second = (seen * curve[:, None]).T @ seen + 0.1 * np.eye(len(weights))
        weights -= np.linalg.solve(second, first)
    return weights


def _quantile(values: np.ndarray[Any, Any], counts: np.ndarray[Any, Any], share: float) -> float:
    """What so large a share of the values lies below, each weighing as much as it counts; 0 of no values."""
    if not len(values):
        return 0.0
    order = np.argsort(values)
    below = np.cumsum(counts[order]) / counts.sum()
    return float(values[order][min(int(np.searchsorted(below, share)), len(values) - 1)])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.rules.understand.train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="train although the model fits the examples")
    options = parser.parse_args()
    if models.path().is_file() and not options.force:
        return 0
    started = time.monotonic()
    trained = train(say=lambda words: print(f"understanding: learning from {words} …", file=sys.stderr))
    trained.save(models.path())
    for old in models.path().parent.glob("*.model"):
        if old != models.path():
            old.unlink()
    print(
        f"understanding: {trained.right:.1%} right on sentences held back, {time.monotonic() - started:.0f} s; "
        f"{models.path().name} ({fingerprint()})",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
