"""Which supports fit: the rules over the packs that are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import OperatorError
from bot.packs.load import PACKS, load_municipality
from bot.packs.model.support import BUILT_IN, Condition, Grants, Support, wrong_examples
from bot.rules.conditions import need_from
from bot.rules.facts import FACTS, FORMAL, Kind, critical_values, facts_in, read_facts, settled
from bot.rules.grants import Judgement, State, Verdict, judge, judge_named_elsewhere, questions

TODAY = date(2026, 3, 2)
MUNICIPALITIES = ("boras", "ekero", "helsingborg", "jonkoping", "linkoping", "lund")


@lru_cache
def grants_of(name: str) -> Grants:
    grants = load_municipality(name).grants
    assert grants is not None
    return grants


def verdicts(name: str, facts: dict[str, Any]) -> dict[str, Judgement]:
    return {each.support: each for each in judge(grants_of(name).rules, facts, TODAY)}


QUICK = {
    "type": "private_persons", "persons": 3, "amount": 10000, "open": True, "public_benefit": True,
    "idelabbet_contact": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "verdict", "missing"),
    [
        ({}, "fits", ()),
        ({"persons": 2}, "nearly", ("min_persons",)),
        ({"type": "private_person", "persons": None}, "nearly", ("min_persons",)),
        ({"amount": 10001}, "nearly", ("amount_max",)),
        ({"amount": None, "budget": 15000, "cofinance": 5000}, "fits", ()),
        ({"amount": None, "budget": [{"what": "room", "amount": 6000}, {"what": "food", "amount": 6000}]}, "nearly",
         ("amount_max",)),
        ({"open": False}, "nearly", ("open_activity",)),
        ({"idelabbet_contact": False}, "nearly", ("idelabbet_contact",)),
        ({"public_benefit": False}, "no", ("public_benefit",)),
        ({"type": "association"}, "no", ("type",)),
        ({"type": "company", "persons": 2}, "no", ("type", "min_persons")),
        ({"open": None}, "unknown", ()),
        ({"open": None, "persons": 2}, "nearly", ("min_persons",)),
    ],
)  # fmt: skip
def test_quick_money_in_the_order_of_decision(change: dict[str, Any], verdict: str, missing: tuple[str, ...]) -> None:
    found = verdicts("ekero", {**QUICK, **change})["ekero.snabb_slant"]
    assert (found.verdict, found.missing) == (verdict, missing)


IOP = {
    "type": "association", "partnership_model": True, "initiative": "association", "competes_on_market": False,
    "public_benefit": True, "outside_ordinary_grant": True, "linked_plan": "överenskommelsen", "both_finance": True,
    "long_term": True,
}  # fmt: skip


def test_a_partnership_is_never_applied_for() -> None:
    assert verdicts("boras", IOP)["boras.iop"].missing == ("dialogue_held",)
    held = verdicts("boras", {**IOP, "dialogue_held": True})["boras.iop"]
    assert (held.verdict, held.missing) == ("nearly", ("decided_together",))
    assert verdicts("boras", {**IOP, "competes_on_market": True})["boras.iop"].verdict == "no"


@pytest.mark.parametrize(("women", "verdict"), [(4, "fits"), (5, "fits"), (3, "no")])
def test_the_bonus_begins_at_exactly_40_percent(women: int, verdict: str) -> None:
    facts = {"type": "association", "sport": True, "elite_active": 10, "elite_women": women}
    assert verdicts("linkoping", facts)["linkoping.elit_bonus"].verdict == verdict
    assert grants_of("linkoping").by_id["linkoping.elit_bonus"].labels == ("proposal",)


@pytest.mark.parametrize(
    ("facts", "fitting"),
    [
        ({"duration_months": 3}, "lund.mini"),
        ({"duration_months": 12}, "lund.midi"),
        ({"duration_months": 36, "established": True, "collaborates_in_house": True}, "lund.maxi"),
    ],
)
def test_the_house_by_time(facts: dict[str, Any], fitting: str) -> None:
    common = {"type": "company", "home": "Malmö", "sector": "innovation", "meets_audience": True,
              "open_activity_quarterly": True, "open_activity_free": True}  # fmt: skip
    found = verdicts("lund", {**common, **facts})
    assert [name for name, each in found.items() if each.verdict == "fits"] == [fitting]
    outside = verdicts("lund", {**common, **facts, "sector": "sport"})
    assert outside[fitting].verdict == "no"
    assert outside[fitting].closer == "lund.hyra"


def test_a_mixed_association_sees_every_committee_that_gives() -> None:
    facts = {"type": "association", "sectors": ["culture", "social"]}
    support = grants_of("helsingborg").by_id["helsingborg.verksamhetsstod"]
    assert support.given_by(facts) == ("kulturnämnden", "socialnämnden")


def test_eleven_and_three_formal_and_nine_democracy_conditions() -> None:
    support = grants_of("helsingborg").by_id["helsingborg.verksamhetsstod"]
    ids = [each.id for each in support.conditions if each.id != "type"]
    by_person = [each.id for each in support.conditions if each.by_person]
    assert (len(ids), len(by_person)) == (11 + 3 + 9, 9)


@pytest.mark.parametrize(
    ("debt", "missing"),
    [
        (False, False),
        ({"type": "vehicle_tax", "amount": 1200, "where": "Kronofogden"}, False),
        ({"type": "tax", "amount": 1200, "where": "Skatteverket"}, True),
        ({"type": "loan", "amount": 100000, "where": "banken"}, False),
        ({"type": "tax", "amount": 0}, False),
    ],
)
def test_a_small_vehicle_tax_does_not_stand_in_the_way(debt: Any, missing: bool) -> None:
    found = verdicts("helsingborg", {"type": "association", "debt": debt})["helsingborg.verksamhetsstod"]
    assert ("debt" in found.missing) is missing


def test_papers_that_are_missing_are_named_also_those_on_no_list() -> None:
    facts = {"type": "association", "formal_missing": ["statutes", "a_map"], "newly_started": True}
    found = verdicts("helsingborg", facts)["helsingborg.startbidrag"]
    assert found.missing == ("statutes", "a_map", "rules_with_coordinator")
    assert "association_register" in [each.id for each in found.findings if each.state is State.MET]


def test_the_four_parts_are_judged_by_their_own_numbers() -> None:
    facts = {"type": "association", "sport": True, "leaders_per_session": 1, "girls": 0, "boys": 20}
    found = {name.rpartition(".")[2]: each.verdict for name, each in verdicts("linkoping", facts).items()}
    assert {name: found[name] for name in ("ledarstod", "extra_ledarstod", "deltagarstod", "extra_deltagarstod")} == {
        "ledarstod": "fits", "extra_ledarstod": "nearly", "deltagarstod": "fits", "extra_deltagarstod": "nearly",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("municipality", "text", "named"),
    [
        ("ekero", "Kan vi få verksamhetsbidrag?", ["linkoping.verksamhetsbidrag"]),
        ("ekero", "Vi vill söka Snabb slant", []),
        ("helsingborg", "Vi vill söka en snabb slant", []),
        ("helsingborg", "Vi vill ha Ekerös snabb slant", ["ekero.snabb_slant"]),
        ("lund", "Snabb slant till en festival", ["ekero.snabb_slant", "helsingborg.snabb_slant"]),
        ("boras", "utvecklingsbidrag", ["helsingborg.utvecklingsbidrag", "linkoping.utvecklingsbidrag"]),
        ("ekero", "a mini festival", []),
    ],
)
def test_another_towns_support_is_a_no(municipality: str, text: str, named: list[str]) -> None:
    grants = grants_of(municipality)
    found = judge_named_elsewhere(text, grants.own_names, grants.elsewhere)
    assert sorted(each.support for each, _other in found) == named
    assert {each.missing for each, _other in found} <= {("wrong_municipality",)}


def test_a_closed_window_is_put_right_by_waiting() -> None:
    support = grants_of("lund").by_id["lund.midi"].model_copy(update={"windows": ()})
    open_, closed = (
        type(support).model_validate({**support.model_dump(exclude={"windows"}), "windows": [window]})
        for window in ({"opens": "2026-03-01", "closes": "2026-03-02"}, {"opens": "2026-03-03"})
    )
    states = [{each.id: each.state for each in judge([each.rule], {}, TODAY)[0].findings} for each in (open_, closed)]
    assert [each["window_open"] for each in states] == [State.MET, State.MISSING]


# --- the packs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MUNICIPALITIES)
def test_every_example_in_a_pack_does_what_it_says(name: str) -> None:
    assert list(wrong_examples(grants_of(name))) == []


def test_an_example_that_does_not_is_found() -> None:
    grants = Grants.model_validate(
        {
            "helper": "x",
            "supports": [
                {
                    "id": "a.b", "name": "B", "what": "b", "decided_by": "c",
                    "conditions": [{"id": "open_activity", "need": {"open": True}, "passes": {"open": False},
                                    "fails": {"persons": 2}}],
                }
            ],
        }
    )  # fmt: skip
    assert len(list(wrong_examples(grants))) == 2


def test_all_supports_of_the_publication_are_there() -> None:
    ids = {each.id for name in MUNICIPALITIES for each in grants_of(name).supports}
    parts = ("", ".ledarstod", ".extra_ledarstod", ".deltagarstod", ".extra_deltagarstod")
    assert ids == {
        "boras.iop", "boras.ortsrad_stod", "ekero.snabb_slant", "ekero.iop", "ekero.idelabbet", "ekero.lokal",
        *(f"linkoping.verksamhetsbidrag{part}" for part in parts), "linkoping.anlaggningsbidrag",
        "linkoping.utvecklingsbidrag", "linkoping.elit_grund", "linkoping.elit_dubbel", "linkoping.elit_bonus",
        "lund.mini", "lund.midi", "lund.maxi", "lund.hyra", "helsingborg.verksamhetsstod", "helsingborg.startbidrag",
        "helsingborg.utvecklingsbidrag", "helsingborg.snabb_slant", "helsingborg.iop", "jonkoping.iop",
        "jonkoping.foreningsbidrag",
    }  # fmt: skip
    assert all(each.source and each.year for name in MUNICIPALITIES for each in grants_of(name).supports)


def test_every_condition_with_a_test_has_its_question() -> None:
    for name in MUNICIPALITIES:
        for support in grants_of(name).supports:
            for condition in support.conditions:
                words = grants_of(name).conditions[condition.id]
                assert words.why and (condition.need is None or (words.ask and words.how_to_fix)), condition.id
    used = {each.id for name in MUNICIPALITIES for support in grants_of(name).supports for each in support.conditions}
    assert set(load_municipality("ekero").conditions) == used | set(BUILT_IN)


@pytest.mark.parametrize(
    ("need", "trouble"),
    [
        ({"person": {"at_least": 3}}, 'there is no fact "person"'),
        ({"type": "club"}, "type may be private_person"),
        ({"open": "yes"}, "open holds true or false"),
        ({"persons": {"over": 3}}, "compared by at_least and at_most"),
        ({"formal_missing": {"lacks": "money"}}, "may lack name"),
        ({"any": {}}, "wants a list"),
        ({}, "names at least one fact"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(need: Any, trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble):
        need_from(need)
    with pytest.raises(ValueError, match=trouble):
        Condition(id="x", need=need, passes={}, fails={})


def test_only_a_place_comes_with_open_activities() -> None:
    mini = grants_of("lund").by_id["lund.mini"]
    assert mini.open_activity is not None and mini.open_activity.house == "Stenkrossen"
    with pytest.raises(ValueError, match="open_activity: is for a place"):
        Support.model_validate({**mini.model_dump(exclude={"labels"}), "labels": []})


def test_a_mistake_in_the_file_names_file_and_line(tmp_path: Any) -> None:
    folder = tmp_path / "made_up"
    folder.mkdir()
    (folder / "municipality.yaml").write_text("name: X\nlanguages: [sv]\n", encoding="utf-8")
    source = (PACKS / "ekero" / "grants.yaml").read_text(encoding="utf-8")
    (folder / "grants.yaml").write_text(source.replace("{persons: {at_least: 3}}", "{people: 3}"), encoding="utf-8")
    line = next(number for number, words in enumerate(source.splitlines(), 1) if "at_least: 3" in words)
    with pytest.raises(OperatorError, match="there is no fact") as caught:
        load_municipality(str(folder))
    number = int(str(caught.value).split("grants.yaml:")[1].split(":")[0])
    assert line - 1 <= number <= line


# --- out of free text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Vi är tre kompisar som vill ha 8 000 kr till en öppen verkstad, alla får komma",
         {"type": "private_persons", "persons": 3, "amount": 8000, "open": True}),
        ("We are four friends and need 12000 SEK", {"type": "private_persons", "persons": 4, "amount": 12000}),
        ("Vår nystartade idrottsförening vill ha bidrag", {"type": "association", "newly_started": True, "sport": True}),
        ("Vi har precis startat en dansförening", {"type": "association", "newly_started": True}),
        ("We have just started an association", {"type": "association", "newly_started": True}),
        ("Vi har precis startat en kurs i vår förening", {"type": "association"}),
        ("Our sports club wants money to develop parasport",
         {"type": "association", "sport": True, "development_ambition": True}),
        ("نحن ثلاثة أصدقاء ونريد 6000 كرونة", {"type": "private_persons", "amount": 6000}),
        ("جمعية أصدقاء البيئة", {"type": "association"}),
        ("Ett konstprojekt på 3 månader", {"duration_months": 3}),
        ("a two-year circus project by a company", {"duration_months": 24, "type": "company"}),
        ("bara för medlemmar i klubben", {"type": "association", "open": False}),
        ("hej", {}),
        ("Vi är en förening med fest för 50 personer", {"type": "association"}),
        ("We are not an association", {}),
        ("Det är inte öppet för alla", {}),
        ("Jag och två vänner vill söka 5 tkr", {"persons": 3, "amount": 5000}),
        ("We need no association for 30 young people", {}),
    ],
)  # fmt: skip
def test_what_is_said_plainly_is_read(text: str, facts: dict[str, Any]) -> None:
    assert facts_in(text) == facts
    assert read_facts(facts) == (facts, ())


# --- properties -----------------------------------------------------------------------------------------------------------


def _values(name: str) -> st.SearchStrategy[Any]:
    if FACTS[name].kind is Kind.CHOICES:
        return st.lists(st.sampled_from(FACTS[name].choices), unique=True, max_size=3)
    return st.sampled_from(critical_values(name, (1, 2, 3, 12, 40, 10000)))


APART = ("budget", "cofinance", "sector", "sport")
"""Facts out of which others are worked out: to learn them can move a number, as it should."""

everything = st.fixed_dictionaries({name: _values(name) for name in FACTS if name not in APART})
some = everything.flatmap(
    lambda whole: st.sets(st.sampled_from(sorted(whole))).map(lambda names: ({n: whole[n] for n in names}, whole))
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(some, st.sampled_from(MUNICIPALITIES))
def test_learning_more_never_unsettles_what_was_settled(pair: tuple[dict[str, Any], dict[str, Any]], name: str) -> None:
    less, more = pair
    before, after = verdicts(name, less), verdicts(name, more)
    for support, was in before.items():
        states = {each.id: each.state for each in after[support].findings}
        for each in was.findings:
            if each.state is not State.UNKNOWN and each.id != "dialogue_held":
                assert states[each.id] is each.state
        if was.verdict in (Verdict.FITS, Verdict.NO):
            assert after[support].verdict is was.verdict
        if was.verdict is Verdict.NEARLY and "dialogue_held" not in was.missing:
            assert after[support].verdict in (Verdict.NEARLY, Verdict.NO)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(some, st.sampled_from(MUNICIPALITIES))
def test_the_order_of_decision(pair: tuple[dict[str, Any], dict[str, Any]], name: str) -> None:
    for judged in verdicts(name, pair[0]).values():
        missing = [each for each in judged.findings if each.state is State.MISSING]
        expected = (
            Verdict.NO if any(not each.mendable for each in missing)
            else Verdict.NEARLY if missing
            else Verdict.UNKNOWN if judged.unknown
            else Verdict.FITS
        )  # fmt: skip
        assert judged.verdict is expected
        assert 0 <= judged.score <= 1


@settings(derandomize=True, max_examples=40, deadline=None)
@given(some, st.sampled_from(MUNICIPALITIES), st.randoms(use_true_random=False))
def test_asking_stops_and_then_nothing_can_change(
    pair: tuple[dict[str, Any], dict[str, Any]], name: str, random: Any
) -> None:
    facts, whole = dict(pair[0]), pair[1]
    rules, asked = grants_of(name).rules, set[str]()
    while wanted := questions(rules, facts, TODAY, asked=asked):
        assert wanted[0] not in settled(facts)
        assert wanted[0] not in asked
        if random.random() < 0.7 and wanted[0] in whole:
            facts[wanted[0]] = whole[wanted[0]]
        else:
            asked.add(wanted[0])
    before = {each.support: each.verdict for each in judge(rules, facts, TODAY)}
    left = {name: value for name, value in whole.items() if name not in facts and name not in asked}
    left.pop("dialogue_held", None)
    after = {each.support: each.verdict for each in judge(rules, {**left, **facts}, TODAY)}
    changed = {support for support, verdict in before.items() if after[support] is not verdict}
    unanswered = {  # what was not answered may still be told by something else that was not worth asking
        judged.support
        for judged in judge(rules, facts, TODAY)
        for each in judged.findings
        if each.check and each.check.need and set(each.check.need.facts()) & asked
    }
    assert changed <= unanswered


@settings(derandomize=True, max_examples=30, deadline=None)
@given(some, st.sampled_from(MUNICIPALITIES))
def test_no_question_is_about_a_committee(pair: tuple[dict[str, Any], dict[str, Any]], name: str) -> None:
    grants = grants_of(name)
    names = [each.name for support in grants.supports for each in support.committees]
    asks = [grants.conditions[each.id].ask for support in grants.supports for each in support.conditions]
    asks += [each.words.ask for support in grants.supports for each in support.conditions]
    assert all(committee not in ask and "nämnd" not in ask for committee in [*names, "nämnd"] for ask in asks)
    assert set(questions(grants.rules, pair[0], TODAY)) <= set(FACTS)


# --- the command line -----------------------------------------------------------------------------------------------------


def _run(asked: Any, *arguments: str) -> tuple[int, Any, str]:
    given_ = asked if isinstance(asked, str) else json.dumps(asked)
    done = subprocess.run(
        [sys.executable, "run_bot.py", "grants", "--today", "2026-03-02", *arguments],
        input=given_, capture_output=True, text=True, encoding="utf-8", cwd=PACKS.parent, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_the_command_answers_as_the_contract_says() -> None:
    asked = {"applicant": {"type": "private_persons", "persons": 2, "public_benefit": True, "hund": 1},
             "text": "Vi är fem personer och vill ha verksamhetsbidrag, 8000 kr"}  # fmt: skip
    status, found, errors = _run(asked, "--municipality", "ekero", "--locale", "sv")
    assert status == 0
    assert "applicant.hund" in errors
    assert found["municipality"] == "ekero"
    by_id = {each["support"]: each for each in found["verdicts"]}
    assert set(by_id) == {"ekero.snabb_slant", "ekero.idelabbet", "ekero.lokal", "ekero.iop",
                          "linkoping.verksamhetsbidrag"}  # fmt: skip
    quick = by_id["ekero.snabb_slant"]
    assert (quick["verdict"], quick["missing"], quick["answer_within_days"], quick["source"]) == (
        "nearly", ["min_persons"], 21, "2.3")  # fmt: skip
    assert {each["id"]: each["state"] for each in quick["conditions"]} == {
        "type": "met", "public_benefit": "met", "min_persons": "missing", "amount_max": "met",
        "open_activity": "unknown", "idelabbet_contact": "unknown",
    }  # fmt: skip
    assert "minst 3" in quick["conditions"][2]["how_to_fix"]
    assert quick["conditions"][4]["ask"] == "Får alla som vill komma?"
    elsewhere = by_id["linkoping.verksamhetsbidrag"]
    assert (elsewhere["verdict"], elsewhere["missing"]) == ("no", ["wrong_municipality"])
    assert "Linköping" in elsewhere["why"]
    assert [each["kind"] for each in found["next"]] == ["draft", "question", "coach"]


@pytest.mark.parametrize(
    ("asked", "arguments", "words"),
    [
        ("no json", (), ["standard input"]),
        ([1], (), ["applicant"]),
        ({"applicant": {"type": "dog"}}, (), ["applicant.type", "dog", "private_person"]),
        ({"applicant": {"persons": "3"}}, (), ["applicant.persons", "'3'", "a number"]),
        ({"applicant": {"hund": 1}}, ("--strict",), ["applicant.hund", "persons"]),
        ({"wish": 1}, ("--strict",), ["wish"]),
        ({}, ("--locale", "xx"), ["--locale", "xx", "sv"]),
        ({}, ("--municipality", "nowhere"), ["nowhere", "ekero"]),
    ],
)
def test_what_cannot_be_read_is_status_2_and_says_what_may_be(
    asked: Any, arguments: tuple[str, ...], words: list[str]
) -> None:
    status, found, errors = _run(asked, *arguments)
    assert (status, found) == (2, None)
    assert all(word in errors for word in words), errors


def test_formal_papers_are_conditions_of_that_name() -> None:
    assert set(FORMAL) <= set(load_municipality("ekero").conditions)
