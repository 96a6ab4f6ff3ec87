"""Projects, the agreement and partnerships on the web: without scripts, by staff, and as axe sees them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.handlers.web.console.guard import COOKIE
from bot.handoff import Actor
from bot.packs.load import load_municipality
from bot.partnership_desk import PartnershipDesk
from storage import cases, conversations, partnerships, projects, staff, tables
from tests.web import tour
from tests.web.reader import Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_console import member, signed_page, submit
from tests.web.test_in_the_browser import PHONE
from tests.web.test_open_activities import somebody
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

BORAS = load_municipality("boras")


async def in_boras(site: World, token: str) -> Actor:
    """Let whoever has this session coordinate in Borås too."""
    signed = await site.console.staff.signed(token)
    assert signed is not None
    now, roles = datetime.now(UTC), frozenset({"coordinator", "leader"})
    await site.db.write(lambda tx: staff.set_roles(tx, signed.member.id, "boras", roles, by="test", now=now))
    return Actor(signed.member.id, signed.member.name, "boras", roles)


async def dialogue(site: World) -> int:
    """An association in Borås that wants a talk; its case."""

    async def write(tx: Any) -> int:
        now = datetime.now(UTC)
        who = await conversations.open(
            tx, municipality_id="boras", channel="web", address="ada-of-the-club", now=now, locale_hint="sv"
        )
        answers = {"support": "boras.iop", "challenge": "Nya som inte känner någon"}
        return await cases.open(
            tx, municipality_id="boras", kind="dialogue", conversation_id=who.conversation_id, resident_id=who.resident_id, now=now,
            answer_by=now + timedelta(days=2), note="Samtal", context={"flow": "partnership", "answers": answers},
        )  # fmt: skip

    return await site.db.write(write)


async def partnership(site: World, by: Actor, case_id: int) -> int:
    """One in its last half-year, with a follow-up that can be answered."""
    start = (datetime.now(UTC) - timedelta(days=355)).date()
    fields = {"association": "Mötesplatsen", "administration": "Fritidsförvaltningen", "title": "Språkkaféer", "years": "1",
              "follow_ups": "2", "steering": "2", "start": start.isoformat(), "case": str(case_id)}  # fmt: skip
    return await PartnershipDesk(site.turns).enter(by, "form", fields)


async def test_from_an_idea_to_the_page_that_everybody_sees(
    site: World, session: aiohttp.ClientSession, reader: Reader
) -> None:
    ada = await somebody(site, session)
    post = await tour.posted(site, ada, "idea_board", {"what": "Vi lagar cyklar ihop", "side": "resident"})
    session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coach")})
    page = await reader.open(f"/coach/projects/new?post={post}")
    assert "Vi lagar cyklar ihop" in page.html and "Ask the owner" in page.text
    page = await submit(reader, "/new", title="Cykelköket", step="4")
    assert page.url.endswith("/coach/projects/1") and "Its owner has not said yes yet" in page.text
    assert (await reader.open(f"/coach/projects/new?post={post}")).url.endswith("/coach/projects/1"), "never twice"
    async with site.db.read() as tx:
        (owner,) = await projects.members(tx, 1, ("asked",))
        project = await projects.load(tx, "ekero", 1)

    async def says_yes(tx: Any) -> None:
        await projects.set_member(tx, owner.id, status="in", name="Ada")
        await projects.change(tx, project, datetime.now(UTC), status="running", public=True)

    await site.db.write(says_yes)
    await reader.open("/coach/projects/1")
    page = await submit(reader, "/move", to="5", words="")
    assert page.status == 422 and "Nothing is written yet." in page.text
    page = await submit(reader, "/move", to="5", words="Många kommer")
    assert "Anna (Coach) moved it from step 4 to step 5: Många kommer" in page.text
    page = await reader.open("/projects")
    assert "Cykelköket" in page.text and "Step 5 of 8" in page.text and "Ada" not in page.text
    page = await reader.open(page.link("/projects/"))
    assert "Anna" not in page.text and "aria-current" in page.html
    # The owner's own page: what is sent there is a file to be saved, for staff too; what could run is not taken.
    url = await tour.link(site, ada, "project", 1)
    for name, mime, status in (("a.txt", "text/plain", 200), ("a.exe", "application/x-msdownload", 422)):
        form = aiohttp.FormData({"do": "file", "id": name})
        form.add_field("file", io.BytesIO(b"words"), filename=name, content_type=mime)
        async with session.post(url, data=form, headers={"Origin": site.base}) as answer:
            assert answer.status == status
    entry = next(each.id for each in await rows(site, tables.project_entries) if each.kind == "file")
    for path in (f"{url}/file/{entry}", f"{site.base}/coach/projects/1/file/{entry}"):
        async with session.get(path) as answer:
            assert (answer.status, await answer.read()) == (200, b"words")
            assert answer.content_type == "application/octet-stream"
    page = await ada.post(url, [("do", "need"), ("words", "Fler vill lära sig simma"), ("id", "need")])
    assert "sees a new need: Fler vill lära sig simma" in page.text
    await reader.open("/coach/projects/1")
    page = await submit(reader, "/need")
    assert "put up for everybody" in page.text
    assert "Fler vill lära sig simma" in (await reader.open("/needs")).text
    await reader.open("/coach/projects/1")
    await submit(reader, "/hide", words="A name stands in it")
    assert "Cykelköket" not in (await reader.open("/projects")).text
    await reader.open("/coach/projects/1")
    page = await submit(reader, "/end", how="ended", words="Fyrtio kan laga sin cykel")
    assert "Fyrtio kan laga sin cykel" in page.text and "Move it to another step" not in page.text


async def rows(site: World, table: Any) -> list[Any]:
    async with site.db.read() as tx:
        return list(await tx.execute(table.select()))


@pytest.mark.parametrize(("language", "scheme"), [("sv", "light"), ("ar", "dark")])
async def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, tmp_path: Path, language: str, scheme: str
) -> None:
    boras = BORAS.model_copy(update={"languages": LANGUAGES})
    async with (
        world(tmp_path / "idelabb.db", languages=LANGUAGES, more=(boras,)) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        reader = await somebody(site, session, language)
        id = await tour.project(site, reader)
        found_ = await site.db.write(lambda tx: projects.load(tx, "ekero", id))
        post = await tour.posted(site, reader, "idea_board", {"what": "Vi odlar ihop", "side": "resident"})
        token = await member(site, "Karin", "coordinator")
        karin = await in_boras(site, token)
        case_id = await dialogue(site)
        number = await partnership(site, karin, case_id)
        desk = PartnershipDesk(site.turns)
        tomorrow = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
        await desk.propose(karin, case_id, "times", [tomorrow], "Stadshuset")
        await desk.add_signature(karin, "one", "Trädgårdsvännerna", "Odling", "2016-12-01", listed=True)
        (follow_up,) = (await desk.one(karin, number)).follow_ups[-1:]
        await desk.answer(karin, number, "answers", follow_up.id, {"experience": "good", "use": "Fler vänner"})
        async with site.db.read() as tx:
            assert (await partnerships.load(tx, "boras", number)).status == "running"
        how = {"color_scheme": scheme, "reduced_motion": "reduce", **PHONE}
        page, wrong = await signed_page(browser, site, f"/coach?lang={language}", token, **how)
        found, wide = [], []
        for path in (
            "/projects", f"/projects/{found_.code}", "/coach/projects", "/coach/projects?over=1", f"/coach/projects/{id}",
            "/coach/projects/new", f"/coach/projects/new?post={post}", "/m/boras/agreement", "/m/boras/coach/agreement",
            f"/m/boras/coach/partnerships?case={case_id}", f"/m/boras/coach/partnerships/{number}", f"/m/boras/coach/cases/{case_id}",
        ):  # fmt: skip
            await page.goto(f"{site.base}{path}{'&' if '?' in path else '?'}lang={language}")
            await page.evaluate(
                "for (const each of document.querySelectorAll('details')) each.open = !each.matches('.menu')"
            )
            found += [f"{path}: {each}" for each in await findings(page)]
            if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append(path)
        assert (found, wide) == ([], [])
        assert wrong == []
