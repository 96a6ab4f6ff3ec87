"""What every part of a pack shares: strict fields, texts that residents see, gaps, and whether a fact is current."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from bot.i18n import Text, _

CURRENT_FOR = timedelta(days=365)
"""How long after `checked_on` a rule, room or contact is shown without 'we are not sure that this is current'."""

SHOWN = "shown"

Shown = Annotated[str, SHOWN]
"""A Swedish text that residents see, through `bot.i18n.content`: it goes into the catalogues and the preview."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""How other files, logs and tests name an entry. It never changes; titles may."""

Where = tuple[str | int, ...]
"""The way to a field: ("contacts", "roles", 2, "deputy")."""


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

    def doubt(self, today: date) -> Text | None:
        """What residents are told beside a fact that may be out of date; None while it is current."""
        if self.is_current(today):
            return None
        return _("We are not sure that this is still right. A coach can check it for you.")


def awaited(why: Text, default: Any = "") -> Any:
    """A field that the municipality has to fill in. While it is empty, residents are told to ask, and handed over.

    `why` says to staff what it is and what it is for.
    """
    return Field(default=default, json_schema_extra={"awaited": cast(Any, why)})


def refuse(problems: Iterable[tuple[Where, str]]) -> None:
    """Refuse a pack, in a validator, for entries that do not fit each other: where each is, and what to do about it.

    Raises:
        ValidationError: There are any. Each keeps its place, so that file and line can be named.
    """
    details: list[InitErrorDetails] = [
        {"type": PydanticCustomError("pack", "{words}", {"words": words}), "loc": where, "input": None}
        for where, words in problems
    ]
    if details:
        raise ValidationError.from_exception_data("pack", details)


def twice(ids: Iterable[str], where: Where, field: str = "id") -> Iterable[tuple[Where, str]]:
    """Entries that have the id (or name) of an earlier one."""
    seen: set[str] = set()
    for at, each in enumerate(ids):
        if each in seen:
            yield (*where, at, field), f'"{each}" is the {field} of an earlier entry too; give each its own'
        seen.add(each)
