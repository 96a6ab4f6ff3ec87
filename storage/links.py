"""Links that stand for a right: random tokens, stored hashed, expiring, revocable by their owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import LinkGone, NotFound
from storage.secrets import make_token, token_hash
from storage.tables import links


@dataclass(frozen=True, slots=True)
class Link:
    """What a token stands for. `resident_id` owns it; `subject_id` is the plan, conversation or case it leads to."""

    id: int
    municipality_id: str
    purpose: str
    resident_id: int | None
    subject_id: int | None
    created_at: datetime
    expires_at: datetime | None
    single_use: bool
    used_at: datetime | None
    revoked_at: datetime | None


_LINK = tuple(column for column in links.c if column.name != "token_hash")


async def make(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    purpose: str,
    now: datetime,
    expires_at: datetime | None,
    resident_id: int | None = None,
    subject_id: int | None = None,
    single_use: bool = False,
) -> str:
    """A new link's token: 22 characters, told this once. A job that is run again makes another one."""
    token = make_token()
    await tx.execute(
        insert(links).values(
            municipality_id=municipality_id,
            token_hash=token_hash(token),
            purpose=purpose,
            resident_id=resident_id,
            subject_id=subject_id,
            created_at=now,
            expires_at=expires_at,
            single_use=single_use,
        )
    )
    return token


async def open(tx: AsyncConnection, token: str, purpose: str, now: datetime) -> Link:
    """What a token stands for; changes nothing, so that a mail program may look first. A single-use one stays good.

    Raises:
        NotFound: No such token for this purpose, ever.
        LinkGone: It is expired, used or revoked.
    """
    row = (
        await tx.execute(select(*_LINK).where(links.c.token_hash == token_hash(token), links.c.purpose == purpose))
    ).one_or_none()
    if row is None:
        raise NotFound("links", purpose)
    link = Link(*row)
    if link.revoked_at is not None:
        raise LinkGone("revoked")
    if link.single_use and link.used_at is not None:
        raise LinkGone("used")
    if link.expires_at is not None and link.expires_at <= now:
        raise LinkGone("expired")
    return link


async def use(
    tx: AsyncConnection, token: str, purpose: str, now: datetime, *, municipality_id: str | None = None
) -> Link:
    """Act on a link. One UPDATE decides, so that a single-use one works once, however many press at once.

    With `municipality_id` only one of that municipality; another's stays good.

    Raises:
        NotFound: No such token for this purpose, ever.
        LinkGone: It is expired, used or revoked.
    """
    whose = true() if municipality_id is None else links.c.municipality_id == municipality_id
    statement = (
        update(links)
        .where(
            whose,
            links.c.token_hash == token_hash(token),
            links.c.purpose == purpose,
            links.c.revoked_at.is_(None),
            or_(links.c.expires_at.is_(None), links.c.expires_at > now),
            or_(~links.c.single_use, links.c.used_at.is_(None)),
        )
        .values(used_at=now)
        .returning(*_LINK)
    )
    row = (await tx.execute(statement)).one_or_none()
    if row is not None:
        return Link(*row)
    await open(tx, token, purpose, now)
    raise NotFound("links", purpose)  # it is good in another municipality


async def of_owner(tx: AsyncConnection, municipality_id: str, resident_id: int, now: datetime) -> list[Link]:
    """The links somebody has that still work, the newest first."""
    statement = (
        select(*_LINK)
        .where(
            links.c.municipality_id == municipality_id,
            links.c.resident_id == resident_id,
            links.c.revoked_at.is_(None),
            or_(links.c.expires_at.is_(None), links.c.expires_at > now),
            or_(~links.c.single_use, links.c.used_at.is_(None)),
        )
        .order_by(links.c.id.desc())
    )
    return [Link(*row) for row in await tx.execute(statement)]


async def revoke(tx: AsyncConnection, municipality_id: str, link_id: int, resident_id: int, now: datetime) -> None:
    """End a link of one's own; again is nothing. Raises NotFound when it is not theirs."""
    this = (links.c.id == link_id, links.c.municipality_id == municipality_id, links.c.resident_id == resident_id)
    if await tx.scalar(select(links.c.id).where(*this)) is None:
        raise NotFound("links", link_id)
    await tx.execute(update(links).where(*this, links.c.revoked_at.is_(None)).values(revoked_at=now))


async def revoke_about(tx: AsyncConnection, purpose: str, subject_id: int, now: datetime) -> None:
    """End every link of a purpose that leads to this subject: the newest one alone shall work."""
    this = (links.c.purpose == purpose, links.c.subject_id == subject_id, links.c.revoked_at.is_(None))
    await tx.execute(update(links).where(*this).values(revoked_at=now))


async def revoke_token(tx: AsyncConnection, token: str, now: datetime) -> None:
    """End the link of this token, whatever it is for: signing out."""
    this = (links.c.token_hash == token_hash(token), links.c.revoked_at.is_(None))
    await tx.execute(update(links).where(*this).values(revoked_at=now))
