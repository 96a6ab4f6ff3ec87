"""States that earlier versions stored still load and go on. The examples under `old_states/` are never rewritten."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.flows import FLOWS
from bot.flows.idea import IDEA
from bot.flows.model import Answers, Ending, Flow, Known, Mode, Step
from bot.flows.path import pending
from bot.flows.read import text
from bot.flows.state import VERSION, load
from bot.i18n import _
from tests.transcripts import Talker

STORED = sorted((Path(__file__).parent / "old_states").glob("*.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_state_goes_on_where_it_stood(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    talker = Talker(locale="sv", state=load(kept["state"], FLOWS))
    talker.does(kept["say"])
    assert talker.state.frames[-1].step == kept["open"]


def _nothing(answers: Answers, known: Known) -> Ending:
    return Ending()


def _step(name: str) -> Step:
    return Step(name, prompt=_("What is it called?"), label=_("Name"), read=text())


def _flow(version: int, *names: str, **upgrade: Any) -> Flow:
    return Flow("sewing", _("Sewing"), tuple(map(_step, names)), _nothing, version=version, **upgrade)


def _stored(**changes: Any) -> dict[str, Any]:
    frame = {
        "flow": "sewing",
        "version": 1,
        "step": "place",
        "answers": {"what": "En sykurs"},
        "trail": ["what"],
        **changes,
    }
    return {"v": 1, "serial": 3, "frames": [frame], "saved": []}


def test_answers_of_an_earlier_version_are_carried_over_step_by_step() -> None:
    newer = _flow(
        3,
        "title",
        "where",
        upgrade={
            1: lambda answers: {"title": answers["what"]},
            2: lambda answers: {**answers, "where": "Stenhamra"},
        },
    )
    frame = load(_stored(), {"sewing": newer}).frames[-1]
    assert dict(frame.answers) == {"title": "En sykurs", "where": "Stenhamra"}
    assert frame.version == 3
    assert frame.trail == ()


def test_a_step_that_is_gone_is_found_anew() -> None:
    newer = _flow(2, "what", "when")
    frame = load(_stored(mode="doubt", doubt={"value": "x"}), {"sewing": newer}).frames[-1]
    assert (frame.step, frame.mode) == ("", Mode.STEP)
    step = pending(newer, frame, Talker()._known())
    assert step is not None and step.name == "when"


def test_an_answer_to_a_question_that_is_gone_leads_to_the_next_one() -> None:
    stored = {"v": 1, "serial": 3, "saved": []}
    stored["frames"] = [{"flow": "idea", "version": 1, "step": "weather", "answers": {"idea": "Laga cyklar"}}]
    talker = Talker(locale="sv", state=load(stored, FLOWS))
    talker.does("Soligt")
    assert talker.state.frames[-1].step == "for_whom"


def test_a_flow_that_is_gone_leaves_the_others() -> None:
    stored = _stored()
    stored["saved"] = [{"flow": "idea", "version": 1, "answers": {"idea": "Laga cyklar"}}]
    state = load(stored, FLOWS)
    assert state.frames == ()
    assert [frame.flow for frame in state.saved] == ["idea"]


def test_a_state_of_a_newer_program_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="use the newer one"):
        load({"v": VERSION + 1, "serial": 0, "frames": [], "saved": []}, FLOWS)


def test_a_newer_idea_flow_still_asks_what_is_new() -> None:
    """A question added in a later version is asked of those who were in the middle."""
    flows = {**FLOWS, "idea": replace(IDEA, version=2, steps=(*IDEA.steps, _step("motto")))}
    stored = {"v": 1, "serial": 3, "frames": [], "saved": []}
    stored["frames"] = [
        {"flow": "idea", "version": 1, "mode": "review", "answers": {step.name: {} for step in IDEA.steps}}
    ]
    frame = load(stored, flows).frames[-1]
    step = pending(flows["idea"], frame, Talker()._known())
    assert step is not None and step.name == "motto"
