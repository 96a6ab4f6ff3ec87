"""Who does something for others here, as far as a municipality's own data tells: its roles, where people meet, houses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from bot.packs.model.municipality import Municipality

Kind = Literal["network", "role", "house"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One of them. `title` and `does` are texts of the pack. `asks` is the role that a question goes to, "" for a house,
    whose places are applied for. `number` stands for it in a button, and stays the same while its id does.
    """

    kind: Kind
    id: str
    title: str
    does: str
    asks: str = ""
    areas: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        return crc32(f"{self.kind}:{self.id}".encode())


def actors(municipality: Municipality) -> tuple[Actor, ...]:
    """All that the pack names: networks first, for they are many people; then houses, then the municipality's roles."""
    networks = [
        Actor("network", each.id, each.title, each.what, each.contact, each.areas, each.topics)
        for each in municipality.networks.networks
    ]
    supports = municipality.grants.supports if municipality.grants else ()
    houses = {each.open_activity.house: each for each in reversed(supports) if each.open_activity}
    places = [Actor("house", house, house, support.what) for house, support in sorted(houses.items())]
    roles = [
        Actor("role", each.id, each.title, each.does, each.id, each.areas, each.topics)
        for each in municipality.contacts.roles
    ]
    return (*networks, *places, *roles)
