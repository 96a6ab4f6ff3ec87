"""Introductions in the console and a sign-up as a form, as a phone shows them: without scripts in the way, right to left, axe
finds nothing; how anybody is reached stands on no page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.handlers.web.console.guard import COOKIE
from bot.packs.load import load_municipality
from tests.test_introductions import PHONE as NUMBER
from tests.test_introductions import signs_up
from tests.web.reader import Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_console import member, signed_page
from tests.web.test_in_the_browser import PHONE, open_page
from tests.web.world import world

if TYPE_CHECKING:
    from playwright.async_api import Browser

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE = "/coach/introductions"

OPEN = "for (const each of document.querySelectorAll('details.act')) each.open = true"
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.mark.parametrize(("language", "scheme"), [("sv", "light"), ("ar", "dark")])
async def test_a_phone_signs_up_and_a_coordinator_brings_together(
    browser: Browser, tmp_path: Path, language: str, scheme: str
) -> None:
    async with world(tmp_path / "idelabb.db", languages=LANGUAGES, now=lambda: NOW) as site:
        how = {**PHONE, "color_scheme": scheme, "reduced_motion": "reduce"}
        page, wrong = await open_page(browser, site, f"/form/friends?lang={language}", locale=language, **how)
        found = await findings(page)
        await page.goto("about:blank")
        await page.goto(f"{site.base}/form/friends?lang={language}#whole")
        assert await page.evaluate(FITS)
        await page.fill("[name='name.value']", "Eva")
        await page.fill("[name='age.value']", "17")
        await page.fill("[name='guardian.value']", f"Sara {NUMBER}")
        await page.check("[name='side.value'][value=est]")
        await page.select_option("[name='where.area']", "Stenhamra")
        await page.check("[name='interests.choice'][value=football]")
        await page.check("[name='agree.value'][value=yes]")
        await page.eval_on_selector("button[value=review]", "each => each.click()")
        await page.wait_for_selector("button[value=send]")
        found += await findings(page)
        await page.eval_on_selector("button[value=send]", "each => each.click()")
        await page.wait_for_selector(".bubble")
        await signs_up(site.turns, "bo", side="est")
        await signs_up(site.turns, "amina")
        await signs_up(site.turns, "cia", side="est", interests="music")

        page, more = await signed_page(
            browser, site, f"{PAGE}?lang={language}", await member(site, "Anna", "coordinator"), **how
        )
        await page.goto(f"{site.base}{PAGE}?kind=friends")
        await page.evaluate(OPEN)
        found += await findings(page)
        await page.click("button[value=guardian]")
        await page.goto(f"{site.base}{PAGE}?kind=families")
        await page.click("button[value=propose]")
        await page.wait_for_selector("#said")
        found += await findings(page)
        await page.click("button[value=approve]")
        await page.wait_for_selector("#s-asked")
        await page.evaluate(OPEN)
        found += await findings(page)
        await page.click("button[value=meet]")  # nothing is filled in
        await page.wait_for_selector("#problem")
        assert await page.evaluate(FITS)
        found += await findings(page)
        await page.fill("input[type=date]", "2026-03-09")
        await page.fill("input[type=time]", "17:00")
        await page.fill("input[name=place]", "Biblioteket, " + "långt namn " * 12)
        await page.click("button[value=meet]")
        await page.wait_for_selector("#said")
        assert await page.evaluate(FITS)
        found += await findings(page)
        assert NUMBER not in await page.content()
        assert found == [] and [line for line in (*wrong, *more) if "status of 4" not in line] == []


async def test_only_where_it_is_offered_and_only_who_may(tmp_path: Path) -> None:
    async with (
        world(tmp_path / "idelabb.db", now=lambda: NOW, more=(load_municipality("lund"),)) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        reader = Reader(session, site.base)
        assert (await reader.open("/form/families")).status == 200
        assert (await reader.open("/form/phone_chats")).status == 404
        assert (await reader.open("/m/lund/form/families")).status == 404
        session.cookie_jar.update_cookies({COOKIE: await member(site, "Anna", "coordinator", "coach")})
        assert "A friend family" in (await reader.open("/coach/call")).text
        assert "Talks by phone" not in reader.page.text
        await signs_up(site.turns, "amina")
        for do, fields in (("approve", [("introduction", "1")]), ("aside", [("seeker", "7")]), ("nonsense", [])):
            page = await reader.open(PAGE)
            csrf = next(dict(form.fields)["csrf"] for form in page.forms if "csrf" in dict(form.fields))
            page = await reader.post(PAGE, [("csrf", csrf), ("kind", "families"), ("do", do), *fields])
            assert page.status in (409, 422) and page.method == "POST"
        assert (
            "A new idea" not in (await reader.open(PAGE)).text
            and "Amina" in (await reader.open(f"{PAGE}?kind=families")).text
        )
