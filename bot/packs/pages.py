"""A page for each municipality, in docs/municipalities/: what works there, what its folder still lacks, how to start it alone.

The part between the two marks is written by `run_bot.py municipality-pages`; everything else on the page is for people to write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import yaml

from bot.i18n import catalogues, plain, render
from bot.packs import contents
from bot.packs.load import PACKS, installed, load_municipality
from bot.packs.model import Municipality

ROOT = PACKS.parent
FOLDER = ROOT / "docs" / "municipalities"
SYSTEMS = ROOT / "docs" / "systems.yaml"
TRANSCRIPTS = ROOT / "tests" / "transcripts"

BEGIN, END = "<!-- written by run_bot.py municipality-pages -->", "<!-- until here -->"


@dataclass(frozen=True, slots=True)
class System:
    """One row of the publication's table: what works when it works, and the story of both sides, where two are concerned."""

    number: int
    name: str
    municipality: str
    works: str
    sides: str = ""

    @property
    def rows(self) -> list[Path]:
        """The conversations that show it."""
        return sorted(TRANSCRIPTS.glob(f"rows/{self.number:02}*.txt"))

    @property
    def story(self) -> Path | None:
        return TRANSCRIPTS / "sides" / f"{self.sides}.txt" if self.sides else None


def systems() -> list[System]:
    """All rows, by number."""
    return [System(**each) for each in yaml.safe_load(SYSTEMS.read_text(encoding="utf-8"))]


def write_pages(*, check: bool = False) -> int:
    """Write every page, or only say which are behind; exit status 0, or 1 where one is."""
    catalogues.use(catalogues.load(strict=False))
    stale = []
    for name in installed():
        path, page = FOLDER / f"{name}.md", load_municipality(name)
        before = path.read_text(encoding="utf-8") if path.is_file() else _new(page)
        after = written(before, page)
        if path.is_file() and before == after:
            continue
        stale.append(path)
        if not check:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(after, encoding="utf-8")
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is behind' if check else 'is written'}")
    return int(check and bool(stale))


def written(page: str, place: Municipality) -> str:
    """A page with its part between the marks as it has to be now."""
    before, _begin, rest = page.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n" + "\n".join(_part(place)) + f"\n{END}{after}"


def _new(place: Municipality) -> str:
    return (
        f"# {place.name}\n\nThe folder is `municipalities/{place.id}/`; the facts in it are those of the publication that the "
        f"project builds on.\n\n{BEGIN}\n{END}\n"
    )


def _part(place: Municipality) -> Iterator[str]:
    yield from _works(place)
    yield from _holds(place)
    yield from _lacks(place)
    yield from _alone(place)


def _works(place: Municipality) -> Iterator[str]:
    yield "## What works"
    yield ""
    yield "Each row of the publication's table, with the conversations that show it, played by the tests."
    yield ""
    yield "| # | system | what works | shown in |"
    yield "| --- | --- | --- | --- |"
    for each in systems():
        if each.municipality == place.id:
            yield f"| {each.number} | {each.name} | {each.works} | {_links(each)} |"
    yield ""
    yield "What is not particular to one municipality works here too: plans, rooms, questions to roles, volunteers, requests for"
    yield "help, news, the idea board, the picture of a year. [The flows](../flows.md) are drawn."
    yield ""


def _links(system: System) -> str:
    shown = [f"[{path.stem}]({_from_here(path)})" for path in system.rows]
    if (story := system.story) is not None and story.is_file():
        shown.append(f"[both sides]({_from_here(story)})")
    return ", ".join(shown) or "not yet"


def _from_here(path: Path) -> str:
    return f"../../{path.relative_to(ROOT).as_posix()}"


def _holds(place: Municipality) -> Iterator[str]:
    yield "## What its folder holds"
    yield ""
    yield f"- Languages: {', '.join(place.languages)}"
    yield f"- Areas: {_named([area.name for area in place.areas])}"
    yield f"- Supports: {_named([each.name for each in (place.grants.supports if place.grants else ())])}"
    yield f"- Networks, councils and meetings: {_named([each.title for each in place.networks.networks])}"
    yield f"- Rooms: {_named([each.name + (' (an example)' if each.example else '') for each in place.premises])}"
    yield f"- Who answers: {_named([role.title for role in place.contacts.roles])}"
    yield ""


def _named(names: Sequence[str]) -> str:
    return "; ".join(names) or "none yet"


def _lacks(place: Municipality) -> Iterator[str]:
    found = list(contents.gaps(place))
    yield "## What the municipality must still fill in"
    yield ""
    yield f"{len(found)} fields are empty. Until they are filled in, residents are told to ask, and are handed over to a person;"
    yield "nothing is made up. `check-pack` lists the same."
    yield ""
    by_file = sorted(found, key=lambda gap: contents.file_of(gap.entry.where))
    for file, gaps in groupby(by_file, key=lambda gap: contents.file_of(gap.entry.where)):
        yield f"**{file}**"
        yield ""
        for label, of_one in groupby(gaps, key=lambda gap: gap.entry.label):
            fields = ", ".join(f"`{gap.field}`" for gap in of_one)
            yield f"- {label}: {fields}" if label else f"- {fields}"
        yield ""
    yield "What each is for:"
    yield ""
    for field, why in sorted({(gap.field, plain(render(gap.why, "en"))) for gap in found}):
        yield f"- `{field}`: {why}"
    yield ""


def _alone(place: Municipality) -> Iterator[str]:
    yield "## Starting it alone"
    yield ""
    yield f"    IDELABB_MUNICIPALITY={place.id} make run"
    yield ""
    yield "Its pages are then at the root. With others beside it (`IDELABB_MUNICIPALITY=ekero,lund`) the first one is at the root"
    yield f"and each has its own at `/m/<name>/`, here `/m/{place.id}/`. All settings: [operating.md](../operating.md)."
    yield ""
