"""How fast supports are judged, and how that grows with their number.

Every support of every installed pack, repeated until there are so many, against an applicant who has answered half of
what can be asked. Promise: 30 supports in under 2 ms. Beside it, the most telling next question.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import date
from itertools import cycle, islice
from typing import Any

from bench.report import table
from bot.packs.load import PACKS, load_municipality
from bot.rules.facts import FACTS, critical_values
from bot.rules.grants import Rule, judge, questions

PROMISED_MS = 2.0
COUNTS = (10, 30, 100, 300, 1000)
TODAY = date(2026, 3, 2)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=50, help="how often each is measured; the median counts")


def run(options: argparse.Namespace) -> int:
    """0 when 30 supports are judged within the promise."""
    rules = _rules()
    facts = {name: critical_values(name, (3,))[0] for name in list(FACTS)[::2]}
    rows = []
    for count in COUNTS:
        many = list(islice(cycle(rules), count))
        judged_ms = _median_ms(lambda many=many: judge(many, facts, TODAY), options.rounds)  # type: ignore[misc]
        asked_ms = _median_ms(lambda many=many: questions(many, {}, TODAY), max(3, options.rounds // 10))  # type: ignore[misc]
        rows.append((count, judged_ms, 1000 * judged_ms / count, asked_ms))
    print(table("Supports judged", ("supports", "verdicts, ms", "each, µs", "next question, ms"), rows))
    return int(next(ms for count, ms, _each, _asked in rows if count == 30) >= PROMISED_MS)


def _rules() -> list[Rule]:
    names = sorted(path.parent.name for path in PACKS.glob("*/grants.yaml"))
    return [rule for name in names if (grants := load_municipality(name).grants) for rule in grants.rules]


def _median_ms(work: Callable[[], Any], rounds: int) -> float:
    taken = []
    for _round in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - started))
    return sorted(taken)[len(taken) // 2]
