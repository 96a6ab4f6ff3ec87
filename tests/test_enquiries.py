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
from bot.desk import Desk, Filter
from bot.due import DueWork
from bot.flows.model import Press
from bot.flows.plan import short_title
from bot.handlers.web.console.guard import COOKIE
from bot.handoff import Handoff
from bot.i18n import plain, render
from bot.mail import Mail
from bot.outbox import Sender
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from storage import links, messages, residents, seen, staff, tables
from storage.db import Database
from storage.secrets import make_token
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
        self.sender = Sender(site.db, {"mail": mail}, now=lambda: now[0])

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

    async def member(self, *roles: str) -> str:
        """A new account; the token of its session."""
        token, now = make_token(), self.at[0]

        async def write(tx: Any) -> None:
            staff_id = await staff.add(tx, name="Karin", email="karin@example.se", now=now)
            assert staff_id is not None
            await staff.set_roles(tx, staff_id, "ekero", roles, by="test", now=now)
            await staff.set_values(tx, staff_id, second_factor="JBSWY3DPEHPK3PXP")
            await staff.open_session(tx, token, staff_id, "in", now=now, expires_at=now + timedelta(hours=1))

        await self.site.db.write(write)
        return token

    async def as_staff(self, token: str, path: str, press: str = "") -> Page:
        """A page of the console; with `press` the one that a button leads to."""
        self.browser.session.cookie_jar.update_cookies({COOKIE: token})
        page = await self.browser.open(path)
        if not press:
            return page
        form = next(each for each in page.forms if each.action.endswith(press))
        return await self.browser.post(form.action, form.fields)

    async def waiting(self) -> list[str]:
        """The kinds of what is still promised about the question; the plan has a question of its own coming."""
        promised = {each.kind for each in await self.rows(tables.due) if each.status == "waiting"}
        return sorted(promised - {"follow_up"})


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


def words_of(pdf: bytes) -> str:
    paper = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return str(paper[0].get_textpage().get_text_range())
    finally:
        paper.close()


async def asks(who: Resident, about: str = QUESTION, *more: str) -> str:
    """From the command to a question that has been sent."""
    return await who.does(f"/contact {about}", *more, "[Yes, send my question]")


async def test_from_the_chat_to_a_letter_to_the_page_and_back(town: Town) -> None:
    amina = Resident(town.site.turns, "amina")
    await _plan(amina)
    await asks(amina)
    said = await amina.does("[A bicycle workshop in Stenhamra]")
    assert "You get an answer here by Wednesday 4 March 2026 at 16:00" in said and "ring them: 08-123 45 67" in said
    await town.runs()
    ((to, subject),) = town.letters()
    assert to == MAILS[ROADS]
    assert subject.endswith("Samverkansorganets representant för byggande, gator och miljö"), "folded, and whole"
    letter = town.letter(MAILS[ROADS])
    body = letter.get_body(("plain",))
    assert body is not None and QUESTION in body.get_content() and "amina" not in letter.as_string()
    (attached,) = letter.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", "plan.pdf")
    assert "A bicycle workshop in Stenhamra" in words_of(attached.get_content())
    link = town.link(MAILS[ROADS])

    for _scanner in range(2):  # a program that looks at links in letters changes nothing
        page = await town.browser.open(link)
        assert page.status == 200 and QUESTION in page.text
    assert [case.status for case in await town.rows(tables.cases)] == ["told"]
    async with town.browser.session.get(town.site.base + page.link("/plan.pdf")) as response:
        assert "A bicycle workshop in Stenhamra" in words_of(await response.read())

    mine = "[Asked: " + short_title(QUESTION) + "]"
    assert "by Wednesday 4 March 2026 at 16:00 at the latest" in await amina.does("/mine", mine)

    empty = await town.does(link, "answer", words="  ")
    assert empty.status == 422
    for _twice in range(2):
        await town.does(link, "answer", "form 1", words="Det gör vi.\n\nVi lagar dem i maj.")
    await town.runs()
    answer = await town.last(amina)
    assert answer.startswith(
        "coach: Samverkansorganet's representative for building, streets and the environment answers:"
    )
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

    assert "You were answered on Monday 2 March 2026" in await amina.does("/mine", mine)
    await amina.does("[I have another question]", "Gäller det grusvägar?")
    await town.runs()
    assert len(await town.rows(tables.cases)) == 1, "the same case, with the same role"
    assert [case.status for case in await town.rows(tables.cases)] == ["told"]
    await town.does(town.link(MAILS[ROADS]), "answer", words="Ja.")
    await town.runs()
    await town.last(amina)
    assert "Good that you have an answer" in await amina.does("[Thank you]")
    assert [case.outcome for case in await town.rows(tables.cases)] == ["answered"]
    assert await town.waiting() == []


async def test_the_silent_are_reminded_then_the_deputy_is_asked_then_the_coaches_and_each_time_the_resident_is_told(
    town: Town,
) -> None:
    anna = await coach(town.site.db, "Anna")
    await coach(town.site.db, "Karin", "contact")  # who looks when she likes
    amina = Resident(town.site.turns, "amina")
    await asks(amina)
    await town.runs(days=1.2)
    assert "has not answered your question yet, so I have reminded them" in await town.last(amina)
    await town.runs(days=1.2)
    told = await town.last(amina)
    assert (
        "I have now asked somebody else: The process leader" in told
        and "Monday 9 March 2026 at 16:00 at the latest" in told
    )
    await town.runs(days=3)
    assert "process leader" in await town.last(amina) and "I have reminded them" in await town.last(amina)
    await town.runs(days=3)
    told = await town.last(amina)
    assert "Our coaches have your question now" in told and "Friday 13 March 2026 at 16:00 at the latest" in told
    to = [each for each, _subject in town.letters()]
    assert to[:4] == [MAILS[ROADS], MAILS[ROADS], MAILS[LEADER], MAILS[LEADER]]
    assert sorted(to[4:]) == ["anna@example.se", "lab@example.se"]
    (line,) = (await Desk(town.site.turns).queue(anna, Filter())).lines
    asked = (await Desk(town.site.turns).case(anna, line.id)).asked
    assert [(plain(render(each.role, "sv")) if each.role else None, each.why) for each in asked] == [
        ("Samverkansorganets representant för byggande, gator och miljö", "first"),
        ("Samverkansorganets processledare", "deputy"),
        (None, "unanswered"),
    ]
    await town.runs(days=4)
    assert "We promised you an answer by now" in await town.last(amina)

    page = await town.browser.open(town.link(MAILS[ROADS]))
    assert page.status == 200 and [form for form in page.forms if "/enquiry/" in form.action]
    link = town.link(MAILS[LEADER])
    await Handoff(town.site.turns).answer(anna, line.id, "form 1", "Det gör gatukontoret.", then="close")
    assert "gatukontoret" in "".join(str(each.body) for each in await town.rows(tables.messages))
    assert await town.waiting() == []
    closed = await town.browser.open(link)
    assert closed.status == 410
    kept = await town.browser.post(link, [("do", "answer"), ("id", "late"), ("words", "Jag skrev länge.")])
    assert kept.status == 410 and "Jag skrev länge." in kept.text


async def test_the_first_answer_counts_also_when_the_deputy_has_it_already(town: Town) -> None:
    amina = Resident(town.site.turns, "amina")
    await asks(amina)
    await town.runs(days=2.4)
    await town.does(town.link(MAILS[ROADS]), "answer", words="Förlåt att det dröjde: det gör vi.")
    await town.does(town.link(MAILS[LEADER]), "answer", words="Det gör gatukontoret.")
    await town.runs()
    said = [plain(each.body["html"]) for each in await town.rows(tables.messages) if each.sender == "coach"]
    assert [" answers:" in each for each in said] == [True, False] and " adds:" in said[1]
    assert await town.waiting() == ["enquiry_closes"]
    await town.runs(days=15)
    assert [case.status for case in await town.rows(tables.cases)] == ["closed"]


async def test_the_wrong_person_passes_it_on_and_after_two_it_goes_there_at_once(town: Town) -> None:
    for number in range(2):
        who = Resident(town.site.turns, f"resident-{number}")
        assert "building, streets" in await asks(who)
        await town.runs()
        link = town.link(MAILS[ROADS])
        nothing = await town.does(link, "decline", reason="Vi har bara de stora vägarna.")
        assert nothing.status == 422 and "Vi har bara de stora vägarna." in nothing.html
        for _twice in range(2):
            await town.browser.post(link, [("do", "decline"), ("id", "x"), ("to", SCHOOL), ("reason", "Skolväg")])
        await town.runs()
        told = await town.last(who)
        assert (
            "says whose your question is: Samverkansorganet's representative for school" in told
            and "It is with them now" in told
        )
    assert [to for to, _subject in town.letters()] == [MAILS[ROADS], MAILS[SCHOOL]] * 2
    cia = Resident(town.site.turns, "cia")
    assert "school" in await asks(cia)
    await town.runs()
    assert town.letters()[-1][0] == MAILS[SCHOOL]

    karin = await town.member("administrator")
    page = await town.as_staff(karin, "/coach/pack")
    assert all(each in page.text for each in ("contacts.yaml", "roads", ROADS, SCHOOL))
    await town.as_staff(karin, "/coach/pack", press="dismiss")
    assert "building, streets" in await asks(Resident(town.site.turns, "dan"))


async def test_whom_nobody_has_an_address_to_is_found_by_the_coaches(town: Town) -> None:
    await coach(town.site.db, "Anna")
    amina, bo = Resident(town.site.turns, "amina"), Resident(town.site.turns, "bo")
    said = await asks(amina, "Jag har en fråga om biblioteket")
    assert "I cannot write to" in said and "our coaches have your question now" in said
    await asks(bo)
    await town.runs()
    assert sorted(to for to, _subject in town.letters()) == ["anna@example.se", MAILS[ROADS], "lab@example.se"]
    await town.does(town.link(MAILS[ROADS]), "decline", whom="Trafikverket")
    await town.runs()
    assert "whose your question is: Trafikverket." in await town.last(
        bo
    ) and "Our coaches take it there" in await town.last(bo)
    assert await town.rows(tables.forwards) == [], "learned is only what the pack can say"
    town.site.turns.mails = False
    assert "our coaches have your question now" in await asks(Resident(town.site.turns, "cia"))


async def test_outside_the_municipality_it_goes_only_with_a_yes(town: Town) -> None:
    amina = Resident(town.site.turns, "amina")
    asked = await asks(amina, "vänfamilj", "[I want to take part]")
    assert "is not part of the municipality" in asked
    assert "nobody outside the municipality" in await amina.does("[No, I do not]")
    await asks(amina, "vänfamilj", "[I want to take part]")
    assert "Your question has been sent to" in await amina.does("[Yes, I agree]")
    (consent,) = await town.rows(tables.consents)
    assert (consent.purpose, consent.wording_version) == ("enquiry_outside", "1")
    bo = Resident(town.site.turns, "bo")
    await asks(bo)
    await town.runs()
    await town.does(town.link(MAILS[ROADS]), "decline", to=OUTSIDE)
    await town.runs()
    assert [to for to, _subject in town.letters()].count(MAILS[OUTSIDE]) == 1, "without a yes the coaches take it there"
    assert "Our coaches take it there" in await town.last(bo)


async def test_forgetting_closes_the_page_and_stops_the_letters(town: Town) -> None:
    amina = Resident(town.site.turns, "amina")
    await asks(amina)
    async with town.site.db.read() as tx:
        before = await seen.by_address(tx, "ekero", "web", "amina")
    assert before is not None
    await town.runs()
    link = town.link(MAILS[ROADS])
    await asks(amina, "cykelväg")
    await amina.does("/forget", "[Yes]")
    await town.runs(days=3)
    assert len(town.letters()) == 1 and await town.waiting() == []
    assert (await town.browser.open(link)).status == 404
    assert [each.body for each in await town.rows(tables.deliveries) if each.op == "mail"] == [None, None]
    async with town.site.db.read() as tx:
        held = await residents.my_data(tx, "ekero", before.resident_id)
    assert "links" not in held


async def test_a_token_is_good_for_its_own_municipality_alone(town: Town) -> None:
    await asks(Resident(town.site.turns, "amina"))
    await town.runs()
    (asked,) = await town.rows(tables.enquiries)
    token = await town.site.db.write(
        lambda tx: links.make(tx, municipality_id="annan", purpose="enquiry", subject_id=asked.id, now=town.at[0],
                              expires_at=town.at[0] + timedelta(days=1))
    )  # fmt: skip
    assert (await town.browser.open(f"/enquiry/{token}")).status == 404
    assert (await town.browser.post(f"/enquiry/{token}", [("do", "answer"), ("words", "Hej")])).status == 404
    assert (await town.browser.open("/enquiry/" + "x" * 22)).status == 404
    assert [case.status for case in await town.rows(tables.cases)] == ["told"]


async def test_contact_persons_see_questions_and_nothing_else_of_a_conversation(town: Town) -> None:
    amina = Resident(town.site.turns, "amina")
    await amina.does("/coach", "Min granne heter Gunnar")
    await asks(amina)
    karin = await coach(town.site.db, "Karin", "contact")
    desk = Desk(town.site.turns)
    (line,) = (await desk.queue(karin, Filter())).lines
    assert (line.kind.name, line.gist) == ("enquiry", QUESTION)
    found = await desk.case(karin, line.id)
    assert "Min granne" not in str(found.talk.messages) and found.talk.plan is None
    await Handoff(town.site.turns).answer(karin, line.id, "form 1", "Det gör vi.")
    assert await town.waiting() == ["case_late", "case_soon"], "what is promised of the other case stays"
