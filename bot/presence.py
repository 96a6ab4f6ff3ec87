"""Who of the staff is there for a case, and who takes over: what they have said of themselves, read for `bot.rules`.

Where nobody in a municipality has said anything, everybody is asked alike, as if all were there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.case_kinds import kind_of, may_read, may_see
from bot.packs.model import Municipality
from bot.packs.model.hours import OpenHours
from bot.packs.model.routing import topics_meant
from bot.rules import presence as rules
from bot.rules.presence import Colleague, Wanted
from storage import case_log, cases, presence, residents
from storage.cases import Case


async def anybody_said(tx: AsyncConnection, place: Municipality, now: datetime) -> bool:
    """Whether it is known of anybody here when they work."""
    return await presence.anything(tx, place.id, now)


async def colleagues(tx: AsyncConnection, place: Municipality, now: datetime) -> list[Colleague]:
    """Everybody who is something in a municipality, with when they work and what they know."""
    people, said = await presence.team(tx, place.id), await presence.profiles(tx, place.id)
    away, held = await presence.away(tx, place.id, now), await presence.held(tx, place.id)
    nothing = presence.Profile({}, None)
    return [
        _colleague(staff_id, name, roles, said.get(staff_id, nothing), away, held[staff_id], place)
        for staff_id, (name, roles) in people.items()
    ]


def _colleague(
    staff_id: int, name: str, roles: frozenset[str], profile: presence.Profile, away: Sequence[presence.Absence],
    held: int, place: Municipality,
) -> Colleague:  # fmt: skip
    said = profile.said
    return Colleague(
        staff_id, name, roles, hours_of(said, place), place.zone,
        languages=frozenset(said.get("languages") or place.languages[:1]), topics=frozenset(said.get("topics", ())),
        areas=frozenset(said.get("areas", ())), here_until=profile.here_until, held=held,
        absences=tuple(
            rules.Absence(each.begins_at, each.ends_at, each.deputy_id) for each in away if each.staff_id == staff_id
        ),
    )  # fmt: skip


def hours_of(said: Mapping[str, Any], place: Municipality) -> OpenHours:
    """The hours in a profile; the municipality's where it has none."""
    return OpenHours.model_validate(said["hours"]) if said.get("hours") else place.hours


async def able(tx: AsyncConnection, case: Case, place: Municipality, now: datetime) -> list[Colleague]:
    """Who has to answer a case, and may read it. Contact persons look when they like, and are not counted on."""
    roles, protected = kind_of(case.kind).roles - {"contact"}, await residents.is_protected(tx, case.resident_id)
    return [
        each for each in await colleagues(tx, place, now)
        if not each.roles.isdisjoint(roles) and may_read(each.roles, protected=protected)
    ]  # fmt: skip


async def first_told(tx: AsyncConnection, case: Case, place: Municipality, now: datetime) -> list[int]:
    """Who is to hear of a case that nobody has first: those who are there and fit best. Nobody when nobody is there."""
    found = rules.best(await _wanted(tx, case, place), await able(tx, case, place, now), now)
    return [each.id for each in found]


async def substitutes(tx: AsyncConnection, case: Case, place: Municipality, now: datetime) -> list[Colleague] | None:
    """Who is to hear beside an owner who is absent: whoever stands in, else who is there and fits best.

    None when the owner is not absent; nobody when nobody else is there.
    """
    if case.owner_id is None or not await anybody_said(tx, place, now):
        return None
    everybody = await colleagues(tx, place, now)
    owner = next((each for each in everybody if each.id == case.owner_id), None)
    if owner is None or rules.away_until(owner, now) is None:
        return None
    to = await _instead(tx, case, owner, place, now)
    return [to] if to else []


async def reopened(tx: AsyncConnection, case: Case, place: Municipality, now: datetime) -> bool:
    """The resident asks again in a case that was answered, whose owner may be absent, or gone. Whether it has moved on.

    It goes to whoever stands in, else to who is there and fits best, else to nobody: then it waits for anybody.
    """
    if case.owner_id is None or not await anybody_said(tx, place, now):
        return False
    everybody = await colleagues(tx, place, now)
    owner = next((each for each in everybody if each.id == case.owner_id), None)
    may = owner is not None and may_see(case.kind, owner.roles)
    if owner is not None and may and rules.away_until(owner, now) is None:
        return False
    to = await _instead(tx, case, owner, place, now)
    await cases.assign(tx, place.id, case.id, to.id if to else None, now, expected=case.owner_id)
    await log(tx, case, "assigned" if to else "released", place, now, to.name if to else None)
    return True


async def log(
    tx: AsyncConnection, case: Case, act: str, place: Municipality, now: datetime, detail: str | None
) -> None:
    """Write down what the machine has done with a case, in the municipality's name."""
    await case_log.add(
        tx, municipality_id=place.id, conversation_id=case.conversation_id, case_id=case.id, act=act, who=place.name,
        at=now, detail=detail,
    )  # fmt: skip


async def somebody_there(
    tx: AsyncConnection, kind: str, place: Municipality, now: datetime
) -> Mapping[str, Any] | None:
    """Whether anybody who answers this kind is there now, and when somebody is next; None where nobody has said."""
    if not await anybody_said(tx, place, now):
        return None
    roles = kind_of(kind).roles - {"contact"}
    answering = [each for each in await colleagues(tx, place, now) if not each.roles.isdisjoint(roles)]
    there = any(rules.present(each, now) for each in answering)
    return {"there": there, "next": None if there else rules.next_there(answering, now)}


async def _instead(
    tx: AsyncConnection, case: Case, owner: Colleague | None, place: Municipality, now: datetime
) -> Colleague | None:
    others = [each for each in await able(tx, case, place, now) if each.id != case.owner_id]
    to = rules.stand_in(owner, others, now) if owner else None
    return to or next(iter(rules.best(await _wanted(tx, case, place), others, now)), None)


def topic_of(answers: Mapping[str, Any], note: str | None, place: Municipality) -> str | None:
    """What a case is about: the topic that was chosen, else the one its words seem to be about."""
    if isinstance(topic := answers.get("topic"), str):
        return topic
    return next((each.id for each in topics_meant(place, note)), None) if note else None


async def _wanted(tx: AsyncConnection, case: Case, place: Municipality) -> Wanted:
    context = case.context or {}
    topic = context.get("topic") or topic_of(context.get("answers") or {}, case.note, place)
    locale = await residents.locale_of(tx, case.resident_id)
    return Wanted(frozenset({topic} if topic else ()), locale, case.area)
