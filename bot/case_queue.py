"""The open cases of a municipality as lines, kept for all who look at the queue: fifty consoles ask for it all the time.

Where there are many, only those are read anew in whose conversation something has happened, and every few seconds all of
them are looked through for what another process has done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.case_kinds import CaseKind, kind_of
from bot.i18n import Text
from bot.live import Live
from storage import cases, staff, talks
from storage.cases import Case, Queued
from storage.direct import Row

MANY = 300
"""With fewer open cases than this all of them are read each time."""
ALL_S = 3.0
"""How old the whole may be, in seconds."""
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
    urgent: bool
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

    @property
    def waits(self) -> bool:
        """Whether the resident still waits for an answer."""
        return self.status in cases.WAITING


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
    left, hours = left_of(case, now)
    gist = (case.note or "").strip().split("\n")[-1]
    return Line(
        id=case.id, kind=kind, who=queued.name or queued.said_name, locale=queued.locale, channel=queued.channel,
        gist=gist[:GIST] + ("…" if len(gist) > GIST else ""), area=case.area,
        topic=(case.context or {}).get("topic"), urgent=case.priority == cases.URGENT, status=case.status,
        created_at=case.created_at, deadline=case.deadline, left=left, hours_left=hours, owner_id=case.owner_id,
        owner=names.get(case.owner_id) if case.owner_id is not None else None, held=held, snoozed_until=snoozed_until,
        protected=queued.protected,
    )  # fmt: skip


def left_of(case: Case, now: datetime) -> tuple[str, int]:
    """`Line.left` and `Line.hours_left`."""
    deadline = case.deadline
    if deadline is None:
        return "none", 0
    left = deadline - now
    hours = int(left.total_seconds() // 3600)
    if case.closed_at is not None:
        return "none", hours
    return "late" if deadline <= now else "soon" if left <= kind_of(case.kind).soon * 2 else "time", hours


@dataclass(slots=True)
class _Kept:
    """What is known of one open case: its row as it lies in the database, if that was seen; the row read; its line."""

    stored: Row | None
    queued: Queued
    line: Line | None = None


@dataclass(slots=True)
class _Town:
    """What is kept of one municipality: by case, and as lines in order."""

    touched: set[int]
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    read_at: float = float("-inf")
    kept: dict[int, _Kept] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


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
        async with town.reading:
            touched = set(town.touched)
            town.touched -= touched
            try:
                if len(town.kept) < MANY or time.monotonic() - town.read_at > ALL_S:
                    began = time.monotonic()
                    await self._read_all(tx, municipality_id, town)
                    town.read_at = began
                elif touched:
                    await self._read_some(tx, municipality_id, town, touched)
            except BaseException:
                town.touched |= touched
                raise
            return town.lines

    async def _read_all(self, tx: AsyncConnection, municipality_id: str, town: _Town) -> None:
        rows = await cases.open_as_stored(tx, municipality_id)
        changed = [row for row in rows if (known := town.kept.get(row[0])) is None or known.stored != row]
        fresh = {row[0]: _Kept(row, read) for row, read in zip(changed, cases.opened(tx, changed), strict=True)}
        kept = {row[0]: fresh.get(row[0]) or town.kept[row[0]] for row in rows}
        await self._arrange(tx, municipality_id, town, kept, kept.values())

    async def _read_some(self, tx: AsyncConnection, municipality_id: str, town: _Town, these: Collection[int]) -> None:
        found = await cases.queue(tx, municipality_id, conversations_=these)
        fresh = {each.case.id: _Kept(None, each) for each in found}
        others = {id: each for id, each in town.kept.items() if each.queued.case.conversation_id not in these}
        await self._arrange(tx, municipality_id, town, others | fresh, fresh.values())

    async def _arrange(
        self, tx: AsyncConnection, municipality_id: str, town: _Town, kept: dict[int, _Kept], anew: Collection[_Kept]
    ) -> None:
        """Put lines in order, with those of `anew` as they are now."""
        owners = {each.queued.case.owner_id for each in anew}
        names = await staff.names(tx, {each for each in owners if each is not None})
        aside = await talks.snoozed(tx, municipality_id)
        held = {talk.case_id for talk in await talks.of_municipality(tx, municipality_id)}
        now = self.now()
        for each in anew:
            case = each.queued.case
            beside = (case.id in held, aside.get(case.id), names.get(case.owner_id or 0), *left_of(case, now))
            old = each.line
            if old is None or (old.held, old.snoozed_until, old.owner, old.left, old.hours_left) != beside:
                each.line = line_of(each.queued, names, now, held=case.id in held, snoozed_until=aside.get(case.id))
        ordered = sorted(kept.values(), key=lambda each: cases.most_pressing(each.queued.case))
        town.kept, town.lines = kept, [each.line for each in ordered if each.line is not None]
