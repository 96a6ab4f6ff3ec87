"""What is in the way of coming to something: kept, told whoever holds it, answered, counted.

Everything here happens in the transaction it is handed. What has to be said to somebody else is a promise due now, so that
it goes through that person's own turn. Publication, 4.2: asked about, and passed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts
from bot.broadcast_views import hidden
from bot.flows.board import title_of
from bot.flows.model import AnswerObstacle, Known, ObstacleEffect, TellObstacle
from bot.flows.obstacles import OBSTACLES, title_or
from bot.flows.open_activity import KIND as OPEN_ACTIVITY
from bot.i18n import Value
from bot.rules.masking import mask_ways
from storage import board, case_log, cases, due, obstacles
from storage.conversations import Opened
from storage.errors import NotFound
from storage.obstacles import Obstacle

HELD_HERE: Final = (OPEN_ACTIVITY, "board")
"""Kinds of what is put up that one can come to, and whose owner can do something about what is in the way."""

COUNTED: Final = timedelta(days=365)
"""So far back obstacles are counted."""


async def apply(tx: AsyncConnection, effect: ObstacleEffect, who: Opened, known: Known, case_id: Value | None) -> None:
    """Write an effect about an obstacle; `case_id` is the case made before it in this turn."""
    try:
        match effect:
            case TellObstacle():
                assert isinstance(case_id, int)
                await _told(tx, effect, who, known, case_id)
            case AnswerObstacle(obstacle_id, how, words):
                await _answered(tx, obstacle_id, how, words, who, known)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def _told(tx: AsyncConnection, told: TellObstacle, who: Opened, known: Known, case_id: int) -> None:
    id = await obstacles.add(
        tx, municipality_id=who.municipality_id, case_id=case_id, resident_id=who.resident_id,
        conversation_id=who.conversation_id, post_id=told.post_id, area=told.area, said=dict(told.said), now=known.now,
    )  # fmt: skip
    if told.post_id is None:
        return
    found = await obstacles.load(tx, who.municipality_id, id)
    assert found.owner_conversation_id is not None
    data = {
        "obstacle": id, "title": title_of(found.post or {}), "what": list(told.said.get("what") or ()),
        "about": mask_ways(str(told.said.get("about") or ""))[0], "answer_by": told.answer_by.isoformat(),
    }  # fmt: skip
    await due.schedule(
        tx, municipality_id=who.municipality_id, conversation_id=found.owner_conversation_id, kind="obstacle_new",
        unique_key=f"obstacle_new:{id}", data=data, due_at=known.now, now=known.now,
    )  # fmt: skip


async def _answered(tx: AsyncConnection, obstacle_id: int, how: str, words: str, who: Opened, known: Known) -> None:
    """Whoever holds it has answered: whoever told of it hears that, and the promise is kept. Anybody else changes nothing."""
    found = await obstacles.load(tx, who.municipality_id, obstacle_id)
    if found.owner_id != who.resident_id or not await obstacles.answer(tx, found, how, known.now):
        return
    case = await cases.load(tx, who.municipality_id, found.case_id)
    data = {"title": title_or(found.post, found.said or {}), "how": how, "words": words}
    await due.schedule(
        tx, municipality_id=who.municipality_id, conversation_id=found.conversation_id, kind="obstacle_answered",
        unique_key=f"obstacle_answered:{found.id}", data=data, due_at=known.now, now=known.now,
    )  # fmt: skip
    if case.closed_at is not None:
        return
    await cases.answer(tx, who.municipality_id, case.id, known.now)
    for name in ("late", "soon"):
        key = alerts.due_key(case.conversation_id, case.id, name)
        await due.cancel(tx, who.municipality_id, key, "answered", now=known.now)
    if how != "not":  # what cannot be arranged stays with a person, who may know another way
        await cases.close(tx, who.municipality_id, case.id, "answered", known.now)
        await case_log.add(
            tx, municipality_id=who.municipality_id, conversation_id=case.conversation_id, case_id=case.id, act="closed",
            who=known.municipality.lab or known.municipality.name, at=known.now,
        )  # fmt: skip


async def to_come_to(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """What somebody else has put up and one can come to: the newest open activities and needs."""
    found = [post for kind in HELD_HERE for post in await board.shown(tx, who.municipality_id, kind, known.now)]
    return [
        {"id": each.id, "title": title_of(each.post), "area": (_where(each.post)).get("area")}
        for each in found
        if each.post and each.resident_id != who.resident_id
    ]


def _where(post: Mapping[str, Any]) -> Mapping[str, Any]:
    where = post.get("where")
    return where if isinstance(where, Mapping) else {}


async def obstacle(tx: AsyncConnection, who: Opened, known: Known, obstacle_id: int) -> dict[str, Any] | None:
    """An obstacle to something that this person holds; never whose it is. None for anybody else's."""
    try:
        found = await obstacles.load(tx, who.municipality_id, obstacle_id)
    except NotFound:
        return None
    if found.owner_id != who.resident_id:
        return None
    said = found.said or {}
    return {
        "id": found.id,
        "title": title_or(found.post, said),
        "what": said.get("what") or [],
        "open": found.answered_at is None,
    }


LOOKUPS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {"to_come_to": to_come_to, "obstacle": obstacle}


# --- numbers for staff --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One area ("" where none is known): how many of each kind, and of all; None for fewer than five."""

    area: str
    counts: Sequence[int | None]
    every: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Obstacles of the last year. One may be of several kinds. `kinds` are the columns; the last row is the sum."""

    kinds: Sequence[str]
    rows: Sequence[Row]
    whole: Row
    answered: int | None
    told: int | None


def counted(found: Sequence[Obstacle]) -> Counted:
    """Numbers as they may be shown: of a group of fewer than five nothing, nor what it could be reckoned out of."""
    kinds = [*OBSTACLES]
    by_area: dict[str, Counter[str]] = {}
    every: Counter[str] = Counter()
    for each in found:
        inside = by_area.setdefault(each.area or "", Counter())
        inside.update(kind for kind in set((each.said or {}).get("what") or ("other",)) if kind in OBSTACLES)
        every[each.area or ""] += 1
    areas = sorted(by_area, key=lambda area: (not area, area))
    shown = {area: [by_area[area][kind] for kind in kinds] for area in areas}
    sums = [sum(shown[area][at] for area in areas) for at in range(len(kinds))]
    secret_columns = [hidden([shown[area][at] for area in areas]) for at in range(len(kinds))]
    secret_areas, secret_sums = hidden([every[area] for area in areas]), hidden(sums)
    rows = []
    for number, area in enumerate(areas):
        secret = hidden(shown[area]) | {at for at in range(len(kinds)) if number in secret_columns[at]}
        counts = [None if at in secret else count for at, count in enumerate(shown[area])]
        rows.append(Row(area, counts, None if number in secret_areas else every[area]))
    whole = Row("", [None if at in secret_sums else count for at, count in enumerate(sums)], _few(len(found)))
    answered = sum(each.answered_at is not None or each.case_answered_at is not None for each in found)
    secret_answers = hidden([answered, len(found) - answered])
    return Counted(kinds, rows, whole, None if secret_answers else answered, _few(len(found)))


def _few(count: int) -> int | None:
    return None if 0 < count < 5 else count
