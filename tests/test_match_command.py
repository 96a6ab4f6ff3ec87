"""`run_bot.py match`: the contract of its JSON, its exit statuses and its errors."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from bot.cli import main

ANNA = {
    "id": "A", "areas": ["Stenhamra"], "available": [["2026-03-02T08:00", "2026-03-02T22:00"]], "languages": ["sv", "prs"],
    "skills": ["nurse"], "cleared": True, "car": True, "consent": True, "max_shifts": 2,
}  # fmt: skip
EVENING = {
    "id": "n1", "area": "Stenhamra", "start": "2026-03-02T18:00", "end": "2026-03-02T20:00", "count": 1,
    "languages_any": ["prs"], "skills_all": ["nurse"], "record_check": True, "car": False, "priority": 1,
}  # fmt: skip


def asked(*volunteers: dict[str, Any], needs: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"kind": "shifts", "volunteers": list(volunteers), "needs": needs, **more}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Exit status, what is printed (as JSON where there is any), and what is said to people."""

    def run(given: Any, *arguments: str) -> Any:
        words = given if isinstance(given, bytes) else json.dumps(given).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(words), encoding="utf-8"))
        status = main(["match", *arguments])
        said = capsys.readouterr()
        return status, json.loads(said.out) if said.out else None, said.err

    return run


def test_shifts_as_the_contract_says(run: Any) -> None:
    night = {**EVENING, "id": "n2", "start": "2026-03-02T20:00", "end": "2026-03-02T23:00"}
    given = asked(ANNA, needs=[EVENING, night], excluded_pairs=[["gone", "n1"]], locked_pairs=[])
    status, found, err = run(given, "--locale", "en", "--strict")
    assert (status, err) == (0, "")
    why = found["unfilled"][0].pop("why")
    assert "a record check" in why and "Monday 2 March 2026 at 20:00" in why and "Dari" in why
    assert found == {
        "assignments": [["A", "n1"]],
        "covered": 1,
        "unfilled": [
            {
                "need": "n2", "places": 1, "because": ["time"],
                "how_to_fix": "One volunteer would fit with time for all of the shift: A.",
            }
        ],
        "explanations": {
            "n1": {
                "A": "This volunteer speaks Dari, can do this: nurse, has a record check, lives in Stenhamra and has this one "
                "shift."
            }
        },
        "warnings": [],
        "proven": True,
        "bound": {"1": 1},
    }  # fmt: skip


def test_a_locked_pair_that_breaks_a_condition_stays_with_a_warning(run: Any) -> None:
    status, found, _err = run(asked({"id": "B"}, needs=[EVENING], locked_pairs=[["B", "n1"]]))
    assert (status, found["assignments"], found["covered"]) == (0, [["B", "n1"]], 1)
    assert found["warnings"] == [
        {
            "pair": ["B", "n1"],
            "because": ["consent", "record_check", "area", "time", "languages", "skills"],
        }
    ]


def test_who_has_not_consented_is_counted_and_not_named(run: Any) -> None:
    _status, found, _err = run(asked({**ANNA, "id": "secret", "consent": False}, needs=[EVENING]), "--locale", "en")
    assert found["unfilled"][0]["because"] == ["consent"]
    assert "secret" not in json.dumps(found)
    assert found["unfilled"][0]["how_to_fix"] == "One volunteer would fit with their consent."


@pytest.mark.parametrize(
    ("start", "end", "free", "fits"),
    [
        ("2026-03-29T01:00", "2026-03-29T04:00", ["2026-03-29T01:00", "2026-03-29T04:00"], True),
        ("2026-03-29T01:00", "2026-03-29T03:00", ["2026-03-29T00:00Z", "2026-03-29T01:00Z"], True),
        ("2026-03-29T01:00", "2026-03-29T03:30", ["2026-03-29T00:00Z", "2026-03-29T01:00Z"], False),
        ("2026-03-29T01:30", "2026-03-29T02:30", ["2026-03-29T01:00", "2026-03-29T03:00"], True),
        ("2026-10-25T01:00", "2026-10-25T03:00", ["2026-10-24T23:00Z", "2026-10-25T02:00Z"], True),
        ("2026-10-25T01:00", "2026-10-25T03:00", ["2026-10-24T23:00Z", "2026-10-25T01:00Z"], False),
        ("2026-03-02T18:00", "2026-03-02T20:00", ["2026-03-02T19:00+02:00", "2026-03-02T21:00+02:00"], True),
    ],
)
def test_times_are_the_municipality_s_even_when_the_clocks_change(
    run: Any, start: str, end: str, free: list[str], fits: bool
) -> None:
    anna = {"id": "A", "available": [free], "consent": True}
    _status, found, _err = run(asked(anna, needs=[{"id": "n1", "start": start, "end": end}]))
    assert found["covered"] == fits


def test_fours_as_the_contract_says(run: Any) -> None:
    people = [
        {"id": id, "side": "new" if number % 2 else "est", "age": 17, "place": "Stenhamra", "interests": ["football"]}
        for number, id in enumerate("abcdef")
    ]
    people[4]["guardian_ok"] = False
    rules = {
        "size": 4, "both_sides": True, "same_place": True, "age_span_max": 3,
        "each_shares_interest_with_someone_on_other_side": True,
    }  # fmt: skip
    status, found, err = run({"kind": "fours", "people": people, "rules": rules}, "--strict")
    assert (status, err, len(found["groups"]), found["proven"]) == (0, "", 1, True)
    assert {"id": "e", "because": ["guardian_ok"]} in found["waiting"]
    assert sorted([*found["groups"][0], *(each["id"] for each in found["waiting"])]) == list("abcdef")


def test_families_as_the_contract_says(run: Any) -> None:
    given = {
        "kind": "families",
        "established": [
            {"id": "E1", "consent": True, "interests": ["food"], "children": [7], "work": "care"},
            {"id": "E2", "consent": False, "interests": ["chess"], "children": [3]},
        ],
        "newcomers": [
            {"id": "N1", "consent": True, "interests": ["food", "chess"], "children": [6, 3], "work": "Care"}
        ],
        "rules": {"one_to_one": True, "both_consent": True},
    }
    status, found, err = run(given, "--strict", "--locale", "en")
    assert (status, err) == (0, "")
    assert found == {
        "pairs": [
            ["N1", "E1", {"score": 0.8, "why": "What they have in common: both like food, they have children of like ages "
                          "(6 and 7) and both work with the same: Care."}]
        ],
        "waiting": [{"id": "E2", "because": ["consent"]}],
    }  # fmt: skip


def test_phone_pairs_as_the_contract_says(run: Any) -> None:
    people = [
        {"id": id, "age": age, "languages": ["sv"], "hours": hours}
        for id, age, hours in (("a", 50, ["mon 10", 11]), ("b", 80, [11]), ("c", 49, [11]))
    ]
    rules = {"min_age": 50, "shared_language": True, "shared_hour": True, "one_partner_each": True}
    status, found, err = run({"kind": "phone_pairs", "people": people, "rules": rules}, "--strict")
    assert (status, err) == (0, "")
    assert found == {"pairs": [["a", "b"]], "waiting": [{"id": "c", "because": ["age"]}], "proven": True}


@pytest.mark.parametrize("locale", ["sv", "sv-simple", "ar", "en"])
def test_keys_and_codes_are_the_same_in_every_language(run: Any, locale: str) -> None:
    status, found, _err = run(asked(ANNA, needs=[EVENING, {**EVENING, "id": "n2"}]), "--locale", locale)
    assert (status, found["unfilled"][0]["because"]) == (0, ["taken"])
    assert list(found) == ["assignments", "covered", "unfilled", "explanations", "warnings", "proven", "bound"]


def test_a_field_nobody_knows_is_a_warning_or_with_strict_an_error(run: Any) -> None:
    given = asked({**ANNA, "shoe": 41}, needs=[EVENING], colour="red")
    status, found, err = run(given)
    assert (status, found["covered"]) == (0, 1)
    assert "volunteers[0].shoe is no field that is known" in err and "colour is no field that is known" in err
    status, found, err = run(given, "--strict")
    assert (status, found) == (2, None)
    assert err.startswith("colour is no field that is known; it may be one of kind, volunteers")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"{", "standard input holds no JSON"),
        (b"[]", "standard input holds []; it may hold"),
        ({"kind": "dance"}, 'kind holds "dance"; it may hold shifts, fours, families, phone_pairs'),
        ({"kind": "shifts", "volunteers": []}, "needs is missing"),
        (asked({"id": ""}, needs=[]), 'volunteers[0].id holds ""; it may hold words'),
        (asked({"id": "A", "car": "yes"}, needs=[]), 'volunteers[0].car holds "yes"; it may hold true or false'),
        (asked({"id": "A", "max_shifts": -1}, needs=[]), "volunteers[0].max_shifts holds -1; it may hold a whole number from 0"),
        (asked({"id": "A", "languages": ["Dari"]}, needs=[]), 'volunteers[0].languages[0] holds "Dari"; it may hold an ISO 639'),
        (asked({"id": "A", "available": [["2026-03-02T08:00"]]}, needs=[]), "volunteers[0].available[0] holds"),
        (asked(ANNA, ANNA, needs=[]), 'volunteers[1].id holds "A", which an earlier one holds'),
        (asked(needs=[{**EVENING, "start": "six"}]), 'needs[0].start holds "six"; it may hold a time as'),
        (asked(needs=[{**EVENING, "end": "2026-03-02T18:00"}]), "needs[0].end holds"),
        (asked(needs=[{**EVENING, "priority": 0}]), "needs[0].priority holds 0; it may hold a whole number from 1"),
        (asked(ANNA, needs=[], locked_pairs=[["A", "n9"]]), 'locked_pairs[0] holds ["A", "n9"]; it may hold a need'),
        ({"kind": "fours", "people": [{"id": "a", "side": "left"}]}, 'people[0].side holds "left"; it may hold "new" or "est"'),
        (
            {"kind": "families", "established": [], "newcomers": [], "rules": {"both_consent": False}},
            "rules.both_consent holds false; it may hold true alone",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(run: Any, given: Any, told: str) -> None:
    status, found, err = run(given)
    assert (status, found) == (2, None)
    assert err.startswith(told), err


def test_a_language_nobody_has_is_named(run: Any) -> None:
    status, _found, err = run(asked(needs=[]), "--locale", "xx")
    assert status == 2 and err.startswith('--locale holds "xx"; it may hold sv')
