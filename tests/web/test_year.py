"""The picture of a year in the console and for everybody, and money that is noted with a case."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import openpyxl
import pytest

from bot import clock
from bot.handlers.web.console.guard import COOKIE
from storage import tables
from tests.test_yearly import a_year
from tests.web.reader import Reader
from tests.web.test_accessibility import LANGUAGES, findings
from tests.web.test_console import hand_in, member, signed_page, submit
from tests.web.test_in_the_browser import PHONE, open_page
from tests.web.world import World, world

if TYPE_CHECKING:
    from playwright.async_api import Browser

LAST = clock.now().year - 1
BIG: Any = {"width": 1920, "height": 1080}


async def last_year(site: World) -> None:
    """So much happened a year ago, and everybody may see it."""
    then: Any = SimpleNamespace(db=site.db, now=lambda: clock.now().replace(year=LAST, month=5, day=4))
    await a_year(then, "sv", 12)
    await a_year(then, "ar", 7, area="Färingsö")
    await a_year(then, "so", 2)
    open_ = site.municipality.model_copy(update={"year_for_everybody": True})
    site.turns.municipalities["ekero"] = open_  # type: ignore[index]


@pytest.mark.parametrize("language", ["sv", "ar"])
async def test_the_pages_of_a_year_can_be_used_by_everybody(browser: Browser, tmp_path: Path, language: str) -> None:
    async with world(tmp_path / "idelabb.db", languages=LANGUAGES) as site:
        await last_year(site)
        page, wrong = await signed_page(
            browser, site, f"/coach/year?year={LAST}&lang={language}", await member(site, "Karin"), **PHONE
        )
        found = await findings(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.locator("svg.funnel rect").count() == 5
        assert "helped" in await page.inner_text("#words ~ ul")
        assert "070" not in await page.content()
        await page.goto(f"{site.base}/coach/year")
        found += await findings(page)
        public, also = await open_page(browser, site, f"/year/{LAST}?lang={language}", **PHONE)
        found += await findings(public)
        assert await public.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await public.set_viewport_size(BIG)
        assert await public.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "helped" not in await public.content()
        cells = await public.locator("table.steps").first.locator("td").all_inner_texts()
        assert "10" in cells and not {"1", "2", "3", "4", "7", "12"} & set(cells)
        assert found == []
        assert wrong == also == []


async def test_a_year_is_for_everybody_only_where_it_is_switched_on_and_over(site: World, reader: Reader) -> None:
    assert (await reader.open(f"/year/{LAST}")).status == 404
    await last_year(site)
    assert (await reader.open(f"/year/{LAST}")).status == 200
    assert (await reader.open(f"/year/{LAST + 1}")).status == 404
    assert (await reader.open("/year/1066")).status == 404


async def test_money_is_noted_and_counted(site: World, session: aiohttp.ClientSession) -> None:
    await hand_in(site)
    token = await member(site, "Anna")
    session.cookie_jar.update_cookies({COOKIE: token})
    anna = Reader(session, site.base, "en")
    page = await anna.open("/coach/cases/1")
    assert "Money was granted" in page.text
    today = clock.now().astimezone(site.municipality.zone).date()
    page = await submit(
        anna, "/granted", amount="nine thousand", day=today.isoformat(), organisation="Dockorna", title="Workshop"
    )
    assert (page.status, "in digits" in page.text, "nine thousand" in page.html) == (422, True, True)
    page = await submit(
        anna, "/granted", amount="9 000 kr", day=(today + timedelta(days=1)).isoformat(), organisation="Dockorna"
    )
    assert "That day is still to come" in page.text
    page = await submit(anna, "/granted", amount="9 000 kr", day=today.isoformat(), organisation="", title="")
    assert "Write what the organisation is called" in page.text
    page = await submit(
        anna, "/granted", amount="9 000 kr", day=today.isoformat(), organisation="Dockorna", title="Workshop"
    )
    assert page.status == 200 and "noted that money was granted: 9000 kr" in page.text
    await submit(anna, "/granted", amount="9500", day=today.isoformat(), organisation="Dockorna", title="Workshop")
    async with site.db.read() as tx:
        (award,) = await tx.execute(tables.awards.select())
    assert (award.amount_sek, award.recipient["organisation"], award.awarded_on) == (
        9500,
        "Dockorna",
        today.isoformat(),
    )
    async with session.get(f"{site.base}/coach/year.xlsx") as answer:
        assert answer.headers["Content-Disposition"] == f'attachment; filename="ekero-{today.year}.xlsx"'
        assert openpyxl.load_workbook(io.BytesIO(await answer.read())).sheetnames[0] == str(today.year)
