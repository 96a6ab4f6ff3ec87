"""The municipality itself, and what its other files add to it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from bot.packs.model.base import PackModel
from bot.rules.calendar import is_working_day


class Area(PackModel):
    """A part of the municipality residents name. `aliases` are other spellings; the centre is in WGS 84 degrees."""

    name: str
    aliases: tuple[str, ...] = ()
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    neighbours: tuple[str, ...] = ()


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


class Promise(PackModel):
    """Answer times a resident is promised, in working days after the day a message came (languages-and-rights.md C5)."""

    answer_days: int = Field(default=2, ge=1, le=10)


class DataProtection(PackModel):
    """Who is responsible for the data, for the notice (GDPR art. 13). Empty where the municipality has not said."""

    controller: str = ""
    officer_contact: str = ""
    notice_version: str = "1"


class Municipality(PackModel):
    """One municipality's own data. `id` is its folder's name."""

    id: str
    name: str
    lab: str = Field(default="", description="the idea lab's own name, when it has one")
    languages: tuple[str, ...]
    timezone: str = "Europe/Stockholm"
    areas: tuple[Area, ...] = ()
    hours: OpenHours = OpenHours()
    promise: Promise = Promise()
    phone: str = ""
    visit: str = ""
    email: str = ""
    data_protection: DataProtection = DataProtection()
    closed_on_telegram: tuple[str, ...] = ()
    sure_from: float = Field(
        default=0.6, ge=0, le=1, description="how sure the bot must be of what somebody wants, not to ask (0 to 1)"
    )

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError) as error:
            raise ValueError(f'"{name}" is no time zone; write for example Europe/Stockholm') from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def answer_by(self, asked_at: datetime) -> datetime:
        """When a person has answered at the latest: closing time, `answer_days` working days after `asked_at`.

        A message after closing time, or on a free day, counts from the next working day. Swedish holidays are free.
        """
        local = asked_at.astimezone(self.zone)
        day = local.date()
        if local.time() >= self.hours.closes or not self._works(day):
            day = self._next(day)
        for _count in range(self.promise.answer_days):
            day = self._next(day)
        return datetime.combine(day, self.hours.closes, self.zone)

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        return self._works(local.date()) and self.hours.opens <= local.time() < self.hours.closes

    def _works(self, day: date) -> bool:
        return day.isoweekday() in self.hours.days and is_working_day(day)

    def _next(self, day: date) -> date:
        day += timedelta(days=1)
        while not self._works(day):
            day += timedelta(days=1)
        return day
