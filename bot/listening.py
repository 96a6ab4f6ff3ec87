"""Who hears from the municipality: kept as they chose, kept true as they change, and ended at once.

What they chose is a listener's row (`storage.listeners`). Their language, where they are reached, what they can do and
which roles they have is worked out from what they have told elsewhere, in the turn in which that changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.model import (
    Effect,
    FileCase,
    Known,
    LeaveAddress,
    Listen,
    NewsEffect,
    SavePlan,
    SaveVolunteer,
    SetLocale,
    SetStanding,
    StopListening,
)
from bot.flows.news import PURPOSE
from bot.packs.model import Municipality
from bot.rules.volunteering import LITTLE
from bot.views import LinkTrouble
from storage import cases, consents, conversations, links, listeners, outbox, plans, residents, volunteers
from storage.conversations import Opened
from storage.db import Database
from storage.errors import LinkGone, NotFound

VOLUNTEER: Final = "volunteer"
IDEA_OWNER: Final = "idea owner"
NETWORK: Final = "network"
ROLES: Final = (VOLUNTEER, IDEA_OWNER, NETWORK)
"""What somebody can be, for whoever writes to a part of those who listen: they can be asked to help, they own a plan,
their group has asked to join a network or the agreement."""

STOPPED: Final = "stopped"
"""Why what waited for somebody is given up: they want no more of it."""

CHANGES: Final = (SetLocale, LeaveAddress, SaveVolunteer, SetStanding, SavePlan, FileCase)
"""Effects after which something that is worked out may be another."""


async def apply(tx: AsyncConnection, effect: NewsEffect, who: Opened, known: Known) -> None:
    """Write an effect about news. Whoever is protected is kept on no list, whatever a page that was open may say."""
    match effect:
        case Listen():
            if not who.protected:
                await _listen(tx, effect, who, known)
        case StopListening():
            await end(tx, who.municipality_id, who.resident_id, who.conversation_id, known.now)
        case _:
            raise TypeError(f"nobody knows how to write {effect!r}")


async def _listen(tx: AsyncConnection, wanted: Listen, who: Opened, known: Known) -> None:
    here = await conversations.by_id(tx, who.conversation_id, address_id=who.address_id)
    await listeners.save(
        tx, municipality_id=who.municipality_id, resident_id=who.resident_id, conversation_id=who.conversation_id,
        topics=wanted.topics, areas=wanted.areas, band=wanted.band, gap_days=wanted.gap_days,
        quiet_from=wanted.quiet_from, quiet_to=wanted.quiet_to, now=known.now,
        **await _worked_out(tx, here, known.municipality),
    )  # fmt: skip


async def end(tx: AsyncConnection, municipality_id: str, resident_id: int, conversation_id: int, now: datetime) -> bool:
    """Somebody hears nothing more: their choice is gone, their consent withdrawn, and what waits for them is given up.
    Whether they listened."""
    listened = await listeners.remove(tx, municipality_id, resident_id)
    await consents.withdraw(tx, municipality_id=municipality_id, resident_id=resident_id, purpose=PURPOSE, now=now)
    await outbox.give_up_bulk(tx, conversation_id, STOPPED, now)
    return listened


def changed(who: Opened, effects: Iterable[Effect], *, heard: bool) -> bool:
    """Whether a turn of somebody may have changed what is worked out of them; never for those who do not listen.

    `heard`: they did something themselves, so that this is where they are reached now.
    """
    if who.listens is None:
        return False
    return (heard and channel_of(who) != who.listens) or any(isinstance(each, CHANGES) for each in effects)


async def refresh(tx: AsyncConnection, conversation_id: int, address_id: int | None, place: Municipality) -> None:
    """Work out anew what is known of a listener, from what stands in the database now; nothing for anybody else.

    `address_id` is where they are now; None: where they were last heard from.
    """
    who = await conversations.by_id(tx, conversation_id, address_id=address_id)
    if who.listens is not None:
        await listeners.refresh(
            tx, municipality_id=who.municipality_id, resident_id=who.resident_id, **await _worked_out(tx, who, place)
        )


async def merged(tx: AsyncConnection, conversation_id: int, place: Municipality, now: datetime) -> None:
    """Two conversations have become this one: its news goes where it is reached, unless either wanted none since."""
    who = await conversations.by_id(tx, conversation_id)
    found = await listeners.of_resident(tx, who.municipality_id, who.resident_id)
    if found is None:
        return
    ended = await consents.withdrawn_at(tx, who.municipality_id, who.resident_id, PURPOSE)
    since = max(filter(None, (who.stopped_at, ended)), default=None)
    if who.protected or (since is not None and since > found.since):
        await end(tx, who.municipality_id, who.resident_id, who.conversation_id, now)
    else:
        await refresh(tx, who.conversation_id, None, place)


def channel_of(who: Opened) -> str:
    """Where news reaches somebody: "telegram" where they write from there, "mail" where they have left an address,
    else "web", at their next visit."""
    if who.channel == "telegram":
        return "telegram"
    return "mail" if who.email else "web"


async def _worked_out(tx: AsyncConnection, who: Opened, place: Municipality) -> dict[str, Any]:
    found = await volunteers.of_resident(tx, who.resident_id)
    willing = found is not None and found.standing in volunteers.WILLING
    offer = found.offer if found is not None and willing else {}
    listed = await plans.of_resident(tx, who.municipality_id, who.resident_id)
    owns = any(each.owner_id == who.resident_id for each in listed)
    joined = await cases.of_resident(tx, who.municipality_id, who.resident_id, ("join",))
    roles = ((VOLUNTEER, willing), (IDEA_OWNER, owns), (NETWORK, bool(joined)))
    return {
        "locale": who.locale or place.languages[0],
        "channel": channel_of(who),
        "skills": [each for each in offer.get("skills") or () if isinstance(each, str)],
        "spoken": {str(each).removesuffix(LITTLE) for each in offer.get("languages") or ()},
        "roles": [role for role, holds in roles if holds],
    }


async def news_of(tx: AsyncConnection, municipality_id: str, resident_id: int) -> dict[str, Any] | None:
    """What somebody gets, as the flow `my_news` shows it; None for those who get nothing."""
    found = await listeners.of_resident(tx, municipality_id, resident_id)
    if found is None:
        return None
    given = await consents.in_force(tx, municipality_id, resident_id)
    return {
        "topics": list(found.topics),
        "areas": list(found.areas),
        "band": found.band,
        "gap_days": found.gap_days,
        "quiet": [found.quiet_from, found.quiet_to],
        "channel": found.channel,
        "version": next((each.wording_version for each in given if each.purpose == PURPOSE), None),
    }


async def _my_news(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    return await news_of(tx, who.municipality_id, who.resident_id)


LOOKUPS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {"my_news": _my_news}
"""What flows may look up about news."""


# --- the page that a letter links to --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """What somebody gets, as the page that their letters link to needs it; `found` is None where they get nothing."""

    municipality_id: str
    locale: str | None
    found: Mapping[str, Any] | None


class Listening:
    """By the link that every letter of news has: seen, and stopped. Whoever has the letter may do both."""

    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self.db, self.now = db, now

    async def seen(self, token: str) -> News:
        """What the owner of a link gets; changes nothing, for mail programs look at links in advance.

        Raises:
            LinkTrouble: The link is not good.
        """
        async with self.db.read() as tx:
            link = await self._link(tx, token)
            assert link.resident_id is not None
            return News(
                link.municipality_id,
                await residents.locale_of(tx, link.resident_id),
                await news_of(tx, link.municipality_id, link.resident_id),
            )

    async def stop(self, token: str) -> None:
        """The owner of a link gets nothing more, whether they did or not.

        Raises:
            LinkTrouble: The link is not good.
        """

        async def write(tx: AsyncConnection) -> None:
            link = await self._link(tx, token)
            assert link.resident_id is not None and link.subject_id is not None
            await conversations.lock(tx, link.subject_id)  # nothing of theirs is written at the same moment
            await end(tx, link.municipality_id, link.resident_id, link.subject_id, self.now())

        await self.db.write(write)

    async def _link(self, tx: AsyncConnection, token: str) -> links.Link:
        try:
            return await links.open(tx, token, PURPOSE, self.now())
        except NotFound as error:
            raise LinkTrouble("unknown") from error
        except LinkGone as error:
            raise LinkTrouble(error.why) from error
