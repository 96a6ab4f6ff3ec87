"""What holds for every conversation, whatever is said in it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.flows import FLOWS
from bot.flows.engine import COMMANDS
from bot.flows.form import read_form, sections
from bot.flows.model import File, Input, Person, Point, Press, SavePlan, Step
from bot.flows.plan import plan_of
from tests.transcripts import Talker

EXAMPLES = int(os.environ.get("IDELABB_EXAMPLES", "60"))
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=False,
)

WORDS = st.sampled_from(
    ["back", "skip", "vet inte", "exempel", "varför", "spara", "ändra", "människa", "cancel", "meny", "fortsätt", "ja", "nej",
     "nej vänta, det ska vara 30 personer", "no wait, 8000 kr", "klar", "8000 kr", "20-25", "nästa torsdag kl 18", "Stenhamra",
     "lokal 2000, fika 500", "Amina, gör affischen", "30 februari", "1, 3", "", " ", "\u200f", "x" * 10_000, "👍", "مرحبا", "٢٥"]
)  # fmt: skip
FILES = st.sampled_from(["photo", "voice", "sticker", "document", "video"]).map(
    lambda kind: Input(file=File(kind, "f"))
)
ANYTHING = st.one_of(
    WORDS.map(lambda words: Input(text=words)),
    st.text(max_size=40).map(lambda words: Input(text=words)),
    st.integers(0, 12).map(lambda index: ("press", index)),
    st.builds(lambda serial, id: Input(press=Press(serial, id)), st.integers(-1, 8), st.sampled_from(
        ["c:yes", "c:idea", "m:back", "m:more", "m:save", "m:change", "s:take", "c:done", "f:idea", "f:nonsense", "x", "", "c:where.room"])),
    st.sampled_from([*COMMANDS, "cancel", "nonsense", "moved"]).map(lambda name: Input(command=name)),
    st.sampled_from(["idea", "join_x", "ref_poster", "ö"]).map(lambda rest: Input(command="start", argument=rest)),
    st.just(Input(place=Point(59.336, 17.681))),
    st.just(Input(person=Person("Amina", "+46701740605"))),
    FILES,
    st.sampled_from(["saved_reminder", "saved_expires"]).map(lambda kind: Input(clock=kind, data={"flow": "idea"})),
)  # fmt: skip

PLANS = {"my_plans": [{"id": 1, "title": "Cykelverkstad"}],
         "plan_change": {"answers": {"idea": "Laga bilar"}, "base": {"idea": "Laga cyklar"}, "own": True},
         "plan": {"id": 1, "version": 1, "title": "Cykelverkstad", "answers": {"idea": "Laga cyklar"}, "findable": False, "own": True},
         "plan_versions": [], "similar_ideas": [{"id": 7, "title": "Café"}], "findable_title": "Café",
         "my_data": {"messages": 2, "plans": 1, "cases": 0, "consents": 0, "since": "2026-03-01"}}  # fmt: skip


def _talker(**changes: Any) -> Talker:
    return replace(Talker(locale="sv", lookups=PLANS), **changes)


def _press(talker: Talker, index: int) -> Input:
    """One of the buttons on the screen, or none: then a word."""
    shown = [(reply.serial or 0, each.id) for reply in talker.replies for each in (*reply.choices, *reply.moves)]
    return Input(press=Press(*shown[index % len(shown)])) if shown else Input(text="hej")


@QUICK
@given(st.lists(ANYTHING, max_size=25), st.sampled_from(["sv", "en", "ar", "sv-simple"]), st.booleans())
def test_whatever_comes_leaves_one_open_question_or_the_end(inputs: list[Any], locale: str, first: bool) -> None:
    talker = _talker(locale=locale, facts={"first_contact": first, "reachable": not first}, channel="telegram")
    asked = 0
    for each in inputs:
        input = _press(talker, each[1]) if isinstance(each, tuple) else each
        talker.gives(input)
        replies = talker.replies
        questions = [reply for reply in replies if reply.serial]
        assert len(questions) <= 1
        if questions:
            asked = questions[0].serial or 0
            assert replies[-1] is questions[0], "the question comes last"
            assert questions[0].words
        if talker.state.frames:
            assert asked == talker.state.serial, "the open question is the one last asked"
        else:
            assert not questions
        if input.clock is None:
            assert replies, "never silence"


@QUICK
@given(st.lists(ANYTHING, max_size=12))
def test_a_human_and_a_way_out_are_always_there(inputs: list[Any]) -> None:
    talker = _talker()
    for each in inputs:
        talker.gives(_press(talker, each[1]) if isinstance(each, tuple) else each)
    before = len(talker.state.saved)
    talker.gives(Input(command="menu"))
    assert talker.state.frames[-1].flow == "menu"
    assert len(talker.state.saved) == before, "the menu loses nothing"
    talker.gives(Input(press=Press(0, "m:human")))
    assert talker.state.frames[-1].flow in ("coach", "reach") or any(
        type(e).__name__ == "OpenCase" for e in talker.effects
    )


# --- chat and form end alike ---------------------------------------------------------------------------------------------

SENTENCES = st.sampled_from(
    [
        "Laga cyklar med ungdomar",
        "Språkcafé på biblioteket",
        "Vi odlar\nmed grannarna",
        "ورشة دراجات",
        "<b>fika</b> & prat",
    ]
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "idea": SENTENCES,
        "for_whom": st.one_of(st.sampled_from(["youth", "everyone"]), st.just({"other": "Grannarna på gatan"})),
        "why": SENTENCES,
        "who": st.just([{"name": "Amina", "does": "gör affischen"}, {"name": "Bo", "does": None}]),
        "own_part": SENTENCES,
        "where": st.fixed_dictionaries(
            {},
            optional={
                "area": st.just({"area": "Stenhamra"}),
                "room": st.sampled_from([["kitchen"], ["room", "outdoors"], []]),
                "how_many": st.sampled_from([12, {"low": 20, "high": 25}]),
            },
        ),
        "when": st.fixed_dictionaries(
            {},
            optional={
                "first": st.sampled_from([{"day": "2026-04-16", "time": "18:00"}, {"day": "2026-05-02", "time": None}]),
                "how_often": st.one_of(st.just("weekly"), st.just({"other": "Ibland på söndagar"})),
            },
        ),
        "money": st.sampled_from([[], [{"what": "Fika", "amount": 500}, {"what": "Lokal", "amount": 2000}]]),
        "risks": SENTENCES,
        "help": st.sampled_from([["money"], ["coach", "premises"], []]),
        "title": st.just("Cykelverkstaden"),
        "findable": st.booleans().map(lambda given: {"given": given, "version": "1"}),
        "next_steps": st.one_of(
            st.just({"accepted_on": "2026-03-02"}),
            st.just([{"what": "Fråga skolan", "who": "Bo", "day": "2026-04-01"}]),
        ),
    },
)


def _by_chat(answers: dict[str, Any], locale: str) -> SavePlan:
    """Give every answer in the chat, leave out the others, and accept the review."""
    talker = _talker(locale=locale, now="2026-03-02T10:00")
    talker.gives(Input(command="idea"))
    for _turn in range(80):
        frame = talker.state.frames[-1]
        if frame.mode == "review":
            talker.gives(Input(press=Press(talker.state.serial, "c:yes")))
            return next(effect for effect in talker.effects if isinstance(effect, SavePlan))
        step = FLOWS[frame.flow].step(frame.step)
        assert step is not None
        said = (answers.get(frame.sub) or {}) if frame.sub else answers
        for input in _inputs(step, said.get(step.name), talker):
            talker.gives(input)
    raise AssertionError("the talk does not end")


def _inputs(step: Step, value: Any, talker: Talker) -> list[Input]:
    """How somebody says `value` in a chat; nothing is known yet when it is None."""
    serial = talker.state.serial

    def press(id: str) -> Input:
        return Input(press=Press(serial, id))

    assert step.read is not None
    match step.read.kind, value:
        case _, None:
            return [press("m:unknown")]
        case "one_choice", str():
            return [press(f"c:{value}")]
        case "one_choice", dict():
            return [Input(text=value["other"])]
        case "many_choices", list():
            return [*(press(f"c:{each}") for each in value), press("c:done")]
        case "consent", dict():
            return [press("c:yes" if value["given"] else "c:no")]
        case "rows", []:
            return [press("s:none")]
        case "rows", list():
            return [
                Input(text="\n".join(", ".join(str(v) for v in row.values() if v is not None) for row in value)),
                press("c:done"),
            ]
        case "rows", dict():
            return [press("s:take")]
        case "place", dict():
            return [Input(text=value["area"])]
        case "whole_number", dict():
            return [Input(text=f"{value['low']}-{value['high']}")]
        case "day_and_time", dict():
            return [Input(text=f"{value['day']} {value['time'] or ''}".strip())]
        case _:
            return [Input(text=str(value))]


def _by_form(answers: dict[str, Any], locale: str) -> SavePlan:
    """Fill the same answers into the form's controls and send it."""
    talker = _talker(locale=locale, now="2026-03-02T10:00")
    known = talker._known()
    fields = {
        each.name(control): value
        for section in sections(FLOWS["idea"], None, answers, known)
        for each in section.fields
        for control, value in each.values.items()
    }
    filled = read_form(FLOWS["idea"], fields, known)
    assert filled.whole, (filled.problems, filled.doubts)
    talker.gives(Input(command="form", argument="idea", fields=fields))
    return next(effect for effect in talker.effects if isinstance(effect, SavePlan))


def test_steps_taken_on_another_day_stay_ticked_and_dated_in_the_form() -> None:
    idea, known = FLOWS["idea"], _talker(locale="en", now="2026-03-02T10:00")._known()
    taken = {"idea": "A garden", "next_steps": {"accepted_on": "2026-02-02"}}
    asked = sections(idea, None, taken, known)[-1].fields[0]
    assert asked.values == {"suggestion": "take"}
    fields = {"idea.value": "A garden", "next_steps.suggestion": "take"}
    assert read_form(idea, fields, known, taken).answers["next_steps"] == {"accepted_on": "2026-02-02"}
    assert read_form(idea, fields, known).answers["next_steps"] == {"accepted_on": "2026-03-02"}


def _told(answers: Any) -> Any:
    """The answers that say something: nothing ticked, and a sub-flow in which nothing was said, are as if not there."""
    told = {name: _told(value) if isinstance(value, dict) else value for name, value in answers.items()}
    return {name: value for name, value in told.items() if value != {} and (name == "money" or value != [])}


@QUICK
@given(ANSWERS, st.sampled_from(["sv", "en", "ar"]))
def test_chat_and_form_with_the_same_answers_end_in_the_same_plan(answers: dict[str, Any], locale: str) -> None:
    chat, form = _by_chat(answers, locale), _by_form(answers, locale)
    today = date(2026, 3, 2)
    assert plan_of(chat.answers, today) == plan_of(form.answers, today)
    assert _told(chat.answers) == _told(form.answers) == _told(answers)


@QUICK
@given(ANSWERS)
def test_every_language_leads_to_the_same_effects(answers: dict[str, Any]) -> None:
    plans = [_by_chat(answers, locale) for locale in ("sv", "sv-simple", "en", "ar")]
    assert all(plan == plans[0] for plan in plans)
