"""Asking for news: what a municipality has nothing to choose from is not asked, and nothing is widened by itself."""

from __future__ import annotations

from typing import Any

from bot.flows.model import Listen
from bot.packs.load import load_municipality
from tests.transcripts import Talker

KEPT: dict[str, Any] = {
    "topics": ["culture"], "areas": ["Stenhamra"], "band": None, "gap_days": 1, "quiet": [21, 8], "version": "1",
    "channel": "telegram",
}  # fmt: skip


def talker(municipality: str = "ekero", **kept: Any) -> Talker:
    facts: dict[str, Any] = {"notice_version": "2026-11", "reachable": True, "listens": bool(kept)}
    made = Talker(municipality=municipality, facts=facts, channel="telegram")
    made.lookups["my_news"] = {**KEPT, **kept} if kept else None
    return made


def listened(somebody: Talker) -> Listen:
    (wanted,) = [each for each in somebody.effects if isinstance(each, Listen)]
    return wanted


def test_where_there_are_no_areas_none_are_asked_for() -> None:
    (bare, *_others) = [each for each in ("boras", "jonkoping", "linkoping") if not load_municipality(each).areas]
    somebody = talker(bare)
    for said in ("/start news", "[Culture]", "[Done]"):
        lines = somebody.does(said)
    assert any("How old are you?" in line for line in lines)
    for said in ("[Skip]", "[Every message]", "[From 21 to 8]", "[Yes, I agree]", "[Yes, this is right]"):
        somebody.does(said)
    assert listened(somebody) == Listen(("culture",), (), None, 0, 21, 8)


def test_a_change_begins_with_what_was_chosen() -> None:
    somebody = talker(band=65, quiet=[20, 9], gap_days=7)
    said = "\n".join(somebody.does("/start news"))
    for words in ("Culture", "Stenhamra", "65 or older", "Once a week at most", "From 20 to 9", "Is everything right?"):
        assert words in said
    somebody.does("[Yes, this is right]")
    assert listened(somebody) == Listen(("culture",), ("Stenhamra",), 65, 7, 20, 9)


def test_all_of_it_stays_all_of_it() -> None:
    somebody = talker(topics=[], areas=[])
    somebody.does("/start news")
    somebody.does("[Yes, this is right]")
    assert listened(somebody) == Listen((), (), None, 1, 21, 8)


def test_a_topic_that_is_no_more_is_asked_anew_and_not_widened() -> None:
    somebody = talker(topics=["old_topic"])
    assert any("What do you want to hear about?" in line for line in somebody.does("/start news"))
    for said in ("[Older people]", "[Done]", "[Yes, this is right]"):
        somebody.does(said)
    assert listened(somebody).topics == ("seniors",)


def test_new_words_of_the_consent_are_agreed_to_anew() -> None:
    somebody = talker(version="0")
    assert any("May the municipality keep" in line for line in somebody.does("/start news"))


def test_a_kept_topic_without_a_name_is_not_shown_as_everything() -> None:
    somebody = talker(topics=["old_topic"], areas=["Gamla stan"])
    somebody.does("/mine")
    shown = "\n".join(somebody.does("[News I get]"))
    assert "Topics: old_topic" in shown and "Areas: Gamla stan" in shown
