"""Choices, yes and no, consent, free words."""

from __future__ import annotations

import pytest

from bot.flows.model import Choice, Input, Press
from bot.flows.read import consent, long_text, many_choices, one_choice, text, yes_no
from bot.i18n import p_
from tests.flows.read.conftest import COLOURS, known, line, say, told, value_of

CHOICES = tuple(Choice(id, label) for id, label in COLOURS.items())
LISTED = "You can choose: Red, Green, Light green and Blue sky."


@pytest.mark.parametrize(
    ("locale", "words", "outcome"),
    [
        ("sv", "röd", "red"),
        ("sv", "rod", "red"),
        ("sv", "RÖD!", "red"),
        ("sv", "2", "green"),
        ("sv", "två", "green"),
        ("sv", "ljus grön", "light_green"),
        ("sv", "himmel", "blue"),
        ("sv", "himelsblå", "blue"),
        ("sv", "jag vill ha den gröna", "green"),
        ("sv", "Green", "green"),
        ("en", "ligth green", "light_green"),
        ("ar", "اخضر", "green"),
        ("ar", "٣", "light_green"),
        ("sv", "gul", f"problem: I did not find “gul” among the answers. {LISTED}"),
        ("sv", "5", f"problem: I did not find “5” among the answers. {LISTED}"),
    ],
)
def test_one_choice(locale: str, words: str, outcome: str) -> None:
    assert say(one_choice(CHOICES), words, locale) == outcome


def test_own_words_are_an_answer_where_that_is_allowed() -> None:
    reader = one_choice(CHOICES, other=True)
    assert say(reader, "röd") == "red"
    assert say(reader, "gul som solen") == "{'other': 'gul som solen'}"
    assert line(reader.read(Input(fields={"value": "", "other": "gul"}), known())) == "{'other': 'gul'}"
    assert told(reader.show({"other": "gul"}, known())) == "gul"


def test_choices_may_depend_on_what_is_known() -> None:
    reader = one_choice(lambda known: CHOICES[:2])
    assert [choice.id for choice in reader.choices(known())] == ["red", "green"]
    assert say(reader, "röd") == "red"


@pytest.mark.parametrize(
    ("locale", "words", "outcome"),
    [
        ("sv", "1, 3", ["red", "light_green"]),
        ("sv", "3 1", ["red", "light_green"]),
        ("sv", "röd och grön", ["red", "green"]),
        ("sv", "röd, ljusgrön & himmelsblå", ["red", "light_green", "blue"]),
        ("sv", "röd, himmelsblå", ["red", "blue"]),
        ("en", "sky", ["blue"]),
        ("sv", "alla", ["red", "green", "light_green", "blue"]),
        ("sv", "inga", []),
        ("ar", "أحمر، أزرق", ["red", "blue"]),
        ("sv", "röd, gul", "draft ['red']: I have ticked Red. I did not find “gul” among the answers."),
        ("sv", "gul", f"problem: I did not find “gul” among the answers. {LISTED}"),
    ],
)
def test_several_choices_by_words(locale: str, words: str, outcome: object) -> None:
    assert say(many_choices(CHOICES), words, locale) == str(outcome)


def test_several_choices_by_buttons() -> None:
    reader, here = many_choices(CHOICES, at_least=1), known()
    assert line(reader.read(Input(press=Press(1, "done")), here)) == "problem: Choose at least one first."
    draft = None
    for id in ("blue", "red", "blue"):
        draft = value_of(reader, Input(press=Press(1, id)), draft)
    assert draft == ["red"]
    assert [choice.id for choice in reader.choices(here, draft) if choice.chosen] == ["red"]
    assert line(reader.read(Input(press=Press(1, "done")), here, draft)) == "['red']"
    assert say(reader, "klar", draft=draft) == "['red']"


@pytest.mark.parametrize(
    ("locale", "words", "answer"),
    [
        ("sv", "ja", True),
        ("sv", "Ja tack!", True),
        ("sv", "jaaaa", True),
        ("sv", "jo gärna", True),
        ("sv", "nej", False),
        ("sv", "nej det går inte så bra för mig", False),
        ("sv", "yes", True),
        ("sv", "👍", True),
        ("en", "of course", True),
        ("en", "no thank you", False),
        ("ar", "نعم", True),
        ("ar", "لا شكرا", False),
        ("sv", "vet inte", None),
        ("sv", "absolut inte", None),
        ("sv", "nej men ja", None),
    ],
)
def test_yes_and_no(locale: str, words: str, answer: bool | None) -> None:
    unclear = "problem: I could not tell whether that is a yes or a no. Which is it?"
    assert say(yes_no(), words, locale) == (unclear if answer is None else str(answer))


def test_a_yes_or_no_question_of_plain_choices_understands_the_same_words() -> None:
    reader = one_choice((Choice("yes", p_("answer", "Yes")), Choice("no", p_("answer", "No"))))
    assert say(reader, "javisst") == "yes"
    assert say(reader, "nej 30").startswith("problem")  # a new answer, not a no


def test_consent_keeps_the_version_that_was_answered() -> None:
    assert say(consent("findable", "2"), "ja") == "{'given': True, 'version': '2'}"
    assert value_of(consent("findable", "2"), Input(press=Press(1, "no"))) == {"given": False, "version": "2"}


def test_free_words_are_kept_as_written_without_tricks() -> None:
    assert say(text(), "  Cykel\u202e-verkstad\r\nför \x07alla ") == "Cykel-verkstad\nför alla"
    assert say(text(), "👨‍👩‍👧 نعم") == "👨‍👩‍👧 نعم"


def test_ten_thousand_characters_are_kept_whole() -> None:
    story = "å" * 10_000
    for reader in (text(), long_text()):
        assert say(reader, story) == story
    longer = say(long_text(), story + "x")
    assert longer.startswith("problem: That is 10\u00a0001 characters. I can take 10\u00a0000 at a time.")


@pytest.mark.parametrize("words", ["", "   ", "\u200b\u200d", "\u3164", "\u2800"])
def test_nothing_visible_is_no_answer(words: str) -> None:
    assert say(text(), words) == "problem: I see nothing written there. Try again, in your own words."
