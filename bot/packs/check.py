"""Check municipalities' folders, and say what each still lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.errors import OperatorError
from bot.packs.load import PACKS, load_municipality
from bot.packs.model import Municipality
from bot.packs.model.support import wrong_examples


def check_packs(names: Sequence[str]) -> int:
    """Print what is wrong and what is missing; exit status 1 when a pack cannot be used.

    Without names every folder under `municipalities/` is checked.
    """
    broken = False
    for name in names or sorted(path.parent.name for path in PACKS.glob("*/municipality.yaml")):
        try:
            municipality = load_municipality(name)
        except OperatorError as error:
            print(error)
            broken = True
            continue
        print(f"{municipality.id}: {municipality.name}, {len(municipality.areas)} areas, "
              f"languages {', '.join(municipality.languages)}")  # fmt: skip
        for wrong in wrong_examples(municipality.grants) if municipality.grants else ():
            print(f"  {wrong}")
            broken = True
        for gap in gaps(municipality):
            print(f"  not filled in: {gap}")
    return int(broken)


def gaps(municipality: Municipality) -> Iterator[str]:
    """What residents will be told to ask the municipality for."""
    if not municipality.phone:
        yield "phone (the switchboard's number)"
    if not municipality.visit:
        yield "visit (where one can come)"
    if not municipality.email:
        yield "email (where letters about waiting cases go; without it only the log tells)"
    if not municipality.data_protection.officer_contact:
        yield "data_protection.officer_contact (how to reach the data protection officer)"
    for area in municipality.areas:
        if area.latitude is None:
            yield f"areas: {area.name}: latitude and longitude (a shared place is not matched to it)"
        for neighbour in area.neighbours:
            if all(neighbour != each.name for each in municipality.areas):
                yield f'areas: {area.name}: neighbours names "{neighbour}", which is no area'
