"""Furniture that goes from who has it to who needs it: what a municipality offers, and the kinds of things (publication 2.1)."""

from __future__ import annotations

from pydantic import Field, model_validator

from bot.i18n import _
from bot.packs.model.base import Id, PackModel, Shown, Sourced, awaited, refuse, twice


class Thing(PackModel):
    """A kind of thing. `words` are what people write for it, in whatever language."""

    id: Id
    name: Shown
    words: tuple[str, ...] = Field(min_length=1)


class Furniture(PackModel):
    """Shared by all packs (`municipalities/furniture.yaml`); a folder with a file of its own has that instead."""

    kinds: tuple[Thing, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Furniture:
        refuse(twice((each.id for each in self.kinds), ("kinds",)))
        return self


class Goods(Sourced):
    """The furniture run of a municipality that has one. Nobody pays anybody."""

    name: Shown = Field(min_length=1)
    broken: Shown = awaited(_("Where something broken can be left or repaired, in one sentence."))
    answer_hours: int = Field(default=24, ge=1, le=168, description="so long a driver has to answer")
    erase_address_days: int = Field(
        default=14, ge=0, le=30, description="so many days after it is over the addresses are erased"
    )
