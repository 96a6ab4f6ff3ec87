"""Where people meet: networks, councils and meetings, the agreement between municipality and civil society."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from bot.i18n import _
from bot.packs.model.base import Id, PackModel, Shown, Sourced, Where, awaited, refuse, twice

Kind = Literal["area_network", "local_council", "council", "network", "group", "meeting"]
"""A network for an area; an association-led council for a place; a council for a subject; a network for a subject; a
group with fixed members; a recurring meeting."""


class Rhythm(PackModel):
    """How often people meet: `times` to `most` times `per` period, `about` when it is not exact."""

    times: int = Field(ge=1)
    most: int | None = None
    per: Literal["month", "quarter", "half_year", "year"] = "year"
    about: bool = False


PER_YEAR = {"month": 12, "quarter": 4, "half_year": 2, "year": 1}
"""How many of each period a year has."""


class StandingItem(PackModel):
    """What is on every agenda; `last`: after what those who come have sent in."""

    title: Shown
    last: bool = False


class Series(PackModel):
    """How the meetings of a network go, where staff make them in the console.

    `open_space`: everybody brings a topic, groups form around those that are alike, and each group makes an action plan.
    Items for the agenda are taken until `items_days` before; who comes is reminded `remind_hours` before.
    """

    open_space: bool = False
    standing: tuple[StandingItem, ...] = ()
    items_days: int = Field(default=7, ge=0, le=90)
    remind_hours: int = Field(default=24, ge=1, le=336)


class LocalGroup(PackModel):
    """One of several of a kind: the network of one area, the council of one village, the group of one district.

    `areas` are those it is for; without them it is found by its name. `contact` is the role that answers for this one,
    the network's own where it has none. `reached` is how it is written to or rung, as residents are told.
    """

    name: Shown
    areas: tuple[str, ...] = ()
    contact: str = ""
    reached: Shown = ""


class Network(Sourced):
    """A network, council, group or meeting. `open_to` says who may come; `contact` is the role that answers for it.

    `words` are other names that somebody may ask for it by. Where it stands for several of a kind, `count` says how many
    there are, and `groups` names those that are known by name.
    """

    id: Id
    title: Shown
    words: tuple[str, ...] = ()
    what: Shown
    kind: Kind
    open_to: Literal["everyone", "groups", "organisations", "members"]
    contact: Id
    areas: tuple[str, ...] = ()
    topics: tuple[Id, ...] = ()
    part_of: str = ""
    """The network this is a sub-network of."""
    rhythm: Rhythm | None = None
    items_beforehand: bool = False
    """Those who come may send in what shall be talked about."""
    invited_by: Shown = ""
    dates: str = awaited(_("Where the next dates are told, or the dates themselves."))
    meetings: Series | None = None
    """How its meetings go; without it staff make none here, and nobody can follow them."""

    @property
    def a_year(self) -> int | None:
        """How many meetings a year its rhythm comes to, at least; None without one."""
        return None if self.rhythm is None else self.rhythm.times * PER_YEAR[self.rhythm.per]

    @property
    def joinable(self) -> bool:
        """Whether one person can join it by a press: a sub-network whose meetings are here, and that is open to all."""
        return bool(self.part_of) and self.meetings is not None and self.open_to == "everyone"

    count: int | None = Field(default=None, ge=1)
    groups: tuple[LocalGroup, ...] = ()

    @property
    def unnamed(self) -> int:
        """How many of them nobody has named yet."""
        return max((self.count or 0) - len(self.groups), 0)


class Agreement(Sourced):
    """The local agreement (överenskommelse) on how municipality and civil society work together."""

    title: Shown
    what: tuple[Shown, ...]
    how_to_join: Shown
    contact: Id
    adopted: str = ""


class Principle(Sourced):
    """One of the six principles of the national policy for civil society, in the municipality's own words."""

    id: Literal["independence", "dialogue", "quality", "long_term", "openness", "diversity"]
    title: Shown
    means: Shown = ""


class ProjectStep(PackModel):
    """One step on the way from a need to a lasting activity."""

    number: int = Field(ge=1)
    title: Shown


class Weaving(Sourced):
    """How the municipality weaves its actors together: it keeps a map of who works with whom, and a log of who was asked.

    `weavers` are the roles that make links at first and mean to be needed less (publication, 4.2). An actor that is asked
    anew within `again_after_days` of the last time is warned of, as no number stands in the publication (6.4); what two
    actors are asked about each other waits `answer_days` for their answers.
    """

    weavers: tuple[Id, ...] = ()
    again_after_days: int = Field(default=30, ge=1, le=365)
    answer_days: int = Field(default=14, ge=1, le=90)


class Networks(PackModel):
    networks: tuple[Network, ...] = ()
    weaving: Weaving | None = None
    agreement: Agreement | None = None
    principles: tuple[Principle, ...] = ()
    project_steps: tuple[ProjectStep, ...] = ()

    @property
    def series(self) -> tuple[Network, ...]:
        """The networks whose meetings are made here."""
        return tuple(each for each in self.networks if each.meetings is not None)

    @property
    def sub_networks(self) -> tuple[Network, ...]:
        """The sub-networks that one person can join by a press."""
        return tuple(each for each in self.networks if each.joinable)

    def find(self, id: str) -> Network | None:
        return next((each for each in self.networks if each.id == id), None)

    @model_validator(mode="after")
    def _fits(self) -> Networks:
        refuse(twice((each.id for each in self.networks), ("networks",)))
        refuse(twice((each.id for each in self.principles), ("principles",)))
        parents = {each.id: each.part_of for each in self.networks}
        problems: list[tuple[Where, str]] = []
        for at, each in enumerate(self.networks):
            where: Where = ("networks", at, "part_of")
            if each.part_of and each.part_of not in parents:
                problems.append((where, f'"{each.part_of}" is no network of this file; write one of: {_list(parents)}'))
            elif each.part_of and _circles(each.id, parents):
                problems.append((where, f'"{each.id}" is part of itself in the end; leave part_of empty somewhere'))
            if each.count is not None and len(each.groups) > each.count:
                words = (
                    f"names {len(each.groups)} groups, and count says that there are {each.count}; correct one of them"
                )
                problems.append((("networks", at, "groups"), words))
            problems += twice((group.name for group in each.groups), ("networks", at, "groups"), "name")
        refuse(problems)
        return self


def _circles(id: str, parents: dict[str, str]) -> bool:
    above = parents[id]
    for _step in parents:
        if above == id:
            return True
        above = parents.get(above, "")
    return False


def _list(ids: dict[str, str]) -> str:
    return ", ".join(sorted(ids))
