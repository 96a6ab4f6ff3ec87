"""The transaction of one update: lock the conversation, run the flow, apply its effects, queue its replies.

Everything an update changes is committed together or not at all, and the mark that it has been seen is part of it. What
goes out is sent afterwards, from the outbox. An update that makes the program fail is put aside with its traceback,
answered kindly, and holds nobody else up.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import due, effects, forum, listening, lookups, staff_chat, telegram_store, translation
from bot.errors import Retry
from bot.flows import guarded, held
from bot.flows import state as states
from bot.flows.case_kinds import kind_of
from bot.flows.engine import advance
from bot.flows.model import File, Flow, Input, Known, LookupWanted, MakeLink, Reply, SafetyFlag, State, Turn, lookup_key
from bot.flows.safety import CONTACT_ME
from bot.i18n import Link, Ltr, Text, _, from_platform
from bot.live import Live
from bot.outbox import LEASE_S, Sender
from bot.packs.model import Municipality
from bot.rules import emergency, masking
from bot.rules.understand import danger
from bot.update import Update
from bot.wording import Body, Words
from storage import cases, conversations, files, inbox, messages, outbox, staff, talks
from storage import due as due_rows
from storage.conversations import Opened
from storage.db import Database
from storage.messages import NewMessage
from storage.outbox import Claimed, NewDelivery
from storage.secrets import keyring

ATTEMPTS = 2
"""How often an update may fail before it is put aside."""

LOOKUPS_MAX = 32

STAFF_LOCALE = "sv"
"""What residents write to a human is translated into this."""

NOTICE_AGAIN = timedelta(minutes=30)
"""What a person writes in several messages is announced by one letter in so long."""
NOTICE_LIFETIME = timedelta(days=7)
"""How long the link in a letter leads to the conversation."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update led to. `applied` is false when it had been applied before. `said` are the bodies sent back.

    `flow` (with its open step) and `effects` are names, for the log. `claimed` are the deliveries to hand to the sender;
    `waits_at` is the address where some wait in the outbox instead.
    """

    applied: bool = False
    failed: bool = False
    conversation_id: int | None = None
    said: tuple[Body, ...] = ()
    toast: str | None = None
    flow: str | None = None
    effects: tuple[str, ...] = ()
    claimed: tuple[Claimed, ...] = ()
    waits_at: int | None = None


class Turns:
    """Takes updates, from whatever handler, one transaction each. `mails`: letters can be sent from here; `translates`: a
    machine translates what residents and coaches write to each other."""

    def __init__(
        self,
        db: Database,
        municipalities: Mapping[str, Municipality],
        flows: Mapping[str, Flow],
        *,
        public_url: str,
        now: Callable[[], datetime],
        live: Live,
        sender: Sender | None = None,
        bot_name: Callable[[str], str | None] = lambda municipality: None,
        mails: bool = True,
        translates: bool = False,
    ) -> None:
        self.db, self.municipalities, self.flows = db, municipalities, flows
        self.public_url, self.now, self.live = public_url, now, live
        self.sender, self.bot_name, self.mails, self.translates = sender, bot_name, mails, translates

    async def take(self, update: Update) -> Outcome:
        """Apply one update. When this returns, it is committed; only then may the platform be told so.

        Raises:
            Retry: Nothing was committed; the same update may come again (the database is away).
        """
        started = time.perf_counter()
        outcome = await self._take(update)
        self.committed(outcome)
        log.info(
            "update",
            key=keyring().mark(update.id),
            channel=update.channel,
            applied=outcome.applied,
            failed=outcome.failed,
            flow=outcome.flow,
            effects=outcome.effects,
            replies=len(outcome.said),
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return outcome

    def committed(self, outcome: Outcome) -> None:
        """What was said is there for good: pages learn of it, and the sender gets what is to be sent."""
        if outcome.conversation_id is not None:
            self.live.wake(outcome.conversation_id)
        if self.sender is not None:
            self.sender.hand_over(outcome.claimed)
            if outcome.waits_at is not None or outcome.effects:  # effects write letters
                self.sender.wake(outcome.waits_at)

    def wake(self) -> None:
        """Something was put into the outbox beside a turn."""
        if self.sender is not None:
            self.sender.wake()

    async def _take(self, update: Update) -> Outcome:
        key = f"{update.channel}:{update.address or update.conversation_id}"
        update, notes = _masked(update)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self.db.write(lambda tx: self._apply(tx, update, notes), key=key)
            except Retry:
                raise
            except Exception:
                fault = traceback.format_exc()
                if attempt == ATTEMPTS:
                    log.error("update failed", key=keyring().mark(update.id), channel=update.channel)
                    return await self.db.write(lambda tx: self._put_aside(tx, update, fault), key=key)  # noqa: B023
        raise AssertionError("unreachable")

    async def say(
        self, tx: AsyncConnection, conversation_id: int, replies: tuple[Reply, ...], *, key: str,
        then: Input | None = None, external_id: str | None = None,
    ) -> Outcome:  # fmt: skip
        """Say something to a resident who has not just asked: a person's answer. In the caller's transaction.

        When that is committed, the outcome is for `committed`.

        It takes the way of everything else: kept, sent to their channel, announced by a letter without content. `key`
        is the unique id of the act, as an update's, `external_id` the platform's of what a person wrote. What was under
        way stays where it is, unless the machine is to take `then` as its next input.
        """
        now = self.now()
        who = await conversations.by_id(tx, conversation_id)
        place = self.municipalities[who.municipality_id]
        before = states.load(who.state, self.flows)
        update = Update(
            id=key, municipality=place.id, channel="staff", input=Input(clock="said"), conversation_id=conversation_id,
            external_id=external_id,
        )  # fmt: skip
        turn, made = Turn(before), effects.MadeThings()
        if then is not None:
            known = await self._known(tx, update, who, place, now)
            turn = await self._run(tx, who, known, partial(advance, self.flows, before, then))
            made = await effects.apply(tx, turn.effects, who, known, self.public_url, self.bot_name(place.id))
            await conversations.save(tx, conversation_id, state=states.dump(turn.state), now=now)
        turn = replace(turn, replies=(*replies, *turn.replies))
        words = Words(made.locale or who.locale or place.languages[0], place.zone, made.values)
        return await self._record(tx, update, who, before, turn, words, update.input, now)

    def pages_of(self, municipality_id: str) -> str:
        """Where a municipality's pages begin: the first one's at the root, the others' below it (`Web.add_to`)."""
        first = municipality_id == next(iter(self.municipalities))
        return self.public_url if first else f"{self.public_url}/m/{municipality_id}"

    # --- one transaction -----------------------------------------------------------------------------------------------

    async def _apply(self, tx: AsyncConnection, update: Update, notes: list[Text]) -> Outcome:
        now = self.now()
        if update.input.clock is not None:
            promise = await due_rows.take(tx, int(update.input.data["due_id"]), now)
            if promise is None:
                return Outcome()
            input = replace(update.input, data=promise.data or {})
            update = replace(update, input=input, conversation_id=promise.conversation_id)
        elif not await inbox.mark_seen(tx, update.id, update.municipality, now, update.raw):
            return Outcome()
        if update.channel == "telegram" and (wanted := staff_chat.wish(update.input)) is not None:
            place = self.municipalities[update.municipality]
            words = Words(self._hinted(update, place), place.zone)
            body, address_id = await staff_chat.answer(tx, update, wanted, place, words, now)
            return Outcome(True, said=(body,), waits_at=address_id)
        who, update = await self._open(tx, update, now)
        if (slot := translation.flagged(update.input)) is not None:
            return await self._flagged(tx, update, who, slot, now)
        return await self._turn(tx, update, who, notes, now)

    async def _flagged(self, tx: AsyncConnection, update: Update, who: Opened, slot: str, now: datetime) -> Outcome:
        """Somebody finds a translation wrong: that is noted, and what was under way stays where it is."""
        place = self.municipalities[who.municipality_id]
        thanks = await translation.flag_press(tx, who, slot, place, now)
        state = states.load(who.state, self.flows)
        turn = Turn(state, (Reply(words=(thanks,), toast=True),), said=translation.WRONG)
        words = Words(who.locale or self._hinted(update, place), place.zone)
        return await self._record(tx, update, who, state, turn, words, update.input, now)

    async def _open(self, tx: AsyncConnection, update: Update, now: datetime) -> tuple[Opened, Update]:
        """The conversation, locked. A code brought from another channel moves this address to that conversation."""
        if update.conversation_id is not None:
            return await conversations.by_id(tx, update.conversation_id), update
        municipality = self.municipalities[update.municipality]
        who = await conversations.open(
            tx,
            municipality_id=municipality.id,
            channel=update.channel,
            address=update.address,
            now=now,
            locale_hint=None if update.channel == "telegram" else self._hinted(update, municipality),
            name_hint=update.name_hint,
        )
        if (code := _code(update.input)) is not None:
            theirs = (
                update.channel == "telegram" and update.input.press is None
            )  # a link that somebody else may have sent
            if theirs and who.notice_version is not None:
                return who, replace(update, input=Input(command="bring", argument=code))
            moved = await effects.move(tx, who, code, municipality, now)
            if moved is not None:
                there = moved.conversation_id == who.conversation_id
                data = {"looking": code.startswith("restore_"), "here": None if there else who.state}
                return moved, replace(update, input=Input(command="moved", data=data))
            return who, replace(update, input=Input(command="start", argument=code))
        return who, update

    def _hinted(self, update: Update, municipality: Municipality) -> str:
        """The language the platform hints at, if the municipality offers it; else its first."""
        tag = from_platform(update.locale_hint or "")
        return tag if tag in municipality.languages else municipality.languages[0]

    async def _turn(
        self, tx: AsyncConnection, update: Update, who: Opened, notes: list[Text], now: datetime
    ) -> Outcome:
        municipality = self.municipalities[who.municipality_id]
        known = await self._known(tx, update, who, municipality, now)
        before = states.load(who.state, self.flows)
        update, left_out = await self._covered(tx, update, who, before)
        input = update.input
        answering = bool(before.frames) and not self.flows[before.frames[-1].flow].passing
        alarm = _alarm(input, guesses=not answering)  # ordinary answers tell of risks and needs
        promised = due.KINDS.get(input.clock or "")
        if left_out and input.text == masking.CONTACT_MARK:
            turn = Turn(before)  # nothing is left of it
        else:
            turn = await self._run(tx, who, known, partial(promised or self._taken_by(known), before, input))
        notes = [*notes, guarded.NOT_KEPT] if left_out else notes
        reminds = input.clock is not None and (promised is None or input.clock in due.REMINDERS)
        if reminds and who.stopped_at is not None:
            turn = replace(turn, replies=())  # reminders are not wanted any more
        turn = _with_alarm(_with_notes(turn, notes), alarm, known)
        made = await effects.apply(tx, turn.effects, who, known, self.public_url, self.bot_name(municipality.id))
        locale = made.locale or known.locale
        words = Words(locale, municipality.zone, made.values)
        kept = None if made.forgotten else states.dump(turn.state)
        quiet = input.clock is not None or input.data.get("looking")  # nobody said anything here
        address_id = None if quiet else who.address_id
        await conversations.save(tx, who.conversation_id, state=kept, now=now, address_id=address_id)
        if listening.changed(who, turn.effects, heard=not quiet):
            await listening.refresh(tx, who.conversation_id, address_id, municipality)
        return await self._record(tx, update, who, before, turn, words, input, now, farewell=made.forgotten)

    async def _covered(self, tx: AsyncConnection, update: Update, who: Opened, before: State) -> tuple[Update, bool]:
        """The update without what is not kept of a protected person or a child, and whether it held any of that."""
        if update.input.clock is not None or not (who.protected or before.child):
            return update, False
        if not who.protected and guarded.guardian_asked(update.input, before):
            return update, False
        mail_asked = bool(before.frames) and before.frames[-1].flow == "reach"
        input, left_out = guarded.covered(update.input, mail_asked=mail_asked)
        if left_out:
            await inbox.drop_raw(tx, update.id)
        return replace(update, input=input), left_out

    def _taken_by(self, known: Known) -> Callable[[State, Input, Known], Turn]:
        """What takes a resident's input: the machine, unless a human has the conversation or has closed the chat."""
        how = {"human": held.in_talk, "closed": held.closed}.get(known.facts["holder"], advance)
        return partial(how, self.flows)

    async def _known(
        self, tx: AsyncConnection, update: Update, who: Opened, municipality: Municipality, now: datetime
    ) -> Known:
        waiting = await cases.waiting(tx, who.conversation_id, "coach") if who.holder != "bot" else None
        answer_by = waiting.answer_by.astimezone(municipality.zone) if waiting and waiting.answer_by else None
        case_id = update.input.data.get("case_id") if update.input.clock is not None else None
        case = await cases.load(tx, municipality.id, case_id) if case_id is not None else None
        facts = {
            "holder": who.holder,
            "case_settled": case is not None and not case.waits,
            "first_contact": who.locale is None,
            "notice_version": who.notice_version,
            "reachable": who.channel == "telegram" or who.email is not None,
            "case_answer_by": answer_by,
            "public_url": self.pages_of(municipality.id),
            "mails": self.mails,
            "protected": who.protected,
            "listens": who.listens is not None,
        }
        if who.holder == "human":
            facts["talk"] = await self._talk(tx, who, municipality, now)
        return Known(
            now=now.astimezone(municipality.zone),
            locale=who.locale or self._hinted(update, municipality),
            municipality=municipality,
            offered=municipality.languages,
            channel=who.channel or "web",
            facts=facts,
        )

    async def _talk(
        self, tx: AsyncConnection, who: Opened, municipality: Municipality, now: datetime
    ) -> dict[str, Any]:
        """Who has the conversation, for which case, and what is promised in it."""
        talk = await talks.of_conversation(tx, who.conversation_id)
        assert talk is not None
        case = await cases.load(tx, municipality.id, talk.case_id)
        answer_by = case.answer_by.astimezone(municipality.zone) if case.waits and case.answer_by else None
        return {
            "case_id": case.id,
            "by": (await staff.load(tx, talk.staff_id)).name,
            "waits": case.waits,
            "answer_by": answer_by,
            "new_promise": kind_of(case.kind).answer_by(municipality, now),
        }

    async def _run(self, tx: AsyncConnection, who: Opened, known: Known, flow: Callable[[Known], Turn]) -> Turn:
        """Run the flow, answering what it looks up, until it asks nothing more of storage."""
        for _count in range(LOOKUPS_MAX):
            try:
                return flow(known)
            except LookupWanted as wanted:
                found = await lookups.answer(tx, wanted.name, wanted.arguments, who, known)
                key = lookup_key(wanted.name, wanted.arguments)
                known = replace(known, lookups={**known.lookups, key: found})
        raise RuntimeError(f"a flow looks up more than {LOOKUPS_MAX} things in one turn")

    async def _record(
        self, tx: AsyncConnection, update: Update, who: Opened, before: State, turn: Turn, words: Words, input: Input,
        now: datetime, *, farewell: bool = False,
    ) -> Outcome:  # fmt: skip
        """Keep what was said on both sides, and queue what is to be sent."""
        toast = next((words.plain(reply.words[0]) for reply in turn.replies if reply.toast), None)
        replies = [reply for reply in turn.replies if not reply.toast]
        bodies = [words.body(reply) for reply in replies]
        said = _heard(input, turn, words)
        if said is not None and update.by_staff is not None:
            said["by_staff"] = update.by_staff
        common: dict[str, Any] = {
            "municipality_id": who.municipality_id,
            "conversation_id": who.conversation_id,
            "at": now,
        }
        rows = [
            NewMessage(**common, channel=update.channel, sender="resident", locale=words.tag, body=said,
                       slot=_said_slot(update, who), external_id=update.external_id)
        ] if said is not None else []  # fmt: skip
        rows += [
            NewMessage(
                **common,
                channel=who.channel or "web",
                sender="coach" if reply.human else "peer" if reply.by else "bot",
                locale=words.tag,
                body=body,
                slot=reply.slot,
                external_id=update.external_id if reply.human and reply.slot == _said_as(update) else None,
            )
            for reply, body in zip(replies, bodies, strict=True)
        ]
        ids = await messages.add(tx, rows)
        if said is not None and update.input.file is not None:
            await self._attach(tx, update.input.file, who, ids[0], now)
        for reply, message_id in zip(replies, ids[len(ids) - len(replies) :], strict=True):
            if reply.file is not None:
                await self._attach(tx, reply.file, who, message_id, now)
        if said is not None and self.translates and who.holder != "bot" and not who.protected:
            heard = await messages.load(tx, ids[0])
            assert heard is not None
            await translation.want(tx, heard, STAFF_LOCALE, now)
        if said is not None and who.holder == "human":
            await talks.wake_of(tx, who.conversation_id)
        shown_at = None
        if who.holder == "human" or any(reply.human for reply in replies):
            shown_at = await forum.relay(tx, who.conversation_id, ids, now, reply_to=update.reply_to)
        queued = _Queued()
        if who.channel == "telegram":
            sent = ids[len(ids) - len(replies) :]
            queued = await self._queue(
                tx, update, who, before, turn, words, replies, bodies, sent, now, farewell=farewell
            )
        elif update.input.clock is not None and replies and who.email is not None:
            reads, since = self.live.is_watched(who.conversation_id), now - NOTICE_AGAIN
            if not reads and not await messages.told_since(tx, who.conversation_id, ids[0], since):
                await self._notice(tx, update, who, words, now)
        top = turn.state.frames[-1] if turn.state.frames else None
        return Outcome(
            True,
            conversation_id=who.conversation_id,
            said=tuple(bodies),
            toast=toast,
            flow=f"{top.flow}.{top.step or top.mode}" if top else None,
            effects=tuple(type(effect).__name__ for effect in turn.effects),
            claimed=queued.claimed,
            waits_at=queued.waits_at if shown_at is None else shown_at,
        )

    async def _attach(self, tx: AsyncConnection, file: File, who: Opened, message_id: int, now: datetime) -> None:
        """Tie a file to what it came with: it is kept already, or Telegram has it and it is to be fetched."""
        if file.ref.startswith("file:"):
            await files.attach(tx, municipality_id=who.municipality_id, conversation_id=who.conversation_id, now=now,
                               kind=file.kind, message_id=message_id, file_id=int(file.ref.removeprefix("file:")))  # fmt: skip
        elif file.ref.startswith(telegram_store.REF):
            await telegram_store.expect_file(tx, file, municipality_id=who.municipality_id, message_id=message_id,
                                             now=now, conversation_id=who.conversation_id)  # fmt: skip

    async def _queue(
        self, tx: AsyncConnection, update: Update, who: Opened, before: State, turn: Turn, words: Words,
        replies: list[Reply], bodies: list[Body], ids: list[int], now: datetime, *, farewell: bool,
    ) -> _Queued:  # fmt: skip
        """Deliveries of a turn: its messages in order, then the answered question, whose buttons are of no more use.

        They go straight to this process's sender, unless it is too busy or something else waits at the address.
        """
        assert who.address_id is not None and who.channel is not None
        answered = _answered_slot(before, turn)
        slots = [reply.slot for reply in replies if reply.replaces and reply.slot] + ([answered] if answered else [])
        holder = self.sender.holder if self.sender is not None else ""
        free, there = await outbox.standing(tx, who.address_id, slots, holder=holder, now=now)
        common: dict[str, Any] = {
            "municipality_id": who.municipality_id,
            "conversation_id": who.conversation_id,
            "address_id": who.address_id,
            "channel": who.channel,
            "made_by": update.id,
            "due_at": now,
            "last_address": who.address if farewell else None,
        }
        rows: list[NewDelivery] = []
        shown: list[tuple[Any, str | None]] = []
        for ordinal, (reply, said, message_id) in enumerate(zip(replies, bodies, ids, strict=True)):
            op = "document" if reply.attachment else "edit" if reply.replaces else "send"
            hidden = who.protected and (reply.human or bool(reply.by) or update.channel == "clock")
            body = await self._elsewhere(tx, who, words, now) if reply.private or hidden else None
            if reply.file is not None and body is None:
                op, body = await _media(tx, said, message_id, who, update.external_id)
            card = reply.card is not None and reply.serial is None and reply.replaces
            rows.append(NewDelivery(**common, message_id=message_id, op=op, slot=reply.slot, body=body, ordinal=ordinal,
                                   priority=outbox.NOTICE if card else outbox.INTERACTIVE))  # fmt: skip
            shown.append(
                (body or said, there[reply.slot].external_id if op == "edit" and reply.slot in there else None)
            )
        if answered in there:
            chosen = words.plain(turn.said) if turn.said and before.serial != turn.state.serial else None
            rows.append(NewDelivery(**common, message_id=there[answered].message_id, op="close", ordinal=len(replies),
                                    body={"chosen": chosen}, priority=outbox.NOTICE))  # fmt: skip
            shown.append((rows[-1].body, there[answered].external_id))
        if not rows:
            return _Queued()
        if self.sender is None or not free or not self.sender.has_room(who.channel):
            await outbox.queue(tx, rows, now=now)
            return _Queued(waits_at=who.address_id)
        claimed = await outbox.queue_claimed(
            tx, rows, shown, address=who.address, locale=words.tag, holder=holder, now=now, lease_s=LEASE_S
        )
        return _Queued(claimed=tuple(claimed))

    async def _notice(self, tx: AsyncConnection, update: Update, who: Opened, words: Words, now: datetime) -> None:
        """A letter that says there is something to read, and where; nothing of what it is."""
        assert who.email is not None
        address = await conversations.attach(tx, who.conversation_id, channel="mail", address=who.email, now=now)
        url = await effects.link(tx, MakeLink("restore"), who, now, self.public_url, lifetime=NOTICE_LIFETIME)
        lab = self.municipalities[who.municipality_id].lab or self.municipalities[who.municipality_id].name
        subject = _("There is a new message for you from {lab}", lab=lab)
        text = _("Read it here: {url}\nThe link works for seven days. You cannot answer this letter.", url=Ltr(url))
        body = {"subject": words.plain(subject), "text": words.plain(text)}
        letter = NewDelivery(
            municipality_id=who.municipality_id, conversation_id=who.conversation_id, address_id=address.id, op="mail",
            channel="mail", made_by=f"{update.id}:notice", ordinal=0, due_at=now, body=body,
        )  # fmt: skip
        await outbox.queue(tx, [letter], now=now)

    async def _elsewhere(self, tx: AsyncConnection, who: Opened, words: Words, now: datetime) -> Body:
        """What Telegram gets instead of something private: that it exists, and where."""
        link = await effects.link(tx, MakeLink("restore"), who, now, self.public_url)
        here = _("Read it here")
        text = _("There is a message for you that I do not send through Telegram. {link}", link=Link(here, link))
        return words.body(Reply(words=(text,), private=True))

    async def _put_aside(self, tx: AsyncConnection, update: Update, fault: str) -> Outcome:
        """Keep an update that cannot be applied, out of the way, and say so kindly."""
        now = self.now()
        await inbox.quarantine(tx, update.id, update.municipality, now, update.raw, fault)
        if update.input.clock is not None:
            await due_rows.take(tx, int(update.input.data["due_id"]), now)
            return Outcome(failed=True)
        who, _update = await self._open(tx, replace(update, input=Input(text="")), now)
        municipality = self.municipalities[who.municipality_id]
        words = Words(who.locale or self._hinted(update, municipality), municipality.zone)
        sorry = _(
            "Something went wrong on our side, and I could not use your last message. Everything before it is kept. "
            "Please try once more, or write /coach to reach a human."
        )
        known = await self._known(tx, update, who, municipality, now)
        turn = _with_alarm(Turn(State(), (Reply(words=(sorry,)),)), _alarm(update.input), known)
        await effects.apply(tx, turn.effects, who, known, self.public_url, None)
        outcome = await self._record(tx, update, who, turn.state, turn, words, update.input, now)
        return replace(outcome, failed=True)


async def _media(
    tx: AsyncConnection, said: Body, message_id: int, who: Opened, external_id: str | None
) -> tuple[str, Body]:
    """How a person's file gets to Telegram: copied from the chat it was sent in, without whose it was, or from here."""
    chat, colon, number = (external_id or "").rpartition(":")
    if colon:
        return "copy", {**said, "copy": {"chat": chat, "message": number}}
    attached = await files.attachments_of(tx, who.conversation_id)
    return "file", {**said, "file": next(each.id for each in attached if each.message_id == message_id)}


@dataclass(frozen=True, slots=True)
class _Queued:
    """What a turn has queued: for the sender to send at once, or waiting in the outbox at this address."""

    claimed: tuple[Claimed, ...] = ()
    waits_at: int | None = None


def _answered_slot(before: State, turn: Turn) -> str | None:
    """The place of the question that was open, unless it still is and stands last: its buttons are taken off."""
    if not before.open:
        return None
    slot = f"question:{before.serial}"
    asked_again = any(reply.slot == slot and not reply.replaces for reply in turn.replies)
    if turn.state.open and turn.state.serial == before.serial and not asked_again:
        return None
    return slot


def _said_slot(update: Update, who: Opened) -> str | None:
    """The place of what is said to a human, so that a change of it takes its place."""
    return _said_as(update) if who.holder == "human" else None


def _said_as(update: Update) -> str | None:
    return f"said:{update.external_id}" if update.external_id is not None else None


def _masked(update: Update) -> tuple[Update, list[Text]]:
    """Cover identity numbers in all that came, before anything keeps it; tell the person when there were any."""
    count = 0

    def cover(value: Any) -> Any:
        nonlocal count
        if isinstance(value, str):
            value, found = masking.mask(value)
            count += found
        elif isinstance(value, Mapping):
            return {name: cover(each) for name, each in value.items()}
        elif isinstance(value, list):
            return [cover(each) for each in value]
        return value

    said = update.input
    person = replace(said.person, name=cover(said.person.name)) if said.person else None
    file = replace(said.file, name=cover(said.file.name)) if said.file else None
    input = replace(
        said, text=cover(said.text), argument=cover(said.argument), fields=cover(said.fields), person=person, file=file
    )
    notes = [masking.NOTICE] if count else []  # a copy of the platform's own holds nothing more that was said
    return replace(update, input=input, name_hint=cover(update.name_hint), raw=cover(update.raw)), notes


def _code(input: Input) -> str | None:
    """The code of a conversation that is to be brought here, from a link, or from the button that asks about it."""
    if input.command == "start" and input.argument.startswith(("move_", "restore_")):
        return input.argument
    kind, _colon, code = input.press.choice.partition(":") if input.press else ("", "", "")
    return f"move_{code}" if kind == "b" else None


def _alarm(input: Input, *, guesses: bool = True) -> emergency.Emergency | None:
    """Look for emergency words in every text of the input."""
    said = " \n ".join([input.text or "", input.argument, *(input.fields or {}).values()])
    return danger.detect(said, guesses=guesses) if said.strip() else None


def _with_notes(turn: Turn, notes: list[Text]) -> Turn:
    if not notes:
        return turn
    return replace(turn, replies=(Reply(words=tuple(notes)), *turn.replies))


def _with_alarm(turn: Turn, alarm: emergency.Emergency | None, known: Known) -> Turn:
    """The answer to emergency words comes before everything else; the talk goes on below it."""
    if alarm is None:
        return turn
    contact = CONTACT_ME
    if not alarm.certain:
        return replace(turn, replies=(Reply(words=emergency.ask(alarm), choices=(contact,), serial=0), *turn.replies))
    answer = Reply(words=emergency.answer(alarm), choices=(contact,), serial=0)
    return replace(turn, replies=(answer, *turn.replies), effects=(*turn.effects, SafetyFlag(tuple(alarm.kinds))))


def _heard(input: Input, turn: Turn, words: Words) -> dict[str, Any] | None:
    """What the resident did, for the record: their words, the button's, the place, the file."""
    if input.clock is not None:
        return None
    heard: dict[str, Any] = {
        "text": input.text,
        "pressed": words.plain(turn.said) if turn.said else None,
        "command": f"/{input.command} {input.argument}".strip() if input.command else None,
        "place": [input.place.latitude, input.place.longitude] if input.place else None,
        "person": {"name": input.person.name, "phone": input.person.phone} if input.person else None,
        "file": {"kind": input.file.kind, "ref": input.file.ref, "name": input.file.name} if input.file else None,
        "fields": dict(input.fields) if input.fields else None,
    }
    kept = {name: value for name, value in heard.items() if value is not None}
    return kept or {"pressed": ""}
