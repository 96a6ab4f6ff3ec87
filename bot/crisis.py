"""The crisis level as coordinators see and set it, and the review when it is over: whom to thank, what to erase.

What is erased is a decision of the municipality's own, taken in its register of what is kept: here it is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.shifts import when
from bot.handoff import Actor
from bot.i18n import Text, _, p_
from bot.rules import masking
from bot.shift_views import named
from bot.staff import Refused
from bot.turn import Turns
from storage import crisis, due, shifts, staff, volunteers
from storage.crisis import LEVELS, Change

LEVEL_NAMES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: the crisis level of a municipality, from everyday to a crisis.
    "calm": p_("level", "Calm"),
    "standby": p_("level", "Standby"),
    "crisis": p_("level", "Crisis"),
}
REASON_MAX: Final = 1000

CLASSES: Final[Mapping[str, Text]] = {
    # TRANSLATORS: kinds of information that may be erased when a crisis is over.
    "offers": p_("to erase", "Offers of people who were never asked"),
    "checks": p_("to erase", "Notes about extracts"),
    "needs": p_("to erase", "Needs and requests for help that are over"),
    "signups": p_("to erase", "Who had which shift"),
}


@dataclass(frozen=True, slots=True)
class LevelSeen:
    """The level in force and its changes, the newest first, each with the name of who made it."""

    level: str
    drill: bool
    history: Sequence[tuple[Change, str]]
    to_review: int | None


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who has helped, for thanks: how often, and at what last."""

    id: int
    name: str
    times: int
    last: Text


@dataclass(frozen=True, slots=True)
class ReviewSeen:
    """The review of a crisis, or of a drill, that is over; `counts` by the keys of `CLASSES`."""

    change: Change
    since: datetime
    helpers: Sequence[Helper]
    counts: Mapping[str, int]


class CrisisDesk:
    """The level, and its review. Every change is kept with who made it and why."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    async def seen(self, by: Actor) -> LevelSeen:
        async with self.db.read() as tx:
            history = await crisis.history(tx, by.municipality_id)
            names = {each.staff_id: (await staff.load(tx, each.staff_id)).name for each in history if each.staff_id}
        now = history[0] if history else None
        open_review = now is not None and now.level == "calm" and now.review is None and len(history) > 1
        return LevelSeen(
            now.level if now else "calm", bool(now and now.drill),
            [(each, names.get(each.staff_id or 0, "–")) for each in history], now.id if now and open_review else None,
        )  # fmt: skip

    async def change(self, by: Actor, level: str, reason: str, *, drill: bool) -> bool:
        """Set the level; whether a review is due now. Raises Refused: "empty"."""
        reason = masking.mask(reason.strip()[:REASON_MAX])[0]
        if level not in LEVELS:
            raise Refused("empty", _("Choose a level."))
        if not reason:
            raise Refused("empty", _("Write why, in a sentence. It is kept with the change."))

        async def write(tx: AsyncConnection) -> bool:
            before = await crisis.now(tx, by.municipality_id)
            if (before.level if before else "calm") == level and bool(before and before.drill) == drill:
                raise Refused("empty", _("That is the level already."))
            await crisis.change(tx, municipality_id=by.municipality_id, level=level, drill=drill and level != "calm",
                                reason=reason, staff_id=by.staff_id, at=self.now())  # fmt: skip
            return level == "calm" and before is not None

        return await self.db.write(write)

    async def review(self, by: Actor, change_id: int) -> ReviewSeen:
        """What there is to decide on. Raises Refused: "missing"."""
        async with self.db.read() as tx:
            change, since = await self._over(tx, by, change_id)
            worked = await shifts.worked(tx, by.municipality_id, since, ("done",))
            offers = await volunteers.offers(tx, by.municipality_id, set(worked))
            place = self.turns.municipalities[by.municipality_id]
            helpers = []
            for id, spans in sorted(worked.items(), key=lambda each: (-len(each[1]), each[0])):
                if offers.get(id) is None:
                    continue
                last = (await shifts.of_volunteer(tx, by.municipality_id, id, ("done",)))[-1][1]
                said = _("{title}, {when}", title=str((last.need.need or {}).get("what", "")),
                         when=when(named(last, place.zone)))  # fmt: skip
                helpers.append(Helper(id, str(offers[id].get("name") or ""), len(spans), said))
            counts = await shifts.to_erase(tx, by.municipality_id)
        return ReviewSeen(change, since, helpers, counts)

    async def _over(self, tx: AsyncConnection, by: Actor, change_id: int) -> tuple[Change, datetime]:
        """The change back to calm, and when what ended with it had begun."""
        history = await crisis.history(tx, by.municipality_id)
        at = next((number for number, each in enumerate(history) if each.id == change_id), None)
        if at is None or history[at].level != "calm":
            raise Refused("missing", _("There is no such review."))
        since = history[at].at
        for each in history[at + 1 :]:
            if each.level == "calm":
                break
            since = each.at
        return history[at], since

    async def thank(self, by: Actor, change_id: int, ids: Collection[int], words: str) -> int:
        """Thank those who are chosen, in words of one's own if there are any, and end the review; how many are thanked.

        Who was thanked before is not thanked again.
        """
        words = masking.mask(words.strip()[:REASON_MAX])[0]

        async def write(tx: AsyncConnection) -> int:
            now = self.now()
            change, since = await self._over(tx, by, change_id)
            worked = await shifts.worked(tx, by.municipality_id, since, ("done",))
            thanked = {int(each) for each in (change.review or {}).get("thanked", ())}
            new = [id for id in sorted(set(ids) & set(worked)) if id not in thanked]
            for id in new:
                row = await volunteers.load(tx, by.municipality_id, id)
                await due.schedule(
                    tx, municipality_id=by.municipality_id, conversation_id=row.conversation_id, kind="volunteer_thanked",
                    unique_key=f"volunteer_thanked:{change_id}:{id}", data={"words": words, "name": by.name}, due_at=now,
                    now=now,
                )  # fmt: skip
            counts = await shifts.to_erase(tx, by.municipality_id)
            decided = {"by": by.name, "at": now.isoformat(), "words": words, "thanked": sorted(thanked | set(new)),
                       "to_erase": counts}  # fmt: skip
            await crisis.review(tx, by.municipality_id, change_id, decided)
            return len(new)

        return await self.db.write(write)
