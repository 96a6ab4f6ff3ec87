"""How a queued body looks: words, card, buttons, and both directions of writing."""

from __future__ import annotations

from bot.handlers.telegram import buttons, layout
from bot.i18n.markup import FSI, PDI, RLM
from tests.telegram.parts import body

QUESTION = body(
    "How many will come?",
    choices={"c:few": "A few", "c:many": "Many", "c:long": "As many as ever want to come here"},
    moves={"m:skip": "Skip", "m:more": "More …", "m:back": "Back", "m:human": "Talk to a human"},
    serial=4,
    progress={"step": 2, "steps": 5, "words": "Question 2 of 5"},
)


def _labels(rows: layout.Rows) -> list[list[str]]:
    return [[button["text"] for button in row] for row in rows]


def test_text_ends_with_how_far_one_has_come() -> None:
    assert layout.text(QUESTION) == "How many will come?\n\n<i>Question 2 of 5</i>"


def test_card_is_a_block_above_the_words() -> None:
    card = {"title": "A <b>bicycle</b> workshop", "rows": [["Who & when", "Amina"], ["Cost", "25&nbsp;000"]]}
    shown = layout.text(body("Is everything right?", card=card))
    assert shown == "<b>A bicycle workshop</b>\nWho &amp; when: Amina\nCost: 25&nbsp;000\n\nIs everything right?"


def test_keyboard_has_choices_first_and_the_way_out_last() -> None:
    assert _labels(layout.keyboard(QUESTION)) == [
        ["A few", "Many"],
        ["As many as ever want to come here"],
        ["Skip", "More …"],
        ["Back", "Talk to a human"],
    ]


def test_keyboard_of_a_right_to_left_reader_is_mirrored() -> None:
    rows = layout.keyboard(
        QUESTION | {"dir": "rtl", "choices": [{"id": "c:a", "label": "نعم"}, {"id": "c:b", "label": "لا"}]}
    )
    assert _labels(rows)[0] == ["لا", "نعم"]


def test_chosen_answers_are_ticked() -> None:
    rows = layout.keyboard(body(choices=[{"id": "c:a", "label": "Young people", "chosen": True}], serial=1))
    assert rows == [[{"text": "✓ Young people", "callback_data": "c1:1:c:a"}]]


def test_buttons_without_a_serial_stay_valid_for_ever() -> None:
    assert layout.keyboard(body(choices={"f:idea": "An idea"}))[0][0]["callback_data"] == "c1:0:f:idea"


def test_keyboard_never_has_more_buttons_than_telegram_takes() -> None:
    many = {f"c:{number}": f"An answer with number {number}" for number in range(150)}
    rows = layout.keyboard(body(choices=many, moves={"m:back": "Back", "m:human": "Talk to a human"}))
    assert sum(map(len, rows)) == 100
    assert _labels(rows)[-1] == ["Back", "Talk to a human"]


def test_address_that_no_button_may_hold_stands_in_the_words() -> None:
    shown = body(choices=[{"id": "u:1", "label": "Open <it>", "url": "http://localhost:8080/x"}])
    assert layout.keyboard(shown) == []
    assert layout.text(shown).endswith('<a href="http://localhost:8080/x">Open &lt;it&gt;</a>')


def test_address_button_is_kept() -> None:
    shown = body(choices=[{"id": "u:1", "label": "Open", "url": "https://example.se/x"}])
    assert layout.keyboard(shown) == [[{"text": "Open", "url": "https://example.se/x"}]]


def test_place_question_says_how_to_send_one() -> None:
    assert "Location" in layout.text(body("Where?", ask="place"))
    assert "Contact" in layout.text(body("Who?", ask="person"))


def test_right_to_left_lines_begin_with_a_right_to_left_character() -> None:
    card = {"title": "ورشة", "rows": [["العنوان", "ورشة الدراجات"]]}
    given = body(f"{FSI}08-123 45 67{PDI}\nمرحبا", lang="ar", dir="rtl", card=card)
    lines = layout.text(given).split("\n")
    assert lines[-2] == f"{RLM}{FSI}08-123 45 67{PDI}"
    assert lines[-1] == "مرحبا"


def test_sentence_that_stayed_in_another_language_keeps_its_direction() -> None:
    given = body(f"This is not translated.\n{FSI}Ekerö{PDI}، مرحبا\n{FSI}Ekerö{PDI}: 3", lang="ar", dir="rtl")
    assert layout.text(given).split("\n") == [
        "This is not translated.",
        f"{RLM}{FSI}Ekerö{PDI}، مرحبا",
        f"{RLM}{FSI}Ekerö{PDI}: 3",
    ]


def test_closed_question_keeps_what_was_pressed() -> None:
    assert layout.closed("Many") == [[{"text": "✓ Many", "callback_data": "closed"}]]
    assert layout.closed(None) == []
    assert buttons.press(layout.CLOSED).serial == -1
