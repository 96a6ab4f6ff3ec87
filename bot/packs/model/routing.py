"""Who answers, and where people meet: pure look-ups in a municipality's pack.

There is always exactly one role that answers, never a list to choose from and never nobody (publication, 1.1: the
shorter way to the right person; 2.3: always give an answer, else pass it on and follow up).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.i18n import content, plain, render
from bot.packs.model.contacts import Matter, Role, Topic
from bot.packs.model.influence import Level, LevelWords, Step, StepWords
from bot.packs.model.municipality import Area, Municipality
from bot.packs.model.networks import Network
from bot.packs.model.volunteering import Task
from bot.rules import places
from bot.rules.spelling import bare

Because = Literal["area", "matter", "topic", "fallback", "learned"]

LEARNED_AFTER = 2
"""So many times the same has to be passed on to the same role before it goes there at once."""


@dataclass(frozen=True, slots=True)
class Forward:
    """What those who answer have shown: a question about this was not for `from_role` but for `to_role`, so many `times`."""

    from_role: str
    to_role: str
    topic: str | None = None
    area: str | None = None
    matter: str | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Route:
    """One role, who answers when it is away, and who answers in the end. `because` says what decided."""

    role: Role
    deputy: Role | None
    fallback: Role
    because: Because

    @property
    def in_turn(self) -> tuple[Role, ...]:
        """Whom to ask, one after the other, when there is no answer in time."""
        every = (self.role, *((self.deputy,) if self.deputy else ()), self.fallback)
        return tuple({role.id: role for role in every}.values())


def route(
    municipality: Municipality,
    topic: str | None = None,
    *,
    area: str | None = None,
    matter: Matter | None = None,
    learned: Sequence[Forward] = (),
) -> Route:
    """The one role that answers for a topic, in an area, for what somebody wants with it.

    A role that names the area goes before one that names the matter, and that before a general one. A topic, area or
    matter that nobody holds goes to the pack's fallback. Whoever it goes to by the pack may have passed just such
    questions on to another role (`learned`): then it goes there.
    """
    held = _held(municipality, topic, area, matter)
    to = _passed_on(municipality, held.role, [each for each in learned if _about(each) == (topic, area, matter)])
    if to == held.role:
        return held
    return Route(to, _deputy(municipality, to), held.fallback, "learned")


def _about(forward: Forward) -> tuple[str | None, str | None, str | None]:
    return forward.topic, forward.area, forward.matter


def _passed_on(municipality: Municipality, role: Role, learned: Sequence[Forward]) -> Role:
    """Whom a role passes such questions on to, and that one in turn; nobody twice."""
    roles = {each.id: each for each in municipality.contacts.roles}
    been = {role.id}
    while True:
        ways = [
            each
            for each in learned
            if each.from_role == role.id and each.times >= LEARNED_AFTER and each.to_role in roles.keys() - been
        ]
        if not ways:
            return role
        role = roles[max(ways, key=lambda each: (each.times, each.to_role)).to_role]
        been.add(role.id)


def _held(municipality: Municipality, topic: str | None, area: str | None, matter: Matter | None) -> Route:
    """Who answers by the pack."""
    contacts = municipality.contacts
    fitting = [
        (bool(role.areas), bool(role.matters), role)
        for role in contacts.roles
        if topic in role.topics
        and (not role.areas or area in role.areas)
        and (not role.matters or matter in role.matters)
    ]
    fallback = contacts.role(contacts.fallback)
    if not fitting:
        return Route(fallback, _deputy(municipality, fallback), fallback, "fallback")
    by_area, by_matter, role = max(fitting, key=lambda each: each[:2])
    because: Because = "area" if by_area else "matter" if by_matter else "topic"
    return Route(role, _deputy(municipality, role), fallback, because)


def _deputy(municipality: Municipality, role: Role) -> Role | None:
    return municipality.contacts.role(role.deputy) if role.deputy else None


def areas_meant(municipality: Municipality, words: str) -> tuple[Area, ...]:
    """The areas somebody may mean by a place: one; several, of which to ask; or none that the pack knows."""
    names = [area.names for area in municipality.areas]
    found = places.meant(words, names) or places.likely(words, names)
    return tuple(municipality.areas[at] for at in found)


def topics_meant(
    municipality: Municipality, words: str, *, also: Mapping[str, Sequence[str]] | None = None
) -> tuple[Topic, ...]:
    """The topics whose words stand in what somebody wrote, endings and typos forgiven; the likeliest first.

    `also` are further words by topic, such as those of its title in the writer's language.
    """
    scored = [
        (_likeness(words, (topic.title, *topic.words, *(also or {}).get(topic.id, ()))), topic)
        for topic in municipality.topics
    ]
    return tuple(topic for score, topic in sorted(scored, key=lambda each: -each[0]) if score >= places.FORGIVEN)


def tasks_meant(
    municipality: Municipality, words: str, *, also: Mapping[str, Sequence[str]] | None = None
) -> tuple[Task, ...]:
    """The tasks of helpers whose words stand in what somebody wrote, as `topics_meant` finds topics."""
    scored = [
        (_likeness(words, (task.name, *task.words, *(also or {}).get(task.id, ()))), task)
        for task in municipality.skills.tasks
    ]
    return tuple(task for score, task in sorted(scored, key=lambda each: -each[0]) if score >= places.FORGIVEN)


def _likeness(said: str, names: Sequence[str]) -> float:
    """How surely one of the names stands in what was said: 0 to 100 and a little more."""
    spoken = bare(said[:500]).split()
    return max(
        places.likeness(" ".join(spoken), name)
        if " " in name
        else max((_like(word, name) for word in spoken), default=0)
        for name in map(bare, names)
    )


_ENDINGS = 5
"""So many letters a Swedish word may gain at its end and still be the same ("lokal", "lokalerna")."""


def _like(word: str, name: str) -> float:
    """A longer shared beginning is surer; a short word has to be the word itself."""
    if word == name:
        return 100.0 + len(name)
    if len(name) > 3 and word.startswith(name) and len(word) - len(name) <= _ENDINGS:
        return 90.0 + len(name)
    return places.likeness(word, name) if len(name) > 4 and abs(len(word) - len(name)) < 2 else 0.0


@dataclass(frozen=True, slots=True)
class Local:
    """What there is where somebody lives: networks and councils for the area, and the role that holds it together."""

    networks: tuple[Network, ...]
    route: Route


def local(municipality: Municipality, area: str | None) -> Local:
    """The networks and councils of an area, and its weaver or convener; for an unknown area whoever holds them all.

    Local ones that name no areas may be wherever somebody lives. What is there for the area itself stands first, what
    is there for something else than local matters last.
    """
    here = [each for each in municipality.networks.networks if area is not None and area in each.areas]
    everywhere = [each for each in networks_for(municipality, "local") if not each.areas]
    found = sorted((*here, *everywhere), key=lambda each: "local" not in each.topics)
    return Local(tuple(found), route(municipality, "local", area=area, matter="join"))


def networks_named(municipality: Municipality, words: str, locale: str = "sv") -> tuple[Network, ...]:
    """The networks, councils and meetings whose names stand in what somebody wrote, endings forgiven, typos not.

    A name is the title, in Swedish or in the writer's language, what stands before its first comma ("Csam"), and the
    pack's other words for it.
    """
    spoken = bare(words[:500])
    return tuple(
        each for each in municipality.networks.networks if any(_stands(name, spoken) for name in _names(each, locale))
    )


def _names(network: Network, locale: str) -> Iterator[str]:
    yield from map(bare, network.words)
    yield from (bare(group.name) for group in network.groups)
    for title in (network.title, plain(render(content(network.title), locale))):
        yield bare(title)
        yield bare(title.partition(",")[0])
        yield bare(title.partition("(")[0]).removeprefix("the ")


_STEM = 5
"""A name of one word is known by so many letters at least, and by all but its last three where it is longer."""


def _stands(name: str, spoken: str) -> bool:
    if " " in name:
        return f" {name[:-2]}" in f" {spoken}"
    begins = name[: max(_STEM, len(name) - 3)]
    return any(word.startswith(begins) and abs(len(word) - len(name)) <= _ENDINGS for word in spoken.split())


def networks_for(municipality: Municipality, topic: str) -> tuple[Network, ...]:
    """Where a topic is talked about: councils first, then networks, groups and meetings."""
    order = ("council", "network", "area_network", "local_council", "group", "meeting")
    found = [each for each in municipality.networks.networks if topic in each.topics]
    return tuple(sorted(found, key=lambda each: order.index(each.kind)))


Wish = Literal["know", "comment", "shape", "share"]
"""What somebody wants with a decision: to know, to say what they think of it, to shape it, to carry it out together."""

_LEVEL_OF: dict[Wish, Level] = {
    "know": "information",
    "comment": "consultation",
    "shape": "dialogue",
    "share": "partnership",
}


@dataclass(frozen=True, slots=True)
class Guidance:
    """An answer to "how can I influence this?". `level`, `step` and `usual` are missing where the pack has no code."""

    level: LevelWords | None
    step: StepWords | None
    usual: tuple[str, ...]
    route: Route


def influence(
    municipality: Municipality,
    wish: Wish,
    step: Step | None,
    *,
    topic: str | None = None,
    area: str | None = None,
    has_proposal: bool | None = None,
) -> Guidance:
    """The level and step of the Code, what is usual there, and who holds the matter; no step where nobody knows it.

    Where a finished proposal lies on the table, shaping it has become commenting on it: a dialogue needs the matter to
    be open (publication, 2.3, levels 2 and 3).
    """
    level = _LEVEL_OF["comment" if wish == "shape" and has_proposal else wish]
    held = route(municipality, topic, area=area, matter="proposal")
    if held.because == "fallback":
        held = route(municipality, "influence", area=area, matter="proposal")
    code = municipality.influence
    if code is None:
        return Guidance(None, None, (), held)
    if step is None:
        return Guidance(code.level(level), None, (), held)
    return Guidance(code.level(level), code.step(step), code.usual(level, step), held)
