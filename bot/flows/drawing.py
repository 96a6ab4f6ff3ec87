"""Every flow as a diagram (Mermaid), drawn from its declaration into `docs/flows.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.flows import FLOWS
from bot.flows.model import Flow, Step, When

DRAWING = Path(__file__).resolve().parents[2] / "docs" / "flows.md"

HEAD = """# The flows

Drawn from `bot/flows/` by `python run_bot.py draw-flows`; a test fails when the drawing is behind. A box is a question
(its kind in brackets), an arrow's words are the condition under which the next one is asked. At every question one can
also go back, skip or leave it open, see an example, ask why, change an earlier answer, save, change language, stop, or
talk to a human.
"""


def write_drawing(*, check: bool = False) -> int:
    """Write the drawing, or with `check` only compare it; exit status 1 when it is behind."""
    drawn = drawing(FLOWS)
    if check:
        behind = not DRAWING.is_file() or DRAWING.read_text(encoding="utf-8") != drawn
        if behind:
            print("docs/flows.md is behind the flows; run: python run_bot.py draw-flows", file=sys.stderr)
        return int(behind)
    DRAWING.write_text(drawn, encoding="utf-8")
    return 0


def drawing(flows: Mapping[str, Flow]) -> str:
    """The whole document."""
    inner = {step.flow.name for flow in flows.values() for step in flow.steps if step.flow}
    parts = [HEAD]
    for name in sorted(set(flows) - inner):
        flow = flows[name]
        parts.append(
            f"\n## {name}: {flow.title.message}\n\n```mermaid\nflowchart TD\n" + "\n".join(_lines(flow)) + "\n```\n"
        )
    return "".join(parts)


def _lines(flow: Flow) -> Iterator[str]:
    yield f"    start(({flow.name}))"
    before = "start"
    if flow.order is not None:
        yield "    start --> choose{What is worth asking now?}"
        before = "choose"
    for step in flow.steps:
        yield from _box(step, step.name, "    ")
        yield f"    {before} -->{_condition(step.when)} {step.name}"
        before = before if flow.order is not None else step.name
    if flow.review and flow.steps:
        yield "    review{Is everything right?}"
        yield f"    {before} --> review"
        yield "    review -->|change something| " + flow.steps[0].name
        before = "review"
    yield f"    {before} --> done((end))"


def _box(step: Step, id: str, indent: str) -> Iterator[str]:
    if step.flow is None:
        assert step.read is not None
        optional = ", may be skipped" if step.may_skip else ", needed" if step.must else ""
        yield f'{indent}{id}["{_safe(step.label.message)} ({step.read.kind}{optional})"]'
        return
    yield f'{indent}subgraph {id}["{_safe(step.label.message)}"]'
    inside = [f"{id}_{each.name}" for each in step.flow.steps]
    for each, name in zip(step.flow.steps, inside, strict=True):
        yield from _box(each, name, indent + "    ")
    for one, (each, two) in zip(inside, list(zip(step.flow.steps, inside, strict=True))[1:], strict=False):
        yield f"{indent}    {one} -->{_condition(each.when)} {two}"
    yield f"{indent}end"


def _condition(when: When | None) -> str:
    if when is None:
        return ""
    values = " or ".join(str(value) for value in when.values) or "answered"
    return f"|{when.step}: {values}|"


def _safe(words: str) -> str:
    return words.replace('"', "'").replace("{", "").replace("}", "")
