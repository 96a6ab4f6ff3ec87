"""Who answers what: roles, and the topics residents ask about. Persons come and go; their names stay empty here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.i18n import _
from bot.packs.model.base import Id, PackModel, Shown, Sourced, Where, awaited, refuse, twice
from bot.packs.model.hours import OpenHours

Matter = Literal["question", "proposal", "join", "offer", "need"]
"""What somebody wants with a topic: to know, to change or criticise, to take part, to help, to be helped."""


class Topic(PackModel):
    """Something residents ask about. `words` are Swedish words for it, for finding it in what somebody wrote."""

    id: Id
    title: Shown
    words: tuple[str, ...] = ()


class Role(Sourced):
    """Somebody who answers, by what they are there for.

    `topics`, `matters` and `areas` say what it answers: empty matters and areas mean all of them. Where several roles
    fit, the one that names area or matter goes before the general one; two equals are refused.
    """

    id: Id
    title: Shown
    does: Shown
    topics: tuple[Id, ...] = ()
    matters: tuple[Matter, ...] = ()
    areas: tuple[str, ...] = ()
    outside: bool = False
    """Not the municipality (a parish, an association): what a resident writes goes there only with their consent."""
    office: str = awaited(_("The administration or organisation the role belongs to."))
    name: str = ""
    email: str = awaited(_("The address questions are passed on to. Without it the coaches get them."))
    phone: str = awaited(_("The number for those who would rather call."))
    visit: str = awaited(_("Where one can come."))
    hours: OpenHours | None = awaited(_("When somebody can be reached."), None)
    languages: tuple[str, ...] = awaited(_("The languages spoken there, as codes such as sv, ar, prs."), ())
    deputy: str = awaited(_("Who answers when this role is away."))
    answer_days: Annotated[int, Field(ge=1, le=30)] | None = None
    """Working days until an answer at the latest; None: what the municipality promises."""


class Example(PackModel):
    """What somebody may write, and the role that has to answer it. `check-pack` tries every one."""

    says: str
    role: Id
    area: str | None = None
    matter: Matter | None = None


MUNICIPALITY = Role(id="municipality", title="Kommunen", does="Tar emot frågor och lämnar dem vidare till rätt person.")
"""Who answers where a pack names nobody."""


class Contacts(PackModel):
    """`fallback` is the role that answers everything that no other one does; `service` the one that does what is no task
    for volunteers, the coaches where there is none."""

    fallback: Id = MUNICIPALITY.id
    service: Id | None = None
    roles: tuple[Role, ...] = (MUNICIPALITY,)
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Contacts:
        refuse(twice((role.id for role in self.roles), ("roles",)))
        ids = {role.id for role in self.roles}
        known = ", ".join(sorted(ids))
        problems: list[tuple[Where, str]] = [
            (("roles", at, "deputy"), f'"{role.deputy}" is no other role; write one of: {known}, or leave it empty')
            for at, role in enumerate(self.roles)
            if role.deputy and (role.deputy not in ids or role.deputy == role.id)
        ]
        for field in ("fallback", "service"):
            role = getattr(self, field)
            if role is not None and role not in ids:
                problems.append(((field,), f'"{role}" is no role of this file; write one of: {known}'))
        refuse(problems)
        return self

    def role(self, id: str) -> Role:
        """Raises KeyError: there is no such role."""
        return {role.id: role for role in self.roles}[id]
