"""Broadcasts on their way: begun when their time has come, handed to the outbox part by part, held at the gate.

A part is committed with the mark how far it has come. A kill at any moment leaves nobody out and nobody doubled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import effects
from bot.broadcast_views import answer_page, body_of, chosen_of, counted, last_in_swedish, letter_of, needs_second
from bot.errors import GiveUp, NotYet, Retry
from bot.flows.model import MakeLink
from bot.packs.model import Municipality
from bot.rules.errands import awake
from bot.turn import Turns
from bot.wording import Body
from storage import broadcasts, conversations, crisis, files, messages, outbox
from storage.broadcasts import Broadcast, Hearer
from storage.messages import NewMessage
from storage.outbox import Claimed, NewDelivery

PART: Final = 100
"""So many are handed over in one transaction: on SQLite nobody else writes meanwhile."""
AHEAD: Final = 1000
"""So many wait in the outbox at most: enough for the sender, few enough to be ended at once."""
LOOK_S: Final = 0.5
BETWEEN_S: Final = 0.02
LOOK_AGAIN: Final = timedelta(minutes=1)
"""When what was already in the sender's hands is looked at again, while its broadcast is paused."""

log = structlog.get_logger()


class Feeder:
    """Begins broadcasts when their time has come, and hands them to the outbox part by part."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    async def run(self) -> None:
        """Until cancelled. Several processes may run it: each part is handed over by one of them."""
        while True:
            try:
                busy = await self.step()
            except Retry as error:
                log.warning("broadcasts wait for the database", reason=str(error))
                busy = False
            await asyncio.sleep(BETWEEN_S if busy else LOOK_S)

    async def step(self) -> bool:
        """Do what there is to do now; whether there is more at once."""
        now = self.now()
        async with self.db.read() as tx:
            waiting = await broadcasts.running(tx, now, "scheduled")
            going = await broadcasts.running(tx, now, "sending")
        busy = False
        for do, found in ((self._begin, waiting), (self._hand_over, going)):
            for municipality_id, broadcast_id in found:
                if municipality_id not in self.turns.municipalities:
                    continue  # taken out of the configuration; it goes on when it is back
                try:
                    busy = await do(municipality_id, broadcast_id) or busy
                except Retry:
                    raise
                except Exception as error:  # one that cannot be sent keeps no other from it
                    log.error("a broadcast cannot go on", broadcast=broadcast_id, kind=type(error).__name__)
        return busy

    async def _begin(self, municipality_id: str, broadcast_id: int) -> bool:
        """Begin one, or put it off until the municipality's quiet hours are over; or, where by now a second person has to
        agree (more listen than when it was asked for, or a crisis has begun), have one asked. Whether it began."""
        place = self.turns.municipalities[municipality_id]
        async with self.db.read(aside=True) as tx:
            row = await broadcasts.load(tx, municipality_id, broadcast_id)
            chosen = await chosen_of(tx, municipality_id, row.segment, answers_id=row.answers_id)
            reach = counted(await broadcasts.count(tx, municipality_id, chosen, self.now()))

        async def write(tx: AsyncConnection) -> bool:
            now, level = self.now(), await crisis.now(tx, place.id)
            current = await broadcasts.load(tx, place.id, broadcast_id, lock=True)
            if current.status != "scheduled" or current.changed_at != row.changed_at:
                return False
            in_crisis = level is not None and level.level == "crisis"
            if row.approved_by is None and needs_second(place, reach.total, urgent=False, in_crisis=in_crisis):
                values: dict[str, Any] = {"status": "asked", "content": last_in_swedish(row.content, in_crisis)}
                await broadcasts.change(tx, place.id, broadcast_id, values, ("scheduled",), now)
                await broadcasts.log(tx, municipality_id=place.id, broadcast_id=broadcast_id, act="asked", at=now,
                                     who=place.lab or place.name)  # fmt: skip
                return False
            at = awake(now.astimezone(place.zone), time(place.news.quiet_from), time(place.news.quiet_to))
            if row.urgent is None and at > now:
                await broadcasts.change(tx, place.id, broadcast_id, {"starts_at": at}, ("scheduled",), now)
                return False
            rest = reach.resting if broadcasts.spares(row) else 0
            values = {"status": "sending", "started_at": now, "expected": reach.total - rest}
            return await broadcasts.change(tx, place.id, broadcast_id, values, ("scheduled",), now)

        return await self.db.write(write)

    async def _hand_over(self, municipality_id: str, broadcast_id: int) -> bool:
        """Hand the next part over, or see that all is done; whether more may be done at once."""
        place = self.turns.municipalities[municipality_id]
        async with self.db.read(aside=True) as tx:
            row = await broadcasts.load(tx, municipality_id, broadcast_id)
            ready, open_ = await broadcasts.open_of(tx, broadcast_id, self.now(), AHEAD)
            if row.fed_at is not None or ready >= AHEAD:
                part: list[Hearer] | None = None
            elif row.urgent is None and (self._sleeps(place) or await broadcasts.urgent_is_sent(tx, municipality_id)):
                part = None
            else:
                chosen = await chosen_of(tx, municipality_id, row.segment, answers_id=row.answers_id)
                part = await broadcasts.next_part(tx, row, chosen, self.now(), PART)
            level = await crisis.now(tx, municipality_id)
        if part is None:
            if row.fed_at is not None and not open_:
                await self._end(row)
            return False
        drill = level is not None and level.drill
        watched = await self.db.write(lambda tx: self._write(tx, row, part, place, drill=drill))
        for conversation_id in watched:
            self.turns.live.wake(conversation_id)
        self.turns.wake()
        return bool(part)

    def _sleeps(self, place: Municipality) -> bool:
        local = self.now().astimezone(place.zone)
        return awake(local, time(place.news.quiet_from), time(place.news.quiet_to)) > local

    async def _write(
        self, tx: AsyncConnection, seen: Broadcast, part: Sequence[Hearer], place: Municipality, *, drill: bool
    ) -> list[int]:
        """One part in one transaction; the conversations that a page may show it in."""
        now = self.now()
        row = await broadcasts.claim(tx, place.id, seen.id)
        if row is None or row.cursor != seen.cursor or row.fed_at is not None:
            return []
        if not part:
            await broadcasts.change(tx, place.id, row.id, {"fed_at": now}, ("sending",), now)
            return []
        still = await broadcasts.still_listen(tx, row, [each.resident_id for each in part], now)
        bodies = {tag: body_of(row, tag, place, drill=drill) for tag in {each.locale for each in part}}
        ways = [(each, await self._way(tx, each, now)) for each in part if each.resident_id in still]
        ids = await messages.add(
            tx,
            [
                NewMessage(
                    place.id, hearer.conversation_id, now, hearer.channel, "bot", bodies[hearer.locale], hearer.locale
                )
                for hearer, _way in ways
            ],
        )
        if row.file_id is not None:
            for (hearer, _way), message_id in zip(ways, ids, strict=True):
                await files.attach(tx, municipality_id=place.id, conversation_id=hearer.conversation_id, now=now, kind="photo",
                                   message_id=message_id, file_id=row.file_id)  # fmt: skip
        sent: list[NewDelivery] = []
        for (hearer, way), message_id in zip(ways, ids, strict=True):
            if way is not None:
                sent.append(await self._delivery(tx, row, hearer, way, message_id, bodies[hearer.locale], place, now))
        await outbox.queue(tx, sent, now=now)
        noted = [(hearer, _channel(hearer, way), id) for (hearer, way), id in zip(ways, ids, strict=True)]
        await broadcasts.note_part(tx, row, noted, part[-1].resident_id, now)
        return [hearer.conversation_id for hearer, _way in ways]

    async def _way(self, tx: AsyncConnection, hearer: Hearer, now: datetime) -> tuple[str, int] | None:
        """How somebody is reached: by a chat or by mail, with its address; None: at their next visit."""
        if hearer.address_id is not None:
            return "telegram", hearer.address_id
        if hearer.channel == "mail" and hearer.email and self.turns.mails:
            to = await conversations.attach(tx, hearer.conversation_id, channel="mail", address=hearer.email, now=now)
            return "mail", to.id
        return None

    async def _delivery(
        self, tx: AsyncConnection, row: Broadcast, hearer: Hearer, way: tuple[str, int], message_id: int, body: Body,
        place: Municipality, now: datetime,
    ) -> NewDelivery:  # fmt: skip
        channel, address_id = way
        at = now.astimezone(place.zone)
        if row.urgent is None:
            at = awake(at, time(hearer.quiet_from), time(hearer.quiet_to))
        op, shown = "send", None
        if channel == "mail":
            who = await conversations.by_id(tx, hearer.conversation_id)
            stop = await effects.link(tx, MakeLink("news"), who, now, self.turns.public_url)
            op, shown = (
                "mail",
                letter_of(body, place, stop, answer_page(row, hearer.locale, self.turns.pages_of(place.id))),
            )
        elif row.file_id is not None:
            attached = await files.attachments_of(tx, hearer.conversation_id)
            op, shown = "file", {**body, "file": next(each.id for each in attached if each.message_id == message_id)}
        return NewDelivery(
            municipality_id=place.id, conversation_id=hearer.conversation_id, address_id=address_id, channel=channel, op=op,
            message_id=message_id, body=shown, priority=outbox.BULK, made_by=broadcasts.made_by(row.id),
            ordinal=hearer.resident_id, due_at=at,
        )  # fmt: skip

    async def _end(self, row: Broadcast) -> None:
        now = self.now()
        values = {"status": "done", "done_at": now}
        await self.db.write(lambda tx: broadcasts.change(tx, row.municipality_id, row.id, values, ("sending",), now))

    async def gate(self, delivery: Claimed) -> None:
        """Whether a delivery may still go out: asked at the last moment.

        Raises:
            GiveUp: They listen no more, or the broadcast was stopped.
            NotYet: It is paused, or their quiet hours have begun.
        """
        number = delivery.made_by.removeprefix("broadcast:")
        if not number.isdecimal() or delivery.conversation_id is None:
            return
        async with self.db.read() as tx:
            found = await broadcasts.standing(tx, int(number), delivery.id)
        now = self.now()
        status, urgent, quiet = found if found is not None else ("cancelled", False, None)
        if status == "cancelled" or quiet is None:
            but = None if delivery.possible_duplicate else delivery.id
            await self.db.write(lambda tx: outbox.drop_unsent(tx, [delivery.message_id], but=but))
            raise GiveUp("cancelled" if status == "cancelled" else "stopped")
        if status == "paused":
            raise NotYet(now + LOOK_AGAIN)
        if not urgent:
            place = self.turns.municipalities[delivery.municipality_id]
            local = now.astimezone(place.zone)
            at = awake(local, time(quiet[0]), time(quiet[1]))
            if at > local:
                raise NotYet(at)


def _channel(hearer: Hearer, way: tuple[str, int] | None) -> str:
    """Where somebody is noted to have got it."""
    if way is not None:
        return way[0]
    return broadcasts.UNREACHED if hearer.channel == "telegram" else "web"
