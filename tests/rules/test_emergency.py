from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import OperatorError
from bot.i18n import plain, render
from bot.i18n.locales import TABLE
from bot.rules import emergency
from bot.rules.emergency import KINDS, Emergency, Helpline, answer, ask, detect, helplines, lines_for, normalise, says

CASES = Path(__file__).with_name("emergency_cases")
FULL = ("sv", "en", "ar")
SHORT = ("es", "fa", "fi", "pl", "ru", "so", "ti", "tr", "uk")


@cache
def cases(language: str) -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load((CASES / f"{language}.yaml").read_text(encoding="utf-8"))
    return held


def told(language: str) -> list[tuple[str, str]]:
    """(kind, text) for everything that tells of danger; "" where the kind is not stated."""
    held = cases(language)
    of_kind = [(kind, text) for kind, texts in held["emergency"].items() for text in texts]
    return of_kind + [("", text) for name in ("unseen", "beside_harmless") for text in held.get(name, ())]


# --- Each language -------------------------------------------------------------------------------------------------


def test_every_language_has_cases() -> None:
    installed = {file.stem.removesuffix("-Latn") for file in emergency.PHRASES.glob("*.yaml")}
    assert installed == {file.stem for file in CASES.glob("*.yaml")} == {*FULL, *SHORT}


@pytest.mark.parametrize(("language", "at_least"), [*((each, 30) for each in FULL), *((each, 10) for each in SHORT)])
def test_the_case_sets_are_large_enough(language: str, at_least: int) -> None:
    for texts in ([text for _, text in told(language)], cases(language)["harmless"]):
        assert len(texts) == len(set(texts))
        assert len(texts) >= at_least


@pytest.mark.parametrize("language", [*FULL, *SHORT])
def test_danger_is_found(language: str) -> None:
    texts = told(language)
    found = {text: detect(text) for _, text in texts}
    missed = [text for kind, text in texts if not (it := found[text]) or (kind and kind not in it.kinds)]
    assert len(missed) <= 0.02 * len(texts), "missed:\n" + "\n".join(missed)


@pytest.mark.parametrize("language", [*FULL, *SHORT])
def test_harmless_words_are_let_be(language: str) -> None:
    texts = cases(language)["harmless"]
    false_alarms = [f"{text}: {found}" for text in texts if (found := detect(text))]
    assert len(false_alarms) <= 0.01 * len(texts), "false alarms:\n" + "\n".join(false_alarms)


@pytest.mark.parametrize("language", FULL)
def test_uncertain_words_are_asked_about(language: str) -> None:
    wrong = [text for text in cases(language)["ask"] if not (found := detect(text)) or found.certain]
    assert wrong == []


# --- What a finding says ---------------------------------------------------------------------------------------------


def test_a_finding_names_kinds_the_most_urgent_first() -> None:
    assert detect("Min man slår mig. Nu brinner det i köket!") == Emergency(("fire", "violence"), True, ("sv",))


def test_a_certain_finding_hides_the_uncertain_ones() -> None:
    assert detect("I hate my life. My kitchen is on fire!") == Emergency(("fire",), True, ("en",))


def test_all_lists_are_searched_whatever_the_conversation_is_held_in() -> None:
    found = detect("Hej, en fråga: زوجي يضربني")
    assert found is not None and (found.kinds, found.languages) == (("violence",), ("ar",))


def test_no_words_of_the_resident_are_kept() -> None:
    assert set(Emergency.__slots__) == {"kinds", "certain", "languages"}


@pytest.mark.parametrize("text", ["", " ", ".", "\n\n", "?!", "12345", "\u200b", "🙂", "\x00", "_" * 99])
def test_texts_without_words_are_nothing(text: str) -> None:
    assert detect(text) is None


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    detect(text)


TELLING_WORDS = sorted({word for language in FULL for _, text in told(language) for word in text.split()})


@given(st.lists(st.sampled_from(TELLING_WORDS), max_size=200))
def test_no_order_of_telling_words_raises(words: list[str]) -> None:
    detect(" ".join(words))


def test_danger_deep_in_a_long_text_without_full_stops_is_found() -> None:
    for before in range(0, 130, 7):
        assert detect("blomma " * before + "min man slår mig " + "blomma " * 80) is not None, before


# --- One spelling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("DÖ", "do"),
        ("döööööö", "do"),
        ("Dö\u0308", "do"),
        ("i\u200bn\u200dt\ufefe"[:5] + "e", "inte"),
        ("İSTANBUL ısı", "istanbul isi"),
        ("łódź", "lodz"),
        ("انتحـــار", "انتحار"),
        ("أريدُ أن أموتَ", "اريد ان اموت"),
        ("مدرسة ى", "مدرسه ي"),
        ("کتاب گی", "كتاب گي"),
        ("١٣ ۱۳ १३", "13 13 13"),
        ("don't don’t", "dont dont"),
        ("\u202eabc\u202c", "abc"),
        ("ẞ ß", "s s"),
        ("ｈｅｌｐ 𝐇𝐄𝐋𝐏", "help help"),
        ("вб'ю Її ґвалт", "вбю іі гвалт"),
        ("ሓዊ ዓይኒ ፀሓይ", "ሃዊ ኣይኒ ጸሃይ"),
    ],
)
def test_spellings_become_one(written: str, same: str) -> None:
    assert normalise(written) == normalise(same)


@given(st.text(max_size=100))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "text",
    [
        "MIN MAN SLÅR MIG",
        "min man slar mig",
        "min man slååår miiiig",
        "min man slår\u200b mig",
        "min  man\nslår\tmig!!!",
        "min.. man… slår mig",
        "Min \u2068man\u2069 slår mig",
        "زَوْجي يَضْرِبُني",
        "زوجى يضربنى",
        "زوجيييي يضربني",
        "I’m thirteen. my dad hits me",
        "می‌خواهم بمیرم",
        "می خواهم بمیرم",
        "ميخواهم بميرم",
        "Ölmek istiyorum",
        "OLMEK ISTIYORUM",
    ],
)
def test_careless_spelling_is_found(text: str) -> None:
    assert detect(text) is not None


# --- What is answered ------------------------------------------------------------------------------------------------


def test_112_is_the_first_line_of_every_kind() -> None:
    assert helplines()[0].id == "112"
    assert {kind: lines_for([kind])[0].id for kind in KINDS} == dict.fromkeys(KINDS, "112")


def test_every_line_has_its_own_sentence() -> None:
    assert {line.id for line in helplines()} == set(emergency._SAYS)


def test_links_call_the_number_that_is_shown() -> None:
    shown = {line.id: line.number.replace(" ", "").replace("-", "").lstrip("0") for line in helplines()}
    called = {line.id: line.link.split(":")[1].removeprefix("+46") for line in helplines()}
    assert called == shown


def test_a_line_the_municipality_adds_is_shown_by_name_and_number() -> None:
    line = Helpline("jour", "Sjöbergs jour", "0123-4 56", "tel:+46123456", "", None, ("violence",), "", None)
    assert plain(render(says(line), "en")) == "You can call Sjöbergs jour, 0123-4 56."


@pytest.mark.parametrize("tag", TABLE)
@pytest.mark.parametrize("kind", KINDS)
def test_answer_and_question_render_with_112_first(kind: emergency.Kind, tag: str) -> None:
    for certain in (True, False):
        found = Emergency((kind,), certain)
        paragraphs = [plain(render(text, tag)) for text in (answer(found) if certain else ask(found))]
        assert "112" in paragraphs[0]
        assert all(paragraph.strip() and "{" not in paragraph for paragraph in paragraphs)


def test_the_answer_names_the_lines_that_fit_and_ends_with_one_question() -> None:
    paragraphs = [plain(render(text, "en")) for text in answer(Emergency(("suicide",), True))]
    assert paragraphs == [
        "Are you or someone else in danger now? Call 112.",
        "Thoughts of ending your life? You can call or chat with Självmordslinjen, 90101. They answer day and night.",
        "Are you under 18? You can call BRIS, 116 111. They are there for children and young people.",
        "I am a bot. I cannot call for you.",
        "A person does not read this right now.",
        "Do you want a person at the municipality to contact you?",
    ]


def test_the_answer_does_not_say_that_nobody_reads_when_somebody_does() -> None:
    found = Emergency(("fire",), True)
    dropped = [text for text in answer(found) if text not in answer(found, staffed=True)]
    assert [plain(render(text, "en")) for text in dropped] == ["A person does not read this right now."]


def test_the_question_ends_by_letting_the_talk_go_on() -> None:
    last = ask(Emergency(("suicide",), False))[-1]
    assert plain(render(last, "en")) == "If I have misunderstood, just go on. What you wrote is kept."


# --- Files that cannot be used -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("language: xx\nfires: {now: [a]}", "no kind"),
        ("language: xx\nfire: {soon: [a]}", "now, likely, ask"),
        ("language: xx\nfire: {now: [a <b>]}", "not under `words`"),
        ("language: xx\nfire: {now: [(a|)]}", "a choice is words"),
        ("language: xx\nfire: {now: [(a|b .. c)]}", "a choice is words"),
        ("language: xx\nfire: {now: [(a|(b|c))]}", "a choice is words"),
        ("language: xx\nfire: {now: [a*b]}", "a choice is words"),
        ("language: xx\nfire: {now: [(a)?]}", "must be there"),
        ("fire: {now: [a]}", "language"),
        ("language: [", "notation"),
    ],
)
def test_an_unusable_phrase_file_is_named(
    content: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xx.yaml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(emergency, "PHRASES", tmp_path)
    with pytest.raises(OperatorError, match=r"xx\.yaml") as raised:
        emergency._loaded.__wrapped__()
    assert complaint in str(raised.value)
