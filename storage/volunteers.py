"""People who have offered to help, and what was checked of them for which role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.db import upsert
from storage.errors import NotFound
from storage.tables import residents, volunteer_checks, volunteers

WILLING: Final = ("new", "offered", "active", "later")
"""The standings of those who may be asked to help."""

VALID: Final = ("shown", "cleared")
"""The states of a check that lets somebody take a role."""

_OFFERS: Final[Select[Any]] = select(*volunteers.c, residents.c.locale).join(
    residents, residents.c.id == volunteers.c.resident_id
)


@dataclass(frozen=True, slots=True)
class Volunteer:
    """Somebody who has offered help. `offer` holds the answers of the flow `volunteer`; None when they are forgotten.

    See `storage.tables.volunteers` for the standings.
    """

    id: int
    municipality_id: str
    resident_id: int
    conversation_id: int
    offer: Any
    standing: str
    created_at: datetime
    changed_at: datetime
    locale: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """The check of one volunteer for one role. See `storage.tables.volunteer_checks` for the states."""

    volunteer_id: int
    role: str
    state: str
    number: str | None
    decision: str | None
    staff_id: int | None
    at: datetime


async def save(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    resident_id: int,
    conversation_id: int,
    offer: Any,
    now: datetime,
) -> int:
    """Keep an offer, or change it; its id. Whoever was away from helping is "new" again."""
    found = (await tx.execute(_of_resident(resident_id).with_for_update(of=volunteers, key_share=True))).one_or_none()
    if found is None:
        values = {"resident_id": resident_id, "conversation_id": conversation_id, "offer": offer, "standing": "new",
                  "municipality_id": municipality_id, "created_at": now, "changed_at": now}  # fmt: skip
        return int((await tx.execute(insert(volunteers).values(values).returning(volunteers.c.id))).scalar_one())
    standing = found.standing if found.standing in ("offered", "active") else "new"
    if proven := (found.offer or {}).get("proven"):
        offer = {**offer, "proven": proven}
    await tx.execute(
        update(volunteers)
        .where(volunteers.c.id == found.id)
        .values(offer=offer, standing=standing, conversation_id=conversation_id, changed_at=now)
    )
    return int(found.id)


async def load(tx: AsyncConnection, municipality_id: str, volunteer_id: int, *, lock: bool = False) -> Volunteer:
    """One of them; with `lock` nobody else changes what they have until the transaction ends.

    Raises:
        NotFound: There is none such.
    """
    statement = _OFFERS.where(volunteers.c.id == volunteer_id, volunteers.c.municipality_id == municipality_id)
    if lock:
        statement = statement.with_for_update(of=volunteers, key_share=True)
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("volunteers", volunteer_id)
    return Volunteer(*row)


async def of_resident(tx: AsyncConnection, resident_id: int) -> Volunteer | None:
    """What this person has offered, whatever their standing; None when they never did, or were forgotten."""
    row = (await tx.execute(_of_resident(resident_id))).one_or_none()
    return None if row is None or row.offer is None else Volunteer(*row)


async def of_municipality(
    tx: AsyncConnection, municipality_id: str, standings: Sequence[str] = WILLING
) -> list[Volunteer]:
    """Everybody of these standings, whoever came first first. Protected persons are never among them."""
    statement = _OFFERS.where(
        volunteers.c.municipality_id == municipality_id,
        volunteers.c.standing.in_(standings),
        volunteers.c.offer.is_not(None),
        residents.c.protected.is_(False),
    )
    return [Volunteer(*row) for row in await tx.execute(statement.order_by(volunteers.c.id))]


async def counted(tx: AsyncConnection, municipality_id: str) -> dict[str, int]:
    """How many volunteers there are of each standing."""
    statement = (
        select(volunteers.c.standing, func.count())
        .where(volunteers.c.municipality_id == municipality_id)
        .group_by(volunteers.c.standing)
    )
    return {standing: int(count) for standing, count in await tx.execute(statement)}


async def stand(
    tx: AsyncConnection,
    municipality_id: str,
    volunteer_id: int,
    standing: str,
    now: datetime,
    *,
    before: Sequence[str] | None = None,
) -> bool:
    """Change where somebody stands, if they stand at one of `before` (None: wherever); whether they did."""
    this = [volunteers.c.id == volunteer_id, volunteers.c.municipality_id == municipality_id]
    if before is not None:
        this.append(volunteers.c.standing.in_(before))
    changed = await tx.execute(update(volunteers).where(*this).values(standing=standing, changed_at=now))
    return changed.rowcount > 0


async def change_offer(tx: AsyncConnection, municipality_id: str, volunteer_id: int, offer: Any) -> None:
    """Keep what staff have noted beside somebody's own answers; nothing else of it changes."""
    this = (volunteers.c.id == volunteer_id, volunteers.c.municipality_id == municipality_id)
    await tx.execute(update(volunteers).where(*this, volunteers.c.offer.is_not(None)).values(offer=offer))


async def leave(tx: AsyncConnection, municipality_id: str, volunteer_id: int, now: datetime) -> None:
    """Somebody helps no longer: their offer and what was checked of them go."""
    this = (volunteers.c.id == volunteer_id, volunteers.c.municipality_id == municipality_id)
    await tx.execute(update(volunteers).where(*this).values(offer=None, standing="left", changed_at=now))
    await tx.execute(
        delete(volunteer_checks).where(
            volunteer_checks.c.municipality_id == municipality_id, volunteer_checks.c.volunteer_id == volunteer_id
        )
    )


# --- checks -----------------------------------------------------------------------------------------------------------


async def check(
    tx: AsyncConnection,
    *,
    municipality_id: str,
    volunteer_id: int,
    role: str,
    state: str,
    now: datetime,
    staff_id: int | None = None,
    number: str | None = None,
    decision: str | None = None,
) -> None:
    """Note how the check of somebody for a role stands; what was noted before is replaced, its number too."""
    values = {"volunteer_id": volunteer_id, "role": role, "municipality_id": municipality_id, "state": state,
              "number": number, "decision": decision, "staff_id": staff_id, "at": now}  # fmt: skip
    statement = upsert(tx, volunteer_checks).values(values)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["volunteer_id", "role"],
            set_={name: statement.excluded[name] for name in ("state", "number", "decision", "staff_id", "at")},
        )
    )


async def checks(
    tx: AsyncConnection, municipality_id: str, *, volunteer_id: int | None = None, state: str | None = None
) -> list[Check]:
    """Checks of one volunteer, or of all; of one state, or of any."""
    columns = [volunteer_checks.c[name] for name in Check.__dataclass_fields__]
    statement = select(*columns).where(volunteer_checks.c.municipality_id == municipality_id)
    if volunteer_id is not None:
        statement = statement.where(volunteer_checks.c.volunteer_id == volunteer_id)
    if state is not None:
        statement = statement.where(volunteer_checks.c.state == state)
    ordered = statement.order_by(volunteer_checks.c.volunteer_id, volunteer_checks.c.role)
    return [Check(*row) for row in await tx.execute(ordered)]


async def drop_check(tx: AsyncConnection, municipality_id: str, volunteer_id: int, role: str) -> None:
    """Forget a check: nothing is known for this role."""
    await tx.execute(
        delete(volunteer_checks).where(
            volunteer_checks.c.municipality_id == municipality_id,
            volunteer_checks.c.volunteer_id == volunteer_id,
            volunteer_checks.c.role == role,
        )
    )


def _of_resident(resident_id: int) -> Select[Any]:
    return _OFFERS.where(volunteers.c.resident_id == resident_id)


async def offers(tx: AsyncConnection, municipality_id: str, volunteer_ids: Collection[int]) -> dict[int, Any]:
    """What these volunteers have offered, by their ids."""
    statement = select(volunteers.c.id, volunteers.c.offer).where(
        volunteers.c.municipality_id == municipality_id, volunteers.c.id.in_(volunteer_ids)
    )
    return {int(id): offer for id, offer in await tx.execute(statement)}
