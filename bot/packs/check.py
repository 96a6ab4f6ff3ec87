"""Check municipalities' folders: what is wrong, what is missing, what nobody has checked, and how it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import get_args

from bot.errors import OperatorError
from bot.i18n import content, lang_of, plain, render
from bot.i18n.locales import UnknownLocale, locale
from bot.packs import contents
from bot.packs.load import MAIN, PARTS, SHARED, USUAL, BadPack, folder_of, installed, load_municipality, read_sources
from bot.packs.model import Municipality, Sourced, Where, routing
from bot.packs.model.support import wrong_examples
from bot.rules.support_sum import Each

Example = Callable[[Municipality], Iterator[tuple[Where, str]]]
"""Tries a pack's own examples: for each one that comes out otherwise, where it stands and what came out."""


def contact_examples(municipality: Municipality) -> Iterator[tuple[Where, str]]:
    for at, example in enumerate(municipality.contacts.examples):
        topics = routing.topics_meant(municipality, example.says)
        topic = topics[0].id if topics else None
        found = routing.route(municipality, topic, area=example.area, matter=example.matter)
        if found.role.id != example.role:
            yield (
                ("contacts", "examples", at, "says"),
                f'"{example.says}" is about {topic or "nothing known"} and goes to "{found.role.id}", not to '
                f"\"{example.role}\"; correct the example, the topic's words or the role's topics",
            )


def grant_examples(municipality: Municipality) -> Iterator[tuple[Where, str]]:
    for words in wrong_examples(municipality.grants) if municipality.grants else ():
        yield ("grants",), words


EXAMPLES: tuple[Example, ...] = (contact_examples, grant_examples)


def check_packs(names: Sequence[str], today: date, preview: str | None = None) -> int:
    """Print what is wrong and what is missing, and every text in the language `preview`. Without names every folder
    under `municipalities/` is checked.

    Returns the exit status: 0 all can be used, 1 one cannot, or one of its examples comes out otherwise.

    Raises:
        OperatorError: There is no such pack or language.
    """
    if preview is not None:
        try:
            preview = locale(preview).tag
        except UnknownLocale as error:
            raise OperatorError(f'--preview "{preview}": {error}') from error
    return max([_check(folder_of(name), today, preview) for name in names or installed()], default=0)


def _check(folder: Path, today: date, preview: str | None) -> int:
    try:
        municipality = load_municipality(folder)
    except BadPack as error:
        print(error)
        return 1
    print(f"{municipality.id}: {municipality.name}, {len(municipality.areas)} areas, "
          f"languages {', '.join(municipality.languages)}")  # fmt: skip
    faults = [*_failed(municipality, folder), *_strays(folder)]
    for line in (
        *faults,
        *_table(municipality, today),
        *_unheld(municipality),
        *_amounts(municipality),
        *_gaps(municipality),
    ):
        print(f"  {line}")
    for line in _preview(municipality, preview) if preview else ():
        print(f"  {line}")
    return int(bool(faults))


def _failed(municipality: Municipality, folder: Path) -> Iterator[str]:
    sources = read_sources(folder)
    for tried in EXAMPLES:
        for where, reason in tried(municipality):
            yield sources.place(where) + reason


def _strays(folder: Path) -> Iterator[str]:
    """Files that look as if they were part of the pack, and are not read."""
    known = [MAIN, *(f"{part}.yaml" for part in (*PARTS, *SHARED))]
    for file in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        if file.name not in known:
            yield f"{file}:1: is not read; the files of a pack are {', '.join(known)}"


def _table(municipality: Municipality, today: date) -> Iterator[str]:
    """For each part: how many entries, how many fields to fill in are filled and empty, how many are sure and not."""
    yield f"{'':<14}{'entries':>8}{'filled':>8}{'empty':>8}{'checked':>9}{'unsure':>8}"
    for part in ("", *SHARED, *PARTS):
        inside = [each for each in contents.entries(municipality) if _part(each.where) == part]
        sourced = [each.model for each in inside if isinstance(each.model, Sourced)]
        empty = sum(_part(gap.entry.where) == part for gap in contents.gaps(municipality))
        wanted = sum(contents.awaits(each.model) for each in inside)
        sure = sum(each.is_current(today) for each in sourced)
        name = part or MAIN.removesuffix(".yaml")
        yield f"{name:<14}{len(inside):>8}{wanted - empty:>8}{empty:>8}{sure:>9}{len(sourced) - sure:>8}"


def _part(where: Where) -> str:
    return str(where[0]) if where and where[0] in (*PARTS, *SHARED, *USUAL) else ""


def _gaps(municipality: Municipality) -> Iterator[str]:
    """What is left, a line for each thing with fields to fill in."""
    for where, found in groupby(contents.gaps(municipality), key=lambda gap: gap.entry):
        fields = ", ".join(str(gap.field) for gap in found)
        label = f"{where.label}: " if where.label else ""
        yield f"not filled in: {contents.file_of(where.where)}: {label}{fields}"


def _amounts(municipality: Municipality) -> Iterator[str]:
    """Which parts of a support have no amount yet, and how one is written."""
    supports = municipality.grants.supports if municipality.grants else ()
    for parent in dict.fromkeys(each.part_of for each in supports if each.part_of):
        parts = [each for each in supports if each.part_of == parent]
        left = [each.id for each in parts if each.pays is None]
        if left:
            worked = "is worked out of the others only" if len(left) < len(parts) else "is not worked out"
            yield (
                f"no amount, so the sum of {parent} {worked}: {', '.join(left)}; write for example pays: {{each: activity, "
                f"sek: 40.50}}, where each is one of {', '.join(get_args(Each))}"
            )


def _unheld(municipality: Municipality) -> Iterator[str]:
    held = {topic for role in municipality.contacts.roles for topic in role.topics if not role.areas}
    left = [topic.id for topic in municipality.topics if topic.id not in held]
    if left:
        yield f'no role of their own, so "{municipality.contacts.fallback}" answers: {", ".join(left)}'


def _preview(municipality: Municipality, tag: str) -> Iterator[str]:
    """Every text as a reader of the language sees it; one that is shown in another language says in which."""
    every = list(contents.shown(municipality))
    own = 0
    for _where, label, words in every:
        text = content(words)
        real = lang_of(text, tag)
        own += real == tag
        yield f"{label}: {'' if real == tag else f'[{real}] '}{plain(render(text, tag))}"
    yield f"{own} of {len(every)} texts are in {tag}"
