"""The open cases of a municipality as lines, kept for all who look at the queue: fifty consoles ask for it all the time.

Where there are many, only those are read anew in whose conversation something has happened, and all of them every few
seconds, for what another process has done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.case_kinds import CaseKind, kind_of
from bot.i18n import Text
from bot.live import Live
from storage import cases, staff, talks
from storage.cases import Queued

MANY = 300
"""With fewer open cases than this all of them are read each time."""
ALL_S = 3.0
"""How old the whole may be, in seconds."""
LIMIT = 20_000
GIST = 140


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the queue. `left` is "late", "soon", "time" or "none": the only thing the queue has a colour for.

    `news` is what is new in it for whoever looks, until they open it. `held`: a human has the conversation for it.
    `protected`: it comes from somebody with a protected identity.
    """

    id: int
    kind: CaseKind
    who: str | None
    locale: str | None
    channel: str | None
    gist: str
    area: str | None
    topic: str | None
    status: str
    created_at: datetime
    deadline: datetime | None
    left: str
    hours_left: int
    owner_id: int | None
    owner: str | None
    news: Text | None = None
    held: bool = False
    snoozed_until: datetime | None = None
    protected: bool = False


def line_of(
    queued: Queued,
    names: Mapping[int, str],
    now: datetime,
    *,
    held: bool = False,
    snoozed_until: datetime | None = None,
) -> Line:
    """A case as a line; `names` are the owners'."""
    case, kind = queued.case, kind_of(queued.case.kind)
    left = "none"
    if case.deadline is not None and case.closed_at is None:
        left = "late" if case.deadline <= now else "soon" if case.deadline - now <= kind.soon * 2 else "time"
    hours = int((case.deadline - now).total_seconds() // 3600) if case.deadline else 0
    gist = (case.note or "").strip().split("\n")[-1]
    return Line(
        id=case.id, kind=kind, who=queued.name or queued.said_name, locale=queued.locale, channel=queued.channel,
        gist=gist[:GIST] + ("…" if len(gist) > GIST else ""), area=case.area,
        topic=(case.context or {}).get("topic"), status=case.status,
        created_at=case.created_at, deadline=case.deadline, left=left, hours_left=hours, owner_id=case.owner_id,
        owner=names.get(case.owner_id) if case.owner_id is not None else None, held=held, snoozed_until=snoozed_until,
        protected=queued.protected,
    )  # fmt: skip


@dataclass(slots=True)
class _Town:
    """What is kept of one municipality: by conversation, each case's place in the order and its line."""

    touched: set[int]
    read_at: float = float("-inf")
    lines: dict[int, list[tuple[Any, Line]]] = field(default_factory=dict)
    ordered: list[Line] | None = None


class OpenCases:
    """The lines of every municipality, the most pressing first."""

    def __init__(self, live: Live, now: Callable[[], datetime]) -> None:
        self.live, self.now = live, now
        self._towns: dict[str, _Town] = {}

    async def of(self, tx: AsyncConnection, municipality_id: str) -> list[Line]:
        """All open cases, in a transaction that has read nothing yet."""
        town = self._towns.get(municipality_id)
        if town is None:
            town = self._towns[municipality_id] = _Town(self.live.follow())
        touched = set(town.touched)
        town.touched -= touched
        if len(town.lines) < MANY or time.monotonic() - town.read_at > ALL_S:
            town.read_at = time.monotonic()
            town.lines, town.ordered = {}, None
            await self._read(tx, municipality_id, town, None)
        elif touched:
            town.ordered = None
            for conversation_id in touched:
                town.lines.pop(conversation_id, None)
            await self._read(tx, municipality_id, town, touched)
        if town.ordered is None:
            every = [each for lines in town.lines.values() for each in lines]
            town.ordered = [line for _place, line in sorted(every, key=lambda each: each[0])]
        return town.ordered

    async def _read(
        self, tx: AsyncConnection, municipality_id: str, town: _Town, these: Collection[int] | None
    ) -> None:
        found = await cases.queue(tx, municipality_id, conversations_=these, limit=LIMIT)
        names = await staff.names(tx, {each.case.owner_id for each in found if each.case.owner_id is not None})
        aside = await talks.snoozed(tx, municipality_id)
        held = {talk.case_id for talk in await talks.of_municipality(tx, municipality_id)}
        now = self.now()
        for each in found:
            case = each.case
            line = line_of(each, names, now, held=case.id in held, snoozed_until=aside.get(case.id))
            town.lines.setdefault(case.conversation_id, []).append((cases.most_pressing(case), line))
