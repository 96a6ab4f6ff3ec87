"""Two changes of the same answers put together, answer by answer: nothing that somebody wrote is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.flows.model import Answers, Flow, Step


@dataclass(slots=True)
class Together:
    """The answers that come out. `both` are questions whose answer both changed: mine stands, theirs is beside it."""

    answers: dict[str, Any] = field(default_factory=dict)
    both: list[tuple[Step, Any]] = field(default_factory=list)


def put_together(flow: Flow, base: Answers, theirs: Answers, mine: Answers) -> Together:
    """Bring what two made out of `base` into one. An answer that only one of them changed, or took away, is theirs."""
    both: list[tuple[Step, Any]] = []
    return Together(_merged(flow, base, theirs, mine, both), both)


def _merged(flow: Flow, base: Answers, theirs: Answers, mine: Answers, both: list[tuple[Step, Any]]) -> dict[str, Any]:
    merged = dict(mine)
    for step in flow.steps:
        was, their, my = (each.get(step.name) for each in (base, theirs, mine))
        if step.flow is not None:
            answer: Any = _merged(step.flow, was or {}, their or {}, my or {}, both) or None
        elif my == was:
            answer = their
        elif their in (was, my):
            answer = my
        else:
            answer = _lines(was or [], their, my)
            if answer is None:
                both.append((step, their))
                answer = my
        merged[step.name] = answer
    return {name: answer for name, answer in merged.items() if answer is not None}


def _lines(was: Any, their: Any, my: Any) -> list[Any] | None:
    """Lists that both changed: with what each of them added and took out; None where they changed the same line."""
    if not all(isinstance(each, list) for each in (was, their, my)):
        return None
    out = [each for each in was if each not in their]
    if any(each not in my for each in out):
        return None
    return [each for each in my if each not in out] + [each for each in their if each not in was and each not in my]
