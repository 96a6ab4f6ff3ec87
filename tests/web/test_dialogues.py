"""Dialogues on the web: written in the console, answered without scripts, voted on by phone, live on a big screen; axe finds
nothing, on a phone and on a wall, from left and from right."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogue_desk import DialogueDesk
from bot.dialogue_form import filled
from bot.handlers.web.console.guard import COOKIE
from bot.handoff import Actor
from bot.packs.load import load_municipality
from bot.packs.model import Municipality
from bot.packs.model.dialogues import Dialogues, Offered
from storage import dialogues, tables
from tests.test_dialogues import HEARING, THREE
from tests.web.reader import Page, Reader
from tests.web.test_accessibility import findings
from tests.web.test_console import member, signed_page, submit
from tests.web.test_streams import news
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE = {"width": 360, "height": 740}
WALL = {"width": 1920, "height": 1080}
POLL = {"ask-sv": "Hur ofta ska vi ses?", "options-sv": "Varje månad\nVarje termin"}


def holding(pack: Municipality) -> Municipality:
    """A municipality that holds every kind of dialogue."""
    kinds = [Offered(kind=kind, title="Dialog i tre steg" if kind == "three_steps" else kind, what="Vi talas vid.",
                     contact="processledare") for kind in ("three_steps", "hearing", "forum")]  # fmt: skip
    return pack.model_copy(update={"dialogues": Dialogues(kinds=tuple(kinds))})


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[World]:
    lund = load_municipality("lund")
    async with world(tmp_path / "idelabb.db", now=lambda: NOW, more=(lund,)) as made:
        made.turns.municipalities["ekero"] = holding(made.municipality)  # type: ignore[index]
        yield made


async def anna(site: World, session: aiohttp.ClientSession) -> Reader:
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator")})
    return Reader(session, site.base)


async def begin(reader: Reader, kind: str) -> None:
    form = next(form for form in reader.page.forms if any(each.value == kind for each in form.buttons))
    await reader.post(form.action, [*form.fields, ("kind", kind)])


async def test_staff_write_it_residents_answer_vote_and_read_what_became_of_it(
    site: World, session: aiohttp.ClientSession
) -> None:
    coordinator = await anna(site, session)
    assert "Nothing" not in (await coordinator.open("/coach/dialogues")).text
    await begin(coordinator, "three_steps")
    page = await submit(coordinator, "/write", "open", **{**THREE, "level": ""})
    assert page.status == 422 and "Choose how far people" in page.text and "Bra\nSådär" in page.html
    page = await submit(coordinator, "/write", "save", **{**THREE, "ask-3-sv": "Vilken religion har du?"})
    assert page.status == 422 and "Do not ask about health" in page.text
    page = await submit(coordinator, "/write", "open", **THREE)
    assert page.url.endswith("/coach/dialogues/1") and "Text is missing in" in page.text and "العربية" in page.text
    async with site.db.read() as tx:
        (row,) = await dialogues.of_municipality(tx, "ekero")
    code = row.code

    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as own:
        resident = Reader(own, site.base)
        page = await resident.open(f"/dialogues/{code}")
        assert "How far your say goes" in page.text and "Allt utom budgeten" in page.text
        page = await resident.open(page.link("/form/survey"))
        assert "Vad föreslår du?" in page.text
        answers = {"side.value": "association", "area.value": "a1", "question_a.value": "o1", "question_b.choice": "o0",
                   "question_c.value": "s4", "question_d.value": "Öppet på kvällen", "focus.value": "yes",
                   "hear.value": "yes", "name.value": "Amina"}  # fmt: skip
        page = await submit(resident, "/form/survey", "review", **answers)
        assert "Öppet på kvällen" in page.text and "Question 1: Hur fungerar kontakten" in page.text
        page = await submit(resident, "/form/survey", "send")
        assert "You can change your answers until" in page.text
        page = await resident.open(f"/form/survey?about=subject.{row.id}")
        assert 'value="o1" checked' in page.html, "what was answered stands there, to be changed"
        await submit(resident, "/form/survey", "review", **{"question_a.value": "o0"})
        await submit(resident, "/form/survey", "send")
        async with site.db.read() as tx:
            (mine,) = await dialogues.people(tx, row.id)
        assert (mine.answers["a"], mine.signed, mine.focus) == ("o0", "Amina", "wants")
        assert (await resident.open("/form/survey?about=subject.99")).status == 404

    page = await coordinator.open("/coach/dialogues/1/results")
    assert "Numbers are shown from five on" in page.text and "Amina" in page.text and "few" in page.text
    page = await submit(coordinator, "/proposals", "propose")
    assert "waits for its answer" in page.text
    await coordinator.again()
    page = await coordinator.open("/coach/dialogues/1/proposals")
    assert page.text.count("Öppet på kvällen") == 2, "one proposal, in its own words and in its field; not doubled"
    fields = {"proposal": "1", "outcome": "partly", "why-sv": "Två kvällar i veckan.", "by": "Kulturchefen"}
    page = await submit(coordinator, "/proposals", "answer", **fields)
    assert "Answered" in page.text
    async with coordinator.session.get(f"{site.base}/coach/dialogues/1/results.csv") as answer:
        assert answer.headers["Content-Type"].startswith("text/csv") and "Öppet på kvällen" in await answer.text()
    page = await coordinator.open(f"/dialogues/{code}")
    assert (
        "Partly used" in page.text and "Två kvällar i veckan." in page.text and "Answered by: Kulturchefen" in page.text
    )
    assert "1 of 1 proposals answered" in (await coordinator.open("/dialogues")).text
    assert "holds no dialogues here" in (await coordinator.open("/m/lund/dialogues")).text
    assert (await coordinator.open(f"/m/lund/dialogues/{code}")).status == 404


async def test_a_hearing_is_live_for_everybody_in_the_room(site: World, session: aiohttp.ClientSession) -> None:
    coordinator = await anna(site, session)
    await coordinator.open("/coach/dialogues")
    await begin(coordinator, "hearing")
    await submit(coordinator, "/write", "open", **HEARING)
    await coordinator.open("/coach/dialogues/1/groups")
    page = await submit(coordinator, "/groups", "link")
    secretary = page.link("/swot/")
    await coordinator.open("/coach/dialogues/1/polls")
    page = await submit(coordinator, "/polls", "add", **POLL)
    page = await submit(coordinator, "/polls", "open")
    assert "Close the vote" in page.text
    async with site.db.read() as tx:
        (row,) = await dialogues.of_municipality(tx, "ekero")
    shown = await coordinator.open(f"/dialogues/{row.code}/screen")
    assert f"/v/{row.code}" in shown.text and "<svg" in shown.html and "Votes: 0" in shown.text
    assert 'http-equiv="refresh"' in shown.html.partition("<noscript>")[2].partition("</noscript>")[0]
    (live,) = [each for _tag, each in shown.tags if each.get("id") == "live"]
    async with session.get(f"{site.base}{live['data-live']}?after={live['data-number']}") as stream:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as phone:
            voter = Reader(phone, site.base)
            page = await voter.open(f"/v/{row.code}")
            page = await submit(voter, f"/v/{row.code}", "1")
            assert "Counted" in page.text and 'aria-pressed="true"' in page.html
            page = await submit(voter, f"/v/{row.code}", "0")
            await voter.open("/")
            await voter.press("0|f:idea")  # now there is a conversation in this browser: still one vote
            await voter.open(f"/v/{row.code}")
            await submit(voter, f"/v/{row.code}", "1")
        came = await news(stream)
        assert came is not None and "Röster: 1" in came["html"] and ">100 %</bdi>" in came["html"]
        for words in ("Vi är många", "Vi är fler"):
            page = await coordinator.post(secretary, [("strengths", words), ("threats", "<b>Tid</b>")])
        assert page.status == 200 and "Saved" in page.text and "Vi är fler" in page.text
        while came is not None and "Vi är fler" not in came["html"]:
            came = await news(stream)
        assert came is not None and "&lt;b&gt;Tid&lt;/b&gt;" in came["html"]
    async with site.db.read() as tx:
        (vote,) = await tx.execute(tables.dialogue_votes.select())
    assert vote.choice == 1 and vote.voter.startswith("r")
    await coordinator.open("/coach/dialogues/1/polls")
    await submit(coordinator, "/polls", "close")
    page = await voter_late(site, row.code)
    assert page.status == 409 and "Yours was not counted" in page.text
    await coordinator.open("/coach/dialogues/1/groups")
    await submit(coordinator, "/groups", "link")
    page = await coordinator.post(secretary, [("strengths", "Detta vill jag inte mista")])
    assert page.status == 410 and "Detta vill jag inte mista" in page.text
    assert (await coordinator.open("/swot/" + "A" * 22)).status == 404


async def voter_late(site: World, code: str) -> Page:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        return await Reader(session, site.base).post(f"/v/{code}", [("poll", "1"), ("choice", "0")])


async def test_axe_finds_nothing_on_a_phone_and_on_the_wall(browser: Browser, tmp_path: Path) -> None:
    async with world(tmp_path / "idelabb.db", now=lambda: NOW) as site:
        site.turns.municipalities["ekero"] = holding(site.municipality)  # type: ignore[index]
        token = await member(site, "Anna", "coordinator", "leader")
        by, desk = Actor(1, "Anna", "ekero", frozenset({"coordinator", "leader"})), DialogueDesk(site.turns)
        two, secretary = await under_way(site, desk, by)
        page, wrong = await signed_page(browser, site, "/coach", token)
        public = (f"/dialogues/{two}", f"/dialogues/{two}/screen", secretary.removeprefix(site.turns.public_url))
        own = ("/1/write", "/1/results", "/1/groups", "/2", "/2/groups", "/2/polls", "/2/proposals")
        found: list[str] = []
        for language in ("sv", "ar"):
            await page.goto(f"{site.base}/coach?lang={language}")
            await page.emulate_media(color_scheme="dark" if language == "ar" else "light")
            for path in (*public, *(f"/coach/dialogues{each}" for each in own)):
                await page.goto(site.base + path + ("" if path.startswith("/coach") else f"?lang={language}"))
                assert await page.evaluate("document.documentElement.lang") == language, path
                await page.evaluate(LOOSENED)
                for size in (PHONE, WALL) if path.endswith("/screen") else (PHONE,):
                    await page.set_viewport_size(size)
                    if await page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                        found.append(f"{language} {path}, {size['width']} px: it has to be moved sideways")
                    found += [f"{language} {path}, {size['width']} px: {each}" for each in await findings(page)]
        assert "\n".join(found) == ""
        await page.set_viewport_size(WALL)
        await page.goto(f"{site.base}/dialogues/{two}/screen?lang=ar")
        bar, count = [await page.locator(f".votes tbody tr:first-child {each}").bounding_box() for each in ("th", "td")]
        assert bar is not None and count is not None and bar["x"] > count["x"], "mirrored"
        large = await page.evaluate(
            "parseFloat(getComputedStyle(document.querySelector('.screen .votes th')).fontSize)"
        )
        assert large > 26, "to be read from the back of the room"
        await desk.set_poll(by, 2, 1, "closed")
        await page.wait_for_selector("#live .poll:not(.open)", timeout=5000)
        assert [each for each in wrong if not re.search("EventSource|net::ERR_ABORTED", each)] == []


LOOSENED = """
document.querySelectorAll('main details').forEach(each => { each.open = true });
document.querySelectorAll('.top').forEach(each => { each.style.position = 'static' });
"""


async def under_way(site: World, desk: DialogueDesk, by: Actor) -> tuple[str, str]:
    """A survey, and a hearing with a vote, proposals and late feedback: its code, and a secretary's page."""
    for kind, given in (("three_steps", THREE), ("hearing", HEARING)):
        id = await desk.create(by, kind, kind)
        await desk.save(by, id, filled(given, site.turns.municipalities["ekero"], kind).content)
        await desk.open(by, id)
    for number in range(3):
        await desk.propose(by, 2, "hearing", {"sv": f"Ett förslag {number}"})
    await desk.answer(by, 2, 1, "not", {"sv": "Det är för dyrt.", "ar": "باهظ الثمن."}, "Processledaren")
    await desk.add_poll(by, 2, {"texts": {"sv": {"ask": "Hur ofta?", "options": ["Varje månad", "Varje termin"]}}})
    await desk.set_poll(by, 2, 1, "open")
    secretary = await desk.swot_link(by, 2, 1)

    async def late(tx: AsyncConnection) -> None:
        await dialogues.write_swot(tx, 1, {"strengths": "Vi är många\nVi kan mycket"}, NOW)
        poll = await dialogues.poll(tx, "ekero", 1)
        for number in range(7):
            await dialogues.vote(tx, poll, f"w{number}", number % 3 % 2, NOW)
        values = {"held_at": NOW - timedelta(days=9), "feedback_by": NOW - timedelta(days=2)}
        await dialogues.change(tx, "ekero", 2, values, NOW)

    await site.db.write(late)
    return (await desk.seen(by, 2, "sv")).row.code, secretary
