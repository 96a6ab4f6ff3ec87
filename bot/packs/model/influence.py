"""The European Code of good practice for civil participation: how far influence goes, and at which step of a decision.

Shared by all packs (`municipalities/influence.yaml`). It binds nobody; it helps to choose (publication, section 2.3).
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from bot.packs.model.base import PackModel, Shown, Sourced, Where, refuse

Level = Literal["information", "consultation", "dialogue", "partnership"]
Step = Literal["agenda", "drafting", "decision", "implementation", "review", "reformulation"]
LEVELS: tuple[Level, ...] = ("information", "consultation", "dialogue", "partnership")
STEPS: tuple[Step, ...] = ("agenda", "drafting", "decision", "implementation", "review", "reformulation")


class LevelWords(PackModel):
    id: Level
    title: Shown
    means: Shown


class StepWords(PackModel):
    """`far` is how somebody outside notices that a matter has come here; `open` what can still be changed."""

    id: Step
    title: Shown
    far: Shown
    open: Shown


class Cell(PackModel):
    """What is usual at one level and step."""

    level: Level
    step: Step
    usual: tuple[Shown, ...]


class Influence(Sourced):
    levels: tuple[LevelWords, ...]
    steps: tuple[StepWords, ...]
    forms: tuple[Cell, ...]

    @model_validator(mode="after")
    def _whole(self) -> Influence:
        problems: list[tuple[Where, str]] = []
        if [each.id for each in self.levels] != list(LEVELS):
            problems.append((("levels",), f"has to hold, in this order: {', '.join(LEVELS)}"))
        if [each.id for each in self.steps] != list(STEPS):
            problems.append((("steps",), f"has to hold, in this order: {', '.join(STEPS)}"))
        cells = [(each.level, each.step) for each in self.forms]
        for level in LEVELS:
            for step in STEPS:
                if cells.count((level, step)) != 1:
                    problems.append((("forms",), f"has to hold level {level}, step {step} once"))
        refuse(problems)
        return self

    def level(self, id: Level) -> LevelWords:
        return self.levels[LEVELS.index(id)]

    def step(self, id: Step) -> StepWords:
        return self.steps[STEPS.index(id)]

    def usual(self, level: Level, step: Step) -> tuple[str, ...]:
        return next(each.usual for each in self.forms if (each.level, each.step) == (level, step))
