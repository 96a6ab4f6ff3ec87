"""Record checks by list (publication, 2.1; languages-and-rights.md, C8): off unless the municipality has named its decision.

Only whoever has been asked for a shift, or has one, can be on the list, and only with their own yes. The identity number is
written on a page with a private link, kept sealed until the result is in, and erased with it. What the police answer is
not kept: somebody may take the role or not, and nobody is told why. Every step is written down.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import effects
from bot.flows.model import MakeLink
from bot.handoff import Actor
from bot.i18n import Text, _, content
from bot.packs.model import Municipality
from bot.rules import masking
from bot.staff import Refused
from bot.turn import Turns
from bot.views import LinkTrouble
from storage import case_log, consents, conversations, due, links, residents, retention, volunteers
from storage.errors import LinkGone, NotFound
from storage.volunteers import Check, Volunteer

PURPOSE: Final = "record"
VERSION: Final = "1"
ERASED: Final = "identity number for a record check"
"""The class of information that the log of deletions names."""

OFF: Final = _(
    "Record checks by list are off. The municipality turns them on by naming its decision in municipality.yaml."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is asked by their private link. `state` is that of the check."""

    role: Text
    law: str
    decision: str
    state: str
    name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on the list. The number is in the file only, never on a page."""

    volunteer_id: int
    name: str
    role: Text
    state: str
    at: datetime


class Records:
    """The list, and the way to it."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def place(self, municipality_id: str) -> Municipality:
        return self.turns.municipalities[municipality_id]

    def _decision(self, municipality_id: str) -> str:
        decision = self.place(municipality_id).volunteering.record_list_decision
        if not decision:
            raise Refused("off", OFF)
        return decision

    async def ask(self, by: Actor, volunteer_id: int, role: str) -> None:
        """Ask somebody who has been offered a place for permission; they get a private link. Raises Refused."""
        decision, place, now = self._decision(by.municipality_id), self.place(by.municipality_id), self.now()
        if role not in {each.id for each in place.skills.check_roles}:
            raise Refused("empty", _("Choose a role for which the law lets you ask."))

        async def write(tx: AsyncConnection) -> None:
            row = await self._person(tx, by, volunteer_id)
            if row.standing not in ("offered", "active"):
                raise Refused("early", _("Only somebody who has been asked for a shift, or has one, can be checked."))
            who = await conversations.by_id(tx, row.conversation_id)
            await links.revoke_about(tx, PURPOSE, row.id, now)
            url = await effects.link(tx, MakeLink(PURPOSE, row.id), who, now, self.turns.public_url)
            await volunteers.check(tx, municipality_id=place.id, volunteer_id=row.id, role=role, state="asked", now=now,
                                   staff_id=by.staff_id, decision=decision)  # fmt: skip
            await due.schedule(
                tx, municipality_id=place.id, conversation_id=row.conversation_id, kind="record_asked",
                unique_key=f"record_asked:{row.id}", data={"url": url}, due_at=now, now=now,
            )  # fmt: skip
            await self._log(tx, by, row, "list asked", role)

        await self.db.write(write)

    async def asked(self, municipality_id: str, token: str) -> Asked:
        """What the link is about. Raises LinkTrouble."""
        async with self.db.read() as tx:
            row, check = await self._of_link(tx, municipality_id, token)
        role = next(each for each in self.place(municipality_id).skills.check_roles if each.id == check.role)
        name = str((row.offer or {}).get("name") or "")
        return Asked(content(role.name), role.law, check.decision or "", check.state, name)

    async def answer(self, municipality_id: str, token: str, number: str | None, locale: str) -> None:
        """Yes with the number, or no (None). Raises Refused: "number"; LinkTrouble."""
        digits = None
        if number is not None:
            if masking.mask(number.strip())[0] != masking.MARK:
                raise Refused(
                    "number", _("That is no identity number. Write it as 19900101-1234, with all its digits.")
                )
            digits = "".join(each for each in number if each.isdecimal())
        now = self.now()

        async def write(tx: AsyncConnection) -> None:
            row, check = await self._of_link(tx, municipality_id, token)
            if digits is None:
                await volunteers.drop_check(tx, municipality_id, row.id, check.role)
                await consents.withdraw(tx, municipality_id=municipality_id, resident_id=row.resident_id, now=now,
                                        purpose=PURPOSE)  # fmt: skip
                await links.revoke_about(tx, PURPOSE, row.id, now)
                return
            await consents.give(tx, municipality_id=municipality_id, resident_id=row.resident_id, purpose=PURPOSE,
                                wording_version=VERSION, locale=locale, now=now)  # fmt: skip
            await volunteers.check(tx, municipality_id=municipality_id, volunteer_id=row.id, role=check.role,
                                   state="pending", now=now, number=digits, decision=check.decision)  # fmt: skip

        await self.db.write(write)

    async def listed(self, by: Actor) -> list[Listed]:
        """Who is on the list, and who has been asked for permission. Raises Refused: "off"."""
        self._decision(by.municipality_id)
        place = self.place(by.municipality_id)
        names = {each.id: content(each.name) for each in place.skills.check_roles}
        async with self.db.read() as tx:
            checks = [
                each for each in await volunteers.checks(tx, place.id) if each.state in ("asked", "pending", "listed")
            ]
            offers = await volunteers.offers(tx, place.id, {each.volunteer_id for each in checks})
        return [
            Listed(each.volunteer_id, str((offers.get(each.volunteer_id) or {}).get("name") or ""), names[each.role],
                   each.state, each.at)
            for each in checks if each.role in names
        ]  # fmt: skip

    async def export(self, by: Actor) -> bytes:
        """The list for the police, as comma-separated values. Written down for each on it; only who is on it is settled."""
        self._decision(by.municipality_id)

        async def write(tx: AsyncConnection) -> bytes:
            written = io.StringIO()
            rows = csv.writer(written)
            rows.writerow(["reference", "number", "role", "without_remarks"])
            for check in await volunteers.checks(tx, by.municipality_id):
                if check.state not in ("pending", "listed"):
                    continue
                rows.writerow([check.volunteer_id, check.number, check.role, ""])
                await volunteers.check(tx, municipality_id=by.municipality_id, volunteer_id=check.volunteer_id, role=check.role,
                                       state="listed", number=check.number, decision=check.decision, now=check.at)  # fmt: skip
                row = await volunteers.load(tx, by.municipality_id, check.volunteer_id)
                await self._log(tx, by, row, "list exported", check.role)
            return written.getvalue().encode("utf-8-sig")

        return await self.db.write(write)

    async def settle(self, by: Actor, without_remarks: Sequence[int]) -> int:
        """Those of the list whom the answer names may take the role; of the others nothing is kept. Every number of the list is
        erased. How many there were."""
        decision, now = self._decision(by.municipality_id), self.now()

        async def write(tx: AsyncConnection) -> int:
            listed = await volunteers.checks(tx, by.municipality_id, state="listed")
            strange = set(without_remarks) - {each.volunteer_id for each in listed}
            if strange:
                raise Refused("empty", _("These references are not on the list: {numbers}. Nothing has been changed.",
                                         numbers=", ".join(map(str, sorted(strange)))))  # fmt: skip
            for check in listed:
                await volunteers.drop_check(tx, by.municipality_id, check.volunteer_id, check.role)
                if check.volunteer_id in without_remarks:
                    await volunteers.check(tx, municipality_id=by.municipality_id, volunteer_id=check.volunteer_id,
                                           role=check.role, state="cleared", now=now, staff_id=by.staff_id,
                                           decision=decision)  # fmt: skip
                row = await volunteers.load(tx, by.municipality_id, check.volunteer_id)
                await links.revoke_about(tx, PURPOSE, row.id, now)
                await self._log(tx, by, row, "list settled", check.role)
            if listed:
                await retention.log_deletion(tx, by.municipality_id, ERASED, len(listed), decision, now)
            return len(listed)

        return await self.db.write(write)

    async def _person(self, tx: AsyncConnection, by: Actor, volunteer_id: int) -> Volunteer:
        try:
            row = await volunteers.load(tx, by.municipality_id, volunteer_id, lock=True)
        except NotFound as error:
            raise Refused("missing", _("There is no such volunteer, or they have left.")) from error
        if row.offer is None or await residents.is_protected(tx, row.resident_id):
            raise Refused("missing", _("There is no such volunteer, or they have left."))
        return row

    async def _of_link(self, tx: AsyncConnection, municipality_id: str, token: str) -> tuple[Volunteer, Check]:
        try:
            found = await links.open(tx, token, PURPOSE, self.now())
        except NotFound as error:
            raise LinkTrouble("unknown") from error
        except LinkGone as error:
            raise LinkTrouble(error.why) from error
        if found.municipality_id != municipality_id:
            raise LinkTrouble("unknown")
        row = await volunteers.load(tx, municipality_id, int(found.subject_id or 0))
        open_checks = [each for each in await volunteers.checks(tx, municipality_id, volunteer_id=row.id)
                       if each.decision is not None and each.state in ("asked", "pending")]  # fmt: skip
        if row.offer is None or not open_checks:
            raise LinkTrouble("used")
        return row, open_checks[0]

    async def _log(self, tx: AsyncConnection, by: Actor, row: Volunteer, act: str, role: str) -> None:
        await case_log.add(
            tx, municipality_id=by.municipality_id, conversation_id=row.conversation_id, act=act, who=by.name,
            staff_id=by.staff_id, at=self.now(), detail=role,
        )  # fmt: skip
