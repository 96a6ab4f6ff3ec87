"""When people work."""

from __future__ import annotations

from datetime import time

from pydantic import field_validator, model_validator

from bot.packs.model.base import PackModel


class OpenHours(PackModel):
    """When people work: `days` as ISO weekdays (1 is Monday), from `opens` to `closes`, local time."""

    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    opens: time = time(9)
    closes: time = time(16)

    @field_validator("days")
    @classmethod
    def _weekdays(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if not days or any(not 1 <= day <= 7 for day in days):
            raise ValueError("days are ISO weekdays, 1 (Monday) to 7 (Sunday), at least one")
        return days

    @model_validator(mode="after")
    def _in_order(self) -> OpenHours:
        if self.closes <= self.opens:
            raise ValueError(f"closes at {self.closes:%H:%M}, before it opens at {self.opens:%H:%M}; turn them round")
        return self
