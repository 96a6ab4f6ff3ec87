"""What staff do with the map of actors: see it drawn, add and take off, propose introductions, note who was asked; and what
they see of obstacles.

Only staff see the map. Each act is one transaction and raises Refused with words; nothing that is taken off is lost: it can be
put back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import obstacles, weaving
from bot.flows import mapped
from bot.flows import weaving as words_of
from bot.flows.actors import KINDS
from bot.flows.case_kinds import ROLE_NAMES
from bot.flows.read.people import find_email, find_phone
from bot.flows.read.typed import as_text, clean, fold
from bot.handoff import Actor
from bot.i18n import Text, _, content, p_
from bot.packs.model import Municipality
from bot.rules import weaving as rules
from bot.rules.masking import mask
from bot.rules.weaving import Drawing, Missing, Node, Share, Tie
from bot.staff import Refused
from bot.turn import Turns
from bot.weaving import APART, PACK, Desk, again, again_words
from storage import cases, staff
from storage import obstacles as obstacle_rows
from storage import weaving as rows
from storage.errors import NotFound
from storage.weaving import Introduction, MapActor, MapLink, Request

NAME_MAX: Final = 100
WORDS_MAX: Final = 500
CHANGES_MAX: Final = 8
REQUESTS_MAX: Final = 20
BEFORE: Final = timedelta(days=365)
"""What is drawn beside today's map where no day is chosen."""

OWN_KINDS: Final = ("association", "group", "company")
"""What staff may put on the map by hand; the rest comes from the pack."""

# TRANSLATORS: how somebody was asked, in the log of contacts.
HOWS: Final[Mapping[str, Text]] = {
    "bot": p_("contact log", "Through the bot"),
    "letter": p_("contact log", "By letter or e-mail"),
    "phone": p_("contact log", "By phone"),
    "met": p_("contact log", "At a meeting"),
}
ASKED_HOW: Final = ("letter", "phone", "met")

# TRANSLATORS: who noted something on the map, or asked somebody, where it was no role of the staff's.
ASKERS: Final[Mapping[str, Text]] = {
    **ROLE_NAMES,
    "resident": p_("contact log", "A resident"),
    "pack": p_("map", "The municipality's own data"),
    "program": p_("map", "The program, when both had said yes"),
    "themselves": p_("map", "They themselves"),
}

# TRANSLATORS: why two groups may want to know each other.
WHY: Final[Mapping[str, Text]] = {
    "theme": p_("map", "they work with the same theme"),
    "area": p_("map", "they are in the same area"),
    "bridge": p_("map", "their circles do not know each other"),
    "shared": p_("map", "they work with the same others"),
    "weaver": p_("map", "only the weaver knows them both"),
}

# TRANSLATORS: the four steps of weaving a network.
STEPS: Final[Mapping[str, tuple[Text, Text]]] = {
    "a": (p_("map", "Scattered circles"), _("Groups know those near them. The circles do not know each other.")),
    "b": (p_("map", "The weaver starts links"),
          _("A weaver has made the whole picture and starts links. Most of them go through the weaver.")),
    "c": (p_("map", "Direct links appear"),
          _("Groups have found what they have in common. At least half of the links are direct.")),
    "d": (p_("map", "The weaver steps back"),
          _("The links hold without the weaver: whoever is linked would still be, if the weaver left.")),
}  # fmt: skip

SAID: Final[Mapping[str, Text]] = {
    "waiting": p_("map", "has not answered yet"),
    "yes": p_("map", "has said yes"),
    "no": p_("map", "has said no"),
}
STATUS: Final[Mapping[str, Text]] = {
    "asking": p_("map", "Both are asked"),
    "agreed": p_("map", "Both have said yes"),
    "declined": p_("map", "One of them has said no"),
    "dropped": p_("map", "Ended without an answer"),
    "unwanted": p_("map", "Not wanted by staff"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One actor for the page. `number` is its number in the picture; `circle` that of its circle, None for none."""

    id: int
    number: int
    name: Text
    kind: Text
    does: Text
    areas: tuple[str, ...]
    topics: tuple[Text, ...]
    weaver: bool
    circle: int | None
    with_: tuple[tuple[Text, Text | None], ...]
    reached: str
    """How it is asked: "bot", "letter" (something is known of how), or "" (nothing is)."""
    contact: str
    last: Asked | None
    own: bool
    """Whether staff may say where it is and what about: it is not the pack's."""
    area_numbers: tuple[str, ...]
    topic_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of the contact log."""

    id: int
    actor_id: int
    name: Text
    about: str
    role: Text
    by: str
    how: Text
    at: datetime
    case_id: int | None


@dataclass(frozen=True, slots=True)
class LinkShown:
    id: int
    a: Text
    b: Text
    theme: Text | None
    since: date
    made_by: Text
    noted_by: Text
    through: bool
    """Whether it goes through a weaver."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A node of the picture."""

    number: int
    x: float
    y: float
    name: Text
    weaver: bool
    circle: int | None


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    through: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """The map on one day. Every day of a page is drawn in the same places, so that they can be compared."""

    day: date
    width: float
    height: float
    dots: Sequence[Dot]
    lines: Sequence[Line]
    share: Share
    step: str
    circles: int
    """How many circles of more than one there are, without the weavers."""
    alone: int
    """How many work with nobody, as far as is noted."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two who may want to know each other."""

    a: Shown
    b: Shown
    theme: Text | None
    theme_id: str
    area: str
    why: tuple[Text, ...]
    why_ids: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two who are asked."""

    side: str
    name: Text
    said: Text
    waits: bool
    by_letter: bool
    letter: tuple[Text, ...]
    contact: str


@dataclass(frozen=True, slots=True)
class Asking:
    """An introduction that is under way, or needs a letter still."""

    id: int
    status: Text
    open: bool
    sides: tuple[Side, Side]
    theme: Text | None
    area: str
    answer_by: datetime
    late: bool
    by: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was put on the map or taken off, and can be undone."""

    kind: str
    id: int
    words: Text
    at: datetime
    undo: str


@dataclass(frozen=True, slots=True)
class MapSeen:
    """All that the pages of the map show."""

    before: Picture
    now: Picture
    actors: Sequence[Shown]
    """Those in the pictures, by their numbers."""
    everybody: Sequence[Shown]
    links: Sequence[LinkShown]
    proposals: Sequence[Proposal]
    asking: Sequence[Asking]
    over: Sequence[Asking]
    months: Sequence[Share]
    weavers: bool
    asked: Sequence[Asked]
    changes: Sequence[Change]
    again_after_days: int


def role_of(by: Actor) -> str:
    """The role in which somebody acts: of several, the one that answers for most."""
    return next((role for role in ("leader", "coordinator", "coach", "administrator") if role in by.roles), "coach")


class Weaving:
    """The map of one municipality. Where its pack has none, every act is refused."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db = turns, turns.db

    # --- seeing it

    async def seen(
        self, by: Actor, *, theme: str = "", area: str = "", before: date | None = None, day: date | None = None
    ) -> MapSeen:
        """The map by theme and area, on two days side by side, with all that hangs on it."""
        place, now = self._place(by), self.turns.now()
        today = now.astimezone(place.zone).date()
        async with self.db.read() as tx:
            found = await _Read.of(tx, place)
        if await self._kept_true(by, found.actors):
            async with self.db.read() as tx:
                found = await _Read.of(tx, place)
        day = min(day, today) if day else today
        before = min(before, day) if before else day - BEFORE
        return _View(place, found, now, theme, area).whole(before, day)

    async def actors(self, by: Actor) -> list[tuple[int, Text]]:
        """Who is on the map, for a choice: by name."""
        place = self._place(by)
        async with self.db.read() as tx:
            there = await rows.actors(tx, place.id)
        return [
            (each.id, named(each)) for each in sorted(there, key=lambda each: each.name.casefold()) if not each.ended_at
        ]

    async def _kept_true(self, by: Actor, there: Sequence[MapActor]) -> bool:
        """The pack's own actors, brought up to date where it has changed."""
        place = self._place(by)

        async def write(tx: AsyncConnection) -> bool:
            return await Desk(tx, place, self.turns.now()).keep_true(await rows.actors(tx, place.id))

        return weaving.differs(place, there) and await self.db.write(write)

    # --- editing it

    async def add_actor(self, by: Actor, fields: Mapping[str, str], areas: Sequence[str], topics: Sequence[str]) -> int:
        """Put somebody on the map; their id."""
        place = self._place(by)
        name = clean(fields.get("name", ""))[:NAME_MAX]
        if not name:
            raise Refused("empty", _("Write what they are called."))
        kind = fields.get("kind", "") if fields.get("kind") in OWN_KINDS else "association"
        about = {
            "does": mask(clean(fields.get("does", ""))[:WORDS_MAX])[0], "areas": _among(areas, [each.name for each in place.areas]),
            "topics": _among(topics, [each.id for each in place.topics]),
            "contact": mask(clean(fields.get("contact", ""))[:200])[0],
        }  # fmt: skip

        async def write(tx: AsyncConnection) -> int:
            same = [each for each in await rows.actors(tx, place.id) if each.name.casefold() == name.casefold()]
            if any(each.ended_at is None for each in same):
                raise Refused("twice", _("“{name}” is on the map already.", name=name))
            return await rows.add_actor(
                tx, municipality_id=place.id, kind=kind, name=name, about=about, weaver=bool(fields.get("weaver")),
                made_by=role_of(by), staff_id=by.staff_id, now=self.turns.now(),
            )  # fmt: skip

        return await self.db.write(write)

    async def change_actor(
        self, by: Actor, actor_id: int, fields: Mapping[str, str], areas: Sequence[str], topics: Sequence[str]
    ) -> None:
        """What is known of somebody, in other words; whether they are a weaver. The pack's own words stay the pack's."""
        place = self._place(by)

        async def write(tx: AsyncConnection) -> None:
            actor = await self._actor(tx, by, actor_id)
            about = dict(actor.about or {})
            if actor.kind not in PACK:
                about["areas"] = _among(areas, [each.name for each in place.areas])
                about["topics"] = _among(topics, [each.id for each in place.topics])
            about["contact"] = mask(clean(fields.get("contact", ""))[:200])[0]
            await rows.set_actor(tx, place.id, actor.id, about=about, weaver=bool(fields.get("weaver")))

        await self.db.write(write)

    async def add_link(self, by: Actor, one: int, other: int, theme: str, since: str, made_by: str) -> int:
        """Note that two work together; the link's id."""
        place = self._place(by)
        today = self.turns.now().astimezone(place.zone).date()
        day = _day(since) or today
        if one == other or not one or not other:
            raise Refused("empty", _("Choose two different ones."))
        if day > today:
            raise Refused("empty", _("That day is still to come. Choose today or an earlier one."))
        theme = theme if theme in {each.id for each in place.topics} else ""
        made_by = made_by if made_by in {each.id for each in place.contacts.roles} | {"themselves"} else ""

        async def write(tx: AsyncConnection) -> int:
            for id in (one, other):
                if (await self._actor(tx, by, id)).ended_at is not None:
                    raise Refused("gone", _("It is not on the map any more."))
            return await rows.add_link(
                tx, municipality_id=place.id, one=one, other=other, theme=theme, since=day.isoformat(), made_by=made_by,
                noted_by=role_of(by), staff_id=by.staff_id, now=self.turns.now(),
            )  # fmt: skip

        return await self.db.write(write)

    async def end(self, by: Actor, kind: str, id: int) -> None:
        """Take an "actor" or a "link" off the map. It stays in pictures of earlier days, and can be put back."""
        await self._set(by, kind, id, {"ended_at": self.turns.now(), "ended_by": by.staff_id})

    async def restore(self, by: Actor, kind: str, id: int) -> None:
        """Put back what was taken off."""
        await self._set(by, kind, id, {"ended_at": None, "ended_by": None})

    async def _set(self, by: Actor, kind: str, id: int, values: dict[str, Any]) -> None:
        place = self._place(by)

        async def write(tx: AsyncConnection) -> None:
            if kind == "actor":
                actor = await self._actor(tx, by, id)
                await rows.set_actor(tx, place.id, id, **values)
                if values["ended_at"] is not None:
                    for each in await rows.introductions_of(tx, actor.id):
                        await Desk(tx, place, self.turns.now()).end(each.id)
            elif not await rows.set_link(tx, place.id, id, **values):
                raise Refused("missing", _("It is not on the map any more."))

        await self._write(write)

    # --- bringing two together

    async def introduce(self, by: Actor, proposal: Mapping[str, str], *, sure: bool) -> None:
        """Ask both whether they want to be brought together. Raises Refused "again" where one was asked lately, unless
        `sure`."""
        place, now = self._place(by), self.turns.now()

        async def write(tx: AsyncConnection) -> None:
            a, b = [await self._actor(tx, by, _number(proposal.get(side))) for side in ("a", "b")]
            if a.id == b.id or a.ended_at or b.ended_at:
                raise Refused("gone", _("It is not on the map any more."))
            before = [each for each in await rows.introductions_of(tx, a.id) if b.id in (each.a_id, each.b_id)]
            if before:
                raise Refused("twice", _("Both are asked already."))
            await self._not_again(tx, place, (a, b), sure=sure)
            theme, area, why = self._checked(place, proposal)
            await Desk(tx, place, now).introduce(
                a, b, theme=theme, area=area, why=why, role=role_of(by), staff_id=by.staff_id
            )

        await self._write(write)

    async def not_wanted(self, by: Actor, proposal: Mapping[str, str]) -> None:
        """Never propose these two again."""
        place, now = self._place(by), self.turns.now()

        async def write(tx: AsyncConnection) -> None:
            a, b = [await self._actor(tx, by, _number(proposal.get(side))) for side in ("a", "b")]
            theme, area, why = self._checked(place, proposal)
            await rows.introduce(
                tx, municipality_id=place.id, a_id=a.id, b_id=b.id, theme=theme, area=area, why=why, status="unwanted",
                made_by=role_of(by), staff_id=by.staff_id, answer_by=now, now=now,
            )  # fmt: skip

        await self.db.write(write)

    def _checked(self, place: Municipality, proposal: Mapping[str, str]) -> tuple[str, str, str]:
        """What a proposal is about, as far as it is there."""
        theme, area = proposal.get("theme", ""), proposal.get("area", "")
        theme = theme if theme in {each.id for each in place.topics} else ""
        area = area if area in {each.name for each in place.areas} else ""
        return theme, area, " ".join(each for each in proposal.get("why", "").split() if each in WHY)

    async def drop(self, by: Actor, introduction_id: int) -> None:
        """End an introduction; whoever was asked here hears it."""
        place = self._place(by)

        async def write(tx: AsyncConnection) -> None:
            await Desk(tx, place, self.turns.now()).end(introduction_id)

        await self._write(write)

    async def letter_sent(self, by: Actor, introduction_id: int, side: str, *, sure: bool) -> None:
        """Note that the letter to one of the two has gone; of one that asks, the contact log is warned by."""
        place = self._place(by)

        async def write(tx: AsyncConnection) -> None:
            found = await rows.introduction(tx, place.id, introduction_id)
            actor = await self._actor(tx, by, found.a_id if side == "a" else found.b_id)
            if found.status == "agreed":
                await rows.forget_reached(tx, found, self.turns.now())
                return
            await self._not_again(tx, place, (actor,), sure=sure)
            about = Desk(tx, place, self.turns.now()).about(found.theme, found.area)
            await rows.note_request(
                tx, municipality_id=place.id, actor_id=actor.id, about=about, role=role_of(by), how="letter",
                staff_id=by.staff_id, introduction_id=found.id, now=self.turns.now(),
            )  # fmt: skip

        await self._write(write)

    async def answered_by_letter(self, by: Actor, introduction_id: int, side: str, *, yes: bool, contact: str) -> None:
        """Note what one of the two has answered to a letter, or on the phone."""
        place = self._place(by)
        contact = clean(contact)[:200]
        if yes and contact and not (find_email(contact) or find_phone(fold(contact))):
            raise Refused("empty", _("Write a phone number or an e-mail address, or leave it empty."))

        async def write(tx: AsyncConnection) -> None:
            found = await rows.lock(tx, place.id, introduction_id)
            desk = Desk(tx, place, self.turns.now())
            if side not in ("a", "b") or not await desk.answered(found, side, yes=yes, contact=contact):
                raise Refused("gone", _("It is settled already, or they have answered before."))

        await self._write(write)

    # --- the contact log

    async def note_request(
        self, by: Actor, actor_id: int, about: str, how: str, *, case_id: int | None = None, sure: bool = False
    ) -> None:
        """Note that somebody is asked. Raises Refused "again" where they were asked lately, unless `sure`."""
        place = self._place(by)
        about = mask(clean(about)[:WORDS_MAX])[0]
        if not about:
            raise Refused("empty", _("Write what they were asked about."))

        async def write(tx: AsyncConnection) -> None:
            actor = await self._actor(tx, by, actor_id)
            if case_id is not None:
                await cases.load(tx, place.id, case_id)
            await self._not_again(tx, place, (actor,), sure=sure)
            await rows.note_request(
                tx, municipality_id=place.id, actor_id=actor.id, about=about, role=role_of(by),
                how=how if how in ASKED_HOW else "letter", staff_id=by.staff_id, case_id=case_id, now=self.turns.now(),
            )  # fmt: skip

        await self.db.write(write)

    async def take_back_request(self, by: Actor, request_id: int) -> None:
        """Take back a note that was a mistake."""
        place = self._place(by)
        if not await self.db.write(lambda tx: rows.drop_request(tx, place.id, request_id)):
            raise Refused("missing", _("That note is gone already."))

    async def _not_again(
        self, tx: AsyncConnection, place: Municipality, actors: Sequence[MapActor], *, sure: bool
    ) -> None:
        latest = await rows.latest_requests(tx, place.id)
        found = again(actors, latest, place, self.turns.now())
        if found and not sure:
            raise Refused("again", again_words(found, place, ASKERS))

    # --- small things

    def _place(self, by: Actor) -> Municipality:
        place = self.turns.municipalities[by.municipality_id]
        if place.networks.weaving is None:
            raise Refused("missing", _("This municipality keeps no map of actors."))
        return place

    async def _actor(self, tx: AsyncConnection, by: Actor, actor_id: int) -> MapActor:
        try:
            return await rows.actor(tx, by.municipality_id, actor_id)
        except NotFound as error:
            raise Refused("missing", _("It is not on the map any more.")) from error

    async def _write(self, write: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """Do it; what has to be said to the groups goes out at once."""
        try:
            await self.db.write(write)
        except NotFound as error:
            raise Refused("missing", _("It is not on the map any more.")) from error


class ObstacleDesk:
    """What staff see of obstacles: numbers only."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db = turns, turns.db

    async def seen(self, by: Actor) -> obstacles.Counted:
        async with self.db.read() as tx:
            since = self.turns.now() - obstacles.COUNTED
            return obstacles.counted(await obstacle_rows.of_municipality(tx, by.municipality_id, since))


# --- reading and drawing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """What is stored of a map."""

    actors: Sequence[MapActor]
    links: Sequence[MapLink]
    introductions: Sequence[Introduction]
    requests: Sequence[Request]
    latest: Mapping[int, Request]
    names: Mapping[int, str]

    @classmethod
    async def of(cls, tx: AsyncConnection, place: Municipality) -> _Read:
        return cls(
            await rows.actors(tx, place.id), await rows.links(tx, place.id), await rows.introductions(tx, place.id),
            await rows.requests(tx, place.id, most=REQUESTS_MAX), await rows.latest_requests(tx, place.id),
            {member.id: member.name for member, _roles in await staff.everybody(tx)},
        )  # fmt: skip


class _View:
    """A map as it is shown."""

    def __init__(self, place: Municipality, found: _Read, now: datetime, theme: str, area: str) -> None:
        self.place, self.found, self.now, self.theme, self.area = place, found, now, theme, area
        self.known = {each.id: each for each in found.actors}
        self.nodes = {each.id: _node(each) for each in found.actors}
        self.weavers = {node.id for node in self.nodes.values() if node.weaver}
        self.ties = {each.id: _tie(each, place) for each in found.links}

    def whole(self, before: date, day: date) -> MapSeen:
        fits = self._fitting()
        there = {d: self._standing(d, fits) for d in (before, day)}
        nodes = set().union(*there.values())
        ties = [tie for tie in self._ties() if tie.stands(before) or tie.stands(day)]
        drawing = rules.layout(nodes, ties)
        numbers = {id: at for at, id in enumerate(sorted(nodes, key=self._sorted), 1)}
        circle = self._circles(there[day], day)
        here = [id for id, each in self.known.items() if each.ended_at is None]
        shown = {id: self._shown(id, numbers.get(id, 0), circle.get(id), day) for id in {*nodes, *here}}
        listed = sorted(here, key=self._sorted)
        linked = [
            each for each in self.found.links if each.ended_at is None and each.a_id in fits and each.b_id in fits
        ]
        asking, over = self._introductions()
        return MapSeen(
            self._picture(before, there[before], drawing, numbers), self._picture(day, there[day], drawing, numbers),
            [shown[id] for id in sorted(nodes, key=self._sorted)], [shown[id] for id in listed],
            [self._link(each) for each in linked if not self.theme or each.theme == self.theme],
            self._proposals(here, shown), asking, over,
            rules.by_month(self._ties(), self.weavers, self.now.astimezone(self.place.zone).date()), bool(self.weavers),
            [self._asked(each) for each in self.found.requests if each.actor_id in self.known], self._changes(),
            self.place.networks.weaving.again_after_days if self.place.networks.weaving else 0,
        )  # fmt: skip

    def _sorted(self, id: int) -> tuple[bool, str, int]:
        return (not self.nodes[id].weaver, self.known[id].name.casefold(), id)

    def _ties(self) -> list[Tie]:
        return [tie for tie in self.ties.values() if not self.theme or tie.theme == self.theme]

    def _fitting(self) -> set[int]:
        """Whom the choice of theme and area leaves: who is there, and has the theme or a link of it."""
        ends = {end for tie in self._ties() for end in tie.pair}
        return {
            node.id
            for node in self.nodes.values()
            if (not self.area or not node.areas or self.area in node.areas)
            and (not self.theme or self.theme in node.topics or node.id in ends)
        }

    def _standing(self, day: date, fits: set[int]) -> set[int]:
        """Who was on the map on a day: since they were put there, or a link of theirs was."""
        ends = {end for tie in self._ties() if tie.stands(day) for end in tie.pair}
        zone = self.place.zone
        return {
            id
            for id in fits
            if (each := self.known[id]).ended_at is None or each.ended_at.astimezone(zone).date() > day
            if each.kind in PACK or each.created_at.astimezone(zone).date() <= day or id in ends
        }

    def _circles(self, there: set[int], day: date) -> dict[int, int]:
        """The number of each one's circle on a day, without the weavers; only circles of more than one have any."""
        ties = [tie for tie in self._ties() if tie.stands(day)]
        found = rules.by_circle(rules.clusters(rules.neighbours(there - self.weavers, ties)))
        return {id: number for number, inside in enumerate(found.values(), 1) for id in inside}

    def _picture(self, day: date, there: set[int], drawing: Drawing, numbers: Mapping[int, int]) -> Picture:
        circle, ties = self._circles(there, day), [tie for tie in self._ties() if tie.stands(day)]
        inside = [tie for tie in ties if tie.a in there and tie.b in there]
        pairs = sorted({tie.pair for tie in inside})
        lines = [Line(*drawing.at[a], *drawing.at[b], through=bool({a, b} & self.weavers)) for a, b in pairs if a != b]
        dots = [
            Dot(numbers[id], *drawing.at[id], named(self.known[id]), id in self.weavers, circle.get(id))
            for id in sorted(there, key=self._sorted)
        ]
        beside = rules.neighbours(there, inside)
        return Picture(
            day, drawing.width, drawing.height, dots, lines, rules.share(inside, self.weavers, day),
            rules.step(there, inside, self.weavers, day), len(set(circle.values())),
            sum(not beside[id] for id in there),
        )  # fmt: skip

    def _shown(self, id: int, number: int, circle: int | None, day: date) -> Shown:
        each = self.known[id]
        about = each.about or {}
        topics = tuple(filter(None, (mapped.theme_name(topic, self.place) for topic in about.get("topics") or ())))
        beside = []
        for link in self.found.links:
            tie = self.ties[link.id]
            if id in tie.pair and tie.stands(day) and (not self.theme or tie.theme == self.theme):
                other = tie.b if tie.a == id else tie.a
                beside.append((named(self.known[other]), mapped.theme_name(link.theme, self.place)))
        contact = str(about.get("contact") or "")
        reached = "bot" if each.conversation_id is not None else "letter" if contact else ""
        last = self.found.latest.get(id)
        does = str(about.get("does") or "")
        return Shown(
            id, number, named(each), KINDS.get(each.kind, KINDS["group"]), content(does) if each.kind in PACK and does else as_text(does),
            tuple(about.get("areas") or ()), topics, id in self.weavers, circle, tuple(beside), reached, contact,
            self._asked(last) if last else None, each.kind not in PACK,
            tuple(str(area.number) for area in self.place.areas if area.name in (about.get("areas") or ())),
            tuple(about.get("topics") or ()),
        )  # fmt: skip

    def _link(self, link: MapLink) -> LinkShown:
        roles = {each.id: content(each.title) for each in self.place.contacts.roles}
        made_by = roles.get(link.made_by) or ASKERS.get(link.made_by, p_("map", "Not known"))
        return LinkShown(
            link.id, named(self.known[link.a_id]), named(self.known[link.b_id]), mapped.theme_name(link.theme, self.place),
            self.ties[link.id].since, made_by, ASKERS.get(link.noted_by, p_("map", "Not known")),
            bool({link.a_id, link.b_id} & self.weavers),
        )  # fmt: skip

    def _proposals(self, here: Sequence[int], shown: Mapping[int, Shown]) -> list[Proposal]:
        fits = self._fitting()
        nodes = [self.nodes[id] for id in here if id in fits]
        today = self.now.astimezone(self.place.zone).date()
        ties = [tie for tie in self.ties.values() if tie.stands(today)]
        but = {(each.a_id, each.b_id) for each in self.found.introductions}
        found = rules.missing(nodes, ties, but=but)
        return [self._proposal(each, shown) for each in found if not self.theme or each.theme in ("", self.theme)]

    def _proposal(self, found: Missing, shown: Mapping[int, Shown]) -> Proposal:
        return Proposal(
            shown[found.a], shown[found.b], mapped.theme_name(found.theme, self.place), found.theme, found.area,
            tuple(WHY[each] for each in found.why), " ".join(found.why),
        )  # fmt: skip

    def _introductions(self) -> tuple[list[Asking], list[Asking]]:
        """Those that need staff still, the late ones first; and the last of those that are over."""
        every = [self._asking(each) for each in self.found.introductions if each.status != "unwanted"
                 and each.a_id in self.known and each.b_id in self.known]  # fmt: skip
        needs = [each for each in every if each.open or any(side.letter for side in each.sides)]
        over = [each for each in every if each not in needs]
        return sorted(needs, key=lambda each: (not each.late, each.answer_by)), over[:REQUESTS_MAX]

    def _asking(self, found: Introduction) -> Asking:
        two = {"a": self.known[found.a_id], "b": self.known[found.b_id]}
        open_ = found.status == "asking"
        reached: Mapping[str, str] = found.reached or {}
        sides = []
        for side, other in (("a", "b"), ("b", "a")):
            actor = two[side]
            letter: tuple[Text, ...] = ()
            by_letter = actor.conversation_id is None
            if by_letter and open_ and found.said(side) == "waiting":
                day = found.answer_by.astimezone(self.place.zone).date()
                letter = words_of.asked_words(found.theme, found.area, actor.name, self.place, day)
            elif by_letter and found.status == "agreed" and found.reached is not None:
                letter = words_of.together_words(actor.name, two[other].name, reached.get(other, ""))
            sides.append(
                Side(side, named(actor), SAID[found.said(side)], found.said(side) == "waiting" and open_, by_letter, letter,
                     str((actor.about or {}).get("contact") or ""))
            )  # fmt: skip
        return Asking(
            found.id, STATUS[found.status], open_, (sides[0], sides[1]), mapped.theme_name(found.theme, self.place), found.area,
            found.answer_by, open_ and found.answer_by < self.now, self.found.names.get(found.staff_id or 0, ""),
        )  # fmt: skip

    def _asked(self, each: Request) -> Asked:
        return Asked(
            each.id, each.actor_id, named(self.known[each.actor_id]), each.about, ASKERS.get(each.role, p_("map", "Not known")),
            self.found.names.get(each.staff_id or 0, ""), HOWS.get(each.how, HOWS["letter"]), each.at, each.case_id,
        )  # fmt: skip

    def _changes(self) -> list[Change]:
        """What staff have put on the map or taken off lately, the latest first."""
        found: list[Change] = []
        for actor in self.found.actors:
            name = named(actor)
            if actor.staff_id is not None and actor.ended_at is None:
                found.append(
                    Change("actor", actor.id, _("“{name}” was put on the map", name=name), actor.created_at, "end")
                )
            if actor.ended_by is not None and actor.ended_at is not None:
                found.append(
                    Change("actor", actor.id, _("“{name}” was taken off the map", name=name), actor.ended_at, "restore")
                )
        for link in self.found.links:
            two = {"a": named(self.known[link.a_id]), "b": named(self.known[link.b_id])}
            if link.staff_id is not None and link.ended_at is None:
                found.append(
                    Change("link", link.id, _("The link “{a}” – “{b}” was noted", **two), link.created_at, "end")
                )
            if link.ended_at is not None:
                found.append(
                    Change("link", link.id, _("The link “{a}” – “{b}” was taken off", **two), link.ended_at, "restore")
                )
        return sorted(found, key=lambda each: (each.at, each.undo == "restore", each.id), reverse=True)[:CHANGES_MAX]


def named(actor: MapActor) -> Text:
    """What an actor is called; the pack's names are in the reader's language."""
    return content(actor.name) if actor.kind in PACK else as_text(actor.name)


def _node(actor: MapActor) -> Node:
    about = actor.about or {}
    return Node(
        actor.id, frozenset(about.get("areas") or ()), frozenset(about.get("topics") or ()), actor.weaver,
        actor.kind in APART,
    )  # fmt: skip


def _tie(link: MapLink, place: Municipality) -> Tie:
    until = link.ended_at.astimezone(place.zone).date() if link.ended_at else date.max
    return Tie(link.a_id, link.b_id, link.theme, _day(link.since) or link.created_at.date(), until)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _number(said: str | None) -> int:
    return int(said) if said and said.isdecimal() and len(said) < 16 else 0


def _among(chosen: Sequence[str], there: Sequence[str]) -> list[str]:
    return [each for each in there if each in chosen]
