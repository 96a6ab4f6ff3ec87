"""Projects in the turn and on their pages: agreed to, written in, left, handed over, ended.

What somebody does in a project of theirs comes as an effect of the chat or from its page, with the same methods. What staff do:
`bot.project_desk`. What has
to be said to others is a promise due now, so that it goes through each one's own turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import clock
from bot.flows.model import (
    AnswerProject,
    AskDriver,
    CallOffDate,
    EndProject,
    JoinProject,
    Known,
    LeaveProject,
    OfferProject,
    ProjectEffect,
    SetProjectDate,
    ShowProject,
    TakeProject,
    WriteInProject,
)
from bot.flows.project import CONSENT, LAST
from bot.packs.model import Municipality
from bot.rules.masking import mask
from storage import consents, due, interests, links, projects
from storage.conversations import Opened
from storage.errors import LinkGone, NotFound
from storage.projects import OVER, Date, Entry, Member, Project
from storage.secrets import make_token

WORDS_MAX: Final = 2000
TITLE_MAX: Final = 120
AHEAD: Final = timedelta(days=1)
"""Those concerned are reminded of a date so long before it."""


# --- from the chat --------------------------------------------------------------------------------------------------------


async def apply(tx: AsyncConnection, effect: ProjectEffect, who: Opened, known: Known) -> None:
    """Write an effect about a project. Whoever has nothing to do with it, or comes too late, changes nothing."""
    room = Room(tx, known.municipality, known.now)
    try:
        match effect:
            case AnswerProject(id, agreed, name, public):
                await room.answer(id, who, agreed=agreed, name=name, public=public)
            case JoinProject(code, name):
                await room.join(code, name, who)
            case AskDriver(id, interest_id):
                await room.ask_driver(id, interest_id, who.resident_id)
            case WriteInProject(id, kind, words, ref):
                await room.write(id, who.resident_id, kind, words, ref=ref)
            case SetProjectDate(id, what, where, at):
                await room.set_date(id, who.resident_id, what, where, at)
            case CallOffDate(id, date_id):
                await room.call_off(id, who.resident_id, date_id)
            case ShowProject(id, public):
                await room.show(id, who.resident_id, public)
            case LeaveProject(id):
                await room.leave(id, who.resident_id)
            case OfferProject(id, member_id):
                await room.offer(id, who.resident_id, member_id)
            case TakeProject(id, agreed):
                await room.take(id, who.resident_id, agreed=agreed)
            case EndProject(id, how, outcome, whom):
                await room.end(id, who.resident_id, how, outcome, whom)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is to be forgotten: their projects go on with the others, and end where there are none."""
    room = Room(tx, known.municipality, known.now)
    every = ("asked", "in", "left", "no")
    for project, member in await projects.of_resident(tx, who.municipality_id, who.resident_id, every):
        await room.forget(project, member)


async def hide(tx: AsyncConnection, who: Opened) -> None:
    """Somebody's identity is protected: their name is seen in no project, and what they own is shown to nobody else."""
    for project, member in await projects.of_resident(
        tx, who.municipality_id, who.resident_id, ("asked", "in", "left")
    ):
        await projects.rename(tx, project.id, who.resident_id, None)
        if member.role == "owner":
            await projects.change(tx, project, clock.now(), expected=(*projects.LIVING, *OVER), public=False)


class Room:
    """What those who take part do, in one transaction. Raises NotFound where somebody does not."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime) -> None:
        self.tx, self.place, self.now = tx, place, now

    async def _mine(self, project_id: int, resident_id: int, *, owner: bool = False) -> tuple[Project, Member]:
        """A running project, locked, and this person in it."""
        project = await projects.load(self.tx, self.place.id, project_id, lock=True)
        member = await projects.member_of(self.tx, project_id, resident_id)
        if member is None or member.status != "in" or project.status != "running" or (owner and member.role != "owner"):
            raise NotFound("projects", project_id)
        return project, member

    async def answer(self, project_id: int, who: Opened, *, agreed: bool, name: str, public: bool) -> None:
        """Whoever was asked says yes or no."""
        project = await projects.load(self.tx, self.place.id, project_id, lock=True)
        member = await projects.member_of(self.tx, project_id, who.resident_id)
        if member is None or member.status != "asked" or project.status not in projects.LIVING:
            raise NotFound("projects", project_id)
        name = "" if who.protected else name
        if not agreed:
            await projects.set_member(self.tx, member.id, status="no", at=self.now)
            if member.role == "owner":
                await projects.change(self.tx, project, self.now, status="declined", ended_at=self.now)
                await projects.write(self.tx, project, "left", self.now, who=None, resident_id=who.resident_id)
            else:
                await self._tell_owner(project, "no", name=member.name or "…")
            return
        await projects.set_member(self.tx, member.id, status="in", name=name or None, at=self.now)
        if member.role == "owner":
            await projects.change(self.tx, project, self.now, status="running", public=public and not who.protected)
        await projects.write(self.tx, project, "joined", self.now, who=name or None, resident_id=who.resident_id)
        await self._tell_all(project, "joined", but=who.resident_id, name=name or "…")

    async def join(self, code: str, name: str, who: Opened) -> None:
        """Take part by an invitation, which is used up by it."""
        try:
            link = await links.use(
                self.tx, code.removeprefix("project_"), "crew", self.now, municipality_id=self.place.id
            )
        except (NotFound, LinkGone) as gone:
            raise NotFound("links", "crew") from gone
        project = await projects.load(self.tx, self.place.id, link.subject_id or 0, lock=True)
        name = "" if who.protected else name
        if project.status == "running" and await projects.take_in(
            self.tx, project, resident_id=who.resident_id, conversation_id=who.conversation_id, role="driver", status="in",
            via="link", now=self.now, name=name or None,
        ):  # fmt: skip
            await projects.write(self.tx, project, "joined", self.now, who=name or None, resident_id=who.resident_id)
            await self._tell_all(project, "joined", but=who.resident_id, name=name or "…")

    async def ask_driver(self, project_id: int, interest_id: int, resident_id: int) -> None:
        """Ask somebody whose wish to join the idea its owner has said yes to."""
        project, me = await self._mine(project_id, resident_id, owner=True)
        wish = await interests.load(self.tx, self.place.id, interest_id)
        if wish.status != "agreed" or wish.post_id != project.post_id:
            raise NotFound("interests", interest_id)
        name = str((wish.said or {}).get("name") or "")
        if await projects.take_in(
            self.tx, project, resident_id=wish.resident_id, conversation_id=wish.conversation_id, role="driver",
            status="asked", via="idea", now=self.now, name=name,
        ):  # fmt: skip
            asked = await projects.member_of(self.tx, project.id, wish.resident_id)
            assert asked is not None
            await self._tell(project, asked, "invited", name=me.name or "…")

    async def write(
        self, project_id: int, resident_id: int, kind: str, words: str, *, ref: str | None = None, file_id: int | None = None
    ) -> None:  # fmt: skip
        project, member = await self._mine(project_id, resident_id)
        if ref is not None and ref.startswith("file:"):
            file_id, ref = int(ref.removeprefix("file:")), None
        await projects.write(
            self.tx, project, kind, self.now, who=member.name, words=mask(words)[0], resident_id=resident_id, ref=ref,
            file_id=file_id,
        )  # fmt: skip
        await projects.change(self.tx, project, self.now)

    async def set_date(self, project_id: int, resident_id: int, what: str, where: str, at: datetime) -> None:
        project, _member = await self._mine(project_id, resident_id)
        said = {"what": mask(what)[0], "place": mask(where)[0]}
        id = await projects.add_date(self.tx, project, resident_id=resident_id, said=said, starts_at=at)
        await projects.change(self.tx, project, self.now)
        date = {"id": id, "said": said, "at": at.isoformat()}
        await self._tell_all(project, "date", but=resident_id, date=date)
        for each in await projects.members(self.tx, project.id):
            await self._remind(project, each, date, at)

    async def call_off(self, project_id: int, resident_id: int, date_id: int) -> None:
        project, _member = await self._mine(project_id, resident_id)
        date = await projects.call_off(self.tx, project.id, date_id, self.now)
        if date is not None:
            await self._tell_all(project, "off", but=resident_id, date=date_seen(date))

    async def show(self, project_id: int, resident_id: int, public: bool) -> None:
        project, member = await self._mine(project_id, resident_id, owner=True)
        await projects.change(self.tx, project, self.now, public=public and member.name is not None)

    async def leave(self, project_id: int, resident_id: int) -> None:
        project, member = await self._mine(project_id, resident_id)
        if member.role == "owner":
            raise NotFound("projects", project_id)
        await projects.set_member(self.tx, member.id, status="left", at=self.now)
        await projects.write(self.tx, project, "left", self.now, who=member.name, resident_id=resident_id)
        await self._no_consent(member)
        await self._tell_all(project, "left", but=resident_id, name=member.name)

    async def offer(self, project_id: int, resident_id: int, member_id: int) -> None:
        project, me = await self._mine(project_id, resident_id, owner=True)
        to = next((each for each in await projects.members(self.tx, project.id) if each.id == member_id), None)
        if to is None or to.id == me.id:
            raise NotFound("project_members", member_id)
        await projects.change(self.tx, project, self.now, offered_to=to.id)
        await self._tell(project, to, "offer", name=me.name or "…")

    async def take(self, project_id: int, resident_id: int, *, agreed: bool) -> None:
        project, member = await self._mine(project_id, resident_id)
        if project.offered_to != member.id:
            raise NotFound("projects", project_id)
        if not agreed:
            await projects.change(self.tx, project, self.now, offered_to=None)
            await self._tell_owner(project, "kept", name=member.name or "…")
            return
        await self._owned_by(project, member)
        await self._tell_all(project, "owner", but=resident_id, name=member.name or "…")

    async def end(self, project_id: int, resident_id: int, how: str, outcome: str, whom: str) -> None:
        """The owner ends it: at the last step, or by stopping it."""
        project, member = await self._mine(project_id, resident_id, owner=True)
        if how not in OVER or (how != "stopped" and project.step != LAST):
            raise NotFound("projects", project_id)
        await self.over(project, how, outcome, whom, who=member.name, resident_id=resident_id)

    async def over(
        self, project: Project, how: str, outcome: str, whom: str, *, who: str | None, resident_id: int | None = None,
        staff_id: int | None = None, role: str | None = None,
    ) -> None:  # fmt: skip
        """It is over, with what came of it; everybody who takes part is told."""
        outcome, whom = mask(outcome)[0], mask(whom)[0]
        said = {**(project.said or {}), **({"outcome": outcome} if outcome else {}), **({"whom": whom} if whom else {})}
        if not await projects.change(
            self.tx, project, self.now, expected=("running",), status=how, ended_at=self.now, said=said, offered_to=None
        ):
            raise NotFound("projects", project.id)
        await projects.write(
            self.tx, project, "ended", self.now, who=who, words=outcome or whom or None, resident_id=resident_id,
            staff_id=staff_id, role=role,
        )  # fmt: skip
        await self._tell_all(project, "ended", but=resident_id, words=outcome, whom=whom)

    async def forget(self, project: Project, member: Member) -> None:
        """Somebody goes, and takes their name along: the longest of the others owns it, or it ends without words."""
        others = [each for each in await projects.members(self.tx, project.id) if each.id != member.id]
        await projects.rename(self.tx, project.id, member.resident_id, None)
        if member.status == "in" and project.status == "running":
            await projects.write(self.tx, project, "left", self.now, who=None)
        if not others and (member.role == "owner" or member.status == "in"):
            ended = {"status": "stopped", "ended_at": self.now} if project.status in projects.LIVING else {}
            await projects.change(
                self.tx, project, self.now, expected=(*projects.LIVING, *OVER), public=False, said={}, **ended
            )
        elif member.role == "owner" and others and project.status == "running":
            await self._owned_by(project, others[0], was=member)
            await self._tell(project, others[0], "heir")
        for each in others:
            if member.status == "in" and project.status == "running":
                await self._tell(project, each, "left")

    async def _owned_by(self, project: Project, member: Member, was: Member | None = None) -> None:
        for each in await projects.members(self.tx, project.id):
            if each.role == "owner" and each.id != member.id:
                await projects.set_member(self.tx, each.id, role="driver")
        await projects.set_member(self.tx, member.id, role="owner")
        await projects.change(self.tx, project, self.now, offered_to=None)
        if was is not None or project.offered_to is not None:
            await projects.write(self.tx, project, "owner", self.now, who=member.name, resident_id=member.resident_id)

    async def _no_consent(self, member: Member) -> None:
        await consents.withdraw(
            self.tx, municipality_id=self.place.id, resident_id=member.resident_id, purpose=CONSENT,
            subject_id=member.project_id, now=self.now,
        )  # fmt: skip

    # --- what others are told -----------------------------------------------------------------------------------------

    async def _tell_owner(self, project: Project, what: str, **data: Any) -> None:
        for each in await projects.members(self.tx, project.id):
            if each.role == "owner":
                await self._tell(project, each, what, **data)

    async def _tell_all(self, project: Project, what: str, *, but: int | None = None, **data: Any) -> None:
        for each in await projects.members(self.tx, project.id):
            if each.resident_id != but:
                await self._tell(project, each, what, owner=each.role == "owner", **data)

    async def _tell(self, project: Project, member: Member, what: str, **data: Any) -> None:
        told = {"project": project.id, "title": project.title, "what": what, **data}
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=member.conversation_id, kind="project_told", data=told,
            unique_key=f"project:{project.id}:{what}:{make_token()}", due_at=self.now, now=self.now,
        )  # fmt: skip

    async def _remind(self, project: Project, member: Member, date: Mapping[str, Any], at: datetime) -> None:
        if at - AHEAD <= self.now:
            return
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=member.conversation_id, kind="project_date_soon",
            data={"project": project.id, "title": project.title, "date": dict(date)},
            unique_key=f"project:{project.id}:date:{date['id']}:{member.id}", due_at=at - AHEAD, now=self.now,
        )  # fmt: skip

    tell_all, tell, tell_owner = _tell_all, _tell, _tell_owner


def date_seen(date: Date) -> dict[str, Any]:
    """A date as plain values."""
    return {"id": date.id, "said": date.said, "at": date.starts_at.isoformat()}


# --- what flows look up ---------------------------------------------------------------------------------------------------


async def seen_by(
    tx: AsyncConnection, place: Municipality, project_id: int, resident_id: int, now: datetime
) -> dict[str, Any] | None:
    """A project as somebody sees who takes part in it or is asked to; None for anybody else."""
    try:
        project = await projects.load(tx, place.id, project_id)
    except NotFound:
        return None
    member = await projects.member_of(tx, project_id, resident_id)
    if member is None or member.status not in ("asked", "in"):
        return None
    inside, owner = member.status == "in", member.role == "owner"
    there = await projects.members(tx, project_id)
    written = [each for each in await projects.entries(tx, project_id) if each.kind != "staff"] if inside else []
    known_ = {each.resident_id for each in await projects.members(tx, project_id, ("asked", "in", "no", "left"))}
    joined = await interests.in_post(tx, project.post_id, ("agreed",)) if owner and inside and project.post_id else []
    said = project.said or {}
    return {
        "id": project.id, "title": project.title, "what": str(said.get("what") or ""), "status": project.status,
        "outcome": str(said.get("outcome") or ""), "step": project.step, "public": project.public, "code": project.code,
        "owner": owner, "mine": member.status, "offered": project.offered_to == member.id,
        "members": [{"id": each.id, "name": each.name or "…", "owner": each.role == "owner"} for each in there] if inside else [],
        "dates": [date_seen(each) for each in await projects.dates(tx, project_id, now)] if inside else [],
        "entries": [entry_seen(each) for each in written],
        "joined": [{"id": each.id, "name": str((each.said or {}).get("name") or "…")} for each in joined
                   if each.kind in ("join", "help") and each.resident_id not in known_],
    }  # fmt: skip


def entry_seen(each: Entry) -> dict[str, Any]:
    """An entry of the log as plain values."""
    return {"id": each.id, "kind": each.kind, "who": each.who, "role": each.role, "words": each.words, "from": each.from_step,
            "to": each.to_step, "at": each.at.isoformat(), "file": each.file_id is not None or each.ref is not None,
            "post": each.post_id}  # fmt: skip


async def _project(tx: AsyncConnection, who: Opened, known: Known, project_id: int) -> dict[str, Any] | None:
    return await seen_by(tx, known.municipality, project_id, who.resident_id, known.now)


async def _invitation(tx: AsyncConnection, who: Opened, known: Known, code: str) -> dict[str, Any] | None:
    """What an invitation leads to, while it is good: {"id", "title", "step", "in"}."""
    try:
        link = await links.open(tx, code.removeprefix("project_"), "crew", known.now)
        if link.municipality_id != who.municipality_id:
            return None
        project = await projects.load(tx, who.municipality_id, link.subject_id or 0)
    except (NotFound, LinkGone):
        return None
    member = await projects.member_of(tx, project.id, who.resident_id)
    there = member is not None and member.status == "in"
    if project.status != "running":
        return None
    return {"id": project.id, "title": project.title, "step": project.step, "in": there}


async def mine(tx: AsyncConnection, who: Opened) -> list[dict[str, Any]]:
    """What somebody takes part in, or is asked to, that is not over: for /mine."""
    found = await projects.of_resident(tx, who.municipality_id, who.resident_id)
    return [{"id": each.id, "title": each.title} for each, _member in found if each.status in projects.LIVING]


LOOKUPS: Mapping[str, Callable[..., Awaitable[Any]]] = {"project": _project, "project_invitation": _invitation}
