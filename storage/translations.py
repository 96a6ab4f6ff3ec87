"""What a machine made of a message in another language, and who says that it is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.tables import translations


@dataclass(frozen=True, slots=True)
class Translation:
    """One message in one locale. `engine` is what translated it; `flagged_by` who found it wrong first."""

    id: int
    municipality_id: str
    message_id: int
    locale: str
    words: str | None
    engine: str
    at: datetime
    flagged_at: datetime | None
    flagged_by: str | None


async def add(
    tx: AsyncConnection, *, municipality_id: str, message_id: int, locale: str, words: str, engine: str, now: datetime
) -> None:
    """Keep a translation; the first one of a message into a locale stays."""
    row = {
        "municipality_id": municipality_id, "message_id": message_id, "locale": locale, "words": words,
        "engine": engine, "at": now,
    }  # fmt: skip
    await tx.execute(upsert(tx, translations).on_conflict_do_nothing(), row)


async def of_messages(tx: AsyncConnection, message_ids: Iterable[int], locale: str | None = None) -> list[Translation]:
    """The translations of these messages, into one locale or into all, the oldest first."""
    these: list[ColumnElement[bool]] = [translations.c.message_id.in_(tuple(message_ids))]
    if locale is not None:
        these.append(translations.c.locale == locale)
    statement = select(*translations.c).where(*these).order_by(translations.c.id)
    return [Translation(*row) for row in await tx.execute(statement)]


async def flag(tx: AsyncConnection, translation_id: int, by: str, now: datetime) -> bool:
    """Mark it as wrong; False when somebody had done so before."""
    statement = update(translations).where(translations.c.id == translation_id, translations.c.flagged_at.is_(None))
    return (await tx.execute(statement.values(flagged_at=now, flagged_by=by))).rowcount > 0
