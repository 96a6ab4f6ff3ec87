"""Furniture in the turn: posted, brought together, driven, delivered, taken back; and what the flows look up.

Everything here happens in the transaction it is handed. What has to be said to somebody else is a promise due now, so
that it goes through that person's own turn. Addresses are in one column, and leave it for the page of the driver alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts
from bot.flows.case_kinds import kind_of
from bot.flows.goods import KIND
from bot.flows.model import (
    AnswerGoods,
    AnswerRun,
    DriveGoods,
    EndGoods,
    EraseAddress,
    GiveAddress,
    GoodsEffect,
    Known,
    LeaveRun,
    PostGoods,
    StopMade,
)
from bot.i18n import Value
from bot.packs.model import Municipality
from bot.pictures import looked_at, without_notes
from bot.rules import goods as rules
from storage import case_log, cases, consents, conversations, due, files, goods, links, messages
from storage.conversations import Opened
from storage.errors import NotFound
from storage.goods import Good, Pair, Run
from storage.secrets import make_token

LINK: Final = "run"
"""The purpose of the link to a driver's page; its subject is the run."""

SLOT_MIN: Final = 60
"""So long a driver may come after the time that is told."""

REMINDED_AT: Final = time(18, 0)
ASKED_AT: Final = time(20, 30)
"""The evening before, and that of the day itself: when a driver is reminded, and asked how it went."""

Way = Mapping[str, Any]


async def apply(
    tx: AsyncConnection, effect: GoodsEffect, who: Opened, known: Known, case_id: Value | None, public_url: str
) -> None:
    """Write an effect about furniture; `case_id` is the case made before it in this turn.

    Whoever has nothing to do with it, or comes too late, changes nothing.
    """
    desk = Desk(tx, known.municipality, known.now, public_url)
    try:
        match effect:
            case PostGoods(kind, said):
                assert isinstance(case_id, int)
                await desk.post(kind, said, who, case_id)
            case EndGoods(good_id):
                good = await goods.load(tx, who.municipality_id, good_id)
                if good.resident_id == who.resident_id:
                    await desk.end(good, "withdrawn")
            case AnswerGoods(pair_id, taken, address):
                await desk.answer(await desk.of_side(pair_id, who, "need"), taken=taken, address=address)
            case GiveAddress(pair_id, address):
                await desk.give_address(await desk.of_side(pair_id, who, "item"), address)
            case DriveGoods(said):
                await desk.drive(who, said)
            case AnswerRun(run_id, taken, late):
                await desk.answer_run(await desk.own_run(run_id, who), taken=taken, late=late)
            case LeaveRun(run_id, reason):
                await desk.leave_run(await desk.own_run(run_id, who), reason)
            case StopMade(run_id, number, how):
                await desk.made(await desk.own_run(run_id, who), number, how)
            case EraseAddress(good_id):
                good = await goods.load(tx, who.municipality_id, good_id)
                if good.done_at is not None and good.resident_id == who.resident_id:
                    await goods.set_address(tx, good.id, None)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is to be forgotten or met by nobody: nothing of theirs is driven, they drive nothing, others are told."""
    desk = Desk(tx, known.municipality, known.now)
    for good in await goods.of_resident(tx, who.municipality_id, who.resident_id):
        await desk.end(good, "withdrawn")
    await let_go_of_driving(tx, who, known)


async def let_go_of_driving(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is no volunteer any more: their runs go back into the queue."""
    driver = await goods.driver_of(tx, who.resident_id)
    if driver is None:
        return
    desk = Desk(tx, known.municipality, known.now)
    for run in await goods.runs(tx, who.municipality_id, driver_id=driver.id):
        await desk.give_back(await goods.run(tx, who.municipality_id, run.id, lock=True), "cancelled")
    await desk.drive(who, None)


async def case_closed(tx: AsyncConnection, case_id: int, place: Municipality, now: datetime) -> None:
    """Staff have closed the case of something in the queue: it is out of it, and its owner is told."""
    good = await goods.of_case(tx, place.id, case_id)
    if good is not None:
        await Desk(tx, place, now).end(good, "ended")


class Desk:
    """Where things are brought together and driven, in one transaction."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime, public_url: str = "") -> None:
        self.tx, self.place, self.now, self.public_url = tx, place, now, public_url

    # --- whose it is

    async def of_side(self, pair_id: int, who: Opened, kind: str) -> Pair:
        """A pair of whose item or need this person is the owner. Raises NotFound."""
        pair = await goods.pair(self.tx, self.place.id, pair_id, lock=True)
        good = await goods.load(self.tx, self.place.id, pair.item_id if kind == "item" else pair.need_id)
        if good.resident_id != who.resident_id:
            raise NotFound("goods_pairs", pair_id)
        return pair

    async def own_run(self, run_id: int, who: Opened) -> Run:
        """A run that this person is asked for or drives, locked. Raises NotFound."""
        run = await goods.run(self.tx, self.place.id, run_id, lock=True)
        driver = await goods.driver(self.tx, self.place.id, run.driver_id)
        if driver.resident_id != who.resident_id:
            raise NotFound("goods_runs", run_id)
        return run

    async def both(self, pair: Pair) -> tuple[Good, Good]:
        """The item and the need of a pair."""
        return (
            await goods.load(self.tx, self.place.id, pair.item_id),
            await goods.load(self.tx, self.place.id, pair.need_id),
        )

    # --- into the queue, and out of it

    async def post(self, kind: str, said: Way, who: Opened, case_id: int) -> None:
        kept = dict(said)
        if photo := kept.pop("photo", None):
            kept["photo"] = await self._message_of(who.conversation_id, str(photo.get("ref")))
        await goods.add(
            self.tx, municipality_id=self.place.id, kind=kind, said=kept, resident_id=who.resident_id,
            conversation_id=who.conversation_id, case_id=case_id, now=self.now,
        )  # fmt: skip

    async def _message_of(self, conversation_id: int, ref: str) -> int | None:
        """The message that a file came with."""
        for each in reversed(await files.attachments_of(self.tx, conversation_id)):
            message = await messages.load(self.tx, each.message_id) if each.message_id else None
            if message is not None and ((message.body or {}).get("file") or {}).get("ref") == ref:
                return message.id
        return None

    async def seen(self, good: Good) -> None:
        """A person has looked at it, and it stays in the queue."""
        await self._answered(good)

    async def end(self, good: Good, how: str) -> None:
        """Out of the queue: "withdrawn" by its owner, or "ended" by the municipality, and then they are told. Whoever it was
        brought together with goes back into the queue."""
        pair = await goods.living_pair(self.tx, good.id)
        run = None
        if pair is not None and pair.run_id is not None:
            run = await goods.run(self.tx, self.place.id, pair.run_id, lock=True)
            pair = await goods.living_pair(self.tx, good.id)
        if not await self._over(good, how):
            return
        if how == "ended":
            await self._news(good, "ended")
        if pair is None or (
            good.kind == "item" and pair.status == "fetched"
        ):  # it is in the car already, and is brought
            return
        await goods.change_pair(self.tx, pair.id, "ended", self.now, goods.LIVING)
        item, need = await self.both(pair)
        other = need if good.kind == "item" else item
        await self._untold(pair, item, need)
        told = pair.status != "proposed" or other.kind == "need"
        await self._waits(other, "gone" if told else "")
        if run is not None:
            await self._out_of_run(run, pair, str(good.said["what"] if good.said else "…"))

    # --- brought together

    async def propose(self, item: Good, need: Good, staff_id: int | None) -> int | None:
        """Ask whoever needs something whether they would like an item; the pair's id, None where one of them is not free."""
        for good in (item, need):
            if not await goods.change(self.tx, good.id, "paired", self.now, ("waiting",)):
                return None
        pair_id = await goods.pair_up(
            self.tx, municipality_id=self.place.id, item_id=item.id, need_id=need.id, staff_id=staff_id, now=self.now
        )
        for good in (item, need):
            await self._answered(good)
        photo = await self.photo(item)
        data = {"pair": pair_id, "photo": {"file": photo[0], "mime": photo[1], "size": photo[2]} if photo else None}
        await self._tell(need, "goods_proposed", data, key=str(pair_id))
        return pair_id

    async def photo(self, item: Good) -> tuple[int, str, int] | None:
        """The item's photo as it may be shown: without where and when it was taken. (file, type, bytes); None without one."""
        message_id = (item.said or {}).get("photo")
        attached = await files.attachments_of(self.tx, item.conversation_id) if message_id else []
        kept = next((each.file_id for each in attached if each.message_id == message_id and each.file_id), None)
        if kept is None:
            return None
        content = without_notes((await files.get(self.tx, self.place.id, kept)).content)
        mime, problem = looked_at(content or b"")
        if content is None or problem is not None:
            return None
        file_id = await files.put(
            self.tx, municipality_id=self.place.id, content=content, mime=mime, name="photo", now=self.now
        )
        return file_id, mime, len(content)

    async def answer(self, pair: Pair, *, taken: bool, address: Way) -> bool:
        """Yes, with the address for the driver, or no, from whoever needs it; whether it was still open."""
        item, need = await self.both(pair)
        if not taken:
            if not await goods.change_pair(self.tx, pair.id, "declined", self.now, ("proposed",)):
                return False
            await self._waits(item, "")
            await self._waits(need, "")
            return True
        if not await goods.change_pair(self.tx, pair.id, "agreed", self.now, ("proposed",)):
            return False
        await goods.set_address(self.tx, need.id, dict(address))
        if item.address:  # known from an earlier try
            await self._ready(pair, need)
        else:
            await self._tell(item, "goods_wanted", {"pair": pair.id}, key=str(pair.id))
        return True

    async def give_address(self, pair: Pair, address: Way) -> bool:
        """Where the item is fetched; whether it was still asked for."""
        item, need = await self.both(pair)
        if pair.status != "agreed":
            return False
        await goods.set_address(self.tx, item.id, dict(address))
        await self._ready(pair, need)
        return True

    async def _ready(self, pair: Pair, need: Good) -> None:
        await goods.change_pair(self.tx, pair.id, "ready", self.now, ("agreed",))
        await self._again(need)  # now a run is to be planned

    # --- who drives

    async def drive(self, who: Opened, said: Way | None) -> None:
        await goods.save_driver(
            self.tx, municipality_id=self.place.id, resident_id=who.resident_id, now=self.now,
            conversation_id=who.conversation_id, said=dict(said) if said else None,
        )  # fmt: skip

    # --- a run

    async def plan(self, driver: goods.Driver, day: date) -> tuple[int | None, rules.Route]:
        """The best run of a driver on a day, kept for a coordinator to approve; (None, …) where nothing fits."""
        ready = [each for each in await goods.pairs(self.tx, self.place.id, ("ready",))
                 if each.held_by in (None, driver.id)]  # fmt: skip
        who = driving(driver, day)
        found = {pair.id: await self.both(pair) for pair in ready}
        loads = [_load(pair, *found[pair.id], who, day) for pair in ready]
        route = rules.planned(who, loads, map_of(self.place))
        if not route.visits:
            return None, route
        held = {pair.id for pair in ready if pair.held_by is not None}
        stops = [
            {"pair": each.load, "do": each.do, "at": each.at, "state": "",
             "area": _area(found[each.load][0 if each.do == "fetch" else 1])}
            for each in route.visits if each.do == "bring" or each.load not in held
        ]  # fmt: skip
        run_id = await goods.add_run(
            self.tx, municipality_id=self.place.id, driver_id=driver.id, day=day.isoformat(), now=self.now,
            plan={"km": round(route.km, 1), "stops": stops},
        )  # fmt: skip
        for pair_id in {each.load for each in route.visits}:
            await goods.change_pair(self.tx, pair_id, "planned", self.now, ("ready",), run_id=run_id)
        return run_id, route

    async def approve(self, run: Run, staff_id: int) -> bool:
        """Ask the driver; whether it was still a draft."""
        assert self.place.goods is not None
        begins = self._at(run, min(stop["at"] for stop in run.plan["stops"]))
        by = min(self.now + timedelta(hours=self.place.goods.answer_hours), begins - timedelta(hours=1))
        if by <= self.now or not await goods.change_run(
            self.tx, run.id, "asked", self.now, ("draft",), answer_by=by, approved_by=staff_id
        ):
            return False
        await self._tell_driver(run, "run_asked")
        await self._tell_driver(run, "run_lapsed", at=by)
        for pair in await goods.pairs(self.tx, self.place.id, run_id=run.id):
            await self._answered((await self.both(pair))[1])
        return True

    async def answer_run(self, run: Run, *, taken: bool, late: bool = False) -> bool:
        """Yes or no from the driver, or silence until it was too late."""
        if not taken:
            if run.status != "asked":
                return False
            await self.give_back(run, "lapsed" if late else "declined")
            return True
        if not await goods.change_run(self.tx, run.id, "taken", self.now, ("asked",)):
            return False
        await due.cancel(self.tx, self.place.id, f"run_lapsed:{run.id}", "answered", now=self.now)
        for pair in await goods.pairs(self.tx, self.place.id, ("planned",), run_id=run.id):
            await self._tell_times(run, pair)
        day = date.fromisoformat(run.day)
        before = datetime.combine(day - timedelta(days=1), REMINDED_AT, self.place.zone)
        if before > self.now + timedelta(hours=1):
            await self._tell_driver(run, "run_tomorrow", at=before)
        await self._tell_driver(run, "run_still", at=datetime.combine(day, ASKED_AT, self.place.zone))
        return True

    async def _tell_times(self, run: Run, pair: Pair) -> None:
        driver = await goods.driver(self.tx, self.place.id, run.driver_id)
        for good in await self.both(pair):
            span = self._span(run, pair, good.kind)
            if span is None:
                continue
            begins, ends = span
            data = {"do": "fetch" if good.kind == "item" else "bring", "name": first_name(driver), "good": good.id,
                    "from": begins.isoformat(), "to": ends.isoformat(), "what": good.said["what"], "case": good.case_id}  # fmt: skip
            await self._tell(good, "goods_told", data, key=str(pair.id))

    def _span(self, run: Run, pair: Pair, kind: str) -> tuple[datetime, datetime] | None:
        """Between when and when the driver comes for an item, or with it."""
        do = "fetch" if kind == "item" else "bring"
        at = next((each["at"] for each in run.plan["stops"] if (each["pair"], each["do"]) == (pair.id, do)), None)
        if at is None:
            return None
        begins = self._at(run, at - at % 15)
        return begins, begins + timedelta(minutes=SLOT_MIN)

    def _at(self, run: Run, minutes: int) -> datetime:
        return datetime.combine(date.fromisoformat(run.day), time(minutes // 60, minutes % 60), self.place.zone)

    async def leave_run(self, run: Run, reason: str) -> bool:
        """The driver cannot after all."""
        if run.status != "taken":
            return False
        await self.give_back(run, "cancelled", reason=reason)
        return True

    async def give_back(self, run: Run, status: str, *, reason: str = "", tell_driver: bool = False) -> None:
        """A run will not be: what is not delivered goes back into the queue, and who had been told a time hears of it."""
        if not await goods.change_run(self.tx, run.id, status, self.now, goods.RUNNING, done_at=self.now):
            return
        for pair in await goods.pairs(self.tx, self.place.id, ("planned", "fetched"), run_id=run.id):
            held = run.driver_id if pair.status == "fetched" else pair.held_by
            await goods.change_pair(
                self.tx, pair.id, "ready", self.now, ("planned", "fetched"), run_id=None, held_by=held
            )
            item, need = await self.both(pair)
            await self._untold(pair, item, need)
            if run.status == "taken":
                await self._news(need, "later")
                if held is None:
                    await self._news(item, "later")
            if run.status != "draft":
                await self._again(need, reason)
        await self._end_of_run(run)
        if tell_driver and run.status != "draft":
            await self._tell_driver(run, "run_changed", day=run.day)

    async def made(self, run: Run, number: int, how: str) -> bool:
        """What came of a stop: "done", "not_home" or "broken". False: it has been said before, or the run is over."""
        stops = run.plan["stops"]
        if run.status != "taken" or not 0 <= number < len(stops) or stops[number]["state"]:
            return False
        stop = stops[number]
        pair = await goods.pair(self.tx, self.place.id, stop["pair"], lock=True)
        item, need = await self.both(pair)
        mine = [each for each in stops if each["pair"] == pair.id]
        if stop["do"] == "fetch" and how == "done":
            await goods.change_pair(self.tx, pair.id, "fetched", self.now, ("planned",))
            await self._news(need, "on_the_way")
        elif how == "done":
            for each in mine:
                each["state"] = each["state"] or "done"
            await goods.change_pair(self.tx, pair.id, "delivered", self.now, ("planned", "fetched"), held_by=None)
            for good in (item, need):
                if await self._over(good, "done"):
                    await self._news(good, "done")
        elif how == "not_home":
            for each in mine:
                each["state"] = each["state"] or "skipped"
            fetched = stop["do"] == "bring"
            await goods.change_pair(self.tx, pair.id, "ready", self.now, ("planned", "fetched"), run_id=None,
                                    held_by=run.driver_id if fetched else None)  # fmt: skip
            await self._news(need if fetched else item, "not_home")
            if not fetched:
                await self._news(need, "not_fetched")
            await self._again(need)
        else:
            for each in mine:
                each["state"] = each["state"] or "skipped"
            await goods.change_pair(self.tx, pair.id, "broken", self.now, ("planned", "fetched"), held_by=None)
            if await self._over(item, "broken"):
                await self._news(item, "broken")
            await self._waits(need, "broken")
        stop["state"] = how
        await self._keep_stops(run, stops)
        return True

    async def _keep_stops(self, run: Run, stops: Sequence[Way]) -> None:
        """What is left of a run; without anything left it is done, and its page ends."""
        plan = {**run.plan, "stops": list(stops)}
        if any(not each["state"] for each in stops):
            await goods.change_run(self.tx, run.id, run.status, self.now, goods.RUNNING, plan=plan)
            return
        went = any(each["state"] == "done" for each in stops)
        status = "done" if run.status == "taken" else "cancelled"
        if await goods.change_run(self.tx, run.id, status, self.now, goods.RUNNING, plan=plan, done_at=self.now):
            await self._end_of_run(run)
            if went:
                await self._tell_driver(run, "run_thanks")

    async def _out_of_run(self, run: Run, pair: Pair, what: str) -> None:
        """One thing of a run is not needed any more."""
        stops = run.plan["stops"]
        for each in stops:
            if each["pair"] == pair.id and not each["state"]:
                each["state"] = "skipped"
        over = all(each["state"] for each in stops)
        await self._keep_stops(run, stops)
        if run.status == "asked" and not over:
            await self._tell_driver(run, "run_asked")  # the new one takes the place of the old, if that waits still
        if run.status == "taken" or (run.status == "asked" and over):
            await self._tell_driver(run, "run_changed", day=run.day, what="" if over else what)

    async def _end_of_run(self, run: Run) -> None:
        await links.revoke_about(self.tx, LINK, run.id, self.now)
        for kind in ("run_asked", "run_lapsed", "run_tomorrow", "run_still"):
            await due.cancel(self.tx, self.place.id, f"{kind}:{run.id}", "over", now=self.now)

    # --- inside

    async def _over(self, good: Good, status: str) -> bool:
        """It is over; whether it was not before."""
        if not await goods.change(self.tx, good.id, status, self.now, ("waiting", "paired"), done_at=self.now):
            return False
        await self._answered(good, close=True)
        if good.address is not None or status == "done":
            days = self.place.goods.erase_address_days if self.place.goods else 0
            await self._tell(good, "goods_erase", {"good": good.id}, at=self.now + timedelta(days=days))
        if not await goods.of_resident(self.tx, self.place.id, good.resident_id):
            await consents.withdraw(
                self.tx, municipality_id=self.place.id, resident_id=good.resident_id, purpose=KIND, now=self.now
            )
        return True

    async def _waits(self, good: Good, news: str) -> None:
        """It waits in the queue again, and staff hear of it; its owner too where there is `news`."""
        if not await goods.change(self.tx, good.id, "waiting", self.now, ("paired",)):
            return
        if news:
            await self._news(good, news)
        await self._again(good)

    async def _untold(self, pair: Pair, *both: Good) -> None:
        """What has not been said yet about a pair is not said any more."""
        for good in both:
            for kind in ("goods_proposed", "goods_wanted", "goods_told"):
                await due.cancel(self.tx, self.place.id, f"{kind}:{good.id}:{pair.id}", "over", now=self.now)

    async def _again(self, good: Good, note: str = "") -> None:
        """A person has to do something about it again: its case waits, with a new promise."""
        if good.case_id is None:
            return
        case = await cases.load(self.tx, self.place.id, good.case_id)
        if case.closed_at is not None:
            return
        by = kind_of(KIND).answer_by(self.place, self.now)
        await cases.add_note(self.tx, self.place.id, case.id, note[:500])
        await cases.ask_again(self.tx, self.place.id, case.id, by)
        there = await conversations.by_id(self.tx, good.conversation_id)
        await alerts.watch(self.tx, case.id, KIND, by, there, self.now)
        case = await cases.load(self.tx, self.place.id, case.id)
        await alerts.tell(self.tx, case, "again", municipality=self.place, public_url=self.public_url, now=self.now)

    async def _answered(self, good: Good, *, close: bool = False) -> None:
        """The promise that somebody looks at it is kept; the case is closed where nothing more is to come."""
        if good.case_id is None:
            return
        case = await cases.load(self.tx, self.place.id, good.case_id)
        if case.closed_at is not None:
            return
        await cases.answer(self.tx, self.place.id, case.id, self.now)
        for name in ("late", "soon"):
            key = alerts.due_key(case.conversation_id, case.id, name)
            await due.cancel(self.tx, self.place.id, key, "answered", now=self.now)
        if close:
            await cases.close(self.tx, self.place.id, case.id, "answered", self.now)
            await case_log.add(
                self.tx, municipality_id=self.place.id, conversation_id=case.conversation_id, case_id=case.id, act="closed",
                who=self.place.lab or self.place.name, at=self.now,
            )  # fmt: skip

    async def _news(self, good: Good, news: str) -> None:
        data = {"news": f"{good.kind}:{news}", "what": (good.said or {}).get("what", "…"), "case": good.case_id}
        await self._tell(good, "goods_news", data, key=make_token())

    async def _tell(self, good: Good, kind: str, data: Way, *, key: str = "", at: datetime | None = None) -> None:
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=good.conversation_id, kind=kind, data=dict(data),
            unique_key=f"{kind}:{good.id}:{key}", due_at=at or self.now, now=self.now,
        )  # fmt: skip

    async def _tell_driver(self, run: Run, kind: str, *, at: datetime | None = None, **data: Any) -> None:
        driver = await goods.driver(self.tx, self.place.id, run.driver_id)
        key = make_token() if kind == "run_changed" else str(run.id)
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=driver.conversation_id, kind=kind,
            unique_key=f"{kind}:{key}", data={"run": run.id, **data}, due_at=at or self.now, now=self.now,
        )  # fmt: skip


# --- values -----------------------------------------------------------------------------------------------------------------


def first_name(driver: goods.Driver) -> str:
    """A driver's first name; an ellipsis when it is forgotten."""
    return (str((driver.offer or {}).get("name") or "").split() or ["…"])[0]


def driving(driver: goods.Driver, day: date) -> rules.Driver:
    """A driver as the rules see them, on one day."""
    said, offer = driver.said or {}, driver.offer or {}
    free = rules.windows(said.get("days", ()), said.get("hours", ()), day)
    return rules.Driver((offer.get("where") or {}).get("area"), free, said.get("takes", "car"))


def _load(pair: Pair, item: Good, need: Good, driver: rules.Driver, day: date) -> rules.Load:
    if pair.held_by is not None:
        fetch = rules.Stop(driver.area, driver.windows, 0, at_home=True)
    else:
        fetch = rules.Stop(_area(item), _free(item, day))
    return rules.Load(pair.id, (item.said or {}).get("size", "van"), fetch, rules.Stop(_area(need), _free(need, day)))


def _free(good: Good, day: date) -> tuple[rules.Window, ...]:
    return rules.windows(good.said["days"], good.said["hours"], day)


def _area(good: Good) -> str | None:
    area = ((good.said or {}).get("where") or {}).get("area")
    return str(area) if area else None


def map_of(place: Municipality) -> rules.Map:
    """Where the areas are, as far as it is known."""
    middles = {
        each.name: (each.latitude, each.longitude)
        for each in place.areas
        if each.latitude is not None and each.longitude is not None
    }
    return rules.Map(middles, {each.name: each.neighbours for each in place.areas})


def posted(good: Good) -> rules.Posted:
    """An item or a need as the rules see it."""
    said = good.said or {}
    return rules.Posted(good.id, said["what"], frozenset(said.get("kinds", ())), _area(good), frozenset(said["days"]),
                        frozenset(said["hours"]))  # fmt: skip


async def stops_of(tx: AsyncConnection, run: Run) -> list[dict[str, Any]]:
    """The stops of a run with what is fetched or brought, and no address."""
    things = {pair.id: await goods.load(tx, run.municipality_id, pair.item_id)
              for pair in [await goods.pair(tx, run.municipality_id, id) for id in
                           dict.fromkeys(stop["pair"] for stop in run.plan["stops"])]}  # fmt: skip
    return [
        {**stop, "number": number, "what": (things[stop["pair"]].said or {}).get("what", "…"),
         "two": (things[stop["pair"]].said or {}).get("size") in ("two", "van")}
        for number, stop in enumerate(run.plan["stops"])
    ]  # fmt: skip


# --- what flows look up -----------------------------------------------------------------------------------------------------


async def _goods_mine(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    """What this person gives, needs and drives: {"posts", "runs", "drives"}; None where furniture is not driven."""
    if known.municipality.goods is None:
        return None
    posts = await goods.of_resident(tx, who.municipality_id, who.resident_id)
    driver = await goods.driver_of(tx, who.resident_id)
    runs = await goods.runs(tx, who.municipality_id, ("asked", "taken"), driver_id=driver.id) if driver else []
    return {
        "posts": [{"id": each.id, "kind": each.kind, "what": each.said["what"]} for each in posts if each.said],
        "runs": [{"id": each.id, "day": each.day} for each in runs],
        "drives": driver is not None,
    }  # fmt: skip


async def _my_good(tx: AsyncConnection, who: Opened, known: Known, good_id: int) -> dict[str, Any] | None:
    """Something that this person gives or needs, and how it stands; None for anybody else's."""
    try:
        good = await goods.load(tx, who.municipality_id, good_id)
    except NotFound:
        return None
    if good.resident_id != who.resident_id or good.done_at is not None or not good.said:
        return None
    desk = Desk(tx, known.municipality, known.now)
    pair = await goods.living_pair(tx, good.id)
    found: dict[str, Any] = {"id": good.id, "kind": good.kind, "what": good.said["what"], "pair": "", "from": None}
    if pair is None:
        return found
    run = await goods.run(tx, who.municipality_id, pair.run_id) if pair.run_id is not None else None
    span = desk._span(run, pair, good.kind) if run is not None and run.status == "taken" else None
    item, need = await desk.both(pair)
    return {**found, "pair": pair.status, "pair_id": pair.id, "from": span[0] if span else None,
            "to": span[1] if span else None, **_shown(item, need)}  # fmt: skip


async def _goods_pair(tx: AsyncConnection, who: Opened, known: Known, pair_id: int) -> dict[str, Any] | None:
    """A pair as one of its two sides sees it: the thing, never the other person."""
    try:
        pair = await goods.pair(tx, who.municipality_id, pair_id)
    except NotFound:
        return None
    item, need = await Desk(tx, known.municipality, known.now).both(pair)
    mine = next((good for good in (need, item) if good.resident_id == who.resident_id), None)
    if mine is None or not item.said or not need.said:
        return None
    return {"id": pair.id, "status": pair.status, "kind": mine.kind, "good": mine.id, "what": mine.said["what"],
            "case": mine.case_id, **_shown(item, need)}  # fmt: skip


def _shown(item: Good, need: Good) -> dict[str, Any]:
    said = item.said or {}
    days = [day for day in (said.get("days") or ()) if day in ((need.said or {}).get("days") or ())]
    return {"item": {"what": said.get("what", "…"), "size": said.get("size", "one")}, "days": days}


async def _driving(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    """What this person has said about driving, if they drive."""
    driver = await goods.driver_of(tx, who.resident_id)
    return None if driver is None else dict(driver.said)


async def _my_run(tx: AsyncConnection, who: Opened, known: Known, run_id: int) -> dict[str, Any] | None:
    """A run that this person is asked for or drives, with areas only; None for anybody else's."""
    try:
        run = await goods.run(tx, who.municipality_id, run_id)
        driver = await goods.driver(tx, who.municipality_id, run.driver_id)
    except NotFound:
        return None
    if driver.resident_id != who.resident_id or not run.plan:
        return None
    zone = known.municipality.zone
    return {
        "id": run.id, "status": run.status, "day": run.day, "km": run.plan["km"], "stops": await stops_of(tx, run),
        "answer_by": run.answer_by.astimezone(zone).isoformat() if run.answer_by else None,
    }  # fmt: skip


LOOKUPS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "goods_mine": _goods_mine,
    "my_good": _my_good,
    "goods_pair": _goods_pair,
    "driving": _driving,
    "my_run": _my_run,
}
"""What the flows about furniture look up (`bot.lookups`)."""
