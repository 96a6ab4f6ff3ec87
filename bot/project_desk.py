"""Projects in the console and on pages: begun by staff, moved from step to step, shown to everybody; what staff do with them.

Moving a step is a human act with a reason (publication 2.2); everybody who takes part is told in their own conversation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import board
from bot.flows.board import title_of
from bot.flows.case_kinds import may_read
from bot.flows.plan import plan_of, short_title
from bot.flows.project import CONSENT, CONSENT_VERSION, LAST, offers_projects
from bot.handoff import PHONE, Actor, act_id, log_act
from bot.i18n import Text, _
from bot.packs.model import Municipality
from bot.projects import TITLE_MAX, WORDS_MAX, Room
from bot.rules.masking import mask, mask_ways
from bot.staff import Refused
from bot.turn import Turns
from bot.views import LinkTrouble
from storage import board as posts
from storage import cases, consents, files, inbox, links, plans, projects, residents, seen
from storage.errors import LinkGone, NotFound
from storage.projects import OVER, Date, Entry, Member, Project

STAFF_ROLES: Final = ("leader", "coordinator", "coach")
FILE_KINDS: Final = ("image/", "application/pdf", "text/", "application/vnd.", "application/msword", "application/rtf")
"""What may be put into a project from its page; it is only ever saved, never shown."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a project would be made of: whose it is, its words, and what is there already."""

    conversation_id: int
    resident_id: int
    title: str = ""
    what: str = ""
    area: str | None = None
    plan_id: int | None = None
    post_id: int | None = None
    case_id: int | None = None
    by_phone: bool = False
    protected: bool = False
    there: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One project with everything in it, for the console or a page."""

    project: Project
    members: Sequence[Member]
    entries: Sequence[Entry]
    dates: Sequence[Date]
    me: Member | None = None


class Projects:
    """Projects for the console and pages. Every act of staff raises Refused with words; `key` names one sending of a form."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db = turns, turns.db

    def _place(self, municipality_id: str) -> Municipality:
        return self.turns.municipalities[municipality_id]

    async def listed(
        self, by: Actor, *, step: int | None = None, area: str = "", over: bool = False, oldest: bool = False
    ) -> tuple[list[Project], dict[int, int]]:
        """Living projects, or those that are over, by step and area, the latest changed first or the longest at their step;
        and how many there are at each step."""
        async with self.db.read() as tx:
            every = await projects.listed(tx, by.municipality_id)
        there = [each for each in every if (each.status in projects.LIVING) is not over and each.status != "declined"]
        counts = {number: sum(each.step == number for each in there) for number in range(1, LAST + 1)}
        found = [each for each in there if (step is None or each.step == step) and (not area or each.area == area)]
        if oldest:
            found.sort(key=lambda each: (each.step_at, each.id))
        return found, counts

    async def source(
        self, by: Actor, *, case_id: int = 0, post_id: int = 0, plan_id: int = 0, conversation_id: int = 0
    ) -> Source:
        """What a project would be made of. Raises Refused: "missing"."""
        async with self.db.read() as tx:
            return await self._source(tx, by, case_id, post_id, plan_id, conversation_id)

    async def _source(
        self, tx: AsyncConnection, by: Actor, case_id: int, post_id: int, plan_id: int, conversation_id: int
    ) -> Source:
        place, today = self._place(by.municipality_id), self.turns.now().date()
        title = what = ""
        area: str | None = None
        post = plan = None
        try:
            if case_id:
                case = await cases.load(tx, place.id, case_id)
                conversation_id, plan_id, area = case.conversation_id, plan_id or case.plan_id or 0, case.area
                title = short_title(case.note or "")
                found = await posts.of_case(tx, place.id, case_id)
                post_id = post_id or (found.id if found is not None else 0)
            if post_id:
                post = await posts.load(tx, place.id, post_id)
                if not post.post:
                    raise NotFound("board_posts", post_id)
                conversation_id, title = post.conversation_id, title_of(post.post)
                what, area = str(post.post.get("what") or ""), (post.post.get("where") or {}).get("area") or area
                plan_id = plan_id or int(post.post.get("plan") or 0)
            if plan_id:
                plan = await plans.load(tx, place.id, plan_id)
                said = plan_of(plan.answers, today)
                if not post_id:
                    conversation_id, title, what = plan.conversation_id, said.title, said.aim or said.idea or ""
                    area = ((plan.answers.get("where") or {}).get("area") or {}).get("area") or area
        except NotFound as error:
            raise Refused("missing", _("There is nothing here that could become a project.")) from error
        who = await seen.person(tx, place.id, conversation_id)
        if who is None or not may_read(by.roles, protected=who.protected):
            raise Refused("missing", _("There is nothing here that could become a project."))
        made = None
        if plan_id or post_id:
            made = await projects.made_of(tx, place.id, plan_id=plan_id or None, post_id=post_id or None)
        return Source(
            conversation_id, who.resident_id, mask_ways(title)[0][:TITLE_MAX], mask_ways(what)[0][:WORDS_MAX], area,
            plan_id or None, post_id or None, case_id or None, who.channel == PHONE, who.protected, made.id if made else None,
        )  # fmt: skip

    async def begin(
        self, by: Actor, key: str, *, title: str, what: str, step: int, area: str = "", name: str = "", said_yes: bool = False,
        **of: int,
    ) -> int:  # fmt: skip
        """Make it a project: its owner is asked, and it begins when they say yes. For somebody who has no screen, `said_yes`
        on the phone under a first name. Its id."""
        place, now = self._place(by.municipality_id), self.turns.now()
        if not offers_projects(place):
            raise Refused(
                "empty", _("This municipality has no project steps in its data (networks.yaml, project_steps).")
            )
        if not title.strip():
            raise Refused("empty", _("Give the project a name."))
        if not 1 <= step <= LAST:
            raise Refused("empty", _("Choose one of the steps."))
        made: list[int] = []

        async def write(tx: AsyncConnection) -> None:
            made.clear()
            source = await self._source(
                tx, by, of.get("case_id", 0), of.get("post_id", 0), of.get("plan_id", 0), of.get("conversation_id", 0)
            )
            if source.there is not None:
                made.append(source.there)
                return
            if source.by_phone and not (said_yes and name.strip()):
                raise Refused(
                    "empty",
                    _(
                        "They have no screen: ask them on the phone, tick that they said yes, and write their first name."
                    ),
                )
            if not await inbox.mark_seen(tx, act_id(by, key), place.id, now):
                raise Refused("empty", _("That was sent already. Look in the list of projects."))
            said = {"title": mask_ways(title.strip()[:TITLE_MAX])[0], "what": mask_ways(what.strip()[:WORDS_MAX])[0]}
            id = await projects.add(
                tx, municipality_id=place.id, said=said, step=step, status="running" if source.by_phone else "asked",
                area=area or source.area, plan_id=source.plan_id, post_id=source.post_id, case_id=source.case_id, now=now,
            )  # fmt: skip
            project = await projects.load(tx, place.id, id)
            room = Room(tx, place, now)
            first = mask_ways(name.strip()[:60])[0] if source.by_phone and not source.protected else None
            await projects.take_in(
                tx, project, resident_id=source.resident_id, conversation_id=source.conversation_id, role="owner",
                status="in" if source.by_phone else "asked", via="staff", now=now, name=first,
            )  # fmt: skip
            await projects.write(
                tx, project, "begun", now, who=by.name, staff_id=by.staff_id, role=role_of(by), to_step=step
            )
            if source.by_phone:
                await consents.give(
                    tx, municipality_id=place.id, resident_id=source.resident_id, purpose=CONSENT, subject_id=id,
                    wording_version=CONSENT_VERSION, locale=place.languages[0], now=now,
                )  # fmt: skip
            else:
                (owner,) = await projects.members(tx, id, ("asked",))
                await room.tell(project, owner, "asked", name=by.name, role=role_of(by))
            if source.case_id is not None:
                case = await cases.load(tx, place.id, source.case_id)
                await log_act(tx, by, case, "project begun", now, project.title)
            made.append(id)

        await self.db.write(write)
        self.turns.wake()
        return made[0]

    async def one(self, by: Actor, project_id: int) -> Seen:
        """One project. Raises Refused: "missing"."""
        async with self.db.read() as tx:
            return await self._seen(tx, await self._load(tx, by, project_id))

    async def _load(self, tx: AsyncConnection, by: Actor, project_id: int, *, lock: bool = False) -> Project:
        try:
            project = await projects.load(tx, by.municipality_id, project_id, lock=lock)
        except NotFound as error:
            raise Refused("missing", _("There is no such project.")) from error
        for each in await projects.members(tx, project_id, ("asked", "in")):
            if await residents.is_protected(tx, each.resident_id) and not may_read(by.roles, protected=True):
                raise Refused("missing", _("There is no such project."))
        return project

    async def _seen(self, tx: AsyncConnection, project: Project, me: Member | None = None) -> Seen:
        return Seen(
            project, await projects.members(tx, project.id, ("in", "asked") if me is None else ("in",)),
            await projects.entries(tx, project.id), await projects.dates(tx, project.id, self.turns.now()), me,
        )  # fmt: skip

    async def _act(
        self, by: Actor, project_id: int, key: str, job: Callable[[AsyncConnection, Project, Room], Awaitable[None]]
    ) -> None:
        """One act of staff, in a transaction, once for each `key`."""
        now, place = self.turns.now(), self._place(by.municipality_id)

        async def write(tx: AsyncConnection) -> None:
            project = await self._load(tx, by, project_id, lock=True)
            if await inbox.mark_seen(tx, act_id(by, key), place.id, now):
                await job(tx, project, Room(tx, place, now))

        await self.db.write(write, key=f"project:{project_id}")
        self.turns.wake()

    async def move(self, by: Actor, project_id: int, key: str, *, seen_at: int, to: int, why: str) -> None:
        """Move it to another step, with a reason; everybody who takes part is told. `seen_at` is where it was on the page."""
        why = _written(why)
        if not 1 <= to <= LAST:
            raise Refused("empty", _("Choose one of the steps."))

        async def job(tx: AsyncConnection, project: Project, room: Room) -> None:
            if project.status != "running":
                raise Refused("empty", _("It is not running: its owner has not said yes yet, or it is over."))
            if project.step == to:
                raise Refused("empty", _("It stands at that step already."))
            if project.step != seen_at or not await projects.move(tx, project, to, room.now):
                raise Refused("empty", _("A colleague has moved it meanwhile. Look at it once more."))
            await projects.write(
                tx, project, "step", room.now, who=by.name, words=why, staff_id=by.staff_id, role=role_of(by),
                from_step=project.step, to_step=to,
            )  # fmt: skip
            await room.tell_all(project, "step", name=by.name, role=role_of(by), words=why, to=to)

        await self._act(by, project_id, key, job)

    async def note(self, by: Actor, project_id: int, key: str, words: str, *, to_all: bool) -> None:
        """Write something: for colleagues only, or into the log that those who take part read."""
        words = _written(words)

        async def job(tx: AsyncConnection, project: Project, room: Room) -> None:
            kind = "note" if to_all else "staff"
            await projects.write(
                tx, project, kind, room.now, who=by.name, words=words, staff_id=by.staff_id, role=role_of(by)
            )

        await self._act(by, project_id, key, job)

    async def post_need(self, by: Actor, project_id: int, key: str, entry_id: int, words: str) -> None:
        """Put a new need on the board, for everybody, in these words; whoever saw it is told."""
        words = _written(words)

        async def job(tx: AsyncConnection, project: Project, room: Room) -> None:
            entry = next((each for each in await projects.entries(tx, project.id) if each.id == entry_id), None)
            there = await projects.members(tx, project.id)
            whose = next((each for each in there if entry and each.resident_id == entry.resident_id), None) or (
                there[0] if there else None
            )
            if entry is None or entry.kind != "need" or entry.post_id is not None or whose is None:
                raise Refused("empty", _("It is put up already, or nobody takes part any more."))
            post = {"what": words, "who": project.title, **({"where": {"area": project.area}} if project.area else {})}
            me: dict[str, Any] = {"municipality_id": room.place.id, "resident_id": whose.resident_id,
                                  "conversation_id": whose.conversation_id, "now": room.now}  # fmt: skip
            case_id = await cases.open(tx, **me, kind="board", note=title_of(post), area=project.area,
                                       context={"flow": "board_need", "answers": post})  # fmt: skip
            await cases.claim(tx, room.place.id, case_id, by.staff_id, room.now)
            post_id = await posts.put_up(tx, **me, case_id=case_id, post=post)
            await board.show(tx, await posts.load(tx, room.place.id, post_id), words, room.place.zone, room.now)
            await cases.answer(tx, room.place.id, case_id, room.now)
            await cases.close(tx, room.place.id, case_id, "answered", room.now)
            case = await cases.load(tx, room.place.id, case_id)
            await log_act(tx, by, case, "shown", room.now, words)
            await log_act(tx, by, case, "closed", room.now)
            await projects.put_up(tx, entry.id, post_id)
            await room.tell(project, whose, "posted", words=words)

        await self._act(by, project_id, key, job)

    async def end(self, by: Actor, project_id: int, key: str, *, how: str, outcome: str, whom: str) -> None:
        """End it for its owner, who has agreed to it or is out of reach; what came of it is written down."""
        if how not in OVER:
            raise Refused("empty", _("Choose how it ends."))
        if not outcome.strip():
            raise Refused("empty", _("Write what came of it: those who take part read it."))

        async def job(tx: AsyncConnection, project: Project, room: Room) -> None:
            if project.status == "asked":
                await projects.change(tx, project, room.now, status="declined", ended_at=room.now)
                return
            try:
                await room.over(project, how, outcome.strip()[:WORDS_MAX], whom.strip()[:200], who=by.name,
                                staff_id=by.staff_id, role=role_of(by))  # fmt: skip
            except NotFound as error:
                raise Refused("empty", _("It is over already.")) from error

        await self._act(by, project_id, key, job)

    async def hide(self, by: Actor, project_id: int, key: str, why: str) -> None:
        """Show it to nobody else any more; its owner is told why, and can show it again after having mended it."""
        why = _written(why)

        async def job(tx: AsyncConnection, project: Project, room: Room) -> None:
            await projects.change(tx, project, room.now, expected=(*projects.LIVING, *OVER), public=False)
            await projects.write(
                tx, project, "staff", room.now, who=by.name, words=why, staff_id=by.staff_id, role=role_of(by)
            )
            await room.tell_owner(project, "hidden", name=by.name, role=role_of(by), words=why)

        await self._act(by, project_id, key, job)

    # --- pages ------------------------------------------------------------------------------------------------------------

    async def public(self, municipality_id: str) -> list[Project]:
        """What everybody may see, running ones first."""
        async with self.db.read() as tx:
            found = [each for each in await projects.listed(tx, municipality_id) if _is_public(each)]
        return sorted(found, key=lambda each: each.status != "running")

    async def by_code(self, municipality_id: str, code: str) -> Project | None:
        """The project at a public address, while it is shown."""
        async with self.db.read() as tx:
            found = await projects.by_code(tx, municipality_id, code)
        return found if found is not None and _is_public(found) else None

    async def by_link(self, token: str) -> Seen:
        """The project that a private link leads to, as its owner sees it. Raises LinkTrouble."""
        async with self.db.read() as tx:
            with good_link():
                link = await links.open(tx, token, "project", self.turns.now())
                project = await projects.load(tx, link.municipality_id, link.subject_id or 0)
                member = await projects.member_of(tx, project.id, link.resident_id or 0)
                if member is None or member.status != "in":
                    raise NotFound("projects", project.id)
            return await self._seen(tx, project, member)

    async def invitation(self, token: str) -> Project:
        """The project that an invitation leads to. Raises LinkTrouble."""
        async with self.db.read() as tx:
            with good_link():
                link = await links.open(tx, token, "crew", self.turns.now())
                return await projects.load(tx, link.municipality_id, link.subject_id or 0)

    async def through(self, token: str, key: str, job: Callable[[Room, int, int], Awaitable[None]]) -> None:
        """Do something in a project from its page, once for each `key`: `job(room, project_id, resident_id)`.

        Raises:
            LinkTrouble: The link is not good, or whoever has it does not take part any more.
        """
        now = self.turns.now()

        async def write(tx: AsyncConnection) -> None:
            link = await links.open(tx, token, "project", now)
            if await inbox.mark_seen(tx, f"project:{link.id}:{key[:64]}", link.municipality_id, now):
                room = Room(tx, self._place(link.municipality_id), now)
                await job(room, link.subject_id or 0, link.resident_id or 0)

        with good_link():
            await self.db.write(write)
        self.turns.wake()

    async def file(self, entry: Entry) -> files.File | None:
        """The kept file of an entry; None while it is not there."""
        async with self.db.read() as tx:
            kept = await projects.file_of(tx, entry)
            return None if kept is None else await files.get(tx, entry.municipality_id, kept)


@contextmanager
def good_link() -> Iterator[None]:
    """A link that leads nowhere is a LinkTrouble."""
    try:
        yield
    except NotFound as error:
        raise LinkTrouble("unknown") from error
    except LinkGone as error:
        raise LinkTrouble(error.why) from error


def _is_public(project: Project) -> bool:
    return (
        project.public
        and bool((project.said or {}).get("title"))
        and project.status in ("running", "ended", "anchored")
    )


def role_of(by: Actor) -> str | None:
    """What somebody is here, first what tells most."""
    return next((role for role in STAFF_ROLES if role in by.roles), None)


def _written(words: str) -> str:
    words = mask(words.strip()[:WORDS_MAX])[0]
    if not words:
        raise Refused("empty", _("Nothing is written yet."))
    return words


def sendable(mime: str) -> Text | None:
    """Why a file of this type is not taken, if so."""
    if mime.startswith(FILE_KINDS):
        return None
    return _("That kind of file is not taken. Send a picture, a PDF, a text or an office document.")
