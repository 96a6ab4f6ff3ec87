"""Matching: how long the best cover takes, whether it is proven, what it needs of memory, and how that grows.

The instances are a family, the same for the same seed: a month of half-day shifts in areas of a town, two in three with
something asked for (a language, a skill, a record check, a car), in three priorities; a tenth of them begin in the middle
of another. Volunteers would go to one to three areas, are free for some half days, and want one to four shifts; nobody may
take more than 60. `plenty` asks for about a quarter of what volunteers offer, `scarce` for more than there is.
Each size runs in a process of its own. Then one volunteer after another refuses a shift, and the plan is mended.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.report import say, table
from bot.rules.matching.shifts import Roster, Shift, Volunteer, lacks, overlap
from bot.rules.matching.solver import Budget

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAYS = 28
HALF_DAY = timedelta(hours=4)
MOST = 60
AIM_S, MUST_S, MUST_GB, AIM_MENDED_MS = 10.0, 60.0, 2.0, 200.0
LANGUAGES = ("ar", "prs", "so", "ti", "uk", "fa", "kmr", "ps")
SKILLS = ("nurse", "teacher", "lifeguard", "cook", "electrician")
PLACES = {"plenty": (1, 2, 3, 4, 5), "scarce": (6, 10, 14, 18, 22)}


def town(volunteers: int, shifts: int, kind: str, seed: int = 1) -> tuple[list[Volunteer], list[Shift]]:
    """One member of the family."""
    chance = random.Random(f"{seed} {kind} {volunteers} {shifts}")
    areas = [f"area {number}" for number in range(max(3, shifts // 180))]
    needs, within = [], {}
    for number in range(shifts):
        slot = chance.randrange(3 * DAYS)
        begins = _half_day(slot) + (HALF_DAY / 2 if chance.random() < 0.1 else timedelta())
        area = chance.choice(areas)
        within[area, slot] = within.get((area, slot), 0) + 1
        needs.append(
            Shift(
                f"n{number}", begins, begins + HALF_DAY, area, chance.choice(PLACES[kind]),
                frozenset({_skewed(chance, LANGUAGES)} if chance.random() < 0.25 else ()),
                frozenset({_skewed(chance, SKILLS)} if chance.random() < 0.15 else ()),
                chance.random() < 0.2, chance.random() < 0.25, chance.choice((1, 2, 2, 3)),
            )
        )  # fmt: skip
    people = []
    for number in range(volunteers):
        home = chance.randrange(len(areas))
        own = tuple(areas[(home + step) % len(areas)] for step in range(chance.choice((1, 2, 2, 3))))
        free, most = [], 0
        for day in chance.sample(range(DAYS), chance.randint(4, 16)):
            first = chance.randrange(3)
            slots = range(3 * day + first, 3 * day + chance.randint(first, 2) + 1)
            most += sum(within.get((area, slot), 0) for area in own for slot in slots)
            if most > MOST:
                break
            free.append((_half_day(slots[0]), _half_day(slots[-1]) + HALF_DAY))
        people.append(
            Volunteer(
                f"v{number}", own, tuple(free),
                frozenset({"sv", *((_skewed(chance, LANGUAGES),) if chance.random() < 0.3 else ())}),
                frozenset({_skewed(chance, SKILLS)} if chance.random() < 0.25 else ()),
                chance.random() < 0.7, chance.random() < 0.5, chance.random() < 0.97, chance.choice((1, 2, 2, 3, 4)),
            )
        )  # fmt: skip
    return people, needs


def _half_day(slot: int) -> datetime:
    return BEGIN + timedelta(days=slot // 3) + HALF_DAY * (slot % 3)


def _skewed(chance: random.Random, names: tuple[str, ...]) -> str:
    """The first names are common, the last ones rare."""
    return names[min(int(chance.expovariate(0.6)), len(names) - 1)]
