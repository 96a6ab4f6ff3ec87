"""Promises that fall due: time as an input, run through the same turn as everything else.

A row in `due` is written in the transaction that makes the promise. When its time comes it is taken and applied in one
transaction, so it survives a kill and runs once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import Retry
from bot.flows import (
    actors,
    board,
    booking,
    enquiry,
    followed_up,
    goods,
    goods_run,
    grants,
    handed_in,
    heard,
    hearing,
    help_me,
    ideas,
    interpreter,
    introduced,
    joining,
    meetings,
    my_errand,
    obstacles,
    open_activity,
    open_space,
    partnering,
    project,
    proposals,
    shifts,
    volunteer,
    weaving,
)
from bot.flows.model import Input, Known, RemindStaff, Reply, State, TellOperator, Turn
from bot.flows.promises import late_words
from bot.update import Update
from storage import due
from storage.db import Database
from storage.due import Ready

if TYPE_CHECKING:
    from bot.turn import Turns

LOOK_S = 1.0
"""How often to look for promises made by other processes."""

BATCH = 100

WORK_AGAIN = timedelta(seconds=30)

log = structlog.get_logger()


def case_late(state: State, input: Input, known: Known) -> Turn:
    """A promised answer has not come: say so in plain words, and tell the municipality once more."""
    if known.facts.get("case_settled"):
        return Turn(state)
    case_id, kind = int(input.data["case_id"]), str(input.data["kind"])
    effects = (TellOperator(kind, late=True), RemindStaff(case_id, "late"))
    return Turn(state, (Reply(words=(late_words(),)),), effects)


def case_soon(state: State, input: Input, known: Known) -> Turn:
    """A promised answer is near: staff are reminded, and nobody else."""
    return Turn(state, effects=(RemindStaff(input.data["case_id"], "soon"),))


def case_still_late(state: State, input: Input, known: Known) -> Turn:
    """A day later still no answer: staff hear of it every day, the resident heard it once."""
    return Turn(state, effects=(RemindStaff(input.data["case_id"], "late"),))


def case_step(state: State, input: Input, known: Known) -> Turn:
    """The day of a named next step has come."""
    return Turn(state, effects=(RemindStaff(input.data["case_id"], "step"),))


def case_wakes(state: State, input: Input, known: Known) -> Turn:
    """A case that was put aside comes back."""
    return Turn(state, effects=(RemindStaff(input.data["case_id"], "wakes"),))


def case_unclaimed(state: State, input: Input, known: Known) -> Turn:
    """Nobody has taken a case: all who may answer hear of it, as long again later whoever leads the process."""
    reason = "lying" if input.data.get("again") else "unclaimed"
    return Turn(state, effects=(RemindStaff(input.data["case_id"], reason),))


KINDS: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "case_late": case_late,
    "case_soon": case_soon,
    "case_still_late": case_still_late,
    "case_step": case_step,
    "case_wakes": case_wakes,
    "case_unclaimed": case_unclaimed,
    **actors.CLOCK,
    **booking.CLOCK,
    **board.CLOCK,
    **enquiry.CLOCK,
    **goods.CLOCK,
    **goods_run.CLOCK,
    **followed_up.CLOCK,
    **handed_in.CLOCK,
    **grants.CLOCK,
    **heard.CLOCK,
    **hearing.CLOCK,
    **proposals.CLOCK,
    **help_me.CLOCK,
    **ideas.CLOCK,
    **interpreter.CLOCK,
    **introduced.CLOCK,
    **joining.CLOCK,
    **meetings.CLOCK,
    **my_errand.CLOCK,
    **obstacles.CLOCK,
    **open_activity.CLOCK,
    **open_space.CLOCK,
    **partnering.CLOCK,
    **project.CLOCK,
    **volunteer.CLOCK,
    **shifts.CLOCK,
    **weaving.CLOCK,
}
"""What happens when a promise of the program's own falls due; a flow's own kinds go to the engine."""

REMINDERS = (
    goods_run.REMINDERS
    | grants.REMINDERS
    | heard.REMINDERS
    | hearing.REMINDERS
    | introduced.REMINDERS
    | meetings.REMINDERS
    | open_activity.REMINDERS
    | open_space.REMINDERS
    | project.REMINDERS
    | volunteer.REMINDERS
)
"""Those of them that only remind: whoever wants no messages hears nothing."""

Work = Callable[[Ready], Awaitable[None]]


class DueWork:
    """Runs what falls due: clock updates through the turn, and `works` (kind -> function) that use the network."""

    def __init__(
        self, db: Database, turns: Turns, *, now: Callable[[], datetime], works: Mapping[str, Work] | None = None
    ) -> None:
        self.db, self.turns, self.now = db, turns, now
        self.works = dict(works or {})

    async def run(self) -> None:
        """Until cancelled. What waits for other servers holds up nothing else."""
        await asyncio.gather(self._run(only=tuple(self.works)), self._run(but=tuple(self.works)))

    async def _run(self, **kinds: Collection[str]) -> None:
        while True:
            try:
                done = await self.run_ready(**kinds)
            except Retry as error:
                log.warning("due work waits for the database", reason=str(error))
                done = 0
            if done < BATCH:
                await asyncio.sleep(LOOK_S)

    async def run_ready(self, **kinds: Collection[str]) -> int:
        """Run everything that is due now (of kinds that `storage.due.ready` chooses), at most `BATCH`; how much it was."""
        async with self.db.read() as tx:
            ready = await due.ready(tx, self.now(), limit=BATCH, **kinds)
        for promise in ready:
            if promise.kind in self.works:
                await self._work(promise)
            else:
                await self.turns.take(
                    Update(
                        id=f"clock:{promise.id}",
                        municipality=promise.municipality_id,
                        channel="clock",
                        input=Input(clock=promise.kind, data={"due_id": promise.id}),
                        conversation_id=promise.conversation_id,
                    )
                )
        return len(ready)

    async def _work(self, promise: Ready) -> None:
        """Work outside the transaction must bear being done twice; what it stores marks it done."""
        try:
            await self.works[promise.kind](promise)
        except Retry:
            later = self.now() + WORK_AGAIN
            await self.db.write(lambda tx: due.postpone(tx, promise.id, later))
