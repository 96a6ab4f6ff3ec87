"""Which dialogues a municipality holds with civil society and residents, and what it owes those who took part."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from bot.packs.model.base import Id, PackModel, Shown, Sourced, refuse, twice

DialogueKind = Literal["three_steps", "hearing", "forum"]
"""A survey, focus groups and a workshop (2.2); a hearing with groups, SWOT and quick polls, and the proposals of a large
meeting (6.1)."""


class Offered(Sourced):
    """One way of talking with each other. `contact` is the role that answers for it."""

    kind: DialogueKind
    title: Shown
    what: Shown
    contact: Id


class Dialogues(PackModel):
    """A municipality without any has no dialogues here."""

    kinds: tuple[Offered, ...] = ()
    feedback_days: int = Field(default=7, ge=1, le=60, description="days after a meeting until all have feedback")
    remind_days: int = Field(default=2, ge=1, le=30, description="days before that on which staff are reminded")
    invite_days: int = Field(default=5, ge=1, le=30, description="days to answer when drawn for a focus group")
    civil_groups: int = Field(default=4, ge=1, le=20, description="focus groups of civil society and residents")
    municipal_groups: int = Field(default=1, ge=0, le=20, description="focus groups of the municipality's own people")
    group_size: int = Field(default=8, ge=2, le=30, description="people in a focus group")

    @model_validator(mode="after")
    def _once(self) -> Dialogues:
        refuse(twice((each.kind for each in self.kinds), ("kinds",), "kind"))
        return self

    def offered(self, kind: str) -> Offered | None:
        return next((each for each in self.kinds if each.kind == kind), None)
