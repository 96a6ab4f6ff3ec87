"""Ready answers: shared ones, a pack's own, and what is put into them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.canned import canned
from bot.i18n import Text, _
from bot.i18n.catalogues import current
from bot.packs.load import PACKS, BadPack, load_municipality
from bot.packs.model import Municipality
from bot.packs.model.answers import placeholders

LOCALES = ("sv", "sv-simple", "en", "ar")
VALUES = {"name": "Maja", "time": datetime(2026, 11, 26, 15, tzinfo=UTC), "person": "Boverket"}


def _translated(text: str, tag: str) -> str:
    words, real = next(current().candidates(Text(text, domain="content"), tag))
    assert real == tag
    return words


def test_there_are_about_twenty_and_each_is_chosen_by_a_title_of_its_own(ekero: Municipality) -> None:
    titles = [answer.title for answer in ekero.canned]
    assert 20 <= len(titles) == len({*titles}) <= 30


@pytest.mark.parametrize("tag", LOCALES)
def test_every_answer_in_every_language_keeps_its_placeholders(ekero: Municipality, tag: str) -> None:
    for answer in ekero.canned:
        assert sorted(placeholders(_translated(answer.text, tag))) == sorted(placeholders(answer.text)), answer.id
        assert placeholders(_translated(answer.title, tag)) == ()


@pytest.mark.parametrize("tag", LOCALES)
def test_what_is_known_is_put_in_and_what_is_not_is_left_to_the_coach(ekero: Municipality, tag: str) -> None:
    here = ekero.model_copy(update={"phone": "08-123 45 67", "visit": "Storgatan 1"})
    answers = {each.id: each for each in canned(here, tag, VALUES, staff_locale="en")}
    assert {each.language for each in answers.values()} == {tag}
    assert not [each.id for each in answers.values() if re.search(r"[{}<>&…]", each.words + each.in_swedish)]
    assert answers["not_ours"].title == "Somebody else helps with this"
    assert answers["not_ours"].in_swedish == (
        f"Det här kan jag inte hjälpa dig med på {ekero.lab}. Den som kan hjälpa dig är Boverket."
    )
    assert "08-123 45 67" in answers["visit"].words
    unknown = {each.id: each for each in canned(ekero, tag, {}, staff_locale="sv")}
    assert "…" in unknown["visit"].words and "…" in unknown["received"].words


def test_a_value_may_be_a_sentence_of_the_program(ekero: Municipality) -> None:
    answers = {each.id: each for each in canned(ekero, "en", {"person": _("a coach")}, staff_locale="en")}
    assert answers["not_ours"].words.endswith("The one who can help you is a coach.")


def test_a_pack_adds_answers_and_replaces_one_by_its_id(pack: Path) -> None:
    (pack / "answers.yaml").write_text(
        "- {id: late, title: Sent, text: Förlåt!}\n- {id: fika, title: Fika, text: 'Kom på fika {time}.'}\n", "utf-8"
    )
    here = load_municipality(pack)
    shared = load_municipality("jonkoping").canned
    assert [each.id for each in here.canned] == [*(each.id for each in shared), "fika"]
    assert {each.id: each.text for each in here.canned if each.text.startswith(("Förlåt", "Kom på"))} == {
        "late": "Förlåt!", "fika": "Kom på fika {time}.",
    }  # fmt: skip
    words = {each.id: each.language for each in canned(here, "ar", {}, staff_locale="ar")}
    assert (words["fika"], words["closing"]) == ("sv", "ar")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("- {id: fika, title: Fika, text: 'Kom {when}.'}",
         '2: 0.text: "{when}" is not known here; write one of: {name}, {lab}, {time}, {phone}, {place}, {person}, {opens}, '
         "{closes}"),
        ("- {id: fika, title: 'Fika {time}', text: Kom.}", '2: 0.title: "{time}" is not known here; take it out'),
        ("- {id: fika, title: Fika, text: 'Kom } snart.'}",
         "2: 0.text: has a brace that stands alone; write for example {name}, or no braces"),
        ("- {id: fika, title: Fika, text: Kom.}\n- {id: fika, title: Mer, text: Kom.}",
         '3: 1.id: "fika" is the id of an earlier entry too; give each its own'),
        ("- {id: fika, title: Fika, txt: Kom.}", '2: 0.txt: there is no such field; did you mean "text"?'),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_in_is_refused_with_file_and_line(pack: Path, line: str, said: str) -> None:
    (pack / "answers.yaml").write_text(f"# våra egna\n{line}\n", "utf-8")
    with pytest.raises(BadPack) as caught:
        load_municipality(pack)
    assert f"{pack / 'answers.yaml'}:{said}" in str(caught.value).splitlines()


def test_the_shared_ones_stand_beside_the_packs() -> None:
    assert (PACKS / "answers.yaml").is_file() and not list(PACKS.glob("*/answers.yaml"))
