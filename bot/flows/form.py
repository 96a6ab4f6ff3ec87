"""The same flow as one web form: its steps as groups of controls, and what was filled in as the same answers.

Controls are named `<step>.<control>`, inside a sub-flow `<step>.<step>.<control>`. Nothing typed is lost: whatever cannot
be used comes back in its field, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.flows.model import (
    Answers,
    Choice,
    Doubt,
    Draft,
    Flow,
    Input,
    Known,
    LookupWanted,
    Problem,
    Read,
    Step,
    Suggestion,
)
from bot.flows.path import offered
from bot.flows.questions import say
from bot.flows.read import Control
from bot.i18n import Text, _

Path = tuple[str, ...]

SUBJECT = "subject."

ABOUT = "form.about"
"""The control that says what a form was shown with: see `about`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form. `values` are by control name. `doubt` is a value to be confirmed, with its question."""

    path: Path
    label: Text
    prompt: Text
    why: Text | None
    example: Text | None
    controls: tuple[Control, ...]
    values: Mapping[str, str]
    required: bool
    problem: Text | None = None
    doubt: Text | None = None

    def name(self, control: str) -> str:
        return ".".join((*self.path, control))


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one step, or of one sub-flow under its title."""

    title: Text
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was read out of a form. `left` are steps that were left empty."""

    answers: dict[str, Any]
    left: tuple[str, ...] = ()
    problems: Mapping[Path, Text] = field(default_factory=dict)
    doubts: Mapping[Path, Text] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not self.problems and not self.doubts


def about(given: Mapping[str, Any]) -> str:
    """Which talk a form is shown with, by what that was started with: "new", a plan and the version of it, or a subject."""
    if given.get("subject") and not given.get("plan_id"):
        return f"{SUBJECT}{given['subject']}"
    return f"{given['plan_id']}.{given.get('version') or 0}" if given.get("plan_id") else "new"


def started_with(about: str) -> dict[str, Any]:
    """What a talk was started with that is over by the time its form is sent."""
    number = about.removeprefix(SUBJECT)
    if number != about:
        return {"subject": int(number)} if number.isdecimal() and len(number) < 16 else {}
    plan_id, _dot, version = about.partition(".")
    if not (plan_id.isdecimal() and version.isdecimal()) or len(about) > 30:
        return {}
    return {"plan_id": int(plan_id), "version": int(version) or None}


def read_form(flow: Flow, fields: Mapping[str, str], known: Known, earlier: Mapping[str, Any] = {}) -> Filled:
    """Read a whole form, steps in order, each only where its condition holds.

    A doubtful answer is taken when `<step>.confirm` is among the fields; otherwise its question comes back. `earlier`
    are the answers the form was shown with: a suggestion taken then stays what it was.
    """
    return _read(flow, fields, known, (), {}, earlier)


def _read(
    flow: Flow, fields: Mapping[str, str], known: Known, above: Path, around: Mapping[str, Any], earlier: Answers
) -> Filled:
    answers: dict[str, Any] = {}
    left: list[str] = []
    problems: dict[Path, Text] = {}
    doubts: dict[Path, Text] = {}
    for step in offered(flow, {}, known):
        path = (*above, step.name)
        if step.when is not None and not step.when.holds(answers):
            continue
        if step.flow is not None:
            inner = _read(step.flow, fields, known, path, {**around, **answers}, earlier.get(step.name) or {})
            answers[step.name] = inner.answers
            problems |= inner.problems
            doubts |= inner.doubts
            continue
        given = _given(fields, path)
        before = {step.name: earlier[step.name]} if step.name in earlier else {}
        suggested = _suggested(step, given, {**around, **answers, **before}, known)
        if suggested is not None:
            answers[step.name] = suggested
            continue
        if not any(value.strip() for name, value in given.items() if name not in ("confirm", "suggestion")):
            if step.must:
                problems[path] = _("This needs an answer.")
            else:
                left.append(step.name)
            continue
        reading = _checked(step, given, {**around, **answers}, known)
        match reading:
            case Read(value) | Draft(value):
                answers[step.name] = value
            case Doubt(value, question):
                if given.get("confirm"):
                    answers[step.name] = value
                else:
                    doubts[path] = question
            case Problem(words):
                problems[path] = words
    return Filled(answers, tuple(left), problems, doubts)


def sections(
    flow: Flow, fields: Mapping[str, str] | None, answers: Answers, known: Known, filled: Filled | None = None
) -> tuple[Section, ...]:
    """The form to show: with what was typed (`fields`), or else with the answers there are."""
    return tuple(_sections(flow, fields, answers, known, filled, (), {}))


def _sections(
    flow: Flow, fields: Mapping[str, str] | None, answers: Answers, known: Known, filled: Filled | None, above: Path,
    around: Mapping[str, Any],
) -> Iterator[Section]:  # fmt: skip
    for step in offered(flow, answers, known):
        path = (*above, step.name)
        if step.flow is not None:
            inner = _sections(
                step.flow, fields, answers.get(step.name) or {}, known, filled, path, {**around, **answers}
            )
            yield Section(step.label, tuple(each for section in inner for each in section.fields))
        else:
            yield Section(step.label, (_field(step, path, fields, answers, known, filled, around),))


def _field(
    step: Step, path: Path, fields: Mapping[str, str] | None, answers: Answers, known: Known, filled: Filled | None,
    around: Mapping[str, Any],
) -> Field:  # fmt: skip
    assert step.read is not None
    said = {**around, **(filled.answers if filled else {}), **answers}
    value = answers.get(step.name)
    if fields is not None:
        values = _given(fields, path)
    elif value is not None:
        accepted = next((each.id for each in _suggestions(step, said, known) if each.value == value), None)
        values = {"suggestion": accepted} if accepted else step.read.form_values(value)
    else:
        values = {}
    controls = step.read.controls(known, value)
    if suggested := _suggestions(step, said, known):
        options = tuple(Choice(each.id, each.label) for each in suggested)
        controls = (*controls, Control("suggestion", input_type="suggestion", options=options, required=False))
    return Field(
        path=path,
        label=step.label,
        prompt=say(step.prompt, said, known),
        why=say(step.why, said, known) if step.why else None,
        example=say(step.example, said, known) if step.example else None,
        controls=controls,
        values=values,
        required=step.must,
        problem=filled.problems.get(path) if filled else None,
        doubt=filled.doubts.get(path) if filled else None,
    )


def _given(fields: Mapping[str, str], path: Path) -> dict[str, str]:
    prefix = ".".join(path) + "."
    return {name.removeprefix(prefix): value for name, value in fields.items() if name.startswith(prefix)}


def _suggested(step: Step, given: Mapping[str, str], said: Answers, known: Known) -> Any:
    """The value of a ticked suggestion; None when none is, or when something else was typed beside it."""
    if not given.get("suggestion"):
        return None
    if any(value.strip() for name, value in given.items() if name not in ("confirm", "suggestion")):
        return None
    return next((each.value for each in _suggestions(step, said, known) if each.id == given["suggestion"]), None)


def _suggestions(step: Step, said: Answers, known: Known) -> tuple[Suggestion, ...]:
    """The suggestions of a step. A form stands alone: what would have to be looked up is not suggested."""
    try:
        return step.suggest(said, known) if step.suggest else ()
    except LookupWanted:
        return ()


def _checked(step: Step, given: Mapping[str, str], said: Answers, known: Known) -> Any:
    assert step.read is not None
    own = {name: value for name, value in given.items() if name not in ("confirm", "suggestion")}
    reading = step.read.read(Input(fields=own), known)
    if isinstance(reading, Read | Doubt) and step.check:
        return step.check(reading.value, said, known) or reading
    return reading
