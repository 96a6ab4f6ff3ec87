"""The questions about support: they end whatever is said, and a form ends as the chat does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.flows import FLOWS
from bot.flows.form import read_form, sections
from bot.flows.model import FileCase, Frame, Input, Mode, Press, State
from bot.flows.path import offered
from bot.packs.load import load_municipality
from bot.rules.facts import FACTS
from tests.transcripts import Talker

QUICK = settings(derandomize=True, max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MUNICIPALITIES = ("boras", "ekero", "helsingborg", "jonkoping", "linkoping", "lund")


def _talker(municipality: str) -> Talker:
    version = load_municipality(municipality).data_protection.notice_version
    return Talker(municipality=municipality, facts={"notice_version": version})


def _cards(talker: Talker) -> list[str]:
    return [repr(reply.card) for reply in talker.replies if reply.card]


def _question(talker: Talker) -> str:
    frame = talker.state.frames[-1]
    return frame.step if frame.flow == "grants" else ""


@QUICK
@given(st.sampled_from(MUNICIPALITIES), st.randoms(use_true_random=False))
def test_asking_ends_and_nothing_is_asked_twice(municipality: str, random: Any) -> None:
    talker = _talker(municipality)
    talker.does("/grants")
    talker.does("something or other")
    asked: list[str] = []
    while name := _question(talker):
        assert name in FACTS and name not in asked
        asked.append(name)
        reader = next(step.read for step in FLOWS["grants"].steps if step.name == name)
        assert reader is not None
        choices = [each.id for each in reader.choices(talker._known()) if each.id != "done"]
        if not choices:
            talker.gives(Input(text=random.choice(["0", "2", "12"])))
        elif random.random() < 0.2:
            talker.gives(Input(text="skip"))
        elif reader.kind == "many_choices":
            talker.gives(Input(press=Press(talker.state.serial, f"c:{random.choice(choices)}")))
            talker.gives(Input(press=Press(talker.state.serial, "c:done")))
        else:
            talker.gives(Input(press=Press(talker.state.serial, f"c:{random.choice(choices)}")))
    assert talker.state.frames[-1].flow == "grants_next"
    assert _cards(talker)


ANSWERS: dict[str, dict[str, Any]] = {
    "ekero": {"about": "A workshop", "type": "private_persons", "persons": 2, "amount": 12000, "open": True,
              "public_benefit": True, "idelabbet_contact": False, "takes_part": True, "needs_place": False},
    "lund": {"about": "A play", "sectors": ["culture"], "duration_months": 12, "open_activity_quarterly": True,
             "open_activity_free": False, "meets_audience": True},
    "helsingborg": {"about": "A club", "type": "association", "newly_started": True, "mainly_in_city": True,
                    "temporary": False, "sectors": ["culture", "social"]},
}  # fmt: skip


@pytest.mark.parametrize("municipality", ANSWERS)
def test_chat_and_form_with_the_same_answers_end_in_the_same_verdicts(municipality: str) -> None:
    said = ANSWERS[municipality]
    chat = _talker(municipality)
    chat.does("/grants")
    while chat.state.frames[-1].flow == "grants":
        step = FLOWS["grants"].step(chat.state.frames[-1].step)
        assert step is not None and step.read is not None
        chat.gives(Input(fields=step.read.form_values(said[step.name])) if step.name in said else Input(text="skip"))
    told = chat.state.frames[-1].given["said"]  # the chat leaves out what could change nothing
    said = {name: value for name, value in said.items() if name in told}
    form = _talker(municipality)
    known = form._known()
    fields = {
        each.name(control): value
        for section in sections(FLOWS["grants"], None, said, known)
        for each in section.fields
        for control, value in each.values.items()
    }
    assert read_form(FLOWS["grants"], fields, known).answers == said
    form.gives(Input(command="form", argument="grants", fields=fields))
    assert form.state.frames[-1].flow == "grants_next"
    assert _cards(form) == _cards(chat)


def test_a_form_shows_only_what_its_municipality_would_ask() -> None:
    shown = {name: {step.name for step in offered(FLOWS["grants"], {}, _talker(name)._known())} for name in ANSWERS}
    assert "about" in shown["ekero"] & shown["lund"] & shown["helsingborg"]
    assert "elite_active" not in set.union(*shown.values())
    assert "duration_months" in shown["lund"] - shown["ekero"]


def test_an_application_asks_what_its_conditions_still_want_to_know() -> None:
    """A maxi of which little has been said: what decides its conditions is asked, and nothing else; an open one is missing."""
    talker = _talker("lund")
    said = {"sectors": ["art"], "duration_months": 36, "persons": 4, "fee": True}
    given = {"support": "lund.maxi", "said": said, "answers": said}
    talker.state = State((Frame("grants_next", FLOWS["grants_next"].version, step="do", given=given),))
    talker.does("draft: stenkrossen maxi")
    asked: list[str] = []
    for _count in range(8):
        asked.append(talker.state.frames[-1].step)
        talker.does("I don't know yet" if asked[-1] in ("meets_audience", "people") else "yes")
    assert talker.state.frames[-1].mode is Mode.REVIEW
    assert asked == [
        "established", "open_activity_quarterly", "open_activity_free", "meets_audience", "collaborates_in_house",
        "activity", "benefit", "people",
    ]  # fmt: skip
    assert "Sent, though it is not complete yet" in "\n".join(talker.does("[Yes, this is right]"))
    (case,) = [each for each in talker.effects if isinstance(each, FileCase)]
    assert not case.complete and {**case.answers, "activity": "", "benefit": ""} == {
        "sectors": ["art"], "duration_months": 36, "established": True, "open_activity_quarterly": True,
        "open_activity_free": True, "collaborates_in_house": True, "activity": "", "benefit": "", "support": "lund.maxi",
    }  # fmt: skip
