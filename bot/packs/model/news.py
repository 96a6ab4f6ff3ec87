"""What residents can get news about, when it is quiet, and when a second person looks at what goes out."""

from __future__ import annotations

from typing import Final

from pydantic import Field, model_validator

from bot.packs.model.base import Id, PackModel, Shown, Where, refuse, twice

BANDS: Final = (0, 18, 26, 65)
"""The ages that the age groups begin with, which somebody who gets news may tell."""

CHOSEN_MAX: Final = 62
"""So many topics, and so many areas, can be chosen from: `storage.listeners` has a bit for each."""


class NewsTopic(PackModel):
    """Something one can get news about. `words` are Swedish words for it, for finding it in what somebody wrote."""

    id: Id
    title: Shown
    words: tuple[str, ...] = ()


class News(PackModel):
    """Shared by all packs (`municipalities/news.yaml`); a folder with a file of its own has that instead."""

    topics: tuple[NewsTopic, ...] = ()
    quiet_from: int = Field(default=21, ge=0, le=23, description="from this hour on nothing is sent that is not urgent")
    quiet_to: int = Field(default=8, ge=0, le=23, description="until this hour; the same as quiet_from: never quiet")
    approve_above: int = Field(
        default=200, ge=0, description="a second person approves what goes to more people than so many"
    )

    @model_validator(mode="after")
    def _fits(self) -> News:
        problems: list[tuple[Where, str]] = list(twice((each.id for each in self.topics), ("topics",)))
        problems += (
            (("topics", at, "id"), f'"{each.id}" means something to the bot already; call it something else')
            for at, each in enumerate(self.topics)
            if each.id in ("all", "done")
        )
        if len(self.topics) > CHOSEN_MAX:
            problems.append((("topics",), f"holds {len(self.topics)} topics; keep it to {CHOSEN_MAX}"))
        refuse(problems)
        return self
