"""The parts of the console: what somebody may open and their municipality has, in groups. Who may open what: `rights.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.handlers.web.rights import RIGHTS
from bot.i18n import Text, p_
from bot.packs.model import Municipality

if TYPE_CHECKING:
    from bot.handlers.web.site import Visit


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the console. `here`: whether a municipality has what it is about."""

    path: str
    title: Text
    here: Callable[[Municipality], object] = lambda place: True


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that belong together. The page of a group is that of its first part."""

    title: Text
    parts: tuple[Part, ...]


GROUPS: Final = (
    Group(p_("console", "Cases"), (
        Part("/coach", p_("console", "Cases")),
        Part("/coach/call", p_("console", "Somebody calls")),
    )),
    Group(p_("console", "Help and meet"), (
        Part("/coach/needs", p_("console", "Needs")),
        Part("/coach/volunteers", p_("console", "Volunteers")),
        Part("/coach/introductions", p_("console", "Introductions"), lambda place: place.introductions.offered),
        Part("/coach/goods", p_("console", "Furniture"), lambda place: place.goods),
        Part("/coach/situation", p_("console", "Situation")),
    )),
    Group(p_("console", "Work together"), (
        Part("/coach/projects", p_("console", "Projects"), lambda place: place.networks.project_steps),
        Part("/coach/meetings", p_("console", "Meetings"), lambda place: place.networks.series),
        Part("/coach/dialogues", p_("console", "Dialogues"), lambda place: place.dialogues.kinds),
        Part("/coach/partnerships", p_("console", "Partnerships"), lambda place: place.partnerships),
        Part("/coach/agreement", p_("console", "The agreement"), lambda place: place.networks.agreement),
        Part("/coach/map", p_("console", "Map of actors"), lambda place: place.networks.weaving),
        Part("/coach/obstacles", p_("console", "What is in the way")),
    )),
    Group(p_("console", "Tell people"), (
        Part("/coach/news", p_("console", "Messages to many")),
        Part("/coach/posters", p_("console", "Posters")),
        Part("/coach/example", p_("console", "Good example")),
    )),
    Group(p_("console", "Follow up"), (
        Part("/coach/statistics", p_("console", "Statistics")),
        Part("/coach/year", p_("console", "The year")),
    )),
    Group(p_("console", "Us here"), (
        Part("/coach/colleagues", p_("console", "Who is here")),
        Part("/coach/staff", p_("console", "Colleagues")),
        Part("/coach/pack", p_("console", "The municipality's data")),
    )),
)  # fmt: skip


def menu(visit: Visit) -> tuple[tuple[Group, bool], ...]:
    """The groups with what this person may open here, each with whether they are in it."""
    path = visit.request.path.removeprefix(visit.prefix)
    groups = []
    for group in GROUPS:
        parts = tuple(part for part in group.parts if part.here(visit.municipality) and _may_open(visit, part))
        if parts:
            groups.append((Group(group.title, parts), any(is_open(path, part) for part in group.parts)))
    return tuple(groups)


def _may_open(visit: Visit, part: Part) -> bool:
    return not (RIGHTS["GET", part.path].roles or frozenset()).isdisjoint(visit.actor.roles)


def is_open(path: str, part: Part) -> bool:
    """Whether a page belongs to this part."""
    if part.path == "/coach":
        return path == "/coach" or path.startswith(("/coach/cases/", "/coach/talks/"))
    return path == part.path or path.startswith(part.path + "/")
