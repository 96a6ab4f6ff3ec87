"""Which steps of a flow apply, which are answered, which comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.flows.model import Answers, Flow, Frame, Known, Step


def applicable(flow: Flow, answers: Answers) -> tuple[Step, ...]:
    """The steps whose conditions hold, judged in order and only by answers that are themselves in force."""
    steps: list[Step] = []
    so_far: dict[str, Any] = {}
    for step in flow.steps:
        if step.when is None or step.when.holds(so_far):
            steps.append(step)
            if step.name in answers:
                so_far[step.name] = answers[step.name]
    return tuple(steps)


def in_force(flow: Flow, answers: Answers) -> dict[str, Any]:
    """The answers that count: those of steps that apply, sub-flows alike. Others are kept in case they apply again."""
    kept: dict[str, Any] = {}
    for step in applicable(flow, answers):
        if step.name in answers:
            answer = answers[step.name]
            kept[step.name] = in_force(step.flow, answer) if step.flow else answer
    return kept


def pending(flow: Flow, frame: Frame, known: Known) -> Step | None:
    """The step to ask next: neither answered nor left open; the first that applies, or the flow's own choice."""
    steps = applicable(flow, frame.answers)
    if flow.order is not None:
        wanted = flow.order(in_force(flow, frame.answers), known, frame.left)
        steps = tuple(step for name in wanted for step in steps if step.name == name)
    return next(
        (
            step
            for step in steps
            if (step.flow and step.name in frame.drafts)  # left half-way
            or (step.name not in frame.answers and step.name not in frame.left)
        ),
        None,
    )


def offered(flow: Flow, answers: Answers, known: Known) -> tuple[Step, ...]:
    """The steps that a form shows: all, or those that the flow would ask of somebody nothing is known of."""
    if flow.order is None:
        return flow.steps
    wanted = (*flow.order({}, known, ()), *flow.order(answers, known, ()))
    names = dict.fromkeys((*wanted, *(step.name for step in flow.steps if step.name in answers)))
    return tuple(step for name in names for step in flow.steps if step.name == name)


def answered(flow: Flow, answers: Answers) -> Iterator[tuple[tuple[str, ...], Step, Any]]:
    """Every answer in force, sub-flows' included, as (path, step, value): (("where", "room"), …)."""
    for step in applicable(flow, answers):
        if step.name not in answers:
            continue
        if step.flow:
            for path, inner, value in answered(step.flow, answers[step.name]):
                yield (step.name, *path), inner, value
        else:
            yield (step.name,), step, answers[step.name]


def holds(flow: Flow, some: Answers, more: Answers) -> bool:
    """Whether every question answered in `some` is answered in `more` too."""
    there = {path for path, _step, _value in answered(flow, more)}
    return all(path in there for path, _step, _value in answered(flow, some))


def questions(flow: Flow, answers: Answers, until: str | None = None) -> Iterator[tuple[tuple[str, ...], Step]]:
    """Every question that applies, answered or not, in order, before the step `until`.

    Where the flow chooses its questions, those that were answered.
    """
    for step in applicable(flow, answers):
        if flow.order is not None and step.name not in answers:
            continue
        if step.name == until and step.name not in answers:
            return
        if step.flow:
            for path, inner in questions(step.flow, answers.get(step.name) or {}):
                yield (step.name, *path), inner
        else:
            yield (step.name,), step


def with_answer(answers: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The answers with the one at `path` set."""
    head, *rest = path
    return {**answers, head: with_answer(answers.get(head) or {}, tuple(rest), value) if rest else value}
