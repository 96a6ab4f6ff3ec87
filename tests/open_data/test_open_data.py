"""Open data fits the published schemas, holds no private person, and nothing that the pack does not say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bot import open_data
from bot.packs.load import installed, load_municipality
from storage.awards import Award

FOLDER = Path(__file__).parent
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FORMATS = FormatChecker(("email",))
AWARD = Award(
    7, "c0ffee", "ekero.snabb_slant", 9000, date(2026, 3, 2), "Stenhamra", {"title": "Cykelverkstad"}, NOW, 3, "sv", False
)  # fmt: skip


@FORMATS.checks("date-time")
def _moment(value: object) -> bool:
    return (
        not isinstance(value, str)
        or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", value) is not None
    )


@FORMATS.checks("uri")
def _address(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"https?://\S+", value) is not None


@FORMATS.checks("uuid", raises=ValueError)
def _uuid(value: object) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value


def strict(schema: Any) -> Any:
    """The same schema, in which no field is allowed that it does not name: a slip of the pen is found."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: value if name in ("enum", "required") else strict(value) for name, value in schema.items()}
    properties = schema.get("properties")
    return {**made, "additionalProperties": False} if isinstance(properties, dict) and "type" in schema else made


def faults(name: str, top: dict[str, Any], data: Any) -> list[str]:
    schema = strict(json.loads((FOLDER / name).read_text(encoding="utf-8"))) | top
    found = Draft202012Validator(schema, format_checker=FORMATS).iter_errors(data)
    return [f"{list(each.absolute_path)}: {each.message[:200]}" for each in found]


def many(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}


def inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from inside(each)


@pytest.mark.parametrize("name", installed())
def test_every_municipality_fits_hsds(name: str) -> None:
    place = load_municipality(name)
    listed = [{"title": "Dockorna", "what": "Vi spelar dockteater.", "side": "association", "who": "Dockorna"}]
    services, who = open_data.services(place), open_data.organisations(place, listed)
    assert faults("hsds.json", many("service"), services) == []
    assert faults("hsds.json", many("organization"), who) == []
    assert services and who[0]["name"] == place.name and who[-1]["name"] == "Dockorna"
    ids = [each["id"] for made in (services, who) for each in made]
    assert len(ids) == len(set(ids))
    assert ids == [
        each["id"] for made in (open_data.services(place), open_data.organisations(place, listed)) for each in made
    ]
    phones = {each["number"] for each in inside([*services, *who]) if "number" in each}
    assert phones <= {place.phone, *(role.phone for role in place.contacts.roles)}
    assert not [each for each in services if "exempel" in each["name"].lower()]
    words = json.dumps([*services, *who], ensure_ascii=False)
    for other in set(installed()) - {name}:
        assert load_municipality(other).name not in words


def test_a_broken_service_is_found() -> None:
    (service, *_more) = open_data.services(load_municipality("ekero"))
    assert faults("hsds.json", many("service"), [{**service, "status": "open"}])
    assert faults("hsds.json", many("service"), [{**service, "id": "1"}])
    assert faults("hsds.json", many("service"), [{**service, "nmae": "x"}])


def test_grants_fit_360giving_and_name_no_private_person() -> None:
    ekero = load_municipality("ekero")
    persons = [replace(AWARD, public_id=f"p{at}", area="Färingsö" if at else "Stenhamra") for at in range(6)]
    club = replace(
        AWARD, public_id="club", recipient={"organisation": "Dockorna", "number": "802002-1088", "title": "Teater"}
    )
    again = replace(
        club, public_id="again", amount_sek=500, recipient={"organisation": "Dockorna", "number": "8020021088"}
    )
    trader = replace(AWARD, public_id="trader", recipient={"organisation": "Alis bygg", "number": "701740-6053"})
    secret = replace(AWARD, public_id="secret", protected=True)
    made = open_data.grants(ekero, [*persons, club, again, trader, secret], NOW)
    assert faults("360giving.json", {}, made) == []
    by_id = {each["id"]: each for each in made["grants"]}
    assert set(by_id) == {f"ekero-{each}" for each in (*(f"p{at}" for at in range(6)), "club", "again", "trader")}
    one = by_id["ekero-p0"]
    assert one["recipientIndividual"] == {"id": "ekero-ind-p0", "name": "Individual Recipient"}
    assert "beneficiaryLocation" not in one, "only two private persons there"
    assert by_id["ekero-p1"]["beneficiaryLocation"] == [{"name": "Färingsö", "countryCode": "SE"}]
    assert "Cykelverkstad" not in json.dumps(by_id["ekero-p0"], ensure_ascii=False)
    assert by_id["ekero-club"]["recipientOrganization"] == by_id["ekero-again"]["recipientOrganization"]
    assert (by_id["ekero-club"]["title"], by_id["ekero-club"]["awardDate"]) == ("Teater", "2026-03-02")
    assert "recipientOrganization" not in by_id["ekero-trader"], "the number is a person's"
    assert "Alis" not in json.dumps(made) and "701740" not in json.dumps(made)
    wrong = {**made, "grants": [{**one, "awardDate": "2 March"}]}
    assert faults("360giving.json", {}, wrong)


def test_the_spreadsheet_holds_the_same() -> None:
    ekero = load_municipality("ekero")
    tables = open_data.tables(ekero, [], open_data.grants(ekero, [AWARD], NOW))
    assert [each.title for each in tables] == ["organizations", "services", "contacts", "locations", "grants"]
    grants = tables[-1]
    row = dict(zip(grants.head, grants.rows[0], strict=True))
    assert (row["amountAwarded"], row["recipientIndividual/name"]) == (9000, "Individual Recipient")
    assert len(tables[1].rows) == len(open_data.services(ekero))
