"""What helpers can do, what can be asked of them, and what their municipality has decided about them."""

from __future__ import annotations

from datetime import date, time

from pydantic import Field, model_validator

from bot.i18n import _
from bot.packs.model.base import Id, PackModel, Shown, Where, awaited, refuse, twice


class Skill(PackModel):
    """Something a helper can do. `months`: a person has to have seen proof of it, which counts for so long; 0: their own
    word is enough. `words` are Swedish words for it, for finding it in what somebody wrote."""

    id: Id
    name: Shown
    words: tuple[str, ...] = ()
    months: int = Field(default=0, ge=0, le=120)


class CheckRole(PackModel):
    """Tasks for which the law lets the municipality ask to see an extract from the criminal records."""

    id: Id
    name: Shown
    law: str = Field(min_length=1, description="the act and section that lets it be asked for")


class Task(PackModel):
    """Something one can ask for help with. `outside`: no task for volunteers (money, hygiene, lifting), so it goes to the
    service group (publication, 6.2). `routine` tells the helper how it is done; `minutes` is how long it usually takes.
    `afar`: done by phone, so that nobody needs an address."""

    id: Id
    name: Shown
    words: tuple[str, ...] = ()
    skills: tuple[Id, ...] = ()
    car: bool = False
    routine: Shown = ""
    minutes: int = Field(default=60, ge=15, le=600)
    outside: bool = False
    afar: bool = False


class Skills(PackModel):
    """Shared by all packs (`municipalities/skills.yaml`); a folder with a file of its own has that instead."""

    skills: tuple[Skill, ...] = ()
    check_roles: tuple[CheckRole, ...] = ()
    tasks: tuple[Task, ...] = ()
    rules: tuple[Shown, ...] = ()
    """What every helper is told before the first time: the routines for money, safety, hygiene and equipment."""

    @model_validator(mode="after")
    def _fits(self) -> Skills:
        known = [skill.id for skill in self.skills]
        problems: list[tuple[Where, str]] = []
        for name in ("skills", "check_roles", "tasks"):
            problems += twice((each.id for each in getattr(self, name)), (name,))
        problems += (
            (("tasks", at, "skills"), f'"{each}" is no skill of this file; write one of: {", ".join(known)}')
            for at, task in enumerate(self.tasks)
            for each in task.skills
            if each not in known
        )
        refuse(problems)
        return self

    def task(self, id: str) -> Task | None:
        return next((each for each in self.tasks if each.id == id), None)


class Crisis(PackModel):
    """What residents are met with while the level is not calm, written and reviewed beforehand (languages-and-rights.md C9).

    Shared by all packs (`municipalities/crisis.yaml`); a folder with a file of its own has that instead.
    """

    standby: Shown = ""
    crisis: Shown = ""
    reviewed_by: str = awaited(_("Who has reviewed the texts for a crisis, in all languages."))
    reviewed_on: date | None = awaited(_("The day on which the texts for a crisis were reviewed."), None)

    def text(self, level: str) -> str:
        """The text of a level; "" where there is none, as when it is calm."""
        return {"standby": self.standby, "crisis": self.crisis}.get(level, "")


class Volunteering(PackModel):
    """What a municipality has decided about its volunteers. All times are local."""

    record_list_decision: str = Field(
        default="",
        description="reference of the decision that allows record checks by list; without it they are off",
    )
    week_max: int = Field(default=5, ge=1, le=14, description="shifts a week that one volunteer is given at most")
    rest_hours: int = Field(default=10, ge=0, le=24, description="hours free between two shifts that are given")
    answer_hours: int = Field(default=12, ge=1, le=72, description="hours to answer when asked for a shift")
    standby_minutes: int = Field(default=60, ge=5, le=1440, description="minutes to take a place that became free")
    ask_again_days: int = Field(default=182, ge=30, le=365, description="days until who waits is asked again")
    quiet_from: time = Field(
        default=time(21), description="no question to volunteers from this hour on, but when urgent"
    )
    quiet_until: time = Field(default=time(8), description="until this hour")
