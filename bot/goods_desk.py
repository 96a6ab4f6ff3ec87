"""What coordinators do with furniture, and the page of whoever drives it.

A coordinator sees what is given and needed, why two may fit, who drives when, and areas. Addresses are on the driver's page
alone; staff write them in for somebody who has called, and see that they are there. Every act is one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.goods import HOURS, SIZES, UP
from bot.flows.goods_run import HOW, LOADS
from bot.flows.volunteer import DAYS
from bot.goods import LINK, Desk, driving, first_name, map_of, posted, stops_of
from bot.handoff import Actor
from bot.i18n import Text, Value, _, content, p_
from bot.packs.model import Municipality
from bot.rules import goods as rules
from bot.staff import Refused
from bot.turn import Turns
from bot.views import LinkTrouble
from storage import case_log, files, goods, links, seen
from storage.errors import LinkGone, NotFound
from storage.goods import Driver, Good, Pair, Run

AHEAD: Final = timedelta(days=28)
"""So far ahead a run can be planned."""

GONE: Final = _("That has changed meanwhile. The page shows how it stands now.")

LEFT: Final[Mapping[str, Text]] = {
    # TRANSLATORS: why a driver's run does not take a thing.
    "size": p_("left", "it is too large for this car"),
    "fetch": p_("left", "it cannot be fetched when the driver has time"),
    "bring": p_("left", "nobody is at home to get it when the driver has time"),
    "order": p_("left", "there is no time for both, fetching and bringing"),
    "full": p_("left", "the run is full"),
}
NEAR: Final[Mapping[str, Text]] = {
    # TRANSLATORS: how far from each other a thing and whoever needs it are.
    "same": p_("near", "in the same area"),
    "beside": p_("near", "in areas beside each other"),
    "far": p_("near", "in areas apart from each other"),
    "unknown": p_("near", "an area is not known"),
}
PAIR_STATUS: Final[Mapping[str, Text]] = {
    # TRANSLATORS: how a thing and whoever needs it stand.
    "proposed": p_("pair", "asked, and has not answered yet"),
    "agreed": p_("pair", "yes; the giver's address is missing"),
    "ready": p_("pair", "ready for a run"),
    "planned": p_("pair", "in a run"),
    "fetched": p_("pair", "in the car"),
}
RUN_STATUS: Final[Mapping[str, Text]] = {
    "draft": p_("run", "for you to approve"),
    "asked": p_("run", "the driver is asked"),
    "taken": p_("run", "the driver has said yes"),
}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Thing:
    """An item or a need on the page. `photo`: there is one. `waits`: nobody has looked at it, or something is to be done."""

    id: int
    what: str
    name: str
    area: str | None
    size: Text | None
    up: bool
    when: tuple[Text, ...]
    photo: bool
    since: datetime
    case_id: int | None
    caller: bool
    has_address: bool


@dataclass(frozen=True, slots=True)
class Suggested:
    """What may go to whom, and why."""

    item: Thing
    need: Thing
    why: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """A pair that is not over. `held`: the driver has it, since nobody was there."""

    id: int
    item: Thing
    need: Thing
    status: str
    words: Text
    held: bool


@dataclass(frozen=True, slots=True)
class Drives:
    """Somebody who drives."""

    id: int
    name: str
    area: str | None
    takes: Text
    when: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A run with its stops, without addresses."""

    id: int
    day: date
    driver: str
    km: float
    status: str
    words: Text
    stops: tuple[Mapping[str, Any], ...]
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All there is to see."""

    items: tuple[Thing, ...]
    needs: tuple[Thing, ...]
    suggested: tuple[Suggested, ...]
    together: tuple[Together, ...]
    drivers: tuple[Drives, ...]
    runs: tuple[RunSeen, ...]


@dataclass(frozen=True, slots=True)
class DriverPage:
    """The page of whoever drives. Where nothing is left to do at a stop, there is no address any more."""

    day: date
    km: float
    stops: tuple[Mapping[str, Any], ...]


class Furniture:
    """The acts. Each raises Refused where something has changed meanwhile, or is not offered here."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def place(self, municipality_id: str) -> Municipality:
        return self.turns.municipalities[municipality_id]

    # --- what coordinators see

    async def overview(self, by: Actor) -> Overview:
        """Everything that is not over. Raises Refused: "missing" where furniture is not driven."""
        place = self._offered(by)
        async with self.db.read() as tx:
            every = {good.id: good for good in await goods.open_ones(tx, place.id)}
            pairs = await goods.pairs(tx, place.id)
            drivers = await goods.drivers(tx, place.id)
            runs = await goods.runs(tx, place.id)
            never = await goods.declined(tx, place.id)
            for pair in pairs:
                for id in (pair.item_id, pair.need_id):
                    if id not in every:
                        every[id] = await goods.load(tx, place.id, id)
            things = {id: await _thing(tx, good, place) for id, good in every.items() if good.said}
            shown = [await self._run(tx, run) for run in runs]
        items, needs = [
            [good for good in every.values() if good.kind == kind and good.status == "waiting" and good.said]
            for kind in ("item", "need")
        ]
        fits = rules.suggested([posted(each) for each in items], [posted(each) for each in needs],
                               map_of(place).beside, never)  # fmt: skip
        return Overview(
            tuple(things[each.id] for each in items), tuple(things[each.id] for each in needs),
            tuple(Suggested(things[each.item], things[each.need], why(each, place)) for each in fits),
            tuple(_together(each, things, place) for each in pairs if {each.item_id, each.need_id} <= things.keys()),
            tuple(_drives(each) for each in drivers), tuple(shown),
        )  # fmt: skip

    async def picture(self, by: Actor, good_id: int) -> tuple[bytes, str]:
        """The photo of an item, and its type. Raises Refused: "missing"."""

        async def find(tx: AsyncConnection) -> tuple[bytes, str]:
            found = await Desk(tx, self._offered(by), self.now()).photo(await self._good(tx, by, good_id))
            if found is None:
                raise Refused("missing", _("There is no photo."))
            return (await files.get(tx, by.municipality_id, found[0])).content, found[1]

        return await self.db.write(find)

    async def _run(self, tx: AsyncConnection, run: Run) -> RunSeen:
        driver = await goods.driver(tx, run.municipality_id, run.driver_id)
        return RunSeen(run.id, date.fromisoformat(run.day), first_name(driver), run.plan["km"], run.status,
                       RUN_STATUS[run.status], tuple(await stops_of(tx, run)), run.answer_by)  # fmt: skip

    # --- what they do

    async def seen(self, by: Actor, good_id: int) -> None:
        """It has been looked at, and stays in the queue."""

        async def act(tx: AsyncConnection, desk: Desk) -> None:
            good = await self._good(tx, by, good_id)
            await desk.seen(good)
            await _log(tx, by, good, "furniture seen", self.now())

        await self._act(by, act)

    async def out(self, by: Actor, good_id: int) -> None:
        """Take something out of the queue; its owner is told."""

        async def act(tx: AsyncConnection, desk: Desk) -> None:
            good = await self._good(tx, by, good_id)
            await desk.end(good, "ended")
            await _log(tx, by, good, "furniture out", self.now())

        await self._act(by, act)

    async def propose(self, by: Actor, item_id: int, need_id: int) -> None:
        """Ask whoever needs something whether they would like an item."""

        async def act(tx: AsyncConnection, desk: Desk) -> None:
            item, need = await self._good(tx, by, item_id), await self._good(tx, by, need_id)
            if (item.kind, need.kind) != ("item", "need") or not await desk.propose(item, need, by.staff_id):
                raise Refused("busy", GONE)
            await _log(tx, by, need, "furniture proposed", self.now())

        await self._act(by, act)

    async def answer(self, by: Actor, pair_id: int, *, taken: bool, address: Mapping[str, str]) -> None:
        """Write in what somebody has said on the phone: whether they would like it, and where they live."""
        await self._on_the_phone(by, pair_id, "need", taken=taken, address=address)

    async def address(self, by: Actor, pair_id: int, address: Mapping[str, str]) -> None:
        """Write in where somebody who has called has the item."""
        await self._on_the_phone(by, pair_id, "item", taken=True, address=address)

    async def _on_the_phone(
        self, by: Actor, pair_id: int, kind: str, *, taken: bool, address: Mapping[str, str]
    ) -> None:
        kept = {name: words.strip()[:500] for name, words in address.items() if words.strip()}
        if taken and "address" not in kept:
            raise Refused("empty", _("Write the address: without it nobody can drive there."))

        async def act(tx: AsyncConnection, desk: Desk) -> None:
            pair = await self._pair(tx, by, pair_id)
            good = (await desk.both(pair))[0 if kind == "item" else 1]
            person = await seen.person(tx, by.municipality_id, good.conversation_id)
            if person is None or person.channel != "phone":
                raise Refused("held", _("They answer for themselves, in their own conversation."))
            done = await (desk.give_address(pair, kept) if kind == "item" else
                          desk.answer(pair, taken=taken, address=kept))  # fmt: skip
            if not done:
                raise Refused("busy", GONE)
            await _log(tx, by, good, "furniture answered", self.now())

        await self._act(by, act)

    async def plan(self, by: Actor, driver_id: int, day: date) -> tuple[int | None, dict[int, Text]]:
        """The best run of a driver on a day, as a draft; and of what is ready but not in it, by pair, why not."""
        today = self.now().astimezone(self._offered(by).zone).date()
        if not today < day <= today + AHEAD:
            raise Refused("empty", _("Choose a day from tomorrow on, at most four weeks ahead."))

        async def act(tx: AsyncConnection, desk: Desk) -> tuple[int | None, dict[int, Text]]:
            drivers = {each.id: each for each in await goods.drivers(tx, by.municipality_id)}
            if driver_id not in drivers:
                raise Refused("missing", _("Choose who drives."))
            taken = await goods.runs(tx, by.municipality_id, driver_id=driver_id)
            if any(each.day == day.isoformat() for each in taken):
                raise Refused("busy", _("They have a run on that day already. Drop it first, or choose another day."))
            if not driving(drivers[driver_id], day).windows:
                raise Refused("empty", _("They do not drive on that day of the week. Choose another day."))
            run_id, route = await desk.plan(drivers[driver_id], day)
            return run_id, {id: LEFT[reason] for id, reason in route.left.items()}

        return await self._act(by, act)

    async def approve(self, by: Actor, run_id: int) -> None:
        """Ask the driver."""

        async def act(tx: AsyncConnection, desk: Desk) -> None:
            run = await self._locked(tx, by, run_id)
            if not await desk.approve(run, by.staff_id):
                raise Refused(
                    "busy", _("It is too late for that run, or somebody has dealt with it. Plan another one.")
                )

        await self._act(by, act)

    async def drop(self, by: Actor, run_id: int) -> None:
        """Call a run off; the driver is told, and everybody who knew of it."""

        async def act(tx: AsyncConnection, desk: Desk) -> None:
            run = await self._locked(tx, by, run_id)
            if run.status not in goods.RUNNING:
                raise Refused("busy", GONE)
            await desk.give_back(run, "cancelled", tell_driver=True)

        await self._act(by, act)

    async def made(self, by: Actor, run_id: int, number: int, how: str) -> None:
        """Write in what the driver has said on the phone about a stop."""

        async def act(tx: AsyncConnection, desk: Desk) -> None:
            if how not in HOW:
                raise Refused("empty", _("Choose what came of it."))
            if not await desk.made(await self._locked(tx, by, run_id), number, how):
                raise Refused("busy", GONE)

        await self._act(by, act)

    # --- the driver's page

    async def page(self, municipality_id: str, token: str) -> DriverPage:
        """What the link leads to. Raises LinkTrouble."""
        async with self.db.read() as tx:
            run = await self._of_link(tx, municipality_id, token)
            desk = Desk(tx, self.place(municipality_id), self.now())
            stops = []
            for stop in await stops_of(tx, run):
                item, need = await desk.both(await goods.pair(tx, municipality_id, stop["pair"]))
                good = item if stop["do"] == "fetch" else need
                open_ = {**(good.address or {}), "name": (good.said or {}).get("name") or "",
                         "up": stop["do"] == "bring" and (good.said or {}).get("up") == "yes"}  # fmt: skip
                stops.append({**stop, **(open_ if not stop["state"] else {})})
            return DriverPage(date.fromisoformat(run.day), run.plan["km"], tuple(stops))

    async def told(self, municipality_id: str, token: str, number: int, how: str) -> None:
        """What came of a stop, said on the page. What has been said before stays. Raises LinkTrouble."""
        place = self.place(municipality_id)

        async def act(tx: AsyncConnection) -> None:
            found = await self._of_link(tx, municipality_id, token)
            run = await goods.run(tx, municipality_id, found.id, lock=True)
            if how in HOW:
                await Desk(tx, place, self.now(), self.turns.public_url).made(run, number, how)

        await self.db.write(act)

    async def _of_link(self, tx: AsyncConnection, municipality_id: str, token: str) -> Run:
        try:
            found = await links.open(tx, token, LINK, self.now())
            run = await goods.run(tx, municipality_id, int(found.subject_id or 0))
        except NotFound as error:
            raise LinkTrouble("unknown") from error
        except LinkGone as error:
            raise LinkTrouble(error.why) from error
        if run.status != "taken":
            raise LinkTrouble("used")
        return run

    # --- inside

    def _offered(self, by: Actor) -> Municipality:
        place = self.place(by.municipality_id)
        if place.goods is None:
            raise Refused("missing", _("Furniture is not driven here: municipality.yaml has no goods."))
        return place

    async def _act(self, by: Actor, act: Callable[[AsyncConnection, Desk], Awaitable[_T]]) -> _T:
        place = self._offered(by)
        return await self.db.write(lambda tx: act(tx, Desk(tx, place, self.now(), self.turns.public_url)))

    async def _good(self, tx: AsyncConnection, by: Actor, good_id: int) -> Good:
        try:
            good = await goods.load(tx, by.municipality_id, good_id)
        except NotFound as error:
            raise Refused("missing", GONE) from error
        if good.done_at is not None or not good.said:
            raise Refused("missing", GONE)
        return good

    async def _pair(self, tx: AsyncConnection, by: Actor, pair_id: int) -> Pair:
        try:
            return await goods.pair(tx, by.municipality_id, pair_id, lock=True)
        except NotFound as error:
            raise Refused("missing", GONE) from error

    async def _locked(self, tx: AsyncConnection, by: Actor, run_id: int) -> Run:
        try:
            return await goods.run(tx, by.municipality_id, run_id, lock=True)
        except NotFound as error:
            raise Refused("missing", GONE) from error


def why(fit: rules.Fit, place: Municipality) -> tuple[Text, ...]:
    """Why an item may be what somebody needs, in words."""
    kind = next((each for each in place.furniture.kinds if each.id == fit.kind), None)
    same = _("Both are: {kind}", kind=content(kind.name)) if kind else _("The same word in both: {word}", word=fit.word)
    days = tuple(each.label for each in DAYS if each.id in fit.days)
    return same, NEAR[fit.near], _("Days that suit both: {days}", days=days)


async def _thing(tx: AsyncConnection, good: Good, place: Municipality) -> Thing:
    said = good.said
    size = next((each.label for each in SIZES if each.id == said.get("size")), None)
    person = await seen.person(tx, place.id, good.conversation_id)
    area = (said.get("where") or {}).get("area") or (said.get("where") or {}).get("said")
    return Thing(
        good.id, said["what"], said.get("name", ""), area, size, said.get("up") == UP[1].id, _when(said),
        bool(said.get("photo")), good.created_at, good.case_id, person is not None and person.channel == "phone",
        bool(good.address),
    )  # fmt: skip


def _when(said: Mapping[str, Any]) -> tuple[Text, ...]:
    chosen: list[Text] = []
    for name, choices in (("days", DAYS), ("hours", HOURS)):
        labels: tuple[Value, ...] = tuple(each.label for each in choices if each.id in said.get(name, ()))
        chosen.append(_("{labels}", labels=labels))
    return tuple(chosen)


def _together(pair: Pair, things: Mapping[int, Thing], place: Municipality) -> Together:
    return Together(pair.id, things[pair.item_id], things[pair.need_id], pair.status, PAIR_STATUS[pair.status],
                    pair.held_by is not None)  # fmt: skip


def _drives(driver: Driver) -> Drives:
    takes = next(each.label for each in LOADS if each.id == driver.said["takes"])
    area = ((driver.offer or {}).get("where") or {}).get("area")
    return Drives(driver.id, first_name(driver), area, takes, _when(driver.said))


async def _log(tx: AsyncConnection, by: Actor, good: Good, act: str, now: datetime) -> None:
    await case_log.add(
        tx, municipality_id=by.municipality_id, conversation_id=good.conversation_id, case_id=good.case_id, act=act,
        who=by.name, staff_id=by.staff_id, at=now,
    )  # fmt: skip
