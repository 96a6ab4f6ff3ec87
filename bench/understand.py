"""How well free text is understood, on sentences that were never trained on: intents, danger, calibration, time.

The sentences are in `tests/rules/understand_cases/` (by intent) and `tests/rules/danger_cases/` (danger, and harmless
look-alikes). Names end in `_fresh`, `_last`, `_fourth`, `_fifth` or `_sixth` for later sets, each written after the examples of its time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import yaml

from bench.report import say, table
from bot.flows.understanding import understand
from bot.packs.load import load_municipality
from bot.rules.understand import EMERGENCY, INTENTS, meaning
from bot.rules.understand.danger import detect

CASES = Path(__file__).parents[1] / "tests/rules/understand_cases"
DANGER = Path(__file__).parents[1] / "tests/rules/danger_cases"

BINS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 1.01)
AIM_MAIN, AIM_OTHER, MAIN = 0.93, 0.85, ("sv", "en")
AIM_FOUND, AIM_FALSE = 0.98, 0.01
MS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One held-out sentence, and what it was taken for."""

    wanted: str
    given: str
    confidence: float
    language: str
    text: str

    @property
    def right(self) -> bool:
        return self.wanted == self.given


def sets(folder: Path) -> list[str]:
    """The names of the sets of sentences: a language's tag, or that with the name of a later set."""
    return sorted(file.stem for file in folder.glob("*.yaml"))


def answers(name: str) -> list[Answer]:
    """Every sentence of a set, understood."""
    held = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return [
        Answer(wanted, meant.intent, meant.confidence, meant.language, text)
        for wanted, texts in held.items()
        for text in texts
        for meant in (meaning(text),)
    ]


def danger(name: str) -> tuple[list[str], list[str], int, int]:
    """What was missed, what was wrongly asked about or alarmed at, and how many sentences there were of either."""
    emergencies, harmless = sentences(name)
    missed = [text for text in emergencies if detect(text) is None]
    false = [text for text in harmless if detect(text) is not None]
    return missed, false, len(emergencies), len(harmless)


def sentences(name: str) -> tuple[list[str], list[str]]:
    """A set's sentences of danger, and its harmless ones."""
    held = yaml.safe_load((DANGER / f"{name}.yaml").read_text(encoding="utf-8"))
    return held["emergency"], held["harmless"]


def ordinary(name: str) -> list[str]:
    """A set's sentences that wish for something and tell of no danger."""
    held = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return [text for wanted, texts in held.items() if wanted != EMERGENCY for text in texts]


def alarmed(texts: list[str]) -> int:
    """How many are taken for danger at once, not only asked about."""
    return sum(found.certain for text in texts if (found := detect(text)) is not None)


def share_right(given: list[Answer]) -> float:
    return sum(each.right for each in given) / len(given)


def calibration(given: list[Answer]) -> Iterator[tuple[str, int, float, float]]:
    """For each bin of confidence: how many answers, the confidence they were given with, the share that was right."""
    for low, high in pairwise(BINS):
        held = [each for each in given if low <= each.confidence < high]
        if held:
            yield (
                f"{low:.2f}-{min(high, 1):.2f}",
                len(held),
                statistics.mean(e.confidence for e in held),
                share_right(held),
            )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wrong", action="store_true", help="show every sentence that was not understood")


def run(options: argparse.Namespace) -> int:
    """1 when an aim was missed."""
    meaning("")
    every: list[Answer] = []
    rows, kept = [], True
    for name in sets(CASES):
        given = answers(name)
        every += given
        tag = name.partition("_")[0]
        aim = AIM_MAIN if tag in MAIN else AIM_OTHER
        by_intent = {
            wanted: [e for e in given if e.wanted == wanted] for wanted in dict.fromkeys(e.wanted for e in given)
        }
        worst = min(by_intent, key=lambda wanted: share_right(by_intent[wanted]))
        right, language = share_right(given), sum(e.language == tag for e in given) / len(given)
        kept &= right >= aim
        rows.append(
            (name, len(given), 100 * right, 100 * aim, 100 * language, f"{worst} {share_right(by_intent[worst]):.0%}")
        )
        if options.wrong:
            for each in given:
                if not each.right:
                    say(f"{name}: {each.wanted} taken for {each.given} ({each.confidence:.2f}): {each.text}")
    print(
        table(
            "Intents on held-out sentences",
            ("set", "sentences", "right %", "aim %", "language right %", "worst intent"),
            rows,
        )
    )
    print(_confusion(every))
    bins = [(bin, count, said, right) for bin, count, said, right in calibration(every)]
    print(table("Calibration: of answers given with this confidence, so many are right",
                ("confidence", "answers", "mean confidence", "share right"), bins))  # fmt: skip
    found: list[Row] = []
    for name in sets(DANGER):
        missed, false, dangers, harmless = danger(name)
        alarms = alarmed(false)
        kept &= len(missed) <= (1 - AIM_FOUND) * dangers and alarms <= AIM_FALSE * harmless
        asked = 100 * (len(false) - alarms) / harmless
        found.append((name, dangers, 100 * (1 - len(missed) / dangers), harmless, 100 * alarms / harmless, asked))
        if options.wrong:
            for text in missed:
                say(f"{name}: missed: {text}")
            for text in false:
                say(f"{name}: false alarm: {text}")
    found += _summed(found)
    print(table(f"Danger (aims: {AIM_FOUND:.0%} found, under {AIM_FALSE:.0%} false alarms); harmless: look-alikes",
                ("set", "dangers", "found %", "harmless", "false alarms %", "asked about %"), found))  # fmt: skip
    print(table("Danger seen in ordinary sentences, of the sets for intents",
                ("set", "sentences", "false alarms %", "asked about %"), _ordinary()))  # fmt: skip
    return int(not (_times() and kept))


Row = tuple[str, int, float, int, float, float]


def _summed(rows: list[Row]) -> list[Row]:
    """The fifth sets together, the sixth, and all."""
    summed = []
    for title, held in (
        *((f"all {name}", [row for row in rows if row[0].endswith(f"_{name}")]) for name in ("fifth", "sixth")),
        ("all", rows),
    ):
        dangers, harmless = sum(row[1] for row in held), sum(row[3] for row in held)
        found = sum(row[1] * row[2] for row in held) / dangers
        alarms, asked = (sum(row[3] * row[at] for row in held) / harmless for at in (4, 5))
        summed.append((title, dangers, found, harmless, alarms, asked))
    return summed


def _ordinary() -> list[tuple[str, int, float, float]]:
    """How often what people ask for is taken for danger, by language, and in all."""
    texts: dict[str, list[str]] = {}
    for name in sets(CASES):
        for title in (name.partition("_")[0], "all"):
            texts.setdefault(title, []).extend(ordinary(name))
    texts["all"] = texts.pop("all")  # last
    rows = []
    for title, held in texts.items():
        seen, alarms = sum(detect(text) is not None for text in held), alarmed(held)
        rows.append((title, len(held), 100 * alarms / len(held), 100 * (seen - alarms) / len(held)))
    return rows


def _confusion(every: list[Answer]) -> str:
    names = (*INTENTS, EMERGENCY)
    counted = Counter((each.wanted, each.given) for each in every)
    rows = [(wanted, *(counted[wanted, given] or "." for given in names)) for wanted in names]
    return table("Confusion: wanted (down) taken for (across)", ("", *(name[:7] for name in names)), rows)


def _times() -> bool:
    """Milliseconds for a sentence, by its length; the first of the short ones must stay under the aim."""
    pack = (load_municipality("ekero"),)
    sentence = "vi är 20 pers som vill ha en lokal i Stenhamra på tisdag kl 18 till vår kör och kanske 3000 kr"
    rows = []
    for times in (1, 2, 4, 8, 16):
        spent = []
        for turn in range(15):
            text = " ".join(f"{sentence} {turn}{number}." for number in range(times))
            started = time.process_time()
            understand(text, today=date(2026, 3, 2), locale="sv", municipalities=pack)
            spent.append((time.process_time() - started) * 1000)
        asked = []
        for turn in range(15):
            text = " ".join(f"{sentence} {turn}x{number}." for number in range(times))
            started = time.process_time()
            meaning(text)
            asked.append((time.process_time() - started) * 1000)
        rows.append((times, len(sentence) * times, statistics.median(asked), statistics.median(spent)))
    print(table(f"Milliseconds of one processor, median (aim: {MS_MAX:.0f} for one sentence)",
                ("sentences", "letters", "intent and danger", "with slots and wishes"), rows))  # fmt: skip
    return rows[0][2] < MS_MAX
