"""Letters, over a real SMTP server on this machine: they tell that there is something, and nothing of what it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.due import DueWork
from bot.errors import GiveUp, NotYet, OperatorError
from bot.flows import FLOWS
from bot.flows.model import Input
from bot.live import Live
from bot.mail import Mail
from bot.outbox import Sender
from bot.packs.load import load_municipality
from bot.turn import Turns
from bot.update import Update
from storage import conversations, outbox, tables
from storage.db import Database
from storage.outbox import BULK, Claimed, NewDelivery

SECRET = "Min granne heter Gunnar och är ensam"


class Clock:
    """A clock the test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class Postbox:
    """An SMTP server's handler that keeps letters, or answers with `refuses`."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.refuses = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return self.refuses
        letter = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.raw.append(bytes(envelope.content or b""))
        return "250 kept"


@pytest.fixture
async def post() -> AsyncIterator[tuple[Postbox, str]]:
    postbox = Postbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(postbox, hostname="localhost"), "127.0.0.1", 0)
    yield postbox, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()


class Town:
    """A municipality with an address for letters, its turns and its sender."""

    def __init__(self, db: Database, smtp_url: str, clock: Clock) -> None:
        ekero = load_municipality("ekero").model_copy(update={"email": "idelabbet@example.se"})
        self.clock, self.db = clock, db
        self.turns = Turns(db, {"ekero": ekero}, FLOWS, public_url="https://example.se", now=clock, live=Live())
        mail = Mail(smtp_url, "bot@example.se", "svar@example.se")
        self.sender = Sender(db, {"mail": mail}, now=clock)
        self.due = DueWork(db, self.turns, now=clock)
        self.said = 0

    async def hears(self, text: str) -> None:
        self.said += 1
        command = Input(command=text[1:]) if text.startswith("/") else Input(text=text)
        update = Update(f"web:a:{self.said}", "ekero", "web", command, address="a", locale_hint="sv")
        assert not (await self.turns.take(update)).failed

    async def sends(self) -> None:
        """Send until nothing more is under way."""
        self.sender.wake()
        while await self.sender.cycle() or self.sender._busy or self.sender._results:
            await asyncio.sleep(0.005)
            self.sender.wake()

    async def statuses(self) -> list[tuple[str, str | None]]:
        async with self.db.read() as tx:
            rows: Any = await tx.execute(tables.deliveries.select().order_by(tables.deliveries.c.id))
            return [(row.status, row.error) for row in rows]


async def test_operator_is_told_without_a_word_of_what_was_written(db: Database, post: tuple[Postbox, str]) -> None:
    postbox, url = post
    town = Town(db, url, Clock())
    await town.hears("/coach")
    await town.hears(SECRET)
    await town.sends()
    (letter,) = postbox.letters
    assert (letter["To"], letter["From"], letter["Reply-To"]) == (
        "idelabbet@example.se",
        "bot@example.se",
        "svar@example.se",
    )
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    assert "onsdag 11 mars 2026 klockan 16:00" in text
    assert "Gunnar" not in letter.as_string()


async def test_resident_who_left_an_address_is_told_that_something_waits(
    db: Database, post: tuple[Postbox, str]
) -> None:
    postbox, url = post
    town = Town(db, url, Clock())
    for said in ("/coach", SECRET, "amina@example.se"):
        await town.hears(said)
    await town.sends()
    postbox.letters.clear()
    town.clock.at += timedelta(days=6)
    await town.due.run_ready()
    await town.sends()
    notice = next(letter for letter in postbox.letters if letter["To"] == "amina@example.se")
    assert "https://example.se/r/" in notice.get_content()
    assert "Gunnar" not in notice.as_string()
    assert [letter["To"] for letter in postbox.letters].count("idelabbet@example.se") == 1, "reminded, once"


async def test_a_letter_of_news_can_be_stopped_from_the_mail_program(db: Database, post: tuple[Postbox, str]) -> None:
    postbox, url = post
    town = Town(db, url, Clock())
    page = "https://example.se/m/upplands-vasby/news/" + "A" * 60

    async def queue(tx: Any) -> None:
        now, mine = town.clock(), {"municipality_id": "ekero", "channel": "mail"}
        to = await conversations.address(tx, **mine, address="amina@example.org", now=now)
        for number, more in enumerate(({"unsubscribe": page}, {})):
            body = {"subject": "Hjälpare behövs", "text": "På lördag", **more}
            row = NewDelivery(**mine, address_id=to.id, op="mail", made_by="broadcast:1", ordinal=number, due_at=now,
                              body=body)  # fmt: skip
            await outbox.queue(tx, [row], now=now)

    await db.write(queue)
    await town.sends()
    news, other = postbox.letters
    assert (news["List-Unsubscribe"], news["List-Unsubscribe-Post"]) == (f"<{page}>", "List-Unsubscribe=One-Click")
    assert f"List-Unsubscribe: <{page}>\r\n".encode() in postbox.raw[0], "in one piece, whatever its length"
    assert (other["List-Unsubscribe"], other["List-Unsubscribe-Post"]) == (None, None)


async def test_refused_letter_is_given_up_with_its_reason(db: Database, post: tuple[Postbox, str]) -> None:
    postbox, url = post
    postbox.refuses = "550 no such box"
    town = Town(db, url, Clock())
    await town.hears("/coach")
    await town.hears(SECRET)
    await town.sends()
    assert await town.statuses() == [("given_up", "smtp 550")]


async def test_letter_waits_while_the_server_is_away_and_goes_out_later(
    db: Database, post: tuple[Postbox, str]
) -> None:
    postbox, url = post
    postbox.refuses = "451 come back later"
    town = Town(db, url, Clock())
    await town.hears("/coach")
    await town.hears(SECRET)
    await town.sends()
    assert await town.statuses() == [("waiting", "smtp 451")]
    postbox.refuses = ""
    town.clock.at += timedelta(minutes=2)
    await town.sends()
    assert len(postbox.letters) == 1


async def test_letters_of_a_broadcast_pass_the_same_gate(db: Database, post: tuple[Postbox, str]) -> None:
    postbox, url = post
    clock = Clock()

    async def gate(delivery: Claimed) -> None:
        if delivery.address == "stop@example.se":
            raise GiveUp("stopped by the person")
        if delivery.address == "night@example.se":
            raise NotYet(clock() + timedelta(hours=9), "quiet hours")

    async def queue(tx: AsyncConnection) -> None:
        for at, name in enumerate(("stop", "night", *map(str, range(20)))):
            there = await conversations.address(
                tx, municipality_id="ekero", channel="mail", address=f"{name}@example.se", now=clock()
            )
            row = NewDelivery("ekero", there.id, "mail", "mail", "broadcast:1", at, clock(), priority=BULK,
                              body={"subject": "A need", "text": "Can you help?"})  # fmt: skip
            await outbox.queue(tx, [row], now=clock())

    await db.write(queue)
    sender = Sender(db, {"mail": Mail(url, "bot@example.se")}, now=clock, gate=gate)
    while await sender.cycle() or not sender.quiet:
        await asyncio.sleep(0.005)
    assert sorted(letter["To"] for letter in postbox.letters) == sorted(f"{n}@example.se" for n in range(20))
    async with db.read() as tx:
        found = Counter((await tx.execute(select(tables.deliveries.c.status, tables.deliveries.c.error))).all())
    assert found == {("sent", None): 20, ("given_up", "stopped by the person"): 1, ("waiting", "quiet hours"): 1}


@pytest.mark.parametrize("url", ["mail.example.se", "http://mail.example.se", "smtp://"])
def test_address_that_is_no_smtp_address_is_named(url: str) -> None:
    with pytest.raises(OperatorError, match="IDELABB_SMTP_URL holds no smtp"):
        Mail(url, "bot@example.se")


def test_missing_sender_is_named() -> None:
    with pytest.raises(OperatorError, match="IDELABB_MAIL_FROM is empty"):
        Mail("smtp://127.0.0.1", "")
