"""When a resident insults or threatens staff: a break, three warnings, and then a decision of somebody else's.

The words of the warnings are the same for everybody. A closed chat closes the chat and nothing more: the municipality's
duty to answer stays, by post, by phone and at the desk (förvaltningslagen 2017:900, 6-7 §).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, forum
from bot.flows.case_kinds import kind_of
from bot.flows.held import closed_words
from bot.flows.model import Reply
from bot.handoff import Actor, Handoff, act_id, log_act
from bot.i18n import Text, _
from bot.staff import Refused
from bot.turn import Outcome
from storage import case_log, cases, conversations, staff, talks
from storage.cases import Case

KIND = "conduct"

WARNINGS: tuple[Text, ...] = (
    _("We want to help you. For that we need to talk calmly to each other. Please write without insults and threats."),
    _("We ask you for the second time to write without insults and threats. Otherwise we cannot go on with this chat."),
    _(
        "This is the last time that we ask you to write without insults and threats. If it goes on, a manager decides "
        "whether this chat is closed. You can always ring us or write a letter."
    ),
)
"""What a resident is told, one after the other."""


class Conduct:
    """The steps. Each raises Refused as the acts of `Handoff` do."""

    def __init__(self, handoff: Handoff) -> None:
        self.handoff, self.turns = handoff, handoff.turns

    async def pause(self, by: Actor, case_id: int, key: str) -> None:
        """Take a break from a conversation: the machine has it meanwhile, the case and its promise stay."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self.handoff.have(tx, by, case, now)
            words = [_("{name} takes a break from this conversation.", name=by.name)]
            if case.waits and case.answer_by is not None:
                words.append(_("You get an answer here by {time} at the latest.", time=case.answer_by))
            await log_act(tx, by, case, "paused", now)
            return await self.handoff.back(tx, by, case, (Reply(words=tuple(words)),), key, now)

        await self.handoff.act(by, case_id, key, job)

    async def warn(self, by: Actor, case_id: int, key: str) -> None:
        """Tell the resident the next of the warnings."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome:
            await self.handoff.have(tx, by, case, now)
            given = await warnings(tx, case)
            if given >= len(WARNINGS):
                raise Refused("empty", _("Three warnings have been given. Now you can ask for the chat to be closed."))
            await log_act(tx, by, case, "warned", now, str(given + 1))
            said = Reply(words=(WARNINGS[given],), human=True, by=by.name)
            return await self.turns.say(tx, case.conversation_id, (said,), key=act_id(by, key))

        await self.handoff.act(by, case_id, key, job)

    async def ask(self, by: Actor, case_id: int, key: str, reason: str) -> None:
        """Ask for a decision on closing the chat, once the warnings have been given."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> None:
            await self.handoff.have(tx, by, case, now)
            if not reason.strip():
                raise Refused("empty", _("Write what has happened: somebody else decides, and has to know why."))
            if await warnings(tx, case) < len(WARNINGS):
                raise Refused("empty", _("The chat can be closed only after three warnings."))
            if await cases.unfinished(tx, case.conversation_id, KIND) is not None:
                raise Refused("empty", _("Somebody has asked for that already."))
            leaders = await staff.with_roles(tx, case.municipality_id, ("leader",))
            if not any(each.id != by.staff_id for each in leaders):
                raise Refused(
                    "empty", _("Nobody else may decide that here. Ask an administrator who leads the process.")
                )
            place, kind = self.turns.municipalities[case.municipality_id], kind_of(KIND)
            asked = await cases.open(
                tx, municipality_id=case.municipality_id, kind=KIND, conversation_id=case.conversation_id,
                resident_id=case.resident_id, now=now, answer_by=kind.answer_by(place, now), note=reason.strip(),
                context={"asked_by": by.staff_id}, priority=kind.priority,
            )  # fmt: skip
            await log_act(tx, by, case, "asked to close", now, reason.strip())
            opened = await cases.load(tx, case.municipality_id, asked)
            await alerts.tell(tx, opened, "new", municipality=place, public_url=self.turns.public_url, now=now)

        await self.handoff.act(by, case_id, key, job)

    async def decide(self, by: Actor, case_id: int, key: str, reason: str, *, close: bool) -> None:
        """Decide, as somebody who has not asked for it, whether the chat is closed; the resident is told when it is."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            if case.kind != KIND:
                raise Refused("empty", _("There is no such case."))
            if (case.context or {}).get("asked_by") == by.staff_id:
                raise Refused("empty", _("You have asked for it yourself: somebody else has to decide."))
            if not reason.strip():
                raise Refused("empty", _("Write why you decide so."))
            await cases.answer(tx, case.municipality_id, case.id, now)
            await cases.close(tx, case.municipality_id, case.id, "answered", now)
            await log_act(tx, by, case, "chat closed" if close else "chat stays open", now, reason.strip())
            if not close:
                return None
            place = self.turns.municipalities[case.municipality_id]
            said = Reply(words=closed_words(place), human=True)
            outcome = await self.turns.say(tx, case.conversation_id, (said,), key=act_id(by, key))
            await talks.let_go(tx, case.conversation_id, "closed", now)
            for other in await cases.of_conversation(tx, case.conversation_id):
                await forum.ended(tx, other, _("The chat is closed."), place, now)
            return outcome

        await self.handoff.act(by, case_id, key, job)

    async def reopen(self, by: Actor, case_id: int, key: str) -> None:
        """Open a closed chat again; the resident is told."""

        async def job(tx: AsyncConnection, case: Case, now: datetime) -> Outcome | None:
            this = case.conversation_id
            if case.kind != KIND or not await conversations.set_holder(tx, this, "bot", now=now, expected=("closed",)):
                return None
            await log_act(tx, by, case, "chat opened", now)
            words = _("This chat is open again. You are welcome to write here.")
            return await self.turns.say(tx, case.conversation_id, (Reply(words=(words,)),), key=act_id(by, key))

        await self.handoff.act(by, case_id, key, job, closed_too=True)


async def warnings(tx: AsyncConnection, case: Case) -> int:
    """How many of the warnings the resident has been given since their chat was last opened."""
    acts = [event.act for event in await case_log.of_conversation(tx, case.municipality_id, case.conversation_id)]
    since = len(acts) - acts[::-1].index("chat opened") if "chat opened" in acts else 0
    return acts[since:].count("warned")
