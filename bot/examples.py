"""The good example of a month: something that is shown, chosen by staff, with words of the municipality's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.posted import KINDS
from bot.flows.read.typed import clean
from bot.handoff import Actor, log_act
from bot.i18n import OwnName, _
from bot.rules.masking import mask, mask_contacts
from bot.staff import Refused
from bot.turn import Turns
from storage import board, cases
from storage.board import Post

WORDS_MAX = 600
MONTHS = 3
"""So many months can be chosen for: this one and the next."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to choose from, and what is chosen: `months` ("2026-11") are those to come and those with an example.
    `missing` names, by month, the languages without words."""

    shown: Sequence[Post]
    months: Sequence[str]
    chosen: Mapping[str, board.GoodExample]
    missing: Mapping[str, tuple[OwnName, ...]] = field(default_factory=dict)


class Examples:
    """What staff do about it. Every act raises Refused with words."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db = turns, turns.db

    async def seen(self, by: Actor) -> Seen:
        place, now = self.turns.municipalities[by.municipality_id], self.turns.now()
        async with self.db.read() as tx:
            shown = [post for kind in KINDS for post in await board.shown(tx, place.id, kind, now) if post.post]
            chosen = {each.month: each for each in await board.examples(tx, place.id)}
        missing = {
            month: tuple(OwnName(tag) for tag in place.languages if not (each.words or {}).get(tag))
            for month, each in chosen.items()
        }
        coming = months_from(now.astimezone(place.zone).date())
        return Seen(shown, sorted({*coming, *chosen}), chosen, missing)

    async def choose(self, by: Actor, month: str, post_id: int, words: Mapping[str, str]) -> None:
        """Choose it for a month, instead of the one that month had. Words in the municipality's first language are
        needed; readers of others without words find these. What a month has may be kept with other words."""
        place, now = self.turns.municipalities[by.municipality_id], self.turns.now()
        kept = {tag: mask_contacts(mask(clean(words.get(tag, ""))[:WORDS_MAX])[0])[0] for tag in place.languages}
        kept = {tag: said for tag, said in kept.items() if said}
        found = await self.seen(by)
        before = found.chosen.get(month)
        if post_id not in {each.id for each in (*found.shown, *((before.post,) if before else ()))}:
            raise Refused("empty", _("Choose something that is shown now."))
        if month not in found.months:
            raise Refused("empty", _("Choose this month or one of the next."))
        if place.languages[0] not in kept:
            raise Refused("empty", _("Write a few words in {language} at least.", language=OwnName(place.languages[0])))
        values: dict[str, Any] = {"municipality_id": place.id, "month": month, "post_id": post_id, "words": kept}

        async def write(tx: AsyncConnection) -> None:
            await board.set_example(tx, **values, staff_id=by.staff_id, now=now)
            await self._log(tx, by, post_id, "example chosen", month)

        await self.db.write(write)

    async def drop(self, by: Actor, month: str) -> None:
        """Let a month have no example."""

        async def write(tx: AsyncConnection) -> None:
            post_id = await board.drop_example(tx, by.municipality_id, month)
            if post_id is not None:
                await self._log(tx, by, post_id, "example dropped", month)

        await self.db.write(write)

    async def _log(self, tx: AsyncConnection, by: Actor, post_id: int, act: str, month: str) -> None:
        post = await board.load(tx, by.municipality_id, post_id)
        await log_act(tx, by, await cases.load(tx, by.municipality_id, post.case_id), act, self.turns.now(), month)


def months_from(day: date) -> tuple[str, ...]:
    """The month a day is in and the next ones."""
    first = day.year * 12 + day.month - 1
    return tuple(f"{at // 12}-{at % 12 + 1:02}" for at in range(first, first + MONTHS))
