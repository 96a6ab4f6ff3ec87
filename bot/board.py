"""Needs and open activities in the turn and on the pages: put up, shown by a person, offered help to, taken down.

Everything here happens in the transaction it is handed. What has to be said to somebody else is a promise due now, so
that it goes through that person's own turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.board import SHOWN_DAYS, title_of
from bot.flows.model import BoardEffect, EndPost, HelperReached, Known, OfferHelp, PutUp
from bot.flows.open_activity import KIND, over_at
from bot.i18n import Value
from storage import board, case_log, cases, due
from storage.board import Post
from storage.conversations import Opened
from storage.errors import NotFound


async def apply(tx: AsyncConnection, effect: BoardEffect, who: Opened, known: Known, case_id: Value | None) -> None:
    """Write an effect about the board; `case_id` is the case made before it in this turn."""
    match effect:
        case PutUp(post):
            assert isinstance(case_id, int)
            await board.put_up(
                tx, municipality_id=who.municipality_id, resident_id=who.resident_id,
                conversation_id=who.conversation_id, case_id=case_id, post=dict(post), now=known.now,
            )  # fmt: skip
        case OfferHelp():
            assert isinstance(case_id, int)
            await _offer(tx, effect, who, known, case_id)
        case EndPost(post_id, how):
            await _end(tx, await board.load(tx, who.municipality_id, post_id, for_resident=who.resident_id), how, known)
        case HelperReached(case_id=reached):
            await _reached(tx, reached, who, known)
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")


async def show(tx: AsyncConnection, post: Post, words: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Show something to everybody in these words: until when; None when it is shown, or over, already."""
    changed = {**post.post, "what": words}
    open_ = post.kind == KIND
    ends_at = over_at(changed, zone) if open_ else now + timedelta(days=SHOWN_DAYS)
    if ends_at <= now or not await board.show(tx, post.municipality_id, post.id, changed, ends_at=ends_at, now=now):
        return None
    await due.schedule(
        tx, municipality_id=post.municipality_id, conversation_id=post.conversation_id,
        kind="open_activity_ends" if open_ else "board_ends", unique_key=f"board_ends:{post.id}",
        data={"post": post.id, "title": title_of(changed)}, due_at=ends_at, now=now,
    )  # fmt: skip
    return ends_at


async def open_activities(tx: AsyncConnection, municipality_id: str, now: datetime) -> list[Post]:
    """The open activities that everybody may find, the soonest first."""
    found = await board.shown(tx, municipality_id, KIND, now)
    return sorted(found, key=lambda post: (post.post["when"]["day"], post.post["when"].get("time") or ""))


async def _offer(tx: AsyncConnection, offer: OfferHelp, who: Opened, known: Known, case_id: int) -> None:
    """Tell the owner at once, in their own conversation."""
    post = await board.load(tx, who.municipality_id, offer.post_id)
    data: Mapping[str, Any] = {
        "post": post.id, "case": case_id, "title": title_of(post.post or {}), "name": offer.name, "contact": offer.contact,
        "words": offer.words, "answer_by": offer.answer_by.isoformat(),
    }  # fmt: skip
    await due.schedule(
        tx, municipality_id=who.municipality_id, conversation_id=post.conversation_id, kind="board_helper",
        unique_key=f"board_helper:{case_id}", data=data, due_at=known.now, now=known.now,
    )  # fmt: skip


async def _end(tx: AsyncConnection, post: Post, how: str, known: Known) -> None:
    if await board.end(tx, post.municipality_id, post.id, how, known.now):
        await due.cancel(tx, post.municipality_id, f"board_ends:{post.id}", how, now=known.now)


async def _reached(tx: AsyncConnection, case_id: int, who: Opened, known: Known) -> None:
    """The owner has been in touch: the helper's case is answered and closed. Anybody else's press changes nothing."""
    try:
        case = await cases.load(tx, who.municipality_id, case_id)
        if case.kind != "board_answer":
            return
        post_id = int((case.context or {}).get("answers", {}).get("post", 0))
        await board.load(tx, who.municipality_id, post_id, for_resident=who.resident_id)  # theirs
    except NotFound:
        return
    if case.closed_at is not None:
        return
    await cases.answer(tx, who.municipality_id, case_id, known.now)
    await cases.close(tx, who.municipality_id, case_id, "answered", known.now)
    for name in ("late", "soon"):
        key = f"conversation:{case.conversation_id}:case:{case_id}:{name}"
        await due.cancel(tx, who.municipality_id, key, "answered", now=known.now)
    await case_log.add(
        tx, municipality_id=who.municipality_id, conversation_id=case.conversation_id, case_id=case_id, act="closed",
        who=known.municipality.lab or known.municipality.name, at=known.now,
    )  # fmt: skip
