"""Open data: what there is to find in a municipality as HSDS, what was granted as 360Giving, both as a spreadsheet too.

From the pack, and from what associations have put up and agreed to show. Nothing is made up: what a pack does not hold is left
out. Identifiers are made from the pack's own, or by chance when something is noted, so that they stay the same and lead to nobody.

Sources: HSDS 3.1.3 (objects and their fields, as JSON); 360Giving Data Standard 1.4.3, and its guidance on grants to individuals
(generic name, no place that tells who).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.actors import KIND as ACTOR
from bot.flows.board import title_of
from bot.packs.model import Municipality, Room, Support
from bot.packs.model.base import Sourced
from bot.packs.model.contacts import Role
from bot.packs.model.hours import OpenHours
from bot.packs.model.networks import Network
from bot.rules.registered import organisation_number
from bot.rules.untold import FEW
from bot.spreadsheet import Cell, Sheet
from storage import awards, board
from storage.awards import Award

HSDS: Final = "3.1.3"
GIVING: Final = "1.4"
"""The version as packages name it: major and minor (1.4.3)."""

INDIVIDUAL: Final = "Individual Recipient"
"""What every private person is called who got money."""

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

Thing = dict[str, Any]


# --- what there is: HSDS ------------------------------------------------------------------------------------------------


def services(place: Municipality) -> list[Thing]:
    """Every support, every network, and the rooms to borrow, each with the organisation that gives it."""
    owner = {name: _municipality(place)[name] for name in ("id", "name", "description")}
    made = [_support(place, each) for each in (place.grants.supports if place.grants else ())]
    made += [_network(place, each) for each in place.networks.networks]
    if rooms := [room for room in place.premises if not room.example]:
        made.append(_rooms(place, rooms))
    return [{**each, "organization_id": owner["id"], "organization": owner} for each in made]


def organisations(place: Municipality, listed: Sequence[Mapping[str, Any]] = ()) -> list[Thing]:
    """The municipality with its contacts by role, others that answer or lend in it, and the associations, companies and groups
    that are listed for everybody (`listed` as `storage.board` holds them)."""
    made = [_municipality(place)]
    made += [
        _organisation(place, "role", role.id, role.office or role.title, role.does) | _contacts(place, [role])
        for role in place.contacts.roles
        if role.outside
    ]
    lenders = {room.lender.name for room in place.premises if room.lender.kind == "association" and not room.example}
    made += [_organisation(place, "lender", name, name, "Lånar ut lokaler.") for name in sorted(lenders - {""})]
    for each in listed:
        name = str(each.get("who") or title_of(each))
        made.append(_organisation(place, "actor", name, name, str(each.get("what") or name)))
    return made


def _id(place: Municipality, kind: str, *names: str) -> str:
    """The same for the same thing, wherever and whenever it is made."""
    return str(uuid5(NAMESPACE_URL, f"idelabbet:{place.id}:{kind}:{':'.join(names)}"))


def _known(**fields: Any) -> Thing:
    """Only what is there: an empty value is left out, as HSDS wants it."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), [], {})}


def _municipality(place: Municipality) -> Thing:
    inside = [role for role in place.contacts.roles if not role.outside]
    about = f"{place.name}, {place.lab}." if place.lab else f"{place.name}."
    made = _organisation(place, "municipality", place.id, place.name, about)
    phones = [_phone(place, "municipality", place.id, place.phone)] if place.phone else []
    return made | _known(alternate_name=place.lab, email=place.email, phones=phones) | _contacts(place, inside)


def _organisation(place: Municipality, kind: str, id: str, name: str, description: str) -> Thing:
    return _known(id=_id(place, "organization", kind, id), name=name, description=description)


def _phone(place: Municipality, kind: str, id: str, number: str) -> Thing:
    return {"id": _id(place, "phone", kind, id), "number": number}


def _contacts(place: Municipality, roles: Sequence[Role]) -> Thing:
    return _known(contacts=[_contact(place, role) for role in roles])


def _contact(place: Municipality, role: Role, of: str = "") -> Thing:
    """A role, by what it is for; a person's name only where the pack has one."""
    phones = [_phone(place, f"role{of}", role.id, role.phone)] if role.phone else []
    return _known(
        id=_id(place, f"contact{of}", role.id), name=role.name, title=role.title, department=role.office, email=role.email,
        phones=phones,
    )  # fmt: skip


def _support(place: Municipality, support: Support) -> Thing:
    words = place.grants.conditions if place.grants else {}
    labels = [words[each.id].label for each in support.conditions if each.id in words]
    role = next((each for each in place.contacts.roles if each.id == support.rules_with), None)
    papers = [
        {"id": _id(place, "required_document", support.id, each.id), "document": each.name}
        for each in support.attach
        if each.required
    ]
    service = _service(place, "support", support.id, support.name, " ".join(filter(None, (support.what, support.note))))
    return service | _known(
        alternate_name=", ".join(name for name in support.names if name != support.name),
        eligibility_description="; ".join(labels), application_process=support.when, required_documents=papers,
        contacts=[_contact(place, role, f":{support.id}")] if role else [], cost_options=_amount(place, support),
        service_areas=_whole(place, "support", support.id), **_checked(support),
    )  # fmt: skip


def _amount(place: Municipality, support: Support) -> list[Thing]:
    """What is given, where the pack says so."""
    if support.amount.max_sek is None and not support.amount.words:
        return []
    most = {"amount": support.amount.max_sek, "currency": "SEK"} if support.amount.max_sek else {}
    words = {"amount_description": support.amount.words} if support.amount.words else {}
    return [{"id": _id(place, "cost_option", support.id), "option": "Ges", **most, **words}]


def _network(place: Municipality, network: Network) -> Thing:
    role = place.contacts.role(network.contact)
    open_to = {
        "everyone": "Öppet för alla", "groups": "Öppet för grupper", "organisations": "Öppet för organisationer",
        "members": "För medlemmar",
    }[network.open_to]  # fmt: skip
    areas = [
        {"id": _id(place, "service_area", "network", network.id, area), "name": area, "extent_type": "other"}
        for area in network.areas
    ]
    topics = {topic.id: topic.title for topic in place.topics}
    return _service(place, "network", network.id, network.title, network.what) | _known(
        alternate_name=", ".join(network.words), eligibility_description=open_to, contacts=[_contact(place, role, f":{network.id}")],
        service_areas=areas or _whole(place, "network", network.id),
        attributes=[_attribute(place, network.id, each, topics[each]) for each in network.topics if each in topics],
        **_checked(network),
    )  # fmt: skip


def _attribute(place: Municipality, of: str, topic: str, title: str) -> Thing:
    """What something is about, out of the topics residents ask about."""
    taxonomy = {
        "id": _id(place, "taxonomy", "topics"), "name": "Idélabbets ämnen",
        "description": "Ämnen som invånare frågar om.",
    }  # fmt: skip
    term = {
        "id": _id(place, "taxonomy_term", topic), "code": topic, "name": title, "description": title, "language": "sv",
        "taxonomy_id": taxonomy["id"], "taxonomy_detail": taxonomy,
    }  # fmt: skip
    return {
        "id": _id(place, "attribute", of, topic),
        "taxonomy_term_id": term["id"],
        "link_entity": "service",
        "taxonomy_term": term,
    }


def _rooms(place: Municipality, rooms: Sequence[Room]) -> Thing:
    service = _service(
        place, "premises", "all", "Lokaler att låna", "Lokaler som föreningar och invånare kan låna eller hyra."
    )
    at = [
        {"id": _id(place, "service_at_location", room.id), "service_id": service["id"], "location_id": _id(place, "location", room.id),
         "location": _location(place, room)}
        for room in rooms
    ]  # fmt: skip
    return service | {"service_at_locations": at, "service_areas": _whole(place, "premises", "all")}


def _location(place: Municipality, room: Room) -> Thing:
    told = (room.address, room.area, f"Högst {room.capacity} personer." if room.capacity else "", room.rules.more)
    accessible = [
        {"id": _id(place, "accessibility", room.id, each), "description": each} for each in room.accessibility
    ]
    schedules = [
        _weekly(place, ("room", room.id, str(at)), each.days, each.opens.isoformat("minutes"), each.closes.isoformat("minutes"))
        for at, each in enumerate(room.opening)
    ]  # fmt: skip
    return _known(
        id=_id(place, "location", room.id), location_type="physical", name=room.name,
        description=" ".join(filter(None, told)), latitude=room.latitude, longitude=room.longitude, external_identifier=room.id,
        external_identifier_type="room", accessibility=accessible, schedules=schedules,
    )  # fmt: skip


def _service(place: Municipality, kind: str, id: str, name: str, description: str) -> Thing:
    schedule = _hours(place, place.hours, (kind, id))
    return _known(
        id=_id(place, "service", kind, id), name=name, description=description, status="active", schedules=[schedule]
    )


def _hours(place: Municipality, hours: OpenHours, names: tuple[str, ...]) -> Thing:
    """When somebody answers."""
    made = _weekly(place, names, hours.days, hours.opens.isoformat("minutes"), hours.closes.isoformat("minutes"))
    return {**made, "description": "Då svarar kommunen."}


def _weekly(place: Municipality, names: tuple[str, ...], days: Sequence[int], opens: str, closes: str) -> Thing:
    return {
        "id": _id(place, "schedule", *names), "freq": "WEEKLY", "wkst": "MO", "byday": ",".join(_DAYS[day - 1] for day in days),
        "opens_at": opens, "closes_at": closes, "notes": place.timezone,
    }  # fmt: skip


def _whole(place: Municipality, kind: str, id: str) -> list[Thing]:
    return [{"id": _id(place, "service_area", kind, id), "name": place.name, "extent_type": "other"}]


def _checked(sourced: Sourced) -> Thing:
    """When somebody last made sure of it; where nobody has, that it may be out of date."""
    if sourced.checked_on is not None:
        return {"assured_date": sourced.checked_on.isoformat()}
    year = f" från {sourced.year}" if sourced.year else ""
    return {"alert": f"Uppgifterna{year} är inte kontrollerade av kommunen."}


# --- what was granted: 360Giving ----------------------------------------------------------------------------------------


def grants(place: Municipality, found: Sequence[Award], now: datetime) -> Thing:
    """What was granted as a package. Of private persons there is neither a name nor, below five of them, a place; of whoever
    has a protected identity nothing."""
    told = [each for each in found if not each.protected]
    near = Counter(each.area for each in told if _organisation_of(each) is None)
    today = now.astimezone(place.zone).date().isoformat()
    return {
        "version": GIVING,
        "title": f"{place.name}: stöd som har beviljats",
        "description": "Stöd som kommunen har beviljat efter ansökningar i idélabbet. Privatpersoner namnges inte.",
        "issued": today,
        "publisher": {"name": place.name, "identifier": place.id},
        "grants": [_grant(place, each, near) for each in told],
    }


def _grant(place: Municipality, award: Award, near: Mapping[str | None, int]) -> Thing:
    support = place.grants.support(award.support) if place.grants else None
    name, about = (support.name, support.what) if support else (award.support, award.support)
    organisation = _organisation_of(award)
    recipient = award.recipient or {}
    made: Thing = {
        "id": f"{place.id}-{award.public_id}",
        "title": (organisation and recipient.get("title")) or name,
        "description": about,
        "currency": "SEK",
        "amountAwarded": award.amount_sek,
        "awardDate": award.awarded_on.isoformat(),
        "fundingOrganization": [{"id": place.id, "name": place.name}],
        "grantProgramme": [{"code": award.support, "title": name}],
    }
    if organisation is None:
        made["recipientIndividual"] = {"id": f"{place.id}-ind-{award.public_id}", "name": INDIVIDUAL}
        area = award.area if near[award.area] >= FEW else None
    else:
        id = _id(place, "recipient", organisation_number(str(recipient.get("number") or "")) or organisation.casefold())
        made["recipientOrganization"] = [{"id": f"{place.id}-org-{id}", "name": organisation}]
        area = award.area
    if area:
        made["beneficiaryLocation"] = [{"name": area, "countryCode": "SE"}]
    return made


def _organisation_of(award: Award) -> str | None:
    """What the organisation is called that got it; None for private persons, and for who trades under a number of their own."""
    recipient = award.recipient or {}
    name, number = str(recipient.get("organisation") or ""), str(recipient.get("number") or "")
    digits = "".join(filter(str.isdigit, number))[-10:]
    return None if not name or digits[2:3] in ("0", "1") else name  # the third of an organisation's is 2 at least


# --- reading, and files -------------------------------------------------------------------------------------------------


async def read(tx: AsyncConnection, place: Municipality, now: datetime) -> tuple[list[Award], list[Mapping[str, Any]]]:
    """What was granted, and who is listed for everybody now."""
    found = await awards.between(tx, place.id, date(1900, 1, 1), date(9999, 1, 1))
    return found, [each.post for each in await board.shown(tx, place.id, ACTOR, now) if each.post]


def tables(place: Municipality, listed: Sequence[Mapping[str, Any]], given: Thing) -> list[Sheet]:
    """The same as tables, a row for each thing, with the standards' own names of fields."""
    made, who = services(place), organisations(place, listed)
    contacts = [{"organization_id": each["id"], **one} for each in who for one in each.get("contacts", ())]
    locations = [at["location"] for each in made for at in each.get("service_at_locations", ())]
    return [
        _table("organizations", who), _table("services", made), _table("contacts", contacts), _table("locations", locations),
        _table("grants", given["grants"]),
    ]  # fmt: skip


def _table(title: str, things: Sequence[Thing]) -> Sheet:
    rows = [dict(_flat(each)) for each in things]
    head = list(dict.fromkeys(name for row in rows for name in row))
    return Sheet(title, head or ["id"], [[row.get(name) for name in head] for row in rows])


def _flat(thing: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Cell]]:
    """The plain fields of a thing, those of the things in it by the way to them; of several the first."""
    for name, value in thing.items():
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}/")
        elif value is not None:
            yield f"{before}{name}", value
