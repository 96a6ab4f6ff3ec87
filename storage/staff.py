"""The people who answer: accounts, roles, sessions, recovery codes, failed sign-ins, how they want to be told.

Passwords come hashed; the rules are in `bot.staff`. An e-mail address is sealed and found by a keyed index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conversations import address_keys
from storage.db import upsert
from storage.direct import Prepared
from storage.errors import NotFound
from storage.secrets import keyring, token_hash
from storage.tables import (
    absences,
    addresses,
    staff,
    staff_alerts,
    staff_attempts,
    staff_chats,
    staff_codes,
    staff_profiles,
    staff_roles,
    staff_sessions,
    staff_sign_ins,
)

EMAIL_INDEX = "staff"


@dataclass(frozen=True, slots=True)
class Member:
    """One account. `password` is its Argon2 hash, None until the first link has been used.

    `second_factor` is the secret of an authenticator, `second_factor_step` the last step of time whose code was used.
    """

    id: int
    name: str
    email: str | None
    locale: str | None
    password: str | None
    second_factor: str | None
    second_factor_step: int | None
    shortcuts: bool
    digest_hour: int
    created_at: datetime
    signed_in_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has signed in. `stage` is "code" between password and second factor, then "in"."""

    id: int
    staff_id: int
    stage: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """Somebody's own chat in Telegram. `reachable` is false while they have blocked the bot there."""

    address_id: int
    linked_at: datetime
    reachable: bool


_MEMBER = tuple(column for column in staff.c if column.name != "email_key")
_SESSION = tuple(column for column in staff_sessions.c if column.name != "token_hash")


def email_keys(email: str) -> list[bytes]:
    """The blind indexes an account's address may be stored under, newest key first."""
    return keyring().indexes(EMAIL_INDEX, "email", email.strip().casefold())


# --- accounts ---------------------------------------------------------------------------------------------------------


async def add(tx: AsyncConnection, *, name: str, email: str, now: datetime, digest_hour: int = 8) -> int | None:
    """Make an account; its id. None when the address has one already."""
    if await by_email(tx, email) is not None:
        return None
    statement = upsert(tx, staff).values(
        name=name, email=email.strip(), email_key=email_keys(email)[0], shortcuts=True, digest_hour=digest_hour,
        created_at=now,
    )  # fmt: skip
    found: int | None = (
        await tx.execute(statement.on_conflict_do_nothing().returning(staff.c.id))
    ).scalar_one_or_none()
    return found


async def load(tx: AsyncConnection, staff_id: int) -> Member:
    """An account, also one that was removed. Raises NotFound."""
    row = await _LOAD.one(tx, {"b_id": staff_id})
    if row is None:
        raise NotFound("staff", staff_id)
    return Member(*row)


_LOAD = Prepared(select(*_MEMBER).where(staff.c.id == bindparam("b_id")))


async def names(tx: AsyncConnection, staff_ids: Collection[int]) -> dict[int, str]:
    """The work names of these accounts."""
    if not staff_ids:
        return {}
    found = await tx.execute(select(staff.c.id, staff.c.name).where(staff.c.id.in_(staff_ids)))
    return {staff_id: name for staff_id, name in found}


async def by_email(tx: AsyncConnection, email: str) -> Member | None:
    """The account of an address, unless it was removed."""
    statement = select(*_MEMBER).where(staff.c.email_key.in_(email_keys(email)), staff.c.removed_at.is_(None))
    row = (await tx.execute(statement)).first()
    return None if row is None else Member(*row)


async def everybody(tx: AsyncConnection) -> list[tuple[Member, dict[str, frozenset[str]]]]:
    """Every account in use with its roles by municipality, the oldest first."""
    members = [
        Member(*row)
        for row in await tx.execute(select(*_MEMBER).where(staff.c.removed_at.is_(None)).order_by(staff.c.id))
    ]
    return [(member, await roles(tx, member.id)) for member in members]


async def any_administrator(tx: AsyncConnection, municipality_id: str | None = None) -> bool:
    """Whether there is anybody who may let others in: anywhere, or in one municipality."""
    statement = (
        select(staff.c.id)
        .join(staff_roles, staff_roles.c.staff_id == staff.c.id)
        .where(staff_roles.c.role == "administrator", staff.c.removed_at.is_(None))
        .limit(1)
    )
    if municipality_id is not None:
        statement = statement.where(staff_roles.c.municipality_id == municipality_id)
    return await tx.scalar(statement) is not None


async def set_values(tx: AsyncConnection, staff_id: int, **values: Any) -> None:
    """Change an account's own columns. Raises NotFound."""
    if not (await tx.execute(update(staff).where(staff.c.id == staff_id).values(**values))).rowcount:
        raise NotFound("staff", staff_id)


async def use_step(tx: AsyncConnection, staff_id: int, step: int) -> bool:
    """Use up one step of an authenticator's time: a code works once, also when two ask at the same moment."""
    fresh = staff.c.second_factor_step.is_(None) | (staff.c.second_factor_step < step)
    statement = update(staff).where(staff.c.id == staff_id, fresh).values(second_factor_step=step)
    return (await tx.execute(statement)).rowcount > 0


async def remove(tx: AsyncConnection, staff_id: int, now: datetime) -> None:
    """Take an account away. The work name stays, for what was answered under it; nothing else does. Raises NotFound."""
    await set_values(
        tx, staff_id, email=None, email_key=None, locale=None, password=None, second_factor=None,
        second_factor_step=None, signed_in_at=None, removed_at=now,
    )  # fmt: skip
    chats = select(staff_chats.c.address_id).where(staff_chats.c.staff_id == staff_id)
    await tx.execute(
        update(addresses)
        .where(addresses.c.id.in_(chats), addresses.c.resident_id.is_(None))
        .values(address=None, address_key=None, state="gone", state_at=now)
    )
    for table in (staff_roles, staff_sessions, staff_codes, staff_alerts, staff_chats, staff_profiles, staff_sign_ins):
        await tx.execute(delete(table).where(table.c.staff_id == staff_id))
    await tx.execute(delete(absences).where(absences.c.staff_id == staff_id))
    await tx.execute(update(absences).where(absences.c.deputy_id == staff_id).values(deputy_id=None))


# --- roles ------------------------------------------------------------------------------------------------------------


async def roles(tx: AsyncConnection, staff_id: int) -> dict[str, frozenset[str]]:
    """What somebody may be, by municipality."""
    return _by_place(await _ROLES.all(tx, {"b_staff": staff_id}))


def _by_place(rows: Iterable[Sequence[Any]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for municipality_id, role in rows:
        if role is not None:
            found.setdefault(municipality_id, set()).add(role)
    return {municipality_id: frozenset(held) for municipality_id, held in found.items()}


_ROLES = Prepared(
    select(staff_roles.c.municipality_id, staff_roles.c.role).where(staff_roles.c.staff_id == bindparam("b_staff"))
)


async def set_roles(
    tx: AsyncConnection, staff_id: int, municipality_id: str, wanted: Iterable[str], *, by: str, now: datetime
) -> None:
    """Let somebody be exactly this in a municipality. `by` names who says so."""
    this = (staff_roles.c.staff_id == staff_id, staff_roles.c.municipality_id == municipality_id)
    await tx.execute(delete(staff_roles).where(*this))
    rows = [
        {"staff_id": staff_id, "municipality_id": municipality_id, "role": role, "given_at": now, "given_by": by}
        for role in sorted(set(wanted))
    ]
    if rows:
        await tx.execute(insert(staff_roles), rows)


async def with_roles(tx: AsyncConnection, municipality_id: str, wanted: Iterable[str]) -> list[Member]:
    """Who is one of these in a municipality, the oldest account first."""
    statement = (
        select(*_MEMBER)
        .where(
            staff.c.removed_at.is_(None),
            staff.c.id.in_(
                select(staff_roles.c.staff_id).where(
                    staff_roles.c.municipality_id == municipality_id, staff_roles.c.role.in_(tuple(wanted))
                )
            ),
        )
        .order_by(staff.c.id)
    )
    return [Member(*row) for row in await tx.execute(statement)]


# --- sessions ---------------------------------------------------------------------------------------------------------


async def open_session(
    tx: AsyncConnection, token: str, staff_id: int, stage: str, *, now: datetime, expires_at: datetime
) -> None:
    """Remember a browser by the hash of its token."""
    await tx.execute(
        insert(staff_sessions).values(
            staff_id=staff_id, token_hash=token_hash(token), stage=stage, created_at=now, seen_at=now,
            expires_at=expires_at,
        )
    )  # fmt: skip


async def session(tx: AsyncConnection, token: str) -> tuple[Session, Member, dict[str, frozenset[str]]] | None:
    """The session of a token, whatever its age, with whose it is and what they may be, by municipality."""
    rows = await _BY_TOKEN.all(tx, {"b_hash": token_hash(token)})
    if not rows:
        return None
    whose, roles = len(_SESSION), len(_SESSION) + len(_MEMBER)
    return Session(*rows[0][:whose]), Member(*rows[0][whose:roles]), _by_place(row[roles:] for row in rows)


_BY_TOKEN = Prepared(
    select(*_SESSION, *_MEMBER, staff_roles.c.municipality_id, staff_roles.c.role)
    .join_from(staff_sessions, staff, staff.c.id == staff_sessions.c.staff_id)
    .outerjoin(staff_roles, staff_roles.c.staff_id == staff.c.id)
    .where(staff_sessions.c.token_hash == bindparam("b_hash"))
)


async def touch(tx: AsyncConnection, session_id: int, now: datetime) -> None:
    """Note that a session is in use."""
    await tx.execute(update(staff_sessions).where(staff_sessions.c.id == session_id).values(seen_at=now))


async def end_session(tx: AsyncConnection, token: str) -> None:
    """Sign one browser out."""
    await tx.execute(delete(staff_sessions).where(staff_sessions.c.token_hash == token_hash(token)))


async def end_sessions(tx: AsyncConnection, staff_id: int) -> int:
    """Sign somebody out everywhere; from how many browsers."""
    return (await tx.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == staff_id))).rowcount


# --- the municipality's own sign-in ---------------------------------------------------------------------------------------

SIGN_IN_INDEX = "staff sign-ins"


async def by_sign_in(tx: AsyncConnection, issuer: str, subject: str) -> Member | None:
    """The account that is linked to somebody at an issuer. A link made under an older key is made anew."""
    keys = keyring().indexes(SIGN_IN_INDEX, issuer, subject)
    statement = (
        select(staff_sign_ins.c.key, *_MEMBER)
        .join(staff_sign_ins, staff_sign_ins.c.staff_id == staff.c.id)
        .where(staff_sign_ins.c.key.in_(keys), staff.c.removed_at.is_(None))
    )
    row = (await tx.execute(statement)).first()
    if row is None:
        return None
    key, *member = row
    if key != keys[0]:
        await tx.execute(update(staff_sign_ins).where(staff_sign_ins.c.key == key).values(key=keys[0]))
    return Member(*member)


async def link_sign_in(tx: AsyncConnection, staff_id: int, issuer: str, subject: str, now: datetime) -> None:
    """Let this be how somebody signs in. What they were linked to before ends."""
    await unlink_sign_in(tx, staff_id)
    key = keyring().index(SIGN_IN_INDEX, issuer, subject)
    await tx.execute(insert(staff_sign_ins).values(key=key, staff_id=staff_id, linked_at=now))


async def sign_in_linked_at(tx: AsyncConnection, staff_id: int) -> datetime | None:
    """Since when an account is linked to somebody at an issuer."""
    statement = select(staff_sign_ins.c.linked_at).where(staff_sign_ins.c.staff_id == staff_id)
    found: datetime | None = await tx.scalar(statement)
    return found


async def unlink_sign_in(tx: AsyncConnection, staff_id: int) -> None:
    """Nobody at an issuer signs in as this account any more."""
    await tx.execute(delete(staff_sign_ins).where(staff_sign_ins.c.staff_id == staff_id))


# --- recovery codes ---------------------------------------------------------------------------------------------------


async def set_codes(tx: AsyncConnection, staff_id: int, codes: Iterable[str]) -> None:
    """Keep the hashes of these codes in place of earlier ones."""
    await tx.execute(delete(staff_codes).where(staff_codes.c.staff_id == staff_id))
    rows = [{"staff_id": staff_id, "code_hash": token_hash(code)} for code in codes]
    if rows:
        await tx.execute(insert(staff_codes), rows)


async def use_code(tx: AsyncConnection, staff_id: int, code: str, now: datetime) -> bool:
    """Use a code up: it works once."""
    statement = (
        update(staff_codes)
        .where(
            staff_codes.c.staff_id == staff_id,
            staff_codes.c.code_hash == token_hash(code),
            staff_codes.c.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return (await tx.execute(statement)).rowcount > 0


async def codes_left(tx: AsyncConnection, staff_id: int) -> int:
    """How many codes have not been used."""
    unused = (staff_codes.c.staff_id == staff_id, staff_codes.c.used_at.is_(None))
    return int(await tx.scalar(select(func.count()).select_from(staff_codes).where(*unused)) or 0)


# --- failed sign-ins --------------------------------------------------------------------------------------------------


def attempt_key(kind: str, value: str) -> bytes:
    """The keyed trace under which failures of an account or an address are counted."""
    return keyring().indexes("staff attempts", kind, value)[0]


async def failures(tx: AsyncConnection, keys: Iterable[bytes], since: datetime) -> list[tuple[int, datetime]]:
    """How often each of these has failed, and when last; what is older than `since` is forgotten."""
    this = (staff_attempts.c.key.in_(tuple(keys)), staff_attempts.c.last_at > since)
    rows = await tx.execute(select(staff_attempts.c.failures, staff_attempts.c.last_at).where(*this))
    return [(row.failures, row.last_at) for row in rows]


async def fail(tx: AsyncConnection, key: bytes, now: datetime, since: datetime) -> None:
    """Count one more failure; the count begins anew when the last one is older than `since`."""
    statement = upsert(tx, staff_attempts).values(key=key, failures=1, last_at=now)
    await tx.execute(delete(staff_attempts).where(staff_attempts.c.key == key, staff_attempts.c.last_at <= since))
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"failures": staff_attempts.c.failures + 1, "last_at": now}
        )
    )


async def clear_failures(tx: AsyncConnection, key: bytes) -> None:
    """Forget the failures of somebody who got in after all."""
    await tx.execute(delete(staff_attempts).where(staff_attempts.c.key == key))


# --- how they want to be told -----------------------------------------------------------------------------------------


async def ways(tx: AsyncConnection, staff_id: int, municipality_id: str) -> dict[str, str]:
    """How somebody wants to be told of each kind of case, where they have said so."""
    this = (staff_alerts.c.staff_id == staff_id, staff_alerts.c.municipality_id == municipality_id)
    rows = await tx.execute(select(staff_alerts.c.kind, staff_alerts.c.way).where(*this))
    return {row.kind: row.way for row in rows}


async def set_ways(tx: AsyncConnection, staff_id: int, municipality_id: str, wanted: Mapping[str, str]) -> None:
    """Tell them so from now on."""
    this = (staff_alerts.c.staff_id == staff_id, staff_alerts.c.municipality_id == municipality_id)
    await tx.execute(delete(staff_alerts).where(*this))
    rows = [
        {"staff_id": staff_id, "municipality_id": municipality_id, "kind": kind, "way": way}
        for kind, way in wanted.items()
    ]
    if rows:
        await tx.execute(insert(staff_alerts), rows)


# --- their chat in Telegram -------------------------------------------------------------------------------------------


async def chat(tx: AsyncConnection, staff_id: int, municipality_id: str) -> Chat | None:
    """The chat that is linked to an account in a municipality."""
    statement = (
        select(staff_chats.c.address_id, staff_chats.c.linked_at, addresses.c.state == "ok")
        .join(addresses, addresses.c.id == staff_chats.c.address_id)
        .where(staff_chats.c.staff_id == staff_id, staff_chats.c.municipality_id == municipality_id)
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Chat(*row)


async def by_chat(tx: AsyncConnection, municipality_id: str, user_id: str) -> Member | None:
    """The account that somebody in Telegram, named by their number there, has in a municipality."""
    statement = (
        select(*_MEMBER)
        .join(staff_chats, staff_chats.c.staff_id == staff.c.id)
        .join(addresses, addresses.c.id == staff_chats.c.address_id)
        .where(
            addresses.c.municipality_id == municipality_id,
            addresses.c.channel == "telegram",
            addresses.c.address_key.in_(address_keys("telegram", user_id)),
        )
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else Member(*row)


async def link_chat(tx: AsyncConnection, staff_id: int, municipality_id: str, address_id: int, now: datetime) -> None:
    """Let a chat be somebody's. What either was linked to before ends."""
    mine = (staff_chats.c.staff_id == staff_id) & (staff_chats.c.municipality_id == municipality_id)
    await tx.execute(delete(staff_chats).where(or_(mine, staff_chats.c.address_id == address_id)))
    await tx.execute(
        insert(staff_chats).values(
            staff_id=staff_id, municipality_id=municipality_id, address_id=address_id, linked_at=now
        )
    )


async def unlink_chat(tx: AsyncConnection, staff_id: int, municipality_id: str | None = None) -> None:
    """Let somebody's chat go: in one municipality, or in all of them."""
    this = [staff_chats.c.staff_id == staff_id]
    if municipality_id is not None:
        this.append(staff_chats.c.municipality_id == municipality_id)
    await tx.execute(delete(staff_chats).where(*this))
