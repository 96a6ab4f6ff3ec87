"""The municipality's figures as pictures: the page on a phone, from right to left, looked at by axe; and the picture itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from bot.packs.load import load_municipality
from bot.packs.model.figures import bars
from bot.pictures import looked_at
from tests.web.test_accessibility import findings
from tests.web.test_in_the_browser import PHONE, open_page
from tests.web.world import world

if TYPE_CHECKING:
    from playwright.async_api import Browser

LINKOPING = load_municipality("linkoping")


def test_girls_and_boys_stand_beside_each_other_and_the_sum_does_not() -> None:
    net, shares, money = bars(LINKOPING.figures.tables[0])
    assert [tuple(column.id for column in each.columns) for each in (net, shares, money)] == [
        ("net",), ("girls_share", "boys_share"), ("girls", "boys"),
    ]  # fmt: skip
    assert {row.title: row.shares for row in shares.rows}["Ridsportcentrum"] == (0.95, 0.05)
    assert max(share for row in money.rows for share in row.shares) == 1 and "Summa" not in {
        row.title for row in net.rows
    }


async def test_the_page_and_the_picture(tmp_path: Path, browser: Browser) -> None:
    async with world(tmp_path / "idelabb.db", more=(LINKOPING,)) as site, aiohttp.ClientSession() as session:
        for tag, note in (("sv", "Uppskattning för 2020"), ("ar", "تقدير لسنة 2020")):
            page, wrong = await open_page(browser, site, f"/m/linkoping/figures?lang={tag}", **PHONE)
            assert note in await page.inner_text("main") and await page.locator("table td").count() > 40
            assert await findings(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth") and wrong == []
            await page.context.close()
        pictures = []
        for tag in ("sv", "ar"):
            async with session.get(f"{site.base}/m/linkoping/figures/facilities.png?lang={tag}") as answer:
                assert (answer.status, answer.content_type) == (200, "image/png")
                pictures.append(await answer.read())
        assert pictures[0] != pictures[1] and [looked_at(each) for each in pictures] == [("image/png", None)] * 2
        for path in ("/m/linkoping/figures/nothing.png", "/m/ekero/figures/facilities.png"):
            async with session.get(site.base + path) as answer:
                assert answer.status == 404
