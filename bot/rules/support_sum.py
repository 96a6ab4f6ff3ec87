"""What the parts of a support come to, from an association's own numbers and the municipality's amounts; exact, by `Decimal`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Each = Literal["activity", "activity_two_leaders", "participant", "girl"]
"""What an amount is for: each group activity with a leader, each with two or more, each participant and occasion, each girl and
occasion (publication, 3.1)."""

SESSIONS, WITH_TWO, GIRLS, BOYS = "sessions", "with_two", "girls", "boys"
"""The numbers it is worked out from: led group activities, those of them with two or more leaders, and how many girls and boys
take part each time."""

ASKED: Final[Mapping[Each, tuple[str, ...]]] = {
    "activity": (SESSIONS,),
    "activity_two_leaders": (SESSIONS, WITH_TWO),
    "participant": (SESSIONS, GIRLS, BOYS),
    "girl": (SESSIONS, GIRLS),
}
"""The numbers that each kind of amount needs."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part and its amount, in kronor, for each of what it is for."""

    id: str
    each: Each
    sek: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A part worked out: so many times its amount."""

    part: Part
    count: int

    @property
    def sek(self) -> Decimal:
        return self.count * self.part.sek


def needed(parts: Sequence[Part]) -> tuple[str, ...]:
    """The numbers that have to be asked for, in the order to ask them."""
    wanted = {name for part in parts for name in ASKED[part.each]}
    return tuple(name for name in (SESSIONS, WITH_TWO, GIRLS, BOYS) if name in wanted)


def worked_out(parts: Sequence[Part], numbers: Mapping[str, int]) -> tuple[tuple[Line, ...], Decimal]:
    """Each part whose numbers are all there, and the sum of them. A number that is missing is no zero: its part is left out."""
    lines = tuple(
        Line(part, _count(part.each, numbers)) for part in parts if all(name in numbers for name in ASKED[part.each])
    )
    return lines, sum((line.sek for line in lines), Decimal(0))


def _count(each: Each, numbers: Mapping[str, int]) -> int:
    match each:
        case "activity":
            return numbers[SESSIONS]
        case "activity_two_leaders":
            return numbers[WITH_TWO]
        case "participant":
            return numbers[SESSIONS] * (numbers[GIRLS] + numbers[BOYS])
        case _:
            return numbers[SESSIONS] * numbers[GIRLS]
