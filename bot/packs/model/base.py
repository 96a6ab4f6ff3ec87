"""What every part of a pack shares: strict fields, and where a fact comes from and whether it is still current."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CURRENT_FOR = timedelta(days=365)
"""How long after `checked_on` a rule, room or contact is shown without 'we are not sure that this is current'."""


SHOWN = "shown"

Shown = Annotated[str, SHOWN]
"""A Swedish text that residents see, through `bot.i18n.content`: it goes into the catalogues and the preview."""


class PackModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(PackModel):
    """Something that somebody answers for: who, where it stands (a section of the publication, with its year), and when
    it was last checked. Nothing is current that was never checked."""

    owner: str = Field(default="", description="the role at the municipality that keeps this current")
    source: str = Field(
        default="", description='a section of the publication, such as "2.3", or the municipality\'s own page'
    )
    year: int | None = Field(default=None, description="the year of the source's figures")
    checked_on: date | None = None

    def is_current(self, today: date) -> bool:
        return self.checked_on is not None and today - self.checked_on <= CURRENT_FOR
