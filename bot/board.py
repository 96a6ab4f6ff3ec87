"""Needs, ideas and open activities in the turn and on the pages: put up, shown by a person, offered help to, taken down.

Everything here happens in the transaction it is handed. What has to be said to somebody else is a promise due now, so
that it goes through that person's own turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import weaving
from bot.flows import actors, ideas
from bot.flows.board import SHOWN_DAYS, title_of
from bot.flows.model import BoardEffect, EndPost, HelperReached, Known, OfferHelp, PutUp, PutUpAgreed
from bot.flows.open_activity import KIND, over_at
from bot.i18n import Value
from bot.i18n.locales import chain
from bot.joining import Desk
from bot.packs.model import Municipality
from storage import board, case_log, cases, consents, due
from storage.board import Post
from storage.conversations import Opened
from storage.errors import NotFound


async def apply(tx: AsyncConnection, effect: BoardEffect, who: Opened, known: Known, case_id: Value | None) -> None:
    """Write an effect about the board; `case_id` is the case made before it in this turn."""
    match effect:
        case PutUp(post):
            assert isinstance(case_id, int)
            await _put_up(tx, post, who, known, case_id)
        case PutUpAgreed(post, purpose, version):
            assert isinstance(case_id, int)
            post_id = await _put_up(tx, post, who, known, case_id)
            await consents.give(
                tx, municipality_id=who.municipality_id, resident_id=who.resident_id, purpose=purpose, subject_id=post_id,
                wording_version=version, locale=known.locale, now=known.now,
            )  # fmt: skip
        case OfferHelp():
            assert isinstance(case_id, int)
            await _offer(tx, effect, who, known, case_id)
        case EndPost(post_id, how):
            own = await board.load(tx, who.municipality_id, post_id, for_resident=who.resident_id)
            await end(tx, own, how, known.municipality, known.now)
        case HelperReached(case_id=reached):
            await _reached(tx, reached, who, known)
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")


async def _put_up(tx: AsyncConnection, post: Mapping[str, Any], who: Opened, known: Known, case_id: int) -> int:
    return await board.put_up(
        tx, municipality_id=who.municipality_id, resident_id=who.resident_id, conversation_id=who.conversation_id,
        case_id=case_id, post=dict(post), now=known.now,
    )  # fmt: skip


AGREED: Mapping[str, tuple[int, str]] = {
    ideas.KIND: (ideas.SHOWN_DAYS, "idea_ends"),
    actors.KIND: (actors.SHOWN_DAYS, "actor_ends"),
}
"""Kinds whose words their owner has agreed to, so that nobody changes them: the days they are shown, and what falls due
then. The kind is the purpose of the consent."""


async def show(
    tx: AsyncConnection, post: Post, words: str, zone: ZoneInfo, now: datetime, place: Municipality | None = None
) -> datetime | None:  # fmt: skip
    """Show something to everybody: until when; None when it is shown, or over, already. In these words, unless its owner
    has agreed to its very own."""
    changed = post.post if post.kind in AGREED else {**post.post, "what": words}
    days, at_the_end = AGREED.get(post.kind, (SHOWN_DAYS, "board_ends"))
    ends_at = now + timedelta(days=days)
    if post.kind == KIND:
        ends_at, at_the_end = over_at(changed, zone), "open_activity_ends"
    if ends_at <= now or not await board.show(tx, post.municipality_id, post.id, changed, ends_at=ends_at, now=now):
        return None
    await due.schedule(
        tx, municipality_id=post.municipality_id, conversation_id=post.conversation_id,
        kind=at_the_end, unique_key=f"board_ends:{post.id}",
        data={"post": post.id, "title": title_of(changed)}, due_at=ends_at, now=now,
    )  # fmt: skip
    if place is not None:
        await weaving.listed(tx, post, place, now)
    return ends_at


async def open_activities(tx: AsyncConnection, municipality_id: str, now: datetime) -> list[Post]:
    """The open activities that everybody may find, the soonest first."""
    found = await board.shown(tx, municipality_id, KIND, now)
    return sorted(found, key=lambda post: (post.post["when"]["day"], post.post["when"].get("time") or ""))


async def take_down_agreed(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """What only lives by being answered is shown no more: its owner is to be met by nobody they do not know."""
    for post in await board.of_resident(tx, who.municipality_id, who.resident_id):
        if post.kind in AGREED:
            await end(tx, post, "withdrawn", known.municipality, known.now)


async def latest_example(tx: AsyncConnection, municipality_id: str, locale: str, today: date) -> dict[str, Any] | None:
    """The example of this month, or of the last one that had any: {"id", "kind", "month", "title", "words", "lang", "at"}.

    The words are in the reader's language or one it falls back to; "" where there are none such.
    """
    for each in await board.examples(tx, municipality_id, until=f"{today:%Y-%m}", limit=1):
        lang, words = said_in(each.words or {}, locale)
        return {"id": each.post.id, "kind": each.post.kind, "month": each.month, "title": title_of(each.post.post),
                "words": words, "lang": lang, "at": each.at}  # fmt: skip
    return None


def said_in(words: Mapping[str, str], locale: str) -> tuple[str, str]:
    """What was written in several languages, as a reader of this one finds it: the language and the words, or ""."""
    found = next(((tag, words[tag]) for tag in chain(locale, "content") if words.get(tag)), None)
    return found or (locale, "")


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


async def end(tx: AsyncConnection, post: Post, how: str, place: Municipality, now: datetime) -> None:
    """Take it down: "filled", "withdrawn" or "expired". Whoever waits for an answer about it hears that it is over."""
    if await board.end(tx, post.municipality_id, post.id, how, now):
        await due.cancel(tx, post.municipality_id, f"board_ends:{post.id}", how, now=now)
        await Desk(tx, place, now).post_over(post.id)
        await weaving.unlisted(tx, post, place, now)
    if post.kind in AGREED:
        await consents.withdraw(
            tx, municipality_id=post.municipality_id, resident_id=post.resident_id, purpose=post.kind, subject_id=post.id,
            now=now,
        )  # fmt: skip


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
