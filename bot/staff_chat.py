"""A member of staff's own chat with the bot in Telegram: linked by a code from their page, and let go again.

What is said about it is no resident's conversation: nothing of it is kept but the link.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.case_kinds import KINDS
from bot.flows.model import Choice, Input, Reply
from bot.i18n import Ltr, _, p_
from bot.packs.model import Municipality
from bot.update import Update
from bot.wording import Body, Words
from storage import conversations, links, outbox, staff
from storage.errors import LinkGone, NotFound
from storage.outbox import NewDelivery
from storage.staff import Member

PURPOSE = "staff_chat"
"""Of the single-use link that `bot.staff` makes; its subject is the account."""

_END = "end"

ENDED = _(
    "No alerts come to this chat. They go as letters until you make a new link on the staff pages, under My account."
)
GONE = (
    _(
        "This link does not work any more: it works once, for a quarter of an hour. Make a new one on the staff pages, under "
        "My account."
    ),
    _(
        "If you are not one of the staff, leave it. Write {command}, and I show what I can do for you.",
        command=Ltr("/start"),
    ),
)


def wish(input: Input) -> tuple[str, str] | None:
    """What an update wants with such a link: "ask" about the code that was opened, "link" it, or "end" the link."""
    if input.command == "start" and input.argument.startswith("staff_"):
        return "ask", input.argument.removeprefix("staff_")
    if input.command == "unlink":
        return _END, ""
    kind, _colon, code = input.press.choice.partition(":") if input.press else ("", "", "")
    return (_END if code == _END else "link", code) if kind == "w" else None


async def answer(
    tx: AsyncConnection, update: Update, wanted: tuple[str, str], place: Municipality, words: Words, now: datetime
) -> tuple[Body, int]:
    """Do what is wanted (`wish`) and queue the answer: its body, and the address where it waits.

    A link may have been sent on by somebody else, so that opening it only asks.
    """
    chat = await conversations.address(
        tx, municipality_id=place.id, channel=update.channel, address=update.address, now=now
    )
    await conversations.set_address_state(tx, chat.id, "ok", now)  # it has just written
    reply = await _answer(tx, wanted, place, chat.id, await staff.by_chat(tx, place.id, update.address), now)
    body = words.body(reply)
    delivery = NewDelivery(
        municipality_id=place.id, address_id=chat.id, channel=update.channel, op="send", made_by=update.id, ordinal=0,
        due_at=now, body=body,
    )  # fmt: skip
    await outbox.queue(tx, [delivery], now=now)
    return body, chat.id


async def _answer(
    tx: AsyncConnection, wanted: tuple[str, str], place: Municipality, chat_id: int, owner: Member | None, now: datetime
) -> Reply:
    act, code = wanted
    if act == _END:
        if owner is not None:
            await staff.unlink_chat(tx, owner.id, place.id)
        return Reply(words=(ENDED,))
    member = await _whose(tx, code, place.id, now, use=act == "link")
    if member is None:
        return _linked(owner) if owner is not None else Reply(words=GONE)
    if act == "ask":
        return _question(member, code)
    await staff.link_chat(tx, member.id, place.id, chat_id, now)
    chosen = await staff.ways(tx, member.id, place.id)
    if "telegram" not in chosen.values():  # the first time: nothing of what they have chosen is undone later
        ways = {name: chosen.get(name, kind.way) for name, kind in KINDS.items()}
        at_once = {name: "telegram" if way == "mail" else way for name, way in ways.items()}
        await staff.set_ways(tx, member.id, place.id, at_once)
    return _linked(member)


async def _whose(tx: AsyncConnection, code: str, municipality_id: str, now: datetime, *, use: bool) -> Member | None:
    """The account that made a code, while the code is good and the account has a role here."""
    try:
        if use:
            link = await links.use(tx, code, PURPOSE, now, municipality_id=municipality_id)
        else:
            link = await links.open(tx, code, PURPOSE, now)
    except (NotFound, LinkGone):
        return None
    assert link.subject_id is not None
    here = link.municipality_id == municipality_id and municipality_id in await staff.roles(tx, link.subject_id)
    return await staff.load(tx, link.subject_id) if here else None


def _question(member: Member, code: str) -> Reply:
    words = (
        _("Link this Telegram account to {name}? Then you hear here when a case waits.", name=member.name),
        _(
            "Press yes only if you are {name} and made the link yourself, on the staff pages. If somebody sent it to you, "
            "leave it. What this chat or {name} was linked to before ends.",
            name=member.name,
        ),
    )
    # TRANSLATORS: a button, at most 30 characters.
    yes = Choice(f"w:{code}", p_("staff chat", "Yes, link it"))
    return Reply(words=words, choices=(yes,), serial=0)


def _linked(member: Member) -> Reply:
    words = (
        _(
            "This chat is linked to {name}. Here you hear that a case waits, and where; never what a resident wrote.",
            name=member.name,
        ),
        _(
            "What came to you as a letter at once comes here, unless you choose otherwise for a kind of case, under "
            "My account on the staff pages."
        ),
        _("To end it, press the button, write {command}, or use My account.", command=Ltr("/unlink")),
    )
    # TRANSLATORS: a button, at most 30 characters.
    end = Choice(f"w:{_END}", p_("staff chat", "No more alerts here"))
    return Reply(words=words, choices=(end,), serial=0)
