"""The municipality itself, and what its other files add to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any
from zlib import crc32
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from bot.i18n import _
from bot.i18n.locales import TABLE
from bot.packs.model.answers import CannedAnswer, answer_problems
from bot.packs.model.base import PackModel, Shown, Sourced, Where, awaited, refuse, twice
from bot.packs.model.contacts import Contacts, Topic
from bot.packs.model.dialogues import Dialogues
from bot.packs.model.figures import Figures
from bot.packs.model.goods import Furniture, Goods
from bot.packs.model.hours import OpenHours
from bot.packs.model.influence import Influence
from bot.packs.model.introductions import CHOSEN_FROM, Interest, Introductions
from bot.packs.model.library import Library
from bot.packs.model.networks import Networks
from bot.packs.model.news import CHOSEN_MAX, News
from bot.packs.model.partnerships import Partnerships
from bot.packs.model.rooms import Room, room_problems, units
from bot.packs.model.support import ConditionWords, Grants
from bot.packs.model.volunteering import Crisis, Skills, Volunteering
from bot.rules import calendar
from bot.rules.spelling import bare

_NEAR = _("The middle of the area, so that a shared place is matched to it.")


class Area(PackModel):
    """A part of the municipality residents name. `aliases` are other spellings, `places` smaller places in it; a place
    in two areas is asked about. The centre is in WGS 84 degrees, `approximate` when it was not measured.
    """

    name: str
    kind: Shown = ""
    aliases: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = awaited(_NEAR, None)
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = awaited(_NEAR, None)
    approximate: bool = False
    neighbours: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that means this area."""
        return (self.name, *self.aliases, *self.places)

    @property
    def number(self) -> int:
        """What stands for it in a button or an address; it stays the same while its name does."""
        return crc32(self.name.encode())


class Unnamed(Sourced):
    """Areas that are known to exist but not by name. Whoever lives there is handed over until they are listed."""

    count: int = Field(ge=1)
    kind: Shown


class Promise(PackModel):
    """Answer times a resident is promised, in working days after the day a message came (languages-and-rights.md C5).

    A case that nobody has taken after `claim_minutes` of open hours is told to all who may answer it.
    """

    answer_days: int = Field(default=2, ge=1, le=10)
    claim_minutes: int = Field(default=60, ge=5, le=2400)


class FollowUp(PackModel):
    """How many days after something residents are asked, once, what became of it; empty: they are not asked."""

    room_days: Annotated[int, Field(ge=1, le=730)] | None = 60
    grant_days: Annotated[int, Field(ge=1, le=730)] | None = 60
    plan_days: Annotated[int, Field(ge=1, le=730)] | None = 60


class DataProtection(PackModel):
    """Who is responsible for the data, for the notice (GDPR art. 13). Empty where the municipality has not said."""

    controller: str = awaited(_("Who is responsible for the data, usually a named committee."))
    officer_contact: str = awaited(_("How to reach the data protection officer."))
    notice_version: str = "1"


class Municipality(PackModel):
    """One municipality's own data. `id` is its folder's name."""

    id: str
    name: str = Field(min_length=1)
    lab: str = Field(default="", description="the idea lab's own name, when it has one")
    languages: tuple[str, ...]
    timezone: str = "Europe/Stockholm"
    areas: tuple[Area, ...] = ()
    unnamed_areas: tuple[Unnamed, ...] = ()
    hours: OpenHours = OpenHours()
    promise: Promise = Promise()
    follow_up: FollowUp = FollowUp()
    year_for_everybody: bool = Field(
        default=False, description="whether everybody may see the picture of a year that is over, at /year/<year>"
    )
    phone: str = awaited(_("The switchboard's number."))
    visit: str = awaited(_("Where one can come."))
    email: str = awaited(_("Where letters about waiting cases go. Without it only the log tells."))
    data_protection: DataProtection = DataProtection()
    closed_on_telegram: tuple[str, ...] = ()
    sure_from: float = Field(
        default=0.6, ge=0, le=1, description="how sure the bot must be of what somebody wants, not to ask (0 to 1)"
    )
    topics: tuple[Topic, ...] = ()
    influence: Influence | None = None
    library: Library = Library()
    skills: Skills = Skills()
    volunteering: Volunteering = Volunteering()
    crisis: Crisis = Crisis()
    news: News = News()
    introductions: Introductions = Introductions()
    interests: tuple[Interest, ...] = ()
    furniture: Furniture = Furniture()
    goods: Goods | None = None
    contacts: Contacts = Contacts()
    networks: Networks = Networks()
    dialogues: Dialogues = Dialogues()
    figures: Figures = Figures()
    grants: Grants | None = None
    partnerships: Partnerships | None = None
    premises: tuple[Room, ...] = ()
    conditions: dict[str, ConditionWords] = Field(default_factory=dict)
    usual_answers: tuple[CannedAnswer, ...] = ()
    answers: tuple[CannedAnswer, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _with_words(cls, content: Any) -> Any:
        """Give the supports the shared words of their conditions; a pack's own words come first."""
        if not isinstance(content, dict) or not isinstance(grants := content.get("grants"), dict):
            return content
        words = {**(content.get("conditions") or {}), **(grants.get("conditions") or {})}
        return {**content, "grants": {**grants, "conditions": words}}

    @field_validator("languages")
    @classmethod
    def _offered(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        known = [tag for tag, row in TABLE.items() if row.offered]
        strange = [tag for tag in tags if tag not in known]
        if strange:
            raise ValueError(f'"{strange[0]}" is no language the bot knows; write some of: {", ".join(known)}')
        if not tags:
            raise ValueError("names no language; write for example [sv, en]")
        return tags

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError) as error:
            raise ValueError(f'"{name}" is no time zone; write for example Europe/Stockholm') from error
        return name

    @model_validator(mode="after")
    def _fits(self) -> Municipality:
        refuse(misfits(self))
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def open_house(self) -> str | None:
        """The house whose places come with open activities, for everybody to find; None where there is no such place."""
        supports = self.grants.supports if self.grants else ()
        return next((each.open_activity.house for each in supports if each.open_activity), None)

    @property
    def has_areas(self) -> bool:
        """Whether there are parts that somebody can live in and ask about, named or not."""
        return bool(self.areas or self.unnamed_areas)

    @cached_property
    def canned(self) -> tuple[CannedAnswer, ...]:
        """Ready answers for coaches: the usual ones, where this municipality has no other, then its own."""
        own = {answer.id: answer for answer in self.answers}
        usual = [own.pop(answer.id, answer) for answer in self.usual_answers]
        return (*usual, *own.values())

    @cached_property
    def rooms(self) -> Mapping[str, Room]:
        """Every room by its id."""
        return {room.id: room for room in self.premises}

    @cached_property
    def units(self) -> Mapping[str, frozenset[str]]:
        """The smallest parts of every room, by its id: rooms that share one exclude each other."""
        return {room.id: units(room, self.rooms) for room in self.premises}

    @cached_property
    def spellings(self) -> tuple[tuple[str | None, str], ...]:
        """What names a place here, folded, with the area it is in; None for the municipality itself."""
        town = self.name.removesuffix(" kommun").removesuffix("s stad").removesuffix(" stad")
        areas = ((area.name, name) for area in self.areas for name in area.names)
        return tuple((area, bare(name)) for area, name in (*areas, (None, town), (None, self.name)))

    def answer_by(self, asked_at: datetime, days: int | None = None) -> datetime:
        """When a person has answered at the latest: closing time, `answer_days` working days after `asked_at`.

        `days` takes the place of `answer_days` where somebody else answers.

        A message after closing time, or on a free day, counts from the next working day. Swedish holidays are free.
        """
        local = asked_at.astimezone(self.zone)
        day = local.date()
        if local.time() >= self.hours.closes or not self._works(day):
            day = self._next(day)
        for _count in range(days or self.promise.answer_days):
            day = self._next(day)
        return datetime.combine(day, self.hours.closes, self.zone)

    def claim_by(self, told_at: datetime) -> datetime:
        """When somebody has taken a case at the latest: `claim_minutes` of open hours after it was told, in UTC."""
        return calendar.after_open(self.hours, told_at, self.zone, timedelta(minutes=self.promise.claim_minutes))

    def is_open(self, at: datetime) -> bool:
        return calendar.is_open(self.hours, at, self.zone)

    def _works(self, day: date) -> bool:
        return calendar.works(self.hours, day)

    def _next(self, day: date) -> date:
        day += timedelta(days=1)
        while not self._works(day):
            day += timedelta(days=1)
        return day


def misfits(municipality: Municipality) -> Iterator[tuple[Where, str]]:
    """What one file says that another one does not know."""
    areas = tuple(area.name for area in municipality.areas)
    topics = tuple(topic.id for topic in municipality.topics)
    roles = tuple(role.id for role in municipality.contacts.roles)
    yield from twice(topics, ("topics",))
    yield from twice(areas, ("areas",), "name")
    yield from twice((each.id for each in municipality.interests), ("interests",))
    if len(municipality.interests) > CHOSEN_FROM:
        yield ("interests",), f"holds {len(municipality.interests)} interests; keep it to {CHOSEN_FROM}"
    if len(areas) > CHOSEN_MAX:
        words = f"holds {len(areas)} areas, and news can be chosen from {CHOSEN_MAX}; list smaller ones as places"
        yield ("areas",), words
    for at, area in enumerate(municipality.areas):
        yield from _unknown(area.neighbours, areas, "area", "municipality.yaml", ("areas", at, "neighbours"))
    for at, role in enumerate(municipality.contacts.roles):
        here: Where = ("contacts", "roles", at)
        yield from _unknown(role.topics, topics, "topic", "topics.yaml", (*here, "topics"))
        yield from _unknown(role.areas, areas, "area", "municipality.yaml", (*here, "areas"))
    yield from _rivals(municipality)
    for at, network in enumerate(municipality.networks.networks):
        here = ("networks", "networks", at)
        yield from _unknown(network.topics, topics, "topic", "topics.yaml", (*here, "topics"))
        yield from _unknown(network.areas, areas, "area", "municipality.yaml", (*here, "areas"))
        yield from _unknown((network.contact,), roles, "role", "contacts.yaml", (*here, "contact"))
        for number, group in enumerate(network.groups):
            inside = (*here, "groups", number)
            yield from _unknown(group.areas, areas, "area", "municipality.yaml", (*inside, "areas"))
            named = (group.contact,) if group.contact else ()
            yield from _unknown(named, roles, "role", "contacts.yaml", (*inside, "contact"))
    if municipality.networks.weaving:
        weavers = municipality.networks.weaving.weavers
        yield from _unknown(weavers, roles, "role", "contacts.yaml", ("networks", "weaving", "weavers"))
    if municipality.networks.agreement:
        here = ("networks", "agreement", "contact")
        yield from _unknown((municipality.networks.agreement.contact,), roles, "role", "contacts.yaml", here)
    for at, offered in enumerate(municipality.dialogues.kinds):
        here = ("dialogues", "kinds", at, "contact")
        yield from _unknown((offered.contact,), roles, "role", "contacts.yaml", here)
    if municipality.partnerships:
        held = municipality.partnerships
        yield from _unknown((held.contact,), roles, "role", "contacts.yaml", ("partnerships", "contact"))
        supports = tuple(each.id for each in municipality.grants.supports) if municipality.grants else ()
        yield from _unknown((held.support,), supports, "support", "grants.yaml", ("partnerships", "support"))
    for room, field, words in room_problems(municipality.premises, areas):
        yield ("premises", room, field), words
    for part, answers in (("usual_answers", municipality.usual_answers), ("answers", municipality.answers)):
        yield from twice((answer.id for answer in answers), (part,))
        for where, words in answer_problems(answers):
            yield (part, *where), words


def _unknown(
    named: Iterable[str], known: tuple[str, ...], what: str, file: str, where: Where
) -> Iterator[tuple[Where, str]]:
    for each in named:
        if each not in known:
            there = f"write one of: {', '.join(sorted(known))}" if known else "it has none yet"
            yield where, f'"{each}" is no {what} of {file}; {there}'


def _rivals(municipality: Municipality) -> Iterator[tuple[Where, str]]:
    """Roles that would answer the same thing equally well, so that nobody could say which."""
    roles = municipality.contacts.roles
    for at, role in enumerate(roles):
        for other in roles[:at]:
            shared = [each for each in role.topics if each in other.topics]
            if shared and _as_general(role.areas, other.areas) and _as_general(role.matters, other.matters):
                yield (
                    ("contacts", "roles", at, "topics"),
                    f'"{shared[0]}" is answered by "{other.id}" just as well; take it from one of them, '
                    "or give one of them matters or areas",
                )


def _as_general(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Both for everything, or both for something that is the same."""
    return bool(set(some) & set(others)) if some and others else some == others
