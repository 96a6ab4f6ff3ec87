"""What the Telegram handlers remember beside their turns: who polls, updates without a turn, files to be fetched.

Handlers import no storage, so this stands between them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import forum
from bot.flows import state as states
from bot.flows.model import File, Flow, Mode
from bot.packs.model import Municipality
from bot.wording import Body
from storage import conversations, due, files, inbox, leases, messages, outbox, remembered, seen
from storage.db import Database
from storage.due import Ready
from storage.errors import TooLarge
from storage.outbox import BULK, Claimed, NewDelivery

__all__ = ["BULK", "FETCH", "REF", "Claimed", "Ready", "TelegramStore", "Waiting", "expect_file"]

CHANNEL = "telegram"
REF = "telegram:"
"""How the `ref` of a file begins that Telegram keeps; its file_id follows."""

FETCH = "fetch_file"
"""The kind of the promise to fetch one."""

LINE_AGAIN = timedelta(days=1)
"""How often a group hears the same line at most."""

_LOOK_BACK = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that Telegram still keeps."""

    id: int
    telegram_file_id: str
    kind: str
    name: str
    mime: str


async def expect_file(
    tx: AsyncConnection, file: File, *, municipality_id: str, conversation_id: int, message_id: int, now: datetime
) -> None:
    """Keep a file that came by Telegram by its number there, and promise to fetch it; in the turn's transaction."""
    attached = await files.attach(
        tx,
        municipality_id=municipality_id,
        conversation_id=conversation_id,
        kind=file.kind,
        now=now,
        message_id=message_id,
        telegram_file_id=file.ref.removeprefix(REF),
        name=file.name or None,
        mime=file.mime or None,
    )
    await due.schedule(
        tx,
        municipality_id=municipality_id,
        kind=FETCH,
        unique_key=f"conversation:{conversation_id}:{FETCH}:{attached}",
        due_at=now,
        now=now,
        conversation_id=conversation_id,
    )


class TelegramStore:
    """The database as the Telegram handlers of one municipality's bot see it."""

    def __init__(
        self, db: Database, municipality_id: str, flows: Mapping[str, Flow], now: Callable[[], datetime]
    ) -> None:
        self.db, self.municipality_id, self.flows, self.now = db, municipality_id, flows, now

    # --- one owner of what only one process may do ------------------------------------------------------------------

    async def take_lease(self, name: str, holder: str, lease_s: float) -> bool:
        """Take or keep a lease; False while another process holds it."""
        return await self.db.write(lambda tx: leases.take(tx, name, holder, self.now(), lease_s=lease_s))

    async def release_lease(self, name: str, holder: str) -> None:
        await self.db.write(lambda tx: leases.release(tx, name, holder))

    async def lease_holder(self, name: str) -> str | None:
        async with self.db.read() as tx:
            return await leases.holder(tx, name, self.now())

    # --- updates that are no turn -----------------------------------------------------------------------------------

    async def mark(self, key: str, raw: Mapping[str, Any]) -> None:
        """Remember an update that there is nothing to do with."""
        await self.db.write(lambda tx: inbox.mark_seen(tx, key, self.municipality_id, self.now(), raw))

    async def put_aside(self, key: str, raw: Any, fault: str, *, status: str = "unparsed") -> None:
        """Keep an update for an operator that cannot be read ("unparsed") or applied ("failed")."""
        await self.db.write(
            lambda tx: inbox.quarantine(tx, key, self.municipality_id, self.now(), raw, fault, status=status)
        )

    async def set_state(self, key: str, raw: Mapping[str, Any], address: str, state: str, place: Municipality) -> None:
        """Somebody has blocked the bot, or let it in again. What waits for a blocked one is given up; what people wrote to
        them meanwhile is sent when they are back."""

        async def job(tx: AsyncConnection) -> None:
            now = self.now()
            if not await inbox.mark_seen(tx, key, self.municipality_id, now, raw):
                return
            row = await conversations.address(
                tx, municipality_id=self.municipality_id, channel=CHANNEL, address=address, now=now
            )
            if state == "blocked":
                await forum.unreachable_at(tx, row.id, place, now)
                await outbox.give_up_address(tx, row.id, state, "bot was blocked by the user", now=now)
            else:
                await outbox.take_up_address(tx, row.id, now=now)

        await self.db.write(job)

    async def say_in_group(self, key: str, raw: Mapping[str, Any], address: str, body: Body) -> bool:
        """Queue a line for a group, unless it has heard one within a day; whether it was queued."""

        async def job(tx: AsyncConnection) -> bool:
            now = self.now()
            if not await inbox.mark_seen(tx, key, self.municipality_id, now, raw):
                return False
            heard = await remembered.get(tx, self.municipality_id, f"group_line:{address}")
            if heard is not None and datetime.fromisoformat(heard) > now - LINE_AGAIN:
                return False
            await remembered.put(tx, self.municipality_id, f"group_line:{address}", now.isoformat())
            row = await conversations.address(
                tx, municipality_id=self.municipality_id, channel=CHANNEL, address=address, now=now
            )
            line = NewDelivery(
                municipality_id=self.municipality_id,
                address_id=row.id,
                channel=CHANNEL,
                op="send",
                made_by=key,
                ordinal=0,
                due_at=now,
                body=body,
                priority=outbox.NOTICE,
            )
            await outbox.queue(tx, [line], now=now)
            return True

        return await self.db.write(job)

    async def awaits_edit(self, address: str, external_id: str) -> bool:
        """Whether the message is the last one said, and the question it was meant for is still open.

        Only then is a change of its words an answer: it could not be read, or is asked about ("Do you mean ...?"). While a
        human has the conversation, every change of what was said to them is for them.
        """
        async with self.db.read() as tx:
            found = await seen.by_address(tx, self.municipality_id, CHANNEL, address)
            if found is None:
                return False
            if found.holder == "human":
                told = await messages.by_external(tx, found.conversation_id, external_id)
                return told is not None and told.slot is not None
            frames = states.load(found.state, self.flows).frames
            if not frames or not (frames[-1].misses or frames[-1].mode is Mode.DOUBT):
                return False
            said = await messages.before(tx, found.conversation_id, limit=_LOOK_BACK)
        last = next((each for each in reversed(said) if each.sender == "resident"), None)
        return last is not None and last.channel == CHANNEL and last.external_id == external_id

    async def reacted(self, key: str, address: str, external_id: str, emoji: str) -> None:
        """A resident has put a reaction under a message in their chat, or taken it back: whoever has the talk sees it."""

        async def job(tx: AsyncConnection) -> None:
            now = self.now()
            if not await inbox.mark_seen(tx, key, self.municipality_id, now):
                return
            found = await seen.by_address(tx, self.municipality_id, CHANNEL, address)
            if found is not None and found.holder == "human":
                await forum.reacted_in_chat(tx, self.municipality_id, found.conversation_id, external_id, emoji, now)

        await self.db.write(job)

    # --- small facts ------------------------------------------------------------------------------------------------

    async def recall(self, keys: Sequence[str]) -> dict[str, str]:
        """What is remembered under these keys."""
        async with self.db.read() as tx:
            found = {key: await remembered.get(tx, self.municipality_id, key) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    async def remember(self, key: str, value: str) -> None:
        await self.db.write(lambda tx: remembered.put(tx, self.municipality_id, key, value))

    # --- files ------------------------------------------------------------------------------------------------------

    async def files_to_fetch(self, conversation_id: int) -> list[Waiting]:
        """The files of a conversation that Telegram still keeps."""
        async with self.db.read() as tx:
            attached = await files.attachments_of(tx, conversation_id)
        return [
            Waiting(each.id, each.telegram_file_id, each.kind, each.name or "", each.mime or "application/octet-stream")
            for each in attached
            if each.status == "waiting" and each.telegram_file_id is not None
        ]

    async def keep_file(self, waiting: Waiting, content: bytes) -> None:
        """Its bytes are here. Doing it twice changes nothing."""

        async def job(tx: AsyncConnection) -> None:
            try:
                file_id = await files.put(
                    tx,
                    municipality_id=self.municipality_id,
                    content=content,
                    mime=waiting.mime,
                    name=waiting.name,
                    now=self.now(),
                )
            except TooLarge:
                await files.refuse(tx, waiting.id, "too large")
            else:
                await files.fetched(tx, waiting.id, file_id)

        await self.db.write(job)

    async def refuse_file(self, waiting: Waiting, reason: str) -> None:
        await self.db.write(lambda tx: files.refuse(tx, waiting.id, reason))

    async def done(self, due_id: int) -> None:
        """The promise `due_id` has been kept."""

        async def job(tx: AsyncConnection) -> None:
            await due.take(tx, due_id, self.now())

        await self.db.write(job)
