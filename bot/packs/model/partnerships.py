"""How partnerships (idéburet offentligt partnerskap, IOP) are followed up where a municipality has rules for it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from bot.packs.model.base import Id, Sourced, Where, refuse


class Partnerships(Sourced):
    """`support` is the talk in grants.yaml that a partnership begins with, `contact` the role that leads the process.

    `remind_days` before a follow-up both sides are reminded; `late_days` after it, one that was not held is told to
    whoever leads the process; `next_months` before the end both are asked what comes after.
    """

    support: str
    contact: Id
    years: int = Field(default=3, ge=1, le=10)
    follow_ups_per_year: int = Field(default=2, ge=1, le=12)
    steering_least: int = Field(default=2, ge=1, le=12)
    steering_most: int = Field(default=4, ge=1, le=12)
    remind_days: int = Field(default=14, ge=1, le=60)
    late_days: int = Field(default=14, ge=1, le=90)
    next_months: int = Field(default=6, ge=1, le=12)

    @model_validator(mode="after")
    def _fits(self) -> Partnerships:
        refuse(self._problems())
        return self

    def _problems(self) -> Iterator[tuple[Where, str]]:
        if self.steering_most < self.steering_least:
            yield ("steering_most",), f"is {self.steering_most}, less than steering_least; write at least that"
