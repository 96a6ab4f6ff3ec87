"""What staff do with broadcasts: one message to those who want to hear it, written, counted, tried, approved, sent, ended.

Whoever writes one chooses among those who have asked for news (`bot.listening`), never by anything sensitive. Every act is
one transaction and is written down. `bot.feeder` does the sending.

Sources: languages-and-rights.md C1 (only who has agreed), C9 (a second person, a test, a stop, Swedish last in a crisis).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcast_form import Filled, lacking
from bot.broadcast_views import (
    STATUSES,
    Counted,
    Line,
    Progress,
    Seen,
    answer_page,
    body_of,
    chosen_of,
    counted,
    last_in_swedish,
    letter_of,
    missing_in,
    needs_second,
    nobody,
    progress_of,
    title_of,
)
from bot.flows.shifts import when
from bot.handoff import Actor
from bot.i18n import Ltr, OwnName, Text, _
from bot.packs.model import Municipality
from bot.pictures import NO_PICTURE, without_notes
from bot.rules import masking
from bot.shift_views import named
from bot.staff import Refused
from bot.turn import Turns
from bot.wording import Body, Words
from storage import broadcasts, conversations, crisis, files, inbox, listeners, outbox, shifts, staff
from storage.broadcasts import Broadcast
from storage.errors import NotFound
from storage.outbox import NewDelivery

FAR: Final = timedelta(days=36500)
LATELY: Final = timedelta(minutes=1)
"""How fast one goes is measured over so long."""

NEEDS_TOPIC: Final = "helpers"
"""The topic of whoever wants to hear when people are needed (`municipalities/news.yaml`)."""

MAY_WRITE: Final = frozenset({"sender", "coordinator", "leader"})
MAY_APPROVE: Final = frozenset({"sender", "leader"})

MISSING: Final = _("There is no such message, or it is another municipality's.")
OVER: Final = _("Meanwhile somebody has done something else with it. Look at it anew.")


def version_of(row: Broadcast) -> str:
    """What a form says it was made from."""
    return str(int(row.changed_at.timestamp() * 1_000_000))


class Broadcasts:
    """The acts of those who send to many. Every one raises Refused: "missing", "gone", "empty", "same", "may not"."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.db, self.now = turns, turns.db, turns.now

    def place(self, by: Actor) -> Municipality:
        return self.turns.municipalities[by.municipality_id]

    # --- written ------------------------------------------------------------------------------------------------------

    async def listed(self, by: Actor, *, over: bool = False) -> list[Line]:
        """The broadcasts that are not over, or those that are, the newest first."""
        async with self.db.read() as tx:
            found = await broadcasts.of_municipality(tx, by.municipality_id, living=not over)
        return [Line(each, title_of(each), STATUSES[each.status]) for each in found]

    async def seen(self, by: Actor, broadcast_id: int) -> Seen:
        """One of them, with what it would reach now."""
        place = self.place(by)
        async with self.db.read() as tx:
            row = await self._load(tx, by, broadcast_id)
            events = await broadcasts.events(tx, place.id, row.id)
            outcomes = await broadcasts.outcomes_of(tx, place.id, row.id)
            author = (await staff.load(tx, row.staff_id)).name if row.staff_id else place.name
            need = await self._need_title(tx, place, row.need_id)
            level = await crisis.now(tx, place.id)
            able = await staff.with_roles(tx, place.id, MAY_APPROVE)
        begun = row.started_at is not None or row.status in ("done", "cancelled")
        counted = nobody() if begun else await self.count(by, row.segment, answers_id=row.answers_id)
        in_crisis = level is not None and level.level == "crisis"
        return Seen(
            row, title_of(row), counted, missing_in(row.content, place, counted.locales),
            needs_second(place, counted.total, urgent=row.urgent is not None, in_crisis=in_crisis), author,
            row.staff_id == by.staff_id, events, need, outcomes,
            [each.name for each in able if each.id != row.staff_id], in_crisis, level is not None and level.drill,
        )  # fmt: skip

    async def _need_title(self, tx: AsyncConnection, place: Municipality, need_id: int | None) -> str | None:
        if need_id is None:
            return None
        try:
            need = await shifts.load_need(tx, place.id, need_id)
        except NotFound:
            return None
        return str((need.need or {}).get("what") or "")

    async def create(self, by: Actor, key: str, *, need_id: int | None = None, answers_id: int | None = None) -> int:
        """A new draft; one about a need is written already, in every language. The id of an earlier one with this key."""
        self._may(by, MAY_WRITE)
        place = self.place(by)

        async def write(tx: AsyncConnection) -> int:
            now = self.now()
            if not await inbox.mark_seen(tx, f"broadcast:{by.staff_id}:{key[:64]}", place.id, now):
                for each in await broadcasts.of_municipality(tx, place.id, living=True):
                    if each.staff_id == by.staff_id:
                        return each.id  # made by the same press, a moment ago
                raise Refused("gone", OVER)
            content, segment = await self._begun(tx, place, need_id, answers_id)
            made = await broadcasts.add(
                tx, municipality_id=place.id, content=content, segment=segment, staff_id=by.staff_id, now=now,
                need_id=need_id, answers_id=answers_id,
            )  # fmt: skip
            await self._log(tx, by, made, "made")
            return made

        return await self.db.write(write)

    async def _begun(
        self, tx: AsyncConnection, place: Municipality, need_id: int | None, answers_id: int | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a new draft holds: of a need its words in every language, of an outcome whom it goes to."""
        if answers_id is not None:
            await self._load_in(tx, place.id, answers_id)
            return {"texts": {}, "buttons": []}, {"answered": [answers_id, ""]}
        if need_id is None:
            return {"texts": {}, "buttons": ["not"]}, {}
        try:
            need = await shifts.load_need(tx, place.id, need_id)
        except NotFound as error:
            raise Refused("missing", _("There is no such need, or it is over.")) from error
        coming = await shifts.coming(tx, place.id, self.now(), need_id=need_id)
        if need.kind != "shift" or not coming:
            raise Refused("empty", _("That need has no shift to come, so there is nothing to call for."))
        soonest = min(coming, key=lambda each: each.starts_at)
        seen = named(soonest, place.zone)
        free = sum(each.free for each in coming)
        texts = {}
        for tag in place.languages:
            words = Words(tag, place.zone)
            title, about = str((need.need or {}).get("what") or ""), str((need.need or {}).get("about") or "")
            where = need.area or words.plain(_("the place is told later"))
            # TRANSLATORS: a message to many, made out of a need. A human reads it before it is sent.
            call = _("Helpers are needed: {title}, {place}, {when}. Can you help? Missing so far: {count}.", title=title,
                     place=where, when=when(seen), count=max(1, free))  # fmt: skip
            texts[tag] = {"words": words.plain(call), "more": about}
        segment = {
            "topics": [each.id for each in place.news.topics if each.id == NEEDS_TOPIC],
            "areas": [need.area] if need.area else [],
        }
        return {"texts": texts, "buttons": ["help", "more", "not"]}, segment

    async def save(
        self,
        by: Actor,
        broadcast_id: int,
        filled: Filled,
        *,
        picture: tuple[str, bytes] | None = None,
        version: str = "",
    ) -> None:
        """Keep what was written in the form, also what is not complete.

        `version` is what `version_of` said when the form was shown: refused ("changed") when a colleague has saved since.
        """
        await self.write(by, broadcast_id, filled.content, filled.segment, need_id=filled.need_id, picture=picture,
                         version=version)  # fmt: skip

    async def write(
        self, by: Actor, broadcast_id: int, content: Mapping[str, Any], segment: Mapping[str, Any], *,
        need_id: int | None, picture: tuple[str, bytes] | None = None, version: str = "",
    ) -> None:  # fmt: skip
        """Keep what was written. One that waited for a second person is a draft again. Of a picture nothing is kept but what
        one sees."""
        self._may(by, MAY_WRITE)
        shown = await asyncio.to_thread(without_notes, picture[1]) if picture is not None else None
        if picture is not None and shown is None:
            raise Refused("empty", NO_PICTURE)

        async def write(tx: AsyncConnection) -> None:
            before = await self._load(tx, by, broadcast_id, lock=True)
            if version and version != version_of(before):
                raise Refused(
                    "changed", _("A colleague has changed it meanwhile. What you wrote is still here, and not saved.")
                )
            values: dict[str, Any] = {"content": dict(content), "segment": dict(segment), "status": "draft"}
            if before.answers_id is not None:
                values["segment"] = before.segment
            else:
                values["need_id"] = need_id
            if picture is not None and shown is not None:
                values["file_id"] = await files.put(
                    tx, municipality_id=by.municipality_id, content=shown, mime=picture[0], name="", now=self.now()
                )
            await self._change(tx, by, broadcast_id, {**values, "approved_by": None}, broadcasts.CHANGEABLE)
            if before.status == "asked" or any(getattr(before, name) != each for name, each in values.items()):
                await self._log(tx, by, broadcast_id, "changed")

        await self.db.write(write)

    async def picture(self, by: Actor, broadcast_id: int) -> tuple[str, bytes]:
        """The picture that goes along, as type and content."""
        async with self.db.read() as tx:
            row = await self._load(tx, by, broadcast_id)
            if row.file_id is None:
                raise Refused("missing", MISSING)
            kept = await files.get(tx, by.municipality_id, row.file_id)
        return kept.mime, kept.content

    async def drop_picture(self, by: Actor, broadcast_id: int) -> None:
        """Take the picture away."""
        await self._set(by, broadcast_id, {"file_id": None})

    async def _set(self, by: Actor, broadcast_id: int, values: Mapping[str, Any]) -> None:
        """Change something beside the form; it is a draft again."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            changed = {**values, "status": "draft", "approved_by": None}
            await self._change(tx, by, broadcast_id, changed, broadcasts.CHANGEABLE)
            await self._log(tx, by, broadcast_id, "changed")

        await self.db.write(write)

    def preview(self, by: Actor, row: Broadcast, tag: str, *, drill: bool = False) -> Body:
        """The message exactly as it goes out, in one language."""
        return body_of(row, tag, self.place(by), drill=drill)

    def letter(self, by: Actor, row: Broadcast, tag: str) -> dict[str, Any]:
        """The same as a letter; each reader has their own address to stop it by."""
        stop, pages = f"{self.turns.public_url}/news/…", self.turns.pages_of(by.municipality_id)
        return letter_of(self.preview(by, row, tag), self.place(by), stop, answer_page(row, tag, pages))

    async def earlier(self, by: Actor) -> list[Line]:
        """The broadcasts that have begun, the newest first: whose answers the next one may go by."""
        async with self.db.read() as tx:
            found = await broadcasts.begun(tx, by.municipality_id)
        return [Line(each, title_of(each), STATUSES[each.status]) for each in found]

    async def about_need(self, by: Actor, need_id: int) -> list[Line]:
        """The broadcasts about a need, the newest first."""
        async with self.db.read() as tx:
            found = await broadcasts.of_need(tx, by.municipality_id, need_id)
        return [Line(each, title_of(each), STATUSES[each.status]) for each in found]

    # --- whom it reaches ----------------------------------------------------------------------------------------------

    async def count(self, by: Actor, segment: Mapping[str, Any], *, answers_id: int | None = None) -> Counted:
        """Whom a segment reaches now, by language and channel."""
        async with self.db.read(aside=True) as tx:
            chosen = await chosen_of(tx, by.municipality_id, segment, answers_id=answers_id)
            groups = await broadcasts.count(tx, by.municipality_id, chosen, self.now())
        return counted(groups)

    async def keep_segment(self, by: Actor, broadcast_id: int, name: str) -> None:
        """Keep whom a broadcast goes to under a name."""
        self._may(by, MAY_WRITE)
        name = masking.mask(name.strip()[:80])[0]
        if not name:
            raise Refused("empty", _("Give it a name."))

        async def write(tx: AsyncConnection) -> None:
            row = await self._load(tx, by, broadcast_id)
            await broadcasts.keep_segment(tx, municipality_id=by.municipality_id, name=name, segment=row.segment,
                                          staff_id=by.staff_id, now=self.now())  # fmt: skip

        await self.db.write(write)

    async def segments(self, by: Actor) -> list[tuple[int, str, Any]]:
        """What was kept: id, name, segment."""
        async with self.db.read() as tx:
            return await broadcasts.kept_segments(tx, by.municipality_id)

    async def use_segment(self, by: Actor, broadcast_id: int, segment_id: int) -> None:
        """Let a broadcast go to whom a kept segment names."""
        kept = {id: segment for id, _name, segment in await self.segments(by)}
        if segment_id not in kept:
            raise Refused("empty", _("Choose one that was kept."))
        await self._set(by, broadcast_id, {"segment": kept[segment_id]})

    async def drop_segment(self, by: Actor, segment_id: int) -> None:
        """Keep it no longer."""
        self._may(by, MAY_WRITE)
        await self.db.write(lambda tx: broadcasts.drop_segment(tx, by.municipality_id, segment_id))

    # --- approved and sent --------------------------------------------------------------------------------------------

    async def test(self, by: Actor, broadcast_id: int, tags: Sequence[str]) -> Text:
        """Send it to oneself, in these languages: to the Telegram chat one has linked, else by mail; what was done, in words."""
        self._may(by, MAY_WRITE)
        place = self.place(by)

        async def write(tx: AsyncConnection) -> Text:
            now = self.now()
            row = await self._load(tx, by, broadcast_id)
            member = await staff.load(tx, by.staff_id)
            chat = await staff.chat(tx, by.staff_id, place.id)
            if chat is None and not (member.email and self.turns.mails):
                raise Refused("empty", _("There is no way to reach you: link your Telegram under My account, or leave an "
                                         "e-mail address there."))  # fmt: skip
            key = f"test:{row.id}:{by.staff_id}:{now.isoformat()}"
            level = await crisis.now(tx, place.id)
            in_crisis = level is not None and level.level == "crisis"
            seen = replace(row, content=last_in_swedish(row.content, in_crisis))
            for at, tag in enumerate(tags):
                body = body_of(seen, tag, place, drill=level is not None and level.drill)
                if chat is not None:
                    common: dict[str, Any] = {
                        "address_id": chat.address_id,
                        "channel": "telegram",
                        "op": "send",
                        "body": body,
                    }
                else:
                    to = await conversations.address(tx, municipality_id=place.id, channel="mail",
                                                     address=str(member.email), now=now)  # fmt: skip
                    common = {"address_id": to.id, "channel": "mail", "op": "mail", "body": letter_of(body, place)}
                delivery = NewDelivery(municipality_id=place.id, made_by=key, ordinal=at, due_at=now, **common)
                await outbox.queue(tx, [delivery], now=now)
            await self._log(tx, by, row.id, "tested", ", ".join(tags))
            if chat is not None:
                return _("It is on its way to your Telegram.")
            return _("It is on its way to {email}.", email=Ltr(str(member.email)))

        said = await self.db.write(write)
        self.turns.wake()
        return said

    async def ask(self, by: Actor, broadcast_id: int, *, at: datetime | None = None, urgent: str = "") -> str:
        """Have it sent, at once or `at`; where a second person has to agree, ask for that. The status it has then.

        `urgent` is the reason why it may come at night and to those who have just heard another message.
        """
        self._may(by, MAY_WRITE)
        place, reason = self.place(by), masking.mask(urgent.strip()[:500])[0]
        if at is not None and at <= self.now():
            raise Refused("empty", _("That time is over. Choose a later one, or have it sent at once."))
        async with self.db.read() as tx:
            row = await self._load(tx, by, broadcast_id)
        reach = await self.count(by, row.segment, answers_id=row.answers_id)
        self._complete(row, place, reach)

        async def write(tx: AsyncConnection) -> str:
            if version_of(await self._load(tx, by, broadcast_id, lock=True)) != version_of(row):
                raise Refused("gone", OVER)  # somebody has changed it while it was counted
            level = await crisis.now(tx, place.id)
            in_crisis = level is not None and level.level == "crisis"
            second = needs_second(place, reach.total, urgent=bool(reason), in_crisis=in_crisis)
            status = "asked" if second else "scheduled"
            values: dict[str, Any] = {
                "status": status, "urgent": reason or None, "starts_at": at or self.now(), "approved_by": None,
                "staff_id": by.staff_id or row.staff_id, "content": last_in_swedish(row.content, in_crisis or bool(reason)),
            }  # fmt: skip
            await self._change(tx, by, broadcast_id, values, ("draft",))
            await self._log(tx, by, broadcast_id, "asked" if second else "sent", reason or None)
            return status

        return await self.db.write(write)

    def _complete(self, row: Broadcast, place: Municipality, reach: Counted) -> None:
        if problems := lacking(row.content, row.need_id):
            raise Refused("empty", next(iter(problems.values())))
        missing = missing_in(row.content, place, reach.locales)
        if missing:
            raise Refused("empty", _("Text is missing in: {languages}. Write it, or choose that the Swedish one goes out "
                                     "there, marked.", languages=tuple(OwnName(each) for each in missing)))  # fmt: skip
        if reach.total == 0:
            raise Refused("empty", _("Nobody who has asked for news is among those you have chosen."))

    async def approve(self, by: Actor, broadcast_id: int, *, version: str = "") -> None:
        """The second person's yes, to what they have seen: `version` is what `version_of` said then."""
        self._may(by, MAY_APPROVE)
        place_id = by.municipality_id

        async def write(tx: AsyncConnection) -> None:
            row = await self._load(tx, by, broadcast_id, lock=True)
            if by.staff_id in await broadcasts.authors(tx, place_id, broadcast_id):
                raise Refused("same", _("Somebody else has to approve what you have written."))
            if version and version != version_of(row):
                raise Refused("gone", OVER)
            starts = max(row.starts_at or self.now(), self.now())
            values = {"status": "scheduled", "approved_by": by.staff_id, "starts_at": starts}
            await self._change(tx, by, broadcast_id, values, ("asked",))
            await self._log(tx, by, broadcast_id, "approved")

        await self.db.write(write)

    async def give_back(self, by: Actor, broadcast_id: int, words: str) -> None:
        """The second person's no, with a word why; or the author changes their mind: it is a draft again."""
        self._may(by, MAY_WRITE)
        words = masking.mask(words.strip()[:500])[0]

        async def write(tx: AsyncConnection) -> None:
            values = {"status": "draft", "starts_at": None, "approved_by": None}
            await self._change(tx, by, broadcast_id, values, ("asked", "scheduled"))
            await self._log(tx, by, broadcast_id, "given back", words or None)

        await self.db.write(write)

    async def pause(self, by: Actor, broadcast_id: int) -> None:
        """Send no more of it for now."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            await self._change(tx, by, broadcast_id, {"status": "paused"}, ("sending", "scheduled"))
            await broadcasts.set_waiting(tx, broadcast_id, self.now() + FAR)
            await self._log(tx, by, broadcast_id, "paused")

        await self.db.write(write)

    async def resume(self, by: Actor, broadcast_id: int) -> None:
        """Go on with it."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            row = await self._load(tx, by, broadcast_id, lock=True)
            status = "sending" if row.started_at else "scheduled"
            await self._change(tx, by, broadcast_id, {"status": status}, ("paused",))
            await broadcasts.set_waiting(tx, broadcast_id, self.now())
            await self._log(tx, by, broadcast_id, "resumed")

        await self.db.write(write)
        self.turns.wake()

    async def cancel(self, by: Actor, broadcast_id: int) -> None:
        """Stop it for good: what waits is not sent, what was sent stays."""
        self._may(by, MAY_WRITE)

        async def write(tx: AsyncConnection) -> None:
            now = self.now()
            values = {"status": "cancelled", "done_at": now}
            await self._change(tx, by, broadcast_id, values, broadcasts.LIVING)
            await outbox.end_bulk(tx, broadcasts.made_by(broadcast_id), "cancelled", now)
            await broadcasts.give_back_turns(tx, await self._load(tx, by, broadcast_id))
            await self._log(tx, by, broadcast_id, "cancelled")

        await self.db.write(write)

    async def resend(self, by: Actor, broadcast_id: int) -> int:
        """Send those again of which nobody knows whether they arrived; how many."""
        self._may(by, MAY_APPROVE)

        async def write(tx: AsyncConnection) -> int:
            row = await self._load(tx, by, broadcast_id, lock=True)
            if row.status not in ("sending", "done"):
                raise Refused("gone", OVER)
            count = await outbox.resend_doubtful(tx, broadcasts.made_by(row.id), self.now())
            if count:
                await self._change(tx, by, row.id, {"status": "sending", "done_at": None}, ("sending", "done"))
                await self._log(tx, by, row.id, "sent again", str(count))
            return count

        count = await self.db.write(write)
        self.turns.wake()
        return count

    # --- followed -----------------------------------------------------------------------------------------------------

    async def progress(self, by: Actor, broadcast_id: int) -> Progress:
        """How far it has come."""
        return (await self.followed(by, broadcast_id))[1]

    async def followed(self, by: Actor, broadcast_id: int) -> tuple[Broadcast, Progress]:
        """A broadcast, and how far it has come."""
        place = self.place(by)
        async with self.db.read(aside=True) as tx:
            row = await self._load(tx, by, broadcast_id)
            found = await broadcasts.reached(tx, row.id)
            signed = await broadcasts.signed_up(tx, row.id, row.need_id) if row.need_id is not None else {}
            areas = await listeners.words(tx, place.id, "areas")
            lately = await broadcasts.ended_since(tx, row.id, self.now() - LATELY)
        return row, progress_of(row, found, signed, areas, self.now(), lately)

    async def doubtful(self, by: Actor, broadcast_id: int) -> list[tuple[int, str, str, datetime]]:
        """Those of which nobody knows whether they arrived: the resident's number, language, channel, when."""
        async with self.db.read() as tx:
            await self._load(tx, by, broadcast_id)
            return await broadcasts.in_doubt(tx, by.municipality_id, broadcast_id)

    # --- what they share ----------------------------------------------------------------------------------------------

    def _may(self, by: Actor, roles: frozenset[str]) -> None:
        if not by.roles & roles:
            raise Refused("may not", _("Your account may not do this. Whoever sends messages to many can."))

    async def _load(self, tx: AsyncConnection, by: Actor, broadcast_id: int, *, lock: bool = False) -> Broadcast:
        return await self._load_in(tx, by.municipality_id, broadcast_id, lock=lock)

    async def _load_in(
        self, tx: AsyncConnection, municipality_id: str, broadcast_id: int, *, lock: bool = False
    ) -> Broadcast:
        try:
            return await broadcasts.load(tx, municipality_id, broadcast_id, lock=lock)
        except NotFound as error:
            raise Refused("missing", MISSING) from error

    async def _change(
        self, tx: AsyncConnection, by: Actor, broadcast_id: int, values: Mapping[str, Any], before: Sequence[str]
    ) -> None:
        if not await broadcasts.change(tx, by.municipality_id, broadcast_id, values, before, self.now()):
            await self._load(tx, by, broadcast_id)
            raise Refused("gone", OVER)

    async def _log(
        self, tx: AsyncConnection, by: Actor, broadcast_id: int, act: str, detail: str | None = None
    ) -> None:
        await broadcasts.log(
            tx, municipality_id=by.municipality_id, broadcast_id=broadcast_id, act=act, who=by.name, at=self.now(),
            staff_id=by.staff_id or None, detail=detail,
        )  # fmt: skip
