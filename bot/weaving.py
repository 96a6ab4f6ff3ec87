"""The map of actors in the turn and in the console: who is on it, who works with whom, who may be brought together, who was
asked about what.

Everything here happens in the transaction it is handed, or in one of its own for the console. What has to be said to a group
is a promise due now, so that it goes through that group's own turn. Publication, 4.2 (weaving), 6.3-6.4 (nobody is asked twice).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows import mapped, weaving
from bot.flows.actors import KIND as LISTED
from bot.flows.board import title_of
from bot.flows.model import AnswerLink, EndLink, Known, LeaveMap, NoteOnMap, WeavingEffect
from bot.flows.read.typed import bare, in_words
from bot.i18n import Text, _
from bot.packs.model import Municipality
from bot.packs.model.actors import Actor
from bot.packs.model.actors import actors as pack_actors
from storage import board, consents, due
from storage import weaving as rows
from storage.board import Post
from storage.conversations import Opened
from storage.errors import NotFound
from storage.secrets import make_token
from storage.weaving import Introduction, MapActor

APART: Final = frozenset({"role", "house"})
"""Kinds of actor that are drawn and introduced to nobody."""

PACK: Final = frozenset({"network", "role", "house"})
"""What comes from the municipality's own data."""


async def apply(tx: AsyncConnection, effect: WeavingEffect, who: Opened, known: Known) -> None:
    """Write an effect about the map. Whoever has nothing to do with it, or comes too late, changes nothing."""
    desk = Desk(tx, known.municipality, known.now)
    try:
        match effect:
            case NoteOnMap():
                await desk.note(effect, who, known.locale)
            case LeaveMap():
                await desk.leave(who)
            case AnswerLink(introduction_id, yes, contact):
                await desk.answered_here(introduction_id, who, yes=yes, contact=contact)
            case EndLink(introduction_id):
                await desk.end(introduction_id)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody is to be forgotten or met by nobody: nothing that they have told stays on the map."""
    await Desk(tx, known.municipality, known.now).leave(who, listed_too=True)


async def listed(tx: AsyncConnection, post: Post, place: Municipality, now: datetime) -> None:
    """A group stands in the directory for everybody from now on, and so on the map."""
    if post.kind == LISTED and place.networks.weaving is not None:
        await Desk(tx, place, now).listed(post)


async def unlisted(tx: AsyncConnection, post: Post, place: Municipality, now: datetime) -> None:
    """It stands there no more: it goes from the map too, unless it has agreed to be on that."""
    if post.kind == LISTED:
        await Desk(tx, place, now).unlisted(post)


async def written_to(tx: AsyncConnection, post: Post, place: Municipality, now: datetime) -> None:
    """A resident writes to a group of the directory through the bot: that counts among what it is asked."""
    found = await rows.by_key(tx, place.id, f"case:{post.case_id}")
    if found is not None:
        about = in_words(_("A resident writes to them through the bot."), place.languages[0])
        await rows.note_request(
            tx, municipality_id=place.id, actor_id=found.id, about=about, role="resident", how="bot", now=now
        )


def _wanted(place: Municipality) -> dict[str, Actor]:
    """The pack's actors that are on the map, by their keys: networks and houses, and of the roles those that weave."""
    weavers = place.networks.weaving.weavers if place.networks.weaving else ()
    return {f"{each.kind}:{each.id}": each for each in pack_actors(place) if each.kind != "role" or each.id in weavers}


def _of_pack(there: Iterable[MapActor]) -> dict[str, MapActor]:
    return {each.key: each for each in there if each.key and each.kind in PACK}


def _about(actor: Actor, before: MapActor | None) -> dict[str, Any]:
    """What is known of one of the pack; how it is reached is noted by staff, and kept."""
    contact = ((before.about if before else None) or {}).get("contact")
    kept = {"contact": contact} if contact else {}
    return {"does": actor.does, "areas": list(actor.areas), "topics": list(actor.topics), **kept}


def differs(place: Municipality, there: Iterable[MapActor]) -> bool:
    """Whether the pack's own actors are not on the map as the pack has them now."""
    wanted, known = _wanted(place), _of_pack(there)
    if any(each.ended_at is None for key, each in known.items() if key not in wanted):
        return True
    for key, actor in wanted.items():
        before = known.get(key)
        if before is None or (before.ended_at is not None and before.ended_by is None):
            return True
        if (before.name, before.about) != (actor.title, _about(actor, before)):
            return True
    return False


class Desk:
    """What becomes of actors, links and introductions, in one transaction."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime) -> None:
        self.tx, self.place, self.now = tx, place, now

    @property
    def today(self) -> str:
        return self.now.astimezone(self.place.zone).date().isoformat()

    # --- who is on the map

    async def keep_true(self, there: Sequence[MapActor]) -> bool:
        """Let the pack's networks, houses and weavers be on the map as the pack has them now; whether anything changed."""
        wanted, known = _wanted(self.place), _of_pack(there)
        changed = False
        for key, actor in wanted.items():
            before = known.get(key)
            about = _about(actor, before)
            if before is None:
                await rows.add_actor(
                    self.tx, municipality_id=self.place.id, key=key, kind=actor.kind, name=actor.title, about=about,
                    weaver=actor.kind == "role", made_by="pack", now=self.now,
                )  # fmt: skip
            elif before.ended_at is not None and before.ended_by is None:
                await rows.set_actor(self.tx, self.place.id, before.id, ended_at=None, name=actor.title, about=about)
            elif (before.name, before.about) != (actor.title, about):
                await rows.set_actor(self.tx, self.place.id, before.id, name=actor.title, about=about)
            else:
                continue
            changed = True
        for key, gone in known.items():
            if key not in wanted and gone.ended_at is None:
                await rows.set_actor(self.tx, self.place.id, gone.id, ended_at=self.now, ended_by=None)
                changed = True
        return changed

    async def note(self, effect: NoteOnMap, who: Opened, locale: str) -> None:
        """A group has agreed to be noted: it, and whom it has named."""
        if self.place.networks.weaving is None or who.protected:
            return
        there = await rows.actors(self.tx, self.place.id)
        await self.keep_true(there)
        there = [each for each in await rows.actors(self.tx, self.place.id) if each.ended_at is None]
        told: dict[str, Any] = {"municipality_id": self.place.id, "made_by": "resident", "now": self.now}
        own = next((each for each in there if each.resident_id == who.resident_id and each.conversation_id
                    and bare(each.name) == bare(effect.name)), None)  # fmt: skip
        if own is None:
            own_id = await rows.add_actor(
                self.tx, **told, kind=effect.kind, name=effect.name, about=dict(effect.about),
                resident_id=who.resident_id, conversation_id=who.conversation_id,
            )  # fmt: skip
        else:
            own_id = own.id
            more = {name: value for name, value in effect.about.items() if value}
            await rows.set_actor(self.tx, self.place.id, own_id, about={**(own.about or {}), **more})
        await consents.give(
            self.tx, municipality_id=self.place.id, resident_id=who.resident_id, purpose=mapped.PURPOSE,
            subject_id=own_id, wording_version=effect.version, locale=locale, now=self.now,
        )  # fmt: skip
        others = [each.id for each in there if effect.network and each.key == f"network:{effect.network}"]
        others += [await self._partner(name, there, who, told) for name in effect.partners]
        topics = [each for each in effect.about.get("topics", ()) if each != "local"]  # that is a place, no theme
        for other in dict.fromkeys(others):
            if other != own_id:
                await rows.add_link(
                    self.tx, municipality_id=self.place.id, one=own_id, other=other, theme=topics[0] if topics else "",
                    since=self.today, made_by="themselves", noted_by="resident", resident_id=who.resident_id,
                    now=self.now,
                )  # fmt: skip

    async def _partner(self, name: str, there: Sequence[MapActor], who: Opened, told: Mapping[str, Any]) -> int:
        """Somebody that a group has named: who is on the map by that name, or one who is known by name only."""
        same = next((each.id for each in there if bare(each.name) == bare(name)), None)
        return same or await rows.add_actor(
            self.tx, **told, kind="group", name=name, about={}, resident_id=who.resident_id
        )

    async def listed(self, post: Post) -> None:
        """Put a group of the directory on the map, or make what it says of itself true again."""
        said = post.post or {}
        area = (said.get("where") or {}).get("area")
        about = {
            "does": str(said.get("what") or ""),
            "areas": [area] if area else [],
            "topics": list(said.get("topics") or ()),
        }
        name, key = title_of(said), f"case:{post.case_id}"
        mine = await rows.actors_of(self.tx, self.place.id, post.resident_id)
        own = next((each for each in mine if each.conversation_id and bare(each.name) == bare(name)), None)
        if own is not None:
            await rows.set_actor(self.tx, self.place.id, own.id, key=key, about=about, ended_at=None, ended_by=None)
            return
        await rows.add_actor(
            self.tx, municipality_id=self.place.id, key=key, kind=str(said.get("side") or "association"), name=name,
            about=about, resident_id=post.resident_id, conversation_id=post.conversation_id, made_by="resident",
            now=self.now,
        )  # fmt: skip

    async def unlisted(self, post: Post) -> None:
        found = await rows.by_key(self.tx, self.place.id, f"case:{post.case_id}")
        if found is None:
            return
        agreed = await consents.in_force(self.tx, self.place.id, post.resident_id)
        if any(each.purpose == mapped.PURPOSE and each.subject_id == found.id for each in agreed):
            await rows.set_actor(self.tx, self.place.id, found.id, key=None)
        else:
            await self._drop(found)

    async def leave(self, who: Opened, *, listed_too: bool = False) -> None:
        """Take off the map what somebody has told. What stands in the directory for everybody stays while it does."""
        await rows.drop_links_told_by(self.tx, self.place.id, who.resident_id)
        for actor in await rows.actors_of(self.tx, self.place.id, who.resident_id):
            if actor.conversation_id is not None and (listed_too or not await self._stands_listed(actor)):
                await self._drop(actor)
            elif actor.conversation_id is None and await rows.links_of(self.tx, actor.id):
                await rows.set_actor(self.tx, self.place.id, actor.id, resident_id=None)  # others have told of it too
            elif actor.conversation_id is None:
                await self._drop(actor)
        await consents.withdraw(
            self.tx, municipality_id=self.place.id, resident_id=who.resident_id, purpose=mapped.PURPOSE, now=self.now
        )

    async def _stands_listed(self, actor: MapActor) -> bool:
        kind, _colon, number = (actor.key or "").partition(":")
        if kind != "case":
            return False
        post = await board.of_case(self.tx, self.place.id, int(number))
        return post is not None and post.status == "shown"

    async def _drop(self, actor: MapActor) -> None:
        for each in await rows.introductions_of(self.tx, actor.id):
            await self._over(each, "dropped", but=each.side(actor.id))
        await rows.drop_actor(self.tx, self.place.id, actor.id)

    # --- bringing two together

    async def introduce(
        self, a: MapActor, b: MapActor, *, theme: str, area: str, why: str, role: str, staff_id: int
    ) -> None:
        """Ask both; whom the bot cannot reach gets a letter from staff."""
        kept = self.place.networks.weaving
        assert kept is not None
        answer_by = self.now + timedelta(days=kept.answer_days)
        id = await rows.introduce(
            self.tx, municipality_id=self.place.id, a_id=a.id, b_id=b.id, theme=theme, area=area, why=why, status="asking",
            made_by=role, staff_id=staff_id, answer_by=answer_by, now=self.now,
        )  # fmt: skip
        for actor in (a, b):
            if actor.conversation_id is None:
                continue
            data = {"theme": theme, "area": area, "own": actor.name, "answer_by": answer_by.isoformat()}
            await self._tell(id, actor, "weave_ask", data)
            await rows.note_request(
                self.tx, municipality_id=self.place.id, actor_id=actor.id, about=self.about(theme, area), role=role,
                how="bot", staff_id=staff_id, introduction_id=id, now=self.now,
            )  # fmt: skip
        held = next((each.conversation_id for each in (a, b) if each.conversation_id is not None), None)
        if held is not None:  # where both get letters, staff see when the time is over
            await due.schedule(
                self.tx, municipality_id=self.place.id, conversation_id=held, kind="weave_ends",
                unique_key=f"weave_ends:{id}", data={"introduction": id}, due_at=answer_by, now=self.now,
            )  # fmt: skip

    def about(self, theme: str, area: str) -> str:
        """What the two are asked, for the contact log."""
        title = mapped.theme_name(theme, self.place)
        parts = [in_words(title, self.place.languages[0])] if title is not None else []
        parts += [area] if area else []
        words = _(
            "Whether they want to be brought together with another group ({about})", about=", ".join(parts) or "…"
        )
        return in_words(words, self.place.languages[0])

    async def answered_here(self, introduction_id: int, who: Opened, *, yes: bool, contact: str) -> None:
        """One of the two has answered in their own conversation."""
        found = await rows.lock(self.tx, self.place.id, introduction_id)
        for actor_id in (found.a_id, found.b_id):
            actor = await rows.actor(self.tx, self.place.id, actor_id)
            if actor.resident_id == who.resident_id and actor.conversation_id == who.conversation_id:
                await self.answered(found, found.side(actor_id), yes=yes, contact=contact)
                return
        raise NotFound("map_introductions", introduction_id)

    async def answered(self, found: Introduction, side: str, *, yes: bool, contact: str) -> bool:
        """Note an answer, and what follows from it; False when it was given before, or it is over."""
        reached = {**(found.reached or {}), **({side: contact} if yes else {})}
        if not await rows.set_said(self.tx, found, side, "yes" if yes else "no", reached, self.now):
            return False
        found = await rows.introduction(self.tx, self.place.id, found.id)
        if not yes:
            await self._over(found, "declined", but=side)
        elif found.said("b" if side == "a" else "a") == "yes":
            await self._bring_together(found)
        return True

    async def end(self, introduction_id: int) -> None:
        """Nobody waits for an answer any more: the time is over, or staff have changed their mind."""
        found = await rows.lock(self.tx, self.place.id, introduction_id)
        await self._over(found, "dropped")

    async def _bring_together(self, found: Introduction) -> None:
        """Both have said yes: each hears who the other is; the link is on the map."""
        two = {
            side: await rows.actor(self.tx, self.place.id, id) for side, id in (("a", found.a_id), ("b", found.b_id))
        }
        reached: Mapping[str, str] = found.reached or {}
        by_letter = any(each.conversation_id is None for each in two.values())
        through_us = not all(reached.get(side) for side in two)
        if not await rows.settle(self.tx, found.id, "agreed", self.now, reached if by_letter or through_us else None):
            return
        await due.cancel(self.tx, self.place.id, f"weave_ends:{found.id}", "agreed", now=self.now)
        await rows.add_link(
            self.tx, municipality_id=self.place.id, one=found.a_id, other=found.b_id, theme=found.theme, since=self.today,
            made_by=found.made_by, noted_by="program", now=self.now,
        )  # fmt: skip
        for side, other in (("a", "b"), ("b", "a")):
            data = {"own": two[side].name, "other": two[other].name, "contact": reached.get(other, "")}
            await self._tell(found.id, two[side], "weave_agreed", data)

    async def _over(self, found: Introduction, status: str, *, but: str = "") -> None:
        """Nothing comes of it. Whoever was asked hears that, and nothing about the other one."""
        if not await rows.settle(self.tx, found.id, status, self.now):
            return
        await due.cancel(self.tx, self.place.id, f"weave_ends:{found.id}", status, now=self.now)
        for side, actor_id in (("a", found.a_id), ("b", found.b_id)):
            if side == but:
                continue
            actor = await rows.actor(self.tx, self.place.id, actor_id)
            await self._tell(found.id, actor, "weave_over", {"own": actor.name, "said": found.said(side)})
            if actor.resident_id is not None:
                await consents.withdraw(
                    self.tx, municipality_id=self.place.id, resident_id=actor.resident_id, purpose=weaving.PURPOSE,
                    subject_id=found.id, now=self.now,
                )  # fmt: skip

    async def _tell(self, introduction_id: int, actor: MapActor, kind: str, data: Mapping[str, Any]) -> None:
        """Say something in a group's own conversation, at once; to whom the bot cannot reach, staff do."""
        if actor.conversation_id is None:
            return
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=actor.conversation_id, kind=kind,
            data={"introduction": introduction_id, **data}, unique_key=f"{kind}:{introduction_id}:{actor.id}:{make_token()}",
            due_at=self.now, now=self.now,
        )  # fmt: skip


# --- what a flow may look up ------------------------------------------------------------------------------------------


async def my_map(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    """What of this person's is on the map: their own groups, and whom each stands beside by what they have told."""
    mine = [each for each in await rows.actors_of(tx, who.municipality_id, who.resident_id) if each.conversation_id]
    found = []
    for actor in mine:
        if actor.ended_at is not None:
            continue
        links = []
        for link in await rows.links_of(tx, actor.id):
            if link.resident_id == who.resident_id:
                other = await rows.actor(tx, who.municipality_id, link.b_id if link.a_id == actor.id else link.a_id)
                links.append({"name": other.name, "theme": link.theme, "pack": other.kind in PACK})
        found.append({"id": actor.id, "name": actor.name, "links": links})
    return found


async def map_introduction(
    tx: AsyncConnection, who: Opened, known: Known, introduction_id: int
) -> dict[str, Any] | None:
    """Something that this person's group is asked; never who the other one is. None for anybody else's."""
    try:
        found = await rows.introduction(tx, who.municipality_id, introduction_id)
    except NotFound:
        return None
    for actor_id in (found.a_id, found.b_id):
        actor = await rows.actor(tx, who.municipality_id, actor_id)
        if actor.resident_id == who.resident_id and actor.conversation_id is not None:
            side = found.side(actor_id)
            return {"id": found.id, "status": found.status, "said": found.said(side), "own": actor.name}
    return None


LOOKUPS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {"my_map": my_map, "map_introduction": map_introduction}


# --- asked again too soon ---------------------------------------------------------------------------------------------


def again(
    actors: Iterable[MapActor], latest: Mapping[int, rows.Request], place: Municipality, now: datetime
) -> list[tuple[MapActor, rows.Request]]:
    """Those who were asked so lately that they are not to be asked again yet, with what they were asked last."""
    kept = place.networks.weaving
    since = now - timedelta(days=kept.again_after_days if kept else 0)
    return [(each, latest[each.id]) for each in actors if each.id in latest and latest[each.id].at > since]


def again_words(found: Sequence[tuple[MapActor, rows.Request]], place: Municipality, role: Mapping[str, Text]) -> Text:
    """The warning, for staff."""
    actor, last = found[0]
    kept = place.networks.weaving
    return _(
        "“{name}” was asked on {day}, by: {role}. It was about: {about}. Within {days} days nobody asks the same one again without "
        "thinking twice. Do you want to, all the same?",
        name=actor.name, day=last.at.astimezone(place.zone).date(), role=role.get(last.role, _("Somebody")),
        about=last.about, days=kept.again_after_days if kept else 0,
    )  # fmt: skip
