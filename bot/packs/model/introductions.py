"""Who is brought together with whom in a municipality: friendship groups, friend families, partners for the phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from pydantic import Field, model_validator

from bot.packs.model.base import Id, PackModel, Shown, Sourced, refuse

KINDS: Final = ("friends", "families", "phone_chats")
"""The ways of bringing people together, as flows, rows and packs name them."""

CHOSEN_FROM: Final = 40
"""So many interests can be chosen from at most: they are buttons."""


class Interest(PackModel):
    """Something people like to do. `words` are Swedish words for it, for finding it in what somebody wrote."""

    id: Id
    name: Shown
    words: tuple[str, ...] = ()


class Friends(Sourced):
    """Friendship groups of newcomers and established together (publication, 2.1)."""

    what: Shown
    size: int = Field(default=4, ge=2, le=8, description="people in a group")
    least: int = Field(default=3, ge=2, le=8, description="a group goes on with so many, when somebody says no")
    age_from: int = Field(default=13, ge=13, le=99, description="the youngest who may sign up")
    age_to: int = Field(default=25, ge=13, le=120, description="the oldest")
    age_span: int = Field(default=3, ge=0, le=30, description="years between the youngest and the oldest of a group")
    minors_apart: bool = Field(default=True, description="nobody under 18 is in a group with somebody who is not")


class Families(Sourced):
    """Friend families: a newly arrived one and one that has lived here for longer (publication, 2.1)."""

    what: Shown


class PhoneChats(Sourced):
    """Partners for talks by phone (publication, 6.2)."""

    what: Shown
    min_age: int = Field(default=50, ge=18, le=99, description="both are so old at least")


class Introductions(PackModel):
    """What a municipality offers; what is left out, it does not. Days are counted in calendar days."""

    friends: Friends | None = None
    families: Families | None = None
    phone_chats: PhoneChats | None = None
    answer_days: int = Field(default=7, ge=1, le=30, description="days to say yes or no when asked")
    kept_days: int = Field(
        default=60, ge=14, le=200, description="whoever waits is told so after so many days, and again"
    )
    follow_up_days: tuple[int, ...] = Field(
        default=(14, 60), description="days after the first meeting, on which each is asked how it went"
    )

    @model_validator(mode="after")
    def _fits(self) -> Introductions:
        if self.friends and self.friends.least > self.friends.size:
            refuse([(("friends", "least"), f"is more than the {self.friends.size} of a group; write at most that")])
        if self.friends and self.friends.age_from > self.friends.age_to:
            refuse([(("friends", "age_to"), f"is less than age_from, {self.friends.age_from}; turn them round")])
        if list(self.follow_up_days) != sorted(set(self.follow_up_days)) or min(self.follow_up_days, default=1) < 1:
            refuse([(("follow_up_days",), "must grow; write for example [14, 60]")])
        return self

    @property
    def offered(self) -> tuple[str, ...]:
        """The kinds there are here."""
        return tuple(kind for kind in KINDS if getattr(self, kind) is not None)

    def what(self, kind: str) -> str:
        """What a kind is, for residents; "" where there is none."""
        return next((each.what for name, each in self._kinds() if name == kind), "")

    def _kinds(self) -> Iterator[tuple[str, Friends | Families | PhoneChats]]:
        for kind in self.offered:
            yield kind, getattr(self, kind)

    @property
    def answer_in(self) -> timedelta:
        return timedelta(days=self.answer_days)
