"""Questions to roles, whole: from the chat by a real SMTP server to the answer page over HTTP, and back into the chat."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pypdfium2
import pytest

from bot.app import Documents
from bot.desk import Desk
from bot.due import DueWork
from bot.flows.model import Press
from bot.handoff import Handoff
from bot.i18n import plain
from bot.mail import Mail
from bot.outbox import Sender
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from storage import links, messages, residents, seen, tables
from storage.db import Database
from tests.test_handoff import coach
from tests.test_mail import Postbox, post
from tests.test_turn import Resident, _plan
from tests.web.reader import Page, Reader
from tests.web.world import World, world

__all__ = ["post"]

ROADS, SCHOOL, LEADER, OUTSIDE = (
    "representant_teknik_miljo", "representant_skola", "processledare", "vanfamiljkoordinator",
)  # fmt: skip
MAILS = {ROADS: "gator@example.se", SCHOOL: "skola@example.se", LEADER: "led@example.se", OUTSIDE: "pastor@example.se"}
QUESTION = "Vem ansvarar för cykelvägarna? Gunnar undrar."


def pack() -> Municipality:
    """Ekerö, where some have an address, and one a telephone."""
    ekero = load_municipality("ekero")
    roles = tuple(
        role.model_copy(update={"email": MAILS.get(role.id, ""), "phone": "08-123 45 67" if role.id == ROADS else ""})
        for role in ekero.contacts.roles
    )
    contacts = ekero.contacts.model_copy(update={"roles": roles})
    return ekero.model_copy(update={"contacts": contacts, "email": "lab@example.se"})


class Town:
    """A municipality with its residents, its post and its pages."""

    def __init__(self, site: World, postbox: Postbox, smtp_url: str, now: list[datetime], browser: Reader) -> None:
        self.site, self.postbox, self.at, self.browser = site, postbox, now, browser
        site.turns.municipalities[site.municipality.id] = pack()  # type: ignore[index]
        made = Documents(site.turns.municipalities, site.db, site.views, site.base)  # type: ignore[arg-type]
        mail = Mail(smtp_url, "bot@example.se", make_document=made.make)
        self.sender = Sender(site.db, {"mail": mail}, holder="test", now=lambda: now[0])

    async def runs(self, **time: float) -> None:
        """Let time pass: what falls due is done, and every letter sent."""
        self.at[0] += timedelta(**time)
        while await DueWork(self.site.db, self.site.turns, now=lambda: self.at[0]).run_ready():
            pass
        self.sender.wake()
        while await self.sender.cycle() or self.sender._busy or self.sender._results:
            await asyncio.sleep(0.005)
            self.sender.wake()

    def letters(self) -> list[tuple[str, str]]:
        """To whom, and what about."""
        return [(str(letter["To"]), str(letter["Subject"])) for letter in self.postbox.letters]

    def letter(self, to: str) -> EmailMessage:
        return [letter for letter in self.postbox.letters if letter["To"] == to][-1]

    def link(self, to: str) -> str:
        """The address of the page in the last letter to somebody."""
        body = self.letter(to).get_body(("plain",))
        assert body is not None
        found = re.search(r"/enquiry/[\w-]+", body.get_content())
        assert found is not None
        return found[0]

    async def does(self, link: str, do: str, key: str = "", **fields: str) -> Page:
        """Open the page and press one of its buttons."""
        page = await self.browser.open(link)
        form = next(form for form in page.forms if any(button.value == do for button in form.buttons))
        filled = {**dict(form.fields), **fields, "do": do, **({"id": key} if key else {})}
        return await self.browser.post(form.action, list(filled.items()))

    async def last(self, who: Resident) -> str:
        """What was said to somebody last, without their doing; its buttons can be pressed."""
        async with self.site.db.read() as tx:
            found = await seen.by_address(tx, "ekero", "web", who.name)
            assert found is not None
            said = [each for each in await messages.before(tx, found.conversation_id, limit=9)
                    if each.sender != "resident"][-1]  # fmt: skip
        for each in said.body.get("choices", []):
            who.buttons[each["label"]] = Press(said.body.get("serial") or 0, each["id"])
        return f"{said.sender}: {plain(said.body['html'])}"

    async def rows(self, table: Any) -> list[Any]:
        async with self.site.db.read() as tx:
            return list(await tx.execute(table.select().order_by(*table.primary_key.columns)))

    async def waiting(self) -> list[str]:
        """The kinds of what is still promised."""
        return sorted(each.kind for each in await self.rows(tables.due) if each.status == "waiting")


@asynccontextmanager
async def _town(db: Database, post: tuple[Postbox, str], tmp_path: Path) -> AsyncIterator[Town]:
    now = [datetime(2026, 3, 2, 9, 0, tzinfo=UTC)]
    async with (
        world(tmp_path / "unused.db", at=db, now=lambda: now[0]) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        yield Town(site, *post, now, Reader(session, site.base, "sv"))


@pytest.fixture
async def town(db: Database, post: tuple[Postbox, str], tmp_path: Path) -> AsyncIterator[Town]:
    async with _town(db, post, tmp_path) as made:
        yield made


async def asks(who: Resident, about: str = QUESTION, *more: str) -> str:
    """From the command to a question that has been sent."""
    return await who.does(f"/contact {about}", *more, "[Yes, send my question]", "[Send it as it is]")


async def test_from_the_chat_to_a_letter_to_the_page_and_back(town: Town) -> None:
    amina = Resident(town.site.turns, "amina")
    await _plan(amina)
    await asks(amina)
    said = await amina.does("[A bicycle workshop in Stenhamra]")
    assert "You get an answer here by Wednesday 4 March 2026 at 16:00" in said and "ring them: 08-123 45 67" in said
    await town.runs()
    assert [to for to, _subject in town.letters()] == [MAILS[ROADS]]
    letter = town.letter(MAILS[ROADS])
    body = letter.get_body(("plain",))
    assert body is not None and QUESTION in body.get_content() and "amina" not in letter.as_string()
    (attached,) = letter.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", "plan.pdf")
    paper = pypdfium2.PdfDocument(io.BytesIO(attached.get_content()))
    assert "A bicycle workshop in Stenhamra" in paper[0].get_textpage().get_text_range()
    link = town.link(MAILS[ROADS])

    for _scanner in range(2):  # a program that looks at links in letters changes nothing
        page = await town.browser.open(link)
        assert page.status == 200 and QUESTION in page.text
    assert [case.status for case in await town.rows(tables.cases)] == ["told"]
    assert (await town.browser.open(page.link("/plan.pdf"))).headers["Content-Type"] == "application/pdf"

    empty = await town.does(link, "answer", words="  ")
    assert empty.status == 422
    for _twice in range(2):
        await town.does(link, "answer", "form 1", words="Det gör vi.\n\nVi lagar dem i maj.")
    await town.runs()
    answer = await town.last(amina)
    assert answer.startswith("coach: Samverkansorganets representant för byggande, gator och miljö answers:")
    assert "Vi lagar dem i maj." in answer
    said_by = [each.sender for each in await town.rows(tables.messages)]
    assert said_by.count("coach") == 1, "a form sent twice answers once"
    (case,) = await town.rows(tables.cases)
    assert (case.kind, case.status, case.answered_at) == ("enquiry", "answered", town.at[0])
    assert await town.waiting() == ["enquiry_closes"]

    page = await town.does(link, "answer", words="Och vintertid plogar vi.")
    await town.runs()
    assert "adds:" in await town.last(amina) and "plogar" in await town.last(amina)
    assert len(town.letters()) == 1, "nobody is reminded of what is answered"

    await amina.does("[I have another question]", "Gäller det grusvägar?")
    await town.runs()
    assert len(await town.rows(tables.cases)) == 1, "the same case, with the same role"
    assert [case.status for case in await town.rows(tables.cases)] == ["told"]
    await town.does(town.link(MAILS[ROADS]), "answer", words="Ja.")
    await town.runs()
    await town.last(amina)
    assert "glad that it helped" in await amina.does("[Thank you]")
    assert [case.outcome for case in await town.rows(tables.cases)] == ["answered"]
    assert await town.waiting() == []


async def test_whoever_is_silent_is_reminded_then_the_deputy_then_the_coaches_and_each_time_the_resident_is_told(
    town: Town,
) -> None:
    await coach(town.site.db, "Anna")
    amina = Resident(town.site.turns, "amina")
    await asks(amina)
    told = []
    for days in (1.2, 1, 1.2, 2):
        await town.runs(days=days)
        told.append(await town.last(amina))
    assert [each[:60] for each in told] == []
    assert [to for to, _subject in town.letters()] == []
    assert await town.waiting() == []
