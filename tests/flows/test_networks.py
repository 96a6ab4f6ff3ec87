"""Networks, influence and figures: every pack, every place, every language ends with somebody to turn to."""

from __future__ import annotations

import pytest

from bot.flows.influence import guidance_of
from bot.flows.model import FileCase
from bot.flows.named import named
from bot.flows.understanding import understand
from bot.packs.load import installed, load_municipality
from bot.packs.model.influence import LEVELS, STEPS
from tests.transcripts import Talker

PACKS = {name: load_municipality(name) for name in installed()}


def known_to(talker: Talker) -> set[str]:
    """The buttons that have been shown."""
    return set(talker.shown)


@pytest.mark.parametrize("name", PACKS)
def test_wherever_somebody_lives_there_is_somebody_to_turn_to(name: str) -> None:
    for area in (*(each.name for each in PACKS[name].areas), "Nowhere at all", None):
        talker = Talker(municipality=name, facts={"notice_version": "2026-11"})
        talker.does("/start networks")
        said = talker.does("[Where I live]")
        for _count in range(4):
            if any("What would you like to do now?" in line for line in said):
                break
            asked = "\n".join(said)
            yes_or_no = "Shall I keep it" in asked
            said = talker.does("[I don't know yet]" if area is None else "[Yes]" if yes_or_no else
                               "[In the town]" if "in the countryside?" in asked else area)  # fmt: skip
        text = "\n".join(said)
        assert "Who to turn to: " in text, (area, text)
        assert "Ask who convenes it" in known_to(talker)
        held = talker.does("[Ask who convenes it]")
        assert held[0].startswith("card>"), held


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("what", ["Meetings", "The agreement"])
def test_meetings_and_agreement_never_end_in_nothing(name: str, what: str) -> None:
    talker = Talker(municipality=name, facts={"notice_version": "2026-11"})
    offered = "\n".join(talker.does("/start networks"))
    if f"[{what}]" not in offered:
        assert not [each for each in PACKS[name].networks.networks if each.kind == "meeting"]
        return
    assert "Who to turn to: " in "\n".join(talker.does(f"[{what}]"))


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("locale", ["sv", "en", "ar"])
def test_every_wish_and_step_has_one_who_holds_it(name: str, locale: str) -> None:
    pack = PACKS[name]
    for wish in range(1, 5):
        for step in range(1, 7):
            talker = Talker(municipality=name, locale=locale, facts={"notice_version": "2026-11"})
            talker.does("/start influence")
            said = talker.does("xyzzy")  # names nothing
            if talker.state.frames[-1].step == "topic":
                said = talker.does("xyzzy")
            said = talker.does(str(wish))
            if talker.state.frames[-1].step == "step":
                said = talker.does(str(step))
            if talker.state.frames[-1].step == "proposal":
                said = talker.does({"sv": "nej", "en": "no", "ar": "لا"}[locale])
            assert talker.state.frames[-1].flow in ("contact", "enquiry"), said
            assert pack.contacts.role(talker.state.frames[-1].given["role"])


@pytest.mark.parametrize(
    ("pack", "said", "locale", "flow"),
    [
        ("linkoping", "Vad kostar en ishall kommunen?", "sv", "figures"),
        ("linkoping", "What does an ice rink cost the municipality?", "en", "figures"),
        ("linkoping", "كم تكلف صالة الجليد البلدية؟", "ar", "figures"),
        ("linkoping", "Vad kostar det att hyra en idrottshall?", "sv", None),
        ("linkoping", "Vi vill spela i en ishall", "sv", None),
        ("boras", "Hur många områdesnätverk finns det?", "sv", "figures"),
        ("boras", "Finns det ett områdesnätverk där jag bor?", "sv", "networks"),
        ("boras", "Vi vill ansluta oss till överenskommelsen", "sv", "join"),
        ("boras", "our choir wants to join the agreement", "en", "join"),
        ("boras", "När är nästa stormöte?", "sv", "networks"),
        ("boras", "Jag vill påverka beslutet om parken", "sv", "influence"),
        ("boras", "أريد التأثير في القرار", "ar", "influence"),
        ("jonkoping", "I want to influence the bus stop in Bankeryd", "en", "influence"),
        ("boras", "Vi vill starta en kör", "sv", None),
        ("boras", "Can our association have a partnership with the city?", "en", "grants"),
        ("lund", "Can our association have a partnership with the city?", "en", None),
        ("lund", "We need a place to work for two months", "en", "grants"),
        ("ekero", "We need a place to work for two months", "en", None),
        ("jonkoping", "Vår grupp vill gå med i Csam", "sv", "join"),
        ("jonkoping", "Vad är Csam?", "sv", "networks"),
        ("lund", "There is no childcare at the language café so I cannot come", "en", "obstacle"),
        ("lund", "jag vill hjälpa till som barnvakt", "sv", None),
        ("lund", "Vad händer där jag bor i Genarp?", "sv", "networks"),
        ("lund", "Vi vill starta en kör där jag bor", "sv", None),
        ("lund", "What's on at Stenkrossen this week?", "en", "whats_on"),
        ("lund", "Vilka öppna aktiviteter finns det?", "sv", "whats_on"),
        ("lund", "ما الأنشطة المفتوحة القادمة؟", "ar", "whats_on"),
        ("ekero", "Vilka öppna aktiviteter finns det?", "sv", None),
        ("lund", "Jag vill berätta om vår öppna aktivitet", "sv", "open_activity"),
        ("lund", "We want money for an open activity", "en", None),
        ("helsingborg", "جمعيتنا تحتاج إلى متطوعين", "ar", "board"),
        ("ekero", "När är nästa nätverksmöte i Öar utan gränser?", "sv", "networks"),
        ("ekero", "Vi söker en lokal för möten", "sv", None),
    ],
)  # fmt: skip
def test_what_a_sentence_names(pack: str, said: str, locale: str, flow: str | None) -> None:
    talker = Talker(municipality=pack, locale=locale)
    known = talker._known()
    found = understand(said, today=known.today, locale=locale, municipalities=(PACKS[pack],), preferred=pack)
    assert named(said, found, known) == flow


def test_the_local_councils_money_is_promised_to_nobody() -> None:
    talker = Talker(municipality="boras", facts={"notice_version": "2026-11"})
    talker.does("/start networks")
    talker.does("[Where I live]")
    talker.does("Sandared")
    text = "\n".join(talker.does("[In the countryside]"))
    assert "it goes to the council, not to a single person" in text or "inte till en enskild person" in text
    assert "networks (områdesnätverken)" not in text


def test_a_district_goes_along_with_a_group_that_joins() -> None:
    talker = Talker(municipality="jonkoping", facts={"notice_version": "2026-11"})
    talker.does("/start networks")
    talker.does("[Where I live]")
    talker.does("Taberg")
    talker.does("[We want to join]")
    for said in ("2", "The Neighbours", "We bake", "Ada, ada@example.se", "yes"):
        talker.does(said)
    (case,) = [each for each in talker.effects if isinstance(each, FileCase)]
    assert (case.kind, case.answers["area"], case.answers["group"]) == ("join", "Hovslätt", "The Neighbours")


def test_what_can_be_influenced_is_answered_for_every_level_and_step_of_the_code() -> None:
    known = Talker(municipality="ekero")._known()
    code = known.municipality.influence
    assert code is not None
    wishes = dict(zip(LEVELS, ("know", "comment", "shape", "share"), strict=True))
    for level in LEVELS:
        for step in STEPS:
            found = guidance_of({"wish": wishes[level], "step": step, "proposal": False}, known)
            assert found.level is not None and found.step is not None
            assert (found.level.id, found.step.id) == (level, step)
            assert found.usual == code.usual(level, step) and found.usual
            assert found.step.open and found.route.role.id == "processledare"
    shaping = {"wish": "shape", "step": "drafting", "proposal": True}
    finished = guidance_of(shaping, known)
    assert finished.level is not None and finished.level.id == "consultation", "a finished proposal is commented on"


def test_an_open_dialogue_is_named_where_somebody_asks_what_they_can_influence() -> None:
    talker = Talker(municipality="ekero", facts={"notice_version": "2026-11"}, locale="en")
    talker.lookups["dialogues"] = [{"id": 4, "title": "The path to the school"}]
    talker.does("/start influence")
    talker.does("The path to the school is dark and we want lamps there")
    said: list[str] = []
    for _count in range(5):
        said += talker.does("[I don't know yet]" if "I don't know yet" in talker.shown and not any(
            "What do you want to do" in line for line in said[-4:]) else "[Say what I think of it]")  # fmt: skip
        if any("Right now everybody can have a say" in line for line in said):
            break
    assert "The path to the school" in known_to(talker)
