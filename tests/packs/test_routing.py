"""One role for every question, in every pack; places, networks and influence."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packs.load import installed, load_municipality
from bot.packs.model import Area, Contacts, Matter, Municipality, Role, Topic
from bot.packs.model.influence import LEVELS, STEPS, Level, Step
from bot.packs.model.routing import (
    Forward,
    Wish,
    areas_meant,
    influence,
    local,
    networks_for,
    networks_named,
    route,
    topics_meant,
)

PACKS = {name: load_municipality(name) for name in installed()}
MATTERS: tuple[Matter | None, ...] = (None, *get_args(Matter))


@pytest.mark.parametrize("name", PACKS)
def test_every_topic_place_and_matter_has_one_role_and_an_end(name: str) -> None:
    pack = PACKS[name]
    known = {role.id for role in pack.contacts.roles}
    for topic in (*(each.id for each in pack.topics), "no such topic", None):
        for area in (*(each.name for each in pack.areas), "Nowhere", None):
            for matter in MATTERS:
                found = route(pack, topic, area=area, matter=matter)
                assert found.role.id in known
                assert found.role.title and found.role.does
                assert found.in_turn[0] == found.role and found.fallback in found.in_turn
                assert found.because == "fallback" or topic in found.role.topics
                assert not found.role.areas or area in found.role.areas
                assert not found.role.matters or matter in found.role.matters


@given(
    roles=st.lists(
        st.builds(
            dict,
            topics=st.frozensets(st.sampled_from("abc")),
            areas=st.frozensets(st.sampled_from(("N", "S"))),
            matters=st.frozensets(st.sampled_from(("question", "need"))),
        ),
        min_size=1,
        max_size=5,
    ),
    topic=st.sampled_from("abcd"),
    area=st.sampled_from(("N", "S", None)),
    matter=st.sampled_from(("question", "need", None)),
)
def test_a_pack_that_is_accepted_never_has_two_answers(
    roles: list[dict[str, frozenset[str]]], topic: str, area: str | None, matter: Matter | None
) -> None:
    try:
        pack = Municipality(
            id="made_up",
            name="Made up",
            languages=("sv",),
            areas=(Area(name="N"), Area(name="S")),
            topics=tuple(Topic(id=each, title=each) for each in "abc"),
            contacts=Contacts(
                fallback="r0",
                roles=tuple(
                    Role(id=f"r{at}", title="R", does="…", **{name: sorted(each) for name, each in values.items()})  # type: ignore[arg-type]
                    for at, values in enumerate(roles)
                ),
            ),
        )
    except ValueError:
        return
    found = route(pack, topic, area=area, matter=matter)
    rank = (bool(found.role.areas), bool(found.role.matters))
    rivals = [
        role
        for role in pack.contacts.roles
        if topic in role.topics
        and (not role.areas or area in role.areas)
        and (not role.matters or matter in role.matters)
        and (bool(role.areas), bool(role.matters)) == rank
    ]
    assert rivals == ([found.role] if found.because != "fallback" else [])


def test_a_pack_without_contacts_still_has_somebody() -> None:
    bare = Municipality(id="bare", name="Bara", languages=("sv",))
    found = route(bare, "idea")
    assert (found.role.title, found.because, found.in_turn) == ("Kommunen", "fallback", (found.role,))
    assert influence(bare, "shape", "agenda").route == found
    assert local(bare, "Nowhere").networks == ()


@pytest.mark.parametrize(
    ("pack", "topic", "area", "matter", "role", "because"),
    [
        ("ekero", "idea", None, None, "coach", "topic"),
        ("ekero", "culture", None, None, "representant_kultur_fritid", "topic"),
        ("ekero", "integration", None, "question", "oar_utan_granser", "topic"),
        ("ekero", "integration", None, "join", "vanfamiljkoordinator", "matter"),
        ("ekero", "something else", None, None, "processledare", "fallback"),
        ("boras", "elderly", None, None, "pensionarsradet", "topic"),
        ("boras", "disability", None, None, "funktionshinderradet", "topic"),
        ("boras", "leisure", None, None, "fritidsradet", "topic"),
        ("boras", "partnership", None, None, "processledare_overenskommelse", "topic"),
        ("boras", "local", "Hässleholmen", None, "processledare_inflytande", "topic"),
        ("lund", "local", "Genarp", None, "vavare_genarp", "area"),
        ("lund", "local", None, None, "inkluderingskoordinator", "topic"),
        ("lund", "youth", "Dalby", None, "vavare_dalby", "area"),
        ("lund", "culture", "Dalby", None, "stenkrossen", "topic"),
        ("helsingborg", "support", None, None, "foreningssamordnare", "topic"),
        ("jonkoping", "help", "Huskvarna", "need", "frivilligcentralen", "topic"),
        ("jonkoping", "elderly", None, "proposal", "pensionarsradet", "matter"),
        ("jonkoping", "elderly", None, "question", "civilsamhallessamordnare", "fallback"),
        ("jonkoping", "roads", "Gränna-Örserum", None, "civilsamhallessamordnare", "fallback"),
        ("linkoping", "sport", None, None, "kultur_fritid", "topic"),
    ],
)  # fmt: skip
def test_who_answers(pack: str, topic: str, area: str | None, matter: Matter | None, role: str, because: str) -> None:
    found = route(PACKS[pack], topic, area=area, matter=matter)
    assert (found.role.id, found.because) == (role, because)


def test_whom_to_ask_when_there_is_no_answer_names_nobody_twice() -> None:
    found = route(PACKS["ekero"], "idea")
    assert [role.id for role in found.in_turn] == ["coach", "processledare"]
    found = route(PACKS["lund"], "culture", matter="proposal")
    assert [role.id for role in found.in_turn] == ["stenkrossens_rad", "stenkrossen", "inkluderingskoordinator"]


@pytest.mark.parametrize(
    ("pack", "words", "areas"),
    [
        ("jonkoping", "Huskvarna", ["Huskvarna"]),
        ("jonkoping", "jag bor i öxnehaga", ["Huskvarna"]),
        ("jonkoping", "Huskvrna", ["Huskvarna"]),
        ("jonkoping", "Taberg", ["Hovslätt"]),
        ("jonkoping", "Järstorp", ["Jönköping Väster", "Bankeryd"]),
        ("jonkoping", "Jarstorp", ["Jönköping Väster", "Bankeryd"]),
        ("jonkoping", "Trånghalla-Järstorp", ["Jönköping Väster", "Bankeryd"]),
        ("jonkoping", "Norra Unnaryd", ["Bottnaryd"]),
        ("jonkoping", "Kiruna", []),
        ("lund", "Södra sandby", ["Södra Sandby"]),
        ("lund", "veberod", ["Veberöd"]),
        ("ekero", "Stenhamra", ["Stenhamra"]),
        ("boras", "Sandared", []),
    ],
)  # fmt: skip
def test_which_area_a_place_is_in(pack: str, words: str, areas: list[str]) -> None:
    assert sorted(area.name for area in areas_meant(PACKS[pack], words)) == sorted(areas)


@pytest.mark.parametrize("name", PACKS)
def test_every_name_of_every_area_finds_it(name: str) -> None:
    pack = PACKS[name]
    for area in pack.areas:
        for spelt in area.names:
            assert area in areas_meant(pack, spelt)


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("Vem ansvarar för cykelvägarna?", "roads"),
        ("Vi vill låna en lokal", "premises"),
        ("pensionärer", "elderly"),
        ("frågor om biblioteket i Stenhamra", "culture"),
        ("hur söker man bidraget", "support"),
        ("vi vill ha ett IOP", "partnership"),
    ],
)  # fmt: skip
def test_what_a_question_is_about(words: str, topic: str) -> None:
    assert [each.id for each in topics_meant(PACKS["ekero"], words)][:1] == [topic]


@given(st.text(max_size=600))
def test_any_words_are_about_known_topics_and_areas(words: str) -> None:
    pack = PACKS["jonkoping"]
    assert set(topics_meant(pack, words)) <= set(pack.topics)
    assert set(areas_meant(pack, words)) <= set(pack.areas)


def test_an_area_has_its_networks_and_its_weaver() -> None:
    here = local(PACKS["lund"], "Veberöd")
    assert [each.id for each in here.networks] == ["vav_veberod"]
    assert here.route.role.id == "vavare_veberod"
    unknown = local(PACKS["boras"], None)
    assert [each.id for each in unknown.networks] == ["omradesnatverk", "ortsrad"]
    assert unknown.route.role.id == "processledare_inflytande"


def test_what_is_there_for_something_else_than_local_matters_comes_last() -> None:
    found = [each.id for each in local(PACKS["jonkoping"], "Huskvarna").networks]
    assert found == ["kommundelsutveckling", "omradesgrupper", "coronanatverket"]


@pytest.mark.parametrize(
    ("pack", "words", "locale", "networks"),
    [
        ("jonkoping", "Vår grupp vill gå med i Csam", "sv", ["csam"]),
        ("jonkoping", "our group wants to join csam", "en", ["csam"]),
        ("jonkoping", "مجموعتنا تريد الانضمام إلى Csam", "ar", ["csam"]),
        ("boras", "När är nästa stormöte?", "sv", ["stormote"]),
        ("boras", "vad är ett ortsråd", "sv", ["ortsrad"]),
        ("boras", "is there an area network here", "en", ["omradesnatverk"]),
        ("boras", "När är nästa FRÖ-möte?", "sv", ["fro"]),
        ("boras", "vi söker en lokal för möten", "sv", []),
        ("boras", "jag är pensionär", "sv", []),
        ("boras", "en fritidsgård för unga", "sv", []),
        ("lund", "en väv av människor", "sv", []),
    ],
)  # fmt: skip
def test_a_network_is_known_by_its_name_and_by_nothing_less(
    pack: str, words: str, locale: str, networks: list[str]
) -> None:
    assert [each.id for each in networks_named(PACKS[pack], words, locale)] == networks


def test_a_matter_whose_step_nobody_knows_has_a_level_and_somebody_who_holds_it() -> None:
    found = influence(PACKS["ekero"], "shape", None, topic="roads")
    assert found.level is not None and (found.level.id, found.step, found.usual) == ("dialogue", None, ())
    assert found.route.role.id == "representant_teknik_miljo"


def test_where_a_topic_is_talked_about_begins_with_its_council() -> None:
    assert [each.kind for each in networks_for(PACKS["boras"], "leisure")] == ["council", "meeting"]


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("wish", get_args(Wish))
def test_a_question_of_influence_has_level_step_form_and_holder(name: str, wish: Wish) -> None:
    for step in STEPS:
        for proposal in (True, False, None):
            found = influence(PACKS[name], wish, step, has_proposal=proposal)
            assert found.level is not None and found.step is not None
            assert found.step.id == step and found.usual and found.step.open
            assert found.route.role in PACKS[name].contacts.roles


@pytest.mark.parametrize(
    ("wish", "step", "proposal", "level", "usual"),
    [
        ("know", "decision", None, "information", "Publika webbsändningar"),
        ("comment", "agenda", None, "consultation", "Petitioner"),
        ("shape", "agenda", False, "dialogue", "Utfrågningar och offentliga forum"),
        ("shape", "drafting", True, "consultation", "Utfrågningar och paneler"),
        ("share", "implementation", None, "partnership", "Strategiska partnerskap"),
    ],
)  # fmt: skip
def test_the_level_of_a_wish(wish: Wish, step: Step, proposal: bool | None, level: Level, usual: str) -> None:
    found = influence(PACKS["ekero"], wish, step, has_proposal=proposal)
    assert found.level is not None and found.level.id == level
    assert found.usual[0] == usual
    assert found.route.role.id == "processledare"


def test_who_holds_what_somebody_wants_to_influence() -> None:
    assert influence(PACKS["jonkoping"], "comment", "drafting", topic="elderly").route.role.id == "pensionarsradet"
    assert influence(PACKS["boras"], "comment", "drafting", topic="school").route.role.id == "processledare_inflytande"


def test_the_code_has_all_its_cells() -> None:
    code = PACKS["ekero"].influence
    assert code is not None
    assert {(level, step): bool(code.usual(level, step)) for level in LEVELS for step in STEPS} == {
        (level, step): True for level in LEVELS for step in STEPS
    }


LEARNED = [
    Forward("representant_teknik_miljo", "representant_skola", "roads", times=2),
    Forward("representant_skola", "oar_utan_granser", "roads", times=3),
    Forward("representant_skola", "representant_social", "school", times=1),
    Forward("representant_kultur_fritid", "nobody_any_more", "culture", times=9),
    Forward("processledare", "coach", times=2),
]


@pytest.mark.parametrize(
    ("topic", "area", "role", "because"),
    [
        ("roads", None, "oar_utan_granser", "learned"),  # and whoever gets it passes it on in turn
        ("roads", "Stenhamra", "representant_teknik_miljo", "topic"),  # of another place nothing is known
        ("school", None, "representant_skola", "topic"),  # once is not enough
        ("culture", None, "representant_kultur_fritid", "topic"),  # to a role that is no more
        (None, None, "coach", "learned"),
    ],
)
def test_what_is_passed_on_twice_goes_there_at_once(
    topic: str | None, area: str | None, role: str, because: str
) -> None:
    found = route(PACKS["ekero"], topic, area=area, learned=LEARNED)
    assert (found.role.id, found.because, found.in_turn[0]) == (role, because, found.role)


@given(
    forwards=st.lists(
        st.builds(
            Forward,
            from_role=st.sampled_from(("coach", "processledare", "representant_skola")),
            to_role=st.sampled_from(("coach", "processledare", "representant_skola", "gone")),
            topic=st.sampled_from(("idea", "school", None)),
            times=st.integers(1, 4),
        ),
        max_size=12,
    ),
    topic=st.sampled_from(("idea", "school", None)),
)
def test_however_roles_pass_on_to_each_other_somebody_answers(forwards: list[Forward], topic: str | None) -> None:
    found = route(PACKS["ekero"], topic, learned=forwards)
    usual = route(PACKS["ekero"], topic)
    assert found.role in PACKS["ekero"].contacts.roles
    assert (found.because == "learned") == (found.role != usual.role)


@pytest.mark.parametrize(
    ("says", "topics"),
    [("Who looks after the streets?", ["roads"]), ("something", []), ("Vem sköter biblioteket?", ["culture"])],
)
def test_words_in_the_writers_language_count_too(says: str, topics: list[str]) -> None:
    also = {"roads": ("streets", "roads and parks")}
    assert [topic.id for topic in topics_meant(PACKS["ekero"], says, also=also)] == topics
