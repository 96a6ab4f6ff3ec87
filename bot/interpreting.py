"""Staff want an interpreter for somebody they talk to: the same case as when the resident asks."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.case_kinds import may_read
from bot.flows.interpreter import CODES, FOR_THEM, SIGNED, WAYS
from bot.handoff import Actor
from bot.i18n import _
from bot.staff import Refused
from bot.turn import Turns
from storage import case_log, conversations, due, inbox
from storage.errors import NotFound

WORDS_MAX = 300


async def ask(
    turns: Turns, by: Actor, conversation_id: int, key: str, *, language: str, variety: str = "", way: str = "meeting",
    when: str = "",
) -> None:  # fmt: skip
    """Open the case, in a turn of the conversation, which tells the resident. `key` names one sending of one form.

    `language` is one of `bot.flows.interpreter.CODES`, or its name.

    Raises:
        Refused: "missing" (no such conversation here) or "empty" (no language, no such way).
    """
    language, variety, when = (words.strip()[:WORDS_MAX] for words in (language, variety, when))
    if not language or way not in WAYS:
        raise Refused("empty", _("Choose a language, and by phone or at a meeting."))
    known = language in (*CODES, SIGNED.id)
    answers = {
        "language": language if known else {"other": language}, "way": way,
        **({"variety": variety} if variety else {}), **({"when": when} if when else {}),
    }  # fmt: skip

    async def write(tx: AsyncConnection) -> None:
        now = turns.now()
        try:
            who = await conversations.by_id(tx, conversation_id)
        except NotFound:
            who = None
        if who is None or who.municipality_id != by.municipality_id or not may_read(by.roles, protected=who.protected):
            raise Refused("missing", _("There is no such conversation."))
        if not await inbox.mark_seen(tx, f"staff:{by.staff_id}:{key}", by.municipality_id, now):
            return
        await due.schedule(
            tx, municipality_id=by.municipality_id, conversation_id=conversation_id, kind=FOR_THEM,
            unique_key=f"conversation:{conversation_id}:{FOR_THEM}:{key}", due_at=now, now=now,
            data={"answers": answers, "name": by.name},
        )  # fmt: skip
        await case_log.add(
            tx, municipality_id=by.municipality_id, conversation_id=conversation_id, act="interpreter asked", who=by.name,
            staff_id=by.staff_id, at=now,
        )  # fmt: skip

    await turns.db.write(write)
