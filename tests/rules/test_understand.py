"""The understanding of free text, on sentences it was not trained on. The thresholds lie a little under what the bench
measured, so that they hold when an example is added; `python -m bench understand` shows the numbers."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.understand import CASES, DANGER, Answer, alarmed, answers, danger, sentences, sets, share_right
from bot.errors import OperatorError
from bot.rules import emergency
from bot.rules.understand import EMERGENCY, INTENTS, examples, meaning, model
from bot.rules.understand.danger import detect
from bot.rules.understand.features import MAX_WORDS, features, words_of

LANGUAGES = ("ar", "en", "es", "fa", "fi", "pl", "so", "sv", "ti", "uk")


@cache
def answered(name: str) -> list[Answer]:
    return answers(name)


# --- Examples --------------------------------------------------------------------------------------------------------


def test_every_language_has_examples_and_held_out_sentences() -> None:
    assert examples.languages() == LANGUAGES
    assert {name.partition("_")[0] for name in sets(CASES)} == set(LANGUAGES)
    assert {name.partition("_")[0] for name in sets(DANGER)} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_has_enough_examples(language: str) -> None:
    lines: dict[str, set[int]] = {}
    for example in examples.read():
        if example.language == language:
            lines.setdefault(example.label, set()).add(example.line)
    assert set(lines) == {*INTENTS, EMERGENCY, examples.HARMLESS}
    assert min(len(each) for each in lines.values()) >= 15
    assert len(lines[EMERGENCY]) >= 60


def test_no_held_out_sentence_is_trained_on() -> None:
    trained = {" ".join(words_of(example.text)) for example in examples.read()}
    held = {each.text for name in sets(CASES) for each in answered(name)}
    held |= {text for name in sets(DANGER) for texts in sentences(name) for text in texts}
    assert [text for text in held if len(words_of(text)) > 4 and " ".join(words_of(text)) in trained] == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("tag: sv\ngreeting: [hej]\nhello: [hej]\n", "`hello` is no intent"),
        ("tag: sv\ngreeting: [112]\n", "`greeting` holds 112; put quotation marks around it"),
        ("tag: sv\nidea: [jag vill ha <sak>]\n", "“jag vill ha <sak>” uses <sak>, which is not under `words`"),
        ("tag: sv\nidea: [", "a.yaml"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path: Path, written: str, told: str) -> None:
    (tmp_path / "a.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(OperatorError) as caught:
        examples.read(tmp_path)
    assert told in str(caught.value) and "a.yaml" in str(caught.value)


def test_a_set_stands_for_several_sentences(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "tag: sv\nwords: {sak: [kör, yoga, dans]}\nidea: [jag vill ha <sak>]\n", encoding="utf-8"
    )
    assert {each.text for each in examples.read(tmp_path)} == {
        "jag vill ha kör",
        "jag vill ha yoga",
        "jag vill ha dans",
    }


# --- The model -------------------------------------------------------------------------------------------------------


def test_the_same_examples_give_the_same_model(tmp_path: Path) -> None:
    from bot.rules.understand.train import train

    (tmp_path / "sv.yaml").write_text(
        "tag: sv\ngreeting: [hej, hallå, tjena, god dag]\nidea: [starta en kör, ordna en fest, ha yoga, göra en film]\n"
        "emergency: [det brinner, han slår mig, ring ambulans, hjälp]\nharmless: [grilla korv, slå på trumma]\n",
        encoding="utf-8",
    )
    one, other = train(tmp_path), train(tmp_path)
    one.save(tmp_path / "one.model")
    other.save(tmp_path / "other.model")
    assert (tmp_path / "one.model").read_bytes() == (tmp_path / "other.model").read_bytes()
    assert model.load(tmp_path / "one.model").guess("hej hej", None).intents[0][0] == "greeting"


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.model"
    trained = model.trained()
    broken = model.path().read_bytes()
    file.write_bytes(b"x" * 8 + broken[8:])
    with pytest.raises(ValueError, match="make setup"):
        model.load(file)
    assert trained.right > 0.6


def test_probabilities_are_probabilities() -> None:
    guess = model.trained().guess("vi vill starta en kör", None)
    assert sum(each for _name, each in guess.intents) == pytest.approx(1)
    assert sum(each for _name, each in guess.languages) == pytest.approx(1)
    assert 0 <= guess.danger <= 1


# --- Held-out sentences ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sets(CASES))
def test_intents_are_right(name: str) -> None:
    at_least = 0.9 if name.partition("_")[0] in ("sv", "en") else 0.82
    right = share_right(answered(name))
    assert right >= at_least, [f"{e.wanted} taken for {e.given}: {e.text}" for e in answered(name) if not e.right]


@pytest.mark.parametrize("name", sets(CASES))
def test_languages_are_told_apart(name: str) -> None:
    tag = name.partition("_")[0]
    assert sum(each.language == tag for each in answered(name)) >= 0.9 * len(answered(name))


def test_confidence_means_something() -> None:
    every = [each for name in sets(CASES) for each in answered(name)]
    for low, high in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
        held = [each for each in every if low <= each.confidence < high]
        said = sum(each.confidence for each in held) / len(held)
        assert abs(share_right(held) - said) < 0.15, (low, high, share_right(held), said)


@pytest.mark.parametrize("name", sets(DANGER))
def test_danger_is_found_without_crying_wolf(name: str) -> None:
    missed, false, dangers, harmless = danger(name)
    asked_about_at_most = 0.16 if name.endswith("_fifth") else 0.1  # all that is harmless in the fifth is a look-alike
    assert len(missed) <= 0.15 * dangers, missed
    assert alarmed(false) <= 0.05 * harmless, false
    assert len(false) <= asked_about_at_most * harmless, false


def test_ordinary_wishes_are_seldom_asked_about() -> None:
    wishes = [each for name in sets(CASES) for each in answered(name) if each.wanted != EMERGENCY]
    assert sum(each.given == EMERGENCY for each in wishes) <= 0.025 * len(wishes)


def test_what_the_lists_find_is_never_lost() -> None:
    for text in ("min man slår mig", "the house is on fire", "زوجي يضربني", "jag hatar mitt liv"):
        listed, found = emergency.detect(text), detect(text)
        assert listed is not None and found is not None
        assert found.kinds == listed.kinds and found.certain >= listed.certain


def test_a_certain_phrase_that_the_model_doubts_is_asked_about() -> None:
    """They were false alarms; a cry of two words is none of the model's business, nor what it holds for likely."""
    for text in ("the shooting club is looking for premises", "bomben i årets program är operan"):
        listed, found = emergency.detect(text), detect(text)
        assert listed is not None and listed.certain
        assert found is not None and not found.certain and found.kinds == listed.kinds
    for text in ("blå läppar", "blue lips", "Hej! Blå läppar. Vi vill starta en kör i bygdegården på tisdagar."):
        found = detect(text)
        assert found is not None and found.certain, text


def test_danger_stays_certain_where_the_lists_are() -> None:
    """Of the held-out dangers that the lists are certain of, the model may make a question of very few."""
    listed = [text for name in sets(DANGER) for text in sentences(name)[0] if _certain(emergency.detect(text))]
    assert sum(not _certain(detect(text)) for text in listed) <= 0.03 * len(listed)


def _certain(found: emergency.Emergency | None) -> bool:
    return found is not None and found.certain


def test_one_sentence_of_danger_is_not_drowned_by_the_others() -> None:
    said = "Hej! Vi vill starta en kör i bygdegården. " * 6 + "Min granne ligger på golvet och svarar inte. Tack!"
    assert detect(said) is not None


# --- Any text --------------------------------------------------------------------------------------------------------


@given(st.text(max_size=400))
def test_no_text_raises(text: str) -> None:
    assert meaning(text).intent in (*INTENTS, EMERGENCY)


def test_long_texts_are_cut_for_the_intent() -> None:
    assert len(words_of("ord " * 500)) == MAX_WORDS
    assert len(features("ord " * 500, None)) < 40


def test_a_long_text_takes_time_in_proportion() -> None:
    def spent(times: int) -> float:
        text = " ".join(f"Vi vill starta en kör i bygdegården {times} nummer {number}." for number in range(times))
        started = time.process_time()
        detect(text)
        return time.process_time() - started

    spent(1)
    assert spent(80) < 12 * max(spent(20), 0.01)
