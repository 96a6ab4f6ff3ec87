"""Requests for help in the turn: made, given to somebody, on the way, done, or taken back; and what the two write.

Everything here happens in the transaction it is handed. What has to be said to the other one is a promise due now, so
that it goes through that person's own turn, in their own language. Who is asked and who has the place is the business of
`bot.volunteering`, which tells of it by `errand_changed`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import alerts, volunteering
from bot.flows.case_kinds import kind_of
from bot.flows.help_me import KIND, OTHER, task_of
from bot.flows.model import (
    Again,
    AskForHelp,
    ChangeHelp,
    EndHelp,
    ErrandDone,
    GiveUpShift,
    Helped,
    HelpEffect,
    HelpLate,
    Known,
    LeaveErrand,
    LookAgain,
    OnTheWay,
    PassOn,
    TellOperator,
)
from bot.i18n import Value
from bot.packs.model import Municipality
from bot.rules.errands import pace, span
from bot.rules.masking import mask_contacts
from storage import cases, due, errands, seen, shifts, volunteers
from storage.conversations import Opened
from storage.errands import RUNNING, UNANSWERED
from storage.errors import NotFound
from storage.secrets import make_token
from storage.shifts import Need, Shift, Signup
from storage.volunteers import Volunteer

STILL_AFTER = timedelta(hours=1)
OVER_AFTER = timedelta(days=1)
"""So long after its time the helper is asked how it went, then whoever asked for it, where neither has said."""

SILENT_AFTER = timedelta(days=2)
CLOSES_AFTER = timedelta(days=7)
"""So long after it was done it is asked once more whether it helped, and then it ends by itself."""

_OVER: Final = ("help_late", "help_asked", "help_taken", "help_given_up", "help_on_the_way", "help_done", "help_closes",
                "errand_still", "errand_yours", "errand_changed")  # fmt: skip
"""What is promised about a request while it is not over."""

What = Literal["asked", "taken", "given_up", "done"]


async def apply(
    tx: AsyncConnection, effect: HelpEffect, who: Opened, known: Known, case_id: Value | None, public_url: str
) -> None:
    """Write an effect about a request for help; `case_id` is the case made before it in this turn.

    Whoever has nothing to do with a request, or comes too late, changes nothing.
    """
    desk = _Desk(tx, known.municipality, known.now, public_url)
    try:
        match effect:
            case AskForHelp():
                assert isinstance(case_id, int)
                await desk.ask(effect, who, known, case_id)
            case ChangeHelp():
                await desk.change(effect, await desk.own(effect.need_id, who), who)
            case EndHelp(need_id, how):
                await desk.end(await desk.own(need_id, who), how)
            case Helped(need_id):
                await desk.helped(effect, await desk.own(need_id, who), who, known)
            case HelpLate(need_id):
                await desk.late(effect, await desk.own(need_id, who), who, known)
            case LookAgain(need_id):
                await desk.look_again(effect, await desk.own(need_id, who), who, known)
            case OnTheWay(need_id):
                await desk.on_the_way(await desk.held(need_id, who))
            case ErrandDone(need_id):
                await desk.done(await desk.held(need_id, who))
            case LeaveErrand(need_id, reason):
                _there, signup = await desk.held(need_id, who)
                await volunteering.apply(tx, GiveUpShift(signup.id, reason), who, known, public_url)
            case Again(need_id):
                await desk.again(need_id, who)
            case PassOn(need_id, words):
                await desk.pass_on(need_id, words, who)
            case _:
                raise TypeError(f"nobody knows how to write {effect!r}")
    except NotFound:
        return


async def errand_changed(
    tx: AsyncConnection, shift: Shift, signup: Signup, what: What, place: Municipality, now: datetime
) -> None:
    """A volunteer has been asked to take an errand, has taken it, has given it up or said no, or has done it."""
    desk = _Desk(tx, place, now, "")
    try:
        there = await errands.locked(tx, place.id, shift.need.id)
    except NotFound:
        return
    match what:
        case "asked":
            await desk.is_asked(there)
        case "taken":
            await desk.is_taken(there, signup)
        case "given_up":
            await desk.is_given_up(there, signup)
        case "done":
            await desk.is_done(there, signup)


async def let_go_of_all(tx: AsyncConnection, who: Opened, known: Known) -> None:
    """Somebody asks to be forgotten: their requests end, and whoever was on them is told."""
    desk = _Desk(tx, known.municipality, known.now, "")
    for need in await shifts.needs_of(tx, who.municipality_id, kind=errands.KIND, resident_id=who.resident_id):
        await desk.end(await errands.locked(tx, who.municipality_id, need.id), "cancelled")


async def case_closed(tx: AsyncConnection, case_id: int, place: Municipality, now: datetime) -> None:
    """Staff have closed the case of a request: it is over, and whoever was on it is told."""
    need_id = await errands.of_case(tx, place.id, case_id)
    if need_id is not None:
        await _Desk(tx, place, now, "").end(await errands.locked(tx, place.id, need_id), "closed")


class _Desk:
    """Where requests are dealt with, in one transaction. A `Shift` here is an errand's, locked."""

    def __init__(self, tx: AsyncConnection, place: Municipality, now: datetime, public_url: str) -> None:
        self.tx, self.place, self.now, self.public_url = tx, place, now, public_url

    # --- whose it is

    async def own(self, need_id: int, who: Opened) -> Shift:
        """A request of this person's that is not over. Raises NotFound."""
        there = await errands.locked(self.tx, who.municipality_id, need_id)
        if there.need.resident_id != who.resident_id or there.need.done_at is not None:
            raise NotFound("needs", need_id)
        return there

    async def held(self, need_id: int, who: Opened) -> tuple[Shift, Signup]:
        """An errand that this person has said yes to. Raises NotFound."""
        there = await errands.locked(self.tx, who.municipality_id, need_id)
        mine = await volunteers.of_resident(self.tx, who.resident_id)
        signup = await self._signup(there, mine.id if mine else 0)
        if signup is None or there.need.status not in RUNNING:
            raise NotFound("needs", need_id)
        return there, signup

    async def _signup(self, there: Shift, volunteer_id: int) -> Signup | None:
        taken = await shifts.of_shift(self.tx, self.place.id, there.id, ("taken",))
        return next((each for each in taken if each.volunteer_id == volunteer_id), None)

    # --- whoever asks

    async def ask(self, wanted: AskForHelp, who: Opened, known: Known, case_id: int) -> None:
        answers = wanted.answers
        urgency = str(answers.get("urgency") or "week")
        need = _need(answers, self.place, wanted.flexible) | {"news": wanted.news.isoformat()}
        need_id = await shifts.add_need(
            self.tx, municipality_id=self.place.id, kind=errands.KIND, need=need,
            area=(answers.get("where") or {}).get("area"), priority=pace(urgency).priority, status="new",
            times=((wanted.begins, wanted.ends),), places=1, now=self.now, resident_id=who.resident_id,
            conversation_id=who.conversation_id, case_id=case_id,
        )  # fmt: skip
        await cases.prioritise(self.tx, self.place.id, case_id, pace(urgency).case)
        await self._look(need_id, who.conversation_id, wanted.news)
        if wanted.first is not None:
            await self._ask_first(need_id, wanted.first, wanted.news)

    async def _ask_first(self, need_id: int, volunteer_id: int, answer_by: datetime) -> None:
        """Ask whoever has helped before, since both wished that."""
        (there,) = await shifts.of_need(self.tx, self.place.id, need_id)
        signup_id = await shifts.sign_up(
            self.tx, municipality_id=self.place.id, shift_id=there.id, volunteer_id=volunteer_id, status="proposed",
            made_by="match", now=self.now,
        )  # fmt: skip
        await shifts.move(self.tx, self.place.id, signup_id, ("proposed",), "proposed", self.now, approved_at=self.now)
        signup = await shifts.signup(self.tx, self.place.id, signup_id)
        await volunteering.ask(self.tx, signup, self.place, self.now, answer_by=answer_by)

    async def change(self, wanted: ChangeHelp, there: Shift, who: Opened) -> None:
        need, answers = there.need, wanted.answers
        changed = {**need.need, **_need(answers, self.place, wanted.flexible)}
        urgency = str(answers.get("urgency") or "week")
        await self._keep(need, changed, area=(answers.get("where") or {}).get("area"), priority=pace(urgency).priority)
        await errands.move_times(self.tx, self.place.id, there.id, wanted.begins, wanted.ends)
        if need.case_id is not None:
            case = await cases.load(self.tx, self.place.id, need.case_id)
            if case.closed_at is None:
                await cases.rewrite(
                    self.tx, self.place.id, case.id, resident_id=who.resident_id, answer_by=case.answer_by,
                    note=case.note, context={**(case.context or {}), "answers": dict(answers)},
                )  # fmt: skip
                await cases.prioritise(self.tx, self.place.id, case.id, min(case.priority, pace(urgency).case))
        if need.status in RUNNING:
            await self._tell_helper("errand_changed", need)
            helper = await self._helper(need)
            if helper is not None:
                await self._ask_later(need, helper, wanted.ends, flexible=wanted.flexible)

    async def end(self, there: Shift, how: str) -> None:
        """It is over: nobody is asked any more, and whoever has been is told, if they had not done it."""
        need = there.need
        status = "closed" if how == "closed" or need.status == "done" else "cancelled"
        if not await shifts.change_need(
            self.tx, self.place.id, need.id, {"status": status, "done_at": self.now}, (*UNANSWERED, *RUNNING, "done")
        ):
            return
        await shifts.cancel_shift(self.tx, self.place.id, there.id, self.now)
        await self._no_longer_wanted(there)
        for signup in await shifts.of_shift(self.tx, self.place.id, there.id):
            had_to_do = signup.status in shifts.HOLDING
            if await shifts.move(self.tx, self.place.id, signup.id, shifts.LIVING, "cancelled", self.now):
                await shifts.free_place(self.tx, there.id, signup.id)
                for kind in volunteering.TOLD:
                    await due.cancel(self.tx, self.place.id, f"{kind}:{signup.id}", how, now=self.now)
                if had_to_do:
                    await self._tell(signup.conversation_id, "errand_called_off", need, name=need.need["name"],
                                     task=need.need["task"])  # fmt: skip
        await self._settle(need, close=True)
        await self._take_back(need)
        if how == "closed" and need.status in RUNNING:  # they have been told that somebody comes
            await self._tell_resident("help_closed", need, task=need.need["task"])

    async def _no_longer_wanted(self, there: Shift) -> None:
        """Tell those who wanted to help of their own accord, and wait for a coordinator's word."""
        for signup in await shifts.of_shift(self.tx, self.place.id, there.id, ("proposed",)):
            if signup.made_by == "self":
                await volunteering.decline(self.tx, signup, self.place, self.now)

    async def helped(self, said: Helped, there: Shift, who: Opened, known: Known) -> None:
        need = there.need
        if need.status in RUNNING:  # the helper has not said so, but whoever was helped knows
            for signup in await shifts.of_shift(self.tx, self.place.id, there.id, ("taken",)):
                await shifts.move(self.tx, self.place.id, signup.id, ("taken",), "done", self.now)
            await self._thank(need)
        keep = {**need.need.get("keep", {}), "resident": said.keep}
        await self._keep(need, {**need.need, "helped": said.how, "keep": keep}, status="closed", done_at=self.now)
        await self._take_back(need)
        if said.how == "yes":
            await self._settle(need, close=True)
        else:
            await self._wait_again(need, who, known, kind_of(KIND).answer_by(self.place, self.now), said.more)

    # --- nobody is forgotten

    async def late(self, said: HelpLate, there: Shift, who: Opened, known: Known) -> None:
        need = there.need
        if need.status not in UNANSWERED:
            return
        await self._keep(need, {**need.need, "news": said.news.isoformat()}, priority=max(1, need.priority - 1))
        if need.need["flexible"] and there.starts_at <= said.news:
            local = self.now.astimezone(self.place.zone)
            minutes = round((there.ends_at - there.starts_at).total_seconds() / 60)
            begins, ends, _any = span(need.need["urgency"], None, None, minutes, local)
            later = max(timedelta(), said.news - begins)
            await errands.move_times(self.tx, self.place.id, there.id, begins + later, ends + later)
        await self._look(need.id, who.conversation_id, said.news)
        if need.case_id is None:
            return
        case = await cases.load(self.tx, self.place.id, need.case_id)
        if case.closed_at is not None:
            return
        await cases.prioritise(self.tx, self.place.id, case.id, max(0, case.priority - 1))
        told = await alerts.tell(
            self.tx, case, "unanswered", municipality=self.place, public_url=self.public_url, now=self.now
        )
        if not told:
            await alerts.tell_operator(self.tx, TellOperator(KIND, case.answer_by), who, known)

    async def look_again(self, said: LookAgain, there: Shift, who: Opened, known: Known) -> None:
        need = there.need
        if need.status not in UNANSWERED:
            return
        await self._keep(need, {**need.need, "news": said.news.isoformat()})
        await self._look(need.id, who.conversation_id, said.news)
        await self._wait_again(need, who, known, said.answer_by, "")

    async def _look(self, need_id: int, conversation_id: int, at: datetime) -> None:
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=conversation_id, kind="help_late",
            unique_key=f"help_late:{need_id}", data={"need": need_id}, due_at=at, now=self.now,
        )  # fmt: skip

    async def _wait_again(self, need: Need, who: Opened, known: Known, answer_by: datetime, note: str) -> None:
        """The case waits for staff once more, with a new promise; a closed one is opened anew."""
        case = await cases.load(self.tx, self.place.id, need.case_id) if need.case_id is not None else None
        if case is None or case.closed_at is not None:
            case_id = await cases.open(
                self.tx, municipality_id=self.place.id, kind=KIND, conversation_id=who.conversation_id,
                resident_id=who.resident_id, answer_by=answer_by, note=note or None, area=need.area, now=self.now,
                context={"flow": "help_me", "answers": need.need["answers"]},
            )  # fmt: skip
            await shifts.change_need(self.tx, self.place.id, need.id, {"case_id": case_id})
        else:
            case_id = case.id
            await cases.add_note(self.tx, self.place.id, case_id, note)
            await cases.ask_again(self.tx, self.place.id, case_id, answer_by)
        case = await cases.load(self.tx, self.place.id, case_id)
        await alerts.tell(self.tx, case, "again", municipality=self.place, public_url=self.public_url, now=self.now)
        await alerts.promise(self.tx, case_id, KIND, answer_by, who, known)

    # --- whoever helps

    async def on_the_way(self, held: tuple[Shift, Signup]) -> None:
        there, _signup = held
        if await shifts.change_need(self.tx, self.place.id, there.need.id, {"status": "on_the_way"}, ("accepted",)):
            await self._tell_resident("help_on_the_way", there.need)

    async def done(self, held: tuple[Shift, Signup]) -> None:
        _there, signup = held
        await volunteering.came(self.tx, signup, self.place, self.now, was_there=True)

    async def again(self, need_id: int, who: Opened) -> None:
        there = await errands.locked(self.tx, self.place.id, need_id)
        mine = await volunteers.of_resident(self.tx, who.resident_id)
        if mine is not None and there.need.need.get("helper") == mine.id:
            keep = {**there.need.need.get("keep", {}), "helper": True}
            await self._keep(there.need, {**there.need.need, "keep": keep})

    async def pass_on(self, need_id: int, words: str, who: Opened) -> None:
        there = await errands.locked(self.tx, self.place.id, need_id)
        need, helper = there.need, await self._helper(there.need)
        if need.status not in RUNNING or helper is None:
            return
        if need.resident_id == who.resident_id:
            to, name = helper.conversation_id, str(need.need["name"])
            for_them = need.need["answers"].get("who") == OTHER.id
        elif helper.resident_id == who.resident_id and need.conversation_id is not None:
            to, name, for_them = need.conversation_id, first_name(helper), False
        else:
            return
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=to, kind="errand_words", due_at=self.now,
            unique_key=f"errand_words:{make_token()}", now=self.now,
            data={"need": need.id, "name": name, "words": words, "case": need.case_id, "for_them": for_them},
        )  # fmt: skip

    # --- what the volunteers' side tells

    async def is_asked(self, there: Shift) -> None:
        if await shifts.change_need(self.tx, self.place.id, there.need.id, {"status": "matched"}, ("new",)):
            await self._tell_resident("help_asked", there.need)

    async def is_taken(self, there: Shift, signup: Signup) -> None:
        need = there.need
        if need.status not in UNANSWERED:
            return
        await self._keep(need, {**need.need, "helper": signup.volunteer_id}, status="accepted")
        await due.cancel(self.tx, self.place.id, f"help_late:{need.id}", "accepted", now=self.now)
        await self._settle(need, close=False)
        await self._tell_resident("help_taken", need)
        helper = await volunteers.load(self.tx, self.place.id, signup.volunteer_id)
        await self._tell(helper.conversation_id, "errand_yours", need)
        await self._no_longer_wanted(there)
        await self._ask_later(need, helper, there.ends_at, flexible=need.need["flexible"])

    async def is_given_up(self, there: Shift, signup: Signup) -> None:
        need = there.need
        if need.status in RUNNING and need.need.get("helper") == signup.volunteer_id:
            helper = await volunteers.load(self.tx, self.place.id, signup.volunteer_id)
            await self._take_back(need)
            await self._keep(need, {**need.need, "helper": None}, status="new")
            await self._tell_resident("help_given_up", need, name=first_name(helper))
        elif need.status == "matched":
            asked = await shifts.of_shift(self.tx, self.place.id, there.id, ("asked", "offered"))
            if not any(each.id != signup.id for each in asked):
                await shifts.change_need(self.tx, self.place.id, need.id, {"status": "new"}, ("matched",))

    async def is_done(self, there: Shift, signup: Signup) -> None:
        need = there.need
        if not await shifts.change_need(self.tx, self.place.id, need.id, {"status": "done"}, RUNNING):
            return
        await self._take_back(need)
        await self._tell_resident("help_done", need)
        await self._thank(need)
        for kind, after, more in (("help_done", SILENT_AFTER, {"again": True}), ("help_closes", CLOSES_AFTER, {})):
            await self._tell_resident(kind, need, at=self.now + after, key=f"{kind}_later", **more)

    async def _thank(self, need: Need) -> None:
        await self._tell_helper("errand_thanks", need, name=need.need["name"], task=need.need["task"])

    async def _ask_later(self, need: Need, helper: Volunteer, ends: datetime, *, flexible: bool) -> None:
        """When its time is over and nobody has said anything, both are asked."""
        over = max(ends, self.now) + (OVER_AFTER if flexible else STILL_AFTER)
        await self._tell(helper.conversation_id, "errand_still", need, at=over)
        await self._tell_resident("help_done", need, at=over + OVER_AFTER, key="help_done_later", again=True)

    # --- inside

    async def _helper(self, need: Need) -> Volunteer | None:
        return await _helper_of(self.tx, need)

    async def _keep(self, need: Need, changed: Mapping[str, Any], **columns: Any) -> None:
        await shifts.change_need(self.tx, self.place.id, need.id, {"need": dict(changed), **columns})

    async def _settle(self, need: Need, *, close: bool) -> None:
        """What was promised is kept: the case is answered, and closed when all is over."""
        if need.case_id is None:
            return
        case = await cases.load(self.tx, self.place.id, need.case_id)
        if case.closed_at is not None:
            return
        await cases.answer(self.tx, self.place.id, case.id, self.now)
        if close:
            await cases.close(self.tx, self.place.id, case.id, "answered", self.now)
        for name in ("late", "soon"):
            key = alerts.due_key(case.conversation_id, case.id, name)
            await due.cancel(self.tx, self.place.id, key, "answered", now=self.now)

    async def _tell_resident(self, kind: str, need: Need, **more: Any) -> None:
        if need.conversation_id is not None:
            await self._tell(need.conversation_id, kind, need, **more)

    async def _tell_helper(self, kind: str, need: Need, **data: Any) -> None:
        helper = await self._helper(need)
        if helper is not None:
            await self._tell(helper.conversation_id, kind, need, **data)

    async def _tell(
        self, conversation_id: int, kind: str, need: Need, *, at: datetime | None = None, key: str = "", **data: Any
    ) -> None:
        await due.schedule(
            self.tx, municipality_id=self.place.id, conversation_id=conversation_id, kind=kind,
            unique_key=f"{key or kind}:{need.id}", data={"need": need.id, **data}, due_at=at or self.now, now=self.now,
        )  # fmt: skip

    async def _take_back(self, need: Need) -> None:
        """Nothing that was promised about it is said any more."""
        for name in (*_OVER, "help_done_later", "help_closes_later"):
            await due.cancel(self.tx, self.place.id, f"{name}:{need.id}", "over", now=self.now)


def first_name(volunteer: Volunteer) -> str:
    """A helper's first name; an ellipsis when it is forgotten."""
    return str((volunteer.offer or {}).get("name") or "…").split()[0]


def _need(answers: Mapping[str, Any], place: Municipality, flexible: bool) -> dict[str, Any]:
    """A request as `storage.tables.needs` keeps it; address and contact are for whoever has the place only."""
    wanted = answers.get("what")
    pressed = wanted["task"] if isinstance(wanted, Mapping) else None
    task = task_of(answers.get("task") or pressed, place)
    return {
        "what": task.name if task else "", "about": mask_contacts(str(answers.get("gist") or ""))[0],
        "routine": task.routine if task else "",
        "contact": str(answers.get("contact") or ""), "address": str(answers.get("address") or ""),
        "languages_any": list(answers.get("languages") or ()), "skills_all": [],
        "skills_wished": list(task.skills) if task else [], "car": bool(task and task.car), "check": None,
        "task": task.id if task else "", "name": _first(answers), "urgency": str(answers.get("urgency") or "week"),
        "flexible": flexible, "answers": dict(answers),
    }  # fmt: skip


def _first(answers: Mapping[str, Any]) -> str:
    return (str(answers.get("name") or "").split() or ["…"])[0]


# --- what flows look up -------------------------------------------------------------------------------------------------


async def _my_helps(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    found = await shifts.needs_of(tx, who.municipality_id, kind=errands.KIND, resident_id=who.resident_id)
    return [{"id": each.id, "task": each.need["task"]} for each in found if each.need]


async def _my_help(tx: AsyncConnection, who: Opened, known: Known, need_id: int) -> dict[str, Any] | None:
    """A request of this person's that is not over; None for anybody else's."""
    there = await _there(tx, who, need_id)
    if there is None or there.need.resident_id != who.resident_id:
        return None
    need = there.need.need
    helper = await _helper_of(tx, there.need)
    return {
        **_told(there, known), "answers": need["answers"], "helper": first_name(helper) if helper else None,
        "news": datetime.fromisoformat(need["news"]).astimezone(known.municipality.zone),
        "made": there.need.created_at.astimezone(known.municipality.zone), "case": there.need.case_id,
    }  # fmt: skip


async def _my_errands(tx: AsyncConnection, who: Opened, known: Known) -> list[dict[str, Any]]:
    mine = await volunteers.of_resident(tx, who.resident_id)
    taken = await shifts.of_volunteer(tx, who.municipality_id, mine.id, ("taken",)) if mine else []
    found = [shift.need for _signup, shift in taken if shift.need.kind == errands.KIND and shift.need.status in RUNNING]
    return [{"id": need.id, "name": need.need["name"]} for need in found if need.need]


async def _my_errand(tx: AsyncConnection, who: Opened, known: Known, need_id: int) -> dict[str, Any] | None:
    """An errand that this person has said yes to, with the address; None for anybody else."""
    there, mine = await _there(tx, who, need_id), await volunteers.of_resident(tx, who.resident_id)
    if there is None or mine is None or there.need.need.get("helper") != mine.id or there.need.status not in RUNNING:
        return None
    need = there.need.need
    wanted = need["answers"].get("what")
    return {
        **_told(there, known), "name": need["name"], "area": there.need.area or "", "address": need["address"],
        "contact": need["contact"], "routine": need["routine"], "languages": need["languages_any"],
        "words": wanted if isinstance(wanted, str) else "", "notes": need["answers"].get("notes") or "",
    }  # fmt: skip


async def _other_side(tx: AsyncConnection, who: Opened, known: Known, need_id: int) -> dict[str, Any] | None:
    """The other one of the two while the errand runs: to a helper whoever is helped, to them the helper."""
    there, mine = await _there(tx, who, need_id), await volunteers.of_resident(tx, who.resident_id)
    if there is None or there.need.status not in RUNNING:
        return None
    helper = await _helper_of(tx, there.need)
    if helper is None:
        return None
    if there.need.resident_id == who.resident_id:
        return {"id": need_id, "name": first_name(helper), "by_phone": False}
    if mine is None or mine.id != helper.id or there.need.conversation_id is None:
        return None
    person = await seen.person(tx, who.municipality_id, there.need.conversation_id)
    by_phone = person is not None and person.channel == "phone"
    return {"id": need_id, "name": there.need.need["name"], "by_phone": by_phone}


async def _errand_case(tx: AsyncConnection, who: Opened, known: Known, need_id: int) -> int | None:
    """The number of an errand's case, for one of the two who have or had to do with it."""
    mine = await volunteers.of_resident(tx, who.resident_id)
    try:
        need = await shifts.load_need(tx, who.municipality_id, need_id)
    except NotFound:
        return None
    helps = mine is not None and (need.need or {}).get("helper") == mine.id
    return need.case_id if need.kind == errands.KIND and (helps or need.resident_id == who.resident_id) else None


async def _kept_helper(tx: AsyncConnection, who: Opened, known: Known) -> dict[str, Any] | None:
    """Who has helped this person before, where both wished that it stays so, and may still be asked."""
    for need in await shifts.needs_of(
        tx, who.municipality_id, kind=errands.KIND, resident_id=who.resident_id, done=True
    ):
        keep = (need.need or {}).get("keep", {})
        if not (keep.get("resident") and keep.get("helper")):
            continue
        helper = await _helper_of(tx, need)
        if helper is not None and helper.standing in volunteers.WILLING and helper.offer is not None:
            return {"volunteer": helper.id, "name": first_name(helper)}
    return None


async def _helper_of(tx: AsyncConnection, need: Need) -> Volunteer | None:
    """Whoever helps, or has helped; None where there is nobody (any more)."""
    try:
        return await volunteers.load(tx, need.municipality_id, int(need.need.get("helper") or 0))
    except NotFound:
        return None


async def _there(tx: AsyncConnection, who: Opened, need_id: int) -> Shift | None:
    """An errand that is not over."""
    for there in await shifts.of_need(tx, who.municipality_id, need_id):
        if there.need.kind == errands.KIND and there.need.need is not None and there.need.done_at is None:
            return there
    return None


def _told(there: Shift, known: Known) -> dict[str, Any]:
    need = there.need.need
    return {
        "id": there.need.id, "status": there.need.status, "task": need["task"], "urgency": need["urgency"],
        "flexible": need["flexible"], "begins": there.starts_at.astimezone(known.municipality.zone),
    }  # fmt: skip


LOOKUPS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "my_helps": _my_helps,
    "my_help": _my_help,
    "my_errands": _my_errands,
    "my_errand": _my_errand,
    "other_side": _other_side,
    "errand_case": _errand_case,
    "kept_helper": _kept_helper,
}
"""What the flows about help look up (`bot.lookups`)."""
