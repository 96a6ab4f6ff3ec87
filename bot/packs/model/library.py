"""Tools for whoever works together: what they are, for whom, and at which phase of the work they help.

Shared by all packs (`municipalities/library.yaml`; publication, section 7).
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from bot.packs.model.base import Id, PackModel, Shown, Sourced, Where, refuse, twice


class Phase(PackModel):
    """A phase of MUCF's co-operation model, with what a coach asks in it."""

    id: Id
    title: Shown


class Tool(Sourced):
    id: Id
    title: Shown
    what: Shown
    use_by: Literal["staff", "associations", "both"]
    phases: tuple[Id, ...] = ()
    """When it helps; none: all the time."""


class Library(PackModel):
    phases: tuple[Phase, ...] = ()
    tools: tuple[Tool, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Library:
        known = [phase.id for phase in self.phases]
        problems: list[tuple[Where, str]] = [*twice(known, ("phases",))]
        problems += twice((tool.id for tool in self.tools), ("tools",))
        problems += (
            (("tools", at, "phases"), f'"{phase}" is no phase of this file; write one of: {", ".join(known)}')
            for at, tool in enumerate(self.tools)
            for phase in tool.phases
            if phase not in known
        )
        refuse(problems)
        return self

    def for_phase(self, phase: str) -> tuple[Tool, ...]:
        """Those made for the phase, and those that help all the time."""
        return tuple(tool for tool in self.tools if phase in tool.phases or not tool.phases)
